#include "pipeline/convert_parts.h"

#include "core/hash.h"
#include "core/utf8.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A document of as many pages, or one for the VLM, is worth keeping pages of. */
enum { LONG_PAGES = 16 };

/* --- the input --------------------------------------------------------------------------- */

static const char *hash_text(recto_arena *a, const char *text)
{
    char *hash = recto_arena_alloc(a, RECTO_SHA256_HEX);
    if (hash != NULL)
        recto_sha256(hash, text, strlen(text));
    return hash;
}

/* What the VLM was asked.  Texts of the user's may be confidential: their hashes stand for them. */
static recto_status fill_vlm_info(recto_convert_doc *d, recto_error *err)
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

static recto_status fill_info(recto_convert_doc *d, recto_error *err)
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
    info->keep_layout = d->opt->keep_layout;
    info->pdfa = d->opt->pdfa;
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

static recto_status open_input(recto_convert_doc *d, const recto_convert_job *job, recto_error *err)
{
    recto_status st =
        job->fd >= 0 ? recto_input_open_fd(&d->input, job->fd, job->name, d->opt, &d->deadline, err)
                     : recto_input_open(&d->input, job->path, d->opt, &d->deadline, err);
    memcpy(d->result->sha256, d->input.sha256, sizeof d->result->sha256);
    if (st != RECTO_OK)
        return st;
    d->result->format = recto_input_format(&d->input);
    if (job->events == NULL) /* to find them all pages are walked: not where nobody hears of it */
        return RECTO_OK;
    return recto_source_attachment_count(&d->result->n_attachments, d->input.source, err);
}

/* Pages are kept in a file with a name where reading them again would take long. */
static recto_status open_spill(recto_convert_doc *d, const recto_convert_job *job, recto_error *err)
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

static recto_status open_document(recto_convert_doc *d, const recto_convert_job *job,
                                  recto_error *err)
{
    d->deadline = (recto_deadline){.stop = d->opt->stop, .user = d->opt->user};
    if (d->opt->document_timeout_s > 0) {
        d->deadline.document_limit_s = d->opt->document_timeout_s;
        d->deadline.document_s = recto_clock_s() + d->opt->document_timeout_s;
    }
    recto_convert_grant_page(d);
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
    if (st == RECTO_OK)
        st = recto_structure_stats_bookmarks(d->stats, d->info.bookmarks, d->info.n_bookmarks, err);
    return st == RECTO_OK ? open_spill(d, job, err) : st;
}

static void close_document(recto_convert_doc *d)
{
    recto_pictures_close(d->pictures);
    recto_spill_close(d->spill);
    recto_structure_stats_free(d->stats);
    recto_input_close(&d->input);
    recto_arena_free(d->keep);
    recto_arena_free(d->tmp);
    recto_arena_free(d->doc);
}

/* Which model read the pages, for the provenance. */
static recto_status name_model(recto_convert_doc *d, recto_model_slot *slot, recto_error *err)
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
    recto_convert_doc d = {.opt = job->opt,
                           .events = job->events != NULL ? job->events : &silent,
                           .result = result,
                           .base = job->base};
    memset(result, 0, sizeof *result);
    recto_status st = open_document(&d, job, err);
    bool pictures = job->opt->images == RECTO_IMAGES_EMBED ||
                    (job->opt->images == RECTO_IMAGES_FILES && job->base != NULL);
    if (st == RECTO_OK && pictures)
        st = recto_pictures_open(&d.pictures, job->opt->images, job->base, err);
    if (st == RECTO_OK) {
        d.job = (recto_pagejob){.source = d.input.source,
                                .opt = job->opt,
                                .slot = job->slot,
                                .deadline = &d.deadline,
                                .keep = d.keep,
                                .tmp = d.tmp};
        st = recto_convert_read(&d, err);
    }
    if (st == RECTO_OK && recto_input_changed(&d.input))
        st = recto_error_set(err, RECTO_ERR_IO, "it changed while it was read");
    if (st == RECTO_OK)
        st = name_model(&d, job->slot, err);
    if (st == RECTO_OK)
        st = recto_convert_write(&d, job->outputs, job->n_outputs, err);
    if (st == RECTO_OK && job->base != NULL && job->opt->overlay)
        st = recto_convert_overlays(&d, job->base, err);
    if (st == RECTO_OK && d.events->attachments != NULL && result->n_attachments > 0) {
        d.deadline.document_s = 0; /* each of them is a recto_convert_doc */
        st = d.events->attachments(d.events->user, d.input.source, result->n_attachments,
                                   &d.deadline, err);
    }
    /* only who was stopped, or the disk, may make another call worth while */
    if (d.pages_path != NULL && st != RECTO_ERR_CANCELLED && st != RECTO_ERR_OUTPUT)
        unlink(d.pages_path);
    close_document(&d);
    return st;
}
