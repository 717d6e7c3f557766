/* A document behind a port without processes: the server runs on a thread and its replies lie in
 * plain memory, where a test can bend them before they are read. */
#ifndef RECTO_TESTS_REMOTE_PORT_H
#define RECTO_TESTS_REMOTE_PORT_H

#include "vision/source_remote.h"
#include "vision/source_wire.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct remote_port {
    const uint8_t *bytes; /* the document */
    size_t size;

    /* what the test wants */
    void (*bend)(uint8_t *reply, uint64_t *size, void *user); /* of one reply of kind bend_kind */
    void *user;
    uint32_t bend_kind;
    recto_status call_fails;  /* the next call of bend_kind ends so, without a reply */
    recto_status start_fails; /* the next start ends so */

    /* what came about */
    int n_starts, n_calls, n_closed;

    pthread_t thread;
    bool running;
    pthread_mutex_t lock;
    pthread_cond_t turn;
    enum { REMOTE_PORT_IDLE, REMOTE_PORT_ASKED, REMOTE_PORT_ANSWERED, REMOTE_PORT_OVER } state;
    const void *request;
    size_t n_request;
    uint8_t *reply;
    size_t cap_reply;
    uint64_t n_reply;
} remote_port;

static inline size_t remote_port_receive(void *self, void *request, size_t room)
{
    remote_port *p = self;
    pthread_mutex_lock(&p->lock);
    while (p->state != REMOTE_PORT_ASKED && p->state != REMOTE_PORT_OVER)
        pthread_cond_wait(&p->turn, &p->lock);
    size_t n = p->state == REMOTE_PORT_OVER ? 0 : p->n_request;
    if (n > 0 && n <= room)
        memcpy(request, p->request, n);
    pthread_mutex_unlock(&p->lock);
    return n;
}

static inline bool remote_port_put(void *self, uint64_t offset, const void *bytes, size_t size)
{
    remote_port *p = self;
    size_t need = (size_t)offset + size;
    if (need > p->cap_reply) {
        size_t cap = need * 2;
        uint8_t *more = realloc(p->reply, cap);
        if (more == NULL)
            return false;
        memset(more + p->cap_reply, 0, cap - p->cap_reply);
        p->reply = more;
        p->cap_reply = cap;
    }
    memcpy(p->reply + offset, bytes, size);
    return true;
}

static inline bool remote_port_reply(void *self, uint64_t size)
{
    remote_port *p = self;
    pthread_mutex_lock(&p->lock);
    p->n_reply = size;
    p->state = REMOTE_PORT_ANSWERED;
    pthread_cond_broadcast(&p->turn);
    pthread_mutex_unlock(&p->lock);
    return true;
}

static inline void *remote_port_serve(void *self)
{
    remote_port *p = self;
    const recto_source_channel channel = {self, remote_port_receive, remote_port_put,
                                          remote_port_reply};
    recto_source_serve(&channel, p->bytes, p->size);
    return NULL;
}

static inline void remote_port_end(remote_port *p)
{
    if (!p->running)
        return;
    pthread_mutex_lock(&p->lock);
    p->state = REMOTE_PORT_OVER;
    pthread_cond_broadcast(&p->turn);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    p->running = false;
}

static inline recto_status remote_port_start(void *self, recto_error *err)
{
    remote_port *p = self;
    remote_port_end(p);
    p->n_starts++;
    if (p->start_fails != RECTO_OK) {
        recto_status status = p->start_fails;
        p->start_fails = RECTO_OK;
        return recto_error_set(err, status, "no process can be had");
    }
    p->state = REMOTE_PORT_IDLE;
    p->running = pthread_create(&p->thread, NULL, remote_port_serve, p) == 0;
    return p->running ? RECTO_OK : recto_error_set(err, RECTO_ERR_DEVICE, "no thread");
}

static inline recto_status remote_port_call(void *self, const void *request, size_t size,
                                            uint64_t *reply_size, recto_error *err)
{
    remote_port *p = self;
    uint32_t kind = 0;
    memcpy(&kind, request, sizeof kind);
    p->n_calls++;
    if (kind == p->bend_kind && p->call_fails != RECTO_OK) {
        recto_status status = p->call_fails;
        p->call_fails = RECTO_OK;
        return recto_error_set(err, status, "the parser was lost");
    }
    pthread_mutex_lock(&p->lock);
    p->request = request;
    p->n_request = size;
    p->state = REMOTE_PORT_ASKED;
    pthread_cond_broadcast(&p->turn);
    while (p->state != REMOTE_PORT_ANSWERED)
        pthread_cond_wait(&p->turn, &p->lock);
    p->state = REMOTE_PORT_IDLE;
    pthread_mutex_unlock(&p->lock);
    if (kind == p->bend_kind && p->bend != NULL) {
        p->bend(p->reply, &p->n_reply, p->user);
        p->bend = NULL;
    }
    *reply_size = p->n_reply;
    return RECTO_OK;
}

static inline recto_status remote_port_read(void *self, uint64_t offset, void *to, size_t size,
                                            recto_error *err)
{
    remote_port *p = self;
    if (offset > p->n_reply || size > p->n_reply - offset)
        return recto_error_set(err, RECTO_ERR_CRASH, "read beyond the reply");
    memset(to, 0, size);
    if (offset < p->cap_reply)
        memcpy(to, p->reply + offset,
               size < p->cap_reply - offset ? size : p->cap_reply - (size_t)offset);
    return RECTO_OK;
}

static inline void remote_port_close(void *self)
{
    remote_port *p = self;
    remote_port_end(p);
    p->n_closed++;
}

/* *p is zeroed but for the document; free it with remote_port_free after the source is closed. */
static inline recto_source_port remote_port_make(remote_port *p)
{
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->turn, NULL);
    return (recto_source_port){p, remote_port_start, remote_port_call, remote_port_read,
                               remote_port_close};
}

static inline void remote_port_free(remote_port *p)
{
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->turn);
    free(p->reply);
    p->reply = NULL;
    p->cap_reply = 0;
}

#endif
