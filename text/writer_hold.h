/* Holding back: what a writer of running text has put behind a block that goes on waits here until
 * the rest of the block has come and stands in front of it.
 *
 *   page 1: "... a sen"|  "1 A footnote."  "Page 1"        | is the open place
 *   page 2:     "tence."^                                   put in at the place, not at the end
 *
 * The bytes stay in the caller's buffer while a page is written; at its end those from the first
 * open place on are taken out of it and come back at the beginning of the next.  What waits is
 * bounded: a block whose rest does not come within a few pages, or with too much in between, is
 * closed where it is. */
#ifndef RECTO_TEXT_WRITER_HOLD_H
#define RECTO_TEXT_WRITER_HOLD_H

#include "core/buf.h"
#include "text/doc.h"

typedef struct recto_writer_hold recto_writer_hold;

/** In the arena, which must live until the document's end.  NULL if out of memory. */
recto_writer_hold *recto_writer_hold_new(recto_arena *keep);
/** Begin a page: what waits is appended to out. */
void recto_writer_hold_begin(recto_writer_hold *h, recto_buf *out);
/** End a page: what must wait is taken from out. */
void recto_writer_hold_end(recto_writer_hold *h, recto_buf *out);

/**
 * A block of this label goes on: its rest is to stand at byte `at` of out.  One that is open is
 * closed first (which may move `at` by nothing: it lies in front).
 *
 * how   the way it goes on
 * tail  what to put there if no rest comes (the hyphen that was left out); short, may be ""
 */
void recto_writer_hold_open(recto_writer_hold *h, recto_buf *out, recto_label label, size_t at,
                            recto_goes_on how, const char *tail);
/** How the open block of this label goes on; NOT if none is open. */
recto_goes_on recto_writer_hold_how(recto_writer_hold *h, recto_buf *out, recto_label label);
/**
 * Put out's bytes from `from` to its end, the rest of the block, in its place.  A block that goes
 * on still stays open behind them, at `before_end` bytes before their end, else it is closed.
 *
 * Returns how many bytes stand behind them.
 */
size_t recto_writer_hold_put(recto_writer_hold *h, recto_buf *out, recto_label label, size_t from,
                             size_t before_end, recto_goes_on how, const char *tail);
/** A block of this label is written that is no rest: if it is running text, no rest of a text, item
 * or code that is open can come any more. */
void recto_writer_hold_follow(recto_writer_hold *h, recto_buf *out, recto_label label);
/** No rest comes: of this label, or of any. */
void recto_writer_hold_close(recto_writer_hold *h, recto_buf *out, recto_label label);
void recto_writer_hold_close_all(recto_writer_hold *h, recto_buf *out);

/** While a block is open: out's bytes from `from` to its end mark a page's beginning. */
void recto_writer_hold_mark(recto_writer_hold *h, const recto_buf *out, size_t from);
/** Take the marks behind the open block of this label out of out, and append them to `to`. */
void recto_writer_hold_take_marks(recto_writer_hold *h, recto_buf *out, recto_label label,
                                  recto_buf *to);

#endif
