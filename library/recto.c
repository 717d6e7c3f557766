/* Version and names of codes. */
#include "library/recto.h"

const char *recto_version(void)
{
    return RECTO_VERSION;
}

int recto_version_number(void)
{
    return RECTO_VERSION_NUMBER;
}

const char *recto_code_name(recto_code code)
{
    static const char *const names[] = {"ok",     "nomem",       "io",        "output", "argument",
                                        "format", "unsupported", "encrypted", "limit",  "model",
                                        "device", "cancelled",   "timeout",   "crash"};
    size_t i = (size_t)code;
    return i < sizeof names / sizeof *names ? names[i] : "unknown";
}
