#include "pipeline/trace.h"

#include "pipeline/input.h"
#include "pipeline/vlm_start.h"
#include <sys/stat.h>

/* An input is never overwritten. */
static recto_status check_target(const char *path, const char *image, recto_error *err)
{
    struct stat out, in;
    if (stat(path, &out) != 0 || stat(image, &in) != 0 || out.st_dev != in.st_dev ||
        out.st_ino != in.st_ino)
        return RECTO_OK;
    return recto_error_set(err, RECTO_ERR_OUTPUT,
                           "the trace '%s' would overwrite the image; give -o another file", path);
}

static recto_status open_picture(recto_image **out, const char *path, const recto_options *opt,
                                 recto_error *err)
{
    recto_input input;
    recto_deadline deadline = {.stop = opt->stop, .user = opt->user};
    recto_status st = recto_input_open(&input, path, opt, &deadline, err);
    if (st == RECTO_OK)
        st = recto_source_page_picture(out, input.source, 0, recto_options_dpi(opt), err);
    recto_input_close(&input);
    return st == RECTO_OK ? st : recto_error_prefix(err, st, "%s: ", path);
}

recto_status recto_trace_image(const char *model, const char *image, const char *path,
                               const char *prompt, const recto_options *opt, recto_error *err)
{
    recto_image *picture = NULL;
    recto_vlm *vlm = NULL;
    const recto_vlm_job job = {.task = RECTO_VLM_DOCUMENT,
                               .text = prompt,
                               .system = opt->vlm.system,
                               .think = opt->vlm.think,
                               .min_tiles = opt->vlm.min_tiles,
                               .max_tiles = opt->vlm.max_tiles,
                               .max_tokens = opt->vlm.max_tokens,
                               .stop = opt->stop,
                               .user = opt->user};
    recto_status st = check_target(path, image, err);
    if (st == RECTO_OK)
        st = open_picture(&picture, image, opt, err);
    if (st == RECTO_OK)
        st = recto_vlm_start(&vlm, model, &job, opt, err);
    if (st == RECTO_OK)
        st = recto_vlm_trace(vlm, picture, &job, path, err);
    recto_vlm_close(vlm);
    recto_image_free(picture);
    return st;
}
