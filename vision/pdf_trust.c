/* Do the characters of a font make words?
 *
 * A font can say of its glyphs what it likes: codes shifted by one ("Uifsf jt b gbmtf upvoicfs"),
 * permuted on purpose so that nothing can be copied, Cyrillic passed off as Latin-1.  Such text is
 * told by its pairs of letters.  PAIRS holds for every pair how rare the second letter is after the
 * first, in bits, in that one of fifteen European languages where it is least rare; so it knows no
 * language in particular, and a text in another one (Catalan, Indonesian, Vietnamese) still comes
 * out near 2.3 bits a pair, where shifted or permuted letters come out at 3.0 and more.
 *
 *   measured on windows of 400 characters of manual pages (half of them learned from, half tried):
 *   18 languages at most 2.85; shifted 2.9 and up, permuted 2.8 and up in 99 of 100 windows
 *
 * Only words of three letters and more count: tables of numbers, codes and units say nothing.  What
 * is found odd is not thrown away; it is compared with what the line reader sees (pipeline/). */
#include "vision/pdf_page.h"

#include <math.h>

enum {
    LETTERS = 27,     /* the end of a word, a to z */
    MIN_WORD = 3,     /* letters */
    MIN_PAIRS = 60,   /* of a font, to be judged at all */
    SURE_PAIRS = 200, /* from here on the lower limit holds */
    MIN_ACCENTS = 40,
    LATIN1 = 0xC0,
};

/* Mean bits a pair from which the text is in no language; more where there is little of it. */
static const float ODD_BITS = 2.85f;
static const float ODD_BITS_FEW = 3.4f; /* also of program text, which is full of abbreviations */
/* Accented letters among all from which it is another script under false names; Vietnamese, the
 * richest, has 0.2 of these. */
static const float ACCENT_SHARE = 0.5f;
/* Of the judged letters of a page: if more are odd, a font with too few to tell is as well. */
static const float MOST = 0.5f;

static const char *const PAIRS[LETTERS] = {
    "923323344344343335532433744", "123333345353241347232345744", "223360766156275159245257825",
    "225471780232545179433385852", "026541577155463259345366743", "135433545343332767123457454",
    "127642366178367186332277768", "127741644158342248244287823", "118740776246363289342427948",
    "235342436433242255222436664", "216431467262142054634147774", "115641654273354277332265735",
    "215741546265244256733357947", "113741669286334239655358948", "127422535265454379732258935",
    "135333335353231238123232954", "218352454277356239132368944", "155545455555555555445054555",
    "126431646244444265433345943", "137362664263446336531446933", "127671771265555259253365844",
    "133432335234222439221355453", "217560787297544199435459726", "118541532086452258445481627",
    "036352596287536327542584366", "014242644354233338202234736", "006340436086443244653164823",
};

/* U+00C0..U+017F without their accents; '.' where there is no plain letter. */
static const char PLAIN[] = "aaaaaa.ceeeeiiii.nooooo..uuuuy.saaaaaaaceeeeiiii.nooooo.ouuuuy.y"
                            "aaaaaaccccccccdd.deeeeeeeeeegggggggghh..iiiiiiiiii..jjkk.llllll."
                            "..lnnnnnn...oooooo.orrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";

/* What is known of a font. */
typedef struct tally {
    int n_letters, n_accents; /* of Latin; those of U+00C0..U+00FF among them */
    int n_pairs, bits;
    bool mono;
} tally;

/* A word under way. */
typedef struct word {
    int last, n, bits;
    int font;
} word;

/* 1..26, or 0 for what is no Latin letter. */
static int letter_of(uint32_t ucs)
{
    if (ucs - 'a' < 26)
        return (int)(ucs - 'a') + 1;
    if (ucs - 'A' < 26)
        return (int)(ucs - 'A') + 1;
    if (ucs - LATIN1 < sizeof PLAIN - 1 && PLAIN[ucs - LATIN1] != '.')
        return PLAIN[ucs - LATIN1] - 'a' + 1;
    return 0;
}

static void end_word(word *w, tally *fonts)
{
    if (w->n >= MIN_WORD) {
        fonts[w->font].bits += w->bits + PAIRS[w->last][0] - '0';
        fonts[w->font].n_pairs += w->n + 1;
    }
    w->n = w->last = w->bits = 0;
}

static void tally_run(tally *fonts, const recto_pdf_page *page, const recto_pdf_run *run, word *w)
{
    float x = 0.0f;
    float y = 0.0f;
    tally *font = &fonts[run->font];
    if (run->font != w->font)
        end_word(w, fonts);
    w->font = run->font;
    font->mono = (run->style & RECTO_STYLE_MONO) != 0;
    for (int i = run->first; i < run->first + run->n; i++) {
        const recto_pdf_glyph *g = &page->glyphs[i];
        int letter = letter_of(g->ucs);
        /* in a new place a new word begins, with or without a space */
        bool near = g->flags & RECTO_PDF_GLYPH_EXTRA ||
                    fabsf(g->x - x) + fabsf(g->y - y) < 0.2f * run->size;
        if (letter == 0 || !near)
            end_word(w, fonts);
        x = g->x + g->advance * run->ux;
        y = g->y + g->advance * run->uy;
        if (letter == 0)
            continue;
        w->bits += PAIRS[w->last][letter] - '0';
        w->last = letter;
        w->n++;
        font->n_letters++;
        font->n_accents += g->ucs - LATIN1 < 0x40;
    }
}

static float mean_bits(const tally *t)
{
    return t->n_pairs > 0 ? (float)t->bits / (float)t->n_pairs : 0.0f;
}

static bool is_odd(const tally *t)
{
    if (t->n_accents >= MIN_ACCENTS && (float)t->n_accents > ACCENT_SHARE * (float)t->n_letters)
        return true;
    return t->n_pairs >= MIN_PAIRS &&
           mean_bits(t) > (t->n_pairs >= SURE_PAIRS && !t->mono ? ODD_BITS : ODD_BITS_FEW);
}

void recto_pdf_trust_judge(recto_pdf_page *page)
{
    tally fonts[RECTO_PDF_MAX_FONTS + 1] = {{0}};
    bool odd[RECTO_PDF_MAX_FONTS + 1] = {false};
    int n_judged = 0;
    int n_odd = 0;
    word w = {0};
    for (int r = 0; r < page->n_runs; r++) {
        if ((page->runs[r].style & RECTO_STYLE_HIDDEN) == 0)
            tally_run(fonts, page, &page->runs[r], &w);
    }
    end_word(&w, fonts);
    for (int f = 0; f < RECTO_PDF_MAX_FONTS; f++) {
        odd[f] = is_odd(&fonts[f]);
        n_judged += fonts[f].n_pairs >= MIN_PAIRS ? fonts[f].n_pairs : 0;
        n_odd += odd[f] ? fonts[f].n_pairs : 0;
    }
    if (n_odd == 0)
        return;
    for (int f = 0; f < RECTO_PDF_MAX_FONTS; f++)
        odd[f] = odd[f] ||
                 (fonts[f].n_pairs > 0 && fonts[f].n_pairs < MIN_PAIRS &&
                  mean_bits(&fonts[f]) > ODD_BITS_FEW && (float)n_odd > MOST * (float)n_judged);
    for (int r = 0; r < page->n_runs; r++)
        page->runs[r].odd = odd[page->runs[r].font];
}
