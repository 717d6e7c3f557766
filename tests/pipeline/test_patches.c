/* Protects the reading of parts: words whose font lies about them and pictures with text in them
 * are read from the image and come out in their place, all else stays as the layer says it. */
#include "page_read.h"

#include "pipeline/patches.h"

static void patches_leave_a_good_page_alone(void **state)
{
    (void)state;
    made m;
    recto_buf content = RECTO_BUF_INIT;
    put_lines(&content, "/F1", 72, 700, PROSE);
    recto_buf_char(&content, '\0');
    read_page(&m, content.data, NULL);
    assert_int_equal(m.page.reader, RECTO_READER_LAYER);
    assert_int_equal(m.page.flags, 0);
    assert_false(m.job.used_model);
    assert_int_equal(n_missing(text_of(&m.page), PROSE), 0);
    assert_true(m.page.conf == 1.0f);
    done(&m);
    recto_buf_free(&content);
}

static void patches_read_shifted_and_unknown_fonts(void **state)
{
    (void)state;
    for (int font = 2; font <= 3; font++) {
        made m;
        char name[16];
        recto_buf content = RECTO_BUF_INIT;
        static const char *const honest[] = {
            "Minutes of the council",
            "taken by the clerk on Tuesday, and read aloud to all of",
            "them before they were signed. There were no corrections. This part of the page has",
            "a font that says what it shows, and must come out as it is: Qxz-4711/b, 3.14159.",
            "It is longer than the other part, so that the page is not given up as a whole, and",
            "has words enough to be told from one. Then it comes to its end, at long last, here.",
            NULL};
        put_lines(&content, "/F1", 72, 760, honest);
        snprintf(name, sizeof name, "/F%d", font);
        put_lines(&content, name, 72, 600, PROSE);
        recto_buf_char(&content, '\0');
        read_page(&m, content.data, NULL);
        const char *text = text_of(&m.page);
        assert_int_equal(m.page.reader, RECTO_READER_LAYER);
        assert_true(m.page.flags & RECTO_FLAG_PARTLY_READ);
        assert_int_equal(n_missing(text, honest), 0);
        assert_true(n_missing(text, PROSE) <= 1);
        assert_null(strstr(text, "Uif"));
        assert_null(strstr(text, "\xEF\xBF\xBD"));
        int n_read = 0;
        for (int i = 0; i < m.page.n_blocks; i++) {
            const recto_block *b = &m.page.blocks[i];
            bool read = strstr(b->text, "engineer") != NULL;
            assert_int_equal(b->flags & RECTO_FLAG_PARTLY_READ, read ? RECTO_FLAG_PARTLY_READ : 0);
            n_read += read;
        }
        assert_int_equal(n_read, 1);
        done(&m);
        recto_buf_free(&content);
    }
}

static void patches_read_text_in_a_picture(void **state)
{
    (void)state;
    made m;
    recto_buf small = RECTO_BUF_INIT;
    recto_buf content = RECTO_BUF_INIT;
    static const char *const notes[] = {"Notice of the works", "All traffic goes by the ferry road",
                                        "until the twelfth of November", NULL};
    put_lines(&small, "/F1", 20, 80, notes);
    recto_buf_char(&small, '\0');
    recto_image *image = scan_of(small.data, 240, 100);
    put_lines(&content, "/F1", 72, 760, PROSE);
    recto_buf_text(&content, "q 240 0 0 100 72 500 cm /I Do Q ");
    recto_buf_char(&content, '\0');
    read_page(&m, content.data, image);
    const char *text = text_of(&m.page);
    assert_int_equal(m.page.reader, RECTO_READER_LAYER);
    assert_true(m.page.flags & RECTO_FLAG_PARTLY_READ);
    assert_int_equal(n_missing(text, PROSE), 0);
    assert_int_equal(n_missing(text, notes), 0);
    assert_true(strstr(text, "council") < strstr(text, "ferry"));
    done(&m);
    recto_image_free(image);
    recto_buf_free(&content);
    recto_buf_free(&small);
}

/* A ruled table as a picture becomes a table, with its lone figures. */
static void patches_read_a_table_in_a_picture(void **state)
{
    (void)state;
    made m;
    recto_buf small = RECTO_BUF_INIT;
    recto_buf content = RECTO_BUF_INIT;
    static const char *const cells[] = {"Item",  "Count", "Price", "Valve", "2",
                                        "48.50", "Pipes", "12",    "96.00"};
    for (int i = 0; i < 9; i++)
        recto_buf_printf(&small, "BT /F1 12 Tf %d %d Td (%s) Tj ET ", 20 + 110 * (i % 3),
                         102 - 35 * (i / 3), cells[i]);
    for (int i = 0; i < 4; i++)
        recto_buf_printf(&small, "10 %d 330 1 re f %d 18 1 105 re f ", 18 + 35 * i, 10 + 110 * i);
    recto_buf_char(&small, '\0');
    recto_image *image = scan_of(small.data, 350, 140);
    put_lines(&content, "/F1", 72, 760, PROSE);
    recto_buf_text(&content, "q 350 0 0 140 72 480 cm /I Do Q ");
    recto_buf_char(&content, '\0');
    read_page(&m, content.data, image);
    int n_tables = 0;
    for (int i = 0; i < m.page.n_blocks; i++) {
        const recto_block *b = &m.page.blocks[i];
        assert_int_not_equal(b->label, RECTO_LABEL_PICTURE);
        if (b->table == NULL)
            continue;
        n_tables++;
        assert_int_equal(b->table->n_rows, 3);
        assert_int_equal(b->table->n_cols, 3);
        assert_true(b->flags & RECTO_FLAG_PARTLY_READ);
        for (int k = 0; k < 9 && b->table->n_cells == 9; k++)
            assert_string_equal(b->table->cells[k].text, cells[k]);
    }
    assert_int_equal(n_tables, 1);
    done(&m);
    recto_image_free(image);
    recto_buf_free(&content);
    recto_buf_free(&small);
}

/* Pictures that overlap share rules: there is room for those of each (run it with asan). */
static void patches_may_overlap(void **state)
{
    (void)state;
    recto_buf small = RECTO_BUF_INIT;
    for (int i = 0; i < 15; i++)
        recto_buf_printf(&small, "BT /F1 12 Tf %d %d Td (Valve) Tj ET ", 20 + 110 * (i % 3),
                         162 - 30 * (i / 3));
    for (int i = 0; i < 6; i++)
        recto_buf_printf(&small, "10 %d 330 1 re f ", 28 + 30 * i);
    for (int i = 0; i < 4; i++)
        recto_buf_printf(&small, "%d 28 1 150 re f ", 10 + 110 * i);
    recto_buf_char(&small, '\0');
    recto_image *image = scan_of(small.data, 350, 200);
    float k = (float)image->width / 350.0f;
    recto_rect boxes[] = {{0, 0, 240 * k, 200 * k}, {110 * k, 0, 350 * k, 200 * k}};
    recto_layout layout = {
        .width = (float)image->width, .height = (float)image->height, .dpi = image->dpi};
    recto_patches patches = {.boxes = boxes, .n_boxes = 2, .n_pictures = 2};
    recto_arena *keep = recto_arena_new(0, 0), *tmp = recto_arena_new(0, 0);
    recto_model_slot slot = {0};
    int n = 0;
    assert_int_equal(recto_model_slot_line(&slot, tmp, NULL), RECTO_OK);
    assert_int_equal(
        recto_patches_read(&n, &layout, &patches, slot.model, image, NULL, keep, tmp, NULL),
        RECTO_OK);
    assert_int_equal(n, 15);
    assert_true(layout.n_rules > 10);
    recto_model_slot_close(&slot);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_image_free(image);
    recto_buf_free(&small);
}

/* Grain and shapes, but no lines of text: nothing is read, and the network is not even asked. */
static void patches_leave_photographs_alone(void **state)
{
    (void)state;
    made m;
    recto_buf content = RECTO_BUF_INIT;
    recto_image *image = NULL;
    assert_int_equal(recto_image_new(&image, 400, 300, 1, NULL), RECTO_OK);
    uint32_t random = 1;
    for (int y = 0; y < 300; y++) {
        for (int x = 0; x < 400; x++) {
            random = random * 1664525u + 1013904223u;
            float hill = 120.0f + 60.0f * sinf((float)x * 0.013f) * cosf((float)y * 0.017f);
            float sun = hypotf((float)x - 300.0f, (float)y - 60.0f) < 30.0f ? 60.0f : 0.0f;
            image->px[(size_t)y * image->stride + (size_t)x] =
                (uint8_t)(hill + sun + (float)(random >> 27));
        }
    }
    put_lines(&content, "/F1", 72, 760, PROSE);
    recto_buf_text(&content, "q 400 0 0 300 72 300 cm /I Do Q ");
    recto_buf_char(&content, '\0');
    read_page(&m, content.data, image);
    assert_int_equal(m.page.flags, 0);
    assert_false(m.job.used_model);
    assert_int_equal(n_missing(text_of(&m.page), PROSE), 0);
    done(&m);
    recto_image_free(image);
    recto_buf_free(&content);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patches_leave_a_good_page_alone),
        cmocka_unit_test(patches_read_shifted_and_unknown_fonts),
        cmocka_unit_test(patches_read_text_in_a_picture),
        cmocka_unit_test(patches_read_a_table_in_a_picture),
        cmocka_unit_test(patches_may_overlap),
        cmocka_unit_test(patches_leave_photographs_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
