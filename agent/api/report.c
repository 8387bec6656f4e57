/* SPDX-License-Identifier: MulanPSL-2.0 */
/* report: reports, made aside (aside.h): on a large replica they take seconds. */
#include "agent/core/report.h"

#include "agent/api/aside.h"
#include "shared/codec/hex.h"

static enum status make(struct desk *desk, struct author *author, const json_t *ask,
                        struct aside_result *out, struct error *err)
{
    char as[2 * HASH_SIZE + 1];
    const char *format = aside_word(ask, "format");
    const struct report_ask words = {.ledger = aside_word(ask, "ledger"),
                                     .day = aside_word(ask, "date"),
                                     .month = aside_word(ask, "month"),
                                     .as = as};
    hex_encode(hash_slice(&author->kid), as);
    enum status st = report_run(desk, aside_word(ask, "id"), &words, &out->json, err);
    if (st == ST_OK && format)
        st = api_sheet_file(desk, out->json, format, out, err);
    return st;
}

static enum status open_figure(struct desk *desk, struct author *author, const json_t *ask,
                               struct aside_result *out, struct error *err)
{
    char as[2 * HASH_SIZE + 1];
    const char *column = aside_word(ask, "column");
    const struct report_ask words = {.ledger = aside_word(ask, "ledger"),
                                     .day = aside_word(ask, "date"),
                                     .month = aside_word(ask, "month"),
                                     .as = as};
    hex_encode(hash_slice(&author->kid), as);
    if (!column)
        return error_set(err, ST_INVALID, "缺少“column”：要看哪一列的明细");
    return report_detail(desk, aside_word(ask, "id"), &words, column, aside_word(ask, "code"),
                         &out->json, err);
}

void api_figure(struct call *call)
{
    static const char *const names[] = {"ledger", "date", "month", "column", "code", NULL};
    aside_reads(call, names, open_figure);
}

void api_report(struct call *call)
{
    static const char *const names[] = {"ledger", "date", "month", "format", NULL};
    aside_reads(call, names, make);
}

void api_reports(struct call *call)
{
    json_t *list = NULL;
    struct error err;
    if (report_list(call->api->desk, &list, &err) == ST_OK)
        api_answer(call, 200, list);
    else
        api_fail(call, &err, NULL);
}
