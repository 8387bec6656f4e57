/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * heads: see heads.h. Lines are only ever added, and of one ledger the longest counts, so the order
 * in which processes write does not matter.
 */
#include "server/core/heads.h"

#include "shared/base/check.h"
#include "shared/base/diag.h"
#include "shared/base/file.h"
#include "shared/codec/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK_DIGITS 8
#define LINE_MAX_BYTES (ORIGIN_MAX + 20 + 2 * HASH_SIZE + CHECK_DIGITS + 8)
#define REWRITE_BYTES (1024 * 1024) /* the file is written anew when it is longer at the start */

/* ---- lines ---- */

static void check_of(struct slice text, char out[static CHECK_DIGITS + 1])
{
    struct hash hash;
    char hex[2 * HASH_SIZE + 1];
    hash_bytes(text, &hash);
    hex_encode(hash_slice(&hash), hex);
    memcpy(out, hex, CHECK_DIGITS);
    out[CHECK_DIGITS] = 0;
}

/* text with its blank at the end */
static void put_line(struct buf *out, const char *text)
{
    char check[CHECK_DIGITS + 1];
    check_of(slice_str(text), check);
    buf_printf(out, "%s%s\n", text, check);
}

static void put_head(struct buf *out, const struct head *head)
{
    char line[LINE_MAX_BYTES], root[2 * HASH_SIZE + 1];
    hex_encode(hash_slice(&head->root), root);
    snprintf(line, sizeof(line), "%s %" PRIu64 " %s ", head->origin.text, head->size, root);
    put_line(out, line);
}

static void put_event(struct buf *out, const char *word, int64_t now_ms)
{
    char line[LINE_MAX_BYTES];
    snprintf(line, sizeof(line), "! %s %" PRId64 " ", word, now_ms);
    put_line(out, line);
}

/* Where the ledger's head stands, or would stand. */
static size_t place_of(const struct heads *heads, const struct origin *origin)
{
    size_t low = 0, high = heads->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (strcmp(heads->items[mid].origin.text, origin->text) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

const struct head *heads_find(const struct heads *heads, const struct origin *origin)
{
    size_t i = place_of(heads, origin);
    return i < heads->count && strcmp(heads->items[i].origin.text, origin->text) == 0
               ? &heads->items[i]
               : NULL;
}

static void remember(struct heads *heads, const struct head *head)
{
    size_t i = place_of(heads, &head->origin);
    const struct head *known = heads_find(heads, &head->origin);
    if (known && head->size <= known->size)
        return;
    if (!known) {
        heads->items =
            mem_grow(heads->items, &heads->capacity, heads->count + 1, sizeof(heads->items[0]));
        memmove(&heads->items[i + 1], &heads->items[i],
                (heads->count - i) * sizeof(heads->items[0]));
        heads->count++;
    }
    heads->items[i] = *head;
}

static bool parse_head(char *line, struct head *out)
{
    char *size = strchr(line, ' '), *root = size ? strchr(size + 1, ' ') : NULL, *end;
    if (!root || size[1] < '0' || size[1] > '9')
        return false;
    *out = (struct head){0};
    *size++ = 0;
    *root++ = 0;
    out->size = strtoull(size, &end, 10);
    return !*end && origin_parse(slice_str(line), &out->origin) &&
           hex_decode(slice_str(root), out->root.b, HASH_SIZE);
}

/* A line without its end of line. False: it is torn, or no line of ours. */
static bool take_line(struct heads *heads, struct slice line)
{
    char text[LINE_MAX_BYTES], check[CHECK_DIGITS + 1];
    struct head head;
    if (line.n <= CHECK_DIGITS + 1 || line.n >= sizeof(text))
        return false;
    size_t n = line.n - CHECK_DIGITS;
    check_of(slice_of(line.p, n), check);
    if (memcmp(line.p + n, check, CHECK_DIGITS) != 0 || line.p[n - 1] != ' ')
        return false;
    memcpy(text, line.p, n - 1);
    text[n - 1] = 0;
    if (strncmp(text, "! restored ", 11) == 0)
        heads->restored_ms = strtoll(text + 11, NULL, 10);
    else if (strncmp(text, "! confirmed ", 12) == 0)
        heads->restored_ms = 0;
    else if (parse_head(text, &head))
        remember(heads, &head);
    else
        return false;
    return true;
}

static void take_lines(struct heads *heads, struct slice text)
{
    size_t torn = 0;
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end ? (size_t)(end - text.p) : text.n;
        torn += !end || !take_line(heads, slice_of(text.p, n));
        n += end != NULL;
        text.p += n;
        text.n -= n;
    }
    if (torn)
        diag_info("heads", "%zu torn lines passed over", torn);
}

/* ---- the file ---- */

static void make_short(void *arg, struct slice old, struct buf *out)
{
    struct heads now = {0};
    (void)arg;
    take_lines(&now, old);
    for (size_t i = 0; i < now.count; i++)
        put_head(out, &now.items[i]);
    if (now.restored_ms)
        put_event(out, "restored", now.restored_ms);
    mem_free(now.items);
}

static enum status append(struct heads *heads, const struct buf *lines, struct error *err)
{
    CHECK(buf_ok(lines));
    enum status st = heads_file_append(heads->path, buf_slice(lines), err);
    heads->mark = heads_file_mark(heads->path);
    return st;
}

enum status heads_open(struct heads *heads, const char *folder, bool expected, int64_t now_ms,
                       struct error *err)
{
    struct buf text, lines;
    *heads = (struct heads){.path = file_join(folder, "heads")};
    heads->mark = heads_file_mark(heads->path);
    enum status st = heads_file_read(heads->path, &text, err);
    if (st == ST_OK) {
        take_lines(heads, buf_slice(&text));
        /* Also a torn end, which would swallow the line that comes behind it. */
        if (text.n > REWRITE_BYTES || (text.n > 0 && text.p[text.n - 1] != '\n'))
            st = heads_file_rewrite(heads->path, make_short, NULL, err);
    } else if (st == ST_NOT_FOUND) {
        st = ST_OK;
        if (expected) {
            diag_warn("heads", "no %s beside the database: it comes from a backup", heads->path);
            buf_init(&lines, LINE_MAX_BYTES);
            put_event(&lines, "restored", now_ms);
            st = append(heads, &lines, err);
            heads->restored_ms = now_ms;
            buf_release(&lines);
        }
    }
    buf_release(&text);
    return st;
}

void heads_release(struct heads *heads)
{
    mem_free(heads->path);
    mem_free(heads->items);
    *heads = (struct heads){0};
}

static bool is_held(struct replica *rep, const struct head *head)
{
    const struct registry *reg = &rep->registry;
    struct origin line;
    const uint32_t epoch = origin_epoch(&head->origin, &line);
    struct ledger *ledger = replica_ledger(rep, &line);
    struct hash root;
    if (!ledger || epoch > ledger->epoch)
        return false;
    if (epoch < ledger->epoch &&
        head->size > epoch_kept(reg->epochs, reg->epoch_count, &line, epoch))
        return true; /* declared lost: nobody waits for it any more */
    return replica_root_at(rep, ledger, head->size, &root) && hash_equal(&root, &head->root);
}

enum status heads_look(struct heads *heads, struct replica *rep, struct error *err)
{
    uint64_t mark = heads_file_mark(heads->path);
    if (mark != heads->mark) {
        struct buf text;
        enum status st = heads_file_read(heads->path, &text, err);
        if (st == ST_OK) { /* which says all, and less where something was given up */
            heads->count = 0;
            heads->restored_ms = 0;
            take_lines(heads, buf_slice(&text));
            heads->looked = heads->noted = 0;
            for (size_t i = 0; i < rep->ledger_count; i++)
                rep->ledgers[i]->noted = 0;
        }
        buf_release(&text);
        if (st != ST_OK && st != ST_NOT_FOUND)
            return st;
        heads->mark = mark;
    }
    if (heads->looked == rep->growth)
        return ST_OK;
    heads->behind = false;
    for (size_t i = 0; i < heads->count; i++) {
        struct head *head = &heads->items[i];
        if (!head->held)
            head->held = is_held(rep, head);
        heads->behind |= !head->held;
    }
    heads->looked = rep->growth;
    return ST_OK;
}

static void head_of(const struct ledger *ledger, struct head *out)
{
    *out = (struct head){.size = ledger->tree.size, .root = ledger->root, .held = true};
    replica_signed_name(ledger, &out->origin);
}

enum status heads_note(struct heads *heads, struct replica *rep, struct error *err)
{
    struct buf lines;
    struct head head;
    enum status st = ST_OK;
    if (heads->noted == rep->growth)
        return ST_OK;
    buf_init(&lines, HEADS_FILE_MAX);
    for (size_t i = 0; i < rep->ledger_count; i++) {
        struct ledger *ledger = rep->ledgers[i];
        if (ledger->tree.size <= ledger->noted)
            continue;
        head_of(ledger, &head);
        const struct head *known = heads_find(heads, &head.origin);
        if (known && ledger->tree.size <= known->size)
            ledger->noted = known->size;
        else
            put_head(&lines, &head);
    }
    if (lines.n > 0)
        st = append(heads, &lines, err);
    for (size_t i = 0; st == ST_OK && lines.n > 0 && i < rep->ledger_count; i++) {
        struct ledger *ledger = rep->ledgers[i];
        if (ledger->tree.size <= ledger->noted)
            continue;
        head_of(ledger, &head);
        remember(heads, &head);
        ledger->noted = ledger->tree.size;
    }
    if (st == ST_OK)
        heads->noted = rep->growth;
    buf_release(&lines);
    return st;
}

enum status heads_add(struct heads *heads, const struct checkpoint *signed_head, struct error *err)
{
    const struct head head = {signed_head->origin, signed_head->size, signed_head->root, false};
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    put_head(&line, &head);
    enum status st = append(heads, &line, err);
    if (st == ST_OK)
        remember(heads, &head);
    heads->looked = 0;
    buf_release(&line);
    return st;
}

enum status heads_confirm(struct heads *heads, int64_t now_ms, struct error *err)
{
    struct buf line;
    buf_init(&line, LINE_MAX_BYTES);
    put_event(&line, "confirmed", now_ms);
    enum status st = append(heads, &line, err);
    if (st == ST_OK)
        heads->restored_ms = 0;
    buf_release(&line);
    return st;
}

static void make_held(void *arg, struct slice old, struct buf *out)
{
    const struct heads *known = arg;
    (void)old;
    for (size_t i = 0; i < known->count; i++)
        if (known->items[i].held)
            put_head(out, &known->items[i]);
    put_event(out, "restored", known->restored_ms);
}

enum status heads_give_up(struct heads *heads, int64_t now_ms, struct error *err)
{
    struct heads left = *heads;
    left.restored_ms = now_ms;
    return heads_file_rewrite(heads->path, make_held, &left, err);
}
