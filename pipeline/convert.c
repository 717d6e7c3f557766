#include "pipeline/convert.h"

#include "core/hash.h"
#include "core/utf8.h"
#include "pipeline/input.h"
#include "pipeline/overlay.h"
#include "pipeline/pictures.h"
#include "text/spill.h"
#include "text/structure.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Overlays of rendered pages: enough to read small print on the screen. */
static const float OVERLAY_DPI = 150.0f;

/* This many pages one after another that hang or kill their parser: the rest is given up. */
enum { HOPELESS_PAGES = 10 };
/* A document of as many pages, or one for the VLM, is worth keeping pages of. */
enum { LONG_PAGES = 16 };

typedef struct document {
    const recto_options *opt;
    const recto_convert_events *events; /* never NULL */
    recto_convert_result *result;
    recto_deadline deadline;
    recto_input input;
    recto_docinfo info;
    recto_structure_stats *stats;
    recto_spill *spill;
    const char *pages_path; /* of the spill, while it has a name; else NULL */
    int n_kept;             /* pages that an earlier call read */
    recto_pagejob job;
    int n_hopeless;           /* pages in a row up to now */
    recto_arena *keep, *tmp;  /* a page's; cleared between pages */
    recto_arena *doc;         /* the document's */
    const char *base;         /* of overlays and pictures */
    recto_pictures *pictures; /* cut out so far; NULL = none are */
} document;

typedef struct sink {
    const recto_output *out;
    recto_outfile *file; /* NULL when writing to a descriptor */
    void *state;
    recto_buf buf;
} sink;

/* The time of one page begins. */
static void grant_page(document *d)
{
    recto_deadline_grant_page(&d->deadline, d->opt->timeout_s);
}

/* What is parked beside a page. */
typedef struct parked {
    recto_page_frame frame;
    double seconds;
    bool used_model, used_vlm;
} parked;

/* --- the input --------------------------------------------------------------------------- */

static const char *hash_text(recto_arena *a, const char *text)
{
    char *hash = recto_arena_alloc(a, RECTO_SHA256_HEX);
    if (hash != NULL)
        recto_sha256(hash, text, strlen(text));
    return hash;
}

/* What the VLM was asked.  Texts of the user's may be confidential: their hashes stand for them. */
static recto_status fill_vlm_info(document *d, recto_error *err)
{
    const recto_options_vlm *v = &d->opt->vlm;
    recto_docinfo *info = &d->info;
    const char *prompt = v->task == RECTO_VLM_ASK ? v->question : recto_vlm_prompt_text(v->task);
    info->prompt_sha256 = hash_text(d->doc, prompt);
    if (v->system != NULL)
        info->system_sha256 = hash_text(d->doc, v->system);
    if (info->prompt_sha256 == NULL || (v->system != NULL && info->system_sha256 == NULL))
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    info->task_option = recto_vlm_prompt_name(v->task);
    info->precision_option = v->kind == RECTO_BACKEND_F32         ? "f32"
                             : v->kind == RECTO_BACKEND_DNNL_BF16 ? "bf16"
                                                                  : NULL;
    info->tiles_option = v->tiles_text;
    info->think_option = v->think;
    info->max_tokens_option = v->max_tokens;
    return RECTO_OK;
}

static recto_status fill_info(document *d, recto_error *err)
{
    const recto_source_meta *meta = recto_source_metadata(d->input.source);
    recto_docinfo *info = &d->info;
    /* a file name is bytes; what is written must be text */
    info->source_name = recto_utf8_clean(d->doc, d->input.name, strlen(d->input.name));
    memcpy(info->source_sha256, d->input.sha256, sizeof info->source_sha256);
    info->source_size_bytes = d->input.size;
    info->format = meta->format;
    info->n_pages = recto_source_page_count(d->input.source);
    info->title = meta->title;
    info->author = meta->author;
    info->subject = meta->subject;
    info->keywords = meta->keywords;
    info->creator = meta->creator;
    info->producer = meta->producer;
    info->created = meta->created;
    info->modified = meta->modified;
    info->version = RECTO_VERSION;
    info->reader_option = recto_options_reader_name(d->opt->reader);
    info->dpi_option = d->opt->dpi;
    info->pages_option = d->opt->pages_text;
    info->unsandboxed = d->opt->unsandboxed;
    if (d->opt->reader == RECTO_CHOOSE_VLM) {
        recto_status st = fill_vlm_info(d, err);
        if (st != RECTO_OK)
            return st;
    }
    recto_bookmark *bookmarks =
        recto_arena_array(d->doc, (size_t)meta->n_bookmarks, sizeof *bookmarks);
    if (bookmarks == NULL || info->source_name == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < meta->n_bookmarks; i++)
        bookmarks[i] = (recto_bookmark){meta->bookmarks[i].title, meta->bookmarks[i].level,
                                        meta->bookmarks[i].page};
    info->bookmarks = bookmarks;
    info->n_bookmarks = meta->n_bookmarks;
    return RECTO_OK;
}

static recto_status open_input(document *d, const recto_convert_job *job, recto_error *err)
{
    recto_status st =
        job->fd >= 0 ? recto_input_open_fd(&d->input, job->fd, job->name, d->opt, &d->deadline, err)
                     : recto_input_open(&d->input, job->path, d->opt, &d->deadline, err);
    memcpy(d->result->sha256, d->input.sha256, sizeof d->result->sha256);
    if (st != RECTO_OK)
        return st;
    d->result->format = recto_input_format(&d->input);
    return recto_source_attachment_count(&d->result->n_attachments, d->input.source, err);
}

/* Pages are kept in a file with a name where reading them again would take long. */
static recto_status open_spill(document *d, const recto_convert_job *job, recto_error *err)
{
    char text[2 * RECTO_SHA256_HEX], key[RECTO_SHA256_HEX];
    bool is_long = recto_source_page_count(d->input.source) >= LONG_PAGES ||
                   d->opt->reader == RECTO_CHOOSE_VLM;
    if (job->pages_path == NULL || !is_long)
        return recto_spill_open(&d->spill, err);
    int n = snprintf(text, sizeof text, "%s %s", d->input.sha256, job->pages_key);
    recto_sha256(key, text, (size_t)n);
    recto_status st = recto_spill_open_kept(&d->spill, job->pages_path, key, err);
    if (st == RECTO_OK) {
        d->pages_path = job->pages_path;
        d->n_kept = recto_spill_count(d->spill);
    }
    return st;
}

static recto_status open_document(document *d, const recto_convert_job *job, recto_error *err)
{
    d->deadline = (recto_deadline){.stop = d->opt->stop, .user = d->opt->user};
    if (d->opt->document_timeout_s > 0) {
        d->deadline.document_limit_s = d->opt->document_timeout_s;
        d->deadline.document_s = recto_clock_s() + d->opt->document_timeout_s;
    }
    grant_page(d);
    recto_status st = open_input(d, job, err);
    d->deadline.page_s = 0;
    if (st != RECTO_OK)
        return st;
    d->keep = recto_arena_new(1u << 20, 0);
    d->tmp = recto_arena_new(1u << 20, 0);
    d->doc = recto_arena_new(0, 0);
    d->stats = recto_structure_stats_new();
    if (d->keep == NULL || d->tmp == NULL || d->doc == NULL || d->stats == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    st = fill_info(d, err);
    return st == RECTO_OK ? open_spill(d, job, err) : st;
}

static void close_document(document *d)
{
    recto_pictures_close(d->pictures);
    recto_spill_close(d->spill);
    recto_structure_stats_free(d->stats);
    recto_input_close(&d->input);
    recto_arena_free(d->keep);
    recto_arena_free(d->tmp);
    recto_arena_free(d->doc);
}

/* --- first pass: read -------------------------------------------------------------------- */

static void note_failure(recto_convert_result *result, int *count, recto_status st, int number,
                         const char *what, const char *msg)
{
    if (result->n_failed + result->n_undrawn == 0)
        recto_error_set(&result->first_failure, st, "page %d: %s%s", number, what, msg);
    (*count)++;
}

static void tell_page(const document *d, const recto_page *page, double seconds)
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

static void note_page(document *d, const recto_page *page, double seconds)
{
    recto_convert_result *result = d->result;
    result->n_pages++;
    result->n_blank += (page->flags & RECTO_FLAG_BLANK_PAGE) != 0;
    if (page->status != RECTO_OK)
        note_failure(result, &result->n_failed, page->status, page->number, "", page->error);
    tell_page(d, page, seconds);
}

static recto_status cancelled(const recto_options *opt, const char *name, int done, int n,
                              recto_error *err)
{
    if (opt->on_page != NULL && opt->on_page(opt->user, name, done, n))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    return RECTO_OK;
}

/* A page that was read, now or by an earlier call. */
static recto_status see_page(document *d, const recto_page *page, const parked *p, recto_error *err)
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
static recto_status take_page(document *d, int i, recto_error *err)
{
    recto_page page;
    parked p;
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
static recto_status give_up_page(document *d, int i, recto_error *err)
{
    parked p;
    memset(&p, 0, sizeof p);
    recto_page page = {.number = i + 1,
                       .dpi = recto_options_dpi(d->opt),
                       .status = RECTO_ERR_TIMEOUT,
                       .error = "given up: too many pages before it took too long or crashed"};
    recto_status st = recto_spill_add_with(d->spill, &page, &p, sizeof p, err);
    return st == RECTO_OK ? see_page(d, &page, &p, err) : st;
}

/* Take page i from those that an earlier call read. */
static recto_status take_kept_page(document *d, int i, recto_error *err)
{
    recto_page page;
    parked p;
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

static recto_status next_page(document *d, int i, recto_error *err)
{
    if (d->result->n_pages < d->n_kept)
        return take_kept_page(d, i, err);
    return d->n_hopeless >= HOPELESS_PAGES ? give_up_page(d, i, err) : take_page(d, i, err);
}

static recto_status read_pages(document *d, recto_error *err)
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
        recto_status st = cancelled(d->opt, d->input.name, result->n_pages, asked, err);
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
    return cancelled(d->opt, d->input.name, asked, asked, err);
}

/* --- second pass: write ------------------------------------------------------------------ */

/* An output has its name: tell of it, with the hash of what is really there. */
static recto_status tell_output(void *document_, const char *path, recto_error *err)
{
    const document *d = document_;
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

/* page: number of the page whose bytes they are, 0 if of none. */
static recto_status flush_sink(sink *s, int page, recto_error *err)
{
    const recto_output *out = s->out;
    recto_status st = recto_buf_status(&s->buf, err);
    if (st == RECTO_OK && s->file != NULL)
        st = recto_outfile_write(s->file, s->buf.data, s->buf.len, err);
    else if (st == RECTO_OK && out->write != NULL && s->buf.len > 0)
        st = out->write(out->user, page, s->buf.data, s->buf.len, err);
    else if (st == RECTO_OK && out->write == NULL)
        st = recto_file_write(out->fd, s->buf.data, s->buf.len, err);
    if (st != RECTO_OK && s->file == NULL && out->write == NULL)
        recto_error_prefix(err, st,
                           "%s: ", out->fd == STDOUT_FILENO ? "standard output" : "output");
    recto_buf_clear(&s->buf);
    return st;
}

/* The writers rely on the model's rules.  A page that breaks one is a fault of ours; it must not
 * cost the rest.  False if the page is replaced by the record of that. */
static bool check_page(document *d, recto_page *page)
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

/* Page i (in the order read) as it goes out, in d->keep. */
static recto_status load_page(recto_page *page, document *d, int i, recto_error *err)
{
    parked p;
    recto_arena_clear(d->keep);
    recto_status st = recto_spill_read(page, d->spill, i, d->keep, err);
    if (st == RECTO_OK && page->reader != RECTO_READER_VLM)
        st = recto_structure_settle(d->stats, page, d->keep, err);
    if (st == RECTO_OK)
        st = recto_spill_extra(d->spill, i, &p, sizeof p, err);
    if (st == RECTO_OK)
        recto_pagejob_place(page, p.frame);
    return st;
}

static recto_status write_page(document *d, sink *sinks, int n_sinks, int i, recto_error *err)
{
    recto_page page;
    recto_status st = load_page(&page, d, i, err);
    if (st != RECTO_OK)
        return st;
    if (!check_page(d, &page)) {
        note_failure(d->result, &d->result->n_failed, page.status, page.number, "", page.error);
        tell_page(d, &page, 0);
    }
    if (d->pictures != NULL && page.status == RECTO_OK) {
        recto_error why = {0};
        grant_page(d);
        st = recto_pictures_cut(d->pictures, &page, d->input.source, d->keep, &why);
        d->deadline.page_s = 0;
        if (st != RECTO_OK && st != RECTO_ERR_OUTPUT && st != RECTO_ERR_NOMEM) {
            note_failure(d->result, &d->result->n_undrawn, st, page.number,
                         "no pictures: ", recto_pagejob_message(&why));
            st = RECTO_OK;
        } else if (st != RECTO_OK && err != NULL) {
            *err = why;
        }
    }
    for (int k = 0; k < n_sinks && st == RECTO_OK; k++) {
        sinks[k].out->writer->page(&sinks[k].buf, sinks[k].state, &d->info, &page);
        st = flush_sink(&sinks[k], page.number, err);
    }
    return st;
}

static recto_status open_sinks(document *d, sink *sinks, const recto_output *outputs, int n,
                               recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        sinks[k].out = &outputs[k];
        if (outputs[k].path != NULL)
            st = recto_outfile_open(&sinks[k].file, outputs[k].path, err);
        if (st != RECTO_OK)
            return st;
        outputs[k].writer->begin(&sinks[k].buf, &sinks[k].state, &d->info, d->doc);
        st = flush_sink(&sinks[k], 0, err);
    }
    return st;
}

static recto_status close_sinks(document *d, sink *sinks, int n, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        sinks[k].out->writer->end(&sinks[k].buf, sinks[k].state, &d->info);
        st = flush_sink(&sinks[k], 0, err);
    }
    /* nothing gets its name before everything is written; the texts name the pictures and come last
     */
    if (st == RECTO_OK)
        st = recto_pictures_commit(d->pictures, tell_output, d, err);
    for (int k = 0; k < n && st == RECTO_OK; k++) {
        recto_outfile *file = sinks[k].file;
        sinks[k].file = NULL;
        if (file != NULL)
            st = recto_outfile_commit(file, err);
        if (file != NULL && st == RECTO_OK)
            st = tell_output(d, sinks[k].out->path, err);
    }
    return st;
}

static recto_status write_outputs(document *d, const recto_output *outputs, int n_outputs,
                                  recto_error *err)
{
    sink *sinks = calloc((size_t)n_outputs + 1, sizeof *sinks);
    if (sinks == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = open_sinks(d, sinks, outputs, n_outputs, err);
    for (int i = 0; i < recto_spill_count(d->spill) && st == RECTO_OK; i++)
        st = write_page(d, sinks, n_outputs, i, err);
    if (st == RECTO_OK)
        st = close_sinks(d, sinks, n_outputs, err);
    for (int k = 0; k < n_outputs; k++) {
        recto_outfile_abort(sinks[k].file);
        recto_buf_free(&sinks[k].buf);
    }
    free(sinks);
    return st;
}

/* --- third pass: overlays ---------------------------------------------------------------- */

static recto_status draw_overlay(document *d, const recto_page *page, const char *base,
                                 recto_error *err)
{
    char path[4096];
    recto_image *im = NULL;
    recto_outfile *file = NULL;
    int n = snprintf(path, sizeof path, "%s.page-%d.png", base, page->number);
    if (n < 0 || (size_t)n >= sizeof path)
        return recto_error_set(err, RECTO_ERR_OUTPUT, "the overlay's name is too long");
    recto_status st =
        recto_source_page_picture(&im, d->input.source, page->number - 1, OVERLAY_DPI, err);
    if (st != RECTO_OK)
        return st;
    recto_image *drawn = NULL;
    st = recto_overlay_draw(&drawn, im, page, err);
    recto_image_free(im);
    if (st == RECTO_OK)
        st = recto_image_png_file(&file, drawn, path, err);
    recto_image_free(drawn);
    if (st == RECTO_OK)
        st = recto_outfile_commit(file, err);
    return st == RECTO_OK ? tell_output(d, path, err) : st;
}

/* A page that cannot be drawn costs only its overlay. */
static recto_status draw_overlays(document *d, const char *base, recto_error *err)
{
    int n = recto_spill_count(d->spill);
    for (int i = 0; i < n; i++) {
        recto_page page;
        recto_error why = {0};
        recto_status st = cancelled(d->opt, d->input.name, n, n, err);
        if (st == RECTO_OK)
            st = load_page(&page, d, i, err);
        if (st != RECTO_OK)
            return st;
        if (page.status != RECTO_OK || !check_page(d, &page))
            continue;
        grant_page(d);
        st = draw_overlay(d, &page, base, &why);
        d->deadline.page_s = 0;
        if (st == RECTO_ERR_OUTPUT || st == RECTO_ERR_NOMEM) {
            if (err != NULL)
                *err = why;
            return st;
        }
        if (st != RECTO_OK)
            note_failure(d->result, &d->result->n_undrawn, st, page.number,
                         "no overlay: ", recto_pagejob_message(&why));
    }
    return RECTO_OK;
}

/* Which model read the pages, for the provenance. */
static recto_status name_model(document *d, recto_model_slot *slot, recto_error *err)
{
    /* it is not there yet if all its pages were kept ones */
    recto_status st = RECTO_OK;
    if (d->job.used_vlm)
        st = recto_model_slot_vlm(slot, d->opt, err);
    else if (d->job.used_model)
        st = recto_model_slot_line(slot, d->tmp, err);
    if (st != RECTO_OK)
        return st;
    if (d->job.used_vlm) {
        d->info.model_name = recto_vlm_name(slot->vlm);
        d->info.model_sha256 = recto_vlm_sha256(slot->vlm);
        if (d->info.model_sha256 == NULL && d->opt->stop != NULL && d->opt->stop(d->opt->user))
            return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
        if (d->info.model_sha256 == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    } else if (d->job.used_model) {
        d->info.model_name = recto_model_name(slot->model);
        d->info.model_sha256 = recto_model_sha256(slot->model);
    }
    return RECTO_OK;
}

recto_status recto_convert_document(recto_convert_result *result, const recto_convert_job *job,
                                    recto_error *err)
{
    static const recto_convert_events silent = {0};
    document d = {.opt = job->opt,
                  .events = job->events != NULL ? job->events : &silent,
                  .result = result,
                  .base = job->base};
    memset(result, 0, sizeof *result);
    recto_status st = open_document(&d, job, err);
    if (st == RECTO_OK && job->base != NULL && job->opt->pictures)
        st = recto_pictures_open(&d.pictures, job->base, err);
    if (st == RECTO_OK) {
        d.job = (recto_pagejob){.source = d.input.source,
                                .opt = job->opt,
                                .slot = job->slot,
                                .deadline = &d.deadline,
                                .keep = d.keep,
                                .tmp = d.tmp};
        st = read_pages(&d, err);
    }
    if (st == RECTO_OK && recto_input_changed(&d.input))
        st = recto_error_set(err, RECTO_ERR_IO, "it changed while it was read");
    if (st == RECTO_OK)
        st = name_model(&d, job->slot, err);
    if (st == RECTO_OK)
        st = write_outputs(&d, job->outputs, job->n_outputs, err);
    if (st == RECTO_OK && job->base != NULL && job->opt->overlay)
        st = draw_overlays(&d, job->base, err);
    if (st == RECTO_OK && d.events->attachments != NULL && result->n_attachments > 0) {
        d.deadline.document_s = 0; /* each of them is a document */
        st = d.events->attachments(d.events->user, d.input.source, result->n_attachments,
                                   &d.deadline, err);
    }
    /* only who was stopped, or the disk, may make another call worth while */
    if (d.pages_path != NULL && st != RECTO_ERR_CANCELLED && st != RECTO_ERR_OUTPUT)
        unlink(d.pages_path);
    close_document(&d);
    return st;
}
