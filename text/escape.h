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
    RECTO_ESCAPE_GLUED = 1u << 5, /* more text stands before or behind it without a space */
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

/** Append cleaned text for XML 1.0 content or a double-quoted attribute: nothing that XML forbids
 * even as a character reference is left. */
void recto_escape_xml(recto_buf *out, const char *text);

/**
 * As above, with the text's spans as markup: $math$, **bold**, *italic*, `code`, <sup>, <sub>,
 * [link](address); where CommonMark would not take asterisks for emphasis, <b> and <i>.  In HTML
 * they are tags, math is $LaTeX$ and other dollars are &#36;.  LaTeX stays as it is, but for what
 * could end it or begin a tag: a bare $ becomes \\$, "<a" becomes "< a".  A link that is not safe
 * (recto_escape_url_is_safe) is its text.  Spans are ignored where the text is not in its final
 * form (see recto_escape_cleaned), and from the first that breaks the rules of doc.h.
 */
void recto_escape_html_spans(recto_buf *out, const char *text, const recto_span *spans,
                             int n_spans);
void recto_escape_markdown_spans(recto_buf *out, const char *text, const recto_span *spans,
                                 int n_spans, unsigned where);
/** Whether a link may be offered for following: http, https, ftp, mailto, tel, or "#page=N". */
bool recto_escape_url_is_safe(const char *url);
/** Append an address that is safe for a double-quoted HTML attribute or between the parentheses of
 * a Markdown link: all that has no place in a URL percent-encoded ("%41" stays), "&" as "&amp;". */
void recto_escape_address(recto_buf *out, const char *url);
/** Append the LaTeX of a display formula: one line in which nothing can end or leave "$$". */
void recto_escape_formula(recto_buf *out, const char *latex);
/** Append a file name as a relative URL: all but letters, digits and "-._~/" percent-encoded. */
void recto_escape_url(recto_buf *out, const char *name);

#endif
