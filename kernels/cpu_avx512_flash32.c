/* cpu_flash_kernel.h for float32 with AVX-512. */
#if defined(__x86_64__)
#define FLASH recto_cpu_avx512_flash_f32
#include "kernels/cpu_flash_kernel.h"
#else
typedef int recto_cpu_avx512_flash32_not_here;
#endif
