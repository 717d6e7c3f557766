#include "vision/pdf_depth.h"

#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <stdlib.h>

enum {
    MAX_OUTLINE_DEPTH = 200,
    MAX_OUTLINE_ITEMS = 100000,
    MAX_PAGE_DEPTH = 200, /* forms in forms */
};

bool recto_pdf_depth_outline(struct fz_context *ctx, struct pdf_document *doc)
{
    pdf_obj *stack[MAX_OUTLINE_DEPTH];
    pdf_obj *root = pdf_dict_get(ctx, pdf_trailer(ctx, doc), PDF_NAME(Root));
    pdf_obj *at = pdf_dict_getp(ctx, root, "Outlines/First");
    int depth = 0;
    for (int n = 0; n < MAX_OUTLINE_ITEMS; n++) {
        while (!pdf_is_dict(ctx, at)) {
            if (depth == 0)
                return true;
            at = pdf_dict_get(ctx, stack[--depth], PDF_NAME(Next));
        }
        pdf_obj *first = pdf_dict_get(ctx, at, PDF_NAME(First));
        if (!pdf_is_dict(ctx, first)) {
            at = pdf_dict_get(ctx, at, PDF_NAME(Next));
        } else if (depth == MAX_OUTLINE_DEPTH) {
            return false;
        } else {
            stack[depth++] = at;
            at = first;
        }
    }
    return false; /* a loop, or more than anyone reads */
}

/* --- pages ------------------------------------------------------------------------------- */

enum { N_KINDS = 4 };

/* A resource dictionary under way: entry `next` of its sub-dictionary `kind`. */
typedef struct level {
    pdf_obj *resources;
    int kind, next;
} level;

typedef struct walk {
    fz_context *ctx;
    recto_pdf_depth *depth;
    level stack[MAX_PAGE_DEPTH];
    int n;
    bool too_deep;
} walk;

/* True the first time an object is met; a direct one has no number, and its nesting is limited by
 * MuPDF's parser. */
static bool is_new(walk *w, pdf_obj *obj)
{
    int number = pdf_to_num(w->ctx, obj);
    if (number <= 0 || number >= w->depth->n)
        return true;
    bool new = w->depth->seen[number] != w->depth->stamp;
    w->depth->seen[number] = w->depth->stamp;
    return new;
}

static void push(walk *w, pdf_obj *resources)
{
    if (!pdf_is_dict(w->ctx, resources))
        return;
    if (w->n == MAX_PAGE_DEPTH)
        w->too_deep = true;
    else
        w->stack[w->n++] = (level){resources, 0, 0};
}

/* The resources behind an entry of kind XObject, Pattern, Font (Type 3) or ExtGState. */
static pdf_obj *resources_of(fz_context *ctx, pdf_obj *entry, int kind)
{
    if (kind == 3)
        entry = pdf_dict_getp(ctx, entry, "SMask/G");
    return pdf_dict_get(ctx, entry, PDF_NAME(Resources));
}

static void walk_resources(walk *w, pdf_obj *resources)
{
    static pdf_obj *const kinds[N_KINDS] = {PDF_NAME(XObject), PDF_NAME(Pattern), PDF_NAME(Font),
                                            PDF_NAME(ExtGState)};
    push(w, resources);
    while (w->n > 0 && !w->too_deep) {
        level *at = &w->stack[w->n - 1];
        if (at->kind == N_KINDS) {
            w->n--;
            continue;
        }
        pdf_obj *entries = pdf_dict_get(w->ctx, at->resources, kinds[at->kind]);
        if (at->next >= pdf_dict_len(w->ctx, entries)) {
            at->kind++;
            at->next = 0;
            continue;
        }
        pdf_obj *entry = pdf_dict_get_val(w->ctx, entries, at->next++);
        if (is_new(w, entry))
            push(w, resources_of(w->ctx, entry, at->kind));
    }
}

/* Appearances of the page's annotations: each may be a stream or a dictionary of streams. */
static void walk_annotations(walk *w, pdf_obj *page)
{
    pdf_obj *annots = pdf_dict_get(w->ctx, page, PDF_NAME(Annots));
    int n = pdf_array_len(w->ctx, annots);
    for (int i = 0; i < n && !w->too_deep; i++) {
        pdf_obj *shown = pdf_dict_getp(w->ctx, pdf_array_get(w->ctx, annots, i), "AP/N");
        walk_resources(w, pdf_dict_get(w->ctx, shown, PDF_NAME(Resources)));
        int n_states = pdf_is_stream(w->ctx, shown) ? 0 : pdf_dict_len(w->ctx, shown);
        for (int k = 0; k < n_states && !w->too_deep; k++) {
            pdf_obj *state = pdf_dict_get_val(w->ctx, shown, k);
            walk_resources(w, pdf_dict_get(w->ctx, state, PDF_NAME(Resources)));
        }
    }
}

/* Room for all object numbers, and a fresh stamp. */
static bool begin(recto_pdf_depth *depth, fz_context *ctx, pdf_document *doc)
{
    int n = pdf_xref_len(ctx, doc);
    if (n > depth->n) {
        uint32_t *grown = realloc(depth->seen, (size_t)n * sizeof *grown);
        if (grown == NULL)
            return false;
        for (int i = depth->n; i < n; i++)
            grown[i] = 0;
        depth->seen = grown;
        depth->n = n;
    }
    depth->stamp++;
    return true;
}

bool recto_pdf_depth_page(recto_pdf_depth *depth, struct fz_context *ctx, struct pdf_document *doc,
                          int i)
{
    if (!begin(depth, ctx, doc))
        return false;
    walk w = {.ctx = ctx, .depth = depth};
    pdf_obj *page = pdf_lookup_page_obj(ctx, doc, i);
    walk_resources(&w, pdf_dict_get_inheritable(ctx, page, PDF_NAME(Resources)));
    walk_annotations(&w, page);
    return !w.too_deep;
}

void recto_pdf_depth_free(recto_pdf_depth *depth)
{
    free(depth->seen);
    *depth = (recto_pdf_depth){0};
}
