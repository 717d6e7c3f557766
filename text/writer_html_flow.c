/* Blocks as flowing text.
 *
 * A block that goes on is left open, and what stands between it and its other part waits in
 * `after`: so the reader finds the paragraph, item or table whole where it begins.  One text at a
 * time: a footnote that goes on while a paragraph does keeps its two parts. */
#include "text/writer_html.h"

#include "text/escape.h"
#include "text/mathml.h"
#include "text/writer_forms.h"
#include "text/xml.h"

#include <stdlib.h>
#include <string.h>

recto_buf *recto_writer_html_at(recto_writer_html_doc *h)
{
    return h->joining ? h->after : h->out;
}

/* --- parts of elements ------------------------------------------------------------------------ */

/* ' id="b3-1"', the class and the direction of the text; then the link to its place. */
static void attributes(recto_buf *out, const recto_writer_html_doc *h, int index, const char *class)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf_printf(out, " id=\"b%d-%d\"", h->page->number, index);
    bool low = (b->flags & RECTO_FLAG_LOW_CONFIDENCE) != 0;
    if (class != NULL || low)
        recto_buf_printf(out, " class=\"%s%s%s\"", class == NULL ? "" : class,
                         class != NULL && low ? " " : "", low ? "doubtful" : "");
    if (low && b->conf < 1)
        recto_buf_printf(out, " title=\"confidence %d %%\"", recto_xml_percent(b->conf));
    else if (low) /* a VLM tells none */
        recto_buf_text(out, " title=\"low confidence\"");
    if (recto_xml_is_rtl(b->text))
        recto_buf_text(out, " dir=\"rtl\"");
}

static void place_link(recto_buf *out, const recto_writer_html_doc *h, int index)
{
    if (recto_rect_is_empty(h->page->blocks[index].box))
        return;
    recto_buf_printf(out, "<a class=\"at\" href=\"#r%d-%d\" aria-label=\"Show on page %d\"></a>",
                     h->page->number, index, h->page->number);
}

/* Bytes of the hyphen that goes when the block is joined to what continues it. */
static int hyphen_of(const recto_block *b)
{
    size_t len = strlen(b->text);
    size_t at = len;
    if (b->goes_on != RECTO_GOES_ON_HYPHEN || len == 0)
        return 0;
    do
        at--;
    while (at > 0 && ((unsigned char)b->text[at] & 0xC0) == 0x80);
    return len - at < RECTO_WRITER_HTML_TAIL ? (int)(len - at) : 0;
}

static void inline_text(recto_buf *out, const recto_block *b, int drop)
{
    recto_writer_html_text t = {.text = b->text,
                                .marker = b->marker,
                                .spans = b->spans,
                                .n_spans = b->n_spans,
                                .lines = b->lines,
                                .n_lines = b->n_lines,
                                .drop = drop};
    if (b->label == RECTO_LABEL_CODE)
        recto_xml_lines(out, b->text);
    else
        recto_writer_html_inline(out, &t);
}

/* --- text that goes on ------------------------------------------------------------------------ */

static void begin_join(recto_writer_html_doc *h, const recto_block *b)
{
    int n = b->table == NULL ? hyphen_of(b) : 0;
    h->joining = true;
    h->join_label = b->label;
    h->join_by = b->goes_on;
    h->join_page = h->page->number;
    memcpy(h->tail, b->text + strlen(b->text) - n, (size_t)n);
    h->tail[n] = '\0';
}

static bool may_join(const recto_writer_html_doc *h, const recto_block *b)
{
    return b->goes_on != RECTO_GOES_ON_NOT && !h->joining;
}

static const char *closing(recto_label label)
{
    switch (label) {
    case RECTO_LABEL_LIST_ITEM:
        return "";
    case RECTO_LABEL_CODE:
        return "</code></pre>\n";
    case RECTO_LABEL_TABLE:
        return "</table></figure>\n";
    default:
        return "</p>\n";
    }
}

void recto_writer_html_close_join(recto_writer_html_doc *h)
{
    if (!h->joining)
        return;
    h->joining = false;
    recto_xml_text(h->out, h->tail);
    h->tail[0] = '\0';
    recto_buf_text(h->out, closing(h->join_label));
    if (h->after->len == 0)
        return;
    recto_writer_html_close_lists(h);
    recto_buf_add(h->out, h->after->data, h->after->len);
    h->out->failed = h->out->failed || h->after->failed;
    recto_buf_clear(h->after);
}

static void rows(recto_buf *out, const recto_writer_html_doc *h, int index);

/* The block is more of the text that goes on. */
static void continue_join(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = h->out;
    if (h->join_page != h->page->number)
        recto_buf_printf(h->after,
                         "<p class=\"joined\"><a href=\"#b%d-%d\">goes on from page %d</a></p>\n",
                         h->page->number, index, h->join_page);
    if (b->table != NULL) {
        rows(out, h, index);
        h->loose_caption = b->tied;
    } else {
        if (h->join_by == RECTO_GOES_ON_SPACE)
            recto_buf_char(out, b->label == RECTO_LABEL_CODE ? '\n' : ' ');
        else if (h->join_by == RECTO_GOES_ON_GLUE)
            recto_xml_text(out, h->tail);
        recto_buf_text(out, "<span");
        attributes(out, h, index, "part");
        recto_buf_char(out, '>');
        place_link(out, h, index);
        inline_text(out, b, hyphen_of(b));
        recto_buf_text(out, "</span>");
    }
    h->tail[0] = '\0';
    if (b->goes_on == RECTO_GOES_ON_NOT) {
        recto_writer_html_close_join(h);
        return;
    }
    int page = h->join_page;
    begin_join(h, b);
    h->join_page = page;
}

/* --- text ------------------------------------------------------------------------------------- */

/* <TAG ...>text</TAG>, left open if it goes on. */
static void element(recto_writer_html_doc *h, int index, const char *tag, const char *class)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = recto_writer_html_at(h);
    bool joins = may_join(h, b);
    recto_buf_printf(out, "<%s", tag);
    attributes(out, h, index, class);
    recto_buf_char(out, '>');
    place_link(out, h, index);
    inline_text(out, b, joins ? hyphen_of(b) : 0);
    if (joins)
        begin_join(h, b);
    else
        recto_buf_printf(out, "</%s>\n", tag);
}

static void code(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = recto_writer_html_at(h);
    recto_buf_text(out, "<pre");
    attributes(out, h, index, NULL);
    recto_buf_char(out, '>');
    place_link(out, h, index);
    recto_buf_text(out, "<code>");
    bool joins = may_join(h, b);
    inline_text(out, b, 0);
    if (joins)
        begin_join(h, b);
    else
        recto_buf_text(out, closing(b->label));
}

/* LaTeX is set if all of it is known. */
static void formula(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = recto_writer_html_at(h);
    recto_buf scratch = RECTO_BUF_INIT;
    const char *text = recto_escape_cleaned(&scratch, b->text, RECTO_ESCAPE_INLINE);
    bool latex = h->page->reader == RECTO_READER_VLM;
    recto_buf_text(out, "<p");
    attributes(out, h, index, "formula");
    recto_buf_char(out, '>');
    place_link(out, h, index);
    if (!latex) {
        inline_text(out, b, 0);
    } else if (!recto_mathml_write(out, text, strlen(text), true)) {
        recto_buf_text(out, "<code class=\"math\">");
        recto_xml_text(out, text);
        recto_buf_text(out, "</code>");
    }
    recto_buf_text(out, "</p>\n");
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
}

/* A heading, and its line in the outline. */
static void heading(recto_writer_html_doc *h, int index)
{
    enum { OUTLINE_MAX = 1 << 20 }; /* bytes: about ten thousand headings */
    const recto_block *b = &h->page->blocks[index];
    int level = b->label == RECTO_LABEL_TITLE || b->level < 1 ? 1 : b->level > 6 ? 6 : b->level;
    char tag[] = {'h', (char)('0' + level), '\0'};
    element(h, index, tag, NULL);
    if (b->text[0] == '\0' || h->outline_full)
        return;
    recto_buf line = RECTO_BUF_INIT;
    recto_buf_printf(&line, "<li class=\"l%d\"><a href=\"#b%d-%d\"", level, h->page->number, index);
    recto_buf_text(&line, recto_xml_is_rtl(b->text) ? " dir=\"rtl\">" : ">");
    recto_xml_text(&line, b->text);
    recto_buf_text(&line, "</a></li>\n");
    h->outline_full = h->outline.len + line.len > OUTLINE_MAX;
    if (line.failed ||
        (!h->outline_full && !recto_writer_html_keep(h, &h->outline, line.data, line.len)))
        h->out->failed = true;
    recto_buf_free(&line);
}

/* --- lists ------------------------------------------------------------------------------------ */

static void close_list(recto_writer_html_doc *h)
{
    bool ordered = h->lists[--h->n_lists].ordered;
    recto_buf_text(h->out, ordered ? "</li>\n</ol>\n" : "</li>\n</ul>\n");
}

void recto_writer_html_close_lists(recto_writer_html_doc *h)
{
    while (h->n_lists > 0)
        close_list(h);
}

/* Markers stand as printed, so the lists themselves have none. */
static void list_item(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = h->out;
    while (h->n_lists > 0 && h->lists[h->n_lists - 1].level > b->level)
        close_list(h);
    if (h->n_lists > 0 && h->lists[h->n_lists - 1].level == b->level &&
        h->lists[h->n_lists - 1].ordered != b->ordered)
        close_list(h);
    if (h->n_lists > 0 &&
        (h->lists[h->n_lists - 1].level == b->level || h->n_lists == RECTO_WRITER_HTML_LISTS)) {
        recto_buf_text(out, "</li>\n");
    } else {
        recto_buf_text(out, b->ordered ? "<ol>\n" : "<ul>\n");
        h->lists[h->n_lists].level = b->level;
        h->lists[h->n_lists++].ordered = b->ordered;
    }
    bool joins = may_join(h, b);
    recto_buf_text(out, "<li");
    attributes(out, h, index, NULL);
    recto_buf_char(out, '>');
    place_link(out, h, index);
    recto_buf_text(out, "<span class=\"marker\">");
    recto_xml_text(out, b->marker == NULL ? "" : b->marker);
    recto_buf_text(out, "</span> ");
    inline_text(out, b, joins ? hyphen_of(b) : 0);
    if (joins)
        begin_join(h, b);
}

/* --- tables and pictures ---------------------------------------------------------------------- */

static void cell(recto_buf *out, const recto_cell *c, bool numeric)
{
    const char *tag = c->header ? "th" : "td";
    recto_writer_html_text t = {.text = c->text,
                                .spans = c->spans,
                                .n_spans = c->n_spans,
                                .lines = c->lines,
                                .n_lines = c->n_lines};
    recto_buf_char(out, '<');
    recto_buf_text(out, tag);
    if (c->header)
        recto_buf_text(out, " scope=\"col\"");
    if (c->col_span > 1)
        recto_xml_int_attr(out, "colspan", c->col_span);
    if (c->row_span > 1)
        recto_xml_int_attr(out, "rowspan", c->row_span);
    recto_buf_text(out, numeric ? " class=\"number\"" : "");
    recto_buf_text(out, recto_xml_is_rtl(c->text) ? " dir=\"rtl\">" : ">");
    recto_writer_html_inline(out, &t);
    recto_buf_printf(out, "</%s>", tag);
}

/* Rows at the top that are all header, which no cell leaves downwards; 0 if all rows are such. */
static int head_rows(const recto_table *t)
{
    int head = t->n_rows;
    for (int i = 0; i < t->n_cells && head == t->n_rows; i++) {
        if (!t->cells[i].header)
            head = t->cells[i].row;
    }
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *c = &t->cells[i];
        if (c->row < head && c->row + c->row_span > head)
            return 0;
    }
    return head < t->n_rows ? head : 0;
}

static void row_group(recto_buf *out, const recto_writer_html_doc *h, int index, int from, int to,
                      const bool *numeric)
{
    const recto_table *t = h->page->blocks[index].table;
    int i = 0;
    while (i < t->n_cells && t->cells[i].row < from)
        i++;
    for (int row = from; row < to; row++) {
        recto_buf_text(out, "<tr>");
        for (; i < t->n_cells && t->cells[i].row == row; i++) {
            const recto_cell *c = &t->cells[i];
            cell(out, c, numeric != NULL && c->col_span == 1 && numeric[c->col]);
        }
        recto_buf_text(out, "</tr>\n");
    }
}

/* The rows of a table, or of a part of one, which begins with its header again. */
static void rows(recto_buf *out, const recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    const recto_table *t = b->table;
    bool part = b->continues && h->joining;
    int from = part && t->n_repeat < t->n_rows ? t->n_repeat : 0;
    int head = part ? from : head_rows(t);
    bool *numeric = recto_writer_numeric_columns(t);
    out->failed = out->failed || numeric == NULL;
    if (head > from) {
        recto_buf_text(out, "<thead>\n");
        row_group(out, h, index, from, head, numeric);
        recto_buf_text(out, "</thead>\n");
    }
    if (head < t->n_rows) {
        recto_buf_text(out, "<tbody");
        if (part)
            recto_buf_printf(out, " id=\"b%d-%d\"", h->page->number, index);
        recto_buf_text(out, ">\n");
        row_group(out, h, index, head, t->n_rows, numeric);
        recto_buf_text(out, "</tbody>\n");
    }
    free(numeric);
}

static void figcaption(recto_buf *out, const recto_writer_html_doc *h, int index)
{
    recto_buf_text(out, "<figcaption");
    attributes(out, h, index, NULL);
    recto_buf_char(out, '>');
    place_link(out, h, index);
    inline_text(out, &h->page->blocks[index], 0);
    recto_buf_text(out, "</figcaption>\n");
}

static void table(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = recto_writer_html_at(h);
    bool joins = may_join(h, b);
    bool above = b->tied > 0 && (b->tied - 1 < index || joins);
    recto_buf_text(out, "<figure");
    attributes(out, h, index, "table");
    recto_buf_char(out, '>');
    place_link(out, h, index);
    if (above)
        figcaption(out, h, b->tied - 1);
    recto_buf_text(out, "<table>\n");
    rows(out, h, index);
    if (joins) {
        begin_join(h, b);
        return;
    }
    recto_buf_text(out, "</table>\n");
    if (b->tied > 0 && !above)
        figcaption(out, h, b->tied - 1);
    recto_buf_text(out, "</figure>\n");
}

/* What a picture shows: its own bytes, else its part of the page's picture, else only its name. */
static void image(recto_buf *out, const recto_page *page, const recto_block *b)
{
    const char *name = b->category == NULL || b->category[0] == '\0' ? "picture" : b->category;
    recto_rect box = recto_rect_clip(b->box, page->width, page->height);
    const char *alt = b->text[0] != '\0' ? b->text : name;
    if (recto_xml_is_picture(&b->image)) {
        recto_buf_text(out, "<img");
        recto_xml_attr(out, "alt", alt);
        recto_xml_int_attr(out, "width", b->image.width);
        recto_xml_int_attr(out, "height", b->image.height);
        recto_buf_text(out, " src=\"");
        recto_xml_data_uri(out, &b->image);
        recto_buf_text(out, "\">\n");
    } else if (recto_xml_is_picture(&page->picture) && !recto_rect_is_empty(box)) {
        float zoom = page->dpi > 0 ? 96 / page->dpi : 1; /* CSS px a page px */
        recto_buf_text(out, "<svg role=\"img\"");
        recto_xml_attr(out, "aria-label", alt);
        recto_xml_real_attr(out, "width", recto_rect_width(box) * zoom, 0);
        recto_xml_real_attr(out, "height", recto_rect_height(box) * zoom, 0);
        recto_buf_text(out, " viewBox=\"");
        const float view[] = {box.x0, box.y0, recto_rect_width(box), recto_rect_height(box)};
        for (int i = 0; i < 4; i++) {
            recto_buf_text(out, i > 0 ? " " : "");
            recto_xml_real(out, view[i], 1);
        }
        recto_buf_printf(out, "\"><use href=\"#i%d\"/></svg>\n", page->number);
    } else {
        recto_buf_text(out, "<span class=\"nopicture\">");
        recto_xml_text(out, alt);
        recto_buf_text(out, "</span>\n");
    }
}

static void picture(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    recto_buf *out = recto_writer_html_at(h);
    bool above = b->tied > 0 && b->tied - 1 < index;
    recto_buf_text(out, "<figure");
    attributes(out, h, index, "picture");
    recto_buf_char(out, '>');
    place_link(out, h, index);
    if (above)
        figcaption(out, h, b->tied - 1);
    image(out, h->page, b);
    if (b->tied > 0 && !above)
        figcaption(out, h, b->tied - 1);
    recto_buf_text(out, "</figure>\n");
}

/* --- forms ------------------------------------------------------------------------------------ */

/* A field is not for filling in: marks and values are text, which can be found and copied. */
static void field(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    const recto_field *f = b->field;
    recto_buf *out = recto_writer_html_at(h);
    bool radio = f->kind == RECTO_FIELD_RADIO;
    bool box = f->kind == RECTO_FIELD_CHECKBOX || radio;
    const char *label = b->text[0] != '\0' ? b->text : f->label[0] != '\0' ? f->label : f->name;
    recto_buf_text(out, "<p");
    attributes(out, h, index, "field");
    recto_buf_char(out, '>');
    place_link(out, h, index);
    if (box) {
        const char *mark = radio ? f->checked ? "◉" : "○" : f->checked ? "☑" : "☐";
        recto_buf_printf(out, "<span class=\"box\" role=\"%s\" aria-checked=\"%s\"",
                         radio ? "radio" : "checkbox", f->checked ? "true" : "false");
        recto_buf_text(out, " aria-disabled=\"true\"");
        recto_xml_attr(out, "aria-label", label);
        if (f->conf < 1)
            recto_buf_printf(out, " title=\"confidence %d %%\"", recto_xml_percent(f->conf));
        recto_buf_printf(out, ">%s</span> ", mark);
    }
    if (b->text[0] != '\0')
        inline_text(out, b, 0);
    else
        recto_xml_text(out, label);
    if (!box) {
        bool sign = f->kind == RECTO_FIELD_SIGNATURE;
        const char *value =
            sign && f->value[0] == '\0' ? f->checked ? "signed" : "not signed" : f->value;
        recto_buf_text(out, " <span class=\"value\">");
        recto_xml_text(out, value);
        recto_buf_text(out, "</span>");
    }
    recto_buf_text(out, "</p>\n");
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* What may stand between the parts of a text that goes on. */
static bool is_between(const recto_block *b)
{
    switch (b->label) {
    case RECTO_LABEL_PAGE_HEADER:
    case RECTO_LABEL_PAGE_FOOTER:
    case RECTO_LABEL_FOOTNOTE:
    case RECTO_LABEL_CAPTION:
    case RECTO_LABEL_TABLE:
    case RECTO_LABEL_PICTURE:
        return true;
    default:
        return false;
    }
}

static bool continues_join(const recto_writer_html_doc *h, const recto_block *b)
{
    return h->joining && b->continues && b->label == h->join_label;
}

/* A caption stands in the figure it is tied to, unless that is more of a table above. */
static bool is_in_figure(const recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    return b->label == RECTO_LABEL_CAPTION && b->tied > 0 && h->loose_caption != index + 1 &&
           !(b->tied - 1 > index && continues_join(h, &h->page->blocks[b->tied - 1]));
}

static void put(recto_writer_html_doc *h, int index)
{
    switch (h->page->blocks[index].label) {
    case RECTO_LABEL_TITLE:
    case RECTO_LABEL_SECTION_HEADER:
        heading(h, index);
        break;
    case RECTO_LABEL_LIST_ITEM:
        list_item(h, index);
        break;
    case RECTO_LABEL_TABLE:
        table(h, index);
        break;
    case RECTO_LABEL_PICTURE:
        picture(h, index);
        break;
    case RECTO_LABEL_CODE:
        code(h, index);
        break;
    case RECTO_LABEL_FORMULA:
        formula(h, index);
        break;
    case RECTO_LABEL_FORM:
        field(h, index);
        break;
    case RECTO_LABEL_CAPTION:
        element(h, index, "p", "caption");
        break;
    case RECTO_LABEL_FOOTNOTE:
        element(h, index, "p", "footnote");
        break;
    case RECTO_LABEL_PAGE_HEADER:
    case RECTO_LABEL_PAGE_FOOTER:
        element(h, index, "p", "furniture");
        break;
    default:
        element(h, index, "p", NULL);
        break;
    }
}

void recto_writer_html_block(recto_writer_html_doc *h, int index)
{
    const recto_block *b = &h->page->blocks[index];
    if (continues_join(h, b)) {
        continue_join(h, index);
        return;
    }
    if (is_in_figure(h, index))
        return;
    if (h->joining && !is_between(b))
        recto_writer_html_close_join(h);
    if (!h->joining && b->label != RECTO_LABEL_LIST_ITEM)
        recto_writer_html_close_lists(h);
    put(h, index);
}
