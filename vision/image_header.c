/* Kinds of image files by content, and the headers of BMP, GIF, WebP, PNM and JPEG 2000.
 *
 * The decoders behind Leptonica are forgiving: a JPEG 2000 file that ends in the middle gives a
 * grey lower half, an animated GIF decodes all its frames.  So the structure is walked here first:
 * sizes for the limits, and an error with its place where data are missing. */
#include "vision/image_header.h"
#include "core/cursor.h"
#include <string.h>

static const struct {
    const char *name;
    const char *title;
} kinds[] = {
    [RECTO_IMAGE_KIND_NONE] = {"", "image"},       [RECTO_IMAGE_KIND_PNG] = {"png", "PNG"},
    [RECTO_IMAGE_KIND_JPEG] = {"jpeg", "JPEG"},    [RECTO_IMAGE_KIND_TIFF] = {"tiff", "TIFF"},
    [RECTO_IMAGE_KIND_BMP] = {"bmp", "BMP"},       [RECTO_IMAGE_KIND_GIF] = {"gif", "GIF"},
    [RECTO_IMAGE_KIND_WEBP] = {"webp", "WebP"},    [RECTO_IMAGE_KIND_PNM] = {"pnm", "PNM"},
    [RECTO_IMAGE_KIND_JP2] = {"jp2", "JPEG 2000"},
};

const char *recto_image_header_name(recto_image_kind kind)
{
    return kinds[kind].name;
}

const char *recto_image_header_title(recto_image_kind kind)
{
    return kinds[kind].title;
}

static bool starts(const uint8_t *bytes, size_t size, const char *with, size_t n)
{
    return size >= n && memcmp(bytes, with, n) == 0;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

recto_image_kind recto_image_header_kind(const uint8_t *b, size_t n)
{
    if (starts(b, n, "\x89PNG\r\n\x1a\n", 8))
        return RECTO_IMAGE_KIND_PNG;
    if (starts(b, n, "\xff\xd8\xff", 3))
        return RECTO_IMAGE_KIND_JPEG;
    if (starts(b, n, "II*\0", 4) || starts(b, n, "MM\0*", 4) || starts(b, n, "II+\0\x08\0", 6) ||
        starts(b, n, "MM\0+\0\x08", 6))
        return RECTO_IMAGE_KIND_TIFF;
    if (starts(b, n, "GIF87a", 6) || starts(b, n, "GIF89a", 6))
        return RECTO_IMAGE_KIND_GIF;
    if (starts(b, n, "RIFF", 4) && n >= 12 && memcmp(b + 8, "WEBP", 4) == 0)
        return RECTO_IMAGE_KIND_WEBP;
    if (starts(b, n, "\0\0\0\x0cjP  \r\n\x87\n", 12) || starts(b, n, "\xff\x4f\xff\x51", 4))
        return RECTO_IMAGE_KIND_JP2;
    if (n >= 3 && b[0] == 'P' && b[1] >= '1' && b[1] <= '6' && (is_space(b[2]) || b[2] == '#'))
        return RECTO_IMAGE_KIND_PNM;
    /* "BM" alone could begin a text; a bitmap header of a known length must follow. */
    if (starts(b, n, "BM", 2) && n >= 18 && b[15] == 0 && b[16] == 0 && b[17] == 0 &&
        (b[14] == 12 || b[14] == 40 || b[14] == 52 || b[14] == 56 || b[14] == 64 || b[14] == 108 ||
         b[14] == 124))
        return RECTO_IMAGE_KIND_BMP;
    return RECTO_IMAGE_KIND_NONE;
}

static recto_status truncated(recto_image_kind kind, size_t at, recto_error *err)
{
    recto_status st =
        recto_error_set(err, RECTO_ERR_FORMAT, "%s: truncated at byte %zu", kinds[kind].title, at);
    if (err != NULL)
        err->offset = at;
    return st;
}

static recto_status damaged(recto_image_kind kind, size_t at, const char *what, recto_error *err)
{
    recto_status st =
        recto_error_set(err, RECTO_ERR_FORMAT, "%s: %s at byte %zu", kinds[kind].title, what, at);
    if (err != NULL)
        err->offset = at;
    return st;
}

/* --- BMP -------------------------------------------------------------------------------------- */

static recto_status read_bmp(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    const recto_image_kind kind = RECTO_IMAGE_KIND_BMP;
    recto_cursor_seek(c, 10);
    uint64_t data_at = recto_cursor_u32le(c);
    uint32_t header_size = recto_cursor_u32le(c);
    if (header_size < 40)
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "BMP: OS/2 bitmaps are not read");
    int32_t width = (int32_t)recto_cursor_u32le(c);
    int32_t height = (int32_t)recto_cursor_u32le(c);
    recto_cursor_skip(c, 2); /* planes */
    uint64_t bits = recto_cursor_u16le(c);
    uint32_t compression = recto_cursor_u32le(c);
    recto_cursor_skip(c, 4); /* size of the data, often 0 */
    out->dpi_x = (float)recto_cursor_u32le(c) * 0.0254f;
    out->dpi_y = (float)recto_cursor_u32le(c) * 0.0254f;
    if (c->failed)
        return truncated(kind, c->size, err);
    if (compression != 0 || (bits != 1 && bits != 4 && bits != 8 && bits != 24 && bits != 32))
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED,
                               "BMP: %u bits with compression %u are not read", (unsigned)bits,
                               (unsigned)compression);
    if (height < 0)
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "BMP: rows from the top are not read");
    if (width < 1 || height < 1)
        return damaged(kind, 18, "no width or height", err);
    out->width = width;
    out->height = height;
    uint64_t row = ((uint64_t)width * bits + 31) / 32 * 4;
    if (data_at > c->size || row * (uint64_t)height > c->size - data_at)
        return truncated(kind, c->size, err);
    return RECTO_OK;
}

/* --- GIF -------------------------------------------------------------------------------------- */

/* Step over a chain of data blocks: each a length byte and so many bytes, ended by 0. */
static void gif_skip_blocks(recto_cursor *c)
{
    for (unsigned n = recto_cursor_u8(c); n > 0; n = recto_cursor_u8(c))
        recto_cursor_skip(c, n);
}

static void gif_skip_colors(recto_cursor *c, unsigned flags)
{
    if (flags & 0x80)
        recto_cursor_skip(c, (size_t)3 << ((flags & 7) + 1));
}

static recto_status read_gif(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    recto_cursor_seek(c, 10);
    unsigned flags = recto_cursor_u8(c);
    recto_cursor_skip(c, 2);
    gif_skip_colors(c, flags);
    while (!c->failed) {
        size_t at = c->pos;
        unsigned block = recto_cursor_u8(c);
        if (c->failed)
            break;
        if (block == 0x21) { /* extension */
            recto_cursor_skip(c, 1);
            gif_skip_blocks(c);
            continue;
        }
        if (block != 0x2c)
            return damaged(RECTO_IMAGE_KIND_GIF, at, "no picture", err);
        recto_cursor_skip(c, 4); /* place on the screen */
        out->width = recto_cursor_u16le(c);
        out->height = recto_cursor_u16le(c);
        gif_skip_colors(c, recto_cursor_u8(c));
        recto_cursor_skip(c, 1); /* bits of the first code */
        gif_skip_blocks(c);
        out->size = c->pos;
        if (c->failed)
            break;
        return RECTO_OK;
    }
    return truncated(RECTO_IMAGE_KIND_GIF, c->size, err);
}

/* --- WebP ------------------------------------------------------------------------------------- */

static uint32_t u24le(recto_cursor *c)
{
    uint32_t low = recto_cursor_u16le(c);
    return low | (uint32_t)recto_cursor_u8(c) << 16;
}

static recto_status read_webp(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    const recto_image_kind kind = RECTO_IMAGE_KIND_WEBP;
    recto_cursor_seek(c, 4);
    uint64_t riff_size = recto_cursor_u32le(c);
    recto_cursor_skip(c, 4);
    const uint8_t *chunk = recto_cursor_bytes(c, 4);
    recto_cursor_skip(c, 4);
    if (c->failed || riff_size + 8 > (uint64_t)c->size + 1) /* the last pad byte may be missing */
        return truncated(kind, c->size, err);
    if (memcmp(chunk, "VP8X", 4) == 0) {
        unsigned flags = recto_cursor_u8(c);
        recto_cursor_skip(c, 3);
        out->width = (int64_t)u24le(c) + 1;
        out->height = (int64_t)u24le(c) + 1;
        if (flags & 2)
            return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "WebP: animations are not read");
    } else if (memcmp(chunk, "VP8L", 4) == 0) {
        recto_cursor_skip(c, 1);
        uint32_t bits = recto_cursor_u32le(c);
        out->width = (int64_t)(bits & 0x3fff) + 1;
        out->height = (int64_t)(bits >> 14 & 0x3fff) + 1;
    } else if (memcmp(chunk, "VP8 ", 4) == 0) {
        recto_cursor_skip(c, 6); /* frame tag and start code */
        out->width = recto_cursor_u16le(c) & 0x3fff;
        out->height = recto_cursor_u16le(c) & 0x3fff;
    } else {
        return damaged(kind, 12, "no picture", err);
    }
    return c->failed ? truncated(kind, c->size, err) : RECTO_OK;
}

/* --- PNM -------------------------------------------------------------------------------------- */

/* A decimal number after spaces and comments; -1 if there is none. */
static int64_t pnm_number(recto_cursor *c)
{
    uint8_t ch = recto_cursor_u8(c);
    while (!c->failed && (is_space(ch) || ch == '#')) {
        while (ch == '#' && !c->failed)
            for (; ch != '\n' && !c->failed; ch = recto_cursor_u8(c)) {
            }
        ch = recto_cursor_u8(c);
    }
    int64_t v = -1;
    for (; !c->failed && ch >= '0' && ch <= '9' && v < 1000000000; ch = recto_cursor_u8(c))
        v = (v < 0 ? 0 : v * 10) + (ch - '0');
    return v;
}

static recto_status read_pnm(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    recto_cursor_seek(c, 1);
    int form = recto_cursor_u8(c) - '0';
    out->width = pnm_number(c);
    out->height = pnm_number(c);
    int64_t top = form == 1 || form == 4 ? 1 : pnm_number(c);
    if (c->failed)
        return truncated(RECTO_IMAGE_KIND_PNM, c->size, err);
    if (out->width < 1 || out->height < 1 || top < 1 || top > 65535)
        return damaged(RECTO_IMAGE_KIND_PNM, c->pos, "no width, height or depth", err);
    if (form < 4) /* plain text: one digit or more and, except in P1, a space for each sample */
        return RECTO_OK;
    uint64_t bits = form == 4 ? 1 : (form == 6 ? 24 : 8) * (top > 255 ? 2u : 1u);
    uint64_t row = ((uint64_t)out->width * bits + 7) / 8;
    if (row * (uint64_t)out->height > c->size - c->pos)
        return truncated(RECTO_IMAGE_KIND_PNM, c->size, err);
    return RECTO_OK;
}

/* --- JPEG 2000 -------------------------------------------------------------------------------- */

/* The code stream: SIZ first, then marker segments, then tile parts that state their length, to the
 * end marker.  Source: ISO/IEC 15444-1 annex A. */
static recto_status read_codestream(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    enum { SIZ = 0xff51, SOT = 0xff90, EOC = 0xffd9 };
    const recto_image_kind kind = RECTO_IMAGE_KIND_JP2;
    recto_cursor_skip(c, 2); /* start of the code stream */
    while (!c->failed) {
        size_t at = c->pos;
        unsigned marker = recto_cursor_u16be(c);
        if (marker == EOC && !c->failed)
            return RECTO_OK;
        unsigned length = recto_cursor_u16be(c);
        if (c->failed)
            break;
        if (marker < 0xff00 || length < 2)
            return damaged(kind, at, "no marker", err);
        recto_cursor segment = *c;
        if (marker == SIZ) {
            recto_cursor_skip(&segment, 2);
            int64_t x1 = recto_cursor_u32be(&segment);
            int64_t y1 = recto_cursor_u32be(&segment);
            out->width = x1 - recto_cursor_u32be(&segment);
            out->height = y1 - recto_cursor_u32be(&segment);
        }
        size_t step = length - 2u;
        if (marker == SOT) {
            recto_cursor_skip(&segment, 2);
            uint32_t part = recto_cursor_u32be(&segment);
            if (part == 0) /* the last tile part reaches to the end marker */
                return c->size >= 2 && memcmp(c->base + c->size - 2, "\xff\xd9", 2) == 0
                           ? RECTO_OK
                           : truncated(kind, c->size, err);
            if (part < 14)
                return damaged(kind, at, "a tile without data", err);
            step = part - 4u;
        }
        recto_cursor_skip(c, step);
    }
    return truncated(kind, c->size, err);
}

static recto_status read_jp2(recto_image_header *out, recto_cursor *c, recto_error *err)
{
    const recto_image_kind kind = RECTO_IMAGE_KIND_JP2;
    if (c->size >= 2 && c->base[0] == 0xff)
        return read_codestream(out, c, err);
    while (!c->failed) {
        size_t at = c->pos;
        uint64_t length = recto_cursor_u32be(c);
        const uint8_t *type = recto_cursor_bytes(c, 4);
        size_t head = 8;
        if (length == 1) {
            length = (uint64_t)recto_cursor_u32be(c) << 32;
            length |= recto_cursor_u32be(c);
            head = 16;
        }
        if (c->failed)
            break;
        if (memcmp(type, "jp2c", 4) == 0) {
            recto_cursor stream = *c;
            if (length >= head && length < c->size - at)
                stream.size = at + (size_t)length;
            return read_codestream(out, &stream, err);
        }
        if (length < head || length > c->size)
            return damaged(kind, at, "a box of impossible length", err);
        recto_cursor_skip(c, (size_t)length - head);
    }
    return truncated(kind, c->size, err);
}

static recto_status read_kind(recto_image_header *out, recto_image_kind kind, recto_cursor *c,
                              recto_error *err)
{
    switch (kind) {
    case RECTO_IMAGE_KIND_BMP:
        return read_bmp(out, c, err);
    case RECTO_IMAGE_KIND_GIF:
        return read_gif(out, c, err);
    case RECTO_IMAGE_KIND_WEBP:
        return read_webp(out, c, err);
    case RECTO_IMAGE_KIND_PNM:
        return read_pnm(out, c, err);
    case RECTO_IMAGE_KIND_JP2:
        return read_jp2(out, c, err);
    default:
        return recto_error_set(err, RECTO_ERR_ARG, "no header reader for this kind of image");
    }
}

recto_status recto_image_header_read(recto_image_header *out, recto_image_kind kind,
                                     const uint8_t *bytes, size_t size, recto_error *err)
{
    *out = (recto_image_header){.size = size};
    recto_cursor c = recto_cursor_over(bytes, size);
    recto_status st = read_kind(out, kind, &c, err);
    if (st == RECTO_OK && (out->width < 1 || out->height < 1))
        st = damaged(kind, c.pos, "no width or height", err);
    return st;
}
