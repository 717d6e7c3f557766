/* The float32 kernels that are written once, for any CPU. */
#define FLASH recto_cpu_plain_flash
#define ROWS  recto_cpu_plain_rows
#include "kernels/cpu_flash_kernel.h"
#include "kernels/cpu_rows_kernel.h"
