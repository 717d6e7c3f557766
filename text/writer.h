/* Writers: a document out as bytes, page by page.  One file a format; none touches another and none
 * does input or output: they append to a buf that the caller flushes after every call.
 *
 * Text that goes on (recto_block.goes_on): writers of running text (md, html, txt) join the pieces
 * and put what lies between them after the joined text; the others keep the pieces. */
#ifndef RECTO_TEXT_WRITER_H
#define RECTO_TEXT_WRITER_H

#include "core/buf.h"
#include "text/doc.h"

typedef struct recto_writer {
    const char *name;   /* "md", "json", "txt" */
    const char *suffix; /* ".md": the output's name is the input's whole name plus this */
    bool text;          /* may go to stdout */
    bool
        parts; /* several files, each begun by recto_writer_part; nothing stands before the first */
    bool picture; /* page.picture is wanted */
    bool binary;  /* made from the source by the pipeline, not here: no functions */
    /* begin is called once, page once for each page in order, end once; a document without pages is
     * valid.  A page must hold what recto_doc_check checks.  state: whatever begin allocates in the
     * arena, NULL if none; it lives until end.  Nothing needs freeing if end is never called. */
    void (*begin)(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep);
    void (*page)(recto_buf *out, void *state, const recto_docinfo *info, const recto_page *page);
    void (*end)(recto_buf *out, void *state, const recto_docinfo *info);
} recto_writer;

/* What recto_writer_part appends before the suffix; a line feed ends it. */
enum { RECTO_WRITER_PART = 0x1C };

/**
 * Begin a file of a form of several: what is appended from here on goes to NAME plus suffix
 * (".table-3.csv"), which may not hold a line feed.  On standard output parts follow one another,
 * an empty line between two.
 */
void recto_writer_part(recto_buf *out, const char *suffix);

/** All formats, ended by NULL. */
const recto_writer *const *recto_writer_list(void);
/** By name; NULL if there is none. */
const recto_writer *recto_writer_lookup(const char *name);
/** JSON on one line per document ("-o -" with several inputs). */
const recto_writer *recto_writer_json_compact(void);

#endif
