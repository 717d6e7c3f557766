/* The blocks of a JSON output.  A document may have thousands of pages, so the file is cut into its
 * pages by counting brackets, and only a page at a time becomes a tree. */
#include "pipeline/find_parts.h"

#include "core/json.h"

#include <stdio.h>
#include <string.h>

typedef struct scanner {
    const char *at, *end;
} scanner;

/* Step over a string; at stands on its quotation mark. */
static void skip_string(scanner *s)
{
    for (s->at++; s->at < s->end && *s->at != '"'; s->at++)
        s->at += *s->at == '\\' && s->end - s->at > 1;
    s->at += s->at < s->end;
}

/* Step over an object or array; false if it has no end. */
static bool skip_value(scanner *s)
{
    int depth = 0;
    while (s->at < s->end) {
        char c = *s->at;
        if (c == '"') {
            skip_string(s);
            continue;
        }
        s->at++;
        if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return true;
    }
    return false;
}

static void skip_space(scanner *s)
{
    while (s->at < s->end && strchr(" \t\r\n", *s->at) != NULL && *s->at != '\0')
        s->at++;
}

static bool take(scanner *s, char c)
{
    skip_space(s);
    if (s->at >= s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

/* To the first item of the array "pages" of the outermost object. */
static bool find_list(scanner *s)
{
    static const char key[] = "\"pages\"";
    if (!take(s, '{'))
        return false;
    while (s->at < s->end) {
        char c = *s->at;
        if (c == '{' || c == '[') {
            if (!skip_value(s))
                return false;
        } else if (c == '"') {
            const char *from = s->at;
            skip_string(s);
            if ((size_t)(s->at - from) == strlen(key) && memcmp(from, key, strlen(key)) == 0 &&
                take(s, ':'))
                return take(s, '[');
        } else {
            s->at++;
        }
    }
    return false;
}

/* --- blocks ---------------------------------------------------------------------------------- */

/* "l t r b" into out; NULL if the block has no such box. */
static const char *box_text(char out[96], const recto_json *block, const char *key)
{
    static const char *const sides[4] = {"l", "t", "r", "b"};
    const recto_json *box = recto_json_lookup(block, key);
    int n = 0;
    if (!recto_json_is_object(box))
        return NULL;
    for (int i = 0; i < 4; i++) {
        double v = recto_json_number(box, sides[i], 1e30);
        if (!(v > -1e9 && v < 1e9))
            return NULL;
        n += snprintf(out + n, 96 - (size_t)n, "%s%.2f", i > 0 ? " " : "", v);
    }
    return out;
}

static void add_text(recto_buf *out, const char *text)
{
    if (text[0] != '\0' && out->len > 0)
        recto_buf_text(out, " | ");
    recto_buf_text(out, text);
}

/* A table's text is in its cells, what a form was filled in with in its fields. */
static void add_cells(recto_buf *out, const recto_json *block)
{
    const recto_json *cells = recto_json_lookup(recto_json_lookup(block, "table"), "cells");
    for (size_t i = 0; i < recto_json_count(cells); i++)
        add_text(out, recto_json_text(recto_json_at(cells, i), "text", ""));
    add_text(out, recto_json_text(recto_json_lookup(block, "field"), "value", ""));
}

typedef recto_status each_fn(void *user, const find_block *block, recto_error *err);

static recto_status page_blocks(const char *json, size_t len, recto_buf *cells, each_fn *each,
                                void *user, recto_error *err)
{
    recto_json *page = NULL;
    recto_status status = recto_json_parse(&page, json, len, err);
    if (status != RECTO_OK)
        return status;
    const recto_json *blocks = recto_json_lookup(page, "blocks");
    int64_t number = recto_json_int(page, "page_no", 0);
    if (number < 1 || number > INT32_MAX)
        status = recto_error_set(err, RECTO_ERR_FORMAT, "a page without a number");
    for (size_t i = 0; status == RECTO_OK && i < recto_json_count(blocks); i++) {
        char px[96];
        char pt[96];
        const recto_json *b = recto_json_at(blocks, i);
        recto_buf_clear(cells);
        recto_buf_text(cells, recto_json_text(b, "text", ""));
        add_cells(cells, b);
        status = recto_buf_status(cells, err);
        const find_block block = {.page = (int)number,
                                  .label = recto_json_text(b, "label", ""),
                                  .text = recto_buf_cstr(cells),
                                  .px = box_text(px, b, "bbox"),
                                  .pt = box_text(pt, b, "bbox_pt")};
        if (status == RECTO_OK && cells->len > 0)
            status = each(user, &block, err);
    }
    recto_json_free(page);
    return status;
}

recto_status recto_find_pages(const char *json, size_t len, each_fn *each, void *user,
                              recto_error *err)
{
    scanner s = {json, json + len};
    recto_buf cells = RECTO_BUF_INIT;
    recto_status status = RECTO_OK;
    bool sound = find_list(&s);
    skip_space(&s);
    while (sound && status == RECTO_OK && s.at < s.end && *s.at == '{') {
        const char *from = s.at;
        sound = skip_value(&s);
        if (sound)
            status = page_blocks(from, (size_t)(s.at - from), &cells, each, user, err);
        if (take(&s, ','))
            skip_space(&s);
    }
    recto_buf_free(&cells);
    if (status == RECTO_OK && (!sound || !take(&s, ']')))
        return recto_error_set(err, RECTO_ERR_FORMAT, "it is no JSON output of Recto");
    return status;
}
