/* Image files as image objects.  What PDF can hold as it is goes in byte by byte, so that nothing
 * of a scan is lost or grows; the rest is packed without loss. */
#include "core/cursor.h"
#include "vision/image.h"
#include "vision/pdf_write.h"

#include <stdlib.h>
#include <string.h>

/* --- JPEG ------------------------------------------------------------------------------------ */

typedef struct jpeg {
    int width, height, precision, n_components;
    int frame;        /* SOF marker, 0 = none yet */
    uint8_t ids[4];   /* of the components */
    bool jfif, adobe; /* markers that say how colours are meant */
    int orientation;
} jpeg;

static void read_frame(jpeg *j, recto_cursor c, int marker)
{
    j->precision = recto_cursor_u8(&c);
    j->height = recto_cursor_u16be(&c);
    j->width = recto_cursor_u16be(&c);
    j->n_components = recto_cursor_u8(&c);
    for (int i = 0; i < j->n_components && i < 4; i++) {
        j->ids[i] = recto_cursor_u8(&c);
        recto_cursor_skip(&c, 2);
    }
    j->frame = c.failed ? 0 : marker;
}

static void read_segment(jpeg *j, int marker, const uint8_t *data, size_t size)
{
    bool is_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (is_frame && j->frame == 0)
        read_frame(j, recto_cursor_over(data, size), marker);
    else if (marker == 0xE0 && size >= 5 && memcmp(data, "JFIF", 5) == 0)
        j->jfif = true;
    else if (marker == 0xEE && size >= 12 && memcmp(data, "Adobe", 5) == 0)
        j->adobe = true;
    else if (marker == 0xE1 && size >= 6 && memcmp(data, "Exif\0", 6) == 0 && j->orientation == 0)
        j->orientation = recto_image_exif_parse(data + 6, size - 6).orientation;
}

/* The header up to the first scan; false if it is not one to its end. */
static bool read_jpeg(jpeg *j, const uint8_t *bytes, size_t size)
{
    recto_cursor c = recto_cursor_over(bytes, size);
    *j = (jpeg){0};
    if (recto_cursor_u16be(&c) != 0xFFD8)
        return false;
    while (!c.failed) {
        int marker = recto_cursor_u8(&c);
        if (marker != 0xFF)
            return false;
        while (marker == 0xFF && !c.failed)
            marker = recto_cursor_u8(&c);
        if (marker == 0xDA)
            return j->frame != 0;
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7))
            continue;
        size_t length = recto_cursor_u16be(&c);
        const uint8_t *data = length >= 2 ? recto_cursor_bytes(&c, length - 2) : NULL;
        if (data == NULL)
            return false;
        read_segment(j, marker, data, length - 2);
    }
    return false;
}

bool recto_pdf_write_image_jpeg(int *orientation_out, recto_pdf_write *w, int num,
                                const uint8_t *bytes, size_t size, bool plain)
{
    jpeg j;
    *orientation_out = 1;
    /* baseline, extended and progressive with Huffman's codes: what the DCT filter takes */
    if (!read_jpeg(&j, bytes, size) || j.frame > 0xC2 || j.precision != 8 || j.width == 0 ||
        j.height == 0)
        return false;
    if (j.n_components != 1 && j.n_components != 3 && (j.n_components != 4 || plain))
        return false;
    const char *space = j.n_components == 1   ? "DeviceGray"
                        : j.n_components == 3 ? "DeviceRGB"
                                              : "DeviceCMYK";
    /* Adobe's inks are stored inverted; without any marker these names mean RGB, not YCC */
    const char *more = j.n_components == 4 && j.adobe ? " /Decode [1 0 1 0 1 0 1 0]" : "";
    if (j.n_components == 3 && !j.jfif && !j.adobe && memcmp(j.ids, "RGB", 3) == 0)
        more = " /DecodeParms <</ColorTransform 0>>";
    recto_buf dict = RECTO_BUF_INIT;
    recto_buf_printf(&dict,
                     "/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s"
                     " /BitsPerComponent 8 /Filter /DCTDecode%s",
                     j.width, j.height, space, more);
    recto_pdf_write_stream(w, num, 0, recto_buf_cstr(&dict), bytes, size, false);
    recto_buf_free(&dict);
    *orientation_out = j.orientation == 0 ? 1 : j.orientation;
    return true;
}

/* --- PNG ------------------------------------------------------------------------------------- */

typedef struct png {
    uint32_t width, height;
    int depth, kind;        /* kind: 0 grey, 2 RGB, 3 palette */
    const uint8_t *palette; /* n_palette bytes */
    size_t n_palette;
    recto_buf rows; /* as compressed in the file */
} png;

static bool read_png_header(png *p, recto_cursor c)
{
    p->width = recto_cursor_u32be(&c);
    p->height = recto_cursor_u32be(&c);
    p->depth = recto_cursor_u8(&c);
    p->kind = recto_cursor_u8(&c);
    recto_cursor_skip(&c, 2);
    int interlaced = recto_cursor_u8(&c);
    return !c.failed && interlaced == 0 && (p->kind == 0 || p->kind == 2 || p->kind == 3) &&
           p->width > 0 && p->height > 0 && p->width <= INT32_MAX && p->height <= INT32_MAX;
}

/* All chunks; false if PDF cannot hold the picture as it is. */
static bool read_png(png *p, const uint8_t *bytes, size_t size)
{
    recto_cursor c = recto_cursor_over(bytes, size);
    bool begun = false;
    recto_cursor_skip(&c, 8); /* signature */
    for (;;) {
        uint32_t length = recto_cursor_u32be(&c);
        const uint8_t *type = recto_cursor_bytes(&c, 4);
        const uint8_t *data = recto_cursor_bytes(&c, length);
        recto_cursor_skip(&c, 4); /* CRC */
        if (data == NULL || type == NULL)
            return false;
        if (memcmp(type, "IHDR", 4) == 0) {
            if (begun || !read_png_header(p, recto_cursor_over(data, length)))
                return false;
            begun = true;
        } else if (memcmp(type, "PLTE", 4) == 0) {
            p->palette = data;
            p->n_palette = length;
        } else if (memcmp(type, "tRNS", 4) == 0) {
            return false;
        } else if (memcmp(type, "IDAT", 4) == 0) {
            recto_buf_add(&p->rows, data, length);
        } else if (memcmp(type, "IEND", 4) == 0) {
            return begun && p->rows.len > 0 && !p->rows.failed;
        }
    }
}

static bool put_png(recto_pdf_write *w, int num, const png *p)
{
    bool indexed = p->kind == 3;
    if (indexed && (p->palette == NULL || p->n_palette < 3 || p->n_palette > 768))
        return false;
    recto_buf dict = RECTO_BUF_INIT;
    recto_buf_printf(&dict, "/Type /XObject /Subtype /Image /Width %u /Height %u /ColorSpace ",
                     p->width, p->height);
    if (indexed) {
        recto_buf_printf(&dict, "[/Indexed /DeviceRGB %d <", (int)(p->n_palette / 3) - 1);
        for (size_t i = 0; i < p->n_palette / 3 * 3; i++)
            recto_buf_printf(&dict, "%02X", p->palette[i]);
        recto_buf_text(&dict, ">]");
    } else {
        recto_buf_text(&dict, p->kind == 2 ? "/DeviceRGB" : "/DeviceGray");
    }
    recto_buf_printf(&dict,
                     " /BitsPerComponent %d /Filter /FlateDecode /DecodeParms <</Predictor 15"
                     " /Colors %d /BitsPerComponent %d /Columns %u>>",
                     p->depth, p->kind == 2 ? 3 : 1, p->depth, p->width);
    recto_pdf_write_stream(w, num, 0, recto_buf_cstr(&dict), p->rows.data, p->rows.len, false);
    recto_buf_free(&dict);
    return true;
}

bool recto_pdf_write_image_png(recto_pdf_write *w, int num, const uint8_t *bytes, size_t size)
{
    png p = {0};
    bool fits = read_png(&p, bytes, size) && put_png(w, num, &p);
    recto_buf_free(&p.rows);
    return fits;
}

/* --- pixels ---------------------------------------------------------------------------------- */

static bool is_bilevel(const recto_image *im)
{
    if (im->channels != 1)
        return false;
    for (int y = 0; y < im->height; y++) {
        const uint8_t *row = im->px + (size_t)y * im->stride;
        for (int x = 0; x < im->width; x++) {
            if (row[x] != 0 && row[x] != 255)
                return false;
        }
    }
    return true;
}

static bool pack_bilevel(recto_buf *out, const recto_image *im)
{
    size_t row_size = ((size_t)im->width + 7) / 8;
    uint8_t *bits = calloc((size_t)im->height, row_size);
    if (bits == NULL)
        return false;
    for (int y = 0; y < im->height; y++) {
        const uint8_t *from = im->px + (size_t)y * im->stride;
        uint8_t *to = bits + (size_t)y * row_size;
        for (int x = 0; x < im->width; x++)
            to[x / 8] |= (uint8_t)((from[x] != 0) << (7 - x % 8));
    }
    bool fine = recto_pdf_write_fax(out, bits, im->width, im->height);
    free(bits);
    return fine;
}

static int paeth(int left, int up, int corner)
{
    int guess = left + up - corner;
    int l = abs(guess - left), u = abs(guess - up), c = abs(guess - corner);
    return l <= u && l <= c ? left : u <= c ? up : corner;
}

/* A row by PNG's filter 1 (left), 2 (up) or 4 (Paeth); returns the sum of its sizes, small where
 * it packs well. */
static uint64_t filter(uint8_t *to, const uint8_t *row, const uint8_t *above, size_t n, int step,
                       int kind)
{
    uint64_t sum = 0;
    to[0] = (uint8_t)kind;
    for (size_t i = 0; i < n; i++) {
        int left = i >= (size_t)step ? row[i - (size_t)step] : 0;
        int up = above != NULL ? above[i] : 0;
        int corner = above != NULL && i >= (size_t)step ? above[i - (size_t)step] : 0;
        int guess = kind == 1 ? left : kind == 2 ? up : paeth(left, up, corner);
        uint8_t d = (uint8_t)(row[i] - guess);
        to[i + 1] = d;
        sum += d < 128 ? d : 256u - d;
    }
    return sum;
}

static bool pack_rows(recto_buf *out, const recto_image *im)
{
    static const int kinds[] = {2, 1, 4};
    size_t n = (size_t)im->width * (size_t)im->channels;
    uint8_t *tries = malloc(3 * (n + 1));
    recto_pdf_write_packer *p = recto_pdf_write_packer_new(out, true);
    for (int y = 0; y < im->height && tries != NULL && p != NULL; y++) {
        const uint8_t *row = im->px + (size_t)y * im->stride;
        const uint8_t *above = y > 0 ? row - im->stride : NULL;
        uint64_t least = UINT64_MAX;
        size_t best = 0;
        for (size_t k = 0; k < 3; k++) {
            uint64_t sum = filter(tries + k * (n + 1), row, above, n, im->channels, kinds[k]);
            if (sum < least) {
                least = sum;
                best = k;
            }
        }
        recto_pdf_write_packer_add(p, tries + best * (n + 1), n + 1);
    }
    bool fine = recto_pdf_write_packer_end(p) && tries != NULL;
    free(tries);
    return fine;
}

void recto_pdf_write_image_pixels(recto_pdf_write *w, int num, const recto_image *im)
{
    recto_buf dict = RECTO_BUF_INIT, data = RECTO_BUF_INIT;
    bool bilevel = is_bilevel(im);
    bool fine = bilevel ? pack_bilevel(&data, im) : pack_rows(&data, im);
    recto_buf_printf(&dict,
                     "/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /%s"
                     " /BitsPerComponent %d",
                     im->width, im->height, im->channels == 3 ? "DeviceRGB" : "DeviceGray",
                     bilevel ? 1 : 8);
    if (bilevel)
        recto_buf_printf(&dict,
                         " /Filter /CCITTFaxDecode /DecodeParms <</K -1 /Columns %d /Rows %d>>",
                         im->width, im->height);
    else
        recto_buf_printf(&dict,
                         " /Filter /FlateDecode /DecodeParms <</Predictor 15 /Colors %d"
                         " /Columns %d>>",
                         im->channels, im->width);
    if (!fine || dict.failed)
        w->failed = w->failed == RECTO_OK ? RECTO_ERR_NOMEM : w->failed;
    else
        recto_pdf_write_stream(w, num, 0, recto_buf_cstr(&dict), data.data, data.len, false);
    recto_buf_free(&dict);
    recto_buf_free(&data);
}
