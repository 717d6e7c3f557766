/* Priors: any bytes either fail, or answer every context with a finite logarithm of a probability.
 */
#include "text/prior.h"

#include <math.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const recto_prior_context contexts[] = {0, 1, 0x0102, 0x010203, 0xffffffffu, 0x21};
    recto_prior *p = NULL;

    if (recto_prior_load(&p, data, size, 202, NULL) == RECTO_OK) {
        for (size_t i = 0; i < sizeof contexts / sizeof contexts[0]; i++) {
            const recto_prior_place place = recto_prior_find(p, contexts[i]);
            for (int cls = 0; cls < 202; cls++) {
                const float ln = recto_prior_log(p, &place, cls);
                if (!(ln <= 0.0f) || !isfinite(ln))
                    abort();
            }
        }
    }
    recto_prior_free(p);
    return 0;
}
