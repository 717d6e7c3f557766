/* Paragraphs from lines, in two steps.
 *
 * First the parts are cut into stacks wherever something visible changes: column, size, weight,
 * distance.  A stack has a left and a right edge of its own, and inside it the finer signs are
 * read: indentation, a last line that ends early (the next line's first word would have fitted),
 * list markers.  What an indented line means depends on the stack: in print with first-line indents
 * it opens a paragraph, in a bibliography (hanging indents) it goes on; the lines before tell,
 * since a paragraph's last line is the one that may end early. */
#include "text/paragraph.h"
#include "core/utf8.h"
#include "text/captions.h"
#include "text/list.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INDENT    0.8f  /* em: less is noise */
#define MAX_DEPTH 9     /* of lists */
#define STEP_MAX  1.3f  /* of the page's pitch at this size */
#define STEP_ODD  1.25f /* of the steps around */

/* A stack of lines and what is known of it. */
typedef struct stack {
    const recto_flow_part *p;
    int n;
    float left, right; /* edges, px */
    float em;
    bool hanging;     /* indented lines go on */
    bool flush_right; /* lines of a narrow stack that end together and start anywhere */
    bool display;     /* larger or bolder than the body: titles, not running text */
    bool numbers;     /* most lines end in a number */
    bool entries;     /* most lines end early: an index, verse, an address; no running text */
} stack;

/* The item that is open while walking a stack. */
typedef struct open_item {
    recto_list_marker marker;
    const char *sign; /* the marker as it stands */
    float x;          /* of it */
    bool on;
} open_item;

typedef struct builder {
    recto_block *blocks;
    int n;
    const recto_flow_metrics *m;
    recto_join *join;
    recto_arena *keep;
    open_item levels[MAX_DEPTH]; /* the last item at every depth of the list that is open */
    int n_levels;                /* 0: no list is open */
    bool failed;
} builder;

/* --- stacks ------------------------------------------------------------------------------------
 */

static float step_between(const recto_flow_part *a, const recto_flow_part *b)
{
    return b->line->baseline - a->line->baseline;
}

static bool is_plain(const recto_flow_part *p)
{
    return p->line != NULL && !p->row;
}

/* Sizes of scans are estimates, and poor ones where there is little ink to measure. */
static bool size_differs(const recto_line *a, const recto_line *b, bool exact)
{
    float low = fminf(a->size, b->size);
    float high = fmaxf(a->size, b->size);
    if (exact)
        return high > low * 1.13f; /* less may be another family in the line */
    int n_a = recto_flow_chars(a);
    int n_b = recto_flow_chars(b);
    int n = n_a < n_b ? n_a : n_b;
    bool bold = ((a->style ^ b->style) & (uint32_t)RECTO_STYLE_BOLD) != 0;
    float noise = n < 15 ? 1.6f : 1.15f;
    return high > low * (bold && n >= 6 ? 1.07f : noise);
}

static uint32_t first_char(const recto_line *line)
{
    const char *p = line->words[0].text;
    return recto_utf8_next(&p, p + strlen(p));
}

static uint32_t last_char(const recto_line *line)
{
    const char *text = line->words[line->n_words - 1].text;
    size_t len = strlen(text);
    const char *p = text + len - 1;
    while (p > text && ((unsigned char)*p & 0xC0u) == 0x80u)
        p--;
    return recto_utf8_next(&p, text + len);
}

static bool ends_sentence(const recto_line *line)
{
    uint32_t c = last_char(line);
    return c == '.' || c == '!' || c == '?' || c == ':' || c == 0x201D || c == '"' || c == 0xBB;
}

/* A paragraph may run from one leaf into the next, past the end or the beginning of what stands
 * beside it; its first line may be indented. */
static bool goes_on_below(const recto_flow_part *a, const recto_flow_part *b,
                          const recto_flow_metrics *m)
{
    float step = step_between(a, b);
    float shift = a->box.x0 - b->box.x0;
    if (b->leaf <= a->leaf || a->leaf < 0 || b->leaf >= RECTO_FLOW_LEAF_ASIDE ||
        step < 0.5f * m->body || step > 1.25f * m->pitch)
        return false;
    return fabsf(shift) < 0.4f * m->body ||
           (shift > 0.0f && shift < 4.0f * m->body && !ends_sentence(a->line) &&
            recto_utf8_is_lower(first_char(b->line)));
}

/* On a scan: does b go on in the sentence of a, right below it?  Then their sizes are two estimates
 * of one. */
static bool flows_on(const recto_flow_part *a, const recto_flow_part *b,
                     const recto_flow_metrics *m)
{
    float low = fminf(a->line->size, b->line->size);
    float high = fmaxf(a->line->size, b->line->size);
    int n_a = recto_flow_chars(a->line);
    int n_b = recto_flow_chars(b->line);
    float noise = (n_a < n_b ? n_a : n_b) < 30 ? 1.5f : 1.35f; /* little ink tells less */
    return !m->exact && high < noise * low && step_between(a, b) < 1.25f * m->pitch &&
           fabsf(a->box.x0 - b->box.x0) < 0.6f * m->body && !ends_sentence(a->line) &&
           recto_utf8_is_lower(first_char(b->line));
}

/* Do lines i and i + 1 stand in different stacks, whatever their edges? */
static bool is_cut(const recto_flow_part *p, int n, int i, float right, const recto_flow_metrics *m)
{
    const recto_flow_part *a = &p[i];
    const recto_flow_part *b = &p[i + 1];
    if (!is_plain(a) || !is_plain(b) || (a->leaf != b->leaf && !goes_on_below(a, b, m)))
        return true;
    const recto_line *la = a->line;
    const recto_line *lb = b->line;
    uint32_t changed = la->style ^ lb->style;
    if ((size_differs(la, lb, m->exact) && !flows_on(a, b, m)) ||
        ((changed & (uint32_t)RECTO_STYLE_BOLD) != 0 && m->exact) || a->code != b->code)
        return true;
    float step = step_between(a, b);
    float em = fmaxf(la->size, lb->size);
    if (step < 0.3f * em || recto_rect_overlap_x(la->box, lb->box) <= 0.0f)
        return true;
    float usual = fmaxf(m->pitch * em / m->body, 1.1f * em);
    float around = HUGE_VALF;
    if (i > 0 && is_plain(&p[i - 1]) && p[i - 1].leaf == a->leaf)
        around = fminf(around, step_between(&p[i - 1], a));
    if (i + 2 < n && is_plain(&p[i + 2]) && p[i + 2].leaf == a->leaf)
        around = fminf(around, step_between(b, &p[i + 2]));
    if (around < 0.7f * em)
        around = HUGE_VALF;
    if (step >
        STEP_MAX * usual) /* only where full lines are set so wide they may belong together */
        return !(around < HUGE_VALF && step < 1.1f * around && step < 2.3f * em &&
                 la->box.x1 > right - 5.0f * em &&
                 la->box.x1 + recto_rect_width(lb->words[0].box) > right - 0.6f * em &&
                 fabsf(la->box.x0 - lb->box.x0) < 4.0f * em);
    return around < HUGE_VALF && step > STEP_ODD * around && step > 1.12f * usual;
}

/* White left at the end of a, less what b's first word needs: > 0 means that the break was meant.
 */
static float slack(const stack *s, const recto_line *a, const recto_line *b)
{
    uint32_t end = last_char(a);
    if (end == '-' || end == 0xAD || end == 0x2010)
        return 0.0f;
    return s->right - a->box.x1 - recto_rect_width(b->words[0].box) - 0.6f * s->em;
}

/* Right edge: the stack's own if most of its lines reach it, else the column's. */
static void find_edges(stack *s, float column_right)
{
    s->left = HUGE_VALF;
    s->right = 0.0f;
    double size = 0.0;
    for (int i = 0; i < s->n; i++) {
        const recto_line *line = s->p[i].line;
        s->left = fminf(s->left, line->box.x0);
        s->right = fmaxf(s->right, line->box.x1);
        size += (double)line->size;
    }
    s->em = (float)(size / s->n);
    int full = 0;
    for (int i = 0; i + 1 < s->n; i++)
        full += s->p[i].line->box.x1 > s->right - 2.5f * s->em;
    if (s->n < 3 || (full < 3 && full < s->n - 1) || full * 2 < s->n - 1)
        s->right = fmaxf(s->right, column_right);
}

/* In a stack with hanging indents, early ends come before lines at the left edge. */
static void find_hanging(stack *s)
{
    int n_out = 0;
    int n_out_early = 0;
    int n_in = 0;
    int n_in_early = 0;
    for (int i = 1; i < s->n; i++) {
        const recto_line *a = s->p[i - 1].line;
        const recto_line *b = s->p[i].line;
        bool early = slack(s, a, b) > 0.0f;
        if (b->box.x0 < s->left + INDENT * s->em) {
            n_out++;
            n_out_early += early;
        } else {
            n_in++;
            n_in_early += early;
        }
    }
    /* nearly all lines before indented ones are full, and those before the others are not */
    s->hanging = n_in > 0 && n_in_early * 4 <= n_in && (n_out == 0 || n_out_early * 2 > n_out) &&
                 s->p[0].line->box.x0 < s->left + INDENT * s->em;
}

/* In running text a line ends early only where a paragraph ends, and seldom in a number. */
static void find_entries(stack *s)
{
    int n_early = 0;
    int n_numbers = 0;
    int n = 0;
    for (int i = 1; i < s->n; i++) {
        const recto_line *a = s->p[i - 1].line;
        if (recto_list_parse(s->p[i].line).kind != RECTO_LIST_NONE)
            continue;
        n++;
        n_early += slack(s, a, s->p[i].line) > 0.0f;
        n_numbers += recto_utf8_is_digit(last_char(a));
    }
    s->entries = n >= 3 && (n_early * 4 >= n * 3 || n_numbers * 4 >= n * 3);
    s->numbers = s->entries && n_numbers * 4 >= n * 3;
}

static void find_flush_right(stack *s, const recto_flow_metrics *m)
{
    int n_ragged = 0;
    float left = s->p[0].box.x0;
    float right = s->p[0].box.x1;
    for (int i = 1; i < s->n; i++) {
        const recto_rect *box = &s->p[i].box;
        if (fabsf(box->x1 - s->p[0].box.x1) > 0.4f * s->em)
            return;
        float shift = box->x0 - s->p[i - 1].box.x0;
        /* the first line of a paragraph in full lines is indented */
        bool indent = i == 1 && shift < 0.0f && shift > -3.5f * s->em;
        n_ragged += fabsf(shift) > 0.6f * s->em && !indent;
        left = fminf(left, box->x0);
    }
    s->flush_right = n_ragged > 0 && right - left < 0.5f * recto_rect_width(m->area);
}

/* --- breaks inside a stack ---------------------------------------------------------------------
 */

static bool is_centred(const stack *s, const recto_line *a, const recto_line *b)
{
    float ca = (a->box.x0 + a->box.x1) / 2.0f;
    float cb = (b->box.x0 + b->box.x1) / 2.0f;
    return fabsf(ca - cb) < 0.4f * s->em && fabsf(a->box.x0 - b->box.x0) > 0.6f * s->em;
}

/* Does one of the next lines that begins at the same place have the marker that comes after? */
static bool is_followed(const stack *s, int i, const recto_list_marker *mk)
{
    float x = s->p[i].line->box.x0;
    for (int k = i + 1; k < s->n && k <= i + 24; k++) {
        const recto_line *line = s->p[k].line;
        if (fabsf(line->box.x0 - x) > 0.5f * s->em)
            continue;
        recto_list_marker next = recto_list_parse(line);
        bool counts = recto_list_is_ordered(next.kind) && recto_list_is_ordered(mk->kind);
        if ((counts || next.kind == mk->kind) && recto_list_follows(mk, &next))
            return true;
    }
    return false;
}

/* Is line i really an item's start?  Dashes and numbers need more than their look. */
static bool is_item(const stack *s, int i, const recto_list_marker *mk, const open_item *open,
                    const builder *b)
{
    if (mk->kind == RECTO_LIST_NONE || (mk->alone && s->n == 1))
        return false;
    const recto_line *line = s->p[i].line;
    const recto_line *prev = i > 0 ? s->p[i - 1].line : NULL;
    bool early = prev == NULL || slack(s, prev, line) > 0.0f;
    bool closed = prev == NULL || ends_sentence(prev);
    if (open->on && recto_list_follows(&open->marker, mk))
        return true;
    for (int k = 0; k < b->n_levels; k++) { /* behind a paragraph: "Thursday, | 4. April" */
        if ((open->on || early || closed) && recto_list_follows(&b->levels[k].marker, mk))
            return true;
    }
    if (mk->kind == RECTO_LIST_BULLET)
        return line->n_words > 1;
    bool first = mk->value == 1 || mk->roman == 1;
    if (mk->kind == RECTO_LIST_DASH)
        return line->n_words > 1 && (early || closed || is_followed(s, i, mk));
    if ((first || (early && closed)) && is_followed(s, i, mk))
        return true;
    if (first)
        return early || closed;
    /* a list that began on the page before; text rarely begins with "(e)" */
    return early && closed && mk->value < 100 &&
           (mk->kind == RECTO_LIST_NUMBER ? mk->value >= 1 : mk->tail != '.' && !mk->alone);
}

static bool breaks_item(const stack *s, int i, const open_item *open)
{
    const recto_line *a = s->p[i - 1].line;
    const recto_line *b = s->p[i].line;
    float early = slack(s, a, b);
    if (b->box.x0 > open->marker.text_x + 1.5f * s->em && !recto_utf8_is_lower(first_char(b)))
        return true;
    if (b->box.x0 < open->x - 0.35f * s->em && a->box.x1 < s->right - s->em)
        return !recto_utf8_is_lower(first_char(b)); /* out of the list again */
    if (b->box.x0 > open->x + 0.5f * s->em)         /* under the item's text */
        return early > 0.0f && ends_sentence(a) && b->box.x0 > open->marker.text_x + INDENT * s->em;
    return early > 0.0f && (ends_sentence(a) || !recto_utf8_is_lower(first_char(b)));
}

/* An entry of a table of contents: dot leaders, then a page number. */
static bool ends_entry(const recto_line *line)
{
    const char *last = line->words[line->n_words - 1].text;
    if (last[0] < '0' || last[0] > '9')
        return false;
    int n_dots = 0;
    for (int i = line->n_words - 2; i >= 0 && i >= line->n_words - 6; i--) {
        const char *text = line->words[i].text;
        size_t n = strspn(text, ".");
        if (i == line->n_words - 2 && n >= 2 && text[n] == '\0')
            return true;
        n_dots += text[n] == '\0' ? (int)n : (strstr(text, "....") != NULL ? 4 : 0);
    }
    return n_dots >= 3;
}

/* A raised number or mark opens a note. */
static bool opens_note(const recto_line *line)
{
    return line->n_words > 1 && (line->words[0].style & (uint32_t)RECTO_STYLE_SUPER) != 0 &&
           strlen(line->words[0].text) <= 3;
}

/* An entry of a glossary, a speech of a play: the line begins with a bold word or one in capitals,
 * and is not so as a whole. */
static bool opens_entry(const recto_line *line)
{
    const recto_word *w = line->words;
    if (line->n_words < 2)
        return false;
    if ((w[0].style & (uint32_t)RECTO_STYLE_BOLD) != 0)
        return (w[line->n_words - 1].style & (uint32_t)RECTO_STYLE_BOLD) == 0;
    int n_upper = 0;
    for (const char *p = w[0].text; *p != '\0'; p++) {
        if (*p >= 'a' && *p <= 'z')
            return false;
        n_upper += *p >= 'A' && *p <= 'Z';
    }
    return n_upper >= 3 && strpbrk(w[1].text, "abcdefghijklmnopqrstuvwxyz") != NULL;
}

/* from: the paragraph's first line */
static bool breaks_text(const stack *s, int from, int i)
{
    const recto_line *a = s->p[i - 1].line;
    const recto_line *b = s->p[i].line;
    if ((opens_note(b) && opens_note(s->p[0].line)) || ends_entry(a))
        return true;
    float early = slack(s, a, b);
    if ((early > 0.0f || ends_sentence(a)) && recto_captions_opens(b))
        return true;
    if ((early > 0.0f || ends_sentence(a)) && opens_entry(b) && opens_entry(s->p[from].line))
        return true;
    if (s->entries && !s->display && (early > 0.0f || s->numbers))
        return b->box.x0 < s->left + INDENT * s->em || early > 0.0f;
    if (s->flush_right && !s->display)
        return !recto_utf8_is_lower(first_char(b));
    if (is_centred(s, a, b)) /* white on both sides counts */
        return early + fmaxf(s->right, s->p[i - 1].right) - a->box.x1 > 0.0f && !s->display &&
               !recto_utf8_is_lower(first_char(b));
    float shift = b->box.x0 - a->box.x0;
    if (s->hanging)
        return b->box.x0 < s->left + INDENT * s->em && (early > 0.0f || shift < -INDENT * s->em);
    if (shift > INDENT * s->em && (early > 0.0f || ends_sentence(a)))
        return true;
    if (shift > INDENT * s->em && i + 1 < s->n &&
        s->p[i + 1].line->box.x0 < b->box.x0 - INDENT * s->em && a->box.x0 < s->left + 0.5f * s->em)
        return !recto_utf8_is_lower(first_char(b));
    if (s->display || early <= 0.0f)
        return false;
    if (ends_sentence(a))
        return true;
    float wide = s->right - s->left;
    return recto_utf8_is_lower(first_char(b)) ? early > 0.45f * wide : early > 0.08f * wide;
}

/* --- blocks ------------------------------------------------------------------------------------
 */

static void close_block(recto_block *b)
{
    double conf = 0.0;
    double size = 0.0;
    int n_all = 0;
    b->style = b->n_lines > 0 ? b->lines[0].style : 0;
    for (int i = 0; i < b->n_lines; i++) {
        const recto_line *line = &b->lines[i];
        int n = recto_flow_chars(line);
        conf += (double)line->conf * n;
        size += (double)line->size * n;
        n_all += n;
        b->style &= line->style;
        b->box = i == 0 ? line->box : recto_rect_union(b->box, line->box);
    }
    b->conf = n_all > 0 ? (float)(conf / n_all) : 1.0f;
    b->size = n_all > 0 ? (float)(size / n_all) : 0.0f;
}

/* Lines p[0..n) as one block. */
static recto_block *add_lines(builder *b, const recto_flow_part *p, int n, recto_label label)
{
    recto_block *out = &b->blocks[b->n++];
    recto_line *lines = recto_arena_array(b->keep, (size_t)n, sizeof *lines);
    *out = (recto_block){.label = label, .text = "", .conf = 1.0f};
    if (lines == NULL) {
        b->failed = true;
        return out;
    }
    for (int i = 0; i < n; i++)
        lines[i] = *p[i].line;
    out->lines = lines;
    out->n_lines = n;
    close_block(out);
    return out;
}

static void add_text(builder *b, const recto_flow_part *p, int n)
{
    recto_block *out = add_lines(b, p, n, RECTO_LABEL_TEXT);
    if (!b->failed)
        out->text = recto_join_lines(b->join, out->lines, n, 0, b->keep);
    b->failed |= out->text == NULL;
    b->n_levels = 0;
}

/* Do both have one kind of marker? */
static bool is_same_sign(const open_item *a, const open_item *b)
{
    if (a->marker.kind == RECTO_LIST_BULLET || a->marker.kind == RECTO_LIST_DASH)
        return strcmp(a->sign, b->sign) == 0;
    return a->marker.tail == b->marker.tail &&
           (a->marker.kind == RECTO_LIST_NUMBER) == (b->marker.kind == RECTO_LIST_NUMBER);
}

/* How far item stands to the right of a, 1 if it is deeper, -1 if a is: a small step is enough
 * where the marker changes. */
static int compare_depth(const open_item *a, const open_item *item, float em)
{
    float least = is_same_sign(a, item) ? 0.7f : 0.3f;
    float shift = item->x - a->x;
    return shift > least * em ? 1 : (shift < -least * em ? -1 : 0);
}

/* Depth of an item: levels stand further and further to the right. */
static int push_level(builder *b, const open_item *item, float em)
{
    while (b->n_levels > 0 && compare_depth(&b->levels[b->n_levels - 1], item, em) < 0)
        b->n_levels--;
    bool deeper = b->n_levels == 0 || compare_depth(&b->levels[b->n_levels - 1], item, em) > 0;
    if (deeper && b->n_levels < MAX_DEPTH)
        b->n_levels++;
    b->levels[b->n_levels - 1] = *item;
    return b->n_levels - 1;
}

static void add_item(builder *b, const recto_flow_part *p, int n, const open_item *item, float em)
{
    int level = push_level(b, item, em);
    recto_block *out = add_lines(b, p, n, RECTO_LABEL_LIST_ITEM);
    out->level = level;
    out->marker = recto_list_shown(p[0].line->words[0].text);
    out->ordered = recto_list_is_ordered(item->marker.kind);
    if (!b->failed)
        out->text = recto_join_lines(b->join, out->lines, n, 1, b->keep);
    b->failed |= out->text == NULL;
}

static void add_code(builder *b, const recto_flow_part *p, int n)
{
    recto_block *out = add_lines(b, p, n, RECTO_LABEL_CODE);
    if (!b->failed)
        out->text = recto_join_code(out->lines, n, b->keep);
    b->failed |= out->text == NULL;
    b->n_levels = 0;
}

static float table_conf(const recto_table *t)
{
    double sum = 0.0;
    double n_chars = 0.0;
    for (int i = 0; i < t->n_cells; i++) {
        double n = (double)strlen(t->cells[i].text);
        sum += (double)t->cells[i].conf * n;
        n_chars += n;
    }
    return n_chars > 0.0 ? (float)(sum / n_chars) : 1.0f;
}

/* A word or two in a fixed pitch, a term of a list of definitions, are no program. */
static bool is_term(const recto_line *line)
{
    for (int i = 0; i < line->n_words; i++) {
        if (strpbrk(line->words[i].text, "(){}[];=<>$#|\\/") != NULL)
            return false;
    }
    return line->n_words <= 2;
}

static void add_solid(builder *b, const recto_flow_part *p)
{
    recto_block *out = &b->blocks[b->n++];
    *out = (recto_block){.label = p->table != NULL ? RECTO_LABEL_TABLE : RECTO_LABEL_PICTURE,
                         .text = "",
                         .box = p->box,
                         .table = p->table,
                         .conf = p->table != NULL ? table_conf(p->table) : 1.0f};
    b->n_levels = 0;
}

static void add_stack(builder *b, stack *s)
{
    find_hanging(s);
    find_entries(s);
    open_item open = {0};
    int from = 0;
    for (int i = 0; i <= s->n && !b->failed; i++) {
        recto_list_marker mk = {0};
        bool item = false;
        if (i < s->n) {
            mk = recto_list_parse(s->p[i].line);
            item = !s->display && is_item(s, i, &mk, &open, b);
        }
        bool cut = i == s->n || item ||
                   (i > 0 && (open.on ? breaks_item(s, i, &open) : breaks_text(s, from, i)));
        if (!cut)
            continue;
        if (i > from && open.on)
            add_item(b, s->p + from, i - from, &open, s->em);
        else if (i > from)
            add_text(b, s->p + from, i - from);
        from = i;
        open.on = item;
        if (item) {
            open.marker = mk;
            open.sign = s->p[i].line->words[0].text;
            open.x = s->p[i].line->box.x0;
        }
    }
}

static bool is_mono(const recto_flow_part *p)
{
    return p->line != NULL && (p->line->style & (uint32_t)RECTO_STYLE_MONO) != 0;
}

static bool is_bold(const recto_line *line)
{
    return (line->style & (uint32_t)RECTO_STYLE_BOLD) != 0;
}

/* Does the mono line b go on in the paragraph of line a (or a in that of b)?  Addresses and names
 * in a fixed pitch may fill a line of running text. */
static bool is_inline(const recto_flow_part *a, const recto_flow_part *b,
                      const recto_flow_metrics *m)
{
    return is_plain(a) && is_plain(b) && !is_mono(a) && a->leaf == b->leaf &&
           fabsf(step_between(a, b)) < 1.25f * m->pitch &&
           fabsf(a->box.x0 - b->box.x0) < 0.6f * m->body;
}

/* Tell programs from names and addresses set in a fixed pitch. */
static void mark_code(recto_flow_part *p, int n, const recto_flow_metrics *m)
{
    int k = 0; /* end of the run of mono lines that starts at i */
    for (int i = 0; i < n && !m->mono; i = k > i ? k : i + 1) {
        for (k = i; k < n && is_mono(&p[k]) && p[k].leaf == p[i].leaf; k++)
            ;
        if (k == i || recto_list_parse(p[i].line).kind == RECTO_LIST_BULLET)
            continue;
        bool within = (i > 0 && is_inline(&p[i - 1], &p[i], m)) ||
                      (k < n && is_inline(&p[k], &p[k - 1], m)) ||
                      (k == i + 1 && (is_term(p[i].line) || is_bold(p[i].line)));
        for (int at = i; at < k && !(within && k - i <= 2); at++)
            p[at].code = true;
    }
}

/* "-v   Print each reading...", with the second line under "Print": the row is the first line of a
 * paragraph with a hanging indent, not a row of a table. */
static void free_terms(recto_flow_part *p, int n, const recto_flow_metrics *m)
{
    for (int i = 0; i + 1 < n; i++) {
        if (!p[i].row || !is_plain(&p[i + 1]) || p[i].leaf != p[i + 1].leaf)
            continue;
        const recto_line *line = p[i].line;
        const recto_line *next = p[i + 1].line;
        float em = line->size;
        float step = step_between(&p[i], &p[i + 1]);
        if (step < 0.5f * em || step > 1.3f * m->pitch * fmaxf(em / m->body, 1.0f) ||
            size_differs(line, next, m->exact))
            continue;
        int n_gaps = 0;
        bool hangs = false;
        for (int k = 1; k < line->n_words; k++) {
            float gap = line->words[k].box.x0 - line->words[k - 1].box.x1;
            n_gaps += gap > 1.2f * em;
            hangs = hangs ||
                    (gap > 0.6f * em && fabsf(line->words[k].box.x0 - next->box.x0) < 0.4f * em);
        }
        bool full = line->box.x1 + recto_rect_width(next->words[0].box) > p[i].right - em;
        if (hangs && n_gaps <= 1 && (full || recto_utf8_is_lower(first_char(next))))
            p[i].row = false;
    }
}

/* Code goes on over blank lines and rows. */
static int code_run(const recto_flow_part *p, int n, const recto_flow_metrics *m)
{
    int k = 1;
    while (k < n && p[k].code && p[k].leaf == p[0].leaf &&
           step_between(&p[k - 1], &p[k]) < 3.2f * m->pitch)
        k++;
    return k;
}

recto_status recto_paragraph_build(recto_block **blocks_out, int *n_out, recto_flow_part *parts,
                                   int n, const recto_flow_metrics *m, recto_join *join,
                                   recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    *blocks_out = NULL;
    *n_out = 0;
    builder b = {.blocks = recto_arena_array(tmp, (size_t)n + 2, sizeof *b.blocks),
                 .m = m,
                 .join = join,
                 .keep = keep};
    if (b.blocks == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for blocks");
    mark_code(parts, n, m);
    free_terms(parts, n, m);
    for (int i = 0; i < n && !b.failed;) {
        int k = 1;
        if (parts[i].line == NULL) {
            add_solid(&b, &parts[i]);
        } else if (parts[i].code) {
            k = code_run(parts + i, n - i, m);
            add_code(&b, parts + i, k);
        } else if (!is_plain(&parts[i])) {
            add_text(&b, &parts[i], 1);
        } else {
            while (i + k < n && !is_cut(parts, n, i + k - 1, parts[i].right, m))
                k++;
            stack s = {.p = parts + i, .n = k};
            find_edges(&s, parts[i].right);
            s.display = s.em > 1.14f * m->body;
            find_flush_right(&s, m);
            add_stack(&b, &s);
        }
        i += k;
    }
    if (b.failed)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for blocks");
    *blocks_out = b.blocks;
    *n_out = b.n;
    return RECTO_OK;
}
