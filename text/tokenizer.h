/* Byte-level BPE of the Qwen2 kind: NFC, the Qwen2 split regex, merges by rank, added tokens.
 *
 * The ids are those of the tokenizers library 0.23 (which transformers uses) for any text.  Where
 * libraries differ, that one is followed: white space is Unicode's White_Space, letters and digits
 * are those of Unicode 16, and NFC leaves marks that came after Unicode 9 where they are.
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
 * Whatever the file asks for that this tokenizer does not do is refused: another normalizer, split
 * pattern or post-processor, dropout, ignore_merges, byte_fallback, prefixes and suffixes, added
 * tokens with lstrip, rstrip or single_word.  All bytes that occur in UTF-8 must have a token.  Ids
 * may have gaps.  A token that is not spelled in byte letters can be decoded, as written.
 *
 * Errors: FORMAT (JSON), MODEL (another kind of tokenizer; a merge or token that does not fit:
 * which one), LIMIT (ids or counts over 2^24, an added token over 512 bytes), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_tokenizer_from_json(recto_tokenizer **out, const char *text,
                                                        size_t len, recto_error *err);
/** Load from GGUF metadata (tokenizer.ggml.model gpt2, pre qwen2).  Token types: 1 normal, 3
 * (control) added and special, 4 (user defined) added, 5 (unused) a gap; others are refused.
 * Nothing is kept of g.  Errors: MODEL, LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_from_gguf(recto_tokenizer **out, const recto_gguf *g,
                                                        recto_error *err);
void recto_tokenizer_free(recto_tokenizer *t); /* NULL is a no-op */

/** Highest id + 1; ids without a token (gaps) have no text. */
int recto_tokenizer_count(const recto_tokenizer *t);
int recto_tokenizer_n_merges(const recto_tokenizer *t);
int recto_tokenizer_n_added(const recto_tokenizer *t);
/** Id of an added token ("<IMG_CONTEXT>") or, failing that, of a token with these bytes; -1. */
int32_t recto_tokenizer_id(const recto_tokenizer *t, const char *text);
/** The bytes of a token (an added one as written) and a NUL, borrowed; NULL and length 0 if there
 * is none of this id. */
const char *recto_tokenizer_token(const recto_tokenizer *t, int32_t id, size_t *len_out);
bool recto_tokenizer_is_added(const recto_tokenizer *t, int32_t id);
/** Control tokens such as <|im_end|>, which are no part of an answer's text. */
bool recto_tokenizer_is_special(const recto_tokenizer *t, int32_t id);

/**
 * Text to ids, appended.
 *
 * ids    malloc'd, *ids (NULL at first) grows; *n of *cap are used; *n is as before on an error
 * text   UTF-8; each maximal broken part counts as one U+FFFD (recto_utf8_repair)
 * added  true: strings of added tokens become those tokens, leftmost and then longest first
 *        (templates of our own); false: they are plain text like any other (whatever a user
 *        wrote), and no added token comes out, even one that is in the vocabulary as well
 *
 * Errors: NOMEM, LIMIT (over 2^31 bytes), MODEL (PCRE2 failed).  Thread-safe.  O(len log len),
 * whatever the text; up to about 110 bytes of scratch for each byte of the longest word.
 */
RECTO_MUST_CHECK recto_status recto_tokenizer_encode(int32_t **ids, size_t *n, size_t *cap,
                                                     const recto_tokenizer *t, const char *text,
                                                     size_t len, bool added, recto_error *err);
/** Ids to bytes, appended to out (may end inside a character); special tokens only if asked for,
 * ids without a token are skipped. */
void recto_tokenizer_decode(recto_buf *out, const recto_tokenizer *t, const int32_t *ids, size_t n,
                            bool special);

#endif
