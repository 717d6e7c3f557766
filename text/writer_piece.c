/* Pieces are copies: what is cut is rare and short. */
#include "text/writer_piece.h"

#include <stdlib.h>
#include <string.h>

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

bool recto_writer_piece_cut(recto_writer_piece *out, const recto_block *b, int from, int to)
{
    int len = (int)strlen(b->text);
    to = to < 0 ? len : to;
    *out = (recto_writer_piece){.block = *b};
    if (from == 0 && to == len)
        return true;
    out->block.text = "";
    out->block.n_spans = 0;
    out->text = malloc((size_t)(to - from) + 1);
    out->spans = calloc((size_t)b->n_spans + 1, sizeof *out->spans);
    if (out->text == NULL || out->spans == NULL)
        return false;
    memcpy(out->text, b->text + from, (size_t)(to - from));
    out->text[to - from] = '\0';
    out->block.text = out->text;
    out->block.spans = out->spans;
    for (int i = 0; i < b->n_spans; i++) {
        recto_span s = b->spans[i];
        s.start = clamp(s.start, from, to) - from;
        s.end = clamp(s.end, from, to) - from;
        if (s.start < s.end)
            out->spans[out->block.n_spans++] = s;
    }
    return true;
}

void recto_writer_piece_free(recto_writer_piece *p)
{
    free(p->text);
    free(p->spans);
    *p = (recto_writer_piece){.block = {.text = ""}};
}

int recto_writer_piece_hyphen(const recto_block *b)
{
    size_t len = strlen(b->text);
    size_t at = len;
    if (b->goes_on != RECTO_GOES_ON_HYPHEN || len == 0)
        return 0;
    while (at > 0 && ((unsigned char)b->text[--at] & 0xC0) == 0x80)
        continue;
    return (int)(len - at);
}

int recto_writer_piece_word(const recto_block *b)
{
    int end = 0; /* of the spans so far */
    int i = 0;
    for (const char *p = strchr(b->text, ' '); p != NULL; p = strchr(p + 1, ' ')) {
        int at = (int)(p - b->text);
        for (; i < b->n_spans && b->spans[i].start <= at; i++)
            end = b->spans[i].end > end ? b->spans[i].end : end;
        if (end <= at)
            return at;
    }
    return -1;
}
