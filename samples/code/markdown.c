/* Print a document as Markdown, and on standard error what becomes of each page.
 *
 * usage: markdown FILE [PAGES]
 *
 * Ctrl-C stops it, and so does having read PAGES pages.  Nothing is printed then: levels of
 * headings are known only when the last page has been read, so the text comes after it. */
#include <recto.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static recto_job *running; /* for the signal handler; set before it is installed */

static void on_interrupt(int number)
{
    (void)number;
    recto_job_cancel(running);
}

/* user: how many pages may be read, 0 = all */
static int on_page(void *user, const recto_page_info *page)
{
    const int *most = user;
    fprintf(stderr, "page %d (%d of %d): ", page->number, page->done, page->wanted);
    if (page->code != RECTO_CODE_OK)
        fprintf(stderr, "%s: %s\n", recto_code_name(page->code), page->message);
    else
        fprintf(stderr, "reader %s, confidence %.3f, %.2f s\n", page->reader, page->confidence,
                page->seconds);
    return *most > 0 && page->done >= *most;
}

static int print(void *user, int page, const void *bytes, size_t size)
{
    (void)user;
    (void)page;
    return fwrite(bytes, 1, size, stdout) == size ? 0 : EIO;
}

static recto_code convert(recto_job *job, const char *path, int *most)
{
    recto_code code = recto_job_input_file(job, path);
    if (code == RECTO_CODE_OK)
        code = recto_job_output_function(job, "md", print, NULL);
    if (code != RECTO_CODE_OK)
        return code;
    recto_job_on_page(job, on_page, most);
    running = job;
    signal(SIGINT, on_interrupt);
    code = recto_job_run(job);
    signal(SIGINT, SIG_DFL); /* the job will be freed */
    return code;
}

int main(int argc, char **argv)
{
    char message[256];
    recto_engine *engine;
    recto_job *job;
    int most = argc > 2 ? atoi(argv[2]) : 0;
    recto_code code;
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: markdown FILE [PAGES]\n");
        return 1;
    }
    if (recto_engine_open(&engine, NULL, message, sizeof message) != RECTO_CODE_OK) {
        fprintf(stderr, "markdown: %s\n", message);
        return 3;
    }
    job = recto_job_new(engine);
    code = job != NULL ? convert(job, argv[1], &most) : RECTO_CODE_NOMEM;
    if (code != RECTO_CODE_OK)
        fprintf(stderr, "markdown: %s: %s\n", argv[1],
                job != NULL ? recto_job_message(job) : "out of memory");
    recto_job_free(job);
    recto_engine_close(engine);
    if (code == RECTO_CODE_OK && fflush(stdout) != 0)
        code = RECTO_CODE_OUTPUT;
    return code == RECTO_CODE_OK ? 0 : code == RECTO_CODE_CANCELLED ? 130 : 2;
}
