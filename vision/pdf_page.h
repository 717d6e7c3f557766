/* What one interpretation of a PDF page leaves behind: glyphs, images, straight rules, painted
 * areas.  Internal to vision/.  pdf_device.c (MuPDF) fills it, pdf_text.c and pdf_shapes.c (plain
 * C) turn it into a layout and the page's facts.
 *
 * All places are in points of the page as displayed: origin top left, y down. */
#ifndef RECTO_VISION_PDF_PAGE_H
#define RECTO_VISION_PDF_PAGE_H

#include "core/arena.h"
#include "vision/source.h"

enum {
    RECTO_PDF_UNKNOWN = 0xFFFD,     /* character of a glyph that says nothing */
    RECTO_PDF_GRID = 128,           /* cells a side, for shares of the page's area */
    RECTO_PDF_MAX_GLYPHS = 4000000, /* a page; over it the page is refused (LIMIT) */
    RECTO_PDF_MAX_MARKS = 4000000,  /* painting and clipping operations a page, likewise */
    RECTO_PDF_MAX_RULES = 40000,    /* a page; more are left out */
    RECTO_PDF_MAX_IMAGES = 8192,
    RECTO_PDF_MAX_PAINTS = 1024,
    RECTO_PDF_MAX_FONTS = 64, /* a page, told apart; what comes after is not judged */
};

enum {
    RECTO_PDF_GLYPH_OUTSIDE = 1u << 0, /* its middle is off the page or clipped away */
    RECTO_PDF_GLYPH_BAD = 1u << 1,     /* the font does not say what it stands for */
    RECTO_PDF_GLYPH_EXTRA = 1u << 2,   /* second and later characters of one glyph; no width */
};

/* A colour as it is shown, near enough to tell what cannot be told apart. */
typedef struct recto_pdf_colour {
    uint8_t r, g, b;
} recto_pdf_colour;

#define RECTO_PDF_WHITE                                                                            \
    {                                                                                              \
        255, 255, 255                                                                              \
    }

typedef struct recto_pdf_glyph {
    float x, y;     /* origin on the baseline */
    float advance;  /* along the run's direction, >= 0 */
    uint32_t ucs;   /* a valid code point; U+FFFD if unknown */
    uint32_t flags; /* RECTO_PDF_GLYPH_* */
} recto_pdf_glyph;

/* Glyphs that follow one another in the content with one font, size and direction. */
typedef struct recto_pdf_run {
    float ux, uy;            /* unit vector of the writing direction; (1, 0) is upright text */
    float size;              /* em */
    float ascent, descent;   /* extent of a line above and below the baseline, both >= 0 */
    uint32_t style;          /* RECTO_STYLE_*; HIDDEN when drawn invisibly */
    recto_pdf_colour colour; /* visible only on something else */
    int font;     /* 0..RECTO_PDF_MAX_FONTS; the last stands for all that have no number */
    bool odd;     /* what the font says makes no words: see pdf_trust.c */
    int order;    /* place in the painting order of the page */
    int first, n; /* its glyphs */
} recto_pdf_run;

typedef struct recto_pdf_image {
    recto_rect box; /* the part that shows, never empty */
    recto_affine m; /* unit square (y down in the image) -> page */
    int w, h;       /* px */
    bool mask;      /* a stencil painted in one colour */
    int order;
} recto_pdf_image;

/* An area painted over. */
typedef struct recto_pdf_paint {
    recto_rect box;
    int order;
    recto_pdf_colour colour; /* if `flat` */
    bool flat;               /* the box shows this one colour all over */
    bool opaque;             /* covers all of the box and lets nothing through */
} recto_pdf_paint;

/* A small filled or stroked shape: perhaps a bullet. */
typedef enum recto_pdf_dot_kind {
    RECTO_PDF_DOT_DISC = 0,
    RECTO_PDF_DOT_RING,
    RECTO_PDF_DOT_SQUARE,
} recto_pdf_dot_kind;

typedef struct recto_pdf_dot {
    recto_rect box;
    recto_pdf_dot_kind kind;
} recto_pdf_dot;

typedef struct recto_pdf_page {
    float width, height;
    int rotate_deg;
    int turned_deg; /* on top of that, clockwise, so that its text is upright */

    recto_pdf_glyph *glyphs;
    int n_glyphs, cap_glyphs;
    recto_pdf_run *runs;
    int n_runs, cap_runs;
    recto_rule *rules; /* candidates: pieces not yet joined */
    int n_rules, cap_rules;
    recto_pdf_image *images;
    int n_images, cap_images;
    recto_pdf_paint *paints;
    int n_paints, cap_paints;
    recto_pdf_dot *dots;
    int n_dots, cap_dots;
    int n_paths;         /* paths that are neither rules nor boxes */
    int n_marks;         /* painting operations so far; the painting order */
    int n_chars_nowhere; /* characters without any extent: of font size zero */
    uint8_t path_cells[RECTO_PDF_GRID][RECTO_PDF_GRID];  /* [y][x], 1 = under such a path */
    uint8_t image_cells[RECTO_PDF_GRID][RECTO_PDF_GRID]; /* [y][x], 1 = under an image */

    void *image;         /* fz_image of the one image shown so far, kept; NULL if none or several */
    float image_gray;    /* what a stencil is painted with, 0 black .. 1 white */
    recto_status failed; /* first failure while collecting: NOMEM or LIMIT; else RECTO_OK */
    bool damaged;
} recto_pdf_page;

/** Forget the contents, keep the room.  The fz_image must have been dropped before. */
void recto_pdf_shapes_reset(recto_pdf_page *page, float width, float height, int rotate_deg);
/** Free the room; the struct is zeroed. */
void recto_pdf_shapes_free(recto_pdf_page *page);
/** Make room for one more item in a growing array of at most `max`; false if there is none (memory
 * is out: page->failed is set; the maximum is reached: it is not). */
bool recto_pdf_shapes_room(recto_pdf_page *page, void **items, int n, int *cap, size_t size,
                           int max);

/** True if the eye cannot tell them apart. */
bool recto_pdf_shapes_alike(recto_pdf_colour a, recto_pdf_colour b);
/** Record a filled rectangle: a rule if it is thin, else a painted area. */
void recto_pdf_shapes_add_box(recto_pdf_page *page, recto_rect box, const recto_pdf_colour *colour,
                              bool opaque);
/** Record a straight stroke between two points, `thick` wide; not axis-parallel ones are ignored
 * (false). */
bool recto_pdf_shapes_add_stroke(recto_pdf_page *page, recto_rect clip, float x0, float y0,
                                 float x1, float y1, float thick, const recto_pdf_colour *colour);
/** Mark the area of a path that is neither rule nor box. */
void recto_pdf_shapes_mark_path(recto_pdf_page *page, recto_rect box);
/** Record a painted area that hides or lies under text; colour: NULL if it is not of one. */
void recto_pdf_shapes_add_paint(recto_pdf_page *page, recto_rect box,
                                const recto_pdf_colour *colour, bool opaque);
/** Record an image that shows in `box` (already clipped). */
void recto_pdf_shapes_add_image(recto_pdf_page *page, const recto_pdf_image *image);

/** True if what was painted after `order` covers the box, or if the text has the colour of what
 * lies under it (bare paper is white). */
bool recto_pdf_shapes_hidden(const recto_pdf_page *page, recto_rect box, int order,
                             recto_pdf_colour colour);

/** Clockwise turn that makes most of the visible text upright: 0 (also if there is little), 90,
 * 180, 270. */
int recto_pdf_text_turn(const recto_pdf_page *page);

/** Facts that do not need the text: sizes, images, paths.  n_chars* are left alone. */
void recto_pdf_shapes_facts(recto_source_facts *out, const recto_pdf_page *page);
/** Rules and pictures of the layout, in px (scale = px a point); its lines are there already.
 * Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_pdf_shapes_layout(recto_layout *out, const recto_pdf_page *page,
                                                      float scale, recto_arena *keep,
                                                      recto_arena *tmp, recto_error *err);

/** Record a shape that may be a bullet; others are ignored. */
void recto_pdf_dots_add(recto_pdf_page *page, recto_rect box, recto_pdf_dot_kind kind);
/** Make words of the bullets that stand in front of the layout's lines.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_pdf_dots_layout(recto_layout *layout,
                                                    const recto_pdf_page *page, float scale,
                                                    recto_arena *keep, recto_error *err);

/** Set `odd` on the runs of fonts whose characters make no words of any language: shifted or
 * permuted codes, another script under false names.  O(glyphs). */
void recto_pdf_trust_judge(recto_pdf_page *page);

/** Open a run for the glyphs that follow; its order, first and n are set here. */
void recto_pdf_text_add_run(recto_pdf_page *page, const recto_pdf_run *run);
/** Add a glyph to the last run. */
void recto_pdf_text_add_glyph(recto_pdf_page *page, const recto_pdf_glyph *glyph);

/**
 * Lines of words from the glyphs of a page, and the counts of its characters.
 *
 * facts           n_chars, n_chars_hidden, n_chars_bad and n_chars_odd are set; the rest is left
 * alone layout          lines, n_lines are set; NULL if only the counts are wanted scale px a point
 * include_hidden  take invisible text too, its words styled HIDDEN
 * keep, tmp       keep receives the layout; tmp is scratch, back at its mark on return
 *
 * Errors: NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_pdf_text_build(recto_source_facts *facts, recto_layout *layout,
                                                   const recto_pdf_page *page, float scale,
                                                   bool include_hidden, recto_arena *keep,
                                                   recto_arena *tmp, recto_error *err);

#endif
