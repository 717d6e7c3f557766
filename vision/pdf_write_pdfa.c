/* What PDF/A-2b asks for besides: metadata that name it, and the colour space that the pictures are
 * meant in. */
#include "vision/pdf_write.h"

#include <string.h>

static void xml_text(recto_buf *b, const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text == '&' || *text == '<' || *text == '>')
            recto_buf_text(b, *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : "&gt;");
        else
            recto_buf_char(b, *text);
    }
}

static void put(recto_pdf_write *w, int num, const char *dict, const recto_buf *data, bool packing)
{
    if (data->failed)
        w->failed = w->failed == RECTO_OK ? RECTO_ERR_NOMEM : w->failed;
    else
        recto_pdf_write_stream(w, num, 0, dict, recto_buf_cstr(data), data->len, packing);
}

void recto_pdf_write_pdfa_metadata(recto_pdf_write *w, int num, const char *producer)
{
    recto_buf b = RECTO_BUF_INIT;
    recto_buf_text(&b, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                       "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                       "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                       "<rdf:Description rdf:about=\"\""
                       " xmlns:pdfaid=\"http://www.aiim.org/pdfa/ns/id/\""
                       " xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\">\n"
                       "<pdfaid:part>2</pdfaid:part>\n"
                       "<pdfaid:conformance>B</pdfaid:conformance>\n<pdf:Producer>");
    xml_text(&b, producer);
    recto_buf_text(&b, "</pdf:Producer>\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
                       "<?xpacket end=\"w\"?>");
    put(w, num, "/Type /Metadata /Subtype /XML", &b, false);
    recto_buf_free(&b);
}

/* --- sRGB as an ICC profile: ICC.1:2004-10 (version 4.2), IEC 61966-2-1 ------------------------
 */

static void u32(recto_buf *b, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        recto_buf_char(b, (char)(uint8_t)(v >> shift));
}

static void words(recto_buf *b, const uint32_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        u32(b, values[i]);
}

/* One text in English. */
static void unicode_tag(recto_buf *b, const char *text)
{
    size_t n = strlen(text);
    recto_buf_add(b, "mluc\0\0\0\0\0\0\0\1\0\0\0\14enUS", 20);
    u32(b, (uint32_t)(2 * n));
    u32(b, 28);
    for (size_t i = 0; i < n; i++) {
        recto_buf_char(b, 0);
        recto_buf_char(b, text[i]);
    }
    if (n % 2 != 0)
        recto_buf_add(b, "\0\0", 2);
}

static void xyz_tag(recto_buf *b, uint32_t x, uint32_t y, uint32_t z)
{
    recto_buf_add(b, "XYZ \0\0\0\0", 8);
    words(b, (const uint32_t[]){x, y, z}, 3);
}

/* The curve in five numbers; fixed point, 16 bits after the point. */
static void curve_tag(recto_buf *b)
{
    recto_buf_add(b, "para\0\0\0\0\0\3\0\0", 12);
    words(b, (const uint32_t[]){0x26666, 0xF2A7, 0x0D59, 0x13D0, 0x0A5B}, 5);
}

static void adaptation_tag(recto_buf *b)
{
    recto_buf_add(b, "sf32\0\0\0\0", 8);
    words(b,
          (const uint32_t[]){0x10C42, 0x5DE, 0xFFFFF325, 0x793, 0xFD90, 0xFFFFFBA1, 0xFFFFFDA2,
                             0x3DC, 0xC06E},
          9);
}

static void put_tag(recto_buf *b, int k)
{
    switch (k) {
    case 0:
        unicode_tag(b, "sRGB");
        break;
    case 1:
        unicode_tag(b, "no copyright, use freely");
        break;
    case 2:
        xyz_tag(b, 0xF6D6, 0x10000, 0xD32D);
        break;
    case 3:
        adaptation_tag(b);
        break;
    case 4:
        xyz_tag(b, 0x6FA2, 0x38F5, 0x390);
        break;
    case 5:
        xyz_tag(b, 0x6299, 0xB785, 0x18DA);
        break;
    case 6:
        xyz_tag(b, 0x24A0, 0xF84, 0xB6CF);
        break;
    default: /* one curve for the three */
        curve_tag(b);
        break;
    }
}

static void put_profile(recto_buf *b)
{
    static const char names[] = "desccprtwtptchadrXYZgXYZbXYZrTRCgTRCbTRC";
    enum { N_TAGS = 10, N_DATA = 8, FIRST = 128 + 4 + 12 * N_TAGS };
    recto_buf data = RECTO_BUF_INIT;
    uint32_t at[N_DATA + 1] = {0};
    for (int k = 0; k < N_DATA; k++) {
        put_tag(&data, k);
        at[k + 1] = (uint32_t)data.len;
    }
    words(b, (const uint32_t[]){FIRST + at[N_DATA], 0, 0x04200000}, 3);
    recto_buf_text(b, "mntrRGB XYZ ");
    words(b, (const uint32_t[]){0x07D00001, 0x00010000, 0}, 3); /* a date must be there */
    recto_buf_text(b, "acsp");
    words(b, (const uint32_t[7]){0}, 7);
    words(b, (const uint32_t[]){0xF6D6, 0x10000, 0xD32D}, 3); /* D50 */
    words(b, (const uint32_t[12]){0}, 12);
    u32(b, N_TAGS);
    for (int i = 0; i < N_TAGS; i++) {
        int k = i < N_DATA ? i : N_DATA - 1;
        recto_buf_add(b, names + (size_t)4 * (size_t)i, 4);
        u32(b, FIRST + at[k]);
        u32(b, at[k + 1] - at[k]);
    }
    recto_buf_add(b, recto_buf_cstr(&data), data.len);
    b->failed = b->failed || data.failed;
    recto_buf_free(&data);
}

void recto_pdf_write_pdfa_profile(recto_pdf_write *w, int num)
{
    recto_buf b = RECTO_BUF_INIT;
    put_profile(&b);
    put(w, num, "/N 3", &b, true);
    recto_buf_free(&b);
}
