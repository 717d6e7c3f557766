/* What this process may still take of the machine: memory and processors. */
#ifndef RECTO_CORE_MEMORY_H
#define RECTO_CORE_MEMORY_H

#include <stdint.h>

/**
 * Bytes that can be had without swapping: the least of the system's MemAvailable, what the control
 * group leaves and what RLIMIT_AS leaves.  UINT64_MAX if nothing is known.
 */
uint64_t recto_memory_available(void);

/** Bytes of this process that lie in memory now, mapped files included; 0 if unknown. */
uint64_t recto_memory_resident(void);

/** Processors this process may use: its affinity, cut to what the control group grants; at least 1.
 */
int recto_memory_cores(void);

#endif
