/* Escaping: document text made inert in an output form.  All text that leaves the program goes
 * through here, wherever it came from: it is untrusted, and the writers do not rely on an earlier
 * cleaning.
 *
 * Markdown is escaped as little as is safe, so that it stays readable: a character is escaped only
 * where CommonMark or GFM would read it as markup at that very place. */
#ifndef RECTO_TEXT_ESCAPE_H
#define RECTO_TEXT_ESCAPE_H

#include "core/buf.h"
#include "text/doc.h"

/* Where Markdown text stands; may be combined. */
enum {
    RECTO_ESCAPE_INLINE = 0,      /* inside a line */
    RECTO_ESCAPE_BLOCK = 1u << 0, /* it begins a block: "#", ">", "- ", "1. " would be markup */
    RECTO_ESCAPE_CELL = 1u << 1,  /* in a pipe table */
    RECTO_ESCAPE_TITLE = 1u << 2, /* in a heading line: closing "#" would be markup */
    RECTO_ESCAPE_LINES = 1u << 3, /* plain and cleaned only: keep line feeds and runs of spaces */
    RECTO_ESCAPE_MATH = 1u << 4,  /* the reader of the output knows $math$: keep other $ from it */
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

/**
 * As above, with the text's spans as markup: $math$, **bold**, *italic*, `code`, <sup>, <sub>;
 * where CommonMark would not take asterisks for emphasis, <b> and <i>.  LaTeX stays as it is, but
 * for what could end it or begin a tag: a bare $ becomes \\$, "<a" becomes "< a".  Spans are
 * ignored where the text is not in its final form (see recto_escape_cleaned).
 */
void recto_escape_html_spans(recto_buf *out, const char *text, const recto_span *spans,
                             int n_spans);
void recto_escape_markdown_spans(recto_buf *out, const char *text, const recto_span *spans,
                                 int n_spans, unsigned where);
/** Append the LaTeX of a display formula: one line in which nothing can end or leave "$$". */
void recto_escape_formula(recto_buf *out, const char *latex);
/** Append a file name as a relative URL: all but letters, digits and "-._~/" percent-encoded. */
void recto_escape_url(recto_buf *out, const char *name);

#endif
