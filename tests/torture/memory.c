/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * memory: the N-th allocation of a program fails (LD_PRELOAD), whoever asks: our own code, SQLite,
 * libcurl, jansson, libuv. Counted from main on: what libraries do while they are loaded is not
 * ours to survive.
 *
 *   HUCE_MEMORY_FAIL=N:once|stay   that allocation fails (and all after it)
 *   HUCE_MEMORY_COUNT=/file        at the end of the process: how many there were
 *
 * glibc's own names for its allocator are called, so that nothing has to be looked up before the
 * first allocation.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

typedef int main_function(int argc, char **argv, char **environment);

static atomic_ulong count;
static unsigned long fail_at;
static bool fail_stays, counting;
static const char *count_path;
static main_function *real_main;

static bool fails(void)
{
    if (!counting)
        return false;
    unsigned long n = atomic_fetch_add(&count, 1) + 1;
    if (!fail_at || (fail_stays ? n < fail_at : n != fail_at))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **out, size_t alignment, size_t size)
{
    void *p = fails() ? NULL : __libc_memalign(alignment, size);
    if (!p)
        return ENOMEM;
    *out = p;
    return 0;
}

__attribute__((destructor)) static void write_count(void)
{
    char text[32];
    counting = false;
    if (!count_path)
        return;
    int fd = open(count_path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    int n = snprintf(text, sizeof(text), "%lu\n", atomic_load(&count));
    if (fd >= 0)
        (void)!write(fd, text, (size_t)n);
    close(fd);
}

static int counted_main(int argc, char **argv, char **environment)
{
    counting = true;
    int code = real_main(argc, argv, environment);
    counting = false;
    return code;
}

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end);

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void),
                      void (*fini)(void), void (*rtld_fini)(void), void *stack_end)
{
    typedef int start(main_function *, int, char **, void (*)(void), void (*)(void), void (*)(void),
                      void *);
    const char *fail = getenv("HUCE_MEMORY_FAIL");
    start *next = NULL;
    void *found = dlsym(RTLD_NEXT, "__libc_start_main");
    memcpy(&next, &found, sizeof(next));
    count_path = getenv("HUCE_MEMORY_COUNT");
    if (fail) {
        fail_at = strtoul(fail, NULL, 10);
        fail_stays = strstr(fail, ":stay") != NULL;
    }
    real_main = main;
    return next(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
