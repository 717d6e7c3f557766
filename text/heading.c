/* Headings.  Each sign alone misleads (bold labels of a form, capitals on a receipt, large prices),
 * so every rule asks for shortness and for what the page as a whole does not do. */
#include "text/heading.h"
#include "core/utf8.h"
#include "text/join.h"
#include "text/list.h"
#include <math.h>
#include <string.h>

#define MAX_CHARS 160 /* of a heading */
#define MAX_LINES 3

/* What the rules ask of a block. */
typedef struct signs {
    int n_chars, n_letters, n_upper, n_digits, n_words;
    uint32_t first, last;
    int depth;   /* of its section number */
    float ratio; /* size to body */
    bool bold;
    bool row;           /* has a gap as wide as between columns, or dot leaders */
    float above, below; /* white to the blocks before and after, in em of the block */
} signs;

int recto_heading_number_depth(const char *text)
{
    int depth = 0;
    const char *p = text;
    if (((p[0] >= 'A' && p[0] <= 'Z') && p[1] == '.' && p[2] >= '0' && p[2] <= '9')) {
        depth = 1;
        p += 2;
    }
    while (*p >= '0' && *p <= '9') {
        size_t n = strspn(p, "0123456789");
        if (n > 3)
            return 0;
        depth++;
        p += n;
        if (*p != '.')
            break;
        p++;
    }
    if (depth == 0 || *p != ' ')
        return 0;
    p++;
    uint32_t cp = recto_utf8_next(&p, p + strlen(p));
    return recto_utf8_is_upper(cp) || (recto_utf8_is_letter(cp) && !recto_utf8_is_lower(cp)) ? depth
                                                                                             : 0;
}

/* "Chapter 3", "Appendix A", "Teil 2", "Annex I"... */
static bool starts_with_part_word(const char *text)
{
    static const char *const list[] = {
        "Chapter ",   "CHAPTER ",      "Appendix ", "APPENDIX ", "Part ",
        "PART ",      "Kapitel ",      "Anhang ",   "Teil ",     "Annex ",
        "ANNEX ",     "Section ",      "SECTION ",  "Article ",  "ARTICLE ",
        "Abschnitt ", "Chapitre ",     "Annexe ",   "Scene ",    "SCENE ",
        "Act ",       "ACT ",          "Book ",     "BOOK ",     "Lesson ",
        "Unit ",      "Schedule ",     "Szene ",    "Akt ",      "Lektion ",
        "Buch ",      "Sc\xC3\xA8ne ", "Acte ",     "Livre ",    "Cap\xC3\xADtulo ",
        "Capitolo ",  "Hoofdstuk ",    "Bijlage "};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        if (strncmp(text, list[i], strlen(list[i])) == 0)
            return true;
    }
    return false;
}

/* "VII The Ferry", "IV. Results" */
static bool starts_with_roman(const char *text)
{
    size_t n = strspn(text, "IVXLC");
    if (n == 0 || n > 7 || (n == 1 && text[0] != 'I' && text[0] != 'V' && text[0] != 'X'))
        return false;
    bool stop = text[n] == '.' || text[n] == ':';
    const char *p = text + n + stop;
    if (*p != ' ' || (n == 1 && !stop && text[0] == 'I')) /* "I" is a word, too */
        return false;
    p++;
    return recto_utf8_is_upper(recto_utf8_next(&p, p + strlen(p)));
}

bool recto_heading_is_part(const char *text)
{
    return recto_heading_number_depth(text) > 0 || starts_with_part_word(text) ||
           starts_with_roman(text);
}

static bool has_leaders(const char *text)
{
    return strstr(text, ". . .") != NULL || strstr(text, "....") != NULL ||
           strstr(text, "\xE2\x80\xA6\xE2\x80\xA6") != NULL;
}

static bool has_wide_gap(const recto_block *b, float limit)
{
    for (int i = 0; i < b->n_lines; i++) {
        const recto_line *line = &b->lines[i];
        for (int k = 1; k < line->n_words; k++) {
            float gap = line->words[k].box.x0 - line->words[k - 1].box.x1;
            if (gap > limit * line->size &&
                !(k == 1 && line->words[0].text[0] >= '0' && line->words[0].text[0] <= '9'))
                return true;
        }
    }
    return false;
}

/* Does a line of the block climb or fall from word to word by more than 3 degrees?  The page lies
 * straight, so this is a stamp or a watermark. */
static bool is_slanted(const recto_block *b)
{
    for (int i = 0; i < b->n_lines; i++) {
        const recto_line *line = &b->lines[i];
        const recto_rect from = line->words[0].box;
        const recto_rect to = line->words[line->n_words - 1].box;
        float along = to.x0 + to.x1 - from.x0 - from.x1;
        float slope = (to.y0 + to.y1 - from.y0 - from.y1) / fmaxf(along, 1.0f);
        bool slanted = line->n_words >= 3 && along > 2.0f * line->size && fabsf(slope) > 0.052f;
        for (int k = 1; k + 1 < line->n_words && slanted; k++) {
            const recto_rect w = line->words[k].box;
            float off = w.y0 + w.y1 - from.y0 - from.y1 - slope * (w.x0 + w.x1 - from.x0 - from.x1);
            slanted = fabsf(off) < 0.3f * line->size; /* all on one line, so it is no larger word */
        }
        if (slanted)
            return true;
    }
    return false;
}

/* White between block i and the one before, in em of block i, from their lines: a paragraph that
 * runs over two columns has a box that covers more than it. */
static float white_above(const recto_block *blocks, int i)
{
    const recto_block *b = &blocks[i];
    if (i == 0 || b->size <= 0.0f)
        return HUGE_VALF;
    const recto_block *a = &blocks[i - 1];
    recto_rect above = a->n_lines > 0 ? a->lines[a->n_lines - 1].box : a->box;
    recto_rect here = b->n_lines > 0 ? b->lines[0].box : b->box;
    if (above.y0 >= here.y0 || recto_rect_overlap_x(above, here) <= 0.0f)
        return HUGE_VALF; /* first of its column */
    return (here.y0 - above.y1) / b->size;
}

static signs read_signs(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    signs s = {.ratio = b->size / m->body,
               .bold = (b->style & (uint32_t)RECTO_STYLE_BOLD) != 0,
               .n_words = 1,
               .depth = recto_heading_number_depth(b->text)};
    const char *p = b->text;
    const char *end = p + strlen(p);
    while (p < end && s.n_chars <= 2 * MAX_CHARS) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (s.n_chars++ == 0)
            s.first = cp;
        s.last = cp;
        s.n_letters += recto_utf8_is_letter(cp);
        s.n_upper += recto_utf8_is_upper(cp);
        s.n_digits += recto_utf8_is_digit(cp);
        s.n_words += cp == ' ';
    }
    s.row = has_wide_gap(b, m->exact ? 1.2f : 1.8f) || has_leaders(b->text);
    s.above = white_above(blocks, i);
    s.below = i + 1 < n ? white_above(blocks, i + 1) * blocks[i + 1].size / b->size : HUGE_VALF;
    return s;
}

static bool is_sentence(const recto_block *b)
{
    size_t len = strlen(b->text);
    return len > 20 && (b->text[len - 1] == '.' || b->text[len - 1] == ':');
}

/* A bold line over a plain one ("2016 to today") and what belongs to both. */
static bool heads_entry(const recto_block *blocks, int n, int i)
{
    const uint32_t bold = (uint32_t)RECTO_STYLE_BOLD;
    if (i + 2 >= n || (blocks[i].style & bold) == 0 || (blocks[i + 1].style & bold) != 0)
        return false;
    const recto_block *b = &blocks[i + 2];
    return b->label == RECTO_LABEL_LIST_ITEM || (b->label == RECTO_LABEL_TEXT && b->n_lines > 1);
}

/* What comes after must be something that a heading can head: running text, a list, a table... but
 * not the next line of an address or a form. */
static bool heads_something(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    if (i + 1 >= n)
        return false;
    const recto_block *next = &blocks[i + 1];
    switch (next->label) {
    case RECTO_LABEL_PAGE_FOOTER:
    case RECTO_LABEL_PAGE_HEADER:
    case RECTO_LABEL_FOOTNOTE:
        return false;
    case RECTO_LABEL_TEXT:
        return next->n_lines > 1 || heads_entry(blocks, n, i) || next->size > 1.05f * m->body ||
               recto_heading_number_depth(next->text) > 1 ||
               recto_rect_width(next->box) > 0.6f * recto_rect_width(m->area) || is_sentence(next);
    default:
        return true;
    }
}

static bool is_sentence_end(uint32_t c)
{
    return c == '.' || c == ',' || c == ';';
}

/* A lone item is none. */
static bool starts_with_bullet(const recto_block *b)
{
    recto_list_kind kind = recto_list_parse(&b->lines[0]).kind;
    return kind == RECTO_LIST_BULLET || kind == RECTO_LIST_DASH;
}

static bool is_heading(const recto_block *blocks, int n, int i, const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    if (b->n_lines < 1 || b->n_lines > MAX_LINES || b->size <= 0.0f)
        return false;
    signs s = read_signs(blocks, n, i, m);
    int n_signs = s.n_chars - s.n_words + 1 - s.n_letters - s.n_digits;
    if (s.n_chars > MAX_CHARS || s.n_letters < 2 || s.row || n_signs > s.n_letters ||
        (s.n_letters < s.n_digits && (s.ratio < 1.3f || s.n_letters < 4)))
        return false;
    if ((recto_utf8_is_lower(s.first) && s.ratio < 1.3f) || starts_with_bullet(b) || is_slanted(b))
        return false;
    bool stop = is_sentence_end(s.last);
    /* capitals in a fixed pitch are the name of a variable */
    bool caps = !m->caps && s.n_upper >= 4 && s.n_upper * 10 >= s.n_letters * 9 &&
                ((b->style & (uint32_t)RECTO_STYLE_MONO) == 0 || m->mono);
    bool apart = s.above > 0.5f;
    if (s.ratio >= 1.25f && s.n_chars >= 3 && (!stop || s.ratio >= 1.5f))
        return true;
    if (stop && s.depth == 0)
        return false;
    if (s.ratio >= (m->exact ? 1.15f : 1.13f) && (m->exact || s.above > 0.7f))
        return true;
    if (!heads_something(blocks, n, i, m))
        return false;
    if (s.bold && !m->bold && s.ratio >= 1.05f && (m->exact || s.above > 0.35f))
        return true;
    if (!m->exact && s.ratio >= 1.07f && s.above > 0.8f && s.below > 0.4f && b->n_lines == 1 &&
        recto_rect_width(b->box) < 0.6f * m->column && i + 1 < n && blocks[i + 1].n_lines > 1)
        return true;
    if (s.ratio < (m->exact ? 0.93f : 0.85f))
        return false;
    bool bold = s.bold && !m->bold;
    if (s.last == ':' && (s.depth == 0 || !bold)) /* "4.1 The tenant shall:" */
        return false;
    if (bold && (apart || s.depth > 0) && s.n_chars <= 100 && b->n_lines <= 2)
        return true;
    bool italic = (b->style & (uint32_t)RECTO_STYLE_ITALIC) != 0;
    if ((s.depth >= 2 || (s.depth == 1 && (caps || italic || starts_with_part_word(b->text)))) &&
        apart && b->n_lines <= 2 && s.n_chars <= 100 && !stop)
        return true;
    if (starts_with_part_word(b->text) && apart && b->n_lines == 1 && s.n_chars <= 60 &&
        s.ratio > 0.97f && (caps || bold || s.n_words <= 3))
        return true;
    return caps && apart && b->n_lines == 1 && s.n_chars <= 70 && s.below > 0.1f &&
           (s.n_letters >= 5);
}

/* A numbered item alone among text, short, apart and without a full stop: "2. Period and charge".
 */
static bool is_numbered_heading(const recto_block *blocks, int n, int i,
                                const recto_flow_metrics *m)
{
    const recto_block *b = &blocks[i];
    if (b->label != RECTO_LABEL_LIST_ITEM || !b->ordered || b->n_lines != 1 || i + 1 >= n ||
        strlen(b->text) < 3 || strlen(b->text) > 80)
        return false;
    bool number = b->marker[0] >= '0' && b->marker[0] <= '9';
    bool letter = b->marker[0] >= 'A' && b->marker[0] <= 'Z' && b->marker[1] == '.';
    if (!number && !letter)
        return false;
    const recto_block *next = &blocks[i + 1];
    if ((next->label != RECTO_LABEL_TEXT && next->label != RECTO_LABEL_TABLE) ||
        (i > 0 && blocks[i - 1].label == RECTO_LABEL_LIST_ITEM))
        return false;
    const char *p = b->text;
    const char *end = p + strlen(p);
    if (!recto_utf8_is_upper(recto_utf8_next(&p, end)) || strchr(".,;:?!", end[-1]) != NULL)
        return false;
    bool stands_out = b->size >= 1.05f * m->body || (b->style & (uint32_t)RECTO_STYLE_BOLD) != 0 ||
                      recto_heading_number_depth(next->text) > 1;
    bool long_text = next->label == RECTO_LABEL_TABLE || next->n_lines > 1 ||
                     recto_heading_number_depth(next->text) > 1 ||
                     recto_rect_width(next->box) > 0.6f * m->column;
    return white_above(blocks, i) > 0.5f && long_text &&
           (stands_out || (number && white_above(blocks, i + 1) > 0.5f));
}

bool recto_heading_label(recto_block *blocks, int n, const recto_flow_metrics *m, recto_arena *keep)
{
    for (int i = 0; i < n; i++) {
        recto_block *b = &blocks[i];
        bool heading = is_numbered_heading(blocks, n, i, m);
        if (heading && !recto_join_plain(b, keep))
            return false;
        if (!heading && b->label != RECTO_LABEL_TEXT && b->label != RECTO_LABEL_SECTION_HEADER)
            continue;
        heading = heading || is_heading(blocks, n, i, m);
        b->label = heading ? RECTO_LABEL_SECTION_HEADER : RECTO_LABEL_TEXT;
        b->level = heading ? 1 : 0;
    }
    return true;
}
