/* SPDX-License-Identifier: MulanPSL-2.0 */
/* stick: see stick.h. */
#include "tests/sim/stick.h"

#include "agent/core/courier.h"
#include "server/core/courier.h"
#include "shared/base/check.h"
#include "tests/sim/found.h"

#define FILES_MAX 64

/* The files that one run has made. */
struct files {
    size_t count;
    struct slice file[FILES_MAX];
};

static struct slice copy_of(struct slice bytes)
{
    uint8_t *p = mem_alloc(bytes.n + 1);
    if (bytes.n)
        memcpy(p, bytes.p, bytes.n);
    return slice_of(p, bytes.n);
}

static enum status collect(void *arg, size_t number, struct slice file, struct error *err)
{
    struct files *files = arg;
    (void)number, (void)err;
    if (files->count < FILES_MAX)
        files->file[files->count++] = copy_of(file);
    return ST_OK;
}

static void drop_files(struct files *files)
{
    for (size_t i = 0; i < files->count; i++)
        mem_free((void *)(uintptr_t)files->file[i].p);
    files->count = 0;
}

static void damage(struct slice *bytes, struct chance *c)
{
    if (chance_one_in(c, 2)) {
        bytes->n = chance_below(c, bytes->n);
        return;
    }
    uint8_t *p = (uint8_t *)(uintptr_t)bytes->p;
    p[chance_below(c, bytes->n)] ^= (uint8_t)(1u << chance_below(c, 8));
}

/* The luck of a file is that of the stick it lies on and of its number. */
static void carry(struct world *w, const struct item *what, const struct files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        struct chance c = {chance_mix(what->exchange + i)};
        const int copies = chance_one_in(&c, 8) ? 0 : chance_one_in(&c, 6) ? 2 : 1;
        for (int k = 0; k < copies; k++) {
            struct item item = *what;
            item.bytes = copy_of(files->file[i]);
            item.damaged = chance_one_in(&c, 12);
            if (item.damaged)
                damage(&item.bytes, &c);
            item.exchange = chance_next(&c);
            world_later(w, now.ms + HOUR_MS + (int64_t)chance_below(&c, 5 * DAY_MS), &item);
        }
    }
}

static bool not_whole(enum status st)
{
    return st == ST_INVALID || st == ST_DAMAGED || st == ST_REFUSED || st == ST_LIMIT;
}

/* ---- a desk packs ---- */

struct packing {
    size_t file_bytes;
    struct files files;
    struct courier_sent sent;
    struct error err;
    enum status st;
};

static void pack(struct world *w, struct machine *m, void *arg)
{
    struct packing *p = arg;
    (void)w;
    p->st = courier_export(m->desk, p->file_bytes, ATTACHMENTS_STICK_BYTES, collect, &p->files,
                           &p->sent, &p->err);
}

void stick_pack(struct world *w, struct machine *m, uint64_t luck)
{
    struct chance c = {luck};
    struct packing p = {.file_bytes = chance_one_in(&c, 3) ? 1 + chance_below(&c, 2000) : 0};
    if (!m->up)
        return;
    if (machine_run(w, m, pack, &p)) {
        if (p.st != ST_OK)
            world_fail(w, "%s cannot pack: %s", machine_name(m), p.err.text);
        world_tell(w, "%s: packs %llu changesets into %zu files", machine_name(m),
                   (unsigned long long)p.sent.changesets, p.files.count);
        const struct item item = {
            .kind = ITEM_STICK_OUT, .desk = m->no, .exchange = chance_next(&c)};
        carry(w, &item, &p.files);
    }
    drop_files(&p.files);
}

/* ---- the county takes, and packs the answer ---- */

struct answering {
    size_t file_bytes;
    struct slice request;
    struct files files;
    struct courier_done done;
    struct error err;
    enum status st;
};

static void answer(struct world *w, struct machine *m, void *arg)
{
    struct answering *a = arg;
    (void)w;
    a->st = courier_answer(m->server, a->request, a->file_bytes, ATTACHMENTS_STICK_BYTES,
                           now.ms + m->offset_ms, collect, &a->files, &a->done, &a->err);
}

void stick_at_county(struct world *w, const struct item *item)
{
    struct chance c = {item->exchange};
    struct answering a = {.request = item->bytes,
                          .file_bytes = chance_one_in(&c, 3) ? 1 + chance_below(&c, 2000) : 0};
    if (!w->county.up)
        return;
    if (machine_run(w, &w->county, answer, &a)) {
        const bool waits = a.st == ST_WAIT && county_recovers(w);
        if (a.st != ST_OK && !waits && !(item->damaged && not_whole(a.st)))
            world_fail(w, "the county does not take a stick: %s", a.err.text);
        if (a.st == ST_OK && item->damaged)
            world_fail(w, "the county takes a stick that is not whole");
        world_tell(w, "county: stick of desk %d: %s, %llu taken, %llu given", item->desk,
                   a.st == ST_OK ? "good" : a.err.text, (unsigned long long)a.done.admitted,
                   (unsigned long long)a.done.leaves);
        struct item back = {.kind = ITEM_STICK_BACK,
                            .desk = item->desk,
                            .county_life = w->county.life,
                            .exchange = chance_next(&c)};
        back.slot = chance_one_in(&c, 20) ? (item->desk + 1) % DESKS : item->desk; /* where to */
        if (a.st == ST_OK)
            carry(w, &back, &a.files);
    }
    drop_files(&a.files);
}

/* ---- a desk takes what came back ---- */

struct taking {
    struct slice file;
    struct courier_got got;
    struct error err;
    enum status st;
};

static void take(struct world *w, struct machine *m, void *arg)
{
    struct taking *t = arg;
    (void)w;
    t->st = courier_import(m->desk, t->file, &t->got, &t->err);
}

void stick_at_desk(struct world *w, const struct item *item)
{
    struct machine *m = &w->desks[item->slot];
    struct taking t = {.file = item->bytes};
    if (!m->up || item->county_life != w->county.life || !machine_run(w, m, take, &t))
        return;
    const bool wrong = item->slot != item->desk;
    if (wrong && t.st != ST_REFUSED && !item->damaged)
        world_fail(w, "%s opens a stick of another's: %s", machine_name(m), t.err.text);
    if (item->damaged && t.st == ST_OK)
        world_fail(w, "%s takes a stick that is not whole", machine_name(m));
    /* ST_WAIT: the file before it was lost, or the county was put back. */
    if (t.st != ST_OK && t.st != ST_WAIT && !wrong && !(item->damaged && not_whole(t.st)))
        world_fail(w, "%s does not take a stick: %s", machine_name(m), t.err.text);
    world_tell(w, "%s: stick: %s, %llu leaves, %llu confirmed, %llu known", machine_name(m),
               t.st == ST_OK ? "good" : t.err.text, (unsigned long long)t.got.leaves,
               (unsigned long long)t.got.confirmed, (unsigned long long)t.got.known);
}
