/* Speed of the operations of the 4B model, at its true shapes with random numbers: the matrices of
 * one decoder layer and of one ViT layer, attention, and what stands between them, beside the peak
 * and the memory bandwidth that the same run measures.
 *
 *   bench_decoder [quick] [attention] [f32|bf16] [THREADS]
 *
 * Default: bf16 where the CPU has it, 1 and 2 threads; `attention` leaves the matrices out.  Best
 * of several; CPU time on one thread (other programs may run), wall time on more. */
#include "kernels/backend.h"
#include "kernels/cpu_team.h"

#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    DIM = 2560,
    HEADS = 32,
    KV_HEADS = 8,
    HEAD_DIM = 128,
    QKV = (HEADS + 2 * KV_HEADS) * HEAD_DIM,
    FFN = 9728,
    VIT = 1024,
    VIT_HEADS = 16,
    TILE = 1025, /* tokens */
    MAX_TOKENS = 1025,
    DEPTH = 3400,
    PREFILL = 512,
    BEFORE = 3000, /* tokens before the prefill's */
};

static clockid_t timer = CLOCK_MONOTONIC;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(timer, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* --- the machine ------------------------------------------------------------------------------ */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))
enum { SUMS = 16, ROUNDS = 3000000, STREAM_BYTES = 512 << 20 };

#define PEAK(name, op)                                                                             \
    AVX512 static void name(void *work, int piece, int thread)                                     \
    {                                                                                              \
        __m512 s[SUMS];                                                                            \
        __m512 x = _mm512_set1_ps(1.0f);                                                           \
        (void)work, (void)piece, (void)thread;                                                     \
        for (int i = 0; i < SUMS; i++)                                                             \
            s[i] = x;                                                                              \
        for (int n = 0; n < ROUNDS; n++) {                                                         \
            __asm__ volatile("" : "+v"(x));                                                        \
            _Pragma("GCC unroll 16") for (int i = 0; i < SUMS; i++) s[i] = op;                     \
        }                                                                                          \
        for (int i = 0; i < SUMS; i++)                                                             \
            __asm__ volatile("" : : "v"(s[i]));                                                    \
    }
PEAK(peak_f32, _mm512_fmadd_ps(x, x, s[i]))
PEAK(peak_bf16,
     _mm512_dpbf16_ps(s[i], (__m512bh)_mm512_castps_si512(x), (__m512bh)_mm512_castps_si512(x)))

typedef struct stream {
    const uint8_t *bytes;
    int n_threads;
    int64_t sink[64];
} stream;

static void read_part(void *work, int piece, int thread)
{
    stream *s = work;
    const size_t part = STREAM_BYTES / (size_t)s->n_threads / 256 * 256;
    const __m128i *p = (const __m128i *)(const void *)(s->bytes + (size_t)piece * part);
    __m128i sum[4] = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128(),
                      _mm_setzero_si128()};
    (void)thread;
    for (size_t i = 0; i < part / 16; i += 4)
        for (int j = 0; j < 4; j++)
            sum[j] = _mm_xor_si128(sum[j], p[i + (size_t)j]);
    s->sink[piece] = _mm_cvtsi128_si64(
        _mm_xor_si128(_mm_xor_si128(sum[0], sum[1]), _mm_xor_si128(sum[2], sum[3])));
}

static double best_of(int runs, int n_threads, recto_cpu_team_piece *piece, void *work)
{
    double best = 1e30;
    for (int i = 0; i < runs; i++) {
        const double start = now_s();
        recto_cpu_team_run(n_threads, n_threads, piece, work);
        const double s = now_s() - start;
        best = s < best ? s : best;
    }
    return best;
}

static void print_machine(int n_threads)
{
    const double flop = (double)n_threads * ROUNDS * SUMS * 32.0;
    stream s = {.n_threads = n_threads};
    uint8_t *bytes = malloc(STREAM_BYTES);

    printf("-- %d thread%s", n_threads, n_threads > 1 ? "s" : "");
    if (__builtin_cpu_supports("avx512bf16"))
        printf(": peak f32 %.0f, bf16 %.0f GFLOP/s",
               flop / best_of(3, n_threads, peak_f32, NULL) * 1e-9,
               2.0 * flop / best_of(3, n_threads, peak_bf16, NULL) * 1e-9);
    if (bytes != NULL) {
        memset(bytes, 1, STREAM_BYTES);
        s.bytes = bytes;
        printf(", memory %.0f GB/s", STREAM_BYTES / best_of(3, n_threads, read_part, &s) * 1e-9);
    }
    printf("\n");
    free(bytes);
}

/* --- the operations --------------------------------------------------------------------------- */

static uint32_t seed = 1;

static void fill(float *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        p[i] = (float)(int32_t)seed * 0x1p-31f;
    }
}

typedef struct matrix {
    const char *name;
    recto_ops_linear shape;
} matrix;
static const matrix decoder[] = {{"qkv", {QKV, DIM, RECTO_OPS_SET}},
                                 {"out", {DIM, HEADS *HEAD_DIM, RECTO_OPS_ADD}},
                                 {"gate, up", {2 * FFN, DIM, RECTO_OPS_SET}},
                                 {"down", {DIM, FFN, RECTO_OPS_ADD}}};
static const matrix vit[] = {{"qkv", {3 * VIT, VIT, RECTO_OPS_SET}},
                             {"out", {VIT, VIT, RECTO_OPS_ADD}},
                             {"fc1", {4 * VIT, VIT, RECTO_OPS_GELU}},
                             {"fc2", {VIT, 4 * VIT, RECTO_OPS_ADD}}};
enum { N_MATRICES = 4 };

typedef struct bench {
    recto_backend *be;
    int runs;
    float *x, *y; /* room for every operand */
    recto_layer *layers[N_MATRICES];
} bench;

static void report(const char *what, double s, double gflop, double gb)
{
    printf("%-34s %9.3f ms", what, s * 1e3);
    if (gflop > 0.0)
        printf(" %7.0f GFLOP/s", gflop / s);
    if (gb > 0.0)
        printf(" %6.1f GB/s", gb / s);
    printf("\n");
}

/* Random weights of a model's layer; packed from bfloat16 as a checkpoint has them. */
static int make_layers(bench *b, const matrix *m)
{
    for (int i = 0; i < N_MATRICES; i++) {
        const size_t n = (size_t)m[i].shape.n_out * (size_t)m[i].shape.n_in;
        uint16_t *w = malloc(n * sizeof *w);
        recto_error err = {0};
        if (w == NULL)
            return 1;
        for (size_t j = 0; j < n; j++) {
            seed = seed * 1664525u + 1013904223u;
            w[j] = (uint16_t)(0x3c00u | (seed >> 16 & 0x81ffu)); /* +-0.008 .. 0.03 */
        }
        const recto_tensor t = {.name = m[i].name,
                                .dtype = RECTO_DTYPE_BF16,
                                .n_dims = 2,
                                .dims = {(uint64_t)m[i].shape.n_out, (uint64_t)m[i].shape.n_in},
                                .n_elements = n,
                                .data = (const uint8_t *)w,
                                .size = n * sizeof *w};
        const recto_matrix stored = {.parts = {&t}, .n_parts = 1};
        const double start = now_s();
        if (b->be->matrix_new(&b->layers[i], b->be, &m[i].shape, &stored, &err) != RECTO_OK) {
            fprintf(stderr, "%s\n", err.msg);
            return 1;
        }
        printf("pack %-10s [%5d, %4d]           %9.1f ms            %6.2f GB/s stored\n", m[i].name,
               m[i].shape.n_out, m[i].shape.n_in, (now_s() - start) * 1e3,
               1e-9 * (double)t.size / (now_s() - start));
        free(w);
    }
    return 0;
}

/* All matrices of a layer one after the other, so that none stays in the cache. */
static void time_layers(bench *b, const char *what, const matrix *m, int n_tokens)
{
    double best[N_MATRICES + 1];
    double gflop = 0.0;
    double gb = 0.0;
    char line[64];

    for (int i = 0; i <= N_MATRICES; i++)
        best[i] = 1e30;
    for (int run = 0; run < (n_tokens < 32 ? 4 * b->runs : b->runs); run++) {
        double all = 0.0;
        for (int i = 0; i < N_MATRICES; i++) {
            const double start = now_s();
            if (b->be->linear(b->be, b->y, b->layers[i], NULL, b->x, n_tokens, NULL) != RECTO_OK)
                return;
            const double s = now_s() - start;
            best[i] = s < best[i] ? s : best[i];
            all += s;
        }
        best[N_MATRICES] = all < best[N_MATRICES] ? all : best[N_MATRICES];
    }
    for (int i = 0; i < N_MATRICES; i++) {
        const double n = (double)m[i].shape.n_out * m[i].shape.n_in;
        const double bytes = (double)b->be->linear_bytes(b->be, &m[i].shape);
        gflop += 2e-9 * n * n_tokens;
        gb += 1e-9 * bytes;
        snprintf(line, sizeof line, "  M %4d %s", n_tokens, m[i].name);
        report(line, best[i], 2e-9 * n * n_tokens, 1e-9 * bytes);
    }
    snprintf(line, sizeof line, "M %4d %s layer's products", n_tokens, what);
    report(line, best[N_MATRICES], gflop, gb);
}

static void free_layers(bench *b)
{
    for (int i = 0; i < N_MATRICES; i++) {
        b->be->layer_free(b->be, b->layers[i]);
        b->layers[i] = NULL;
    }
}

#define TIME(best, runs, call)                                                                     \
    double best = 1e30;                                                                            \
    for (int run_ = 0; run_ < (runs); run_++) {                                                    \
        const double start_ = now_s();                                                             \
        call;                                                                                      \
        const double s_ = now_s() - start_;                                                        \
        best = s_ < best ? s_ : best;                                                              \
    }

static void time_tile(bench *b)
{
    const double gflop = 4e-9 * TILE * TILE * VIT;
    recto_status s = RECTO_OK;
    TIME(best, b->runs, s = b->be->attention(b->be, b->y, b->x, TILE, VIT, VIT_HEADS, TILE, NULL));
    if (s == RECTO_OK)
        report("attention of a tile", best, gflop, 0.0);
}

/* Several layers' caches take turns, so that decoding reads memory. */
static void time_cached(bench *b)
{
    enum { LAYERS = 6 };
    const recto_ops_cache shape = {LAYERS, KV_HEADS, HEAD_DIM, DEPTH + PREFILL};
    const double gb =
        2e-9 * DEPTH * KV_HEADS * HEAD_DIM * (strstr(b->be->name, "bf16") != NULL ? 2.0 : 4.0);
    const float *k = b->x + HEADS * HEAD_DIM;
    recto_cache *c = NULL;
    recto_status s = RECTO_OK;
    double put = 1e30;
    double one = 1e30;

    if (b->be->cache_new(&c, b->be, &shape, NULL) != RECTO_OK)
        return;
    for (int layer = 0; layer < LAYERS; layer++)
        for (int at = 0; at < DEPTH + PREFILL; at += PREFILL) {
            const int n = DEPTH + PREFILL - at < PREFILL ? DEPTH + PREFILL - at : PREFILL;
            const double start = now_s();
            b->be->cache_put(b->be, c, layer, at, k, k + KV_HEADS * HEAD_DIM, QKV, n);
            if (n == PREFILL && now_s() - start < put)
                put = now_s() - start;
        }
    report("cache: put 512 tokens", put, 0.0, 0.0);
    TIME(many, b->runs,
         s = b->be->cached_attention(b->be, b->y, c, 0, b->x, QKV, PREFILL, HEADS, BEFORE, NULL));
    report("attention of 512 after 3000", many,
           4e-9 * PREFILL * (BEFORE + PREFILL / 2.0) * HEADS * HEAD_DIM, 0.0);
    for (int i = 0; i < 6 * b->runs && s == RECTO_OK; i++) {
        const double start = now_s();
        s = b->be->cached_attention(b->be, b->y, c, i % LAYERS, b->x, QKV, 1, HEADS, DEPTH - 1,
                                    NULL);
        one = now_s() - start < one ? now_s() - start : one;
    }
    report("attention of 1 at 3400", one, 4e-9 * DEPTH * HEADS * HEAD_DIM, gb);
    TIME(eight, 2 * b->runs,
         s = b->be->cached_attention(b->be, b->y, c, 1, b->x, QKV, 8, HEADS, DEPTH - 8, NULL));
    report("attention of 8 at 3400", eight, 4e-9 * 8 * DEPTH * HEADS * HEAD_DIM, gb);
    b->be->cache_free(b->be, c);
}

static void time_rows(bench *b, int n_tokens)
{
    recto_backend *be = b->be;
    float *angles = b->x + (size_t)MAX_TOKENS * 2 * FFN - (size_t)MAX_TOKENS * HEAD_DIM;
    char line[64];

    TIME(norm, b->runs, be->rms_norm(be, b->y, b->x, b->x, 1e-6f, n_tokens, DIM));
    snprintf(line, sizeof line, "M %4d rms norm", n_tokens);
    report(line, norm, 0.0, 8e-9 * DIM * n_tokens);
    memcpy(b->y, b->x, (size_t)n_tokens * QKV * sizeof *b->y);
    TIME(turn, b->runs,
         be->rope(be, b->y, QKV, n_tokens, HEADS + KV_HEADS, HEAD_DIM, b->x, 1e-6f, angles, 0));
    snprintf(line, sizeof line, "M %4d rope of q and k, normed", n_tokens);
    report(line, turn, 0.0, 8e-9 * (HEADS + KV_HEADS) * HEAD_DIM * n_tokens);
    TIME(gate, b->runs, be->gated(be, b->y, b->x, n_tokens, FFN));
    snprintf(line, sizeof line, "M %4d gated", n_tokens);
    report(line, gate, 0.0, 12e-9 * FFN * n_tokens);
}

static int time_matrices(bench *b, bool quick)
{
    static const int counts[] = {1, 8, 32, 128, 512, 1025};
    const int n_counts = quick ? 3 : (int)(sizeof counts / sizeof counts[0]);

    if (make_layers(b, decoder) != 0)
        return 3;
    for (int i = 0; i < n_counts; i++)
        time_layers(b, "decoder", decoder, counts[i]);
    free_layers(b);
    if (make_layers(b, vit) != 0)
        return 3;
    time_layers(b, "vit", vit, TILE);
    free_layers(b);
    return 0;
}

static int run(recto_backend_kind kind, int n_threads, bool quick, bool matrices)
{
    const size_t room = (size_t)MAX_TOKENS * 2 * FFN;
    bench b = {.runs = quick ? 1 : 7, .x = malloc(room * 4), .y = malloc(room * 4)};
    recto_error err = {0};
    int status = 3;

    timer = n_threads == 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC;
    print_machine(n_threads);
    if (b.x == NULL || b.y == NULL || recto_backend_open(&b.be, kind, n_threads, &err) != RECTO_OK)
        goto done;
    printf("%s\n", b.be->name);
    fill(b.x, room);
    memset(b.y, 0, room * 4);
    if (matrices && time_matrices(&b, quick) != 0)
        goto done;
    time_tile(&b);
    time_cached(&b);
    time_rows(&b, 1);
    time_rows(&b, PREFILL);
    status = 0;
done:
    if (b.be != NULL) {
        free_layers(&b);
        b.be->free(b.be);
    } else {
        fprintf(stderr, "%s\n", err.msg);
    }
    free(b.x);
    free(b.y);
    return status;
}

int main(int argc, char **argv)
{
    recto_backend_kind kind = recto_backend_for_large();
    bool quick = false;
    bool matrices = true;
    int n_threads = 0;
    int status = 0;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "quick") == 0)
            quick = true;
        else if (strcmp(argv[i], "attention") == 0)
            matrices = false;
        else if (strcmp(argv[i], "f32") == 0)
            kind = RECTO_BACKEND_F32;
        else if (strcmp(argv[i], "bf16") == 0)
            kind = RECTO_BACKEND_DNNL_BF16;
        else
            n_threads = atoi(argv[i]);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (n_threads > 0)
        return run(kind, n_threads, quick, matrices);
    for (n_threads = 1; n_threads <= 2 && status == 0; n_threads++)
        status = run(kind, n_threads, quick, matrices);
    return status;
}
