/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sticks: an exchange with the county by a stick that is plugged in. Sticks are slow, so the work
 * runs on a thread of its own, with a desk of its own, one at a time; the page asks how it goes.
 *
 *   POST pack | take ─▶ thread: courier.h ─▶ GET /api/sticks: "job": running, then done or failed
 */
#include "agent/api/api.h"

#include "agent/api/form.h"
#include "agent/core/courier.h"
#include "agent/core/outbox.h"
#include "agent/core/sticks.h"
#include "shared/base/check.h"

struct stick_job {
    uv_work_t work;
    struct api *api; /* NULL: the service has ended */
    char *folder, *place;
    bool take, made;
    enum status st;
    struct error error;
    json_t *result;
};

static void job_free(struct stick_job *job)
{
    if (!job)
        return;
    json_decref(job->result);
    mem_free(job->folder);
    mem_free(job->place);
    mem_free(job);
}

void api_stick_stop(struct api *api)
{
    struct stick_job *job = api->stick;
    api->stick = NULL;
    if (job && job->made)
        job_free(job);
    else if (job)
        job->api = NULL; /* it frees itself */
}

bool api_stick_is_working(const struct api *api)
{
    return api->stick && !api->stick->made;
}

/* ---- in the thread ---- */

static enum status pack(struct stick_job *job, struct desk *desk)
{
    struct courier_sent sent;
    char *first = NULL;
    enum status st =
        courier_pack(desk, job->place, 0, ATTACHMENTS_STICK_BYTES, &sent, &first, &job->error);
    if (st == ST_OK)
        job->result = courier_sent_json(&sent, first);
    mem_free(first);
    return st;
}

static enum status take(struct stick_job *job, struct desk *desk)
{
    struct courier_got got;
    enum status st = courier_take(desk, job->place, &got, &job->error);
    if (st == ST_OK)
        job->result = courier_got_json(&got, outbox_waiting(desk));
    return st;
}

static void do_it(uv_work_t *work)
{
    struct stick_job *job = work->data;
    struct desk *desk = NULL;
    job->st = desk_open(job->folder, &desk, &job->error);
    if (job->st == ST_OK)
        job->st = job->take ? take(job, desk) : pack(job, desk);
    desk_close(desk);
}

static void on_done(uv_work_t *work, int cancelled)
{
    struct stick_job *job = work->data;
    (void)cancelled;
    job->made = true;
    if (job->api)
        api_heal(job->api);
    else
        job_free(job);
}

/* ---- requests ---- */

static json_t *job_json(const struct stick_job *job)
{
    if (!job)
        return json_null();
    return json_pack("{s:s, s:s, s:s, s:O?, s:s?}", "what", job->take ? "take" : "pack", "place",
                     job->place, "state",
                     !job->made         ? "running"
                     : job->st == ST_OK ? "done"
                                        : "failed",
                     "result", job->made ? job->result : NULL, "error",
                     job->made && job->st != ST_OK ? job->error.text : NULL);
}

void api_sticks(struct call *call)
{
    struct stick_places places;
    json_t *list = json_array();
    sticks_find(sign_key_kid(call->api->desk->device), &places);
    for (size_t i = 0; i < places.count; i++) {
        const struct stick_place *p = &places.places[i];
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:I, s:b, s:I}", "place", p->path, "name",
                                        p->name, "free", (json_int_t)p->free_bytes, "writable",
                                        p->writable, "answers", (json_int_t)p->answers));
    }
    sticks_release(&places);
    api_answer(call, 200,
               json_pack("{s:o, s:o}", "sticks", list, "job", job_json(call->api->stick)));
}

/* Only what is plugged in: a page names no other place on this machine. */
static bool is_plugged_in(struct api *api, const char *place)
{
    struct stick_places places;
    bool found = false;
    sticks_find(sign_key_kid(api->desk->device), &places);
    for (size_t i = 0; i < places.count && !found; i++)
        found = strcmp(places.places[i].path, place) == 0;
    sticks_release(&places);
    return found;
}

static void begin(struct call *call, bool take_it)
{
    struct api *api = call->api;
    const char *place = NULL;
    struct error err;
    enum status st = form_members(call->body, "place", &err);
    if (st == ST_OK)
        st = api_text(call, "place", true, &place, &err);
    if (st == ST_OK && !is_plugged_in(api, place))
        st = error_set(&err, ST_NOT_FOUND, "%s 不在：U 盘插好了吗？", place);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    if (api_stick_is_working(api)) {
        api_refuse(call, 503, "busy", "U 盘正在用，请等它做完");
        return;
    }
    job_free(api->stick);
    struct stick_job *job = mem_zero_alloc(1, sizeof(*job));
    job->work.data = job;
    job->api = api;
    job->take = take_it;
    job->folder = mem_strdup(api->desk->folder);
    job->place = mem_strdup(place);
    api->stick = job;
    CHECK(uv_queue_work(loop_uv(api->loop), &job->work, do_it, on_done) == 0);
    api_answer(call, 202, json_pack("{s:o}", "job", job_json(job)));
}

void api_stick_pack(struct call *call)
{
    begin(call, false);
}

void api_stick_take(struct call *call)
{
    begin(call, true);
}
