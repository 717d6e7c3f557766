#include "vision/pdf_memory.h"

#include <stdlib.h>

/* In front of every block: its size, so that the sum is known, and its neighbours, so that what
 * MuPDF forgets on its error paths is freed with the document. */
typedef struct recto_pdf_block {
    struct recto_pdf_block *prev, *next;
    size_t size;
    size_t unused; /* keeps the block behind it aligned */
} block;

static void unlink_block(recto_pdf_doc *d, block *b)
{
    if (b->prev != NULL)
        b->prev->next = b->next;
    else
        d->blocks = b->next;
    if (b->next != NULL)
        b->next->prev = b->prev;
    d->used_bytes -= b->size;
}

static void link_block(recto_pdf_doc *d, block *b, size_t size)
{
    b->prev = NULL;
    b->next = d->blocks;
    b->size = size;
    if (b->next != NULL)
        b->next->prev = b;
    d->blocks = b;
    d->used_bytes += size;
}

void *recto_pdf_memory_alloc(void *user, size_t size)
{
    recto_pdf_doc *d = user;
    if (size > RECTO_PDF_MEMORY_MAX - d->used_bytes) {
        d->refused = true;
        return NULL;
    }
    block *b = malloc(size + sizeof *b);
    if (b == NULL)
        return NULL;
    link_block(d, b, size);
    return b + 1;
}

void recto_pdf_memory_free(void *user, void *old)
{
    if (old == NULL)
        return;
    block *b = (block *)old - 1;
    unlink_block(user, b);
    free(b);
}

void *recto_pdf_memory_resize(void *user, void *old, size_t size)
{
    recto_pdf_doc *d = user;
    if (old == NULL)
        return recto_pdf_memory_alloc(user, size);
    block *b = (block *)old - 1;
    size_t before = b->size;
    if (size > before && size - before > RECTO_PDF_MEMORY_MAX - d->used_bytes) {
        d->refused = true;
        return NULL;
    }
    unlink_block(d, b);
    block *grown = realloc(b, size + sizeof *b);
    if (grown == NULL) {
        link_block(d, b, before);
        return NULL;
    }
    link_block(d, grown, size);
    return grown + 1;
}

void recto_pdf_memory_free_all(recto_pdf_doc *d)
{
    while (d->blocks != NULL)
        recto_pdf_memory_free(d, d->blocks + 1);
}
