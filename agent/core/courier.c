/* SPDX-License-Identifier: MulanPSL-2.0 */
/* courier: see courier.h. */
#include "agent/core/courier.h"

#include "agent/core/given.h"
#include "agent/core/outbox.h"
#include "agent/core/receive.h"
#include "agent/core/save.h"
#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/cli/stick.h"
#include "shared/codec/compress.h"
#include "shared/crypto/keyfile.h"
#include "shared/db/moves.h"

#define PIECE (1024 * 1024) /* of segments in one message */
/* Setting: the bundle that asked, and sent nothing, because the database had been put back. */
#define ASKED "bundle_asked"
#define WANTS_ALL ((uint64_t)1024 * 1024) /* of answer in one message */

/* ---- out ---- */

/* What is going to be packed: made in one transaction, packed after it. */
struct request {
    struct bundle_ledger base;
    struct slice message;
};
struct packing {
    size_t piece;   /* of segments in one message */
    bool asks_only; /* the database is older than what was given away (given.h) */
    struct ledger *ledger;
    struct arena arena;
    struct request *requests;
    size_t count, capacity, bytes;
    bundle_file *file;
    void *arg;
    struct courier_sent *out;
};

static enum status make_request(void *arg, const struct request_ledger *request, struct error *err)
{
    struct packing *p = arg;
    const struct sync_request message = {1, (struct request_ledger *)request, WANTS_ALL};
    struct buf bytes;
    buf_init(&bytes, MESSAGE_MAX);
    sync_request_write(&message, COMPRESS_LEVEL, &bytes);
    p->bytes += bytes.n;
    if (!buf_ok(&bytes) || p->bytes > BUNDLE_FILE_MAX) {
        buf_release(&bytes);
        return error_set(err, ST_LIMIT, "一次送出的数据太大");
    }
    p->requests = mem_grow(p->requests, &p->capacity, p->count + 1, sizeof(p->requests[0]));
    p->requests[p->count++] = (struct request){
        {p->ledger->origin, p->ledger->tree.size, p->ledger->root, request->segment_count},
        slice_of(arena_copy(&p->arena, bytes.p, bytes.n), bytes.n)};
    p->out->changesets += request->segment_count;
    buf_release(&bytes);
    return ST_OK;
}

/* Registry first: what comes later names its size. */
static enum status make_requests(struct desk *desk, struct packing *p, struct error *err)
{
    struct replica *rep = desk->rep;
    struct arena arena = {0};
    p->ledger = rep->registry_ledger;
    enum status st =
        outbox_pack(desk, p->ledger, p->asks_only ? 0 : p->piece, &arena, make_request, p, err);
    for (size_t i = 0; i < rep->ledger_count && st == ST_OK; i++) {
        if (rep->ledgers[i] == rep->registry_ledger)
            continue;
        arena_reset(&arena);
        p->ledger = rep->ledgers[i];
        st =
            outbox_pack(desk, p->ledger, p->asks_only ? 0 : p->piece, &arena, make_request, p, err);
    }
    arena_release(&arena);
    return st;
}

/* When this returns ST_OK, all that is packed is closed and noted as sent, durably. */
static enum status close_and_note(struct desk *desk, struct packing *p,
                                  const uint8_t id[static BUNDLE_ID_SIZE], struct box_public *to,
                                  struct error *err)
{
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    const struct registry *registry = &desk->rep->registry;
    const struct sign_public *county = registry_log_key(registry, registry->size);
    p->asks_only = given_is_behind(desk);
    if (!county || !box_public_of_sign(county, to))
        st = error_set(err, ST_WAIT, "还不知道县里的公钥，没法装包：请先同步一次");
    if (st == ST_OK)
        st = save_close_all(desk, NULL, err);
    if (st == ST_OK)
        st = outbox_start(desk, err);
    if (st == ST_OK)
        st = make_requests(desk, p, err);
    if (st == ST_OK && p->asks_only)
        st = desk_set(desk, ASKED, slice_of(id, BUNDLE_ID_SIZE), err);
    if (st != ST_OK) {
        desk_rollback(desk);
        return st;
    }
    st = desk_commit(desk, err);
    if (st == ST_OK && p->out->changesets)
        given_note(desk);
    return st;
}

static enum status count_file(void *arg, size_t number, struct slice file, struct error *err)
{
    struct packing *p = arg;
    p->out->files++;
    p->out->bytes += file.n;
    return p->file(p->arg, number, file, err);
}

enum status courier_export(struct desk *desk, size_t file_bytes, uint64_t photo_bytes,
                           bundle_file *file, void *arg, struct courier_sent *out,
                           struct error *err)
{
    struct packing p = {.piece = file_bytes && file_bytes < PIECE ? file_bytes : PIECE,
                        .file = file,
                        .arg = arg,
                        .out = out};
    struct bundle_pack_terms terms = {.key = desk->device,
                                      .recipient_count = 1,
                                      .file_bytes = file_bytes,
                                      .random = random_bytes,
                                      .file = count_file,
                                      .arg = &p};
    struct bundle_pack pack;
    *out = (struct courier_sent){0};
    random_bytes(terms.id, sizeof(terms.id));
    bundle_pack_init(&pack, &terms);
    enum status st = close_and_note(desk, &p, terms.id, &terms.recipients[0], err);
    for (size_t i = 0; i < p.count && st == ST_OK; i++)
        st = bundle_pack_add(&pack, &p.requests[i].base, p.requests[i].message, err);
    if (st == ST_OK)
        st = courier_photos_pack(desk, &pack, photo_bytes, &out->photos, err);
    if (st == ST_OK)
        st = bundle_pack_end(&pack, err);
    bundle_pack_release(&pack);
    arena_release(&p.arena);
    mem_free(p.requests);
    out->asks_only = p.asks_only;
    return st;
}

enum status courier_pack(struct desk *desk, const char *place, size_t file_bytes,
                         uint64_t photo_bytes, struct courier_sent *out, char **first,
                         struct error *err)
{
    struct stick stick = {place, sign_key_kid(desk->device), STICK_TO_COUNTY, NULL, 0};
    enum status st = courier_export(desk, file_bytes, photo_bytes, stick_write, &stick, out, err);
    if (st == ST_OK)
        stick_clear(&stick, out->files + 1);
    *first = stick.first;
    return st;
}

json_t *courier_sent_json(const struct courier_sent *sent, const char *first)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:b, s:I, s:I}", "file", first, "files",
                     (json_int_t)sent->files, "bytes", (json_int_t)sent->bytes, "changesets",
                     (json_int_t)sent->changesets, "asks_only", sent->asks_only, "photos",
                     (json_int_t)sent->photos.sent, "photos_wait", (json_int_t)sent->photos.waits);
}

/* ---- in ---- */

static bool is_county(void *arg, const struct hash *kid, struct sign_public *out)
{
    const struct desk *desk = arg;
    const struct registry *registry = &desk->rep->registry;
    for (size_t i = registry->log_key_count; i > 0; i--) {
        struct hash own;
        sign_kid(&registry->log_keys[i - 1].pk, &own);
        if (hash_equal(&own, kid)) {
            *out = registry->log_keys[i - 1].pk;
            return true;
        }
    }
    return false;
}

/* A ledger that was opened to this machine's people since: the registry, which came first, says so.
 */
static enum status begin_ledger(struct desk *desk, const struct origin *origin, bool *added,
                                struct error *err)
{
    const struct hash *device = sign_key_kid(desk->device);
    struct ledger *ledger;
    *added = false;
    enum status st = desk_begin(desk, err);
    if (st != ST_OK)
        return st;
    if (replica_ledger(desk->rep, origin) ||
        !registry_device_reads(&desk->rep->registry, device, origin_code(origin))) {
        desk_rollback(desk);
        return ST_OK;
    }
    st = replica_ledger_add(desk->rep, origin, &ledger, err);
    if (st == ST_OK)
        st = moves_follow(desk->rep, err);
    if (st == ST_OK)
        st = desk_commit(desk, err);
    else
        desk_rollback(desk);
    *added = st == ST_OK;
    return st;
}

/* Where the messages of the ledgers have got to. */
struct reading {
    struct desk *desk;
    const struct bundle *bundle;
    uint64_t *at; /* by the manifest's ledgers: leaf that the next message begins with */
    struct courier_got *out;
};

static size_t place_of(const struct bundle *bundle, const struct origin *origin)
{
    size_t i = 0;
    while (i < bundle->ledger_count && strcmp(bundle->ledgers[i].origin.text, origin->text) != 0)
        i++;
    return i;
}

static enum status take(struct reading *r, struct answer_ledger *answer, uint64_t *at,
                        struct error *err)
{
    struct ledger *ledger = replica_ledger(r->desk->rep, &answer->origin);
    const uint64_t size = ledger->tree.size, first = *at;
    struct received got;
    *at += answer->leaf_count;
    if (answer->status == SYNC_OK && first > size)
        return error_set(err, ST_WAIT,
                         "%s：这个包从第 %llu 项开始，本机才到第 %llu 项。请先导入前一个包；"
                         "找不到时请县里重新装一个完整的（huced bundle export --full）",
                         answer->origin.text, (unsigned long long)first + 1,
                         (unsigned long long)size);
    const uint64_t here = size - first < answer->leaf_count ? size - first : answer->leaf_count;
    r->out->known += here;
    if (here && here == answer->leaf_count)
        return ST_OK; /* an old answer: what it refused may have been taken since */
    answer->leaves += here;
    answer->leaf_count -= here;
    enum status st = receive_ledger(r->desk, answer, size, &got, err);
    if (st == ST_NOT_FOUND) /* it names what this disk held before it was put back */
        return error_set(err, ST_WAIT,
                         "%s：这个回执答复的包，是这台电脑的数据退回到以前之前装的。请重新装一个"
                         "（huce bundle export），再取回执",
                         answer->origin.text);
    if (st != ST_OK)
        return st;
    r->out->leaves += got.leaves;
    r->out->confirmed += got.confirmed;
    r->out->rejected += answer->rejected_count;
    if (answer->rejected_count)
        error_set(&r->out->refused, ST_REFUSED, "%.*s",
                  (int)answer->rejected[answer->rejected_count - 1].text.n,
                  (const char *)answer->rejected[answer->rejected_count - 1].text.p);
    else if (answer->status != SYNC_OK && !got.told_before)
        error_set(&r->out->refused, ST_REFUSED, "%s：县里没有收，也没有给", answer->origin.text);
    return ST_OK;
}

static enum status take_message(struct reading *r, struct slice message, struct error *err)
{
    struct arena arena = {0};
    struct sync_answer answer;
    bool added = false;
    enum status st = sync_answer_read(message, &arena, &answer, err);
    if (st == ST_OK && answer.ledger_count != 1)
        st = error_set(err, ST_INVALID, "包里的一条消息不是关于一个账本的");
    if (st == ST_OK) {
        struct answer_ledger *ledger = &answer.ledgers[0];
        const size_t place = place_of(r->bundle, &ledger->origin);
        if (place == r->bundle->ledger_count)
            st = error_set(err, ST_INVALID, "包里有清单上没有的账本 %s", ledger->origin.text);
        if (st == ST_OK)
            st = begin_ledger(r->desk, &ledger->origin, &added, err);
        r->out->ledgers_new += added;
        if (st == ST_OK && replica_ledger(r->desk->rep, &ledger->origin))
            st = take(r, ledger, &r->at[place], err);
    }
    arena_release(&arena);
    return st;
}

/* The answer to what asked for all there is: it is here now. */
static enum status settle(struct desk *desk, const struct bundle *bundle, struct error *err)
{
    struct buf asked;
    buf_init(&asked, 64);
    const bool is = given_is_behind(desk) && desk_setting(desk, ASKED, &asked) &&
                    slice_equal(buf_slice(&asked), slice_of(bundle->id, BUNDLE_ID_SIZE));
    buf_release(&asked);
    return is ? given_settle(desk, err) : ST_OK;
}

enum status courier_import(struct desk *desk, struct slice file, struct courier_got *out,
                           struct error *err)
{
    struct box_secret secret;
    struct arena arena = {0};
    struct bundle bundle;
    struct buf plain = {0};
    *out = (struct courier_got){0};
    enum status st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = desk_box_secret(desk, &secret, err);
    if (st != ST_OK)
        return st;
    st = bundle_open(&secret, 1, file, is_county, desk, &plain, &arena, &bundle, err);
    secret_wipe(&secret, sizeof(secret));
    struct reading r = {.desk = desk, .bundle = &bundle, .out = out};
    if (st == ST_OK) {
        r.at = arena_alloc(&arena, (bundle.ledger_count + 1) * sizeof(r.at[0]));
        for (size_t i = 0; i < bundle.ledger_count; i++)
            r.at[i] = bundle.ledgers[i].base_size;
    }
    for (size_t i = 0; st == ST_OK && i < bundle.message_count; i++)
        st = take_message(&r, bundle.messages[i], err);
    if (st == ST_OK)
        st = courier_photos_take(desk, &bundle, &out->photos, err);
    if (st == ST_OK)
        st = settle(desk, &bundle, err);
    buf_release(&plain);
    arena_release(&arena);
    return st;
}

static void add(struct courier_got *sum, const struct courier_got *one)
{
    sum->files++;
    sum->leaves += one->leaves;
    sum->confirmed += one->confirmed;
    sum->rejected += one->rejected;
    sum->known += one->known;
    sum->ledgers_new += one->ledgers_new;
    sum->photos.came += one->photos.came;
    sum->photos.confirmed += one->photos.confirmed;
    if (one->refused.status != ST_OK)
        sum->refused = one->refused;
}

enum status courier_take(struct desk *desk, const char *place, struct courier_got *out,
                         struct error *err)
{
    struct stick_files files;
    *out = (struct courier_got){0};
    enum status st = stick_find(place, STICK_FROM_COUNTY, sign_key_kid(desk->device), &files, err);
    for (size_t i = 0; st == ST_OK && i < files.count; i++) {
        struct courier_got got;
        struct buf file;
        st = file_read(files.paths[i], BUNDLE_FILE_MAX, &file, err);
        if (st == ST_OK)
            st = courier_import(desk, buf_slice(&file), &got, err);
        if (st == ST_OK)
            add(out, &got);
        else
            st = error_wrap(err, st, "%s", files.paths[i]);
        buf_release(&file);
    }
    stick_files_release(&files);
    return st;
}

json_t *courier_got_json(const struct courier_got *got, uint64_t left)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s?}", "files",
                     (json_int_t)got->files, "received", (json_int_t)got->leaves, "confirmed",
                     (json_int_t)got->confirmed, "known", (json_int_t)got->known, "rejected",
                     (json_int_t)got->rejected, "ledgers_new", (json_int_t)got->ledgers_new, "left",
                     (json_int_t)left, "photos", (json_int_t)got->photos.came, "photos_confirmed",
                     (json_int_t)got->photos.confirmed, "refused",
                     got->refused.status == ST_OK ? NULL : got->refused.text);
}
