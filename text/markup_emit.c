/* Tokens to text and spans.
 *
 * Text comes out in the form that the writers leave as it is: single spaces, none at the ends, no
 * dropped characters.  A place has one kind: LaTeX, code, then superscript, subscript, bold and
 * italic.  Spans of one kind that touch are one; LaTeX never touches LaTeX or a digit behind it,
 * since "$a$$b$" and "$a$1" would be read as something else. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

enum { NO_KIND = -1, SOFT_HYPHEN = 0xAD };

typedef struct emission {
    recto_markup *m;
    unsigned how;
    const recto_markup_tokens *t;
    recto_buf out;     /* the piece's text so far */
    recto_span *spans; /* in tmp */
    int n_spans, cap_spans;
    bool space;                       /* one is due before the next character */
    int space_kind;                   /* of all white space since the last character */
    bool closed;                      /* the last span may not grow */
    bool after_math;                  /* LaTeX ends here */
    int tags[RECTO_SPAN_KIND_COUNT];  /* how many of each kind are open */
    int marks[RECTO_SPAN_KIND_COUNT]; /* the same of Markdown's emphasis */
    recto_markup_piece next;          /* what the piece under way is */
    recto_markup_piece *pieces;       /* in tmp */
    int n_pieces, cap_pieces;
    struct {
        bool ordered;
        int count;
    } lists[RECTO_MARKUP_DEPTH_MAX]; /* that are open */
    int n_lists;
} emission;

static int kind_here(const emission *e)
{
    static const int order[] = {RECTO_SPAN_CODE, RECTO_SPAN_SUPERSCRIPT, RECTO_SPAN_SUBSCRIPT,
                                RECTO_SPAN_BOLD, RECTO_SPAN_ITALIC};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        if (e->tags[order[i]] + e->marks[order[i]] > 0)
            return order[i];
    }
    return NO_KIND;
}

static void put_space(emission *e, int kind)
{
    if (e->out.len == 0)
        return;
    e->space_kind = !e->space || e->space_kind == kind ? kind : NO_KIND;
    e->space = true;
}

/* One or more characters of one kind, without white space unless inside LaTeX. */
static void put(emission *e, const char *p, size_t n, int kind)
{
    if (e->after_math && *p >= '0' && *p <= '9')
        put_space(e, NO_KIND);
    int start = (int)e->out.len;
    recto_span *last = e->n_spans > 0 ? &e->spans[e->n_spans - 1] : NULL;
    bool grows = last != NULL && !e->closed && last->end == start && (int)last->kind == kind &&
                 (!e->space || e->space_kind == kind);
    if (e->space)
        recto_buf_char(&e->out, ' ');
    start += e->space;
    recto_buf_add(&e->out, p, n);
    e->space = false;
    e->after_math = false;
    if (grows) {
        last->end = (int)e->out.len;
        return;
    }
    e->closed = false;
    if (kind == NO_KIND)
        return;
    void *list = e->spans;
    if (!recto_markup_reserve(e->m, e->m->tmp, &list, e->n_spans, &e->cap_spans, sizeof *e->spans))
        return;
    e->spans = list;
    e->spans[e->n_spans++] =
        (recto_span){.start = start, .end = (int)e->out.len, .kind = (recto_span_kind)kind};
}

static void put_code_point(emission *e, uint32_t cp, int kind)
{
    char bytes[4];
    if (recto_utf8_is_space(cp))
        put_space(e, kind);
    else if (!recto_utf8_is_dropped(cp) && cp != SOFT_HYPHEN)
        put(e, bytes, (size_t)recto_utf8_put(bytes, cp), kind);
}

/* Characters between which a line break is no space: those of scripts without any. */
static bool is_cjk(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0xA4CF) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0xFE30 && cp <= 0xFE4F) || (cp >= 0xFF00 && cp <= 0xFFEF) ||
           (cp >= 0x20000 && cp <= 0x3FFFF);
}

static bool ends_cjk(const recto_buf *b)
{
    if (b->len < 3)
        return false;
    const char *p = b->data + b->len - 1;
    while (p > b->data && ((unsigned char)*p & 0xC0) == 0x80)
        p--;
    return is_cjk(recto_utf8_next(&p, b->data + b->len));
}

static void put_source(emission *e, const char *p, const char *end, int kind)
{
    while (p < end) {
        if (*p == '\n' && !e->space && ends_cjk(&e->out)) {
            const char *q = p;
            while (q < end && (*q == ' ' || *q == '\n'))
                q++;
            const char *next = q;
            if (q < end && is_cjk(recto_utf8_next(&next, end))) {
                p = q;
                continue;
            }
        }
        if (*p == ' ' || *p == '\n') {
            put_space(e, kind);
            p++;
            continue;
        }
        const char *from = p;
        while (p < end && *p != ' ' && *p != '\n')
            p++;
        put(e, from, (size_t)(p - from), kind);
    }
}

static void put_math(emission *e, const recto_markup_token *token)
{
    recto_buf made = RECTO_BUF_INIT;
    recto_markup_latex(e->m, &made, token->from, token->end, (e->how & RECTO_MARKUP_HTML) != 0,
                       false);
    if (made.len > 0) {
        bool touches = e->n_spans > 0 && !e->space && e->after_math;
        if (touches)
            put_space(e, NO_KIND);
        e->after_math = false;
        e->closed = true;
        put(e, made.data, made.len, RECTO_SPAN_MATH);
        e->after_math = true;
        e->closed = true;
    }
    recto_buf_free(&made);
}

/* --- pieces ----------------------------------------------------------------------------------- */

static void add_piece(emission *e, recto_markup_piece piece)
{
    void *list = e->pieces;
    if (!recto_markup_reserve(e->m, e->m->tmp, &list, e->n_pieces, &e->cap_pieces,
                              sizeof *e->pieces))
        return;
    e->pieces = list;
    e->pieces[e->n_pieces++] = piece;
}

/* A space at both ends belongs to the notation. */
static void put_code(emission *e, const char *p, const char *end)
{
    bool padded = end - p > 2 && (*p == ' ' || *p == '\n') && (end[-1] == ' ' || end[-1] == '\n');
    put_source(e, p + padded, end - padded, RECTO_SPAN_CODE);
}

/* NFC again: a mark may have come behind its letter only now, by way of an entity or because a tag
 * between them is gone.  Not across the ends of spans, where something will be written between. */
static void compose(emission *e)
{
    recto_buf made = RECTO_BUF_INIT;
    size_t from = 0;
    int kept = 0;
    bool high = false; /* below U+0300 there is nothing to compose */
    for (size_t i = 0; i < e->out.len && !high; i++)
        high = (unsigned char)e->out.data[i] >= 0xCC;
    if (!high)
        return;
    for (int i = 0; i < e->n_spans; i++) {
        recto_span s = e->spans[i];
        recto_markup_clean(e->m, &made, e->out.data + from, e->out.data + s.start);
        from = (size_t)s.end;
        int start = (int)made.len;
        recto_markup_clean(e->m, &made, e->out.data + s.start, e->out.data + s.end);
        if ((int)made.len > start)
            e->spans[kept++] = (recto_span){.start = start, .end = (int)made.len, .kind = s.kind};
    }
    recto_markup_clean(e->m, &made, e->out.data + from, e->out.data + e->out.len);
    recto_buf_free(&e->out);
    e->out = made;
    e->n_spans = kept;
}

/* The text so far as a piece, if there is any. */
static void finish(emission *e, bool even_empty)
{
    recto_markup *m = e->m;
    compose(e);
    if (e->out.len > 0 || even_empty) {
        recto_markup_piece piece = e->next;
        piece.text = recto_arena_text(m->keep, recto_buf_cstr(&e->out), e->out.len);
        piece.spans = recto_markup_room(m, m->keep, (size_t)e->n_spans, sizeof *piece.spans);
        piece.n_spans = e->n_spans;
        m->nomem = m->nomem || piece.text == NULL || e->out.failed;
        if (!m->nomem) {
            if (e->n_spans > 0)
                memcpy(piece.spans, e->spans, (size_t)e->n_spans * sizeof *piece.spans);
            add_piece(e, piece);
        }
        e->next = (recto_markup_piece){.label = RECTO_LABEL_TEXT};
    }
    recto_buf_clear(&e->out);
    e->n_spans = 0;
    e->space = e->closed = e->after_math = false;
}

static void put_picture(emission *e, const recto_markup_picture *picture)
{
    if ((e->how & RECTO_MARKUP_CELL) != 0) {
        recto_markup_mend(e->m, RECTO_MARKUP_FIX_CELL_PICTURE);
        put_space(e, NO_KIND);
        return;
    }
    finish(e, false);
    add_piece(e, (recto_markup_piece){.label = RECTO_LABEL_PICTURE,
                                      .text = "",
                                      .category = picture->category,
                                      .box = picture->box});
}

/* A block of HTML begins or ends here. */
static void put_break(emission *e, const recto_markup_token *token)
{
    if ((e->how & RECTO_MARKUP_CELL) != 0) {
        put_space(e, NO_KIND);
        return;
    }
    finish(e, false);
    e->next = (recto_markup_piece){.label = token->label, .level = token->n};
    if (token->label != RECTO_LABEL_LIST_ITEM)
        return;
    e->next.level = e->n_lists > 0 ? e->n_lists - 1 : 0;
    if (e->n_lists > 0 && e->lists[e->n_lists - 1].ordered)
        e->next.number = ++e->lists[e->n_lists - 1].count;
}

static void put_list(emission *e, const recto_markup_token *token)
{
    const recto_markup_token end = {.label = RECTO_LABEL_TEXT};
    put_break(e, &end);
    if (!token->on) {
        e->n_lists -= e->n_lists > 0;
    } else if (e->n_lists < RECTO_MARKUP_DEPTH_MAX) {
        e->lists[e->n_lists].ordered = token->n != 0;
        e->lists[e->n_lists++].count = 0;
    }
}

static void put_delimiter(emission *e, const recto_markup_token *token)
{
    static const int kinds[2] = {RECTO_SPAN_ITALIC, RECTO_SPAN_BOLD};
    for (int i = 0; i < 2; i++)
        e->marks[kinds[i]] -= token->closes[i];
    for (int i = 0; i < token->left; i++)
        put(e, &token->mark, 1, kind_here(e));
    for (int i = 0; i < 2; i++)
        e->marks[kinds[i]] += token->opens[i];
}

static void put_style(emission *e, const recto_markup_token *token)
{
    int *depth = &e->tags[token->n];
    if (token->on)
        ++*depth;
    else if (*depth > 0)
        --*depth;
}

static void put_token(emission *e, const recto_markup_token *token)
{
    switch (token->act) {
    case RECTO_MARKUP_ACT_TEXT:
        put_source(e, token->from, token->end, kind_here(e));
        break;
    case RECTO_MARKUP_ACT_CHAR:
        put_code_point(e, (uint32_t)token->n, kind_here(e));
        break;
    case RECTO_MARKUP_ACT_DELIM:
        put_delimiter(e, token);
        break;
    case RECTO_MARKUP_ACT_STYLE:
        put_style(e, token);
        break;
    case RECTO_MARKUP_ACT_MATH:
        put_math(e, token);
        break;
    case RECTO_MARKUP_ACT_CODE:
        put_code(e, token->from, token->end);
        break;
    case RECTO_MARKUP_ACT_PICTURE:
        put_picture(e, &e->t->pictures[token->n]);
        break;
    case RECTO_MARKUP_ACT_BOX:
        e->next.box = recto_rect_union(e->next.box, e->t->pictures[token->n].box);
        break;
    case RECTO_MARKUP_ACT_BREAK:
        put_break(e, token);
        break;
    case RECTO_MARKUP_ACT_LIST:
        put_list(e, token);
        break;
    case RECTO_MARKUP_ACT_SKIP:
        break;
    }
}

recto_markup_piece *recto_markup_inline(recto_markup *m, const char *p, const char *end,
                                        unsigned how, int *n_out)
{
    recto_markup_tokens t = {0};
    recto_markup_tokenize(m, &t, p, end, how);
    if (!m->nomem)
        recto_markup_emphasis(m, &t);
    emission e = {.m = m, .how = how, .t = &t, .next = {.label = RECTO_LABEL_TEXT}};
    for (int i = 0; i < t.n && !m->nomem; i++)
        put_token(&e, &t.list[i]);
    finish(&e, (how & RECTO_MARKUP_CELL) != 0);
    for (int kind = 0; kind < RECTO_SPAN_KIND_COUNT; kind++)
        m->fixes[RECTO_MARKUP_FIX_TAG_OPEN] += e.tags[kind];
    recto_buf_free(&e.out);
    *n_out = m->nomem ? 0 : e.n_pieces;
    return m->nomem ? NULL : e.pieces;
}
