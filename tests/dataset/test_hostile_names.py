"""Tests that names of model files cannot harm the dataset that records them: slashes, dots, control characters, bytes that
are no UTF-8, and names of ten thousand letters. The dataset is good, h5py opens it, and its JSON can be read."""
import json
import os
import subprocess
import sys
import tempfile

import h5py

NAMES = ["x/./y", "../z", "a//b", "/", "..", "%2F", "tab&#9;line&#10;feed", "quote'&quot;\\", "grün", "x" * 10000]
MODEL = """<mujoco><asset><texture name="{0}" type="2d" builtin="checker" width="4" height="4"/>
<material name="{0}" texture="{0}"/></asset>
<worldbody><body name="{0}" pos="0 0 1"><joint name="{0}"/><geom name="{0}" size=".1" material="{0}"/>
<site name="{0}"/><camera name="{0}" pos="0 -1 0" xyaxes="1 0 0 0 0 1"/></body></worldbody>
<actuator><motor name="{0}" joint="{0}"/></actuator><sensor><gyro name="{0}" site="{0}"/></sensor>
<keyframe><key name="{0}"/></keyframe></mujoco>"""
SCENARIO = """
version: 1
name: names
episodes: 2
duration: 40 ms
entities:
  r: {model: model.xml}
randomize: {RANDOMIZED: {scale: {uniform: [1, 2]}}}
cameras:
  c: {position: [0, -1, 0], size: [8, 8], outputs: [rgb, instance, boxes, keypoints]}
record: [joints, root, contacts, energy, bodies]
"""


def run(*arguments):
    return subprocess.run([os.environ["MYRIAD"], *arguments], capture_output=True, text=True, errors="replace")


def check(work, number, name):
    out = f"{work}/out{number}"
    with open(f"{work}/model.xml", "wb") as file:
        file.write(MODEL.format(name).encode(errors="surrogateescape"))
    with open(f"{work}/names.yaml", "w") as file:
        file.write(SCENARIO.replace("RANDOMIZED", '"r.body.x/./y.mass"' if name == "x/./y" else "r.body.mass"))
    made = run("run", f"{work}/names.yaml", "-o", out, "--progress", "none")
    if made.returncode:
        assert made.returncode == 2 and made.stderr.strip(), (name[:40], made.returncode, made.stderr)
        print(f"{name[:40]!r}: refused: {made.stderr.splitlines()[0][:100]}")
        return 0
    for command in ("verify", "info", "digest"):
        done = run(command, out)
        assert done.returncode == 0, (name[:40], command, done.stderr)
    json.loads(run("info", out, "--json").stdout)
    (shard,) = os.listdir(out)
    with h5py.File(f"{out}/{shard}") as file:
        paths = []
        file.visit(paths.append)
        assert all(part not in ("", ".", "..") for path in paths for part in path.split("/")), name[:40]
        for attribute in ("units_json", "names_json", "conventions_json"):
            json.loads(file.attrs[attribute])
        drawn = list(file["data/demo_0/randomization"])
        assert all(isinstance(item, h5py.Dataset) for item in file["data/demo_0/randomization"].values()), drawn
    return 1


with tempfile.TemporaryDirectory() as folder:
    names = NAMES + [b"bad\xff\xfebytes".decode(errors="surrogateescape")]
    good = sum(check(folder, number, name) for number, name in enumerate(names))
    assert good >= len(names) - 1, good
    print(f"{good} of {len(names)} names are recorded")
sys.exit(0)
