/* Image files as a page source: one page, or the pages of a TIFF.  Pixels are decoded when a page
 * is asked for and not kept, so that memory does not grow with the pages. */
#include "vision/image_header.h"
#include "vision/image_tiff.h"
#include "vision/lept.h"
#include "vision/pdf_write_pages.h"
#include "vision/source_backend.h"
#include <stdlib.h>
#include <string.h>

typedef struct image_source {
    const uint8_t *bytes;
    uint8_t *upright; /* TIFF: copy of the bytes with every orientation tag set to 1; NULL if none
                         needs it */
    size_t size;
    recto_image_kind kind;
    int64_t max_pixels;
    recto_arena *arena;
    recto_image_tiff_page *tiff_pages; /* NULL for other kinds */
    int n_pages;
    recto_source_meta meta;
    /* the page last decoded for its size, since facts are asked before pixels */
    int facts_page; /* -1 none */
    recto_source_facts facts;
    recto_image *ready;          /* grey pixels of facts_page, handed out once; may be NULL */
    recto_pdf_write_pages *copy; /* a searchable copy under way, or NULL */
    int n_copied;                /* its pages */
} image_source;

bool recto_source_image_probe(const uint8_t *bytes, size_t size)
{
    return recto_image_header_kind(bytes, size) != RECTO_IMAGE_KIND_NONE;
}

static void image_close(void *self)
{
    image_source *s = self;
    if (s == NULL)
        return;
    recto_pdf_write_pages_free(s->copy);
    recto_image_free(s->ready);
    free(s->upright);
    recto_arena_free(s->arena);
    free(s);
}

static int image_page_count(const void *self)
{
    const image_source *s = self;
    return s->n_pages;
}

static const recto_source_meta *image_metadata(const void *self)
{
    const image_source *s = self;
    return &s->meta;
}

/* The rows as they are stored, neither turned nor made square. */
static recto_status read_tiff_rows(recto_image **out, const image_source *s, int i, bool gray,
                                   recto_error *err)
{
    const recto_image_tiff_page *page = &s->tiff_pages[i];
    recto_status st;
    if (page->fault != NULL) {
        st = recto_error_set(err, RECTO_ERR_FORMAT, "TIFF: %s at byte %llu", page->fault,
                             (unsigned long long)page->fault_at);
        if (err != NULL)
            err->offset = page->fault_at;
        return st;
    }
    st = recto_image_check_size("TIFF", page->width, page->height, s->max_pixels, err);
    const uint8_t *bytes = s->upright != NULL ? s->upright : s->bytes;
    if (st == RECTO_OK)
        st = recto_lept_read_tiff(out, bytes, s->size, page->offset, gray, err);
    return st;
}

static recto_status read_tiff(recto_image **out, const image_source *s, int i, bool gray,
                              recto_error *err)
{
    const recto_image_tiff_page *page = &s->tiff_pages[i];
    recto_status st = read_tiff_rows(out, s, i, gray, err);
    if (st == RECTO_OK)
        st = recto_image_settle(out, page->orientation, page->dpi_x, page->dpi_y, err);
    return st;
}

/* Only the first frame is decoded: a copy that ends after it, with the end mark. */
static recto_status read_gif(recto_image **out, const image_source *s, size_t size, bool gray,
                             recto_error *err)
{
    uint8_t *first = malloc(size + 1);
    if (first == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a GIF");
    memcpy(first, s->bytes, size);
    first[size] = 0x3b;
    recto_status st = recto_lept_read(out, first, size + 1, gray, "GIF", err);
    free(first);
    return st;
}

static recto_status read_other(recto_image **out, const image_source *s, bool gray,
                               recto_error *err)
{
    const char *title = recto_image_header_title(s->kind);
    recto_image_header h;
    recto_status st = recto_image_header_read(&h, s->kind, s->bytes, s->size, err);
    if (st == RECTO_OK)
        st = recto_image_check_size(title, h.width, h.height, s->max_pixels, err);
    if (st == RECTO_OK)
        st = s->kind == RECTO_IMAGE_KIND_GIF
                 ? read_gif(out, s, h.size, gray, err)
                 : recto_lept_read(out, s->bytes, h.size, gray, title, err);
    if (st == RECTO_OK)
        st = recto_image_settle(out, 1, h.dpi_x, h.dpi_y, err);
    return st;
}

static recto_status read_page(recto_image **out, const image_source *s, int i, bool gray,
                              recto_error *err)
{
    recto_image_read_options opt = {.gray = gray, .max_pixels = s->max_pixels};
    recto_status st;
    *out = NULL;
    switch (s->kind) {
    case RECTO_IMAGE_KIND_PNG:
        return recto_image_png_read(out, s->bytes, s->size, &opt, err);
    case RECTO_IMAGE_KIND_JPEG:
        return recto_image_jpeg_read(out, s->bytes, s->size, &opt, err);
    case RECTO_IMAGE_KIND_TIFF:
        st = read_tiff(out, s, i, gray, err);
        break;
    default:
        st = read_other(out, s, gray, err);
        break;
    }
    if (st != RECTO_OK) {
        recto_image_free(*out);
        *out = NULL;
    }
    return st;
}

/* The size on paper is known only after decoding (orientation, square pixels); the pixels are kept
 * for the call that follows. */
static recto_status find_facts(image_source *s, int i, recto_error *err)
{
    if (s->facts_page == i)
        return RECTO_OK;
    recto_image_free(s->ready);
    s->ready = NULL;
    s->facts_page = -1;
    recto_status st = read_page(&s->ready, s, i, true, err);
    if (st != RECTO_OK)
        return st;
    const float default_dpi = 300.0f; /* only to give the page a size when the file states none */
    float dpi = s->ready->dpi > 0 ? s->ready->dpi : default_dpi;
    s->facts = (recto_source_facts){
        .width_pt = (float)s->ready->width * 72.0f / dpi,
        .height_pt = (float)s->ready->height * 72.0f / dpi,
        .n_images = 1,
        .image_cover = 1,
        .single_image = true,
        .image_w = s->ready->width,
        .image_h = s->ready->height,
    };
    s->facts_page = i;
    return RECTO_OK;
}

static recto_status image_scan(recto_source_facts *facts_out, recto_layout *layout_out, void *self,
                               int i, float layout_dpi, bool include_hidden, recto_arena *keep,
                               recto_error *err)
{
    image_source *s = self;
    (void)include_hidden;
    (void)keep;
    recto_status st = find_facts(s, i, err);
    if (st != RECTO_OK)
        return st;
    if (facts_out != NULL)
        *facts_out = s->facts;
    if (layout_out != NULL)
        *layout_out = (recto_layout){
            .width = s->facts.width_pt * layout_dpi / 72.0f,
            .height = s->facts.height_pt * layout_dpi / 72.0f,
            .dpi = layout_dpi,
        };
    return RECTO_OK;
}

static recto_status image_pixels(recto_image **out, void *self, int i, recto_error *err)
{
    image_source *s = self;
    if (s->facts_page != i || s->ready == NULL)
        return read_page(out, s, i, true, err);
    *out = s->ready;
    s->ready = NULL;
    return RECTO_OK;
}

static recto_status image_picture(recto_image **out, void *self, int i, float dpi, recto_error *err)
{
    (void)dpi;
    return read_page(out, self, i, false, err);
}

/* --- a searchable copy -------------------------------------------------------------------- */

static recto_status copy_begin(bool *keeps_input, void *self, const recto_source_copy_options *opt,
                               recto_error *err)
{
    image_source *s = self;
    *keeps_input = false;
    recto_pdf_write_pages_free(s->copy);
    s->n_copied = 0;
    return recto_pdf_write_pages_new(&s->copy, opt, err);
}

/* A page to be decoded for the copy. */
typedef struct decoding {
    const image_source *s;
    int page;
} decoding;

static recto_status decode_for_copy(recto_image **out, int *orientation, void *user,
                                    recto_error *err)
{
    const decoding *d = user;
    *orientation = 1;
    if (d->s->kind != RECTO_IMAGE_KIND_TIFF)
        return read_page(out, d->s, d->page, false, err);
    *orientation = d->s->tiff_pages[d->page].orientation;
    recto_status st = read_tiff_rows(out, d->s, d->page, false, err);
    if (st != RECTO_OK) {
        recto_image_free(*out);
        *out = NULL;
    }
    return st;
}

static recto_status add_to_copy(image_source *s, const recto_source_copy_page *page,
                                recto_error *err)
{
    decoding d = {s, page->index};
    const recto_pdf_write_picture picture = {
        .jpeg = s->kind == RECTO_IMAGE_KIND_JPEG ? s->bytes : NULL,
        .png = s->kind == RECTO_IMAGE_KIND_PNG ? s->bytes : NULL,
        .size = s->size,
        .decode = decode_for_copy,
        .user = &d,
    };
    recto_source_copy_page sized = *page;
    if (sized.width <= 0 && !page->bare) { /* nobody read it */
        recto_status st = find_facts(s, page->index, NULL);
        if (st == RECTO_ERR_NOMEM)
            return recto_error_set(err, st, "out of memory");
        if (st == RECTO_OK) {
            sized.width = (float)s->facts.image_w;
            sized.height = (float)s->facts.image_h;
            sized.dpi = sized.width * 72.0f / s->facts.width_pt;
        }
    }
    s->n_copied = page->index + 1;
    return recto_pdf_write_pages_add(s->copy, &sized, &picture, err);
}

/* Pages that nobody asked for are there, too, as they are. */
static recto_status add_up_to(image_source *s, int n, recto_error *err)
{
    recto_status st = RECTO_OK;
    while (s->n_copied < n && st == RECTO_OK) {
        const recto_source_copy_page bare = {.index = s->n_copied};
        st = add_to_copy(s, &bare, err);
    }
    return st;
}

static recto_status copy_page(void *self, const recto_source_copy_page *page, recto_error *err)
{
    image_source *s = self;
    recto_status st = add_up_to(s, page->index, err);
    return st == RECTO_OK ? add_to_copy(s, page, err) : st;
}

static recto_status copy_end(void *self, recto_error *err)
{
    image_source *s = self;
    recto_status st = add_up_to(s, s->n_pages, err);
    return st == RECTO_OK ? recto_pdf_write_pages_end(s->copy, err) : st;
}

static recto_status copy_take(size_t *got, void *to, size_t size, void *self, recto_error *err)
{
    image_source *s = self;
    (void)err;
    *got = recto_pdf_write_pages_take(s->copy, to, size);
    return RECTO_OK;
}

static const recto_source_backend image_backend = {
    .close = image_close,
    .page_count = image_page_count,
    .metadata = image_metadata,
    .scan = image_scan,
    .pixels = image_pixels,
    .picture = image_picture,
    .copy_begin = copy_begin,
    .copy_page = copy_page,
    .copy_end = copy_end,
    .copy_take = copy_take,
};

/* Leptonica 1.82 turns some orientations of colour pages the wrong way, so the tags are neutralised
 * and the turning is ours.  One copy serves all pages. */
static bool neutralise_orientation(image_source *s)
{
    for (int i = 0; i < s->n_pages; i++) {
        const recto_image_tiff_page *page = &s->tiff_pages[i];
        if (page->orientation == 1 || page->fault != NULL)
            continue;
        if (s->upright == NULL) {
            s->upright = malloc(s->size);
            if (s->upright == NULL)
                return false;
            memcpy(s->upright, s->bytes, s->size);
        }
        bool big_endian = s->bytes[0] == 'M';
        s->upright[page->orientation_at] = big_endian ? 0 : 1;
        s->upright[page->orientation_at + 1] = big_endian ? 1 : 0;
    }
    return true;
}

static recto_status open_tiff(image_source *s, recto_error *err)
{
    s->arena = recto_arena_new(0, 0);
    if (s->arena == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to open an image");
    recto_status st =
        recto_image_tiff_pages(&s->tiff_pages, &s->n_pages, s->bytes, s->size, s->arena, err);
    if (st == RECTO_OK && !neutralise_orientation(s))
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory to open an image");
    return st;
}

recto_status recto_source_image_open(recto_source_opened *out, const uint8_t *bytes, size_t size,
                                     const recto_source_options *opt, recto_error *err)
{
    *out = (recto_source_opened){0};
    image_source *s = calloc(1, sizeof *s);
    if (s == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to open an image");
    s->bytes = bytes;
    s->size = size;
    s->kind = recto_image_header_kind(bytes, size);
    s->max_pixels = opt->max_pixels;
    s->n_pages = 1;
    s->facts_page = -1;
    s->meta.format = recto_image_header_name(s->kind);
    recto_status st = RECTO_OK;
    if (s->kind == RECTO_IMAGE_KIND_NONE)
        st = recto_error_set(err, RECTO_ERR_FORMAT, "not an image of a kind we read");
    else if (s->kind == RECTO_IMAGE_KIND_TIFF)
        st = open_tiff(s, err);
    if (st != RECTO_OK) {
        image_close(s);
        return st;
    }
    out->backend = &image_backend;
    out->self = s;
    return RECTO_OK;
}
