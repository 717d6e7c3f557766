/* Protects: the checker accepts a good page and names each rule that is broken, one at a time. */
#include "check.h"

#include "text/build_page.h"

#include <math.h>

/* The page of one test, made afresh for each broken rule. */
typedef struct fixture {
    recto_arena *a;
    recto_page *p;
} fixture;

static int enter(void **state)
{
    static fixture f;
    f.a = recto_arena_new(0, 0);
    f.p = f.a == NULL ? NULL : build_full_page(f.a);
    *state = &f;
    return f.a == NULL;
}

static int leave(void **state)
{
    recto_arena_free(((fixture *)*state)->a);
    return 0;
}

static recto_block *block_of(fixture *f, recto_label label)
{
    for (int i = 0; i < f->p->n_blocks; i++) {
        if (f->p->blocks[i].label == label)
            return &f->p->blocks[i];
    }
    fail_msg("no such block");
    return NULL;
}

static void assert_broken(const fixture *f, const char *rule)
{
    recto_error err = {0};
    assert_int_equal(recto_doc_check(f->p, &err), RECTO_ERR_ARG);
    if (strstr(err.msg, rule) == NULL)
        fail_msg("said '%s', not '%s'", err.msg, rule);
    assert_memory_equal(err.msg, "page ", 5);
}

static void a_good_page_passes(void **state)
{
    fixture *f = *state;
    assert_int_equal(recto_doc_check(f->p, NULL), RECTO_OK);
    recto_page *empty = build_page(f->a, 2);
    assert_int_equal(recto_doc_check(empty, NULL), RECTO_OK);
    empty->flags = RECTO_FLAG_BLANK_PAGE;
    assert_int_equal(recto_doc_check(empty, NULL), RECTO_OK);
    recto_page failed = {.number = 3, .conf = 1, .status = RECTO_ERR_FORMAT, .error = "bad stream"};
    assert_int_equal(recto_doc_check(&failed, NULL), RECTO_OK);
}

/* Breaks one thing after another, putting each right again. */
#define BREAK(lvalue, wrong, rule)                                                                 \
    do {                                                                                           \
        __typeof__(lvalue) right_value = (lvalue);                                                 \
        (lvalue) = (wrong);                                                                        \
        assert_broken(f, rule);                                                                    \
        (lvalue) = right_value;                                                                    \
        assert_int_equal(recto_doc_check(f->p, NULL), RECTO_OK);                                   \
    } while (0)

static void page_rules_are_checked(void **state)
{
    fixture *f = *state;
    BREAK(f->p->number, 0, "number below 1");
    BREAK(f->p->width, 0, "size not positive");
    BREAK(f->p->height_pt, NAN, "size not positive");
    BREAK(f->p->dpi, INFINITY, "size not positive");
    BREAK(f->p->reader, RECTO_READER_KIND_COUNT, "reader");
    BREAK(f->p->turned_deg, 45, "turn");
    BREAK(f->p->skew_deg, NAN, "skew");
    BREAK(f->p->conf, 1.01f, "confidence");
    BREAK(f->p->flags, 1u << RECTO_FLAG_COUNT, "unknown flag");
    BREAK(f->p->flags, RECTO_FLAG_BLANK_PAGE, "blocks on a failed or blank page");
    BREAK(f->p->status, RECTO_ERR_IO, "error message");
    BREAK(f->p->error, "why", "error message");
    BREAK(f->p->blocks, NULL, "blocks missing");
}

static void block_rules_are_checked(void **state)
{
    fixture *f = *state;
    recto_block *b = block_of(f, RECTO_LABEL_TEXT);
    BREAK(b->label, RECTO_LABEL_COUNT, "label");
    BREAK(b->level, 1, "level");
    BREAK(block_of(f, RECTO_LABEL_SECTION_HEADER)->level, 7, "level");
    BREAK(block_of(f, RECTO_LABEL_LIST_ITEM)->level, 16, "level");
    BREAK(b->box.x1, 1242, "outside");
    BREAK(b->box.x0, b->box.x1 + 1, "outside");
    BREAK(b->box.y0, NAN, "outside");
    BREAK(b->text, NULL, "text");
    BREAK(b->text, "\xFF", "text");
    BREAK(b->text, "a\nb", "text");
    BREAK(b->text, "a\x1b[0m", "text");
    BREAK(b->text, "a\xE2\x80\xAE", "text");
    BREAK(b->conf, -0.1f, "confidence");
    BREAK(b->conf, NAN, "confidence");
    BREAK(b->flags, 1u << 31, "unknown flag");
    BREAK(b->marker, "1.", "marker");
    BREAK(b->ordered, true, "marker");
    BREAK(b->table, block_of(f, RECTO_LABEL_TABLE)->table, "table");
    BREAK(block_of(f, RECTO_LABEL_LIST_ITEM)->marker, NULL, "marker");
    BREAK(block_of(f, RECTO_LABEL_LIST_ITEM)->marker, "", "marker");
    BREAK(block_of(f, RECTO_LABEL_TABLE)->table, NULL, "table");
    BREAK(block_of(f, RECTO_LABEL_PICTURE)->n_lines, 1, "lines");
}

static void line_rules_are_checked(void **state)
{
    fixture *f = *state;
    recto_line *line = block_of(f, RECTO_LABEL_TEXT)->lines;
    BREAK(block_of(f, RECTO_LABEL_TEXT)->lines, NULL, "lines missing");
    BREAK(line->n_words, 0, "line without words");
    BREAK(line->box.y1, 5000, "line box");
    BREAK(line->conf, 2, "line confidence");
    BREAK(line->words[0].text, "", "word text");
    BREAK(line->words[0].text, "a b", "word text");
    BREAK(line->words[0].text, "\xC3", "word text");
    BREAK(line->words[0].box.x0, -2, "word box");
    BREAK(line->words[0].conf, NAN, "word confidence");
}

static void table_rules_are_checked(void **state)
{
    fixture *f = *state;
    recto_table *t = block_of(f, RECTO_LABEL_TABLE)->table;
    BREAK(t->n_rows, 0, "empty table");
    BREAK(t->n_cells, 0, "empty table");
    BREAK(t->n_cells, 8, "not covered");
    BREAK(t->n_rows, 4, "not covered");
    BREAK(t->n_cols, 1 << 30, "too large");
    BREAK(t->cells[0].col_span, 2, "covered twice");
    BREAK(t->cells[8].col_span, 2, "cell outside");
    BREAK(t->cells[8].row, 3, "cell outside");
    BREAK(t->cells[8].row_span, INT32_MAX, "cell outside");
    BREAK(t->cells[0].row_span, 0, "cell outside");
    BREAK(t->cells[1].col, 0, "by row and column");
    BREAK(t->cells[0].text, NULL, "cell text");
    BREAK(t->cells[0].box.x1, 9999, "cell box");
    BREAK(t->cells[0].conf, 7, "cell confidence");
    BREAK(t->cells[0].lines->words[0].conf, 7, "word confidence");
}

static void spans_that_cover_exactly_pass(void **state)
{
    fixture *f = *state;
    recto_table *t = block_of(f, RECTO_LABEL_TABLE)->table;
    t->cells[0].col_span = 2;
    memmove(&t->cells[1], &t->cells[2], 7 * sizeof *t->cells);
    t->n_cells = 8;
    assert_int_equal(recto_doc_check(f->p, NULL), RECTO_OK);
}

static void names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(recto_doc_label_name(RECTO_LABEL_SECTION_HEADER), "section_header");
    assert_string_equal(recto_doc_label_name(RECTO_LABEL_PAGE_FOOTER), "page_footer");
    assert_string_equal(recto_doc_label_name((recto_label)-1), "text");
    assert_string_equal(recto_doc_label_name(RECTO_LABEL_COUNT), "text");
    assert_string_equal(recto_doc_flag_name(0), "blank_page");
    assert_string_equal(recto_doc_flag_name(7), "rotated");
    assert_string_equal(recto_doc_flag_name(RECTO_FLAG_COUNT), "unknown");
    assert_string_equal(recto_doc_flag_name(-1), "unknown");
    assert_string_equal(recto_doc_reader_name(RECTO_READER_LINE), "line");
    assert_string_equal(recto_doc_reader_name(RECTO_READER_KIND_COUNT), "none");
}

#define ON_PAGE(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_PAGE(a_good_page_passes),        ON_PAGE(page_rules_are_checked),
        ON_PAGE(block_rules_are_checked),   ON_PAGE(line_rules_are_checked),
        ON_PAGE(table_rules_are_checked),   ON_PAGE(spans_that_cover_exactly_pass),
        cmocka_unit_test(names_are_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
