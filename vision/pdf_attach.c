/* Files inside a PDF: finding them, and unpacking them piece by piece.
 *
 * Both trees to be walked (names, pages) come from the document, so nothing about them is sure: the
 * walk keeps its own stack of bounded depth, does not enter a node from below itself, and counts
 * its steps.  It holds a reference to each array on the stack, so that objects may be let go on the
 * way (a document has as many pages as it likes).  A file is found by the number of its stream:
 * what the name tree and an annotation both name is one file.
 *
 * Nothing is unpacked as a whole: a filter chain is read as far as is asked for. */
#include "vision/pdf_attach.h"

#include "core/utf8.h"
#include "vision/pdf_doc.h"

#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <string.h>

enum {
    MAX_DEPTH = 64,
    MAX_STEPS = 2000000, /* nodes, names and annotations seen in one tree */
    MAX_NAME = 200,      /* bytes; file systems end at 255, and outputs are named after it */
};

/* --- names ------------------------------------------------------------------------------- */

/* Length of text cut to at most max bytes at a character's end, without spaces there. */
static size_t cut(const char *text, size_t max)
{
    size_t n = strlen(text);
    if (n > max) {
        n = max;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    while (n > 0 && text[n - 1] == ' ')
        n--;
    return n;
}

/* A file's name without folders, clean, in the arena; NULL if out of memory. */
static const char *clean_name(recto_arena *keep, const char *raw)
{
    const char *name = raw;
    for (const char *p = raw; *p != '\0'; p++) {
        if (*p == '/' || *p == '\\')
            name = p + 1;
    }
    char *clean = recto_utf8_clean(keep, name, strlen(name));
    if (clean == NULL)
        return NULL;
    clean[cut(clean, MAX_NAME)] = '\0';
    if (clean[0] == '\0' || strcmp(clean, ".") == 0 || strcmp(clean, "..") == 0)
        return recto_arena_text(keep, "attachment", strlen("attachment"));
    return clean;
}

/* What a file specification calls its file, "" if nothing.  Throws. */
static const char *name_of(fz_context *ctx, pdf_obj *spec, pdf_obj *key)
{
    pdf_obj *const keys[] = {PDF_NAME(UF), PDF_NAME(F), PDF_NAME(Unix), PDF_NAME(DOS),
                             PDF_NAME(Mac)};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        pdf_obj *name = pdf_dict_get(ctx, spec, keys[i]);
        if (pdf_is_string(ctx, name))
            return pdf_to_text_string(ctx, name);
    }
    return pdf_is_string(ctx, key) ? pdf_to_text_string(ctx, key) : "";
}

/* --- the list ---------------------------------------------------------------------------- */

typedef struct finder {
    recto_pdf_doc *d;
    int steps;
    bool nomem;
} finder;

static bool is_known(const recto_pdf_attach *a, int object)
{
    for (int i = 0; i < a->n; i++) {
        if (a->objects[i] == object)
            return true;
    }
    return false;
}

static bool make_room(recto_pdf_attach *a, recto_arena *keep)
{
    if (a->n < a->cap)
        return true;
    size_t cap = a->cap == 0 ? 16 : (size_t)a->cap * 2;
    void *items = recto_arena_grow(keep, a->items, (size_t)a->n, cap, sizeof *a->items);
    void *objects = recto_arena_grow(keep, a->objects, (size_t)a->n, cap, sizeof *a->objects);
    if (items == NULL || objects == NULL)
        return false;
    a->items = items;
    a->objects = objects;
    a->cap = (int)cap;
    return true;
}

/* The stream with the file's bytes, NULL if the specification has none.  Throws. */
static pdf_obj *stream_of(fz_context *ctx, pdf_obj *spec)
{
    pdf_obj *const keys[] = {PDF_NAME(UF), PDF_NAME(F), PDF_NAME(Unix), PDF_NAME(DOS),
                             PDF_NAME(Mac)};
    pdf_obj *files = pdf_dict_get(ctx, spec, PDF_NAME(EF));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        pdf_obj *stream = pdf_dict_get(ctx, files, keys[i]);
        if (pdf_is_stream(ctx, stream))
            return stream;
    }
    return NULL;
}

/* Throws. */
static void add_file(finder *f, pdf_obj *spec, pdf_obj *key)
{
    fz_context *ctx = f->d->ctx;
    recto_pdf_attach *a = &f->d->attach;
    pdf_obj *stream = stream_of(ctx, spec);
    int object = stream == NULL ? 0 : pdf_to_num(ctx, stream);
    if (object <= 0 || a->n >= RECTO_PDF_MAX_ATTACHMENTS || is_known(a, object))
        return;
    int64_t size = pdf_to_int64(
        ctx, pdf_dict_get(ctx, pdf_dict_get(ctx, stream, PDF_NAME(Params)), PDF_NAME(Size)));
    const char *name = clean_name(f->d->keep, name_of(ctx, spec, key));
    if (name == NULL || !make_room(a, f->d->keep)) {
        f->nomem = true;
        return;
    }
    a->objects[a->n] = object;
    a->items[a->n++] =
        (recto_source_attachment){.name = name, .size = size > 0 ? (uint64_t)size : 0};
}

/* One file whose specification may be broken. */
static void try_file(finder *f, pdf_obj *spec, pdf_obj *key)
{
    fz_try(f->d->ctx)
    {
        add_file(f, spec, key);
    }
    fz_catch(f->d->ctx)
    {
        f->d->n_errors++;
    }
}

/* --- the trees --------------------------------------------------------------------------- */

/* What to do with a node of a tree, besides going into its Kids.  Throws. */
typedef void visit_fn(finder *f, pdf_obj *node);

static void visit_names(finder *f, pdf_obj *node)
{
    fz_context *ctx = f->d->ctx;
    pdf_obj *names = pdf_dict_get(ctx, node, PDF_NAME(Names));
    for (int i = 0; i + 1 < pdf_array_len(ctx, names) && f->steps++ < MAX_STEPS; i += 2)
        try_file(f, pdf_array_get(ctx, names, i + 1), pdf_array_get(ctx, names, i));
}

static void visit_page(finder *f, pdf_obj *node)
{
    fz_context *ctx = f->d->ctx;
    pdf_obj *annots = pdf_dict_get(ctx, node, PDF_NAME(Annots));
    for (int i = 0; i < pdf_array_len(ctx, annots) && f->steps++ < MAX_STEPS; i++) {
        pdf_obj *annot = pdf_array_get(ctx, annots, i);
        if (pdf_name_eq(ctx, pdf_dict_get(ctx, annot, PDF_NAME(Subtype)), PDF_NAME(FileAttachment)))
            try_file(f, pdf_dict_get(ctx, annot, PDF_NAME(FS)), NULL);
    }
}

typedef struct level {
    pdf_obj *kids; /* kept */
    int object;    /* number of the node whose they are */
    int next;
} level;

/* Go into a node's Kids, if it has some and is not on the way already.  Throws. */
static void enter(fz_context *ctx, level *stack, int *depth, pdf_obj *node)
{
    pdf_obj *kids = pdf_dict_get(ctx, node, PDF_NAME(Kids));
    int object = pdf_to_num(ctx, node);
    if (!pdf_is_array(ctx, kids) || *depth >= MAX_DEPTH)
        return;
    for (int i = 0; i < *depth; i++) {
        if (object != 0 && stack[i].object == object)
            return;
    }
    stack[(*depth)++] = (level){pdf_keep_obj(ctx, kids), object, 0};
}

/* Throws. */
static void walk_levels(finder *f, level *stack, int *depth, visit_fn *visit)
{
    fz_context *ctx = f->d->ctx;
    while (*depth > 0 && !f->nomem && f->steps++ < MAX_STEPS) {
        level *at = &stack[*depth - 1];
        if (at->next >= pdf_array_len(ctx, at->kids)) {
            pdf_drop_obj(ctx, at->kids);
            --*depth;
            continue;
        }
        pdf_obj *node = pdf_array_get(ctx, at->kids, at->next++);
        visit(f, node);
        enter(ctx, stack, depth, node);
        recto_pdf_doc_trim(f->d);
    }
}

/* Every node below one, parents before children.  Throws. */
static void walk(finder *f, pdf_obj *root, visit_fn *visit)
{
    fz_context *ctx = f->d->ctx;
    level stack[MAX_DEPTH];
    int depth = 0;
    fz_var(depth);
    f->steps = 0;
    fz_try(ctx)
    {
        visit(f, root);
        enter(ctx, stack, &depth, root);
        walk_levels(f, stack, &depth, visit);
    }
    fz_always(ctx)
    {
        while (depth > 0)
            pdf_drop_obj(ctx, stack[--depth].kids);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. */
static void find_all(finder *f)
{
    fz_context *ctx = f->d->ctx;
    pdf_obj *trailer = pdf_trailer(ctx, f->d->doc);
    walk(
        f,
        pdf_dict_getl(ctx, trailer, PDF_NAME(Root), PDF_NAME(Names), PDF_NAME(EmbeddedFiles), NULL),
        visit_names);
    walk(f, pdf_dict_getl(ctx, trailer, PDF_NAME(Root), PDF_NAME(Pages), NULL), visit_page);
}

recto_status recto_pdf_attach_list(const recto_source_attachment **out, int *n_out,
                                   recto_pdf_doc *d, recto_error *err)
{
    finder f = {.d = d};
    if (!d->attach.listed) {
        d->attach.n = 0;
        d->refused = false;
        fz_try(d->ctx)
        {
            find_all(&f);
        }
        fz_catch(d->ctx)
        {
            return recto_pdf_doc_error(d, "the attachments cannot be read", err);
        }
        if (f.nomem)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the attachments");
        d->attach.listed = true;
    }
    *out = d->attach.items;
    *n_out = d->attach.n;
    return RECTO_OK;
}

/* --- bytes ------------------------------------------------------------------------------- */

void recto_pdf_attach_close(recto_pdf_doc *d)
{
    fz_drop_stream(d->ctx, d->attach.open);
    d->attach.open = NULL;
}

/* Throws. */
static void open_at(recto_pdf_doc *d, int k, uint64_t offset)
{
    recto_pdf_attach *a = &d->attach;
    if (a->open == NULL || a->open_index != k || a->open_at != offset) {
        recto_pdf_attach_close(d);
        a->open = pdf_open_stream_number(d->ctx, d->doc, a->objects[k]);
        a->open_index = k;
        a->open_at = 0;
    }
    while (a->open_at < offset) {
        uint64_t left = offset - a->open_at;
        size_t n = fz_skip(d->ctx, a->open, left < (1u << 20) ? (size_t)left : (1u << 20));
        if (n == 0)
            break;
        a->open_at += n;
    }
}

recto_status recto_pdf_attach_read(size_t *got, void *to, size_t size, recto_pdf_doc *d, int k,
                                   uint64_t offset, recto_error *err)
{
    size_t n = 0;
    fz_var(n);
    d->refused = false;
    d->n_errors = 0;
    fz_try(d->ctx)
    {
        open_at(d, k, offset);
        n = fz_read(d->ctx, d->attach.open, to, size);
    }
    fz_catch(d->ctx)
    {
        recto_pdf_attach_close(d);
        return recto_pdf_doc_error(d, "it cannot be unpacked", err);
    }
    d->attach.open_at += n;
    /* MuPDF ends a broken stream with a warning; half a file is none */
    if (d->n_errors > 0) {
        recto_pdf_attach_close(d);
        return recto_error_set(err, RECTO_ERR_FORMAT, "it is damaged");
    }
    if (n < size)
        recto_pdf_attach_close(d);
    *got = n;
    return RECTO_OK;
}
