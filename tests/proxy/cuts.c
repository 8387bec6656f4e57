/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * cuts: what becomes of a synchronisation whose connection is cut, at every byte of it, and at
 * random ones, thousands of times. County, two desks and the bad link between them live on one
 * loop; every request goes over HTTP.
 *
 *   cuts every COUNTY DESK DESK PIN          at each byte of a small exchange, up and down
 *   cuts random COUNTY DESK DESK PIN N SEED  N exchanges of all sizes, some cut more than once
 *
 * A trial: the second desk writes and hands it in over a good link; the first one writes, then
 * exchanges over a link that is cut; then again, until it is through. So each cut exchange brings
 * something and gets something. After it nothing waits at the desk, and its ledger and the county's
 * are the same. In the end every change that was ever saved is at the county and at both desks,
 * once, and all tables are alike.
 *
 * Prints lines "key value"; ends with status 1 at the first thing that is not so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/edit.h"
#include "agent/core/outbox.h"
#include "agent/core/save.h"
#include "agent/core/sync.h"
#include "server/api/api.h"
#include "shared/base/diag.h"
#include "shared/base/time.h"
#include "shared/db/materialise.h"
#include "tests/bench/plain.h"
#include "tests/proxy/proxy.h"
#include "tests/sim/chance.h"

#define TRIES_MAX 200        /* an exchange that is still not through after so many has failed */
#define SMALL_END_MAX 100000 /* bytes of a small exchange, generously */
#define NOTE_EVERY 500       /* trials between two lines about them */

struct person {
    struct desk *desk;
    struct author author;
    const char *name;
    char good_url[64], bad_url[64];
    uint64_t saved; /* changes */
};

struct cuts {
    struct loop *loop;
    struct server *srv;
    struct api api;
    struct proxy *proxy;
    struct person people[2];
    uint64_t trials, cut, tries;
    uint64_t before; /* households of before */
    struct chance chance;
    struct sync *sync; /* under way */
    enum status st;
    struct error error;
};

_Noreturn static void lost(const struct cuts *c, const char *what)
{
    fprintf(stderr, "cuts: trial %" PRIu64 ": %s (%s)\n", c->trials, what,
            c->error.status == ST_OK ? "no error" : c->error.text);
    exit(1);
}

/* ---- people ---- */

static void person_open(struct cuts *c, struct person *p, const char *folder, const char *pin)
{
    p->name = folder;
    MUST(desk_open(folder, &p->desk, &err));
    MUST(desk_author_with_pin(p->desk, NULL, slice_str(pin), &p->author, &err));
    snprintf(p->good_url, sizeof(p->good_url), "http://127.0.0.1:%u",
             http_server_port(c->api.http));
    snprintf(p->bad_url, sizeof(p->bad_url), "http://127.0.0.1:%u", proxy_port(c->proxy));
}

static void person_write(struct person *p, unsigned changes, const char *door)
{
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(p->desk->rep), slice_str("household"));
    struct ledger *ledger;
    struct save *save;
    MUST(desk_ledger_for(p->desk, NULL, table, &p->author, &ledger, &err));
    MUST(save_begin(p->desk, ledger, &p->author, &save, &err));
    for (unsigned i = 0; i < changes; i++) {
        struct editor *editor;
        struct edit_result result;
        const struct catalog_field *code, *address;
        char code_text[32], address_text[64];
        MUST(edit_field(table, slice_str("household_code"), &code, &err));
        MUST(edit_field(table, slice_str("address"), &address, &err));
        snprintf(code_text, sizeof(code_text), "622924101001%03u%03u",
                 (unsigned)(p->name[0] == 'a' ? 1 : 501) + (unsigned)(p->saved / 1000 % 500),
                 (unsigned)(p->saved % 1000));
        snprintf(address_text, sizeof(address_text), "%s %06" PRIu64 " 号", door, p->saved);
        const struct edit_pair pairs[] = {{code, slice_str(code_text)},
                                          {address, slice_str(address_text)}};
        MUST(editor_open(p->desk, ledger, &p->author, false, &editor, &err));
        MUST(edit_compose(editor, table, NULL, false, pairs, 2, SLICE_NONE, &result, &err));
        MUST(save_change(save, buf_slice(&result.body), &err));
        editor_close(editor);
        buf_release(&result.body);
        p->saved++;
    }
    MUST(save_commit(save, &err));
}

/* ---- exchanges ---- */

static void on_done(void *arg, enum status st, const struct error *err,
                    const struct session_progress *progress)
{
    struct cuts *c = arg;
    (void)progress;
    c->sync = NULL;
    c->st = st;
    c->error = (struct error){.status = ST_OK};
    if (st != ST_OK)
        c->error = *err;
    loop_stop(c->loop);
}

/* One exchange over this address. */
static enum status exchange(struct cuts *c, struct person *p, const char *url)
{
    struct sync_hooks hooks = {.done = on_done, .arg = c};
    snprintf(p->desk->url, sizeof(p->desk->url), "%s", url);
    MUST(desk_refresh(p->desk, &err));
    MUST(sync_start(p->desk, c->loop, &hooks, &c->sync, &err));
    loop_run(c->loop);
    if (c->sync)
        lost(c, "interrupted");
    return c->st;
}

static struct ledger *village(struct replica *rep)
{
    struct ledger *found = NULL;
    for (size_t i = 0; i < rep->ledger_count; i++)
        if (rep->ledgers[i] != rep->registry_ledger && rep->ledgers[i]->tree.size)
            found = rep->ledgers[i];
    CHECK(found != NULL);
    return found;
}

static void check_together(struct cuts *c, const struct person *p)
{
    struct hash here, there;
    merkle_root(&village(p->desk->rep)->tree, &here);
    merkle_root(&village(c->srv->rep)->tree, &there);
    if (outbox_waiting(p->desk) > 0)
        lost(c, "something still waits at the desk");
    if (!hash_equal(&here, &there))
        lost(c, "the desk's ledger is not the county's");
}

static void trial(struct cuts *c, const struct proxy_plan *plan, unsigned here, unsigned there)
{
    unsigned tries = 0;
    c->trials++;
    person_write(&c->people[1], there, "二社");
    if (exchange(c, &c->people[1], c->people[1].good_url) != ST_OK)
        lost(c, "an exchange over a good link failed");
    person_write(&c->people[0], here, "一社");
    proxy_set(c->proxy, plan);
    while (exchange(c, &c->people[0], c->people[0].bad_url) != ST_OK) {
        if (c->st != ST_UNREACHABLE)
            lost(c, "it ended as if something were wrong with the data");
        if (++tries > TRIES_MAX)
            lost(c, "it never gets through");
    }
    c->tries += tries + 1;
    c->cut += proxy_counts(c->proxy)->cut;
    check_together(c, &c->people[0]);
    if (c->trials % NOTE_EVERY == 0)
        fprintf(stderr, "  %" PRIu64 " exchanges, %" PRIu64 " connections cut\n", c->trials,
                c->cut);
}

/* Which bytes there are to be cut at shows itself: once a connection ends by itself, all have
 * been. Sizes move by a few bytes from trial to trial, so some more follow. */
static void every_byte(struct cuts *c, enum proxy_way way)
{
    unsigned whole = 0;
    int64_t at = 0;
    for (; whole < 16; at++) {
        struct proxy_plan plan;
        proxy_plan_init(&plan);
        plan.cut_at[way] = at;
        plan.first_only = 1;
        trial(c, &plan, 1, 1);
        whole += proxy_counts(c->proxy)->cut == 0;
        if (at > SMALL_END_MAX)
            lost(c, "a small exchange has no end");
    }
    printf("%s %" PRId64 "\n", way == PROXY_UP ? "bytes_up" : "bytes_down", at);
}

static void random_cuts(struct cuts *c, uint64_t n, uint64_t seed)
{
    c->chance.state = seed;
    for (uint64_t i = 0; i < n; i++) {
        struct proxy_plan plan;
        proxy_plan_init(&plan);
        plan.seed = chance_next(&c->chance);
        plan.cut_percent = 50 + (unsigned)chance_below(&c->chance, 45);
        plan.within = 200 + chance_below(&c->chance, 6000);
        plan.reset = chance_one_in(&c->chance, 3);
        unsigned here = 1 + (unsigned)chance_below(&c->chance, 1 + chance_below(&c->chance, 40));
        unsigned there = 1 + (unsigned)chance_below(&c->chance, 1 + chance_below(&c->chance, 40));
        trial(c, &plan, here, there);
    }
}

/* ---- the end ---- */

static uint64_t number(struct db *db, const char *sql)
{
    struct stmt *stmt;
    bool row = false;
    MUST(db_prepare(db, slice_str(sql), &stmt, &err));
    MUST(stmt_step(stmt, &row, &err));
    uint64_t n = row ? (uint64_t)stmt_int(stmt, 0) : 0;
    stmt_release(stmt);
    return n;
}

static void count_before(struct cuts *c)
{
    c->before = number(c->srv->db, "SELECT count(*) FROM household");
}

static void add_to_hash(void *arg, struct slice bytes)
{
    struct hash *sum = arg;
    hash_parts(hash_slice(sum), bytes, SLICE_NONE, sum);
}

static void check_all(struct cuts *c)
{
    struct db *dbs[] = {c->srv->db, c->people[0].desk->db, c->people[1].desk->db};
    struct replica *reps[] = {c->srv->rep, c->people[0].desk->rep, c->people[1].desk->rep};
    const uint64_t saved = c->people[0].saved + c->people[1].saved, all = c->before + saved;
    struct hash dumps[3];
    if (exchange(c, &c->people[1], c->people[1].good_url) != ST_OK)
        lost(c, "an exchange over a good link failed");
    for (int i = 0; i < 3; i++) {
        if (number(dbs[i], "SELECT count(*) FROM household") != all)
            lost(c, "not as many households as were saved");
        if (number(dbs[i], "SELECT count(DISTINCT address) FROM household") != all)
            lost(c, "one was saved twice");
        dumps[i] = (struct hash){0};
        MUST(materialise_dump(reps[i], village(reps[i]), false, add_to_hash, &dumps[i], &err));
        if (!hash_equal(&dumps[i], &dumps[0]))
            lost(c, "the tables differ");
    }
    printf("saved %" PRIu64 "\nlost 0\nduplicated 0\ncompleted %" PRIu64
           "\nconnections_cut %" PRIu64 "\nexchanges %" PRIu64 "\n",
           saved, c->trials, c->cut, c->tries);
}

int main(int argc, char **argv)
{
    struct cuts c = {0};
    struct proxy_plan plan;
    bool every = argc == 6 && strcmp(argv[1], "every") == 0;
    if (!every && !(argc == 8 && strcmp(argv[1], "random") == 0)) {
        fprintf(stderr, "usage: see the head of tests/proxy/cuts.c\n");
        return 2;
    }
    mem_frugal();
    crypto_init();
    proxy_plan_init(&plan);
    MUST(loop_open(&c.loop, &err));
    MUST(server_open(argv[2], &c.srv, &err));
    c.api = (struct api){.srv = c.srv, .started_ms = time_monotonic_ms()};
    const struct http_options http = {.address = "127.0.0.1",
                                      .routes = api_routes,
                                      .route_count = api_route_count,
                                      .arg = &c.api};
    MUST(http_server_start(c.loop, &http, &c.api.http, &err));
    MUST(proxy_open(loop_uv(c.loop), 0, http_server_port(c.api.http), &plan, &c.proxy, &err));
    for (int i = 0; i < 2; i++)
        person_open(&c, &c.people[i], argv[3 + i], argv[5]);
    count_before(&c);
    if (every) {
        every_byte(&c, PROXY_UP);
        every_byte(&c, PROXY_DOWN);
    } else {
        random_cuts(&c, strtoull(argv[6], NULL, 10), strtoull(argv[7], NULL, 10));
    }
    check_all(&c);
    for (int i = 0; i < 2; i++) {
        author_release(&c.people[i].author);
        desk_close(c.people[i].desk);
    }
    proxy_close(c.proxy);
    http_server_stop(c.api.http);
    loop_close(c.loop);
    api_release(&c.api);
    server_close(c.srv);
    return 0;
}
