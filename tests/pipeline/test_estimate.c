/* Protects --dry-run: pages, readers and failures as a batch would find them, and times that follow
 * from them. */
#include "pipeline/estimate.h"

#include "core/json.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[64];

static void copy_sample(const char *name, const char *as)
{
    char command[512];
    snprintf(command, sizeof command, "cp \"$RECTO_SAMPLES/%s\" '%s/%s'", name, root, as);
    assert_int_equal(system(command), 0);
}

static void make_file(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int enter(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/recto-estimate-XXXXXX");
    return getenv("RECTO_SAMPLES") == NULL || mkdtemp(root) == NULL;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    return system(command) != 0;
}

/* Lines of all documents. */
static void on_document(void *user, const recto_estimate_document *d)
{
    recto_estimate_line(user, d);
    assert_true((d->status == RECTO_OK) == (d->message == NULL));
    assert_true(d->format != NULL || d->status != RECTO_OK);
}

static recto_status estimate(recto_estimate *e, recto_buf *lines, const recto_options *run,
                             bool dedupe, bool (*stop)(void *user))
{
    recto_plan *plan = NULL;
    const char *in = root;
    recto_error err = {0};
    assert_int_equal(recto_plan_read(&plan, &in, 1, &(recto_plan_options){.dedupe = dedupe}, &err),
                     RECTO_OK);
    recto_estimate_options opt = {
        .run = run, .document = lines != NULL ? on_document : NULL, .stop = stop, .user = lines};
    recto_status st = recto_estimate_plan(e, plan, &opt, &err);
    assert_true(st == RECTO_OK || err.msg[0] != '\0');
    recto_plan_free(plan);
    return st;
}

static void estimate_counts_pages_by_reader(void **state)
{
    (void)state;
    recto_estimate e;
    recto_buf lines = RECTO_BUF_INIT;
    recto_options run = {0};
    recto_options_defaults(&run);
    copy_sample("invoice-digital.pdf", "a.pdf"); /* one page with a text layer */
    copy_sample("letter.png", "b.png");
    copy_sample("mixed.pdf", "c.pdf");
    assert_int_equal(estimate(&e, &lines, &run, false, NULL), RECTO_OK);
    assert_int_equal(e.n_documents, 3);
    assert_int_equal(e.n_classes[RECTO_OK], 3);
    int64_t n_layer = e.pages.n_readers[RECTO_READER_LAYER];
    int64_t n_line = e.pages.n_readers[RECTO_READER_LINE];
    assert_true(n_layer >= 2 && n_line >= 2); /* mixed.pdf has both */
    assert_int_equal(e.pages.n, n_layer + n_line + e.pages.n_readers[RECTO_READER_NONE]);
    assert_int_equal(e.pages.n_failed + e.pages.n_unseen, 0);
    assert_true(e.pages.seconds > 0.1 * (double)n_line && e.pages.seconds < (double)e.pages.n);
    assert_non_null(strstr(lines.data, "a.pdf: pdf, 1 page (layer 1), about under 1 s\n"));
    assert_non_null(strstr(lines.data, "b.png: png, 1 page (line 1), about under 1 s\n"));
    recto_buf_free(&lines);
    recto_options vlm = run;
    vlm.reader = RECTO_CHOOSE_VLM;
    recto_estimate v;
    assert_int_equal(estimate(&v, NULL, &vlm, false, NULL), RECTO_OK);
    assert_int_equal(v.pages.n_readers[RECTO_READER_VLM], e.pages.n);
    assert_true(v.pages.seconds > 100 * e.pages.seconds);
}

static void estimate_names_what_would_fail(void **state)
{
    (void)state;
    recto_estimate e;
    recto_buf lines = RECTO_BUF_INIT;
    recto_options run = {0};
    char path[128];
    recto_options_defaults(&run);
    copy_sample("encrypted.pdf", "locked.pdf");
    copy_sample("invoice-digital.pdf", "sound.pdf");
    make_file("broken.pdf", "not a PDF at all");
    make_file("empty.pdf", "");
    make_file("notes.txt", "no document");
    snprintf(path, sizeof path, "%s/gone.pdf", root);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_int_equal(estimate(&e, &lines, &run, false, NULL), RECTO_OK);
    assert_int_equal(e.n_documents, 6);
    assert_int_equal(e.n_classes[RECTO_OK], 1);
    assert_int_equal(e.n_classes[RECTO_ERR_ENCRYPTED], 1);
    assert_int_equal(e.n_classes[RECTO_ERR_FORMAT], 2);
    assert_int_equal(e.n_classes[RECTO_ERR_IO], 1);
    assert_int_equal(e.n_others, 1);
    assert_int_equal(e.pages.n, 1);
    assert_non_null(strstr(lines.data, "locked.pdf: would fail (encrypted): "));
    assert_non_null(strstr(lines.data, "broken.pdf: would fail (format): "));
    assert_null(strstr(lines.data, "notes.txt"));
    recto_buf_free(&lines);
}

static void estimate_knows_pages_and_duplicates(void **state)
{
    (void)state;
    recto_estimate e;
    recto_buf lines = RECTO_BUF_INIT;
    recto_options run = {0};
    recto_options_defaults(&run);
    copy_sample("mixed.pdf", "a.pdf");
    copy_sample("mixed.pdf", "b.pdf");
    copy_sample("invoice-digital.pdf", "c.pdf");
    assert_int_equal(recto_options_pages(&run, "2", NULL), RECTO_OK);
    assert_int_equal(estimate(&e, &lines, &run, true, NULL), RECTO_OK);
    assert_int_equal(e.n_duplicates, 1);
    assert_int_equal(e.pages.n, 1);
    assert_int_equal(e.n_classes[RECTO_ERR_ARG], 1); /* one page, and it is not the second */
    assert_non_null(strstr(lines.data, "a.pdf: pdf, 1 page of "));
    assert_null(strstr(lines.data, "b.pdf"));
    recto_buf_free(&lines);
}

/* Without time nothing is looked at; what was not is reckoned all the same. */
static void estimate_is_bounded_by_the_timeout(void **state)
{
    (void)state;
    recto_estimate e;
    recto_options run = {.timeout_s = 1e-9};
    copy_sample("mixed.pdf", "a.pdf");
    assert_int_equal(estimate(&e, NULL, &run, false, NULL), RECTO_OK);
    assert_int_equal(e.n_documents, 1);
    assert_int_equal(e.n_classes[RECTO_OK] + e.n_classes[RECTO_ERR_TIMEOUT], 1);
    assert_int_equal(e.pages.n, e.pages.n_unseen);
    assert_true(e.n_classes[RECTO_OK] == 0 || e.pages.seconds > 0.1);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static bool done_if_a(void *user, const recto_plan_item *item)
{
    (void)user;
    return item->key[0] == 'a';
}

static void estimate_stops_and_passes_over_what_is_done(void **state)
{
    (void)state;
    recto_estimate e;
    recto_error err = {0};
    recto_options run = {0};
    recto_plan *plan = NULL;
    const char *in = root;
    copy_sample("invoice-digital.pdf", "a.pdf");
    copy_sample("invoice-digital.pdf", "b.pdf");
    assert_int_equal(estimate(&e, NULL, &run, false, stop_at_once), RECTO_ERR_CANCELLED);
    assert_int_equal(e.n_documents, 0);
    assert_int_equal(recto_plan_read(&plan, &in, 1, &(recto_plan_options){0}, &err), RECTO_OK);
    recto_estimate_options opt = {.run = &run, .is_done = done_if_a};
    assert_int_equal(recto_estimate_plan(&e, plan, &opt, &err), RECTO_OK);
    assert_int_equal(e.n_done, 1);
    assert_int_equal(e.n_classes[RECTO_OK], 1);
    recto_plan_free(plan);
}

static void estimate_is_told_in_words_and_json(void **state)
{
    (void)state;
    recto_buf text = RECTO_BUF_INIT;
    recto_json *json = NULL;
    recto_estimate e = {
        .n_documents = 12,
        .n_bytes = 3400000,
        .n_duplicates = 1,
        .n_classes = {[RECTO_OK] = 9, [RECTO_ERR_FORMAT] = 2},
        .pages = {
            .n = 5000,
            .n_readers =
                {[RECTO_READER_LAYER] = 4000, [RECTO_READER_LINE] = 900, [RECTO_READER_NONE] = 100},
            .seconds = 14400}};
    recto_estimate_text(&text, &e, 2);
    assert_string_equal(text.data, "files                     12   3.4 MB\n"
                                   "  to convert               9\n"
                                   "  duplicates               1\n"
                                   "  would fail               2   format\n"
                                   "pages                   5000\n"
                                   "  layer                 4000\n"
                                   "  line                   900\n"
                                   "  blank                  100\n"
                                   "time              2.0 h with 2 jobs (rough: costs of the "
                                   "reference machine)\n");
    recto_buf_clear(&text);
    recto_estimate_json(&text, &e, 2);
    assert_int_equal(recto_json_parse(&json, text.data, text.len, NULL), RECTO_OK);
    assert_int_equal(recto_json_int(json, "pages", 0), 5000);
    assert_int_equal(recto_json_int(json, "line", 0), 900);
    assert_int_equal(recto_json_int(recto_json_lookup(json, "would_fail"), "format", 0), 2);
    assert_int_equal(recto_json_int(json, "seconds", 0), 7200);
    recto_json_free(json);
    /* names are made harmless by their keys, numbers have their right form */
    recto_plan_item item = {.key = "a\"b.pdf"};
    recto_estimate_document d = {.item = &item, .status = RECTO_ERR_IO, .message = "gone"};
    recto_buf_clear(&text);
    recto_estimate_document_json(&text, &d);
    assert_int_equal(recto_json_parse(&json, text.data, text.len, NULL), RECTO_OK);
    assert_string_equal(recto_json_text(json, "key", ""), "a\"b.pdf");
    assert_string_equal(recto_json_text(json, "class", ""), "io");
    recto_json_free(json);
    recto_buf_free(&text);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(estimate_counts_pages_by_reader),
        TEST(estimate_names_what_would_fail),
        TEST(estimate_knows_pages_and_duplicates),
        TEST(estimate_is_bounded_by_the_timeout),
        TEST(estimate_stops_and_passes_over_what_is_done),
        TEST(estimate_is_told_in_words_and_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
