/* SPDX-License-Identifier: MulanPSL-2.0 */
/* nonce: see nonce.h. */
#include "server/core/nonce.h"

#include "shared/codec/framing.h"
#include "shared/codec/hex.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static void nonce_of_day(const uint8_t key[static 32], const struct hash *kid, int64_t day,
                         char out[static NONCE_TEXT])
{
    struct hmac_key prepared;
    struct hash mac;
    uint8_t message[8 + HASH_SIZE];
    put_u64be(message, (uint64_t)day);
    memcpy(message + 8, kid->b, HASH_SIZE);
    hmac_prepare(slice_of(key, 32), &prepared);
    hmac(&prepared, slice_of(message, sizeof(message)), &mac);
    hex_encode(slice_of(mac.b, (NONCE_TEXT - 1) / 2), out);
    secret_wipe(&prepared, sizeof(prepared));
}

void nonce_make(const uint8_t key[static 32], const struct hash *kid, int64_t now_ms,
                char out[static NONCE_TEXT])
{
    nonce_of_day(key, kid, now_ms / DAY_MS, out);
}

bool nonce_valid(const uint8_t key[static 32], const struct hash *kid, int64_t now_ms,
                 const char *nonce)
{
    char expected[NONCE_TEXT];
    if (strlen(nonce) != NONCE_TEXT - 1)
        return false;
    for (int64_t day = now_ms / DAY_MS; day >= now_ms / DAY_MS - 1; day--) {
        nonce_of_day(key, kid, day, expected);
        if (secret_equal(expected, nonce, NONCE_TEXT - 1))
            return true;
    }
    return false;
}
