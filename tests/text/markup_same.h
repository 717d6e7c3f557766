/* What Markdown keeps of a page, as one text: equal texts mean that the Markdown writer and the
 * markup parser agree on a page. */
#ifndef RECTO_TESTS_MARKUP_SAME_H
#define RECTO_TESTS_MARKUP_SAME_H

#include "core/buf.h"
#include "text/doc.h"

#include <string.h>

static inline void markup_same_text(recto_buf *out, const char *text, const recto_span *spans,
                                    int n_spans)
{
    recto_buf_printf(out, " '%s'", text);
    for (int i = 0; i < n_spans; i++)
        recto_buf_printf(out, " %d-%d:%d", spans[i].start, spans[i].end, (int)spans[i].kind);
    recto_buf_char(out, '\n');
}

/* A table with pipes has its first row as header, whatever it was. */
static inline bool markup_same_is_plain(const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        if (c->row_span != 1 || c->col_span != 1)
            return false;
        for (int k = 0; k < c->n_spans; k++) {
            const recto_span *s = &c->spans[k];
            if ((s->kind == RECTO_SPAN_MATH || s->kind == RECTO_SPAN_CODE) &&
                memchr(c->text + s->start, '|', (size_t)(s->end - s->start)) != NULL)
                return false;
        }
    }
    return true;
}

static inline void markup_same_table(recto_buf *out, const recto_table *t)
{
    bool plain = markup_same_is_plain(t);
    recto_buf_printf(out, "table %d x %d\n", t->n_rows, t->n_cols);
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        recto_buf_printf(out, " %d,%d %dx%d %d", c->row, c->col, c->row_span, c->col_span,
                         !plain && c->header);
        markup_same_text(out, c->text, c->spans, c->n_spans);
    }
}

/* Captions and footnotes are paragraphs, the title is a heading; headers, footers, and blocks of a
 * layout without text are left out. */
static inline void markup_same(recto_buf *out, const recto_page *p)
{
    for (int i = 0; i < p->n_blocks; i++) {
        const recto_block *b = &p->blocks[i];
        recto_label label = b->label;
        if (label == RECTO_LABEL_CAPTION || label == RECTO_LABEL_FOOTNOTE)
            label = RECTO_LABEL_TEXT;
        if (label == RECTO_LABEL_TITLE)
            label = RECTO_LABEL_SECTION_HEADER;
        if (label == RECTO_LABEL_PAGE_HEADER || label == RECTO_LABEL_PAGE_FOOTER)
            continue;
        if (b->table != NULL) {
            if (b->table->n_cells > 1 || b->table->cells[0].text[0] != '\0')
                markup_same_table(out, b->table);
            continue;
        }
        if (b->text[0] == '\0' && label != RECTO_LABEL_LIST_ITEM && label != RECTO_LABEL_PICTURE)
            continue;
        recto_buf_printf(out, "%s %d", recto_doc_label_name(label), b->level);
        if (b->marker != NULL)
            recto_buf_printf(out, " %s%s", b->marker, b->ordered ? " ordered" : "");
        markup_same_text(out, b->text, b->spans, b->n_spans);
    }
}

#endif
