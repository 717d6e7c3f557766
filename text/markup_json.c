/* Layout as JSON: an array of {"bbox": ..., "category": ...}.
 *
 * The model's JSON need not be JSON: coordinates are tokens or numbers with leading zeros, the box
 * is a list or a string, and the end may be missing.  So objects are picked out one by one, and of
 * each only the two members that are asked for; what is broken costs its own object only. */
#include "text/markup_parts.h"

#include <string.h>

typedef struct scan {
    recto_markup *m;
    const char *p, *end;
    bool any; /* an entry was found */
} scan;

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n'))
        p++;
    return p;
}

/* Behind the string at p (a quote); NULL if it does not end. */
static const char *string_end(const char *p, const char *end)
{
    for (p++; p < end; p++) {
        if (*p == '"')
            return p + 1;
        p += *p == '\\' && p + 1 < end;
    }
    return NULL;
}

/* Behind the value at p: a string, a list, or anything else up to the next comma or brace; NULL if
 * it does not end. */
static const char *value_end(const char *p, const char *end)
{
    if (p < end && *p == '"')
        return string_end(p, end);
    int depth = 0;
    for (; p < end; p++) {
        if (depth == 0 && (*p == ',' || *p == '}'))
            return p;
        depth += *p == '[';
        if (*p == ']' && --depth <= 0)
            return p + 1;
    }
    return NULL;
}

static bool key_is(const char *p, const char *end, const char *a, const char *b, const char *c)
{
    const char *const names[] = {a, b, c};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(names[i]);
        if ((size_t)(end - p) == n && memcmp(p, names[i], n) == 0)
            return true;
    }
    return false;
}

static void add_entry(scan *s, recto_rect box, const char *name)
{
    recto_markup *m = s->m;
    recto_label label = recto_markup_label(name);
    recto_markup_region(m, box, name, "");
    recto_block *b = recto_markup_add(m, label);
    s->any = true;
    if (b == NULL)
        return;
    b->box = box;
    b->category = name;
    if (label == RECTO_LABEL_TITLE || label == RECTO_LABEL_SECTION_HEADER)
        b->level = label == RECTO_LABEL_TITLE ? 1 : 2;
    if (label != RECTO_LABEL_TABLE)
        return;
    b->table = recto_markup_room(m, m->keep, 1, sizeof *b->table);
    recto_cell *cell = recto_markup_room(m, m->keep, 1, sizeof *cell);
    if (m->nomem)
        return;
    *cell = (recto_cell){.row_span = 1, .col_span = 1, .box = box, .text = "", .conf = 1.0f};
    *b->table = (recto_table){.n_rows = 1, .n_cols = 1, .cells = cell, .n_cells = 1};
}

/* The members of the object whose "{" is before s->p. */
static void object(scan *s)
{
    recto_rect box = {0};
    const char *name = NULL;
    bool told = false; /* one of the two was there */
    for (;;) {
        s->p = skip_spaces(s->p, s->end);
        while (s->p < s->end && *s->p == ',')
            s->p = skip_spaces(s->p + 1, s->end);
        if (s->p == s->end || *s->p != '"')
            break;
        const char *key = s->p + 1;
        const char *key_end = string_end(s->p, s->end);
        const char *value = key_end == NULL ? NULL : skip_spaces(key_end, s->end);
        if (value == NULL || value == s->end || *value != ':')
            break;
        value = skip_spaces(value + 1, s->end);
        const char *behind = value_end(value, s->end);
        s->p = behind == NULL ? s->end : behind;
        if (behind == NULL)
            break;
        bool is_box = key_is(key, key_end - 1, "bbox", "bbox_2d", "box");
        bool is_name = key_is(key, key_end - 1, "category", "label", "type");
        told = told || is_box || is_name;
        if (is_box)
            box = recto_markup_coords(s->m, value, behind);
        else if (is_name && *value == '"')
            name = recto_markup_plain(s->m, value + 1, behind - 1, RECTO_MARKUP_NAME_MAX);
    }
    bool closed = s->p < s->end && *s->p == '}';
    if (closed && name != NULL && name[0] != '\0' && !recto_rect_is_empty(box))
        add_entry(s, box, name);
    else if (told || !closed)
        recto_markup_mend(s->m, RECTO_MARKUP_FIX_JSON);
}

bool recto_markup_json(recto_markup *m, const char *p, const char *end)
{
    scan s = {.m = m, .p = p, .end = end};
    int fixes[RECTO_MARKUP_FIX_COUNT];
    memcpy(fixes, m->fixes, sizeof fixes);
    while (s.p < end && !m->nomem && !m->full) {
        if (*s.p++ == '{')
            object(&s);
    }
    if (!s.any)
        memcpy(m->fixes, fixes, sizeof fixes); /* it was no layout */
    return s.any;
}
