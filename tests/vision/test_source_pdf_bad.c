/* Protects what happens with bad input: each error has its class and a message that says what and
 * where, a damaged page costs only itself, encrypted files open with the right password, and forms
 * of one document made by other programs (qpdf) read the same.  The last group needs qpdf and
 * pdftotext and is skipped without them. */
#include "pdf_build.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static void assert_refused(const void *bytes, size_t size, const recto_source_options *opt,
                           recto_status code, const char *message)
{
    recto_source *s = NULL;
    recto_error err = {0};
    assert_int_equal(recto_source_open(&s, bytes, size, opt, &err), code);
    assert_null(s);
    assert_int_equal(err.code, code);
    assert_string_equal(err.msg, message);
}

static void what_is_no_document_is_refused_with_its_reason(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *message;
    } cases[] = {
        {"", "the file is empty"},
        {"just words", "neither a PDF nor an image that is read here"},
        {"PK\003\004....", "this is a ZIP archive or office document, not a PDF or an image"},
        {"<!DOCTYPE html>", "this is HTML, not a PDF or an image"},
        {"%PDF-1.7\n", "the PDF is broken and cannot be repaired"},
        {"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages "
         "/Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n",
         "the PDF has no pages"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_refused(cases[i].bytes, strlen(cases[i].bytes), NULL, RECTO_ERR_FORMAT,
                       cases[i].message);
    assert_refused(NULL, 3, NULL, RECTO_ERR_ARG, "recto_source_open: bytes are needed");
    recto_source_close(NULL);
}

static void the_header_may_stand_a_little_later(void **state)
{
    (void)state;
    recto_buf junk = RECTO_BUF_INIT;
    pdf_build b = {0};
    pdf_build_page(&b, "BT /F1 12 Tf 72 700 Td (x) Tj ET", "", "");
    pdf_build_finish(&b, "");
    for (int i = 0; i < 500; i++)
        recto_buf_char(&junk, '\n');
    recto_buf_add(&junk, b.out.data, b.out.len);
    recto_source *s = NULL;
    recto_error err = {0};
    assert_int_equal(recto_source_open(&s, (const uint8_t *)junk.data, junk.len, NULL, &err),
                     RECTO_OK);
    recto_source_facts f;
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_OK);
    assert_int_equal(f.n_chars, 1);
    recto_source_close(s);
    recto_buf_free(&junk);
    recto_buf_free(&b.out);
}

/* Three pages; the object of the second is `page`. */
static recto_source *three_pages(pdf_build *b, const char *page)
{
    *b = (pdf_build){.out = RECTO_BUF_INIT};
    const char *good = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 6 0 R "
                       "/Resources << /Font << /F1 7 0 R >> >> >>";
    const char *content = "BT /F1 12 Tf 72 700 Td (good) Tj ET";
    pdf_build_object(b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(b, "<< /Type /Pages /Kids [3 0 R 4 0 R 5 0 R] /Count 3 >>");
    pdf_build_object(b, good);
    pdf_build_object(b, page);
    pdf_build_object(b, good);
    pdf_build_stream(b, "", content, strlen(content));
    pdf_build_object(b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf_build_stream(b, "/Type /XObject /Subtype /Image /Width -1 /Height 0", "x", 1);
    const char *mixed = "q 100 0 0 100 0 0 cm /Im Do Q BT /F1 12 Tf 72 700 Td (after) Tj ET";
    pdf_build_stream(b, "", mixed, strlen(mixed));
    pdf_build_stream(b, "", "q 100 0 0 100 0 0 cm /Im Do Q", 29);
    pdf_build_stream(b, "/Filter /FlateDecode", "noise, not deflate", 18);
    pdf_build_finish(b, "");
    return pdf_build_open(b, NULL);
}

static void a_damaged_page_costs_only_itself(void **state)
{
    (void)state;
#define PAGE(box, content)                                                                         \
    "<< /Type /Page /Parent 2 0 R /MediaBox " box " /Contents " content                            \
    " /Resources << /Font << /F1 7 0 R >> /XObject << /Im 8 0 R >> >> >>"
    static const struct {
        const char *page;
        recto_status code;
        const char *message;
        int n_chars;
        bool damaged;
    } cases[] = {
        {PAGE("[0 0 600 800]", "6 0 R"), RECTO_OK, "", 4, false},
        {"17", RECTO_ERR_FORMAT, "page 2: the page cannot be read", 0, false},
        {"null", RECTO_ERR_FORMAT, "page 2: the page cannot be read", 0, false},
        {PAGE("[0 0 600 800]", "10 0 R"), RECTO_ERR_FORMAT, "page 2: the page's image is broken", 0,
         false},
        {PAGE("[0 0 600 800]", "9 0 R"), RECTO_OK, "", 5, true},
        {PAGE("[0 0 600 800]", "11 0 R"), RECTO_OK, "", 0, true},
        {PAGE("[0 0 900000 900000]", "6 0 R"), RECTO_ERR_LIMIT,
         "page 2: a size of 900000 x 900000 points is no page", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pdf_build b;
        recto_source *s = three_pages(&b, cases[i].page);
        assert_int_equal(recto_source_page_count(s), 3);
        recto_source_facts f;
        recto_error err = {0};
        for (int p = 0; p < 3; p += 2) {
            assert_int_equal(recto_source_page_facts(&f, s, p, &err), RECTO_OK);
            assert_int_equal(f.n_chars, 4);
            assert_false(f.damaged);
        }
        assert_int_equal(recto_source_page_facts(&f, s, 1, &err), cases[i].code);
        assert_string_equal(err.msg, cases[i].message);
        if (cases[i].code == RECTO_OK) {
            assert_int_equal(f.n_chars, cases[i].n_chars);
            assert_int_equal(f.damaged, cases[i].damaged);
        }
        assert_int_equal(recto_source_page_facts(&f, s, 2, &err), RECTO_OK);
        recto_source_close(s);
        recto_buf_free(&b.out);
    }
#undef PAGE
}

static void limits_hold(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s = three_pages(&b, "null");
    recto_source_close(s);
    recto_source_options opt = {.max_pages = 2};
    assert_refused(b.out.data, b.out.len, &opt, RECTO_ERR_LIMIT, "3 pages are over the limit of 2");
    opt.max_pages = 3;
    recto_error err = {0};
    assert_int_equal(recto_source_open(&s, (const uint8_t *)b.out.data, b.out.len, &opt, &err),
                     RECTO_OK);
    recto_source_facts f;
    assert_int_equal(recto_source_page_facts(&f, s, 3, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_source_page_facts(&f, s, -1, &err), RECTO_ERR_ARG);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void a_page_count_that_lies_is_corrected(void **state)
{
    (void)state;
    static const char *const counts[] = {"2000000000", "-3", "(x)"};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        pdf_build b = {0};
        char pages[128];
        snprintf(pages, sizeof pages, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count %s >>",
                 counts[i]);
        pdf_build_object(&b, "<< /Type /Catalog /Pages 2 0 R >>");
        pdf_build_object(&b, pages);
        pdf_build_object(&b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
        pdf_build_finish(&b, "");
        recto_source *s = pdf_build_open(&b, NULL);
        assert_int_equal(recto_source_page_count(s), 2);
        recto_source_facts f;
        recto_error err = {0};
        assert_int_equal(recto_source_page_facts(&f, s, 1, &err), RECTO_OK);
        assert_true(f.damaged);
        recto_source_close(s);
        recto_buf_free(&b.out);
    }
}

static void every_truncation_ends_well(void **state)
{
    (void)state;
    pdf_build b;
    recto_source *s = three_pages(&b, "null");
    recto_source_close(s);
    recto_arena *keep = recto_arena_new(0, 0);
    for (size_t size = 0; size < b.out.len; size += 7) {
        recto_error err = {0};
        if (recto_source_open(&s, (const uint8_t *)b.out.data, size, NULL, &err) != RECTO_OK) {
            assert_null(s);
            assert_true(strlen(err.msg) > 0);
            continue;
        }
        for (int p = 0; p < recto_source_page_count(s); p++) {
            recto_source_facts f;
            recto_layout l;
            recto_arena_clear(keep);
            if (recto_source_page_scan(&f, &l, s, p, 72.0f, keep, &err) == RECTO_OK &&
                l.n_lines > 0)
                assert_true(f.n_chars == 4);
        }
        recto_source_close(s);
    }
    recto_arena_free(keep);
    recto_buf_free(&b.out);
}

static void a_page_of_endless_marks_is_stopped(void **state)
{
    (void)state;
    /* seven levels of forms, each drawn ten times by the one above: ten million marks */
    pdf_build b = {0};
    pdf_build_page(&b, "/X Do", "", "/XObject << /X 8 0 R >>");
    char dict[256];
    for (int level = 0; level < 7; level++) {
        char content[128] = "";
        for (int k = 0; k < 10; k++)
            strcat(content, "/X Do ");
        snprintf(dict, sizeof dict,
                 "/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Resources << /XObject << /X "
                 "%d 0 R >> >>",
                 9 + level);
        pdf_build_stream(&b, dict, content, strlen(content));
    }
    pdf_build_stream(&b, "/Type /XObject /Subtype /Form /BBox [0 0 600 800]",
                     "0 0 5 5 re f 9 9 5 5 re f", 25);
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    recto_source_facts f;
    recto_error err = {0};
    assert_int_equal(recto_source_page_facts(&f, s, 0, &err), RECTO_ERR_LIMIT);
    assert_non_null(strstr(err.msg, "page 1: the page has more than"));
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void a_pattern_of_endless_tiles_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *step;
        recto_status code;
    } cases[] = {{"/XStep 2 /YStep 2", RECTO_OK}, {"/XStep 0.0001 /YStep 0.0001", RECTO_ERR_LIMIT}};
    for (size_t i = 0; i < 2; i++) {
        pdf_build b = {0};
        char dict[256];
        pdf_build_page(&b, "/Pattern cs /P scn 0 0 600 800 re f", "", "/Pattern << /P 8 0 R >>");
        snprintf(dict, sizeof dict,
                 "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /Resources << >> %s",
                 cases[i].step);
        pdf_build_stream(&b, dict, "0 0 1 1 re f", 12);
        pdf_build_finish(&b, "");
        recto_source *s = pdf_build_open(&b, &(recto_source_options){.dpi = 36.0f});
        recto_image *im = NULL;
        recto_error err = {0};
        assert_int_equal(recto_source_page_pixels(&im, s, 0, &err), cases[i].code);
        recto_image_free(im);
        recto_source_close(s);
        recto_buf_free(&b.out);
    }
}

/* A chain of `n` forms, each drawing the next; the kind is where the next one is found. */
static recto_status read_chain(int n, const char *kind, const char *content, char *message)
{
    pdf_build b = {0};
    char dict[256];
    snprintf(dict, sizeof dict, "/%s << /X 8 0 R >>", kind);
    pdf_build_page(&b, content, "", dict);
    for (int i = 0; i < n; i++) {
        snprintf(dict, sizeof dict,
                 "/Type /XObject /Subtype /Form /PatternType 1 /PaintType 1 /TilingType 1 /XStep 9 "
                 "/YStep 9 /BBox [0 0 600 800] /Resources << /Font << /F1 5 0 R >> /%s << /X %d 0 "
                 "R >> >>",
                 kind, i + 1 < n ? 9 + i : 5);
        pdf_build_stream(&b, dict, content, strlen(content));
    }
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    recto_source_facts f;
    recto_error err = {0};
    recto_status status = recto_source_page_facts(&f, s, 0, &err);
    if (status == RECTO_OK && strcmp(kind, "XObject") == 0)
        assert_int_equal(f.n_chars, 1); /* all in one place: overprinted */
    snprintf(message, sizeof err.msg, "%s", err.msg);
    recto_source_close(s);
    recto_buf_free(&b.out);
    return status;
}

static void deep_nesting_is_refused_before_it_overflows(void **state)
{
    (void)state;
    static const char *const form = "BT /F1 12 Tf 72 700 Td (x) Tj ET /X Do";
    static const char *const pattern = "/Pattern cs /X scn 0 0 50 50 re f";
    static const char *const message =
        "page 1: the page has more than 4000000 marks, or they are nested too deeply";
    char got[256];
    assert_int_equal(read_chain(30, "XObject", form, got), RECTO_OK);
    assert_int_equal(read_chain(400, "XObject", form, got), RECTO_ERR_LIMIT);
    assert_string_equal(got, message);
    assert_int_equal(read_chain(5, "Pattern", pattern, got), RECTO_OK);
    assert_int_equal(read_chain(60, "Pattern", pattern, got), RECTO_ERR_LIMIT);
    assert_int_equal(read_chain(400, "Pattern", pattern, got), RECTO_ERR_LIMIT);
    assert_string_equal(got, message);
}

static int count_bookmarks(int n_levels)
{
    pdf_build b = {0};
    char item[128];
    pdf_build_object(&b, "<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>");
    pdf_build_object(&b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    for (int i = 0; i <= n_levels; i++) {
        snprintf(item, sizeof item, "<< /Title (t) /Parent %d 0 R /First %d 0 R /Last %d 0 R >>",
                 3 + i, 5 + i, 5 + i);
        pdf_build_object(&b, item);
    }
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    int n = recto_source_metadata(s)->n_bookmarks;
    recto_source_close(s);
    recto_buf_free(&b.out);
    return n;
}

static void a_bottomless_outline_costs_only_the_bookmarks(void **state)
{
    (void)state;
    assert_int_equal(count_bookmarks(20), 20);
    assert_int_equal(count_bookmarks(400), 0);
}

/* --- with other programs ----------------------------------------------------------------- */

static bool has_program(const char *name)
{
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

static void read_all(recto_buf *out, const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char chunk[4096];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        recto_buf_add(out, chunk, n);
    fclose(f);
}

/* Two pages of text through qpdf with these options; false if qpdf is missing. */
static void through_qpdf(recto_buf *out, const char *options)
{
    char folder[] = "/tmp/recto-qpdf-XXXXXX";
    char command[512];
    char path[64];
    pdf_build b;
    assert_non_null(mkdtemp(folder));
    recto_source *s =
        pdf_build_content(&b, "BT /F1 12 Tf 72 700 Td (Some words of text) Tj 0 -20 Td (and a "
                              "second line) Tj ET 72 600 200 50 re S");
    recto_source_close(s);
    snprintf(path, sizeof path, "%s/in.pdf", folder);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fwrite(b.out.data, 1, b.out.len, f);
    fclose(f);
    snprintf(command, sizeof command, "cd %s && qpdf %s in.pdf out.pdf && rm in.pdf", folder,
             options);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/out.pdf", folder);
    read_all(out, path);
    unlink(path);
    rmdir(folder);
    recto_buf_free(&b.out);
}

static void assert_same_text(const recto_buf *pdf, const recto_source_options *opt, bool encrypted)
{
    recto_source *s = NULL;
    recto_error err = {0};
    if (recto_source_open(&s, (const uint8_t *)pdf->data, pdf->len, opt, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(recto_source_metadata(s)->encrypted, encrypted);
    recto_source_facts f;
    recto_layout l;
    recto_arena *keep = recto_arena_new(0, 0);
    assert_int_equal(recto_source_page_scan(&f, &l, s, 0, 72.0f, keep, &err), RECTO_OK);
    assert_int_equal(l.n_lines, 2);
    assert_int_equal(l.lines[0].n_words, 4);
    assert_string_equal(l.lines[0].words[3].text, "text");
    assert_string_equal(l.lines[1].words[2].text, "second");
    assert_int_equal(l.n_rules, 4);
    assert_false(f.damaged);
    recto_arena_free(keep);
    recto_source_close(s);
}

static void other_forms_of_a_file_read_the_same(void **state)
{
    (void)state;
    static const char *const options[] = {
        "",
        "--linearize",
        "--object-streams=generate",
        "--object-streams=disable --qdf",
        "--stream-data=compress --compress-streams=y --min-version=1.7",
        "--encrypt '' owner 256 -- "};
    if (!has_program("qpdf")) {
        print_message("qpdf is missing\n");
        skip();
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        recto_buf pdf = RECTO_BUF_INIT;
        through_qpdf(&pdf, options[i]);
        assert_same_text(&pdf, NULL, strstr(options[i], "encrypt") != NULL);
        recto_buf_free(&pdf);
    }
}

static void passwords_are_tried_in_turn(void **state)
{
    (void)state;
    static const char *const options[] = {
        "--allow-weak-crypto --encrypt secret owner 40 --",
        "--allow-weak-crypto --encrypt secret owner 128 --use-aes=y --",
        "--encrypt secret owner 256 --"};
    static const char *const passwords[] = {"wrong", NULL, "", "secret"};
    if (!has_program("qpdf")) {
        print_message("qpdf is missing\n");
        skip();
    }
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        recto_buf pdf = RECTO_BUF_INIT;
        through_qpdf(&pdf, options[i]);
        recto_source_options opt = {.passwords = passwords, .n_passwords = 4};
        assert_same_text(&pdf, &opt, true);
        opt.n_passwords = 3;
        assert_refused(pdf.data, pdf.len, &opt, RECTO_ERR_ENCRYPTED,
                       "the PDF is encrypted: none of the passwords fits");
        assert_refused(pdf.data, pdf.len, NULL, RECTO_ERR_ENCRYPTED,
                       "the PDF is encrypted: a password is needed");
        opt = (recto_source_options){.passwords = (const char *const[]){"owner"}, .n_passwords = 1};
        assert_same_text(&pdf, &opt, true);
        recto_buf_free(&pdf);
    }
}

/* Find a word of pdftotext's -bbox output among ours: the same text in nearly the same place. */
static bool find_word(const recto_layout *l, const char *text, const float *box)
{
    for (int i = 0; i < l->n_lines; i++) {
        for (int k = 0; k < l->lines[i].n_words; k++) {
            const recto_word *w = &l->lines[i].words[k];
            if (strcmp(w->text, text) == 0 && fabsf(w->box.x0 - box[0]) < 1.0f &&
                fabsf(w->box.x1 - box[2]) < 1.0f && w->box.y0 < box[3] && box[1] < w->box.y1)
                return true;
        }
    }
    return false;
}

static void words_and_boxes_agree_with_poppler(void **state)
{
    (void)state;
    static const char *const files[] = {"report.pdf", "bulletin.pdf", "invoice-digital.pdf",
                                        "sideways.pdf"};
    const char *samples = getenv("RECTO_SAMPLES");
    if (!has_program("pdftotext") || samples == NULL) {
        print_message("pdftotext or RECTO_SAMPLES is missing\n");
        skip();
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        char command[1100];
        char row[1024];
        recto_buf pdf = RECTO_BUF_INIT;
        snprintf(path, sizeof path, "%s/%s", samples, files[i]);
        read_all(&pdf, path);
        recto_source *s = NULL;
        recto_error err = {0};
        recto_arena *keep = recto_arena_new(0, 0);
        recto_source_facts f;
        recto_layout l;
        assert_int_equal(recto_source_open(&s, (const uint8_t *)pdf.data, pdf.len, NULL, &err),
                         RECTO_OK);
        assert_int_equal(recto_source_page_scan(&f, &l, s, 0, 72.0f, keep, &err), RECTO_OK);
        snprintf(command, sizeof command, "pdftotext -bbox -f 1 -l 1 '%s' -", path);
        FILE *p = popen(command, "r");
        assert_non_null(p);
        int n = 0;
        int n_found = 0;
        while (fgets(row, sizeof row, p) != NULL) {
            float box[4];
            char text[256];
            if (sscanf(row, " <word xMin=\"%f\" yMin=\"%f\" xMax=\"%f\" yMax=\"%f\">%255[^<]<",
                       &box[0], &box[1], &box[2], &box[3], text) != 5 ||
                strchr(text, '&') != NULL)
                continue;
            n++;
            n_found += find_word(&l, text, box);
        }
        pclose(p);
        if (n < 20 || 100 * n_found < 99 * n)
            fail_msg("%s: %d of %d words found", files[i], n_found, n);
        recto_source_close(s);
        recto_arena_free(keep);
        recto_buf_free(&pdf);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_document_is_refused_with_its_reason),
        cmocka_unit_test(the_header_may_stand_a_little_later),
        cmocka_unit_test(a_damaged_page_costs_only_itself),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_page_count_that_lies_is_corrected),
        cmocka_unit_test(every_truncation_ends_well),
        cmocka_unit_test(a_page_of_endless_marks_is_stopped),
        cmocka_unit_test(a_pattern_of_endless_tiles_is_refused),
        cmocka_unit_test(deep_nesting_is_refused_before_it_overflows),
        cmocka_unit_test(a_bottomless_outline_costs_only_the_bookmarks),
        cmocka_unit_test(other_forms_of_a_file_read_the_same),
        cmocka_unit_test(passwords_are_tried_in_turn),
        cmocka_unit_test(words_and_boxes_agree_with_poppler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
