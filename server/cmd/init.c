/* SPDX-License-Identifier: MulanPSL-2.0 */
/* init: huced init: makes the county. */
#include "server/cmd/cmd.h"
#include "server/core/server.h"

#include "shared/base/file.h"
#include "shared/base/random.h"
#include "shared/codec/hex.h"
#include "shared/crypto/keyfile.h"

#include <stdio.h>

#define PIN_BYTES 15
#define KEY_FILE_MAX 4096

const struct option_spec cmd_init_options[] = {
    {"county", true}, {"name", true}, {"authority", true}, {"store", true}, {"url", true}, {0}};

/* 24 letters and digits in groups of four: typed once in a lifetime, from paper. */
static void make_pin(struct buf *pin)
{
    uint8_t bytes[PIN_BYTES];
    struct buf text;
    buf_init(&text, 64);
    buf_init(pin, 64);
    random_bytes(bytes, sizeof(bytes));
    base32_encode(slice_of(bytes, sizeof(bytes)), &text);
    for (size_t i = 0; i < text.n; i++) {
        if (i > 0 && i % 4 == 0)
            buf_put_u8(pin, '-');
        buf_put_u8(pin, text.p[i]);
    }
    secret_wipe(bytes, sizeof(bytes));
    buf_release(&text);
}

/* By this everybody knows the county from now on (FORMAT.md §2). */
static enum status print_fingerprint(const char *folder, struct error *err)
{
    char *path = file_join(folder, "root.key"), hex[2 * HASH_SIZE + 1];
    struct sign_public root;
    struct hash kid;
    struct buf file;
    enum status st = file_read(path, KEY_FILE_MAX, &file, err);
    if (st == ST_OK)
        st = keyfile_decode("root", buf_slice(&file), SLICE_NONE, NULL, &root, err);
    if (st == ST_OK) {
        sign_kid(&root, &kid);
        hex_encode(hash_slice(&kid), hex);
        printf("根公钥指纹（请公布，核对证明时要用）: %s\n", hex);
    }
    buf_release(&file);
    mem_free(path);
    return st;
}

enum status cmd_init(const struct options *options, struct error *err)
{
    const char *store = options_get(options, "store");
    struct server_plan plan = {.folder = options_data(options),
                               .code = options_get(options, "county"),
                               .name = options_get(options, "name"),
                               .authority = options_get(options, "authority"),
                               .url = options_get(options, "url")};
    char authority[DIVISION_CODE_SIZE + 16], code[DIVISION_CODE_SIZE + 1];
    struct buf pin;
    bool found = false;

    enum status st = expect_words(options, 0, 0, "", err);
    if (st != ST_OK)
        return st;
    if (!plan.code || !plan.name || !*plan.name)
        return error_set(err, ST_USAGE, "缺少 --county 或 --name");
    if (store && strcmp(store, "sqlite") != 0)
        return error_set(err, ST_USAGE, "--store %s 在此版本中不可用，目前只支持 sqlite", store);
    if (strlen(plan.code) == 6) { /* people write 622924 */
        snprintf(code, sizeof(code), "%s000000", plan.code);
        plan.code = code;
    }
    if (!division_code_valid(slice_str(plan.code)))
        return error_set(err, ST_USAGE, "--county %s 应为 6 位或 12 位区划代码", plan.code);
    if (!plan.authority) {
        snprintf(authority, sizeof(authority), "%.6s.huce", plan.code);
        plan.authority = authority;
    }
    st = options_pin(options, &pin, &found, err);
    if (st == ST_OK && !found)
        make_pin(&pin);
    plan.root_pin = buf_slice(&pin);
    if (st == ST_OK)
        st = server_found(&plan, err);
    if (st == ST_OK) {
        printf("%s 已建立: %s/%s\n数据目录: %s\n", plan.name, plan.authority, plan.code,
               plan.folder);
        if (!found)
            printf("根密钥口令（只显示这一次，请抄在纸上与 root.key 一起锁好）: %s\n",
                   buf_cstr(&pin));
        st = print_fingerprint(plan.folder, err);
        printf("请把 %s/root.key 和 recovery.key 移到 U 盘离线保存，日常工作不需要它们；"
               "recovery.key 能打开本县每台加密的电脑，与根密钥同一个口令。\n",
               plan.folder);
    }
    if (pin.p)
        secret_wipe(pin.p, pin.n);
    buf_release(&pin);
    return st;
}
