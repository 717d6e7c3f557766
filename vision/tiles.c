/* The tiling rule and the cutting of tiles.
 *
 * Ratios are compared in double, by exact equality where the reference does: the reference is
 * Python, whose float is a double, so that ties are ties here too.  Normalization is rounded as the
 * reference's PIL processor rounds it (numpy): v * (1/255) in double, then float32, then minus the
 * mean and over the deviation in float32; a table of 256 numbers a channel holds it. */
#include "vision/tiles.h"

#include <math.h>
#include <stdlib.h>

enum {
    PAGE_TILES = 8, /* of a page: enough for A4 to get 3x4; also the model's own advice for dense
                       pages */
};

recto_tiles_grid recto_tiles_choose(int width, int height, const recto_tiles_rule *rule)
{
    recto_tiles_grid best = {1, 1};
    double best_diff = INFINITY;

    if (width < 1 || height < 1)
        return best;
    const double ratio = (double)width / height;
    const double area = (double)width * height;
    const double half_tile = 0.5 * rule->size * rule->size;
    /* by area, then by columns: the order decides who replaces whom at a tie */
    for (int n = rule->min_tiles; n <= rule->max_tiles; n++) {
        for (int cols = 1; cols <= n; cols++) {
            if (n % cols != 0)
                continue;
            const recto_tiles_grid grid = {cols, n / cols};
            const double diff = fabs(ratio - (double)grid.cols / grid.rows);
            if (diff < best_diff || (diff == best_diff && area > half_tile * n))
                best = grid;
            best_diff = diff < best_diff ? diff : best_diff;
        }
    }
    return best;
}

int recto_tiles_count(recto_tiles_grid grid, const recto_tiles_rule *rule)
{
    const int n = grid.cols * grid.rows;
    return n + (rule->thumbnail && n > 1);
}

recto_tiles_rule recto_tiles_for_page(int width, int height, const recto_tiles_rule *rule)
{
    const recto_tiles_grid grid = recto_tiles_choose(width, height, rule);
    const int n = grid.cols * grid.rows;
    const double held = (double)n * rule->size * rule->size;
    recto_tiles_rule page = *rule;

    if (n < PAGE_TILES && held < 0.5 * width * height)
        page.min_tiles = PAGE_TILES < rule->max_tiles ? PAGE_TILES : rule->max_tiles;
    return page;
}

/* table[c][v] = (v/255 - mean) / std, rounded as the reference does. */
static void fill_table(float table[3][256], const recto_tiles_rule *rule)
{
    for (int c = 0; c < 3; c++) {
        for (int v = 0; v < 256; v++) {
            const float scaled = (float)(v * (1.0 / 255.0));
            table[c][v] = (scaled - rule->mean[c]) / rule->std[c];
        }
    }
}

/* to[3, size, size] = the square of im whose corner is (x0, y0) */
static void cut(float *to, const recto_image *im, int x0, int y0, int size, float table[3][256])
{
    const size_t step = (size_t)im->channels;

    for (int c = 0; c < 3; c++) {
        const int channel = im->channels == 3 ? c : 0;
        for (int y = 0; y < size; y++) {
            const uint8_t *from =
                im->px + (size_t)(y0 + y) * im->stride + (size_t)x0 * step + (size_t)channel;
            for (int x = 0; x < size; x++, from += step)
                *to++ = table[c][*from];
        }
    }
}

/* The image stretched to the grid, cut row by row into out. */
static recto_status cut_grid(float *out, const recto_image *im, recto_tiles_grid grid, int size,
                             float table[3][256], recto_error *err)
{
    const size_t tile = 3 * (size_t)size * (size_t)size;
    recto_image *stretched = NULL;
    recto_status status =
        recto_image_bicubic(&stretched, im, grid.cols * size, grid.rows * size, err);

    if (status != RECTO_OK)
        return status;
    for (int row = 0; row < grid.rows; row++)
        for (int col = 0; col < grid.cols; col++, out += tile)
            cut(out, stretched, col * size, row * size, size, table);
    recto_image_free(stretched);
    return RECTO_OK;
}

recto_status recto_tiles_cut(float **out, const recto_image *im, recto_tiles_grid grid,
                             const recto_tiles_rule *rule, recto_error *err)
{
    float table[3][256];
    recto_status status;

    *out = NULL;
    if (grid.cols < 1 || grid.rows < 1 || rule->size < 1)
        return recto_error_set(err, RECTO_ERR_ARG, "tiles: %d x %d of %d pixels", grid.cols,
                               grid.rows, rule->size);
    if ((int64_t)grid.cols * rule->size > INT16_MAX || (int64_t)grid.rows * rule->size > INT16_MAX)
        return recto_error_set(err, RECTO_ERR_LIMIT, "tiles: %d x %d of %d pixels are too large",
                               grid.cols, grid.rows, rule->size);
    const size_t n_grid = (size_t)grid.cols * (size_t)grid.rows;
    const size_t n_tiles = (size_t)recto_tiles_count(grid, rule);
    const size_t tile = 3 * (size_t)rule->size * (size_t)rule->size;
    float *pixels = calloc(n_tiles, tile * sizeof *pixels);
    if (pixels == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for %zu tiles", n_tiles);
    fill_table(table, rule);
    status = cut_grid(pixels, im, grid, rule->size, table, err);
    if (status == RECTO_OK && n_tiles > n_grid)
        status =
            cut_grid(pixels + n_grid * tile, im, (recto_tiles_grid){1, 1}, rule->size, table, err);
    if (status != RECTO_OK) {
        free(pixels);
        return status;
    }
    *out = pixels;
    return RECTO_OK;
}
