/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * attempt: <place>.joining holds person.key, device.key and box.key, written first, and last the
 * file `invitation` with the hash of the token: what has it is complete.
 */
#include "agent/core/attempt.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/crypto/keyfile.h"

#define BOX_FILE_MAX 4096

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
    secret_wipe(attempt, sizeof(*attempt));
    *attempt = (struct attempt){0};
}

/* ---- the box key's file ---- */

enum status box_file_store(const char *path, const uint8_t seed[static 32], struct error *err)
{
    static const uint8_t unused[40];
    struct buf file;
    struct box_public box;
    struct sign_public pk;
    box_public_from_seed(seed, &box);
    memcpy(pk.b, box.b, sizeof(pk.b));
    buf_init(&file, BOX_FILE_MAX);
    buf_reserve(&file, 512); /* a growing buffer would leave copies behind */
    keyfile_encode(KEYFILE_BOX, seed, &pk, SLICE_NONE, unused, &file);
    enum status st = file_replace(path, buf_slice(&file), 0600, err);
    secret_wipe(file.p, file.capacity);
    buf_release(&file);
    return st;
}

enum status box_file_load(const char *path, uint8_t seed[static 32], struct error *err)
{
    struct buf file;
    struct sign_public pk;
    enum status st = file_read(path, BOX_FILE_MAX, &file, err);
    if (st == ST_OK)
        st = keyfile_decode(KEYFILE_BOX, buf_slice(&file), SLICE_NONE, seed, &pk, err);
    if (file.p)
        secret_wipe(file.p, file.capacity);
    buf_release(&file);
    return st;
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
    char *folder, *invitation, *person, *device, *box;
};

static struct names names_of(const char *place)
{
    char *folder = attempt_folder(place);
    return (struct names){folder, file_join(folder, "invitation"), file_join(folder, "person.key"),
                          file_join(folder, "device.key"), file_join(folder, "box.key")};
}

static void names_release(struct names *n)
{
    mem_free(n->box);
    mem_free(n->device);
    mem_free(n->person);
    mem_free(n->invitation);
    mem_free(n->folder);
}

/* Is there an attempt with this invitation, of the wanted kind? */
static bool is_there(const struct names *n, const struct hash *token, bool with_device)
{
    struct buf known;
    bool same = file_read(n->invitation, HASH_SIZE, &known, NULL) == ST_OK &&
                slice_equal(buf_slice(&known), hash_slice(token));
    buf_release(&known);
    return same && file_exists(n->device) == with_device;
}

static enum status load(const struct names *n, struct slice pin, bool with_device,
                        struct attempt *out, struct error *err)
{
    enum status st = keyfile_load(n->person, "person", pin, &out->person, err);
    if (st == ST_REFUSED)
        return error_set(err, ST_REFUSED,
                         "上次用这份邀请加入没有完成，请用那次设的口令再试；忘了口令就向县里另要"
                         "一份邀请");
    if (st == ST_OK && with_device)
        st = keyfile_load(n->device, "device", SLICE_NONE, &out->device, err);
    if (st == ST_OK && with_device)
        st = box_file_load(n->box, out->box_seed, err);
    return st;
}

static enum status make(const struct names *n, const struct hash *token, struct slice pin,
                        bool with_device, struct attempt *out, struct error *err)
{
    out->person = new_key();
    attempt_remove_folder(n->folder);
    enum status st = file_make_folder(n->folder, 0700, err);
    if (st == ST_OK)
        st = keyfile_store(n->person, "person", out->person, pin, err);
    if (st == ST_OK && with_device) {
        out->device = new_key();
        random_bytes(out->box_seed, sizeof(out->box_seed));
        st = keyfile_store(n->device, "device", out->device, SLICE_NONE, err);
    }
    if (st == ST_OK && with_device)
        st = box_file_store(n->box, out->box_seed, err);
    if (st == ST_OK)
        st = file_replace(n->invitation, hash_slice(token), 0600, err);
    if (st != ST_OK)
        attempt_remove_folder(n->folder);
    return st;
}

enum status attempt_begin(const char *place, const uint8_t token[static INVITE_TOKEN_SIZE],
                          struct slice pin, bool with_device, struct attempt *out,
                          struct error *err)
{
    struct hash hash;
    struct names names = names_of(place);
    *out = (struct attempt){0};
    hash_bytes(slice_of(token, INVITE_TOKEN_SIZE), &hash);
    enum status st = is_there(&names, &hash, with_device)
                         ? load(&names, pin, with_device, out, err)
                         : make(&names, &hash, pin, with_device, out, err);
    names_release(&names);
    return st;
}
