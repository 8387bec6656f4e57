/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * proxy: a bad link between a desk and the county, on a libuv loop.
 *
 *   desk ──▶ accept ──▶ fate drawn from (seed, number of the connection) ──▶ connect ──▶ county
 *                              │
 *            up:   read ─▶ counted, cut, corrupted ─▶ queue: rate, latency ─▶ write
 *            down: the same the other way
 *
 * A connection's fate depends on the seed and on how many came before it, never on when its bytes
 * arrive, so that a run can be had again. Offsets are exact: a connection cut at byte n of one
 * direction has handed over n bytes of it, all of them, and none behind.
 *
 * What is not imitated: packets. A lost packet looks to both ends like latency (jitter), a bad line
 * like a lower rate. Headers of TCP and IP are not in the rate.
 */
#ifndef TESTS_PROXY_PROXY_H
#define TESTS_PROXY_PROXY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "shared/base/status.h"

enum proxy_way { PROXY_UP, PROXY_DOWN }; /* to the county, to the desk */

struct proxy_plan {
    uint64_t seed;
    unsigned latency_ms; /* one way; connecting takes twice as long, as it does */
    unsigned jitter_ms;  /* at most so much more, by chance */
    uint64_t rate;       /* bytes a second in each direction, shared by all connections; 0: any */
    size_t read_max;     /* at most so many bytes are read at once; 0: any */
    /* Of all connections, in percent; where among the first `within` bytes is drawn. */
    unsigned cut_percent;     /* closed in the middle */
    unsigned corrupt_percent; /* one bit turned over */
    unsigned hole_percent;    /* accepted, and then silence: nothing is read, nothing comes */
    unsigned silent_percent;  /* goes well for a while, then silence in both directions */
    uint64_t within;          /* 0: 16 KiB */
    /* Exact, for those who count bytes: negative: not. */
    int64_t cut_at[2];   /* cut when so many bytes have passed this way */
    int64_t cut_every;   /* each connection is cut after so many bytes of both ways; 0: not */
    unsigned first_only; /* faults only in the first so many connections; 0: in all */
    bool reset;          /* cut by RST rather than by an orderly end */
};

struct proxy_counts {
    uint64_t connections, cut, corrupted, holes, silent, refused; /* refused: the county's side */
    uint64_t bytes[2];                                            /* handed over, by way */
};

struct proxy;

void proxy_plan_init(struct proxy_plan *plan); /* a good link */
/* Listens on a free or given port of 127.0.0.1, hands on to this port of it. */
MUST_USE enum status proxy_open(uv_loop_t *loop, unsigned port, unsigned to_port,
                                const struct proxy_plan *plan, struct proxy **out,
                                struct error *err);
unsigned proxy_port(const struct proxy *proxy);
/* From the next connection on; their numbers begin anew, and so does their luck. */
void proxy_set(struct proxy *proxy, const struct proxy_plan *plan);
const struct proxy_counts *proxy_counts(const struct proxy *proxy);
/* Ends all connections; freed once the loop has run its close callbacks. NULL allowed. */
void proxy_close(struct proxy *proxy);

#endif
