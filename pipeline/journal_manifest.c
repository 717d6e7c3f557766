/* manifest.jsonl: one line a document for the next program in the pipe.
 *
 * A line holds nothing that differs between two runs or machines over equal inputs: no times, no
 * host, no path outside the two trees. */
#include "core/file.h"
#include "core/json.h"
#include "pipeline/journal_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Nothing if there is no text.  Bytes that are not UTF-8 become U+FFFD. */
static void put_text(recto_json_out *o, const char *key, const char *text)
{
    if (text == NULL)
        return;
    recto_json_put_text(o, key, text);
}

/* {"layer": 3, "line": 1}: only those that occur, on pages neither blank nor failed. */
static void put_readers(recto_json_out *o, const recto_journal_entry *e)
{
    int count[RECTO_READER_KIND_COUNT] = {0};
    for (int i = 0; i < e->n_pages; i++)
        count[e->pages[i].reader] +=
            e->pages[i].status == RECTO_OK && (e->pages[i].flags & RECTO_FLAG_BLANK_PAGE) == 0;
    recto_json_out_key(o, "readers");
    recto_json_out_begin_object(o);
    for (int i = 0; i < RECTO_READER_KIND_COUNT; i++)
        if (count[i] > 0)
            recto_json_put_int(o, recto_doc_reader_name((recto_reader_kind)i), count[i]);
    recto_json_out_end_object(o);
}

static void put_flags(recto_json_out *o, const recto_journal_entry *e)
{
    int count[RECTO_FLAG_COUNT] = {0};
    for (int i = 0; i < e->n_pages; i++)
        for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
            count[bit] += (e->pages[i].flags & (1u << bit)) != 0;
    recto_json_out_key(o, "flags");
    recto_json_out_begin_object(o);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        if (count[bit] > 0)
            recto_json_put_int(o, recto_doc_flag_name(bit), count[bit]);
    recto_json_out_end_object(o);
}

static void put_failed_pages(recto_json_out *o, const recto_journal_entry *e)
{
    recto_json_out_key(o, "pages_failed");
    recto_json_out_begin_array(o);
    for (int i = 0; i < e->n_pages; i++) {
        const recto_journal_page *p = &e->pages[i];
        if (p->status == RECTO_OK)
            continue;
        recto_json_out_begin_object(o);
        recto_json_put_int(o, "page", p->number);
        put_text(o, "class", recto_status_name(p->status));
        put_text(o, "message", p->message);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_outputs(recto_json_out *o, const recto_journal_entry *e)
{
    recto_json_out_key(o, "outputs");
    recto_json_out_begin_array(o);
    for (int i = 0; i < e->n_outputs; i++) {
        recto_json_out_begin_object(o);
        put_text(o, "path", e->outputs[i].path);
        recto_json_put_int(o, "size", (int64_t)e->outputs[i].size);
        put_text(o, "sha256", e->outputs[i].sha256);
        recto_json_out_end_object(o);
    }
    recto_json_out_end_array(o);
}

static void put_entry(recto_buf *line, const recto_journal_entry *e)
{
    const recto_journal_document *d = &e->document;
    recto_json_out out = recto_json_out_over(line, false), *o = &out;
    recto_json_out_begin_object(o);
    put_text(o, "key", d->key);
    put_text(o, "parent", d->parent);
    put_text(o, "state", recto_journal_state_name(d->state));
    put_text(o, "duplicate_of", d->original);
    put_text(o, "class", d->status != RECTO_OK ? recto_status_name(d->status) : NULL);
    put_text(o, "message", d->message);
    put_text(o, "note", d->note);
    recto_json_put_text(o, "sha256", d->sha256[0] != '\0' ? d->sha256 : NULL);
    recto_json_put_int(o, "size", (int64_t)d->size);
    recto_json_put_text(o, "format", d->format);
    recto_json_put_int(o, "pages", d->n_pages);
    recto_json_put_int(o, "pages_blank", d->n_blank);
    put_failed_pages(o, e);
    recto_json_put_int(o, "attachments", d->n_attachments);
    put_readers(o, e);
    put_flags(o, e);
    put_outputs(o, e);
    recto_json_out_end_object(o);
    recto_buf_char(line, '\n');
}

static recto_status write_entries(recto_outfile *f, recto_journal *j, recto_error *err)
{
    journal_rows rows = {0};
    recto_buf line = RECTO_BUF_INIT;
    recto_arena *a = recto_arena_new(0, 0);
    bool more = true;
    recto_status st = a != NULL
                          ? recto_journal_rows_open(&rows, j->db, j->name, "ORDER BY key", err)
                          : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    while (st == RECTO_OK) {
        recto_journal_entry e;
        recto_arena_clear(a);
        st = recto_journal_rows_next(&more, &e, &rows, a, err);
        if (st != RECTO_OK || !more)
            break;
        put_entry(&line, &e);
        st = recto_buf_status(&line, err);
        if (st == RECTO_OK && line.len > 1 << 16) {
            st = recto_outfile_write(f, line.data, line.len, err);
            recto_buf_clear(&line);
        }
    }
    if (st == RECTO_OK && line.len > 0)
        st = recto_outfile_write(f, line.data, line.len, err);
    recto_journal_rows_close(&rows);
    recto_buf_free(&line);
    recto_arena_free(a);
    return st;
}

/* Only this run writes that manifest, so what bears its name temporarily is left over. */
static bool is_name(void *user, const char *name, bool cut)
{
    return !cut && strcmp(name, user) == 0;
}

recto_status recto_journal_manifest(recto_journal *j, recto_error *err)
{
    char name[JOURNAL_NAME_MAX] = "manifest.jsonl";
    recto_outfile *f = NULL;
    if (j->n_shards > 1)
        snprintf(name, sizeof name, "manifest-%d-of-%d.jsonl", j->shard, j->n_shards);
    recto_status st = recto_journal_wait(j, false, err);
    char *path = recto_journal_path(j->folder, name);
    recto_outfile_sweep(j->folder, is_name, name); /* a run may have been killed at this */
    if (st == RECTO_OK && path == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = recto_outfile_open(&f, path, err);
    free(path);
    if (st != RECTO_OK)
        return st;
    pthread_mutex_lock(&j->db_lock);
    st = write_entries(f, j, err);
    pthread_mutex_unlock(&j->db_lock);
    if (st == RECTO_OK)
        return recto_outfile_commit(f, err);
    recto_outfile_abort(f);
    return st;
}
