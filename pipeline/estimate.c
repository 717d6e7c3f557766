/* Looking at documents without reading them: each is opened as a batch would open it, and each page
 * is routed as a batch would route it. */
#include "pipeline/estimate.h"

#include "pipeline/input.h"
#include "pipeline/pagejob.h"
#include <string.h>

/* Seconds of one core of the reference machine; docs/SPEED.md ("What --dry-run reckons with") names
 * the commands.  The first is what a document costs whatever its pages: its parser, its outputs'
 * way to the disk, its records. */
static const double DOCUMENT_S = 0.02;
static const double READER_S[RECTO_READER_KIND_COUNT] = {
    [RECTO_READER_NONE] = 0.0,
    [RECTO_READER_LAYER] = 0.0015,
    [RECTO_READER_LINE] = 0.105,
    [RECTO_READER_VLM] = 150.0, /* the 4.7-billion model on both cores, an answer of 600 tokens */
};
static const double LOOK_S = 120; /* at a document, when no --timeout is given */

typedef struct look {
    const recto_estimate_options *opt;
    recto_deadline deadline;
    recto_arena *keep, *tmp;
} look;

/* --- one document ----------------------------------------------------------------------------- */

/* Errors that are none of the document's. */
static bool is_fatal(recto_status st)
{
    return st == RECTO_ERR_CANCELLED || st == RECTO_ERR_NOMEM || st == RECTO_ERR_DEVICE ||
           st == RECTO_ERR_MODEL;
}

/* The time for all pages that were asked for, from those that were looked at. */
static double reckon(const recto_estimate_pages *p, const recto_options *run)
{
    double seconds = 0;
    int64_t seen = 0;
    for (int r = 0; r < RECTO_READER_KIND_COUNT; r++) {
        seconds += (double)p->n_readers[r] * READER_S[r];
        seen += p->n_readers[r];
    }
    double each =
        seen > 0 ? seconds / (double)seen
                 : READER_S[run->reader == RECTO_CHOOSE_VLM ? RECTO_READER_VLM : RECTO_READER_LINE];
    return DOCUMENT_S + seconds + (double)p->n_unseen * each;
}

/* Errors: those that are fatal, with the page's own in the counts. */
static recto_status look_at_pages(recto_estimate_document *d, look *l, recto_source *source,
                                  recto_error *err)
{
    const recto_options *run = l->opt->run;
    recto_pagejob job = {.source = source, .opt = run, .keep = l->keep, .tmp = l->tmp};
    bool late = false;
    for (int i = 0; i < d->n_pages; i++) {
        recto_route route = {0};
        recto_source_facts facts;
        recto_layout layout;
        recto_error why = {0};
        if (!recto_options_wants(run, i + 1))
            continue;
        d->pages.n++;
        recto_status st = late ? RECTO_ERR_TIMEOUT : recto_deadline_check(&l->deadline, &why);
        if (st == RECTO_OK)
            st = recto_pagejob_decide(&route, &facts, &layout, &job, i, &why);
        recto_arena_clear(l->keep);
        recto_arena_clear(l->tmp);
        if (is_fatal(st))
            return recto_error_set(err, st, "%s", why.msg);
        late = late || st == RECTO_ERR_TIMEOUT;
        if (late)
            d->pages.n_unseen++;
        else if (st != RECTO_OK)
            d->pages.n_failed++;
        else
            d->pages.n_readers[route.reader]++;
    }
    return RECTO_OK;
}

static recto_status look_at(recto_estimate_document *d, look *l, recto_error *why)
{
    const recto_options *run = l->opt->run;
    recto_input in = {.fd = -1};
    double limit = run->timeout_s > 0 ? run->timeout_s : LOOK_S;
    l->deadline = (recto_deadline){.page_s = recto_clock_s() + limit,
                                   .page_limit_s = limit,
                                   .stop = l->opt->stop,
                                   .user = l->opt->user};
    recto_status st = recto_input_open(&in, d->item->path, run, &l->deadline, why);
    if (st == RECTO_OK) {
        d->format = recto_input_format(&in);
        d->n_pages = recto_source_page_count(in.source);
        st = look_at_pages(d, l, in.source, why);
    }
    recto_input_close(&in);
    if (st == RECTO_OK && d->pages.n == 0)
        st = recto_error_set(why, RECTO_ERR_ARG, "it has none of the pages of --pages");
    else if (st == RECTO_OK && d->pages.n_failed == d->pages.n)
        st = recto_error_set(why, RECTO_ERR_FORMAT, "none of its pages can be looked at");
    if (st == RECTO_OK)
        d->pages.seconds = reckon(&d->pages, run);
    return st;
}

/* --- all of them ------------------------------------------------------------------------------ */

static void add_pages(recto_estimate_pages *sum, const recto_estimate_pages *p)
{
    sum->n += p->n;
    sum->n_failed += p->n_failed;
    sum->n_unseen += p->n_unseen;
    sum->seconds += p->seconds;
    for (int r = 0; r < RECTO_READER_KIND_COUNT; r++)
        sum->n_readers[r] += p->n_readers[r];
}

static recto_status do_item(recto_estimate *out, look *l, const recto_plan_item *item,
                            recto_error *err)
{
    const recto_estimate_options *opt = l->opt;
    recto_estimate_document d = {.item = item, .status = item->status, .message = item->message};
    recto_error why = {0};
    out->n_documents++;
    out->n_bytes += item->size;
    if (item->original != NULL) {
        out->n_duplicates++;
        return RECTO_OK;
    }
    if (opt->is_done != NULL && opt->is_done(opt->user, item)) {
        out->n_done++;
        return RECTO_OK;
    }
    if (item->status == RECTO_OK) {
        d.status = look_at(&d, l, &why);
        d.message = d.status != RECTO_OK ? why.msg : NULL;
    }
    if (is_fatal(d.status) && item->status == RECTO_OK)
        return recto_error_set(err, d.status, "%s", why.msg);
    bool other = d.status == RECTO_ERR_FORMAT && d.format == NULL && item->walked &&
                 !recto_plan_names_document(item->key);
    if (other)
        out->n_others++;
    else
        out->n_classes[d.status]++;
    add_pages(&out->pages, &d.pages);
    if (opt->document != NULL && !other)
        opt->document(opt->user, &d);
    return RECTO_OK;
}

recto_status recto_estimate_plan(recto_estimate *out, const recto_plan *plan,
                                 const recto_estimate_options *opt, recto_error *err)
{
    look l = {
        .opt = opt, .keep = recto_arena_new(1u << 20, 0), .tmp = recto_arena_new(1u << 20, 0)};
    recto_status st = RECTO_OK;
    *out = (recto_estimate){0};
    if (l.keep == NULL || l.tmp == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < plan->n_items && st == RECTO_OK; i++) {
        if (opt->stop != NULL && opt->stop(opt->user))
            st = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
        else
            st = do_item(out, &l, &plan->items[i], err);
    }
    recto_arena_free(l.keep);
    recto_arena_free(l.tmp);
    return st;
}
