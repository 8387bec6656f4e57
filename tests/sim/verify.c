/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verify: every machine verifies every signature and every granted key, and all of them live in
 * this process. The verdicts are pure functions, so each is worked out once; so is the key that a
 * seed stands for, which each start of a program asks for. The linker hands the programs' calls of
 * sign_verify, sign_public_valid, sign_key_from_seed and sign_key_release to the functions here.
 */
#include "shared/base/mem.h"
#include "shared/crypto/sign.h"

#define SLOTS 65536 /* power of two; a full one is written over */

bool __real_sign_verify(const struct sign_public *pk, struct slice message,
                        const struct signature *sig);
bool __wrap_sign_verify(const struct sign_public *pk, struct slice message,
                        const struct signature *sig);

static struct verdict_known {
    struct hash of;
    bool known, valid;
} * verdicts;

bool __real_sign_public_valid(const struct sign_public *pk);
bool __wrap_sign_public_valid(const struct sign_public *pk);

/* The place for this question; *known tells whether its answer is there. */
static struct verdict_known *look_up(const struct hash *of, bool *known)
{
    uint32_t at;
    if (!verdicts)
        verdicts = mem_zero_alloc(SLOTS, sizeof(*verdicts));
    memcpy(&at, of->b, sizeof(at));
    struct verdict_known *v = &verdicts[at & (SLOTS - 1)];
    *known = v->known && hash_equal(&v->of, of);
    *v = (struct verdict_known){*of, true, *known && v->valid};
    return v;
}

bool __wrap_sign_verify(const struct sign_public *pk, struct slice message,
                        const struct signature *sig)
{
    struct hash of;
    bool known;
    hash_parts(slice_of(pk->b, sizeof(pk->b)), slice_of(sig->b, sizeof(sig->b)), message, &of);
    struct verdict_known *v = look_up(&of, &known);
    if (!known)
        v->valid = __real_sign_verify(pk, message, sig);
    return v->valid;
}

bool __wrap_sign_public_valid(const struct sign_public *pk)
{
    struct hash of;
    bool known;
    hash_bytes(slice_of(pk->b, sizeof(pk->b)), &of);
    struct verdict_known *v = look_up(&of, &known);
    if (!known)
        v->valid = __real_sign_public_valid(pk);
    return v->valid;
}

/* ---- keys ---- */

#define KEYS 64 /* power of two; a schedule has some twenty */

struct sign_key *__real_sign_key_from_seed(const uint8_t seed[static SIGN_SEED_SIZE]);
struct sign_key *__wrap_sign_key_from_seed(const uint8_t seed[static SIGN_SEED_SIZE]);
void __real_sign_key_release(struct sign_key *key);
void __wrap_sign_key_release(struct sign_key *key);

static struct sign_key *keys[KEYS];

static bool is_of(const struct sign_key *key, const uint8_t seed[static SIGN_SEED_SIZE])
{
    uint8_t own[SIGN_SEED_SIZE];
    sign_key_seed(key, own);
    return memcmp(own, seed, SIGN_SEED_SIZE) == 0;
}

/* A place whose key is another one's is not taken from it: who asks has a key of its own. */
struct sign_key *__wrap_sign_key_from_seed(const uint8_t seed[static SIGN_SEED_SIZE])
{
    struct sign_key **kept = &keys[seed[0] & (KEYS - 1)];
    if (!*kept)
        *kept = __real_sign_key_from_seed(seed);
    return is_of(*kept, seed) ? *kept : __real_sign_key_from_seed(seed);
}

void __wrap_sign_key_release(struct sign_key *key)
{
    for (size_t i = 0; i < KEYS; i++)
        if (key && keys[i] == key)
            return;
    __real_sign_key_release(key);
}
