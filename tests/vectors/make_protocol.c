/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * make_protocol: prints one example or more of everything in PROTOCOL.md as JSON, made from the
 * same fixed keys and times as make_vectors. The stored output, protocol-v1.json, is what every
 * reader of protocol version 1 must go on reading.
 *
 * Messages are stored as content and as a frame of one raw block, so that no version of a
 * compressor decides these bytes.
 *
 * The county: a registry whose third leaf grants the township's officer; a village ledger whose
 * first leaf made two households; an officer who since wrote three changesets on that base, the
 * last of which another branch of the chain has overtaken.
 */
#include "shared/codec/compress.h"
#include "shared/ledger/invite.h"
#include "shared/ledger/snapshot_note.h"
#include "shared/sync/bundle_blob.h"
#include "shared/net/signature.h"
#include "shared/record/op.h"
#include "shared/sync/handback.h"
#include "shared/sync/lan.h"
#include "shared/sync/message.h"
#include "tests/vectors/offline.h"

#define BODIES_MAX 64

static struct arena memory; /* bodies and segments; lives as long as the program */

/* ---- records, values, bodies ---- */

static struct record_id record(unsigned n)
{
    struct record_id id;
    uint8_t random[10];
    for (unsigned i = 0; i < sizeof(random); i++)
        random[i] = (uint8_t)(n * 37 + i * 11);
    record_id_make(T0 + 5 * (int64_t)n, random, &id);
    return id;
}

static struct slice keep(struct slice bytes)
{
    return slice_of(arena_copy(&memory, bytes.p, bytes.n), bytes.n);
}

static struct value text(const char *words)
{
    return value_text(slice_str(words));
}

static struct value decimal(int64_t mantissa, int exponent)
{
    return (struct value){.kind = VALUE_DECIMAL, .i = mantissa, .exponent = (int8_t)exponent};
}

static struct value reference_to(unsigned n)
{
    struct record_id id = record(n);
    return value_bytes(keep(slice_of(id.b, RECORD_ID_SIZE)));
}

static struct slice body_with(const struct op *ops, size_t count, const char *note)
{
    struct buf body;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, count);
    for (size_t i = 0; i < count; i++)
        op_write(&body, &ops[i]);
    op_body_end(&body, note ? slice_str(note) : SLICE_NONE);
    CHECK(buf_ok(&body) && cbor_is_canonical(buf_slice(&body)));
    struct slice kept = keep(buf_slice(&body));
    buf_release(&body);
    return kept;
}

static struct op put_op_of(unsigned n, const struct op_field *fields, uint32_t count)
{
    return (struct op){.code = OP_PUT,
                       .table = HOUSEHOLD,
                       .record = record(n),
                       .fields = fields,
                       .field_count = count};
}

/* ---- which records a ledger knows ---- */

struct known_records {
    size_t count;
    struct record_id ids[8];
};

static bool ordinal_of(void *arg, const struct record_id *id, uint64_t base_size, uint64_t *ordinal)
{
    const struct known_records *known = arg;
    (void)base_size;
    for (size_t i = 0; i < known->count; i++) {
        if (!record_id_equal(&known->ids[i], id))
            continue;
        *ordinal = i;
        return true;
    }
    return false;
}

static void put_known(const struct known_records *known)
{
    open_level("records", '[');
    for (size_t i = 0; i < known->count; i++)
        put_hex(NULL, slice_of(known->ids[i].b, RECORD_ID_SIZE));
    close_level(']');
}

static void encode(const struct change_item *changes, size_t count, struct known_records *known,
                   struct buf *out)
{
    const struct record_index index = {ordinal_of, NULL, known};
    buf_init(out, COLUMNS_MAX);
    columns_encode(changes, count, known ? 1 : 0, known ? &index : NULL, out);
    CHECK(buf_ok(out));
}

/* ---- columns ---- */

static void put_clock(const char *name, uint64_t hlc)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)hlc);
    put_str(name, digits);
}

static void put_items(const struct change_item *changes, size_t count)
{
    open_level("changes", '[');
    for (size_t i = 0; i < count; i++) {
        open_level(NULL, '{');
        put_clock("hlc", changes[i].hlc);
        put_hex("body", changes[i].body);
        close_level('}');
    }
    close_level(']');
}

/* laid_out: the example is about streams, so its bodies must not all travel raw. */
static void put_columns(const char *name, const struct change_item *changes, size_t count,
                        struct known_records *known, bool laid_out)
{
    static struct columns_stream streams[COLUMNS_STREAMS_MAX];
    static struct known_records nothing;
    struct buf columns;
    size_t stream_count;
    bool shapes = false;
    encode(changes, count, known, &columns);
    CHECK(columns_head(buf_slice(&columns), streams, COLUMNS_STREAMS_MAX, &stream_count) > 0);
    for (size_t i = 0; i < stream_count; i++)
        shapes |= streams[i].key == 1;
    CHECK(shapes == laid_out);
    open_level(NULL, '{');
    put_str("name", name);
    put_known(known ? known : &nothing);
    put_hex("columns", buf_slice(&columns));
    put_items(changes, count);
    close_level('}');
    buf_release(&columns);
}

/* Clocks that count on within one millisecond, a second later each five changes. */
static void put_bodies(const char *name, const struct slice *bodies, size_t count,
                       struct known_records *known, bool laid_out)
{
    struct change_item changes[BODIES_MAX];
    uint64_t hlc = 0;
    CHECK(count <= BODIES_MAX);
    for (size_t i = 0; i < count; i++) {
        hlc = hlc_next(T0 + 1000 * (int64_t)(i / 5), hlc);
        changes[i] = (struct change_item){hlc, bodies[i]};
    }
    put_columns(name, changes, count, known, laid_out);
}

static void columns_of_one_save(void)
{
    const struct op_field field = {2, text("一社 12 号")};
    const struct op op = put_op_of(1, &field, 1);
    const struct slice body = body_with(&op, 1, NULL);
    put_bodies("one save: raw", &body, 1, NULL, false);
}

static void columns_of_values(void)
{
    const struct value values[] = {
        value_int(0),
        value_int(95),
        value_int(96),
        value_int(-1),
        value_int(255),
        value_int(256),
        value_int(1250000),
        value_int(-3000),
        value_int(70000000000),
        value_int(10000),
        value_int(INT64_MAX),
        value_int(INT64_MIN),
        value_null(),
        reference_to(3),
        reference_to(40),
        value_bytes(slice_of("\x01\x02\x03", 3)),
        value_bytes(SLICE_NONE),
        text(""),
        text("马秀英"),
        text("三甲集镇三甲集社区第三网格一社第十二户门牌号"),
        text("2026-11-21"),
        text("2026-11-21T09:30"),
        text("2026-11-2x"),
        text("99000019800101123X"),
        text("990000198001011234"),
        text("7"),
        text("13900000000"),
        text("12345678901234567890"),
        text("123456789012345678901"),
        decimal(125, -1),
        decimal(-3, 9),
        decimal(0, 0),
    };
    struct slice bodies[BODIES_MAX];
    size_t count = 0;
    /* Twice, so that laying out pays; three at a time. */
    for (unsigned round = 0; round < 2; round++)
        for (size_t i = 0; i + 3 <= ARRAY_LENGTH(values); i += 3) {
            struct op_field fields[3];
            for (uint32_t k = 0; k < 3; k++)
                fields[k] = (struct op_field){5 + 7 * k,
                                              values[(i + k * (round + 1)) % ARRAY_LENGTH(values)]};
            const struct op op = put_op_of(10 + (unsigned)count, fields, 3);
            bodies[count++] = body_with(&op, 1, NULL);
        }
    /* The last two, which thirty left over. */
    for (size_t i = 30; i < ARRAY_LENGTH(values); i++) {
        const struct op_field field = {5, values[i]};
        const struct op op = put_op_of(10 + (unsigned)count, &field, 1);
        bodies[count++] = body_with(&op, 1, NULL);
    }
    put_bodies("every kind of value", bodies, count, NULL, true);
}

static void columns_of_ops(void)
{
    const struct value adds[] = {text("shed"), text("herding")}, removes[] = {text("migrant")};
    const struct op_field fields[] = {{1, text("马秀英")}, {300, value_int(1250000)}};
    const struct op_ref ref = {.kid = hash_slice(kid(OFFICER)),
                               .chain = slice_of(chain.b, sizeof(chain.b)),
                               .seq = 42,
                               .leaf8 = slice_of("\x77\x77\x77\x77\x77\x77\x77\x77", 8)};
    const struct op record_op = {.table = HOUSEHOLD, .record = record(1)};
    struct op ops[12];
    struct slice bodies[BODIES_MAX];
    size_t n = 0, count = 0;
#define OP(number, ...) (ops[n] = record_op, ops[n].code = number, __VA_ARGS__, n++)
    OP(OP_PUT, ops[n].fields = fields, ops[n].field_count = 2);
    OP(OP_SET, ops[n].field = 40, ops[n].adds = adds, ops[n].add_count = 2,
       ops[n].removes = removes, ops[n].remove_count = 1);
    OP(OP_COUNTER, ops[n].field = 12, ops[n].delta = -3);
    OP(OP_STATE, ops[n].field = 9, ops[n].from = value_null(), ops[n].to = text("draft"));
    OP(OP_WITHDRAW, ops[n].field = 7);
    OP(OP_DELETE, ops[n].reason = text("moved away"));
    OP(OP_DELETE, ops[n].reason = value_null());
    OP(OP_RESTORE, (void)0);
    OP(OP_LINK, ops[n].other = record(2), ops[n].link = true);
    OP(OP_OUT, ops[n].origin = slice_str("guanghe.example/622924101002"), ops[n].hop = 1);
    OP(OP_IN, ops[n].fields = fields, ops[n].field_count = 2,
       ops[n].origin = slice_str(village_name), ops[n].hop = 200);
#undef OP
    for (size_t i = 0; i < n; i++)
        bodies[count++] = body_with(&ops[i], 1, NULL);
    bodies[count++] = body_with(ops, n, "a save of everything");
    for (size_t i = 0; i < 3; i++)
        bodies[count++] = body_with(ops + i, 3, "备注");
    struct op resolve = record_op;
    resolve.code = OP_RESOLVE;
    resolve.fields = fields;
    resolve.field_count = 1;
    resolve.refs = &ref;
    resolve.ref_count = 1;
    bodies[count++] = body_with(&resolve, 1, NULL);
    bodies[count++] = keep(slice_of("\x82\x81\x83\x0C\x01\x02\xF6", 7)); /* op 12, of a later day */
    put_bodies("every op; resolve and later ops are raw", bodies, count, NULL, true);
}

static void columns_of_records(void)
{
    static const uint8_t order[] = {0, 50, 1,  1,  51, 52, 50, 0,  0,  0,  53, 53, 54, 50, 52, 51,
                                    2, 60, 60, 61, 60, 60, 62, 60, 60, 60, 63, 60, 60, 3,  0,  54};
    struct known_records known = {.count = 4};
    struct slice bodies[ARRAY_LENGTH(order)];
    for (unsigned i = 0; i < known.count; i++)
        known.ids[i] = record(i);
    for (size_t i = 0; i < ARRAY_LENGTH(order); i++) {
        const struct op_field field = {3, value_int((int64_t)i)};
        const struct op op = put_op_of(order[i], &field, 1);
        bodies[i] = body_with(&op, 1, NULL);
    }
    put_bodies("records: hot, by ordinal, new, back, the same", bodies, ARRAY_LENGTH(order), &known,
               true);
}

/* Each put leaves out another one of twelve fields: more shapes than a writer makes narrow. */
static void columns_of_wide_shapes(void)
{
    struct slice bodies[36];
    for (unsigned i = 0; i < ARRAY_LENGTH(bodies); i++) {
        struct op_field fields[13];
        uint32_t count = 0;
        for (uint32_t f = 1; f <= 13; f++)
            if (f != i % 13 + 1 && f != i % 5 + 8)
                fields[count++] = (struct op_field){f * 2, value_int((int64_t)(i * f))};
        const struct op op = put_op_of(i, fields, count);
        bodies[i] = body_with(&op, 1, NULL);
    }
    put_bodies("wide shapes", bodies, ARRAY_LENGTH(bodies), NULL, true);
}

static void columns_of_clocks(void)
{
    const uint64_t at = (uint64_t)T0 << 16;
    const uint64_t clocks[] = {at + 65534,     at + 65535,         at + 65536,
                               at + (5 << 16), at + (5 << 16) + 7, at + (INT64_C(90000) << 16),
                               UINT64_MAX - 1, UINT64_MAX};
    struct change_item changes[ARRAY_LENGTH(clocks)];
    for (size_t i = 0; i < ARRAY_LENGTH(clocks); i++) {
        const struct op_field field = {3, value_int(1)};
        const struct op op = put_op_of(1, &field, 1);
        changes[i] = (struct change_item){clocks[i], body_with(&op, 1, NULL)};
    }
    put_columns("clocks: plus one, later, and anything", changes, ARRAY_LENGTH(clocks), NULL, true);
}

static void put_all_columns(void)
{
    open_level("columns", '[');
    columns_of_one_save();
    columns_of_values();
    columns_of_ops();
    columns_of_records();
    columns_of_wide_shapes();
    columns_of_clocks();
    close_level(']');
}

/* ---- the county, and segments ---- */

static struct county_registry reg;
static struct grown village_ledger;
static struct known_records none, two_households;
static struct made first_leaf, township_grant, large, small, forked, by_township;
static struct buf township_body;

/* Households numbered from `from` on, with a head, a phone number and an income each. */
static void households(unsigned from, size_t count, struct slice *bodies)
{
    for (size_t i = 0; i < count; i++) {
        char phone[12], head[16];
        snprintf(phone, sizeof(phone), "139%08u", (unsigned)(from * 131 + i * 7919));
        snprintf(head, sizeof(head), "马%03u", (unsigned)(from + i));
        const struct op_field fields[] = {{1, text(head)},
                                          {2, value_int(1000 * (int64_t)(i % 7))},
                                          {8, text(phone)},
                                          {9, text("2026-11-21")}};
        const struct op op = put_op_of(from + (unsigned)i, fields, 4);
        bodies[i] = body_with(&op, 1, i == 0 ? "入户" : NULL);
        bodies[i] = keep(bodies[i]);
    }
}

static void make_county(void)
{
    struct chain_head registrar, officer = {.chain = chain}, branch;
    struct chain_head township = {.chain = {{3, 3, 3, 3, 3, 3, 3, 3}}};
    struct chain_base base;
    struct slice bodies[40], body;
    struct grant grant;
    make_registry(&reg);
    registrar = (struct chain_head){.kid = *kid(REGISTRAR),
                                    .chain = reg.grants.header.chain,
                                    .number = 1,
                                    .id = reg.grants.id,
                                    .seq = 1,
                                    .hlc = reg.grants.changes[0].hlc};
    sample_grant(TOWNSHIP, &grant);
    buf_init(&township_body, CHANGE_BODY_MAX);
    cbor_put_array(&township_body, 2);
    cbor_put_array(&township_body, 1);
    grant_encode(&grant, &township_body);
    cbor_put_null(&township_body);
    body = buf_slice(&township_body);
    base = base_at(&reg.ledger, 2, &reg.ledger, 2);
    make_changeset(&registrar, &base, &registry, REGISTRAR, 8, &body, 1, T0 + 600000,
                   &township_grant);

    village_ledger.origin = village;
    base = base_at(&village_ledger, 0, &reg.ledger, 2);
    households(0, 2, bodies);
    make_changeset(&officer, &base, &village, OFFICER, 9, bodies, 2, T0 + 120000, &first_leaf);
    grow(&village_ledger, &first_leaf.id, T0 + 300000, 2);
    two_households = (struct known_records){.count = 2, .ids = {record(0), record(1)}};

    base = base_at(&village_ledger, 1, &reg.ledger, 2);
    households(0, 30, bodies);
    make_changeset(&officer, &base, &village, OFFICER, 10, bodies, 30, T0 + 400000, &large);
    households(1, 1, bodies);
    make_changeset(&officer, &base, &village, OFFICER, 11, bodies, 1, T0 + 500000, &small);
    branch = officer;
    households(60, 24, bodies);
    make_changeset(&branch, &base, &village, OFFICER, 12, bodies, 24, T0 + 560000, &forked);

    /* The township saw the new registry, and the village as it was. */
    grow(&reg.ledger, &township_grant.id, T0 + 601000, 2);
    base = base_at(&village_ledger, 1, &reg.ledger, 3);
    households(90, 28, bodies);
    make_changeset(&township, &base, &village, TOWNSHIP, 13, bodies, 28, T0 + 610000, &by_township);
    grow(&village_ledger, &large.id, T0 + 620000, 3);
    grow(&village_ledger, &small.id, T0 + 620000, 3);
    grow(&village_ledger, &by_township.id, T0 + 620001, 3);
    struct hash other = fill(0xB2); /* the other branch of the officer's chain, not shown here */
    grow(&village_ledger, &other, T0 + 620002, 3);
}

/* The salt of each change instead of the seed, and the body hash instead of one body. */
static void erase_one(const struct made *made, size_t erased, struct segment *out)
{
    struct change_salt *salts = arena_alloc(&memory, made->count * sizeof(*salts));
    bool *flags = arena_alloc(&memory, made->count * sizeof(*flags));
    struct change_item *changes =
        arena_copy(&memory, made->changes, made->count * sizeof(*changes));
    for (size_t i = 0; i < made->count; i++) {
        struct hash hash;
        flags[i] = i == erased;
        change_salt(&made->salt_key, made->header.first_seq + i, &salts[i]);
        change_body_hash(&salts[i], made->changes[i].body, &hash);
        if (flags[i])
            changes[i].body = keep(hash_slice(&hash));
    }
    *out = (struct segment){
        .header = made->header, .salts = salts, .erased = flags, .changes = changes};
}

static struct segment whole(const struct made *made)
{
    struct segment segment = {.header = made->header, .has_seed = true};
    memcpy(segment.seed, made->seed, sizeof(segment.seed));
    segment.changes = arena_copy(&memory, made->changes, made->count * sizeof(*segment.changes));
    return segment;
}

static struct slice segment_bytes(const struct segment *segment, enum segment_form form,
                                  struct known_records *known)
{
    struct buf salts, columns, item;
    buf_init(&salts, 128 * 1024);
    buf_init(&item, MESSAGE_MAX);
    segment_salts_write(segment, &salts);
    encode(segment->changes, segment->header.count, known, &columns);
    segment_write(&segment->header, form, buf_slice(&salts), buf_slice(&columns), &item);
    CHECK(buf_ok(&salts) && buf_ok(&item) && cbor_is_canonical(buf_slice(&item)));
    struct slice bytes = keep(buf_slice(&item));
    buf_release(&columns);
    buf_release(&salts);
    buf_release(&item);
    return bytes;
}

/* The segment, and what its receiver has to know beside it. */
static struct slice put_segment(const char *name, const struct segment *segment,
                                enum segment_form form, const struct origin *origin,
                                enum who author, struct known_records *known)
{
    const struct changeset *cs = &segment->header;
    struct slice bytes = segment_bytes(segment, form, known);
    struct buf cose;
    struct hash id;
    buf_init(&cose, CHANGESET_ENCODED_MAX);
    changeset_encode(cs, &cose);
    changeset_id(buf_slice(&cose), &id);
    open_level(NULL, '{');
    put_str("name", name);
    put_str("form", form == SEGMENT_SHORT ? "short" : "full");
    put_str("origin", origin->text);
    put_hex("segment", bytes);
    put_hex("author", slice_of(sign_key_public(keys[author])->b, 32));
    put_hash("prev", &cs->prev);
    put_number("first_seq", cs->first_seq);
    put_hash("base_root", &cs->base_root);
    put_hash("registry_root", &cs->registry_root);
    put_known(known ? known : &none);
    put_hex("cose", buf_slice(&cose));
    put_hash("id", &id);
    put_items(segment->changes, cs->count);
    close_level('}');
    buf_release(&cose);
    return bytes;
}

static struct slice bytes_large, bytes_small, bytes_forked, bytes_township, bytes_grant;

static void put_segments(void)
{
    struct segment segment, erased;
    open_level("segments", '[');
    segment = whole(&large);
    bytes_large = put_segment("thirty households, two of them known", &segment, SEGMENT_SHORT,
                              &village, OFFICER, &two_households);
    segment = whole(&small);
    bytes_small =
        put_segment("one save", &segment, SEGMENT_SHORT, &village, OFFICER, &two_households);
    segment = whole(&forked);
    bytes_forked =
        put_segment("in full, without ordinals", &segment, SEGMENT_FULL, &village, OFFICER, NULL);
    erase_one(&large, 3, &erased);
    put_segment("one change erased", &erased, SEGMENT_SHORT, &village, OFFICER, &two_households);
    put_segment("one change erased, in full", &erased, SEGMENT_FULL, &village, OFFICER, NULL);
    segment = whole(&by_township);
    bytes_township = put_segment("by another author", &segment, SEGMENT_SHORT, &village, TOWNSHIP,
                                 &two_households);
    segment = whole(&township_grant);
    bytes_grant =
        put_segment("of the registry", &segment, SEGMENT_SHORT, &registry, REGISTRAR, &none);
    segment = whole(&reg.genesis);
    put_segment("the registry's first", &segment, SEGMENT_FULL, &registry, ROOT, NULL);
    close_level(']');
}

/* ---- messages ---- */

static void put_message(struct buf *frame)
{
    struct buf content, raw;
    buf_init(&content, MESSAGE_MAX);
    buf_init(&raw, MESSAGE_MAX);
    CHECK(buf_ok(frame));
    CHECK(decompress(buf_slice(frame), MESSAGE_MAX, &content, NULL) == ST_OK);
    raw_frame(buf_slice(&content), &raw);
    put_hex("content", buf_slice(&content));
    put_hex("frame", buf_slice(&raw));
    buf_release(&content);
    buf_release(&raw);
}

static struct origin other_village(void)
{
    struct origin origin;
    CHECK(origin_parse(slice_str("guanghe.example/622924101002"), &origin));
    return origin;
}

static void ask(const struct grown *ledger, uint64_t size, struct slice *segments, size_t count,
                struct request_ledger *out)
{
    struct hash root;
    *out = (struct request_ledger){
        .origin = ledger->origin, .size = size, .segments = segments, .segment_count = count};
    grown_root(ledger, size, &root);
    memcpy(out->root8, root.b, sizeof(out->root8));
}

static void put_request(void)
{
    struct slice segments[] = {bytes_large, bytes_small, bytes_forked};
    const struct grown other = {.origin = other_village()};
    struct request_ledger ledgers[3];
    const struct sync_request request = {.ledgers = ledgers, .ledger_count = 3, .wants = 262144};
    struct buf frame;
    ask(&reg.ledger, 2, NULL, 0, &ledgers[0]);
    ask(&village_ledger, 1, segments, 3, &ledgers[1]);
    ask(&other, 0, NULL, 0, &ledgers[2]);
    buf_init(&frame, MESSAGE_MAX);
    sync_request_write(&request, COMPRESS_LEVEL, &frame);
    open_level("request", '{');
    put_message(&frame);
    open_level("ledgers", '[');
    for (size_t i = 0; i < request.ledger_count; i++) {
        open_level(NULL, '{');
        put_str("origin", ledgers[i].origin.text);
        put_number("size", ledgers[i].size);
        put_hex("root8", slice_of(ledgers[i].root8, 8));
        open_level("segments", '[');
        for (size_t k = 0; k < ledgers[i].segment_count; k++)
            put_hex(NULL, ledgers[i].segments[k]);
        close_level(']');
        close_level('}');
    }
    close_level(']');
    put_number("wants", request.wants);
    close_level('}');
    buf_release(&frame);
}

static struct answer_leaf leaf_of(const struct grown *ledger, uint64_t index, struct slice segment)
{
    const struct leaf *leaf = &ledger->leaves[index];
    struct answer_leaf out = {.admitted_ms = leaf->admitted_ms,
                              .registry_size = leaf->registry_size,
                              .has_segment = segment.n > 0,
                              .segment = segment};
    memcpy(out.id8, leaf->id.b, sizeof(out.id8));
    return out;
}

static void put_answer_ledger(const struct answer_ledger *ledger)
{
    open_level(NULL, '{');
    put_str("origin", ledger->origin.text);
    put_number("status", ledger->status);
    put_text("checkpoint", ledger->checkpoint);
    open_level("leaves", '[');
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const struct answer_leaf *leaf = &ledger->leaves[i];
        open_level(NULL, '{');
        put_number("admitted_ms", (uint64_t)leaf->admitted_ms);
        put_number("registry_size", leaf->registry_size);
        if (leaf->has_segment)
            put_hex("segment", leaf->segment);
        else
            put_hex("id8", slice_of(leaf->id8, sizeof(leaf->id8)));
        close_level('}');
    }
    close_level(']');
    open_level("rejected", '[');
    for (size_t i = 0; i < ledger->rejected_count; i++) {
        open_level(NULL, '{');
        put_hash("kid", &ledger->rejected[i].kid);
        put_hex("chain", slice_of(ledger->rejected[i].chain.b, sizeof(chain.b)));
        put_number("number", ledger->rejected[i].number);
        put_number("code", ledger->rejected[i].code);
        put_text("text", ledger->rejected[i].text);
        close_level('}');
    }
    close_level(']');
    put_number("more", ledger->more);
    close_level('}');
}

static void put_answer(void)
{
    struct answer_leaf registry_leaf = leaf_of(&reg.ledger, 2, bytes_grant);
    struct answer_leaf leaves[] = {leaf_of(&village_ledger, 1, SLICE_NONE),
                                   leaf_of(&village_ledger, 2, SLICE_NONE),
                                   leaf_of(&village_ledger, 3, bytes_township)};
    struct rejection fork = {.kid = *kid(OFFICER),
                             .chain = chain,
                             .number = forked.header.number,
                             .code = REJECT_FORK,
                             .text = slice_str("同一序号已有另一份变更，请换新链重新签名")};
    struct buf registry_head, village_head, frame;
    buf_init(&registry_head, CHECKPOINT_MAX);
    buf_init(&village_head, CHECKPOINT_MAX);
    buf_init(&frame, MESSAGE_MAX);
    grown_checkpoint(&reg.ledger, &registry_head);
    grown_checkpoint(&village_ledger, &village_head);
    struct answer_ledger ledgers[] = {
        {.origin = registry,
         .checkpoint = buf_slice(&registry_head),
         .leaves = &registry_leaf,
         .leaf_count = 1},
        {.origin = village,
         .checkpoint = buf_slice(&village_head),
         .leaves = leaves,
         .leaf_count = 3,
         .rejected = &fork,
         .rejected_count = 1,
         .more = true},
        {.origin = other_village(), .status = SYNC_FORBIDDEN},
    };
    const struct sync_answer answer = {.ledgers = ledgers, .ledger_count = ARRAY_LENGTH(ledgers)};
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    open_level("answer", '{');
    put_message(&frame);
    open_level("ledgers", '[');
    for (size_t i = 0; i < answer.ledger_count; i++)
        put_answer_ledger(&ledgers[i]);
    close_level(']');
    close_level('}');
    buf_release(&registry_head);
    buf_release(&village_head);
    buf_release(&frame);
}

/* ---- joining ---- */

static void sign_possession(enum who who, struct buf *out)
{
    struct signature pop;
    struct buf message;
    buf_init(&message, 512);
    grant_pop_message(&registry, kid(who), &message);
    sign_message(keys[who], buf_slice(&message), &pop);
    cbor_put_bytes(out, slice_of(sign_key_public(keys[who])->b, 32));
    cbor_put_bytes(out, slice_of(pop.b, SIGN_SIZE));
    buf_release(&message);
}

/* Sealing draws a key of its own: this was made once. It holds 32 bytes 0x1D. */
static const char sealed_id_key[] =
    "405710d931645b137814024ec854b99ea039fa6a6d88e44cd8ed2480ef9aaf6888afda490b5e98607f085cb1b26080"
    "a224f4c735d56149403aa2796a8f34f5ad3409a62162c6a208e8d7a9d0d3d622a1";

static void put_join(void)
{
    uint8_t token[INVITE_TOKEN_SIZE], sealed[80], id_key[32], expected[32];
    struct hash proof;
    struct buf bytes;
    for (unsigned i = 0; i < sizeof(token); i++)
        token[i] = (uint8_t)(0xE0 + i);
    invite_proof(token, kid(OFFICER), kid(DEVICE), &box, &registry, &proof);
    memset(expected, 0x1D, sizeof(expected));
    CHECK(hex_decode(slice_str(sealed_id_key), sealed, sizeof(sealed)));
    CHECK(box_open(box_seed, slice_of(sealed, sizeof(sealed)), id_key));
    CHECK(memcmp(id_key, expected, sizeof(id_key)) == 0);
    buf_init(&bytes, 4096);
    cbor_put_array(&bytes, 7);
    cbor_put_uint(&bytes, 1);
    cbor_put_bytes(&bytes, hash_slice(&proof));
    sign_possession(OFFICER, &bytes);
    sign_possession(DEVICE, &bytes);
    cbor_put_bytes(&bytes, slice_of(box.b, sizeof(box.b)));
    open_level("join", '{');
    put_hex("token", slice_of(token, sizeof(token)));
    put_str("registry", registry.text);
    put_hex("request", buf_slice(&bytes));
    buf_clear(&bytes);
    cbor_put_array(&bytes, 5);
    cbor_put_uint(&bytes, 1);
    cbor_put_str(&bytes, registry.text);
    cbor_put_array(&bytes, 1);
    cbor_put_str(&bytes, village.text);
    cbor_put_bytes(&bytes, slice_of(sealed, sizeof(sealed)));
    cbor_put_str(&bytes, "00112233445566778899aabbccddeeff");
    put_hex("answer", buf_slice(&bytes));
    put_hex("id_key", slice_of(id_key, sizeof(id_key)));
    buf_clear(&bytes);
    cbor_put_array(&bytes, 2);
    cbor_put_uint(&bytes, 1);
    cbor_put_array(&bytes, 2);
    cbor_put_str(&bytes, village.text);
    cbor_put_str(&bytes, other_village().text);
    put_hex("ledgers", buf_slice(&bytes));
    close_level('}');
    buf_release(&bytes);
}

/* ---- handing back ---- */

static void put_handback(void)
{
    struct answer_leaf leaf = leaf_of(&village_ledger, 1, bytes_township);
    struct buf head, bytes;
    buf_init(&head, CHECKPOINT_MAX);
    buf_init(&bytes, MESSAGE_MAX);
    grown_checkpoint(&village_ledger, &head);
    struct answer_ledger part = {.origin = village,
                                 .checkpoint = buf_slice(&head),
                                 .leaves = &leaf,
                                 .leaf_count = 1,
                                 .more = true};
    struct handback handback = {.shown = {1, &part}, .proof = {.count = 1}};
    struct handback_lack lacks[] = {{.origin = registry, .size = 2, .checkpoint = buf_slice(&head)},
                                    {.origin = village}};
    const struct handback_answer answer = {true, ARRAY_LENGTH(lacks), lacks};
    memset(handback.proof.hashes[0].b, 0x5A, HASH_SIZE); /* of the form alone */
    memset(lacks[0].root8, 0x5B, sizeof(lacks[0].root8));
    open_level("handback", '{');
    handback_write(&handback, &bytes);
    put_hex("request", buf_slice(&bytes));
    buf_clear(&bytes);
    handback_answer_write(&answer, &bytes);
    put_hex("answer", buf_slice(&bytes));
    close_level('}');
    buf_release(&head);
    buf_release(&bytes);
}

/* ---- between two desks ---- */

static void put_neighbours(void)
{
    struct buf hello, bytes;
    struct hash ids[2];
    struct slice segments[] = {slice_str("a segment")}; /* of the form alone */
    struct lan_ledger ledgers[] = {{.origin = registry, .size = 2, .from = 2},
                                   {.origin = village,
                                    .size = 1,
                                    .from = 3,
                                    .id_count = ARRAY_LENGTH(ids),
                                    .ids = ids,
                                    .segment_count = ARRAY_LENGTH(segments),
                                    .segments = segments}};
    const struct lan_message message = {ARRAY_LENGTH(ledgers), ledgers, slice_str("a frame")};
    memset(ids, 0x5C, sizeof(ids));
    memset(ledgers[0].root8, 0x5D, sizeof(ledgers[0].root8));
    memset(ledgers[1].root8, 0x5E, sizeof(ledgers[1].root8));
    buf_init(&hello, 256);
    buf_init(&bytes, MESSAGE_MAX);
    cbor_put_array(&hello, 3);
    cbor_put_uint(&hello, 1);
    cbor_put_text(&hello, slice_str(registry.text));
    cbor_put_bytes(&hello, hash_slice(sign_key_kid(keys[DEVICE])));
    lan_write(&message, &bytes);
    open_level("neighbours", '{');
    put_hex("hello", buf_slice(&hello));
    put_hex("message", buf_slice(&bytes));
    close_level('}');
    buf_release(&hello);
    buf_release(&bytes);
}

/* ---- signed requests ---- */

static void put_signed(const char *method, const char *path, const char *query, struct slice body,
                       const char *nonce)
{
    struct buf digest, input, signature, base;
    buf_init(&digest, 256);
    buf_init(&input, SIGNATURE_FIELD_MAX);
    buf_init(&signature, 256);
    buf_init(&base, 8192);
    content_digest_write(body, &digest);
    const struct signature_target target = {.method = slice_str(method),
                                            .authority = slice_str("Guanghe.example:8443"),
                                            .path = slice_str(path),
                                            .query = slice_str(query),
                                            .content_digest = buf_slice(&digest)};
    signature_make(&target, keys[DEVICE], slice_str(nonce), T0 / 1000, &input, &signature);
    open_level(NULL, '{');
    put_str("method", method);
    put_str("host", "Guanghe.example:8443");
    put_str("path", path);
    put_str("query", query);
    put_hex("body", body);
    put_hex("device", slice_of(sign_key_public(keys[DEVICE])->b, 32));
    put_str("nonce", nonce);
    put_text("content_digest", buf_slice(&digest));
    put_text("signature_input", buf_slice(&input));
    put_text("signature", buf_slice(&signature));
    close_level('}');
    buf_release(&digest);
    buf_release(&input);
    buf_release(&signature);
    buf_release(&base);
}

static void put_signed_requests(void)
{
    struct buf frame;
    static const uint8_t nothing[] = {0x84, 0x01, 0x80, 0x00, 0x40};
    buf_init(&frame, 256);
    raw_frame(slice_of(nothing, sizeof(nothing)), &frame);
    open_level("signed_requests", '[');
    put_signed("POST", "/v1/sync", "", buf_slice(&frame), "00112233445566778899aabbccddeeff");
    put_signed("GET", "/v1/wait", "ledger=guanghe.example%2F622924101001&size=4", SLICE_NONE, "");
    close_level(']');
    buf_release(&frame);
}

/* ---- what every reader refuses ---- */

static void refuse(const char *what, const char *why, struct slice bytes)
{
    open_level(NULL, '{');
    put_str("what", what);
    put_str("why", why);
    put_hex("hex", bytes);
    close_level('}');
}

#define BYTES(words) slice_of(words, sizeof(words) - 1)

/* One change each. */
static void refuse_columns(void)
{
#define COLUMNS(why, words) refuse("columns", why, BYTES(words))
    COLUMNS("nothing", "");
    COLUMNS("no streams", "\x00");
    COLUMNS("a count that is not shortest", "\x83\x00\x03\x01\x03\x02\x0E\x01\x00\x01\x00\x01");
    COLUMNS("a stream that is cut off", "\x02\x03\x01\x03\x02\x00\x01");
    COLUMNS("bytes behind the streams", "\x02\x03\x01\x03\x02\x00\x01\x00\x00");
    COLUMNS("an empty stream", "\x03\x03\x01\x03\x02\x0E\x00\x00\x01\x00");
    COLUMNS("a key twice", "\x03\x03\x01\x00\x01\x03\x02\x00\x00\x01\x00");
    COLUMNS("a stream of unknown key", "\x03\x03\x01\x03\x02\x10\x01\x00\x01\x00\x00");
    COLUMNS("a raw body that is cut off",
            "\x04\x03\x01\x03\x02\x0E\x01\x01\x01\x00\x01\x00\x02\x80");
    COLUMNS("a raw body left over", "\x04\x03\x01\x03\x02\x0E\x01\x01\x02\x00\x01\x00\x01\x80\x80");
    COLUMNS("a shape of resolve", "\x02\x01\x03\x05\x02\x0E\x0A\x02\x01\x00");
    COLUMNS("an unknown shape",
            "\x05\x01\x02\x01\x01\x01\x01\x03\x02\x01\x01\x0C\x0A\x01\x02\x01\x00\xF3");
    COLUMNS("a mention of nothing",
            "\x05\x01\x02\x01\x01\x01\x01\x03\x02\x01\x01\x0C\x0A\x00\x02\x01\x00\xF3");
#undef COLUMNS
}

/* Without their last item, streams, where it is what they end in. */
static void refuse_messages(void)
{
#define ORIGIN \
    "\x78\x1C" \
    "guanghe.example/622924101001"
#define ROOT8 "\x48\xE3\xB0\xC4\x42\x98\xFC\x1C\x14"
    refuse("request", "another version", BYTES("\x84\x02\x80\x00\x40"));
    refuse("request", "an item missing", BYTES("\x83\x01\x80\x00"));
    refuse("request", "a byte behind the end", BYTES("\x84\x01\x80\x00\x40\x00"));
    refuse("request", "streams of no segment", BYTES("\x84\x01\x80\x00\x41\x00"));
    refuse("request", "a root of 7 bytes",
           BYTES("\x84\x01\x81\x84" ORIGIN "\x00\x47\xE3\xB0\xC4\x42\x98\xFC\x1C\x80\x00\x40"));
    refuse("request", "a segment that is no array",
           BYTES("\x84\x01\x81\x84" ORIGIN "\x00" ROOT8 "\x81\x00\x00\x40"));
    refuse("request", "a ledger without a code",
           BYTES("\x84\x01\x81\x84\x6F"
                 "guanghe.example"
                 "\x00" ROOT8 "\x80\x00\x40"));
    refuse("answer", "another version", BYTES("\x83\x02\x80\x40"));
    refuse("answer", "status 6", BYTES("\x83\x01\x81\x86" ORIGIN "\x06\xF6\x80\x80\xF4\x40"));
    refuse("answer", "a leaf with 7 bytes of an id",
           BYTES("\x83\x01\x81\x86" ORIGIN
                 "\x00\xF6\x81\x83\x01\x01\x47\x01\x02\x03\x04\x05\x06\x07\x80\xF4\x40"));
    refuse("answer", "more that is neither true nor false",
           BYTES("\x83\x01\x81\x86" ORIGIN "\x00\xF6\x80\x80\x01\x40"));
#undef ORIGIN
#undef ROOT8
}

static void refuse_frames(void)
{
    refuse("frame", "no frame at all", BYTES("\x84\x01\x80\x00\x40"));
    refuse("frame", "no size declared",
           BYTES("\x28\xB5\x2F\xFD\x00\x50\x29\x00\x00\x84\x01\x80\x00\x40"));
    refuse("frame", "cut off",
           BYTES("\x28\xB5\x2F\xFD\xA0\x05\x00\x00\x00\x29\x00\x00\x84\x01\x80\x00"));
    refuse("frame", "a byte behind it",
           BYTES("\x28\xB5\x2F\xFD\xA0\x05\x00\x00\x00\x29\x00\x00\x84\x01\x80\x00\x40\x00"));
    refuse("frame", "another size than declared",
           BYTES("\x28\xB5\x2F\xFD\xA0\x06\x00\x00\x00\x29\x00\x00\x84\x01\x80\x00\x40"));
    refuse("frame", "a window of 2 MiB",
           BYTES("\x28\xB5\x2F\xFD\x80\x58\x05\x00\x00\x00\x29\x00\x00\x84\x01\x80\x00\x40"));
    refuse("frame", "8 MiB and one byte declared",
           BYTES("\x28\xB5\x2F\xFD\xA0\x01\x00\x80\x00\x29\x00\x00\x84\x01\x80\x00\x40"));
}

/* The small segment with one item changed; a short form's items are fixed in place. */
static void refuse_segments(void)
{
    struct buf bytes;
    buf_init(&bytes, 65536);
    buf_put_slice(&bytes, bytes_small);
    bytes.p[1] = 0x02;
    refuse("segment", "form 2", buf_slice(&bytes));
    bytes.p[1] = 0x00;
    refuse("segment", "a short form that says it is full", buf_slice(&bytes));
    bytes.p[1] = 0x01;
    bytes.p[2] = 0x31; /* -18 */
    refuse("segment", "algorithm -18", buf_slice(&bytes));
    bytes.p[2] = 0x32;
    CHECK(bytes.p[46] == 0x03 && bytes.p[47] == 0x01);
    bytes.p[46] = 0x00;
    refuse("segment", "number 0", buf_slice(&bytes));
    bytes.p[46] = 0x03;
    bytes.p[47] = 0x00;
    refuse("segment", "no changes", buf_slice(&bytes));
    bytes.p[47] = 0x01;
    bytes.p[60] ^= 1;
    refuse("segment", "a signature that is not its author's", buf_slice(&bytes));
    bytes.p[60] ^= 1;
    bytes.p[bytes.n - 1] ^= 1;
    refuse("segment", "columns altered", buf_slice(&bytes));
    bytes.p[bytes.n - 1] ^= 1;
    refuse("segment", "the last byte missing", slice_of(bytes.p, bytes.n - 1));
    buf_put_u8(&bytes, 0);
    refuse("segment", "a byte behind the end", buf_slice(&bytes));
    buf_release(&bytes);
}

static void refuse_inputs(void)
{
#define COMPONENTS "huce=(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")"
#define KEYID "c1924d610e8d9f1c5efdbca564a2f19991517ab8252807651f94ac5332afe3f9"
#define INPUT(why, words) refuse("signature_input", why, BYTES(words))
    INPUT("another label", "sig=(\"@method\");keyid=\"" KEYID "\"");
    INPUT("a component less",
          "huce=(\"@method\" \"@authority\" \"@path\" \"@query\");nonce=\"\";keyid=\"" KEYID
          "\";alg=\"ed25519\";tag=\"huce-1\"");
    INPUT("no nonce", COMPONENTS ";keyid=\"" KEYID "\";alg=\"ed25519\";tag=\"huce-1\"");
    INPUT("another tag",
          COMPONENTS ";nonce=\"\";keyid=\"" KEYID "\";alg=\"ed25519\";tag=\"huce-2\"");
    INPUT("another algorithm",
          COMPONENTS ";nonce=\"\";keyid=\"" KEYID "\";alg=\"hmac-sha256\";tag=\"huce-1\"");
    INPUT("a parameter twice",
          COMPONENTS ";nonce=\"\";nonce=\"\";keyid=\"" KEYID "\";alg=\"ed25519\";tag=\"huce-1\"");
    INPUT("a parameter that is not agreed",
          COMPONENTS ";expires=1;nonce=\"\";keyid=\"" KEYID "\";alg=\"ed25519\";tag=\"huce-1\"");
    INPUT("a key id of 63 digits", COMPONENTS
          ";nonce=\"\";keyid=\"1924d610e8d9f1c5efdbca564a2f19991517ab8252807651f94ac5332afe3f9\""
          ";alg=\"ed25519\";tag=\"huce-1\"");
    INPUT("two signatures", COMPONENTS ";nonce=\"\";keyid=\"" KEYID
                                       "\";alg=\"ed25519\";tag=\"huce-1\", other=(\"@path\")");
#undef INPUT
#undef COMPONENTS
#undef KEYID
}

/* ---- what witnesses have signed ---- */

/* Two ledgers; the second checkpoint has a cosignature below it. The one of the frozen formats is
 * enough for the form: what a witness signs stands there. */
static void put_cosigned_list(void)
{
    struct buf head, list;
    buf_init(&head, CHECKPOINT_MAX);
    buf_init(&list, MESSAGE_MAX);
    cbor_put_array(&list, 2);
    cbor_put_uint(&list, 1);
    cbor_put_array(&list, 2);
    open_level("cosigned", '{');
    open_level("ledgers", '[');
    for (int i = 0; i < 2; i++) {
        const struct grown *ledger = i ? &village_ledger : &reg.ledger;
        const struct origin *origin = i ? &village : &registry;
        buf_clear(&head);
        grown_checkpoint(ledger, &head);
        buf_put_str(&head, "\xE2\x80\x94 linxia.example/witness AAAAAAAAAAAAAAAA\n");
        CHECK(buf_ok(&head));
        cbor_put_array(&list, 2);
        cbor_put_str(&list, origin->text);
        cbor_put_text(&list, buf_slice(&head));
        open_level(NULL, '{');
        put_str("origin", origin->text);
        put_text("checkpoint", buf_slice(&head));
        close_level('}');
    }
    close_level(']');
    put_hex("list", buf_slice(&list));
    close_level('}');
    buf_release(&list);
    buf_release(&head);
}

/* ---- who has looked ---- */

static void put_read(struct buf *out, bool of_one)
{
    static const uint8_t looked_at[16] = "a record";
    cbor_put_array(out, 8);
    cbor_put_uint(out, 490340);
    if (of_one)
        cbor_put_bytes(out, hash_slice(kid(OFFICER)));
    else
        cbor_put_null(out);
    cbor_put_str(out, of_one ? "get" : "list");
    cbor_put_uint(out, 7);
    if (of_one)
        cbor_put_bytes(out, slice_of(looked_at, sizeof(looked_at)));
    else
        cbor_put_null(out);
    cbor_put_array(out, of_one ? 2 : 1);
    cbor_put_uint(out, 2);
    if (of_one)
        cbor_put_uint(out, 10);
    cbor_put_uint(out, of_one ? 1 : 900);
    cbor_put_uint(out, of_one ? 3 : 1);
}

/* A batch of a look at one record by the officer, and at a list by somebody: written with the CBOR
 * writer alone, signed by the device. */
static void put_reads(void)
{
    struct buf batch, message, request, answer;
    struct signature signature;
    const struct hash no_batch = {{0}};
    struct hash hash;
    buf_init(&batch, 1024);
    buf_init(&message, 1024);
    buf_init(&request, 1024);
    buf_init(&answer, 128);
    cbor_put_array(&batch, 5);
    cbor_put_bytes(&batch, hash_slice(kid(DEVICE)));
    cbor_put_uint(&batch, 1);
    cbor_put_bytes(&batch, hash_slice(&no_batch));
    cbor_put_uint(&batch, T0);
    cbor_put_array(&batch, 2);
    put_read(&batch, true);
    put_read(&batch, false);
    hash_bytes(buf_slice(&batch), &hash);
    buf_put_str(&message, "huce/1/reads\n");
    buf_put_slice(&message, buf_slice(&batch));
    sign_message(keys[DEVICE], buf_slice(&message), &signature);
    cbor_put_array(&request, 3);
    cbor_put_uint(&request, 1);
    cbor_put_bytes(&request, buf_slice(&batch));
    cbor_put_bytes(&request, slice_of(signature.b, SIGN_SIZE));
    cbor_put_array(&answer, 3);
    cbor_put_uint(&answer, 1);
    cbor_put_uint(&answer, 1);
    cbor_put_bytes(&answer, hash_slice(&hash));
    CHECK(buf_ok(&message) && buf_ok(&request) && buf_ok(&answer));
    open_level("reads", '{');
    put_hex("author", slice_of(sign_key_public(keys[DEVICE])->b, 32));
    put_hex("to_sign", buf_slice(&message));
    put_hex("signature", slice_of(signature.b, SIGN_SIZE));
    put_hex("batch", buf_slice(&batch));
    put_hex("request", buf_slice(&request));
    put_hex("answer", buf_slice(&answer));
    close_level('}');
    buf_release(&answer);
    buf_release(&request);
    buf_release(&message);
    buf_release(&batch);
}

static void put_refusals(void)
{
    open_level("refused", '[');
    refuse_columns();
    refuse_messages();
    refuse_frames();
    refuse_segments();
    refuse_inputs();
    close_level(']');
}

/* ---- records before their history ---- */

static void put_snapshot_answer(void)
{
    struct checkpoint head;
    struct snapshot_note note = {.origin = village, .registry_size = 3, .catalog = 2, .merge = 1};
    struct buf checkpoint, text, answer;
    static const uint8_t records[] = "records of the village";
    buf_init(&checkpoint, CHECKPOINT_MAX);
    buf_init(&text, SNAPSHOT_NOTE_MAX);
    buf_init(&answer, MESSAGE_MAX);
    grown_checkpoint(&village_ledger, &checkpoint);
    CHECK(checkpoint_open(buf_slice(&checkpoint), &village, sign_key_public(keys[LOG]), &head,
                          NULL) == ST_OK);
    note.size = head.size;
    note.root = head.root;
    note.bytes = sizeof(records) - 1;
    hash_bytes(slice_of(records, sizeof(records) - 1), &note.content);
    hash_bytes(slice_str("what the fold comes to"), &note.digest);
    snapshot_note_sign(&note, keys[LOG], &text);
    snapshot_answer_write(buf_slice(&checkpoint), buf_slice(&text), &answer);
    CHECK(buf_ok(&answer));
    open_level("snapshot", '{');
    put_str("origin", village.text);
    put_text("checkpoint", buf_slice(&checkpoint));
    put_text("note", buf_slice(&text));
    put_text("records", slice_of(records, sizeof(records) - 1));
    put_hex("answer", buf_slice(&answer));
    close_level('}');
    buf_release(&answer);
    buf_release(&text);
    buf_release(&checkpoint);
}

/* ---- an attachment by stick ---- */

static void put_attachment_parts(void)
{
    static const uint8_t content[] = "the second half";
    struct bundle_blob blob = {.origin = village, .size = 30, .at = 15};
    struct buf part, state;
    buf_init(&part, BUNDLE_BLOB_MAX);
    buf_init(&state, BUNDLE_BLOB_MAX);
    hash_bytes(slice_str("the first half,the second half"), &blob.hash);
    bundle_blob_write(&blob, &state);
    blob.content = slice_of(content, sizeof(content) - 1);
    bundle_blob_write(&blob, &part);
    open_level("attachment_parts", '{');
    put_hex("part", buf_slice(&part));
    put_hex("state", buf_slice(&state));
    close_level('}');
    buf_release(&state);
    buf_release(&part);
}

int main(int argc, char **argv)
{
    crypto_init();
    if (argc > 1 && strcmp(argv[1], "--seal") == 0) { /* makes another sealed_id_key */
        uint8_t id_key[32], sealed[80];
        char digits[161];
        seed_of(CAST, box_seed);
        box_public_from_seed(box_seed, &box);
        memset(id_key, 0x1D, sizeof(id_key));
        box_seal(&box, slice_of(id_key, sizeof(id_key)), sealed);
        hex_encode(slice_of(sealed, sizeof(sealed)), digits);
        puts(digits);
        return 0;
    }
    printf("{");
    depth = 1;
    first[1] = true;
    put_number("protocol", 1);
    make_cast();
    make_county();
    put_all_columns();
    put_segments();
    put_request();
    put_answer();
    put_join();
    put_handback();
    put_signed_requests();
    put_refusals();
    put_cosigned_list();
    put_reads();
    put_neighbours();
    put_snapshot_answer();
    put_attachment_parts();
    printf("\n}\n");
    for (unsigned i = 0; i < CAST; i++)
        sign_key_release(keys[i]);
    registry_forget(&reg);
    buf_release(&township_body);
    arena_release(&memory);
    return 0;
}
