/* A job: the public calls gather a recto_convert_job, and its events come back as public structs.
 * Bytes handed over in memory become an anonymous file, so that a parser process can read them as
 * it reads any other. */
#define _GNU_SOURCE /* memfd_create */
#include "library/engine.h"

#include "pipeline/convert.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_OUTPUTS = 16 };

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may cancel a job");

/* An output that is a function of the caller's. */
typedef struct taker {
    recto_job *job;
    recto_write_fn write;
    void *user;
} taker;

struct recto_job {
    recto_engine *engine;
    recto_arena *keep;
    recto_engine_settings settings;
    const char *path; /* the input's, NULL if it is a descriptor */
    const char *name; /* of a descriptor's document */
    int fd;           /* -1 if none */
    bool own_fd;
    recto_output outputs[MAX_OUTPUTS];
    taker takers[MAX_OUTPUTS]; /* by output */
    int n_outputs;
    const char *base;
    recto_page_fn on_page;
    void *on_page_user;
    atomic_bool cancelled;
    bool ran;
    int done, wanted; /* pages */
    recto_error err;
    recto_convert_result result;
    recto_summary summary;
};

/* What a public call returns; every call leaves its message, or none. */
static recto_code finish(recto_job *job, recto_status st)
{
    if (st == RECTO_OK)
        job->err.msg[0] = '\0';
    return recto_engine_code(st);
}

static recto_code refuse(recto_job *job, const char *why)
{
    return recto_engine_code(recto_error_set(&job->err, RECTO_ERR_ARG, "%s", why));
}

static recto_code no_memory(recto_job *job)
{
    return recto_engine_code(recto_error_set(&job->err, RECTO_ERR_NOMEM, "out of memory"));
}

static const char *copy_text(recto_job *job, const char *text)
{
    return recto_arena_text(job->keep, text, strlen(text));
}

recto_job *recto_job_new(recto_engine *engine)
{
    recto_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->keep = recto_arena_new(0, 0);
    if (job->keep == NULL) {
        free(job);
        return NULL;
    }
    job->engine = engine;
    job->settings = engine->settings;
    job->fd = -1;
    atomic_init(&job->cancelled, false);
    job->summary = (recto_summary){.sha256 = "", .format = "", .page_message = ""};
    return job;
}

static void drop_input(recto_job *job)
{
    if (job->own_fd)
        close(job->fd);
    job->fd = -1;
    job->own_fd = false;
    job->path = NULL;
}

void recto_job_free(recto_job *job)
{
    if (job == NULL)
        return;
    drop_input(job);
    recto_arena_free(job->keep);
    free(job);
}

recto_code recto_job_set(recto_job *job, const char *name, const char *value)
{
    static const char *const engines[] = {"sandbox", "sandbox-engine", "max-memory",
                                          "model",   "mmproj",         "precision"};
    for (size_t i = 0; name != NULL && i < sizeof engines / sizeof *engines; i++)
        if (strcmp(name, engines[i]) == 0)
            return recto_engine_code(recto_error_set(&job->err, RECTO_ERR_ARG,
                                                     "%s is set when the engine is opened", name));
    return finish(job, recto_engine_set(&job->settings, name, value, job->keep, &job->err));
}

/* --- the input ---------------------------------------------------------------------------- */

recto_code recto_job_input_file(recto_job *job, const char *path)
{
    if (path == NULL || path[0] == '\0')
        return refuse(job, "an input needs a path");
    /* below, "-" is the standard input */
    const char *copy = copy_text(job, strcmp(path, "-") == 0 ? "./-" : path);
    if (copy == NULL)
        return no_memory(job);
    drop_input(job);
    job->path = copy;
    return finish(job, RECTO_OK);
}

/* Take fd as the input; own: it is closed with the job, also when this fails. */
static recto_code take_descriptor(recto_job *job, int fd, bool own, const char *name)
{
    const char *copy = copy_text(job, name);
    if (copy == NULL) {
        if (own)
            close(fd);
        return no_memory(job);
    }
    drop_input(job);
    job->fd = fd;
    job->own_fd = own;
    job->name = copy;
    return finish(job, RECTO_OK);
}

recto_code recto_job_input_descriptor(recto_job *job, int descriptor, const char *name)
{
    if (descriptor < 0 || name == NULL)
        return refuse(job, "an input needs an open descriptor and a name");
    return take_descriptor(job, descriptor, false, name);
}

recto_code recto_job_input_memory(recto_job *job, const void *bytes, size_t size, const char *name)
{
    recto_error why = {0};
    if ((bytes == NULL && size > 0) || name == NULL)
        return refuse(job, "an input needs bytes and a name");
    int fd = memfd_create("recto-input", MFD_CLOEXEC);
    if (fd < 0)
        return recto_engine_code(
            recto_error_sys(&job->err, RECTO_ERR_IO, errno, "cannot make an anonymous file"));
    if (recto_file_write(fd, bytes, size, &why) != RECTO_OK) {
        close(fd);
        return recto_engine_code(
            recto_error_set(&job->err, RECTO_ERR_IO, "anonymous file: %s", why.msg));
    }
    return take_descriptor(job, fd, true, name);
}

/* --- the outputs -------------------------------------------------------------------------- */

/* Room for one more output of the form; NULL with job->err set. */
static recto_output *new_output(recto_job *job, const char *form)
{
    const recto_writer *writer = form != NULL ? recto_writer_lookup(form) : NULL;
    if (writer == NULL)
        refuse(job, "there is no such form; recto.h names them");
    else if (job->n_outputs == MAX_OUTPUTS)
        refuse(job, "more than 16 outputs");
    if (writer == NULL || job->n_outputs == MAX_OUTPUTS)
        return NULL;
    recto_output *out = &job->outputs[job->n_outputs];
    *out = (recto_output){.writer = writer, .fd = -1};
    return out;
}

recto_code recto_job_output_file(recto_job *job, const char *form, const char *path)
{
    if (path == NULL || path[0] == '\0')
        return refuse(job, "an output needs a path");
    recto_output *out = new_output(job, form);
    if (out == NULL)
        return RECTO_CODE_ARGUMENT;
    out->path = copy_text(job, path);
    if (out->path == NULL)
        return no_memory(job);
    job->n_outputs++;
    return finish(job, RECTO_OK);
}

recto_code recto_job_output_descriptor(recto_job *job, const char *form, int descriptor)
{
    if (descriptor < 0)
        return refuse(job, "an output needs an open descriptor");
    recto_output *out = new_output(job, form);
    if (out == NULL)
        return RECTO_CODE_ARGUMENT;
    out->fd = descriptor;
    job->n_outputs++;
    return finish(job, RECTO_OK);
}

static recto_status hand_over(void *user, int page, const void *bytes, size_t size,
                              recto_error *err)
{
    const taker *t = user;
    int answer = atomic_load(&t->job->cancelled) ? -1 : t->write(t->user, page, bytes, size);
    if (answer > 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, answer, "the caller refused an output");
    if (answer < 0)
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    return RECTO_OK;
}

recto_code recto_job_output_function(recto_job *job, const char *form, recto_write_fn write,
                                     void *user)
{
    if (write == NULL)
        return refuse(job, "an output needs a function");
    recto_output *out = new_output(job, form);
    if (out == NULL)
        return RECTO_CODE_ARGUMENT;
    job->takers[job->n_outputs] = (taker){job, write, user};
    out->write = hand_over;
    out->user = &job->takers[job->n_outputs++];
    return finish(job, RECTO_OK);
}

recto_code recto_job_page_files(recto_job *job, const char *base)
{
    if (base == NULL || base[0] == '\0')
        return refuse(job, "page files need a path to begin with");
    const char *copy = copy_text(job, base);
    if (copy == NULL)
        return no_memory(job);
    job->base = copy;
    return finish(job, RECTO_OK);
}

/* --- events ------------------------------------------------------------------------------- */

void recto_job_on_page(recto_job *job, recto_page_fn on_page, void *user)
{
    job->on_page = on_page;
    job->on_page_user = user;
}

static bool stop_asked(void *user)
{
    const recto_job *job = user;
    return atomic_load(&job->cancelled);
}

/* Before each page. */
static bool count_page(void *user, const char *name, int done, int wanted)
{
    recto_job *job = user;
    (void)name;
    job->done = done;
    job->wanted = wanted;
    return stop_asked(job);
}

static void tell_page(void *user, const recto_page_record *record)
{
    recto_job *job = user;
    const char *flags[RECTO_FLAG_COUNT + 1] = {NULL};
    size_t n_flags = 0;
    if (job->on_page == NULL)
        return;
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++)
        if ((record->flags & 1u << bit) != 0)
            flags[n_flags++] = recto_doc_flag_name(bit);
    const recto_page_info info = {.number = record->number,
                                  .done = job->done < job->wanted ? job->done + 1 : job->wanted,
                                  .wanted = job->wanted,
                                  .code = recto_engine_code(record->status),
                                  .message = record->error != NULL ? record->error : "",
                                  .reader = recto_doc_reader_name(record->reader),
                                  .flags = flags,
                                  .n_flags = n_flags,
                                  .confidence = (double)record->conf,
                                  .seconds = record->seconds};
    if (job->on_page(job->on_page_user, &info) != 0)
        recto_job_cancel(job);
}

void recto_job_cancel(recto_job *job)
{
    atomic_store(&job->cancelled, true);
}

/* --- the run ------------------------------------------------------------------------------ */

/* An output must not take the input's place. */
static recto_status check_outputs(const recto_job *job, recto_error *err)
{
    struct stat in, out;
    if ((job->path != NULL ? stat(job->path, &in) : fstat(job->fd, &in)) != 0)
        return RECTO_OK; /* reading will tell */
    for (int i = 0; i < job->n_outputs; i++)
        if (job->outputs[i].path != NULL && stat(job->outputs[i].path, &out) == 0 &&
            in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return recto_error_set(err, RECTO_ERR_OUTPUT, "the output %s would overwrite the input",
                                   job->outputs[i].path);
    return RECTO_OK;
}

static recto_status check_job(recto_job *job, recto_error *err)
{
    recto_engine_settings *s = &job->settings;
    if (job->ran)
        return recto_error_set(err, RECTO_ERR_ARG, "a job runs once; make another");
    if (job->path == NULL && job->fd < 0)
        return recto_error_set(err, RECTO_ERR_ARG, "the job has no input");
    if ((s->opt.overlay || s->opt.images == RECTO_IMAGES_FILES) && job->base == NULL)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "--overlay and --images files need recto_job_page_files");
    if (s->opt.reader != RECTO_CHOOSE_VLM && !s->for_vlm) {
        recto_options defaults; /* the engine has a model, this job does not use it */
        recto_options_defaults(&defaults);
        s->opt.vlm = defaults.vlm;
    }
    const char *wrong = recto_options_check(&s->opt);
    if (wrong != NULL)
        return recto_error_set(err, RECTO_ERR_ARG, "%s", wrong);
    if (stop_asked(job))
        return recto_error_set(err, RECTO_ERR_CANCELLED, "stopped");
    return check_outputs(job, err);
}

static void sum_up(recto_job *job)
{
    const recto_convert_result *r = &job->result;
    job->summary = (recto_summary){.sha256 = r->sha256,
                                   .format = r->format != NULL ? r->format : "",
                                   .pages = r->n_pages,
                                   .failed = r->n_failed,
                                   .undrawn = r->n_undrawn,
                                   .blank = r->n_blank,
                                   .attachments = r->n_attachments,
                                   .page_code = recto_engine_code(r->first_failure.code),
                                   .page_message = r->first_failure.msg};
}

recto_code recto_job_run(recto_job *job)
{
    recto_options *opt = &job->settings.opt;
    recto_status st = check_job(job, &job->err);
    if (st != RECTO_OK)
        return recto_engine_code(st);
    job->ran = true;
    opt->passwords = job->settings.passwords;
    opt->n_passwords = job->settings.n_passwords;
    opt->on_page = count_page;
    opt->stop = stop_asked;
    opt->user = job;
    const recto_convert_events events = {.user = job, .page = tell_page};
    st = recto_convert_document(&job->result,
                                &(recto_convert_job){.path = job->path,
                                                     .fd = job->fd,
                                                     .name = job->name,
                                                     .outputs = job->outputs,
                                                     .n_outputs = job->n_outputs,
                                                     .base = job->base,
                                                     .opt = opt,
                                                     .slot = &job->engine->slot,
                                                     .events = &events},
                                &job->err);
    sum_up(job);
    return finish(job, st);
}

const recto_summary *recto_job_summary(const recto_job *job)
{
    return &job->summary;
}

const char *recto_job_message(const recto_job *job)
{
    return job->err.msg;
}
