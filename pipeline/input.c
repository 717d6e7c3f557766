#include "pipeline/input.h"

#include <string.h>

recto_status recto_input_open(recto_input *out, const char *path, const recto_options *opt,
                              const recto_deadline *deadline, recto_error *err)
{
    const char *slash = strrchr(path, '/');
    memset(out, 0, sizeof *out);
    out->name = slash != NULL ? slash + 1 : path;
    recto_status st = recto_bytes_read(&out->bytes, path, opt->max_bytes, err);
    if (st != RECTO_OK)
        return st;
    if (out->bytes.size == 0)
        return recto_error_set(err, RECTO_ERR_FORMAT, "the file is empty");
    (void)deadline;
    out->fd = -1;
    out->size = out->bytes.size;
    recto_sha256(out->sha256, out->bytes.data, out->bytes.size);
    recto_source_options source_opt = {.passwords = opt->passwords,
                                       .n_passwords = opt->n_passwords,
                                       .dpi = opt->dpi,
                                       .max_pixels = opt->max_pixels,
                                       .max_pages = opt->max_pages};
    return recto_source_open(&out->source, out->bytes.data, out->bytes.size, &source_opt, err);
}

void recto_input_close(recto_input *in)
{
    recto_source_close(in->source);
    recto_bytes_close(&in->bytes);
    in->source = NULL;
}
