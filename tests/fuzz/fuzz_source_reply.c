/* Arbitrary bytes as the reply of a parsing process: what the engine takes from them must keep the
 * promises of vision/source.h, whatever they are.
 *
 * The first byte says which call is answered (see CALLS); bit 7: the input is the whole reply, else
 * a head that says "OK" is put in front, so that what comes after is reached. */
#include "core/file.h"
#include "core/utf8.h"
#include "vision/source_wire.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const recto_source_wire_kind CALLS[] = {
    RECTO_SOURCE_WIRE_OPEN,    RECTO_SOURCE_WIRE_SCAN,        RECTO_SOURCE_WIRE_PIXELS,
    RECTO_SOURCE_WIRE_PICTURE, RECTO_SOURCE_WIRE_ATTACHMENTS, RECTO_SOURCE_WIRE_ATTACHMENT};
enum { N_CALLS = sizeof CALLS / sizeof *CALLS, WHOLE = 0x80 };

static void require(bool truth)
{
    if (!truth)
        abort();
}

/* --- the port ---------------------------------------------------------------------------- */

typedef struct hostile {
    recto_source_wire_kind kind; /* answered with the input */
    bool whole;
    const uint8_t *data;
    size_t size;
    recto_buf reply;
    bool asked; /* the input was used: from now on all replies are good */
    int n_starts, n_closed;
} hostile;

static recto_status start(void *self, recto_error *err)
{
    hostile *h = self;
    (void)err;
    h->n_starts++;
    return RECTO_OK;
}

static void put_head(hostile *h, uint32_t kind)
{
    const recto_source_wire_head head = {.kind = kind};
    recto_buf_add(&h->reply, &head, sizeof head);
}

static recto_status call(void *self, const void *request, size_t size, uint64_t *reply_size,
                         recto_error *err)
{
    hostile *h = self;
    recto_source_wire_request q;
    (void)err;
    require(size >= sizeof q);
    memcpy(&q, request, sizeof q);
    recto_buf_clear(&h->reply);
    if (q.kind == (uint32_t)h->kind && !h->asked) {
        if (!h->whole)
            put_head(h, q.kind);
        recto_buf_add(&h->reply, h->data, h->size);
        h->asked = q.kind != RECTO_SOURCE_WIRE_ATTACHMENT; /* that one asks for its list first */
    } else if (q.kind == RECTO_SOURCE_WIRE_OPEN) {
        const recto_source_meta meta = {.format = "pdf"};
        put_head(h, q.kind);
        recto_source_wire_pack_open(&h->reply, &meta, 3);
    } else if (q.kind == RECTO_SOURCE_WIRE_ATTACHMENTS) {
        const recto_source_attachment one = {.name = "a.txt", .size = 3};
        put_head(h, q.kind);
        recto_source_wire_pack_attachments(&h->reply, &one, 1);
    } else {
        put_head(h, 0); /* nonsense */
    }
    *reply_size = h->reply.len;
    return RECTO_OK;
}

static recto_status read_reply(void *self, uint64_t offset, void *to, size_t size, recto_error *err)
{
    hostile *h = self;
    (void)err;
    require(offset <= h->reply.len && size <= h->reply.len - offset);
    memcpy(to, h->reply.data + offset, size);
    return RECTO_OK;
}

static void close_port(void *self)
{
    hostile *h = self;
    h->n_closed++;
}

/* --- what must be true of results -------------------------------------------------------- */

static void require_text(const char *text, bool spaces)
{
    size_t len = strlen(text);
    const char *end = text + len;
    require(len > 0 && recto_utf8_valid(text, len) == len);
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        require(!recto_utf8_is_dropped(cp) && (cp == ' ' ? spaces : !recto_utf8_is_space(cp)));
    }
}

static void require_optional(const char *text)
{
    if (text != NULL)
        require_text(text, true);
}

static void require_meta(const recto_source *s)
{
    const recto_source_meta *m = recto_source_metadata(s);
    require(recto_source_page_count(s) >= 1 && m->format != NULL);
    const char *const texts[] = {m->title,   m->author,   m->subject, m->keywords,
                                 m->creator, m->producer, m->created, m->modified};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        require_optional(texts[i]);
    for (int i = 0; i < m->n_bookmarks; i++) {
        require_text(m->bookmarks[i].title, true);
        require(m->bookmarks[i].level >= 1 && m->bookmarks[i].page >= 0);
    }
}

static void require_box(recto_rect r, const recto_layout *l, float slack)
{
    require(r.x0 <= r.x1 && r.y0 <= r.y1 && r.x0 >= -slack && r.y0 >= -slack);
    require(r.x1 <= l->width + slack && r.y1 <= l->height + slack);
}

static void require_layout(const recto_layout *l, const recto_source_facts *f)
{
    require(f->width_pt > 0 && f->height_pt > 0 && f->n_chars >= f->n_chars_bad);
    require(isfinite(l->width) && isfinite(l->height) && l->dpi == 72.0f);
    float slack = 0.02f + 2e-5f * fmaxf(l->width, l->height);
    for (int i = 0; i < l->n_lines; i++) {
        const recto_line *line = &l->lines[i];
        require(line->n_words >= 1 && line->size > 0.0f && isfinite(line->baseline));
        require_box(line->box, l, slack);
        for (int k = 0; k < line->n_words; k++) {
            require_text(line->words[k].text, false);
            require_box(line->words[k].box, l, slack);
            require(line->words[k].conf >= 0.0f && line->words[k].conf <= 1.0f);
        }
    }
    for (int i = 0; i < l->n_rules; i++)
        require_box(l->rules[i].box, l, 13.0f + slack);
    for (int i = 0; i < l->n_pictures; i++)
        require_box(l->pictures[i], l, slack);
    for (int i = 0; i < l->n_links; i++) {
        require_text(l->links[i].url, false);
        require_box(l->links[i].box, l, slack);
    }
    for (int i = 0; i < l->n_fields; i++) {
        const recto_field *field = &l->fields[i];
        require_box(field->box, l, slack);
        require(field->kind < RECTO_FIELD_KIND_COUNT && field->conf >= 0.0f && field->conf <= 1.0f);
        const char *const texts[] = {field->name, field->label, field->value};
        for (int k = 0; k < 3; k++)
            require_optional(texts[k][0] == '\0' ? NULL : texts[k]);
    }
}

static void require_error(recto_status status, const recto_error *err)
{
    require(status == err->code && strlen(err->msg) > 0);
    require(status == RECTO_ERR_FORMAT || status == RECTO_ERR_UNSUPPORTED ||
            status == RECTO_ERR_ENCRYPTED || status == RECTO_ERR_LIMIT ||
            status == RECTO_ERR_CRASH);
    require(recto_utf8_valid(err->msg, strlen(err->msg)) == strlen(err->msg));
    for (const char *p = err->msg; *p != '\0'; p++)
        require((unsigned char)*p >= 0x20 && *p != 0x7F);
}

/* --- calls ------------------------------------------------------------------------------- */

static recto_status scan(recto_source *s, recto_error *err)
{
    recto_source_facts f;
    recto_layout l;
    recto_arena *keep = recto_arena_new(0, 0);
    recto_status status = recto_source_page_scan(&f, &l, s, 0, 72.0f, keep, err);
    if (status == RECTO_OK)
        require_layout(&l, &f);
    recto_arena_free(keep);
    return status;
}

static recto_status image(recto_source *s, bool colour, recto_error *err)
{
    recto_image *im = NULL;
    recto_status status = colour ? recto_source_page_picture(&im, s, 0, 72.0f, err)
                                 : recto_source_page_pixels(&im, s, 0, err);
    require((status == RECTO_OK) == (im != NULL));
    if (im != NULL) {
        uint32_t sum = 0; /* touch them all */
        for (size_t i = 0; i < im->stride * (size_t)im->height; i++)
            sum += im->px[i];
        require(im->width >= 1 && im->height >= 1 && isfinite(im->dpi) && sum < UINT32_MAX);
        require(im->channels == 1 || (colour && im->channels == 3));
    }
    recto_image_free(im);
    return status;
}

static recto_status attachments(recto_source *s, recto_error *err)
{
    int n;
    recto_status status = recto_source_attachment_count(&n, s, err);
    for (int k = 0; status == RECTO_OK && k < n; k++) {
        recto_source_attachment a;
        require(recto_source_attachment_info(&a, s, k, NULL) == RECTO_OK);
        require_text(a.name, true);
        require(strpbrk(a.name, "/\\") == NULL && strcmp(a.name, "..") != 0);
    }
    return status;
}

static recto_status make_call(recto_source_wire_kind kind, recto_source *s, int fd,
                              recto_error *err)
{
    if (kind == RECTO_SOURCE_WIRE_SCAN)
        return scan(s, err);
    if (kind == RECTO_SOURCE_WIRE_ATTACHMENTS)
        return attachments(s, err);
    if (kind == RECTO_SOURCE_WIRE_ATTACHMENT)
        return recto_source_attachment_write(s, 0, fd, 1000, err);
    return image(s, kind == RECTO_SOURCE_WIRE_PICTURE, err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    if (fd < 0 && recto_file_temp(&fd, NULL) != RECTO_OK)
        return 0;
    if (size == 0)
        return 0;
    hostile h = {.kind = CALLS[(data[0] & 0x7F) % N_CALLS],
                 .whole = (data[0] & WHOLE) != 0,
                 .data = data + 1,
                 .size = size - 1};
    const recto_source_port port = {&h, start, call, read_reply, close_port};
    const recto_source_options opt = {.max_pixels = 100000};
    recto_source *s = NULL;
    recto_error err = {0};
    recto_status status = recto_source_remote_open(&s, port, &opt, &err);
    require((status == RECTO_OK) == (s != NULL));
    if (s == NULL) {
        require(h.kind == RECTO_SOURCE_WIRE_OPEN);
        require_error(status, &err);
    } else {
        require_meta(s);
        status = h.kind == RECTO_SOURCE_WIRE_OPEN ? RECTO_OK : make_call(h.kind, s, fd, &err);
        if (status != RECTO_OK)
            require_error(status, &err);
        require(h.n_starts == 1);
    }
    recto_source_close(s);
    require(h.n_closed == 1);
    recto_buf_free(&h.reply);
    return 0;
}
