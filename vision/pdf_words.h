/* Words of one line of PDF text, from the bits that pdf_text.c found.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_WORDS_H
#define RECTO_VISION_PDF_WORDS_H

#include "vision/pdf_page.h"

/* Glyphs a word holds at most, and half of that a bit: longer ones are cut, nothing is lost. */
enum { RECTO_PDF_WORDS_MAX = 512 };

/* Glyphs of one run without a gap: a word or a part of one.  u is along the writing direction, v
 * across it (downwards). */
typedef struct recto_pdf_bit {
    int run;
    int first, n; /* glyphs, those flagged EXTRA among them */
    float u0, u1, v;
    uint32_t style;
    bool hidden;
    bool outside;    /* off the page or clipped away */
    bool space;      /* a space character came before it in the content */
    float space_end; /* end of that space on u */
    int chain;       /* pdf_text.c: bit + 1 with the same hash before it; 0 = none */
} recto_pdf_bit;

typedef struct recto_pdf_words_line {
    const recto_pdf_page *page;
    const recto_pdf_bit **bits; /* at least one; sorted in place */
    int n_bits;
    float v, size; /* baseline and em of its main text */
    float scale;   /* px a point */
    bool any_rtl;  /* letters of right-to-left scripts are on the page */
    bool most_rtl; /* and they are most of it */
    bool rtl;      /* set here: the line reads from right to left */
    bool mirror;   /* set here: its brackets are called what they look like */
} recto_pdf_words_line;

/**
 * Put the bits of a line together to words: gaps, letter-spacing, accents, ligatures, scripts,
 * right-to-left order.
 *
 * out    filled if the line has any word left after cleaning; then *n_out is raised by one
 * keep   receives words and texts;  tmp  scratch, not reset here
 *
 * Errors: NOMEM (no message: the caller has the context).
 */
RECTO_MUST_CHECK recto_status recto_pdf_words_build(recto_line *out, int *n_out,
                                                    recto_pdf_words_line *line, recto_arena *keep,
                                                    recto_arena *tmp);

/** Add to the counts how many of the glyphs are right-to-left letters, and how many others. */
void recto_pdf_words_directions(int *n_rtl, int *n_ltr, const recto_pdf_glyph *glyphs, int n);
/** True if glyph i repeats the one before it a hair apart: one way to fake bold. */
bool recto_pdf_words_doubled(const recto_pdf_page *page, const recto_pdf_run *run, int i);
/**
 * TeX raises the accent of a capital and draws it first, beside no other letter's baseline: if the
 * first of the run's two glyphs is such an accent and the second its letter, put the accent behind
 * the letter and on its baseline.
 */
void recto_pdf_words_lower_accent(const recto_pdf_run *run, recto_pdf_glyph glyphs[2]);
/** Box on the page of a stretch of a run's baseline, points. */
recto_rect recto_pdf_words_box(const recto_pdf_run *run, float u0, float u1, float v);

#endif
