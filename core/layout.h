/* What a reader finds on a page before any meaning is given to it: words in lines, rules, pictures.
 *
 * Both readers (text layer, scan) produce this and the structure code in text/ consumes it, so this
 * is where vision and text meet: rectangles and bytes only.  All boxes are pixels of the page as it
 * is displayed (after /Rotate, or after the orientation found for a scan; deskewed boxes are mapped
 * back by their bounding box), y down, at layout.dpi.  Everything lives in the page's arena. */
#ifndef RECTO_CORE_LAYOUT_H
#define RECTO_CORE_LAYOUT_H

#include "core/geometry.h"
#include <stdbool.h>
#include <stdint.h>

enum {
    RECTO_STYLE_BOLD = 1u << 0,
    RECTO_STYLE_ITALIC = 1u << 1,
    RECTO_STYLE_MONO = 1u << 2,
    RECTO_STYLE_SUPER = 1u << 3,  /* raised: footnote marks, exponents */
    RECTO_STYLE_HIDDEN = 1u << 4, /* invisible text (an OCR layer) */
    RECTO_STYLE_SUB = 1u << 5,    /* lowered */
};

typedef struct recto_word {
    recto_rect box;
    const char *text; /* clean UTF-8 (recto_utf8_clean), at least one character, no spaces */
    float conf;       /* 0..1; 1 for a trusted text layer */
    uint32_t style;   /* RECTO_STYLE_* */
} recto_word;

/* A run of words on one baseline without a gap wide enough to be a column or cell boundary. */
typedef struct recto_line {
    recto_rect box;    /* union of its words */
    recto_word *words; /* in reading order of the line */
    int n_words;       /* >= 1 */
    float baseline;    /* y of the baseline at the box's middle, px */
    float size; /* font size (em) in px: from the font for layers, estimated from ink for scans */
    float conf; /* mean of the words' confidence weighted by characters */
    uint32_t style; /* styles that (nearly) all words share */
    int region;     /* lines with equal region >= 0 come from one block of the source (a hint,
                       never binding); -1 = unknown */
} recto_line;

typedef struct recto_rule {
    recto_rect box; /* thin: the longer side is the direction */
    bool vertical;
} recto_rule;

/* An area of the page that leads somewhere. */
typedef struct recto_link {
    recto_rect box;  /* one rectangle a line that the link runs over */
    const char *url; /* clean text; a place in the document is "#page=N" (1-based) */
} recto_link;

typedef enum recto_field_kind {
    RECTO_FIELD_TEXT = 0,
    RECTO_FIELD_CHECKBOX,
    RECTO_FIELD_RADIO,
    RECTO_FIELD_CHOICE, /* a list or combo box */
    RECTO_FIELD_BUTTON,
    RECTO_FIELD_SIGNATURE,
    RECTO_FIELD_KIND_COUNT
} recto_field_kind;

/* A field of a form: an AcroForm widget, or a check box seen on a scan. */
typedef struct recto_field {
    recto_rect box;
    recto_field_kind kind;
    const char *name;  /* full name in the form; "" if it has none (scans) */
    const char *label; /* the form's own description of it for readers (/TU); "" if it has none */
    const char *value; /* as filled in; a button's or check box's export value; "" if empty */
    bool checked;      /* check box, radio: on; signature: signed */
    float conf;        /* 0..1 of `checked`; 1 for AcroForm fields */
} recto_field;

typedef struct recto_layout {
    float width, height; /* px */
    float dpi;           /* px per inch */
    recto_line *lines;   /* any order */
    int n_lines;
    recto_rule *rules; /* straight ruling lines: table borders, separators; any order */
    int n_rules;
    recto_rect *pictures; /* images, drawings, stamps without text */
    int n_pictures;
    recto_link *links; /* any order */
    int n_links;
    recto_field *fields; /* any order; the text that is shown in one is not among the lines */
    int n_fields;
} recto_layout;

#endif
