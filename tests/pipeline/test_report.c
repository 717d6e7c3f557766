/* Protects the report of a batch: it tells all that the journals hold, once, says what it could not
 * read, changes nothing, and lets no file make it crash, hang or disturb a terminal. */
#include "journal_build.h"

#include "core/json.h"
#include "pipeline/report.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- helpers ---------------------------------------------------------------------------------- */

static recto_journal_options shard(int k, int n)
{
    recto_journal_options opt = options(true);
    opt.shard = k;
    opt.n_shards = n;
    return opt;
}

/* The report as JSON; free it. */
static recto_json *report_json(int *readable_out)
{
    recto_error err = {0};
    recto_report *r;
    recto_json *root;
    recto_buf out = RECTO_BUF_INIT;
    must(recto_report_read(&r, folder, NULL, NULL, &err), &err);
    recto_report_json(&out, r);
    must(recto_buf_status(&out, &err), &err);
    assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
    must(recto_json_parse(&root, out.data, out.len, &err), &err);
    if (readable_out != NULL)
        *readable_out = recto_report_readable(r);
    recto_report_free(r);
    recto_buf_free(&out);
    return root;
}

/* The report as text; free it with recto_buf_free. */
static recto_buf report_text(void)
{
    recto_error err = {0};
    recto_report *r;
    recto_buf out = RECTO_BUF_INIT;
    must(recto_report_read(&r, folder, NULL, NULL, &err), &err);
    recto_report_text(&out, r);
    must(recto_buf_status(&out, &err), &err);
    recto_report_free(r);
    return out;
}

static void holds(const recto_buf *text, const char *wanted)
{
    if (strstr(recto_buf_cstr(text), wanted) == NULL)
        fail_msg("lacks '%s':\n%s", wanted, recto_buf_cstr(text));
}

static int64_t number(const recto_json *root, const char *first, const char *second)
{
    return recto_json_int(recto_json_lookup(root, first), second, -1);
}

static recto_journal_document failed(const char *key, recto_status status, const char *message)
{
    recto_journal_document d = document(key);
    d.state = RECTO_JOURNAL_FAILED;
    d.status = status;
    d.message = message;
    d.n_pages = 0;
    return d;
}

/* Shard 1 and 3 of 3: 4 ok (one twice, one blank page), 1 partial, 3 failed, 1 duplicate, 1
 * pending. */
static void make_batch(void)
{
    recto_error err = {0};
    recto_journal *j = open_with(shard(1, 3));
    record(j, document("a.pdf"));
    record(j, document("a.pdf"));
    recto_journal_document d = document("slow.pdf");
    d.seconds = 100;
    d.note = "renamed: too long";
    d.n_attachments = 2;
    record(j, d);
    d = document("att.pdf");
    d.parent = "slow.pdf";
    record(j, d);
    d = document("part.pdf");
    d.state = RECTO_JOURNAL_PARTIAL;
    d.status = RECTO_ERR_TIMEOUT;
    d.n_pages = 3;
    d.n_failed = 2;
    recto_journal_page pages[] = {
        {.number = 1, .reader = RECTO_READER_VLM, .conf = 0.2f, .flags = RECTO_FLAG_DAMAGED},
        {.number = 2, .status = RECTO_ERR_TIMEOUT, .message = "took longer than 5 s"},
        {.number = 3, .status = RECTO_ERR_CRASH, .message = "the parser died"}};
    must(recto_journal_record(j, &d, pages, 3, NULL, 0, &err), &err);
    recto_journal_close(j);

    recto_journal_options last = shard(3, 3);
    last.sandboxed = false;
    last.fingerprint = "f2";
    j = open_with(last);
    must(record_with(j, failed("z.pdf", RECTO_ERR_FORMAT, "no document"), &err), &err);
    must(record_with(j, failed("b.pdf", RECTO_ERR_FORMAT, "no pages"), &err), &err);
    must(record_with(j, failed("e.pdf", RECTO_ERR_ENCRYPTED, "a password is needed"), &err), &err);
    d = document("copy.pdf");
    d.state = RECTO_JOURNAL_DUPLICATE;
    d.original = "a.pdf";
    must(record_with(j, d, &err), &err);
    d = document("blank.pdf");
    d.n_pages = 1;
    recto_journal_page blank = {
        .number = 1, .reader = RECTO_READER_LINE, .conf = 1, .flags = RECTO_FLAG_BLANK_PAGE};
    must(recto_journal_record(j, &d, &blank, 1, NULL, 0, &err), &err);
    d = document("later.pdf");
    must(recto_journal_plan(j, &d, 1, &err), &err);
    recto_journal_close(j);
}

static void change(const char *sql)
{
    sqlite3 *db;
    char *message = NULL;
    assert_int_equal(sqlite3_open(in_folder("journal.sqlite"), &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s", message);
    sqlite3_close(db);
}

/* --- right answers ---------------------------------------------------------------------------- */

static void report_counts_everything_once(void **state)
{
    (void)state;
    int readable;
    make_batch();
    recto_json *root = report_json(&readable);
    assert_int_equal(readable, 2);
    assert_string_equal(recto_json_text(root, "schema_name", ""), "RectoReport");
    assert_false(recto_json_bool(root, "complete", true));
    assert_int_equal(number(root, "shards", "expected"), 3);
    assert_int_equal(number(root, "shards", "read"), 2);
    assert_int_equal(number(root, "shards", "n_missing"), 1);
    const recto_json *missing = recto_json_lookup(recto_json_lookup(root, "shards"), "missing");
    assert_int_equal(recto_json_count(missing), 1);
    assert_int_equal(recto_json_as_int(recto_json_at(missing, 0), 0), 2);
    static const struct {
        const char *first, *second;
        int64_t n;
    } wanted[] = {
        {"documents", "total", 10},
        {"documents", "ok", 4},
        {"documents", "partial", 1},
        {"documents", "failed", 3},
        {"documents", "duplicate", 1},
        {"documents", "pending", 1},
        {"documents", "attached", 1},
        {"documents", "retried", 1},
        {"documents", "most_attempts", 2},
        {"documents", "unsandboxed", 4},
        {"documents", "settings", 2},
        {"pages", "total", 10},
        {"pages", "failed", 2},
        {"pages", "blank", 1},
        {"outputs", "files", 3},
        {"outputs", "bytes", 15},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (number(root, wanted[i].first, wanted[i].second) != wanted[i].n)
            fail_msg("%s.%s is %d", wanted[i].first, wanted[i].second,
                     (int)number(root, wanted[i].first, wanted[i].second));
    assert_int_equal(recto_json_int(root, "attachments", 0), 2);
    const recto_json *readers = recto_json_lookup(recto_json_lookup(root, "pages"), "readers");
    assert_int_equal(recto_json_int(readers, "layer", 0), 3);
    assert_int_equal(recto_json_int(readers, "line", 0), 3);
    assert_int_equal(recto_json_int(readers, "vlm", 0), 1);
    assert_int_equal(recto_json_int(readers, "none", -1), 0);
    recto_json_free(root);
}

static void report_lists_failures_by_class(void **state)
{
    (void)state;
    make_batch();
    recto_json *root = report_json(NULL);
    const recto_json *failures = recto_json_lookup(root, "failures");
    static const struct {
        const char *class, *key, *message;
        int n_documents, n_pages, page;
    } wanted[] = {{"format", "b.pdf", "no pages", 2, 0, -1},
                  {"encrypted", "e.pdf", "a password is needed", 1, 0, -1},
                  {"timeout", "part.pdf", "took longer than 5 s", 0, 1, 2},
                  {"crash", "part.pdf", "the parser died", 0, 1, 3}};
    assert_int_equal(recto_json_count(failures), 4);
    for (size_t i = 0; i < 4; i++) {
        const recto_json *f = recto_json_at(failures, i);
        const recto_json *items = recto_json_lookup(f, "items"), *item = recto_json_at(items, 0);
        assert_string_equal(recto_json_text(f, "class", ""), wanted[i].class);
        assert_int_equal(recto_json_int(f, "documents", -1), wanted[i].n_documents);
        assert_int_equal(recto_json_int(f, "pages", -1), wanted[i].n_pages);
        assert_int_equal(recto_json_count(items), wanted[i].n_documents + wanted[i].n_pages);
        assert_string_equal(recto_json_text(item, "key", ""), wanted[i].key);
        assert_string_equal(recto_json_text(item, "message", ""), wanted[i].message);
        assert_int_equal(recto_json_int(item, "page", -1), wanted[i].page);
    }
    /* the pages to look at, least confident first; of the slow ones the slowest first */
    const recto_json *review = recto_json_lookup(root, "review");
    assert_int_equal(recto_json_count(review), 4);
    assert_string_equal(recto_json_text(recto_json_at(review, 0), "key", ""), "part.pdf");
    assert_string_equal(recto_json_text(recto_json_at(review, 1), "key", ""), "a.pdf");
    assert_int_equal(recto_json_int(recto_json_at(review, 1), "page", 0), 2);
    const recto_json *slowest = recto_json_at(recto_json_lookup(root, "slowest"), 0);
    assert_string_equal(recto_json_text(slowest, "key", ""), "slow.pdf");
    assert_int_equal(recto_json_int(slowest, "seconds", 0), 100);
    assert_int_equal(recto_json_count(recto_json_lookup(root, "notes")), 1);
    recto_json_free(root);
}

static void report_has_exactly_these_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {"schema_name", "version",   "complete", "shards",
                                       "journals",    "documents", "pages",    "outputs",
                                       "attachments", "time",      "failures", "slowest",
                                       "review",      "notes",     NULL};
    make_batch();
    recto_json *root = report_json(NULL);
    void *iter = NULL;
    const char *key;
    const recto_json *value;
    int n = 0;
    while (recto_json_each(root, &iter, &key, &value)) {
        assert_non_null(keys[n]);
        assert_string_equal(key, keys[n]);
        n++;
    }
    assert_null(keys[n]);
    recto_json_free(root);
}

static void report_tells_people_what_matters(void **state)
{
    (void)state;
    make_batch();
    recto_buf text = report_text();
    holds(&text, "2 of 3 shards read\nno journal of shard 2\n");
    holds(&text, "2 different settings");
    holds(&text, "4 documents were parsed without a sandbox (--no-sandbox)");
    holds(&text, "Documents             10\n");
    holds(&text, "  format: 2 documents\n    b.pdf: no pages\n    z.pdf: no document\n");
    holds(&text, "  timeout: 1 page\n    part.pdf, page 2: took longer than 5 s\n");
    holds(&text, "    slow.pdf: 1 min 40 s, 2 pages\n");
    holds(&text, "    0.200  part.pdf, page 1: damaged\n");
    holds(&text, "    slow.pdf: renamed: too long\n");
    recto_buf_free(&text);
}

/* Inputs that could not be listed: no row is pending, but nobody knows what there was to do. */
static void report_calls_a_batch_without_a_plan_incomplete(void **state)
{
    (void)state;
    recto_error err = {0};
    for (int planned = 0; planned < 2; planned++) {
        recto_journal *j = open_with(options(planned));
        if (planned)
            must(recto_journal_plan(j, NULL, 0, &err), &err);
        recto_journal_close(j);
        recto_json *root = report_json(NULL);
        assert_int_equal(recto_json_bool(root, "complete", !planned), planned);
        recto_json_free(root);
    }
    recto_journal_close(open_with(options(true))); /* and the last run counts */
    recto_json *root = report_json(NULL);
    assert_false(recto_json_bool(root, "complete", true));
    recto_json_free(root);
}

static void report_bounds_its_lists_for_people(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    must(recto_journal_plan(j, NULL, 0, &err), &err);
    for (int i = 0; i < 1000; i++) {
        char key[32];
        snprintf(key, sizeof key, "%04d.pdf", i);
        must(record_with(j, failed(key, RECTO_ERR_FORMAT, "x"), &err), &err);
        snprintf(key, sizeof key, "%04d.png", i);
        must(record_with(j, document(key), &err), &err);
    }
    recto_journal_close(j);
    recto_buf text = report_text();
    int n_lines = 0;
    for (const char *p = recto_buf_cstr(&text); *p != '\0'; p++)
        n_lines += *p == '\n';
    assert_in_range(n_lines, 40, 80);
    holds(&text, "    and 990 more; --json has all\n");
    holds(&text, "    and 980 more; --json has all\n");
    recto_buf_free(&text);
    recto_json *root = report_json(NULL);
    assert_true(recto_json_bool(root, "complete", false));
    const recto_json *format = recto_json_at(recto_json_lookup(root, "failures"), 0);
    assert_int_equal(recto_json_count(recto_json_lookup(format, "items")), 1000);
    assert_int_equal(recto_json_count(recto_json_lookup(root, "review")), 1000);
    assert_int_equal(recto_json_count(recto_json_lookup(root, "slowest")), 50);
    recto_json_free(root);
}

static void report_makes_names_harmless(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    must(record_with(j,
                     failed("\x1b[2J\n\r\t\xC2\x9B"
                            "31m\xE2\x80\xAE.pdf\xFF\xE2\x80\xA8",
                            RECTO_ERR_FORMAT, "\x07\x1b]0;x"),
                     &err),
         &err);
    recto_journal_close(j);
    recto_buf text = report_text();
    holds(&text, "    ?[2J????31m?.pdf\xEF\xBF\xBD?: ??]0;x\n");
    recto_buf_free(&text);
}

static void report_is_the_same_twice_and_writes_nothing(void **state)
{
    (void)state;
    struct stat before, after;
    make_batch();
    assert_int_equal(stat(folder, &before), 0);
    recto_buf one = report_text(), two = report_text();
    assert_string_equal(recto_buf_cstr(&one), recto_buf_cstr(&two));
    assert_int_equal(stat(folder, &after), 0);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    assert_int_equal(before.st_mtim.tv_sec, after.st_mtim.tv_sec);
    recto_buf_free(&one);
    recto_buf_free(&two);
}

/* --- what cannot be read ---------------------------------------------------------------------- */

static void report_needs_a_journal(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_report *r;
    assert_int_equal(recto_report_read(&r, folder, NULL, NULL, &err), RECTO_ERR_IO);
    assert_null(r);
    assert_non_null(strstr(err.msg, "no journal"));
    assert_int_equal(recto_report_read(&r, in_folder("nowhere"), NULL, NULL, &err), RECTO_ERR_IO);
}

static bool stop_now(void *user)
{
    (void)user;
    return true;
}

static void report_can_be_stopped(void **state)
{
    (void)state;
    recto_report *r;
    make_batch();
    assert_int_equal(recto_report_read(&r, folder, stop_now, NULL, NULL), RECTO_ERR_CANCELLED);
    assert_null(r);
}

/* A process that holds the journal, and is killed when told. */
static pid_t hold_journal(void)
{
    int ends[2];
    char go;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        recto_journal_options opt = options(false);
        recto_journal *j = NULL;
        recto_journal_document d = document("a.pdf");
        if (recto_journal_open(&j, &opt, NULL) != RECTO_OK || record_with(j, d, NULL) != RECTO_OK ||
            recto_journal_flush(j, NULL) != RECTO_OK || write(ends[1], "x", 1) != 1)
            _exit(1);
        pause();
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &go, 1), 1);
    close(ends[0]);
    return child;
}

static void report_tells_a_run_that_lives_from_one_that_was_killed(void **state)
{
    (void)state;
    int readable;
    pid_t child = hold_journal();
    recto_json *root = report_json(&readable);
    assert_int_equal(readable, 0);
    const recto_json *journal = recto_json_at(recto_json_lookup(root, "journals"), 0);
    assert_string_equal(recto_json_text(journal, "condition", ""), "in_use");
    assert_non_null(strstr(recto_json_text(journal, "message", ""), "still going on"));
    recto_json_free(root);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    recto_buf text = report_text();
    holds(&text, "its last run was killed");
    holds(&text, "--resume");
    holds(&text, "Documents              1\n");
    recto_buf_free(&text);
    root = report_json(&readable);
    assert_int_equal(readable, 1);
    assert_false(recto_json_bool(root, "complete", true));
    recto_json_free(root);
    change("UPDATE runs SET host='elsewhere'");
    text = report_text();
    holds(&text, "(on elsewhere, where it may still be going on");
    recto_buf_free(&text);
}

static void report_goes_on_past_a_damaged_journal(void **state)
{
    (void)state;
    make_batch();
    put_file("journal-2-of-3.sqlite", "no database");
    int readable;
    recto_json *root = report_json(&readable);
    assert_int_equal(readable, 2);
    assert_int_equal(number(root, "documents", "total"), 10);
    const recto_json *journal = recto_json_at(recto_json_lookup(root, "journals"), 1);
    assert_string_equal(recto_json_text(journal, "condition", ""), "damaged");
    recto_json_free(root);
}

static void report_tells_mixed_splits_and_moved_journals(void **state)
{
    (void)state;
    char command[256];
    make_batch();
    snprintf(command, sizeof command, "cp '%s' '%s'", in_folder("journal-1-of-3.sqlite"),
             in_folder("journal-2-of-3.sqlite"));
    assert_int_equal(system(command), 0);
    recto_buf text = report_text();
    holds(&text, "journal-2-of-3.sqlite is the journal of shard 1 of 3 under another name");
    recto_buf_free(&text);
    unlink(in_folder("journal-2-of-3.sqlite"));
    put_file("journal.sqlite", "x");
    text = report_text();
    holds(&text, "different splits");
    recto_buf_free(&text);
    /* a name may claim any number of shards */
    put_file("journal-7-of-999999999.sqlite", "x");
    recto_json *root = report_json(NULL);
    assert_int_equal(number(root, "shards", "n_missing"), 999999998);
    const recto_json *missing = recto_json_lookup(recto_json_lookup(root, "shards"), "missing");
    assert_int_equal(recto_json_count(missing), 256);
    recto_json_free(root);
}

/* --- hostile journals ------------------------------------------------------------------------- */

static void expect_condition(const char *wanted)
{
    int readable;
    recto_json *root = report_json(&readable);
    const recto_json *journal = recto_json_at(recto_json_lookup(root, "journals"), 0);
    assert_int_equal(readable, 0);
    assert_string_equal(recto_json_text(journal, "condition", ""), wanted);
    recto_json_free(root);
}

static void fresh(void)
{
    recto_journal *j;
    unlink(in_folder("journal.sqlite"));
    unlink(in_folder("journal.sqlite-wal"));
    unlink(in_folder("journal.sqlite-shm"));
    j = open_with(options(false));
    record(j, document("a.pdf"));
    recto_journal_close(j);
}

static void report_refuses_any_other_schema(void **state)
{
    (void)state;
    static const char *const changes[] = {
        /* endless, were it ever asked */
        "DROP TABLE pages; CREATE VIEW pages AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT "
        "i+1 FROM n) SELECT i AS document, i AS page, '' AS class FROM n",
        "CREATE TRIGGER t AFTER INSERT ON pages BEGIN DELETE FROM documents; END",
        "CREATE TABLE more(x)",
        "CREATE INDEX i ON documents(sha256)",
        "ALTER TABLE documents ADD COLUMN x TEXT",
        "DROP TABLE outputs",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
        "PRAGMA application_id=1",
        "PRAGMA user_version=0; PRAGMA application_id=0",
        "DELETE FROM batch",
        "UPDATE batch SET shard=0",
        "UPDATE batch SET shards=4000000000, shard=3999999999",
        "PRAGMA journal_mode=WAL",
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        fresh();
        change(changes[i]);
        expect_condition("damaged");
    }
    struct stat st; /* and a write-ahead log was not made */
    assert_int_not_equal(stat(in_folder("journal.sqlite-shm"), &st), 0);
    fresh();
    change("PRAGMA user_version=2");
    expect_condition("newer");
}

static void report_takes_odd_values(void **state)
{
    (void)state;
    fresh();
    change("UPDATE documents SET state='sideways', class='of its own', pages=-5, attempts=1e18, "
           "size=-1, seconds=-1e300, sha256=x'' || 'zz', note='n', run=99");
    change("UPDATE pages SET reader='telepathy', flags=',,low_confidence,x,', confidence=7, "
           "class=NULL");
    change("UPDATE runs SET started=9e99, ended=1, version=char(1), host=''");
    recto_json *root = report_json(NULL);
    assert_int_equal(number(root, "documents", "pending"), 1);
    recto_json_free(root);
    change("UPDATE documents SET state='failed'");
    root = report_json(NULL);
    assert_int_equal(number(root, "documents", "failed"), 1);
    assert_int_equal(number(root, "documents", "most_attempts"), INT32_MAX);
    const recto_json *f = recto_json_at(recto_json_lookup(root, "failures"), 0);
    assert_string_equal(recto_json_text(f, "class", ""), "argument");
    const recto_json *v = recto_json_at(recto_json_lookup(root, "review"), 0);
    assert_int_equal(recto_json_int(v, "confidence", -1), 0);
    recto_json_free(root);
}

static void put_16(unsigned char *p, unsigned v)
{
    p[0] = (unsigned char)(v >> 8);
    p[1] = (unsigned char)v;
}

static void put_32(unsigned char *p, unsigned v)
{
    put_16(p, v >> 16);
    put_16(p + 2, v & 0xffff);
}

static void *report_on_small_stack(void *user)
{
    (void)user;
    recto_report *r;
    if (recto_report_read(&r, folder, NULL, NULL, NULL) == RECTO_OK)
        recto_report_free(r);
    return NULL;
}

/* A table whose tree is a chain of interior pages, each with one child, deep levels of it: SQLite's
 * own check follows it by recursion. */
static void make_chain(unsigned deep, unsigned loop_to)
{
    enum { PAGE = 4096 };
    unsigned char page[PAGE] = {0};
    sqlite3 *db;
    sqlite3_stmt *s;
    fresh();
    assert_int_equal(sqlite3_open(in_folder("journal.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "SELECT rootpage FROM sqlite_schema WHERE name='documents'",
                                        -1, &s, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    off_t root = sqlite3_column_int(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    int fd = open(in_folder("journal.sqlite"), O_RDWR);
    struct stat st;
    fstat(fd, &st);
    unsigned n_pages = (unsigned)(st.st_size / PAGE);
    for (unsigned i = 0; i <= deep; i++) {
        bool last = i == deep;
        memset(page, 0, sizeof page);
        page[0] = last && loop_to == 0 ? 13 : 5; /* leaf, interior */
        put_16(page + 5, PAGE);
        if (page[0] == 5)
            put_32(page + 8, last ? loop_to : n_pages + i + 1);
        off_t at = i == 0 ? root - 1 : (off_t)(n_pages + i - 1);
        assert_int_equal(pwrite(fd, page, PAGE, at * PAGE), PAGE);
    }
    put_32(page, n_pages + deep);
    assert_int_equal(pwrite(fd, page, 4, 28), 4);
    close(fd);
}

static void report_survives_trees_that_are_deep_or_lead_in_circles(void **state)
{
    (void)state;
    pthread_t thread;
    pthread_attr_t attr;
    recto_error err = {0};
    make_chain(4000, 0);
    /* as 100 MB of pages would be for a stack of usual size */
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 512 << 10);
    assert_int_equal(pthread_create(&thread, &attr, report_on_small_stack, NULL), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    expect_condition("damaged");
    recto_journal *j;
    recto_journal_options opt = options(true);
    assert_int_equal(recto_journal_open(&j, &opt, &err), RECTO_ERR_OUTPUT);
    assert_non_null(strstr(err.msg, "damaged"));
    make_chain(5, 5);
    expect_condition("damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(report_counts_everything_once),
        TEST(report_lists_failures_by_class),
        TEST(report_has_exactly_these_keys),
        TEST(report_tells_people_what_matters),
        TEST(report_calls_a_batch_without_a_plan_incomplete),
        TEST(report_bounds_its_lists_for_people),
        TEST(report_makes_names_harmless),
        TEST(report_is_the_same_twice_and_writes_nothing),
        TEST(report_needs_a_journal),
        TEST(report_can_be_stopped),
        TEST(report_tells_a_run_that_lives_from_one_that_was_killed),
        TEST(report_goes_on_past_a_damaged_journal),
        TEST(report_tells_mixed_splits_and_moved_journals),
        TEST(report_refuses_any_other_schema),
        TEST(report_takes_odd_values),
        TEST(report_survives_trees_that_are_deep_or_lead_in_circles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
