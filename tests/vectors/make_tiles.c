/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * make_tiles FOLDER: what an auditor finds below /log/<code>/ of a ledger that has grown, as files:
 * every tile and bundle of entries of 70,000 leaves (three levels of them), the checkpoint there
 * and an older one. The leaves are made up; nothing but the tree is looked at.
 */
#include <stdio.h>

#include "shared/base/check.h"
#include "shared/base/file.h"
#include "shared/codec/framing.h"
#include "shared/codec/hex.h"
#include "shared/db/tree.h"
#include "tests/harness/world.h"

#define LEAVES 70000
#define OLDER 66049

#define MUST(call)                                          \
    do {                                                    \
        struct error must_error = {0};                      \
        struct error *err = &must_error;                    \
        if ((call) != ST_OK)                                \
            check_failed(must_error.text, __LINE__, #call); \
    } while (0)

static struct world w;
static struct ledger *ledger;
static struct tree_blocks blocks;
static const char *folder;

static void store(const char *name, struct slice content)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    *strrchr(path, '/') = 0;
    MUST(file_make_folder(path, 0755, err));
    path[strlen(path)] = '/';
    FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(content.p, 1, content.n, file) == content.n && fclose(file) == 0);
}

static void store_checkpoint(const char *name)
{
    struct checkpoint head = {ledger->origin, ledger->tree.size, {{0}}};
    struct buf text;
    merkle_root(&ledger->tree, &head.root);
    buf_init(&text, CHECKPOINT_MAX);
    checkpoint_sign(&head, w.log, &text);
    store(name, buf_slice(&text));
    buf_release(&text);
}

static void add_leaf(uint64_t index)
{
    struct stmt *stmt = db_stmt(w.db, "INSERT INTO leaf(ledger, idx, changeset, id, admitted_ms,"
                                      " registry_size, root) VALUES (?1, ?2, 0, ?3, ?2, 1, x'')");
    struct leaf leaf = {.admitted_ms = (int64_t)index, .registry_size = 1};
    struct hash hash;
    put_u64be(leaf.id.b, index);
    bind_int(stmt, 1, ledger->no);
    bind_int(stmt, 2, (int64_t)index);
    bind_blob(stmt, 3, hash_slice(&leaf.id));
    MUST(stmt_run(stmt, err));
    leaf_hash(&leaf, &hash);
    merkle_append(&ledger->tree, &hash);
}

static void store_tile(bool entries, unsigned level, uint64_t index, unsigned width)
{
    struct tile tile = {entries, level, index, width}, again;
    char name[80], kind[16] = "entries", part[16] = "", number[24];
    struct buf bytes;
    buf_init(&bytes, 64 * 1024);
    if (!entries)
        snprintf(kind, sizeof(kind), "%u", level);
    if (width < TILE_WIDTH)
        snprintf(part, sizeof(part), ".p/%u", width);
    snprintf(number, sizeof(number), "%03u", (unsigned)(index % 1000));
    snprintf(name, sizeof(name), "tile/%s/%s%s%s%s", kind, index >= 1000 ? "x" : "",
             index >= 1000 ? "001/" : "", number, part);
    CHECK(tile_parse(slice_str(name), &again) && again.index == index && again.width == width);
    MUST(tree_tile(w.rep, ledger, &blocks, &tile, &bytes, err));
    store(name, buf_slice(&bytes));
    buf_release(&bytes);
}

static void store_level(bool entries, unsigned level)
{
    uint64_t hashes = ledger->tree.size / tile_span(level);
    for (uint64_t i = 0; i * TILE_WIDTH < hashes; i++) {
        uint64_t left = hashes - i * TILE_WIDTH;
        store_tile(entries, level, i, left < TILE_WIDTH ? (unsigned)left : TILE_WIDTH);
    }
}

int main(int argc, char **argv)
{
    folder = argc > 1 ? argv[1] : ".";
    world_init(&w, NULL);
    ledger = world_ledger(&w, "622924101001");
    for (uint64_t i = 0; i < LEAVES; i++) {
        if (i == OLDER)
            store_checkpoint("checkpoint.older");
        add_leaf(i);
    }
    store_checkpoint("checkpoint");
    for (unsigned level = 0; level < 3; level++)
        store_level(false, level);
    store_level(true, 0);

    struct hash key_hash;
    uint8_t middle[] = {'\n', 1};
    const struct sign_public *key = sign_key_public(w.log);
    hash_parts(slice_str(ledger->origin.text), slice_of(middle, 2), slice_of(key->b, 32),
               &key_hash);
    struct buf line;
    uint8_t typed[33] = {1};
    memcpy(typed + 1, key->b, 32);
    buf_init(&line, 1024);
    buf_printf(&line, "%s+%02x%02x%02x%02x+", ledger->origin.text, key_hash.b[0], key_hash.b[1],
               key_hash.b[2], key_hash.b[3]);
    base64_encode(slice_of(typed, 33), &line);
    store("verifier", buf_slice(&line));
    buf_release(&line);
    tree_blocks_release(&blocks);
    world_release(&w);
    return 0;
}
