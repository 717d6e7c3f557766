/* Texts of headers and footers. */
#include "text/margins_gist.h"
#include "core/utf8.h"
#include "text/margins_number.h"
#include <string.h>

#define PART_GAP 2.5f /* em between the parts of a line */

static void add_to_gist(recto_margins_gist *g, uint32_t c)
{
    char room[4];
    int n = recto_utf8_put(room, c);
    g->hash = (g->hash ^ c) * 1099511628211u;
    if (g->len + (size_t)n < RECTO_MARGINS_TEXT) {
        memcpy(g->text + g->len, room, (size_t)n);
        g->len += (size_t)n;
    }
}

static void add_digit(recto_margins_gist *g, bool fresh, uint32_t c)
{
    if (fresh) {
        add_to_gist(g, '#');
        if (g->n_numbers < RECTO_MARGINS_NUMBERS)
            g->numbers[g->n_numbers] = 0;
        g->n_numbers++;
    }
    if (g->n_numbers <= RECTO_MARGINS_NUMBERS) {
        long *number = &g->numbers[g->n_numbers - 1];
        long digit = c >= '0' && c <= '9' ? (long)(c - '0') : (long)(c % 10);
        *number = *number > 100000000L ? *number : 10 * *number + digit;
    }
}

void recto_margins_gist_read(recto_margins_gist *g, const char *text, bool top)
{
    *g = (recto_margins_gist){.hash = top ? 14695981039346656037u : 1469598103934665603u,
                              .page_number = -1};
    const char *end = text + strlen(text);
    recto_margins_number number;
    if (recto_margins_number_read(&number, text)) {
        g->page_number = number.value;
        end = text + number.to;
        text += number.from;
    }
    bool digit = false;
    bool space = true;
    for (const char *p = text; p < end;) {
        uint32_t c = recto_utf8_lower(recto_utf8_next(&p, end));
        bool was = digit;
        digit = recto_utf8_is_digit(c);
        if (digit) {
            add_digit(g, !was, c);
        } else if (c != ' ') {
            add_to_gist(g, c);
            g->n_words += space && recto_utf8_is_letter(c);
        }
        space = c == ' ';
    }
    if (g->n_numbers > RECTO_MARGINS_NUMBERS)
        g->n_numbers = RECTO_MARGINS_NUMBERS;
    g->text[g->len] = '\0';
    g->hash = g->hash == 0 ? 1 : g->hash;
}

bool recto_margins_gist_alike(const char *a, const char *b)
{
    size_t n = strlen(a);
    size_t m = strlen(b);
    const size_t most = 1; /* more would make one of two lines that differ in a word */
    if (n < 6 || m < 6 || (n > m ? n - m : m - n) > most)
        return false;
    size_t row[RECTO_MARGINS_TEXT];
    for (size_t k = 0; k <= m; k++)
        row[k] = k;
    for (size_t i = 1; i <= n; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= m; k++) {
            size_t cost = corner + (a[i - 1] != b[k - 1]);
            corner = row[k];
            cost = row[k] + 1 < cost ? row[k] + 1 : cost;
            row[k] = row[k - 1] + 1 < cost ? row[k - 1] + 1 : cost;
        }
    }
    return row[m] <= most;
}

int recto_margins_gist_parts(char out[RECTO_MARGINS_PARTS][RECTO_MARGINS_PART_SIZE],
                             const recto_block *b)
{
    if (b->n_lines != 1)
        return 0;
    const recto_line *line = &b->lines[0];
    int n = 0;
    size_t len = 0;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        size_t more = strlen(w->text);
        bool fresh = i == 0 || w->box.x0 - line->words[i - 1].box.x1 > PART_GAP * line->size;
        if (fresh && n == RECTO_MARGINS_PARTS)
            return 0;
        len = fresh ? 0 : len;
        n += fresh;
        if (len + more + 2 > RECTO_MARGINS_PART_SIZE)
            return 0;
        if (len > 0)
            out[n - 1][len++] = ' ';
        memcpy(out[n - 1] + len, w->text, more);
        len += more;
        out[n - 1][len] = '\0';
    }
    return n > 1 ? n : 0;
}

uint64_t recto_margins_gist_words(const char *text)
{
    uint64_t h = 14695981039346656037u;
    int n = 0;
    for (const char *p = text, *end = text + strlen(text); p < end;) {
        uint32_t c = recto_utf8_lower(recto_utf8_next(&p, end));
        if (!recto_utf8_is_letter(c))
            continue;
        h = (h ^ c) * 1099511628211u;
        n++;
    }
    return n < 4 ? 0 : (h == 0 ? 1 : h);
}

bool recto_margins_gist_has_leaders(const char *text)
{
    return strstr(text, ". . .") != NULL || strstr(text, "....") != NULL ||
           strstr(text, "\xE2\x80\xA6\xE2\x80\xA6") != NULL;
}
