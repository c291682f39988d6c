"""Tests that the columns of a spinning LiDAR are measured at their own times: of the sensor and of the things it sees,
moving and turning, for any lanes and threads and on a GPU."""
import glob
import json
import math
import os
import subprocess
import tempfile

import h5py
import numpy

myriad, emulated = os.environ["MYRIAD"], os.environ.get("MYRIAD_EMULATED")

BALL = """<mujoco><worldbody><body name="b" pos="0 0 1"><freejoint/><geom type="sphere" size=".05" mass="1"/></body>
</worldbody></mujoco>"""
# A wall that is a body: it can move.
PANEL = """<mujoco><worldbody><body name="p" pos="10.1 0 0"><freejoint/><geom type="box" size=".1 200 150" mass="1"/>
</body></worldbody></mujoco>"""
SCENARIO = """
version: 1
name: spun
episodes: 3
duration: 0.4 s
world: {timestep: 2 ms, control_rate: 50 Hz, gravity: [0, 0, 0]}
entities:
  b: {model: ball.xml, start: {velocity: [%(speed)g, 0, 0], angular_velocity: [0, 0, %(turn)g]}}
  wall: %(wall)s
sensors:
  l: {type: lidar, body: b.b, position: [%(arm)g, 0, 0.2], elevations: [%(elevations)s], columns: 36,
      range: [5 cm, 100 m], spinning: true, rate: 10 Hz, outputs: [range, instance, normal, intensity]%(azimuth)s}
  s: {type: lidar, body: b.b, position: [%(arm)g, 0, 0.2], elevations: [%(elevations)s], columns: 36,
      range: [5 cm, 100 m], rate: 10 Hz, outputs: [range]%(azimuth)s}
record: [root]
"""
STILL = "{shape: box, size: [0.2, 400, 300], position: [10.1, 0, 1]}"


def write(directory, **values):
    for name, text in (("ball.xml", BALL), ("panel.xml", PANEL)):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    path = os.path.join(directory, "spun.yaml")
    values = {"speed": 0, "turn": 0, "wall": STILL, "arm": 0, "elevations": "0", "azimuth": "", **values}
    with open(path, "w") as file:
        file.write(SCENARIO % values)
    return path


def run(path, *arguments, program=myriad):
    data = tempfile.mkdtemp(dir=os.path.dirname(path))
    done = subprocess.run([program, "run", path, "-o", data, "--progress", "none", "--json", *arguments],
                          check=True, capture_output=True, text=True)
    return data, json.loads(done.stdout)["digest"]


class Scan:
    """The scans of the first episode: at rows 0, 5, 10 and 15, and the last in final_obs."""

    def __init__(self, path):
        data, _ = run(path)
        with h5py.File(glob.glob(data + "/*.h5")[0]) as file:
            episode = file["data/demo_0"]
            pick = lambda name: (episode["obs"] if name in episode["obs"] else episode["labels"])[name][()]
            self.range = pick("l_range")[::5, 0].astype(float)
            self.still = pick("s_range")[::5, 0].astype(float)
            self.normal = pick("l_normal")[::5, 0].astype(float)
            self.time = pick("time") if "time" in episode["obs"] else episode["time"][()]
            self.column = episode["labels/l_column_time"][0].astype(float)
            self.begin = episode["labels/l_scan_begin"][()]
            self.final = episode["final_obs/l_range"][0, 0].astype(float)
            self.words = json.loads(file.attrs["conventions_json"])["obs/*_range"]
        rows = numpy.arange(0, len(self.begin), 5)
        # A scan ends at the time of its row: 0.1 s after it began. The label is repeated until the next scan.
        assert numpy.allclose(self.begin[rows], self.time[rows] - 0.1, atol=1e-7), self.begin
        assert all((self.begin[row:row + 5] == self.begin[row]).all() for row in rows)
        assert "scan_begin" in self.words and "column_time" in self.words
        self.when = self.begin[rows][:, None] + self.column[None]


azimuth = math.pi - 2 * math.pi * numpy.arange(36) / 36
ahead = numpy.abs(azimuth) < 1.3  # the columns that see the wall before x = 10

with tempfile.TemporaryDirectory() as directory:
    # The sensor moves at 5 m/s: where it must have been for each column. Before 0 s it came with the same velocity.
    moved = Scan(write(directory, speed=5))
    at = 10 - moved.range * numpy.cos(azimuth)
    assert numpy.allclose(at[:, ahead], 5 * moved.when[:, ahead], atol=2e-5), (at - 5 * moved.when)[:, ahead]
    whole = numpy.polyfit(moved.column[ahead], at[1, ahead], 1)[0] * 0.1
    assert abs(whole - 0.5) < 1e-4, whole
    # The other LiDAR measures at once, where the spinning one ends.
    assert numpy.allclose(10 - moved.still[1, ahead] * numpy.cos(azimuth[ahead]), 0.5, atol=2e-5)
    # The last scan of the episode is of its last 0.1 s.
    last = 0.3 + moved.column
    assert numpy.allclose((10 - moved.final * numpy.cos(azimuth))[ahead], 5 * last[ahead], atol=2e-5)

    # The wall moves towards a sensor that rests: 4 m/s.
    wall = Scan(write(directory, wall="{model: panel.xml, start: {velocity: [-4, 0, 0]}}"))
    assert numpy.allclose((wall.range * numpy.cos(azimuth))[:, ahead], 10 - 4 * wall.when[:, ahead], atol=2e-5)

    # The sensor turns: each column looks where the body points then, and so does the normal of the wall.
    turned = Scan(write(directory, turn=3))
    angle = azimuth[None] + 3 * turned.when
    sees = numpy.abs(angle) < 1.3
    assert sees.sum() > 40
    assert numpy.allclose(turned.range[sees], (10 / numpy.cos(angle))[sees], rtol=2e-5)
    yaw = 3 * turned.when  # the wall's normal is -x; the sensor's frame is right, down, forward
    expected = numpy.stack([-numpy.sin(yaw), 0 * yaw, -numpy.cos(yaw)], axis=-1)
    assert numpy.abs(turned.normal[sees] - expected[sees]).max() < 1e-4

    # On an arm of 2 m the sensor goes round. A body that turns by more than half a revolution from row to row, at
    # 250 rad/s, is not taken for a slow one.
    for rate in (3, 250):
        arm = Scan(write(directory, turn=rate, arm=2))
        yaw = rate * arm.when
        angle = azimuth[None] + yaw
        sees = (numpy.cos(angle) > 0.3)
        assert numpy.allclose(arm.range[sees], ((10 - 2 * numpy.cos(yaw)) / numpy.cos(angle))[sees], rtol=2e-3), rate
        if rate == 3:
            assert numpy.allclose(arm.range[sees], ((10 - 2 * numpy.cos(yaw)) / numpy.cos(angle))[sees], rtol=2e-5)

    # Half a turn takes half the time.
    path = write(directory, speed=5, azimuth=", azimuth: [90 deg, -90 deg]")
    with h5py.File(glob.glob(run(path)[0] + "/*.h5")[0]) as file:
        episode = file["data/demo_0"]
        begin, column = episode["labels/l_scan_begin"][()], episode["labels/l_column_time"][0]
        share = 36 / 70  # of 36 columns over half a turn with both ends
        assert abs(begin[5] - (0.1 - 0.1 * share)) < 1e-6 and abs(column[-1] - 0.1 * share * 35 / 36) < 1e-6

    # Where nothing moves, a spinning scan is the scan at once, to the bit.
    rest = Scan(write(directory))
    assert (rest.range == rest.still).all()

    # The bytes do not depend on lanes, threads, worlds or the engine.
    path = write(directory, speed=5, turn=3, arm=0.5, elevations="5 deg, 0, -10 deg, -30 deg",
                 wall="{model: panel.xml, start: {velocity: [-4, 1, 0], angular_velocity: [0, 0, 0.1]}}")
    _, digest = run(path, "--lanes", "1", "--threads", "1")
    for arguments in (["--lanes", "8", "--threads", "2"], ["--threads", "1", "--worlds", "2"]):
        assert run(path, *arguments)[1] == digest, arguments
    if emulated:
        assert run(path, "--engine", "cuda", program=emulated)[1] == digest
print("ok: a sensor that moves and turns, and a wall that moves")
