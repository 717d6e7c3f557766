/* The report for people.  Lists end after a few lines: --json has all.  Names and messages come
 * from files: what could move a terminal's cursor or turn its direction of writing is made
 * harmless. */
#include "core/utf8.h"
#include "pipeline/report_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

enum { MOST_FAILURES = 10, MOST_SLOWEST = 10, MOST_REVIEW = 20, MOST_NOTES = 10 };

static void put_safe(recto_buf *out, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        uint32_t cp = recto_utf8_next(&text, end);
        if (cp < 0x20 || cp == 0x2028 || cp == 0x2029 || recto_utf8_is_dropped(cp))
            recto_buf_char(out, '?');
        else
            recto_buf_utf8(out, cp);
    }
}

/* "label   number", the numbers one below the other */
static void put_count(recto_buf *out, const char *label, int64_t n)
{
    recto_buf_printf(out, "%-14s %9" PRId64, label, n);
}

static void put_row(recto_buf *out, const char *label, int64_t n)
{
    if (n == 0)
        return;
    recto_buf_text(out, "  ");
    recto_buf_printf(out, "%-12s %9" PRId64 "\n", label, n);
}

static const char *plural(int64_t n)
{
    return n == 1 ? "" : "s";
}

static void put_more(recto_buf *out, int n_left)
{
    if (n_left > 0)
        recto_buf_printf(out, "    and %d more; --json has all\n", n_left);
}

/* "1 h 02 min 03 s" */
static void put_duration(recto_buf *out, double seconds)
{
    int64_t s = (int64_t)(seconds + 0.5);
    if (seconds < 60) {
        int64_t tenths = (int64_t)(seconds * 10 + 0.5); /* printf's point follows the locale */
        recto_buf_printf(out, "%" PRId64 ".%" PRId64 " s", tenths / 10, tenths % 10);
    } else if (s < 3600) {
        recto_buf_printf(out, "%" PRId64 " min %02" PRId64 " s", s / 60, s % 60);
    } else {
        recto_buf_printf(out, "%" PRId64 " h %02" PRId64 " min", s / 3600, s / 60 % 60);
    }
}

static void put_thousandths(recto_buf *out, double v)
{
    int64_t n = (int64_t)(v * 1000 + 0.5);
    recto_buf_printf(out, "%" PRId64 ".%03" PRId64, n / 1000, n % 1000);
}

/* --- what there is ---------------------------------------------------------------------------- */

/* A run without an end.  Were it alive the journal would be locked; but a file system may keep the
 * locks of other machines to itself. */
static void put_unended(recto_buf *out, const report_journal *j)
{
    const char *host = j->runs[j->n_runs - 1].host;
    struct utsname here;
    bool elsewhere = uname(&here) == 0 && strcmp(here.nodename, host) != 0;
    recto_buf_printf(out, "%s: its last run was killed, or failed before it began (on ", j->file);
    put_safe(out, host);
    recto_buf_text(out, elsewhere ? ", where it may still be going on if OUT does not share locks)"
                                  : ")");
    recto_buf_text(out, "; go on with recto batch --resume\n");
}

static void put_problems(recto_buf *out, const recto_report *r)
{
    size_t before = out->len;
    for (int i = 0; i < r->n_journals; i++) {
        const report_journal *j = &r->journals[i];
        bool ended = j->n_runs > 0 && j->runs[j->n_runs - 1].ended > 0;
        if (j->message != NULL) {
            put_safe(out, j->message);
            recto_buf_char(out, '\n');
        } else if (!ended && j->n_runs > 0) {
            put_unended(out, j);
        }
    }
    if (r->n_shards > 1)
        recto_buf_printf(out, "%d of %d shards read\n", r->n_readable, r->n_shards);
    if (r->n_missing > 0) {
        recto_buf_printf(out, "no journal of shard%s", plural(r->n_missing));
        for (int i = 0; i < r->n_missing && i < 20; i++)
            recto_buf_printf(out, " %d", r->missing[i]);
        recto_buf_text(out, r->n_missing > 20 ? "...\n" : "\n");
    }
    if (r->mixed)
        recto_buf_text(out, "journals of different splits: documents may be counted twice\n");
    if (r->n_fingerprints > 1)
        recto_buf_printf(out, "documents were converted under %d different settings\n",
                         r->n_fingerprints);
    if (r->n_unsandboxed > 0)
        recto_buf_printf(out, "%" PRId64 " document%s parsed without a sandbox (--no-sandbox)\n",
                         r->n_unsandboxed, r->n_unsandboxed == 1 ? " was" : "s were");
    if (out->len > before && r->n_readable > 0)
        recto_buf_char(out, '\n');
}

static void put_documents(recto_buf *out, const recto_report *r)
{
    put_count(out, "Documents", r->n_documents);
    recto_buf_char(out, '\n');
    put_row(out, "ok", r->states[RECTO_JOURNAL_OK]);
    put_row(out, "partial", r->states[RECTO_JOURNAL_PARTIAL]);
    put_row(out, "failed", r->states[RECTO_JOURNAL_FAILED]);
    put_row(out, "duplicate", r->states[RECTO_JOURNAL_DUPLICATE]);
    put_row(out, "other files", r->states[RECTO_JOURNAL_OTHER]);
    put_row(out, "pending", r->states[RECTO_JOURNAL_PENDING]);
    if (r->n_attachments > 0) {
        put_count(out, "Attachments", r->n_attachments);
        recto_buf_printf(out, " inside documents, %" PRId64 " taken as documents\n", r->n_attached);
    }
    if (r->n_retried > 0) {
        put_count(out, "Tried again", r->n_retried);
        recto_buf_printf(out, " document%s, %d times at most\n", plural(r->n_retried),
                         r->most_attempts);
    }
}

static void put_pages(recto_buf *out, const recto_report *r)
{
    put_count(out, "Pages", r->n_pages);
    recto_buf_char(out, '\n');
    for (int i = 0; i < RECTO_READER_KIND_COUNT; i++)
        put_row(out, recto_doc_reader_name((recto_reader_kind)i), r->readers[i]);
    put_row(out, "blank", r->n_pages_blank);
    put_row(out, "failed", r->n_pages_failed);
    put_count(out, "Outputs", r->n_outputs);
    recto_buf_printf(out, " file%s, ", plural(r->n_outputs));
    if (r->output_bytes < 10000000)
        recto_buf_printf(out, "%" PRIu64 " kB\n", (r->output_bytes + 999) / 1000);
    else
        recto_buf_printf(out, "%" PRIu64 " MB\n", r->output_bytes / 1000000);
    if (r->wall_s <= 0)
        return;
    recto_buf_printf(out, "%-14s ", "Time");
    put_duration(out, r->wall_s);
    recto_buf_text(out, ", ");
    put_thousandths(out, (double)r->n_pages / r->wall_s);
    recto_buf_text(out,
                   r->n_shards > 1 ? " pages/s (all shards, time of the longest)\n" : " pages/s\n");
}

/* --- lists ------------------------------------------------------------------------------------ */

static void put_failures(recto_buf *out, const recto_report *r)
{
    if (r->n_failures > 0)
        recto_buf_text(out, "\nFailures\n");
    for (int i = 0; i < r->n_failures;) {
        recto_status class = r->failures[i].status;
        int64_t documents = r->failed_documents[class], pages = r->failed_pages[class];
        int n_shown = 0, n = (int)(documents + pages);
        recto_buf_printf(out, "  %s: ", recto_status_name(class));
        if (documents > 0)
            recto_buf_printf(out, "%" PRId64 " document%s", documents, plural(documents));
        recto_buf_text(out, documents > 0 && pages > 0 ? ", " : "");
        if (pages > 0)
            recto_buf_printf(out, "%" PRId64 " page%s", pages, plural(pages));
        recto_buf_char(out, '\n');
        for (; i < r->n_failures && r->failures[i].status == class; i++) {
            const report_failure *f = &r->failures[i];
            if (n_shown == MOST_FAILURES)
                continue;
            n_shown++;
            recto_buf_text(out, "    ");
            put_safe(out, f->key);
            if (f->page > 0)
                recto_buf_printf(out, ", page %d", f->page);
            recto_buf_text(out, ": ");
            put_safe(out, f->message);
            recto_buf_char(out, '\n');
        }
        put_more(out, n - n_shown);
    }
}

static void put_slowest(recto_buf *out, const recto_report *r)
{
    if (r->n_slowest > 0)
        recto_buf_text(out, "\nSlowest documents\n");
    for (int i = 0; i < r->n_slowest && i < MOST_SLOWEST; i++) {
        const report_slow *s = &r->slowest[i];
        recto_buf_text(out, "    ");
        put_safe(out, s->key);
        recto_buf_text(out, ": ");
        put_duration(out, s->seconds);
        recto_buf_printf(out, ", %d page%s\n", s->n_pages, plural(s->n_pages));
    }
}

static void put_review(recto_buf *out, const recto_report *r)
{
    if (r->n_review > 0)
        recto_buf_text(out, "\nPages to look at, with their confidence\n");
    for (int i = 0; i < r->n_review && i < MOST_REVIEW; i++) {
        const report_review *v = &r->review[i];
        recto_buf_text(out, "    ");
        put_thousandths(out, (double)v->conf);
        recto_buf_text(out, "  ");
        put_safe(out, v->key);
        recto_buf_printf(out, ", page %d:", v->page);
        for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
            if ((v->flags & (1u << bit)) != 0)
                recto_buf_printf(out, " %s", recto_doc_flag_name(bit));
        recto_buf_char(out, '\n');
    }
    put_more(out, r->n_review - MOST_REVIEW);
}

static void put_notes(recto_buf *out, const recto_report *r)
{
    if (r->n_notes > 0)
        recto_buf_text(out, "\nOutputs under another name\n");
    for (int i = 0; i < r->n_notes && i < MOST_NOTES; i++) {
        recto_buf_text(out, "    ");
        put_safe(out, r->notes[i].key);
        recto_buf_text(out, ": ");
        put_safe(out, r->notes[i].note);
        recto_buf_char(out, '\n');
    }
    put_more(out, r->n_notes - MOST_NOTES);
}

void recto_report_text(recto_buf *out, const recto_report *r)
{
    put_problems(out, r);
    if (r->n_readable == 0)
        return;
    put_documents(out, r);
    put_pages(out, r);
    put_failures(out, r);
    put_slowest(out, r);
    put_review(out, r);
    put_notes(out, r);
}
