/* What a page's words cost on their way between processes, beside the scan that finds them.
 *
 *   bench_source_wire FILE...    per file: means per page of scan, packing, taking, in microseconds
 *
 * Packing and taking are repeated and the best of the repetitions counts; the way through shared
 * memory is two copies more of the same bytes. */
#include "core/file.h"
#include "vision/source_wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { REPEAT = 20 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static recto_status read_buf(void *self, uint64_t offset, void *to, size_t size, recto_error *err)
{
    const recto_buf *b = self;
    (void)err;
    memcpy(to, b->data + offset, size);
    return RECTO_OK;
}

typedef struct sums {
    double scan, pack, take;
    long pages, words, bytes;
} sums;

static double take_once(recto_buf *b, recto_arena *tmp, recto_error *err)
{
    const recto_source_port port = {.self = b, .read = read_buf};
    recto_source_wire_reply reply = {.port = &port, .size = b->len};
    recto_source_facts f;
    recto_layout l;
    double start = now();
    recto_arena_clear(tmp);
    if (recto_source_wire_take_scan(&f, &l, &reply, 300.0f, tmp, err) != RECTO_OK)
        fprintf(stderr, "%s\n", err->msg);
    return now() - start;
}

static void measure_page(sums *sum, recto_source *s, int i, recto_arena *keep, recto_arena *tmp,
                         recto_buf *b)
{
    recto_error err = {0};
    recto_source_facts f;
    recto_layout l;
    double start = now();
    if (recto_source_page_scan(&f, &l, s, i, 300.0f, keep, &err) != RECTO_OK)
        return;
    sum->scan += now() - start;
    double pack = 1.0;
    double take = 1.0;
    for (int k = 0; k < REPEAT; k++) {
        start = now();
        recto_buf_clear(b);
        recto_source_wire_pack_scan(b, &f, &l);
        double t = now() - start;
        pack = t < pack ? t : pack;
        t = take_once(b, tmp, &err);
        take = t < take ? t : take;
    }
    sum->pack += pack;
    sum->take += take;
    sum->bytes += (long)b->len;
    sum->pages++;
    for (int k = 0; k < l.n_lines; k++)
        sum->words += l.lines[k].n_words;
}

static int bench_file(const char *path)
{
    recto_error err = {0};
    recto_bytes file;
    recto_source *s = NULL;
    if (recto_bytes_read(&file, path, 0, &err) != RECTO_OK ||
        recto_source_open(&s, file.data, file.size, NULL, &err) != RECTO_OK) {
        fprintf(stderr, "%s\n", err.msg);
        recto_bytes_close(&file);
        return 1;
    }
    recto_arena *keep = recto_arena_new(0, 0);
    recto_arena *tmp = recto_arena_new(0, 0);
    recto_buf b = RECTO_BUF_INIT;
    sums sum = {0};
    for (int i = 0; i < recto_source_page_count(s); i++) {
        recto_arena_clear(keep);
        measure_page(&sum, s, i, keep, tmp, &b);
    }
    if (sum.pages > 0)
        printf("%s: %ld pages, %ld words, %ld bytes a page; us a page: scan %.1f, pack %.1f, take "
               "%.1f\n",
               path, sum.pages, sum.words / sum.pages, sum.bytes / sum.pages,
               1e6 * sum.scan / (double)sum.pages, 1e6 * sum.pack / (double)sum.pages,
               1e6 * sum.take / (double)sum.pages);
    recto_buf_free(&b);
    recto_arena_free(keep);
    recto_arena_free(tmp);
    recto_source_close(s);
    recto_bytes_close(&file);
    return 0;
}

int main(int argc, char **argv)
{
    int rc = 0;
    for (int i = 1; i < argc; i++)
        rc |= bench_file(argv[i]);
    return rc;
}
