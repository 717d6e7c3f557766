/* hOCR 1.2: XHTML in which every page, block, paragraph, line and word has a class and a box.
 *
 *   ocr_page > [ocr_header | ocr_footer | ocr_caption | ocr_title | ocr_math | ocr_table] >
 *   ocr_carea > ocr_par > ocr_line > ocrx_word
 *
 * Readers of hOCR mostly look for exactly one class an element, so what a block is stands on an
 * element around it and never beside ocr_carea or ocr_line; what hOCR has no class for is an own
 * property (x_label).  Boxes are whole pixels of the page as it is displayed.  A block whose words
 * are not known (VLM) is a paragraph of text, with a box if the model told one. */
#include "text/writer_forms.h"
#include "text/xml.h"

#include <math.h>
#include <string.h>

/* Running numbers on the page under way: ids are unique over the document. */
typedef struct hocr {
    const recto_page *page;
    int n_blocks, n_areas, n_pars, n_lines, n_words;
} hocr;

static void hocr_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    *state = recto_arena_alloc(keep, sizeof(hocr));
    out->failed = out->failed || *state == NULL;
    recto_buf_text(out,
                   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                   "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
                   "    \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
                   "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n"
                   "<head>\n"
                   "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\" />\n"
                   "<title>");
    const char *name = info->source_name == NULL ? "" : info->source_name;
    recto_xml_text(out, info->title == NULL || info->title[0] == '\0' ? name : info->title);
    recto_buf_text(out, "</title>\n<meta name=\"ocr-system\" content=\"recto ");
    recto_xml_text(out, info->version == NULL ? "" : info->version);
    recto_buf_text(out, "\" />\n"
                        "<meta name=\"ocr-capabilities\" content=\"ocr_page ocr_carea ocr_par "
                        "ocr_line ocrx_word ocr_title ocr_header ocr_footer ocr_caption ocr_table "
                        "ocr_image ocr_math ocrp_wconf ocrp_lang ocrp_dir\" />\n"
                        "<meta name=\"ocr-number-of-pages\" content=\"");
    recto_xml_int(out, info->n_pages);
    recto_buf_text(out, "\" />\n</head>\n<body>\n");
}

/* --- properties ------------------------------------------------------------------------------- */

static void bbox(recto_buf *out, const hocr *h, recto_rect r)
{
    recto_xml_box box = recto_xml_pixels(h->page, r);
    const int sides[] = {box.x0, box.y0, box.x1, box.y1};
    recto_buf_text(out, "bbox");
    for (int i = 0; i < 4; i++) {
        recto_buf_char(out, ' ');
        recto_xml_int(out, sides[i]);
    }
}

/* A string property: hOCR has no escapes inside the quotes. */
static void quoted(recto_buf *out, const char *text)
{
    recto_buf plain = RECTO_BUF_INIT;
    recto_buf_text(&plain, text);
    for (size_t i = 0; i < plain.len; i++) {
        if (plain.data[i] == '"' || plain.data[i] == ';')
            plain.data[i] = plain.data[i] == '"' ? '\'' : ',';
    }
    recto_buf_text(out, "&quot;");
    recto_xml_text(out, recto_buf_cstr(&plain));
    recto_buf_text(out, "&quot;");
    out->failed = out->failed || plain.failed;
    recto_buf_free(&plain);
}

/* '<tag class="C" id="KIND_PAGE_N" title="' */
static void open(recto_buf *out, const hocr *h, const char *tag, const char *class,
                 const char *kind, int n)
{
    recto_buf_char(out, '<');
    recto_buf_text(out, tag);
    recto_buf_text(out, " class=\"");
    recto_buf_text(out, class);
    recto_buf_text(out, "\" id=\"");
    recto_buf_text(out, kind);
    recto_buf_char(out, '_');
    recto_xml_int(out, h->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, n);
    recto_buf_char(out, '"');
}

static void title_bbox(recto_buf *out, const hocr *h, recto_rect r)
{
    recto_buf_text(out, " title=\"");
    bbox(out, h, r);
}

/* --- words and lines -------------------------------------------------------------------------- */

static void word(recto_buf *out, hocr *h, const recto_line *line, const recto_word *w)
{
    static const struct {
        uint32_t style;
        const char *open, *close;
    } marks[] = {{RECTO_STYLE_BOLD, "<strong>", "</strong>"},
                 {RECTO_STYLE_ITALIC, "<em>", "</em>"},
                 {RECTO_STYLE_SUPER, "<sup>", "</sup>"},
                 {RECTO_STYLE_SUB, "<sub>", "</sub>"}};
    const int n_marks = (int)(sizeof marks / sizeof *marks);
    open(out, h, "span", "ocrx_word", "word", ++h->n_words);
    title_bbox(out, h, w->box);
    recto_buf_text(out, "; x_wconf ");
    recto_xml_int(out, recto_xml_percent(w->conf));
    if (line->size > 0 && h->page->dpi > 0) {
        recto_buf_text(out, "; x_fsize ");
        recto_xml_int(out, lroundf(line->size * 72 / h->page->dpi));
    }
    recto_buf_text(out, "\">");
    for (int i = 0; i < n_marks; i++)
        recto_buf_text(out, (w->style & marks[i].style) != 0 ? marks[i].open : "");
    recto_xml_text(out, w->text);
    for (int i = n_marks - 1; i >= 0; i--)
        recto_buf_text(out, (w->style & marks[i].style) != 0 ? marks[i].close : "");
    recto_buf_text(out, "</span>");
}

/* The baseline is told from the box's bottom left corner, y up being negative. */
static void line_of(recto_buf *out, hocr *h, const recto_line *line)
{
    open(out, h, "span", "ocr_line", "line", ++h->n_lines);
    title_bbox(out, h, line->box);
    int bottom = recto_xml_pixels(h->page, line->box).y1;
    if (line->baseline > line->box.y0 && line->baseline <= line->box.y1 + line->size) {
        recto_buf_text(out, "; baseline 0 ");
        recto_xml_int(out, lroundf(line->baseline) - bottom);
    }
    if (line->size > 0) {
        recto_buf_text(out, "; x_size ");
        recto_xml_real(out, line->size, 1);
    }
    recto_buf_text(out, "\">\n");
    for (int i = 0; i < line->n_words; i++) {
        word(out, h, line, &line->words[i]);
        recto_buf_char(out, '\n');
    }
    recto_buf_text(out, "</span>\n");
}

/* --- areas ------------------------------------------------------------------------------------ */

/* A title of an area or paragraph: the box if it is known, then own properties. */
static void place(recto_buf *out, const hocr *h, recto_rect box, const char *label, int level)
{
    bool placed = recto_xml_is_placed(box);
    if (!placed && label == NULL)
        return;
    recto_buf_text(out, " title=\"");
    if (placed)
        bbox(out, h, box);
    if (label != NULL) {
        recto_buf_text(out, placed ? "; x_label " : "x_label ");
        recto_buf_text(out, label);
    }
    if (level > 0) {
        recto_buf_text(out, "; x_level ");
        recto_xml_int(out, level);
    }
    recto_buf_char(out, '"');
}

static void paragraph(recto_buf *out, hocr *h, recto_rect box, const char *text,
                      const recto_line *lines, int n_lines)
{
    open(out, h, "p", "ocr_par", "par", ++h->n_pars);
    place(out, h, box, NULL, 0);
    recto_buf_text(out, recto_xml_is_rtl(text) ? " dir=\"rtl\">" : ">");
    if (n_lines > 0)
        recto_buf_char(out, '\n');
    for (int i = 0; i < n_lines; i++)
        line_of(out, h, &lines[i]);
    if (n_lines == 0)
        recto_xml_text(out, text);
    recto_buf_text(out, "</p>\n");
}

static void area(recto_buf *out, hocr *h, const recto_block *b, recto_rect box, const char *text,
                 const recto_line *lines, int n_lines)
{
    open(out, h, "div", "ocr_carea", "block", ++h->n_areas);
    place(out, h, box, b == NULL ? NULL : recto_doc_label_name(b->label), b == NULL ? 0 : b->level);
    recto_buf_text(out, ">\n");
    if (n_lines > 0 || text[0] != '\0')
        paragraph(out, h, box, text, lines, n_lines);
    recto_buf_text(out, "</div>\n");
}

static void cell(recto_buf *out, hocr *h, const recto_cell *c)
{
    const char *tag = c->header ? "th" : "td";
    recto_buf_printf(out, "<%s", tag);
    if (c->row_span > 1)
        recto_xml_int_attr(out, "rowspan", c->row_span);
    if (c->col_span > 1)
        recto_xml_int_attr(out, "colspan", c->col_span);
    recto_buf_text(out, ">");
    if (c->n_lines > 0 || c->text[0] != '\0')
        area(out, h, NULL, c->box, c->text, c->lines, c->n_lines);
    recto_buf_printf(out, "</%s>\n", tag);
}

static void table(recto_buf *out, hocr *h, const recto_block *b)
{
    const recto_table *t = b->table;
    int i = 0;
    open(out, h, "table", "ocr_table", "table", ++h->n_blocks);
    place(out, h, b->box, NULL, 0);
    recto_buf_text(out, ">\n");
    for (int row = 0; row < t->n_rows; row++) {
        recto_buf_text(out, "<tr>\n");
        bool any = false;
        for (; i < t->n_cells && t->cells[i].row == row; i++, any = true)
            cell(out, h, &t->cells[i]);
        recto_buf_text(out,
                       any ? "</tr>\n" : "<td></td></tr>\n"); /* all of it spanned from above */
    }
    recto_buf_text(out, "</table>\n");
}

static void field(recto_buf *out, hocr *h, const recto_block *b)
{
    const recto_field *f = b->field;
    bool box = f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO;
    const char *value = box ? f->checked ? "☑" : "☐" : f->value;
    area(out, h, b, b->box, b->text, b->lines, b->n_lines);
    if (value[0] != '\0')
        area(out, h, NULL, f->box, value, NULL, 0);
}

/* The class around a block's area; NULL: none. */
static const char *around(recto_label label)
{
    switch (label) {
    case RECTO_LABEL_TITLE:
        return "ocr_title";
    case RECTO_LABEL_PAGE_HEADER:
        return "ocr_header";
    case RECTO_LABEL_PAGE_FOOTER:
        return "ocr_footer";
    case RECTO_LABEL_CAPTION:
        return "ocr_caption";
    case RECTO_LABEL_FORMULA:
        return "ocr_math";
    default:
        return NULL;
    }
}

static void block(recto_buf *out, hocr *h, const recto_block *b)
{
    const char *class = around(b->label);
    if (b->table != NULL) {
        table(out, h, b);
        return;
    }
    if (b->label == RECTO_LABEL_PICTURE) {
        open(out, h, "div", "ocr_image", "image", ++h->n_blocks);
        place(out, h, b->box, NULL, 0);
        recto_buf_text(out, ">");
        recto_xml_text(out, b->text);
        recto_buf_text(out, "</div>\n");
        return;
    }
    if (class != NULL) {
        open(out, h, "div", class, "float", ++h->n_blocks);
        place(out, h, b->box, NULL, 0);
        recto_buf_text(out, ">\n");
    }
    if (b->field != NULL)
        field(out, h, b);
    else
        area(out, h, b, b->box, b->text, b->lines, b->n_lines);
    if (class != NULL)
        recto_buf_text(out, "</div>\n");
}

/* --- pages ------------------------------------------------------------------------------------ */

static void hocr_page(recto_buf *out, void *state, const recto_docinfo *info,
                      const recto_page *page)
{
    hocr *h = state;
    if (h == NULL)
        return;
    *h = (hocr){.page = page};
    recto_buf_printf(out, "<div class=\"ocr_page\" id=\"page_%d\" title=\"image ", page->number);
    quoted(out, info->source_name == NULL ? "" : info->source_name);
    recto_buf_printf(out, "; bbox 0 0 %d %d; ppageno %d", recto_xml_side(page->width),
                     recto_xml_side(page->height), page->number - 1);
    if (page->dpi > 0) {
        long dpi = lroundf(page->dpi);
        recto_buf_printf(out, "; scan_res %ld %ld", dpi, dpi);
    }
    if (page->status != RECTO_OK)
        recto_buf_printf(out, "; x_failed %s", recto_status_name(page->status));
    else if ((page->flags & RECTO_FLAG_BLANK_PAGE) != 0)
        recto_buf_text(out, "; x_blank 1");
    recto_buf_text(out, "\">\n");
    for (int i = 0; i < page->n_blocks; i++)
        block(out, h, &page->blocks[i]);
    recto_buf_text(out, "</div>\n");
}

static void hocr_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)state;
    (void)info;
    recto_buf_text(out, "</body>\n</html>\n");
}

const recto_writer recto_writer_hocr = {
    .name = "hocr",
    .suffix = ".hocr",
    .text = true,
    .begin = hocr_begin,
    .page = hocr_page,
    .end = hocr_end,
};
