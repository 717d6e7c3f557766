/* Searchable copies in tests: a page with a line of two words, a copy made, a word looked for. */
#ifndef RECTO_TESTS_COPY_BUILD_H
#define RECTO_TESTS_COPY_BUILD_H

#include "core/buf.h"
#include "vision/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char HASH[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static const recto_source_copy_options PLAIN = {.producer = "recto test", .sha256 = HASH};

static inline void require_ok(recto_status st, const recto_error *err)
{
    if (st != RECTO_OK)
        fail_msg("%s", err->msg);
}

/* Take all that is ready, in pieces of that size. */
static inline void drain(recto_buf *out, recto_source *s, size_t piece)
{
    recto_error err = {0};
    uint8_t *room = malloc(piece);
    size_t got = piece;
    assert_non_null(room);
    while (got == piece) {
        require_ok(recto_source_copy_take(&got, room, piece, s, &err), &err);
        recto_buf_add(out, room, got);
    }
    free(room);
}

static inline void begin(recto_buf *out, recto_source *s, const void *bytes, size_t size)
{
    recto_error err = {0};
    bool keeps_input;
    require_ok(recto_source_copy_begin(&keeps_input, s, &PLAIN, &err), &err);
    if (keeps_input)
        recto_buf_add(out, bytes, size);
}

static inline void end(recto_buf *out, recto_source *s, size_t piece)
{
    recto_error err = {0};
    require_ok(recto_source_copy_end(s, &err), &err);
    drain(out, s, piece);
    assert_false(out->failed);
}

/* A copy with these lines on the first page. */
static inline void copy_with(recto_buf *out, recto_source *s, const void *bytes, size_t size,
                             const recto_source_copy_page *page)
{
    recto_error err = {0};
    begin(out, s, bytes, size);
    require_ok(recto_source_copy_add(s, page, &err), &err);
    drain(out, s, 1000);
    end(out, s, 1 << 20);
}

static inline recto_source *open_bytes(const void *bytes, size_t size)
{
    recto_source *s = NULL;
    recto_error err = {0};
    require_ok(recto_source_open(&s, bytes, size, NULL, &err), &err);
    return s;
}

/* Two words of a line in the px of a page of 600 x 800 at 72 dpi. */
static recto_word WORDS[] = {
    {.box = {100, 200, 160, 220}, .text = "W\xC3\xB6rter", .conf = 1},
    {.box = {170, 200, 220, 220}, .text = "\xF0\x9D\x94\xB8\xE6\x96\x87", .conf = 1},
};
static recto_line LINE = {
    .box = {100, 200, 220, 220}, .words = WORDS, .n_words = 2, .baseline = 216, .size = 20};
static const recto_source_copy_page PAGE = {.width = 600,
                                            .height = 800,
                                            .dpi = 72,
                                            .to_page = RECTO_AFFINE_IDENTITY,
                                            .lines = &LINE,
                                            .n_lines = 1};

/* The hidden word of that text on page 0, in px at 72 dpi; fails if there is none. */
static inline recto_rect hidden_word(recto_source *s, const char *text, recto_arena *keep)
{
    recto_layout layout;
    recto_error err = {0};
    require_ok(recto_source_page_layout(&layout, s, 0, 72, true, keep, &err), &err);
    for (int i = 0; i < layout.n_lines; i++) {
        for (int k = 0; k < layout.lines[i].n_words; k++) {
            const recto_word *w = &layout.lines[i].words[k];
            if ((w->style & RECTO_STYLE_HIDDEN) != 0 && strcmp(w->text, text) == 0)
                return w->box;
        }
    }
    fail_msg("no word %s", text);
    return (recto_rect){0};
}

static inline void require_place(recto_rect box, float x0, float x1, float y)
{
    if (fabsf(box.x0 - x0) > 1 || fabsf(box.x1 - x1) > 1 || box.y0 > y || box.y1 < y)
        fail_msg("at %g..%g, %g..%g, not %g..%g, %g", (double)box.x0, (double)box.x1,
                 (double)box.y0, (double)box.y1, (double)x0, (double)x1, (double)y);
}

#endif
