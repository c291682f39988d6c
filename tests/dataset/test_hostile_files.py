"""Tests that readers survive files that were made to do harm: links to groups above, cycles, links out of the file, other
types and ranks, arrays that were never stored, chunks that inflate to something else. Each must be told, or be good, in
bounded time and memory; nothing outside the file may be opened.

usage: test_hostile_files.py [NUMBER [FIRST]]: NUMBER of random mutants, from number FIRST; without them, each kind of mutant
a few times"""
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import zlib

import h5py
import numpy

myriad = os.environ["MYRIAD"]
BYTES = 3 << 30
SECONDS = 200 if len(sys.argv) > 1 else 20  # ends hangs; many mutants go beside other work, under sanitizers

SCENARIO = """
version: 1
name: seen
episodes: 2
duration: 0.2 s
world: {timestep: 5 ms, control_rate: 50 Hz}
entities:
  floor: {ground: {}}
  ball: {model: ball.xml, start: {height: 1 m}}
cameras:
  side: {position: [0, -4, 1], look_at: [0, 0, 1], size: [48, 40], outputs: [rgb, depth, instance, boxes]}
record: [root, contacts]
"""
BALL = """<mujoco model="ball"><worldbody><body name="core"><freejoint/><geom type="sphere" size="0.15" mass="1"/></body>
</worldbody></mujoco>"""

# ------------------------------------------------------------------------------------------------- where to strike


def arrays_of(group):
    found = []
    group.visititems(lambda name, item: found.append(name) if isinstance(item, h5py.Dataset) else None)
    return found


def any_array(file, draw):
    path = draw.choice(["data/demo_0", "data/demo_1"])
    return path + "/" + draw.choice(arrays_of(file[path]))


def any_group(file, draw):
    return draw.choice(["data", "data/demo_0", "data/demo_0/obs", "data/demo_1/labels", "data/demo_0/final_obs"])


def any_place(file, draw):
    return draw.choice([any_array(file, draw), any_group(file, draw), "mask", "mask/train", "mask/success"])


def take(file, path):
    """Removes an object and returns its group and name."""
    del file[path]
    parent, _, name = path.rpartition("/")
    return file[parent] if parent else file, name


# ------------------------------------------------------------------------------------------------- the mutants
# Each is a function of the file, of a source of random numbers and of the path of a FIFO.


def cycle(file, draw, fifo):
    target = file[draw.choice(["/", "data", "data/demo_0", "data/demo_0/obs", "data/demo_1"])]
    file[any_group(file, draw)][draw.choice(["a", "zz", "obs2"])] = target


def many_cycles(file, draw, fifo):
    for i in range(12):
        file["data/demo_0/obs"][f"loop{i}"] = file[draw.choice(["/", "data", "data/demo_0", "data/demo_0/labels"])]


def soft(file, draw, fifo):
    group, name = take(file, any_place(file, draw))
    group[name] = h5py.SoftLink(draw.choice(["/data/demo_1", "/data/demo_0/" + name, "/nowhere", "/"]))


def outside(file, draw, fifo):
    group, name = take(file, any_place(file, draw))
    group[name] = h5py.ExternalLink(draw.choice([fifo, "/dev/zero", "/dev/stdin", "/proc/self/mem"]), "/")


def external_storage(file, draw, fifo):
    path = draw.choice([any_array(file, draw), "mask/train"])
    shape, kind = file[path].shape, file[path].dtype
    group, name = take(file, path)
    size = int(numpy.prod(shape)) * kind.itemsize
    group.create_dataset(name, shape=shape, dtype=kind, external=[(draw.choice([fifo, "/dev/zero"]), 0, max(size, 1))])


def virtual(file, draw, fifo):
    path = any_array(file, draw)
    shape, kind = file[path].shape or (1,), file[path].dtype
    group, name = take(file, path)
    layout = h5py.VirtualLayout(shape=shape, dtype=kind)
    layout[...] = h5py.VirtualSource(fifo, "x", shape=shape)
    group.create_virtual_dataset(name, layout)


def other_type(file, draw, fifo):
    path = any_array(file, draw)
    shape = file[path].shape
    group, name = take(file, path)
    kind = draw.choice(["f2", ">f4", ">i4", "u4", "u8", "i1", "i2", "c8", "S5", h5py.string_dtype(), "V3", h5py.ref_dtype,
                        h5py.vlen_dtype("i4"), [("a", "i4"), ("b", "f8")], "f4", "f8", "i4", "i8", "u1", "u2", "?"])
    group.create_dataset(name, shape=shape, dtype=kind)


def other_rank(file, draw, fifo):
    path = any_array(file, draw)
    kind, shape = file[path].dtype, file[path].shape
    group, name = take(file, path)
    shape = draw.choice([(), (0,), (1,), shape + (0,), shape + (1,), shape[:1] + (0, 0), (0,) + shape[1:],
                         (1,) * 8, (0, 1 << 40), (1 << 20, 0, 1 << 20), (0, 500, 500, 4), shape[:1] + (500, 500, 0),
                         (3, 3, 3), (1, 2, 3, 4, 5, 6), tuple(reversed(shape))])
    group.create_dataset(name, shape=shape, dtype=kind)


def never_stored(file, draw, fifo):
    path = any_array(file, draw)
    rows, kind = file[path].shape[0], file[path].dtype
    group, name = take(file, path)
    shape = draw.choice([(rows, 1 << 20), (1 << 30,), (rows, 1 << 10, 1 << 10, 64), (1 << 33,)])
    file.create_dataset("pad", data=numpy.frombuffer(draw.randbytes(1 << 20), "u1"))
    group.create_dataset(name, shape=shape, dtype=kind, chunks=draw.choice([(1,) + shape[1:], True]) if
                         int(numpy.prod(shape[1:])) * kind.itemsize < 1 << 31 else True,
                         compression=draw.choice([None, "gzip"]))


def bad_chunk(file, draw, fifo):
    path = draw.choice(["data/demo_0/obs/side_image", "data/demo_0/obs/side_depth", any_array(file, draw)])
    shape, kind = file[path].shape or (1,), file[path].dtype
    group, name = take(file, path)
    chunk = draw.choice([(1,) + shape[1:], shape])
    array = group.create_dataset(name, shape=shape, dtype=kind, chunks=tuple(max(1, c) for c in chunk),
                                 compression="gzip", shuffle=draw.choice([True, False]),
                                 fletcher32=draw.choice([False, False, True]))
    data = draw.choice([zlib.compress(b"x"), zlib.compress(bytes(1 << 22)), b"garbage", zlib.compress(b""),
                        bytes(draw.randrange(1, 5000))])
    for row in range(shape[0] if chunk[0] == 1 else min(1, shape[0])):
        array.id.write_direct_chunk((row,) + (0,) * (len(shape) - 1), data, draw.choice([0, 0, 1, 3, 5]))


def other_filters(file, draw, fifo):
    path = any_array(file, draw)
    data = file[path][()]
    group, name = take(file, path)
    options = draw.choice([dict(compression="lzf"), dict(compression="gzip"), dict(fletcher32=True), dict(shuffle=True),
                           dict(scaleoffset=2), dict(chunks=True)])
    group.create_dataset(name, data=data, maxshape=(None,) + data.shape[1:], **options)


def gone(file, draw, fifo):
    take(file, any_place(file, draw))


def another_object(file, draw, fifo):
    group, name = take(file, any_place(file, draw))
    kind = draw.choice(["group", "type", "scalar", "empty", "large"])
    if kind == "group":
        group.create_group(name)
    elif kind == "type":
        group[name] = numpy.dtype("f4")
    elif kind == "scalar":
        group[name] = 3.0
    elif kind == "empty":
        group[name] = h5py.Empty("f4")
    else:
        group[name] = numpy.zeros(100000, "i4")


def deep(file, draw, fifo):
    group = file[any_group(file, draw)]
    for _ in range(draw.choice([20, 2000])):
        group = group.create_group("g")


def wide(file, draw, fifo):
    group = file["data/demo_0/obs"]
    for i in range(draw.choice([100, 5000])):
        group[f"n{i}"] = group[draw.choice(["side_image", "side_depth"])]


def attribute(file, draw, fifo):
    place = file[draw.choice(["/", "data", "data/demo_0", "data/demo_1"])]
    name = draw.choice(list(place.attrs))
    if draw.random() < 0.3:
        del place.attrs[name]
        return
    value = draw.choice([numpy.int64(-1), numpy.int64(0), numpy.int64((1 << 63) - 1), numpy.int64(1 << 40), 1.5,
                         float("nan"), "text", "", numpy.bytes_(b"abc"), numpy.arange(3), numpy.zeros((0,)),
                         numpy.int64(-(1 << 63)), h5py.Empty("i8"), numpy.zeros((2, 2), "c8"), ["a", "b"],
                         "x" * 60000, numpy.bool_(True)])
    place.attrs[name] = value


def frames(file, draw, fifo):
    name = draw.choice(["frames_address", "frames_bytes", "frames_xxh3"])
    file["data/demo_0"].attrs[name] = numpy.int64(draw.choice([-1, 0, 1, 1 << 20, 1 << 62, -(1 << 62)]))


def swapped(file, draw, fifo):
    file.move("data/demo_0", "data/x")
    file.move("data/demo_1", "data/demo_0")
    file.move("data/x", "data/demo_1")


def twice(file, draw, fifo):
    group, name = take(file, draw.choice(["data/demo_1", "data/demo_1/obs", "data/demo_0/final_obs"]))
    group[name] = file["data/demo_0"] if draw.random() < 0.5 else file["data/demo_0/obs"]


MUTANTS = [cycle, many_cycles, soft, outside, external_storage, virtual, other_type, other_rank, never_stored, bad_chunk,
           other_filters, gone, another_object, deep, wide, attribute, frames, swapped, twice]

# ------------------------------------------------------------------------------------------------- reading


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# A build under sanitizers needs more addresses than any limit leaves, so there only time is limited.
limited = subprocess.run([myriad, "version"], capture_output=True, preexec_fn=limit).returncode == 0


def read(path, what):
    codes = []
    for command in (["info", path], ["info", path, "--json"], ["verify", path], ["digest", path],
                    ["view", path, "-o", os.path.join(os.path.dirname(path), "view.png")]):
        try:
            done = subprocess.run([myriad, *command], capture_output=True, timeout=SECONDS,
                                  preexec_fn=limit if limited else None, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{what}: {command[0]} takes more than {SECONDS} s") from None
        text = done.stderr.decode(errors="replace")
        assert done.returncode in (0, 1, 2), (what, command[0], done.returncode, text[-800:])
        assert done.returncode == 0 or text.strip(), (what, command[0], "fails without a word")
        codes.append(done.returncode)
    return codes


def main():
    with tempfile.TemporaryDirectory() as work:
        with open(os.path.join(work, "ball.xml"), "w") as file:
            file.write(BALL)
        scenario = os.path.join(work, "seen.yaml")
        with open(scenario, "w") as file:
            file.write(SCENARIO)
        subprocess.run([myriad, "run", scenario, "-o", work + "/whole", "--progress", "none"], check=True,
                       stdout=subprocess.DEVNULL)
        (name,) = os.listdir(work + "/whole")
        whole, mutant, fifo = (os.path.join(work, *part) for part in (("whole", name), (name,), ("fifo",)))
        assert read(whole, "the whole file") == [0] * 5
        os.mkfifo(fifo)
        count = int(sys.argv[1]) if len(sys.argv) > 1 else 2 * len(MUTANTS)
        first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
        told = 0
        for number in range(first, first + count):
            draw = random.Random(number)
            mutate = MUTANTS[number % len(MUTANTS)]
            shutil.copy(whole, mutant)
            try:
                with h5py.File(mutant, "r+") as file:
                    mutate(file, draw, fifo)
            except (ValueError, TypeError, OSError, RuntimeError, KeyError) as error:
                print(f"mutant {number}, {mutate.__name__}: not made: {error}", file=sys.stderr)
                continue
            codes = read(mutant, f"mutant {number}, {mutate.__name__}")
            told += any(codes)
        assert told > count / 2, (told, count)
        print(f"{told} of {count} mutants are told")


main()
