/* The engine's half of a SCAN: facts and layout of a page, from a process that may have been taken
 * over.  Every count, number, enum and text is checked before anything sees it; words that are
 * plain ASCII (nearly all) cost one pass. */
#include "vision/wire_reply.h"

#include <math.h>
#include <string.h>

/* More than any source makes: see the limits of pdf_page.h, pdf_links.c and image_tiff.c. */
enum {
    MAX_WORDS = 4000000,
    MAX_RULES = 40000,
    MAX_PICTURES = 100000,
    MAX_LINKS = 10000,
    MAX_FIELDS = 10000,
    MAX_URL = 4096,         /* bytes */
    MAX_FIELD_TEXT = 65536, /* bytes of a name, label or value */
    ALL_STYLES = RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC | RECTO_STYLE_MONO | RECTO_STYLE_SUPER |
                 RECTO_STYLE_HIDDEN | RECTO_STYLE_SUB,
    AT_ONCE = 64, /* records read in one piece */
};

static const float MAX_COORDINATE = 1e10f; /* an image of 200 million x 1 px, at 10,000 dpi */

/* --- facts ------------------------------------------------------------------------------- */

static bool is_quarter(int deg)
{
    return deg == 0 || deg == 90 || deg == 180 || deg == 270;
}

static bool are_facts(const recto_source_wire_facts *w)
{
    return recto_wire_reply_is_in(w->width_pt, 1e-4f, MAX_COORDINATE) &&
           recto_wire_reply_is_in(w->height_pt, 1e-4f, MAX_COORDINATE) &&
           is_quarter(w->rotate_deg) && is_quarter(w->turned_deg) && w->n_chars >= 0 &&
           w->n_chars_hidden >= 0 && w->n_chars_bad >= 0 && w->n_chars_bad <= w->n_chars &&
           w->n_chars_odd >= 0 && w->n_chars_odd <= w->n_chars && w->n_images >= 0 &&
           recto_wire_reply_is_in(w->image_cover, 0.0f, 1.0f) && w->single_image <= 1 &&
           w->image_w >= 0 && w->image_h >= 0 && w->n_paths >= 0 &&
           recto_wire_reply_is_in(w->path_cover, 0.0f, 1.0f) && w->damaged <= 1;
}

static void facts_of(recto_source_facts *out, const recto_source_wire_facts *w)
{
    *out = (recto_source_facts){
        .width_pt = w->width_pt,
        .height_pt = w->height_pt,
        .rotate_deg = w->rotate_deg,
        .turned_deg = w->turned_deg,
        .n_chars = w->n_chars,
        .n_chars_hidden = w->n_chars_hidden,
        .n_chars_bad = w->n_chars_bad,
        .n_chars_odd = w->n_chars_odd,
        .n_images = w->n_images,
        .image_cover = w->image_cover,
        .single_image = w->single_image != 0,
        .image_w = w->image_w,
        .image_h = w->image_h,
        .n_paths = w->n_paths,
        .path_cover = w->path_cover,
        .damaged = w->damaged != 0,
    };
}

/* --- layout ------------------------------------------------------------------------------ */

/* Where boxes may lie: on the page, rules also beside it by half their thickness and a little. */
typedef struct bounds {
    recto_rect words, rules;
} bounds;

static recto_rect widened(float width, float height, float by)
{
    return (recto_rect){-by, -by, width + by, height + by};
}

static bounds bounds_of(const recto_source_wire_layout *head)
{
    const float rule_pt = 12.0f;
    float scale = fmaxf(head->dpi / 72.0f, 1.0f);
    float rounding = 1e-5f * fmaxf(head->width, head->height);
    return (bounds){widened(head->width, head->height, 0.01f * scale + rounding),
                    widened(head->width, head->height, rule_pt * scale + rounding)};
}

static bool is_box(recto_rect r, recto_rect within)
{
    return r.x0 >= within.x0 && r.x0 <= r.x1 && r.x1 <= within.x1 && r.y0 >= within.y0 &&
           r.y0 <= r.y1 && r.y1 <= within.y1;
}

static bool is_near(float value, float wanted)
{
    return fabsf(value - wanted) <= 1e-4f * wanted;
}

static bool is_layout_head(const recto_source_wire_layout *h, const recto_source_wire_facts *f,
                           float layout_dpi)
{
    float scale = layout_dpi / 72.0f;
    return h->dpi == layout_dpi && is_near(h->width, f->width_pt * scale) &&
           is_near(h->height, f->height_pt * scale) &&
           recto_wire_reply_is_in(h->width, 0.0f, MAX_COORDINATE) &&
           recto_wire_reply_is_in(h->height, 0.0f, MAX_COORDINATE) && h->n_words <= MAX_WORDS &&
           h->n_lines <= h->n_words && h->n_rules <= MAX_RULES && h->n_pictures <= MAX_PICTURES &&
           h->n_links <= MAX_LINKS && h->n_fields <= MAX_FIELDS;
}

/* Room for all that the layout points to, except texts. */
static bool make_room(recto_layout *out, recto_word **words, const recto_source_wire_layout *head,
                      recto_arena *keep)
{
    out->lines = recto_arena_array(keep, head->n_lines, sizeof *out->lines);
    out->rules = recto_arena_array(keep, head->n_rules, sizeof *out->rules);
    out->pictures = recto_arena_array(keep, head->n_pictures, sizeof *out->pictures);
    out->links = recto_arena_array(keep, head->n_links, sizeof *out->links);
    out->fields = recto_arena_array(keep, head->n_fields, sizeof *out->fields);
    *words = recto_arena_array(keep, head->n_words, sizeof **words);
    return out->links != NULL && out->fields != NULL && out->lines != NULL && out->rules != NULL &&
           out->pictures != NULL && *words != NULL;
}

static bool is_line(const recto_source_wire_line *w, recto_rect within, uint32_t n_words_left)
{
    return is_box(w->box, within) && w->n_words >= 1 && w->n_words <= n_words_left &&
           recto_wire_reply_is_in(w->baseline, -MAX_COORDINATE, MAX_COORDINATE) && w->size > 0.0f &&
           w->size <= MAX_COORDINATE && recto_wire_reply_is_in(w->conf, 0.0f, 1.0f) &&
           (w->style & ~(uint32_t)ALL_STYLES) == 0 && w->region >= -1;
}

static recto_status take_lines(recto_layout *out, recto_word *words,
                               const recto_source_wire_layout *head, recto_rect within,
                               recto_source_wire_reply *reply, recto_error *err)
{
    recto_source_wire_line part[AT_ONCE];
    uint32_t left = head->n_words;
    for (uint32_t i = 0; i < head->n_lines; i += AT_ONCE) {
        uint32_t n = head->n_lines - i < AT_ONCE ? head->n_lines - i : AT_ONCE;
        recto_status status = recto_wire_reply_take(part, n * sizeof *part, reply, err);
        if (status != RECTO_OK)
            return status;
        for (uint32_t k = 0; k < n; k++) {
            const recto_source_wire_line *w = &part[k];
            if (!is_line(w, within, left))
                return recto_wire_reply_nonsense(reply, "a line that is none", err);
            left -= w->n_words;
            out->lines[i + k] = (recto_line){.box = w->box,
                                             .words = words,
                                             .n_words = (int)w->n_words,
                                             .baseline = w->baseline,
                                             .size = w->size,
                                             .conf = w->conf,
                                             .style = w->style,
                                             .region = w->region};
            words += w->n_words;
        }
    }
    out->n_lines = (int)head->n_lines;
    return left == 0 ? RECTO_OK : recto_wire_reply_nonsense(reply, "words without a line", err);
}

static recto_status take_shapes(recto_layout *out, const recto_source_wire_layout *head,
                                const bounds *within, recto_source_wire_reply *reply,
                                recto_error *err)
{
    for (uint32_t i = 0; i < head->n_rules; i++) {
        recto_source_wire_rule w;
        recto_status status = recto_wire_reply_take(&w, sizeof w, reply, err);
        if (status != RECTO_OK)
            return status;
        if (!is_box(w.box, within->rules) || w.vertical > 1)
            return recto_wire_reply_nonsense(reply, "a rule that is none", err);
        out->rules[i] = (recto_rule){w.box, w.vertical != 0};
    }
    recto_status status =
        recto_wire_reply_take(out->pictures, head->n_pictures * sizeof *out->pictures, reply, err);
    if (status != RECTO_OK)
        return status;
    for (uint32_t i = 0; i < head->n_pictures; i++) {
        if (!is_box(out->pictures[i], within->words))
            return recto_wire_reply_nonsense(reply, "a picture that is none", err);
    }
    out->n_rules = (int)head->n_rules;
    out->n_pictures = (int)head->n_pictures;
    return RECTO_OK;
}

static recto_status take_words(recto_word *words, uint32_t n_words, recto_rect within,
                               recto_wire_texts *t, recto_source_wire_reply *reply,
                               recto_error *err)
{
    recto_source_wire_word part[AT_ONCE];
    for (uint32_t i = 0; i < n_words; i += AT_ONCE) {
        uint32_t n = n_words - i < AT_ONCE ? n_words - i : AT_ONCE;
        recto_status status = recto_wire_reply_take(part, n * sizeof *part, reply, err);
        for (uint32_t k = 0; status == RECTO_OK && k < n; k++) {
            const recto_source_wire_word *w = &part[k];
            const char *text;
            status = recto_wire_reply_next(&text, t, w->len, err);
            if (status != RECTO_OK)
                break;
            if (text == NULL || strchr(text, ' ') != NULL || !is_box(w->box, within) ||
                !recto_wire_reply_is_in(w->conf, 0.0f, 1.0f) ||
                (w->style & ~(uint32_t)ALL_STYLES) != 0)
                return recto_wire_reply_nonsense(reply, "a word that is none", err);
            words[i + k] = (recto_word){w->box, text, w->conf, w->style};
        }
        if (status != RECTO_OK)
            return status;
    }
    return RECTO_OK;
}

static recto_status take_links(recto_layout *out, const recto_source_wire_layout *head,
                               recto_rect within, recto_wire_texts *t,
                               recto_source_wire_reply *reply, recto_error *err)
{
    for (uint32_t i = 0; i < head->n_links; i++) {
        recto_source_wire_link w;
        const char *url = NULL;
        recto_status status = recto_wire_reply_take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = recto_wire_reply_next(&url, t, w.len, err);
        if (status != RECTO_OK)
            return status;
        if (url == NULL || strlen(url) > MAX_URL || strchr(url, ' ') != NULL ||
            !is_box(w.box, within))
            return recto_wire_reply_nonsense(reply, "a link that is none", err);
        out->links[i] = (recto_link){w.box, url};
    }
    out->n_links = (int)head->n_links;
    return RECTO_OK;
}

static bool is_field(const recto_source_wire_field *w, recto_rect within)
{
    return is_box(w->box, within) && w->kind < RECTO_FIELD_KIND_COUNT && w->checked <= 1 &&
           recto_wire_reply_is_in(w->conf, 0.0f, 1.0f);
}

/* The texts of a field; what is absent is "". */
static recto_status take_field_texts(const char *texts[RECTO_SOURCE_WIRE_FIELD_TEXTS], bool *fit,
                                     const recto_source_wire_field *w, recto_wire_texts *t,
                                     recto_error *err)
{
    *fit = true;
    for (int k = 0; k < RECTO_SOURCE_WIRE_FIELD_TEXTS && *fit; k++) {
        recto_status status = recto_wire_reply_optional(&texts[k], fit, t, w->len[k], err);
        if (status != RECTO_OK)
            return status;
        if (texts[k] == NULL)
            texts[k] = "";
        *fit = *fit && strlen(texts[k]) <= MAX_FIELD_TEXT;
    }
    return RECTO_OK;
}

static recto_status take_fields(recto_layout *out, const recto_source_wire_layout *head,
                                recto_rect within, recto_wire_texts *t,
                                recto_source_wire_reply *reply, recto_error *err)
{
    for (uint32_t i = 0; i < head->n_fields; i++) {
        recto_source_wire_field w;
        const char *texts[RECTO_SOURCE_WIRE_FIELD_TEXTS] = {"", "", ""};
        bool fit = false;
        recto_status status = recto_wire_reply_take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = take_field_texts(texts, &fit, &w, t, err);
        if (status != RECTO_OK)
            return status;
        if (!fit || !is_field(&w, within))
            return recto_wire_reply_nonsense(reply, "a form field that is none", err);
        out->fields[i] = (recto_field){.box = w.box,
                                       .kind = (recto_field_kind)w.kind,
                                       .name = texts[0],
                                       .label = texts[1],
                                       .value = texts[2],
                                       .checked = w.checked != 0,
                                       .conf = w.conf};
    }
    out->n_fields = (int)head->n_fields;
    return RECTO_OK;
}

/* Bytes of all records between the head and the texts. */
static uint64_t records_size(const recto_source_wire_layout *head)
{
    return (uint64_t)head->n_lines * sizeof(recto_source_wire_line) +
           (uint64_t)head->n_rules * sizeof(recto_source_wire_rule) +
           (uint64_t)head->n_pictures * sizeof(recto_rect) +
           (uint64_t)head->n_words * sizeof(recto_source_wire_word) +
           (uint64_t)head->n_links * sizeof(recto_source_wire_link) +
           (uint64_t)head->n_fields * sizeof(recto_source_wire_field);
}

static recto_status take_layout(recto_layout *out, const recto_source_wire_facts *facts,
                                recto_source_wire_reply *reply, float layout_dpi, recto_arena *keep,
                                recto_error *err)
{
    recto_source_wire_layout head;
    recto_status status = recto_wire_reply_take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!is_layout_head(&head, facts, layout_dpi))
        return recto_wire_reply_nonsense(reply, "a layout that is none", err);
    if (head.n_words > 0 && facts->n_chars == 0 && facts->n_chars_hidden == 0)
        return recto_wire_reply_nonsense(reply, "words without characters", err);
    recto_layout l = {.width = head.width, .height = head.height, .dpi = head.dpi};
    bounds within = bounds_of(&head);
    recto_word *words;
    recto_wire_texts t;
    /* the texts first: only if their place fits are the records there at all */
    status =
        recto_wire_reply_texts(&t, reply->at + records_size(&head), head.n_text, reply, keep, err);
    if (status == RECTO_OK && !make_room(&l, &words, &head, keep))
        status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    if (status == RECTO_OK)
        status = take_lines(&l, words, &head, within.words, reply, err);
    if (status == RECTO_OK)
        status = take_shapes(&l, &head, &within, reply, err);
    if (status == RECTO_OK)
        status = take_words(words, head.n_words, within.words, &t, reply, err);
    if (status == RECTO_OK)
        status = take_links(&l, &head, within.words, &t, reply, err);
    if (status == RECTO_OK)
        status = take_fields(&l, &head, within.words, &t, reply, err);
    if (status == RECTO_OK && t.left != 0)
        return recto_wire_reply_nonsense(reply, "text that belongs to nothing", err);
    if (status == RECTO_OK)
        *out = l;
    return status;
}

recto_status recto_source_wire_take_scan(recto_source_facts *facts_out, recto_layout *layout_out,
                                         recto_source_wire_reply *reply, float layout_dpi,
                                         recto_arena *keep, recto_error *err)
{
    recto_source_wire_facts facts;
    recto_status status = recto_wire_reply_take(&facts, sizeof facts, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!are_facts(&facts))
        return recto_wire_reply_nonsense(reply, "facts that are none", err);
    if (layout_out != NULL)
        status = take_layout(layout_out, &facts, reply, layout_dpi, keep, err);
    else if (!recto_wire_reply_is_over(reply))
        status = recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
    if (status == RECTO_OK && facts_out != NULL)
        facts_of(facts_out, &facts);
    return status;
}
