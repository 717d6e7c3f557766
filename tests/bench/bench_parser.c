/* What parser processes cost: bench_parser [N].  The start of a parser with its end, and one call
 * with replies of some sizes, by the wall clock and by what engine and children used of the CPU. */
#define _GNU_SOURCE
#include "pipeline/parser_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void serve(const recto_source_channel *c, const uint8_t *bytes, size_t size)
{
    static char block[(size_t)32 << 20];
    uint64_t n;
    (void)bytes;
    (void)size;
    while (c->receive(c->self, &n, sizeof n) == sizeof n)
        if (!c->put(c->self, 0, block, (size_t)n) || !c->reply(c->self, n))
            return;
}

static void must(recto_status st, const recto_error *err)
{
    if (st == RECTO_OK)
        return;
    fprintf(stderr, "%s\n", err->msg);
    exit(1);
}

static double bench_start(recto_parsers *p, int fd, int n)
{
    recto_error err = {0};
    double begin = recto_clock_s();
    for (int i = 0; i < n; i++) {
        recto_source_port port;
        must(recto_parser_port(&port, p, fd, NULL, NULL, &err), &err);
        must(port.start(port.self, &err), &err);
        port.close(port.self);
    }
    return (recto_clock_s() - begin) / n;
}

static double bench_call(recto_parsers *p, int fd, uint64_t size, int n)
{
    static char to[(size_t)32 << 20];
    recto_error err = {0};
    recto_source_port port;
    must(recto_parser_port(&port, p, fd, NULL, NULL, &err), &err);
    must(port.start(port.self, &err), &err);
    double begin = 0;
    for (int i = -2; i < n; i++) {
        uint64_t got;
        if (i == 0)
            begin = recto_clock_s();
        must(port.call(port.self, &size, sizeof size, &got, &err), &err);
        must(port.read(port.self, 0, to, (size_t)got, &err), &err);
    }
    double each = (recto_clock_s() - begin) / n;
    port.close(port.self);
    return each;
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[] = {16, 20000, 100000, 1 << 20, 8700000, 26000000};
    int n = argc > 1 ? atoi(argv[1]) : 1000;
    recto_error err = {0};
    int fd = memfd_create("document", MFD_CLOEXEC);
    if (fd < 0 || ftruncate(fd, 200000) != 0)
        return 1;
    for (int sandbox = 0; sandbox < 2; sandbox++) {
        recto_parsers *p;
        recto_parsers_options opt = {.sandbox = sandbox == 1, .memory_bytes = (size_t)4 << 30};
        double begin = recto_clock_s();
        must(recto_parser_start(&p, &opt, serve, &err), &err);
        printf("%s: spawner %.0f us", sandbox ? "sandbox" : "none",
               (recto_clock_s() - begin) * 1e6);
        printf(", a parser's start and end %.0f us\n", bench_start(p, fd, n) * 1e6);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            printf("  a call with a reply of %llu bytes: %.1f us\n", (unsigned long long)sizes[i],
                   bench_call(p, fd, sizes[i], sizes[i] > 1000000 ? n / 10 + 1 : n) * 1e6);
        recto_parsers_stop(p);
    }
    return 0;
}
