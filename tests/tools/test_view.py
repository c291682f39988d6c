"""Tests myriad view: other programs read its pictures of scenes, models and datasets, and it refuses wrong
arguments."""
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

try:
    import h5py
    import numpy
    from PIL import Image
except ImportError as missing:
    print(missing, "(Debian: python3-h5py python3-pil)")
    sys.exit(77)

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
scenarios = os.path.join(source, "scenarios")
falls = os.path.join(scenarios, "ten_thousand_falls.yaml")
seen = os.path.join(scenarios, "falls_seen.yaml")
biped = os.path.join(scenarios, "assets", "biped.xml")
MARGIN, TITLE, NARROWEST = 8, 23, 132  # px of a sheet: around cells, to the first row, of a column
SIZE = 96  # px: camera "side" of falls_seen


def call(*arguments, code=0, cwd=None):
    done = subprocess.run([myriad, "view", *map(str, arguments)], capture_output=True, text=True, cwd=cwd, timeout=300)
    assert done.returncode == code, (arguments, done.returncode, code, done.stdout, done.stderr)
    assert code == 0 or (done.stderr.strip() and "Sanitizer" not in done.stderr and not done.stdout), arguments
    return done


def view(path, *arguments):
    """Returns the command's summary and the picture."""
    summary = json.loads(call(*arguments, "-o", path, "--json").stdout)
    image = Image.open(path)
    assert summary["file"] == path and image.size == (summary["width"], summary["height"]) and image.mode == "RGB"
    assert [name for name in os.listdir(os.path.dirname(path)) if "part" in name] == []
    return summary, image


def cell(image, column, row, width=SIZE, height=SIZE, caption_lines=1):
    """Returns the pixels of one cell in a sheet of equal cells."""
    x = MARGIN + column * (max(width, NARROWEST) + MARGIN)
    y = TITLE + row * (height + 4 + 11 * caption_lines + MARGIN)
    return numpy.asarray(image.convert("RGB"))[y:y + height, x:x + width]


def chunks(path):
    with open(path, "rb") as file:
        data = file.read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length:at + 12 + length])[0] == zlib.crc32(kind + body), kind
        yield kind, body
        at += 12 + length


def check_scene(directory):
    path = os.path.join(directory, "a.png")
    summary, image = view(path, falls)
    assert summary["pictures"] == 12 and summary["frames"] == 1
    with open(path, "rb") as file:
        first = file.read()
    view(path, falls)
    with open(path, "rb") as file:
        assert file.read() == first
    assert not any(kind in (b"tIME", b"tEXt", b"acTL") for kind, _ in chunks(path))
    for changed in (["--seed", 3], ["--episode", 7], ["--worlds", 3], ["--set", "entities.robot.start.lift=1 m"]):
        view(path, falls, *changed)
        with open(path, "rb") as file:
            assert file.read() != first, changed
    small, _ = view(path, falls, "--worlds", 1, "--outputs", "rgb", "--size", "40x30", "--zoom", 1)
    assert (small["width"], small["height"]) == (NARROWEST + 2 * MARGIN, TITLE + 11 + 30 + 15 + MARGIN)
    large, _ = view(path, falls, "--worlds", 1, "--outputs", "rgb", "--size", "40x30", "--zoom", 10)
    assert large["width"] == 400 + 2 * MARGIN
    # An episode has the same picture alone and among others.
    _, four = view(path, falls, "--outputs", "rgb", "--size", "200x100", "--zoom", 1)
    _, last = view(os.path.join(directory, "b.png"), falls, "--outputs", "rgb", "--size", "200x100", "--zoom", 1,
                   "--episode", 3, "--worlds", 1)
    assert (cell(four, 1, 1, 200, 100) == cell(last, 0, 0, 200, 100)).all()
    assert (cell(four, 0, 0, 200, 100) != cell(last, 0, 0, 200, 100)).any()
    # More outputs than the camera records.
    everything, _ = view(path, falls, "--worlds", 1, "--outputs",
                         "rgb,depth,instance,semantic,part,normal,flow,intensity,boxes,keypoints")
    assert everything["pictures"] == 10
    assert call(falls, "-o", path).stdout.startswith(path + ": ten_thousand_falls")


def check_default_name(directory):
    call(biped, cwd=directory)
    assert os.listdir(directory) == ["view.png"]
    call(biped, cwd=directory)  # replaces it
    os.unlink(os.path.join(directory, "view.png"))


def check_model(directory):
    path = os.path.join(directory, "model.png")
    summary, image = view(path, biped, "--outputs", "rgb,instance", "--size", "160x160", "--zoom", 1)
    assert summary["pictures"] == 2
    instance = cell(image, 1, 0, 160, 160)
    robot = (instance != instance[0, 0]).any(axis=2)
    assert 0.02 < robot.mean() < 0.5 and not robot[0].any() and not robot[:, 0].any()  # all of it, and not tiny
    rows = numpy.flatnonzero(robot.any(axis=1))
    assert len(rows) == rows[-1] - rows[0] + 1  # in one piece
    framed = os.path.join(directory, "two_cameras.xml")
    with open(framed, "w") as file:
        file.write('<mujoco><worldbody><light pos="0 0 3"/><geom type="box" size=".2 .2 .2" rgba="1 0 0 1"/>'
                   '<camera name="front" pos="0 -2 0" xyaxes="1 0 0 0 0 1"/><camera pos="0 0 2"/>'
                   '</worldbody></mujoco>')
    summary, image = view(path, framed, "--outputs", "rgb", "--size", "50x50")
    assert summary["pictures"] == 2
    red = cell(image, 0, 0, 200, 200)[100, 100]
    assert red[0] > 2 * red[1]
    assert view(path, framed, "--camera", "front", "--outputs", "rgb,depth")[0]["pictures"] == 2


def check_time(directory):
    path = os.path.join(directory, "time.png")
    assert view(path, falls, "--time", "--outputs", "rgb")[0]["pictures"] == 8
    assert view(path, falls, "--frames", 3, "--worlds", 2)[0]["pictures"] == 3 * 2 * 3
    summary, sheet = view(path, falls, "--frames", 2, "--outputs", "rgb", "--size", "200x80", "--zoom", 1)
    animated = os.path.join(directory, "animated.png")
    summary, image = view(animated, falls, "--animate", "--outputs", "rgb", "--size", "200x80", "--zoom", 1)
    assert summary["frames"] == 200 and image.n_frames == 200 and image.info["loop"] == 0
    assert abs(summary["seconds"] - 4) < 1e-9 and image.info["duration"] == 20
    assert (cell(image, 0, 0, 200, 80) == cell(sheet, 0, 0, 200, 80)).all()
    image.seek(199)
    assert (cell(image, 0, 0, 200, 80) == cell(sheet, 1, 0, 200, 80)).all()
    sequence = [struct.unpack(">I", body[:4])[0] for kind, body in chunks(animated) if kind in (b"fcTL", b"fdAT")]
    assert sequence == list(range(len(sequence)))
    kinds = [kind for kind, _ in chunks(animated)]
    assert kinds[:4] == [b"IHDR", b"acTL", b"sRGB", b"fcTL"] and kinds.count(b"fcTL") == 200 and kinds[-1] == b"IEND"
    fewer, image = view(animated, falls, "--animate", "--frames", 30, "--worlds", 4, "--outputs", "depth")
    assert 20 <= fewer["frames"] <= 30 and image.n_frames == fewer["frames"] and fewer["pictures"] == 4
    assert abs(fewer["seconds"] - 4) < 0.3


def check_dataset(directory):
    """Checks that pictures of a dataset are those in its file, and that the scene, simulated again, has the same."""
    dataset, path = os.path.join(directory, "data"), os.path.join(directory, "data.png")
    # Without early ends, the three rows of a sheet are the same in all episodes.
    changed = ["--set", "duration=3 s", "--set", "terminate=false", "--set",
               "cameras.side.outputs=[rgb, depth, instance, semantic, part, normal, flow, boxes]",
               "--set", "cameras.head.outputs=[rgb, depth_mm]"]
    subprocess.run([myriad, "run", seen, "-o", dataset, "--episodes", "3", *changed], check=True, capture_output=True)
    (name,) = os.listdir(dataset)
    assert view(path, dataset)[0]["pictures"] % 8 == 0
    wanted = ["--episode", 1, "--camera", "side", "--frames", 3, "--zoom", 1, "--outputs"]
    _, recorded = view(path, dataset, *wanted, "rgb")
    _, drawn = view(os.path.join(directory, "again.png"), seen, "--time", *changed, *wanted, "rgb")
    with h5py.File(os.path.join(dataset, name)) as file:
        images = file["data/demo_1/obs/side_image"][()]
        ids = file["data/demo_1/labels/side_seg"][()]
        boxes = file["data/demo_1/labels/side_box_tight"][()]
        millimetres = file["data/demo_0/obs/head_depth_mm"][0]
    moments = [0, 74, 148]  # of 150 rows, a frame every other one
    for column, row in enumerate(moments):
        assert (cell(recorded, column, 0) == images[row]).all(), row
        assert (cell(drawn, column, 0) == images[row]).all(), row
    for output in ("instance", "semantic", "part", "normal", "flow", "boxes", "depth"):
        _, recorded = view(path, dataset, *wanted, output)
        _, drawn = view(os.path.join(directory, "again.png"), seen, "--time", *changed, *wanted, output)
        assert (numpy.asarray(recorded) == numpy.asarray(drawn)).all(), output
    _, recorded = view(path, dataset, "--camera", "head", "--outputs", "depth", "--frames", 1, "--zoom", 3)
    colored = cell(recorded, 0, 0, 192, 192)[1::3, 1::3].any(axis=2)
    assert (colored == (millimetres[..., 0] > 0)).all() and 0 < colored.mean() < 1
    colors = {}
    _, recorded = view(path, dataset, *wanted, "instance")
    for color, number in zip(cell(recorded, 2, 0).reshape(-1, 3), ids[148].reshape(-1)):
        assert colors.setdefault(number, tuple(color)) == tuple(color)
    assert len(set(colors.values())) == len(colors) > 1
    _, marked = view(path, dataset, *wanted, "boxes")
    x0, y0, x1, y1 = boxes[148][0]
    robot = colors[1]
    for x, y in ((x0, y0), (x1 - 1, y0), (x0, y1 - 1), (x1 - 1, y1 - 1)):
        assert tuple(cell(marked, 2, 0)[y, x]) == robot
    # One file of the dataset, a LiDAR, all episodes, an animation at the cameras' own rate.
    assert view(path, os.path.join(dataset, name), "--camera", "chest", "--worlds", 9)[0]["pictures"] == 3 * 8 * 3
    summary, image = view(path, dataset, "--animate", "--camera", "head", "--camera", "side", "--worlds", 2)
    assert summary["frames"] == image.n_frames == 75 and image.info["duration"] == 40

    call(dataset, "--episode", 3, "-o", path, code=2)
    call(dataset, "--size", "10x10", "-o", path, code=2)
    call(dataset, "--seed", 1, "-o", path, code=2)
    call(dataset, "--engine", "cpu", "-o", path, code=2)
    assert "did you mean side" in call(dataset, "--camera", "sidee", "-o", path, code=2).stderr
    assert "nothing that is asked for" in call(dataset, "--outputs", "keypoints", "-o", path, code=2).stderr
    blind = os.path.join(directory, "blind")
    subprocess.run([myriad, "run", falls, "-o", blind, "--episodes", "2"], check=True, capture_output=True)
    assert "--episode 1" in call(blind, "--episode", 1, "-o", path, code=2).stderr
    with open(os.path.join(dataset, name), "r+b") as file:
        file.truncate(os.path.getsize(os.path.join(dataset, name)) // 2)
    call(dataset, "-o", path, code=1)
    shutil.rmtree(dataset)
    shutil.rmtree(blind)


def check_refusals(directory):
    path = os.path.join(directory, "refused.png")
    for arguments in ([], [falls, falls], [falls, "--worlds", 0], [falls, "--worlds", 65], [falls, "--frames", 0],
                      [falls, "--zoom", 17], [falls, "--size", "640"], [falls, "--size", "0x10"],
                      [falls, "--size", "10x10x10"], [falls, "--size", "-3x4"], [falls, "--size", "99999x9"],
                      [falls, "--episode", -1], [falls, "--episode", 10000], [falls, "--outputs", ""],
                      [falls, "--outputs", "rgb,,depth"], [falls, "--set", "no.such.thing=1"], [falls, "--animatee"],
                      [falls, "--size", "8000x8000", "--worlds", 64], [biped, "--time"], [biped, "--animate"],
                      [biped, "--episode", 0], [biped, "--worlds", 2], [biped, "--seed", 1], [directory]):
        call(*arguments, "-o", path, code=2)
    assert "did you mean depth" in call(falls, "--outputs", "rgb,deph", "-o", path, code=2).stderr
    assert "overview" in call(falls, "--camera", "front", "-o", path, code=2).stderr
    for name, code in (("missing.yaml", 2), ("missing.xml", 2), ("missing.h5", 74), ("missing", 2), ("a.txt", 2)):
        call(os.path.join(directory, name), "-o", path, code=code)
    broken = os.path.join(directory, "broken.xml")
    with open(broken, "w") as file:
        file.write("<mujoco><worldbody><geom/>")
    call(broken, "-o", path, code=2)
    call(biped, "-o", os.path.join(directory, "picture.jpg"), code=2)
    call(biped, "-o", os.path.join(directory, "no", "such", "folder.png"), code=74)
    os.mkdir(os.path.join(directory, "folder.png"))
    call(biped, "-o", os.path.join(directory, "folder.png"), code=2)
    assert not os.path.exists(path)


with tempfile.TemporaryDirectory() as directory:
    check_default_name(directory)
    check_scene(directory)
    check_model(directory)
    check_time(directory)
    check_dataset(directory)
    check_refusals(directory)
