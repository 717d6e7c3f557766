/* UTF-8: decoding, validity, NFC and the cleaning that every text from outside goes through.
 * Wraps utf8proc. */
#ifndef RECTO_CORE_UTF8_H
#define RECTO_CORE_UTF8_H

#include "core/arena.h"
#include "core/buf.h"
#include <stdbool.h>

#define RECTO_UTF8_REPLACEMENT 0xFFFDu

/** Next code point at *p (< end) and step over it; a bad byte gives U+FFFD and one byte of
 * progress. */
uint32_t recto_utf8_next(const char **p, const char *end);
/** Write cp to out[4], return its length 1..4; surrogates and > 0x10FFFF become U+FFFD. */
int recto_utf8_put(char out[4], uint32_t cp);
/** Number of code points in len bytes. */
size_t recto_utf8_count(const char *text, size_t len);
/**
 * Clean text from a document: NFC; broken bytes to U+FFFD; C0/C1 controls, bidi overrides and
 * isolates (U+202A-202E, U+2066-2069), zero-width space, BOM, soft hyphen at line end kept as
 * U+00AD, noncharacters, private-use and marks beyond 30 on one letter dropped; any white space run
 * to one space; no space at the ends. The result lives in the arena; NULL if out of memory.
 */
char *recto_utf8_clean(recto_arena *a, const char *text, size_t len);
/** True only if recto_utf8_clean would change nothing.  One pass without memory; it says no to the
 * empty text and where an answer would take normalising (marks, Hangul jamo, letters that
 * decompose). */
bool recto_utf8_is_clean(const char *text, size_t len);

/** Length of the longest valid prefix (len if all of it is UTF-8). */
size_t recto_utf8_valid(const char *text, size_t len);
/** Append text with each maximal broken part as one U+FFFD: what the Unicode Standard (3.9, table
 * 3-8) and Python's bytes.decode("utf-8", "replace") do. */
void recto_utf8_repair(recto_buf *out, const char *text, size_t len);
/** Append the NFC form of valid UTF-8 and nothing else: no character is dropped.  O(len), whatever
 * marks are piled up. */
void recto_utf8_nfc(recto_buf *out, const char *text, size_t len);

/** Characters that recto_utf8_clean drops: controls other than white space, bidi marks and
 * overrides, zero-width space, tags, private use, noncharacters, surrogates. */
bool recto_utf8_is_dropped(uint32_t cp);
bool recto_utf8_is_letter(uint32_t cp);
bool recto_utf8_is_upper(uint32_t cp);
bool recto_utf8_is_lower(uint32_t cp);
bool recto_utf8_is_digit(uint32_t cp);
bool recto_utf8_is_space(uint32_t cp);
/** Simple lower-case mapping of one code point. */
uint32_t recto_utf8_lower(uint32_t cp);
/** Letters that an Arabic or Hebrew presentation form (a letter in one of its shapes, a ligature)
 * stands for, in reading order: out[RECTO_UTF8_SHAPE_MAX] is filled, their number returned; cp
 * itself if it is none. */
enum { RECTO_UTF8_SHAPE_MAX = 18 };
int recto_utf8_unshape(uint32_t *out, uint32_t cp);
/** Strong right-to-left (Hebrew, Arabic...). */
bool recto_utf8_is_rtl(uint32_t cp);

#endif
