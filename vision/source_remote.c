/* The engine's end of a document that another process parses: an ordinary source backend whose
 * every call is one request and one reply.  What a reply may hold is checked in source_wire_take.c;
 * here stands what becomes of a server that failed.
 *
 * A server is given up (stale) when the port reports anything but success, when its reply breaks a
 * rule, or when it ran out of memory: then it must not be asked again, and the next call begins
 * with a fresh one, which is shown the same document.  Its other errors are ordinary results. */
#include "vision/source_wire.h"

#include <stdlib.h>
#include <string.h>

/* What a library keeps of every page it saw adds up (MuPDF: about 2 KB each): after so many
 * requests a fresh server goes on, so that memory does not grow with the document. */
enum { SERVER_REQUESTS = 1000 };

typedef struct remote {
    recto_source_port port;
    recto_buf opening; /* the OPEN request */
    int64_t max_pixels;
    int n_pages;
    recto_source_meta meta;
    recto_arena *keep;                          /* metadata and names of attachments */
    const recto_source_attachment *attachments; /* NULL: not yet asked for */
    int n_attachments;
    int n_requests; /* since the server was started */
    bool stale;     /* the server is of no use any more */
    bool copying;   /* the server has a copy under way, which no other knows */
} remote;

static void close_remote(void *self)
{
    remote *r = self;
    r->port.close(r->port.self);
    recto_buf_free(&r->opening);
    recto_arena_free(r->keep);
    free(r);
}

static int page_count(const void *self)
{
    const remote *r = self;
    return r->n_pages;
}

static const recto_source_meta *metadata(const void *self)
{
    const remote *r = self;
    return &r->meta;
}

/* --- asking ------------------------------------------------------------------------------ */

/* Ask the server at hand; its reply stands after its head. */
static recto_status send(recto_source_wire_reply *reply, remote *r, const void *request,
                         size_t size, recto_source_wire_kind kind, recto_error *err)
{
    *reply = (recto_source_wire_reply){.port = &r->port, .broken = true};
    recto_status status = r->port.call(r->port.self, request, size, &reply->size, err);
    if (status != RECTO_OK)
        return status;
    reply->broken = false;
    return recto_source_wire_take_head(reply, kind, err);
}

/* Show the document to a fresh server.  meta_out NULL: it was seen before. */
static recto_status show(remote *r, recto_source_meta *meta_out, int *n_pages, recto_error *err)
{
    recto_source_wire_reply reply;
    r->stale = true;
    r->n_requests = 0;
    recto_status status = r->port.start(r->port.self, err);
    if (status != RECTO_OK)
        return status;
    status = send(&reply, r, r->opening.data, r->opening.len, RECTO_SOURCE_WIRE_OPEN, err);
    if (status == RECTO_OK)
        status = recto_source_wire_take_open(meta_out, n_pages, &reply, r->keep, err);
    r->stale = status != RECTO_OK;
    return status;
}

static recto_status show_again(remote *r, recto_error *err)
{
    int n = 0;
    recto_status status = show(r, NULL, &n, err);
    if (status != RECTO_OK || n == r->n_pages)
        return status;
    r->stale = true;
    return recto_error_set(err, RECTO_ERR_CRASH,
                           "the parser answered nonsense: first %d pages, then %d", r->n_pages, n);
}

/* Ask whichever server serves, a fresh one if it must be. */
static recto_status ask_bytes(recto_source_wire_reply *reply, remote *r, const void *request,
                              size_t size, recto_source_wire_kind kind, recto_error *err)
{
    if (r->stale || (r->n_requests >= SERVER_REQUESTS && !r->copying)) {
        recto_status status = show_again(r, err);
        r->copying = false;
        if (status != RECTO_OK)
            return status;
    }
    recto_status status = send(reply, r, request, size, kind, err);
    r->n_requests++;
    r->stale = reply->broken;
    return status;
}

/* Every page function: *reply is to be taken and then given to done(). */
static recto_status ask(recto_source_wire_reply *reply, remote *r,
                        const recto_source_wire_request *request, recto_error *err)
{
    return ask_bytes(reply, r, request, sizeof *request, (recto_source_wire_kind)request->kind,
                     err);
}

static recto_status done(remote *r, const recto_source_wire_reply *reply, recto_status status)
{
    r->stale = reply->broken;
    return status;
}

/* --- the table --------------------------------------------------------------------------- */

static recto_status scan(recto_source_facts *facts_out, recto_layout *layout_out, void *self, int i,
                         float layout_dpi, bool include_hidden, recto_arena *keep, recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    const recto_source_wire_request request = {
        .kind = RECTO_SOURCE_WIRE_SCAN,
        .index = i,
        .dpi = layout_dpi,
        .flags = (layout_out != NULL ? RECTO_SOURCE_WIRE_LAYOUT : 0u) |
                 (include_hidden ? RECTO_SOURCE_WIRE_HIDDEN : 0u),
    };
    recto_status status = ask(&reply, r, &request, err);
    if (status != RECTO_OK)
        return status;
    status = recto_source_wire_take_scan(facts_out, layout_out, &reply, layout_dpi, keep, err);
    return done(r, &reply, status);
}

static recto_status image(recto_image **out, remote *r, const recto_source_wire_request *request,
                          recto_error *err)
{
    recto_source_wire_reply reply;
    recto_status status = ask(&reply, r, request, err);
    if (status != RECTO_OK)
        return status;
    bool colour = request->kind == RECTO_SOURCE_WIRE_PICTURE;
    status = recto_source_wire_take_image(out, &reply, colour, r->max_pixels, err);
    return done(r, &reply, status);
}

static recto_status pixels(recto_image **out, void *self, int i, recto_error *err)
{
    const recto_source_wire_request request = {.kind = RECTO_SOURCE_WIRE_PIXELS, .index = i};
    return image(out, self, &request, err);
}

static recto_status picture(recto_image **out, void *self, int i, float dpi, recto_error *err)
{
    const recto_source_wire_request request = {
        .kind = RECTO_SOURCE_WIRE_PICTURE, .index = i, .dpi = dpi};
    return image(out, self, &request, err);
}

static recto_status attachments(const recto_source_attachment **out, int *n_out, void *self,
                                recto_error *err)
{
    remote *r = self;
    if (r->attachments == NULL) {
        recto_source_wire_reply reply;
        recto_source_attachment *items = NULL;
        const recto_source_wire_request request = {.kind = RECTO_SOURCE_WIRE_ATTACHMENTS};
        recto_status status = ask(&reply, r, &request, err);
        if (status != RECTO_OK)
            return status;
        status =
            recto_source_wire_take_attachments(&items, &r->n_attachments, &reply, r->keep, err);
        if (status != RECTO_OK)
            return done(r, &reply, status);
        r->attachments = items;
    }
    *out = r->attachments;
    *n_out = r->n_attachments;
    return RECTO_OK;
}

static recto_status attachment(size_t *got, void *to, size_t size, void *self, int k,
                               uint64_t offset, recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    const recto_source_wire_request request = {
        .kind = RECTO_SOURCE_WIRE_ATTACHMENT, .index = k, .offset = offset, .size = size};
    recto_status status = ask(&reply, r, &request, err);
    if (status != RECTO_OK)
        return status;
    status = recto_source_wire_take_bytes(to, got, &reply, size, err);
    return done(r, &reply, status);
}

/* --- a searchable copy -------------------------------------------------------------------- */

/* Ask the server that has the copy: if it is gone, the copy is. */
static recto_status ask_copy(recto_source_wire_reply *reply, remote *r, const void *request,
                             size_t size, recto_source_wire_kind kind, recto_error *err)
{
    if (!r->copying || r->stale)
        return recto_error_set(err, RECTO_ERR_CRASH,
                               "the process that made the searchable PDF has died");
    recto_status status = ask_bytes(reply, r, request, size, kind, err);
    r->copying = status == RECTO_OK;
    return status;
}

static recto_status copy_done(remote *r, const recto_source_wire_reply *reply, recto_status status)
{
    r->copying = status == RECTO_OK;
    return done(r, reply, status);
}

/* By a server of its own: what reading the pages left in the old one, such as images that were
 * taken out because they are broken, must not show in the copy. */
static recto_status copy_begin(bool *keeps_input, void *self, const recto_source_copy_options *opt,
                               recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    uint64_t answer = 0;
    recto_buf request = RECTO_BUF_INIT;
    const recto_source_wire_request head = {.kind = RECTO_SOURCE_WIRE_COPY_BEGIN,
                                            .flags = opt->pdfa ? RECTO_SOURCE_WIRE_PDFA : 0u};
    recto_buf_add(&request, &head, sizeof head);
    recto_buf_text(&request, opt->sha256);
    recto_buf_text(&request, opt->producer);
    recto_status status = recto_buf_status(&request, err);
    r->stale = true;
    r->copying = false;
    if (status == RECTO_OK)
        status = ask_bytes(&reply, r, request.data, request.len, RECTO_SOURCE_WIRE_COPY_BEGIN, err);
    recto_buf_free(&request);
    if (status != RECTO_OK)
        return status;
    status = recto_source_wire_take_number(&answer, &reply, err);
    *keeps_input = answer != 0;
    return copy_done(r, &reply, status);
}

static recto_status send_words(remote *r, const recto_source_copy_page *page, recto_error *err)
{
    recto_buf request = RECTO_BUF_INIT;
    const recto_source_wire_request head = {.kind = RECTO_SOURCE_WIRE_COPY_WORDS};
    recto_status status = RECTO_OK;
    for (int line = 0, word = 0; line < page->n_lines && status == RECTO_OK;) {
        recto_source_wire_reply reply;
        recto_buf_clear(&request);
        recto_buf_add(&request, &head, sizeof head);
        recto_source_wire_copy_pack(&request, page->lines, page->n_lines, &line, &word);
        status = recto_buf_status(&request, err);
        if (status == RECTO_OK)
            status =
                ask_copy(&reply, r, request.data, request.len, RECTO_SOURCE_WIRE_COPY_WORDS, err);
        if (status == RECTO_OK)
            status = copy_done(r, &reply, recto_source_wire_take_nothing(&reply, err));
    }
    recto_buf_free(&request);
    return status;
}

static recto_status copy_page(void *self, const recto_source_copy_page *page, recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    struct {
        recto_source_wire_request head;
        recto_source_wire_copy_page page;
        char end[4]; /* makes up whole words; not sent */
    } request = {
        {.kind = RECTO_SOURCE_WIRE_COPY_PAGE,
         .index = page->index,
         .flags = (page->replace_hidden ? RECTO_SOURCE_WIRE_HIDDEN_GOES : 0u) |
                  (page->bare ? RECTO_SOURCE_WIRE_BARE : 0u)},
        {.width = page->width, .height = page->height, .dpi = page->dpi, .to_page = page->to_page},
        {0}};
    recto_status status = send_words(r, page, err);
    if (status == RECTO_OK)
        status = ask_copy(&reply, r, &request, sizeof request.head + sizeof request.page,
                          RECTO_SOURCE_WIRE_COPY_PAGE, err);
    if (status != RECTO_OK)
        return status;
    return copy_done(r, &reply, recto_source_wire_take_nothing(&reply, err));
}

static recto_status copy_end(void *self, recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    const recto_source_wire_request request = {.kind = RECTO_SOURCE_WIRE_COPY_END};
    recto_status status =
        ask_copy(&reply, r, &request, sizeof request, RECTO_SOURCE_WIRE_COPY_END, err);
    if (status != RECTO_OK)
        return status;
    return copy_done(r, &reply, recto_source_wire_take_nothing(&reply, err));
}

static recto_status copy_take(size_t *got, void *to, size_t size, void *self, recto_error *err)
{
    remote *r = self;
    recto_source_wire_reply reply;
    const recto_source_wire_request request = {.kind = RECTO_SOURCE_WIRE_COPY_TAKE, .size = size};
    recto_status status =
        ask_copy(&reply, r, &request, sizeof request, RECTO_SOURCE_WIRE_COPY_TAKE, err);
    if (status != RECTO_OK)
        return status;
    return copy_done(r, &reply, recto_source_wire_take_bytes(to, got, &reply, size, err));
}

static const recto_source_backend BACKEND = {.close = close_remote,
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

/* --- opening ----------------------------------------------------------------------------- */

static recto_status write_opening(recto_buf *out, const recto_source_options *opt, recto_error *err)
{
    const recto_source_wire_request request = {.kind = RECTO_SOURCE_WIRE_OPEN,
                                               .dpi = opt->dpi,
                                               .max_pixels = opt->max_pixels,
                                               .max_pages = opt->max_pages,
                                               .n_passwords = opt->n_passwords};
    recto_buf_add(out, &request, sizeof request);
    for (int i = 0; i < opt->n_passwords; i++) {
        const char *password = opt->passwords[i];
        size_t len = password == NULL ? 0 : strlen(password);
        size_t left = RECTO_SOURCE_REQUEST_MAX - out->len; /* may be 0, never less */
        if (left < sizeof(uint32_t) || len > left - sizeof(uint32_t))
            return recto_error_set(err, RECTO_ERR_LIMIT, "the passwords are over %d bytes",
                                   RECTO_SOURCE_REQUEST_MAX);
        uint32_t n = password == NULL ? RECTO_SOURCE_WIRE_NONE : (uint32_t)len;
        recto_buf_add(out, &n, sizeof n);
        recto_buf_add(out, password, len);
        if (out->failed)
            break;
    }
    return recto_buf_status(out, err);
}

static recto_status open_remote(remote *r, const recto_source_options *opt, recto_error *err)
{
    r->max_pixels = opt->max_pixels;
    r->keep = recto_arena_new(4096, 0);
    if (r->keep == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status status = write_opening(&r->opening, opt, err);
    if (status == RECTO_OK)
        status = show(r, &r->meta, &r->n_pages, err);
    if (status == RECTO_OK && opt->max_pages > 0 && r->n_pages > opt->max_pages)
        return recto_error_set(err, RECTO_ERR_CRASH,
                               "the parser answered nonsense: more pages than were allowed");
    return status;
}

recto_status recto_source_remote_open(recto_source **out, recto_source_port port,
                                      const recto_source_options *opt, recto_error *err)
{
    *out = NULL;
    const recto_source_options settled = recto_source_settled(opt);
    remote *r = calloc(1, sizeof *r);
    if (r == NULL) {
        port.close(port.self);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    r->port = port;
    recto_status status = open_remote(r, &settled, err);
    if (status != RECTO_OK) {
        close_remote(r);
        return status;
    }
    return recto_source_wrap(out, (recto_source_opened){&BACKEND, r}, err);
}
