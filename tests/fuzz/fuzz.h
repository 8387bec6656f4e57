/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * fuzz: what the targets share. A target is a program that libFuzzer feeds with bytes; it CHECKs
 * what must hold of them, so that a wrong answer is found like a crash. tests/fuzz/README.md says
 * which properties, and how to run one.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "shared/base/buf.h"
#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/status.h"
#include "shared/crypto/sign.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* CHECKs that a call which must succeed does, and shows why when it does not. */
#define MUST(call)                                          \
    do {                                                    \
        struct error must_error = {0};                      \
        struct error *err = &must_error;                    \
        if ((call) != ST_OK)                                \
            check_failed(must_error.text, __LINE__, #call); \
    } while (0)

/* The keys of the frozen vectors: 0 root, 0x20 log, 0x40 registrar, 0x60 device, 0x80 officer. */
static inline struct sign_key *fuzz_key(uint8_t n)
{
    uint8_t seed[SIGN_SEED_SIZE];
    for (size_t i = 0; i < sizeof(seed); i++)
        seed[i] = (uint8_t)(n + i);
    crypto_init();
    return sign_key_from_seed(seed);
}

/* The bytes with one more behind them. Released with mem_free. */
static inline struct slice fuzz_longer(struct slice bytes, uint8_t last)
{
    uint8_t *longer = mem_alloc(bytes.n + 1);
    if (bytes.n)
        memcpy(longer, bytes.p, bytes.n);
    longer[bytes.n] = last;
    return slice_of(longer, bytes.n + 1);
}

/* The bytes in memory of exactly their size, so that ASan sees the first byte read beyond. */
static inline struct slice fuzz_exact(const uint8_t *data, size_t size)
{
    uint8_t *copy = mem_alloc(size);
    if (size)
        memcpy(copy, data, size);
    return slice_of(copy, size);
}

static inline int fuzz_remove_entry(const char *path, const struct stat *info, int type,
                                    struct FTW *walk)
{
    (void)info, (void)type, (void)walk;
    return remove(path);
}

/* A folder made by fuzz_make_folder, with all that is in it; "" is none. */
static inline void fuzz_remove_folder(const char *folder)
{
    if (folder[0] && nftw(folder, fuzz_remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0)
        fprintf(stderr, "cannot remove %s\n", folder);
}

/* In memory where the system has such a folder: a target commits some hundred times a second. */
static inline void fuzz_make_folder(char out[static 64])
{
    struct stat info;
    snprintf(out, 64, "%s/huce-fuzz.XXXXXX", stat("/dev/shm", &info) == 0 ? "/dev/shm" : P_tmpdir);
    CHECK(mkdtemp(out) != NULL);
}

#endif
