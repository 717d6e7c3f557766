/* MuPDF's memory: a cap, so that a bomb ends in an error and not in the kernel's hands, and a list,
 * so that what MuPDF forgets on its error paths is freed with the document.  Internal to vision/.
 */
#ifndef RECTO_VISION_PDF_MEMORY_H
#define RECTO_VISION_PDF_MEMORY_H

#include "vision/pdf_doc.h"

enum { RECTO_PDF_MEMORY_MAX = 1 << 30 }; /* bytes a document */

/** malloc, realloc and free for fz_alloc_context; user is the recto_pdf_doc, whose `refused` is set
 * when the cap is hit. */
void *recto_pdf_memory_alloc(void *user, size_t size);
void *recto_pdf_memory_resize(void *user, void *old, size_t size);
void recto_pdf_memory_free(void *user, void *old);
/** All that was allocated and not freed. */
void recto_pdf_memory_free_all(recto_pdf_doc *d);

#endif
