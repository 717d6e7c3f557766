/* Spill: pages as records (spill_page.h) in an unlinked temporary file.  Only the place of each
 * record (16 bytes a page) stays in memory.
 *
 * The bytes are our own, but the disk under them is not: reading checks every bound. */
#include "text/spill.h"

#include "core/buf.h"
#include "core/cursor.h"
#include "core/file.h"
#include "text/spill_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the file: sizes of page and extra bytes (4 each), their check sum (8; 0 if the file is not
 * kept), the bytes. A kept file begins with MAGIC and its key. */
enum { HEAD_BYTES = 16, KEY_BYTES = 64, MAGIC_BYTES = 8, KEPT_BYTES = MAGIC_BYTES + KEY_BYTES };
static const char MAGIC[MAGIC_BYTES + 1] = "RECTOPG2";

typedef struct record {
    uint64_t at; /* byte offset in the file, of the page's bytes */
    uint32_t size;
    uint32_t extra_size; /* after them */
} record;

struct recto_spill {
    int fd;
    bool kept;
    uint64_t end; /* of the file */
    record *records;
    int n_records;
    int cap;
    recto_buf bytes; /* one record on its way out or in; keeps its room */
};

recto_status recto_spill_open(recto_spill **out, recto_error *err)
{
    *out = NULL;
    recto_spill *s = calloc(1, sizeof *s);
    if (s == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status status = recto_file_temp(&s->fd, err);
    if (status != RECTO_OK) {
        free(s);
        return status;
    }
    *out = s;
    return RECTO_OK;
}

void recto_spill_close(recto_spill *s)
{
    if (s == NULL)
        return;
    close(s->fd);
    free(s->records);
    recto_buf_free(&s->bytes);
    free(s);
}

int recto_spill_count(const recto_spill *s)
{
    return s->n_records;
}

static recto_status reserve_record(recto_spill *s, recto_error *err)
{
    if (s->n_records < s->cap)
        return RECTO_OK;
    int cap = s->cap == 0 ? 64 : s->cap * 2;
    record *grown =
        s->cap > INT32_MAX / 2 ? NULL : realloc(s->records, (size_t)cap * sizeof *s->records);
    if (grown == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    s->records = grown;
    s->cap = cap;
    return RECTO_OK;
}

/* FNV-1a: against records that a power cut left half written, not against anyone. */
static uint64_t check_sum(const char *bytes, size_t size)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ (uint8_t)bytes[i]) * 1099511628211u;
    return h;
}

static void set_head(char head[HEAD_BYTES], uint32_t size, uint32_t extra_size, uint64_t sum)
{
    const uint64_t fields[] = {size, extra_size, sum};
    static const int widths[] = {4, 4, 8};
    for (int f = 0; f < 3; f++)
        for (int i = 0; i < widths[f]; i++)
            *head++ = (char)(uint8_t)(fields[f] >> (8 * i));
}

recto_status recto_spill_add(recto_spill *s, const recto_page *page, recto_error *err)
{
    return recto_spill_add_with(s, page, NULL, 0, err);
}

recto_status recto_spill_add_with(recto_spill *s, const recto_page *page, const void *extra,
                                  uint32_t extra_size, recto_error *err)
{
    static const char no_head[HEAD_BYTES] = {0};
    recto_status status = reserve_record(s, err);
    if (status != RECTO_OK)
        return status;
    recto_buf_clear(&s->bytes);
    recto_buf_add(&s->bytes, no_head, HEAD_BYTES);
    recto_spill_page_put(&s->bytes, page);
    size_t size = s->bytes.len - HEAD_BYTES;
    recto_buf_add(&s->bytes, extra != NULL ? extra : "", extra_size);
    status = recto_buf_status(&s->bytes, err);
    if (status == RECTO_OK && size > UINT32_MAX)
        status = recto_error_set(err, RECTO_ERR_LIMIT, "a page of over 4 GB of text");
    if (status != RECTO_OK)
        return status;
    set_head(s->bytes.data, (uint32_t)size, extra_size,
             s->kept ? check_sum(s->bytes.data + HEAD_BYTES, size + extra_size) : 0);
    /* after a failed write the file may have grown by part of a record: go back to its end */
    if (lseek(s->fd, (off_t)s->end, SEEK_SET) < 0)
        return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "temporary file");
    status = recto_file_write(s->fd, s->bytes.data, s->bytes.len, err);
    if (status != RECTO_OK)
        return recto_error_prefix(err, status, "temporary file: ");
    s->records[s->n_records++] =
        (record){.at = s->end + HEAD_BYTES, .size = (uint32_t)size, .extra_size = extra_size};
    s->end += s->bytes.len;
    return RECTO_OK;
}

/* size bytes of the file at `at` into s->bytes. */
static recto_status load(recto_spill *s, uint64_t at, size_t size, recto_error *err)
{
    recto_buf *b = &s->bytes;
    recto_buf_clear(b);
    if (b->cap < size) {
        recto_buf_free(b);
        if ((b->data = malloc(size)) == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        b->cap = size;
    }
    while (b->len < size) {
        ssize_t n = pread(s->fd, b->data + b->len, size - b->len, (off_t)(at + b->len));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "temporary file");
        if (n == 0)
            return recto_error_set(err, RECTO_ERR_FORMAT, "temporary file: truncated");
        b->len += (size_t)n;
    }
    return RECTO_OK;
}

recto_status recto_spill_read(recto_page *out, recto_spill *s, int i, recto_arena *keep,
                              recto_error *err)
{
    *out = (recto_page){0};
    if (i < 0 || i >= s->n_records)
        return recto_error_set(err, RECTO_ERR_ARG, "no such page in the temporary file");
    recto_status status = load(s, s->records[i].at, s->records[i].size, err);
    if (status != RECTO_OK)
        return status;
    return recto_spill_page_take(out, s->bytes.data, s->records[i].size, keep, err);
}

recto_status recto_spill_extra(recto_spill *s, int i, void *extra, uint32_t extra_size,
                               recto_error *err)
{
    if (i < 0 || i >= s->n_records)
        return recto_error_set(err, RECTO_ERR_ARG, "no such page in the temporary file");
    if (s->records[i].extra_size != extra_size)
        return recto_error_set(err, RECTO_ERR_FORMAT, "temporary file: another version's");
    recto_status status = load(s, s->records[i].at + s->records[i].size, extra_size, err);
    if (status == RECTO_OK && extra_size > 0)
        memcpy(extra, s->bytes.data, extra_size);
    return status;
}

/* --- kept files ------------------------------------------------------------------------------- */

/* Take over the record at s->end; false if there is no whole one, or no memory for it. */
static bool take_over(recto_spill *s, uint64_t file_size)
{
    if (file_size - s->end < HEAD_BYTES || load(s, s->end, HEAD_BYTES, NULL) != RECTO_OK)
        return false;
    recto_cursor c = recto_cursor_over(s->bytes.data, HEAD_BYTES);
    record rec = {.at = s->end + HEAD_BYTES};
    rec.size = recto_cursor_u32le(&c);
    rec.extra_size = recto_cursor_u32le(&c);
    uint64_t sum = recto_cursor_u64le(&c), size = (uint64_t)rec.size + rec.extra_size;
    if (size == 0 || size > file_size - rec.at || load(s, rec.at, size, NULL) != RECTO_OK ||
        check_sum(s->bytes.data, size) != sum || reserve_record(s, NULL) != RECTO_OK)
        return false;
    s->records[s->n_records++] = rec;
    s->end = rec.at + size;
    return true;
}

static recto_status begin_kept(recto_spill *s, const char *key, recto_error *err)
{
    char head[KEPT_BYTES];
    off_t size = lseek(s->fd, 0, SEEK_END);
    memcpy(head, MAGIC, MAGIC_BYTES);
    memcpy(head + MAGIC_BYTES, key, KEY_BYTES);
    s->end = KEPT_BYTES;
    if (size >= KEPT_BYTES && load(s, 0, KEPT_BYTES, NULL) == RECTO_OK &&
        memcmp(s->bytes.data, head, KEPT_BYTES) == 0) {
        while (take_over(s, (uint64_t)size)) {
        }
        if (ftruncate(s->fd, (off_t)s->end) == 0)
            return RECTO_OK;
    } else if (ftruncate(s->fd, 0) == 0 && lseek(s->fd, 0, SEEK_SET) == 0) {
        return recto_file_write(s->fd, head, KEPT_BYTES, err);
    }
    return recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot write");
}

recto_status recto_spill_open_kept(recto_spill **out, const char *path, const char *key,
                                   recto_error *err)
{
    *out = NULL;
    if (strlen(key) != KEY_BYTES)
        return recto_error_set(err, RECTO_ERR_ARG,
                               "recto_spill_open_kept: a key has 64 characters");
    recto_spill *s = calloc(1, sizeof *s);
    if (s == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    s->kept = true;
    s->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    recto_status status = s->fd >= 0 ? begin_kept(s, key, err)
                                     : recto_error_sys(err, RECTO_ERR_OUTPUT, errno, "cannot open");
    if (status != RECTO_OK) {
        if (s->fd >= 0)
            close(s->fd);
        free(s->records);
        recto_buf_free(&s->bytes);
        free(s);
        return recto_error_prefix(err, status, "'%s': ", path);
    }
    *out = s;
    return RECTO_OK;
}
