/* The parts of pipeline/parser*: three processes and what they say to each other.  Internal.
 *
 *     engine (parser.c)            spawner (parser_spawner.c)       parser (parser_child.c)
 *       control: start, 3 fds ------>  fork  ----------------------->  READY | FAILED
 *       socket:  request  ------------------------------------------>
 *                REPLY    <------------------------------------------  bytes by the reply memory
 *                ENDED    <------  reaps
 *       closes its end    ------>  sees it hang up, kills
 *
 * The socket of a parser is a pair whose far end the spawner holds besides, so that the engine
 * learns how a parser ended where it waits for replies, and nobody needs process numbers. */
#ifndef RECTO_PIPELINE_PARSER_PARTS_H
#define RECTO_PIPELINE_PARSER_PARTS_H

#include "core/file.h"
#include "pipeline/parser.h"
#include "pipeline/sandbox.h"
#include "vision/source_remote.h"

#include <sys/types.h>

/* A message to a parser is a head and the request; one too long for a socket lies at the start of
 * the reply memory instead. */
typedef struct recto_parser_request {
    uint64_t elsewhere; /* 0: it follows; else its bytes in the reply memory */
    char bytes[64 << 10];
} recto_parser_request;

/* Engine to spawner, with the descriptors of socket, document and reply memory. */
typedef struct recto_parser_order {
    uint64_t document_size;
    uint64_t reply_max; /* bytes the reply memory may hold */
} recto_parser_order;

enum { RECTO_PARSER_ORDER_FDS = 3 };

/* Parser or spawner to engine. */
typedef enum recto_parser_word {
    RECTO_PARSER_READY = 1, /* the document is loaded */
    RECTO_PARSER_REPLY,     /* value: bytes */
    RECTO_PARSER_NO_FORK,   /* value: errno */
    RECTO_PARSER_NO_LIMITS, /* value: errno */
    RECTO_PARSER_NO_SANDBOX,
    RECTO_PARSER_NO_DOCUMENT, /* value: errno, 0 = shorter than it was */
    RECTO_PARSER_NO_MEMORY,   /* for the document */
    RECTO_PARSER_ENDED,       /* value: as of wait */
} recto_parser_word;

typedef struct recto_parser_message {
    uint64_t word;
    uint64_t value;
} recto_parser_message;

/* Exit status of a parser whose reply does not fit, or comes from where no memory is, or that had
 * not even the memory to listen. */
enum { RECTO_PARSER_EXIT_ROOM = 91, RECTO_PARSER_EXIT_FAULT, RECTO_PARSER_EXIT_MEMORY };

/* What a parser does with its document: recto_source_serve; tests have others. */
typedef void (*recto_parser_serve)(const recto_source_channel *channel, const uint8_t *bytes,
                                   size_t size);

typedef struct recto_parser_setup {
    recto_parsers_options opt;
    recto_parser_serve serve;
    recto_sandbox_program *program; /* of a parser; NULL without a sandbox */
    size_t program_bytes;           /* address space that the spawner takes */
    pid_t spawner;
} recto_parser_setup;

/** recto_parsers_start with another thing to do. */
RECTO_MUST_CHECK recto_status recto_parser_start(recto_parsers **out,
                                                 const recto_parsers_options *opt,
                                                 recto_parser_serve serve, recto_error *err);
/** The engine's end for one document; nothing runs before port.start.  opt: max_pixels is read. */
RECTO_MUST_CHECK recto_status recto_parser_port(recto_source_port *out, recto_parsers *p, int fd,
                                                const recto_source_options *opt,
                                                const recto_deadline *deadline, recto_error *err);

/** Be the spawner until the engine's end of control closes; setup->opt and serve are filled in. */
_Noreturn void recto_parser_spawner_run(int control, recto_parser_setup *setup);

/** Be a parser; fds: socket, document, reply memory.  The caller has just forked. */
_Noreturn void recto_parser_child_run(const recto_parser_setup *setup,
                                      const recto_parser_order *order, const int *fds);

/** A document's bytes: read where it is small, else mapped.  Errors: IO (sys: errno, 0 = shorter
 * than size), NOMEM. */
RECTO_MUST_CHECK recto_status recto_parser_load(recto_bytes *out, int fd, uint64_t size,
                                                recto_error *err);

#endif
