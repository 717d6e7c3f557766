/* The two things we want from an EXIF block: which way up, and the resolution.  A small TIFF reader
 * for the first directory only; a damaged block is the same as none. */
#include "core/cursor.h"
#include "vision/image.h"

enum {
    TAG_ORIENTATION = 0x0112,
    TAG_X_RESOLUTION = 0x011a,
    TAG_Y_RESOLUTION = 0x011b,
    TAG_RESOLUTION_UNIT = 0x0128,
    TYPE_SHORT = 3,
    TYPE_RATIONAL = 5,
};

typedef struct exif_reader {
    recto_cursor c;
    bool big_endian;
} exif_reader;

static uint16_t exif_u16(exif_reader *r)
{
    return r->big_endian ? recto_cursor_u16be(&r->c) : recto_cursor_u16le(&r->c);
}

static uint32_t exif_u32(exif_reader *r)
{
    return r->big_endian ? recto_cursor_u32be(&r->c) : recto_cursor_u32le(&r->c);
}

/* The fraction at an offset; 0 if it is not there.  Leaves the reader as it was. */
static float exif_rational(const exif_reader *r, uint32_t offset)
{
    exif_reader at = *r;
    recto_cursor_seek(&at.c, offset);
    uint32_t over = exif_u32(&at);
    uint32_t under = exif_u32(&at);
    return at.c.failed || under == 0 ? 0 : (float)over / (float)under;
}

recto_image_exif recto_image_exif_parse(const uint8_t *bytes, size_t size)
{
    recto_image_exif found = {.orientation = 1};
    exif_reader r = {.c = recto_cursor_over(bytes, size)};
    r.big_endian = size > 0 && bytes[0] == 'M';
    recto_cursor_skip(&r.c, 4); /* byte order and the number 42 */
    recto_cursor_seek(&r.c, exif_u32(&r));
    int n_tags = exif_u16(&r);
    int unit = 2; /* inches, as the standard says when the tag is absent */
    for (int i = 0; i < n_tags && !r.c.failed; i++) {
        uint16_t tag = exif_u16(&r);
        uint16_t type = exif_u16(&r);
        recto_cursor_skip(&r.c, 4); /* count */
        size_t value_at = r.c.pos;
        uint32_t value = exif_u32(&r);
        exif_reader first = r;
        recto_cursor_seek(&first.c, value_at);
        int small = exif_u16(&first);
        if (r.c.failed)
            break;
        if (tag == TAG_ORIENTATION && type == TYPE_SHORT && small >= 1 && small <= 8)
            found.orientation = small;
        else if (tag == TAG_RESOLUTION_UNIT && type == TYPE_SHORT)
            unit = small;
        else if (tag == TAG_X_RESOLUTION && type == TYPE_RATIONAL)
            found.dpi_x = exif_rational(&r, value);
        else if (tag == TAG_Y_RESOLUTION && type == TYPE_RATIONAL)
            found.dpi_y = exif_rational(&r, value);
    }
    if (unit == 3) { /* centimetres */
        found.dpi_x *= 2.54f;
        found.dpi_y *= 2.54f;
    } else if (unit != 2) {
        found.dpi_x = 0;
        found.dpi_y = 0;
    }
    return found;
}
