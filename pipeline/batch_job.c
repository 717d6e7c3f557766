/* One document of a batch: its outputs' names, its conversion, its record, and its attachments. */
#include "core/file.h"
#include "core/folder.h"
#include "pipeline/batch_parts.h"
#include "pipeline/input.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MAX_FORMS = 16, MAX_DEPTH = 3 };
/* A disk that is full, a server that is gone, a system short of processes: they may come back. */
static const int PATIENCE_S[] = {1, 4, 16};
enum { MOST_TRIES = sizeof PATIENCE_S / sizeof *PATIENCE_S };

/* A document under way. */
typedef struct work {
    batch_job *job;
    const char *key, *output; /* output: below OUT, without the form */
    const char *path;         /* of the file, for the journal */
    const char *parent, *note;
    int fd;         /* -1, or of an attachment */
    bool asked_for; /* by its name: then it must be a document */
    int depth;
    int attempts;
    bool alone;
    uint64_t size;
    int64_t mtime_ns;
    double started; /* since 1970 */
    double from_s;  /* of recto_clock_s */
    recto_convert_result result;
    recto_journal_page *pages; /* [n_pages] */
    int n_pages, cap_pages;
    recto_journal_output *outputs; /* [n_outputs] */
    int n_outputs, cap_outputs;
    recto_arena *arena; /* texts of the records, names */
    bool no_memory;     /* a record could not be kept */
    bool starved;       /* a page wants more memory than a job's share */
} work;

bool batch_units_add(batch_units *units, batch_unit unit)
{
    if (units->n == units->cap) {
        size_t cap = units->cap == 0 ? 64 : 2 * units->cap;
        batch_unit *grown = realloc(units->at, cap * sizeof *grown);
        if (grown == NULL)
            return false;
        units->at = grown;
        units->cap = cap;
    }
    units->at[units->n++] = unit;
    return true;
}

bool batch_aborted(batch *b)
{
    return b->opt->events.abort != NULL && b->opt->events.abort(b->opt->events.user);
}

bool batch_stopping(batch *b)
{
    if (b->opt->events.stop != NULL && b->opt->events.stop(b->opt->events.user))
        return true;
    pthread_mutex_lock(&b->lock);
    bool stopping = b->stopping;
    pthread_mutex_unlock(&b->lock);
    return stopping;
}

void batch_fail(batch *b, recto_status st, const recto_error *err)
{
    pthread_mutex_lock(&b->lock);
    if (b->fatal == RECTO_OK) {
        b->fatal = st;
        b->fatal_error = *err;
    }
    b->stopping = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

/* --- records ----------------------------------------------------------------------------- */

static const char *keep_text(work *w, const char *text)
{
    if (text == NULL)
        return NULL;
    const char *copy = recto_arena_text(w->arena, text, strlen(text));
    w->no_memory = w->no_memory || copy == NULL;
    return copy;
}

/* Room for one more item of an array that doubles; NULL if out of memory. */
static void *one_more(void *items, int n, int *cap, size_t size)
{
    if (n < *cap)
        return items;
    int wider = *cap == 0 ? 16 : 2 * *cap;
    void *grown = realloc(items, (size_t)wider * size);
    if (grown != NULL)
        *cap = wider;
    return grown;
}

/* A page may be told of twice: when writing it fails after reading it went well. */
static void on_page_record(void *user, const recto_page_record *r)
{
    work *w = user;
    int at = w->n_pages;
    for (int i = w->n_pages - 1; i >= 0 && w->pages[i].number >= r->number; i--)
        if (w->pages[i].number == r->number)
            at = i;
    recto_journal_page *pages = one_more(w->pages, at, &w->cap_pages, sizeof *pages);
    if (pages == NULL) {
        w->no_memory = true;
        return;
    }
    w->pages = pages;
    double before = at < w->n_pages ? pages[at].seconds : 0;
    pages[at] = (recto_journal_page){.number = r->number,
                                     .status = r->status,
                                     .message = keep_text(w, r->error),
                                     .reader = r->reader,
                                     .flags = r->flags,
                                     .conf = r->conf,
                                     .seconds = before + r->seconds};
    w->n_pages += at == w->n_pages;
    w->starved = w->starved || (r->status == RECTO_ERR_LIMIT && r->error != NULL &&
                                strstr(r->error, "--max-memory") != NULL);
}

static void on_output(void *user, const char *path, uint64_t size, const char *sha256)
{
    work *w = user;
    size_t folder = strlen(w->job->b->opt->folder) + 1;
    recto_journal_output *outputs =
        one_more(w->outputs, w->n_outputs, &w->cap_outputs, sizeof *outputs);
    if (outputs == NULL) {
        w->no_memory = true;
        return;
    }
    w->outputs = outputs;
    recto_journal_output *o = &outputs[w->n_outputs++];
    *o = (recto_journal_output){.path = keep_text(w, path + folder), .size = size};
    memcpy(o->sha256, sha256, sizeof o->sha256);
}

/* A file that lies among documents and is none: by its first bytes, and by its name. */
static bool is_other(const work *w, recto_status st)
{
    return st == RECTO_ERR_FORMAT && w->result.format == NULL && !w->asked_for &&
           !recto_plan_names_document(w->key);
}

static recto_journal_document describe(const work *w, recto_status st, const recto_error *err)
{
    const recto_convert_result *r = &w->result;
    recto_journal_document d = {.key = w->key,
                                .path = w->path,
                                .parent = w->parent,
                                .note = w->note,
                                .size = w->size,
                                .mtime_ns = w->mtime_ns,
                                .state = RECTO_JOURNAL_OK,
                                .format = r->format,
                                .n_pages = w->n_pages,
                                .n_blank = r->n_blank,
                                .n_attachments = r->n_attachments,
                                .attempts = w->attempts + 1,
                                .started = w->started,
                                .seconds = recto_clock_s() - w->from_s};
    memcpy(d.sha256, r->sha256, sizeof d.sha256);
    for (int i = 0; i < w->n_pages; i++)
        d.n_failed += w->pages[i].status != RECTO_OK;
    if (st != RECTO_OK) {
        d.state = is_other(w, st) ? RECTO_JOURNAL_OTHER : RECTO_JOURNAL_FAILED;
        d.status = st;
        d.message = err->msg;
    } else if (r->n_failed + r->n_undrawn > 0) {
        d.state = RECTO_JOURNAL_PARTIAL;
        d.status = r->first_failure.code;
        d.message = r->first_failure.msg;
    }
    return d;
}

/* Tell what became of a document, and count it. */
static void announce(batch *b, const recto_journal_document *d)
{
    pthread_mutex_lock(&b->lock);
    b->progress.n_states[d->state]++;
    b->progress.n_attachments += d->parent != NULL;
    b->progress.n_pages += d->n_pages;
    b->progress.n_pages_failed += d->n_failed;
    b->progress.seconds = recto_clock_s() - b->started_s;
    if (d->parent == NULL)
        b->bytes_done += d->size;
    if (d->state == RECTO_JOURNAL_FAILED && b->opt->abort_on_error)
        b->stopping = true;
    if (b->opt->events.document != NULL)
        b->opt->events.document(b->opt->events.user, d, &b->progress);
    pthread_mutex_unlock(&b->lock);
}

static recto_status record(work *w, recto_status st, const recto_error *why, recto_error *err)
{
    recto_journal_document d = describe(w, st, why);
    if (w->no_memory)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status written = recto_journal_record(w->job->b->journal, &d, w->pages, w->n_pages,
                                                w->outputs, st == RECTO_OK ? w->n_outputs : 0, err);
    if (written == RECTO_OK)
        announce(w->job->b, &d);
    return written;
}

void batch_record_item(batch *b, const recto_plan_item *item, recto_journal_state state)
{
    recto_error err = {0};
    recto_journal_document d = {.key = item->key,
                                .path = item->path,
                                .original = item->original,
                                .note = item->note,
                                .size = item->size,
                                .mtime_ns = item->mtime_ns,
                                .state = state,
                                .status = item->status,
                                .message = item->message,
                                .attempts = 1,
                                .started = (double)time(NULL)};
    recto_status st = recto_journal_record(b->journal, &d, NULL, 0, NULL, 0, &err);
    if (st == RECTO_OK)
        announce(b, &d);
    else
        batch_fail(b, st, &err);
}

/* --- one document ------------------------------------------------------------------------ */

static recto_status do_attachments(void *user, recto_source *source, int n,
                                   recto_deadline *deadline, recto_error *err);

/* OUT/OUTPUT.SUFFIX, in the arena. */
static char *output_path(work *w, const char *suffix)
{
    const char *folder = w->job->b->opt->folder;
    size_t size = strlen(folder) + strlen(w->output) + strlen(suffix) + 2;
    char *path = recto_arena_alloc(w->arena, size);
    if (path != NULL)
        snprintf(path, size, "%s/%s%s", folder, w->output, suffix);
    return path;
}

/* OUT must be the folder it was: where it was removed, or its disk is no longer mounted, results
 * would go where the journal does not. */
static recto_status check_folder(const batch *b, recto_error *err)
{
    struct stat was, is;
    int sys = stat(b->opt->folder, &is) == 0 ? 0 : errno;
    if (sys == 0 && b->folder_fd >= 0 && fstat(b->folder_fd, &was) == 0 &&
        (was.st_dev != is.st_dev || was.st_ino != is.st_ino))
        sys = ESTALE;
    return sys == 0 ? RECTO_OK
                    : recto_error_sys(err, RECTO_ERR_OUTPUT, sys,
                                      "the output folder '%s' is no longer there", b->opt->folder);
}

static recto_status make_folder_of(work *w, const char *base, recto_error *err)
{
    recto_status st = check_folder(w->job->b, err);
    if (st != RECTO_OK)
        return st;
    char *folder = recto_arena_text(w->arena, base, strlen(base));
    if (folder == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    char *slash = strrchr(folder, '/');
    *slash = '\0'; /* there is one: base begins with the output folder */
    return recto_folder_make(folder, err);
}

/* What the conversion tells and makes; err is filled on failure. */
static recto_status convert(work *w, recto_error *err)
{
    const recto_batch_options *opt = w->job->b->opt;
    recto_output outputs[MAX_FORMS];
    const recto_convert_events events = {
        .user = w,
        .page = on_page_record,
        .output = on_output,
        .attachments = opt->attachments && w->depth < MAX_DEPTH ? do_attachments : NULL};
    const char *base = output_path(w, "");
    const char *pages = opt->checkpoint ? batch_pages_path(opt, w->key, w->arena) : NULL;
    bool complete = base != NULL && (pages != NULL || !opt->checkpoint);
    for (int i = 0; i < opt->n_forms; i++) {
        outputs[i] = (recto_output){
            .writer = opt->forms[i], .path = output_path(w, opt->forms[i]->suffix), .fd = -1};
        complete = complete && outputs[i].path != NULL;
    }
    if (!complete)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = make_folder_of(w, base, err);
    if (st != RECTO_OK)
        return st;
    return recto_convert_document(&w->result,
                                  &(recto_convert_job){.path = w->path,
                                                       .fd = w->fd,
                                                       .name = strrchr(w->output, '/') != NULL
                                                                   ? strrchr(w->output, '/') + 1
                                                                   : w->output,
                                                       .outputs = outputs,
                                                       .n_outputs = opt->n_forms,
                                                       .base = base,
                                                       .pages_path = pages,
                                                       .pages_key = w->job->b->fingerprint,
                                                       .opt = &w->job->run,
                                                       .slot = &w->job->slot,
                                                       .events = &events},
                                  err);
}

static bool work_begin(work *w)
{
    w->arena = recto_arena_new(0, 0);
    w->started = (double)time(NULL);
    w->from_s = recto_clock_s();
    return w->arena != NULL;
}

/* Forget what a first try told. */
static void work_again(work *w)
{
    w->n_pages = w->n_outputs = 0;
    w->no_memory = w->starved = false;
}

static void work_end(work *w)
{
    free(w->pages);
    free(w->outputs);
    recto_arena_free(w->arena);
}

/* A failing output that is not this document's fault. */
static bool is_disk_trouble(recto_status st, const recto_error *err)
{
    return st == RECTO_ERR_OUTPUT && err->sys != 0 && err->sys != ENAMETOOLONG &&
           err->sys != EISDIR && err->sys != ENOTDIR && err->sys != ELOOP;
}

/* Sleep, but not through a stop; true if the time is over. */
static bool wait_s(batch *b, int seconds)
{
    const struct timespec tenth = {0, 100000000};
    for (int i = 0; i < 10 * seconds; i++) {
        if (batch_stopping(b))
            return false;
        nanosleep(&tenth, NULL);
    }
    return true;
}

static void tell_of_retry(batch *b, const char *key, const char *msg)
{
    char text[1200];
    if (b->opt->events.message == NULL)
        return;
    snprintf(text, sizeof text, "%s: %s; trying again", key, msg);
    pthread_mutex_lock(&b->lock);
    b->opt->events.message(b->opt->events.user, text);
    pthread_mutex_unlock(&b->lock);
}

/* Too many processes or open files for the moment. */
static bool is_system_short(recto_status st, const recto_error *err)
{
    return st == RECTO_ERR_DEVICE &&
           (err->sys == EAGAIN || err->sys == ENOMEM || err->sys == EMFILE || err->sys == ENFILE);
}

/* Convert, and again while the disk or the system may recover. */
static recto_status convert_patiently(work *w, recto_error *err)
{
    recto_status st = convert(w, err);
    for (int i = 0; i < MOST_TRIES && (is_disk_trouble(st, err) || is_system_short(st, err)); i++) {
        tell_of_retry(w->job->b, w->key, err->msg);
        if (!wait_s(w->job->b, PATIENCE_S[i]))
            break;
        work_again(w);
        st = convert(w, err);
    }
    return st;
}

/* It wants more memory than a job's share, and will get all of it in another run over its unit. */
static bool goes_alone(const work *w, recto_status st, const recto_error *err)
{
    bool starved =
        w->starved || (st == RECTO_ERR_LIMIT && strstr(err->msg, "--max-memory") != NULL);
    return starved && !w->alone && w->job->b->parsers_alone != NULL;
}

/* --- attachments ------------------------------------------------------------------------- */

/* Is there a document of this name in the plan?  Its items are sorted by key. */
static bool is_planned(const recto_plan *plan, const char *key)
{
    int low = 0, high = plan != NULL ? plan->n_items : 0;
    while (low < high) {
        int middle = low + (high - low) / 2;
        int order = strcmp(plan->items[middle].key, key);
        if (order == 0)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* "letter.pdf" -> "letter.pdf/2-NAME".  In one folder no document is called so, since letter.pdf is
 * no folder; where inputs of several places are, one may be, and its record is not to be replaced:
 * then "~" is put behind. */
static char *attachment_key(work *parent, int k, const char *name)
{
    enum { MOST_MARKS = 8 };
    size_t size = strlen(parent->key) + strlen(name) + 16 + MOST_MARKS;
    char *key = recto_arena_alloc(parent->arena, size);
    if (key != NULL)
        snprintf(key, size, "%s/%d-%s", parent->key, k + 1, name);
    for (int i = 0; i < MOST_MARKS && key != NULL && is_planned(parent->job->b->plan, key); i++)
        strcat(key, "~");
    return key;
}

/* Convert attachment k and record it; errors are only those that end the parent's work. */
static recto_status do_attachment(work *parent, recto_source *source, int k,
                                  recto_deadline *deadline, recto_error *err)
{
    recto_source_attachment a;
    recto_error why = {0};
    work w = {.job = parent->job, .parent = parent->key, .path = parent->path, .fd = -1};
    recto_deadline_grant_page(deadline, w.job->run.timeout_s);
    recto_status st = recto_source_attachment_info(&a, source, k, &why);
    const char *name = st == RECTO_OK ? a.name : "";
    w.key = attachment_key(parent, k, name);
    if (w.key == NULL || !work_begin(&w) ||
        recto_plan_output(&w.output, &w.note, w.key, parent->job->b->opt->plan.flat, w.arena,
                          err) != RECTO_OK) {
        work_end(&w);
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    w.depth = parent->depth + 1;
    w.mtime_ns = parent->mtime_ns;
    w.alone = parent->alone;
    if (st == RECTO_OK)
        st = recto_file_temp(&w.fd, &why);
    if (st == RECTO_OK)
        st = recto_source_attachment_write(source, k, w.fd, w.job->run.max_bytes, &why);
    deadline->page_s = 0;
    struct stat file;
    if (st == RECTO_OK && fstat(w.fd, &file) == 0)
        w.size = (uint64_t)file.st_size;
    if (st == RECTO_OK)
        st = convert(&w, &why);
    bool ends = st == RECTO_ERR_CANCELLED || st == RECTO_ERR_MODEL || st == RECTO_ERR_DEVICE ||
                st == RECTO_ERR_NOMEM || is_disk_trouble(st, &why);
    bool again = !ends && goes_alone(&w, st, &why);
    parent->starved = parent->starved || again;
    if (ends && err != NULL)
        *err = why;
    recto_status written = ends ? st : again ? RECTO_OK : record(&w, st, &why, err);
    if (w.fd >= 0)
        close(w.fd);
    work_end(&w);
    return written;
}

static recto_status do_attachments(void *user, recto_source *source, int n,
                                   recto_deadline *deadline, recto_error *err)
{
    recto_status st = RECTO_OK;
    for (int k = 0; k < n && st == RECTO_OK && !goes_alone(user, RECTO_OK, NULL); k++)
        st = do_attachment(user, source, k, deadline, err);
    return st;
}

/* --- a unit ------------------------------------------------------------------------------ */

/* May another run over it end differently? */
static bool may_recover(const work *w, recto_status st, const recto_error *err)
{
    if (w->attempts + 1 >= BATCH_MAX_ATTEMPTS)
        return false;
    if (goes_alone(w, st, err))
        return true;
    return (st == RECTO_ERR_IO || st == RECTO_ERR_NOMEM) && w->attempts == 0;
}

static void do_later(work *w, batch_unit unit, recto_status st)
{
    batch *b = w->job->b;
    unit.attempts++;
    unit.alone = st != RECTO_ERR_IO;
    pthread_mutex_lock(&b->lock);
    bool added = batch_units_add(&b->later, unit);
    pthread_mutex_unlock(&b->lock);
    if (!added)
        batch_fail(b, RECTO_ERR_NOMEM,
                   &(recto_error){.code = RECTO_ERR_NOMEM, .msg = "out of memory"});
}

static bool ends_run(recto_status st, const recto_error *err)
{
    return st == RECTO_ERR_MODEL || st == RECTO_ERR_DEVICE || is_disk_trouble(st, err);
}

void batch_do(batch_job *job, batch_unit unit)
{
    batch *b = job->b;
    const recto_plan_item *item = unit.item;
    recto_error err = {0};
    struct stat file;
    work w = {.job = job,
              .key = item->key,
              .output = item->output,
              .path = item->path,
              .note = item->note,
              .asked_for = !item->walked,
              .fd = -1,
              .attempts = unit.attempts,
              .alone = unit.alone,
              .size = item->size,
              .mtime_ns = item->mtime_ns};
    if (stat(item->path, &file) == 0) { /* it may be newer than the plan */
        w.size = (uint64_t)file.st_size;
        w.mtime_ns = (int64_t)file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
    }
    job->run.parsers = unit.alone && b->parsers_alone != NULL ? b->parsers_alone : b->parsers;
    recto_status st = work_begin(&w) ? convert_patiently(&w, &err)
                                     : recto_error_set(&err, RECTO_ERR_NOMEM, "out of memory");
    if (ends_run(st, &err)) {
        recto_error_prefix(&err, st, "%s: ", w.key);
        batch_fail(b, st, &err);
    } else if (st != RECTO_ERR_CANCELLED) {
        if (may_recover(&w, st, &err)) {
            do_later(&w, unit, st);
        } else {
            recto_error broken = {0};
            recto_status written = record(&w, st, &err, &broken);
            if (written != RECTO_OK)
                batch_fail(b, written, &broken);
        }
    }
    work_end(&w);
}
