"""Starts 10 km from the world's origin are where the model, its keyframe and the scenario state them, to well below the step of
a float, which is 1 mm there; and a draw adds to them what it would add at the origin."""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

# A box, and a cart on a rail that starts far from its zero.
MODEL = """<mujoco><option gravity="0 0 0"/><worldbody>
  <body name="one" pos="{0} 5000.0007 {1}"><freejoint/><geom type="box" size=".1 .1 .1"/></body>
  <body name="cart" pos="0 7 0"><joint name="rail" type="slide" axis="1 0 0"/><geom size=".1" contype="0" conaffinity="0"/></body>
</worldbody><keyframe><key name="out" qpos="{2}"/></keyframe></mujoco>"""

SCENARIO = """version: 1
name: starts
duration: 0.1 s
episodes: 3
world: {{timestep: 2 ms, control_rate: 50 Hz}}
entities:
  a: {{model: a.xml, start: {{{0}}}}}
  b: {{model: b.xml, start: {{{0}}}}}
record: [joints, root, contacts, bodies]
"""


def fail(text):
    sys.exit(text)


def close(what, one, two, tolerance=2e-9):
    if not abs(one - two) <= tolerance:
        fail(f"{what}: {one!r}, not {two!r}")


def episodes(folder, start, x):
    """Runs two robots whose boxes are 1 mm apart along x."""
    os.mkdir(folder)
    for name, at in (("a", x), ("b", x + 0.201)):
        key = f"{at} 5000.0007 123.0001 1 0 0 0 9000.0009"
        with open(f"{folder}/{name}.xml", "w") as file:
            file.write(MODEL.format(at, "100.0003", key))
    with open(folder + "/s.yaml", "w") as file:
        file.write(SCENARIO.format(start))
    done = subprocess.run([os.environ["MYRIAD"], "run", folder + "/s.yaml", "-o", folder + "/o", "--progress", "none"],
                          capture_output=True, text=True)
    if done.returncode:
        fail(done.stdout + done.stderr)
    return h5py.File(folder + "/o/starts-000000000-000000002.h5", "r")["data"]


def check_place(data, x, z, tolerance=2e-9):
    for episode in data.values():
        for moment in (episode["obs"], episode["final_obs"]):
            one, two = (numpy.atleast_2d(moment[name + "_root_pos"][()])[0] for name in "ab")
            if one.dtype != numpy.float64:
                fail(f"root_pos is {one.dtype}")
            for k, at in enumerate((x, 5000.0007, z)):
                close(f"root_pos[{k}]", one[k], at, tolerance)
            close("gap", two[0] - one[0], 0.201)
            if episode["labels/contacts/distance"].shape[0]:
                fail("boxes 1 mm apart touch")



with tempfile.TemporaryDirectory() as scratch:
    check_place(episodes(scratch + "/rest", "", 10000.0003), 10000.0003, 100.0003)
    check_place(episodes(scratch + "/key", "keyframe: out", 10000.0003), 10000.0003, 123.0001)
    check_place(episodes(scratch + "/lift", "lift: 20.0002 m", -160000.0003), -160000.0003, 120.0005)
    check_place(episodes(scratch + "/high", "height: 9000.0001 m", 10000.0003), 10000.0003, 9000.0001)
    # Turned about its own middle, the box keeps its lowest point.
    check_place(episodes(scratch + "/turn", "yaw: 90 deg", 10000.0003), 10000.0003, 100.0003, 1e-6)
    NOISE = "keyframe: out, slide_noise: {uniform: [-1 mm, 1 mm]}"
    drawn = episodes(scratch + "/noise", NOISE, 10000.0003)
    for name in "ab":
        carts = [episode["labels/body_position"][0, 1 if name == "a" else 3, 0] for episode in drawn.values()]
        ways = [cart - 9000.0009 for cart in carts]
        steps = [abs(way * 1024 - round(way * 1024)) for way in ways]
        if not all(abs(way) < 1e-3 for way in ways) or max(steps) < 0.05 or len(set(ways)) < 3:
            fail(f"noise of at most 1 mm put {name}'s cart at {carts}")
print("starts are where they are stated")
