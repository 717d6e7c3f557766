/* PDF as a page source: opening, passwords, limits, and one interpretation a page.
 *
 * One MuPDF context a document, so nothing is shared and nothing needs a lock.  JavaScript is not
 * switched on, and nothing outside the given bytes is opened.  MuPDF reports trouble by longjmp:
 * every call that can throw stands in fz_try here or in a function that says "Throws".  Its
 * messages are counted, not passed on, since they may quote the document. */
#include "vision/pdf_device.h"
#include "vision/pdf_doc.h"
#include "vision/pdf_form.h"
#include "vision/pdf_info.h"
#include "vision/pdf_links.h"
#include "vision/pdf_memory.h"
#include "vision/pdf_write_update.h"
#include "vision/source_backend.h"

#include <math.h>
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <stdlib.h>
#include <string.h>

/* The part of MuPDF's memory that may hold fonts and decoded images between pages. */
static const size_t STORE_MAX_BYTES = (size_t)16 << 20;
static const size_t GROWTH_MAX_BYTES = (size_t)8 << 20; /* objects kept from pages gone by */
static const float PAGE_MAX_PT = 200000.0f; /* 70 m; PDF itself ends at 5 m without UserUnit */
static const float PAGE_MIN_PT = 0.01f; /* MuPDF's least is 1, but a UserUnit scales that down */

enum { HEADER_WITHIN = 1024, MAX_PAGES = 1000000 };

/* --- errors ------------------------------------------------------------------------------ */

static void count_error(void *user, const char *message)
{
    recto_pdf_doc *d = user;
    (void)message;
    d->n_errors++;
}

/* Warnings are mostly harmless; these mean that content was lost. */
static void count_warning(void *user, const char *message)
{
    static const char *const losses[] = {"zlib error", "syntax error",  "ignoring error",
                                         "read error", "premature end", "content stream"};
    recto_pdf_doc *d = user;
    for (size_t i = 0; i < sizeof losses / sizeof *losses; i++)
        d->n_errors += strstr(message, losses[i]) != NULL;
}

recto_status recto_pdf_doc_error(recto_pdf_doc *d, const char *what, recto_error *err)
{
    if (d->refused)
        return recto_error_set(err, RECTO_ERR_LIMIT, "%s: it needs more than %zu MiB of memory",
                               what, (size_t)RECTO_PDF_MEMORY_MAX >> 20);
    if (fz_caught(d->ctx) == FZ_ERROR_MEMORY)
        return recto_error_set(err, RECTO_ERR_NOMEM, "%s: out of memory", what);
    return recto_error_set(err, RECTO_ERR_FORMAT, "%s", what);
}

/* --- opening ----------------------------------------------------------------------------- */

bool recto_source_pdf_probe(const uint8_t *bytes, size_t size)
{
    size_t end = size < HEADER_WITHIN ? size : HEADER_WITHIN;
    for (size_t i = 0; i + 5 <= end; i++) {
        if (memcmp(bytes + i, "%PDF-", 5) == 0)
            return true;
    }
    return false;
}

static void close_pdf(void *self)
{
    recto_pdf_doc *d = self;
    if (d == NULL)
        return;
    recto_pdf_write_update_free(d->copy);
    if (d->ctx != NULL) {
        fz_drop_image(d->ctx, d->page.image);
        recto_pdf_attach_close(d);
        pdf_drop_document(d->ctx, d->doc);
        fz_drop_context(d->ctx);
        recto_pdf_memory_free_all(d);
    }
    recto_pdf_shapes_free(&d->page);
    recto_pdf_depth_free(&d->depth);
    recto_arena_free(d->keep);
    recto_arena_free(d->tmp);
    free(d->alloc);
    free(d);
}

static recto_pdf_doc *new_pdf(const recto_source_options *opt)
{
    recto_pdf_doc *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    d->page_index = -1;
    d->dpi = opt->dpi;
    d->max_pixels = opt->max_pixels;
    d->keep = recto_arena_new(4096, 0);
    d->tmp = recto_arena_new(0, 0);
    fz_alloc_context *alloc = calloc(1, sizeof *alloc);
    d->alloc = alloc;
    if (alloc != NULL && d->keep != NULL && d->tmp != NULL) {
        *alloc = (fz_alloc_context){d, recto_pdf_memory_alloc, recto_pdf_memory_resize,
                                    recto_pdf_memory_free};
        d->ctx = fz_new_context(alloc, NULL, STORE_MAX_BYTES);
    }
    if (d->ctx == NULL) {
        close_pdf(d);
        return NULL;
    }
    fz_set_error_callback(d->ctx, count_error, d);
    fz_set_warning_callback(d->ctx, count_warning, d);
    return d;
}

/* Throws. */
static void open_document(recto_pdf_doc *d, const uint8_t *bytes, size_t size)
{
    fz_context *ctx = d->ctx;
    fz_stream *stream = fz_open_memory(ctx, bytes, size);
    fz_try(ctx)
    {
        d->doc = pdf_open_document_with_stream(ctx, stream);
    }
    fz_always(ctx)
    {
        fz_drop_stream(ctx, stream);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* True if the document can be read with one of the passwords, or needs none.  Throws. */
static bool unlock(recto_pdf_doc *d, const recto_source_options *opt)
{
    d->meta.encrypted =
        pdf_dict_get(d->ctx, pdf_trailer(d->ctx, d->doc), PDF_NAME(Encrypt)) != NULL;
    if (!pdf_needs_password(d->ctx, d->doc) || pdf_authenticate_password(d->ctx, d->doc, ""))
        return true;
    for (int i = 0; i < opt->n_passwords; i++) {
        if (opt->passwords[i] != NULL &&
            pdf_authenticate_password(d->ctx, d->doc, opt->passwords[i]))
            return true;
    }
    return false;
}

/* Pages that the tree truly has, where its own count cannot be right.  Throws. */
static int count_leaves(fz_context *ctx, pdf_document *doc, int max)
{
    enum { MAX_DEPTH = 64 };
    struct level {
        pdf_obj *kids;
        int next, n;
    } stack[MAX_DEPTH];
    pdf_obj *root =
        pdf_dict_getl(ctx, pdf_trailer(ctx, doc), PDF_NAME(Root), PDF_NAME(Pages), NULL);
    pdf_obj *kids = pdf_dict_get(ctx, root, PDF_NAME(Kids));
    int depth = 1;
    int n_pages = 0;
    stack[0] = (struct level){kids, 0, pdf_array_len(ctx, kids)};
    for (int seen = 0; depth > 0 && seen < max; seen++) {
        struct level *at = &stack[depth - 1];
        if (at->next >= at->n) {
            depth--;
            continue;
        }
        pdf_obj *kid = pdf_array_get(ctx, at->kids, at->next++);
        kids = pdf_dict_get(ctx, kid, PDF_NAME(Kids));
        if (!pdf_is_array(ctx, kids))
            n_pages += pdf_is_dict(ctx, kid);
        else if (depth < MAX_DEPTH)
            stack[depth++] = (struct level){kids, 0, pdf_array_len(ctx, kids)};
    }
    return n_pages;
}

/* Throws. */
static int count_pages(recto_pdf_doc *d)
{
    int n = pdf_count_pages(d->ctx, d->doc);
    int n_objects = pdf_xref_len(d->ctx, d->doc);
    /* a page is an object of its own, so a larger count is a lie */
    if (n <= 0 || n > n_objects) {
        n = count_leaves(d->ctx, d->doc, 4 * n_objects + 64);
        pdf_obj *pages = pdf_dict_getl(d->ctx, pdf_trailer(d->ctx, d->doc), PDF_NAME(Root),
                                       PDF_NAME(Pages), NULL);
        if (pdf_is_dict(d->ctx, pages) && n > 0)
            pdf_dict_put_int(d->ctx, pages, PDF_NAME(Count), n); /* MuPDF finds pages by it */
        d->n_errors++;
    }
    return n;
}

static recto_status open_all(recto_pdf_doc *d, const uint8_t *bytes, size_t size,
                             const recto_source_options *opt, recto_error *err)
{
    bool unlocked = false;
    d->bytes = bytes;
    d->size = size;
    fz_var(unlocked);
    fz_try(d->ctx)
    {
        open_document(d, bytes, size);
        unlocked = unlock(d, opt);
        if (unlocked)
            d->n_pages = count_pages(d);
        pdf_mark_xref(d->ctx, d->doc); /* what is here now stays: see recto_pdf_doc_trim */
        d->trim_at_bytes = d->used_bytes + GROWTH_MAX_BYTES;
        d->repaired = pdf_was_repaired(d->ctx, d->doc) || d->n_errors > 0;
    }
    fz_catch(d->ctx)
    {
        const char *why = fz_caught_message(d->ctx);
        if (why != NULL && (strstr(why, "encryption") != NULL || strstr(why, "crypt") != NULL))
            return recto_error_set(err, RECTO_ERR_UNSUPPORTED,
                                   "encrypted in a way that is not supported");
        recto_status status =
            recto_pdf_doc_error(d, "the PDF is broken and cannot be repaired", err);
        return status;
    }
    if (!unlocked)
        return recto_error_set(err, RECTO_ERR_ENCRYPTED, "the PDF is encrypted: %s",
                               opt->n_passwords > 0 ? "none of the passwords fits"
                                                    : "a password is needed");
    if (d->n_pages <= 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "the PDF has no pages");
    if (d->n_pages > MAX_PAGES)
        return recto_error_set(err, RECTO_ERR_LIMIT, "%d pages are over the limit of %d",
                               d->n_pages, MAX_PAGES);
    recto_status status = recto_pdf_info_read(&d->meta, d->ctx, d->doc, d->keep, err);
    return status;
}

/* --- one page ---------------------------------------------------------------------------- */

static bool is_page_size(float w, float h)
{
    return w >= PAGE_MIN_PT && h >= PAGE_MIN_PT && w <= PAGE_MAX_PT && h <= PAGE_MAX_PT;
}

/* All that the page shows but its form fields, which are told of as such.  Throws. */
static void run_contents(fz_context *ctx, fz_page *page, fz_device *dev, fz_matrix ctm,
                         fz_cookie *cookie)
{
    fz_run_page_contents(ctx, page, dev, ctm, cookie);
    fz_run_page_annots(ctx, page, dev, ctm, cookie);
    for (pdf_annot *w = pdf_first_widget(ctx, (pdf_page *)page); w != NULL;
         w = pdf_next_widget(ctx, w))
        if (!recto_pdf_form_tells(ctx, pdf_annot_obj(ctx, w)))
            pdf_run_annot(ctx, w, dev, ctm, cookie);
}

/* Interpret page i, turned, into d->page; a page of no possible size leaves `bad_size` true.
 * Throws. */
static void run_page(recto_pdf_doc *d, int i, int turn_deg, fz_cookie *cookie, bool *bad_size)
{
    fz_context *ctx = d->ctx;
    fz_page *page = NULL;
    fz_device *dev = NULL;
    fz_var(page);
    fz_var(dev);
    fz_try(ctx)
    {
        if (!recto_pdf_depth_page(&d->depth, ctx, d->doc, i)) {
            d->page.failed = RECTO_ERR_LIMIT;
            fz_throw(ctx, FZ_ERROR_ABORT, "nested too deeply");
        }
        page = (fz_page *)pdf_load_page(ctx, d->doc, i);
        pdf_obj *obj = ((pdf_page *)page)->obj;
        if (!pdf_is_dict(ctx, obj))
            fz_throw(ctx, FZ_ERROR_GENERIC, "the page object is missing");
        fz_matrix turn = fz_rotate((float)turn_deg);
        fz_rect box = fz_transform_rect(fz_bound_page(ctx, page), turn);
        int rotate = pdf_to_int(ctx, pdf_dict_get_inheritable(ctx, obj, PDF_NAME(Rotate)));
        /* odd angles are taken to the nearest quarter, as MuPDF does */
        recto_pdf_shapes_reset(&d->page, box.x1 - box.x0, box.y1 - box.y0,
                               ((rotate % 360 + 360 + 45) / 90 * 90) % 360);
        d->page.turned_deg = turn_deg;
        *bad_size = !is_page_size(d->page.width, d->page.height);
        if (!*bad_size) {
            dev = recto_pdf_device_new(ctx, &d->page);
            run_contents(ctx, page, dev, fz_concat(turn, fz_translate(-box.x0, -box.y0)), cookie);
            fz_close_device(ctx, dev);
        }
    }
    fz_always(ctx)
    {
        fz_drop_device(ctx, dev);
        fz_drop_page(ctx, page);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* What the interpretation came to, when it did not throw. */
static recto_status judge_page(recto_pdf_doc *d, const fz_cookie *cookie, bool bad_size,
                               recto_error *err)
{
    if (bad_size)
        return recto_error_set(err, RECTO_ERR_LIMIT, "a size of %g x %g points is no page",
                               (double)d->page.width, (double)d->page.height);
    if (d->page.failed == RECTO_ERR_LIMIT)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "the page has more than %d marks, or they are "
                               "nested too deeply",
                               RECTO_PDF_MAX_MARKS);
    if (d->page.failed != RECTO_OK)
        return recto_error_set(err, d->page.failed, "out of memory for the contents");
    if (d->refused && cookie->errors > 0)
        return recto_error_set(err, RECTO_ERR_LIMIT,
                               "the contents need more than %zu MiB of memory",
                               (size_t)RECTO_PDF_MEMORY_MAX >> 20);
    d->page.damaged = d->repaired || cookie->errors > 0 || d->n_errors > 0;
    return RECTO_OK;
}

/* One attempt at a page. */
static recto_status try_page(recto_pdf_doc *d, int i, int turn_deg, recto_error *err)
{
    fz_cookie cookie = {0};
    bool bad_size = false;
    fz_drop_image(d->ctx, d->page.image);
    recto_pdf_shapes_reset(&d->page, 1.0f, 1.0f, 0);
    d->refused = false;
    d->n_errors = 0;
    fz_try(d->ctx)
    {
        run_page(d, i, turn_deg, &cookie, &bad_size);
    }
    fz_catch(d->ctx)
    {
        if (d->page.failed == RECTO_OK)
            return recto_pdf_doc_error(d, "the page cannot be read", err);
    }
    return judge_page(d, &cookie, bad_size, err);
}

/* MuPDF keeps every object it has seen, so a long document would grow page by page.  Those from
 * after opening can be read again: let them go once there are many. */
void recto_pdf_doc_trim(recto_pdf_doc *d)
{
    if (d->used_bytes <= d->trim_at_bytes)
        return;
    pdf_clear_xref_to_mark(d->ctx, d->doc);
    d->trim_at_bytes = d->used_bytes + GROWTH_MAX_BYTES;
}

/* True if the image can be loaded (not: decoded). */
static bool is_image_sound(fz_context *ctx, pdf_document *doc, pdf_obj *obj)
{
    fz_image *image = NULL;
    fz_var(image);
    fz_try(ctx)
    {
        image = pdf_load_image(ctx, doc, obj);
    }
    fz_catch(ctx)
    {
        return false;
    }
    fz_drop_image(ctx, image);
    return true;
}

/* Take the images that cannot be loaded out of a page's resources (in memory); returns how many
 * there were.  Throws. */
static int drop_images(recto_pdf_doc *d, int i)
{
    fz_context *ctx = d->ctx;
    pdf_obj *obj = pdf_lookup_page_obj(ctx, d->doc, i);
    pdf_obj *resources = pdf_dict_get_inheritable(ctx, obj, PDF_NAME(Resources));
    pdf_obj *xobjects = pdf_dict_get(ctx, resources, PDF_NAME(XObject));
    int n = 0;
    for (int k = pdf_dict_len(ctx, xobjects) - 1; k >= 0; k--) {
        pdf_obj *x = pdf_dict_get_val(ctx, xobjects, k);
        if (pdf_dict_get(ctx, x, PDF_NAME(Subtype)) != PDF_NAME(Image) ||
            is_image_sound(ctx, d->doc, x))
            continue;
        pdf_dict_del(ctx, xobjects, pdf_dict_get_key(ctx, xobjects, k));
        n++;
    }
    return n;
}

static bool try_drop_images(recto_pdf_doc *d, int i)
{
    int n = 0;
    fz_var(n);
    fz_try(d->ctx)
    {
        n = drop_images(d, i);
    }
    fz_catch(d->ctx)
    {
        return false;
    }
    return n > 0;
}

/* MuPDF gives a page up at the first image that it cannot load, with all that comes after it.  So
 * such images are taken out and the page is read again: the text around a broken picture counts,
 * but a page that was nothing else has failed. */
static recto_status rescue(recto_pdf_doc *d, int i, recto_error *err)
{
    recto_status status = RECTO_ERR_FORMAT;
    if (try_drop_images(d, i))
        status = try_page(d, i, 0, err);
    else if (d->page.n_glyphs > 0)
        status = RECTO_OK; /* what came before the damage */
    if (status != RECTO_OK)
        return status;
    if (d->page.n_glyphs + d->page.n_images + d->page.n_paths == 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "the page's image is broken");
    d->page.damaged = true;
    return RECTO_OK;
}

/* A page whose text runs sideways is read again in another position, so that all that comes after
 * sees it upright. */
static recto_status turn_upright(recto_pdf_doc *d, int i, recto_error *err)
{
    int turn_deg = recto_pdf_text_turn(&d->page);
    if (turn_deg == 0)
        return RECTO_OK;
    bool damaged = d->page.damaged;
    recto_status status = try_page(d, i, turn_deg, err);
    d->page.damaged = d->page.damaged || damaged;
    return status;
}

/* Make d->page describe page i; the facts of its text are not yet there. */
static recto_status interpret(recto_pdf_doc *d, int i, recto_error *err)
{
    d->page_index = -1;
    recto_pdf_doc_trim(d);
    recto_error now = {0};
    recto_status status = try_page(d, i, 0, &now);
    if (status == RECTO_ERR_FORMAT)
        status = rescue(d, i, &now);
    if (status == RECTO_OK)
        status = turn_upright(d, i, &now);
    if (status == RECTO_OK)
        recto_pdf_trust_judge(&d->page);
    if (status != RECTO_OK && err != NULL)
        *err = now;
    return status;
}

recto_affine recto_pdf_doc_place(recto_pdf_doc *d, struct pdf_obj *page, float scale)
{
    fz_rect box;
    fz_matrix m;
    pdf_page_obj_transform(d->ctx, page, &box, &m);
    m = fz_concat(m, fz_rotate((float)d->page.turned_deg));
    box = fz_transform_rect(box, m);
    m = fz_concat(m, fz_translate(-box.x0, -box.y0));
    m = fz_concat(m, fz_scale(scale, scale));
    return (recto_affine){m.a, m.b, m.c, m.d, m.e, m.f};
}

/* Facts of page i in d->facts, and its layout if wanted. */
static recto_status scan_page(recto_pdf_doc *d, recto_layout *layout, int i, float layout_dpi,
                              bool include_hidden, recto_arena *keep, recto_error *err)
{
    recto_status status = d->page_index == i ? RECTO_OK : interpret(d, i, err);
    if (status != RECTO_OK)
        return status;
    recto_arena_clear(d->tmp);
    recto_source_facts facts = {0};
    float scale = layout_dpi / 72.0f;
    status =
        recto_pdf_text_build(&facts, layout, &d->page, scale, include_hidden, keep, d->tmp, err);
    if (status == RECTO_OK && layout != NULL) {
        layout->width = d->page.width * scale;
        layout->height = d->page.height * scale;
        layout->dpi = layout_dpi;
        status = recto_pdf_shapes_layout(layout, &d->page, scale, keep, d->tmp, err);
        if (status == RECTO_OK)
            status = recto_pdf_dots_layout(layout, &d->page, scale, keep, err);
        if (status == RECTO_OK)
            status = recto_pdf_links_build(layout, d, i, scale, keep, err);
        if (status == RECTO_OK)
            status = recto_pdf_form_build(layout, d, i, scale, keep, err);
    }
    if (status != RECTO_OK)
        return status;
    recto_pdf_shapes_facts(&facts, &d->page);
    d->facts = facts;
    d->page_index = i;
    return RECTO_OK;
}

static recto_status scan(recto_source_facts *facts_out, recto_layout *layout_out, void *self, int i,
                         float layout_dpi, bool include_hidden, recto_arena *keep, recto_error *err)
{
    recto_pdf_doc *d = self;
    recto_status status = scan_page(d, layout_out, i, layout_dpi, include_hidden, keep, err);
    if (status == RECTO_OK && facts_out != NULL)
        *facts_out = d->facts;
    return status;
}

static recto_status pixels(recto_image **out, void *self, int i, recto_error *err)
{
    recto_pdf_doc *d = self;
    recto_status status =
        d->page_index == i ? RECTO_OK : scan_page(d, NULL, i, 0.0f, false, NULL, err);
    if (status == RECTO_OK)
        status = recto_pdf_render_image(out, d, err);
    if (status != RECTO_OK || *out != NULL)
        return status;
    return recto_pdf_render_page(out, d, i, recto_pdf_render_dpi(d), 1, err);
}

static recto_status picture(recto_image **out, void *self, int i, float dpi, recto_error *err)
{
    recto_pdf_doc *d = self;
    recto_status status =
        d->page_index == i ? RECTO_OK : scan_page(d, NULL, i, 0.0f, false, NULL, err);
    return status == RECTO_OK ? recto_pdf_render_page(out, d, i, dpi, 3, err) : status;
}

static recto_status attachments(const recto_source_attachment **out, int *n_out, void *self,
                                recto_error *err)
{
    return recto_pdf_attach_list(out, n_out, self, err);
}

static recto_status attachment(size_t *got, void *to, size_t size, void *self, int k,
                               uint64_t offset, recto_error *err)
{
    return recto_pdf_attach_read(got, to, size, self, k, offset, err);
}

/* --- a searchable copy -------------------------------------------------------------------- */

static recto_status copy_begin(bool *keeps_input, void *self, const recto_source_copy_options *opt,
                               recto_error *err)
{
    recto_pdf_doc *d = self;
    recto_pdf_write_update_free(d->copy);
    return recto_pdf_write_update_new(&d->copy, keeps_input, d, opt, err);
}

static recto_status copy_page(void *self, const recto_source_copy_page *page, recto_error *err)
{
    recto_pdf_doc *d = self;
    if (page->n_lines == 0)
        return RECTO_OK;
    recto_arena *words = recto_arena_new(0, 0);
    recto_source_copy_page sifted = *page;
    recto_layout layout = {0};
    recto_status status =
        words != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (status == RECTO_OK)
        status = scan_page(d, &layout, page->index, 72.0f, false, words, err);
    if (status == RECTO_OK)
        status = recto_pdf_write_sift(&sifted, &layout, words, err);
    if (status == RECTO_OK)
        status = recto_pdf_write_update_page(d->copy, &sifted, err);
    recto_arena_free(words);
    return status;
}

static recto_status copy_end(void *self, recto_error *err)
{
    recto_pdf_doc *d = self;
    return recto_pdf_write_update_end(d->copy, err);
}

static recto_status copy_take(size_t *got, void *to, size_t size, void *self, recto_error *err)
{
    recto_pdf_doc *d = self;
    return recto_pdf_write_update_take(got, to, size, d->copy, err);
}

/* --- the table --------------------------------------------------------------------------- */

static int page_count(const void *self)
{
    const recto_pdf_doc *d = self;
    return d->n_pages;
}

static const recto_source_meta *metadata(const void *self)
{
    const recto_pdf_doc *d = self;
    return &d->meta;
}

static const recto_source_backend BACKEND = {.close = close_pdf,
                                             .page_count = page_count,
                                             .metadata = metadata,
                                             .scan = scan,
                                             .pixels = pixels,
                                             .picture = picture,
                                             .attachments = attachments,
                                             .attachment = attachment,
                                             .copy_begin = copy_begin,
                                             .copy_page = copy_page,
                                             .copy_end = copy_end,
                                             .copy_take = copy_take};

recto_status recto_source_pdf_open(recto_source_opened *out, const uint8_t *bytes, size_t size,
                                   const recto_source_options *opt, recto_error *err)
{
    *out = (recto_source_opened){0};
    recto_pdf_doc *d = new_pdf(opt);
    if (d == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status status = open_all(d, bytes, size, opt, err);
    if (status != RECTO_OK) {
        close_pdf(d);
        return status;
    }
    *out = (recto_source_opened){&BACKEND, d};
    return RECTO_OK;
}
