/* What the writers' files share among themselves: the table of forms, and a look at cells. */
#ifndef RECTO_TEXT_WRITER_FORMS_H
#define RECTO_TEXT_WRITER_FORMS_H

#include "core/json.h"
#include "text/writer.h"

extern const recto_writer recto_writer_md;
extern const recto_writer recto_writer_json;
extern const recto_writer recto_writer_jsonl;
extern const recto_writer recto_writer_txt;
extern const recto_writer recto_writer_csv;
extern const recto_writer recto_writer_html;
extern const recto_writer recto_writer_hocr;
extern const recto_writer recto_writer_alto;
extern const recto_writer recto_writer_page;

/* Of docs/recto.schema.json and docs/page.schema.json. */
#define RECTO_WRITER_JSON_VERSION "1.2"

/* Members and values that JSON and JSONL share. */
void recto_writer_json_put_origin(recto_json_out *j, const recto_docinfo *info);
void recto_writer_json_put_provenance(recto_json_out *j, const recto_docinfo *info);
void recto_writer_json_put_page(recto_json_out *j, const recto_page *page);

/** A page as it is printed: words on a grid of characters, empty lines where there is room. */
void recto_writer_txt_layout_page(recto_buf *out, const recto_page *page);

/**
 * Columns set flush right: cells below the header hold numbers, at least one of them, or nothing.
 * n_cols flags, malloc'd: free them; NULL if out of memory.
 */
bool *recto_writer_numeric_columns(const recto_table *t);
/** Is block i a form field of the table before it, whose cell shows it already? */
bool recto_writer_is_shown(const recto_page *page, int i);
/** Every cell covers one place. */
bool recto_writer_table_is_plain(const recto_table *t);

#endif
