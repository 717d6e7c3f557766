/* Second pass of the document job: settle, write. */
#include "pipeline/convert_parts.h"

#include "pipeline/searchable.h"
#include "pipeline/sink.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An output has its name: tell of it, with the hash of what is really there. */
recto_status recto_convert_tell_output(void *document_, const char *path, recto_error *err)
{
    const recto_convert_doc *d = document_;
    char sha256[RECTO_SHA256_HEX];
    uint64_t size = 0;
    if (d->events->output == NULL)
        return RECTO_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot read '%s' again", path);
    recto_status st = recto_sha256_fd(sha256, &size, fd, 0, NULL, NULL, err);
    close(fd);
    if (st != RECTO_OK)
        return recto_error_prefix(err, RECTO_ERR_OUTPUT, "'%s': ", path);
    d->events->output(d->events->user, path, size, sha256);
    return RECTO_OK;
}

/* The writers rely on the model's rules.  A page that breaks one is a fault of ours; it must not
 * cost the rest.  False if the page is replaced by the record of that. */
bool recto_convert_check_page(recto_convert_doc *d, recto_page *page)
{
    recto_error broken = {0};
    if (page->status != RECTO_OK || recto_doc_check(page, &broken) == RECTO_OK)
        return true;
    const char *why = recto_arena_text(d->keep, broken.msg, strlen(broken.msg));
    *page = (recto_page){.number = page->number,
                         .dpi = page->dpi,
                         .status = RECTO_ERR_ARG,
                         .error = why != NULL ? why : "out of memory"};
    return false;
}

/* A page of the second pass. */
typedef struct loaded {
    recto_page page;
    recto_page_frame frame;
    recto_arena *keep; /* its own */
} loaded;

/* Page i (in the order read) settled, not yet placed. */
static recto_status settle_page(loaded *out, recto_convert_doc *d, int i, recto_error *err)
{
    recto_convert_parked p;
    recto_arena_clear(out->keep);
    recto_status st = recto_spill_read(&out->page, d->spill, i, out->keep, err);
    if (st == RECTO_OK && out->page.reader != RECTO_READER_VLM)
        st = recto_structure_settle(d->stats, &out->page, out->keep, err);
    if (st == RECTO_OK)
        st = recto_spill_extra(d->spill, i, &p, sizeof p, err);
    if (st == RECTO_OK)
        out->frame = p.frame;
    return st;
}

recto_status recto_convert_settle_page(recto_page *page, recto_page_frame *frame_out,
                                       recto_convert_doc *d, int i, recto_error *err)
{
    loaded one = {.keep = d->keep};
    recto_status st = settle_page(&one, d, i, err);
    if (st != RECTO_OK)
        return st;
    *page = one.page;
    *frame_out = one.frame;
    return RECTO_OK;
}

recto_status recto_convert_load_page(recto_page *page, recto_convert_doc *d, int i,
                                     recto_error *err)
{
    recto_page_frame frame;
    recto_status st = recto_convert_settle_page(page, &frame, d, i, err);
    if (st == RECTO_OK)
        recto_pagejob_place(page, frame);
    return st;
}

/* What fails for want of room or memory fails the document; anything else costs the page only what
 * was tried. */
static recto_status spare(recto_convert_doc *d, recto_status st, int number, const char *what,
                          const recto_error *why, recto_error *err)
{
    if (st == RECTO_OK)
        return RECTO_OK;
    if (st == RECTO_ERR_OUTPUT || st == RECTO_ERR_NOMEM) {
        if (err != NULL)
            *err = *why;
        return st;
    }
    recto_convert_note_failure(d->result, &d->result->n_undrawn, st, number, what,
                               recto_pagejob_message(why));
    return RECTO_OK;
}

/* What the outputs show beside text. */
static recto_status add_images(recto_convert_doc *d, recto_page *page, bool shown, recto_error *err)
{
    recto_error why = {0};
    if (page->status != RECTO_OK)
        return RECTO_OK;
    if (shown) {
        recto_convert_grant_page(d);
        recto_status st = recto_convert_show_page(page, d, &why);
        d->deadline.page_s = 0;
        st = spare(d, st, page->number, "no page image: ", &why, err);
        if (st != RECTO_OK)
            return st;
    }
    if (d->pictures == NULL)
        return RECTO_OK;
    recto_convert_grant_page(d);
    recto_status st = recto_pictures_cut(d->pictures, page, d->input.source, d->keep, &why);
    d->deadline.page_s = 0;
    return spare(d, st, page->number, "no pictures: ", &why, err);
}

/* The page lives in d->keep. */
static recto_status write_page(recto_convert_doc *d, recto_sink *sinks, int n_sinks,
                               recto_page *page, recto_error *err)
{
    bool shown = false;
    if (!recto_convert_check_page(d, page)) {
        recto_convert_note_failure(d->result, &d->result->n_failed, page->status, page->number, "",
                                   page->error);
        recto_convert_tell_page(d, page, 0);
    }
    for (int k = 0; k < n_sinks; k++)
        shown = shown || sinks[k].out->writer->picture;
    recto_status st = add_images(d, page, shown, err);
    for (int k = 0; k < n_sinks && st == RECTO_OK; k++) {
        if (sinks[k].out->writer->binary)
            continue;
        sinks[k].out->writer->page(&sinks[k].buf, sinks[k].state, &d->info, page);
        st = recto_sink_flush(&sinks[k], page->number, err);
    }
    return st;
}

/* A page is written when the next one was settled, too: what goes on in that must be known. */
static recto_status write_pages(recto_convert_doc *d, recto_sink *sinks, int n_sinks,
                                recto_arena *second, recto_error *err)
{
    recto_arena *first = d->keep;
    loaded two[2] = {{.keep = first}, {.keep = second}};
    int n = recto_spill_count(d->spill);
    recto_status st = n > 0 ? settle_page(&two[0], d, 0, err) : RECTO_OK;
    for (int i = 0; i < n && st == RECTO_OK; i++) {
        loaded *now = &two[i % 2];
        loaded *next = &two[(i + 1) % 2];
        if (i + 1 < n)
            st = settle_page(next, d, i + 1, err);
        if (i + 1 < n && st == RECTO_OK)
            st = recto_structure_bridge(d->stats, &now->page, &next->page, next->keep, err);
        if (st != RECTO_OK)
            break;
        d->keep = now->keep;
        recto_pagejob_place(&now->page, now->frame);
        st = write_page(d, sinks, n_sinks, &now->page, err);
    }
    d->keep = first;
    return st;
}

static recto_status open_sinks(recto_convert_doc *d, recto_sink *sinks, const recto_output *outputs,
                               int n, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        st = recto_sink_open(&sinks[k], &outputs[k], err);
        if (st != RECTO_OK)
            return st;
        if (outputs[k].writer->binary)
            continue;
        outputs[k].writer->begin(&sinks[k].buf, &sinks[k].state, &d->info, d->doc);
        st = recto_sink_flush(&sinks[k], 0, err);
    }
    return st;
}

static recto_status close_sinks(recto_convert_doc *d, recto_sink *sinks, int n, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        if (sinks[k].out->writer->binary)
            continue;
        sinks[k].out->writer->end(&sinks[k].buf, sinks[k].state, &d->info);
        st = recto_sink_flush(&sinks[k], 0, err);
    }
    /* nothing gets its name before everything is written; the texts name the pictures and come last
     */
    if (st == RECTO_OK)
        st = recto_pictures_commit(d->pictures, recto_convert_tell_output, d, err);
    for (int k = 0; k < n && st == RECTO_OK; k++)
        st = recto_sink_commit(&sinks[k], recto_convert_tell_output, d, err);
    return st;
}

/* The searchable PDF.  One that cannot be made costs the document only if nothing else was asked
 * for. */
static recto_status write_binaries(recto_convert_doc *d, recto_sink *sinks, int n, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        recto_error why = {0};
        if (!sinks[k].out->writer->binary)
            continue;
        st = recto_searchable_write(d, &sinks[k], &why);
        if (st == RECTO_OK)
            continue;
        recto_sink_drop(&sinks[k]);
        if (n == 1 || recto_searchable_stops(st)) {
            if (err != NULL)
                *err = why;
            return st;
        }
        if (d->result->n_failed + d->result->n_undrawn == 0)
            d->result->first_failure = why;
        d->result->n_undrawn++;
        st = RECTO_OK;
    }
    return st;
}

recto_status recto_convert_write(recto_convert_doc *d, const recto_output *outputs, int n_outputs,
                                 recto_error *err)
{
    recto_sink *sinks = calloc((size_t)n_outputs + 1, sizeof *sinks);
    recto_arena *second = recto_arena_new(0, 0);
    recto_status st = sinks != NULL && second != NULL
                          ? open_sinks(d, sinks, outputs, n_outputs, err)
                          : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = write_pages(d, sinks, n_outputs, second, err);
    if (st == RECTO_OK)
        st = write_binaries(d, sinks, n_outputs, err);
    if (st == RECTO_OK)
        st = close_sinks(d, sinks, n_outputs, err);
    for (int k = 0; k < n_outputs && sinks != NULL; k++)
        recto_sink_close(&sinks[k]);
    recto_arena_free(second);
    free(sinks);
    return st;
}
