/* Protects what the journal promises: after a kill at any moment, a full disk, or many threads at
 * once, each document is whole or to be done again; and a large batch takes seconds. */
#include "journal_build.h"

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- ends of every kind ----------------------------------------------------------------------- */

/* A writer that records K.pdf, K = 0..., each with K % 7 + 1 pages, until it is killed; it tells
 * over the pipe what was flushed. */
static void write_until_killed(int first, int told)
{
    recto_journal_options opt = options(true);
    recto_journal *j = NULL;
    if (recto_journal_open(&j, &opt, NULL) != RECTO_OK)
        _exit(1);
    for (int k = first;; k++) {
        char key[32];
        recto_journal_page pages[7] = {0};
        snprintf(key, sizeof key, "%d.pdf", k);
        recto_journal_document d = document(key);
        d.n_pages = k % 7 + 1;
        for (int i = 0; i < d.n_pages; i++)
            pages[i] = (recto_journal_page){.number = i + 1, .reader = RECTO_READER_LINE};
        recto_journal_output output = {.path = key, .size = 5};
        if (recto_journal_record(j, &d, pages, d.n_pages, &output, 1, NULL) != RECTO_OK)
            _exit(2);
        if (k % 3 == 0) {
            if (recto_journal_flush(j, NULL) != RECTO_OK)
                _exit(3);
            if (write(told, &k, sizeof k) != sizeof k)
                _exit(4);
        }
    }
}

/* Every document up to the last flushed one is there, whole; those after it are whole or not there.
 * Returns the number of documents. */
static int check_whole(int last_flushed)
{
    recto_error err = {0};
    recto_journal_reader *r;
    recto_arena *a = recto_arena_new(0, 0);
    recto_journal_entry e;
    bool more = true;
    int n = 0;
    recto_journal_close(open_with(options(true))); /* rolls back */
    must(recto_journal_reader_open(&r, NULL, in_folder("journal.sqlite"), &err), &err);
    for (;; n++) {
        must(recto_journal_reader_next(&more, &e, r, a, &err), &err);
        if (!more)
            break;
        assert_int_equal(atoi(e.document.key), n);
        assert_int_equal(e.document.n_pages, n % 7 + 1);
        assert_int_equal(e.n_pages, n % 7 + 1);
        for (int i = 0; i < e.n_pages; i++)
            assert_int_equal(e.pages[i].number, i + 1);
        assert_int_equal(e.n_outputs, 1);
    }
    assert_true(n > last_flushed);
    recto_journal_reader_close(r);
    recto_arena_free(a);
    return n;
}

static void kill_leaves_documents_whole_or_undone(void **state)
{
    (void)state;
    enum { KILLS = 120 };
    int n = 0, n_hot = 0;
    srand(4);
    recto_journal_close(open_with(options(false)));
    for (int round = 0; round < KILLS; round++) {
        int ends[2], k, last = n - 1, status;
        struct stat st;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            close(ends[0]);
            write_until_killed(n, ends[1]);
        }
        close(ends[1]);
        /* one in four in the first moments of opening, the others while it records */
        if (round % 4 != 0 && read(ends[0], &k, sizeof k) == sizeof k)
            last = k;
        usleep((useconds_t)(rand() % (round % 4 == 0 ? 5000 : 40000)));
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        while (read(ends[0], &k, sizeof k) == sizeof k)
            last = k;
        close(ends[0]);
        if (stat(in_folder("journal.sqlite-journal"), &st) == 0 && st.st_size > 0) {
            recto_journal_reader *r;
            recto_journal_condition condition;
            n_hot++;
            /* a report does not write, and says so; a cut that never reached the disk is none */
            if (recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), NULL) !=
                RECTO_OK)
                assert_int_equal(condition, RECTO_JOURNAL_CUT);
            recto_journal_reader_close(r);
        }
        n = check_whole(last);
    }
    print_message("%d kills, %d in the middle of a transaction, %d documents\n", (int)KILLS, n_hot,
                  n);
}

static void kill_while_it_is_made_can_be_resumed(void **state)
{
    (void)state;
    for (int round = 0; round < 40; round++) {
        pid_t child = fork();
        int status;
        if (child == 0) {
            recto_journal_options opt = options(true);
            recto_journal *j = NULL;
            (void)!recto_journal_open(&j, &opt, NULL);
            pause();
            _exit(0);
        }
        usleep((useconds_t)(rand() % 15000));
        kill(child, SIGKILL);
        waitpid(child, &status, 0);
        recto_journal_close(open_with(options(true)));
        unlink(in_folder("journal.sqlite"));
        unlink(in_folder("journal.sqlite-journal"));
    }
}

enum { THREADS = 8, EACH = 200 };

typedef struct recorder {
    recto_journal *j;
    int number;
    int n_failed;
} recorder;

static void *record_many(void *user)
{
    recorder *w = user;
    for (int i = 0; i < EACH; i++) {
        char key[64];
        snprintf(key, sizeof key, "%d/%d.pdf", w->number, i);
        recto_journal_document d = document(key);
        w->n_failed += record_with(w->j, d, NULL) != RECTO_OK;
        if (i % 50 == 0)
            w->n_failed += recto_journal_flush(w->j, NULL) != RECTO_OK;
    }
    return NULL;
}

static void threads_record_at_once(void **state)
{
    (void)state;
    recto_error err = {0};
    recorder w[THREADS];
    pthread_t threads[THREADS];
    recto_journal *j = open_with(options(false));
    for (int i = 0; i < THREADS; i++) {
        w[i] = (recorder){.j = j, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, record_many, &w[i]), 0);
    }
    for (int i = 0; i < 20; i++)
        is_done(j, "0/0.pdf"); /* meanwhile */
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(w[i].n_failed, 0);
    }
    recto_journal_counts n;
    must(recto_journal_count(&n, j, &err), &err);
    assert_int_equal(n.documents[RECTO_JOURNAL_OK], THREADS * EACH);
    assert_int_equal(n.pages, 2 * THREADS * EACH);
    recto_journal_close(j);
}

static void full_disk_is_an_error_that_stays(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        recto_error err = {0};
        struct rlimit limit = {300000, 300000};
        signal(SIGXFSZ, SIG_IGN);
        recto_journal_options opt = options(false);
        recto_journal *j = NULL;
        if (recto_journal_open(&j, &opt, &err) != RECTO_OK)
            _exit(1);
        setrlimit(RLIMIT_FSIZE, &limit);
        int n_good = 0;
        for (; n_good < 5000; n_good++) { /* those up to the last flush are promised */
            char key[32];
            snprintf(key, sizeof key, "%d.pdf", n_good);
            recto_journal_document d = document(key);
            recto_journal_page pages[7] = {0};
            d.n_pages = n_good % 7 + 1;
            for (int i = 0; i < d.n_pages; i++)
                pages[i] = (recto_journal_page){.number = i + 1, .reader = RECTO_READER_LINE};
            recto_journal_output output = {.path = key, .size = 5};
            if (recto_journal_record(j, &d, pages, d.n_pages, &output, 1, &err) != RECTO_OK ||
                (n_good % 20 == 19 && recto_journal_flush(j, &err) != RECTO_OK))
                break;
        }
        if (err.code != RECTO_ERR_OUTPUT || n_good < 100)
            _exit(2);
        recto_error again = {0};
        recto_journal_document d = document("x");
        if (record_with(j, d, &again) != RECTO_ERR_OUTPUT || strcmp(again.msg, err.msg) != 0)
            _exit(3);
        recto_journal_close(j);
        FILE *f = fopen(in_folder("n_good"), "w");
        fprintf(f, "%d", n_good / 20 * 20);
        fclose(f);
        _exit(0);
    }
    int status, n_good = 0;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    FILE *f = fopen(in_folder("n_good"), "r");
    assert_int_equal(fscanf(f, "%d", &n_good), 1);
    fclose(f);
    assert_true(check_whole(n_good - 1) >= n_good); /* nothing lost of what was promised */
}

/* --- many ------------------------------------------------------------------------------------- */

static void hundred_thousand_documents_take_seconds(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    recto_error err = {0};
    bool done;
    const int many = getenv("RECTO_SANITIZED") != NULL ? MANY / 10 : MANY;
    recto_journal *j = open_with(options(false));
    recto_journal_document *planned = calloc((size_t)many, sizeof *planned);
    char(*keys)[40] = calloc((size_t)many, sizeof *keys);
    assert_true(planned != NULL && keys != NULL);
    for (int i = 0; i < many; i++) {
        snprintf(keys[i], sizeof keys[i], "2019/%03d/scan-%06d.pdf", i / 1000, i);
        planned[i] = document(keys[i]);
    }
    double t0 = now_s();
    for (int i = 0; i < many; i++)
        must(recto_journal_is_done(&done, j, &planned[i], false, &err), &err);
    double t1 = now_s();
    must(recto_journal_plan(j, planned, many, &err), &err);
    double t2 = now_s();
    for (int i = 0; i < many; i++) {
        planned[i].state = RECTO_JOURNAL_OK;
        must(record_with(j, planned[i], &err), &err);
    }
    must(recto_journal_flush(j, &err), &err);
    double t3 = now_s();
    recto_journal_close(j);
    j = open_with(options(true));
    double t4 = now_s();
    for (int i = 0; i < many; i++) {
        must(recto_journal_is_done(&done, j, &planned[i], false, &err), &err);
        assert_false(done); /* no output lies there */
    }
    double t5 = now_s();
    must(recto_journal_manifest(j, &err), &err);
    double t6 = now_s();
    struct stat st;
    stat(in_folder("journal.sqlite"), &st);
    print_message("%d documents: asked %.2f s, planned %.2f s, recorded %.2f s (2 pages, 1 output "
                  "each), reopened and checked %.2f s, asked again %.2f s, manifest %.2f s, "
                  "%.1f MB\n",
                  many, t1 - t0, t2 - t1, t3 - t2, t4 - t3, t5 - t4, t6 - t5,
                  (double)st.st_size / 1e6);
    recto_journal_close(j);
    free(planned);
    free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(kill_leaves_documents_whole_or_undone),
        TEST(kill_while_it_is_made_can_be_resumed),
        TEST(threads_record_at_once),
        TEST(full_disk_is_an_error_that_stays),
        TEST(hundred_thousand_documents_take_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
