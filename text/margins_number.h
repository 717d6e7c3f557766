/* Page numbers in the text of headers and footers.  Internal to margins*.c. */
#ifndef RECTO_TEXT_MARGINS_NUMBER_H
#define RECTO_TEXT_MARGINS_NUMBER_H

#include <stdbool.h>

typedef struct recto_margins_number {
    int value;
    bool roman;
    bool named;   /* says that it is one: "Page 3", "3 of 7", "- 3 -" */
    bool whole;   /* there is nothing else in the text */
    int from, to; /* bytes of the text that are left without it */
} recto_margins_number;

/**
 * Read the page number at the start or the end of a text, as pages carry it: "17", "iv", "Page 2 of
 * 5", "- 3 -", "Seite 4", "A running title 12".  Numbers in words, and roman ones beside other
 * text, do not count.  Returns false if there is none.
 */
bool recto_margins_number_read(recto_margins_number *out, const char *text);

#endif
