/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * verify: every machine verifies every signature, and all of them live in this process. The verdict
 * is a pure function of key, message and signature, so it is worked out once. The linker hands the
 * programs' calls of sign_verify to __wrap_sign_verify.
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

bool __wrap_sign_verify(const struct sign_public *pk, struct slice message,
                        const struct signature *sig)
{
    struct hash of;
    uint32_t at;
    if (!verdicts)
        verdicts = mem_zero_alloc(SLOTS, sizeof(*verdicts));
    hash_parts(slice_of(pk->b, sizeof(pk->b)), slice_of(sig->b, sizeof(sig->b)), message, &of);
    memcpy(&at, of.b, sizeof(at));
    struct verdict_known *v = &verdicts[at & (SLOTS - 1)];
    if (!v->known || !hash_equal(&v->of, &of))
        *v = (struct verdict_known){of, true, __real_sign_verify(pk, message, sig)};
    return v->valid;
}
