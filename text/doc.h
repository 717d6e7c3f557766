/* The document model: pages of blocks in reading order, with boxes, confidences and flags.
 *
 * Names follow DoclingDocument where it has one.  A page and all it points to live in one arena;
 * nothing here is shared between pages, so that a document streams page by page (see spill.h) and
 * memory does not grow with its length.
 *
 *   recto_docinfo      what is known of the whole: metadata, bookmarks, provenance
 *   recto_page         one page: size, reader, flags, blocks
 *     recto_block      label, box, text, lines -> words; a table has cells with lines instead
 */
#ifndef RECTO_TEXT_DOC_H
#define RECTO_TEXT_DOC_H

#include "core/arena.h"
#include "core/layout.h"
#include <stddef.h>
#include <stdint.h>

typedef enum recto_label {
    RECTO_LABEL_TEXT = 0,
    RECTO_LABEL_TITLE,
    RECTO_LABEL_SECTION_HEADER,
    RECTO_LABEL_LIST_ITEM,
    RECTO_LABEL_TABLE,
    RECTO_LABEL_PICTURE,
    RECTO_LABEL_CAPTION,
    RECTO_LABEL_FOOTNOTE,
    RECTO_LABEL_FORMULA,
    RECTO_LABEL_CODE,
    RECTO_LABEL_PAGE_HEADER,
    RECTO_LABEL_PAGE_FOOTER,
    RECTO_LABEL_FORM, /* one field of a form */
    RECTO_LABEL_COUNT
} recto_label;

/* Flags say what a reader could not do; on a block or on a page. */
enum {
    RECTO_FLAG_BLANK_PAGE = 1u << 0,
    RECTO_FLAG_LOW_CONFIDENCE = 1u << 1,
    RECTO_FLAG_UNTRUSTED_TEXT_LAYER = 1u << 2, /* a layer was there and was not taken as the text */
    RECTO_FLAG_TRUNCATED = 1u << 3,            /* a limit cut something off */
    RECTO_FLAG_UNSUPPORTED_SCRIPT = 1u << 4,
    RECTO_FLAG_HANDWRITING = 1u << 5,
    RECTO_FLAG_DAMAGED =
        1u << 6, /* the source had errors on this page; what is here may be incomplete */
    RECTO_FLAG_ROTATED = 1u << 7,      /* the page was turned upright before reading */
    RECTO_FLAG_LOOP_STOPPED = 1u << 8, /* the model repeated itself and was stopped */
    RECTO_FLAG_REPAIRED = 1u << 9,     /* the model's answer broke its own format; see notes */
    RECTO_FLAG_HIDDEN_TEXT = 1u << 10, /* the layer holds text that nobody sees (covered, white on
                                          white, off the page, invisible) and that was left out */
    RECTO_FLAG_PARTLY_READ =
        1u << 11, /* the text layer is good but for some regions, which were read from the image */
    RECTO_FLAG_COUNT = 12
};

/* A run of a text that is not plain. */
typedef enum recto_span_kind {
    RECTO_SPAN_MATH = 0, /* LaTeX, without its dollars */
    RECTO_SPAN_BOLD,
    RECTO_SPAN_ITALIC,
    RECTO_SPAN_CODE,
    RECTO_SPAN_SUPERSCRIPT,
    RECTO_SPAN_SUBSCRIPT,
    RECTO_SPAN_LINK,
    RECTO_SPAN_KIND_COUNT
} recto_span_kind;

/* Spans of one text are sorted by start, the longer first, and nest: two are disjoint or one lies
 * in the other, at most RECTO_SPAN_DEPTH deep, never two of one kind.  Nothing lies in math or
 * code. They do not begin or end at a space.  What a block is as a whole (its style: a heading or a
 * paragraph that is all bold or italic) is no span of it; bold is none in a header cell. */
typedef struct recto_span {
    int start, end; /* bytes of the text, start < end, on character boundaries */
    recto_span_kind kind;
    const char *url; /* link: where it leads, clean text, untrusted; else NULL */
} recto_span;

enum { RECTO_SPAN_DEPTH = 4 };

/* Bytes of a file beside the text, such as an image; borrowed, never parked in a spill. */
typedef struct recto_asset {
    const void *bytes; /* NULL = not there */
    size_t size;
    const char *type;  /* "image/jpeg", "image/png" */
    int width, height; /* px */
} recto_asset;

typedef struct recto_cell {
    int row, col;           /* 0-based, of the top left corner */
    int row_span, col_span; /* >= 1 */
    bool header;            /* column header */
    recto_rect box;
    const char *text; /* lines joined by one space (hyphenation resolved); "" if empty */
    recto_line *lines;
    int n_lines;
    float conf;              /* 1 if empty */
    const recto_span *spans; /* of text */
    int n_spans;
} recto_cell;

typedef struct recto_table {
    int n_rows, n_cols;
    recto_cell *cells; /* by row, then column; spans cover each other's places exactly once */
    int n_cells;
    bool ruled;   /* found from ruling lines, else from alignment */
    int n_repeat; /* of a table that continues another: its first rows that repeat the header */
} recto_table;

/* How a block goes on in the next one that `continues`. */
typedef enum recto_goes_on {
    RECTO_GOES_ON_NOT = 0,
    RECTO_GOES_ON_SPACE, /* a paragraph, item or table over a column or page; texts join by a space,
                            lines of code by a line feed */
    RECTO_GOES_ON_HYPHEN, /* its last character is the hyphen of a broken word: drop it, join */
    RECTO_GOES_ON_GLUE,   /* join as they are: a hyphen that stays, a script without spaces */
    RECTO_GOES_ON_COUNT
} recto_goes_on;

typedef struct recto_block {
    recto_label label;
    int level; /* section_header: 1..6 (title counts as 1); list_item: nesting depth from 0; else 0
                */
    recto_rect box;   /* page pixels; empty = unknown (a VLM's text without coordinates) */
    const char *text; /* joined text, never NULL; lines of code joined by \n; a formula's LaTeX */
    const char
        *marker;  /* list_item: the bullet or number as printed ("•", "1.", "(a)"), else NULL */
    bool ordered; /* list_item: the marker counts */
    recto_line *lines; /* NULL for table and picture */
    int n_lines;
    recto_table *table; /* label TABLE only */
    float size;         /* typical font size in px; 0 if no text */
    uint32_t style;     /* styles of all lines */
    float conf;         /* 0..1, character-weighted mean of its words; 1 if no text */
    uint32_t flags;
    const recto_span *spans; /* of text */
    int n_spans;
    const char *category; /* the VLM's own label ("doc_title", "chart", "seal"...), else NULL */
    const char *file;     /* picture: name of its cropped image beside the output, else NULL */
    recto_asset image;    /* picture: the cropped image itself, to be embedded; bytes NULL = none */
    recto_field *field; /* label FORM only: text is its label on the page ("" if none was found) */
    /* The block goes on in another one of the same label: the next in reading order that has
     * `continues`, on this page or the next ones.  Between the two stand only blocks that are not
     * part of the running text (page headers and footers, footnotes, captions, tables, pictures).
     */
    recto_goes_on goes_on;
    bool continues; /* the start of this block is the end of an earlier one that goes_on */
    int tied; /* caption: 1 + index on this page of its table or picture; table or picture: 1 +
                 that of its caption; 0 = none */
} recto_block;

/* An entry of the VLM's layout thought. */
typedef struct recto_region {
    recto_rect box;       /* page pixels */
    const char *category; /* as the model wrote it, cleaned */
    const char *brief;    /* what it says about it; "" if nothing */
} recto_region;

/* What the VLM's reading of a page took. */
typedef struct recto_vlm_facts {
    int tile_cols, tile_rows, n_tiles; /* n_tiles with the thumbnail; 0 = no VLM */
    int prompt_tokens, answer_tokens;
    bool retried; /* a second reading with other tiles, after a loop */
} recto_vlm_facts;

typedef enum recto_reader_kind {
    RECTO_READER_NONE = 0, /* blank, failed */
    RECTO_READER_LAYER,
    RECTO_READER_LINE,
    RECTO_READER_VLM,
    RECTO_READER_KIND_COUNT
} recto_reader_kind;

typedef struct recto_page {
    int number;                /* 1-based, in the source */
    float width, height;       /* px as displayed */
    float dpi;                 /* px per inch */
    float width_pt, height_pt; /* points as displayed */
    recto_reader_kind reader;
    const char *reason; /* why this reader, a constant phrase without document text; may be NULL */
    int turned_deg; /* 0, 90, 180, 270: clockwise turn that was applied to make the page upright */
    float skew_deg; /* clockwise skew that was found and removed; 0 if none */
    float conf;     /* character-weighted mean; 1 if no text */
    uint32_t flags;
    recto_status status; /* RECTO_OK, or why the page failed */
    const char *error;   /* the message if failed, else NULL */
    recto_block *blocks; /* in reading order */
    int n_blocks;
    recto_region *regions; /* the VLM's layout thought, in its order */
    int n_regions;
    const char *const *notes; /* what was mended or given up, constant phrases and numbers */
    int n_notes;
    recto_vlm_facts vlm;
    recto_asset picture; /* the page as it looks, for forms that show it (recto_writer.picture) */
} recto_page;

typedef struct recto_bookmark {
    const char *title;
    int level; /* 1.. */
    int page;  /* 1-based; 0 if it leads nowhere in this file */
} recto_bookmark;

typedef struct recto_docinfo {
    const char *source_name; /* file name without folder; "-" for stdin */
    char source_sha256[65];
    uint64_t source_size_bytes;
    const char *format; /* "pdf", "png", "jpeg", "tiff"... */
    int n_pages;        /* in the source */
    const char *title, *author, *subject, *keywords, *creator, *producer; /* NULL if absent */
    const char *created, *modified; /* ISO 8601; NULL if absent or unreadable */
    const recto_bookmark *bookmarks;
    int n_bookmarks;
    /* provenance */
    const char *version;       /* of recto */
    const char *model_name;    /* "line-latin", or the VLM's folder or file name */
    const char *model_sha256;  /* of its files; NULL if no page could need it */
    const char *reader_option; /* "auto", "layer", "line", "vlm" */
    /* of the VLM only, NULL else */
    const char *task_option;      /* "document", "table"..., "ask" */
    const char *prompt_sha256;    /* of the text that was asked: it may itself be confidential */
    const char *system_sha256;    /* of the system message that was given, NULL = the model's own */
    const char *tiles_option;     /* as given, NULL = default */
    const char *precision_option; /* "bf16", "f32"; NULL = what the CPU has */
    bool think_option;
    int max_tokens_option;
    bool keep_layout;         /* text form: keep the columns of the page (--layout) */
    bool pdfa;                /* searchable PDF as PDF/A-2b (--pdfa) */
    bool unsandboxed;         /* parsed without a sandbox, as was asked for */
    float dpi_option;         /* 0 = source resolution / default */
    const char *pages_option; /* as given, NULL = all */
} recto_docinfo;

/** JSON names: "section_header", "list_item"...; "text" for an unknown value. */
const char *recto_doc_label_name(recto_label label);
/** Name of the single flag bit index 0..RECTO_FLAG_COUNT-1: "blank_page"... */
const char *recto_doc_flag_name(int bit);
/** "none", "layer", "line", "vlm". */
const char *recto_doc_reader_name(recto_reader_kind kind);
/**
 * Check a page's invariants (labels in range, boxes finite and inside the page with 1 px slack,
 * text valid UTF-8, lists and tables complete, every table place covered exactly once, confidences
 * in 0..1). Used by tests, fuzz targets and Debug builds.  Errors: ARG with the first broken rule.
 */
RECTO_MUST_CHECK recto_status recto_doc_check(const recto_page *page, recto_error *err);

#endif
