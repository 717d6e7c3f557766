/* Whether markup is well-formed: every tag closed in its order, attributes quoted and named once,
 * only the five entities, no bare "<".  Enough of XML to find what a writer forgot; xmllint judges
 * the rest. */
#ifndef RECTO_TESTS_WELLFORMED_H
#define RECTO_TESTS_WELLFORMED_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WELLFORMED_DEPTH = 200, WELLFORMED_ATTRS = 40 };

typedef struct wellformed {
    bool html; /* void elements, a doctype, script and style as they are */
    int depth;
    struct {
        const char *name;
        size_t len;
    } open[WELLFORMED_DEPTH];
} wellformed;

static inline bool wellformed_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ':';
}

/* The end of character data or of an attribute's value; NULL if there is a bare sign in it. */
static inline const char *wellformed_text(const char *p, char stop)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    while (*p != stop && *p != '\0') {
        bool entity = *p != '&';
        for (size_t i = 0; i < 5; i++)
            entity = entity || strncmp(p, entities[i], strlen(entities[i])) == 0;
        if (*p == '<' || !entity)
            return NULL;
        p++;
    }
    return p;
}

static inline bool wellformed_is(const char *name, size_t len, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == len && memcmp(name, *list, len) == 0)
            return true;
    }
    return false;
}

/* A tag that p stands behind the "<" of; the byte after its ">", NULL if it is broken. */
static inline const char *wellformed_tag(wellformed *w, const char *p)
{
    static const char *const voids[] = {"meta", "br", "input", "hr", "img", "wbr", NULL};
    static const char *const raw[] = {"script", "style", NULL};
    const char *names[WELLFORMED_ATTRS];
    size_t lens[WELLFORMED_ATTRS];
    int n = 0;
    bool closing = *p == '/';
    p += closing;
    const char *name = p;
    while (wellformed_name_char(*p))
        p++;
    size_t len = (size_t)(p - name);
    if (len == 0)
        return NULL;
    if (closing) {
        w->depth--;
        return *p == '>' && w->depth >= 0 && w->open[w->depth].len == len &&
                       memcmp(w->open[w->depth].name, name, len) == 0
                   ? p + 1
                   : NULL;
    }
    while (*p == ' ' || *p == '\n') {
        p += strspn(p, " \n");
        const char *attr = p;
        while (wellformed_name_char(*p))
            p++;
        if (p == attr)
            break;
        for (int i = 0; i < n; i++) {
            if (lens[i] == (size_t)(p - attr) && memcmp(names[i], attr, lens[i]) == 0)
                return NULL;
        }
        if (n == WELLFORMED_ATTRS)
            return NULL;
        names[n] = attr;
        lens[n++] = (size_t)(p - attr);
        if (*p != '=') {
            if (!w->html)
                return NULL;
            continue;
        }
        if (p[1] != '"' || (p = wellformed_text(p + 2, '"')) == NULL || *p++ != '"')
            return NULL;
    }
    bool empty = *p == '/';
    p += empty;
    if (*p++ != '>')
        return NULL;
    if (empty || (w->html && wellformed_is(name, len, voids)))
        return p;
    if (w->html && wellformed_is(name, len, raw)) {
        const char *end = strstr(p, len == 6 ? "</script>" : "</style>");
        return end == NULL ? NULL : end + len + 3;
    }
    if (w->depth == WELLFORMED_DEPTH)
        return NULL;
    w->open[w->depth].name = name;
    w->open[w->depth++].len = len;
    return p;
}

/* One document with one root.  On failure says where. */
static inline bool wellformed_check(const char *text, bool html)
{
    wellformed w = {.html = html};
    int n_roots = 0;
    for (const char *p = text; *p != '\0';) {
        const char *from = p;
        if (*p != '<') {
            p = wellformed_text(p, '<');
            if (p != NULL && w.depth == 0 && strspn(from, " \n") < (size_t)(p - from))
                p = NULL;
        } else if (p[1] == '?' || (p[1] == '!' && p[2] != '-')) {
            p = w.depth == 0 ? strchr(p, '>') : NULL;
            p += p != NULL;
        } else {
            n_roots += w.depth == 0;
            p = wellformed_tag(&w, p + 1);
        }
        if (p == NULL) {
            fprintf(stderr, "not well-formed at byte %zu: %.60s\n", (size_t)(from - text), from);
            return false;
        }
    }
    return w.depth == 0 && n_roots == 1;
}

#endif
