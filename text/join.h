/* Joining lines to text: one space between lines, words that were broken at a line's end whole. */
#ifndef RECTO_TEXT_JOIN_H
#define RECTO_TEXT_JOIN_H

#include "text/flow.h"

typedef struct recto_join recto_join;

/** Joiner for one page; it looks among the page's words (only when asked for the first time)
 * whether a broken compound is written with its hyphen elsewhere.  Lives in tmp; NULL if out of
 * memory. */
recto_join *recto_join_new(const recto_layout *layout, recto_arena *tmp);

/**
 * Text of lines (n >= 1) joined by one space.
 *
 * "exam-" + "ple" gives "example"; the hyphen stays where the first half ends in a capital or a
 * digit, holds another hyphen, where the compound occurs elsewhere on the page, or where the next
 * line does not go on in lower case.  Soft hyphens go everywhere.
 *
 * skip_words  leading words of the first line to leave out (a list marker)
 * Returns text in keep; NULL if out of memory.
 */
const char *recto_join_lines(recto_join *j, const recto_line *lines, int n, int skip_words,
                             recto_arena *keep);

/** Make a list item or code a plain block: the marker goes back in front of the text, white space
 * becomes single spaces.  False if out of memory (the block is unchanged). */
bool recto_join_plain(recto_block *b, recto_arena *keep);

/** Lines of code: one a line, with indentation and gaps as spaces.  NULL if out of memory. */
const char *recto_join_code(const recto_line *lines, int n, recto_arena *keep);

#endif
