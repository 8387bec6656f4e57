/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * rollup: counts of a county for the level above it (core/rollup.h).
 *
 *   huced rollup make [--day D] [--least N] [--out F]       at the county
 *   huced rollup check FILE… [--county KEY]… [--data DIR]   at the prefecture: who says so
 *   huced rollup sum FILE… [--county KEY]… [--data DIR]     all of them verified, added up
 *
 * The counties' keys are those that the witness in DIR cosigns for (`huced witness trust`), or
 * those given here, as `huced witness verifier` prints them. What is withheld is not added: how
 * many counties withheld a cell stands beside the sum.
 */
#include "server/cmd/cmd.h"
#include "server/core/rollup_count.h"
#include "server/core/witness.h"

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/ledger/checkpoint.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAST_PRESET "10"
#define FILES_MAX OPTIONS_MAX

const struct option_spec cmd_rollup_options[] = {{"day", true},    {"least", true}, {"out", true},
                                                 {"county", true}, {"json", false}, {0}};

/* ---- at the county ---- */

static int32_t today(void)
{
    return (int32_t)((time_now_ms() + INT64_C(8) * 3600 * 1000) / (INT64_C(24) * 3600 * 1000));
}

static enum status read_terms(const struct options *options, int32_t *day, uint64_t *least,
                              struct error *err)
{
    const char *given_day = options_get(options, "day"), *given = options_get(options, "least");
    char *end;
    *day = today();
    if (given_day && !date_parse(slice_str(given_day), day))
        return error_set(err, ST_USAGE, "--day %s 应写成 2026-01-31 这样", given_day);
    if (!given)
        given = LEAST_PRESET;
    *least = strtoull(given, &end, 10);
    return end != given && !*end && *least >= ROLLUP_LEAST_MIN && *least <= ROLLUP_LEAST_MAX
               ? ST_OK
               : error_set(err, ST_USAGE, "--least %s 应在 %d 到 %d 之间", given, ROLLUP_LEAST_MIN,
                           ROLLUP_LEAST_MAX);
}

static enum status make(const struct options *options, struct error *err)
{
    struct rollup *rollup = mem_zero_alloc(1, sizeof(*rollup));
    const char *out = options_get(options, "out");
    struct server *srv = NULL;
    struct buf text;
    int32_t day = 0;
    uint64_t least = 0;
    buf_init(&text, ROLLUP_MAX + CHECKPOINT_MAX);
    enum status st = expect_words(options, 1, 1, "", err);
    if (st == ST_OK)
        st = read_terms(options, &day, &least, err);
    if (st == ST_OK)
        st = server_open(options_data(options), &srv, err);
    if (st == ST_OK && server_recovering(srv))
        st = error_set(err, ST_WAIT, "本县正在恢复，数还不全：huced recovery status");
    if (st == ST_OK)
        st = rollup_count(srv, day, least, time_now_ms(), rollup, err);
    if (st == ST_OK) {
        rollup_sign(rollup, srv->log, &text);
        CHECK(buf_ok(&text));
        if (out)
            st = file_replace(out, buf_slice(&text), 0644, err);
        else
            fwrite(text.p, 1, text.n, stdout);
    }
    server_close(srv);
    buf_release(&text);
    mem_free(rollup);
    return st;
}

/* ---- at the prefecture ---- */

struct keys {
    struct witness witness;
    bool has_witness;
    const struct options *options;
};

static bool is_authority(const struct verifier *county, const struct origin *origin)
{
    struct origin named;
    const size_t n = origin_authority_length(origin);
    return county->type == VERIFIER_LOG && origin_parse(slice_str(county->name), &named) &&
           origin_authority_length(&named) == n && memcmp(named.text, origin->text, n) == 0;
}

static enum status key_of(struct keys *keys, const struct origin *origin, struct sign_public *out,
                          struct error *err)
{
    const char *given;
    for (size_t i = 0; (given = options_nth(keys->options, "county", i)); i++) {
        struct verifier county;
        enum status st = verifier_read(slice_str(given), &county, err);
        if (st != ST_OK)
            return st;
        if (is_authority(&county, origin)) {
            *out = county.pk;
            return ST_OK;
        }
    }
    if (keys->has_witness && witness_county_key(&keys->witness, origin, out, NULL) == ST_OK)
        return ST_OK;
    return error_set(
        err, ST_NOT_FOUND,
        "不认识 %s 的公钥：请用 --county 给出县里 huced witness verifier 打印的那一行，"
        "或先 huced witness trust",
        origin->text);
}

static enum status read_file(struct keys *keys, const char *path, struct rollup *out,
                             struct error *err)
{
    struct sign_public key;
    struct buf text;
    enum status st = file_read(path, ROLLUP_MAX + CHECKPOINT_MAX, &text, err);
    const struct slice bytes = buf_slice(&text);
    if (st == ST_OK)
        st = rollup_read(bytes, out, err);
    if (st == ST_OK)
        st = key_of(keys, &out->origin, &key, err);
    if (st == ST_OK)
        st = rollup_verify(bytes, out, &key, err);
    buf_release(&text);
    return st == ST_OK ? st : error_wrap(err, st, "%s", path);
}

static enum status read_all(const struct options *options, struct rollup **out, size_t *count,
                            struct error *err)
{
    struct keys keys = {.options = options};
    char *key_path = file_join(options_data(options), "witness.key");
    enum status st = ST_OK;
    *count = options->word_count - 1;
    *out = mem_zero_alloc(*count, sizeof(**out));
    keys.has_witness = file_exists(key_path);
    if (keys.has_witness)
        st = witness_open(options_data(options), &keys.witness, err);
    for (size_t i = 0; i < *count && st == ST_OK; i++)
        st = read_file(&keys, options->words[i + 1], &(*out)[i], err);
    for (size_t i = 0; i < *count && st == ST_OK; i++)
        for (size_t k = i + 1; k < *count && st == ST_OK; k++)
            if (strcmp((*out)[i].origin.text, (*out)[k].origin.text) == 0)
                st = error_set(err, ST_INVALID, "%s 有两份汇总：一个县只能算一次",
                               (*out)[i].origin.text);
    if (keys.has_witness)
        witness_close(&keys.witness);
    mem_free(key_path);
    return st;
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void print_checked(const struct rollup *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        printf("%s  %s  %" PRIu64 " 个村，%" PRIu64 " 个有记录，30 天内有来往的 %.0f%%；最新 %s\n",
               all[i].origin.text, all[i].day, all[i].villages, all[i].begun,
               percent(all[i].heard, all[i].villages), all[i].newest);
}

/* Where this cell stands in the sums; a new place behind the others. */
static struct rollup_cell *place_of(struct rollup_cell *sums, size_t *count,
                                    const struct rollup_cell *cell)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(sums[i].measure, cell->measure) == 0 && strcmp(sums[i].cell, cell->cell) == 0)
            return &sums[i];
    sums[*count] = *cell;
    sums[*count].count = 0;
    return &sums[(*count)++];
}

static int by_name(const void *a, const void *b)
{
    const struct rollup_cell *x = a, *y = b;
    const int measure = strcmp(x->measure, y->measure);
    return measure ? measure : strcmp(x->cell, y->cell);
}

static uint64_t withheld_by(const struct rollup *all, size_t count, const struct rollup_cell *cell)
{
    uint64_t n = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < all[i].count; k++)
            n += all[i].cells[k].withheld && strcmp(all[i].cells[k].measure, cell->measure) == 0 &&
                 strcmp(all[i].cells[k].cell, cell->cell) == 0;
    return n;
}

static void print_sums(const struct options *options, const struct rollup *all, size_t count)
{
    struct rollup_cell *sums = mem_alloc(count * ROLLUP_CELLS_MAX * sizeof(*sums));
    json_t *cells = json_array();
    uint64_t villages = 0, begun = 0, heard = 0;
    const char *from = all[0].day, *to = all[0].day;
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        villages += all[i].villages;
        begun += all[i].begun;
        heard += all[i].heard;
        from = strcmp(all[i].day, from) < 0 ? all[i].day : from;
        to = strcmp(all[i].day, to) > 0 ? all[i].day : to;
        for (size_t k = 0; k < all[i].count; k++)
            place_of(sums, &n, &all[i].cells[k])->count +=
                all[i].cells[k].withheld ? 0 : all[i].cells[k].count;
    }
    qsort(sums, n, sizeof(*sums), by_name);
    const bool json = options_has(options, "json");
    if (!json)
        printf("%zu 个县，截至 %s%s%s；%" PRIu64 " 个村，%" PRIu64
               " 个有记录，30 天内有来往的 %.0f%%\n",
               count, from, strcmp(from, to) ? " 到 " : "", strcmp(from, to) ? to : "", villages,
               begun, percent(heard, villages));
    for (size_t i = 0; i < n; i++) {
        const uint64_t withheld = withheld_by(all, count, &sums[i]);
        if (json)
            json_array_append_new(cells, json_pack("{s:s, s:s, s:I, s:I}", "measure",
                                                   sums[i].measure, "cell", sums[i].cell, "count",
                                                   (json_int_t)sums[i].count, "withheld",
                                                   (json_int_t)withheld));
        else if (withheld)
            printf("%-18s %-8s %10" PRIu64 "  另有 %" PRIu64 " 个县人数太少没有写\n",
                   sums[i].measure, sums[i].cell, sums[i].count, withheld);
        else
            printf("%-18s %-8s %10" PRIu64 "\n", sums[i].measure, sums[i].cell, sums[i].count);
    }
    if (json)
        print_json(json_pack("{s:I, s:s, s:s, s:I, s:I, s:I, s:O}", "counties", (json_int_t)count,
                             "from", from, "to", to, "villages", (json_int_t)villages, "begun",
                             (json_int_t)begun, "heard", (json_int_t)heard, "cells", cells));
    json_decref(cells);
    mem_free(sums);
}

static enum status take(const struct options *options, bool sum, struct error *err)
{
    struct rollup *all = NULL;
    size_t count = 0;
    enum status st = expect_words(options, 2, FILES_MAX, "汇总文件", err);
    if (st == ST_OK)
        st = read_all(options, &all, &count, err);
    if (st == ST_OK && sum)
        print_sums(options, all, count);
    else if (st == ST_OK)
        print_checked(all, count);
    mem_free(all);
    return st;
}

enum status cmd_rollup(const struct options *options, struct error *err)
{
    const char *word = options->word_count ? options->words[0] : "";
    if (strcmp(word, "make") == 0)
        return make(options, err);
    if (strcmp(word, "check") == 0 || strcmp(word, "sum") == 0)
        return take(options, word[0] == 's', err);
    return error_set(err, ST_USAGE, "huced rollup %s：应为 make、check 或 sum", word);
}
