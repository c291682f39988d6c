"""Tests the command as programs and people use it: exit codes, JSON, help, suggestions."""
import json
import os
import subprocess
import tempfile

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
falls = os.path.join(source, "scenarios", "ten_thousand_falls.yaml")
biped = os.path.join(source, "scenarios", "assets", "biped.xml")


def call(*arguments, code=0):
    done = subprocess.run([myriad, *arguments], capture_output=True, text=True)
    assert done.returncode == code, (arguments, done.returncode, code, done.stdout, done.stderr)
    if code not in (0, 3):
        assert done.stderr.strip(), (arguments, "fails without a word")
    return done


def objects(text):
    """Parses JSON with one object a line."""
    return [json.loads(line) for line in text.splitlines()]


def has_bullet():
    return "bullet" in json.loads(call("version", "--json").stdout)["engines"]


def check_help():
    text = call("--help").stdout
    commands = [line.split()[0] for line in text.split("commands:\n")[1].split("\n\n")[0].splitlines()]
    assert {"check", "run", "sample", "info", "verify", "digest", "compare", "bench", "schema"} <= set(commands), commands
    for command in commands:
        if command != "help":
            assert call(command, "--help").stdout == call("help", command).stdout
            assert "--help" in call(command, "--help").stdout
            for option in [word for line in call(command, "--help").stdout.split("options:\n")[1].splitlines()
                           for word in line.split() if word.startswith("--")][:-1]:
                assert "unknown option" not in subprocess.run([myriad, command, option], capture_output=True,
                                                              text=True, timeout=60).stderr, (command, option)
    assert "did you mean verify" in call("verfy", code=2).stderr
    assert "did you mean --threads" in call("run", falls, "--thread", "2", code=2).stderr
    call(code=2)


def check_usage():
    with tempfile.TemporaryDirectory() as directory:
        call("run", falls, code=2)
        call("run", code=2)
        call("run", falls, falls, "-o", directory, code=2)
        call("run", falls, "-o", directory, "--episodes", "none", code=2)
        call("run", falls, "-o", directory, "--episodes", "0", code=2)
        call("run", falls, "-o", directory, "--lanes", "17", code=2)
        call("run", falls, "-o", directory, "--engine", "abacus", code=2)
        call("run", falls, "-o", directory, "--set", "no.such.thing=1", code=2)
        assert "cpu" in call("run", falls, "-o", directory, "--engine", "cuda", code=69).stderr
        call("compare", biped, "--against", "cuda", code=69)
        for engine in () if has_bullet() else ("bullet", "mix"):
            assert "cpu" in call("run", falls, "-o", directory, "--engine", engine, code=69).stderr
            assert "cpu" in call("plan", falls, "--engine", engine, code=69).stderr
        call("plan", falls, "--engine", "abacus", code=2)
        call("compare", biped, "--against", "bullet", code=2 if has_bullet() else 69)
        call("compare", biped, code=2)
        call("run", directory + "/missing.yaml", "-o", directory + "/out", code=2)
        for name in ("missing.yaml", "missing.xml", "."):
            call("check", os.path.join(directory, name), code=2)
        lacking = os.path.join(directory, "lacking.yaml")
        with open(lacking, "w") as file:
            file.write("version: 1\nname: lacking\nepisodes: 1\nduration: 1 s\nentities: {robot: {model: none.xml}}\n")
        assert "none.xml" in call("run", lacking, "-o", directory + "/out", code=2).stderr
        call("info", directory + "/missing", code=74)
        call("info", directory, code=2)
        call("run", falls, "-o", "/proc/nowhere", "--episodes", "1", code=74)
        broken = os.path.join(directory, "broken.yaml")
        with open(broken, "w") as file:
            file.write("version: 1\nname: broken\nepisodez: 3\nduration: 4 kg\n")
        done = subprocess.run([myriad, "check", broken, "--json"], capture_output=True, text=True)
        faults = objects(done.stdout)
        assert done.returncode == 2 and len(faults) >= 2 and all("line" in fault for fault in faults), faults
        assert "broken.yaml:3:" in call("check", broken, code=2).stderr


def widths():
    """The widths of vectors that --help offers."""
    (line,) = [line for line in call("run", "--help").stdout.splitlines() if "--lanes" in line]
    return [int(word) for word in line.split("; here ")[1].replace(",", "").split() if word != "or"]


def check_lanes():
    """Checks that each width that is offered works, and that no message offers another."""
    offered = widths()
    assert offered and set(offered) <= {1, 4, 8, 16}, offered
    with tempfile.TemporaryDirectory() as directory:
        for lanes in range(1, 17):
            arguments = ["run", falls, "-o", f"{directory}/{lanes}", "--episodes", "1", "--lanes", str(lanes)]
            if lanes in offered:
                call(*arguments)
                continue
            message = call(*arguments, code=69 if lanes in (4, 8, 16) else 2).stderr
            shown = message.split("choose ")[1].split(", or leave")[0].replace(" or", ",").split(", ")
            assert [int(width) for width in shown] == offered, message


def check_streams():
    """Checks the exit codes when stdout is full, closed, or read no further."""
    def shell(line):
        return subprocess.run(["bash", "-c", line, "-", myriad, falls], capture_output=True, text=True).returncode

    with tempfile.TemporaryDirectory() as out:
        assert shell('"$1" help > /dev/full') == 74 and shell('"$1" run --help > /dev/full') == 74
        assert shell('"$1" version > /dev/full') == 74
        assert shell(f'"$1" run "$2" -o {out}/full --episodes 4 > /dev/full') == 74
        # The data are whole, and nobody waits for the summary.
        for number, closing in enumerate((">&-", ">&- 2>&-", "<&- >&- 2>&-", "| true; exit ${PIPESTATUS[0]}")):
            assert shell(f'"$1" run "$2" -o {out}/{number} --episodes 4 --progress json {closing}') == 0, closing
            assert call("digest", f"{out}/{number}").stdout == call("digest", f"{out}/0").stdout
            call("verify", f"{out}/{number}")
        assert shell('"$1" help | true; exit ${PIPESTATUS[0]}') == 0


def check_memory():
    """Checks that too little memory is never called the scenario's fault (2). The loader itself ends with 127."""
    def limited(kilobytes, *arguments):
        return subprocess.run(["bash", "-c", f'ulimit -v {kilobytes}; exec "$@"', "-", myriad, *arguments],
                              capture_output=True, text=True)

    if limited(4 << 20, "check", falls).returncode:
        return  # a build that needs more addresses, such as one under sanitizers
    codes = set()
    with tempfile.TemporaryDirectory() as out:
        call("run", falls, "-o", out, "--episodes", "2")
        for kilobytes in range(22000, 102000, 8000):
            for arguments in (("check", falls), ("check", biped), ("sample", falls, "--episode", "1"), ("plan", falls),
                              ("info", out), ("verify", out), ("digest", out)):
                done = limited(kilobytes, *arguments)
                assert done.returncode in (0, 1, 127), (kilobytes, arguments, done.returncode, done.stderr)
                assert "damaged" not in done.stderr, (kilobytes, arguments, done.stderr)
                codes.add(done.returncode)
    assert 1 in codes, codes


def check_scene():
    (summary,) = objects(call("check", falls, "--json").stdout)
    assert summary["severity"] == "ok" and summary["episodes"] == 10000
    assert "good" in call("check", falls).stdout
    (model,) = objects(call("check", biped, "--json").stdout)
    assert model["degrees_of_freedom"] > 6
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", dir=os.path.dirname(falls)) as file:
        file.write(call("check", falls, "--resolved").stdout)
        file.flush()
        (again,) = objects(call("check", file.name, "--json").stdout)
        assert again["scenario_xxh3"] == summary["scenario_xxh3"]
    draws = objects(call("sample", falls, "--episode", "7", "--json").stdout)
    assert sum(len(draw["values"]) for draw in draws) == summary["values"]
    assert draws == objects(call("sample", falls, "--episode", "7", "--json").stdout)
    assert draws != objects(call("sample", falls, "--episode", "8", "--json").stdout)
    assert draws != objects(call("sample", falls, "--episode", "7", "--seed", "1", "--json").stdout)
    json.loads(call("schema").stdout)
    assert call("schema", "--markdown").stdout
    (version,) = objects(call("version", "--json").stdout)
    assert version["myriad"] in call("--version").stdout


def check_run():
    with tempfile.TemporaryDirectory() as directory:
        out = os.path.join(directory, "made", "along", "the", "way")
        done = call("run", falls, "-o", out, "--episodes", "20", "--shard-episodes", "8", "--json", "--progress", "json",
                    "--set", "terminate=false")
        (summary,) = objects(done.stdout)
        for progress in objects(done.stderr):
            assert progress["episodes"] <= progress["episodes_total"] == 20
        assert summary["episodes"] == 20 and summary["shards"] == 3 and summary["failed_episodes"] == 0
        assert summary["steps"] == 20 * 800 and summary["complete"] is True
        for key in ("seconds", "steps_per_second", "episodes_per_second", "bytes", "digest"):
            assert key in summary, key
        (info,) = objects(call("info", out, "--json").stdout)
        assert info["episodes"] == 20 and info["steps"] == 20 * 200 and info["bytes"] == summary["bytes"]
        assert sum(info["reasons"].values()) == 20 and info["seed"] == 0
        assert call("digest", out).stdout.strip() == summary["digest"]
        assert objects(call("digest", out, "--json").stdout)[0]["digest"] == summary["digest"]
        assert objects(call("verify", out, "--json").stdout)[-1]["good"] is True
        # The draws in the file are those that sample prints.
        import h5py
        files = sorted(os.listdir(out))
        with h5py.File(os.path.join(out, files[1])) as file:
            for draw in objects(call("sample", falls, "--episode", "11", "--json").stdout):
                assert list(file["data/demo_3/randomization"][draw["path"]][()]) == draw["values"], draw
        again = ("run", falls, "-o", out, "--set", "terminate=false", "--episodes")
        assert "--overwrite" in call(*again, "20").stderr
        assert "--overwrite" in call(*again, "5", code=2).stderr
        call("run", falls, "-o", out, "--episodes", "5", "--overwrite", "--seed", "3")
        (info,) = objects(call("info", out, "--json").stdout)
        assert info["episodes"] == 5 and info["shards"] == 1 and info["seed"] == 3
        (name,) = os.listdir(out)
        path = os.path.join(out, name)
        with open(path, "r+b") as file:
            file.seek(os.path.getsize(path) // 2)
            byte = file.read(1)
            file.seek(-1, 1)
            file.write(bytes([byte[0] ^ 16]))
        faults = subprocess.run([myriad, "verify", out, "--json"], capture_output=True, text=True)
        assert faults.returncode == 1 and objects(faults.stdout)[0]["fault"]
        assert name in call("verify", out, code=1).stderr
        with open(path, "r+b") as file:
            file.truncate(os.path.getsize(path) * 2 // 3)
        for command in ("info", "verify", "digest"):
            assert name in call(command, out, code=1).stderr


def check_plan():
    """Checks that run does what plan predicts."""
    what = [falls, "--engine", "cpu", "--episodes", "20", "--shard-episodes", "8", "--threads", "2", "--json", "--set",
            "terminate=false"]
    (plan,) = objects(call("plan", *what).stdout)
    with tempfile.TemporaryDirectory() as directory:
        (summary,) = objects(call("run", *what, "-o", directory, "--overwrite", "--progress", "none").stdout)
    for key in ("episodes", "shards", "engine", "kernels", "worlds", "threads"):
        assert plan[key] == summary[key], (key, plan, summary)
    assert plan["episodes"] * plan["control_steps"] * plan["substeps"] == summary["steps"]
    assert plan["memory_bytes"] > plan["worlds"] * plan["episode_bytes"] and plan["device_bytes"] == 0
    what.remove("--json")
    assert "engine cpu" in call("plan", *what).stdout


def check_measures():
    # Of a ball that turns about its centre most numbers are rounding, or exactly zero. JSON has no infinity.
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "ball.xml")
        with open(path, "w") as file:
            file.write("<mujoco><worldbody><body><joint type='ball'/><geom type='box' size='.1 .1 .1' contype='0' "
                       "conaffinity='0'/></body></worldbody></mujoco>")
        text = call("compare", path, "--against", "mujoco", "--states", "50", "--json").stdout
        stages = json.loads(text, parse_constant=lambda constant: exit(f"{constant} is not JSON"))["stages"]
        assert stages["bias"]["states"] > 0 and stages["bias"]["floor"] == 1e-3, stages
        assert all(stage["largest_relative"] < 1e-3 for stage in stages.values()), stages
    (bench,) = objects(call("bench", falls, "--steps", "40", "--rounds", "1", "--worlds", "32", "--json").stdout)
    for key in ("model", "engine", "worlds", "threads", "lanes", "timestep", "steps_per_second", "mean_contacts", "mean_rows",
                "mean_iterations", "union_rows", "stages", "joules_per_million_steps"):
        assert key in bench, key
    assert bench["steps_per_second"] > 0 and abs(sum(bench["stages"].values()) - 1) < 0.01
    (bench,) = objects(call("bench", biped, "--vs", "mujoco", "--steps", "40", "--rounds", "3", "--worlds", "32",
                            "--json").stdout)
    assert "MuJoCo 4.0.1" in bench["mujoco"]
    for phase in (bench, bench["settled"]):
        assert phase["ratio_low"] <= phase["ratio"] <= phase["ratio_high"] and phase["mujoco_steps_per_second"] > 0
        assert phase["mujoco_mean_rows"] > 0 and phase["mean_rows"] > 0, phase
    # Both sides step the same worlds, of which every step is counted.
    assert abs(bench["mean_rows"] / bench["mujoco_mean_rows"] - 1) < 0.01, bench
    assert bench["settled"]["after_seconds"] == 2
    (bench,) = objects(call("bench", biped, "--steps", "40", "--rounds", "1", "--worlds", "32", "--settle", "0",
                            "--json").stdout)
    assert "settled" not in bench
    assert "steps/s" in call("bench", biped, "--steps", "40", "--rounds", "1", "--worlds", "32").stdout
    call("bench", biped, "--key", "no such pose", code=2)
    (bench,) = objects(call("bench", biped, "--render", "--size", "16x16", "--frames", "8", "--rounds", "1",
                            "--json").stdout)
    for quality in ("", "shadows_and_textures_", "full_"):
        assert bench[quality + "frames_per_second_low"] <= bench[quality + "frames_per_second"], quality
        assert abs(sum(bench[quality + "stages"].values()) - 1) < 0.01, quality
    text = call("bench", biped, "--render", "--size", "16x16", "--frames", "8", "--rounds", "1").stdout
    assert all(row in text for row in ("diffuse light only", "shadows and textures", "everything")), text
    with tempfile.TemporaryDirectory() as directory:
        scan = os.path.join(directory, "scan.yaml")
        with open(scan, "w") as file:
            file.write("version: 1\nname: scan\nduration: 1 s\nentities: {floor: {ground: {}}}\n"
                       "sensors: {top: {type: lidar, position: [0, 0, 2], channels: 4, columns: 32, outputs: [range]}}\n")
        short = ("--render", "--frames", "8", "--rounds", "1")
        text = call("bench", scan, *short).stdout
        assert "sensor top: 32 x 4 rays" in text and "Mrays/s" in text, text
        assert "Mrays/s" in call("bench", scan, *short, "--outputs", "range,intensity").stdout
        (bench,) = objects(call("bench", scan, *short, "--json").stdout)
        assert bench["rays_per_second"] > 0 and "pixels_per_second" not in bench, bench
    for file in (biped, falls):
        (comparison,) = objects(call("compare", file, "--against", "mujoco", "--states", "20", "--steps", "10", "--json",
                                     "--precision", "double").stdout)
        assert comparison["states"] == 20 and comparison["stages"]


check_help()
check_usage()
check_lanes()
check_streams()
check_memory()
check_scene()
check_run()
check_plan()
check_measures()
