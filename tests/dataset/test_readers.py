"""Tests that programs which know nothing of Myriad read all of our files and keep all when they copy them: h5py,
h5repack, h5copy, h5ls, h5dump, netCDF4 and pyfive. Those that are not installed are named and left out."""
import glob
import importlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import h5py
import numpy

myriad, source = os.environ["MYRIAD"], os.environ["MYRIAD_SOURCE"]
sys.path.insert(0, os.path.join(source, "build", "pyfive"))  # where tools/install-deps unpacks it

# Neither contacts nor actuators nor successes: arrays without rows, and arrays without columns.
FALLING = """
version: 1
name: falling
episodes: 2
duration: 0.1 s
entities:
  ball: {model: ball.xml, start: {height: 10 m}}
record: [joints, root, contacts]
success: height(ball.core) > 1000 m
"""

BALL = """<mujoco><worldbody><body name="core"><freejoint/><geom type="sphere" size="0.1"/></body></worldbody></mujoco>"""


def run(scenario, directory, *arguments):
    subprocess.run([myriad, "run", scenario, "-o", directory, "--episodes", "2", "--progress", "none", *arguments],
                   check=True, stdout=subprocess.DEVNULL)
    (path,) = glob.glob(directory + "/*.h5")
    return path


def objects(file):
    found = {"/": file}
    file.visititems(lambda name, item: found.__setitem__(name, item))
    return found


def plain(value):
    return value.tolist() if isinstance(value, (numpy.ndarray, numpy.generic)) else value


def numbers(array):
    """What must stay as it is: the shape and each number. pyfive gives the integers of flags and bytes of strings."""
    array = numpy.asarray(array)
    array = array.astype("i1") if array.dtype == bool else array
    return array.dtype.kind, array.shape, array.tobytes()


def contents(path):
    """Returns {name: (attributes, values)} of all objects of a file; the root is named /."""
    with h5py.File(path) as file:
        found = {}
        for name, item in objects(file).items():
            attributes = {key: plain(value) for key, value in item.attrs.items()}
            assert len(item.attrs) == len(attributes), (path, name, "libhdf5 counts another number of attributes")
            found[name] = attributes, numbers(item[()]) if isinstance(item, h5py.Dataset) else None
        return found


def check_h5py(kept):
    assert len(kept["/"][0]) > 8 and len(kept["data/demo_0"][0]) > 8


def check_repack(path, work, kept):
    for options in ([], ["-f", "GZIP=1"], ["-f", "SHUF", "-f", "GZIP=4"], ["-l", "CONTI"], ["-L"]):
        copy = work + "/repacked.h5"
        subprocess.run(["h5repack", *options, path, copy], check=True)
        found = contents(copy)
        assert found.keys() == kept.keys(), options
        for name in kept:
            assert found[name] == kept[name], (options, name)


def check_copy(path, work, kept):
    copy = work + "/copied.h5"
    if os.path.exists(copy):
        os.remove(copy)
    subprocess.run(["h5copy", "-p", "-i", path, "-o", copy, "-s", "/data/demo_1", "-d", "/data/demo_7"], check=True)
    found = contents(copy)
    below = [name for name in kept if name.startswith("data/demo_1")]
    assert len(below) > 8
    for name in below:
        assert found[name.replace("demo_1", "demo_7", 1)] == kept[name], name


def check_listing(path, kept):
    listing = subprocess.run(["h5ls", "-r", path], check=True, capture_output=True, text=True).stdout
    for name in kept:
        assert ("/" + name if name != "/" else "/") in listing, name
    header = subprocess.run(["h5dump", "-H", path], check=True, capture_output=True, text=True).stdout
    assert header.count("ATTRIBUTE ") == sum(len(attributes) for attributes, _ in kept.values())


def is_flag(value):
    return isinstance(value, bool) or isinstance(value, list) and any(is_flag(entry) for entry in value)


def check_netcdf(path, kept):
    """netCDF has no booleans: it leaves those out, and must show all else."""
    netcdf = importlib.import_module("netCDF4")
    with netcdf.Dataset(path) as file:
        for name, (attributes, values) in kept.items():
            if values is None:
                group = file if name == "/" else file[name]
                plain_attributes = {key for key, value in attributes.items() if not is_flag(value)}
                assert plain_attributes <= set(group.ncattrs()), (name, plain_attributes - set(group.ncattrs()))
        assert numbers(file["data/demo_0/time"][()].data) == kept["data/demo_0/time"][1]


def check_pyfive(path, kept):
    pyfive = importlib.import_module("pyfive")
    with pyfive.File(path) as file:
        for name, (attributes, values) in kept.items():
            item = file if name == "/" else file[name]
            found = dict(item.attrs)
            assert found.keys() == attributes.keys(), (name, found.keys(), attributes.keys())
            for key, value in attributes.items():
                assert found[key] == value or bytes(found[key]).decode() == value, (name, key, found[key])
            if values is not None:
                assert numbers(item[()]) == values, name


def installed(module):
    try:
        importlib.import_module(module)
        return True
    except ImportError:
        print(f"{module} is not installed, so it is not tested; tools/install-deps installs it")
        return False


def check_file(path, work):
    kept = contents(path)
    check_h5py(kept)
    if shutil.which("h5repack"):
        check_repack(path, work, kept)
        check_copy(path, work, kept)
        check_listing(path, kept)
    else:
        print("h5repack is not installed, so it and its kin are not tested; tools/install-deps installs them")
    if installed("netCDF4"):
        check_netcdf(path, kept)
    if installed("pyfive"):
        check_pyfive(path, kept)


with tempfile.TemporaryDirectory() as work:
    with open(work + "/falling.yaml", "w") as file:
        file.write(FALLING)
    with open(work + "/ball.xml", "w") as file:
        file.write(BALL)
    falling = run(work + "/falling.yaml", work + "/falling")
    with h5py.File(falling) as file:
        assert file["mask/success"].shape == (0,) and file["data/demo_0/labels/contacts/force"].shape == (0, 3)
    check_file(falling, work)
    check_file(run(os.path.join(source, "scenarios", "falls_seen.yaml"), work + "/seen", "--set",
                   "duration=0.2 s", "--set", "events.push.at=0.1 s"), work)
