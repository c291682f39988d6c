#!/usr/bin/env python3
"""Writes the two scenes that drawing is measured with beside a humanoid: 127 primitives, and 20 meshes of 20 000 faces.

    tests/render/make_benchmark_scenes.py DIRECTORY
    myriad bench DIRECTORY/primitives.xml --render --size 64x64
    myriad bench DIRECTORY/meshes.xml --render --size 64x64
"""
import math
import pathlib
import random
import sys

HEAD = """<mujoco>
  <option gravity="0 0 0"/>
  <worldbody>
    <light name="sun" directional="true" pos="0 0 5" dir="-0.4 0.5 -1" diffuse=".8 .8 .8"/>
    <camera name="front" pos="0 -5.5 2.2" xyaxes="1 0 0 0 0.15 0.99" fovy="50"/>
    <geom name="floor" type="plane" size="0 0 1" rgba=".6 .6 .6 1"/>
"""
TAIL = "  </worldbody>\n</mujoco>\n"
FLOATING = "<freejoint/><inertial pos='0 0 0' mass='1' diaginertia='.01 .01 .01'/>"


def primitives(directory, count=126):
    """Spheres, capsules, ellipsoids, cylinders and boxes in a heap in the air above a floor."""
    draw = random.Random(1)
    shapes = {"sphere": 1, "capsule": 2, "ellipsoid": 3, "cylinder": 2, "box": 3}
    text = HEAD
    for i in range(count):
        shape = list(shapes)[i % 5]
        size = " ".join(f"{draw.uniform(.05, .16):.3f}" for _ in range(shapes[shape]))
        position = " ".join(f"{draw.uniform(-1.6, 1.6):.3f}" for _ in range(2)) + f" {draw.uniform(.3, 2.5):.3f}"
        turn = " ".join(str(draw.randrange(360)) for _ in range(3))
        color = " ".join(f"{draw.uniform(.2, .9):.2f}" for _ in range(3))
        text += (f"    <body pos='{position}' euler='{turn}'>{FLOATING}<geom type='{shape}' size='{size}' "
                 f"rgba='{color} 1' contype='0' conaffinity='0'/></body>\n")
    (directory / "primitives.xml").write_text(text + TAIL)


def bumpy_torus(path, around=100, across=100, phase=0.0):
    """2 x around x across triangles."""
    lines = []
    for i in range(around):
        for j in range(across):
            u, v = 2 * math.pi * i / around, 2 * math.pi * j / across
            r = 0.1 + 0.015 * math.sin(7 * u + phase) * math.cos(5 * v)
            x, y = (0.25 + r * math.cos(v)) * math.cos(u), (0.25 + r * math.cos(v)) * math.sin(u)
            lines.append(f"v {x:.6f} {y:.6f} {r * math.sin(v):.6f}")
    for i in range(around):
        for j in range(across):
            a, b = i * across + j + 1, (i + 1) % around * across + j + 1
            c, d = (i + 1) % around * across + (j + 1) % across + 1, i * across + (j + 1) % across + 1
            lines += [f"f {a} {b} {c}", f"f {a} {c} {d}"]
    path.write_text("\n".join(lines) + "\n")


def meshes(directory, count=20):
    """Bumpy tori of 20 000 faces each in the air above a floor."""
    draw = random.Random(2)
    assets, bodies = "  <asset>\n", ""
    for i in range(count):
        bumpy_torus(directory / f"torus{i}.obj", phase=i)
        assets += f"    <mesh name='torus{i}' file='torus{i}.obj'/>\n"
        position = " ".join(f"{draw.uniform(-1.6, 1.6):.3f}" for _ in range(2)) + f" {draw.uniform(.4, 2.5):.3f}"
        turn = " ".join(str(draw.randrange(360)) for _ in range(3))
        color = " ".join(f"{draw.uniform(.2, .9):.2f}" for _ in range(3))
        bodies += (f"    <body pos='{position}' euler='{turn}'>{FLOATING}<geom type='mesh' mesh='torus{i}' "
                   f"rgba='{color} 1' contype='0' conaffinity='0'/></body>\n")
    text = HEAD.replace("<mujoco>\n", f"<mujoco>\n{assets}  </asset>\n") + bodies + TAIL
    (directory / "meshes.xml").write_text(text)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    primitives(target)
    meshes(target)
    print(f"{target}/primitives.xml {target}/meshes.xml")
