/* Walk of a TIFF file's directories.
 *
 *   header -> directory 1 -> directory 2 -> ... -> 0
 *             count, count x {tag, type, n, value or offset of n values}, next
 *
 * Classic TIFF has 4-byte offsets and 12-byte entries, BigTIFF 8-byte offsets and 20-byte entries;
 * everything else is the same.  A loop in the chain is seen by one bit per 16 bytes of file: two
 * directories cannot begin that close to each other. */
#include "vision/image_tiff.h"
#include "core/cursor.h"

enum {
    TAG_SUBFILE = 254,
    TAG_WIDTH = 256,
    TAG_HEIGHT = 257,
    TAG_STRIP_OFFSETS = 273,
    TAG_ORIENTATION = 274,
    TAG_STRIP_SIZES = 279,
    TAG_X_RESOLUTION = 282,
    TAG_Y_RESOLUTION = 283,
    TAG_RESOLUTION_UNIT = 296,
    TAG_TILE_OFFSETS = 324,
    TAG_TILE_SIZES = 325,
    TYPE_BYTE = 1,
    TYPE_SHORT = 3,
    TYPE_LONG = 4,
    TYPE_RATIONAL = 5,
    TYPE_LONG8 = 16,
    GRAIN = 16,        /* bytes of file for one bit of the loop check */
    MAX_PAGES = 100000 /* more directories than any archive has; 2 MB of empty ones make as many */
};

typedef struct tiff_reader {
    recto_cursor c;
    bool big_endian;
    bool big_tiff;
    uint64_t budget; /* strips that may still be checked: no more than the file has bytes */
} tiff_reader;

/* The values of one tag: n of a type at a place in the file. */
typedef struct tiff_array {
    uint64_t n, at;
    int type;
} tiff_array;

static uint64_t number(tiff_reader *r, int n_bytes)
{
    recto_cursor *c = &r->c;
    if (n_bytes == 1)
        return recto_cursor_u8(c);
    if (n_bytes == 2)
        return r->big_endian ? recto_cursor_u16be(c) : recto_cursor_u16le(c);
    if (n_bytes == 4)
        return r->big_endian ? recto_cursor_u32be(c) : recto_cursor_u32le(c);
    if (!r->big_endian)
        return recto_cursor_u64le(c);
    uint64_t high = recto_cursor_u32be(c);
    return high << 32 | recto_cursor_u32be(c);
}

static int type_bytes(int type)
{
    switch (type) {
    case TYPE_BYTE:
        return 1;
    case TYPE_SHORT:
        return 2;
    case TYPE_LONG:
        return 4;
    case TYPE_RATIONAL:
    case TYPE_LONG8:
        return 8;
    default:
        return 0;
    }
}

static void seek(tiff_reader *r, uint64_t at)
{
    recto_cursor_seek(&r->c, at > r->c.size ? r->c.size : (size_t)at);
}

/* Value i of an array; 0 if it is not in the file. */
static uint64_t array_at(const tiff_reader *r, const tiff_array *a, uint64_t i)
{
    int n_bytes = type_bytes(a->type);
    if (n_bytes == 0 || i >= a->n)
        return 0;
    tiff_reader here = *r;
    seek(&here, a->at + i * (uint64_t)n_bytes);
    return number(&here, n_bytes);
}

static float rational(const tiff_reader *r, const tiff_array *a)
{
    tiff_reader here = *r;
    if (a->type != TYPE_RATIONAL)
        return 0;
    seek(&here, a->at);
    uint64_t over = number(&here, 4);
    uint64_t under = number(&here, 4);
    return here.c.failed || under == 0 ? 0 : (float)over / (float)under;
}

static void set_fault(recto_image_tiff_page *page, const char *what, uint64_t at)
{
    if (page->fault == NULL) {
        page->fault = what;
        page->fault_at = at;
    }
}

/* Do all strips (or tiles) lie inside the file?  Pages that share one huge array would make this
 * quadratic; honest arrays lie apart, so all of them together have fewer values than the file has
 * bytes. */
static void check_data(recto_image_tiff_page *page, tiff_reader *r, const tiff_array *offsets,
                       const tiff_array *sizes)
{
    uint64_t n_file = r->c.size;
    if (offsets->n == 0) {
        set_fault(page, "no picture data", page->offset);
        return;
    }
    uint64_t n_bytes = (uint64_t)type_bytes(offsets->type) * offsets->n;
    if (offsets->n > n_file || offsets->at > n_file || n_bytes > n_file - offsets->at) {
        set_fault(page, "truncated", n_file);
        return;
    }
    if (offsets->n > r->budget) {
        set_fault(page, "more strips than the file can hold", offsets->at);
        return;
    }
    r->budget -= offsets->n;
    for (uint64_t i = 0; i < offsets->n && page->fault == NULL; i++) {
        uint64_t at = array_at(r, offsets, i);
        uint64_t n = array_at(r, sizes, i);
        if (at > n_file || n > n_file - at)
            set_fault(page, "truncated", n_file);
    }
}

/* Everything the tags of one directory say, before it is judged. */
typedef struct tiff_tags {
    tiff_array strip_offsets, strip_sizes, tile_offsets, tile_sizes;
    tiff_array width, height, subfile, orientation, unit, dpi_x, dpi_y;
} tiff_tags;

static tiff_array *tag_slot(tiff_tags *t, unsigned tag)
{
    switch (tag) {
    case TAG_SUBFILE:
        return &t->subfile;
    case TAG_WIDTH:
        return &t->width;
    case TAG_HEIGHT:
        return &t->height;
    case TAG_STRIP_OFFSETS:
        return &t->strip_offsets;
    case TAG_ORIENTATION:
        return &t->orientation;
    case TAG_STRIP_SIZES:
        return &t->strip_sizes;
    case TAG_X_RESOLUTION:
        return &t->dpi_x;
    case TAG_Y_RESOLUTION:
        return &t->dpi_y;
    case TAG_RESOLUTION_UNIT:
        return &t->unit;
    case TAG_TILE_OFFSETS:
        return &t->tile_offsets;
    case TAG_TILE_SIZES:
        return &t->tile_sizes;
    default:
        return NULL;
    }
}

/* Read the entries at the reader's place; the reader is left at the offset of the next directory.
 */
static void read_tags(tiff_tags *t, tiff_reader *r)
{
    const int word = r->big_tiff ? 8 : 4;
    uint64_t n_entries = number(r, r->big_tiff ? 8 : 2);
    for (uint64_t i = 0; i < n_entries && !r->c.failed; i++) {
        unsigned tag = (unsigned)number(r, 2);
        tiff_array a = {.type = (int)number(r, 2)};
        a.n = number(r, word);
        a.at = r->c.pos;
        uint64_t value = number(r, word);
        uint64_t n_bytes = (uint64_t)type_bytes(a.type);
        if (n_bytes != 0 && a.n > (uint64_t)word / n_bytes)
            a.at = value;
        tiff_array *slot = tag_slot(t, tag);
        if (slot != NULL && n_bytes != 0 && !r->c.failed)
            *slot = a;
    }
}

static void judge_page(recto_image_tiff_page *page, const tiff_tags *t, tiff_reader *r)
{
    page->width = (int64_t)array_at(r, &t->width, 0);
    page->height = (int64_t)array_at(r, &t->height, 0);
    page->reduced = (array_at(r, &t->subfile, 0) & 5) != 0; /* bit 0 thumbnail, bit 2 mask */
    uint64_t orientation = array_at(r, &t->orientation, 0);
    page->orientation = orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
    if (t->orientation.type == TYPE_SHORT && t->orientation.n == 1)
        page->orientation_at = (size_t)t->orientation.at;
    else
        page->orientation = 1; /* libtiff does not take it either */
    uint64_t unit = t->unit.n == 0 ? 2 : array_at(r, &t->unit, 0);
    float to_inch = unit == 2 ? 1 : unit == 3 ? 2.54f : 0;
    page->dpi_x = rational(r, &t->dpi_x) * to_inch;
    page->dpi_y = rational(r, &t->dpi_y) * to_inch;
    if (page->width < 1 || page->height < 1)
        set_fault(page, "no width or height", page->offset);
    bool tiled = t->tile_offsets.n > 0;
    check_data(page, r, tiled ? &t->tile_offsets : &t->strip_offsets,
               tiled ? &t->tile_sizes : &t->strip_sizes);
}

/* One directory; returns the offset of the next, 0 at the end. */
static uint64_t read_directory(recto_image_tiff_page *page, tiff_reader *r, uint64_t at)
{
    *page = (recto_image_tiff_page){.offset = at, .orientation = 1};
    tiff_tags tags = {0};
    seek(r, at);
    read_tags(&tags, r);
    uint64_t next = number(r, r->big_tiff ? 8 : 4);
    bool cut = r->c.failed;
    r->c.failed = false;
    if (cut) {
        set_fault(page, "truncated", r->c.size);
        return 0;
    }
    judge_page(page, &tags, r);
    return next;
}

/* True if a directory at this place was read before; else remembers it. */
static bool seen_before(uint8_t *seen, uint64_t at)
{
    uint64_t grain = at / GRAIN;
    bool was = seen[grain / 8] >> (grain % 8) & 1;
    seen[grain / 8] |= (uint8_t)(1u << (grain % 8));
    return was;
}

/* Leave thumbnails and masks out, unless there is nothing else. */
static int drop_reduced(recto_image_tiff_page *pages, int n)
{
    int n_full = 0;
    for (int i = 0; i < n; i++)
        n_full += !pages[i].reduced;
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (n_full == 0 || !pages[i].reduced)
            pages[kept++] = pages[i];
    return kept;
}

static recto_status walk(recto_image_tiff_page **pages_out, int *n_out, tiff_reader *r, uint64_t at,
                         recto_arena *keep, recto_error *err)
{
    recto_image_tiff_page *pages = NULL;
    int n = 0;
    int cap = 0;
    uint8_t *seen = recto_arena_alloc(keep, r->c.size / GRAIN / 8 + 1);
    while (seen != NULL && at != 0 && n < MAX_PAGES) {
        if (at < r->c.size && seen_before(seen, at))
            break;
        if (n == cap) {
            int grown = cap == 0 ? 16 : cap * 2;
            pages = recto_arena_grow(keep, pages, (size_t)cap, (size_t)grown, sizeof *pages);
            cap = grown;
        }
        if (pages == NULL)
            break;
        at = read_directory(&pages[n++], r, at);
    }
    if (n == MAX_PAGES && at != 0)
        set_fault(&pages[n - 1], "too many directories", at);
    if (seen == NULL || (pages == NULL && n > 0) || (n == 0 && cap > 0))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for the pages of a TIFF");
    *n_out = drop_reduced(pages, n);
    *pages_out = pages;
    return RECTO_OK;
}

recto_status recto_image_tiff_pages(recto_image_tiff_page **pages_out, int *n_pages_out,
                                    const uint8_t *bytes, size_t size, recto_arena *keep,
                                    recto_error *err)
{
    *pages_out = NULL;
    *n_pages_out = 0;
    tiff_reader r = {.c = recto_cursor_over(bytes, size), .budget = size};
    r.big_endian = size > 0 && bytes[0] == 'M';
    recto_cursor_skip(&r.c, 2);
    r.big_tiff = number(&r, 2) == 43;
    if (r.big_tiff)
        recto_cursor_skip(&r.c, 4);
    uint64_t first = number(&r, r.big_tiff ? 8 : 4);
    recto_status st = recto_cursor_status(&r.c, "TIFF", err);
    if (st != RECTO_OK)
        return st;
    if (first == 0 || first >= size) {
        st = recto_error_set(err, RECTO_ERR_FORMAT, "TIFF: truncated at byte %zu, no directory",
                             size);
        if (err != NULL)
            err->offset = size;
        return st;
    }
    return walk(pages_out, n_pages_out, &r, first, keep, err);
}
