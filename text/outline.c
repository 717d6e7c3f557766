/* Bookmarks and repeated headings.
 *
 * A bookmark's title is seldom the heading to the letter: numbers are left out or put in, line
 * breaks, ligatures, quotes and case differ.  So both are reduced to letters and digits, and both
 * are looked up with and without what numbers them.  Only hashes are kept; a bookmark counts for
 * its own page alone, so that a chance match is rare. */
#include "text/outline.h"
#include "core/utf8.h"
#include <stdlib.h>
#include <string.h>

#define MAX_BOOKMARKS 65536
#define N_TEXTS       2048 /* slots for texts of headings; the first that come are counted */
#define FNV_START     14695981039346656037u
#define FNV_PRIME     1099511628211u

typedef struct entry {
    int page;
    int level;
    uint64_t hash;
} entry;

typedef struct text_count {
    uint64_t hash; /* 0 = free */
    int n;
} text_count;

struct recto_outline {
    entry *entries; /* by page, then hash */
    size_t n_entries;
    bool root;
    int n_matched;
    int n_texts;
    text_count texts[N_TEXTS];
};

recto_outline *recto_outline_new(void)
{
    return calloc(1, sizeof(recto_outline));
}

void recto_outline_free(recto_outline *o)
{
    if (o == NULL)
        return;
    free(o->entries);
    free(o);
}

/* Letters and digits, lower case; never 0 unless there are none.  digits_alike: '#' for each run of
 * them. */
static uint64_t hash_of(const char *text, bool digits_alike)
{
    uint64_t h = FNV_START;
    const char *end = text + strlen(text);
    bool any = false;
    bool digit = false;
    for (const char *p = text; p < end;) {
        uint32_t cp = recto_utf8_next(&p, end);
        bool was = digit;
        digit = recto_utf8_is_digit(cp);
        if ((!digit && !recto_utf8_is_letter(cp)) || (digit && was && digits_alike))
            continue;
        uint32_t as = digit && digits_alike ? (uint32_t)'#' : recto_utf8_lower(cp);
        h = (h ^ as) * FNV_PRIME;
        any = true;
    }
    return any ? (h == 0 ? 1 : h) : 0;
}

/* Text behind its number: "3.1 Title", "A. Title", "Chapter 3. Title", "IV Title". */
static const char *behind_number(const char *text)
{
    static const char *const words[] = {
        "chapter ", "appendix ", "part ",   "kapitel ",  "anhang ", "teil ",     "annex ",
        "section ", "article ",  "annexe ", "chapitre ", "partie ", "abschnitt "};
    const char *p = text;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t n = strlen(words[i]);
        size_t k = 0;
        while (k < n && (p[k] == words[i][k] || (p[k] | 0x20) == words[i][k]))
            k++;
        if (k == n) {
            p += n;
            break;
        }
    }
    size_t n = strspn(p, "0123456789.");
    if (n == 0)
        n = strspn(p, "IVXL");
    if (n == 0 && p[0] >= 'A' && p[0] <= 'Z')
        n = 1 + strspn(p + 1, "0123456789.");
    if (n == 0 || n > 12)
        return text;
    n += strspn(p + n, ".:)");
    return p[n] == ' ' ? p + n + 1 : text;
}

static int by_place(const void *a, const void *b)
{
    const entry *x = a;
    const entry *y = b;
    if (x->page != y->page)
        return x->page < y->page ? -1 : 1;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->level - y->level;
}

/* A single bookmark of the first level above several of the second stands for the document. */
static bool find_root(const recto_bookmark *bookmarks, int n)
{
    int n_first = 0;
    int n_second = 0;
    for (int i = 0; i < n; i++) {
        n_first += bookmarks[i].level <= 1;
        n_second += bookmarks[i].level == 2;
    }
    return n_first == 1 && n_second > 1;
}

recto_status recto_outline_bookmarks(recto_outline *o, const recto_bookmark *bookmarks, int n,
                                     recto_error *err)
{
    if (n <= 0 || o->entries != NULL)
        return RECTO_OK;
    n = n < MAX_BOOKMARKS ? n : MAX_BOOKMARKS;
    o->entries = calloc((size_t)n * 2, sizeof *o->entries);
    if (o->entries == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "structure: out of memory for bookmarks");
    o->root = find_root(bookmarks, n);
    for (int i = 0; i < n; i++) {
        const recto_bookmark *b = &bookmarks[i];
        if (b->page < 1 || b->title == NULL || b->level < 1)
            continue;
        const char *titles[2] = {b->title, behind_number(b->title)};
        for (int k = 0; k < 2; k++) {
            uint64_t hash = hash_of(titles[k], false);
            if (hash != 0 && (k == 0 || titles[1] != titles[0]))
                o->entries[o->n_entries++] = (entry){b->page, b->level, hash};
        }
    }
    qsort(o->entries, o->n_entries, sizeof *o->entries, by_place);
    return RECTO_OK;
}

static int find_entry(const recto_outline *o, int page, uint64_t hash)
{
    size_t low = 0;
    size_t high = o->n_entries;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        const entry *e = &o->entries[at];
        if (e->page < page || (e->page == page && e->hash < hash))
            low = at + 1;
        else
            high = at;
    }
    const entry *e = &o->entries[low];
    return low < o->n_entries && e->page == page && e->hash == hash ? e->level : 0;
}

int recto_outline_level(const recto_outline *o, const recto_page *page, const recto_block *b)
{
    if (o->n_entries == 0 || strlen(b->text) > 400)
        return 0;
    uint64_t hash = hash_of(b->text, false);
    int level = hash != 0 ? find_entry(o, page->number, hash) : 0;
    if (level > 0)
        return level;
    const char *rest = behind_number(b->text);
    hash = rest != b->text ? hash_of(rest, false) : 0;
    return hash != 0 ? find_entry(o, page->number, hash) : 0;
}

static size_t slot_of(const recto_outline *o, uint64_t hash)
{
    size_t k = hash % N_TEXTS;
    while (o->texts[k].hash != 0 && o->texts[k].hash != hash)
        k = (k + 1) % N_TEXTS;
    return k;
}

void recto_outline_count(recto_outline *o, const recto_page *page, const recto_block *b)
{
    o->n_matched += recto_outline_level(o, page, b) > 0;
    uint64_t hash = hash_of(b->text, true);
    size_t k = slot_of(o, hash);
    if (hash == 0 || (o->texts[k].hash == 0 && o->n_texts >= N_TEXTS / 2))
        return;
    o->n_texts += o->texts[k].hash == 0;
    o->texts[k].hash = hash;
    o->texts[k].n++;
}

int recto_outline_times(const recto_outline *o, const recto_block *b)
{
    uint64_t hash = hash_of(b->text, true);
    return hash == 0 ? 0 : o->texts[slot_of(o, hash)].n;
}

int recto_outline_matched(const recto_outline *o)
{
    return o->n_matched;
}

bool recto_outline_root(const recto_outline *o)
{
    return o->root;
}
