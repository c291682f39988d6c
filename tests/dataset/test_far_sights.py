"""What cameras see 10 km from the world's origin, and 10 km from the first camera, is what they see at the origin: distances,
normals, scans, boxes, keypoints and patterns, of things that move and of things that do not. A float has steps of 1 mm there;
numbers here agree to 1e-5 of what they are."""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

# The offsets are no floats at 10 km. The last body stands on a tilted frame.
MODEL = """<mujoco><worldbody><frame pos="{0} {1} 0">
  <geom name="wall" type="box" size=".11 .5 .2" pos="1.5003 .3002 .2001" euler="0 0 10" rgba=".9 .2 .2 1"/>
  <geom type="capsule" size=".1 .3" pos="1.2003 -.6002 .4001" euler="20 10 10" rgba=".2 .9 .2 1"/>
  <site name="corner" pos="1.3903 -.1 .4"/>
  <body name="cart" pos=".0003 .0007 .2003"><freejoint/><geom type="box" size=".2 .15 .05" rgba=".2 .3 .9 1"/>
    <site name="mark" pos=".3 0 .1"/>
    <body pos="0 0 .2"><joint axis="1 0 0" damping=".1"/><geom type="capsule" fromto="0 0 0 .1 0 .3" size=".04"/></body>
  </body>
  <camera name="file" pos="-1.5003 1.2003 .9" xyaxes="-.6 -.8 0 .3 -.2 .9"/>
</frame></worldbody></mujoco>"""

SCENARIO = """version: 1
name: far
duration: 0.2 s
episodes: 1
world:
  timestep: 2 ms
  control_rate: 20 Hz
  textures: {{tiles: {{type: checker, color: "#f0f0f0", color2: "#204060"}}}}
  materials: {{tiled: {{texture: tiles, repeat: [4, 4]}}}}
  lights:
    sun: {{direction: [-0.3, 0.2, -1]}}
    lamp: {{type: point, position: [{x} + 0.5003, {y} + 0.8002, 1.5003], intensity: 0.5}}
entities:
  floor: {{ground: {{}}, material: tiled}}
  r: {{model: m.xml, start: {{velocity: [0.7, 0, 0]}}}}
  ball: {{shape: sphere, size: [0.3003], position: [{x} + 0.9002, {y} + 0.9003, 0.5001], color: [0.9, 0.8, 0.1]}}
  ramp: {{shape: plane, size: [40, 40], position: [{x}, {y}, -0.05], orientation: {{pitch: 2 deg}}, color: [0.5, 0.5, 0.5]}}
sensors:
  scan: {{type: lidar, body: r.cart, position: [0, 0, 0.6], elevations: [-20 deg, -5 deg, 10 deg], columns: 60,
          range: [5 cm, 100 m], spinning: true, rate: 10 Hz, outputs: [range]}}
  beam: {{type: ray, position: [{x} - 1.0003, {y} + 0.1003, 0.2003], direction: [3, 0.1, 0], range: [1 cm, 50 m],
          outputs: [range]}}
cameras:
  home: {{position: [-2, -2, 1], look_at: [0, 0, 0], size: [32, 24], outputs: [rgb, depth]}}
  rider: {{body: r.cart, position: [-1, 0.4, 0.7], look_at: [1, 0, 0], size: [96, 64],
           outputs: [rgb, depth, instance, normal, flow, boxes, keypoints]}}
  post: {{position: [{x} + 2.0003, {y} - 2.0007, 1.5003], look_at: [{x}, {y}, 0.2], size: [96, 64],
          outputs: [rgb, depth, instance, normal, keypoints]}}
  file: {{from: r.file, size: [64, 48], outputs: [rgb, depth, instance]}}
record: [joints, root, bodies, contacts]
"""


def summed(text):
    """Replaces the sums of two numbers, which the scenario language does not have."""
    import re
    return re.sub(r"(-?[\d.]+) ([+-]) ([\d.]+)", lambda m: repr(float(m[1]) + float(m[2] + m[3])), text)


def run(folder, x, y):
    os.mkdir(folder)
    with open(folder + "/m.xml", "w") as file:
        file.write(MODEL.format(x, y))
    with open(folder + "/s.yaml", "w") as file:
        file.write(summed(SCENARIO.format(x=x, y=y)))
    done = subprocess.run([os.environ["MYRIAD"], "run", folder + "/s.yaml", "-o", folder + "/o", "--progress", "none"],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return h5py.File(folder + "/o/far-000000000-000000000.h5", "r")["data/demo_0"]


def arrays(episode):
    found = {}
    episode.visititems(lambda name, thing: found.update({name: thing[()]}) if isinstance(thing, h5py.Dataset) else None)
    return found


MOVED = ("labels/body_position", "obs/r_root_pos", "labels/rider_pose", "labels/post_pose", "labels/file_pose",
         "labels/scan_pose", "labels/beam_pose", "labels/box_3d", "labels/keypoints")
PICTURES = ("_image", "_depth", "_instance", "_seg", "_normal", "_range", "_flow")


def worst_of(name, one, two):
    """The share of differing pixels, and the largest difference elsewhere, in units of the tolerance."""
    tolerance = numpy.full(one.shape, 1e-3)
    if name.endswith("_image"):
        tolerance[...] = 1
    elif name.endswith(("_depth", "_range")):
        tolerance = 2e-6 + 1e-5 * numpy.abs(one)
    elif name.endswith("_flow"):
        tolerance[...] = 5e-3
    apart = numpy.abs(one - two) / tolerance
    return (apart.reshape(apart.shape[:3] + (-1,)).max(axis=-1) > 1).mean()


def compare(near, far, way):
    if set(near) != set(far):
        sys.exit(f"other arrays: {set(near) ^ set(far)}")
    wrong, seen = [], set()
    for name, one in near.items():
        two = far[name]
        if name.split("/")[0] not in ("obs", "labels") or one.size == 0 or "home" in name:
            continue
        if one.shape != two.shape:
            sys.exit(f"{name}: shapes {one.shape} and {two.shape}")
        one, two = one.astype(float), two.astype(float)
        if name in MOVED:
            seen.add(name)
            here = two.copy()
            fixed = numpy.abs(two[..., :2]).max(axis=-1, keepdims=True) < 50  # the ramp's box, the world's own body
            here[..., :3] -= way * ~fixed
            worst = numpy.abs(one - here)[..., :3].max()
            if not worst < 1e-5:
                wrong.append(f"{name}: {worst} m apart")
        elif name.endswith(PICTURES):
            seen.add(name)
            share = worst_of(name, one, two)
            if share > 0.002:  # pixels on edges
                wrong.append(f"{name}: {share:.2%} of the pixels differ")
    if len(seen) < len(MOVED) + 12:
        sys.exit(f"compared only {sorted(seen)} of {sorted(near)}")
    if wrong:
        sys.exit("\n".join([f"moved by {way}:"] + wrong))


with tempfile.TemporaryDirectory() as scratch:
    NEAR = arrays(run(scratch + "/near", 0, 0))
    for place in ((10000, -4000), (-160000, 72), (200, 3000.5)):
        compare(NEAR, arrays(run(f"{scratch}/far{place[0]}", *place)), numpy.array([place[0], place[1], 0.0]))
print("near and far look alike")
