/* Floor 1, public: the kinds of elements that a model is made of (elements.def). */
#ifndef MYR_ELEMENTS_H
#define MYR_ELEMENTS_H

#ifdef __cplusplus
extern "C" {
#endif

/* MYR_ELEMENT_body, and so on, in the order of elements.def. */
enum myr_element {
#define ELEMENT_ONE(name, doc) MYR_ELEMENT_##name,
#define ELEMENT(name, size, doc) MYR_ELEMENT_##name,
#include "kernels/elements.def"
  MYR_ELEMENT_COUNT
};
extern const char *const myr_element_names[MYR_ELEMENT_COUNT];

#ifdef __cplusplus
}
#endif
#endif
