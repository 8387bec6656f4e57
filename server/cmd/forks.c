/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * forks: huced forks list, huced forks show ID [--out FILE]: chains that split because a desk was
 * put back to an earlier disk, or ran twice; and the proof of each, as a file.
 */
#include "server/cmd/cmd.h"
#include "server/core/forks.h"

#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>

#define PROOF_MAX 65536
#define ID_SHORTEST 8

const struct option_spec cmd_forks_options[] = {{"out", true}, {0}};

struct listing {
    struct server *srv;
    json_t *forks;
};

static bool list_one(void *arg, const struct fork *fork)
{
    struct listing *listing = arg;
    const struct registry *reg = &listing->srv->rep->registry;
    const struct grant *grant = registry_grant_any(reg, &fork->kid),
                       *device = registry_grant_any(reg, &fork->device);
    char id[2 * HASH_SIZE + 1], kid[2 * HASH_SIZE + 1], chain[17], seen[TIME_TEXT_SIZE];
    hex_encode(hash_slice(&fork->id), id);
    hex_encode(hash_slice(&fork->kid), kid);
    hex_encode(slice_of(fork->chain.b, sizeof(fork->chain.b)), chain);
    time_format_cst(fork->seen_ms, seen);
    json_array_append_new(listing->forks,
                          json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s}", "id", id, "ledger",
                                    fork->ledger->origin.text, "author", kid, "name",
                                    grant ? grant->name : "", "chain", chain, "number",
                                    (json_int_t)fork->number, "device", device ? device->name : "",
                                    "seen", seen));
    return true;
}

static void print_list(const json_t *forks)
{
    const json_t *fork;
    size_t i;
    json_array_foreach(forks, i, fork)
        printf("%.16s  %s  %s  %s  第 %" JSON_INTEGER_FORMAT " 组  %s\n",
               json_string_value(json_object_get(fork, "id")),
               json_string_value(json_object_get(fork, "seen")),
               json_string_value(json_object_get(fork, "ledger")),
               json_string_value(json_object_get(fork, "name")),
               json_integer_value(json_object_get(fork, "number")),
               json_string_value(json_object_get(fork, "device")));
    if (json_array_size(forks) == 0)
        printf("没有分叉的链\n");
}

struct search {
    struct server *srv;
    const char *id;
    struct buf text;
    bool found;
    enum status status;
    struct error *err;
};

static bool show_one(void *arg, const struct fork *fork)
{
    struct search *search = arg;
    char id[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&fork->id), id);
    if (strncmp(id, search->id, strlen(search->id)) != 0)
        return true;
    search->found = true;
    search->status = forks_write(search->srv, fork, &search->text, search->err);
    return false;
}

static enum status show(struct server *srv, const struct options *options, struct error *err)
{
    const char *out = options_get(options, "out"), *id = options->words[1];
    struct search search = {.srv = srv, .id = id, .err = err};
    if (strlen(id) < ID_SHORTEST)
        return error_set(err, ST_USAGE, "%s 太短：请给出至少 %d 位", id, ID_SHORTEST);
    buf_init(&search.text, PROOF_MAX);
    enum status st = forks_each(srv, show_one, &search, err);
    if (st == ST_OK)
        st =
            search.found ? search.status : error_set(err, ST_NOT_FOUND, "没有标识为 %s 的分叉", id);
    if (st == ST_OK && out)
        st = file_replace(out, buf_slice(&search.text), 0600, err);
    else if (st == ST_OK)
        fwrite(search.text.p, 1, search.text.n, stdout);
    buf_release(&search.text);
    return st;
}

enum status cmd_forks(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : "";
    const bool list = strcmp(word, "list") == 0 && options->word_count == 1;
    struct server *srv;
    if (!list && !(strcmp(word, "show") == 0 && options->word_count == 2))
        return error_set(err, ST_USAGE, "用法：huced forks list | show 标识 [--out 文件]");
    enum status st = server_open(options_data(options), &srv, err);
    if (st != ST_OK)
        return st;
    struct listing listing = {srv, json_array()};
    st = list ? forks_each(srv, list_one, &listing, err) : show(srv, options, err);
    if (st == ST_OK && list && options_has(options, "json"))
        print_json(json_pack("{s:O}", "forks", listing.forks));
    else if (st == ST_OK && list)
        print_list(listing.forks);
    json_decref(listing.forks);
    server_close(srv);
    return st;
}
