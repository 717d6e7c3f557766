/* Collecting: every document of every journal once, in constant memory but for what is listed. */
#include "pipeline/report_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *recto_report_condition_name(recto_journal_condition condition)
{
    static const char *const names[RECTO_JOURNAL_CONDITION_COUNT] = {
        [RECTO_JOURNAL_READABLE] = "readable", [RECTO_JOURNAL_IN_USE] = "in_use",
        [RECTO_JOURNAL_CUT] = "cut",           [RECTO_JOURNAL_DAMAGED] = "damaged",
        [RECTO_JOURNAL_NEWER] = "newer",       [RECTO_JOURNAL_UNREADABLE] = "unreadable",
    };
    return (unsigned)condition < RECTO_JOURNAL_CONDITION_COUNT ? names[condition] : "unreadable";
}

int recto_report_readable(const recto_report *r)
{
    return r->n_readable;
}

bool recto_report_complete(const recto_report *r)
{
    bool complete = r->n_readable == r->n_shards && r->n_journals == r->n_shards && !r->mixed &&
                    r->states[RECTO_JOURNAL_PENDING] == 0;
    for (int i = 0; i < r->n_journals && complete; i++) {
        const report_journal *j = &r->journals[i];
        complete = j->n_runs > 0 && j->runs[j->n_runs - 1].ended > 0;
    }
    return complete;
}

void recto_report_free(recto_report *r)
{
    if (r != NULL)
        recto_arena_free(r->arena);
    free(r);
}

static recto_status no_memory(recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
}

static const char *keep_text(recto_report *r, const char *text)
{
    return text != NULL ? recto_arena_text(r->arena, text, strlen(text)) : NULL;
}

/* Room for one more item of a list; false when memory ends.  Lists grow by copying, so that a list
 * takes at most three times its size from the arena. */
static bool room(recto_report *r, void *list, int n, int *cap, size_t size)
{
    void *items;
    memcpy(&items, list, sizeof items);
    if (n < *cap)
        return true;
    if (*cap > INT32_MAX / 2)
        return false;
    int more = *cap == 0 ? 16 : 2 * *cap;
    items = recto_arena_grow(r->arena, items, (size_t)*cap, (size_t)more, size);
    if (items == NULL)
        return false;
    memcpy(list, &items, sizeof items);
    *cap = more;
    return true;
}

/* --- one document ----------------------------------------------------------------------------- */

static bool add_failure(recto_report *r, const recto_journal_document *d, recto_status status,
                        int page, const char *message)
{
    if (!room(r, &r->failures, r->n_failures, &r->cap_failures, sizeof *r->failures))
        return false;
    report_failure *f = &r->failures[r->n_failures++];
    *f = (report_failure){.status = status, .page = page, .key = keep_text(r, d->key)};
    f->message = keep_text(r, message != NULL ? message : "");
    (page == 0 ? r->failed_documents : r->failed_pages)[status]++;
    return f->key != NULL && f->message != NULL;
}

/* A failed document is listed once; of one that was written, each page that failed.  It may also
 * lack something else, an overlay say. */
static bool add_failures(recto_report *r, const recto_journal_entry *e)
{
    const recto_journal_document *d = &e->document;
    bool listed = false;
    if (d->state == RECTO_JOURNAL_FAILED)
        return add_failure(r, d, d->status, 0, d->message);
    for (int i = 0; i < e->n_pages; i++)
        if (e->pages[i].status != RECTO_OK) {
            listed = true;
            if (!add_failure(r, d, e->pages[i].status, e->pages[i].number, e->pages[i].message))
                return false;
        }
    return listed || d->state != RECTO_JOURNAL_PARTIAL ||
           add_failure(r, d, d->status, 0, d->message);
}

static bool add_page(recto_report *r, const char *key, const recto_journal_page *p)
{
    r->n_pages++;
    r->n_pages_failed += p->status != RECTO_OK;
    r->n_pages_blank += p->status == RECTO_OK && (p->flags & RECTO_FLAG_BLANK_PAGE) != 0;
    if (p->status == RECTO_OK && (p->flags & RECTO_FLAG_BLANK_PAGE) == 0)
        r->readers[p->reader]++;
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        r->flags[bit] += (p->flags & (1u << bit)) != 0;
    if (p->status != RECTO_OK || (p->flags & REPORT_REVIEW) == 0)
        return true;
    if (!room(r, &r->review, r->n_review, &r->cap_review, sizeof *r->review))
        return false;
    report_review *v = &r->review[r->n_review++];
    *v = (report_review){.key = keep_text(r, key),
                         .page = p->number,
                         .conf = p->conf,
                         .flags = p->flags & REPORT_REVIEW};
    return v->key != NULL;
}

static bool add_note(recto_report *r, const recto_journal_document *d)
{
    if (d->note == NULL)
        return true;
    if (!room(r, &r->notes, r->n_notes, &r->cap_notes, sizeof *r->notes))
        return false;
    report_note *n = &r->notes[r->n_notes++];
    *n = (report_note){.key = keep_text(r, d->key), .note = keep_text(r, d->note)};
    return n->key != NULL && n->note != NULL;
}

/* Slower first, then by key, so that the order is a fixed one. */
static int compare_slow(const report_slow *a, const report_slow *b)
{
    return a->seconds != b->seconds ? (a->seconds > b->seconds ? -1 : 1) : strcmp(a->key, b->key);
}

static bool add_slow(recto_report *r, const recto_journal_document *d)
{
    report_slow one = {.key = d->key, .seconds = d->seconds, .n_pages = d->n_pages};
    int at = r->n_slowest;
    if (d->seconds <= 0 || d->state == RECTO_JOURNAL_OTHER || d->state == RECTO_JOURNAL_DUPLICATE ||
        (at == REPORT_SLOWEST && compare_slow(&one, &r->slowest[at - 1]) > 0))
        return true;
    one.key = keep_text(r, d->key);
    if (one.key == NULL)
        return false;
    if (at == REPORT_SLOWEST)
        at--;
    else
        r->n_slowest++;
    for (; at > 0 && compare_slow(&one, &r->slowest[at - 1]) < 0; at--)
        r->slowest[at] = r->slowest[at - 1];
    r->slowest[at] = one;
    return true;
}

/* Runs are in the order of their ids. */
static const recto_journal_run *find_run(const report_journal *j, int64_t id)
{
    int low = 0, high = j->n_runs;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (j->runs[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < j->n_runs && j->runs[low].id == id ? &j->runs[low] : NULL;
}

static void add_run(recto_report *r, const recto_journal_run *run)
{
    enum { MOST = sizeof r->fingerprints / sizeof *r->fingerprints };
    if (run == NULL)
        return;
    r->n_unsandboxed += !run->sandboxed;
    for (int i = 0; i < r->n_fingerprints; i++)
        if (strcmp(r->fingerprints[i], run->fingerprint) == 0)
            return;
    if (r->n_fingerprints < MOST)
        r->fingerprints[r->n_fingerprints++] = run->fingerprint;
}

static bool add_entry(recto_report *r, const report_journal *j, const recto_journal_entry *e)
{
    const recto_journal_document *d = &e->document;
    r->n_documents++;
    r->states[d->state]++;
    r->n_attached += d->parent != NULL;
    r->n_retried += d->attempts > 1;
    if (d->attempts > r->most_attempts)
        r->most_attempts = d->attempts;
    if (d->state == RECTO_JOURNAL_PENDING)
        return true;
    r->n_attachments += d->n_attachments;
    r->work_s += d->seconds;
    r->n_outputs += e->n_outputs;
    for (int i = 0; i < e->n_outputs; i++)
        r->output_bytes += e->outputs[i].size;
    if (d->state != RECTO_JOURNAL_DUPLICATE)
        add_run(r, find_run(j, e->run));
    for (int i = 0; i < e->n_pages; i++)
        if (!add_page(r, d->key, &e->pages[i]))
            return false;
    return add_failures(r, e) && add_note(r, d) && add_slow(r, d);
}

/* --- one journal ------------------------------------------------------------------------------ */

/* All documents of an open journal.  Errors: FORMAT, NOMEM, CANCELLED. */
static recto_status add_entries(recto_report *r, const report_journal *j,
                                recto_journal_reader *reader, bool (*stop)(void *user), void *user,
                                recto_error *err)
{
    recto_arena *a = recto_arena_new(0, 0);
    recto_status st = a != NULL ? RECTO_OK : no_memory(err);
    while (st == RECTO_OK) {
        recto_journal_entry e;
        bool more;
        recto_arena_clear(a);
        st = recto_journal_reader_next(&more, &e, reader, a, err);
        if (st != RECTO_OK || !more)
            break;
        if (!add_entry(r, j, &e))
            st = no_memory(err);
        else if (stop != NULL && stop(user))
            st = recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    }
    recto_arena_free(a);
    return st;
}

static double runs_s(const report_journal *j)
{
    double sum = 0;
    for (int i = 0; i < j->n_runs; i++) {
        const recto_journal_run *run = &j->runs[i];
        double end = run->ended > 0 ? run->ended : run->seen;
        sum += end > run->started ? end - run->started : 0;
    }
    return sum;
}

static recto_status read_journal(recto_report *r, report_journal *j, recto_journal_reader *reader,
                                 bool (*stop)(void *user), void *user, recto_error *err)
{
    int shard, n_shards;
    recto_journal_reader_shard(reader, &shard, &n_shards);
    if (shard != j->shard || n_shards != j->n_shards)
        return recto_error_set(err, RECTO_ERR_FORMAT,
                               "%s is the journal of shard %d of %d under another name", j->file,
                               shard, n_shards);
    recto_status st = recto_journal_reader_runs(&j->runs, &j->n_runs, reader, r->arena, err);
    if (st == RECTO_OK)
        st = add_entries(r, j, reader, stop, user, err);
    if (st == RECTO_OK && runs_s(j) > r->wall_s)
        r->wall_s = runs_s(j);
    return st;
}

/* Errors: NOMEM, CANCELLED; all others are noted in the journal's place in the report. */
static recto_status add_journal(recto_report *r, report_journal *j, const char *folder,
                                bool (*stop)(void *user), void *user, recto_error *err)
{
    recto_journal_reader *reader = NULL;
    recto_error why = {0};
    size_t size = strlen(folder) + strlen(j->file) + 2;
    char *path = malloc(size);
    if (path == NULL)
        return no_memory(err);
    snprintf(path, size, "%s/%s", folder, j->file);
    recto_status st = recto_journal_reader_open(&reader, &j->condition, path, &why);
    free(path);
    if (st == RECTO_OK) {
        st = read_journal(r, j, reader, stop, user, &why);
        if (st != RECTO_OK) /* what was read of it up to there stays counted */
            j->condition = RECTO_JOURNAL_DAMAGED;
    }
    recto_journal_reader_close(reader);
    r->n_readable += st == RECTO_OK;
    if (st == RECTO_ERR_NOMEM || st == RECTO_ERR_CANCELLED) {
        if (err != NULL)
            *err = why;
        return st;
    }
    if (st != RECTO_OK && (j->message = keep_text(r, why.msg)) == NULL)
        return no_memory(err);
    return RECTO_OK;
}

/* --- the folder ------------------------------------------------------------------------------- */

static int by_shard(const void *a, const void *b)
{
    const report_journal *x = a, *y = b;
    return x->n_shards != y->n_shards ? (x->n_shards > y->n_shards) - (x->n_shards < y->n_shards)
                                      : (x->shard > y->shard) - (x->shard < y->shard);
}

static int by_class(const void *a, const void *b)
{
    const report_failure *x = a, *y = b;
    int order = (x->status > y->status) - (x->status < y->status);
    if (order == 0)
        order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->page > y->page) - (x->page < y->page);
}

static int by_confidence(const void *a, const void *b)
{
    const report_review *x = a, *y = b;
    int order = (x->conf > y->conf) - (x->conf < y->conf);
    if (order == 0)
        order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->page > y->page) - (x->page < y->page);
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const report_note *)a)->key, ((const report_note *)b)->key);
}

static void sort(void *items, int n, size_t size, int (*compare)(const void *, const void *))
{
    if (n > 1)
        qsort(items, (size_t)n, size, compare);
}

static recto_status list_journals(recto_report *r, const char *folder, recto_error *err)
{
    struct dirent *e;
    DIR *d = opendir(folder);
    recto_status st = RECTO_OK;
    if (d == NULL)
        return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot list it");
    while (st == RECTO_OK && (e = readdir(d)) != NULL) {
        int shard, n_shards;
        if (!recto_journal_name_parse(e->d_name, &shard, &n_shards))
            continue;
        const char *file = keep_text(r, e->d_name);
        if (file == NULL ||
            !room(r, &r->journals, r->n_journals, &r->cap_journals, sizeof *r->journals))
            st = no_memory(err);
        else
            r->journals[r->n_journals++] =
                (report_journal){.file = file, .shard = shard, .n_shards = n_shards};
    }
    closedir(d);
    if (st == RECTO_OK && r->n_journals == 0)
        st = recto_error_set(err, RECTO_ERR_IO,
                             "there is no journal in it; name the output folder of recto batch");
    sort(r->journals, r->n_journals, sizeof *r->journals, by_shard);
    return st;
}

/* Shards that have no journal.  Journals are in the order of their shards. */
static void find_missing(recto_report *r)
{
    int next = 1; /* the shard that should come */
    for (int i = 0; i <= r->n_journals; i++) {
        if (i < r->n_journals && r->journals[i].n_shards != r->n_shards)
            continue;
        int until = i < r->n_journals ? r->journals[i].shard : r->n_shards + 1;
        for (int shard = next; shard < until && r->n_missing + shard - next < REPORT_MISSING;
             shard++)
            r->missing[r->n_missing + shard - next] = shard;
        r->n_missing += until - next;
        next = until + 1;
    }
}

recto_status recto_report_read(recto_report **out, const char *folder, bool (*stop)(void *user),
                               void *user, recto_error *err)
{
    *out = NULL;
    recto_report *r = calloc(1, sizeof *r);
    if (r != NULL)
        r->arena = recto_arena_new(0, 0);
    if (r == NULL || r->arena == NULL) {
        recto_report_free(r);
        return no_memory(err);
    }
    recto_status st = list_journals(r, folder, err);
    for (int i = 0; i < r->n_journals && st == RECTO_OK; i++) {
        report_journal *j = &r->journals[i];
        r->mixed = r->mixed || j->n_shards != r->journals[0].n_shards;
        r->n_shards = j->n_shards; /* the largest, if there are several */
        st = add_journal(r, j, folder, stop, user, err);
    }
    if (st != RECTO_OK) {
        recto_report_free(r);
        return st;
    }
    find_missing(r);
    sort(r->failures, r->n_failures, sizeof *r->failures, by_class);
    sort(r->review, r->n_review, sizeof *r->review, by_confidence);
    sort(r->notes, r->n_notes, sizeof *r->notes, by_key);
    *out = r;
    return RECTO_OK;
}
