/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * aside: what takes seconds on a large replica is done on a thread, with a desk of its own, while
 * its request is parked and the loop goes on.
 *
 *   request ─ aside_start ─ park … work (thread) … wake ─▶ request again ─ aside_take ─ answer
 *
 * A handler is called at least twice: aside_take says whether anything has been begun for this
 * request. Work under way cannot be broken off; what nobody takes (the page was closed, the desk
 * was locked) is dropped. Who writes aside keeps the database's write lock for so long: other
 * requests that write wait in front of it (aside_is_writing) instead of failing.
 */
#ifndef AGENT_API_ASIDE_H
#define AGENT_API_ASIDE_H

#include "agent/api/api.h"

struct aside_result {
    json_t *json;
    struct buf file; /* bytes of a file instead */
    const char *content_type;
};

/* In the thread: nothing of the service is touched there. author is the person who asked, with a
 * copy of the key when the work signs, else without one. */
typedef enum status aside_work(struct desk *desk, struct author *author, const json_t *ask,
                               struct aside_result *out, struct error *err);

enum aside_kind {
    ASIDE_READS,
    ASIDE_TRIES, /* signs nothing yet, but asks as if */
    ASIDE_WRITES,
    ASIDE_BARE, /* without a desk or an author: where nobody has joined or unlocked */
};

/* Begins and parks the request, or refuses it. Takes ask. */
void aside_start(struct call *call, enum aside_kind kind, aside_work *work, json_t *ask);

enum aside_state {
    ASIDE_NONE, /* nothing was begun for this request */
    ASIDE_WAIT, /* parked again, or answered: return */
    ASIDE_DONE, /* *st, *out (aside_release) and err say what came of it */
};
enum aside_state aside_take(struct call *call, enum status *st, struct aside_result *out,
                            struct error *err);
void aside_release(struct aside_result *result);
/* The same for who answers with what was made (aside_answer) and nothing else. False: nothing was
 * begun, and the handler begins it; true: the handler returns. */
bool aside_went_on(struct call *call);

/* A new request: whatever an earlier one of the same place had begun is not its own. */
void aside_forget(struct api *api, const void *request);
bool aside_is_writing(const struct api *api);
bool aside_is_working(const struct api *api);
bool aside_owns(const struct api *api, const void *request);
/* Nobody waits any more. */
void aside_stop(struct api *api);

/* Releases what was asked, and leaves no PIN behind. */
void aside_wipe(json_t *ask);
/* A word of what was asked; NULL: not given. */
const char *aside_word(const json_t *ask, const char *name);
/* The whole of a handler that only reads: asks with the query parameters of these names (NULL at
 * the end), and with the id of the path as "id". */
void aside_reads(struct call *call, const char *const *names, aside_work *work);

/* Answers with what was made: the file, or the JSON. */
void aside_answer(struct call *call, enum status st, struct aside_result *result,
                  const struct error *err);

/* A sheet (shared/cli/sheet.h) as a file; format: "xlsx", "csv", or an error. */
MUST_USE enum status api_sheet_file(struct desk *desk, const json_t *sheet, const char *format,
                                    struct aside_result *out, struct error *err);

#endif
