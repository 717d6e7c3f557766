/* What escape.c and escape_spans.c share: text of Markdown under way. */
#ifndef RECTO_TEXT_ESCAPE_PARTS_H
#define RECTO_TEXT_ESCAPE_PARTS_H

#include "text/escape.h"

/* Of recto_escape_line.where: in the text of a link, where brackets would end it. */
enum { RECTO_ESCAPE_LABEL = 1u << 8 };

/* Clean one-line text under way, walked from left to right in linear time whatever it holds. */
typedef struct recto_escape_line {
    const char *text; /* NUL-terminated */
    size_t len;
    unsigned where;
    size_t mail_end;   /* index of the last "@", 0 if there is none */
    size_t run_end;    /* end of the run of * or _ seen last */
    bool run_emphasis; /* whether that run is escaped */
    char left, right;  /* what is written beside the text: '\0' nothing, else some mark */
    bool dollars;      /* a "$" could be taken for math */
} recto_escape_line;

recto_escape_line recto_escape_line_over(const char *clean, unsigned where);
void recto_escape_put_markdown(recto_buf *out, recto_escape_line *l);
/** dollars: "$" is written so that it cannot be taken for math. */
void recto_escape_put_html(recto_buf *out, const char *p, const char *end, bool dollars);
/** A letter or digit of any script starts at i. */
bool recto_escape_word_at(const recto_escape_line *l, size_t i);
/** A letter or digit ends just before i. */
bool recto_escape_word_before(const recto_escape_line *l, size_t i);

#endif
