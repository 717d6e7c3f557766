/* The small words of the notation: tags with their attributes, and coordinates.
 *
 * A tag ends at the first ">" whatever quotes there are, holds no "<" and is bounded in length, so
 * that looking for its end never costs more than its own text. */
#include "text/markup_parts.h"

#include <string.h>

enum {
    COORDS_MAX_LEN = 400, /* bytes between <box> and </box> */
    COORD_MAX = 1000,     /* just outside the page's far edge */
    NUMBERS_MAX = 8,
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool recto_markup_is_punct(char c)
{
    return c > ' ' && c < 0x7F && !is_digit(c) && !is_letter(c);
}

bool recto_markup_starts(const char *p, const char *end, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(end - p) < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (lower(p[i]) != word[i])
            return false;
    }
    return true;
}

const char *recto_markup_find(const char *p, const char *end, const char *word)
{
    for (; p < end; p++) {
        if (lower(*p) == word[0] && recto_markup_starts(p, end, word))
            return p;
    }
    return NULL;
}

/* --- tags ------------------------------------------------------------------------------------- */

bool recto_markup_tag_at(recto_markup_tag *tag, const char *p, const char *end)
{
    *tag = (recto_markup_tag){0};
    if (end - p > RECTO_MARKUP_TAG_MAX)
        end = p + RECTO_MARKUP_TAG_MAX;
    if (end - p < 3 || *p != '<')
        return false;
    p++;
    tag->closing = *p == '/';
    p += tag->closing;
    tag->name = p;
    while (p < end && (is_letter(*p) || (p > tag->name && (is_digit(*p) || *p == '_'))))
        p++;
    tag->name_len = (size_t)(p - tag->name);
    if (tag->name_len == 0 || p == end || (*p != '>' && *p != '/' && *p != ' ' && *p != '\n'))
        return false;
    tag->attributes = p;
    while (p < end && *p != '>' && *p != '<')
        p++;
    if (p == end || *p != '>')
        return false;
    tag->end = p + 1;
    return true;
}

bool recto_markup_tag_is(const recto_markup_tag *tag, const char *name)
{
    return strlen(name) == tag->name_len &&
           recto_markup_starts(tag->name, tag->name + tag->name_len, name);
}

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n'))
        p++;
    return p;
}

bool recto_markup_tag_value(const recto_markup_tag *tag, const char *attribute, const char **from,
                            const char **end)
{
    const char *stop = tag->end - 1;
    const char *p = tag->attributes;
    while ((p = recto_markup_find(p, stop, attribute)) != NULL) {
        bool alone = p > tag->attributes && !is_letter(p[-1]) && p[-1] != '-';
        p = skip_spaces(p + strlen(attribute), stop);
        if (!alone || p == stop || *p != '=')
            continue;
        p = skip_spaces(p + 1, stop);
        char quote = p < stop && (*p == '"' || *p == '\'') ? *p : '\0';
        p += quote != '\0';
        *from = p;
        while (p < stop && (quote != '\0' ? *p != quote : *p != ' ' && *p != '\n' && *p != '/'))
            p++;
        *end = p;
        return true;
    }
    return false;
}

int recto_markup_tag_number(const recto_markup_tag *tag, const char *attribute, int fallback)
{
    const char *p;
    const char *end;
    if (!recto_markup_tag_value(tag, attribute, &p, &end))
        return fallback;
    int v = 0;
    p = skip_spaces(p, end);
    if (p == end || !is_digit(*p))
        return -1;
    for (; p < end && is_digit(*p); p++)
        v = v > 1000000 ? v : v * 10 + (*p - '0');
    return v;
}

typedef struct known_tag {
    const char *name;
    recto_markup_use use;
    int n;
} known_tag;

static const known_tag known_tags[] = {
    {"b", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_BOLD},
    {"strong", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_BOLD},
    {"i", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_ITALIC},
    {"em", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_ITALIC},
    {"sup", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_SUPERSCRIPT},
    {"sub", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_SUBSCRIPT},
    {"code", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_CODE},
    {"tt", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_CODE},
    {"kbd", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_CODE},
    {"samp", RECTO_MARKUP_USE_STYLE, RECTO_SPAN_CODE},
    {"br", RECTO_MARKUP_USE_SPACE, 0},
    {"wbr", RECTO_MARKUP_USE_DROP, 0},
    {"p", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"div", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"center", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"blockquote", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"section", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"article", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"header", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"footer", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"figure", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"details", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"summary", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"dl", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"dt", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"dd", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"hr", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"pre", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"html", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"body", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_TEXT},
    {"figcaption", RECTO_MARKUP_USE_BREAK, RECTO_LABEL_CAPTION},
    {"h1", RECTO_MARKUP_USE_HEADING, 1},
    {"h2", RECTO_MARKUP_USE_HEADING, 2},
    {"h3", RECTO_MARKUP_USE_HEADING, 3},
    {"h4", RECTO_MARKUP_USE_HEADING, 4},
    {"h5", RECTO_MARKUP_USE_HEADING, 5},
    {"h6", RECTO_MARKUP_USE_HEADING, 6},
    {"ul", RECTO_MARKUP_USE_LIST, 0},
    {"ol", RECTO_MARKUP_USE_LIST, 1},
    {"li", RECTO_MARKUP_USE_ITEM, 0},
    {"img", RECTO_MARKUP_USE_PICTURE, 0},
    {"table", RECTO_MARKUP_USE_TABLE, 0},
    {"thead", RECTO_MARKUP_USE_TABLE, 0},
    {"tbody", RECTO_MARKUP_USE_TABLE, 0},
    {"tfoot", RECTO_MARKUP_USE_TABLE, 0},
    {"tr", RECTO_MARKUP_USE_TABLE, 0},
    {"td", RECTO_MARKUP_USE_TABLE, 0},
    {"th", RECTO_MARKUP_USE_TABLE, 0},
    {"caption", RECTO_MARKUP_USE_TABLE, 0},
    {"col", RECTO_MARKUP_USE_TABLE, 0},
    {"colgroup", RECTO_MARKUP_USE_TABLE, 0},
    {"think", RECTO_MARKUP_USE_LAYOUT, 0},
    {"layout", RECTO_MARKUP_USE_LAYOUT, 0},
    {"label", RECTO_MARKUP_USE_LAYOUT, 0},
    {"brief", RECTO_MARKUP_USE_LAYOUT, 0},
    {"box", RECTO_MARKUP_USE_LAYOUT, 0},
    {"quad", RECTO_MARKUP_USE_LAYOUT, 0},
    {"ref", RECTO_MARKUP_USE_DROP, 0},
    {"a", RECTO_MARKUP_USE_DROP, 0},
    {"u", RECTO_MARKUP_USE_DROP, 0},
    {"s", RECTO_MARKUP_USE_DROP, 0},
    {"del", RECTO_MARKUP_USE_DROP, 0},
    {"ins", RECTO_MARKUP_USE_DROP, 0},
    {"mark", RECTO_MARKUP_USE_DROP, 0},
    {"small", RECTO_MARKUP_USE_DROP, 0},
    {"big", RECTO_MARKUP_USE_DROP, 0},
    {"span", RECTO_MARKUP_USE_DROP, 0},
    {"font", RECTO_MARKUP_USE_DROP, 0},
    {"q", RECTO_MARKUP_USE_DROP, 0},
    {"cite", RECTO_MARKUP_USE_DROP, 0},
    {"abbr", RECTO_MARKUP_USE_DROP, 0},
    {"nobr", RECTO_MARKUP_USE_DROP, 0},
};

bool recto_markup_tag_use(const recto_markup_tag *tag, recto_markup_use *use, int *n)
{
    for (size_t i = 0; i < sizeof known_tags / sizeof *known_tags; i++) {
        if (!recto_markup_tag_is(tag, known_tags[i].name))
            continue;
        *use = known_tags[i].use;
        *n = known_tags[i].n;
        return true;
    }
    return false;
}

/* --- coordinates ------------------------------------------------------------------------------ */

/* Reads whole numbers, whatever stands between them; digits behind a point do not count. */
static int numbers_in(int *v, const char *p, const char *end)
{
    int n = 0;
    while (p < end && n < NUMBERS_MAX) {
        if (!is_digit(*p)) {
            p++;
            continue;
        }
        v[n] = 0;
        for (; p < end && is_digit(*p); p++)
            v[n] = v[n] > 1000000 ? v[n] : v[n] * 10 + (*p - '0');
        if (end - p > 1 && *p == '.' && is_digit(p[1])) {
            for (p++; p < end && is_digit(*p);)
                p++;
        }
        n++;
    }
    return n;
}

/* The two ends of a side, in order, not equal, inside the page. */
static bool mend_side(int *low, int *high)
{
    bool good = *low < *high && *high <= COORD_MAX;
    if (*low > *high) {
        int swap = *low;
        *low = *high;
        *high = swap;
    }
    *low = *low > COORD_MAX ? COORD_MAX : *low;
    *high = *high > COORD_MAX ? COORD_MAX : *high;
    if (*low == *high) {
        *low -= *low == COORD_MAX;
        *high = *low + 1;
    }
    return good;
}

/* Four corners to the two that span them. */
static void span_corners(int *v)
{
    int low[2] = {v[0], v[1]};
    int high[2] = {v[0], v[1]};
    for (int i = 2; i < 8; i++) {
        low[i & 1] = v[i] < low[i & 1] ? v[i] : low[i & 1];
        high[i & 1] = v[i] > high[i & 1] ? v[i] : high[i & 1];
    }
    v[0] = low[0];
    v[1] = low[1];
    v[2] = high[0];
    v[3] = high[1];
}

recto_rect recto_markup_coords(recto_markup *m, const char *p, const char *end)
{
    int v[NUMBERS_MAX];
    int n = numbers_in(v, p, end);
    if (n != 4 && n != 8) {
        recto_markup_mend(m, RECTO_MARKUP_FIX_BOX);
        return (recto_rect){0};
    }
    if (n == 8)
        span_corners(v);
    bool good = mend_side(&v[0], &v[2]);
    good = mend_side(&v[1], &v[3]) && good;
    if (!good)
        recto_markup_mend(m, RECTO_MARKUP_FIX_COORDS);
    const float unit = 1.0f / COORD_MAX;
    recto_rect box = {(float)v[0] * unit * m->opt->width, (float)v[1] * unit * m->opt->height,
                      (float)v[2] * unit * m->opt->width, (float)v[3] * unit * m->opt->height};
    return recto_rect_clip(box, m->opt->width, m->opt->height);
}

const char *recto_markup_box(recto_markup *m, recto_rect *box, const char *p, const char *end)
{
    *box = (recto_rect){0};
    bool quad = recto_markup_starts(p, end, "<quad>");
    if (!quad && !recto_markup_starts(p, end, "<box>"))
        return NULL;
    p += quad ? 6 : 5;
    if (end - p > COORDS_MAX_LEN)
        end = p + COORDS_MAX_LEN;
    const char *close = recto_markup_find(p, end, quad ? "</quad>" : "</box>");
    if (close == NULL) { /* as far as coordinates go */
        const char *stop = p;
        while (stop < end && (strchr("[](), .>", *stop) != NULL || is_digit(*stop) ||
                              recto_markup_starts(stop, end, "<coord_")))
            stop += *stop == '<' ? 7 : 1;
        recto_markup_mend(m, RECTO_MARKUP_FIX_BOX);
        if (stop > p)
            *box = recto_markup_coords(m, p, stop);
        return stop;
    }
    *box = recto_markup_coords(m, p, close);
    return close + (quad ? 7 : 6);
}
