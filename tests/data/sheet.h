/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * A CSV file as RFC 4180 has it: header, rows of as many cells, CRLF; in UTF-8 or GB18030. It is
 * built in memory and written whole.
 */
#ifndef TESTS_DATA_SHEET_H
#define TESTS_DATA_SHEET_H

#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <string.h>

#include "tests/data/chance.h"

struct sheet {
    FILE *memory;
    char *bytes, *path;
    size_t size;
    int columns, cell;
};

static void sheet_open(struct sheet *s, const char *folder, const char *name, const char *header)
{
    memset(s, 0, sizeof *s);
    size_t n = strlen(folder) + strlen(name) + 6;
    s->path = malloc(n);
    s->memory = open_memstream(&s->bytes, &s->size);
    if (!s->path || !s->memory)
        fail("out of memory", NULL);
    snprintf(s->path, n, "%s/%s.csv", folder, name);
    s->columns = 1;
    for (const char *p = header; *p; p++)
        s->columns += *p == ',';
    fprintf(s->memory, "%s\r\n", header);
}

/* The row's next cell begins; its last one ends the row (RFC 4180). */
static void cell_before(struct sheet *s)
{
    if (s->cell++)
        putc(',', s->memory);
}

static void cell_after(struct sheet *s)
{
    if (s->cell == s->columns) {
        fputs("\r\n", s->memory);
        s->cell = 0;
    }
}

static void cell_text(struct sheet *s, const char *text)
{
    cell_before(s);
    if (strpbrk(text, ",\"\r\n")) {
        putc('"', s->memory);
        for (; *text; text++) {
            if (*text == '"')
                putc('"', s->memory);
            putc(*text, s->memory);
        }
        putc('"', s->memory);
    } else {
        fputs(text, s->memory);
    }
    cell_after(s);
}

static void cell_int(struct sheet *s, int64_t n)
{
    cell_before(s);
    fprintf(s->memory, "%" PRId64, n);
    cell_after(s);
}

static void cell_tenths(struct sheet *s, int n)
{
    cell_before(s);
    fprintf(s->memory, "%d.%d", n / 10, n % 10);
    cell_after(s);
}

static void cell_date(struct sheet *s, int32_t day)
{
    int y, m, d;
    cell_before(s);
    if (day != NEVER) {
        date_of(day, &y, &m, &d);
        fprintf(s->memory, "%04d-%02d-%02d", y, m, d);
    }
    cell_after(s);
}

static char *to_gb18030(const char *utf8, size_t n, size_t *out_n)
{
    size_t room = n * 2 + 16, left = room;
    char *out = malloc(room), *to = out, *from = (char *)utf8;
    iconv_t cd = iconv_open("GB18030", "UTF-8");
    if (!out || cd == (iconv_t)-1 || iconv(cd, &from, &n, &to, &left) == (size_t)-1 || n)
        fail("cannot write GB18030", NULL);
    iconv_close(cd);
    *out_n = room - left;
    return out;
}

static void sheet_close(struct sheet *s, bool gb18030)
{
    if (s->cell || fclose(s->memory))
        fail("a row is not complete", s->path);
    if (gb18030) {
        size_t n;
        char *converted = to_gb18030(s->bytes, s->size, &n);
        free(s->bytes);
        s->bytes = converted;
        s->size = n;
    }
    FILE *f = fopen(s->path, "wb");
    if (!f || fwrite(s->bytes, 1, s->size, f) != s->size || fclose(f))
        fail(strerror(errno), s->path);
    free(s->bytes);
    free(s->path);
}

#endif
