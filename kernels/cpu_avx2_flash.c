/* cpu_flash_kernel.h for float32 with AVX2. */
#if defined(__x86_64__)
#define FLASH recto_cpu_avx2_flash_f32
#include "kernels/cpu_flash_kernel.h"
#else
typedef int recto_cpu_avx2_flash_not_here;
#endif
