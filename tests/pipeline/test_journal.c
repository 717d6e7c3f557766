/* Protects the journal of a batch: what was recorded is what is read, and what is done is told from
 * what is to be done again.  test_journal_ends.c has its ends. */
#include "journal_build.h"

#include "core/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* --- right answers ---------------------------------------------------------------------------- */

static void journal_remembers_what_was_recorded(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document planned[] = {document("a.pdf"), document("b.pdf")};
    must(recto_journal_plan(j, planned, 2, &err), &err);
    assert_false(is_done(j, "a.pdf"));
    record(j, planned[0]);
    assert_true(is_done(j, "a.pdf"));
    assert_false(is_done(j, "b.pdf"));
    assert_false(is_done(j, "c.pdf"));
    recto_journal_close(j);

    j = open_with(options(true));
    assert_true(is_done(j, "a.pdf"));
    assert_false(is_done(j, "b.pdf"));
    recto_journal_counts n;
    must(recto_journal_count(&n, j, &err), &err);
    assert_int_equal(n.documents[RECTO_JOURNAL_OK], 1);
    assert_int_equal(n.documents[RECTO_JOURNAL_PENDING], 1);
    assert_int_equal(n.pages, 2);
    assert_int_equal(n.pages_failed, 0);
    recto_journal_close(j);
}

static void journal_reads_back_every_field(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("sub/\xE4.pdf"); /* not UTF-8 */
    d.state = RECTO_JOURNAL_PARTIAL;
    d.status = RECTO_ERR_TIMEOUT;
    d.message = "page 2: took longer";
    d.parent = "p.pdf";
    d.note = "renamed";
    d.n_failed = 1;
    d.n_blank = 3;
    d.n_attachments = 4;
    recto_journal_page pages[] = {
        {.number = 1, .reader = RECTO_READER_VLM, .conf = 0.1234f, .seconds = 2},
        {.number = 2, .status = RECTO_ERR_TIMEOUT, .message = "took longer", .flags = 0x3ff}};
    recto_journal_output outputs[] = {{.path = "z.md", .size = 7}, {.path = "b.json", .size = 8}};
    recto_sha256(outputs[0].sha256, "z", 1);
    recto_sha256(outputs[1].sha256, "b", 1);
    must(recto_journal_plan(j, NULL, 0, &err), &err);
    must(recto_journal_record(j, &d, pages, 2, outputs, 2, &err), &err);
    must(recto_journal_record(j, &d, pages, 2, outputs, 2, &err), &err); /* replaced, not doubled */
    recto_journal_close(j);

    recto_journal_reader *r;
    recto_arena *a = recto_arena_new(0, 0);
    recto_journal_entry e;
    bool more;
    must(recto_journal_reader_open(&r, NULL, in_folder("journal.sqlite"), &err), &err);
    must(recto_journal_reader_next(&more, &e, r, a, &err), &err);
    assert_true(more);
    assert_string_equal(e.document.key, d.key);
    assert_string_equal(e.document.path, d.path);
    assert_string_equal(e.document.parent, "p.pdf");
    assert_null(e.document.original);
    assert_string_equal(e.document.note, "renamed");
    assert_string_equal(e.document.message, d.message);
    assert_string_equal(e.document.sha256, d.sha256);
    assert_string_equal(e.document.format, "pdf");
    assert_int_equal(e.document.state, RECTO_JOURNAL_PARTIAL);
    assert_int_equal(e.document.status, RECTO_ERR_TIMEOUT);
    assert_int_equal(e.document.size, 10);
    assert_int_equal(e.document.mtime_ns, 1000);
    assert_int_equal(e.document.n_pages, 2);
    assert_int_equal(e.document.n_failed, 1);
    assert_int_equal(e.document.n_blank, 3);
    assert_int_equal(e.document.n_attachments, 4);
    assert_int_equal(e.document.attempts, 2);
    assert_true(e.document.started == 1000.5);
    assert_int_equal(e.n_pages, 2);
    assert_int_equal(e.pages[0].reader, RECTO_READER_VLM);
    assert_float_equal(e.pages[0].conf, 0.123f, 1e-6f);
    assert_int_equal(e.pages[1].status, RECTO_ERR_TIMEOUT);
    assert_string_equal(e.pages[1].message, "took longer");
    assert_int_equal(e.pages[1].flags, 0x3ff);
    assert_int_equal(e.n_outputs, 2);
    assert_string_equal(e.outputs[0].path, "b.json");
    assert_int_equal(e.outputs[1].size, 7);
    assert_string_equal(e.outputs[1].sha256, outputs[0].sha256);
    must(recto_journal_reader_next(&more, &e, r, a, &err), &err);
    assert_false(more);
    int n_runs;
    recto_journal_run *runs;
    must(recto_journal_reader_runs(&runs, &n_runs, r, a, &err), &err);
    assert_int_equal(n_runs, 1);
    assert_true(runs[0].ended >= runs[0].seen && runs[0].seen >= runs[0].started);
    assert_true(runs[0].sandboxed);
    assert_string_equal(runs[0].settings, "{}");
    recto_journal_reader_close(r);
    recto_arena_free(a);
}

static void journal_leaves_one_private_file(void **state)
{
    (void)state;
    struct stat st;
    recto_journal *j = open_with(options(false));
    record(j, document("a.pdf"));
    assert_int_equal(recto_journal_flush(j, NULL), RECTO_OK);
    assert_int_equal(stat(in_folder("journal.sqlite"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(stat(in_folder("journal.sqlite-journal"), &st), 0); /* truncated, kept */
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 0);
    recto_journal_close(j);
    assert_int_not_equal(stat(in_folder("journal.sqlite-journal"), &st), 0);
    assert_int_not_equal(stat(in_folder("journal.sqlite-wal"), &st), 0);
}

/* --- what is done ----------------------------------------------------------------------------- */

static void done_needs_the_outputs_at_their_sizes(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record(j, document("a.pdf"));
    assert_true(is_done(j, "a.pdf"));
    put_file("a.pdf.md", "hello!");
    assert_false(is_done(j, "a.pdf"));
    put_file("a.pdf.md", "HELLO");
    assert_true(is_done(j, "a.pdf"));
    unlink(in_folder("a.pdf.md"));
    assert_false(is_done(j, "a.pdf"));
    assert_int_equal(mkdir(in_folder("a.pdf.md"), 0700), 0);
    assert_false(is_done(j, "a.pdf"));
    recto_journal_close(j);
}

static void done_needs_the_same_input(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("in.pdf");
    put_file("in.pdf", "0123456789");
    recto_sha256(d.sha256, "0123456789", 10);
    d.path = in_folder("in.pdf");
    record(j, d);
    assert_true(is_done_with(j, d, false));
    d.size = 11;
    assert_false(is_done_with(j, d, false));
    d.size = 10;
    d.mtime_ns = 2000; /* touched, same bytes */
    assert_true(is_done_with(j, d, false));
    assert_int_equal(recto_journal_flush(j, NULL), RECTO_OK);
    put_file("in.pdf", "012345678X");
    assert_true(is_done_with(j, d, false)); /* the row has the new mtime: not hashed again */
    d.mtime_ns = 3000;
    assert_false(is_done_with(j, d, false));
    unlink(in_folder("in.pdf"));
    assert_false(is_done_with(j, d, false));
    bool done;
    d.size = 10; /* the caller knows the hash, of an attachment say */
    d.path = NULL;
    assert_int_equal(recto_journal_is_done(&done, j, &d, false, NULL), RECTO_OK);
    assert_true(done);
    d.sha256[0] ^= 1;
    assert_int_equal(recto_journal_is_done(&done, j, &d, false, NULL), RECTO_OK);
    assert_false(done);
    recto_journal_close(j);
}

static void done_needs_the_same_settings(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record(j, document("a.pdf"));
    record(j, document("b.pdf"));
    recto_journal_close(j);
    recto_journal_options other = options(true);
    other.fingerprint = "f2";
    j = open_with(other);
    assert_false(is_done(j, "a.pdf"));
    record(j, document("a.pdf"));
    assert_true(is_done(j, "a.pdf"));
    recto_journal_close(j);
    j = open_with(options(true)); /* and back */
    assert_false(is_done(j, "a.pdf"));
    assert_true(is_done(j, "b.pdf"));
    recto_journal_close(j);
}

static void done_leaves_out_failures_that_may_pass(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    for (int c = RECTO_ERR_NOMEM; c <= RECTO_ERR_CRASH; c++) {
        recto_journal_document d = document("a.pdf");
        d.state = RECTO_JOURNAL_FAILED;
        d.status = (recto_status)c;
        must(record_with(j, d, &err), &err);
        bool passing = c == RECTO_ERR_NOMEM || c == RECTO_ERR_IO || c == RECTO_ERR_OUTPUT ||
                       c == RECTO_ERR_DEVICE || c == RECTO_ERR_CANCELLED;
        assert_int_equal(is_done(j, "a.pdf"), !passing);
        assert_false(is_done_with(j, d, true));
    }
    recto_journal_document d = document("p.pdf");
    d.state = RECTO_JOURNAL_PARTIAL;
    d.status = RECTO_ERR_FORMAT;
    record(j, d);
    assert_true(is_done(j, "p.pdf"));
    assert_false(is_done_with(j, d, true));
    /* the first failed page is broken for good, another one only lacked memory */
    recto_journal_page pages[] = {{.number = 1, .status = RECTO_ERR_FORMAT},
                                  {.number = 2, .status = RECTO_ERR_NOMEM}};
    must(recto_journal_record(j, &d, pages, 2, NULL, 0, &err), &err);
    assert_false(is_done(j, "p.pdf"));
    recto_journal_close(j);
}

static void done_holds_a_duplicate_to_its_original(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("copy.pdf");
    d.state = RECTO_JOURNAL_DUPLICATE;
    d.original = "a.pdf";
    must(record_with(j, d, &err), &err);
    assert_true(is_done_with(j, d, false));
    d.original = "b.pdf";
    assert_false(is_done_with(j, d, false));
    d.original = NULL; /* without --dedupe */
    assert_false(is_done_with(j, d, false));
    recto_journal_close(j);
}

static void done_needs_the_attachments_too(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("a.pdf"), child = document("a.pdf/1-b.pdf");
    d.n_attachments = 2;
    /* a place in OUT without a folder: the key has one */
    recto_journal_output output = {.path = "1-b.md", .size = 5};
    put_file("1-b.md", "hello");
    child.parent = "a.pdf";
    child.n_attachments = 1;
    must(recto_journal_record(j, &child, NULL, 0, &output, 1, &err), &err);
    record(j, d);
    assert_true(is_done(j, "a.pdf"));
    unlink(in_folder("1-b.md"));
    assert_false(is_done(j, "a.pdf"));
    put_file("1-b.md", "hello");
    assert_true(is_done(j, "a.pdf"));
    /* an attachment of the attachment */
    recto_journal_document grandchild = document("a.pdf/1-b.pdf/1-c.pdf");
    grandchild.parent = child.key;
    grandchild.state = RECTO_JOURNAL_FAILED;
    grandchild.status = RECTO_ERR_NOMEM;
    must(recto_journal_record(j, &grandchild, NULL, 0, NULL, 0, &err), &err);
    assert_false(is_done(j, "a.pdf"));
    grandchild.status = RECTO_ERR_ENCRYPTED;
    must(recto_journal_record(j, &grandchild, NULL, 0, NULL, 0, &err), &err);
    assert_true(is_done(j, "a.pdf"));
    assert_false(is_done_with(j, d, true));
    /* a document below a folder that is called like this one is none of its attachments */
    recto_journal_document other = document("a.pdf/x.pdf");
    other.state = RECTO_JOURNAL_FAILED;
    other.status = RECTO_ERR_IO;
    must(recto_journal_record(j, &other, NULL, 0, NULL, 0, &err), &err);
    assert_true(is_done(j, "a.pdf"));
    recto_journal_close(j);
}

static void plan_forgets_all_but_the_attempts(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("a.pdf");
    record(j, d);
    must(recto_journal_plan(j, &d, 1, &err), &err);
    assert_false(is_done(j, "a.pdf"));
    recto_journal_close(j);
    recto_journal_reader *r;
    recto_arena *a = recto_arena_new(0, 0);
    recto_journal_entry e;
    bool more;
    must(recto_journal_reader_open(&r, NULL, in_folder("journal.sqlite"), &err), &err);
    must(recto_journal_reader_next(&more, &e, r, a, &err), &err);
    assert_true(more);
    assert_int_equal(e.document.state, RECTO_JOURNAL_PENDING);
    assert_int_equal(e.document.attempts, 1);
    assert_string_equal(e.document.sha256, "");
    assert_int_equal(e.n_pages, 0);
    assert_int_equal(e.n_outputs, 0);
    recto_journal_reader_close(r);
    recto_arena_free(a);
}

static void plan_forgets_attachments_at_any_depth(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    recto_journal_document d = document("a.pdf"), child = document("a.pdf/1-b.pdf");
    recto_journal_document grandchild = document("a.pdf/1-b.pdf/1-c.png");
    recto_journal_page page = {.number = 1, .conf = 1};
    child.parent = "a.pdf";
    child.n_pages = 1;
    grandchild.parent = child.key;
    must(recto_journal_record(j, &child, &page, 1, NULL, 0, &err), &err);
    must(recto_journal_record(j, &grandchild, NULL, 0, NULL, 0, &err), &err);
    recto_journal_document other = document("a.pdf/x.pdf"); /* of a folder of that name */
    must(recto_journal_record(j, &other, NULL, 0, NULL, 0, &err), &err);
    record(j, document("a.pdf0"));
    record(j, d);
    must(recto_journal_plan(j, &d, 1, &err), &err);
    recto_journal_counts counts;
    must(recto_journal_count(&counts, j, &err), &err);
    assert_int_equal(counts.documents[RECTO_JOURNAL_PENDING], 1);
    assert_int_equal(counts.documents[RECTO_JOURNAL_OK], 2);
    recto_journal_close(j);
}

/* --- refusals --------------------------------------------------------------------------------- */

static recto_status try_open(recto_journal_options opt, recto_error *err)
{
    recto_journal *j = NULL;
    recto_status st = recto_journal_open(&j, &opt, err);
    if (st != RECTO_OK)
        assert_null(j);
    recto_journal_close(j);
    return st;
}

static void open_refuses_a_batch_that_is_there(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal_close(open_with(options(false)));
    assert_int_equal(try_open(options(false), &err), RECTO_OK); /* it holds no document */
    recto_journal *j = open_with(options(true));
    recto_journal_document d = {.key = "a.pdf", .path = "/in/a.pdf"};
    must(recto_journal_plan(j, &d, 1, &err), &err);
    recto_journal_close(j);
    assert_int_equal(try_open(options(false), &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "--resume"));
    assert_int_equal(try_open(options(true), &err), RECTO_OK);
}

static void open_refuses_another_split(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal_options shard = options(true);
    shard.shard = 2;
    shard.n_shards = 4;
    recto_journal_close(open_with(shard));
    assert_int_equal(try_open(options(true), &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "--shard K/4"));
    assert_int_equal(try_open(options(false), &err), RECTO_ERR_ARG);
    shard.n_shards = 3;
    assert_int_equal(try_open(shard, &err), RECTO_ERR_ARG);
    shard.n_shards = 4;
    shard.shard = 1;
    assert_int_equal(try_open(shard, &err), RECTO_OK);
    /* a shard's journal under another shard's name */
    char command[256];
    snprintf(command, sizeof command, "cp '%s' '%s'", in_folder("journal-2-of-4.sqlite"),
             in_folder("journal-3-of-4.sqlite"));
    assert_int_equal(system(command), 0);
    shard.shard = 3;
    assert_int_equal(try_open(shard, &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "shard 2 of 4"));
    shard.shard = 5;
    assert_int_equal(try_open(shard, &err), RECTO_ERR_ARG);
}

static void open_says_at_once_that_another_run_has_it(void **state)
{
    (void)state;
    recto_journal *j = open_with(options(false));
    record(j, document("a.pdf"));
    assert_int_equal(recto_journal_flush(j, NULL), RECTO_OK);
    int ends[2];
    char answer[300] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork(); /* only a process of its own is seen by the locks */
    if (child == 0) {
        recto_error err = {0};
        recto_journal *other = NULL;
        recto_journal_options opt = options(true);
        double before = now_s();
        recto_status st = recto_journal_open(&other, &opt, &err);
        dprintf(ends[1], "%d %d %s", (int)st, now_s() - before < 2, err.msg);
        recto_journal_reader *r = NULL;
        recto_journal_condition condition;
        st = recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), &err);
        _exit(st == RECTO_ERR_IO && condition == RECTO_JOURNAL_IN_USE ? 0 : 1);
    }
    close(ends[1]);
    assert_true(read(ends[0], answer, sizeof answer - 1) > 0);
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    int code, fast;
    assert_int_equal(sscanf(answer, "%d %d", &code, &fast), 2);
    assert_int_equal(code, RECTO_ERR_OUTPUT);
    assert_true(fast);
    assert_non_null(strstr(answer, "in use"));
    record(j, document("b.pdf")); /* and the first one goes on */
    assert_int_equal(recto_journal_flush(j, NULL), RECTO_OK);
    recto_journal_close(j);
}

static void open_tells_damage_and_strangers(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal_condition condition;
    recto_journal_reader *r;
    put_file("journal.sqlite", "This is no database at all, and longer than a header of 100 bytes: "
                               "0123456789012345678901234567890123456789");
    assert_int_equal(try_open(options(true), &err), RECTO_ERR_OUTPUT);
    assert_non_null(strstr(err.msg, "damaged"));
    assert_non_null(strstr(err.msg, "move it away"));
    assert_int_equal(recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), &err),
                     RECTO_ERR_FORMAT);
    assert_int_equal(condition, RECTO_JOURNAL_DAMAGED);
    unlink(in_folder("journal.sqlite"));
    assert_int_equal(recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), &err),
                     RECTO_ERR_IO);
    assert_int_equal(condition, RECTO_JOURNAL_UNREADABLE);

    recto_journal *j = open_with(options(false));
    for (int i = 0; i < 300; i++) {
        char key[32];
        snprintf(key, sizeof key, "%03d.pdf", i);
        record(j, document(key));
    }
    recto_journal_close(j);
    int fd = open(in_folder("journal.sqlite"), O_RDWR);
    unsigned char was[4096], noise[4096];
    memset(noise, 0x5a, sizeof noise);
    /* the version in the header */
    assert_int_equal(pread(fd, was, 4, 60), 4);
    assert_int_equal(pwrite(fd, "\0\0\0\x63", 4, 60), 4);
    assert_int_equal(try_open(options(true), &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "newer"));
    assert_int_equal(recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), &err),
                     RECTO_ERR_UNSUPPORTED);
    assert_int_equal(condition, RECTO_JOURNAL_NEWER);
    assert_int_equal(pwrite(fd, was, 4, 60), 4);
    assert_int_equal(try_open(options(true), &err), RECTO_OK);
    /* each page of the file in turn */
    struct stat st;
    fstat(fd, &st);
    for (off_t at = 0; at < st.st_size; at += 4096) {
        assert_int_equal(pread(fd, was, 4096, at), 4096);
        assert_int_equal(pwrite(fd, noise, 4096, at), 4096);
        assert_int_equal(try_open(options(true), &err), RECTO_ERR_OUTPUT);
        assert_non_null(strstr(err.msg, "damaged"));
        assert_int_equal(
            recto_journal_reader_open(&r, &condition, in_folder("journal.sqlite"), &err),
            RECTO_ERR_FORMAT);
        assert_int_equal(pwrite(fd, was, 4096, at), 4096);
    }
    close(fd);
    assert_int_equal(try_open(options(true), &err), RECTO_OK);
}

static void open_needs_a_folder_it_can_write(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal_options opt = options(false);
    opt.folder = in_folder("nowhere");
    assert_int_equal(try_open(opt, &err), RECTO_ERR_OUTPUT);
    opt.folder = folder;
    assert_int_equal(symlink("elsewhere", in_folder("journal.sqlite")), 0);
    assert_int_equal(try_open(opt, &err), RECTO_ERR_OUTPUT);
}

static void name_is_recognised_in_one_spelling(void **state)
{
    (void)state;
    int k, n;
    assert_true(recto_journal_name_parse("journal.sqlite", &k, &n) && k == 1 && n == 1);
    assert_true(recto_journal_name_parse("journal-3-of-12.sqlite", &k, &n) && k == 3 && n == 12);
    static const char *const others[] = {"journal-0-of-4.sqlite",
                                         "journal-5-of-4.sqlite",
                                         "journal-1-of-1.sqlite",
                                         "journal-01-of-4.sqlite",
                                         "journal-1-of-4.sqlite-journal",
                                         "journal- 1-of-4.sqlite",
                                         "journal-+1-of-4.sqlite",
                                         "journal-1-of-4",
                                         "Journal.sqlite",
                                         "journal-99999999999-of-99999999999.sqlite",
                                         ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(recto_journal_name_parse(others[i], &k, &n));
}

/* --- manifest --------------------------------------------------------------------------------- */

static char *read_file(const char *name)
{
    FILE *f = fopen(in_folder(name), "r");
    assert_non_null(f);
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    size_t n = fread(text, 1, (1 << 16) - 1, f);
    assert_true(n > 0 && n < (1 << 16) - 1);
    fclose(f);
    return text;
}

static void touch(const char *name)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    fclose(f);
}

static void manifest_of_a_killed_run_leaves_nothing(void **state)
{
    (void)state;
    recto_error err = {0};
    recto_journal *j = open_with(options(false));
    touch(".manifest.jsonl.AbCd12.tmp");
    touch(".manifest-1-of-2.jsonl.AbCd12.tmp"); /* a shard's, which may be at it */
    must(recto_journal_manifest(j, &err), &err);
    recto_journal_close(j);
    assert_int_equal(access(in_folder(".manifest.jsonl.AbCd12.tmp"), F_OK), -1);
    assert_int_equal(access(in_folder(".manifest-1-of-2.jsonl.AbCd12.tmp"), F_OK), 0);
}

static void manifest_is_sorted_whole_and_the_same_twice(void **state)
{
    (void)state;
    recto_error err = {0};
    static const char *const keys[] = {"b.pdf", "a.pdf", "B.pdf", "a/z.pdf", "\xFF.pdf"};
    char *texts[2];
    for (int run = 0; run < 2; run++) {
        recto_journal *j = open_with(options(false));
        recto_journal_document failed = document("c\".pdf");
        failed.state = RECTO_JOURNAL_FAILED;
        failed.status = RECTO_ERR_FORMAT;
        failed.message = "no pages";
        failed.n_pages = 0;
        failed.sha256[0] = '\0';
        failed.format = NULL;
        failed.started = 5 + run; /* times do not show */
        failed.path = run == 0 ? "/mnt/1/c" : "/mnt/2/c";
        assert_int_equal(mkdir(in_folder("a"), 0700) == 0 || errno == EEXIST, 1);
        for (size_t i = 0; i < 5; i++)
            record(j, document(keys[run == 0 ? i : 4 - i]));
        must(record_with(j, failed, &err), &err);
        must(recto_journal_manifest(j, &err), &err);
        texts[run] = read_file("manifest.jsonl");
        must(recto_journal_manifest(j, &err), &err);
        char *again = read_file("manifest.jsonl");
        assert_string_equal(texts[run], again);
        free(again);
        recto_journal_close(j);
        unlink(in_folder("journal.sqlite"));
    }
    assert_string_equal(texts[0], texts[1]);
    static const char *const sorted[] = {"B.pdf", "a.pdf",   "a/z.pdf",
                                         "b.pdf", "c\".pdf", "\xEF\xBF\xBD.pdf"};
    char *line = texts[0];
    for (size_t i = 0; i < 6; i++) {
        char *stop = strchr(line, '\n');
        recto_json *root = NULL;
        assert_non_null(stop);
        must(recto_json_parse(&root, line, (size_t)(stop - line), &err), &err);
        assert_string_equal(recto_json_text(root, "key", ""), sorted[i]);
        assert_string_equal(recto_json_text(root, "state", ""), i == 4 ? "failed" : "ok");
        assert_int_equal(recto_json_count(recto_json_lookup(root, "outputs")), i == 4 ? 0 : 1);
        recto_json_free(root);
        line = stop + 1;
    }
    assert_string_equal(line, "");
    free(texts[0]);
    free(texts[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(journal_remembers_what_was_recorded),
        TEST(journal_reads_back_every_field),
        TEST(journal_leaves_one_private_file),
        TEST(done_needs_the_outputs_at_their_sizes),
        TEST(done_needs_the_same_input),
        TEST(done_needs_the_same_settings),
        TEST(done_leaves_out_failures_that_may_pass),
        TEST(done_holds_a_duplicate_to_its_original),
        TEST(done_needs_the_attachments_too),
        TEST(plan_forgets_all_but_the_attempts),
        TEST(plan_forgets_attachments_at_any_depth),
        TEST(open_refuses_a_batch_that_is_there),
        TEST(open_refuses_another_split),
        TEST(open_says_at_once_that_another_run_has_it),
        TEST(open_tells_damage_and_strangers),
        TEST(open_needs_a_folder_it_can_write),
        TEST(name_is_recognised_in_one_spelling),
        TEST(manifest_is_sorted_whole_and_the_same_twice),
        TEST(manifest_of_a_killed_run_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
