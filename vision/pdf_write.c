#include "vision/pdf_write.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ISO 32000-1, annex C: indirect objects in a file. */
enum { MAX_OBJECTS = 8388607 };

static void fail(recto_pdf_write *w, recto_status st)
{
    if (w->failed == RECTO_OK)
        w->failed = st;
}

void recto_pdf_write_init(recto_pdf_write *w, uint64_t base, int first_num)
{
    *w = (recto_pdf_write){.base = base, .next_num = first_num};
}

void recto_pdf_write_free(recto_pdf_write *w)
{
    recto_buf_free(&w->out);
    free(w->entries);
    *w = (recto_pdf_write){0};
}

recto_status recto_pdf_write_status(const recto_pdf_write *w, recto_error *err)
{
    if (w->out.failed || w->failed == RECTO_ERR_NOMEM)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for the searchable PDF");
    if (w->failed == RECTO_ERR_LIMIT)
        return recto_error_set(err, RECTO_ERR_LIMIT, "the PDF would have over %d objects",
                               MAX_OBJECTS);
    if (w->failed != RECTO_OK)
        return recto_error_set(err, w->failed, "the searchable PDF cannot be written");
    return RECTO_OK;
}

uint64_t recto_pdf_write_size(const recto_pdf_write *w)
{
    return w->base + w->out.len;
}

size_t recto_pdf_write_take(recto_pdf_write *w, void *to, size_t size)
{
    size_t n = w->out.len < size ? w->out.len : size;
    if (n == 0)
        return 0;
    memcpy(to, w->out.data, n);
    memmove(w->out.data, w->out.data + n, w->out.len - n);
    w->out.len -= n;
    w->base += n;
    return n;
}

/* --- objects --------------------------------------------------------------------------------- */

int recto_pdf_write_new(recto_pdf_write *w)
{
    if (w->next_num > MAX_OBJECTS) {
        fail(w, RECTO_ERR_LIMIT);
        return MAX_OBJECTS;
    }
    return w->next_num++;
}

void recto_pdf_write_begin(recto_pdf_write *w, int num, int gen)
{
    if (w->n_entries == w->cap_entries) {
        int cap = w->cap_entries == 0 ? 64 : 2 * w->cap_entries;
        recto_pdf_write_entry *grown = realloc(w->entries, (size_t)cap * sizeof *grown);
        if (grown == NULL) {
            fail(w, RECTO_ERR_NOMEM);
            return;
        }
        w->entries = grown;
        w->cap_entries = cap;
    }
    w->entries[w->n_entries++] = (recto_pdf_write_entry){recto_pdf_write_size(w), num, gen};
    recto_buf_printf(&w->out, "%d %d obj\n", num, gen);
}

void recto_pdf_write_end(recto_pdf_write *w)
{
    recto_buf_text(&w->out, "\nendobj\n");
}

struct recto_pdf_write_packer {
    z_stream z;
    recto_buf *out;
    bool failed;
};

recto_pdf_write_packer *recto_pdf_write_packer_new(recto_buf *out, bool fast)
{
    recto_pdf_write_packer *p = calloc(1, sizeof *p);
    if (p == NULL)
        return NULL;
    p->out = out;
    if (deflateInit(&p->z, fast ? Z_DEFAULT_COMPRESSION : Z_BEST_COMPRESSION) == Z_OK)
        return p;
    free(p);
    return NULL;
}

static void pack(recto_pdf_write_packer *p, int flush)
{
    uint8_t piece[1 << 14];
    int rc;
    do {
        p->z.next_out = piece;
        p->z.avail_out = sizeof piece;
        rc = deflate(&p->z, flush);
        recto_buf_add(p->out, piece, sizeof piece - p->z.avail_out);
    } while (p->z.avail_out == 0 && rc == Z_OK);
    p->failed = p->failed || p->out->failed || (flush == Z_FINISH && rc != Z_STREAM_END);
}

void recto_pdf_write_packer_add(recto_pdf_write_packer *p, const void *bytes, size_t size)
{
    enum { AT_ONCE = 1 << 30 }; /* zlib counts in unsigned int */
    for (const uint8_t *from = bytes; size > 0;) {
        size_t now = size < AT_ONCE ? size : AT_ONCE;
        p->z.next_in = (Bytef *)(uintptr_t)from;
        p->z.avail_in = (uInt)now;
        pack(p, Z_NO_FLUSH);
        from += now;
        size -= now;
    }
}

bool recto_pdf_write_packer_end(recto_pdf_write_packer *p)
{
    if (p == NULL)
        return false;
    p->z.avail_in = 0;
    pack(p, Z_FINISH);
    deflateEnd(&p->z);
    bool fine = !p->failed;
    free(p);
    return fine;
}

bool recto_pdf_write_deflate(recto_buf *out, const void *bytes, size_t size)
{
    recto_pdf_write_packer *p = recto_pdf_write_packer_new(out, false);
    if (p != NULL)
        recto_pdf_write_packer_add(p, bytes, size);
    return recto_pdf_write_packer_end(p);
}

/* The stream's data as they lie in the file; *size_out of them in *held, which the caller frees, or
 * the bytes themselves. */
static const void *stored(recto_pdf_write *w, recto_buf *held, int num, int gen, const void *bytes,
                          size_t *size, bool packing)
{
    recto_buf packed = RECTO_BUF_INIT;
    if (packing && !recto_pdf_write_deflate(&packed, bytes, *size))
        fail(w, RECTO_ERR_NOMEM);
    if (packing) {
        bytes = recto_buf_cstr(&packed);
        *size = packed.len;
    }
    *held = packed;
    if (w->cipher == NULL)
        return bytes;
    recto_buf secret = RECTO_BUF_INIT;
    if (!w->cipher(w->cipher_user, &secret, num, gen, bytes, *size))
        fail(w, RECTO_ERR_FORMAT);
    if (secret.failed)
        fail(w, RECTO_ERR_NOMEM);
    recto_buf_free(&packed);
    *held = secret;
    *size = secret.len;
    return recto_buf_cstr(held);
}

void recto_pdf_write_stream(recto_pdf_write *w, int num, int gen, const char *dict,
                            const void *bytes, size_t size, bool packing)
{
    recto_buf held = RECTO_BUF_INIT;
    const void *data = stored(w, &held, num, gen, bytes, &size, packing);
    recto_pdf_write_begin(w, num, gen);
    recto_buf_printf(&w->out, "<<%s%s /Length %zu>>\nstream\n", dict,
                     packing ? " /Filter /FlateDecode" : "", size);
    recto_buf_add(&w->out, data, size);
    recto_buf_text(&w->out, "\nendstream");
    recto_pdf_write_end(w);
    recto_buf_free(&held);
}

void recto_pdf_write_string(recto_pdf_write *w, int num, int gen, const char *text)
{
    recto_buf secret = RECTO_BUF_INIT;
    size_t size = strlen(text);
    if (w->cipher != NULL) {
        if (!w->cipher(w->cipher_user, &secret, num, gen, text, size))
            fail(w, RECTO_ERR_FORMAT);
        text = recto_buf_cstr(&secret);
        size = secret.len;
    }
    recto_buf_char(&w->out, '<');
    for (size_t i = 0; i < size; i++)
        recto_buf_printf(&w->out, "%02X", (unsigned)(uint8_t)text[i]);
    recto_buf_char(&w->out, '>');
    recto_buf_free(&secret);
}

void recto_pdf_write_number(recto_buf *out, double value, int places)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    /* not printf's %f: its point depends on the locale */
    double scaled = isfinite(value) ? round(fabs(value) * powers[places]) : 0;
    uint64_t whole = (uint64_t)fmin(scaled, 9e15), unit = (uint64_t)powers[places];
    uint64_t rest = whole % unit;
    if (value < 0 && whole > 0)
        recto_buf_char(out, '-');
    recto_buf_printf(out, "%llu", (unsigned long long)(whole / unit));
    if (rest == 0)
        return;
    for (; rest % 10 == 0; rest /= 10)
        places--;
    recto_buf_printf(out, ".%0*llu", places, (unsigned long long)rest);
}

/* --- cross references ------------------------------------------------------------------------ */

static int by_number(const void *pa, const void *pb)
{
    const recto_pdf_write_entry *a = pa, *b = pb;
    return (a->num > b->num) - (a->num < b->num);
}

/* Entries from i on whose numbers follow one another. */
static int run_length(const recto_pdf_write *w, int i)
{
    int n = 1;
    while (i + n < w->n_entries && w->entries[i + n].num == w->entries[i].num + n)
        n++;
    return n;
}

/* All numbers from 0 on: one section, as a file that begins here must have it.  Those that are not
 * there are free, each naming the next. */
static void put_whole_table(recto_pdf_write *w)
{
    int next_free = 0;
    recto_buf rows = RECTO_BUF_INIT;
    recto_buf_printf(&w->out, "0 %d\n", w->next_num);
    /* from the end, since a free entry names the one after it; 20 bytes a row */
    size_t at = w->out.len, size = (size_t)w->next_num * 20;
    for (int i = 0; i < w->next_num; i++)
        recto_buf_add(&w->out, "00000000000000000000", 20);
    for (int num = w->next_num - 1, k = w->n_entries - 1; num >= 0 && !w->out.failed; num--) {
        recto_buf_clear(&rows);
        if (k >= 0 && w->entries[k].num == num) {
            recto_buf_printf(&rows, "%010llu %05d n \n", (unsigned long long)w->entries[k].offset,
                             w->entries[k].gen);
            k--;
        } else {
            recto_buf_printf(&rows, "%010d %05d f \n", next_free, num == 0 ? 65535 : 1);
            next_free = num;
        }
        if (rows.len == 20)
            memcpy(w->out.data + at + (size_t)num * 20, rows.data, 20);
    }
    if (rows.failed || w->out.len != at + size)
        fail(w, RECTO_ERR_NOMEM);
    recto_buf_free(&rows);
}

static void put_table(recto_pdf_write *w, const char *keys, uint64_t prev)
{
    recto_buf_text(&w->out, "xref\n");
    if (prev == UINT64_MAX)
        put_whole_table(w);
    for (int i = 0; i < w->n_entries && prev != UINT64_MAX;) {
        int n = run_length(w, i);
        recto_buf_printf(&w->out, "%d %d\n", w->entries[i].num, n);
        for (int k = i; k < i + n; k++)
            recto_buf_printf(&w->out, "%010llu %05d n \n", (unsigned long long)w->entries[k].offset,
                             w->entries[k].gen);
        i += n;
    }
    recto_buf_printf(&w->out, "trailer\n<<%s /Size %d", keys, w->next_num);
    if (prev != UINT64_MAX)
        recto_buf_printf(&w->out, " /Prev %llu", (unsigned long long)prev);
    recto_buf_text(&w->out, ">>\n");
}

static void put_be(recto_buf *out, uint64_t value, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        recto_buf_char(out, (char)(uint8_t)(value >> (8 * i)));
}

/* Fields of 1, 8 and 2 bytes: kind, place, generation. */
static void put_xref_stream(recto_pdf_write *w, const char *keys, uint64_t prev)
{
    recto_buf rows = RECTO_BUF_INIT, dict = RECTO_BUF_INIT;
    int num = recto_pdf_write_new(w);
    uint64_t place = recto_pdf_write_size(w);
    recto_pdf_write_cipher cipher = w->cipher;
    w->cipher = NULL;                 /* these streams never are */
    recto_pdf_write_begin(w, num, 0); /* for its entry, which is its own */
    w->out.len = (size_t)(place - w->base);
    qsort(w->entries, (size_t)w->n_entries, sizeof *w->entries, by_number);
    recto_buf_printf(&dict, "/Type /XRef%s /Size %d /W [1 8 2] /Index [", keys, w->next_num);
    for (int i = 0; i < w->n_entries;) {
        int n = run_length(w, i);
        recto_buf_printf(&dict, "%d %d ", w->entries[i].num, n);
        for (int k = i; k < i + n; k++) {
            put_be(&rows, 1, 1);
            put_be(&rows, w->entries[k].offset, 8);
            put_be(&rows, (uint64_t)w->entries[k].gen, 2);
        }
        i += n;
    }
    recto_buf_text(&dict, "]");
    recto_buf_printf(&dict, " /Prev %llu", (unsigned long long)prev);
    if (rows.failed || dict.failed)
        fail(w, RECTO_ERR_NOMEM);
    recto_pdf_write_stream(w, num, 0, recto_buf_cstr(&dict), recto_buf_cstr(&rows), rows.len, true);
    w->cipher = cipher;
    recto_buf_free(&rows);
    recto_buf_free(&dict);
}

void recto_pdf_write_finish(recto_pdf_write *w, const char *keys, uint64_t prev, bool stream)
{
    uint64_t place = recto_pdf_write_size(w);
    if (!stream && place > 9999999999) /* what a table's ten digits can say */
        fail(w, RECTO_ERR_FORMAT);
    qsort(w->entries, (size_t)w->n_entries, sizeof *w->entries, by_number);
    if (stream && prev != UINT64_MAX)
        put_xref_stream(w, keys, prev);
    else
        put_table(w, keys, prev);
    recto_buf_printf(&w->out, "startxref\n%llu\n%%%%EOF\n", (unsigned long long)place);
}
