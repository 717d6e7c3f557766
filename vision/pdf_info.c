/* Metadata and bookmarks of a PDF. */
#include "vision/pdf_info.h"

#include "core/utf8.h"
#include "vision/pdf_depth.h"

#include <ctype.h>
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <stdio.h>
#include <string.h>

enum { MAX_TEXT = 4096, MAX_BOOKMARKS = 20000, MAX_LEVEL = 32, ZONE_SIZE = 24 };

/* Two digits in range at *p, stepping over them; `otherwise` if the text ends here, -1 if bad. */
static int two_digits(const char **p, int low, int high, int otherwise)
{
    const char *s = *p;
    if (!isdigit((unsigned char)s[0]))
        return otherwise;
    if (!isdigit((unsigned char)s[1]))
        return -1;
    int v = (s[0] - '0') * 10 + (s[1] - '0');
    *p += 2;
    return v >= low && v <= high ? v : -1;
}

/* The zone after the time as "Z", "+01:00" or "" (none given, or not understood). */
static void read_zone(char out[ZONE_SIZE], const char *p)
{
    out[0] = '\0';
    if (*p == 'Z') {
        strcpy(out, "Z");
        return;
    }
    if (*p != '+' && *p != '-')
        return;
    char sign = *p++;
    int hour = two_digits(&p, 0, 23, -1);
    p += *p == '\'' || *p == ':';
    int minute = two_digits(&p, 0, 59, 0);
    if (hour >= 0 && minute >= 0)
        snprintf(out, ZONE_SIZE, "%c%02d:%02d", sign, hour, minute);
}

/* ISO 8601 from a PDF date ("D:20240131120000+01'00'"), NULL if it is none or out of memory. */
static const char *iso_date(recto_arena *keep, const char *text)
{
    const char *p = text;
    if (strncmp(p, "D:", 2) == 0)
        p += 2;
    for (int i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)p[i]))
            return NULL;
    }
    int year = (p[0] - '0') * 1000 + (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    p += 4;
    bool month_given = isdigit((unsigned char)p[0]) != 0;
    int month = two_digits(&p, 1, 12, 1);
    bool day_given = isdigit((unsigned char)p[0]) != 0;
    int day = two_digits(&p, 1, 31, 1);
    bool time_given = isdigit((unsigned char)p[0]) != 0;
    int hour = two_digits(&p, 0, 23, 0);
    int minute = two_digits(&p, 0, 59, 0);
    int second = two_digits(&p, 0, 59, 0);
    if (year == 0 || month < 0 || day < 0)
        return NULL;
    char zone[ZONE_SIZE];
    read_zone(zone, p);
    char out[48];
    int n;
    if (!month_given)
        n = snprintf(out, sizeof out, "%04d", year);
    else if (!day_given)
        n = snprintf(out, sizeof out, "%04d-%02d", year, month);
    else if (!time_given || hour < 0 || minute < 0 || second < 0)
        n = snprintf(out, sizeof out, "%04d-%02d-%02d", year, month, day);
    else
        n = snprintf(out, sizeof out, "%04d-%02d-%02dT%02d:%02d:%02d%s", year, month, day, hour,
                     minute, second, zone);
    return n > 0 ? recto_arena_text(keep, out, (size_t)n) : NULL;
}

/* Take the last, maybe incomplete, character off. */
static void cut_character(char *text)
{
    size_t n = strlen(text);
    while (n > 0 && ((unsigned char)text[n - 1] & 0xC0) == 0x80)
        n--;
    text[n > 0 ? n - 1 : 0] = '\0';
}

/* One entry of the Info dictionary; false if it is absent or unreadable. */
static bool lookup(char *buf, size_t size, fz_context *ctx, pdf_document *doc, const char *key)
{
    bool found = false;
    fz_var(found);
    fz_try(ctx)
    {
        found = fz_lookup_metadata(ctx, &doc->super, key, buf, (int)size) > 0;
    }
    fz_catch(ctx)
    {
        return false;
    }
    if (found && strlen(buf) == size - 1) /* cut off: not in the middle of a character */
        cut_character(buf);
    return found && buf[0] != '\0';
}

static recto_status read_texts(recto_source_meta *out, fz_context *ctx, pdf_document *doc,
                               recto_arena *keep)
{
    const struct {
        const char *key;
        const char **field;
    } texts[] = {
        {FZ_META_INFO_TITLE, &out->title},     {FZ_META_INFO_AUTHOR, &out->author},
        {FZ_META_INFO_SUBJECT, &out->subject}, {FZ_META_INFO_KEYWORDS, &out->keywords},
        {FZ_META_INFO_CREATOR, &out->creator}, {FZ_META_INFO_PRODUCER, &out->producer},
    };
    char buf[MAX_TEXT];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!lookup(buf, sizeof buf, ctx, doc, texts[i].key))
            continue;
        const char *clean = recto_utf8_clean(keep, buf, strlen(buf));
        if (clean == NULL)
            return RECTO_ERR_NOMEM;
        *texts[i].field = clean[0] != '\0' ? clean : NULL;
    }
    if (lookup(buf, sizeof buf, ctx, doc, FZ_META_INFO_CREATIONDATE))
        out->created = iso_date(keep, buf);
    if (lookup(buf, sizeof buf, ctx, doc, FZ_META_INFO_MODIFICATIONDATE))
        out->modified = iso_date(keep, buf);
    return RECTO_OK;
}

/* --- bookmarks --------------------------------------------------------------------------- */

typedef struct list {
    recto_source_bookmark *items;
    size_t n, cap;
    bool nomem;
} list;

static void add_bookmark(list *l, recto_arena *keep, const char *title, int level, int page)
{
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 32 : l->cap * 2;
        void *grown = recto_arena_grow(keep, l->items, l->n, cap, sizeof *l->items);
        if (grown == NULL) {
            l->nomem = true;
            return;
        }
        l->items = grown;
        l->cap = cap;
    }
    const char *clean = recto_utf8_clean(keep, title, strlen(title));
    if (clean == NULL)
        l->nomem = true;
    else if (clean[0] != '\0')
        l->items[l->n++] = (recto_source_bookmark){.title = clean, .level = level, .page = page};
}

/* The outline is a tree of MuPDF's making, free of cycles; it is walked without recursion. */
static void walk_outline(list *l, fz_context *ctx, pdf_document *doc, const fz_outline *top,
                         recto_arena *keep)
{
    const fz_outline *stack[MAX_LEVEL];
    int depth = 0;
    const fz_outline *at = top;
    while (!l->nomem && l->n < MAX_BOOKMARKS) {
        if (at == NULL) {
            if (depth == 0)
                return;
            at = stack[--depth]->next;
            continue;
        }
        int page = 0;
        if (at->uri != NULL && !fz_is_external_link(ctx, at->uri) && at->page.page >= 0)
            page = fz_page_number_from_location(ctx, &doc->super, at->page) + 1;
        if (at->title != NULL)
            add_bookmark(l, keep, at->title, depth + 1, page > 0 ? page : 0);
        if (at->down != NULL && depth < MAX_LEVEL) {
            stack[depth++] = at;
            at = at->down;
        } else {
            at = at->next;
        }
    }
}

static recto_status read_bookmarks(recto_source_meta *out, fz_context *ctx, pdf_document *doc,
                                   recto_arena *keep)
{
    list l = {0};
    fz_outline *outline = NULL;
    fz_var(outline);
    fz_try(ctx)
    {
        if (recto_pdf_depth_outline(ctx, doc))
            outline = pdf_load_outline(ctx, doc);
        walk_outline(&l, ctx, doc, outline, keep);
    }
    fz_always(ctx)
    {
        fz_drop_outline(ctx, outline);
    }
    fz_catch(ctx)
    {
        return RECTO_OK; /* a broken outline costs the bookmarks only */
    }
    if (l.nomem)
        return RECTO_ERR_NOMEM;
    out->bookmarks = l.items;
    out->n_bookmarks = (int)l.n;
    return RECTO_OK;
}

recto_status recto_pdf_info_read(recto_source_meta *out, struct fz_context *ctx,
                                 struct pdf_document *doc, recto_arena *keep, recto_error *err)
{
    out->format = "pdf";
    recto_status status = read_texts(out, ctx, doc, keep);
    if (status == RECTO_OK)
        status = read_bookmarks(out, ctx, doc, keep);
    if (status != RECTO_OK)
        return recto_error_set(err, status, "out of memory for the metadata");
    return RECTO_OK;
}
