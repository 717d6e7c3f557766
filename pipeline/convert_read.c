/* First pass of the document job: read, observe, park. */
#include "pipeline/convert_parts.h"

#include <string.h>

/* This many pages one after another that hang or kill their parser: the rest is given up. */
enum { HOPELESS_PAGES = 10 };

void recto_convert_note_failure(recto_convert_result *result, int *count, recto_status st,
                                int number, const char *what, const char *msg)
{
    if (result->n_failed + result->n_undrawn == 0)
        recto_error_set(&result->first_failure, st, "page %d: %s%s", number, what, msg);
    (*count)++;
}

void recto_convert_tell_page(const recto_convert_doc *d, const recto_page *page, double seconds)
{
    if (d->events->page != NULL)
        d->events->page(d->events->user, &(recto_page_record){.number = page->number,
                                                              .status = page->status,
                                                              .error = page->error,
                                                              .reader = page->reader,
                                                              .flags = page->flags,
                                                              .conf = page->conf,
                                                              .seconds = seconds});
}

static void note_page(recto_convert_doc *d, const recto_page *page, double seconds)
{
    recto_convert_result *result = d->result;
    result->n_pages++;
    result->n_blank += (page->flags & RECTO_FLAG_BLANK_PAGE) != 0;
    if (page->status != RECTO_OK)
        recto_convert_note_failure(result, &result->n_failed, page->status, page->number, "",
                                   page->error);
    recto_convert_tell_page(d, page, seconds);
}

recto_status recto_convert_stopped(const recto_options *opt, const char *name, int done, int n,
                                   recto_error *err)
{
    if (opt->on_page != NULL && opt->on_page(opt->user, name, done, n))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    return RECTO_OK;
}

/* A page that was read, now or by an earlier call. */
static recto_status see_page(recto_convert_doc *d, const recto_page *page,
                             const recto_convert_parked *p, recto_error *err)
{
    /* a VLM's answer is its own structure */
    recto_status st =
        page->reader != RECTO_READER_VLM ? recto_structure_observe(d->stats, page, err) : RECTO_OK;
    if (st != RECTO_OK)
        return st;
    d->n_hopeless = page->status == RECTO_ERR_TIMEOUT || page->status == RECTO_ERR_CRASH
                        ? d->n_hopeless + 1
                        : 0;
    d->job.used_model = d->job.used_model || p->used_model;
    d->job.used_vlm = d->job.used_vlm || p->used_vlm;
    note_page(d, page, p->seconds);
    return RECTO_OK;
}

/* Read page i (0-based), park it, and tell of it. */
static recto_status take_page(recto_convert_doc *d, int i, recto_error *err)
{
    recto_page page;
    recto_convert_parked p;
    memset(&p, 0, sizeof p); /* with its padding: it goes to a file */
    double from = recto_clock_s();
    recto_status st = recto_pagejob_run(&page, &p.frame, &d->job, i, err);
    p.seconds = recto_clock_s() - from;
    p.used_model = d->job.used_model;
    p.used_vlm = d->job.used_vlm;
    if (st == RECTO_OK)
        st = recto_spill_add_with(d->spill, &page, &p, sizeof p, err);
    if (st == RECTO_OK)
        st = see_page(d, &page, &p, err);
    recto_arena_clear(d->keep);
    recto_arena_clear(d->tmp);
    recto_pagejob_release(&d->job);
    return st;
}

/* Record page i as failed without looking at it. */
static recto_status give_up_page(recto_convert_doc *d, int i, recto_error *err)
{
    recto_convert_parked p;
    memset(&p, 0, sizeof p);
    recto_page page = {.number = i + 1,
                       .dpi = recto_options_dpi(d->opt),
                       .status = RECTO_ERR_TIMEOUT,
                       .error = "given up: too many pages before it took too long or crashed"};
    recto_status st = recto_spill_add_with(d->spill, &page, &p, sizeof p, err);
    return st == RECTO_OK ? see_page(d, &page, &p, err) : st;
}

/* Take page i from those that an earlier call read. */
static recto_status take_kept_page(recto_convert_doc *d, int i, recto_error *err)
{
    recto_page page;
    recto_convert_parked p;
    int k = d->result->n_pages;
    recto_status st = recto_spill_read(&page, d->spill, k, d->keep, err);
    if (st == RECTO_OK)
        st = recto_spill_extra(d->spill, k, &p, sizeof p, err);
    if (st == RECTO_OK && page.number != i + 1)
        st = recto_error_set(err, RECTO_ERR_FORMAT, "the pages that were kept are not in order");
    if (st == RECTO_OK)
        st = see_page(d, &page, &p, err);
    recto_arena_clear(d->keep);
    return st;
}

static recto_status next_page(recto_convert_doc *d, int i, recto_error *err)
{
    if (d->result->n_pages < d->n_kept)
        return take_kept_page(d, i, err);
    return d->n_hopeless >= HOPELESS_PAGES ? give_up_page(d, i, err) : take_page(d, i, err);
}

recto_status recto_convert_read(recto_convert_doc *d, recto_error *err)
{
    recto_convert_result *result = d->result;
    int n = recto_source_page_count(d->input.source), asked = 0;
    for (int i = 0; i < n; i++)
        asked += recto_options_wants(d->opt, i + 1);
    if (asked == 0)
        return recto_error_set(err, RECTO_ERR_ARG, "no page of %s exists; the document has %d",
                               d->opt->pages_text, n);
    for (int i = 0; i < n; i++) {
        if (!recto_options_wants(d->opt, i + 1))
            continue;
        recto_status st = recto_convert_stopped(d->opt, d->input.name, result->n_pages, asked, err);
        if (st == RECTO_OK)
            st = next_page(d, i, err);
        if (st != RECTO_OK)
            return st;
    }
    if (result->n_failed == result->n_pages) {
        if (err != NULL)
            *err = result->first_failure;
        return result->first_failure.code;
    }
    return recto_convert_stopped(d->opt, d->input.name, asked, asked, err);
}
