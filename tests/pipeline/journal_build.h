/* Journals in a folder of their own, for the tests of the journal and the report. */
#ifndef RECTO_TESTS_JOURNAL_BUILD_H
#define RECTO_TESTS_JOURNAL_BUILD_H

#include "check.h"

#include "core/hash.h"
#include "pipeline/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char folder[64];

RECTO_MAYBE_UNUSED static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/test_journal.XXXXXX");
    return mkdtemp(folder) == NULL;
}

RECTO_MAYBE_UNUSED static int remove_folder(void **state)
{
    char command[96];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

RECTO_MAYBE_UNUSED static recto_journal_options options(bool resume)
{
    return (recto_journal_options){.folder = folder,
                                   .shard = 1,
                                   .n_shards = 1,
                                   .resume = resume,
                                   .fingerprint = "f1",
                                   .settings = "{}",
                                   .sandboxed = true};
}

RECTO_MAYBE_UNUSED static recto_journal *open_with(recto_journal_options opt)
{
    recto_journal *j = NULL;
    recto_error err = {0};
    if (recto_journal_open(&j, &opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return j;
}

RECTO_MAYBE_UNUSED static const char *in_folder(const char *name)
{
    static char path[4][512];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

RECTO_MAYBE_UNUSED static void put_file(const char *name, const char *text)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A document "KEY" whose outputs KEY.md (with 5 bytes) is made too. */
RECTO_MAYBE_UNUSED static recto_journal_document document(const char *key)
{
    recto_journal_document d = {.key = key,
                                .path = key,
                                .size = 10,
                                .mtime_ns = 1000,
                                .state = RECTO_JOURNAL_OK,
                                .format = "pdf",
                                .n_pages = 2,
                                .started = 1000.5,
                                .seconds = 0.25};
    recto_sha256(d.sha256, key, strlen(key));
    return d;
}

RECTO_MAYBE_UNUSED static recto_status record_with(recto_journal *j, recto_journal_document d,
                                                   recto_error *err)
{
    char name[256];
    recto_journal_page pages[2] = {
        {.number = 1, .reader = RECTO_READER_LAYER, .conf = 1, .seconds = 0.1},
        {.number = 2,
         .reader = RECTO_READER_LINE,
         .conf = 0.5f,
         .flags = RECTO_FLAG_LOW_CONFIDENCE | RECTO_FLAG_ROTATED,
         .seconds = 0.15}};
    snprintf(name, sizeof name, "%s.md", d.key);
    recto_journal_output output = {.path = name, .size = 5};
    recto_sha256(output.sha256, "hello", 5);
    bool written = d.state == RECTO_JOURNAL_OK || d.state == RECTO_JOURNAL_PARTIAL;
    return recto_journal_record(j, &d, pages, written ? 2 : 0, &output, written ? 1 : 0, err);
}

RECTO_MAYBE_UNUSED static void record(recto_journal *j, recto_journal_document d)
{
    char name[300];
    recto_error err = {0};
    snprintf(name, sizeof name, "%s.md", d.key);
    put_file(name, "hello");
    if (record_with(j, d, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

RECTO_MAYBE_UNUSED static bool is_done_with(recto_journal *j, recto_journal_document d,
                                            bool retry_failed)
{
    bool done = false;
    recto_error err = {0};
    d.sha256[0] = '\0';
    if (recto_journal_is_done(&done, j, &d, retry_failed, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    return done;
}

RECTO_MAYBE_UNUSED static bool is_done(recto_journal *j, const char *key)
{
    return is_done_with(j, document(key), false);
}

RECTO_MAYBE_UNUSED static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

RECTO_MAYBE_UNUSED static void must(recto_status st, const recto_error *err)
{
    if (st != RECTO_OK)
        fail_msg("%s", err->msg);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

#endif
