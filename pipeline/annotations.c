#include "pipeline/annotations.h"

/* Words times fields that are compared; a page of more is no form that anybody fills in. */
static const double MAX_TRIES = 2e7;

/* From the layer's pixels to those that were read. */
static bool map_of(recto_affine *out, const recto_layout *layer, recto_page_frame frame)
{
    recto_affine back;
    if (layer->width <= 0 || layer->height <= 0 || !recto_affine_invert(&back, frame.to_page))
        return false;
    recto_affine scale = {frame.width / layer->width, 0, 0, frame.height / layer->height, 0, 0};
    *out = recto_affine_then(scale, back);
    return true;
}

static bool is_in(const recto_field *f, recto_rect box)
{
    return recto_rect_contains(f->box, (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2);
}

/* The layer's fields first, *n_layer_out of them, then those that the reader saw elsewhere. */
static bool merge_fields(int *n_layer_out, recto_layout *read, const recto_layout *layer,
                         recto_affine map, recto_arena *keep)
{
    recto_field *all =
        recto_arena_array(keep, (size_t)layer->n_fields + (size_t)read->n_fields + 1, sizeof *all);
    int n = 0;
    if (all == NULL)
        return false;
    for (int i = 0; i < layer->n_fields; i++) {
        recto_field f = layer->fields[i];
        f.box = recto_rect_clip(recto_affine_rect(map, f.box), read->width, read->height);
        if (!recto_rect_is_empty(f.box))
            all[n++] = f;
    }
    int n_layer = *n_layer_out = n;
    bool few = (double)n_layer * read->n_fields < MAX_TRIES;
    for (int i = 0; i < read->n_fields; i++) {
        bool told = false;
        for (int k = 0; k < n_layer && few && !told; k++)
            told = is_in(&all[k], read->fields[i].box);
        if (!told)
            all[n++] = read->fields[i];
    }
    read->fields = all;
    read->n_fields = n;
    return true;
}

/* Drop words that were read inside the first n fields. */
static void drop_words(recto_layout *read, int n)
{
    int n_lines = 0;
    for (int i = 0; i < read->n_lines; i++) {
        recto_line *line = &read->lines[i];
        int n_words = 0;
        for (int w = 0; w < line->n_words; w++) {
            bool inside = false;
            for (int k = 0; k < n && !inside; k++)
                inside = is_in(&read->fields[k], line->words[w].box);
            if (!inside)
                line->words[n_words++] = line->words[w];
        }
        line->n_words = n_words;
        if (n_words == 0)
            continue;
        line->box = line->words[0].box;
        for (int w = 1; w < n_words; w++)
            line->box = recto_rect_union(line->box, line->words[w].box);
        read->lines[n_lines++] = *line;
    }
    read->n_lines = n_lines;
}

static bool take_links(recto_layout *read, const recto_layout *layer, recto_affine map,
                       recto_arena *keep)
{
    read->links = recto_arena_array(keep, (size_t)layer->n_links + 1, sizeof *read->links);
    read->n_links = 0;
    if (read->links == NULL)
        return false;
    for (int i = 0; i < layer->n_links; i++) {
        recto_link l = layer->links[i];
        l.box = recto_rect_clip(recto_affine_rect(map, l.box), read->width, read->height);
        if (!recto_rect_is_empty(l.box))
            read->links[read->n_links++] = l;
    }
    return true;
}

recto_status recto_annotations_merge(recto_layout *read, const recto_layout *layer,
                                     recto_page_frame frame, recto_arena *keep, recto_error *err)
{
    recto_affine map;
    double n_words = 0;
    if (layer->n_fields + layer->n_links == 0 || !map_of(&map, layer, frame))
        return RECTO_OK;
    for (int i = 0; i < read->n_lines; i++)
        n_words += read->lines[i].n_words;
    int n_layer = 0;
    if (!merge_fields(&n_layer, read, layer, map, keep) || !take_links(read, layer, map, keep))
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the fields of a page");
    if (n_words * n_layer < MAX_TRIES)
        drop_words(read, n_layer);
    return RECTO_OK;
}
