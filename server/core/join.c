/* SPDX-License-Identifier: MulanPSL-2.0 */
/* join: see join.h. */
#include "server/core/join.h"

#include "server/core/admission.h"
#include "server/core/nonce.h"
#include "server/core/registrar.h"
#include "shared/base/diag.h"

#include <stdio.h>

#define NAMES_MAX (8 * 1024 * 1024)
#define REQUEST_VERSION 1
#define REQUEST_ITEMS 7
#define SEALED_EXTRA 48
#define DEVICE_NAME_SUFFIX "的电脑"

enum status join_read(struct slice body, struct join_request *out, struct error *err)
{
    struct cbor_reader r;
    memset(out, 0, sizeof(*out));
    cbor_reader_init(&r, body, "join request");
    cbor_expect_array(&r, REQUEST_ITEMS);
    if (cbor_read_uint(&r) != REQUEST_VERSION)
        cbor_fail(&r, "another version of the protocol");
    cbor_read_fixed(&r, out->proof.b, HASH_SIZE);
    cbor_read_fixed(&r, out->person.b, sizeof(out->person.b));
    cbor_read_fixed(&r, out->person_pop.b, SIGN_SIZE);
    cbor_read_fixed(&r, out->device.b, sizeof(out->device.b));
    cbor_read_fixed(&r, out->device_pop.b, SIGN_SIZE);
    cbor_read_fixed(&r, out->box.b, sizeof(out->box.b));
    enum status st = cbor_end(&r, err);
    if (st != ST_OK)
        return st;
    if (!sign_public_valid(&out->person) || !sign_public_valid(&out->device) ||
        !box_public_valid(&out->box) ||
        memcmp(out->person.b, out->device.b, sizeof(out->person.b)) == 0)
        return error_set(err, ST_INVALID, "加入请求中的公钥不可用，请在本机重新生成");
    return ST_OK;
}

void join_write(const struct join_request *request, struct buf *out)
{
    cbor_put_array(out, REQUEST_ITEMS);
    cbor_put_uint(out, REQUEST_VERSION);
    cbor_put_bytes(out, hash_slice(&request->proof));
    cbor_put_bytes(out, slice_of(request->person.b, sizeof(request->person.b)));
    cbor_put_bytes(out, slice_of(request->person_pop.b, SIGN_SIZE));
    cbor_put_bytes(out, slice_of(request->device.b, sizeof(request->device.b)));
    cbor_put_bytes(out, slice_of(request->device_pop.b, SIGN_SIZE));
    cbor_put_bytes(out, slice_of(request->box.b, sizeof(request->box.b)));
}

struct search {
    const struct join_request *request;
    const struct origin *registry;
    struct hash person, device;
    struct invitation found;
    bool hit;
};

/* Which invitation's token made this proof? Only someone who holds the token can make one. */
static bool match(void *arg, const struct invitation *invitation)
{
    struct search *search = arg;
    struct hash proof;
    invite_proof(invitation->token, &search->person, &search->device, &search->request->box,
                 search->registry, &proof);
    search->hit = secret_equal(proof.b, search->request->proof.b, HASH_SIZE);
    if (search->hit)
        search->found = *invitation;
    return !search->hit;
}

static bool pop_valid(const struct origin *registry, const struct sign_public *pk,
                      const struct hash *kid, const struct signature *pop)
{
    struct buf message;
    buf_init(&message, 1024);
    grant_pop_message(registry, kid, &message);
    bool valid = sign_verify(pk, buf_slice(&message), pop);
    buf_release(&message);
    return valid;
}

/* Keys and their proofs of possession stand in the registry for everyone to read, so a proof says
 * only that its key was there once. Whoever holds any invitation must not put another's key under a
 * grant of his own: the newer grant would end the older. Nor does a revoked device come back this
 * way. */
static enum status judge_keys(const struct registry *reg, const struct search *search,
                              struct error *err)
{
    const struct grant *device = registry_grant_any(reg, &search->device);
    if (registry_grant_any(reg, &search->person))
        return error_set(err, ST_REFUSED, "这个人员密钥已经登记过，请在本机重新生成后再加入。");
    if (device && device->kind != GRANT_DEVICE)
        return error_set(err, ST_REFUSED, "这个设备密钥已作他用，请换一个数据文件夹加入。");
    if (device && device->revoked_leaf != UINT64_MAX)
        return error_set(err, ST_REFUSED, "这台设备已被撤销，请换一个新的数据文件夹加入。");
    return ST_OK;
}

static enum status judge(const struct registry *reg, const struct search *search, int64_t now_ms,
                         struct error *err)
{
    const struct invitation *invitation = &search->found;
    if (!search->hit)
        return error_set(err, ST_REFUSED, "邀请码无效，请向县级管理员重新索取。");
    if (invitation->used && (!hash_equal(&invitation->used_person, &search->person) ||
                             !hash_equal(&invitation->used_device, &search->device)))
        return error_set(err, ST_REFUSED,
                         "邀请码已被使用，每个邀请码只能用一次，请向县级管理员重新索取。");
    if (!invitation->used && now_ms > invitation->expires_ms)
        return error_set(err, ST_REFUSED, "邀请码已过期，请向县级管理员重新索取。");
    if (!pop_valid(search->registry, &search->request->person, &search->person,
                   &search->request->person_pop) ||
        !pop_valid(search->registry, &search->request->device, &search->device,
                   &search->request->device_pop))
        return error_set(err, ST_REFUSED, "加入请求的密钥证明有误，请重试。");
    return invitation->used ? ST_OK : judge_keys(reg, search, err);
}

static void draft_grant(struct draft *draft, const struct grant *grant)
{
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    grant_encode(grant, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

/* "马建国的电脑"; the next one that this person joins on is "马建国的电脑2". */
static void name_device(const struct registry *reg, struct grant *device, const char *person)
{
    char suffix[sizeof(DEVICE_NAME_SUFFIX) + 12] = DEVICE_NAME_SUFFIX;
    unsigned count = 1;
    for (size_t i = 0; i < reg->grant_count; i++)
        count += reg->grants[i].kind == GRANT_DEVICE &&
                 memcmp(reg->grants[i].person, device->person, sizeof(device->person)) == 0;
    if (count > 1)
        snprintf(suffix, sizeof(suffix), DEVICE_NAME_SUFFIX "%u", count);
    snprintf(device->name, sizeof(device->name), "%s", person);
    if (strlen(person) + strlen(suffix) < sizeof(device->name))
        memcpy(device->name + strlen(device->name), suffix, strlen(suffix) + 1);
}

/* A device that is granted already keeps its grant; another person on it adds a person key only. */
static void draft_grants(const struct server *srv, const struct search *search, struct draft *draft)
{
    const struct registry *reg = &srv->rep->registry;
    const struct invitation *invitation = &search->found;
    struct grant device = {.kind = GRANT_DEVICE,
                           .pk = search->request->device,
                           .has_box = true,
                           .box = search->request->box,
                           .expires_ms = INT64_MAX,
                           .pop = search->request->device_pop};
    struct grant person = {.kind = GRANT_PERSON,
                           .pk = search->request->person,
                           .has_device = true,
                           .device = search->device,
                           .scope_count = invitation->scope_count,
                           .expires_ms = invitation->until_ms ? invitation->until_ms : INT64_MAX,
                           .pop = search->request->person_pop};

    memcpy(person.person, invitation->person_id, sizeof(person.person));
    memcpy(device.person, person.person, sizeof(device.person));
    snprintf(person.name, sizeof(person.name), "%s", invitation->person);
    snprintf(person.role, sizeof(person.role), "%s", invitation->role);
    name_device(reg, &device, invitation->person);
    for (size_t i = 0; i < invitation->scope_count; i++)
        memcpy(person.scopes[i], invitation->scopes[i], DIVISION_CODE_SIZE);
    if (!registry_grant(reg, &search->device, reg->size))
        draft_grant(draft, &device);
    draft_grant(draft, &person);
}

void join_put_ledgers(struct server *srv, const struct hash *device, struct buf *out)
{
    const struct replica *rep = srv->rep;
    struct buf names;
    size_t count = 0;

    buf_init(&names, NAMES_MAX);
    for (size_t i = 0; i < rep->ledger_count; i++) {
        const struct ledger *ledger = rep->ledgers[i];
        if (ledger == rep->registry_ledger || !admission_may_read(srv, device, ledger))
            continue;
        cbor_put_str(&names, ledger->origin.text);
        count++;
    }
    cbor_put_array(out, count);
    buf_put_slice(out, buf_slice(&names));
    buf_release(&names);
}

static void write_answer(struct server *srv, const struct search *search, int64_t now_ms,
                         struct buf *out)
{
    uint8_t sealed[SERVER_SECRET_SIZE + SEALED_EXTRA];
    char nonce[NONCE_TEXT];

    cbor_put_array(out, 5);
    cbor_put_uint(out, 1);
    cbor_put_str(out, srv->rep->registry_origin.text);
    join_put_ledgers(srv, &search->device, out);
    box_seal(&search->request->box, slice_of(srv->id_key, SERVER_SECRET_SIZE), sealed);
    cbor_put_bytes(out, slice_of(sealed, sizeof(sealed)));
    nonce_make(srv->nonce_key, &search->device, now_ms, nonce);
    cbor_put_str(out, nonce);
}

enum status join_admit(struct server *srv, const struct join_request *request, int64_t now_ms,
                       struct buf *answer, bool *granted, struct error *err)
{
    struct search search = {.request = request, .registry = &srv->rep->registry_origin};
    struct draft draft = {0};

    *granted = false;
    enum status st = server_begin(srv, err);
    if (st != ST_OK)
        return st;
    sign_kid(&request->person, &search.person);
    sign_kid(&request->device, &search.device);
    st = store_each_invitation(srv->db, match, &search, err);
    if (st == ST_OK)
        st = judge(&srv->rep->registry, &search, now_ms, err);
    if (st == ST_OK && !search.found.used) {
        draft_grants(srv, &search, &draft);
        st = store_use_invitation(srv->db, search.found.no, &search.person, &search.device, now_ms,
                                  err);
        if (st == ST_OK)
            st = registrar_write(srv, srv->registrar, &draft, now_ms, err);
        *granted = st == ST_OK;
    }
    st = server_end(srv, st, err);
    *granted &= st == ST_OK;
    if (st == ST_OK)
        write_answer(srv, &search, now_ms, answer);
    secret_wipe(&search.found, sizeof(search.found));
    draft_release(&draft);
    return st;
}
