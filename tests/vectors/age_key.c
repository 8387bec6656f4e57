/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * age_key: a key of ours as the age program writes it, so that it can open and seal what travels by
 * stick.
 *
 *   age_key identity box|log FILE    AGE-SECRET-KEY-1… of a device's box.key, a county's log.key
 *   age_key recipient box|log FILE   age1… of the same
 *   age_key open FILE <age >plain    what our reader makes of a file, with that box.key
 */
#include <stdio.h>
#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/crypto/age.h"
#include "shared/crypto/keyfile.h"

#define MUST(call)                                      \
    do {                                                \
        struct error err;                               \
        if ((call) != ST_OK) {                          \
            fprintf(stderr, "age_key: %s\n", err.text); \
            exit(1);                                    \
        }                                               \
    } while (0)

/* ---- Bech32 (BIP 173), as age writes its keys ---- */

static uint32_t polymod_step(uint32_t chk)
{
    static const uint32_t generator[] = {0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD,
                                         0x2A1462B3};
    uint32_t next = (chk & 0x1FFFFFF) << 5;
    for (int i = 0; i < 5; i++)
        next ^= chk >> 25 >> i & 1 ? generator[i] : 0;
    return next;
}

static void print_bech32(const char *prefix, const uint8_t bytes[32], bool upper)
{
    static const char digits[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    uint8_t groups[58] = {0}; /* 52 of data, 6 of the checksum */
    uint32_t chk = 1;
    for (unsigned i = 0; i < 256; i++)
        groups[i / 5] |= (uint8_t)((bytes[i / 8] >> (7 - i % 8) & 1) << (4 - i % 5));
    for (const char *p = prefix; *p; p++)
        chk = polymod_step(chk) ^ (uint32_t)(*p >> 5);
    chk = polymod_step(chk);
    for (const char *p = prefix; *p; p++)
        chk = polymod_step(chk) ^ (uint32_t)(*p & 31);
    for (size_t i = 0; i < 58; i++)
        chk = polymod_step(chk) ^ groups[i];
    chk ^= 1;
    for (unsigned i = 0; i < 6; i++)
        groups[52 + i] = (uint8_t)(chk >> 5 * (5 - i) & 31);
    char text[128];
    int n = snprintf(text, sizeof(text), "%s1", prefix);
    for (size_t i = 0; i < 58; i++)
        text[n++] = digits[groups[i]];
    for (int i = 0; i < n; i++)
        putchar(upper && text[i] >= 'a' ? text[i] - 32 : text[i]);
    putchar('\n');
}

/* ---- keys ---- */

static void read_secret(const char *kind, const char *path, struct box_secret *secret,
                        struct box_public *pk)
{
    if (strcmp(kind, "log") == 0) {
        struct sign_key *key;
        MUST(keyfile_load(NULL, path, "log", SLICE_NONE, &key, &err));
        box_secret_of_sign(key, secret);
        CHECK(box_public_of_sign(sign_key_public(key), pk));
        sign_key_release(key);
    } else {
        uint8_t seed[32];
        MUST(keyfile_load_box(NULL, path, SLICE_NONE, seed, &err));
        box_secret_from_seed(seed, secret);
        box_public_from_seed(seed, pk);
    }
}

int main(int argc, char **argv)
{
    struct box_secret secret;
    struct box_public pk;
    struct buf file, plain;
    crypto_init();
    if (argc == 4 && strcmp(argv[1], "identity") == 0) {
        read_secret(argv[2], argv[3], &secret, &pk);
        print_bech32("age-secret-key-", secret.b, true);
    } else if (argc == 4 && strcmp(argv[1], "recipient") == 0) {
        read_secret(argv[2], argv[3], &secret, &pk);
        print_bech32("age", pk.b, false);
    } else if (argc == 3 && strcmp(argv[1], "open") == 0) {
        read_secret("box", argv[2], &secret, &pk);
        buf_init(&plain, 1 << 24);
        MUST(file_read("-", 1 << 24, &file, &err));
        MUST(age_open(&secret, 1, buf_slice(&file), &plain, &err));
        fwrite(plain.p, 1, plain.n, stdout);
        buf_release(&plain);
        buf_release(&file);
    } else {
        return 2;
    }
    return 0;
}
