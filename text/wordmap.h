/* Where the printed words of a block or cell stand in its joined text.
 *
 * The text is made of the words, but a hyphen at the end of a line may have gone, scripts without
 * spaces are glued, and the printed marker of a list item is not part of it.  Words are asked for
 * in their order; one that cannot be found is passed over and costs the others nothing. */
#ifndef RECTO_TEXT_WORDMAP_H
#define RECTO_TEXT_WORDMAP_H

#include "text/doc.h"

typedef struct recto_wordmap {
    const char *text;
    size_t at;          /* byte where the next word is looked for */
    const char *marker; /* what is left of a list item's marker */
} recto_wordmap;

typedef struct recto_wordmap_place {
    int start, end; /* bytes of the text */
    int hyphen;     /* bytes at the word's end that the text has not: the hyphen of a broken word;
                       0 = none */
} recto_wordmap_place;

/** Begin at the start of text.  marker: of a list item, as printed; NULL if there is none. */
recto_wordmap recto_wordmap_over(const char *text, const char *marker);
/** The place of the next word; false if it is not in the text where it should be.  O(length of the
 * word), but for words that are not found: those look some way ahead. */
bool recto_wordmap_next(recto_wordmap_place *out, recto_wordmap *m, const char *word);

#endif
