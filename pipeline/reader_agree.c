/* Do two readings of a page agree?  Asked of an invisible OCR layer before its text is taken. */
#include "pipeline/reader.h"

#include "core/utf8.h"
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 16, MAX_CHARS = 256 };

/* A line agrees when at most this share of its letters and digits differs: one slip of the line
 * reader in a long line, none in a short one.  More would let the layer's own errors through. */
static const float SAME_SHARE = 0.02f;

/* Append the letters and digits of text, lower-cased, to out[n..MAX_CHARS). */
static int fold(uint32_t *out, int n, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end && n < MAX_CHARS) {
        uint32_t cp = recto_utf8_next(&text, end);
        if (recto_utf8_is_letter(cp) || recto_utf8_is_digit(cp))
            out[n++] = recto_utf8_lower(cp);
    }
    return n;
}

static int edit_distance(const uint32_t *a, int n_a, const uint32_t *b, int n_b)
{
    int row[MAX_CHARS + 1];
    for (int j = 0; j <= n_b; j++)
        row[j] = j;
    for (int i = 1; i <= n_a; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= n_b; j++) {
            int above = row[j];
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[n_b];
}

typedef struct placed {
    float x;
    const char *text;
} placed;

static int by_x(const void *pa, const void *pb)
{
    const placed *a = pa, *b = pb;
    if (a->x != b->x)
        return a->x < b->x ? -1 : 1;
    return strcmp(a->text, b->text); /* one over the other: any order, but always the same */
}

int recto_reader_difference(int *longer_out, const char *a, const char *b)
{
    uint32_t x[MAX_CHARS], y[MAX_CHARS];
    int n_x = fold(x, 0, a), n_y = fold(y, 0, b);
    *longer_out = n_x > n_y ? n_x : n_y;
    return edit_distance(x, n_x, y, n_y);
}

/* The layer's characters whose words have their middle inside box. */
static int layer_chars(uint32_t *out, const recto_layout *layer, recto_rect box)
{
    placed found[MAX_CHARS];
    int n_found = 0, n = 0;
    for (int i = 0; i < layer->n_lines; i++) {
        if (recto_rect_overlap_y(layer->lines[i].box, box) <= 0)
            continue;
        for (int k = 0; k < layer->lines[i].n_words && n_found < MAX_CHARS; k++) {
            const recto_word *w = &layer->lines[i].words[k];
            float x = 0.5f * (w->box.x0 + w->box.x1);
            if (recto_rect_contains(box, x, 0.5f * (w->box.y0 + w->box.y1)))
                found[n_found++] = (placed){x, w->text};
        }
    }
    qsort(found, (size_t)n_found, sizeof *found, by_x);
    for (int i = 0; i < n_found; i++)
        n = fold(out, n, found[i].text);
    return n;
}

static bool line_agrees(const recto_line *line, const recto_layout *layer, recto_page_frame frame)
{
    uint32_t a[MAX_CHARS], b[MAX_CHARS];
    int n_a = 0;
    for (int i = 0; i < line->n_words; i++)
        n_a = fold(a, n_a, line->words[i].text);
    int n_b = layer_chars(b, layer, recto_affine_rect(frame.to_page, line->box));
    int longer = n_a > n_b ? n_a : n_b;
    return (float)edit_distance(a, n_a, b, n_b) <= SAME_SHARE * (float)longer;
}

/* Long enough to say something: at least eight letters or digits, read with confidence. */
static bool worth_sampling(const recto_line *line)
{
    uint32_t a[MAX_CHARS];
    int n = 0;
    for (int i = 0; i < line->n_words && n < 8; i++)
        n = fold(a, n, line->words[i].text);
    return n >= 8 && line->conf >= 0.8f;
}

float recto_reader_agreement(const recto_layout *read, const recto_layout *layer,
                             recto_page_frame frame, recto_arena *tmp)
{
    recto_arena_mark mark = recto_arena_here(tmp);
    int *good = recto_arena_array(tmp, (size_t)read->n_lines + 1, sizeof *good);
    int n_good = 0, n_same = 0;
    for (int i = 0; good != NULL && i < read->n_lines; i++)
        if (worth_sampling(&read->lines[i]))
            good[n_good++] = i;
    int n = n_good < SAMPLES ? n_good : SAMPLES;
    for (int i = 0; i < n; i++) /* spread evenly over what there is */
        n_same += line_agrees(&read->lines[good[(long)i * n_good / n]], layer, frame);
    recto_arena_reset(tmp, mark);
    return n > 0 ? (float)n_same / (float)n : 0.0f;
}
