#include "vision/pdf_write_pages.h"

#include "vision/pdf_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ISO 32000-1, annex C: sides of a page, in its units. */
static const double MIN_SIDE = 3.0, MAX_SIDE = 14400.0;
static const double A4_WIDTH_PT = 595.28, A4_HEIGHT_PT = 841.89;
static const float DEFAULT_DPI = 300.0f;

enum { CATALOG = 1, PAGE_TREE, INFO, METADATA, PROFILE };

struct recto_pdf_write_pages {
    recto_pdf_write w;
    recto_pdf_write_font font;
    recto_sha256_run hash;
    char *producer;
    bool pdfa;
    int *pages; /* their objects */
    int n_pages, cap_pages;
};

/* A page's measures. */
typedef struct sheet {
    double width, height; /* in units */
    double unit;          /* in points */
    double scale;         /* units a px */
} sheet;

recto_status recto_pdf_write_pages_new(recto_pdf_write_pages **out,
                                       const recto_source_copy_options *opt, recto_error *err)
{
    recto_pdf_write_pages *p = calloc(1, sizeof *p);
    *out = p;
    if (p != NULL)
        p->producer = strdup(opt->producer);
    if (p == NULL || p->producer == NULL) {
        recto_pdf_write_pages_free(p);
        *out = NULL;
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    p->pdfa = opt->pdfa;
    recto_pdf_write_init(&p->w, 0, p->pdfa ? PROFILE + 1 : INFO + 1);
    recto_buf_text(&p->w.out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    recto_sha256_begin(&p->hash);
    recto_sha256_add(&p->hash, opt->sha256, strlen(opt->sha256));
    return RECTO_OK;
}

void recto_pdf_write_pages_free(recto_pdf_write_pages *p)
{
    if (p == NULL)
        return;
    recto_pdf_write_free(&p->w);
    recto_pdf_write_font_free(&p->font);
    free(p->producer);
    free(p->pages);
    free(p);
}

/* --- a page ---------------------------------------------------------------------------------- */

static int new_page(recto_pdf_write_pages *p)
{
    if (p->n_pages == p->cap_pages) {
        int cap = p->cap_pages == 0 ? 16 : 2 * p->cap_pages;
        int *grown = realloc(p->pages, (size_t)cap * sizeof *grown);
        if (grown == NULL)
            return 0;
        p->pages = grown;
        p->cap_pages = cap;
    }
    int num = recto_pdf_write_new(&p->w);
    p->pages[p->n_pages++] = num;
    return num;
}

static sheet measure(const recto_source_copy_page *page)
{
    sheet s = {A4_WIDTH_PT, A4_HEIGHT_PT, 1, 1};
    if (!(page->width > 0) || !(page->height > 0))
        return s;
    s.scale = 72.0 / (double)(page->dpi > 0 ? page->dpi : DEFAULT_DPI);
    double least = (double)fminf(page->width, page->height) * s.scale;
    if (least < MIN_SIDE)
        s.scale *= MIN_SIDE / least;
    double most = (double)fmaxf(page->width, page->height) * s.scale;
    if (most > MAX_SIDE)
        s.unit = ceil(most / MAX_SIDE);
    s.scale /= s.unit;
    s.width = (double)page->width * s.scale;
    s.height = (double)page->height * s.scale;
    return s;
}

/* The picture's object, 0 if there is none; orientation as in EXIF. */
static recto_status put_picture(int *num_out, int *orientation, recto_pdf_write_pages *p,
                                const recto_pdf_write_picture *picture, recto_error *err)
{
    recto_image *im = NULL;
    *orientation = 1;
    int num = recto_pdf_write_new(&p->w);
    *num_out = num;
    if (picture->jpeg != NULL &&
        recto_pdf_write_image_jpeg(orientation, &p->w, num, picture->jpeg, picture->size, p->pdfa))
        return RECTO_OK;
    if (picture->png != NULL && recto_pdf_write_image_png(&p->w, num, picture->png, picture->size))
        return RECTO_OK;
    recto_status st = picture->decode(&im, orientation, picture->user, err);
    if (st == RECTO_OK)
        recto_pdf_write_image_pixels(&p->w, num, im);
    recto_image_free(im);
    if (st != RECTO_ERR_FORMAT && st != RECTO_ERR_UNSUPPORTED)
        return st;
    p->w.next_num--; /* nothing took the number */
    *num_out = 0;
    return RECTO_OK;
}

/* Draw the picture over the whole page, its rows as the orientation says. */
static void draw(recto_buf *b, const sheet *s, int orientation)
{
    double w = s->width, h = s->height;
    const double m[8][6] = {{w, 0, 0, h, 0, 0},  {-w, 0, 0, h, w, 0},  {-w, 0, 0, -h, w, h},
                            {w, 0, 0, -h, 0, h}, {0, -h, -w, 0, w, h}, {0, -h, w, 0, 0, h},
                            {0, h, w, 0, 0, 0},  {0, h, -w, 0, w, 0}};
    int k = orientation >= 1 && orientation <= 8 ? orientation - 1 : 0;
    recto_buf_text(b, "q\n");
    for (int i = 0; i < 6; i++) {
        recto_pdf_write_number(b, m[k][i], 4);
        recto_buf_char(b, ' ');
    }
    recto_buf_text(b, "cm\n/Im0 Do\nQ\n");
}

static bool put_contents(recto_pdf_write_pages *p, int num, const sheet *s,
                         const recto_source_copy_page *page, int picture, int orientation)
{
    recto_buf b = RECTO_BUF_INIT;
    const float k = (float)s->scale;
    const recto_affine to_user = {k, 0, 0, -k, 0, (float)s->height};
    bool fine = true;
    if (picture != 0)
        draw(&b, s, orientation);
    if (page->n_lines > 0)
        fine = recto_pdf_write_text(&b, &p->font, "F0", page->lines, page->n_lines,
                                    recto_affine_then(page->to_page, to_user));
    fine = fine && !b.failed;
    if (fine)
        recto_pdf_write_stream(&p->w, num, 0, "", recto_buf_cstr(&b), b.len, true);
    recto_buf_free(&b);
    return fine;
}

static void put_page(recto_pdf_write_pages *p, int num, const sheet *s, int contents, int picture,
                     bool text)
{
    recto_buf *b = &p->w.out;
    recto_pdf_write_begin(&p->w, num, 0);
    recto_buf_printf(b, "<</Type /Page /Parent %d 0 R /MediaBox [0 0 ", PAGE_TREE);
    recto_pdf_write_number(b, s->width, 4);
    recto_buf_char(b, ' ');
    recto_pdf_write_number(b, s->height, 4);
    recto_buf_text(b, "]");
    if (s->unit > 1) {
        recto_buf_text(b, " /UserUnit ");
        recto_pdf_write_number(b, s->unit, 0);
    }
    recto_buf_text(b, " /Resources <<");
    if (picture != 0)
        recto_buf_printf(b, "/XObject <</Im0 %d 0 R>>", picture);
    if (text)
        recto_buf_printf(b, "/Font <</F0 %d 0 R>>", p->font.num);
    recto_buf_printf(b, ">> /Contents %d 0 R>>", contents);
    recto_pdf_write_end(&p->w);
}

static void hash_page(recto_pdf_write_pages *p, const recto_source_copy_page *page)
{
    recto_sha256_add(&p->hash, &page->dpi, sizeof page->dpi);
    for (int i = 0; i < page->n_lines; i++) {
        for (int k = 0; k < page->lines[i].n_words; k++) {
            const recto_word *w = &page->lines[i].words[k];
            recto_sha256_add(&p->hash, &w->box, sizeof w->box);
            recto_sha256_add(&p->hash, w->text, strlen(w->text));
        }
    }
}

recto_status recto_pdf_write_pages_add(recto_pdf_write_pages *p, const recto_source_copy_page *page,
                                       const recto_pdf_write_picture *picture, recto_error *err)
{
    int shown = 0, orientation = 1;
    const sheet s = measure(page);
    hash_page(p, page);
    recto_status st = RECTO_OK;
    if (page->width > 0 && !page->bare)
        st = put_picture(&shown, &orientation, p, picture, err);
    if (st != RECTO_OK)
        return st;
    int num = new_page(p), contents = recto_pdf_write_new(&p->w);
    if (page->n_lines > 0 && p->font.num == 0)
        p->font.num = recto_pdf_write_new(&p->w);
    if (num == 0 || !put_contents(p, contents, &s, page, shown, orientation))
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the searchable PDF");
    put_page(p, num, &s, contents, shown, page->n_lines > 0);
    return recto_pdf_write_status(&p->w, err);
}

/* --- the end --------------------------------------------------------------------------------- */

static void put_literal(recto_buf *b, const char *text)
{
    recto_buf_char(b, '(');
    for (; *text != '\0'; text++) {
        if (strchr("()\\", *text) != NULL)
            recto_buf_char(b, '\\');
        recto_buf_char(b, *text);
    }
    recto_buf_char(b, ')');
}

static void put_document(recto_pdf_write_pages *p)
{
    recto_buf *b = &p->w.out;
    recto_pdf_write_begin(&p->w, CATALOG, 0);
    recto_buf_printf(b, "<</Type /Catalog /Pages %d 0 R", PAGE_TREE);
    if (p->pdfa)
        recto_buf_printf(b,
                         " /Metadata %d 0 R /OutputIntents [<</Type /OutputIntent /S /GTS_PDFA1"
                         " /OutputConditionIdentifier (sRGB) /Info (sRGB)"
                         " /DestOutputProfile %d 0 R>>]",
                         METADATA, PROFILE);
    recto_buf_text(b, ">>");
    recto_pdf_write_end(&p->w);
    recto_pdf_write_begin(&p->w, PAGE_TREE, 0);
    recto_buf_printf(b, "<</Type /Pages /Count %d /Kids [", p->n_pages);
    for (int i = 0; i < p->n_pages; i++)
        recto_buf_printf(b, "%s%d 0 R", i > 0 ? "\n" : "", p->pages[i]);
    recto_buf_text(b, "]>>");
    recto_pdf_write_end(&p->w);
    recto_pdf_write_begin(&p->w, INFO, 0);
    recto_buf_text(b, "<</Producer ");
    put_literal(b, p->producer);
    recto_buf_text(b, ">>");
    recto_pdf_write_end(&p->w);
}

recto_status recto_pdf_write_pages_end(recto_pdf_write_pages *p, recto_error *err)
{
    recto_buf keys = RECTO_BUF_INIT;
    char hex[RECTO_SHA256_HEX];
    if (p->font.num != 0)
        recto_pdf_write_font_end(&p->w, &p->font);
    put_document(p);
    if (p->pdfa) {
        recto_pdf_write_pdfa_metadata(&p->w, METADATA, p->producer);
        recto_pdf_write_pdfa_profile(&p->w, PROFILE);
    }
    recto_sha256_end(hex, &p->hash);
    recto_buf_printf(&keys, " /Root %d 0 R /Info %d 0 R /ID [<%.32s> <%.32s>]", CATALOG, INFO, hex,
                     hex);
    recto_pdf_write_finish(&p->w, recto_buf_cstr(&keys), UINT64_MAX, false);
    bool failed = keys.failed;
    recto_buf_free(&keys);
    if (failed)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the searchable PDF");
    return recto_pdf_write_status(&p->w, err);
}

size_t recto_pdf_write_pages_take(recto_pdf_write_pages *p, void *to, size_t size)
{
    return recto_pdf_write_take(&p->w, to, size);
}
