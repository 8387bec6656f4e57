/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * witness: huced witness …: both sides of cosigning (shared/ledger/witness.h).
 *
 *   at the prefecture    init --name NAME, trust VERIFIER…, serve
 *   at the county        verifier, request CODE, accept CODE VERIFIER FILE
 *
 * What travels between them are two short texts, so any HTTP client or a stick carries them:
 *
 *   huced witness request 622924000000 | curl --data-binary @- URL/add-checkpoint > line
 *   huced witness accept 622924000000 VERIFIER line
 */
#include "server/cmd/cmd.h"
#include "server/core/server.h"
#include "server/core/witness.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/db/tree.h"
#include "shared/net/http_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct option_spec cmd_witness_options[] = {
    {"name", true}, {"listen", true}, {"port-file", true}, {"old", true}, {0}};

/* ---- at the prefecture ---- */

static void print_verifier(const struct verifier *verifier)
{
    struct buf text;
    buf_init(&text, 512);
    verifier_write(verifier, &text);
    printf("%s\n", buf_cstr(&text));
    buf_release(&text);
}

static enum status init(const struct options *options, struct error *err)
{
    const char *name = options_get(options, "name");
    struct witness witness = {0};
    if (!name)
        return error_set(err, ST_USAGE, "请用 --name 给见证人起名，例如 linxia.example/witness");
    enum status st = witness_found(options_data(options), name, err);
    if (st == ST_OK)
        st = witness_open(options_data(options), &witness, err);
    if (st == ST_OK)
        print_verifier(&witness.verifier);
    witness_close(&witness);
    return st;
}

static enum status trust(const struct options *options, struct error *err)
{
    struct witness witness;
    enum status st = witness_open(options_data(options), &witness, err);
    for (size_t i = 1; i < options->word_count && st == ST_OK; i++) {
        struct verifier county;
        st = verifier_read(slice_str(options->words[i]), &county, err);
        if (st == ST_OK)
            st = witness_trust(&witness, &county, err);
    }
    witness_close(&witness);
    return st;
}

static enum http_outcome add_checkpoint(void *arg, const struct http_request *request,
                                        struct http_response *response)
{
    struct error err;
    uint64_t known;
    enum status st = witness_add(arg, request->body, (uint64_t)(time_now_ms() / 1000),
                                 &response->body, &known, &err);
    response->content_type = "text/plain; charset=utf-8";
    switch (st) {
    case ST_OK:
        break;
    case ST_EXISTS: /* the caller starts from where the witness stands */
        response->status = 409;
        response->content_type = "text/x.tlog.size";
        buf_printf(&response->body, "%" PRIu64 "\n", known);
        break;
    case ST_NOT_FOUND:
        http_response_error(response, 404, "not_found", "%s", err.text);
        break;
    case ST_REFUSED:
        http_response_error(response, 403, "refused", "%s", err.text);
        break;
    case ST_INVALID:
        http_response_error(response, 400, "invalid", "%s", err.text);
        break;
    case ST_DAMAGED:
        http_response_error(response, 422, "inconsistent", "%s", err.text);
        break;
    default:
        http_response_error(response, 500, status_name(st), "见证服务器内部出错。");
    }
    return HTTP_ANSWER;
}

static const struct http_route routes[] = {
    {"POST", "/add-checkpoint", add_checkpoint, WITNESS_REQUEST_MAX}};

static enum status serve(const struct options *options, struct error *err)
{
    const char *listen = options_get(options, "listen"),
               *port_file = options_get(options, "port-file");
    struct http_options http = {.routes = routes, .route_count = ARRAY_LENGTH(routes)};
    struct http_server *server = NULL;
    struct witness witness = {0};
    struct loop *loop = NULL;
    char host[64], port[16];
    if (!http_address_parse(listen ? listen : "127.0.0.1:8444", host, &http.port))
        return error_set(err, ST_USAGE, "--listen %s 应为 IP:端口", listen);
    if (!http_address_loopback(host))
        return error_set(err, ST_REFUSED, "%s 不是本机地址: 对外请在前面放一个 TLS 代理", host);
    enum status st = witness_open(options_data(options), &witness, err);
    http.address = host;
    http.arg = &witness;
    if (st == ST_OK)
        st = loop_open(&loop, err);
    if (st == ST_OK)
        st = http_server_start(loop, &http, &server, err);
    if (st == ST_OK && port_file) {
        snprintf(port, sizeof(port), "%u\n", http_server_port(server));
        st = file_replace(port_file, slice_str(port), 0644, err);
    }
    if (st == ST_OK) {
        printf("huced: witness %s listening on http://%s:%u\n", witness.verifier.name, host,
               http_server_port(server));
        fflush(stdout);
        loop_run(loop);
    }
    http_server_stop(server);
    loop_close(loop);
    witness_close(&witness);
    return st;
}

/* ---- at the county ---- */

static enum status find_ledger(struct server *srv, const char *name, struct ledger **out,
                               struct error *err)
{
    *out = replica_ledger_named(srv->rep, name);
    return *out ? ST_OK : error_set(err, ST_NOT_FOUND, "没有账本 %s", name);
}

static enum status show_verifier(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    struct verifier county = {.type = VERIFIER_LOG, .pk = *sign_key_public(srv->log)};
    snprintf(county.name, sizeof(county.name), "%s", srv->rep->registry_origin.text);
    print_verifier(&county);
    server_close(srv);
    return ST_OK;
}

/* Where the witness stood when it last signed, as a setting of the county. */
static void mark_name(const struct ledger *ledger, char out[static ORIGIN_MAX + 16])
{
    snprintf(out, ORIGIN_MAX + 16, "witnessed:%s", ledger->origin.text);
}

static enum status old_size(struct server *srv, const struct ledger *ledger, const char *given,
                            uint64_t *out, struct error *err)
{
    char name[ORIGIN_MAX + 16], *end;
    mark_name(ledger, name);
    const char *text = given ? given : store_setting(srv->db, name, &srv->arena);
    *out = text ? strtoull(text, &end, 10) : 0;
    if (text && (*end || *out > ledger->tree.size))
        return error_set(err, ST_USAGE, "--old %s 应为 0 到 %" PRIu64, text, ledger->tree.size);
    return ST_OK;
}

static enum status request(const struct options *options, struct error *err)
{
    struct server *srv;
    struct ledger *ledger;
    struct merkle_proof proof;
    struct arena arena = {0};
    struct buf body;
    uint64_t old;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    buf_init(&body, WITNESS_REQUEST_MAX);
    st = find_ledger(srv, options->words[1], &ledger, err);
    if (st == ST_OK)
        st = old_size(srv, ledger, options_get(options, "old"), &old, err);
    if (st == ST_OK)
        st = tree_prove_consistency(srv->rep, ledger, old, ledger->tree.size, &proof, err);
    if (st == ST_OK) {
        witness_request_write(old, &proof, replica_checkpoint(srv->rep, ledger, &arena), &body);
        if (fwrite(body.p, 1, body.n, stdout) != body.n)
            st = error_set(err, ST_IO, "写不出去");
    }
    buf_release(&body);
    arena_release(&arena);
    server_close(srv);
    return st;
}

/* The line below the checkpoint it is for, if that still is the newest. */
static enum status add_line(struct server *srv, struct ledger *ledger,
                            const struct verifier *witness, struct slice line, struct error *err)
{
    struct arena arena = {0};
    struct buf text;
    char name[ORIGIN_MAX + 16], size[24];
    buf_init(&text, CHECKPOINT_MAX);
    buf_put_slice(&text, replica_checkpoint(srv->rep, ledger, &arena));
    arena_release(&arena);
    enum status st = ST_OK;
    if (!witness_signed(buf_slice(&text), line, witness)) {
        st = error_set(err, ST_REFUSED,
                       "这一行不是 %s 对账本 %s 最新检查点的联署；账本可能又长了，请再请求一次",
                       witness->name, ledger->origin.text);
    } else if (witness_count(buf_slice(&text), witness, 1) == 0) {
        buf_put_slice(&text, line);
        if (buf_ok(&text))
            replica_set_checkpoint(srv->rep, ledger, buf_slice(&text));
        else
            st = error_set(err, ST_LIMIT, "检查点上的签名太多，超过 %d 字节", CHECKPOINT_MAX);
    }
    mark_name(ledger, name);
    snprintf(size, sizeof(size), "%" PRIu64, ledger->tree.size);
    if (st == ST_OK)
        st = store_set_setting(srv->db, name, size, err);
    buf_release(&text);
    return st;
}

static enum status accept_line(const struct options *options, struct error *err)
{
    struct server *srv;
    struct ledger *ledger;
    struct verifier witness;
    struct buf line = {0};
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = verifier_read(slice_str(options->words[2]), &witness, err);
    if (st == ST_OK)
        st = file_read(options->words[3], CHECKPOINT_MAX, &line, err);
    if (st == ST_OK)
        st = server_begin(srv, err);
    if (st == ST_OK) {
        st = find_ledger(srv, options->words[1], &ledger, err);
        if (st == ST_OK)
            st = add_line(srv, ledger, &witness, buf_slice(&line), err);
        st = server_end(srv, st, err);
    }
    buf_release(&line);
    server_close(srv);
    return st;
}

enum status cmd_witness(const struct options *options, struct error *err)
{
    static const struct {
        const char *word;
        size_t min, max;
        enum status (*run)(const struct options *, struct error *);
    } commands_here[] = {{"init", 1, 1, init},       {"trust", 2, OPTIONS_MAX, trust},
                         {"serve", 1, 1, serve},     {"verifier", 1, 1, show_verifier},
                         {"request", 2, 2, request}, {"accept", 4, 4, accept_line}};
    for (size_t i = 0; i < ARRAY_LENGTH(commands_here); i++)
        if (options->word_count >= commands_here[i].min &&
            options->word_count <= commands_here[i].max &&
            strcmp(options->words[0], commands_here[i].word) == 0)
            return commands_here[i].run(options, err);
    return error_set(err, ST_USAGE,
                     "用法：huced witness init --name 名称 | trust 验证公钥… | serve | verifier |"
                     " request 代码 [--old 项数] | accept 代码 验证公钥 文件");
}
