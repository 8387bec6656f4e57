/* SPDX-License-Identifier: MulanPSL-2.0 */
/* witness: see witness.h. */
#include "shared/ledger/witness.h"

#include "shared/codec/framing.h"
#include "shared/codec/hex.h"

#include <inttypes.h>

#define KEY_ID_SIZE 4
#define COSIGNATURE_SIZE (KEY_ID_SIZE + 8 + SIGN_SIZE)

static const char dash[] = "\xE2\x80\x94 ";

static bool decode(struct slice text, uint8_t *out, size_t n)
{
    struct buf bytes;
    buf_init(&bytes, n);
    bool good = base64_decode(text, &bytes) && bytes.n == n;
    if (good)
        memcpy(out, bytes.p, n);
    buf_release(&bytes);
    return good;
}

/* ---- names and keys ---- */

bool witness_name_valid(struct slice name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] <= ' ' || name.p[i] == '+' || name.p[i] == 0x7F)
            return false;
    return name.n > 0 && name.n <= WITNESS_NAME_MAX;
}

static void key_id(struct slice name, enum verifier_type type, const struct sign_public *pk,
                   uint8_t out[static KEY_ID_SIZE])
{
    uint8_t rest[2 + 32] = {'\n', (uint8_t)type};
    struct hash hash;
    memcpy(rest + 2, pk->b, 32);
    hash_parts(name, slice_of(rest, sizeof(rest)), SLICE_NONE, &hash);
    memcpy(out, hash.b, KEY_ID_SIZE);
}

void verifier_write(const struct verifier *verifier, struct buf *out)
{
    uint8_t id[KEY_ID_SIZE], typed[33] = {(uint8_t)verifier->type};
    char hex[2 * KEY_ID_SIZE + 1];
    key_id(slice_str(verifier->name), verifier->type, &verifier->pk, id);
    hex_encode(slice_of(id, KEY_ID_SIZE), hex);
    memcpy(typed + 1, verifier->pk.b, 32);
    buf_printf(out, "%s+%s+", verifier->name, hex);
    base64_encode(slice_of(typed, sizeof(typed)), out);
}

/* Taken apart, and compared with how it would be written. */
enum status verifier_read(struct slice text, struct verifier *out, struct error *err)
{
    const uint8_t *plus = text.n ? memchr(text.p, '+', text.n) : NULL;
    uint8_t typed[33];
    struct buf again;
    *out = (struct verifier){0};
    size_t n = plus ? (size_t)(plus - text.p) : 0, key_at = n + 2 + 2 * KEY_ID_SIZE;
    bool good = plus && witness_name_valid(slice_of(text.p, n)) && text.n > key_at &&
                decode(slice_of(text.p + key_at, text.n - key_at), typed, sizeof(typed)) &&
                (typed[0] == VERIFIER_LOG || typed[0] == VERIFIER_WITNESS);
    if (good) {
        memcpy(out->name, text.p, n);
        out->type = typed[0];
        memcpy(out->pk.b, typed + 1, 32);
        buf_init(&again, 512);
        verifier_write(out, &again);
        good = slice_equal(buf_slice(&again), text) && sign_public_valid(&out->pk);
        buf_release(&again);
    }
    return good ? ST_OK : error_set(err, ST_INVALID, "不是“名称+标识+公钥”形式的验证公钥");
}

/* ---- requests ---- */

void witness_request_write(uint64_t old_size, const struct merkle_proof *proof,
                           struct slice checkpoint, struct buf *out)
{
    buf_printf(out, "old %" PRIu64 "\n", old_size);
    for (size_t i = 0; i < proof->count; i++) {
        base64_encode(hash_slice(&proof->hashes[i]), out);
        buf_put_u8(out, '\n');
    }
    buf_put_u8(out, '\n');
    buf_put_slice(out, checkpoint);
}

static bool read_old(struct slice line, uint64_t *out)
{
    *out = 0;
    if (line.n < 5 || line.n > 22 || memcmp(line.p, "old ", 4) != 0 ||
        (line.n > 5 && line.p[4] == '0'))
        return false;
    for (size_t i = 4; i < line.n; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(line.p[i] - '0');
    }
    return *out <= INT64_MAX;
}

enum status witness_request_read(struct slice body, struct witness_request *out, struct error *err)
{
    struct slice line = SLICE_NONE, rest;
    *out = (struct witness_request){0};
    if (body.n > WITNESS_REQUEST_MAX || !slice_take_line(&body, &line) ||
        !read_old(line, &out->old_size))
        return error_set(err, ST_INVALID, "add-checkpoint: no old size");
    while (slice_take_line(&body, &line) && line.n > 0) {
        if (out->proof.count == WITNESS_PROOF_MAX ||
            !decode(line, out->proof.hashes[out->proof.count].b, HASH_SIZE))
            return error_set(err, ST_INVALID, "add-checkpoint: not a consistency proof");
        out->proof.count++;
    }
    out->checkpoint = rest = body;
    if (line.n > 0 || body.n == 0 || body.n > CHECKPOINT_MAX || !slice_take_line(&rest, &line) ||
        !origin_parse(line, &out->origin))
        return error_set(err, ST_INVALID, "add-checkpoint: no checkpoint of a ledger");
    return ST_OK;
}

enum status witness_judge(const struct witness_request *request, const struct sign_public *log_key,
                          uint64_t known_size, const struct hash *known_root,
                          struct checkpoint *head, struct error *err)
{
    struct hash old_root;
    enum status st = checkpoint_open(request->checkpoint, &request->origin, log_key, head, err);
    if (st != ST_OK)
        return st == ST_INVALID ? st : error_wrap(err, ST_REFUSED, "add-checkpoint");
    if (request->old_size > head->size)
        return error_set(err, ST_INVALID, "add-checkpoint: the old size is beyond the checkpoint");
    if (request->old_size != known_size)
        return error_set(err, ST_EXISTS, "add-checkpoint: the witness stands elsewhere");
    if (known_size > 0)
        old_root = *known_root;
    else
        hash_bytes(SLICE_NONE, &old_root);
    if (known_size == head->size && !hash_equal(&old_root, &head->root))
        return error_set(err, ST_EXISTS, "add-checkpoint: another root at the same size");
    if (!merkle_verify_consistency(known_size, head->size, &old_root, &head->root,
                                   request->proof.hashes, request->proof.count))
        return error_set(err, ST_DAMAGED, "add-checkpoint: the consistency proof does not hold");
    return ST_OK;
}

/* ---- cosignatures ---- */

/* The signed part of a checkpoint: up to the line feed before the blank line. */
static struct slice body_of(struct slice checkpoint)
{
    for (size_t i = 0; i + 1 < checkpoint.n; i++)
        if (checkpoint.p[i] == '\n' && checkpoint.p[i + 1] == '\n')
            return slice_of(checkpoint.p, i + 1);
    return SLICE_NONE;
}

static void message_of(struct slice checkpoint, uint64_t time_s, struct buf *out)
{
    buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    buf_put_slice(out, body_of(checkpoint));
}

void witness_cosign(const char *name, const struct sign_key *key, struct slice checkpoint,
                    uint64_t time_s, struct buf *out)
{
    uint8_t bytes[COSIGNATURE_SIZE];
    struct signature signature;
    struct buf message;
    buf_init(&message, CHECKPOINT_MAX + 64);
    message_of(checkpoint, time_s, &message);
    sign_message(key, buf_slice(&message), &signature);
    key_id(slice_str(name), VERIFIER_WITNESS, sign_key_public(key), bytes);
    put_u64be(bytes + KEY_ID_SIZE, time_s);
    memcpy(bytes + KEY_ID_SIZE + 8, signature.b, SIGN_SIZE);
    buf_printf(out, "%s%s ", dash, name);
    base64_encode(slice_of(bytes, sizeof(bytes)), out);
    buf_put_u8(out, '\n');
    buf_release(&message);
}

static bool is_cosignature(struct slice checkpoint, struct slice line, const struct verifier *by)
{
    uint8_t bytes[COSIGNATURE_SIZE], id[KEY_ID_SIZE];
    struct signature signature;
    struct buf message;
    size_t head = sizeof(dash) - 1 + strlen(by->name);
    if (line.n <= head || memcmp(line.p, dash, sizeof(dash) - 1) != 0 ||
        memcmp(line.p + sizeof(dash) - 1, by->name, strlen(by->name)) != 0 || line.p[head] != ' ' ||
        !decode(slice_of(line.p + head + 1, line.n - head - 1), bytes, sizeof(bytes)))
        return false;
    key_id(slice_str(by->name), by->type, &by->pk, id);
    memcpy(signature.b, bytes + KEY_ID_SIZE + 8, SIGN_SIZE);
    buf_init(&message, CHECKPOINT_MAX + 64);
    message_of(checkpoint, get_u64be(bytes + KEY_ID_SIZE), &message);
    bool good = memcmp(id, bytes, KEY_ID_SIZE) == 0 && buf_ok(&message) &&
                sign_verify(&by->pk, buf_slice(&message), &signature);
    buf_release(&message);
    return good;
}

bool witness_signed(struct slice checkpoint, struct slice line, const struct verifier *by)
{
    return line.n > 0 && line.p[line.n - 1] == '\n' && by->type == VERIFIER_WITNESS &&
           is_cosignature(checkpoint, slice_of(line.p, line.n - 1), by);
}

size_t witness_count(struct slice checkpoint, const struct verifier *witnesses, size_t count)
{
    struct slice body = body_of(checkpoint);
    size_t found = 0;
    for (size_t i = 0; i < count && body.n; i++) {
        struct slice rest = slice_of(checkpoint.p + body.n + 1, checkpoint.n - body.n - 1), line;
        bool good = false;
        while (!good && witnesses[i].type == VERIFIER_WITNESS && slice_take_line(&rest, &line))
            good = is_cosignature(checkpoint, line, &witnesses[i]);
        for (size_t k = 0; k < i && good; k++)
            good = memcmp(witnesses[k].pk.b, witnesses[i].pk.b, 32) != 0;
        found += good;
    }
    return found;
}
