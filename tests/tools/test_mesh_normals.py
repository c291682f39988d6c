"""Tests the normals of meshes as a camera sees them: those of the file where it states some, else creases between faces that
meet at an angle; of mirrored meshes too. Two mesh files of one name are two meshes."""
import os
import struct
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy
except ImportError as missing:
    print(missing, "(Debian: python3-h5py)")
    sys.exit(77)

myriad = os.environ["MYRIAD"]
CORNERS = [(x, y, z) for x in (-.3, .3) for y in (-.3, .3) for z in (-.3, .3)]
FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
NORMALS = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
TRIANGLES = [(a, b, c) for q in FACES for a, b, c in ((q[0], q[1], q[2]), (q[0], q[2], q[3]))]
SCENE = """
version: 1
name: s
duration: 0.02 s
world: {timestep: 2 ms, control_rate: 50 Hz, gravity: [0, 0, 0]}
entities:
  g: {model: %s}
cameras:
  a: {position: %s, direction: [-1, 0, 0], fov: 30 deg, size: [64, 64], outputs: [rgb, instance, normal, depth]}
record: [root]
"""


def write(folder, name, data):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb" if isinstance(data, bytes) else "w") as file:
        file.write(data)
    return path


def obj(vertices, triangles, normals=None):
    lines = ["v %.9g %.9g %.9g" % tuple(v) for v in vertices]
    if normals:
        lines += ["vn %g %g %g" % n for n in normals]
    for i, triangle in enumerate(triangles):
        lines.append("f " + " ".join("%d//%d" % (k + 1, i // 2 + 1) if normals else str(k + 1) for k in triangle))
    return "\n".join(lines) + "\n"


def stl(vertices, triangles):
    data = bytes(80) + struct.pack("<I", len(triangles))
    for triangle in triangles:
        data += bytes(12) + b"".join(struct.pack("<3f", *vertices[k]) for k in triangle) + bytes(2)
    return data


def sphere(rings=24, columns=48):
    """Vertices and triangles, all turned outwards."""
    vertices = [(0, 0, -.3), (0, 0, .3)]
    for r in range(1, rings):
        for c in range(columns):
            t, p = numpy.pi * r / rings - numpy.pi / 2, 2 * numpy.pi * c / columns
            vertices.append((.3 * numpy.cos(t) * numpy.cos(p), .3 * numpy.cos(t) * numpy.sin(p), .3 * numpy.sin(t)))
    at = lambda r, c: 2 + (r - 1) * columns + c % columns
    triangles = []
    for c in range(columns):
        triangles += [(0, at(1, c + 1), at(1, c)), (1, at(rings - 1, c), at(rings - 1, c + 1))]
        for r in range(1, rings - 1):
            triangles += [(at(r, c), at(r, c + 1), at(r + 1, c + 1)), (at(r, c), at(r + 1, c + 1), at(r + 1, c))]
    return vertices, triangles


def look(folder, model, position="[3, 0, 0]"):
    """Draws one frame; returns instance, normal, colour and depth."""
    scene = write(folder, "s.yaml", SCENE % (model, position))
    out = os.path.join(folder, "o")
    done = subprocess.run([myriad, "run", scene, "-o", out, "--progress", "none", "--episodes", "1", "--overwrite"],
                          capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = {}
    name = [n for n in os.listdir(out) if n.endswith(".h5")][0]
    with h5py.File(os.path.join(out, name)) as file:
        def visit(path, item):
            if isinstance(item, h5py.Dataset) and "final" not in path:
                for key in ("_seg", "_normal", "_image", "_depth"):
                    if path.endswith(key):
                        found[key] = item[0]
        file["data/demo_0"].visititems(visit)
    return found["_seg"][..., 0] > 0, found["_normal"], found["_image"].astype(int), found["_depth"][..., 0]


def mjcf(mesh):
    return ('<mujoco><asset><mesh name="w" %s/></asset><worldbody><body name="b"><freejoint/><geom type="mesh" mesh="w" '
            'mass="1" contype="0" conaffinity="0"/></body></worldbody></mujoco>' % mesh)


def angles(normals, wanted):
    return numpy.degrees(numpy.arccos(numpy.clip((normals * wanted).sum(-1), -1, 1)))


with tempfile.TemporaryDirectory() as folder:
    write(folder, "n.obj", obj(CORNERS, TRIANGLES, NORMALS))
    write(folder, "p.obj", obj(CORNERS, TRIANGLES))
    write(folder, "w.stl", stl(CORNERS, TRIANGLES))
    inline = 'vertex="%s" face="%s"' % (" ".join("%g %g %g" % c for c in CORNERS),
                                        " ".join("%d %d %d" % t for t in TRIANGLES))

    # One face of a cube has one normal and one colour, whatever states it and however it is mirrored.
    for mesh in ['file="n.obj"', 'file="p.obj"', 'file="w.stl"', inline]:
        for scale in ["1 1 1", "-1 1 1", "1 -1 1", "-1 -1 1", "-1 -1 -1"]:
            write(folder, "w.xml", mjcf(mesh + ' scale="%s"' % scale))
            seen, normal, color, _ = look(folder, "w.xml")
            assert seen.sum() == 676, (mesh, scale, seen.sum())
            assert angles(normal[seen], (0, 0, -1)).max() < .1, (mesh, scale, angles(normal[seen], (0, 0, -1)).max())
            assert numpy.ptp(color[seen]) < 12, (mesh, scale, numpy.ptp(color[seen]))

    # smoothnormal asks for round edges.
    write(folder, "w.xml", mjcf('file="p.obj" smoothnormal="true"'))
    seen, normal, _, _ = look(folder, "w.xml")
    assert numpy.median(angles(normal[seen], (0, 0, -1))) > 20

    # A sphere stays smooth: at every pixel the normal is the sphere's own, to a few degrees.
    vertices, triangles = sphere()
    for name, data in (("ball.obj", obj(vertices, triangles)), ("ball.stl", stl(vertices, triangles))):
        write(folder, name, data)
        for scale in ["1 1 1", "-1 1 1"]:
            write(folder, "w.xml", mjcf('file="%s" scale="%s"' % (name, scale)))
            seen, normal, _, depth = look(folder, "w.xml")
            assert 300 < seen.sum() < 800
            v, u = numpy.nonzero(seen)
            focal = 32 / numpy.tan(numpy.radians(15))
            z = depth[seen]
            point = numpy.stack([(u + .5 - 32) / focal * z, (v + .5 - 32) / focal * z, z - 3], -1)
            point /= numpy.linalg.norm(point, axis=-1, keepdims=True)
            assert numpy.percentile(angles(normal[seen], point), 95) < 3, (name, scale)
            assert angles(normal[seen], point).max() < 8, (name, scale)

    # Two files of one name in two folders.
    thin = [(x / 3, y, z) for x, y, z in CORNERS]
    write(folder, "left/part.stl", stl(thin, TRIANGLES))
    write(folder, "right/part.stl", stl(CORNERS, TRIANGLES))
    link = ('<link name="%s"><inertial><mass value="1"/><inertia ixx=".01" ixy="0" ixz="0" iyy=".01" iyz="0" izz=".01"/>'
            '</inertial><visual><geometry><mesh filename="%s/part.stl"/></geometry></visual></link>')
    write(folder, "u.urdf", '<robot name="g"><mujoco><compiler discardvisual="false" strippath="false"/></mujoco>'
          + link % ("base", "left") + link % ("a", "right")
          + '<joint name="j" type="revolute"><parent link="base"/><child link="a"/><origin xyz="0 1.5 0"/>'
          '<axis xyz="0 0 1"/><limit lower="-1" upper="1" effort="1"/></joint></robot>')
    seen, _, _, depth = look(folder, "u.urdf", "[6, 0.75, 0]")
    middle = depth[32]
    left, right = middle[:32][seen[32, :32]], middle[32:][seen[32, 32:]]
    nearest = sorted([left.min(), right.min()])
    assert abs(nearest[0] - 5.7) < 1e-3 and abs(nearest[1] - 5.9) < 1e-3, nearest
print("meshes have the normals of their files, or creases")
