/* Pages drawn in characters, for the examples of tests/spec: what stands where becomes words and
 * rules, which go through the structure code as those of any page.
 *
 * A character is half an em wide (7 px of a text of 14 px), a row 1.2 em high; the drawing's corner
 * lies 80 px inside the page, A4 at 100 dpi.  What stands behind a row "⋮" lies at the page's foot.
 * Words are runs without spaces; three spaces or more part a line into pieces, as a reader would.
 * ─ │ and the corners of boxes are rules.  A row may begin with its size and style, "[24b] Title"
 * (b bold, i italic, m mono): its characters are then as many px wide as half of that, and the row
 * as high as it needs.  "--- page" begins a page. */
#ifndef RECTO_TESTS_SPEC_DRAW_H
#define RECTO_TESTS_SPEC_DRAW_H

#include "text/layout_build.h"

#include "core/utf8.h"

#include <stdlib.h>

enum { DRAW_COLS = 128, DRAW_ROWS = 80, DRAW_LEFT_PX = 80, DRAW_TOP_PX = 80 };

static const float draw_px = 14.0f; /* size of a row that does not say */

typedef struct drawing {
    uint32_t cells[DRAW_ROWS][DRAW_COLS];
    float y[DRAW_ROWS + 1]; /* top of the row, px */
    int n_rows;
} drawing;

static inline bool draw_is_rule(uint32_t cp)
{
    return cp >= 0x2500 && cp <= 0x257F;
}

/* Whether a rule leaves the middle of the character to that side. */
static inline bool draw_goes(uint32_t cp, bool vertical, bool onward)
{
    static const char *const right = "─┌└├┬┴┼";
    static const char *const left = "─┐┘┤┬┴┼";
    static const char *const down = "│┌┐├┤┬┼";
    static const char *const up = "│└┘├┤┴┼";
    const char *set = vertical ? (onward ? down : up) : (onward ? right : left);
    for (const char *end = set + strlen(set); set < end;) {
        if (recto_utf8_next(&set, end) == cp)
            return true;
    }
    return false;
}

static inline float draw_x(int col)
{
    return DRAW_LEFT_PX + ((float)col + 0.5f) * draw_px / 2.0f;
}

static inline float draw_y(const drawing *d, int row)
{
    return (d->y[row] + d->y[row + 1]) / 2.0f;
}

static inline void draw_rules(sheet *s, const drawing *d, bool vertical)
{
    int n_major = vertical ? DRAW_COLS : d->n_rows;
    int n_minor = vertical ? d->n_rows : DRAW_COLS;
    for (int i = 0; i < n_major; i++) {
        int from = -1;
        for (int k = 0; k < n_minor; k++) {
            uint32_t cp = vertical ? d->cells[k][i] : d->cells[i][k];
            uint32_t next = k + 1 >= n_minor ? 0
                            : vertical       ? d->cells[k + 1][i]
                                             : d->cells[i][k + 1];
            bool on = draw_goes(cp, vertical, true) && draw_goes(next, vertical, false);
            if (on && from < 0)
                from = k;
            if (on || from < 0)
                continue;
            if (vertical)
                sheet_rule(s, draw_x(i), draw_y(d, from), draw_x(i), draw_y(d, k));
            else
                sheet_rule(s, draw_x(from), draw_y(d, i), draw_x(k), draw_y(d, i));
            from = -1;
        }
    }
}

/* "[24b] ": the row's size and style; returns the text behind it. */
static inline const char *draw_row_style(sheet *s, const char *line)
{
    char *end = NULL;
    s->size = draw_px;
    s->style = 0;
    if (line[0] != '[' || line[1] < '0' || line[1] > '9')
        return line;
    long size = strtol(line + 1, &end, 10);
    const char *p = end;
    for (; *p == 'b' || *p == 'i' || *p == 'm'; p++)
        s->style |= *p == 'b'   ? RECTO_STYLE_BOLD
                    : *p == 'i' ? RECTO_STYLE_ITALIC
                                : RECTO_STYLE_MONO;
    if (*p != ']')
        return line;
    s->size = (float)size;
    return p[1] == ' ' ? p + 2 : p + 1;
}

static inline void draw_row(sheet *s, drawing *d, const char *line)
{
    recto_buf words = RECTO_BUF_INIT; /* the row without its rules */
    const char *p = draw_row_style(s, line);
    const char *end = p + strlen(p);
    int row = d->n_rows++;
    for (int col = 0; p < end && col < DRAW_COLS; col++) {
        uint32_t cp = recto_utf8_next(&p, end);
        d->cells[row][col] = cp;
        if (draw_is_rule(cp)) /* a rule parts pieces, however near */
            recto_buf_text(&words, " ");
        else
            recto_buf_utf8(&words, cp);
    }
    float top = d->y[row];
    d->y[row + 1] = top + 1.2f * s->size;
    const char *text = recto_buf_cstr(&words);
    float baseline = top + 0.95f * s->size;
    /* pieces between rules are typed one by one: a cell may be narrower than three spaces */
    int col = 0;
    for (const char *q = text; *q != '\0';) {
        recto_buf piece = RECTO_BUF_INIT;
        int first = col;
        while (*q != '\0' && !draw_is_rule(d->cells[row][col])) {
            const char *from = q;
            recto_utf8_next(&q, text + words.len);
            recto_buf_add(&piece, from, (size_t)(q - from));
            col++;
        }
        sheet_type(s, DRAW_LEFT_PX + (float)first * s->size / 2.0f, baseline,
                   recto_buf_cstr(&piece));
        recto_buf_free(&piece);
        if (*q != '\0') {
            q++;
            col++;
        }
    }
    recto_buf_free(&words);
}

/* Rows from p to the page's end. */
static inline int draw_rows_left(const char *p, const char *end)
{
    int n = 0;
    for (; p < end && strncmp(p, "--- page", 8) != 0; n++)
        p += strcspn(p, "\n") + 1;
    return n;
}

/* Pages of a drawing, each on its own sheet; returns how many. */
static inline int draw_sheets(sheet *sheets, int max, const char *text, size_t len)
{
    static drawing d;
    int n = 0;
    for (const char *p = text; p < text + len && n < max; n++) {
        sheet *s = &sheets[n];
        sheet_begin(s);
        memset(&d, 0, sizeof d);
        d.y[0] = DRAW_TOP_PX;
        while (p < text + len) {
            size_t k = strcspn(p, "\n");
            char line[4 * DRAW_COLS + 1];
            k = k < sizeof line ? k : sizeof line - 1;
            memcpy(line, p, k);
            line[k] = '\0';
            p += strcspn(p, "\n") + 1;
            if (strncmp(line, "--- page", 8) == 0)
                break;
            if (strcmp(line, "⋮") == 0)
                d.y[d.n_rows] = s->layout.height - DRAW_TOP_PX -
                                1.2f * draw_px * (float)draw_rows_left(p, text + len);
            else if (d.n_rows < DRAW_ROWS)
                draw_row(s, &d, line);
        }
        draw_rules(s, &d, false);
        draw_rules(s, &d, true);
    }
    return n;
}

/* The document of the sheets: pages ready to be written. */
static inline void draw_read(sheet *sheets, int n, const recto_page *pages[])
{
    recto_error err = {0};
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_non_null(stats);
    for (int i = 0; i < n; i++) {
        sheets[i].n_pages = i;
        sheet_read(&sheets[i]);
        assert_int_equal(recto_structure_observe(stats, &sheets[i].page, &err), RECTO_OK);
        pages[i] = &sheets[i].page;
    }
    for (int i = 0; i < n; i++)
        assert_int_equal(recto_structure_settle(stats, &sheets[i].page, sheets[i].keep, &err),
                         RECTO_OK);
    for (int i = 0; i + 1 < n; i++)
        assert_int_equal(recto_structure_bridge(stats, &sheets[i].page, &sheets[i + 1].page,
                                                sheets[i + 1].keep, &err),
                         RECTO_OK);
    for (int i = 0; i < n; i++) {
        if (recto_doc_check(pages[i], &err) != RECTO_OK)
            fail_msg("%s", err.msg);
    }
    recto_structure_stats_free(stats);
}

#endif
