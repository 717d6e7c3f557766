/* Cleaning and escaping of text on its way out.
 *
 * Markdown: the text is one line, so of CommonMark's constructs only these can begin in it:
 *   at the start of a block   # > - + * 1. 1) *** --- ___ ~~~ [x]  (one backslash there is enough)
 *   anywhere                  code spans, emphasis, links and images, entities, HTML, autolinks <>,
 *                             backslash escapes, GFM strikethrough and table cells
 * `<` and `&` are written as entities, so that tools that strip tags by pattern leave the text too.
 */
#include "text/escape_parts.h"

#include "core/utf8.h"

#include <string.h>

enum { SOFT_HYPHEN = 0xAD };

/* --- cleaning --------------------------------------------------------------------------------- */

static bool is_clean(const char *text, bool lines)
{
    const char *end = text + strlen(text);
    char before = lines ? 'x' : ' ';
    for (const char *p = text; p < end;) {
        char c = *p;
        if (c > ' ' && c < 0x7F) {
            p++;
        } else if (c == ' ' || (c == '\n' && lines)) {
            if (before == ' ' && !lines)
                return false;
            p++;
        } else {
            const char *from = p;
            uint32_t cp = recto_utf8_next(&p, end);
            if ((cp == RECTO_UTF8_REPLACEMENT && p - from != 3) || cp == SOFT_HYPHEN ||
                recto_utf8_is_dropped(cp) || recto_utf8_is_space(cp))
                return false;
        }
        before = c;
    }
    return lines || end == text || before != ' ';
}

/* The next code point that is kept, white space as ' ' or '\n'; 0 at the end. */
static uint32_t next_kept(const char **p, const char *end, bool lines)
{
    while (*p < end) {
        uint32_t cp = recto_utf8_next(p, end);
        if (cp == '\n' && lines)
            return '\n';
        if (recto_utf8_is_space(cp))
            return ' ';
        if (!recto_utf8_is_dropped(cp))
            return cp;
    }
    return 0;
}

static void clean_into(recto_buf *out, const char *text, bool lines)
{
    const char *end = text + strlen(text);
    const char *p = text;
    bool space = false; /* one is due before the next character */
    uint32_t cp = next_kept(&p, end, lines);
    while (cp != 0) {
        uint32_t next = next_kept(&p, end, lines);
        if (cp == ' ' && !lines) {
            space = out->len > 0;
        } else if (cp != SOFT_HYPHEN || next == 0 || next == ' ' || next == '\n') {
            if (space)
                recto_buf_char(out, ' ');
            space = false;
            recto_buf_utf8(out, cp == SOFT_HYPHEN ? '-' : cp);
        }
        cp = next;
    }
}

const char *recto_escape_cleaned(recto_buf *scratch, const char *text, unsigned where)
{
    bool lines = (where & RECTO_ESCAPE_LINES) != 0;
    if (is_clean(text, lines))
        return text;
    recto_buf_clear(scratch);
    clean_into(scratch, text, lines);
    return scratch->failed ? "" : recto_buf_cstr(scratch);
}

void recto_escape_plain(recto_buf *out, const char *text, unsigned where)
{
    recto_buf scratch = RECTO_BUF_INIT;
    recto_buf_text(out, recto_escape_cleaned(&scratch, text, where));
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

/* --- HTML ------------------------------------------------------------------------------------- */

/* What stands for c; NULL: itself.  dollars: keep "$" from being taken for math. */
static const char *html_escape(char c, bool dollars)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '$':
        return dollars ? "&#36;" : NULL;
    default:
        return NULL;
    }
}

void recto_escape_put_html(recto_buf *out, const char *p, const char *end, bool dollars)
{
    const char *from = p; /* what is not written yet */
    for (; p < end; p++) {
        const char *put = html_escape(*p, dollars);
        if (put == NULL)
            continue;
        recto_buf_add(out, from, (size_t)(p - from));
        recto_buf_text(out, put);
        from = p + 1;
    }
    recto_buf_add(out, from, (size_t)(end - from));
}

void recto_escape_html(recto_buf *out, const char *text)
{
    recto_buf scratch = RECTO_BUF_INIT;
    const char *clean = recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE);
    recto_escape_put_html(out, clean, clean + strlen(clean), false);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

void recto_escape_xml(recto_buf *out, const char *text)
{
    recto_escape_html(out, text); /* what XML 1.0 forbids is among what cleaning drops */
}

/* --- Markdown --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_punct(char c)
{
    return c > ' ' && c < 0x7F && !is_digit(c) && !is_letter(c);
}

/* A space or the end. */
static bool is_gap(char c)
{
    return c == ' ' || c == '\0';
}

static char at(const recto_escape_line *l, size_t i)
{
    return i < l->len ? l->text[i] : i == l->len ? l->right : '\0';
}

static char before(const recto_escape_line *l, size_t i)
{
    return i > 0 ? l->text[i - 1] : l->left;
}

/* A letter or digit of any script starts at i. */
bool recto_escape_word_at(const recto_escape_line *l, size_t i)
{
    if (i >= l->len)
        return false;
    const char *p = l->text + i;
    uint32_t cp = recto_utf8_next(&p, l->text + l->len);
    return recto_utf8_is_letter(cp) || recto_utf8_is_digit(cp);
}

/* A letter or digit ends just before i. */
bool recto_escape_word_before(const recto_escape_line *l, size_t i)
{
    size_t start = i;
    while (start > 0 && i - start < 4) {
        start--;
        if (((unsigned char)l->text[start] & 0xC0) != 0x80)
            break;
    }
    return start < i && recto_escape_word_at(l, start);
}

/* Whether the run of * or _ that i stands in could open or close emphasis. */
static bool is_emphasis(recto_escape_line *l, size_t i)
{
    char c = l->text[i];
    if (i < l->run_end)
        return l->run_emphasis;
    size_t end = i;
    while (end < l->len && at(l, end) == c)
        end++;
    bool apart = is_gap(before(l, i)) && is_gap(at(l, end));
    bool inside_word = c == '_' && recto_escape_word_before(l, i) && recto_escape_word_at(l, end);
    l->run_end = end;
    l->run_emphasis = !apart && !inside_word;
    return l->run_emphasis;
}

/* An "&" that an entity or character reference begins with. */
static bool is_entity(const recto_escape_line *l, size_t i)
{
    size_t k = i + 1;
    bool number = at(l, k) == '#';
    if (number) {
        k++;
        if (at(l, k) == 'x' || at(l, k) == 'X')
            k++;
    } else if (!is_letter(at(l, k))) {
        return false;
    }
    size_t first = k;
    while (is_digit(at(l, k)) || is_letter(at(l, k)))
        k++;
    return k > first && at(l, k) == ';';
}

/* A "<" that a tag, comment or autolink could begin with. */
static bool is_tag(const recto_escape_line *l, size_t i)
{
    char next = at(l, i + 1);
    if (is_gap(next))
        return false;
    return !(is_digit(next) || next == '=') || l->mail_end > i;
}

/* A backslash that a LaTeX environment begins with. */
static bool is_environment(const recto_escape_line *l, size_t i)
{
    static const char begin[] = "\\begin{";
    return l->len - i >= sizeof begin - 1 && memcmp(l->text + i, begin, sizeof begin - 1) == 0;
}

/* What stands in the place of, or before, the character at i; NULL if it stands for itself. */
static const char *inline_escape(recto_escape_line *l, size_t i)
{
    char next = at(l, i + 1);
    switch (l->text[i]) {
    case '\\':
        if ((l->where & RECTO_ESCAPE_MATH) != 0 && is_environment(l, i))
            return "\\";
        return next == '\0' || is_punct(next) ? "\\" : NULL;
    case '$':
        return l->dollars ? "\\" : NULL;
    case '`':
        return "\\";
    case '*':
    case '_':
        return is_emphasis(l, i) ? "\\" : NULL;
    case '!': /* a link follows: it would be an image */
        return i + 1 == l->len && next == '[' ? "\\" : NULL;
    case '[':
        return (l->where & RECTO_ESCAPE_LABEL) == 0  ? NULL
               : (l->where & RECTO_ESCAPE_MATH) != 0 ? "&#91;" /* "\\[" would be LaTeX */
                                                     : "\\";
    case ']': /* "[a](b)" and "[a]: b" are links; without a definition "[a]" and "[a][b]" are not */
        if ((l->where & RECTO_ESCAPE_LABEL) != 0)
            return (l->where & RECTO_ESCAPE_MATH) != 0 ? "&#93;" : "\\";
        return next == '(' || next == ':' ? "\\" : NULL;
    case '~': /* if all that are left can only open, nothing is struck through */
        return is_gap(before(l, i)) && next != '~' ? NULL : "\\";
    case '|':
        return (l->where & RECTO_ESCAPE_CELL) != 0 ? "\\" : NULL;
    case '<':
        return is_tag(l, i) ? "&lt;" : NULL;
    case '&':
        return is_entity(l, i) ? "&amp;" : NULL;
    default:
        return NULL;
    }
}

/* Nothing but three or more of one of - _ * and spaces: a thematic break.  Two dashes are enough
 * after the dash of a list item. */
static bool is_break(const recto_escape_line *l)
{
    size_t n = 0;
    for (size_t i = 0; i < l->len; i++) {
        if (l->text[i] != l->text[0] && l->text[i] != ' ')
            return false;
        n += l->text[i] == l->text[0];
    }
    return n >= (l->text[0] == '-' ? 2 : 3);
}

/* Index of the character whose backslash keeps the line from beginning a block; SIZE_MAX if none.
 */
static size_t block_escape(const recto_escape_line *l)
{
    size_t i = 0;
    switch (at(l, 0)) {
    case '#':
        while (at(l, i) == '#')
            i++;
        return i <= 6 && is_gap(at(l, i)) ? 0 : SIZE_MAX;
    case '>':
        return 0;
    case '-':
    case '+':
    case '*':
        return is_gap(at(l, 1)) || is_break(l) ? 0 : SIZE_MAX;
    case '_':
        return is_break(l) ? 0 : SIZE_MAX;
    case '[': /* a task list's box, after a list marker */
        return l->len >= 3 && at(l, 2) == ']' ? 0 : SIZE_MAX;
    default:
        while (is_digit(at(l, i)))
            i++;
        return i >= 1 && i <= 9 && (at(l, i) == '.' || at(l, i) == ')') && is_gap(at(l, i + 1))
                   ? i
                   : SIZE_MAX;
    }
}

/* Index of the first "#" of a closing sequence; SIZE_MAX if there is none. */
static size_t title_escape(const recto_escape_line *l)
{
    size_t i = l->len;
    while (i > 0 && l->text[i - 1] == '#')
        i--;
    return i < l->len && is_gap(before(l, i)) ? i : SIZE_MAX;
}

void recto_escape_put_markdown(recto_buf *out, recto_escape_line *l)
{
    size_t special = SIZE_MAX;
    if ((l->where & RECTO_ESCAPE_BLOCK) != 0)
        special = block_escape(l);
    else if ((l->where & RECTO_ESCAPE_TITLE) != 0)
        special = title_escape(l);
    size_t from = 0; /* what is not written yet */
    for (size_t i = 0; i < l->len; i++) {
        const char *put = inline_escape(l, i);
        if (i == special) /* "\[" would be LaTeX to who knows math */
            put = l->text[i] == '[' && (l->where & RECTO_ESCAPE_MATH) != 0 ? "&#91;" : "\\";
        if (put == NULL)
            continue;
        recto_buf_add(out, l->text + from, i - from);
        recto_buf_text(out, put);
        from = put[0] == '&' ? i + 1 : i;
    }
    recto_buf_add(out, l->text + from, l->len - from);
}

/* A single "$" cannot be taken for math, unless another cell of its row has the second. */
static bool has_dollars(const char *text, unsigned where)
{
    const char *first = strchr(text, '$');
    return first != NULL && ((where & RECTO_ESCAPE_CELL) != 0 || strchr(first + 1, '$') != NULL);
}

recto_escape_line recto_escape_line_over(const char *text, unsigned where)
{
    const char *mail = strrchr(text, '@');
    return (recto_escape_line){.text = text,
                               .len = strlen(text),
                               .where = where,
                               .dollars =
                                   (where & RECTO_ESCAPE_MATH) != 0 && has_dollars(text, where),
                               .mail_end = mail == NULL ? 0 : (size_t)(mail - text)};
}

void recto_escape_markdown(recto_buf *out, const char *text, unsigned where)
{
    recto_buf scratch = RECTO_BUF_INIT;
    recto_escape_line l =
        recto_escape_line_over(recto_escape_cleaned(&scratch, text, RECTO_ESCAPE_INLINE), where);
    recto_escape_put_markdown(out, &l);
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

/* --- URLs ------------------------------------------------------------------------------------- */

void recto_escape_url(recto_buf *out, const char *name)
{
    static const char hex[] = "0123456789ABCDEF";
    recto_buf scratch = RECTO_BUF_INIT;
    const char *p = recto_escape_cleaned(&scratch, name, RECTO_ESCAPE_INLINE);
    for (; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        if (is_letter(*p) || is_digit(*p) || strchr("-._~/", *p) != NULL) {
            recto_buf_char(out, *p);
            continue;
        }
        recto_buf_char(out, '%');
        recto_buf_char(out, hex[c >> 4]);
        recto_buf_char(out, hex[c & 15]);
    }
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}
