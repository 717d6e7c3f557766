/* Joining lines to text.
 *
 * Whether a hyphen at a line's end belongs to the word cannot be known without a dictionary; the
 * page itself is the evidence that costs nothing: a compound that is written with its hyphen inside
 * a line keeps it, everything else that goes on in lower case is taken as broken. */
#include "text/join.h"
#include "core/utf8.h"
#include <math.h>
#include <string.h>

#define N_SLOTS 256 /* hashes of hyphenated words kept; a page rarely has thirty */

struct recto_join {
    const recto_layout *layout;
    bool built;
    uint64_t slots[N_SLOTS]; /* 0 = free */
    int n_used;
};

recto_join *recto_join_new(const recto_layout *layout, recto_arena *tmp)
{
    recto_join *j = recto_arena_alloc(tmp, sizeof *j);
    if (j == NULL)
        return NULL;
    j->layout = layout;
    return j;
}

/* --- compounds seen on the page ----------------------------------------------------------------
 */

/* FNV-1a over the letters and hyphens, lower case; other characters do not count. */
static uint64_t hash_letters(uint64_t h, const char *text, size_t len)
{
    const char *p = text;
    const char *end = text + len;
    while (p < end) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (cp == 0x2010)
            cp = '-';
        if (cp != '-' && !recto_utf8_is_letter(cp))
            continue;
        h = (h ^ recto_utf8_lower(cp)) * 1099511628211u;
    }
    return h;
}

static bool has_slot(const recto_join *j, uint64_t h)
{
    for (size_t k = h % N_SLOTS, i = 0; i < N_SLOTS; i++, k = (k + 1) % N_SLOTS) {
        if (j->slots[k] == h)
            return true;
        if (j->slots[k] == 0)
            return false;
    }
    return false;
}

static void add_slot(recto_join *j, uint64_t h)
{
    if (h == 0 || j->n_used >= N_SLOTS / 2 || has_slot(j, h))
        return;
    size_t k = h % N_SLOTS;
    while (j->slots[k] != 0)
        k = (k + 1) % N_SLOTS;
    j->slots[k] = h;
    j->n_used++;
}

static void collect_compounds(recto_join *j)
{
    j->built = true;
    for (int i = 0; i < j->layout->n_lines; i++) {
        const recto_line *line = &j->layout->lines[i];
        for (int k = 0; k < line->n_words && line->words != NULL; k++) {
            const char *text = line->words[k].text;
            const char *dash = text != NULL ? strchr(text, '-') : NULL;
            if (dash != NULL && dash != text && dash[1] != '\0')
                add_slot(j, hash_letters(14695981039346656037u, text, strlen(text)));
        }
    }
}

static bool is_compound(recto_join *j, const char *left, size_t n_left, const char *right)
{
    if (!j->built)
        collect_compounds(j);
    uint64_t h = hash_letters(14695981039346656037u, left, n_left);
    return has_slot(j, hash_letters(h, right, strlen(right)));
}

/* --- the joint between two lines ---------------------------------------------------------------
 */

typedef enum joint {
    JOINT_SPACE,
    JOINT_NONE, /* nothing between, hyphen kept */
    JOINT_DROP, /* nothing between, hyphen dropped */
} joint;

/* Bytes of the hyphen at the end of text, 0 if there is none. */
static size_t hyphen_bytes(const char *text, size_t len, bool *soft_out)
{
    *soft_out = len >= 2 && memcmp(text + len - 2, "\xC2\xAD", 2) == 0;
    if (*soft_out)
        return 2;
    if (len >= 1 && text[len - 1] == '-')
        return 1;
    return len >= 3 && memcmp(text + len - 3, "\xE2\x80\x90", 3) == 0 ? 3 : 0;
}

static uint32_t last_char(const char *text, size_t len)
{
    while (len > 0) {
        const char *p = text + len - 1;
        while (p > text && ((unsigned char)*p & 0xC0u) == 0x80u)
            p--;
        return recto_utf8_next(&p, text + len);
    }
    return 0;
}

static uint32_t first_char(const char *text)
{
    const char *p = text;
    return *p != '\0' ? recto_utf8_next(&p, text + strlen(text)) : 0;
}

/* "Haupt- und", "pre- or": the hyphen stands for a part that follows later. */
static bool is_conjunction(const char *word)
{
    static const char *const list[] = {"and", "or", "und", "oder",  "bis",  "et",
                                       "ou",  "to", "y",   "sowie", "bzw.", "beziehungsweise",
                                       "e",   "o"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strcmp(word, list[i]) == 0)
            return true;
    }
    return false;
}

/* First halves that are nearly always written with their hyphen. */
static bool keeps_hyphen(const char *text, size_t len)
{
    static const char *const list[] = {"self",    "well",   "half",  "vice",  "so",
                                       "twenty",  "thirty", "forty", "fifty", "sixty",
                                       "seventy", "eighty", "ninety"};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strlen(list[i]) == len && memcmp(list[i], text, len) == 0)
            return true;
    }
    return false;
}

/* Scripts whose lines are broken anywhere, without a space. */
static bool is_unspaced(uint32_t cp)
{
    return (cp >= 0x2E80 && cp <= 0xA4CF && cp != 0x3000) || (cp >= 0xF900 && cp <= 0xFAFF) ||
           (cp >= 0xFF01 && cp <= 0xFF9F) || (cp >= 0x20000 && cp <= 0x3FFFF) ||
           (cp >= 0x0E01 && cp <= 0x0EFF);
}

static joint find_joint(recto_join *j, const char *left, const char *right, bool compound_elsewhere)
{
    size_t len = strlen(left);
    bool soft = false;
    size_t n_hyphen = hyphen_bytes(left, len, &soft);
    if (n_hyphen == 0) {
        bool dash = len >= 4 && memcmp(left + len - 3, "\xE2\x80\x94", 3) == 0;
        bool whole = is_unspaced(last_char(left, len)) && is_unspaced(first_char(right));
        return dash || whole ? JOINT_NONE : JOINT_SPACE;
    }
    if (soft)
        return JOINT_DROP;
    size_t n_part = len - n_hyphen;
    uint32_t before = last_char(left, n_part);
    if (n_part == 0 || !(recto_utf8_is_letter(before) || recto_utf8_is_digit(before)))
        return JOINT_SPACE;
    if (is_conjunction(right))
        return JOINT_SPACE;
    if (!recto_utf8_is_lower(first_char(right)) || !recto_utf8_is_lower(before))
        return JOINT_NONE;
    if (memchr(left, '-', n_part) != NULL || keeps_hyphen(left, n_part) || compound_elsewhere ||
        (j != NULL && is_compound(j, left, len, right)))
        return JOINT_NONE;
    return JOINT_DROP;
}

recto_goes_on recto_join_ending(recto_join *j, const char *last_word, const char *first_word,
                                bool compound_elsewhere)
{
    bool soft = false;
    switch (find_joint(j, last_word, first_word, compound_elsewhere)) {
    case JOINT_SPACE:
        return RECTO_GOES_ON_SPACE;
    case JOINT_NONE:
        return RECTO_GOES_ON_GLUE;
    case JOINT_DROP:
        break;
    }
    /* soft hyphens are not in the text */
    hyphen_bytes(last_word, strlen(last_word), &soft);
    return soft ? RECTO_GOES_ON_GLUE : RECTO_GOES_ON_HYPHEN;
}

static bool is_shifted(const recto_word *w)
{
    return (w->style & ((uint32_t)RECTO_STYLE_SUPER | (uint32_t)RECTO_STYLE_SUB)) != 0;
}

/* An exponent, index or note mark right behind its word, or what follows such a one without a
 * space.  The mark that opens a note stands by itself. */
static bool is_attached(const recto_line *line, int k)
{
    const recto_word *w = &line->words[k];
    return k > 0 && (is_shifted(w) || (k > 1 && is_shifted(&w[-1]) && is_attached(line, k - 1))) &&
           w->box.x0 - w[-1].box.x1 < 0.12f * line->size;
}

/* Copy without soft hyphens; returns the end. */
static char *put_word(char *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (p[0] == '\xC2' && p[1] == '\xAD')
            p++;
        else
            *out++ = *p;
    }
    return out;
}

/* The text under way. */
typedef struct joining {
    char *text, *out;
    const char *last;        /* word that was written last, NULL at first */
    recto_join_place *place; /* of the next word, or NULL */
    recto_join_place *last_place;
} joining;

static void put_joined(joining *t, joint how, const char *word)
{
    bool soft = false;
    size_t n_hyphen = how == JOINT_DROP ? hyphen_bytes(t->last, strlen(t->last), &soft) : 0;
    if (!soft && n_hyphen <= (size_t)(t->out - t->text)) { /* soft ones were never written */
        t->out -= n_hyphen;
        if (t->last_place != NULL)
            t->last_place->end -= (int)n_hyphen;
    }
    bool space = how == JOINT_SPACE && t->out > t->text;
    char *end = put_word(t->out + space, word);
    if (end == t->out + space) /* nothing but soft hyphens */
        return;
    if (space)
        *t->out = ' ';
    if (t->place != NULL) {
        *t->place = (recto_join_place){(int)(t->out - t->text) + space, (int)(end - t->text)};
        t->last_place = t->place;
    }
    t->out = end;
    t->last = word;
}

const char *recto_join_lines_placed(recto_join *j, const recto_line *lines, int n, int skip_words,
                                    recto_join_place *places, recto_arena *keep)
{
    size_t size = 1;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < lines[i].n_words; k++)
            size += strlen(lines[i].words[k].text) + 1;
    }
    joining t = {.text = recto_arena_alloc(keep, size), .place = places};
    if (t.text == NULL)
        return NULL;
    t.out = t.text;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < lines[i].n_words; k++) {
            const char *word = lines[i].words[k].text;
            if (t.place != NULL)
                *t.place = (recto_join_place){0, 0};
            joint how = t.last == NULL ? JOINT_NONE : JOINT_SPACE;
            if (t.last != NULL && k == 0 && i > 0)
                how = find_joint(j, t.last, word, false);
            else if (t.last != NULL && is_attached(&lines[i], k))
                how = JOINT_NONE;
            if (i > 0 || k >= skip_words)
                put_joined(&t, how, word);
            if (t.place != NULL)
                t.place++;
        }
    }
    *t.out = '\0';
    return t.text;
}

const char *recto_join_lines(recto_join *j, const recto_line *lines, int n, int skip_words,
                             recto_arena *keep)
{
    return recto_join_lines_placed(j, lines, n, skip_words, NULL, keep);
}

bool recto_join_plain(recto_block *b, recto_arena *keep)
{
    if (b->marker == NULL && b->label != RECTO_LABEL_CODE)
        return true;
    /* the marker of an item that continues stands where the item begins */
    const char *parts[2] = {b->marker != NULL && !b->continues ? b->marker : "", b->text};
    char *text = recto_arena_alloc(keep, strlen(parts[0]) + strlen(parts[1]) + 2);
    if (text == NULL)
        return false;
    char *out = text;
    for (int i = 0; i < 2; i++) {
        bool gap = out > text;
        for (const char *p = parts[i]; *p != '\0'; p++) {
            if (*p == ' ' || *p == '\n') {
                gap = out > text;
                continue;
            }
            if (gap)
                *out++ = ' ';
            gap = false;
            *out++ = *p;
        }
    }
    *out = '\0';
    if (b->n_spans > 0 &&
        parts[0][0] != '\0') { /* only a list item has any: its text moves behind the marker */
        int shift = (int)strlen(parts[0]) + 1;
        recto_span *spans = recto_arena_array(keep, (size_t)b->n_spans, sizeof *spans);
        if (spans == NULL)
            return false;
        for (int i = 0; i < b->n_spans; i++) {
            spans[i] = b->spans[i];
            spans[i].start += shift;
            spans[i].end += shift;
        }
        b->spans = spans;
    }
    b->text = text;
    b->marker = NULL;
    b->ordered = false;
    b->level = 0;
    return true;
}

/* --- code --------------------------------------------------------------------------------------
 */

/* Width of a character: all are alike in a fixed pitch. */
static float char_width(const recto_line *lines, int n)
{
    double wide = 0.0;
    double n_chars = 0.0;
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < lines[i].n_words; k++) {
            const recto_word *w = &lines[i].words[k];
            wide += (double)recto_rect_width(w->box);
            n_chars += (double)recto_utf8_count(w->text, strlen(w->text));
        }
    }
    return n_chars > 0.0 && wide > 0.0 ? (float)(wide / n_chars) : 1.0f;
}

static int n_spaces(float gap, float wide)
{
    float n = gap / wide + 0.4f;
    return n >= 200.0f ? 200 : (n > 0.0f ? (int)n : 0);
}

/* Write the code to out, or only count when out is NULL; bytes without the NUL. */
static size_t write_code(char *out, const recto_line *lines, int n, float left, float wide)
{
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        float at = left;
        if (i > 0) {
            if (out != NULL)
                out[len] = '\n';
            len++;
        }
        for (int k = 0; k < lines[i].n_words; k++) {
            const recto_word *w = &lines[i].words[k];
            int room = n_spaces(w->box.x0 - at, wide);
            if (k > 0 && room < 1)
                room = 1;
            if (out != NULL) {
                memset(out + len, ' ', (size_t)room);
                len += (size_t)(put_word(out + len + room, w->text) - (out + len));
            } else {
                len += (size_t)room + strlen(w->text);
            }
            at = w->box.x1;
        }
    }
    return len;
}

const char *recto_join_code(const recto_line *lines, int n, recto_arena *keep)
{
    float wide = char_width(lines, n);
    float left = HUGE_VALF;
    for (int i = 0; i < n; i++)
        left = fminf(left, lines[i].box.x0);
    char *text = recto_arena_alloc(keep, write_code(NULL, lines, n, left, wide) + 1);
    if (text == NULL)
        return NULL;
    text[write_code(text, lines, n, left, wide)] = '\0';
    return text;
}
