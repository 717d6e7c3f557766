/* Folders. */
#ifndef RECTO_CORE_FOLDER_H
#define RECTO_CORE_FOLDER_H

#include "core/status.h"

/**
 * Make a folder and those above it, where they are missing (mode 0777 & ~umask), and see that it
 * can be written to.  Several processes may do so at once.  Errors: OUTPUT.
 */
RECTO_MUST_CHECK recto_status recto_folder_make(const char *path, recto_error *err);

#endif
