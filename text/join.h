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
 * line does not go on in lower case.  Soft hyphens go everywhere.  Between two characters of a
 * script without spaces (Chinese, Japanese, Thai) there is none.
 *
 * skip_words  leading words of the first line to leave out (a list marker)
 * Returns text in keep; NULL if out of memory.
 */
const char *recto_join_lines(recto_join *j, const recto_line *lines, int n, int skip_words,
                             recto_arena *keep);

/* Where a word went: bytes [start, end) of the text, without the hyphen that was dropped; empty if
 * nothing of it is left. */
typedef struct recto_join_place {
    int start, end;
} recto_join_place;

/** The same, and where every word went: places has one entry for each word of all lines, in their
 * order (those that were skipped are empty). */
const char *recto_join_lines_placed(recto_join *j, const recto_line *lines, int n, int skip_words,
                                    recto_join_place *places, recto_arena *keep);

/**
 * How text that ends in one word goes on in text that begins with another, when it is known that
 * it does: as recto_join_lines joins lines, which depends on the words alone.
 *
 * j  the page's joiner, or NULL: the caller has found no compound (compound_elsewhere)
 */
recto_goes_on recto_join_ending(recto_join *j, const char *last_word, const char *first_word,
                                bool compound_elsewhere);

/** Make a list item or code a plain block: the marker goes back in front of the text, white space
 * becomes single spaces, spans keep to their words.  False if out of memory (the block is
 * unchanged). */
bool recto_join_plain(recto_block *b, recto_arena *keep);

/** Lines of code: one a line, with indentation and gaps as spaces.  NULL if out of memory. */
const char *recto_join_code(const recto_line *lines, int n, recto_arena *keep);

#endif
