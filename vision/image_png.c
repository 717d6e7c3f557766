/* PNG in and out, through libpng.
 *
 * Reading looks at the header itself first, so that a size over the limit costs nothing; text,
 * profile and other large ancillary chunks are skipped unread.  Rows are converted one by one to
 * grey or RGB over white (palettes by a table of ours: letting libpng expand them costs more than
 * the decompression); only an interlaced file is held whole in its own format.  libpng reports
 * errors by longjmp: all state lives in one struct of the caller, so that nothing is lost by it. */
#include "core/cursor.h"
#include "vision/image.h"
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

typedef struct png_job {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t size, pos;
    bool gray;           /* one channel out */
    recto_image *image;  /* result */
    uint8_t *rows;       /* one row, or the whole picture when interlaced, in the file's channels */
    png_bytep *row_list; /* [height] into rows, interlaced only */
    int row;             /* rows done */
    bool palette;        /* pixels are numbers of colours below */
    uint8_t color[256][3]; /* over white; black where the file has none */
    uint8_t luma[256];
    bool truncated;
    char reason[96]; /* libpng's own words */
} png_job;

static void on_error(png_structp png, png_const_charp text)
{
    png_job *job = png_get_error_ptr(png);
    strncpy(job->reason, text, sizeof job->reason - 1);
    longjmp(png_jmpbuf(png), 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep out, size_t n)
{
    png_job *job = png_get_io_ptr(png);
    if (n > job->size - job->pos) {
        job->pos = job->size;
        job->truncated = true;
        png_error(png, "the file ends early");
    }
    memcpy(out, job->bytes + job->pos, n);
    job->pos += n;
}

/* A row of 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels to 1 or 3, over white. */
static void convert_row(uint8_t *dst, const uint8_t *src, int width, int n_in, bool gray)
{
    for (int x = 0; x < width; x++, src += n_in) {
        unsigned alpha = n_in == 2 || n_in == 4 ? src[n_in - 1] : 255;
        unsigned add = 255 * (255 - alpha) + 127;
        if (n_in < 3) {
            *dst++ = (uint8_t)((src[0] * alpha + add) / 255);
        } else if (gray) {
            unsigned luma = (77u * src[0] + 150u * src[1] + 29u * src[2] + 128) >> 8;
            *dst++ = (uint8_t)((luma * alpha + add) / 255);
        } else {
            for (int c = 0; c < 3; c++)
                *dst++ = (uint8_t)((src[c] * alpha + add) / 255);
        }
    }
}

static void convert_palette_row(const png_job *job, uint8_t *dst, const uint8_t *src, int width)
{
    if (job->image->channels == 1) {
        for (int x = 0; x < width; x++)
            dst[x] = job->luma[src[x]];
        return;
    }
    for (int x = 0; x < width; x++)
        memcpy(dst + 3 * x, job->color[src[x]], 3);
}

/* Fill the tables; a palette of greys makes a grey picture. */
static void read_palette(png_job *job)
{
    png_colorp entry = NULL;
    png_bytep alpha = NULL;
    int n = 0;
    int n_alpha = 0;
    png_get_PLTE(job->png, job->info, &entry, &n);
    png_get_tRNS(job->png, job->info, &alpha, &n_alpha, NULL);
    bool all_gray = true;
    for (int i = 0; i < n && i < 256; i++) {
        const uint8_t rgba[4] = {entry[i].red, entry[i].green, entry[i].blue,
                                 i < n_alpha ? alpha[i] : 255};
        convert_row(job->color[i], rgba, 1, 4, false);
        convert_row(&job->luma[i], rgba, 1, 4, true);
        all_gray = all_gray && rgba[0] == rgba[1] && rgba[1] == rgba[2];
    }
    job->gray = job->gray || all_gray;
    job->palette = true;
}

/* Everything to 8 bits a channel; which channels remain is asked from libpng afterwards. */
static void choose_transforms(png_job *job)
{
    if (png_get_color_type(job->png, job->info) == PNG_COLOR_TYPE_PALETTE) {
        read_palette(job);
        png_set_packing(job->png);
    } else {
        png_set_expand(job->png);
        png_set_scale_16(job->png);
    }
    png_read_update_info(job->png, job->info);
}

static float stored_dpi(png_uint_32 per_unit, int unit)
{
    if (unit == PNG_RESOLUTION_METER)
        return (float)per_unit * 0.0254f;
    return 0;
}

static recto_status read_picture(png_job *job, int width, int height, recto_error *err)
{
    int n_in = png_get_channels(job->png, job->info);
    bool interlaced = png_get_interlace_type(job->png, job->info) != PNG_INTERLACE_NONE;
    bool gray = job->gray || (n_in < 3 && !job->palette);
    recto_status st = recto_image_new(&job->image, width, height, gray ? 1 : 3, err);
    if (st != RECTO_OK)
        return st;
    size_t n_row = (size_t)width * (size_t)n_in;
    size_t n_all;
    if (!recto_size_mul(&n_all, n_row, interlaced ? (size_t)height : 1))
        return recto_error_set(err, RECTO_ERR_LIMIT, "PNG: the picture is too large");
    bool direct = n_in == job->image->channels && !job->palette;
    if (!direct && (job->rows = malloc(n_all)) == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a PNG");
    uint8_t *base = direct ? job->image->px : job->rows;
    if (interlaced) {
        job->row_list = malloc((size_t)height * sizeof *job->row_list);
        if (job->row_list == NULL)
            return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a PNG");
        for (int y = 0; y < height; y++)
            job->row_list[y] = base + (size_t)y * n_row;
        png_read_image(job->png, job->row_list);
    }
    for (job->row = 0; job->row < height; job->row++) {
        uint8_t *row = base + (direct || interlaced ? (size_t)job->row * n_row : 0);
        if (!interlaced)
            png_read_row(job->png, row, NULL);
        uint8_t *dst = job->image->px + (size_t)job->row * job->image->stride;
        if (job->palette)
            convert_palette_row(job, dst, row, width);
        else if (!direct)
            convert_row(dst, row, width, n_in, job->gray);
    }
    return RECTO_OK;
}

/* The part that libpng may leave by longjmp. */
static recto_status read_all(png_job *job, const recto_image_read_options *opt, recto_error *err)
{
    if (setjmp(png_jmpbuf(job->png))) {
        recto_status st;
        if (job->truncated)
            st = recto_error_set(err, RECTO_ERR_FORMAT, "PNG: truncated at byte %zu, row %d",
                                 job->size, job->row);
        else
            st = recto_error_set(err, RECTO_ERR_FORMAT, "PNG: damaged before byte %zu, row %d (%s)",
                                 job->pos, job->row, job->reason);
        if (err != NULL)
            err->offset = job->pos;
        return st;
    }
    static const png_byte skipped[] = "iCCP\0zTXt\0iTXt\0tEXt\0eXIf\0sPLT\0hIST\0tIME";
    png_set_read_fn(job->png, job, read_bytes);
    png_set_user_limits(job->png, 0x7fffffff, 0x7fffffff);
    png_set_keep_unknown_chunks(job->png, PNG_HANDLE_CHUNK_NEVER, skipped,
                                (int)(sizeof skipped / 5));
    png_read_info(job->png, job->info);
    int width = (int)png_get_image_width(job->png, job->info);
    int height = (int)png_get_image_height(job->png, job->info);
    recto_status st = recto_image_check_size("PNG", width, height, opt->max_pixels, err);
    if (st != RECTO_OK)
        return st;
    choose_transforms(job);
    st = read_picture(job, width, height, err);
    if (st != RECTO_OK)
        return st;
    png_read_end(job->png, NULL);
    png_uint_32 per_x = 0;
    png_uint_32 per_y = 0;
    int unit = PNG_RESOLUTION_UNKNOWN;
    png_get_pHYs(job->png, job->info, &per_x, &per_y, &unit);
    return recto_image_settle(&job->image, 1, stored_dpi(per_x, unit), stored_dpi(per_y, unit),
                              err);
}

/* Signature and IHDR, before libpng sees the file. */
static recto_status check_header(const uint8_t *bytes, size_t size, int64_t max_pixels,
                                 recto_error *err)
{
    recto_cursor c = recto_cursor_over(bytes, size);
    const uint8_t *signature = recto_cursor_bytes(&c, 8);
    recto_cursor_skip(&c, 8);
    uint32_t width = recto_cursor_u32be(&c);
    uint32_t height = recto_cursor_u32be(&c);
    recto_status st = recto_cursor_status(&c, "PNG", err);
    if (st != RECTO_OK)
        return st;
    if (png_sig_cmp(signature, 0, 8) != 0 || memcmp(bytes + 12, "IHDR", 4) != 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "PNG: no header");
    return recto_image_check_size("PNG", width, height, max_pixels, err);
}

recto_status recto_image_png_read(recto_image **out, const uint8_t *bytes, size_t size,
                                  const recto_image_read_options *opt, recto_error *err)
{
    *out = NULL;
    recto_status st = check_header(bytes, size, opt->max_pixels, err);
    if (st != RECTO_OK)
        return st;
    png_job job = {.bytes = bytes, .size = size, .gray = opt->gray};
    job.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &job, on_error, on_warning);
    if (job.png != NULL)
        job.info = png_create_info_struct(job.png);
    if (job.info == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a PNG");
    else
        st = read_all(&job, opt, err);
    png_destroy_read_struct(&job.png, &job.info, NULL);
    free(job.rows);
    free(job.row_list);
    if (st != RECTO_OK)
        recto_image_free(job.image);
    else
        *out = job.image;
    return st;
}

/* --- writing ---------------------------------------------------------------------------------- */

typedef struct png_sink {
    png_structp png;
    png_infop info;
    uint8_t *data;
    size_t len, cap;
} png_sink;

static void write_bytes(png_structp png, png_bytep bytes, size_t n)
{
    png_sink *sink = png_get_io_ptr(png);
    if (n > sink->cap - sink->len) {
        size_t cap = sink->cap + sink->cap / 2 + n + 4096;
        uint8_t *grown = realloc(sink->data, cap);
        if (grown == NULL)
            png_error(png, "out of memory");
        sink->data = grown;
        sink->cap = cap;
    }
    memcpy(sink->data + sink->len, bytes, n);
    sink->len += n;
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

static void on_write_error(png_structp png, png_const_charp text)
{
    (void)text;
    longjmp(png_jmpbuf(png), 1);
}

static recto_status write_all(png_sink *sink, const recto_image *im, recto_error *err)
{
    if (setjmp(png_jmpbuf(sink->png)))
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to write a PNG");
    png_set_write_fn(sink->png, sink, write_bytes, flush_nothing);
    png_set_user_limits(sink->png, 0x7fffffff, 0x7fffffff);
    png_set_IHDR(sink->png, sink->info, (png_uint_32)im->width, (png_uint_32)im->height, 8,
                 im->channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    if (im->dpi > 0) {
        png_uint_32 per_meter = (png_uint_32)(im->dpi / 0.0254f + 0.5f);
        png_set_pHYs(sink->png, sink->info, per_meter, per_meter, PNG_RESOLUTION_METER);
    }
    /* Speed over size: overlays are looked at, not archived. */
    png_set_compression_level(sink->png, 3);
    png_set_filter(sink->png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB);
    png_write_info(sink->png, sink->info);
    for (int y = 0; y < im->height; y++)
        png_write_row(sink->png, im->px + (size_t)y * im->stride);
    png_write_end(sink->png, sink->info);
    return RECTO_OK;
}

recto_status recto_image_png(uint8_t **out, size_t *len_out, const recto_image *im,
                             recto_error *err)
{
    *out = NULL;
    *len_out = 0;
    recto_status st;
    png_sink sink = {0};
    sink.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, on_write_error, on_warning);
    if (sink.png != NULL)
        sink.info = png_create_info_struct(sink.png);
    if (sink.info == NULL)
        st = recto_error_set(err, RECTO_ERR_NOMEM, "no memory to write a PNG");
    else
        st = write_all(&sink, im, err);
    png_destroy_write_struct(&sink.png, &sink.info);
    if (st != RECTO_OK) {
        free(sink.data);
        return st;
    }
    *out = sink.data;
    *len_out = sink.len;
    return RECTO_OK;
}

recto_status recto_image_png_file(recto_outfile **out, const recto_image *im, const char *path,
                                  recto_error *err)
{
    recto_outfile *file = NULL;
    uint8_t *png = NULL;
    size_t len = 0;
    *out = NULL;
    recto_status st = recto_image_png(&png, &len, im, err);
    if (st == RECTO_OK)
        st = recto_outfile_open(&file, path, err);
    if (st == RECTO_OK)
        st = recto_outfile_write(file, png, len, err);
    if (st == RECTO_OK)
        st = recto_outfile_finish(file, err);
    free(png);
    if (st != RECTO_OK) {
        recto_outfile_abort(file);
        return st;
    }
    *out = file;
    return RECTO_OK;
}
