/* The forward pass.
 *
 *   grey [W,32] -> x -> four convolutions [W/4, 2, 192] -> proj -> tokens [T, 256]
 *     + positions (depthwise convolution over tokens)
 *     4 x { += out(attention(qkv(norm1))), += down(gelu(up(norm2))) }
 *   norm, head -> logits [T, classes]
 *
 * Lines go through the convolutions one by one, and through the rest in groups of some hundred
 * tokens: enough rows for the matrix products, few enough that a group's activations stay in the
 * cache.  Nothing but memory layout depends on the grouping: every operation works row by row, and
 * attention is called line by line.
 *
 * An image wider than MAX_PIECE is read in pieces that overlap by 2 x OVERLAP; each piece gives the
 * tokens of its middle.  A token there sees the same OVERLAP / column_px tokens on either side that
 * its first attention layer reaches (window 32); deeper layers would reach further, so that its
 * logits may differ slightly from those of the unbroken line. */
#include "vision/linenet_net.h"

#include <stdlib.h>
#include <string.h>

enum {
    GROUP_TOKENS = 256, /* lines are gathered until they have this many tokens */
    CHUNK = 96,         /* tokens that go through one MLP together */
    OVERLAP = 256,      /* px on either side of a piece whose tokens are thrown away */
};

int recto_linenet_tokens(const recto_linenet_config *c, int width)
{
    return (width + c->column_px - 1) / c->column_px;
}

/* Room for n x m floats; contents are lost when it grows. */
static float *room(recto_linenet_room *r, size_t n, size_t m)
{
    size_t need = (n * m + 15) / 16 * 16;

    if (need > r->cap) {
        free(r->p);
        r->p = aligned_alloc(64, need * sizeof *r->p);
        r->cap = r->p == NULL ? 0 : need;
    }
    return r->p;
}

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "line network: out of memory");
}

static int padded_width(const recto_linenet_config *c, int width)
{
    return (width + c->pad_multiple - 1) / c->pad_multiple * c->pad_multiple;
}

/* x [padded, height]: the image, then paper. */
static void fill(float *x, const recto_linenet_config *c, const recto_linenet_image *im, int padded)
{
    const size_t n = (size_t)im->width * (size_t)c->height;
    const size_t n_all = (size_t)padded * (size_t)c->height;
    const float paper = 1.0f - 255.0f / c->scale;
    float table[256];

    if (im->x != NULL) {
        memcpy(x, im->x, n * sizeof *x);
    } else {
        for (int p = 0; p < 256; p++)
            table[p] = 1.0f - (float)p / c->scale;
        for (size_t i = 0; i < n; i++)
            x[i] = table[im->grey[i]];
    }
    for (size_t i = n; i < n_all; i++)
        x[i] = paper;
}

/* One image to its tokens [recto_linenet_tokens, dim]. */
static recto_status embed(float *tokens, recto_linenet *net, const recto_linenet_image *im,
                          recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    recto_backend *be = net->backend;
    int width = padded_width(c, im->width);
    int height = c->height;
    float *x = room(&net->image, (size_t)width, (size_t)height);

    if (x == NULL)
        return no_memory(err);
    fill(x, c, im, width);
    for (int i = 0; i < c->n_convs; i++) {
        const int w = recto_ops_conv_len(width, c->convs[i].stride_across);
        const int h = recto_ops_conv_len(height, c->convs[i].stride_down);
        float *y = room(i % 2 ? &net->conv_b : &net->conv_a, (size_t)w * (size_t)h,
                        (size_t)c->convs[i].n_out);
        if (y == NULL)
            return no_memory(err);
        recto_status status = be->conv(be, y, net->convs[i], x, width, height, err);
        if (status != RECTO_OK)
            return status;
        width = w;
        height = h;
        x = y;
    }
    float *all = room(c->n_convs % 2 ? &net->conv_b : &net->conv_a, (size_t)width, (size_t)c->dim);
    if (all == NULL)
        return no_memory(err);
    recto_status status = be->linear(be, all, net->proj, NULL, x, width, err);
    if (status != RECTO_OK)
        return status;
    be->depthwise(be, tokens, all, net->pos_weight, net->pos_bias,
                  recto_linenet_tokens(c, im->width), width, c->dim, c->position_kernel);
    return RECTO_OK;
}

/* tokens += down(gelu(up(norm(tokens)))), a chunk at a time. */
static recto_status mlp(recto_linenet *net, const recto_linenet_block *b, float *tokens, int n,
                        recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const recto_ops_norm norm = {b->norm2_gain, b->norm2_shift, c->ln_eps, false};
    recto_backend *be = net->backend;
    recto_status status = RECTO_OK;

    for (int at = 0; at < n && status == RECTO_OK; at += CHUNK) {
        const int m = n - at < CHUNK ? n - at : CHUNK;
        float *x = tokens + (size_t)at * (size_t)c->dim;
        status = be->linear(be, net->up.p, b->up, &norm, x, m, err);
        if (status == RECTO_OK)
            status = be->linear(be, x, b->down, NULL, net->up.p, m, err);
    }
    return status;
}

/* tokens += out(attention(qkv(norm(tokens)))), attention line by line. */
static recto_status attention(recto_linenet *net, const recto_linenet_block *b, float *tokens,
                              int n, const recto_linenet_image *images, int n_images,
                              recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const recto_ops_norm norm = {b->norm1_gain, b->norm1_shift, c->ln_eps, false};
    const size_t dim = (size_t)c->dim;
    recto_backend *be = net->backend;
    size_t first = 0;

    recto_status status = be->linear(be, net->qkv.p, b->qkv, &norm, tokens, n, err);
    for (int i = 0; i < n_images && status == RECTO_OK; i++) {
        const int t = recto_linenet_tokens(c, images[i].width);
        status = be->attention(be, net->mixed.p + first * dim, net->qkv.p + first * 3 * dim, t,
                               c->dim, c->heads, c->window, err);
        first += (size_t)t;
    }
    if (status == RECTO_OK)
        status = be->linear(be, tokens, b->out, NULL, net->mixed.p, n, err);
    return status;
}

/* The wanted tokens of each image through the last norm and the head. */
static recto_status classify(recto_linenet *net, const float *tokens,
                             const recto_linenet_image *images, int n_images, recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const recto_ops_norm norm = {net->norm_gain, net->norm_shift, c->ln_eps, false};
    recto_status status = RECTO_OK;

    for (int i = 0; i < n_images && status == RECTO_OK; i++) {
        const recto_linenet_image *im = &images[i];
        status = net->backend->linear(net->backend, im->logits, net->head, &norm,
                                      tokens + (size_t)im->keep_first * (size_t)c->dim,
                                      im->keep_last - im->keep_first, err);
        tokens += (size_t)recto_linenet_tokens(c, im->width) * (size_t)c->dim;
    }
    return status;
}

recto_status recto_linenet_forward(recto_linenet *net, const recto_linenet_image *images,
                                   int n_images, recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const size_t dim = (size_t)c->dim;
    recto_status status = RECTO_OK;
    size_t n = 0;

    for (int i = 0; i < n_images; i++)
        n += (size_t)recto_linenet_tokens(c, images[i].width);
    float *tokens = room(&net->tokens, n, dim);
    if (tokens == NULL || room(&net->qkv, n, 3 * dim) == NULL ||
        room(&net->mixed, n, dim) == NULL || room(&net->up, CHUNK, (size_t)c->mlp) == NULL)
        return no_memory(err);
    size_t at = 0;
    for (int i = 0; i < n_images && status == RECTO_OK; i++) {
        status = embed(tokens + at * dim, net, &images[i], err);
        at += (size_t)recto_linenet_tokens(c, images[i].width);
    }
    for (int i = 0; i < c->layers && status == RECTO_OK; i++) {
        status = attention(net, &net->blocks[i], tokens, (int)n, images, n_images, err);
        if (status == RECTO_OK)
            status = mlp(net, &net->blocks[i], tokens, (int)n, err);
    }
    return status == RECTO_OK ? classify(net, tokens, images, n_images, err) : status;
}

/* --- lines of a page -------------------------------------------------------------------------- */

/* Images that wait for the group to be full. */
typedef struct group {
    recto_linenet_image images[GROUP_TOKENS];
    int n_images;
    int n_tokens;
} group;

static recto_status flush(recto_linenet *net, group *g, recto_error *err)
{
    recto_status status = RECTO_OK;

    if (g->n_images > 0)
        status = recto_linenet_forward(net, g->images, g->n_images, err);
    g->n_images = 0;
    g->n_tokens = 0;
    return status;
}

static recto_status add(recto_linenet *net, group *g, const recto_linenet_image *im,
                        recto_error *err)
{
    g->images[g->n_images++] = *im;
    g->n_tokens += recto_linenet_tokens(&net->config, im->width);
    if (g->n_tokens >= GROUP_TOKENS || g->n_images == GROUP_TOKENS)
        return flush(net, g, err);
    return RECTO_OK;
}

/* A cropped line as one image, or as overlapping pieces. */
static recto_status add_line(recto_linenet *net, group *g, const recto_linenet_crop *crop,
                             float *logits, recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const int body = (RECTO_LINENET_MAX_PIECE - 2 * OVERLAP) / c->column_px * c->column_px;
    const int margin = (OVERLAP + c->column_px - 1) / c->column_px * c->column_px;
    recto_status status = RECTO_OK;

    if (crop->width <= RECTO_LINENET_MAX_PIECE) {
        const recto_linenet_image im = {.grey = crop->grey,
                                        .width = crop->width,
                                        .keep_last = recto_linenet_tokens(c, crop->width),
                                        .logits = logits};
        return add(net, g, &im, err);
    }
    for (int from = 0; from < crop->width && status == RECTO_OK; from += body) {
        const int to = crop->width - from < body ? crop->width : from + body;
        const int first = from > margin ? from - margin : 0;
        const int last = crop->width - to < margin ? crop->width : to + margin;
        const recto_linenet_image im = {
            .grey = crop->grey + (size_t)first * (size_t)c->height,
            .width = last - first,
            .keep_first = (from - first) / c->column_px,
            .keep_last = recto_linenet_tokens(c, to - first),
            .logits = logits + (size_t)(from / c->column_px) * (size_t)c->classes,
        };
        status = add(net, g, &im, err);
    }
    return status;
}

recto_status recto_linenet_run(recto_linenet_scores **out, recto_linenet *net,
                               const recto_image *gray, const recto_segment_line *lines,
                               int n_lines, recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    const recto_linenet_config *c = &net->config;
    const recto_arena_mark start = recto_arena_here(tmp);
    recto_status status = RECTO_OK;

    *out = NULL;
    if (gray == NULL || gray->channels != 1 || n_lines < 0)
        return recto_error_set(err, RECTO_ERR_ARG, "line network: needs a grey page");
    recto_linenet_scores *scores =
        recto_arena_array(keep, n_lines > 0 ? (size_t)n_lines : 1, sizeof *scores);
    group *g = recto_arena_alloc(tmp, sizeof *g);
    const recto_arena_mark crops = recto_arena_here(tmp);
    if (scores == NULL || g == NULL)
        status = no_memory(err);
    for (int i = 0; i < n_lines && status == RECTO_OK; i++) {
        recto_linenet_crop crop;
        if (g->n_images == 0) /* nothing waits for its image any more */
            recto_arena_reset(tmp, crops);
        status = recto_linenet_crop_line(&crop, c, gray, &lines[i], tmp, err);
        if (status != RECTO_OK || crop.width == 0)
            continue;
        const size_t n = (size_t)recto_linenet_tokens(c, crop.width);
        float *logits = recto_arena_array(keep, n * (size_t)c->classes, sizeof *logits);
        if (logits == NULL) {
            status = no_memory(err);
            break;
        }
        scores[i] =
            (recto_linenet_scores){logits, (int)n, crop.px * (float)c->column_px, lines[i].box.x0};
        status = add_line(net, g, &crop, logits, err);
    }
    if (status == RECTO_OK)
        status = flush(net, g, err);
    recto_arena_reset(tmp, start);
    if (status == RECTO_OK)
        *out = scores;
    return status;
}
