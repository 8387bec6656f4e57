/* SPDX-License-Identifier: MulanPSL-2.0 */
/* oracle: see oracle.h. */
#include "tests/sim/oracle.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/core/fork.h"
#include "agent/core/outbox.h"
#include "agent/core/save.h"
#include "server/core/admission.h"
#include "shared/base/check.h"
#include "shared/db/audit.h"
#include "shared/db/materialise.h"
#include "shared/db/side_tables.h"
#include "tests/sim/found.h"
#include "tests/sim/model.h"
#include "tests/sim/older.h"

#define SIDES_BYTES_MAX ((size_t)64 * 1024 * 1024)

/* ---- is it over? ---- */

static bool may_read(struct world *w, int desk, struct ledger *at_county)
{
    return admission_may_read(w->county.server, found_device(desk), at_county);
}

static bool desk_settled(struct world *w, struct machine *m)
{
    if (!m->up || m->exchange_id[0] || outbox_waiting(m->desk) > 0)
        return false;
    for (int i = 0; i < PEOPLE; i++)
        if (people[i].desk == m->no && fork_waits(m->desk, sign_key_kid(people[i].key)))
            return false;
    for (int i = 0; i <= LEDGERS; i++) {
        struct ledger *here = machine_ledger(m, i), *there = machine_ledger(&w->county, i);
        if (!here || !may_read(w, m->no, there))
            continue;
        if (here->tree.size != there->tree.size || here->folded != here->tree.size ||
            save_open_count(m->desk, here) > 0)
            return false;
    }
    return true;
}

bool oracle_settled(struct world *w)
{
    if (!w->county.up)
        return false;
    for (int i = 0; i < DESKS; i++)
        if (!desk_settled(w, &w->desks[i]))
            return false;
    return true;
}

static void tell_unsettled(struct world *w, const struct machine *m, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "%s:", machine_name(m));
    if (!m->up) {
        snprintf(out + n, size - n, " not up");
        return;
    }
    n += (size_t)snprintf(out + n, size - n, " waiting %llu,",
                          (unsigned long long)outbox_waiting(m->desk));
    for (int i = 0; i <= LEDGERS && n < size; i++) {
        struct ledger *here = machine_ledger(m, i), *there = machine_ledger(&w->county, i);
        if (here)
            n += (size_t)snprintf(out + n, size - n, " ledger %d: %llu of %llu, %llu folded;", i,
                                  (unsigned long long)here->tree.size,
                                  (unsigned long long)there->tree.size,
                                  (unsigned long long)here->folded);
    }
}

static void check_settled(struct world *w)
{
    char text[DESKS][300];
    if (oracle_settled(w))
        return;
    for (int i = 0; i < DESKS; i++)
        tell_unsettled(w, &w->desks[i], text[i], sizeof(text[i]));
    world_fail(w, "a day after healing, not everything has arrived\n%s\n%s\n%s\n%s", text[0],
               text[1], text[2], text[3]);
}

/* ---- two states ---- */

static size_t line_length(const char *p)
{
    return strcspn(p, "\n");
}

/* Fails with the first line in which they differ and the record line above it. */
static void compare(struct world *w, const char *what, const struct machine *m, int ledger,
                    struct buf *a, const char *a_name, struct buf *b, const char *b_name)
{
    const char *x = buf_cstr(a), *y = buf_cstr(b), *record = "";
    if (slice_equal(buf_slice(a), buf_slice(b)))
        return;
    while (*x && line_length(x) == line_length(y) && memcmp(x, y, line_length(x)) == 0) {
        if (*x != ' ')
            record = x;
        x += line_length(x) + 1;
        y += line_length(y) + 1;
    }
    if (w->told)
        printf("---- %s\n%s---- %s\n%s----\n", a_name, buf_cstr(a), b_name, buf_cstr(b));
    world_fail(w, "%s of %s, ledger %d: %s and %s differ\n  in %.*s\n  %s: %.*s\n  %s: %.*s", what,
               machine_name(m), ledger, a_name, b_name, (int)line_length(record), record, a_name,
               (int)line_length(x), x, b_name, (int)line_length(y), y);
}

static void kept(struct world *w, const struct machine *m, struct replica *rep,
                 struct ledger *ledger, bool admitted_only, struct buf *out)
{
    struct error err;
    if (model_kept(rep, ledger, admitted_only, out, &err) != ST_OK)
        world_fail(w, "%s: the state cannot be read: %s", machine_name(m), err.text);
}

static void modelled(struct world *w, const struct machine *m, struct replica *rep,
                     struct ledger *ledger, bool conflicts, struct buf *out)
{
    struct error err;
    if (model_dump(rep, ledger, ledger->folded, conflicts, out, &err) != ST_OK)
        world_fail(w, "%s: the model cannot read: %s", machine_name(m), err.text);
}

static void rebuild(struct world *w, const struct machine *m, struct db *db, struct replica *rep)
{
    struct error err;
    enum status st = db_begin(db, &err);
    if (st == ST_OK)
        st = materialise_rebuild(rep, NULL, &err);
    if (st == ST_OK)
        st = db_commit(db, &err);
    if (st != ST_OK)
        world_fail(w, "%s: rebuild: %s", machine_name(m), err.text);
}

static struct db *machine_db(const struct machine *m)
{
    return m->server ? m->server->db : m->desk->db;
}

static void add_line(void *arg, struct slice line)
{
    buf_put_slice(arg, line);
    buf_put_u8(arg, '\n');
}

/* Every row that is derived beside the states. */
static void sides(struct world *w, struct machine *m, struct buf *out)
{
    struct error err;
    buf_init(out, SIDES_BYTES_MAX);
    if (side_tables_dump(machine_replica(m), add_line, out, &err) != ST_OK)
        world_fail(w, "%s: the derived tables cannot be read: %s", machine_name(m), err.text);
}

/* State as kept = state rebuilt, ledger by ledger; the machine is rebuilt afterwards. */
static void check_rebuild(struct world *w, struct machine *m)
{
    struct buf before[LEDGERS + 1] = {0}, rows, rows_after;
    for (int i = 0; i <= LEDGERS; i++)
        if (machine_ledger(m, i))
            kept(w, m, machine_replica(m), machine_ledger(m, i), false, &before[i]);
    sides(w, m, &rows);
    rebuild(w, m, machine_db(m), machine_replica(m));
    for (int i = 0; i <= LEDGERS; i++) {
        struct buf after;
        if (!machine_ledger(m, i))
            continue;
        kept(w, m, machine_replica(m), machine_ledger(m, i), false, &after);
        compare(w, "state", m, i, &before[i], "kept", &after, "rebuilt");
        buf_release(&after);
        buf_release(&before[i]);
    }
    sides(w, m, &rows_after);
    compare(w, "derived rows", m, -1, &rows, "kept", &rows_after, "rebuilt");
    buf_release(&rows);
    buf_release(&rows_after);
}

/* ---- acknowledged changes ---- */

struct census {
    struct world *w;
    uint8_t *times;          /* by token */
    bool *move;              /* by token: has a change in each of two ledgers, or more */
    uint64_t *leaf;          /* by token: where it stands */
    bool *lost;              /* by token: what its author had held is lost, but for what was kept */
    const struct ack **acks; /* by token */
};

/* What was erased still counts as said; whose content was ordered destroyed has none. */
static void read_erased_note(struct world *w, const struct segment *segment, uint32_t position,
                             char note[static 32])
{
    for (size_t i = 0; i < w->erased_count; i++) {
        const struct erased_note *gone = &w->erased[i];
        if (gone->position != position || !hash_equal(&gone->changeset, &segment->id))
            continue;
        if (gone->ordered && !segment_erased(segment, position))
            world_fail(w, "change %s is to be erased and is not", gone->note);
        memcpy(note, gone->note, sizeof(gone->note));
    }
}

static void count_changes(struct census *census, struct replica *rep, struct ledger *ledger)
{
    struct arena arena = {0};
    for (uint64_t i = 0; i < ledger->tree.size; i++) {
        struct stored_changeset stored;
        struct segment segment;
        struct segment_known known;
        struct error err;
        replica_known(rep, ledger, &known);
        enum status st = replica_read_leaf(rep, ledger, i, &arena, &stored, &err);
        if (st == ST_OK)
            st = segment_load(stored.cose, stored.salts, stored.columns, &known.index, &arena,
                              &segment, &err);
        if (st != ST_OK)
            world_fail(census->w, "leaf %llu cannot be read: %s", (unsigned long long)i, err.text);
        segment.id = stored.id;
        for (uint32_t k = 0; k < segment.header.count; k++) {
            struct op_body body;
            unsigned token = 0;
            char note[32] = "";
            if (segment_body(&segment, k, &arena, &body, NULL) != ST_OK)
                continue;
            snprintf(note, sizeof(note), "%.*s", (int)body.note.n, (const char *)body.note.p);
            read_erased_note(census->w, &segment, k, note);
            if ((sscanf(note, "n%u", &token) == 1 || sscanf(note, "m%u", &token) == 1) &&
                token <= census->w->tokens) {
                census->times[token]++, census->leaf[token] = i;
                census->lost[token] =
                    replica_base(rep, ledger, &segment.header) != segment.header.base_size;
            }
            census->move[token] |= note[0] == 'm';
        }
        arena_reset(&arena);
    }
    arena_release(&arena);
}

/* A desk had seen the leaves it held and what was saved on it before, and nothing else. Where a
 * disk was put back, what both branches of a chain have in common counts as not seen, and of a lost
 * past (FORMAT.md §4c) what was not kept; but whatever was saved since had seen what was saved
 * before it since, also when it was signed again. */
static void check_pair(void *arg, unsigned later, unsigned earlier, bool seen)
{
    const struct census *census = arg;
    const struct ack *x = census->acks[later], *y = census->acks[earlier];
    if (!x || !y || census->lost[later])
        return;
    if (!seen && x->desk == y->desk && x->life == y->life && earlier < later)
        world_fail(census->w, "change n%u of desk %d says it had not seen n%u of desk %d", later,
                   x->desk, earlier, y->desk);
    if (census->w->desks[x->desk].restored || census->w->desks[y->desk].restored)
        return;
    bool own = x->desk == y->desk && earlier < later;
    if (seen != (own || census->leaf[earlier] < x->base))
        world_fail(census->w,
                   "change n%u of desk %d (held %llu leaves) says it %s n%u of desk %d, leaf %llu",
                   later, x->desk, (unsigned long long)x->base, seen ? "had seen" : "had not seen",
                   earlier, y->desk, (unsigned long long)census->leaf[earlier]);
}

static void check_seen(struct world *w, struct census *census)
{
    struct replica *rep = w->county.server->rep;
    struct error err;
    for (int i = 0; i < LEDGERS; i++)
        if (model_each_pair(rep, machine_ledger(&w->county, i), check_pair, census, &err) != ST_OK)
            world_fail(w, "the ledger cannot be read: %s", err.text);
}

static void check_acknowledged(struct world *w)
{
    size_t n = w->tokens + 1;
    struct census census = {.w = w, .times = mem_zero_alloc(n, 1)};
    census.leaf = mem_zero_alloc(n, sizeof(*census.leaf));
    census.lost = mem_zero_alloc(n, sizeof(*census.lost));
    census.move = mem_zero_alloc(n, sizeof(*census.move));
    census.acks = mem_zero_alloc(n, sizeof(struct ack *));
    for (int i = 0; i <= LEDGERS; i++)
        count_changes(&census, w->county.server->rep, machine_ledger(&w->county, i));
    for (size_t i = 0; i < w->ack_count; i++) {
        const struct ack *ack = &w->acks[i];
        census.acks[ack->token] = ack;
        if (census.times[ack->token] < ack->times && !ack->may_be_lost)
            world_fail(w, "change n%u, acknowledged to %s at desk %d, is lost", ack->token,
                       people[ack->person].name, ack->desk);
    }
    for (uint32_t t = 1; t <= w->tokens; t++)
        if (census.times[t] > 1 && !census.move[t])
            world_fail(w, "change n%u stands in the ledger %d times", t, census.times[t]);
    check_seen(w, &census);
    mem_free(census.times);
    mem_free(census.leaf);
    mem_free(census.lost);
    mem_free(census.move);
    mem_free(census.acks);
}

/* ---- what was signed ---- */

static void on_finding(void *arg, const struct finding *finding)
{
    struct world *w = arg;
    if (finding->damage)
        world_fail(w, "audit: %s: %s", finding->code, finding->text);
}

static void check_signed(struct world *w, const struct machine *m)
{
    for (int i = 0; i <= LEDGERS; i++) {
        struct error err;
        bool ok;
        if (machine_ledger(m, i) && audit_ledger(machine_replica(m), machine_ledger(m, i),
                                                 m->server ? AUDIT_COUNTY : AUDIT_DESK, on_finding,
                                                 w, NULL, &ok, &err) != ST_OK)
            world_fail(w, "audit of %s, ledger %d: %s", machine_name(m), i, err.text);
    }
}

/* ---- at the end ---- */

static void check_model(struct world *w)
{
    struct machine *county = &w->county;
    for (int i = 0; i <= LEDGERS; i++) {
        struct buf state, model;
        kept(w, county, machine_replica(county), machine_ledger(county, i), false, &state);
        modelled(w, county, machine_replica(county), machine_ledger(county, i), true, &model);
        compare(w, "state", county, i, &state, "kept", &model, "model");
        buf_release(&state);
        buf_release(&model);
    }
}

static struct stmt *stored_bytes(struct world *w, const struct machine *m,
                                 const struct ledger *ledger)
{
    struct stmt *stmt;
    struct error err;
    if (db_prepare(machine_db(m),
                   slice_str("SELECT l.idx, l.id, l.admitted_ms, l.registry_size, c.cose, c.salts,"
                             " c.columns, c.digest FROM leaf l JOIN changeset c"
                             " ON c.no = l.changeset WHERE l.ledger = ?1 ORDER BY l.idx"),
                   &stmt, &err) != ST_OK)
        world_fail(w, "%s: %s", machine_name(m), err.text);
    bind_int(stmt, 1, ledger->no);
    return stmt;
}

static bool same_column(struct stmt *a, struct stmt *b, int column)
{
    return stmt_type(a, column) == COLUMN_INT
               ? stmt_int(a, column) == stmt_int(b, column)
               : slice_equal(stmt_blob(a, column), stmt_blob(b, column));
}

/* What is stored of every leaf is the same at a desk as at the county, to the byte. */
static void check_stored(struct world *w, const struct machine *m, int i)
{
    struct stmt *here = stored_bytes(w, m, machine_ledger(m, i)),
                *there = stored_bytes(w, &w->county, machine_ledger(&w->county, i));
    bool row = true, other;
    while (row) {
        if (stmt_step(here, &row, NULL) != ST_OK || stmt_step(there, &other, NULL) != ST_OK)
            world_fail(w, "%s: the leaves of ledger %d cannot be read", machine_name(m), i);
        if (row != other)
            world_fail(w, "%s: another number of leaves in ledger %d", machine_name(m), i);
        for (int c = 0; row && c < stmt_columns(here); c++)
            if (!same_column(here, there, c))
                world_fail(
                    w, "%s: leaf %lld of ledger %d is stored otherwise than at the county (%s)",
                    machine_name(m), (long long)stmt_int(here, 0), i, stmt_column_name(here, c));
    }
    stmt_release(here);
    stmt_release(there);
}

static void check_replicas(struct world *w)
{
    for (int i = 0; i <= LEDGERS; i++) {
        struct ledger *there = machine_ledger(&w->county, i);
        struct buf county;
        kept(w, &w->county, machine_replica(&w->county), there, false, &county);
        for (int d = 0; d < DESKS; d++) {
            struct machine *m = &w->desks[d];
            struct ledger *here = machine_ledger(m, i);
            struct buf desk;
            if (!here || !may_read(w, d, there))
                continue;
            if (!hash_equal(&here->root, &there->root))
                world_fail(w, "%s: another root of ledger %d", machine_name(m), i);
            check_stored(w, m, i);
            kept(w, m, machine_replica(m), here, false, &desk);
            compare(w, "state", m, i, &desk, "desk", &county, "county");
            buf_release(&desk);
        }
        buf_release(&county);
    }
}

/* Where the model counts what these leaves tell of, worked out once for machines that hold the
 * same; check_stored sees to it that they do. */
struct counted {
    uint64_t sizes[LEDGERS + 1]; /* 0: not on this machine */
    struct hash roots[LEDGERS + 1];
    bool known;
    struct buf lines;
};

static bool tells_of(const struct counted *counted, const struct counted *wanted)
{
    return counted->known && memcmp(counted->sizes, wanted->sizes, sizeof(wanted->sizes)) == 0 &&
           memcmp(counted->roots, wanted->roots, sizeof(wanted->roots)) == 0;
}

static const struct counted *model_counts(struct world *w, const struct machine *m,
                                          struct counted known[static DESKS + 1])
{
    struct ledger *ledgers[LEDGERS + 1];
    struct counted wanted = {.known = true};
    size_t count = 0, at = 0;
    struct error err;
    for (int i = 0; i <= LEDGERS; i++) {
        struct ledger *ledger = machine_ledger(m, i);
        if (!ledger)
            continue;
        ledgers[count++] = ledger;
        wanted.sizes[i] = ledger->tree.size + 1;
        wanted.roots[i] = ledger->root;
    }
    while (at <= DESKS && known[at].known && !tells_of(&known[at], &wanted))
        at++;
    CHECK(at <= DESKS);
    if (!known[at].known) {
        if (model_counted(machine_replica(m), ledgers, count, &wanted.lines, &err) != ST_OK)
            world_fail(w, "%s: the model cannot read: %s", machine_name(m), err.text);
        known[at] = wanted;
    }
    return &known[at];
}

/* Every record that moved is counted where the model says, by those who read some of its ledgers
 * too. */
static void check_counted(struct world *w, const struct machine *m,
                          struct counted known[static DESKS + 1])
{
    struct ledger *ledgers[LEDGERS + 1];
    size_t count = 0;
    struct buf state, model = model_counts(w, m, known)->lines;
    struct error err;
    for (int i = 0; i <= LEDGERS; i++)
        if (machine_ledger(m, i))
            ledgers[count++] = machine_ledger(m, i);
    if (model_counted_kept(machine_replica(m), ledgers, count, &state, &err) != ST_OK)
        world_fail(w, "%s: what it counts cannot be read: %s", machine_name(m), err.text);
    compare(w, "what counts", m, -1, &state, "kept", &model, "model");
    buf_release(&state);
}

void oracle_judge(struct world *w)
{
    struct counted known[DESKS + 1] = {0};
    check_settled(w);
    now.chance = &w->county.chance;
    check_signed(w, &w->county);
    check_signed(w, &w->desks[(w->plan->seed + 1) % DESKS]);
    check_acknowledged(w);
    check_model(w);
    check_replicas(w);
    check_counted(w, &w->county, known);
    for (int i = 0; i < DESKS; i++)
        check_counted(w, &w->desks[i], known);
    check_rebuild(w, &w->county);
    check_rebuild(w, &w->desks[w->plan->seed % DESKS]);
    check_counted(w, &w->desks[w->plan->seed % DESKS], known);
    for (int i = 0; i <= DESKS; i++)
        buf_release(&known[i].lines);
    now.chance = NULL;
}

/* ---- meanwhile ---- */

static void look(struct world *w, struct machine *m)
{
    struct error err;
    for (int i = 0; i <= LEDGERS; i++) {
        struct ledger *ledger = machine_ledger(m, i);
        struct buf state, model;
        if (!ledger || m->older) /* the model goes by the rules of today */
            continue;
        kept(w, m, machine_replica(m), ledger, true, &state);
        modelled(w, m, machine_replica(m), ledger, false, &model);
        compare(w, "admitted state", m, i, &state, "kept", &model, "model");
        buf_release(&state);
        buf_release(&model);
    }
    if (m->desk) {
        enum status st = desk_begin(m->desk, &err);
        if (st == ST_OK)
            st = save_close_all(m->desk, NULL, &err);
        if (st == ST_OK)
            st = desk_commit(m->desk, &err);
        if (st != ST_OK)
            world_fail(w, "%s: cannot close: %s", machine_name(m), err.text);
    }
    check_rebuild(w, m);
}

/* A twin: the same disk in other hands, looked at and thrown away. */
void oracle_look(struct world *w, struct machine *m)
{
    struct machine *twin = mem_zero_alloc(1, sizeof(*twin));
    disk_detach(&m->disk);
    *twin = (struct machine){
        .no = m->no, .chance = m->chance, .offset_ms = m->offset_ms, .older = m->older};
    memcpy(twin->disk.folder, m->disk.folder, sizeof(twin->disk.folder));
    disk_attach(&twin->disk);
    disk_copy(&twin->disk, &m->disk);
    machine_start(w, twin);
    now.chance = &twin->chance;
    older_runs = twin->older;
    look(w, twin);
    older_runs = false;
    now.chance = NULL;
    server_close(twin->server);
    desk_close(twin->desk);
    disk_release(&twin->disk);
    disk_attach(&m->disk);
    mem_free(twin);
}
