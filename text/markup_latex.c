/* LaTeX inside an answer: where it begins and ends, and its normal form.
 *
 * "$" is money as often as math.  As Pandoc has it, a "$" opens only before a character that is not
 * a space and closes only behind one, and not before a digit; the next bare "$" decides.  The model
 * also writes "$ x $", which is taken for math if signs of LaTeX are in it, or nothing but one
 * word.
 *
 * The normal form is one that the writers can put between dollars: one line; "%" is always meant as
 * a percent sign, since the model reads what is printed; and a space parts "<" from a letter, which
 * LaTeX does not see, but which keeps a tag from beginning there. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

/* Those of LaTeX and amsmath that a formula can stand in. */
static const char *const environments[] = {
    "equation",  "equation*",   "align",        "align*",  "aligned",   "alignat",   "alignat*",
    "gather",    "gather*",     "gathered",     "split",   "multline",  "multline*", "eqnarray",
    "eqnarray*", "flalign",     "flalign*",     "cases",   "dcases",    "rcases",    "array",
    "matrix",    "pmatrix",     "bmatrix",      "Bmatrix", "vmatrix",   "Vmatrix",   "smallmatrix",
    "math",      "displaymath", "subequations", "tabular", "alignedat", "CD",
};

enum { N_ENVIRONMENTS = sizeof environments / sizeof *environments };

static bool is_space(char c)
{
    return c == ' ' || c == '\n';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool starts_with(const char *p, const char *limit, const char *word)
{
    size_t n = strlen(word);
    return (size_t)(limit - p) >= n && memcmp(p, word, n) == 0;
}

bool recto_markup_math_signs(const char *p, const char *end)
{
    for (; p < end; p++) {
        if (strchr("\\^_{}=+<>&", *p) != NULL)
            return true;
    }
    return false;
}

/* The first place of the delimiter that no backslash precedes. */
static const char *closing(const char *p, const char *limit, const char *delimiter)
{
    while (p < limit) {
        if (starts_with(p, limit, delimiter))
            return p;
        p += *p == '\\' && p + 1 < limit ? 2 : 1;
    }
    return NULL;
}

static recto_markup_formula none(void)
{
    return (recto_markup_formula){.kind = RECTO_MARKUP_MATH_NONE};
}

static recto_markup_formula between(recto_markup_math kind, const char *from, const char *limit,
                                    const char *delimiter, bool if_open, bool *missing)
{
    const char *end = *missing ? NULL : closing(from, limit, delimiter);
    *missing = *missing || end == NULL;
    if (end == NULL && !if_open)
        return none();
    recto_markup_formula f = {.kind = kind, .from = from, .end = end, .open = end == NULL};
    f.end = f.open ? limit : end;
    f.behind = f.open ? limit : end + strlen(delimiter);
    return f;
}

bool recto_markup_math_is_prose(const char *p, const char *end)
{
    bool spaced = false;
    bool word = false;
    int letters = 0;
    for (const char *q = p; q < end; q++) {
        letters = is_letter(*q) ? letters + 1 : 0;
        word = word || letters >= 3;
        spaced = spaced || is_space(*q);
    }
    return spaced && word && !recto_markup_math_signs(p, end);
}

/* Whether a "$" pair encloses math and not an amount of money and what follows it. */
static bool is_math(const char *from, const char *end, const char *limit)
{
    if (from == end || recto_markup_math_is_prose(from, end))
        return false;
    bool spaced = is_space(*from) || is_space(end[-1]);
    bool before_digit = end + 1 < limit && is_digit(end[1]);
    if (!spaced && !before_digit)
        return true;
    if (recto_markup_math_signs(from, end))
        return true;
    if (before_digit || !is_space(*from) || !is_space(end[-1]))
        return false;
    while (from < end && is_space(*from))
        from++;
    while (end > from && is_space(end[-1]))
        end--;
    for (const char *p = from; p < end; p++) {
        if (is_space(*p))
            return false;
    }
    return from < end;
}

static recto_markup_formula dollar(const char *p, const char *limit, bool *missing)
{
    const char *from = p + 1;
    const char *end = *missing ? NULL : closing(from, limit, "$");
    *missing = *missing || end == NULL;
    if (end == NULL || !is_math(from, end, limit))
        return none();
    return (recto_markup_formula){
        .kind = RECTO_MARKUP_MATH_DOLLAR, .from = from, .end = end, .behind = end + 1};
}

/* Behind the \end of the environment that starts at p, environments of its kind inside it passed
 * over; NULL if there is none. */
static const char *environment_end(const char *p, const char *limit, const char *name)
{
    size_t n = strlen(name);
    int depth = 0;
    while (p < limit) {
        bool begin = starts_with(p, limit, "\\begin{");
        bool end = !begin && starts_with(p, limit, "\\end{");
        const char *q = p + (begin ? 7 : end ? 5 : 0);
        if ((begin || end) && (size_t)(limit - q) > n && memcmp(q, name, n) == 0 && q[n] == '}') {
            depth += begin ? 1 : -1;
            p = q + n + 1;
            if (depth == 0)
                return p;
            continue;
        }
        p += *p == '\\' && p + 1 < limit && !begin && !end ? 2 : 1;
    }
    return NULL;
}

static recto_markup_formula environment(const char *p, const char *limit, bool if_open,
                                        uint64_t *missing)
{
    const char *q = p + strlen("\\begin{");
    int found = -1;
    for (int i = 0; i < N_ENVIRONMENTS && found < 0; i++) {
        size_t n = strlen(environments[i]);
        if ((size_t)(limit - q) > n && memcmp(q, environments[i], n) == 0 && q[n] == '}')
            found = i;
    }
    if (found < 0)
        return none();
    uint64_t bit = (uint64_t)1 << found;
    const char *end = (*missing & bit) != 0 ? NULL : environment_end(p, limit, environments[found]);
    *missing |= end == NULL ? bit : 0;
    if (end == NULL && !if_open)
        return none();
    return (recto_markup_formula){.kind = RECTO_MARKUP_MATH_ENVIRONMENT,
                                  .from = p,
                                  .end = end == NULL ? limit : end,
                                  .behind = end == NULL ? limit : end,
                                  .open = end == NULL};
}

recto_markup_formula recto_markup_math_at(const char *p, const char *limit, bool if_open,
                                          recto_markup_math_memo *memo)
{
    bool never = false;
    if (starts_with(p, limit, "$$"))
        return between(RECTO_MARKUP_MATH_DOLLARS, p + 2, limit, "$$", if_open, &memo->no_dollars);
    if (*p == '$')
        return dollar(p, limit, &never);
    if (starts_with(p, limit, "\\("))
        return between(RECTO_MARKUP_MATH_PAREN, p + 2, limit, "\\)", if_open, &memo->no_paren);
    if (starts_with(p, limit, "\\["))
        return between(RECTO_MARKUP_MATH_BRACKET, p + 2, limit, "\\]", if_open, &memo->no_bracket);
    if (starts_with(p, limit, "\\begin{"))
        return environment(p, limit, if_open, &memo->no_environment);
    return none();
}

/* --- normal form ------------------------------------------------------------------------------ */

/* A reference that can only come from text written for HTML; 0 if there is none.  What would be one
 * only afterwards stays as it is, so that nothing changes when it is read again. */
static char html_char(const char *p, const char *end, size_t *len)
{
    *len = starts_with(p, end, "&amp;") ? 5 : 4;
    if (starts_with(p, end, "&lt;"))
        return '<';
    if (starts_with(p, end, "&gt;"))
        return '>';
    bool amp = starts_with(p, end, "&amp;");
    if (!amp || starts_with(p + 5, end, "lt;") || starts_with(p + 5, end, "gt;") ||
        starts_with(p + 5, end, "amp;"))
        return '\0';
    return '&';
}

/* The environments that only say "display": a pair of dollars says it too. */
static void strip_display(const char **p, const char **end)
{
    static const char *const names[] = {"equation", "equation*", "displaymath", "math"};
    while (*p < *end && is_space(**p))
        (*p)++;
    while (*end > *p && is_space((*end)[-1]))
        (*end)--;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char begin[32] = "\\begin{";
        char close[32] = "\\end{";
        strcat(strcat(begin, names[i]), "}");
        strcat(strcat(close, names[i]), "}");
        if (!starts_with(*p, *end, begin) || environment_end(*p, *end, names[i]) != *end)
            continue;
        *p += strlen(begin);
        *end -= strlen(close);
        return;
    }
}

typedef struct latex {
    recto_buf *out;
    size_t start;
    bool space; /* one is due */
    bool display;
    bool changed; /* something had to be mended */
} latex;

static void put(latex *l, const char *p, size_t n)
{
    if (l->space && l->out->len > l->start && l->out->data[l->out->len - 1] != ' ')
        recto_buf_char(l->out, ' ');
    l->space = false;
    recto_buf_add(l->out, p, n);
}

static char last(const latex *l)
{
    return l->out->len > l->start && !l->space ? l->out->data[l->out->len - 1] : '\0';
}

/* A character that no backslash precedes; next: the one behind it, as it will be. */
static void put_char(latex *l, char c, char next)
{
    if (is_space(c)) {
        l->space = true;
        return;
    }
    /* a lone "$" may stand in a display formula: "\text{if $x$}" */
    bool dollar = c == '$' && !(l->display && next != '$' && last(l) != '$');
    if (dollar || c == '%') {
        put(l, "\\", 1);
        l->changed = true;
    }
    put(l, &c, 1);
    if (c == '<' && (is_letter(next) || next == '/' || next == '!' || next == '?'))
        l->space = true;
    if (c == ']' && next == '(') /* as the Markdown writer does, so that it reads back */
        put(l, "{}", 2);
}

/* No space and no backslash without its character at the end. */
static void strip_end(recto_buf *out, size_t start)
{
    while (out->len > start) {
        size_t n = 0;
        while (n < out->len - start && out->data[out->len - 1 - n] == '\\')
            n++;
        if (out->data[out->len - 1] != ' ' && n % 2 == 0)
            return;
        out->data[--out->len] = '\0';
    }
}

void recto_markup_latex(recto_markup *m, recto_buf *out, const char *p, const char *end, bool html,
                        bool display)
{
    recto_buf plain = RECTO_BUF_INIT;
    while (html && p < end) { /* entities first: they are HTML's */
        size_t len = 1;
        uint32_t cp = *p == '&' ? recto_markup_entity(p, end, &len) : 0;
        if (cp == 0)
            recto_buf_char(&plain, *p++);
        else if (!recto_utf8_is_dropped(cp) && cp != 0xAD)
            recto_buf_utf8(&plain, recto_utf8_is_space(cp) ? ' ' : cp);
        p += cp == 0 ? 0 : len;
    }
    if (html) {
        p = recto_buf_cstr(&plain);
        end = p + plain.len;
    }
    strip_display(&p, &end);
    latex l = {.out = out, .start = out->len, .display = display};
    while (p < end) {
        size_t len = 1;
        char c = *p == '&' ? html_char(p, end, &len) : '\0';
        l.changed = l.changed || c != '\0';
        if (*p == '\\') {
            if (p + 1 < end && !is_space(p[1]))
                put(&l, p, 2);
            else if (p + 1 < end)
                put(&l, "\\ ", 2);
            p += p + 1 < end ? 2 : 1;
            continue;
        }
        size_t step = c == '\0' ? 1 : len;
        put_char(&l, c == '\0' ? *p : c, p + step < end ? p[step] : '\0');
        p += step;
    }
    strip_end(out, l.start);
    if (l.changed)
        recto_markup_mend(m, RECTO_MARKUP_FIX_FORMULA);
    m->nomem = m->nomem || plain.failed || out->failed;
    recto_buf_free(&plain);
}
