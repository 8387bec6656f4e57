/* SPDX-License-Identifier: MulanPSL-2.0 */
/* doors: the code on a door, scanned or typed, opens the household. */
#include "agent/core/doors.h"

#include "agent/api/api.h"

void api_door(struct call *call)
{
    json_t *door = NULL;
    struct error err;
    if (door_open(call->api->desk, call->id[0] ? call->id : call->type, &door, &err) == ST_OK)
        api_answer(call, 200, door);
    else
        api_fail(call, &err, NULL);
}
