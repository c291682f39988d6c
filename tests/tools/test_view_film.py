"""Tests the camera of myriad view's own, which sees all that is shown or follows an entity, and its videos: by a stand-in
for ffmpeg, and by ffmpeg itself if it is there."""
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time

try:
    import numpy
    from PIL import Image
except ImportError as missing:
    print(missing, "(Debian: python3-pil)")
    sys.exit(77)

myriad = os.environ["MYRIAD"]
MARGIN, TITLE, CAPTION = 8, 23, 19  # px of a sheet
WIDE, HIGH = 240, 160

BALL = """<mujoco><worldbody><body name="b" pos="0 0 1"><freejoint/><geom type="sphere" size=".3" mass="1"/></body>
</worldbody><keyframe><key name="far" qpos="30 -20 1 1 0 0 0"/><key name="near" qpos="34 -22 1 1 0 0 0"/></keyframe>
</mujoco>"""
# The model's own pose is far from where the ball starts, and from where it ends 12 m farther.
SCENARIO = """
version: 1
name: rolls
duration: 1 s
world: {timestep: 5 ms, control_rate: 50 Hz, gravity: [0, 0, 0]}
entities:
  floor: {ground: {}}
  ball: {model: ball.xml, start: {keyframe: far, velocity: [12, 0, 0]}}
  other: {model: ball.xml, start: {keyframe: near}}
%s"""
CAMERA = """cameras:
  fixed: {position: [30, -30, 5], look_at: [30, -20, 1], size: [64, 48], outputs: [rgb]}
"""


def call(*arguments, code=0, **more):
    done = subprocess.run([myriad, "view", *map(str, arguments)], capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == code, (arguments, done.returncode, code, done.stdout, done.stderr)
    return done


def scene(directory, more=""):
    path = os.path.join(directory, "rolls.yaml")
    for name, text in (("rolls.yaml", SCENARIO % more), ("ball.xml", BALL)):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    return path


def masks(directory, *arguments):
    """Returns, of each cell of a sheet of instances in one row, the pixels of each colour but the background's."""
    path = os.path.join(directory, "sheet.png")
    summary = json.loads(call(*arguments, "--outputs", "instance", "--size", "%dx%d" % (WIDE, HIGH), "--zoom", 1, "-o",
                              path, "--json").stdout)
    image = numpy.asarray(Image.open(path).convert("RGB")).astype(int)
    columns = (image.shape[1] - MARGIN) // (WIDE + MARGIN)
    cells = []
    for i in range(summary["pictures"]):
        x, y = MARGIN + i % columns * (WIDE + MARGIN), TITLE + i // columns * (HIGH + CAPTION + 4)
        cells.append(image[y:y + HIGH, x:x + WIDE])
    found = []
    for cell in cells:
        colors = {tuple(color) for color in cell.reshape(-1, 3)}
        found.append([(cell == color).all(axis=2) for color in sorted(colors) if max(color) > 60])
    return found


def middle(mask):
    rows, columns = numpy.nonzero(mask)
    return numpy.array([columns.mean(), rows.mean()])


def check_overview(directory):
    cells = masks(directory, scene(directory), "--frames", 3)
    assert len(cells) == 3
    places = []
    for shown in cells:
        assert len(shown) == 2, "both balls are seen from start to end"
        for mask in shown:
            assert mask.sum() > 6 and not mask[0].any() and not mask[-1].any() and not mask[:, 0].any()
            assert not mask[:, -1].any()
        places.append(max((middle(mask) for mask in shown), key=lambda at: abs(at[0] - WIDE / 2)))
    assert sum(mask.sum() for mask in cells[0]) > 0.001 * WIDE * HIGH
    # A start alone is framed as it is.
    start = masks(directory, scene(directory))[0]
    assert len(start) == 2 and sum(m.sum() for m in start) > 2 * sum(m.sum() for m in cells[0])
    # Walls around the place are scenery.
    inside = masks(directory, scene(directory, "  wall: {shape: box, size: [0.2, 900, 700], position: [99, 0, 0]}\n"))[0]
    assert any(0.01 * WIDE * HIGH < mask.sum() < 0.5 * WIDE * HIGH for mask in inside)


def check_follow(directory):
    for more in ("", CAMERA):
        cells = masks(directory, scene(directory, more), "--follow", "ball", "--frames", 3)
        largest = [max(shown, key=lambda mask: mask.sum()) for shown in cells]
        for mask in largest:
            assert mask.sum() > 0.1 * WIDE * HIGH and not mask[0].any() and not mask[:, 0].any()
            assert numpy.abs(middle(mask) - [WIDE / 2, HIGH / 2]).max() < 4
        assert all((mask == largest[0]).mean() > 0.97 for mask in largest)
    path = scene(directory)
    wrong = call(path, "--follow", "bal", "-o", os.path.join(directory, "no.png"), code=2).stderr
    assert "did you mean ball" in wrong and "other" in wrong and "floor" not in wrong.split("hint")[1], wrong
    assert "scenes" in call(os.path.join(directory, "ball.xml"), "--follow", "b", code=2).stderr
    assert not os.path.exists(os.path.join(directory, "no.png"))


STAND_IN = """#!/bin/sh
printf '%%s\\n' "$@" >"$FILM_ARGUMENTS"
for output; do :; done
output=${output#file:}
%s
"""


def stand_in(directory, script):
    """Returns an environment in which ffmpeg is a script; `output` in it is the file to write."""
    folder = os.path.join(directory, "bin")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "ffmpeg")
    with open(path, "w") as file:
        file.write(STAND_IN % script)
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    return {**os.environ, "PATH": folder + ":" + os.environ["PATH"],
            "FILM_ARGUMENTS": os.path.join(directory, "arguments")}


def left(directory):
    return sorted(name for name in os.listdir(directory) if "film" in name)


def check_video(directory):
    path, film = scene(directory), os.path.join(directory, "film.mp4")
    good = stand_in(directory, 'cat >"$output"')
    for name, word in (("film.mp4", "yuv420p"), ("film.webm", "webm"), ("film.gif", "palettegen")):
        film = os.path.join(directory, name)
        summary = json.loads(call(path, "--outputs", "rgb", "--size", "64x49", "-o", film, "--json", env=good).stdout)
        with open(os.path.join(directory, "arguments")) as file:
            arguments = file.read().split("\n")
        assert summary["frames"] == 50 and abs(summary["seconds"] - 1) < 1e-9, summary
        assert "%dx%d" % (summary["width"], summary["height"]) in arguments and "50000/1000" in arguments
        assert any(word in argument for argument in arguments), arguments
        # All frames came through the pipe.
        assert os.path.getsize(film) == 50 * 3 * summary["width"] * summary["height"]
        assert left(directory) == [name]
        os.unlink(film)
    film = os.path.join(directory, "film.mp4")
    fewer = json.loads(call(path, "--frames", 10, "-o", film, "--json", env=good).stdout)
    assert fewer["frames"] == 10
    # An older film stays until the new one is complete.
    with open(film, "w") as file:
        file.write("older")
    for script, words in (('head -c 1000 >"$output"; echo "av_write: No space left on device" >&2; exit 1',
                           "No space left on device"),
                          ('cat >"$output"; echo "Error writing trailer" >&2; exit 187', "Error writing trailer"),
                          ("exit 0", "ffmpeg failed"), ("kill -9 $$", "ffmpeg failed")):
        done = call(path, "-o", film, code=74, env=stand_in(directory, script))
        assert words in done.stderr and not done.stdout, (script, done.stderr)
        assert left(directory) == ["film.mp4"]
        with open(film) as file:
            assert file.read() == "older"
    os.unlink(film)
    # No ffmpeg: the message says what to install, before anything is simulated.
    os.mkdir(os.path.join(directory, "empty"))
    done = call(path, "-o", film, code=69, env={**os.environ, "PATH": os.path.join(directory, "empty")})
    assert "apt-get install ffmpeg" in done.stderr.replace("\n", " "), done.stderr
    assert ".mp4" in call(path, "-o", os.path.join(directory, "film.avi"), code=2).stderr
    assert left(directory) == []


def check_stop(directory):
    """Ctrl-C while ffmpeg is slow, or does not end, leaves nothing."""
    path, film = scene(directory), os.path.join(directory, "film.mp4")
    for script in ('head -c 100 >"$output"; exec sleep 60', 'cat >"$output"; exec sleep 60'):
        process = subprocess.Popen([myriad, "view", path, "-o", film], env=stand_in(directory, script),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        part = "%s.%d.part" % (film, process.pid)
        for _ in range(3000):
            if os.path.exists(part) and os.path.getsize(part) > 0:
                break
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        assert process.returncode == 75 and "stopped" in errors and not out, (process.returncode, out, errors)
        assert left(directory) == []


def check_real(directory):
    if not shutil.which("ffmpeg") or not shutil.which("ffprobe"):
        print("no ffmpeg: its own films were not looked at")
        return
    path = scene(directory)
    for name in ("film.mp4", "film.mov", "film.mkv", "film.webm", "film.gif"):
        film = os.path.join(directory, name)
        # Odd sides: most encoders refuse them.
        summary = json.loads(call(path, "--outputs", "rgb", "--size", "161x101", "--zoom", 1, "-o", film, "--json").stdout)
        probe = subprocess.run(["ffprobe", "-v", "error", "-count_frames", "-show_entries",
                                "stream=width,height,nb_read_frames,avg_frame_rate", "-of", "json", film],
                               check=True, capture_output=True, text=True)
        stream = json.loads(probe.stdout)["streams"][0]
        assert int(stream["nb_read_frames"]) == 50, (name, stream)
        assert 0 <= stream["width"] - summary["width"] <= 1 and 0 <= stream["height"] - summary["height"] <= 1, stream
        rate = [int(part) for part in stream["avg_frame_rate"].split("/")]
        assert abs(rate[0] / rate[1] - 50) < 1, (name, stream)
        os.unlink(film)


with tempfile.TemporaryDirectory() as directory:
    check_overview(directory)
    check_follow(directory)
    check_video(directory)
    check_stop(directory)
    check_real(directory)
print("ok")
