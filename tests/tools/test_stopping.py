"""A signal ends every command within 10 s, whatever it does at that moment, and nothing half-made stays behind: a plan amid
its estimate, a run that reads a model, a sheet that is being written, a film, a verification."""
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import time

myriad, source = os.path.abspath(os.environ["MYRIAD"]), os.environ["MYRIAD_SOURCE"]
scene = os.path.abspath(f"{source}/scenarios/cartpole.yaml")
folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
failures = 0


def fail(text):
    global failures
    failures += 1
    print(text, file=sys.stderr)


def start(*arguments, **variables):
    return subprocess.Popen([myriad, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            env={**os.environ, **{name: str(value) for name, value in variables.items()}})


def wait(process, condition):
    """Until the condition gives something, which is returned; None where the process ends before."""
    while process.poll() is None:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    fail(f"{process.args[1:]} ended too early, with {process.returncode}: {process.stderr.read()}")
    return None


def end(process, number, code, text=b""):
    begin = time.monotonic()
    process.send_signal(number)
    told = process.communicate(timeout=120)[1]
    seconds = time.monotonic() - begin
    if process.returncode != code or text not in told:
        fail(f"{process.args[1:]}: {process.returncode} for {code} after signal {number}, without {text}: {told}")
    if seconds > 60:  # 6 s on a machine that does nothing else
        fail(f"{process.args[1:]}: took {seconds:.0f} s to end")


def camera(width, samples):
    return f"cameras={{a: {{position: [0, -4, 1], look_at: [0, 0, 1], size: [{width}, {width}], samples: {samples}}}}}"


def scratch_of(process):
    """The folder of temporary files that a plan has open."""
    for file in os.listdir(f"/proc/{process.pid}/fd"):
        try:
            path = os.readlink(f"/proc/{process.pid}/fd/{file}")
        except FileNotFoundError:
            continue
        if os.path.basename(path).startswith("myriad-plan-"):
            return path
    return None


# ---------------------------------------------------------------------------------------------- a plan
process = start("plan", scene, "--set", camera(16384, 16), "--threads", "1")
scratch = wait(process, lambda: scratch_of(process))
if scratch:
    time.sleep(0.3)
    end(process, signal.SIGTERM, 75, b"stopped")
    if os.path.exists(scratch):
        fail(f"a plan that was stopped leaves {scratch}: {os.listdir(scratch)}")

# A plan that was killed cannot clean up; the next one does, and leaves alone what belongs to a living one.
place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
left, living = (tempfile.mkdtemp(prefix="myriad-plan-", dir=place) for _ in range(2))
open(f"{left}/cartpole-000000000-000000000.h5.part", "w").close()
for path in (left, living):
    os.utime(path, (time.time() - 1000, time.time() - 1000))
lock = os.open(living, os.O_RDONLY)
fcntl.flock(lock, fcntl.LOCK_EX)
done = subprocess.run([myriad, "plan", scene, "--sample", "2"], capture_output=True)
if done.returncode or os.path.exists(left) or not os.path.exists(living):
    fail(f"a plan ends with {done.returncode}; the folder of a killed one: {os.path.exists(left)}, of a living one: "
         f"{os.path.exists(living)}")
os.close(lock)
os.rmdir(living)

# ---------------------------------------------------------------------------------------------- models that are read
with open("reader.sh", "w") as file:
    file.write("#!/bin/bash\ntouch reading\nexec sleep 100\n")
os.chmod("reader.sh", 0o755)
for command in (["run", scene, "-o", "out"], ["plan", scene], ["view", scene, "-o", "x.png"]):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
        process = start(*command, MYRIAD_READER="./reader.sh")
        if wait(process, lambda: os.path.exists("reading")):
            end(process, number, 75, b"stopped before anything was made")
        os.remove("reading")
for command in (["check", scene], ["bench", scene], ["compare", scene, "--against", "mujoco"]):
    process = start(*command, MYRIAD_READER="./reader.sh")
    if wait(process, lambda: os.path.exists("reading")):
        end(process, signal.SIGTERM, -signal.SIGTERM)
    os.remove("reading")

# ---------------------------------------------------------------------------------------------- pictures
parts = lambda: [name for name in os.listdir(".") if name.endswith(".part")]
with open("reader.sh", "w") as file:
    file.write(f'#!/bin/bash\ntouch reading\nexec "{os.path.dirname(myriad)}/myriad-reader" "$@"\n')
for options in ([camera(3800, 1)], [camera(2000, 1), "--animate"], [camera(8000, 16), "--animate"]):
    process = start("view", scene, "-o", "x.png", "--outputs", "rgb", "--worlds", "1", "--set", *options,
                    MYRIAD_READER="./reader.sh")
    slow = "8000" in options[0]  # its first frame takes minutes
    if wait(process, lambda: os.path.exists("reading") if slow else parts()):
        time.sleep(0.3 if slow else 0)
        end(process, signal.SIGTERM, 75, b"stopped")
    os.remove("reading")
    if os.path.exists("x.png"):
        os.remove("x.png")  # it was written before the signal came
    for name in parts():
        fail(f"view leaves {name} with {options}")
        os.remove(name)

# A link that somebody has laid in the place of the unfinished picture is not followed.
open("victim", "w").close()
command = 'ln -s victim x.png.$$.part; exec "$0" view "$1" -o x.png --worlds 1'
done = subprocess.run(["bash", "-c", command, myriad, scene], capture_output=True)
if done.returncode or os.path.getsize("victim") or os.path.islink("x.png") or not os.path.getsize("x.png"):
    fail(f"view follows a link: {done.returncode} {os.path.getsize('victim')} {done.stderr}")

# ---------------------------------------------------------------------------------------------- datasets
done = subprocess.run([myriad, "run", scene, "-o", "data", "--episodes", "300", "--progress", "none"], capture_output=True)
before = sorted(os.listdir("data"))
for command in ("verify", "digest", "info"):
    process = start(command, "data")
    time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    if process.returncode not in (0, -signal.SIGTERM) or sorted(os.listdir("data")) != before:
        fail(f"{command}: ends with {process.returncode} after SIGTERM, and leaves {os.listdir('data')}")

# A run under nohup does not end with its terminal.
process = subprocess.Popen(["nohup", myriad, "run", scene, "-o", "held", "--episodes", "1000", "--progress", "none"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
if wait(process, lambda: os.path.exists("held")):
    end(process, signal.SIGHUP, 0)

left = [name for name in os.listdir(".") if name in ("out", "x.png.part") or name.endswith(".part")]
if left:
    fail(f"left behind: {left}")
sys.exit(failures > 0)
