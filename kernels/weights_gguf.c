/* The tensors of a GGUF file, which recto_gguf_open has checked, into the set. */
#include "kernels/gguf_file.h"
#include "kernels/weights_set.h"

recto_status recto_weights_add_gguf(recto_weights *w, const recto_gguf *g, recto_error *err)
{
    return recto_weights_merge(w, g->tensors, g->n_tensors, NULL, err);
}
