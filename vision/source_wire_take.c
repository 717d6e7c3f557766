/* The engine's half of the messages: replies come from a process that may have been taken over.
 *
 * Bytes are copied out before they are looked at, so that they cannot change between a check and
 * their use.  Texts are read into the arena as one piece and stay there; words that are plain ASCII
 * (nearly all) cost one pass, others are cleaned again if they are not surely clean. */
#include "core/utf8.h"
#include "vision/image_header.h"
#include "vision/source_wire.h"
#include "vision/wire_reply.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More than any source makes: see the limits of pdf_page.h, pdf_info.c and image_tiff.c. */
enum {
    MAX_PAGES = 1000000,
    MAX_BOOKMARKS = 20000,
    MAX_LEVEL = 64,
    MAX_ATTACHMENTS = 10000,
    MAX_NAME = 1024,
    MAX_DATE = 40,
    MAX_SYS = 4095,
};

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
        return recto_wire_reply_nonsense(reply, "an impossible error", err);
    recto_status status = recto_wire_reply_take(text, head->n_message, reply, err);
    if (status != RECTO_OK)
        return status;
    text[head->n_message] = '\0';
    if (!recto_wire_reply_is_over(reply) ||
        recto_utf8_valid(text, head->n_message) != head->n_message)
        return recto_wire_reply_nonsense(reply, "a message that is none", err);
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
        return recto_wire_reply_nonsense(reply, "an error without words", err);
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
    recto_status status = recto_wire_reply_take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.kind != (uint32_t)kind)
        return recto_wire_reply_nonsense(reply, "not what was asked", err);
    if (head.status != RECTO_OK)
        return take_error(&head, reply, err);
    return head.n_message == 0 ? RECTO_OK
                               : recto_wire_reply_nonsense(reply, "a success with an error", err);
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
                                    recto_wire_texts *t, recto_source_wire_reply *reply,
                                    recto_error *err)
{
    const char **const fields[RECTO_SOURCE_WIRE_META_TEXTS] = {
        &meta->format,  &meta->title,    &meta->author,  &meta->subject,  &meta->keywords,
        &meta->creator, &meta->producer, &meta->created, &meta->modified,
    };
    for (int i = 0; i < RECTO_SOURCE_WIRE_META_TEXTS; i++) {
        bool fits;
        recto_status status = recto_wire_reply_optional(fields[i], &fits, t, head->len[i], err);
        if (status != RECTO_OK)
            return status;
        if (!fits)
            return recto_wire_reply_nonsense(reply, "a text that is none", err);
    }
    meta->format = meta->format == NULL ? NULL : known_format(meta->format);
    if (meta->format == NULL || !is_date(meta->created) || !is_date(meta->modified))
        return recto_wire_reply_nonsense(reply, "a format or date that is none", err);
    return RECTO_OK;
}

static recto_status take_bookmarks(recto_source_meta *meta, int n, recto_wire_texts *t,
                                   recto_source_wire_reply *reply, recto_arena *keep,
                                   recto_error *err)
{
    recto_source_bookmark *items = recto_arena_array(keep, (size_t)n, sizeof *items);
    if (items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the metadata");
    for (int i = 0; i < n; i++) {
        recto_source_wire_bookmark w;
        recto_status status = recto_wire_reply_take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = recto_wire_reply_next(&items[i].title, t, w.len, err);
        if (status != RECTO_OK)
            return status;
        if (items[i].title == NULL || w.level < 1 || w.level > MAX_LEVEL || w.page < 0)
            return recto_wire_reply_nonsense(reply, "a bookmark that is none", err);
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
    recto_status status = recto_wire_reply_take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.n_pages < 1 || head.n_pages > MAX_PAGES || head.encrypted > 1 ||
        head.n_bookmarks > MAX_BOOKMARKS)
        return recto_wire_reply_nonsense(reply, "counts out of range", err);
    *n_pages = head.n_pages;
    if (meta_out == NULL)
        return RECTO_OK;
    *meta_out = (recto_source_meta){.encrypted = head.encrypted != 0};
    uint64_t records = (uint64_t)head.n_bookmarks * sizeof(recto_source_wire_bookmark);
    recto_wire_texts t;
    status = recto_wire_reply_texts(&t, reply->at + records, head.n_text, reply, keep, err);
    if (status == RECTO_OK)
        status = take_meta_texts(meta_out, &head, &t, reply, err);
    if (status == RECTO_OK)
        status = take_bookmarks(meta_out, (int)head.n_bookmarks, &t, reply, keep, err);
    if (status == RECTO_OK && t.left != 0)
        return recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
    return status;
}

/* --- pixels ------------------------------------------------------------------------------ */

/* An image over the limit is refused by the server before it is decoded; afterwards oblong pixels
 * may still have been made square, which can triple it (recto_image_settle). */
static bool is_image(const recto_source_wire_image *w, bool colour, int64_t max_pixels,
                     uint64_t size)
{
    if (w->width < 1 || w->height < 1 || !(w->channels == 1 || (w->channels == 3 && colour)) ||
        !recto_wire_reply_is_in(w->dpi, 0.0f, INFINITY) || isinf(w->dpi))
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
    recto_status status = recto_wire_reply_take(&w, sizeof w, reply, err);
    if (status != RECTO_OK)
        return status;
    if (!is_image(&w, colour, max_pixels, reply->size - reply->at))
        return recto_wire_reply_nonsense(reply, "an image that is none", err);
    recto_image *im;
    status = recto_image_new(&im, w.width, w.height, w.channels, err);
    if (status != RECTO_OK)
        return status;
    status = recto_wire_reply_take(im->px, im->stride * (size_t)im->height, reply, err);
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
    recto_status status = recto_wire_reply_take(&head, sizeof head, reply, err);
    if (status != RECTO_OK)
        return status;
    if (head.n > MAX_ATTACHMENTS)
        return recto_wire_reply_nonsense(reply, "counts out of range", err);
    recto_wire_texts t;
    uint64_t records = (uint64_t)head.n * sizeof(recto_source_wire_attachment);
    status = recto_wire_reply_texts(&t, reply->at + records, head.n_text, reply, keep, err);
    if (status != RECTO_OK)
        return status;
    recto_source_attachment *items = recto_arena_array(keep, head.n, sizeof *items);
    if (items == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the attachments");
    for (uint32_t i = 0; i < head.n; i++) {
        recto_source_wire_attachment w;
        status = recto_wire_reply_take(&w, sizeof w, reply, err);
        if (status == RECTO_OK)
            status = recto_wire_reply_next(&items[i].name, &t, w.len, err);
        if (status != RECTO_OK)
            return status;
        if (!is_name(items[i].name))
            return recto_wire_reply_nonsense(reply, "a name that is none", err);
        items[i].size = w.size;
    }
    if (t.left != 0)
        return recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
    *out = items;
    *n_out = (int)head.n;
    return RECTO_OK;
}

recto_status recto_source_wire_take_number(uint64_t *out, recto_source_wire_reply *reply,
                                           recto_error *err)
{
    recto_status status = recto_wire_reply_take(out, sizeof *out, reply, err);
    return status == RECTO_OK ? recto_source_wire_take_nothing(reply, err) : status;
}

recto_status recto_source_wire_take_nothing(recto_source_wire_reply *reply, recto_error *err)
{
    return recto_wire_reply_is_over(reply)
               ? RECTO_OK
               : recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
}

recto_status recto_source_wire_take_bytes(void *to, size_t *got, recto_source_wire_reply *reply,
                                          size_t size, recto_error *err)
{
    uint64_t n;
    recto_status status = recto_wire_reply_take(&n, sizeof n, reply, err);
    if (status != RECTO_OK)
        return status;
    if (n > size || n != reply->size - reply->at)
        return recto_wire_reply_nonsense(reply, "its sizes do not add up", err);
    status = recto_wire_reply_take(to, (size_t)n, reply, err);
    if (status == RECTO_OK)
        *got = (size_t)n;
    return status;
}
