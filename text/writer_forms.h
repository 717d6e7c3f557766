/* What the writers' files share among themselves: the table of forms, and a look at cells. */
#ifndef RECTO_TEXT_WRITER_FORMS_H
#define RECTO_TEXT_WRITER_FORMS_H

#include "text/writer.h"

extern const recto_writer recto_writer_md;
extern const recto_writer recto_writer_json;
extern const recto_writer recto_writer_txt;

/**
 * Columns set flush right: cells below the header hold numbers, at least one of them, or nothing.
 * n_cols flags, malloc'd: free them; NULL if out of memory.
 */
bool *recto_writer_numeric_columns(const recto_table *t);
/** Every cell covers one place. */
bool recto_writer_table_is_plain(const recto_table *t);

#endif
