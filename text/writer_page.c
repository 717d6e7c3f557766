/* PAGE XML 2019-07-15: one file a page, as OCR ground truth and layout tools exchange it.
 *
 * Regions carry their role (type), lines their baseline, words their confidence; tables are
 * TableRegions of cells with their places.  Coords must be given: a block whose place is not known
 * (VLM) has those of the page with conf 0.
 *
 * Metadata must hold times, but outputs hold none (the same input gives the same bytes), so they
 * are the document's own dates, or the start of 1970 where it tells none. */
#include "text/writer_forms.h"
#include "text/xml.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct page_form {
    const recto_page *page;
    int width, height;    /* px, at least 1 */
    int n_lines, n_words; /* running numbers of ids */
} page_form;

static void page_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    (void)info;
    *state = recto_arena_alloc(keep, sizeof(page_form));
    out->failed = out->failed || *state == NULL;
}

/* --- metadata --------------------------------------------------------------------------------- */

static const int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in(int year, int month)
{
    return days_before[month] - days_before[month - 1] + (month == 2 && is_leap(year));
}

/* "2024-01-31T12:00:00+01:00", shorter too, to xsd:dateTime in UTC; false if it is no such date. */
static bool utc_of(char out[32], const char *iso)
{
    int year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, zone_h = 0, zone_m = 0;
    int used = 0;
    char sign = '+';
    if (iso == NULL || sscanf(iso, "%4d-%2d-%2d%n", &year, &month, &day, &used) < 1)
        return false;
    if (used > 0 && iso[used] == 'T') {
        int time = 0;
        if (sscanf(iso + used, "T%2d:%2d:%2d%n", &hour, &minute, &second, &time) == 3 && time > 0)
            sscanf(iso + used + time, "%c%2d:%2d", &sign, &zone_h, &zone_m);
    }
    if (year < 1 || year > 9998 || month < 1 || month > 12 || day < 1 ||
        day > days_in(year, month) || hour < 0 || hour > 23 || minute < 0 || minute > 59 ||
        second < 0 || second > 59 || zone_h < 0 || zone_h > 14 || zone_m < 0 || zone_m > 59)
        return false;
    int shift = sign == '-' ? zone_h * 60 + zone_m : sign == '+' ? -(zone_h * 60 + zone_m) : 0;
    int at = hour * 60 + minute + shift;
    for (; at < 0; at += 1440)
        day--;
    for (; at >= 1440; at -= 1440)
        day++;
    if (day < 1) {
        year -= month == 1;
        month = month == 1 ? 12 : month - 1;
        day = days_in(year, month);
    } else if (day > days_in(year, month)) {
        year += month == 12;
        month = month == 12 ? 1 : month + 1;
        day = 1;
    }
    if (year < 1)
        return false;
    snprintf(out, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, day, at / 60, at % 60, second);
    return true;
}

static void metadata(recto_buf *out, const recto_docinfo *info, const recto_page *page)
{
    char created[32] = "1970-01-01T00:00:00Z";
    char changed[32];
    utc_of(created, info->created != NULL ? info->created : info->modified);
    memcpy(changed, created, sizeof changed);
    utc_of(changed, info->modified);
    recto_buf_text(out, "<Metadata>\n<Creator>recto ");
    recto_xml_text(out, info->version == NULL ? "" : info->version);
    recto_buf_text(out, "</Creator>\n");
    recto_xml_element(out, "Created", created);
    recto_xml_element(out, "LastChange", changed);
    if (page->status != RECTO_OK) {
        recto_buf_printf(out, "<Comments>failed (%s)", recto_status_name(page->status));
        if (page->error != NULL) {
            recto_buf_text(out, ": ");
            recto_xml_text(out, page->error);
        }
        recto_buf_text(out, "</Comments>\n");
    }
    const char *const items[][3] = {
        {"author", "author", info->author},
        {"other", "title", info->title},
        {"other", "source-sha256", info->source_sha256[0] != '\0' ? info->source_sha256 : NULL},
        {"processingStep", "reader", recto_doc_reader_name(page->reader)},
        {"processingStep", "model", info->model_name},
        {"processingStep", "model-sha256", info->model_sha256},
    };
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        if (items[i][2] == NULL)
            continue;
        recto_buf_printf(out, "<MetadataItem type=\"%s\" name=\"%s\"", items[i][0], items[i][1]);
        recto_xml_attr(out, "value", items[i][2]);
        recto_buf_text(out, "/>\n");
    }
    recto_buf_text(out, "</Metadata>\n");
}

/* --- coordinates ------------------------------------------------------------------------------ */

static void point(recto_buf *out, int x, int y, bool last)
{
    recto_xml_int(out, x);
    recto_buf_char(out, ',');
    recto_xml_int(out, y);
    recto_buf_text(out, last ? "" : " ");
}

/* The corner pixels of a box, clockwise. */
static void coords(recto_buf *out, const page_form *f, recto_rect r)
{
    bool placed = recto_xml_is_placed(r);
    recto_xml_box box = {0, 0, f->width, f->height};
    if (placed)
        box = recto_xml_pixels(f->page, r);
    int x1 = box.x1 > box.x0 ? box.x1 - 1 : box.x0;
    int y1 = box.y1 > box.y0 ? box.y1 - 1 : box.y0;
    recto_buf_text(out, "<Coords points=\"");
    point(out, box.x0, box.y0, false);
    point(out, x1, box.y0, false);
    point(out, x1, y1, false);
    point(out, box.x0, y1, true);
    recto_buf_text(out, placed ? "\"/>\n" : "\" conf=\"0\"/>\n");
}

static void baseline(recto_buf *out, const page_form *f, const recto_line *line)
{
    recto_xml_box box = recto_xml_pixels(f->page, line->box);
    if (!(line->baseline > line->box.y0) || !(line->baseline < line->box.y1 + line->size))
        return;
    long y = lroundf(line->baseline);
    y = y < 0 ? 0 : y >= f->height ? f->height - 1 : y;
    recto_buf_text(out, "<Baseline points=\"");
    point(out, box.x0, (int)y, false);
    point(out, box.x1 > box.x0 ? box.x1 - 1 : box.x0, (int)y, true);
    recto_buf_text(out, "\"/>\n");
}

/* --- text ------------------------------------------------------------------------------------- */

static void begin_equiv(recto_buf *out, float conf)
{
    recto_buf_text(out, "<TextEquiv");
    recto_xml_real_attr(out, "conf", conf, 3);
    recto_buf_text(out, "><Unicode>");
}

static void end_equiv(recto_buf *out)
{
    recto_buf_text(out, "</Unicode></TextEquiv>\n");
}

/* size in px, 0 = unknown */
static void text_style(recto_buf *out, const page_form *f, uint32_t style, float size)
{
    static const struct {
        uint32_t style;
        const char *name;
    } names[] = {{RECTO_STYLE_MONO, "monospace"},
                 {RECTO_STYLE_BOLD, "bold"},
                 {RECTO_STYLE_ITALIC, "italic"},
                 {RECTO_STYLE_SUB, "subscript"},
                 {RECTO_STYLE_SUPER, "superscript"}};
    bool sized = size > 0 && f->page->dpi > 0;
    bool any = sized;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        any = any || (style & names[i].style) != 0;
    if (!any)
        return;
    recto_buf_text(out, "<TextStyle");
    if (sized)
        recto_xml_real_attr(out, "fontSize", size * 72 / f->page->dpi, 1);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((style & names[i].style) != 0)
            recto_xml_attr(out, names[i].name, "true");
    }
    recto_buf_text(out, "/>\n");
}

static void numbered(recto_buf *out, const page_form *f, const char *tag, char kind, int n)
{
    recto_buf_char(out, '<');
    recto_buf_text(out, tag);
    recto_buf_text(out, " id=\"");
    recto_buf_char(out, kind);
    recto_xml_int(out, f->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, n);
    recto_buf_char(out, '"');
}

static void line_of(recto_buf *out, page_form *f, const recto_line *line)
{
    numbered(out, f, "TextLine", 'l', ++f->n_lines);
    bool rtl = recto_xml_is_rtl(line->words[0].text);
    recto_buf_text(out, rtl ? " readingDirection=\"right-to-left\">\n" : ">\n");
    coords(out, f, line->box);
    baseline(out, f, line);
    for (int i = 0; i < line->n_words; i++) {
        const recto_word *w = &line->words[i];
        numbered(out, f, "Word", 'w', ++f->n_words);
        recto_buf_text(out, ">\n");
        coords(out, f, w->box);
        begin_equiv(out, w->conf);
        recto_xml_text(out, w->text);
        end_equiv(out);
        text_style(out, f, w->style, 0);
        recto_buf_text(out, "</Word>\n");
    }
    begin_equiv(out, line->conf);
    for (int i = 0; i < line->n_words; i++) {
        recto_buf_text(out, i > 0 ? " " : "");
        recto_xml_text(out, line->words[i].text);
    }
    end_equiv(out);
    text_style(out, f, line->style, line->size);
    recto_buf_text(out, "</TextLine>\n");
}

/* Lines and the text of a region: its lines as printed, so that they can be told apart; where no
 * lines are known, the text alone. */
static void region_text(recto_buf *out, page_form *f, const char *text, float conf,
                        const recto_line *lines, int n_lines)
{
    for (int i = 0; i < n_lines; i++)
        line_of(out, f, &lines[i]);
    if (text[0] == '\0' && n_lines == 0)
        return;
    begin_equiv(out, conf);
    if (n_lines == 0)
        recto_xml_lines(out, text);
    for (int i = 0; i < n_lines; i++) {
        recto_buf_text(out, i > 0 ? "\n" : "");
        for (int k = 0; k < lines[i].n_words; k++) {
            recto_buf_text(out, k > 0 ? " " : "");
            recto_xml_text(out, lines[i].words[k].text);
        }
    }
    end_equiv(out);
}

/* --- regions ---------------------------------------------------------------------------------- */

/* Nothing but digits, roman numerals and what stands around a page number. */
static bool is_page_number(const char *text)
{
    return text[0] != '\0' && strlen(text) <= 12 &&
           text[strspn(text, "0123456789ivxlcIVXLC -/.[]()")] == '\0';
}

static const char *type_of(const recto_block *b)
{
    switch (b->label) {
    case RECTO_LABEL_TITLE:
    case RECTO_LABEL_SECTION_HEADER:
        return "heading";
    case RECTO_LABEL_CAPTION:
        return "caption";
    case RECTO_LABEL_FOOTNOTE:
        return b->continues ? "footnote-continued" : "footnote";
    case RECTO_LABEL_PAGE_HEADER:
        return is_page_number(b->text) ? "page-number" : "header";
    case RECTO_LABEL_PAGE_FOOTER:
        return is_page_number(b->text) ? "page-number" : "footer";
    case RECTO_LABEL_FORMULA:
    case RECTO_LABEL_CODE:
    case RECTO_LABEL_FORM:
        return "other";
    default:
        return "paragraph";
    }
}

/* '<NAME id="rPAGE_INDEX' */
static void begin_region(recto_buf *out, const page_form *f, const char *name, int index)
{
    recto_buf_char(out, '<');
    recto_buf_text(out, name);
    recto_buf_text(out, " id=\"r");
    recto_xml_int(out, f->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, index);
}

/* What PAGE has no name for, as tools that extend it write it: "structure {type:list_item;}". */
static void custom(recto_buf *out, const recto_block *b)
{
    recto_buf_printf(out, " custom=\"structure {type:%s;", recto_doc_label_name(b->label));
    if (b->level > 0 || b->label == RECTO_LABEL_LIST_ITEM)
        recto_buf_printf(out, " level:%d;", b->level);
    recto_buf_char(out, '}');
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((b->flags & 1u << bit) != 0)
            recto_buf_printf(out, " flag {name:%s;}", recto_doc_flag_name(bit));
    }
    recto_buf_char(out, '"');
    if (b->continues)
        recto_xml_attr(out, "continuation", "true");
}

static void table(recto_buf *out, page_form *f, int index)
{
    const recto_block *b = &f->page->blocks[index];
    const recto_table *t = b->table;
    begin_region(out, f, "TableRegion", index);
    recto_buf_char(out, '"');
    custom(out, b);
    recto_buf_printf(out, " rows=\"%d\" columns=\"%d\"", t->n_rows, t->n_cols);
    recto_xml_attr(out, "lineSeparators", t->ruled ? "true" : "false");
    recto_buf_text(out, ">\n");
    coords(out, f, b->box);
    for (int i = 0; i < t->n_cells; i++) {
        const recto_cell *cell = &t->cells[i];
        begin_region(out, f, "TextRegion", index);
        recto_buf_printf(out, "_c%d\" type=\"paragraph\">\n", i);
        coords(out, f, cell->box);
        recto_buf_printf(out, "<Roles><TableCellRole rowIndex=\"%d\" columnIndex=\"%d\"", cell->row,
                         cell->col);
        recto_buf_printf(out, " rowSpan=\"%d\" colSpan=\"%d\"", cell->row_span, cell->col_span);
        recto_xml_attr(out, "header", cell->header ? "true" : "false");
        recto_buf_text(out, "/></Roles>\n");
        region_text(out, f, cell->text, cell->conf, cell->lines, cell->n_lines);
        recto_buf_text(out, "</TextRegion>\n");
    }
    recto_buf_text(out, "</TableRegion>\n");
}

/* A field's value is a region in that of its label. */
static void value(recto_buf *out, page_form *f, int index)
{
    const recto_field *field = f->page->blocks[index].field;
    bool box = field->kind == RECTO_FIELD_CHECKBOX || field->kind == RECTO_FIELD_RADIO;
    begin_region(out, f, "TextRegion", index);
    recto_buf_text(out, "_value\" type=\"other\" custom=\"field {name:");
    recto_buf name = RECTO_BUF_INIT;
    for (const char *p = field->name; *p != '\0'; p++) { /* without signs of the notation */
        if (strchr("{};:", *p) == NULL)
            recto_buf_char(&name, *p);
    }
    recto_xml_text(out, recto_buf_cstr(&name));
    out->failed = out->failed || name.failed;
    recto_buf_free(&name);
    recto_buf_text(out, ";}\">\n");
    coords(out, f, field->box);
    region_text(out, f, box ? field->checked ? "☑" : "☐" : field->value, field->conf, NULL, 0);
    recto_buf_text(out, "</TextRegion>\n");
}

static void block(recto_buf *out, page_form *f, int index)
{
    const recto_block *b = &f->page->blocks[index];
    if (b->table != NULL) {
        table(out, f, index);
        return;
    }
    bool picture = b->label == RECTO_LABEL_PICTURE;
    bool formula = b->label == RECTO_LABEL_FORMULA;
    const char *name = picture ? "ImageRegion" : formula ? "MathsRegion" : "TextRegion";
    begin_region(out, f, name, index);
    recto_buf_char(out, '"');
    custom(out, b);
    if (!picture && !formula) {
        recto_xml_attr(out, "type", type_of(b));
        if (recto_xml_is_rtl(b->text))
            recto_xml_attr(out, "readingDirection", "right-to-left");
    }
    recto_buf_text(out, ">\n");
    coords(out, f, b->box);
    if (formula) {
        begin_region(out, f, "TextRegion", index);
        recto_buf_text(out, "_text\" type=\"other\">\n");
        coords(out, f, b->box);
    }
    if (b->field != NULL)
        value(out, f, index);
    if (!picture)
        region_text(out, f, b->text, b->conf, b->lines, b->n_lines);
    if (formula)
        recto_buf_text(out, "</TextRegion>\n");
    recto_buf_printf(out, "</%s>\n", name);
}

/* --- pages ------------------------------------------------------------------------------------ */

static void reading_order(recto_buf *out, const recto_page *page)
{
    if (page->n_blocks == 0)
        return;
    recto_buf_printf(out, "<ReadingOrder>\n<OrderedGroup id=\"order_%d\">\n", page->number);
    for (int i = 0; i < page->n_blocks; i++)
        recto_buf_printf(out, "<RegionRefIndexed index=\"%d\" regionRef=\"r%d_%d\"/>\n", i,
                         page->number, i);
    recto_buf_text(out, "</OrderedGroup>\n</ReadingOrder>\n");
}

static void relation(recto_buf *out, const recto_page *page, const char *type, int from, int to,
                     int *n)
{
    recto_buf_text(out, *n == 0 ? "<Relations>\n" : "");
    recto_buf_printf(out,
                     "<Relation id=\"x%d_%d\" type=\"%s\"><SourceRegionRef regionRef=\"r%d_%d\"/>"
                     "<TargetRegionRef regionRef=\"r%d_%d\"/></Relation>\n",
                     page->number, ++*n, type, page->number, from, page->number, to);
}

/* Captions with what they belong to, and text that goes on in another column. */
static void relations(recto_buf *out, const recto_page *page)
{
    int n = 0;
    int open[RECTO_LABEL_COUNT] = {0}; /* 1 + index of the block of that label that goes on */
    for (int i = 0; i < page->n_blocks; i++) {
        const recto_block *b = &page->blocks[i];
        if (b->label == RECTO_LABEL_CAPTION && b->tied > 0)
            relation(out, page, "link", i, b->tied - 1, &n);
        if (b->continues && open[b->label] > 0)
            relation(out, page, "join", open[b->label] - 1, i, &n);
        if (b->continues)
            open[b->label] = 0;
        if (b->goes_on != RECTO_GOES_ON_NOT)
            open[b->label] = i + 1;
    }
    recto_buf_text(out, n > 0 ? "</Relations>\n" : "");
}

static void page_tag(recto_buf *out, const recto_docinfo *info, const page_form *f)
{
    const recto_page *page = f->page;
    recto_buf_text(out, "<Page");
    recto_xml_attr(out, "imageFilename", info->source_name == NULL ? "" : info->source_name);
    recto_buf_printf(out, " imageWidth=\"%d\" imageHeight=\"%d\"", f->width, f->height);
    if (page->dpi > 0) {
        recto_xml_real_attr(out, "imageXResolution", page->dpi, 1);
        recto_xml_real_attr(out, "imageYResolution", page->dpi, 1);
        recto_xml_attr(out, "imageResolutionUnit", "PPI");
    }
    recto_buf_printf(out, " custom=\"page {number:%d;}", page->number);
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((page->flags & 1u << bit) != 0)
            recto_buf_printf(out, " flag {name:%s;}", recto_doc_flag_name(bit));
    }
    recto_buf_char(out, '"');
    if (page->status == RECTO_OK && (page->flags & RECTO_FLAG_BLANK_PAGE) != 0)
        recto_xml_attr(out, "type", "blank");
    if (page->status == RECTO_OK)
        recto_xml_real_attr(out, "conf", page->conf, 3);
    recto_buf_text(out, ">\n");
}

static void page_page(recto_buf *out, void *state, const recto_docinfo *info,
                      const recto_page *page)
{
    page_form *f = state;
    char suffix[40];
    if (f == NULL)
        return;
    *f = (page_form){
        .page = page, .width = recto_xml_side(page->width), .height = recto_xml_side(page->height)};
    f->width = f->width > 0 ? f->width : 1;
    f->height = f->height > 0 ? f->height : 1;
    snprintf(suffix, sizeof suffix, ".page-%d.xml", page->number);
    recto_writer_part(out, suffix);
    recto_buf_printf(out,
                     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PcGts xmlns=\"http://schema."
                     "primaresearch.org/PAGE/gts/pagecontent/2019-07-15\" pcGtsId=\"page_%d\">\n",
                     page->number);
    metadata(out, info, page);
    page_tag(out, info, f);
    reading_order(out, page);
    relations(out, page);
    for (int i = 0; i < page->n_blocks; i++)
        block(out, f, i);
    recto_buf_text(out, "</Page>\n</PcGts>\n");
}

static void page_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)out;
    (void)state;
    (void)info;
}

const recto_writer recto_writer_page = {
    .name = "page",
    .suffix = ".page-N.xml",
    .text = true,
    .parts = true,
    .begin = page_begin,
    .page = page_page,
    .end = page_end,
};
