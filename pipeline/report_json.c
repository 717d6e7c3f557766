/* The report for programs: one object, described by docs/report.schema.json. */
#include "core/json.h"
#include "pipeline/report_parts.h"

#include <stdio.h>
#include <time.h>

/* "2026-11-20T14:38:00Z"; null if there is none. */
static void put_time(recto_json_out *o, const char *key, double seconds)
{
    char text[32];
    time_t t = (time_t)seconds;
    struct tm parts;
    bool good = seconds > 0 && gmtime_r(&t, &parts) != NULL &&
                strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0;
    recto_json_put_text(o, key, good ? text : NULL);
}

static void put_flag_names(recto_json_out *o, uint32_t flags)
{
    recto_json_out_key(o, "flags");
    recto_json_out_begin_array(o);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        if ((flags & (1u << bit)) != 0)
            recto_json_out_text(o, recto_doc_flag_name(bit));
    recto_json_out_end_array(o);
}

/* --- the batch -------------------------------------------------------------------------------- */

static void put_runs(recto_json_out *o, const report_journal *j)
{
    recto_json_out_key(o, "runs");
    recto_json_out_begin_array(o);
    for (int i = 0; i < j->n_runs; i++) {
        const recto_journal_run *run = &j->runs[i];
        double end = run->ended > 0 ? run->ended : run->seen;
        recto_json_out_begin_object(o);
        put_time(o, "started", run->started);
        put_time(o, "ended", run->ended);
        recto_json_put_real(o, "seconds", end > run->started ? end - run->started : 0, 3);
        recto_json_put_text(o, "version", run->version);
        recto_json_put_text(o, "host", run->host);
        recto_json_put_bool(o, "sandboxed", run->sandboxed);
        recto_json_put_text(o, "fingerprint", run->fingerprint);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_journals(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "journals");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_journals; i++) {
        const report_journal *j = &r->journals[i];
        recto_json_out_begin_object(o);
        recto_json_put_text(o, "file", j->file);
        recto_json_put_int(o, "shard", j->shard);
        recto_json_put_int(o, "shards", j->n_shards);
        recto_json_put_text(o, "condition", recto_report_condition_name(j->condition));
        recto_json_put_text(o, "message", j->message);
        put_runs(o, j);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_shards(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "shards");
    recto_json_out_begin_object(o);
    recto_json_put_int(o, "expected", r->n_shards);
    recto_json_put_int(o, "read", r->n_readable);
    recto_json_put_bool(o, "mixed", r->mixed);
    recto_json_put_int(o, "n_missing", r->n_missing);
    recto_json_out_key(o, "missing");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_missing && i < REPORT_MISSING; i++)
        recto_json_out_int(o, r->missing[i]);
    recto_json_out_end_array(o);
    recto_json_out_end_object(o);
}

/* --- documents and pages ---------------------------------------------------------------------- */

static void put_documents(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "documents");
    recto_json_out_begin_object(o);
    recto_json_put_int(o, "total", r->n_documents);
    for (int i = 0; i < RECTO_JOURNAL_STATE_COUNT; i++)
        recto_json_put_int(o, recto_journal_state_name((recto_journal_state)i), r->states[i]);
    recto_json_put_int(o, "attached", r->n_attached);
    recto_json_put_int(o, "retried", r->n_retried);
    recto_json_put_int(o, "most_attempts", r->most_attempts);
    recto_json_put_int(o, "unsandboxed", r->n_unsandboxed);
    recto_json_put_int(o, "settings", r->n_fingerprints);
    recto_json_out_end_object(o);
}

static void put_pages(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "pages");
    recto_json_out_begin_object(o);
    recto_json_put_int(o, "total", r->n_pages);
    recto_json_put_int(o, "failed", r->n_pages_failed);
    recto_json_put_int(o, "blank", r->n_pages_blank);
    recto_json_out_key(o, "readers");
    recto_json_out_begin_object(o);
    for (int i = 0; i < RECTO_READER_KIND_COUNT; i++)
        recto_json_put_int(o, recto_doc_reader_name((recto_reader_kind)i), r->readers[i]);
    recto_json_out_end_object(o);
    recto_json_out_key(o, "flags");
    recto_json_out_begin_object(o);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        if (r->flags[bit] > 0)
            recto_json_put_int(o, recto_doc_flag_name(bit), r->flags[bit]);
    recto_json_out_end_object(o);
    recto_json_out_end_object(o);
}

static void put_totals(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "outputs");
    recto_json_out_begin_object(o);
    recto_json_put_int(o, "files", r->n_outputs);
    recto_json_put_int(o, "bytes", (int64_t)r->output_bytes);
    recto_json_out_end_object(o);
    recto_json_put_int(o, "attachments", r->n_attachments);
    recto_json_out_key(o, "time");
    recto_json_out_begin_object(o);
    recto_json_put_real(o, "wall_s", r->wall_s, 3);
    recto_json_put_real(o, "work_s", r->work_s, 3);
    recto_json_out_key(o, "pages_per_s");
    if (r->wall_s > 0)
        recto_json_out_real(o, (double)r->n_pages / r->wall_s, 3);
    else
        recto_json_out_null(o);
    recto_json_out_end_object(o);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void put_failures(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "failures");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_failures;) {
        recto_status class = r->failures[i].status;
        recto_json_out_begin_object(o);
        recto_json_put_text(o, "class", recto_status_name(class));
        recto_json_put_int(o, "documents", r->failed_documents[class]);
        recto_json_put_int(o, "pages", r->failed_pages[class]);
        recto_json_out_key(o, "items");
        recto_json_out_begin_array(o);
        for (; i < r->n_failures && r->failures[i].status == class; i++) {
            const report_failure *f = &r->failures[i];
            recto_json_out_begin_object(o);
            recto_json_put_text(o, "key", f->key);
            recto_json_out_key(o, "page");
            if (f->page > 0)
                recto_json_out_int(o, f->page);
            else
                recto_json_out_null(o);
            recto_json_put_text(o, "message", f->message);
            recto_json_out_end_object(o);
        }
        recto_json_out_end_array(o);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_slowest(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "slowest");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_slowest; i++) {
        recto_json_out_begin_object(o);
        recto_json_put_text(o, "key", r->slowest[i].key);
        recto_json_put_real(o, "seconds", r->slowest[i].seconds, 3);
        recto_json_put_int(o, "pages", r->slowest[i].n_pages);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_review(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "review");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_review; i++) {
        recto_json_out_begin_object(o);
        recto_json_put_text(o, "key", r->review[i].key);
        recto_json_put_int(o, "page", r->review[i].page);
        recto_json_put_real(o, "confidence", (double)r->review[i].conf, 3);
        put_flag_names(o, r->review[i].flags);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_notes(recto_json_out *o, const recto_report *r)
{
    recto_json_out_key(o, "notes");
    recto_json_out_begin_array(o);
    for (int i = 0; i < r->n_notes; i++) {
        recto_json_out_begin_object(o);
        recto_json_put_text(o, "key", r->notes[i].key);
        recto_json_put_text(o, "note", r->notes[i].note);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

void recto_report_json(recto_buf *out, const recto_report *r)
{
    recto_json_out writer = recto_json_out_over(out, false), *o = &writer;
    recto_json_out_begin_object(o);
    recto_json_put_text(o, "schema_name", "RectoReport");
    recto_json_put_text(o, "version", "1.0");
    recto_json_put_bool(o, "complete", recto_report_complete(r));
    put_shards(o, r);
    put_journals(o, r);
    put_documents(o, r);
    put_pages(o, r);
    put_totals(o, r);
    put_failures(o, r);
    put_slowest(o, r);
    put_review(o, r);
    put_notes(o, r);
    recto_json_out_end_object(o);
    recto_buf_char(out, '\n');
}
