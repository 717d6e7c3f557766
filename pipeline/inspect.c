#include "pipeline/inspect.h"

#include "core/json.h"
#include "core/utf8.h"
#include "pipeline/input.h"
#include <string.h>

typedef struct inspection {
    recto_deadline deadline; /* without limits: the wish to stop */
    recto_input input;
    recto_pagejob job;
} inspection;

static recto_status open_inspection(inspection *in, const char *path, const recto_options *opt,
                                    recto_error *err)
{
    in->deadline = (recto_deadline){.stop = opt->stop, .user = opt->user};
    recto_status st = recto_input_open(&in->input, path, opt, &in->deadline, err);
    if (st != RECTO_OK)
        return st;
    in->job.source = in->input.source;
    in->job.opt = opt;
    in->job.keep = recto_arena_new(1u << 20, 0);
    in->job.tmp = recto_arena_new(1u << 20, 0);
    if (in->job.keep == NULL || in->job.tmp == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    return RECTO_OK;
}

static void field(recto_json_out *j, const char *key, const char *value)
{
    if (value == NULL)
        return;
    recto_json_put_text(j, key, value);
}

static void json_head(recto_json_out *j, const inspection *in)
{
    const recto_source_meta *meta = recto_source_metadata(in->job.source);
    recto_json_out_begin_object(j);
    field(j, "name", in->input.name);
    field(j, "sha256", in->input.sha256);
    recto_json_put_int(j, "size_bytes", (int64_t)in->input.size);
    field(j, "format", meta->format);
    recto_json_put_bool(j, "encrypted", meta->encrypted);
    field(j, "title", meta->title);
    field(j, "author", meta->author);
    field(j, "subject", meta->subject);
    field(j, "keywords", meta->keywords);
    field(j, "creator", meta->creator);
    field(j, "producer", meta->producer);
    field(j, "created", meta->created);
    field(j, "modified", meta->modified);
    recto_json_put_int(j, "n_bookmarks", meta->n_bookmarks);
    recto_json_put_int(j, "n_pages", recto_source_page_count(in->job.source));
    recto_json_out_key(j, "pages");
    recto_json_out_begin_array(j);
}

static void json_page(recto_json_out *j, int number, const recto_source_facts *f,
                      const recto_route *route, const recto_error *failure)
{
    recto_json_out_begin_inline_object(j);
    recto_json_put_int(j, "page_no", number);
    if (failure != NULL) {
        field(j, "status", recto_status_name(failure->code));
        field(j, "error", recto_pagejob_message(failure));
    } else {
        field(j, "status", "ok");
        recto_json_put_real(j, "width_pt", (double)f->width_pt, 2);
        recto_json_put_real(j, "height_pt", (double)f->height_pt, 2);
        recto_json_put_int(j, "rotate_deg", f->rotate_deg);
        recto_json_put_int(j, "n_chars", f->n_chars);
        recto_json_put_int(j, "n_chars_hidden", f->n_chars_hidden);
        recto_json_put_int(j, "n_chars_bad", f->n_chars_bad);
        recto_json_put_int(j, "n_chars_odd", f->n_chars_odd);
        recto_json_put_int(j, "n_images", f->n_images);
        recto_json_put_real(j, "image_cover", (double)f->image_cover, 3);
        recto_json_put_int(j, "image_width", f->image_w);
        recto_json_put_int(j, "image_height", f->image_h);
        recto_json_put_int(j, "n_paths", f->n_paths);
        recto_json_put_real(j, "path_cover", (double)f->path_cover, 3);
        recto_json_put_bool(j, "damaged", f->damaged);
        field(j, "reader", recto_doc_reader_name(route->reader));
        field(j, "reason", route->reason);
    }
    recto_json_out_end_object(j);
}

static void text_head(recto_buf *out, const inspection *in)
{
    /* a file name is bytes; what goes to a terminal must be text */
    const char *name = recto_utf8_clean(in->job.keep, in->input.name, strlen(in->input.name));
    const recto_source_meta *meta = recto_source_metadata(in->job.source);
    recto_buf_printf(out, "%s: %s, %d page%s, %llu bytes%s\n", name != NULL ? name : "",
                     meta->format, recto_source_page_count(in->job.source),
                     recto_source_page_count(in->job.source) == 1 ? "" : "s",
                     (unsigned long long)in->input.size, meta->encrypted ? ", encrypted" : "");
    const char *const rows[][2] = {{"title", meta->title},       {"author", meta->author},
                                   {"subject", meta->subject},   {"created", meta->created},
                                   {"creator", meta->creator},   {"producer", meta->producer},
                                   {"sha-256", in->input.sha256}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i][1] != NULL)
            recto_buf_printf(out, "  %-10s%s\n", rows[i][0], rows[i][1]);
    if (meta->n_bookmarks > 0)
        recto_buf_printf(out, "  %-10s%d\n", "bookmarks", meta->n_bookmarks);
}

static void text_page(recto_buf *out, int number, const recto_source_facts *f,
                      const recto_route *route, const recto_error *failure)
{
    if (failure != NULL) {
        recto_buf_printf(out, "  page %d: failed (%s): %s\n", number,
                         recto_status_name(failure->code), recto_pagejob_message(failure));
        return;
    }
    recto_buf_printf(out, "  page %d: %.0f x %.0f pt", number, (double)f->width_pt,
                     (double)f->height_pt);
    if (f->rotate_deg != 0)
        recto_buf_printf(out, " (turned %d)", f->rotate_deg);
    recto_buf_printf(out, ", %d characters", f->n_chars);
    if (f->n_chars_hidden > 0)
        recto_buf_printf(out, " and %d invisible", f->n_chars_hidden);
    if (f->n_chars_bad > 0)
        recto_buf_printf(out, " (%d undecodable)", f->n_chars_bad);
    if (f->n_chars_odd > 0)
        recto_buf_printf(out, " (%d that make no words)", f->n_chars_odd);
    if (f->n_images > 0)
        recto_buf_printf(out, ", %d image%s on %.0f %%", f->n_images, f->n_images == 1 ? "" : "s",
                         (double)f->image_cover * 100.0);
    if (f->single_image)
        recto_buf_printf(out, " (%d x %d px)", f->image_w, f->image_h);
    if (f->damaged)
        recto_buf_text(out, ", damaged");
    recto_buf_printf(out, " -> %s: %s\n", recto_doc_reader_name(route->reader), route->reason);
}

static recto_status inspect_pages(recto_buf *out, int *n_failed, recto_json_out *j, inspection *in,
                                  recto_error *err)
{
    const recto_options *opt = in->job.opt;
    int n = recto_source_page_count(in->job.source);
    for (int i = 0; i < n; i++) {
        if (!recto_options_wants(opt, i + 1))
            continue;
        if (opt->on_page != NULL && opt->on_page(opt->user, in->input.name, i, n))
            return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
        recto_route route = {0};
        recto_source_facts facts = {0};
        recto_layout layout;
        recto_error failure = {0};
        recto_status st = recto_pagejob_decide(&route, &facts, &layout, &in->job, i, &failure);
        const recto_error *failed = st != RECTO_OK ? &failure : NULL;
        *n_failed += failed != NULL;
        if (j != NULL)
            json_page(j, i + 1, &facts, &route, failed);
        else
            text_page(out, i + 1, &facts, &route, failed);
        recto_arena_clear(in->job.keep);
        recto_arena_clear(in->job.tmp);
    }
    return RECTO_OK;
}

recto_status recto_inspect_document(recto_buf *out, int *n_failed_out, const char *path, bool json,
                                    const recto_options *opt, recto_error *err)
{
    inspection in = {0};
    *n_failed_out = 0;
    recto_status st = open_inspection(&in, path, opt, err);
    if (st == RECTO_OK && json) {
        recto_json_out j = recto_json_out_over(out, false);
        json_head(&j, &in);
        st = inspect_pages(out, n_failed_out, &j, &in, err);
        recto_json_out_end_array(&j);
        recto_json_out_end_object(&j);
        recto_buf_char(out, '\n');
    } else if (st == RECTO_OK) {
        text_head(out, &in);
        st = inspect_pages(out, n_failed_out, NULL, &in, err);
    }
    recto_input_close(&in.input);
    recto_arena_free(in.job.keep);
    recto_arena_free(in.job.tmp);
    return st == RECTO_OK ? recto_buf_status(out, err) : st;
}
