/* Documents in a notation for people, for the examples of tests/spec (docs/FORMATS.md tells it to
 * readers too):
 *
 *   info title="T" author="A"
 *   --- page 2 reader=line flags=blank_page,damaged failed=format: message
 *   LABEL [LEVEL] ["MARKER" [ordered]] [(category)] [@l,t,r,b] [goes_on=space|hyphen|glue]
 *       [continues] [tied=N] [file=NAME] [image] [conf=0.5] [flags=a,b] [repeat=N]: TEXT
 *   table 2x3
 *     0,0 [spans RxC] [header]: TEXT
 *   form KIND [checked] [name="N"] [value="V"] [label="L"]: TEXT
 *
 * TEXT: {bold:..} {italic:..} {code:..} {math:..} {sup:..} {sub:..} {link <URL>:..}, nested; \{ \}
 * \\ \u202E (a character) \xFF (a byte); ⏎ ends a printed line, in code it is a line feed. A page
 * is 1000 x 1400 px at 120 dpi; a character is 10 px wide, lines are 30 px apart. */
#ifndef RECTO_TESTS_SPEC_DOC_H
#define RECTO_TESTS_SPEC_DOC_H

#include "text/write_doc.h"

#include "core/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPEC_PAGES_MAX = 12, SPEC_BLOCKS_MAX = 80, SPEC_SPANS_MAX = 32, SPEC_LINE_PX = 30 };

typedef struct spec_doc {
    recto_docinfo info;
    recto_page pages[SPEC_PAGES_MAX];
    int n_pages;
    float y;           /* where the next block without a place goes */
    const char *wrong; /* what could not be understood, NULL = nothing */
} spec_doc;

/* --- texts ------------------------------------------------------------------------------------ */

typedef struct spec_text {
    recto_buf text;
    recto_span spans[SPEC_SPANS_MAX];
    int n_spans;
    int breaks[64]; /* where printed lines end, bytes of text */
    int n_breaks;
} spec_text;

static inline void spec_escape(recto_buf *out, const char **p)
{
    char hex[5] = "";
    size_t n = (*p)[1] == 'u' ? 4 : (*p)[1] == 'x' ? 2 : 0;
    if (n == 0) {
        recto_buf_char(out, (*p)[1]);
        *p += 2;
        return;
    }
    memcpy(hex, *p + 2, n);
    unsigned long v = strtoul(hex, NULL, 16);
    if (n == 4)
        recto_buf_utf8(out, (uint32_t)v);
    else
        recto_buf_char(out, (char)v);
    *p += 2 + n;
}

/* The kind behind "{" and, for a link, the address; *p is then behind the colon. */
static inline recto_span spec_span_head(recto_arena *a, const char **p)
{
    static const char *const names[RECTO_SPAN_KIND_COUNT] = {
        [RECTO_SPAN_MATH] = "math:",       [RECTO_SPAN_BOLD] = "bold:",
        [RECTO_SPAN_ITALIC] = "italic:",   [RECTO_SPAN_CODE] = "code:",
        [RECTO_SPAN_SUPERSCRIPT] = "sup:", [RECTO_SPAN_SUBSCRIPT] = "sub:",
        [RECTO_SPAN_LINK] = "link <"};
    recto_span s = {.start = -1};
    for (int k = 0; k < RECTO_SPAN_KIND_COUNT; k++) {
        size_t n = strlen(names[k]);
        if (strncmp(*p + 1, names[k], n) != 0)
            continue;
        s.start = 0;
        s.kind = (recto_span_kind)k;
        *p += 1 + n;
        if (k == RECTO_SPAN_LINK) {
            const char *end = strstr(*p, ">:");
            s.url = recto_arena_text(a, *p, end == NULL ? 0 : (size_t)(end - *p));
            *p = end == NULL ? *p : end + 2;
        }
        break;
    }
    return s;
}

/* Up to the end or the brace that closes this level; false if a brace is not understood. */
static inline bool spec_parse(spec_text *t, recto_arena *a, const char **p, bool code, int depth)
{
    static const char eol[] = "⏎";
    while (**p != '\0' && !(depth > 0 && **p == '}')) {
        if (**p == '\\') {
            spec_escape(&t->text, p);
        } else if (strncmp(*p, eol, sizeof eol - 1) == 0) {
            t->breaks[t->n_breaks++] = (int)t->text.len;
            recto_buf_char(&t->text, code ? '\n' : ' ');
            *p += sizeof eol - 1;
        } else if (**p == '{' && t->n_spans < SPEC_SPANS_MAX) {
            recto_span s = spec_span_head(a, p);
            if (s.start < 0 || depth >= 8)
                return false;
            int i = t->n_spans++;
            s.start = (int)t->text.len;
            if (!spec_parse(t, a, p, code, depth + 1) || **p != '}')
                return false;
            ++*p;
            s.end = (int)t->text.len;
            t->spans[i] = s;
        } else {
            recto_buf_char(&t->text, *(*p)++);
        }
    }
    return true;
}

static inline recto_line *spec_lines(recto_arena *a, const spec_text *t, recto_rect *box,
                                     float conf, int *n_out)
{
    recto_line *lines = recto_arena_array(a, (size_t)t->n_breaks + 1, sizeof *lines);
    const char *text = recto_buf_cstr(&t->text);
    int from = 0;
    *n_out = 0;
    for (int i = 0; i <= t->n_breaks; i++) {
        int to = i < t->n_breaks ? t->breaks[i] : (int)t->text.len;
        const char *one = recto_arena_text(a, text + from, (size_t)(to - from));
        recto_line *line = build_line(a, one, box->x0, box->y0 + (float)(i * SPEC_LINE_PX));
        for (int k = 0; k < line->n_words; k++)
            line->words[k].conf = conf;
        line->conf = conf;
        if (line->n_words > 0) {
            lines[(*n_out)++] = *line;
            box->x1 = line->box.x1 > box->x1 ? line->box.x1 : box->x1;
            box->y1 = line->box.y1 > box->y1 ? line->box.y1 : box->y1;
        }
        from = to + 1;
    }
    return lines;
}

/* --- heads of lines --------------------------------------------------------------------------- */

/* The next word of a head up to end: quotes and parentheses keep it together.  NULL at its end. */
static inline char *spec_word(recto_arena *a, const char **p, const char *end)
{
    while (*p < end && **p == ' ')
        ++*p;
    const char *from = *p;
    bool quoted = false;
    bool deep = false;
    for (; *p < end && (quoted || deep || **p != ' '); ++*p) {
        quoted = **p == '"' ? !quoted : quoted;
        deep = **p == '(' ? true : **p == ')' ? false : deep;
    }
    return from == *p ? NULL : recto_arena_text(a, from, (size_t)(*p - from));
}

/* The colon that ends a head: the first that stands before a space or the end and in no quotes. */
static inline const char *spec_head_end(const char *line)
{
    bool quoted = false;
    const char *p = line;
    for (; *p != '\0'; p++) {
        quoted = *p == '"' ? !quoted : quoted;
        if (*p == ':' && !quoted && (p[1] == ' ' || p[1] == '\0'))
            break;
    }
    return p;
}

/* The value of "key=value" or key="value" if word is that, else NULL. */
static inline const char *spec_value(char *word, const char *key)
{
    size_t n = strlen(key);
    if (strncmp(word, key, n) != 0 || word[n] != '=')
        return NULL;
    char *v = word + n + 1;
    size_t len = strlen(v);
    if (len >= 2 && v[0] == '"' && v[len - 1] == '"') {
        v[len - 1] = '\0';
        v++;
    }
    return v;
}

static inline uint32_t spec_flags(const char *names)
{
    uint32_t flags = 0;
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        const char *at = strstr(names, recto_doc_flag_name(bit));
        flags |= at != NULL ? 1u << bit : 0;
    }
    return flags;
}

static inline recto_page *spec_begin_page(spec_doc *d, recto_arena *a, int number)
{
    recto_page *p = &d->pages[d->n_pages++];
    *p = (recto_page){.number = number,
                      .width = 1000,
                      .height = 1400,
                      .dpi = 120,
                      .width_pt = 600,
                      .height_pt = 840,
                      .reader = RECTO_READER_LAYER,
                      .reason = "trusted text layer",
                      .conf = 1};
    p->blocks = recto_arena_array(a, SPEC_BLOCKS_MAX, sizeof *p->blocks);
    d->y = 100;
    return p;
}

/* "--- page 2 reader=line flags=damaged failed=format: message" */
static inline void spec_page(spec_doc *d, recto_arena *a, const char *line)
{
    const char *end = spec_head_end(line);
    const char *p = line + strlen("--- page ");
    recto_page *page = spec_begin_page(d, a, (int)strtol(p, NULL, 10));
    for (char *w = spec_word(a, &p, end); w != NULL; w = spec_word(a, &p, end)) {
        const char *v = spec_value(w, "flags");
        if (v != NULL)
            page->flags = spec_flags(v);
        if ((v = spec_value(w, "conf")) != NULL)
            page->conf = strtof(v, NULL);
        if ((v = spec_value(w, "failed")) != NULL) {
            for (int s = 1; s < RECTO_STATUS_COUNT; s++)
                if (strcmp(recto_status_name((recto_status)s), v) == 0)
                    page->status = (recto_status)s;
            page->error = *end == ':' ? end + 2 : "";
            page->reader = RECTO_READER_NONE;
        }
        for (int k = 0; (v = spec_value(w, "reader")) != NULL && k < RECTO_READER_KIND_COUNT; k++)
            if (strcmp(recto_doc_reader_name((recto_reader_kind)k), v) == 0)
                page->reader = (recto_reader_kind)k;
    }
    if ((page->flags & RECTO_FLAG_BLANK_PAGE) != 0)
        page->reader = RECTO_READER_NONE;
    page->reason = page->reader == RECTO_READER_LAYER ? page->reason : NULL;
}

static inline void spec_info(spec_doc *d, recto_arena *a, const char *line)
{
    const char *p = line + strlen("info ");
    const char *end = p + strlen(p);
    for (char *w = spec_word(a, &p, end); w != NULL; w = spec_word(a, &p, end)) {
        const char *v = spec_value(w, "title");
        d->info.title = v != NULL ? v : d->info.title;
        v = spec_value(w, "author");
        d->info.author = v != NULL ? v : d->info.author;
        v = spec_value(w, "source");
        d->info.source_name = v != NULL ? v : d->info.source_name;
    }
}

/* --- blocks ----------------------------------------------------------------------------------- */

static inline recto_label spec_label(const char *name)
{
    int k = 0;
    while (k < RECTO_LABEL_COUNT && strcmp(recto_doc_label_name((recto_label)k), name) != 0)
        k++;
    return (recto_label)k;
}

static inline recto_field *spec_field(recto_block *b, recto_arena *a)
{
    if (b->field == NULL) {
        b->field = recto_arena_alloc(a, sizeof *b->field);
        *b->field = (recto_field){.name = "", .label = "", .value = "", .conf = 1};
    }
    return b->field;
}

/* One word of a form block's head; false if it is none. */
static inline bool spec_form_word(recto_block *b, recto_arena *a, char *w)
{
    static const char *const kinds[] = {"text",   "checkbox", "radio",
                                        "choice", "button",   "signature"};
    recto_field *f = spec_field(b, a);
    const char *v;
    for (int k = 0; k < RECTO_FIELD_KIND_COUNT; k++) {
        if (strcmp(w, kinds[k]) == 0) {
            f->kind = (recto_field_kind)k;
            return true;
        }
    }
    if (strcmp(w, "checked") == 0)
        f->checked = true;
    else if ((v = spec_value(w, "name")) != NULL)
        f->name = v;
    else if ((v = spec_value(w, "value")) != NULL)
        f->value = v;
    else if ((v = spec_value(w, "label")) != NULL)
        f->label = v;
    else
        return false;
    return true;
}

static const uint8_t spec_png[] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};

static inline bool spec_value_word(recto_block *b, char *w)
{
    static const char *const ways[] = {"not", "space", "hyphen", "glue"};
    const char *v;
    for (int k = 0; (v = spec_value(w, "goes_on")) != NULL && k < RECTO_GOES_ON_COUNT; k++)
        b->goes_on = strcmp(v, ways[k]) == 0 ? (recto_goes_on)k : b->goes_on;
    if (v != NULL)
        return true;
    if ((v = spec_value(w, "tied")) != NULL)
        b->tied = (int)strtol(v, NULL, 10);
    else if ((v = spec_value(w, "file")) != NULL)
        b->file = v;
    else if ((v = spec_value(w, "conf")) != NULL)
        b->conf = strtof(v, NULL);
    else if ((v = spec_value(w, "flags")) != NULL)
        b->flags = spec_flags(v);
    else
        return false;
    return true;
}

/* One word of a block's head; false if it is not understood. */
static inline bool spec_block_word(recto_block *b, recto_arena *a, char *w, int *repeat)
{
    size_t len = strlen(w);
    const char *v;
    if (b->label == RECTO_LABEL_FORM && spec_form_word(b, a, w))
        return true;
    if (w[0] >= '0' && w[0] <= '9' && strchr(w, 'x') == NULL) {
        b->level = (int)strtol(w, NULL, 10);
    } else if (w[0] == '"' && len >= 2) {
        b->marker = recto_arena_text(a, w + 1, len - 2);
    } else if (w[0] == '(' && len >= 2) {
        b->category = recto_arena_text(a, w + 1, len - 2);
    } else if (w[0] == '@') {
        recto_rect *r = &b->box;
        return sscanf(w, "@%f,%f,%f,%f", &r->x0, &r->y0, &r->x1, &r->y1) == 4;
    } else if (strcmp(w, "ordered") == 0) {
        b->ordered = true;
    } else if (strcmp(w, "continues") == 0) {
        b->continues = true;
    } else if (strcmp(w, "image") == 0) {
        b->image = (recto_asset){spec_png, sizeof spec_png, "image/png", 1, 1};
    } else if ((v = spec_value(w, "repeat")) != NULL) {
        *repeat = (int)strtol(v, NULL, 10);
    } else if (b->label == RECTO_LABEL_TABLE && strchr(w, 'x') != NULL) {
        recto_table *t = recto_arena_alloc(a, sizeof *t);
        b->table = t;
        if (sscanf(w, "%dx%d", &t->n_rows, &t->n_cols) != 2)
            return false;
        t->ruled = true;
        t->cells = recto_arena_array(a, (size_t)(t->n_rows * t->n_cols), sizeof *t->cells);
    } else {
        return spec_value_word(b, w);
    }
    return true;
}

static inline bool spec_block_text(spec_doc *d, recto_arena *a, const recto_page *page,
                                   recto_block *b, const char *text)
{
    spec_text t = {.text = RECTO_BUF_INIT};
    bool code = b->label == RECTO_LABEL_CODE;
    bool known = !recto_rect_is_empty(b->box);
    bool fine = spec_parse(&t, a, &text, code, 0) && *text == '\0';
    recto_rect box = {100, d->y, 100, d->y + 24};
    if (known)
        box = b->box;
    b->text = recto_arena_text(a, recto_buf_cstr(&t.text), t.text.len);
    recto_span *spans = recto_arena_array(a, (size_t)t.n_spans + 1, sizeof *spans);
    memcpy(spans, t.spans, (size_t)t.n_spans * sizeof *spans);
    b->spans = spans;
    b->n_spans = t.n_spans;
    if (page->reader != RECTO_READER_VLM) {
        if (b->label != RECTO_LABEL_PICTURE && b->label != RECTO_LABEL_TABLE)
            b->lines = spec_lines(a, &t, &box, b->conf, &b->n_lines);
        box.x1 = box.x1 > box.x0 ? box.x1 : box.x0 + 300;
        b->box = known ? b->box : box;
        d->y = b->box.y1 + 16 > d->y ? b->box.y1 + 16 : d->y;
    }
    recto_buf_free(&t.text);
    return fine;
}

static inline bool spec_block(spec_doc *d, recto_arena *a, const char *line)
{
    const char *end = spec_head_end(line);
    const char *p = line;
    int repeat = 0;
    recto_page *page = &d->pages[d->n_pages - 1];
    char *name = spec_word(a, &p, end);
    if (name == NULL || spec_label(name) == RECTO_LABEL_COUNT || page->n_blocks == SPEC_BLOCKS_MAX)
        return false;
    recto_block *b = &page->blocks[page->n_blocks++];
    *b = (recto_block){.label = spec_label(name), .conf = 1, .size = 20, .text = ""};
    for (char *w = spec_word(a, &p, end); w != NULL; w = spec_word(a, &p, end)) {
        if (!spec_block_word(b, a, w, &repeat))
            return false;
    }
    if (b->table != NULL)
        b->table->n_repeat = repeat;
    if (b->field != NULL)
        b->field->box =
            recto_rect_is_empty(b->box) ? (recto_rect){700, d->y, 720, d->y + 20} : b->box;
    return spec_block_text(d, a, page, b, *end == ':' && end[1] == ' ' ? end + 2 : "");
}

/* "  0,1 spans 1x2 header: text" */
static inline bool spec_cell(spec_doc *d, recto_arena *a, const char *line)
{
    recto_page *page = &d->pages[d->n_pages - 1];
    recto_block *b = page->n_blocks > 0 ? &page->blocks[page->n_blocks - 1] : NULL;
    recto_table *t = b != NULL ? b->table : NULL;
    const char *end = spec_head_end(line);
    int n = 0;
    if (t == NULL || t->n_cells >= t->n_rows * t->n_cols)
        return false;
    recto_cell *c = &t->cells[t->n_cells++];
    *c = (recto_cell){.row_span = 1, .col_span = 1, .conf = 1, .text = ""};
    if (sscanf(line, " %d,%d%n", &c->row, &c->col, &n) != 2)
        return false;
    const char *p = strstr(line, " spans ");
    if (p != NULL && p < end && sscanf(p, " spans %dx%d", &c->row_span, &c->col_span) != 2)
        return false;
    p = strstr(line, " header");
    c->header = p != NULL && p < end;
    spec_text st = {.text = RECTO_BUF_INIT};
    const char *text = *end == ':' && end[1] == ' ' ? end + 2 : "";
    bool fine = spec_parse(&st, a, &text, false, 0) && *text == '\0';
    c->text = recto_arena_text(a, recto_buf_cstr(&st.text), st.text.len);
    recto_span *spans = recto_arena_array(a, (size_t)st.n_spans + 1, sizeof *spans);
    memcpy(spans, st.spans, (size_t)st.n_spans * sizeof *spans);
    c->spans = spans;
    c->n_spans = st.n_spans;
    if (page->reader != RECTO_READER_VLM) {
        float x = b->box.x0 + (float)(c->col * 200);
        float y = b->box.y0 + (float)(c->row * SPEC_LINE_PX);
        c->box = (recto_rect){x, y, x, y + 24};
        c->lines = spec_lines(a, &st, &c->box, 1, &c->n_lines);
        c->box.x1 = x + (float)(c->col_span * 200 - 10);
        b->box.x1 = c->box.x1 > b->box.x1 ? c->box.x1 : b->box.x1;
        b->box.y1 = c->box.y1 > b->box.y1 ? c->box.y1 : b->box.y1;
        d->y = b->box.y1 + 16;
    }
    recto_buf_free(&st.text);
    return fine;
}

/* The document of len bytes of notation; d->wrong names the line that is not understood. */
static inline void spec_doc_read(spec_doc *d, recto_arena *a, const char *text, size_t len)
{
    *d = (spec_doc){.info = write_doc_info()};
    for (const char *p = text; p < text + len && d->wrong == NULL;) {
        size_t n = strcspn(p, "\n");
        const char *line = recto_arena_text(a, p, n);
        bool page = strncmp(line, "--- page ", 9) == 0;
        bool info = strncmp(line, "info ", 5) == 0;
        bool fine = true;
        p += n + 1;
        if (page && d->n_pages < SPEC_PAGES_MAX) {
            spec_page(d, a, line);
        } else if (info) {
            spec_info(d, a, line);
        } else if (n > 0) {
            if (d->n_pages == 0)
                spec_begin_page(d, a, 1);
            fine = line[0] == ' ' ? spec_cell(d, a, line) : spec_block(d, a, line);
        }
        if (!fine)
            d->wrong = line;
    }
    d->info.n_pages = d->n_pages;
}

#endif
