/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * mem: allocation on malloc, and arenas as a chain of blocks, newest first.
 *
 * Blocks double from 4 KiB up to 256 KiB, so that a small arena stays small and a large one asks
 * the allocator rarely; a request larger than that gets a block of its own size.
 */
#include "shared/base/mem.h"

#include "shared/base/check.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#define GROW_MIN 8
#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)256 * 1024)
#define ALIGNMENT ((size_t)16)

static _Noreturn void out_of_memory(size_t size)
{
    fprintf(stderr, "out of memory: %zu bytes were asked for. All confirmed saves are kept.\n",
            size);
    abort();
}

void *mem_alloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p)
        out_of_memory(size);
    return p;
}

void *mem_zero_alloc(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        out_of_memory(count * size);
    return p;
}

void *mem_resize(void *p, size_t size)
{
    void *q = realloc(p, size ? size : 1);
    if (!q)
        out_of_memory(size);
    return q;
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

char *mem_printf(const char *format, ...)
{
    va_list args;
    char *text;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        out_of_memory(strlen(format));
    return text;
}

void mem_free(void *p)
{
    free(p);
}

/* Left alone, glibc raises its own thresholds to the size of each large block that is freed, and
 * keeps such blocks from then on. Blocks of an arena stay below ours: work in batches needs the
 * same pages again in a moment, and fetching them from the system anew costs more than the work. */
void mem_frugal(void)
{
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 8 * BLOCK_MAX);
    mallopt(M_TRIM_THRESHOLD, 64 * BLOCK_MAX);
#endif
}

void mem_rest(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

void *mem_grow(void *array, size_t *capacity, size_t need, size_t size)
{
    if (array && need <= *capacity)
        return array;
    size_t count = *capacity + *capacity / 2;
    if (count < need)
        count = need;
    if (count < GROW_MIN)
        count = GROW_MIN;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        out_of_memory(SIZE_MAX);
    *capacity = count;
    return mem_resize(array, bytes);
}

struct arena_block {
    struct arena_block *older;
    size_t size; /* of data */
    _Alignas(ALIGNMENT) uint8_t data[];
};

static void add_block(struct arena *arena, size_t need)
{
    size_t size = arena->block ? arena->block->size * 2 : BLOCK_MIN;
    if (size > BLOCK_MAX)
        size = BLOCK_MAX;
    if (size < need)
        size = need;
    if (size > SIZE_MAX - sizeof(struct arena_block))
        out_of_memory(size);
    struct arena_block *block = mem_alloc(sizeof(*block) + size);
    block->older = arena->block;
    block->size = size;
    arena->block = block;
    arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        out_of_memory(size);
    size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded == 0)
        rounded = ALIGNMENT; /* two results are never the same address */
    if (!arena->block || arena->block->size - arena->used < rounded)
        add_block(arena, rounded);
    void *p = arena->block->data + arena->used;
    arena->used += rounded;
    arena->total += size;
    return p;
}

void *arena_copy(struct arena *arena, const void *p, size_t size)
{
    void *copy = arena_alloc(arena, size);
    if (size)
        memcpy(copy, p, size);
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    char small[256];
    int n = vsnprintf(small, sizeof(small), format, args);
    CHECK(n >= 0);
    char *text = arena_alloc(arena, (size_t)n + 1);
    if ((size_t)n < sizeof(small))
        memcpy(text, small, (size_t)n + 1);
    else
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *older = block->older;
        mem_free(block);
        block = older;
    }
}

void arena_reset(struct arena *arena)
{
    if (arena->block) {
        free_blocks(arena->block->older);
        arena->block->older = NULL;
    }
    arena->used = 0;
    arena->total = 0;
}

void arena_release(struct arena *arena)
{
    free_blocks(arena->block);
    *arena = (struct arena){0};
}
