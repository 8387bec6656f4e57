/* SPDX-License-Identifier: MulanPSL-2.0 */
/* sticks: see sticks.h. */
#include "agent/core/sticks.h"

#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "shared/base/file.h"
#include "shared/cli/stick.h"

#define MOUNTS_MAX (1024 * 1024)
#define FIELDS_MAX 32

static void add(struct stick_places *out, char *path)
{
    for (size_t i = 0; i < out->count; i++)
        if (strcmp(out->places[i].path, path) == 0) {
            mem_free(path);
            return;
        }
    if (out->count == STICKS_MAX) {
        mem_free(path);
        return;
    }
    const char *slash = strrchr(path, '/');
    out->places[out->count++] =
        (struct stick_place){.path = path, .name = slash && slash[1] ? slash + 1 : path};
}

/* ---- the kernel's list ---- */

static bool is_under(const char *path, const char *folder)
{
    const size_t n = strlen(folder);
    return strncmp(path, folder, n) == 0 && path[n] == '/' && path[n + 1];
}

static bool is_stick_system(struct slice type)
{
    static const char *const types[] = {"vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "msdos"};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (slice_equal(type, slice_str(types[i])))
            return true;
    return false;
}

/* Blanks and the like stand as \ and three octal digits. */
static char *unescape(struct slice field)
{
    char *out = mem_alloc(field.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < field.n; i++) {
        const uint8_t *p = field.p + i;
        if (*p == '\\' && i + 3 < field.n && p[1] >= '0' && p[1] <= '3' && p[2] >= '0' &&
            p[2] <= '7' && p[3] >= '0' && p[3] <= '7') {
            out[n++] = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
            i += 3;
        } else {
            out[n++] = (char)*p;
        }
    }
    out[n] = 0;
    return out;
}

/* id parent major:minor root MOUNT-POINT options optional… - TYPE source options */
static void read_mount(struct slice line, struct stick_places *out)
{
    struct slice fields[FIELDS_MAX];
    size_t count = 0, dash = 0;
    for (size_t start = 0, i = 0; i <= line.n && count < FIELDS_MAX; i++)
        if (i == line.n || line.p[i] == ' ') {
            fields[count++] = slice_of(line.p + start, i - start);
            start = i + 1;
        }
    for (size_t i = 6; i < count && !dash; i++)
        if (slice_equal(fields[i], slice_str("-")))
            dash = i;
    if (!dash || dash + 1 >= count)
        return;
    char *path = unescape(fields[4]);
    if (is_under(path, "/media") || is_under(path, "/run/media") || is_under(path, "/mnt") ||
        strcmp(path, "/mnt") == 0 ||
        (is_stick_system(fields[dash + 1]) && !is_under(path, "/boot") &&
         strcmp(path, "/boot") != 0))
        add(out, path);
    else
        mem_free(path);
}

void sticks_read(struct slice mountinfo, struct stick_places *out)
{
    while (mountinfo.n) {
        const uint8_t *end = memchr(mountinfo.p, '\n', mountinfo.n);
        const size_t n = end ? (size_t)(end - mountinfo.p) : mountinfo.n;
        read_mount(slice_of(mountinfo.p, n), out);
        mountinfo = slice_of(mountinfo.p + n + (end != NULL), mountinfo.n - n - (end != NULL));
    }
}

/* ---- what is there ---- */

static void add_named(struct stick_places *out)
{
    const char *list = getenv("HUCE_STICKS");
    while (list && *list) {
        const size_t n = strcspn(list, ":");
        if (n)
            add(out, mem_printf("%.*s", (int)n, list));
        list += n + (list[n] == ':');
    }
}

static void look(struct stick_place *place, const struct hash *device)
{
    struct statvfs s;
    struct stick_files files;
    if (statvfs(place->path, &s) == 0)
        place->free_bytes = (uint64_t)s.f_bavail * s.f_frsize;
    place->writable = access(place->path, W_OK) == 0;
    if (stick_find(place->path, STICK_FROM_COUNTY, device, &files, NULL) == ST_OK)
        place->answers = files.count;
    stick_files_release(&files);
}

void sticks_find(const struct hash *device, struct stick_places *out)
{
    struct buf mounts;
    *out = (struct stick_places){0};
    add_named(out);
    if (file_read("/proc/self/mountinfo", MOUNTS_MAX, &mounts, NULL) == ST_OK)
        sticks_read(buf_slice(&mounts), out);
    buf_release(&mounts);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        struct stick_place *place = &out->places[i];
        const bool there = file_is_folder(place->path);
        if (there)
            look(place, device);
        if (!there || (!place->writable && !place->answers)) { /* of no use to a courier */
            mem_free(place->path);
            continue;
        }
        out->places[kept++] = *place;
    }
    out->count = kept;
}

void sticks_release(struct stick_places *places)
{
    for (size_t i = 0; i < places->count; i++)
        mem_free(places->places[i].path);
    places->count = 0;
}
