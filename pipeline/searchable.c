#include "pipeline/searchable.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, MAX_SPARED = 8 };

/* One attempt. */
typedef struct making {
    recto_convert_doc *d;
    recto_sink *sink;
    void *piece;            /* [PIECE] */
    int spared[MAX_SPARED]; /* pages (as read) that get no text */
    int n_spared;
    int at; /* page under way, -1 = none */
} making;

/* --- bytes ----------------------------------------------------------------------------------- */

static recto_status send(making *m, size_t size, recto_error *err)
{
    recto_buf_add(&m->sink->buf, m->piece, size);
    return recto_sink_flush(m->sink, 0, err);
}

/* The bytes of the input, in front of what was added. */
static recto_status copy_input(making *m, recto_error *err)
{
    const recto_input *in = &m->d->input;
    for (uint64_t done = 0; done < in->size;) {
        uint64_t left = in->size - done;
        size_t want = left < PIECE ? (size_t)left : PIECE;
        ssize_t n = (ssize_t)want;
        if (in->fd >= 0)
            n = pread(in->fd, m->piece, want, (off_t)done);
        else
            memcpy(m->piece, in->bytes.data + done, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read it again");
        if (n == 0)
            return recto_error_set(err, RECTO_ERR_IO, "it became shorter while it was read");
        recto_status st = send(m, (size_t)n, err);
        if (st != RECTO_OK)
            return st;
        done += (uint64_t)n;
    }
    if (recto_input_changed(in))
        return recto_error_set(err, RECTO_ERR_IO, "it changed while it was copied");
    return RECTO_OK;
}

/* What the parser has ready. */
static recto_status fetch(making *m, recto_error *err)
{
    recto_convert_doc *d = m->d;
    size_t got = PIECE;
    recto_status st = RECTO_OK;
    while (got == PIECE && st == RECTO_OK) {
        recto_convert_grant_page(d);
        st = recto_source_copy_take(&got, m->piece, PIECE, d->input.source, err);
        d->deadline.page_s = 0;
        if (st == RECTO_OK)
            st = send(m, got, err);
    }
    return st;
}

/* --- pages ----------------------------------------------------------------------------------- */

static bool is_spared(const making *m, int i)
{
    for (int k = 0; k < m->n_spared; k++) {
        if (m->spared[k] == i)
            return true;
    }
    return false;
}

/* Did a reader read some of it from its image?  Words that the page has as text of its own are left
 * out by the parser. */
static bool is_read(const recto_page *page)
{
    return page->reader == RECTO_READER_LINE || page->reader == RECTO_READER_VLM ||
           (page->flags & RECTO_FLAG_PARTLY_READ) != 0;
}

/* Page i (in the order read). */
static recto_status add_page(making *m, int i, recto_error *err)
{
    recto_convert_doc *d = m->d;
    recto_page page;
    recto_page_frame frame;
    recto_status st = recto_convert_settle_page(&page, &frame, d, i, err);
    if (st != RECTO_OK)
        return st;
    bool spared = is_spared(m, i);
    bool deadly = page.status == RECTO_ERR_CRASH || page.status == RECTO_ERR_TIMEOUT ||
                  page.status == RECTO_ERR_LIMIT;
    recto_source_copy_page copy = {
        .index = page.number - 1, .to_page = RECTO_AFFINE_IDENTITY, .bare = deadly || spared};
    if (page.status == RECTO_OK) {
        copy.width = frame.width;
        copy.height = frame.height;
        copy.dpi = page.dpi;
        copy.to_page = frame.to_page;
    }
    recto_line *lines = NULL;
    if (page.status == RECTO_OK && !spared && is_read(&page))
        st = recto_searchable_lines(&lines, &copy.n_lines, &page, d->keep, err);
    if (st != RECTO_OK)
        return st;
    copy.lines = lines;
    copy.replace_hidden = copy.n_lines > 0 && page.reader != RECTO_READER_LAYER;
    m->at = i;
    recto_convert_grant_page(d);
    st = recto_source_copy_add(d->input.source, &copy, err);
    d->deadline.page_s = 0;
    m->at = st == RECTO_OK ? -1 : m->at;
    return st == RECTO_OK ? fetch(m, err) : st;
}

static recto_status make(making *m, recto_error *err)
{
    recto_convert_doc *d = m->d;
    const recto_source_copy_options opt = {
        .producer = "recto " RECTO_VERSION, .sha256 = d->input.sha256, .pdfa = d->opt->pdfa};
    bool keeps_input = false;
    int n = recto_spill_count(d->spill);
    m->at = -1;
    recto_convert_grant_page(d);
    recto_status st = recto_source_copy_begin(&keeps_input, d->input.source, &opt, err);
    d->deadline.page_s = 0;
    if (st == RECTO_OK && keeps_input)
        st = copy_input(m, err);
    for (int i = 0; i < n && st == RECTO_OK; i++) {
        st = recto_convert_stopped(d->opt, d->input.name, n, n, err);
        if (st == RECTO_OK)
            st = add_page(m, i, err);
    }
    if (st != RECTO_OK)
        return st;
    recto_convert_grant_page(d);
    st = recto_source_copy_end(d->input.source, err);
    d->deadline.page_s = 0;
    return st == RECTO_OK ? fetch(m, err) : st;
}

/* --- failures -------------------------------------------------------------------------------- */

bool recto_searchable_stops(recto_status st)
{
    return st == RECTO_ERR_OUTPUT || st == RECTO_ERR_NOMEM || st == RECTO_ERR_CANCELLED ||
           st == RECTO_ERR_DEVICE || st == RECTO_ERR_IO;
}

/* After a failure on a page: leave that one as it is and begin anew, where that is possible. */
static bool spare(making *m, recto_status st, const recto_error *why)
{
    recto_page page;
    recto_page_frame frame;
    recto_error ignored = {0};
    if (recto_searchable_stops(st) || m->at < 0 || m->n_spared == MAX_SPARED ||
        is_spared(m, m->at) || m->sink->file == NULL)
        return false;
    if (recto_convert_settle_page(&page, &frame, m->d, m->at, &ignored) != RECTO_OK)
        return false;
    m->spared[m->n_spared++] = m->at;
    recto_convert_note_failure(m->d->result, &m->d->result->n_undrawn, st, page.number,
                               "no text in the searchable PDF: ", recto_pagejob_message(why));
    return true;
}

static recto_status begin_again(making *m, recto_error *err)
{
    recto_outfile_abort(m->sink->file);
    m->sink->file = NULL;
    recto_buf_clear(&m->sink->buf);
    return recto_outfile_open(&m->sink->file, m->sink->out->path, err);
}

recto_status recto_searchable_write(recto_convert_doc *d, recto_sink *sink, recto_error *err)
{
    making m = {.d = d, .sink = sink, .piece = malloc(PIECE)};
    recto_error why = {0};
    recto_status st =
        m.piece != NULL ? make(&m, &why) : recto_error_set(&why, RECTO_ERR_NOMEM, "out of memory");
    while (st != RECTO_OK && spare(&m, st, &why)) {
        st = begin_again(&m, &why);
        if (st == RECTO_OK)
            st = make(&m, &why);
    }
    free(m.piece);
    if (st != RECTO_OK && err != NULL)
        *err = why;
    return st;
}
