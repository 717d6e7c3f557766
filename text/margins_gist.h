/* Texts of headers and footers, as they are compared between pages.  Internal to margins_seen.c. */
#ifndef RECTO_TEXT_MARGINS_GIST_H
#define RECTO_TEXT_MARGINS_GIST_H

#include "text/doc.h"

enum {
    RECTO_MARGINS_NUMBERS = 4,     /* in a text, that are compared */
    RECTO_MARGINS_TEXT = 48,       /* bytes of it that are kept */
    RECTO_MARGINS_PARTS = 4,       /* stretches of a line */
    RECTO_MARGINS_PART_SIZE = 160, /* bytes of one */
};

/* What is compared of a text, without its page number: letters in lower case, a # for every number,
 * signs. */
typedef struct recto_margins_gist {
    uint64_t hash;   /* never 0 */
    int page_number; /* -1 if it has none */
    int n_numbers;
    long numbers[RECTO_MARGINS_NUMBERS];
    int n_words;
    size_t len;
    char text[RECTO_MARGINS_TEXT];
} recto_margins_gist;

/** Read a text; equal ones at the top and at the bottom of pages are different. */
void recto_margins_gist_read(recto_margins_gist *g, const char *text, bool top);

/** Are two texts of gists the same but for a letter, as one that was read wrongly on a scan? */
bool recto_margins_gist_alike(const char *a, const char *b);

/** The stretches of a block of one line that stand far apart, as in a title with its two halves at
 * the edges of the page; 0 if there is only one, or too many. */
int recto_margins_gist_parts(char out[RECTO_MARGINS_PARTS][RECTO_MARGINS_PART_SIZE],
                             const recto_block *b);

/** Hash of a heading's words, section number and case apart; 0 if there are too few letters. */
uint64_t recto_margins_gist_words(const char *text);

/** Dots that lead to a page number, as in a table of contents? */
bool recto_margins_gist_has_leaders(const char *text);

#endif
