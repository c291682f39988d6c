/* The lines of supported.def that judge the XML itself. */
#ifndef MYR_MUJOCO_SUPPORTED_XML_H
#define MYR_MUJOCO_SUPPORTED_XML_H

#include "sim/mujoco/xml_source.h"

enum verdict { REFUSED, UNDRAWABLE, NOT_DRAWN, NOT_RECORDED, NOT_USED, USED };

static inline enum myr_severity verdict_severity(enum verdict verdict) {
  if (verdict == REFUSED) return MYR_FAULT;
  return verdict == NOT_DRAWN || verdict == UNDRAWABLE ? MYR_LOOK_NOTICE : MYR_NOTICE;
}
static inline const char *verdict_verb(enum verdict verdict) {
  static const char *const verbs[] = {"simulated", "drawn", "drawn", "recorded", "used", "used"};
  return verbs[verdict];
}

/* Adds a notice for every kind of element and attribute that is not used, with its first place and their number. */
void supported_check_xml(const xml_source *source, myr_findings *findings);

/* The last element of that tag that states the attribute (NULL: any), which is the one that counts in MJCF. */
finding_place supported_xml_place(const xml_source *source, const char *tag, const char *attribute);

#endif
