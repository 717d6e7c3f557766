/* cpu_flash_kernel.h for AVX-512 BF16. */
#if defined(__x86_64__)
#define FLASH recto_cpu_avx512_flash_bf16
#define FLASH_BF16
#include "kernels/cpu_flash_kernel.h"
#else
typedef int recto_cpu_avx512_flash_not_here;
#endif
