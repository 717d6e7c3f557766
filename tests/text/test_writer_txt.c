/* Protects: plain text holds all that was read, in order, with tables as columns. */
#include "check.h"

#include "text/write_doc.h"

static recto_arena *arena;

static int enter(void **state)
{
    (void)state;
    arena = recto_arena_new(0, 0);
    return arena == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_arena_free(arena);
    return 0;
}

static void assert_txt(const recto_page *const *pages, int n_pages, const char *wanted)
{
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    write_doc(&out, recto_writer_lookup("txt"), &info, pages, n_pages);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
    assert_string_equal(recto_buf_cstr(&out), wanted);
    recto_buf_free(&out);
}

static void everything_is_there_in_order(void **state)
{
    (void)state;
    const recto_page *pages[] = {build_full_page(arena)};
    assert_txt(pages, 1,
               "Acme Ltd. – Annual report\n"
               "\n"
               "Annual report 2025\n"
               "\n"
               "The year in *short*: sales rose by 5 % & costs fell.\n"
               "\n"
               "1. Sales\n"
               "\n"
               "1. North\n"
               "  • Town\n"
               "  • Country\n"
               "2. South\n"
               "(c) Elsewhere\n"
               "\n"
               "Item      Qty    Price\n"
               "Paper A4   10  € 45.00\n"
               "Ink         2   € 7.50\n"
               "\n"
               "Table 1: Orders\n"
               "\n"
               "if (a < b)\n"
               "    return `c`;\n"
               "\n"
               "E = mc²\n"
               "\n"
               "1 Without tax.\n"
               "\n"
               "Page 1\n");
}

static void form_feeds_part_pages(void **state)
{
    (void)state;
    recto_page *one = build_page(arena, 1);
    recto_page *blank = build_page(arena, 2);
    recto_page failed = {.number = 3, .conf = 1, .status = RECTO_ERR_LIMIT, .error = "x"};
    recto_page *four = build_page(arena, 4);
    build_block(arena, one, RECTO_LABEL_TEXT, "One.");
    build_block(arena, four, RECTO_LABEL_TEXT, "Four.");
    const recto_page *pages[] = {one, blank, &failed, four};
    assert_txt(pages, 4, "One.\n\f\f[page 3 could not be read: limit]\n\fFour.\n");
    assert_txt(NULL, 0, "");
}

static void spans_and_holes_keep_the_columns(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Region of the world", "Two years", "", "North", "1", "2", "", "3", "4", "South", "5", ""};
    recto_page *p = build_page(arena, 1);
    recto_table *t = build_table(arena, p, 4, 3, texts)->table;
    t->cells[1].col_span = 2; /* "Two years" over both numbers */
    t->cells[3].row_span = 2; /* "North" beside two rows */
    memmove(&t->cells[6], &t->cells[7], 5 * sizeof *t->cells);
    memmove(&t->cells[2], &t->cells[3], 8 * sizeof *t->cells);
    t->n_cells = 10;
    assert_int_equal(recto_doc_check(p, NULL), RECTO_OK);
    const recto_page *pages[] = {p};
    assert_txt(pages, 1,
               "Region of the world  Two years\n"
               "North                1       2\n"
               "                     3       4\n"
               "South                5\n");
}

static void an_endless_cell_does_not_pad_the_others(void **state)
{
    (void)state;
    char endless[3001];
    memset(endless, 'x', 3000);
    endless[3000] = '\0';
    const char *const texts[] = {endless, "b", "c", "d"};
    recto_page *p = build_page(arena, 1);
    build_table(arena, p, 2, 2, texts);
    recto_docinfo info = write_doc_info();
    recto_buf out = RECTO_BUF_INIT;
    const recto_page *pages[] = {p};
    write_doc(&out, recto_writer_lookup("txt"), &info, pages, 1);
    assert_true(out.len < 3200);
    recto_buf_free(&out);
}

static void control_characters_do_not_pass(void **state)
{
    (void)state;
    recto_page *p = build_page(arena, 1);
    build_block(arena, p, RECTO_LABEL_TEXT,
                "a\x1b[31m\xE2\x80\xAE"
                "b\f\x07");
    build_block(arena, p, RECTO_LABEL_CODE, "x\r\n\x1b[2J  y");
    const recto_page *pages[] = {p};
    assert_txt(pages, 1, "a[31mb\n\nx \n[2J  y\n");
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(everything_is_there_in_order),
        WITH_ARENA(form_feeds_part_pages),
        WITH_ARENA(spans_and_holes_keep_the_columns),
        WITH_ARENA(an_endless_cell_does_not_pad_the_others),
        WITH_ARENA(control_characters_do_not_pass),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
