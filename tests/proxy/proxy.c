/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * proxy: see proxy.h.
 *
 * A link has two pipes. What a pipe has read stands in its queue, each chunk with the moment at
 * which it is due; a timer hands over the first. A pipe that holds much is not read further, so
 * that a slow link is felt by the sender. A link frees itself when its last handle has closed.
 */
#include "tests/proxy/proxy.h"

#include <string.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "shared/base/time.h"
#include "tests/sim/chance.h"

#define WITHIN_DEFAULT 16384
#define QUEUE_MAX (32 * 1024) /* held by one pipe before its sender has to wait */
#define CHUNK_MAX 1400        /* at a limited rate bytes come in pieces of a packet's size */
#define READ_SIZE 65536
#define HANDLES 4 /* of a link: two sockets, two timers */

enum what { CHUNK_BYTES, CHUNK_END, CHUNK_CUT };

struct chunk {
    struct chunk *next;
    int64_t due_us;
    enum what what;
    size_t n;
    uint8_t bytes[];
};

struct link;

struct pipe {
    struct link *link;
    enum proxy_way way;
    uv_tcp_t *from, *to;
    uv_timer_t timer;
    struct chunk *first, **last;
    size_t queued;
    uint64_t seen;    /* bytes read and not thrown away */
    uint64_t limit;   /* cut after so many; UINT64_MAX: never */
    uint64_t turn_at; /* the byte of which a bit is turned over; UINT64_MAX: none */
    int64_t last_due_us;
    bool writing, reading, ended, over;
};

struct link {
    struct proxy *proxy;
    struct link *next, **self;
    struct proxy_plan plan;
    struct chance chance;
    uv_tcp_t desk, county;
    uv_connect_t connecting;
    struct pipe pipes[2];
    int64_t open_us;      /* before it nothing passes: the connection is being made */
    uint64_t silent_from; /* bytes of both ways; UINT64_MAX: never */
    bool hole, closing, connected;
    int open_handles;
};

struct proxy {
    uv_loop_t *loop;
    uv_tcp_t listener;
    struct proxy_plan plan;
    struct proxy_counts counts;
    uint64_t accepted; /* under this plan */
    unsigned port, to_port;
    struct link *links;
    int64_t free_us[2]; /* until then the line is taken, by way */
    bool closing, closed;
};

void proxy_plan_init(struct proxy_plan *plan)
{
    *plan = (struct proxy_plan){.cut_at = {-1, -1}};
}

/* ---- the end of a link ---- */

static void proxy_free(struct proxy *proxy)
{
    if (proxy->closed && !proxy->links)
        mem_free(proxy);
}

static void drop_queue(struct pipe *pipe)
{
    while (pipe->first) {
        struct chunk *chunk = pipe->first;
        pipe->first = chunk->next;
        mem_free(chunk);
    }
    pipe->last = &pipe->first;
    pipe->queued = 0;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct link *link = handle->data;
    struct proxy *proxy = link->proxy;
    if (--link->open_handles > 0)
        return;
    *link->self = link->next;
    if (link->next)
        link->next->self = link->self;
    for (int w = 0; w < 2; w++)
        drop_queue(&link->pipes[w]);
    mem_free(link);
    proxy_free(proxy);
}

static void end_socket(uv_tcp_t *tcp, bool reset)
{
    if (uv_is_closing((uv_handle_t *)tcp))
        return;
    if (!reset || uv_tcp_close_reset(tcp, on_handle_closed) != 0)
        uv_close((uv_handle_t *)tcp, on_handle_closed);
}

static void link_end(struct link *link, bool reset)
{
    if (link->closing)
        return;
    link->closing = true;
    for (int w = 0; w < 2; w++)
        uv_close((uv_handle_t *)&link->pipes[w].timer, on_handle_closed);
    end_socket(&link->desk, reset);
    end_socket(&link->county, reset && link->connected);
}

/* ---- handing over ---- */

static void pipe_arm(struct pipe *pipe);
static void pipe_read(struct pipe *pipe);

struct writing {
    uv_write_t request;
    struct pipe *pipe;
    struct chunk *chunk;
};

static void on_written(uv_write_t *request, int status)
{
    struct writing *w = request->data;
    struct pipe *pipe = w->pipe;
    struct link *link = pipe->link;
    if (status == 0)
        link->proxy->counts.bytes[pipe->way] += w->chunk->n;
    mem_free(w->chunk);
    mem_free(w);
    pipe->writing = false;
    if (link->closing)
        return;
    if (status != 0) {
        link_end(link, true);
        return;
    }
    pipe_read(pipe);
    pipe_arm(pipe);
}

static void on_shut(uv_shutdown_t *request, int status)
{
    struct pipe *pipe = request->data;
    struct link *link = pipe->link;
    (void)status;
    mem_free(request);
    pipe->over = true;
    if (!link->closing && link->pipes[0].over && link->pipes[1].over)
        link_end(link, false);
}

static void hand_over(struct pipe *pipe)
{
    struct link *link = pipe->link;
    struct chunk *chunk = pipe->first;
    pipe->first = chunk->next;
    if (!pipe->first)
        pipe->last = &pipe->first;
    pipe->queued -= chunk->n;
    if (chunk->what == CHUNK_BYTES) {
        struct writing *w = mem_zero_alloc(1, sizeof(*w));
        uv_buf_t bytes = uv_buf_init((char *)chunk->bytes, (unsigned)chunk->n);
        w->pipe = pipe;
        w->chunk = chunk;
        w->request.data = w;
        pipe->writing = true;
        if (uv_write(&w->request, (uv_stream_t *)pipe->to, &bytes, 1, on_written) != 0) {
            mem_free(chunk);
            mem_free(w);
            pipe->writing = false;
            link_end(link, true);
        }
        return;
    }
    if (chunk->what == CHUNK_CUT) {
        link->proxy->counts.cut++;
        link_end(link, link->plan.reset);
    } else {
        uv_shutdown_t *request = mem_zero_alloc(1, sizeof(*request));
        request->data = pipe;
        if (uv_shutdown(request, (uv_stream_t *)pipe->to, on_shut) != 0) {
            mem_free(request);
            link_end(link, true);
        }
    }
    mem_free(chunk);
}

static void on_due(uv_timer_t *timer)
{
    struct link *link = timer->data;
    pipe_arm(&link->pipes[timer == &link->pipes[PROXY_DOWN].timer]);
}

/* Hands over the first chunk if it is due, else waits for it. */
static void pipe_arm(struct pipe *pipe)
{
    struct link *link = pipe->link;
    if (link->closing || pipe->writing || !pipe->first || !link->connected)
        return;
    int64_t wait_us = pipe->first->due_us - time_monotonic_us();
    if (wait_us <= 0)
        hand_over(pipe);
    else
        uv_timer_start(&pipe->timer, on_due, (uint64_t)(wait_us + 999) / 1000, 0);
}

/* ---- taking in ---- */

static int64_t due_us(struct pipe *pipe, size_t n)
{
    struct link *link = pipe->link;
    const struct proxy_plan *plan = &link->plan;
    int64_t now_us = time_monotonic_us();
    int64_t start_us = now_us > link->open_us ? now_us : link->open_us;
    if (plan->rate && n) {
        int64_t *free_us = &link->proxy->free_us[pipe->way];
        if (*free_us > start_us)
            start_us = *free_us;
        start_us += (int64_t)(n * 1000000 / plan->rate);
        *free_us = start_us;
    }
    int64_t late_ms = plan->latency_ms;
    if (plan->jitter_ms)
        late_ms += (int64_t)chance_below(&link->chance, plan->jitter_ms + 1);
    return start_us + late_ms * 1000;
}

static void push(struct pipe *pipe, enum what what, const uint8_t *bytes, size_t n)
{
    struct chunk *chunk = mem_alloc(sizeof(*chunk) + n);
    *chunk = (struct chunk){.due_us = due_us(pipe, n), .what = what, .n = n};
    if (chunk->due_us < pipe->last_due_us)
        chunk->due_us = pipe->last_due_us; /* bytes do not overtake each other */
    pipe->last_due_us = chunk->due_us;
    if (n)
        memcpy(chunk->bytes, bytes, n);
    *pipe->last = chunk;
    pipe->last = &chunk->next;
    pipe->queued += n;
}

static void push_pieces(struct pipe *pipe, const uint8_t *bytes, size_t n)
{
    size_t piece = pipe->link->plan.rate ? CHUNK_MAX : READ_SIZE;
    for (size_t at = 0; at < n; at += piece)
        push(pipe, CHUNK_BYTES, bytes + at, n - at < piece ? n - at : piece);
}

static bool silent(const struct link *link)
{
    return link->pipes[0].seen + link->pipes[1].seen >= link->silent_from;
}

/* A cut in one direction is the end of both: nothing is read any more. */
static void stop_reading(struct link *link)
{
    for (int w = 0; w < 2; w++) {
        uv_read_stop((uv_stream_t *)link->pipes[w].from);
        link->pipes[w].reading = false;
        link->pipes[w].ended = true;
    }
}

static void take(struct pipe *pipe, uint8_t *bytes, size_t n)
{
    struct link *link = pipe->link;
    const struct pipe *other = &link->pipes[!pipe->way];
    uint64_t left = pipe->limit == UINT64_MAX ? UINT64_MAX : pipe->limit - pipe->seen;
    if (link->plan.cut_every > 0 && link->pipes[0].limit == UINT64_MAX) {
        uint64_t both = pipe->seen + other->seen, most = (uint64_t)link->plan.cut_every;
        uint64_t rest = both < most ? most - both : 0;
        left = rest < left ? rest : left;
    }
    bool cut = n >= left;
    if (cut)
        n = (size_t)left;
    if (pipe->turn_at >= pipe->seen && pipe->turn_at - pipe->seen < n) {
        bytes[pipe->turn_at - pipe->seen] ^= (uint8_t)(1u << chance_below(&link->chance, 8));
        link->proxy->counts.corrupted++;
    }
    if (!silent(link))
        push_pieces(pipe, bytes, n);
    pipe->seen += n;
    if (cut) {
        push(pipe, CHUNK_CUT, NULL, 0);
        stop_reading(link);
    }
}

static void on_alloc(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static uint8_t bytes[READ_SIZE]; /* one thread, and what is read is copied at once */
    const struct link *link = handle->data;
    size_t most = link->plan.read_max;
    (void)wanted;
    *out = uv_buf_init((char *)bytes, most && most < READ_SIZE ? (unsigned)most : READ_SIZE);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
    struct link *link = stream->data;
    struct pipe *pipe = &link->pipes[stream == (uv_stream_t *)&link->desk ? PROXY_UP : PROXY_DOWN];
    if (link->closing || n == 0)
        return;
    if (n == UV_EOF) {
        pipe->ended = true;
        pipe->reading = false;
        uv_read_stop(stream);
        push(pipe, CHUNK_END, NULL, 0);
    } else if (n < 0) {
        link_end(link, true);
        return;
    } else {
        take(pipe, (uint8_t *)buf->base, (size_t)n);
    }
    if (pipe->queued > QUEUE_MAX && pipe->reading) {
        uv_read_stop(stream);
        pipe->reading = false;
    }
    pipe_arm(pipe);
}

static void pipe_read(struct pipe *pipe)
{
    if (pipe->reading || pipe->ended || pipe->queued > QUEUE_MAX / 2)
        return;
    pipe->reading = uv_read_start((uv_stream_t *)pipe->from, on_alloc, on_read) == 0;
}

/* ---- a connection ---- */

static void on_connected(uv_connect_t *request, int status)
{
    struct link *link = request->data;
    if (link->closing)
        return;
    if (status != 0) {
        link->proxy->counts.refused++;
        link_end(link, true);
        return;
    }
    link->connected = true;
    for (int w = 0; w < 2; w++) {
        if (link->pipes[w].limit == 0) { /* closed before a byte has passed */
            push(&link->pipes[w], CHUNK_CUT, NULL, 0);
            stop_reading(link);
        }
        pipe_read(&link->pipes[w]);
        pipe_arm(&link->pipes[w]);
    }
}

/* One draw for each kind of fault, whether the plan has it or not: a plan with one fault more
 * leaves the others where they were. */
static void draw_fate(struct link *link, bool faulty)
{
    const struct proxy_plan *plan = &link->plan;
    uint64_t within = plan->within ? plan->within : WITHIN_DEFAULT;
    bool cut = chance_of(&link->chance, plan->cut_percent);
    uint64_t cut_at = chance_below(&link->chance, within);
    unsigned cut_way = (unsigned)chance_below(&link->chance, 2);
    bool corrupt = chance_of(&link->chance, plan->corrupt_percent);
    uint64_t turn_at = chance_below(&link->chance, within);
    unsigned turn_way = (unsigned)chance_below(&link->chance, 2);
    bool hole = chance_of(&link->chance, plan->hole_percent);
    bool goes_silent = chance_of(&link->chance, plan->silent_percent);
    uint64_t silent_from = chance_below(&link->chance, within);
    for (int w = 0; w < 2; w++) {
        struct pipe *pipe = &link->pipes[w];
        pipe->limit = faulty && plan->cut_at[w] >= 0 ? (uint64_t)plan->cut_at[w] : UINT64_MAX;
        pipe->turn_at = UINT64_MAX;
    }
    link->silent_from = UINT64_MAX;
    if (!faulty) {
        link->plan.cut_every = 0;
        return;
    }
    if (cut && cut_at < link->pipes[cut_way].limit)
        link->pipes[cut_way].limit = cut_at;
    if (corrupt)
        link->pipes[turn_way].turn_at = turn_at;
    link->hole = hole;
    link->proxy->counts.holes += hole;
    if (goes_silent && !hole) {
        link->silent_from = silent_from;
        link->proxy->counts.silent++;
    }
}

static void link_connect(struct link *link)
{
    struct sockaddr_in to;
    CHECK(uv_ip4_addr("127.0.0.1", (int)link->proxy->to_port, &to) == 0);
    link->connecting.data = link;
    if (uv_tcp_connect(&link->connecting, &link->county, (const struct sockaddr *)&to,
                       on_connected) != 0)
        link_end(link, true);
}

static void on_accept(uv_stream_t *listener, int status)
{
    struct proxy *proxy = listener->data;
    if (status != 0 || proxy->closing)
        return;
    struct link *link = mem_zero_alloc(1, sizeof(*link));
    const uint64_t number = proxy->accepted++;
    *link = (struct link){.proxy = proxy, .plan = proxy->plan, .open_handles = HANDLES};
    link->chance.state = chance_mix(proxy->plan.seed ^ chance_mix(number + 1));
    link->open_us = time_monotonic_us() + (int64_t)link->plan.latency_ms * 2000;
    uv_tcp_t *ends[2] = {&link->desk, &link->county};
    for (int w = 0; w < 2; w++) {
        struct pipe *pipe = &link->pipes[w];
        CHECK(uv_tcp_init(proxy->loop, ends[w]) == 0);
        ends[w]->data = link;
        *pipe = (struct pipe){.link = link,
                              .way = w ? PROXY_DOWN : PROXY_UP,
                              .from = ends[w],
                              .to = ends[!w],
                              .last = &pipe->first};
        CHECK(uv_timer_init(proxy->loop, &pipe->timer) == 0);
        pipe->timer.data = link;
    }
    link->next = proxy->links;
    link->self = &proxy->links;
    if (link->next)
        link->next->self = &link->next;
    proxy->links = link;
    draw_fate(link, proxy->plan.first_only == 0 || number < proxy->plan.first_only);
    proxy->counts.connections++;
    if (uv_accept(listener, (uv_stream_t *)&link->desk) != 0) {
        link_end(link, false);
        return;
    }
    uv_tcp_nodelay(&link->desk, 1);
    uv_tcp_nodelay(&link->county, 1);
    if (!link->hole)
        link_connect(link);
}

/* ---- life ---- */

enum status proxy_open(uv_loop_t *loop, unsigned port, unsigned to_port,
                       const struct proxy_plan *plan, struct proxy **out, struct error *err)
{
    struct sockaddr_in at;
    struct sockaddr_storage bound;
    int length = sizeof(bound);
    struct proxy *proxy = mem_zero_alloc(1, sizeof(*proxy));
    proxy->loop = loop;
    proxy->to_port = to_port;
    proxy->plan = *plan;
    CHECK(uv_ip4_addr("127.0.0.1", (int)port, &at) == 0);
    CHECK(uv_tcp_init(loop, &proxy->listener) == 0);
    proxy->listener.data = proxy;
    int rc = uv_tcp_bind(&proxy->listener, (const struct sockaddr *)&at, 0);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&proxy->listener, 128, on_accept);
    if (rc == 0)
        rc = uv_tcp_getsockname(&proxy->listener, (struct sockaddr *)&bound, &length);
    if (rc != 0) {
        proxy_close(proxy);
        return error_set(err, ST_IO, "127.0.0.1:%u: %s", port, uv_strerror(rc));
    }
    proxy->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
    *out = proxy;
    return ST_OK;
}

unsigned proxy_port(const struct proxy *proxy)
{
    return proxy->port;
}

void proxy_set(struct proxy *proxy, const struct proxy_plan *plan)
{
    proxy->plan = *plan;
    proxy->accepted = 0;
    proxy->counts = (struct proxy_counts){0};
}

const struct proxy_counts *proxy_counts(const struct proxy *proxy)
{
    return &proxy->counts;
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct proxy *proxy = handle->data;
    proxy->closed = true;
    proxy_free(proxy);
}

void proxy_close(struct proxy *proxy)
{
    if (!proxy || proxy->closing)
        return;
    proxy->closing = true;
    for (struct link *link = proxy->links; link; link = link->next)
        link_end(link, true);
    uv_close((uv_handle_t *)&proxy->listener, on_listener_closed);
}
