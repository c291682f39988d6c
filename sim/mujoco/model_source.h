/* A compiled model's way back into its files: where each of its elements stands. */
#ifndef MYR_MUJOCO_MODEL_SOURCE_H
#define MYR_MUJOCO_MODEL_SOURCE_H

#include "sim/child/message.h"
#include "sim/mujoco/mesh_file.h"
#include "sim/mujoco/version.h"
#include "sim/mujoco/xml_source.h"

/* What MuJoCo's parser knew of an element of the compiled model. */
typedef struct parsed_element {
  int id;                  /* in the model */
  int line;                /* 0: unknown */
  const char *name, *body; /* "": none */
} parsed_element;

typedef struct model_source {
  xml_source *xml;                   /* NULL: memory was out */
  mjSpec *spec;                      /* where the file was compiled: as MuJoCo parsed it; NULL: it did not parse */
  parsed_element *parsed[mjNOBJECT]; /* elsewhere: the elements of each kind, in the order of the parser */
  int parsed_count[mjNOBJECT];
  mesh_file *mesh_files;  /* (nmesh) of the mesh files; NULL: unknown */
  int *places[mjNOBJECT]; /* of each element of a kind its number in xml, -1: unknown; made when first asked for */
  char *memory;           /* of all texts that came with a message */
} model_source;

void model_source_free(model_source *source);

/* From the process that compiled the model (NULL: it did not compile) to the one that uses it. false: the message is
 * damaged, or memory is out. The texts stay in the message's memory, which the caller gives to source->memory. */
void model_source_put(const model_source *source, const mjModel *m, message *to);
bool model_source_take(message *from, const mjModel *m, model_source *source);

/* The XML of an element of the compiled model; NULL where it is not known, such as for what <composite> or a plugin
 * makes. Elements that <replicate> or <attach> multiply have one place. */
const xml_element *model_source_element(model_source *source, const mjModel *m, int object, int id);

/* Its place, or the attribute's where the element states it (attribute may be NULL); else the file as a whole. */
finding_place model_source_place(model_source *source, const mjModel *m, int object, int id, const char *attribute);

enum { ELEMENT_NAME_BYTES = 400 };
/* `"knee"`, `of body "leg"` for a nameless one, or "": ready to stand behind the element's kind. */
const char *element_name(const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]);
/* The same for messages without a place: a nameless element is `at robot.xml:12`. */
const char *element_label(model_source *source, const mjModel *m, int object, int id, char text[ELEMENT_NAME_BYTES]);

#endif
