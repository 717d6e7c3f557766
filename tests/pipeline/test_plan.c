/* Protects the plan of a batch: every document once, under a key and with a place for its outputs
 * that follow from its path alone, whatever bytes names are made of, and the same for any number of
 * shards. */
#include "pipeline/plan.h"

#include "pipeline/plan_parts.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[64];
static int home = -1; /* folder the tests were started in */

/* --- building trees --------------------------------------------------------------------------- */

static void make_folders(const char *path)
{
    char part[4200];
    for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(p - path), path);
        if (part[0] != '\0')
            mkdir(part, 0700);
    }
}

static void make_file(const char *path, const char *text)
{
    make_folders(path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int enter(void **state)
{
    (void)state;
    home = open(".", O_RDONLY | O_DIRECTORY);
    snprintf(root, sizeof root, "/tmp/recto-plan-XXXXXX");
    return mkdtemp(root) == NULL || chdir(root) != 0;
}

static int leave(void **state)
{
    (void)state;
    char command[128];
    int bad = fchdir(home);
    close(home);
    snprintf(command, sizeof command, "rm -rf '%s'", root); /* nftw knows no path over PATH_MAX */
    return bad != 0 || system(command) != 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

static recto_plan *read_plan(const recto_plan_options *opt, const char *a, const char *b)
{
    const char *inputs[2] = {a, b};
    recto_plan *p = NULL;
    recto_error err = {0};
    recto_plan_options none = {0};
    recto_status st =
        recto_plan_read(&p, inputs, b != NULL ? 2 : 1, opt != NULL ? opt : &none, &err);
    if (st != RECTO_OK)
        fail_msg("%s", err.msg);
    for (int i = 1; i < p->n_items; i++)
        assert_true(strcmp(p->items[i - 1].key, p->items[i].key) < 0);
    return p;
}

static recto_status try_plan(const recto_plan_options *opt, const char *a, recto_error *err)
{
    recto_plan *p = NULL;
    recto_plan_options none = {0};
    *err = (recto_error){0};
    recto_status st = recto_plan_read(&p, &a, 1, opt != NULL ? opt : &none, err);
    assert_true((st == RECTO_OK) == (p != NULL));
    recto_plan_free(p);
    return st;
}

static const recto_plan_item *find(const recto_plan *p, const char *key)
{
    for (int i = 0; i < p->n_items; i++)
        if (strcmp(p->items[i].key, key) == 0)
            return &p->items[i];
    return NULL;
}

/* The keys of a plan, one a line. */
static void expect_keys(const recto_plan *p, const char *keys)
{
    recto_buf all = RECTO_BUF_INIT;
    for (int i = 0; i < p->n_items; i++)
        recto_buf_printf(&all, "%s\n", p->items[i].key);
    assert_string_equal(recto_buf_cstr(&all), keys);
    recto_buf_free(&all);
}

static void expect_output(const char *key, bool flat, const char *output, bool noted)
{
    recto_arena *arena = recto_arena_new(0, 0);
    const char *got = NULL, *note = NULL;
    assert_int_equal(recto_plan_output(&got, &note, key, flat, arena, NULL), RECTO_OK);
    assert_string_equal(got, output);
    assert_int_equal(note != NULL, noted);
    recto_arena_free(arena);
}

static void expect_listed(const char *path, const char *key)
{
    recto_buf text = RECTO_BUF_INIT;
    recto_plan_listed(&text, path);
    assert_string_equal(recto_buf_cstr(&text), key);
    recto_buf_free(&text);
}

/* --- folders ---------------------------------------------------------------------------------- */

static void plan_takes_every_file_below_a_folder(void **state)
{
    (void)state;
    make_file("in/b.pdf", "b");
    make_file("in/2019/a.pdf", "abc");
    make_file("in/2019/x/y/z/deep.tif", "d");
    make_file("in/2019-1/a.pdf", "e");
    make_file("in/empty", "");
    mkdir("in/nothing", 0700);
    recto_plan *p = read_plan(NULL, "in", NULL);
    /* bytewise: "-" comes before "/" */
    expect_keys(p, "2019-1/a.pdf\n2019/a.pdf\n2019/x/y/z/deep.tif\nb.pdf\nempty\n");
    const recto_plan_item *item = find(p, "2019/a.pdf");
    assert_string_equal(item->path, "in/2019/a.pdf");
    assert_string_equal(item->output, "2019/a.pdf");
    assert_null(item->note);
    assert_null(item->original);
    assert_int_equal(item->size, 3);
    assert_true(item->mtime_ns > (int64_t)1500000000 * 1000000000);
    assert_int_equal(item->status, RECTO_OK);
    recto_plan_free(p);
    p = read_plan(NULL, "in/", NULL);
    assert_int_equal(p->n_items, 5);
    assert_string_equal(find(p, "b.pdf")->path, "in/b.pdf");
    recto_plan_free(p);
}

static void plan_of_an_empty_folder_is_empty(void **state)
{
    (void)state;
    mkdir("in", 0700);
    recto_plan *p = read_plan(NULL, "in", NULL);
    assert_int_equal(p->n_items, 0);
    recto_plan_free(p);
    recto_plan_free(NULL);
    const char *const none[1] = {NULL};
    assert_int_equal(recto_plan_read(&p, none, 0, &(recto_plan_options){0}, NULL), RECTO_OK);
    assert_int_equal(p->n_items, 0);
    recto_plan_free(p);
}

static void plan_leaves_out_what_lies_in_the_output_folder(void **state)
{
    (void)state;
    recto_error err;
    make_file("in/a.pdf", "a");
    make_file("in/out/a.pdf.md", "text");
    make_file("in/sub/out/b.pdf", "b");
    symlink("in/out", "alias");
    recto_plan_options opt = {.folder = "alias"};
    recto_plan *p = read_plan(&opt, "in", NULL);
    expect_keys(p, "a.pdf\nsub/out/b.pdf\n");
    recto_plan_free(p);
    opt.folder = "in/../in";
    assert_int_equal(try_plan(&opt, "in", &err), RECTO_ERR_ARG);
    assert_non_null(strstr(err.msg, "-o"));
    opt.folder = "not/there/yet";
    assert_int_equal(try_plan(&opt, "in", &err), RECTO_OK);
}

static void plan_refuses_outputs_that_fall_among_inputs(void **state)
{
    (void)state;
    recto_error err;
    recto_plan_options opt = {.folder = "."};
    make_file("a/x.pdf", "x");
    make_file("b/y.pdf", "y");
    assert_int_equal(try_plan(&opt, "a", &err), RECTO_OK); /* goes to ./x.pdf.md */
    const char *const both[2] = {"a", "b"};                /* would go to ./a/x.pdf.md */
    recto_plan *p = NULL;
    assert_int_equal(recto_plan_read(&p, both, 2, &opt, &err), RECTO_ERR_ARG);
    assert_null(p);
    make_file("a/a/z.pdf", "z");
    assert_int_equal(try_plan(&opt, "a", &err), RECTO_ERR_ARG);
}

static void plan_counts_hidden_names_and_takes_them_when_asked(void **state)
{
    (void)state;
    make_file("in/a.pdf", "a");
    make_file("in/.b.pdf", "b");
    make_file("in/.git/c.pdf", "c");
    make_file("in/.git/d.pdf", "d");
    recto_plan *p = read_plan(NULL, "in", NULL);
    expect_keys(p, "a.pdf\n");
    assert_int_equal(p->n_hidden, 2);
    recto_plan_free(p);
    p = read_plan(&(recto_plan_options){.hidden = true}, "in", NULL);
    expect_keys(p, ".b.pdf\n.git/c.pdf\n.git/d.pdf\na.pdf\n");
    assert_int_equal(p->n_hidden, 0);
    recto_plan_free(p);
}

static void plan_matches_patterns_on_names_and_keys(void **state)
{
    (void)state;
    const char *const pdf[] = {"*.pdf"}, *const old[] = {"old"}, *const part[] = {"2019/*b.pdf"};
    make_file("in/a.pdf", "a");
    make_file("in/a.txt", "t");
    make_file("in/2019/b.pdf", "b");
    make_file("in/2019/q/bb.pdf", "b");
    make_file("in/old/c.pdf", "c");
    make_file("in/2019/old", "o");
    recto_plan *p = read_plan(&(recto_plan_options){.include = pdf, .n_include = 1}, "in", NULL);
    expect_keys(p, "2019/b.pdf\n2019/q/bb.pdf\na.pdf\nold/c.pdf\n");
    assert_int_equal(p->n_excluded, 2);
    recto_plan_free(p);
    p = read_plan(
        &(recto_plan_options){.include = pdf, .n_include = 1, .exclude = old, .n_exclude = 1}, "in",
        NULL);
    expect_keys(p, "2019/b.pdf\n2019/q/bb.pdf\na.pdf\n");
    recto_plan_free(p);
    p = read_plan(&(recto_plan_options){.exclude = part, .n_exclude = 1}, "in", NULL);
    expect_keys(p, "2019/old\na.pdf\na.txt\nold/c.pdf\n");
    recto_plan_free(p);
}

static void plan_follows_links_to_files_once_and_none_to_folders(void **state)
{
    (void)state;
    make_file("in/b.pdf", "b");
    make_file("outside/c.pdf", "c");
    symlink("b.pdf", "in/a-link.pdf");
    symlink("../outside/c.pdf", "in/c1.pdf");
    symlink("../outside/c.pdf", "in/c2.pdf");
    symlink("../outside", "in/folder");
    symlink(".", "in/cycle");
    symlink("nowhere", "in/broken.pdf");
    symlink("loop", "in/loop");
    mkfifo("in/pipe", 0600);
    recto_plan *p = read_plan(NULL, "in", NULL);
    expect_keys(p, "b.pdf\nbroken.pdf\nc1.pdf\nloop\n");
    assert_int_equal(p->n_repeated, 2);
    assert_int_equal(p->n_linked, 2);
    assert_int_equal(p->n_special, 1);
    assert_int_equal(find(p, "broken.pdf")->status, RECTO_ERR_IO);
    assert_non_null(strstr(find(p, "broken.pdf")->message, "link"));
    assert_int_equal(find(p, "loop")->status, RECTO_ERR_IO);
    recto_plan_free(p);
}

static void plan_keeps_hard_links_as_documents_of_their_own(void **state)
{
    (void)state;
    make_file("in/a.pdf", "same");
    assert_int_equal(link("in/a.pdf", "in/b.pdf"), 0);
    recto_plan *p = read_plan(&(recto_plan_options){.dedupe = true}, "in", NULL);
    expect_keys(p, "a.pdf\nb.pdf\n");
    assert_string_equal(find(p, "b.pdf")->original, "a.pdf");
    recto_plan_free(p);
}

static void plan_prefixes_several_folders(void **state)
{
    (void)state;
    make_file("in/a.pdf", "1");
    make_file("x/in/a.pdf", "2");
    make_file("y/in/a.pdf", "3");
    const char *const inputs[] = {"in", "x/in/", "./in", "y/../y/in"};
    recto_plan *p = NULL;
    assert_int_equal(recto_plan_read(&p, inputs, 4, &(recto_plan_options){0}, NULL), RECTO_OK);
    expect_keys(p, "in/a.pdf\nin~2/a.pdf\nin~3/a.pdf\n");
    assert_string_equal(p->items[1].path, "x/in/a.pdf");
    recto_plan_free(p);
    assert_int_equal(chdir("x/in"), 0);
    p = read_plan(NULL, ".", "../../in");
    expect_keys(p, "in/a.pdf\nin~2/a.pdf\n");
    recto_plan_free(p);
    assert_int_equal(chdir(root), 0);
}

static void plan_records_a_folder_that_cannot_be_read(void **state)
{
    (void)state;
    if (geteuid() == 0) { /* root may read all folders: another fault, a path that is too long */
        char path[5000];
        int at = snprintf(path, sizeof path, "in");
        assert_int_equal(mkdir("in", 0700), 0);
        int fd = open("in", O_RDONLY | O_DIRECTORY);
        for (int i = 0; i < 25; i++) { /* 25 * 201 bytes */
            char name[202];
            memset(name, 'd', 200);
            name[200] = '\0';
            assert_int_equal(mkdirat(fd, name, 0700), 0);
            int next = openat(fd, name, O_RDONLY | O_DIRECTORY);
            close(fd);
            fd = next;
            int file = openat(fd, "f.pdf", O_WRONLY | O_CREAT, 0600);
            assert_true(file >= 0);
            close(file);
            at += snprintf(path + at, sizeof path - (size_t)at, "/%s", name);
        }
        close(fd);
        recto_plan *p = read_plan(NULL, "in", NULL);
        int n_files = 0, n_long = 0, n_folders = 0;
        for (int i = 0; i < p->n_items; i++) {
            const recto_plan_item *item = &p->items[i];
            bool folder = item->key[strlen(item->key) - 1] == '/';
            n_folders += folder;
            n_files += !folder && item->status == RECTO_OK;
            n_long += !folder && item->status == RECTO_ERR_IO;
            assert_true(strlen(item->output) < 3100);
            assert_true(item->status == RECTO_OK || strstr(item->message, "too long") != NULL);
        }
        assert_int_equal(n_files, 20);
        assert_int_equal(n_long, 0);
        assert_int_equal(n_folders, 1);
        recto_plan_free(p);
        return;
    }
    make_file("in/a.pdf", "a");
    make_file("in/shut/b.pdf", "b");
    chmod("in/shut", 0);
    recto_plan *p = read_plan(NULL, "in", NULL);
    expect_keys(p, "a.pdf\nshut/\n");
    assert_int_equal(find(p, "shut/")->status, RECTO_ERR_IO);
    recto_plan_free(p);
    chmod("in/shut", 0700);
}

/* --- names ------------------------------------------------------------------------------------ */

static void plan_keys_are_text_and_paths_stay_bytes(void **state)
{
    (void)state;
    make_file("in/caf\xE9.pdf", "latin-1");
    make_file("in/caf\xC3\xA9.pdf", "utf-8");
    make_file("in/new\nline.pdf", "n");
    make_file("in/quote\"'$(x).pdf", "q");
    make_file("in/100%.pdf", "p");
    make_file("in/caf%E9.pdf", "escaped by hand");
    make_file("in/rtl\xE2\x80\xAE"
              "fdp.exe",
              "bidi");
    recto_plan *p = read_plan(NULL, "in", NULL);
    expect_keys(p, "100%.pdf\ncaf%25E9.pdf\ncaf%E9.pdf\ncaf\xC3\xA9.pdf\nnew%0Aline.pdf\n"
                   "quote\"'$(x).pdf\nrtl%E2%80%AEfdp.exe\n");
    const recto_plan_item *item = find(p, "caf%E9.pdf");
    assert_string_equal(item->path, "in/caf\xE9.pdf");
    assert_string_equal(item->output, "caf%E9.pdf");
    struct stat st;
    for (int i = 0; i < p->n_items; i++) {
        assert_int_equal(stat(p->items[i].path, &st), 0);
        assert_int_equal(st.st_size, p->items[i].size);
    }
    recto_plan_free(p);
}

static void plan_listed_paths_are_resolved_by_text(void **state)
{
    (void)state;
    expect_listed("a.pdf", "a.pdf");
    expect_listed("./a//b/./c.pdf", "a/b/c.pdf");
    expect_listed("/srv/a.pdf", "srv/a.pdf");
    expect_listed("a/b/../c.pdf", "a/c.pdf");
    expect_listed("a/../b.pdf", "b.pdf");
    expect_listed("../a.pdf", "%2E%2E/a.pdf");
    expect_listed("a/../../../b.pdf", "%2E%2E/%2E%2E/b.pdf");
    expect_listed("../x/../y", "%2E%2E/y");
    expect_listed("%2E%2E/a.pdf", "%252E%252E/a.pdf");
    expect_listed("/../../a.pdf", "a.pdf");
    expect_listed("a/", "a");
    expect_listed("/", "");
    expect_listed(".", "");
    expect_listed("...", "...");
}

static void plan_outputs_follow_from_the_key(void **state)
{
    (void)state;
    char name[256], got[300];
    expect_output("2019/a.pdf", false, "2019/a.pdf", false);
    expect_output("journal-of-things.pdf", false, "journal-of-things.pdf", false);
    expect_output("sub/journal.sqlite", false, "sub/journal.sqlite", false);
    /* Recto's own */
    expect_output("journal.sqlite", false, "~journal.sqlite", true);
    expect_output(".recto-pages/a.pdf", false, "~.recto-pages/a.pdf", true);
    expect_output("journal-1-of-2.sqlite-journal", false, "~journal-1-of-2.sqlite-journal", true);
    expect_output("index.sqlite", false, "~index.sqlite", true);
    expect_output("manifest", false, "~manifest", true);
    expect_output(".recto-pages/a.pdf", false, "~.recto-pages/a.pdf", true);
    expect_output("~manifest", false, "~~manifest", true);
    expect_output("manifest-3-of-4", false, "~manifest-3-of-4", true);
    expect_output("manifest.pdf", false, "manifest.pdf", false);
    /* a.pdf and a folder a.pdf.md */
    expect_output("a.pdf.md/b.pdf", false, "a.pdf.md~/b.pdf", true);
    expect_output("a.pdf.md~/b.pdf", false, "a.pdf.md~~/b.pdf", true);
    expect_output("2019.d/b.pdf", false, "2019.d/b.pdf", false);
    /* flat */
    expect_output("2019/x/a.pdf", true, "2019~x~a.pdf", true);
    expect_output("a.pdf", true, "a.pdf", false);
    expect_output("2019~x~a.pdf", true, "2019%7Ex%7Ea.pdf", true);
    expect_output("a.md/b.pdf", true, "a.md~b.pdf", true);
    /* one that looks as if it had a hash gets one */
    expect_output("a~0123456789abcdef", false, "a~0123456789abcdef~4586717e11f65336", true);
    /* long ones */
    memset(name, 'n', 255);
    name[255] = '\0';
    snprintf(got, sizeof got, "%.183s~", name);
    char hash[RECTO_PLAN_HASH + 1];
    recto_plan_hash(hash, name, 255);
    strcat(got, hash);
    expect_output(name, false, got, true);
    name[200] = '\0';
    expect_output(name, false, name, false);
}

/* A cut name ends between characters and between %XX. */
static void plan_cuts_long_names_between_characters(void **state)
{
    (void)state;
    recto_arena *arena = recto_arena_new(0, 0);
    for (int shift = 0; shift < 6; shift++) {
        recto_buf key = RECTO_BUF_INIT, raw = RECTO_BUF_INIT;
        for (int i = 0; i < shift; i++)
            recto_buf_char(&key, 'x');
        for (int i = 0; i < 60; i++)
            recto_buf_text(&key, "%FF\xE2\x82\xAC");
        const char *out = NULL, *note = NULL;
        assert_int_equal(recto_plan_output(&out, &note, key.data, false, arena, NULL), RECTO_OK);
        size_t n = strlen(out) - RECTO_PLAN_HASH - 1;
        assert_true(strlen(out) <= 200 && out[n] == '~');
        recto_plan_encode(&raw, out, n);
        /* what is whole is only escaped where it was: "%FF" to "%25FF" */
        for (size_t i = 0; i + 2 < raw.len; i++)
            if (raw.data[i] == '%')
                assert_memory_equal(raw.data + i, "%25", 3);
        assert_true(out[n - 1] != '%' && out[n - 2] != '%');
        recto_buf_free(&key);
        recto_buf_free(&raw);
    }
    recto_arena_free(arena);
}

/* Long names that differ only in their ends stay apart, and outputs never meet. */
static void plan_outputs_are_all_different(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "a",         "b~",    "a.md", "a.md~",          "manifest",
        "~manifest", "%257E", "~",    "journal.sqlite", "x~0123456789abcdef",
        "..."};
    enum { N = sizeof parts / sizeof *parts };
    recto_arena *arena = recto_arena_new(0, 0);
    for (int flat = 0; flat < 2; flat++) {
        const char *outs[N * N + N];
        size_t n = 0;
        for (int i = 0; i < N; i++)
            for (int k = -1; k < N; k++) {
                char key[128];
                const char *note = NULL;
                snprintf(key, sizeof key, k < 0 ? "%s" : "%s/%s", parts[i], k < 0 ? "" : parts[k]);
                const char *kept = recto_arena_text(arena, key, strlen(key));
                assert_int_equal(recto_plan_output(&outs[n++], &note, kept, flat != 0, arena, NULL),
                                 RECTO_OK);
                if (flat != 0)
                    assert_null(strchr(outs[n - 1], '/'));
            }
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < i; k++)
                assert_string_not_equal(outs[i], outs[k]);
    }
    recto_arena_free(arena);
}

static void plan_takes_names_of_255_bytes(void **state)
{
    (void)state;
    char path[600], a[256], b[256];
    memset(a, 'a', 255);
    a[255] = '\0';
    memcpy(b, a, 256);
    b[254] = 'b';
    snprintf(path, sizeof path, "in/%s/%s", a, a);
    make_file(path, "1");
    snprintf(path, sizeof path, "in/%s/%s", a, b);
    make_file(path, "2");
    recto_plan *p = read_plan(NULL, "in", NULL);
    assert_int_equal(p->n_items, 2);
    assert_string_not_equal(p->items[0].output, p->items[1].output);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(p->items[i].status, RECTO_OK);
        assert_non_null(p->items[i].note);
        assert_true(strlen(recto_plan_last(p->items[i].output)) <= 200);
    }
    /* both lie in the same shortened folder */
    size_t n = strcspn(p->items[0].output, "/");
    assert_true(n <= 240);
    assert_memory_equal(p->items[0].output, p->items[1].output, n + 1);
    recto_plan_free(p);
}

/* --- lists and documents ---------------------------------------------------------------------- */

static void plan_reads_lists(void **state)
{
    (void)state;
    make_file("in/a.pdf", "a");
    make_file("in/b.pdf", "bb");
    make_file("in/sub/c.pdf", "ccc");
    make_file("list.txt",
              "\xEF\xBB\xBFin/a.pdf\r\n\nin/../in/b.pdf\n./in/a.pdf\nin/gone.pdf\nin/sub");
    recto_plan *p = read_plan(NULL, "list.txt", NULL);
    expect_keys(p, "in/a.pdf\nin/b.pdf\nin/gone.pdf\nin/sub/c.pdf\n");
    assert_int_equal(p->n_repeated, 1);
    assert_int_equal(find(p, "in/gone.pdf")->status, RECTO_ERR_IO);
    assert_string_equal(find(p, "in/b.pdf")->path, "in/../in/b.pdf");
    recto_plan_free(p);
}

static void plan_reads_lists_with_zeros(void **state)
{
    (void)state;
    static const char list[] = "in/new\nline.pdf\0in/b.pdf\r\0in/c.pdf";
    make_file("in/new\nline.pdf", "a");
    make_file("in/b.pdf\r", "b");
    make_file("in/c.pdf", "c");
    FILE *f = fopen("list", "w");
    fwrite(list, 1, sizeof list - 1, f);
    fclose(f);
    recto_plan *p = read_plan(NULL, "list", NULL);
    expect_keys(p, "in/b.pdf%0D\nin/c.pdf\nin/new%0Aline.pdf\n");
    for (int i = 0; i < 3; i++)
        assert_int_equal(p->items[i].status, RECTO_OK);
    recto_plan_free(p);
}

static void plan_reads_standard_input_and_pipes(void **state)
{
    (void)state;
    make_file("in/a.pdf", "a");
    make_file("list", "in/a.pdf\n");
    int saved = dup(STDIN_FILENO), fd = open("list", O_RDONLY);
    dup2(fd, STDIN_FILENO);
    recto_plan *p = read_plan(NULL, "-", NULL);
    expect_keys(p, "in/a.pdf\n");
    recto_plan_free(p);
    dup2(saved, STDIN_FILENO);
    close(fd);
    close(saved);
    int ends[2];
    char name[64];
    assert_int_equal(pipe(ends), 0); /* as in: recto batch <(find ...) */
    assert_int_equal(write(ends[1], "in/a.pdf\n", 9), 9);
    close(ends[1]);
    snprintf(name, sizeof name, "/dev/fd/%d", ends[0]);
    p = read_plan(NULL, name, NULL);
    expect_keys(p, "in/a.pdf\n");
    recto_plan_free(p);
    close(ends[0]);
}

static void plan_tells_documents_from_lists(void **state)
{
    (void)state;
    recto_error err;
    make_file("a", "%PDF-1.4 in/x.pdf\n");
    make_file("b.PDF", "in/x.pdf\n"); /* by its name */
    make_file("page", "<html>\n<body>\n");
    make_file("binary", "\x01\x02\x03");
    make_file("empty.pdf", "");
    make_file("empty", "");
    FILE *f = fopen("picture", "w");
    fwrite("\x89PNG\r\n\x1A\n\0\0\0\x0D", 1, 12, f);
    fclose(f);
    const char *const inputs[] = {"a", "b.PDF", "page", "binary", "empty.pdf", "empty", "picture"};
    recto_plan *p = NULL;
    assert_int_equal(recto_plan_read(&p, inputs, 7, &(recto_plan_options){0}, NULL), RECTO_OK);
    expect_keys(p, "a\nb.PDF\nbinary\nempty.pdf\npage\npicture\n");
    recto_plan_free(p);
    f = fopen("utf16", "w");
    fwrite("\xFF\xFEi\0n\0\n\0", 1, 8, f);
    fclose(f);
    assert_int_equal(try_plan(NULL, "utf16", &err), RECTO_ERR_FORMAT);
    assert_non_null(strstr(err.msg, "UTF-16"));
    assert_int_equal(try_plan(NULL, "missing", &err), RECTO_ERR_IO);
    assert_int_equal(err.sys, ENOENT);
    f = fopen("late", "w"); /* a zero after the first piece */
    for (int i = 0; i < 10000; i++)
        fputs("in/x.pdf\n", f);
    fwrite("in\0x\n", 1, 5, f);
    fclose(f);
    assert_int_equal(try_plan(NULL, "late", &err), RECTO_ERR_FORMAT);
    assert_non_null(strstr(err.msg, "line 10001"));
}

static void plan_tells_equal_keys_apart(void **state)
{
    (void)state;
    char list[200];
    make_file("in/a.pdf", "1");
    make_file("a.pdf", "22");
    make_file("list", "a.pdf\n");
    recto_plan *p = read_plan(NULL, "in", "list");
    assert_int_equal(p->n_items, 2);
    assert_string_equal(p->items[0].key, "a.pdf");
    assert_string_equal(p->items[0].path, "in/a.pdf");
    assert_int_equal(strncmp(p->items[1].key, "a.pdf~", 6), 0);
    assert_int_equal(strlen(p->items[1].key), 6 + RECTO_PLAN_HASH);
    assert_non_null(p->items[1].note);
    assert_string_not_equal(p->items[0].output, p->items[1].output);
    recto_plan_free(p);
    /* one document under two names is taken once */
    snprintf(list, sizeof list, "%s/in/a.pdf\nin/a.pdf\nin\n", root);
    make_file("list", list);
    p = read_plan(NULL, "list", NULL);
    assert_int_equal(p->n_items, 1);
    assert_int_equal(p->n_repeated, 2);
    recto_plan_free(p);
}

/* What a longer list is cut into does not matter. */
static recto_status count_paths(void *user, const char *path, recto_error *err)
{
    (void)err;
    ++*(int *)user;
    return strlen(path) > 0 ? RECTO_OK : RECTO_ERR_ARG;
}

static void plan_lists_may_have_a_million_lines(void **state)
{
    (void)state;
    int n = 0;
    FILE *f = fopen("list", "w");
    for (int i = 0; i < 1000000; i++)
        fprintf(f, "in/%d.pdf\n", i);
    fclose(f);
    int fd = open("list", O_RDONLY);
    recto_plan_list list = {.take = count_paths, .user = &n};
    assert_int_equal(recto_plan_list_read(&list, fd, NULL), RECTO_OK);
    recto_buf_free(&list.line);
    close(fd);
    assert_int_equal(n, 1000000);
}

static void plan_refuses_endless_lines(void **state)
{
    (void)state;
    recto_error err;
    FILE *f = fopen("list", "w");
    fputs("in/a.pdf\n", f);
    for (int i = 0; i < 70000; i++)
        fputc('x', f);
    fclose(f);
    int n = 0, fd = open("list", O_RDONLY);
    recto_plan_list list = {.take = count_paths, .user = &n};
    assert_int_equal(recto_plan_list_read(&list, fd, &err), RECTO_ERR_FORMAT);
    recto_buf_free(&list.line);
    close(fd);
    assert_non_null(strstr(err.msg, "line 2"));
}

/* --- duplicates, shards, stop, refresh -------------------------------------------------------- */

static void plan_finds_the_first_of_the_same_bytes(void **state)
{
    (void)state;
    make_file("in/a.pdf", "same");
    make_file("in/b.pdf", "diff");
    make_file("in/c/d.pdf", "same");
    make_file("in/e.pdf", "same");
    make_file("in/f.pdf", "");
    make_file("in/g.pdf", "");
    make_file("in/h.pdf", "longer");
    recto_plan *p = read_plan(&(recto_plan_options){.dedupe = true}, "in", NULL);
    assert_null(find(p, "a.pdf")->original);
    assert_null(find(p, "b.pdf")->original);
    assert_string_equal(find(p, "c/d.pdf")->original, "a.pdf");
    assert_string_equal(find(p, "e.pdf")->original, "a.pdf");
    assert_null(find(p, "g.pdf")->original); /* empty files are not documents of the same text */
    recto_plan_free(p);
    p = read_plan(NULL, "in", NULL);
    assert_null(find(p, "e.pdf")->original);
    recto_plan_free(p);
}

static void plan_shards_never_change(void **state)
{
    (void)state;
    /* python3 -c 'import hashlib; print(int.from_bytes(hashlib.sha256(KEY).digest()[:8],
     * "big") % N + 1)' */
    static const struct {
        const char *key;
        int n, shard;
    } golden[] = {
        {"a.pdf", 1, 1},           {"a.pdf", 2, 1},        {"a.pdf", 7, 2}, {"2019/a.pdf", 7, 5},
        {"2019/a.pdf", 1000, 157}, {"caf%E9.pdf", 64, 50}, {"", 3, 2},
    };
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++)
        assert_int_equal(recto_plan_shard(golden[i].key, golden[i].n), golden[i].shard);
}

static void plan_shards_are_balanced(void **state)
{
    (void)state;
    static const int counts[] = {2, 3, 4, 10};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        int n = counts[c], filled[11] = {0};
        for (int i = 0; i < 100000; i++) {
            char key[64];
            snprintf(key, sizeof key, "archive/%d/scan%06d.pdf", i / 1000, i);
            int k = recto_plan_shard(key, n);
            assert_in_range(k, 1, n);
            filled[k]++;
        }
        for (int k = 1; k <= n; k++)
            assert_in_range(filled[k], 95000 / n, 105000 / n);
    }
}

static void plan_shards_part_the_plan(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        char path[64], text[16];
        snprintf(path, sizeof path, "in/%d/%d.pdf", i % 7, i);
        snprintf(text, sizeof text, "%d", i % 20);
        make_file(path, text);
    }
    recto_plan_options opt = {.dedupe = true};
    recto_plan *all = read_plan(&opt, "in", NULL);
    int n = 0;
    for (opt.n_shards = 3, opt.shard = 1; opt.shard <= 3; opt.shard++) {
        recto_plan *part = read_plan(&opt, "in", NULL);
        assert_int_equal(part->n_items + part->n_other_shards, 60);
        n += part->n_items;
        for (int i = 0; i < part->n_items; i++) {
            const recto_plan_item *item = &part->items[i], *same = find(all, item->key);
            assert_int_equal(recto_plan_shard(item->key, 3), opt.shard);
            assert_string_equal(item->output, same->output);
            assert_int_equal(item->original != NULL, same->original != NULL);
            if (item->original != NULL)
                assert_string_equal(item->original, same->original);
        }
        recto_plan_free(part);
    }
    assert_int_equal(n, 60);
    recto_plan_free(all);
    recto_plan *p = NULL;
    const char *in = "in";
    opt.shard = 4;
    assert_int_equal(recto_plan_read(&p, &in, 1, &opt, NULL), RECTO_ERR_ARG);
}

static void set(const char *name, const char *value)
{
    if (value == NULL)
        unsetenv(name);
    else
        setenv(name, value, 1);
}

/* "K/N" as parsed, or "" with the error. */
static const char *shard_of(const char *text, recto_error *err)
{
    static char got[64];
    int k = -1, n = -1;
    *err = (recto_error){0};
    recto_status st = recto_plan_shard_parse(&k, &n, text, err);
    assert_true(st == RECTO_OK || (st == RECTO_ERR_ARG && k == 0 && n == 0 && err->msg[0] != 0));
    snprintf(got, sizeof got, "%d/%d", k, n);
    return st == RECTO_OK ? got : "";
}

static void plan_parses_shards(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "/",      "1",     "0/2",           "3/2",
                                      "1/0",    "-1/2",   "1/2/3", "a/b",           "1/",
                                      "/2",     "+1/2",   " 1/2",  "1/2 ",          "auto/",
                                      "auto/0", "auto/x", "autos", "1/99999999999", "1/2000000"};
    recto_error err;
    assert_string_equal(shard_of("1/1", &err), "1/1");
    assert_string_equal(shard_of("3/16", &err), "3/16");
    assert_string_equal(shard_of("1000000/1000000", &err), "1000000/1000000");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(shard_of(bad[i], &err), "");
}

static void plan_shards_come_from_the_environment(void **state)
{
    (void)state;
    static const struct {
        const char *text, *id, *min, *step, *count, *index, *completions, *want;
    } cases[] = {
        {"auto", "1", "1", "1", "4", NULL, NULL, "1/4"},
        {"auto", "4", "1", NULL, "4", NULL, NULL, "4/4"},
        {"auto", "0", "0", "1", "4", NULL, NULL, "1/4"},
        {"auto", "3", "0", "1", "4", NULL, NULL, "4/4"},
        {"auto", "8", "2", "3", "3", NULL, NULL, "3/3"},
        {"auto", "7", "1", "1", "3", NULL, NULL, ""}, /* --array=1,2,7 */
        {"auto", "3", "2", "3", "3", NULL, NULL, ""},
        {"auto", "1", "2", "1", "3", NULL, NULL, ""},
        {"auto", "1", "1", "1", NULL, NULL, NULL, ""},
        {"auto", "x", "1", "1", "4", NULL, NULL, ""},
        {"auto", "1", "x", "1", "4", NULL, NULL, ""},
        {"auto", "1", "1", "0", "4", NULL, NULL, ""},
        {"auto/16", "3", "3", "2", "2", NULL, NULL, "3/16"}, /* some submitted again */
        {"auto/16", "16", "1", "1", "16", NULL, NULL, "16/16"},
        {"auto/16", "17", "1", "1", "17", NULL, NULL, ""},
        {"auto/16", "5", "0", "1", "16", NULL, NULL, ""},
        {"auto", NULL, NULL, NULL, NULL, "0", "5", "1/5"},
        {"auto", NULL, NULL, NULL, NULL, "4", "5", "5/5"},
        {"auto/5", NULL, NULL, NULL, NULL, "4", NULL, "5/5"},
        {"auto", NULL, NULL, NULL, NULL, "4", NULL, ""},
        {"auto", NULL, NULL, NULL, NULL, "5", "5", ""},
        {"auto", NULL, NULL, NULL, NULL, "-1", "5", ""},
        {"auto", NULL, NULL, NULL, NULL, "1", "many", ""},
        {"auto", NULL, NULL, NULL, NULL, NULL, NULL, ""},
        {"auto/4", NULL, NULL, NULL, NULL, NULL, NULL, ""},
        {"auto", "", NULL, NULL, NULL, "1", "2", "2/2"},
        {"2/3", "1", "1", "1", "4", "0", "9", "2/3"}, /* what is given counts */
    };
    recto_error err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        set("SLURM_ARRAY_TASK_ID", cases[i].id);
        set("SLURM_ARRAY_TASK_MIN", cases[i].min);
        set("SLURM_ARRAY_TASK_STEP", cases[i].step);
        set("SLURM_ARRAY_TASK_COUNT", cases[i].count);
        set("JOB_COMPLETION_INDEX", cases[i].index);
        set("JOB_COMPLETIONS", cases[i].completions);
        assert_string_equal(shard_of(cases[i].text, &err), cases[i].want);
    }
}

static bool stop_at_once(void *user)
{
    ++*(int *)user;
    return true;
}

static void plan_stops_when_asked(void **state)
{
    (void)state;
    recto_error err;
    int asked = 0;
    make_file("in/a.pdf", "a");
    recto_plan_options opt = {.stop = stop_at_once, .user = &asked};
    assert_int_equal(try_plan(&opt, "in", &err), RECTO_ERR_CANCELLED);
    assert_true(asked > 0);
}

static void plan_items_can_be_looked_at_again(void **state)
{
    (void)state;
    bool changed = true;
    make_file("in/a.pdf", "a");
    recto_plan *p = read_plan(NULL, "in", NULL);
    recto_plan_refresh(&changed, &p->items[0]);
    assert_false(changed);
    make_file("in/a.pdf", "more");
    recto_plan_refresh(&changed, &p->items[0]);
    assert_true(changed);
    assert_int_equal(p->items[0].size, 4);
    unlink("in/a.pdf");
    recto_plan_refresh(&changed, &p->items[0]);
    assert_true(changed);
    assert_int_equal(p->items[0].status, RECTO_ERR_IO);
    recto_plan_refresh(&changed, &p->items[0]);
    assert_false(changed);
    mkdir("in/a.pdf", 0700);
    recto_plan_refresh(&changed, &p->items[0]);
    assert_int_equal(p->items[0].status, RECTO_ERR_UNSUPPORTED);
    recto_plan_free(p);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(plan_takes_every_file_below_a_folder),
        TEST(plan_of_an_empty_folder_is_empty),
        TEST(plan_leaves_out_what_lies_in_the_output_folder),
        TEST(plan_refuses_outputs_that_fall_among_inputs),
        TEST(plan_counts_hidden_names_and_takes_them_when_asked),
        TEST(plan_matches_patterns_on_names_and_keys),
        TEST(plan_follows_links_to_files_once_and_none_to_folders),
        TEST(plan_keeps_hard_links_as_documents_of_their_own),
        TEST(plan_prefixes_several_folders),
        TEST(plan_records_a_folder_that_cannot_be_read),
        TEST(plan_keys_are_text_and_paths_stay_bytes),
        TEST(plan_listed_paths_are_resolved_by_text),
        TEST(plan_outputs_follow_from_the_key),
        TEST(plan_cuts_long_names_between_characters),
        TEST(plan_outputs_are_all_different),
        TEST(plan_takes_names_of_255_bytes),
        TEST(plan_reads_lists),
        TEST(plan_reads_lists_with_zeros),
        TEST(plan_reads_standard_input_and_pipes),
        TEST(plan_tells_documents_from_lists),
        TEST(plan_tells_equal_keys_apart),
        TEST(plan_lists_may_have_a_million_lines),
        TEST(plan_refuses_endless_lines),
        TEST(plan_finds_the_first_of_the_same_bytes),
        TEST(plan_shards_never_change),
        TEST(plan_shards_are_balanced),
        TEST(plan_shards_part_the_plan),
        TEST(plan_parses_shards),
        TEST(plan_shards_come_from_the_environment),
        TEST(plan_stops_when_asked),
        TEST(plan_items_can_be_looked_at_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
