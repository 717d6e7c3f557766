/* Words of a page on their way to the server: lines one after the other, each a head, the heads of
 * its words, and their texts. */
#include "core/utf8.h"
#include "vision/source_wire.h"

#include <math.h>
#include <string.h>

/* A request of lines ends when it has more than this; a word's text is cut at TEXT_MAX. */
static const size_t ENOUGH_BYTES = (size_t)512 << 10;
enum { TEXT_MAX = 4096 };

/* --- packing --------------------------------------------------------------------------------- */

static uint32_t text_length(const char *text)
{
    size_t len = strlen(text);
    return (uint32_t)(len <= TEXT_MAX ? len : recto_utf8_valid(text, TEXT_MAX));
}

/* How many words from `from` on go with the others. */
static int fitting(const recto_line *line, int from, size_t room)
{
    int n = 0;
    size_t size = sizeof(recto_source_wire_line);
    while (from + n < line->n_words && (n == 0 || size < room)) {
        size += sizeof(recto_source_wire_word) + text_length(line->words[from + n].text);
        n++;
    }
    return n;
}

static void pack_words(recto_buf *out, const recto_line *line, int from, int n)
{
    const recto_source_wire_line head = {.box = line->box,
                                         .n_words = (uint32_t)n,
                                         .baseline = line->baseline,
                                         .size = line->size,
                                         .conf = line->conf,
                                         .style = line->style,
                                         .region = line->region};
    recto_buf_add(out, &head, sizeof head);
    for (int i = from; i < from + n; i++) {
        const recto_word *w = &line->words[i];
        const recto_source_wire_word word = {w->box, w->conf, w->style, text_length(w->text)};
        recto_buf_add(out, &word, sizeof word);
    }
    for (int i = from; i < from + n; i++)
        recto_buf_add(out, line->words[i].text, text_length(line->words[i].text));
}

void recto_source_wire_copy_pack(recto_buf *out, const recto_line *lines, int n_lines, int *line,
                                 int *word)
{
    while (*line < n_lines && out->len < ENOUGH_BYTES && !out->failed) {
        int n = fitting(&lines[*line], *word, ENOUGH_BYTES - out->len);
        if (n > 0)
            pack_words(out, &lines[*line], *word, n);
        *word += n;
        if (*word >= lines[*line].n_words) {
            (*line)++;
            *word = 0;
        }
    }
}

/* --- unpacking ------------------------------------------------------------------------------- */

typedef struct unpacker {
    const uint8_t *at;
    size_t left;
    recto_arena *keep;
    recto_error *err;
} unpacker;

static recto_status impossible(const unpacker *u)
{
    return recto_error_set(u->err, RECTO_ERR_ARG, "an impossible request");
}

static bool take(void *to, unpacker *u, size_t size)
{
    if (size > u->left)
        return false;
    memcpy(to, u->at, size);
    u->at += size;
    u->left -= size;
    return true;
}

static recto_status unpack_line(recto_line *line, unpacker *u)
{
    recto_source_wire_line head;
    if (!take(&head, u, sizeof head) || head.n_words == 0 ||
        head.n_words > u->left / sizeof(recto_source_wire_word))
        return impossible(u);
    const uint8_t *heads = u->at;
    size_t n = head.n_words;
    u->at += n * sizeof(recto_source_wire_word);
    u->left -= n * sizeof(recto_source_wire_word);
    *line = (recto_line){.box = head.box,
                         .words = recto_arena_array(u->keep, n, sizeof(recto_word)),
                         .n_words = (int)n,
                         .baseline = head.baseline,
                         .size = head.size,
                         .conf = head.conf,
                         .style = head.style,
                         .region = head.region};
    if (line->words == NULL)
        return recto_error_set(u->err, RECTO_ERR_NOMEM, "out of memory for words");
    for (size_t i = 0; i < n; i++) {
        recto_source_wire_word w;
        memcpy(&w, heads + i * sizeof w, sizeof w);
        if (w.len > TEXT_MAX || w.len > u->left)
            return impossible(u);
        char *text = recto_arena_text(u->keep, (const char *)u->at, w.len);
        if (text == NULL)
            return recto_error_set(u->err, RECTO_ERR_NOMEM, "out of memory for words");
        u->at += w.len;
        u->left -= w.len;
        line->words[i] = (recto_word){.box = w.box, .text = text, .conf = w.conf, .style = w.style};
    }
    return RECTO_OK;
}

recto_status recto_source_wire_copy_unpack(recto_line **lines, int *n_lines, const uint8_t *bytes,
                                           size_t size, recto_arena *keep, recto_error *err)
{
    enum { AT_ONCE = 256 };
    unpacker u = {bytes, size, keep, err};
    while (u.left > 0) {
        if (recto_arena_used(keep) > RECTO_SOURCE_WIRE_WORDS_MAX)
            return recto_error_set(err, RECTO_ERR_LIMIT, "a page has more than %d MiB of words",
                                   RECTO_SOURCE_WIRE_WORDS_MAX >> 20);
        if (*n_lines % AT_ONCE == 0 &&
            (*n_lines & (*n_lines - 1)) == 0) { /* a power of two, or 0 */
            size_t n = (size_t)*n_lines, more = n == 0 ? AT_ONCE : 2 * n;
            recto_line *grown = recto_arena_grow(keep, *lines, n, more, sizeof *grown);
            if (grown == NULL)
                return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory for words");
            *lines = grown;
        }
        recto_status st = unpack_line(&(*lines)[*n_lines], &u);
        if (st != RECTO_OK)
            return st;
        (*n_lines)++;
    }
    return RECTO_OK;
}
