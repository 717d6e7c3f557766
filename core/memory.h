/* How much memory this process may still take. */
#ifndef RECTO_CORE_MEMORY_H
#define RECTO_CORE_MEMORY_H

#include <stdint.h>

/**
 * Bytes that can be had without swapping: the least of the system's MemAvailable, what the control
 * group leaves and what RLIMIT_AS leaves.  UINT64_MAX if nothing is known.
 */
uint64_t recto_memory_available(void);

#endif
