/* Whole documents of arbitrary bytes: open, scan, layout, pixels.  What comes out must keep the
 * promises of the headers: boxes on the page, words with text, counts that fit. */
#include "core/file.h"
#include "core/utf8.h"
#include "vision/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool truth)
{
    if (!truth)
        abort();
}

static void require_inside(recto_rect r, const recto_layout *l, float slack)
{
    require(isfinite(r.x0) && isfinite(r.y0) && isfinite(r.x1) && isfinite(r.y1));
    require(r.x0 <= r.x1 && r.y0 <= r.y1);
    require(r.x0 >= -slack && r.y0 >= -slack && r.x1 <= l->width + slack &&
            r.y1 <= l->height + slack);
}

static void require_words(const recto_line *line, const recto_layout *l)
{
    require(line->n_words >= 1 && line->size > 0.0f && isfinite(line->size));
    require(isfinite(line->baseline) && line->conf >= 0.0f && line->conf <= 1.0f);
    require_inside(line->box, l, 0.01f);
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        require_inside(w->box, l, 0.01f);
        require(w->conf == 0.0f || w->conf == 0.25f || w->conf == 1.0f);
        size_t len = strlen(w->text);
        require(len > 0);
        const char *end = w->text + len;
        for (const char *p = w->text; p < end;)
            require(!recto_utf8_is_space(recto_utf8_next(&p, end)));
    }
}

static void require_layout(const recto_layout *l)
{
    for (int i = 0; i < l->n_lines; i++)
        require_words(&l->lines[i], l);
    for (int i = 0; i < l->n_rules; i++)
        require_inside(l->rules[i].box, l, 10.0f);
    for (int i = 0; i < l->n_pictures; i++)
        require_inside(l->pictures[i], l, 0.01f);
    for (int i = 0; i < l->n_links; i++) {
        require_inside(l->links[i].box, l, 0.01f);
        require(l->links[i].url[0] != '\0' && strchr(l->links[i].url, ' ') == NULL);
    }
}

static void require_facts(const recto_source_facts *f)
{
    require(f->n_chars >= 0 && f->n_chars_hidden >= 0 && f->n_chars_bad >= 0);
    require(f->n_chars_bad <= f->n_chars && f->n_chars_odd >= 0);
    require(f->n_chars_odd <= f->n_chars);
    require(f->image_cover >= 0.0f && f->image_cover <= 1.0f);
    require(f->path_cover >= 0.0f && f->path_cover <= 1.0f);
    require(f->rotate_deg % 90 == 0 && f->rotate_deg >= 0 && f->rotate_deg < 360);
}

static void read_page(recto_source *s, int i, recto_arena *keep)
{
    recto_source_facts f;
    recto_layout l;
    recto_error err;
    if (recto_source_page_scan(&f, &l, s, i, 144.0f, keep, &err) == RECTO_OK) {
        require_facts(&f);
        require_layout(&l);
    }
    if (recto_source_page_layout(&l, s, i, 72.0f, true, keep, &err) == RECTO_OK)
        require_layout(&l);
    recto_image *im = NULL;
    if (recto_source_page_pixels(&im, s, i, &err) == RECTO_OK)
        require(im->channels == 1 && (int64_t)im->width * im->height <= 4000000);
    recto_image_free(im);
}

static void read_attachments(recto_source *s)
{
    static int fd = -1;
    int n = 0;
    if ((fd < 0 && recto_file_temp(&fd, NULL) != RECTO_OK) ||
        recto_source_attachment_count(&n, s, NULL) != RECTO_OK)
        return;
    for (int k = 0; k < n; k++) {
        recto_source_attachment a;
        recto_error err;
        require(recto_source_attachment_info(&a, s, k, &err) == RECTO_OK);
        size_t len = strlen(a.name);
        require(len > 0 && len <= 200 && recto_utf8_valid(a.name, len) == len);
        require(strpbrk(a.name, "/\\") == NULL);
        if (k < 4 && recto_source_attachment_write(s, k, fd, 1 << 20, &err) != RECTO_OK)
            require(strlen(err.msg) > 0);
        require(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const passwords[] = {"secret"};
    recto_source_options opt = {
        .passwords = passwords, .n_passwords = 1, .dpi = 72.0f, .max_pixels = 4000000};
    recto_source *s = NULL;
    recto_error err;
    if (recto_source_open(&s, data, size, &opt, &err) != RECTO_OK) {
        require(s == NULL && strlen(err.msg) > 0 && strchr(err.msg, '\n') == NULL);
        return 0;
    }
    recto_arena *keep = recto_arena_new(0, 0);
    int n = recto_source_page_count(s);
    require(n >= 1 && recto_source_metadata(s)->format != NULL);
    for (int i = 0; i < n && i < 4; i++) {
        recto_arena_clear(keep);
        read_page(s, i, keep);
    }
    recto_arena_free(keep);
    read_attachments(s);
    recto_source_close(s);
    return 0;
}
