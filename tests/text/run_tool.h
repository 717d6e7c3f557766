/* Runs a consumer of our outputs on some text: the text in a file, the tool's standard output back.
 */
#ifndef RECTO_TESTS_RUN_TOOL_H
#define RECTO_TESTS_RUN_TOOL_H

#include "core/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Whether a shell finds the program; says so if not. */
static inline bool run_tool_is_there(const char *name)
{
    char command[200];
    snprintf(command, sizeof command, "command -v %s > /dev/null 2>&1", name);
    if (system(command) == 0)
        return true;
    printf("skipped: %s is not installed\n", name);
    return false;
}

/* command ends where the file's name is to stand; returns its exit status, -1 if it did not run. */
static inline int run_tool(recto_buf *out, const char *command, const char *text, size_t len)
{
    char path[] = "/tmp/recto-tool-XXXXXX";
    char line[600];
    char block[4096];
    size_t n;
    int fd = mkstemp(path);
    FILE *in = fd < 0 ? NULL : fdopen(fd, "wb");
    if (in == NULL)
        return -1;
    fwrite(text, 1, len, in);
    fclose(in);
    snprintf(line, sizeof line, "%s '%s'", command, path);
    FILE *tool = popen(line, "r");
    while (tool != NULL && (n = fread(block, 1, sizeof block, tool)) > 0)
        recto_buf_add(out, block, n);
    int rc = tool == NULL ? -1 : pclose(tool);
    unlink(path);
    return rc;
}

#endif
