/* CCITT Group 4 by MuPDF, in a context of its own: an image file has none. */
#include "vision/pdf_write.h"

#include <mupdf/fitz.h>

static void drop_message(void *user, const char *message)
{
    (void)user;
    (void)message;
}

bool recto_pdf_write_fax(recto_buf *out, const uint8_t *bits, int width, int height)
{
    fz_buffer *packed = NULL;
    bool fine = false;
    fz_context *ctx = fz_new_context(NULL, NULL, FZ_STORE_DEFAULT);
    if (ctx == NULL)
        return false;
    fz_set_error_callback(ctx, drop_message, NULL);
    fz_set_warning_callback(ctx, drop_message, NULL);
    fz_var(packed);
    fz_var(fine);
    fz_try(ctx)
    {
        unsigned char *data;
        packed = fz_compress_ccitt_fax_g4(ctx, bits, width, height);
        size_t size = fz_buffer_storage(ctx, packed, &data);
        recto_buf_add(out, data, size);
        fine = !out->failed;
    }
    fz_always(ctx)
    {
        fz_drop_buffer(ctx, packed);
    }
    fz_catch(ctx)
    {
        fine = false;
    }
    fz_drop_context(ctx);
    return fine;
}
