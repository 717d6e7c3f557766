/* Lines of words as text that is not painted (render mode 3).
 *
 * A line gets one text matrix, and its words are moved to in it, and squeezed or stretched to their
 * boxes.  A slightly skewed line is one of level words that climb: readers such as poppler part a
 * word whose characters do not have one baseline.  Lines that lean more stand as they are. */
#include "core/utf8.h"
#include "vision/pdf_write.h"

#include <math.h>
#include <string.h>

/* What a word leaves free before the next one, of the size: readers that go by gaps (poppler's raw
 * mode: 0.15) would join the two.  Tight print has less. */
static const float LEAST_GAP = 0.2f;
static const float LEAST_WIDTH = 0.4f; /* what stays of the word then, at least */
/* A space is drawn no wider than this part of its gap. */
static const float SPACE_SHARE = 0.9f;
static const float MAX_WORD_SIZES = 2000.0f; /* sanity: a word is not wider, times the size */
/* Sine of the greatest angle from a quarter turn that counts as skew: 8 degrees. */
static const double SKEW = 0.139;
/* Times the size: what a skewed line may climb for readers to see one line (poppler: 0.5), and how
 * far a word may stand from its place for that. */
static const double CLIMB = 0.45, ASIDE = 0.2;

typedef struct pen {
    recto_buf *out;
    recto_pdf_write_font *font;
    const char *name;
    float size;    /* set in the content, 0 = none */
    float stretch; /* per cent */
    /* The line under way: from px to the page, its start there, and along (u) and across (v) it. */
    recto_affine m;
    double scale; /* points a px */
    double x0, y0, ux, uy, vx, vy;
    double middle;     /* of the line, across it, from the start */
    double flat;       /* share of the climb that is left */
    double at_u, at_v; /* where the text matrix stands, from the start */
} pen;

static void number(const pen *p, double value, int places)
{
    recto_pdf_write_number(p->out, value, places);
}

/* --- a word's characters --------------------------------------------------------------------- */

static bool is_rtl(const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        if (recto_utf8_is_rtl(recto_utf8_next(&text, end)))
            return true;
    }
    return false;
}

/* Brackets of right-to-left text as they look from the left. */
static uint32_t mirrored(uint32_t cp)
{
    static const char pairs[] = "()[]{}<>";
    const char *at = cp < 128 && cp != 0 ? strchr(pairs, (int)cp) : NULL;
    if (at == NULL)
        return cp;
    return (uint32_t)(uint8_t)pairs[(size_t)(at - pairs) ^ 1];
}

/* Does the character stay in the order it has in a right-to-left word: digits, Latin, marks? */
static bool is_ltr(uint32_t cp)
{
    return recto_utf8_is_digit(cp) || (recto_utf8_is_letter(cp) && !recto_utf8_is_rtl(cp));
}

static void put_character(const pen *p, uint32_t cp)
{
    recto_buf_printf(p->out, "%04X", (unsigned)recto_pdf_write_font_cid(p->font, cp));
}

/* From right to left, as a page's glyphs lie: readers of PDF put them into logical order.  Runs of
 * digits or Latin letters stay as they are. */
static void put_reversed(const pen *p, const char *text, const char *end)
{
    while (end > text) {
        const char *from = end;
        do /* the first byte of the last character */
            from--;
        while (from > text && ((uint8_t)*from & 0xC0) == 0x80);
        const char *next = from;
        uint32_t cp = recto_utf8_next(&next, end);
        if (!is_ltr(cp)) {
            put_character(p, mirrored(cp));
            end = from;
            continue;
        }
        const char *run = from; /* back to where the run begins */
        while (run > text) {
            const char *before = run;
            do
                before--;
            while (before > text && ((uint8_t)*before & 0xC0) == 0x80);
            next = before;
            if (!is_ltr(recto_utf8_next(&next, end)))
                break;
            run = before;
        }
        for (next = run; next < end;)
            put_character(p, recto_utf8_next(&next, end));
        end = run;
    }
}

static void put_text(const pen *p, const char *text)
{
    const char *end = text + strlen(text);
    recto_buf_char(p->out, '<');
    if (is_rtl(text)) {
        put_reversed(p, text, end);
    } else {
        while (text < end)
            put_character(p, recto_utf8_next(&text, end));
    }
    recto_buf_text(p->out, "> Tj\n");
}

/* --- words and lines ------------------------------------------------------------------------- */

/* Set the stretch that makes n characters `width` wide. */
static void stretch(pen *p, double width, size_t n)
{
    double natural = (double)p->size * RECTO_PDF_WRITE_ADVANCE / 1000.0 * (double)n;
    float percent = (float)(round(100.0 * width / natural * 100.0) / 100.0);
    percent = fmaxf(percent, 0.01f);
    if (percent == p->stretch)
        return;
    p->stretch = percent;
    number(p, (double)percent, 2);
    recto_buf_text(p->out, " Tz ");
}

static bool is_sound(recto_rect r, float size)
{
    float width = recto_rect_width(r);
    return isfinite(r.x0) && isfinite(r.y0) && isfinite(r.x1) && isfinite(r.y1) && isfinite(size) &&
           size > 0 && width > 0 && width < MAX_WORD_SIZES * size;
}

/* One word in a box that ends at the baseline, and the gap after it, in px. */
static void put_word(pen *p, const char *text, float from, float to, float baseline, double gap)
{
    float x = 0.5f * (from + to), y = baseline;
    double width = (double)(to - from) * p->scale;
    recto_affine_apply(p->m, &x, &y);
    double dx = (double)x - p->x0, dy = (double)y - p->y0;
    double u = dx * p->ux + dy * p->uy - 0.5 * width, v = dx * p->vx + dy * p->vy;
    double aside = (v - p->middle) * (1 - p->flat), most = ASIDE * (double)p->size;
    v -= fmax(-most, fmin(most, aside));
    double step_u = round((u - p->at_u) * 1000.0) / 1000.0;
    double step_v = round((v - p->at_v) * 1000.0) / 1000.0;
    if (step_u != 0 || step_v != 0) {
        number(p, step_u, 3);
        recto_buf_char(p->out, ' ');
        number(p, step_v, 3);
        recto_buf_text(p->out, " Td ");
        p->at_u += step_u;
        p->at_v += step_v;
    }
    stretch(p, width, recto_utf8_count(text, strlen(text)));
    put_text(p, text);
    if (gap <= 0)
        return;
    stretch(p, gap * p->scale, 1);
    put_text(p, " ");
}

/* Size in px of a line whose own may not be known. */
static float line_size(const recto_line *line)
{
    float height = recto_rect_height(line->box);
    if (isfinite(line->size) && line->size > 0.4f * height && line->size < 4.0f * height)
        return line->size;
    return height;
}

static float line_baseline(const recto_line *line)
{
    float height = recto_rect_height(line->box);
    bool inside = isfinite(line->baseline) && line->baseline > line->box.y0 + 0.3f * height &&
                  line->baseline <= line->box.y1 + 0.3f * height;
    return inside ? line->baseline : line->box.y1 - 0.2f * height;
}

static bool run_forward(const recto_line *line)
{
    for (int i = 1; i < line->n_words; i++) {
        if (line->words[i].box.x0 < line->words[i - 1].box.x0)
            return false;
    }
    return true;
}

static void put_words(pen *p, const recto_line *line)
{
    bool forward = run_forward(line);
    float baseline = line_baseline(line), least = LEAST_GAP * line_size(line);
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        const recto_word *next = i + 1 < line->n_words ? w + 1 : NULL;
        float end = w->box.x1;
        double gap = 0;
        if (!is_sound(w->box, line_size(line)) || w->text[0] == '\0')
            continue;
        if (forward && next != NULL) {
            end = fmaxf(fminf(end, next->box.x0 - least),
                        w->box.x0 + LEAST_WIDTH * (end - w->box.x0));
            gap = fmax((double)((next->box.x0 - end) * SPACE_SHARE), 0.01);
        }
        put_word(p, w->text, w->box.x0, end, baseline, gap);
        if (!forward && next != NULL && w->box.x0 > next->box.x1) /* it stands to the left */
            put_word(p, " ", next->box.x1, w->box.x0, baseline, 0);
    }
}

/* Take the line's directions from the matrix, level where they nearly are. */
static void aim(pen *p, recto_affine m)
{
    p->m = m;
    p->ux = (double)m.a / p->scale;
    p->uy = (double)m.b / p->scale;
    if (fabs(p->uy) < SKEW) {
        p->ux = p->ux < 0 ? -1 : 1;
        p->uy = 0;
    } else if (fabs(p->ux) < SKEW) {
        p->uy = p->uy < 0 ? -1 : 1;
        p->ux = 0;
    }
    /* upwards: to the left of the line's direction, unless the matrix mirrors */
    double side = (double)m.a * (double)m.d - (double)m.b * (double)m.c < 0 ? 1 : -1;
    p->vx = -p->uy * side;
    p->vy = p->ux * side;
}

/* How much of its climb the line keeps. */
static void flatten(pen *p, const recto_line *line)
{
    float x = line->box.x1, y = line_baseline(line);
    recto_affine_apply(p->m, &x, &y);
    double climb = ((double)x - p->x0) * p->vx + ((double)y - p->y0) * p->vy;
    double most = CLIMB * (double)p->size;
    p->middle = 0.5 * climb;
    p->flat = fabs(climb) > most ? most / fabs(climb) : 1;
}

static void put_line(pen *p, const recto_line *line, recto_affine m)
{
    p->scale = sqrt(fabs((double)m.a * (double)m.d - (double)m.b * (double)m.c));
    float x = line->box.x0, y = line_baseline(line);
    float size = (float)(round((double)line_size(line) * p->scale * 100.0) / 100.0);
    if (!is_sound(line->box, line_size(line)) || !(size > 0) || !(p->scale > 0))
        return;
    aim(p, m);
    recto_affine_apply(m, &x, &y);
    p->x0 = round((double)x * 1000.0) / 1000.0;
    p->y0 = round((double)y * 1000.0) / 1000.0;
    const double parts[] = {p->ux, p->uy, p->vx, p->vy};
    for (int i = 0; i < 4; i++) {
        number(p, parts[i], 5);
        recto_buf_char(p->out, ' ');
    }
    number(p, p->x0, 3);
    recto_buf_char(p->out, ' ');
    number(p, p->y0, 3);
    recto_buf_text(p->out, " Tm\n");
    if (size != p->size) {
        recto_buf_printf(p->out, "/%s ", p->name);
        number(p, (double)size, 2);
        recto_buf_text(p->out, " Tf ");
        p->size = size;
    }
    p->at_u = p->at_v = 0;
    flatten(p, line);
    put_words(p, line);
}

bool recto_pdf_write_text(recto_buf *out, recto_pdf_write_font *font, const char *name,
                          const recto_line *lines, int n_lines, recto_affine m)
{
    pen p = {.out = out, .font = font, .name = name};
    recto_buf_text(out, "q\nBT\n3 Tr\n");
    for (int i = 0; i < n_lines; i++)
        put_line(&p, &lines[i], m);
    recto_buf_text(out, "ET\nQ\n");
    return !out->failed && !font->failed;
}
