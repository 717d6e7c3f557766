/* The server's half of the messages: what a source says, as bytes.  Nothing is checked here; the
 * engine does that. */
#include "vision/source_wire.h"

#include <string.h>

static uint32_t length_of(const char *text)
{
    return text == NULL ? RECTO_SOURCE_WIRE_NONE : (uint32_t)strlen(text);
}

/* Bytes that a text takes, with its NUL. */
static uint32_t room_of(const char *text)
{
    return text == NULL ? 0 : (uint32_t)strlen(text) + 1;
}

static void add_text(recto_buf *out, const char *text)
{
    if (text != NULL)
        recto_buf_add(out, text, strlen(text) + 1);
}

void recto_source_wire_pack_open(recto_buf *out, const recto_source_meta *meta, int n_pages)
{
    const char *const texts[RECTO_SOURCE_WIRE_META_TEXTS] = {
        meta->format,  meta->title,    meta->author,  meta->subject,  meta->keywords,
        meta->creator, meta->producer, meta->created, meta->modified,
    };
    recto_source_wire_open head = {.n_pages = n_pages,
                                   .encrypted = meta->encrypted,
                                   .n_bookmarks = (uint32_t)meta->n_bookmarks};
    for (int i = 0; i < RECTO_SOURCE_WIRE_META_TEXTS; i++) {
        head.len[i] = length_of(texts[i]);
        head.n_text += room_of(texts[i]);
    }
    for (int i = 0; i < meta->n_bookmarks; i++)
        head.n_text += room_of(meta->bookmarks[i].title);
    recto_buf_add(out, &head, sizeof head);
    for (int i = 0; i < meta->n_bookmarks; i++) {
        const recto_source_bookmark *b = &meta->bookmarks[i];
        recto_source_wire_bookmark w = {b->level, b->page, length_of(b->title)};
        recto_buf_add(out, &w, sizeof w);
    }
    for (int i = 0; i < RECTO_SOURCE_WIRE_META_TEXTS; i++)
        add_text(out, texts[i]);
    for (int i = 0; i < meta->n_bookmarks; i++)
        add_text(out, meta->bookmarks[i].title);
}

static void pack_facts(recto_buf *out, const recto_source_facts *f)
{
    recto_source_wire_facts w = {
        .width_pt = f->width_pt,
        .height_pt = f->height_pt,
        .rotate_deg = f->rotate_deg,
        .turned_deg = f->turned_deg,
        .n_chars = f->n_chars,
        .n_chars_hidden = f->n_chars_hidden,
        .n_chars_bad = f->n_chars_bad,
        .n_chars_odd = f->n_chars_odd,
        .n_images = f->n_images,
        .image_cover = f->image_cover,
        .single_image = f->single_image,
        .image_w = f->image_w,
        .image_h = f->image_h,
        .n_paths = f->n_paths,
        .path_cover = f->path_cover,
        .damaged = f->damaged,
    };
    recto_buf_add(out, &w, sizeof w);
}

/* The words of all lines. */
static void pack_words(recto_buf *out, const recto_layout *layout)
{
    for (int i = 0; i < layout->n_lines; i++) {
        for (int k = 0; k < layout->lines[i].n_words; k++) {
            const recto_word *word = &layout->lines[i].words[k];
            recto_source_wire_word w = {word->box, word->conf, word->style, length_of(word->text)};
            recto_buf_add(out, &w, sizeof w);
        }
    }
}

static const char *null_if_empty(const char *text)
{
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static void field_texts(const char *out[RECTO_SOURCE_WIRE_FIELD_TEXTS], const recto_field *f)
{
    out[0] = null_if_empty(f->name);
    out[1] = null_if_empty(f->label);
    out[2] = null_if_empty(f->value);
}

/* Bytes that the texts of links and fields take. */
static uint32_t room_of_places(const recto_layout *layout)
{
    uint32_t n = 0;
    for (int i = 0; i < layout->n_links; i++)
        n += room_of(layout->links[i].url);
    for (int i = 0; i < layout->n_fields; i++) {
        const char *texts[RECTO_SOURCE_WIRE_FIELD_TEXTS];
        field_texts(texts, &layout->fields[i]);
        for (int k = 0; k < RECTO_SOURCE_WIRE_FIELD_TEXTS; k++)
            n += room_of(texts[k]);
    }
    return n;
}

static void pack_places(recto_buf *out, const recto_layout *layout)
{
    for (int i = 0; i < layout->n_links; i++) {
        const recto_link *l = &layout->links[i];
        recto_source_wire_link w = {l->box, length_of(l->url)};
        recto_buf_add(out, &w, sizeof w);
    }
    for (int i = 0; i < layout->n_fields; i++) {
        const recto_field *f = &layout->fields[i];
        const char *texts[RECTO_SOURCE_WIRE_FIELD_TEXTS];
        recto_source_wire_field w = {
            .box = f->box, .kind = (uint32_t)f->kind, .checked = f->checked, .conf = f->conf};
        field_texts(texts, f);
        for (int k = 0; k < RECTO_SOURCE_WIRE_FIELD_TEXTS; k++)
            w.len[k] = length_of(texts[k]);
        recto_buf_add(out, &w, sizeof w);
    }
}

/* All texts of a layout, in the order of the records. */
static void pack_texts(recto_buf *out, const recto_layout *layout)
{
    for (int i = 0; i < layout->n_lines; i++) {
        for (int k = 0; k < layout->lines[i].n_words; k++)
            add_text(out, layout->lines[i].words[k].text);
    }
    for (int i = 0; i < layout->n_links; i++)
        add_text(out, layout->links[i].url);
    for (int i = 0; i < layout->n_fields; i++) {
        const char *texts[RECTO_SOURCE_WIRE_FIELD_TEXTS];
        field_texts(texts, &layout->fields[i]);
        for (int k = 0; k < RECTO_SOURCE_WIRE_FIELD_TEXTS; k++)
            add_text(out, texts[k]);
    }
}

static void pack_layout(recto_buf *out, const recto_layout *layout)
{
    recto_source_wire_layout head = {.width = layout->width,
                                     .height = layout->height,
                                     .dpi = layout->dpi,
                                     .n_lines = (uint32_t)layout->n_lines,
                                     .n_rules = (uint32_t)layout->n_rules,
                                     .n_pictures = (uint32_t)layout->n_pictures,
                                     .n_links = (uint32_t)layout->n_links,
                                     .n_fields = (uint32_t)layout->n_fields,
                                     .n_text = room_of_places(layout)};
    for (int i = 0; i < layout->n_lines; i++) {
        head.n_words += (uint32_t)layout->lines[i].n_words;
        for (int k = 0; k < layout->lines[i].n_words; k++)
            head.n_text += room_of(layout->lines[i].words[k].text);
    }
    recto_buf_add(out, &head, sizeof head);
    for (int i = 0; i < layout->n_lines; i++) {
        const recto_line *l = &layout->lines[i];
        recto_source_wire_line w = {.box = l->box,
                                    .n_words = (uint32_t)l->n_words,
                                    .baseline = l->baseline,
                                    .size = l->size,
                                    .conf = l->conf,
                                    .style = l->style,
                                    .region = l->region};
        recto_buf_add(out, &w, sizeof w);
    }
    for (int i = 0; i < layout->n_rules; i++) {
        recto_source_wire_rule w = {layout->rules[i].box, layout->rules[i].vertical};
        recto_buf_add(out, &w, sizeof w);
    }
    if (layout->n_pictures > 0)
        recto_buf_add(out, layout->pictures, (size_t)layout->n_pictures * sizeof *layout->pictures);
    pack_words(out, layout);
    pack_places(out, layout);
    pack_texts(out, layout);
}

void recto_source_wire_pack_scan(recto_buf *out, const recto_source_facts *facts,
                                 const recto_layout *layout)
{
    pack_facts(out, facts);
    if (layout != NULL)
        pack_layout(out, layout);
}

void recto_source_wire_pack_attachments(recto_buf *out, const recto_source_attachment *items, int n)
{
    recto_source_wire_list head = {.n = (uint32_t)n};
    for (int i = 0; i < n; i++)
        head.n_text += room_of(items[i].name);
    recto_buf_add(out, &head, sizeof head);
    for (int i = 0; i < n; i++) {
        recto_source_wire_attachment w = {.size = items[i].size, .len = length_of(items[i].name)};
        recto_buf_add(out, &w, sizeof w);
    }
    for (int i = 0; i < n; i++)
        add_text(out, items[i].name);
}
