/* Protects searchable copies: what the document looks like must not change by a pixel, the text
 * must be found where it was read, the same request must give the same bytes, and a parser that
 * dies takes the copy with it but nothing else. */
#include "check.h"
#include "copy_build.h"
#include "pdf_build.h"

#include "core/file.h"
#include "vision/pdf_write.h"

#include <dirent.h>
#include <math.h>

static int count_text(const recto_buf *b, const char *text)
{
    int n = 0;
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= b->len; i++)
        n += memcmp(b->data + i, text, len) == 0;
    return n;
}

/* --- PDF ----------------------------------------------------------------------------------- */

static const char DRAWING[] = "0.5 g 50 50 300 200 re f\n";

/* Build a page, copy it, check that the copy begins with it and looks the same; the copy. */
static recto_source *copy_of_page(recto_buf *out, const char *content, const char *extra,
                                  const recto_source_copy_page *page)
{
    pdf_build b = {.out = RECTO_BUF_INIT};
    recto_image *before = NULL, *after = NULL;
    recto_error err = {0};
    pdf_build_page(&b, content, extra, "");
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    copy_with(out, s, b.out.data, b.out.len, page);
    assert_true(out->len > b.out.len);
    assert_memory_equal(out->data, b.out.data, b.out.len);
    recto_source *copy = open_bytes(out->data, out->len);
    require_ok(recto_source_page_picture(&before, s, 0, 72, &err), &err);
    require_ok(recto_source_page_picture(&after, copy, 0, 72, &err), &err);
    assert_int_equal(before->width, after->width);
    assert_int_equal(before->height, after->height);
    for (int y = 0; y < before->height; y++)
        assert_memory_equal(before->px + (size_t)y * before->stride,
                            after->px + (size_t)y * after->stride, (size_t)before->width * 3);
    recto_image_free(before);
    recto_image_free(after);
    recto_source_close(s);
    recto_buf_free(&b.out);
    return copy;
}

static void test_text_is_added_where_it_is_seen(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_source *copy = copy_of_page(&out, DRAWING, "", &PAGE);
    require_place(hidden_word(copy, WORDS[0].text, keep), 100, 160, 210);
    require_place(hidden_word(copy, WORDS[1].text, keep), 170, 220, 210);
    recto_source_close(copy);
    recto_arena_free(keep);
    recto_buf_free(&out);
}

/* Content that leaves a matrix and a clip behind must not move the text. */
static void test_unbalanced_content_does_not_matter(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_source *copy =
        copy_of_page(&out, "Q Q 2 0 0 2 10 10 cm 0 0 5 5 re W n q q 0.5 g 0 0 9 9 re f", "", &PAGE);
    require_place(hidden_word(copy, WORDS[0].text, keep), 100, 160, 210);
    recto_source_close(copy);
    recto_arena_free(keep);
    recto_buf_free(&out);
}

/* Turned by the page, cropped and enlarged, and sheared by the frame: through all of them. */
static void test_rotation_crop_unit(void **state)
{
    (void)state;
    static const struct {
        const char *extra;
        float width, height;
    } pages[] = {{"/Rotate 90", 800, 600},
                 {"/Rotate 180", 600, 800},
                 {"/Rotate 270", 800, 600},
                 {"/CropBox [100 100 500 700]", 400, 600},
                 {"/CropBox [100 100 500 700] /Rotate 90 /UserUnit 1.5", 900, 600}};
    recto_arena *keep = recto_arena_new(0, 0);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_source_copy_page page = PAGE;
        page.width = pages[i].width;
        page.height = pages[i].height;
        recto_source *copy = copy_of_page(&out, DRAWING, pages[i].extra, &page);
        require_place(hidden_word(copy, WORDS[0].text, keep), 100, 160, 210);
        require_place(hidden_word(copy, WORDS[1].text, keep), 170, 220, 210);
        recto_source_close(copy);
        recto_buf_free(&out);
    }
    recto_arena_free(keep);
}

/* The reader's px are not the page's: text that was read on its side. */
static void test_frame_of_the_reader(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_source_copy_page page = PAGE;
    page.to_page = (recto_affine){0, 1, -1, 0, 600, 0}; /* x' = 600 - y, y' = x */
    recto_source *copy = copy_of_page(&out, DRAWING, "", &page);
    recto_rect box = hidden_word(copy, WORDS[0].text, keep);
    assert_true(fabsf(box.y0 - 100) < 1 && fabsf(box.y1 - 160) < 1);
    assert_true(box.x0 < 390 && box.x1 > 390);
    recto_source_close(copy);
    recto_arena_free(keep);
    recto_buf_free(&out);
}

static void test_nothing_to_add_is_the_document(void **state)
{
    (void)state;
    pdf_build b;
    recto_buf out = RECTO_BUF_INIT;
    recto_source_copy_page page = PAGE;
    page.n_lines = 0;
    recto_source *s = pdf_build_content(&b, DRAWING);
    copy_with(&out, s, b.out.data, b.out.len, &page);
    assert_int_equal(out.len, b.out.len);
    recto_source_close(s);
    recto_buf_free(&b.out);
    recto_buf_free(&out);
}

/* A word that the page shows as text is not added again; one that it lacks is. */
static void test_words_that_are_there(void **state)
{
    (void)state;
    recto_buf out = RECTO_BUF_INIT;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_word words[] = {{.box = {100, 200, 142, 220}, .text = "shown", .conf = 1},
                          {.box = {300, 200, 360, 220}, .text = "drawn", .conf = 1}};
    recto_line line = LINE;
    line.box.x1 = 360;
    line.words = words;
    recto_source_copy_page page = PAGE;
    page.lines = &line;
    recto_source *copy = copy_of_page(&out, "BT /F1 18 Tf 100 584 Td (shown) Tj ET", "", &page);
    require_place(hidden_word(copy, "drawn", keep), 300, 360, 210);
    recto_layout layout;
    recto_error err = {0};
    require_ok(recto_source_page_layout(&layout, copy, 0, 72, true, keep, &err), &err);
    int n = 0;
    for (int i = 0; i < layout.n_lines; i++)
        n += layout.lines[i].n_words;
    assert_int_equal(n, 2);
    recto_source_close(copy);
    recto_arena_free(keep);
    recto_buf_free(&out);
}

/* One object that is two pages is written once. */
static void test_a_page_that_is_there_twice(void **state)
{
    (void)state;
    pdf_build b = {.out = RECTO_BUF_INIT};
    recto_buf out = RECTO_BUF_INIT;
    recto_error err = {0};
    pdf_build_object(&b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&b, "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 >>");
    pdf_build_object(&b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>");
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    begin(&out, s, b.out.data, b.out.len);
    recto_source_copy_page page = PAGE;
    for (page.index = 0; page.index < 2; page.index++)
        require_ok(recto_source_copy_add(s, &page, &err), &err);
    end(&out, s, 77);
    recto_source_close(s);
    assert_int_equal(count_text(&out, "\n3 0 obj\n"), 2); /* the old and the new */
    s = open_bytes(out.data, out.len);
    for (int i = 0; i < 2; i++) {
        recto_source_facts facts;
        require_ok(recto_source_page_facts(&facts, s, i, &err), &err);
        assert_true(facts.n_chars_hidden > 0);
    }
    recto_source_close(s);
    recto_buf_free(&b.out);
    recto_buf_free(&out);
}

/* The file's last cross references are gone: it is written anew, whole, and can be opened without
 * being repaired. */
static void test_broken_file_is_written_anew(void **state)
{
    (void)state;
    pdf_build b;
    recto_buf out = RECTO_BUF_INIT;
    recto_error err = {0};
    bool keeps_input = true;
    recto_source_close(pdf_build_content(&b, DRAWING));
    b.out.len -= 40;
    recto_source *s = open_bytes(b.out.data, b.out.len);
    require_ok(recto_source_copy_begin(&keeps_input, s, &PLAIN, &err), &err);
    assert_false(keeps_input);
    require_ok(recto_source_copy_add(s, &PAGE, &err), &err);
    end(&out, s, 333);
    recto_source_close(s);
    s = open_bytes(out.data, out.len);
    recto_source_facts facts;
    require_ok(recto_source_page_facts(&facts, s, 0, &err), &err);
    assert_false(facts.damaged);
    assert_true(facts.n_chars_hidden > 0);
    recto_source_close(s);
    recto_buf_free(&b.out);
    recto_buf_free(&out);
}

static void test_invisible_text_gives_way(void **state)
{
    (void)state;
    static const char old[] = "q BT 3 Tr /F1 10 Tf 100 100 Td (old) Tj [(la) -20 (yer)] TJ ET Q\n"
                              "BT /F1 10 Tf 300 300 Td (seen) Tj ET";
    /* (seen) stands where the invisible text before it ends */
    static const char tied[] = "BT 3 Tr /F1 10 Tf 100 100 Td (old) Tj 0 Tr (seen) Tj ET";
    static const struct {
        const char *content;
        bool replace, stays;
    } cases[] = {{old, true, false}, {old, false, true}, {tied, true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf out = RECTO_BUF_INIT;
        recto_arena *keep = recto_arena_new(0, 0);
        recto_layout layout;
        recto_error err = {0};
        recto_source_copy_page page = PAGE;
        page.replace_hidden = cases[i].replace;
        recto_source *copy = copy_of_page(&out, cases[i].content, "", &page);
        require_ok(recto_source_page_layout(&layout, copy, 0, 72, true, keep, &err), &err);
        bool found = false;
        for (int l = 0; l < layout.n_lines; l++) {
            for (int k = 0; k < layout.lines[l].n_words; k++)
                found = found || strncmp(layout.lines[l].words[k].text, "old", 3) == 0;
        }
        assert_int_equal(found, cases[i].stays);
        recto_source_close(copy);
        recto_arena_free(keep);
        recto_buf_free(&out);
    }
}

/* --- images -------------------------------------------------------------------------------- */

/* Mean difference of the grey pixels of page i; 255 if the sizes differ. */
static double difference(recto_source *a, recto_source *b, int i)
{
    recto_image *x = NULL, *y = NULL;
    recto_error err = {0};
    double sum = 0;
    require_ok(recto_source_page_pixels(&x, a, i, &err), &err);
    require_ok(recto_source_page_pixels(&y, b, i, &err), &err);
    if (x->width != y->width || x->height != y->height) {
        print_message("%d x %d, not %d x %d\n", y->width, y->height, x->width, x->height);
        sum = 255;
    } else {
        for (int row = 0; row < x->height; row++) {
            for (int k = 0; k < x->width; k++)
                sum += abs(x->px[(size_t)row * x->stride + (size_t)k] -
                           y->px[(size_t)row * y->stride + (size_t)k]);
        }
        sum /= (double)x->width * x->height;
    }
    recto_image_free(x);
    recto_image_free(y);
    return sum;
}

static void copy_image_file(const char *path, const char *name)
{
    recto_bytes file;
    recto_error err = {0};
    recto_buf out = RECTO_BUF_INIT;
    recto_source *s = NULL;
    require_ok(recto_bytes_read(&file, path, 0, &err), &err);
    require_ok(recto_source_open(&s, file.data, file.size, NULL, &err), &err);
    begin(&out, s, file.data, file.size);
    end(&out, s, 4096); /* every page as the file says */
    recto_source *copy = open_bytes(out.data, out.len);
    assert_int_equal(recto_source_page_count(copy), recto_source_page_count(s));
    bool inks = strstr(name, "cmyk") != NULL;
    for (int i = 0; i < recto_source_page_count(s); i++) {
        double d = difference(s, copy, i);
        if (d > (inks ? 40 : 2))
            fail_msg("%s, page %d: the picture differs by %g", name, i + 1, d);
    }
    /* bytes that PDF can hold are there as they were */
    bool as_is = strstr(name, ".jpg") != NULL;
    bool there = false;
    for (size_t k = 0; as_is && k + file.size <= out.len && !there; k++)
        there = memcmp(out.data + k, file.data, file.size) == 0;
    assert_int_equal(there, as_is);
    recto_source_close(copy);
    recto_source_close(s);
    recto_buf_free(&out);
    recto_bytes_close(&file);
}

/* All kinds of image files: the page of the copy is the picture, upright, pixel by pixel. */
static void test_every_kind_of_image(void **state)
{
    (void)state;
    char folder[4096], path[4400];
    int n = 0;
    snprintf(folder, sizeof folder, "%s/image", getenv("RECTO_TEST_DATA"));
    DIR *d = opendir(folder);
    assert_non_null(d);
    for (struct dirent *e = readdir(d); e != NULL; e = readdir(d)) {
        if (e->d_name[0] == '.' || strstr(e->d_name, ".py") != NULL)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        copy_image_file(path, e->d_name);
        n++;
    }
    closedir(d);
    assert_true(n > 50);
}

static void test_text_over_an_image(void **state)
{
    (void)state;
    recto_image *im = NULL;
    recto_error err = {0};
    uint8_t *png;
    size_t size;
    recto_buf out = RECTO_BUF_INIT;
    recto_arena *keep = recto_arena_new(0, 0);
    require_ok(recto_image_new(&im, 600, 800, 1, &err), &err);
    for (int y = 0; y < 800; y++)
        memset(im->px + (size_t)y * im->stride, y % 251, 600);
    require_ok(recto_image_png(&png, &size, im, &err), &err);
    recto_source *s = open_bytes(png, size);
    copy_with(&out, s, png, size, &PAGE);
    recto_source *copy = open_bytes(out.data, out.len);
    require_place(hidden_word(copy, WORDS[0].text, keep), 100, 160, 210);
    assert_true(difference(s, copy, 0) < 0.01);
    recto_source_facts facts;
    require_ok(recto_source_page_facts(&facts, copy, 0, &err), &err);
    assert_true(fabsf(facts.width_pt - 600) < 0.1f && fabsf(facts.height_pt - 800) < 0.1f);
    assert_true(facts.single_image);
    recto_source_close(copy);
    recto_source_close(s);
    recto_arena_free(keep);
    recto_buf_free(&out);
    free(png);
    recto_image_free(im);
}

/* --- order and errors ---------------------------------------------------------------------- */

static void test_contract(void **state)
{
    (void)state;
    pdf_build b;
    recto_error err = {0};
    recto_buf out = RECTO_BUF_INIT;
    bool keeps;
    size_t got;
    char byte;
    recto_source *s = pdf_build_content(&b, DRAWING);
    assert_int_equal(recto_source_copy_add(s, &PAGE, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_source_copy_end(s, &err), RECTO_ERR_ARG);
    assert_int_equal(recto_source_copy_take(&got, &byte, 1, s, &err), RECTO_ERR_ARG);
    recto_source_copy_options bad = PLAIN;
    bad.sha256 = "too short";
    assert_int_equal(recto_source_copy_begin(&keeps, s, &bad, &err), RECTO_ERR_ARG);
    bad = PLAIN;
    bad.pdfa = true;
    assert_int_equal(recto_source_copy_begin(&keeps, s, &bad, &err), RECTO_ERR_UNSUPPORTED);
    assert_non_null(strstr(err.msg, "--pdfa"));
    require_ok(recto_source_copy_begin(&keeps, s, &PLAIN, &err), &err);
    recto_source_copy_page page = PAGE;
    page.index = 1;
    assert_int_equal(recto_source_copy_add(s, &page, &err), RECTO_ERR_ARG);
    require_ok(recto_source_copy_add(s, &PAGE, &err), &err);
    assert_int_equal(recto_source_copy_add(s, &PAGE, &err), RECTO_ERR_ARG); /* not twice */
    require_ok(recto_source_copy_begin(&keeps, s, &PLAIN, &err), &err);     /* anew */
    recto_buf_add(&out, b.out.data, b.out.len);
    require_ok(recto_source_copy_add(s, &PAGE, &err), &err);
    end(&out, s, 100);
    assert_int_equal(count_text(&out, "RectoInvisible"), 3);
    recto_source_close(s);
    recto_buf_free(&b.out);
    recto_buf_free(&out);
}

/* --- parts --------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        int places;
        const char *text;
    } cases[] = {{0, 2, "0"},
                 {1.5, 2, "1.5"},
                 {-1.005, 1, "-1"},
                 {0.04, 1, "0"},
                 {-0.04, 1, "0"},
                 {12.340, 3, "12.34"},
                 {1e-7, 6, "0"},
                 {NAN, 2, "0"},
                 {1234567, 0, "1234567"},
                 {0.000001, 6, "0.000001"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recto_buf b = RECTO_BUF_INIT;
        recto_pdf_write_number(&b, cases[i].value, cases[i].places);
        assert_string_equal(recto_buf_cstr(&b), cases[i].text);
        recto_buf_free(&b);
    }
}

/* Every character its number; when they are used up, all others share that of U+FFFD. */
static void test_more_characters_than_numbers(void **state)
{
    (void)state;
    recto_pdf_write_font *font = calloc(1, sizeof *font);
    assert_non_null(font);
    for (uint32_t cp = 0x20; cp < 0x20 + 65534; cp++)
        assert_int_equal(recto_pdf_write_font_cid(font, cp), cp - 0x1F);
    assert_int_equal(recto_pdf_write_font_cid(font, 0x20000),
                     recto_pdf_write_font_cid(font, 0xFFFD));
    assert_int_equal(recto_pdf_write_font_cid(font, 0x7FFFFFFF),
                     recto_pdf_write_font_cid(font, 0xFFFD));
    assert_int_equal(recto_pdf_write_font_cid(font, 0x20), 1);
    assert_false(font->failed);
    recto_pdf_write_font_free(font);
    free(font);
}

/* Right-to-left words lie on the page from right to left; numbers in them do not. */
static void test_right_to_left(void **state)
{
    (void)state;
    recto_pdf_write_font *font = calloc(1, sizeof *font);
    recto_buf b = RECTO_BUF_INIT;
    recto_word word = {.box = {0, 0, 50, 10}, .text = "\xD7\x90\xD7\x91(12"};
    recto_line line = {.box = word.box, .words = &word, .n_words = 1, .baseline = 8, .size = 10};
    assert_non_null(font);
    assert_true(recto_pdf_write_text(&b, font, "F", &line, 1, (recto_affine){1, 0, 0, -1, 0, 100}));
    /* in order of use: 1, 2, mirrored bracket, bet, alef */
    const uint32_t want[] = {'1', '2', ')', 0x5D1, 0x5D0};
    assert_int_equal(font->n, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(font->characters[i + 1], want[i]);
    assert_non_null(strstr(b.data, "<00010002000300040005> Tj"));
    recto_pdf_write_font_free(font);
    free(font);
    recto_buf_free(&b);
}

/* Boxes and sizes that cannot be are left out, not written. */
static void test_impossible_boxes(void **state)
{
    (void)state;
    recto_pdf_write_font *font = calloc(1, sizeof *font);
    recto_buf b = RECTO_BUF_INIT;
    recto_word words[] = {{.box = {NAN, 0, 50, 10}, .text = "a"},
                          {.box = {5, 0, 5, 10}, .text = "b"},
                          {.box = {0, 0, INFINITY, 10}, .text = "c"},
                          {.box = {0, 0, 50, 10}, .text = ""}};
    recto_line lines[] = {
        {.box = {0, 0, 50, 10}, .words = words, .n_words = 4, .baseline = NAN, .size = -1},
        {.box = {0, 0, NAN, 10}, .words = words, .n_words = 1, .size = 10}};
    assert_non_null(font);
    assert_true(recto_pdf_write_text(&b, font, "F", lines, 2, (recto_affine){1, 0, 0, -1, 0, 100}));
    assert_null(strstr(b.data, "Tj"));
    assert_null(strstr(b.data, "nan"));
    assert_int_equal(font->n, 0);
    /* a matrix that has no inverse */
    assert_true(recto_pdf_write_text(&b, font, "F", lines, 2, (recto_affine){0, 0, 0, 0, 0, 0}));
    recto_pdf_write_font_free(font);
    free(font);
    recto_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_added_where_it_is_seen),
        cmocka_unit_test(test_unbalanced_content_does_not_matter),
        cmocka_unit_test(test_rotation_crop_unit),
        cmocka_unit_test(test_frame_of_the_reader),
        cmocka_unit_test(test_nothing_to_add_is_the_document),
        cmocka_unit_test(test_words_that_are_there),
        cmocka_unit_test(test_a_page_that_is_there_twice),
        cmocka_unit_test(test_broken_file_is_written_anew),
        cmocka_unit_test(test_invisible_text_gives_way),
        cmocka_unit_test(test_every_kind_of_image),
        cmocka_unit_test(test_text_over_an_image),
        cmocka_unit_test(test_contract),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_more_characters_than_numbers),
        cmocka_unit_test(test_right_to_left),
        cmocka_unit_test(test_impossible_boxes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
