/* Headings among a page's blocks. */
#ifndef RECTO_TEXT_HEADING_H
#define RECTO_TEXT_HEADING_H

#include "text/flow.h"

/**
 * Label headings among TEXT and SECTION_HEADER blocks: SECTION_HEADER with level 1, or back to
 * TEXT; a lone numbered list item that heads text is one, too.  Called with the page's measures
 * first and, once they are known, with the document's.  False if out of memory.
 *
 * A heading is a short block of one to three lines that is larger than the body, or bold, numbered
 * or in capitals and standing alone; sizes estimated from ink must differ by 15 % to count.
 */
bool recto_heading_label(recto_block *blocks, int n, const recto_flow_metrics *m,
                         recto_arena *keep);

/** Depth of a section number at the start of text ("3" 1, "1.2" 2, "A.1.3" 3); 0 if there is none
 * that is followed by a title. */
int recto_heading_number_depth(const char *text);

/** Is it a part of something by its words: numbered, or "Chapter 3", "Scene 2", "IV Results"? */
bool recto_heading_is_part(const char *text);

#endif
