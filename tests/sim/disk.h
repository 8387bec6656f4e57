/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * disk: the disks of the simulated machines: files in memory behind a SQLite VFS, with a power
 * supply that fails.
 *
 * A file has two contents: what reads see, and what is on the platter. Writes, truncations and
 * deletions go to the first at once and are noted; xSync brings the notes of that file, and names
 * that came or went, over to the second. When the power goes, a damage pattern picks which notes
 * had reached the platter all the same, and that is what the machine finds when it starts again.
 *
 * disk_arm lets the power go at the n-th operation from now: the operation is noted and disk->cut
 * is called, which does not return (it jumps out of the machine's code). Everything is drawn from
 * `luck`, so a seed repeats it.
 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "shared/base/slice.h"
#include "tests/sim/chance.h"

#include <stddef.h>

#define DISK_PROCESSES 2 /* that may have files of one disk open at once */

struct disk_file;

struct disk {
    char folder[96]; /* files whose path begins with it live here */
    struct disk_file *files;
    struct disk_note *notes; /* what is not on the platter, in order of time */
    size_t note_count, note_capacity;
    struct chance luck;
    int process; /* of the machine that opens files now */
    uint64_t operations;
    uint64_t countdown;     /* 0: the power stays on */
    void (*cut)(void *arg); /* never returns */
    void *arg;
};

/* Registers the VFS as SQLite's default one. Once per process, before the first database. */
void disk_install(int64_t (*now_ms)(void));
/* Attaches a disk: paths below its folder are found on it from now on. */
void disk_attach(struct disk *disk);
void disk_detach(struct disk *disk);
void disk_release(struct disk *disk);

void disk_arm(struct disk *disk, uint64_t operations);

enum disk_damage {
    DISK_KEEP_ALL, /* the program died, the machine did not */
    DISK_KEEP_NOTHING,
    DISK_KEEP_PREFIX,
    DISK_KEEP_SUBSET,
    DISK_TEAR,
    DISK_SECTORS,
    DISK_DAMAGES,
};
/* The power is gone: all open files are dead, the platter is what the damage left. */
void disk_crash(struct disk *disk, enum disk_damage damage);

/* One process dies: its locks are gone, what it wrote is there. */
void disk_end_process(struct disk *disk, int process);

/* Everything that was written is on the platter. */
void disk_flush(struct disk *disk);
/* Makes `to` hold what is on the platter of `from` (a disk image). Nothing may be open on `to`. */
void disk_copy(struct disk *to, const struct disk *from);

#endif
