/* Protects the comparison that decides whether an invisible OCR layer is believed. */
#include "pipeline/reader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { N = 20 };

/* A page of N lines with two words each, 40 px apart. */
typedef struct page {
    recto_layout layout;
    recto_line lines[N];
    recto_word words[N][2];
} page;

static void fill(page *p, const char *first, const char *second, float scale)
{
    memset(p, 0, sizeof *p);
    for (int i = 0; i < N; i++) {
        float y = 40.0f * (float)i;
        p->words[i][0] =
            (recto_word){{10 * scale, y * scale, 100 * scale, (y + 30) * scale}, first, 0.95f, 0};
        p->words[i][1] =
            (recto_word){{120 * scale, y * scale, 300 * scale, (y + 30) * scale}, second, 0.95f, 0};
        p->lines[i] = (recto_line){.box = {10 * scale, y * scale, 300 * scale, (y + 30) * scale},
                                   .words = p->words[i],
                                   .n_words = 2,
                                   .conf = 0.95f};
    }
    p->layout = (recto_layout){
        .width = 400 * scale, .height = 1000 * scale, .lines = p->lines, .n_lines = N};
}

static float agreement(const page *read, const page *layer, float scale)
{
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_page_frame frame = {{scale, 0, 0, scale, 0, 0}, 400 * scale, 1000 * scale};
    float share = recto_reader_agreement(&read->layout, &layer->layout, frame, tmp);
    recto_arena_free(tmp);
    return share;
}

static void agreement_ignores_case_and_punctuation(void **state)
{
    (void)state;
    page read, layer;
    fill(&read, "Received,", "with Thanks", 1);
    fill(&layer, "received", "with-thanks.", 1);
    assert_float_equal(agreement(&read, &layer, 1), 1.0, 1e-6);
}

static void agreement_maps_between_frames(void **state)
{
    (void)state;
    page read, layer;
    fill(&read, "Quarterly", "statement", 1);
    fill(&layer, "Quarterly", "statement", 2);
    assert_float_equal(agreement(&read, &layer, 2), 1.0, 1e-6);
    layer.layout.n_lines = 0;
    assert_float_equal(agreement(&read, &layer, 2), 0.0, 1e-6);
}

static void agreement_sees_another_text(void **state)
{
    (void)state;
    page read, layer;
    fill(&read, "Quarterly", "statement", 1);
    fill(&layer, "Annual", "reckoning", 1);
    assert_float_equal(agreement(&read, &layer, 1), 0.0, 1e-6);
}

static void agreement_counts_the_lines_that_differ(void **state)
{
    (void)state;
    page read, layer;
    fill(&read, "Quarterly", "statement", 1);
    fill(&layer, "Quarterly", "statement", 1);
    for (int i = 0; i < N; i += 2)
        layer.words[i][0].text = "Gibberish";
    float share = agreement(&read, &layer, 1);
    assert_true(share > 0.3f && share < 0.7f);
}

static void agreement_without_lines_is_none(void **state)
{
    (void)state;
    page read, layer;
    fill(&read, "a", "b", 1); /* too short to say anything */
    fill(&layer, "a", "b", 1);
    assert_float_equal(agreement(&read, &layer, 1), 0.0, 1e-6);
    read.layout.n_lines = 0;
    assert_float_equal(agreement(&read, &layer, 1), 0.0, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreement_ignores_case_and_punctuation),
        cmocka_unit_test(agreement_maps_between_frames),
        cmocka_unit_test(agreement_sees_another_text),
        cmocka_unit_test(agreement_counts_the_lines_that_differ),
        cmocka_unit_test(agreement_without_lines_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
