/* Blocks that swallow lines without looking at them as Markdown: code, formulas, comments, and
 * elements of HTML whose content is no markup. */
#include "text/markup_parts.h"

#include "core/utf8.h"

#include <string.h>

void recto_markup_add_code(recto_markup *m, const char *p, const char *end)
{
    while (end > p && end[-1] == '\n')
        end--;
    if (p == end)
        return;
    recto_block *b = recto_markup_add(m, RECTO_LABEL_CODE);
    char *text = b == NULL ? NULL : recto_arena_text(m->keep, p, (size_t)(end - p));
    if (b == NULL)
        return;
    m->nomem = m->nomem || text == NULL;
    b->text = text == NULL ? "" : text;
}

void recto_markup_add_formula(recto_markup *m, const char *p, const char *end)
{
    recto_buf made = RECTO_BUF_INIT;
    recto_markup_latex(m, &made, p, end, false, true);
    recto_block *b = made.len == 0 ? NULL : recto_markup_add(m, RECTO_LABEL_FORMULA);
    if (b != NULL) {
        char *text = recto_arena_text(m->keep, made.data, made.len);
        m->nomem = m->nomem || text == NULL;
        b->text = text == NULL ? "" : text;
    }
    recto_buf_free(&made);
}

const char *recto_markup_comment(const char *p, const char *end, unsigned *missing, bool *picture)
{
    *picture = false;
    if ((*missing & RECTO_MARKUP_NO_COMMENT_END) != 0)
        return NULL;
    const char *from = p + strlen("<!--");
    const char *close = recto_markup_find(from, end, "-->");
    if (close == NULL) {
        *missing |= RECTO_MARKUP_NO_COMMENT_END;
        return NULL;
    }
    const char *stop = close;
    while (from < stop && (*from == ' ' || *from == '\n'))
        from++;
    while (stop > from && (stop[-1] == ' ' || stop[-1] == '\n'))
        stop--;
    *picture = stop - from == 7 && memcmp(from, "picture", 7) == 0;
    return close + strlen("-->");
}

/* The text of <pre>, without the tags in it and with its entities read. */
static void add_pre(recto_markup *m, const char *p, const char *end)
{
    recto_buf text = RECTO_BUF_INIT;
    recto_markup_tag tag;
    p += p < end && *p == '\n';
    while (p < end) {
        size_t len = 1;
        uint32_t cp = *p == '&' ? recto_markup_entity(p, end, &len) : 0;
        if (*p == '<' && recto_markup_tag_at(&tag, p, end) &&
            (recto_markup_tag_is(&tag, "code") || recto_markup_tag_is(&tag, "span"))) {
            p = tag.end;
            continue;
        }
        if (cp == 0)
            recto_buf_char(&text, *p);
        else if (!recto_utf8_is_dropped(cp) && cp != 0xAD)
            recto_buf_utf8(&text, recto_utf8_is_space(cp) ? ' ' : cp);
        p += len;
    }
    recto_buf clean = RECTO_BUF_INIT;
    m->nomem = m->nomem || text.failed;
    recto_markup_clean(m, &clean, recto_buf_cstr(&text), recto_buf_cstr(&text) + text.len);
    recto_markup_add_code(m, recto_buf_cstr(&clean), recto_buf_cstr(&clean) + clean.len);
    recto_buf_free(&clean);
    recto_buf_free(&text);
}

const char *recto_markup_raw(recto_markup *m, const char *p, const char *end, unsigned *missing)
{
    static const struct {
        const char *name, *close;
        unsigned missing;
    } kinds[] = {{"pre", "</pre>", RECTO_MARKUP_NO_PRE_END},
                 {"script", "</script>", RECTO_MARKUP_NO_SCRIPT_END},
                 {"style", "</style>", RECTO_MARKUP_NO_STYLE_END}};
    recto_markup_tag tag;
    if (!recto_markup_tag_at(&tag, p, end) || tag.closing)
        return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!recto_markup_tag_is(&tag, kinds[i].name) || (*missing & kinds[i].missing) != 0)
            continue;
        const char *close = recto_markup_find(tag.end, end, kinds[i].close);
        if (close == NULL) {
            *missing |= kinds[i].missing;
            return NULL;
        }
        const char *behind = close + strlen(kinds[i].close);
        if (i == 0)
            add_pre(m, tag.end, close);
        else
            recto_markup_add_code(m, p, behind);
        return behind;
    }
    return NULL;
}
