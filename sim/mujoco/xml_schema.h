/* MuJoCo's own list of the elements and attributes of MJCF, as the library prints it. */
#ifndef MYR_MUJOCO_XML_SCHEMA_H
#define MYR_MUJOCO_XML_SCHEMA_H

#include "sim/mujoco/xml_source.h"

/* Adds a fault for every element and attribute of an MJCF model that MuJoCo does not know, because MuJoCo itself stops at
 * the first. Returns their number. */
int xml_schema_check(const xml_source *source, myr_findings *findings);

#endif
