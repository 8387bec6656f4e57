/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * storm: many desks at one county, in one process, with real keys, signatures and messages. Only
 * their databases are left out: a desk here is two keys, the end of its chain, and what it has to
 * send. They speak HTTP to a county that is served by the real program.
 *
 *   storm desks COUNTY N
 *       N villages, one person with one laptop in each
 *   storm come COUNTY PID N CHANGES EACH
 *       all of them at once bring CHANGES changes, EACH in a changeset, and go on until confirmed
 *   storm ask COUNTY PID N AT_ONCE ROUNDS
 *       each asks ROUNDS times, AT_ONCE of them at a time, and nothing has happened
 *   storm wait COUNTY PID N DESKS
 *       N connections of DESKS desks wait for the registry, and it grows by another process
 *   storm wake COUNTY PID N
 *       N connections of one desk wait for its village, to which it brings a change by one more
 *
 * PID: of `huced serve`, whose address stands in COUNTY/../port; its processor time and memory are
 * read from /proc. Prints lines "key value". Times are seconds, memory MB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/net/peer.h"
#include "server/core/divisions.h"
#include "server/core/registrar.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "shared/codec/framing.h"
#include "shared/crypto/hash.h"
#include "shared/db/materialise.h"
#include "shared/net/loop.h"
#include "shared/sync/message.h"
#include "tests/bench/must.h"

#define VILLAGES_PER_TOWNSHIP 100
#define GRANTS_AT_ONCE 500
#define HOUSEHOLDS 50 /* of a village, that its changes are about */
#define TRIES_MAX 200
#define TIMEOUT_S 600

struct storm;

struct desk_here {
    struct storm *storm;
    struct origin origin;
    struct sign_key *person, *device;
    struct peer peer;
    struct request_ledger ledgers[2]; /* the registry, the village */
    struct buf request;
    size_t changesets, confirmed; /* sent so far, with a leaf */
    unsigned tries, rounds;
    double began, done; /* when it first asked, when all was confirmed */
};

struct storm {
    struct loop *loop;
    struct http_client *client;
    char url[64];
    struct desk_here *desks;
    size_t count, next, open, at_once;
    size_t keys; /* desks with a key of their own; the others share those */
    unsigned rounds;
    uint64_t turned_away, failures, requests, sent, received;
    double woken_at;
    size_t waits_for; /* which of its ledgers each desk waits for */
};

static double seconds(void)
{
    return (double)time_monotonic_us() / 1e6;
}

/* ---- who they are ---- */

static struct sign_key *key_of(const char *kind, size_t n)
{
    char text[64];
    struct hash seed;
    snprintf(text, sizeof(text), "storm %s %zu", kind, n);
    hash_bytes(slice_str(text), &seed);
    return sign_key_from_seed(seed.b);
}

static void code_of(const char *county, size_t n, char out[DIVISION_CODE_SIZE + 1])
{
    unsigned township = 1 + (unsigned)(n / VILLAGES_PER_TOWNSHIP) % 999;
    snprintf(out, DIVISION_CODE_SIZE + 1, "%.6s%03u%03u", county, township,
             1 + (unsigned)(n % VILLAGES_PER_TOWNSHIP));
}

static void prove(const struct server *srv, const struct sign_key *key, struct grant *grant)
{
    struct buf message;
    buf_init(&message, 1024);
    grant->pk = *sign_key_public(key);
    grant->kid = *sign_key_kid(key);
    grant->expires_ms = INT64_MAX;
    grant_pop_message(&srv->rep->registry_origin, &grant->kid, &message);
    sign_message(key, buf_slice(&message), &grant->pop);
    buf_release(&message);
}

static void draft_grant(struct draft *draft, const struct grant *grant)
{
    struct buf op;
    buf_init(&op, CHANGE_BODY_MAX);
    grant_encode(grant, &op);
    draft_op(draft, buf_slice(&op));
    buf_release(&op);
}

static void draft_desk(const struct server *srv, size_t n, struct draft *draft)
{
    struct sign_key *person = key_of("person", n), *device = key_of("device", n);
    struct grant laptop = {.kind = GRANT_DEVICE, .has_box = true};
    struct grant clerk = {.kind = GRANT_PERSON, .has_device = true, .scope_count = 1};
    uint8_t box[32] = {7};
    char code[DIVISION_CODE_SIZE + 1];
    prove(srv, device, &laptop);
    prove(srv, person, &clerk);
    box_public_from_seed(box, &laptop.box);
    clerk.device = laptop.kid;
    memcpy(clerk.person, clerk.kid.b, sizeof(clerk.person));
    memcpy(laptop.person, clerk.person, sizeof(laptop.person));
    snprintf(clerk.name, sizeof(clerk.name), "文书%zu", n);
    snprintf(laptop.name, sizeof(laptop.name), "文书%zu的电脑", n);
    snprintf(clerk.role, sizeof(clerk.role), "village");
    code_of(srv->code, n, code);
    memcpy(clerk.scopes[0], code, DIVISION_CODE_SIZE);
    draft_grant(draft, &laptop);
    draft_grant(draft, &clerk);
    sign_key_release(person);
    sign_key_release(device);
}

static void make_desks(const char *county, size_t count)
{
    struct server *srv;
    MUST(server_open(county, &srv, &err));
    for (size_t i = 0; i < count;) {
        struct draft draft = {0};
        MUST(server_begin(srv, &err));
        for (size_t end = i + GRANTS_AT_ONCE; i < count && i < end; i++) {
            char code[DIVISION_CODE_SIZE + 1];
            bool added;
            code_of(srv->code, i, code);
            MUST(divisions_add_ledger(srv, code, &added, &err));
            draft_desk(srv, i, &draft);
        }
        MUST(registrar_write(srv, srv->registrar, &draft, time_now_ms(), &err));
        MUST(server_commit(srv, &err));
        draft_release(&draft);
    }
    printf("desks %zu\n", count);
    server_close(srv);
}

/* ---- what they bring ---- */

static bool no_ordinal(void *arg, const struct record_id *id, uint64_t base_size, uint64_t *ordinal)
{
    (void)arg, (void)id, (void)base_size, (void)ordinal;
    return false;
}

static bool no_record(void *arg, uint64_t ordinal, uint64_t base_size, struct record_id *id)
{
    (void)arg, (void)ordinal, (void)base_size, (void)id;
    return false;
}

/* A household is new, or one of its fields says something else. */
static struct slice body_of(const struct catalog_table *table, const struct desk_here *desk,
                            size_t desk_no, size_t n, struct arena *arena)
{
    struct op_field fields[3];
    struct record_id id;
    struct hash random;
    struct buf body;
    size_t house = n % HOUSEHOLDS, count = 0;
    char name[64], code[32], address[64];
    snprintf(name, sizeof(name), "household %zu %zu", desk_no, house);
    hash_bytes(slice_str(name), &random);
    record_id_make(1700000000000 + (int64_t)house, random.b, &id);
    snprintf(address, sizeof(address), "%zu 社 %zu 号", 1 + n % 9, n);
    if (n < HOUSEHOLDS) {
        snprintf(code, sizeof(code), "%.12s%06zu", origin_code(&desk->origin), house + 1);
        fields[count++] = (struct op_field){1, value_text(slice_str(code))};
        fields[count++] = (struct op_field){5, value_text(slice_str(address))};
        fields[count++] = (struct op_field){26, value_text(slice_str("1"))};
    } else if (n % 3 == 0) {
        fields[count++] = (struct op_field){5, value_text(slice_str(address))};
    } else {
        fields[count++] = (struct op_field){22, value_int((int64_t)(n % 40))};
    }
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, 1);
    op_put_write(&body, table->no, &id, fields, count);
    op_body_end(&body, SLICE_NONE);
    struct slice out = slice_of(arena_copy(arena, body.p, body.n), body.n);
    buf_release(&body);
    return out;
}

/* All changesets of one desk, as they travel, and the request that carries them. */
static void prepare(struct desk_here *desk, size_t desk_no, const struct catalog_table *table,
                    const struct chain_base *base, size_t changes, size_t each)
{
    static const struct record_index nothing_known = {no_ordinal, no_record, NULL};
    struct request_ledger *village = &desk->ledgers[1];
    struct chain_head head = {0};
    struct arena arena = {0};
    if (changes)
        head.kid = *sign_key_kid(desk->person);
    char chain[64]; /* another one in each run, so that a county can be used again */
    struct hash chain_hash;
    snprintf(chain, sizeof(chain), "chain %zu %d", desk_no, (int)getpid());
    hash_bytes(slice_str(chain), &chain_hash);
    memcpy(head.chain.b, chain_hash.b, sizeof(head.chain.b));
    village->segments = arena_alloc(&arena, (changes / each + 1) * sizeof(struct slice));
    for (size_t at = 0; at < changes;) {
        struct chain_open open;
        struct segment segment = {.has_seed = true};
        struct buf columns, salts, item;
        struct hash seed;
        char name[64];
        size_t n = 0;
        snprintf(name, sizeof(name), "seed %zu %zu", desk_no, at);
        hash_bytes(slice_str(name), &seed);
        chain_begin(&open, &head, base, seed.b);
        segment.changes = arena_alloc(&arena, each * sizeof(*segment.changes));
        for (; n < each && at < changes; n++, at++) {
            segment.changes[n].body = body_of(table, desk, desk_no, at, &arena);
            segment.changes[n].hlc =
                chain_append(&open, segment.changes[n].body, time_now_ms() + (int64_t)at);
        }
        chain_sign(&open, &desk->origin, desk->person);
        segment.header = open.header;
        memcpy(segment.seed, seed.b, sizeof(segment.seed));
        buf_init(&columns, COLUMNS_MAX);
        buf_init(&salts, 4096);
        buf_init(&item, COLUMNS_MAX + 64 * 1024);
        columns_encode(segment.changes, n, base->size, &nothing_known, &columns);
        segment_salts_write(&segment, &salts);
        segment_write(&open.header, SEGMENT_SHORT, buf_slice(&salts), buf_slice(&columns), &item);
        CHECK(buf_ok(&item));
        village->segments[village->segment_count++] =
            slice_of(arena_copy(&arena, item.p, item.n), item.n);
        chain_close(&open, &head);
        buf_release(&item);
        buf_release(&salts);
        buf_release(&columns);
    }
    desk->changesets = village->segment_count;
    const struct sync_request request = {2, desk->ledgers, MESSAGE_MAX};
    buf_init(&desk->request, MESSAGE_MAX);
    sync_request_write(&request, COMPRESS_LEVEL, &desk->request);
    CHECK(buf_ok(&desk->request));
    village->segments = NULL;
    arena_release(&arena);
}

/* ---- they come ---- */

static void start_desk(void *arg);

static void next_desk(struct storm *s)
{
    while (s->next < s->count && s->open < s->at_once) {
        s->open++;
        start_desk(&s->desks[s->next++]);
    }
    if (s->open == 0)
        loop_stop(s->loop);
}

static void desk_ends(struct desk_here *desk)
{
    struct storm *s = desk->storm;
    desk->done = seconds();
    s->open--;
    next_desk(s);
}

/* How many of its changesets have a leaf. */
static size_t leaves_of(const struct desk_here *desk, struct slice frame)
{
    struct arena arena = {0};
    struct sync_answer answer;
    size_t leaves = 0;
    MUST(sync_answer_read(frame, &arena, &answer, &err));
    for (size_t i = 0; i < answer.ledger_count; i++)
        if (strcmp(answer.ledgers[i].origin.text, desk->origin.text) == 0) {
            CHECK(answer.ledgers[i].rejected_count == 0);
            leaves = answer.ledgers[i].leaf_count;
        }
    arena_release(&arena);
    return leaves;
}

static void on_answer(void *arg, const struct http_result *result)
{
    struct desk_here *desk = arg;
    struct storm *s = desk->storm;
    s->received += result->body.n;
    if (result->status != ST_OK) {
        if (result->retry_after_s > 0)
            s->turned_away++;
        else if (s->failures++ == 0)
            fprintf(stderr, "storm: %s\n", result->error.text);
        CHECK(++desk->tries < TRIES_MAX);
        int64_t wait_ms = 1000 * (result->retry_after_s > 0 ? result->retry_after_s : 1);
        loop_timer_start(s->loop, (uint64_t)wait_ms + (uint64_t)(rand() % 1000), 0, start_desk,
                         desk);
        return;
    }
    if (desk->changesets)
        desk->confirmed = leaves_of(desk, result->body);
    CHECK(desk->confirmed == desk->changesets);
    if (++desk->rounds < s->rounds)
        start_desk(desk);
    else
        desk_ends(desk);
}

static void start_desk(void *arg)
{
    struct desk_here *desk = arg;
    struct storm *s = desk->storm;
    if (desk->began == 0)
        desk->began = seconds();
    s->requests++;
    s->sent += desk->request.n;
    MUST(peer_start(&desk->peer, "POST", "/v1/sync", buf_slice(&desk->request), TIMEOUT_S,
                    on_answer, desk, &err));
}

/* ---- the county's side ---- */

struct usage {
    double cpu_s;
    long rss_kb, peak_kb;
};

static struct usage usage_of(int pid)
{
    struct usage u = {0};
    char path[64], line[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    CHECK(f && fgets(line, sizeof(line), f));
    fclose(f);
    unsigned long user, kernel;
    CHECK(sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                 &kernel) == 2);
    u.cpu_s = (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
    snprintf(path, sizeof(path), "/proc/%d/status", pid);
    f = fopen(path, "r");
    CHECK(f);
    while (fgets(line, sizeof(line), f)) {
        sscanf(line, "VmRSS: %ld", &u.rss_kb);
        sscanf(line, "VmHWM: %ld", &u.peak_kb);
    }
    fclose(f);
    return u;
}

static double own_cpu(void)
{
    struct rusage r;
    CHECK(getrusage(RUSAGE_SELF, &r) == 0);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
           (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

static int compare_times(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Takes what N desks know of the county, from its folder; leaves them ready to ask. Those but the
 * first `silent` bring changes. */
static void open_storm(struct storm *s, const char *county, size_t count, size_t desks,
                       size_t silent, size_t changes, size_t each)
{
    struct server *srv;
    struct buf port;
    char path[1024];
    *s = (struct storm){.count = count, .at_once = count, .keys = desks, .rounds = 1};
    snprintf(path, sizeof(path), "%s/../port", county);
    buf_init(&port, 64);
    MUST(file_read(path, 64, &port, &err));
    snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", atoi(buf_cstr(&port)));
    buf_release(&port);
    MUST(loop_open(&s->loop, &err));
    MUST(http_client_open(loop_uv(s->loop), &s->client, &err));
    MUST(server_open(county, &srv, &err));
    const struct ledger *registry = srv->rep->registry_ledger;
    const struct catalog_table *table =
        catalog_table_named(replica_catalog(srv->rep), slice_str("household"));
    CHECK(table);
    s->desks = mem_zero_alloc(count, sizeof(*s->desks));
    for (size_t i = 0; i < count; i++) {
        struct desk_here *desk = &s->desks[i];
        char code[DIVISION_CODE_SIZE + 1];
        desk->storm = s;
        code_of(srv->code, i % desks, code);
        CHECK(origin_make(srv->authority, code, &desk->origin));
        const struct ledger *village = replica_ledger(srv->rep, &desk->origin);
        CHECK(village);
        struct chain_base base = {.size = village->tree.size,
                                  .root = village->root,
                                  .registry_size = registry->tree.size,
                                  .registry_root = registry->root};
        /* A locked key takes pages of its own, of which a process has only so many. */
        desk->person = i >= silent ? key_of("person", i % desks) : NULL;
        desk->device = i < desks ? key_of("device", i) : s->desks[i % desks].device;
        desk->peer = (struct peer){.client = s->client, .url = s->url, .device = desk->device};
        desk->ledgers[0] =
            (struct request_ledger){.origin = registry->origin, .size = registry->tree.size};
        desk->ledgers[1] =
            (struct request_ledger){.origin = desk->origin, .size = village->tree.size};
        memcpy(desk->ledgers[0].root8, registry->root.b, 8);
        memcpy(desk->ledgers[1].root8, village->root.b, 8);
        prepare(desk, i, table, &base, i >= silent ? changes : 0, each);
    }
    server_close(srv);
}

static void close_storm(struct storm *s)
{
    for (size_t i = 0; i < s->count; i++) {
        peer_cancel(&s->desks[i].peer);
        sign_key_release(s->desks[i].person);
        if (i < s->keys)
            sign_key_release(s->desks[i].device);
        buf_release(&s->desks[i].request);
    }
    mem_free(s->desks);
    http_client_close(s->client);
    loop_close(s->loop);
}

static void report(const struct storm *s, int pid, double began, double cpu, struct usage before)
{
    const double took = seconds() - began;
    const struct usage after = usage_of(pid);
    double *times = mem_alloc(s->count * sizeof(*times));
    for (size_t i = 0; i < s->count; i++) {
        CHECK(s->desks[i].done > 0);
        times[i] = s->desks[i].done - s->desks[i].began;
    }
    qsort(times, s->count, sizeof(*times), compare_times);
    printf(
        "seconds %.3f\nmedian_s %.3f\nslowest_s %.3f\nrequests %llu\nturned_away %llu\n"
        "failures %llu\nsent_bytes %llu\nreceived_bytes %llu\nserver_cpu_s %.2f\ndesks_cpu_s %.2f\n"
        "server_rss_mb %.1f\nserver_peak_mb %.1f\n",
        took, times[s->count / 2], times[s->count - 1], (unsigned long long)s->requests,
        (unsigned long long)s->turned_away, (unsigned long long)s->failures,
        (unsigned long long)s->sent, (unsigned long long)s->received, after.cpu_s - before.cpu_s,
        own_cpu() - cpu, (double)after.rss_kb / 1024, (double)after.peak_kb / 1024);
    mem_free(times);
}

static void run_storm(struct storm *s, int pid)
{
    const struct usage before = usage_of(pid);
    const double began = seconds(), cpu = own_cpu();
    next_desk(s);
    loop_run(s->loop);
    report(s, pid, began, cpu, before);
    close_storm(s);
}

/* ---- they wait ---- */

static void start_waiting(struct storm *s, struct desk_here *desk, size_t which);

static void on_woken(void *arg, const struct http_result *result)
{
    struct desk_here *desk = arg;
    struct storm *s = desk->storm;
    if (result->status == ST_OK && result->code == 204 && s->woken_at == 0) {
        s->open--; /* nothing in 55 s: it asks again, as any desk does */
        start_waiting(s, desk, s->waits_for);
        return;
    }
    if (result->status != ST_OK || result->code != 200) {
        if (s->failures++ == 0)
            fprintf(stderr, "storm: %ld %s\n", result->code, result->error.text);
        CHECK(++desk->tries < TRIES_MAX);
    }
    desk->done = seconds();
    if (--s->open == 0)
        loop_stop(s->loop);
}

static void start_waiting(struct storm *s, struct desk_here *desk, size_t which)
{
    char path[256];
    const struct request_ledger *ledger = &desk->ledgers[which];
    snprintf(path, sizeof(path), "/v1/wait?ledger=%s&size=%llu", ledger->origin.text,
             (unsigned long long)ledger->size);
    s->open++;
    MUST(peer_start(&desk->peer, "GET", path, SLICE_NONE, TIMEOUT_S, on_woken, desk, &err));
}

struct waker {
    struct storm *storm;
    const char *county;
    int pid;
    size_t started, waiting, which; /* of the desks, how many wait for which of their ledgers */
    struct usage idle;
};

static void on_all_there(void *arg);

/* Fifty more at each tick; when all have been there for a while, the ledger grows. */
static void on_tick(void *arg)
{
    struct waker *w = arg;
    struct storm *s = w->storm;
    if (w->started == w->waiting)
        return;
    for (size_t end = w->started + 50; w->started < w->waiting && w->started < end; w->started++)
        start_waiting(s, &s->desks[w->started], w->which);
    if (w->started == w->waiting)
        loop_timer_start(s->loop, 5000, 0, on_all_there, w);
}

static void on_sent(void *arg, const struct http_result *result)
{
    struct desk_here *desk = arg;
    CHECK(result->status == ST_OK && leaves_of(desk, result->body) == 1);
}

/* By the last desk, over the county's own process. */
static void bring_one(struct waker *w)
{
    struct desk_here *desk = &w->storm->desks[w->waiting];
    w->storm->woken_at = seconds();
    MUST(peer_start(&desk->peer, "POST", "/v1/sync", buf_slice(&desk->request), TIMEOUT_S, on_sent,
                    desk, &err));
}

static void on_all_there(void *arg)
{
    struct waker *w = arg;
    struct storm *s = w->storm;
    struct server *srv;
    struct draft draft = {0};
    w->idle = usage_of(w->pid);
    if (w->which == 1) {
        bring_one(w);
        return;
    }
    MUST(server_open(w->county, &srv, &err));
    MUST(server_begin(srv, &err));
    draft_desk(srv, 900000 + (size_t)getpid() % 90000, &draft);
    MUST(registrar_write(srv, srv->registrar, &draft, time_now_ms(), &err));
    MUST(server_commit(srv, &err));
    s->woken_at = seconds();
    server_close(srv);
    draft_release(&draft);
}

/* which: of their two ledgers; 1: the last of the desks does not wait, it brings something. */
static void run_wait(struct storm *s, const char *county, int pid, size_t which)
{
    struct waker w = {.storm = s, .county = county, .pid = pid, .which = which};
    const struct usage before = usage_of(pid);
    struct loop_timer *tick = loop_timer_start(s->loop, 1, 20, on_tick, &w);
    w.waiting = s->count - which;
    s->waits_for = which;
    loop_run(s->loop);
    loop_timer_stop(tick);
    double *times = mem_alloc(w.waiting * sizeof(*times));
    for (size_t i = 0; i < w.waiting; i++)
        times[i] = s->desks[i].done - s->woken_at;
    qsort(times, w.waiting, sizeof(*times), compare_times);
    printf("waiting %zu\nfailures %llu\nkb_each %.1f\nwake_median_s %.3f\nwake_p99_s %.3f\n"
           "wake_server_cpu_s %.2f\n",
           w.waiting, (unsigned long long)s->failures,
           (double)(w.idle.rss_kb - before.rss_kb) / (double)w.waiting, times[w.waiting / 2],
           times[w.waiting - 1 - w.waiting / 100], usage_of(pid).cpu_s - w.idle.cpu_s);
    mem_free(times);
    close_storm(s);
}

/* ---- the commands ---- */

static size_t number(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    CHECK(*text && !*end);
    return n;
}

int main(int argc, char **argv)
{
    struct storm s;
    crypto_init();
    if (argc == 4 && strcmp(argv[1], "desks") == 0) {
        make_desks(argv[2], number(argv[3]));
    } else if (argc == 7 && strcmp(argv[1], "come") == 0) {
        open_storm(&s, argv[2], number(argv[4]), number(argv[4]), 0, number(argv[5]),
                   number(argv[6]));
        run_storm(&s, (int)number(argv[3]));
    } else if (argc == 7 && strcmp(argv[1], "ask") == 0) {
        open_storm(&s, argv[2], number(argv[4]), number(argv[4]), number(argv[4]), 0, 1);
        s.at_once = number(argv[5]);
        s.rounds = (unsigned)number(argv[6]);
        run_storm(&s, (int)number(argv[3]));
    } else if (argc == 6 && strcmp(argv[1], "wait") == 0) {
        open_storm(&s, argv[2], number(argv[4]), number(argv[5]), number(argv[4]), 0, 1);
        run_wait(&s, argv[2], (int)number(argv[3]), 0);
    } else if (argc == 5 && strcmp(argv[1], "wake") == 0) {
        open_storm(&s, argv[2], number(argv[4]) + 1, 1, number(argv[4]), 1, 1);
        run_wait(&s, argv[2], (int)number(argv[3]), 1);
    } else {
        fprintf(stderr, "storm: see tests/bench/README.md\n");
        return 2;
    }
    return 0;
}
