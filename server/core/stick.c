/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stick: see stick.h. */
#include "server/core/stick.h"

#include "server/core/admission.h"
#include "server/core/join.h"
#include "shared/base/check.h"
#include "shared/codec/compress.h"
#include "shared/ledger/enrol.h"

#define PIECE (4 * 1024 * 1024) /* of the registry in one frame */

struct search {
    struct slice file;
    struct buf plain;
    struct enrol_request request;
    struct invitation found;
    bool hit;
};

static bool match(void *arg, const struct invitation *invitation)
{
    struct search *search = arg;
    search->hit = enrol_read_request(invitation->token, search->file, &search->plain,
                                     &search->request, NULL) == ST_OK;
    if (search->hit)
        search->found = *invitation;
    return !search->hit;
}

/* One frame of the registry from `size` on; *size moves. */
static enum status one_frame(struct server *srv, const struct hash *device, uint64_t *size,
                             const uint8_t root8[static 8], int64_t now_ms, struct arena *arena,
                             struct slice *out, bool *more, struct error *err)
{
    struct request_ledger ledger = {.origin = srv->rep->registry_origin, .size = *size};
    const struct sync_request request = {1, &ledger, PIECE};
    struct sync_answer answer;
    struct buf frame;
    uint64_t admitted;
    *more = false;
    *out = SLICE_NONE;
    memcpy(ledger.root8, root8, sizeof(ledger.root8));
    enum status st = admission_sync(srv, device, &request, now_ms, arena, &answer, &admitted, err);
    if (st != ST_OK || answer.ledger_count == 0)
        return st;
    if (answer.ledgers[0].status != SYNC_OK)
        return error_set(err, ST_REFUSED,
                         "这台电脑上的登记簿与县里的不是同一份：请查明原因（huced audit）");
    buf_init(&frame, MESSAGE_MAX);
    sync_answer_write(&answer, COMPRESS_LEVEL, &frame);
    CHECK(buf_ok(&frame));
    *out = slice_of(arena_copy(arena, frame.p, frame.n), frame.n);
    buf_release(&frame);
    *size += answer.ledgers[0].leaf_count;
    *more = answer.ledgers[0].more;
    return ST_OK;
}

static enum status gather(struct server *srv, const struct hash *device,
                          const struct enrol_request *request, int64_t now_ms, struct arena *arena,
                          struct enrol_answer *out, struct error *err)
{
    uint64_t size = request->registry_size;
    struct hash root;
    bool more = true;
    enum status st = ST_OK;
    memcpy(root.b, request->root8, sizeof(request->root8));
    out->registry_size = size;
    while (st == ST_OK && more) {
        if (out->frame_count == ENROL_FRAMES_MAX)
            return error_set(err, ST_LIMIT, "登记簿太大，写不进一个答复文件：请联网加入");
        st = one_frame(srv, device, &size, root.b, now_ms, arena, &out->frames[out->frame_count],
                       &more, err);
        if (st == ST_OK && out->frames[out->frame_count].n)
            out->frame_count++;
        if (st == ST_OK && more &&
            !replica_root_at(srv->rep, srv->rep->registry_ledger, size, &root))
            st = error_set(err, ST_DAMAGED, "登记簿读不出来；请运行 huced audit");
    }
    return st;
}

enum status stick_accept(struct server *srv, struct slice file, int64_t now_ms,
                         struct invitation *used, struct buf *answer, struct error *err)
{
    struct search search = {.file = file};
    struct arena arena = {0};
    struct join_request join;
    struct enrol_answer *reply = mem_zero_alloc(1, sizeof(*reply));
    struct enrol_keys keys;
    struct buf bytes;
    bool granted;

    buf_init(&search.plain, ENROL_REQUEST_MAX);
    buf_init(&bytes, ENROL_ANSWER_MAX);
    enum status st = enrol_check_request(file, err);
    if (st == ST_OK)
        st = store_each_invitation(srv->db, match, &search, err);
    if (st == ST_OK && !search.hit)
        st = error_set(err, ST_REFUSED,
                       "找不到这个申请用的邀请码：文件已损坏，或者邀请码是别的县给的；请重新复制，"
                       "或另发邀请");
    if (st == ST_OK)
        st = join_read(search.request.join, &join, err);
    if (st == ST_OK)
        st = join_admit(srv, &join, now_ms, &bytes, &granted, err);
    if (st == ST_OK) {
        keys.box = join.box;
        sign_kid(&join.person, &keys.person);
        sign_kid(&join.device, &keys.device);
        reply->join = buf_slice(&bytes);
        st = gather(srv, &keys.device, &search.request, now_ms, &arena, reply, err);
    }
    if (st == ST_OK) {
        enrol_write_answer(search.found.token, &keys, reply, answer);
        *used = search.found;
        secret_wipe(used->token, sizeof(used->token));
    }
    secret_wipe(&search.found, sizeof(search.found));
    buf_release(&bytes);
    buf_release(&search.plain);
    arena_release(&arena);
    mem_free(reply);
    return st;
}
