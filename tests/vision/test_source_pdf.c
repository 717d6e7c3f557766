/* Protects the text layer: that the words of a PDF page come out whole, once, in place, in lines
 * that end where columns and cells end, and that what cannot be seen is not taken for text. */
#include "pdf_build.h"

#include <math.h>

typedef struct scanned {
    pdf_build b;
    recto_source *s;
    recto_arena *keep;
    recto_source_facts facts;
    recto_layout layout;
} scanned;

static void scan_at(scanned *t, const char *content, float dpi)
{
    t->s = pdf_build_content(&t->b, content);
    t->keep = recto_arena_new(0, 0);
    recto_error err = {0};
    assert_int_equal(recto_source_page_scan(&t->facts, &t->layout, t->s, 0, dpi, t->keep, &err),
                     RECTO_OK);
}

static void scan(scanned *t, const char *content)
{
    scan_at(t, content, 72.0f);
}

static void done(scanned *t)
{
    recto_source_close(t->s);
    recto_arena_free(t->keep);
    recto_buf_free(&t->b.out);
}

/* The lines as "a b c / d e". */
static const char *text_of(const recto_layout *l)
{
    static char out[4096];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < l->n_lines; i++) {
        for (int k = 0; k < l->lines[i].n_words; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%s",
                                  k > 0   ? " "
                                  : i > 0 ? " / "
                                          : "",
                                  l->lines[i].words[k].text);
    }
    return out;
}

static void assert_text(const char *content, const char *expected)
{
    scanned t;
    scan(&t, content);
    assert_string_equal(text_of(&t.layout), expected);
    done(&t);
}

static void words_have_their_places(void **state)
{
    (void)state;
    scanned t;
    scan_at(&t, "BT /F1 12 Tf 72 700 Td (Hello world) Tj ET", 144.0f);
    assert_int_equal(t.layout.n_lines, 1);
    const recto_line *l = &t.layout.lines[0];
    assert_int_equal(l->n_words, 2);
    assert_string_equal(l->words[0].text, "Hello");
    assert_string_equal(l->words[1].text, "world");
    /* widths of Helvetica: Hello 2278, space 278, world 2334 thousandths of an em */
    assert_float_equal(l->words[0].box.x0, 144.0f, 0.1f);
    assert_float_equal(l->words[0].box.x1, 2.0f * (72.0f + 27.336f), 0.1f);
    assert_float_equal(l->words[1].box.x0, 2.0f * (72.0f + 27.336f + 3.336f), 0.1f);
    assert_float_equal(l->baseline, 200.0f, 0.1f);
    assert_float_equal(l->size, 24.0f, 0.01f);
    assert_true(l->box.y0 < 200.0f - 16.0f && l->box.y0 > 200.0f - 26.0f);
    assert_true(l->box.y1 > 202.0f && l->box.y1 < 208.0f);
    assert_float_equal(t.layout.width, 1200.0f, 0.01f);
    assert_float_equal(t.layout.height, 1600.0f, 0.01f);
    assert_int_equal(t.facts.n_chars, 10);
    assert_int_equal(t.facts.n_chars_hidden + t.facts.n_chars_bad, 0);
    assert_false(t.facts.damaged);
    done(&t);
}

static void words_placed_one_by_one_make_a_line(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 1 0 0 1 72 700 Tm [(One) -278 (two)] TJ ET", "One two");
    assert_text("BT /F1 10 Tf 1 0 0 1 72 700 Tm (A) Tj ET BT /F1 10 Tf 1 0 0 1 78.7 700 Tm (b) Tj "
                "ET BT /F1 10 Tf 1 0 0 1 87 700 Tm (c) Tj ET",
                "Ab c");
    /* a space character parts words however narrow it is set */
    assert_text("BT /F1 10 Tf -2 Tw 72 700 Td (narrow space) Tj ET", "narrow space");
    /* out of order: the middle comes last */
    assert_text("BT /F1 10 Tf 1 0 0 1 72 700 Tm (left) Tj 1 0 0 1 134 700 Tm (right) Tj "
                "1 0 0 1 89 700 Tm (and more) Tj ET",
                "left and more right");
}

static void wide_gaps_part_columns_and_cells(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 72 700 Td (left) Tj 100 0 Td (right) Tj ET", "left / right");
    assert_text("BT /F1 10 Tf 72 700 Td [(1.50) -1200 (2.75) -1200 (3.00)] TJ ET",
                "1.50 / 2.75 / 3.00");
    /* a trailing space belongs to the cell, not to the gap */
    assert_text("BT /F1 10 Tf 72 700 Td (Item ) Tj 60 0 Td (Price ) Tj 60 0 Td (Sum) Tj ET",
                "Item / Price / Sum");
    assert_text("BT /F1 10 Tf 72 700 Td (Item ) Tj 36 0 Td (Price) Tj ET", "Item / Price");
    /* two columns written one after the other meet at a narrow gutter */
    assert_text("BT /F1 10 Tf 72 700 Td (ab) Tj 0 -12 Td (cd) Tj 22 12 Td (ef) Tj 0 -12 Td (gh) Tj "
                "ET",
                "ab / cd / ef / gh");
}

static void justified_spaces_do_not_part_a_line(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 9 Tw 72 700 Td (wide words of a short line) Tj ET",
                "wide words of a short line");
    assert_text("BT /F1 10 Tf 14 Tw 72 700 Td (even wider words than that) Tj ET",
                "even wider words than that");
}

static void markers_stay_with_their_text(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 72 700 Td (\\225) Tj 18 0 Td (item) Tj ET", "• item");
    assert_text("BT /F1 10 Tf 72 700 Td (12.) Tj 30 0 Td (item) Tj ET", "12. item");
    assert_text("BT /F1 10 Tf 72 700 Td (\\(iv\\)) Tj 30 0 Td (item) Tj ET", "(iv) item");
    assert_text("BT /F1 10 Tf 72 700 Td (2.3) Tj 30 0 Td (Method) Tj ET", "2.3 Method");
    assert_text("BT /F1 10 Tf 72 700 Td (No.) Tj 35 0 Td (Name) Tj ET", "No. / Name");
}

static void small_text_off_the_baseline_is_a_script(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F1 10 Tf 72 700 Td (word) Tj /F1 6 Tf 4 Ts (2) Tj /F1 10 Tf 0 Ts ( more) Tj "
             "/F1 6 Tf -2 Ts (i) Tj ET");
    assert_string_equal(text_of(&t.layout), "word 2 more i");
    assert_int_equal(t.layout.lines[0].words[0].style, 0);
    assert_int_equal(t.layout.lines[0].words[1].style, RECTO_STYLE_SUPER);
    assert_int_equal(t.layout.lines[0].words[2].style, 0);
    assert_int_equal(t.layout.lines[0].words[3].style, RECTO_STYLE_SUB);
    assert_float_equal(t.layout.lines[0].baseline, 100.0f, 0.1f);
    assert_float_equal(t.layout.lines[0].size, 10.0f, 0.1f);
    done(&t);
}

static void small_capitals_are_no_scripts(void **state)
{
    (void)state;
    scanned t;
    scan(&t,
         "BT /F1 10 Tf 72 700 Td (S) Tj /F1 7 Tf (MALL) Tj /F1 10 Tf ( C) Tj /F1 7 Tf (APITALS) "
         "Tj /F1 10 Tf ( here) Tj ET");
    assert_string_equal(text_of(&t.layout), "SMALL CAPITALS here");
    assert_int_equal(t.layout.lines[0].style, 0);
    assert_int_equal(t.layout.lines[0].words[0].style, 0);
    done(&t);
}

static void overprinted_words_come_once_and_bold(void **state)
{
    (void)state;
    scanned t;
    scan(&t,
         "BT /F1 10 Tf 72 700 Td (twice said) Tj ET BT /F1 10 Tf 72.3 700 Td (twice said) Tj ET "
         "BT /F1 10 Tf 72 680 Td (twice) Tj ET");
    assert_string_equal(text_of(&t.layout), "twice said / twice");
    assert_int_equal(t.layout.lines[0].style, RECTO_STYLE_BOLD);
    assert_int_equal(t.layout.lines[1].style, 0);
    assert_int_equal(t.facts.n_chars, 14);
    done(&t);
    /* each letter twice in a row */
    scan(&t, "BT /F1 10 Tf 72 700 Td [(a) 540 (a) 0 (b) 540 (b)] TJ ET");
    assert_string_equal(text_of(&t.layout), "ab");
    assert_int_equal(t.facts.n_chars, 2);
    done(&t);
    /* but double letters are not */
    assert_text("BT /F1 10 Tf 72 700 Td (aabbookkeeper llama) Tj ET", "aabbookkeeper llama");
}

static void letter_spacing_is_undone(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 3 Tc 72 700 Td (CHAPTER) Tj ET", "CHAPTER");
    assert_text("BT /F1 10 Tf 3 Tc 72 700 Td (CHAPTER THREE) Tj ET", "CHAPTER THREE");
}

static void ligatures_accents_and_soft_hyphens_are_resolved(void **state)
{
    (void)state;
    assert_text("BT /F2 10 Tf 72 700 Td (a) Tj /F1 10 Tf (nd) Tj ET", "find");
    /* acute, back by its width, then e */
    assert_text("BT /F1 10 Tf 72 700 Td (caf) Tj /F2 10 Tf [(b) 445] TJ /F1 10 Tf (e) Tj ET",
                "café");
    assert_text("BT /F2 10 Tf 72 700 Td [(b) 305 (c)] TJ ET", "í");
    /* over a capital it is raised, and drawn first */
    assert_text("BT /F1 10 Tf 74.2 702.2 Td (\\250) Tj -2.2 -2.2 Td (Onder) Tj ET", "Önder");
    assert_text("BT /F1 10 Tf 72 700 Td (Sim ) Tj 22.3 2.2 Td (\\264) Tj -.3 -2.2 Td (I) Tj "
                "2.8 0 Td (da) Tj ET",
                "Sim Ída");
    assert_text("BT /F1 10 Tf 72 702.2 Td (\\264) Tj 3.6 -2.2 Td (y) Tj ET", "´y"); /* beside */
    assert_text("BT /F1 10 Tf 72 700 Td (long) Tj /F2 10 Tf (d) Tj /F1 10 Tf ( x) Tj ET",
                "long- x");
    assert_text("BT /F1 10 Tf 72 700 Td (long) Tj /F2 10 Tf (d) Tj ET", "long\xC2\xAD");
}

static void nameless_signs_say_nothing_of_the_line(void **state)
{
    (void)state;
    scanned t;
    scan(&t,
         "BT /F2 20 Tf 4 Tz 60 704 Td (h) Tj /F1 10 Tf 100 Tz 20 -4 Td [(The) -250 (arc)] TJ ET");
    assert_string_equal(text_of(&t.layout), "\xEF\xBF\xBD The arc");
    assert_true(t.layout.lines[0].size < 10.5f);
    done(&t);
}

static void unknown_characters_are_counted(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F2 10 Tf 72 700 Td (hh) Tj /F1 10 Tf ( ok) Tj ET");
    assert_int_equal(t.facts.n_chars, 4);
    assert_int_equal(t.facts.n_chars_bad, 2);
    assert_string_equal(text_of(&t.layout), "\xEF\xBF\xBD\xEF\xBF\xBD ok");
    done(&t);
}

static void right_to_left_words_come_in_logical_order(void **state)
{
    (void)state;
    /* drawn left to right: gimel bet alef, then alef bet; a number between */
    assert_text("BT /F2 10 Tf 72 700 Td (gfe) Tj /F1 10 Tf ( 12 ) Tj /F2 10 Tf (fe) Tj ET",
                "אב 12 אבג");
}

static void invisible_text_is_counted_and_given_on_request(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F1 10 Tf 3 Tr 72 700 Td (unseen) Tj 0 Tr 0 -20 Td (seen) Tj ET");
    assert_string_equal(text_of(&t.layout), "seen");
    assert_int_equal(t.facts.n_chars, 4);
    assert_int_equal(t.facts.n_chars_hidden, 6);
    recto_layout all;
    recto_error err;
    assert_int_equal(recto_source_page_layout(&all, t.s, 0, 72.0f, true, t.keep, &err), RECTO_OK);
    assert_string_equal(text_of(&all), "unseen / seen");
    assert_int_equal(all.lines[0].words[0].style, RECTO_STYLE_HIDDEN);
    assert_int_equal(all.lines[1].words[0].style, 0);
    done(&t);
}

static void invisible_text_has_no_style_of_its_font(void **state)
{
    (void)state;
    scanned t = {0};
    const char *content = "BT 3 Tr /C 10 Tf 72 700 Td (layer) Tj 0 Tr 0 -20 Td (seen) Tj ET";
    pdf_build_object(&t.b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&t.b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&t.b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R "
                           "/Resources << /Font << /C 5 0 R >> >> >>");
    pdf_build_stream(&t.b, "", content, strlen(content));
    pdf_build_object(&t.b, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier-Bold >>");
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    recto_error err;
    assert_int_equal(recto_source_page_layout(&t.layout, t.s, 0, 72.0f, true, t.keep, &err),
                     RECTO_OK);
    assert_int_equal(t.layout.n_lines, 2);
    assert_int_equal(t.layout.lines[0].style, RECTO_STYLE_HIDDEN);
    assert_int_equal(t.layout.lines[1].style, RECTO_STYLE_BOLD | RECTO_STYLE_MONO);
    done(&t);
}

static void covered_text_is_hidden(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 72 700 Td (secret) Tj 0 -40 Td (open) Tj ET 0 g 70 690 60 25 re f",
                "open");
    /* a box below the text hides nothing */
    assert_text("0.9 g 70 690 60 25 re f 0 g BT /F1 10 Tf 72 700 Td (plain) Tj ET", "plain");
    /* a box that covers half the word neither */
    assert_text("BT /F1 10 Tf 72 700 Td (halfway) Tj ET 0 g 70 690 20 25 re f", "halfway");
    /* nor one that is clipped away */
    assert_text("BT /F1 10 Tf 72 700 Td (there) Tj ET q 0 0 10 10 re W n 0 g 70 690 60 25 re f Q",
                "there");
}

static void a_multiplied_highlight_hides_nothing(void **state)
{
    (void)state;
    scanned t = {0};
    pdf_build_page(&t.b, "BT /F1 10 Tf 72 700 Td (marked) Tj ET /G gs 1 1 0 rg 70 690 60 25 re f",
                   "", "/ExtGState << /G << /BM /Multiply >> >>");
    pdf_build_finish(&t.b, "");
    t.s = pdf_build_open(&t.b, NULL);
    t.keep = recto_arena_new(0, 0);
    recto_error err;
    assert_int_equal(recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err),
                     RECTO_OK);
    assert_string_equal(text_of(&t.layout), "marked");
    done(&t);
}

static void white_text_shows_only_on_something_darker(void **state)
{
    (void)state;
    assert_text("1 g BT /F1 10 Tf 72 700 Td (ghost) Tj ET", "");
    /* a number in the filled circle of a symbol font: only after it, and of another colour */
    assert_text("BT /F1 40 Tf 100 690 Td (O) Tj ET 1 g BT /F1 10 Tf 112 700 Td (7) Tj ET", "O 7");
    assert_text("1 g BT /F1 10 Tf 112 700 Td (7) Tj ET 0 g BT /F1 40 Tf 100 690 Td (O) Tj ET", "O");
    assert_text("1 g BT /F1 40 Tf 100 690 Td (O) Tj ET BT /F1 10 Tf 112 700 Td (7) Tj ET", "");
    assert_text("0 0 0.5 rg 60 690 100 30 re f 1 g BT /F1 10 Tf 72 700 Td (heading) Tj ET",
                "heading");
    assert_text("0 0 0.5 rg 60 690 100 30 re f 1 g 60 690 100 30 re f BT /F1 10 Tf 72 700 Td "
                "(ghost) Tj ET",
                "");
}

static void text_off_the_page_or_clipped_away_is_left_out(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F1 10 Tf 700 700 Td (away) Tj -628 0 Td (here) Tj ET q 60 600 50 50 re W n BT "
             "/F1 10 Tf 200 620 Td (clipped) Tj ET Q");
    assert_string_equal(text_of(&t.layout), "here");
    assert_int_equal(t.facts.n_chars, 4);
    assert_int_equal(t.facts.n_chars_hidden, 11);
    done(&t);
}

static void filled_and_stroked_text_comes_once(void **state)
{
    (void)state;
    assert_text("BT /F1 10 Tf 2 Tr 72 700 Td (outline) Tj ET", "outline");
    assert_text("BT /F1 10 Tf 6 Tr 72 700 Td (outline) Tj ET", "outline");
    assert_text("BT /F1 10 Tf 1 Tr 72 700 Td (outline) Tj ET", "outline");
}

static void turned_text_makes_lines_of_its_own(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F1 10 Tf 72 700 Td (flat) Tj ET BT /F1 10 Tf 0 1 -1 0 50 300 Tm (up the side) Tj "
             "ET");
    assert_string_equal(text_of(&t.layout), "flat / up the side");
    const recto_line *up = &t.layout.lines[1];
    assert_true(recto_rect_height(up->box) > 3.0f * recto_rect_width(up->box));
    assert_float_equal(up->box.y1, 500.0f, 0.5f);
    assert_float_equal(up->size, 10.0f, 0.1f);
    done(&t);
}

static void rotated_pages_are_seen_as_displayed(void **state)
{
    (void)state;
    static const struct {
        const char *rotate;
        float width, x, y; /* page width; where the origin of the text is displayed */
    } cases[] = {{"/Rotate 0", 600, 72, 100},
                 {"/Rotate 90", 800, 700, 72},
                 {"/Rotate 180", 600, 528, 700},
                 {"/Rotate -90", 800, 100, 528},
                 {"/Rotate 630", 800, 100, 528}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scanned t = {0};
        pdf_build_page(&t.b, "BT /F1 10 Tf 72 700 Td (o) Tj ET", cases[i].rotate, "");
        pdf_build_finish(&t.b, "");
        t.s = pdf_build_open(&t.b, NULL);
        t.keep = recto_arena_new(0, 0);
        recto_error err;
        assert_int_equal(recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err),
                         RECTO_OK);
        assert_float_equal(t.facts.width_pt, cases[i].width, 0.01f);
        assert_int_equal(t.layout.n_lines, 1);
        recto_rect b = t.layout.lines[0].box;
        assert_true(fabsf((b.x0 + b.x1) * 0.5f - cases[i].x) < 6.0f);
        assert_true(fabsf((b.y0 + b.y1) * 0.5f - cases[i].y) < 6.0f);
        done(&t);
    }
}

static void a_page_of_sideways_text_is_turned_upright(void **state)
{
    (void)state;
    static const struct {
        const char *matrix, *rotate;
        int turned;
        float width;
    } cases[] = {{"0 1 -1 0 100 100", "", 90, 800},
                 {"0 -1 1 0 500 700", "", 270, 800},
                 {"-1 0 0 -1 500 700", "", 180, 600},
                 {"0 1 -1 0 100 100", "/Rotate 90", 0, 800},
                 {"1 0 0 1 100 100", "/Rotate 90", 270, 600}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scanned t = {0};
        char content[256];
        snprintf(content, sizeof content,
                 "BT /F1 10 Tf %s Tm (Many words that run along the side) Tj 0 -15 Td (second) Tj "
                 "ET",
                 cases[i].matrix);
        pdf_build_page(&t.b, content, cases[i].rotate, "");
        pdf_build_finish(&t.b, "");
        t.s = pdf_build_open(&t.b, NULL);
        t.keep = recto_arena_new(0, 0);
        recto_error err;
        for (int again = 0; again < 2; again++) {
            assert_int_equal(
                recto_source_page_scan(&t.facts, &t.layout, t.s, 0, 72.0f, t.keep, &err), RECTO_OK);
            assert_int_equal(t.facts.turned_deg, cases[i].turned);
            assert_float_equal(t.facts.width_pt, cases[i].width, 0.1f);
            assert_string_equal(text_of(&t.layout), "Many words that run along the side / second");
            assert_true(t.layout.lines[0].baseline < t.layout.lines[1].baseline);
            assert_true(recto_rect_width(t.layout.lines[0].box) > 100.0f);
        }
        /* the pixels are turned with it: ink where the first word is */
        recto_image *im = NULL;
        assert_int_equal(recto_source_page_picture(&im, t.s, 0, 72.0f, &err), RECTO_OK);
        assert_int_equal(im->width, (int)cases[i].width);
        recto_rect box = t.layout.lines[0].words[0].box;
        int n_dark = 0;
        for (int y = (int)box.y0; y < (int)box.y1; y++) {
            for (int x = (int)box.x0; x < (int)box.x1; x++)
                n_dark += im->px[(size_t)y * im->stride + 3 * (size_t)x] < 128;
        }
        assert_true(n_dark > 20);
        recto_image_free(im);
        done(&t);
    }
}

static bool has_rule(const recto_layout *l, bool vertical, float x0, float y0, float x1, float y1)
{
    for (int i = 0; i < l->n_rules; i++) {
        recto_rect b = l->rules[i].box;
        if (l->rules[i].vertical == vertical && fabsf(b.x0 - x0) < 1.5f &&
            fabsf(b.y0 - y0) < 1.5f && fabsf(b.x1 - x1) < 1.5f && fabsf(b.y1 - y1) < 1.5f)
            return true;
    }
    return false;
}

static void straight_strokes_and_thin_boxes_are_rules(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "1 w 100 700 m 300 700 l S "       /* a line */
             "100 600 200 50 re S "             /* a frame: four */
             "0 g 100 500 200 0.5 re f "        /* a thin box */
             "[2 2] 0 d 100 450 m 300 450 l S " /* dashed */
             "400 700 m 500 600 l S "           /* aslant: none */
             "0.9 g 100 300 200 100 re f");     /* a background: none */
    assert_true(has_rule(&t.layout, false, 100, 99.5f, 300, 100.5f));
    assert_true(has_rule(&t.layout, false, 100, 149.5f, 300, 150.5f));
    assert_true(has_rule(&t.layout, false, 100, 199.5f, 300, 200.5f));
    assert_true(has_rule(&t.layout, true, 99.5f, 150, 100.5f, 200));
    assert_true(has_rule(&t.layout, true, 299.5f, 150, 300.5f, 200));
    assert_true(has_rule(&t.layout, false, 100, 299.5f, 300, 300));
    assert_true(has_rule(&t.layout, false, 100, 349.5f, 300, 350.5f));
    assert_int_equal(t.layout.n_rules, 7);
    assert_int_equal(t.facts.n_paths, 1);
    done(&t);
}

static void pieces_of_a_rule_are_joined(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "1 w 100 700 m 150 700 l S 150 700 m 200 700 l S 201 700 m 260 700 l S");
    assert_int_equal(t.layout.n_rules, 1);
    assert_true(has_rule(&t.layout, false, 100, 99.5f, 260, 100.5f));
    done(&t);
}

static void a_drawing_is_a_picture(void **state)
{
    (void)state;
    char content[4096] = "1 w ";
    size_t n = strlen(content);
    for (int i = 0; i < 40; i++)
        n += (size_t)snprintf(content + n, sizeof content - n, "%d %d m %d %d l S ", 100 + 3 * i,
                              300 + (i * 37) % 90, 130 + 3 * i, 300 + (i * 53) % 90);
    scanned t;
    scan(&t, content);
    assert_true(t.facts.n_paths >= 35);
    assert_int_equal(t.layout.n_pictures, 1);
    assert_true(t.layout.pictures[0].x0 > 90 && t.layout.pictures[0].x1 < 265);
    assert_true(t.facts.path_cover > 0.005f && t.facts.path_cover < 0.06f);
    done(&t);
}

static void a_frame_around_words_is_no_picture(void **state)
{
    (void)state;
    scanned t;
    /* a little aslant, so that its sides are no rules; empty it is a drawing */
    scan(&t, "1 w 100 600 m 200 603 l 203 623 l 98 617 l s");
    assert_int_equal(t.layout.n_pictures, 1);
    done(&t);
    scan(&t, "1 w 100 600 m 200 603 l 203 623 l 98 617 l s BT /F1 12 Tf 102 606 Td (framed words "
             "here) Tj ET");
    assert_int_equal(t.layout.n_pictures, 0);
    assert_true(t.facts.n_paths > 0);
    done(&t);
}

static void metadata_is_read_and_cleaned(void **state)
{
    (void)state;
    pdf_build b = {0};
    pdf_build_object(&b, "<< /Type /Catalog /Pages 2 0 R /Outlines 8 0 R >>");
    pdf_build_object(&b, "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>");
    pdf_build_object(&b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    pdf_build_object(&b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    pdf_build_object(&b,
                     "<< /Title (A\\001 title\\nof two  lines) /Author <FEFF00C9006D0069006C0065> "
                     "/Subject () /CreationDate (D:20240131120506+01'00') /ModDate (D:2024) "
                     ">>");
    pdf_build_object(&b, "<< /Title (First) /Parent 8 0 R /Dest [3 0 R /Fit] /Next 7 0 R "
                         "/First 9 0 R /Last 9 0 R /Count 1 >>");
    pdf_build_object(&b, "<< /Title (Nowhere) /Parent 8 0 R /Prev 6 0 R >>");
    pdf_build_object(&b, "<< /Type /Outlines /First 6 0 R /Last 7 0 R /Count 3 >>");
    pdf_build_object(&b, "<< /Title (Below) /Parent 6 0 R /Dest [4 0 R /Fit] >>");
    pdf_build_finish(&b, "/Info 5 0 R");
    recto_source *s = pdf_build_open(&b, NULL);
    const recto_source_meta *m = recto_source_metadata(s);
    assert_string_equal(m->format, "pdf");
    assert_string_equal(m->title, "A title of two lines");
    assert_string_equal(m->author, "Émile");
    assert_null(m->subject);
    assert_null(m->keywords);
    assert_string_equal(m->created, "2024-01-31T12:05:06+01:00");
    assert_string_equal(m->modified, "2024");
    assert_false(m->encrypted);
    assert_int_equal(m->n_bookmarks, 3);
    assert_string_equal(m->bookmarks[0].title, "First");
    assert_int_equal(m->bookmarks[0].level, 1);
    assert_int_equal(m->bookmarks[0].page, 1);
    assert_string_equal(m->bookmarks[1].title, "Below");
    assert_int_equal(m->bookmarks[1].level, 2);
    assert_int_equal(m->bookmarks[1].page, 2);
    assert_int_equal(m->bookmarks[2].page, 0);
    assert_int_equal(recto_source_page_count(s), 2);
    recto_source_close(s);
    recto_buf_free(&b.out);
}

static void the_same_page_gives_the_same_layout(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "BT /F1 10 Tf 72 700 Td (one two) Tj 90 0 Td (three) Tj ET 100 600 200 50 re S");
    char first[4096];
    snprintf(first, sizeof first, "%s", text_of(&t.layout));
    int n_rules = t.layout.n_rules;
    recto_error err;
    for (int i = 0; i < 3; i++) {
        recto_source_facts f;
        recto_layout l;
        assert_int_equal(recto_source_page_scan(&f, &l, t.s, 0, 72.0f, t.keep, &err), RECTO_OK);
        assert_string_equal(text_of(&l), first);
        assert_int_equal(l.n_rules, n_rules);
        assert_memory_equal(&f, &t.facts, sizeof f);
    }
    done(&t);
}

static void an_empty_page_is_empty(void **state)
{
    (void)state;
    scanned t;
    scan(&t, "");
    assert_int_equal(t.layout.n_lines + t.layout.n_rules + t.layout.n_pictures, 0);
    assert_int_equal(t.facts.n_chars, 0);
    assert_float_equal(t.facts.width_pt, 600.0f, 0.01f);
    assert_false(t.facts.single_image);
    done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_their_places),
        cmocka_unit_test(words_placed_one_by_one_make_a_line),
        cmocka_unit_test(wide_gaps_part_columns_and_cells),
        cmocka_unit_test(justified_spaces_do_not_part_a_line),
        cmocka_unit_test(markers_stay_with_their_text),
        cmocka_unit_test(small_text_off_the_baseline_is_a_script),
        cmocka_unit_test(small_capitals_are_no_scripts),
        cmocka_unit_test(overprinted_words_come_once_and_bold),
        cmocka_unit_test(letter_spacing_is_undone),
        cmocka_unit_test(ligatures_accents_and_soft_hyphens_are_resolved),
        cmocka_unit_test(nameless_signs_say_nothing_of_the_line),
        cmocka_unit_test(unknown_characters_are_counted),
        cmocka_unit_test(right_to_left_words_come_in_logical_order),
        cmocka_unit_test(invisible_text_is_counted_and_given_on_request),
        cmocka_unit_test(invisible_text_has_no_style_of_its_font),
        cmocka_unit_test(covered_text_is_hidden),
        cmocka_unit_test(a_multiplied_highlight_hides_nothing),
        cmocka_unit_test(white_text_shows_only_on_something_darker),
        cmocka_unit_test(text_off_the_page_or_clipped_away_is_left_out),
        cmocka_unit_test(filled_and_stroked_text_comes_once),
        cmocka_unit_test(turned_text_makes_lines_of_its_own),
        cmocka_unit_test(rotated_pages_are_seen_as_displayed),
        cmocka_unit_test(a_page_of_sideways_text_is_turned_upright),
        cmocka_unit_test(straight_strokes_and_thin_boxes_are_rules),
        cmocka_unit_test(pieces_of_a_rule_are_joined),
        cmocka_unit_test(a_drawing_is_a_picture),
        cmocka_unit_test(a_frame_around_words_is_no_picture),
        cmocka_unit_test(metadata_is_read_and_cleaned),
        cmocka_unit_test(the_same_page_gives_the_same_layout),
        cmocka_unit_test(an_empty_page_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
