/* Words and lines of right-to-left scripts, from the order in which they are seen to the order in
 * which they are read.  Internal to vision/. */
#ifndef RECTO_VISION_PDF_BIDI_H
#define RECTO_VISION_PDF_BIDI_H

#include <stdbool.h>
#include <stdint.h>

/* One character with its place on the line. */
typedef struct recto_pdf_letter {
    uint32_t cp;
    float u0, u1;
    bool more; /* of the glyph of the one before it: they come in the order they are read */
} recto_pdf_letter;

typedef enum recto_pdf_bidi {
    RECTO_PDF_BIDI_NEUTRAL = 0, /* numbers and signs: they go along with what is around them */
    RECTO_PDF_BIDI_LTR,
    RECTO_PDF_BIDI_RTL
} recto_pdf_bidi;

/** What the letters of a word are; mixed ones are right-to-left if any letter is. */
recto_pdf_bidi recto_pdf_bidi_word(const recto_pdf_letter *letters, int n);

/**
 * Put the letters of one word, as seen from left to right, in reading order.
 *
 * kind      of the word
 * rtl_line  the line reads from right to left
 * mirror    brackets are called what they look like, and must be exchanged
 *
 * Numbers and foreign letters inside keep their direction.
 */
void recto_pdf_bidi_letters(recto_pdf_letter *letters, int n, recto_pdf_bidi kind, bool rtl_line,
                            bool mirror);

/** Put vowel signs behind the letters they belong to: those of one piece of text, where they are
 * seen before it; then all others, by their place. */
void recto_pdf_bidi_marks_near(recto_pdf_letter *letters, int n);
void recto_pdf_bidi_marks_over(recto_pdf_letter *letters, int n);

/** +1 for an opening bracket, -1 for a closing one, else 0. */
int recto_pdf_bidi_bracket(uint32_t cp);

/** A full stop, comma or the like, which ends what it stands behind. */
bool recto_pdf_bidi_stop(uint32_t cp);

/** Turn the letters round; those of one glyph stay in their order. */
void recto_pdf_bidi_turn(recto_pdf_letter *letters, int n);
/** Fill order[n] with the indexes of the words (left to right) in reading order. */
void recto_pdf_bidi_order(int *order, const recto_pdf_bidi *kinds, int n, bool rtl_line);

#endif
