/* Links: annotations of the kind that a click follows.  They are read from the page's dictionary
 * and not through fz_load_links, because that one knows neither the rectangles of a link that runs
 * over several lines (QuadPoints) nor its flags, makes addresses without a scheme into local files,
 * and descends into the tree of names by recursion. */
#include "vision/pdf_links.h"

#include "core/utf8.h"
#include "vision/pdf_annots.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum {
    MAX_LINKS = 10000,  /* a page; source_wire_scan.c takes no more */
    MAX_URL = 2048,     /* bytes as stored; browsers and servers end there too */
    MAX_QUADS = 64,     /* lines of one link */
    MAX_TREE = 32,      /* levels of the tree of names */
    MAX_UNSORTED = 512, /* names of a leaf that are searched one by one */
};

typedef recto_pdf_annots reader;

/* --- addresses --------------------------------------------------------------------------- */

/* Schemes that name something outside without doing anything to this machine. */
static bool is_harmless(const char *url)
{
    static const char *const schemes[] = {
        "http:", "https:", "ftp:", "ftps:", "mailto:", "tel:", "news:", "doi:", "urn:"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t n = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], n) == 0 && url[n] != '\0')
            return true;
    }
    return false;
}

static bool has_scheme(const char *url)
{
    size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return n > 0 && url[n] == ':' && isalpha((unsigned char)url[0]);
}

/* Append a byte as it is, or as %XX; controls and line ends, which producers leave in when they
 * break a long string, are dropped. */
static void put_byte(recto_buf *out, unsigned char c, bool is_utf8)
{
    if (c < 0x20 || c == 0x7F)
        return;
    if (c == ' ' || c == '<' || c == '>' || c == '"' || (c >= 0x80 && !is_utf8))
        recto_buf_printf(out, "%%%02X", c);
    else
        recto_buf_char(out, (char)c);
}

/* The bytes of an address as clean text without spaces in r->keep; NULL if it is none that leads
 * anywhere. */
static const char *address(reader *r, const char *bytes, size_t len, const char *front)
{
    while (len > 0 && isspace((unsigned char)bytes[len - 1]))
        len--;
    if (len == 0 || len > MAX_URL)
        return NULL;
    bool is_utf8 = recto_utf8_valid(bytes, len) == len;
    recto_buf raw = RECTO_BUF_INIT;
    recto_buf_text(&raw, front);
    for (size_t i = 0; i < len; i++)
        put_byte(&raw, (unsigned char)bytes[i], is_utf8);
    char *clean = raw.failed ? NULL : recto_utf8_clean(r->keep, raw.data, raw.len);
    r->nomem = r->nomem || clean == NULL;
    recto_buf_free(&raw);
    /* odd spaces (U+3000) come out of cleaning as plain ones */
    if (clean == NULL || strchr(clean, ' ') != NULL || strlen(clean) > MAX_URL ||
        !is_harmless(clean))
        return NULL;
    return clean;
}

/* Throws. */
static const char *address_of(reader *r, pdf_obj *uri)
{
    fz_context *ctx = r->ctx;
    size_t len = 0;
    if (!pdf_is_string(ctx, uri))
        return NULL;
    const char *bytes = pdf_to_string(ctx, uri, &len);
    if (len >= 2 && (unsigned char)bytes[0] == 0xFE && (unsigned char)bytes[1] == 0xFF) {
        bytes = pdf_to_text_string(ctx, uri); /* UTF-16, against the rules */
        len = strlen(bytes);
    }
    for (; len > 0 && isspace((unsigned char)*bytes); len--)
        bytes++;
    if (has_scheme(bytes))
        return address(r, bytes, len, "");
    if (len > 4 && strncasecmp(bytes, "www.", 4) == 0)
        return address(r, bytes, len, "http://");
    pdf_obj *base = pdf_dict_getp(ctx, pdf_trailer(ctx, r->d->doc), "Root/URI/Base");
    const char *front = pdf_is_string(ctx, base) ? pdf_to_str_buf(ctx, base) : "";
    return *front != '\0' && strlen(front) < MAX_URL ? address(r, bytes, len, front) : NULL;
}

/* --- places in the document ---------------------------------------------------------------- */

static int compare(fz_context *ctx, pdf_obj *a, pdf_obj *b)
{
    size_t na = 0;
    size_t nb = 0;
    const char *sa = pdf_to_string(ctx, a, &na);
    const char *sb = pdf_to_string(ctx, b, &nb);
    int order = memcmp(sa, sb, na < nb ? na : nb);
    return order != 0 ? order : (na > nb) - (na < nb);
}

/* Value of a name in a leaf: pairs, sorted as they should be, or not. */
static pdf_obj *find_in_leaf(fz_context *ctx, pdf_obj *names, pdf_obj *name)
{
    int n = pdf_array_len(ctx, names) / 2;
    int low = 0;
    int high = n;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = compare(ctx, pdf_array_get(ctx, names, 2 * middle), name);
        if (order == 0)
            return pdf_array_get(ctx, names, 2 * middle + 1);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (int i = 0; i < n && n <= MAX_UNSORTED; i++) {
        if (compare(ctx, pdf_array_get(ctx, names, 2 * i), name) == 0)
            return pdf_array_get(ctx, names, 2 * i + 1);
    }
    return NULL;
}

/* The kid whose limits hold the name, NULL if none does. */
static pdf_obj *find_kid(fz_context *ctx, pdf_obj *kids, pdf_obj *name)
{
    int low = 0;
    int high = pdf_array_len(ctx, kids);
    while (low < high) {
        int middle = low + (high - low) / 2;
        pdf_obj *kid = pdf_array_get(ctx, kids, middle);
        pdf_obj *limits = pdf_dict_get(ctx, kid, PDF_NAME(Limits));
        if (compare(ctx, name, pdf_array_get(ctx, limits, 0)) < 0)
            high = middle;
        else if (compare(ctx, name, pdf_array_get(ctx, limits, 1)) > 0)
            low = middle + 1;
        else
            return kid;
    }
    return NULL;
}

/* What a name or string stands for as a destination, NULL if nothing. */
static pdf_obj *find_name(fz_context *ctx, pdf_document *doc, pdf_obj *name)
{
    pdf_obj *root = pdf_dict_get(ctx, pdf_trailer(ctx, doc), PDF_NAME(Root));
    if (pdf_is_name(ctx, name))
        return pdf_dict_get(ctx, pdf_dict_get(ctx, root, PDF_NAME(Dests)), name);
    pdf_obj *node = pdf_dict_getp(ctx, root, "Names/Dests");
    for (int depth = 0; depth < MAX_TREE && node != NULL; depth++) {
        pdf_obj *kids = pdf_dict_get(ctx, node, PDF_NAME(Kids));
        if (!pdf_is_array(ctx, kids))
            return find_in_leaf(ctx, pdf_dict_get(ctx, node, PDF_NAME(Names)), name);
        node = find_kid(ctx, kids, name);
    }
    return NULL;
}

/* "#page=N" for a destination, NULL if it is no page of this document.  Throws. */
static const char *place_of(reader *r, pdf_obj *dest)
{
    fz_context *ctx = r->ctx;
    if (pdf_is_name(ctx, dest) || pdf_is_string(ctx, dest))
        dest = find_name(ctx, r->d->doc, dest);
    if (pdf_is_dict(ctx, dest))
        dest = pdf_dict_get(ctx, dest, PDF_NAME(D));
    pdf_obj *page = pdf_array_get(ctx, dest, 0);
    int number = -1;
    if (pdf_is_int(ctx, page))
        number = pdf_to_int(ctx, page);
    else if (pdf_is_dict(ctx, page))
        number = pdf_lookup_page_number(ctx, r->d->doc, page);
    if (number < 0 || number >= r->d->n_pages)
        return NULL;
    char text[32];
    int len = snprintf(text, sizeof text, "#page=%d", number + 1);
    const char *kept = recto_arena_text(r->keep, text, (size_t)len);
    r->nomem = r->nomem || kept == NULL;
    return kept;
}

/* Where an annotation leads; NULL if nowhere that is taken.  Throws. */
static const char *target_of(reader *r, pdf_obj *annot)
{
    fz_context *ctx = r->ctx;
    pdf_obj *dest = pdf_dict_get(ctx, annot, PDF_NAME(Dest));
    if (dest != NULL)
        return place_of(r, dest);
    pdf_obj *action = pdf_dict_get(ctx, annot, PDF_NAME(A));
    pdf_obj *kind = pdf_dict_get(ctx, action, PDF_NAME(S));
    if (kind == PDF_NAME(URI))
        return address_of(r, pdf_dict_get(ctx, action, PDF_NAME(URI)));
    if (kind == PDF_NAME(GoTo))
        return place_of(r, pdf_dict_get(ctx, action, PDF_NAME(D)));
    return NULL;
}

/* --- rectangles -------------------------------------------------------------------------- */

static void add_link(reader *r, fz_rect box, const char *url)
{
    recto_rect clipped = recto_pdf_annots_box(r, box);
    if (recto_rect_is_empty(clipped) || r->out->n_links >= MAX_LINKS)
        return;
    recto_link *links =
        recto_pdf_annots_room(r, r->out->links, (size_t)r->out->n_links, sizeof *links);
    if (links == NULL)
        return;
    links[r->out->n_links++] = (recto_link){clipped, url};
    r->out->links = links;
}

/* Boxes of the quads; false if there are none that lie where the annotation lies. */
static bool add_quads(reader *r, pdf_obj *annot, fz_rect whole, const char *url)
{
    fz_context *ctx = r->ctx;
    pdf_obj *points = pdf_dict_get(ctx, annot, PDF_NAME(QuadPoints));
    int n = pdf_array_len(ctx, points) / 8;
    fz_rect room = fz_expand_rect(whole, 2.0f);
    if (n < 1 || n > MAX_QUADS)
        return false;
    fz_rect boxes[MAX_QUADS];
    for (int i = 0; i < n; i++) {
        float x = pdf_array_get_real(ctx, points, 8 * i);
        float y = pdf_array_get_real(ctx, points, 8 * i + 1);
        boxes[i] = fz_make_rect(x, y, x, y);
        for (int k = 1; k < 4; k++) {
            x = pdf_array_get_real(ctx, points, 8 * i + 2 * k);
            y = pdf_array_get_real(ctx, points, 8 * i + 2 * k + 1);
            boxes[i] = fz_make_rect(fz_min(boxes[i].x0, x), fz_min(boxes[i].y0, y),
                                    fz_max(boxes[i].x1, x), fz_max(boxes[i].y1, y));
        }
        if (!fz_contains_rect(room, boxes[i]))
            return false;
    }
    for (int i = 0; i < n; i++)
        add_link(r, boxes[i], url);
    return true;
}

static bool is_shown(reader *r, pdf_obj *annot)
{
    int flags = pdf_dict_get_int(r->ctx, annot, PDF_NAME(F));
    if (flags & (PDF_ANNOT_IS_HIDDEN | PDF_ANNOT_IS_NO_VIEW))
        return false;
    pdf_obj *layer = pdf_dict_get(r->ctx, annot, PDF_NAME(OC));
    return layer == NULL || !pdf_is_ocg_hidden(r->ctx, r->d->doc, NULL, "View", layer);
}

/* Throws. */
static void read_annotation(reader *r, pdf_obj *annot)
{
    if (pdf_dict_get(r->ctx, annot, PDF_NAME(Subtype)) != PDF_NAME(Link) || !is_shown(r, annot))
        return;
    const char *url = target_of(r, annot);
    if (url == NULL)
        return;
    fz_rect box = pdf_dict_get_rect(r->ctx, annot, PDF_NAME(Rect));
    if (!add_quads(r, annot, box, url))
        add_link(r, box, url);
}

recto_status recto_pdf_links_build(recto_layout *out, recto_pdf_doc *d, int i, float scale,
                                   recto_arena *keep, recto_error *err)
{
    reader r = {.d = d, .out = out, .keep = keep};
    return recto_pdf_annots_read(&r, i, scale, read_annotation, "the links of a page", err);
}
