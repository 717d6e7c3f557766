/* Error records: bounded one-line messages.  A message may carry a file name, so control characters
 * are taken out here, once, and not in every caller. */
#include "core/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
    [RECTO_OK] = "ok",
    [RECTO_ERR_NOMEM] = "nomem",
    [RECTO_ERR_IO] = "io",
    [RECTO_ERR_OUTPUT] = "output",
    [RECTO_ERR_ARG] = "argument",
    [RECTO_ERR_FORMAT] = "format",
    [RECTO_ERR_UNSUPPORTED] = "unsupported",
    [RECTO_ERR_ENCRYPTED] = "encrypted",
    [RECTO_ERR_LIMIT] = "limit",
    [RECTO_ERR_MODEL] = "model",
    [RECTO_ERR_DEVICE] = "device",
    [RECTO_ERR_CANCELLED] = "cancelled",
    [RECTO_ERR_TIMEOUT] = "timeout",
    [RECTO_ERR_CRASH] = "crash",
};

const char *recto_status_name(recto_status code)
{
    size_t i = (size_t)code;
    return i < sizeof status_names / sizeof *status_names ? status_names[i] : "unknown";
}

/* One line without control characters, and no half UTF-8 sequence where the room ended. */
static void tidy(char msg[sizeof((recto_error *)0)->msg])
{
    size_t len = strlen(msg);
    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)msg[i] < 0x20 || msg[i] == 0x7f)
            msg[i] = '?';
    }
    size_t start = len;
    while (start > 0 && len - start < 4 && ((unsigned char)msg[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0 || (unsigned char)msg[start - 1] < 0xC0)
        return;
    unsigned char lead = (unsigned char)msg[start - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (len - (start - 1) < want)
        msg[start - 1] = '\0';
}

static void fill(recto_error *err, recto_status code, int sys, const char *fmt, va_list args)
{
    err->code = code;
    err->sys = sys;
    err->offset = UINT64_MAX;
    if (vsnprintf(err->msg, sizeof err->msg, fmt, args) < 0)
        err->msg[0] = '\0';
}

recto_status recto_error_set(recto_error *err, recto_status code, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    va_list args;
    va_start(args, fmt);
    fill(err, code, 0, fmt, args);
    va_end(args);
    tidy(err->msg);
    return code;
}

recto_status recto_error_sys(recto_error *err, recto_status code, int sys, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    va_list args;
    va_start(args, fmt);
    fill(err, code, sys, fmt, args);
    va_end(args);
    char why[96];
    if (strerror_r(sys, why, sizeof why) != 0)
        snprintf(why, sizeof why, "error %d", sys);
    size_t len = strlen(err->msg);
    snprintf(err->msg + len, sizeof err->msg - len, ": %s", why);
    tidy(err->msg);
    return code;
}

recto_status recto_error_prefix(recto_error *err, recto_status code, const char *fmt, ...)
{
    if (err == NULL)
        return code;
    char before[sizeof err->msg];
    char whole[2 * sizeof err->msg];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(before, sizeof before, fmt, args);
    va_end(args);
    if (n < 0)
        before[0] = '\0';
    snprintf(whole, sizeof whole, "%s%s", before, err->msg);
    snprintf(err->msg, sizeof err->msg, "%.*s", (int)sizeof err->msg - 1, whole);
    err->code = code;
    tidy(err->msg);
    return code;
}
