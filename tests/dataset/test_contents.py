"""Tests what a file says of itself and what its names promise: they stay when entities join, observations leak nothing,
positions are precise far from the origin, each unit is that of one column, the models are in the file, and a frame that
several rows show is stored once."""
import glob
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_contract

myriad = os.environ["MYRIAD"]

# A slide and a hinge with motors, a position servo with a gear, an inertial sensor.
ARM = """<mujoco model="arm"><default><geom size="0.05" mass="1"/></default><worldbody><body name="base" pos="0 0 1">
<joint name="rail" type="slide" axis="1 0 0" range="-1 1" limited="true"/><geom/><site name="imu"/>
<body name="link" pos="0 0 0.3"><joint name="elbow" axis="0 1 0"/><geom/></body></body></worldbody>
<actuator><motor name="push" joint="rail" gear="3"/><motor name="turn" joint="elbow"/>
<position name="hold" joint="elbow" kp="5" ctrlrange="-2 2" ctrllimited="true"/><velocity name="spin" joint="elbow" kv="2"/>
</actuator><sensor><gyro name="gyro" site="imu" cutoff="30"/><jointpos name="at" joint="rail"/>
<framepos name="truth" objtype="body" objname="link"/></sensor></mujoco>"""
BALL = """<mujoco model="ball"><worldbody><body name="core" pos="10000 0 1"><freejoint/><geom type="sphere" size="0.1"
mass="1"/></body></worldbody></mujoco>"""
SCENARIO = """
version: 1
name: contents
episodes: 2
duration: {duration}
world: {{timestep: 2 ms, control_rate: 50 Hz, gravity: [0, 0, 0]}}
entities:
{entities}
{more}
"""
ARM_ENTITY, BALL_ENTITY = "  arm: {model: arm.xml}", "  ball: {model: ball.xml, start: {velocity: [0.1, 0, 0]}}"


def run(folder, name, entities, duration="0.4 s", more="", code=0, *arguments):
    path = f"{folder}/{name}.yaml"
    for model, text in (("arm.xml", ARM), ("ball.xml", BALL)):
        with open(f"{folder}/{model}", "w") as file:
            file.write(text)
    with open(path, "w") as file:
        file.write(SCENARIO.format(duration=duration, entities="\n".join(entities), more=more))
    done = subprocess.run([myriad, "run", path, "-o", f"{folder}/{name}", "--progress", "none", *arguments],
                          capture_output=True, text=True)
    assert done.returncode == code, (done.returncode, done.stderr)
    if code:
        return done.stderr
    subprocess.run([myriad, "verify", f"{folder}/{name}"], check=True, stdout=subprocess.DEVNULL)
    check_contract.check_dataset(f"{folder}/{name}")
    (path,) = glob.glob(f"{folder}/{name}/*.h5")
    return h5py.File(path)


def described(file, name):
    return json.loads(file.attrs[name])


def check_names(folder):
    """All that one entity records keeps its name when another joins, and by default no policy sees more than it could."""
    with run(folder, "one", [ARM_ENTITY]) as one, run(folder, "two", [ARM_ENTITY, BALL_ENTITY]) as two:
        assert check_contract.paths_of(one["data/demo_0"]) < check_contract.paths_of(two["data/demo_0"])
        assert set(one["data/demo_0"].attrs) < set(two["data/demo_0"].attrs)
        assert set(one["data/demo_0/obs"]) == {"arm_joint_pos", "arm_joint_vel"}
        for name, array in one["data/demo_0/obs"].items():
            assert two["data/demo_0/obs"][name].dtype == array.dtype and not array.attrs, name
        assert {"root_pose", "root_velocity"} <= set(two["data/demo_0/states/articulation/ball"])
    with run(folder, "root", [BALL_ENTITY], more="record: [root]") as file:
        demo = file["data/demo_0"]
        assert set(demo["obs"]) == {"ball_root_pos", "ball_root_quat", "ball_root_vel"}
        assert all(array.attrs["privileged"] for array in demo["obs"].values())
        assert "privileged" in described(file, "conventions_json")["obs"]


def check_sensors_names(folder):
    for section in ("cameras", "sensors"):
        answer = run(folder, "taken", [ARM_ENTITY], more=section + ": {arm: {position: [0, -3, 1]}}", code=2)
        assert f"taken.yaml:9:{len(section) + 4}: error: an entity is called `arm` already" in answer, answer


def check_far(folder):
    """0.1 m/s for 10 s are 1.000 m, at 10 km too, where a float has steps of 1 mm."""
    with run(folder, "far", [BALL_ENTITY], "10 s", "record: [root, bodies]") as file:
        demo = file["data/demo_0"]
        way = 10000 + 0.1 * numpy.append(demo["time"][()], 10)
        for group in ("states/articulation/ball/root_pose", "obs/ball_root_pos"):
            assert abs(demo[group][:, 0] - way[:-1]).max() < 1e-5, group
        assert abs(demo["labels/body_position"][:, 0, 0] - way[:-1]).max() < 1e-5
        assert abs(demo["final_obs/ball_root_pos"][0, 0] - way[-1]) < 1e-5
        assert demo["obs/ball_root_pos"].dtype == demo["labels/body_position"].dtype == numpy.float64


def check_units(folder):
    with run(folder, "units", [ARM_ENTITY, BALL_ENTITY], more="record: [joints, root, contacts]") as file:
        units, frames, names = (described(file, name) for name in ("units_json", "frames_json", "names_json"))
        assert units["obs/arm_joint_pos"] == ["m", "rad"] and units["obs/arm_joint_vel"] == ["m/s", "rad/s"]
        assert units["obs/ball_root_vel"] == 3 * ["m/s"] + 3 * ["rad/s"] and units["obs/ball_root_pos"] == "m"
        assert units["labels/control"] == ["N", "N m", "rad", "rad/s"], units["labels/control"]
        assert names["columns"]["obs/arm_joint_pos"] == ["arm.rail", "arm.elbow"]
        assert names["columns"]["actions"] == ["arm.push", "arm.turn", "arm.hold", "arm.spin"]
        assert names["columns"]["labels/contacts/force"] == ["x", "y", "z"]
        for path in ("labels/contacts/force", "labels/body_contact_force", "obs/ball_root_vel"):
            assert frames[path] == "world", path


def check_model(folder):
    with run(folder, "model", [ARM_ENTITY, BALL_ENTITY, "  other: {model: ball.xml, start: {height: 4 m}}"]) as file:
        root = xml.etree.ElementTree.fromstring(file.attrs["arm_model_xml"])
        assert root.tag == "mujoco" and {"rail", "elbow"} <= {joint.get("name") for joint in root.iter("joint")}
        assert file.attrs["ball_model_xml"] == file.attrs["other_model_xml"] != file.attrs["arm_model_xml"]
        model = described(file, "model_json")
        joints = {joint["name"]: joint for joint in model["joints"]}
        assert joints["arm.rail"]["type"] == "slide" and joints["arm.rail"]["unit"] == "m"
        assert joints["arm.rail"]["range"] == [-1, 1] and joints["arm.elbow"]["range"] is None
        assert joints["arm.elbow"]["axis"] == [0, 1, 0] and joints["arm.elbow"]["frame"] == "body arm.link"
        actuators = {actuator["name"]: actuator for actuator in model["actuators"]}
        assert [actuators["arm." + name]["type"] for name in ("push", "turn", "hold", "spin")] == \
            ["motor", "motor", "position", "velocity"]
        assert actuators["arm.push"]["gear"] == 3 and actuators["arm.push"]["joint"] == "arm.rail"
        assert actuators["arm.hold"]["range"] == [-2, 2] and actuators["arm.hold"]["action_scale"] == 2
        sensors = {sensor["name"]: sensor for sensor in model["sensors"]}
        gyro = sensors["arm.gyro"]
        assert (gyro["type"], gyro["unit"], gyro["frame"], gyro["range"]) == ("gyro", "rad/s", "site imu", [-30, 30])
        assert not gyro["recorded"] and sensors["arm.at"]["unit"] == "m" and sensors["arm.truth"]["frame"] == "world"


def check_repeated_frames(folder):
    """A slow camera's frame is stored once, and so is what next_obs shows; every reader sees all rows."""
    cameras = """record: [joints, next_obs]
cameras:
  slow: {position: [0, -3, 1], look_at: [0, 0, 1], size: [64, 48], rate: 10 Hz, outputs: [rgb, depth, instance]}
  seldom: {position: [0, -3, 1], look_at: [0, 0, 1], size: [64, 48], rate: 10 Hz, episodes_every: 2, outputs: [rgb]}
  small: {position: [0, -3, 1], look_at: [0, 0, 1], size: [12, 8], rate: 10 Hz, outputs: [rgb, depth]}"""
    with run(folder, "slow", [ARM_ENTITY], more=cameras) as file:
        demo = file["data/demo_0"]
        assert {"slow_image", "slow_depth", "small_image"} < set(demo["next_obs"]) and "slow_seg" in demo["labels"]
        assert "slow_image" in file["data/demo_1/next_obs"] and "seldom_image" not in file["data/demo_1/next_obs"]
        for path, shift in (("obs/slow_image", 0), ("next_obs/slow_image", 1), ("labels/slow_seg", 0)):
            places = [demo[path].id.get_chunk_info(row).byte_offset for row in range(20)]
            assert len(set(places)) in (4, 5) and places[:5 - shift] == (5 - shift) * places[:1], (path, places)
        assert demo["obs/slow_image"].id.get_chunk_info(1).byte_offset == \
            demo["next_obs/slow_image"].id.get_chunk_info(0).byte_offset
        for row in range(20):
            assert (demo["obs/slow_image"][row] == demo["obs/slow_image"][row // 5 * 5]).all()
        assert demo["obs/slow_image"][()].any()


with tempfile.TemporaryDirectory() as folder:
    for check in (check_names, check_sensors_names, check_far, check_units, check_model, check_repeated_frames):
        check(folder)
