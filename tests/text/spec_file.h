/* The files of tests/spec: prose with examples between fences of eight backticks: a head that says
 * what kind it is, what goes in, a line with a point, what comes out. */
#ifndef RECTO_TESTS_SPEC_FILE_H
#define RECTO_TESTS_SPEC_FILE_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/file.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char spec_fence[] = "````````";

typedef struct spec_example {
    int line;         /* of its input */
    const char *head; /* behind the fence, up to a line feed */
    const char *input, *output, *end;
} spec_example;

static inline const char *spec_after_line(const char *p)
{
    const char *q = strchr(p, '\n');
    return q == NULL ? p + strlen(p) : q + 1;
}

static inline bool spec_is_fence(const char *p)
{
    return strncmp(p, spec_fence, sizeof spec_fence - 1) == 0;
}

/* The next example at or behind *p; *p is then behind it.  False at the end, or if one is cut. */
static inline bool spec_next(const char **p, int *line, spec_example *e)
{
    const char *q = *p;
    for (; *q != '\0' && !spec_is_fence(q); q = spec_after_line(q))
        ++*line;
    if (*q == '\0')
        return false;
    *e = (spec_example){
        .line = ++*line + 1, .head = q + sizeof spec_fence - 1, .input = spec_after_line(q)};
    for (q = e->input; *q != '\0' && strncmp(q, ".\n", 2) != 0; q = spec_after_line(q))
        ++*line;
    e->output = spec_after_line(q);
    ++*line;
    for (q = e->output; *q != '\0' && !spec_is_fence(q); q = spec_after_line(q))
        ++*line;
    ++*line;
    e->end = q;
    *p = spec_after_line(q);
    return *q != '\0';
}

/* Whether the head has the word. */
static inline bool spec_says(const spec_example *e, const char *word)
{
    size_t n = strcspn(e->head, "\n");
    const char *at = strstr(e->head, word);
    return at != NULL && at < e->head + n;
}

/* A file of tests/spec in the arena; NULL if it cannot be read. */
static inline const char *spec_read(recto_arena *keep, const char *name)
{
    const char *source = getenv("RECTO_SOURCE_DIR");
    char path[4096];
    recto_bytes file;
    snprintf(path, sizeof path, "%s/tests/spec/%s", source == NULL ? "." : source, name);
    if (recto_bytes_read(&file, path, 0, NULL) != RECTO_OK)
        return NULL;
    const char *text = recto_arena_text(keep, (const char *)file.data, file.size);
    recto_bytes_close(&file);
    return text;
}

#endif
