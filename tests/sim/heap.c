/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * heap: memory of a process that runs schedules, in place of the C library's. A schedule asks for
 * some two million pieces, most of them small and SQLite's; one thread, a list of free pieces per
 * size and nothing ever given back make that cheap, and large pages spare the kernel's part of it.
 *
 * Before each piece stands its class in 16 bytes. Sanitizers bring a heap of their own.
 */
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define STEP ((size_t)16)
#define SMALL ((size_t)1024)         /* up to here a class for each STEP, then 4 per doubling */
#define SMALL_CLASSES (SMALL / STEP) /* class n: n + 1 steps */
#define CLASSES 192
#define BLOCK ((size_t)32 << 20)
#define LARGE_PAGE ((size_t)2 << 20)
#define NEVER_AGAIN UINT32_MAX /* class of a piece that free leaves alone */

struct piece {
    uint32_t class;
    uint32_t n;         /* of a piece of NEVER_AGAIN */
    struct piece *next; /* when free */
};

static struct piece *free_pieces[CLASSES];
static uint8_t *at, *end;

static uint32_t class_of(size_t n)
{
    if (n <= SMALL)
        return n ? (uint32_t)((n - 1) / STEP) : 0;
    unsigned top = 63 - (unsigned)__builtin_clzll(n - 1); /* 2^top <= n - 1 < 2^(top + 1) */
    return (uint32_t)(SMALL_CLASSES + 4 * (top - 10) + ((n - 1) >> (top - 2) & 3));
}

static size_t size_of(uint32_t class)
{
    if (class < SMALL_CLASSES)
        return (class + 1) * STEP;
    unsigned top = 10 + (class - SMALL_CLASSES) / 4, quarter = (class - SMALL_CLASSES) % 4;
    return ((size_t)1 << top) + ((size_t)(quarter + 1) << (top - 2));
}

static void *take_new(size_t n)
{
    n = (n + STEP - 1) / STEP * STEP;
    if ((size_t)(end - at) < n) {
        size_t size = (n > BLOCK ? n : BLOCK) + LARGE_PAGE;
        uint8_t *block = mmap(NULL, size, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (block == MAP_FAILED)
            return NULL;
        end = block + size;
        at = (uint8_t *)(((uintptr_t)block + LARGE_PAGE - 1) & ~(uintptr_t)(LARGE_PAGE - 1));
        madvise(at, (size_t)(end - at), MADV_HUGEPAGE);
    }
    uint8_t *p = at;
    at += n;
    return p;
}

static void *take(size_t n)
{
    if (n > SIZE_MAX / 4) {
        errno = ENOMEM;
        return NULL;
    }
    uint32_t class = class_of(n);
    struct piece *piece = free_pieces[class];
    if (piece) {
        free_pieces[class] = piece->next;
    } else {
        piece = take_new(sizeof(*piece) + size_of(class));
        if (!piece) {
            errno = ENOMEM;
            return NULL;
        }
        piece->class = class;
    }
    return piece + 1;
}

void *malloc(size_t n)
{
    return take(n);
}

void free(void *p)
{
    struct piece *piece = (struct piece *)p - 1;
    if (!p || piece->class == NEVER_AGAIN)
        return;
    piece->next = free_pieces[piece->class];
    free_pieces[piece->class] = piece;
}

void *calloc(size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n)) {
        errno = ENOMEM;
        return NULL;
    }
    void *p = take(n);
    return p ? memset(p, 0, n) : NULL;
}

size_t malloc_usable_size(void *p)
{
    const struct piece *piece = (struct piece *)p - 1;
    return !p ? 0 : piece->class == NEVER_AGAIN ? piece->n : size_of(piece->class);
}

void *realloc(void *p, size_t n)
{
    size_t have = malloc_usable_size(p);
    if (p && n <= have && n > have / 4)
        return p;
    void *q = take(n);
    if (p && q)
        memcpy(q, p, n < have ? n : have);
    if (q)
        free(p);
    return q;
}

void *memalign(size_t alignment, size_t n)
{
    uint8_t *p = take_new(n + alignment + sizeof(struct piece));
    if (!p)
        return NULL;
    p += sizeof(struct piece);
    p += (alignment - (uintptr_t)p % alignment) % alignment;
    ((struct piece *)(void *)p - 1)->class = NEVER_AGAIN;
    ((struct piece *)(void *)p - 1)->n = (uint32_t)n;
    return p;
}

void *aligned_alloc(size_t alignment, size_t n)
{
    return memalign(alignment, n);
}

int posix_memalign(void **out, size_t alignment, size_t n)
{
    *out = memalign(alignment, n);
    return *out ? 0 : ENOMEM;
}
#else
typedef int no_heap_of_our_own;
#endif
