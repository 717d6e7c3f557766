/* Places are offsets in the caller's buffer; every insertion moves those behind it. */
#include "text/writer_hold.h"

#include <string.h>

/* Bytes between a block and its rest; pages; marks of pages in between; bytes of a tail. */
enum { HELD_MAX = 256 << 10, PAGES_MAX = 8, MARKS_MAX = 2 * PAGES_MAX, TAIL_BYTES = 8 };

typedef struct place {
    recto_goes_on how; /* NOT: closed */
    size_t at;
    int n_pages; /* that ended since */
    char tail[TAIL_BYTES];
} place;

typedef struct mark {
    size_t at, len;
} mark;

struct recto_writer_hold {
    recto_arena *keep;
    char *saved; /* between pages: the bytes from the first open place on */
    size_t n_saved, cap;
    place places[RECTO_LABEL_COUNT];
    mark marks[MARKS_MAX]; /* in order */
    int n_marks;
};

recto_writer_hold *recto_writer_hold_new(recto_arena *keep)
{
    recto_writer_hold *h = recto_arena_alloc(keep, sizeof *h);
    if (h != NULL)
        h->keep = keep;
    return h;
}

/* What stands at `at` or behind it moves by `by` bytes. */
static void shift(recto_writer_hold *h, size_t at, size_t by, bool back)
{
    for (int i = 0; i < RECTO_LABEL_COUNT; i++) {
        place *p = &h->places[i];
        if (p->how != RECTO_GOES_ON_NOT && p->at >= at)
            p->at = back ? p->at - by : p->at + by;
    }
    for (int i = 0; i < h->n_marks; i++) {
        mark *m = &h->marks[i];
        if (m->at >= at)
            m->at = back ? m->at - by : m->at + by;
    }
}

/* Move out's last n bytes to `at`. */
static void move_to(recto_buf *out, size_t at, size_t n)
{
    size_t from = out->len - n;
    if (at == from || n == 0)
        return;
    recto_buf piece = RECTO_BUF_INIT;
    recto_buf_add(&piece, out->data + from, n);
    out->failed = out->failed || piece.failed;
    if (!piece.failed) {
        memmove(out->data + at + n, out->data + at, from - at);
        memcpy(out->data + at, piece.data, n);
    }
    recto_buf_free(&piece);
}

static void cut(recto_buf *out, size_t at, size_t n)
{
    memmove(out->data + at, out->data + at + n, out->len - at - n + 1);
    out->len -= n;
}

static void close_place(recto_writer_hold *h, recto_buf *out, place *p)
{
    size_t n = strlen(p->tail);
    if (p->how == RECTO_GOES_ON_NOT)
        return;
    p->how = RECTO_GOES_ON_NOT;
    if (n == 0)
        return;
    recto_buf_add(out, p->tail, n);
    if (out->failed)
        return;
    move_to(out, p->at, n);
    shift(h, p->at, n, false);
}

void recto_writer_hold_close(recto_writer_hold *h, recto_buf *out, recto_label label)
{
    close_place(h, out, &h->places[label]);
}

void recto_writer_hold_close_all(recto_writer_hold *h, recto_buf *out)
{
    for (int i = 0; i < RECTO_LABEL_COUNT; i++)
        close_place(h, out, &h->places[i]);
}

void recto_writer_hold_follow(recto_writer_hold *h, recto_buf *out, recto_label label)
{
    static const recto_label body[] = {
        RECTO_LABEL_TEXT,    RECTO_LABEL_LIST_ITEM,      RECTO_LABEL_CODE, RECTO_LABEL_TITLE,
        RECTO_LABEL_FORMULA, RECTO_LABEL_SECTION_HEADER, RECTO_LABEL_FORM};
    bool is_body = false;
    for (size_t i = 0; i < sizeof body / sizeof *body; i++)
        is_body = is_body || label == body[i];
    for (int i = 0; i < 3 && is_body; i++) /* the first three can go on */
        close_place(h, out, &h->places[body[i]]);
}

void recto_writer_hold_open(recto_writer_hold *h, recto_buf *out, recto_label label, size_t at,
                            recto_goes_on how, const char *tail)
{
    place *p = &h->places[label];
    size_t before = out->len;
    close_place(h, out, p);
    at += out->len - before;
    if (out->failed || how == RECTO_GOES_ON_NOT)
        return;
    *p = (place){.how = how, .at = at};
    if (strlen(tail) < TAIL_BYTES)
        memcpy(p->tail, tail, strlen(tail) + 1);
}

recto_goes_on recto_writer_hold_how(recto_writer_hold *h, recto_buf *out, recto_label label)
{
    place *p = &h->places[label];
    if (p->how != RECTO_GOES_ON_NOT && out->len - p->at > HELD_MAX)
        close_place(h, out, p);
    return out->failed ? RECTO_GOES_ON_NOT : p->how;
}

size_t recto_writer_hold_put(recto_writer_hold *h, recto_buf *out, recto_label label, size_t from,
                             size_t before_end, recto_goes_on how, const char *tail)
{
    place *p = &h->places[label];
    if (out->failed)
        return 0;
    size_t at = p->at;
    size_t n = out->len - from;
    p->how = RECTO_GOES_ON_NOT;
    move_to(out, at, n);
    shift(h, at, n, false);
    recto_writer_hold_open(h, out, label, at + n - before_end, how, tail);
    return out->len - at - n;
}

/* --- marks ------------------------------------------------------------------------------------ */

static bool any_open(const recto_writer_hold *h)
{
    for (int i = 0; i < RECTO_LABEL_COUNT; i++) {
        if (h->places[i].how != RECTO_GOES_ON_NOT)
            return true;
    }
    return false;
}

void recto_writer_hold_mark(recto_writer_hold *h, const recto_buf *out, size_t from)
{
    if (any_open(h) && out->len > from && h->n_marks < MARKS_MAX)
        h->marks[h->n_marks++] = (mark){from, out->len - from};
}

void recto_writer_hold_take_marks(recto_writer_hold *h, recto_buf *out, recto_label label,
                                  recto_buf *to)
{
    size_t at = h->places[label].at;
    int n_left = 0;
    for (int i = 0; i < h->n_marks && !out->failed; i++) {
        mark m = h->marks[i];
        if (m.at < at) {
            h->marks[n_left++] = m;
            continue;
        }
        recto_buf_add(to, out->data + m.at, m.len);
        cut(out, m.at, m.len);
        shift(h, m.at + m.len, m.len, true);
    }
    h->n_marks = n_left;
}

/* --- pages ------------------------------------------------------------------------------------ */

void recto_writer_hold_begin(recto_writer_hold *h, recto_buf *out)
{
    size_t base = out->len;
    recto_buf_add(out, h->saved == NULL ? "" : h->saved, h->n_saved);
    h->n_saved = 0;
    if (out->failed) /* no place is in it any more */
        memset(h->places, 0, sizeof h->places);
    shift(h, 0, base, false);
}

static bool save(recto_writer_hold *h, const char *bytes, size_t n)
{
    if (n == 0)
        return true;
    if (h->saved == NULL || n > h->cap) {
        size_t cap = h->cap == 0 ? 4096 : h->cap;
        while (cap < n)
            cap *= 2;
        h->saved = recto_arena_alloc(h->keep, cap);
        h->cap = h->saved == NULL ? 0 : cap;
    }
    if (h->saved == NULL)
        return false;
    memcpy(h->saved, bytes, n);
    h->n_saved = n;
    return true;
}

void recto_writer_hold_end(recto_writer_hold *h, recto_buf *out)
{
    size_t first = SIZE_MAX;
    for (int i = 0; i < RECTO_LABEL_COUNT; i++) {
        place *p = &h->places[i];
        if (p->how != RECTO_GOES_ON_NOT &&
            (++p->n_pages > PAGES_MAX || out->len - p->at > HELD_MAX))
            close_place(h, out, p);
    }
    for (int i = 0; i < RECTO_LABEL_COUNT; i++) {
        const place *p = &h->places[i];
        if (p->how != RECTO_GOES_ON_NOT && p->at < first)
            first = p->at;
    }
    int n_left = 0;
    for (int i = 0; i < h->n_marks; i++) {
        if (h->marks[i].at >= first)
            h->marks[n_left++] = h->marks[i];
    }
    h->n_marks = n_left;
    if (out->failed) /* no place is in it any more */
        memset(h->places, 0, sizeof h->places);
    if (first == SIZE_MAX || out->failed)
        return;
    if (first < out->len) {
        out->failed = !save(h, out->data + first, out->len - first);
        out->data[first] = '\0';
        out->len = first;
    }
    shift(h, 0, first, true);
}
