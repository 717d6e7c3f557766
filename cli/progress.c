#include "cli/cli.h"

#include "core/buf.h"
#include "core/json.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A line appears after a second of work and is redrawn five times a second at most. */
static const double PATIENCE_S = 1.0, REDRAW_S = 0.2;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

cli_progress cli_progress_start(const cli_args *args)
{
    const char *term = getenv("TERM");
    cli_progress p = {
        .mode = args->progress, .verbosity = args->verbosity, .n_documents = args->n_inputs};
    p.terminal =
        isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0 && args->verbosity >= 0;
    p.started_s = now_s();
    return p;
}

static void draw_json(const cli_progress *p, const char *name, int page_done, int n_pages)
{
    recto_buf buf = RECTO_BUF_INIT;
    recto_json_out j = recto_json_out_over(&buf, false);
    recto_json_out_begin_object(&j);
    recto_json_out_key(&j, "document");
    recto_json_out_int(&j, p->document);
    recto_json_out_key(&j, "documents");
    recto_json_out_int(&j, p->n_documents);
    recto_json_out_key(&j, "name");
    recto_json_out_text(&j, name);
    recto_json_out_key(&j, "pages_done");
    recto_json_out_int(&j, page_done);
    recto_json_out_key(&j, "pages");
    recto_json_out_int(&j, n_pages);
    recto_json_out_end_object(&j);
    if (!buf.failed)
        fprintf(stderr, "%s\n", buf.data);
    recto_buf_free(&buf);
}

static void draw_line(cli_progress *p, const char *name, int page_done, int n_pages)
{
    double now = now_s();
    if (now - p->started_s < PATIENCE_S || now - p->drawn_s < REDRAW_S)
        return;
    char line[80];
    int n = p->n_documents > 1
                ? snprintf(line, sizeof line, "[%d/%d] ", p->document, p->n_documents)
                : 0;
    snprintf(line + n, sizeof line - (size_t)n, "page %d of %d  %.40s",
             page_done + 1 > n_pages ? n_pages : page_done + 1, n_pages, name);
    for (char *c = line; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    fprintf(stderr, "\r%s\033[K", line);
    p->drawn = true;
    p->drawn_s = now;
}

bool cli_progress_page(void *progress, const char *name, int page_done, int n_pages)
{
    cli_progress *p = progress;
    if (p->mode == PROGRESS_JSON)
        draw_json(p, name, page_done, n_pages);
    else if (p->mode == PROGRESS_AUTO && p->terminal)
        draw_line(p, name, page_done, n_pages);
    return cli_interrupted();
}

void cli_progress_clear(cli_progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
