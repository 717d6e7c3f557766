/* The page as it looks, as SVG: its picture or blank paper, a frame a block that leads to its text,
 * and the words, each as long and at the place as printed, to be selected, copied and searched.
 * Over a picture they are not seen; on blank paper they are. */
#include "text/writer_html.h"

#include "text/xml.h"

static void number(recto_buf *out, const char *name, float v)
{
    recto_xml_real_attr(out, name, v, 1);
}

/* textLength makes a word as long as it was printed, whatever font draws it. */
static void words_of(recto_buf *out, const recto_line *line)
{
    float height = recto_rect_height(line->box);
    float size = line->size > 0 ? line->size : height;
    bool known = line->baseline > line->box.y0 && line->baseline <= line->box.y1 + size;
    recto_buf_text(out, "<text");
    number(out, "y", known ? line->baseline : line->box.y1 - height / 5);
    number(out, "font-size", size > 1 ? size : 1);
    recto_buf_char(out, '>');
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        recto_buf_text(out, i > 0 ? " <tspan" : "<tspan");
        number(out, "x", w->box.x0);
        if (recto_rect_width(w->box) >= 1)
            number(out, "textLength", recto_rect_width(w->box));
        recto_buf_char(out, '>');
        recto_xml_text(out, w->text);
        recto_buf_text(out, "</tspan>");
    }
    recto_buf_text(out, "</text>\n");
}

static void frames(recto_buf *out, const recto_page *page)
{
    for (int i = 0; i < page->n_blocks; i++) {
        recto_rect box = recto_rect_clip(page->blocks[i].box, page->width, page->height);
        if (recto_rect_is_empty(box))
            continue;
        recto_buf_printf(out, "<a href=\"#b%d-%d\" tabindex=\"-1\"><rect id=\"r%d-%d\"",
                         page->number, i, page->number, i);
        number(out, "x", box.x0);
        number(out, "y", box.y0);
        number(out, "width", recto_rect_width(box));
        number(out, "height", recto_rect_height(box));
        recto_buf_text(out, "/></a>\n");
    }
}

static void lines_of(recto_buf *out, const recto_line *lines, int n_lines)
{
    for (int i = 0; i < n_lines; i++)
        words_of(out, &lines[i]);
}

/* Pictures in the text are parts of it. */
static void picture(recto_buf *out, const recto_page *page)
{
    recto_buf_printf(out, "<image id=\"i%d\" preserveAspectRatio=\"none\"", page->number);
    number(out, "width", page->width);
    number(out, "height", page->height);
    recto_buf_text(out, " href=\"");
    recto_xml_data_uri(out, &page->picture);
    recto_buf_text(out, "\"/>\n");
}

void recto_writer_html_sheet(recto_writer_html_doc *h, recto_buf *out)
{
    const recto_page *page = h->page;
    bool seen = recto_xml_is_picture(&page->picture);
    if (!(page->width >= 1) || !(page->height >= 1))
        return;
    recto_buf_text(out, "<div class=\"sheet\"><svg viewBox=\"0 0 ");
    recto_xml_real(out, page->width, 1);
    recto_buf_char(out, ' ');
    recto_xml_real(out, page->height, 1);
    recto_buf_printf(out, "\" role=\"group\" aria-label=\"Page %d as it looks\">\n", page->number);
    recto_buf_text(out, "<rect class=\"paper\"");
    number(out, "width", page->width);
    number(out, "height", page->height);
    recto_buf_text(out, "/>\n");
    if (seen)
        picture(out, page);
    frames(out, page);
    recto_buf_text(out, seen ? "<g class=\"words\" aria-hidden=\"true\">\n"
                             : "<g class=\"words seen\" aria-hidden=\"true\">\n");
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        lines_of(out, b->lines, b->n_lines);
        for (int k = 0; b->table != NULL && k < b->table->n_cells; k++)
            lines_of(out, b->table->cells[k].lines, b->table->cells[k].n_lines);
    }
    recto_buf_text(out, "</g>\n</svg></div>\n");
}
