/* Opening by content and dispatch to what stands behind the document. */
#include "vision/source.h"

#include "core/file.h"
#include "vision/source_backend.h"

#include <stdlib.h>
#include <string.h>

static const float DEFAULT_DPI = 300.0f;
static const int64_t DEFAULT_MAX_PIXELS = 200000000;

enum { ATTACHMENT_PIECE = 1 << 20 }; /* bytes asked for at once */

struct recto_source {
    recto_source_opened doc;
    int n_pages;
    bool copying;  /* a copy is under way */
    int next_page; /* the least that may be added to it */
};

/* Bytes that belong to something well known that we do not read: a better message than "garbage".
 */
static const char *foreign_kind(const uint8_t *bytes, size_t size)
{
    static const struct {
        const char *magic;
        size_t len;
        const char *name;
    } known[] = {
        {"PK\003\004", 4, "a ZIP archive or office document"},
        {"\xD0\xCF\x11\xE0", 4, "an old office document"},
        {"%!PS", 4, "PostScript"},
        {"{\\rtf", 5, "RTF"},
        {"<!DOCTYPE", 9, "HTML"},
        {"<html", 5, "HTML"},
        {"<?xml", 5, "XML"},
        {"AT&TFORM", 8, "DjVu"},
        {"\x1F\x8B", 2, "gzip"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (size >= known[i].len && memcmp(bytes, known[i].magic, known[i].len) == 0)
            return known[i].name;
    }
    return NULL;
}

static recto_status not_understood(const uint8_t *bytes, size_t size, recto_error *err)
{
    if (size == 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "the file is empty");
    const char *kind = foreign_kind(bytes, size);
    if (kind != NULL)
        return recto_error_set(err, RECTO_ERR_FORMAT, "this is %s, not a PDF or an image", kind);
    return recto_error_set(err, RECTO_ERR_FORMAT, "neither a PDF nor an image that is read here");
}

static recto_status open_by_content(recto_source_opened *out, const uint8_t *bytes, size_t size,
                                    const recto_source_options *opt, recto_error *err)
{
    /* images first: their signatures stand at the very start, a PDF's may come later */
    if (recto_source_image_probe(bytes, size))
        return recto_source_image_open(out, bytes, size, opt, err);
    if (recto_source_pdf_probe(bytes, size))
        return recto_source_pdf_open(out, bytes, size, opt, err);
    return not_understood(bytes, size, err);
}

recto_source_options recto_source_settled(const recto_source_options *opt)
{
    recto_source_options settled = opt != NULL ? *opt : (recto_source_options){0};
    if (settled.dpi <= 0.0f)
        settled.dpi = DEFAULT_DPI;
    if (settled.max_pixels <= 0)
        settled.max_pixels = DEFAULT_MAX_PIXELS;
    return settled;
}

recto_status recto_source_wrap(recto_source **out, recto_source_opened doc, recto_error *err)
{
    recto_source *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL) {
        doc.backend->close(doc.self);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    s->doc = doc;
    s->n_pages = doc.backend->page_count(doc.self);
    return RECTO_OK;
}

recto_source_opened recto_source_behind(const recto_source *s)
{
    return s->doc;
}

recto_status recto_source_open(recto_source **out, const uint8_t *bytes, size_t size,
                               const recto_source_options *opt, recto_error *err)
{
    *out = NULL;
    if ((bytes == NULL && size > 0))
        return recto_error_set(err, RECTO_ERR_ARG, "recto_source_open: bytes are needed");
    const recto_source_options settled = recto_source_settled(opt);
    recto_source_opened doc;
    recto_status status = open_by_content(&doc, bytes, size, &settled, err);
    if (status != RECTO_OK)
        return status;
    const int n = doc.backend->page_count(doc.self);
    if (settled.max_pages > 0 && n > settled.max_pages) {
        doc.backend->close(doc.self);
        return recto_error_set(err, RECTO_ERR_LIMIT, "%d pages are over the limit of %d", n,
                               settled.max_pages);
    }
    return recto_source_wrap(out, doc, err);
}

bool recto_source_probe(const uint8_t *bytes, size_t size)
{
    return recto_source_image_probe(bytes, size) || recto_source_pdf_probe(bytes, size);
}

void recto_source_close(recto_source *s)
{
    if (s == NULL)
        return;
    s->doc.backend->close(s->doc.self);
    free(s);
}

int recto_source_page_count(const recto_source *s)
{
    return s->n_pages;
}

const recto_source_meta *recto_source_metadata(const recto_source *s)
{
    return s->doc.backend->metadata(s->doc.self);
}

/* ARG if there is no page i. */
static recto_status check_page(const recto_source *s, int i, recto_error *err)
{
    if (i >= 0 && i < s->n_pages)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_ARG, "there is no page %d: the document has %d", i + 1,
                           s->n_pages);
}

static recto_status with_page(recto_status status, int i, recto_error *err)
{
    return status == RECTO_OK ? RECTO_OK : recto_error_prefix(err, status, "page %d: ", i + 1);
}

static recto_status scan(recto_source_facts *facts, recto_layout *layout, recto_source *s, int i,
                         float layout_dpi, bool include_hidden, recto_arena *keep, recto_error *err)
{
    if (facts != NULL)
        memset(facts, 0, sizeof *facts);
    if (layout != NULL)
        memset(layout, 0, sizeof *layout);
    recto_status status = check_page(s, i, err);
    if (status != RECTO_OK)
        return status;
    if (layout != NULL && !(layout_dpi > 0.0f && layout_dpi <= 10000.0f))
        return recto_error_set(err, RECTO_ERR_ARG, "layout_dpi is out of range");
    status =
        s->doc.backend->scan(facts, layout, s->doc.self, i, layout_dpi, include_hidden, keep, err);
    return with_page(status, i, err);
}

recto_status recto_source_page_facts(recto_source_facts *out, recto_source *s, int i,
                                     recto_error *err)
{
    return scan(out, NULL, s, i, 0.0f, false, NULL, err);
}

recto_status recto_source_page_layout(recto_layout *out, recto_source *s, int i, float layout_dpi,
                                      bool include_hidden, recto_arena *keep, recto_error *err)
{
    return scan(NULL, out, s, i, layout_dpi, include_hidden, keep, err);
}

recto_status recto_source_page_scan(recto_source_facts *facts_out, recto_layout *layout_out,
                                    recto_source *s, int i, float layout_dpi, recto_arena *keep,
                                    recto_error *err)
{
    return scan(facts_out, layout_out, s, i, layout_dpi, false, keep, err);
}

recto_status recto_source_page_pixels(recto_image **out, recto_source *s, int i, recto_error *err)
{
    *out = NULL;
    recto_status status = check_page(s, i, err);
    if (status != RECTO_OK)
        return status;
    return with_page(s->doc.backend->pixels(out, s->doc.self, i, err), i, err);
}

recto_status recto_source_page_picture(recto_image **out, recto_source *s, int i, float dpi,
                                       recto_error *err)
{
    *out = NULL;
    recto_status status = check_page(s, i, err);
    if (status != RECTO_OK)
        return status;
    if (!(dpi > 0.0f && dpi <= 10000.0f))
        return recto_error_set(err, RECTO_ERR_ARG, "dpi is out of range");
    return with_page(s->doc.backend->picture(out, s->doc.self, i, dpi, err), i, err);
}

/* --- attachments ------------------------------------------------------------------------- */

static recto_status list_attachments(const recto_source_attachment **out, int *n_out,
                                     recto_source *s, recto_error *err)
{
    *out = NULL;
    *n_out = 0;
    if (s->doc.backend->attachments == NULL)
        return RECTO_OK;
    return s->doc.backend->attachments(out, n_out, s->doc.self, err);
}

recto_status recto_source_attachment_count(int *out, recto_source *s, recto_error *err)
{
    const recto_source_attachment *items;
    return list_attachments(&items, out, s, err);
}

recto_status recto_source_attachment_info(recto_source_attachment *out, recto_source *s, int k,
                                          recto_error *err)
{
    const recto_source_attachment *items;
    int n;
    memset(out, 0, sizeof *out);
    recto_status status = list_attachments(&items, &n, s, err);
    if (status != RECTO_OK)
        return status;
    if (k < 0 || k >= n)
        return recto_error_set(err, RECTO_ERR_ARG, "there is no attachment %d: the document has %d",
                               k + 1, n);
    *out = items[k];
    return RECTO_OK;
}

/* Piece by piece, since what is packed small may unpack to anything. */
static recto_status write_attachment(recto_source *s, int k, int fd, uint64_t limit_size,
                                     void *piece, recto_error *err)
{
    for (uint64_t done = 0;;) {
        size_t got = 0;
        recto_status status =
            s->doc.backend->attachment(&got, piece, ATTACHMENT_PIECE, s->doc.self, k, done, err);
        if (status == RECTO_OK && limit_size != 0 && got > limit_size - done)
            status = recto_error_set(err, RECTO_ERR_LIMIT, "it is over the limit of %llu bytes",
                                     (unsigned long long)limit_size);
        if (status != RECTO_OK)
            return recto_error_prefix(err, status, "attachment %d: ", k + 1);
        status = recto_file_write(fd, piece, got, err);
        if (status != RECTO_OK || got < ATTACHMENT_PIECE)
            return status;
        done += got;
    }
}

recto_status recto_source_attachment_write(recto_source *s, int k, int fd, uint64_t limit_size,
                                           recto_error *err)
{
    recto_source_attachment info;
    recto_status status = recto_source_attachment_info(&info, s, k, err);
    if (status != RECTO_OK)
        return status;
    void *piece = malloc(ATTACHMENT_PIECE);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for an attachment");
    status = write_attachment(s, k, fd, limit_size, piece, err);
    free(piece);
    return status;
}

/* --- a searchable copy -------------------------------------------------------------------- */

static recto_status not_copying(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_ARG, "no copy of the document is under way");
}

recto_status recto_source_copy_begin(bool *keeps_input_out, recto_source *s,
                                     const recto_source_copy_options *opt, recto_error *err)
{
    *keeps_input_out = false;
    s->copying = false;
    s->next_page = 0;
    if (opt->producer == NULL || opt->sha256 == NULL || strlen(opt->sha256) != 64)
        return recto_error_set(err, RECTO_ERR_ARG, "recto_source_copy_begin: options are needed");
    recto_status status = s->doc.backend->copy_begin(keeps_input_out, s->doc.self, opt, err);
    s->copying = status == RECTO_OK;
    return status;
}

recto_status recto_source_copy_add(recto_source *s, const recto_source_copy_page *page,
                                   recto_error *err)
{
    recto_status status = check_page(s, page->index, err);
    if (status != RECTO_OK)
        return status;
    if (!s->copying)
        return not_copying(err);
    if (page->index < s->next_page)
        return recto_error_set(err, RECTO_ERR_ARG, "pages of a copy come in rising order");
    status = s->doc.backend->copy_page(s->doc.self, page, err);
    s->copying = status == RECTO_OK;
    s->next_page = page->index + 1;
    return with_page(status, page->index, err);
}

recto_status recto_source_copy_end(recto_source *s, recto_error *err)
{
    if (!s->copying)
        return not_copying(err);
    recto_status status = s->doc.backend->copy_end(s->doc.self, err);
    s->copying = status == RECTO_OK;
    s->next_page = s->n_pages;
    return status;
}

recto_status recto_source_copy_take(size_t *got, void *to, size_t size, recto_source *s,
                                    recto_error *err)
{
    *got = 0;
    if (!s->copying || size > ATTACHMENT_PIECE)
        return not_copying(err);
    recto_status status = s->doc.backend->copy_take(got, to, size, s->doc.self, err);
    s->copying = status == RECTO_OK;
    return status;
}
