/* Models that live by equalities of bodies. */
#ifndef MYR_TESTS_TIED_MODELS_H
#define MYR_TESTS_TIED_MODELS_H

/* A four-bar linkage: a loop that a connect closes. A second connect holds the rocker to a point that it leaves, which
 * contradicts the first where it acts. */
#define FOUR_BAR(second_connect)                                                                                      \
  "<mujoco><option timestep='.002'/><default><geom type='capsule' size='.02' contype='0' conaffinity='0'/></default>" \
  "<worldbody><body name='crank' pos='0 0 1'><joint name='drive' axis='0 1 0' damping='.1'/>"                         \
  "<geom fromto='0 0 0 0 0 .2'/><body name='coupler' pos='0 0 .2'><joint axis='0 1 0'/>"                              \
  "<geom fromto='0 0 0 .5 0 .1'/></body></body>"                                                                      \
  "<body name='rocker' pos='.5 0 .9'><joint axis='0 1 0'/><geom fromto='0 0 0 0 0 .4'/></body></worldbody>"           \
  "<equality><connect body1='coupler' body2='rocker' anchor='.5 0 .1'/>" second_connect "</equality>"                 \
  "<actuator><motor joint='drive' gear='.3' ctrllimited='true' ctrlrange='-1 1'/></actuator></mujoco>"

#endif
