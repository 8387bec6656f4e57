/* SPDX-License-Identifier: MulanPSL-2.0 */
/* slice: borrowed bytes. Whoever hands one out says how long it stays valid. */
#ifndef SHARED_BASE_SLICE_H
#define SHARED_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *p; /* may be NULL when n == 0 */
    size_t n;
};

#define SLICE_NONE ((struct slice){0})

static inline struct slice slice_of(const void *p, size_t n)
{
    return (struct slice){(const uint8_t *)p, n};
}

static inline struct slice slice_str(const char *s)
{
    return (struct slice){(const uint8_t *)s, strlen(s)};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.n == b.n && (a.n == 0 || a.p == b.p || memcmp(a.p, b.p, a.n) == 0);
}

/* Takes the text before the next newline off *rest, and the newline; false: there is none. */
static inline bool slice_take_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    if (!end)
        return false;
    *line = slice_of(rest->p, (size_t)(end - rest->p));
    *rest = slice_of(end + 1, rest->n - line->n - 1);
    return true;
}

/* Without blanks, tabs and line ends at both ends. */
static inline struct slice slice_trim(struct slice s)
{
    static const char space[] = " \t\r\n";
    while (s.n && memchr(space, s.p[0], sizeof(space) - 1))
        s = slice_of(s.p + 1, s.n - 1);
    while (s.n && memchr(space, s.p[s.n - 1], sizeof(space) - 1))
        s.n--;
    return s;
}

/* Bytewise order, a prefix before what it begins. */
static inline int slice_compare(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

#endif
