"""Models that crash, stop or bloat MuJoCo's compiler, and readers that come to any other end: each must become one line
that names the file, with exit code 2, and leave nothing behind."""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time

myriad = os.path.abspath(os.environ["MYRIAD"])
# A sanitizer would turn a crash of MuJoCo into an exit with a report, so it leaves these signals alone here.
WITHOUT_HANDLERS = {"ASAN_OPTIONS": "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0"}
reader = os.path.join(os.path.dirname(myriad), "myriad-reader")
folder = tempfile.TemporaryDirectory()
os.chdir(folder.name)
failures = 0


def fail(text):
    global failures
    failures += 1
    print(text, file=sys.stderr)


def write(name, text, mode=0o644):
    with open(name, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    os.chmod(name, mode)
    return name


def mjcf(name, body):
    return write(name, f"<mujoco>{body}</mujoco>")


def run(*arguments, **variables):
    environment = {**os.environ, **WITHOUT_HANDLERS, **{name: str(value) for name, value in variables.items()}}
    return subprocess.run([myriad, *arguments], capture_output=True, env=environment, timeout=120)


def expect(done, code, *texts):
    told = done.stderr.decode(errors="replace")
    lines = told.strip().split("\n")
    if done.returncode != code or not all(text in lines[0] for text in texts):
        fail(f"{done.args[1:]}: exit code {done.returncode} for {code}, without {texts}: {told}")
    if any(ord(letter) < 32 and letter != "\n" for letter in told):
        fail(f"{done.args[1:]}: letters of control in {told!r}")


def can_limit_memory():
    return subprocess.run(["bash", "-c", 'ulimit -v 8000000; "$0" version', myriad], capture_output=True).returncode == 0


# -------------------------------------------------------------------------------------------- files
good = mjcf("good.xml", "<worldbody><geom size='1'/></worldbody>")
formats = mjcf("formats.xml", '<worldbody><geom class="%s%s%s%s%s%s%s%s" size="1"/></worldbody>')
expect(run("check", good), 0)
expect(run("check", formats), 2, "formats.xml", "crashed")
expect(run("check", mjcf("heights.xml", '<asset><hfield name="h" nrow="65536" ncol="65536" size="1 1 1 .1"/></asset>')), 2,
       "heights.xml", "crashed")
expect(run("check", mjcf("many.xml", "<worldbody><replicate count='1000000000' offset='1 0 0'><geom size='1'/></replicate>"
                         "</worldbody>"), MYRIAD_MODEL_SECONDS=1), 2, "many.xml", "longer than 1 s", "MYRIAD_MODEL_SECONDS=")
if can_limit_memory():
    wide = '<asset><texture name="t" type="2d" builtin="flat" width="20000" height="10000"/></asset>'
    expect(run("check", mjcf("wide.xml", wide), MYRIAD_MODEL_GB=0.5), 2, "wide.xml", "more than 0.5 GB", "MYRIAD_MODEL_GB=")
os.mkfifo("fifo.stl")
expect(run("check", mjcf("pipe.xml", '<asset><mesh name="m" file="fifo.stl"/></asset>')), 2, "pipe.xml", "is a FIFO")
entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10 if i else "ha"}">' for i in range(10))
expect(run("check", write("laughs.urdf", f"<!DOCTYPE robot [{entities}]><robot name='&a9;'><link name='a'/></robot>")), 2,
       "laughs.urdf", "amplification")
scene = write("s.yaml", "version: 1\nname: s\nepisodes: 1\nduration: 20 ms\nentities:\n  r: {model: formats.xml}\n")
for arguments in (["check", scene], ["plan", scene], ["run", scene, "-o", "out"], ["view", scene, "-o", "x.png"],
                  ["view", formats, "-o", "x.png"], ["compare", formats, "--against", "mujoco"], ["bench", formats],
                  ["bench", scene, "--vs", "mujoco"]):
    expect(run(*arguments), 2, "formats.xml", "crashed")

# -------------------------------------------------------------------------------------------- readers
def script(name, text):
    return write(name, f"#!/bin/bash\n{text}\n", 0o755)


for text, code, parts in (
        ("kill -SEGV $$", 2, ["crashed", "Segmentation fault"]),
        ("kill -ABRT $$", 2, ["crashed", "Aborted"]),
        ("kill -KILL $$", 2, ["killed"]),
        ("exit 7", 2, ["exit code 7"]),
        ("exit 0", 2, ["exit code 0"]),
        (r"printf 'free():\033[31m\x07 invalid size\n\n' >&2; kill -ABRT $$", 2, ["crashed", "free():?[31m? invalid size"]),
        ("echo \"terminate called after throwing an instance of 'std::bad_alloc'\"; kill -ABRT $$", 2, ["more than 4 GB"]),
        ("exec sleep 100", 2, ["longer than 1 s"]),
        ("exec 3>&-; exec sleep 100", 2, []),
        ("echo \"terminate called after throwing an instance of 'std::out_of_range'\" >&2; kill -ABRT $$", 2,
         ["crashed", "Aborted", "std::out_of_range"]),
        ("printf '\\x50\\0\\0\\0\\0\\0\\0\\0' >&3; exec sleep 100", 2, ["longer than 1 s"]),
        ("exec yes", 2, ["exit code 1", "y y y"]),  # it finds no room for more
        ("exec yes >&2", 2, ["exit code 1", "y y y"]),
        ("exec yes >&3", 2, ["more than"]),
        ("head -c 64 /dev/urandom >&3", 2, ["exit code 0"]),
        (f'"{reader}" "$1" "$2" $$ 3>&1 >/dev/null | head -c 1000 >&3', 2, ["exit code"]),
        (f'exec "{reader}" another "$2" "$3"', 1, ["did not start", "same version"]),
):
    limits = {"MYRIAD_MODEL_SECONDS": 1, "MYRIAD_MODEL_GB": 0.001} if "yes" in text else {"MYRIAD_MODEL_SECONDS": 1}
    start = time.monotonic()
    expect(run("check", good, MYRIAD_READER=script("./reader.sh", text), **limits), code, "good.xml", *parts)
    if time.monotonic() - start > 60:
        fail(f"{text}: took {time.monotonic() - start:.0f} s")
expect(run("check", good, MYRIAD_READER="./none"), 1, "MYRIAD_READER=./none")
alone = os.path.join(folder.name, "alone")
os.makedirs(alone)
subprocess.run(["cp", myriad, alone], check=True)
done = subprocess.run([os.path.join(alone, "myriad"), "check", good], capture_output=True)
expect(done, 1, f"neither {alone}/myriad-reader nor {alone}/../lib/myriad/myriad-reader")
for value in ("lots", "0", "-1", "nan", "inf", "4 GB"):
    expect(run("check", good, MYRIAD_MODEL_GB=value), 2, f"MYRIAD_MODEL_GB={value}")

# Answers that end early, although they promise no more, or that promise what they do not hold.
script("./reader.sh", f'"{reader}" "$1" "$2" $$ 3>&1 >/dev/null | cat >answer; cat answer >&3')
expect(run("check", good, MYRIAD_READER="./reader.sh"), 0)
answer = open("answer", "rb").read()
script("./reader.sh", "cat damaged >&3")
step = max(8, len(answer) // 24 // 8 * 8)
for size in [0, 4, 8, 16, 24, *range(32, len(answer), step)]:
    write("damaged", size.to_bytes(8, "little") + answer[8:size] if size >= 8 else answer[:size])
    done = run("check", good, MYRIAD_READER="./reader.sh")
    if done.returncode not in (0, 1, 2) or (done.returncode == 0 and size < len(answer) // 2):
        fail(f"an answer of {size} of {len(answer)} bytes: exit code {done.returncode}: {done.stderr}")
# The numbers before and behind MuJoCo's own bytes, which its loader checks against each other.
first = (40 + int.from_bytes(answer[32:40], "little")) // 8
for number in [2, 3, 4, *range(first, len(answer) // 8, max(1, (len(answer) // 8 - first) // 30))]:
    huge = bytearray(answer)
    huge[8 * number : 8 * number + 8] = (1 << 62).to_bytes(8, "little")
    write("damaged", bytes(huge))
    done = run("check", good, MYRIAD_READER="./reader.sh")
    if done.returncode not in (0, 1, 2):
        fail(f"an answer with a huge number {number}: exit code {done.returncode}: {done.stderr}")

# A size among MuJoCo's own, for which its loader would allocate and clear 10 GB before it looks at the bytes.
for number in (0, 4, 11):  # 4 was seen to hang
    huge = bytearray(answer)
    huge[60 + 8 * number : 68 + 8 * number] = (100000000).to_bytes(8, "little")
    write("damaged", bytes(huge))
    expect(run("check", good, MYRIAD_READER="./reader.sh"), 2, "good.xml", "handed back a damaged model")

# A parent that is stopped or killed takes the reader with it.
slow = write("t.yaml", "version: 1\nname: s\nepisodes: 1\nduration: 20 ms\nentities:\n  r: {model: many.xml}\n")
script("./reader.sh", f'echo $$ >reader.pid; exec "{reader}" "$@"')
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
    parent = subprocess.Popen([myriad, "run", slow, "-o", "out"], stderr=subprocess.DEVNULL,
                              env={**os.environ, "MYRIAD_READER": "./reader.sh"})
    while not os.path.exists("reader.pid") or not open("reader.pid").read().endswith("\n"):
        time.sleep(0.01)
    child = int(open("reader.pid").read())
    os.remove("reader.pid")
    time.sleep(0.3)  # the reader has asked for its parent's end
    parent.send_signal(number)
    parent.wait(timeout=10)
    for _ in range(1000):
        try:
            if open(f"/proc/{child}/stat").read().rsplit(") ", 1)[1][0] == "Z":
                break
        except FileNotFoundError:
            break
        time.sleep(0.01)
    else:
        os.kill(child, signal.SIGKILL)
        fail(f"the reader lives on after its parent got signal {number}")

# A run that is stopped while a model is read again, to describe it, ends at once, and can be given again.
short = write("u.yaml", "version: 1\nname: s\nepisodes: 1\nduration: 20 ms\nentities:\n  r: {model: good.xml}\n")
script("./reader.sh", f'[ $(od -An -N1 -tu1 /proc/self/fd/0) = 1 ] || exec "{reader}" "$@"; touch describes; exec sleep 100')
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    parent = subprocess.Popen([myriad, "run", short, "-o", "out"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              env={**os.environ, "MYRIAD_READER": "./reader.sh"})
    while not os.path.exists("describes") and parent.poll() is None:
        time.sleep(0.01)
    parent.send_signal(number)
    told = parent.communicate(timeout=60)[1]
    if parent.returncode != 75 or b"stopped while good.xml was read: the same command goes on" not in told:
        fail(f"a run that reads a model ends with {parent.returncode} after signal {number}: {told}")
    if os.path.exists("describes"):
        os.remove("describes")

# Too few files, and too few processes, which only others than root can meet.
for files in (6, 12, 13):
    few = subprocess.run(["bash", "-c", f'ulimit -n {files}; exec "$0" check good.xml', myriad], capture_output=True)
    expect(few, 1, "cannot start", "ulimit -n")
other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
os.chmod(folder.name, 0o755)
try:
    reached = subprocess.run([myriad, "check", good], capture_output=True, **other).returncode == 0
except PermissionError:
    reached = False
if reached:
    expect(subprocess.run([myriad, "check", good], capture_output=True, **other,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))), 1, "cannot start", "ulimit -u")

left = [name for name in os.listdir(".") if name.startswith(("MUJOCO", "core", "out", "x.png"))]
if left:
    fail(f"left behind: {left}")
sys.exit(failures > 0)
