/* From bits of text to pieces of lines.  Internal to vision/, between pdf_text.c (glyphs to bits,
 * pieces to lines) and pdf_pieces.c. */
#ifndef RECTO_VISION_PDF_PIECES_H
#define RECTO_VISION_PDF_PIECES_H

#include "vision/pdf_words.h"

/* Bits that follow one another in the content on one baseline, without a gap as between columns. */
typedef struct recto_pdf_piece {
    int first, n; /* bits */
    float u0, u1;
    float v, size;  /* of its main text, not of its scripts */
    int next, prev; /* pieces joined after and before; -1 if none */
    int inner;      /* piece that lies in a gap of this one, drawn out of order; -1 if none */
    int outer;      /* the piece in whose gap this one lies; -1 if none */
} recto_pdf_piece;

typedef struct recto_pdf_pieces {
    const recto_pdf_page *page;
    const recto_pdf_bit *bits; /* in the order of the content */
    int n_bits;
    bool any_rtl;     /* letters of right-to-left scripts are among them */
    recto_arena *tmp; /* receives the pieces; not reset */

    recto_pdf_piece *pieces; /* what is built */
    int n_pieces, cap_pieces;
    bool nomem;
} recto_pdf_pieces;

/** Thread, cut and join the bits: fills the last fields, which are zeroed by the caller.  A line is
 * a piece without prev and outer, those that follow by `next`, and the inner ones of each (the
 * first by `inner`, the others by `next`).  False if out of memory.  O(n log n). */
bool recto_pdf_pieces_build(recto_pdf_pieces *pieces);

/** True if the text of both runs in the same direction. */
static inline bool recto_pdf_pieces_parallel(const recto_pdf_run *a, const recto_pdf_run *b)
{
    return a->ux * b->ux + a->uy * b->uy > 0.9998f;
}

#endif
