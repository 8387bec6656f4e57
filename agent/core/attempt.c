/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attempt: <place>.joining holds vault.key when there is a passphrase, then person.key, device.key
 * and box.key, under it, and last the file `invitation` with the hash of the token: what has it is
 * complete.
 */
#include "agent/core/attempt.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "agent/core/at_rest.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/crypto/keyfile.h"

#define TEXT_MAX 65536

static char *attempt_folder(const char *place)
{
    return mem_printf("%s.joining", place);
}

void attempt_remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = file_join(path, e->d_name);
        if (unlink(inner) != 0)
            attempt_remove_folder(inner);
        mem_free(inner);
    }
    closedir(dir);
    rmdir(path);
}

void attempt_forget(const char *place)
{
    char *folder = attempt_folder(place);
    attempt_remove_folder(folder);
    mem_free(folder);
}

void attempt_release(struct attempt *attempt)
{
    sign_key_release(attempt->person);
    sign_key_release(attempt->device);
    vault_release(attempt->vault);
    if (attempt->invite.p)
        secret_wipe(attempt->invite.p, attempt->invite.capacity);
    buf_release(&attempt->invite);
    secret_wipe(attempt, sizeof(*attempt));
    *attempt = (struct attempt){0};
}

/* ---- keys ---- */

static struct sign_key *new_key(void)
{
    uint8_t seed[SIGN_SEED_SIZE];
    random_bytes(seed, sizeof(seed));
    struct sign_key *key = sign_key_from_seed(seed);
    secret_wipe(seed, sizeof(seed));
    return key;
}

struct names {
    char *folder, *invitation, *person, *device, *box, *vault, *text;
};

static struct names names_of(const char *place)
{
    char *folder = attempt_folder(place);
    return (struct names){folder,
                          file_join(folder, "invitation"),
                          file_join(folder, "person.key"),
                          file_join(folder, "device.key"),
                          file_join(folder, "box.key"),
                          file_join(folder, "vault.key"),
                          file_join(folder, "invitation.text")};
}

static void names_release(struct names *n)
{
    mem_free(n->text);
    mem_free(n->vault);
    mem_free(n->box);
    mem_free(n->device);
    mem_free(n->person);
    mem_free(n->invitation);
    mem_free(n->folder);
}

/* Is there an attempt with this invitation, of the wanted kind? */
static bool is_there(const struct names *n, const struct hash *token,
                     const struct attempt_wish *wish)
{
    struct buf known;
    bool same = file_read(n->invitation, HASH_SIZE, &known, NULL) == ST_OK &&
                slice_equal(buf_slice(&known), hash_slice(token));
    buf_release(&known);
    return same && file_exists(n->device) == wish->with_device;
}

static enum status load_vault(const struct names *n, const struct attempt_wish *wish,
                              struct attempt *out, struct error *err)
{
    if (!wish->with_device || (!file_exists(n->vault) && wish->passphrase.n == 0))
        return ST_OK;
    if (!file_exists(n->vault)) {
        at_rest_new(wish->passphrase, &out->vault, &out->vault_file);
        return vault_file_store(n->vault, &out->vault_file, err);
    }
    enum status st = vault_file_load(n->vault, &out->vault_file, err);
    if (st == ST_OK)
        st = vault_file_unlock(&out->vault_file, wish->passphrase, &out->vault, err);
    if (st == ST_REFUSED)
        return error_set(err, ST_REFUSED,
                         "上次用这份邀请加入没有完成，那次设了启动口令：请用同一个启动口令再试");
    return st;
}

/* The invitation's text lies under the folder's key as the keys do. */
static enum status keep_text(const struct names *n, const struct attempt_wish *wish,
                             const struct vault *vault, struct error *err)
{
    return wish->invite.n ? vault_replace(vault, n->text, wish->invite, err) : ST_OK;
}

static enum status load(const struct names *n, const struct attempt_wish *wish, struct attempt *out,
                        struct error *err)
{
    enum status st = load_vault(n, wish, out, err);
    if (st != ST_OK)
        return st;
    const struct vault *vault = out->vault ? out->vault : wish->vault;
    st = keyfile_load(vault, n->person, "person", wish->pin, &out->person, err);
    if (st == ST_REFUSED)
        return error_set(err, ST_REFUSED,
                         "上次用这份邀请加入没有完成，请用那次设的口令再试；忘了口令就向县里另要"
                         "一份邀请");
    if (st == ST_OK && wish->with_device)
        st = keyfile_load(vault, n->device, "device", SLICE_NONE, &out->device, err);
    if (st == ST_OK && wish->with_device)
        st = keyfile_load_box(vault, n->box, SLICE_NONE, out->box_seed, err);
    return st == ST_OK ? keep_text(n, wish, vault, err) : st;
}

static enum status make(const struct names *n, const struct hash *token,
                        const struct attempt_wish *wish, struct attempt *out, struct error *err)
{
    out->person = new_key();
    attempt_remove_folder(n->folder);
    enum status st = file_make_folder(n->folder, 0700, err);
    if (st == ST_OK && wish->with_device && wish->passphrase.n > 0) {
        at_rest_new(wish->passphrase, &out->vault, &out->vault_file);
        st = vault_file_store(n->vault, &out->vault_file, err);
    }
    const struct vault *vault = out->vault ? out->vault : wish->vault;
    if (st == ST_OK)
        st = keyfile_store(vault, n->person, "person", out->person, wish->pin, err);
    if (st == ST_OK && wish->with_device) {
        out->device = new_key();
        random_bytes(out->box_seed, sizeof(out->box_seed));
        st = keyfile_store(vault, n->device, "device", out->device, SLICE_NONE, err);
    }
    if (st == ST_OK && wish->with_device)
        st = keyfile_store_box(vault, n->box, out->box_seed, SLICE_NONE, err);
    if (st == ST_OK)
        st = keep_text(n, wish, vault, err);
    if (st == ST_OK)
        st = file_replace(n->invitation, hash_slice(token), 0600, err);
    if (st != ST_OK)
        attempt_remove_folder(n->folder);
    return st;
}

enum status attempt_begin(const char *place, const uint8_t token[static INVITE_TOKEN_SIZE],
                          const struct attempt_wish *wish, struct attempt *out, struct error *err)
{
    struct hash hash;
    struct names names = names_of(place);
    *out = (struct attempt){0};
    hash_bytes(slice_of(token, INVITE_TOKEN_SIZE), &hash);
    enum status st = is_there(&names, &hash, wish) ? load(&names, wish, out, err)
                                                   : make(&names, &hash, wish, out, err);
    names_release(&names);
    return st;
}

enum status attempt_resume(const char *place, const struct attempt_wish *wish, struct attempt *out,
                           struct error *err)
{
    struct names names = names_of(place);
    enum status st = ST_OK;
    *out = (struct attempt){0};
    if (!file_exists(names.invitation) || !file_exists(names.text) ||
        file_exists(names.device) != wish->with_device)
        st = error_set(
            err, ST_NOT_FOUND,
            "这里没有等答复的申请：请先运行 huce join 邀请码 --request-file 文件；已经加入"
            "的，答复不用再给");
    if (st == ST_OK)
        st = load(&names, wish, out, err);
    if (st == ST_OK)
        st = vault_read(out->vault ? out->vault : wish->vault, names.text, TEXT_MAX, &out->invite,
                        err);
    names_release(&names);
    return st;
}

bool attempt_is_sealed(const char *place)
{
    struct names names = names_of(place);
    bool sealed = file_exists(names.vault);
    names_release(&names);
    return sealed;
}

bool attempt_waits(const char *place)
{
    struct names names = names_of(place);
    bool waits = file_exists(names.invitation) && file_exists(names.text);
    names_release(&names);
    return waits;
}
