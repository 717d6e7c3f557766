/* What the markup parser's files share: one parse under way, and the calls between its stages.
 *
 *   markup.c         the whole: cleaning, thought, body, notes
 *   markup_blocks.c  lines to blocks (Markdown's block structure)
 *   markup_put.c     pieces of text to the blocks they turn out to be
 *   markup_leaf.c    blocks that swallow many lines: code, formulas, comments, HTML elements
 *   markup_inline.c  a paragraph's source to tokens
 *   markup_emit.c    tokens to text and spans, cut where a picture or a new paragraph begins
 *   markup_tag.c     tags and coordinates: the small words of the notation
 *   markup_entity.c  character references
 *   markup_latex.c   where LaTeX begins and ends, and its normal form
 *   markup_table.c   HTML and pipe tables to cells
 *   markup_grid.c    cells to a grid
 *   markup_think.c   the layout thought, and which block is which of its regions
 *   markup_json.c    layout as JSON
 *
 * All sources are ranges of one cleaned buffer: valid UTF-8 in NFC without controls, white space
 * only as ' ' and '\n'.  Nothing recurses, and no scan is repeated: what was looked for in vain is
 * remembered, so that time is linear in the length of the answer. */
#ifndef RECTO_TEXT_MARKUP_PARTS_H
#define RECTO_TEXT_MARKUP_PARTS_H

#include "text/markup.h"

#include "core/buf.h"

#include <stddef.h>

enum {
    RECTO_MARKUP_BLOCKS_MAX = 50000,
    RECTO_MARKUP_REGIONS_MAX = 5000,
    RECTO_MARKUP_DEPTH_MAX = 16,       /* lists in lists, as the document model has it */
    RECTO_MARKUP_PLACES_MAX = 100000,  /* of one table */
    RECTO_MARKUP_COLUMNS_MAX = 1000,   /* of one table */
    RECTO_MARKUP_NAME_MAX = 64,        /* bytes of a category */
    RECTO_MARKUP_BRIEF_MAX = 2000,     /* bytes of a brief */
    RECTO_MARKUP_TAG_MAX = 1000,       /* bytes of a tag with its attributes */
    RECTO_MARKUP_SOURCE_MAX = 1 << 26, /* bytes of an answer that are looked at */
};

/* What is mended; each becomes a note with its count. */
typedef enum recto_markup_fix {
    RECTO_MARKUP_FIX_TOO_LONG,
    RECTO_MARKUP_FIX_TOO_MANY,
    RECTO_MARKUP_FIX_THOUGHT_OPEN,
    RECTO_MARKUP_FIX_THOUGHT_TAG,
    RECTO_MARKUP_FIX_ENTRY,
    RECTO_MARKUP_FIX_COORDS,
    RECTO_MARKUP_FIX_BOX,
    RECTO_MARKUP_FIX_SPECIAL,
    RECTO_MARKUP_FIX_SEPARATOR,
    RECTO_MARKUP_FIX_WRAPPED,
    RECTO_MARKUP_FIX_CODE_OPEN,
    RECTO_MARKUP_FIX_FORMULA_OPEN,
    RECTO_MARKUP_FIX_FORMULA,
    RECTO_MARKUP_FIX_TABLE_OPEN,
    RECTO_MARKUP_FIX_TABLE_EMPTY,
    RECTO_MARKUP_FIX_TABLE_NESTED,
    RECTO_MARKUP_FIX_TABLE_TAG,
    RECTO_MARKUP_FIX_TABLE_SIZE,
    RECTO_MARKUP_FIX_CELL_SPAN,
    RECTO_MARKUP_FIX_CELL_MISSING,
    RECTO_MARKUP_FIX_CELL_BARE,
    RECTO_MARKUP_FIX_CELL_PICTURE,
    RECTO_MARKUP_FIX_TAG_OPEN,
    RECTO_MARKUP_FIX_JSON,
    RECTO_MARKUP_FIX_COUNT
} recto_markup_fix;

/* What was looked for in vain in a range; from then on it is known not to come there. */
enum {
    RECTO_MARKUP_NO_COMMENT_END = 1u << 0,
    RECTO_MARKUP_NO_SCRIPT_END = 1u << 1,
    RECTO_MARKUP_NO_STYLE_END = 1u << 2,
    RECTO_MARKUP_NO_PRE_END = 1u << 3,
};

typedef struct recto_markup {
    const recto_markup_options *opt;
    recto_arena *keep, *tmp;
    recto_block *blocks;
    int n_blocks, cap_blocks;
    recto_region *regions;
    int n_regions, cap_regions;
    int fixes[RECTO_MARKUP_FIX_COUNT];
    size_t last_table_tag; /* place in the body of the last tag of any table */
    bool any_heading;
    bool full;  /* a limit was reached: nothing more is added */
    bool nomem; /* an allocation failed: nothing counts any more */
} recto_markup;

static inline void recto_markup_mend(recto_markup *m, recto_markup_fix fix)
{
    m->fixes[fix]++;
}

/** n zeroed items in the arena, or NULL with m->nomem. */
void *recto_markup_room(recto_markup *m, recto_arena *a, size_t n, size_t size);
/** Grow *items (in a) so that one more fits; false with m->nomem. */
bool recto_markup_reserve(recto_markup *m, recto_arena *a, void **items, int n, int *cap,
                          size_t size);
/** A new block at the end, text "", conf 1; NULL if there may be no more. */
recto_block *recto_markup_add(recto_markup *m, recto_label label);
/** The range with runs of white space as one space, at most max bytes, in keep; "" if nomem. */
const char *recto_markup_plain(recto_markup *m, const char *from, const char *end, size_t max);

/** Append text as the parts expect it (see above): cleaned, with its spaces and line feeds; tabs
 * become spaces. */
void recto_markup_clean(recto_markup *m, recto_buf *out, const char *p, const char *end);

/* --- small words ------------------------------------------------------------------------------ */

/* A tag "<name attributes>" or "</name>". */
typedef struct recto_markup_tag {
    const char *name; /* in the source, any case */
    size_t name_len;
    const char *attributes, *end; /* end: just behind the ">" */
    bool closing;
} recto_markup_tag;

/** Whether a tag starts at p (a "<"); attributes are not checked, but end at the first ">". */
bool recto_markup_tag_at(recto_markup_tag *tag, const char *p, const char *end);
bool recto_markup_tag_is(const recto_markup_tag *tag, const char *name);
/** A numeric attribute; fallback if absent, -1 if it is no number. */
int recto_markup_tag_number(const recto_markup_tag *tag, const char *attribute, int fallback);
/** The value of an attribute; false if absent. */
bool recto_markup_tag_value(const recto_markup_tag *tag, const char *attribute, const char **from,
                            const char **end);
/* What a tag of HTML, or of the model's own, is to the text. */
typedef enum recto_markup_use {
    RECTO_MARKUP_USE_DROP,
    RECTO_MARKUP_USE_STYLE,   /* n: span kind */
    RECTO_MARKUP_USE_BREAK,   /* label */
    RECTO_MARKUP_USE_HEADING, /* n: level */
    RECTO_MARKUP_USE_SPACE,
    RECTO_MARKUP_USE_LIST, /* n: ordered */
    RECTO_MARKUP_USE_ITEM,
    RECTO_MARKUP_USE_PICTURE,
    RECTO_MARKUP_USE_TABLE,
    RECTO_MARKUP_USE_LAYOUT, /* the thought's own tags, outside of it */
} recto_markup_use;

/** What a tag does, with its n; false if it is none of HTML's. */
bool recto_markup_tag_use(const recto_markup_tag *tag, recto_markup_use *use, int *n);
/** Code point of the entity or character reference at p (a "&"), with its length; 0 if none. */
uint32_t recto_markup_entity(const char *p, const char *end, size_t *len);
/** First place of a word in [p, end) regardless of ASCII case; NULL if it is not there. */
const char *recto_markup_find(const char *p, const char *end, const char *word);
bool recto_markup_starts(const char *p, const char *end, const char *word); /* any case */
bool recto_markup_is_punct(char c);                                         /* ASCII */

/** The coordinates at p: "<box>...</box>", "<quad>...</quad>"; box in page pixels, empty if it says
 * nothing usable.  Returns the place behind, NULL if none starts here. */
const char *recto_markup_box(recto_markup *m, recto_rect *box, const char *p, const char *end);
/** Four (or eight) coordinates, tokens or digits, in any brackets: [p, end) to page pixels; empty
 * and a fix if there are not that many. */
recto_rect recto_markup_coords(recto_markup *m, const char *p, const char *end);

/* --- LaTeX ------------------------------------------------------------------------------------ */

/* Kinds of delimiters. */
typedef enum recto_markup_math {
    RECTO_MARKUP_MATH_NONE = 0,
    RECTO_MARKUP_MATH_DOLLAR,  /* $...$ */
    RECTO_MARKUP_MATH_DOLLARS, /* $$...$$ */
    RECTO_MARKUP_MATH_PAREN,   /* \(...\) */
    RECTO_MARKUP_MATH_BRACKET, /* \[...\] */
    RECTO_MARKUP_MATH_ENVIRONMENT,
} recto_markup_math;

typedef struct recto_markup_formula {
    recto_markup_math kind;
    const char *from, *end; /* the LaTeX */
    const char *behind;     /* the place behind the closing delimiter */
    bool open;              /* no closing delimiter: runs to the limit */
} recto_markup_formula;

/* Delimiters that were looked for in vain in one range. */
typedef struct recto_markup_math_memo {
    bool no_dollars, no_paren, no_bracket;
    uint64_t no_environment; /* by index */
} recto_markup_math_memo;

/** LaTeX that starts at p and ends before limit; kind NONE if there is none.  if_open: accept one
 * that does not end (all but $...$). */
recto_markup_formula recto_markup_math_at(const char *p, const char *limit, bool if_open,
                                          recto_markup_math_memo *memo);
/** Signs of LaTeX, other than digits and words. */
bool recto_markup_math_signs(const char *p, const char *end);
/** Words without any sign of LaTeX: dollars around them are money. */
bool recto_markup_math_is_prose(const char *p, const char *end);
/** Append the normal form: one line, no comments, nothing that could end it early; html: entities
 * are decoded first. */
void recto_markup_latex(recto_markup *m, recto_buf *out, const char *p, const char *end, bool html,
                        bool display);

/* --- inline ----------------------------------------------------------------------------------- */

enum {
    RECTO_MARKUP_HTML = 1u << 0, /* content of an HTML element: no Markdown but LaTeX */
    RECTO_MARKUP_CELL = 1u << 1, /* a table's cell: one piece, no pictures */
};

/* A piece of a paragraph. */
typedef struct recto_markup_piece {
    recto_label label; /* TEXT; or as tags say: SECTION_HEADER, LIST_ITEM, CAPTION; PICTURE */
    int level;         /* of a heading, from 1; depth of an item, from 0 */
    int number;        /* of an item, 0 for a bullet */
    const char *text;  /* in keep; "" for a picture */
    recto_span *spans; /* in keep */
    int n_spans;
    const char *category; /* of a picture, NULL if it has no name */
    recto_rect box;       /* empty if none is told */
} recto_markup_piece;

/* How a token acts on what stands after it. */
typedef enum recto_markup_act {
    RECTO_MARKUP_ACT_TEXT,  /* source as it is, n bytes */
    RECTO_MARKUP_ACT_CHAR,  /* the code point n */
    RECTO_MARKUP_ACT_DELIM, /* * _ ~ */
    RECTO_MARKUP_ACT_STYLE, /* n: a span kind, on or off */
    RECTO_MARKUP_ACT_MATH,
    RECTO_MARKUP_ACT_CODE,
    RECTO_MARKUP_ACT_PICTURE, /* n: index */
    RECTO_MARKUP_ACT_BOX,     /* n: index */
    RECTO_MARKUP_ACT_BREAK,   /* a new piece; label and n as level */
    RECTO_MARKUP_ACT_LIST,    /* on: a list begins (n: ordered), off: it ends */
    RECTO_MARKUP_ACT_SKIP,
} recto_markup_act;

typedef struct recto_markup_token {
    recto_markup_act act;
    const char *from, *end;
    int n;
    bool on;
    recto_label label;
    /* DELIM */
    char mark;
    bool can_open, can_close;
    int left;                /* characters not used */
    int opens[2], closes[2]; /* italic, bold */
} recto_markup_token;

typedef struct recto_markup_picture {
    recto_rect box;
    const char *category;
} recto_markup_picture;

typedef struct recto_markup_tokens {
    recto_markup_token *list;
    int n, cap;
    recto_markup_picture *pictures; /* and boxes */
    int n_pictures, cap_pictures;
} recto_markup_tokens;

/** Append the tokens of a range; delimiters are not matched yet. */
void recto_markup_tokenize(recto_markup *m, recto_markup_tokens *t, const char *p, const char *end,
                           unsigned how);
/** Match * _ ~~ by CommonMark's rules. */
void recto_markup_emphasis(recto_markup *m, recto_markup_tokens *t);
/**
 * Text and spans of a paragraph's source.
 *
 * Returns the pieces (in tmp), *n_out of them; a range without any text has none, but in CELL there
 * is always one.  NULL and 0 if m->nomem.
 */
recto_markup_piece *recto_markup_inline(recto_markup *m, const char *p, const char *end,
                                        unsigned how, int *n_out);

/* --- pieces to blocks ------------------------------------------------------------------------- */

/* A list item whose content may go on. */
typedef struct recto_markup_item {
    int indent;
    bool open; /* no other block came between, so that it still counts as a parent */
} recto_markup_item;

typedef struct recto_markup_lists {
    recto_markup_item items[RECTO_MARKUP_DEPTH_MAX]; /* from the outermost */
    int n;
} recto_markup_lists;

/** A block that is no item was added: the items before it are nobody's parents any more. */
void recto_markup_lists_close(recto_markup_lists *lists);
/** An item begins at this indentation. */
void recto_markup_lists_push(recto_markup_lists *lists, int indent);
/** Bytes of a printed bullet (boxes: of a box to tick) that a text begins with, 0 if with none. */
size_t recto_markup_bullet(const char *p, const char *end, bool boxes);
/** "--- Page 3 ---" */
bool recto_markup_is_separator(const char *p, const char *end);
/** Add a piece as the block it is; of the item that was pushed last; as a heading. */
void recto_markup_put(recto_markup *m, recto_markup_lists *lists, recto_markup_piece *piece);
void recto_markup_put_item(recto_markup *m, recto_markup_lists *lists, recto_markup_piece *piece,
                           const char *marker, bool ordered);
void recto_markup_put_heading(recto_markup *m, recto_markup_lists *lists, int level,
                              recto_markup_piece *piece);

/* --- blocks ----------------------------------------------------------------------------------- */

/** Add the blocks of the body. */
void recto_markup_blocks(recto_markup *m, const char *p, const char *end);
/** Add a block of code: [p, end) with its line feeds; nothing if it is empty. */
void recto_markup_add_code(recto_markup *m, const char *p, const char *end);
/** Add a formula; nothing if it is empty. */
void recto_markup_add_formula(recto_markup *m, const char *p, const char *end);
/** Where an element that is taken as it stands (pre, script, style) at p ends, added as code; NULL
 * if there is none or it does not end. */
const char *recto_markup_raw(recto_markup *m, const char *p, const char *end, unsigned *missing);
/** Behind the comment at p ("<!--"), and whether it stands for a picture; NULL if it does not end.
 */
const char *recto_markup_comment(const char *p, const char *end, unsigned *missing, bool *picture);

/** Whether an HTML table, or a part of one, starts at p. */
bool recto_markup_table_at(const char *p, const char *end);
/** Place of the last tag of any table in [p, end); p if there is none. */
const char *recto_markup_table_last(const char *p, const char *end);
/** Add the table at p of the body that starts at body; returns the place behind it. */
const char *recto_markup_table_html(recto_markup *m, const char *p, const char *end,
                                    const char *body);

/* One cell of a table before it has its place. */
typedef struct recto_markup_cell {
    const char *from, *end;
    int row, row_span, col_span;
    bool header;
} recto_markup_cell;

typedef struct recto_markup_cells {
    recto_markup_cell *list; /* by row */
    int n, cap;
    int n_rows;
} recto_markup_cells;

bool recto_markup_cell_add(recto_markup *m, recto_markup_cells *cells, recto_markup_cell cell);
/** Columns of a delimiter row ("| --- | :-: |"), 0 if the line is none. */
int recto_markup_pipe_delimiters(const char *p, const char *end);
/** Add a row of a pipe table. */
void recto_markup_pipe_row(recto_markup *m, recto_markup_cells *cells, const char *p,
                           const char *end);
/** Give the cells their places and add the table's block; how: of the cells' source. */
void recto_markup_table_add(recto_markup *m, const recto_markup_cells *cells, unsigned how);

/* --- layout ----------------------------------------------------------------------------------- */

/** Label that a category of the model stands for; TEXT if it is unknown. */
recto_label recto_markup_label(const char *category);
/** Add a region. */
void recto_markup_region(recto_markup *m, recto_rect box, const char *category, const char *brief);
/** The entries of a thought; returns where the last one ended. */
const char *recto_markup_think(recto_markup *m, const char *p, const char *end);
/** Give blocks without a box those of the regions that stand for them. */
void recto_markup_match(recto_markup *m);
/** Layout as JSON: regions and blocks.  False if [p, end) holds no entry. */
bool recto_markup_json(recto_markup *m, const char *p, const char *end);

#endif
