/* SPDX-License-Identifier: MulanPSL-2.0 */
/* log_keys: see log_keys.h. */
#include "server/core/log_keys.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/mem.h"
#include "shared/base/random.h"
#include "shared/crypto/keyfile.h"

#define KIND "log"

static const char *const names[LOG_KEYS_MAX] = {"log.key",   "log.2.key", "log.3.key", "log.4.key",
                                                "log.5.key", "log.6.key", "log.7.key", "log.8.key"};

const char *log_key_file(size_t n)
{
    CHECK(n < LOG_KEYS_MAX);
    return names[n];
}

static enum status load_one(const char *path, struct log_keys *keys, struct error *err)
{
    struct sign_key *key = NULL;
    enum status st = keyfile_load(NULL, path, KIND, SLICE_NONE, &key, err);
    if (st != ST_OK || keys->count == LOG_KEYS_MAX || log_keys_find(keys, sign_key_public(key)))
        sign_key_release(key);
    else
        keys->key[keys->count++] = key;
    return st;
}

enum status log_keys_load(const char *folder, struct log_keys *keys, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < LOG_KEYS_MAX && st == ST_OK; i++) {
        char *path = file_join(folder, names[i]);
        if (file_exists(path))
            st = load_one(path, keys, err);
        mem_free(path);
    }
    if (st == ST_OK && keys->count == 0)
        st = error_set(err, ST_NOT_FOUND, "%s 中没有 %s：县里没有它就不能签名", folder, names[0]);
    return st;
}

void log_keys_release(struct log_keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        sign_key_release(keys->key[i]);
    *keys = (struct log_keys){0};
}

struct sign_key *log_keys_find(const struct log_keys *keys, const struct sign_public *pk)
{
    for (size_t i = 0; i < keys->count; i++)
        if (memcmp(sign_key_public(keys->key[i]), pk, sizeof(*pk)) == 0)
            return keys->key[i];
    return NULL;
}

static enum status make_at(const char *path, struct log_keys *keys, struct error *err)
{
    uint8_t seed[SIGN_SEED_SIZE];
    random_bytes(seed, sizeof(seed));
    struct sign_key *key = sign_key_from_seed(seed);
    secret_wipe(seed, sizeof(seed));
    enum status st = keyfile_store(NULL, path, KIND, key, SLICE_NONE, err);
    if (st == ST_OK)
        keys->key[keys->count++] = key;
    else
        sign_key_release(key);
    return st;
}

enum status log_keys_make(const char *folder, struct log_keys *keys, struct error *err)
{
    for (size_t i = 0; i < LOG_KEYS_MAX && keys->count < LOG_KEYS_MAX; i++) {
        char *path = file_join(folder, names[i]);
        const bool taken = file_exists(path);
        const enum status st = taken ? ST_EXISTS : make_at(path, keys, err);
        mem_free(path);
        if (!taken)
            return st;
    }
    return error_set(err, ST_LIMIT, "%s 中已有 %d 把签名密钥：请先移走早已不用的", folder,
                     LOG_KEYS_MAX);
}
