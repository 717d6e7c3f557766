/* What the tests of tables share: the page's only table and its rows. */
#ifndef RECTO_TESTS_TABLE_EXPECT_H
#define RECTO_TESTS_TABLE_EXPECT_H

#include "layout_build.h"

static inline const recto_table *only_table(const recto_page *page)
{
    const recto_table *t = NULL;
    for (int i = 0; i < page->n_blocks; i++) {
        if (page->blocks[i].label != RECTO_LABEL_TABLE)
            continue;
        assert_null(t);
        t = page->blocks[i].table;
    }
    if (t == NULL) {
        sheet_print(page);
        fail_msg("no table");
    }
    return t;
}

static inline void expect_no_table(const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        if (page->blocks[i].label == RECTO_LABEL_TABLE) {
            sheet_print(page);
            fail_msg("block %d is a table", i);
        }
    }
}

/* Rows as "a|b|c", cells only where they start. */
static inline void expect_rows(const recto_table *t, int n_rows, const char *const *rows)
{
    for (int r = 0; r < t->n_rows || r < n_rows; r++) {
        char have[1024] = "";
        int n = 0;
        for (int i = 0; i < t->n_cells; i++) {
            if (t->cells[i].row != r)
                continue;
            if (n++ > 0)
                strcat(have, "|");
            strncat(have, t->cells[i].text, 200);
        }
        if (r >= n_rows || strcmp(have, rows[r]) != 0)
            fail_msg("row %d is \"%s\", want \"%s\"", r, have, r < n_rows ? rows[r] : "(no row)");
    }
}

/* Full grid of rules at the edges. */
static inline void rule_grid(sheet *s, const float *xs, int n_xs, const float *ys, int n_ys)
{
    for (int i = 0; i < n_ys; i++)
        sheet_rule(s, xs[0], ys[i], xs[n_xs - 1], ys[i] + 1);
    for (int i = 0; i < n_xs; i++)
        sheet_rule(s, xs[i], ys[0], xs[i] + 1, ys[n_ys - 1]);
}

#endif
