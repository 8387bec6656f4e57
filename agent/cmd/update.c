/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * huce update: another build of this program: from the county, or `take` from a stick; `apply` with
 * --yes puts it in place, `rollback` puts the one before back.   huce version
 */
#include "agent/core/update.h"

#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "shared/base/version.h"

#define USAGE "huce update [fetch | take 文件 | apply --yes | rollback --yes] [--program 程序文件]"

enum status cmd_version(struct cli *cli, struct error *err)
{
    (void)err;
    if (cli->json)
        cli_print_json(json_pack("{s:s, s:I, s:s}", "version", huce_version, "release",
                                 (json_int_t)huce_release, "platform", huce_platform));
    else
        printf("huce %s (%llu) %s\n", huce_version, (unsigned long long)huce_release,
               huce_platform);
    return ST_OK;
}

static void show(const struct cli *cli, const struct update *u, bool applied)
{
    if (cli->json) {
        cli_print_json(json_pack("{s:s, s:s, s:I, s:b, s:s%}", "now", huce_version, "version",
                                 u->release.version, "release", (json_int_t)u->release.number,
                                 "applied", applied, "notes", (const char *)u->release.notes.p,
                                 u->release.notes.n));
        return;
    }
    printf("现在是 %s，更新是 %s，本县签发，已核对\n", huce_version, u->release.version);
    if (u->release.notes.n)
        printf("%.*s\n", (int)u->release.notes.n, (const char *)u->release.notes.p);
    if (applied)
        printf("已换上；下次启动就是新的。有问题可以换回：huce update rollback --yes\n");
    else
        printf("要换上请运行：huce update apply --yes\n");
}

static enum status get(struct cli *cli, struct desk *desk, struct error *err)
{
    const bool takes = strcmp(cli->args.words[0], "take") == 0;
    struct update u;
    enum status st =
        takes ? update_take(desk, cli->args.words[1], &u, err) : update_fetch(desk, &u, err);
    if (st == ST_OK)
        show(cli, &u, false);
    update_release(&u);
    return st;
}

static enum status do_list(struct cli *cli, struct desk *desk, struct error *err)
{
    struct update u;
    enum status st = update_ready(desk, &u, err);
    if (st == ST_OK)
        show(cli, &u, false);
    else if (st == ST_NOT_FOUND && cli->json)
        cli_print_json(json_pack("{s:s, s:n}", "now", huce_version, "version"));
    else if (st == ST_NOT_FOUND)
        printf("现在是 %s，没有等着装的更新；向县里取：huce update fetch\n", huce_version);
    update_release(&u);
    return st == ST_NOT_FOUND ? ST_OK : st;
}

static enum status apply(struct cli *cli, struct desk *desk, struct error *err)
{
    struct update u;
    enum status st = update_ready(desk, &u, err);
    if (st == ST_OK && !args_flag(&cli->args, "yes"))
        st = error_set(err, ST_USAGE, "要把 %s 换成 %s，请加 --yes", huce_version,
                       u.release.version);
    if (st == ST_OK)
        st = update_apply(desk, args_value(&cli->args, "program"), &u, err);
    if (st == ST_OK)
        show(cli, &u, true);
    update_release(&u);
    return st;
}

static enum status rollback(struct cli *cli, struct desk *desk, struct error *err)
{
    (void)desk;
    if (!args_flag(&cli->args, "yes"))
        return error_set(err, ST_USAGE, "要换回更早的程序，请加 --yes");
    enum status st = update_back(args_value(&cli->args, "program"), err);
    if (st == ST_OK && cli->json)
        cli_print_json(json_pack("{s:b}", "back", true));
    else if (st == ST_OK)
        printf("已换回更早的程序；下次启动就是它\n");
    return st;
}

enum status cmd_update(struct cli *cli, struct error *err)
{
    static const struct verb verbs[] = {{"list", 1, 1, do_list},
                                        {"fetch", 1, 1, get},
                                        {"take", 2, 2, get},
                                        {"apply", 1, 1, apply},
                                        {"rollback", 1, 1, rollback}};
    return cli_verbs(cli, verbs, ARRAY_LENGTH(verbs), USAGE, err);
}
