/* The registry of output forms. */
#include "text/writer_forms.h"

#include <stdlib.h>
#include <string.h>

/* Made of the document by the pipeline (pipeline/searchable.h). */
static const recto_writer searchable_pdf = {.name = "pdf", .suffix = ".pdf", .binary = true};

static const recto_writer *const forms[] = {
    &recto_writer_md,
    &recto_writer_json,
    &recto_writer_jsonl,
    &recto_writer_txt,
    &recto_writer_csv,
    &recto_writer_html,
    &recto_writer_hocr,
    &recto_writer_alto,
    &recto_writer_page,
    &searchable_pdf,
    NULL,
};

/* Control characters are in no text that leaves a writer, so a part can be told apart by one. */
void recto_writer_part(recto_buf *out, const char *suffix)
{
    recto_buf_char(out, (char)RECTO_WRITER_PART);
    recto_buf_text(out, suffix);
    recto_buf_char(out, '\n');
}

const recto_writer *const *recto_writer_list(void)
{
    return forms;
}

const recto_writer *recto_writer_lookup(const char *name)
{
    for (size_t i = 0; name != NULL && forms[i] != NULL; i++) {
        if (strcmp(forms[i]->name, name) == 0)
            return forms[i];
    }
    return NULL;
}

typedef enum cell_kind { CELL_NUMBER, CELL_NEUTRAL, CELL_OTHER } cell_kind;

/* A number has digits and only what stands around them in amounts: signs, separators, currencies.
 * Nothing, or a dash for nothing, is neutral. */
static cell_kind kind_of(const char *text)
{
    static const char *const marks[] = {"€", "£", "¥", "−", "–", "—", "USD", "EUR", "CHF", "GBP"};
    cell_kind kind = CELL_NEUTRAL;
    for (const char *p = text; *p != '\0';) {
        size_t step = 0;
        if (*p >= '0' && *p <= '9')
            kind = CELL_NUMBER;
        if ((*p >= '0' && *p <= '9') || strchr(" +-.,'()%$", *p) != NULL)
            step = 1;
        for (size_t i = 0; step == 0 && i < sizeof marks / sizeof *marks; i++) {
            if (strncmp(p, marks[i], strlen(marks[i])) == 0)
                step = strlen(marks[i]);
        }
        if (step == 0)
            return CELL_OTHER;
        p += step;
    }
    return kind;
}

bool *recto_writer_numeric_columns(const recto_table *t)
{
    size_t n_cols = (size_t)t->n_cols;
    bool *numeric =
        calloc(2 * n_cols, sizeof *numeric); /* the second half: another text was seen */
    if (numeric == NULL)
        return NULL;
    bool *other = numeric + n_cols;
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        if (cell->row == 0 || cell->header)
            continue;
        cell_kind kind = kind_of(cell->text);
        numeric[cell->col] = numeric[cell->col] || kind == CELL_NUMBER;
        other[cell->col] = other[cell->col] || kind == CELL_OTHER;
    }
    for (size_t col = 0; col < n_cols; col++)
        numeric[col] = numeric[col] && !other[col];
    return numeric;
}

bool recto_writer_is_shown(const recto_page *page, int i)
{
    if (page->blocks[i].field == NULL)
        return false;
    recto_rect box = page->blocks[i].field->box;
    while (i > 0 && page->blocks[i].label == RECTO_LABEL_FORM)
        i--;
    return page->blocks[i].table != NULL &&
           recto_rect_contains(page->blocks[i].box, (box.x0 + box.x1) / 2.0f,
                               (box.y0 + box.y1) / 2.0f);
}

bool recto_writer_table_is_plain(const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        if (t->cells[i].row_span != 1 || t->cells[i].col_span != 1)
            return false;
    }
    return true;
}
