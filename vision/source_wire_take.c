/* The engine's half of the messages: replies come from a process that may have been taken over.
 *
 * Bytes are copied out before they are looked at, so that they cannot change between a check and
 * their use.  Texts are read into the arena as one piece and stay there; words that are plain ASCII
 * (nearly all) cost one pass, others are cleaned again if they are not surely clean. */
#include "core/utf8.h"
#include "vision/image_header.h"
#include "vision/source_wire.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More than any source makes: see the limits of pdf_page.h, pdf_info.c and image_tiff.c. */
enum {
    MAX_PAGES = 1000000,
    MAX_BOOKMARKS = 20000,
    MAX_LEVEL = 64,
    MAX_WORDS = 4000000,
    MAX_RULES = 40000,
    MAX_PICTURES = 100000,
    MAX_ATTACHMENTS = 10000,
    MAX_NAME = 1024,
    MAX_TEXT = 64 << 20,
    MAX_DATE = 40,
    MAX_SYS = 4095,
    ALL_STYLES = RECTO_STYLE_BOLD | RECTO_STYLE_ITALIC | RECTO_STYLE_MONO | RECTO_STYLE_SUPER |
                 RECTO_STYLE_HIDDEN,
    AT_ONCE = 64, /* records read in one piece */
};

static const float MAX_COORDINATE = 1e10f; /* an image of 200 million x 1 px, at 10,000 dpi */

static recto_status nonsense(recto_source_wire_reply *reply, const char *what, recto_error *err)
{
    reply->broken = true;
    return recto_error_set(err, RECTO_ERR_CRASH, "the parser answered nonsense: %s", what);
}

static recto_status take(void *to, size_t n, recto_source_wire_reply *reply, recto_error *err)
{
    if (n > reply->size - reply->at)
        return nonsense(reply, "it ends early", err);
    if (n == 0)
        return RECTO_OK;
    recto_status status = reply->port->read(reply->port->self, reply->at, to, n, err);
    if (status != RECTO_OK)
        reply->broken = true;
    else
        reply->at += n;
    return status;
}

static bool is_at_end(const recto_source_wire_reply *reply)
{
    return reply->at == reply->size;
}

static bool is_in(float v, float low, float high)
{
    return v >= low && v <= high; /* false for what is no number */
}

/* --- head and errors --------------------------------------------------------------------- */

/* What the server may say of a document; anything else would stop a whole run. */
static bool is_possible(uint32_t status)
{
    return status == RECTO_ERR_NOMEM || status == RECTO_ERR_FORMAT ||
           status == RECTO_ERR_UNSUPPORTED || status == RECTO_ERR_ENCRYPTED ||
           status == RECTO_ERR_LIMIT;
}

/* Set err to a message from the other side, cleaned; false if it has no words. */
static bool set_message(recto_error *err, recto_status code, const char *text, size_t len)
{
    if (recto_utf8_is_clean(text, len)) {
        recto_error_set(err, code, "%s", text);
        return true;
    }
    recto_arena *tmp = recto_arena_new(1024, 0);
    const char *clean = tmp == NULL ? NULL : recto_utf8_clean(tmp, text, len);
    const bool has_words = clean == NULL || clean[0] != '\0';
    recto_error_set(err, code, "%s", clean == NULL ? "out of memory" : clean);
    recto_arena_free(tmp);
    return has_words;
}

static recto_status take_error(const recto_source_wire_head *head, recto_source_wire_reply *reply,
                               recto_error *err)
{
    char text[sizeof err->msg];
    if (!is_possible(head->status) || head->sys < 0 || head->sys > MAX_SYS ||
        head->n_message == 0 || head->n_message >= sizeof text)
        return nonsense(reply, "an impossible error", err);
    recto_status status = take(text, head->n_message, reply, err);
    if (status != RECTO_OK)
        return status;
    text[head->n_message] = '\0';
    if (!is_at_end(reply) || recto_utf8_valid(text, head->n_message) != head->n_message)
        return nonsense(reply, "a message that is none", err);
    status = (recto_status)head->status;
    if (status == RECTO_ERR_NOMEM) {
        /* it had its own limit of memory; the engine is not in want */
        char limit[sizeof text];
        reply->broken = true;
        status = RECTO_ERR_LIMIT;
        snprintf(limit, sizeof limit, "%.200s (a parser's memory: --max-memory)", text);
        memcpy(text, limit, sizeof text);
    }
    if (!set_message(err, status, text, strlen(text)))
        return nonsense(reply, "an error without words", err);
    if (err != NULL) {
        err->sys = head->sys;
        err->offset = head->offset;
    }
    return status;
}

recto_status recto_source_wire_take_head(recto_source_wire_reply *reply,
                                         recto_source_wire_kind kind, recto_error *err)
{
    recto_source_wire_head head;
    recto_status status = take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.kind != (uint32_t)kind)
        return nonsense(reply, "not what was asked", err);
    if (head.status != RECTO_OK)
        return take_error(&head, reply, err);
    return head.n_message == 0 ? RECTO_OK : nonsense(reply, "a success with an error", err);
}

/* --- texts ------------------------------------------------------------------------------- */

typedef struct texts {
    char *at;
    size_t left;
    recto_arena *keep;
} texts;

/* Read the n_text bytes that stand at `where` in the reply; reply->at does not move. */
static recto_status take_texts(texts *out, uint64_t where, uint32_t n_text,
                               recto_source_wire_reply *reply, recto_arena *keep, recto_error *err)
{
    uint64_t before = reply->at;
    *out = (texts){0};
    if (where > reply->size || n_text > MAX_TEXT || n_text != reply->size - where)
        return nonsense(reply, "its sizes do not add up", err);
    *out = (texts){recto_arena_alloc(keep, n_text), n_text, keep};
    if (out->at == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    reply->at = where;
    recto_status status = take(out->at, n_text, reply, err);
    reply->at = before;
    return status;
}

/* Valid, and nothing in it that cleaning takes out on purpose. */
static bool is_decent(const char *text, size_t len)
{
    const char *end = text + len;
    if (recto_utf8_valid(text, len) != len)
        return false;
    for (const char *p = text; p < end;) {
        const uint32_t cp = recto_utf8_next(&p, end);
        if (recto_utf8_is_dropped(cp) || (cp != ' ' && recto_utf8_is_space(cp)))
            return false;
    }
    return true;
}

/* The next text; NULL in *out and RECTO_OK if it is none that may stand there. */
static recto_status next_text(const char **out, texts *t, uint32_t len, recto_error *err)
{
    *out = NULL;
    if (len == 0 || len >= t->left || t->at[len] != '\0')
        return RECTO_OK;
    const char *text = t->at;
    t->at += (size_t)len + 1;
    t->left -= (size_t)len + 1;
    if (!recto_utf8_is_clean(text, len)) {
        if (!is_decent(text, len))
            return RECTO_OK;
        text = recto_utf8_clean(t->keep, text, len);
        if (text == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for a text");
        if (text[0] == '\0')
            return RECTO_OK;
    }
    *out = text;
    return RECTO_OK;
}

/* The same for a text that may be NULL: *fits says whether all is well. */
static recto_status next_optional(const char **out, bool *fits, texts *t, uint32_t len,
                                  recto_error *err)
{
    *out = NULL;
    *fits = true;
    if (len == RECTO_SOURCE_WIRE_NONE)
        return RECTO_OK;
    recto_status status = next_text(out, t, len, err);
    *fits = *out != NULL;
    return status;
}

/* --- metadata ---------------------------------------------------------------------------- */

/* The name of a format as our own constant; NULL if there is none of that name. */
static const char *known_format(const char *text)
{
    if (strcmp(text, "pdf") == 0)
        return "pdf";
    for (recto_image_kind k = RECTO_IMAGE_KIND_NONE + 1; k <= RECTO_IMAGE_KIND_JP2; k++) {
        if (strcmp(text, recto_image_header_name(k)) == 0)
            return recto_image_header_name(k);
    }
    return NULL;
}

static bool is_date(const char *text)
{
    return text == NULL ||
           (strlen(text) < MAX_DATE && strspn(text, "0123456789-+:TZ") == strlen(text));
}

static recto_status take_meta_texts(recto_source_meta *meta, const recto_source_wire_open *head,
                                    texts *t, recto_source_wire_reply *reply, recto_error *err)
{
    const char **const fields[RECTO_SOURCE_WIRE_META_TEXTS] = {
        &meta->format,  &meta->title,    &meta->author,  &meta->subject,  &meta->keywords,
        &meta->creator, &meta->producer, &meta->created, &meta->modified,
    };
    for (int i = 0; i < RECTO_SOURCE_WIRE_META_TEXTS; i++) {
        bool fits;
        recto_status status = next_optional(fields[i], &fits, t, head->len[i], err);
        if (status != RECTO_OK)
            return status;
        if (!fits)
            return nonsense(reply, "a text that is none", err);
    }
    meta->format = meta->format == NULL ? NULL : known_format(meta->format);
    if (meta->format == NULL || !is_date(meta->created) || !is_date(meta->modified))
        return nonsense(reply, "a format or date that is none", err);
    return RECTO_OK;
}

static recto_status take_bookmarks(recto_source_meta *meta, int n, texts *t,
                                   recto_source_wire_reply *reply, recto_arena *keep,
                                   recto_error *err)
{
    recto_source_bookmark *items = recto_arena_array(keep, (size_t)n, sizeof *items);
    if (items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the metadata");
    for (int i = 0; i < n; i++) {
        recto_source_wire_bookmark w;
        recto_status status = take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = next_text(&items[i].title, t, w.len, err);
        if (status != RECTO_OK)
            return status;
        if (items[i].title == NULL || w.level < 1 || w.level > MAX_LEVEL || w.page < 0)
            return nonsense(reply, "a bookmark that is none", err);
        items[i].level = w.level;
        items[i].page = w.page;
    }
    meta->bookmarks = n > 0 ? items : NULL;
    meta->n_bookmarks = n;
    return RECTO_OK;
}

recto_status recto_source_wire_take_open(recto_source_meta *meta_out, int *n_pages,
                                         recto_source_wire_reply *reply, recto_arena *keep,
                                         recto_error *err)
{
    recto_source_wire_open head;
    recto_status status = take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.n_pages < 1 || head.n_pages > MAX_PAGES || head.encrypted > 1 ||
        head.n_bookmarks > MAX_BOOKMARKS)
        return nonsense(reply, "counts out of range", err);
    *n_pages = head.n_pages;
    if (meta_out == NULL)
        return RECTO_OK;
    *meta_out = (recto_source_meta){.encrypted = head.encrypted != 0};
    uint64_t records = (uint64_t)head.n_bookmarks * sizeof(recto_source_wire_bookmark);
    texts t;
    status = take_texts(&t, reply->at + records, head.n_text, reply, keep, err);
    if (status == RECTO_OK)
        status = take_meta_texts(meta_out, &head, &t, reply, err);
    if (status == RECTO_OK)
        status = take_bookmarks(meta_out, (int)head.n_bookmarks, &t, reply, keep, err);
    if (status == RECTO_OK && t.left != 0)
        return nonsense(reply, "its sizes do not add up", err);
    return status;
}

/* --- facts and layout -------------------------------------------------------------------- */

static bool is_quarter(int deg)
{
    return deg == 0 || deg == 90 || deg == 180 || deg == 270;
}

static bool are_facts(const recto_source_wire_facts *w)
{
    return is_in(w->width_pt, 1e-4f, MAX_COORDINATE) &&
           is_in(w->height_pt, 1e-4f, MAX_COORDINATE) && is_quarter(w->rotate_deg) &&
           is_quarter(w->turned_deg) && w->n_chars >= 0 && w->n_chars_hidden >= 0 &&
           w->n_chars_bad >= 0 && w->n_chars_bad <= w->n_chars && w->n_images >= 0 &&
           is_in(w->image_cover, 0.0f, 1.0f) && w->single_image <= 1 && w->image_w >= 0 &&
           w->image_h >= 0 && w->n_paths >= 0 && is_in(w->path_cover, 0.0f, 1.0f) &&
           w->damaged <= 1;
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
           is_near(h->height, f->height_pt * scale) && is_in(h->width, 0.0f, MAX_COORDINATE) &&
           is_in(h->height, 0.0f, MAX_COORDINATE) && h->n_words <= MAX_WORDS &&
           h->n_lines <= h->n_words && h->n_rules <= MAX_RULES && h->n_pictures <= MAX_PICTURES;
}

/* Room for all that the layout points to, except texts. */
static bool make_room(recto_layout *out, recto_word **words, const recto_source_wire_layout *head,
                      recto_arena *keep)
{
    out->lines = recto_arena_array(keep, head->n_lines, sizeof *out->lines);
    out->rules = recto_arena_array(keep, head->n_rules, sizeof *out->rules);
    out->pictures = recto_arena_array(keep, head->n_pictures, sizeof *out->pictures);
    *words = recto_arena_array(keep, head->n_words, sizeof **words);
    return out->lines != NULL && out->rules != NULL && out->pictures != NULL && *words != NULL;
}

static bool is_line(const recto_source_wire_line *w, recto_rect within, uint32_t n_words_left)
{
    return is_box(w->box, within) && w->n_words >= 1 && w->n_words <= n_words_left &&
           is_in(w->baseline, -MAX_COORDINATE, MAX_COORDINATE) && w->size > 0.0f &&
           w->size <= MAX_COORDINATE && is_in(w->conf, 0.0f, 1.0f) &&
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
        recto_status status = take(part, n * sizeof *part, reply, err);
        if (status != RECTO_OK)
            return status;
        for (uint32_t k = 0; k < n; k++) {
            const recto_source_wire_line *w = &part[k];
            if (!is_line(w, within, left))
                return nonsense(reply, "a line that is none", err);
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
    return left == 0 ? RECTO_OK : nonsense(reply, "words without a line", err);
}

static recto_status take_shapes(recto_layout *out, const recto_source_wire_layout *head,
                                const bounds *within, recto_source_wire_reply *reply,
                                recto_error *err)
{
    for (uint32_t i = 0; i < head->n_rules; i++) {
        recto_source_wire_rule w;
        recto_status status = take(&w, sizeof w, reply, err);
        if (status != RECTO_OK)
            return status;
        if (!is_box(w.box, within->rules) || w.vertical > 1)
            return nonsense(reply, "a rule that is none", err);
        out->rules[i] = (recto_rule){w.box, w.vertical != 0};
    }
    recto_status status = take(out->pictures, head->n_pictures * sizeof *out->pictures, reply, err);
    if (status != RECTO_OK)
        return status;
    for (uint32_t i = 0; i < head->n_pictures; i++) {
        if (!is_box(out->pictures[i], within->words))
            return nonsense(reply, "a picture that is none", err);
    }
    out->n_rules = (int)head->n_rules;
    out->n_pictures = (int)head->n_pictures;
    return RECTO_OK;
}

static recto_status take_words(recto_word *words, uint32_t n_words, recto_rect within, texts *t,
                               recto_source_wire_reply *reply, recto_error *err)
{
    recto_source_wire_word part[AT_ONCE];
    for (uint32_t i = 0; i < n_words; i += AT_ONCE) {
        uint32_t n = n_words - i < AT_ONCE ? n_words - i : AT_ONCE;
        recto_status status = take(part, n * sizeof *part, reply, err);
        for (uint32_t k = 0; status == RECTO_OK && k < n; k++) {
            const recto_source_wire_word *w = &part[k];
            const char *text;
            status = next_text(&text, t, w->len, err);
            if (status != RECTO_OK)
                break;
            if (text == NULL || strchr(text, ' ') != NULL || !is_box(w->box, within) ||
                !is_in(w->conf, 0.0f, 1.0f) || (w->style & ~(uint32_t)ALL_STYLES) != 0)
                return nonsense(reply, "a word that is none", err);
            words[i + k] = (recto_word){w->box, text, w->conf, w->style};
        }
        if (status != RECTO_OK)
            return status;
    }
    return t->left == 0 ? RECTO_OK : nonsense(reply, "text without a word", err);
}

static recto_status take_layout(recto_layout *out, const recto_source_wire_facts *facts,
                                recto_source_wire_reply *reply, float layout_dpi, recto_arena *keep,
                                recto_error *err)
{
    recto_source_wire_layout head;
    recto_status status = take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!is_layout_head(&head, facts, layout_dpi))
        return nonsense(reply, "a layout that is none", err);
    if (head.n_words > 0 && facts->n_chars == 0 && facts->n_chars_hidden == 0)
        return nonsense(reply, "words without characters", err);
    uint64_t records = (uint64_t)head.n_lines * sizeof(recto_source_wire_line) +
                       (uint64_t)head.n_rules * sizeof(recto_source_wire_rule) +
                       (uint64_t)head.n_pictures * sizeof(recto_rect) +
                       (uint64_t)head.n_words * sizeof(recto_source_wire_word);
    recto_layout l = {.width = head.width, .height = head.height, .dpi = head.dpi};
    bounds within = bounds_of(&head);
    recto_word *words;
    texts t;
    /* the texts first: only if their place fits are the records there at all */
    status = take_texts(&t, reply->at + records, head.n_text, reply, keep, err);
    if (status == RECTO_OK && !make_room(&l, &words, &head, keep))
        status = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the text of a page");
    if (status == RECTO_OK)
        status = take_lines(&l, words, &head, within.words, reply, err);
    if (status == RECTO_OK)
        status = take_shapes(&l, &head, &within, reply, err);
    if (status == RECTO_OK)
        status = take_words(words, head.n_words, within.words, &t, reply, err);
    if (status == RECTO_OK)
        *out = l;
    return status;
}

recto_status recto_source_wire_take_scan(recto_source_facts *facts_out, recto_layout *layout_out,
                                         recto_source_wire_reply *reply, float layout_dpi,
                                         recto_arena *keep, recto_error *err)
{
    recto_source_wire_facts facts;
    recto_status status = take(&facts, sizeof facts, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!are_facts(&facts))
        return nonsense(reply, "facts that are none", err);
    if (layout_out != NULL)
        status = take_layout(layout_out, &facts, reply, layout_dpi, keep, err);
    else if (!is_at_end(reply))
        status = nonsense(reply, "its sizes do not add up", err);
    if (status == RECTO_OK && facts_out != NULL)
        facts_of(facts_out, &facts);
    return status;
}

/* --- pixels ------------------------------------------------------------------------------ */

/* An image over the limit is refused by the server before it is decoded; afterwards oblong pixels
 * may still have been made square, which can triple it (recto_image_settle). */
static bool is_image(const recto_source_wire_image *w, bool colour, int64_t max_pixels,
                     uint64_t size)
{
    if (w->width < 1 || w->height < 1 || !(w->channels == 1 || (w->channels == 3 && colour)) ||
        !is_in(w->dpi, 0.0f, INFINITY) || isinf(w->dpi))
        return false;
    int64_t n = (int64_t)w->width * w->height;
    int64_t slack = (int64_t)w->width + w->height;
    return n / 3 <= max_pixels + slack && n * w->channels <= INT32_MAX &&
           (uint64_t)(n * w->channels) == size;
}

recto_status recto_source_wire_take_image(recto_image **out, recto_source_wire_reply *reply,
                                          bool colour, int64_t max_pixels, recto_error *err)
{
    *out = NULL;
    recto_source_wire_image w;
    recto_status status = take(&w, sizeof w, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!is_image(&w, colour, max_pixels, reply->size - reply->at))
        return nonsense(reply, "an image that is none", err);
    recto_image *im;
    status = recto_image_new(&im, w.width, w.height, w.channels, err);
    if (status != RECTO_OK)
        return status;
    status = take(im->px, im->stride * (size_t)im->height, reply, err);
    if (status != RECTO_OK) {
        recto_image_free(im);
        return status;
    }
    im->dpi = w.dpi;
    *out = im;
    return RECTO_OK;
}

/* --- attachments ------------------------------------------------------------------------- */

static bool is_name(const char *name)
{
    return name != NULL && strlen(name) <= MAX_NAME && strpbrk(name, "/\\") == NULL &&
           strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

recto_status recto_source_wire_take_attachments(recto_source_attachment **out, int *n_out,
                                                recto_source_wire_reply *reply, recto_arena *keep,
                                                recto_error *err)
{
    recto_source_wire_list head;
    recto_status status = take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.n > MAX_ATTACHMENTS)
        return nonsense(reply, "counts out of range", err);
    texts t;
    uint64_t records = (uint64_t)head.n * sizeof(recto_source_wire_attachment);
    status = take_texts(&t, reply->at + records, head.n_text, reply, keep, err);
    if (status != RECTO_OK)
        return status;
    recto_source_attachment *items = recto_arena_array(keep, head.n, sizeof *items);
    if (items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the attachments");
    for (uint32_t i = 0; i < head.n; i++) {
        recto_source_wire_attachment w;
        status = take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = next_text(&items[i].name, &t, w.len, err);
        if (status != RECTO_OK)
            return status;
        if (!is_name(items[i].name))
            return nonsense(reply, "a name that is none", err);
        items[i].size = w.size;
    }
    if (t.left != 0)
        return nonsense(reply, "its sizes do not add up", err);
    *out = items;
    *n_out = (int)head.n;
    return RECTO_OK;
}

recto_status recto_source_wire_take_bytes(void *to, size_t *got, recto_source_wire_reply *reply,
                                          size_t size, recto_error *err)
{
    uint64_t n;
    recto_status status = take(&n, sizeof n, reply, err);
    if (status != RECTO_OK)
        return status;
    if (n > size || n != reply->size - reply->at)
        return nonsense(reply, "its sizes do not add up", err);
    status = take(to, (size_t)n, reply, err);
    if (status == RECTO_OK)
        *got = (size_t)n;
    return status;
}
