/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * admission: see admission.h. The decision about one changeset is shared/sync/session (pure); this
 * file brings it what the ledger holds and does what it says.
 *
 *   request ─▶ per ledger, registry first:  each segment: read and verify ─▶ session_admit
 *                  ADMIT: next leaf     KNOWN: nothing     REJECT: into the answer, others go on
 *            ─▶ per ledger that grew: check stored bytes, fold, sign a checkpoint
 *            ─▶ commit (durable)  ─▶  answer: checkpoint, new leaves, segments up to what was
 * wanted
 */
#include "server/core/admission.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"

#include <inttypes.h>
#include <stdlib.h>

#define WANTS_DEFAULT (1024 * 1024)
#define WANTS_MAX (4 * 1024 * 1024)
#define LEAVES_MAX 16384 /* of one ledger in one answer */

/* ---- appending ---- */

enum status admission_append(struct server *srv, struct ledger *ledger,
                             const struct segment *segment, struct slice columns, int64_t now_ms,
                             struct error *err)
{
    const bool registry = ledger == srv->rep->registry_ledger;
    const struct leaf leaf = {
        .id = segment->id,
        .admitted_ms = now_ms > ledger->admitted_ms ? now_ms : ledger->admitted_ms,
        .registry_size = registry ? ledger->tree.size : srv->rep->registry_ledger->tree.size,
    };
    return replica_append(srv->rep, ledger, &leaf, segment, columns, err);
}

/* Recomputes the tree over the new leaves from the bytes that were stored: what is about to be
 * signed is what the database holds, not what memory believes. */
static enum status check_stored(struct server *srv, struct ledger *ledger,
                                const struct merkle *before, struct error *err)
{
    struct merkle tree = *before;
    struct arena arena = {0};
    struct hash id, hash, root;
    enum status st = ST_OK;
    for (uint64_t i = before->size; i < ledger->tree.size && st == ST_OK; i++) {
        struct stored_changeset cs;
        arena_reset(&arena);
        st = replica_read_leaf(srv->rep, ledger, i, &arena, &cs, err);
        if (st != ST_OK)
            break;
        changeset_id(cs.cose, &id);
        if (!hash_equal(&id, &cs.leaf.id))
            st = error_set(err, ST_DAMAGED, "%s 第 %" PRIu64 " 项的存储内容与其标识不符",
                           ledger->origin.text, i);
        leaf_hash(&cs.leaf, &hash);
        merkle_append(&tree, &hash);
    }
    merkle_root(&tree, &root);
    if (st == ST_OK && !hash_equal(&root, &ledger->root))
        st = error_set(err, ST_DAMAGED, "%s 的存储内容算不出将要签名的根", ledger->origin.text);
    arena_release(&arena);
    return st;
}

enum status admission_finish(struct server *srv, struct ledger *ledger, const struct merkle *before,
                             const struct segment *ready, size_t ready_count, struct error *err)
{
    const struct checkpoint checkpoint = {
        .origin = ledger->origin, .size = ledger->tree.size, .root = ledger->root};
    const size_t catalogs_before = srv->rep->catalog_count;
    struct fold_stats stats = {0};
    struct buf text;

    if (ledger->tree.size == before->size)
        return ST_OK;
    buf_init(&text, CHECKPOINT_MAX);
    enum status st = check_stored(srv, ledger, before, err);
    if (st == ST_OK)
        st = materialise_fold(srv->rep, ledger, ready, ready_count, &stats, err);
    if (st == ST_OK && srv->rep->catalog_count != catalogs_before)
        st = materialise_schema(srv->rep, err);
    if (st == ST_OK) {
        checkpoint_sign(&checkpoint, srv->log, &text);
        CHECK(buf_ok(&text));
        replica_set_checkpoint(srv->rep, ledger, buf_slice(&text));
        diag_info("admission", "%s: size %" PRIu64 ", %" PRIu64 " changes, %" PRIu64 " void",
                  ledger->origin.text, ledger->tree.size, stats.changes, stats.voided);
    }
    buf_release(&text);
    return st;
}

bool admission_clock_ok(const struct ledger *ledger, int64_t now_ms)
{
    return now_ms >= ledger->admitted_ms - CLOCK_BACK_MAX_MS;
}

/* ---- taking what a device sent ---- */

static struct slice copy_str(struct arena *arena, const char *text)
{
    size_t n = strlen(text);
    return slice_of(arena_copy(arena, text, n), n);
}

static void reject(struct answer_ledger *answer, const struct changeset *header,
                   enum reject_code code, const struct error *why, struct arena *arena)
{
    static const char *const texts[] = {
        [REJECT_FORM] = "格式有误或超过上限",
        [REJECT_SIGNATURE] = "签名或散列不符，请发送完整形式",
        [REJECT_AUTHOR] = "签名人未在登记账本中登记",
        [REJECT_WAIT] = "所依据的内容尚未到达，请一并发送",
        [REJECT_HISTORY] = "所依据的历史与县级账本不同",
        [REJECT_FORK] = "同一序号已有另一份变更，请换新链重新签名",
        [REJECT_ANCESTOR] = "所依据的变更已被拒收",
    };
    const char *text = code < ARRAY_LENGTH(texts) && texts[code] ? texts[code] : "不能接收";
    diag_warn("admission", "%s: changeset refused, code %d: %s", answer->origin.text, (int)code,
              why->text);
    answer->rejected[answer->rejected_count++] = (struct rejection){
        .kid = header->kid,
        .chain = header->chain,
        .number = header->number,
        .code = code,
        .text = copy_str(arena, text),
    };
}

/* The columns stand last in both forms of a segment; their content was verified by segment_read. */
static struct slice columns_of(struct slice segment)
{
    struct cbor_reader r;
    struct slice columns = SLICE_NONE;
    cbor_reader_init(&r, segment, "segment");
    size_t n = cbor_read_array(&r, 64);
    for (size_t i = 1; i < n; i++)
        cbor_read_item(&r);
    columns = cbor_read_bytes(&r, COLUMNS_MAX);
    CHECK(cbor_ok(&r));
    return columns;
}

/* The changesets of one request, of all ledgers: they need no sending back. Sorted before asking.
 */
struct sent {
    struct hash *ids; /* arena */
    size_t count;
};

static int compare_ids(const void *a, const void *b)
{
    return memcmp(a, b, HASH_SIZE);
}

static bool sent_has(const struct sent *sent, const struct hash *id)
{
    return sent->count && bsearch(id, sent->ids, sent->count, sizeof(*id), compare_ids) != NULL;
}

/* Judges one segment and gives it its leaf when it may have one. */
static enum status take_one(struct server *srv, struct ledger *ledger, struct slice bytes,
                            int64_t now_ms, struct arena *arena, struct answer_ledger *answer,
                            struct segment *segment, enum admission *decision, struct error *err)
{
    struct segment_known known;
    struct chain_end end;
    struct error why = {0};
    enum reject_code code = REJECT_FORM;
    struct admission_input input = {.header = &segment->header, .id = &segment->id};

    memset(segment, 0, sizeof(*segment));
    replica_known(srv->rep, ledger, &known);
    input.verdict = segment_read(bytes, &ledger->origin, &known, arena, segment, &why);
    enum status st = replica_chain_end(srv->rep, ledger, &segment->header.kid,
                                       &segment->header.chain, segment->header.number, &end, err);
    if (st != ST_OK)
        return st;
    input.number_taken = end.taken;
    input.taken_id = end.taken_id;
    input.chain_next = end.next_number;
    input.size = ledger->tree.size;
    uint64_t deps_base = replica_deps_base(srv->rep, ledger, &segment->header);
    input.author_base_floor = end.base_size > deps_base ? end.base_size : deps_base;
    *decision = session_admit(&input, &code);
    if (*decision == ADMIT)
        st = admission_append(srv, ledger, segment, columns_of(bytes), now_ms, err);
    else if (*decision == ADMIT_REJECT)
        reject(answer, &segment->header, code, &why, arena);
    return st;
}

/* Takes what a device sent of one ledger. */
static enum status take(struct server *srv, struct ledger *ledger,
                        const struct request_ledger *request, int64_t now_ms, struct arena *arena,
                        struct answer_ledger *answer, struct sent *sent, uint64_t *admitted,
                        struct error *err)
{
    const struct merkle before = ledger->tree;
    const size_t n = request->segment_count;
    size_t ready = 0;
    enum status st = ST_OK;

    if (n == 0)
        return ST_OK;
    answer->rejected = arena_alloc(arena, n * sizeof(answer->rejected[0]));
    struct segment *segments = arena_alloc(arena, n * sizeof(segments[0]));
    for (size_t i = 0; i < n && st == ST_OK; i++) {
        enum admission decision = ADMIT_REJECT;
        st = take_one(srv, ledger, request->segments[i], now_ms, arena, answer, &segments[ready],
                      &decision, err);
        if (decision != ADMIT_REJECT)
            sent->ids[sent->count++] = segments[ready].id;
        ready += decision == ADMIT;
    }
    if (st == ST_OK)
        st = admission_finish(srv, ledger, &before, segments, ready, err);
    *admitted += ready;
    return st;
}

/* ---- answering ---- */

/* What of a ledger the asker lacks, while `*room` bytes last. The first leaf always goes. */
static enum status give(struct server *srv, struct ledger *ledger, uint64_t from,
                        const struct sent *sent, struct arena *arena, struct answer_ledger *answer,
                        size_t *room, struct error *err)
{
    uint64_t count = ledger->tree.size - from;
    struct changeset header;
    struct buf bytes;
    enum status st = ST_OK;

    if (count > LEAVES_MAX)
        count = LEAVES_MAX;
    if (count == 0)
        return ST_OK;
    answer->leaves = arena_alloc(arena, (size_t)count * sizeof(answer->leaves[0]));
    buf_init(&bytes, MESSAGE_MAX);
    for (uint64_t i = from; i < from + count && st == ST_OK && *room > 0; i++) {
        struct answer_leaf *leaf = &answer->leaves[answer->leaf_count];
        struct stored_changeset cs;
        st = replica_read_leaf(srv->rep, ledger, i, arena, &cs, err);
        if (st != ST_OK)
            break;
        *leaf = (struct answer_leaf){.admitted_ms = cs.leaf.admitted_ms,
                                     .registry_size = cs.leaf.registry_size,
                                     .has_segment = !sent_has(sent, &cs.id)};
        memcpy(leaf->id8, cs.id.b, sizeof(leaf->id8));
        size_t cost = sizeof(leaf->id8);
        if (leaf->has_segment) {
            st = changeset_decode(cs.cose, &header, err);
            if (st != ST_OK)
                break;
            buf_clear(&bytes);
            segment_write(&header, SEGMENT_SHORT, cs.salts, cs.columns, &bytes);
            CHECK(buf_ok(&bytes));
            cost = bytes.n;
            if (answer->leaf_count > 0 && cost > *room)
                break;
            leaf->segment = slice_of(arena_copy(arena, bytes.p, bytes.n), bytes.n);
        }
        *room -= cost < *room ? cost : *room;
        answer->leaf_count++;
    }
    buf_release(&bytes);
    answer->more = from + answer->leaf_count < ledger->tree.size;
    return st;
}

/* The ledger that is meant, if the device may have it and its view of it is ours. */
static struct ledger *judge(struct server *srv, const struct hash *device,
                            const struct request_ledger *request, enum sync_status *status)
{
    struct ledger *ledger = replica_ledger(srv->rep, &request->origin);
    struct hash root;

    *status = SYNC_UNKNOWN;
    if (!ledger)
        return NULL;
    *status = SYNC_FORBIDDEN;
    if (!admission_may_read(srv, device, ledger))
        return NULL;
    *status = SYNC_HISTORY;
    if (!replica_root_at(srv->rep, ledger, request->size, &root) ||
        memcmp(root.b, request->root8, sizeof(request->root8)) != 0)
        return NULL;
    *status = SYNC_OK;
    return ledger;
}

bool admission_may_read(struct server *srv, const struct hash *device, const struct ledger *ledger)
{
    const struct registry *reg = &srv->rep->registry;
    if (ledger == srv->rep->registry_ledger)
        return registry_grant(reg, device, reg->size) != NULL;
    return registry_device_reads(reg, device, origin_code(&ledger->origin));
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* Both passes go registry first: later leaves name its size. */
static size_t in_order(const struct server *srv, const struct sync_request *request, size_t i)
{
    for (size_t j = 0; j < request->ledger_count; j++)
        if (same_origin(&request->ledgers[j].origin, &srv->rep->registry_origin))
            return i == 0 ? j : i <= j ? i - 1 : i;
    return i;
}

struct work {
    const struct request_ledger *request;
    struct ledger *ledger; /* NULL: refused as a whole */
    struct answer_ledger answer;
};

static enum status admit_all(struct server *srv, struct work *work, size_t count, int64_t now_ms,
                             struct arena *arena, struct sent *sent, uint64_t *admitted,
                             struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct ledger *ledger = work[i].ledger;
        if (!ledger || work[i].request->segment_count == 0)
            continue;
        if (admission_clock_ok(ledger, now_ms) &&
            admission_clock_ok(srv->rep->registry_ledger, now_ms)) {
            st = take(srv, ledger, work[i].request, now_ms, arena, &work[i].answer, sent, admitted,
                      err);
        } else {
            diag_error("admission",
                       "the clock is more than a day behind %s: nothing is admitted "
                       "until it is set right",
                       ledger->origin.text);
            work[i].answer.status = SYNC_BUSY;
        }
    }
    return st;
}

enum status admission_sync(struct server *srv, const struct hash *device,
                           const struct sync_request *request, int64_t now_ms, struct arena *arena,
                           struct sync_answer *answer, uint64_t *admitted, struct error *err)
{
    size_t count = request->ledger_count, segments = 0;
    size_t room = request->wants == 0          ? WANTS_DEFAULT
                  : request->wants > WANTS_MAX ? WANTS_MAX
                                               : (size_t)request->wants;
    struct work *work = arena_alloc(arena, (count + 1) * sizeof(work[0]));
    struct sent sent = {0};

    *admitted = 0;
    *answer = (struct sync_answer){0};
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < count; i++) {
        work[i] = (struct work){.request = &request->ledgers[in_order(srv, request, i)]};
        work[i].answer.origin = work[i].request->origin;
        work[i].ledger = judge(srv, device, work[i].request, &work[i].answer.status);
        segments += work[i].request->segment_count;
    }
    sent.ids = arena_alloc(arena, (segments + 1) * sizeof(sent.ids[0]));
    st = admit_all(srv, work, count, now_ms, arena, &sent, admitted, err);
    st = server_end(srv, st, err); /* free of cost when nothing was written */

    qsort(sent.ids, sent.count, sizeof(sent.ids[0]), compare_ids);
    answer->ledgers = arena_alloc(arena, (count + 1) * sizeof(answer->ledgers[0]));
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct answer_ledger *a = &work[i].answer;
        if (work[i].ledger && a->status == SYNC_OK)
            st = give(srv, work[i].ledger, work[i].request->size, &sent, arena, a, &room, err);
        if (a->leaf_count > 0)
            a->checkpoint = replica_checkpoint(srv->rep, work[i].ledger, arena);
        a->more |= work[i].ledger && a->status == SYNC_OK &&
                   work[i].request->size + a->leaf_count < work[i].ledger->tree.size;
        if (a->status != SYNC_OK || a->leaf_count || a->rejected_count || a->more ||
            work[i].request->segment_count)
            answer->ledgers[answer->ledger_count++] = *a;
    }
    return st;
}
