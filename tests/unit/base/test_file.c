/* SPDX-License-Identifier: MulanPSL-2.0 */
/* file: whole files come back as written; every refusal names the file and leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/file.h"
#include "shared/base/mem.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "test_file.XXXXXX"; /* in the current folder */

/* Stands before libc's: which files and folders were synced. */
#define SYNCED_MAX 32
static ino_t synced[SYNCED_MAX];
static size_t synced_count;

int fsync(int fd)
{
    struct stat s;
    assert_int_equal(fstat(fd, &s), 0);
    assert_true(synced_count < SYNCED_MAX);
    synced[synced_count++] = s.st_ino;
    return 0;
}

static bool was_synced(const char *path)
{
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    for (size_t i = 0; i < synced_count; i++)
        if (synced[i] == s.st_ino)
            return true;
    return false;
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int count_entries(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;
    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n - 2;
}

static void test_write_and_read(void **state)
{
    (void)state;
    char *path = file_join(folder, "a");
    struct error err;
    struct buf content, back;
    buf_init(&content, 1 << 20);
    memset(buf_extend(&content, 200000), 'x', 200000);
    assert_int_equal(file_replace(path, slice_str("old"), 0644, &err), ST_OK);
    assert_int_equal(file_replace(path, buf_slice(&content), 0600, &err), ST_OK);
    assert_int_equal(file_read(path, 200000, &back, &err), ST_OK);
    assert_true(slice_equal(buf_slice(&content), buf_slice(&back)));
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_true(file_exists(path));
    assert_int_equal(count_entries(folder), 1);
    buf_release(&back);

    assert_int_equal(file_read(path, 199999, &back, &err), ST_LIMIT);
    assert_non_null(strstr(err.text, path));
    buf_release(&back);

    assert_int_equal(file_replace(path, SLICE_NONE, 0600, &err), ST_OK);
    assert_int_equal(file_read(path, 0, &back, &err), ST_OK);
    assert_int_equal(back.n, 0);
    buf_release(&back);
    buf_release(&content);
    unlink(path);
    mem_free(path);
}

static void test_refusals(void **state)
{
    (void)state;
    struct error err;
    struct buf back;
    char *missing = file_join(folder, "missing");
    char *inside = file_join(missing, "x");
    assert_false(file_exists(missing));
    assert_int_equal(file_read(missing, 10, &back, &err), ST_NOT_FOUND);
    assert_non_null(strstr(err.text, missing));
    buf_release(&back);
    assert_int_equal(file_read(folder, 10, &back, &err), ST_IO);
    buf_release(&back);
    assert_int_equal(file_replace(inside, slice_str("x"), 0600, &err), ST_IO);
    /* A folder cannot be replaced by a file; nothing stays behind. */
    assert_int_equal(mkdir(missing, 0700), 0);
    assert_int_equal(file_replace(missing, slice_str("x"), 0600, &err), ST_IO);
    assert_int_equal(count_entries(folder), 1);
    rmdir(missing);
    mem_free(inside);
    mem_free(missing);
}

static void test_make_folder(void **state)
{
    (void)state;
    struct error err;
    char *deep = file_join(folder, "a//b/c/");
    char *b = file_join(folder, "a/b");
    char *file = file_join(deep, "f");
    assert_int_equal(file_make_folder(deep, 0700, &err), ST_OK);
    assert_int_equal(file_make_folder(deep, 0700, &err), ST_OK);
    assert_int_equal(file_make_folder("/", 0700, &err), ST_OK);
    assert_int_equal(file_replace(file, slice_str("x"), 0600, &err), ST_OK);
    assert_int_equal(file_make_folder(file, 0700, &err), ST_IO);
    struct stat s;
    assert_int_equal(stat(b, &s), 0);
    assert_true(S_ISDIR(s.st_mode));
    assert_int_equal(s.st_mode & 0777, 0700);
    char *a = file_join(folder, "a");
    unlink(file);
    rmdir(deep);
    rmdir(b);
    assert_int_equal(rmdir(a), 0);
    mem_free(a);
    mem_free(file);
    mem_free(b);
    mem_free(deep);
}

static void test_join(void **state)
{
    (void)state;
    const char *cases[][3] = {{"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}};
    for (size_t i = 0; i < 3; i++) {
        char *joined = file_join(cases[i][0], cases[i][1]);
        assert_string_equal(joined, cases[i][2]);
        mem_free(joined);
    }
}

static void test_name_without_folder(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(chdir(folder), 0);
    assert_int_equal(file_replace("plain", slice_str("x"), 0600, &err), ST_OK);
    assert_int_equal(unlink("plain"), 0);
    assert_int_equal(chdir(".."), 0);
}

/* A name is safe from a power cut once the folder that holds it is synced. */
static void test_durable(void **state)
{
    (void)state;
    struct error err;
    char *outer = file_join(folder, "outer"), *inner = file_join(outer, "inner");
    char *file = file_join(inner, "f"), *moved = file_join(folder, "moved");
    synced_count = 0;
    assert_int_equal(file_make_folder(inner, 0700, &err), ST_OK);
    assert_true(was_synced(folder));
    assert_true(was_synced(outer));
    assert_int_equal(file_replace(file, slice_str("x"), 0600, &err), ST_OK);
    assert_true(was_synced(file));
    assert_true(was_synced(inner));
    synced_count = 0;
    assert_int_equal(file_make_folder(inner, 0700, &err), ST_OK);
    assert_int_equal(synced_count, 0); /* nothing was made */
    assert_int_equal(file_move(outer, moved, &err), ST_OK);
    assert_true(was_synced(folder));
    assert_int_equal(file_move(outer, moved, &err), ST_IO);
    assert_non_null(strstr(err.text, outer));
    mem_free(file);
    mem_free(inner);
    inner = file_join(moved, "inner");
    file = file_join(inner, "f");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(inner), 0);
    assert_int_equal(rmdir(moved), 0);
    mem_free(moved);
    mem_free(file);
    mem_free(inner);
    mem_free(outer);
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_write_and_read),      cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_make_folder),         cmocka_unit_test(test_join),
        cmocka_unit_test(test_name_without_folder), cmocka_unit_test(test_durable),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
