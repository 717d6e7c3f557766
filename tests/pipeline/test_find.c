/* Protects the full-text index: it finds what is in a batch's JSON outputs, with its place, takes
 * whatever a user types as words, follows the batch's changes, and is made anew when it is damaged;
 * a search writes nothing. */
#include "journal_build.h"

#include "core/buf.h"
#include "core/geometry.h"
#include "pipeline/find.h"

#include <dirent.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

/* --- batches of our own ---------------------------------------------------------------------- */

/* A JSON output of pages with one block each. */
static void make_json(recto_buf *out, const char *const *texts, int n)
{
    recto_buf_text(out, "{\"schema_name\": \"RectoDocument\", \"metadata\": {\"bookmarks\": "
                        "[{\"title\": \"pages\"}], \"title\": \"a \\\"quoted\\\" {title\"},\n"
                        "\"pages\": [\n");
    for (int i = 0; i < n; i++)
        recto_buf_printf(out,
                         "%s{\"page_no\": %d, \"status\": \"ok\", \"blocks\": [{\"label\": "
                         "\"text\", \"bbox\": {\"l\": %d.5, \"t\": 20, \"r\": 300, \"b\": 40}, "
                         "\"bbox_pt\": {\"l\": 1, \"t\": 2, \"r\": 3, \"b\": 4}, \"text\": "
                         "\"%s\"}]}",
                         i > 0 ? ",\n" : "", i + 1, 10 + i, texts[i]);
    recto_buf_text(out, "\n]}\n");
    assert_false(out->failed);
}

/* Record a document with these bytes as its JSON output (NULL: none). */
static void record_json(recto_journal *j, const char *key, const char *json)
{
    char name[256];
    recto_error err = {0};
    recto_journal_document d = document(key);
    recto_journal_page pages[1] = {{.number = 1, .reader = RECTO_READER_LAYER, .conf = 1}};
    snprintf(name, sizeof name, "%s.json", key);
    recto_journal_output output = {.path = name};
    if (json != NULL) {
        put_file(name, json);
        output.size = strlen(json);
        recto_sha256(output.sha256, json, strlen(json));
    }
    must(recto_journal_record(j, &d, pages, 1, &output, json != NULL, &err), &err);
}

static void record_texts(recto_journal *j, const char *key, const char *const *texts, int n)
{
    recto_buf json = RECTO_BUF_INIT;
    make_json(&json, texts, n);
    record_json(j, key, json.data);
    recto_buf_free(&json);
}

static void record_text(recto_journal *j, const char *key, const char *text)
{
    record_texts(j, key, &text, 1);
}

static recto_find_update update(void)
{
    recto_find_update u;
    recto_error err = {0};
    must(recto_find_update_index(&u, folder, NULL, NULL, &err), &err);
    return u;
}

/* --- searching ------------------------------------------------------------------------------- */

typedef struct found {
    int n;
    char all[4096]; /* "key:page:text;" of each */
    char snippet[1024];
    recto_rect box;
    bool has_box;
    int enough; /* stop after so many */
} found;

static bool on_hit(void *user, const recto_find_hit *h)
{
    found *f = user;
    size_t at = strlen(f->all);
    snprintf(f->all + at, sizeof f->all - at, "%s:%d:%s;", h->document, h->page, h->text);
    snprintf(f->snippet, sizeof f->snippet, "%s", h->snippet);
    f->box = h->box;
    f->has_box = h->has_box;
    return ++f->n != f->enough;
}

static recto_status search(found *f, const char *words, int64_t limit, bool *stale,
                           recto_error *err)
{
    int64_t n = -1;
    bool none;
    *f = (found){0};
    const recto_find_options opt = {.limit = limit, .hit = on_hit, .user = f};
    recto_status st =
        recto_find_search(&n, stale != NULL ? stale : &none, folder, words, &opt, err);
    assert_int_equal(n, f->n);
    return st;
}

static int count(const char *words)
{
    found f;
    recto_error err = {0};
    must(search(&f, words, 0, NULL, &err), &err);
    return f.n;
}

static void find_tells_document_page_and_box(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    const char *const texts[] = {"The first page", "The second page, with words"};
    assert_int_equal(mkdir(in_folder("a"), 0700), 0);
    record_texts(j, "a/b.pdf", texts, 2);
    record_text(j, "z.png", "Another document");
    recto_journal_close(j);
    recto_find_update u = update();
    assert_int_equal(u.n_documents, 2);
    assert_int_equal(u.n_added, 2);
    assert_int_equal(u.n_blocks, 3);
    assert_false(u.rebuilt);
    assert_string_equal(u.problem, "");
    found f;
    recto_error err = {0};
    must(search(&f, "second words", 0, NULL, &err), &err);
    assert_string_equal(f.all, "a/b.pdf:2:The second page, with words;");
    assert_true(f.has_box && f.box.x0 == 11.5f && f.box.y0 == 20.0f && f.box.x1 == 300.0f);
    assert_int_equal(count("first words"), 0); /* not in one block */
    assert_int_equal(count("page"), 2);
    must(search(&f, "page", 1, NULL, &err), &err);
    assert_string_equal(f.all, "a/b.pdf:1:The first page;");
    struct stat st;
    assert_int_equal(stat(in_folder("index.sqlite"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void find_knows_words_phrases_and_beginnings(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a",
                "Caf\xC3\xA9 \xC3\x9C"
                "berfahrt, annual report 2024-0391, naïve");
    recto_journal_close(j);
    update();
    static const struct {
        const char *words;
        int n;
    } cases[] = {
        {"cafe", 1},
        {"CAFÉ", 1},
        {"cafe\xCC\x81", 1}, /* decomposed */
        {"uberfahrt", 1},
        {"caf", 0},
        {"caf*", 1},
        {"uber* rep*", 1},
        {"\"annual report\"", 1},
        {"\"report annual\"", 0},
        {"report annual", 1},
        {"\"annual rep\"*", 1},
        {"2024", 1},
        {"2024-0391", 1},
        {"0391-2024", 0},
        {"naive missing", 0},
        {"  cafe \t naive\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (count(cases[i].words) != cases[i].n)
            fail_msg("%s: not %d", cases[i].words, cases[i].n);
    }
}

static void find_takes_anything_as_words(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "and or not near text foo");
    recto_journal_close(j);
    update();
    static const char *const odd[] = {
        "AND",       "OR NOT",     "NOT",
        "NEAR(a b)", "text : foo", "text:foo",
        "{text} :a", "^text",      "-foo",
        "+foo",      "foo'",       "foo\"",
        "\"foo",     "\"\"\"",     "\"a\"\"b\"",
        "foo)",      "(((",        "a;DROP TABLE words",
        "\xFF\xFE",  "*",          "**",
        "\"*",       "foo* *",     "\x01\x02",
        "\\",        "a\\\"b",     "\xF0\x9F\x98\x80",
        "%s%n",      "-- foo",     "/* foo",
    };
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        found f;
        recto_error err = {0};
        recto_status st = search(&f, odd[i], 0, NULL, &err);
        if (st != RECTO_OK && !(st == RECTO_ERR_ARG && strstr(err.msg, "no word") != NULL))
            fail_msg("%s: %s", odd[i], err.msg);
    }
    assert_int_equal(count("AND OR NOT near("), 1); /* words like others */
    assert_int_equal(count("foo) -text"), 1);
    assert_int_equal(count("-- foo \xC2\xA7"), 1); /* signs are no words */
    found f;
    recto_error err = {0};
    assert_int_equal(search(&f, "", 0, NULL, &err), RECTO_ERR_ARG);
    recto_buf long_text = RECTO_BUF_INIT;
    for (int i = 0; i < 65; i++)
        recto_buf_text(&long_text, "foo ");
    assert_int_equal(search(&f, long_text.data, 0, NULL, &err), RECTO_ERR_ARG);
    for (int i = 0; i < 1000; i++)
        recto_buf_text(&long_text, "foo ");
    assert_int_equal(search(&f, long_text.data, 0, NULL, &err), RECTO_ERR_ARG);
    recto_buf_free(&long_text);
}

static void find_reads_tables_and_blocks_without_a_box(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_json(j, "a",
                "{\"pages\": [{\"page_no\": 7, \"blocks\": [{\"label\": \"table\", \"bbox\": null, "
                "\"bbox_pt\": null, \"text\": \"\", \"table\": {\"cells\": [{\"text\": \"oar\"}, "
                "{\"text\": \"\"}, {\"text\": \"55.00\"}]}}, {\"label\": \"picture\", \"text\": "
                "\"\"}]}, {\"page_no\": 8, \"blocks\": []}]}");
    recto_journal_close(j);
    assert_int_equal(update().n_blocks, 1);
    found f;
    recto_error err = {0};
    must(search(&f, "oar 55.00", 0, NULL, &err), &err);
    assert_string_equal(f.all, "a:7:oar | 55.00;");
    assert_false(f.has_box);
}

static void find_cuts_snippets_around_the_words(void **state)
{
    (void)state;
    recto_buf text = RECTO_BUF_INIT;
    for (int i = 0; i < 200; i++)
        recto_buf_printf(&text, i == 120 ? "needle " : "w%d ", i);
    recto_journal *j = open_with(options(false));
    record_text(j, "a", text.data);
    recto_journal_close(j);
    update();
    found f;
    recto_error err = {0};
    must(search(&f, "needle", 0, NULL, &err), &err);
    assert_non_null(strstr(f.snippet, "needle"));
    assert_true(strlen(f.snippet) < 200);
    recto_buf_free(&text);
}

static void find_hands_out_clean_text(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "red\\u001b[31m alert\\u0007 \\u202eevil");
    recto_journal_close(j);
    update();
    found f;
    recto_error err = {0};
    must(search(&f, "alert", 0, NULL, &err), &err);
    assert_string_equal(f.all, "a:1:red[31m alert evil;");
    assert_null(strchr(f.snippet, '\x1b'));
}

/* --- changes --------------------------------------------------------------------------------- */

static void find_follows_the_batch(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "apple");
    record_text(j, "b", "banana");
    record_text(j, "c", "cherry");
    recto_journal_close(j);
    update();
    recto_find_update u = update();
    assert_int_equal(u.n_added, 0);
    assert_int_equal(u.n_removed, 0);
    assert_int_equal(u.n_documents, 3);

    bool stale = true;
    found f;
    recto_error err = {0};
    must(search(&f, "apple", 0, &stale, &err), &err);
    assert_false(stale);
    j = open_with(options(true));
    record_text(j, "b", "blueberry"); /* another text */
    recto_journal_document failed = document("c");
    failed.state = RECTO_JOURNAL_FAILED;
    failed.status = RECTO_ERR_FORMAT;
    failed.message = "torn";
    must(recto_journal_record(j, &failed, NULL, 0, NULL, 0, &err), &err);
    recto_journal_close(j);
    must(search(&f, "banana", 0, &stale, &err), &err);
    assert_true(stale);
    assert_int_equal(f.n, 1);
    u = update();
    assert_int_equal(u.n_added, 1);
    assert_int_equal(u.n_removed, 1);
    assert_int_equal(u.n_documents, 2);
    must(search(&f, "banana", 0, &stale, &err), &err);
    assert_false(stale);
    assert_int_equal(f.n, 0);
    assert_int_equal(count("blueberry"), 1);
    assert_int_equal(count("cherry"), 0);
    assert_int_equal(count("apple"), 1);
}

static void find_forgets_what_no_journal_has(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "apple");
    recto_journal_close(j);
    update();
    assert_int_equal(unlink(in_folder("journal.sqlite")), 0);
    j = open_with(options(false));
    record_text(j, "b", "banana");
    recto_journal_close(j);
    recto_find_update u = update();
    assert_int_equal(u.n_documents, 1);
    assert_int_equal(u.n_removed, 1);
    assert_int_equal(count("apple"), 0);
    assert_int_equal(count("banana"), 1);
}

static void find_leaves_out_what_is_not_the_batchs(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "apple");
    record_text(j, "gone", "cherry");
    record_text(j, "other", "date");
    record_json(j, "none", NULL);
    record_json(j, "odd",
                "{\"pages\": [{\"page_no\": 1, \"blocks\": [{\"label\": \"text\", "
                "\"text\": \"elder\"}]}, {\"page_no\": 0}]}");
    record_json(j, "cut", "{\"pages\": [{\"page_no\": 1, \"blocks\": [{\"text\": \"fig\"}]},");
    record_json(j, "plain", "[1, 2]");
    recto_journal_close(j);
    assert_int_equal(unlink(in_folder("gone.json")), 0);
    put_file("other.json", "{\"pages\": []}");
    recto_find_update u = update();
    assert_int_equal(u.n_documents, 1);
    assert_int_equal(u.n_without, 1);
    assert_int_equal(u.n_changed, 5);
    assert_true(strlen(u.problem) > 0);
    assert_int_equal(count("apple"), 1);
    assert_int_equal(count("elder"), 0); /* nothing of half a document */
    assert_int_equal(count("fig"), 0);
    assert_int_equal(count("date"), 0);
}

static void find_never_leaves_the_folder(void **state)
{
    (void)state;
    recto_error err = {0};
    static const char json[] = "{\"pages\": [{\"page_no\": 1, \"blocks\": [{\"label\": \"text\", "
                               "\"text\": \"outside\"}]}]}";
    char outside[300];
    snprintf(outside, sizeof outside, "%s-outside.json", folder);
    FILE *f = fopen(outside, "w");
    assert_non_null(f);
    fputs(json, f);
    fclose(f);
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("a");
    char path[300];
    snprintf(path, sizeof path, "../%s", strrchr(outside, '/') + 1);
    recto_journal_output output = {.path = path, .size = strlen(json)};
    recto_sha256(output.sha256, json, strlen(json));
    recto_status st = recto_journal_record(j, &d, NULL, 0, &output, 1, &err);
    recto_journal_close(j);
    if (st == RECTO_OK) {
        recto_find_update u;
        st = recto_find_update_index(&u, folder, NULL, NULL, &err);
        assert_true(st != RECTO_OK || u.n_documents == 0);
    }
    unlink(outside);
}

static void find_reads_the_journals_of_all_shards(void **state)
{
    (void)state;
    for (int k = 1; k <= 2; k++) {
        recto_journal_options opt = options(false);
        opt.shard = k;
        opt.n_shards = 2;
        recto_journal *j = open_with(opt);
        record_text(j, k == 1 ? "a" : "b", k == 1 ? "apple" : "banana");
        recto_journal_close(j);
    }
    assert_int_equal(update().n_documents, 2);
    /* a damaged journal: what is known of its documents stays */
    put_file("journal-2-of-2.sqlite", "nonsense");
    recto_find_update u = update();
    assert_int_equal(u.n_journals_unread, 1);
    assert_int_equal(u.n_documents, 2);
    assert_int_equal(count("banana"), 1);
}

/* --- damage ---------------------------------------------------------------------------------- */

static void find_makes_a_damaged_index_anew(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "apple");
    recto_journal_close(j);
    static const char *const sql[] = {
        "PRAGMA user_version=99",
        "PRAGMA application_id=1",
        "CREATE TABLE more(x)",
        "CREATE VIEW v AS SELECT 1",
        "CREATE TRIGGER t AFTER INSERT ON documents BEGIN SELECT 1; END",
        "DROP TABLE words",
        "DROP TABLE documents; CREATE TABLE documents(key)",
    };
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        update();
        sqlite3 *db;
        assert_int_equal(sqlite3_open(in_folder("index.sqlite"), &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql[i], NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        found f;
        recto_error err = {0};
        assert_int_equal(search(&f, "apple", 0, NULL, &err), RECTO_ERR_FORMAT);
        assert_non_null(strstr(err.msg, "--index"));
        recto_find_update u = update();
        assert_true(u.rebuilt);
        assert_int_equal(u.n_added, 1);
        assert_int_equal(count("apple"), 1);
    }
    put_file("index.sqlite",
             "this is no database at all, but it is long enough to be looked at ...");
    assert_true(update().rebuilt);
    assert_int_equal(count("apple"), 1);
    assert_int_equal(truncate(in_folder("index.sqlite"), 5000), 0);
    found f;
    recto_error err = {0};
    assert_int_not_equal(search(&f, "apple", 0, NULL, &err), RECTO_OK);
    assert_true(update().rebuilt);
    assert_int_equal(count("apple"), 1);
    put_file("index.sqlite", ""); /* as a kill may leave it before the first transaction */
    assert_int_equal(search(&f, "apple", 0, NULL, &err), RECTO_ERR_FORMAT);
    update();
    assert_int_equal(count("apple"), 1);
}

/* Any bytes may be wrong: no crash, and --index puts it right. */
static void find_survives_broken_pages(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    for (int i = 0; i < 30; i++) {
        char key[16];
        snprintf(key, sizeof key, "d%02d", i);
        record_text(j, key, i % 2 ? "apple tree and more words here" : "banana split and others");
    }
    recto_journal_close(j);
    uint32_t seed = 7;
    for (int round = 0; round < 40; round++) {
        recto_find_update u;
        recto_error err = {0};
        struct stat st;
        must(recto_find_update_index(&u, folder, NULL, NULL, &err), &err);
        unlink(in_folder("index.sqlite"));
        update();
        assert_int_equal(count("apple"), 15);
        assert_int_equal(stat(in_folder("index.sqlite"), &st), 0);
        int fd = open(in_folder("index.sqlite"), O_RDWR);
        for (int k = 0; k < 20; k++) {
            seed = seed * 1664525u + 1013904223u;
            const uint8_t byte = (uint8_t)(seed >> 24);
            const off_t at = (off_t)(seed % (uint32_t)st.st_size);
            assert_int_equal(pwrite(fd, &byte, 1, at), 1);
        }
        close(fd);
        found f;
        recto_status s = search(&f, "apple", 0, NULL, &err);
        assert_true(s == RECTO_OK || s == RECTO_ERR_FORMAT || s == RECTO_ERR_IO);
    }
}

static void find_writes_nothing_when_it_searches(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record_text(j, "a", "apple");
    recto_journal_close(j);
    update();
    struct stat before;
    struct stat after;
    assert_int_equal(stat(in_folder("index.sqlite"), &before), 0);
    assert_int_equal(chmod(in_folder("index.sqlite"), 0400), 0);
    assert_int_equal(chmod(folder, 0500), 0);
    assert_int_equal(count("apple"), 1);
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(stat(in_folder("index.sqlite"), &after), 0);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    DIR *d = opendir(folder);
    int n = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL;)
        n += e->d_name[0] != '.';
    closedir(d);
    assert_int_equal(n, 3); /* journal, output, index */
}

/* --- errors ---------------------------------------------------------------------------------- */

static bool stop_now(void *user)
{
    int *left = user;
    return (*left)-- <= 0;
}

static void find_has_errors_that_say_what_to_do(void **state)
{
    (void)state;
    found f;
    recto_find_update u;
    recto_error err = {0};
    assert_int_equal(search(&f, "apple", 0, NULL, &err), RECTO_ERR_IO);
    assert_non_null(strstr(err.msg, "--index"));
    assert_int_equal(recto_find_update_index(&u, folder, NULL, NULL, &err), RECTO_ERR_IO);
    assert_non_null(strstr(err.msg, "no journal"));
    assert_int_equal(recto_find_update_index(&u, "/nonexistent", NULL, NULL, &err), RECTO_ERR_IO);
    assert_int_not_equal(access(in_folder("index.sqlite"), F_OK), 0); /* none was made */

    recto_journal *j = open_with(options(false));
    for (int i = 0; i < 5; i++) {
        char key[16];
        snprintf(key, sizeof key, "d%d", i);
        record_text(j, key, "apple");
    }
    recto_journal_close(j);
    int left = 2;
    assert_int_equal(recto_find_update_index(&u, folder, stop_now, &left, &err),
                     RECTO_ERR_CANCELLED);
    bool stale = false;
    must(search(&f, "apple", 0, &stale, &err), &err);
    assert_true(f.n == 3 && stale); /* what was done is kept, and known not to be all */
    assert_int_equal(update().n_added, 2);

    /* held by another run */
    sqlite3 *db;
    assert_int_equal(sqlite3_open(in_folder("index.sqlite"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(search(&f, "apple", 0, NULL, &err), RECTO_ERR_IO);
    assert_int_equal(recto_find_update_index(&u, folder, NULL, NULL, &err), RECTO_ERR_OUTPUT);
    assert_non_null(strstr(err.msg, "in use"));
    sqlite3_close(db);
    assert_int_equal(count("apple"), 5);
    unlink(in_folder("index.sqlite"));
    assert_int_equal(mkdir(in_folder("index.sqlite"), 0700), 0);
    assert_int_equal(recto_find_update_index(&u, folder, NULL, NULL, &err), RECTO_ERR_OUTPUT);
    assert_int_equal(search(&f, "apple", 0, NULL, &err), RECTO_ERR_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(find_tells_document_page_and_box),
        TEST(find_knows_words_phrases_and_beginnings),
        TEST(find_takes_anything_as_words),
        TEST(find_reads_tables_and_blocks_without_a_box),
        TEST(find_cuts_snippets_around_the_words),
        TEST(find_hands_out_clean_text),
        TEST(find_follows_the_batch),
        TEST(find_forgets_what_no_journal_has),
        TEST(find_leaves_out_what_is_not_the_batchs),
        TEST(find_never_leaves_the_folder),
        TEST(find_reads_the_journals_of_all_shards),
        TEST(find_makes_a_damaged_index_anew),
        TEST(find_survives_broken_pages),
        TEST(find_writes_nothing_when_it_searches),
        TEST(find_has_errors_that_say_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
