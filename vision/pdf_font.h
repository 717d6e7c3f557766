/* What a PDF's fonts say: style, extents, and what their characters stand for.  Internal to
 * vision/. */
#ifndef RECTO_VISION_PDF_FONT_H
#define RECTO_VISION_PDF_FONT_H

#include "vision/pdf_page.h"

struct fz_context;
struct fz_font;

typedef struct recto_pdf_font {
    struct fz_font *font;  /* kept, so that another cannot get its address; NULL at first */
    uint32_t style;        /* BOLD, ITALIC, MONO */
    float ascent, descent; /* em, of a line of it */
    float em;              /* size of the em in text space: 1 but for odd Type 3 fonts */
} recto_pdf_font;

/** Facts of a font, worked out anew only if it is not the last one: names are long to look at. */
const recto_pdf_font *recto_pdf_font_look(recto_pdf_font *last, struct fz_context *ctx,
                                          struct fz_font *font);
/** Set a glyph's character from what MuPDF took from the font; marks it BAD if that is nothing
 * that can be text. */
void recto_pdf_font_character(recto_pdf_glyph *g, int ucs);

#endif
