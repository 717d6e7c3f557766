/* The document job: events, kept pages, deadlines. */
#include "pipeline/convert.h"

#include "core/buf.h"
#include "core/file.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { N_PAGES = 20 };

/* A PDF of N_PAGES pages with a line of text each, and a file attached. */
static int make_pdf(void)
{
    recto_buf b = RECTO_BUF_INIT;
    size_t offset[2 * N_PAGES + 5];
    int n = 0, fd = -1;
    recto_buf_text(&b, "%PDF-1.6\n");
    offset[++n] = b.len;
    recto_buf_printf(&b,
                     "1 0 obj\n<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names "
                     "[(f) << /Type /Filespec /F (f.txt) /EF << /F %d 0 R >> >>] >> >> "
                     ">>\nendobj\n",
                     2 * N_PAGES + 4);
    offset[++n] = b.len;
    recto_buf_text(&b, "2 0 obj\n<< /Type /Pages /Kids [");
    for (int i = 0; i < N_PAGES; i++)
        recto_buf_printf(&b, "%d 0 R ", 4 + 2 * i);
    recto_buf_printf(&b, "] /Count %d >>\nendobj\n", N_PAGES);
    offset[++n] = b.len;
    recto_buf_text(&b, "3 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n");
    for (int i = 0; i < N_PAGES; i++) {
        char content[80];
        int len = snprintf(content, sizeof content, "BT /F1 12 Tf 50 300 Td (Page number %d) Tj ET",
                           i + 1);
        offset[++n] = b.len;
        recto_buf_printf(&b,
                         "%d 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] /Contents "
                         "%d 0 R /Resources << /Font << /F1 3 0 R >> >> >>\nendobj\n",
                         n, n + 1);
        offset[++n] = b.len;
        recto_buf_printf(&b, "%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n", n, len,
                         content);
    }
    offset[++n] = b.len;
    recto_buf_printf(&b, "%d 0 obj\n<< /Length 5 >>\nstream\nhello\nendstream\nendobj\n", n);
    size_t start = b.len;
    recto_buf_printf(&b, "xref\n0 %d\n0000000000 65535 f \n", n + 1);
    for (int i = 1; i <= n; i++)
        recto_buf_printf(&b, "%010zu 00000 n \n", offset[i]);
    recto_buf_printf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", n + 1,
                     start);
    assert_int_equal(recto_file_temp(&fd, NULL), RECTO_OK);
    assert_int_equal(recto_file_write(fd, b.data, b.len, NULL), RECTO_OK);
    recto_buf_free(&b);
    return fd;
}

/* One call of the job and what it told. */
typedef struct call {
    recto_options opt;
    recto_model_slot slot;
    recto_convert_result result;
    recto_buf text;
    int stop_at; /* pages done when it is stopped; -1 = never */
    int n_told;  /* pages */
    int n_attachments;
    const char *pages_path;
} call;

static bool on_page(void *user, const char *name, int page_done, int n_pages)
{
    const call *c = user;
    (void)name;
    (void)n_pages;
    return page_done == c->stop_at;
}

static void on_record(void *user, const recto_page_record *r)
{
    call *c = user;
    assert_int_equal(r->number, ++c->n_told);
    assert_int_equal(r->status, RECTO_OK);
}

static recto_status take(void *user, int page, const void *bytes, size_t size, recto_error *err)
{
    (void)page;
    (void)err;
    recto_buf_add(user, bytes, size);
    return RECTO_OK;
}

/* Attachments are documents of their own: the time of the one they lie in is not theirs. */
static recto_status on_attachments(void *user, recto_source *source, int n,
                                   recto_deadline *deadline, recto_error *err)
{
    call *c = user;
    c->n_attachments = n;
    assert_non_null(source);
    assert_true(deadline->document_s <= 0 && deadline->page_s <= 0);
    recto_deadline_grant_page(deadline, 1e-9);
    assert_int_equal(recto_deadline_check(deadline, err), RECTO_ERR_TIMEOUT);
    recto_deadline_grant_page(deadline, 0);
    return recto_deadline_check(deadline, err);
}

static recto_status convert(call *c, int fd)
{
    const recto_output output = {
        .writer = recto_writer_lookup("json"), .fd = -1, .write = take, .user = &c->text};
    const recto_convert_events events = {
        .user = c, .page = on_record, .attachments = on_attachments};
    recto_error err = {0};
    c->opt.on_page = on_page;
    c->opt.user = c;
    recto_convert_job job = {.fd = fd,
                             .name = "pages.pdf",
                             .outputs = &output,
                             .n_outputs = 1,
                             .pages_path = c->pages_path,
                             .pages_key = "settings",
                             .opt = &c->opt,
                             .slot = &c->slot,
                             .events = &events};
    recto_status st = recto_convert_document(&c->result, &job, &err);
    recto_model_slot_close(&c->slot);
    return st;
}

static call new_call(recto_reader_choice reader)
{
    call c = {.stop_at = -1};
    recto_options_defaults(&c.opt);
    c.opt.reader = reader;
    c.opt.dpi = 100;
    return c;
}

static void every_page_is_told_of_once_and_in_order(void **state)
{
    int fd = make_pdf();
    call c = new_call(RECTO_CHOOSE_AUTO);
    (void)state;
    c.opt.timeout_s = c.opt.document_timeout_s = 600;
    assert_int_equal(convert(&c, fd), RECTO_OK);
    assert_int_equal(c.n_told, N_PAGES);
    assert_int_equal(c.n_attachments, 1);
    assert_int_equal(c.result.n_pages, N_PAGES);
    assert_string_equal(c.result.format, "pdf");
    assert_int_equal(strlen(c.result.sha256), 64);
    recto_buf_free(&c.text);
    close(fd);
}

static void kept_pages_are_not_read_again(void **state)
{
    char path[] = "/tmp/recto-convert-XXXXXX";
    int fd = make_pdf(), named = mkstemp(path);
    (void)state;
    close(named);
    call whole = new_call(RECTO_CHOOSE_LINE), first = new_call(RECTO_CHOOSE_LINE),
         second = new_call(RECTO_CHOOSE_LINE);
    assert_int_equal(convert(&whole, fd), RECTO_OK);
    first.pages_path = second.pages_path = path;
    first.stop_at = N_PAGES; /* all are read, nothing is written */
    assert_int_equal(convert(&first, fd), RECTO_ERR_CANCELLED);
    assert_int_equal(first.n_told, N_PAGES);
    assert_int_equal(access(path, F_OK), 0);
    /* no page may be read now: no time is granted for one */
    second.opt.timeout_s = 1e-9;
    assert_int_equal(convert(&second, fd), RECTO_OK);
    assert_int_equal(second.n_told, N_PAGES);
    assert_string_equal(recto_buf_cstr(&second.text), recto_buf_cstr(&whole.text));
    assert_int_equal(access(path, F_OK), -1);
    recto_buf_free(&whole.text);
    recto_buf_free(&first.text);
    recto_buf_free(&second.text);
    close(fd);
}

static void a_document_goes_on_behind_its_kept_pages(void **state)
{
    char path[] = "/tmp/recto-convert-XXXXXX";
    int fd = make_pdf(), named = mkstemp(path);
    (void)state;
    close(named);
    call first = new_call(RECTO_CHOOSE_AUTO), second = new_call(RECTO_CHOOSE_AUTO);
    first.pages_path = second.pages_path = path;
    first.stop_at = 7;
    assert_int_equal(convert(&first, fd), RECTO_ERR_CANCELLED);
    second.opt.timeout_s = 1e-9;
    /* the first seven are there; the others get no time and fail, each for itself */
    recto_convert_events none = {0};
    const recto_output output = {
        .writer = recto_writer_lookup("txt"), .fd = -1, .write = take, .user = &second.text};
    recto_convert_job job = {.fd = fd,
                             .name = "pages.pdf",
                             .outputs = &output,
                             .n_outputs = 1,
                             .pages_path = path,
                             .pages_key = "settings",
                             .opt = &second.opt,
                             .slot = &second.slot,
                             .events = &none};
    assert_int_equal(recto_convert_document(&second.result, &job, NULL), RECTO_OK);
    assert_int_equal(second.result.n_failed, N_PAGES - 7);
    assert_non_null(strstr(recto_buf_cstr(&second.text), "Page number 7"));
    assert_null(strstr(recto_buf_cstr(&second.text), "Page number 8"));
    recto_model_slot_close(&second.slot);
    recto_buf_free(&first.text);
    recto_buf_free(&second.text);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_page_is_told_of_once_and_in_order),
        cmocka_unit_test(kept_pages_are_not_read_again),
        cmocka_unit_test(a_document_goes_on_behind_its_kept_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
