"""Tests that check, run and view name the parts of a scenario and its models that have no effect."""
import json
import os
import subprocess
import sys
import tempfile

myriad = os.environ["MYRIAD"]
MODEL = """<mujoco><asset><material name="mirror" reflectance=".5"/></asset><worldbody>
<body name="b"><joint name="j"/>
<geom name="glass" size=".1" rgba="1 0 0 .3" material="mirror"/></body></worldbody>
<sensor><user name="own" dim="2"/></sensor></mujoco>
"""
SCENE = """version: 1
name: s
duration: 0.02 s
world: {timestep: 2 ms, control_rate: 50 Hz}
entities:
  a: {model: m.xml}
  b: {model: m.xml}
"""
CAMERA = """cameras:
  c: {position: [3, 0, 0], direction: [-1, 0, 0], size: [16, 16], outputs: [rgb, keypoints]}
"""


def call(*arguments, code=0):
    done = subprocess.run([myriad, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    return path


with tempfile.TemporaryDirectory() as folder:
    model = write(os.path.join(folder, "m.xml"), MODEL)
    plain = write(os.path.join(folder, "plain.yaml"), SCENE)
    seen = write(os.path.join(folder, "seen.yaml"), SCENE + CAMERA)

    # A model alone: everything, before the verdict, which stays "ok".
    lines = [json.loads(line) for line in call("check", "--json", model).stdout.splitlines()]
    assert [(l["severity"], l.get("line")) for l in lines] == [("notice", 1), ("notice", 3), ("notice", 4), ("ok", None)]
    assert "reflectance" in lines[0]["message"] and lines[0]["file"] == model and lines[0]["source"]
    assert '"glass": alpha' in lines[1]["message"] and 'user "own" is not recorded' in lines[2]["message"]
    text = call("check", model).stderr
    assert f"{model}:3:" in text and ": notice: " in text and "^" in text

    # Two entities of one model say it once; looks only matter where something is drawn.
    for command in (["check", plain], ["run", plain, "-o", os.path.join(folder, "o"), "--progress", "none"]):
        text = call(*command).stderr
        assert text.count("notice:") == 1 and "own" in text, text
    for command in (["check", seen], ["run", seen, "-o", os.path.join(folder, "p"), "--progress", "none"]):
        text = call(*command).stderr
        assert text.count("notice:") == 4 and "no model has a site" in text and "seen.yaml:9:" in text, text
    assert call("view", model, "-o", os.path.join(folder, "v.png")).stderr.count("notice:") == 3
    lines = [json.loads(line) for line in call("check", "--json", seen).stdout.splitlines()]
    assert [l["severity"] for l in lines] == ["notice"] * 4 + ["warning", "ok"] # both spheres are in one place

    # All faults of all models of a scenario, at the models' own lines.
    write(model, MODEL.replace('<joint name="j"', '<joint stiffness="1" springyield="1" name="j"'))
    other = write(os.path.join(folder, "n.xml"), '<mujoco><option integrator="discrete"/></mujoco>')
    write(plain, SCENE.replace("b: {model: m.xml}", "b: {model: n.xml}"))
    lines = [json.loads(line) for line in call("check", "--json", plain, code=2).stdout.splitlines()]
    wrong = [(os.path.basename(l["file"]), l["line"]) for l in lines if l["severity"] == "error"]
    assert wrong == [("m.xml", 2), ("n.xml", 1)], wrong
print("notices and faults have their places")
