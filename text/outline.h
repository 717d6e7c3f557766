/* What a document says of its own sections: bookmarks, matched to the lines they lead to, and
 * headings that are the same over and over. */
#ifndef RECTO_TEXT_OUTLINE_H
#define RECTO_TEXT_OUTLINE_H

#include "text/doc.h"

typedef struct recto_outline recto_outline;
recto_outline *recto_outline_new(void); /* NULL if out of memory */
void recto_outline_free(recto_outline *o);

/** Take the bookmarks, once; their titles are kept as hashes.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_outline_bookmarks(recto_outline *o,
                                                      const recto_bookmark *bookmarks, int n,
                                                      recto_error *err);

/** Level from 1 of the bookmark to this page whose title the block is, with or without its number,
 * case, spaces and punctuation apart; 0 if there is none. */
int recto_outline_level(const recto_outline *o, const recto_page *page, const recto_block *b);

/** Is there one bookmark above all others?  It stands for the document. */
bool recto_outline_root(const recto_outline *o);

/** Count a heading. */
void recto_outline_count(recto_outline *o, const recto_page *page, const recto_block *b);

/** How often was a heading with the text of this one counted?  Digits are all alike. */
int recto_outline_times(const recto_outline *o, const recto_block *b);

/** Headings counted that are bookmarks, too. */
int recto_outline_matched(const recto_outline *o);

#endif
