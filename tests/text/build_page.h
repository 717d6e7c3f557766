/* Builds document pages for tests: blocks with lines and words from plain strings, placed below one
 * another on an A4 page of 150 dpi. */
#ifndef RECTO_TESTS_BUILD_PAGE_H
#define RECTO_TESTS_BUILD_PAGE_H

#include "text/doc.h"

#include <string.h>

enum { BUILD_BLOCKS_MAX = 64, BUILD_LINE_PX = 30, BUILD_CHAR_PX = 10, BUILD_LEFT_PX = 100 };

static inline recto_page *build_page(recto_arena *a, int number)
{
    recto_page *p = recto_arena_alloc(a, sizeof *p);
    *p = (recto_page){.number = number,
                      .width = 1240,
                      .height = 1754,
                      .dpi = 150,
                      .width_pt = 595.28f,
                      .height_pt = 841.89f,
                      .reader = RECTO_READER_LAYER,
                      .reason = "trusted text layer",
                      .conf = 1};
    p->blocks = recto_arena_array(a, BUILD_BLOCKS_MAX, sizeof *p->blocks);
    return p;
}

/* One line of the words of text, split at spaces and line feeds, at (x, y). */
static inline recto_line *build_line(recto_arena *a, const char *text, float x, float y)
{
    recto_line *line = recto_arena_alloc(a, sizeof *line);
    line->words = recto_arena_array(a, strlen(text) + 1, sizeof *line->words);
    line->region = -1;
    line->size = 20;
    line->conf = 1;
    line->baseline = y + 22;
    float right = x;
    while (*text != '\0') {
        size_t n = strcspn(text, " \n");
        if (n > 0) {
            float width = (float)(n * BUILD_CHAR_PX);
            line->words[line->n_words++] = (recto_word){.box = {right, y, right + width, y + 24},
                                                        .text = recto_arena_text(a, text, n),
                                                        .conf = 1};
            right += width;
        }
        text += n + (text[n] != '\0');
        right += BUILD_CHAR_PX;
    }
    line->box = (recto_rect){x, y, right - BUILD_CHAR_PX, y + 24};
    return line;
}

static inline recto_block *build_block(recto_arena *a, recto_page *p, recto_label label,
                                       const char *text)
{
    float y = 100.0f + (float)(p->n_blocks * BUILD_LINE_PX);
    recto_block *b = &p->blocks[p->n_blocks++];
    *b = (recto_block){.label = label, .text = text, .conf = 1, .size = 20};
    b->level = label == RECTO_LABEL_SECTION_HEADER || label == RECTO_LABEL_TITLE;
    b->box = (recto_rect){BUILD_LEFT_PX, y, BUILD_LEFT_PX + 600, y + 24};
    if (text[0] != '\0') {
        b->lines = build_line(a, text, BUILD_LEFT_PX, y);
        b->n_lines = 1;
        b->box = b->lines->box;
    }
    return b;
}

static inline recto_block *build_item(recto_arena *a, recto_page *p, int level, const char *marker,
                                      const char *text)
{
    recto_block *b = build_block(a, p, RECTO_LABEL_LIST_ITEM, text);
    b->level = level;
    b->marker = marker;
    b->ordered = strpbrk(marker, "0123456789abci") != NULL && strcmp(marker, "o") != 0;
    return b;
}

/* A table without spans; texts by row, then column; the first row is the header. */
static inline recto_block *build_table(recto_arena *a, recto_page *p, int n_rows, int n_cols,
                                       const char *const *texts)
{
    recto_block *b = build_block(a, p, RECTO_LABEL_TABLE, "");
    recto_table *t = recto_arena_alloc(a, sizeof *t);
    *t = (recto_table){.n_rows = n_rows, .n_cols = n_cols, .ruled = true};
    t->cells = recto_arena_array(a, (size_t)n_rows * (size_t)n_cols, sizeof *t->cells);
    for (int row = 0; row < n_rows; row++) {
        for (int col = 0; col < n_cols; col++) {
            recto_cell *cell = &t->cells[t->n_cells];
            float x = (float)(BUILD_LEFT_PX + col * 200);
            float y = b->box.y0 + (float)(row * 5);
            *cell = (recto_cell){.row = row,
                                 .col = col,
                                 .row_span = 1,
                                 .col_span = 1,
                                 .header = row == 0,
                                 .box = {x, y, x + 190, y + 24},
                                 .text = texts[t->n_cells],
                                 .conf = 1};
            if (cell->text[0] != '\0') {
                cell->lines = build_line(a, cell->text, x, y);
                cell->n_lines = 1;
            }
            t->n_cells++;
        }
    }
    b->table = t;
    return b;
}

/* A page with one of everything. */
static inline recto_page *build_full_page(recto_arena *a)
{
    static const char *const amounts[] = {"Item",    "Qty", "Price", "Paper A4", "10",
                                          "€ 45.00", "Ink", "2",     "€ 7.50"};
    recto_page *p = build_page(a, 1);
    build_block(a, p, RECTO_LABEL_PAGE_HEADER, "Acme Ltd. – Annual report");
    build_block(a, p, RECTO_LABEL_TITLE, "Annual report 2025");
    build_block(a, p, RECTO_LABEL_TEXT, "The year in *short*: sales rose by 5 % & costs fell.");
    build_block(a, p, RECTO_LABEL_SECTION_HEADER, "1. Sales")->level = 2;
    build_item(a, p, 0, "1.", "North");
    build_item(a, p, 1, "•", "Town");
    build_item(a, p, 1, "•", "Country");
    build_item(a, p, 0, "2.", "South");
    build_item(a, p, 0, "(c)", "Elsewhere");
    build_table(a, p, 3, 3, amounts);
    build_block(a, p, RECTO_LABEL_CAPTION, "Table 1: Orders");
    build_block(a, p, RECTO_LABEL_PICTURE, "");
    build_block(a, p, RECTO_LABEL_CODE, "if (a < b)\n    return `c`;");
    build_block(a, p, RECTO_LABEL_FORMULA, "E = mc²");
    build_block(a, p, RECTO_LABEL_FOOTNOTE, "1 Without tax.");
    build_block(a, p, RECTO_LABEL_PAGE_FOOTER, "Page 1");
    p->blocks[2].flags = RECTO_FLAG_LOW_CONFIDENCE;
    p->blocks[2].lines->words[1].style = RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC;
    p->blocks[2].lines->words[2].conf = 0.41234f;
    return p;
}

#endif
