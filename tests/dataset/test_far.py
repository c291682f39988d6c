"""What a dataset holds of things 10 km from the world's origin is what it holds of them at the origin: pictures, scans, the
poses of cameras, boxes, keypoints, bodies and contacts. Positions differ by the way between, to well below a millimetre."""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy

MODEL = """<mujoco><worldbody><geom type="plane" size="0 0 1"/><frame pos="{0} {1} 0">
  <geom type="box" size=".1 .5 .2" pos="1.5 .3 .2" rgba=".9 .2 .2 1"/>
  <body name="cart" pos="0 0 .2"><freejoint/><geom type="box" size=".2 .15 .05" rgba=".2 .3 .9 1"/>
    <site name="mark" pos=".3 0 .1"/>
    <body pos=".15 .2 -.1"><joint axis="0 1 0"/><geom type="sphere" size=".1"/></body>
    <body pos=".15 -.2 -.1"><joint axis="0 1 0"/><geom type="sphere" size=".1"/></body>
    <body pos="-.15 .2 -.1"><joint axis="0 1 0"/><geom type="sphere" size=".1"/></body>
    <body pos="-.15 -.2 -.1"><joint axis="0 1 0"/><geom type="sphere" size=".1"/></body>
    <body pos="0 0 .2"><joint axis="1 0 0" damping=".1"/><geom type="capsule" fromto="0 0 0 .1 0 .3" size=".04"/></body>
  </body></frame></worldbody></mujoco>"""

SCENARIO = """version: 1
name: far
duration: 0.5 s
episodes: 1
world: {{timestep: 2 ms, control_rate: 20 Hz}}
entities:
  r: {{model: m.xml, start: {{velocity: [0.7, 0, 0]}}}}
sensors:
  scan: {{type: lidar, body: r.cart, position: [0, 0, 0.6], elevations: [-20 deg, -5 deg, 10 deg], columns: 60,
          range: [5 cm, 100 m], spinning: true, rate: 10 Hz, outputs: [range]}}
cameras:
  rider: {{body: r.cart, position: [-1, 0.4, 0.7], look_at: [1, 0, 0], size: [96, 64],
           outputs: [rgb, depth, instance, normal, boxes]}}
  post: {{position: [{2}, {3}, 1.5], look_at: [{0}, {1}, 0.2], size: [96, 64], outputs: [rgb, depth, instance]}}
record: [joints, root, bodies, contacts]
"""


def run(folder, x, y):
    os.mkdir(folder)
    with open(folder + "/m.xml", "w") as file:
        file.write(MODEL.format(x, y))
    with open(folder + "/s.yaml", "w") as file:
        file.write(SCENARIO.format(x, y, x + 2, y - 2))
    done = subprocess.run([os.environ["MYRIAD"], "run", folder + "/s.yaml", "-o", folder + "/o", "--progress", "none"],
                          capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    return h5py.File(folder + "/o/far-000000000-000000000.h5", "r")["data/demo_0"]


def arrays(episode):
    found = {}
    episode.visititems(lambda name, thing: found.update({name: thing[()]}) if isinstance(thing, h5py.Dataset) else None)
    return found


def fail(text):
    sys.exit(text)


def compare(near, far, way):
    if set(near) != set(far):
        fail(f"other arrays: {set(near) ^ set(far)}")
    moved = {"labels/body_position": 3, "labels/contacts/position": 3, "obs/r_root_pos": 3, "labels/rider_pose": 3,
             "labels/post_pose": 3, "labels/scan_pose": 3, "labels/box_3d": 3, "labels/keypoints": 3}
    seen = set()
    for name, one in near.items():
        two = far[name]
        if name.split("/")[0] not in ("obs", "labels") or one.size == 0:
            continue
        if one.shape != two.shape:
            fail(f"{name}: shapes {one.shape} and {two.shape}")
        one, two = one.astype(float), two.astype(float)
        if name in moved:
            seen.add(name)
            two[..., :3] -= way * (numpy.abs(two[..., :1]) > 1)  # an instance that is not there has a box of zeros
            worst = numpy.abs(one - two)[..., :3].max()
            if not worst < 1e-4:
                fail(f"{name}: {worst} m apart")
        elif name.endswith(("_image", "_depth", "_instance", "_seg", "_normal", "_range")):
            seen.add(name)
            apart = numpy.abs(one - two)
            pixels = apart.reshape(apart.shape[:3] + (-1,)).max(axis=-1) > (2 if name.endswith("_image") else 2e-3)
            if pixels.mean() > 0.003:
                fail(f"{name}: {pixels.mean():.2%} of the pixels differ")
    if len(seen) < len(moved) + 6:
        fail(f"compared only {sorted(seen)} of {sorted(near)}")


with tempfile.TemporaryDirectory() as scratch:
    NEAR = arrays(run(scratch + "/near", 0, 0))
    for place in ((10000, -4000), (1000.3, 77.7)):
        compare(NEAR, arrays(run(f"{scratch}/far{place[0]}", *place)), numpy.array([place[0], place[1], 0.0]))
print("near and far are alike")
