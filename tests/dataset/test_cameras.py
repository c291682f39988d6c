"""Tests that the images and labels of cameras belong to the right rows, for any lanes, threads and end of the run."""
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_contract

myriad = os.environ["MYRIAD"]

# Two balls are thrown. An episode ends when the first one comes near the ground, so neighbours end at different times.
BALL = """<mujoco model="ball"><worldbody><body name="core" pos="0 0 1"><freejoint/>
<geom type="sphere" size="0.15" mass="1" rgba="0.9 0.3 0.2 1"/><site name="mark" pos="0 0 0"/>
</body></worldbody></mujoco>"""
SCENARIO = """
version: 1
name: thrown
episodes: 21
duration: 0.8 s
world: {timestep: 5 ms, control_rate: 50 Hz}
entities:
  floor: {ground: {}}
  ball: {model: ball.xml, start: {height: {uniform: [0.6, 1.4]}, velocity: [{uniform: [-1, 1]}, 0, 1]}}
  other: {model: ball.xml, start: {height: 2 m, velocity: [0, {uniform: [-1, 1]}, {uniform: [-1, 1]}]}}
cameras:
  fixed:
    position: [0, -4, 1]
    look_at: [0, 0, 1]
    size: [80, 64]
    outputs: [rgb, depth, depth_mm, instance, semantic, part, normal, flow, boxes, keypoints]
  slow: # every third row
    position: [0, -4, 1]
    look_at: [0, 0, 1]
    size: [48, 40]
    outputs: [rgb, instance, flow, boxes]
    rate: 16.666666666666668 Hz
  seldom: {body: ball.core, position: [0, 0, 0.5], size: [40, 36], outputs: [rgb, depth_mm], episodes_every: 4}
  tiny: {position: [0, -4, 1], look_at: [0, 0, 1], size: [16, 12], outputs: [rgb, depth, instance, boxes]}
sensors:
  scan: {type: lidar, body: ball.core, channels: 8, columns: 200, outputs: [range, intensity, instance, normal]}
  echo: {type: ray, position: [0, 0, 3], direction: [0, 0, -1]}
success: height(ball.core) > 0
terminate: height(ball.core) < 0.3
record: [root, bodies, next_obs]
"""


def run(scenario, directory, *arguments, code=0):
    shutil.rmtree(directory, ignore_errors=True)
    done = subprocess.run([myriad, "run", scenario, "-o", directory, "--progress", "none", "--json", *arguments],
                          capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, done.stderr)
    return json.loads(done.stdout) if done.stdout else None


def project(demo, camera, row, point):
    """Returns the pixel at which the camera sees a point of the world in that row."""
    pose, (fx, fy, cx, cy) = demo[f"labels/{camera}_pose"][row], demo[f"labels/{camera}_intrinsics"][row]
    x, y, z = check_contract.matrix(pose[3:]).T @ (point - pose[:3])
    return numpy.array([fx * x / z + cx, fy * y / z + cy])


def middle(mask):
    rows, columns = numpy.nonzero(mask)
    return numpy.array([columns.mean() + 0.5, rows.mean() + 0.5])


def check_rows(demo, names):
    """Compares pictures, flow, keypoints and boxes with the recorded poses of the balls."""
    steps = demo.attrs["num_samples"]
    ball = names["instances"].index("ball")
    positions = numpy.concatenate([demo["obs/ball_root_pos"][()], demo["final_obs/ball_root_pos"][()]])
    compared = 0
    for camera, every in (("fixed", 1), ("slow", 3)):
        for row in range(0, steps, every):
            here, there = positions[row], positions[min(row + every, steps)]
            mask = demo[f"labels/{camera}_seg"][row, :, :, 0] == ball
            height, width = mask.shape
            seen = project(demo, camera, row, here)
            if not mask.any() or (abs(seen - [width / 2, height / 2]) > [width / 2 - 8, height / 2 - 8]).any():
                continue
            assert numpy.abs(middle(mask) - seen).max() < 0.6, (camera, row, middle(mask), seen)
            moved = project(demo, camera, row, there) - seen
            flow = demo[f"labels/{camera}_flow"][row][mask].mean(axis=0)
            assert numpy.abs(flow - moved).max() < 0.15, (camera, row, flow, moved)
            compared += numpy.abs(moved).max() > 0.3
            if camera == "fixed":
                mark = names["keypoints"].index("ball.mark")
                u, v, state = demo["labels/fixed_keypoints"][row, mark]
                assert numpy.abs([u, v] - seen).max() < 0.05 and state == 2, (row, u, v, state)
                assert numpy.abs(demo["labels/keypoints"][row, mark] - here).max() < 1e-4
                box = demo["labels/box_3d"][row, ball - 1]
                assert numpy.abs(box[:3] - here).max() < 1e-4 and numpy.abs(box[3:6] - 0.3).max() < 1e-4, box
        # The last frame that a camera took is that of the final observation.
        assert {f"final_obs/{camera}_image", f"next_obs/{camera}_image"} <= check_contract.paths_of(demo)
        assert f"final_obs/{camera}_seg" not in check_contract.paths_of(demo)
        image, final = demo[f"obs/{camera}_image"][()], demo[f"final_obs/{camera}_image"][()]
        assert steps % every == 0 or (final[0] == image[-1]).all(), (camera, steps)
    depth, millimetres = demo["obs/fixed_depth"][()], demo["obs/fixed_depth_mm"][()]
    assert millimetres.dtype == numpy.uint16
    assert numpy.abs(depth * 1000 - millimetres)[depth < 65].max() <= 0.51
    echo = demo["obs/echo_range"][:, 0, 0]
    assert echo.shape == (steps,) and (abs(echo[echo > 2.9] - 3) < 1e-3).all() and echo.any()
    return compared


def check_content(directory):
    compared = seldom = 0
    for path in glob.glob(directory + "/*.h5"):
        with h5py.File(path) as file:
            names = json.loads(file.attrs["names_json"])
            for demo in file["data"].values():
                compared += check_rows(demo, names)
                assert ("seldom_image" in demo["obs"]) == (demo.attrs["episode_index"] % 4 == 0)
                assert ("seldom" in json.loads(demo.attrs["camera_info"])) == (demo.attrs["episode_index"] % 4 == 0)
                if "seldom_image" in demo["obs"]:
                    seldom += 1
                    offset = demo["labels/seldom_pose"][:, :3] - demo["obs/ball_root_pos"][()]
                    assert (abs(numpy.linalg.norm(offset, axis=1) - 0.5) < 1e-4).all(), "the camera is not where it is"
    assert compared > 100 and seldom == 6, (compared, seldom)


def check_same_bytes(scenario, work):
    expected = run(scenario, work + "/one", "--threads", "1", "--lanes", "1", "--shard-episodes", "10")
    for arguments in (["--threads", "3"], ["--lanes", "4"], ["--lanes", "8"], ["--lanes", "16"], ["--worlds", "5"]):
        try:
            found = run(scenario, work + "/two", "--shard-episodes", "10", *arguments)
        except AssertionError:
            assert arguments[0] == "--lanes", arguments  # this machine has no such vectors
            continue
        assert found["digest"] == expected["digest"], arguments
        subprocess.run(["diff", "-r", work + "/one", work + "/two"], check=True)
    assert run(scenario, work + "/two", "--seed", "1")["digest"] != expected["digest"]


def check_tools(directory, work):
    """Checks that tools that know nothing of Myriad read every chunk."""
    path = sorted(glob.glob(directory + "/*.h5"))[0]
    if shutil.which("h5dump"):
        subprocess.run(["h5dump", "-d", "data/demo_0/obs/fixed_image", path], check=True, stdout=subprocess.DEVNULL)
    if shutil.which("h5repack"):
        subprocess.run(["h5repack", path, work + "/repacked.h5"], check=True)
        with h5py.File(path) as one, h5py.File(work + "/repacked.h5") as other:
            for name, array in check_contract.leaves(one["data"]):
                assert (array[()] == other["data"][name][()]).all(), name


def check_interruption(scenario, work):
    for ending in (signal.SIGKILL, signal.SIGTERM):
        directory = f"{work}/ended"
        shutil.rmtree(directory, ignore_errors=True)
        process = subprocess.Popen([myriad, "run", scenario, "-o", directory, "--episodes", "100000", "--progress",
                                    "none", "--shard-episodes", "4"], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        deadline = time.time() + 120
        while len(glob.glob(directory + "/*.h5")) < 3 and time.time() < deadline and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(ending)
        process.wait()
        assert glob.glob(directory + "/*.h5"), ending
        subprocess.run([myriad, "verify", directory, "--partial"], check=True, stdout=subprocess.DEVNULL)
        if ending == signal.SIGTERM:
            assert not glob.glob(directory + "/*.part") and process.returncode == 75, process.returncode
    limited = subprocess.run(["bash", "-c", 'ulimit -f 200 && exec "$0" "$@"', myriad, "run", scenario, "-o",
                              work + "/limited", "--progress", "none"], capture_output=True, text=True)
    assert limited.returncode == 74 and not os.listdir(work + "/limited"), (limited.returncode, limited.stderr)


def check_divergence(work):
    """Checks that the pictures of a diverged world end with its last row, which final_obs repeats, and that no other
    world changes."""
    pushed = SCENARIO.replace("name: thrown", "name: pushed").replace("success:", """events:
  push: {at: 0.1 s, body: other.core, impulse: {sphere: {choice: [0 N s, 1e15 N s]}}}
success:""")
    with open(work + "/pushed.yaml", "w") as file:
        file.write(pushed)
    digests = {run(work + "/pushed.yaml", work + "/pushed", *arguments, code=3)["digest"]
               for arguments in ([], ["--lanes", "1"])}
    assert len(digests) == 1
    subprocess.run([myriad, "verify", work + "/pushed"], check=True)
    check_contract.check_dataset(work + "/pushed", 21)
    diverged = 0
    for path in glob.glob(work + "/pushed/*.h5"):
        with h5py.File(path) as file:
            for demo in file["data"].values():
                if demo.attrs["termination_reason"] != "diverged":
                    continue
                diverged += 1
                for key, array in demo["obs"].items():
                    if "_" in key and array.ndim > 2:
                        assert (array[-1] == demo["final_obs"][key][0]).all(), key
    assert diverged > 3, diverged


def check_damage(directory):
    """Checks that verify reports a changed byte of a frame, and that other readers see the change too."""
    path = sorted(glob.glob(directory + "/*.h5"))[0]
    with h5py.File(path) as file:
        demo = file["data/demo_3"]
        at = demo["obs/fixed_image"].id.get_chunk_info(2).byte_offset + 40
        assert demo.attrs["frames_address"] <= at < demo.attrs["frames_address"] + demo.attrs["frames_bytes"]
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 4]))
    done = subprocess.run([myriad, "verify", directory], capture_output=True, text=True)
    assert done.returncode == 1 and "demo_3" in done.stderr and "demo_2" not in done.stderr, done.stderr
    assert subprocess.run([myriad, "digest", directory], capture_output=True).returncode == 1


with tempfile.TemporaryDirectory() as work:
    with open(work + "/ball.xml", "w") as file:
        file.write(BALL)
    scenario = work + "/thrown.yaml"
    with open(scenario, "w") as file:
        file.write(SCENARIO)
    check_same_bytes(scenario, work)
    assert check_contract.check_dataset(work + "/one", 21) == 21
    subprocess.run([myriad, "verify", work + "/one"], check=True)
    check_content(work + "/one")
    information = json.loads(subprocess.run([myriad, "info", "--json", work + "/one"], capture_output=True, text=True,
                                            check=True).stdout)
    assert information["cameras"]["fixed"] == {
        "width": 80, "height": 64, "pictures": "flow normal part seg semantic depth depth_mm image"}, information
    assert set(information["cameras"]) == {"fixed", "slow", "seldom", "tiny", "scan", "echo"}
    check_tools(work + "/one", work)
    check_damage(work + "/one")
    check_divergence(work)
    check_interruption(scenario, work)
