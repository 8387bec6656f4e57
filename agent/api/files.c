/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * files: tables in and out: rows of a spreadsheet become changes, lists and reports become files.
 *
 * A page turns what somebody chose (Excel, CSV in any encoding) into CSV text with the names of
 * fields; here it goes the way of `huce import`. Files out are masked as on the command line,
 * unless the person signs for a reason (agent/core/access.h).
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/api/aside.h"
#include "agent/api/form.h"
#include "agent/core/access.h"
#include "agent/core/act.h"
#include "agent/core/import.h"
#include "agent/core/reads.h"
#include "agent/core/sight.h"
#include "agent/core/view.h"
#include "shared/base/file.h"
#include "shared/cli/sheet.h"
#include "shared/cli/sheet_csv.h"
#include "shared/cli/xlsx.h"

#define PROBLEMS_MAX 500
#define FILE_MAX (48 * 1024 * 1024)

/* ---- in ---- */

static void note_problem(void *arg, uint64_t line, const char *text)
{
    json_t *problems = arg;
    if (json_array_size(problems) < PROBLEMS_MAX)
        json_array_append_new(problems,
                              json_pack("{s:I, s:s}", "line", (json_int_t)line, "text", text));
}

/* The text as a file that has no name and is gone when it is closed. */
static enum status as_file(const char *text, int *fd, char path[static 40], struct error *err)
{
    size_t n = strlen(text), done = 0;
    *fd = memfd_create("import", MFD_CLOEXEC);
    while (*fd >= 0 && done < n) {
        ssize_t put = write(*fd, text + done, n - done);
        if (put <= 0)
            break;
        done += (size_t)put;
    }
    if (*fd < 0 || done < n)
        return error_set(err, ST_IO, "内存不够，读不了这张表；请分成几张");
    snprintf(path, 40, "/proc/self/fd/%d", *fd);
    return ST_OK;
}

/* In the thread: what is asked is the body, with the type. */
static enum status take_in(struct desk *desk, struct author *author, const json_t *ask,
                           struct aside_result *out, struct error *err)
{
    struct import_result result = {0};
    const struct catalog_table *table;
    const struct args args = {0};
    const char *note = aside_word(ask, "note");
    struct ledger *ledger = NULL;
    json_t *problems = json_array();
    char path[40];
    int fd = -1;
    enum status st = act_type(desk, aside_word(ask, "type"), &table, err);
    if (st == ST_OK)
        st = desk_ledger_for(desk, aside_word(ask, "ledger"), table, author, &ledger, err);
    if (st == ST_OK)
        st = as_file(aside_word(ask, "csv"), &fd, path, err);
    if (st == ST_OK) {
        const struct import_options options = {
            .table = aside_word(ask, "type"),
            .path = path,
            .ledger = ledger,
            .author = author,
            .args = &args,
            .note = slice_str(note ? note : ""),
            .dry_run = json_is_true(json_object_get(ask, "dry_run")),
            .skip_bad = json_is_true(json_object_get(ask, "skip_bad")),
            .bad_row = note_problem,
            .arg = problems};
        st = import_run(desk, &options, &result, err);
        if (st == ST_INVALID && result.bad)
            st = ST_OK; /* the problems are the answer */
    }
    if (fd >= 0)
        close(fd);
    if (st == ST_OK)
        out->json =
            json_pack("{s:I, s:I, s:I, s:I, s:I, s:b, s:O}", "rows", (json_int_t)result.rows,
                      "created", (json_int_t)result.created, "updated", (json_int_t)result.updated,
                      "unchanged", (json_int_t)result.unchanged, "bad", (json_int_t)result.bad,
                      "written", (int)result.written, "problems", problems);
    json_decref(problems);
    return st;
}

static enum status read_import(struct call *call, struct error *err)
{
    const char *text;
    enum status st = form_members(call->body, "csv note ledger dry_run skip_bad", err);
    if (st == ST_OK)
        st = api_text(call, "csv", true, &text, err);
    if (st == ST_OK)
        st = api_text(call, "note", false, &text, err);
    if (st == ST_OK)
        st = api_text(call, "ledger", false, &text, err);
    return st;
}

static void begin_import(struct call *call)
{
    const struct catalog_table *table;
    struct error err;
    enum status st = read_import(call, &err);
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    bool tries = json_is_true(json_object_get(call->body, "dry_run"));
    if (st == ST_OK && !tries) /* what reads here need not write while the lock is held there */
        st = view_settle(call->api->desk, &err);
    if (st != ST_OK) {
        api_fail(call, &err, NULL);
        return;
    }
    json_object_set_new(call->body, "type", json_string(call->type));
    aside_start(call, tries ? ASIDE_TRIES : ASIDE_WRITES, take_in, json_incref(call->body));
}

void api_import(struct call *call)
{
    if (!aside_went_on(call))
        begin_import(call);
}

/* ---- out ---- */

/* Who takes it out whole signs for it first. */
static enum status sign_for(struct desk *desk, struct author *author, const json_t *ask,
                            const json_t *sheet, const json_t *records, struct error *err)
{
    const char *ledgers[ACCESS_LEDGERS_MAX];
    char *what = mem_printf("list %s", aside_word(ask, "type"));
    struct access_note note = {.what = what,
                               .reason = aside_word(ask, "reason"),
                               .rows = json_array_size(json_object_get(sheet, "rows")),
                               .ledgers = ledgers};
    note.ledger_count = access_ledgers(records, ledgers, ACCESS_LEDGERS_MAX);
    enum status st =
        note.ledger_count ? access_note(desk, author, &note, err) : ST_OK; /* nothing goes out */
    mem_free(what);
    return st;
}

/* The Excel library writes files: one in memory, in a folder that nobody else can enter, gone when
 * it has been read. Where there is no such place, in the data folder. */
static enum status xlsx_bytes(struct desk *desk, const json_t *sheet, struct buf *out,
                              struct error *err)
{
    char room[] = "/dev/shm/huce.XXXXXX";
    const char *made = mkdtemp(room);
    char *path = mem_printf("%s/export.xlsx", made ? made : desk->folder);
    enum status st = xlsx_write(sheet, path, err);
    if (st == ST_OK) {
        buf_release(out);
        st = file_read(path, FILE_MAX, out, err);
    }
    unlink(path);
    if (made)
        rmdir(made);
    mem_free(path);
    return st;
}

enum status api_sheet_file(struct desk *desk, const json_t *sheet, const char *format,
                           struct aside_result *out, struct error *err)
{
    enum status st = ST_OK;
    bool csv = strcmp(format, "csv") == 0;
    if (csv)
        sheet_csv(sheet, &out->file);
    else if (strcmp(format, "xlsx") == 0)
        st = xlsx_bytes(desk, sheet, &out->file, err);
    else
        st = error_set(err, ST_INVALID, "“format”只能是 xlsx 或 csv");
    if (st == ST_OK && !buf_ok(&out->file))
        st = error_set(err, ST_LIMIT, "太大，写不成一个文件：请加条件");
    out->content_type = csv ? "text/csv; charset=utf-8"
                            : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    return st;
}

/* In the thread. */
static enum status take_out(struct desk *desk, struct author *author, const json_t *ask,
                            struct aside_result *out, struct error *err)
{
    const struct catalog_table *table;
    const char *type = aside_word(ask, "type"), *reason = aside_word(ask, "reason");
    struct sight sight;
    json_t *list = NULL, *sheet = NULL;
    const struct view_query query = {.where = aside_word(ask, "where"),
                                     .text = aside_word(ask, "q"),
                                     .ledger = aside_word(ask, "ledger")};
    enum status st = act_type(desk, type, &table, err);
    if (st == ST_OK)
        st = view_list(desk, table, &query, &list, err);
    if (st == ST_OK) /* the catalog may have been read anew */
        st = act_type(desk, type, &table, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, author, err);
    if (st == ST_OK) {
        const json_t *records = json_object_get(list, "records");
        sight_of_grant(author->grant, reason ? SIGHT_WHOLE : SIGHT_FILE, &sight);
        sight_list(&sight, table, list);
        sheet = sheet_of_records(table, records);
        if (reason)
            st = sign_for(desk, author, ask, sheet, records, err);
        if (reason && act_type(desk, type, &table, NULL) == ST_OK)
            reads_list(desk, &(struct reader){&author->kid, "list, file"}, table, records);
    }
    if (st == ST_OK)
        st = api_sheet_file(desk, sheet, aside_word(ask, "format"), out, err);
    json_decref(sheet);
    json_decref(list);
    return st;
}

static void begin_export(struct call *call)
{
    static const char *const names[] = {"format", "where", "q", "ledger", "reason"};
    const struct catalog_table *table;
    json_t *ask = json_pack("{s:s}", "type", call->type);
    struct error err;
    enum status st = form_members(call->body, "format where q ledger reason", &err);
    for (size_t i = 0; st == ST_OK && i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = NULL;
        st = api_text(call, names[i], false, &text, &err);
        if (text && *text)
            json_object_set_new(ask, names[i], json_string(text));
    }
    if (st == ST_OK && !aside_word(ask, "format"))
        st = error_set(&err, ST_INVALID, "缺少“format”：xlsx 或 csv");
    if (st == ST_OK)
        st = api_find(call, &table, NULL, NULL, &err);
    if (st == ST_OK) {
        aside_start(call, aside_word(ask, "reason") ? ASIDE_WRITES : ASIDE_READS, take_out, ask);
    } else {
        json_decref(ask);
        api_fail(call, &err, NULL);
    }
}

void api_export_list(struct call *call)
{
    if (!aside_went_on(call))
        begin_export(call);
}
