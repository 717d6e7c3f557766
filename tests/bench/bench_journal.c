/* What the journal costs: processor time of a record, wall time of a commit, bytes a document.
 * usage: bench_journal FOLDER [DOCUMENTS]   (FOLDER must be empty; the journal is left in it) */
#include "pipeline/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

static double wall_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* user + system time of the process */
static double cpu_s(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void check(recto_status st, const recto_error *err)
{
    if (st == RECTO_OK)
        return;
    fprintf(stderr, "bench_journal: %s\n", err->msg);
    exit(1);
}

static void fill(recto_journal_document *d, char key[64], const char *set, int i)
{
    static const char hash[] = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    snprintf(key, 64, "%s/%03d/scan-%06d.pdf", set, i / 1000, i);
    *d = (recto_journal_document){.key = key,
                                  .path = key,
                                  .size = 123456,
                                  .mtime_ns = 1700000000000000000,
                                  .state = RECTO_JOURNAL_OK,
                                  .format = "pdf",
                                  .n_pages = 3,
                                  .started = 1.7e9,
                                  .seconds = 1.5};
    memcpy(d->sha256, hash, sizeof hash);
}

/* A document of 3 pages and 2 outputs. */
static void record(recto_journal *j, const char *set, int i)
{
    char key[64], names[2][80];
    recto_error err = {0};
    recto_journal_document d;
    recto_journal_page pages[3] = {{0}};
    recto_journal_output outputs[2];
    fill(&d, key, set, i);
    for (int p = 0; p < 3; p++)
        pages[p] = (recto_journal_page){
            .number = p + 1, .reader = RECTO_READER_LINE, .conf = 0.987f, .seconds = 0.4321};
    for (int o = 0; o < 2; o++) {
        snprintf(names[o], sizeof names[o], "%s.%s", key, o == 0 ? "md" : "json");
        outputs[o] = (recto_journal_output){.path = names[o], .size = 4321};
        memcpy(outputs[o].sha256, d.sha256, sizeof d.sha256);
    }
    check(recto_journal_record(j, &d, pages, 3, outputs, 2, &err), &err);
}

int main(int argc, char **argv)
{
    if (argc < 2)
        return 1;
    const int n = argc > 2 ? atoi(argv[2]) : 100000, n_alone = 100;
    recto_error err = {0};
    recto_journal *j;
    recto_journal_options opt = {.folder = argv[1],
                                 .shard = 1,
                                 .n_shards = 1,
                                 .fingerprint = "f",
                                 .settings = "{}",
                                 .sandboxed = true};
    double wall = wall_s(), cpu = cpu_s();
    check(recto_journal_open(&j, &opt, &err), &err);
    printf("open a new one: %.1f ms wall, %.2f ms cpu\n", (wall_s() - wall) * 1e3,
           (cpu_s() - cpu) * 1e3);

    wall = wall_s();
    cpu = cpu_s();
    for (int i = 0; i < n_alone; i++) {
        record(j, "alone", i);
        check(recto_journal_flush(j, &err), &err);
    }
    printf("record alone, with its commit: %.2f ms wall, %.3f ms cpu\n",
           (wall_s() - wall) / n_alone * 1e3, (cpu_s() - cpu) / n_alone * 1e3);

    recto_journal_document *planned = calloc((size_t)n, sizeof *planned);
    char(*keys)[64] = calloc((size_t)n, sizeof *keys);
    if (planned == NULL || keys == NULL)
        return 1;
    for (int i = 0; i < n; i++)
        fill(&planned[i], keys[i], "many", i);
    wall = wall_s();
    cpu = cpu_s();
    check(recto_journal_plan(j, planned, n, &err), &err);
    printf("plan %d documents: %.2f s wall, %.2f s cpu\n", n, wall_s() - wall, cpu_s() - cpu);
    wall = wall_s();
    cpu = cpu_s();
    for (int i = 0; i < n; i++)
        record(j, "many", i);
    check(recto_journal_flush(j, &err), &err);
    printf("record %d documents as fast as can be: %.2f s wall, %.2f s cpu (%.1f us each)\n", n,
           wall_s() - wall, cpu_s() - cpu, (cpu_s() - cpu) / n * 1e6);
    recto_journal_close(j);

    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/journal.sqlite", argv[1]);
    if (stat(path, &st) == 0)
        printf("size: %.1f MB, %.0f bytes a document (3 pages, 2 outputs)\n",
               (double)st.st_size / 1e6, (double)st.st_size / (n + n_alone));
    opt.resume = true;
    wall = wall_s();
    cpu = cpu_s();
    check(recto_journal_open(&j, &opt, &err), &err);
    printf("open it again, checked: %.2f s wall, %.2f s cpu\n", wall_s() - wall, cpu_s() - cpu);
    wall = wall_s();
    cpu = cpu_s();
    for (int i = 0; i < n; i++) {
        bool done;
        check(recto_journal_is_done(&done, j, &planned[i], false, &err), &err);
    }
    printf("ask for %d documents (first output is missing): %.2f s wall, %.2f s cpu\n", n,
           wall_s() - wall, cpu_s() - cpu);
    recto_journal_close(j);
    free(planned);
    free(keys);
    return 0;
}
