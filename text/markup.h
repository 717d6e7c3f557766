/* The VLM's answer (Markdown, HTML tables, LaTeX, <think> layout entries, COORD boxes, image
 * placeholders, layout JSON) to blocks of the document model.
 *
 * The text is untrusted: anything may be broken, cut off or absurd.  The parser always ends with a
 * page that recto_doc_check accepts; what it had to mend is told in notes (without document text).
 */
#ifndef RECTO_TEXT_MARKUP_H
#define RECTO_TEXT_MARKUP_H

#include "text/doc.h"

typedef struct recto_markup_options {
    float width, height; /* px of the page that coordinates 0..999 span */
    bool is_json;        /* the task asked for JSON (layout): an array of bbox and category */
    bool is_latex;       /* the task asked for a formula: it may stand there without dollars */
    bool cut_off;        /* the answer ends in the middle (limit or loop) */
} recto_markup_options;

/* Decisions: the first heading of a page is its title if it is of level 1, unless the thought says
 * otherwise; tags that are not HTML's are text; block quotes leave what is in them; a script is
 * code; links keep their text, and nothing is ever fetched.  A picture's category is what stands in
 * its brackets.  tests/spec/markup.txt has an example of everything. */

/**
 * Parse an answer into the page's blocks, regions (from <think> or layout JSON) and notes.
 *
 * page  blocks, n_blocks, regions, n_regions, notes, n_notes and conf are set, the rest is left
 *       alone; everything lives in keep
 * text  UTF-8 (broken bytes are replaced)
 *
 * Notes are constant phrases with counts, one for each kind of thing that had to be mended: the
 * caller sets RECTO_FLAG_REPAIRED if there are any (RECTO_FLAG_TRUNCATED is the caller's too).
 *
 * Block boxes: from COORD tokens where the answer has them, else from the region of the thought
 * that stands for the block (same order and kind), else unknown (empty).  Time is linear in len,
 * depth and counts are bounded.  Writing the page as Markdown and parsing that gives the same
 * blocks again, but for what Markdown has no word for (captions, footnotes, boxes, categories).
 *
 * Errors: NOMEM.  Thread-safe.
 */
RECTO_MUST_CHECK recto_status recto_markup_parse(recto_page *page, const char *text, size_t len,
                                                 const recto_markup_options *opt, recto_arena *keep,
                                                 recto_arena *tmp, recto_error *err);

#endif
