/* What a parser does in test_parser_process.c: as the first letter of a request says. */
#ifndef RECTO_TESTS_PARSER_DOUBLE_H
#define RECTO_TESTS_PARSER_DOUBLE_H

#include "pipeline/parser_parts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void hog(const recto_source_channel *c)
{
    size_t got = 0;
    for (char *p; got < (size_t)64 << 30 && (p = malloc(1u << 20)) != NULL; got += 1u << 20)
        memset(p, 1, 1u << 20);
    uint64_t mib = got >> 20;
    c->put(c->self, 0, &mib, sizeof mib);
    c->reply(c->self, sizeof mib);
}

static inline void big(const recto_source_channel *c, uint64_t size)
{
    static char block[1 << 16];
    memset(block, 'b', sizeof block);
    for (uint64_t at = 0; at < size; at += sizeof block)
        c->put(c->self, at, block, sizeof block < size - at ? sizeof block : (size_t)(size - at));
    c->reply(c->self, size);
}

/* Own words to the engine, past the channel. */
static inline void say(uint64_t word, uint64_t value, size_t size)
{
    recto_parser_message m[2] = {{word, value}};
    ssize_t n = send(RECTO_SANDBOX_FD_SOCKET, m, size, 0);
    (void)n;
}

static inline void answer(const recto_source_channel *c, const char *request, size_t size,
                          const uint8_t *bytes, size_t n_bytes)
{
    uint64_t number = 0;
    volatile int *nowhere = NULL;
    if (size >= 9)
        memcpy(&number, request + 1, sizeof number);
    switch (request[0]) {
    case 'e': /* echo */
        c->put(c->self, 0, request, size);
        c->reply(c->self, size);
        break;
    case 'c': /* the document's last byte */
        c->put(c->self, 0, &(char){(char)bytes[n_bytes - 1]}, 1);
        c->reply(c->self, 1);
        break;
    case 'd': /* the document */
        c->put(c->self, 0, bytes, n_bytes);
        c->reply(c->self, n_bytes);
        break;
    case 'p': /* process number */
        number = (uint64_t)getpid();
        c->put(c->self, 0, &number, sizeof number);
        c->reply(c->self, sizeof number);
        break;
    case 's':
        *nowhere = 1;
        break;
    case 'a':
        abort();
    case 'x':
        _exit(3);
    case 'h':
        for (;;)
            number++;
    case 'm':
        hog(c);
        break;
    case 'b':
        big(c, number);
        break;
    case 'o':
        syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
        c->reply(c->self, 0);
        break;
    case 'l': /* a reply longer than what was put */
        c->reply(c->self, number);
        break;
    case 'w': /* a word that is none, or not now */
        say(number, 0, sizeof(recto_parser_message));
        break;
    case 'f': /* replies without end */
        while (c->reply(c->self, 0)) {
        }
        break;
    case 'g': /* a message of the wrong size */
        say(RECTO_PARSER_REPLY, 0, (size_t)number);
        break;
    default:
        break;
    }
}

static inline void parser_double_serve(const recto_source_channel *c, const uint8_t *bytes,
                                       size_t size)
{
    static char request[RECTO_SOURCE_REQUEST_MAX];
    size_t n;
    while ((n = c->receive(c->self, request, sizeof request)) > 0)
        answer(c, request, n, bytes, size);
}

#endif
