/* Random layouts: the structure code must not crash, and its result must pass the model's check. */
#include "text/structure.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINES 300
#define MAX_RULES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct feed {
    const uint8_t *p;
    size_t n;
    bool grid; /* coordinates on a grid, so that lines, columns and rules meet */
} feed;

static unsigned take(feed *f)
{
    if (f->n == 0)
        return 0;
    f->n--;
    return *f->p++;
}

static const char *const words[] = {"the",
                                    "a",
                                    "1.",
                                    "2.",
                                    "(a)",
                                    "iv.",
                                    "-",
                                    "\xE2\x80\xA2",
                                    "12.50",
                                    "Figure",
                                    "3",
                                    "exam-",
                                    "ple",
                                    "1.2",
                                    "TOTAL",
                                    "...",
                                    "Page",
                                    "of",
                                    "\xC2\xADx",
                                    "y\xC2\xAD",
                                    "*",
                                    "\xC3\xA4\xC3\xB6",
                                    "Chapter",
                                    "word",
                                    "self-",
                                    "made",
                                    "\xE2\x80\x94",
                                    "\xC2\xAD",
                                    "i",
                                    "x.",
                                    "\xE2\x80\xA2Text",
                                    "\xE2\x98\x90",
                                    "\xE2\x98\x92",
                                    "____",
                                    "x"};

static float coordinate(feed *f)
{
    unsigned v = take(f);
    if (f->grid)
        return (float)(v % 25) * 40.0f + 10.0f;
    if (v == 255)
        return (float)NAN;
    if (v == 254)
        return INFINITY;
    if (v == 253)
        return -1.0e9f;
    return (float)(v * 5) - 20.0f;
}

static void take_line(feed *f, recto_line *line, recto_arena *a)
{
    unsigned n = take(f) % 7; /* 0: a line without words */
    float x = coordinate(f);
    float y = coordinate(f) + (float)(take(f) % (f->grid ? 3 : 8)) * (f->grid ? 16.0f : 1.0f);
    float size = f->grid ? 12.0f + (float)(take(f) % 2) * 6.0f : (float)(take(f) % 40);
    unsigned style = take(f) % 64;
    line->words = recto_arena_array(a, n + 1, sizeof *line->words);
    for (unsigned i = 0; i < n && line->words != NULL; i++) {
        const char *text = words[take(f) % (sizeof words / sizeof *words)];
        unsigned conf = take(f);
        float wide = (float)strlen(text) * size / 2.0f;
        line->words[i] = (recto_word){.box = {x, y - size, x + wide, y},
                                      .text = text,
                                      .conf = (float)(conf % 64) / 62.0f,
                                      .style = style ^ (conf >> 6)};
        x += wide + (f->grid ? 6.0f : (float)(take(f) % 64));
        line->n_words++;
    }
    line->baseline = y;
    line->size = size;
    line->conf = 1.0f;
    line->style = style;
    line->region = -1;
}

static void take_fields(feed *f, recto_layout *l, recto_arena *a)
{
    l->fields = recto_arena_array(a, 8, sizeof *l->fields);
    for (unsigned i = take(f) % 9; i > 0 && l->fields != NULL; i--) {
        float x = coordinate(f);
        float y = coordinate(f);
        unsigned kind = take(f);
        l->fields[l->n_fields++] =
            (recto_field){.box = {x, y, x + (float)(take(f) * 2), y + (float)(take(f) % 64)},
                          .kind = (recto_field_kind)(kind % RECTO_FIELD_KIND_COUNT),
                          .name = "a.b",
                          .label = "",
                          .value = kind % 3 == 0 ? "" : "some value",
                          .checked = kind % 2 == 1,
                          .conf = (float)(take(f) % 64) / 62.0f};
    }
}

static void take_layout(feed *f, recto_layout *l, unsigned n_links, recto_arena *a)
{
    l->width = 1000.0f;
    l->height = 1200.0f;
    l->dpi = 100.0f;
    l->lines = recto_arena_array(a, MAX_LINES, sizeof *l->lines);
    l->rules = recto_arena_array(a, MAX_RULES, sizeof *l->rules);
    l->pictures = recto_arena_array(a, 4, sizeof *l->pictures);
    l->links = recto_arena_array(a, 8, sizeof *l->links);
    if (l->lines == NULL || l->rules == NULL || l->pictures == NULL || l->links == NULL)
        return;
    for (; n_links > 0; n_links--) {
        float x = coordinate(f);
        float y = coordinate(f);
        l->links[l->n_links++] =
            (recto_link){.box = {x, y, x + (float)(take(f) * 4), y + (float)(take(f) * 2)},
                         .url = n_links % 3 == 0 ? "https://example.org/" : "#page=2"};
    }
    unsigned n_rules = take(f) % MAX_RULES;
    for (unsigned i = 0; i < n_rules; i++) {
        recto_rule *r = &l->rules[l->n_rules++];
        float x = coordinate(f);
        float y = coordinate(f);
        float n = f->grid ? (float)(take(f) % 12) * 40.0f : (float)(take(f) * 4);
        r->vertical = take(f) % 2 == 1;
        r->box =
            r->vertical ? (recto_rect){x, y, x + 1.0f, y + n} : (recto_rect){x, y, x + n, y + 1.0f};
    }
    for (unsigned i = take(f) % 4; i > 0; i--) {
        float x = coordinate(f);
        float y = coordinate(f);
        l->pictures[l->n_pictures++] =
            (recto_rect){x, y, x + (float)(take(f) * 2), y + (float)(take(f) * 2)};
    }
    while (f->n > 0 && l->n_lines < MAX_LINES)
        take_line(f, &l->lines[l->n_lines++], a);
}

static void require(bool ok, const recto_error *err)
{
    if (ok)
        return;
    fprintf(stderr, "fuzz_structure: %s\n", err->msg);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    feed f = {.p = data, .n = size};
    recto_error err = {0};
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_structure_stats *stats = recto_structure_stats_new();
    require(keep != NULL && tmp != NULL && stats != NULL, &err);
    recto_layout layout = {0};
    unsigned mode = take(&f);
    f.grid = (mode & 2u) != 0;
    recto_page page = {.number = 1,
                       .width = 1000.0f,
                       .height = 1200.0f,
                       .dpi = 100.0f,
                       .width_pt = 720.0f,
                       .height_pt = 864.0f,
                       .conf = 1.0f,
                       .reader = mode % 2 == 0 ? RECTO_READER_LAYER : RECTO_READER_LINE};
    if ((mode & 4u) != 0)
        take_fields(&f, &layout, keep);
    take_layout(&f, &layout, mode >> 3 & 7u, keep);
    require(recto_structure_page(&page, &layout, keep, tmp, &err) == RECTO_OK, &err);
    require(recto_arena_used(tmp) == 0, &err);
    require(recto_doc_check(&page, &err) == RECTO_OK, &err);
    for (int i = 1; i <= 3; i++) { /* as if the page came three times */
        page.number = i;
        require(recto_structure_observe(stats, &page, &err) == RECTO_OK, &err);
    }
    require(recto_structure_settle(stats, &page, keep, &err) == RECTO_OK, &err);
    require(recto_doc_check(&page, &err) == RECTO_OK, &err);
    recto_page next = page;
    next.blocks = recto_arena_array(keep, (size_t)page.n_blocks + 1, sizeof *next.blocks);
    require(next.blocks != NULL, &err);
    for (int i = 0; i < page.n_blocks; i++)
        next.blocks[i] = page.blocks[i];
    next.number++;
    require(recto_structure_bridge(stats, &page, &next, keep, &err) == RECTO_OK, &err);
    require(recto_doc_check(&page, &err) == RECTO_OK, &err);
    require(recto_doc_check(&next, &err) == RECTO_OK, &err);
    recto_structure_stats_free(stats);
    recto_arena_free(tmp);
    recto_arena_free(keep);
    return 0;
}
