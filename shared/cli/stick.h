/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * stick: what bundles are called on a stick, and finding them there.
 *
 *   huce-0123456789abcdef-to-county.age        what a desk packed (its device's first 16 digits)
 *   huce-0123456789abcdef-from-county-2.age    the second file for it
 */
#ifndef SHARED_CLI_STICK_H
#define SHARED_CLI_STICK_H

#include "shared/sync/bundle_pack.h"

#define STICK_TO_COUNTY "to-county"
#define STICK_FROM_COUNTY "from-county"

/* Where bundles are written: a folder, under their names; or a file, the next ones beside it. */
struct stick {
    const char *place;
    const struct hash *device;
    const char *way;
    char *first;   /* the first file written; mem_free */
    size_t before; /* files of the same run that stand there already */
};

/* A bundle_file: written beside, read back from the device and compared, then renamed. */
MUST_USE enum status stick_write(void *stick, size_t number, struct slice file, struct error *err);
/* Removes what an earlier, longer run left in the folder: files of this name from `number` on, not
 * counting those before. */
void stick_clear(const struct stick *stick, size_t number);

/* How large a file may become, as --max-mb says it: a whole number of megabytes. NULL: 0, no
 * matter. ST_USAGE. */
MUST_USE enum status stick_read_size(const char *mb, size_t *bytes, struct error *err);

/* How many bytes of attachments may go along, as --photos-mb says it: megabytes. NULL: what is
 * usual. ST_USAGE. */
MUST_USE enum status stick_read_photos(const char *mb, uint64_t *bytes, struct error *err);

struct stick_files {
    size_t count;
    char **paths; /* in order of name and number */
};
/* The bundles at a place: itself if it is a file; in a folder those of this way, of one device or
 * (NULL) of all. ST_NOT_FOUND when there are none. *out is released in any case. */
MUST_USE enum status stick_find(const char *place, const char *way, const struct hash *device,
                                struct stick_files *out, struct error *err);
void stick_files_release(struct stick_files *files);

#endif
