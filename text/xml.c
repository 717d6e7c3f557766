/* Text, numbers, boxes and bytes in markup. */
#include "text/xml.h"

#include "core/utf8.h"
#include "text/escape.h"

#include <math.h>
#include <string.h>

enum { SIDE_MAX_PX = 1 << 24 };

/* --- text ------------------------------------------------------------------------------------- */

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void recto_xml_piece(recto_buf *out, const char *text, size_t len)
{
    size_t from = 0; /* what is not written yet */
    for (size_t i = 0; i < len; i++) {
        const char *put = entity(text[i]);
        if (put == NULL)
            continue;
        recto_buf_add(out, text + from, i - from);
        recto_buf_text(out, put);
        from = i + 1;
    }
    recto_buf_add(out, text + from, len - from);
}

static void cleaned(recto_buf *out, const char *text, unsigned where)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, where);
    recto_xml_piece(out, clean, strlen(clean));
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

void recto_xml_text(recto_buf *out, const char *text)
{
    cleaned(out, text, RECTO_ESCAPE_INLINE);
}

void recto_xml_lines(recto_buf *out, const char *text)
{
    cleaned(out, text, RECTO_ESCAPE_LINES);
}

void recto_xml_attr(recto_buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    recto_buf_char(out, ' ');
    recto_buf_text(out, name);
    recto_buf_text(out, "=\"");
    recto_xml_text(out, value);
    recto_buf_char(out, '"');
}

void recto_xml_element(recto_buf *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    recto_buf_printf(out, "<%s>", name);
    recto_xml_text(out, value);
    recto_buf_printf(out, "</%s>\n", name);
}

/* --- numbers ---------------------------------------------------------------------------------- */

void recto_xml_int(recto_buf *out, long v)
{
    char digits[24];
    size_t n = sizeof digits;
    unsigned long left = v < 0 ? 0ul - (unsigned long)v : (unsigned long)v;
    do {
        digits[--n] = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (v < 0)
        digits[--n] = '-';
    recto_buf_add(out, digits + n, sizeof digits - n);
}

void recto_xml_real(recto_buf *out, float v, int decimals)
{
    static const long powers[] = {1, 10, 100, 1000};
    int d = decimals < 0 ? 0 : decimals > 3 ? 3 : decimals;
    if (!isfinite(v) || fabsf(v) > 1e9f)
        v = 0;
    long scaled = lround((double)v * (double)powers[d]);
    if (scaled < 0) {
        recto_buf_char(out, '-');
        scaled = -scaled;
    }
    recto_xml_int(out, scaled / powers[d]);
    long part = scaled % powers[d];
    if (part == 0)
        return;
    recto_buf_char(out, '.');
    for (int i = d - 1; part != 0; i--) {
        recto_buf_char(out, (char)('0' + part / powers[i]));
        part %= powers[i];
    }
}

static void begin_attr(recto_buf *out, const char *name)
{
    recto_buf_char(out, ' ');
    recto_buf_text(out, name);
    recto_buf_text(out, "=\"");
}

void recto_xml_int_attr(recto_buf *out, const char *name, long v)
{
    begin_attr(out, name);
    recto_xml_int(out, v);
    recto_buf_char(out, '"');
}

void recto_xml_real_attr(recto_buf *out, const char *name, float v, int decimals)
{
    begin_attr(out, name);
    recto_xml_real(out, v, decimals);
    recto_buf_char(out, '"');
}

/* --- boxes ------------------------------------------------------------------------------------ */

int recto_xml_side(float px)
{
    if (!(px > 0))
        return 0;
    return px >= (float)SIDE_MAX_PX ? SIDE_MAX_PX : (int)ceilf(px - 0.05f);
}

static int within(float v, int top)
{
    return !(v > 0) ? 0 : v >= (float)top ? top : (int)v;
}

/* [lo, hi] of whole pixels, one at least. */
static void span_pixels(int *lo, int *hi, float from, float to, int side)
{
    const float slack = 0.05f; /* px: rounding in the reader, not ink */
    *lo = within(floorf(from + slack), side > 0 ? side - 1 : 0);
    *hi = within(ceilf(to - slack), side);
    if (*hi <= *lo)
        *hi = side > 0 ? *lo + 1 : *lo;
}

recto_xml_box recto_xml_pixels(const recto_page *page, recto_rect r)
{
    recto_xml_box box;
    span_pixels(&box.x0, &box.x1, r.x0, r.x1, recto_xml_side(page->width));
    span_pixels(&box.y0, &box.y1, r.y0, r.y1, recto_xml_side(page->height));
    return box;
}

bool recto_xml_is_placed(recto_rect r)
{
    return r.x0 != 0 || r.y0 != 0 || r.x1 != 0 || r.y1 != 0;
}

int recto_xml_percent(float share)
{
    return !(share > 0) ? 0 : share >= 1 ? 100 : (int)lroundf(share * 100);
}

/* --- direction -------------------------------------------------------------------------------- */

bool recto_xml_is_rtl(const char *text)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        if ((unsigned char)*p < 0x80) {
            if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z'))
                return false;
            p++;
            continue;
        }
        uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_rtl(cp))
            return true;
        if (recto_utf8_is_letter(cp))
            return false;
    }
    return false;
}

/* --- bytes ------------------------------------------------------------------------------------ */

void recto_xml_base64(recto_buf *out, const void *bytes, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const uint8_t *p = bytes;
    char group[4096]; /* whole groups of 4, so that the buffer is asked seldom */
    size_t n = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t v = (uint32_t)p[i] << 16 | (left > 1 ? (uint32_t)p[i + 1] << 8 : 0u) |
                     (left > 2 ? (uint32_t)p[i + 2] : 0u);
        group[n++] = digits[v >> 18];
        group[n++] = digits[v >> 12 & 63];
        group[n++] = '=';
        group[n++] = '=';
        if (left > 1)
            group[n - 2] = digits[v >> 6 & 63];
        if (left > 2)
            group[n - 1] = digits[v & 63];
        if (n == sizeof group) {
            recto_buf_add(out, group, n);
            n = 0;
        }
    }
    recto_buf_add(out, group, n);
}

bool recto_xml_is_picture(const recto_asset *asset)
{
    return asset->bytes != NULL && asset->size > 0 && asset->type != NULL &&
           (strcmp(asset->type, "image/jpeg") == 0 || strcmp(asset->type, "image/png") == 0);
}

void recto_xml_data_uri(recto_buf *out, const recto_asset *asset)
{
    recto_buf_text(out, "data:");
    recto_buf_text(out, asset->type);
    recto_buf_text(out, ";base64,");
    recto_xml_base64(out, asset->bytes, asset->size);
}
