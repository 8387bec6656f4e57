/* SPDX-License-Identifier: MulanPSL-2.0 */
/* evidence: see evidence.h. */
#include "agent/core/evidence.h"

#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"

#define EVIDENCE_MAX (256u * 1024 * 1024)

struct writing {
    struct desk *desk;
    struct ledger *ledger;
    const struct sign_public *log_key; /* NULL: not known here */
    struct buf text;
};

/* The log key as signed-note tools take it: name+id+base64(type ‖ key). */
static void put_verifier(struct writing *w)
{
    static const uint8_t newline_type[] = {'\n', 0x01};
    const struct origin *origin = &w->ledger->origin;
    uint8_t typed[33] = {0x01};
    struct hash id;
    char hex[9];
    memcpy(typed + 1, w->log_key->b, 32);
    hash_parts(slice_str(origin->text), slice_of(newline_type, 2), slice_of(w->log_key->b, 32),
               &id);
    hex_encode(slice_of(id.b, 4), hex);
    buf_printf(&w->text, "%s+%s+", origin->text, hex);
    base64_encode(slice_of(typed, sizeof(typed)), &w->text);
    buf_put_u8(&w->text, '\n');
}

static void put_head(struct writing *w, const char *title)
{
    char root[2 * HASH_SIZE + 1], now[TIME_TEXT_SIZE];
    hex_encode(hash_slice(&w->desk->rep->root_kid), root);
    time_format_cst(time_now_ms(), now);
    buf_printf(&w->text,
               "%s\n\n账本：%s\n发现时间：%s（本机时钟）\n"
               "县根公钥指纹：%s\n县里签账本头的公钥（signed-note 格式）：\n",
               title, w->ledger->origin.text, now, root);
    if (w->log_key)
        put_verifier(w);
    else
        buf_put_str(&w->text, "（本机还不知道）\n");
}

static bool opens(const struct writing *w, struct slice text, struct checkpoint *out)
{
    return text.n && replica_open_kept(w->desk->rep, w->ledger, text, out, NULL) == ST_OK;
}

/* What the two heads together mean. */
static void put_conclusion(struct writing *w, struct slice shown)
{
    struct checkpoint now;
    struct hash here;
    buf_put_str(&w->text, "\n三、结论\n");
    if (!opens(w, shown, &now)) {
        buf_put_str(&w->text, "县里这次没有给出它签名的账本头，只说它的历史与本机不同。"
                              "第一份仍然证明县里签过本机持有的历史。\n");
        return;
    }
    bool short_of_ours = replica_root_at(w->desk->rep, w->ledger, now.size, &here);
    if (short_of_ours && hash_equal(&here, &now.root))
        buf_printf(&w->text,
                   "两份都由同一把公钥签名。县里这次的账本只有 %llu 项，少于它签过的 %llu 项："
                   "后面的项被县里丢掉了（例如用旧备份恢复）。\n",
                   (unsigned long long)now.size, (unsigned long long)w->ledger->tree.size);
    else if (short_of_ours)
        buf_printf(&w->text,
                   "两份都由同一把公钥签名，前 %llu 项却不相同：县里改写了历史，或给不同的人看了"
                   "不同的历史。由下面各项可以算出第一份的根，算不出第二份的根。\n",
                   (unsigned long long)now.size);
    else
        buf_printf(
            &w->text,
            "两份都由同一把公钥签名。县里说本机的前 %llu 项与它的不同；它这次的账本有 %llu "
            "项。若它拿不出从第一份到第二份的一致性证明（RFC 9162 §2.1.4），就是改写了历史。\n",
            (unsigned long long)w->ledger->tree.size, (unsigned long long)now.size);
}

static void put_leaves(struct writing *w)
{
    struct stmt *stmt = db_stmt(w->desk->db, "SELECT id, admitted_ms, registry_size FROM leaf"
                                             " WHERE ledger = ?1 ORDER BY idx");
    bool row;
    bind_int(stmt, 1, w->ledger->no);
    while (stmt_step(stmt, &row, NULL) == ST_OK && row) {
        struct leaf leaf = {.admitted_ms = stmt_int(stmt, 1),
                            .registry_size = (uint64_t)stmt_int(stmt, 2)};
        uint8_t data[LEAF_DATA_SIZE];
        char hex[2 * LEAF_DATA_SIZE + 1];
        if (stmt_blob(stmt, 0).n != HASH_SIZE || leaf.admitted_ms < 0)
            break;
        memcpy(leaf.id.b, stmt_blob(stmt, 0).p, HASH_SIZE);
        leaf_encode(&leaf, data);
        hex_encode(slice_of(data, sizeof(data)), hex);
        buf_printf(&w->text, "%s\n", hex);
    }
    stmt_reset(stmt);
}

static void put_all(struct writing *w, struct slice shown)
{
    struct arena arena = {0};
    struct slice own = replica_checkpoint(w->desk->rep, w->ledger, &arena);
    put_head(w, "县级账本先后给出两份接不上的历史");
    buf_put_str(&w->text, "\n一、县里以前签的账本头，本机核对过\n-----\n");
    buf_put_slice(&w->text, own);
    buf_put_str(&w->text, "-----\n\n二、县里这次给出的账本头\n-----\n");
    if (shown.n)
        buf_put_slice(&w->text, shown);
    else
        buf_put_str(&w->text, "（没有给出）\n");
    buf_put_str(&w->text, "-----\n");
    put_conclusion(w, shown);
    buf_put_str(&w->text,
                "\n四、怎样核对\n两段横线之间是原文，用 Go 的 sumdb/note 或任何 signed-note "
                "程序和上面的公钥打开。\n下面每行是账本的一项（十六进制，48 字节）；按 RFC 9162 "
                "§2.1 用 SHA-256 算树，得到第一份的根。\n\n五、本机持有的各项\n");
    put_leaves(w);
    arena_release(&arena);
}

static bool is_written(struct writing *w, const char *folder, const char *path)
{
    const bool good = buf_ok(&w->text) && file_make_folder(folder, 0700, NULL) == ST_OK &&
                      file_replace(path, buf_slice(&w->text), 0600, NULL) == ST_OK;
    buf_release(&w->text);
    return good;
}

void evidence_write(struct desk *desk, struct ledger *ledger, struct slice shown, char **path)
{
    const struct registry *registry = &desk->rep->registry;
    struct writing w = {
        .desk = desk, .ledger = ledger, .log_key = registry_log_key(registry, registry->size)};
    char *folder = file_join(desk->folder, "evidence");
    *path = mem_printf("%s/%.12s-%lld.txt", folder, origin_code(&ledger->origin),
                       (long long)time_now_ms());
    buf_init(&w.text, EVIDENCE_MAX);
    put_all(&w, shown);
    if (!is_written(&w, folder, *path)) {
        diag_error("sync", "cannot write the evidence of two histories");
        mem_free(*path);
        *path = NULL;
    }
    mem_free(folder);
}

static void put_hex(struct writing *w, struct slice bytes)
{
    char *hex = mem_alloc(2 * bytes.n + 1);
    hex_encode(bytes, hex);
    buf_printf(&w->text, "%s\n", hex);
    mem_free(hex);
}

static void put_breach(struct writing *w, const struct evidence_breach *what)
{
    put_head(w, "县级账本收进了按它自己的规则不许收的改动");
    buf_printf(&w->text, "\n一、不许的是什么\n%s\n\n二、县里签的账本头，它包括这一项\n-----\n",
               what->text);
    if (what->head.n)
        buf_put_slice(&w->text, what->head);
    else
        buf_put_str(&w->text, "（没有给出）\n");
    buf_printf(&w->text, "-----\n\n三、这组改动（十六进制，%s）\n",
               what->is_segment ? "照它传来的样子，见 PROTOCOL.md" : "COSE_Sign1，见 FORMAT.md");
    put_hex(w, what->bytes);
    buf_printf(&w->text,
               "\n四、怎样核对\n两段横线之间是原文，用 Go 的 sumdb/note 或任何 signed-note "
               "程序和上面的公钥打开。\n下面每行是账本的一项（十六进制，48 字节：标识、接收时间、"
               "接收时登记账本的大小），从第 0 项数起；按 RFC 9162 §2.1 用 SHA-256 算树，得到账本"
               "的根。\n第 %llu 项%s。登记账本到那时为止的内容，县里公开在 /log/ 下。\n\n"
               "五、本机持有的各项\n",
               (unsigned long long)what->leaf,
               what->is_segment ? "就是上面这组改动，本机核对不了，没有存进账本，各项到它前面为止"
                                : "的标识是上面这组改动的 SHA-256");
    put_leaves(w);
}

void evidence_breach_write(struct desk *desk, struct ledger *ledger,
                           const struct evidence_breach *what, char **path)
{
    const struct registry *registry = &desk->rep->registry;
    struct writing w = {
        .desk = desk, .ledger = ledger, .log_key = registry_log_key(registry, registry->size)};
    char *folder = file_join(desk->folder, "evidence");
    *path = mem_printf("%s/%.12s-leaf%llu-%lld.txt", folder, origin_code(&ledger->origin),
                       (unsigned long long)what->leaf, (long long)time_now_ms());
    buf_init(&w.text, EVIDENCE_MAX);
    put_breach(&w, what);
    if (!is_written(&w, folder, *path)) {
        diag_error("sync", "cannot write the evidence of a forbidden admission");
        mem_free(*path);
        *path = NULL;
    }
    mem_free(folder);
}

void evidence_snapshot_write(struct desk *desk, struct ledger *ledger, struct slice note,
                             struct slice head, const struct hash *comes_to, char **path)
{
    const struct registry *registry = &desk->rep->registry;
    struct writing w = {
        .desk = desk, .ledger = ledger, .log_key = registry_log_key(registry, registry->size)};
    char *folder = file_join(desk->folder, "evidence");
    *path = mem_printf("%s/%.12s-snapshot-%lld.txt", folder, origin_code(&ledger->origin),
                       (long long)time_now_ms());
    buf_init(&w.text, EVIDENCE_MAX);
    put_head(&w, "县里签过一份与账本不符的资料快照");
    buf_put_str(&w.text, "\n一、县里为这份快照签的字\n-----\n");
    buf_put_slice(&w.text, note);
    buf_put_str(&w.text, "-----\n\n二、快照所说的账本头，也是县里签的\n-----\n");
    buf_put_slice(&w.text, head);
    buf_put_str(&w.text, "-----\n\n三、不符之处\n");
    if (comes_to) {
        buf_put_str(&w.text, "账本的这些项按规则算出来的资料，其 SHA-256（base64）是\n");
        base64_encode(hash_slice(comes_to), &w.text);
        buf_put_str(&w.text, "\n而不是上面第五行所签的。\n");
    } else {
        buf_put_str(&w.text, "快照里说的各项由谁所写、在链上的位置，与各项的内容不同。\n");
    }
    buf_put_str(&w.text,
                "\n四、怎样核对\n两段横线之间是原文，用 Go 的 sumdb/note 或任何 signed-note "
                "程序和上面的公钥打开。\n用任何一份完整的副本，把账本的这些项重算一遍"
                "（huce rebuild --check），比较摘要（PROTOCOL.md §8c）。\n下面每行是账本的"
                "一项（十六进制，48 字节）；按 RFC 9162 §2.1 用 SHA-256 算树，得到账本头里"
                "的根。\n\n五、本机持有的各项\n");
    put_leaves(&w);
    if (!is_written(&w, folder, *path)) {
        diag_error("sync", "cannot write the evidence of a false snapshot");
        mem_free(*path);
        *path = NULL;
    }
    mem_free(folder);
}
