/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sim: runs schedules, many to a process, on all cores; replays one; makes a failing one smaller.
 *
 *   sim [--seeds N] [--first S] [--jobs J] [--faults 0…4] [--stories] [--no-shrink] [--quiet]
 *   SEED=n sim        one seed, with everything that happens
 *
 * A process of its own runs each batch of seeds, because a power cut leaves the memory of the dead
 * program behind. The findings come back through shared memory.
 */
#include <errno.h>
#include <ftw.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "shared/base/check.h"
#include "shared/base/mem.h"
#include "tests/sim/found.h"
#include "tests/sim/story.h"
#include "tests/sim/world.h"

#define BATCH 50
#define FINDINGS_MAX 10
#define JOBS_MAX 64
#define PATIENCE_S 30 /* of the processor, for one schedule */

struct options {
    uint64_t first, seeds;
    int jobs, faults;
    bool shrink, quiet, stop_at_first, closed;
    bool stories; /* of the seeds, only those that tell one (story.h) */
};

/* What a batch tells its parent. */
struct slot {
    pid_t pid;
    uint64_t first, count;
    uint64_t at; /* seed being run */
    uint64_t done, happened, changes;
    bool failed;
    uint64_t seed;
    char failure[4096];
};

static struct slot *slots;
static int64_t virtual_now(void)
{
    return now.ms;
}

/* ---- one schedule ---- */

static bool run_plan(const struct plan *plan, bool told, struct slot *slot)
{
    struct world *w = mem_zero_alloc(1, sizeof(*w));
    const struct itimerval patience = {.it_value = {PATIENCE_S, 0}};
    setitimer(ITIMER_VIRTUAL, &patience, NULL); /* SIGVTALRM ends the process: a finding */
    bool ok = world_run(w, plan, told);
    slot->happened += w->happened;
    slot->changes += w->ack_count;
    if (!ok)
        snprintf(slot->failure, sizeof(slot->failure), "%s", w->failure);
    world_release(w);
    mem_free(w);
    return ok;
}

static void run_batch(const struct options *o, struct slot *slot)
{
    struct plan *plan = mem_alloc(sizeof(*plan));
    for (uint64_t i = 0; i < slot->count; i++) {
        slot->at = slot->first + i;
        if (o->stories && !story_wanted(slot->at))
            continue;
        plan_make(plan, slot->at, o->faults);
        if (!run_plan(plan, false, slot)) {
            slot->failed = true;
            slot->seed = slot->at;
            break;
        }
        slot->done++;
    }
    mem_free(plan);
}

static void tell_death(int how, char failure[static 4096])
{
    if (WTERMSIG(how) == SIGVTALRM)
        snprintf(failure, 4096, "the program does not end");
    else
        snprintf(failure, 4096, "the program dies (signal %d)", WTERMSIG(how));
}

/* Runs a plan in a process of its own; true when it is fine. */
static bool plan_holds(const struct plan *plan, char failure[static 4096])
{
    struct slot *slot = &slots[JOBS_MAX];
    int how;
    memset(slot, 0, sizeof(*slot));
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        close(STDERR_FILENO);
        _exit(run_plan(plan, false, slot) ? 0 : 1);
    }
    CHECK(waitpid(pid, &how, 0) == pid);
    if (!WIFEXITED(how))
        tell_death(how, slot->failure);
    memcpy(failure, slot->failure, sizeof(slot->failure));
    return WIFEXITED(how) && WEXITSTATUS(how) == 0;
}

/* Leaves out ever smaller runs of events while it still fails. */
static void shrink(struct plan *plan, char failure[static 4096])
{
    struct plan *less = mem_alloc(sizeof(*less));
    char why[4096];
    bool calm =
        plan->weather.drop + plan->weather.duplicate + plan->weather.cut + plan->weather.slow == 0;
    if (!calm) {
        *less = *plan;
        less->weather = (struct weather){0};
        if (!plan_holds(less, why)) {
            *plan = *less;
            memcpy(failure, why, sizeof(why));
        }
    }
    if (plan->older) {
        *less = *plan;
        less->older = 0;
        if (!plan_holds(less, why)) {
            *plan = *less;
            memcpy(failure, why, sizeof(why));
        }
    }
    for (size_t run = plan->count / 2; run > 0; run /= 2)
        for (size_t at = 0; at < plan->count; at += run) {
            size_t dropped = 0;
            *less = *plan;
            for (size_t i = at; i < at + run && i < plan->count; i++) {
                dropped += !less->events[i].left_out;
                less->events[i].left_out = true;
            }
            if (dropped && !plan_holds(less, why)) {
                *plan = *less;
                memcpy(failure, why, sizeof(why));
            }
        }
    mem_free(less);
}

static void print_plan(const struct plan *plan)
{
    printf("  what is left of the plan:\n");
    for (int i = -1; i < DESKS; i++)
        if (plan->older & (i < 0 ? OLDER_COUNTY : 1u << i))
            printf("    an older program at %s %d\n", i < 0 ? "the county" : "desk", i);
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->events[i].left_out)
            printf("    %3zu  %10.1f h  %s %d\n", i, (double)plan->events[i].at_ms / HOUR_MS,
                   event_name(plan->events[i].kind), plan->events[i].machine);
    fflush(stdout);
}

static void report(const struct options *o, uint64_t seed, const char *failure)
{
    struct plan *plan = mem_alloc(sizeof(*plan));
    char why[4096];
    plan_make(plan, seed, o->faults);
    printf("seed %llu fails: %s\n", (unsigned long long)seed, failure);
    if (o->shrink) {
        snprintf(why, sizeof(why), "%s", failure);
        shrink(plan, why);
        printf("  smallest: %s\n", why);
        print_plan(plan);
    }
    printf("  replay: SEED=%llu %s%s --faults %d\n", (unsigned long long)seed,
           "build/tests/sim/sim", o->closed ? " --closed" : "", o->faults);
    mem_free(plan);
}

static int replay(const struct options *o, uint64_t seed)
{
    struct plan *plan = mem_alloc(sizeof(*plan));
    struct slot *slot = &slots[0];
    plan_make(plan, seed, o->faults);
    if (getenv("SHRINK")) {
        char why[4096] = "";
        shrink(plan, why);
        print_plan(plan);
    }
    bool ok = run_plan(plan, true, slot);
    printf("seed %llu: %s\n", (unsigned long long)seed, ok ? "holds" : slot->failure);
    mem_free(plan);
    return ok ? 0 : 1;
}

/* ---- many ---- */

static void start(const struct options *o, struct slot *slot, uint64_t first, uint64_t count)
{
    uint64_t done = slot->done, happened = slot->happened, changes = slot->changes;
    memset(slot, 0, sizeof(*slot));
    *slot = (struct slot){.first = first,
                          .count = count,
                          .at = first,
                          .done = done,
                          .happened = happened,
                          .changes = changes};
    fflush(stdout);
    pid_t pid = fork(); /* the slot is the child's too: only the parent writes pid */
    CHECK(pid >= 0);
    if (pid == 0) {
        run_batch(o, slot);
        _exit(slot->failed ? 1 : 0);
    }
    slot->pid = pid;
}

struct tally {
    uint64_t failed;
};

static void take_end(const struct options *o, struct slot *slot, int how, struct tally *tally)
{
    bool died = !WIFEXITED(how);
    slot->pid = 0;
    if (!slot->failed && !died)
        return;
    tally->failed++;
    if (died) {
        slot->seed = slot->at;
        tell_death(how, slot->failure);
    }
    if (tally->failed <= FINDINGS_MAX)
        report(o, slot->seed, slot->failure);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct slot *slot_of(pid_t pid)
{
    for (int i = 0; i < JOBS_MAX; i++)
        if (slots[i].pid == pid)
            return &slots[i];
    return NULL;
}

static int run_many(const struct options *o)
{
    struct tally tally = {0};
    uint64_t next = o->first, end = o->first + o->seeds;
    int running = 0;
    double began = seconds();
    while (next < end || running > 0) {
        while (running < o->jobs && next < end && !(o->stop_at_first && tally.failed)) {
            uint64_t count = end - next < BATCH ? end - next : BATCH;
            start(o, slot_of(0), next, count);
            next += count;
            running++;
        }
        if (running == 0)
            break;
        int how;
        pid_t pid = wait(&how);
        CHECK(pid > 0);
        struct slot *slot = slot_of(pid);
        uint64_t after = slot->first + slot->count;
        running--;
        take_end(o, slot, how, &tally);
        /* the rest of a batch that ended at a finding */
        if ((slot->failed || !WIFEXITED(how)) && slot->seed + 1 < after && !o->stop_at_first) {
            start(o, slot, slot->seed + 1, after - slot->seed - 1);
            running++;
        }
    }
    uint64_t done = 0, happened = 0, changes = 0;
    for (int i = 0; i < JOBS_MAX; i++) {
        done += slots[i].done;
        happened += slots[i].happened;
        changes += slots[i].changes;
    }
    double took = seconds() - began;
    printf(
        "%llu schedules hold, %llu fail; %.1f events and %.1f acknowledged changes each; %.1f s, "
        "%.1f schedules per second and core\n",
        (unsigned long long)done, (unsigned long long)tally.failed,
        done ? (double)happened / (double)done : 0.0, done ? (double)changes / (double)done : 0.0,
        took, took > 0 ? (double)(done + tally.failed) / took / o->jobs : 0.0);
    return tally.failed ? 1 : 0;
}

static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno || *end || !*text) {
        fprintf(stderr, "not a number: %s\n", text);
        exit(2);
    }
    return n;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

int main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"seeds", 1, 0, 'n'},  {"first", 1, 0, 'f'},     {"jobs", 1, 0, 'j'},
        {"faults", 1, 0, 'x'}, {"no-shrink", 0, 0, 's'}, {"first-finding", 0, 0, '1'},
        {"closed", 0, 0, 'c'}, {"stories", 0, 0, 't'},   {0}};
    struct options o = {.first = 1, .seeds = 500, .jobs = 2, .faults = 4, .shrink = true};
    char folder[] = P_tmpdir "/huce-sim.XXXXXX";
    int c, rc;
    while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (c) {
        case 'n':
            o.seeds = number(optarg);
            break;
        case 'f':
            o.first = number(optarg);
            break;
        case 'j':
            o.jobs = (int)number(optarg);
            break;
        case 'x':
            o.faults = (int)number(optarg);
            break;
        case 's':
            o.shrink = false;
            break;
        case '1':
            o.stop_at_first = true;
            break;
        case 'c':
            o.closed = true;
            break;
        case 't':
            o.stories = true;
            break;
        default:
            return 2;
        }
    }
    if (o.jobs < 1 || o.jobs > JOBS_MAX)
        o.jobs = 2;
    slots = mmap(NULL, (JOBS_MAX + 1) * sizeof(*slots), PROT_READ | PROT_WRITE,
                 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(slots != MAP_FAILED);
    CHECK(mkdtemp(folder) != NULL);
    disk_install(virtual_now);
    CHECK(chdir(folder) == 0); /* what is told names no folder that has another name next time */
    found_all(".", o.closed);
    const char *seed = getenv("SEED");
    rc = seed && *seed ? replay(&o, number(seed)) : run_many(&o);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return rc;
}
