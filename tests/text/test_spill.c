/* Protects: a page comes back from the spill as it went in, in any order, and damage on disk is an
 * error and never a crash or a huge allocation. */
#include "check.h"

#include "text/build_page.h"
#include "text/spill.h"
#include "text/writer.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

/* The whole model as JSON: equal texts mean equal pages. */
static char *json_of(const recto_page *page, recto_arena *a)
{
    const recto_docinfo info = {.source_name = "x"};
    const recto_writer *w = recto_writer_json_compact();
    recto_buf out = RECTO_BUF_INIT;
    void *ws = NULL;
    w->begin(&out, &ws, &info, a);
    w->page(&out, ws, &info, page);
    w->end(&out, ws, &info);
    assert_int_equal(recto_buf_status(&out, NULL), RECTO_OK);
    char *text = recto_arena_text(a, recto_buf_cstr(&out), out.len);
    recto_buf_free(&out);
    return text;
}

static void pages_come_back_as_they_went_in(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_page *full = build_full_page(a);
    full->skew_deg = -1.25f;
    full->turned_deg = 90;
    full->flags = RECTO_FLAG_ROTATED | RECTO_FLAG_DAMAGED;
    recto_page *empty = build_page(a, 2);
    empty->reason = NULL;
    recto_page failed = {
        .number = 3, .conf = 1, .status = RECTO_STATUS_COUNT - 1, .error = "it died"};
    const recto_page *pages[] = {full, empty, &failed};
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    for (int i = 0; i < 3; i++)
        assert_int_equal(recto_spill_add(s, pages[i], NULL), RECTO_OK);
    assert_int_equal(recto_spill_count(s), 3);
    for (int i = 2; i >= 0; i--) {
        recto_page back;
        assert_int_equal(recto_spill_read(&back, s, i, a, NULL), RECTO_OK);
        assert_string_equal(json_of(&back, a), json_of(pages[i], a));
        assert_int_equal(recto_doc_check(&back, NULL), RECTO_OK);
        assert_int_equal(back.n_blocks, pages[i]->n_blocks);
    }
    recto_page back; /* what JSON does not show */
    assert_int_equal(recto_spill_read(&back, s, 0, a, NULL), RECTO_OK);
    assert_float_equal(back.blocks[1].lines->baseline, full->blocks[1].lines->baseline, 0);
    assert_float_equal(back.blocks[1].size, 20, 0);
    assert_int_equal(back.blocks[1].lines->region, -1);
    assert_null(back.blocks[1].marker);
    recto_spill_close(s);
    recto_spill_close(NULL);
    recto_arena_free(a);
}

static void adding_after_reading_appends(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    for (int i = 0; i < 300; i++) {
        recto_page back;
        assert_int_equal(recto_spill_add(s, build_page(a, i + 1), NULL), RECTO_OK);
        assert_int_equal(recto_spill_read(&back, s, i / 2, a, NULL), RECTO_OK);
        assert_int_equal(back.number, i / 2 + 1);
    }
    recto_page back;
    assert_int_equal(recto_spill_read(&back, s, 300, a, NULL), RECTO_ERR_ARG);
    assert_int_equal(recto_spill_read(&back, s, -1, a, NULL), RECTO_ERR_ARG);
    assert_null(back.blocks);
    recto_spill_close(s);
    recto_arena_free(a);
}

/* The spill's descriptor: the one that was opened last. */
static int newest_fd(void)
{
    int probe = dup(0);
    close(probe);
    return probe - 1;
}

static void damage_is_an_error_and_no_crash(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_arena *small = recto_arena_new(0, 1 << 20); /* a believed count would exceed this */
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    int fd = newest_fd();
    assert_int_equal(recto_spill_add(s, build_full_page(a), NULL), RECTO_OK);
    off_t size = lseek(fd, 0, SEEK_END);
    assert_true(size > 1000);
    int n_refused = 0;
    for (off_t at = 0; at < size; at++) {
        for (int k = 0; k < 2; k++) {
            uint8_t right;
            uint8_t wrong = k == 0 ? 0xFF : 0;
            assert_int_equal(pread(fd, &right, 1, at), 1);
            assert_int_equal(pwrite(fd, &wrong, 1, at), 1);
            recto_page back;
            recto_status status = recto_spill_read(&back, s, 0, small, NULL);
            assert_true(status == RECTO_OK || status == RECTO_ERR_FORMAT);
            n_refused += status != RECTO_OK;
            recto_arena_clear(small);
            assert_int_equal(pwrite(fd, &right, 1, at), 1);
        }
    }
    assert_true(n_refused > 200);
    recto_page back;
    recto_error err;
    assert_int_equal(recto_spill_read(&back, s, 0, small, NULL), RECTO_OK);
    assert_int_equal(ftruncate(fd, size - 1), 0);
    assert_int_equal(recto_spill_read(&back, s, 0, small, &err), RECTO_ERR_FORMAT);
    assert_string_equal(err.msg, "temporary file: truncated");
    assert_null(back.blocks);
    recto_spill_close(s);
    recto_arena_free(small);
    recto_arena_free(a);
}

static void out_of_memory_is_told_at_every_allocation(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_spill *s = NULL;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    assert_int_equal(recto_spill_add(s, build_full_page(a), NULL), RECTO_OK);
    recto_status status = RECTO_ERR_NOMEM;
    int n_failed = 0;
    for (size_t limit = 16; status != RECTO_OK && limit < 1 << 20; limit += 64, n_failed++) {
        recto_arena *tight = recto_arena_new(64, limit);
        recto_page back;
        status = recto_spill_read(&back, s, 0, tight, NULL);
        assert_true(status == RECTO_OK || status == RECTO_ERR_NOMEM);
        recto_arena_free(tight);
    }
    assert_int_equal(status, RECTO_OK);
    assert_true(n_failed > 20);
    recto_spill_close(s);
    recto_arena_free(a);
}

static void a_full_disk_costs_only_the_page_under_way(void **state)
{
    (void)state;
    recto_arena *a = recto_arena_new(0, 0);
    recto_spill *s = NULL;
    recto_page back;
    recto_error err;
    struct rlimit old;
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_OK);
    assert_int_equal(recto_spill_add(s, build_page(a, 1), NULL), RECTO_OK);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    struct rlimit full = {.rlim_cur = 500, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
    recto_status status = recto_spill_add(s, build_full_page(a), &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(status, RECTO_ERR_OUTPUT);
    assert_int_equal(err.sys, EFBIG);
    assert_int_equal(recto_spill_count(s), 1);
    assert_int_equal(recto_spill_add(s, build_page(a, 3), NULL), RECTO_OK);
    assert_int_equal(recto_spill_read(&back, s, 0, a, NULL), RECTO_OK);
    assert_int_equal(back.number, 1);
    assert_int_equal(recto_spill_read(&back, s, 1, a, NULL), RECTO_OK);
    assert_int_equal(back.number, 3);
    recto_spill_close(s);
    recto_arena_free(a);
}

static void no_place_for_the_file_is_an_output_error(void **state)
{
    (void)state;
    recto_spill *s = NULL;
    setenv("TMPDIR", "/nonexistent", 1);
    assert_int_equal(recto_spill_open(&s, NULL), RECTO_ERR_OUTPUT);
    assert_null(s);
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_come_back_as_they_went_in),
        cmocka_unit_test(adding_after_reading_appends),
        cmocka_unit_test(damage_is_an_error_and_no_crash),
        cmocka_unit_test(out_of_memory_is_told_at_every_allocation),
        cmocka_unit_test(a_full_disk_costs_only_the_page_under_way),
        cmocka_unit_test(no_place_for_the_file_is_an_output_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
