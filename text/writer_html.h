/* What the parts of the HTML writer share.  Internal to text/writer_html*.c.
 *
 *   writer_html.c          document, pages, outline; what is held back while text goes on
 *   writer_html_flow.c     blocks as flowing text
 *   writer_html_text.c     a text with its spans and its doubtful words
 *   writer_html_sheet.c    the page as it looks, with its words over it
 *   writer_html.css, .js   constants, linked in by writer_html_assets.S
 *
 * Block I of page P is id="bP-I" in the text and id="rP-I" on the page. */
#ifndef RECTO_TEXT_WRITER_HTML_H
#define RECTO_TEXT_WRITER_HTML_H

#include "text/writer.h"

/* Lists nest as deep as levels go (16); a character and its NUL. */
enum { RECTO_WRITER_HTML_LISTS = 17, RECTO_WRITER_HTML_TAIL = 8 };

/* Bytes that an arena holds from one page to the next. */
typedef struct recto_writer_html_kept {
    char *bytes;
    size_t len, cap;
} recto_writer_html_kept;

typedef struct recto_writer_html_doc {
    recto_arena *keep;
    /* of the call under way */
    const recto_page *page;
    recto_buf *out;
    recto_buf *after; /* what stands behind the text that goes on; empty if none does */
    /* text that goes on: `out` ends inside of it, all else goes to `after` until it is whole */
    bool joining;
    recto_label join_label;
    recto_goes_on join_by;
    int join_page;                     /* where it began */
    char tail[RECTO_WRITER_HTML_TAIL]; /* its last character, if a hyphen that goes when it is
                                          joined */
    int loose_caption;           /* 1 + index on this page of the caption of a table that is more
                                    of one above; 0 = none */
    recto_writer_html_kept held; /* `after` between two calls */
    /* lists that are open, outermost first */
    int n_lists;
    struct {
        int level;
        bool ordered;
    } lists[RECTO_WRITER_HTML_LISTS];
    /* outline, as list items; runs of page numbers as pairs first, last */
    recto_writer_html_kept outline;
    bool outline_full;
    recto_writer_html_kept runs;
} recto_writer_html_doc;

/* A text on its way out. */
typedef struct recto_writer_html_text {
    const char *text;
    const char *marker; /* of a list item, NULL else */
    const recto_span *spans;
    int n_spans;
    const recto_line *lines; /* whose words may be doubtful */
    int n_lines;
    int drop; /* bytes at the end that are not written */
} recto_writer_html_text;

/** Append the text: spans as elements, words of low confidence marked. */
void recto_writer_html_inline(recto_buf *out, const recto_writer_html_text *t);

/** Where a block's markup goes: behind the text that goes on, if one does. */
recto_buf *recto_writer_html_at(recto_writer_html_doc *h);
/** Append block `index` of h->page. */
void recto_writer_html_block(recto_writer_html_doc *h, int index);
/** The text that goes on is whole, or will not be: close it and let follow what was held. */
void recto_writer_html_close_join(recto_writer_html_doc *h);
/** Close all open lists. */
void recto_writer_html_close_lists(recto_writer_html_doc *h);

/** Append the picture of h->page, or blank paper, with its blocks and words. */
void recto_writer_html_sheet(recto_writer_html_doc *h, recto_buf *out);

/** Append bytes to what is kept; false if out of memory. */
bool recto_writer_html_keep(recto_writer_html_doc *h, recto_writer_html_kept *kept,
                            const void *bytes, size_t len);

/* Linked in by writer_html_assets.S; NUL-terminated. */
extern const char recto_writer_html_style[];
extern const char recto_writer_html_script[];

#endif
