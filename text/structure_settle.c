/* Structure over the document: heading levels, the title, page headers and footers.
 *
 * The statistics are histograms of sizes in points, so their room does not grow with the document.
 * A heading's level is that of its bookmark or follows its section number, where the document has
 * such; other headings get the level of those that look alike, or stand between those that are
 * larger and smaller.  Without bookmarks and numbers the level is the rank of the size among those
 * of all headings; bold and capitals make a heading as much weightier as a larger size does. */
#include "core/utf8.h"
#include "text/continuation.h"
#include "text/heading.h"
#include "text/join.h"
#include "text/margins.h"
#include "text/outline.h"
#include "text/structure.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_STEP_PT 0.25f
#define N_SIZES      512 /* up to 128 pt */
#define MAX_LEVELS   6
#define TITLE_RATIO  1.2f  /* to the body */
#define BOLD_WEIGHT  1.06f /* a bold heading stands above a plain one of its size */
#define CAPS_WEIGHT  1.05f /* and one in capitals above one that is not */
#define MIN_MATCHED  8  /* headings with bookmarks: from here on the bookmarks are all headings */
#define N_KINDS      64 /* looks of headings that are kept */
#define OFTEN        3  /* a heading that comes so often and is no bookmark is a label */

typedef struct size_bin {
    double chars;  /* of all text of this size */
    int headings;  /* of this weight (a size, see heading_weight) */
    int numbered;  /* of them with a section number */
    int depth_sum; /* of their numbers' depths */
    int marked;    /* of them with a bookmark */
    int level_sum; /* of their bookmarks' levels */
} size_bin;

/* A look that headings have. */
typedef struct heading_kind {
    int weight; /* bin of it */
    uint32_t style;
    bool caps;
    int left, middle; /* in hundredths of the page's width; one of the two is the same */
    int slack;        /* of weight, in bins: sizes estimated from ink differ */
    int n;
} heading_kind;

struct recto_structure_stats {
    recto_margins *margins;
    recto_outline *outline;
    int n_pages;
    int n_exact; /* pages with sizes from fonts */
    int first_page;
    int n_known;    /* headings with a section number or a bookmark */
    int n_both;     /* headings with both */
    int deeper_sum; /* of the levels of their bookmarks less the depths of their numbers */
    size_bin bins[N_SIZES];
    float title_pt;     /* largest heading on the first page */
    float title_weight; /* of it */
    int n_title;        /* how many of that size there */
    int title_block;    /* index of the first of them */
    int n_centred;      /* how many of them are centred */
    bool title_centred; /* the first of them is */
    recto_continuation_habits habits;
    heading_kind kinds[N_KINDS];
    int n_kinds;
};

recto_structure_stats *recto_structure_stats_new(void)
{
    recto_structure_stats *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->margins = recto_margins_new();
    s->outline = recto_outline_new();
    if (s->margins == NULL || s->outline == NULL) {
        recto_structure_stats_free(s);
        return NULL;
    }
    return s;
}

void recto_structure_stats_free(recto_structure_stats *s)
{
    if (s == NULL)
        return;
    recto_margins_free(s->margins);
    recto_outline_free(s->outline);
    free(s);
}

static float points(const recto_page *page, float px)
{
    return page->dpi > 0.0f ? px * 72.0f / page->dpi : px;
}

static int size_at(float pt)
{
    int at = (int)(pt / SIZE_STEP_PT);
    return at < 0 ? 0 : (at >= N_SIZES ? N_SIZES - 1 : at);
}

static float size_of(int at)
{
    return ((float)at + 0.5f) * SIZE_STEP_PT;
}

/* Set in capitals: more than an acronym. */
static bool is_caps(const char *text)
{
    int n_letters = 0;
    int n_upper = 0;
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        n_letters += recto_utf8_is_letter(cp);
        n_upper += recto_utf8_is_upper(cp);
    }
    return n_letters >= 8 && n_upper * 10 >= n_letters * 9;
}

/* Size in points by which a heading is ranked.  Scans have no weights, and their sizes are too
 * coarse for it. */
static float heading_weight(const recto_page *page, const recto_block *b)
{
    float pt = points(page, b->size);
    if (page->reader != RECTO_READER_LAYER)
        return pt;
    pt *= (b->style & (uint32_t)RECTO_STYLE_BOLD) != 0 ? BOLD_WEIGHT : 1.0f;
    return is_caps(b->text) ? pt * CAPS_WEIGHT : pt;
}

/* Set in the middle of the page, with white on both sides. */
static bool is_centred(const recto_page *page, const recto_block *b)
{
    float middle = (b->box.x0 + b->box.x1) / 2.0f;
    return fabsf(middle - page->width / 2.0f) < 0.02f * page->width &&
           b->box.x0 > 0.16f * page->width;
}

/* The largest heading of the first page may be the title. */
static void observe_title(recto_structure_stats *s, const recto_page *page, int i, float pt,
                          float weight)
{
    if (pt > 1.06f * s->title_pt) {
        s->title_pt = pt;
        s->title_weight = weight;
        s->title_block = i;
        s->title_centred = is_centred(page, &page->blocks[i]);
        s->n_title = 0;
        s->n_centred = 0;
    }
    if (pt > 0.94f * s->title_pt) {
        s->n_title++;
        s->n_centred += is_centred(page, &page->blocks[i]);
    }
}

static heading_kind kind_of(const recto_page *page, const recto_block *b)
{
    float width = fmaxf(page->width, 1.0f);
    int weight = size_at(heading_weight(page, b));
    return (heading_kind){.weight = weight,
                          .style = b->style &
                                   ((uint32_t)RECTO_STYLE_BOLD | (uint32_t)RECTO_STYLE_ITALIC),
                          .caps = is_caps(b->text),
                          .left = (int)(100.0f * b->box.x0 / width),
                          .middle = (int)(50.0f * (b->box.x0 + b->box.x1) / width),
                          .slack = page->reader == RECTO_READER_LAYER ? 1 : 1 + weight / 12};
}

/* The kind with this look; NULL if there is none. */
static const heading_kind *find_kind(const recto_structure_stats *s, const heading_kind *look)
{
    for (int i = 0; i < s->n_kinds; i++) {
        const heading_kind *k = &s->kinds[i];
        bool aligned = abs(k->left - look->left) <= 1 || abs(k->middle - look->middle) <= 1;
        if (abs(k->weight - look->weight) <= look->slack && k->style == look->style &&
            k->caps == look->caps && aligned)
            return k;
    }
    return NULL;
}

static void count_kind(recto_structure_stats *s, const recto_page *page, const recto_block *b)
{
    heading_kind look = kind_of(page, b);
    const heading_kind *k = find_kind(s, &look);
    if (k != NULL) {
        s->kinds[k - s->kinds].n++;
    } else if (s->n_kinds < N_KINDS) {
        look.n = 1;
        s->kinds[s->n_kinds++] = look;
    }
}

/* Block i. */
static void observe_heading(recto_structure_stats *s, const recto_page *page, int i, int level)
{
    const recto_block *b = &page->blocks[i];
    float pt = points(page, b->size);
    float weight = heading_weight(page, b);
    size_bin *bin = &s->bins[size_at(weight)];
    int depth = recto_heading_number_depth(b->text);
    bin->headings++;
    bin->numbered += depth > 0;
    bin->depth_sum += depth;
    bin->marked += level > 0;
    bin->level_sum += level;
    s->n_known += depth > 0 || level > 0;
    if (depth > 0 && level > 0) {
        s->n_both++;
        s->deeper_sum += level - depth;
    }
    recto_outline_count(s->outline, page, b);
    count_kind(s, page, b);
    if (page->number != s->first_page || recto_heading_is_part(b->text))
        return;
    observe_title(s, page, i, pt, weight);
}

/* Could the block be a heading if a bookmark says so? */
static bool may_be_marked(const recto_block *b)
{
    return (b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_LIST_ITEM ||
            b->label == RECTO_LABEL_SECTION_HEADER) &&
           b->n_lines > 0 && b->n_lines <= 4 && !b->continues;
}

/* An entry of a table of contents is a link to a later page: however it looks, it heads nothing
 * here.  (Headings may lead back to the contents.) */
static bool leads_on(const recto_page *page, const recto_block *b)
{
    static const char place[] = "#page=";
    size_t linked = 0;
    for (int i = 0; i < b->n_spans; i++) {
        const recto_span *s = &b->spans[i];
        if (s->kind == RECTO_SPAN_LINK && strncmp(s->url, place, sizeof place - 1) == 0 &&
            strtol(s->url + sizeof place - 1, NULL, 10) > page->number)
            linked += (size_t)(s->end - s->start);
    }
    return linked * 2 > strlen(b->text);
}

recto_status recto_structure_observe(recto_structure_stats *s, const recto_page *page,
                                     recto_error *err)
{
    if (s->n_pages++ == 0)
        s->first_page = page->number;
    s->n_exact += page->reader == RECTO_READER_LAYER;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->n_lines < 1)
            continue;
        s->bins[size_at(points(page, b->size))].chars += (double)strlen(b->text);
        int level = may_be_marked(b) ? recto_outline_level(s->outline, page, b) : 0;
        if ((b->label == RECTO_LABEL_SECTION_HEADER || level > 0) && !leads_on(page, b))
            observe_heading(s, page, i, level);
    }
    recto_continuation_observe(&s->habits, page->blocks, page->n_blocks);
    return recto_margins_observe(s->margins, page, err);
}

static float document_body(const recto_structure_stats *s)
{
    int best = 0;
    for (int i = 1; i < N_SIZES; i++)
        best = s->bins[i].chars > s->bins[best].chars ? i : best;
    return size_of(best);
}

/* --- levels ------------------------------------------------------------------------------------
 */

/* Sizes this far apart are one kind of heading: fonts differ in steps, estimates by noise. */
static float same_kind(const recto_structure_stats *s)
{
    return s->n_exact * 2 > s->n_pages ? 1.04f : 1.12f;
}

/* Rank of a size among those of the headings, 1 for the largest; the title's size left out. */
static int size_rank(const recto_structure_stats *s, float pt, float title_pt)
{
    float kind = same_kind(s);
    int rank = 1;
    float top = 0.0f; /* largest of the kind at hand */
    for (int i = N_SIZES - 1; i >= 0 && size_of(i) > pt * (1.0f + (kind - 1.0f) / 2.0f); i--) {
        if (s->bins[i].headings == 0 || size_of(i) > title_pt / 1.02f)
            continue;
        if (top == 0.0f || size_of(i) * kind < top) {
            rank += top > 0.0f;
            top = size_of(i);
        }
    }
    return top > 0.0f && pt * kind < top ? rank + 1 : rank;
}

/* How much deeper bookmarks are than section numbers: parts have no number. */
static int deeper(const recto_structure_stats *s)
{
    if (s->n_both == 0)
        return 0;
    int twice = 2 * s->deeper_sum;
    return (twice >= 0 ? twice + s->n_both : twice - s->n_both) / (2 * s->n_both);
}

/* Usual depth of the headings of about this size that have a bookmark or a number; 0 if there are
 * none. */
static int depth_of_size(const recto_structure_stats *s, float pt)
{
    int n = 0;
    int sum = 0;
    int n_marked = 0;
    int level_sum = 0;
    for (int i = size_at(pt * 0.98f); i <= size_at(pt * 1.02f); i++) {
        n += s->bins[i].numbered;
        sum += s->bins[i].depth_sum;
        n_marked += s->bins[i].marked;
        level_sum += s->bins[i].level_sum;
    }
    if (n_marked > 0)
        return (level_sum + n_marked / 2) / n_marked;
    int depth = n > 0 ? (sum + n / 2) / n + deeper(s) : 0;
    return n > 0 && depth < 1 ? 1 : depth;
}

/* Kinds of headings with sizes strictly between two. */
static int kinds_between(const recto_structure_stats *s, float low, float high)
{
    float kind = same_kind(s);
    int n = 0;
    float last = high;
    for (int i = size_at(high); i > size_at(low); i--) {
        if (s->bins[i].headings > 0 && size_of(i) * kind < last && size_of(i) > low * kind) {
            n++;
            last = size_of(i);
        }
    }
    return n;
}

/* Level of a heading without bookmark and number in a document that has such: by those of the next
 * smaller size, else of the next larger. */
static int level_beside(const recto_structure_stats *s, float pt, int base)
{
    for (int i = size_at(pt); i >= 0; i--) {
        bool known = s->bins[i].numbered > 0 || s->bins[i].marked > 0;
        int depth = known ? depth_of_size(s, size_of(i)) : 0;
        if (depth > 0) {
            int level = base + depth - 1;
            if (size_of(i) * same_kind(s) < pt)
                level -= 1 + kinds_between(s, size_of(i), pt);
            return level < base ? base : level;
        }
    }
    for (int i = size_at(pt); i < N_SIZES; i++) {
        bool known = s->bins[i].numbered > 0 || s->bins[i].marked > 0;
        int depth = known ? depth_of_size(s, size_of(i)) : 0;
        if (depth > 0)
            return base + depth + kinds_between(s, pt, size_of(i));
    }
    return base;
}

static int level_of(const recto_structure_stats *s, const recto_page *page, const recto_block *b,
                    bool has_title)
{
    bool marked = recto_outline_matched(s->outline) > 0;
    int base = has_title && !(marked && recto_outline_root(s->outline)) ? 2 : 1;
    int level = 0;
    float weight = heading_weight(page, b);
    if (s->n_known >= 3 || marked) {
        int depth = recto_outline_level(s->outline, page, b);
        int number = depth == 0 ? recto_heading_number_depth(b->text) : 0;
        if (number > 0)
            depth = number + deeper(s) > 0 ? number + deeper(s) : 1;
        level = depth > 0 ? base + depth - 1 : level_beside(s, weight, base);
    } else {
        level = base + size_rank(s, weight, has_title ? s->title_weight : HUGE_VALF) - 1;
    }
    return level > MAX_LEVELS ? MAX_LEVELS : level;
}

/* --- one page ----------------------------------------------------------------------------------
 */

/* The page's own measures, from its blocks. */
static recto_flow_metrics measure_page(const recto_page *page)
{
    recto_flow_metrics m = {.width = page->width,
                            .height = page->height,
                            .dpi = page->dpi,
                            .exact = page->reader == RECTO_READER_LAYER};
    double chars[N_SIZES] = {0.0};
    double all = 0.0;
    double bold = 0.0;
    double upper = 0.0;
    double letters = 0.0;
    int best = 0;
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->n_lines < 1)
            continue;
        double n = (double)strlen(b->text);
        int at = size_at(points(page, b->size));
        chars[at] += n;
        best = chars[at] > chars[best] ? at : best;
        all += n;
        bold += (b->style & (uint32_t)RECTO_STYLE_BOLD) != 0 ? n : 0.0;
        for (const char *p = b->text; *p != '\0'; p++) {
            upper += *p >= 'A' && *p <= 'Z' ? 1.0 : 0.0;
            letters += (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ? 1.0 : 0.0;
        }
        m.area = recto_rect_union(m.area, b->box);
        m.column = fmaxf(m.column, b->n_lines > 1 ? recto_rect_width(b->box) : 0.0f);
    }
    m.body = fmaxf(size_of(best) * page->dpi / 72.0f, 1.0f);
    m.pitch = 1.2f * m.body;
    m.column = fmaxf(m.column, 10.0f * m.body);
    m.bold = bold * 2.0 > all;
    m.caps = upper * 10.0 > letters * 3.0;
    return m;
}

/* Pages whose own body misleads: mostly small print, or hardly any text (a title page). */
static bool judge_again(recto_page *page, float body_pt, recto_arena *keep)
{
    double n_chars = 0.0;
    for (int i = 0; i < page->n_blocks; i++)
        n_chars += (double)strlen(page->blocks[i].text);
    recto_flow_metrics m = measure_page(page);
    float body = body_pt * page->dpi / 72.0f;
    bool sparse = n_chars < 500.0;
    if (m.body > body * 0.88f && !(sparse && m.body > body * 1.05f))
        return true;
    m.body = body;
    return recto_heading_label(page->blocks, page->n_blocks, &m, keep);
}

/* Words over boxed remarks, set as a heading would be. */
static bool is_remark(const char *text)
{
    static const char *const list[] = {
        "note",          "tip",        "warning",  "caution",   "important",     "danger",
        "hint",          "anmerkung",  "hinweis",  "tipp",      "achtung",       "warnung",
        "wichtig",       "vorsicht",   "remarque", "astuce",    "avertissement", "attention",
        "mise en garde", "nota",       "consejo",  "aviso",     "advertencia",   "importante",
        "avviso",        "attenzione", "uwaga",    "opmerking", "let op"};
    char low[32];
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ':' || text[n - 1] == '!' || text[n - 1] == '.'))
        n--;
    if (n == 0 || n >= sizeof low)
        return false;
    for (size_t i = 0; i < n; i++)
        low[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
    low[n] = '\0';
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(low, list[i]) == 0)
            return true;
    }
    return false;
}

/* Is a heading that no bookmark knows the label of a remark? */
static bool is_label(const recto_structure_stats *s, const recto_page *page, const recto_block *b)
{
    if (is_remark(b->text))
        return true;
    const size_bin *bin = &s->bins[size_at(heading_weight(page, b))];
    return recto_outline_matched(s->outline) >= MIN_MATCHED &&
           recto_outline_times(s->outline, b) >= OFTEN && bin->marked * 5 < bin->headings;
}

/* Is another block of the page the heading with this text? */
static bool stands_elsewhere(const recto_page *page, int at)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (i != at && b->label == RECTO_LABEL_SECTION_HEADER &&
            strcmp(b->text, page->blocks[at].text) == 0)
            return true;
    }
    return false;
}

/* A line that stands out from the text as headings of the document do, and at their place. */
static bool looks_like_heading(const recto_structure_stats *s, const recto_page *page, int i,
                               float body)
{
    const recto_block *b = &page->blocks[i];
    if (page->reader != RECTO_READER_LAYER || b->label != RECTO_LABEL_TEXT || b->n_lines != 1 ||
        i + 1 >= page->n_blocks || strlen(b->text) > 100 || b->continues ||
        b->goes_on != RECTO_GOES_ON_NOT)
        return false;
    const char *end = b->text + strlen(b->text);
    const char *p = b->text;
    heading_kind look = kind_of(page, b);
    const recto_block *next = b + 1;
    if ((b->style & (uint32_t)RECTO_STYLE_MONO) != 0) /* the name of a variable */
        return false;
    bool stands_out = (look.style & (uint32_t)RECTO_STYLE_BOLD) != 0 || look.caps ||
                      points(page, b->size) > 1.1f * body;
    if (!stands_out || !recto_utf8_is_upper(recto_utf8_next(&p, end)) || end - b->text < 3 ||
        strchr(".,;:", end[-1]) != NULL || next->label == RECTO_LABEL_PAGE_FOOTER ||
        (next->style & look.style) != 0 || next->box.y0 < b->box.y0)
        return false;
    const heading_kind *k = find_kind(s, &look);
    return k != NULL && k->n >= 2;
}

/* Headings by bookmarks: what is one becomes one; what only looks like one, no more.  A heading
 * that opens its page may have been taken for a page header.  False if out of memory. */
static bool confirm_headings(const recto_structure_stats *s, recto_page *page, float body,
                             recto_arena *keep)
{
    for (int i = 0; i < page->n_blocks; i++) {
        recto_block *b = &page->blocks[i];
        bool running = b->label == RECTO_LABEL_PAGE_HEADER && b->n_lines > 0 &&
                       points(page, b->size) > 1.08f * body;
        if (!may_be_marked(b) && !running)
            continue;
        if (leads_on(page, b)) {
            if (b->label == RECTO_LABEL_SECTION_HEADER) {
                b->label = RECTO_LABEL_TEXT;
                b->level = 0;
            }
            continue;
        }
        bool marked = recto_outline_level(s->outline, page, b) > 0;
        if (looks_like_heading(s, page, i, body) && !is_label(s, page, b)) {
            b->label = RECTO_LABEL_SECTION_HEADER;
            b->level = 1;
        }
        if (b->label == RECTO_LABEL_SECTION_HEADER) {
            if (marked || !is_label(s, page, b))
                continue;
            b->label = RECTO_LABEL_TEXT;
            b->level = 0;
        } else if (marked && !stands_elsewhere(page, i)) {
            if (!recto_join_plain(b, keep))
                return false;
            b->label = RECTO_LABEL_SECTION_HEADER;
            b->level = 1;
        }
    }
    return true;
}

/* Is block i running text of at least so many lines, or something else that a heading heads? */
static bool is_running(const recto_page *page, int i, int n_lines, float body)
{
    if (i < 0 || i >= page->n_blocks)
        return false;
    const recto_block *b = &page->blocks[i];
    switch (b->label) {
    case RECTO_LABEL_TEXT:
        return b->n_lines >= n_lines && points(page, b->size) < 1.1f * body;
    case RECTO_LABEL_LIST_ITEM:
    case RECTO_LABEL_TABLE:
    case RECTO_LABEL_CODE:
    case RECTO_LABEL_FORM:
    case RECTO_LABEL_FORMULA:
        return true;
    default:
        return false;
    }
}

/* Author, institute and date below the title are as large as headings, but head nothing, and none
 * looks so elsewhere. */
static bool is_of_title(const recto_structure_stats *s, const recto_page *page, int i, float body)
{
    const recto_block *b = &page->blocks[i];
    if (recto_heading_is_part(b->text) || recto_outline_level(s->outline, page, b) > 0 ||
        is_running(page, i + 1, 2, body))
        return false;
    heading_kind look = kind_of(page, b);
    const heading_kind *k = find_kind(s, &look);
    return k == NULL || k->n < 2;
}

/* Levels, and the title on the first page. */
static void settle_levels(const recto_structure_stats *s, recto_page *page, float body)
{
    bool under_title = false;
    /* the only one of its size, or the only one of them that is centred */
    bool sole = s->n_title == 1 || (s->title_centred && s->n_centred == 1);
    bool has_title = sole && s->title_pt >= TITLE_RATIO * body;
    for (int i = 0; i < page->n_blocks; i++) {
        recto_block *b = &page->blocks[i];
        under_title = under_title && !is_running(page, i, 3, body);
        if (b->label != RECTO_LABEL_SECTION_HEADER)
            continue;
        if (has_title && page->number == s->first_page && i == s->title_block) {
            b->label = RECTO_LABEL_TITLE;
            b->level = 1;
            under_title = true;
        } else if (under_title && is_of_title(s, page, i, body)) {
            b->label = RECTO_LABEL_TEXT;
            b->level = 0;
        } else {
            b->level = level_of(s, page, b, has_title);
        }
    }
}

recto_status recto_structure_settle(const recto_structure_stats *s, recto_page *page,
                                    recto_arena *keep, recto_error *err)
{
    float body = document_body(s);
    if (!recto_margins_settle(s->margins, page, body, keep) ||
        (s->n_pages > 1 && !judge_again(page, body, keep)) ||
        !confirm_headings(s, page, body, keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for text");
    settle_levels(s, page, body);
    recto_continuation_mend(page->blocks, page->n_blocks);
    return RECTO_OK;
}

recto_status recto_structure_bridge(const recto_structure_stats *s, recto_page *before,
                                    recto_page *page, recto_arena *keep, recto_error *err)
{
    if (before->status != RECTO_OK || page->status != RECTO_OK ||
        page->number != before->number + 1 || before->reader == RECTO_READER_VLM ||
        page->reader == RECTO_READER_VLM)
        return RECTO_OK;
    return recto_continuation_pages(before, page, &s->habits, keep)
               ? RECTO_OK
               : recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for a marker");
}

recto_status recto_structure_stats_bookmarks(recto_structure_stats *s,
                                             const recto_bookmark *bookmarks, int n,
                                             recto_error *err)
{
    return recto_outline_bookmarks(s->outline, bookmarks, n, err);
}
