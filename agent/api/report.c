/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * report: a report takes seconds on a large replica, so it is made on a thread of its own, with a
 * desk of its own, while its request is parked and the loop goes on.
 *
 *   request ─ start ─ park … make_it (thread) … on_made ─ wake ─▶ request again ─ answer
 *
 * A job belongs to its request until the request takes it. Requests can end without coming back
 * (the page was closed, the desk was locked): what nobody took is dropped when the next one starts,
 * and at the end. A job under way cannot be broken off; it frees itself when nobody wants it.
 */
#include "agent/api/api.h"

#include <stdio.h>

#include "agent/core/report.h"
#include "shared/base/check.h"
#include "shared/codec/hex.h"

#define JOBS_MAX 4
#define NAME_MAX_BYTES 256
#define PARK_MS HTTP_PARK_MAX_MS

enum { NAME, LEDGER, DAY, MONTH, WORDS };

struct report_job {
    struct report_job *next;
    uv_work_t work;
    struct api *api;     /* NULL: nobody wants it any more */
    const void *request; /* whose it is */
    bool made;
    char *folder;
    char words[WORDS][NAME_MAX_BYTES]; /* "": not given */
    char as[2 * HASH_SIZE + 1];
    enum status st;
    struct error error;
    json_t *report;
};

static void job_free(struct report_job *job)
{
    json_decref(job->report);
    mem_free(job->folder);
    mem_free(job);
}

static const char *word(const struct report_job *job, int which)
{
    return job->words[which][0] ? job->words[which] : NULL;
}

/* In the thread. Nothing of the service is touched here. */
static void make_it(uv_work_t *work)
{
    struct report_job *job = work->data;
    struct desk *desk = NULL;
    const struct report_ask ask = {.ledger = word(job, LEDGER),
                                   .day = word(job, DAY),
                                   .month = word(job, MONTH),
                                   .as = job->as};
    job->st = desk_open(job->folder, &desk, &job->error);
    if (job->st == ST_OK)
        job->st = report_run(desk, job->words[NAME], &ask, &job->report, &job->error);
    desk_close(desk);
}

static void on_made(uv_work_t *work, int cancelled)
{
    struct report_job *job = work->data;
    (void)cancelled;
    job->made = true;
    if (job->api)
        http_server_wake(job->api->http);
    else
        job_free(job);
}

/* Takes a job out of the list; one under way frees itself. */
static void drop(struct report_job **link)
{
    struct report_job *job = *link;
    *link = job->next;
    job->api = NULL;
    if (job->made)
        job_free(job);
}

void api_report_stop(struct api *api)
{
    while (api->reports)
        drop(&api->reports);
}

static struct report_job **find_job(struct api *api, const void *request)
{
    struct report_job **link = &api->reports;
    while (*link && (*link)->request != request)
        link = &(*link)->next;
    return link;
}

static enum status read_words(struct call *call, struct report_job *job, struct error *err)
{
    static const char *const names[WORDS] = {NULL, "ledger", "date", "month"};
    enum status st = ST_OK;
    snprintf(job->words[NAME], NAME_MAX_BYTES, "%s", call->id);
    for (int i = LEDGER; st == ST_OK && i < WORDS; i++) {
        const char *text;
        st = api_param(call, names[i], job->words[i], NAME_MAX_BYTES, &text, err);
        if (!text)
            job->words[i][0] = '\0';
    }
    return st;
}

static void start(struct call *call)
{
    struct api *api = call->api;
    struct error err;
    size_t waiting = 0;
    for (struct report_job **link = &api->reports; *link;) {
        if ((*link)->made || (*link)->request == call->request->impl) {
            drop(link);
        } else {
            waiting++;
            link = &(*link)->next;
        }
    }
    if (waiting == JOBS_MAX) {
        api_refuse(call, 503, "busy", "正在做别的报表，请稍后再试");
        return;
    }
    struct report_job *job = mem_zero_alloc(1, sizeof(*job));
    if (read_words(call, job, &err) != ST_OK) {
        job_free(job);
        api_fail(call, &err, NULL);
        return;
    }
    job->work.data = job;
    job->api = api;
    job->request = call->request->impl;
    job->folder = mem_strdup(api->desk->folder);
    hex_encode(hash_slice(&api->author.kid), job->as);
    job->next = api->reports;
    api->reports = job;
    CHECK(uv_queue_work(loop_uv(api->loop), &job->work, make_it, on_made) == 0);
    call->park_ms = PARK_MS;
}

void api_report(struct call *call)
{
    struct report_job **link = find_job(call->api, call->request->impl);
    struct report_job *job = call->request->woken ? *link : NULL;
    if (!job && !call->request->woken) {
        start(call);
    } else if (job && job->made) {
        json_t *report = job->report;
        struct error err = job->error;
        enum status st = job->st;
        job->report = NULL;
        drop(link);
        if (st == ST_OK)
            api_answer(call, 200, report);
        else
            api_fail(call, &err, NULL);
    } else if (job && !call->request->last_call) {
        call->park_ms = PARK_MS; /* it was another one that is ready */
    } else {
        api_refuse(call, 503, "busy", "报表还没有做完，请稍后再试");
    }
}

void api_reports(struct call *call)
{
    json_t *list = NULL;
    struct error err;
    if (report_list(&list, &err) == ST_OK)
        api_answer(call, 200, list);
    else
        api_fail(call, &err, NULL);
}
