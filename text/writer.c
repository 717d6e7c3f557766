/* The registry of output forms. */
#include "text/writer_forms.h"

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

bool recto_writer_column_is_numeric(const recto_table *t, int col)
{
    bool any = false;
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        if (cell->col != col || cell->row == 0 || cell->header || cell->text[0] == '\0')
            continue;
        if (!is_number(cell->text))
            return false;
        any = true;
    }
    return any;
}

bool recto_writer_table_is_plain(const recto_table *t)
{
    for (int i = 0; i < t->n_cells; i++) {
        if (t->cells[i].row_span != 1 || t->cells[i].col_span != 1)
            return false;
    }
    return true;
}
