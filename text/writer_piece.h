/* Parts of a block's text for writers that join text that goes on (see writer_hold.h). */
#ifndef RECTO_TEXT_WRITER_PIECE_H
#define RECTO_TEXT_WRITER_PIECE_H

#include "core/buf.h"
#include "text/doc.h"

typedef struct recto_writer_piece {
    recto_block block; /* as the block it was cut from, but for text and spans */
    char *text;        /* private: what `block` points to; NULL if it is the block's own */
    recto_span *spans;
} recto_writer_piece;

/** Bytes from..to (to < 0: the end) of b's text as a block of their own, spans cut to fit.  Out of
 * memory: an empty text, and false.  Free it. */
bool recto_writer_piece_cut(recto_writer_piece *out, const recto_block *b, int from, int to);
void recto_writer_piece_free(recto_writer_piece *p);

/** Bytes of the hyphen at the end of b's text that goes as the rest comes: 0 unless it goes on in
 * that way. */
int recto_writer_piece_hyphen(const recto_block *b);
/** Where the first word of b's text ends, at a space that no span runs over; -1 if nowhere. */
int recto_writer_piece_word(const recto_block *b);

#endif
