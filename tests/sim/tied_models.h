/* Models that live by equalities of bodies. */
#ifndef MYR_TESTS_TIED_MODELS_H
#define MYR_TESTS_TIED_MODELS_H

/* A four-bar linkage: a loop that a connect closes. A second connect holds the rocker to a point that it leaves, which
 * contradicts the first where it acts. */
#define FOUR_BAR(second_connect)                                                                                      \
  "<mujoco><option timestep='.002'/><default><geom type='capsule' size='.02' contype='0' conaffinity='0'/></default>" \
  "<worldbody><body name='crank' pos='0 0 1'><joint name='drive' axis='0 1 0' damping='.1'/>"                         \
  "<geom fromto='0 0 0 0 0 .2'/><body name='coupler' pos='0 0 .2'><joint axis='0 1 0'/>"                              \
  "<geom fromto='0 0 0 .5 0 .1'/><site name='s'/></body></body>"                                                      \
  "<body name='rocker' pos='.5 0 .9'><joint axis='0 1 0'/><geom fromto='0 0 0 0 0 .4'/></body></worldbody>"           \
  "<equality><connect body1='coupler' body2='rocker' anchor='.5 0 .1'/>" second_connect                               \
  "</equality><sensor><force site='s'/><torque site='s'/></sensor>"                                                   \
  "<actuator><motor joint='drive' gear='.3' ctrllimited='true' ctrlrange='-1 1'/></actuator></mujoco>"

/* A gripper that a weld pulls after a mocap body, and a ball on a table between its fingers. */
#define MOCAP_GRIPPER                                                                                                \
  "<mujoco><option timestep='.002' impratio='10' cone='elliptic'/><worldbody>"                                       \
  "<geom type='plane' size='0 0 1'/><body name='ball' pos='0 0 .03'><freejoint/><geom size='.03' mass='.1'/></body>" \
  "<body name='target' mocap='true' pos='0 0 .12' quat='0 1 0 0'/>"                                                  \
  "<body name='palm' pos='0 0 .12' quat='0 1 0 0'><freejoint/>"                                                      \
  "<geom type='capsule' size='.02' fromto='0 -.05 0 0 .05 0' mass='.5'/>"                                            \
  "<body name='left' pos='0 .05 .02'><joint name='left' type='slide' axis='0 -1 0' range='0 .04' damping='5'/>"      \
  "<geom type='capsule' size='.01' fromto='0 0 0 0 0 .08' mass='.05'/></body>"                                       \
  "<body name='right' pos='0 -.05 .02'><joint name='right' type='slide' axis='0 1 0' range='0 .04' damping='5'/>"    \
  "<geom type='capsule' size='.01' fromto='0 0 0 0 0 .08' mass='.05'/></body></body></worldbody>"                    \
  "<equality><weld body1='target' body2='palm' solref='.02 1' torquescale='.5'/>"                                    \
  "<joint joint1='left' joint2='right'/></equality>"                                                                 \
  "<actuator><position joint='right' kp='200' ctrllimited='true' ctrlrange='0 .04'/></actuator></mujoco>"

#endif
