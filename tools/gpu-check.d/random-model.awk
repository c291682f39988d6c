# Prints a random MJCF model, the same one for the same seed: awk -v seed=N -f random-model.awk
#
# The models reach every branch of the kernels; they do not look like robots. Each model has - two pairs of free bodies,
# in each pair one body above the other. There are seven pairs of shapes that may collide, and
#   any four seeds in a row cover all seven. The bodies also fall onto the plane, so the pairs with it are covered too;
# - an ellipsoid, which collides only with the plane;
# - an arm with a slide, hinges and a ball, of which some have limits, springs, damping or friction loss; two fixed
#   tendons; every kind of actuator.
# The lowest bits of the seed choose cone and integrator; everything else is drawn.

# Park and Miller's minimal standard generator. Its products are exact in double precision, which every awk uses.
function draw() {
  state = (16807 * state) % 2147483647
  return state / 2147483647
}
function between(low, high) { return low + (high - low) * draw() }
function below(n) { return int(n * draw()) }
function one_of(list,    items, n) {
  n = split(list, items, " ")
  return items[1 + below(n)]
}
# Returns the text with probability 1 / n, otherwise nothing.
function sometimes(n, text) { return below(n) == 0 ? text : "" }

function softness(reference, impedance,    text) {
  if (below(3) == 0) text = sprintf(" %s='%.3f %.2f'", reference, between(.02, .06), between(.7, 1.3))
  else if (below(3) == 0) text = sprintf(" %s='-%.0f -%.1f'", reference, between(300, 1500), between(15, 60))
  if (below(3) == 0)
    text = text sprintf(" %s='%.2f %.2f %.3f %.1f %d'", impedance, between(.6, .85), between(.9, .98),
                        between(.002, .02), between(.3, .7), 1 + below(3))
  return text
}

function surface() {
  return sprintf(" condim='%s' friction='%.2f %.3f %.4f'", one_of("1 3 3 4 6"), between(.2, 1.4), between(.005, .05),
                 between(.0005, .01)) sometimes(6, " margin='.01' gap='.002'") sometimes(6, " priority='1'") \
    sometimes(6, " solmix='2'") softness("solref", "solimp")
}

# The bits that decide which shapes collide: plane 1, sphere 2, capsule 4, box 8, cylinder 16. Two shapes share no bit
# if there is no narrow phase for their pair.
function mask(shape) {
  if (shape == "sphere") return "contype='2' conaffinity='31'"
  if (shape == "capsule") return "contype='4' conaffinity='13'"
  if (shape == "box") return "contype='8' conaffinity='9'"
  if (shape == "cylinder") return "contype='16' conaffinity='1'"
  return "contype='0' conaffinity='1'" # ellipsoid
}

function size(shape) {
  if (shape == "sphere") return sprintf("%.3f", between(.06, .1))
  if (shape == "capsule" || shape == "cylinder") return sprintf("%.3f %.3f", between(.04, .07), between(.05, .12))
  return sprintf("%.3f %.3f %.3f", between(.05, .1), between(.05, .12), between(.05, .1))
}

function geom(shape) {
  return sprintf("<geom type='%s' size='%s' euler='%.1f %.1f %.1f' density='%.0f' %s%s/>\n", shape, size(shape),
                 between(-90, 90), between(-90, 90), between(-90, 90), between(300, 2000), mask(shape), surface())
}

function free_body(shape, x, y, z) {
  printf "<body pos='%.3f %.3f %.3f'><freejoint/>%s</body>\n", x, y, z, geom(shape)
}

# Two bodies so close that they sometimes overlap a little. Most pairs touch within the first tenth of a second.
function pair_of(number, x,    shapes) {
  split(PAIRS[number % 7], shapes, " ")
  free_body(shapes[1], x, 0, between(.1, .16))
  free_body(shapes[2], x + between(-.04, .04), between(-.04, .04), between(.28, .36))
}

function joint(type, name, sign) {
  sign = type == "slide" ? .2 : 1
  printf "<joint type='%s' name='%s' axis='%.2f %.2f 1' damping='%.2f' armature='%.3f'%s%s%s%s%s", type, name,
    between(-2, 2), between(-2, 2), between(.05, 1), between(.03, .15),
    sometimes(2, sprintf(" limited='true' range='%.2f %.2f'", -sign * between(.1, 1), sign * between(.1, 1))),
    sometimes(3, sprintf(" stiffness='%.1f' springref='%.2f'", between(1, 40), between(-.2, .2))),
    sometimes(3, sprintf(" frictionloss='%.2f'", between(.05, 1))), sometimes(6, " margin='.01'"),
    sometimes(6, " actuatorfrclimited='true' actuatorfrcrange='-3 2'")
  print softness("solreflimit", "solimplimit") softness("solreffriction", "solimpfriction") "/>"
}

function ball() {
  printf "<joint type='ball' damping='%.2f' armature='.01'%s%s%s/>\n", between(.02, .3),
    sometimes(2, sprintf(" limited='true' range='0 %.2f'", between(.4, 1.5))),
    sometimes(2, sprintf(" stiffness='%.1f'", between(.5, 5))),
    sometimes(3, sprintf(" frictionloss='%.2f'", between(.02, .3)))
}

function arm(x) {
  printf "<body pos='%.2f 0 .9'>\n", x
  joint("slide", "rail"); print geom("capsule")
  print "<body pos='0 0 -.25'>"
  joint("hinge", "shoulder"); joint("hinge", "elbow"); print geom("box")
  print "<body pos='0 0 -.25'>"
  ball(); print geom("sphere")
  print "<body pos='0 0 -.2'>"
  joint("hinge", "wrist"); print geom("capsule")
  print "</body></body></body></body>"
}

function tendon(name, first, second) {
  printf "<fixed name='%s'%s%s%s%s%s><joint joint='%s' coef='%.2f'/><joint joint='%s' coef='%.2f'/></fixed>\n", name,
    sometimes(2, sprintf(" limited='true' range='%.2f %.2f'", -between(.05, .5), between(.05, .5))),
    softness("solreflimit", "solimplimit"),
    sometimes(2, sprintf(" stiffness='%.1f' springlength='-.05 .05'", between(1, 30))),
    sometimes(2, sprintf(" damping='%.2f'", between(.05, 1))),
    sometimes(3, sprintf(" frictionloss='%.2f'", between(.05, .5))), first, between(-1.5, 1.5), second, between(.3, 1.5)
}

function actuator(kind, target) {
  printf "<%s %s gear='%.2f'%s%s/>\n", kind, target, between(.5, 2),
    sometimes(2, " ctrllimited='true' ctrlrange='-.8 .7'"), sometimes(3, " forcelimited='true' forcerange='-4 5'")
}

function actuators() {
  actuator("motor", "joint='shoulder'")
  actuator(sprintf("position kp='%.1f' kv='%.2f'", between(5, 60), between(0, 1)), "joint='elbow'")
  actuator(sprintf("velocity kv='%.2f'", between(.1, 1.5)), "tendon='strap'")
  actuator(sprintf("general dyntype='%s'%s gainprm='%.1f' biastype='affine' biasprm='.2 -%.1f -%.2f'",
                   one_of("integrator filter filterexact"), sometimes(2, " actlimited='true' actrange='-.5 .6'"),
                   between(1, 10), between(1, 20), between(.1, 1)), "joint='wrist'")
  actuator(sprintf("general gaintype='affine' gainprm='%.1f .5 -.1'", between(1, 10)), "joint='rail'")
}

BEGIN {
  split("sphere sphere,sphere capsule,sphere cylinder,sphere box,capsule capsule,capsule box,box box", list, ",")
  for (i = 1; i <= 7; i++) PAIRS[i - 1] = list[i]
  state = 1 + (seed * 2654435 + 12345) % 2147483646
  for (i = 0; i < 8; i++) draw() # the first draws of neighbouring seeds are similar

  printf "<mujoco model='random %d'>\n", seed
  printf "<option timestep='%.4f' cone='%s' integrator='%s' impratio='%.1f'/>\n", between(.002, .005),
    seed % 2 ? "elliptic" : "pyramidal", int(seed / 2) % 2 ? "implicitfast" : "Euler", one_of("1 1 2.5 5")
  print "<worldbody>"
  printf "<geom type='plane' size='0 0 1' euler='%.1f %.1f 0' contype='1' conaffinity='0'%s/>\n", between(-6, 6),
    between(-6, 6), surface()
  pair_of(2 * seed, 0)
  pair_of(2 * seed + 1, .6)
  free_body("ellipsoid", 0, .6, between(.15, .3))
  arm(-.6)
  print "</worldbody>\n<tendon>"
  tendon("strap", "shoulder", "elbow")
  tendon("belt", "rail", "wrist")
  print "</tendon>\n<actuator>"
  actuators()
  print "</actuator>\n</mujoco>"
}
