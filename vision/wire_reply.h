/* Reading a reply of the parsing process with suspicion: its bytes are copied out before they are
 * looked at, its texts are clean or refused.  Internal to vision/: for the source_wire_*.c that
 * take replies apart (source_wire.h). */
#ifndef RECTO_VISION_WIRE_REPLY_H
#define RECTO_VISION_WIRE_REPLY_H

#include "vision/source_wire.h"

/* The texts of a reply, in one piece; each ends with a NUL. */
typedef struct recto_wire_texts {
    char *at;
    size_t left;
    recto_arena *keep;
} recto_wire_texts;

/** Give this server up.  Returns CRASH, with a message that says what is wrong. */
recto_status recto_wire_reply_nonsense(recto_source_wire_reply *reply, const char *what,
                                       recto_error *err);
/** Copy the next n bytes.  Errors: CRASH. */
RECTO_MUST_CHECK recto_status recto_wire_reply_take(void *to, size_t n,
                                                    recto_source_wire_reply *reply,
                                                    recto_error *err);
bool recto_wire_reply_is_over(const recto_source_wire_reply *reply);
/** low <= v <= high; false for what is no number. */
bool recto_wire_reply_is_in(float v, float low, float high);

/** Read the n_text bytes that stand at `where` and are the rest of the reply; reply->at does not
 * move.  Errors: CRASH, NOMEM. */
RECTO_MUST_CHECK recto_status recto_wire_reply_texts(recto_wire_texts *out, uint64_t where,
                                                     uint32_t n_text,
                                                     recto_source_wire_reply *reply,
                                                     recto_arena *keep, recto_error *err);
/** The next text, clean; NULL in *out and RECTO_OK if it is none that may stand there (empty ones
 * may not).  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_wire_reply_next(const char **out, recto_wire_texts *t,
                                                    uint32_t len, recto_error *err);
/** The same for a text that may be absent (len is RECTO_SOURCE_WIRE_NONE): *fits says whether all
 * is well. */
RECTO_MUST_CHECK recto_status recto_wire_reply_optional(const char **out, bool *fits,
                                                        recto_wire_texts *t, uint32_t len,
                                                        recto_error *err);

#endif
