/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * transfer: see transfer.h.
 *
 *   words ─ find ─▶ ledgers ─ transaction ─▶ archive ─ check ─▶ per part: hop ─▶ out ops, in ops ─▶
 * changes
 */
#include "agent/core/transfer.h"

#include <stdio.h>

#include "agent/core/act.h"
#include "agent/core/archive.h"
#include "agent/core/change_ref.h"
#include "agent/core/late.h"
#include "agent/core/save.h"
#include "agent/core/view.h"
#include "shared/base/check.h"
#include "shared/db/links.h"
#include "shared/db/moves.h"
#include "shared/ledger/change.h"

#define OPS_ROOM (OPS_PER_CHANGE_MAX - 512)  /* a record's ops go into one change */
#define BYTES_ROOM (CHANGE_BODY_MAX - 65536) /* the longest record that is met, with its sets */
#define SET_ADDS_MAX 1024

/* The ops of one ledger, cut into changes. */
struct outgoing {
    struct save *save; /* NULL: this half is not written */
    struct buf ops;
    size_t count;
};

struct mover {
    struct desk *desk;
    struct author *author;
    const struct transfer *what;
    struct transfer_result *out;
    const struct catalog_table *table;
    struct ledger *from, *to; /* to NULL: not on this desk */
    bool returns;             /* to is from: nothing leaves, what is on its way comes back */
    bool arrives;             /* the second half is made */
    struct archive archive;
    struct save *save;
    struct outgoing leaving, coming;
    struct arena arena; /* of one part */
};

/* ---- cutting into changes ---- */

static enum status send(struct outgoing *o, const char *note, struct error *err)
{
    struct buf body;
    if (o->count == 0)
        return ST_OK;
    buf_init(&body, CHANGE_BODY_MAX);
    op_body_begin(&body, o->count);
    buf_put_slice(&body, buf_slice(&o->ops));
    op_body_end(&body, note ? slice_str(note) : SLICE_NONE);
    enum status st = buf_ok(&o->ops) && buf_ok(&body)
                         ? save_change(o->save, buf_slice(&body), err)
                         : error_set(err, ST_LIMIT, "有一条记录太大，不能迁移");
    buf_release(&body);
    buf_clear(&o->ops);
    o->count = 0;
    return st;
}

static void put(struct outgoing *o, const struct op *op)
{
    op_write(&o->ops, op);
    o->count++;
}

static enum status make_room(struct outgoing *o, const char *note, struct error *err)
{
    return o->count > OPS_ROOM || o->ops.n > BYTES_ROOM ? send(o, note, err) : ST_OK;
}

/* ---- what a record brings ---- */

/* Whose word the value in force is: the highest rank that says something. */
static struct slice writer_of(const struct field_state *state)
{
    if (state->field->policy == POLICY_AUTHORITY)
        for (uint32_t i = 0; i < state->claim_count; i++)
            if (state->claims[i].value.kind != VALUE_NULL &&
                state->claims[i].value.kind != VALUE_ERASED)
                return catalog_writer_word(state->field, state->claims[i].rank);
    return SLICE_NONE;
}

static bool is_known(const struct field_state *state)
{
    return state->value.kind != VALUE_NULL && state->value.kind != VALUE_ERASED;
}

/* Of a conflict group all goes along, or nothing: what is empty in it goes as empty. */
static bool goes_along(const struct record_state *record, const struct field_state *state)
{
    if (state->field->policy == POLICY_SET)
        return false;
    bool goes = is_known(state);
    for (size_t i = 0; !goes && state->field->group[0] && i < record->table->field_count; i++) {
        const struct field_state *other = &record->fields[record->table->fields[i]->no];
        goes = strcmp(other->field->group, state->field->group) == 0 && is_known(other);
    }
    return goes;
}

static uint32_t brought_fields(const struct record_state *record, struct op_field *fields)
{
    uint32_t count = 0, writers = 0;
    struct op_field words[OP_FIELDS_MAX];
    for (size_t i = 0; i < record->table->field_count && count + writers + 2 < OP_FIELDS_MAX; i++) {
        const struct field_state *state = &record->fields[record->table->fields[i]->no];
        if (!goes_along(record, state))
            continue;
        fields[count++] =
            (struct op_field){state->field->no, is_known(state) ? state->value : value_null()};
        struct slice word = writer_of(state);
        if (word.n)
            words[writers++] = (struct op_field){OP_IN_WRITER + state->field->no, value_text(word)};
    }
    memcpy(fields + count, words, writers * sizeof(*words));
    return count + writers;
}

static void put_sets(struct mover *m, const struct record_state *record)
{
    for (size_t i = 0; i < record->table->field_count; i++) {
        const struct field_state *state = &record->fields[record->table->fields[i]->no];
        struct value *elements;
        if (state->field->policy != POLICY_SET)
            continue;
        size_t n = merge_set_elements(state, &m->arena, &elements);
        for (size_t at = 0; at < n; at += SET_ADDS_MAX) {
            size_t count = n - at < SET_ADDS_MAX ? n - at : SET_ADDS_MAX;
            put(&m->coming, &(struct op){.code = OP_SET,
                                         .table = record->table->no,
                                         .record = record->id,
                                         .field = state->field->no,
                                         .add_count = (uint32_t)count,
                                         .adds = elements + at});
        }
    }
}

static bool is_said(const struct links_pair *pairs, size_t count, const struct links_pair *pair)
{
    for (size_t i = 0; i < count; i++)
        if (record_id_equal(&pairs[i].other, &pair->other) && pairs[i].same == pair->same)
            return true;
    return false;
}

/* That it is one thing with another record, or is not, is said again for who will read the other
 * ledger alone. */
static enum status put_words(struct mover *m, const struct archive_part *part, struct error *err)
{
    struct replica *rep = m->desk->rep;
    struct links_pair *here, *there;
    size_t here_count, there_count;
    if (m->returns || !links_known(rep, part->table, &part->id))
        return ST_OK;
    enum status st =
        links_pairs(rep, m->from, part->table, &part->id, &m->arena, &here, &here_count, err);
    if (st == ST_OK)
        st = links_pairs(rep, m->to, part->table, &part->id, &m->arena, &there, &there_count, err);
    for (size_t i = 0; st == ST_OK && i < here_count; i++)
        if (!is_said(there, there_count, &here[i]))
            put(&m->coming, &(struct op){.code = OP_LINK,
                                         .table = part->table->no,
                                         .record = part->id,
                                         .other = here[i].other,
                                         .link = here[i].same});
    return st;
}

/* Late changes that stand in the row which is brought have thereby been taken over. */
static enum status put_names(struct mover *m, const struct archive_part *part, struct error *err)
{
    struct late_change *late;
    struct op_ref refs[OP_REFS_MAX];
    const struct op_field exists = {0, value_int(1)};
    uint32_t n = 0;
    size_t count;
    enum status st = late_of(m->desk, part->table, &part->id, &m->arena, &late, &count, err);
    for (size_t i = 0; i < count && st == ST_OK; i++) {
        if (late[i].ledger == m->from) {
            st = change_ref(m->desk, m->from, &late[i].at, &m->arena, &refs[n++], err);
            m->out->late++;
        }
        if (n == 0 || (n < OP_REFS_MAX && i + 1 < count))
            continue;
        put(&m->coming, &(struct op){.code = OP_RESOLVE,
                                     .table = part->table->no,
                                     .record = part->id,
                                     .field_count = 1,
                                     .fields = &exists,
                                     .ref_count = n,
                                     .refs = refs});
        n = 0;
    }
    return st;
}

/* ---- one part ---- */

/* The values that go along: those of the ledger left, or what the other one already has. */
static enum status load_brought(struct mover *m, const struct archive_part *part,
                                struct record_state *out, struct error *err)
{
    if (m->what->keep && m->to &&
        materialise_load(m->desk->rep, m->to, part->table, &part->id, &m->arena, out, NULL) ==
            ST_OK &&
        out->live && !out->in_transit)
        return ST_OK;
    return materialise_load(m->desk->rep, m->from, part->table, &part->id, &m->arena, out, err);
}

/* The number of the next move of this record, over all ledgers known here. */
static enum status next_hop(struct mover *m, const struct archive_part *part, uint32_t *hop,
                            struct error *err)
{
    struct moves_half *halves;
    size_t count;
    enum status st =
        moves_halves(m->desk->rep, part->table, &part->id, &m->arena, &halves, &count, err);
    *hop = 1;
    for (size_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < halves[i].half.move_count; k++)
            if (halves[i].half.moves[k].hop >= *hop)
                *hop = halves[i].half.moves[k].hop + 1;
    return st;
}

static enum status put_in(struct mover *m, const struct archive_part *part, uint32_t hop,
                          struct error *err)
{
    struct record_state record;
    struct op_field fields[OP_FIELDS_MAX];
    enum status st = make_room(&m->coming, m->what->note, err);
    if (st == ST_OK)
        st = load_brought(m, part, &record, err);
    if (st != ST_OK)
        return st;
    struct op in = {.code = OP_IN,
                    .table = part->table->no,
                    .record = part->id,
                    .origin = slice_str(m->from->origin.text),
                    .hop = hop,
                    .field_count = brought_fields(&record, fields),
                    .fields = fields};
    put(&m->coming, &in);
    put_sets(m, &record);
    m->out->arrived++;
    st = put_words(m, part, err);
    return st == ST_OK && part->state_bits & ROW_LATE ? put_names(m, part, err) : st;
}

static enum status move_part(struct mover *m, const struct archive_part *part, struct error *err)
{
    uint32_t hop;
    bool away = part->state_bits & ROW_IN_TRANSIT;
    enum status st = next_hop(m, part, &hop, err);
    if (st != ST_OK || (m->returns && !away))
        return st;
    if (away && !m->returns) {
        struct record_state record;
        st = materialise_load(m->desk->rep, m->from, part->table, &part->id, &m->arena, &record,
                              err);
        if (st != ST_OK)
            return st;
        const struct move *departure = record_departure(&record);
        if (!slice_equal(departure->other, slice_str(m->out->to.text)))
            return error_set(err, ST_REFUSED,
                             "已经登记迁往 %.*s，还没有接收；要改去别处，先迁回（--to %.12s）",
                             (int)departure->other.n, (const char *)departure->other.p,
                             origin_code(&m->from->origin));
        hop = departure->hop;
    } else if (!away) {
        st = make_room(&m->leaving, m->what->note, err);
        put(&m->leaving, &(struct op){.code = OP_OUT,
                                      .table = part->table->no,
                                      .record = part->id,
                                      .origin = slice_str(m->out->to.text),
                                      .hop = hop});
        m->out->left++;
    }
    if (st == ST_OK && m->arrives)
        st = put_in(m, part, hop, err);
    arena_reset(&m->arena);
    return st;
}

/* ---- where to ---- */

static bool covers(const struct author *author, const struct origin *origin)
{
    return author->grant && grant_covers_ledger(author->grant, origin_code(origin));
}

/* Does the county have a division of this code? Unknown while its list has not come. */
static bool known_division(struct desk *desk, const char *code)
{
    struct stmt *stmt = NULL;
    bool row = false, known = true;
    const char *sql = "SELECT EXISTS (SELECT 1 FROM admin_division WHERE code = ?1)"
                      " OR NOT EXISTS (SELECT 1 FROM admin_division)";
    if (db_prepare(desk->db, slice_str(sql), &stmt, NULL) != ST_OK)
        return true;
    bind_text(stmt, 1, slice_of(code, DIVISION_CODE_SIZE));
    if (stmt_step(stmt, &row, NULL) == ST_OK && row)
        known = stmt_int(stmt, 0) != 0;
    stmt_release(stmt);
    return known;
}

/* The ledger that is meant, be it on this desk or not. */
static enum status read_destination(struct mover *m, struct error *err)
{
    const struct origin *registry = &m->desk->rep->registry_origin;
    const char *slash = strchr(registry->text, '/');
    struct ledger *here = replica_ledger_named(m->desk->rep, m->what->to);
    char authority[sizeof(registry->text)];
    snprintf(authority, sizeof(authority), "%.*s", (int)(slash - registry->text), registry->text);
    if (here)
        m->out->to = here->origin;
    else if (!origin_make(authority, m->what->to, &m->out->to))
        return error_set(err, ST_USAGE, "“%s”不是区划代码（12 位数字）", m->what->to);
    const char *code = origin_code(&m->out->to);
    if (!division_covers(origin_code(registry), code) ||
        (m->table->home == HOME_VILLAGE && division_level(code) != 5) ||
        (!here && !known_division(m->desk, code)))
        return error_set(err, ST_USAGE, "%.12s 不是本县的村（社区）", code);
    m->to = here;
    return ST_OK;
}

static enum status decide_halves(struct mover *m, struct error *err)
{
    m->out->from = m->from->origin;
    m->returns = m->to == m->from;
    m->arrives = m->to && covers(m->author, &m->from->origin) && covers(m->author, &m->out->to);
    if (!covers(m->author, &m->from->origin))
        return error_set(err, ST_REFUSED, "迁出要由 %.12s 或管它的乡镇、县里办理",
                         origin_code(&m->from->origin));
    return ST_OK;
}

/* ---- the transaction ---- */

static enum status begin(struct mover *m, struct error *err)
{
    struct desk *desk = m->desk;
    const int64_t from = m->from->no;
    const char *type = m->what->type;
    enum status st = save_begin(desk, m->from, m->author, &m->save, err);
    if (st != ST_OK)
        return st;
    m->from = replica_ledger_by_no(desk->rep, from);
    st = act_type(desk, type, &m->table, err);
    if (st == ST_OK)
        st = read_destination(m, err);
    if (st == ST_OK)
        st = desk_author_renew(desk, m->author, err);
    if (st == ST_OK)
        st = decide_halves(m, err);
    m->leaving.save = m->coming.save = m->save;
    if (st == ST_OK && m->arrives && !m->returns)
        st = save_also(m->save, m->to, &m->coming.save, err);
    return st;
}

static enum status refuse_empty(struct mover *m, struct error *err)
{
    struct record_state record;
    char hex[RECORD_ID_TEXT];
    record_id_format(&m->out->id, hex);
    if (materialise_load(m->desk->rep, m->from, m->table, &m->out->id, &m->arena, &record, NULL) ==
            ST_OK &&
        record_departure(&record))
        return error_set(err, ST_REFUSED, "这条%s已经迁往 %.*s", m->table->zh,
                         (int)record_departure(&record)->other.n,
                         (const char *)record_departure(&record)->other.p);
    return error_set(err, ST_NOT_FOUND, "%.12s 没有这条%s：%s", origin_code(&m->from->origin),
                     m->table->zh, hex);
}

/* A conflict would stay behind undecided, where nobody looks any more. */
static enum status check_parts(struct mover *m, struct error *err)
{
    for (size_t i = 0; i < m->archive.count; i++) {
        const struct archive_part *part = &m->archive.parts[i];
        struct record_state record;
        if (!(part->state_bits & ROW_CONFLICT) || m->what->keep)
            continue;
        enum status st = materialise_load(m->desk->rep, m->from, part->table, &part->id, &m->arena,
                                          &record, err);
        if (st == ST_OK && !record.conflict) /* by rules of the past, which nobody can decide */
            continue;
        return st != ST_OK
                   ? st
                   : error_set(err, ST_REFUSED,
                               "%s“%s”还有分歧没有决定，请先决定再迁移（huce conflicts list）",
                               part->table->zh, view_title(m->desk, &record, &m->arena));
    }
    return ST_OK;
}

static enum status move_all(struct mover *m, struct error *err)
{
    enum archive_of which = m->what->keep ? ARCHIVE_ITS_OWN : ARCHIVE_COUNTED;
    enum status st =
        archive_collect(m->desk, m->from, m->table, &m->out->id, which, &m->archive, err);
    if (st == ST_OK && m->archive.count == 0)
        st = refuse_empty(m, err);
    if (st == ST_OK)
        st = check_parts(m, err);
    for (size_t i = m->archive.count; i-- > 0 && st == ST_OK;) /* the record itself last */
        st = move_part(m, &m->archive.parts[i], err);
    if (st == ST_OK && m->out->left + m->out->arrived == 0)
        st = m->returns ? error_set(err, ST_REFUSED, "这条%s就在 %.12s", m->table->zh,
                                    origin_code(&m->from->origin))
                        : error_set(err, ST_REFUSED, "已经登记迁出，等乡镇或县里接收");
    if (st == ST_OK)
        st = send(&m->leaving, m->what->note, err);
    if (st == ST_OK)
        st = send(&m->coming, m->what->note, err);
    m->out->records = m->archive.count;
    return st;
}

enum status transfer_run(struct desk *desk, struct author *author, const struct transfer *what,
                         struct transfer_result *out, struct error *err)
{
    struct mover m = {.desk = desk, .author = author, .what = what, .out = out};
    *out = (struct transfer_result){0};
    buf_init(&m.leaving.ops, CHANGE_BODY_MAX);
    buf_init(&m.coming.ops, CHANGE_BODY_MAX);
    enum status st = view_settle(desk, err); /* what is late must have a place in the ledger */
    if (st == ST_OK)
        st = desk_refresh(desk, err);
    if (st == ST_OK)
        st = act_type(desk, what->type, &m.table, err);
    if (st == ST_OK)
        st = act_find(desk, what->ledger, m.table, what->record, &m.from, &out->id, err);
    if (st == ST_OK)
        st = begin(&m, err);
    if (st == ST_OK)
        st = move_all(&m, err);
    if (st == ST_OK)
        st = save_commit(m.save, err);
    else
        save_abort(m.save);
    archive_release(&m.archive);
    buf_release(&m.leaving.ops);
    buf_release(&m.coming.ops);
    arena_release(&m.arena);
    return st;
}

json_t *transfer_json(const struct transfer_result *result)
{
    char hex[RECORD_ID_TEXT];
    record_id_format(&result->id, hex);
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I}", "id", hex, "from", result->from.text,
                     "to", result->to.text, "records", (json_int_t)result->records, "left",
                     (json_int_t)result->left, "arrived", (json_int_t)result->arrived, "late",
                     (json_int_t)result->late);
}
