/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * audit: everything proved from the stored bytes, as `huce audit` does. It takes from seconds to
 * minutes, so it runs on a thread of its own, with a desk of its own; the page asks how far it is.
 *
 *   POST /api/audit ─▶ thread: desk_audit.h ─▶ GET /api/audit: running, then done or failed
 */
#include "agent/api/api.h"

#include <stdatomic.h>

#include "agent/api/form.h"
#include "agent/core/desk_audit.h"
#include "shared/base/check.h"
#include "shared/base/time.h"

struct audit_job {
    uv_work_t work;
    struct api *api; /* NULL: the service has ended */
    char *folder, *ledger;
    atomic_size_t at, of;
    bool made;
    int64_t made_ms;
    enum status st;
    struct error error;
    json_t *result;
};

static void job_free(struct audit_job *job)
{
    if (!job)
        return;
    json_decref(job->result);
    mem_free(job->folder);
    mem_free(job->ledger);
    mem_free(job);
}

void api_audit_stop(struct api *api)
{
    struct audit_job *job = api->audit;
    api->audit = NULL;
    if (job && job->made)
        job_free(job);
    else if (job)
        job->api = NULL; /* it frees itself */
}

bool api_audit_is_working(const struct api *api)
{
    return api->audit && !api->audit->made;
}

/* ---- in the thread ---- */

static void on_progress(void *arg, size_t done, size_t of)
{
    struct audit_job *job = arg;
    atomic_store(&job->at, done);
    atomic_store(&job->of, of);
}

static void do_it(uv_work_t *work)
{
    struct audit_job *job = work->data;
    struct desk *desk = NULL;
    struct quorum quorum = {0};
    struct desk_audit audit = {0};
    const struct desk_audit_ask ask = {
        .ledger = job->ledger, .quorum = &quorum, .progress = on_progress, .arg = job};
    job->st = desk_open(job->folder, &desk, &job->error);
    if (job->st == ST_OK) {
        quorum_read(desk, &quorum);
        job->st = desk_audit(desk, &ask, &audit, &job->error);
    }
    if (job->st == ST_OK)
        job->result = desk_audit_json(&audit);
    desk_audit_release(&audit);
    desk_close(desk);
}

static void on_done(uv_work_t *work, int cancelled)
{
    struct audit_job *job = work->data;
    (void)cancelled;
    job->made = true;
    job->made_ms = time_now_ms();
    if (!job->api)
        job_free(job);
}

/* ---- requests ---- */

static json_t *job_json(struct audit_job *job)
{
    char when[TIME_TEXT_SIZE];
    if (!job)
        return json_null();
    time_format_utc(job->made_ms, when);
    return json_pack("{s:s, s:s?, s:I, s:I, s:s?, s:O?, s:s?}", "state",
                     !job->made         ? "running"
                     : job->st == ST_OK ? "done"
                                        : "failed",
                     "ledger", job->ledger, "at", (json_int_t)atomic_load(&job->at), "of",
                     (json_int_t)atomic_load(&job->of), "made_at", job->made ? when : NULL,
                     "result", job->made ? job->result : NULL, "error",
                     job->made && job->st != ST_OK ? job->error.text : NULL);
}

void api_audit(struct call *call)
{
    api_answer(call, 200, json_pack("{s:o}", "job", job_json(call->api->audit)));
}

void api_audit_begin(struct call *call)
{
    struct api *api = call->api;
    const char *ledger = NULL;
    struct error err;
    enum status st = form_members(call->body, "ledger", &err);
    if (st == ST_OK)
        st = api_text(call, "ledger", false, &ledger, &err);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    if (api_audit_is_working(api)) {
        api_refuse(call, 503, "busy", "正在核对，请等它做完");
        return;
    }
    job_free(api->audit);
    struct audit_job *job = mem_zero_alloc(1, sizeof(*job));
    job->work.data = job;
    job->api = api;
    job->folder = mem_strdup(api->desk->folder);
    job->ledger = ledger && *ledger ? mem_strdup(ledger) : NULL;
    api->audit = job;
    CHECK(uv_queue_work(loop_uv(api->loop), &job->work, do_it, on_done) == 0);
    api_answer(call, 202, json_pack("{s:o}", "job", job_json(job)));
}
