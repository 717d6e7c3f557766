/* The image headers we parse ourselves: kinds, BMP, GIF, WebP, PNM, JPEG 2000, EXIF, and the
 * directories of a TIFF.  Nothing is decoded, so the libraries' own bugs stay out of the way. */
#include "vision/image.h"
#include "vision/image_header.h"
#include "vision/image_tiff.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    recto_image_header header;
    recto_error err;
    for (int kind = RECTO_IMAGE_KIND_NONE; kind <= RECTO_IMAGE_KIND_JP2; kind++) {
        recto_status st =
            recto_image_header_read(&header, (recto_image_kind)kind, data, size, &err);
        if (st == RECTO_OK && (header.size > size || header.width < 0 || header.height < 0))
            abort();
    }
    recto_image_header_kind(data, size);
    recto_image_exif exif = recto_image_exif_parse(data, size);
    if (exif.orientation < 1 || exif.orientation > 8)
        abort();
    recto_arena *arena = recto_arena_new(0, (size_t)64 << 20);
    recto_image_tiff_page *pages;
    int n = 0;
    if (arena != NULL && recto_image_tiff_pages(&pages, &n, data, size, arena, &err) == RECTO_OK &&
        n < 1)
        abort();
    for (int i = 0; i < n; i++)
        if (pages[i].orientation < 1 || pages[i].orientation > 8 ||
            (pages[i].fault == NULL && pages[i].orientation_at + 2 > size))
            abort();
    recto_arena_free(arena);
    return 0;
}
