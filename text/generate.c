#include "text/generate.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* The first of the largest; -1 if one of them is no finite number. */
static int32_t strongest(const float *logits, int n)
{
    int best = 0;
    for (int i = 0; i < n; i++) {
        if (!(logits[i] >= -FLT_MAX && logits[i] <= FLT_MAX))
            return -1;
        best = logits[i] > logits[best] ? i : best;
    }
    return best;
}

static bool is_stop(const recto_generate_options *opt, int32_t id)
{
    for (int i = 0; i < opt->n_stop_ids; i++)
        if (opt->stop_ids[i] == id)
            return true;
    return false;
}

static recto_status generate(recto_generated *g, recto_decoder *d, float *logits, recto_loop *loop,
                             const recto_generate_options *opt, int n_ids, recto_error *err)
{
    for (;;) {
        const int32_t id = strongest(logits, n_ids);
        if (id < 0)
            return recto_error_set(err, RECTO_ERR_DEVICE,
                                   "generation: token %d: the model's scores are not finite "
                                   "numbers; check the weights (model verify) or use another "
                                   "device",
                                   g->n);
        g->end = RECTO_GENERATE_STOP;
        if (is_stop(opt, id))
            break;
        g->end = RECTO_GENERATE_MAX;
        if (g->n == opt->max_tokens)
            break;
        g->ids[g->n++] = id;
        if (loop != NULL && recto_loop_add(loop, id, &g->loop_from)) {
            g->end = RECTO_GENERATE_LOOP;
            return RECTO_OK;
        }
        if (opt->on_token != NULL && opt->on_token(opt->user, g->n))
            return recto_error_set(err, RECTO_ERR_CANCELLED, "generation: cancelled");
        if (recto_decoder_room(d) == 0)
            break;
        recto_status status = recto_decoder_read(d, logits, &id, 1, -1, NULL, 0, NULL, NULL, err);
        if (status != RECTO_OK)
            return status;
    }
    g->loop_from = g->n;
    return RECTO_OK;
}

recto_status recto_generate(recto_generated *out, recto_decoder *d, float *logits,
                            const recto_generate_options *opt, recto_error *err)
{
    const int n_vocab = recto_decoder_n_vocab(d);
    const int n_ids = opt->n_tokens > 0 && opt->n_tokens < n_vocab ? opt->n_tokens : n_vocab;
    const int room = recto_decoder_room(d);
    const int most = opt->max_tokens <= room ? opt->max_tokens : room + 1;
    recto_loop *loop = NULL;
    recto_status status;

    memset(out, 0, sizeof *out);
    if (opt->max_tokens < 1 || opt->n_stop_ids < 0 || opt->n_stop_ids > RECTO_GENERATE_MAX_STOPS)
        return recto_error_set(err, RECTO_ERR_ARG, "generation: max_tokens or stop ids");
    /* all memory now: none is asked for while decoding */
    out->ids = malloc((size_t)most * sizeof *out->ids);
    loop = opt->watch_loops ? recto_loop_new() : NULL;
    if (out->ids == NULL || (opt->watch_loops && loop == NULL))
        status = recto_error_set(err, RECTO_ERR_NOMEM, "generation: out of memory");
    else
        status = generate(out, d, logits, loop, opt, n_ids, err);
    recto_loop_free(loop);
    if (status != RECTO_OK)
        recto_generated_free(out);
    return status;
}

void recto_generated_free(recto_generated *g)
{
    if (g == NULL)
        return;
    free(g->ids);
    memset(g, 0, sizeof *g);
}
