/* Words found again in the text that was joined from them. */
#include "text/wordmap.h"

#include <string.h>

/* A lost place is found again by a word that is long enough not to be there by chance, within a
 * line or two. */
enum { SEEK_WORD_MIN = 4, SEEK_BYTES_MAX = 240 };

recto_wordmap recto_wordmap_over(const char *text, const char *marker)
{
    return (recto_wordmap){.text = text, .marker = marker == NULL ? "" : marker};
}

/* Bytes of the hyphen at the end of the word. */
static size_t hyphen_of(const char *word, size_t len)
{
    static const char *const hyphens[] = {"-", "\xE2\x80\x90", "\xC2\xAD", "\xC2\xAC"};
    for (size_t i = 0; i < sizeof hyphens / sizeof *hyphens; i++) {
        size_t n = strlen(hyphens[i]);
        if (len > n && memcmp(word + len - n, hyphens[i], n) == 0)
            return n;
    }
    return 0;
}

static bool is_part_of_marker(recto_wordmap *m, const char *word, size_t len)
{
    while (*m->marker == ' ')
        m->marker++;
    if (*m->marker == '\0' || strncmp(m->marker, word, len) != 0) {
        m->marker = "";
        return false;
    }
    m->marker += len;
    return true;
}

/* The text goes on with the first len bytes of the word. */
static bool is_here(const recto_wordmap *m, const char *word, size_t len)
{
    return strncmp(m->text + m->at, word, len) == 0;
}

static bool seek(recto_wordmap *m, const char *word, size_t len)
{
    if (len < SEEK_WORD_MIN)
        return false;
    size_t ahead = strnlen(m->text + m->at, SEEK_BYTES_MAX);
    for (size_t i = 0; i + len <= ahead; i++) {
        if (memcmp(m->text + m->at + i, word, len) == 0) {
            m->at += i;
            return true;
        }
    }
    return false;
}

bool recto_wordmap_next(recto_wordmap_place *out, recto_wordmap *m, const char *word)
{
    size_t len = strlen(word);
    *out = (recto_wordmap_place){0};
    if (len == 0 || is_part_of_marker(m, word, len))
        return false;
    while (m->text[m->at] == ' ' || m->text[m->at] == '\n')
        m->at++;
    size_t hyphen = 0;
    if (!is_here(m, word, len)) {
        hyphen = hyphen_of(word, len);
        if (hyphen > 0 && is_here(m, word, len - hyphen))
            len -= hyphen;
        else if (!seek(m, word, len))
            return false;
        else
            hyphen = 0;
    }
    *out = (recto_wordmap_place){(int)m->at, (int)(m->at + len), (int)hyphen};
    m->at += len;
    return true;
}
