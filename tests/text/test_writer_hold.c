/* Protects: the rest of a block that goes on stands behind its beginning whatever was written in
 * between, nothing that is held back is lost, and what is held back is bounded. */
#include "check.h"

#include "text/writer_hold.h"
#include "text/writer_piece.h"

#include <string.h>

static const recto_label TEXT = RECTO_LABEL_TEXT, TABLE = RECTO_LABEL_TABLE;

static recto_arena *arena;
static recto_writer_hold *hold;
static recto_buf out;   /* the writer's buffer */
static recto_buf whole; /* what was flushed */

static int enter(void **state)
{
    (void)state;
    arena = recto_arena_new(0, 0);
    hold = recto_writer_hold_new(arena);
    out = (recto_buf)RECTO_BUF_INIT;
    whole = (recto_buf)RECTO_BUF_INIT;
    return hold == NULL;
}

static int leave(void **state)
{
    (void)state;
    recto_buf_free(&out);
    recto_buf_free(&whole);
    recto_arena_free(arena);
    return 0;
}

static void next_page(void)
{
    recto_writer_hold_end(hold, &out);
    assert_false(out.failed);
    recto_buf_add(&whole, recto_buf_cstr(&out), out.len);
    recto_buf_clear(&out);
    recto_buf_text(&out, "<"); /* something may stand in the buffer already */
    recto_writer_hold_begin(hold, &out);
}

static void put(recto_label label, const char *rest, recto_goes_on how, const char *tail)
{
    size_t from = out.len;
    recto_buf_text(&out, rest);
    recto_writer_hold_put(hold, &out, label, from, 0, how, tail);
}

static void open_at_end(recto_label label, recto_goes_on how, const char *tail)
{
    recto_writer_hold_open(hold, &out, label, out.len, how, tail);
}

static void assert_whole(const char *wanted)
{
    recto_writer_hold_close_all(hold, &out);
    next_page();
    assert_string_equal(recto_buf_cstr(&whole), wanted);
}

static void rests_stand_behind_their_beginnings(void **state)
{
    (void)state;
    recto_buf_text(&out, "text");
    open_at_end(TEXT, RECTO_GOES_ON_SPACE, "");
    recto_buf_text(&out, "|table");
    open_at_end(TABLE, RECTO_GOES_ON_SPACE, "");
    recto_buf_text(&out, "|note");
    next_page();
    put(TABLE, "+rows", RECTO_GOES_ON_NOT, "");
    assert_int_equal(recto_writer_hold_how(hold, &out, TEXT), RECTO_GOES_ON_SPACE);
    assert_int_equal(recto_writer_hold_how(hold, &out, TABLE), RECTO_GOES_ON_NOT);
    put(TEXT, "+more", RECTO_GOES_ON_GLUE, "");
    next_page();
    put(TEXT, "+end", RECTO_GOES_ON_NOT, "");
    recto_buf_text(&out, "|after");
    assert_whole("text<+more<+end|table+rows|note|after");
}

static void nothing_open_holds_nothing_back(void **state)
{
    (void)state;
    recto_buf_text(&out, "a");
    next_page();
    assert_string_equal(recto_buf_cstr(&whole), "a");
    assert_string_equal(recto_buf_cstr(&out), "<");
    assert_whole("a<");
}

static void without_a_rest_the_tail_is_put_back(void **state)
{
    (void)state;
    recto_buf_text(&out, "sen");
    open_at_end(TEXT, RECTO_GOES_ON_HYPHEN, "-");
    recto_buf_text(&out, "|note");
    next_page();
    recto_writer_hold_follow(hold, &out, RECTO_LABEL_TABLE); /* may stand in between */
    assert_int_equal(recto_writer_hold_how(hold, &out, TEXT), RECTO_GOES_ON_HYPHEN);
    recto_writer_hold_follow(hold, &out, RECTO_LABEL_SECTION_HEADER);
    assert_int_equal(recto_writer_hold_how(hold, &out, TEXT), RECTO_GOES_ON_NOT);
    recto_buf_text(&out, "|head");
    assert_whole("sen<-|note|head");
}

static void another_beginning_closes_the_one_before(void **state)
{
    (void)state;
    recto_buf_text(&out, "a");
    open_at_end(TEXT, RECTO_GOES_ON_HYPHEN, "-");
    recto_buf_text(&out, "|b");
    open_at_end(TEXT, RECTO_GOES_ON_HYPHEN, "=");
    put(TEXT, "c", RECTO_GOES_ON_HYPHEN, "~");
    recto_buf_text(&out, "|d");
    assert_whole("a-|bc~|d");
}

static void marks_are_taken_from_behind_the_place(void **state)
{
    (void)state;
    recto_buf marks = RECTO_BUF_INIT;
    size_t from = out.len;
    recto_buf_text(&out, "[0]");
    recto_writer_hold_mark(hold, &out, from); /* nothing is open: it stays */
    recto_buf_text(&out, "a");
    open_at_end(TEXT, RECTO_GOES_ON_SPACE, "");
    recto_buf_text(&out, "|x");
    for (int i = 1; i <= 2; i++) {
        next_page();
        from = out.len;
        recto_buf_printf(&out, "[%d]", i);
        recto_writer_hold_mark(hold, &out, from);
        recto_buf_text(&out, "|y");
    }
    recto_writer_hold_take_marks(hold, &out, TEXT, &marks);
    assert_string_equal(recto_buf_cstr(&marks), "[1][2]");
    put(TEXT, "+b", RECTO_GOES_ON_NOT, "");
    recto_buf_free(&marks);
    assert_whole("[0]a<<+b|x|y|y");
}

static void what_waits_is_bounded(void **state)
{
    (void)state;
    static char much[1000];
    memset(much, 'x', sizeof much - 1);
    open_at_end(TEXT, RECTO_GOES_ON_HYPHEN, "-");
    for (int i = 0; i < 8; i++) {
        next_page();
        assert_int_equal(recto_writer_hold_how(hold, &out, TEXT), RECTO_GOES_ON_HYPHEN);
    }
    next_page(); /* too many pages */
    assert_int_equal(recto_writer_hold_how(hold, &out, TEXT), RECTO_GOES_ON_NOT);
    open_at_end(TABLE, RECTO_GOES_ON_SPACE, "");
    for (int i = 0; i < 200; i++)
        recto_buf_text(&out, much);
    assert_int_equal(recto_writer_hold_how(hold, &out, TABLE), RECTO_GOES_ON_SPACE);
    for (int i = 0; i < 200; i++)
        recto_buf_text(&out, much);
    size_t len = out.len;
    assert_int_equal(recto_writer_hold_how(hold, &out, TABLE), RECTO_GOES_ON_NOT);
    next_page(); /* too many bytes: none of them waits */
    assert_true(whole.len >= len && out.len == 1);
    assert_true(recto_arena_used(arena) < 1u << 20);
}

static void out_of_memory_is_told(void **state)
{
    (void)state;
    recto_arena *tight = recto_arena_new(1 << 12, 1 << 12);
    recto_writer_hold *h = recto_writer_hold_new(tight);
    recto_buf b = RECTO_BUF_INIT;
    assert_non_null(h);
    recto_writer_hold_open(h, &b, TEXT, 0, RECTO_GOES_ON_SPACE, "");
    for (int i = 0; i < 10000; i++)
        recto_buf_char(&b, 'x');
    recto_writer_hold_end(h, &b);
    assert_true(b.failed);
    recto_writer_hold_begin(h, &b);
    assert_int_equal(recto_writer_hold_how(h, &b, TEXT), RECTO_GOES_ON_NOT);
    recto_buf_free(&b);
    recto_arena_free(tight);
}

static void pieces_keep_their_spans(void **state)
{
    (void)state;
    static const recto_span spans[] = {{0, 6, RECTO_SPAN_BOLD, NULL},
                                       {4, 6, RECTO_SPAN_ITALIC, NULL},
                                       {8, 14, RECTO_SPAN_LINK, "x"}};
    const recto_block b = {.label = TEXT,
                           .text = "one tw, th four-",
                           .spans = spans,
                           .n_spans = 3,
                           .goes_on = RECTO_GOES_ON_HYPHEN};
    recto_writer_piece p;
    assert_int_equal(recto_writer_piece_hyphen(&b), 1);
    assert_int_equal(recto_writer_piece_word(&b), 7); /* the first space lies in a span */
    assert_true(recto_writer_piece_cut(&p, &b, 5, 10));
    assert_string_equal(p.block.text, "w, th");
    assert_int_equal(p.block.n_spans, 3);
    assert_int_equal(p.block.spans[1].start, 0);
    assert_int_equal(p.block.spans[1].end, 1);
    assert_int_equal(p.block.spans[2].start, 3);
    assert_int_equal(p.block.spans[2].end, 5);
    recto_writer_piece_free(&p);
    assert_true(recto_writer_piece_cut(&p, &b, 0, -1));
    assert_ptr_equal(p.block.text, b.text);
    recto_writer_piece_free(&p);
    const recto_block word = {.text = "one", .goes_on = RECTO_GOES_ON_GLUE};
    assert_int_equal(recto_writer_piece_hyphen(&word), 0);
    assert_int_equal(recto_writer_piece_word(&word), -1);
    const recto_block wide = {.text = "a\xE2\x80\x90", .goes_on = RECTO_GOES_ON_HYPHEN};
    assert_int_equal(recto_writer_piece_hyphen(&wide), 3);
}

#define WITH_HOLD(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOLD(rests_stand_behind_their_beginnings),
        WITH_HOLD(nothing_open_holds_nothing_back),
        WITH_HOLD(without_a_rest_the_tail_is_put_back),
        WITH_HOLD(another_beginning_closes_the_one_before),
        WITH_HOLD(marks_are_taken_from_behind_the_place),
        WITH_HOLD(what_waits_is_bounded),
        WITH_HOLD(out_of_memory_is_told),
        WITH_HOLD(pieces_keep_their_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
