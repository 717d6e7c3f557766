/* Protects the journal when memory ends inside SQLite: an error of class NOMEM or none, and never a
 * document by halves. */
#include "journal_build.h"

#include <sqlite3.h>
#include <stdatomic.h>

static sqlite3_mem_methods real;
static atomic_long left = -1; /* allocations until one fails; -1 = none does */
static atomic_bool has_failed;

static bool fails(void)
{
    if (left < 0 || left-- != 0)
        return false;
    has_failed = true;
    return true;
}

static void *give(int size)
{
    return fails() ? NULL : real.xMalloc(size);
}

static void *give_again(void *old, int size)
{
    return fails() ? NULL : real.xRealloc(old, size);
}

/* All that a run does with its journal; the first error. */
static recto_status run(recto_error *err)
{
    recto_journal *j = NULL;
    recto_journal_options opt = options(true);
    recto_journal_document d = document("b.pdf");
    recto_journal_counts counts;
    bool done;
    recto_status st = recto_journal_open(&j, &opt, err);
    if (st == RECTO_OK)
        st = recto_journal_is_done(&done, j, &d, false, err);
    if (st == RECTO_OK)
        st = recto_journal_plan(j, &d, 1, err);
    if (st == RECTO_OK)
        st = record_with(j, d, err);
    d.key = "c.pdf";
    if (st == RECTO_OK)
        st = record_with(j, d, err);
    if (st == RECTO_OK)
        st = recto_journal_flush(j, err);
    if (st == RECTO_OK)
        st = recto_journal_count(&counts, j, err);
    if (st == RECTO_OK)
        st = recto_journal_manifest(j, err);
    recto_journal_close(j);
    return st;
}

/* Documents in the journal, each whole; a reader that lacks memory says so. */
static int count_whole(bool *complete_out)
{
    recto_journal_reader *r;
    recto_arena *a = recto_arena_new(0, 0);
    recto_error err = {0};
    recto_journal_entry e;
    bool more = true;
    int n = 0;
    recto_status st = recto_journal_reader_open(&r, NULL, in_folder("journal.sqlite"), &err);
    while (st == RECTO_OK) {
        st = recto_journal_reader_next(&more, &e, r, a, &err);
        if (st != RECTO_OK || !more)
            break;
        n++;
        if (e.document.state == RECTO_JOURNAL_OK)
            assert_true(e.n_pages == 2 && e.n_outputs == 1);
        else
            assert_true(e.n_pages == 0 && e.n_outputs == 0);
    }
    if (st != RECTO_OK)
        assert_int_equal(st, RECTO_ERR_NOMEM);
    *complete_out = st == RECTO_OK;
    recto_journal_reader_close(r);
    recto_arena_free(a);
    return n;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    bool complete;
    int n_errors = 0;
    long n = 0;
    for (;; n += 1 + n / 40) {
        recto_error err = {0};
        unlink(in_folder("journal.sqlite"));
        unlink(in_folder("journal.sqlite-journal"));
        has_failed = false;
        left = n;
        recto_status st = run(&err);
        left = -1;
        if (!has_failed) {
            assert_int_equal(st, RECTO_OK);
            break;
        }
        if (st != RECTO_OK && st != RECTO_ERR_NOMEM)
            fail_msg("allocation %ld: %s", n, err.msg);
        n_errors += st != RECTO_OK;
        recto_journal_close(open_with(options(true))); /* takes back what was cut */
        int n_whole = count_whole(&complete);
        assert_true(complete && (st != RECTO_OK || n_whole == 2));
    }
    for (n = 0;; n += 1 + n / 40) {
        has_failed = false;
        left = n;
        int n_whole = count_whole(&complete);
        left = -1;
        if (!has_failed) {
            assert_true(complete && n_whole == 2);
            break;
        }
    }
    assert_true(n_errors > 20);
}

static int make_folder_in_memory(void **state)
{
    if (access("/dev/shm", W_OK) != 0)
        return make_folder(state);
    snprintf(folder, sizeof folder, "/dev/shm/test_journal.XXXXXX"); /* thousands of fsyncs */
    return mkdtemp(folder) == NULL;
}

int main(void)
{
    sqlite3_mem_methods mine;
    if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK)
        return 1;
    mine = real;
    mine.xMalloc = give;
    mine.xRealloc = give_again;
    if (sqlite3_config(SQLITE_CONFIG_MALLOC, &mine) != SQLITE_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, make_folder_in_memory,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
