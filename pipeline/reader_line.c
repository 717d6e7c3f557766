/* The line reader: preparation -> segmentation -> network -> CTC -> words.
 *
 * A word's horizontal place comes from the CTC peaks (a peak is a few pixels wide somewhere on its
 * glyph), and is then tightened to the ink between the middles of the spaces around it. */
#include "pipeline/reader.h"

#include "core/utf8.h"
#include "pipeline/reader_bullets.h"
#include "text/ctc.h"
#include "vision/prepare.h"
#include "vision/segment.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* CHUNK_LINES bounds the memory of scores: about 300 kB a line of full width. */
enum { SAMPLE_LINES = 8, CHUNK_LINES = 128, MAX_WORD_BYTES = 4096 };

/* A page read with less confidence than this may lie on its head: receipts that do are read at 0.27
 * to 0.32, the same ones upright at 0.76 to 0.90. */
static const float DOUBTFUL_CONF = 0.55f;
/* Below this it may lie on its side. */
static const float HOPELESS_CONF = 0.40f;
/* Another turn must be better by this much to be taken. */
static const float TURN_MARGIN = 0.15f;
/* Ink read with less confidence than this is not text: specks, stamps, pieces of pictures. */
static const float NOISE_CONF = 0.15f;
/* A line of signs only, wider than this share of the page, is a separator (a masked card number is
 * not that wide). */
static const float SEPARATOR_SHARE = 0.35f;
/* Strokes thicker than this times the page's median, relative to the size, are bold. */
static const float BOLD_RATIO = 1.35f;

/* One way to look at the page. */
typedef struct view {
    recto_prepared *prep;
    recto_segments seg;
    recto_affine to_input; /* prepared px -> px of the page image */
    int turned_deg;
} view;

typedef struct context {
    recto_model *model;
    const recto_image *gray;
    const recto_deadline *deadline;
    recto_arena *keep, *tmp;
    recto_error *err;
    bool upright; /* known to be so: no turns, no deskew */
} context;

/* From an image turned clockwise by deg back to the one of size w x h. */
static recto_affine unturn(int deg, float w, float h)
{
    switch (deg) {
    case 90: /* turned x = h - y, y = x */
        return (recto_affine){0, -1, 1, 0, 0, h};
    case 180:
        return (recto_affine){-1, 0, 0, -1, w, h};
    case 270: /* turned x = y, y = w - x */
        return (recto_affine){0, 1, -1, 0, w, 0};
    default:
        return (recto_affine)RECTO_AFFINE_IDENTITY;
    }
}

/* A check box beside a word would be read as a letter of it: paint it over with the lightest pixel
 * around it, the paper. */
static void white_out(recto_image *gray, recto_rect box)
{
    int x0 = (int)fmaxf(0, box.x0 - 2), y0 = (int)fmaxf(0, box.y0 - 2);
    int x1 = (int)fminf((float)gray->width, box.x1 + 2);
    int y1 = (int)fminf((float)gray->height, box.y1 + 2);
    uint8_t paper = 0;
    for (int x = x0; x < x1 && y0 < y1; x++) {
        uint8_t px = gray->px[(size_t)y0 * gray->stride + (size_t)x];
        paper = px > paper ? px : paper;
    }
    for (int y = y0; y < y1 && x0 < x1; y++)
        memset(gray->px + (size_t)y * gray->stride + (size_t)x0, paper, (size_t)(x1 - x0));
}

static recto_status view_open(view *v, context *c, int turn_deg, bool orient)
{
    recto_image *turned = NULL;
    memset(v, 0, sizeof *v);
    if (turn_deg != 0) {
        recto_status st = recto_image_turn(&turned, c->gray, turn_deg, c->err);
        if (st != RECTO_OK)
            return st;
    }
    recto_prepare_options opt = {
        .orient = orient, .deskew = !c->upright, .dpi_guess = c->gray->dpi};
    recto_status st = recto_prepare(&v->prep, turned != NULL ? turned : c->gray, &opt, c->err);
    recto_image_free(turned);
    if (st != RECTO_OK)
        return st;
    v->turned_deg = (turn_deg + v->prep->turned_deg) % 360;
    v->to_input = recto_affine_then(
        v->prep->to_input, unturn(turn_deg, (float)c->gray->width, (float)c->gray->height));
    if (v->prep->blank)
        return RECTO_OK;
    st = recto_deadline_check(c->deadline, c->err);
    if (st != RECTO_OK)
        return st;
    st = recto_segment(&v->seg, v->prep, c->keep, c->tmp, c->err);
    for (int i = 0; i < v->seg.n_boxes && st == RECTO_OK; i++)
        white_out(v->prep->gray, v->seg.boxes[i].box);
    return st;
}

static void view_close(view *v)
{
    recto_prepared_free(v->prep);
    v->prep = NULL;
}

/* Ink between x0 and x1 in the band of the line: the word's box, or `guess` where there is none. */
static recto_rect tighten(const recto_mask *ink, const recto_segment_line *seg, recto_rect guess)
{
    float width = recto_rect_width(seg->ink);
    float rise = seg->slope * width; /* the band is the ink box less what the slope adds */
    float mid = 0.5f * (guess.x0 + guess.x1) - seg->ink.x0;
    float top = seg->ink.y0 + (rise > 0   ? seg->slope * mid
                               : rise < 0 ? seg->slope * mid - rise
                                          : 0);
    float bottom = top + recto_rect_height(seg->ink) - fabsf(rise);
    recto_rect r = recto_rect_clip((recto_rect){guess.x0, top - 1, guess.x1, bottom + 1},
                                   (float)ink->width, (float)ink->height);
    int x0 = (int)r.x0, x1 = (int)ceilf(r.x1), y0 = (int)r.y0, y1 = (int)ceilf(r.y1);
    int left = x1, right = x0, high = y1, low = y0;
    for (int y = y0; y < y1; y++) {
        const uint8_t *row = ink->px + (size_t)y * ink->stride;
        for (int x = x0; x < x1; x++) {
            if (row[x] == 0)
                continue;
            left = x < left ? x : left;
            right = x + 1 > right ? x + 1 : right;
            high = y < high ? y : high;
            low = y + 1 > low ? y + 1 : low;
        }
    }
    if (left >= right)
        return (recto_rect){guess.x0, seg->ink.y0, guess.x1, seg->ink.y1};
    return (recto_rect){(float)left, (float)high, (float)right, (float)low};
}

/* The word of characters from..to-1 (no spaces); its text is empty if cleaning leaves nothing. */
static recto_status make_word(recto_word *w, context *c, const view *v,
                              const recto_segment_line *seg, const recto_linenet_scores *sc,
                              const recto_ctc_char *chars, int n_chars, int from, int to)
{
    recto_linenet *net = recto_model_net(c->model);
    char text[MAX_WORD_BYTES];
    size_t len = 0;
    double log_sum = 0;
    for (int i = from; i < to && len + 4 <= sizeof text; i++) {
        len += (size_t)recto_utf8_put(text + len, recto_linenet_char(net, chars[i].cls));
        log_sum += log((double)fmaxf(chars[i].prob, 1e-6f));
    }
    w->text = recto_utf8_clean(c->keep, text, len);
    if (w->text == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    w->conf = recto_linenet_confidence(net, (float)exp(log_sum / (to - from)));
    /* bounds: the middles of the spaces around the word, or the line's ends */
    float first =
        from > 0 ? 0.5f * (float)(chars[from - 1].first + chars[from - 1].last + 1) : 0.0f;
    float last =
        to < n_chars ? 0.5f * (float)(chars[to].first + chars[to].last + 1) : (float)sc->n_tokens;
    recto_rect guess = {sc->x0 + first * sc->px_per_token, seg->ink.y0,
                        sc->x0 + last * sc->px_per_token, seg->ink.y1};
    guess.x0 = fmaxf(guess.x0, seg->ink.x0);
    guess.x1 = fmaxf(fminf(guess.x1, seg->ink.x1), guess.x0 + 1);
    w->box = tighten(v->prep->ink, seg, guess);
    return RECTO_OK;
}

static void finish_line(recto_line *line, const recto_segment_line *seg)
{
    float sum = 0, weight = 0;
    line->box = line->words[0].box;
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        float n = (float)recto_utf8_count(w->text, strlen(w->text));
        sum += n * w->conf;
        weight += n;
        line->box = recto_rect_union(line->box, w->box);
    }
    line->conf = weight > 0 ? sum / weight : 0;
    line->baseline = seg->baseline;
    line->size = seg->size;
    line->region = seg->column;
}

static recto_status make_line(recto_line *line, context *c, const view *v,
                              const recto_segment_line *seg, const recto_linenet_scores *sc)
{
    recto_ctc_char *chars = NULL;
    int n_chars = 0;
    recto_linenet *net = recto_model_net(c->model);
    memset(line, 0, sizeof *line);
    if (sc->n_tokens == 0)
        return RECTO_OK;
    recto_status st =
        recto_ctc_beam(&chars, &n_chars, sc->logits, sc->n_tokens, recto_linenet_classes(net), 0,
                       recto_model_prior(c->model), c->keep, c->tmp, c->err);
    if (st != RECTO_OK || n_chars == 0)
        return st;
    line->words = recto_arena_array(c->keep, (size_t)n_chars, sizeof *line->words);
    if (line->words == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    for (int from = 0; from < n_chars;) {
        if (recto_linenet_char(net, chars[from].cls) == ' ') {
            from++;
            continue;
        }
        int to = from;
        while (to < n_chars && recto_linenet_char(net, chars[to].cls) != ' ')
            to++;
        recto_word *word = &line->words[line->n_words];
        st = make_word(word, c, v, seg, sc, chars, n_chars, from, to);
        if (st != RECTO_OK)
            return st;
        line->n_words += word->text[0] != '\0';
        from = to;
    }
    if (line->n_words > 0)
        finish_line(line, seg);
    return RECTO_OK;
}

/* Read up to CHUNK_LINES segment lines; scores live in an arena of their own while words are made.
 */
static recto_status read_chunk(recto_line *out, context *c, const view *v,
                               const recto_segment_line *segs, int n, recto_arena *scratch)
{
    recto_arena_mark mark = recto_arena_here(c->tmp);
    recto_linenet_scores *scores = NULL;
    recto_status st = recto_linenet_run(&scores, recto_model_net(c->model), v->prep->gray, segs, n,
                                        scratch, c->tmp, c->err);
    for (int i = 0; i < n && st == RECTO_OK; i++)
        st = make_line(&out[i], c, v, &segs[i], &scores[i]);
    recto_arena_reset(c->tmp, mark);
    recto_arena_clear(scratch);
    return st;
}

/* Read n segment lines; out[n], n_words 0 where nothing was read. */
static recto_status read_lines(recto_line *out, context *c, const view *v,
                               const recto_segment_line *segs, int n)
{
    recto_arena *scratch = recto_arena_new(1u << 20, 0);
    if (scratch == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = RECTO_OK;
    for (int i = 0; i < n && st == RECTO_OK; i += CHUNK_LINES) {
        st = recto_deadline_check(c->deadline, c->err);
        if (st == RECTO_OK)
            st = read_chunk(out + i, c, v, segs + i, n - i < CHUNK_LINES ? n - i : CHUNK_LINES,
                            scratch);
    }
    recto_arena_free(scratch);
    return st;
}

static float mean_conf(const recto_line *lines, int n)
{
    float sum = 0, weight = 0;
    for (int i = 0; i < n; i++) {
        float w = recto_rect_width(lines[i].box);
        sum += w * lines[i].conf;
        weight += w;
    }
    return weight > 0 ? sum / weight : 0;
}

static int by_width_descending(const void *pa, const void *pb)
{
    const recto_segment_line *a = pa, *b = pb;
    float d = recto_rect_width(b->box) / fmaxf(recto_rect_height(b->box), 1) -
              recto_rect_width(a->box) / fmaxf(recto_rect_height(a->box), 1);
    if (d != 0)
        return d > 0 ? 1 : -1;
    return (a->box.y0 > b->box.y0) - (a->box.y0 < b->box.y0);
}

/* Mean confidence on the longest few lines of a view. */
static recto_status sample_conf(float *conf, context *c, const view *v)
{
    *conf = 0;
    int n = v->seg.n_lines;
    if (n == 0)
        return RECTO_OK;
    recto_arena_mark mark = recto_arena_here(c->tmp);
    recto_segment_line *segs = recto_arena_array(c->tmp, (size_t)n, sizeof *segs);
    if (segs == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    memcpy(segs, v->seg.lines, (size_t)n * sizeof *segs);
    qsort(segs, (size_t)n, sizeof *segs, by_width_descending);
    recto_line lines[SAMPLE_LINES];
    int n_sample = n < SAMPLE_LINES ? n : SAMPLE_LINES;
    memset(lines, 0, sizeof lines);
    recto_status st = read_lines(lines, c, v, segs, n_sample);
    *conf = mean_conf(lines, n_sample);
    recto_arena_reset(c->tmp, mark);
    return st;
}

/* Replace *v by a turned view if the text makes clearly more sense there. */
static recto_status try_other_turns(view *v, context *c, float conf, bool *turned)
{
    static const int turns[] = {180, 90, 270};
    static const float *const below[] = {&DOUBTFUL_CONF, &HOPELESS_CONF, &HOPELESS_CONF};
    int seen_deg = v->turned_deg;
    *turned = false;
    for (size_t i = 0; i < sizeof turns / sizeof *turns; i++) {
        if (conf >= *below[i])
            continue;
        view other;
        float other_conf = 0;
        recto_status st = view_open(&other, c, (seen_deg + turns[i]) % 360, false);
        if (st == RECTO_OK)
            st = sample_conf(&other_conf, c, &other);
        if (st != RECTO_OK) {
            view_close(&other);
            return st;
        }
        if (other_conf > conf + TURN_MARGIN) {
            view_close(v);
            *v = other;
            conf = other_conf;
            *turned = true;
        } else {
            view_close(&other);
        }
    }
    return RECTO_OK;
}

static int by_value(const void *pa, const void *pb)
{
    float a = *(const float *)pa, b = *(const float *)pb;
    return (a > b) - (a < b);
}

/* Bold from stroke width: relative to the size, against the page's median. */
static void mark_bold(recto_line *lines, const recto_segment_line *segs, int n, recto_arena *tmp)
{
    float *ratio = recto_arena_array(tmp, (size_t)n + 1, sizeof *ratio);
    if (ratio == NULL || n < 4) /* too few to know what is regular */
        return;
    int n_ratio = 0;
    for (int i = 0; i < n; i++)
        if (lines[i].n_words > 0 && segs[i].size > 0)
            ratio[n_ratio++] = segs[i].stroke / segs[i].size;
    if (n_ratio == 0)
        return;
    qsort(ratio, (size_t)n_ratio, sizeof *ratio, by_value);
    float limit = BOLD_RATIO * ratio[n_ratio / 2];
    for (int i = 0; i < n; i++)
        if (lines[i].n_words > 0 && segs[i].size > 0 && segs[i].stroke / segs[i].size > limit) {
            lines[i].style |= RECTO_STYLE_BOLD;
            for (int k = 0; k < lines[i].n_words; k++)
                lines[i].words[k].style |= RECTO_STYLE_BOLD;
        }
}

/* Was text read in the line, and is none of it a letter or a digit? */
static bool is_signs(const recto_line *line)
{
    for (int i = 0; i < line->n_words; i++) {
        const char *p = line->words[i].text, *end = p + strlen(p);
        while (p < end) {
            uint32_t cp = recto_utf8_next(&p, end);
            if (recto_utf8_is_letter(cp) || recto_utf8_is_digit(cp))
                return false;
        }
    }
    return line->n_words > 0;
}

/* A separator that was printed with characters, or a dashed rule that the network took for some:
 * signs only that together with others on their row are wide. */
static bool is_separator(const recto_line *lines, const bool *signs, int n, int i, float page_width)
{
    if (!signs[i])
        return false;
    recto_rect row = lines[i].box;
    float y = 0.5f * (row.y0 + row.y1), height = fmaxf(lines[i].size, recto_rect_height(row));
    for (int k = 0; k < n; k++)
        if (signs[k] && fabsf(0.5f * (lines[k].box.y0 + lines[k].box.y1) - y) < 0.5f * height)
            row = recto_rect_union(row, lines[k].box);
    return recto_rect_width(row) >= SEPARATOR_SHARE * page_width;
}

/* Check boxes as fields of the layout. */
static recto_status take_boxes(recto_layout *out, const view *v, context *c)
{
    out->fields = recto_arena_array(c->keep, (size_t)v->seg.n_boxes + 1, sizeof *out->fields);
    if (out->fields == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < v->seg.n_boxes; i++)
        out->fields[i] = (recto_field){.box = v->seg.boxes[i].box,
                                       .kind = RECTO_FIELD_CHECKBOX,
                                       .name = "",
                                       .label = "",
                                       .value = "",
                                       .checked = v->seg.boxes[i].checked,
                                       .conf = v->seg.boxes[i].conf};
    out->n_fields = v->seg.n_boxes;
    return RECTO_OK;
}

/* Move segments into the layout; what is not text is dropped, and separators become rules. */
static recto_status fill_layout(recto_layout *out, const view *v, recto_line *lines, context *c)
{
    int n = 0, n_rules = v->seg.n_rules;
    out->rules =
        recto_arena_array(c->keep, (size_t)(n_rules + v->seg.n_lines) + 1, sizeof *out->rules);
    recto_line *kept = recto_arena_array(c->keep, (size_t)v->seg.n_lines + 1, sizeof *kept);
    bool *signs = recto_arena_array(c->tmp, (size_t)v->seg.n_lines + 1, sizeof *signs);
    if (out->rules == NULL || kept == NULL || signs == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    for (int i = 0; i < n_rules; i++) {
        recto_rect r = v->seg.rules[i];
        out->rules[i] = (recto_rule){r, recto_rect_height(r) > recto_rect_width(r)};
    }
    for (int i = 0; i < v->seg.n_lines; i++)
        signs[i] = is_signs(&lines[i]);
    for (int i = 0; i < v->seg.n_lines; i++) {
        if (lines[i].n_words == 0 || lines[i].conf < NOISE_CONF)
            continue;
        if (is_separator(lines, signs, v->seg.n_lines, i, (float)v->prep->gray->width))
            out->rules[n_rules++] = (recto_rule){lines[i].box, false};
        else
            kept[n++] = lines[i];
    }
    out->n_rules = n_rules;
    out->lines = kept;
    out->n_lines = n;
    recto_status st = take_boxes(out, v, c);
    if (st != RECTO_OK)
        return st;
    out->pictures = v->seg.pictures;
    out->n_pictures = v->seg.n_pictures;
    return RECTO_OK;
}

static recto_status read_view(recto_layout *out, view *v, context *c)
{
    recto_line *lines = recto_arena_array(c->keep, (size_t)v->seg.n_lines + 1, sizeof *lines);
    if (lines == NULL)
        return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = read_lines(lines, c, v, v->seg.lines, v->seg.n_lines);
    float conf = mean_conf(lines, v->seg.n_lines);
    if (st == RECTO_OK && conf < DOUBTFUL_CONF && v->seg.n_lines > 0 && !c->upright) {
        bool turned = false;
        st = try_other_turns(v, c, conf, &turned);
        if (st == RECTO_OK && turned) {
            lines = recto_arena_array(c->keep, (size_t)v->seg.n_lines + 1, sizeof *lines);
            if (lines == NULL)
                return recto_error_set(c->err, RECTO_ERR_NOMEM, "out of memory");
            st = read_lines(lines, c, v, v->seg.lines, v->seg.n_lines);
        }
    }
    if (st == RECTO_OK)
        st = recto_reader_bullets_read(lines, v->seg.lines, v->seg.n_lines, v->prep->ink, c->keep,
                                       c->err);
    if (st != RECTO_OK)
        return st;
    mark_bold(lines, v->seg.lines, v->seg.n_lines, c->tmp);
    return fill_layout(out, v, lines, c);
}

recto_status recto_reader_line(recto_layout *layout_out, recto_page *page,
                               recto_page_frame *frame_out, recto_model *model,
                               const recto_image *gray, const recto_deadline *deadline,
                               recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    context c = {model, gray, deadline, keep, tmp, err, false};
    view v;
    memset(layout_out, 0, sizeof *layout_out);
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_status st = view_open(&v, &c, 0, true);
    if (st == RECTO_OK && !v.prep->blank)
        st = read_view(layout_out, &v, &c);
    recto_arena_reset(tmp, mark);
    if (st == RECTO_OK) {
        layout_out->width = (float)v.prep->gray->width;
        layout_out->height = (float)v.prep->gray->height;
        page->turned_deg = v.turned_deg;
        page->skew_deg = v.prep->skew_deg;
        page->flags |= v.turned_deg != 0 ? RECTO_FLAG_ROTATED : 0u;
        if (v.prep->blank ||
            layout_out->n_lines + layout_out->n_pictures + layout_out->n_rules == 0) {
            page->flags |= RECTO_FLAG_BLANK_PAGE;
            page->reason = "the page is blank";
        }
        *frame_out = (recto_page_frame){v.to_input, (float)gray->width, (float)gray->height};
    }
    view_close(&v);
    return st;
}

recto_status recto_reader_line_part(recto_layout *layout_out, recto_model *model,
                                    const recto_image *gray, const recto_deadline *deadline,
                                    recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    context c = {model, gray, deadline, keep, tmp, err, true};
    view v;
    memset(layout_out, 0, sizeof *layout_out);
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_status st = view_open(&v, &c, 0, false);
    if (st == RECTO_OK && !v.prep->blank)
        st = read_view(layout_out, &v, &c);
    recto_arena_reset(tmp, mark);
    layout_out->width = (float)gray->width;
    layout_out->height = (float)gray->height;
    layout_out->dpi = gray->dpi;
    view_close(&v);
    return st;
}
