/* SPDX-License-Identifier: MulanPSL-2.0 */
/* keymap: open addressing over FNV-1a; half full at most. */
#include "agent/core/keymap.h"

#include "shared/base/mem.h"

struct keymap_slot {
    struct slice key; /* p == NULL: free */
    struct record_id id;
    bool twice;
};

static uint64_t hash_key(struct slice key)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < key.n; i++)
        h = (h ^ key.p[i]) * UINT64_C(0x100000001b3);
    return h ^ (h >> 29);
}

static struct keymap_slot *slot_of(const struct keymap *map, struct slice key)
{
    size_t i = (size_t)hash_key(key) & (map->capacity - 1);
    while (map->slots[i].key.p && !slice_equal(map->slots[i].key, key))
        i = (i + 1) & (map->capacity - 1);
    return &map->slots[i];
}

static void grow(struct keymap *map)
{
    struct keymap old = *map;
    map->capacity = old.capacity ? old.capacity * 2 : 64;
    map->slots = mem_zero_alloc(map->capacity, sizeof(*map->slots));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i].key.p)
            *slot_of(map, old.slots[i].key) = old.slots[i];
    mem_free(old.slots);
}

void keymap_release(struct keymap *map)
{
    arena_release(&map->keys);
    mem_free(map->slots);
    *map = (struct keymap){0};
}

bool keymap_add(struct keymap *map, struct slice key, const struct record_id *id)
{
    if (2 * (map->count + 1) > map->capacity)
        grow(map);
    struct keymap_slot *slot = slot_of(map, key);
    if (slot->key.p) {
        slot->twice |= !record_id_equal(&slot->id, id);
        return false;
    }
    slot->key = slice_of(arena_copy(&map->keys, key.p, key.n), key.n);
    slot->id = *id;
    map->count++;
    return true;
}

enum keymap_hit keymap_find(const struct keymap *map, struct slice key, struct record_id *id)
{
    if (map->count == 0)
        return KEYMAP_NONE;
    const struct keymap_slot *slot = slot_of(map, key);
    if (!slot->key.p)
        return KEYMAP_NONE;
    *id = slot->id;
    return slot->twice ? KEYMAP_TWICE : KEYMAP_ONE;
}

enum status keymap_load(struct keymap *map, struct db *db, const char *table, const char *field,
                        const char *origin, struct error *err)
{
    /* Names come from the catalog, which accepts [a-z][a-z0-9_]* only. */
    const char *column = field ? field : "id";
    char *sql = mem_printf("SELECT id, \"%s\" FROM \"%s\" WHERE \"%s\" IS NOT NULL%s", column,
                           table, column, origin ? " AND origin = ?1" : "");
    struct stmt *stmt = NULL;
    bool row = false;
    enum status st = db_prepare(db, slice_str(sql), &stmt, err);
    if (st == ST_OK && origin)
        bind_str(stmt, 1, origin);
    while (st == ST_OK && (st = stmt_step(stmt, &row, err)) == ST_OK && row) {
        struct record_id id;
        if (record_id_parse(stmt_text(stmt, 0), &id))
            keymap_add(map, stmt_text(stmt, 1), &id);
    }
    stmt_release(stmt);
    mem_free(sql);
    return st;
}
