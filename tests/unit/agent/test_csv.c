/* SPDX-License-Identifier: MulanPSL-2.0 */
/* csv: what people's files look like. A file that is wrong somewhere ends there, says in which
 * line, and gives no row twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <unistd.h>

#include "agent/core/csv.h"
#include "shared/base/buf.h"
#include "shared/base/check.h"

#define PATH "test.csv"

static void write_file(const void *bytes, size_t n)
{
    FILE *f = fopen(PATH, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

/* Rows until the end or the first error; err.status tells which. */
static size_t count_rows(struct error *err)
{
    static struct csv_row row;
    struct csv *csv;
    size_t n = 0;
    bool more = true;
    *err = (struct error){0};
    enum status st = csv_open(PATH, &csv, err);
    while (st == ST_OK && (st = csv_next(csv, &row, &more, err)) == ST_OK && more)
        assert_true(++n < 100000);
    if (st != ST_OK) {
        struct error again;
        assert_int_equal(csv_next(csv, &row, &more, &again), st);
        assert_false(more);
        assert_string_equal(again.text, err->text);
    }
    csv_close(csv);
    unlink(PATH);
    return n;
}

static void test_the_wrong_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t rows;
        const char *says; /* "": no error */
    } files[] = {
        {"a,b\n1,2\n", 2, ""},
        {"户,甲乙丙丁戊己庚辛壬癸甲乙丙丁戊己庚辛壬癸\n1,2\n\xE6\x88,3\n4,5\n", 2,
         "第 3 行"},                                         /* UTF-8, one slip */
        {"户编号,住址\n1,一社\n2,\xFF\xFF\n", 2, "第 3 行"}, /* more of it wrong than one in ten */
        {"\xEF\xBB\xBF,b\n1,2\n\xE6\x88,3\n4,5\n", 2, "第 3 行"}, /* UTF-8 as it says itself */
        {"a,b\n\xBC\xD7,2\n\x80\n4,5\n", 2, "第 3 行"},           /* GB18030 that is none */
        {"\xBC\xD7,\"x\ny\"\n\xFF\xFF\n4,5\n", 1, "第 3 行"},     /* after a line break in quotes */
        {"a,b\n1,\"2\n3,4\n", 1, "第 2 行：引号没有结束"},
        {"a,b\n1,\"2\"x\n3,4\n", 1, "第 2 行：引号后面"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(files); i++) {
        struct error err;
        write_file(files[i].bytes, strlen(files[i].bytes));
        size_t rows = count_rows(&err);
        if (files[i].says[0] ? !strstr(err.text, files[i].says) : err.status != ST_OK)
            fail_msg("file %zu: %s", i, err.text);
        assert_true(rows <= files[i].rows);
    }
}

/* The bad byte lies beyond what is read at once: rows before it are read, and once. */
static void test_wrong_far_behind(void **state)
{
    (void)state;
    static char text[400000];
    size_t n = 0, lines = 0;
    struct error err;
    while (n < 300000) {
        n += (size_t)sprintf(text + n, "\xBC\xD7,%zu\n", lines);
        lines++;
    }
    text[n++] = (char)0xFF;
    text[n++] = '\n';
    write_file(text, n);
    size_t rows = count_rows(&err);
    char where[32];
    snprintf(where, sizeof(where), "第 %zu 行", lines + 1);
    assert_non_null(strstr(err.text, where));
    assert_true(rows > lines / 2 && rows <= lines);
}

static void test_limits(void **state)
{
    (void)state;
    static char text[2 * 1024 * 1024];
    struct error err;
    memset(text, 'x', sizeof(text));
    memcpy(text, "a\n", 2);
    write_file(text, sizeof(text)); /* one field of two megabytes */
    assert_int_equal(count_rows(&err), 1);
    assert_int_equal(err.status, ST_LIMIT);
    assert_non_null(strstr(err.text, "第 2 行"));
    memset(text, ',', 5000);
    write_file(text, 5000); /* as many columns as nobody has */
    assert_int_equal(count_rows(&err), 0);
    assert_int_equal(err.status, ST_LIMIT);
    assert_non_null(strstr(err.text, "第 1 行"));
}

/* All rows as text: fields joined by '|', rows by '/', and at the end the refusal in brackets. */
static void rows_of(const char *bytes, size_t n, struct buf *out)
{
    static struct csv_row row;
    struct csv *csv;
    struct error err = {0};
    bool more = true;
    int rows = 0;
    buf_init(out, 1024 * 1024);
    write_file(bytes, n);
    enum status st = csv_open(PATH, &csv, &err);
    while (st == ST_OK && (st = csv_next(csv, &row, &more, &err)) == ST_OK && more) {
        assert_true(++rows < 100000);
        for (size_t i = 0; i < row.count; i++) {
            if (i)
                buf_put_u8(out, '|');
            buf_put_slice(out, row.fields[i]);
        }
        buf_put_u8(out, '/');
    }
    if (st != ST_OK)
        buf_printf(out, "[%d]", (int)st);
    csv_close(csv);
    unlink(PATH);
}

static void expect(const char *bytes, const char *rows)
{
    struct buf out;
    rows_of(bytes, strlen(bytes), &out);
    assert_string_equal(buf_cstr(&out), rows);
    buf_release(&out);
}

static void test_fields_and_rows(void **state)
{
    (void)state;
    expect("", "");
    expect("a", "a/");
    expect("a,b\n", "a|b/");
    expect("a,b\r\nc,d\r\n", "a|b/c|d/");
    expect("a,b\rc,d\r", "a|b/c|d/");
    expect("a,,\n,\n", "a||/|/");
    expect("a\n\n\r\nb\n", "a/b/"); /* blank lines are passed over */
    expect("\xEF\xBB\xBF姓名,电话\n马某,139\n", "姓名|电话/马某|139/");
    expect("a b , c\n", "a b | c/");       /* blanks are the reader's own matter */
    expect("5\" pipe,b\n", "5\" pipe|b/"); /* a quote inside a plain field is a character */
}

static void test_quotes(void **state)
{
    (void)state;
    expect("\"a,b\",c\n", "a,b|c/");
    expect("\"a\"\"b\",\"\"\n", "a\"b|/");
    expect("\"one\ntwo\r\nthree\"\n", "one\ntwo\r\nthree/");
    expect("\"a\",\"b\"", "a|b/");
    expect("\"a", "[1]");
    expect("x\n\"a\"b\n", "x/[1]");
}

static void test_lines_are_counted_inside_quotes(void **state)
{
    static struct csv_row row;
    static const char text[] = "h\n\"1\n2\n3\"\n\nx\n";
    struct csv *csv;
    bool more;
    (void)state;
    write_file(text, sizeof(text) - 1);
    assert_int_equal(csv_open(PATH, &csv, NULL), ST_OK);
    for (const uint64_t *line = (const uint64_t[]){1, 2, 6, 0}; *line; line++) {
        assert_int_equal(csv_next(csv, &row, &more, NULL), ST_OK);
        assert_true(more);
        assert_int_equal(row.line, *line);
    }
    csv_close(csv);
    unlink(PATH);
}

/* Rows and quoted fields lie across the pieces in which the file is read. */
static void test_longer_than_a_piece(void **state)
{
    struct buf text, expected, out;
    (void)state;
    buf_init(&text, 1024 * 1024);
    buf_init(&expected, 1024 * 1024);
    for (int i = 0; i < 9000; i++) {
        buf_printf(&text, "%d,\"马,%d\"\"号\"\r\n", i, i * 7);
        buf_printf(&expected, "%d|马,%d\"号/", i, i * 7);
    }
    rows_of((const char *)text.p, text.n, &out);
    assert_true(slice_equal(buf_slice(&out), buf_slice(&expected)));
    buf_release(&text);
    buf_release(&expected);
    buf_release(&out);
}

static void test_gb18030(void **state)
{
    (void)state;
    expect("\xD0\xD5\xC3\xFB,x\n\xC2\xED\xC4\xB3,y\n", "姓名|x/马某|y/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_wrong_line_is_named),
        cmocka_unit_test(test_wrong_far_behind),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_fields_and_rows),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_lines_are_counted_inside_quotes),
        cmocka_unit_test(test_longer_than_a_piece),
        cmocka_unit_test(test_gb18030),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
