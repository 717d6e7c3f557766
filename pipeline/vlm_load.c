/* Loading: the check that the model fits in this machine's memory, then packing. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "core/memory.h"
#include "pipeline/vlm.h"
#include "pipeline/vlm_parts.h"
#include <sched.h>
#include <stdlib.h>

enum { MAX_THREADS = 256 };

/* What runs besides: the page's image, the line reader, writers. */
static const uint64_t REST_BYTES = (uint64_t)300 << 20;

static int count_threads(void)
{
    const char *asked = getenv("OMP_NUM_THREADS");
    long n = asked != NULL ? strtol(asked, NULL, 10) : 0;
    cpu_set_t cpus;
    if (n <= 0)
        n = sched_getaffinity(0, sizeof cpus, &cpus) == 0 ? CPU_COUNT(&cpus) : 1;
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (int)n;
}

/* Pixels, image tokens and logits of one question with the most tiles. */
static uint64_t question_bytes(const recto_vlm_config *c)
{
    uint64_t tiles = (uint64_t)c->tiles.max_tiles + 1, side = (uint64_t)c->tiles.size;
    uint64_t pixels = tiles * 3 * side * side;
    uint64_t tokens = tiles * (uint64_t)recto_vit_tokens(&c->vit) * (uint64_t)c->decoder.dim;
    return 4 * (pixels + tokens + (uint64_t)c->decoder.n_vocab);
}

uint64_t recto_vlm_bytes(const recto_vlm *m, const recto_backend *be, int n_positions)
{
    return recto_vit_bytes(&m->config.vit, be) +
           recto_decoder_bytes(&m->config.decoder, be, n_positions) + question_bytes(&m->config);
}

static recto_status check_memory(const recto_vlm *m, int n_positions, recto_error *err)
{
    uint64_t need = recto_vlm_bytes(m, m->be, n_positions) + REST_BYTES;
    uint64_t have = recto_memory_available();
    if (need <= have)
        return RECTO_OK;
    return recto_error_set(
        err, RECTO_ERR_MODEL,
        "the model needs %.2f GB of memory and %.2f GB are available; free some, "
        "or use the line reader (--reader line)",
        (double)need / 1e9, (double)have / 1e9);
}

recto_status recto_vlm_load(recto_vlm *m, const recto_vlm_load_options *opt, recto_error *err)
{
    int threads = opt->n_threads > 0 ? opt->n_threads : count_threads();
    recto_backend_kind kind =
        opt->kind == RECTO_BACKEND_AUTO ? recto_backend_for_large() : opt->kind;
    for (int i = 0; i < RECTO_VLM_PART_COUNT; i++)
        if (m->faults[i].code != RECTO_OK)
            return recto_error_set(err, RECTO_ERR_MODEL, "%s", m->faults[i].msg);
    if (kind == RECTO_BACKEND_REF)
        threads = 1;
    recto_status st = recto_backend_open(&m->be, kind, threads, err);
    if (st == RECTO_OK)
        st = check_memory(m, opt->n_positions, err);
    if (m->be != NULL) {
        m->be->stop = opt->stop;
        m->be->stop_user = opt->user;
    }
    if (st == RECTO_OK)
        st = recto_vit_load(&m->vit, &m->config.vit, recto_vlm_vision_weights(m), m->be, err);
    if (st == RECTO_OK)
        st = recto_decoder_load(&m->decoder, &m->config.decoder, recto_weights_files_set(m->main),
                                m->be, err);
    if (m->be != NULL)
        m->be->stop = NULL;
    return st;
}
