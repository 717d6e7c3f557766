/* JPEG through libjpeg-turbo.
 *
 * Grey output takes the luma plane as it is stored, so that colour pages cost a third less.  The
 * library recovers from damage with a warning and grey blocks; here damage is an error, since half
 * a page must not pass for a page.  Two things are let through because scanners write them: a
 * missing end marker after complete data, and trouble in the last row of blocks. */
#include "vision/image.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

enum {
    MAX_SCANS = 500, /* a progressive file has about ten; thousands are an attack on time */
};

typedef struct jpeg_job {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_source_mgr source;
    jmp_buf jump;
    size_t size;
    bool gray;
    bool at_end;     /* the library asked for more bytes than there are */
    bool rows_begun; /* scan lines are being delivered: damage can be placed */
    bool damaged;
    int damage_row;       /* first row that may be wrong */
    size_t damage_offset; /* bytes consumed when the damage was seen */
    char reason[JMSG_LENGTH_MAX];
    recto_image *image;
    uint8_t *row; /* one row in the library's output format, when it has to be converted */
} jpeg_job;

static jpeg_job *job_of(j_common_ptr cinfo)
{
    return cinfo->client_data;
}

static void on_fatal(j_common_ptr cinfo)
{
    jpeg_job *job = job_of(cinfo);
    cinfo->err->format_message(cinfo, job->reason);
    longjmp(job->jump, 1);
}

/* Warnings that leave the picture whole: oddities in headers, padding, a missing end marker (judged
 * by source_fill).  Bytes skipped before a marker are padding unless they are many: then decoding
 * went astray and stopped early. */
static bool is_harmless(const jpeg_job *job)
{
    switch (job->errors.msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_JFIF_MAJOR:
    case JWRN_JPEG_EOF:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_TOO_MUCH_DATA:
        return true;
    case JWRN_EXTRANEOUS_DATA:
        return job->errors.msg_parm.i[0] < 256 ||
               (size_t)job->errors.msg_parm.i[0] < job->size / 32;
    default:
        return false;
    }
}

static void on_message(j_common_ptr cinfo, int level)
{
    jpeg_job *job = job_of(cinfo);
    if (level >= 0 || job->damaged || is_harmless(job))
        return;
    job->damaged = true;
    job->damage_row = job->rows_begun ? (int)job->cinfo.output_scanline : 0;
    job->damage_offset = job->size - job->source.bytes_in_buffer;
    cinfo->err->format_message(cinfo, job->reason);
}

static void on_output(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void on_progress(j_common_ptr cinfo)
{
    jpeg_job *job = job_of(cinfo);
    if (job->cinfo.input_scan_number > MAX_SCANS) {
        snprintf(job->reason, sizeof job->reason, "more than %d scans", MAX_SCANS);
        longjmp(job->jump, 1);
    }
}

static void source_nothing(j_decompress_ptr cinfo)
{
    (void)cinfo;
}

/* Past the end: hand out end markers, and let finish() judge whether anything was missing. */
static boolean source_fill(j_decompress_ptr cinfo)
{
    static const JOCTET end[2] = {0xff, JPEG_EOI};
    job_of((j_common_ptr)cinfo)->at_end = true;
    cinfo->src->next_input_byte = end;
    cinfo->src->bytes_in_buffer = sizeof end;
    return TRUE;
}

static void source_skip(j_decompress_ptr cinfo, long n)
{
    struct jpeg_source_mgr *src = cinfo->src;
    if (n <= 0)
        return;
    if ((size_t)n > src->bytes_in_buffer) {
        source_fill(cinfo);
        return;
    }
    src->next_input_byte += n;
    src->bytes_in_buffer -= (size_t)n;
}

static void set_up(jpeg_job *job, const uint8_t *bytes, size_t size)
{
    job->cinfo.err = jpeg_std_error(&job->errors);
    job->errors.error_exit = on_fatal;
    job->errors.emit_message = on_message;
    job->errors.output_message = on_output;
    job->cinfo.client_data = job;
    jpeg_create_decompress(&job->cinfo);
    /* jpeg_create_decompress clears the struct but keeps err and client_data. */
    job->progress.progress_monitor = on_progress;
    job->cinfo.progress = &job->progress;
    job->source.init_source = source_nothing;
    job->source.fill_input_buffer = source_fill;
    job->source.skip_input_data = source_skip;
    job->source.resync_to_restart = jpeg_resync_to_restart;
    job->source.term_source = source_nothing;
    job->source.next_input_byte = bytes;
    job->source.bytes_in_buffer = size;
    job->cinfo.src = &job->source;
    jpeg_save_markers(&job->cinfo, JPEG_APP0 + 1, 0xffff);
}

static void choose_colors(jpeg_job *job)
{
    struct jpeg_decompress_struct *cinfo = &job->cinfo;
    switch (cinfo->jpeg_color_space) {
    case JCS_GRAYSCALE:
        cinfo->out_color_space = JCS_GRAYSCALE;
        break;
    case JCS_CMYK:
    case JCS_YCCK:
        cinfo->out_color_space = JCS_CMYK;
        break;
    case JCS_YCbCr:
        cinfo->out_color_space = job->gray ? JCS_GRAYSCALE : JCS_RGB;
        break;
    default:
        cinfo->out_color_space = JCS_RGB;
        break;
    }
}

static uint8_t luma(unsigned r, unsigned g, unsigned b)
{
    return (uint8_t)((77 * r + 150 * g + 29 * b + 128) >> 8);
}

/* Four inks to grey or RGB.  inverted: 255 means no ink, as Adobe writes it. */
static void convert_cmyk(uint8_t *dst, const uint8_t *src, int width, bool inverted, bool gray)
{
    unsigned flip = inverted ? 0 : 255;
    for (int x = 0; x < width; x++, src += 4) {
        unsigned k = src[3] ^ flip;
        unsigned rgb[3];
        for (int c = 0; c < 3; c++)
            rgb[c] = ((src[c] ^ flip) * k + 127) / 255;
        if (gray) {
            *dst++ = luma(rgb[0], rgb[1], rgb[2]);
        } else {
            for (int c = 0; c < 3; c++)
                *dst++ = (uint8_t)rgb[c];
        }
    }
}

static void convert_row(jpeg_job *job, uint8_t *dst)
{
    int width = job->image->width;
    if (job->cinfo.out_color_space == JCS_CMYK) {
        convert_cmyk(dst, job->row, width, job->cinfo.saw_Adobe_marker, job->gray);
        return;
    }
    for (int x = 0; x < width; x++)
        dst[x] = luma(job->row[3 * x], job->row[3 * x + 1], job->row[3 * x + 2]);
}

static recto_status read_rows(jpeg_job *job, recto_error *err)
{
    struct jpeg_decompress_struct *cinfo = &job->cinfo;
    int width = (int)cinfo->output_width;
    int height = (int)cinfo->output_height;
    int n_lib = cinfo->output_components;
    bool gray = job->gray || n_lib == 1;
    recto_status st = recto_image_new(&job->image, width, height, gray ? 1 : 3, err);
    if (st != RECTO_OK)
        return st;
    bool direct = n_lib == job->image->channels;
    if (!direct && (job->row = malloc((size_t)width * (size_t)n_lib)) == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a JPEG");
    job->rows_begun = true;
    while (cinfo->output_scanline < cinfo->output_height) {
        uint8_t *dst = job->image->px + (size_t)cinfo->output_scanline * job->image->stride;
        JSAMPROW row = direct ? dst : job->row;
        if (jpeg_read_scanlines(cinfo, &row, 1) != 1)
            break;
        if (!direct)
            convert_row(job, dst);
    }
    return RECTO_OK;
}

/* A progressive file that ended early may lack whole scans without any warning. */
static bool lacks_scans(const struct jpeg_decompress_struct *cinfo)
{
    if (cinfo->coef_bits == NULL)
        return false;
    for (int c = 0; c < cinfo->num_components; c++)
        for (int k = 0; k < DCTSIZE2; k++)
            if (cinfo->coef_bits[c][k] != 0)
                return true;
    return false;
}

static recto_status judge_damage(jpeg_job *job, bool lacking, recto_error *err)
{
    const struct jpeg_decompress_struct *cinfo = &job->cinfo;
    if (!lacking && !job->damaged)
        return RECTO_OK;
    recto_status st;
    if (job->at_end) {
        st = recto_error_set(err, RECTO_ERR_FORMAT, "JPEG: truncated at byte %zu, row %d of %d",
                             job->size, job->damage_row, (int)cinfo->output_height);
        job->damage_offset = job->size;
    } else {
        st = recto_error_set(err, RECTO_ERR_FORMAT, "JPEG: damaged at byte %zu, row %d of %d (%s)",
                             job->damage_offset, job->damage_row, (int)cinfo->output_height,
                             job->reason);
    }
    if (err != NULL)
        err->offset = job->damage_offset;
    return st;
}

static recto_status settle(jpeg_job *job, recto_error *err)
{
    const struct jpeg_decompress_struct *cinfo = &job->cinfo;
    recto_image_exif exif = {.orientation = 1};
    for (jpeg_saved_marker_ptr m = cinfo->marker_list; m != NULL; m = m->next)
        if (m->data_length > 6 && memcmp(m->data, "Exif\0", 6) == 0)
            exif = recto_image_exif_parse(m->data + 6, m->data_length - 6);
    float to_inch = cinfo->density_unit == 2 ? 2.54f : 1;
    float dpi_x = (float)cinfo->X_density * to_inch;
    float dpi_y = (float)cinfo->Y_density * to_inch;
    if (!cinfo->saw_JFIF_marker || cinfo->density_unit == 0 || dpi_x < 40 || dpi_y < 40) {
        dpi_x = exif.dpi_x;
        dpi_y = exif.dpi_y;
    }
    return recto_image_settle(&job->image, exif.orientation, dpi_x, dpi_y, err);
}

/* What the library itself refuses. */
static recto_status fatal(jpeg_job *job, recto_error *err)
{
    size_t pos = job->at_end ? job->size : job->size - job->source.bytes_in_buffer;
    recto_status st;
    switch (job->errors.msg_code) {
    case JERR_OUT_OF_MEMORY:
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a JPEG");
    case JERR_BAD_PRECISION:
    case JERR_SOF_UNSUPPORTED:
    case JERR_NOT_COMPILED:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_CCIR601_NOTIMPL:
        return recto_error_set(err, RECTO_ERR_UNSUPPORTED, "JPEG: %s", job->reason);
    default:
        break;
    }
    if (job->at_end)
        st = recto_error_set(err, RECTO_ERR_FORMAT, "JPEG: truncated at byte %zu", job->size);
    else
        st = recto_error_set(err, RECTO_ERR_FORMAT, "JPEG: damaged at byte %zu (%s)", pos,
                             job->reason);
    if (err != NULL)
        err->offset = pos;
    return st;
}

/* The part that the library may leave by longjmp. */
static recto_status read_all(jpeg_job *job, const uint8_t *bytes,
                             const recto_image_read_options *opt, recto_error *err)
{
    if (setjmp(job->jump))
        return fatal(job, err);
    set_up(job, bytes, job->size);
    jpeg_read_header(&job->cinfo, TRUE);
    recto_status st = recto_image_check_size("JPEG", job->cinfo.image_width,
                                             job->cinfo.image_height, opt->max_pixels, err);
    if (st != RECTO_OK)
        return st;
    choose_colors(job);
    jpeg_start_decompress(&job->cinfo);
    st = read_rows(job, err);
    if (st != RECTO_OK)
        return st;
    st = judge_damage(job, job->at_end && lacks_scans(&job->cinfo), err);
    return st == RECTO_OK ? settle(job, err) : st;
}

recto_status recto_image_jpeg_read(recto_image **out, const uint8_t *bytes, size_t size,
                                   const recto_image_read_options *opt, recto_error *err)
{
    *out = NULL;
    jpeg_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory for a JPEG");
    job->size = size;
    job->gray = opt->gray;
    recto_status st = read_all(job, bytes, opt, err);
    jpeg_destroy_decompress(&job->cinfo);
    free(job->row);
    if (st != RECTO_OK)
        recto_image_free(job->image);
    else
        *out = job->image;
    free(job);
    return st;
}

/* MuPDF's JPEG filter leaves libjpeg's own printing to stderr in place.  The linker sends every
 * call of jpeg_std_error in our static libraries here (--wrap, vision/CMakeLists.txt), so that no
 * library prints. */
struct jpeg_error_mgr *__real_jpeg_std_error(struct jpeg_error_mgr *errors);
struct jpeg_error_mgr *__wrap_jpeg_std_error(struct jpeg_error_mgr *errors);

struct jpeg_error_mgr *__wrap_jpeg_std_error(struct jpeg_error_mgr *errors)
{
    __real_jpeg_std_error(errors);
    errors->output_message = on_output;
    return errors;
}
