/* SPDX-License-Identifier: MulanPSL-2.0 */
/* snapshot_note: see snapshot_note.h. Whatever was read is written again and must be the same. */
#include "shared/ledger/snapshot_note.h"

#include "shared/base/check.h"
#include "shared/codec/cbor.h"
#include "shared/codec/hex.h"

#define TITLE "huce/1/snapshot"
#define ANSWER_VERSION 1

static void put_hash(struct buf *out, const struct hash *hash)
{
    base64_encode(hash_slice(hash), out);
    buf_put_u8(out, '\n');
}

static void put_text(const struct snapshot_note *note, struct buf *out)
{
    buf_printf(out, TITLE "\n%s\n%llu ", note->origin.text, (unsigned long long)note->size);
    put_hash(out, &note->root);
    buf_printf(out, "%llu %llu %llu\n", (unsigned long long)note->registry_size,
               (unsigned long long)note->catalog, (unsigned long long)note->merge);
    put_hash(out, &note->digest);
    buf_printf(out, "%llu ", (unsigned long long)note->bytes);
    put_hash(out, &note->content);
}

void snapshot_note_sign(const struct snapshot_note *note, const struct sign_key *log_key,
                        struct buf *out)
{
    struct buf text;
    buf_init(&text, SNAPSHOT_NOTE_MAX);
    put_text(note, &text);
    CHECK(buf_ok(&text));
    buf_put_slice(out, buf_slice(&text));
    note_sign(&note->origin, log_key, buf_slice(&text), out);
    buf_release(&text);
}

/* Digits, then this byte; the rest of the line stays. */
static uint64_t take_number(struct slice *line, char end)
{
    uint64_t value = 0;
    while (line->n && *line->p >= '0' && *line->p <= '9') {
        value = value * 10 + (uint64_t)(*line->p - '0');
        *line = slice_of(line->p + 1, line->n - 1);
    }
    if (line->n && *line->p == (uint8_t)end)
        *line = slice_of(line->p + 1, line->n - 1);
    return value;
}

static void take_hash(struct slice line, struct hash *out)
{
    struct buf bytes;
    buf_init(&bytes, HASH_SIZE);
    *out = (struct hash){{0}};
    if (base64_decode(line, &bytes) && bytes.n == HASH_SIZE)
        memcpy(out->b, bytes.p, HASH_SIZE);
    buf_release(&bytes);
}

static bool parse(struct slice *rest, struct snapshot_note *out)
{
    struct slice line[6];
    for (size_t i = 0; i < 6; i++)
        if (!slice_take_line(rest, &line[i]))
            return false;
    *out = (struct snapshot_note){0};
    if (!origin_parse(line[1], &out->origin))
        return false;
    out->size = take_number(&line[2], ' ');
    take_hash(line[2], &out->root);
    out->registry_size = take_number(&line[3], ' ');
    out->catalog = take_number(&line[3], ' ');
    out->merge = take_number(&line[3], '\n');
    take_hash(line[4], &out->digest);
    out->bytes = take_number(&line[5], ' ');
    take_hash(line[5], &out->content);
    return out->size > 0 && out->size <= INT64_MAX && out->registry_size <= INT64_MAX &&
           out->bytes <= INT64_MAX;
}

enum status snapshot_note_open(struct slice text, const struct origin *origin,
                               const struct sign_public *log_key, struct snapshot_note *out,
                               struct error *err)
{
    struct slice rest = text;
    struct buf again;
    if (text.n > SNAPSHOT_NOTE_MAX || !parse(&rest, out))
        return error_set(err, ST_INVALID, "snapshot: its note is malformed");
    const struct slice body = slice_of(text.p, text.n - rest.n);
    buf_init(&again, SNAPSHOT_NOTE_MAX);
    put_text(out, &again);
    CHECK(buf_ok(&again)); /* every piece of it is bounded */
    const bool same = slice_equal(buf_slice(&again), body);
    buf_release(&again);
    if (!same)
        return error_set(err, ST_INVALID, "snapshot: its note is malformed");
    if (strcmp(out->origin.text, origin->text) != 0)
        return error_set(err, ST_DAMAGED, "snapshot of %s where one of %s was expected",
                         out->origin.text, origin->text);
    return note_check(body, rest, origin, log_key, err);
}

/* ---- the county's answer ---- */

void snapshot_answer_write(struct slice checkpoint, struct slice note, struct buf *out)
{
    cbor_put_array(out, 3);
    cbor_put_uint(out, ANSWER_VERSION);
    cbor_put_text(out, checkpoint);
    cbor_put_text(out, note);
}

enum status snapshot_answer_read(struct slice bytes, struct slice *checkpoint, struct slice *note,
                                 struct error *err)
{
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "snapshot");
    cbor_expect_array(&r, 3);
    cbor_read_uint_max(&r, ANSWER_VERSION);
    *checkpoint = cbor_read_text(&r, CHECKPOINT_MAX);
    *note = cbor_read_text(&r, SNAPSHOT_NOTE_MAX);
    return cbor_end(&r, err);
}
