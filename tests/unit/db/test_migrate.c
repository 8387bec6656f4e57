/* SPDX-License-Identifier: MulanPSL-2.0 */
/* migrate: once each, and what says that it was migrated is as the files made it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "shared/db/migrate.h"

static int setup(void **state)
{
    struct db *db;
    if (db_open(NULL, DB_MEMORY, &db, NULL) != ST_OK || migrate(db, "shared", NULL) != ST_OK)
        return -1;
    *state = db;
    return 0;
}

static int teardown(void **state)
{
    db_close(*state);
    return 0;
}

static void again_is_nothing(void **state)
{
    assert_int_equal(migrate(*state, "shared", NULL), ST_OK);
    assert_int_equal(db_exec(*state, "CREATE TABLE r_household(id BLOB)", NULL), ST_OK);
    assert_int_equal(migrate(*state, "shared", NULL), ST_OK);
}

static void a_lost_table_is_damage(void **state)
{
    struct error err = {0};
    assert_int_equal(db_exec(*state, "DROP TABLE touch", NULL), ST_OK);
    assert_int_equal(migrate(*state, "shared", &err), ST_DAMAGED);
    assert_non_null(strstr(err.text, "touch"));
}

static void a_lost_column_is_damage(void **state)
{
    struct error err = {0};
    assert_int_equal(db_exec(*state, "ALTER TABLE record_no RENAME COLUMN leaf TO lief", NULL),
                     ST_OK);
    assert_int_equal(migrate(*state, "shared", &err), ST_DAMAGED);
    assert_non_null(strstr(err.text, "record_no"));
    assert_non_null(strstr(err.text, "leaf"));
}

/* Its text is no longer that of the file, its columns are. */
static void an_altered_table_is_looked_at(void **state)
{
    assert_int_equal(db_exec(*state, "ALTER TABLE touch ADD COLUMN more", NULL), ST_OK);
    assert_int_equal(migrate(*state, "shared", NULL), ST_OK);
}

/* A column of a later file: there, elsewhere than that file put it, and lost. */
static void an_added_column_is_looked_for(void **state)
{
    struct error err = {0};
    struct db *db = *state;
    assert_int_equal(migrate(db, "server/sqlite", NULL), ST_OK);
    assert_int_equal(migrate(db, "server/sqlite", NULL), ST_OK);
    assert_int_equal(db_exec(db, "ALTER TABLE _invite DROP COLUMN person_id", NULL), ST_OK);
    assert_int_equal(migrate(db, "server/sqlite", &err), ST_DAMAGED);
    assert_non_null(strstr(err.text, "person_id"));
    assert_int_equal(db_exec(db, "ALTER TABLE _invite ADD COLUMN person_id TEXT", NULL), ST_OK);
    assert_int_equal(migrate(db, "server/sqlite", NULL), ST_OK);
}

static void a_newer_program_wrote_it(void **state)
{
    assert_int_equal(
        db_exec(*state, "INSERT INTO schema_migration VALUES ('shared', 9999, 'x')", NULL), ST_OK);
    assert_int_equal(migrate(*state, "shared", NULL), ST_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(again_is_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_table_is_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_column_is_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(an_altered_table_is_looked_at, setup, teardown),
        cmocka_unit_test_setup_teardown(an_added_column_is_looked_for, setup, teardown),
        cmocka_unit_test_setup_teardown(a_newer_program_wrote_it, setup, teardown)};
    return cmocka_run_group_tests_name("db/migrate", tests, NULL, NULL);
}
