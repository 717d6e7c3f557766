/* Byte-level BPE of the Qwen2 kind: NFC, the Qwen2 split regex, merges by rank, added tokens.
 *
 * Read-only after loading, so any number of threads may share one. */
#ifndef RECTO_TEXT_TOKENIZER_H
#define RECTO_TEXT_TOKENIZER_H

#include "core/buf.h"
#include "kernels/gguf.h"

typedef struct recto_tokenizer recto_tokenizer;

/**
 * Load from a tokenizer.json (model BPE, merges as "a b" or ["a","b"]), nothing is kept of it.
 *
 * Errors: FORMAT (JSON), MODEL (another kind of tokenizer; a merge or token that does not fit:
 * which one), LIMIT (over 2^24 tokens), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_tokenizer_from_json(recto_tokenizer **out, const char *text,
                                                        size_t len, recto_error *err);
/** Load from GGUF metadata (tokenizer.ggml.model gpt2, pre qwen2).  Errors: as above. */
RECTO_MUST_CHECK recto_status recto_tokenizer_from_gguf(recto_tokenizer **out, const recto_gguf *g,
                                                        recto_error *err);
void recto_tokenizer_free(recto_tokenizer *t); /* NULL is a no-op */

/** Highest id + 1; ids without a token (gaps) have no text. */
int recto_tokenizer_count(const recto_tokenizer *t);
int recto_tokenizer_n_merges(const recto_tokenizer *t);
int recto_tokenizer_n_added(const recto_tokenizer *t);
/** Id of an added token ("<IMG_CONTEXT>") or, failing that, of a token with these bytes; -1. */
int32_t recto_tokenizer_id(const recto_tokenizer *t, const char *text);
/** The bytes of a token (an added one as written), borrowed; NULL if there is none of this id. */
const char *recto_tokenizer_token(const recto_tokenizer *t, int32_t id, size_t *len_out);
bool recto_tokenizer_is_added(const recto_tokenizer *t, int32_t id);
/** Control tokens such as <|im_end|>, which are no part of an answer's text. */
bool recto_tokenizer_is_special(const recto_tokenizer *t, int32_t id);

/**
 * Text to ids, appended.
 *
 * ids    malloc'd, *ids (NULL at first) grows; *n of *cap are used
 * text   UTF-8; a broken byte counts as U+FFFD
 * added  true: strings of added tokens become those tokens (templates of our own); false: they are
 *        plain text like any other (whatever a user wrote)
 *
 * Errors: NOMEM, LIMIT (over 2^31 bytes).
 */
RECTO_MUST_CHECK recto_status recto_tokenizer_encode(int32_t **ids, size_t *n, size_t *cap,
                                                     const recto_tokenizer *t, const char *text,
                                                     size_t len, bool added, recto_error *err);
/** Ids to bytes, appended to out (may end inside a character); special tokens only if asked for,
 * ids without a token are skipped. */
void recto_tokenizer_decode(recto_buf *out, const recto_tokenizer *t, const int32_t *ids, size_t n,
                            bool special);

#endif
