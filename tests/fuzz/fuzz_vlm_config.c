/* What a VLM's files say about it.  Either five texts with NULs between them (config.json,
 * preprocessor, processor and generation config, chat template), or "GG", u16 length, and two GGUF
 * files.  Whatever is accepted must be usable: in bounds, so that no later product overflows, and
 * good for choosing tiles and looking for tensors. */
#include "pipeline/vlm_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define demand(truth) demand_at(truth, __LINE__)

static void demand_at(bool truth, int line)
{
    if (truth)
        return;
    fprintf(stderr, "line %d: not as promised\n", line);
    abort();
}

static void use(const recto_vlm_config *c)
{
    const recto_decoder_config *d = &c->decoder;
    recto_weights *none = recto_weights_new();
    size_t n;
    demand(none != NULL && c->flavour != NULL);
    demand(c->vit.dim % c->vit.n_heads == 0 && recto_vit_tokens(&c->vit) > 0);
    demand(c->vit.out_dim == d->dim && c->tiles.size == c->vit.image_size);
    demand(d->n_heads % d->n_kv_heads == 0 && d->n_context > 0 && d->n_vocab > 0);
    demand(isfinite(d->rope_theta) && d->eps > 0);
    demand(c->n_stop_ids >= 0 && c->n_stop_ids <= RECTO_VLM_MAX_STOPS);
    for (int i = 0; i < c->n_stop_ids; i++)
        demand(c->stop_ids[i] >= 0 && c->stop_ids[i] < d->n_vocab);
    for (int i = 0; i < 3; i++)
        demand(c->tiles.std[i] > 0 && isfinite(c->tiles.mean[i]));
    recto_tiles_grid g = recto_tiles_choose(620, 877, &c->tiles);
    demand(g.cols * g.rows >= c->tiles.min_tiles || c->tiles.min_tiles > 1);
    demand(g.cols * g.rows <= c->tiles.max_tiles);
    demand(recto_tiles_count(g, &c->tiles) <= RECTO_TILES_MAX + 1);
    demand(recto_vit_check(&n, &c->vit, none, NULL) != RECTO_OK);
    demand(recto_decoder_check(&n, d, none, NULL) != RECTO_OK);
    recto_weights_free(none);
}

static void check(recto_status st, const recto_vlm_config *c, const recto_error *err)
{
    if (st == RECTO_OK)
        use(c);
    else
        demand(err->code == st && err->msg[0] != '\0' && strchr(err->msg, '\n') == NULL);
}

static void from_gguf(const uint8_t *data, size_t size)
{
    size_t len = size < 2 ? 0 : (size_t)(data[0] | data[1] << 8);
    recto_gguf *llm = NULL, *mmproj = NULL;
    if (size < 2 || len > size - 2)
        return;
    if (recto_gguf_open(&llm, data + 2, len, NULL) == RECTO_OK &&
        recto_gguf_open(&mmproj, data + 2 + len, size - 2 - len, NULL) == RECTO_OK)
        for (int tied = 0; tied < 2; tied++) {
            recto_vlm_config c;
            recto_error err = {0};
            recto_status st = recto_vlm_config_gguf(&c, llm, mmproj, tied == 1, &err);
            check(st, &c, &err);
        }
    recto_gguf_close(llm);
    recto_gguf_close(mmproj);
}

/* The next text, up to a NUL; NULL if nothing is left. */
static const char *next_text(const uint8_t **p, const uint8_t *end, size_t *len)
{
    const uint8_t *from = *p;
    if (from >= end)
        return NULL;
    const uint8_t *stop = memchr(from, 0, (size_t)(end - from));
    *len = (size_t)((stop != NULL ? stop : end) - from);
    *p = stop != NULL ? stop + 1 : end;
    return (const char *)from;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *p = data, *end = data + size;
    recto_vlm_texts t = {0};
    recto_vlm_config c;
    recto_error err = {0};
    if (size > 2 && memcmp(data, "GG", 2) == 0) {
        from_gguf(data + 2, size - 2);
        return 0;
    }
    t.config = next_text(&p, end, &t.config_len);
    t.preprocessor = next_text(&p, end, &t.preprocessor_len);
    t.processor = next_text(&p, end, &t.processor_len);
    t.generation = next_text(&p, end, &t.generation_len);
    t.chat_template = next_text(&p, end, &t.chat_template_len);
    recto_status st = recto_vlm_config_json(&c, &t, &err);
    check(st, &c, &err);
    return 0;
}
