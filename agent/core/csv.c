/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * csv: bytes → UTF-8 → rows, each stage with a bounded buffer.
 *
 *   file ──64 KiB──▶ raw ──(iconv when GB18030)──▶ text ──▶ one row at a time
 *
 * Memory is bounded by the row limit, not by the file.
 */
#include "agent/core/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/base/buf.h"
#include "shared/base/mem.h"
#include "shared/codec/cbor.h"

#define RAW_SIZE (64 * 1024)
#define TEXT_MAX (4 * RAW_SIZE)

struct csv {
    int fd;
    iconv_t convert; /* (iconv_t)-1: the file is UTF-8 */
    uint64_t size, read_bytes;
    bool end_of_file;
    uint8_t raw[RAW_SIZE];
    size_t raw_count;
    struct buf text; /* UTF-8 not yet taken */
    size_t at;       /* in text */
    uint64_t line;
    struct buf row;      /* content of the current row's fields, one after another */
    struct error failed; /* ST_OK: nothing yet; nothing is read after the first error */
};

/* Fills raw; false at the end of the file. */
static enum status fill_raw(struct csv *csv, struct error *err)
{
    while (!csv->end_of_file && csv->raw_count < RAW_SIZE) {
        ssize_t got = read(csv->fd, csv->raw + csv->raw_count, RAW_SIZE - csv->raw_count);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(err, ST_IO, "读文件时出错：%s", strerror(errno));
        if (got == 0)
            csv->end_of_file = true;
        csv->raw_count += (size_t)got;
        csv->read_bytes += (uint64_t)got;
    }
    return ST_OK;
}

static void drop_raw(struct csv *csv, size_t n)
{
    memmove(csv->raw, csv->raw + n, csv->raw_count - n);
    csv->raw_count -= n;
}

/* The longest prefix that does not end inside a UTF-8 character. */
static size_t whole_characters(const uint8_t *p, size_t n)
{
    size_t back = 0;
    while (back < 3 && back < n && (p[n - 1 - back] & 0xC0) == 0x80)
        back++;
    if (back == n)
        return n;
    uint8_t lead = p[n - 1 - back];
    size_t need = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    return back + 1 < need ? n - back - 1 : n;
}

static unsigned long long newlines(const uint8_t *p, size_t from, size_t to)
{
    unsigned long long count = 0;
    for (size_t i = from; i < to; i++)
        count += p[i] == '\n';
    return count;
}

/* The line in which the text ends that is at hand. */
static unsigned long long last_line(const struct csv *csv)
{
    return csv->line + newlines(csv->text.p, csv->at, csv->text.n);
}

static enum status take_utf8(struct csv *csv, struct error *err)
{
    size_t n = csv->end_of_file ? csv->raw_count : whole_characters(csv->raw, csv->raw_count);
    if (!utf8_valid(slice_of(csv->raw, n))) {
        size_t good = 0; /* lines before the one that is wrong */
        for (const uint8_t *end; (end = memchr(csv->raw + good, '\n', n - good)) &&
                                 utf8_valid(slice_of(csv->raw, (size_t)(end - csv->raw)));)
            good = (size_t)(end - csv->raw) + 1;
        return error_set(err, ST_INVALID,
                         "第 %llu 行不是有效的 UTF-8 文字；请用 Excel 另存为“CSV UTF-8”",
                         last_line(csv) + newlines(csv->raw, 0, good));
    }
    buf_put(&csv->text, csv->raw, n);
    drop_raw(csv, n);
    return ST_OK;
}

static enum status take_converted(struct csv *csv, struct error *err)
{
    char *in = (char *)csv->raw;
    size_t in_left = csv->raw_count;
    while (in_left > 0) {
        char piece[RAW_SIZE];
        char *out = piece;
        size_t out_left = sizeof(piece);
        size_t r = iconv(csv->convert, &in, &in_left, &out, &out_left);
        int why = errno;
        buf_put(&csv->text, piece, sizeof(piece) - out_left);
        if (r != (size_t)-1)
            break;
        if (why == EINVAL && !csv->end_of_file)
            break; /* a character cut in two: the rest comes with the next read */
        if (why != E2BIG)
            return error_set(err, ST_INVALID,
                             "第 %llu 行的文字既不是 UTF-8 也不是 GB18030；请用 Excel "
                             "另存为“CSV UTF-8”",
                             last_line(csv));
    }
    drop_raw(csv, csv->raw_count - in_left);
    return ST_OK;
}

/* More text; *none = true when there is no more. */
static enum status fill_text(struct csv *csv, bool *none, struct error *err)
{
    if (csv->at > 0) {
        memmove(csv->text.p, csv->text.p + csv->at, csv->text.n - csv->at);
        csv->text.n -= csv->at;
        csv->at = 0;
    }
    size_t before = csv->text.n;
    enum status st = fill_raw(csv, err);
    if (st == ST_OK)
        st = csv->convert == (iconv_t)-1 ? take_utf8(csv, err) : take_converted(csv, err);
    if (st == ST_OK && !buf_ok(&csv->text))
        st = error_set(err, ST_LIMIT, "第 %llu 行太长", (unsigned long long)csv->line);
    *none = csv->text.n == before;
    return st;
}

/* Characters beyond ASCII that are UTF-8, and bytes that are not. */
static void count_utf8(const uint8_t *p, size_t n, size_t *good, size_t *bad)
{
    *good = *bad = 0;
    for (size_t i = 0; i < n;) {
        size_t length = p[i] < 0x80 ? 1 : p[i] >= 0xF0 ? 4 : p[i] >= 0xE0 ? 3 : 2;
        bool whole = length <= n - i && utf8_valid(slice_of(p + i, length));
        *good += whole && length > 1;
        *bad += !whole;
        i += whole ? length : 1;
    }
}

/* Are these bytes characters, but for one that the end may cut in two? */
static bool converts(iconv_t convert, uint8_t *p, size_t n)
{
    char *in = (char *)p;
    bool wrong = false;
    while (n > 0 && !wrong) {
        char piece[4096];
        char *out = piece;
        size_t left = sizeof(piece);
        if (iconv(convert, &in, &n, &out, &left) == (size_t)-1 && errno != E2BIG) {
            wrong = errno != EINVAL;
            break;
        }
    }
    iconv(convert, NULL, NULL, NULL, NULL);
    return !wrong;
}

/* GB18030 reads almost any bytes as some characters, so UTF-8 with a slip in it must not be taken
 * for that: all of it would be garbled, and nobody told. Chinese in GB18030 hardly ever looks like
 * UTF-8. */
static enum status choose_encoding(struct csv *csv, const char *path, struct error *err)
{
    size_t good, bad;
    count_utf8(csv->raw,
               csv->end_of_file ? csv->raw_count : whole_characters(csv->raw, csv->raw_count),
               &good, &bad);
    if (bad <= good / 10)
        return ST_OK;
    csv->convert = iconv_open("UTF-8", "GB18030");
    if (csv->convert == (iconv_t)-1)
        return error_set(err, ST_IO, "这台机器不能转换 GB18030；请把 %s 另存为 UTF-8", path);
    if (bad < good && !converts(csv->convert, csv->raw, csv->raw_count)) {
        iconv_close(csv->convert); /* neither: then it is the one that fits better */
        csv->convert = (iconv_t)-1;
    }
    return ST_OK;
}

enum status csv_open(const char *path, struct csv **out, struct error *err)
{
    *out = NULL;
    struct csv *csv = mem_zero_alloc(1, sizeof(*csv));
    csv->convert = (iconv_t)-1;
    csv->line = 1;
    buf_init(&csv->text, TEXT_MAX);
    buf_init(&csv->row, CSV_ROW_MAX);
    buf_reserve(&csv->row, 1); /* fields are cut out of it, empty ones too */
    csv->fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    enum status st = ST_OK;
    if (csv->fd < 0)
        st = error_set(err, errno == ENOENT ? ST_NOT_FOUND : ST_IO, "打不开文件 %s：%s", path,
                       strerror(errno));
    struct stat info;
    if (st == ST_OK && fstat(csv->fd, &info) == 0 && S_ISREG(info.st_mode))
        csv->size = (uint64_t)info.st_size;
    if (st == ST_OK)
        st = fill_raw(csv, err);
    if (st == ST_OK && csv->raw_count >= 3 && memcmp(csv->raw, "\xEF\xBB\xBF", 3) == 0)
        drop_raw(csv, 3);
    else if (st == ST_OK)
        st = choose_encoding(csv, path, err);
    if (st == ST_OK)
        *out = csv;
    else
        csv_close(csv);
    return st;
}

void csv_close(struct csv *csv)
{
    if (!csv)
        return;
    if (csv->fd >= 0)
        close(csv->fd);
    if (csv->convert != (iconv_t)-1)
        iconv_close(csv->convert);
    buf_release(&csv->text);
    buf_release(&csv->row);
    mem_free(csv);
}

/* Next byte without taking it; -1 at the end of the file, -2 after an error. */
static int peek(struct csv *csv, struct error *err)
{
    while (csv->at == csv->text.n) {
        bool none;
        if (fill_text(csv, &none, err) != ST_OK)
            return -2;
        if (none && csv->end_of_file && csv->raw_count == 0)
            return -1;
        if (none && csv->end_of_file) {
            error_set(err, ST_INVALID, "文件最后一个字不完整");
            return -2;
        }
    }
    return csv->text.p[csv->at];
}

/* Bytes here that are content whatever surrounds them: up to what ends a field, or a line. */
static size_t plain_bytes(const struct csv *csv, bool quoted)
{
    if (csv->at == csv->text.n)
        return 0;
    const uint8_t *p = csv->text.p + csv->at, *start = p, *end = csv->text.p + csv->text.n;
    if (quoted)
        while (p < end && *p != '"' && *p != '\n')
            p++;
    else
        while (p < end && *p != ',' && *p != '\n' && *p != '\r')
            p++;
    return (size_t)(p - start);
}

/* One field into csv->row; *last = it ended its row. */
static enum status read_field(struct csv *csv, bool *last, uint64_t row_line, struct error *err)
{
    size_t start = csv->row.n;
    bool quoted = false;
    int c = peek(csv, err);
    if (c == -2)
        return err->status;
    if (c == '"') {
        quoted = true;
        csv->at++;
    }
    for (;;) {
        size_t n = plain_bytes(csv, quoted);
        buf_put(&csv->row, csv->text.p + csv->at, n);
        csv->at += n;
        if (csv->row.n - start > CSV_FIELD_MAX || !buf_ok(&csv->row))
            return error_set(err, ST_LIMIT, "第 %llu 行：内容太长", (unsigned long long)row_line);
        c = peek(csv, err);
        if (c == -2)
            return err->status;
        if (c == -1 && quoted)
            return error_set(err, ST_INVALID, "第 %llu 行：引号没有结束",
                             (unsigned long long)row_line);
        if (c == -1)
            break;
        if (quoted && c == '"') {
            csv->at++;
            c = peek(csv, err);
            if (c != '"') {
                quoted = false;
                if (c != ',' && c != '\r' && c != '\n' && c != -1)
                    return error_set(err, ST_INVALID, "第 %llu 行：引号后面应当是逗号或行尾",
                                     (unsigned long long)csv->line);
                continue;
            }
        } else if (!quoted && (c == ',' || c == '\n' || c == '\r'))
            break;
        if (c == '\n')
            csv->line++;
        buf_put_u8(&csv->row, (uint8_t)c);
        csv->at++;
    }
    *last = c != ',';
    if (c != -1)
        csv->at++;
    if (c == '\r' && (c = peek(csv, err)) == '\n')
        csv->at++;
    if (c == -2)
        return err->status;
    if (*last)
        csv->line++;
    return ST_OK;
}

/* A row that lies whole in `text` and needs no taking apart: no quotes, a plain end of line, not
 * blank. Its fields are handed out where they stand. False, and nothing taken: read it the long
 * way. */
static bool read_plain_row(struct csv *csv, struct csv_row *row)
{
    const uint8_t *p = csv->text.p + csv->at, *end = csv->text.p + csv->text.n, *start = p;
    if (csv->text.n - csv->at > CSV_FIELD_MAX)
        end = p + CSV_FIELD_MAX;
    size_t count = 0;
    for (;; p++) {
        if (p == end || *p == '\r' || (*p == '"' && p == start))
            return false;
        if (*p != ',' && *p != '\n')
            continue;
        if (count == CSV_COLUMNS_MAX)
            return false;
        row->fields[count++] = slice_of(start, (size_t)(p - start));
        start = p + 1;
        if (*p == '\n')
            break;
    }
    if (count == 1 && row->fields[0].n == 0)
        return false;
    row->count = count;
    row->line = csv->line++;
    csv->at = (size_t)(start - csv->text.p);
    return true;
}

static enum status read_row(struct csv *csv, struct csv_row *row, bool *more, struct error *err)
{
    size_t ends[CSV_COLUMNS_MAX];
    do {
        int c = peek(csv, err);
        if (c < 0)
            return c == -1 ? ST_OK : err->status;
        *more = read_plain_row(csv, row);
        if (*more)
            return ST_OK;
        buf_clear(&csv->row);
        row->line = csv->line;
        row->count = 0;
        for (bool last = false; !last;) {
            if (row->count == CSV_COLUMNS_MAX)
                return error_set(err, ST_LIMIT, "第 %llu 行：超过 %d 列",
                                 (unsigned long long)row->line, CSV_COLUMNS_MAX);
            enum status st = read_field(csv, &last, row->line, err);
            if (st != ST_OK)
                return st;
            ends[row->count++] = csv->row.n;
        }
    } while (row->count == 1 && ends[0] == 0); /* a blank line */
    size_t start = 0;
    for (size_t i = 0; i < row->count; i++) {
        row->fields[i] = slice_of(csv->row.p + start, ends[i] - start);
        start = ends[i];
    }
    *more = true;
    return ST_OK;
}

enum status csv_next(struct csv *csv, struct csv_row *row, bool *more, struct error *err)
{
    *more = false;
    enum status st = csv->failed.status;
    if (st == ST_OK)
        st = read_row(csv, row, more, &csv->failed);
    if (st != ST_OK && err)
        *err = csv->failed;
    return st;
}

double csv_progress(const struct csv *csv)
{
    return csv->size ? (double)(csv->read_bytes - csv->raw_count) / (double)csv->size : 0;
}

void csv_put(struct buf *out, struct slice text, bool first)
{
    if (!first)
        buf_put_u8(out, ',');
    bool quote = text.n && (memchr(text.p, ',', text.n) || memchr(text.p, '"', text.n) ||
                            memchr(text.p, '\n', text.n) || memchr(text.p, '\r', text.n));
    if (!quote) {
        buf_put_slice(out, text);
        return;
    }
    buf_put_u8(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            buf_put_u8(out, '"');
        buf_put_u8(out, text.p[i]);
    }
    buf_put_u8(out, '"');
}
