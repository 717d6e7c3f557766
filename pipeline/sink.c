#include "pipeline/sink.h"

#include <string.h>
#include <unistd.h>

recto_status recto_sink_open(recto_sink *s, const recto_output *out, recto_error *err)
{
    *s = (recto_sink){.out = out};
    if (out->path == NULL)
        return RECTO_OK;
    if (!out->writer->parts)
        return recto_outfile_open(&s->file, out->path, err);
    size_t n_path = strlen(out->path), n_suffix = strlen(out->writer->suffix);
    if (n_path > n_suffix && strcmp(out->path + n_path - n_suffix, out->writer->suffix) == 0)
        n_path -= n_suffix;
    return recto_parts_open(&s->parts, out->path, n_path, err);
}

static recto_status put(recto_sink *s, int page, const char *bytes, size_t size, recto_error *err)
{
    const recto_output *out = s->out;
    if (s->file != NULL)
        return recto_outfile_write(s->file, bytes, size, err);
    if (s->parts != NULL)
        return recto_parts_write(s->parts, bytes, size, err);
    if (out->write != NULL)
        return size > 0 ? out->write(out->user, page, bytes, size, err) : RECTO_OK;
    recto_status st = recto_file_write(out->fd, bytes, size, err);
    if (st != RECTO_OK)
        recto_error_prefix(err, st,
                           "%s: ", out->fd == STDOUT_FILENO ? "standard output" : "output");
    return st;
}

/* A part begins: a file of its own, or an empty line after the one before. */
static recto_status begin_part(recto_sink *s, int page, const char *suffix, recto_error *err)
{
    if (s->parts != NULL)
        return recto_parts_begin(NULL, s->parts, suffix, err);
    bool first = !s->streamed;
    s->streamed = true;
    return first ? RECTO_OK : put(s, page, "\n", 1, err);
}

/* The buffer, cut where parts begin (recto_writer_part). */
static recto_status flush_parts(recto_sink *s, int page, recto_error *err)
{
    char *at = s->buf.data, *end = at + s->buf.len;
    recto_status st = RECTO_OK;
    while (at < end && st == RECTO_OK) {
        char *mark = memchr(at, RECTO_WRITER_PART, (size_t)(end - at));
        char *stop = mark != NULL ? mark : end;
        if (stop > at)
            st = put(s, page, at, (size_t)(stop - at), err);
        at = stop;
        char *line = mark != NULL ? memchr(mark, '\n', (size_t)(end - mark)) : NULL;
        if (st == RECTO_OK && line != NULL) {
            *line = '\0';
            st = begin_part(s, page, mark + 1, err);
            at = line + 1;
        }
    }
    return st;
}

recto_status recto_sink_flush(recto_sink *s, int page, recto_error *err)
{
    recto_status st = recto_buf_status(&s->buf, err);
    if (st == RECTO_OK)
        st = s->out->writer->parts ? flush_parts(s, page, err)
                                   : put(s, page, s->buf.data, s->buf.len, err);
    recto_buf_clear(&s->buf);
    return st;
}

recto_status recto_sink_commit(recto_sink *s,
                               recto_status (*told)(void *user, const char *path, recto_error *err),
                               void *user, recto_error *err)
{
    recto_outfile *file = s->file;
    s->file = NULL;
    if (s->parts != NULL)
        return recto_parts_commit(s->parts, told, user, err);
    if (file == NULL)
        return RECTO_OK;
    recto_status st = recto_outfile_commit(file, err);
    return st == RECTO_OK ? told(user, s->out->path, err) : st;
}

void recto_sink_drop(recto_sink *s)
{
    recto_outfile_abort(s->file);
    recto_parts_close(s->parts);
    s->file = NULL;
    s->parts = NULL;
}

void recto_sink_close(recto_sink *s)
{
    recto_sink_drop(s);
    recto_buf_free(&s->buf);
}
