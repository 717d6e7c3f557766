/* ALTO 4.4: layout and text as libraries and archives exchange them, one file for the document.
 *
 * The schema wants Styles, Tags and ReadingOrder before the first page, but pages are written as
 * they come.  So the styles and tags are fixed tables (font sizes in points, one tag a label, level
 * and flag) to which lines and blocks refer, and the reading order is told by IDNEXT: page headers
 * and footers stand in the page's margins, out of the order of the elements.
 *
 * A word broken over two lines has HYP and SUBS_CONTENT where the joined text tells that the hyphen
 * went.  ALTO has no cells: a table is a ComposedBlock of rows, which are ComposedBlocks of
 * TextBlocks. */
#include "text/escape.h"
#include "text/wordmap.h"
#include "text/writer_forms.h"
#include "text/xml.h"

#include <math.h>
#include <string.h>

enum { LEVELS_MAX = 16 };

static const int font_sizes[] = {4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                 16, 17, 18, 19, 20, 21, 22, 24, 26, 28, 30, 32,
                                 36, 40, 44, 48, 54, 60, 66, 72, 84, 96};
enum { N_FONT_SIZES = sizeof font_sizes / sizeof *font_sizes };

typedef struct alto {
    const recto_page *page;
    int n_lines, n_strings; /* on this page: running numbers of ids */
    bool hyphen_due;        /* the block that goes on ends in the middle of a word */
} alto;

/* The text of a block or cell on its way out. */
typedef struct flow {
    recto_buf scratch; /* holds the text if it had to be cleaned */
    recto_wordmap map;
    int part_start; /* byte of the text where the broken word began; -1 = no word is broken */
    bool goes_on;   /* the last word is broken and goes on in another block */
    bool came_on;   /* the first word began in another block */
} flow;

/* --- head ------------------------------------------------------------------------------------- */

static void describe(recto_buf *out, const recto_docinfo *info)
{
    recto_buf_text(out, "<Description>\n<MeasurementUnit>pixel</MeasurementUnit>\n"
                        "<sourceImageInformation>\n");
    recto_xml_element(out, "fileName", info->source_name);
    if (info->source_sha256[0] != '\0') {
        recto_buf_text(out, "<fileIdentifier fileIdentifierLocation=\"SHA-256\">");
        recto_xml_text(out, info->source_sha256);
        recto_buf_text(out, "</fileIdentifier>\n");
    }
    recto_buf_text(out, "</sourceImageInformation>\n<Processing ID=\"processing_1\">\n"
                        "<processingCategory>contentGeneration</processingCategory>\n");
    recto_buf_text(out, "<processingStepSettings>reader=");
    recto_xml_text(out, info->reader_option == NULL ? "auto" : info->reader_option);
    if (info->model_name != NULL) {
        recto_buf_text(out, " model=");
        recto_xml_text(out, info->model_name);
    }
    if (info->model_sha256 != NULL) {
        recto_buf_text(out, " model_sha256=");
        recto_xml_text(out, info->model_sha256);
    }
    recto_buf_text(out, "</processingStepSettings>\n<processingSoftware>\n"
                        "<softwareName>recto</softwareName>\n");
    recto_xml_element(out, "softwareVersion", info->version);
    recto_buf_text(out, "</processingSoftware>\n</Processing>\n</Description>\n");
}

static void styles(recto_buf *out)
{
    recto_buf_text(out, "<Styles>\n");
    for (int i = 0; i < N_FONT_SIZES; i++)
        recto_buf_printf(out, "<TextStyle ID=\"size_%d\" FONTSIZE=\"%d\"/>\n", font_sizes[i],
                         font_sizes[i]);
    for (int i = 0; i < N_FONT_SIZES; i++)
        recto_buf_printf(out, "<TextStyle ID=\"mono_%d\" FONTSIZE=\"%d\" FONTWIDTH=\"fixed\"/>\n",
                         font_sizes[i], font_sizes[i]);
    recto_buf_text(out, "</Styles>\n");
}

/* Levels that a label can have: first..last, 0..0 if it has none. */
static void levels_of(int label, int *first, int *last)
{
    *first = label == RECTO_LABEL_SECTION_HEADER ? 1 : 0;
    *last = label == RECTO_LABEL_SECTION_HEADER ? 6
            : label == RECTO_LABEL_LIST_ITEM    ? LEVELS_MAX
                                                : 0;
}

static void tag_id(recto_buf *out, recto_label label, int level)
{
    int first, last;
    levels_of((int)label, &first, &last);
    recto_buf_text(out, recto_doc_label_name(label));
    if (last == 0)
        return;
    recto_buf_char(out, '_');
    recto_xml_int(out, level < first ? first : level > last ? last : level);
}

static void tags(recto_buf *out)
{
    recto_buf_text(out, "<Tags>\n");
    for (int label = 0; label < RECTO_LABEL_COUNT; label++) {
        int first, last;
        levels_of(label, &first, &last);
        for (int level = first; level <= last; level++) {
            recto_buf_text(out, "<LayoutTag ID=\"");
            tag_id(out, (recto_label)label, level);
            recto_buf_text(out, "\" TYPE=\"label\" LABEL=\"");
            recto_buf_text(out, recto_doc_label_name((recto_label)label));
            if (last > 0)
                recto_buf_printf(out, "\" DESCRIPTION=\"level %d", level);
            recto_buf_text(out, "\"/>\n");
        }
    }
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        const char *name = recto_doc_flag_name(bit);
        recto_buf_printf(out, "<OtherTag ID=\"flag_%s\" TYPE=\"flag\" LABEL=\"%s\"/>\n", name,
                         name);
    }
    recto_buf_text(out, "</Tags>\n");
}

static void alto_begin(recto_buf *out, void **state, const recto_docinfo *info, recto_arena *keep)
{
    *state = recto_arena_alloc(keep, sizeof(alto));
    out->failed = out->failed || *state == NULL;
    recto_buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                        "<alto xmlns=\"http://www.loc.gov/standards/alto/ns-v4#\" "
                        "SCHEMAVERSION=\"4.4\">\n");
    describe(out, info);
    styles(out);
    tags(out);
    recto_buf_text(out, "<Layout>\n");
}

/* --- words and lines -------------------------------------------------------------------------- */

static void begin_flow(flow *f, const char *text, const char *marker)
{
    *f = (flow){.part_start = -1};
    f->map =
        recto_wordmap_over(recto_escape_cleaned(&f->scratch, text, RECTO_ESCAPE_LINES), marker);
}

static void end_flow(recto_buf *out, flow *f)
{
    out->failed = out->failed || f->scratch.failed;
    recto_buf_free(&f->scratch);
}

static void position(recto_buf *out, recto_xml_box box)
{
    recto_xml_int_attr(out, "HPOS", box.x0);
    recto_xml_int_attr(out, "VPOS", box.y0);
    recto_xml_int_attr(out, "WIDTH", box.x1 - box.x0);
    recto_xml_int_attr(out, "HEIGHT", box.y1 - box.y0);
}

static void place(recto_buf *out, const alto *a, recto_rect r)
{
    if (recto_xml_is_placed(r))
        position(out, recto_xml_pixels(a->page, r));
}

/* The white space between two words, on whichever side the second stands. */
static void space(recto_buf *out, const alto *a, recto_rect from, recto_rect to)
{
    recto_xml_box l = recto_xml_pixels(a->page, from.x0 <= to.x0 ? from : to);
    recto_xml_box r = recto_xml_pixels(a->page, from.x0 <= to.x0 ? to : from);
    recto_buf_text(out, "<SP");
    if (r.x0 > l.x1) {
        recto_xml_int_attr(out, "HPOS", l.x1);
        recto_xml_int_attr(out, "VPOS", l.y0);
        recto_xml_int_attr(out, "WIDTH", r.x0 - l.x1);
    }
    recto_buf_text(out, "/>\n");
}

static void style(recto_buf *out, uint32_t bits)
{
    static const struct {
        uint32_t style;
        const char *name;
    } names[] = {{RECTO_STYLE_BOLD, "bold"},
                 {RECTO_STYLE_ITALIC, "italics"},
                 {RECTO_STYLE_SUPER, "superscript"},
                 {RECTO_STYLE_SUB, "subscript"}};
    const char *mark = " STYLE=\"";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((bits & names[i].style) == 0)
            continue;
        recto_buf_text(out, mark);
        recto_buf_text(out, names[i].name);
        mark = " ";
    }
    recto_buf_text(out, mark[1] == '\0' ? "\"" : "");
}

static void begin_string(recto_buf *out, alto *a)
{
    recto_buf_text(out, "<String ID=\"s");
    recto_xml_int(out, a->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, ++a->n_strings);
    recto_buf_char(out, '"');
}

static void content(recto_buf *out, const char *text, size_t len)
{
    recto_buf_text(out, " CONTENT=\"");
    recto_xml_piece(out, text, len);
    recto_buf_char(out, '"');
}

/* SUBS_TYPE and the whole word that was broken, if its other part is known. */
static void substitute(recto_buf *out, const flow *f, const char *part, int start, int end)
{
    recto_buf_text(out, " SUBS_TYPE=\"");
    recto_buf_text(out, part);
    recto_buf_char(out, '"');
    if (end <= start)
        return;
    recto_buf_text(out, " SUBS_CONTENT=\"");
    recto_xml_piece(out, f->map.text + start, (size_t)(end - start));
    recto_buf_char(out, '"');
}

/* Where the word goes on that ends at byte `at` of the text: the end of its second part. */
static int second_part(const flow *f, const recto_line *next, int at)
{
    recto_wordmap ahead = f->map;
    recto_wordmap_place p;
    if (next == NULL || !recto_wordmap_next(&p, &ahead, next->words[0].text) || p.start != at)
        return at;
    return p.end;
}

/* One word; true if it is broken and a hyphen ends the line.  last: of its line; next: the line
 * after it, NULL if none. */
static bool string(recto_buf *out, alto *a, flow *f, const recto_word *w, bool last,
                   const recto_line *next)
{
    recto_wordmap_place p;
    recto_buf scratch = RECTO_BUF_INIT;
    const char *text = recto_escape_cleaned(&scratch, w->text, RECTO_ESCAPE_INLINE);
    size_t len = strlen(text);
    bool found = recto_wordmap_next(&p, &f->map, text);
    int ends_at = found && last && p.hyphen > 0 ? second_part(f, next, p.end) : -1;
    bool away = last && next == NULL && f->goes_on && len > 1;
    bool broken = (ends_at > p.end) || away;
    size_t hyphen = ends_at > p.end ? (size_t)p.hyphen : away && text[len - 1] == '-' ? 1 : 0;
    broken = broken && hyphen > 0;
    begin_string(out, a);
    place(out, a, w->box);
    content(out, text, len - hyphen);
    style(out, w->style);
    if (broken)
        substitute(out, f, "HypPart1", p.start, ends_at);
    else if (f->came_on)
        substitute(out, f, "HypPart2", 0, 0);
    else if (f->part_start >= 0 && found)
        substitute(out, f, "HypPart2", f->part_start, p.end);
    recto_xml_real_attr(out, "WC", w->conf, 3);
    recto_buf_text(out, "/>\n");
    f->part_start = broken && !away ? p.start : -1;
    f->came_on = false;
    out->failed = out->failed || scratch.failed;
    recto_buf_free(&scratch);
    return broken;
}

static int nearest_size(float pt)
{
    int best = 0;
    for (int i = 1; i < N_FONT_SIZES; i++) {
        if (fabsf((float)font_sizes[i] - pt) < fabsf((float)font_sizes[best] - pt))
            best = i;
    }
    return font_sizes[best];
}

static void begin_line(recto_buf *out, alto *a)
{
    recto_buf_text(out, "<TextLine ID=\"l");
    recto_xml_int(out, a->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, ++a->n_lines);
    recto_buf_char(out, '"');
}

static void line_of(recto_buf *out, alto *a, flow *f, const recto_line *line,
                    const recto_line *next)
{
    recto_xml_box box = recto_xml_pixels(a->page, line->box);
    begin_line(out, a);
    if (line->size > 0 && a->page->dpi > 0) {
        bool mono = (line->style & RECTO_STYLE_MONO) != 0;
        recto_buf_text(out, mono ? " STYLEREFS=\"mono_" : " STYLEREFS=\"size_");
        recto_xml_int(out, nearest_size(line->size * 72 / a->page->dpi));
        recto_buf_char(out, '"');
    }
    position(out, box);
    if (line->baseline > line->box.y0 && line->baseline <= a->page->height) {
        recto_buf_text(out, " BASELINE=\"");
        recto_xml_int(out, box.x0);
        recto_buf_char(out, ',');
        recto_xml_int(out, lroundf(line->baseline));
        recto_buf_char(out, ' ');
        recto_xml_int(out, box.x1);
        recto_buf_char(out, ',');
        recto_xml_int(out, lroundf(line->baseline));
        recto_buf_char(out, '"');
    }
    recto_buf_text(out,
                   recto_xml_is_rtl(line->words[0].text) ? " BASEDIRECTION=\"rtl\">\n" : ">\n");
    bool broken = false;
    for (int i = 0; i < line->n_words; i++) {
        if (i > 0)
            space(out, a, line->words[i - 1].box, line->words[i].box);
        broken = string(out, a, f, &line->words[i], i == line->n_words - 1, next);
    }
    recto_buf_text(out, broken ? "<HYP CONTENT=\"-\"/>\n</TextLine>\n" : "</TextLine>\n");
}

/* Text of which no words are known, as one line, or one a line of code. */
static void bare_text(recto_buf *out, alto *a, const char *text)
{
    while (*text != '\0') {
        size_t n_line = strcspn(text, "\n");
        size_t at = 0;
        bool any = false;
        while (at < n_line) {
            size_t len = strcspn(text + at, " \n");
            if (len > 0) {
                if (!any)
                    begin_line(out, a);
                recto_buf_text(out, any ? "<SP/>\n" : ">\n");
                begin_string(out, a);
                content(out, text + at, len);
                recto_buf_text(out, "/>\n");
                any = true;
            }
            at += len + (text[at + len] == ' ');
        }
        recto_buf_text(out, any ? "</TextLine>\n" : "");
        text += n_line + (text[n_line] == '\n');
    }
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void flags_of(recto_buf *out, uint32_t flags)
{
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((flags & 1u << bit) != 0) {
            recto_buf_text(out, " flag_");
            recto_buf_text(out, recto_doc_flag_name(bit));
        }
    }
}

/* '<NAME ID="bPAGE_INDEX' */
static void begin_block(recto_buf *out, const alto *a, const char *name, int index)
{
    recto_buf_char(out, '<');
    recto_buf_text(out, name);
    recto_buf_text(out, " ID=\"b");
    recto_xml_int(out, a->page->number);
    recto_buf_char(out, '_');
    recto_xml_int(out, index);
}

/* The attributes of a block of the page, with the next one in reading order. */
static void attributes(recto_buf *out, const alto *a, int index)
{
    const recto_block *b = &a->page->blocks[index];
    recto_buf_text(out, "\" TAGREFS=\"");
    tag_id(out, b->label, b->level);
    flags_of(out, b->flags);
    recto_buf_char(out, '"');
    place(out, a, b->box);
    if (index + 1 < a->page->n_blocks) {
        recto_buf_text(out, " IDNEXT=\"b");
        recto_xml_int(out, a->page->number);
        recto_buf_char(out, '_');
        recto_xml_int(out, index + 1);
        recto_buf_char(out, '"');
    }
    recto_buf_text(out, ">\n");
}

static void lines_of(recto_buf *out, alto *a, flow *f, const recto_line *lines, int n_lines)
{
    for (int i = 0; i < n_lines; i++)
        line_of(out, a, f, &lines[i], i + 1 < n_lines ? &lines[i + 1] : NULL);
    if (n_lines == 0)
        bare_text(out, a, f->map.text);
}

static void text_lines(recto_buf *out, alto *a, const recto_block *b)
{
    flow f;
    begin_flow(&f, b->text, b->marker);
    f.goes_on = b->goes_on == RECTO_GOES_ON_HYPHEN;
    f.came_on = b->continues && a->hyphen_due;
    a->hyphen_due = b->goes_on == RECTO_GOES_ON_HYPHEN ||
                    (a->hyphen_due && !b->continues && b->goes_on == RECTO_GOES_ON_NOT);
    lines_of(out, a, &f, b->lines, b->n_lines);
    end_flow(out, &f);
}

static void row_box(recto_rect *box, const recto_table *t, int from, int row)
{
    *box = (recto_rect){0};
    for (int i = from; i < t->n_cells && t->cells[i].row == row; i++)
        *box = recto_rect_union(*box, t->cells[i].box);
}

static void table(recto_buf *out, alto *a, int index)
{
    const recto_table *t = a->page->blocks[index].table;
    int i = 0;
    begin_block(out, a, "ComposedBlock", index);
    recto_buf_text(out, "\" TYPE=\"table");
    attributes(out, a, index);
    for (int row = 0; row < t->n_rows; row++) {
        recto_rect box;
        row_box(&box, t, i, row);
        begin_block(out, a, "ComposedBlock", index);
        recto_buf_printf(out, "_r%d\" TYPE=\"table_row\"", row);
        place(out, a, box);
        recto_buf_text(out, ">\n");
        for (; i < t->n_cells && t->cells[i].row == row; i++) {
            const recto_cell *cell = &t->cells[i];
            flow f;
            begin_flow(&f, cell->text, NULL);
            begin_block(out, a, "TextBlock", index);
            recto_buf_printf(out, "_r%d_c%d\"", row, cell->col);
            place(out, a, cell->box);
            recto_buf_text(out, ">\n");
            lines_of(out, a, &f, cell->lines, cell->n_lines);
            end_flow(out, &f);
            recto_buf_text(out, "</TextBlock>\n");
        }
        recto_buf_text(out, "</ComposedBlock>\n");
    }
    recto_buf_text(out, "</ComposedBlock>\n");
}

/* A field: its label and what it holds, each a block. */
static void field(recto_buf *out, alto *a, int index)
{
    const recto_block *b = &a->page->blocks[index];
    const recto_field *f = b->field;
    bool box = f->kind == RECTO_FIELD_CHECKBOX || f->kind == RECTO_FIELD_RADIO;
    begin_block(out, a, "ComposedBlock", index);
    recto_buf_text(out, "\" TYPE=\"form");
    attributes(out, a, index);
    begin_block(out, a, "TextBlock", index);
    recto_buf_text(out, "_label\">\n");
    text_lines(out, a, b);
    recto_buf_text(out, "</TextBlock>\n");
    begin_block(out, a, "TextBlock", index);
    recto_buf_text(out, "_value\"");
    place(out, a, f->box);
    recto_buf_text(out, ">\n");
    flow value;
    begin_flow(&value, box ? f->checked ? "☑" : "☐" : f->value, NULL);
    lines_of(out, a, &value, NULL, 0);
    end_flow(out, &value);
    recto_buf_text(out, "</TextBlock>\n</ComposedBlock>\n");
}

static void block(recto_buf *out, alto *a, int index)
{
    const recto_block *b = &a->page->blocks[index];
    if (b->table != NULL) {
        table(out, a, index);
    } else if (b->field != NULL) {
        field(out, a, index);
    } else if (b->label == RECTO_LABEL_PICTURE) {
        begin_block(out, a, "Illustration", index);
        if (b->category != NULL) {
            recto_buf_text(out, "\" TYPE=\"");
            recto_xml_text(out, b->category);
        }
        attributes(out, a, index);
        recto_buf_text(out, "</Illustration>\n");
    } else {
        begin_block(out, a, "TextBlock", index);
        attributes(out, a, index);
        text_lines(out, a, b);
        recto_buf_text(out, "</TextBlock>\n");
    }
}

/* --- pages ------------------------------------------------------------------------------------ */

typedef enum zone { ZONE_TOP, ZONE_BODY, ZONE_BOTTOM } zone;

/* Page headers above all of the body and footers below it stand in the margins. */
static zone zone_of(const recto_block *b, recto_rect body)
{
    if (recto_rect_is_empty(body) || !recto_xml_is_placed(b->box))
        return ZONE_BODY;
    if (b->label == RECTO_LABEL_PAGE_HEADER && b->box.y1 <= body.y0 + 1)
        return ZONE_TOP;
    if (b->label == RECTO_LABEL_PAGE_FOOTER && b->box.y0 >= body.y1 - 1)
        return ZONE_BOTTOM;
    return ZONE_BODY;
}

static void space_of(recto_buf *out, alto *a, const char *name, recto_xml_box box, zone which,
                     recto_rect body)
{
    bool any = which == ZONE_BODY;
    for (int i = 0; i < a->page->n_blocks && !any; i++)
        any = zone_of(&a->page->blocks[i], body) == which;
    if (!any)
        return;
    recto_buf_printf(out, "<%s", name);
    position(out, box);
    recto_buf_text(out, ">\n");
    for (int i = 0; i < a->page->n_blocks; i++) {
        if (zone_of(&a->page->blocks[i], body) == which)
            block(out, a, i);
    }
    recto_buf_printf(out, "</%s>\n", name);
}

static void quality(recto_buf *out, const recto_page *page)
{
    if (page->status != RECTO_OK) {
        recto_buf_printf(out, " QUALITY=\"Missing\" QUALITY_DETAIL=\"failed (%s)",
                         recto_status_name(page->status));
        if (page->error != NULL) {
            recto_buf_text(out, ": ");
            recto_xml_text(out, page->error);
        }
        recto_buf_char(out, '"');
        return;
    }
    bool damaged = (page->flags & (RECTO_FLAG_DAMAGED | RECTO_FLAG_TRUNCATED)) != 0;
    recto_buf_text(out, damaged ? " QUALITY=\"Damaged\"" : "");
    const char *mark = " QUALITY_DETAIL=\"";
    for (int bit = 0; bit < RECTO_FLAG_COUNT; bit++) {
        if ((page->flags & 1u << bit) == 0)
            continue;
        recto_buf_text(out, mark);
        recto_buf_text(out, recto_doc_flag_name(bit));
        mark = " ";
    }
    recto_buf_text(out, mark[1] == '\0' ? "\"" : "");
    recto_xml_real_attr(out, "PC", page->conf, 3);
}

static void alto_page(recto_buf *out, void *state, const recto_docinfo *info,
                      const recto_page *page)
{
    (void)info;
    alto *a = state;
    if (a == NULL)
        return;
    a->page = page;
    a->n_lines = a->n_strings = 0;
    int width = recto_xml_side(page->width);
    int height = recto_xml_side(page->height);
    recto_buf_printf(out, "<Page ID=\"page_%d\" PHYSICAL_IMG_NR=\"%d\"", page->number,
                     page->number);
    recto_buf_printf(out, " HEIGHT=\"%d\" WIDTH=\"%d\"", height, width);
    quality(out, page);
    recto_buf_text(out, ">\n");
    recto_rect body = {0};
    for (int i = 0; i < page->n_blocks; i++) {
        recto_label label = page->blocks[i].label;
        if (label != RECTO_LABEL_PAGE_HEADER && label != RECTO_LABEL_PAGE_FOOTER)
            body = recto_rect_union(body, page->blocks[i].box);
    }
    recto_rect all = body;
    for (int i = 0; i < page->n_blocks; i++) {
        if (zone_of(&page->blocks[i], body) == ZONE_BODY)
            all = recto_rect_union(all, page->blocks[i].box);
    }
    recto_xml_box print = recto_rect_is_empty(all) ? (recto_xml_box){0, 0, width, height}
                                                   : recto_xml_pixels(page, all);
    space_of(out, a, "TopMargin", (recto_xml_box){0, 0, width, print.y0}, ZONE_TOP, body);
    space_of(out, a, "BottomMargin", (recto_xml_box){0, print.y1, width, height}, ZONE_BOTTOM,
             body);
    space_of(out, a, "PrintSpace", print, ZONE_BODY, body);
    recto_buf_text(out, "</Page>\n");
}

/* The schema wants a page; a document without one has an empty one. */
static void alto_end(recto_buf *out, void *state, const recto_docinfo *info)
{
    (void)info;
    const alto *a = state;
    if (a != NULL && a->page == NULL)
        recto_buf_text(out, "<Page ID=\"page_0\" PHYSICAL_IMG_NR=\"0\" QUALITY=\"Missing\"/>\n");
    recto_buf_text(out, "</Layout>\n</alto>\n");
}

const recto_writer recto_writer_alto = {
    .name = "alto",
    .suffix = ".alto.xml",
    .text = true,
    .begin = alto_begin,
    .page = alto_page,
    .end = alto_end,
};
