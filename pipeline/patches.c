/* Which parts of a page the layer does not say, and what is there.
 *
 *   find    doubted words -> boxes;  pictures -> a small rendering -> those with lines of text
 *   read    the page's image, everything else white -> the line reader -> lines
 *   merge   runs of doubted words are replaced by the words read in their place; lines in pictures
 *           are added, and a picture that is mostly text is no picture any more
 *
 * The reader is not always right either.  A font that was doubted by its letters alone is believed
 * again when the reader sees much the same words; what the reader is not sure of stays as it was,
 * without confidence, so that the page says by itself that it is doubtful. */
#include "pipeline/patches.h"

#include "core/utf8.h"
#include "pipeline/reader.h"
#include "vision/segment.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Words with less are doubted: vision/source.h says which. */
static const float DOUBTED = 0.5f;
/* Fewer characters than this in doubted words of two and more are bullets, icons and signs. */
enum { FEW_CHARS = 4, MAX_PICTURES = 12, FEW_WORDS = 5, MAX_RUN = 1024, GRID_LINES = 4 };

/* A picture to look into, share of the page's area and points. */
static const float PICTURE_SHARE = 0.012f, PICTURE_MOST = 0.85f;
static const float PICTURE_WIDE_PT = 40.0f, PICTURE_HIGH_PT = 10.0f;
/* Enough to tell lines of 6 pt text from the grain of a photograph. */
static const float LOOK_DPI = 120.0f;
/* What a line of text looks like there: height of its ink in points, and how much longer it is. */
static const float LINE_LEAST_PT = 3.0f, LINE_MOST_PT = 40.0f, LINE_LONG = 2.5f;
/* And its grey: from dark to light at least, and how near to one of them the middle is. */
static const float CONTRAST = 60.0f, GROUND = 0.3f;

/* Lines read in a picture are text when the reader is this sure; where text is known to be, in
 * place of doubted words and in pictures of text, when it is half as sure. */
static const float SURE = 0.6f, HALF_SURE = 0.3f;
/* Doubted words stand when the reader's differ from them in no more letters than this. */
static const float SAME_SHARE = 0.35f;
/* A picture is text when lines cover this share of it: a scanned paragraph has 0.4, a table 0.12
 * and more (or rules both ways), a chart with its labels less. */
static const float TEXT_SHARE = 0.12f;

/* --- finding ------------------------------------------------------------------------------ */

/* Letters that the line reader does not know. */
static bool is_foreign(uint32_t cp)
{
    return cp >= 0x250 && !(cp >= 0x1E00 && cp < 0x1F00) && recto_utf8_is_letter(cp);
}

static bool has_foreign(const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        if (is_foreign(recto_utf8_next(&text, end)))
            return true;
    }
    return false;
}

/* Words in other letters, and what stands among them, are better left as they are. */
static bool is_readable(const recto_line *l)
{
    int n_foreign = 0;
    for (int k = 0; k < l->n_words; k++)
        n_foreign += has_foreign(l->words[k].text);
    return 2 * n_foreign <= l->n_words;
}

static bool is_doubted(const recto_word *w)
{
    return w->conf < DOUBTED && !has_foreign(w->text);
}

/* Doubted words make `*n` boxes, one a run; boxes may be NULL to count only. */
static int word_boxes(recto_rect *boxes, const recto_layout *layout)
{
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *l = &layout->lines[i];
        float pad = 0.15f * l->size;
        if (l->conf >= 1.0f || !is_readable(l))
            continue;
        for (int k = 0; k < l->n_words; k++) {
            if (!is_doubted(&l->words[k]))
                continue;
            recto_rect box = l->words[k].box;
            while (k + 1 < l->n_words && is_doubted(&l->words[k + 1]))
                box = recto_rect_union(box, l->words[++k].box);
            if (boxes != NULL)
                boxes[n] = (recto_rect){box.x0 - pad, box.y0 - pad, box.x1 + pad, box.y1 + pad};
            n++;
        }
    }
    return n;
}

static int doubted_chars(const recto_layout *layout)
{
    int n = 0;
    for (int i = 0; i < layout->n_lines; i++) {
        if (layout->lines[i].conf >= 1.0f || !is_readable(&layout->lines[i]))
            continue;
        for (int k = 0; k < layout->lines[i].n_words; k++) {
            const recto_word *w = &layout->lines[i].words[k];
            int len = is_doubted(w) ? (int)recto_utf8_count(w->text, strlen(w->text)) : 0;
            n += len > 1 ? len : 0;
        }
    }
    return n;
}

static bool holds_middle(recto_rect box, recto_rect b)
{
    return recto_rect_contains(box, 0.5f * (b.x0 + b.x1), 0.5f * (b.y0 + b.y1));
}

static int words_inside(const recto_layout *layout, recto_rect box)
{
    int n = 0;
    for (int i = 0; i < layout->n_lines && n < FEW_WORDS; i++) {
        const recto_line *l = &layout->lines[i];
        if (recto_rect_is_empty(recto_rect_meet(l->box, box)))
            continue;
        for (int k = 0; k < l->n_words; k++)
            n += holds_middle(box, l->words[k].box);
    }
    return n;
}

static int by_area(const void *pa, const void *pb)
{
    const recto_rect *a = pa, *b = pb;
    float d = recto_rect_area(*b) - recto_rect_area(*a);
    return d > 0 ? 1 : d < 0 ? -1 : (a->y0 > b->y0) - (a->y0 < b->y0);
}

/* Pictures large enough to hold text that the layer does not say. */
static int picture_boxes(recto_rect boxes[MAX_PICTURES], const recto_layout *layout,
                         recto_arena *tmp)
{
    float page = layout->width * layout->height, pt = layout->dpi / 72.0f;
    recto_rect *all = recto_arena_array(tmp, (size_t)layout->n_pictures, sizeof *all);
    int n = 0;
    if (all == NULL)
        return -1;
    for (int i = 0; i < layout->n_pictures; i++) {
        recto_rect b = layout->pictures[i];
        float area = recto_rect_area(b);
        if (area >= PICTURE_SHARE * page && area <= PICTURE_MOST * page &&
            recto_rect_width(b) >= PICTURE_WIDE_PT * pt &&
            recto_rect_height(b) >= PICTURE_HIGH_PT * pt && words_inside(layout, b) < FEW_WORDS)
            all[n++] = b;
    }
    qsort(all, (size_t)n, sizeof *all, by_area);
    n = n < MAX_PICTURES ? n : MAX_PICTURES;
    memcpy(boxes, all, (size_t)n * sizeof *all);
    return n;
}

/* The pixels of a part of the page; px of `im`, clipped to it. */
static recto_status cut(recto_image **out, const recto_image *im, recto_rect box, recto_error *err)
{
    box = recto_rect_clip(box, (float)im->width, (float)im->height);
    int x0 = (int)box.x0, y0 = (int)box.y0, x1 = (int)ceilf(box.x1), y1 = (int)ceilf(box.y1);
    *out = NULL;
    if (x1 <= x0 || y1 <= y0)
        return RECTO_OK;
    recto_status st = recto_image_new(out, x1 - x0, y1 - y0, 1, err);
    for (int y = y0; st == RECTO_OK && y < y1; y++)
        memcpy((*out)->px + (size_t)(y - y0) * (*out)->stride, im->px + (size_t)y * im->stride + x0,
               (size_t)(x1 - x0));
    if (st == RECTO_OK)
        (*out)->dpi = im->dpi;
    return st;
}

/* Grey level that a share of a box's pixels lie below, from their histogram. */
static int level_at(const int histogram[256], int n, float share)
{
    int seen = 0, level = 0;
    while (level < 255 && (float)(seen += histogram[level]) < share * (float)n)
        level++;
    return level;
}

/* Letters stand out, and most of what is around them is one shade; the grain and the shapes of a
 * photograph are of all shades. */
static bool is_two_toned(const recto_image *im, recto_rect box)
{
    int histogram[256] = {0};
    int n = 0;
    box = recto_rect_clip(box, (float)im->width, (float)im->height);
    for (int y = (int)box.y0; y < (int)box.y1; y++) {
        for (int x = (int)box.x0; x < (int)box.x1; x++, n++)
            histogram[im->px[(size_t)y * im->stride + (size_t)x]]++;
    }
    int dark = level_at(histogram, n, 0.05f), light = level_at(histogram, n, 0.95f);
    int middle = level_at(histogram, n, 0.5f);
    float span = (float)(light - dark);
    return span >= CONTRAST &&
           ((float)(light - middle) <= GROUND * span || (float)(middle - dark) <= GROUND * span);
}

static bool looks_like_text(const recto_segment_line *l, const recto_image *im)
{
    float pt = LOOK_DPI / 72.0f;
    float high = recto_rect_height(l->ink);
    return high >= LINE_LEAST_PT * pt && high <= LINE_MOST_PT * pt &&
           recto_rect_width(l->ink) >= LINE_LONG * high && is_two_toned(im, l->ink);
}

/* Are there lines in this part of the small rendering? */
static recto_status holds_lines(bool *out, const recto_image *small, recto_rect box,
                                recto_arena *tmp, recto_error *err)
{
    recto_image *part = NULL;
    recto_prepared *prep = NULL;
    recto_segments seg = {0};
    recto_arena_mark mark = recto_arena_here(tmp);
    recto_arena *keep = recto_arena_new(0, 0);
    *out = false;
    recto_status st =
        keep != NULL ? RECTO_OK : recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (st == RECTO_OK)
        st = cut(&part, small, box, err);
    if (st == RECTO_OK && part != NULL)
        st = recto_prepare(&prep, part, &(recto_prepare_options){.dpi_guess = LOOK_DPI}, err);
    if (st == RECTO_OK && prep != NULL && !prep->blank)
        st = recto_segment(&seg, prep, keep, tmp, err);
    for (int i = 0; i < seg.n_lines && !*out; i++)
        *out = looks_like_text(&seg.lines[i], part);
    recto_prepared_free(prep);
    recto_image_free(part);
    recto_arena_free(keep);
    recto_arena_reset(tmp, mark);
    return st;
}

/* Keep the pictures with lines in them. */
static recto_status look_into(recto_rect *boxes, int *n, const recto_layout *layout,
                              recto_source *source, int i, recto_arena *tmp, recto_error *err)
{
    recto_image *picture = NULL, *small = NULL;
    int n_kept = 0;
    float scale = LOOK_DPI / layout->dpi;
    if (*n == 0)
        return RECTO_OK;
    recto_status st = recto_source_page_picture(&picture, source, i, LOOK_DPI, err);
    if (st == RECTO_OK)
        st = recto_image_gray(&small, picture, err);
    recto_image_free(picture);
    for (int k = 0; k < *n && st == RECTO_OK; k++) {
        bool any = false;
        st = holds_lines(&any, small, recto_rect_scale(boxes[k], scale, scale), tmp, err);
        if (any)
            boxes[n_kept++] = boxes[k];
    }
    recto_image_free(small);
    *n = n_kept;
    return st;
}

recto_status recto_patches_find(recto_patches *out, const recto_layout *layout,
                                recto_source *source, int i, recto_arena *keep, recto_arena *tmp,
                                recto_error *err)
{
    recto_rect pictures[MAX_PICTURES];
    *out = (recto_patches){0};
    recto_arena_mark mark = recto_arena_here(tmp);
    int n_pictures = layout->n_pictures > 0 ? picture_boxes(pictures, layout, tmp) : 0;
    recto_arena_reset(tmp, mark);
    if (n_pictures < 0)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = look_into(pictures, &n_pictures, layout, source, i, tmp, err);
    if (st != RECTO_OK)
        return st;
    int n_words = doubted_chars(layout) >= FEW_CHARS ? word_boxes(NULL, layout) : 0;
    if (n_pictures + n_words == 0)
        return RECTO_OK;
    out->boxes = recto_arena_array(keep, (size_t)(n_pictures + n_words), sizeof *out->boxes);
    if (out->boxes == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    memcpy(out->boxes, pictures, (size_t)n_pictures * sizeof *pictures);
    if (n_words > 0)
        word_boxes(out->boxes + n_pictures, layout);
    out->n_pictures = n_pictures;
    out->n_boxes = n_pictures + n_words;
    return RECTO_OK;
}

/* --- reading ------------------------------------------------------------------------------ */

/* The boxes' part of the page with white around them; *left and *top are its place, px of gray. */
static recto_status show_boxes(recto_image **out, float *left, float *top, const recto_image *gray,
                               const recto_patches *patches, float scale, recto_error *err)
{
    enum { MARGIN = 16 }; /* px; lines at the very edge are not liked */
    recto_rect all = {0};
    for (int i = 0; i < patches->n_boxes; i++)
        all = i == 0 ? patches->boxes[0] : recto_rect_union(all, patches->boxes[i]);
    all = recto_rect_clip(recto_rect_scale(all, scale, scale), (float)gray->width,
                          (float)gray->height);
    int x0 = (int)all.x0 - MARGIN, y0 = (int)all.y0 - MARGIN;
    int w = (int)ceilf(all.x1) + MARGIN - x0, h = (int)ceilf(all.y1) + MARGIN - y0;
    recto_status st = recto_image_new(out, w, h, 1, err);
    if (st != RECTO_OK)
        return st;
    (*out)->dpi = gray->dpi;
    *left = (float)x0;
    *top = (float)y0;
    memset((*out)->px, 255, (*out)->stride * (size_t)h);
    for (int i = 0; i < patches->n_boxes; i++) {
        recto_rect b = recto_rect_clip(recto_rect_scale(patches->boxes[i], scale, scale),
                                       (float)gray->width, (float)gray->height);
        int bx0 = (int)b.x0, bx1 = (int)b.x1;
        for (int y = (int)b.y0; y < (int)b.y1 && bx1 > bx0; y++)
            memcpy((*out)->px + (size_t)(y - y0) * (*out)->stride + (bx0 - x0),
                   gray->px + (size_t)y * gray->stride + bx0, (size_t)(bx1 - bx0));
    }
    return RECTO_OK;
}

static recto_rect placed(recto_rect r, float left, float top, float scale)
{
    return (recto_rect){(r.x0 + left) / scale, (r.y0 + top) / scale, (r.x1 + left) / scale,
                        (r.y1 + top) / scale};
}

/* What was read, in px of the layout. */
static void place_read(recto_layout *read, const recto_layout *layout, float left, float top,
                       float scale)
{
    for (int i = 0; i < read->n_lines; i++) {
        recto_line *l = &read->lines[i];
        l->box = recto_rect_clip(placed(l->box, left, top, scale), layout->width, layout->height);
        l->baseline = (l->baseline + top) / scale;
        l->size /= scale;
        for (int k = 0; k < l->n_words; k++)
            l->words[k].box = recto_rect_clip(placed(l->words[k].box, left, top, scale),
                                              layout->width, layout->height);
    }
    for (int i = 0; i < read->n_rules; i++)
        read->rules[i].box = placed(read->rules[i].box, left, top, scale);
}

/* --- words in place of doubted ones --------------------------------------------------------- */

static int by_x(const void *pa, const void *pb)
{
    const recto_word *a = *(const recto_word *const *)pa, *b = *(const recto_word *const *)pb;
    if (a->box.x0 != b->box.x0)
        return a->box.x0 < b->box.x0 ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* Words that were read in the box, from left to right; at most MAX_RUN. */
static int words_in(const recto_word *out[MAX_RUN], const recto_layout *read, recto_rect box)
{
    int n = 0;
    for (int i = 0; i < read->n_lines; i++) {
        const recto_line *l = &read->lines[i];
        if (recto_rect_overlap_y(l->box, box) < 0.5f * recto_rect_height(l->box))
            continue;
        for (int k = 0; k < l->n_words && n < MAX_RUN; k++) {
            const recto_word *w = &l->words[k];
            if (w->conf >= HALF_SURE && holds_middle(box, w->box))
                out[n++] = w;
        }
    }
    qsort(out, (size_t)n, sizeof *out, by_x);
    return n;
}

/* One run of doubted words of a line. */
typedef struct run {
    int first, n;
    recto_rect box;
} run;

static bool next_run(run *r, const recto_line *l)
{
    int k = r->first + r->n;
    while (k < l->n_words && !is_doubted(&l->words[k]))
        k++;
    if (k >= l->n_words)
        return false;
    *r = (run){.first = k, .n = 1, .box = l->words[k].box};
    while (k + r->n < l->n_words && is_doubted(&l->words[k + r->n]))
        r->box = recto_rect_union(r->box, l->words[k + r->n++].box);
    return true;
}

static void put_text(recto_buf *out, const char *text)
{
    if (out->len < 400) /* recto_reader_difference looks at no more */
        recto_buf_text(out, text);
}

/* True if the doubted fonts are right by what was read: over all, few letters differ. */
static bool fonts_are_right(const recto_layout *layout, const recto_layout *read,
                            const recto_word **found)
{
    long differ = 0, all = 0;
    recto_buf a = RECTO_BUF_INIT, b = RECTO_BUF_INIT;
    for (int i = 0; i < layout->n_lines; i++) {
        run r = {0};
        while (next_run(&r, &layout->lines[i])) {
            int longer = 0;
            bool odd = true;
            recto_buf_clear(&a);
            recto_buf_clear(&b);
            for (int k = r.first; k < r.first + r.n; k++) {
                odd = odd && layout->lines[i].words[k].conf > 0.0f;
                put_text(&a, layout->lines[i].words[k].text);
            }
            int n = odd ? words_in(found, read, r.box) : 0;
            for (int k = 0; k < n; k++)
                put_text(&b, found[k]->text);
            if (n == 0 || a.failed || b.failed)
                continue;
            differ += recto_reader_difference(&longer, a.data, b.data);
            all += longer;
        }
    }
    recto_buf_free(&a);
    recto_buf_free(&b);
    return all > 0 && (float)differ <= SAME_SHARE * (float)all;
}

/* Mean of the words' confidence by characters, box and texts are theirs. */
static void sum_up(recto_line *l)
{
    float sum = 0, weight = 0;
    for (int i = 0; i < l->n_words; i++) {
        float n = (float)recto_utf8_count(l->words[i].text, strlen(l->words[i].text));
        sum += n * l->words[i].conf;
        weight += n;
        l->box = recto_rect_union(l->box, l->words[i].box);
    }
    l->conf = weight > 0 ? sum / weight : 0;
}

/* Replace the doubted words of a line; *n_put is raised by the words put in. */
static recto_status mend_line(int *n_put, recto_line *l, const recto_layout *read,
                              const recto_word **found, recto_arena *keep, recto_error *err)
{
    run r = {0};
    int n_read = 0;
    while (next_run(&r, l))
        n_read += words_in(found, read, r.box);
    if (n_read == 0)
        return RECTO_OK;
    recto_word *words = recto_arena_array(keep, (size_t)(l->n_words + n_read), sizeof *words);
    if (words == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    int n = 0, at = 0;
    for (r = (run){0}; next_run(&r, l);) {
        int n_found = words_in(found, read, r.box);
        if (n_found == 0)
            continue; /* copied with what stands before the next run */
        for (; at < r.first; at++)
            words[n++] = l->words[at];
        for (int k = 0; k < n_found; k++) {
            words[n] = *found[k];
            words[n++].style = l->words[r.first].style;
        }
        at = r.first + r.n;
        *n_put += n_found;
    }
    for (; at < l->n_words; at++)
        words[n++] = l->words[at];
    l->words = words;
    l->n_words = n;
    sum_up(l);
    return RECTO_OK;
}

static recto_status mend_words(int *n_put, recto_layout *layout, const recto_layout *read,
                               recto_arena *keep, recto_arena *tmp, recto_error *err)
{
    const recto_word **found = recto_arena_array(tmp, MAX_RUN, sizeof *found);
    if (found == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    bool right = fonts_are_right(layout, read, found);
    recto_status st = RECTO_OK;
    for (int i = 0; i < layout->n_lines && st == RECTO_OK; i++) {
        recto_line *l = &layout->lines[i];
        if (l->conf >= 1.0f || !is_readable(l))
            continue;
        for (int k = 0; k < l->n_words && right; k++)
            l->words[k].conf = l->words[k].conf > 0.0f ? 1.0f : 0.0f;
        sum_up(l);
        st = mend_line(n_put, l, read, found, keep, err);
    }
    return st;
}

/* --- lines in pictures ---------------------------------------------------------------------- */

static int n_signs(const recto_line *l)
{
    int n = 0;
    for (int k = 0; k < l->n_words; k++) {
        const char *p = l->words[k].text, *end = p + strlen(p);
        while (p < end) {
            uint32_t cp = recto_utf8_next(&p, end);
            n += recto_utf8_is_letter(cp) || recto_utf8_is_digit(cp);
        }
    }
    return n;
}

static bool is_said(const recto_layout *layout, int n_lines, recto_rect box)
{
    float said = 0;
    for (int i = 0; i < n_lines; i++)
        said += recto_rect_area(recto_rect_meet(layout->lines[i].box, box));
    return said > 0.3f * recto_rect_area(box);
}

static bool same_box(recto_rect a, recto_rect b)
{
    return a.x0 == b.x0 && a.y0 == b.y0 && a.x1 == b.x1 && a.y1 == b.y1;
}

/* The picture was text: take it out, and its ruling lines in. */
static void make_text(recto_layout *layout, const recto_layout *read, recto_rect box)
{
    for (int i = 0; i < layout->n_pictures; i++) {
        if (!same_box(layout->pictures[i], box))
            continue;
        layout->pictures[i] = layout->pictures[--layout->n_pictures];
        break;
    }
    for (int i = 0; i < read->n_rules; i++) {
        recto_rect r = read->rules[i].box;
        if (holds_middle(box, r))
            layout->rules[layout->n_rules++] = read->rules[i];
    }
}

/* Add the lines that were read in one picture, and are not said by the first n_before lines; in
 * what is known to be text also the short and the less sure.  Returns the share of its area that
 * they cover. */
static float add_lines(recto_layout *layout, const recto_layout *read, recto_rect box, int n_before,
                       bool is_text)
{
    float covered = 0;
    for (int i = 0; i < read->n_lines; i++) {
        const recto_line *l = &read->lines[i];
        if (l->conf < (is_text ? HALF_SURE : SURE) || n_signs(l) < (is_text ? 1 : 2) ||
            !holds_middle(box, l->box) || is_said(layout, n_before, l->box))
            continue;
        covered += recto_rect_area(l->box);
        layout->lines[layout->n_lines] = *l;
        layout->lines[layout->n_lines++].region = -1;
    }
    float area = recto_rect_area(box);
    return area > 0 ? covered / area : 0;
}

/* Ruling lines both ways, as of a table. */
static bool holds_grid(const recto_layout *read, recto_rect box)
{
    int n[2] = {0, 0};
    for (int i = 0; i < read->n_rules; i++)
        n[read->rules[i].vertical] += holds_middle(box, read->rules[i].box);
    return n[0] >= 2 && n[1] >= 2;
}

/* Lines of a picture; a lone sign in one that is a picture is nothing, in a table it is a cell. */
static void read_picture(recto_layout *layout, const recto_layout *read, recto_rect box)
{
    int n_before = layout->n_lines;
    float share = add_lines(layout, read, box, n_before, false);
    bool grid = layout->n_lines >= n_before + GRID_LINES && holds_grid(read, box);
    if (share < TEXT_SHARE && !grid)
        return;
    layout->n_lines = n_before;
    add_lines(layout, read, box, n_before, true);
    make_text(layout, read, box);
}

static recto_status read_pictures(int *n_put, recto_layout *layout, const recto_patches *patches,
                                  const recto_layout *read, recto_arena *keep, recto_error *err)
{
    int n_before = layout->n_lines;
    /* pictures that overlap may each bring the same ones, whatever the layout's source says */
    size_t times = (size_t)patches->n_pictures;
    recto_line *lines = recto_arena_array(
        keep, (size_t)layout->n_lines + times * (size_t)read->n_lines, sizeof *lines);
    recto_rule *rules = recto_arena_array(
        keep, (size_t)layout->n_rules + times * (size_t)read->n_rules, sizeof *rules);
    if (lines == NULL || rules == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    if (layout->n_lines > 0)
        memcpy(lines, layout->lines, (size_t)layout->n_lines * sizeof *lines);
    if (layout->n_rules > 0)
        memcpy(rules, layout->rules, (size_t)layout->n_rules * sizeof *rules);
    layout->lines = lines;
    layout->rules = rules;
    for (int i = 0; i < patches->n_pictures; i++) /* what two of them share comes once */
        read_picture(layout, read, patches->boxes[i]);
    *n_put += layout->n_lines - n_before;
    return RECTO_OK;
}

recto_status recto_patches_read(int *n_out, recto_layout *layout, const recto_patches *patches,
                                recto_model *model, const recto_image *gray,
                                const recto_deadline *deadline, recto_arena *keep, recto_arena *tmp,
                                recto_error *err)
{
    *n_out = 0;
    if (patches->n_boxes == 0)
        return RECTO_OK;
    recto_image *shown = NULL;
    recto_layout read;
    float left = 0, top = 0, scale = (float)gray->width / layout->width;
    recto_status st = show_boxes(&shown, &left, &top, gray, patches, scale, err);
    if (st == RECTO_OK)
        st = recto_reader_line_part(&read, model, shown, deadline, keep, tmp, err);
    recto_image_free(shown);
    if (st != RECTO_OK)
        return st;
    place_read(&read, layout, left, top, scale);
    recto_arena_mark mark = recto_arena_here(tmp);
    if (patches->n_boxes > patches->n_pictures)
        st = mend_words(n_out, layout, &read, keep, tmp, err);
    if (st == RECTO_OK && patches->n_pictures > 0)
        st = read_pictures(n_out, layout, patches, &read, keep, err);
    recto_arena_reset(tmp, mark);
    return st;
}
