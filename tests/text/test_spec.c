/* Protects: every form is written, and pages are understood, as the texts in tests/spec say, which
 * are the documentation of the forms (docs/FORMATS.md).
 *
 * "KIND to FORM [options]" is the head of an example; KIND is `blocks` (spec_doc.h) or `drawing`
 * (spec_draw.h).  In what comes out, "…" alone on a line stands for any lines; ␍ is a carriage
 * return, ␌ a form feed; "=== .suffix" begins another file of a form of several.
 *
 * Record anew: RECTO_SPEC_RECORD=DIR writes DIR/NAME.txt (then look at the difference). */
#include "check.h"

#include "text/spec_doc.h"
#include "text/spec_draw.h"
#include "text/spec_file.h"

#include <dirent.h>

enum { FILES_MAX = 40, NAME_BYTES = 64, SHEETS_MAX = 4 };

static recto_arena *keep;
static sheet sheets[SHEETS_MAX];

/* --- what is written -------------------------------------------------------------------------- */

/* As it stands in an example. */
static void show(recto_buf *out, const recto_buf *written)
{
    for (const char *p = recto_buf_cstr(written); *p != '\0'; p++) {
        if (*p == RECTO_WRITER_PART)
            recto_buf_text(out, "=== ");
        else if (*p == '\r')
            recto_buf_text(out, "␍");
        else if (*p == '\f')
            recto_buf_text(out, "␌\n");
        else
            recto_buf_char(out, *p);
    }
    if (out->len > 0 && out->data[out->len - 1] != '\n')
        recto_buf_char(out, '\n');
}

static void write_pages(recto_buf *out, const spec_example *e, recto_docinfo info,
                        const recto_page *const *pages, int n)
{
    char form[NAME_BYTES] = "";
    const char *at = strstr(e->head, " to ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, " to %63s", form), 1);
    const recto_writer *w = recto_writer_lookup(form);
    if (w == NULL || w->binary)
        fail_msg("line %d: no form '%s'", e->line - 1, form);
    info.keep_layout = spec_says(e, "layout");
    recto_buf written = RECTO_BUF_INIT;
    write_doc(&written, w, &info, pages, n);
    assert_int_equal(recto_buf_status(&written, NULL), RECTO_OK);
    show(out, &written);
    recto_buf_free(&written);
}

static void write_blocks(recto_buf *out, const spec_example *e)
{
    static spec_doc d;
    const recto_page *pages[SPEC_PAGES_MAX];
    recto_error err = {0};
    spec_doc_read(&d, keep, e->input, (size_t)(e->output - 2 - e->input));
    if (d.wrong != NULL)
        fail_msg("line %d: not understood: %s", e->line, d.wrong);
    for (int i = 0; i < d.n_pages; i++) {
        pages[i] = &d.pages[i];
        if (!spec_says(e, "hostile") && recto_doc_check(pages[i], &err) != RECTO_OK)
            fail_msg("line %d: %s", e->line, err.msg);
    }
    write_pages(out, e, d.info, pages, d.n_pages);
}

static void write_drawing(recto_buf *out, const spec_example *e)
{
    const recto_page *pages[SHEETS_MAX];
    int n = draw_sheets(sheets, SHEETS_MAX, e->input, (size_t)(e->output - 2 - e->input));
    recto_docinfo info = write_doc_info();
    info.n_pages = n;
    draw_read(sheets, n, pages);
    write_pages(out, e, info, pages, n);
    for (int i = 0; i < n; i++)
        sheet_end(&sheets[i]);
}

/* --- what is wanted --------------------------------------------------------------------------- */

static bool is_any(const char *p)
{
    static const char any[] = "…";
    p += strspn(p, " ");
    return strncmp(p, any, sizeof any - 1) == 0 && p[sizeof any - 1] == '\n';
}

/* Whether the lines of got are those wanted up to end. */
static bool matches(const char *got, const char *wanted, const char *end)
{
    const char *retry = NULL; /* wanted behind the last "…", and where got stood */
    const char *retry_got = NULL;
    while (*got != '\0' || wanted < end) {
        size_t n = strcspn(got, "\n");
        size_t m = wanted < end ? strcspn(wanted, "\n") : 0;
        if (wanted < end && is_any(wanted)) {
            wanted = spec_after_line(wanted);
            retry = wanted;
            retry_got = got;
        } else if (wanted < end && *got != '\0' && n == m && memcmp(got, wanted, n) == 0) {
            got = spec_after_line(got);
            wanted = spec_after_line(wanted);
        } else if (retry != NULL && *retry_got != '\0') {
            retry_got = spec_after_line(retry_got);
            got = retry_got;
            wanted = retry;
        } else {
            return false;
        }
    }
    return true;
}

/* --- files ------------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static int list_files(char names[FILES_MAX][NAME_BYTES])
{
    char path[500];
    int n = 0;
    snprintf(path, sizeof path, "%s/tests/spec", getenv("RECTO_SOURCE_DIR"));
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
        size_t len = strlen(e->d_name);
        if (len > 4 && len < NAME_BYTES && strcmp(e->d_name + len - 4, ".txt") == 0) {
            assert_true(n < FILES_MAX);
            memcpy(names[n++], e->d_name, len + 1);
        }
    }
    closedir(dir);
    qsort(names, (size_t)n, NAME_BYTES, by_name);
    return n;
}

/* Number of examples; *n_wrong counts those that do not come out so. */
static int check_file(const char *name, int *n_wrong, FILE *record)
{
    const char *p = spec_read(keep, name);
    int line = 0;
    int n = 0;
    spec_example e;
    assert_non_null(p);
    for (const char *from = p; spec_next(&p, &line, &e); from = p) {
        recto_buf got = RECTO_BUF_INIT;
        bool known = spec_says(&e, " to ");
        if (known && spec_says(&e, "drawing"))
            write_drawing(&got, &e);
        else if (known)
            write_blocks(&got, &e);
        bool same = !known || matches(recto_buf_cstr(&got), e.output, e.end);
        if (record != NULL && same)
            fprintf(record, "%.*s", (int)(p - from), from);
        else if (record != NULL)
            fprintf(record, "%.*s%s%.*s", (int)(e.output - from), from, recto_buf_cstr(&got),
                    (int)(p - e.end), e.end);
        else if (!same)
            print_error("%s, line %d: got\n%s\n", name, e.line, recto_buf_cstr(&got));
        *n_wrong += !same;
        n += known;
        recto_buf_free(&got);
    }
    if (record != NULL)
        fputs(p, record);
    return n;
}

static void the_examples_come_out_as_described(void **state)
{
    (void)state;
    static char names[FILES_MAX][NAME_BYTES];
    const char *record = getenv("RECTO_SPEC_RECORD");
    int n_wrong = 0;
    int n_examples = 0;
    int n = list_files(names);
    for (int i = 0; i < n; i++) {
        FILE *to = NULL;
        if (record != NULL) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", record, names[i]);
            to = fopen(path, "w");
            assert_non_null(to);
        }
        n_examples += check_file(names[i], &n_wrong, to);
        if (to != NULL)
            fclose(to);
    }
    assert_true(n_examples > 10);
    assert_true(n_wrong == 0 || record != NULL);
}

static void dots_stand_for_any_lines(void **state)
{
    (void)state;
    static const char got[] = "a\nb\nc\nd\n";
    static const char *const fit[] = {got,      "…\n",           "a\n…\n",
                                      "…\nd\n", "a\n …\nc\n…\n", "…\nb\n…\nd\n"};
    static const char *const unfit[] = {"",       "a\n",       "…\nc\n",
                                        "b\n…\n", "a\n…\nb\n", "a\nb\nc\nd\ne\n"};
    for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
        assert_true(matches(got, fit[i], fit[i] + strlen(fit[i])));
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        assert_false(matches(got, unfit[i], unfit[i] + strlen(unfit[i])));
}

static int enter(void **state)
{
    (void)state;
    keep = recto_arena_new(0, 0);
    return keep == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(keep);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_examples_come_out_as_described, enter, leave),
        cmocka_unit_test(dots_stand_for_any_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
