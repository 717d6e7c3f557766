/* Parser processes: each document is parsed by a process of its own that can do nothing but read
 * the descriptor it was given and answer over shared memory.
 *
 * A spawner is forked off early, while this process has one thread and little memory; it forks a
 * parser for each document, so that threads and models of the engine are never copied.  Everything
 * ends with the engine: parsers and spawner die with their parent. */
#ifndef RECTO_PIPELINE_PARSER_H
#define RECTO_PIPELINE_PARSER_H

#include "core/deadline.h"
#include "vision/source.h"

typedef struct recto_parsers recto_parsers;

typedef struct recto_parsers_options {
    bool sandbox;        /* false: processes without seccomp and Landlock */
    size_t memory_bytes; /* address space of one parser beyond its program and a mapped document;
                            its replies take at most half as much besides; 0 = no limit */
} recto_parsers_options;

/**
 * Fork the spawner.  To be called before threads and models; no descriptor of the
 * caller stays open in it; libraries' messages go to /dev/null.
 *
 * out  stop with recto_parsers_stop; may be used from several threads
 *
 * Errors: DEVICE (no process can be forked, no sandbox can be set up), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_parsers_start(recto_parsers **out,
                                                  const recto_parsers_options *opt,
                                                  recto_error *err);
void recto_parsers_stop(recto_parsers *p); /* ends what still runs; NULL is a no-op */
/** Were parsers asked to be sandboxed? */
bool recto_parsers_sandboxed(const recto_parsers *p);

/**
 * Open the document behind a descriptor in a fresh parser.
 *
 * out       close with recto_source_close, before recto_parsers_stop; used by one thread
 * fd        a readable, seekable descriptor, borrowed for the life of the source
 * deadline  borrowed for the life of the source and read at each call: a parser that is not done by
 * then is killed; NULL = none
 *
 * Errors: those of recto_source_open, and TIMEOUT, CRASH, CANCELLED, DEVICE.
 */
RECTO_MUST_CHECK recto_status recto_parsers_open(recto_source **out, recto_parsers *p, int fd,
                                                 const recto_source_options *opt,
                                                 const recto_deadline *deadline, recto_error *err);

#endif
