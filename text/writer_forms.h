/* What the writers' files share among themselves: the table of forms, and a look at cells. */
#ifndef RECTO_TEXT_WRITER_FORMS_H
#define RECTO_TEXT_WRITER_FORMS_H

#include "text/writer.h"

extern const recto_writer recto_writer_md;
extern const recto_writer recto_writer_json;
extern const recto_writer recto_writer_txt;

/** Whether all filled cells of a column below the header, and at least one, hold numbers: such a
 * column is set flush right. */
bool recto_writer_column_is_numeric(const recto_table *t, int col);
/** Every cell covers one place. */
bool recto_writer_table_is_plain(const recto_table *t);

#endif
