"""Tests that noise on the start keeps the ties of mimic joints: a follower starts where its leader's noise and
its own offset put it."""
import glob
import os
import subprocess
import tempfile

import h5py

LINK = "<link name='{0}'><inertial><mass value='1'/><inertia ixx='1' iyy='1' izz='1' ixy='0' ixz='0' iyz='0'/></inertial></link>"
JOINT = ("<joint name='{0}' type='continuous'><parent link='base'/><child link='{1}'/><axis xyz='0 0 1'/>"
         "<limit effort='1' velocity='1'/>{2}</joint>")
ROBOT = ("<robot name='r'><link name='base'/>" + "".join(LINK.format(name) for name in "abc") + JOINT.format("ja", "a", "") +
         JOINT.format("jb", "b", "<mimic joint='ja' multiplier='-2' offset='0.3'/>") +
         JOINT.format("jc", "c", "<mimic joint='jb' multiplier='0.5'/>") + "</robot>")
SCENE = """version: 1
name: mimic
episodes: 3
duration: 20 ms
entities:
  r:
    model: r.urdf
    start: {joint_noise: {uniform: [-0.5, 0.5]}, joint_velocity_noise: {uniform: [-1, 1]}}
record: [joints]
"""

with tempfile.TemporaryDirectory() as work:
    for name, text in ("r.urdf", ROBOT), ("s.yaml", SCENE):
        with open(os.path.join(work, name), "w") as file:
            file.write(text)
    out = os.path.join(work, "out")
    subprocess.run([os.environ["MYRIAD"], "run", os.path.join(work, "s.yaml"), "-o", out, "--progress", "none"],
                   check=True, capture_output=True)
    (path,) = glob.glob(os.path.join(out, "*.h5"))
    with h5py.File(path) as file:
        for demo in file["data"].values():
            for name in "r_joint_pos", "r_joint_vel":
                a, b, c = demo["obs"][name][0]
                assert abs(a) > 1e-3, (name, a)
                offset = 0.3 if name == "r_joint_pos" else 0
                assert abs(b + 2 * a - offset) < 1e-6 and abs(c - 0.5 * b) < 1e-6, (name, a, b, c)
