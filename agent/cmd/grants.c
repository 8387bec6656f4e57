/* SPDX-License-Identifier: MulanPSL-2.0 */
/* huce grants: all that the county has granted in the names of this desk's people. */
#include <stdio.h>

#include "agent/cmd/cmd.h"
#include "agent/core/grants.h"

static const char *text(const json_t *grant, const char *name)
{
    const char *value = json_string_value(json_object_get(grant, name));
    return value ? value : "";
}

static const char *state_words(const char *state)
{
    static const struct {
        const char *state, *zh;
    } words[] = {{"active", "有效"},
                 {"expired", "已到期"},
                 {"replaced", "已由新的授权代替"},
                 {"revoked", "已撤销"}};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (strcmp(words[i].state, state) == 0)
            return words[i].zh;
    return state;
}

static void print_grant(const json_t *grant)
{
    const bool device = strcmp(text(grant, "kind"), "device") == 0;
    const json_t *scope;
    char when[TIME_TEXT_SIZE];
    size_t i;
    printf("%s  %.16s  %s%s  %s", text(grant, "name"), text(grant, "kid"),
           device ? "电脑" : text(grant, "role"),
           json_is_true(json_object_get(grant, "here")) ? "（这台）" : "（别的电脑）",
           state_words(text(grant, "state")));
    json_array_foreach(json_object_get(grant, "scopes"), i, scope)
        printf(" %s", json_string_value(scope));
    time_text_cst(text(grant, "granted"), when);
    printf("\n    %s %.16s 授权", text(grant, "by"), when);
    if (*text(grant, "expires")) {
        time_text_cst(text(grant, "expires"), when);
        printf("，有效到 %.10s", when);
    }
    if (*text(grant, "revoked")) {
        time_text_cst(text(grant, "revoked"), when);
        printf("；%s %.16s 撤销，之前的工作认到 %lld 条链的末尾", text(grant, "revoked_by"), when,
               (long long)json_integer_value(json_object_get(grant, "cut")));
    }
    putchar('\n');
}

enum status cmd_grants(struct cli *cli, struct error *err)
{
    struct desk *desk = NULL;
    json_t *grants = NULL, *grant;
    size_t i;
    enum status st = cli_desk(cli, &desk, err);
    if (st == ST_OK)
        st = grants_list(desk, &grants, err);
    if (st == ST_OK && cli->json) {
        cli_print_json(json_pack("{s:O}", "grants", grants));
    } else if (st == ST_OK) {
        json_array_foreach(grants, i, grant) print_grant(grant);
        printf(json_array_size(grants) ? "有不是您本人要的，请马上找县里\n"
                                       : "本机还没有收到授权：请先联网运行 huce sync\n");
    }
    json_decref(grants);
    desk_close(desk);
    return st;
}
