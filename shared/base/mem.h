/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * mem: allocation that never returns NULL, and arenas for work that ends all at once.
 *
 * Huce is crash-only: when memory is truly gone the process ends with a message, exactly as if the
 * plug had been pulled, and every confirmed save is there at the next start. Input cannot bring
 * this about, because every size that comes from outside is checked against a stated limit first.
 *
 * Threads: all functions are safe from any thread; one arena belongs to one thread at a time.
 */
#ifndef SHARED_BASE_MEM_H
#define SHARED_BASE_MEM_H

#include <stddef.h>

void *mem_alloc(size_t size) __attribute__((malloc, returns_nonnull, alloc_size(1)));
void *mem_zero_alloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *mem_resize(void *p, size_t size) __attribute__((returns_nonnull));
char *mem_strdup(const char *s) __attribute__((malloc, returns_nonnull));
char *mem_printf(const char *format, ...)
    __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));
void mem_free(void *p);

/* Before the first allocation of a program that stays small: very large blocks that were freed go
 * back to the system at once, instead of waiting for a use that may be elsewhere; of the others at
 * most 16 MB wait for the next batch, or for mem_rest. */
void mem_frugal(void);
void mem_rest(void); /* gives free memory back to the system, where that can be done */

/* Makes room for at least `need` elements of `size` bytes; *capacity grows by half or more. */
void *mem_grow(void *array, size_t *capacity, size_t need, size_t size)
    __attribute__((returns_nonnull));

/* Bump allocator. The zero state is valid and empty. Memory is 16-byte aligned, not zeroed. */
struct arena {
    struct arena_block *block; /* newest first */
    size_t used;               /* of the newest block */
    size_t total;              /* bytes handed out since init or reset */
};

void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_copy(struct arena *arena, const void *p, size_t size) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((returns_nonnull, format(printf, 2, 3)));
void arena_reset(struct arena *arena);   /* keeps one block for the next round */
void arena_release(struct arena *arena); /* frees everything; back to the zero state */

#endif
