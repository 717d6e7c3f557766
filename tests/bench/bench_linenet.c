/* Speed of the line network on one thread: milliseconds for the lines of a page, and the share of
 * the CPU's own peak, which is measured in the same run.
 *
 *   bench_linenet [LINES [WIDTH [HEIGHT [RUNS [f32|bf16|int8]]]]]
 *                                                     default 40 lines of 1700 x 50 px (1088 at
 * 32)
 *
 * Needs RECTO_SOURCE_DIR (for models/line-latin).  CPU time of the thread, best of RUNS. */
#include "core/file.h"
#include "vision/linenet_net.h"

#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

/* --- the CPU's peak: 16 independent sums in registers ------------------------------------------
 */

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni,avx512bf16")))
enum { SUMS = 16, ROUNDS = 4000000 };

#define PEAK(name, op)                                                                             \
    AVX512 static double name(void)                                                                \
    {                                                                                              \
        __m512i s[SUMS];                                                                           \
        __m512i x = _mm512_set1_epi32(1);                                                          \
        const double start = now_ms();                                                             \
        for (int i = 0; i < SUMS; i++)                                                             \
            s[i] = x;                                                                              \
        for (int n = 0; n < ROUNDS; n++) {                                                         \
            __asm__ volatile("" : "+v"(x));                                                        \
            _Pragma("GCC unroll 16") for (int i = 0; i < SUMS; i++) s[i] = op;                     \
        }                                                                                          \
        const double ms = now_ms() - start;                                                        \
        for (int i = 0; i < SUMS; i++)                                                             \
            __asm__ volatile("" : : "v"(s[i]));                                                    \
        return (double)ROUNDS * SUMS * 32.0 / ms * 1e-6; /* of float: 16 lanes, 2 operations */    \
    }
PEAK(peak_f32, _mm512_castps_si512(_mm512_fmadd_ps(_mm512_castsi512_ps(x), _mm512_castsi512_ps(x),
                                                   _mm512_castsi512_ps(s[i]))))
PEAK(peak_bf16,
     _mm512_castps_si512(_mm512_dpbf16_ps(_mm512_castsi512_ps(s[i]), (__m512bh)x, (__m512bh)x)))
PEAK(peak_int8, _mm512_dpbusd_epi32(s[i], x, x))

static void print_peaks(void)
{
    if (!__builtin_cpu_supports("avx512bf16") || !__builtin_cpu_supports("avx512vnni"))
        return;
    printf("peak: f32 %.0f, bf16 %.0f, int8 %.0f GOP/s\n", peak_f32(), 2.0 * peak_bf16(),
           4.0 * peak_int8());
}

/* --- the network ------------------------------------------------------------------------------ */

/* Operations of the network for one image, multiplications and additions. */
static double operations(const recto_linenet_config *c, int width)
{
    const int padded = (width + c->pad_multiple - 1) / c->pad_multiple * c->pad_multiple;
    const double tokens = recto_linenet_tokens(c, width);
    double sum = 0.0;
    int w = padded;
    int h = c->height;

    for (int i = 0; i < c->n_convs; i++) {
        w = recto_ops_conv_len(w, c->convs[i].stride_across);
        h = recto_ops_conv_len(h, c->convs[i].stride_down);
        sum += 18.0 * w * h * c->convs[i].n_in * c->convs[i].n_out;
    }
    sum += 2.0 * w * h * c->convs[c->n_convs - 1].n_out * c->dim;
    sum += c->layers * tokens * 2.0 * c->dim * (4.0 * c->dim + 2.0 * c->mlp);
    sum += c->layers * tokens * 4.0 * c->dim * (2.0 * c->window + 1.0);
    return sum + 2.0 * tokens * c->dim * c->classes;
}

/* Grey noise with the rhythm of text: strokes of 4 px every 12. */
static recto_image *page(int width, int height)
{
    recto_image *im = NULL;
    uint32_t seed = 1;
    if (recto_image_new(&im, width, height, 1, NULL) != RECTO_OK)
        return NULL;
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            seed = seed * 1664525u + 1013904223u;
            const int ink = x % 12 < 4 && (x / 12 * 7 + y / 6) % 5 != 0;
            im->px[(size_t)y * im->stride + (size_t)x] =
                (uint8_t)((ink ? 20u : 200u) + (seed >> 27));
        }
    return im;
}

static void time_kind(recto_backend_kind kind, const recto_bytes *weights,
                      const recto_bytes *config, const int shape[4])
{
    recto_backend *be = NULL;
    recto_linenet *net = NULL;
    recto_error err = {0};
    recto_image *im = page(shape[1], shape[0] * shape[2]);
    recto_segment_line *lines = calloc((size_t)shape[0], sizeof *lines);
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    double best = 1e30;
    double crop_best = 1e30;
    double gop = 0.0;

    const double load_start = now_ms();
    if (im == NULL || lines == NULL || recto_backend_open(&be, kind, 1, &err) != RECTO_OK ||
        recto_linenet_load_on(&net, be, weights->data, weights->size, (const char *)config->data,
                              config->size, &err) != RECTO_OK) {
        printf("%s\n", err.msg);
        goto done;
    }
    const double load = now_ms() - load_start;
    for (int i = 0; i < shape[0]; i++) {
        lines[i].box =
            (recto_rect){0.0f, (float)(i * shape[2]), (float)shape[1], (float)((i + 1) * shape[2])};
        lines[i].slope = 0.002f;
        gop += 1e-9 * operations(&net->config, shape[1] * net->config.height / shape[2]);
    }
    for (int run = 0; run < shape[3]; run++) {
        recto_linenet_scores *scores = NULL;
        double start = now_ms();
        for (int i = 0; i < shape[0]; i++) {
            recto_linenet_crop crop;
            if (recto_linenet_crop_line(&crop, &net->config, im, &lines[i], tmp, &err) != RECTO_OK)
                goto done;
        }
        double ms = now_ms() - start;
        crop_best = ms < crop_best ? ms : crop_best;
        recto_arena_clear(tmp);
        start = now_ms();
        if (recto_linenet_run(&scores, net, im, lines, shape[0], keep, tmp, &err) != RECTO_OK)
            goto done;
        ms = now_ms() - start;
        best = ms < best ? ms : best;
        recto_arena_clear(keep);
    }
    printf("%-12s %7.1f ms a page (crops %.1f ms of it), %.1f GOP, %4.0f GOP/s, load %.1f ms\n",
           recto_linenet_kind(net), best, crop_best, gop, gop / best * 1e3, load);
done:
    recto_linenet_free(net);
    recto_image_free(im);
    free(lines);
    recto_arena_free(keep);
    recto_arena_free(tmp);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        recto_backend_kind kind;
    } kinds[] = {
        {"f32", RECTO_BACKEND_F32},
        {"bf16", RECTO_BACKEND_BF16},
        {"int8", RECTO_BACKEND_INT8},
    };
    const char *root = getenv("RECTO_SOURCE_DIR");
    int shape[4] = {40, 1700, 50, 7};
    char path[1024];
    recto_bytes weights = {0};
    recto_bytes config = {0};

    for (int i = 1; i < argc && i <= 4; i++)
        shape[i - 1] = atoi(argv[i]) > 0 ? atoi(argv[i]) : shape[i - 1];
    snprintf(path, sizeof path, "%s/models/line-latin/line-latin.safetensors", root ? root : ".");
    if (recto_bytes_read(&weights, path, 0, NULL) != RECTO_OK) {
        fprintf(stderr, "cannot read %s\n", path);
        return 3;
    }
    snprintf(path, sizeof path, "%s/models/line-latin/config.json", root ? root : ".");
    if (recto_bytes_read(&config, path, 0, NULL) != RECTO_OK) {
        fprintf(stderr, "cannot read %s\n", path);
        return 3;
    }
    print_peaks();
    printf("%d lines of %d x %d px, one thread, CPU time, best of %d\n", shape[0], shape[1],
           shape[2], shape[3]);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (argc < 6 || strcmp(argv[5], kinds[i].name) == 0)
            time_kind(kinds[i].kind, &weights, &config, shape);
    recto_bytes_close(&weights);
    recto_bytes_close(&config);
    return 0;
}
