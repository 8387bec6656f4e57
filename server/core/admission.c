/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * admission: see admission.h. The decision about one changeset is shared/sync/session (pure); this
 * file brings it what the ledger holds and does what it says.
 *
 *   request ─▶ per ledger, registry first:  each segment: read and verify ─▶ session_admit
 *                  ADMIT: next leaf     KNOWN: nothing     REJECT: into the answer, others go on
 *            ─▶ per ledger that grew: check stored bytes, fold, sign a checkpoint
 *            ─▶ answer: checkpoint, new leaves, segments up to what was wanted  ─▶  commit
 *
 * Memory: a few KB of message can speak of a gigabyte of changes, so what is taken apart is folded
 * and forgotten in portions. An answer always fits its message: what is left out of it is asked
 * for, or sent, in another round.
 */
#include "server/core/admission.h"

#include "server/core/forks.h"
#include "server/core/quota.h"
#include "server/core/sealed.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/db/give.h"

#include <inttypes.h>
#include <stdlib.h>

#define WANTS_DEFAULT (1024 * 1024)
#define WANTS_MAX (4 * 1024 * 1024)
#define REJECTIONS_MAX 4096   /* in one answer */
#define REJECTIONS_TOLD 8     /* of one ledger in the diagnostics */
#define PORTION_SEGMENTS 1024 /* taken before they are folded and their memory is used again */
#define PORTION_BYTES ((size_t)16 * 1024 * 1024)

/* ---- appending ---- */

enum status admission_append(struct server *srv, struct ledger *ledger,
                             const struct segment *segment, struct slice columns, int64_t now_ms,
                             struct error *err)
{
    if (server_recovering(srv) && !srv->declaring)
        return error_set(err, ST_WAIT, "本县正在恢复，现在什么都不能签：huced recovery status");
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

enum status admission_fold(struct server *srv, struct ledger *ledger, const struct segment *ready,
                           size_t ready_count, struct fold_stats *stats, struct error *err)
{
    const size_t catalogs_before = srv->rep->catalog_count;
    enum status st = materialise_fold(srv->rep, ledger, ready, ready_count, stats, err);
    if (st == ST_OK && srv->rep->catalog_count != catalogs_before)
        st = materialise_schema(srv->rep, err);
    return st;
}

enum status admission_finish(struct server *srv, struct ledger *ledger, const struct merkle *before,
                             const struct segment *ready, size_t ready_count, struct error *err)
{
    struct checkpoint checkpoint = {.size = ledger->tree.size, .root = ledger->root};
    struct fold_stats stats = {0};
    struct buf text;

    if (ledger->tree.size == before->size)
        return ST_OK;
    buf_init(&text, CHECKPOINT_MAX);
    enum status st = check_stored(srv, ledger, before, err);
    if (st == ST_OK)
        st = admission_fold(srv, ledger, ready, ready_count, &stats, err);
    if (st == ST_OK) {
        replica_signed_name(ledger, &checkpoint.origin);
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
        [REJECT_FORK] = "同一序号已有另一份改动，请换新链重新签名",
        [REJECT_ANCESTOR] = "所依据的改动已被拒收",
    };
    const char *text = code < ARRAY_LENGTH(texts) && texts[code] ? texts[code] : "不能接收";
    if (answer->rejected_count < REJECTIONS_TOLD) /* diagnostics are not for a sender to fill */
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

static bool sent_has(void *arg, const struct hash *id)
{
    const struct sent *sent = arg;
    return sent->count && bsearch(id, sent->ids, sent->count, sizeof(*id), compare_ids) != NULL;
}

/* One request being taken. */
struct intake {
    const struct hash *device;
    struct arena *arena;          /* of the request and its answer */
    struct answer_ledger *answer; /* of the ledger being taken */
    size_t rejections_left;
    struct sent sent;
    uint64_t admitted, bytes; /* changesets; bytes of those of the ledger being taken */
    struct segment *segments; /* PORTION_SEGMENTS, admitted and not yet folded */
    struct arena portion;     /* what they are made of */
};

/* What segment_read cannot know. A signature holds over the hash of an erased change too, so
 * whoever carries a changeset could take its content away: without the county's erase op it must be
 * there. */
static enum status judge_place(const struct server *srv, const struct ledger *ledger,
                               const struct segment *segment, struct error *why)
{
    const struct changeset *cs = &segment->header;
    for (uint32_t i = 0; !segment->has_seed && i < cs->count; i++)
        if (segment->erased[i])
            return error_set(why, ST_WAIT, "change %u has no content, and nothing erased it", i);
    if (ledger == srv->rep->registry_ledger &&
        (cs->base_size != cs->registry_size || !hash_equal(&cs->base_root, &cs->registry_root)))
        return error_set(why, ST_INVALID, "in the registry both bases are one");
    return ST_OK;
}

/* Judges one segment and gives it its leaf when it may have one. */
static enum status take_one(struct server *srv, struct ledger *ledger, struct slice bytes,
                            int64_t now_ms, struct intake *in, struct segment *segment,
                            enum admission *decision, struct error *err)
{
    struct segment_known known;
    struct chain_end end;
    struct error why = {0};
    enum reject_code code = REJECT_FORM;
    struct changeset judged;
    struct admission_input input = {.header = &judged, .id = &segment->id};

    memset(segment, 0, sizeof(*segment));
    replica_known(srv->rep, ledger, &known);
    input.verdict = segment_read(bytes, &ledger->origin, &known, &in->portion, segment, &why);
    if (input.verdict == ST_OK)
        input.verdict = judge_place(srv, ledger, segment, &why);
    enum status st = replica_chain_end(srv->rep, ledger, &segment->header.kid,
                                       &segment->header.chain, segment->header.number, &end, err);
    if (st != ST_OK)
        return st;
    input.number_taken = end.taken;
    input.taken_id = end.taken_id;
    input.chain_next = end.next_number;
    input.size = ledger->tree.size;
    judged = segment->header;
    judged.base_size = replica_base(srv->rep, ledger, &segment->header);
    uint64_t deps_base = replica_deps_base(srv->rep, ledger, &segment->header);
    input.author_base_floor = end.base_size > deps_base ? end.base_size : deps_base;
    *decision = session_admit(&input, &code);
    if (*decision == ADMIT)
        st = admission_append(srv, ledger, segment, columns_of(bytes), now_ms, err);
    if (*decision == ADMIT_REJECT && code == REJECT_FORK && end.taken) /* its signature is good */
        st = forks_keep(srv, ledger, &segment->header, &end.taken_id, in->device, now_ms, err);
    if (*decision == ADMIT_REJECT)
        reject(in->answer, &segment->header, code, &why, in->arena);
    return st;
}

/* Takes what a device sent of one ledger. */
static enum status take(struct server *srv, struct ledger *ledger,
                        const struct request_ledger *request, int64_t now_ms, struct intake *in,
                        struct error *err)
{
    const struct merkle before = ledger->tree;
    const size_t n = request->segment_count;
    in->bytes = 0;
    const size_t most = n < in->rejections_left ? n : in->rejections_left;
    size_t ready = 0;
    enum status st = ST_OK;

    in->answer->rejected = arena_alloc(in->arena, most * sizeof(in->answer->rejected[0]));
    for (size_t i = 0; i < n && in->answer->rejected_count < most && st == ST_OK; i++) {
        enum admission decision = ADMIT_REJECT;
        struct segment *segment = &in->segments[ready];
        st = take_one(srv, ledger, request->segments[i], now_ms, in, segment, &decision, err);
        if (decision != ADMIT_REJECT)
            in->sent.ids[in->sent.count++] = segment->id;
        ready += decision == ADMIT;
        in->admitted += decision == ADMIT;
        in->bytes += decision == ADMIT ? request->segments[i].n : 0;
        if (st == ST_OK && (ready == PORTION_SEGMENTS || in->portion.total > PORTION_BYTES)) {
            st = admission_fold(srv, ledger, in->segments, ready, NULL, err);
            ready = 0;
            arena_reset(&in->portion);
        }
    }
    if (st == ST_OK)
        st = admission_finish(srv, ledger, &before, in->segments, ready, err);
    if (st == ST_OK)
        st = quota_count(srv, QUOTA_CHANGES, ledger, in->device, in->bytes, now_ms, err);
    in->rejections_left -= in->answer->rejected_count;
    arena_reset(&in->portion);
    return st;
}

/* ---- answering ---- */

/* The ledger that is meant, if the device may have it and its view of it is ours. With
 * SYNC_FORBIDDEN: it may hand over work for it, and gets nothing of it. */
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
        return admission_may_deliver(srv, device, ledger) ? ledger : NULL;
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
    if (origin_is_sealed(&ledger->origin))
        return sealed_may_read(srv, device, &ledger->origin);
    return registry_device_reads(reg, device, origin_code(&ledger->origin));
}

bool admission_may_deliver(struct server *srv, const struct hash *device,
                           const struct ledger *ledger)
{
    if (origin_is_sealed(&ledger->origin))
        return admission_may_read(srv, device, ledger);
    return admission_may_read(srv, device, ledger) ||
           registry_device_delivers(&srv->rep->registry, device, origin_code(&ledger->origin));
}

static bool same_origin(const struct origin *a, const struct origin *b)
{
    return strcmp(a->text, b->text) == 0;
}

/* Where the request speaks of the registry; the number of ledgers: nowhere. */
static size_t registry_place(const struct server *srv, const struct sync_request *request)
{
    size_t i = 0;
    while (i < request->ledger_count &&
           !same_origin(&request->ledgers[i].origin, &srv->rep->registry_origin))
        i++;
    return i;
}

struct work {
    const struct request_ledger *request;
    struct ledger *ledger; /* NULL: refused as a whole */
    struct answer_ledger answer;
};

static int compare_ledgers(const void *a, const void *b)
{
    const struct request_ledger *const *x = a, *const *y = b;
    return strcmp((*x)->origin.text, (*y)->origin.text);
}

static enum status check_once_each(const struct sync_request *request, struct arena *arena,
                                   struct error *err)
{
    const size_t n = request->ledger_count;
    const struct request_ledger **sorted = arena_alloc(arena, (n + 1) * sizeof(sorted[0]));
    for (size_t i = 0; i < n; i++)
        sorted[i] = &request->ledgers[i];
    qsort(sorted, n, sizeof(sorted[0]), compare_ledgers);
    for (size_t i = 1; i < n; i++)
        if (compare_ledgers(&sorted[i - 1], &sorted[i]) == 0)
            return error_set(err, ST_INVALID, "请求中账本 %s 出现两次", sorted[i]->origin.text);
    return ST_OK;
}

/* Finds the ledgers of a request, registry first: later leaves name its size. */
static void sort_out(struct server *srv, const struct hash *device,
                     const struct sync_request *request, struct work *work)
{
    const size_t first = registry_place(srv, request);
    for (size_t i = 0; i < request->ledger_count; i++) {
        size_t at = first == request->ledger_count || i > first ? i : i == 0 ? first : i - 1;
        work[i] = (struct work){.request = &request->ledgers[at]};
        work[i].answer.origin = work[i].request->origin;
        work[i].ledger = judge(srv, device, work[i].request, &work[i].answer.status);
    }
}

static enum status admit_all(struct server *srv, struct work *work, size_t count, int64_t now_ms,
                             struct intake *in, struct error *err)
{
    enum status st = ST_OK;
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct ledger *ledger = work[i].ledger;
        if (!ledger || work[i].request->segment_count == 0)
            continue;
        in->answer = &work[i].answer;
        if (!quota_left(srv, QUOTA_CHANGES, ledger, in->device, now_ms)) {
            work[i].answer.status = SYNC_QUOTA;
        } else if (admission_clock_ok(ledger, now_ms) &&
                   admission_clock_ok(srv->rep->registry_ledger, now_ms)) {
            st = take(srv, ledger, work[i].request, now_ms, in, err);
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

/* The registry's past cannot be declared lost (FORMAT.md §4c). So nobody is shown a head of more of
 * it than comes with the head: what was seen, somebody has. */
static struct slice head_of_part(struct server *srv, struct ledger *registry, uint64_t size,
                                 struct arena *arena)
{
    struct checkpoint part = {.size = size};
    struct buf text;
    buf_init(&text, CHECKPOINT_MAX);
    replica_signed_name(registry, &part.origin);
    CHECK(replica_root_at(srv->rep, registry, size, &part.root));
    checkpoint_sign(&part, server_log_key(srv, size), &text);
    CHECK(buf_ok(&text));
    struct slice kept = slice_of(arena_copy(arena, text.p, text.n), text.n);
    buf_release(&text);
    return kept;
}

/* Whoever hears in this answer that the log key is another one gets the heads under it, also of
 * ledgers that have not grown. */
static bool hears_of_log_key(const struct server *srv, const struct sync_request *request)
{
    const struct registry *reg = &srv->rep->registry;
    const size_t i = registry_place(srv, request);
    return i < request->ledger_count && reg->log_key_count > 0 &&
           request->ledgers[i].size <= reg->log_keys[reg->log_key_count - 1].leaf;
}

/* It may read: what it brings may have to wait all the same. */
static bool is_given(struct server *srv, const struct hash *device, const struct work *work)
{
    return work->ledger &&
           (work->answer.status == SYNC_OK ||
            (work->answer.status == SYNC_QUOTA && admission_may_read(srv, device, work->ledger)));
}

static enum status answer_all(struct server *srv, struct work *work, size_t count,
                              const struct sync_request *request, struct intake *in,
                              struct sync_answer *answer, struct error *err)
{
    const uint64_t wants = request->wants;
    const bool new_key = hears_of_log_key(srv, request);
    struct give_room room = {.left = wants == 0          ? WANTS_DEFAULT
                                     : wants > WANTS_MAX ? WANTS_MAX
                                                         : (size_t)wants};
    enum status st = ST_OK;
    answer->ledgers = arena_alloc(in->arena, (count + 1) * sizeof(answer->ledgers[0]));
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        struct answer_ledger *a = &work[i].answer;
        const bool given = is_given(srv, in->device, &work[i]);
        if (given)
            st = give_leaves(srv->rep, work[i].ledger, work[i].request->size, sent_has, &in->sent,
                             in->arena, a, &room, err);
        if (new_key && work[i].ledger && a->status == SYNC_OK && a->leaf_count == 0 &&
            work[i].request->size == work[i].ledger->tree.size)
            a->checkpoint = replica_checkpoint(srv->rep, work[i].ledger, in->arena);
        if (a->status == SYNC_HISTORY) /* what the county stands by, signed: the desk keeps it */
            a->checkpoint = replica_checkpoint(
                srv->rep, replica_ledger(srv->rep, &work[i].request->origin), in->arena);
        const uint64_t reached = work[i].request->size + a->leaf_count;
        a->more = given && reached < work[i].ledger->tree.size;
        if (a->leaf_count > 0)
            a->checkpoint = a->more && work[i].ledger == srv->rep->registry_ledger
                                ? head_of_part(srv, work[i].ledger, reached, in->arena)
                                : replica_checkpoint(srv->rep, work[i].ledger, in->arena);
        if (a->status != SYNC_OK || a->leaf_count || a->checkpoint.n || a->rejected_count ||
            a->more || work[i].request->segment_count)
            answer->ledgers[answer->ledger_count++] = *a;
    }
    return st;
}

enum status admission_sync(struct server *srv, const struct hash *device,
                           const struct sync_request *request, int64_t now_ms, struct arena *arena,
                           struct sync_answer *answer, uint64_t *admitted, struct error *err)
{
    const size_t count = request->ledger_count;
    struct work *work = arena_alloc(arena, (count + 1) * sizeof(work[0]));
    struct intake in = {.device = device, .arena = arena, .rejections_left = REJECTIONS_MAX};
    enum status answered = ST_OK;
    size_t segments = 0;

    *admitted = 0;
    *answer = (struct sync_answer){0};
    enum status st = check_once_each(request, arena, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK && server_recovering(srv)) {
        server_rollback(srv);
        st = error_set(err, ST_WAIT, "本县正在恢复，现在不接收改动");
    }
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < count; i++)
        segments += request->ledgers[i].segment_count;
    in.sent.ids = arena_alloc(arena, (segments + 1) * sizeof(in.sent.ids[0]));
    in.segments =
        arena_alloc(arena, (segments < PORTION_SEGMENTS ? segments + 1 : PORTION_SEGMENTS) *
                               sizeof(in.segments[0]));
    sort_out(srv, device, request, work);
    st = admit_all(srv, work, count, now_ms, &in, err);
    qsort(in.sent.ids, in.sent.count, sizeof(in.sent.ids[0]), compare_ids);
    /* Still inside, so that leaves and checkpoints are of one moment; what was admitted is kept
     * whatever comes of the answer. */
    if (st == ST_OK)
        answered = answer_all(srv, work, count, request, &in, answer, err);
    st = server_end(srv, st, err); /* free of cost when nothing was written */
    arena_release(&in.portion);
    *admitted = st == ST_OK ? in.admitted : 0;
    return st == ST_OK ? answered : st;
}
