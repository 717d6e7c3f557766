/* What a column or page break cuts.
 *
 * A break comes wherever the column is full, so the line before it is full, too: a last line that
 * ends early ends its paragraph, whatever follows.  Beyond that the words tell: no full stop before
 * the break, a small letter after it.  Where the words leave it open (a capital after a comma; a
 * full stop and a capital) the shape decides, and in doubt nothing is joined: a paragraph cut in
 * two is a smaller fault than two that have become one. */
#include "text/continuation.h"
#include "core/utf8.h"
#include "text/table.h"
#include <math.h>
#include <string.h>

#define MAX_TRIES 64   /* breaks looked at on a page */
#define MAX_LOOK  24   /* blocks looked at for one */
#define INDENT    0.8f /* em */

/* What the pair stands in. */
typedef struct setting {
    bool exact; /* sizes come from fonts */
    const recto_continuation_habits *habits;
    recto_join *join;              /* NULL between pages */
    const recto_page *pages[2];    /* between pages */
    const recto_block *neighbours; /* blocks before a, for the edge of its column */
    int n_neighbours;
} setting;

/* --- signs --------------------------------------------------------------------------------------
 */

static bool is_running(const recto_block *b)
{
    return (b->label == RECTO_LABEL_TEXT || b->label == RECTO_LABEL_LIST_ITEM) && b->n_lines > 0;
}

/* Blocks that may stand between two halves of a paragraph. */
static bool is_beside_text(const recto_block *b)
{
    switch (b->label) {
    case RECTO_LABEL_TABLE:
    case RECTO_LABEL_PICTURE:
    case RECTO_LABEL_CAPTION:
    case RECTO_LABEL_FOOTNOTE:
    case RECTO_LABEL_PAGE_HEADER:
    case RECTO_LABEL_PAGE_FOOTER:
        return true;
    default:
        return false;
    }
}

static const recto_line *last_line(const recto_block *b)
{
    return &b->lines[b->n_lines - 1];
}

/* The word that ends a block; a note mark behind it does not count. */
static const recto_word *last_word(const recto_block *b)
{
    const recto_line *line = last_line(b);
    int k = line->n_words - 1;
    if (k > 0 && (line->words[k].style & (uint32_t)RECTO_STYLE_SUPER) != 0)
        k--;
    return &line->words[k];
}

/* The word that begins a block, behind an item's marker. */
static const recto_word *first_word(const recto_block *b)
{
    const recto_line *line = &b->lines[0];
    bool marked = b->marker != NULL && !b->continues && line->n_words > 1;
    return &line->words[marked ? 1 : 0];
}

static bool is_closing(uint32_t c)
{
    return c == '"' || c == '\'' || c == ')' || c == ']' || c == 0x201D || c == 0x2019 ||
           c == 0xBB || c == 0xAB || c == 0x201C;
}

/* Last character of a text, behind closing marks; 0 if there is none. */
static uint32_t ending(const char *text)
{
    const char *end = text + strlen(text);
    while (end > text) {
        const char *p = end - 1;
        while (p > text && ((unsigned char)*p & 0xC0u) == 0x80u)
            p--;
        const char *from = p;
        uint32_t cp = recto_utf8_next(&from, end);
        if (!is_closing(cp))
            return cp;
        end = p;
    }
    return 0;
}

static uint32_t beginning(const char *text)
{
    const char *end = text + strlen(text);
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (!is_closing(cp) && cp != '(' && cp != '[' && cp != 0x201E && cp != 0x2018)
            return cp;
    }
    return 0;
}

static bool is_stop(uint32_t c)
{
    return c == '.' || c == '!' || c == '?' || c == ':' || c == 0x2026 || c == 0x3002 ||
           c == 0xFF01 || c == 0xFF1F || c == 0x61F || c == 0x6D4;
}

static bool is_hyphen(uint32_t c)
{
    return c == '-' || c == 0x2010 || c == 0xAD;
}

/* Same size and weight? */
static bool same_look(const recto_block *a, const recto_block *b, bool exact)
{
    const uint32_t weight = (uint32_t)RECTO_STYLE_BOLD | (uint32_t)RECTO_STYLE_ITALIC;
    float low = fminf(a->size, b->size);
    float high = fmaxf(a->size, b->size);
    if (high > low * (exact ? 1.06f : 1.15f))
        return false;
    return !exact || ((a->style ^ b->style) & weight) == 0 || a->n_lines == 1 || b->n_lines == 1;
}

/* Right edge of the column that a stands in: its own lines', else that of a paragraph close before
 * it that begins at the same place; 0 if none is known. */
static float column_right(const recto_block *a, const setting *s)
{
    float right = 0.0f;
    for (int i = 0; i + 1 < a->n_lines; i++)
        right = fmaxf(right, a->lines[i].box.x1);
    int last = s->n_neighbours > MAX_LOOK ? s->n_neighbours - MAX_LOOK : 0;
    for (int i = s->n_neighbours - 1; i >= last; i--) {
        const recto_block *o = &s->neighbours[i];
        if (!is_running(o) || o->n_lines < 2 || !same_look(a, o, s->exact) || o->box.y0 > a->box.y0)
            continue;
        float shift = fabsf(last_line(o)->box.x0 - last_line(a)->box.x0);
        if (shift < 1.5f * a->size || a->label == RECTO_LABEL_LIST_ITEM) {
            float edge = recto_rect_overlap_x(o->box, a->box) > 0.0f ? o->box.x1 : 0.0f;
            /* a wider one stands over several columns */
            return right == 0.0f || edge < right + 3.0f * a->size ? fmaxf(right, edge) : right;
        }
    }
    return right;
}

/* White at the end of a's last line, less what b's first word needs; over 0: it ends early.
 * HUGE_VALF if the column's edge is unknown. */
static float slack(const recto_block *a, const recto_block *b, const setting *s)
{
    float right = column_right(a, s);
    if (right <= 0.0f)
        return HUGE_VALF;
    return right - last_line(a)->box.x1 - recto_rect_width(first_word(b)->box) -
           (s->exact ? 0.6f : 1.2f) * a->size;
}

/* Is b's first line indented against its second? */
static bool is_indented(const recto_block *b)
{
    return b->n_lines > 1 && b->lines[0].box.x0 - b->lines[1].box.x0 > INDENT * b->size;
}

/* Does a's last line stand at the left edge of its column?  Lines in the middle break anywhere. */
static bool is_set_left(const recto_block *a)
{
    int from = a->label == RECTO_LABEL_LIST_ITEM ? 1 : 0; /* behind the marker's line */
    float left = last_line(a)->box.x0;
    for (int i = from; i + 1 < a->n_lines; i++)
        left = fminf(left, a->lines[i].box.x0);
    return last_line(a)->box.x0 < left + 1.5f * a->size;
}

/* Are all of a's lines justified, the last one, too?  The last line of a paragraph is not: so this
 * one is not the last. */
static bool is_flush(const recto_block *a, bool exact)
{
    if (!exact || a->n_lines < 3)
        return false;
    float edge = a->lines[1].box.x1;
    for (int i = 0; i < a->n_lines; i++) {
        if (fabsf(a->lines[i].box.x1 - edge) > 0.06f * a->size)
            return false;
    }
    return true;
}

/* --- one pair ----------------------------------------------------------------------------------
 */

/* Is a compound of the two words written with its hyphen anywhere on the pages? */
static bool is_compound(const setting *s, const char *left, const char *right)
{
    char word[96];
    size_t n_left = strlen(left);
    size_t n_right = strlen(right);
    while (n_right > 0 && strchr(".,;:!?)]\"", right[n_right - 1]) != NULL)
        n_right--;
    if (s->join != NULL || n_left + n_right >= sizeof word || n_left < 2 || n_right < 2)
        return false;
    memcpy(word, left, n_left);
    memcpy(word + n_left, right, n_right);
    word[n_left + n_right] = '\0';
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < s->pages[k]->n_blocks; i++) {
            if (strstr(s->pages[k]->blocks[i].text, word) != NULL)
                return true;
        }
    }
    return false;
}

/* Do paragraphs here begin with an indent, so that one without goes on from before? */
static bool indents(const recto_continuation_habits *h)
{
    return h->n_indented >= 3 && h->n_indented > 6 * h->n_flush;
}

static recto_goes_on judge(const recto_block *a, const recto_block *b, const setting *s)
{
    if (b->label == RECTO_LABEL_LIST_ITEM || !same_look(a, b, s->exact))
        return RECTO_GOES_ON_NOT;
    const char *left = last_word(a)->text;
    const char *right = first_word(b)->text;
    uint32_t end = ending(left);
    uint32_t begin = beginning(right);
    bool lower = recto_utf8_is_lower(begin);
    bool broken = is_hyphen(end) && strlen(left) > 1 && !is_closing((uint32_t)right[0]);
    if (broken && (lower || (recto_utf8_is_letter(begin) && a->n_lines > 1)))
        return recto_join_ending(s->join, left, right, is_compound(s, left, right));
    if (!is_set_left(a))
        return RECTO_GOES_ON_NOT;
    float white = slack(a, b, s);
    float wide = recto_rect_width(a->box);
    bool full = white <= 0.0f;
    bool word = recto_utf8_is_letter(begin) || recto_utf8_is_digit(begin);
    bool joins = false;
    if (!is_stop(end) && lower)
        joins = white <= 0.15f * wide;
    else if (!is_stop(end))
        joins = full && word && a->n_lines > 1 && !is_indented(b) &&
                (b->n_lines > 1 || recto_rect_width(b->box) > 0.8f * wide);
    else if (lower)
        joins = full && end == '.' && a->n_lines > 1; /* "e.g." */
    else
        joins = full && word && (indents(s->habits) || is_flush(a, s->exact)) && end != ':' &&
                a->n_lines > 1 && b->n_lines > 1 && !is_indented(b) &&
                a->label == RECTO_LABEL_TEXT && s->exact;
    return joins ? recto_join_ending(s->join, left, right, false) : RECTO_GOES_ON_NOT;
}

/* A text that goes on a list item is of it. */
static void tie(recto_block *a, recto_block *b, recto_goes_on how, const char *marker)
{
    a->goes_on = how;
    b->continues = true;
    if (a->label != RECTO_LABEL_LIST_ITEM)
        return;
    b->label = a->label;
    b->level = a->level;
    b->ordered = a->ordered;
    b->marker = marker;
}

/* --- a page ------------------------------------------------------------------------------------
 */

/* Are a and b, next to each other in the flow, the two sides of a break? */
static bool is_break(const recto_block *blocks, int a, int b, const recto_flow_metrics *m)
{
    const recto_line *last = last_line(&blocks[a]);
    const recto_line *first = &blocks[b].lines[0];
    if (first->baseline < last->baseline - 2.0f * m->pitch)
        return recto_rect_overlap_x(first->box, last->box) <= 0.0f; /* the next column */
    for (int i = a + 1; i < b; i++) {                               /* or something in between */
        const recto_rect *box = &blocks[i].box;
        if (box->y0 > last->box.y0 && box->y1 < first->box.y1)
            return true;
    }
    return false;
}

void recto_continuation_observe(recto_continuation_habits *h, const recto_block *blocks, int n)
{
    for (int i = 1; i < n; i++) {
        const recto_block *a = &blocks[i - 1];
        const recto_block *b = &blocks[i];
        if (a->label != RECTO_LABEL_TEXT || b->label != RECTO_LABEL_TEXT || a->n_lines < 1 ||
            b->n_lines < 2 || b->continues || last_line(a)->box.y0 > b->lines[0].box.y0)
            continue;
        float shift = b->lines[0].box.x0 - b->lines[1].box.x0;
        h->n_indented += shift > INDENT * b->size && shift < 6.0f * b->size;
        h->n_flush += fabsf(shift) < 0.3f * b->size;
    }
}

void recto_continuation_columns(recto_block *blocks, int n, const recto_flow_metrics *m,
                                recto_join *join)
{
    recto_continuation_habits habits = {0};
    recto_continuation_observe(&habits, blocks, n);
    setting s = {.exact = m->exact, .habits = &habits, .join = join, .neighbours = blocks};
    int a = -1;
    int n_tries = 0;
    for (int i = 0; i < n && n_tries < MAX_TRIES; i++) {
        if (is_beside_text(&blocks[i]))
            continue;
        if (!is_running(&blocks[i])) {
            a = -1;
            continue;
        }
        if (a >= 0 && i - a <= MAX_LOOK && is_break(blocks, a, i, m)) {
            n_tries++;
            s.n_neighbours = a;
            recto_goes_on how = judge(&blocks[a], &blocks[i], &s);
            if (how != RECTO_GOES_ON_NOT)
                tie(&blocks[a], &blocks[i], how, blocks[a].marker);
        }
        a = i;
    }
}

/* --- two pages ---------------------------------------------------------------------------------
 */

/* First (dir 1) or last (dir -1) block that is not beside the text; -1 if there is none.  A table
 * counts if tables do. */
static int edge_block(const recto_page *page, int dir, bool tables)
{
    for (int i = dir > 0 ? 0 : page->n_blocks - 1; i >= 0 && i < page->n_blocks; i += dir) {
        const recto_block *b = &page->blocks[i];
        bool stops = tables && (b->label == RECTO_LABEL_TABLE || b->label == RECTO_LABEL_PICTURE);
        if (stops || !is_beside_text(b))
            return i;
    }
    return -1;
}

/* A program goes on where one stands at the foot of a page and one at the head of the next. */
static bool tie_code(recto_block *a, recto_block *b, bool exact)
{
    if (a->label != RECTO_LABEL_CODE || b->label != RECTO_LABEL_CODE || a->n_lines < 1 ||
        b->n_lines < 1 || !same_look(a, b, exact))
        return false;
    a->goes_on = RECTO_GOES_ON_SPACE;
    b->continues = true;
    return true;
}

static void tie_tables(recto_page *before, recto_page *page)
{
    int a = edge_block(before, -1, true);
    int b = edge_block(page, 1, true);
    if (a < 0 || b < 0 || before->blocks[a].table == NULL || page->blocks[b].table == NULL ||
        !recto_table_continues(before, &before->blocks[a], page, &page->blocks[b]))
        return;
    before->blocks[a].goes_on = RECTO_GOES_ON_SPACE;
    page->blocks[b].continues = true;
}

bool recto_continuation_pages(recto_page *before, recto_page *page,
                              const recto_continuation_habits *h, recto_arena *keep)
{
    tie_tables(before, page);
    int a = edge_block(before, -1, false);
    int b = edge_block(page, 1, false);
    if (a < 0 || b < 0)
        return true;
    setting s = {.exact = before->reader == RECTO_READER_LAYER && page->reader == before->reader,
                 .habits = h,
                 .pages = {before, page},
                 .neighbours = before->blocks,
                 .n_neighbours = a};
    if (tie_code(&before->blocks[a], &page->blocks[b], s.exact) ||
        !is_running(&before->blocks[a]) || !is_running(&page->blocks[b]))
        return true;
    recto_goes_on how = judge(&before->blocks[a], &page->blocks[b], &s);
    if (how == RECTO_GOES_ON_NOT)
        return true;
    const char *marker = before->blocks[a].marker;
    if (marker != NULL)
        marker = recto_arena_text(keep, marker, strlen(marker));
    if (before->blocks[a].marker != NULL && marker == NULL)
        return false;
    tie(&before->blocks[a], &page->blocks[b], how, marker);
    return true;
}

void recto_continuation_mend(recto_block *blocks, int n)
{
    recto_block *open = NULL;
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        bool held = b->continues && open != NULL && open->label == b->label && is_running(b);
        if (!held && is_beside_text(b) && !b->continues && b->goes_on == RECTO_GOES_ON_NOT)
            continue;
        if (!held) {
            b->continues = false;
            if (open != NULL)
                open->goes_on = RECTO_GOES_ON_NOT;
        }
        open = NULL;
        if (b->goes_on != RECTO_GOES_ON_NOT && is_running(b))
            open = b;
        else
            b->goes_on = RECTO_GOES_ON_NOT;
    }
    if (open != NULL)
        open->goes_on = RECTO_GOES_ON_NOT;
}
