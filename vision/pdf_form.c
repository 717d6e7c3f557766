/* Fields are read from the widgets' dictionaries: MuPDF's own functions for them would run the
 * document's scripts to format a value. */
#include "vision/pdf_form.h"

#include "core/utf8.h"
#include "vision/pdf_annots.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_FIELDS = 10000, /* a page; source_wire_scan.c takes no more */
    MAX_TEXT = 32768,   /* bytes of a name, label or value; longer ones are cut */
    MAX_PARENTS = 32,
    MAX_STEPS = 1000000, /* options of lists that a page's values are looked for in */
    MAX_CHOICES = 256,   /* selected at once, told of */
};

/* Bits of /Ff (PDF 32000-1, tables 226 and 228). */
enum { FLAG_PASSWORD = 1 << 13, FLAG_RADIO = 1 << 15, FLAG_BUTTON = 1 << 16 };

typedef recto_pdf_annots reader;

static recto_field_kind kind_of(fz_context *ctx, pdf_obj *widget)
{
    pdf_obj *type = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(FT));
    int flags = pdf_to_int(ctx, pdf_dict_get_inheritable(ctx, widget, PDF_NAME(Ff)));
    if (type == PDF_NAME(Btn))
        return (flags & FLAG_BUTTON) != 0  ? RECTO_FIELD_BUTTON
               : (flags & FLAG_RADIO) != 0 ? RECTO_FIELD_RADIO
                                           : RECTO_FIELD_CHECKBOX;
    if (type == PDF_NAME(Ch))
        return RECTO_FIELD_CHOICE;
    return type == PDF_NAME(Sig) ? RECTO_FIELD_SIGNATURE : RECTO_FIELD_TEXT;
}

static bool has_value(fz_context *ctx, pdf_obj *widget)
{
    pdf_obj *v = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(V));
    if (pdf_is_string(ctx, v))
        return pdf_to_str_len(ctx, v) > 0;
    return pdf_is_name(ctx, v) || pdf_is_stream(ctx, v) || pdf_array_len(ctx, v) > 0;
}

bool recto_pdf_form_tells(fz_context *ctx, pdf_obj *widget)
{
    int flags = pdf_dict_get_int(ctx, widget, PDF_NAME(F));
    if (pdf_dict_get(ctx, widget, PDF_NAME(Subtype)) != PDF_NAME(Widget) ||
        (flags & (PDF_ANNOT_IS_HIDDEN | PDF_ANNOT_IS_NO_VIEW)) != 0)
        return false;
    recto_field_kind kind = kind_of(ctx, widget);
    if (kind == RECTO_FIELD_CHECKBOX || kind == RECTO_FIELD_RADIO)
        return true;
    bool is_drawn = pdf_is_stream(ctx, pdf_dict_getp(ctx, widget, "AP/N"));
    return kind != RECTO_FIELD_BUTTON && (has_value(ctx, widget) || !is_drawn);
}

/* --- texts --------------------------------------------------------------------------------- */

/* Clean text in r->keep, cut to MAX_TEXT; "" if out of memory. */
static const char *kept(reader *r, const char *text)
{
    size_t len = strlen(text);
    while (len > MAX_TEXT || (len > 0 && ((unsigned char)text[len] & 0xC0u) == 0x80u))
        len = len > MAX_TEXT ? MAX_TEXT : len - 1;
    const char *clean = recto_utf8_clean(r->keep, text, len);
    r->nomem = r->nomem || clean == NULL;
    return clean != NULL ? clean : "";
}

/* Line ends of a value become spaces, as white space does in all texts. */
static const char *text_of(reader *r, pdf_obj *obj)
{
    if (pdf_is_name(r->ctx, obj))
        return kept(r, pdf_to_name(r->ctx, obj));
    if (!pdf_is_string(r->ctx, obj))
        return "";
    return kept(r, pdf_to_text_string(r->ctx, obj));
}

/* A long value may be a stream.  Throws. */
static const char *stream_text(reader *r, pdf_obj *obj)
{
    const char *out = "";
    char *text = pdf_load_stream_or_string_as_utf8(r->ctx, obj);
    out = kept(r, text);
    fz_free(r->ctx, text);
    return out;
}

/* "person.name": the partial names from the root on. */
static const char *full_name(reader *r, pdf_obj *widget)
{
    pdf_obj *parts[MAX_PARENTS];
    int n = 0, steps = 0;
    for (pdf_obj *at = widget; pdf_is_dict(r->ctx, at) && steps < MAX_PARENTS; steps++) {
        pdf_obj *part = pdf_dict_get(r->ctx, at, PDF_NAME(T));
        if (pdf_is_string(r->ctx, part))
            parts[n++] = part;
        at = pdf_dict_get(r->ctx, at, PDF_NAME(Parent));
    }
    recto_buf name = RECTO_BUF_INIT;
    while (n-- > 0) {
        recto_buf_text(&name, name.len > 0 ? "." : "");
        recto_buf_text(&name, pdf_to_text_string(r->ctx, parts[n]));
    }
    r->nomem = r->nomem || name.failed;
    const char *out = name.failed ? "" : kept(r, recto_buf_cstr(&name));
    recto_buf_free(&name);
    return out;
}

/* --- values -------------------------------------------------------------------------------- */

/* The name of a box's state when it is on; NULL if it has none. */
static pdf_obj *on_state(fz_context *ctx, pdf_obj *widget)
{
    pdf_obj *looks = pdf_dict_getp(ctx, widget, "AP/N");
    int n = pdf_is_dict(ctx, looks) ? pdf_dict_len(ctx, looks) : 0;
    for (int i = 0; i < n; i++) {
        pdf_obj *key = pdf_dict_get_key(ctx, looks, i);
        if (key != PDF_NAME(Off))
            return key;
    }
    return NULL;
}

static bool is_on(fz_context *ctx, pdf_obj *widget)
{
    pdf_obj *state = pdf_dict_get(ctx, widget, PDF_NAME(AS));
    pdf_obj *on = on_state(ctx, widget);
    if (state == NULL) {
        state = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(V));
        return pdf_is_name(ctx, state) && state != PDF_NAME(Off) &&
               (on == NULL || pdf_name_eq(ctx, state, on));
    }
    return pdf_is_name(ctx, state) && state != PDF_NAME(Off);
}

/* What a box stands for in the data: its state's name, or what the field lists under that number.
 */
static const char *box_value(reader *r, pdf_obj *widget)
{
    fz_context *ctx = r->ctx;
    pdf_obj *on = on_state(ctx, widget);
    if (on == NULL)
        on = pdf_dict_get(ctx, widget, PDF_NAME(AS));
    if (on == NULL || on == PDF_NAME(Off))
        return "";
    pdf_obj *list = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(Opt));
    const char *name = pdf_to_name(ctx, on);
    char *end = NULL;
    long at = strtol(name, &end, 10);
    if (end != name && *end == '\0' && at >= 0 && at < pdf_array_len(ctx, list))
        return text_of(r, pdf_array_get(ctx, list, (int)at));
    return kept(r, name);
}

/* What a list shows for an export value. */
static const char *choice_text(reader *r, pdf_obj *list, pdf_obj *value)
{
    fz_context *ctx = r->ctx;
    int n = pdf_array_len(ctx, list);
    for (int i = 0; i < n && r->n_steps < MAX_STEPS; i++) {
        pdf_obj *pair = pdf_array_get(ctx, list, i);
        r->n_steps++;
        if (pdf_array_len(ctx, pair) == 2 &&
            pdf_objcmp_resolve(ctx, pdf_array_get(ctx, pair, 0), value) == 0)
            return text_of(r, pdf_array_get(ctx, pair, 1));
    }
    return text_of(r, value);
}

static const char *choice_value(reader *r, pdf_obj *widget)
{
    fz_context *ctx = r->ctx;
    pdf_obj *list = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(Opt));
    pdf_obj *v = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(V));
    if (!pdf_is_array(ctx, v))
        return choice_text(r, list, v);
    recto_buf all = RECTO_BUF_INIT;
    int n = pdf_array_len(ctx, v);
    for (int i = 0; i < n && i < MAX_CHOICES && all.len < MAX_TEXT; i++) {
        recto_buf_text(&all, all.len > 0 ? ", " : "");
        recto_buf_text(&all, choice_text(r, list, pdf_array_get(ctx, v, i)));
    }
    r->nomem = r->nomem || all.failed;
    const char *out = all.failed ? "" : kept(r, recto_buf_cstr(&all));
    recto_buf_free(&all);
    return out;
}

static const char *value_of(reader *r, pdf_obj *widget, recto_field_kind kind)
{
    fz_context *ctx = r->ctx;
    int flags = pdf_to_int(ctx, pdf_dict_get_inheritable(ctx, widget, PDF_NAME(Ff)));
    pdf_obj *v = pdf_dict_get_inheritable(ctx, widget, PDF_NAME(V));
    switch (kind) {
    case RECTO_FIELD_CHECKBOX:
    case RECTO_FIELD_RADIO:
        return box_value(r, widget);
    case RECTO_FIELD_CHOICE:
        return choice_value(r, widget);
    case RECTO_FIELD_TEXT:
        if ((flags & FLAG_PASSWORD) != 0) /* not shown on the page either */
            return "";
        return pdf_is_stream(ctx, v) ? stream_text(r, v) : text_of(r, v);
    default:
        return "";
    }
}

/* --- the page ------------------------------------------------------------------------------ */

static void add_field(reader *r, const recto_field *f)
{
    recto_field *fields =
        recto_pdf_annots_room(r, r->out->fields, (size_t)r->out->n_fields, sizeof *fields);
    if (fields == NULL)
        return;
    fields[r->out->n_fields++] = *f;
    r->out->fields = fields;
}

/* Throws. */
static void read_widget(reader *r, pdf_obj *widget)
{
    fz_context *ctx = r->ctx;
    if (r->out->n_fields >= MAX_FIELDS || !recto_pdf_form_tells(ctx, widget))
        return;
    recto_field f = {.kind = kind_of(ctx, widget), .conf = 1.0f};
    f.box = recto_pdf_annots_box(r, pdf_dict_get_rect(ctx, widget, PDF_NAME(Rect)));
    if (recto_rect_is_empty(f.box))
        return;
    f.name = full_name(r, widget);
    f.label = text_of(r, pdf_dict_get_inheritable(ctx, widget, PDF_NAME(TU)));
    f.value = value_of(r, widget, f.kind);
    f.checked =
        f.kind == RECTO_FIELD_SIGNATURE
            ? pdf_is_dict(ctx, pdf_dict_get_inheritable(ctx, widget, PDF_NAME(V)))
            : (f.kind == RECTO_FIELD_CHECKBOX || f.kind == RECTO_FIELD_RADIO) && is_on(ctx, widget);
    add_field(r, &f);
}

recto_status recto_pdf_form_build(recto_layout *out, recto_pdf_doc *d, int i, float scale,
                                  recto_arena *keep, recto_error *err)
{
    reader r = {.d = d, .out = out, .keep = keep};
    return recto_pdf_annots_read(&r, i, scale, read_widget, "the fields of a page", err);
}
