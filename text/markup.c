/* An answer to blocks: cleaning, the thought, wrappers around the whole, the body, the notes. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

enum { TAB = 4 };

static const char *const fix_names[RECTO_MARKUP_FIX_COUNT] = {
    [RECTO_MARKUP_FIX_TOO_LONG] = "answer longer than is read, bytes left out",
    [RECTO_MARKUP_FIX_TOO_MANY] = "blocks or regions beyond the limit",
    [RECTO_MARKUP_FIX_THOUGHT_OPEN] = "thoughts without beginning or end",
    [RECTO_MARKUP_FIX_THOUGHT_TAG] = "tags of a thought outside of it",
    [RECTO_MARKUP_FIX_ENTRY] = "incomplete entries of the thought",
    [RECTO_MARKUP_FIX_COORDS] = "boxes with sides swapped, empty or outside the page",
    [RECTO_MARKUP_FIX_BOX] = "boxes without four coordinates or without end",
    [RECTO_MARKUP_FIX_SPECIAL] = "special tokens inside the answer",
    [RECTO_MARKUP_FIX_SEPARATOR] = "page separators",
    [RECTO_MARKUP_FIX_WRAPPED] = "code fences around content that is no code",
    [RECTO_MARKUP_FIX_CODE_OPEN] = "code blocks without end",
    [RECTO_MARKUP_FIX_FORMULA_OPEN] = "formulas without end",
    [RECTO_MARKUP_FIX_FORMULA] = "formulas with bare dollars, percent signs or entities",
    [RECTO_MARKUP_FIX_TABLE_OPEN] = "tables without end",
    [RECTO_MARKUP_FIX_TABLE_EMPTY] = "tables without content",
    [RECTO_MARKUP_FIX_TABLE_NESTED] = "tables inside tables",
    [RECTO_MARKUP_FIX_TABLE_TAG] = "parts of tables outside of one",
    [RECTO_MARKUP_FIX_TABLE_SIZE] = "rows or cells of tables beyond the limit",
    [RECTO_MARKUP_FIX_CELL_SPAN] = "cell spans that overlap or leave the table",
    [RECTO_MARKUP_FIX_CELL_MISSING] = "table cells that were missing",
    [RECTO_MARKUP_FIX_CELL_BARE] = "texts of tables outside of cells",
    [RECTO_MARKUP_FIX_CELL_PICTURE] = "pictures inside table cells",
    [RECTO_MARKUP_FIX_TAG_OPEN] = "inline tags without end",
    [RECTO_MARKUP_FIX_JSON] = "incomplete entries of the layout",
};

/* --- memory ----------------------------------------------------------------------------------- */

void *recto_markup_room(recto_markup *m, recto_arena *a, size_t n, size_t size)
{
    void *p = m->nomem ? NULL : recto_arena_array(a, n, size);
    m->nomem = p == NULL;
    return p;
}

bool recto_markup_reserve(recto_markup *m, recto_arena *a, void **items, int n, int *cap,
                          size_t size)
{
    if (m->nomem)
        return false;
    if (n < *cap)
        return true;
    int more = *cap == 0 ? 16 : *cap * 2;
    void *grown = recto_arena_grow(a, *items, (size_t)*cap, (size_t)more, size);
    m->nomem = grown == NULL;
    if (grown == NULL)
        return false;
    *items = grown;
    *cap = more;
    return true;
}

recto_block *recto_markup_add(recto_markup *m, recto_label label)
{
    if (m->n_blocks >= RECTO_MARKUP_BLOCKS_MAX) {
        if (!m->full)
            recto_markup_mend(m, RECTO_MARKUP_FIX_TOO_MANY);
        m->full = true;
        return NULL;
    }
    void *list = m->blocks;
    if (!recto_markup_reserve(m, m->keep, &list, m->n_blocks, &m->cap_blocks, sizeof *m->blocks))
        return NULL;
    m->blocks = list;
    recto_block *b = &m->blocks[m->n_blocks++];
    *b = (recto_block){.label = label, .text = "", .conf = 1.0f};
    return b;
}

const char *recto_markup_plain(recto_markup *m, const char *from, const char *end, size_t max)
{
    char *made = recto_markup_room(
        m, m->keep, (size_t)(end - from) < max ? (size_t)(end - from) + 1 : max + 1, 1);
    size_t n = 0;
    bool space = false;
    while (made != NULL && from < end) {
        if (*from == ' ' || *from == '\n') {
            space = n > 0;
            from++;
            continue;
        }
        const char *next = from;
        recto_utf8_next(&next, end);
        size_t len = (size_t)(next - from);
        if (n + space + len > max)
            break;
        if (space)
            made[n++] = ' ';
        space = false;
        memcpy(made + n, from, len);
        n += len;
        from = next;
    }
    return made == NULL ? "" : made;
}

/* --- cleaning --------------------------------------------------------------------------------- */

static bool is_plain(char c)
{
    return c > ' ' && c < 0x7F;
}

/* A run without white space: NFC, without what is dropped. */
static void clean_run(recto_markup *m, recto_buf *out, const char *p, const char *end)
{
    const char *q = p;
    while (q < end && is_plain(*q))
        q++;
    if (q == end) {
        recto_buf_add(out, p, (size_t)(end - p));
        return;
    }
    recto_arena_mark mark = recto_arena_here(m->tmp);
    const char *clean = recto_utf8_clean(m->tmp, p, (size_t)(end - p));
    m->nomem = m->nomem || clean == NULL;
    size_t n = clean == NULL ? 0 : strlen(clean);
    if (n >= 2 && memcmp(clean + n - 2, "\xC2\xAD", 2) == 0) /* a soft hyphen */
        n -= 2;
    if (n > 0)
        recto_buf_add(out, clean, n);
    recto_arena_reset(m->tmp, mark);
}

void recto_markup_clean(recto_markup *m, recto_buf *out, const char *p, const char *end)
{
    size_t line = out->len; /* where the line began */
    while (p < end && !m->nomem) {
        if (*p == '\n' || *p == '\r') {
            p += *p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1;
            recto_buf_char(out, '\n');
            line = out->len;
        } else if (*p == '\t') {
            do
                recto_buf_char(out, ' ');
            while ((out->len - line) % TAB != 0 && !out->failed);
            p++;
        } else if (*p == ' ') {
            recto_buf_char(out, ' ');
            p++;
        } else {
            const char *from = p;
            while (p < end && strchr(" \t\n\r", *p) == NULL)
                p++;
            p += p == from; /* a NUL */
            clean_run(m, out, from, p);
        }
    }
    m->nomem = m->nomem || out->failed;
}

/* --- the parts of an answer ------------------------------------------------------------------- */

static const char *skip_spaces(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\n'))
        p++;
    return p;
}

static const char *trim_end(const char *p, const char *end)
{
    while (end > p && (end[-1] == ' ' || end[-1] == '\n'))
        end--;
    return end;
}

/* Thoughts at the beginning; returns where the answer itself begins. */
static const char *thoughts(recto_markup *m, const char *p, const char *end)
{
    static const char close_tag[] = "</think>";
    for (bool first = true;; first = false) {
        const char *from = skip_spaces(p, end);
        bool open = recto_markup_starts(from, end, "<think>");
        if (!open && !first)
            return p;
        const char *close = recto_markup_find(from, end, close_tag);
        /* the tag that opens it may belong to the prompt */
        bool headless =
            !open && close != NULL &&
            (recto_markup_starts(from, end, "<box>") || recto_markup_starts(from, end, "<layout>"));
        if (!open && !headless)
            return p;
        from += open ? strlen("<think>") : 0;
        if (headless || close == NULL)
            recto_markup_mend(m, RECTO_MARKUP_FIX_THOUGHT_OPEN);
        const char *last = recto_markup_think(m, from, close == NULL ? end : close);
        if (close == NULL) /* what stands behind the entries is the answer, if it is whole */
            return m->opt->cut_off ? end : last;
        p = close + strlen(close_tag);
    }
}

/* A fence around everything: ```markdown ... ```.  Returns its language ("" if there is no fence)
 * and shortens the range. */
static const char *unwrap(recto_markup *m, const char **p, const char **end)
{
    static const char *const languages[] = {"markdown", "md", "json", "latex", "tex"};
    const char *from = skip_spaces(*p, *end);
    const char *stop = trim_end(from, *end);
    if (!recto_markup_starts(from, stop, "```"))
        return "";
    const char *info = from + 3;
    const char *line = info;
    while (line < stop && *line != '\n')
        line++;
    const char *language = "";
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        size_t n = strlen(languages[i]);
        if ((size_t)(trim_end(info, line) - info) == n &&
            recto_markup_starts(info, line, languages[i]))
            language = languages[i];
    }
    bool closed = stop - line > 3 && recto_markup_starts(stop - 3, stop, "```") && stop[-4] == '\n';
    if (language[0] == '\0' || (!closed && !m->opt->cut_off))
        return "";
    *p = line;
    *end = closed ? stop - 3 : stop;
    return language;
}

/* A tag or token that a limit has cut in two at the very end: "<td", "<COORD_0". */
static const char *without_torn_tag(const char *p, const char *end)
{
    const char *q = trim_end(p, end);
    for (int i = 0; i < RECTO_MARKUP_NAME_MAX && q > p; i++) {
        q--;
        if (*q == '<')
            return q;
        if (recto_markup_is_punct(*q) && strchr("/_\"=", *q) == NULL)
            break;
    }
    return end;
}

/* One paragraph in the brackets of JSON. */
static bool looks_like_json(const char *p, const char *end)
{
    p = skip_spaces(p, end);
    end = trim_end(p, end);
    if (end - p < 2 || (*p != '{' && *p != '['))
        return false;
    const char *q = skip_spaces(p + 1, end);
    for (const char *line = p; line < end; line++) {
        if (*line == '\n' && line[1] == '\n')
            return false;
    }
    return end[-1] == (*p == '{' ? '}' : ']') && q < end && strchr("\"{", *q) != NULL;
}

/* The page's only text is JSON, now that escapes in it are read. */
static void settle_json(recto_markup *m)
{
    recto_block *b = m->blocks;
    if (m->n_blocks != 1 || b->label != RECTO_LABEL_TEXT ||
        !looks_like_json(b->text, b->text + strlen(b->text)))
        return;
    b->label = RECTO_LABEL_CODE;
    b->spans = NULL;
    b->n_spans = 0;
}

/* LaTeX that the task asked for and that no delimiters enclose. */
static bool is_bare_latex(const char *p, const char *end)
{
    static const char *const words[] = {"$", "\\[", "\\(", "<table", "```", "#"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (recto_markup_find(p, end, words[i]) != NULL)
            return false;
    }
    return !recto_markup_math_is_prose(p, end);
}

/* A formula that was asked for is one, whatever its delimiters. */
static void settle_latex(recto_markup *m)
{
    for (int i = 0; i < m->n_blocks; i++) {
        recto_block *b = &m->blocks[i];
        if (b->label != RECTO_LABEL_TEXT || b->n_spans != 1 ||
            b->spans[0].kind != RECTO_SPAN_MATH || b->spans[0].start != 0 ||
            b->text[b->spans[0].end] != '\0')
            continue;
        b->label = RECTO_LABEL_FORMULA;
        b->spans = NULL;
        b->n_spans = 0;
    }
}

static void body(recto_markup *m, const char *p, const char *end)
{
    const char *whole = p;
    const char *whole_end = end;
    const char *language = unwrap(m, &p, &end);
    bool json = strcmp(language, "json") == 0;
    bool bare = looks_like_json(p, end);
    if ((m->opt->is_json || json || bare) && recto_markup_json(m, p, end))
        return;
    if (json || bare) {
        recto_markup_add_code(m, skip_spaces(p, end), trim_end(p, end));
        return;
    }
    if (strcmp(language, "latex") == 0 || strcmp(language, "tex") == 0 ||
        (m->opt->is_latex && is_bare_latex(p, end))) {
        recto_markup_add_formula(m, p, end);
        return;
    }
    if (language[0] != '\0')
        recto_markup_mend(m, RECTO_MARKUP_FIX_WRAPPED);
    else {
        p = whole;
        end = whole_end;
    }
    m->last_table_tag = (size_t)(recto_markup_table_last(p, end) - p);
    recto_markup_blocks(m, p, end);
    settle_json(m);
    if (m->opt->is_latex)
        settle_latex(m);
}

/* --- result ----------------------------------------------------------------------------------- */

static void tell(recto_markup *m, recto_page *page)
{
    const char **notes = recto_markup_room(m, m->keep, RECTO_MARKUP_FIX_COUNT, sizeof *notes);
    int n = 0;
    for (int i = 0; i < RECTO_MARKUP_FIX_COUNT && !m->nomem; i++) {
        recto_buf text = RECTO_BUF_INIT;
        if (m->fixes[i] == 0)
            continue;
        recto_buf_printf(&text, "%s: %d", fix_names[i], m->fixes[i]);
        notes[n] = recto_arena_text(m->keep, recto_buf_cstr(&text), text.len);
        m->nomem = notes[n++] == NULL || text.failed;
        recto_buf_free(&text);
    }
    page->notes = notes;
    page->n_notes = n;
}

recto_status recto_markup_parse(recto_page *page, const char *text, size_t len,
                                const recto_markup_options *opt, recto_arena *keep,
                                recto_arena *tmp, recto_error *err)
{
    recto_markup m = {.opt = opt, .keep = keep, .tmp = tmp};
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_buf source = RECTO_BUF_INIT;
    page->blocks = NULL;
    page->regions = NULL;
    page->notes = NULL;
    page->n_blocks = page->n_regions = page->n_notes = 0;
    page->conf = 1.0f;
    if (len > RECTO_MARKUP_SOURCE_MAX) {
        m.fixes[RECTO_MARKUP_FIX_TOO_LONG] = 1;
        len = RECTO_MARKUP_SOURCE_MAX;
    }
    recto_markup_room(&m, tmp, 1, 1); /* holds the arena's block: the parts reset it very often */
    recto_markup_clean(&m, &source, text, text + len);
    const char *p = recto_buf_cstr(&source);
    const char *end = p + source.len;
    if (opt->cut_off)
        end = without_torn_tag(p, end);
    p = thoughts(&m, p, end);
    body(&m, p, end);
    recto_markup_match(&m);
    tell(&m, page);
    recto_buf_free(&source);
    recto_arena_reset(tmp, mark);
    if (m.nomem) {
        page->notes = NULL;
        page->n_notes = 0;
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    }
    page->blocks = m.blocks;
    page->n_blocks = m.n_blocks;
    page->regions = m.regions;
    page->n_regions = m.n_regions;
    return RECTO_OK;
}
