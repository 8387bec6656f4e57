/* SPDX-License-Identifier: MulanPSL-2.0 */
/* derived: labour, jobs and households at their borders, each on records of its own; parameters by
 * date; labels and masks; held views; every report's SQL against its header. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "shared/db/report_def.h"
#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/db/catalog_sql.h"
#include "shared/db/derived.h"
#include "shared/db/migrate.h"
#include "shared/db/record_tables.h"
#include "shared/record/mask.h"

#define DAY "2026-06-30"

static struct catalog cat;

static enum status load_one(void *arg, const char *path, const char *sql, struct error *err)
{
    struct buf migration;
    (void)arg;
    (void)path;
    buf_init(&migration, 1 << 18);
    enum status st = catalog_from_sql(sql, &migration, err);
    if (st == ST_OK)
        st = catalog_apply(&cat, buf_slice(&migration), err);
    buf_release(&migration);
    return st;
}

static int load_catalog(void **state)
{
    struct error err;
    (void)state;
    catalog_init(&cat);
    return migrate_each("catalog", load_one, NULL, &err) == ST_OK ? 0 : -1;
}

static int release_catalog(void **state)
{
    (void)state;
    catalog_release(&cat);
    return 0;
}

static void must(enum status st, const struct error *err)
{
    if (st != ST_OK)
        fail_msg("%s", err->text);
}

static void exec(struct db *db, const char *sql)
{
    struct error err;
    must(db_exec(db, sql, &err), &err);
}

/* An empty replica of one village. */
static struct db *fresh(void)
{
    struct db *db;
    struct error err;
    must(db_open(NULL, DB_MEMORY, &db, &err), &err);
    must(migrate(db, "shared", &err), &err);
    must(migrate(db, "agent", &err), &err);
    must(record_tables_schema(db, &cat, &err), &err);
    exec(db, "INSERT INTO ledger(no, origin) VALUES (1, 'x.huce/622924000000'),"
             " (2, 'x.huce/622924101001'), (3, 'x.huce/622924101001/sealed')");
    return db;
}

/* Household 'h1' with a man 'p1' of forty, able to work, and what the SQL adds. */
static struct db *family(const char *more)
{
    struct db *db = fresh();
    exec(db,
         "INSERT INTO r_household(ledger, id, household_code, status, head_person_id, _state, _v)"
         " VALUES (2, 'h1', '622924101001010001', '1', 'p1', 1, '');"
         "INSERT INTO r_person(ledger, id, name, sex, birth, alive, _state, _v)"
         " VALUES (2, 'p1', '马小兰', '1', '1986-01-01', '1', 1, '');"
         "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)"
         " VALUES (2, 'm1', 'h1', 'p1', '02', 1, '');"
         "INSERT INTO r_labour_profile(ledger, id, person_id, capability, _state, _v)"
         " VALUES (2, 'l1', 'p1', '1', 1, '');");
    exec(db, more);
    return db;
}

/* The one value of a query on that day. */
static void is_on(struct db *db, const char *day, const char *query, const char *wanted)
{
    struct error err;
    struct stmt *stmt;
    int32_t today;
    bool row;
    assert_true(date_parse(slice_str(day), &today));
    must(derived_open(db, &cat, today, NULL, &err), &err);
    must(db_prepare(db, slice_str(query), &stmt, &err), &err);
    must(stmt_step(stmt, &row, &err), &err);
    struct slice got = row ? stmt_text(stmt, 0) : slice_str("no row");
    if (!slice_equal(got, slice_str(wanted)))
        fail_msg("%s: got %.*s, expected %s", query, (int)got.n, (const char *)got.p, wanted);
    stmt_release(stmt);
    db_close(db);
}

static void is(struct db *db, const char *query, const char *wanted)
{
    is_on(db, DAY, query, wanted);
}

/* ---- labourers ---- */

#define LABOURERS "SELECT coalesce(sum(is_labour), 0) FROM labour_state"

static void working_age_begins_and_ends_on_a_birthday(void **state)
{
    (void)state;
    static const struct {
        const char *birth, *labourer;
    } at[] = {{"2010-07-01", "0"}, {"2010-06-30", "1"}, {"1966-07-01", "1"}, {"1966-06-30", "0"}};
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        char sql[100];
        snprintf(sql, sizeof(sql), "UPDATE r_person SET birth = '%s'", at[i].birth);
        is(family(sql), LABOURERS, at[i].labourer);
    }
    is_on(family("UPDATE r_person SET birth = '2010-06-15'"), "2026-06-14", LABOURERS, "0");
    is_on(family("UPDATE r_person SET birth = '2010-06-15'"), "2026-06-15", LABOURERS, "1");
}

static void capability_and_school_decide(void **state)
{
    (void)state;
    is(family(""), LABOURERS, "1");
    is(family("UPDATE r_labour_profile SET capability = '3'"), LABOURERS, "1");
    is(family("UPDATE r_labour_profile SET capability = '4'"), LABOURERS, "0");
    is(family("UPDATE r_labour_profile SET capability = NULL"), LABOURERS, "0");
    is(family("DELETE FROM r_labour_profile"), LABOURERS, "0");
    is(family("UPDATE r_person SET school_status = '7'"), LABOURERS, "0");
    is(family("UPDATE r_person SET school_status = '9'"), LABOURERS, "1"); /* dropped out */
}

static void the_countys_ages_hold_from_their_day(void **state)
{
    (void)state;
    static const char *const row =
        "UPDATE r_person SET birth = '1966-05-01', sex = '2';"
        "INSERT INTO r_parameter(ledger, id, name, valid_from, value, _state, _v) VALUES"
        " (1, 'a', 'work_age_to_female', '2026-06-30', '60.25', 1, ''),"
        " (1, 'b', 'work_age_to_female', '2030-01-01', '70', 1, ''),"
        " (1, 'c', 'work_age_to_male', '2020-01-01', '80', 1, '')";
    is_on(family(row), "2026-04-30", LABOURERS, "1"); /* 59 by the default of 60 */
    is_on(family(row), "2026-06-29", LABOURERS, "0"); /* 60 and a month by the default */
    is_on(family(row), "2026-06-30", LABOURERS, "1"); /* the county's 60 and three months */
    is_on(family(row), "2026-08-01", LABOURERS, "0");
    is(family("INSERT INTO r_parameter(ledger, id, name, valid_from, value, _state, _v) VALUES"
              " (1, 'a', 'work_age_to_male', '2026-02-01', '30', 1, ''),"
              " (1, 'b', 'work_age_to_male', '2026-01-01', '50', 1, '')"),
       LABOURERS, "0"); /* the newest counts */
}

static void who_has_left_or_died_does_not_count(void **state)
{
    (void)state;
    static const char *const members = "SELECT count(*) FROM labour_state";
    is(family(""), members, "1");
    is(family("UPDATE r_household_member SET \"to\" = '" DAY "'"), members, "0");
    is(family("UPDATE r_household_member SET \"to\" = '2026-07-01'"), members, "1");
    is(family("UPDATE r_household_member SET \"from\" = '2026-07-01'"), members, "0");
    is(family("UPDATE r_person SET alive = '2'"), members, "0");
    is(family("UPDATE r_person SET alive = '3'"), members, "1"); /* missing is not dead */
    is(family("UPDATE r_household SET status = '3'"), members, "0");
    is(family("UPDATE r_household SET status = NULL"), members, "1");
    is(family("UPDATE r_household_member SET _state = 0"), members, "0"); /* deleted */
    is(family("UPDATE r_person SET _state = 5"), members, "0");           /* in transit */
}

static void of_two_households_the_earlier_counts(void **state)
{
    (void)state;
    static const char *const second =
        "INSERT INTO r_household(ledger, id, household_code, _state, _v) VALUES (2, 'h2', '2', 1, "
        "'');"
        "INSERT INTO r_household_member(ledger, id, household_id, person_id, \"from\", _state, _v)"
        " VALUES (2, 'm2', 'h2', 'p1', '2020-01-01', 1, '');";
    static const char *const dated = "UPDATE r_household_member SET \"from\" = '2021-01-01'"
                                     " WHERE id = 'm1';";
    char both[700];
    is(family(second), "SELECT group_concat(household_code) FROM household_state",
       "622924101001010001");
    snprintf(both, sizeof(both), "%s%s", second, dated);
    is(family(both), "SELECT group_concat(household_code) FROM household_state", "2");
    snprintf(both, sizeof(both), "%s%sUPDATE r_household SET status = '4' WHERE id = 'h2'", second,
             dated);
    is(family(both), "SELECT group_concat(household_code) FROM household_state",
       "622924101001010001");
}

/* ---- jobs ---- */

/* One job of the man; values of mode, contract, start, end, months, wage (yuan), licence. */
static struct db *job(const char *mode, const char *contract, const char *start, const char *end,
                      const char *months, int wage, const char *licence)
{
    char sql[500];
    snprintf(sql, sizeof(sql),
             "INSERT INTO r_employment_spell(ledger, id, person_id, mode, contract, start, \"end\","
             " months_this_year, wage_month, credit_code, _state, _v)"
             " VALUES (2, 's1', 'p1', %s, %s, %s, %s, %s, %d, %s, 1, '')",
             mode, contract, start, end, months, wage * 100, licence);
    return family(sql);
}

#define STABLE "SELECT group_concat(jobs || ':' || stable || ':' || state) FROM labour_state"
#define NEW "'2026-06-01'" /* thirty days */

/* ---- records that are one thing ---- */

/* The man again, as 'p2' in household 'h2' of ledger 2 or 4, with a profile and a firm job. */
#define TWICE(ledger)                                                                          \
    "INSERT INTO ledger(no, origin) VALUES (4, 'x.huce/622924101002');"                        \
    "INSERT INTO r_household(ledger, id, household_code, status, _state, _v)"                  \
    " VALUES (" ledger ", 'h2', '2', '1', 1, '');"                                             \
    "INSERT INTO r_person(ledger, id, name, sex, birth, _state, _v)"                           \
    " VALUES (" ledger ", 'p2', '马晓兰', '1', '1986-01-01', 1, '');"                       \
    "INSERT INTO r_household_member(ledger, id, household_id, person_id, \"from\", relation, " \
    "_state,"                                                                                  \
    " _v) VALUES (" ledger ", 'm2', 'h2', 'p2', '2020-01-01', '02', 1, '');"                   \
    "INSERT INTO r_labour_profile(ledger, id, person_id, capability, _state, _v)"              \
    " VALUES (" ledger ", 'l2', 'p2', '1', 1, '');"                                            \
    "INSERT INTO r_employment_spell(ledger, id, person_id, start, contract, _state, _v)"       \
    " VALUES (" ledger ", 's2', 'p2', '2026-01-01', '3', 1, '');"
#define PERSON_LINKED                                                                             \
    "INSERT INTO same_as VALUES (7, 'p2', 'p1', 2); UPDATE r_person SET _state = 129 WHERE id = " \
    "'p2';"
#define HOUSEHOLD_LINKED                                                                 \
    "INSERT INTO same_as VALUES (5, 'h2', 'h1', 2); UPDATE r_household SET _state = 129" \
    " WHERE id = 'h2';"
#define WHO                                                                             \
    "SELECT group_concat(substr(origin, -3) || unhexed || is_labour || jobs, ' ') FROM" \
    " (SELECT *, CASE person_id WHEN '7031' THEN ' p1 ' ELSE ' p2 ' END AS unhexed"     \
    "    FROM labour_state ORDER BY origin, person_id)"

static void who_was_entered_twice_counts_once_with_all_that_is_theirs(void **state)
{
    (void)state;
    is(family(TWICE("2")), WHO, "001 p1 10 001 p2 11");
    is(family(TWICE("2") PERSON_LINKED), WHO, "001 p1 11");
    is(family(TWICE("2") PERSON_LINKED), "SELECT household_id = '6831' FROM labour_state", "1");
    is(family(TWICE("2") PERSON_LINKED "DELETE FROM r_household_member WHERE id = 'm1'"), WHO,
       "001 p1 11"); /* lives where the second record lives */
    is(family(TWICE("2") PERSON_LINKED), "SELECT group_concat(lacks_stable) FROM household_state",
       "0");
    is(family(TWICE("2") PERSON_LINKED), "SELECT count(*) FROM quality_issue WHERE rule = 'P7'",
       "1"); /* one person in two households */
}

static void over_two_villages_too(void **state)
{
    (void)state;
    is(family(TWICE("4")), WHO, "001 p1 10 002 p2 11");
    is(family(TWICE("4") PERSON_LINKED), WHO, "001 p1 11");
    is(family(TWICE("4") PERSON_LINKED "UPDATE r_household_member SET \"from\" = '2021-01-01'"
                                       " WHERE id = 'm1'"),
       WHO, "002 p1 11"); /* the earlier membership is there, the record and its profile are here */
    is(family(TWICE("4") PERSON_LINKED), "SELECT count(*) FROM r_person WHERE _state & 133 = 1",
       "1");
}

static void a_household_of_two_villages_is_one_with_all_that_is_its(void **state)
{
    (void)state;
    static const char *const plan = TWICE("4") HOUSEHOLD_LINKED
        "INSERT INTO r_plan(ledger, id, household_id, year, status, _state, _v)"
        " VALUES (4, 'n', 'h2', 2026, 'draft', 1, '');"
        "INSERT INTO r_plan_measure(ledger, id, plan_id, menu_code, _state, _v)"
        " VALUES (4, 'e', 'n', 'A01', 1, '')";
    is(family(plan), WHO, "001 p1 10 001 p2 11"); /* its people with it, whose records stay there */
    is(family(plan), "SELECT group_concat(substr(origin, -3) || members) FROM household_state",
       "0012");
    is(family(plan),
       "SELECT count(*) FROM r_plan_measure m JOIN r_plan p ON p.ledger = m.ledger AND p.id = "
       "m.plan_id"
       " JOIN r_household h ON h.ledger = p.ledger AND h.id = p.household_id"
       " WHERE h._state & 133 = 1 AND h.ledger = 2",
       "1");
}

static void a_job_is_stable_by_contract_licence_or_income(void **state)
{
    (void)state;
    is(job("'2'", "'3'", NEW, "NULL", "NULL", 0, "NULL"), STABLE, "1:1:1");
    is(job("'2'", "'2'", NEW, "NULL", "NULL", 9000, "NULL"), STABLE, "1:0:2");
    is(job("'6'", "NULL", NEW, "NULL", "NULL", 0, "'L'"), STABLE, "1:1:1");
    is(job("'3'", "NULL", NEW, "NULL", "NULL", 0, "'L'"), STABLE, "1:0:2"); /* not one's own */
    is(job("'1'", "NULL", NEW, "NULL", "NULL", 1850, "NULL"), STABLE, "1:1:1");
    is(job("'1'", "NULL", NEW, "NULL", "NULL", 1849, "NULL"), STABLE, "1:0:2");
    is(job("'6'", "NULL", NEW, "NULL", "NULL", 9000, "NULL"), STABLE, "1:0:2");
}

static void flexible_work_needs_180_days_of_twelve_months(void **state)
{
    (void)state;
    is(job("'6'", "NULL", "'2026-01-02'", "NULL", "NULL", 0, "NULL"), STABLE, "1:1:1");
    is(job("'6'", "NULL", "'2026-01-03'", "NULL", "NULL", 0, "NULL"), STABLE, "1:0:2");
    is(job("'6'", "NULL", "'2020-01-01'", "NULL", "'6'", 0, "NULL"), STABLE, "1:1:1");
    is(job("'6'", "NULL", "'2020-01-01'", "NULL", "'5.9'", 0, "NULL"), STABLE, "1:0:2");
    is(job("'6'", "NULL", NEW, "NULL", "'12'", 0, "NULL"), STABLE, "1:0:2"); /* in thirty days? */
    is(job("'6'", "NULL", "NULL", "NULL", "'6'", 0, "NULL"), STABLE, "1:1:1");
    is(job("'6'", "NULL", "NULL", "NULL", "NULL", 0, "NULL"), STABLE, "1:0:2");
}

static void two_flexible_jobs_add_up(void **state)
{
    (void)state;
    static const char *const two =
        "INSERT INTO r_employment_spell(ledger, id, person_id, mode, start, \"end\", _state, _v)"
        " VALUES (2, 's1', 'p1', '6', '%s', '%s', 1, ''),"
        "        (2, 's2', 'p1', '6', '%s', NULL, 1, '')";
    static const char *const at[][4] = {
        {"2025-09-01", "2025-12-31", "2026-05-04", "1:1:1"}, /* 122 + 58 days */
        {"2025-09-01", "2025-12-31", "2026-05-05", "1:0:2"},
        {"2020-01-01", "2025-12-26", "2026-06-30", "1:1:1"}, /* 179 since 2025-07-01, and one */
        {"2020-01-01", "2025-12-25", "2026-06-30", "1:0:2"}};
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        char sql[400];
        snprintf(sql, sizeof(sql), two, at[i][0], at[i][1], at[i][2]);
        is(family(sql), STABLE, at[i][3]);
    }
}

static void an_ended_job_is_no_job(void **state)
{
    (void)state;
    is(job("'2'", "'3'", "'2020-01-01'", "'2026-06-29'", "NULL", 0, "NULL"), STABLE, "0:0:6");
    is(job("'2'", "'3'", "'2020-01-01'", "'" DAY "'", "NULL", 0, "NULL"), STABLE, "1:1:1");
    is(job("'2'", "'3'", "'2026-07-01'", "NULL", "NULL", 0, "NULL"), STABLE, "0:0:6");
    is(job("'2'", "'3'", "'2020-01-01'", "'2026-06-19'", "NULL", 0, "NULL"),
       "SELECT lacks_stable || no_stable_since || no_channel_since FROM household_state",
       "12026-06-202026-06-20");
}

static void the_state_of_who_has_no_job(void **state)
{
    (void)state;
    static const struct {
        const char *set, *state;
    } at[] = {{"capability = '1'", "6"},
              {"no_job_reason = '2'", "6"},
              {"no_job_reason = '9'", "7"},
              {"emp_status = '7'", "7"},
              {"emp_status = '9'", "9"},
              {"emp_status = '1'", "6"}, /* says employed, has no job */
              {"emp_status = '1', emp_status_until = '" DAY "'", "1"},
              {"emp_status = '1', emp_status_until = '2026-06-29'", "6"},
              {"capability = '5'", "8"}};
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        char sql[120];
        snprintf(sql, sizeof(sql), "UPDATE r_labour_profile SET %s", at[i].set);
        is(family(sql), "SELECT state FROM labour_state", at[i].state);
    }
    is(family("UPDATE r_person SET school_status = '6'"), "SELECT state FROM labour_state", "4");
}

static void surplus_is_what_the_archive_says_or_who_wants_work(void **state)
{
    (void)state;
    static const char *const surplus = "SELECT surplus FROM labour_state";
    is(family(""), surplus, "1");
    is(family("UPDATE r_labour_profile SET no_job_reason = '9'"), surplus, "0");
    is(family("UPDATE r_labour_profile SET surplus = 0"), surplus, "0");
    is(family("UPDATE r_labour_profile SET surplus = 1, capability = '5'"), surplus, "0");
}

/* ---- households ---- */

#define LACKS "SELECT lacks_channel || lacks_stable FROM household_state"

static struct db *income(int kind, const char *year, const char *amount)
{
    char sql[300];
    snprintf(
        sql, sizeof(sql),
        "INSERT INTO r_income_source(ledger, id, household_id, kind, year, amount_year, _state, _v)"
        " VALUES (2, 'i1', 'h1', '%d', %s, %s, 1, '')",
        kind, year, amount);
    return family(sql);
}

static void a_channel_is_work_or_recent_income_of_ones_own(void **state)
{
    (void)state;
    is(family(""), LACKS, "11");
    is(family(""),
       "SELECT no_channel_since IS NULL AND no_stable_since IS NULL FROM household_state", "1");
    is(income(2, "2023", "100"), "SELECT no_channel_since FROM household_state", "2025-01-01");
    for (int kind = 1; kind <= 3; kind++)
        is(income(kind, "2026", "100"), LACKS, "01");
    is(income(4, "2026", "1000000"), LACKS, "11");
    is(income(2, "2025", "100"), LACKS, "01");
    is(income(2, "2024", "100"), LACKS, "11");
    is(income(2, "NULL", "NULL"), LACKS, "01");
    is(income(2, "2026", "0"), LACKS, "11");
    is(job("'6'", "NULL", NEW, "NULL", "NULL", 0, "NULL"), LACKS, "01");
}

static void without_labourers_no_stable_job_is_asked_for(void **state)
{
    (void)state;
    is(family("UPDATE r_labour_profile SET capability = '5'"), LACKS, "10");
    is(family("DELETE FROM r_household_member"), "SELECT count(*) FROM household_state", "0");
    is(job("'2'", "'3'", NEW, "NULL", "NULL", 0, "NULL"), LACKS, "00");
}

static void sealed_and_higher_ledgers_are_no_villages(void **state)
{
    (void)state;
    is(fresh(), "SELECT group_concat(code || name) FROM unit", "622924101001622924101001");
    is(family("INSERT INTO r_admin_division(ledger, id, code, name, _state, _v)"
              " VALUES (1, 'd', '622924101001', '三甲集社区', 1, '')"),
       "SELECT group_concat(name) FROM unit", "三甲集社区");
}

/* ---- words ---- */

static void labels_masks_and_faults(void **state)
{
    (void)state;
    is(fresh(), "SELECT label('em', '4') || label('em', '77') || label('nothing', 'x')",
       "公益性岗位77x");
    is(fresh(), "SELECT label('em', NULL) IS NULL AND mask_name(NULL) IS NULL", "1");
    is(fresh(), "SELECT zh FROM code_list WHERE list = 'gb_t_3304' AND code = '26'", "东乡族");
    is(fresh(),
       "SELECT mask_name('马小兰') || mask_name('马娜') || mask_name('马') || mask_name('')",
       "马**马**");
    is(fresh(), "SELECT mask_name('买买提·吐尔逊')", "买***");
    is(fresh(), "SELECT mask_id('990000198001010012')", "9***************12");
    is(fresh(), "SELECT mask_phone('15412345678') || mask_phone('123')", "154****5678***");
    is(fresh(), "SELECT id_fault('990000198001010012', '" DAY "') IS NULL", "1");
    is(fresh(), "SELECT id_fault('990000198001010013', '" DAY "')", "校验位或出生日期不对");
    is(fresh(), "SELECT id_fault('12', '" DAY "')", "不是18位");
}

static void a_held_view_says_the_same(void **state)
{
    (void)state;
    struct db *db = family("");
    struct error err;
    int32_t today;
    struct stmt *stmt;
    bool row;
    assert_true(date_parse(slice_str(DAY), &today));
    must(derived_open(db, &cat, today, NULL, &err), &err);
    must(derived_hold(db, slice_str("d_issue"), &err), &err);
    must(derived_hold(db, slice_str("d_labour"), &err), &err);
    must(db_prepare(db, slice_str("SELECT is_labour FROM labour_state"), &stmt, &err), &err);
    must(stmt_step(stmt, &row, &err), &err);
    assert_int_equal(stmt_int(stmt, 0), 1);
    stmt_release(stmt);
    assert_int_equal(derived_hold(db, slice_str("nothing"), &err), ST_NOT_FOUND);
    db_close(db);
}

static void a_restricted_reader_opens_sets_and_nothing_else(void **state)
{
    (void)state;
    struct db *db = fresh();
    struct error err;
    struct stmt *stmt = NULL;
    db_restrict_to_reading(db, 1000);
    must(db_prepare(db, slice_str("SELECT value FROM json_each('[7]')"), &stmt, &err), &err);
    stmt_release(stmt);
    assert_int_equal(db_prepare(db, slice_str("DELETE FROM ledger"), &stmt, &err), ST_REFUSED);
    db_close(db);
}

/* ---- doubts ---- */

static void doubts(const char *sql, const char *rules)
{
    is(family(sql),
       "SELECT group_concat(rule) FROM (SELECT rule FROM quality_issue i"
       " JOIN quality_rule r USING (rule)"
       " WHERE rule NOT IN ('Q1', 'Q4', 'Q11', 'Q26') ORDER BY r.sort)",
       rules);
}

#define SPELL "INSERT INTO r_employment_spell(ledger, id, person_id, start, _state, _v, "

static void each_rule_finds_its_doubt(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *sql;
    } at[] = {
        {"Q3,Q7", "UPDATE r_household_member SET relation = NULL"},
        {"Q7", "UPDATE r_household_member SET relation = '20'"},
        {"Q8", "UPDATE r_person SET political = '77'"},
        {"Q9", "UPDATE r_person SET edu = '00'"},
        {"Q12", "UPDATE r_labour_profile SET capability = NULL"},
        {"Q13",
         SPELL "mode, place_div) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '3', '622924000000')"},
        {"Q14", SPELL "mode, place_div, months_this_year)"
                      " VALUES (2, 's', 'p1', '2026-01-01', 1, '', '3', '622900000000', '3')"},
        {"Q15", SPELL "mode) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '4')"},
        {"Q16", "UPDATE r_labour_profile SET capability = '3';" SPELL
                "mode, place_scope) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '3', '4')"},
        {"Q17", "UPDATE r_labour_profile SET capability = '5'; UPDATE r_person SET health = '1'"},
        {"Q18", "UPDATE r_household SET monitor_risks = '[\"1\",\"6\"]'"},
        {"Q21", SPELL "mode, wage_month) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '3', 39999)"},
        {"Q25", "UPDATE r_household SET hh_type = '3'"},
        {"Q28", "UPDATE r_person SET phone = '12345678901'"},
        {"Q29", "UPDATE r_household SET monitor_status = '12', housing_grade = 'D'"},
        {"P1", SPELL "mode, post_months) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '4', '6');"
                     "INSERT INTO r_person_tag(ledger, id, person_id, tag, _state, _v)"
                     " VALUES (2, 't', 'p1', '119', 1, '')"},
        {"P8", "INSERT INTO r_grid(ledger, id, name, level, _state, _v) VALUES (2, 'g', 'x', '3', "
               "1, '')"},
        {"P9",
         SPELL "mode, \"end\") VALUES (2, 's', 'p1', '2026-01-02', 1, '', '3', '2026-01-01')"},
        {"P10", SPELL "mode, stable) VALUES (2, 's', 'p1', '2026-06-01', 1, '', '3', 1)"},
        {"P11", "UPDATE r_labour_profile SET is_labour = 0"},
    };
    doubts("", "");
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++)
        doubts(at[i].sql, at[i].rule);
}

static void doubts_between_records(void **state)
{
    (void)state;
    static const char *const wife =
        "INSERT INTO r_person(ledger, id, name, sex, birth, _state, _v)"
        " VALUES (2, 'p2', '马英', '%s', '1988-01-01', 1, '');"
        "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)"
        " VALUES (2, 'm2', 'h1', 'p2', '%s', 1, '');%s";
    char sql[900];
    snprintf(sql, sizeof(sql), wife, "2", "12", "");
    doubts(sql, "");
    snprintf(sql, sizeof(sql), wife, "1", "12", "");
    doubts(sql, "Q27");
    snprintf(sql, sizeof(sql), wife, "2", "02", "");
    doubts(sql, "Q5");
    snprintf(
        sql, sizeof(sql), wife, "2", "12",
        "INSERT INTO r_person(ledger, id, name, sex, birth, _state, _v)"
        " VALUES (2, 'p3', '马莲', '2', '1988-01-01', 1, '');"
        "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)"
        " VALUES (2, 'm3', 'h1', 'p3', '10', 1, '')");
    doubts(sql, "Q6");
    snprintf(sql, sizeof(sql), wife, "2", "12", "UPDATE r_person SET id_hash = 'same'");
    doubts(sql, "Q2,Q2");
    snprintf(sql, sizeof(sql), wife, "2", "12",
             "UPDATE r_person SET phone = '15412345678';"
             "INSERT INTO r_employment_spell(ledger, id, person_id, mode, start, months_this_year,"
             " place_div, _state, _v)"
             " VALUES (2, 's1', 'p1', '3', '2026-01-01', '3', '620102000000', 1, ''),"
             "        (2, 's2', 'p2', '3', '2026-01-01', '3', '620103000000', 1, '')");
    doubts(sql, "Q22");
    doubts("INSERT INTO r_plan(ledger, id, household_id, year, status, _state, _v)"
           " VALUES (2, 'a', 'h1', 2026, 'signed', 1, ''), (2, 'b', 'h1', 2026, 'draft', 1, '');"
           "INSERT INTO r_plan_measure(ledger, id, plan_id, menu_code, due, _state, _v)"
           " VALUES (2, 'c', 'a', 'C01', '2026-06-29', 1, '')",
           "Q19,P3,P4,P6");
    doubts("UPDATE r_person SET birth = '2012-01-01'; DELETE FROM r_labour_profile", "Q30");
    doubts("UPDATE r_person SET alive = '2', death_date = '2026-02-01';" SPELL
           "mode) VALUES (2, 's', 'p1', '2026-01-01', 1, '', '3')",
           "P2");
    doubts("INSERT INTO r_grid(ledger, id, name, level, parent_id, _state, _v) VALUES"
           " (2, 'g0', 'z', '2', NULL, 1, ''), (2, 'g1', 'x', '4', 'g0', 1, ''),"
           " (2, 'g2', 'y', '4', 'g0', 1, '');"
           "INSERT INTO r_grid_post(ledger, id, grid_id, officer_id, role, _state, _v)"
           " VALUES (2, 't1', 'g1', 'o1', '4', 1, ''), (2, 't0', 'g0', 'o0', '5', 1, '');"
           "UPDATE r_household SET grid_id = 'g2';"
           "INSERT INTO r_visit(ledger, id, household_id, kind, at, officer_id, _state, _v) VALUES"
           " (2, 'v1', 'h1', '1', '2026-06-01T10:00', 'o1', 1, ''),"
           " (2, 'v0', 'h1', '1', '2026-06-02T10:00', 'o0', 1, '')",
           "P5");
}

/* Each rule of the national sets by its name: what it finds, and the same records one step away,
 * which it does not. The family is complete here, so nothing else is doubted. */

#define COMPLETE                                                                  \
    "UPDATE r_person SET id_no = '990000198601010016', edu = '73', health = '1'," \
    " insured_med = '1';"
#define CHILD(SCHOOL)                                                                           \
    "INSERT INTO r_person(ledger, id, name, sex, birth, id_type, id_no, health, insured_med,"   \
    " school_status, _state, _v) VALUES (2, 'c', '马童', '2', '2015-01-01', '1', "            \
    "'990000201501010021', '1', '1', " SCHOOL ", 1, '');"                                       \
    "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)" \
    " VALUES (2, 'mc', 'h1', 'c', '31', 1, '');"
#define WIFE(SEX, RELATION)                                                                     \
    "INSERT INTO r_person(ledger, id, name, sex, birth, id_no, edu, health, insured_med,"       \
    " _state, _v) VALUES (2, 'p2', '马英', '" SEX "', '1988-01-01', '990000198801010029',"      \
    " '73', '1', '1', 1, '');"                                                                  \
    "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)" \
    " VALUES (2, 'm2', 'h1', 'p2', '" RELATION "', 1, '');"
#define SECOND                                                                                  \
    "CREATE TEMP TABLE t AS SELECT * FROM r_person WHERE id = 'p2'; UPDATE t SET id = 'p3',"    \
    " id_no = '990000198901010042'; INSERT INTO r_person SELECT * FROM t;"                      \
    "INSERT INTO r_household_member(ledger, id, household_id, person_id, relation, _state, _v)" \
    " VALUES (2, 'm3', 'h1', 'p3', '10', 1, '');"
#define JOB(FIELDS, VALUES) SPELL FIELDS ") VALUES (2, 's', 'p1', '2026-01-01', 1, '', " VALUES ");"
#define PLAN(SIGNED, CODE)                                                                        \
    "INSERT INTO r_plan(ledger, id, household_id, year, status, signed_on, household_signature, " \
    "_state, _v)"                                                                                 \
    " VALUES (2, 'pl', 'h1', 2026, 'running', '" SIGNED "', 'x', 1, '');"                         \
    "INSERT INTO r_plan_measure(ledger, id, plan_id, menu_code, due, _state, _v)"                 \
    " VALUES (2, 'me', 'pl', '" CODE "', '2026-12-31', 1, '');"
#define TAG(EVIDENCE)                                                            \
    "INSERT INTO r_person_tag(ledger, id, person_id, tag, evidence, _state, _v)" \
    " VALUES (2, 't', 'p1', '103', '" EVIDENCE "', 1, '');"
#define ALLOWANCE                                                               \
    "INSERT INTO r_subsidy(ledger, id, household_id, item, status, _state, _v)" \
    " VALUES (2, 'su', 'h1', '21', 'applied', 1, '');"
#define TWO_JOBS(COUNTY)                                                                         \
    "UPDATE r_person SET phone = '15412345678';"                                                 \
    "INSERT INTO r_employment_spell(ledger, id, person_id, mode, start, months_this_year,"       \
    " place_div, _state, _v) VALUES (2, 's1', 'p1', '3', '2026-01-01', '3', '620102000000', 1, " \
    "''),"                                                                                       \
    " (2, 's2', 'p2', '3', '2026-01-01', '3', '" COUNTY "', 1, '');"

static void every_rule_by_its_name_hits_and_does_not_hit(void **state)
{
    (void)state;
    static const struct {
        const char *rule, *hit, *good;
    } at[] = {
        {"Q1", "UPDATE r_person SET id_no = '990000198601010011'",
         "UPDATE r_person SET id_no = NULL, id_type = '9'"},
        {"Q1", "UPDATE r_person SET id_no = NULL",
         "UPDATE r_person SET id_no = '990000198601010016'"},
        {"Q2", WIFE("2", "12") "UPDATE r_person SET id_hash = 'one'",
         WIFE("2", "12") "UPDATE r_person SET id_hash = id"},
        {"Q3", "UPDATE r_household_member SET relation = '03'",
         "UPDATE r_household_member SET relation = '02'"},
        {"Q4", "UPDATE r_person SET school_status = '8'", "UPDATE r_person SET edu = '81'"},
        {"Q4", "UPDATE r_person SET edu = NULL",
         "UPDATE r_person SET edu = NULL, school_status = '8'"},
        {"Q5", WIFE("2", "02"), WIFE("2", "12")},
        {"Q6", WIFE("2", "12") SECOND, WIFE("2", "12")},
        {"Q7", "UPDATE r_household_member SET relation = '20'", ""},
        {"Q8", "UPDATE r_person SET political = '77'", "UPDATE r_person SET political = '13'"},
        {"Q9", "UPDATE r_person SET edu = '00'", "UPDATE r_person SET edu = '91'"},
        {"Q11", "UPDATE r_person SET health = NULL", "UPDATE r_person SET health = '3'"},
        {"Q12", "UPDATE r_labour_profile SET capability = '6'",
         "UPDATE r_labour_profile SET capability = '2'"},
        {"Q13", JOB("mode, place_div", "'3', '620102000000'"),
         JOB("mode, place_div, months_this_year", "'3', '620102000000', '3'")},
        {"Q13", JOB("mode, months_this_year", "'3', '3'"),
         JOB("mode, months_this_year, place_scope", "'3', '3', '5'")},
        {"Q14", JOB("mode, place_div, months_this_year", "'3', '622900000000', '3'"),
         JOB("mode, place_div, months_this_year", "'3', '622924000000', '3'")},
        {"Q15", JOB("mode", "'4'"), JOB("mode, post_months", "'4', '6'")},
        {"Q15", JOB("mode, post_months", "'3', '6'"), JOB("mode", "'3'")},
        {"Q16",
         "UPDATE r_labour_profile SET capability = '3';" JOB("mode, place_scope", "'3', '3'"),
         "UPDATE r_labour_profile SET capability = '3';" JOB("mode, place_scope", "'3', '2'")},
        {"Q17", "UPDATE r_labour_profile SET capability = '5'",
         "UPDATE r_labour_profile SET capability = '5'; UPDATE r_person SET health = '3'"},
        {"Q18", "UPDATE r_household SET monitor_risks = '[\"6\"]'",
         "UPDATE r_household SET monitor_risks = '[\"1\"]'"},
        {"Q18", "UPDATE r_household SET monitor_risks = '[\"6\"]'",
         "UPDATE r_household SET monitor_risks = '[\"6\"]';"
         "UPDATE r_labour_profile SET capability = '4'; UPDATE r_person SET health = '3'"},
        {"Q19", PLAN("2026-06-01", "D01"),
         PLAN("2026-06-01", "D01") JOB("mode, post_months", "'4', '6'")},
        {"Q20",
         "UPDATE r_household SET monitor_status = '8', monitor_risks = '[\"1\"]';" PLAN(
             "2025-12-30", "J01"),
         "UPDATE r_household SET monitor_status = '8', monitor_risks = '[\"1\"]';" PLAN(
             "2025-12-30", "E01")},
        {"Q20",
         "UPDATE r_household SET monitor_status = '8', monitor_risks = '[\"1\"]';" PLAN(
             "2025-12-30", "J01"),
         "UPDATE r_household SET monitor_status = '8', monitor_risks = '[\"1\"]';" PLAN(
             "2025-12-31", "J01")},
        {"Q21", JOB("mode, wage_month", "'3', 39999"), JOB("mode, wage_month", "'3', 40000")},
        {"Q22", WIFE("2", "12") TWO_JOBS("620103000000"), WIFE("2", "12") TWO_JOBS("620102000000")},
        {"Q23", ALLOWANCE, ALLOWANCE "UPDATE r_person SET health = '6'"},
        {"Q24",
         TAG("9900001986010100164"
             "1"),
         TAG("99000019860101001643")},
        {"Q24", TAG("99000019860101001642B1"),
         TAG("99000019860101001642B1") "UPDATE r_labour_profile SET capability = '3'"},
        {"Q25", "UPDATE r_household SET hh_type = '4'",
         "UPDATE r_household SET hh_type = '4', monitor_risks = '[\"1\"]'"},
        {"Q26", "UPDATE r_person SET insured_med = '0'", "UPDATE r_person SET insured_med = '2'"},
        {"Q27", WIFE("1", "12"), WIFE("2", "12")},
        {"Q28", "UPDATE r_person SET phone = '12345678901'",
         "UPDATE r_person SET phone = '15412345678'"},
        {"Q29", "UPDATE r_household SET monitor_status = '12', water_ok = 0",
         "UPDATE r_household SET monitor_status = '12', water_ok = 1, housing_grade = 'B'"},
        {"Q30", CHILD("NULL"), CHILD("'4'")},
    };
    char query[160];
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        char sql[3000];
        snprintf(query, sizeof(query), "SELECT count(*) > 0 FROM quality_issue WHERE rule = '%s'",
                 at[i].rule);
        assert_true(strlen(at[i].hit) + strlen(at[i].good) < sizeof(sql) / 2);
        snprintf(sql, sizeof(sql), COMPLETE "%s", at[i].hit);
        is(family(sql), query, "1");
        snprintf(sql, sizeof(sql), COMPLETE "%s", at[i].good);
        is(family(sql), query, "0");
        if (strcmp(at[i].rule, "Q1") != 0)
            is(family(sql), "SELECT coalesce(group_concat(rule), '') FROM quality_issue", "");
    }
    /* No rule of the sets is left out. */
    struct buf all;
    buf_init(&all, 4096);
    buf_put_str(&all, "SELECT coalesce(group_concat(rule), '') FROM quality_rule"
                      " WHERE rule LIKE 'Q%' AND rule NOT IN (''");
    for (size_t i = 0; i < ARRAY_LENGTH(at); i++) {
        snprintf(query, sizeof(query), ", '%s'", at[i].rule);
        buf_put_str(&all, query);
    }
    buf_put_str(&all, ")");
    is(fresh(), buf_cstr(&all), "");
    buf_release(&all);
}

static void a_doubt_says_who_mends_it_and_how_long_it_lies(void **state)
{
    (void)state;
    static const char *const asked = "SELECT severity || field || owner || '|' || coalesce(due, "
                                     "'-') || '|' || coalesce(days, '-')"
                                     " FROM quality_work WHERE rule = 'Q28'";
#define WITH_OFFICER                                                    \
    COMPLETE "UPDATE r_person SET phone = '1';"                         \
             "INSERT INTO r_grid_officer(ledger, id, name, _state, _v)" \
             " VALUES (2, 'o', '马小云', 1, ''); UPDATE r_household SET contact_officer = 'o';"
#define GIVEN(STATUS)                                                                          \
    "INSERT INTO r_data_issue(ledger, id, rule, type, record, owner, due, status, _state, _v)" \
    " VALUES (2, 'd', 'Q28', 'person', '7031', '丁丽', '2026-07-05', '" STATUS "', 1, '');"
    is(family(WITH_OFFICER), asked, "1phone马小云|-|-");
    is(family(WITH_OFFICER GIVEN("assigned")), asked, "1phone丁丽|2026-07-05|-");
    is(family(WITH_OFFICER GIVEN("dismissed")), asked, "1phone马小云|-|-");
    /* Written at 2026-06-20 23:00 UTC, in China the 21st: nine days ago. */
    is(family(WITH_OFFICER "UPDATE r_person SET _v = X'0410000C80B699F4DC670000'"), asked,
       "1phone马小云|-|9");
}

/* ---- reports ---- */

static enum status report_fits(void *arg, const struct report_def *def, struct error *err)
{
    struct db *db = family("");
    struct stmt *stmt;
    int32_t today;
    assert_true(date_parse(slice_str(DAY), &today));
    must(derived_open(db, &cat, today, NULL, err), err);
    exec(db,
         REPORT_SCOPE_TABLE ";"
                            "INSERT INTO scope SELECT origin, code, name, 1, NULL, NULL, 1, 9, 0"
                            " FROM unit");
    struct slice words = def->hold;
    for (struct slice word; (word = report_def_word(&words)).n;)
        must(derived_hold(db, word, err), err);
    must(db_prepare(db, def->rows, &stmt, err), err);
    must(report_def_check_columns(def, stmt, err), err);
    must(stmt_run(stmt, err), err);
    stmt_release(stmt);
    if (def->summary.n) {
        must(db_prepare(db, def->summary, &stmt, err), err);
        assert_int_equal(stmt_columns(stmt), 4);
        must(stmt_run(stmt, err), err);
        stmt_release(stmt);
    }
    if (def->detail.n) {
        must(db_prepare(db, def->detail, &stmt, err), err);
        assert_int_equal(stmt_columns(stmt), 3);
        must(stmt_run(stmt, err), err);
        stmt_release(stmt);
    }
    db_close(db);
    ++*(int *)arg;
    return ST_OK;
}

static void every_report_gives_what_its_header_says(void **state)
{
    (void)state;
    struct error err;
    int count = 0;
    must(report_def_each(NULL, report_fits, &count, &err), &err);
    assert_true(count >= 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(working_age_begins_and_ends_on_a_birthday),
        cmocka_unit_test(capability_and_school_decide),
        cmocka_unit_test(the_countys_ages_hold_from_their_day),
        cmocka_unit_test(who_has_left_or_died_does_not_count),
        cmocka_unit_test(of_two_households_the_earlier_counts),
        cmocka_unit_test(who_was_entered_twice_counts_once_with_all_that_is_theirs),
        cmocka_unit_test(over_two_villages_too),
        cmocka_unit_test(a_household_of_two_villages_is_one_with_all_that_is_its),
        cmocka_unit_test(a_job_is_stable_by_contract_licence_or_income),
        cmocka_unit_test(flexible_work_needs_180_days_of_twelve_months),
        cmocka_unit_test(two_flexible_jobs_add_up),
        cmocka_unit_test(an_ended_job_is_no_job),
        cmocka_unit_test(the_state_of_who_has_no_job),
        cmocka_unit_test(surplus_is_what_the_archive_says_or_who_wants_work),
        cmocka_unit_test(a_channel_is_work_or_recent_income_of_ones_own),
        cmocka_unit_test(without_labourers_no_stable_job_is_asked_for),
        cmocka_unit_test(sealed_and_higher_ledgers_are_no_villages),
        cmocka_unit_test(labels_masks_and_faults),
        cmocka_unit_test(a_held_view_says_the_same),
        cmocka_unit_test(a_restricted_reader_opens_sets_and_nothing_else),
        cmocka_unit_test(each_rule_finds_its_doubt),
        cmocka_unit_test(doubts_between_records),
        cmocka_unit_test(every_rule_by_its_name_hits_and_does_not_hit),
        cmocka_unit_test(a_doubt_says_who_mends_it_and_how_long_it_lies),
        cmocka_unit_test(every_report_gives_what_its_header_says),
    };
    return cmocka_run_group_tests(tests, load_catalog, release_catalog);
}
