/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * unlock: see unlock.h.
 *
 * Two programs that try at once would both read the same count: the keys folder is locked from
 * reading it until it has been written again.
 */
#include "agent/core/unlock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "agent/core/pin_rule.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"

#define TRIES_MAGIC "huce-tries"
#define TRIES_MAX 64 /* bytes of the file */
#define KIND "person"

static char *path_of(const struct desk *desk, const struct hash *kid, const char *suffix)
{
    char hex[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(kid), hex);
    return mem_printf("%s/keys/%s.%s", desk->folder, hex, suffix);
}

/* ---- the count ---- */

/* One that cannot be read is as good as one that was removed: none. */
static struct pin_tries read_tries(const struct desk *desk, const struct hash *kid)
{
    struct pin_tries tries = {0};
    struct cbor_reader r;
    struct buf file;
    char *path = path_of(desk, kid, "tries");
    bool ok = file_read(path, TRIES_MAX, &file, NULL) == ST_OK;
    mem_free(path);
    if (ok) {
        cbor_reader_init(&r, buf_slice(&file), "tries");
        cbor_expect_array(&r, 4);
        ok = slice_equal(cbor_read_text(&r, sizeof(TRIES_MAGIC)), slice_str(TRIES_MAGIC));
        ok = cbor_read_uint(&r) == 1 && ok;
        tries.wrong = cbor_read_uint_max(&r, INT64_MAX);
        tries.last_ms = (int64_t)cbor_read_uint_max(&r, INT64_MAX);
        ok = cbor_end(&r, NULL) == ST_OK && ok;
    }
    buf_release(&file);
    return ok ? tries : (struct pin_tries){0};
}

static enum status write_tries(const struct desk *desk, const struct hash *kid,
                               const struct pin_tries *tries, struct error *err)
{
    struct buf file;
    char *path = path_of(desk, kid, "tries");
    buf_init(&file, TRIES_MAX);
    cbor_put_array(&file, 4);
    cbor_put_str(&file, TRIES_MAGIC);
    cbor_put_uint(&file, 1);
    cbor_put_uint(&file, tries->wrong);
    cbor_put_uint(&file, tries->last_ms > 0 ? (uint64_t)tries->last_ms : 0);
    enum status st = file_replace(path, buf_slice(&file), 0600, err);
    buf_release(&file);
    mem_free(path);
    return st;
}

static void forget_tries(const struct desk *desk, const struct hash *kid)
{
    char *path = path_of(desk, kid, "tries");
    unlink(path);
    mem_free(path);
}

int64_t unlock_wait_ms(struct desk *desk, const struct hash *kid)
{
    struct pin_tries tries = read_tries(desk, kid);
    return pin_rule_wait_ms(&tries, time_now_ms());
}

/* ---- the key ---- */

static enum status refuse_wait(const struct pin_tries *tries, int64_t wait_ms, struct error *err)
{
    char text[PIN_WAIT_TEXT];
    pin_rule_wait_text(wait_ms, text);
    return error_set(err, ST_REFUSED, "签名口令（PIN）连续输错 %llu 次，请过 %s再试",
                     (unsigned long long)tries->wrong, text);
}

static enum status note_wrong(struct desk *desk, const struct hash *kid, struct pin_tries *tries,
                              struct error *err)
{
    char text[PIN_WAIT_TEXT];
    pin_rule_wrong(tries, time_now_ms());
    enum status st = write_tries(desk, kid, tries, err);
    if (st != ST_OK)
        return st;
    pin_rule_wait_text(pin_rule_wait_ms(tries, tries->last_ms), text);
    if (tries->wrong >= PIN_TRIES)
        return error_set(err, ST_REFUSED,
                         "签名口令（PIN）不对，已连续输错 %llu 次，请过 %s再试；忘了口令就请县里"
                         "重新授权",
                         (unsigned long long)tries->wrong, text);
    return error_set(err, ST_REFUSED, "签名口令（PIN）不对，什么也没有保存");
}

static enum status try_pin(struct desk *desk, const struct hash *kid, struct slice pin,
                           struct sign_key **out, struct error *err)
{
    struct pin_tries tries = read_tries(desk, kid);
    const int64_t wait_ms = pin_rule_wait_ms(&tries, time_now_ms());
    if (wait_ms > 0)
        return refuse_wait(&tries, wait_ms, err);
    char *path = path_of(desk, kid, "key");
    enum status st = keyfile_load(desk->vault, path, KIND, pin, out, err);
    mem_free(path);
    if (st == ST_REFUSED)
        return note_wrong(desk, kid, &tries, err);
    if (st != ST_OK)
        return error_wrap(err, st, "打不开签名密钥");
    if (tries.wrong > 0)
        forget_tries(desk, kid);
    if (!hash_equal(sign_key_kid(*out), kid)) {
        sign_key_release(*out);
        *out = NULL;
        return error_set(err, ST_DAMAGED, "签名密钥文件与登记的人不符");
    }
    return ST_OK;
}

/* One at a time. Ends with close(*lock). */
static enum status lock_keys(const struct desk *desk, int *lock, struct error *err)
{
    char *keys = file_join(desk->folder, "keys");
    enum status st = ST_OK;
    *lock = open(keys, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (*lock >= 0 && flock(*lock, LOCK_EX) != 0 && errno == EINTR)
        ;
    if (*lock < 0)
        st = error_set(err, ST_IO, "打不开 %s：%s", keys, strerror(errno));
    mem_free(keys);
    return st;
}

enum status unlock_key(struct desk *desk, const struct hash *kid, struct slice pin,
                       struct sign_key **out, struct error *err)
{
    int lock;
    *out = NULL;
    enum status st = lock_keys(desk, &lock, err);
    if (st == ST_OK)
        st = try_pin(desk, kid, pin, out, err);
    if (lock >= 0)
        close(lock);
    return st;
}

enum status unlock_change_pin(struct desk *desk, const struct hash *kid, struct slice old,
                              struct slice pin, struct error *err)
{
    struct sign_key *key = NULL;
    enum status st = unlock_key(desk, kid, old, &key, err);
    if (st == ST_OK && slice_equal(old, pin))
        st = error_set(err, ST_REFUSED, "新口令与原来的一样，没有改动");
    if (st == ST_OK)
        st = pin_rule_check(pin, err);
    if (st == ST_OK) {
        char *path = path_of(desk, kid, "key");
        st = keyfile_store(desk->vault, path, KIND, key, pin, err);
        mem_free(path);
    }
    sign_key_release(key);
    return st;
}
