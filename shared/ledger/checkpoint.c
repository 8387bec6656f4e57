/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * checkpoint: writing and opening the county's signed tree heads.
 *
 * The text is read strictly, byte by byte: what verifies here must mean the same to every other
 * reader of signed notes. Lines of other signers (witnesses) may follow ours and are only checked
 * for form.
 */
#include "shared/ledger/checkpoint.h"
#include "shared/base/check.h"
#include "shared/codec/hex.h"

#define KEY_ID_SIZE 4
#define SIGNATURE_TYPE_ED25519 0x01

static const char dash[] = "\xE2\x80\x94 "; /* U+2014 and a space open every signature line */

static void key_id(const struct origin *origin, const struct sign_public *pk,
                   uint8_t out[static KEY_ID_SIZE])
{
    static const uint8_t middle[2] = {'\n', SIGNATURE_TYPE_ED25519};
    struct hash h;
    hash_parts(slice_str(origin->text), slice_of(middle, sizeof(middle)),
               slice_of(pk->b, sizeof(pk->b)), &h);
    memcpy(out, h.b, KEY_ID_SIZE);
}

void note_sign(const struct origin *name, const struct sign_key *log_key, struct slice text,
               struct buf *out)
{
    uint8_t blob[KEY_ID_SIZE + SIGN_SIZE];
    struct signature sig;
    key_id(name, sign_key_public(log_key), blob);
    sign_message(log_key, text, &sig);
    memcpy(blob + KEY_ID_SIZE, sig.b, SIGN_SIZE);
    buf_printf(out, "\n%s%s ", dash, name->text);
    base64_encode(slice_of(blob, sizeof(blob)), out);
    buf_put_u8(out, '\n');
}

void checkpoint_sign(const struct checkpoint *cp, const struct sign_key *log_key, struct buf *out)
{
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    buf_printf(&text, "%s\n%llu\n", cp->origin.text, (unsigned long long)cp->size);
    base64_encode(hash_slice(&cp->root), &text);
    buf_put_u8(&text, '\n');
    CHECK(buf_ok(&text));
    buf_put_slice(out, buf_slice(&text));
    note_sign(&cp->origin, log_key, buf_slice(&text), out);
    buf_release(&text);
}

static bool parse_size(struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.n == 0 || text.n > 19 || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = value;
    return value <= INT64_MAX;
}

static bool parse_root(struct slice text, struct hash *root)
{
    struct buf bytes;
    buf_init(&bytes, HASH_SIZE);
    bool good = base64_decode(text, &bytes) && bytes.n == HASH_SIZE;
    if (good)
        memcpy(root->b, bytes.p, HASH_SIZE);
    buf_release(&bytes);
    return good;
}

/* "— name base64"; the decoded key id and signature go to *blob. */
static bool parse_signature_line(struct slice line, struct slice *name, struct buf *blob)
{
    size_t n = sizeof(dash) - 1;
    if (line.n <= n || memcmp(line.p, dash, n) != 0)
        return false;
    line = slice_of(line.p + n, line.n - n);
    const uint8_t *space = memchr(line.p, ' ', line.n);
    if (!space || space == line.p)
        return false;
    *name = slice_of(line.p, (size_t)(space - line.p));
    buf_clear(blob);
    return base64_decode(slice_of(space + 1, line.n - name->n - 1), blob) && blob->n > KEY_ID_SIZE;
}

static enum status check_signatures(struct slice text, struct slice rest,
                                    const struct origin *origin, const struct sign_public *log_key,
                                    struct buf *blob, struct error *err)
{
    uint8_t want_id[KEY_ID_SIZE];
    struct slice line, name;
    bool found = false;
    key_id(origin, log_key, want_id);
    while (rest.n > 0) {
        if (!slice_take_line(&rest, &line) || !parse_signature_line(line, &name, blob))
            return error_set(err, ST_INVALID, "checkpoint: malformed signature line");
        if (!slice_equal(name, slice_str(origin->text)) ||
            memcmp(blob->p, want_id, KEY_ID_SIZE) != 0)
            continue; /* of another key */
        struct signature sig;
        if (blob->n != KEY_ID_SIZE + SIGN_SIZE)
            return error_set(err, ST_INVALID, "checkpoint: signature of a wrong length");
        memcpy(sig.b, blob->p + KEY_ID_SIZE, SIGN_SIZE);
        if (!sign_verify(log_key, text, &sig))
            return error_set(err, ST_DAMAGED, "checkpoint of %s: the signature is wrong",
                             origin->text);
        found = true;
    }
    return found ? ST_OK
                 : error_set(err, ST_DAMAGED,
                             "checkpoint of %s: not signed by the county's log key", origin->text);
}

enum status note_check(struct slice text, struct slice rest, const struct origin *name,
                       const struct sign_public *log_key, struct error *err)
{
    struct slice blank;
    struct buf blob;
    if (!slice_take_line(&rest, &blank) || blank.n != 0)
        return error_set(err, ST_INVALID, "checkpoint: no blank line after the text");
    buf_init(&blob, CHECKPOINT_MAX);
    enum status status = check_signatures(text, rest, name, log_key, &blob, err);
    buf_release(&blob);
    return status;
}

enum status checkpoint_open(struct slice text, const struct origin *origin,
                            const struct sign_public *log_key, struct checkpoint *out,
                            struct error *err)
{
    struct slice rest = text, name, size, root;
    if (text.n > CHECKPOINT_MAX)
        return error_set(err, ST_INVALID, "checkpoint: more than %d bytes", CHECKPOINT_MAX);
    if (!slice_take_line(&rest, &name) || !slice_take_line(&rest, &size) ||
        !slice_take_line(&rest, &root) || !origin_parse(name, &out->origin) ||
        !parse_size(size, &out->size) || !parse_root(root, &out->root))
        return error_set(err, ST_INVALID,
                         "checkpoint: the first three lines are not origin, size "
                         "and root");
    struct slice body = slice_of(text.p, text.n - rest.n);
    if (!slice_equal(name, slice_str(origin->text)))
        return error_set(err, ST_DAMAGED, "checkpoint of %s where one of %s was expected",
                         out->origin.text, origin->text);

    return note_check(body, rest, origin, log_key, err);
}
