/* Hand-made layouts for the structure tests: lines are typed as they look on the page.
 *
 * A character is half an em wide, so columns can be lined up by counting; three spaces or more end
 * a segment, as a reader would split it. */
#ifndef RECTO_TESTS_LAYOUT_BUILD_H
#define RECTO_TESTS_LAYOUT_BUILD_H

#include "text/structure.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef struct sheet {
    recto_arena *keep, *tmp;
    recto_layout layout;
    recto_line lines[4096];
    recto_rule rules[256];
    recto_rect pictures[16];
    recto_link links[64];
    recto_page page;
    float size;     /* of the lines typed next, px */
    uint32_t style; /* of their words */
    float conf;
    int n_pages;
} sheet;

/* A4 at 100 dpi: 827 x 1169 px. */
static inline void sheet_begin(sheet *s)
{
    memset(s, 0, sizeof *s);
    s->keep = recto_arena_new(0, 0);
    s->tmp = recto_arena_new(0, 0);
    assert_non_null(s->keep);
    assert_non_null(s->tmp);
    s->layout = (recto_layout){.width = 827.0f,
                               .height = 1169.0f,
                               .dpi = 100.0f,
                               .lines = s->lines,
                               .rules = s->rules,
                               .pictures = s->pictures,
                               .links = s->links};
    s->size = 14.0f;
    s->conf = 1.0f;
}

static inline void sheet_end(sheet *s)
{
    recto_arena_free(s->keep);
    recto_arena_free(s->tmp);
}

static inline void sheet_clear(sheet *s) /* next page of the same document */
{
    s->layout.n_lines = 0;
    s->layout.n_rules = 0;
    s->layout.n_pictures = 0;
    s->layout.n_links = 0;
}

static inline void sheet_segment(sheet *s, float x, float y, const char *text, size_t len)
{
    recto_line *line = &s->lines[s->layout.n_lines++];
    recto_word *words = recto_arena_array(s->keep, len + 1, sizeof *words);
    float advance = s->size / 2.0f;
    *line = (recto_line){.words = words,
                         .baseline = y,
                         .size = s->size,
                         .conf = s->conf,
                         .style = s->style,
                         .region = -1};
    float at = x;
    for (size_t i = 0; i < len;) {
        size_t n = 0;
        float wide = 0.0f;
        while (i + n < len && text[i + n] != ' ') {
            wide += ((unsigned char)text[i + n] & 0xC0u) != 0x80u ? advance : 0.0f;
            n++;
        }
        words[line->n_words++] =
            (recto_word){.box = {at, y - 0.75f * s->size, at + wide, y + 0.2f * s->size},
                         .text = recto_arena_text(s->keep, text + i, n),
                         .conf = s->conf,
                         .style = s->style};
        at += wide;
        i += n;
        while (i < len && text[i] == ' ') {
            i++;
            at += advance;
        }
    }
    line->box = words[0].box;
    for (int k = 1; k < line->n_words; k++)
        line->box.x1 = words[k].box.x1;
}

/* Type text with its first character at x and its baseline at y. */
static inline void sheet_type(sheet *s, float x, float y, const char *text)
{
    const char *p = text;
    while (*p != '\0') {
        while (*p == ' ') {
            x += s->size / 2.0f;
            p++;
        }
        size_t n = 0;
        while (p[n] != '\0' && strncmp(p + n, "   ", 3) != 0)
            n++;
        if (n == 0)
            break;
        size_t full = n;
        while (p[n - 1] == ' ')
            n--;
        sheet_segment(s, x, y, p, n);
        for (size_t i = 0; i < full; i++)
            x += ((unsigned char)p[i] & 0xC0u) != 0x80u ? s->size / 2.0f : 0.0f;
        p += full;
    }
}

/* Lines of text one below the other from (x, y), separated by \n; returns the y after them. */
static inline float sheet_block(sheet *s, float x, float y, const char *text)
{
    char buf[512];
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");
        assert_true(n < sizeof buf);
        memcpy(buf, text, n);
        buf[n] = '\0';
        if (n > 0)
            sheet_type(s, x, y, buf);
        y += 1.2f * s->size;
        text += n + (text[n] == '\n');
    }
    return y;
}

static inline void sheet_rule(sheet *s, float x0, float y0, float x1, float y1)
{
    s->rules[s->layout.n_rules++] =
        (recto_rule){.box = {x0, y0, x1 > x0 ? x1 : x0 + 1.0f, y1 > y0 ? y1 : y0 + 1.0f},
                     .vertical = y1 - y0 > x1 - x0};
}

/* A link over the words of the line typed last from the n-th to the last-th, from 0. */
static inline void sheet_link(sheet *s, int first, int last, const char *url)
{
    const recto_line *line = &s->lines[s->layout.n_lines - 1];
    recto_rect box = recto_rect_union(line->words[first].box, line->words[last].box);
    s->links[s->layout.n_links++] = (recto_link){.box = box, .url = url};
}

/* Give words of the line typed last a style. */
static inline void sheet_style(sheet *s, int first, int last, uint32_t style)
{
    recto_line *line = &s->lines[s->layout.n_lines - 1];
    for (int k = first; k <= last; k++)
        line->words[k].style |= style;
}

/* Run the page step; the page must pass the model's check. */
static inline recto_page *sheet_read(sheet *s)
{
    recto_error err = {0};
    s->page = (recto_page){.number = ++s->n_pages,
                           .width = s->layout.width,
                           .height = s->layout.height,
                           .dpi = s->layout.dpi,
                           .width_pt = s->layout.width * 0.72f,
                           .height_pt = s->layout.height * 0.72f,
                           .reader = RECTO_READER_LAYER,
                           .conf = 1.0f};
    size_t used = recto_arena_used(s->tmp);
    assert_int_equal(recto_structure_page(&s->page, &s->layout, s->keep, s->tmp, &err), RECTO_OK);
    assert_int_equal(recto_arena_used(s->tmp), used);
    if (recto_doc_check(&s->page, &err) != RECTO_OK)
        fail_msg("doc check: %s", err.msg);
    return &s->page;
}

/* Page step and settle as a document of this one page. */
static inline recto_page *sheet_read_document(sheet *s)
{
    recto_error err = {0};
    recto_page *page = sheet_read(s);
    recto_structure_stats *stats = recto_structure_stats_new();
    assert_non_null(stats);
    assert_int_equal(recto_structure_observe(stats, page, &err), RECTO_OK);
    assert_int_equal(recto_structure_settle(stats, page, s->keep, &err), RECTO_OK);
    recto_structure_stats_free(stats);
    assert_int_equal(recto_doc_check(page, &err), RECTO_OK);
    return page;
}

static inline void sheet_print(const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        print_message("  %d %s/%d [%s] \"%s\"\n", i, recto_doc_label_name(b->label), b->level,
                      b->marker != NULL ? b->marker : "", b->text);
    }
}

/* The blocks must be exactly these: "label: text" each, NULL at the end; list items
 * "list_item level marker: text", headers "section_header: text". */
static inline void sheet_expect(const recto_page *page, ...)
{
    va_list ap;
    va_start(ap, page);
    int i = 0;
    for (const char *want = va_arg(ap, const char *); want != NULL;
         want = va_arg(ap, const char *), i++) {
        char have[2048] = "(no block)";
        if (i < page->n_blocks) {
            const recto_block *b = &page->blocks[i];
            if (b->label == RECTO_LABEL_LIST_ITEM)
                snprintf(have, sizeof have, "list_item %d %s: %s", b->level, b->marker, b->text);
            else
                snprintf(have, sizeof have, "%s: %s", recto_doc_label_name(b->label), b->text);
        }
        if (strcmp(have, want) != 0) {
            sheet_print(page);
            va_end(ap);
            fail_msg("block %d is \"%s\", want \"%s\"", i, have, want);
        }
    }
    va_end(ap);
    if (page->n_blocks != i) {
        sheet_print(page);
        fail_msg("%d blocks, want %d", page->n_blocks, i);
    }
}

#endif
