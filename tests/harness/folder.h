/* SPDX-License-Identifier: MulanPSL-2.0 */
/* folder: a test's folder goes with all that is in it. */
#ifndef TESTS_HARNESS_FOLDER_H
#define TESTS_HARNESS_FOLDER_H

#include <ftw.h>
#include <stdio.h>

#include "shared/base/check.h"

static inline int remove_entry(const char *path, const struct stat *about, int kind,
                               struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static inline void remove_folder(const char *folder)
{
    CHECK(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

#endif
