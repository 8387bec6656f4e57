/* SPDX-License-Identifier: MulanPSL-2.0 */
/* seen: see seen.h. */
#include "agent/core/seen.h"

#include "shared/base/check.h"
#include "shared/codec/hex.h"
#include "shared/crypto/hash.h"
#include "shared/merge/conflict.h"

#define DIGEST (SEEN_ENTRY - 1)
#define VALUES_MAX (4 * 1024 * 1024)

enum what { IN_FORCE, CANDIDATES };

static void begin(struct buf *text, const struct record_id *id, uint32_t field, enum what what)
{
    buf_init(text, VALUES_MAX);
    buf_put(text, id->b, RECORD_ID_SIZE);
    buf_put_u8(text, (uint8_t)field);
    buf_put_u8(text, (uint8_t)what);
}

static void finish(struct buf *text, uint8_t digest[static DIGEST])
{
    struct hash hash;
    CHECK(buf_ok(text));
    hash_bytes(buf_slice(text), &hash);
    memcpy(digest, hash.b, DIGEST);
    buf_release(text);
}

static void digest_values(const struct record_id *id, uint32_t field, const struct value *values,
                          size_t count, uint8_t digest[static DIGEST])
{
    struct buf text;
    begin(&text, id, field, IN_FORCE);
    for (size_t i = 0; i < count; i++)
        value_put(&text, &values[i]);
    finish(&text, digest);
}

static void put_entry(struct seen *out, uint32_t field, const uint8_t digest[static DIGEST])
{
    CHECK(out->n + SEEN_ENTRY <= sizeof(out->b));
    out->b[out->n] = (uint8_t)field;
    memcpy(out->b + out->n + 1, digest, DIGEST);
    out->n += SEEN_ENTRY;
}

static void put_in_force(const struct record_state *record, uint32_t no, struct arena *arena,
                         struct seen *out)
{
    const struct field_state *state = &record->fields[no];
    uint8_t digest[DIGEST];
    struct value one = no == 0 ? value_int(record->live) : state->value, *values = &one;
    size_t count = one.kind != VALUE_NULL;
    if (no != 0 && record->table->by_no[no]->policy == POLICY_SET)
        count = merge_set_elements(state, arena, &values);
    if (count == 0 && !state->conflict)
        return;
    digest_values(&record->id, no, values, count, digest);
    put_entry(out, no, digest);
}

static void put_candidates(const struct record_state *record, uint32_t no, struct arena *arena,
                           struct seen *out)
{
    const struct claim **claims;
    struct buf text;
    uint8_t digest[DIGEST];
    size_t count = conflict_candidates(&record->fields[no], arena, &claims);
    if (count == 0)
        return;
    begin(&text, &record->id, no, CANDIDATES);
    for (size_t i = 0; i < count; i++)
        value_put(&text, &claims[i]->value);
    finish(&text, digest);
    put_entry(out, no, digest);
}

static void put_field(const struct record_state *record, uint32_t no, struct seen *out)
{
    struct arena arena = {0};
    bool shown = no < record->field_count && record->fields[no].claim_count > 0 &&
                 (no == 0 || catalog_field(record->table, no));
    if (shown && (no != 0 || record->fields[no].conflict))
        put_in_force(record, no, &arena, out);
    if (shown && record->fields[no].conflict)
        put_candidates(record, no, &arena, out);
    arena_release(&arena);
}

void seen_record(const struct record_state *record, struct seen *out)
{
    out->n = 0;
    for (uint32_t no = 0; no < record->field_count && no <= CATALOG_FIELD_NO_MAX; no++)
        put_field(record, no, out);
}

void seen_field(const struct record_state *record, uint32_t field, struct seen *out)
{
    out->n = 0;
    put_field(record, field, out);
}

void seen_write(const struct seen *seen, struct buf *out)
{
    buf_put_str(out, "1.");
    base64_encode(slice_of(seen->b, seen->n), out);
}

bool seen_read(struct slice text, struct seen *out)
{
    struct buf bytes;
    out->n = 0;
    if (text.n < 2 || memcmp(text.p, "1.", 2) != 0)
        return false;
    buf_init(&bytes, sizeof(out->b));
    bool ok = base64_decode(slice_of(text.p + 2, text.n - 2), &bytes) && bytes.n % SEEN_ENTRY == 0;
    for (size_t i = SEEN_ENTRY; ok && i < bytes.n; i += SEEN_ENTRY)
        ok = bytes.p[i] >= bytes.p[i - SEEN_ENTRY];
    if (ok && bytes.n)
        memcpy(out->b, bytes.p, bytes.n);
    out->n = ok ? bytes.n : 0;
    buf_release(&bytes);
    return ok;
}

/* The entries of one field: at most two, side by side. */
static struct slice entries(const struct seen *seen, uint32_t field)
{
    size_t from = 0, to;
    while (from < seen->n && seen->b[from] < field)
        from += SEEN_ENTRY;
    for (to = from; to < seen->n && seen->b[to] == field;)
        to += SEEN_ENTRY;
    return slice_of(seen->b + from, to - from);
}

bool seen_moved(const struct seen *seen, const struct record_state *record, uint32_t field)
{
    struct seen now;
    seen_field(record, field, &now);
    return !slice_equal(entries(seen, field), slice_of(now.b, now.n));
}

bool seen_shows(const struct seen *seen, const struct record_id *id, uint32_t field,
                const struct value *values, size_t count)
{
    uint8_t digest[DIGEST];
    struct slice shown = entries(seen, field);
    if (count == 1 && values[0].kind == VALUE_NULL)
        count = 0;
    if (shown.n == 0)
        return count == 0;
    digest_values(id, field, values, count, digest);
    return memcmp(shown.p + 1, digest, DIGEST) == 0;
}
