/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * witness: huced witness …: both sides of cosigning (shared/ledger/witness.h).
 *
 *   at the prefecture    init --name NAME, trust VERIFIER…, serve
 *   at the county        verifier, add VERIFIER URL, list, remove NAME, ask
 *                        request CODE, accept CODE VERIFIER FILE
 *
 * `huced serve` asks the witnesses that have an address by itself (core/asking.h). What travels are
 * two short texts, so a stick carries them as well:
 *
 *   huced witness request 622924000000 --witness NAME > request.txt
 *   curl --data-binary @request.txt http://127.0.0.1:8444/add-checkpoint > line   (at the witness)
 *   huced witness accept 622924000000 VERIFIER line
 */
#include "server/cmd/cmd.h"
#include "server/core/asking.h"
#include "server/core/witness.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/net/http_client.h"
#include "shared/net/http_server.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct option_spec cmd_witness_options[] = {
    {"name", true}, {"listen", true}, {"port-file", true}, {"old", true}, {"witness", true}, {0}};

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

static enum status add(const struct options *options, struct error *err)
{
    struct server *srv;
    struct verifier witness;
    const char *url = options->word_count > 2 ? options->words[2] : "";
    enum status st = verifier_read(slice_str(options->words[1]), &witness, err);
    if (st == ST_OK && witness.type != VERIFIER_WITNESS)
        st = error_set(err, ST_USAGE, "%s 是账本的公钥，不是见证人的", options->words[1]);
    if (st == ST_OK && url[0])
        st = http_url_check(url, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, cosign_add(srv, &witness, url, err), err);
    if (st == ST_OK)
        printf("已登记见证人 %s%s%s\n", witness.name,
               url[0] ? "，huced serve 会自动请它联署：" : "", url);
    server_close(srv);
    return st;
}

static enum status drop(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = server_begin(srv, err);
    if (st == ST_OK)
        st = server_end(srv, cosign_remove(srv, options->words[1], err), err);
    server_close(srv);
    return st;
}

static json_t *witness_json(struct server *srv, const struct cosign_witness *witness)
{
    json_t *ledgers = json_array();
    for (size_t i = 0; i < srv->rep->ledger_count; i++) {
        const struct ledger *ledger = srv->rep->ledgers[i];
        json_array_append_new(
            ledgers, json_pack("{s:s, s:I, s:I}", "origin", ledger->origin.text, "size",
                               (json_int_t)ledger->tree.size, "signed",
                               (json_int_t)cosign_stands(srv, witness->verifier.name, ledger)));
    }
    return json_pack("{s:s, s:s, s:s, s:o}", "name", witness->verifier.name, "url", witness->url,
                     "said", witness->said, "ledgers", ledgers);
}

static void print_witness(const json_t *witness)
{
    const json_t *ledger;
    const char *url = json_string_value(json_object_get(witness, "url")),
               *said = json_string_value(json_object_get(witness, "said"));
    size_t i;
    printf("%s  %s\n", json_string_value(json_object_get(witness, "name")),
           *url ? url : "（没有地址，用 U 盘请它联署）");
    if (*said)
        printf("  上次没有成功：%s\n", said);
    json_array_foreach(json_object_get(witness, "ledgers"), i, ledger)
        printf("  账本 %s：联署到第 %lld 项，共 %lld 项\n",
               json_string_value(json_object_get(ledger, "origin")),
               (long long)json_integer_value(json_object_get(ledger, "signed")),
               (long long)json_integer_value(json_object_get(ledger, "size")));
}

static void print_witnesses(struct server *srv, const struct options *options)
{
    struct cosign_witness witnesses[COSIGN_WITNESSES_MAX];
    size_t count = cosign_list(srv, witnesses), i;
    json_t *all = json_array(), *witness;
    for (size_t k = 0; k < count; k++)
        json_array_append_new(all, witness_json(srv, &witnesses[k]));
    if (options_has(options, "json")) {
        print_json(json_pack("{s:O}", "witnesses", all));
    } else {
        json_array_foreach(all, i, witness) print_witness(witness);
        if (!count)
            printf("还没有见证人。登记一个：huced witness add 验证公钥 地址\n");
    }
    json_decref(all);
}

static enum status list(const struct options *options, struct error *err)
{
    struct server *srv;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    print_witnesses(srv, options);
    server_close(srv);
    return ST_OK;
}

static enum status ask(const struct options *options, struct error *err)
{
    struct server *srv;
    struct cosign_witness witnesses[COSIGN_WITNESSES_MAX];
    uint64_t lines = 0;
    size_t failed = 0;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    st = asking_once(srv, &lines, err);
    if (st == ST_OK)
        print_witnesses(srv, options);
    size_t count = cosign_list(srv, witnesses);
    for (size_t i = 0; i < count; i++)
        failed += witnesses[i].said[0] != 0;
    if (st == ST_OK && failed)
        st = error_set(err, ST_REFUSED, "%zu 个见证人没有联署，原因见上面", failed);
    server_close(srv);
    return st;
}

/* ---- by hand ---- */

/* Where the witness stands: as said, as known of the one that is named, or of the only one. */
static enum status old_size(struct server *srv, const struct ledger *ledger,
                            const struct options *options, uint64_t *out, struct error *err)
{
    struct cosign_witness witnesses[COSIGN_WITNESSES_MAX];
    const char *given = options_get(options, "old"), *name = options_get(options, "witness");
    char *end;
    *out = 0;
    if (given) {
        *out = strtoull(given, &end, 10);
        if (*end || end == given || *out > ledger->tree.size)
            return error_set(err, ST_USAGE, "--old %s 应为 0 到 %" PRIu64, given,
                             ledger->tree.size);
        return ST_OK;
    }
    size_t n = cosign_list(srv, witnesses);
    if (!name && n == 1)
        name = witnesses[0].verifier.name;
    if (!name && n > 1)
        return error_set(err, ST_USAGE, "有 %zu 个见证人，请用 --witness 名称 说是哪一个", n);
    if (name)
        *out = cosign_stands(srv, name, ledger);
    return ST_OK;
}

static enum status request(const struct options *options, struct error *err)
{
    struct server *srv;
    struct ledger *ledger;
    struct buf body;
    uint64_t old;
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    buf_init(&body, WITNESS_REQUEST_MAX);
    st = find_ledger(srv, options->words[1], &ledger, err);
    if (st == ST_OK)
        st = old_size(srv, ledger, options, &old, err);
    if (st == ST_OK)
        st = cosign_request(srv, ledger, NULL, old, ledger->tree.size, &body, NULL, err);
    if (st == ST_OK && fwrite(body.p, 1, body.n, stdout) != body.n)
        st = error_set(err, ST_IO, "写不出去");
    buf_release(&body);
    server_close(srv);
    return st;
}

/* One whose lines come by hand is known from its first line on. */
static enum status know(struct server *srv, const struct verifier *witness, struct error *err)
{
    struct cosign_witness known[COSIGN_WITNESSES_MAX];
    size_t n = cosign_list(srv, known);
    for (size_t i = 0; i < n; i++)
        if (strcmp(known[i].verifier.name, witness->name) == 0)
            return ST_OK;
    return cosign_add(srv, witness, "", err);
}

/* Which size a line is about is not written in it. The ledger may have grown while the line was
 * on its way: the newest size that it fits. */
static enum status take_line(struct server *srv, struct ledger *ledger,
                             const struct verifier *witness, struct slice line, struct error *err)
{
    uint64_t stands = cosign_stands(srv, witness->name, ledger);
    for (uint64_t size = ledger->tree.size; size > 0 && size + 1 > stands; size--)
        if (cosign_take(srv, ledger, size, witness, line, err) == ST_OK)
            return ST_OK;
    return error_set(err, ST_REFUSED, "这一行不是 %s 对账本 %s 的联署；请再请求一次", witness->name,
                     ledger->origin.text);
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
            st = take_line(srv, ledger, &witness, buf_slice(&line), err);
        if (st == ST_OK)
            st = know(srv, &witness, err);
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
                         {"add", 2, 3, add},         {"list", 1, 1, list},
                         {"remove", 2, 2, drop},     {"ask", 1, 1, ask},
                         {"request", 2, 2, request}, {"accept", 4, 4, accept_line}};
    for (size_t i = 0; i < ARRAY_LENGTH(commands_here); i++)
        if (options->word_count >= commands_here[i].min &&
            options->word_count <= commands_here[i].max &&
            strcmp(options->words[0], commands_here[i].word) == 0)
            return commands_here[i].run(options, err);
    return error_set(err, ST_USAGE,
                     "用法：huced witness init --name 名称 | trust 验证公钥… | serve | verifier |"
                     " add 验证公钥 [地址] | list | remove 名称 | ask |"
                     " request 代码 [--witness 名称 | --old 项数] | accept 代码 验证公钥 文件");
}
