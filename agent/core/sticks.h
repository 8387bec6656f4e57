/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * sticks: the places that a courier can carry away: what is plugged in and mounted now, by the
 * kernel's list of mounts, and the folders of $HUCE_STICKS (apart by ':'), for places of another
 * kind, such as a share.
 */
#ifndef AGENT_CORE_STICKS_H
#define AGENT_CORE_STICKS_H

#include "agent/core/desk.h"

#define STICKS_MAX 16

struct stick_place {
    char *path;
    const char *name; /* its last part */
    uint64_t free_bytes;
    bool writable;
    size_t answers; /* bundles from the county for this desk */
};
struct stick_places {
    size_t count;
    struct stick_place places[STICKS_MAX];
};

/* What is there now. device: whose answers are counted. */
void sticks_find(const struct hash *device, struct stick_places *out);
void sticks_release(struct stick_places *places);

/* Of a list as /proc/self/mountinfo has it (proc(5)): the mount points that may be sticks: under
 * /media, /run/media or /mnt, or with a file system that sticks have. Appends at most STICKS_MAX.
 */
void sticks_read(struct slice mountinfo, struct stick_places *out);

#endif
