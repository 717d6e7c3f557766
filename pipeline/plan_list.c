/* Lists of paths: one a line, or \0 between them.  Read in pieces, since a list may have millions.
 *
 * Lines are bytes, but for one \r before the end of a line and a byte order mark at the start, as
 * editors elsewhere leave them; a name that ends in \r or holds a newline needs \0. */
#include "pipeline/plan_parts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_utf16(const unsigned char *p, size_t n)
{
    return n >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF));
}

bool recto_plan_list_probe(const void *bytes, size_t n)
{
    static const char *const foreign[] = {"<", "%!PS", "{\\rtf", "AT&TFORM"};
    const unsigned char *p = bytes;
    bool zeros = n > 0 && memchr(p, 0, n) != NULL;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (n >= strlen(foreign[i]) && memcmp(p, foreign[i], strlen(foreign[i])) == 0)
            return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == 0 && (i == 0 || p[i - 1] == 0)) /* no path is empty */
            return is_utf16(p, n);                  /* so that feed can say what is wrong */
        if ((p[i] < ' ' && p[i] != 0 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r') ||
            p[i] == 0x7F)
            return is_utf16(p, n);
    }
    /* a path is no longer than this, and a binary file need not hold a 0 or a control early on */
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = p[i] == (zeros ? 0 : '\n') ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    return longest <= RECTO_PLAN_PATH_MAX;
}

static recto_status not_a_list(const recto_plan_list *l, const char *what, recto_error *err)
{
    return recto_error_set(err, RECTO_ERR_FORMAT, "not a list of paths: %s %llu %s",
                           l->zeros ? "path" : "line", (unsigned long long)l->number, what);
}

/* A path is complete. */
static recto_status flush(recto_plan_list *l, recto_error *err)
{
    recto_status st = recto_buf_status(&l->line, err);
    if (st != RECTO_OK)
        return st;
    if (!l->zeros && l->line.len > 0 && l->line.data[l->line.len - 1] == '\r')
        l->line.data[--l->line.len] = '\0';
    if (l->line.len > 0)
        st = l->take(l->user, l->line.data, err);
    recto_buf_clear(&l->line);
    l->number++;
    return st;
}

static recto_status begin(recto_plan_list *l, const char **p, size_t *n, recto_error *err)
{
    size_t head = *n < RECTO_PLAN_LIST_HEAD ? *n : RECTO_PLAN_LIST_HEAD;
    l->number = 1;
    if (is_utf16((const unsigned char *)*p, *n))
        return recto_error_set(err, RECTO_ERR_FORMAT,
                               "the list is UTF-16 text: save it as UTF-8, one path a line");
    l->zeros = memchr(*p, 0, head) != NULL;
    if (*n >= 3 && memcmp(*p, "\xEF\xBB\xBF", 3) == 0) {
        *p += 3;
        *n -= 3;
    }
    return RECTO_OK;
}

recto_status recto_plan_list_feed(recto_plan_list *l, const void *bytes, size_t n, recto_error *err)
{
    const char *p = bytes;
    if (n == 0)
        return RECTO_OK;
    recto_status st = l->number == 0 ? begin(l, &p, &n, err) : RECTO_OK;
    while (n > 0 && st == RECTO_OK) {
        const char *end = memchr(p, l->zeros ? '\0' : '\n', n);
        size_t take = end != NULL ? (size_t)(end - p) : n;
        if (!l->zeros && take > 0 && memchr(p, 0, take) != NULL)
            return not_a_list(l, "holds a zero byte", err);
        if (take > RECTO_PLAN_LIST_LINE - l->line.len)
            return not_a_list(l, "is longer than 64 KiB", err);
        recto_buf_add(&l->line, p, take);
        if (end != NULL) {
            take++;
            st = flush(l, err);
        }
        p += take;
        n -= take;
    }
    return st;
}

recto_status recto_plan_list_end(recto_plan_list *l, recto_error *err)
{
    return l->line.len > 0 ? flush(l, err) : RECTO_OK;
}

/* Up to room bytes: fewer only at the end. */
static recto_status read_full(size_t *n_out, int fd, char *to, size_t room, recto_error *err)
{
    *n_out = 0;
    while (*n_out < room) {
        ssize_t n = read(fd, to + *n_out, room - *n_out);
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return recto_error_sys(err, RECTO_ERR_IO, errno, "cannot read the list");
        *n_out += n > 0 ? (size_t)n : 0;
    }
    return RECTO_OK;
}

recto_status recto_plan_list_read(recto_plan_list *l, int fd, recto_error *err)
{
    char *piece = malloc(RECTO_PLAN_LIST_HEAD);
    if (piece == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    size_t n = 0;
    recto_status st;
    do {
        st = read_full(&n, fd, piece, RECTO_PLAN_LIST_HEAD, err);
        if (st == RECTO_OK)
            st = recto_plan_list_feed(l, piece, n, err);
    } while (st == RECTO_OK && n == RECTO_PLAN_LIST_HEAD);
    if (st == RECTO_OK)
        st = recto_plan_list_end(l, err);
    free(piece);
    return st;
}
