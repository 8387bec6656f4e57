/* SPDX-License-Identifier: MulanPSL-2.0 */
/* types: the record types of the program, for targets that need fields. */
#ifndef TESTS_FUZZ_TYPES_H
#define TESTS_FUZZ_TYPES_H

#include "shared/db/catalog_sql.h"
#include "shared/db/migrate.h"
#include "tests/fuzz/fuzz.h"

static struct catalog catalog;

static enum status add_file(void *arg, const char *path, const char *sql, struct error *err)
{
    struct buf migration;
    (void)arg, (void)path;
    buf_init(&migration, 4 << 20);
    enum status st = catalog_from_sql(sql, &migration, err);
    if (st == ST_OK)
        st = catalog_apply(&catalog, buf_slice(&migration), err);
    buf_release(&migration);
    return st;
}

static inline void types_load(void)
{
    catalog_init(&catalog);
    MUST(migrate_each("catalog", add_file, NULL, err));
}

#endif
