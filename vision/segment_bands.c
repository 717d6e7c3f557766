/* Bands: the page cut into horizontal strips that list the items reaching into them, so that
 * neighbours are found without looking at the whole page. */
#include "vision/segment_parts.h"

int recto_segment_bands_at(const recto_segment_bands *b, float y)
{
    if (!(y > 0.0f))
        return 0;
    int k = (int)(y / (float)b->height);
    return k < b->n ? k : b->n - 1;
}

recto_status recto_segment_bands_build(recto_segment_bands *out, recto_segment_parts *p,
                                       int band_height, const float *y0, const float *y1,
                                       const int32_t *order, int n)
{
    *out = (recto_segment_bands){.height = band_height < 1 ? 1 : band_height};
    out->n = p->height / out->height + 1;
    out->start = recto_arena_array(p->tmp, (size_t)out->n + 2, sizeof *out->start);
    if (!out->start)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for bands");
    /* start[k + 2] counts band k, so that after the sums start[k + 1] is where band k is filled */
    for (int i = 0; i < n; i++) {
        if (!(y1[i] > y0[i]))
            continue;
        int last = recto_segment_bands_at(out, y1[i] - 0.01f);
        for (int k = recto_segment_bands_at(out, y0[i]); k <= last; k++)
            out->start[k + 2]++;
    }
    for (int k = 1; k < out->n + 2; k++)
        out->start[k] += out->start[k - 1];
    out->item = recto_arena_array(p->tmp, (size_t)out->start[out->n + 1] + 1, sizeof *out->item);
    if (!out->item)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for bands");
    for (int q = 0; q < n; q++) {
        int i = order ? order[q] : q;
        if (!(y1[i] > y0[i]))
            continue;
        int last = recto_segment_bands_at(out, y1[i] - 0.01f);
        for (int k = recto_segment_bands_at(out, y0[i]); k <= last; k++)
            out->item[out->start[k + 1]++] = i;
    }
    return RECTO_OK;
}

recto_status recto_segment_bands_sort(int32_t **out, recto_segment_parts *p, const int32_t *key,
                                      int n, int key_max)
{
    *out = NULL;
    int32_t *sorted = recto_arena_array(p->tmp, (size_t)n + 1, sizeof *sorted);
    int32_t *start = recto_arena_array(p->tmp, (size_t)key_max + 2, sizeof *start);
    if (!sorted || !start)
        return recto_error_set(p->err, RECTO_ERR_NOMEM, "out of memory for sorting");
    for (int i = 0; i < n; i++) {
        int k = key[i] < 0 ? 0 : key[i] > key_max ? key_max : key[i];
        start[k + 1]++;
    }
    for (int k = 0; k <= key_max; k++)
        start[k + 1] += start[k];
    for (int i = 0; i < n; i++) {
        int k = key[i] < 0 ? 0 : key[i] > key_max ? key_max : key[i];
        sorted[start[k]++] = i;
    }
    *out = sorted;
    return RECTO_OK;
}
