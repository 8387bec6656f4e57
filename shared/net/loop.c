/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * loop: see loop.h.
 *
 * libuv frees nothing while a handle's close callback is outstanding, so everything here that owns
 * a handle frees itself in that callback and nowhere else. loop_close therefore asks every timer
 * that is left to close, then runs the loop until the last callback has come.
 */
#include "shared/net/loop.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/mem.h"

#include <signal.h>

struct loop_timer {
    uv_timer_t handle;
    loop_fn *fn;
    void *arg;
    struct loop *loop;
    struct loop_timer *next, **link; /* in loop->timers */
    uint64_t repeat_ms;
};

struct loop {
    uv_loop_t uv;
    uv_signal_t interrupt, terminate;
    struct loop_timer *timers;
};

static void on_signal(uv_signal_t *handle, int number)
{
    struct loop *loop = handle->data;
    diag_info("loop", "signal %d: stopping", number);
    uv_stop(&loop->uv);
}

enum status loop_open(struct loop **out, struct error *err)
{
    struct loop *loop = mem_zero_alloc(1, sizeof(*loop));
    *out = NULL;
    signal(SIGPIPE, SIG_IGN);
    int rc = uv_loop_init(&loop->uv);
    if (rc != 0) {
        mem_free(loop);
        return error_set(err, ST_IO, "事件循环无法启动: %s", uv_strerror(rc));
    }
    loop->uv.data = loop;
    uv_signal_t *handles[] = {&loop->interrupt, &loop->terminate};
    const int numbers[] = {SIGINT, SIGTERM};
    for (size_t i = 0; i < ARRAY_LENGTH(handles); i++) {
        CHECK(uv_signal_init(&loop->uv, handles[i]) == 0);
        handles[i]->data = loop;
        CHECK(uv_signal_start(handles[i], on_signal, numbers[i]) == 0);
        uv_unref((uv_handle_t *)handles[i]);
    }
    *out = loop;
    return ST_OK;
}

void loop_close(struct loop *loop)
{
    if (!loop)
        return;
    while (loop->timers)
        loop_timer_stop(loop->timers);
    uv_close((uv_handle_t *)&loop->interrupt, NULL);
    uv_close((uv_handle_t *)&loop->terminate, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    CHECK(uv_loop_close(&loop->uv) == 0); /* else somebody left a handle open */
    mem_free(loop);
}

uv_loop_t *loop_uv(struct loop *loop)
{
    return &loop->uv;
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void on_timer(uv_timer_t *handle)
{
    struct loop_timer *timer = handle->data;
    loop_fn *fn = timer->fn;
    void *arg = timer->arg;
    if (timer->repeat_ms == 0)
        loop_timer_stop(timer);
    fn(arg);
}

struct loop_timer *loop_timer_start(struct loop *loop, uint64_t delay_ms, uint64_t repeat_ms,
                                    loop_fn *fn, void *arg)
{
    struct loop_timer *timer = mem_zero_alloc(1, sizeof(*timer));
    timer->fn = fn;
    timer->arg = arg;
    timer->loop = loop;
    timer->repeat_ms = repeat_ms;
    CHECK(uv_timer_init(&loop->uv, &timer->handle) == 0);
    timer->handle.data = timer;
    uv_update_time(&loop->uv);
    CHECK(uv_timer_start(&timer->handle, on_timer, delay_ms, repeat_ms) == 0);
    timer->next = loop->timers;
    timer->link = &loop->timers;
    if (timer->next)
        timer->next->link = &timer->next;
    loop->timers = timer;
    return timer;
}

void loop_timer_stop(struct loop_timer *timer)
{
    if (!timer)
        return;
    *timer->link = timer->next;
    if (timer->next)
        timer->next->link = timer->link;
    uv_close((uv_handle_t *)&timer->handle, on_timer_closed);
}
