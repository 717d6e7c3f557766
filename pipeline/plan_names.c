/* Names: from the bytes of a path to a key, and from a key to the place of the outputs.  Both are
 * functions of their argument alone. */
#include "pipeline/plan_parts.h"

#include "core/hash.h"
#include "core/utf8.h"
#include <string.h>

/* Room in a name of 255 bytes: a document's endings (".page-123456.picture-1234.png" is the
 * longest) and a folder's "~". */
enum { FILE_BYTES = 200, FOLDER_BYTES = 240, OUTPUT_BYTES = 3000 };

/* How outputs end.  Wider than what is written today, so that a new form renames nothing. */
static const char *const ENDINGS[] = {".md",  ".json", ".txt", ".html",  ".hocr", ".xml",
                                      ".pdf", ".csv",  ".png", ".jsonl", ".jpeg", ".jpg",
                                      ".svg", ".tsv",  ".tex", ".sqlite"};

static const char NOTE_FLAT[] = "--flat: the folders are part of the name";
static const char NOTE_LONG[] = "the name is too long: cut, with a hash of the key";
static const char NOTE_HASH[] = "the name looks like one with a hash: hashed once more";
static const char NOTE_OWN[] = "a name that Recto itself uses in the output folder";
static const char NOTE_FOLDER[] = "a folder is named like an output";

/* --- keys ------------------------------------------------------------------------------------- */

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
}

/* Characters that a name may hold but a line of a report may not. */
static bool is_escaped(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x200E || cp == 0x200F ||
           (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2066 && cp <= 0x2069);
}

void recto_plan_encode(recto_buf *to, const char *bytes, size_t n)
{
    const char *end = bytes + n;
    for (const char *p = bytes; p < end;) {
        const char *at = p;
        uint32_t cp = recto_utf8_next(&p, end);
        bool bad = cp == RECTO_UTF8_REPLACEMENT && p - at == 1;
        bool looks_escaped = cp == '%' && end - p >= 2 && is_hex(p[0]) && is_hex(p[1]);
        if (!bad && !looks_escaped && !is_escaped(cp)) {
            recto_buf_add(to, at, (size_t)(p - at));
            continue;
        }
        for (; at < p; at++)
            recto_buf_printf(to, "%%%02X", (unsigned)(unsigned char)*at);
    }
}

void recto_plan_listed(recto_buf *to, const char *path)
{
    size_t start = to->len, fixed = to->len; /* a ".." takes nothing before `fixed` */
    bool absolute = path[0] == '/';
    while (*path != '\0') {
        size_t n = strcspn(path, "/");
        if (n == 2 && memcmp(path, "..", 2) == 0) {
            if (to->len > fixed) {
                while (to->len > fixed && to->data[to->len - 1] != '/')
                    to->data[--to->len] = '\0';
                if (to->len > start) /* the slash in front */
                    to->data[--to->len] = '\0';
            } else if (!absolute) {
                recto_buf_text(to, to->len > start ? "/%2E%2E" : "%2E%2E");
                fixed = to->len;
            }
        } else if (n > 0 && !(n == 1 && path[0] == '.')) {
            if (to->len > start)
                recto_buf_char(to, '/');
            recto_plan_encode(to, path, n);
        }
        path += n + (path[n] == '/');
    }
}

void recto_plan_hash(char out[RECTO_PLAN_HASH + 1], const char *text, size_t n)
{
    char hex[RECTO_SHA256_HEX];
    recto_sha256(hex, text, n);
    memcpy(out, hex, RECTO_PLAN_HASH);
    out[RECTO_PLAN_HASH] = '\0';
}

/* --- outputs ---------------------------------------------------------------------------------- */

static bool starts(const char *text, size_t n, const char *with)
{
    size_t m = strlen(with);
    return n >= m && memcmp(text, with, m) == 0;
}

static bool contains(const char *text, size_t n, const char *what)
{
    for (; n > 0; text++, n--)
        if (starts(text, n, what))
            return true;
    return false;
}

/* Names of Recto's own, with any ending of an output behind them: journal*.sqlite*,
 * manifest.jsonl, manifest-K-of-N.jsonl, index.sqlite*, .recto-pages*. */
static bool is_own(const char *name, size_t n)
{
    while (n > 0 && *name == '~') { /* "~manifest" would be taken by "manifest" */
        name++;
        n--;
    }
    if (starts(name, n, "journal") && contains(name, n, ".sqlite"))
        return true;
    if (starts(name, n, "index.sqlite") || starts(name, n, ".recto-pages"))
        return true;
    if (!starts(name, n, "manifest"))
        return false;
    name += 8;
    n -= 8;
    return n == 0 || starts(name, n, ".jsonl") ||
           (n > 1 && name[0] == '-' && name[1] >= '0' && name[1] <= '9' &&
            contains(name, n, "-of-"));
}

static bool ends_like_output(const char *name, size_t n)
{
    while (n > 0 && name[n - 1] == '~') /* "x.md~" would be taken by "x.md" */
        n--;
    for (size_t i = 0; i < sizeof ENDINGS / sizeof *ENDINGS; i++) {
        size_t m = strlen(ENDINGS[i]);
        if (n >= m && memcmp(name + n - m, ENDINGS[i], m) == 0)
            return true;
    }
    return false;
}

/* "NAME~0123456789abcdef" */
static bool ends_like_hash(const char *name, size_t n)
{
    if (n <= RECTO_PLAN_HASH || name[n - RECTO_PLAN_HASH - 1] != '~')
        return false;
    for (size_t i = n - RECTO_PLAN_HASH; i < n; i++)
        if (!((name[i] >= '0' && name[i] <= '9') || (name[i] >= 'a' && name[i] <= 'f')))
            return false;
    return true;
}

/* As much of a name as fits in n bytes: no character and no %XX is cut in two. */
static size_t cut(const char *name, size_t n)
{
    while (n > 0 && ((unsigned char)name[n] & 0xC0) == 0x80)
        n--;
    for (size_t back = 1; back <= 2 && back <= n; back++)
        if (name[n - back] == '%')
            return n - back;
    return n;
}

/* One name of an output.  top: it lies in OUT itself; upto: the key to its end. */
static void add_name(recto_buf *to, const char **note, const char *name, size_t n, bool is_folder,
                     bool top, const char *key, size_t upto)
{
    char hash[RECTO_PLAN_HASH + 1];
    size_t most = is_folder ? FOLDER_BYTES : FILE_BYTES;
    if (top && is_own(name, n)) {
        recto_buf_char(to, '~');
        *note = NOTE_OWN;
        most--;
    }
    if (n > most || ends_like_hash(name, n)) {
        *note = n > most ? NOTE_LONG : NOTE_HASH;
        most -= RECTO_PLAN_HASH + 1;
        recto_plan_hash(hash, key, upto);
        recto_buf_add(to, name, n > most ? cut(name, most) : n);
        recto_buf_printf(to, "~%s", hash);
        return;
    }
    recto_buf_add(to, name, n);
    if (is_folder && ends_like_output(name, n)) {
        recto_buf_char(to, '~');
        *note = NOTE_FOLDER;
    }
}

static void mirrored(recto_buf *to, const char **note, const char *key, size_t len)
{
    for (size_t at = 0; at < len;) {
        size_t n = strcspn(key + at, "/");
        if (n > len - at)
            n = len - at;
        bool is_folder = at + n < len;
        add_name(to, note, key + at, n, is_folder, at == 0, key, at + n);
        if (is_folder)
            recto_buf_char(to, '/');
        at += n + 1;
    }
}

/* All names in one, "~" between them; a "~" of a name itself becomes "%7E" (which no key holds in
 * another sense: a "%" in front of "7E" is "%25" there). */
static void flattened(recto_buf *to, const char **note, const char *key, size_t len)
{
    recto_buf whole = RECTO_BUF_INIT;
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '~')
            recto_buf_text(&whole, "%7E");
        else
            recto_buf_char(&whole, key[i] == '/' ? '~' : key[i]);
    }
    if (strcmp(recto_buf_cstr(&whole), key) != 0)
        *note = NOTE_FLAT;
    add_name(to, note, recto_buf_cstr(&whole), whole.len, false, true, key, len);
    to->failed |= whole.failed;
    recto_buf_free(&whole);
}

recto_status recto_plan_output(const char **output_out, const char **note_out, const char *key,
                               bool flat, recto_arena *arena, recto_error *err)
{
    recto_buf name = RECTO_BUF_INIT;
    size_t len = strlen(key);
    *output_out = NULL;
    *note_out = NULL;
    if (len > 1 && key[len - 1] == '/') /* a folder that cannot be read */
        len--;
    if (flat)
        flattened(&name, note_out, key, len);
    else
        mirrored(&name, note_out, key, len);
    if (name.len > OUTPUT_BYTES) { /* more than one path holds with OUT in front: into OUT itself */
        size_t last = len;
        while (last > 0 && key[last - 1] != '/')
            last--;
        char hash[RECTO_PLAN_HASH + 1];
        recto_plan_hash(hash, key, len);
        size_t n = len - last, most = FILE_BYTES / 2;
        recto_buf_clear(&name);
        recto_buf_char(&name, '~');
        recto_buf_add(&name, key + last, n > most ? cut(key + last, most) : n);
        recto_buf_printf(&name, "~%s", hash);
        *note_out = NOTE_LONG;
    }
    recto_status st = recto_buf_status(&name, err);
    if (st == RECTO_OK && strcmp(name.data, key) == 0)
        *output_out = key;
    else if (st == RECTO_OK)
        *output_out = recto_arena_text(arena, name.data, name.len);
    recto_buf_free(&name);
    if (st == RECTO_OK && *output_out == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    return st;
}
