"""Tests that of two surfaces in one plane the later entity of the scenario is seen, everywhere on it: planes, boxes,
cylinders, meshes and models, by cameras and LiDARs, for any lanes and on a GPU."""
import glob
import json
import os
import subprocess
import tempfile

import h5py
import numpy

myriad, emulated = os.environ["MYRIAD"], os.environ.get("MYRIAD_EMULATED")

# Its top is in the plane z = 0; the mesh is a cube that is 1 m wide.
SLAB = """<mujoco><asset><mesh name="cube" scale="1 1 0.2" vertex="-.5 -.5 -.5 .5 -.5 -.5 -.5 .5 -.5 .5 .5 -.5
-.5 -.5 .5 .5 -.5 .5 -.5 .5 .5 .5 .5 .5"/></asset>
<worldbody><geom type="mesh" mesh="cube" contype="0" conaffinity="0" pos="-2 2 -.1" euler="0 0 20"/></worldbody></mujoco>"""
PLATE = """<mujoco><worldbody><geom type="box" size=".5 .5 .1" pos="2 2 -.1"/></worldbody></mujoco>"""
DOT = """<mujoco><worldbody><geom type="sphere" size=".01" pos="0 0 -50"/></worldbody></mujoco>"""
ENTITIES = {
    "floor": "{ground: {}}",
    "slab": "{model: slab.xml}",
    "plate": "{model: plate.xml}",
    "mat": "{shape: plane, size: [1, 1], position: [-2, 0, 0]}",
    "block": "{shape: box, size: [1, 1, 0.3], position: [0, 0, -0.15], orientation: {yaw: 33 deg}}",
    "disc": "{shape: cylinder, size: [1, 0.3], position: [2, 0, -0.15]}",
}
SCENARIO = """
version: 1
name: flush
duration: 0.04 s
world: {timestep: 5 ms, control_rate: 50 Hz}
entities:
  dot: {model: dot.xml} # a scene needs a thing that is no prop
%s
cameras:
  above: {position: [0.1, -5, 2], look_at: [0, 1, 0], fov: 60 deg, size: [200, 120], outputs: [rgb, instance, depth]}
  low: {position: [0.1, -4, 0.25], look_at: [0, 1, 0], fov: 70 deg, size: [400, 120], outputs: [instance, depth]}
  wide: {position: [0, 0.7, 1], look_at: [0, 0.75, 0], projection: fisheye, fov: 170 deg, size: [120, 120],
         outputs: [instance, depth]}
sensors:
  top: {type: lidar, position: [0, 0.9, 0.7], channels: 40, elevation: [-70 deg, -12 deg], columns: 300,
        outputs: [range, instance]}
"""
VIEWS = ["above", "low", "wide", "top"]


def record(directory, order, *arguments, program=myriad):
    """Returns what each view shows in the first row of a scene whose entities stand in that order."""
    for name, text in (("slab.xml", SLAB), ("plate.xml", PLATE), ("dot.xml", DOT)):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)
    scenario = os.path.join(directory, "flush.yaml")
    with open(scenario, "w") as file:
        file.write(SCENARIO % "\n".join("  %s: %s" % (name, ENTITIES[name]) for name in order))
    data = os.path.join(directory, "-".join(order) + "-".join(arguments).replace("/", ""))
    subprocess.run([program, "run", scenario, "-o", data, "--progress", "none", *arguments], check=True,
                   stdout=subprocess.DEVNULL)
    with h5py.File(glob.glob(data + "/*.h5")[0]) as file:
        names = json.loads(file.attrs["names_json"])["instances"]
        episode = file["data/demo_0"]

        def first(name):
            return next(episode[group][name][0] for group in ("obs", "labels") if name in episode[group]).squeeze()

        return {view: Picture(names, first(view + "_seg"), first(view + ("_range" if view == "top" else "_depth")))
                for view in VIEWS}


class Picture:
    """One view: ids, their names, and depth."""

    def __init__(self, names, ids, depth):
        self.names, self.ids, self.depth = names, ids, depth

    def mask(self, name):
        return self.ids == self.names.index(name) if name in self.names else numpy.zeros(self.ids.shape, bool)

    def top(self, name, floor):
        return self.mask(name) & (abs(self.depth / floor.depth - 1) < 1e-4)


with tempfile.TemporaryDirectory() as directory:
    things = [name for name in ENTITIES if name != "floor"]
    # The tops that things show alone: where they are as deep as the floor.
    floor = record(directory, ["floor"])
    alone = {name: record(directory, [name]) for name in things}
    after, before = record(directory, ["floor"] + things), record(directory, things + ["floor"])
    tops = {}
    for view in VIEWS:
        for name in things:
            tops[view, name] = alone[name][view].top(name, floor[view])
            assert tops[view, name].sum() > 10, (view, name, tops[view, name].sum())
            wrong = (after[view].mask(name) != tops[view, name]).sum()
            assert wrong == 0, (view, name, wrong, tops[view, name].sum())
            assert not before[view].mask(name).any(), (view, name, before[view].mask(name).sum())
    # A later thing hides an earlier one in the same plane.
    ENTITIES["rug"] = "{shape: plane, size: [9, 9], position: [0, 0, 0], orientation: {yaw: 10 deg}}"
    covered = record(directory, ["floor"] + things + ["rug"])
    shown = record(directory, ["floor", "rug"] + things)
    for view in VIEWS:
        for name in things:
            assert not covered[view].mask(name).any() and (shown[view].mask(name) == tops[view, name]).all(), view
    # The bytes do not depend on the machine.
    order = ["floor"] + things
    others = [record(directory, order, "--lanes", "1"), record(directory, order, "--lanes", "8")]
    if emulated:
        others.append(record(directory, order, "--engine", "cuda", program=emulated))
    for other in others:
        assert all((other[view].ids == after[view].ids).all() for view in VIEWS)
print("ok: %d things flush with the floor, seen in %d views" % (len(things), len(VIEWS)))
