#include "vision/pdf_annots.h"

enum { MAX_ANNOTS = 100000 }; /* a page, looked at */

static void try_one(recto_pdf_annots *r, pdf_obj *annots, int i,
                    void (*read)(recto_pdf_annots *r, pdf_obj *annot))
{
    fz_try(r->ctx)
    {
        read(r, pdf_array_get(r->ctx, annots, i));
    }
    fz_catch(r->ctx)
    {
        return;
    }
}

recto_status recto_pdf_annots_read(recto_pdf_annots *r, int i, float scale,
                                   void (*read)(recto_pdf_annots *r, pdf_obj *annot),
                                   const char *what, recto_error *err)
{
    recto_pdf_doc *d = r->d;
    pdf_obj *annots = NULL;
    int n = 0;
    fz_var(annots);
    fz_var(n);
    r->ctx = d->ctx;
    fz_try(d->ctx)
    {
        pdf_obj *page = pdf_lookup_page_obj(d->ctx, d->doc, i);
        annots = pdf_keep_obj(d->ctx, pdf_dict_get(d->ctx, page, PDF_NAME(Annots)));
        n = pdf_array_len(d->ctx, annots);
        recto_affine m =
            n > 0 ? recto_pdf_doc_place(d, page, scale) : (recto_affine)RECTO_AFFINE_IDENTITY;
        r->to_px = fz_make_matrix(m.a, m.b, m.c, m.d, m.e, m.f);
    }
    fz_catch(d->ctx)
    {
        n = 0;
    }
    for (int k = 0; k < n && k < MAX_ANNOTS && !r->nomem; k++)
        try_one(r, annots, k, read);
    pdf_drop_obj(d->ctx, annots);
    if (r->nomem)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for %s", what);
    return RECTO_OK;
}

recto_rect recto_pdf_annots_box(const recto_pdf_annots *r, fz_rect box)
{
    box = fz_transform_rect(box, r->to_px);
    return recto_rect_meet((recto_rect){box.x0, box.y0, box.x1, box.y1},
                           (recto_rect){0.0f, 0.0f, r->out->width, r->out->height});
}

void *recto_pdf_annots_room(recto_pdf_annots *r, void *items, size_t n, size_t size)
{
    if (n < r->cap)
        return items;
    size_t cap = n == 0 ? 16 : 2 * n;
    void *grown = recto_arena_grow(r->keep, items, n, cap, size);
    r->nomem = r->nomem || grown == NULL;
    r->cap = grown != NULL ? cap : r->cap;
    return grown;
}
