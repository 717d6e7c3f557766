/* A model's answer from the bytes (the first one chooses the options): whatever it is, the page
 * passes the checker, is the same after the spill, and every writer writes it without harm.  What
 * the Markdown writer makes of it is read back as the same page. */
#include "../text/markup_same.h"
#include "core/json.h"
#include "core/utf8.h"
#include "text/markup.h"
#include "text/spill.h"
#include "text/writer.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth)
{
    if (!truth)
        abort();
}

static recto_page page_of(const char *text, size_t len, const recto_markup_options *opt,
                          recto_arena *keep, recto_arena *tmp)
{
    recto_page p = {.number = 1,
                    .width = 1240,
                    .height = 1754,
                    .dpi = 150,
                    .width_pt = 595,
                    .height_pt = 842,
                    .reader = RECTO_READER_VLM};
    demand(recto_markup_parse(&p, text, len, opt, keep, tmp, NULL) == RECTO_OK);
    demand(recto_doc_check(&p, NULL) == RECTO_OK);
    demand(recto_arena_used(tmp) == 0);
    return p;
}

static void demand_harmless(const recto_writer *w, const recto_buf *out)
{
    const char *p = recto_buf_cstr(out);
    const char *end = p + out->len;
    demand(!out->failed && strlen(p) == out->len);
    while (p < end) {
        uint32_t cp = recto_utf8_next(&p, end);
        if (w->parts && cp == RECTO_WRITER_PART)
            continue;
        demand(!recto_utf8_is_dropped(cp));
        demand(!recto_utf8_is_space(cp) || cp == ' ' || cp == '\n' || cp == '\f' || cp == '\r');
    }
}

static void write_page(recto_buf *out, const recto_writer *w, const recto_page *page,
                       recto_arena *a)
{
    static const recto_docinfo info = {.source_name = "x", .format = "png"};
    void *state = NULL;
    w->begin(out, &state, &info, a);
    w->page(out, state, &info, page);
    w->end(out, state, &info);
    demand_harmless(w, out);
}

static void check_spill(const recto_page *page, recto_arena *a)
{
    recto_spill *s = NULL;
    recto_page back;
    recto_buf first = RECTO_BUF_INIT;
    recto_buf second = RECTO_BUF_INIT;
    if (recto_spill_open(&s, NULL) != RECTO_OK)
        return;
    demand(recto_spill_add(s, page, NULL) == RECTO_OK);
    demand(recto_spill_read(&back, s, 0, a, NULL) == RECTO_OK);
    write_page(&first, recto_writer_json_compact(), page, a);
    write_page(&second, recto_writer_json_compact(), &back, a);
    demand(first.len == second.len && memcmp(first.data, second.data, first.len) == 0);
    recto_buf_free(&first);
    recto_buf_free(&second);
    recto_spill_close(s);
}

/* Parsing what was written gives the same again. */
static void check_round(const recto_page *page, recto_arena *keep, recto_arena *tmp)
{
    const recto_markup_options plain = {.width = 1240, .height = 1754};
    recto_buf md = RECTO_BUF_INIT;
    recto_buf first = RECTO_BUF_INIT;
    recto_buf second = RECTO_BUF_INIT;
    write_page(&md, recto_writer_lookup("md"), page, keep);
    recto_page again = page_of(recto_buf_cstr(&md), md.len, &plain, keep, tmp);
    markup_same(&first, page);
    markup_same(&second, &again);
    demand(strcmp(recto_buf_cstr(&first), recto_buf_cstr(&second)) == 0);
    recto_buf_free(&first);
    recto_buf_free(&second);
    recto_buf_free(&md);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    uint8_t choice = size > 0 ? data[0] : 0;
    const recto_markup_options opt = {.width = (choice & 4) != 0 ? 0 : 1240,
                                      .height = (choice & 4) != 0 ? 0 : 1754,
                                      .is_json = (choice & 1) != 0,
                                      .is_latex = (choice & 8) != 0,
                                      .cut_off = (choice & 2) != 0};
    const char *text = size > 0 ? (const char *)data + 1 : "";
    recto_page page = page_of(text, size > 0 ? size - 1 : 0, &opt, keep, tmp);
    for (const recto_writer *const *w = recto_writer_list(); *w != NULL; w++) {
        if ((*w)->binary)
            continue;
        recto_buf out = RECTO_BUF_INIT;
        write_page(&out, *w, &page, keep);
        if (strcmp((*w)->name, "json") == 0) {
            recto_json *v = NULL;
            demand(recto_json_parse(&v, out.data, out.len, NULL) == RECTO_OK);
            recto_json_free(v);
        }
        recto_buf_free(&out);
    }
    check_spill(&page, keep);
    check_round(&page, keep, tmp);
    recto_arena_free(tmp);
    recto_arena_free(keep);
    return 0;
}
