/* Styles come from flags and names, since half of the fonts in the world set no flags. */
#include "vision/pdf_font.h"

#include <math.h>
#include <mupdf/fitz.h>
#include <string.h>

static bool has_word(const char *name, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strstr(name, *words) != NULL)
            return true;
    }
    return false;
}

static uint32_t font_style(fz_context *ctx, fz_font *font)
{
    static const char *const bold[] = {"Bold", "bold",     "BOLD",   "Black", "Heavy",
                                       "Demi", "CMBX",     "cmbx",   "SFBX",  "LMBX",
                                       "-Bd",  "Semibold", "L-Medi", NULL};
    static const char *const italic[] = {"Italic", "italic", "ITALIC", "Obli", "obli", "CMTI",
                                         "CMBXTI", "SFTI",   "CMSL",   "Ital", NULL};
    static const char *const mono[] = {
        "Courier", "Mono",   "mono",         "Consol",  "Typewriter", "CMTT",     "SFTT",
        "LMTT",    "Code",   "MonL",         "cmtt",    "txtt",       "Inconsol", "Menlo",
        "Monaco",  "Andale", "LetterGothic", "Cousine", NULL};
    const char *name = fz_font_name(ctx, font);
    const char *plus = strchr(name, '+');
    if (plus != NULL)
        name = plus + 1;
    uint32_t style = 0;
    if (fz_font_is_bold(ctx, font) || has_word(name, bold))
        style |= RECTO_STYLE_BOLD;
    if (fz_font_is_italic(ctx, font) || has_word(name, italic))
        style |= RECTO_STYLE_ITALIC;
    if (fz_font_is_monospaced(ctx, font) || has_word(name, mono))
        style |= RECTO_STYLE_MONO;
    return style;
}

static float within(float v, float low, float high, float otherwise)
{
    return v >= low && v <= high ? v : otherwise;
}

/* Type 3 fonts may draw their em at any scale of text space: their box tells. */
static float em_of(fz_context *ctx, fz_font *font)
{
    if (fz_font_t3_procs(ctx, font) == NULL)
        return 1.0f;
    float height = fz_font_bbox(ctx, font).y1 - fz_font_bbox(ctx, font).y0;
    return height >= 0.4f && height <= 3.0f ? 1.0f : within(height, 1e-4f, 1e4f, 1.0f);
}

const recto_pdf_font *recto_pdf_font_look(recto_pdf_font *last, struct fz_context *ctx,
                                          struct fz_font *font)
{
    if (last->font == font)
        return last;
    fz_drop_font(ctx, last->font);
    last->font = fz_keep_font(ctx, font);
    last->style = font_style(ctx, font);
    last->em = em_of(ctx, font);
    /* fonts state the oddest extents; a line's box has to hold its ink and little more */
    last->ascent = within(fz_font_ascender(ctx, font), 0.6f, 1.0f, 0.8f);
    last->descent = within(-fz_font_descender(ctx, font), 0.1f, 0.3f, 0.2f);
    return last;
}

static bool is_control(int ucs)
{
    return ucs < 0x20 || (ucs >= 0x7F && ucs < 0xA0);
}

static bool is_private(int ucs)
{
    return (ucs >= 0xE000 && ucs <= 0xF8FF) || ucs >= 0xF0000;
}

/* Bullets and boxes that Symbol and Wingdings leave in the private use area; 0 if none. */
static uint32_t symbol_of(int ucs)
{
    static const uint16_t known[][2] = {
        {0xF0B7, 0x2022}, {0xF0A7, 0x25AA}, {0xF06E, 0x25A0}, {0xF0A8, 0x2610}, {0xF06F, 0x2610},
        {0xF0FE, 0x2612}, {0xF0FC, 0x2713}, {0xF0D8, 0x2022}, {0xF076, 0x2022}, {0xF02D, 0x2212},
        {0xF0E0, 0x2192}, {0xF0E8, 0x2192}, {0xF0B0, 0x00B0}, {0xF0B4, 0x00D7}, {0xF06C, 0x25CF},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i][0] == ucs)
            return known[i][1];
    }
    return 0;
}

void recto_pdf_font_character(recto_pdf_glyph *g, int ucs)
{
    g->ucs = (uint32_t)ucs;
    if (ucs == '\t' || ucs == '\n' || ucs == '\r') {
        g->ucs = ' ';
    } else if (is_private(ucs) && symbol_of(ucs) != 0) {
        g->ucs = symbol_of(ucs);
    } else if (is_control(ucs) || is_private(ucs) || ucs > 0x10FFFF || ucs == 0xFFFD ||
               (ucs >= 0xD800 && ucs <= 0xDFFF)) {
        g->ucs = RECTO_PDF_UNKNOWN;
        g->flags |= RECTO_PDF_GLYPH_BAD;
    }
}
