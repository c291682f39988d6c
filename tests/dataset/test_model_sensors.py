"""Tests that the sensors of a model are recorded under their names, with units and frames, where they belong.

Numbers that two arrays hold in different ways must agree: a gyro in the axes of the root measures the angular velocity of
obs/robot_root_vel, a joint's sensor the joint's column, and a position that no reference states labels/body_position. At
rest an accelerometer measures gravity, a touch sensor the weight, and a wrist's force what hangs below it.
"""
import glob
import json
import os
import subprocess
import tempfile

import h5py
import numpy

MYRIAD = os.environ["MYRIAD"]
MODEL = """<mujoco><worldbody><body name="box" pos="30000 0 .102">
<freejoint/><geom type="box" size=".2 .15 .1" mass="3"/><site name="middle"/><site name="sole" type="box" size=".3 .3 .05" pos="0 0 -.1"/>
<body name="arm" pos="0 0 .2"><joint name="slide" type="slide" axis="0 0 1" stiffness="900" damping="20"/>
<geom name="load" size=".05" mass="2"/><site name="wrist"/></body>
<body pos=".5 0 .3"><geom size=".01" mass=".001"/><site name="look" euler="180 0 0"/></body></body><camera name="eye" pos="30000 0 5" resolution="64 48"/></worldbody>
<sensor><gyro name="spin" site="middle"/><accelerometer name="acceleration" site="middle"/><touch name="weight" site="sole"/>
<force name="wrist" site="wrist"/><jointpos joint="slide"/><rangefinder name="height" site="look"/><framepos name="place" objtype="xbody" objname="arm"/>
<framequat name="turn" objtype="xbody" objname="arm" reftype="xbody" refname="box"/><clock name="time"/>
<camprojection name="pixel" site="wrist" camera="eye"/><insidesite name="inside" objtype="site" objname="wrist" site="middle"/>
<user name="own" dim="2"/></sensor></mujoco>"""
SCENARIO = """version: 1
name: sensed
duration: 1.5 s
world: {timestep: 2 ms, control_rate: 50 Hz}
entities:
  floor: {ground: {}}
  robot: {model: robot.xml}
record: [joints, root, bodies, sensors]
"""
NAMES = ["spin", "acceleration", "weight", "wrist", "sensor_4", "turn", "time", "height"]


def command(folder, *arguments):
    return subprocess.run([MYRIAD, *arguments], cwd=folder, capture_output=True, text=True)


with tempfile.TemporaryDirectory() as folder:
    for name, text in ("robot.xml", MODEL), ("s.yaml", SCENARIO), ("bare.yaml", SCENARIO.replace(", sensors", "")):
        with open(folder + "/" + name, "w") as file:
            file.write(text)
    for lanes in "1", "8":
        done = command(folder, "run", "s.yaml", "-o", lanes, "--episodes", "2", "--lanes", lanes, "--progress", "none")
        assert done.returncode == 0, done.stderr
    assert 'user "own" is not recorded' in done.stderr, done.stderr
    digests = {command(folder, "digest", lanes).stdout for lanes in "18"}
    assert len(digests) == 1, digests
    with h5py.File(glob.glob(folder + "/1/*.h5")[0]) as file:
        units, frames = json.loads(file.attrs["units_json"]), json.loads(file.attrs["frames_json"])
        table = {sensor["name"]: sensor for sensor in json.loads(file.attrs["model_json"])["sensors"]}
        demo = file["data/demo_1"]
        obs = {name: demo["obs/robot_" + name][()] for name in NAMES}
        final = {name: demo["final_obs/robot_" + name][()] for name in NAMES}
        pixel, inside = demo["labels/robot_pixel"][()], demo["labels/robot_inside"][()]
        place, bodies = demo["labels/robot_place"][()], demo["labels/body_position"][()]
        root, joint = demo["obs/robot_root_vel"][()], demo["obs/robot_joint_pos"][()]
        final_joint = demo["final_obs/robot_joint_pos"][()]

    numpy.testing.assert_allclose(obs["spin"], root[:, 3:], atol=1e-5)  # the box hardly turns
    numpy.testing.assert_array_equal(obs["sensor_4"], joint[:, 0])
    numpy.testing.assert_array_equal(final["sensor_4"], final_joint[:, 0])
    numpy.testing.assert_allclose(place, bodies[:, 1], atol=1e-6)
    assert place.dtype == "f8" and numpy.abs(numpy.diff(place[:, 0])).max() < 1e-4  # 30 km off, where floats have steps of 2 mm
    numpy.testing.assert_allclose(obs["turn"], numpy.tile([0, 0, 0, 1], (len(joint), 1)), atol=1e-5)
    for row in obs["acceleration"][-1], final["acceleration"][0]:
        numpy.testing.assert_allclose(row, [0, 0, 9.81], atol=0.05)
    for row in obs["wrist"][-1], final["wrist"][0]:
        numpy.testing.assert_allclose(row, [0, 0, 2 * 9.81], atol=0.1)
    for row in obs["weight"][-1], final["weight"][0]:
        numpy.testing.assert_allclose(row, 5 * 9.81, rtol=0.01)
    assert obs["weight"][0] == 0  # it hangs 2 mm above the floor

    assert units["obs/robot_acceleration"] == "m/s^2" and units["obs/robot_sensor_4"] == "m", units
    assert frames["obs/robot_acceleration"] == "sensor" and frames["obs/robot_turn"] == "reference", frames
    assert frames["labels/robot_place"] == "world"
    assert table["robot.spin"]["recorded"] and table["robot.spin"]["frame"] == "site middle", table
    assert table["robot.time"]["recorded"] and not table["robot.own"]["recorded"], table
    numpy.testing.assert_allclose(obs["time"], numpy.arange(len(joint)) / 50, atol=1e-6)
    numpy.testing.assert_allclose(obs["height"], place[:, 2] + 0.1 - joint[:, 0], atol=1e-3)
    numpy.testing.assert_allclose(final["time"], 1.5, atol=1e-6)
    numpy.testing.assert_allclose(pixel, numpy.tile([32, 24], (len(joint), 1)), atol=0.05)
    assert not inside.any() and units["labels/robot_pixel"] == "px" and units["obs/robot_time"] == "s"

    done = command(folder, "run", "s.yaml", "-o", "none", "--engine", "bullet", "--episodes", "1")
    assert done.returncode in (2, 69) and "bullet" in done.stderr, done.stderr
    done = command(folder, "run", "bare.yaml", "-o", "bare", "--episodes", "1", "--progress", "none")
    assert done.returncode == 0, done.stderr
    with h5py.File(glob.glob(folder + "/bare/*.h5")[0]) as file:
        assert "robot_spin" not in file["data/demo_0/obs"]
        assert not any(sensor["recorded"] for sensor in json.loads(file.attrs["model_json"])["sensors"])
