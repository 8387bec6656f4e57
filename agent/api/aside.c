/* SPDX-License-Identifier: MulanPSL-2.0 */
/* aside: a list of jobs, each a request's until the request takes it. */
#include "agent/api/aside.h"

#include "shared/base/check.h"
#include "shared/base/time.h"

#define JOBS_MAX 4
#define FILE_MAX (48 * 1024 * 1024)
#define WORD_MAX 256
#define FORGOTTEN_MS 60000 /* made, and not taken for so long */

struct aside_job {
    struct aside_job *next;
    uv_work_t work;
    struct api *api;     /* NULL: nobody wants it any more */
    const void *request; /* whose it is */
    enum aside_kind kind;
    aside_work *does;
    json_t *ask;
    char *folder;
    struct author author; /* grant: looked up in the thread */
    int64_t made_ms;      /* 0: under way */
    enum status st;
    struct error error;
    struct aside_result result;
};

void aside_release(struct aside_result *result)
{
    json_decref(result->json);
    buf_release(&result->file);
    *result = (struct aside_result){0};
}

void aside_wipe(json_t *ask)
{
    const char *name;
    json_t *value;
    json_object_foreach(ask, name, value)
    {
        const char *text = json_string_value(value);
        if (text && ask->refcount == 1)
            secret_wipe((char *)text, strlen(text));
    }
    json_decref(ask);
}

static void job_free(struct aside_job *job)
{
    aside_release(&job->result);
    author_release(&job->author);
    aside_wipe(job->ask);
    mem_free(job->folder);
    mem_free(job);
}

/* In the thread. */
static void work_it(uv_work_t *work)
{
    struct aside_job *job = work->data;
    struct desk *desk = NULL;
    job->st = ST_OK;
    if (job->kind != ASIDE_BARE)
        job->st = desk_open(job->folder, &desk, &job->error);
    if (job->st == ST_OK && job->kind != ASIDE_BARE)
        job->st = desk_author_renew(desk, &job->author, &job->error);
    if (job->st == ST_OK)
        job->st = job->does(desk, &job->author, job->ask, &job->result, &job->error);
    job->author.grant = NULL;
    desk_close(desk);
}

static void on_made(uv_work_t *work, int cancelled)
{
    struct aside_job *job = work->data;
    (void)cancelled;
    job->made_ms = time_monotonic_ms();
    author_release(&job->author);
    if (!job->api) {
        job_free(job);
        return;
    }
    if (job->kind == ASIDE_WRITES && job->st == ST_OK)
        background_saved(job->api->background);
    http_server_wake(job->api->http, NULL, NULL);
}

/* Takes a job out of the list; one under way frees itself. */
static void drop(struct aside_job **link)
{
    struct aside_job *job = *link;
    *link = job->next;
    job->api = NULL;
    if (job->made_ms)
        job_free(job);
}

void aside_stop(struct api *api)
{
    while (api->aside)
        drop(&api->aside);
}

void aside_forget(struct api *api, const void *request)
{
    const int64_t now_ms = time_monotonic_ms();
    for (struct aside_job **link = &api->aside; *link;) {
        const struct aside_job *job = *link;
        if (job->request == request && job->kind == ASIDE_WRITES && !job->made_ms) {
            (*link)->request = NULL; /* still counts as writing */
            link = &(*link)->next;
        } else if (job->request == request ||
                   (job->made_ms && now_ms - job->made_ms > FORGOTTEN_MS)) {
            drop(link);
        } else {
            link = &(*link)->next;
        }
    }
}

static size_t under_way(const struct api *api)
{
    size_t n = 0;
    for (const struct aside_job *job = api->aside; job; job = job->next)
        n += !job->made_ms;
    return n;
}

bool aside_is_writing(const struct api *api)
{
    for (const struct aside_job *job = api->aside; job; job = job->next)
        if (job->kind == ASIDE_WRITES && !job->made_ms)
            return true;
    return false;
}

bool aside_is_working(const struct api *api)
{
    return under_way(api) > 0;
}

bool aside_owns(const struct api *api, const void *request)
{
    const struct aside_job *job = api->aside;
    while (job && job->request != request)
        job = job->next;
    return job != NULL;
}

static void copy_author(const struct author *from, bool signs, struct author *to)
{
    *to = (struct author){.kid = from->kid};
    if (signs && from->key) {
        uint8_t seed[SIGN_SEED_SIZE];
        sign_key_seed(from->key, seed);
        to->key = sign_key_from_seed(seed);
        secret_wipe(seed, sizeof(seed));
    }
}

void aside_start(struct call *call, enum aside_kind kind, aside_work *work, json_t *ask)
{
    struct api *api = call->api;
    if (under_way(api) == JOBS_MAX) {
        json_decref(ask);
        api_refuse(call, 503, "busy", "正在做别的，请稍后再试");
        return;
    }
    struct aside_job *job = mem_zero_alloc(1, sizeof(*job));
    job->work.data = job;
    job->api = api;
    job->request = call->request->impl;
    job->kind = kind;
    job->does = work;
    job->ask = ask;
    job->folder = mem_strdup(api->folder);
    buf_init(&job->result.file, FILE_MAX);
    copy_author(&api->author, kind == ASIDE_TRIES || kind == ASIDE_WRITES, &job->author);
    job->next = api->aside;
    api->aside = job;
    CHECK(uv_queue_work(loop_uv(api->loop), &job->work, work_it, on_made) == 0);
    call->park_ms = HTTP_PARK_MAX_MS;
}

enum aside_state aside_take(struct call *call, enum status *st, struct aside_result *out,
                            struct error *err)
{
    struct aside_job **link = &call->api->aside;
    while (*link && (*link)->request != call->request->impl)
        link = &(*link)->next;
    struct aside_job *job = *link;
    if (!job)
        return ASIDE_NONE;
    if (job->made_ms) {
        *st = job->st;
        *err = job->error;
        *out = job->result;
        job->result = (struct aside_result){0};
        drop(link);
        return ASIDE_DONE;
    }
    if (call->request->last_call)
        api_refuse(call, 503, "busy", "还没有做完，请稍后再看");
    else
        call->park_ms = HTTP_PARK_MAX_MS; /* it was another one that is ready */
    return ASIDE_WAIT;
}

void aside_answer(struct call *call, enum status st, struct aside_result *result,
                  const struct error *err)
{
    if (st != ST_OK) {
        api_fail(call, err, NULL);
    } else if (result->content_type) {
        struct http_response *response = call->response;
        buf_clear(&response->body);
        buf_put_slice(&response->body, buf_slice(&result->file));
        response->status = 200;
        response->content_type = result->content_type;
    } else {
        api_answer(call, 200, json_incref(result->json));
    }
    aside_release(result);
}

const char *aside_word(const json_t *ask, const char *name)
{
    return json_string_value(json_object_get(ask, name));
}

static enum status read_words(struct call *call, const char *const *names, json_t *ask,
                              struct error *err)
{
    char room[WORD_MAX];
    enum status st = ST_OK;
    json_object_set_new(ask, "id", json_string(call->id));
    for (size_t i = 0; st == ST_OK && names[i]; i++) {
        const char *text;
        st = api_param(call, names[i], room, sizeof(room), &text, err);
        if (text)
            json_object_set_new(ask, names[i], json_string(text));
    }
    return st;
}

bool aside_went_on(struct call *call)
{
    struct aside_result result = {0};
    struct error err;
    enum status st;
    enum aside_state state = aside_take(call, &st, &result, &err);
    if (state == ASIDE_DONE)
        aside_answer(call, st, &result, &err);
    return state != ASIDE_NONE;
}

void aside_reads(struct call *call, const char *const *names, aside_work *work)
{
    struct error err;
    if (aside_went_on(call))
        return;
    json_t *ask = json_object();
    if (read_words(call, names, ask, &err) == ST_OK) {
        aside_start(call, ASIDE_READS, work, ask);
    } else {
        json_decref(ask);
        api_fail(call, &err, NULL);
    }
}
