/* Protects librecto as a program sees it that has recto.h and librecto.so and nothing else: inputs
 * and outputs of each kind, events, cancelling, each code, several engines at once, and that the
 * caller's process stays its own. */
#include "recto.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- helpers ------------------------------------------------------------------------------ */

typedef struct bytes {
    char *data; /* NUL-terminated */
    size_t size;
    int n_calls, last_page; /* of collect */
    int order_broken;
    int answer; /* of collect */
} bytes;

static void append(bytes *b, const void *data, size_t size)
{
    char *grown = realloc(b->data, b->size + size + 1);
    if (grown == NULL)
        abort();
    b->data = grown;
    memcpy(b->data + b->size, data, size);
    b->size += size;
    b->data[b->size] = '\0';
}

/* An output function. */
static int collect(void *user, int page, const void *data, size_t size)
{
    bytes *b = user;
    append(b, data, size);
    b->n_calls++;
    b->order_broken |= page != 0 && page <= b->last_page;
    b->last_page = page != 0 ? page : b->last_page;
    return b->answer;
}

static char scratch[64];

static const char *sample(const char *name)
{
    static char path[4][4096];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", getenv("RECTO_SAMPLES"), name);
    return out;
}

static const char *in_scratch(const char *name)
{
    static char path[4][256];
    static int turn;
    char *out = path[turn++ % 4];
    snprintf(out, sizeof path[0], "%s/%s", scratch, name);
    return out;
}

static bytes read_file(const char *path)
{
    bytes b = {0};
    char buf[4096];
    FILE *f = fopen(path, "rb");
    append(&b, "", 0);
    for (size_t n; f != NULL && (n = fread(buf, 1, sizeof buf, f)) > 0;)
        append(&b, buf, n);
    if (f != NULL)
        fclose(f);
    return b;
}

static void assert_same(bytes a, bytes b)
{
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
}

static recto_engine *open_engine(const char *const *settings)
{
    recto_engine *engine;
    char message[256];
    recto_code code = recto_engine_open(&engine, settings, message, sizeof message);
    if (code != RECTO_CODE_OK)
        fprintf(stderr, "engine: %s\n", message);
    assert_int_equal(code, RECTO_CODE_OK);
    assert_string_equal(message, "");
    return engine;
}

/* Convert a file to one form; asserts nothing, so that threads may use it. */
static recto_code convert(bytes *out, recto_engine *engine, const char *path, const char *form)
{
    recto_job *job = recto_job_new(engine);
    recto_code code = recto_job_input_file(job, path);
    if (code == RECTO_CODE_OK)
        code = recto_job_output_function(job, form, collect, out);
    if (code == RECTO_CODE_OK)
        code = recto_job_run(job);
    recto_job_free(job);
    return code;
}

static int set_up(void **state)
{
    strcpy(scratch, "/tmp/recto-test-XXXXXX");
    if (mkdtemp(scratch) == NULL)
        return -1;
    *state = open_engine(NULL);
    return 0;
}

static int tear_down(void **state)
{
    recto_engine_close(*state);
    return rmdir(scratch); /* fails if anything was left */
}

/* --- what it is --------------------------------------------------------------------------- */

static void recto_version_is_the_headers(void **state)
{
    char text[32];
    (void)state;
    assert_int_equal(recto_version_number(), RECTO_VERSION_NUMBER);
    snprintf(text, sizeof text, "%d.%d.%d", RECTO_VERSION_MAJOR, RECTO_VERSION_MINOR,
             RECTO_VERSION_PATCH);
    assert_string_equal(recto_version(), text);
}

static void recto_codes_keep_their_numbers_and_names(void **state)
{
    static const char *const names[] = {"ok",     "nomem",       "io",        "output", "argument",
                                        "format", "unsupported", "encrypted", "limit",  "model",
                                        "device", "cancelled",   "timeout",   "crash"};
    (void)state;
    for (int i = 0; i < 14; i++)
        assert_string_equal(recto_code_name((recto_code)i), names[i]);
    assert_string_equal(recto_code_name(RECTO_CODE_CRASH), "crash");
    assert_string_equal(recto_code_name((recto_code)14), "unknown");
    assert_string_equal(recto_code_name((recto_code)-1), "unknown");
}

/* --- settings ----------------------------------------------------------------------------- */

static void recto_engine_refuses_wrong_settings(void **state)
{
    static const char *const unknown[] = {"colour", "blue", NULL};
    static const char *const bad[] = {"reader", "line", "dpi", "12", NULL};
    static const char *const odd[] = {"reader", NULL};
    static const char *const box[] = {"sandbox", "maybe", NULL};
    static const char *const little[] = {"max-memory", "1000", NULL};
    static const struct {
        const char *const *settings, *word;
    } cases[] = {{unknown, "colour"},
                 {bad, "dpi must be"},
                 {odd, "lacks"},
                 {box, "sandbox"},
                 {little, "max-memory"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[256] = "";
        recto_engine *engine = (recto_engine *)message;
        assert_int_equal(recto_engine_open(&engine, cases[i].settings, message, sizeof message),
                         RECTO_CODE_ARGUMENT);
        assert_null(engine);
        assert_non_null(strstr(message, cases[i].word));
    }
    recto_engine *engine;
    assert_int_equal(recto_engine_open(&engine, unknown, NULL, 0), RECTO_CODE_ARGUMENT);
    recto_engine_close(NULL);
}

static void recto_job_refuses_what_makes_no_sense(void **state)
{
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ARGUMENT); /* no input */
    assert_non_null(strstr(recto_job_message(job), "input"));
    assert_int_equal(recto_job_set(job, "model", "x"), RECTO_CODE_ARGUMENT);
    assert_non_null(strstr(recto_job_message(job), "engine"));
    assert_int_equal(recto_job_set(job, "sandbox", "no"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_set(job, "pages", "0"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_set(job, "nothing", "0"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_set(job, NULL, NULL), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_input_file(job, ""), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_input_descriptor(job, -1, "x"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_input_memory(job, NULL, 1, "x"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_output_file(job, "docx", "x"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_output_file(job, NULL, "x"), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_output_file(job, "md", ""), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_output_descriptor(job, "md", -1), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_output_function(job, "md", NULL, NULL), RECTO_CODE_ARGUMENT);
    assert_int_equal(recto_job_page_files(job, ""), RECTO_CODE_ARGUMENT);
    for (int i = 0; i < 16; i++)
        assert_int_equal(recto_job_output_file(job, "md", "x"), RECTO_CODE_OK);
    assert_string_equal(recto_job_message(job), "");
    assert_int_equal(recto_job_output_file(job, "md", "x"), RECTO_CODE_ARGUMENT);
    recto_job_free(job);
    recto_job_free(NULL);

    job = recto_job_new(*state); /* settings of the VLM without it; pictures without a place */
    assert_int_equal(recto_job_input_file(job, sample("letter.png")), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "ask", "What?"), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ARGUMENT);
    recto_job_free(job);
    job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("letter.png")), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "overlay", "yes"), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ARGUMENT);
    recto_job_free(job);
}

static void recto_job_settings_go_over_the_engines(void **state)
{
    static const char *const settings[] = {"pages", "1-2", "model", "/nowhere", NULL};
    recto_engine *engine = open_engine(settings);
    recto_job *job = recto_job_new(engine);
    (void)state;
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    assert_int_equal(recto_job_summary(job)->pages, 2);
    recto_job_free(job);
    job = recto_job_new(engine);
    assert_int_equal(recto_job_set(job, "pages", "3"), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "pages", "2-1"), RECTO_CODE_ARGUMENT); /* changes nothing */
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    assert_int_equal(recto_job_summary(job)->pages, 1);
    recto_job_free(job);
    job = recto_job_new(engine); /* the engine's model is wanted now, and is not there */
    assert_int_equal(recto_job_set(job, "reader", "vlm"), RECTO_CODE_OK);
    assert_int_equal(recto_job_input_file(job, sample("letter.png")), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_MODEL);
    recto_job_free(job);
    recto_engine_close(engine);
}

/* The fixture knows this page by heart. */
static void recto_models_belong_to_the_engine(void **state)
{
    char model[4096], page[4096];
    (void)state;
    snprintf(model, sizeof model, "%s/vlm/reads/model", getenv("RECTO_TEST_DATA"));
    snprintf(page, sizeof page, "%s/vlm/reads/table.png", getenv("RECTO_TEST_DATA"));
    const char *const settings[] = {"model", model, "max-tokens", "8", NULL};
    recto_engine *engine = open_engine(settings);
    for (int i = 0; i < 2; i++) { /* the second time it is loaded */
        bytes out = {0};
        recto_job *job = recto_job_new(engine);
        assert_int_equal(recto_job_set(job, "reader", "vlm"), RECTO_CODE_OK);
        assert_int_equal(recto_job_input_file(job, page), RECTO_CODE_OK);
        assert_int_equal(recto_job_output_function(job, "md", collect, &out), RECTO_CODE_OK);
        assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
        recto_job_free(job);
        assert_non_null(strstr(out.data, "# Passengers"));
        free(out.data);
    }
    recto_engine_close(engine);
}

/* --- inputs and outputs ------------------------------------------------------------------- */

static void recto_outputs_of_each_kind_are_the_same(void **state)
{
    const char *path = in_scratch("report.md"), *other = in_scratch("other.md");
    bytes taken = {0};
    recto_job *job = recto_job_new(*state);
    int fd = open(other, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "md", path), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_descriptor(job, "md", fd), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_function(job, "md", collect, &taken), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    close(fd);
    bytes a = read_file(path), b = read_file(other);
    assert_true(a.size > 1000);
    assert_same(a, b);
    assert_same(a, taken);
    assert_int_equal(taken.last_page, 7);
    assert_false(taken.order_broken);
    const recto_summary *s = recto_job_summary(job);
    assert_int_equal(s->pages, 7);
    assert_int_equal(s->failed, 0);
    assert_int_equal(s->page_code, RECTO_CODE_OK);
    assert_string_equal(s->page_message, "");
    assert_string_equal(s->format, "pdf");
    assert_int_equal(strlen(s->sha256), 64);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ARGUMENT); /* a job runs once */
    recto_job_free(job);
    unlink(path);
    unlink(other);
    free(a.data);
    free(b.data);
    free(taken.data);
}

static void recto_inputs_of_each_kind_are_the_same(void **state)
{
    bytes file = read_file(sample("fax.tif")), out[3] = {{0}};
    int fd = open(sample("fax.tif"), O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 100, SEEK_SET), 100); /* it is read from its start all the same */
    for (int i = 0; i < 3; i++) {
        recto_job *job = recto_job_new(*state);
        recto_code code = i == 0   ? recto_job_input_file(job, sample("fax.tif"))
                          : i == 1 ? recto_job_input_descriptor(job, fd, "fax.tif")
                                   : recto_job_input_memory(job, file.data, file.size, "fax.tif");
        assert_int_equal(code, RECTO_CODE_OK);
        if (i == 2)
            memset(file.data, 0, file.size); /* it was copied */
        assert_int_equal(recto_job_output_function(job, "json", collect, &out[i]), RECTO_CODE_OK);
        assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
        recto_job_free(job);
    }
    assert_true(out[0].size > 1000);
    assert_non_null(strstr(out[0].data, "\"fax.tif\""));
    assert_same(out[0], out[1]);
    assert_same(out[0], out[2]);
    assert_true(fcntl(fd, F_GETFD) >= 0); /* still open */
    close(fd);
    for (int i = 0; i < 3; i++)
        free(out[i].data);
    free(file.data);
}

typedef struct pieces {
    char *page[4]; /* by number */
} pieces;

static int keep_piece(void *user, int page, const void *data, size_t size)
{
    pieces *p = user;
    if (page > 0 && page < 4)
        p->page[page] = strndup(data, size);
    return 0;
}

static void recto_pieces_are_pages(void **state)
{
    pieces text = {{NULL}}, json = {{NULL}};
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("mixed.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_function(job, "txt", keep_piece, &text), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_function(job, "json", keep_piece, &json), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    recto_job_free(job);
    for (int i = 1; i <= 3; i++) {
        char number[32];
        const char *p = json.page[i];
        assert_non_null(text.page[i]);
        assert_true((text.page[i][0] == '\f') == (i > 1));
        assert_true((*p == ',') == (i > 1)); /* without the comma it is an object */
        p += strspn(p, ",\n ");
        assert_true(*p == '{' && p[strlen(p) - 1] == '}');
        snprintf(number, sizeof number, "\"page_no\": %d", i);
        assert_non_null(strstr(p, number));
        free(text.page[i]);
        free(json.page[i]);
    }
}

static void recto_page_files_go_where_they_are_told(void **state)
{
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("invoice.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "overlay", "yes"), RECTO_CODE_OK);
    assert_int_equal(recto_job_page_files(job, in_scratch("inv")), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    recto_job_free(job);
    assert_int_equal(unlink(in_scratch("inv.page-1.png")), 0);
}

static void recto_output_never_replaces_the_input(void **state)
{
    const char *path = in_scratch("blank.png");
    bytes before = read_file(sample("blank.png"));
    FILE *f = fopen(path, "wb");
    fwrite(before.data, 1, before.size, f);
    fclose(f);
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, path), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "md", path), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OUTPUT);
    recto_job_free(job);
    bytes after = read_file(path);
    assert_same(before, after);
    unlink(path);
    free(before.data);
    free(after.data);
}

/* --- events and cancelling ---------------------------------------------------------------- */

typedef struct watcher {
    recto_job *job;
    int n, last, wanted, bad;
    int cancel_after; /* pages, 0 = never */
    double conf;
    char flags[128], reader[16];
    pthread_t thread; /* of cancel_elsewhere */
} watcher;

static int watch(void *user, const recto_page_info *page)
{
    watcher *w = user;
    w->n++;
    w->bad |= page->number <= w->last || page->done != w->n || page->code != RECTO_CODE_OK ||
              page->message[0] != '\0' || page->seconds < 0 || page->flags[page->n_flags] != NULL;
    w->last = page->number;
    w->wanted = page->wanted;
    w->conf = page->confidence;
    snprintf(w->reader, sizeof w->reader, "%s", page->reader);
    snprintf(w->flags, sizeof w->flags, "%s", page->n_flags > 0 ? page->flags[0] : "");
    return w->n == w->cancel_after;
}

static void recto_pages_are_told_in_order(void **state)
{
    watcher w = {0};
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_set(job, "pages", "2-4,6"), RECTO_CODE_OK);
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    recto_job_on_page(job, watch, &w);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK); /* without an output */
    recto_job_free(job);
    assert_int_equal(w.n, 4);
    assert_int_equal(w.wanted, 4);
    assert_int_equal(w.last, 6);
    assert_false(w.bad);
    assert_string_equal(w.reader, "layer");
    assert_true(w.conf > 0.99);

    w = (watcher){0};
    job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("blank.png")), RECTO_CODE_OK);
    recto_job_on_page(job, watch, &w);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    assert_int_equal(recto_job_summary(job)->blank, 1);
    recto_job_free(job);
    assert_string_equal(w.flags, "blank_page");
}

static void recto_page_function_cancels(void **state)
{
    watcher w = {.cancel_after = 2};
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "md", in_scratch("never.md")), RECTO_CODE_OK);
    recto_job_on_page(job, watch, &w);
    assert_int_equal(recto_job_run(job), RECTO_CODE_CANCELLED);
    assert_string_not_equal(recto_job_message(job), "");
    assert_int_equal(w.n, 2);
    assert_int_equal(recto_job_summary(job)->pages, 2);
    assert_int_not_equal(access(in_scratch("never.md"), F_OK), 0);
    recto_job_free(job);
}

static void *cancel_job(void *job)
{
    recto_job_cancel(job);
    return NULL;
}

/* The page waits until another thread has cancelled, so that no timing decides. */
static int cancel_elsewhere(void *user, const recto_page_info *page)
{
    watcher *w = user;
    (void)page;
    w->n++;
    w->bad |= pthread_create(&w->thread, NULL, cancel_job, w->job) != 0 ||
              pthread_join(w->thread, NULL) != 0;
    return 0;
}

static void recto_job_is_cancelled_by_another_thread(void **state)
{
    watcher w = {.job = recto_job_new(*state)};
    assert_int_equal(recto_job_input_file(w.job, sample("report.pdf")), RECTO_CODE_OK);
    recto_job_on_page(w.job, cancel_elsewhere, &w);
    assert_int_equal(recto_job_run(w.job), RECTO_CODE_CANCELLED);
    recto_job_free(w.job);
    assert_int_equal(w.n, 1);
    assert_false(w.bad);

    recto_job *job = recto_job_new(*state); /* before it runs */
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    recto_job_cancel(job);
    assert_int_equal(recto_job_run(job), RECTO_CODE_CANCELLED);
    recto_job_cancel(job);
    recto_job_free(job);
}

static void recto_output_function_may_refuse(void **state)
{
    static const struct {
        int answer;
        recto_code code;
    } cases[] = {{ENOSPC, RECTO_CODE_OUTPUT}, {-1, RECTO_CODE_CANCELLED}};
    for (int i = 0; i < 2; i++) {
        bytes taken = {.answer = cases[i].answer};
        recto_job *job = recto_job_new(*state);
        assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
        assert_int_equal(recto_job_output_file(job, "txt", in_scratch("n.txt")), RECTO_CODE_OK);
        assert_int_equal(recto_job_output_function(job, "md", collect, &taken), RECTO_CODE_OK);
        assert_int_equal(recto_job_run(job), cases[i].code);
        assert_int_equal(taken.n_calls, 1);
        if (cases[i].answer == ENOSPC)
            assert_non_null(strstr(recto_job_message(job), strerror(ENOSPC)));
        assert_int_not_equal(access(in_scratch("n.txt"), F_OK), 0);
        recto_job_free(job);
        free(taken.data);
    }
}

/* --- failures ----------------------------------------------------------------------------- */

static void recto_passwords_open_what_is_sealed(void **state)
{
    static const char *const settings[] = {"password", "wrong", "password", "recto", NULL};
    recto_engine *engine = open_engine(settings);
    bytes with_engine = {0}, with_job = {0};
    recto_job *job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("encrypted.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_ENCRYPTED);
    assert_string_not_equal(recto_job_message(job), "");
    recto_job_free(job);
    job = recto_job_new(*state);
    assert_int_equal(recto_job_input_file(job, sample("encrypted.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "password", "recto"), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_function(job, "md", collect, &with_job), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OK);
    for (int i = 1; i < 64; i++)
        assert_int_equal(recto_job_set(job, "password", "x"), RECTO_CODE_OK);
    assert_int_equal(recto_job_set(job, "password", "x"), RECTO_CODE_ARGUMENT);
    recto_job_free(job);
    assert_int_equal(convert(&with_engine, engine, sample("encrypted.pdf"), "md"), RECTO_CODE_OK);
    assert_same(with_engine, with_job);
    recto_engine_close(engine);
    free(with_engine.data);
    free(with_job.data);
}

static recto_code run_with(recto_engine *engine, const char *path, const char *name,
                           const char *value)
{
    recto_job *job = recto_job_new(engine);
    assert_int_equal(recto_job_input_file(job, path), RECTO_CODE_OK);
    if (name != NULL)
        assert_int_equal(recto_job_set(job, name, value), RECTO_CODE_OK);
    recto_code code = recto_job_run(job);
    assert_true((code == RECTO_CODE_OK) == (recto_job_message(job)[0] == '\0'));
    recto_job_free(job);
    return code;
}

static void recto_failures_have_their_codes(void **state)
{
    recto_job *job = recto_job_new(*state);
    assert_int_equal(run_with(*state, sample("none.pdf"), NULL, NULL), RECTO_CODE_IO);
    assert_int_equal(run_with(*state, scratch, NULL, NULL), RECTO_CODE_IO); /* a folder */
    assert_int_equal(run_with(*state, sample("README.md"), NULL, NULL), RECTO_CODE_FORMAT);
    assert_int_equal(run_with(*state, "-", NULL, NULL), RECTO_CODE_IO); /* a file's name here */
    assert_int_equal(run_with(*state, sample("report.pdf"), "max-pages", "3"), RECTO_CODE_LIMIT);
    assert_int_equal(run_with(*state, sample("report.pdf"), "max-bytes", "1k"), RECTO_CODE_LIMIT);
    assert_int_equal(run_with(*state, sample("report.pdf"), "pages", "99"), RECTO_CODE_ARGUMENT);
    assert_int_equal(run_with(*state, sample("letter.png"), "max-pixels", "1000"),
                     RECTO_CODE_LIMIT);
    assert_int_equal(run_with(*state, sample("letter.png"), "document-timeout", "0.01"),
                     RECTO_CODE_TIMEOUT);
    assert_int_equal(recto_job_input_file(job, sample("report.pdf")), RECTO_CODE_OK);
    assert_int_equal(recto_job_output_file(job, "md", "/nowhere/x.md"), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_OUTPUT);
    recto_job_free(job);
    job = recto_job_new(*state);
    assert_int_equal(recto_job_input_memory(job, "", 0, "nothing"), RECTO_CODE_OK);
    assert_int_equal(recto_job_run(job), RECTO_CODE_FORMAT);
    recto_job_free(job);
}

static void recto_memory_has_a_limit(void **state)
{
    static const char *const settings[] = {"max-memory", "8M", NULL};
    recto_engine *engine = open_engine(settings);
    (void)state;
    assert_int_equal(run_with(engine, sample("letter.png"), NULL, NULL), RECTO_CODE_LIMIT);
    recto_engine_close(engine);
}

/* --- processes and threads ---------------------------------------------------------------- */

enum { N_THREADS = 2, N_ROUNDS = 3 };

typedef struct worker {
    pthread_t thread;
    recto_engine *engine;
    bytes out[N_ROUNDS];
    recto_code code[N_ROUNDS];
} worker;

static const char *const WORK[N_ROUNDS] = {"letter.png", "report.pdf", "fax.tif"};

static void *work(void *user)
{
    worker *w = user;
    char path[4096];
    for (int i = 0; i < N_ROUNDS; i++) {
        snprintf(path, sizeof path, "%s/%s", getenv("RECTO_SAMPLES"), WORK[i]);
        w->code[i] = convert(&w->out[i], w->engine, path, "json");
    }
    return NULL;
}

static void recto_engines_work_side_by_side(void **state)
{
    worker w[N_THREADS] = {{0}};
    for (int t = 0; t < N_THREADS; t++)
        w[t].engine = open_engine(NULL);
    for (int t = 0; t < N_THREADS; t++)
        assert_int_equal(pthread_create(&w[t].thread, NULL, work, &w[t]), 0);
    for (int t = 0; t < N_THREADS; t++)
        assert_int_equal(pthread_join(w[t].thread, NULL), 0);
    for (int i = 0; i < N_ROUNDS; i++) {
        bytes alone = {0};
        assert_int_equal(convert(&alone, *state, sample(WORK[i]), "json"), RECTO_CODE_OK);
        for (int t = 0; t < N_THREADS; t++) {
            assert_int_equal(w[t].code[i], RECTO_CODE_OK);
            assert_same(alone, w[t].out[i]);
            free(w[t].out[i].data);
        }
        free(alone.data);
    }
    for (int t = 0; t < N_THREADS; t++)
        recto_engine_close(w[t].engine);
}

static void *open_in_thread(void *user)
{
    worker *w = user;
    char message[256];
    w->code[0] = recto_engine_open(&w->engine, NULL, message, sizeof message);
    return NULL;
}

/* Its processes must not end with the thread that made them. */
static void recto_engine_outlives_the_thread_that_opened_it(void **state)
{
    worker w = {0};
    bytes out = {0};
    (void)state;
    assert_int_equal(pthread_create(&w.thread, NULL, open_in_thread, &w), 0);
    assert_int_equal(pthread_join(w.thread, NULL), 0);
    assert_int_equal(w.code[0], RECTO_CODE_OK);
    usleep(100000);
    assert_int_equal(convert(&out, w.engine, sample("blank.png"), "md"), RECTO_CODE_OK);
    recto_engine_close(w.engine);
    free(out.data);
}

/* In a process of its own, which has no other engine. */
static int leaves_no_process(void)
{
    bytes out = {0};
    for (int round = 0; round < 2; round++) {
        recto_engine *engine;
        if (round == 1)
            signal(SIGCHLD, SIG_IGN); /* a program may not care for its children */
        if (recto_engine_open(&engine, NULL, NULL, 0) != RECTO_CODE_OK ||
            convert(&out, engine, sample("blank.png"), "md") != RECTO_CODE_OK)
            return 1;
        recto_engine_close(engine);
        if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
            return 2;
    }
    free(out.data);
    return 0;
}

static void assert_in_child(int (*run)(void))
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(run());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void recto_engine_leaves_no_process(void **state)
{
    (void)state;
    assert_in_child(leaves_no_process);
}

static void recto_engine_leaves_the_caller_free(void **state)
{
    struct rlimit core;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)state;
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_true(core.rlim_max > 0);
}

/* In a process of its own, since it is for good. */
static int restricted(void)
{
    static const char *const settings[] = {"sandbox-engine", "yes", NULL};
    recto_engine *engine;
    struct rlimit core;
    bytes out = {0};
    if (recto_engine_open(&engine, settings, NULL, 0) != RECTO_CODE_OK)
        return 1;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES)
        return 2;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0)
        return 3;
    if (convert(&out, engine, sample("letter.png"), "md") != RECTO_CODE_OK || out.size < 100)
        return 4;
    recto_engine_close(engine);
    free(out.data);
    return 0;
}

static void recto_engine_restricts_the_caller_when_asked(void **state)
{
    (void)state;
    assert_in_child(restricted);
}

static void recto_engine_works_without_a_sandbox(void **state)
{
    static const char *const settings[] = {"sandbox", "no", NULL};
    bytes with = {0}, without = {0};
    recto_engine *engine = open_engine(settings);
    assert_int_equal(convert(&without, engine, sample("fax.tif"), "json"), RECTO_CODE_OK);
    assert_int_equal(convert(&with, *state, sample("fax.tif"), "json"), RECTO_CODE_OK);
    assert_non_null(strstr(without.data, "\"sandbox\": false"));
    assert_null(strstr(with.data, "\"sandbox\""));
    recto_engine_close(engine);
    free(with.data);
    free(without.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recto_version_is_the_headers),
        cmocka_unit_test(recto_codes_keep_their_numbers_and_names),
        cmocka_unit_test(recto_engine_refuses_wrong_settings),
        cmocka_unit_test(recto_job_refuses_what_makes_no_sense),
        cmocka_unit_test(recto_job_settings_go_over_the_engines),
        cmocka_unit_test(recto_models_belong_to_the_engine),
        cmocka_unit_test(recto_outputs_of_each_kind_are_the_same),
        cmocka_unit_test(recto_inputs_of_each_kind_are_the_same),
        cmocka_unit_test(recto_pieces_are_pages),
        cmocka_unit_test(recto_page_files_go_where_they_are_told),
        cmocka_unit_test(recto_output_never_replaces_the_input),
        cmocka_unit_test(recto_pages_are_told_in_order),
        cmocka_unit_test(recto_page_function_cancels),
        cmocka_unit_test(recto_job_is_cancelled_by_another_thread),
        cmocka_unit_test(recto_output_function_may_refuse),
        cmocka_unit_test(recto_passwords_open_what_is_sealed),
        cmocka_unit_test(recto_failures_have_their_codes),
        cmocka_unit_test(recto_memory_has_a_limit),
        cmocka_unit_test(recto_engines_work_side_by_side),
        cmocka_unit_test(recto_engine_outlives_the_thread_that_opened_it),
        cmocka_unit_test(recto_engine_leaves_no_process),
        cmocka_unit_test(recto_engine_leaves_the_caller_free),
        cmocka_unit_test(recto_engine_restricts_the_caller_when_asked),
        cmocka_unit_test(recto_engine_works_without_a_sandbox),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
