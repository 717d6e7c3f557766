/* Protects the reading of parts: words whose font lies about them and pictures with text in them
 * are read from the image and come out in their place, all else stays as the layer says it. */
#include "vision/pdf_build.h"

#include "pipeline/pagejob.h"

#include <math.h>
#include <stdlib.h>

static const char *const PROSE[] = {
    "The council met on Tuesday evening and decided to repair",
    "the old bridge before winter comes. Several members asked",
    "why the work had been put off for so long, and the engineer",
    "explained that the stone had to be brought from a quarry",
    "which opens only in summer. Nobody objected, so the matter",
    "was closed and the money was set aside for the next year.",
    NULL,
};

/* Lines of text in a font, 14 points apart. */
static void put_lines(recto_buf *out, const char *font, int x, int y, const char *const *lines)
{
    recto_buf_printf(out, "BT %s 11 Tf 14 TL %d %d Td ", font, x, y);
    for (; *lines != NULL; lines++)
        recto_buf_printf(out, "(%s) ' ", *lines);
    recto_buf_text(out, "ET ");
}

/* A map from codes to characters: letters are called by the next one, or unknown. */
static void put_map(pdf_build *b, bool shifted)
{
    recto_buf map = RECTO_BUF_INIT;
    recto_buf_text(&map, "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName "
                         "/T def /CMapType 2 def 1 begincodespacerange <00> <FF> "
                         "endcodespacerange ");
    if (shifted)
        recto_buf_text(&map, "1 beginbfrange <21> <7D> <0022> endbfrange ");
    else
        recto_buf_text(&map, "1 beginbfrange <61> <7A> <E161> endbfrange ");
    recto_buf_text(&map, "endcmap end end");
    pdf_build_stream(b, "", map.data, map.len);
    recto_buf_free(&map);
}

typedef struct made {
    pdf_build b;
    recto_source *s;
    recto_model_slot slot;
    recto_options opt;
    recto_pagejob job;
    recto_page page;
    recto_page_frame frame;
} made;

/* A page with /F1 an honest font, /F2 one that is shifted, /F3 one that is unknown; /I an image, or
 * NULL.  The page is read. */
static void read_page(made *m, const char *content, const recto_image *image)
{
    char font[200];
    recto_error err = {0};
    memset(m, 0, sizeof *m);
    m->b.out = (recto_buf)RECTO_BUF_INIT;
    pdf_build_object(&m->b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&m->b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf_build_object(&m->b, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
                            "/Resources << /Font << /F1 5 0 R /F2 6 0 R /F3 7 0 R >> "
                            "/XObject << /I 10 0 R >> >> >>");
    pdf_build_stream(&m->b, "", content, strlen(content));
    for (int i = 0; i < 3; i++) {
        snprintf(font, sizeof font,
                 "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica "
                 "/Encoding /WinAnsiEncoding %s >>",
                 i == 0   ? ""
                 : i == 1 ? "/ToUnicode 8 0 R"
                          : "/ToUnicode 9 0 R");
        pdf_build_object(&m->b, font);
    }
    put_map(&m->b, true);
    put_map(&m->b, false);
    if (image != NULL) {
        char dict[200];
        snprintf(dict, sizeof dict,
                 "/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
                 "/BitsPerComponent 8",
                 image->width, image->height);
        assert_int_equal(image->stride, (size_t)image->width);
        pdf_build_stream(&m->b, dict, image->px, image->stride * (size_t)image->height);
    } else {
        pdf_build_object(&m->b, "null");
    }
    pdf_build_finish(&m->b, "");
    recto_options_defaults(&m->opt);
    m->s = pdf_build_open(&m->b, NULL);
    m->job = (recto_pagejob){.source = m->s,
                             .opt = &m->opt,
                             .slot = &m->slot,
                             .keep = recto_arena_new(0, 0),
                             .tmp = recto_arena_new(0, 0)};
    if (recto_pagejob_run(&m->page, &m->frame, &m->job, 0, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(m->page.status, RECTO_OK);
}

static void done(made *m)
{
    recto_pagejob_release(&m->job);
    recto_model_slot_close(&m->slot);
    recto_arena_free(m->job.keep);
    recto_arena_free(m->job.tmp);
    recto_source_close(m->s);
    recto_buf_free(&m->b.out);
}

/* All text of the page; tables cell by cell. */
static const char *text_of(const recto_page *page)
{
    static char out[16384];
    size_t n = 0;
    out[0] = '\0';
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        n += (size_t)snprintf(out + n, sizeof out - n, "%s\n", b->text);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s|", b->table->cells[k].text);
    }
    return out;
}

static int n_missing(const char *text, const char *const *lines)
{
    int n = 0;
    for (; *lines != NULL; lines++) {
        char line[200];
        snprintf(line, sizeof line, "%s", *lines);
        for (char *w = strtok(line, " ."); w != NULL; w = strtok(NULL, " ."))
            n += strstr(text, w) == NULL;
    }
    return n;
}

/* A picture of text, as a scanner would make it. */
static recto_image *scan_of(const char *content, int width_pt, int height_pt)
{
    pdf_build b = {.out = RECTO_BUF_INIT};
    recto_image *picture = NULL;
    recto_image *gray = NULL;
    char page[200];
    pdf_build_object(&b, "<< /Type /Catalog /Pages 2 0 R >>");
    pdf_build_object(&b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    snprintf(page, sizeof page,
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R "
             "/Resources << /Font << /F1 5 0 R >> >> >>",
             width_pt, height_pt);
    pdf_build_object(&b, page);
    pdf_build_stream(&b, "", content, strlen(content));
    pdf_build_object(&b, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf_build_finish(&b, "");
    recto_source *s = pdf_build_open(&b, NULL);
    assert_int_equal(recto_source_page_picture(&picture, s, 0, 200.0f, NULL), RECTO_OK);
    assert_int_equal(recto_image_gray(&gray, picture, NULL), RECTO_OK);
    recto_image_free(picture);
    recto_source_close(s);
    recto_buf_free(&b.out);
    return gray;
}

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
        char name[8];
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
        cmocka_unit_test(patches_leave_photographs_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
