/* What the tests of the forms in markup share: documents written, parts of them looked at. */
#ifndef RECTO_TESTS_MARKUP_OUT_H
#define RECTO_TESTS_MARKUP_OUT_H

#include "check.h"

#include "core/utf8.h"
#include "text/hostile_texts.h"
#include "text/wellformed.h"
#include "text/write_doc.h"

/* All pages through the writer; well-formed, or the test has failed.  Free the buffer. */
static inline void markup_write(recto_buf *out, const char *form, const recto_docinfo *info,
                                const recto_page *const *pages, int n_pages)
{
    for (int i = 0; i < n_pages; i++) {
        recto_error err = {0};
        if (pages[i]->status == RECTO_OK && recto_doc_check(pages[i], &err) != RECTO_OK)
            fail_msg("%s", err.msg);
    }
    write_doc(out, recto_writer_lookup(form), info, pages, n_pages);
    assert_int_equal(recto_buf_status(out, NULL), RECTO_OK);
    if (!recto_writer_lookup(form)->parts)
        assert_true(wellformed_check(recto_buf_cstr(out), strcmp(form, "html") == 0));
}

static inline void markup_write_page(recto_buf *out, const char *form, const recto_page *page)
{
    recto_docinfo info = write_doc_info();
    markup_write(out, form, &info, &page, 1);
}

/* The n-th piece between two marks, without them, is exactly what is wanted. */
static inline void assert_between(const recto_buf *out, const char *from, const char *to, int n,
                                  const char *wanted)
{
    const char *p = recto_buf_cstr(out);
    for (; n > 0 && p != NULL; n--) {
        p = strstr(p, from);
        p = p == NULL ? NULL : p + strlen(from);
    }
    const char *end = p == NULL ? NULL : strstr(p, to);
    if (end == NULL)
        fail_msg("no piece between %s and %s", from, to);
    recto_buf piece = RECTO_BUF_INIT;
    recto_buf_add(&piece, p, (size_t)(end - p));
    assert_string_equal(recto_buf_cstr(&piece), wanted);
    recto_buf_free(&piece);
}

static inline int markup_count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)) != NULL; p += strlen(what))
        n++;
    return n;
}

static inline void assert_holds(const recto_buf *out, const char *text)
{
    if (strstr(recto_buf_cstr(out), text) == NULL)
        fail_msg("lacks: %s", text);
}

static inline void assert_lacks(const recto_buf *out, const char *text)
{
    const char *p = strstr(recto_buf_cstr(out), text);
    if (p != NULL)
        fail_msg("holds: %.120s", p);
}

/* No two elements have one name: attr is ' id="' or ' ID="'. */
static inline void assert_ids_differ(const recto_buf *out, const char *attr)
{
    const char *text = recto_buf_cstr(out);
    for (const char *p = text; (p = strstr(p, attr)) != NULL; p += strlen(attr)) {
        size_t len = strcspn(p + strlen(attr), "\"") + strlen(attr) + 1;
        for (const char *q = p + len; (q = strstr(q, attr)) != NULL; q += strlen(attr)) {
            if (strncmp(p, q, len) == 0)
                fail_msg("twice: %.*s", (int)len, p);
        }
    }
}

/* A page in which the text stands wherever a text can stand. */
static inline recto_page *markup_page_of(recto_arena *a, const char *raw)
{
    const char *text = recto_utf8_clean(a, raw, strlen(raw));
    const char *const cells[] = {text, "b", "c", text};
    recto_page *p = build_page(a, 1);
    for (int label = 0; label < RECTO_LABEL_COUNT; label++) {
        if (label == RECTO_LABEL_LIST_ITEM) {
            recto_block *b = build_item(a, p, 0, text[0] == '\0' ? "-" : text, text);
            b->ordered = false;
        } else if (label == RECTO_LABEL_TABLE) {
            build_table(a, p, 2, 2, cells);
        } else if (label == RECTO_LABEL_PICTURE) {
            p->blocks[p->n_blocks++] = (recto_block){
                .label = RECTO_LABEL_PICTURE, .text = text, .conf = 1, .box = {10, 10, 90, 90}};
        } else {
            recto_block *b = build_block(a, p, (recto_label)label, text);
            if (label == RECTO_LABEL_FORM) {
                b->field = recto_arena_alloc(a, sizeof *b->field);
                *b->field =
                    (recto_field){.box = b->box, .name = text, .label = text, .value = text};
            }
        }
    }
    return p;
}

#endif
