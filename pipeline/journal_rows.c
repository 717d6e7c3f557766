/* Whole entries read back: a document with its pages and outputs.  Values may come from a damaged
 * or hostile file, so that numbers are brought into range and words that are not known get a
 * default. */
#include "pipeline/journal_parts.h"

#include <string.h>

/* --- values ----------------------------------------------------------------------------------- */

/* NULL stays NULL; false when memory ends. */
static bool text_at(const char **out, sqlite3_stmt *s, int at, recto_arena *keep)
{
    *out = NULL;
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return true;
    const char *text = (const char *)sqlite3_column_text(s, at);
    *out = text != NULL ? recto_arena_text(keep, text, strlen(text)) : NULL;
    return *out != NULL;
}

static int count_at(sqlite3_stmt *s, int at)
{
    int64_t v = sqlite3_column_int64(s, at);
    return v < 0 ? 0 : v > INT32_MAX ? INT32_MAX : (int)v;
}

static uint64_t size_at(sqlite3_stmt *s, int at)
{
    int64_t v = sqlite3_column_int64(s, at);
    return v < 0 ? 0 : (uint64_t)v;
}

static double real_at(sqlite3_stmt *s, int at)
{
    double v = sqlite3_column_double(s, at);
    return v >= 0 && v < 1e12 ? v : 0;
}

/* A word out of a list of n; if it is not there, fallback. */
static int word_at(sqlite3_stmt *s, int at, const char *(*name)(int), int n, int fallback)
{
    const char *text = (const char *)sqlite3_column_text(s, at);
    for (int i = 0; text != NULL && i < n; i++)
        if (strcmp(text, name(i)) == 0)
            return i;
    return fallback;
}

static const char *class_name(int i)
{
    return recto_status_name((recto_status)i);
}

static const char *state_name(int i)
{
    return recto_journal_state_name((recto_journal_state)i);
}

static const char *reader_name(int i)
{
    return recto_doc_reader_name((recto_reader_kind)i);
}

/* A class that is not known, of a later version perhaps, still is a failure. */
static recto_status class_at(sqlite3_stmt *s, int at)
{
    if (sqlite3_column_type(s, at) == SQLITE_NULL)
        return RECTO_OK;
    return (recto_status)word_at(s, at, class_name, RECTO_STATUS_COUNT, RECTO_ERR_ARG);
}

static uint32_t flags_at(sqlite3_stmt *s, int at)
{
    const char *p = (const char *)sqlite3_column_text(s, at);
    uint32_t flags = 0;
    while (p != NULL && *p != '\0') {
        size_t len = strcspn(p, ",");
        for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
            const char *name = recto_doc_flag_name(bit);
            if (strlen(name) == len && memcmp(name, p, len) == 0)
                flags |= 1u << bit;
        }
        p += len + (p[len] == ',');
    }
    return flags;
}

/* 64 hex digits or "". */
static void hash_at(char out[65], sqlite3_stmt *s, int at)
{
    const char *text = (const char *)sqlite3_column_text(s, at);
    out[0] = '\0';
    if (text != NULL && strspn(text, "0123456789abcdef") == 64 && text[64] == '\0')
        memcpy(out, text, 65);
}

/* --- entries ---------------------------------------------------------------------------------- */

static bool document_at(recto_journal_document *d, sqlite3_stmt *s, recto_arena *keep)
{
    bool ok = text_at(&d->key, s, 1, keep) && text_at(&d->path, s, 2, keep) &&
              text_at(&d->parent, s, 3, keep) && text_at(&d->original, s, 4, keep) &&
              text_at(&d->note, s, 5, keep) && text_at(&d->message, s, 11, keep) &&
              text_at(&d->format, s, 12, keep);
    if (ok && d->key == NULL)
        d->key = "";
    d->size = size_at(s, 6);
    d->mtime_ns = sqlite3_column_int64(s, 7);
    hash_at(d->sha256, s, 8);
    d->state = (recto_journal_state)word_at(s, 9, state_name, RECTO_JOURNAL_STATE_COUNT,
                                            RECTO_JOURNAL_PENDING);
    d->status = class_at(s, 10);
    d->n_pages = count_at(s, 13);
    d->n_failed = count_at(s, 14);
    d->n_blank = count_at(s, 15);
    d->n_attachments = count_at(s, 16);
    d->attempts = count_at(s, 17);
    d->started = real_at(s, 18);
    d->seconds = real_at(s, 19);
    return ok;
}

static bool page_at(recto_journal_page *p, sqlite3_stmt *s, recto_arena *keep)
{
    double conf = sqlite3_column_double(s, 5);
    p->number = count_at(s, 0);
    p->status = class_at(s, 1);
    p->reader =
        (recto_reader_kind)word_at(s, 3, reader_name, RECTO_READER_KIND_COUNT, RECTO_READER_NONE);
    p->flags = flags_at(s, 4);
    p->conf = conf >= 0 && conf <= 1 ? (float)conf : 0.0f;
    p->seconds = real_at(s, 6);
    return text_at(&p->message, s, 2, keep);
}

static bool output_at(recto_journal_output *o, sqlite3_stmt *s, recto_arena *keep)
{
    o->size = size_at(s, 1);
    hash_at(o->sha256, s, 2);
    return text_at(&o->path, s, 0, keep) && o->path != NULL;
}

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

static recto_status read_pages(recto_journal_entry *e, journal_rows *r, int64_t id,
                               recto_arena *keep, recto_error *err)
{
    int rc, cap = 0;
    sqlite3_bind_int64(r->pages, 1, id);
    while ((rc = sqlite3_step(r->pages)) == SQLITE_ROW) {
        if (e->n_pages == cap) {
            int more = cap == 0 ? 16 : 2 * cap;
            e->pages =
                recto_arena_grow(keep, e->pages, (size_t)cap, (size_t)more, sizeof *e->pages);
            cap = more;
        }
        if (e->pages == NULL || !page_at(&e->pages[e->n_pages++], r->pages, keep)) {
            sqlite3_reset(r->pages);
            return no_memory(err);
        }
    }
    sqlite3_reset(r->pages);
    return rc == SQLITE_DONE ? RECTO_OK : recto_journal_sql_error(err, r->db, rc, r->name);
}

static recto_status read_outputs(recto_journal_entry *e, journal_rows *r, int64_t id,
                                 recto_arena *keep, recto_error *err)
{
    int rc, cap = 0;
    sqlite3_bind_int64(r->outputs, 1, id);
    while ((rc = sqlite3_step(r->outputs)) == SQLITE_ROW) {
        if (e->n_outputs == cap) {
            int more = cap == 0 ? 4 : 2 * cap;
            e->outputs =
                recto_arena_grow(keep, e->outputs, (size_t)cap, (size_t)more, sizeof *e->outputs);
            cap = more;
        }
        if (e->outputs == NULL || !output_at(&e->outputs[e->n_outputs++], r->outputs, keep)) {
            sqlite3_reset(r->outputs);
            return no_memory(err);
        }
    }
    sqlite3_reset(r->outputs);
    return rc == SQLITE_DONE ? RECTO_OK : recto_journal_sql_error(err, r->db, rc, r->name);
}

recto_status recto_journal_rows_next(bool *more_out, recto_journal_entry *out, journal_rows *r,
                                     recto_arena *keep, recto_error *err)
{
    *out = (recto_journal_entry){0};
    int rc = sqlite3_step(r->documents);
    *more_out = rc == SQLITE_ROW;
    if (rc == SQLITE_DONE)
        return RECTO_OK;
    if (rc != SQLITE_ROW)
        return recto_journal_sql_error(err, r->db, rc, r->name);
    int64_t id = sqlite3_column_int64(r->documents, 0);
    out->run = sqlite3_column_int64(r->documents, 20);
    if (!document_at(&out->document, r->documents, keep))
        return no_memory(err);
    recto_status st = read_pages(out, r, id, keep, err);
    return st == RECTO_OK ? read_outputs(out, r, id, keep, err) : st;
}

/* --- statements ------------------------------------------------------------------------------- */

recto_status recto_journal_rows_open(journal_rows *out, sqlite3 *db, const char *name,
                                     const char *order, recto_error *err)
{
    static const char pages[] = "SELECT page,class,message,reader,flags,confidence,seconds FROM "
                                "pages WHERE document=?1 ORDER BY page";
    static const char outputs[] =
        "SELECT path,size,sha256 FROM outputs WHERE document=?1 ORDER BY path";
    char *documents =
        sqlite3_mprintf("SELECT " JOURNAL_DOCUMENT_COLUMNS " FROM documents %s", order);
    *out = (journal_rows){.db = db, .name = name};
    int rc = documents != NULL ? SQLITE_OK : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, documents, -1, &out->documents, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, pages, -1, &out->pages, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, outputs, -1, &out->outputs, NULL);
    sqlite3_free(documents);
    if (rc == SQLITE_OK)
        return RECTO_OK;
    recto_journal_rows_close(out);
    return recto_journal_sql_error(err, db, rc, name);
}

void recto_journal_rows_close(journal_rows *r)
{
    sqlite3_finalize(r->documents);
    sqlite3_finalize(r->pages);
    sqlite3_finalize(r->outputs);
    *r = (journal_rows){0};
}
