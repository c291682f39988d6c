"""Tests that row t is a transition: the observation before action t, and the judgement of the state after it.

A ball falls from 5 m, so each state is known: after n steps of semi-implicit Euler it is g dt^2 n (n + 1) / 2 lower.
"""
import glob
import os
import subprocess
import tempfile

import h5py
import numpy

MYRIAD = os.environ["MYRIAD"]
MODEL = """<mujoco><worldbody><body name="b" pos="0 0 5"><freejoint/><geom name="g" size=".1" mass="1"/></body></worldbody>
<actuator/></mujoco>"""
SCENARIO = """version: 1
name: ball
duration: 0.34 s
world: {timestep: 2 ms, control_rate: 50 Hz}
entities:
  b: {model: ball.xml}
record: [root, contacts]
"""


def height(rows):
    """Returns the ball's height after each of so many control steps of ten timesteps, and before them."""
    n = 10 * numpy.arange(rows + 1)
    return 5 - 9.81 * 0.002 ** 2 * n * (n + 1) / 2


def run(text, *options):
    with tempfile.TemporaryDirectory() as folder:
        with open(folder + "/ball.xml", "w") as file:
            file.write(MODEL)
        with open(folder + "/s.yaml", "w") as file:
            file.write(SCENARIO + text)
        subprocess.run([MYRIAD, "run", folder + "/s.yaml", "-o", folder + "/out", "--episodes", "1", "--progress", "none",
                        *options], check=True)
        subprocess.run([MYRIAD, "verify", folder + "/out"], check=True, stdout=subprocess.DEVNULL)
        (path,) = glob.glob(folder + "/out/*.h5")
        with h5py.File(path) as file:
            demo = file["data/demo_0"]
            arrays = {}
            demo.visititems(lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
            return dict(demo.attrs), arrays


def column(arrays, name):
    (path,) = [p for p in arrays if p.startswith(name + "/") and p.endswith("_root_pos")]
    return arrays[path][:, 2]


for options in ([], ["--engine", "cpu", "--lanes", "1"]):
    # The episode ends with the action after which the condition holds. No action follows.
    attributes, arrays = run("terminate: height(b) < 4.5 m\nreward: height(b) / 1 m\n", *options)
    rows = attributes["num_samples"]
    known = height(17)
    first = int(numpy.argmax(known < 4.5))
    assert rows == first == 16, (rows, first)
    assert attributes["termination_reason"].startswith("terminate"), attributes
    assert numpy.allclose(column(arrays, "obs"), known[:rows], atol=1e-5)
    assert numpy.allclose(column(arrays, "final_obs"), known[rows], atol=1e-5)
    assert (column(arrays, "obs") >= 4.5).all() and (column(arrays, "final_obs") < 4.5).all()
    assert (arrays["terminated"] == (numpy.arange(rows) == rows - 1)).all() and not arrays["truncated"].any()
    # The reward of row t is of the state after action t.
    assert numpy.allclose(arrays["rewards"], known[1:rows + 1], atol=1e-5)
    assert (arrays["rewards"][:-1] == column(arrays, "obs")[1:].astype("f4")).all()
    assert arrays["rewards"][-1] == column(arrays, "final_obs")[0].astype("f4")
    assert numpy.allclose(arrays["time"], 0.02 * numpy.arange(rows))

    # A success that is reached with the last action counts.
    for text, success in (("success: height(b) < 4.44 m\n", True), ("success: height(b) < 4.42 m\n", False),
                          ("success: ever(height(b) > 4.9 m and time > 0 s)\n", True),
                          ("success: height(b) > 4.9 m\n", False),
                          ("success: held(height(b) < 4.6 m, 40 ms)\n", True),
                          ("success: held(height(b) < 4.6 m, 60 ms)\n", False)):
        attributes, arrays = run(text, *options)
        assert attributes["num_samples"] == 17 and attributes["termination_reason"] == "timeout", attributes
        assert bool(attributes["success"]) == success == arrays["success"][-1], (text, attributes)
        assert (arrays["truncated"] == (numpy.arange(17) == 16)).all() and not arrays["terminated"].any()

    # A condition that holds at the start ends the episode after one action.
    attributes, arrays = run("terminate: height(b) > 1 m\n", *options)
    assert attributes["num_samples"] == 1 and arrays["terminated"].tolist() == [True]
