#!/usr/bin/python3
"""Tests that a run whose numbers become infinite marks its episodes, and that its dataset is good: energies, forces,
rewards and observations that single precision cannot hold, while the world's own state stays within its bounds. Numbers
that no world could hold are refused before anything is simulated."""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

TOO_MANY_FAILED = 3
MODEL = """<mujoco><worldbody><body name="b" pos="0 0 {height}"><{joint}/><geom size="0.1" mass="{mass}"/></body></worldbody>
</mujoco>"""
SCENARIO = """
version: 1
name: infinite
episodes: 6
duration: 0.2 s
world: {{timestep: 5 ms, control_rate: 50 Hz}}
entities:
  floor: {{ground: {{}}}}
  r: {{model: model.xml{start}}}
record: [joints, root, contacts, energy, bodies, next_obs]
{more}
"""
CAMERA = """cameras:
  c: {position: [0, -2, 1], look_at: [0, 0, 1], size: [16, 16], outputs: [rgb, depth, instance, normal, flow, boxes]}
sensors:
  l: {type: lidar, body: r.b, channels: 4, columns: 16, outputs: [range, instance]}
"""
FAST = ", start: {joint_velocity_noise: {choice: [0, 1000000]}}"
# model's numbers, the start, further keys of the scenario, rows of a marked episode
INFINITE = {
    "an energy": (dict(joint='joint armature="1e37"', mass=1), FAST, "", 1),
    "a reward": (dict(joint="freejoint", mass=1), "", "reward: 1e40 * (time - 0.1 s) / 1 s", 1),
    "a reward by a division": (dict(joint="freejoint", mass=1), "", "reward: 1 s / (0.06 s - time)", 3),
    "an energy that a camera sees": (dict(joint='joint armature="1e37"', mass=1), FAST, CAMERA, 1),
}
REFUSED = {
    "an armature": dict(joint='joint armature="1e300"', mass=1),
    "a mass": dict(joint="freejoint", mass="1e39"),
    "a damping": dict(joint='joint damping="1e200"', mass=1),
    "a stiffness": dict(joint='joint stiffness="1e39"', mass=1),
    "a place": dict(joint="freejoint", mass=1, height="1e20"),
}


def run(*arguments):
    return subprocess.run([os.environ["MYRIAD"], *arguments], capture_output=True, text=True)


def write(work, name, text):
    with open(f"{work}/{name}", "w") as file:
        file.write(text)


def numbers(group):
    found = []
    group.visititems(lambda name, item: found.append((name, item[()])) if isinstance(item, h5py.Dataset) else None)
    return [(name, array) for name, array in found if array.dtype.kind == "f"]


def check_marked(work, what, model, start, more, rows):
    write(work, "model.xml", MODEL.format(**{"height": 1, **model}))
    write(work, "scenario.yaml", SCENARIO.format(start=start, more=more))
    contents = []
    for lanes in ("1", "8"):
        out = f"{work}/{what} {lanes}"
        done = run("run", f"{work}/scenario.yaml", "-o", out, "--progress", "none", "--lanes", lanes)
        assert done.returncode == TOO_MANY_FAILED, (what, done.returncode, done.stderr)
        verified = run("verify", out)
        assert verified.returncode == 0, (what, verified.stderr, verified.stdout)
        (name,) = os.listdir(out)
        with h5py.File(f"{out}/{name}") as file:
            episodes = list(file["data"].values())
            marked = [e for e in episodes if e.attrs["termination_reason"] == "diverged"]
            assert marked, what
            assert all(e.attrs["status"] & 1 and e.attrs["num_samples"] == rows for e in marked), what
            assert all(e["terminated"][-1] and e["dones"][-1] for e in marked), what
            assert all(not e.attrs["status"] & 1 and e.attrs["num_samples"] == 10 for e in episodes if e not in marked)
            for episode in episodes:
                for path, array in numbers(episode):
                    assert numpy.isfinite(array).all(), (what, path)
            contents.append([e.attrs["content_xxh3"] for e in episodes])
    assert contents[0] == contents[1], f"{what}: the bytes depend on the lanes"
    print(f"{what}: {len(marked)} of {len(episodes)} episodes are marked")


def check_refused(work, what, model):
    write(work, "model.xml", MODEL.format(**{"height": 1, **model}))
    write(work, "scenario.yaml", SCENARIO.format(start="", more=""))
    done = run("run", f"{work}/scenario.yaml", "-o", f"{work}/{what}", "--progress", "none")
    assert done.returncode == 2 and "model.xml:1:" in done.stderr, (what, done.returncode, done.stderr)
    assert not os.path.exists(f"{work}/{what}"), what


with tempfile.TemporaryDirectory() as folder:
    for name, case in INFINITE.items():
        check_marked(folder, name, *case)
    for name, case in REFUSED.items():
        check_refused(folder, name, case)
sys.exit(0)
