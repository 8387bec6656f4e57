/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * version: what the row's columns cannot say about a record, in as few bytes as possible.
 *
 * Most records are written once, in one change, and a few of their fields again later. So one
 * stamp, the base, serves nearly all fields through one bit each; `last` serves the field that was
 * written last and existence, which every edit renews; the rest are exceptions.
 *
 *   u8 format · varint field count · varint policy_since of the table · u8 flags · base · [created]
 *   · [last] · [links] · [moves] · bitmap · exceptions to the end
 *
 *   links     = varint count · (other id16 · u8 same · stamp)…
 *
 *   moves     = varint count · (varint 2 × hop + in · stamp · varint n · other's n bytes)…
 *
 *   stamp     = zigzag effective_ms - base · zigzag leaf - base · varint 2 × position + adopted?
 *               · [varint adopted - leaf]
 *
 *   exception = varint field · u8 kind · [stamp] [u8 rank] [value]            one claim
 *             = varint field · MANY · varint count · (stamp · u8 rank · value)…
 *             kind + ERASED: the value in force is an erased one, which no column holds
 *
 * The base itself is written as a difference from nothing. A claim's value is left out when it can
 * be told without: it is the column's, or "exists" in field 0.
 */
#include "shared/merge/version.h"

#include "shared/base/check.h"
#include "shared/codec/framing.h"
#include "shared/merge/policy.h"

#define VERSION_FORMAT 4

enum {
    HAS_LINKS = 1,
    HAS_MOVES = 2,
    CREATED_AT_BASE = 4,
    LAST_AT_BASE = 8,
    IS_LATE = 16,
    FLAGS_ALL = 31
};
enum { AT_BASE = 1, AT_LAST = 2, HAS_RANK = 4, HAS_VALUE = 8, MANY = 16, ERASED = 32 };

static const struct stamp no_stamp = {0};

static bool in_column(const struct field_state *f, const struct value *value)
{
    if (!f->field)
        return false;
    return f->field->policy != POLICY_SET && value_equal(&f->value, value);
}

/* Can this claim's value be told without writing it? */
static bool implied(const struct record_state *record, const struct field_state *f)
{
    const struct value *value = &f->claims[0].value;
    return f == record->fields ? value->i != 0 : in_column(f, value);
}

/* Fields that the bitmap can describe, if their stamp is the base. */
static bool is_plain(const struct record_state *record, const struct field_state *f)
{
    return f->claim_count == 1 && f->claims[0].rank == 0 && f->value.kind != VALUE_ERASED &&
           implied(record, f);
}

/* The stamp of the majority of fields with one claim, if there is one (Boyer and Moore's vote). */
static struct stamp choose_base(const struct record_state *record)
{
    struct stamp base = record->created;
    uint32_t votes = 0;
    for (uint32_t no = 0; no < record->field_count; no++) {
        const struct field_state *f = &record->fields[no];
        if (f->claim_count != 1)
            continue;
        if (votes == 0)
            base = f->claims[0].at;
        if (stamp_same(&f->claims[0].at, &base))
            votes++;
        else
            votes--;
    }
    return base;
}

static void put_stamp(struct buf *out, const struct stamp *at, const struct stamp *base)
{
    varint_put_signed(out, (int64_t)((uint64_t)at->effective_ms - (uint64_t)base->effective_ms));
    varint_put_signed(out, (int64_t)(at->leaf - base->leaf));
    varint_put(out, (uint64_t)at->position << 1 | (at->adopted != 0));
    if (at->adopted)
        varint_put(out, at->adopted - at->leaf);
}

static void put_one(struct buf *out, const struct record_state *record, const struct field_state *f,
                    const struct stamp *base)
{
    const struct claim *claim = &f->claims[0];
    uint8_t kind = f->value.kind == VALUE_ERASED ? ERASED : 0;
    if (stamp_same(&claim->at, base))
        kind |= AT_BASE;
    else if (stamp_same(&claim->at, &record->last))
        kind |= AT_LAST;
    if (claim->rank)
        kind |= HAS_RANK;
    if (!implied(record, f))
        kind |= HAS_VALUE;

    buf_put_u8(out, kind);
    if (!(kind & (AT_BASE | AT_LAST)))
        put_stamp(out, &claim->at, base);
    if (kind & HAS_RANK)
        buf_put_u8(out, claim->rank);
    if (kind & HAS_VALUE)
        value_put(out, &claim->value);
}

static void put_many(struct buf *out, const struct field_state *f, const struct stamp *base)
{
    buf_put_u8(out, f->value.kind == VALUE_ERASED ? MANY | ERASED : MANY);
    varint_put(out, f->claim_count);
    for (uint32_t i = 0; i < f->claim_count; i++) {
        put_stamp(out, &f->claims[i].at, base);
        buf_put_u8(out, f->claims[i].rank);
        value_put(out, &f->claims[i].value);
    }
}

static void put_links(struct buf *out, const struct record_state *record, const struct stamp *base)
{
    varint_put(out, record->link_count);
    for (uint32_t i = 0; i < record->link_count; i++) {
        const struct link_claim *claim = &record->links[i];
        buf_put(out, claim->other.b, RECORD_ID_SIZE);
        buf_put_u8(out, claim->same);
        put_stamp(out, &claim->at, base);
    }
}

static void put_moves(struct buf *out, const struct record_state *record, const struct stamp *base)
{
    varint_put(out, record->move_count);
    for (uint32_t i = 0; i < record->move_count; i++) {
        const struct move *move = &record->moves[i];
        varint_put(out, (uint64_t)move->hop << 1 | move->in);
        put_stamp(out, &move->at, base);
        varint_put(out, move->other.n);
        buf_put(out, move->other.p, move->other.n);
    }
}

void version_pack(const struct record_state *record, struct buf *out)
{
    struct stamp base = choose_base(record);
    uint8_t flags = 0;
    if (record->link_count)
        flags |= HAS_LINKS;
    if (record->move_count)
        flags |= HAS_MOVES;
    if (record->late)
        flags |= IS_LATE;
    if (stamp_same(&record->created, &base))
        flags |= CREATED_AT_BASE;
    if (stamp_same(&record->last, &base))
        flags |= LAST_AT_BASE;

    buf_put_u8(out, VERSION_FORMAT);
    varint_put(out, record->field_count);
    varint_put(out, record->table->policy_since);
    buf_put_u8(out, flags);
    put_stamp(out, &base, &no_stamp);
    if (!(flags & CREATED_AT_BASE))
        put_stamp(out, &record->created, &base);
    if (!(flags & LAST_AT_BASE))
        put_stamp(out, &record->last, &base);
    if (flags & HAS_LINKS)
        put_links(out, record, &base);
    if (flags & HAS_MOVES)
        put_moves(out, record, &base);

    size_t bitmap_size = (record->field_count + 7) / 8;
    uint8_t bitmap[OP_FIELD_MAX / 8 + 1] = {0};
    CHECK(bitmap_size <= sizeof bitmap);
    uint32_t exceptions = 0;
    for (uint32_t no = 0; no < record->field_count; no++) {
        const struct field_state *f = &record->fields[no];
        CHECK(!f->ask_prefix); /* the column must hold the value in force */
        if (is_plain(record, f) && stamp_same(&f->claims[0].at, &base))
            bitmap[no / 8] |= (uint8_t)(1u << (no % 8));
        else
            exceptions += f->claim_count > 0;
    }
    buf_put(out, bitmap, bitmap_size);

    for (uint32_t no = 0; exceptions > 0; no++) {
        const struct field_state *f = &record->fields[no];
        if (f->claim_count == 0 || (bitmap[no / 8] >> (no % 8) & 1))
            continue;
        exceptions--;
        varint_put(out, no);
        if (f->claim_count == 1)
            put_one(out, record, f, &base);
        else
            put_many(out, f, &base);
    }
}

/* ---- reading ---- */

struct reading {
    struct stream in;
    struct record_state *record;
    struct arena *arena;
    struct stamp base;
};

static struct stamp read_stamp(struct stream *in, const struct stamp *base)
{
    struct stamp at;
    at.effective_ms = (int64_t)((uint64_t)base->effective_ms + (uint64_t)varint_read_signed(in));
    at.leaf = base->leaf + (uint64_t)varint_read_signed(in);
    uint64_t position = varint_read(in);
    if (position >> 1 > UINT32_MAX)
        in->bad = true;
    at.position = (uint32_t)(position >> 1);
    at.adopted = position & 1 ? at.leaf + varint_read(in) : 0;
    return at;
}

static uint8_t read_u8(struct stream *in)
{
    struct slice byte = stream_read(in, 1);
    return byte.n ? byte.p[0] : 0;
}

static struct value read_value(struct stream *in)
{
    struct cbor_reader r;
    cbor_reader_init(&r, slice_of(in->p, (size_t)(in->end - in->p)), "record version");
    struct value value = value_read_any(&r);
    if (!cbor_ok(&r))
        in->bad = true;
    in->p = r.p;
    return value;
}

static struct value implied_value(const struct record_state *record, const struct field_state *f)
{
    return f == record->fields ? value_int(1) : f->value;
}

static void read_one(struct reading *r, struct field_state *f, uint8_t kind)
{
    struct claim claim = {.at = kind & AT_BASE ? r->base : r->record->last};
    if (!(kind & (AT_BASE | AT_LAST)))
        claim.at = read_stamp(&r->in, &r->base);
    if (kind & HAS_RANK)
        claim.rank = read_u8(&r->in);
    claim.value = kind & HAS_VALUE ? read_value(&r->in) : implied_value(r->record, f);
    policy_add_claim(f, &claim, r->arena);
}

static void read_many(struct reading *r, struct field_state *f)
{
    uint64_t count = varint_read(&r->in);
    if (count < 2)
        r->in.bad = true;
    for (uint64_t i = 0; i < count && !r->in.bad; i++) {
        struct claim claim = {.at = read_stamp(&r->in, &r->base)};
        claim.rank = read_u8(&r->in);
        claim.value = read_value(&r->in);
        policy_add_claim(f, &claim, r->arena);
    }
}

/* The field that an exception may describe: in this catalog, and not described yet. */
static struct field_state *read_field(struct reading *r)
{
    uint64_t no = varint_read(&r->in);
    if (no >= r->record->field_count || r->record->fields[no].claim_count) {
        r->in.bad = true;
        return NULL;
    }
    return &r->record->fields[no];
}

static void read_links(struct reading *r)
{
    struct record_state *record = r->record;
    uint64_t count = varint_read(&r->in);
    if (count == 0 || count > LINKS_MAX)
        r->in.bad = true;
    record->links = arena_alloc(r->arena, LINKS_MAX * sizeof *record->links);
    for (uint64_t i = 0; i < count && !r->in.bad; i++) {
        struct link_claim *claim = &record->links[record->link_count++];
        struct slice other = stream_read(&r->in, RECORD_ID_SIZE);
        uint8_t same = read_u8(&r->in);
        *claim = (struct link_claim){.same = same != 0, .at = read_stamp(&r->in, &r->base)};
        if (other.n == RECORD_ID_SIZE)
            memcpy(claim->other.b, other.p, RECORD_ID_SIZE);
        if (same > 1)
            r->in.bad = true;
    }
}

static void read_moves(struct reading *r)
{
    struct record_state *record = r->record;
    uint64_t count = varint_read(&r->in);
    if (count == 0 || count > MOVES_MAX)
        r->in.bad = true;
    record->moves = arena_alloc(r->arena, MOVES_MAX * sizeof *record->moves);
    for (uint64_t i = 0; i < count && !r->in.bad; i++) {
        struct move *move = &record->moves[record->move_count++];
        uint64_t word = varint_read(&r->in);
        move->in = word & 1;
        move->hop = (uint32_t)(word >> 1);
        move->at = read_stamp(&r->in, &r->base);
        move->other = stream_read(&r->in, (size_t)varint_read(&r->in));
        if (word >> 1 > UINT32_MAX)
            r->in.bad = true;
    }
    record->in_transit = record_is_away(record);
}

/* The first bytes; the flags say what comes next. */
static uint8_t read_stamps(struct stream *in, struct stamp *base, struct stamp *created,
                           struct stamp *last)
{
    uint8_t flags = read_u8(in);
    if (flags & ~FLAGS_ALL)
        in->bad = true;
    *base = read_stamp(in, &no_stamp);
    *created = flags & CREATED_AT_BASE ? *base : read_stamp(in, base);
    *last = flags & LAST_AT_BASE ? *base : read_stamp(in, base);
    return flags;
}

static void read_head(struct reading *r)
{
    struct record_state *record = r->record;
    uint8_t flags = read_stamps(&r->in, &r->base, &record->created, &record->last);
    record->late = (flags & IS_LATE) != 0;
    if (flags & HAS_LINKS)
        read_links(r);
    if (flags & HAS_MOVES)
        read_moves(r);
}

static void read_bitmap(struct reading *r, uint64_t field_count)
{
    struct slice bitmap = stream_read(&r->in, (size_t)(field_count + 7) / 8);
    for (size_t no = 0; no < bitmap.n * 8; no++) {
        if (!(bitmap.p[no / 8] >> (no % 8) & 1))
            continue;
        if (no >= r->record->field_count) {
            r->in.bad = true;
            return;
        }
        struct field_state *f = &r->record->fields[no];
        struct claim claim = {.at = r->base, .value = implied_value(r->record, f)};
        policy_add_claim(f, &claim, r->arena);
    }
}

enum status version_unpack(struct slice packed, struct record_state *record, struct arena *arena,
                           struct error *err)
{
    struct reading r = {.record = record, .arena = arena};
    stream_init(&r.in, packed);
    uint8_t format = read_u8(&r.in);
    uint64_t field_count = varint_read(&r.in);
    uint64_t policy_since = varint_read(&r.in);
    if (format != VERSION_FORMAT || field_count > OP_FIELD_MAX + 1)
        r.in.bad = true;
    read_head(&r);
    read_bitmap(&r, field_count);
    while (!r.in.bad && r.in.p < r.in.end) {
        struct field_state *f = read_field(&r);
        uint8_t kind = read_u8(&r.in);
        if (r.in.bad)
            break;
        if (kind & ERASED)
            f->value = value_erased();
        kind &= (uint8_t)~ERASED;
        if (kind == MANY)
            read_many(&r, f);
        else if (kind < MANY)
            read_one(&r, f, kind);
        else
            r.in.bad = true;
    }
    if (r.in.bad)
        return error_set(err, ST_DAMAGED,
                         "the stored version of a record cannot be read; run 'huce rebuild'");
    policy_rederive(record);
    policy_follow(record, policy_since);
    return ST_OK;
}

bool version_written(struct slice packed, int64_t *first_ms, int64_t *last_ms)
{
    struct stamp base, created, last;
    struct stream in;
    stream_init(&in, packed);
    if (read_u8(&in) != VERSION_FORMAT)
        return false;
    varint_read(&in); /* fields */
    varint_read(&in); /* policy_since */
    read_stamps(&in, &base, &created, &last);
    *first_ms = created.effective_ms;
    *last_ms = last.effective_ms;
    return !in.bad;
}
