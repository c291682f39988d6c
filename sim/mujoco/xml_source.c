#include "sim/mujoco/xml_source.h"

#include <errno.h>
#include <expat.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/grow.h"
#include "sim/mujoco/regular_file.h"

enum {
  MOST_BYTES = 1 << 28, /* of one file: more is no model */
  MOST_FILES = 1000,
  MOST_DEPTH = 64, /* of elements, and of files that include each other */
};

/* ------------------------------------------------------------------------------------------------ memory */
struct xml_block {
  xml_block *next;
};

/* Memory of the tree, aligned for pointers and zero-filled. NULL: memory is out. */
static void *take(xml_source *source, size_t bytes) {
  xml_block *block = calloc(1, sizeof *block + bytes + 1);
  if (!block) return NULL;
  block->next = source->blocks;
  source->blocks = block;
  return block + 1;
}

static const char *take_text(xml_source *source, const char *text) {
  size_t length = strlen(text);
  char *copy = take(source, length);
  return copy ? memcpy(copy, text, length + 1) : NULL;
}

void xml_source_free(xml_source *source) {
  if (!source) return;
  for (xml_block *block = source->blocks, *next; block; block = next) {
    next = block->next;
    free(block);
  }
  free(source->files);
  free(source->elements);
  free(source);
}

/* ------------------------------------------------------------------------------------------------ one file */
/* A file while expat reads it. */
typedef struct reading {
  xml_source *source;
  XML_Parser parser;
  const char *text; /* of the file */
  size_t length;
  int file, depth;
  int parents[MOST_DEPTH + 1]; /* the open elements; parents[0] stands above the file's root */
  bool spliced;                /* the root itself is left out: its children take the place of an <include> */
  bool failed;                 /* memory is out, or the tree is too deep */
} reading;

static void read_document(xml_source *source, const char *path, int parent, bool spliced, int level);

const xml_attribute *xml_find(const xml_element *element, const char *name) {
  for (int i = 0; i < element->attribute_count; i++)
    if (!strcmp(element->attributes[i].name, name)) return &element->attributes[i];
  return NULL;
}

bool xml_root_is(const xml_source *source, const char *tag) {
  return source->count > 0 && !strcasecmp(source->elements[0].tag, tag);
}

/* Puts the attribute to the place where its name stands in the start tag. */
static void place_attribute(const reading *r, size_t *at, xml_attribute *attribute, int *line, int *column) {
  size_t length = strlen(attribute->name);
  char quote = 0;
  for (; *at < r->length && (quote || r->text[*at] != '>'); ++*at) {
    const char *here = r->text + *at;
    if (quote ? *here == quote : *here == '"' || *here == '\'') quote = quote ? 0 : *here;
    bool found = !quote && strchr(" \t\r\n", here[-1]) && *at + length < r->length &&
                 !strncmp(here, attribute->name, length) && strchr("= \t\r\n", here[length]);
    if (found) break;
    ++*column;
    if (*here == '\n') ++*line, *column = 1;
  }
  attribute->line = *line;
  attribute->column = *column;
}

/* Expat keeps the attributes in the order of the file. */
static void read_attributes(reading *r, const char **given, xml_element *element) {
  int count = 0;
  while (given[2 * count]) count++;
  xml_attribute *attributes = take(r->source, (size_t)count * sizeof *attributes);
  if (!attributes) r->failed = true;
  int line = element->line, column = element->column + 1;
  size_t at = (size_t)XML_GetCurrentByteIndex(r->parser) + 1;
  for (int i = 0; i < count && !r->failed; i++) {
    attributes[i].name = take_text(r->source, given[2 * i]);
    attributes[i].value = take_text(r->source, given[2 * i + 1]);
    r->failed = !attributes[i].name || !attributes[i].value;
    if (!r->failed) place_attribute(r, &at, &attributes[i], &line, &column);
  }
  element->attributes = attributes;
  element->attribute_count = r->failed ? 0 : count;
}

static void on_start(void *context, const char *tag, const char **attributes) {
  reading *r = context;
  bool left_out = r->spliced && r->depth == 0;
  if (r->depth == MOST_DEPTH) r->failed = true;
  if (r->failed) return;
  int parent = r->parents[r->depth++];
  r->parents[r->depth] = parent;
  if (left_out) return;
  xml_source *s = r->source;
  xml_element *elements = myr_grow(s->elements, s->count, &s->capacity, sizeof *elements);
  if (!elements) {
    r->failed = true;
    return;
  }
  s->elements = elements;
  int number = s->count++;
  xml_element *element = &elements[number];
  *element = (xml_element){.tag = take_text(s, tag),
                           .file = r->file,
                           .line = (int)XML_GetCurrentLineNumber(r->parser),
                           .column = (int)XML_GetCurrentColumnNumber(r->parser) + 1,
                           .parent = parent};
  r->failed = !element->tag;
  read_attributes(r, attributes, element);
  r->parents[r->depth] = number;
}

static void on_end(void *context, const char *tag) {
  (void)tag;
  reading *r = context;
  if (r->depth > 0) r->depth--;
}

/* MuJoCo's reader takes everything in a comment, which expat does not: two dashes, and bytes that are no UTF-8. */
static void blank_comments(char *text) {
  for (char *start = text; (start = strstr(start, "<!--"));) {
    char *end = strstr(start + 4, "-->");
    if (!end) return;
    for (char *c = start + 4; c < end; c++)
      if (*c != '\n' && *c != '\r') *c = ' ';
    start = end;
  }
}

static void note_break(xml_source *source, int file, int line, int column, const char *reason) {
  if (!source->complete) return;
  source->complete = false;
  source->broken = (finding_place){source->files[file], line, column};
  source->reason = reason ? reason : "memory is out";
}

static void parse(reading *r, char *text) {
  blank_comments(text);
  r->parser = XML_ParserCreate(NULL);
  if (!r->parser) {
    note_break(r->source, r->file, 0, 0, NULL);
    return;
  }
  XML_SetUserData(r->parser, r);
  XML_SetElementHandler(r->parser, on_start, on_end);
  enum XML_Status status = XML_Parse(r->parser, text, (int)r->length, XML_TRUE);
  if (status != XML_STATUS_OK)
    note_break(r->source, r->file, (int)XML_GetCurrentLineNumber(r->parser),
               (int)XML_GetCurrentColumnNumber(r->parser) + 1,
               take_text(r->source, XML_ErrorString(XML_GetErrorCode(r->parser))));
  else if (r->failed)
    note_break(r->source, r->file, 0, 0, "its elements are nested too deep, or memory is out");
  XML_ParserFree(r->parser);
}

/* The file's text with a zero behind it, which the caller frees; NULL after a note. */
static char *read_text(xml_source *source, int file, size_t *length) {
  errno = 0;
  FILE *stream = asset_file_open(source->files[file]);
  if (!stream) {
    note_break(source, file, 0, 0, errno ? take_text(source, strerror(errno)) : "it is not a regular file");
    return NULL;
  }
  char *text = NULL;
  *length = 0;
  for (size_t room = 1 << 16; room <= MOST_BYTES; room *= 4) {
    char *more = realloc(text, room + 1);
    if (!more) break;
    text = more;
    *length += fread(text + *length, 1, room - *length, stream);
    if (*length < room) break;
  }
  fclose(stream);
  if (text) text[*length] = 0;
  if (!text || *length >= MOST_BYTES) {
    note_break(source, file, 0, 0, "it is too large for a model");
    free(text);
    return NULL;
  }
  return text;
}

/* The number of the path among the files; -1 where memory is out or there are too many. */
static int add_file(xml_source *source, const char *path) {
  const char **files = source->file_count < MOST_FILES
                           ? myr_grow(source->files, source->file_count, &source->file_capacity, sizeof *files)
                           : NULL;
  if (!files) return -1;
  source->files = files;
  files[source->file_count] = path;
  return source->file_count++;
}

/* ------------------------------------------------------------------------------------------------ other files */
/* "folder of the path" + file, or the file itself where its path is absolute. */
static const char *beside(xml_source *source, const char *path, const char *file) {
  const char *slash = strrchr(path, '/');
  size_t folder = file[0] == '/' || !slash ? 0 : (size_t)(slash - path) + 1;
  size_t length = strlen(file);
  char *joined = take(source, folder + length);
  if (!joined) return NULL;
  memcpy(joined, path, folder);
  memcpy(joined + folder, file, length + 1);
  return joined;
}

static bool is_file(const char *path) {
  struct stat about;
  return stat(path, &about) == 0;
}

/* MuJoCo looks for an included file beside the model, and then beside the file that includes it. */
static const char *included_path(xml_source *source, int from, const char *file) {
  const char *path = beside(source, source->files[0], file);
  if (path && !is_file(path)) path = beside(source, source->files[from], file);
  return path;
}

/* Puts the elements behind number `first` that were read last before all that follow it: in the place of an <include>,
 * whose siblings they are. */
static void move_behind(xml_source *source, int first, int added) {
  int count = source->count - added, tail = count - first - 1;
  if (tail <= 0 || added <= 0) return;
  xml_element *copy = malloc((size_t)tail * sizeof *copy);
  if (!copy) return; /* they stay at the end, which only changes the order of messages */
  memcpy(copy, source->elements + first + 1, (size_t)tail * sizeof *copy);
  memmove(source->elements + first + 1, source->elements + count, (size_t)added * sizeof *copy);
  memcpy(source->elements + first + 1 + added, copy, (size_t)tail * sizeof *copy);
  free(copy);
  for (int i = first + 1; i < source->count; i++) {
    int *parent = &source->elements[i].parent;
    if (*parent >= count)
      *parent -= tail;
    else if (*parent > first)
      *parent += added;
  }
}

/* Reads the files that the elements from number `first` on name: <include file>, and <model file>, whose root becomes a
 * child of the <model>. */
static void read_named_files(xml_source *source, int first, int level) {
  for (int i = first; i < source->count; i++) {
    xml_element element = source->elements[i];
    bool include = !strcasecmp(element.tag, "include"), model = !strcmp(element.tag, "model");
    const xml_attribute *file = include || model ? xml_find(&element, "file") : NULL;
    if (!file) continue;
    int before = source->count;
    const char *path = included_path(source, element.file, file->value);
    if (path) read_document(source, path, include ? element.parent : i, include, level + 1);
    if (include) move_behind(source, i, source->count - before);
  }
}

static void read_document(xml_source *source, const char *path, int parent, bool spliced, int level) {
  for (int i = 0; i < source->file_count; i++)
    if (!strcmp(source->files[i], path)) return; /* MuJoCo refuses a file that is included twice */
  int file = level < MOST_DEPTH ? add_file(source, path) : -1, first = source->count;
  reading r = {.source = source, .file = file, .spliced = spliced, .parents = {parent}};
  char *text = file < 0 ? NULL : read_text(source, file, &r.length);
  if (!text) return;
  r.text = text;
  parse(&r, text);
  free(text);
  read_named_files(source, first, level);
}

xml_source *xml_source_read(const char *path) {
  xml_source *source = calloc(1, sizeof *source);
  if (!source) return NULL;
  source->complete = true;
  const char *copy = take_text(source, path);
  if (copy) read_document(source, copy, -1, false, 0);
  if (source->file_count) return source;
  xml_source_free(source);
  return NULL;
}
