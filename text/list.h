/* List markers: bullets and numbers at the start of a line. */
#ifndef RECTO_TEXT_LIST_H
#define RECTO_TEXT_LIST_H

#include "text/flow.h"

typedef enum recto_list_kind {
    RECTO_LIST_NONE = 0,
    RECTO_LIST_BULLET,
    RECTO_LIST_DASH,   /* may also be a dash of the text */
    RECTO_LIST_NUMBER, /* 1. 1) (1) */
    RECTO_LIST_LETTER, /* a. a) (a) */
    RECTO_LIST_ROMAN,  /* iv. iv) (iv); single letters among them are LETTER, too */
} recto_list_kind;

typedef struct recto_list_marker {
    recto_list_kind kind;
    int value;    /* of a number, letter or roman numeral; 0 for bullets */
    int roman;    /* value when read as a roman numeral, 0 if it is none */
    char tail;    /* '.', ')', or '2' for "(a)"; 0 for bullets */
    float text_x; /* where the item's text starts, px; the line's end if nothing follows */
    bool alone;   /* nothing follows on the line */
} recto_list_marker;

/** Parse the first word of a line; kind NONE if it is no marker. */
recto_list_marker recto_list_parse(const recto_line *line);

/** Is the whole line a marker or a section number ("•", "1.", "1.2", "(a)")? */
bool recto_list_is_label(const recto_line *line);

/** A marker as it is shown: a bullet whose code means nothing becomes one that can be read. */
const char *recto_list_shown(const char *word);

/** Bytes of a bullet that is stuck to the text after it ("\u2022Item"); 0 if there is none. */
size_t recto_list_stuck_bullet(const char *text);

/** Could b be the item after a? */
bool recto_list_follows(const recto_list_marker *a, const recto_list_marker *b);

/** The kinds that count. */
bool recto_list_is_ordered(recto_list_kind kind);

#endif
