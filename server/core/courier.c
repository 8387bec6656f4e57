/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * courier: see courier.h.
 *
 * The county plays the desk's part of an exchange, round by round: each request of the bundle goes
 * through admission_sync with the size that the answers so far lead to; then empty requests until
 * there is no more.
 */
#include "server/core/courier.h"

#include "server/core/admission.h"
#include "server/core/courier_blobs.h"
#include "shared/base/random.h"
#include "shared/codec/compress.h"

#define WANTS ((uint64_t)1024 * 1024) /* of answer in one message */

/* One ledger, as its asker will stand after what is packed so far. */
struct asker {
    struct origin origin;
    uint64_t from, size; /* from: where it stood before */
    struct hash root;
    bool more, answered;
};

struct round {
    struct server *srv;
    const struct hash *device;
    int64_t now_ms;
    struct bundle_pack pack;
    struct asker *askers;
    size_t count, capacity;
    bundle_file *file;
    void *arg;
    struct courier_done *out;
};

static enum status count_file(void *arg, size_t number, struct slice file, struct error *err)
{
    struct round *r = arg;
    r->out->files++;
    r->out->bytes += file.n;
    return r->file(r->arg, number, file, err);
}

static struct asker *asker_of(struct round *r, const struct origin *origin)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->askers[i].origin.text, origin->text) == 0)
            return &r->askers[i];
    return NULL;
}

static struct asker *add_asker(struct round *r, const struct origin *origin, uint64_t size,
                               const struct hash *root)
{
    r->askers = mem_grow(r->askers, &r->capacity, r->count + 1, sizeof(r->askers[0]));
    struct asker *asker = &r->askers[r->count++];
    *asker = (struct asker){.origin = *origin, .from = size, .size = size, .more = true};
    if (root)
        asker->root = *root;
    else
        hash_bytes(SLICE_NONE, &asker->root); /* of nothing */
    return asker;
}

/* ---- one message ---- */

static enum status pack_answer(struct round *r, struct asker *asker, struct answer_ledger *ledger,
                               struct error *err)
{
    const struct sync_answer answer = {1, ledger};
    const struct bundle_ledger base = {asker->origin, asker->size, asker->root, ledger->leaf_count};
    struct buf bytes;
    buf_init(&bytes, MESSAGE_MAX);
    sync_answer_write(&answer, COMPRESS_LEVEL, &bytes);
    enum status st = buf_ok(&bytes) ? bundle_pack_add(&r->pack, &base, buf_slice(&bytes), err)
                                    : error_set(err, ST_IO, "一条回答装不进一条消息");
    buf_release(&bytes);
    return st;
}

/* Sends one request through the county's door and packs what comes back. segments: 0, only asks. */
static enum status one_round(struct round *r, struct asker *asker, size_t segments,
                             struct slice *segment, struct error *err)
{
    struct request_ledger ledger = {.origin = asker->origin,
                                    .size = asker->size,
                                    .segment_count = segments,
                                    .segments = segment};
    const size_t file_bytes = r->pack.terms->file_bytes;
    const struct sync_request request = {1, &ledger,
                                         file_bytes && file_bytes < WANTS ? file_bytes : WANTS};
    struct arena arena = {0};
    struct sync_answer answer;
    struct answer_ledger nothing = {.origin = asker->origin, .status = SYNC_OK}, *got = &nothing;
    uint64_t admitted;
    memcpy(ledger.root8, asker->root.b, sizeof(ledger.root8));
    enum status st =
        admission_sync(r->srv, r->device, &request, r->now_ms, &arena, &answer, &admitted, err);
    if (st == ST_OK && answer.ledger_count)
        got = &answer.ledgers[0];
    asker->more = got->more && got->status == SYNC_OK;
    if (st == ST_OK && (got != &nothing || !asker->answered))
        st = pack_answer(r, asker, got, err);
    if (st == ST_OK) {
        asker->answered = true;
        asker->size += got->leaf_count;
        r->out->admitted += admitted;
        r->out->rejected += got->rejected_count;
        r->out->leaves += got->leaf_count;
        if (got->rejected_count)
            error_set(&r->out->refused, ST_REFUSED, "%.*s",
                      (int)got->rejected[got->rejected_count - 1].text.n,
                      (const char *)got->rejected[got->rejected_count - 1].text.p);
        struct ledger *here = replica_ledger(r->srv->rep, &asker->origin);
        if (got->leaf_count && !replica_root_at(r->srv->rep, here, asker->size, &asker->root))
            st = error_set(err, ST_DAMAGED, "%s 读不出来；请运行 huced audit", asker->origin.text);
    }
    arena_release(&arena);
    return st;
}

static enum status give_rest(struct round *r, struct asker *asker, struct error *err)
{
    enum status st = ST_OK;
    while (st == ST_OK && asker->more)
        st = one_round(r, asker, 0, NULL, err);
    return st;
}

/* ---- what a desk packed ---- */

static bool is_device(void *arg, const struct hash *kid, struct sign_public *out)
{
    const struct registry *reg = &((const struct server *)arg)->rep->registry;
    const struct grant *grant = registry_grant(reg, kid, reg->size);
    if (!grant || grant->kind != GRANT_DEVICE)
        return false;
    *out = grant->pk;
    return true;
}

/* Messages of one ledger come together: when another begins, the one before gets its rest. */
static enum status take_requests(struct round *r, const struct bundle *bundle, struct error *err)
{
    struct asker *before = NULL;
    enum status st = ST_OK;
    for (size_t i = 0; i < bundle->message_count && st == ST_OK; i++) {
        struct arena arena = {0};
        struct sync_request request;
        struct asker *asker = NULL;
        st = sync_request_read(bundle->messages[i], &arena, &request, err);
        if (st == ST_OK && request.ledger_count == 1)
            asker = asker_of(r, &request.ledgers[0].origin);
        if (st == ST_OK && (!asker || (asker->answered && asker != before)))
            st = error_set(err, ST_INVALID, "包里的消息与清单不符");
        if (st == ST_OK && before && before != asker)
            st = give_rest(r, before, err);
        if (st == ST_OK)
            st = one_round(r, asker, request.ledgers[0].segment_count, request.ledgers[0].segments,
                           err);
        before = asker;
        arena_release(&arena);
    }
    return st == ST_OK && before ? give_rest(r, before, err) : st;
}

/* Ledgers that it may read and did not ask for: it does not know of them yet. */
static enum status give_others(struct round *r, struct error *err)
{
    struct replica *rep = r->srv->rep;
    enum status st = ST_OK;
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        struct ledger *ledger = rep->ledgers[i];
        if (!asker_of(r, &ledger->origin) && admission_may_read(r->srv, r->device, ledger))
            st = give_rest(r, add_asker(r, &ledger->origin, 0, NULL), err);
    }
    return st;
}

/* ---- where a device stands ---- */

static enum status note_place(struct round *r, const struct bundle_ledger *ledger,
                              struct error *err)
{
    struct stmt *stmt = db_stmt(r->srv->db, "INSERT INTO _courier(device, ledger, size, root,"
                                            " seen_ms) VALUES (?1, ?2, ?3, ?4, ?5)"
                                            " ON CONFLICT DO UPDATE SET size = excluded.size,"
                                            " root = excluded.root, seen_ms = excluded.seen_ms");
    bind_blob(stmt, 1, hash_slice(r->device));
    bind_str(stmt, 2, ledger->origin.text);
    bind_int(stmt, 3, (int64_t)ledger->base_size);
    bind_blob(stmt, 4, hash_slice(&ledger->base_root));
    bind_int(stmt, 5, r->now_ms);
    return stmt_run(stmt, err);
}

static enum status note_places(struct round *r, const struct bundle *bundle, struct error *err)
{
    enum status st = server_begin(r->srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < bundle->ledger_count && st == ST_OK; i++) {
        st = note_place(r, &bundle->ledgers[i], err);
        add_asker(r, &bundle->ledgers[i].origin, bundle->ledgers[i].base_size,
                  &bundle->ledgers[i].base_root);
    }
    return server_end(r->srv, st, err);
}

static void known_places(struct round *r)
{
    struct stmt *stmt =
        db_stmt(r->srv->db, "SELECT ledger, size, root FROM _courier WHERE device = ?1");
    bool row = false;
    bind_blob(stmt, 1, hash_slice(r->device));
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct origin origin;
        struct hash root;
        struct ledger *ledger;
        if (!origin_parse(stmt_text(stmt, 0), &origin) || stmt_blob(stmt, 2).n != HASH_SIZE ||
            !(ledger = replica_ledger(r->srv->rep, &origin)) ||
            !admission_may_read(r->srv, r->device, ledger))
            continue;
        memcpy(root.b, stmt_blob(stmt, 2).p, HASH_SIZE);
        add_asker(r, &origin, (uint64_t)stmt_int(stmt, 1), &root);
    }
    stmt_reset(stmt);
}

/* ---- the two ways in ---- */

/* How much of the registry the bundle's writer holds. */
static uint64_t registry_base_of(const struct server *srv, const struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->ledger_count; i++)
        if (strcmp(bundle->ledgers[i].origin.text, srv->rep->registry_origin.text) == 0)
            return bundle->ledgers[i].base_size;
    return 0;
}

/* registry_base: how much of the registry the device is known to hold. It holds its grant, and is
 * answered under a log key that it knows. */
static enum status begin_round(struct round *r, struct bundle_pack_terms *terms,
                               uint64_t registry_base, struct error *err)
{
    const struct registry *reg = &r->srv->rep->registry;
    const struct grant *grant = registry_grant(reg, r->device, reg->size);
    if (server_recovering(r->srv))
        return error_set(err, ST_WAIT, "本县正在恢复，现在不接收改动，也不装包");
    if (!grant || grant->kind != GRANT_DEVICE || !grant->has_box)
        return error_set(err, ST_REFUSED, "这台机器没有登记，或者已被撤销");
    terms->key =
        server_log_key(r->srv, grant->leaf + 1 > registry_base ? grant->leaf + 1 : registry_base);
    terms->recipient_count = 1;
    terms->recipients[0] = grant->box;
    terms->random = random_bytes;
    terms->file = count_file;
    terms->arg = r;
    r->out->device = *r->device;
    bundle_pack_init(&r->pack, terms);
    return ST_OK;
}

/* What the bundle (NULL: there is none) asks of attachments, and what its news name. */
static enum status give_photos(struct round *r, const struct bundle *bundle, uint64_t room,
                               struct error *err)
{
    struct attachments_pack p = {.db = r->srv->db, .pack = &r->pack, .room = room};
    enum status st = ST_OK;
    for (size_t i = 0; i < r->count && st == ST_OK; i++) {
        const struct ledger *ledger = replica_ledger(r->srv->rep, &r->askers[i].origin);
        if (ledger && r->askers[i].size > r->askers[i].from)
            st = courier_blobs_give(r->srv, ledger, r->askers[i].from, &p, err);
    }
    if (st == ST_OK && bundle)
        st = courier_blobs_answer(r->srv, r->device, bundle, &p, err);
    r->out->photos_given = p.count;
    r->out->photos_wait = p.waits;
    return st;
}

static enum status end_round(struct round *r, enum status st, struct error *err)
{
    if (st == ST_OK)
        st = bundle_pack_end(&r->pack, err);
    bundle_pack_release(&r->pack);
    mem_free(r->askers);
    return st;
}

enum status courier_answer(struct server *srv, struct slice request, size_t file_bytes,
                           uint64_t photo_bytes, int64_t now_ms, bundle_file *file, void *arg,
                           struct courier_done *out, struct error *err)
{
    struct bundle_pack_terms terms = {.file_bytes = file_bytes};
    struct round r = {.srv = srv, .now_ms = now_ms, .file = file, .arg = arg, .out = out};
    struct box_secret secrets[LOG_KEYS_MAX]; /* what is older is sealed to the key of then */
    struct arena arena = {0};
    struct bundle bundle;
    struct buf plain = {0};
    *out = (struct courier_done){0};
    enum status st = server_refresh(srv, err);
    if (st != ST_OK)
        return st;
    for (size_t i = 0; i < srv->log_keys.count; i++)
        box_secret_of_sign(srv->log_keys.key[i], &secrets[i]);
    st = bundle_open(secrets, srv->log_keys.count, request, is_device, srv, &plain, &arena, &bundle,
                     err);
    secret_wipe(secrets, sizeof(secrets));
    if (st == ST_OK) {
        r.device = &bundle.from;
        memcpy(terms.id, bundle.id, sizeof(terms.id));
        st = begin_round(&r, &terms, registry_base_of(srv, &bundle), err);
    }
    if (st == ST_OK)
        st = note_places(&r, &bundle, err);
    if (st == ST_OK)
        st = take_requests(&r, &bundle, err);
    if (st == ST_OK && bundle.message_count)
        st = give_others(&r, err);
    if (st == ST_OK)
        st = courier_blobs_take(srv, r.device, &bundle, now_ms, &out->photos, err);
    if (st == ST_OK)
        st = give_photos(&r, &bundle, photo_bytes, err);
    st = end_round(&r, st, err);
    buf_release(&plain);
    arena_release(&arena);
    return st;
}

enum status courier_give(struct server *srv, const struct hash *device, bool full,
                         size_t file_bytes, uint64_t photo_bytes, int64_t now_ms, bundle_file *file,
                         void *arg, struct courier_done *out, struct error *err)
{
    struct bundle_pack_terms terms = {.file_bytes = file_bytes};
    struct round r = {
        .srv = srv, .device = device, .now_ms = now_ms, .file = file, .arg = arg, .out = out};
    *out = (struct courier_done){0};
    enum status st = server_refresh(srv, err);
    if (st != ST_OK)
        return st;
    random_bytes(terms.id, sizeof(terms.id));
    if (!full)
        known_places(&r);
    /* The registry goes first, wherever it stands in the table. */
    struct asker *registry = asker_of(&r, &srv->rep->registry_origin);
    st = begin_round(&r, &terms, registry ? registry->size : 0, err);
    if (st == ST_OK)
        st = give_rest(&r, registry ? registry : add_asker(&r, &srv->rep->registry_origin, 0, NULL),
                       err);
    for (size_t i = 0; i < r.count && st == ST_OK; i++)
        st = give_rest(&r, &r.askers[i], err);
    if (st == ST_OK)
        st = give_others(&r, err);
    if (st == ST_OK)
        st = give_photos(&r, NULL, photo_bytes, err);
    return end_round(&r, st, err);
}
