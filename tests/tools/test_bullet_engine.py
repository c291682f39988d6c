"""Tests engine bullet through the command: it runs every shipped scenario, with the same bytes for any number of
threads and worlds; mixed runs; and the comparison of engines."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

import h5py
import numpy

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
scenarios = os.path.join(source, "scenarios")
names = sorted(name for name in os.listdir(scenarios) if name.endswith(".yaml"))


def call(*arguments, code=0):
    done = subprocess.run([myriad, *arguments], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, code, done.stdout, done.stderr)
    return done


def run(directory, scenario, *arguments):
    shutil.rmtree(directory, ignore_errors=True)  # one folder is one dataset
    done = call("run", os.path.join(scenarios, scenario), "-o", directory, "--progress", "none", "--json", *arguments)
    return json.loads(done.stdout)


def check_scenarios(directory):
    for name in names:
        result = run(directory, name, "--engine", "bullet", "--episodes", "3", "--set", "duration=1.6 s")
        assert result["engine"] == "bullet" and result["episodes"] == 3 and result["failed_episodes"] == 0, result
        call("verify", directory)
        (file,) = [file for file in os.listdir(directory) if file.endswith(".h5")]
        with h5py.File(os.path.join(directory, file)) as shard:
            assert "Bullet" in shard.attrs["generator"], shard.attrs["generator"]
            assert "engine" not in shard["data/demo_0"].attrs


def check_determinism(directory):
    for engine in ("bullet", "mix"):
        what = ["quadruped.yaml", "--engine", engine, "--episodes", "14", "--set", "duration=1.2 s"]
        digests = {run(directory, *what, "--seed", "7", *how)["digest"]
                   for how in (["--threads", "1"], ["--threads", "4"], ["--threads", "3", "--worlds", "5"],
                               ["--worlds", "40", "--shard-episodes", "4"])}
        assert len(digests) == 1, (engine, digests)
        assert run(directory, *what, "--seed", "8")["digest"] not in digests


def episodes(directory):
    found = {}
    for name in os.listdir(directory):
        with h5py.File(os.path.join(directory, name)) as file:
            for demo in file["data"].values():
                index = int(demo.attrs["episode_index"])
                (joints,) = demo["states/articulation"].values()
                found[index] = (demo.attrs.get("engine"), joints["joint_position"][:], demo["rewards"][:])
    return found


def check_mix(directory):
    """Checks that each episode of a mixed run equals that of one of the two pure runs, and that the seed chooses
    which."""
    runs = {}
    for engine in ("cpu", "bullet", "mix"):
        run(directory, "quadruped.yaml", "--engine", engine, "--episodes", "24", "--set", "duration=1.2 s")
        runs[engine] = episodes(directory)
    chosen = [runs["mix"][i][0].decode() for i in range(24)]
    assert set(chosen) == {"cpu", "bullet"} and 4 < chosen.count("bullet") < 20, chosen
    for i, engine in enumerate(chosen):
        for mixed, pure in zip(runs["mix"][i][1:], runs[engine][i][1:]):
            assert numpy.array_equal(mixed, pure), (i, engine)


def check_plan(directory):
    """Checks that a mixed run is divided into groups like the cpu's, and that its memory also has one world of Bullet
    for each group."""
    scene, shape = os.path.join(scenarios, "quadruped.yaml"), ["--threads", "2", "--episodes", "40"]
    kernels = json.loads(call("plan", scene, "--json", "--engine", "cpu", *shape).stdout)["kernels"]
    for lanes, groups in ((["--lanes", "1", "--worlds", "6"], 6), ([], 2)):
        plans = {engine: json.loads(call("plan", scene, "--json", *shape, "--engine", engine, *how).stdout)
                 for engine, how in (("cpu", lanes), ("mix", lanes), ("bullet", ["--worlds", str(groups)]))}
        ran = run(directory, "quadruped.yaml", "--engine", "mix", *shape, *lanes, "--set", "duration=1.2 s")
        for key in ("engine", "kernels", "worlds", "threads", "episodes", "shards"):
            assert plans["mix"][key] == ran[key], (key, plans["mix"], ran)
            if key != "engine":
                assert plans["mix"][key] == plans["cpu"][key], (key, plans)
        # Recordings and episodes that wait for the writer count once; Bullet's worlds are added.
        beside = plans["mix"]["memory_bytes"] - plans["cpu"]["memory_bytes"]
        again = json.loads(call("plan", scene, "--json", *shape, "--engine", "bullet", "--worlds",
                                str(groups + 1)).stdout)
        of_world = again["memory_bytes"] - plans["bullet"]["memory_bytes"]
        assert of_world > 1000 and beside >= groups * of_world, (beside, of_world)
    assert "engine mix (" + kernels in call("plan", scene, *shape, "--engine", "mix").stdout


def png_size(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, pixels = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IDAT":
            pixels += data[at + 8:at + 8 + length]
        at += 12 + length
    assert len(set(zlib.decompress(pixels))) > 4
    return struct.unpack(">II", data[16:24])


def check_compare(directory):
    picture = os.path.join(directory, "distances.png")
    scene = os.path.join(scenarios, "cartpole.yaml")
    against = ["--against", "bullet"]
    result = json.loads(call("compare", scene, *against, "--episodes", "20", "--json", "-o", picture).stdout)
    assert result["engines"] == ["cpu", "bullet"] and result["episodes"] == 20 and result["bodies"] == 2
    assert result["going_on"][0] == 20 and result["all_bodies"]["high"][5] < 1e-6, "nothing collides: nothing differs"
    ends = result["events"]["terminate"]
    assert ends["both"] > 5 and ends["count"] == [ends["both"]] * 2 and ends["median_difference"] == 0, ends
    assert png_size(picture)[0] > 400
    falls = os.path.join(scenarios, "ten_thousand_falls.yaml")
    text = call("compare", falls, "--against", "bullet", "--episodes", "8").stdout
    assert "first contact beside the feet" in text and "distance of the roots" in text, text
    how = ["--episodes", "16", "--json", "--threads"]
    first, again = (json.loads(call("compare", falls, *against, *how, threads).stdout)
                    for threads in ("1", "3"))
    for run in (first, again):
        del run["seconds"]
    assert first == again and first["events"]["fall"]["both"] >= 5
    assert first["roots"]["median"][1] < 1e-4 < first["roots"]["median"][-1]
    assert 0.5 < first["means"]["contact_force"][1] / first["means"]["contact_force"][0] < 2
    call("compare", os.path.join(scenarios, "assets", "biped.xml"), "--against", "bullet", code=2)
    call("compare", scene, "--against", "mujoco", "--episodes", "3", code=2)
    call("compare", scene, "--against", "bullet", "--lanes", "8", code=2)


def check_bench():
    how = ["--key", "robot.stand", "--worlds", "32", "--steps", "40", "--rounds", "1", "--threads", "2", "--json"]
    falls = os.path.join(scenarios, "ten_thousand_falls.yaml")
    result = json.loads(call("bench", falls, "--vs", "bullet", *how).stdout)
    assert "Bullet" in result["rival"] and result["ratio"] > 1 and result["rival_mean_contacts"] > 0.1, result


def check_bad_input(directory):
    """Checks that features that Bullet lacks are named before anything runs."""
    model, scene = os.path.join(directory, "soft.xml"), os.path.join(directory, "soft.yaml")
    with open(model, "w") as file:
        file.write("<mujoco><worldbody><body name='puck'><freejoint/><geom name='rim' size='.1' margin='.01'/></body>"
                   "</worldbody></mujoco>")
    with open(scene, "w") as file:
        file.write("version: 1\nname: soft\nepisodes: 1\nduration: 1 s\nworld: {timestep: 5 ms, control_rate: 50 Hz}\n"
                   "entities:\n  floor: {ground: {}}\n  puck: {model: soft.xml}\nrecord: [root]\n")
    for engine in ("bullet", "mix"):
        done = call("run", scene, "-o", os.path.join(directory, "out"), "--engine", engine, code=2)
        assert "rim" in done.stderr and "margin" in done.stderr, done.stderr
        assert "rim" in call("plan", scene, "--engine", engine, code=2).stderr
    call("run", scene, "-o", os.path.join(directory, "out"), "--engine", "cpu", "--progress", "none")


if "bullet" not in json.loads(call("version", "--json").stdout)["engines"]:
    sys.exit(77)
for check in (check_scenarios, check_determinism, check_mix, check_plan, check_compare, check_bad_input):
    with tempfile.TemporaryDirectory() as scratch:
        check(os.path.join(scratch, ""))
check_bench()
