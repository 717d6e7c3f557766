/* Protects searchable copies behind the border to the parsing process: the same bytes as without
 * it, and a parser that dies or lies takes the copy with it but nothing else. */
#include "check.h"
#include "copy_build.h"
#include "pdf_build.h"
#include "remote_port.h"

static const char DRAWING[] = "0.5 g 50 50 300 200 re f\n";

typedef struct far {
    pdf_build b;
    remote_port port;
    recto_source *s;
} far;

static void far_open(far *f)
{
    recto_error err = {0};
    *f = (far){.b = {.out = RECTO_BUF_INIT}};
    pdf_build_page(&f->b, DRAWING, "", "");
    pdf_build_finish(&f->b, "");
    f->port.bytes = (const uint8_t *)f->b.out.data;
    f->port.size = f->b.out.len;
    require_ok(recto_source_remote_open(&f->s, remote_port_make(&f->port), NULL, &err), &err);
}

static void far_close(far *f)
{
    recto_source_close(f->s);
    remote_port_free(&f->port);
    recto_buf_free(&f->b.out);
}

static void test_the_same_through_the_border(void **state)
{
    (void)state;
    enum { MANY = 40000 }; /* words: more than one request holds */
    far f;
    recto_buf here = RECTO_BUF_INIT, there = RECTO_BUF_INIT;
    recto_word *words = calloc(MANY, sizeof *words);
    assert_non_null(words);
    for (int i = 0; i < MANY; i++) {
        float x = 10.0f + (float)(i % 100) * 5, y = 300.0f + (float)(i / 100);
        words[i] = (recto_word){{x, y, x + 4, y + 1}, "W\xC3\xB6rtchen", 1, 0};
    }
    recto_line lines[2] = {LINE, {.box = {10, 300, 510, 710}, .words = words, .n_words = MANY}};
    lines[1].baseline = 600;
    lines[1].size = 5;
    recto_source_copy_page page = PAGE;
    page.lines = lines;
    page.n_lines = 2;
    far_open(&f);
    copy_with(&there, f.s, f.b.out.data, f.b.out.len, &page);
    recto_source *s = pdf_build_open(&f.b, NULL);
    copy_with(&here, s, f.b.out.data, f.b.out.len, &page);
    recto_source_close(s);
    s = open_bytes(there.data, there.len);
    recto_arena *keep = recto_arena_new(0, 0);
    require_place(hidden_word(s, WORDS[0].text, keep), 100, 160, 210);
    recto_arena_free(keep);
    recto_source_close(s);
    recto_buf once = RECTO_BUF_INIT;
    copy_with(&once, f.s, f.b.out.data, f.b.out.len, &page);
    assert_int_equal(once.len, there.len);
    assert_memory_equal(once.data, there.data, there.len);
    free(words);
    far_close(&f);
    recto_buf_free(&here);
    recto_buf_free(&there);
    recto_buf_free(&once);
}

/* A small page gives the same bytes on both sides of the border. */
static void test_small_page_byte_by_byte(void **state)
{
    (void)state;
    far f;
    recto_buf here = RECTO_BUF_INIT, there = RECTO_BUF_INIT;
    far_open(&f);
    copy_with(&there, f.s, f.b.out.data, f.b.out.len, &PAGE);
    recto_source *s = pdf_build_open(&f.b, NULL);
    copy_with(&here, s, f.b.out.data, f.b.out.len, &PAGE);
    assert_int_equal(here.len, there.len);
    assert_memory_equal(here.data, there.data, there.len);
    recto_source_close(s);
    far_close(&f);
    recto_buf_free(&here);
    recto_buf_free(&there);
}

/* The server is lost in the middle: that copy is, but another can be begun. */
static void test_lost_server(void **state)
{
    (void)state;
    static const uint32_t kinds[] = {RECTO_SOURCE_WIRE_COPY_WORDS, RECTO_SOURCE_WIRE_COPY_PAGE,
                                     RECTO_SOURCE_WIRE_COPY_TAKE, RECTO_SOURCE_WIRE_COPY_END};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        far f;
        recto_error err = {0};
        recto_buf out = RECTO_BUF_INIT;
        bool keeps;
        char room[100];
        size_t got;
        far_open(&f);
        f.port.bend_kind = kinds[i];
        f.port.call_fails = RECTO_ERR_TIMEOUT;
        require_ok(recto_source_copy_begin(&keeps, f.s, &PLAIN, &err), &err);
        recto_status st = recto_source_copy_add(f.s, &PAGE, &err);
        if (st == RECTO_OK)
            st = recto_source_copy_take(&got, room, sizeof room, f.s, &err);
        if (st == RECTO_OK)
            st = recto_source_copy_end(f.s, &err);
        assert_int_equal(st, RECTO_ERR_TIMEOUT);
        assert_int_not_equal(recto_source_copy_end(f.s, &err), RECTO_OK);
        recto_source_facts facts;
        require_ok(recto_source_page_facts(&facts, f.s, 0, &err), &err);
        copy_with(&out, f.s, f.b.out.data, f.b.out.len, &PAGE);
        far_close(&f);
        recto_buf_free(&out);
    }
}

static void bend_size(uint8_t *reply, uint64_t *size, void *user)
{
    (void)reply;
    *size += *(const uint64_t *)user;
}

static void bend_number(uint8_t *reply, uint64_t *size, void *user)
{
    (void)size;
    memcpy(reply + sizeof(recto_source_wire_head), user, sizeof(uint64_t));
}

static void test_nonsense_is_a_crash(void **state)
{
    (void)state;
    uint64_t one = 1, much = UINT64_MAX;
    const struct {
        uint32_t kind;
        void (*bend)(uint8_t *reply, uint64_t *size, void *user);
        void *user;
    } bends[] = {{RECTO_SOURCE_WIRE_COPY_BEGIN, bend_size, &one},
                 {RECTO_SOURCE_WIRE_COPY_WORDS, bend_size, &one},
                 {RECTO_SOURCE_WIRE_COPY_PAGE, bend_size, &one},
                 {RECTO_SOURCE_WIRE_COPY_END, bend_size, &one},
                 {RECTO_SOURCE_WIRE_COPY_TAKE, bend_size, &one},
                 {RECTO_SOURCE_WIRE_COPY_TAKE, bend_number, &much}};
    for (size_t i = 0; i < sizeof bends / sizeof *bends; i++) {
        far f;
        recto_error err = {0};
        bool keeps;
        char room[100];
        size_t got;
        far_open(&f);
        f.port.bend_kind = bends[i].kind;
        f.port.bend = bends[i].bend;
        f.port.user = bends[i].user;
        recto_status st = recto_source_copy_begin(&keeps, f.s, &PLAIN, &err);
        if (st == RECTO_OK)
            st = recto_source_copy_add(f.s, &PAGE, &err);
        if (st == RECTO_OK)
            st = recto_source_copy_take(&got, room, sizeof room, f.s, &err);
        if (st == RECTO_OK)
            st = recto_source_copy_end(f.s, &err);
        assert_int_equal(st, RECTO_ERR_CRASH);
        far_close(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_same_through_the_border),
        cmocka_unit_test(test_small_page_byte_by_byte),
        cmocka_unit_test(test_lost_server),
        cmocka_unit_test(test_nonsense_is_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
