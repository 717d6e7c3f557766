/* A journal is a file that may come from anywhere: whatever its bytes, a report and a resumed run
 * either take it or say why not. */
#include "core/json.h"
#include "pipeline/journal.h"
#include "pipeline/report.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64], path[96];

static void remove_folder(void)
{
    char name[128];
    static const char *const names[] = {"journal.sqlite", "journal.sqlite-journal",
                                        "manifest.jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        unlink(name);
    }
    rmdir(folder);
}

static void make_folder(void)
{
    /* in memory where there is such a place: every journal is flushed */
    snprintf(folder, sizeof folder, "%s/fuzz_journal.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(folder) == NULL)
        abort();
    snprintf(path, sizeof path, "%s/journal.sqlite", folder);
    atexit(remove_folder);
}

static void report(void)
{
    recto_report *r;
    recto_buf out = RECTO_BUF_INIT;
    recto_json *root = NULL;
    if (recto_report_read(&r, folder, NULL, NULL, NULL) != RECTO_OK)
        return;
    recto_report_text(&out, r);
    recto_buf_clear(&out);
    recto_report_json(&out, r);
    if (recto_json_parse(&root, recto_buf_cstr(&out), out.len, NULL) != RECTO_OK)
        abort();
    recto_json_free(root);
    recto_buf_free(&out);
    recto_report_free(r);
}

static void resume(void)
{
    recto_journal *j;
    recto_journal_counts counts;
    recto_journal_page page = {.number = 1};
    recto_journal_document d = {.key = "a.pdf", .state = RECTO_JOURNAL_OK, .n_pages = 1};
    bool done;
    recto_journal_options opt = {.folder = folder,
                                 .shard = 1,
                                 .n_shards = 1,
                                 .resume = true,
                                 .fingerprint = "f",
                                 .settings = "{}"};
    if (recto_journal_open(&j, &opt, NULL) != RECTO_OK)
        return;
    if (recto_journal_is_done(&done, j, &d, false, NULL) == RECTO_OK &&
        recto_journal_record(j, &d, &page, 1, NULL, 0, NULL) == RECTO_OK)
        (void)!recto_journal_count(&counts, j, NULL);
    (void)!recto_journal_manifest(j, NULL);
    recto_journal_close(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (folder[0] == '\0')
        make_folder();
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
    report();
    resume();
    return 0;
}
