/* The bidirectional algorithm backwards, as far as pages need it: PDF shows text, so what is known
 * is the order from left to right, and wanted is the order in which it was written.
 *
 *   seen   .2023 תנשב הנבנ אוה        a line of right-to-left words: read from the right,
 *   read   הוא נבנה בשנת 2023.        numbers inside from the left, its full stop at the end
 *
 * Without the embedding levels that the writer had, some lines have two readings; then the plain
 * one is taken: a number right beside Latin words belongs to them, a full stop at the outer end of
 * a foreign word does not. */
#include "vision/pdf_bidi.h"

#include "core/utf8.h"

static bool is_rtl(uint32_t cp)
{
    return cp >= 0x590 && recto_utf8_is_rtl(cp);
}

static bool is_ltr(uint32_t cp)
{
    return !is_rtl(cp) && recto_utf8_is_letter(cp);
}

recto_pdf_bidi recto_pdf_bidi_word(const recto_pdf_letter *letters, int n)
{
    recto_pdf_bidi kind = RECTO_PDF_BIDI_NEUTRAL;
    for (int i = 0; i < n; i++) {
        if (is_rtl(letters[i].cp))
            return RECTO_PDF_BIDI_RTL;
        if (is_ltr(letters[i].cp))
            kind = RECTO_PDF_BIDI_LTR;
    }
    return kind;
}

/* --- inside a word ------------------------------------------------------------------------- */

static const uint16_t BRACKETS[][2] = {{'(', ')'},       {'[', ']'},       {'{', '}'},
                                       {'<', '>'},       {0xAB, 0xBB},     {0x2039, 0x203A},
                                       {0x2264, 0x2265}, {0x27E8, 0x27E9}, {0x3008, 0x3009}};
enum { N_BRACKETS = sizeof BRACKETS / sizeof *BRACKETS, N_PLAIN_BRACKETS = 3 };

static uint32_t mirrored(uint32_t cp)
{
    for (int i = 0; i < N_BRACKETS; i++) {
        if (BRACKETS[i][0] == cp)
            return BRACKETS[i][1];
        if (BRACKETS[i][1] == cp)
            return BRACKETS[i][0];
    }
    return cp;
}

int recto_pdf_bidi_bracket(uint32_t cp)
{
    for (int i = 0; i < N_PLAIN_BRACKETS; i++) {
        if (BRACKETS[i][0] == cp || BRACKETS[i][1] == cp)
            return BRACKETS[i][0] == cp ? 1 : -1;
    }
    return 0;
}

static void turn(recto_pdf_letter *t, int n)
{
    for (int i = 0, k = n - 1; i < k; i++, k--) {
        recto_pdf_letter swap = t[i];
        t[i] = t[k];
        t[k] = swap;
    }
}

void recto_pdf_bidi_turn(recto_pdf_letter *t, int n)
{
    turn(t, n);
    for (int i = 0; i < n;) {
        int end = i;
        while (end + 1 < n && t[end].more)
            end++;
        turn(&t[i], end + 1 - i);
        i = end + 1;
    }
}

static bool is_digit(uint32_t cp)
{
    return recto_utf8_is_digit(cp);
}

/* Signs that belong to a number they touch. */
static bool is_unit(uint32_t cp)
{
    return cp == '%' || cp == '$' || cp == '#' || (cp >= 0xA2 && cp <= 0xA5) || cp == 0xB0 ||
           (cp >= 0x20A0 && cp <= 0x20CF) || cp == 0x2030 || cp == 0x66A;
}

/* Signs that join two numbers, or two foreign letters. */
static bool is_joint(uint32_t cp)
{
    return cp == '.' || cp == ',' || cp == ':' || cp == '/' || cp == '-' || cp == '+' ||
           cp == 0x2212 || cp == 0xA0;
}

static bool is_link(uint32_t cp)
{
    return is_joint(cp) || cp == '@' || cp == '_' || cp == '&' || cp == '\'' || cp == 0x2019 ||
           cp == '=' || cp == '?' || cp == '~';
}

/* Left-to-right characters, where the letters stand from right to left: the end of the stretch that
 * begins at i; i if none does. */
static int stretch_end(const recto_pdf_letter *t, int i, int n)
{
    int end = i;
    bool number = true; /* so far */
    for (int k = i; k < n; k++) {
        uint32_t cp = t[k].cp;
        bool joins =
            k > i && k + 1 < n && end == k &&
            (number ? is_joint(cp) && is_digit(t[k + 1].cp) && is_digit(t[k - 1].cp) : is_link(cp));
        if (is_digit(cp) || is_ltr(cp)) {
            number = number && is_digit(cp);
            end = k + 1;
        } else if (is_unit(cp) && number &&
                   ((end == k && k > i) || (k + 1 < n && is_digit(t[k + 1].cp)))) {
            end = k + 1;
        } else if (joins) {
            /* counts only if what comes after it does */
            if (!is_digit(t[k + 1].cp) && !is_ltr(t[k + 1].cp))
                break;
            end = k + 1;
        } else {
            break;
        }
    }
    return end;
}

bool recto_pdf_bidi_stop(uint32_t cp)
{
    return cp == '.' || cp == ',' || cp == ':' || cp == ';' || cp == '!' || cp == '?';
}

void recto_pdf_bidi_letters(recto_pdf_letter *letters, int n, recto_pdf_bidi kind, bool rtl_line,
                            bool mirror)
{
    if (kind == RECTO_PDF_BIDI_LTR || (kind == RECTO_PDF_BIDI_NEUTRAL && !rtl_line))
        return;
    recto_pdf_bidi_turn(letters, n);
    for (int i = 0; i < n;) {
        letters[i].cp = mirror ? mirrored(letters[i].cp) : letters[i].cp;
        int end = stretch_end(letters, i, n);
        if (end > i)
            recto_pdf_bidi_turn(&letters[i], end - i);
        i = end > i ? end : i + 1;
    }
}

/* --- vowel signs --------------------------------------------------------------------------- */

static bool is_mark(uint32_t cp)
{
    return (cp >= 0x591 && cp <= 0x5C7 && cp != 0x5BE && cp != 0x5C0 && cp != 0x5C3 &&
            cp != 0x5C6) ||
           (cp >= 0x610 && cp <= 0x61A) || (cp >= 0x64B && cp <= 0x65F) || cp == 0x670 ||
           (cp >= 0x6D6 && cp <= 0x6ED && cp != 0x6DD && cp != 0x6DE && cp != 0x6E5 &&
            cp != 0x6E6 && cp != 0x6E9);
}

/* How far the middle of a mark is from a letter; less where it is over its middle. */
static float distance(const recto_pdf_letter *mark, const recto_pdf_letter *letter)
{
    float at = 0.5f * (mark->u0 + mark->u1);
    float off = at < letter->u0 ? letter->u0 - at : at > letter->u1 ? at - letter->u1 : 0.0f;
    float middle = at - 0.5f * (letter->u0 + letter->u1);
    return off + 0.01f * (middle < 0.0f ? -middle : middle);
}

/* The letter near index i that the mark there belongs to, -1 if there is none. */
static int owner_of(const recto_pdf_letter *t, int n, int i)
{
    enum { REACH = 6 };
    int best = -1;
    for (int k = i > REACH ? i - REACH : 0; k < n && k <= i + REACH; k++) {
        if (!is_mark(t[k].cp) && (best < 0 || distance(&t[i], &t[k]) < distance(&t[i], &t[best])))
            best = k;
    }
    return best;
}

void recto_pdf_bidi_marks_near(recto_pdf_letter *letters, int n)
{
    for (int i = 0; i < n;) {
        int base = i;
        while (base < n && is_mark(letters[base].cp) && !letters[base].more)
            base++;
        int end = base + 1; /* of what the letter's glyph says */
        while (end < n && letters[end].more)
            end++;
        if (base > i && base < n) {
            for (int k = i; k < base; k++)
                letters[k].more = true;
            /* the marks change places with the letter */
            turn(&letters[i], base - i);
            turn(&letters[base], end - base);
            turn(&letters[i], end - i);
        }
        i = end;
    }
}

void recto_pdf_bidi_marks_over(recto_pdf_letter *letters, int n)
{
    for (int i = 0; i < n; i++) {
        int owner = is_mark(letters[i].cp) && !letters[i].more ? owner_of(letters, n, i) : -1;
        if (owner < 0)
            continue;
        recto_pdf_letter mark = letters[i];
        mark.more = true;
        /* behind its letter and what is there of the same glyph already */
        int to = owner + 1;
        while (to < n && letters[to].more && to != i)
            to++;
        if (to > i) {
            for (int k = i; k + 1 < to; k++)
                letters[k] = letters[k + 1];
            letters[to - 1] = mark;
            i--; /* another one stands here now */
        } else {
            for (int k = i; k > to; k--)
                letters[k] = letters[k - 1];
            letters[to] = mark;
        }
    }
}

/* --- the words of a line ------------------------------------------------------------------- */

static void turn_indexes(int *order, int first, int end)
{
    for (end--; first < end; first++, end--) {
        int swap = order[first];
        order[first] = order[end];
        order[end] = swap;
    }
}

/* From the right; what is foreign, with the numbers among and beside it, from the left. */
static void order_rtl(int *order, const recto_pdf_bidi *kinds, int n)
{
    turn_indexes(order, 0, n);
    for (int i = 0; i < n;) {
        int end = i;
        bool foreign = false;
        for (; end < n && kinds[order[end]] != RECTO_PDF_BIDI_RTL; end++)
            foreign = foreign || kinds[order[end]] == RECTO_PDF_BIDI_LTR;
        if (foreign)
            turn_indexes(order, i, end);
        i = end + 1;
    }
}

/* From the left; right-to-left words, with the numbers between them, from the right. */
static void order_ltr(int *order, const recto_pdf_bidi *kinds, int n)
{
    for (int i = 0; i < n; i++) {
        if (kinds[i] != RECTO_PDF_BIDI_RTL)
            continue;
        int last = i;
        for (int k = i; k < n && kinds[k] != RECTO_PDF_BIDI_LTR; k++)
            last = kinds[k] == RECTO_PDF_BIDI_RTL ? k : last;
        turn_indexes(order, i, last + 1);
        i = last;
    }
}

void recto_pdf_bidi_order(int *order, const recto_pdf_bidi *kinds, int n, bool rtl_line)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    if (rtl_line)
        order_rtl(order, kinds, n);
    else
        order_ltr(order, kinds, n);
}
