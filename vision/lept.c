/* Leptonica images to ours.  A Pix holds its pixels in 32-bit words, the first pixel in the highest
 * bits; depths other than 1, 8 and 32 and colour maps are converted by Leptonica first. */
#include "vision/lept.h"
#include <allheaders.h>
#include <stdlib.h>
#include <string.h>

static void say_nothing(const char *text)
{
    (void)text;
}

/* Two ways in which Leptonica talks; both are process-wide settings that nobody else uses. */
static void silence(void)
{
    setMsgSeverity(L_SEVERITY_NONE);
    leptSetStderrHandler(say_nothing);
}

static void row_from_bits(uint8_t *dst, const l_uint32 *words, int width)
{
    for (int x = 0; x < width; x++) /* 1 is black */
        dst[x] = words[x >> 5] >> (31 - (x & 31)) & 1 ? 0 : 255;
}

static void row_from_bytes(uint8_t *dst, const l_uint32 *words, int width)
{
    for (int x = 0; x < width; x++)
        dst[x] = (uint8_t)(words[x >> 2] >> (24 - 8 * (x & 3)));
}

/* Words of red, green, blue, alpha.  multiplied: the colours were multiplied by alpha already, as
 * libtiff hands them out. */
static void row_from_words(uint8_t *dst, const l_uint32 *words, int width, bool gray, bool alpha,
                           bool multiplied)
{
    for (int x = 0; x < width; x++) {
        unsigned c[3] = {words[x] >> 24, words[x] >> 16 & 255, words[x] >> 8 & 255};
        unsigned a = alpha ? words[x] & 255 : 255;
        for (int k = 0; k < 3 && a < 255; k++) {
            c[k] = multiplied ? c[k] + 255 - a : (c[k] * a + 255 * (255 - a) + 127) / 255;
            c[k] = c[k] > 255 ? 255 : c[k];
        }
        if (gray) {
            *dst++ = (uint8_t)((77 * c[0] + 150 * c[1] + 29 * c[2] + 128) >> 8);
        } else {
            for (int k = 0; k < 3; k++)
                *dst++ = (uint8_t)c[k];
        }
    }
}

/* Leptonica's picture as one of depth 1, 8 or 32 without a colour map; NULL if out of memory. */
static PIX *plain_depth(PIX *pix)
{
    if (pixGetColormap(pix) != NULL)
        return pixRemoveColormap(pix, REMOVE_CMAP_BASED_ON_SRC);
    int depth = pixGetDepth(pix);
    if (depth == 1 || depth == 8 || depth == 32)
        return pixClone(pix);
    return pixConvertTo8(pix, FALSE);
}

static recto_status to_image(recto_image **out, PIX *pix, bool gray, bool multiplied,
                             recto_error *err)
{
    PIX *plain = plain_depth(pix);
    if (plain == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to convert an image");
    int width = pixGetWidth(plain);
    int depth = pixGetDepth(plain);
    bool alpha = pixGetSpp(plain) == 4;
    recto_status st =
        recto_image_new(out, width, pixGetHeight(plain), depth == 32 && !gray ? 3 : 1, err);
    for (int y = 0; st == RECTO_OK && y < (*out)->height; y++) {
        const l_uint32 *words = pixGetData(plain) + (size_t)y * (size_t)pixGetWpl(plain);
        uint8_t *dst = (*out)->px + (size_t)y * (*out)->stride;
        if (depth == 1)
            row_from_bits(dst, words, width);
        else if (depth == 8)
            row_from_bytes(dst, words, width);
        else
            row_from_words(dst, words, width, gray, alpha, multiplied);
    }
    pixDestroy(&plain);
    return st;
}

recto_status recto_lept_read(recto_image **out, const uint8_t *bytes, size_t size, bool gray,
                             const char *title, recto_error *err)
{
    *out = NULL;
    silence();
    PIX *pix = pixReadMem(bytes, size);
    if (pix == NULL)
        return recto_error_set(err, RECTO_ERR_FORMAT, "%s: damaged, or of a kind not read", title);
    recto_status st = to_image(out, pix, gray, false, err);
    pixDestroy(&pix);
    return st;
}

/* A copy of the file whose header points to the wanted directory: libtiff reads the first directory
 * when it opens a file, so a broken first page would cost all the others. */
static PIX *read_tiff_copy(const uint8_t *bytes, size_t size, uint64_t offset)
{
    bool big_endian = bytes[0] == 'M';
    bool big_tiff = bytes[2] == 43 || bytes[3] == 43;
    size_t n = big_tiff ? 8 : 4;
    uint8_t *copy = malloc(size);
    if (copy == NULL || size < 4 + 2 * n) {
        free(copy);
        return NULL;
    }
    memcpy(copy, bytes, size);
    uint8_t *field = copy + (big_tiff ? 8 : 4);
    for (size_t i = 0; i < n; i++)
        field[i] = (uint8_t)(offset >> 8 * (big_endian ? n - 1 - i : i));
    PIX *pix = pixReadMemTiff(copy, size, 0);
    free(copy);
    return pix;
}

recto_status recto_lept_read_tiff(recto_image **out, const uint8_t *bytes, size_t size,
                                  uint64_t offset, bool gray, recto_error *err)
{
    *out = NULL;
    silence();
    size_t at = (size_t)offset;
    PIX *pix = pixReadMemFromMultipageTiff(bytes, size, &at);
    if (pix == NULL)
        pix = read_tiff_copy(bytes, size, offset);
    if (pix == NULL) {
        recto_status st = recto_error_set(
            err, RECTO_ERR_FORMAT,
            "TIFF: the page at byte %llu is damaged, or compressed in a way not read",
            (unsigned long long)offset);
        if (err != NULL)
            err->offset = offset;
        return st;
    }
    recto_status st = to_image(out, pix, gray, true, err);
    pixDestroy(&pix);
    return st;
}
