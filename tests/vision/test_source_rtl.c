/* Protects right-to-left text layers: what was written comes out as it was written, whichever way
 * the producer drew it.  The pages are tests/data/rtl/rtl.html printed by Chromium and LibreOffice,
 * and small ones made here. */
#include "pdf_build.h"

#include "core/file.h"

#include <math.h>
#include <stdlib.h>

typedef struct scanned {
    pdf_build b;
    recto_bytes file;
    recto_source *s;
    recto_arena *keep;
    recto_layout layout;
} scanned;

static void scan(scanned *t, int page)
{
    recto_source_facts facts;
    recto_error err = {0};
    t->keep = recto_arena_new(0, 0);
    if (recto_source_page_scan(&facts, &t->layout, t->s, page, 72.0f, t->keep, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
}

static void scan_file(scanned *t, const char *name, int page)
{
    char path[1024];
    recto_error err = {0};
    *t = (scanned){0};
    snprintf(path, sizeof path, "%s/tests/data/rtl/%s", getenv("RECTO_SOURCE_DIR"), name);
    assert_int_equal(recto_bytes_read(&t->file, path, 0, &err), RECTO_OK);
    if (recto_source_open(&t->s, t->file.data, t->file.size, NULL, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    scan(t, page);
}

static void done(scanned *t)
{
    recto_source_close(t->s);
    recto_arena_free(t->keep);
    recto_bytes_close(&t->file);
    recto_buf_free(&t->b.out);
}

/* The words of a line with a space between. */
static const char *line_text(const recto_line *l)
{
    static char out[1024];
    size_t n = 0;
    out[0] = '\0';
    for (int k = 0; k < l->n_words; k++)
        n += (size_t)snprintf(out + n, sizeof out - n, "%s%s", k > 0 ? " " : "", l->words[k].text);
    return out;
}

static void assert_has(const scanned *t, const char *line)
{
    for (int i = 0; i < t->layout.n_lines; i++) {
        if (strcmp(line_text(&t->layout.lines[i]), line) == 0)
            return;
    }
    for (int i = 0; i < t->layout.n_lines; i++)
        fprintf(stderr, "there is: %s\n", line_text(&t->layout.lines[i]));
    fail_msg("missing: %s", line);
}

static const char *const LINES[] = {
    "שלום (עולם) ו\"ציטוט\" כאן.",
    "בשנת 2023, המחיר עלה ב-15.5% ל-1,234.50 ש\"ח!",
    "הגרסה של PDF היא 1.7, ראו https://example.org/x לפרטים.",
    "קובץ ה-PDF של Adobe Systems Inc. נפתח ב-12:30.",
    "طلب رقم ١٢٣٤ بتاريخ 15/03/2024 (القاهرة).",
    "لا إله إلا الله، الإسلام والآلات.",
    "The word שלום עולם means hello world, and سلام means peace.",
    "1. סעיף ראשון; 2. סעיף שני [הערה 3].",
};

static void rtl_text_of_producers_reads_as_written(void **state)
{
    (void)state;
    const char *const files[] = {"chromium.pdf", "libreoffice.pdf"};
    for (int k = 0; k < 2; k++) { /* LibreOffice lost the first line and begins on page 2 */
        scanned t;
        scan_file(&t, files[k], k);
        for (size_t i = (size_t)k; i < sizeof LINES / sizeof *LINES; i++)
            assert_has(&t, LINES[i]);
        done(&t);
    }
}

/* Vowel signs stand behind their letters, in the order of normal form C. */
static void rtl_vowels_stay_with_their_letters(void **state)
{
    (void)state;
    scanned t;
    scan_file(&t, "chromium.pdf", 0);
    assert_has(&t, "שָׁלוֹם עֲלֵיכֶם מַלְאֲכֵי הַשָּׁרֵת");
    done(&t);
    scan_file(&t, "libreoffice.pdf", 1);
    assert_has(&t, "مُحَمَّدٌ رَسُولُ اللهِ");
    done(&t);
}

/* --- pages made here ----------------------------------------------------------------------- */

/* a..h are alef..het, A..D the shapes of Arabic: lam-alef, beh at the start, in the middle and at
 * the end; the rest stands for itself. */
static const char MAP[] =
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def "
    "1 begincodespacerange <00> <FF> endcodespacerange "
    "2 beginbfrange <61> <68> <05D0> <20> <40> <0020> endbfrange "
    "5 beginbfchar <41> <FEFB> <42> <FE91> <43> <FE92> <44> <FE90> <45> <06440627> endbfchar "
    "endcmap end end";

static void assert_line(const char *content, const char *expected)
{
    scanned t = {0};
    pdf_build_object(&t.b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&t.b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&t.b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
                           "/Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>");
    pdf_build_stream(&t.b, "", content, strlen(content));
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>");
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /ToUnicode 7 0 R >>");
    pdf_build_stream(&t.b, "", MAP, strlen(MAP));
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    scan(&t, 0);
    assert_int_equal(t.layout.n_lines, 1);
    assert_string_equal(line_text(&t.layout.lines[0]), expected);
    done(&t);
}

static void rtl_text_drawn_from_the_left_is_turned(void **state)
{
    (void)state;
    assert_line("BT /F2 10 Tf 72 700 Td (cba) Tj ET", "אבג");
    assert_line("BT /F2 10 Tf 72 700 Td (.fed cba) Tj ET", "אבג דהו.");
    assert_line("BT /F2 10 Tf 72 700 Td (fed 12 cba) Tj ET", "אבג 12 דהו");
    assert_line("BT /F2 10 Tf 72 700 Td (34 12 cba) Tj ET", "אבג 12 34");
    assert_line("BT /F2 10 Tf 72 700 Td (\\(fed\\) cba) Tj ET", "אבג (דהו)");
    assert_line("BT /F2 10 Tf 72 700 Td (12.50-b cba) Tj ET", "אבג ב-12.50");
    assert_line("BT /F2 10 Tf 72 700 Td (cba .1) Tj ET", "1. אבג");
}

static void rtl_text_drawn_from_the_right_is_kept(void **state)
{
    (void)state;
    /* each letter left of the one before it */
    assert_line("BT /F2 10 Tf 172 700 Td (a) Tj -6 0 Td (b) Tj -6 0 Td (c) Tj ET", "אבג");
    assert_line("BT /F2 10 Tf 172 700 Td [(a) 1200 (b) 1200 (c)] TJ ET", "אבג");
    /* word by word */
    assert_line("BT /F2 10 Tf 172 700 Td (cba) Tj -24 0 Td (fed) Tj ET", "אבג דהו");
}

/* Brackets that the producer calls by what was written, not by what they look like. */
static void rtl_brackets_come_out_paired(void **state)
{
    (void)state;
    assert_line("BT /F2 10 Tf 72 700 Td (\\)fed\\( cba) Tj ET", "אבג (דהו)");
    assert_line("BT /F2 10 Tf 72 700 Td (]3 fed[ cba) Tj ET", "אבג [דהו 3]");
}

static void rtl_shapes_become_letters(void **state)
{
    (void)state;
    assert_line("BT /F2 10 Tf 72 700 Td (DCB) Tj ET", "ببب");
    assert_line("BT /F2 10 Tf 72 700 Td (DA) Tj ET", "لاب");
    assert_line("BT /F2 10 Tf 72 700 Td (DE) Tj ET", "لاب"); /* two letters by one glyph */
}

static void ltr_lines_keep_their_order(void **state)
{
    (void)state;
    assert_line("BT /F1 10 Tf 72 700 Td (He said ) Tj /F2 10 Tf (fed cba) Tj "
                "/F1 10 Tf ( and left, he said.) Tj ET",
                "He said אבג דהו and left, he said.");
    assert_line("BT /F1 10 Tf 72 700 Td (plain \\(text\\) 12) Tj ET", "plain (text) 12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rtl_text_of_producers_reads_as_written),
        cmocka_unit_test(rtl_vowels_stay_with_their_letters),
        cmocka_unit_test(rtl_text_drawn_from_the_left_is_turned),
        cmocka_unit_test(rtl_text_drawn_from_the_right_is_kept),
        cmocka_unit_test(rtl_brackets_come_out_paired),
        cmocka_unit_test(rtl_shapes_become_letters),
        cmocka_unit_test(ltr_lines_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
