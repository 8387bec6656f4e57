/* SPDX-License-Identifier: MulanPSL-2.0 */
/* tasks: changes that came back because they do not count: mended and sent again, or laid aside. */
#include "agent/api/api.h"

#include "agent/api/form.h"
#include "agent/core/task.h"

#define WORDS_MAX 60

void api_tasks(struct call *call)
{
    json_t *tasks = NULL;
    struct error err;
    if (task_list(call->api->desk, &tasks, &err) == ST_OK) {
        api_mask(call, tasks);
        api_answer(call, 200, json_pack("{s:o}", "tasks", tasks));
    } else {
        api_fail(call, &err, NULL);
    }
}

void api_task(struct call *call)
{
    json_t *task = NULL;
    struct error err;
    if (task_show(call->api->desk, call->id, &task, &err) == ST_OK) {
        api_mask(call, task);
        api_answer(call, 200, task);
    } else {
        api_fail(call, &err, NULL);
    }
}

/* {"field": "text"} → "field=text", in the arena. */
static enum status read_sets(const json_t *fields, struct arena *arena, const char **sets,
                             size_t *count, struct error *err)
{
    const char *name;
    json_t *value;
    if (fields && !json_is_object(fields))
        return error_set(err, ST_INVALID, "“fields”要写成 {\"项目\": \"值\"}");
    json_object_foreach((json_t *)fields, name, value)
    {
        if (!json_is_string(value) || strchr(name, '=') || *count == WORDS_MAX)
            return error_set(err, ST_INVALID, "“fields”最多 %d 项，每项的值都写成文字", WORDS_MAX);
        sets[(*count)++] = arena_printf(arena, "%s=%s", name, json_string_value(value));
    }
    return ST_OK;
}

static enum status read_without(const json_t *list, const char **names, size_t *count,
                                struct error *err)
{
    const json_t *name;
    size_t i;
    if (list && !json_is_array(list))
        return error_set(err, ST_INVALID, "“without”要写成 [\"项目\"]");
    json_array_foreach(list, i, name)
    {
        if (!json_is_string(name) || *count == WORDS_MAX)
            return error_set(err, ST_INVALID, "“without”最多 %d 项，都写成文字", WORDS_MAX);
        names[(*count)++] = json_string_value(name);
    }
    return ST_OK;
}

static void answer_done(struct call *call, enum status st, const struct error *err)
{
    if (st != ST_OK) {
        api_fail(call, err, NULL);
        return;
    }
    background_saved(call->api->background);
    api_answer(call, 200, json_pack("{s:s, s:b}", "id", call->id, "done", 1));
}

void api_task_send(struct call *call)
{
    struct arena arena = {0};
    const char *sets[WORDS_MAX], *without[WORDS_MAX];
    struct task_send what = {.id = call->id, .sets = sets, .without = without};
    struct error err;
    enum status st = form_members(call->body, "fields without note", &err);
    if (st == ST_OK)
        st = read_sets(json_object_get(call->body, "fields"), &arena, sets, &what.set_count, &err);
    if (st == ST_OK)
        st = read_without(json_object_get(call->body, "without"), without, &what.without_count,
                          &err);
    if (st == ST_OK)
        st = api_text(call, "note", false, &what.note, &err);
    if (st == ST_OK)
        st = task_send(call->api->desk, &call->api->author, &what, &err);
    answer_done(call, st, &err);
    arena_release(&arena);
}

void api_task_drop(struct call *call)
{
    const char *note;
    struct error err;
    enum status st = form_members(call->body, "note", &err);
    if (st == ST_OK)
        st = api_text(call, "note", true, &note, &err);
    if (st == ST_OK && !*note)
        st = error_set(&err, ST_INVALID, "放下要写明原因");
    if (st == ST_OK)
        st = task_drop(call->api->desk, call->id, note, &err);
    answer_done(call, st, &err);
}
