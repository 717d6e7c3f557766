/* The font: Type 0 over a TrueType program with one empty glyph, which all characters share, and a
 * ToUnicode map that says what each stands for. */
#include "core/utf8.h"
#include "vision/pdf_write.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CID = 65535, UNITS = 1000, N_TABLES = 10 };

static bool grow(recto_pdf_write_font *font)
{
    int cap = font->cap == 0 ? 256 : 2 * font->cap;
    uint32_t *grown = realloc(font->characters, (size_t)cap * sizeof *grown);
    if (grown == NULL)
        return false;
    font->characters = grown;
    font->cap = cap;
    return true;
}

uint16_t recto_pdf_write_font_cid(recto_pdf_write_font *font, uint32_t cp)
{
    if (cp > 0x10FFFF)
        cp = RECTO_UTF8_REPLACEMENT;
    uint16_t **page = &font->pages[cp >> 8];
    if (*page == NULL)
        *page = calloc(256, sizeof **page);
    if (*page != NULL && (*page)[cp & 255] != 0)
        return (*page)[cp & 255];
    /* the last number is kept for the replacement character */
    bool full = font->n >= MAX_CID - 1 && cp != RECTO_UTF8_REPLACEMENT;
    if (*page != NULL && full)
        return recto_pdf_write_font_cid(font, RECTO_UTF8_REPLACEMENT);
    if (*page == NULL || (font->n + 1 >= font->cap && !grow(font))) {
        font->failed = true;
        return 1;
    }
    font->n++;
    font->characters[font->n] = cp;
    (*page)[cp & 255] = (uint16_t)font->n;
    return (uint16_t)font->n;
}

void recto_pdf_write_font_free(recto_pdf_write_font *font)
{
    for (size_t i = 0; i < sizeof font->pages / sizeof *font->pages; i++)
        free(font->pages[i]);
    free(font->characters);
    memset(font, 0, sizeof *font);
}

/* --- the program ----------------------------------------------------------------------------- */

static void u16(recto_buf *b, unsigned v)
{
    recto_buf_char(b, (char)(uint8_t)(v >> 8));
    recto_buf_char(b, (char)(uint8_t)v);
}

static void u32(recto_buf *b, uint32_t v)
{
    u16(b, v >> 16);
    u16(b, v & 0xFFFF);
}

static void zeros(recto_buf *b, int n)
{
    for (int i = 0; i < n; i++)
        recto_buf_char(b, 0);
}

static void table_os2(recto_buf *b)
{
    u16(b, 3); /* version */
    u16(b, RECTO_PDF_WRITE_ADVANCE);
    u16(b, 400); /* weight */
    u16(b, 5);   /* width class */
    zeros(b, 2 + 20 + 2 + 10 + 16);
    recto_buf_text(b, "RCTO");
    u16(b, 0x40); /* regular */
    u16(b, 0);
    u16(b, 0xFFFF);
    u16(b, RECTO_PDF_WRITE_ASCENT);
    u16(b, 0x10000 - RECTO_PDF_WRITE_DESCENT);
    u16(b, 0);
    u16(b, RECTO_PDF_WRITE_ASCENT);
    u16(b, RECTO_PDF_WRITE_DESCENT);
    zeros(b, 18);
}

/* One segment that says: no character is here. */
static void table_cmap(recto_buf *b)
{
    u16(b, 0);
    u16(b, 1);
    u16(b, 3);
    u16(b, 1);
    u32(b, 12);
    u16(b, 4);  /* format */
    u16(b, 24); /* bytes */
    u16(b, 0);
    u16(b, 2);
    u16(b, 2);
    u16(b, 0);
    u16(b, 0);
    u16(b, 0xFFFF);
    u16(b, 0);
    u16(b, 0xFFFF);
    u16(b, 1);
    u16(b, 0);
}

static void table_head(recto_buf *b)
{
    u32(b, 0x00010000);
    u32(b, 0x00010000);
    u32(b, 0); /* sum of the whole, put in later */
    u32(b, 0x5F0F3CF5);
    u16(b, 0x000B);
    u16(b, UNITS);
    zeros(b, 16); /* no dates */
    u16(b, 0);
    u16(b, 0x10000 - RECTO_PDF_WRITE_DESCENT);
    u16(b, RECTO_PDF_WRITE_ADVANCE);
    u16(b, RECTO_PDF_WRITE_ASCENT);
    u16(b, 0);
    u16(b, 8);
    u16(b, 2);
    u16(b, 0); /* short offsets */
    u16(b, 0);
}

static void table_hhea(recto_buf *b)
{
    u32(b, 0x00010000);
    u16(b, RECTO_PDF_WRITE_ASCENT);
    u16(b, 0x10000 - RECTO_PDF_WRITE_DESCENT);
    u16(b, 0);
    u16(b, RECTO_PDF_WRITE_ADVANCE);
    zeros(b, 6);
    u16(b, 1);
    zeros(b, 14);
    u16(b, 1); /* one width for all glyphs */
}

static void table_maxp(recto_buf *b)
{
    u32(b, 0x00010000);
    u16(b, 2);
    zeros(b, 8);
    u16(b, 1); /* zones */
    zeros(b, 16);
}

/* Family, style, full and PostScript name, as Windows wants them. */
static void table_name(recto_buf *b)
{
    static const struct {
        unsigned id;
        const char *text;
    } names[] = {{1, "Recto"}, {2, "Regular"}, {4, "RectoInvisible"}, {6, "RectoInvisible"}};
    enum { N_NAMES = sizeof names / sizeof *names };
    u16(b, 0);
    u16(b, N_NAMES);
    u16(b, 6 + 12 * N_NAMES);
    unsigned at = 0;
    for (int i = 0; i < N_NAMES; i++) {
        unsigned size = 2 * (unsigned)strlen(names[i].text);
        u16(b, 3);
        u16(b, 1);
        u16(b, 0x409);
        u16(b, names[i].id);
        u16(b, size);
        u16(b, at);
        at += size;
    }
    for (int i = 0; i < N_NAMES; i++) {
        for (const char *p = names[i].text; *p != '\0'; p++)
            u16(b, (unsigned)(uint8_t)*p);
    }
}

static void table_post(recto_buf *b)
{
    u32(b, 0x00030000);
    zeros(b, 28);
}

static void table_hmtx(recto_buf *b)
{
    u16(b, RECTO_PDF_WRITE_ADVANCE);
    u16(b, 0);
    u16(b, 0); /* side bearing of the second glyph */
}

static void table_loca(recto_buf *b)
{
    zeros(b, 6);
}

/* Empty, but some readers want a table of more than no bytes. */
static void table_glyf(recto_buf *b)
{
    zeros(b, 4);
}

static uint32_t sum(const recto_buf *b, size_t from, size_t size)
{
    uint32_t total = 0;
    for (size_t i = 0; i < size; i++) /* padded with zeros to whole numbers */
        total += (uint32_t)(uint8_t)b->data[from + i] << (24 - 8 * (i % 4));
    return total;
}

/* The program: a directory and its tables. */
static void put_program(recto_buf *b)
{
    static const struct {
        const char *tag;
        void (*put)(recto_buf *b);
    } tables[N_TABLES] = {{"OS/2", table_os2},  {"cmap", table_cmap}, {"glyf", table_glyf},
                          {"head", table_head}, {"hhea", table_hhea}, {"hmtx", table_hmtx},
                          {"loca", table_loca}, {"maxp", table_maxp}, {"name", table_name},
                          {"post", table_post}};
    recto_buf body = RECTO_BUF_INIT;
    size_t head_at = 0;
    const size_t first = 12 + 16 * N_TABLES;
    u32(b, 0x00010000);
    u16(b, N_TABLES);
    u16(b, 128); /* 16 times the greatest power of two of tables, its exponent, what is left */
    u16(b, 3);
    u16(b, 16 * N_TABLES - 128);
    for (int i = 0; i < N_TABLES; i++) {
        size_t at = body.len;
        tables[i].put(&body);
        if (body.failed)
            break;
        recto_buf_text(b, tables[i].tag);
        u32(b, sum(&body, at, body.len - at));
        u32(b, (uint32_t)(first + at));
        u32(b, (uint32_t)(body.len - at));
        if (tables[i].put == table_head)
            head_at = first + at;
        zeros(&body, (int)((4 - body.len % 4) % 4));
    }
    recto_buf_add(b, recto_buf_cstr(&body), body.len);
    b->failed = b->failed || body.failed;
    recto_buf_free(&body);
    if (b->failed)
        return;
    uint32_t whole = 0xB1B0AFBAu - sum(b, 0, b->len);
    for (int i = 0; i < 4; i++)
        b->data[head_at + 8 + (size_t)i] = (char)(uint8_t)(whole >> (24 - 8 * i));
}

/* --- its objects ----------------------------------------------------------------------------- */

static void put_utf16(recto_buf *b, uint32_t cp)
{
    if (cp >= 0x10000)
        recto_buf_printf(b, "%04X%04X", 0xD7C0 + (cp >> 10), 0xDC00 + (cp & 0x3FF));
    else
        recto_buf_printf(b, "%04X", cp);
}

static void put_to_unicode(recto_buf *b, const recto_pdf_write_font *font)
{
    enum { AT_ONCE = 100 };
    recto_buf_text(b, "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
                      "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def\n"
                      "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
                      "1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n");
    for (int from = 1; from <= font->n; from += AT_ONCE) {
        int to = from + AT_ONCE <= font->n ? from + AT_ONCE : font->n + 1;
        recto_buf_printf(b, "%d beginbfchar\n", to - from);
        for (int cid = from; cid < to; cid++) {
            recto_buf_printf(b, "<%04X> <", (unsigned)cid);
            put_utf16(b, font->characters[cid]);
            recto_buf_text(b, ">\n");
        }
        recto_buf_text(b, "endbfchar\n");
    }
    recto_buf_text(b, "endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n");
}

/* Every CID but 0 is glyph 1. */
static void put_glyph_map(recto_buf *b, const recto_pdf_write_font *font)
{
    u16(b, 0);
    for (int i = 1; i <= font->n; i++)
        u16(b, 1);
}

static void put_stream(recto_pdf_write *w, int num, const recto_buf *data, const char *dict)
{
    if (data->failed)
        w->failed = w->failed == RECTO_OK ? RECTO_ERR_NOMEM : w->failed;
    else
        recto_pdf_write_stream(w, num, 0, dict, recto_buf_cstr(data), data->len, true);
}

static void put_streams(recto_pdf_write *w, const recto_pdf_write_font *font, int program,
                        int glyphs, int unicode)
{
    recto_buf data = RECTO_BUF_INIT;
    char dict[64] = "";
    put_program(&data);
    recto_buf length = RECTO_BUF_INIT;
    recto_buf_printf(&length, "/Length1 %zu", data.len);
    memcpy(dict, recto_buf_cstr(&length), length.len < sizeof dict ? length.len + 1 : 0);
    recto_buf_free(&length);
    put_stream(w, program, &data, dict);
    recto_buf_clear(&data);
    put_glyph_map(&data, font);
    put_stream(w, glyphs, &data, "");
    recto_buf_clear(&data);
    put_to_unicode(&data, font);
    put_stream(w, unicode, &data, "");
    recto_buf_free(&data);
}

void recto_pdf_write_font_end(recto_pdf_write *w, recto_pdf_write_font *font)
{
    int cid = recto_pdf_write_new(w), descriptor = recto_pdf_write_new(w);
    int program = recto_pdf_write_new(w), glyphs = recto_pdf_write_new(w);
    int unicode = recto_pdf_write_new(w);
    if (font->failed)
        w->failed = w->failed == RECTO_OK ? RECTO_ERR_NOMEM : w->failed;
    recto_pdf_write_begin(w, font->num, 0);
    recto_buf_printf(&w->out,
                     "<</Type /Font /Subtype /Type0 /BaseFont /RectoInvisible /Encoding /Identity-H"
                     " /DescendantFonts [%d 0 R] /ToUnicode %d 0 R>>",
                     cid, unicode);
    recto_pdf_write_end(w);
    recto_pdf_write_begin(w, cid, 0);
    recto_buf_text(&w->out, "<</Type /Font /Subtype /CIDFontType2 /BaseFont /RectoInvisible"
                            " /CIDSystemInfo <</Registry ");
    recto_pdf_write_string(w, cid, 0, "Adobe");
    recto_buf_text(&w->out, " /Ordering ");
    recto_pdf_write_string(w, cid, 0, "Identity");
    recto_buf_printf(&w->out,
                     " /Supplement 0>> /FontDescriptor %d 0 R /DW %d /CIDToGIDMap %d 0 R>>",
                     descriptor, RECTO_PDF_WRITE_ADVANCE, glyphs);
    recto_pdf_write_end(w);
    recto_pdf_write_begin(w, descriptor, 0);
    recto_buf_printf(&w->out,
                     "<</Type /FontDescriptor /FontName /RectoInvisible /Flags 5 /FontBBox [0 -%d "
                     "%d %d] /ItalicAngle 0 /Ascent %d /Descent -%d /CapHeight %d /StemV 80"
                     " /FontFile2 %d 0 R>>",
                     RECTO_PDF_WRITE_DESCENT, RECTO_PDF_WRITE_ADVANCE, RECTO_PDF_WRITE_ASCENT,
                     RECTO_PDF_WRITE_ASCENT, RECTO_PDF_WRITE_DESCENT, RECTO_PDF_WRITE_ASCENT,
                     program);
    recto_pdf_write_end(w);
    put_streams(w, font, program, glyphs, unicode);
}
