/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * proxy: a bad link as a program, for stories in shell: see README.md for its options.
 *
 * Hands on to the county on 127.0.0.1 until SIGTERM; then prints what it did, "key value" a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/base/file.h"
#include "shared/net/loop.h"
#include "tests/proxy/proxy.h"

struct option {
    const char *name;
    enum { NUMBER, SWITCH, TEXT } kind;
    void *to; /* int64_t, bool, const char * */
};

static int usage(const char *wrong)
{
    fprintf(stderr,
            "proxy: %s\nusage: proxy --to PORT [--port PORT] [--port-file F], and of a bad link: "
            "see tests/proxy/README.md\n",
            wrong);
    return 2;
}

static const struct option *option_named(const struct option *options, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strncmp(name, "--", 2) == 0 && strcmp(options[i].name, name + 2) == 0)
            return &options[i];
    return NULL;
}

/* The words of the command line into what they are about; the one that is wrong, or NULL. */
static const char *read_options(const struct option *options, size_t n, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct option *option = option_named(options, n, argv[i]);
        char *end = NULL;
        if (!option || (option->kind != SWITCH && i + 1 == argc))
            return argv[i];
        if (option->kind == SWITCH)
            *(bool *)option->to = true;
        else if (option->kind == TEXT)
            *(const char **)option->to = argv[++i];
        else
            *(int64_t *)option->to = strtoll(argv[++i], &end, 10);
        if (end && (*end || end == argv[i]))
            return argv[i];
    }
    return NULL;
}

static void tell(const struct proxy_counts *c)
{
    printf("connections %llu\ncut %llu\ncorrupted %llu\nholes %llu\nsilent %llu\nrefused %llu\n"
           "bytes_up %llu\nbytes_down %llu\n",
           (unsigned long long)c->connections, (unsigned long long)c->cut,
           (unsigned long long)c->corrupted, (unsigned long long)c->holes,
           (unsigned long long)c->silent, (unsigned long long)c->refused,
           (unsigned long long)c->bytes[PROXY_UP], (unsigned long long)c->bytes[PROXY_DOWN]);
}

static enum status run(unsigned port, unsigned to, const struct proxy_plan *plan,
                       const char *port_file, struct error *err)
{
    struct loop *loop;
    struct proxy *proxy = NULL;
    char text[16];
    enum status st = loop_open(&loop, err);
    if (st == ST_OK)
        st = proxy_open(loop_uv(loop), port, to, plan, &proxy, err);
    if (st == ST_OK && port_file) {
        snprintf(text, sizeof(text), "%u\n", proxy_port(proxy));
        st = file_replace(port_file, slice_str(text), 0644, err);
    }
    if (st == ST_OK) {
        loop_run(loop);
        tell(proxy_counts(proxy));
    }
    proxy_close(proxy);
    loop_close(loop);
    return st;
}

int main(int argc, char **argv)
{
    struct proxy_plan plan;
    struct error err;
    const char *port_file = NULL;
    int64_t port = 0, to = 0, seed = 1, latency = 0, jitter = 0, rate = 0, read_max = 0, cut = 0,
            corrupt = 0, hole = 0, silent = 0, within = 0, first = 0;
    proxy_plan_init(&plan);
    const struct option options[] = {{"port", NUMBER, &port},
                                     {"to", NUMBER, &to},
                                     {"port-file", TEXT, &port_file},
                                     {"seed", NUMBER, &seed},
                                     {"latency", NUMBER, &latency},
                                     {"jitter", NUMBER, &jitter},
                                     {"rate", NUMBER, &rate},
                                     {"read-max", NUMBER, &read_max},
                                     {"cut", NUMBER, &cut},
                                     {"corrupt", NUMBER, &corrupt},
                                     {"hole", NUMBER, &hole},
                                     {"silent", NUMBER, &silent},
                                     {"within", NUMBER, &within},
                                     {"cut-up", NUMBER, &plan.cut_at[PROXY_UP]},
                                     {"cut-down", NUMBER, &plan.cut_at[PROXY_DOWN]},
                                     {"cut-every", NUMBER, &plan.cut_every},
                                     {"first", NUMBER, &first},
                                     {"reset", SWITCH, &plan.reset}};
    const char *wrong = read_options(options, sizeof(options) / sizeof(options[0]), argc, argv);
    if (wrong)
        return usage(wrong);
    if (to < 1 || to > 65535 || port < 0 || port > 65535)
        return usage("--to takes a port");
    plan.seed = (uint64_t)seed;
    plan.latency_ms = (unsigned)latency;
    plan.jitter_ms = (unsigned)jitter;
    plan.rate = (uint64_t)rate;
    plan.read_max = (size_t)read_max;
    plan.cut_percent = (unsigned)cut;
    plan.corrupt_percent = (unsigned)corrupt;
    plan.hole_percent = (unsigned)hole;
    plan.silent_percent = (unsigned)silent;
    plan.within = (uint64_t)within;
    plan.first_only = (unsigned)first;
    if (run((unsigned)port, (unsigned)to, &plan, port_file, &err) == ST_OK)
        return 0;
    fprintf(stderr, "proxy: %s\n", err.text);
    return 1;
}
