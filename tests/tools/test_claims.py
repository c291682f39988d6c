"""Tests that one folder is one dataset: runs that race for it, are killed in it, replace it, or find strangers in it.

Every run here is the real command. Nothing depends on time: a run that must be alive is far too long to end by itself,
and races are decided by whoever is first, of which the test allows either."""
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
cartpole = os.path.join(source, "scenarios", "cartpole.yaml")
falls = os.path.join(source, "scenarios", "ten_thousand_falls.yaml")
LONG, SHORT = 1000000, 40  # episodes


def command(out, *options, scene=cartpole, episodes=SHORT):
    return [myriad, "run", scene, "-o", out, "--episodes", str(episodes), "--shard-episodes", "16", "--threads", "1",
            "--progress", "none", *options]


def run(out, *options, code=0, **more):
    done = subprocess.run(command(out, *options, **more), capture_output=True, text=True, timeout=300)
    assert done.returncode == code, (options, done.returncode, code, done.stdout, done.stderr)
    return done


def start(out, *options, **more):
    return subprocess.Popen(command(out, *options, **more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition, what):
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(what)


def shards(out):
    return sorted(name for name in os.listdir(out) if name.endswith(".h5")) if os.path.isdir(out) else []


def claims(out):
    return [name for name in os.listdir(out) if name.endswith(".claim")]


def start_long(out, *options, files=1, **more):
    """Starts a run that lives until it is stopped, and waits for its first whole files."""
    process = start(out, *options, episodes=LONG, **more)
    wait_for(lambda: len(shards(out)) >= files or process.poll() is not None, "no file")
    assert process.poll() is None, process.communicate()
    return process


def end(process, number=signal.SIGINT):
    process.send_signal(number)
    return process.communicate(timeout=120)


def call(*arguments, code=0):
    done = subprocess.run([myriad, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == code, (arguments, done.returncode, code, done.stdout, done.stderr)
    return done


def digest(out):
    return call("digest", out).stdout.strip()


def contents(out):
    """The names and bytes of a folder's files."""
    found = {}
    for name in os.listdir(out):
        with open(os.path.join(out, name), "rb") as file:
            found[name] = file.read()
    return found


def check_second_writers(out):
    first = start_long(out)
    # The same job, held by a living run, is told with its holder. A retry may succeed.
    busy = run(out, code=75, episodes=LONG).stderr
    assert f"process {first.pid} on {socket.gethostname()}" in busy and "heartbeat" in busy, busy
    # Every key that differs is named, the first one in the order of dataset/identity.def.
    assert "its seed is 0, this run's seed is 7" in run(out, "--seed", "7", code=2, episodes=LONG).stderr
    assert "scenario is cartpole, this run's scenario is ten_thousand_falls" in run(out, scene=falls, code=2).stderr
    assert "scenario's content is" in run(out, "--set", "duration=2 s", code=2, episodes=LONG).stderr
    assert "number of episodes is 1000000" in run(out, code=2).stderr
    for options in (("--overwrite",), ("--overwrite", "--seed", "7")):  # a living run is not replaced either
        assert run(out, *options, code=2 if "7" in options else 75, episodes=LONG).stderr
    made = len(shards(out))
    wait_for(lambda: len(shards(out)) > made, "the first run goes on")
    end(first)
    assert first.returncode == 75 and not claims(out), (first.returncode, os.listdir(out))
    call("verify", out, code=75)
    call("verify", out, "--partial")


def check_races(work):
    """Runs that begin at the same moment in an empty folder: one makes its dataset, untouched by the others."""
    for round_number in range(6):
        out = os.path.join(work, f"race{round_number}")
        seeds = [["0", "7", "0"], ["0", "0", "0"], ["1", "2", "3"]][round_number % 3]
        racers = [start(out, "--seed", seed, episodes=LONG) for seed in seeds]
        wait_for(lambda: sum(racer.poll() is None for racer in racers) == 1 and shards(out), "one run stays")
        (winner,) = [i for i, racer in enumerate(racers) if racer.poll() is None]
        for i, racer in enumerate(racers):
            if i == winner:
                continue
            messages = racer.communicate()[1]
            assert racer.returncode == (75 if seeds[i] == seeds[winner] else 2), (seeds, winner, i, messages)
            assert ("being made by another run" if seeds[i] == seeds[winner] else "seed is") in messages, messages
        end(racers[winner])
        (info,) = [json.loads(call("info", out, "--json").stdout)]
        assert info["seed"] == int(seeds[winner]) and info["part_files"] == 0
        call("verify", out, "--partial")


def check_killed(work, whole):
    """A killed run frees its claim, and the same command makes the rest; the bytes are those of a run that lived."""
    out = os.path.join(work, "killed")
    for _ in range(3):
        process = start_long(out)
        end(process, signal.SIGKILL)
        assert len(claims(out)) == 1
        # Another run, killed in its turn while the claim of the dead one lies there, changes nothing.
        second = start(out, "--seed", "7", episodes=LONG)
        end(second, signal.SIGKILL)
    kept = len(shards(out))
    process = start_long(out, files=kept + 1)
    assert len(claims(out)) == 1
    end(process)
    assert process.returncode == 75 and sorted(os.listdir(out)) == shards(out), os.listdir(out)
    # Whole again: a dataset of which some files were made before, and one of whose files was lost.
    out = os.path.join(work, "resumed")
    run(out)
    names = shards(out)
    assert contents(out) == contents(whole)
    os.remove(os.path.join(out, names[1]))
    unfinished = call("verify", out, code=75).stderr
    assert "unfinished, 24 of 40" in unfinished, unfinished
    assert "missing are episodes 16 to 31" in call("info", out).stdout
    assert "unfinished" in call("digest", out).stderr
    call("verify", os.path.join(out, names[0]))  # one file of a dataset is what was asked for
    summary = json.loads(run(out, "--json").stdout)
    assert summary["kept_episodes"] == 24 and summary["episodes"] == 40 and summary["digest"] == digest(whole)
    assert contents(out) == contents(whole)
    again = run(out)
    assert "nothing is simulated" in again.stderr and "--overwrite" in again.stderr and digest(whole) in again.stdout


def check_before_the_first_file(work):
    """A run that ended before its first file was whole leaves word of what was asked for."""
    for number, code in (signal.SIGINT, 75), (signal.SIGTERM, 75), (signal.SIGKILL, -9):
        out = os.path.join(work, f"early{number}")
        # All in one file, which is far from whole when its part appears.
        process = subprocess.Popen([myriad, "run", cartpole, "-o", out, "--episodes", str(LONG), "--shard-episodes",
                                    "32768", "--progress", "none"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        wait_for(lambda: os.path.isdir(out) and any(name.endswith(".part") for name in os.listdir(out)), "no part")
        assert "its run goes on" in call("info", out).stdout
        end(process, number)
        assert process.returncode == code and not shards(out) and len(claims(out)) == 1, os.listdir(out)
        for arguments, expected in (["info"], 0), (["verify"], 75), (["verify", "--partial"], 0), (["digest"], 75):
            done = call(*arguments, out, code=expected)
            assert "unfinished, 0 of 1 000 000" in done.stdout + done.stderr, (arguments, done)
        facts = json.loads(call("info", out, "--json").stdout)
        assert facts["episodes"] == 0 and facts["episodes_total"] == LONG and not facts["running"], facts
        run(out, "--seed", "7")  # another dataset may follow
        assert sorted(os.listdir(out)) == shards(out)


def check_foreign_claims(out):
    """Claims of processes that cannot be asked: only their heartbeats tell. A number of a process is used again."""
    process = start_long(out)
    (name,) = claims(out)
    path = os.path.join(out, name)
    with open(path) as file:
        text = file.read()
    end(process, signal.SIGKILL)
    keys = dict(line.split(": ", 1) for line in text.splitlines())
    assert keys["pid"] == str(process.pid) and keys["seed"] == "0" and keys["first"] == "0", keys

    def write(**changes):
        os.path.exists(path) and os.remove(path)
        with open(path, "w") as file:
            file.write("".join(f"{key}: {changes.get(key, value)}\n" for key, value in keys.items()))

    held = dict(host="elsewhere", boot="11111111-2222-3333-4444-555555555555")
    write(**held)
    assert "on elsewhere" in run(out, code=75, episodes=LONG).stderr
    assert name in claims(out)
    now = time.time()
    os.utime(path, (now - 280, now - 280))
    run(out, code=75, episodes=LONG)
    os.utime(path, (now - 400, now - 400))
    process = start_long(out, files=len(shards(out)) + 1)
    assert name not in claims(out)
    end(process)
    # A living process with the number of the dead one, but another start, holds nothing.
    write(pid=os.getpid())
    end(start_long(out, files=len(shards(out)) + 1))
    assert not claims(out)
    # A claim that cannot be understood counts as one until its heartbeat is old.
    with open(path, "w") as file:
        file.write("of a later version\n")
    assert "cannot be read" in run(out, code=75, episodes=LONG).stderr
    os.remove(path)
    # A run whose claim is taken away ends, and what it made stays whole.
    process = start_long(out, files=len(shards(out)) + 1)
    os.remove(os.path.join(out, claims(out)[0]))
    messages = process.communicate(timeout=120)[1]
    assert process.returncode == 75 and "claim" in messages, (process.returncode, messages)
    call("verify", out, "--partial")


def check_overwrite(work, whole):
    out = os.path.join(work, "old")
    run(out, "--seed", "5", "--shard-episodes", "7")
    old = contents(out)
    # Another scenario's files are not touched, whatever is asked.
    assert "scenario is cartpole" in run(out, "--overwrite", scene=falls, code=2).stderr
    assert "--overwrite" not in run(out, scene=falls, code=2).stderr
    assert "--overwrite" in run(out, code=2).stderr and contents(out) == old
    # Until the new files are whole, the old ones stay, whatever ends the run.
    new = os.path.join(out, "cartpole-000000000-000999999.new")
    for number in (signal.SIGINT, signal.SIGKILL):
        kept = len(shards(new))
        process = start(out, "--overwrite", episodes=LONG)
        wait_for(lambda: len(shards(new)) > kept + 1, "no new file")
        messages = end(process, number)[1]
        assert "stay until the new ones are whole" in messages, messages
        assert contents_of_shards(out) == old
        assert digest(out) and call("verify", out)
    # The same command goes on from the new files that are whole.
    kept = len(shards(new))
    process = start(out, "--overwrite", episodes=LONG)
    wait_for(lambda: len(shards(new)) > kept, "no further file")
    assert "already; this run makes the others" in end(process)[1]
    # Another replacement clears away the one that was given up, and ends with exactly a fresh run's files.
    done = run(out, "--overwrite")
    assert "replaced the old dataset, 6 files" in done.stdout, done.stdout
    assert contents(out) == contents(whole)
    # A replacement of which a kill left half in place is completed by the next run. Both halves are tried.
    for state in ("whole", "moving"):
        run(out, "--overwrite", "--seed", "5")
        other = os.path.join(out, "cartpole-000000000-000000039." + state)
        os.mkdir(other)
        for name, data in contents(whole).items():
            with open(os.path.join(other, name), "wb") as file:
                file.write(data)
        if state == "moving":  # the old files are gone, and some new ones are in place
            for name in shards(out):
                os.remove(os.path.join(out, name))
            os.rename(os.path.join(other, shards(whole)[0]), os.path.join(out, shards(whole)[0]))
            run(out)
        else:
            run(out, "--overwrite")
        assert contents(out) == contents(whole), (state, os.listdir(out))


def contents_of_shards(out):
    found = {}
    for name in shards(out):
        with open(os.path.join(out, name), "rb") as file:
            found[name] = file.read()
    return found


def check_strangers(work):
    """Links, FIFOs and folders in the place of our files are refused at once, followed never, and stay."""
    target = os.path.join(work, "target")
    with open(target, "w") as file:
        file.write("mine")
    shard = "cartpole-000000000-000000015.h5"
    part = shard + ".part"
    claim = "run-000000000-000000039.0123456789abcdef.claim"
    makers = {"link": lambda path: os.symlink(target, path), "dangling": lambda path: os.symlink(target + "2", path),
              "fifo": os.mkfifo, "folder": os.mkdir}
    for kind, make in makers.items():
        for name in (shard, part, claim, "cartpole-000000000-000000039.new"):
            out = os.path.join(work, f"{kind}-{name}")
            os.mkdir(out)
            path = os.path.join(out, name)
            for options in ((), ("--overwrite",)):
                if name.endswith(".new"):
                    if kind == "folder" or not options:
                        continue
                    run(out)  # a dataset to replace
                if not os.path.lexists(path):
                    make(path)
                done = run(out, *options, code=2)
                assert name in done.stderr, (kind, name, done.stderr)
                assert os.path.lexists(path) and not os.path.exists(target + "2")
            if name in (shard, part):
                for reader in ("info", "verify", "digest"):
                    assert name in call(reader, out, code=2).stderr
            if name == shard:
                for reader in ("info", "verify", "digest", "view"):
                    call(reader, path, code=2)
    with open(target) as file:
        assert file.read() == "mine"
    # A file that has the name of a shard and is none of ours is not replaced.
    out = os.path.join(work, "text")
    os.mkdir(out)
    with open(os.path.join(out, shard), "w") as file:
        file.write("notes")
    for options in ((), ("--overwrite",)):
        assert shard in run(out, *options, code=2).stderr
    assert contents(out) == {shard: b"notes"}
    # The number of links is no matter: only the name of an unfinished file is removed, not the file.
    out = os.path.join(work, "hard")
    os.mkdir(out)
    os.link(target, os.path.join(out, part))
    run(out)
    assert sorted(os.listdir(out)) == shards(out)
    with open(target) as file:
        assert file.read() == "mine"
    # A shard that appears under a run's hands is not replaced.
    out = os.path.join(work, "appears")
    process = start(out, episodes=LONG)
    wait_for(lambda: shards(out), "no file")
    late = os.path.join(out, f"cartpole-{(len(shards(out)) + 40) * 16:09d}-{(len(shards(out)) + 41) * 16 - 1:09d}.h5")
    with open(late, "w") as file:
        file.write("mine")
    messages = process.communicate(timeout=300)[1]
    assert process.returncode == 74 and os.path.basename(late) in messages, (process.returncode, messages)
    with open(late) as file:
        assert file.read() == "mine"


def check_full_disk(work):
    out = os.path.join(work, "limited")
    done = subprocess.run(["bash", "-c", 'ulimit -f 300; exec "$@"', "-", *command(out)], capture_output=True, text=True)
    assert done.returncode == 74 and os.listdir(out) == [], (done, os.listdir(out))


with tempfile.TemporaryDirectory() as work:
    whole = os.path.join(work, "whole")
    run(whole)
    assert os.listdir(whole) and sorted(os.listdir(whole)) == shards(whole)
    checks = {"writers": lambda: check_second_writers(os.path.join(work, "writers")), "races": lambda: check_races(work),
              "killed": lambda: check_killed(work, whole),
              "early": lambda: check_before_the_first_file(work),
              "foreign": lambda: check_foreign_claims(os.path.join(work, "foreign")),
              "overwrite": lambda: check_overwrite(work, whole), "strangers": lambda: check_strangers(work),
              "full": lambda: check_full_disk(work)}
    for name, check in checks.items():
        if len(sys.argv) < 2 or name in sys.argv[1:]:
            check()
