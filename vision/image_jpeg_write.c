/* JPEG out: pages and photographs shown inside other files. */
#include "vision/image.h"

#include <stdio.h> /* before jpeglib.h, which needs FILE */

#include <jpeglib.h>
#include <setjmp.h>
#include <stdlib.h>

typedef struct failure {
    struct jpeg_error_mgr mgr; /* first: libjpeg hands out a pointer to it */
    jmp_buf leave;
} failure;

static void on_error(j_common_ptr info)
{
    failure *f = (failure *)(void *)info->err;
    longjmp(f->leave, 1);
}

static void on_message(j_common_ptr info)
{
    (void)info;
}

recto_status recto_image_jpeg(uint8_t **out, size_t *len_out, const recto_image *im, int quality,
                              recto_error *err)
{
    struct jpeg_compress_struct c;
    failure f;
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    *out = NULL;
    *len_out = 0;
    if (im->width > JPEG_MAX_DIMENSION || im->height > JPEG_MAX_DIMENSION)
        return recto_error_set(err, RECTO_ERR_LIMIT, "%dx%d pixels are too many for a JPEG",
                               im->width, im->height);
    c.err = jpeg_std_error(&f.mgr);
    f.mgr.error_exit = on_error;
    f.mgr.output_message = on_message;
    jpeg_create_compress(&c);
    if (setjmp(f.leave)) {
        jpeg_destroy_compress(&c);
        free(bytes);
        return recto_error_set(err, RECTO_ERR_NOMEM, "no memory to write a JPEG");
    }
    jpeg_mem_dest(&c, &bytes, &size);
    c.image_width = (JDIMENSION)im->width;
    c.image_height = (JDIMENSION)im->height;
    c.input_components = im->channels;
    c.in_color_space = im->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    c.optimize_coding = TRUE;
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < im->height; y++) {
        JSAMPROW row = im->px + (size_t)y * im->stride;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    *out = bytes;
    *len_out = size;
    return RECTO_OK;
}
