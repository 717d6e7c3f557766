/* Protects: every file inside a PDF is found once, has a name that can be a file's, and comes out
 * whole, in this process and through another one; hostile trees and bombs end in an error. */
#include "check.h"
#include "pdf_build.h"
#include "remote_port.h"

#include "core/file.h"

#include <unistd.h>

/* A document: the catalog with `names`, the page with `annots`, then objects of the test (8...). */
static void begin(pdf_build *b, const char *catalog, const char *page)
{
    char text[512];
    *b = (pdf_build){.out = RECTO_BUF_INIT};
    snprintf(text, sizeof text, "<< /Type /Catalog /Pages 2 0 R %s >>", catalog);
    pdf_build_object(b, text);
    pdf_build_object(b, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    snprintf(text, sizeof text,
             "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R %s >>", page);
    pdf_build_object(b, text);
    pdf_build_stream(b, "", "0 0 1 rg", 8);
}

static const char PLAIN[] = "/Type /EmbeddedFile";

typedef struct both {
    recto_source *s[2]; /* in this process, through another */
    remote_port port;
} both;

static void open_both(both *o, const pdf_build *b)
{
    *o = (both){.port = {.bytes = (const uint8_t *)b->out.data, .size = b->out.len}};
    o->s[0] = pdf_build_open(b, NULL);
    assert_int_equal(recto_source_remote_open(&o->s[1], remote_port_make(&o->port), NULL, NULL),
                     RECTO_OK);
}

static void close_both(both *o)
{
    recto_source_close(o->s[0]);
    recto_source_close(o->s[1]);
    remote_port_free(&o->port);
}

static int count(recto_source *s)
{
    int n = -1;
    assert_int_equal(recto_source_attachment_count(&n, s, NULL), RECTO_OK);
    return n;
}

static void require_name(recto_source *s, int k, const char *name, uint64_t size)
{
    recto_source_attachment a;
    assert_int_equal(recto_source_attachment_info(&a, s, k, NULL), RECTO_OK);
    assert_string_equal(a.name, name);
    assert_int_equal(a.size, size);
}

/* The bytes of attachment k; *out is malloc'd. */
static recto_status bytes_of(char **out, size_t *len, recto_source *s, int k, uint64_t limit,
                             recto_error *err)
{
    int fd;
    *out = NULL;
    assert_int_equal(recto_file_temp(&fd, NULL), RECTO_OK);
    recto_status status = recto_source_attachment_write(s, k, fd, limit, err);
    if (status == RECTO_OK) {
        *len = (size_t)lseek(fd, 0, SEEK_END);
        *out = malloc(*len + 1);
        assert_int_equal(pread(fd, *out, *len, 0), *len);
        (*out)[*len] = '\0';
    }
    close(fd);
    return status;
}

static void require_bytes(recto_source *s, int k, const char *text)
{
    char *got;
    size_t len = 0;
    recto_error err = {0};
    if (bytes_of(&got, &len, s, k, 0, &err) != RECTO_OK)
        fail_msg("%s", err.msg);
    assert_int_equal(len, strlen(text));
    assert_string_equal(got, text);
    free(got);
}

static void attachments_come_from_names_and_annotations(void **state)
{
    (void)state;
    pdf_build b;
    begin(&b, "/Names << /EmbeddedFiles 5 0 R >>", "/Annots [9 0 R 10 0 R 13 0 R]");
    pdf_build_object(&b, "<< /Kids [6 0 R] >>");
    pdf_build_object(&b, "<< /Names [(one) 7 0 R (not one) 12 0 R] >>");
    pdf_build_object(
        &b, "<< /Type /Filespec /F (a.txt) /UF <FEFF00FC002E007400780074> /EF << /F 8 0 R >> >>");
    pdf_build_stream(&b, "/Type /EmbeddedFile /Params << /Size 5 >>", "first", 5);
    pdf_build_object(&b, "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS 7 0 R >>");
    pdf_build_object(&b, "<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS "
                         "<< /F (b.xml) /EF << /F 11 0 R >> >> >>");
    pdf_build_stream(&b, PLAIN, "<second/>", 9);
    pdf_build_object(&b, "<< /Type /Filespec /F (only a reference.txt) >>");
    pdf_build_object(&b, "<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] >>");
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(count(o.s[k]), 2);
        require_name(o.s[k], 0, "\xC3\xBC.txt", 5);
        require_name(o.s[k], 1, "b.xml", 0);
        require_bytes(o.s[k], 0, "first");
        require_bytes(o.s[k], 1, "<second/>");
        require_bytes(o.s[k], 0, "first"); /* once more */
        recto_source_attachment a;
        recto_error err = {0};
        assert_int_equal(recto_source_attachment_info(&a, o.s[k], 2, &err), RECTO_ERR_ARG);
        assert_int_equal(recto_source_attachment_write(o.s[k], -1, 1, 0, &err), RECTO_ERR_ARG);
        assert_string_equal(err.msg, "there is no attachment 0: the document has 2");
    }
    close_both(&o);
    recto_buf_free(&b.out);
}

static void attachments_have_names_that_files_can_have(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *name;
    } names[] = {
        {"plain.pdf", "plain.pdf"},
        {"../../etc/passwd", "passwd"},
        {"C:\\\\temp\\\\a b.doc", "a b.doc"},
        {"", "attachment"},
        {"..", "attachment"},
        {"a/..", "attachment"},
        {"folder/", "attachment"},
        {"bell\\007 tab\\tend ", "bell tab end"},
        {"dir/ lead", "lead"},
    };
    enum { N = sizeof names / sizeof *names };
    pdf_build b;
    recto_buf list = RECTO_BUF_INIT;
    begin(&b, "/Names << /EmbeddedFiles 5 0 R >>", "");
    recto_buf_text(&list, "<< /Names [");
    for (int i = 0; i < N; i++)
        recto_buf_printf(&list, "(k%d) << /F (%s) /EF << /F %d 0 R >> >> ", i, names[i].raw, 6 + i);
    recto_buf_text(&list, "] >>");
    pdf_build_object(&b, list.data);
    for (int i = 0; i < N; i++)
        pdf_build_stream(&b, PLAIN, "x", 1);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(count(o.s[k]), N);
        for (int i = 0; i < N; i++)
            require_name(o.s[k], i, names[i].name, 0);
    }
    close_both(&o);
    recto_buf_free(&b.out);
    recto_buf_free(&list);
}

static void attachments_cut_long_names_at_a_character(void **state)
{
    (void)state;
    pdf_build b;
    recto_buf list = RECTO_BUF_INIT;
    begin(&b, "/Names << /EmbeddedFiles 5 0 R >>", "");
    recto_buf_text(&list, "<< /Names [(k) << /UF <FEFF");
    for (int i = 0; i < 150; i++)
        recto_buf_text(&list, i == 0 ? "0061" : "00E4");
    recto_buf_text(&list, "> /EF << /F 6 0 R >> >>] >>");
    pdf_build_object(&b, list.data);
    pdf_build_stream(&b, PLAIN, "x", 1);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        recto_source_attachment a;
        assert_int_equal(recto_source_attachment_info(&a, o.s[k], 0, NULL), RECTO_OK);
        assert_int_equal(strlen(a.name), 199);
    }
    close_both(&o);
    recto_buf_free(&b.out);
    recto_buf_free(&list);
}

static void attachments_larger_than_a_piece_come_whole(void **state)
{
    (void)state;
    pdf_build b;
    const size_t len = (5u << 20) / 2 + 17;
    char *big = malloc(len + 1);
    assert_non_null(big);
    for (size_t i = 0; i < len; i++)
        big[i] = (char)('a' + (i * 7 + i / 1000) % 26);
    big[len] = '\0';
    begin(&b, "/Names << /EmbeddedFiles << /Names [(k) 5 0 R (exact) 7 0 R] >> >>", "");
    pdf_build_object(&b, "<< /F (big) /EF << /F 6 0 R >> >>");
    pdf_build_stream(&b, PLAIN, big, len);
    pdf_build_object(&b, "<< /F (exact) /EF << /F 8 0 R >> >>");
    pdf_build_stream(&b, PLAIN, big, 1u << 20); /* ends where a piece ends */
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        require_bytes(o.s[k], 0, big);
        char *got;
        size_t n = 0;
        assert_int_equal(bytes_of(&got, &n, o.s[k], 1, 1u << 20, NULL), RECTO_OK);
        assert_int_equal(n, 1u << 20);
        free(got);
    }
    close_both(&o);
    recto_buf_free(&b.out);
    free(big);
}

static void attachments_over_the_limit_end_early(void **state)
{
    (void)state;
    enum { RUNS = 40000 }; /* 5 MB of a's in 80 KB */
    pdf_build b;
    uint8_t *runs = malloc(2 * RUNS + 1);
    assert_non_null(runs);
    for (int i = 0; i < RUNS; i++) {
        runs[2 * i] = 129;
        runs[2 * i + 1] = 'a';
    }
    runs[2 * RUNS] = 128;
    begin(&b, "/Names << /EmbeddedFiles << /Names [(k) 5 0 R] >> >>", "");
    pdf_build_object(&b, "<< /F (bomb) /EF << /F 6 0 R >> >>");
    pdf_build_stream(&b, "/Filter /RunLengthDecode", runs, 2 * RUNS + 1);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        char *got;
        size_t n = 0;
        recto_error err = {0};
        assert_int_equal(bytes_of(&got, &n, o.s[k], 0, 100000, &err), RECTO_ERR_LIMIT);
        assert_string_equal(err.msg, "attachment 1: it is over the limit of 100000 bytes");
        assert_int_equal(bytes_of(&got, &n, o.s[k], 0, (uint64_t)RUNS * 128 - 1, &err),
                         RECTO_ERR_LIMIT);
        assert_int_equal(bytes_of(&got, &n, o.s[k], 0, (uint64_t)RUNS * 128, &err), RECTO_OK);
        assert_int_equal(n, RUNS * 128);
        free(got);
    }
    assert_int_equal(o.port.n_starts, 1);
    close_both(&o);
    recto_buf_free(&b.out);
    free(runs);
}

static void attachments_that_are_damaged_are_errors(void **state)
{
    (void)state;
    pdf_build b;
    begin(&b, "/Names << /EmbeddedFiles << /Names [(k) 5 0 R (l) 7 0 R (m)] >> >>", "");
    pdf_build_object(&b, "<< /F (torn) /EF << /F 6 0 R >> >>");
    pdf_build_stream(&b, "/Filter /FlateDecode", "\x78\x9C\x4B\xFF\xFF\xFF\xFF", 7);
    pdf_build_object(&b, "<< /F (good) /EF << /F 8 0 R >> >>");
    pdf_build_stream(&b, PLAIN, "good", 4);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        char *got;
        size_t n = 0;
        recto_error err = {0};
        assert_int_equal(count(o.s[k]), 2);
        assert_int_equal(bytes_of(&got, &n, o.s[k], 0, 0, &err), RECTO_ERR_FORMAT);
        assert_int_equal(strncmp(err.msg, "attachment 1: ", 14), 0);
        require_bytes(o.s[k], 1, "good");
        assert_int_equal(recto_source_attachment_write(o.s[k], 1, -1, 0, &err), RECTO_ERR_OUTPUT);
    }
    close_both(&o);
    recto_buf_free(&b.out);
}

static void attachments_in_endless_trees_are_found_once(void **state)
{
    (void)state;
    pdf_build b;
    /* a name tree that is its own child, twice over, and a page tree likewise */
    begin(&b, "/Names << /EmbeddedFiles 5 0 R >>", "/Kids [2 0 R 3 0 R] /Annots [8 0 R]");
    pdf_build_object(&b, "<< /Kids [5 0 R 5 0 R] /Names [(k) 6 0 R] >>");
    pdf_build_object(&b, "<< /F (a) /EF << /F 7 0 R >> >>");
    pdf_build_stream(&b, PLAIN, "a", 1);
    pdf_build_object(&b, "<< /Subtype /FileAttachment /FS << /F (b) /EF << /F 9 0 R >> >> >>");
    pdf_build_stream(&b, PLAIN, "b", 1);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(count(o.s[k]), 2);
        require_bytes(o.s[k], 0, "a");
        require_bytes(o.s[k], 1, "b");
    }
    close_both(&o);
    recto_buf_free(&b.out);
}

static void attachments_are_counted_up_to_a_limit(void **state)
{
    (void)state;
    pdf_build b;
    recto_buf list = RECTO_BUF_INIT;
    enum { N = 400 };
    begin(&b, "/Names << /EmbeddedFiles 5 0 R >>", "");
    recto_buf_text(&list, "<< /Names [");
    for (int i = 0; i < N; i++)
        recto_buf_printf(&list, "(%04d) << /F (f%d) /EF << /F %d 0 R >> >> ", i, i, 6 + i);
    recto_buf_text(&list, "] >>");
    pdf_build_object(&b, list.data);
    for (int i = 0; i < N; i++)
        pdf_build_stream(&b, PLAIN, "x", 1);
    pdf_build_finish(&b, "");
    both o;
    open_both(&o, &b);
    assert_int_equal(count(o.s[0]), N);
    assert_int_equal(count(o.s[1]), N);
    require_name(o.s[1], N - 1, "f399", 0);
    close_both(&o);
    recto_buf_free(&b.out);
    recto_buf_free(&list);
}

static void attachments_of_images_are_none(void **state)
{
    (void)state;
    char path[1024];
    recto_bytes file;
    snprintf(path, sizeof path, "%s/letter.png", getenv("RECTO_SAMPLES"));
    assert_int_equal(recto_bytes_read(&file, path, 0, NULL), RECTO_OK);
    recto_source *s = NULL;
    assert_int_equal(recto_source_open(&s, file.data, file.size, NULL, NULL), RECTO_OK);
    assert_int_equal(count(s), 0);
    recto_source_close(s);
    recto_bytes_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_come_from_names_and_annotations),
        cmocka_unit_test(attachments_have_names_that_files_can_have),
        cmocka_unit_test(attachments_cut_long_names_at_a_character),
        cmocka_unit_test(attachments_larger_than_a_piece_come_whole),
        cmocka_unit_test(attachments_over_the_limit_end_early),
        cmocka_unit_test(attachments_that_are_damaged_are_errors),
        cmocka_unit_test(attachments_in_endless_trees_are_found_once),
        cmocka_unit_test(attachments_are_counted_up_to_a_limit),
        cmocka_unit_test(attachments_of_images_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
