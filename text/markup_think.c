/* The layout thought: boxes with labels that the model writes before its answer, and which block of
 * the answer each of them stands for.
 *
 * Blocks and regions are in the same order, so they are aligned as two sequences: the pairs of
 * fitting kinds with the greatest worth, none crossing another.  A brief that shares words with a
 * block's text adds to it. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

enum {
    MATCH_MAX = 4000000, /* regions times blocks that are compared */
    KIND_WORTH = 8,      /* of a pair of the same kind */
    LIKE_WORTH = 4,      /* of kinds that are taken for one another */
    WORDS_WORTH = 3,     /* most that shared words add */
    WORD_MIN = 4,        /* bytes of a word that counts */
};

/* --- labels ----------------------------------------------------------------------------------- */

typedef struct category {
    const char *name;
    recto_label label;
} category;

static const category categories[] = {
    {"abstract", RECTO_LABEL_TEXT},
    {"algorithm", RECTO_LABEL_CODE},
    {"aside_text", RECTO_LABEL_TEXT},
    {"chart", RECTO_LABEL_PICTURE},
    {"content", RECTO_LABEL_TEXT},
    {"display_formula", RECTO_LABEL_FORMULA},
    {"doc_title", RECTO_LABEL_TITLE},
    {"figure_title", RECTO_LABEL_CAPTION},
    {"footer", RECTO_LABEL_PAGE_FOOTER},
    {"footer_image", RECTO_LABEL_PAGE_FOOTER},
    {"footnote", RECTO_LABEL_FOOTNOTE},
    {"formula_number", RECTO_LABEL_TEXT},
    {"header", RECTO_LABEL_PAGE_HEADER},
    {"header_image", RECTO_LABEL_PAGE_HEADER},
    {"image", RECTO_LABEL_PICTURE},
    {"inline_formula", RECTO_LABEL_FORMULA},
    {"number", RECTO_LABEL_PAGE_FOOTER},
    {"paragraph_title", RECTO_LABEL_SECTION_HEADER},
    {"reference", RECTO_LABEL_TEXT},
    {"reference_content", RECTO_LABEL_TEXT},
    {"seal", RECTO_LABEL_PICTURE},
    {"table", RECTO_LABEL_TABLE},
    {"text", RECTO_LABEL_TEXT},
    {"vertical_text", RECTO_LABEL_TEXT},
    {"vision_footnote", RECTO_LABEL_FOOTNOTE},
};

recto_label recto_markup_label(const char *name)
{
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++) {
        if (strcmp(categories[i].name, name) == 0)
            return categories[i].label;
    }
    return RECTO_LABEL_TEXT;
}

/* --- entries ---------------------------------------------------------------------------------- */

void recto_markup_region(recto_markup *m, recto_rect box, const char *name, const char *brief)
{
    if (m->n_regions >= RECTO_MARKUP_REGIONS_MAX) {
        recto_markup_mend(m, RECTO_MARKUP_FIX_TOO_MANY);
        return;
    }
    void *list = m->regions;
    if (!recto_markup_reserve(m, m->keep, &list, m->n_regions, &m->cap_regions, sizeof *m->regions))
        return;
    m->regions = list;
    m->regions[m->n_regions++] = (recto_region){.box = box, .category = name, .brief = brief};
}

/* An entry being read: a box, then its label and its brief. */
typedef struct entry {
    bool any;
    recto_rect box;
    const char *category, *brief;
    const char *field; /* where the text of the field that is open began, else NULL */
    bool in_label;
} entry;

static void close_field(recto_markup *m, entry *e, const char *at)
{
    if (e->field == NULL)
        return;
    const char *text = recto_markup_plain(
        m, e->field, at, e->in_label ? RECTO_MARKUP_NAME_MAX : RECTO_MARKUP_BRIEF_MAX);
    if (e->in_label)
        e->category = text;
    else
        e->brief = text;
    e->field = NULL;
}

static void close_entry(recto_markup *m, entry *e, const char *at)
{
    close_field(m, e, at);
    bool complete = !recto_rect_is_empty(e->box) && e->category != NULL && e->category[0] != '\0';
    if (complete)
        recto_markup_region(m, e->box, e->category, e->brief == NULL ? "" : e->brief);
    else if (e->any)
        recto_markup_mend(m, RECTO_MARKUP_FIX_ENTRY);
    *e = (entry){0};
}

static void entry_tag(recto_markup *m, entry *e, const recto_markup_tag *tag, const char *at)
{
    bool label = recto_markup_tag_is(tag, "label");
    close_field(m, e, at);
    if (tag->closing)
        return;
    e->any = true;
    e->in_label = label;
    e->field = tag->end;
}

const char *recto_markup_think(recto_markup *m, const char *p, const char *end)
{
    entry e = {0};
    const char *last = p;
    while (p < end && !m->nomem) {
        recto_markup_tag tag;
        recto_rect box;
        const char *behind = *p == '<' ? recto_markup_box(m, &box, p, end) : NULL;
        if (behind != NULL) {
            close_entry(m, &e, p);
            e.any = true;
            e.box = box;
            last = p = behind;
        } else if (*p == '<' && recto_markup_tag_at(&tag, p, end) &&
                   (recto_markup_tag_is(&tag, "label") || recto_markup_tag_is(&tag, "brief"))) {
            entry_tag(m, &e, &tag, p);
            last = p = tag.end;
        } else if (*p == '<' && recto_markup_tag_at(&tag, p, end) &&
                   recto_markup_tag_is(&tag, "layout")) {
            close_entry(m, &e, p);
            last = p = tag.end;
        } else {
            p++;
        }
    }
    bool open = e.field != NULL;
    close_entry(m, &e, end);
    return open ? end : last;
}

/* --- which block is which region -------------------------------------------------------------- */

/* Words of a text as bits: 4 times 64 places. */
typedef struct words {
    uint64_t bits[4];
} words;

static words words_of(const char *text, size_t max)
{
    words w = {{0}};
    uint32_t hash = 2166136261u;
    size_t len = 0;
    for (size_t i = 0; i < max; i++) {
        unsigned char c = (unsigned char)text[i];
        bool letter = c >= 0x80 || (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
        if (letter) {
            hash = (hash ^ (c < 0x80 ? c | 32u : c)) * 16777619u;
            len++;
            continue;
        }
        if (len >= WORD_MIN)
            w.bits[hash >> 6 & 3] |= (uint64_t)1 << (hash & 63);
        hash = 2166136261u;
        len = 0;
        if (c == '\0')
            break;
    }
    return w;
}

static int shared(const words *a, const words *b)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        for (uint64_t both = a->bits[i] & b->bits[i]; both != 0 && n < WORDS_WORTH; n++)
            both &= both - 1;
    }
    return n;
}

static bool is_text_like(recto_label label)
{
    return label == RECTO_LABEL_TEXT || label == RECTO_LABEL_LIST_ITEM ||
           label == RECTO_LABEL_CAPTION || label == RECTO_LABEL_FOOTNOTE ||
           label == RECTO_LABEL_CODE;
}

/* 0 where they are no pair.  Headers, footers and page numbers are not in the answer. */
static int worth(recto_label block, recto_label region, bool chart)
{
    bool block_heads = block == RECTO_LABEL_TITLE || block == RECTO_LABEL_SECTION_HEADER;
    bool region_heads = region == RECTO_LABEL_TITLE || region == RECTO_LABEL_SECTION_HEADER;
    if (region == RECTO_LABEL_PAGE_HEADER || region == RECTO_LABEL_PAGE_FOOTER)
        return 0;
    if (block == region)
        return KIND_WORTH;
    if (block_heads && region_heads)
        return KIND_WORTH - 1;
    if (is_text_like(block) && is_text_like(region))
        return KIND_WORTH - 2;
    if ((block_heads && is_text_like(region)) || (region_heads && is_text_like(block)))
        return 1;
    bool chart_as_table = block == RECTO_LABEL_TABLE && chart;
    bool formula_as_text = region == RECTO_LABEL_FORMULA && block == RECTO_LABEL_TEXT;
    return chart_as_table || formula_as_text ? LIKE_WORTH : 0;
}

typedef struct match {
    recto_markup *m;
    int *blocks; /* those without a box of their own */
    int n_blocks;
    recto_label *kinds; /* of the regions */
    words *block_words, *region_words;
    uint8_t *steps; /* [n_blocks + 1][n_regions + 1] */
} match;

enum { STEP_BLOCK = 1, STEP_REGION, STEP_PAIR };

/* The best way to each place, by row; the first of equals, so that pairs are made early. */
static bool align(match *a)
{
    size_t width = (size_t)a->m->n_regions + 1;
    size_t height = (size_t)a->n_blocks + 1;
    a->steps = recto_markup_room(a->m, a->m->tmp, height * width, 1);
    int *row = recto_markup_room(a->m, a->m->tmp, width, sizeof *row);
    if (a->m->nomem)
        return false;
    /* from the end, so that walking from the start takes the early pairs */
    for (int i = a->n_blocks - 1; i >= 0; i--) {
        const recto_block *b = &a->m->blocks[a->blocks[i]];
        int diagonal = row[width - 1]; /* worth of (i + 1, k + 1) */
        for (int k = a->m->n_regions - 1; k >= 0; k--) {
            int pair =
                worth(b->label, a->kinds[k], strcmp(a->m->regions[k].category, "chart") == 0);
            if (pair > 0)
                pair += diagonal + shared(&a->block_words[i], &a->region_words[k]);
            int skip_block = row[k];
            int skip_region = row[k + 1];
            diagonal = row[k];
            uint8_t *step = &a->steps[(size_t)i * width + (size_t)k];
            *step = skip_region >= skip_block ? STEP_REGION : STEP_BLOCK;
            row[k] = skip_region >= skip_block ? skip_region : skip_block;
            if (pair > 0 && pair >= row[k]) {
                *step = STEP_PAIR;
                row[k] = pair;
            }
        }
    }
    return true;
}

/* What the region knows better than Markdown can say. */
static void relabel(recto_block *b, recto_label label, const char *name)
{
    bool heads = b->label == RECTO_LABEL_TITLE || b->label == RECTO_LABEL_SECTION_HEADER;
    if (heads && (label == RECTO_LABEL_TITLE || label == RECTO_LABEL_SECTION_HEADER)) {
        b->label = label;
        b->level = label == RECTO_LABEL_TITLE ? 1 : b->level;
    } else if (b->label == RECTO_LABEL_TEXT &&
               (label == RECTO_LABEL_CAPTION || label == RECTO_LABEL_FOOTNOTE)) {
        b->label = label;
    }
    if (b->category == NULL)
        b->category = name;
}

static void use_pairs(match *a)
{
    recto_markup *m = a->m;
    size_t width = (size_t)m->n_regions + 1;
    const recto_region *list = NULL; /* region of the list whose items go on */
    int before = -1;
    for (int i = 0, k = 0; i < a->n_blocks;) {
        recto_block *b = &m->blocks[a->blocks[i]];
        uint8_t step = k < m->n_regions ? a->steps[(size_t)i * width + (size_t)k] : STEP_BLOCK;
        if (step == STEP_REGION) {
            k++;
            continue;
        }
        bool item = b->label == RECTO_LABEL_LIST_ITEM;
        bool follows = before >= 0 && a->blocks[i] == before + 1;
        const recto_region *region = step == STEP_PAIR ? &m->regions[k] : NULL;
        if (region == NULL && item && follows)
            region = list; /* one region holds the list's items */
        if (region != NULL) {
            b->box = region->box;
            relabel(b, recto_markup_label(region->category), region->category);
        }
        list = item ? region : NULL;
        before = a->blocks[i];
        k += step == STEP_PAIR;
        i++;
    }
}

void recto_markup_match(recto_markup *m)
{
    match a = {.m = m};
    size_t n = (size_t)m->n_blocks;
    if (n == 0 || m->n_regions == 0 || m->nomem)
        return;
    a.blocks = recto_markup_room(m, m->tmp, n, sizeof *a.blocks);
    a.block_words = recto_markup_room(m, m->tmp, n, sizeof *a.block_words);
    a.kinds = recto_markup_room(m, m->tmp, (size_t)m->n_regions, sizeof *a.kinds);
    a.region_words = recto_markup_room(m, m->tmp, (size_t)m->n_regions, sizeof *a.region_words);
    if (m->nomem)
        return;
    size_t most = MATCH_MAX / (size_t)m->n_regions;
    for (size_t i = 0; i < n && (size_t)a.n_blocks < most; i++) {
        if (!recto_rect_is_empty(m->blocks[i].box))
            continue;
        a.block_words[a.n_blocks] = words_of(m->blocks[i].text, RECTO_MARKUP_BRIEF_MAX);
        a.blocks[a.n_blocks++] = (int)i;
    }
    for (int k = 0; k < m->n_regions; k++) {
        a.kinds[k] = recto_markup_label(m->regions[k].category);
        a.region_words[k] = words_of(m->regions[k].brief, RECTO_MARKUP_BRIEF_MAX);
    }
    if (align(&a))
        use_pairs(&a);
}
