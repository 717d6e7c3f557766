/* JSON lines: a page a line, the same object as in JSON, with what it takes to know where it comes
 * from, so that lines of many documents can be mixed, cut and sorted.  A page that failed is a line
 * too.  Described by docs/page.schema.json. */
#include "text/writer_forms.h"

static void jsonl_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)out;
    (void)info;
    (void)keep;
    *state = NULL;
}

static void jsonl_page(recto_buf *out, void *state, const recto_docinfo *info,
                       const recto_page *page)
{
    (void)state;
    recto_json_out j = recto_json_out_over(out, false);
    recto_json_out_begin_object(&j);
    recto_json_put_text(&j, "schema_name", "RectoPage");
    recto_json_put_text(&j, "version", RECTO_WRITER_JSON_VERSION);
    recto_writer_json_put_origin(&j, info);
    recto_writer_json_put_provenance(&j, info);
    recto_json_out_key(&j, "page");
    recto_writer_json_put_page(&j, page);
    recto_json_out_end_object(&j);
    recto_buf_char(out, '\n');
}

static void jsonl_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)out;
    (void)state;
    (void)info;
}

const recto_writer recto_writer_jsonl = {
    .name = "jsonl",
    .suffix = ".jsonl",
    .text = true,
    .begin = jsonl_begin,
    .page = jsonl_page,
    .end = jsonl_end,
};
