/* A line network's two files: 2 bytes length of config.json, config.json, the rest is the weights.
 * Whatever loads must read a line without harm, and give confidences from 0 to 1. */
#include "core/cursor.h"
#include "text/ctc.h"
#include "vision/linenet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WIDTH = 90, HEIGHT = 30 };

#define demand(truth) demand_at(truth, __LINE__)

static void demand_at(bool truth, int line)
{
    if (truth)
        return;
    fprintf(stderr, "line %d: not as promised\n", line);
    abort();
}

static void read_lines(recto_linenet *net)
{
    static const recto_segment_line lines[] = {
        {.box = {2, 3, 80, 20}, .ink = {4, 5, 78, 18}, .slope = 0.02f},
        {.box = {0, 0, WIDTH, HEIGHT}, .ink = {0, 0, WIDTH, HEIGHT}, .slope = -0.1f},
        {.box = {5, 5, 6, 7}},
    };
    recto_arena *keep = recto_arena_new(0, 0), *tmp = recto_arena_new(0, 0);
    recto_image *im = NULL;
    recto_linenet_scores *scores = NULL;
    demand(keep != NULL && tmp != NULL);
    demand(recto_image_new(&im, WIDTH, HEIGHT, 1, NULL) == RECTO_OK);
    for (size_t i = 0; i < (size_t)HEIGHT * im->stride; i++)
        im->px[i] = (uint8_t)(i * 37 % 251);
    demand(recto_linenet_run(&scores, net, im, lines, 3, keep, tmp, NULL) == RECTO_OK);
    for (int i = 0; i < 3; i++) {
        recto_ctc_char *chars = NULL;
        int n = 0;
        if (scores[i].n_tokens == 0)
            continue;
        demand(recto_ctc_greedy(&chars, &n, scores[i].logits, scores[i].n_tokens,
                                recto_linenet_classes(net), 0, tmp, NULL) == RECTO_OK);
        for (int k = 0; k < n; k++) {
            float conf = recto_linenet_confidence(net, chars[k].prob);
            demand(chars[k].cls > 0 && chars[k].cls < recto_linenet_classes(net));
            demand(conf >= 0 && conf <= 1);
        }
    }
    recto_image_free(im);
    recto_arena_free(keep);
    recto_arena_free(tmp);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t config_size = (size_t)(data[0] | data[1] << 8);
    if (config_size > size - 2)
        config_size = size - 2;
    const uint8_t *weights = data + 2 + config_size;
    recto_linenet *net = NULL;
    recto_error err = {0};
    recto_status st = recto_linenet_load(&net, weights, size - 2 - config_size,
                                         (const char *)data + 2, config_size, &err);
    if (st != RECTO_OK) {
        demand(net == NULL && err.code == st && err.msg[0] != '\0');
        return 0;
    }
    read_lines(net);
    recto_linenet_free(net);
    return 0;
}
