/* The server's end: one document, requests about it one after the other.
 *
 * Requests come from the engine and are checked only so far that a mistake there cannot read beyond
 * them.  A page's layout is packed in memory kept from page to page; pixels go out as they are. */
#include "core/hash.h"
#include "vision/source_wire.h"

#include <stdlib.h>
#include <string.h>

typedef struct server {
    const recto_source_channel *channel;
    const uint8_t *bytes;
    size_t size;
    recto_source *source; /* NULL before OPEN */
    recto_source_opened doc;
    recto_arena *page; /* layout of one reply */
    recto_buf payload;
    bool lost; /* the engine is gone */

    bool copying;       /* a searchable copy is under way */
    int next_page;      /* the least that may be added to it */
    recto_arena *words; /* of its next page */
    recto_line *lines;  /* in words */
    int n_lines;
} server;

/* --- replies ----------------------------------------------------------------------------- */

static void put(server *s, uint64_t offset, const void *bytes, size_t size)
{
    if (size > 0 && !s->lost)
        s->lost = !s->channel->put(s->channel->self, offset, bytes, size);
}

static void end(server *s, uint64_t size)
{
    if (!s->lost)
        s->lost = !s->channel->reply(s->channel->self, size);
}

static uint64_t put_head(server *s, uint32_t kind)
{
    const recto_source_wire_head head = {.kind = kind, .offset = UINT64_MAX};
    put(s, 0, &head, sizeof head);
    return sizeof head;
}

static void answer_error(server *s, uint32_t kind, const recto_error *err)
{
    const recto_source_wire_head head = {.kind = kind,
                                         .status = (uint32_t)err->code,
                                         .sys = err->sys,
                                         .n_message = (uint32_t)strlen(err->msg),
                                         .offset = err->offset};
    put(s, 0, &head, sizeof head);
    put(s, sizeof head, err->msg, head.n_message);
    end(s, sizeof head + head.n_message);
}

static void answer_payload(server *s, uint32_t kind)
{
    recto_error err;
    if (recto_buf_status(&s->payload, &err) != RECTO_OK) {
        answer_error(s, kind, &err);
        return;
    }
    uint64_t at = put_head(s, kind);
    put(s, at, s->payload.data, s->payload.len);
    end(s, at + s->payload.len);
}

static void answer_image(server *s, uint32_t kind, const recto_image *im)
{
    const recto_source_wire_image head = {im->width, im->height, im->channels, im->dpi};
    uint64_t at = put_head(s, kind);
    put(s, at, &head, sizeof head);
    at += sizeof head;
    size_t row = (size_t)im->width * (size_t)im->channels;
    if (im->stride == row) {
        put(s, at, im->px, row * (size_t)im->height);
    } else {
        for (int y = 0; y < im->height; y++)
            put(s, at + (uint64_t)y * row, im->px + (size_t)y * im->stride, row);
    }
    end(s, at + (uint64_t)im->height * row);
}

/* --- opening ----------------------------------------------------------------------------- */

/* Passwords of the request as C texts; false if they do not fit into it. */
static bool read_passwords(const char **out, char *room, const uint8_t *at, size_t left, int n)
{
    for (int i = 0; i < n; i++) {
        uint32_t len;
        if (left < sizeof len)
            return false;
        memcpy(&len, at, sizeof len);
        at += sizeof len;
        left -= sizeof len;
        out[i] = NULL;
        if (len == RECTO_SOURCE_WIRE_NONE)
            continue;
        if (len > left)
            return false;
        memcpy(room, at, len);
        room[len] = '\0';
        out[i] = room;
        room += (size_t)len + 1;
        at += len;
        left -= len;
    }
    return left == 0;
}

static recto_status open_with(server *s, const recto_source_wire_request *q, const uint8_t *rest,
                              size_t n_rest, recto_error *err)
{
    if (q->n_passwords < 0 || (size_t)q->n_passwords > n_rest / sizeof(uint32_t))
        return recto_error_set(err, RECTO_ERR_ARG, "an impossible request");
    size_t n = (size_t)q->n_passwords;
    const char **passwords = calloc(n + 1, sizeof *passwords);
    char *room = malloc(n_rest + n + 1);
    recto_status status = RECTO_ERR_NOMEM;
    if (passwords == NULL || room == NULL) {
        recto_error_set(err, status, "out of memory");
    } else if (!read_passwords(passwords, room, rest, n_rest, q->n_passwords)) {
        status = recto_error_set(err, RECTO_ERR_ARG, "an impossible request");
    } else {
        const recto_source_options opt = {.passwords = passwords,
                                          .n_passwords = q->n_passwords,
                                          .dpi = q->dpi,
                                          .max_pixels = q->max_pixels,
                                          .max_pages = q->max_pages};
        status = recto_source_open(&s->source, s->bytes, s->size, &opt, err);
    }
    free(passwords);
    free(room);
    return status;
}

static recto_status answer_open(server *s, const recto_source_wire_request *q, const uint8_t *rest,
                                size_t n_rest, recto_error *err)
{
    recto_source_close(s->source);
    s->source = NULL;
    s->copying = false;
    recto_status status = open_with(s, q, rest, n_rest, err);
    if (status != RECTO_OK)
        return status;
    s->doc = recto_source_behind(s->source);
    recto_source_wire_pack_open(&s->payload, recto_source_metadata(s->source),
                                recto_source_page_count(s->source));
    answer_payload(s, q->kind);
    return RECTO_OK;
}

/* --- pages and attachments --------------------------------------------------------------- */

static recto_status answer_scan(server *s, const recto_source_wire_request *q, recto_error *err)
{
    bool with_layout = (q->flags & RECTO_SOURCE_WIRE_LAYOUT) != 0;
    recto_source_facts facts = {0};
    recto_layout layout = {0};
    recto_arena_clear(s->page);
    recto_status status = s->doc.backend->scan(
        &facts, with_layout ? &layout : NULL, s->doc.self, q->index, q->dpi,
        (q->flags & RECTO_SOURCE_WIRE_HIDDEN) != 0, with_layout ? s->page : NULL, err);
    if (status != RECTO_OK)
        return status;
    recto_source_wire_pack_scan(&s->payload, &facts, with_layout ? &layout : NULL);
    answer_payload(s, q->kind);
    return RECTO_OK;
}

static recto_status answer_pixels(server *s, const recto_source_wire_request *q, recto_error *err)
{
    recto_image *im = NULL;
    recto_status status = q->kind == RECTO_SOURCE_WIRE_PIXELS
                              ? s->doc.backend->pixels(&im, s->doc.self, q->index, err)
                              : s->doc.backend->picture(&im, s->doc.self, q->index, q->dpi, err);
    if (status != RECTO_OK)
        return status;
    answer_image(s, q->kind, im);
    recto_image_free(im);
    return RECTO_OK;
}

static recto_status list(const recto_source_attachment **out, int *n_out, server *s,
                         recto_error *err)
{
    *out = NULL;
    *n_out = 0;
    if (s->doc.backend->attachments == NULL)
        return RECTO_OK;
    return s->doc.backend->attachments(out, n_out, s->doc.self, err);
}

static recto_status answer_attachments(server *s, const recto_source_wire_request *q,
                                       recto_error *err)
{
    const recto_source_attachment *items;
    int n;
    recto_status status = list(&items, &n, s, err);
    if (status != RECTO_OK)
        return status;
    recto_source_wire_pack_attachments(&s->payload, items, n);
    answer_payload(s, q->kind);
    return RECTO_OK;
}

static recto_status answer_attachment(server *s, const recto_source_wire_request *q,
                                      recto_error *err)
{
    const recto_source_attachment *items;
    int n;
    recto_status status = list(&items, &n, s, err);
    if (status != RECTO_OK)
        return status;
    if (q->index < 0 || q->index >= n || q->size > RECTO_SOURCE_WIRE_CHUNK)
        return recto_error_set(err, RECTO_ERR_ARG, "an impossible request");
    void *piece = malloc((size_t)q->size + 1);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for an attachment");
    size_t got = 0;
    status = s->doc.backend->attachment(&got, piece, (size_t)q->size, s->doc.self, q->index,
                                        q->offset, err);
    if (status == RECTO_OK) {
        const uint64_t size = got;
        uint64_t at = put_head(s, q->kind);
        put(s, at, &size, sizeof size);
        put(s, at + sizeof size, piece, got);
        end(s, at + sizeof size + got);
    }
    free(piece);
    return status;
}

/* --- a searchable copy -------------------------------------------------------------------- */

static recto_status impossible(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_ARG, "an impossible request");
}

static void forget_words(server *s)
{
    recto_arena_clear(s->words);
    s->lines = NULL;
    s->n_lines = 0;
}

static recto_status answer_copy_begin(server *s, const recto_source_wire_request *q,
                                      const uint8_t *rest, size_t n_rest, recto_error *err)
{
    enum { HASH = RECTO_SHA256_HEX - 1, PRODUCER_MAX = 200 };
    char hash[RECTO_SHA256_HEX] = "", producer[PRODUCER_MAX + 1] = "";
    bool keeps_input = false;
    s->copying = false;
    forget_words(s);
    if (n_rest <= HASH || n_rest > HASH + PRODUCER_MAX)
        return impossible(err);
    memcpy(hash, rest, HASH);
    memcpy(producer, rest + HASH, n_rest - HASH);
    for (size_t i = 0; i < HASH; i++) {
        if (strchr("0123456789abcdef", hash[i]) == NULL || hash[i] == '\0')
            return impossible(err);
    }
    const recto_source_copy_options opt = {
        .producer = producer, .sha256 = hash, .pdfa = (q->flags & RECTO_SOURCE_WIRE_PDFA) != 0};
    recto_status status = s->doc.backend->copy_begin(&keeps_input, s->doc.self, &opt, err);
    if (status != RECTO_OK)
        return status;
    s->copying = true;
    s->next_page = 0;
    const uint64_t answer = keeps_input;
    recto_buf_add(&s->payload, &answer, sizeof answer);
    answer_payload(s, q->kind);
    return RECTO_OK;
}

static bool is_sound(const recto_source_wire_copy_page *w)
{
    const float numbers[] = {w->width,     w->height,    w->dpi,       w->to_page.a, w->to_page.b,
                             w->to_page.c, w->to_page.d, w->to_page.e, w->to_page.f};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (!(numbers[i] >= -1e9f && numbers[i] <= 1e9f))
            return false;
    }
    return w->width >= 0 && w->height >= 0 && w->dpi >= 0;
}

static recto_status answer_copy_page(server *s, const recto_source_wire_request *q,
                                     const uint8_t *rest, size_t n_rest, recto_error *err)
{
    recto_source_wire_copy_page w;
    if (n_rest != sizeof w || q->index < s->next_page ||
        q->index >= recto_source_page_count(s->source))
        return impossible(err);
    memcpy(&w, rest, sizeof w);
    if (!is_sound(&w))
        return impossible(err);
    const recto_source_copy_page page = {.index = q->index,
                                         .width = w.width,
                                         .height = w.height,
                                         .dpi = w.dpi,
                                         .to_page = w.to_page,
                                         .lines = s->lines,
                                         .n_lines = s->n_lines,
                                         .bare = (q->flags & RECTO_SOURCE_WIRE_BARE) != 0,
                                         .replace_hidden =
                                             (q->flags & RECTO_SOURCE_WIRE_HIDDEN_GOES) != 0};
    s->next_page = q->index + 1;
    recto_status status = s->doc.backend->copy_page(s->doc.self, &page, err);
    forget_words(s);
    if (status == RECTO_OK)
        answer_payload(s, q->kind);
    return status;
}

static recto_status answer_copy_take(server *s, const recto_source_wire_request *q,
                                     recto_error *err)
{
    if (q->size > RECTO_SOURCE_WIRE_CHUNK)
        return impossible(err);
    void *piece = malloc((size_t)q->size + 1);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for a copy");
    size_t got = 0;
    recto_status status = s->doc.backend->copy_take(&got, piece, (size_t)q->size, s->doc.self, err);
    if (status == RECTO_OK) {
        const uint64_t size = got;
        recto_buf_add(&s->payload, &size, sizeof size);
        recto_buf_add(&s->payload, piece, got);
        answer_payload(s, q->kind);
    }
    free(piece);
    return status;
}

/* Everything about a copy; after an error there is none any more. */
static recto_status answer_copy(server *s, const recto_source_wire_request *q, const uint8_t *rest,
                                size_t n_rest, recto_error *err)
{
    recto_status status = RECTO_OK;
    if (q->kind == RECTO_SOURCE_WIRE_COPY_BEGIN)
        return answer_copy_begin(s, q, rest, n_rest, err);
    if (!s->copying)
        return impossible(err);
    switch (q->kind) {
    case RECTO_SOURCE_WIRE_COPY_WORDS:
        status = recto_source_wire_copy_unpack(&s->lines, &s->n_lines, rest, n_rest, s->words, err);
        break;
    case RECTO_SOURCE_WIRE_COPY_PAGE:
        status = answer_copy_page(s, q, rest, n_rest, err);
        break;
    case RECTO_SOURCE_WIRE_COPY_END:
        status = s->doc.backend->copy_end(s->doc.self, err);
        s->next_page = INT32_MAX;
        break;
    default:
        status = answer_copy_take(s, q, err);
        break;
    }
    s->copying = status == RECTO_OK;
    if (status == RECTO_OK &&
        (q->kind == RECTO_SOURCE_WIRE_COPY_WORDS || q->kind == RECTO_SOURCE_WIRE_COPY_END))
        answer_payload(s, q->kind);
    return status;
}

/* --- requests ---------------------------------------------------------------------------- */

/* Answers, or says why not. */
static recto_status answer(server *s, const recto_source_wire_request *q, const uint8_t *rest,
                           size_t n_rest, recto_error *err)
{
    recto_buf_clear(&s->payload);
    if (q->kind == RECTO_SOURCE_WIRE_OPEN)
        return answer_open(s, q, rest, n_rest, err);
    if (s->source != NULL && q->kind >= RECTO_SOURCE_WIRE_COPY_BEGIN &&
        q->kind <= RECTO_SOURCE_WIRE_COPY_TAKE)
        return answer_copy(s, q, rest, n_rest, err);
    bool of_page = q->kind == RECTO_SOURCE_WIRE_SCAN || q->kind == RECTO_SOURCE_WIRE_PIXELS ||
                   q->kind == RECTO_SOURCE_WIRE_PICTURE;
    bool has_page =
        s->source != NULL && q->index >= 0 && q->index < recto_source_page_count(s->source);
    if (s->source != NULL && q->kind == RECTO_SOURCE_WIRE_ATTACHMENTS)
        return answer_attachments(s, q, err);
    if (s->source != NULL && q->kind == RECTO_SOURCE_WIRE_ATTACHMENT)
        return answer_attachment(s, q, err);
    if (!of_page || !has_page || !(q->dpi >= 0.0f && q->dpi <= 10000.0f))
        return recto_error_set(err, RECTO_ERR_ARG, "an impossible request");
    return q->kind == RECTO_SOURCE_WIRE_SCAN ? answer_scan(s, q, err) : answer_pixels(s, q, err);
}

static void serve(server *s, const uint8_t *request, size_t size)
{
    recto_source_wire_request q = {0};
    recto_error err = {0};
    recto_status status;
    if (size < sizeof q || size > RECTO_SOURCE_REQUEST_MAX) {
        status = recto_error_set(&err, RECTO_ERR_ARG, "an impossible request");
    } else {
        memcpy(&q, request, sizeof q);
        status = answer(s, &q, request + sizeof q, size - sizeof q, &err);
    }
    if (status != RECTO_OK)
        answer_error(s, q.kind, &err);
}

void recto_source_serve(const recto_source_channel *channel, const uint8_t *bytes, size_t size)
{
    server s = {.channel = channel, .bytes = bytes, .size = size};
    uint8_t *request = malloc(RECTO_SOURCE_REQUEST_MAX);
    s.page = recto_arena_new(0, 0);
    s.words = recto_arena_new(0, 0);
    while (request != NULL && s.page != NULL && s.words != NULL && !s.lost) {
        size_t n = channel->receive(channel->self, request, RECTO_SOURCE_REQUEST_MAX);
        if (n == 0)
            break;
        serve(&s, request, n);
    }
    recto_source_close(s.source);
    recto_arena_free(s.page);
    recto_arena_free(s.words);
    recto_buf_free(&s.payload);
    free(request);
}
