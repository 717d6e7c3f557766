/* Time and memory of a VLM checkpoint, stage by stage: open, load, encode, prefill, decode.
 *
 *   bench_vlm IMAGE.png SOURCE [MMPROJ|- [TOKENS [auto|ref|f32|bf16 [THREADS]]]]
 *                                                     default - 32 auto 0 (= OMP_NUM_THREADS)
 *
 * Tiles by the reference's rule; the answer always has TOKENS tokens, for stop tokens are not
 * looked at.  Seconds of the clock and of all threads' CPU time; memory after each stage, of which
 * what is "mapped" are pages of files that the system may drop. */
#include "pipeline/vlm_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct stopwatch {
    double wall, cpu;
} stopwatch;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static stopwatch start(void)
{
    return (stopwatch){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

/* MB (10^6 bytes) of a line of /proc/self/status; 0 if it is not there. */
static double memory(const char *key)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtol(line + strlen(key), NULL, 10);
    if (f != NULL)
        fclose(f);
    return (double)kib * 1024e-6;
}

static void report(const char *stage, stopwatch since, const char *more)
{
    stopwatch now = start();
    printf("%-8s %8.2f s  %8.2f s CPU  %8.0f MB own  %8.0f MB mapped  %6.0f MB swapped  %s\n",
           stage, now.wall - since.wall, now.cpu - since.cpu, memory("RssAnon:"),
           memory("RssFile:"), memory("VmSwap:"), more);
    fflush(stdout);
}

static void must(recto_status status, const recto_error *err)
{
    if (status == RECTO_OK)
        return;
    fprintf(stderr, "bench_vlm: %s\n", err->msg);
    exit(1);
}

static recto_image *open_image(const char *path)
{
    recto_error err = {0};
    recto_bytes png;
    recto_image *im = NULL;
    const recto_image_read_options opt = {0};
    must(recto_bytes_read(&png, path, 0, &err), &err);
    must(recto_image_png_read(&im, png.data, png.size, &opt, &err), &err);
    recto_bytes_close(&png);
    return im;
}

static recto_backend_kind kind_of(const char *name)
{
    static const struct {
        const char *name;
        recto_backend_kind kind;
    } kinds[] = {
        {"ref", RECTO_BACKEND_REF}, {"f32", RECTO_BACKEND_F32}, {"bf16", RECTO_BACKEND_DNNL_BF16}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(name, kinds[i].name) == 0)
            return kinds[i].kind;
    return RECTO_BACKEND_AUTO;
}

static void ask(recto_vlm *m, const recto_image *image, const recto_vlm_job *job)
{
    char more[96];
    recto_error err = {0};
    recto_vlm_steps s;
    stopwatch t = start();
    must(recto_vlm_steps_begin(&s, m, image, job, &err), &err);
    snprintf(more, sizeof more, "%d tiles (%d x %d and a thumbnail)", s.n_tiles, s.grid.cols,
             s.grid.rows);
    report("tiles", t, more);
    t = start();
    must(recto_vlm_steps_encode(&s, &err), &err);
    snprintf(more, sizeof more, "%d image tokens", s.n_image);
    report("encode", t, more);
    t = start();
    must(recto_vlm_steps_read(&s, &err), &err);
    snprintf(more, sizeof more, "%d tokens", s.n_ids);
    report("prefill", t, more);
    t = start();
    const recto_generate_options opt = {.max_tokens = s.max_tokens,
                                        .n_tokens = recto_tokenizer_count(m->tokenizer)};
    must(recto_generate(&s.answer, m->decoder, s.logits, &opt, &err), &err);
    snprintf(more, sizeof more, "%d tokens, the first %d, the last %d", s.answer.n, s.answer.ids[0],
             s.answer.ids[s.answer.n - 1]);
    report("decode", t, more);
    recto_vlm_steps_free(&s);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_vlm IMAGE.png SOURCE [MMPROJ|- [TOKENS [KIND [THREADS]]]]\n");
        return 1;
    }
    recto_error err = {0};
    recto_vlm *m = NULL;
    const bool pair = argc > 3 && strcmp(argv[3], "-") != 0;
    const recto_vlm_source source = {argv[2], pair ? argv[3] : NULL};
    const recto_vlm_job job = {.task = RECTO_VLM_DOCUMENT,
                               .max_tokens = argc > 4 ? atoi(argv[4]) : 32};
    recto_vlm_load_options load = {.kind = kind_of(argc > 5 ? argv[5] : "auto"),
                                   .n_threads = argc > 6 ? atoi(argv[6]) : 0};
    recto_image *image = open_image(argv[1]);
    stopwatch t = start();
    must(recto_vlm_open(&m, &source, NULL, &err), &err);
    report("open", t, recto_vlm_name(m));
    load.n_positions = recto_vlm_positions(m, &job);
    t = start();
    must(recto_vlm_load(m, &load, &err), &err);
    report("load", t, recto_vlm_backend_name(m));
    ask(m, image, &job);
    printf("peak     %.0f MB\n", memory("VmHWM:"));
    recto_image_free(image);
    recto_vlm_close(m);
    return 0;
}
