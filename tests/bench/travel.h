/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * travel: a desk and the county in one process, exchanging without the wire, and the clock they
 * live by. Included once by each program of this folder that needs it.
 */
#ifndef TESTS_BENCH_TRAVEL_H
#define TESTS_BENCH_TRAVEL_H

#include <time.h>

#include "agent/core/exchange.h"
#include "server/core/admission.h"
#include "shared/base/time.h"
#include "shared/codec/compress.h"
#include "tests/bench/plain.h"

/* ---- a clock that can be moved in place of shared/base/time_now.c ---- */

static int64_t clock_ahead_ms;

static int64_t clock_us(clockid_t clock)
{
    struct timespec t;
    CHECK(clock_gettime(clock, &t) == 0);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t time_now_ms(void)
{
    return clock_us(CLOCK_REALTIME) / 1000 + clock_ahead_ms;
}

int64_t time_monotonic_us(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

int64_t time_monotonic_ms(void)
{
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

static double seconds(void)
{
    return (double)time_monotonic_us() / 1e6;
}

/* Of this process, its work in the kernel included: says more than seconds when others are busy. */
static double cpu_seconds(void)
{
    return (double)clock_us(CLOCK_PROCESS_CPUTIME_ID) / 1e6;
}

/* ---- travelling ---- */

/* The county's part of POST /v1/sync, without the wire. */
static void county_answer(struct server *srv, struct desk *desk, struct slice frame,
                          struct buf *out)
{
    struct arena arena = {0};
    struct sync_request request;
    struct sync_answer answer;
    uint64_t admitted;
    MUST(sync_request_read(frame, &arena, &request, &err));
    MUST(admission_sync(srv, sign_key_kid(desk->device), &request, time_now_ms(), &arena, &answer,
                        &admitted, &err));
    sync_answer_write(&answer, COMPRESS_LEVEL, out);
    CHECK(buf_ok(out));
    arena_release(&arena);
}

struct exchange_times {
    double request_s, admit_s, receive_s;
    double request_cpu_s, admit_cpu_s, receive_cpu_s;
};

/* One session of a desk with the county, to its end. */
static struct session_progress exchange_all(struct server *srv, struct desk *desk,
                                            struct exchange_times *times)
{
    struct exchange x;
    exchange_init(&x, desk);
    while (x.session.state == SESSION_READY) {
        struct buf request, answer;
        buf_init(&request, MESSAGE_MAX);
        buf_init(&answer, MESSAGE_MAX);
        double start = seconds(), cpu_start = cpu_seconds();
        MUST(exchange_request(&x, &request, &err));
        double asked = seconds(), cpu_asked = cpu_seconds();
        county_answer(srv, desk, buf_slice(&request), &answer);
        double answered = seconds(), cpu_answered = cpu_seconds();
        MUST(exchange_answer(&x, buf_slice(&answer), NULL, NULL, &err));
        times->request_s += asked - start;
        times->request_cpu_s += cpu_asked - cpu_start;
        times->admit_cpu_s += cpu_answered - cpu_asked;
        times->admit_s += answered - asked;
        times->receive_s += seconds() - answered;
        times->receive_cpu_s += cpu_seconds() - cpu_answered;
        buf_release(&request);
        buf_release(&answer);
    }
    struct session_progress progress = x.session.progress;
    CHECK(x.session.state == SESSION_DONE && progress.rejected == 0);
    exchange_release(&x);
    return progress;
}

#endif
