/* Speed of the decoder at the width of the 4B model: reading a prompt, then one token after
 * another.
 *
 *   bench_vlm_decoder [LAYERS [PROMPT [TOKENS [ref|f32|bf16 [THREADS]]]]]
 *
 * By default 2 layers, 512, 32, the large model's kind, 1.  The operations one by one:
 * bench_decoder.  The weights are random BF16 numbers made in memory (0.2 GB a layer and 0.09 GB
 * for a vocabulary of 8192).  Prints milliseconds of CPU time, all and per layer, so that other
 * depths can be worked out; the head is timed with the tokens. */
#include "core/buf.h"
#include "text/decoder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DIM = 2560, FFN = 9728, HEADS = 32, KV_HEADS = 8, HEAD = 128, VOCAB = 8192 };

/* CPU time of all threads: other programs on the machine count little in it. */
static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* Header entry of a BF16 tensor at *at; columns 0: a vector. */
static void declare(recto_buf *header, size_t *at, const char *name, size_t rows, size_t columns)
{
    const size_t size = 2 * rows * (columns ? columns : 1);
    recto_buf_printf(header, "%s\"language_model.%s.weight\":{\"dtype\":\"BF16\",\"shape\":[%zu",
                     *at == 0 ? "{" : ",", name, rows);
    if (columns)
        recto_buf_printf(header, ",%zu", columns);
    recto_buf_printf(header, "],\"data_offsets\":[%zu,%zu]}", *at, *at + size);
    *at += size;
}

/* A safetensors file of that many layers; free() it, NULL if out of memory. */
static uint8_t *make_file(int n_layers, size_t *size_out)
{
    static const struct {
        const char *name;
        size_t rows, columns;
    } block[] = {
        {"input_layernorm", DIM, 0},
        {"self_attn.q_proj", HEADS * HEAD, DIM},
        {"self_attn.k_proj", KV_HEADS * HEAD, DIM},
        {"self_attn.v_proj", KV_HEADS * HEAD, DIM},
        {"self_attn.q_norm", HEAD, 0},
        {"self_attn.k_norm", HEAD, 0},
        {"self_attn.o_proj", DIM, HEADS * HEAD},
        {"post_attention_layernorm", DIM, 0},
        {"mlp.gate_proj", FFN, DIM},
        {"mlp.up_proj", FFN, DIM},
        {"mlp.down_proj", DIM, FFN},
    };
    recto_buf header = RECTO_BUF_INIT;
    uint32_t seed = 1;
    size_t at = 0;
    char name[96];

    declare(&header, &at, "model.embed_tokens", VOCAB, DIM);
    declare(&header, &at, "model.norm", DIM, 0);
    declare(&header, &at, "lm_head", VOCAB, DIM);
    for (int i = 0; i < n_layers; i++) {
        for (size_t k = 0; k < sizeof block / sizeof block[0]; k++) {
            snprintf(name, sizeof name, "model.layers.%d.%s", i, block[k].name);
            declare(&header, &at, name, block[k].rows, block[k].columns);
        }
    }
    recto_buf_char(&header, '}');
    uint8_t *file = malloc(8 + header.len + at);
    if (file != NULL) {
        for (int i = 0; i < 8; i++)
            file[i] = (uint8_t)((uint64_t)header.len >> (8 * i));
        memcpy(file + 8, header.data, header.len);
        for (size_t i = 0; i < at; i += 2) { /* -0.03 .. 0.03 */
            seed = seed * 1664525u + 1013904223u;
            file[8 + header.len + i] = (uint8_t)(seed >> 24);
            file[8 + header.len + i + 1] = (uint8_t)((seed & 0x80000000u) >> 24 | 0x3c);
        }
    }
    *size_out = 8 + header.len + at;
    recto_buf_free(&header);
    return file;
}

static recto_status time_it(recto_decoder *d, int n_layers, int n_prompt, int n_tokens,
                            recto_error *err)
{
    int32_t *ids = calloc((size_t)n_prompt, sizeof *ids);
    float *logits = malloc(VOCAB * sizeof *logits);
    recto_status status = RECTO_ERR_NOMEM;

    if (ids != NULL && logits != NULL)
        status = recto_decoder_start(d, n_prompt + n_tokens, err);
    for (int i = 0; status == RECTO_OK && i < n_prompt; i++)
        ids[i] = i * 37 % VOCAB;
    double start = now_ms();
    if (status == RECTO_OK)
        status = recto_decoder_read(d, NULL, ids, n_prompt, -1, NULL, 0, NULL, NULL, err);
    double took = now_ms() - start;
    printf("prompt  %5d tokens  %9.1f ms  %8.2f ms a layer\n", n_prompt, took, took / n_layers);
    start = now_ms();
    for (int i = 0; status == RECTO_OK && i < n_tokens; i++)
        status = recto_decoder_read(d, logits, ids, 1, -1, NULL, 0, NULL, NULL, err);
    took = (now_ms() - start) / n_tokens;
    printf("tokens  %5d one by one  %5.1f ms each  %5.2f ms a layer\n", n_tokens, took,
           took / n_layers);
    free(ids);
    free(logits);
    return status;
}

int main(int argc, char **argv)
{
    const int n_layers = argc > 1 ? atoi(argv[1]) : 2;
    const int n_prompt = argc > 2 ? atoi(argv[2]) : 512;
    const int n_tokens = argc > 3 ? atoi(argv[3]) : 32;
    const char *name = argc > 4 ? argv[4] : "";
    const int n_threads = argc > 5 ? atoi(argv[5]) : 1;
    const recto_backend_kind kind = strcmp(name, "ref") == 0    ? RECTO_BACKEND_REF
                                    : strcmp(name, "f32") == 0  ? RECTO_BACKEND_F32
                                    : strcmp(name, "bf16") == 0 ? RECTO_BACKEND_DNNL_BF16
                                                                : recto_backend_for_large();
    const recto_decoder_config config = {n_layers, DIM,   FFN,   HEADS, KV_HEADS, HEAD,
                                         VOCAB,    32768, 1e-6f, 5e6,   false};
    recto_weights *w = recto_weights_new();
    recto_backend *be = NULL;
    recto_decoder *d = NULL;
    recto_error err = {0};
    size_t size = 0;
    uint8_t *file =
        n_layers < 1 || n_prompt < 1 || n_tokens < 1 ? NULL : make_file(n_layers, &size);
    recto_status status = file == NULL || w == NULL ? RECTO_ERR_NOMEM : RECTO_OK;

    if (status == RECTO_OK)
        status = recto_weights_add_safetensors(w, file, size, &err);
    if (status == RECTO_OK)
        status = recto_backend_open(&be, kind, n_threads, &err);
    const double start = now_ms();
    if (status == RECTO_OK)
        status = recto_decoder_load(&d, &config, w, be, &err);
    if (status == RECTO_OK) {
        printf("%s, %d layers, %d threads: packed in %.0f ms, %.2f GB with the cache\n", be->name,
               n_layers, n_threads, now_ms() - start,
               (double)recto_decoder_bytes(&config, be, n_prompt + n_tokens) * 1e-9);
        status = time_it(d, n_layers, n_prompt, n_tokens, &err);
    }
    if (status != RECTO_OK)
        printf("%s: %s\n", recto_status_name(status), err.msg);
    recto_decoder_free(d);
    if (be != NULL)
        be->free(be);
    recto_weights_free(w);
    free(file);
    return status == RECTO_OK ? 0 : 1;
}
