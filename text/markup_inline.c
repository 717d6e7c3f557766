/* A paragraph's source to tokens, and its emphasis.
 *
 * Markdown as CommonMark has it, with these differences: links keep only their text; tags that are
 * not HTML's are text, since pages show "<stdio.h>" and models do not escape it; punctuation beyond
 * ASCII does not keep "**" from being emphasis ("**甲：**乙" is meant as such); "~~" is dropped. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

enum {
    TICKS_MAX = 64,       /* longest run of backticks that opens code */
    PARENS_MAX = 32,      /* depth in a link's address, as CommonMark has it */
    ADDRESS_MAX = 100000, /* bytes of an address: pictures may come as data */
    AUTOLINK_MAX = 500,
};

typedef struct source {
    recto_markup *m;
    recto_markup_tokens *t;
    const char *from, *p, *end;
    unsigned how;
    recto_markup_math_memo math;
    unsigned missing;             /* RECTO_MARKUP_NO_* */
    bool no_ticks[TICKS_MAX + 1]; /* no run of that length comes any more */
    int *brackets;                /* tokens of open "[" and "![" */
    int n_brackets, cap_brackets;
} source;

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static recto_markup_token *push(source *s, recto_markup_act act, const char *from, const char *end)
{
    recto_markup_tokens *t = s->t;
    void *list = t->list;
    if (!recto_markup_reserve(s->m, s->m->tmp, &list, t->n, &t->cap, sizeof *t->list))
        return NULL;
    t->list = list;
    t->list[t->n] = (recto_markup_token){.act = act, .from = from, .end = end};
    return &t->list[t->n++];
}

/* Text as it stands; runs grow. */
static void push_text(source *s, const char *from, const char *end)
{
    recto_markup_tokens *t = s->t;
    if (t->n > 0 && t->list[t->n - 1].act == RECTO_MARKUP_ACT_TEXT && t->list[t->n - 1].end == from)
        t->list[t->n - 1].end = end;
    else
        push(s, RECTO_MARKUP_ACT_TEXT, from, end);
}

static void take(source *s, size_t n)
{
    push_text(s, s->p, s->p + n);
    s->p += n;
}

static void push_n(source *s, recto_markup_act act, int n, bool on, recto_label label)
{
    recto_markup_token *token = push(s, act, s->p, s->p);
    if (token == NULL)
        return;
    token->n = n;
    token->on = on;
    token->label = label;
}

/* A picture, or a box, as token. */
static void push_picture(source *s, recto_markup_act act, recto_rect box, const char *category)
{
    recto_markup_tokens *t = s->t;
    void *list = t->pictures;
    if (!recto_markup_reserve(s->m, s->m->tmp, &list, t->n_pictures, &t->cap_pictures,
                              sizeof *t->pictures))
        return;
    t->pictures = list;
    t->pictures[t->n_pictures] = (recto_markup_picture){box, category};
    push_n(s, act, t->n_pictures++, true, RECTO_LABEL_PICTURE);
}

/* --- emphasis, code, escapes ------------------------------------------------------------------ */

/* Kinds of neighbours of a delimiter. */
static bool is_space_at(const char *p, const char *end)
{
    return p == end || *p == ' ' || *p == '\n';
}

static void delimiter(source *s)
{
    const char *q = s->p;
    char c = *q;
    while (q < s->end && *q == c)
        q++;
    if (c == '~' && q - s->p != 2) {
        take(s, (size_t)(q - s->p));
        return;
    }
    bool at_start = s->p == s->from;
    char before = at_start ? ' ' : s->p[-1];
    bool space_before = before == ' ' || before == '\n';
    bool space_after = is_space_at(q, s->end);
    bool punct_before = recto_markup_is_punct(before);
    bool punct_after = q < s->end && recto_markup_is_punct(*q);
    bool left = !space_after && (!punct_after || space_before || punct_before);
    bool right = !space_before && (!punct_before || space_after || punct_after);
    recto_markup_token *token = push(s, RECTO_MARKUP_ACT_DELIM, s->p, q);
    if (token != NULL) {
        token->mark = c;
        token->left = (int)(q - s->p);
        token->can_open = left && (c != '_' || !right || punct_before);
        token->can_close = right && (c != '_' || !left || punct_after);
    }
    s->p = q;
}

static void code(source *s)
{
    const char *q = s->p;
    while (q < s->end && *q == '`')
        q++;
    size_t n = (size_t)(q - s->p);
    const char *from = q;
    if (n > TICKS_MAX || s->no_ticks[n]) {
        take(s, n);
        return;
    }
    while (q < s->end) {
        const char *run = q;
        while (q < s->end && *q == '`')
            q++;
        if ((size_t)(q - run) == n) {
            push(s, RECTO_MARKUP_ACT_CODE, from, run);
            s->p = q;
            return;
        }
        q += q == run;
    }
    s->no_ticks[n] = true;
    take(s, n);
}

static void push_char(source *s, uint32_t cp, size_t len)
{
    push_n(s, RECTO_MARKUP_ACT_CHAR, (int)cp, true, RECTO_LABEL_TEXT);
    s->p += len;
}

/* LaTeX at s->p; false if there is none. */
static bool math(source *s)
{
    recto_markup_formula f = recto_markup_math_at(s->p, s->end, false, &s->math);
    if (f.kind == RECTO_MARKUP_MATH_NONE)
        return false;
    bool prose = f.kind != RECTO_MARKUP_MATH_DOLLAR && recto_markup_math_is_prose(f.from, f.end);
    /* "\[1\]" is how some write a bracket that is no link */
    bool bare = f.kind == RECTO_MARKUP_MATH_BRACKET && !recto_markup_math_signs(f.from, f.end);
    if (bare) {
        push_text(s, s->p + 1, s->p + 2);
        push_text(s, f.from, f.end);
        push_text(s, f.end + 1, f.behind);
    } else {
        push(s, prose ? RECTO_MARKUP_ACT_TEXT : RECTO_MARKUP_ACT_MATH, f.from, f.end);
    }
    s->p = f.behind;
    return true;
}

static void backslash(source *s)
{
    if (math(s))
        return;
    char next = s->p + 1 < s->end ? s->p[1] : ' ';
    bool html = (s->how & RECTO_MARKUP_HTML) != 0;
    if (html ? next == '$' : recto_markup_is_punct(next)) {
        push_text(s, s->p + 1, s->p + 2);
        s->p += 2;
    } else if (next == '\n' && !html) {
        s->p++; /* a hard line break */
    } else {
        take(s, 1);
    }
}

/* --- links and pictures ----------------------------------------------------------------------- */

static void open_bracket(source *s, bool picture)
{
    void *list = s->brackets;
    if (!recto_markup_reserve(s->m, s->m->tmp, &list, s->n_brackets, &s->cap_brackets,
                              sizeof *s->brackets))
        return;
    s->brackets = list;
    s->brackets[s->n_brackets++] = s->t->n;
    recto_markup_token *token = push(s, RECTO_MARKUP_ACT_TEXT, s->p, s->p + (picture ? 2 : 1));
    if (token != NULL)
        token->on = picture;
    s->p += picture ? 2 : 1;
    push(s, RECTO_MARKUP_ACT_SKIP, s->p, s->p); /* so that the token does not grow */
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n'))
        p++;
    return p;
}

/* Behind the address and title at p, which stands behind "("; NULL if there is none. */
static const char *address(const char *p, const char *end)
{
    if (end - p > ADDRESS_MAX)
        end = p + ADDRESS_MAX;
    p = skip_spaces(p, end);
    if (p < end && *p == '<') {
        p++;
        while (p < end && *p != '>' && *p != '<' && *p != '\n')
            p++;
        if (p == end || *p != '>')
            return NULL;
        p++;
    } else {
        int depth = 0;
        for (; p < end && *p != ' ' && *p != '\n' && depth <= PARENS_MAX; p++) {
            if (*p == '(')
                depth++;
            else if (*p == ')' && depth-- == 0)
                return p + 1;
            else if (*p == '\\' && p + 1 < end && recto_markup_is_punct(p[1]))
                p++;
        }
        if (depth != 0)
            return NULL;
    }
    p = skip_spaces(p, end);
    if (p < end && (*p == '"' || *p == '\'')) {
        char quote = *p++;
        while (p < end && *p != quote)
            p++;
        p = p < end ? skip_spaces(p + 1, end) : p;
    }
    return p < end && *p == ')' ? p + 1 : NULL;
}

/* Behind the coordinates of "](<box>...</box>)" at p, behind its "("; NULL if there are none. */
static const char *boxed_address(source *s, recto_rect *box, const char *p)
{
    const char *behind = recto_markup_box(s->m, box, skip_spaces(p, s->end), s->end);
    if (behind == NULL)
        return NULL;
    behind = skip_spaces(behind, s->end);
    return behind < s->end && *behind == ')' ? behind + 1 : behind;
}

static void close_bracket(source *s)
{
    bool html = (s->how & RECTO_MARKUP_HTML) != 0;
    if (s->n_brackets == 0) {
        take(s, 1);
        return;
    }
    int at = s->brackets[--s->n_brackets];
    recto_markup_token *open = &s->t->list[at];
    bool picture = open->on;
    const char *behind = NULL;
    recto_rect box = {0};
    if (s->end - s->p > 1 && s->p[1] == '(') {
        if (picture)
            behind = boxed_address(s, &box, s->p + 2);
        if (behind == NULL && !html)
            behind = address(s->p + 2, s->end);
    }
    if (behind == NULL) {
        take(s, 1);
        return;
    }
    if (picture) {
        const char *name = recto_markup_plain(s->m, open->end, s->p, RECTO_MARKUP_NAME_MAX);
        s->t->n = at;
        push_picture(s, RECTO_MARKUP_ACT_PICTURE, box, name[0] == '\0' ? NULL : name);
    } else {
        open->act = RECTO_MARKUP_ACT_SKIP;
    }
    s->p = behind;
}

/* --- tags ------------------------------------------------------------------------------------- */

static void picture_tag(source *s, const recto_markup_tag *tag)
{
    const char *from = NULL;
    const char *end = NULL;
    const char *name = NULL;
    if (tag->closing)
        return;
    if (recto_markup_tag_value(tag, "alt", &from, &end) && from < end)
        name = recto_markup_plain(s->m, from, end, RECTO_MARKUP_NAME_MAX);
    push_picture(s, RECTO_MARKUP_ACT_PICTURE, (recto_rect){0}, name);
}

static void use_tag(source *s, const recto_markup_tag *tag, recto_markup_use use, int n)
{
    bool cell = (s->how & RECTO_MARKUP_CELL) != 0;
    recto_label next = tag->closing ? RECTO_LABEL_TEXT : (recto_label)n;
    switch (use) {
    case RECTO_MARKUP_USE_DROP:
        break;
    case RECTO_MARKUP_USE_STYLE:
        push_n(s, RECTO_MARKUP_ACT_STYLE, n, !tag->closing, RECTO_LABEL_TEXT);
        break;
    case RECTO_MARKUP_USE_BREAK:
        push_n(s, RECTO_MARKUP_ACT_BREAK, 0, true, next);
        break;
    case RECTO_MARKUP_USE_HEADING:
        push_n(s, RECTO_MARKUP_ACT_BREAK, n, true,
               tag->closing ? RECTO_LABEL_TEXT : RECTO_LABEL_SECTION_HEADER);
        break;
    case RECTO_MARKUP_USE_SPACE:
        push_n(s, RECTO_MARKUP_ACT_CHAR, ' ', true, RECTO_LABEL_TEXT);
        break;
    case RECTO_MARKUP_USE_LIST:
        push_n(s, RECTO_MARKUP_ACT_LIST, n, !tag->closing, RECTO_LABEL_TEXT);
        break;
    case RECTO_MARKUP_USE_ITEM:
        push_n(s, RECTO_MARKUP_ACT_BREAK, 0, true,
               tag->closing ? RECTO_LABEL_TEXT : RECTO_LABEL_LIST_ITEM);
        break;
    case RECTO_MARKUP_USE_PICTURE:
        picture_tag(s, tag);
        break;
    case RECTO_MARKUP_USE_TABLE: /* of a table in a cell, or of one whose beginning is missing */
        if (!cell)
            recto_markup_mend(s->m, RECTO_MARKUP_FIX_TABLE_TAG);
        push_n(s, RECTO_MARKUP_ACT_BREAK, 0, true, RECTO_LABEL_TEXT);
        break;
    case RECTO_MARKUP_USE_LAYOUT:
        recto_markup_mend(s->m, RECTO_MARKUP_FIX_THOUGHT_TAG);
        break;
    }
}

/* Behind "</script>" if its element starts at s->p: it is text and no markup. */
static const char *script_end(source *s)
{
    static const struct {
        const char *open, *close;
        unsigned missing;
    } kinds[] = {{"<script", "</script>", RECTO_MARKUP_NO_SCRIPT_END},
                 {"<style", "</style>", RECTO_MARKUP_NO_STYLE_END}};
    for (int i = 0; i < 2; i++) {
        if (!recto_markup_starts(s->p, s->end, kinds[i].open) ||
            (s->missing & kinds[i].missing) != 0)
            continue;
        const char *close = recto_markup_find(s->p, s->end, kinds[i].close);
        if (close != NULL)
            return close + strlen(kinds[i].close);
        s->missing |= kinds[i].missing;
    }
    return NULL;
}

/* Behind "<scheme:address>" or "<name@host>"; NULL if there is none. */
static const char *autolink_end(const source *s)
{
    bool marked = false;
    bool scheme = s->end - s->p > 1 && (s->p[1] < '0' || s->p[1] > '9');
    const char *end = s->end - s->p > AUTOLINK_MAX ? s->p + AUTOLINK_MAX : s->end;
    for (const char *q = s->p + 1; q < end; q++) {
        if (*q == '>')
            return marked ? q + 1 : NULL;
        if (*q == ' ' || *q == '\n' || *q == '<')
            return NULL;
        marked = marked || *q == '@' || (*q == ':' && scheme && q - s->p > 2);
        if (!marked && !is_alnum(*q) && strchr("+-._", *q) == NULL)
            return NULL;
    }
    return NULL;
}

/* Words of the chat itself and coordinates that belong to no box: nothing of the page. */
static const char *special_end(source *s)
{
    static const char *const words[] = {"<|im_end|>",    "<|im_start|>", "<|endoftext|>",
                                        "<img_context>", "</img>",       "<img>"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (recto_markup_starts(s->p, s->end, words[i])) {
            recto_markup_mend(s->m, RECTO_MARKUP_FIX_SPECIAL);
            return s->p + strlen(words[i]);
        }
    }
    if (!recto_markup_starts(s->p, s->end, "<coord_"))
        return NULL;
    const char *q = s->p + strlen("<coord_");
    const char *digits = q;
    while (q < s->end && *q >= '0' && *q <= '9')
        q++;
    if (q == digits || q == s->end || *q != '>')
        return NULL;
    recto_markup_mend(s->m, RECTO_MARKUP_FIX_SPECIAL);
    return q + 1;
}

/* "<!doctype html>", "<?xml ... ?>". */
static const char *declaration_end(const source *s)
{
    if (s->end - s->p < 3 || (s->p[1] != '?' && (s->p[1] != '!' || !is_alnum(s->p[2]))))
        return NULL;
    const char *end = s->end - s->p > RECTO_MARKUP_TAG_MAX ? s->p + RECTO_MARKUP_TAG_MAX : s->end;
    for (const char *q = s->p + 1; q < end && *q != '<'; q++) {
        if (*q == '>')
            return q + 1;
    }
    return NULL;
}

static bool comment(source *s)
{
    bool picture = false;
    const char *behind = recto_markup_comment(s->p, s->end, &s->missing, &picture);
    if (behind == NULL)
        return false;
    if (picture)
        push_picture(s, RECTO_MARKUP_ACT_PICTURE, (recto_rect){0}, NULL);
    s->p = behind;
    return true;
}

/* What only stands for a place or is nothing of the page; false if s->p is none of it. */
static bool silent_word(source *s)
{
    recto_rect box;
    const char *behind = recto_markup_box(s->m, &box, s->p, s->end);
    if (behind != NULL && !recto_rect_is_empty(box))
        push_picture(s, RECTO_MARKUP_ACT_BOX, box, NULL);
    if (behind == NULL)
        behind = special_end(s);
    if (behind == NULL)
        behind = declaration_end(s);
    if (behind != NULL)
        s->p = behind;
    return behind != NULL;
}

static void less_than(source *s)
{
    recto_markup_tag tag;
    const char *behind;
    if (recto_markup_starts(s->p, s->end, "<!--") ? comment(s) : silent_word(s))
        return;
    if ((behind = script_end(s)) != NULL) {
        take(s, (size_t)(behind - s->p));
        return;
    }
    recto_markup_use use;
    int n;
    if (recto_markup_tag_at(&tag, s->p, s->end) && recto_markup_tag_use(&tag, &use, &n)) {
        use_tag(s, &tag, use, n);
        s->p = tag.end;
        return;
    }
    if ((s->how & RECTO_MARKUP_HTML) == 0 && (behind = autolink_end(s)) != NULL) {
        push_text(s, s->p + 1, behind - 1);
        s->p = behind;
        return;
    }
    take(s, 1);
}

/* --- all -------------------------------------------------------------------------------------- */

static void ampersand(source *s)
{
    size_t len = 0;
    uint32_t cp = recto_markup_entity(s->p, s->end, &len);
    if (cp == 0)
        take(s, 1);
    else
        push_char(s, cp, len);
}

static void next_token(source *s)
{
    bool html = (s->how & RECTO_MARKUP_HTML) != 0;
    char next = s->p + 1 < s->end ? s->p[1] : ' ';
    switch (*s->p) {
    case '\\':
        backslash(s);
        return;
    case '$':
        if (!math(s))
            take(s, s->p + 1 < s->end && next == '$' ? 2 : 1);
        return;
    case '<':
        less_than(s);
        return;
    case '&':
        ampersand(s);
        return;
    case '!':
        if (next == '[')
            open_bracket(s, true);
        else
            take(s, 1);
        return;
    case ']':
        close_bracket(s);
        return;
    default:
        break;
    }
    if (!html && *s->p == '`')
        code(s);
    else if (!html && *s->p == '[')
        open_bracket(s, false);
    else if (!html && (*s->p == '*' || *s->p == '_' || *s->p == '~'))
        delimiter(s);
    else
        take(s, 1);
}

void recto_markup_tokenize(recto_markup *m, recto_markup_tokens *t, const char *p, const char *end,
                           unsigned how)
{
    source s = {.m = m, .t = t, .from = p, .p = p, .end = end, .how = how};
    while (s.p < s.end && !m->nomem) {
        size_t plain = 0;
        while (s.p + plain < s.end && strchr("\\$<&![]`*_~", s.p[plain]) == NULL)
            plain++;
        if (plain > 0)
            take(&s, plain);
        else
            next_token(&s);
    }
}

/* --- emphasis --------------------------------------------------------------------------------- */

/* The floors below which no opener is left for a closer: by mark, whether the closer can open, and
 * its length modulo 3 (CommonMark, "process emphasis"). */
static int *floor_of(int floors[3][2][3], const recto_markup_token *closer)
{
    int mark = closer->mark == '*' ? 0 : closer->mark == '_' ? 1 : 2;
    return &floors[mark][closer->can_open][(closer->end - closer->from) % 3];
}

static bool fits(const recto_markup_token *opener, const recto_markup_token *closer)
{
    if (opener->mark != closer->mark || !opener->can_open || opener->left == 0)
        return false;
    if (!opener->can_close && !closer->can_open)
        return true;
    ptrdiff_t a = opener->end - opener->from;
    ptrdiff_t b = closer->end - closer->from;
    return (a + b) % 3 != 0 || (a % 3 == 0 && b % 3 == 0);
}

static void pair(recto_markup_token *opener, recto_markup_token *closer)
{
    int n = opener->left >= 2 && closer->left >= 2 ? 2 : 1;
    opener->left -= n;
    closer->left -= n;
    if (opener->mark == '~')
        return;
    opener->opens[n - 1]++;
    closer->closes[n - 1]++;
}

void recto_markup_emphasis(recto_markup *m, recto_markup_tokens *t)
{
    int n_delims = 0;
    for (int i = 0; i < t->n; i++)
        n_delims += t->list[i].act == RECTO_MARKUP_ACT_DELIM;
    int *stack = recto_markup_room(m, m->tmp, (size_t)n_delims, sizeof *stack); /* token numbers */
    int floors[3][2][3] = {{{0}}}; /* heights of the stack */
    int n = 0;
    for (int i = 0; i < t->n && !m->nomem; i++) {
        recto_markup_token *closer = &t->list[i];
        if (closer->act != RECTO_MARKUP_ACT_DELIM)
            continue;
        while (closer->can_close && closer->left > 0) {
            int *floor = floor_of(floors, closer);
            int k = n - 1;
            while (k >= *floor && !fits(&t->list[stack[k]], closer))
                k--;
            if (k < *floor) {
                *floor = n;
                break;
            }
            pair(&t->list[stack[k]], closer);
            n = t->list[stack[k]].left > 0 ? k + 1 : k; /* what stood between is text */
            for (int f = 0; f < 18; f++) {
                int *height = &floors[f / 6][f / 3 % 2][f % 3];
                *height = *height > n ? n : *height;
            }
        }
        if (closer->can_open && closer->left > 0)
            stack[n++] = i;
    }
}
