/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stick: see stick.h. */
#include "shared/cli/stick.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "shared/base/file.h"
#include "shared/codec/hex.h"
#include "shared/db/attachments_stick.h"

#define ENDING ".age"
#define DEVICE_DIGITS 16
#define NUMBER_MAX 9999
#define MB (1024 * 1024)
#define MB_MAX 32 /* bundle_pack.h */
#define PHOTOS_MB_MAX 100000

static char *path_of(const struct stick *stick, size_t number)
{
    char hex[2 * HASH_SIZE + 1];
    char part[24] = "";
    if (number > 1)
        snprintf(part, sizeof(part), "-%zu", number);
    if (!file_is_folder(stick->place))
        return mem_printf("%s%s", stick->place, part);
    hex_encode(hash_slice(stick->device), hex);
    char *name = mem_printf("huce-%.*s-%s%s" ENDING, DEVICE_DIGITS, hex, stick->way, part);
    char *path = file_join(stick->place, name);
    mem_free(name);
    return path;
}

/* A stick that was pulled out is no folder any more. */
static bool folder_is_there(const char *path)
{
    char *folder = mem_strdup(path), *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder] = 0;
    const bool there = !slash || file_is_folder(folder);
    mem_free(folder);
    return there;
}

enum status stick_write(void *arg, size_t number, struct slice file, struct error *err)
{
    struct stick *stick = arg;
    char *path = path_of(stick, stick->before + number);
    if (number == 1 && !folder_is_there(path)) {
        enum status away =
            error_set(err, ST_NOT_FOUND, "找不到放包的地方 %s：U 盘插好了吗？", stick->place);
        mem_free(path);
        return away;
    }
    enum status st = file_replace_checked(path, file, 0644, err);
    if (st == ST_OK && !stick->first)
        stick->first = path;
    else
        mem_free(path);
    return st;
}

void stick_clear(const struct stick *stick, size_t number)
{
    if (!file_is_folder(stick->place))
        return;
    for (number += stick->before; number <= NUMBER_MAX; number++) {
        char *path = path_of(stick, number);
        const bool gone = unlink(path) != 0;
        mem_free(path);
        if (gone)
            return;
    }
}

enum status stick_read_size(const char *text, size_t *bytes, struct error *err)
{
    char *end = NULL;
    const unsigned long mb = text ? strtoul(text, &end, 10) : 0;
    *bytes = mb * MB;
    if (text && (end == text || *end || mb == 0 || mb > MB_MAX))
        return error_set(err, ST_USAGE, "--max-mb 应为 1 到 %d 之间的数", MB_MAX);
    return ST_OK;
}

enum status stick_read_photos(const char *text, uint64_t *bytes, struct error *err)
{
    char *end = NULL;
    const unsigned long long mb = text ? strtoull(text, &end, 10) : 0;
    *bytes = text ? mb * MB : ATTACHMENTS_STICK_BYTES;
    if (text && (*text == '-' || end == text || *end || mb > PHOTOS_MB_MAX))
        return error_set(err, ST_USAGE, "--photos-mb 应为 0 到 %d 之间的数", PHOTOS_MB_MAX);
    return ST_OK;
}

/* ---- finding ---- */

/* "huce-" 16 digits "-" way, then nothing or "-" and a number, then the ending. *number: 1 where
 * none stands. */
static bool is_bundle(const char *name, const char *way, const struct hash *device, size_t *number)
{
    char hex[2 * HASH_SIZE + 1], *end;
    const size_t n = strlen(way), head = sizeof("huce-") - 1;
    if (strncmp(name, "huce-", head) != 0 ||
        strspn(name + head, "0123456789abcdef") != DEVICE_DIGITS)
        return false;
    if (device)
        hex_encode(hash_slice(device), hex);
    if (device && strncmp(name + head, hex, DEVICE_DIGITS) != 0)
        return false;
    name += head + DEVICE_DIGITS;
    if (*name != '-' || strncmp(name + 1, way, n) != 0)
        return false;
    name += 1 + n;
    *number = 1;
    if (*name == '-') {
        *number = strtoul(name + 1, &end, 10);
        if (end == name + 1 || *number < 2 || *number > NUMBER_MAX)
            return false;
        name = end;
    }
    return strcmp(name, ENDING) == 0;
}

struct found {
    char *path;
    size_t number, stem; /* stem: how much of the path is the same for all files of one run */
};

static int compare_found(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    const size_t n = x->stem < y->stem ? x->stem : y->stem;
    int c = strncmp(x->path, y->path, n);
    return c ? c : (x->number > y->number) - (x->number < y->number);
}

enum status stick_find(const char *place, const char *way, const struct hash *device,
                       struct stick_files *out, struct error *err)
{
    struct found *found = NULL;
    size_t capacity = 0;
    struct dirent *entry;
    *out = (struct stick_files){0};
    DIR *folder = file_is_folder(place) ? opendir(place) : NULL;
    if (!folder) {
        out->paths = mem_alloc(sizeof(out->paths[0]));
        out->paths[out->count++] = mem_strdup(place);
        return ST_OK;
    }
    size_t count = 0, number = 0;
    while ((entry = readdir(folder)))
        if (is_bundle(entry->d_name, way, device, &number)) {
            found = mem_grow(found, &capacity, count + 1, sizeof(found[0]));
            char *path = file_join(place, entry->d_name);
            const size_t stem = (size_t)(strstr(path, way) - path) + strlen(way);
            found[count++] = (struct found){path, number, stem};
        }
    closedir(folder);
    if (count)
        qsort(found, count, sizeof(found[0]), compare_found);
    out->paths = mem_alloc((count + 1) * sizeof(out->paths[0]));
    for (; out->count < count; out->count++)
        out->paths[out->count] = found[out->count].path;
    mem_free(found);
    return count ? ST_OK : error_set(err, ST_NOT_FOUND, "%s 里没有包（huce-…-%s.age）", place, way);
}

void stick_files_release(struct stick_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        mem_free(files->paths[i]);
    mem_free(files->paths);
}
