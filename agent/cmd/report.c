/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce report [NAME] [--csv F | --xlsx F] [--date D] [--month M] [--ledger L]: a report on the
 * terminal, as JSON or as a file; --detail COLUMN [--unit CODE]: the records behind a figure;
 * --freeze F, --verify F: a report that went out, fixed as it was.
 *
 * A list is shown as far as a screen reaches and says how many rows are left; a table wider than
 * the screen is shown as cards when it has few rows, else in blocks that repeat the first column.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/cmd/cmd.h"
#include "agent/core/report_frozen.h"
#include "shared/cli/sheet_csv.h"

enum { ROWS_SHOWN = 20, CARDS_MAX = 3, TEXT_WIDTH_MAX = 36, SCREEN_WIDTH = 120, GAP = 2 };

struct grid { /* of cells as they are printed */
    size_t columns, rows;
    const json_t **about; /* per column */
    size_t *widths;
    char **cells; /* row by row; row 0 holds the titles */
};

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static long long number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* ---- cells ---- */

static size_t character_size(const char *p)
{
    size_t n = 1;
    while (((unsigned char)p[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* At most width columns, the last one … when something is cut; control characters become spaces. */
static char *fitted(const char *text, size_t width)
{
    struct buf out;
    size_t used = 0;
    bool whole = text_width(text) <= width;
    buf_init(&out, 4096);
    while (*text) {
        size_t n = character_size(text), w = (unsigned char)*text >= 0xE3 ? 2 : 1;
        if (!whole && used + w > width - 1)
            break;
        if ((unsigned char)*text < ' ')
            buf_put_u8(&out, ' ');
        else
            buf_put(&out, text, n);
        used += w;
        text += n;
    }
    if (!whole)
        buf_put_str(&out, "…");
    char *copy = mem_strdup(buf_cstr(&out));
    buf_release(&out);
    return copy;
}

static bool is_number(const json_t *column)
{
    const char *kind = text_of(column, "kind");
    return strcmp(kind, "text") != 0 && strcmp(kind, "date") != 0;
}

static char *cell_text(const json_t *value, const json_t *column)
{
    const char *kind = text_of(column, "kind"), *null = text_of(column, "null");
    struct buf out;
    if (!value || json_is_null(value))
        return mem_strdup(*null ? null : "—");
    if (json_is_string(value))
        return fitted(json_string_value(value), TEXT_WIDTH_MAX);
    buf_init(&out, 64);
    sheet_number(value, kind, true, &out);
    buf_put_str(&out, strcmp(kind, "percent") == 0 ? "%" : "");
    char *copy = mem_strdup(buf_cstr(&out));
    buf_release(&out);
    return copy;
}

static void grid_fill(struct grid *grid, const json_t *report)
{
    const json_t *columns = json_object_get(report, "columns"), *column, *row;
    const json_t *rows = json_object_get(report, "rows");
    size_t i, r;
    *grid = (struct grid){.rows = json_array_size(rows)};
    if (grid->rows > ROWS_SHOWN)
        grid->rows = ROWS_SHOWN;
    grid->about = mem_zero_alloc(json_array_size(columns) + 1, sizeof(*grid->about));
    json_array_foreach(columns, i, column) if (!json_is_true(json_object_get(column, "file_only")))
        grid->about[grid->columns++] = column;
    grid->widths = mem_zero_alloc(grid->columns + 1, sizeof(*grid->widths));
    grid->cells = mem_zero_alloc((grid->rows + 1) * grid->columns + 1, sizeof(*grid->cells));
    for (i = 0; i < grid->columns; i++)
        grid->cells[i] = mem_strdup(text_of(grid->about[i], "zh"));
    json_array_foreach(rows, r, row) for (i = 0; r < grid->rows && i < grid->columns; i++)
        grid->cells[(r + 1) * grid->columns + i] =
        cell_text(json_object_get(row, text_of(grid->about[i], "name")), grid->about[i]);
    for (r = 0; r <= grid->rows; r++)
        for (i = 0; i < grid->columns; i++) {
            size_t width = text_width(grid->cells[r * grid->columns + i]);
            if (width > grid->widths[i])
                grid->widths[i] = width;
        }
}

static void grid_release(struct grid *grid)
{
    for (size_t i = 0; i < (grid->rows + 1) * grid->columns; i++)
        mem_free(grid->cells[i]);
    mem_free(grid->cells);
    mem_free(grid->widths);
    mem_free(grid->about);
}

/* ---- printing ---- */

static size_t screen_width(void)
{
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        return size.ws_col;
    long wanted = columns ? strtol(columns, NULL, 10) : 0;
    return wanted >= 40 && wanted <= 1000 ? (size_t)wanted : SCREEN_WIDTH;
}

static void print_spaces(size_t n)
{
    printf("%*s", (int)n, "");
}

static void print_cell(const struct grid *grid, size_t row, size_t column, bool last)
{
    const char *text = grid->cells[row * grid->columns + column];
    size_t fill = grid->widths[column] - text_width(text);
    if (is_number(grid->about[column]))
        print_spaces(fill);
    fputs(text, stdout);
    if (last)
        return;
    if (!is_number(grid->about[column]))
        print_spaces(fill);
    print_spaces(GAP);
}

/* The first column and those of [from, to). */
static void print_block(const struct grid *grid, size_t from, size_t to)
{
    for (size_t r = 0; r <= grid->rows; r++) {
        print_spaces(GAP);
        if (from > 0)
            print_cell(grid, r, 0, from == to);
        for (size_t i = from; i < to; i++)
            print_cell(grid, r, i, i + 1 == to);
        putchar('\n');
        if (r > 0)
            continue;
        size_t width = from > 0 ? grid->widths[0] + GAP : 0;
        for (size_t i = from; i < to; i++)
            width += grid->widths[i] + (i + 1 < to ? GAP : 0);
        print_spaces(GAP);
        for (size_t i = 0; i < width; i++)
            fputs("─", stdout);
        putchar('\n');
    }
}

static void print_cards(const struct grid *grid)
{
    size_t width = 0;
    for (size_t i = 0; i < grid->columns; i++)
        if (text_width(grid->cells[i]) > width)
            width = text_width(grid->cells[i]);
    for (size_t r = 1; r <= grid->rows; r++) {
        printf("%s  %s\n", r > 1 ? "\n" : "", grid->cells[r * grid->columns]);
        for (size_t i = 1; i < grid->columns; i++) {
            const char *text = grid->cells[r * grid->columns + i];
            print_spaces(2 * GAP);
            print_padded(grid->cells[i], width + GAP);
            print_spaces(is_number(grid->about[i]) && text_width(text) < 8 ? 8 - text_width(text)
                                                                           : 0);
            printf("%s\n", text);
        }
    }
}

static void print_grid(const struct grid *grid)
{
    size_t screen = screen_width(), width = GAP;
    for (size_t i = 0; i < grid->columns; i++)
        width += grid->widths[i] + GAP;
    if (width > screen + GAP && grid->rows <= CARDS_MAX) {
        print_cards(grid);
        return;
    }
    for (size_t from = 0, to; from < grid->columns; from = to) {
        width = GAP + (from > 0 ? grid->widths[0] + GAP : 0);
        for (to = from; to < grid->columns; to++) {
            width += grid->widths[to];
            if (to > from && width > screen)
                break;
            width += GAP;
        }
        if (from > 0)
            putchar('\n');
        print_block(grid, from, to);
    }
}

static void print_summary(const json_t *report)
{
    const json_t *summary = json_object_get(report, "summary"), *line;
    size_t i, width = 0;
    json_array_foreach(summary, i, line) if (text_width(text_of(line, "zh")) > width) width =
        text_width(text_of(line, "zh"));
    json_array_foreach(summary, i, line)
    {
        const json_t *value = json_object_get(line, "value");
        struct buf number;
        buf_init(&number, 4096);
        if (json_is_string(value))
            buf_put_str(&number, json_string_value(value));
        else if (!json_is_null(value))
            sheet_number(value, json_is_real(value) ? "percent" : "count", true, &number);
        print_spaces(GAP);
        print_padded(text_of(line, "zh"), width + GAP);
        size_t used = text_width(buf_cstr(&number));
        print_spaces(used < 7 ? 7 - used : 0);
        printf("%s", buf_cstr(&number));
        printf(*text_of(line, "note") ? "  %s\n" : "%s\n", text_of(line, "note"));
        buf_release(&number);
    }
    if (json_array_size(summary))
        putchar('\n');
}

/* The ledger whose time of this name is the oldest; those without are left out. */
static const json_t *oldest(const json_t *list, const char *name)
{
    const json_t *ledger, *found = NULL;
    size_t i;
    json_array_foreach(list, i, ledger)
    {
        const char *time = text_of(ledger, name);
        if (*time && (!found || strcmp(time, text_of(found, name)) < 0))
            found = ledger;
    }
    return found;
}

/* On what the figures stand: how many ledgers have reported, and which is behind. */
static void print_data(const json_t *report)
{
    const json_t *data = json_object_get(report, "data"), *list = json_object_get(data, "list");
    const json_t *synced = oldest(list, "last_sync"), *entered = oldest(list, "last_entry");
    long long ledgers = number_of(data, "ledgers"), silent = ledgers - number_of(data, "reported");
    char when[TIME_TEXT_SIZE];
    printf("  截至 %s。资料：%lld 个村级账本", text_of(report, "day"), ledgers);
    if (silent)
        printf("，其中 %lld 个还没有上报", silent);
    if (synced)
        printf("；%s %s", ledgers > 1 ? "最早的同步于" : "同步于",
               sheet_time(text_of(synced, "last_sync"), when));
    else
        printf("；还没有与县里同步过");
    if (entered && ledgers > 1)
        printf("；最久没有新记录的是%s，停在 %s", text_of(entered, "name"),
               sheet_time(text_of(entered, "last_entry"), when));
    printf("。\n");
}

static void print_report(const json_t *report)
{
    const json_t *rows = json_object_get(report, "rows"), *about;
    size_t total = json_array_size(rows), i;
    struct grid grid;
    printf("%s\n", text_of(report, "zh"));
    print_data(report);
    putchar('\n');
    print_summary(report);
    grid_fill(&grid, report);
    if (total)
        print_grid(&grid);
    else
        printf("  %s\n", text_of(report, "none"));
    if (total > grid.rows)
        printf("  还有 %zu 行；全部请写成文件：huce report %s --csv 文件.csv\n", total - grid.rows,
               text_of(report, "name"));
    grid_release(&grid);
    putchar('\n');
    json_array_foreach(json_object_get(report, "about"), i, about)
        printf("  %s%s\n", i ? "      " : "说明：", json_string_value(about));
}

/* With the county's own, where somebody has joined. */
static enum status print_list(struct cli *cli, struct error *err)
{
    json_t *list = NULL, *report, *about;
    struct desk *desk = NULL;
    size_t i, k;
    enum status st = desk_open(cli->folder, &desk, err);
    if (st == ST_OK || st == ST_NOT_FOUND)
        st = report_list(desk, &list, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_incref(list));
    } else if (st == ST_OK) {
        json_array_foreach(json_object_get(list, "reports"), i, report)
        {
            printf("  huce report %-14s %s%s\n", text_of(report, "name"), text_of(report, "zh"),
                   json_is_true(json_object_get(report, "county")) ? "（县里定义）" : "");
            json_array_foreach(json_object_get(report, "about"), k, about)
                printf("      %s\n", json_string_value(about));
        }
    }
    json_decref(list);
    desk_close(desk);
    return st;
}

static enum status write_file(struct cli *cli, struct desk *desk, const struct export *export,
                              const json_t *report, struct error *err)
{
    char *what = mem_printf("report %s", text_of(report, "name"));
    enum status st = export_write(cli, desk, export, report, what, NULL, err);
    mem_free(what);
    return st;
}

/* ---- fixed as it was ---- */

static enum status freeze(struct cli *cli, struct desk *desk, const json_t *report,
                          struct error *err)
{
    struct author author = {0};
    char hash[65];
    const struct report_freeze what = {.path = args_value(&cli->args, "freeze"),
                                       .asked_by = args_value(&cli->args, "asked-by"),
                                       .admission = args_value(&cli->args, "admission"),
                                       .keep_in = args_value(&cli->args, "keep-in")};
    enum status st = cli_author(cli, desk, &author, err);
    if (st == ST_OK)
        st = report_freeze(desk, &author, report, &what, hash, err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:s, s:s}", "file", what.path, "hash", hash));
    else if (st == ST_OK)
        printf("已存档：%s，%zu 行，写入 %s\n  指纹 %s（已签名登记，sha256sum 可核对）\n",
               text_of(report, "zh"), json_array_size(json_object_get(report, "rows")), what.path,
               hash);
    author_release(&author);
    return st;
}

static enum status verify(struct cli *cli, struct desk *desk, struct error *err)
{
    json_t *found = NULL;
    enum status st = report_verify(desk, args_value(&cli->args, "verify"),
                                   args_value(&cli->args, "as"), &found, err);
    const char *recount = text_of(found, "recount");
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(found));
    else if (st == ST_OK)
        printf("%s，截至 %s，%lld 行：%s 于 %s 存档%s，文件没有改过。\n  %s\n",
               text_of(found, "title"), text_of(found, "day"), number_of(found, "rows"),
               text_of(found, "by"), text_of(found, "made_at"),
               json_is_true(json_object_get(found, "confirmed")) ? "（县里已确认）" : "",
               strcmp(recount, "same") == 0 ? "由同样的账本重新计算，结果一样。"
               : strcmp(recount, "differs") == 0
                   ? "由同样的账本重新计算，结果不一样！"
                   : "不能重新计算：账本已经往前走，或者当时有没送出的改动。");
    if (st == ST_OK && strcmp(recount, "differs") == 0)
        st = error_set(err, ST_REFUSED, "存档的数字与账本重新算出的不符");
    json_decref(found);
    return st;
}

/* ---- the records behind a figure ---- */

static enum status detail(struct cli *cli, struct desk *desk, const struct report_ask *ask,
                          struct error *err)
{
    json_t *found = NULL;
    const json_t *one;
    size_t i;
    enum status st = report_detail(desk, cli->args.words[0], ask, args_value(&cli->args, "detail"),
                                   args_value(&cli->args, "unit"), &found, err);
    const json_t *records = json_object_get(found, "records");
    if (st == ST_OK && cli->json)
        cli_print_json(json_incref(found));
    else if (st == ST_OK) {
        json_array_foreach(records, i, one)
            printf("%s  %s  %s\n", text_of(one, "code"), text_of(one, "type"), text_of(one, "id"));
        printf("共 %zu 条；看一条：huce get 类型 编号\n", json_array_size(records));
    }
    json_decref(found);
    return st;
}

static enum status make(struct cli *cli, struct desk *desk, const struct report_ask *ask,
                        const struct export *export, struct error *err)
{
    json_t *report = NULL;
    const bool frozen = args_value(&cli->args, "freeze") != NULL;
    enum status st = report_run(desk, cli->args.words[0], ask, &report, err);
    if (st == ST_OK && export_wanted(export))
        st = write_file(cli, desk, export, report, err);
    if (st == ST_OK && frozen)
        st = freeze(cli, desk, report, err);
    else if (st == ST_OK && cli->json)
        cli_print_json(json_incref(report));
    else if (st == ST_OK && !export_wanted(export))
        print_report(report);
    json_decref(report);
    return st;
}

enum status cmd_report(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    struct export export;
    struct report_ask ask = {.ledger = args_value(&cli->args, "ledger"),
                             .day = args_value(&cli->args, "date"),
                             .month = args_value(&cli->args, "month"),
                             .as = args_value(&cli->args, "as")};
    const bool checks = args_value(&cli->args, "verify") != NULL;
    if (cli->args.word_count == 0 && !checks)
        return print_list(cli, err);
    enum status st = export_read(cli, &export, err);
    ask.whole = st == ST_OK && export.whole;
    if (st == ST_OK && ask.whole && args_value(&cli->args, "freeze"))
        st = error_set(err, ST_USAGE, "存档的报表总是遮盖的：--freeze 不能与 --unmask 同用");
    if (st == ST_OK)
        st = cli_desk(cli, &desk, err);
    if (st == ST_OK && checks)
        st = verify(cli, desk, err);
    else if (st == ST_OK && args_value(&cli->args, "detail"))
        st = detail(cli, desk, &ask, err);
    else if (st == ST_OK)
        st = make(cli, desk, &ask, &export, err);
    desk_close(desk);
    return st;
}
