/* The registry of output forms. */
#include "text/writer_forms.h"

#include <stdlib.h>
#include <string.h>

static const recto_writer *const forms[] = {
    &recto_writer_md,
    &recto_writer_json,
    &recto_writer_txt,
    NULL,
};

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

/* Digits with what stands around them in amounts, dates left out: signs, separators, currencies. */
static bool is_number(const char *text)
{
    static const char *const marks[] = {"€", "£", "¥", "−", "–", "USD", "EUR", "CHF", "GBP"};
    bool digits = false;
    for (const char *p = text; *p != '\0';) {
        size_t step = 0;
        if ((*p >= '0' && *p <= '9') || strchr(" +-.,'()%$", *p) != NULL)
            step = 1;
        for (size_t i = 0; step == 0 && i < sizeof marks / sizeof *marks; i++) {
            if (strncmp(p, marks[i], strlen(marks[i])) == 0)
                step = strlen(marks[i]);
        }
        if (step == 0)
            return false;
        digits = digits || (*p >= '0' && *p <= '9');
        p += step;
    }
    return digits;
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
        if (cell->row == 0 || cell->header || cell->text[0] == '\0')
            continue;
        bool number = is_number(cell->text);
        numeric[cell->col] = numeric[cell->col] || number;
        other[cell->col] = other[cell->col] || !number;
    }
    for (size_t col = 0; col < n_cols; col++)
        numeric[col] = numeric[col] && !other[col];
    return numeric;
}

bool recto_writer_table_is_plain(const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        if (t->cells[i].row_span != 1 || t->cells[i].col_span != 1)
            return false;
    }
    return true;
}
