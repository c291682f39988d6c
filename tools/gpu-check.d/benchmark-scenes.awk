# Writes two scenes for benchmarks of the rasterizer: primitives.xml with 127 primitives, and meshes.xml with 20 meshes
# of 20 000 faces, or as many as mesh_count says, and their files.
# Usage: awk -v folder=DIR [-v mesh_count=N] -f benchmark-scenes.awk
#
#   myriad bench DIR/primitives.xml --render --size 64x64

# Park and Miller's minimal standard generator. Its products are exact in double precision, which every awk uses.
function draw() {
  state = (16807 * state) % 2147483647
  return state / 2147483647
}
function between(low, high) { return low + (high - low) * draw() }

function head(file, assets) {
  printf "<mujoco>\n%s  <option gravity='0 0 0'/>\n  <worldbody>\n", assets >file
  print "    <light name='sun' directional='true' pos='0 0 5' dir='-0.4 0.5 -1' diffuse='.8 .8 .8'/>" >file
  print "    <camera name='front' pos='0 -5.5 2.2' xyaxes='1 0 0 0 0.15 0.99' fovy='50'/>" >file
  print "    <geom name='floor' type='plane' size='0 0 1' rgba='.6 .6 .6 1'/>" >file
}
function foot(file) {
  print "  </worldbody>\n</mujoco>" >file
  close(file)
}

# A body at a random place in the air, in a random orientation. It collides with nothing.
function body(file, lowest, shape) {
  printf "    <body pos='%.3f %.3f %.3f' euler='%d %d %d'><freejoint/>", between(-1.6, 1.6), between(-1.6, 1.6),
         between(lowest, 2.5), 360 * draw(), 360 * draw(), 360 * draw() >file
  printf "<inertial pos='0 0 0' mass='1' diaginertia='.01 .01 .01'/>" >file
  printf "<geom %s rgba='%.2f %.2f %.2f 1' contype='0' conaffinity='0'/></body>\n", shape, between(.2, .9),
         between(.2, .9), between(.2, .9) >file
}

function primitives(file, count,    i, k, shapes, sizes, size) {
  split("sphere capsule ellipsoid cylinder box", shapes, " ")
  split("1 2 3 2 3", sizes, " ")
  head(file, "")
  for (i = 0; i < count; i++) {
    size = sprintf("%.3f", between(.05, .16))
    for (k = 1; k < sizes[i % 5 + 1]; k++) size = size sprintf(" %.3f", between(.05, .16))
    body(file, .3, "type='" shapes[i % 5 + 1] "' size='" size "'")
  }
  foot(file)
}

# Writes a torus with bumps, which has 2 * around * across faces.
function torus(file, around, across, phase,    i, j, u, v, r, a, b, c, d) {
  for (i = 0; i < around; i++)
    for (j = 0; j < across; j++) {
      u = turn * i / around
      v = turn * j / across
      r = .1 + .015 * sin(7 * u + phase) * cos(5 * v)
      printf "v %.6f %.6f %.6f\n", (.25 + r * cos(v)) * cos(u), (.25 + r * cos(v)) * sin(u), r * sin(v) >file
    }
  for (i = 0; i < around; i++)
    for (j = 0; j < across; j++) {
      a = i * across + j + 1
      b = (i + 1) % around * across + j + 1
      c = (i + 1) % around * across + (j + 1) % across + 1
      d = i * across + (j + 1) % across + 1
      printf "f %d %d %d\nf %d %d %d\n", a, b, c, a, c, d >file
    }
  close(file)
}

function meshes(file, count,    i, assets) {
  for (i = 0; i < count; i++) {
    torus(folder "/torus" i ".obj", 100, 100, i)
    assets = assets "    <mesh name='torus" i "' file='torus" i ".obj'/>\n"
  }
  head(file, "  <asset>\n" assets "  </asset>\n")
  for (i = 0; i < count; i++) body(file, .4, "type='mesh' mesh='torus" i "'")
  foot(file)
}

BEGIN {
  turn = 2 * atan2(0, -1)
  state = 1
  for (warm = 0; warm < 10; warm++) draw() # a small seed makes the first draws small
  primitives(folder "/primitives.xml", 126) # the floor is the 127th
  meshes(folder "/meshes.xml", mesh_count ? mesh_count : 20)
}
