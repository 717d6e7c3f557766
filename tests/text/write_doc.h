/* Runs a writer over pages, as the pipeline does: the buffer is flushed after every call. */
#ifndef RECTO_TESTS_WRITE_DOC_H
#define RECTO_TESTS_WRITE_DOC_H

#include "text/build_page.h"
#include "text/writer.h"

#define WRITE_DOC_SHA "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static inline recto_docinfo write_doc_info(void)
{
    return (recto_docinfo){.source_name = "report.pdf",
                           .source_sha256 = WRITE_DOC_SHA,
                           .source_size_bytes = 12345,
                           .format = "pdf",
                           .n_pages = 3,
                           .version = "0.1.0",
                           .reader_option = "auto"};
}

static inline void write_doc_flush(recto_buf *to, recto_buf *from)
{
    recto_buf_add(to, recto_buf_cstr(from), from->len);
    to->failed = to->failed || from->failed;
    recto_buf_clear(from);
}

/* All pages through w into out. */
static inline void write_doc(recto_buf *out, const recto_writer *w, const recto_docinfo *info,
                             const recto_page *const *pages, int n_pages)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_buf part = RECTO_BUF_INIT;
    void *state = NULL;
    w->begin(&part, &state, info, a);
    write_doc_flush(out, &part);
    for (int i = 0; i < n_pages; i++) {
        w->page(&part, state, info, pages[i]);
        write_doc_flush(out, &part);
    }
    w->end(&part, state, info);
    write_doc_flush(out, &part);
    recto_buf_free(&part);
    recto_arena_free(a);
}

#endif
