/* Writers: a document out as bytes, page by page.  One file a format; none touches another and none
 * does input or output: they append to a buf that the caller flushes after every call. */
#ifndef RECTO_TEXT_WRITER_H
#define RECTO_TEXT_WRITER_H

#include "core/buf.h"
#include "text/doc.h"

typedef struct recto_writer {
    const char *name;   /* "md", "json", "txt" */
    const char *suffix; /* ".md": the output's name is the input's whole name plus this */
    bool text;          /* may go to stdout */
    /* begin is called once, page once for each page in order, end once; a document without pages is
     * valid.  A page must hold what recto_doc_check checks.  state: whatever begin allocates in the
     * arena, NULL if none; it lives until end.  Nothing needs freeing if end is never called. */
    void (*begin)(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep);
    void (*page)(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page);
    void (*end)(recto_buf *out, void *state, const recto_docinfo *info);
} recto_writer;

/** All formats, ended by NULL. */
const recto_writer *const *recto_writer_list(void);
/** By name; NULL if there is none. */
const recto_writer *recto_writer_lookup(const char *name);
/** JSON on one line per document ("-o -" with several inputs). */
const recto_writer *recto_writer_json_compact(void);

#endif
