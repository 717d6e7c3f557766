/* The float32 kernels that are written once, for AVX-512. */
#if defined(__x86_64__)
#define FLASH recto_cpu_avx512_flash_f32
#define ROWS  recto_cpu_avx512_rows
#include "kernels/cpu_flash_kernel.h"
#include "kernels/cpu_rows_kernel.h"
#else
typedef int recto_cpu_avx512_f32_not_here;
#endif
