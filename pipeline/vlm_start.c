#include "pipeline/vlm_start.h"

#include "pipeline/model_find.h"

recto_status recto_vlm_start(recto_vlm **out, const char *name, const recto_vlm_job *job,
                             const recto_options *opt, recto_error *err)
{
    recto_vlm *vlm = NULL;
    recto_vlm_source source = {.mmproj = opt->vlm.mmproj};
    *out = NULL;
    recto_arena *a = recto_arena_new(0, 0);
    if (a == NULL)
        return recto_error_set(err, RECTO_ERR_NOMEM, "out of memory");
    recto_status st = recto_model_find_vlm(&source.path, name, a, err);
    if (st == RECTO_OK)
        st = recto_vlm_open(&vlm, &source, NULL, err);
    if (st == RECTO_OK) {
        const recto_vlm_load_options load = {.kind = opt->vlm.kind,
                                             .n_positions = recto_vlm_positions(vlm, job),
                                             .stop = opt->stop,
                                             .user = opt->user};
        st = recto_vlm_load(vlm, &load, err);
    }
    recto_arena_free(a);
    if (st != RECTO_OK) {
        recto_vlm_close(vlm);
        return recto_error_prefix(err, st, "model: ");
    }
    *out = vlm;
    return RECTO_OK;
}
