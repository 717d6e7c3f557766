/* recto batch: settings in, progress out, an exit code. */
#include "cli/cli.h"

#include "core/buf.h"
#include "core/json.h"
#include "core/memory.h"
#include "pipeline/batch.h"
#include <errno.h>
#include <inttypes.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A page of a text layer takes milliseconds, one for the line reader seconds at the most. */
static const double TIMEOUT_S = 120, VLM_TIMEOUT_S = 3600;
/* Between two JSON lines of progress. */
static const double JSON_PERIOD_S = 1;

typedef struct show {
    cli_progress_mode mode;
    bool line; /* standard error is a terminal and wants a line */
    bool drawn;
    int verbosity;
    double told_s;
} show;

static void clear(show *s)
{
    if (s->drawn)
        fputs("\r\033[K", stderr);
    s->drawn = false;
}

static int64_t n_finished(const recto_batch_progress *p)
{
    int64_t n = -p->n_attachments;
    for (int i = 0; i < RECTO_JOURNAL_STATE_COUNT; i++)
        n += p->n_states[i];
    return n;
}

static double pages_per_s(const recto_batch_progress *p)
{
    return p->seconds > 0 ? (double)p->n_pages / p->seconds : 0;
}

static void put_progress(recto_json_out *j, const recto_batch_progress *p)
{
    recto_json_put_int(j, "documents", p->n_documents);
    recto_json_put_int(j, "finished", n_finished(p));
    recto_json_put_int(j, "skipped", p->n_skipped);
    recto_json_put_int(j, "ok", p->n_states[RECTO_JOURNAL_OK]);
    recto_json_put_int(j, "partial", p->n_states[RECTO_JOURNAL_PARTIAL]);
    recto_json_put_int(j, "failed", p->n_states[RECTO_JOURNAL_FAILED]);
    recto_json_put_int(j, "duplicates", p->n_states[RECTO_JOURNAL_DUPLICATE]);
    recto_json_put_int(j, "other", p->n_states[RECTO_JOURNAL_OTHER]);
    recto_json_put_int(j, "attachments", p->n_attachments);
    recto_json_put_int(j, "pages", p->n_pages);
    recto_json_put_int(j, "pages_failed", p->n_pages_failed);
    recto_json_put_real(j, "seconds", p->seconds, 3);
    recto_json_put_real(j, "pages_per_second", pages_per_s(p), 3);
    recto_json_out_key(j, "eta_seconds");
    if (p->eta_s >= 0)
        recto_json_out_real(j, p->eta_s, 0);
    else
        recto_json_out_null(j);
}

/* End the object and print it as a line. */
static void print_json(recto_json_out *j)
{
    recto_json_out_end_object(j);
    if (!j->buf->failed)
        fprintf(stderr, "%s\n", j->buf->data);
    recto_buf_free(j->buf);
}

static recto_json_out begin_json(recto_buf *buf, const char *event)
{
    recto_json_out j = recto_json_out_over(buf, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "event", event);
    return j;
}

static void on_document(void *user, const recto_journal_document *d, const recto_batch_progress *p)
{
    show *s = user;
    (void)p;
    if (s->mode == PROGRESS_JSON) {
        recto_buf buf = RECTO_BUF_INIT;
        recto_json_out j = begin_json(&buf, "document");
        recto_json_put_text(&j, "key", d->key);
        recto_json_put_text(&j, "state", recto_journal_state_name(d->state));
        recto_json_put_text(&j, "class",
                            d->status != RECTO_OK ? recto_status_name(d->status) : NULL);
        recto_json_put_text(&j, "message", d->message);
        recto_json_put_int(&j, "pages", d->n_pages);
        recto_json_put_int(&j, "pages_failed", d->n_failed);
        recto_json_put_real(&j, "seconds", d->seconds, 3);
        print_json(&j);
        return;
    }
    if (d->message != NULL && d->state != RECTO_JOURNAL_DUPLICATE &&
        (d->state != RECTO_JOURNAL_OTHER || s->verbosity > 0)) {
        clear(s);
        cli_message(d->key, "%s%s", d->message, cli_advice(d->status, d->message));
    } else if (s->verbosity > 0) {
        clear(s);
        cli_message(d->key, "%s, %d page%s, %.1f s", recto_journal_state_name(d->state), d->n_pages,
                    d->n_pages == 1 ? "" : "s", d->seconds);
    }
}

/* "45 s", "12 min", "3.5 h". */
static void put_time(char *out, size_t room, double s)
{
    if (s < 90)
        snprintf(out, room, "%.0f s", s);
    else if (s < 5400)
        snprintf(out, room, "%.0f min", s / 60);
    else
        snprintf(out, room, "%.1f h", s / 3600);
}

static void draw_line(show *s, const recto_batch_progress *p)
{
    char eta[32] = "?";
    if (p->eta_s >= 0)
        put_time(eta, sizeof eta, p->eta_s);
    fprintf(stderr,
            "\r%" PRId64 " of %" PRId64 " files, %" PRId64 " pages, %.1f pages/s, %" PRId64
            " failed, %s left\033[K",
            n_finished(p), p->n_documents, p->n_pages, pages_per_s(p),
            p->n_states[RECTO_JOURNAL_FAILED] + p->n_states[RECTO_JOURNAL_PARTIAL], eta);
    s->drawn = true;
}

static void on_tick(void *user, const recto_batch_progress *p)
{
    show *s = user;
    if (s->mode == PROGRESS_JSON && p->seconds - s->told_s >= JSON_PERIOD_S) {
        recto_buf buf = RECTO_BUF_INIT;
        recto_json_out j = begin_json(&buf, "progress");
        put_progress(&j, p);
        print_json(&j);
        s->told_s = p->seconds;
    } else if (s->line) {
        draw_line(s, p);
    }
}

static void on_message(void *user, const char *text)
{
    clear(user);
    cli_message(NULL, "%s", text);
}

static bool on_abort(void *user)
{
    (void)user;
    return cli_interrupted_twice();
}

/* The last word: a line for people, or an object. */
static void conclude(show *s, const recto_batch_result *r, int code)
{
    const recto_batch_progress *p = &r->progress;
    clear(s);
    if (s->mode == PROGRESS_JSON) {
        recto_buf buf = RECTO_BUF_INIT;
        recto_json_out j = begin_json(&buf, "end");
        put_progress(&j, p);
        recto_json_put_int(&j, "pending", r->n_pending);
        recto_json_put_int(&j, "jobs", r->jobs);
        recto_json_put_int(&j, "exit", code);
        print_json(&j);
        return;
    }
    if (s->verbosity < 0 || !r->began)
        return;
    const int64_t n_here = p->n_states[RECTO_JOURNAL_FAILED] + p->n_states[RECTO_JOURNAL_PARTIAL];
    char skipped[64] = "", other[64] = "", before[64] = "", left[96] = "", took[32];
    put_time(took, sizeof took, p->seconds);
    if (p->n_skipped > 0)
        snprintf(skipped, sizeof skipped, ", %" PRId64 " done before", p->n_skipped);
    if (p->n_states[RECTO_JOURNAL_OTHER] > 0)
        snprintf(other, sizeof other, ", %" PRId64 " other files",
                 p->n_states[RECTO_JOURNAL_OTHER]);
    if (r->n_not_whole > n_here)
        snprintf(before, sizeof before, ", %" PRId64 " failed before (see --retry-failed)",
                 r->n_not_whole - n_here);
    if (code == EXIT_INTERRUPTED)
        snprintf(left, sizeof left, "; --resume goes on");
    else if (r->n_pending > 0 && !r->stopped)
        snprintf(left, sizeof left, "; %" PRId64 " of an earlier run not among these inputs",
                 r->n_pending);
    cli_message(NULL,
                "%" PRId64 " of %" PRId64 " files%s, %" PRId64
                " pages in %s (%.1f pages/s); %" PRId64 " failed, %" PRId64 " in part%s%s%s",
                n_finished(p), p->n_documents, skipped, p->n_pages, took, pages_per_s(p),
                p->n_states[RECTO_JOURNAL_FAILED], p->n_states[RECTO_JOURNAL_PARTIAL], other,
                before, left);
}

static int exit_code(const recto_batch_result *r, recto_status st)
{
    if (cli_interrupted())
        return EXIT_INTERRUPTED;
    if (st == RECTO_ERR_OUTPUT && !r->began)
        return EXIT_START;
    if (st != RECTO_OK && st != RECTO_ERR_CANCELLED)
        return cli_exit_code(st);
    return r->n_not_whole > 0 || r->n_pending > 0 || r->stopped ? EXIT_SOME : EXIT_OK;
}

static recto_batch_options batch_options(const cli_args *args, show *s)
{
    const cli_batch_args *b = &args->batch;
    return (recto_batch_options){
        .inputs = (const char *const *)args->inputs,
        .n_inputs = args->n_inputs,
        .folder = args->output,
        .run = args->run,
        .plan = {.flat = b->flat,
                 .dedupe = b->dedupe,
                 .hidden = b->hidden,
                 .include = b->include,
                 .exclude = b->exclude,
                 .n_include = b->n_include,
                 .n_exclude = b->n_exclude,
                 .shard = b->shard,
                 .n_shards = b->n_shards},
        .jobs = b->jobs,
        .max_memory = (uint64_t)b->max_memory,
        .resume = b->resume,
        .retry_failed = b->retry_failed,
        .abort_on_error = args->abort_on_error,
        .checkpoint = b->checkpoint,
        .attachments = b->attachments,
        .watch = b->watch,
        .events = {.user = s,
                   .document = on_document,
                   .tick = on_tick,
                   .message = on_message,
                   .stop = cli_stop_asked,
                   .abort = on_abort},
    };
}

static bool has_json(const recto_writer *const *forms, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(forms[i]->name, "json") == 0)
            return true;
    return false;
}

/* A heap of a thread's own is small, and what does not fit goes back to the kernel page after page
 * (4 % of the time of a batch of scans): one job takes the program's heap.  Several would wait for
 * each other. */
static void settle_heap(int jobs)
{
#if defined(__GLIBC__)
    if (jobs == 1 || recto_memory_cores() == 1)
        mallopt(M_ARENA_MAX, 1);
#else
    (void)jobs;
#endif
}

int cli_batch(cli_args *args)
{
    const char *term = getenv("TERM");
    const recto_writer *forms[MAX_FORMS];
    show s = {.mode = args->progress, .verbosity = args->verbosity};
    s.line = s.mode == PROGRESS_AUTO && s.verbosity >= 0 && isatty(STDERR_FILENO) && term != NULL &&
             strcmp(term, "dumb") != 0;
    recto_batch_options opt = batch_options(args, &s);
    int code = cli_forms(forms, &opt.n_forms, args->to != NULL ? args->to : "md,json");
    if (code == EXIT_OK)
        code = cli_forms_fit(&opt.run, forms, opt.n_forms);
    if (code != EXIT_OK)
        return code;
    opt.forms = forms;
    if (args->find.index && !has_json(forms, opt.n_forms)) {
        cli_message(NULL, "--index is made from JSON outputs: --to must have json among its forms");
        return EXIT_USAGE;
    }
    if (opt.run.timeout_s <= 0)
        opt.run.timeout_s = opt.run.reader == RECTO_CHOOSE_VLM ? VLM_TIMEOUT_S : TIMEOUT_S;
    errno = 0;
    if (args->batch.nice > 0 && nice(args->batch.nice) == -1 && errno != 0)
        cli_message(NULL, "--nice: %s", strerror(errno));
    settle_heap(opt.jobs);
    cli_catch_signals_twice();
    if (args->batch.dry_run)
        return cli_dry_run(args, &opt);
    recto_batch_result result;
    recto_error err = {0};
    recto_status st = recto_batch_run(&result, &opt, &err);
    clear(&s);
    if (st != RECTO_OK && st != RECTO_ERR_CANCELLED)
        cli_message(NULL, "%s%s", err.msg, cli_advice(st, err.msg));
    code = exit_code(&result, st);
    if (args->find.index && (code == EXIT_OK || code == EXIT_SOME)) {
        int index_code = cli_find_update(args->output, s.mode == PROGRESS_JSON ? -1 : s.verbosity);
        code = index_code != EXIT_OK ? index_code : code;
    }
    conclude(&s, &result, code);
    return code;
}
