/* What parser processes cost: bench_parser [N].  Each line: microseconds of the wall clock, and of
 * CPU time that engine, spawner and parsers used together, for one start of a parser with its end,
 * or one call with a reply of a size.  CPU time is the one to compare on a busy machine. */
#define _GNU_SOURCE
#include "pipeline/parser_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { REPLY_MAX = 32 << 20 };

static void serve(const recto_source_channel *c, const uint8_t *bytes, size_t size)
{
    static char block[REPLY_MAX];
    uint64_t n;
    (void)bytes;
    (void)size;
    memset(block, 1, sizeof block);
    while (c->receive(c->self, &n, sizeof n) == sizeof n)
        if (!c->put(c->self, 0, block, (size_t)n) || !c->reply(c->self, n))
            return;
}

static void serve_nothing(const recto_source_channel *c, const uint8_t *bytes, size_t size)
{
    (void)c;
    (void)bytes;
    (void)size;
}

static void must(recto_status st, const recto_error *err)
{
    if (st == RECTO_OK)
        return;
    fprintf(stderr, "%s\n", err->msg);
    exit(1);
}

static double cpu_s(int who)
{
    struct rusage r;
    getrusage(who, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           1e-6 * (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

typedef struct run {
    recto_parsers *parsers;
    double wall_s, cpu_s;
} run;

static run begin(recto_parsers_options opt, recto_parser_serve what)
{
    run r = {.wall_s = recto_clock_s(), .cpu_s = cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN)};
    recto_error err = {0};
    must(recto_parser_start(&r.parsers, &opt, what, &err), &err);
    return r;
}

static void end(run r, int n, const char *what)
{
    double wall_s = recto_clock_s() - r.wall_s;
    recto_parsers_stop(r.parsers); /* what they used counts now */
    double used_s = cpu_s(RUSAGE_SELF) + cpu_s(RUSAGE_CHILDREN) - r.cpu_s;
    printf("  %-32s wall %8.1f us, cpu %8.1f us\n", what, wall_s / n * 1e6, used_s / n * 1e6);
}

static void bench_start(recto_parsers_options opt, int fd, int n)
{
    recto_error err = {0};
    run r = begin(opt, serve_nothing);
    for (int i = 0; i < n; i++) {
        recto_source_port port;
        must(recto_parser_port(&port, r.parsers, fd, NULL, NULL, &err), &err);
        must(port.start(port.self, &err), &err);
        port.close(port.self);
    }
    end(r, n, "a parser's start and end");
}

static void bench_call(recto_parsers_options opt, int fd, uint64_t size, int n)
{
    static char to[REPLY_MAX];
    recto_error err = {0};
    recto_source_port port;
    run r = begin(opt, serve);
    must(recto_parser_port(&port, r.parsers, fd, NULL, NULL, &err), &err);
    must(port.start(port.self, &err), &err);
    for (int i = 0; i < n; i++) {
        uint64_t got;
        must(port.call(port.self, &size, sizeof size, &got, &err), &err);
        must(port.read(port.self, 0, to, (size_t)got, &err), &err);
    }
    port.close(port.self);
    char what[64];
    snprintf(what, sizeof what, "a call, reply of %llu bytes", (unsigned long long)size);
    end(r, n, what);
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[] = {16, 20000, 100000, 1 << 20, 8700000, 26000000};
    int n = argc > 1 ? atoi(argv[1]) : 1000;
    int fd = memfd_create("document", MFD_CLOEXEC);
    if (n < 1 || fd < 0 || ftruncate(fd, 200000) != 0)
        return 1;
    for (int sandbox = 0; sandbox < 2; sandbox++) {
        recto_parsers_options opt = {.sandbox = sandbox == 1, .memory_bytes = (size_t)4 << 30};
        printf("%s\n", sandbox ? "with the sandbox" : "without");
        run r = begin(opt, serve);
        end(r, 1, "a spawner");
        bench_start(opt, fd, n);
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            bench_call(opt, fd, sizes[i], n);
    }
    return 0;
}
