/* cpu_flash_kernel.h for float32 on any CPU. */
#define FLASH recto_cpu_flash_plain
#include "kernels/cpu_flash_kernel.h"
