/* An estimate in words and in JSON. */
#include "pipeline/estimate.h"

#include "core/json.h"
#include <inttypes.h>
#include <string.h>

/* Readers in the order of the table; NONE is told as "blank". */
static const recto_reader_kind ORDER[] = {RECTO_READER_LAYER, RECTO_READER_LINE, RECTO_READER_VLM,
                                          RECTO_READER_NONE};
enum { N_ORDER = sizeof ORDER / sizeof *ORDER };

static const char *reader_name(recto_reader_kind r)
{
    return r == RECTO_READER_NONE ? "blank" : recto_doc_reader_name(r);
}

/* "45 s", "12 min", "3.5 h", "2.1 days": no more digits than the estimate is worth. */
static void put_time(recto_buf *out, double s)
{
    if (s < 1)
        recto_buf_text(out, "under 1 s");
    else if (s < 90)
        recto_buf_printf(out, "%.0f s", s);
    else if (s < 5400)
        recto_buf_printf(out, "%.0f min", s / 60);
    else if (s < 172800)
        recto_buf_printf(out, "%.1f h", s / 3600);
    else
        recto_buf_printf(out, "%.1f days", s / 86400);
}

/* Whole time of a run: shares of the documents are taken to be equal. */
static double run_time(const recto_estimate *e, int jobs)
{
    bool vlm = e->pages.n_readers[RECTO_READER_VLM] > 0; /* takes all processors for itself */
    return e->pages.seconds / (vlm || jobs < 1 ? 1 : jobs);
}

/* --- for people ------------------------------------------------------------------------------- */

void recto_estimate_line(recto_buf *out, const recto_estimate_document *d)
{
    recto_buf_printf(out, "%s: ", d->item->key);
    if (d->status != RECTO_OK) {
        recto_buf_printf(out, "would fail (%s): %s\n", recto_status_name(d->status),
                         d->message != NULL ? d->message : "");
        return;
    }
    recto_buf_printf(out, "%s, %" PRId64 " page%s", d->format, d->pages.n,
                     d->pages.n == 1 ? "" : "s");
    if (d->pages.n != d->n_pages)
        recto_buf_printf(out, " of %d", d->n_pages);
    const char *comma = " (";
    for (int i = 0; i < N_ORDER; i++)
        if (d->pages.n_readers[ORDER[i]] > 0) {
            recto_buf_printf(out, "%s%s %" PRId64, comma, reader_name(ORDER[i]),
                             d->pages.n_readers[ORDER[i]]);
            comma = ", ";
        }
    if (d->pages.n_failed > 0) {
        recto_buf_printf(out, "%sdamaged %" PRId64, comma, d->pages.n_failed);
        comma = ", ";
    }
    if (d->pages.n_unseen > 0) {
        recto_buf_printf(out, "%snot looked at %" PRId64, comma, d->pages.n_unseen);
        comma = ", ";
    }
    recto_buf_text(out, comma[0] == ',' ? "), about " : ", about ");
    put_time(out, d->pages.seconds);
    recto_buf_char(out, '\n');
}

static void row(recto_buf *out, const char *name, int64_t n)
{
    recto_buf_printf(out, "  %-16s%10" PRId64 "\n", name, n);
}

static void row_unless_zero(recto_buf *out, const char *name, int64_t n)
{
    if (n > 0)
        row(out, name, n);
}

void recto_estimate_text(recto_buf *out, const recto_estimate *e, int jobs)
{
    recto_buf_printf(out, "%-18s%10" PRId64 "   %.1f MB\n", "files", e->n_documents,
                     (double)e->n_bytes * 1e-6);
    row(out, "to convert", e->n_classes[RECTO_OK]);
    row_unless_zero(out, "done before", e->n_done);
    row_unless_zero(out, "duplicates", e->n_duplicates);
    row_unless_zero(out, "other files", e->n_others);
    for (int c = 1; c < RECTO_ESTIMATE_CLASSES; c++)
        if (e->n_classes[c] > 0)
            recto_buf_printf(out, "  %-16s%10" PRId64 "   %s\n", "would fail", e->n_classes[c],
                             recto_status_name((recto_status)c));
    recto_buf_printf(out, "%-18s%10" PRId64 "\n", "pages", e->pages.n);
    for (int i = 0; i < N_ORDER; i++)
        row_unless_zero(out, reader_name(ORDER[i]), e->pages.n_readers[ORDER[i]]);
    row_unless_zero(out, "damaged", e->pages.n_failed);
    row_unless_zero(out, "not looked at", e->pages.n_unseen);
    recto_buf_printf(out, "%-18s", "time");
    put_time(out, run_time(e, jobs));
    recto_buf_printf(out, " with %d job%s (rough: costs of the reference machine)\n", jobs,
                     jobs == 1 ? "" : "s");
}

/* --- for programs ----------------------------------------------------------------------------- */

static void put_pages(recto_json_out *j, const recto_estimate_pages *p)
{
    recto_json_put_int(j, "pages", p->n);
    for (int i = 0; i < N_ORDER; i++)
        recto_json_put_int(j, reader_name(ORDER[i]), p->n_readers[ORDER[i]]);
    recto_json_put_int(j, "damaged", p->n_failed);
    recto_json_put_int(j, "not_looked_at", p->n_unseen);
}

void recto_estimate_document_json(recto_buf *out, const recto_estimate_document *d)
{
    recto_json_out j = recto_json_out_over(out, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "event", "document");
    recto_json_put_text(&j, "key", d->item->key);
    recto_json_put_text(&j, "class", d->status != RECTO_OK ? recto_status_name(d->status) : NULL);
    recto_json_put_text(&j, "message", d->message);
    recto_json_put_text(&j, "format", d->format);
    put_pages(&j, &d->pages);
    recto_json_put_real(&j, "seconds", d->pages.seconds, 3);
    recto_json_out_end_object(&j);
    recto_buf_char(out, '\n');
}

void recto_estimate_json(recto_buf *out, const recto_estimate *e, int jobs)
{
    recto_json_out j = recto_json_out_over(out, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "event", "estimate");
    recto_json_put_int(&j, "files", e->n_documents);
    recto_json_put_int(&j, "bytes", (int64_t)e->n_bytes);
    recto_json_put_int(&j, "to_convert", e->n_classes[RECTO_OK]);
    recto_json_put_int(&j, "done_before", e->n_done);
    recto_json_put_int(&j, "duplicates", e->n_duplicates);
    recto_json_put_int(&j, "other_files", e->n_others);
    recto_json_out_key(&j, "would_fail");
    recto_json_out_begin_object(&j);
    for (int c = 1; c < RECTO_ESTIMATE_CLASSES; c++)
        if (e->n_classes[c] > 0)
            recto_json_put_int(&j, recto_status_name((recto_status)c), e->n_classes[c]);
    recto_json_out_end_object(&j);
    put_pages(&j, &e->pages);
    recto_json_put_int(&j, "jobs", jobs);
    recto_json_put_real(&j, "seconds", run_time(e, jobs), 1);
    recto_json_out_end_object(&j);
    recto_buf_char(out, '\n');
}
