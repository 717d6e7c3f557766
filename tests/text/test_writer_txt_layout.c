/* Protects: text with --layout keeps what is aligned on the page aligned, in rows that skew, sizes
 * and justified lines do not break, and is bounded on any page. */
#include "check.h"

#include "text/write_doc.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static recto_arena *arena;
static recto_page *page;

static int enter(void **state)
{
    (void)state;
    arena = recto_arena_new(0, 0);
    page = arena == NULL ? NULL : build_page(arena, 1);
    return page == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(arena);
    return 0;
}

/* A block of one line at (x, y); build_line's characters are 10 px wide. */
static recto_block *at(float x, float y, const char *text)
{
    recto_block *b = build_block(arena, page, RECTO_LABEL_TEXT, text);
    b->lines = build_line(arena, text, x, y);
    b->box = b->lines->box;
    return b;
}

static void write_layout(recto_buf *out)
{
    recto_docinfo info = write_doc_info();
    const recto_page *pages[] = {page};
    info.keep_layout = true;
    write_doc(out, recto_writer_lookup("txt"), &info, pages, 1);
    assert_int_equal(recto_buf_status(out, NULL), RECTO_OK);
}

static void assert_layout(const char *wanted)
{
    recto_buf out = RECTO_BUF_INIT;
    write_layout(&out);
    assert_string_equal(recto_buf_cstr(&out), wanted);
    recto_buf_free(&out);
}

static void what_is_aligned_stays_aligned(void **state)
{
    (void)state;
    at(100, 100, "Item");
    at(300, 100, "Price");
    at(100, 124, "Paper");
    at(310, 124, "4.00"); /* ends where "Price" does */
    at(100, 148, "Ink");
    at(290, 148, "112.5");
    assert_layout("Item                Price\n"
                  "Paper                4.00\n"
                  "Ink                112.5\n");
}

static void a_long_piece_pushes_what_follows_in_all_rows(void **state)
{
    (void)state;
    recto_block *small = at(100, 100, "small print that takes much room");
    for (int k = 0; k < small->n_lines; k++) { /* in half the width */
        recto_line *line = &small->lines[k];
        for (int i = 0; i < line->n_words; i++) {
            line->words[i].box.x0 = 100 + (line->words[i].box.x0 - 100) / 2;
            line->words[i].box.x1 = 100 + (line->words[i].box.x1 - 100) / 2;
        }
        line->box.x1 = 100 + (line->box.x1 - 100) / 2;
    }
    at(300, 100, "right column of usual words");
    at(300, 124, "and more of them");
    at(100, 124, "left");
    assert_layout("small print that takes much room  right column of usual words\n"
                  "left                              and more of them\n");
}

static void skew_does_not_break_rows(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) { /* 1 px on 40 */
        char text[8];
        for (int row = 0; row < 2; row++) {
            snprintf(text, sizeof text, "c%d", row * 4 + i);
            at(100 + (float)i * 80, 100 + (float)(row * 26 + i * 2),
               recto_arena_text(arena, text, strlen(text)));
        }
    }
    assert_layout("c0      c1      c2      c3\nc4      c5      c6      c7\n");
}

static void justified_lines_stay_whole(void **state)
{
    (void)state;
    recto_block *b = at(100, 100, "a wide line");
    recto_line *parts = recto_arena_array(arena, 3, sizeof *parts);
    for (int i = 0; i < 3; i++) { /* as a reader parts it */
        static const char *const words[] = {"some", "wide", "gaps"};
        parts[i] = *build_line(arena, words[i], 100 + (float)i * 100, 100);
    }
    b->lines = parts;
    b->n_lines = 3;
    assert_layout("some wide gaps\n");
    b->label = RECTO_LABEL_CODE; /* there the gaps are meant */
    assert_layout("some      wide      gaps\n");
}

static void white_space_between_paragraphs_is_kept(void **state)
{
    (void)state;
    static const float y[] = {100, 124, 148, 210, 234, 400};
    for (int i = 0; i < 6; i++)
        at(100, y[i], "line");
    assert_layout("line\nline\nline\n\nline\nline\n\n\nline\n");
}

static void wide_characters_take_two_places(void **state)
{
    (void)state;
    at(100, 100, "\xE6\x9D\xB1\xE4\xBA\xAC"); /* two of them */
    at(100, 124, "abcd");
    at(200, 100, "x");
    at(200, 124, "x");
    assert_layout("\xE6\x9D\xB1\xE4\xBA\xAC      x\nabcd      x\n");
}

static void fields_show_what_is_filled_in(void **state)
{
    (void)state;
    static recto_field fields[] = {
        {{200, 100, 300, 124}, RECTO_FIELD_TEXT, "n", "", "Ada", false, 1},
        {{200, 124, 224, 148}, RECTO_FIELD_CHECKBOX, "b", "", "", true, 1},
        {{200, 148, 224, 172}, RECTO_FIELD_TEXT, "c", "", "seen already", false, 1}};
    static const char *const labels[] = {"Name", "Agree", "Place"};
    for (int i = 0; i < 3; i++) {
        recto_block *b = at(100, 100 + 24 * (float)i, labels[i]);
        b->label = RECTO_LABEL_FORM;
        b->field = &fields[i];
    }
    at(200, 148, "Bern");
    assert_layout("Name      Ada\nAgree     ☒\nPlace     Bern\n");
}

static void a_page_without_words_is_empty(void **state)
{
    (void)state;
    assert_layout("");
    build_block(arena, page, RECTO_LABEL_PICTURE, "");
    assert_layout("");
}

static void the_vlm_tells_no_places(void **state)
{
    (void)state;
    page->reader = RECTO_READER_VLM;
    build_block(arena, page, RECTO_LABEL_TEXT, "One.")->n_lines = 0;
    build_block(arena, page, RECTO_LABEL_TEXT, "Two.")->n_lines = 0;
    assert_layout("One.\n\nTwo.\n");
}

/* Words all over the page, in no order: time and size stay in proportion. */
static void a_crowded_page_is_bounded(void **state)
{
    (void)state;
    enum { N = 60000 };
    recto_block *b = build_block(arena, page, RECTO_LABEL_TEXT, "x");
    recto_line *lines = recto_arena_array(arena, N, sizeof *lines);
    uint32_t seed = 1;
    for (int i = 0; i < N; i++) {
        seed = seed * 1664525u + 1013904223u;
        lines[i] = *build_line(arena, "xy", (float)(seed >> 8 & 1023), (float)(seed >> 20) / 3);
    }
    b->lines = lines;
    b->n_lines = N;
    recto_buf out = RECTO_BUF_INIT;
    clock_t before = clock();
    write_layout(&out);
    double s = (double)(clock() - before) / CLOCKS_PER_SEC;
    double limit = getenv("RECTO_SANITIZED") == NULL ? 2.0 : 20.0;
    if (s > limit)
        fail_msg("took %.2f s", s);
    assert_in_range(out.len, 3 * N, 100 * N);
    recto_buf_free(&out);
}

#define WITH_PAGE(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAGE(what_is_aligned_stays_aligned),
        WITH_PAGE(a_long_piece_pushes_what_follows_in_all_rows),
        WITH_PAGE(skew_does_not_break_rows),
        WITH_PAGE(justified_lines_stay_whole),
        WITH_PAGE(white_space_between_paragraphs_is_kept),
        WITH_PAGE(wide_characters_take_two_places),
        WITH_PAGE(fields_show_what_is_filled_in),
        WITH_PAGE(a_page_without_words_is_empty),
        WITH_PAGE(the_vlm_tells_no_places),
        WITH_PAGE(a_crowded_page_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
