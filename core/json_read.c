/* JSON reading over jansson.  A recto_json is a json_t; the name is only for the type checker. */
#include "core/json.h"

#include <jansson.h>

enum { JSON_DEPTH = 64 };

static const json_t *in(const recto_json *v)
{
    return (const json_t *)(const void *)v;
}

/* jansson wants mutable values for iteration and reference counts. */
static json_t *in_mutable(const recto_json *v)
{
    return (json_t *)(uintptr_t)v;
}

static const recto_json *out_of(const json_t *v)
{
    return (const recto_json *)(const void *)v;
}

/* Offset of the first bracket nested deeper than JSON_DEPTH, or len.  jansson's own limit is 2048
 * and it recurses. */
static size_t too_deep_at(const char *text, size_t len)
{
    int depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (quoted) {
            if (c == '\\')
                i++;
            else if (c == '"')
                quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JSON_DEPTH)
                return i;
        } else if (c == '}' || c == ']') {
            depth--;
        }
    }
    return len;
}

static recto_status bad(recto_error *err, const char *what, size_t offset)
{
    recto_error_set(err, RECTO_ERR_FORMAT, "JSON: %s at byte %zu", what, offset);
    if (err != NULL)
        err->offset = offset;
    return RECTO_ERR_FORMAT;
}

recto_status recto_json_parse(recto_json **out, const char *text, size_t len, recto_error *err)
{
    *out = NULL;
    size_t deep = too_deep_at(text, len);
    if (deep < len)
        return bad(err, "nested too deep", deep);
    json_error_t e;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (root == NULL) {
        /* jansson's own message quotes the text, so it is not used */
        size_t at = e.position < 0 ? 0 : (size_t)e.position;
        switch (json_error_code(&e)) {
        case json_error_out_of_memory:
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        case json_error_duplicate_key:
            return bad(err, "duplicate key", at);
        case json_error_invalid_utf8:
            return bad(err, "bad UTF-8", at);
        case json_error_premature_end_of_input:
            return bad(err, "ends too early", at);
        case json_error_end_of_input_expected:
            return bad(err, "bytes after the end", at);
        case json_error_numeric_overflow:
            return bad(err, "number out of range", at);
        default:
            return bad(err, "invalid syntax", at);
        }
    }
    *out = (recto_json *)(void *)root;
    return RECTO_OK;
}

void recto_json_free(recto_json *root)
{
    json_decref(in_mutable(root));
}

const recto_json *recto_json_lookup(const recto_json *object, const char *key)
{
    return object == NULL ? NULL : out_of(json_object_get(in(object), key));
}

const char *recto_json_text(const recto_json *object, const char *key, const char *fallback)
{
    return recto_json_as_text(recto_json_lookup(object, key), fallback);
}

double recto_json_number(const recto_json *object, const char *key, double fallback)
{
    return recto_json_as_number(recto_json_lookup(object, key), fallback);
}

int64_t recto_json_int(const recto_json *object, const char *key, int64_t fallback)
{
    return recto_json_as_int(recto_json_lookup(object, key), fallback);
}

bool recto_json_bool(const recto_json *object, const char *key, bool fallback)
{
    const json_t *v = in(recto_json_lookup(object, key));
    return v != NULL && json_is_boolean(v) ? json_is_true(v) : fallback;
}

size_t recto_json_count(const recto_json *array)
{
    return array == NULL ? 0 : json_array_size(in(array));
}

const recto_json *recto_json_at(const recto_json *array, size_t i)
{
    return array == NULL ? NULL : out_of(json_array_get(in(array), i));
}

bool recto_json_is_object(const recto_json *v)
{
    return v != NULL && json_is_object(in(v));
}

bool recto_json_is_array(const recto_json *v)
{
    return v != NULL && json_is_array(in(v));
}

bool recto_json_is_null(const recto_json *v)
{
    return v != NULL && json_is_null(in(v));
}

double recto_json_as_number(const recto_json *v, double fallback)
{
    return v != NULL && json_is_number(in(v)) ? json_number_value(in(v)) : fallback;
}

int64_t recto_json_as_int(const recto_json *v, int64_t fallback)
{
    return v != NULL && json_is_integer(in(v)) ? (int64_t)json_integer_value(in(v)) : fallback;
}

const char *recto_json_as_text(const recto_json *v, const char *fallback)
{
    return v != NULL && json_is_string(in(v)) ? json_string_value(in(v)) : fallback;
}

bool recto_json_each(const recto_json *object, void **iter, const char **key_out,
                     const recto_json **value_out)
{
    *key_out = NULL;
    *value_out = NULL;
    if (!recto_json_is_object(object))
        return false;
    json_t *o = in_mutable(object);
    *iter = *iter == NULL ? json_object_iter(o) : json_object_iter_next(o, *iter);
    if (*iter == NULL)
        return false;
    *key_out = json_object_iter_key(*iter);
    *value_out = out_of(json_object_iter_value(*iter));
    return true;
}
