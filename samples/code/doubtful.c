/* Which pages should a person look at?  Reads documents without writing them, and prints a line for
 * each page that failed or is less sure than it should be, and for each document that failed.
 *
 * usage: doubtful CONFIDENCE FILE... > pages.tsv
 *
 * Columns, parted by tabs: file, page (0: the document), status, reader, confidence, flags. */
#include <recto.h>

#include <stdio.h>
#include <stdlib.h>

typedef struct document {
    const char *path;
    double least; /* confidence */
} document;

/* A file may be called anything. */
static void print_name(const char *text)
{
    for (; *text != '\0'; text++)
        putchar(*text == '\t' || *text == '\n' || *text == '\r' ? '?' : *text);
}

static int on_page(void *user, const recto_page_info *page)
{
    const document *doc = user;
    if (page->code == RECTO_CODE_OK && page->confidence >= doc->least)
        return 0;
    print_name(doc->path);
    printf("\t%d\t%s\t%s\t%.3f\t", page->number, recto_code_name(page->code), page->reader,
           page->confidence);
    for (size_t i = 0; i < page->n_flags; i++)
        printf("%s%s", i > 0 ? "," : "", page->flags[i]);
    putchar('\n');
    return 0;
}

/* 0 if every page was read. */
static int look(recto_engine *engine, document *doc)
{
    recto_job *job = recto_job_new(engine);
    recto_code code = job != NULL ? recto_job_input_file(job, doc->path) : RECTO_CODE_NOMEM;
    int failed_pages = 0;
    if (code == RECTO_CODE_OK) {
        recto_job_on_page(job, on_page, doc);
        code = recto_job_run(job);
        failed_pages = recto_job_summary(job)->failed;
    }
    if (code != RECTO_CODE_OK) {
        print_name(doc->path);
        printf("\t0\t%s\tnone\t0.000\t\n", recto_code_name(code));
        fprintf(stderr, "doubtful: %s: %s\n", doc->path,
                job != NULL ? recto_job_message(job) : "out of memory");
    }
    recto_job_free(job);
    return code != RECTO_CODE_OK || failed_pages > 0;
}

int main(int argc, char **argv)
{
    /* an archive has bad documents in it: none may take forever */
    static const char *const settings[] = {"timeout", "60", "document-timeout", "3600", NULL};
    char message[256];
    recto_engine *engine;
    int some_failed = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: doubtful CONFIDENCE FILE...\n");
        return 1;
    }
    if (recto_engine_open(&engine, settings, message, sizeof message) != RECTO_CODE_OK) {
        fprintf(stderr, "doubtful: %s\n", message);
        return 3;
    }
    puts("file\tpage\tstatus\treader\tconfidence\tflags");
    for (int i = 2; i < argc; i++) {
        document doc = {argv[i], strtod(argv[1], NULL)};
        some_failed |= look(engine, &doc);
    }
    recto_engine_close(engine);
    if (fflush(stdout) != 0)
        return 5;
    return some_failed ? 4 : 0;
}
