/* What the tokenizer's files share: the tables, how a loader fills them, and the steps of encoding.
 *
 *     text --repair--> UTF-8 --added--> pieces --NFC--> --split--> words --merge--> ids
 *
 * tokenizer.c owns the flow, tokenizer_build.c the tables, tokenizer_added.c the search for added
 * tokens, tokenizer_split.c the regex, tokenizer_bpe.c the merging; tokenizer_json.c and
 * tokenizer_gguf.c read the two file forms. */
#ifndef RECTO_TEXT_TOKENIZER_PARTS_H
#define RECTO_TEXT_TOKENIZER_PARTS_H

#include "text/tokenizer.h"

enum {
    RECTO_TOKENIZER_IDS_MAX = 1 << 24,
    RECTO_TOKENIZER_ADDED_BYTES_MAX = 512, /* bounds the search at one place of the text */
};

enum {
    RECTO_TOKEN_USED = 1u << 0, /* no gap */
    RECTO_TOKEN_ADDED = 1u << 1,
    RECTO_TOKEN_SPECIAL = 1u << 2,
    RECTO_TOKEN_LITERAL = 1u << 3, /* its text is as written in the file, not made of byte letters,
                                      so that no merge can reach it */
};

typedef struct recto_token {
    uint32_t at; /* of its bytes in the pool; a NUL follows them */
    uint32_t len;
} recto_token;

/* One slot of the table of merges. */
typedef struct recto_merge {
    uint64_t pair; /* left id << 32 | right id; UINT64_MAX if free */
    uint32_t rank; /* the lowest goes first */
    int32_t id;    /* of the result */
} recto_merge;

/* What to look for in a text: an added token as written or as its NFC form. */
typedef struct recto_needle {
    recto_token bytes;
    int32_t id;
} recto_needle;

typedef struct recto_needles {
    recto_needle *list; /* sorted by their bytes once the tokenizer is settled */
    int n;
    bool first[256]; /* bytes that one of them begins with */
} recto_needles;

typedef struct recto_split recto_split; /* the compiled regex */

struct recto_tokenizer {
    recto_token *tokens; /* [count] */
    uint8_t *flags;      /* [count], RECTO_TOKEN_* */
    int count;
    int n_added;
    int n_merges;
    recto_buf pool;
    int32_t *by_text; /* [1 << text_bits] ids by hash of the bytes, -1 if free */
    int text_bits;
    recto_merge *merges; /* [1 << merge_bits] */
    int merge_bits;
    int32_t byte_id[256]; /* the token of one byte; -1 if there is none, for bytes that UTF-8 never
                             holds */
    recto_needles raw;    /* looked for in the text as it is */
    recto_needles normal; /* looked for after NFC */
    recto_split *split;
};

/* --- building: new, then tokens, added tokens, merges, settle, in this order --------------------
 */

/** Empty tables for ids below count, with room for n_tokens calls of put, n_added of put_added and
 * n_merges of put_merge; free with recto_tokenizer_free.  Errors: LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_new(recto_tokenizer **out, int64_t count,
                                                  size_t n_tokens, size_t n_added, size_t n_merges,
                                                  recto_error *err);
/** A token of the model's vocabulary, spelled in byte letters (or not: then kept as written).
 * Errors: MODEL (id, empty, not UTF-8, twice), LIMIT, NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_put(recto_tokenizer *t, int64_t id, const char *text,
                                                  size_t len, recto_error *err);
/** An added token, which may be one of the vocabulary's under the same id.  Errors: as above. */
RECTO_MUST_CHECK recto_status recto_tokenizer_put_added(recto_tokenizer *t, int64_t id,
                                                        const char *text, size_t len, bool special,
                                                        bool normalized, recto_error *err);
/** The merge that is next in rank, both sides spelled in byte letters.  Errors: MODEL, NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_put_merge(recto_tokenizer *t, const char *left,
                                                        size_t n_left, const char *right,
                                                        size_t n_right, recto_error *err);
/** Checks what can be checked only at the end.  Errors: MODEL (a byte without token), NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_settle(recto_tokenizer *t, recto_error *err);

/** The bytes of a token (borrowed until the pool grows). */
static inline const char *recto_tokenizer_bytes(const recto_tokenizer *t, recto_token token)
{
    return t->pool.data + token.at;
}
/** Id of the token with these bytes, with (RECTO_TOKEN_LITERAL) or without byte letters (0); -1. */
int32_t recto_tokenizer_lookup(const recto_tokenizer *t, unsigned literal, const char *bytes,
                               size_t len);

static inline uint64_t recto_tokenizer_pair(int32_t left, int32_t right)
{
    return (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
}

/** Where the search for a pair begins in the table of merges. */
static inline size_t recto_tokenizer_pair_slot(const recto_tokenizer *t, uint64_t pair)
{
    pair ^= pair >> 29;
    pair *= UINT64_C(0x9E3779B97F4A7C15); /* 2^64 / golden ratio */
    return (size_t)(pair >> (64 - t->merge_bits));
}

/* --- encoding -----------------------------------------------------------------------------------
 */

typedef struct recto_symbol {
    int32_t id;
    int32_t prev, next; /* -1 at the ends */
} recto_symbol;

typedef struct recto_candidate {
    uint32_t rank;
    int32_t at;          /* symbol that begins the pair */
    int32_t left, right; /* ids when it was found: it is stale if they have changed */
    int32_t id;
} recto_candidate;

/* State of one encoding. */
typedef struct recto_tokenizer_work {
    const recto_tokenizer *t;
    bool added; /* look for added tokens; if not, no merge may make one either */
    int32_t **ids;
    size_t *n, *cap;
    recto_buf normal;      /* NFC of the piece under way */
    recto_symbol *symbols; /* [symbols_cap] */
    recto_candidate *heap; /* [2 * symbols_cap] */
    size_t symbols_cap;
    void *match; /* the regex's scratch */
} recto_tokenizer_work;

/** Append an id.  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_tokenizer_emit(recto_tokenizer_work *w, int32_t id,
                                                   recto_error *err);
/** The longest needle that begins at text (< end): its id and length; -1 if there is none. */
int32_t recto_tokenizer_added_at(const recto_tokenizer *t, const recto_needles *needles,
                                 const char *text, const char *end, size_t *len_out);
/** Sort the needles and note their first bytes; false if two are equal. */
bool recto_tokenizer_added_settle(const recto_tokenizer *t, recto_needles *needles);
/** Ids of one word.  Errors: NOMEM, LIMIT. */
RECTO_MUST_CHECK recto_status recto_tokenizer_merge(recto_tokenizer_work *w, const char *word,
                                                    size_t len, recto_error *err);

/** Is this the pattern that recto_split_open compiles? */
bool recto_split_is_known(const char *regex);
/** Compile the Qwen2 pattern; close with recto_split_close.  Errors: NOMEM, MODEL. */
RECTO_MUST_CHECK recto_status recto_split_open(recto_split **out, recto_error *err);
void recto_split_close(recto_split *s); /* NULL is a no-op */
/** Scratch for recto_split_next, one per encoding; NULL if out of memory. */
void *recto_split_scratch(const recto_split *s);
void recto_split_scratch_free(void *scratch); /* NULL is a no-op */
/** Length of the word that begins at byte `at` < len of text (valid UTF-8).  Errors: NOMEM. */
RECTO_MUST_CHECK recto_status recto_split_next(size_t *len_out, const recto_split *s, void *scratch,
                                               const char *text, size_t len, size_t at,
                                               recto_error *err);

#endif
