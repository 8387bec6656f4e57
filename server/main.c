/* SPDX-License-Identifier: MulanPSL-2.0 */
/* main: finds the command, runs it, prints its error once, makes the exit code. */
#include "server/cmd/cmd.h"

#include "shared/crypto/hash.h"

#include <stdio.h>
#include <sys/stat.h>

static void print_help(FILE *to)
{
    fputs("用法: huced 命令 [选项]\n\n", to);
    for (const struct command *c = commands; c->name; c++)
        fprintf(to, "  huced %s\n", c->usage);
    fputs("\n共同选项: --data 目录（或 $HUCE_DATA，默认 /var/lib/huced）  --json  --pin-file 文件\n"
          "退出码: 0 成功  1 未通过或被拒绝  2 用法有误  3 连不上对方  4 数据损坏\n",
          to);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error err = {0};
    const struct command *command = commands;
    enum status st;

    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        print_help(argc < 2 ? stderr : stdout);
        return argc < 2 ? status_exit_code(ST_USAGE) : 0;
    }
    while (command->name && strcmp(command->name, argv[1]) != 0)
        command++;
    if (!command->name) {
        fprintf(stderr, "huced: 没有命令 %s\n\n", argv[1]);
        print_help(stderr);
        return status_exit_code(ST_USAGE);
    }
    umask(077); /* whatever it writes is the county's alone, unless a file's own mode says otherwise
                 */
    crypto_init();
    st = options_read(argc - 2, argv + 2, command->specs, &options, &err);
    if (st == ST_OK)
        st = command->run(&options, &err);
    if (fflush(stdout) != 0 && st == ST_OK)
        st = error_set(&err, ST_IO, "输出写不出去");
    if (st != ST_OK && err.text[0])
        fprintf(stderr, "huced: %s\n", err.text);
    if (st == ST_USAGE)
        fprintf(stderr, "用法: huced %s\n", command->usage);
    return status_exit_code(st);
}
