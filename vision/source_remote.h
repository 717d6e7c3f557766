/* A document that another process parses: requests and replies between the engine, which must not
 * touch untrusted bytes, and a server that opens the real recto_source on them.
 *
 * Neither side knows how bytes travel: a port (engine) and a channel (server) carry them, pipes and
 * shared memory in pipeline/parser.c, plain memory in tests.  Replies come from a process that may
 * have been taken over by what it parsed: every length, number and text of them is checked before
 * it is believed, and a reply that breaks a rule is the page's error CRASH. */
#ifndef RECTO_VISION_SOURCE_REMOTE_H
#define RECTO_VISION_SOURCE_REMOTE_H

#include "vision/source.h"

/* A request is never longer than this; passwords take up nearly all of a long one. */
enum { RECTO_SOURCE_REQUEST_MAX = 1 << 20 };

/* The engine's end. */
typedef struct recto_source_port {
    void *self;
    /* A fresh server for the document, in place of the one before, if any.  Called once when the
     * source is opened, and again before the next call after one that failed with CRASH, TIMEOUT or
     * LIMIT.  Errors: DEVICE (no process can be had), NOMEM, CANCELLED, IO. */
    recto_status (*start)(void *self, recto_error *err);
    /* Send a request and wait for its reply, of which *reply_size bytes can then be read.
     * Errors: CRASH (the server died: how), TIMEOUT, CANCELLED, LIMIT (its memory). */
    recto_status (*call)(void *self, const void *request, size_t size, uint64_t *reply_size,
                         recto_error *err);
    /* Bytes of the last reply, copied: the server cannot change them afterwards.  Errors: CRASH. */
    recto_status (*read)(void *self, uint64_t offset, void *to, size_t size, recto_error *err);
    void (*close)(void *self); /* ends the server, frees self */
} recto_source_port;

/**
 * Open a document behind a port.
 *
 * out   a recto_source like any other; close with recto_source_close
 * port  taken over: closed with the source, or here on error
 * opt   copied where it is needed again; passwords travel to the server
 *
 * When the server dies on a page, that page gets the error and the next one a fresh server.  A
 * server out of memory is the page's LIMIT, never NOMEM.  Errors: those of recto_source_open, and
 * of the port; LIMIT if the passwords do not fit in a request.
 */
RECTO_MUST_CHECK recto_status recto_source_remote_open(recto_source **out, recto_source_port port,
                                                       const recto_source_options *opt,
                                                       recto_error *err);

/* The server's end. */
typedef struct recto_source_channel {
    void *self;
    /* Wait for a request: its size (> room: too long), 0 at the end. */
    size_t (*receive)(void *self, void *request, size_t room);
    /* Put bytes of the reply at an offset; then say that it is complete.  False: the engine is
     * gone. */
    bool (*put)(void *self, uint64_t offset, const void *bytes, size_t size);
    bool (*reply)(void *self, uint64_t size);
} recto_source_channel;

/** Answer requests about one document (bytes, borrowed) until the channel ends.  Uses no stdio, no
 * files and no descriptors: memory only. */
void recto_source_serve(const recto_source_channel *channel, const uint8_t *bytes, size_t size);

#endif
