/* SPDX-License-Identifier: MulanPSL-2.0 */
/* mem: growth, zero sizes, and arenas whose memory stays apart until it ends all at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "shared/base/mem.h"
#include "shared/base/random.h"

#include <string.h>

static void test_zero_sizes_are_memory_too(void **state)
{
    (void)state;
    void *a = mem_alloc(0);
    void *b = mem_zero_alloc(0, 16);
    a = mem_resize(a, 0);
    assert_non_null(a);
    assert_non_null(b);
    mem_free(a);
    mem_free(b);
    mem_free(NULL);
}

static void test_strings(void **state)
{
    (void)state;
    char *a = mem_strdup("户策");
    char *b = mem_printf("%s-%d", a, 42);
    assert_string_equal(b, "户策-42");
    mem_free(a);
    mem_free(b);
}

static void test_grow(void **state)
{
    (void)state;
    size_t capacity = 0;
    uint32_t *array = NULL;
    array = mem_grow(array, &capacity, 0, sizeof(*array));
    assert_non_null(array);
    for (uint32_t i = 0; i < 10000; i++) {
        size_t before = capacity;
        array = mem_grow(array, &capacity, i + 1, sizeof(*array));
        assert_true(capacity > i);
        if (capacity != before)
            assert_true(capacity >= before + before / 2);
        array[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++)
        assert_int_equal(array[i], i);
    mem_free(array);
}

static void test_arena_keeps_pieces_apart(void **state)
{
    (void)state;
    struct arena arena = {0};
    uint8_t *pieces[500];
    size_t total = 0;
    for (size_t i = 0; i < 500; i++) {
        pieces[i] = arena_alloc(&arena, i * 7);
        assert_int_equal((uintptr_t)pieces[i] % 16, 0);
        memset(pieces[i], (int)(i & 0xFF), i * 7);
        total += i * 7;
    }
    assert_int_equal(arena.total, total);
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 0; k < i * 7; k++)
            assert_int_equal(pieces[i][k], i & 0xFF);
    arena_release(&arena);
    assert_null(arena.block);
    arena_release(&arena);
}

static void test_arena_zero_sizes_differ(void **state)
{
    (void)state;
    struct arena arena = {0};
    assert_ptr_not_equal(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
    arena_copy(&arena, NULL, 0);
    arena_release(&arena);
}

static void test_arena_large_and_reset(void **state)
{
    (void)state;
    struct arena arena = {0};
    arena_reset(&arena);
    for (int round = 0; round < 3; round++) {
        memset(arena_alloc(&arena, 3u << 20), 1, 3u << 20);
        assert_string_equal(arena_printf(&arena, "%s %d", "round", round), round == 0 ? "round 0"
                                                                           : round == 1
                                                                               ? "round 1"
                                                                               : "round 2");
        assert_int_equal(strlen(arena_printf(&arena, "%0300d", round)), 300);
        assert_memory_equal(arena_copy(&arena, "abc", 4), "abc", 4);
        arena_reset(&arena);
        assert_int_equal(arena.total, 0);
        assert_non_null(arena.block);
    }
    arena_release(&arena);
}

static void test_random_bytes_differ(void **state)
{
    (void)state;
    uint8_t a[32] = {0}, b[32] = {0};
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    random_bytes(a, 0);
    size_t large = 1 << 20, zeros = 0; /* filled to its end */
    uint8_t *p = mem_zero_alloc(large, 1);
    random_bytes(p, large);
    for (size_t i = large - 1000; i < large; i++)
        zeros += p[i] == 0;
    assert_true(zeros < 50); /* 4 expected */
    mem_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zero_sizes_are_memory_too),
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_arena_keeps_pieces_apart),
        cmocka_unit_test(test_arena_zero_sizes_differ),
        cmocka_unit_test(test_arena_large_and_reset),
        cmocka_unit_test(test_random_bytes_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
