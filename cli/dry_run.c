/* recto batch --dry-run: what would fail, and a table; a line for each file with -v. */
#include "cli/cli.h"

#include "core/buf.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Between two words about how far it is. */
static const double PERIOD_S = 0.2;

typedef struct dry_show {
    bool json, verbose;
    bool line; /* standard error is a terminal and wants a line */
    bool drawn;
    int n_seen;
    double told_s;
} dry_show;

static void clear(dry_show *s)
{
    if (s->drawn)
        fputs("\r\033[K", stderr);
    s->drawn = false;
}

/* Print and empty a buffer. */
static void print(recto_buf *text)
{
    fputs(recto_buf_cstr(text), stdout);
    recto_buf_free(text);
}

static void on_document(void *user, const recto_estimate_document *d)
{
    dry_show *s = user;
    recto_buf text = RECTO_BUF_INIT;
    s->n_seen++;
    if (s->json)
        recto_estimate_document_json(&text, d);
    else if (s->verbose || d->status != RECTO_OK || d->pages.n_failed > 0)
        recto_estimate_line(&text, d);
    if (text.len > 0)
        clear(s);
    print(&text);
    double now = recto_clock_s();
    if (!s->line || now - s->told_s < PERIOD_S)
        return;
    fprintf(stderr, "\r%d files looked at\033[K", s->n_seen);
    s->drawn = true;
    s->told_s = now;
}

int cli_dry_run(const cli_args *args, const recto_batch_options *opt)
{
    const char *term = getenv("TERM");
    recto_estimate e;
    recto_error err = {0};
    recto_buf text = RECTO_BUF_INIT;
    int jobs = 1;
    dry_show s = {.json = args->progress == PROGRESS_JSON, .verbose = args->verbosity > 0};
    s.line = args->progress == PROGRESS_AUTO && args->verbosity >= 0 && isatty(STDERR_FILENO) &&
             term != NULL && strcmp(term, "dumb") != 0;
    recto_status st = recto_batch_estimate(
        &e, &jobs, opt, &(recto_batch_estimate_events){.user = &s, .document = on_document}, &err);
    clear(&s);
    if (st != RECTO_OK) {
        if (st != RECTO_ERR_CANCELLED)
            cli_message(NULL, "%s%s", err.msg, cli_advice(st, err.msg));
        return cli_exit_code(st);
    }
    if (s.json)
        recto_estimate_json(&text, &e, jobs);
    else
        recto_estimate_text(&text, &e, jobs);
    print(&text);
    return EXIT_OK;
}
