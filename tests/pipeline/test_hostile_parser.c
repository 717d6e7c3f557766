/* Protects the engine from a parser that was taken over: behind the checks of every reply lies all
 * that is done with what passes them - structure, reading of pixels, writers, pictures, overlays.
 * A real parser's answers are spoiled in many ways; whatever the engine makes of them, it lives, is
 * not slowed down, and blames the document and nothing else. */
#define _GNU_SOURCE
#include "check.h"

#include "core/file.h"
#include "pipeline/convert.h"
#include "pipeline/parser_parts.h"
#include "vision/source_wire.h"
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* --- the parser: real answers, spoiled ------------------------------------------------------- */

typedef struct spoiler {
    const recto_source_channel *real;
    uint64_t random;
    recto_source_wire_request request; /* the last */
    bool after_head;                   /* its answer's second piece comes next */
} spoiler;

static uint32_t roll(spoiler *s, uint32_t n)
{
    s->random = s->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(s->random >> 33) % n;
}

static float odd_number(spoiler *s)
{
    static const float numbers[] = {0,    -0.0f, 1,     -1,    0.5f, 1e-30f,   1e-6f,
                                    1e6f, 1e9f,  1e10f, 1e38f, NAN,  INFINITY, 72};
    return numbers[roll(s, sizeof numbers / sizeof *numbers)];
}

/* Some of the words of 32 bits become other ones. */
static void spoil_words(spoiler *s, uint8_t *bytes, size_t size)
{
    for (uint32_t n = 1 + roll(s, 4); size >= 8 && n > 0; n--) {
        size_t at = 4 * roll(s, (uint32_t)(size / 4 - 1));
        float f = odd_number(s);
        uint32_t k = roll(s, 4) == 0 ? UINT32_MAX : roll(s, 300);
        switch (roll(s, 4)) {
        case 0:
            memcpy(bytes + at, &f, sizeof f);
            break;
        case 1:
            memcpy(bytes + at, &k, sizeof k);
            break;
        case 2: /* what stands beside it */
            memmove(bytes + at, bytes + at + 4, 4);
            break;
        default:
            bytes[at + roll(s, 4)] ^= (uint8_t)(1u << roll(s, 8));
        }
    }
}

/* A page of any size, with its layout. */
static void spoil_page_size(spoiler *s, uint8_t *bytes, size_t size)
{
    recto_source_wire_facts f;
    recto_source_wire_layout l;
    static const float factors[] = {1.5f, 10, 1e3f, 1e5f};
    float by = factors[roll(s, 4)];
    if (size < sizeof f + sizeof l)
        return;
    memcpy(&f, bytes, sizeof f);
    memcpy(&l, bytes + sizeof f, sizeof l);
    if (roll(s, 2) == 0) {
        f.width_pt *= by;
        l.width *= by;
    }
    if (roll(s, 2) == 0) {
        f.height_pt *= by;
        l.height *= by;
    }
    memcpy(bytes, &f, sizeof f);
    memcpy(bytes + sizeof f, &l, sizeof l);
}

/* The same pixels in another shape, or of another size in inches. */
static void spoil_image(spoiler *s, uint8_t *bytes)
{
    recto_source_wire_image w;
    memcpy(&w, bytes, sizeof w);
    int n = w.width * w.height;
    switch (roll(s, 5)) {
    case 0:
        w.width = n;
        w.height = 1;
        break;
    case 1:
        w.height = n;
        w.width = 1;
        break;
    case 2:
        if (w.height % 2 == 0) {
            w.height /= 2;
            w.width *= 2;
        }
        break;
    case 3:
        w.dpi = odd_number(s);
        break;
    default:
        spoil_words(s, bytes, sizeof w);
        return;
    }
    memcpy(bytes, &w, sizeof w);
}

static void spoil(spoiler *s, uint8_t *bytes, size_t size)
{
    uint32_t kind = s->request.kind;
    bool image = kind == RECTO_SOURCE_WIRE_PIXELS || kind == RECTO_SOURCE_WIRE_PICTURE;
    if (roll(s, 4) == 0)
        return;
    if (s->after_head && image && size == sizeof(recto_source_wire_image))
        spoil_image(s, bytes);
    else if (kind == RECTO_SOURCE_WIRE_SCAN && roll(s, 2) == 0)
        spoil_page_size(s, bytes, size);
    else if (roll(s, 3) == 0 && size > 400) /* facts and heads are at the beginning */
        spoil_words(s, bytes, 400);
    else
        spoil_words(s, bytes, size);
}

static size_t receive(void *self, void *request, size_t room)
{
    spoiler *s = self;
    size_t n = s->real->receive(s->real->self, request, room);
    if (n >= sizeof s->request && n <= room)
        memcpy(&s->request, request, sizeof s->request);
    return n;
}

static bool put(void *self, uint64_t offset, const void *bytes, size_t size)
{
    spoiler *s = self;
    bool head = offset == 0;
    bool spared = head ? roll(s, 40) != 0 : s->request.kind == RECTO_SOURCE_WIRE_OPEN && roll(s, 8);
    uint8_t *copy = spared ? NULL : malloc(size);
    if (copy != NULL) {
        memcpy(copy, bytes, size);
        spoil(s, copy, size);
    }
    bool ok = s->real->put(s->real->self, offset, copy != NULL ? copy : bytes, size);
    free(copy);
    s->after_head = head;
    return ok;
}

static bool reply(void *self, uint64_t size)
{
    spoiler *s = self;
    uint64_t lie = roll(s, 60) == 0 ? roll(s, 1u << 20) : size;
    return s->real->reply(s->real->self, lie);
}

/* The seed stands behind the document. */
static void serve(const recto_source_channel *channel, const uint8_t *bytes, size_t size)
{
    spoiler s = {.real = channel};
    const recto_source_channel spoiled = {&s, receive, put, reply};
    memcpy(&s.random, bytes + size - sizeof s.random, sizeof s.random);
    for (int i = 0; i < 8; i++)
        roll(&s, 1);
    recto_source_serve(&spoiled, bytes, size);
}

/* --- the engine ------------------------------------------------------------------------------ */

static recto_status swallow(void *user, int page, const void *bytes, size_t size, recto_error *err)
{
    (void)page;
    (void)bytes;
    (void)err;
    *(uint64_t *)user += size;
    return RECTO_OK;
}

static bool is_the_documents(recto_status st)
{
    return st == RECTO_OK || st == RECTO_ERR_FORMAT || st == RECTO_ERR_UNSUPPORTED ||
           st == RECTO_ERR_ENCRYPTED || st == RECTO_ERR_LIMIT || st == RECTO_ERR_CRASH;
}

static void on_page(void *user, const recto_page_record *r)
{
    (void)user;
    if (!is_the_documents(r->status) && getenv("RECTO_HOSTILE_TELL") != NULL)
        fprintf(stderr, "page %d: %s: %s\n", r->number, recto_status_name(r->status), r->error);
    else if (!is_the_documents(r->status))
        fail_msg("page %d: %s: %s", r->number, recto_status_name(r->status), r->error);
}

static int open_seeded(const char *name, uint64_t seed)
{
    char path[4096], piece[65536];
    ssize_t n;
    snprintf(path, sizeof path, "%s/%s", getenv("RECTO_SAMPLES"), name);
    int from = open(path, O_RDONLY | O_CLOEXEC), to = memfd_create("spoiled", MFD_CLOEXEC);
    assert_true(from >= 0 && to >= 0);
    while ((n = read(from, piece, sizeof piece)) > 0)
        assert_int_equal(recto_file_write(to, piece, (size_t)n, NULL), RECTO_OK);
    assert_int_equal(recto_file_write(to, &seed, sizeof seed, NULL), RECTO_OK);
    close(from);
    return to;
}

static void convert_spoiled(recto_parsers *parsers, recto_model_slot *slot, const char *name,
                            recto_reader_choice reader, uint64_t seed, const char *base)
{
    static const char *const forms[] = {"json", "md", "txt", "pdf"};
    uint64_t written = 0;
    recto_output outputs[4];
    recto_options opt;
    recto_convert_result result;
    recto_error err = {0};
    const recto_convert_events events = {.page = on_page};
    recto_options_defaults(&opt);
    opt.parsers = parsers;
    opt.reader = reader;
    opt.dpi = 100;
    opt.timeout_s = 60;
    opt.overlay = true;
    opt.images = RECTO_IMAGES_FILES;
    for (int i = 0; i < 4; i++)
        outputs[i] = (recto_output){
            .writer = recto_writer_lookup(forms[i]), .fd = -1, .write = swallow, .user = &written};
    recto_convert_job job = {.fd = open_seeded(name, seed),
                             .name = name,
                             .outputs = outputs,
                             .n_outputs = 4,
                             .base = base,
                             .opt = &opt,
                             .slot = slot,
                             .events = &events};
    double from = recto_clock_s();
    recto_status st = recto_convert_document(&result, &job, &err);
    double took = recto_clock_s() - from;
    close(job.fd);
    if (getenv("RECTO_HOSTILE_TELL") != NULL)
        fprintf(stderr, "%s %llu %s %d of %d failed, %llu bytes, %.2f s: %s\n", name,
                (unsigned long long)seed, recto_status_name(st), result.n_failed, result.n_pages,
                (unsigned long long)written, took,
                st != RECTO_OK ? err.msg : result.first_failure.msg);
    if (!is_the_documents(st) || took > 30)
        fail_msg("%s, seed %llu: %s: %s, %.1f s", name, (unsigned long long)seed,
                 recto_status_name(st), err.msg, took);
}

static void spoiled_replies_cost_their_document(void **state)
{
    static const struct {
        const char *name;
        recto_reader_choice reader;
        int one_of; /* rounds; pixels take longer */
    } documents[] = {
        {"report.pdf", RECTO_CHOOSE_AUTO, 1},  {"invoice-digital.pdf", RECTO_CHOOSE_AUTO, 1},
        {"mixed.pdf", RECTO_CHOOSE_AUTO, 4},   {"bulletin.pdf", RECTO_CHOOSE_LAYER, 1},
        {"receipt.jpg", RECTO_CHOOSE_AUTO, 4}, {"fax.tif", RECTO_CHOOSE_AUTO, 8}};
    const char *wanted = getenv("RECTO_HOSTILE_ROUNDS"), *first = getenv("RECTO_HOSTILE_FIRST");
    uint64_t n = wanted != NULL ? strtoull(wanted, NULL, 10) : 16;
    uint64_t begin = first != NULL ? strtoull(first, NULL, 10) : 0;
    recto_parsers *parsers = NULL;
    recto_model_slot slot = {0};
    recto_error err = {0};
    char folder[] = "/tmp/recto-hostile-XXXXXX", base[64], command[80];
    (void)state;
    const recto_parsers_options opt = {.sandbox = true, .memory_bytes = (size_t)1 << 30};
    if (recto_parser_start(&parsers, &opt, serve, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_non_null(mkdtemp(folder));
    snprintf(base, sizeof base, "%s/out", folder);
    for (uint64_t seed = begin; seed < begin + n; seed++)
        for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
            if (seed % (uint64_t)documents[i].one_of == 0)
                convert_spoiled(parsers, &slot, documents[i].name, documents[i].reader, seed, base);
    recto_model_slot_close(&slot);
    recto_parsers_stop(parsers);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spoiled_replies_cost_their_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
