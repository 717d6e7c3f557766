/* Pieces to blocks: what a text turns out to be once it is read, and how deep an item stands. */
#include "text/markup_parts.h"

#include <string.h>

enum { NEST_INDENT = 2 };

void recto_markup_lists_close(recto_markup_lists *lists)
{
    for (int i = 0; i < lists->n; i++)
        lists->items[i].open = false;
}

/* Depth as the writers see it: parents that are still open. */
static int item_level(const recto_markup_lists *lists)
{
    int level = 0;
    for (int i = 0; i + 1 < lists->n; i++)
        level += lists->items[i].open;
    return level;
}

void recto_markup_lists_push(recto_markup_lists *lists, int indent)
{
    while (lists->n > 0 && indent < lists->items[lists->n - 1].indent + NEST_INDENT)
        lists->n--;
    if (lists->n == RECTO_MARKUP_DEPTH_MAX)
        lists->n--;
    lists->items[lists->n++] = (recto_markup_item){.indent = indent, .open = true};
}

size_t recto_markup_bullet(const char *p, const char *end, bool boxes)
{
    static const char *const bullets[] = {"•", "●", "◦", "▪", "■", "‣", "·", "➢", "►", "○"};
    static const char *const ticks[] = {"☐", "☑", "☒"};
    const char *const *marks = boxes ? ticks : bullets;
    size_t n_marks = boxes ? sizeof ticks / sizeof *ticks : sizeof bullets / sizeof *bullets;
    for (size_t i = 0; i < n_marks; i++) {
        size_t n = strlen(marks[i]);
        if ((size_t)(end - p) >= n && memcmp(p, marks[i], n) == 0 &&
            ((size_t)(end - p) == n || p[n] == ' '))
            return n;
    }
    return 0;
}

/* Cut n bytes, and a space behind them, from the front of a text. */
static void cut_front(recto_markup_piece *piece, size_t n)
{
    n += piece->text[n] == ' ';
    if (n == 0)
        return;
    piece->text += n;
    int kept = 0;
    for (int i = 0; i < piece->n_spans; i++) {
        recto_span s = piece->spans[i];
        s.start = s.start > (int)n ? s.start - (int)n : 0;
        s.end -= (int)n;
        if (s.end > s.start)
            piece->spans[kept++] = s;
    }
    piece->n_spans = kept;
}

static recto_block *add_text(recto_markup *m, recto_markup_lists *lists, recto_label label,
                             const recto_markup_piece *piece)
{
    recto_block *made = recto_markup_add(m, label);
    if (made == NULL)
        return NULL;
    made->text = piece->text;
    made->spans = piece->n_spans > 0 ? piece->spans : NULL;
    made->n_spans = piece->n_spans;
    made->box = piece->box;
    made->category = piece->category;
    if (label != RECTO_LABEL_LIST_ITEM)
        recto_markup_lists_close(lists);
    return made;
}

static const char *number_text(recto_markup *m, int number)
{
    recto_buf text = RECTO_BUF_INIT;
    recto_buf_printf(&text, "%d.", number);
    const char *kept = recto_arena_text(m->keep, recto_buf_cstr(&text), text.len);
    m->nomem = m->nomem || kept == NULL;
    recto_buf_free(&text);
    return kept;
}

void recto_markup_put_item(recto_markup *m, recto_markup_lists *lists, recto_markup_piece *piece,
                           const char *marker, bool ordered)
{
    const char *end = piece->text + strlen(piece->text);
    size_t bullets = 0;
    for (size_t n; (n = recto_markup_bullet(piece->text + bullets, end, false)) > 0;)
        bullets += n + (piece->text[bullets + n] == ' ');
    cut_front(piece, bullets);
    size_t box = ordered ? 0 : recto_markup_bullet(piece->text, end, true);
    if (box > 0 && strcmp(marker, "-") == 0) {
        marker = recto_markup_plain(m, piece->text, piece->text + box, RECTO_MARKUP_NAME_MAX);
        cut_front(piece, box);
    }
    recto_block *made = add_text(m, lists, RECTO_LABEL_LIST_ITEM, piece);
    if (made == NULL)
        return;
    made->level = item_level(lists);
    made->marker = marker;
    made->ordered = ordered;
}

bool recto_markup_is_separator(const char *p, const char *end)
{
    const char *q = p;
    while (q < end && *q == '-')
        q++;
    if (q - p < 2)
        return false;
    while (q < end && *q == ' ')
        q++;
    if (!recto_markup_starts(q, end, "page "))
        return false;
    q += strlen("page ");
    const char *digits = q;
    while (q < end && *q >= '0' && *q <= '9')
        q++;
    if (q == digits)
        return false;
    while (q < end && *q == ' ')
        q++;
    const char *dashes = q;
    while (q < end && *q == '-')
        q++;
    return q - dashes >= 2 && q == end;
}

void recto_markup_put_heading(recto_markup *m, recto_markup_lists *lists, int level,
                              recto_markup_piece *piece)
{
    /* a heading is bold anyway */
    if (piece->n_spans == 1 && piece->spans[0].kind == RECTO_SPAN_BOLD &&
        piece->spans[0].start == 0 && piece->text[piece->spans[0].end] == '\0')
        piece->n_spans = 0;
    bool title = level == 1 && !m->any_heading;
    recto_block *made =
        add_text(m, lists, title ? RECTO_LABEL_TITLE : RECTO_LABEL_SECTION_HEADER, piece);
    if (made == NULL)
        return;
    made->level = level;
    m->any_heading = true;
}

static void add_paragraph(recto_markup *m, recto_markup_lists *lists, recto_markup_piece *piece)
{
    const char *end = piece->text + strlen(piece->text);
    size_t bullet = recto_markup_bullet(piece->text, end, false);
    if (recto_markup_is_separator(piece->text, end)) {
        recto_markup_mend(m, RECTO_MARKUP_FIX_SEPARATOR);
    } else if (bullet > 0) {
        cut_front(piece, bullet);
        recto_markup_lists_push(lists, 0);
        recto_markup_put_item(m, lists, piece, "-", false);
    } else {
        add_text(m, lists, RECTO_LABEL_TEXT, piece);
    }
}

void recto_markup_put(recto_markup *m, recto_markup_lists *lists, recto_markup_piece *piece)
{
    switch (piece->label) {
    case RECTO_LABEL_SECTION_HEADER:
        recto_markup_put_heading(m, lists, piece->level, piece);
        break;
    case RECTO_LABEL_LIST_ITEM:
        recto_markup_lists_push(lists, NEST_INDENT * piece->level);
        recto_markup_put_item(m, lists, piece,
                              piece->number > 0 ? number_text(m, piece->number) : "-",
                              piece->number > 0);
        break;
    case RECTO_LABEL_TEXT:
        add_paragraph(m, lists, piece);
        break;
    default:
        add_text(m, lists, piece->label, piece);
        break;
    }
}
