"""Tests a scenario with very many entities, observed joints and recorded numbers: the program limits none of them."""
import glob
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check_contract

myriad = os.environ["MYRIAD"]

# More than 127 entities, so that an entity's number does not fit into a byte. Each is a ball with a swinging arm.
CROWD = 150
# The entities whose balls fall from a height. All others rest on the ground.
FALLING = {3, 129, 149}


def ball(i):
    x, y = 2 * (i % 13), 2 * (i // 13)
    return f"""<mujoco><worldbody><body name="core" pos="{x} {y} {0.9 if i in FALLING else 0.1}"><freejoint/>
<geom type="sphere" size="0.1" mass="1"/><body name="arm"><joint name="hinge" axis="0 1 0" damping="0.01"/>
<geom type="capsule" fromto="0 0 0 0.3 0 0.3" size="0.01" mass="0.05" contype="0" conaffinity="0"/></body>
</body></worldbody></mujoco>"""


def scenario():
    speeds = " + ".join(f"{i + 1} * velocity_z(r{i}) / 1 m/s" for i in range(CROWD))
    angles = " + ".join(f"{i + 1} * joint_speed(r{i}.hinge) / 1 rad/s" for i in range(CROWD))
    entities = "\n".join(f"  r{i}: {{model: r{i}.xml}}" for i in range(CROWD))
    return f"""
version: 1
name: crowd
episodes: 3
duration: 0.5 s
world: {{timestep: 5 ms, control_rate: 50 Hz}}
entities:
  floor: {{ground: {{}}}}
{entities}
reward: {speeds}
success: ({angles}) > 0
record: [joints, root]
"""


def call(*arguments):
    done = subprocess.run([myriad, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout


def after(demo, name):
    """Returns the observation after each action: rows 1 .. T - 1, then final_obs."""
    return numpy.concatenate([demo["obs/" + name][1:], demo["final_obs/" + name][()]])


def check_episode(demo):
    weights = numpy.arange(1, CROWD + 1)
    vertical = numpy.stack([after(demo, f"r{i}_root_vel")[:, 2] for i in range(CROWD)], axis=1)
    assert numpy.allclose(demo["rewards"][()], vertical @ weights, rtol=1e-5, atol=1e-3)
    swing = numpy.stack([after(demo, f"r{i}_joint_vel")[:, 0] for i in range(CROWD)], axis=1)
    assert (demo["success"][()] == (swing @ weights > 0)).all() and demo["success"][()].any()
    for i in range(CROWD):
        fall, touch = demo.attrs[f"r{i}_fall_time"], demo.attrs[f"r{i}_first_nonfoot_contact_time"]
        heights = demo[f"obs/r{i}_root_pos"][:, 2]
        low = numpy.nonzero(heights < 0.45)[0]
        assert (fall >= 0) == (i in FALLING), (i, fall)
        assert fall == (low[0] * 0.02 if i in FALLING else -1), (i, fall, heights)
        assert (touch > 0.3) if i in FALLING else (0 <= touch < 0.1), (i, touch)


with tempfile.TemporaryDirectory() as directory:
    for i in range(CROWD):
        with open(f"{directory}/r{i}.xml", "w") as file:
            file.write(ball(i))
    path, out = f"{directory}/crowd.yaml", f"{directory}/out"
    with open(path, "w") as file:
        file.write(scenario())
    call("check", path)
    call("run", path, "-o", out, "--progress", "none")
    call("verify", out)
    call("info", out)
    check_contract.check_dataset(out, 3)
    with h5py.File(glob.glob(f"{out}/*.h5")[0]) as file:
        for episode in range(3):
            check_episode(file[f"data/demo_{episode}"])
print("a crowd of", CROWD, "robots is recorded")
