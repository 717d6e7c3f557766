/* The messages between source_remote.c (engine) and source_serve.c (server).  Internal to vision/.
 *
 *   request   recto_source_wire_request, for OPEN followed by the passwords: a length (u32,
 *             WIRE_NONE = NULL) and its bytes each
 *             for COPY_BEGIN by the hash (64 bytes) and the producer's name,
 *             for COPY_WORDS by lines: wire_line, its wire_words, their texts without NULs,
 *             for COPY_PAGE by wire_copy_page; the words sent before are its
 *   reply     recto_source_wire_head; then the message of an error, or what was asked for:
 *
 *     OPEN        wire_open, bookmarks, text
 *     SCAN        wire_facts, and with a layout: wire_layout, lines, rules, pictures, words,
 *                 links, fields, text
 *     PIXELS, PICTURE   wire_image, rows without gaps
 *     ATTACHMENTS       wire_list, wire_attachment..., text
 *     ATTACHMENT        u64 got, bytes
 *     COPY_BEGIN        u64 keeps input
 *     COPY_WORDS, COPY_PAGE, COPY_END   nothing
 *     COPY_TAKE         u64 got, bytes
 *
 * "text" is all texts of the message in order, each with its terminating NUL; records hold lengths
 * only, so there are no offsets to check.  Both ends are the same program on the same machine:
 * numbers are in its own byte order.  No record has gaps.
 *
 * The engine's half believes nothing: sizes must add up to the reply's size exactly, counts keep
 * within limits, numbers are finite and in range, texts are clean UTF-8 as every text of a source.
 */
#ifndef RECTO_VISION_SOURCE_WIRE_H
#define RECTO_VISION_SOURCE_WIRE_H

#include "core/buf.h"
#include "vision/source_backend.h"
#include "vision/source_remote.h"

#define RECTO_SOURCE_WIRE_NONE UINT32_MAX /* length of a text that is NULL */

typedef enum recto_source_wire_kind {
    RECTO_SOURCE_WIRE_OPEN = 1,
    RECTO_SOURCE_WIRE_SCAN,
    RECTO_SOURCE_WIRE_PIXELS,
    RECTO_SOURCE_WIRE_PICTURE,
    RECTO_SOURCE_WIRE_ATTACHMENTS,
    RECTO_SOURCE_WIRE_ATTACHMENT, /* some of the bytes of one */
    RECTO_SOURCE_WIRE_COPY_BEGIN,
    RECTO_SOURCE_WIRE_COPY_WORDS, /* more lines of the page to come */
    RECTO_SOURCE_WIRE_COPY_PAGE,
    RECTO_SOURCE_WIRE_COPY_END,
    RECTO_SOURCE_WIRE_COPY_TAKE, /* some more bytes of the copy */
} recto_source_wire_kind;

enum {
    RECTO_SOURCE_WIRE_LAYOUT = 1u << 0, /* flags of a SCAN: the layout is wanted */
    RECTO_SOURCE_WIRE_HIDDEN = 1u << 1, /* with invisible text */
};

enum {
    RECTO_SOURCE_WIRE_PDFA = 1u << 0,        /* flag of a COPY_BEGIN */
    RECTO_SOURCE_WIRE_HIDDEN_GOES = 1u << 0, /* flags of a COPY_PAGE: replace_hidden */
    RECTO_SOURCE_WIRE_BARE = 1u << 1,
};

/* Bytes of an attachment or a copy in one reply, at most. */
enum { RECTO_SOURCE_WIRE_CHUNK = 1 << 20 };
/* Of the words of one page of a copy. */
enum { RECTO_SOURCE_WIRE_WORDS_MAX = 64 << 20 };

typedef struct recto_source_wire_request {
    uint32_t kind;
    uint32_t flags;
    int32_t index; /* page or attachment, 0-based */
    float dpi;
    uint64_t offset, size; /* ATTACHMENT; size: COPY_TAKE */
    int64_t max_pixels;    /* OPEN from here on */
    int32_t max_pages;
    int32_t n_passwords;
} recto_source_wire_request;

typedef struct recto_source_wire_head {
    uint32_t kind;
    uint32_t status; /* recto_status */
    int32_t sys;
    uint32_t n_message; /* bytes, 0 if OK */
    uint64_t offset;
} recto_source_wire_head;

/* Texts of the metadata in the order of recto_source_meta. */
enum { RECTO_SOURCE_WIRE_META_TEXTS = 9 };

typedef struct recto_source_wire_open {
    int32_t n_pages;
    uint32_t encrypted;
    uint32_t n_bookmarks;
    uint32_t len[RECTO_SOURCE_WIRE_META_TEXTS];
    uint32_t n_text; /* bytes, with NULs */
} recto_source_wire_open;

typedef struct recto_source_wire_bookmark {
    int32_t level, page;
    uint32_t len;
} recto_source_wire_bookmark;

typedef struct recto_source_wire_facts {
    float width_pt, height_pt;
    int32_t rotate_deg, turned_deg;
    int32_t n_chars, n_chars_hidden, n_chars_bad, n_chars_odd;
    int32_t n_images;
    float image_cover;
    uint32_t single_image;
    int32_t image_w, image_h;
    int32_t n_paths;
    float path_cover;
    uint32_t damaged;
} recto_source_wire_facts;

typedef struct recto_source_wire_layout {
    float width, height, dpi;
    uint32_t n_lines, n_rules, n_pictures;
    uint32_t n_words; /* of all lines */
    uint32_t n_links, n_fields;
    uint32_t n_text;
} recto_source_wire_layout;

typedef struct recto_source_wire_line {
    recto_rect box;
    uint32_t n_words;
    float baseline, size, conf;
    uint32_t style;
    int32_t region;
} recto_source_wire_line;

typedef struct recto_source_wire_rule {
    recto_rect box;
    uint32_t vertical;
} recto_source_wire_rule;

typedef struct recto_source_wire_word {
    recto_rect box;
    float conf;
    uint32_t style;
    uint32_t len;
} recto_source_wire_word;

typedef struct recto_source_wire_link {
    recto_rect box;
    uint32_t len;
} recto_source_wire_link;

/* Name, label and value of a field; an empty one is WIRE_NONE. */
enum { RECTO_SOURCE_WIRE_FIELD_TEXTS = 3 };

typedef struct recto_source_wire_field {
    recto_rect box;
    uint32_t kind, checked;
    float conf;
    uint32_t len[RECTO_SOURCE_WIRE_FIELD_TEXTS];
} recto_source_wire_field;

typedef struct recto_source_wire_image {
    int32_t width, height, channels;
    float dpi;
} recto_source_wire_image;

typedef struct recto_source_wire_list {
    uint32_t n, n_text;
} recto_source_wire_list;

typedef struct recto_source_wire_attachment {
    uint64_t size;
    uint32_t len, unused;
} recto_source_wire_attachment;

typedef struct recto_source_wire_copy_page {
    float width, height, dpi;
    recto_affine to_page;
} recto_source_wire_copy_page;

/* --- the server's half: source_wire_pack.c --------------------------------------------------- */

/** Append a payload; a buf that has failed is out of memory.  layout may be NULL. */
void recto_source_wire_pack_open(recto_buf *out, const recto_source_meta *meta, int n_pages);
void recto_source_wire_pack_scan(recto_buf *out, const recto_source_facts *facts,
                                 const recto_layout *layout);
void recto_source_wire_pack_attachments(recto_buf *out, const recto_source_attachment *items,
                                        int n);

/* --- words of a copy, from the engine to the server: source_wire_copy.c ----------------------- */

/**
 * Append lines to a request, as many as fit into it (at least a word).
 *
 * line, word  where to begin; moved to what comes next.  A line cut in two goes on as another one
 * of the same box.
 */
void recto_source_wire_copy_pack(recto_buf *out, const recto_line *lines, int n_lines, int *line,
                                 int *word);
/**
 * Add the lines of a request to those that are there.
 *
 * lines  grown in keep, which holds all of them
 *
 * Errors: ARG (impossible), LIMIT (of words), NOMEM.
 */
RECTO_MUST_CHECK recto_status recto_source_wire_copy_unpack(recto_line **lines, int *n_lines,
                                                            const uint8_t *bytes, size_t size,
                                                            recto_arena *keep, recto_error *err);

/* --- the engine's half: source_wire_take.c, source_wire_scan.c ------------------------------- */

/* A reply under way. */
typedef struct recto_source_wire_reply {
    const recto_source_port *port;
    uint64_t size;
    uint64_t at;
    bool broken; /* nothing more is to be had from this server */
} recto_source_wire_reply;

/**
 * The head of a reply to a request of this kind.
 *
 * Errors: what the server says (FORMAT, UNSUPPORTED, ENCRYPTED, LIMIT; its NOMEM is LIMIT with
 * reply->broken), CRASH (nonsense).  NOMEM for the engine's own memory, here and below.
 */
RECTO_MUST_CHECK recto_status recto_source_wire_take_head(recto_source_wire_reply *reply,
                                                          recto_source_wire_kind kind,
                                                          recto_error *err);
/** The rest of an OPEN reply; texts go to keep.  meta_out NULL: only the number of pages. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_open(recto_source_meta *meta_out, int *n_pages,
                                                          recto_source_wire_reply *reply,
                                                          recto_arena *keep, recto_error *err);
/** The rest of a SCAN reply.  facts_out may be NULL; layout_out is NULL if none was asked for. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_scan(recto_source_facts *facts_out,
                                                          recto_layout *layout_out,
                                                          recto_source_wire_reply *reply,
                                                          float layout_dpi, recto_arena *keep,
                                                          recto_error *err);
/** The rest of a PIXELS or PICTURE reply. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_image(recto_image **out,
                                                           recto_source_wire_reply *reply,
                                                           bool colour, int64_t max_pixels,
                                                           recto_error *err);
RECTO_MUST_CHECK recto_status recto_source_wire_take_attachments(recto_source_attachment **out,
                                                                 int *n_out,
                                                                 recto_source_wire_reply *reply,
                                                                 recto_arena *keep,
                                                                 recto_error *err);
/** A reply that is one number. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_number(uint64_t *out,
                                                            recto_source_wire_reply *reply,
                                                            recto_error *err);
/** A reply without a payload. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_nothing(recto_source_wire_reply *reply,
                                                             recto_error *err);
/** Bytes of an attachment or a copy, at most size. */
RECTO_MUST_CHECK recto_status recto_source_wire_take_bytes(void *to, size_t *got,
                                                           recto_source_wire_reply *reply,
                                                           size_t size, recto_error *err);

#endif
