/* Adding text to a PDF.
 *
 * A page that gets text is written again as an object of the same number: its contents are a new
 * stream of invisible text, then what they were; its resources are the old ones and our font.  The
 * text comes first since nothing of the page can be in its way there: no matrix or clip is set yet,
 * and whatever the page leaves open stays the page's own affair.  Being invisible, it is no matter
 * that all else is painted over it. */
#include "vision/pdf_write_update.h"

#include "vision/pdf_write.h"

#include <ctype.h>
#include <mupdf/fitz.h>
#include <mupdf/pdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Objects written in one go when the file is written anew. */
static const size_t PIECE_BYTES = (size_t)1 << 20;

enum { MAX_FORMS = 64 }; /* of a page, that are looked at for invisible text */

struct recto_pdf_write_update {
    recto_pdf_doc *d;
    recto_pdf_write w;
    recto_pdf_write_font font;
    recto_sha256_run hash; /* of all that the copy depends on */
    bool whole;            /* the file is written anew */
    bool begun, ending, ended;
    bool stream_xref;
    int n_old;      /* objects of the input, with number 0 */
    int next_old;   /* to be written, at the end of a whole file */
    recto_buf left; /* what is left of a page's contents */
    uint8_t *seen;  /* [n_old] 1: written */
};

/* --- beginning ------------------------------------------------------------------------------- */

/* What stands at the place of the last cross references: 't'able, 's'tream, or 0. */
static int xref_kind(const recto_pdf_doc *d)
{
    if (d->doc->startxref <= 0 || (uint64_t)d->doc->startxref >= d->size)
        return 0;
    const uint8_t *p = d->bytes + d->doc->startxref, *end = d->bytes + d->size;
    while (p < end && isspace(*p))
        p++;
    if (end - p >= 4 && memcmp(p, "xref", 4) == 0)
        return 't';
    return p < end && isdigit(*p) ? 's' : 0;
}

static void out_of_memory(recto_pdf_write *w)
{
    if (w->failed == RECTO_OK)
        w->failed = RECTO_ERR_NOMEM;
}

static void add_secret(fz_context *ctx, void *out, const unsigned char *bytes, size_t size)
{
    (void)ctx;
    recto_buf_add(out, bytes, size);
}

static bool encipher(void *user, recto_buf *out, int num, int gen, const void *bytes, size_t size)
{
    recto_pdf_doc *d = user;
    bool fine = true;
    fz_var(fine);
    fz_try(d->ctx)
    {
        pdf_encrypt_data(d->ctx, d->doc->crypt, num, gen, add_secret, out, bytes, size);
    }
    fz_catch(d->ctx)
    {
        fine = false;
    }
    return fine;
}

/* MuPDF encrypts all by the method of strings.  Throws. */
static bool one_cipher(fz_context *ctx, pdf_document *doc)
{
    pdf_obj *dict = pdf_dict_get(ctx, pdf_trailer(ctx, doc), PDF_NAME(Encrypt));
    if (pdf_dict_get_int(ctx, dict, PDF_NAME(V)) < 4)
        return true;
    const char *strings = pdf_to_name(ctx, pdf_dict_get(ctx, dict, PDF_NAME(StrF)));
    const char *streams = pdf_to_name(ctx, pdf_dict_get(ctx, dict, PDF_NAME(StmF)));
    return strcmp(strings, streams) == 0 && strings[0] != '\0' && strcmp(strings, "Identity") != 0;
}

static recto_status refuse(recto_error *err, const char *why)
{
    return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "no searchable PDF: %s", why);
}

/* How the file is to be written. */
static recto_status choose_way(recto_pdf_write_update *u, recto_error *err)
{
    recto_pdf_doc *d = u->d;
    bool fits = true;
    fz_var(fits);
    int kind = xref_kind(d);
    u->stream_xref = kind == 's';
    u->whole = d->repaired || kind == 0 || d->size < 5 || memcmp(d->bytes, "%PDF-", 5) != 0;
    if (d->doc->crypt == NULL)
        return RECTO_OK;
    if (u->whole)
        return refuse(err, "the PDF is encrypted and broken; decrypt it first (qpdf --decrypt)");
    fz_try(d->ctx)
    {
        fits = one_cipher(d->ctx, d->doc);
    }
    fz_catch(d->ctx)
    {
        fits = false;
    }
    if (!fits)
        return refuse(err, "the PDF is encrypted in two ways; decrypt it first (qpdf --decrypt)");
    u->w.cipher = encipher;
    u->w.cipher_user = d;
    return RECTO_OK;
}

static recto_status count_objects(recto_pdf_write_update *u, recto_error *err)
{
    recto_pdf_doc *d = u->d;
    fz_try(d->ctx)
    {
        u->n_old = pdf_xref_len(d->ctx, d->doc);
    }
    fz_catch(d->ctx)
    {
        return recto_pdf_doc_error(d, "the cross references cannot be read", err);
    }
    u->seen = calloc((size_t)u->n_old + 1, 1);
    return u->seen != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

recto_status recto_pdf_write_update_new(recto_pdf_write_update **out, bool *keeps_input,
                                        recto_pdf_doc *d, const recto_source_copy_options *opt,
                                        recto_error *err)
{
    *out = NULL;
    *keeps_input = false;
    if (opt->pdfa)
        return refuse(err, "--pdfa is for images; a PDF stays what it is");
    recto_pdf_write_update *u = calloc(1, sizeof *u);
    if (u == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    u->d = d;
    u->next_old = 1;
    recto_status st = choose_way(u, err);
    if (st == RECTO_OK)
        st = count_objects(u, err);
    if (st != RECTO_OK) {
        recto_pdf_write_update_free(u);
        return st;
    }
    recto_pdf_write_cipher cipher = u->w.cipher;
    recto_pdf_write_init(&u->w, u->whole ? 0 : d->size, u->n_old);
    u->w.cipher = cipher;
    u->w.cipher_user = d;
    recto_sha256_begin(&u->hash);
    recto_sha256_add(&u->hash, opt->sha256, strlen(opt->sha256));
    *keeps_input = !u->whole;
    *out = u;
    return RECTO_OK;
}

void recto_pdf_write_update_free(recto_pdf_write_update *u)
{
    if (u == NULL)
        return;
    recto_pdf_write_free(&u->w);
    recto_pdf_write_font_free(&u->font);
    recto_buf_free(&u->left);
    free(u->seen);
    free(u);
}

/* --- objects --------------------------------------------------------------------------------- */

/* In front of the first byte: a header, or the end of the input's last line. */
static void begin_bytes(recto_pdf_write_update *u)
{
    if (u->begun)
        return;
    u->begun = true;
    if (u->whole)
        recto_buf_text(&u->w.out, "%PDF-1.7\n%\xE2\xE3\xCF\xD3\n");
    else if (u->d->bytes[u->d->size - 1] != '\n')
        recto_buf_char(&u->w.out, '\n');
}

/* Append an object as it is written.  Throws. */
static void put_object(recto_pdf_write_update *u, pdf_obj *obj, int num, int gen)
{
    fz_context *ctx = u->d->ctx;
    fz_buffer *text = NULL;
    fz_output *out = NULL;
    fz_var(text);
    fz_var(out);
    fz_try(ctx)
    {
        unsigned char *bytes;
        text = fz_new_buffer(ctx, 1024);
        out = fz_new_output_with_buffer(ctx, text);
        pdf_print_encrypted_obj(ctx, out, obj, 1, 0, u->w.cipher != NULL ? u->d->doc->crypt : NULL,
                                num, gen);
        fz_close_output(ctx, out);
        size_t size = fz_buffer_storage(ctx, text, &bytes);
        recto_buf_add(&u->w.out, bytes, size);
    }
    fz_always(ctx)
    {
        fz_drop_output(ctx, out);
        fz_drop_buffer(ctx, text);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* What u->left holds as a new stream object with that dictionary, which is changed; its number.
 * packed: the caller's to free.  Throws. */
static int put_stream(recto_pdf_write_update *u, pdf_obj *dict, recto_buf *packed)
{
    recto_buf secret = RECTO_BUF_INIT;
    int num = recto_pdf_write_new(&u->w);
    if (u->left.failed || !recto_pdf_write_deflate(packed, recto_buf_cstr(&u->left), u->left.len))
        out_of_memory(&u->w);
    if (u->w.cipher != NULL) {
        if (!u->w.cipher(u->d, &secret, num, 0, recto_buf_cstr(packed), packed->len))
            out_of_memory(&u->w);
        recto_buf_free(packed);
        *packed = secret;
    }
    pdf_dict_put_int(u->d->ctx, dict, PDF_NAME(Length), (int64_t)packed->len);
    recto_pdf_write_begin(&u->w, num, 0);
    put_object(u, dict, num, 0);
    recto_buf_text(&u->w.out, "\nstream\n");
    recto_buf_add(&u->w.out, recto_buf_cstr(packed), packed->len);
    recto_buf_text(&u->w.out, "\nendstream");
    recto_pdf_write_end(&u->w);
    return num;
}

/* --- a page ---------------------------------------------------------------------------------- */

/* From the words' px to the page's user space.  Throws. */
static recto_affine to_user(const recto_pdf_write_update *u, const recto_source_copy_page *page,
                            pdf_page *loaded)
{
    const recto_pdf_doc *d = u->d;
    fz_context *ctx = d->ctx;
    fz_rect box;
    fz_matrix m;
    pdf_page_transform(ctx, loaded, &box, &m);
    /* as source_pdf.c lays it out: turned upright, its corner at 0 */
    fz_matrix turn = fz_rotate((float)d->page.turned_deg);
    fz_rect shown = fz_transform_rect(fz_transform_rect(box, m), turn);
    m = fz_concat(fz_concat(m, turn), fz_translate(-shown.x0, -shown.y0));
    m = fz_concat(m, fz_scale(page->width / d->page.width, page->height / d->page.height));
    fz_matrix back = fz_invert_matrix(m);
    return recto_affine_then(page->to_page,
                             (recto_affine){back.a, back.b, back.c, back.d, back.e, back.f});
}

/* A name for our font that the page has not given to another.  Throws. */
static void free_name(char *name, size_t size, fz_context *ctx, pdf_obj *fonts)
{
    for (int i = 0; i < 1000; i++) {
        snprintf(name, size, "RectoT%d", i);
        if (pdf_dict_gets(ctx, fonts, name) == NULL)
            return;
    }
}

/* A form's stream without its invisible text, as a new object; its number, 0 if there is none of
 * it.  Programs that add an OCR layer often put it into a form of its own.  Throws. */
static int strip_form(recto_pdf_write_update *u, pdf_obj *form)
{
    fz_context *ctx = u->d->ctx;
    pdf_obj *dict = NULL;
    recto_buf packed = RECTO_BUF_INIT;
    int num = 0;
    recto_buf_clear(&u->left);
    if (!recto_pdf_write_strip(&u->left, u->d, form, 0))
        return 0;
    fz_var(dict);
    fz_var(num);
    fz_try(ctx)
    {
        dict = pdf_copy_dict(ctx, form);
        pdf_dict_del(ctx, dict, PDF_NAME(DecodeParms));
        pdf_dict_put(ctx, dict, PDF_NAME(Filter), PDF_NAME(FlateDecode));
        num = put_stream(u, dict, &packed);
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, dict);
        recto_buf_free(&packed);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
    return num;
}

/* Invisible text of the page's forms gives way.  Throws. */
static void strip_forms(recto_pdf_write_update *u, pdf_obj *resources)
{
    fz_context *ctx = u->d->ctx;
    pdf_obj *old = pdf_dict_get(ctx, resources, PDF_NAME(XObject)), *made = NULL;
    int n = pdf_dict_len(ctx, old);
    fz_var(made);
    fz_try(ctx)
    {
        for (int i = 0; i < n && i < MAX_FORMS; i++) {
            pdf_obj *form = pdf_dict_get_val(ctx, old, i);
            if (pdf_dict_get(ctx, form, PDF_NAME(Subtype)) != PDF_NAME(Form))
                continue;
            int num = strip_form(u, form);
            if (num != 0 && made == NULL)
                made = pdf_copy_dict(ctx, old);
            if (num != 0)
                pdf_dict_put_drop(ctx, made, pdf_dict_get_key(ctx, old, i),
                                  pdf_new_indirect(ctx, u->d->doc, num, 0));
        }
        if (made != NULL)
            pdf_dict_put(ctx, resources, PDF_NAME(XObject), made);
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, made);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* The page's resources and our font besides; drop it.  Throws. */
static pdf_obj *resources_with_font(recto_pdf_write_update *u, pdf_obj *page_obj, char *name,
                                    size_t size)
{
    fz_context *ctx = u->d->ctx;
    pdf_document *doc = u->d->doc;
    pdf_obj *old = pdf_dict_get_inheritable(ctx, page_obj, PDF_NAME(Resources));
    pdf_obj *made = NULL, *fonts = NULL;
    fz_var(made);
    fz_var(fonts);
    fz_try(ctx)
    {
        made = pdf_is_dict(ctx, old) ? pdf_copy_dict(ctx, old) : pdf_new_dict(ctx, doc, 2);
        pdf_obj *old_fonts = pdf_dict_get(ctx, made, PDF_NAME(Font));
        fonts =
            pdf_is_dict(ctx, old_fonts) ? pdf_copy_dict(ctx, old_fonts) : pdf_new_dict(ctx, doc, 1);
        free_name(name, size, ctx, fonts);
        pdf_dict_puts_drop(ctx, fonts, name, pdf_new_indirect(ctx, doc, u->font.num, 0));
        pdf_dict_put(ctx, made, PDF_NAME(Font), fonts);
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, fonts);
    }
    fz_catch(ctx)
    {
        pdf_drop_obj(ctx, made);
        fz_rethrow(ctx);
    }
    return made;
}

/* Its old contents behind the new: what they were, or what is left of them.  Throws. */
static void push_old_contents(recto_pdf_write_update *u, pdf_obj *array, pdf_obj *old, bool strip)
{
    recto_pdf_doc *d = u->d;
    fz_context *ctx = d->ctx;
    if (!pdf_is_array(ctx, old) && !pdf_is_stream(ctx, old))
        return;
    recto_buf_clear(&u->left);
    if (strip && recto_pdf_write_strip(&u->left, d, old, 0)) {
        int num = recto_pdf_write_new(&u->w);
        if (u->left.failed)
            out_of_memory(&u->w);
        recto_pdf_write_stream(&u->w, num, 0, "", recto_buf_cstr(&u->left), u->left.len, true);
        pdf_array_push_drop(ctx, array, pdf_new_indirect(ctx, d->doc, num, 0));
        return;
    }
    if (!pdf_is_array(ctx, old)) {
        pdf_array_push(ctx, array, old);
        return;
    }
    int n = pdf_array_len(ctx, old);
    for (int i = 0; i < n; i++)
        pdf_array_push(ctx, array, pdf_array_get(ctx, old, i));
}

/* Throws. */
static void put_text(recto_pdf_write_update *u, const recto_source_copy_page *page, int num,
                     const char *name, recto_affine m)
{
    recto_buf text = RECTO_BUF_INIT;
    if (recto_pdf_write_text(&text, &u->font, name, page->lines, page->n_lines, m))
        recto_pdf_write_stream(&u->w, num, 0, "", text.data, text.len, true);
    else
        out_of_memory(&u->w);
    recto_buf_free(&text);
}

/* Write the page's object again.  Throws. */
static void put_page(recto_pdf_write_update *u, const recto_source_copy_page *page,
                     pdf_page *loaded)
{
    fz_context *ctx = u->d->ctx;
    pdf_document *doc = u->d->doc;
    pdf_obj *obj = loaded->obj, *copy = NULL, *resources = NULL, *contents = NULL;
    char name[24];
    int num = pdf_to_num(ctx, obj), gen = pdf_to_gen(ctx, obj);
    if (num <= 0 || num >= u->n_old)
        fz_throw(ctx, FZ_ERROR_GENERIC, "the page is no object of its own");
    if (u->seen[num])
        return; /* the same object as a page before: it can have one text only */
    recto_affine m = to_user(u, page, loaded);
    fz_var(copy);
    fz_var(resources);
    fz_var(contents);
    begin_bytes(u);
    if (u->font.num == 0)
        u->font.num = recto_pdf_write_new(&u->w);
    fz_try(ctx)
    {
        copy = pdf_copy_dict(ctx, obj);
        resources = resources_with_font(u, obj, name, sizeof name);
        contents = pdf_new_array(ctx, doc, 4);
        int text = recto_pdf_write_new(&u->w);
        put_text(u, page, text, name, m);
        pdf_array_push_drop(ctx, contents, pdf_new_indirect(ctx, doc, text, 0));
        push_old_contents(u, contents, pdf_dict_get(ctx, obj, PDF_NAME(Contents)),
                          page->replace_hidden);
        pdf_dict_put(ctx, copy, PDF_NAME(Contents), contents);
        if (page->replace_hidden)
            strip_forms(u, resources);
        pdf_dict_put(ctx, copy, PDF_NAME(Resources), resources);
        recto_pdf_write_begin(&u->w, num, gen);
        put_object(u, copy, num, gen);
        recto_pdf_write_end(&u->w);
        u->seen[num] = 1;
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, copy);
        pdf_drop_obj(ctx, resources);
        pdf_drop_obj(ctx, contents);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

static void hash_page(recto_pdf_write_update *u, const recto_source_copy_page *page)
{
    recto_sha256_add(&u->hash, &page->index, sizeof page->index);
    for (int i = 0; i < page->n_lines; i++) {
        for (int k = 0; k < page->lines[i].n_words; k++) {
            const recto_word *w = &page->lines[i].words[k];
            recto_sha256_add(&u->hash, &w->box, sizeof w->box);
            recto_sha256_add(&u->hash, w->text, strlen(w->text));
        }
    }
}

recto_status recto_pdf_write_update_page(recto_pdf_write_update *u,
                                         const recto_source_copy_page *page, recto_error *err)
{
    recto_pdf_doc *d = u->d;
    fz_page *loaded = NULL;
    if (page->n_lines == 0)
        return RECTO_OK;
    fz_var(loaded);
    fz_try(d->ctx)
    {
        recto_pdf_doc_trim(d);
        loaded = (fz_page *)pdf_load_page(d->ctx, d->doc, page->index);
        put_page(u, page, (pdf_page *)loaded);
    }
    fz_always(d->ctx)
    {
        fz_drop_page(d->ctx, loaded);
    }
    fz_catch(d->ctx)
    {
        return recto_pdf_doc_error(d, "no text can be added to the page", err);
    }
    hash_page(u, page);
    return recto_pdf_write_status(&u->w, err);
}

/* --- the end --------------------------------------------------------------------------------- */

/* One more object of the input.  What cannot be read is left out, as it would be for any reader.
 * Throws. */
static void put_old(recto_pdf_write_update *u, int num)
{
    fz_context *ctx = u->d->ctx;
    pdf_obj *obj = NULL, *dict = NULL;
    fz_buffer *raw = NULL;
    fz_var(obj);
    fz_var(dict);
    fz_var(raw);
    fz_try(ctx)
    {
        const pdf_xref_entry *entry = pdf_get_xref_entry(ctx, u->d->doc, num);
        int gen = entry->type == 'n' ? entry->gen : 0; /* of others it is something else */
        obj = pdf_load_object(ctx, u->d->doc, num);
        pdf_obj *type = pdf_dict_get(ctx, obj, PDF_NAME(Type));
        bool old_form = type == PDF_NAME(XRef) || type == PDF_NAME(ObjStm);
        if (pdf_obj_num_is_stream(ctx, u->d->doc, num) && !old_form) {
            unsigned char *bytes;
            raw = pdf_load_raw_stream_number(ctx, u->d->doc, num);
            size_t size = fz_buffer_storage(ctx, raw, &bytes);
            dict = pdf_copy_dict(ctx, obj);
            pdf_dict_put_int(ctx, dict, PDF_NAME(Length), (int64_t)size);
            recto_pdf_write_begin(&u->w, num, gen);
            put_object(u, dict, num, gen);
            recto_buf_text(&u->w.out, "\nstream\n");
            recto_buf_add(&u->w.out, bytes, size);
            recto_buf_text(&u->w.out, "\nendstream");
            recto_pdf_write_end(&u->w);
        } else if (!old_form && !pdf_is_null(ctx, obj)) {
            recto_pdf_write_begin(&u->w, num, gen);
            put_object(u, obj, num, gen);
            recto_pdf_write_end(&u->w);
        }
    }
    fz_always(ctx)
    {
        pdf_drop_obj(ctx, obj);
        pdf_drop_obj(ctx, dict);
        fz_drop_buffer(ctx, raw);
    }
    fz_catch(ctx)
    {
        fz_rethrow(ctx);
    }
}

/* Throws. */
static void put_key(recto_pdf_write_update *u, recto_buf *keys, pdf_obj *key)
{
    fz_context *ctx = u->d->ctx;
    pdf_obj *value = pdf_dict_get(ctx, pdf_trailer(ctx, u->d->doc), key);
    size_t size = 0;
    char fixed[512];
    if (value == NULL)
        return;
    char *text = pdf_sprint_obj(ctx, fixed, sizeof fixed, &size, value, 1, 0);
    recto_buf_printf(keys, " /%s ", pdf_to_name(ctx, key));
    recto_buf_add(keys, text, size);
    if (text != fixed)
        fz_free(ctx, text);
}

/* The file's identity: the input's own where it has one, then the copy's.  Throws. */
static void put_id(recto_pdf_write_update *u, recto_buf *keys)
{
    fz_context *ctx = u->d->ctx;
    char hex[RECTO_SHA256_HEX];
    size_t size = 0;
    pdf_obj *ids = pdf_dict_get(ctx, pdf_trailer(ctx, u->d->doc), PDF_NAME(ID));
    const char *first = pdf_to_string(ctx, pdf_array_get(ctx, ids, 0), &size);
    recto_sha256_end(hex, &u->hash);
    recto_buf_text(keys, " /ID [<");
    for (size_t i = 0; i < size; i++)
        recto_buf_printf(keys, "%02X", (unsigned)(uint8_t)first[i]);
    if (size == 0)
        recto_buf_add(keys, hex, 32);
    recto_buf_text(keys, "> <");
    recto_buf_add(keys, hex, 32);
    recto_buf_text(keys, ">]");
}

static recto_status put_keys(recto_pdf_write_update *u, recto_buf *keys, recto_error *err)
{
    recto_pdf_doc *d = u->d;
    fz_try(d->ctx)
    {
        put_key(u, keys, PDF_NAME(Root));
        put_key(u, keys, PDF_NAME(Info));
        if (!u->whole)
            put_key(u, keys, PDF_NAME(Encrypt));
        put_id(u, keys);
    }
    fz_catch(d->ctx)
    {
        return recto_pdf_doc_error(d, "the trailer cannot be written", err);
    }
    return recto_buf_status(keys, err);
}

static recto_status finish(recto_pdf_write_update *u, recto_error *err)
{
    recto_buf keys = RECTO_BUF_INIT;
    begin_bytes(u);
    if (u->font.num != 0)
        recto_pdf_write_font_end(&u->w, &u->font);
    recto_status st = put_keys(u, &keys, err);
    if (st == RECTO_OK)
        recto_pdf_write_finish(&u->w, recto_buf_cstr(&keys),
                               u->whole ? UINT64_MAX : (uint64_t)u->d->doc->startxref,
                               u->stream_xref && !u->whole);
    recto_buf_free(&keys);
    u->ended = true;
    return st == RECTO_OK ? recto_pdf_write_status(&u->w, err) : st;
}

recto_status recto_pdf_write_update_end(recto_pdf_write_update *u, recto_error *err)
{
    u->ending = true;
    if (u->whole) /* piece by piece, as it is taken */
        begin_bytes(u);
    else if (u->begun)
        return finish(u, err);
    else
        u->ended = true; /* nothing was added: the copy is the input */
    return RECTO_OK;
}

/* Some more of a file that is written anew. */
static recto_status go_on(recto_pdf_write_update *u, recto_error *err)
{
    recto_pdf_doc *d = u->d;
    while (u->next_old < u->n_old && u->w.out.len < PIECE_BYTES) {
        int num = u->next_old++;
        if (u->seen[num])
            continue;
        fz_try(d->ctx)
        {
            recto_pdf_doc_trim(d);
            put_old(u, num);
        }
        fz_catch(d->ctx)
        {
            if (fz_caught(d->ctx) == FZ_ERROR_MEMORY)
                return recto_pdf_doc_error(d, "an object cannot be copied", err);
        }
    }
    if (u->next_old >= u->n_old && !u->ended)
        return finish(u, err);
    return recto_pdf_write_status(&u->w, err);
}

recto_status recto_pdf_write_update_take(size_t *got, void *to, size_t size,
                                         recto_pdf_write_update *u, recto_error *err)
{
    recto_status st = RECTO_OK;
    *got = 0;
    while (st == RECTO_OK && u->ending && !u->ended && u->w.out.len < size)
        st = go_on(u, err);
    if (st == RECTO_OK)
        *got = recto_pdf_write_take(&u->w, to, size);
    return st;
}
