/* The Qwen2 pattern that cuts a text into words before merging, through PCRE2.
 *
 * The reference (the tokenizers library) runs it on Oniguruma, whose classes differ from PCRE2's:
 * \s is Unicode's White_Space (PCRE2 with UCP adds U+180E), and \p{L}, \p{N} follow the Unicode
 * version each library was built with (Oniguruma there: 16; PCRE2 10.42: 14).  So white space is
 * spelled out, and the letters and digits that came with Unicode 15 to 16 are added by hand:
 * together they give the same class for every code point (tests/text/test_tokenizer_split.c).
 * (?i:'s) folds U+017F like s in both.
 *
 * Every word takes time in proportion to its length plus one look at the white space before it, so
 * that no text takes quadratic time: a run of white space without a line break is tried by
 * \s*[\r\n]+ once, then taken but for its last character. */
#include "text/tokenizer_parts.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

static const char KNOWN[] = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                            " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

#define SPACE                                                                                      \
    "\\x09-\\x0d\\x20\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"        \
    "\\x{205f}\\x{3000}"
#define LETTER                                                                                     \
    "\\p{L}\\x{1c89}\\x{1c8a}\\x{a7cb}-\\x{a7cd}\\x{a7da}-\\x{a7dc}\\x{105c0}-\\x{105f3}"          \
    "\\x{10d4a}-\\x{10d65}\\x{10d6f}-\\x{10d85}\\x{10ec2}-\\x{10ec4}\\x{1123f}\\x{11240}"          \
    "\\x{11380}-\\x{11389}\\x{1138b}\\x{1138e}\\x{11390}-\\x{113b5}\\x{113b7}\\x{113d1}"           \
    "\\x{113d3}\\x{11bc0}-\\x{11be0}\\x{11f02}\\x{11f04}-\\x{11f10}\\x{11f12}-\\x{11f33}"          \
    "\\x{1342f}\\x{13441}-\\x{13446}\\x{13460}-\\x{143fa}\\x{16100}-\\x{1611d}"                    \
    "\\x{16d40}-\\x{16d6c}\\x{18cff}\\x{1b132}\\x{1b155}\\x{1df25}-\\x{1df2a}"                     \
    "\\x{1e030}-\\x{1e06d}\\x{1e4d0}-\\x{1e4eb}\\x{1e5d0}-\\x{1e5ed}\\x{1e5f0}\\x{2b739}"          \
    "\\x{2ebf0}-\\x{2ee5d}\\x{31350}-\\x{323af}"
#define DIGIT                                                                                      \
    "\\p{N}\\x{10d40}-\\x{10d49}\\x{116d0}-\\x{116e3}\\x{11bf0}-\\x{11bf9}\\x{11f50}-\\x{11f59}"   \
    "\\x{16130}-\\x{16139}\\x{16d70}-\\x{16d79}\\x{1ccf0}-\\x{1ccf9}\\x{1d2c0}-\\x{1d2d3}"         \
    "\\x{1e4f0}-\\x{1e4f9}\\x{1e5f1}-\\x{1e5fa}"

static const char PATTERN[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n" LETTER DIGIT "]?[" LETTER "]+|[" DIGIT "]|"
    " ?[^" SPACE LETTER DIGIT "]+[\\r\\n]*|[" SPACE "]*[\\r\\n]+|[" SPACE "]+(?![^" SPACE "])|"
    "[" SPACE "]+";

struct recto_split {
    pcre2_code *code;
    pcre2_match_context *limits;
};

bool recto_split_is_known(const char *regex)
{
    return strcmp(regex, KNOWN) == 0;
}

recto_status recto_split_open(recto_split **out, recto_error *err)
{
    *out = NULL;
    recto_split *s = calloc(1, sizeof *s);
    if (s == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    int code = 0;
    PCRE2_SIZE at = 0;
    s->code = pcre2_compile((PCRE2_SPTR)PATTERN, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_ANCHORED,
                            &code, &at, NULL);
    s->limits = pcre2_match_context_create(NULL);
    if (s->code == NULL || s->limits == NULL) {
        const bool no_memory = s->code != NULL || code == PCRE2_ERROR_HEAP_FAILED;
        recto_split_close(s);
        if (no_memory)
            return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
        return recto_error_set(err, RECTO_ERR_MODEL,
                               "tokenizer: PCRE2 cannot compile the pattern "
                               "(error %d at %zu)",
                               code, (size_t)at);
    }
    /* one step back for each character of a run of white space is no runaway */
    pcre2_set_match_limit(s->limits, UINT32_MAX);
    /* where executable memory is refused, the interpreter gives the same words */
    (void)pcre2_jit_compile(s->code, PCRE2_JIT_COMPLETE);
    *out = s;
    return RECTO_OK;
}

void recto_split_close(recto_split *s)
{
    if (s == NULL)
        return;
    pcre2_match_context_free(s->limits);
    pcre2_code_free(s->code);
    free(s);
}

void *recto_split_scratch(const recto_split *s)
{
    return pcre2_match_data_create_from_pattern(s->code, NULL);
}

void recto_split_scratch_free(void *scratch)
{
    pcre2_match_data_free(scratch);
}

recto_status recto_split_next(size_t *len_out, const recto_split *s, void *scratch,
                              const char *text, size_t len, size_t at, recto_error *err)
{
    *len_out = 0;
    int got =
        pcre2_match(s->code, (PCRE2_SPTR)text, len, at, PCRE2_NO_UTF_CHECK, scratch, s->limits);
    if (got == PCRE2_ERROR_JIT_STACKLIMIT)
        got = pcre2_match(s->code, (PCRE2_SPTR)text, len, at, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT,
                          scratch, s->limits);
    if (got == PCRE2_ERROR_NOMEMORY)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    const size_t end = got > 0 ? pcre2_get_ovector_pointer(scratch)[1] : 0;
    if (end <= at) /* the alternatives cover every character */
        return recto_error_set(err, RECTO_ERR_MODEL, "tokenizer: PCRE2 error %d", got);
    *len_out = end - at;
    return RECTO_OK;
}
