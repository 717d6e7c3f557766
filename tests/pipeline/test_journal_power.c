/* Protects the journal against power cuts.  A layer below SQLite notes every write, truncation and
 * sync of a run.  Then the power fails after each of them: what was synced is on the disk, of what
 * was not each 512 bytes may be or not.  Whatever is left must open, with every document that was
 * flushed, each whole. */
#include "journal_build.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

/* --- the layer -------------------------------------------------------------------------------- */

typedef enum op_kind { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_FLUSHED } op_kind;

/* What happened to a file; data in memory of its own. */
typedef struct op {
    op_kind kind;
    int file; /* 0 = database, 1 = rollback journal */
    sqlite3_int64 offset;
    int len;
    unsigned char *data;
    int n_documents; /* OP_FLUSHED: so many are promised */
} op;

enum { MOST_OPS = 20000 };
static op ops[MOST_OPS];
static int n_ops;
static bool noting;

typedef struct layer_file {
    sqlite3_file base;
    int file;
    sqlite3_file *real; /* behind this struct */
} layer_file;

static sqlite3_vfs *real_vfs;

static void note(op o, const void *data)
{
    if (!noting)
        return;
    if (n_ops == MOST_OPS)
        abort(); /* not an assertion: this may be the writer's thread */
    if (data != NULL && o.len > 0) {
        o.data = malloc((size_t)o.len);
        if (o.data == NULL)
            abort();
        memcpy(o.data, data, (size_t)o.len);
    }
    ops[n_ops++] = o;
}

#define REAL(f)    (((layer_file *)(f))->real)
#define FILE_OF(f) (((layer_file *)(f))->file)

static int layer_close(sqlite3_file *f)
{
    return REAL(f)->pMethods->xClose(REAL(f));
}

static int layer_read(sqlite3_file *f, void *out, int len, sqlite3_int64 at)
{
    return REAL(f)->pMethods->xRead(REAL(f), out, len, at);
}

static int layer_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 at)
{
    note((op){.kind = OP_WRITE, .file = FILE_OF(f), .offset = at, .len = len}, data);
    return REAL(f)->pMethods->xWrite(REAL(f), data, len, at);
}

static int layer_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    note((op){.kind = OP_TRUNCATE, .file = FILE_OF(f), .offset = size}, NULL);
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

static int layer_sync(sqlite3_file *f, int flags)
{
    note((op){.kind = OP_SYNC, .file = FILE_OF(f)}, NULL);
    return REAL(f)->pMethods->xSync(REAL(f), flags);
}

static int layer_size(sqlite3_file *f, sqlite3_int64 *out)
{
    return REAL(f)->pMethods->xFileSize(REAL(f), out);
}

static int layer_lock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xLock(REAL(f), level);
}

static int layer_unlock(sqlite3_file *f, int level)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), level);
}

static int layer_reserved(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int layer_control(sqlite3_file *f, int which, void *arg)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), which, arg);
}

static int layer_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int layer_traits(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int layer_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                      int *flags_out)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 1,
        .xClose = layer_close,
        .xRead = layer_read,
        .xWrite = layer_write,
        .xTruncate = layer_truncate,
        .xSync = layer_sync,
        .xFileSize = layer_size,
        .xLock = layer_lock,
        .xUnlock = layer_unlock,
        .xCheckReservedLock = layer_reserved,
        .xFileControl = layer_control,
        .xSectorSize = layer_sector,
        .xDeviceCharacteristics = layer_traits,
    };
    layer_file *mine = (layer_file *)f;
    (void)vfs;
    mine->real = (sqlite3_file *)(mine + 1);
    mine->file = (flags & SQLITE_OPEN_MAIN_DB) != 0 ? 0 : 1;
    int rc = real_vfs->xOpen(real_vfs, name, mine->real, flags, flags_out);
    mine->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static void put_layer(sqlite3_vfs *mine)
{
    real_vfs = sqlite3_vfs_find(NULL);
    *mine = *real_vfs;
    mine->zName = "layer";
    mine->szOsFile += (int)sizeof(layer_file);
    mine->xOpen = layer_open;
    mine->pNext = NULL;
    assert_int_equal(sqlite3_vfs_register(mine, 1), SQLITE_OK);
}

/* --- the power fails -------------------------------------------------------------------------- */

/* What of the unsynced work reached the disk. */
typedef enum fate { NOTHING, EVERYTHING, SOME } fate;

static bool arrives(fate of)
{
    return of == EVERYTHING || (of == SOME && rand() % 2 == 0);
}

static void apply(int fd, const op *o, fate of)
{
    if (o->kind == OP_TRUNCATE && arrives(of))
        assert_int_equal(ftruncate(fd, o->offset), 0);
    if (o->kind != OP_WRITE)
        return;
    for (int at = 0; at < o->len; at += 512) {
        int len = o->len - at < 512 ? o->len - at : 512;
        if (arrives(of))
            assert_int_equal(pwrite(fd, o->data + at, (size_t)len, o->offset + at), len);
    }
}

/* The files as they are found after a cut behind the first n operations. */
static void make_files(int n, fate of)
{
    static const char *const names[] = {"journal.sqlite", "journal.sqlite-journal"};
    for (int file = 0; file < 2; file++) {
        int synced = 0;
        int fd = open(in_folder(names[file]), O_RDWR | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        for (int i = 0; i < n; i++)
            if (ops[i].kind == OP_SYNC && ops[i].file == file)
                synced = i;
        for (int i = 0; i < n; i++)
            if (ops[i].file == file)
                apply(fd, &ops[i], i < synced ? EVERYTHING : of);
        close(fd);
    }
}

/* Documents in the journal, each of them whole. */
static int count_whole(void)
{
    recto_error err = {0};
    recto_journal_reader *r;
    recto_arena *a = recto_arena_new(0, 0);
    recto_journal_entry e;
    bool more;
    int n = 0;
    must(recto_journal_reader_open(&r, NULL, in_folder("journal.sqlite"), &err), &err);
    for (;; n++) {
        must(recto_journal_reader_next(&more, &e, r, a, &err), &err);
        if (!more)
            break;
        assert_int_equal(e.document.state, RECTO_JOURNAL_OK);
        assert_int_equal(e.n_pages, 2);
        assert_int_equal(e.n_outputs, 1);
    }
    recto_journal_reader_close(r);
    recto_arena_free(a);
    return n;
}

/* A run of many documents, a few to a transaction; it resumes once, and does some again. */
static int run(void)
{
    recto_error err = {0};
    int n = 0;
    noting = true;
    recto_journal *j = open_with(options(true));
    for (int i = 0; i < 30; i++) {
        char key[32];
        int number = i < 20 ? i : i - 15; /* 5..14 again */
        snprintf(key, sizeof key, "%d-%0*d.pdf", number, number * 20 % 200 + 1, 0);
        must(record_with(j, document(key), &err), &err);
        n += i < 20;
        if (i % 3 == 2) {
            must(recto_journal_flush(j, &err), &err);
            note((op){.kind = OP_FLUSHED, .file = -1, .n_documents = n}, NULL);
        }
    }
    noting = false;
    recto_journal_close(j);
    return n;
}

static void power_cut_leaves_documents_whole_or_undone(void **state)
{
    (void)state;
    int n_cuts = 0, n_promised = 0;
    const int n_documents = run();
    assert_int_equal(count_whole(), n_documents);
    srand(7);
    for (int n = 0; n <= n_ops; n++) {
        if (n > 0 && ops[n - 1].kind == OP_FLUSHED)
            n_promised = ops[n - 1].n_documents;
        for (int round = 0; round < 4; round++) {
            make_files(n, round < 2 ? (fate)round : SOME);
            recto_journal_close(open_with(options(true)));
            int n_found = count_whole();
            if (n_found < n_promised || n_found > n_documents)
                fail_msg("cut after operation %d of %d: %d documents, promised were %d", n, n_ops,
                         n_found, n_promised);
            n_cuts++;
        }
    }
    print_message("%d operations, %d cuts\n", n_ops, n_cuts);
    assert_int_equal(n_promised, n_documents);
    for (int i = 0; i < n_ops; i++)
        free(ops[i].data);
}

static int make_folder_in_memory(void **state)
{
    if (access("/dev/shm", W_OK) != 0)
        return make_folder(state);
    snprintf(folder, sizeof folder, "/dev/shm/test_journal.XXXXXX"); /* thousands of fsyncs */
    return mkdtemp(folder) == NULL;
}

int main(void)
{
    static sqlite3_vfs layer;
    sqlite3_initialize();
    put_layer(&layer);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(power_cut_leaves_documents_whole_or_undone,
                                        make_folder_in_memory, remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
