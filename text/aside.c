/* Where asides go. */
#include "text/aside.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static float top_of(const recto_block *b)
{
    return b->n_lines > 0 ? b->lines[0].baseline - 0.4f * b->lines[0].size : b->box.y0;
}

/* How far block b is from standing beside (x0..x1, y): 0 if one of its lines does.  Lines count,
 * not the box, which may cover two columns. */
static float distance(const recto_block *b, recto_rect box, float y)
{
    float best = HUGE_VALF;
    if (b->n_lines == 0 || b->lines == NULL) {
        float dx = fmaxf(fmaxf(b->box.x0 - box.x1, box.x0 - b->box.x1), 0.0f);
        float dy = fmaxf(fmaxf(b->box.y0 - y, y - b->box.y1), 0.0f);
        return dx + 4.0f * dy;
    }
    for (int i = 0; i < b->n_lines; i++) {
        recto_rect line = b->lines[i].box;
        float high = recto_rect_height(line);
        float dx = fmaxf(fmaxf(line.x0 - box.x1, box.x0 - line.x1), 0.0f);
        float dy = fmaxf(fmaxf(line.y0 - 0.3f * high - y, y - line.y1 - 0.3f * high), 0.0f);
        best = fminf(best, dx + 4.0f * dy);
    }
    return best;
}

static bool ends_open(const recto_block *b)
{
    size_t len = strlen(b->text);
    if (b->goes_on != RECTO_GOES_ON_NOT)
        return true;
    if (b->label != RECTO_LABEL_TEXT && b->label != RECTO_LABEL_LIST_ITEM)
        return false;
    return len > 0 && strchr(".!?:;\"'", b->text[len - 1]) == NULL;
}

/* Index of the last block of running text. */
static int last_running(const recto_block *blocks, int n)
{
    for (int i = n - 1; i >= 0; i--) {
        if (blocks[i].label == RECTO_LABEL_TEXT || blocks[i].label == RECTO_LABEL_LIST_ITEM)
            return i;
    }
    return -1;
}

/* A line or two, as large as the text, that stand level with the start of the block beside. */
static bool is_side_heading(const recto_aside *a, const recto_block *b, const recto_flow_metrics *m)
{
    const recto_block *head = &a->blocks[0];
    return a->n == 1 && head->n_lines > 0 && head->n_lines <= 3 && head->size > 0.94f * m->body &&
           head->box.x1 < b->box.x0 && b->n_lines > 0 &&
           fabsf(head->lines[0].baseline - b->lines[0].baseline) < 0.6f * m->body;
}

static int find_place(const recto_aside *a, const recto_block *blocks, int n, int last,
                      const recto_flow_metrics *m)
{
    recto_rect box = a->blocks[0].box;
    float y = top_of(&a->blocks[0]);
    int best = -1;
    float least = HUGE_VALF;
    for (int i = 0; i < n; i++) {
        if (blocks[i].label == RECTO_LABEL_PAGE_HEADER ||
            blocks[i].label == RECTO_LABEL_PAGE_FOOTER)
            continue;
        float d = distance(&blocks[i], box, y);
        if (d < least) {
            least = d;
            best = i;
        }
    }
    if (best < 0)
        return n;
    const recto_block *b = &blocks[best];
    if (is_side_heading(a, b, m) ||
        (ends_open(b) && (b->goes_on != RECTO_GOES_ON_NOT || best == last)))
        return best;
    /* a heading beside it is not parted from its text */
    if (b->label == RECTO_LABEL_SECTION_HEADER && best + 1 < n)
        return best + 2 <= n && !(ends_open(&blocks[best + 1]) && best + 1 == last) ? best + 2
                                                                                    : best;
    return best + 1;
}

static int by_place(const void *a, const void *b)
{
    const recto_aside *x = a;
    const recto_aside *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    if (x->blocks[0].box.y0 != y->blocks[0].box.y0)
        return x->blocks[0].box.y0 < y->blocks[0].box.y0 ? -1 : 1;
    return x->blocks < y->blocks ? -1 : x->blocks > y->blocks;
}

void recto_aside_insert(recto_block *out, int *n_out, const recto_block *blocks, int n,
                        recto_aside *asides, int n_asides, const recto_flow_metrics *m)
{
    int n_used = 0;
    int last = last_running(blocks, n);
    for (int i = 0; i < n_asides; i++) {
        if (asides[i].n == 0)
            continue;
        recto_aside a = asides[i];
        a.place = find_place(&a, blocks, n, last, m);
        asides[n_used++] = a;
    }
    qsort(asides, (size_t)n_used, sizeof *asides, by_place);
    int at = 0;
    int k = 0;
    for (int i = 0; i <= n; i++) {
        for (; k < n_used && asides[k].place == i; k++) {
            memcpy(out + at, asides[k].blocks, (size_t)asides[k].n * sizeof *out);
            at += asides[k].n;
        }
        if (i < n)
            out[at++] = blocks[i];
    }
    *n_out = at;
}
