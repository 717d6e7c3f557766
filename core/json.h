/* JSON in two halves: a small read-only view of parsed values (jansson underneath) for configs and
 * weight headers, and a streaming writer that never holds a document in memory. */
#ifndef RECTO_CORE_JSON_H
#define RECTO_CORE_JSON_H

#include "core/buf.h"

/* --- reading ------------------------------------------------------------------------------------
 */

typedef struct recto_json recto_json; /* a parsed value; children are borrowed from the root */

/** Parse len bytes (UTF-8; duplicate keys, depth over 64 and trailing bytes are errors).  Free the
 * root with recto_json_free.  Errors: FORMAT with the byte offset, NOMEM. */
RECTO_MUST_CHECK recto_status recto_json_parse(recto_json **out, const char *text, size_t len,
                                               recto_error *err);
void recto_json_free(recto_json *root);
/* Lookups: NULL / the fallback when the key is absent, the value is NULL or of another type. */
const recto_json *recto_json_lookup(const recto_json *object, const char *key);
const char *recto_json_text(const recto_json *object, const char *key, const char *fallback);
double recto_json_number(const recto_json *object, const char *key, double fallback);
int64_t recto_json_int(const recto_json *object, const char *key, int64_t fallback);
bool recto_json_bool(const recto_json *object, const char *key, bool fallback);
size_t recto_json_count(const recto_json *array);                   /* 0 if no array */
const recto_json *recto_json_at(const recto_json *array, size_t i); /* NULL if not there */
bool recto_json_is_object(const recto_json *v);
bool recto_json_is_array(const recto_json *v);
bool recto_json_is_null(const recto_json *v); /* the value null; false if v is NULL */
double recto_json_as_number(const recto_json *v, double fallback);
int64_t recto_json_as_int(const recto_json *v, int64_t fallback);
const char *recto_json_as_text(const recto_json *v, const char *fallback);
/** Walk an object's members in file order: start with *iter = NULL; false at the end. */
bool recto_json_each(const recto_json *object, void **iter, const char **key_out,
                     const recto_json **value_out);

/* --- writing ------------------------------------------------------------------------------------
 */

/* Writes into a buf that the caller may flush and clear between calls.  Commas and indentation are
 * the writer's job.  pretty = two-space indent with objects and arrays opened by *_inline kept on
 * one line. */
typedef struct recto_json_out {
    recto_buf *buf;
    bool pretty;
    int depth;
    int inline_depth; /* > 0: inside a value kept on one line */
    bool first;       /* no comma before the next value */
    bool after_key;
} recto_json_out;

recto_json_out recto_json_out_over(recto_buf *buf, bool pretty);
void recto_json_out_begin_object(recto_json_out *j);
void recto_json_out_end_object(recto_json_out *j);
void recto_json_out_begin_array(recto_json_out *j);
void recto_json_out_end_array(recto_json_out *j);
/** From here to the matching end everything stays on one line; the next begin_* is the inline one.
 */
void recto_json_out_begin_inline_object(recto_json_out *j);
void recto_json_out_begin_inline_array(recto_json_out *j);
void recto_json_out_key(recto_json_out *j, const char *key);
void recto_json_out_text(recto_json_out *j, const char *utf8); /* NULL writes null */
void recto_json_out_int(recto_json_out *j, int64_t v);
/** Fixed number of decimals (0..6), trailing zeros dropped; NaN and infinities write null. */
void recto_json_out_real(recto_json_out *j, double v, int decimals);
void recto_json_out_bool(recto_json_out *j, bool v);
void recto_json_out_null(recto_json_out *j);
/* A key and its value. */
void recto_json_put_text(recto_json_out *j, const char *key, const char *utf8);
void recto_json_put_int(recto_json_out *j, const char *key, int64_t v);
void recto_json_put_real(recto_json_out *j, const char *key, double v, int decimals);
void recto_json_put_bool(recto_json_out *j, const char *key, bool v);

#endif
