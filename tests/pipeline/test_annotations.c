/* Fields and links of a PDF page whose image is read. */
#include "pipeline/annotations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static recto_arena *keep;
static recto_word words[3];
static recto_line line;
static recto_field seen[2], told[2];
static recto_link links[1];

static int begin(void **state)
{
    (void)state;
    keep = recto_arena_new(0, 0);
    return keep != NULL ? 0 : 1;
}

static int end(void **state)
{
    (void)state;
    recto_arena_free(keep);
    return 0;
}

/* A page of 400 x 200 px that was read upside down; its layer has half as many pixels. */
static void make(recto_layout *read, recto_layout *layer, recto_page_frame *frame)
{
    words[0] = (recto_word){.box = {300, 150, 340, 170}, .text = "Name:", .conf = 1};
    words[1] = (recto_word){.box = {205, 150, 250, 170}, .text = "Ada", .conf = 1};
    words[2] = (recto_word){.box = {255, 150, 290, 170}, .text = "E.", .conf = 1};
    line = (recto_line){.words = words, .n_words = 3, .box = {205, 150, 340, 170}};
    seen[0] = (recto_field){.box = {20, 20, 40, 40}, .kind = RECTO_FIELD_CHECKBOX};
    seen[1] = (recto_field){.box = {350, 20, 370, 40}, .kind = RECTO_FIELD_CHECKBOX};
    *read = (recto_layout){
        .width = 400, .height = 200, .lines = &line, .n_lines = 1, .fields = seen, .n_fields = 2};
    told[0] = (recto_field){.box = {50, 12, 100, 27}, .kind = RECTO_FIELD_TEXT, .name = "name"};
    told[1] = (recto_field){.box = {178, 78, 192, 92}, .kind = RECTO_FIELD_CHECKBOX, .name = "b"};
    links[0] = (recto_link){.box = {10, 12, 50, 27}, .url = "https://example.org"};
    *layer = (recto_layout){
        .width = 200, .height = 100, .fields = told, .n_fields = 2, .links = links, .n_links = 1};
    *frame = (recto_page_frame){{-1, 0, 0, -1, 400, 200}, 400, 200};
}

static void fields_say_it_once(void **state)
{
    (void)state;
    recto_layout read, layer;
    recto_page_frame frame;
    make(&read, &layer, &frame);
    assert_int_equal(recto_annotations_merge(&read, &layer, frame, keep, NULL), RECTO_OK);
    assert_int_equal(read.n_fields, 3);
    assert_string_equal(read.fields[0].name, "name");
    assert_float_equal(read.fields[0].box.x0, 200, 0.01);
    assert_float_equal(read.fields[0].box.y1, 176, 0.01);
    assert_string_equal(read.fields[1].name, "b"); /* in place of the box that was seen there */
    assert_float_equal(read.fields[2].box.x0, 350, 0.01);
    assert_int_equal(read.n_lines, 1);
    assert_int_equal(read.lines[0].n_words, 1);
    assert_string_equal(read.lines[0].words[0].text, "Name:");
    assert_float_equal(read.lines[0].box.x0, 300, 0.01);
    assert_int_equal(read.n_links, 1);
    assert_float_equal(read.links[0].box.x0, 300, 0.01);
}

static void a_line_that_was_all_in_a_field_goes(void **state)
{
    (void)state;
    recto_layout read, layer;
    recto_page_frame frame;
    make(&read, &layer, &frame);
    line.words++;
    line.n_words = 2;
    assert_int_equal(recto_annotations_merge(&read, &layer, frame, keep, NULL), RECTO_OK);
    assert_int_equal(read.n_lines, 0);
}

static void nothing_changes_where_nothing_is_told(void **state)
{
    (void)state;
    recto_layout read, layer;
    recto_page_frame frame;
    make(&read, &layer, &frame);
    layer.n_fields = layer.n_links = 0;
    assert_int_equal(recto_annotations_merge(&read, &layer, frame, keep, NULL), RECTO_OK);
    assert_ptr_equal(read.fields, seen);
    assert_int_equal(line.n_words, 3);
    make(&read, &layer, &frame);
    frame.to_page = (recto_affine){0, 0, 0, 0, 0, 0}; /* cannot be turned back */
    assert_int_equal(recto_annotations_merge(&read, &layer, frame, keep, NULL), RECTO_OK);
    assert_int_equal(read.n_fields, 2);
    make(&read, &layer, &frame);
    recto_arena *tight = recto_arena_new(64, 128);
    assert_int_equal(recto_annotations_merge(&read, &layer, frame, tight, NULL), RECTO_ERR_NOMEM);
    recto_arena_free(tight);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fields_say_it_once, begin, end),
        cmocka_unit_test_setup_teardown(a_line_that_was_all_in_a_field_goes, begin, end),
        cmocka_unit_test_setup_teardown(nothing_changes_where_nothing_is_told, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
