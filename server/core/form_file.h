/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * form_file: a record type as an office writes it down, and as the SQL that a catalog is made of
 * (shared/db/catalog_sql.h). Pure.
 *
 *   -- form: home_visit | 家访登记 | Home visit          the type: name, title, title
 *   -- home: village                                    or township, registry, any
 *   -- kind: append                                     rows are never changed; may be absent
 *   -- title: on                                        the field people know a record by; else the
 * first
 *   -- key: no                                          the field that names it on paper; may be
 * absent
 *   -- field: household | 户 | Household | ref household required
 *   -- field: on | 日期 | On | date required past
 *   -- field: how | 方式 | Way | code visit_way review
 *   -- field: income | 收入 | Income | money sensitivity=3 writers=V,T unit=元 range:0:1000000
 *   -- list: visit_way | 1 | 上门 | In person
 *   -- rule: requires how on | 填了方式要填日期 | A way needs a date
 *   -- warn: order on until | … | …                     the same, told and not refused
 *
 * Other lines, and those without "-- word:", say nothing. Words behind a field: its type (with the
 * table of a ref, the list of a code), then in any order: required, a policy (lww when absent),
 * writers=, sensitivity=, unit=, group=, derive=, args=, and checks.
 *
 * Numbers are given by whoever asks: form_numbers names the type and its fields, and gets for each
 * the number it has already, or 0. A form that leaves a field out retires it; values stay.
 */
#ifndef SERVER_CORE_FORM_FILE_H
#define SERVER_CORE_FORM_FILE_H

#include "shared/base/buf.h"
#include "shared/base/status.h"
#include "shared/record/catalog.h"

#define FORM_FILE_MAX (256 * 1024)

/* The SQL of one migration, numbered `number`. What the form says of a type of that name in the
 * catalog changes it; a new one gets a number from CATALOG_COUNTY_TABLE_FIRST on. ST_INVALID names
 * the line and what is wrong; what the words mean is for catalog_from_sql to judge. */
#define FORM_TABLE_FIRST 30000
MUST_USE enum status form_file_sql(struct slice text, const struct catalog *cat, uint64_t number,
                                   struct buf *sql, struct error *err);

#endif
