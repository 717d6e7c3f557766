/* Escaping: document text made inert in an output form.  All text that leaves the program goes
 * through here, wherever it came from: it is untrusted, and the writers do not rely on an earlier
 * cleaning.
 *
 * Markdown is escaped as little as is safe, so that it stays readable: a character is escaped only
 * where CommonMark or GFM would read it as markup at that very place. */
#ifndef RECTO_TEXT_ESCAPE_H
#define RECTO_TEXT_ESCAPE_H

#include "core/buf.h"

/* Where Markdown text stands; may be combined. */
enum {
    RECTO_ESCAPE_INLINE = 0,      /* inside a line */
    RECTO_ESCAPE_BLOCK = 1u << 0, /* it begins a block: "#", ">", "- ", "1. " would be markup */
    RECTO_ESCAPE_CELL = 1u << 1,  /* in a pipe table */
    RECTO_ESCAPE_TITLE = 1u << 2, /* in a heading line: closing "#" would be markup */
    RECTO_ESCAPE_LINES = 1u << 3, /* plain and cleaned only: keep line feeds and runs of spaces */
};

/**
 * Text without anything that must not reach an output: what recto_utf8_clean drops is dropped,
 * broken bytes become U+FFFD, white space becomes single spaces with none at the ends, a soft
 * hyphen becomes "-" before a space or the end and nothing elsewhere.
 *
 * Returns text itself if it is clean already (the usual case, one pass), else scratch's text, which
 * lives until scratch changes; on out of memory "" and scratch->failed.
 */
const char *recto_escape_cleaned(recto_buf *scratch, const char *text, unsigned where);

/** Append cleaned text as it is. */
void recto_escape_plain(recto_buf *out, const char *text, unsigned where);
/** Append cleaned text for HTML content or a double-quoted attribute. */
void recto_escape_html(recto_buf *out, const char *text);
/** Append cleaned text as Markdown (CommonMark, GFM) that renders as the same text. */
void recto_escape_markdown(recto_buf *out, const char *text, unsigned where);

#endif
