/* Pages made in memory and read as a document's pages are: fonts that lie, pictures of text. */
#ifndef RECTO_TESTS_PAGE_READ_H
#define RECTO_TESTS_PAGE_READ_H

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
static inline void put_lines(recto_buf *out, const char *font, int x, int y,
                             const char *const *lines)
{
    recto_buf_printf(out, "BT %s 11 Tf 14 TL %d %d Td ", font, x, y);
    for (; *lines != NULL; lines++)
        recto_buf_printf(out, "(%s) ' ", *lines);
    recto_buf_text(out, "ET ");
}

/* A map from codes to characters: letters are called by the next one, or unknown. */
static inline void put_map(pdf_build *b, bool shifted)
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
static inline void read_page(made *m, const char *content, const recto_image *image)
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

static inline void done(made *m)
{
    recto_pagejob_release(&m->job);
    recto_model_slot_close(&m->slot);
    recto_arena_free(m->job.keep);
    recto_arena_free(m->job.tmp);
    recto_source_close(m->s);
    recto_buf_free(&m->b.out);
}

/* All text of the page; tables cell by cell. */
static inline const char *text_of(const recto_page *page)
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

static inline int n_missing(const char *text, const char *const *lines)
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
static inline recto_image *scan_of(const char *content, int width_pt, int height_pt)
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

#endif
