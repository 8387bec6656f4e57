/* SPDX-License-Identifier: MulanPSL-2.0 */
/* verdict: what counts, and with what reason it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>

#include "shared/merge/verdict.h"

#define ROWS(a) a, sizeof(a) / sizeof((a)[0])

/* The author's day … */
static const struct migration_row tables[] = {{{"1", "card", "卡", "Card", "record", "any"}}};
static const struct migration_row fields[] = {
    {{"1", "1", "name", "名称", "Name", "text", "lww"}},
    {{"1", "2", "age", "年龄", "Age", "int", "lww", "", "", "0", "0", "", "range:0:120"}},
    {{"1", "3", "risk", "风险", "Risk", "text", "authority", "", "C:nc,T,V"}},
    {{"1", "4", "poverty", "贫困", "Poverty", "text", "review", "", "", "0", "0", "", "", "", "p"}},
    {{"1", "5", "income", "收入", "Income", "int", "review", "", "", "0", "0", "", "", "", "p"}},
    {{"1", "6", "tags", "标签", "Tags", "set_text", "set", "", "", "0", "0", "", "len:1:9"}},
    {{"1", "7", "visits", "次数", "Visits", "int", "counter", "", "C:nc"}},
    {{"1", "8", "stage", "阶段", "Stage", "text", "state", ">a,a>b", "", "0", "0", "", "len:1:9"}},
};
static const struct migration_row rules[] = {
    {{"1", "1", "differ", "name risk", "error", "不同", "differ"}},
};
/* … and the leaf's: `age` is a text now, there are a field and a table more. */
static const struct migration_row later_tables[] = {{{"2", "late", "后来", "Late"}}};
static const struct migration_row later_fields[] = {
    {{"1", "2", "age", "年龄", "Age", "text", "lww"}},
    {{"1", "9", "extra", "附加", "Extra", "int", "lww", "", "T"}},
    {{"1", "10", "more", "更多", "More", "int", "lww", "", "", "0", "0", "", "range:0:9"}},
    {{"1", "11", "marks", "记号", "Marks", "set_text", "set", "", "C:nc"}},
    {{"2", "1", "word", "词", "Word", "text", "lww"}},
    {{"2", "2", "by", "经办人", "By", "text", "lww", "", "", "0", "0", "", "author"}},
    {{"2", "3", "seal", "章", "Seal", "seal", "lww", "", "", "0", "0", "", "author"}},
};

struct fixture {
    struct catalog then, now;
    struct registry registry;
    struct origin origin, registry_origin;
    struct grant grant;
    struct verdict_author author;
    struct verdict_terms terms;
    struct error err;
};

static void apply(struct catalog *cat, uint64_t number, const struct migration_row *t, size_t tn,
                  const struct migration_row *f, size_t fn, const struct migration_row *r,
                  size_t rn)
{
    struct buf out;
    buf_init(&out, 64 * 1024);
    migration_begin(&out, number, "test");
    migration_rows(&out, 0, t, tn);
    migration_rows(&out, 1, f, fn);
    migration_rows(&out, 2, NULL, 0);
    migration_rows(&out, 3, r, rn);
    assert_int_equal(catalog_apply(cat, buf_slice(&out), NULL), ST_OK);
    buf_release(&out);
}

/* One grant that nobody had to sign. */
static void registry_force_grant(struct registry *reg, struct grant *grant)
{
    static uint32_t slots[64];
    uint64_t at;
    memset(slots, 0, sizeof slots);
    memcpy(&at, grant->kid.b, sizeof at);
    slots[at % 64] = 1;
    reg->by_kid = (struct grant_index){slots, 64, 1};
    reg->grants = grant;
    reg->grant_count = 1;
}

static int setup(void **state)
{
    static struct fixture f;
    f = (struct fixture){0};
    catalog_init(&f.then);
    apply(&f.then, 1, ROWS(tables), ROWS(fields), ROWS(rules));
    catalog_clone(&f.then, &f.now);
    apply(&f.now, 2, ROWS(later_tables), ROWS(later_fields), NULL, 0);
    assert_true(origin_make("guanghe.example", "622924101001", &f.origin));
    assert_true(origin_make("guanghe.example", "622924000000", &f.registry_origin));
    registry_init(&f.registry, &f.registry_origin);
    f.grant = (struct grant){.kind = GRANT_PERSON,
                             .name = "马建国",
                             .role = "village",
                             .scope_count = 1,
                             .expires_ms = INT64_MAX};
    memcpy(f.grant.scopes[0], "622924101001", DIVISION_CODE_SIZE);
    f.author = (struct verdict_author){.grant = &f.grant,
                                       .writer_bit = catalog_role_bit(&f.now, "village")};
    f.terms = (struct verdict_terms){.registry = &f.registry,
                                     .writers = &f.now,
                                     .rules = &f.then,
                                     .origin = &f.origin,
                                     .admitted_ms = 2000};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    catalog_release(&f->then);
    catalog_release(&f->now);
    registry_release(&f->registry);
    return 0;
}

static enum verdict_code judge(struct fixture *f, const struct op *ops, size_t count)
{
    const struct op_body body = {.op_count = count, .ops = ops};
    f->err = (struct error){0};
    return verdict(&f->terms, &f->author, &body, 1000, &f->err);
}

static struct value text(const char *s)
{
    return value_text(slice_str(s));
}

/* One put of up to two fields. */
static enum verdict_code put(struct fixture *f, uint32_t table, uint32_t a, struct value x,
                             uint32_t b, struct value y)
{
    const struct op_field said[] = {{a, x}, {b, y}};
    const struct op op = {.code = OP_PUT, .table = table, .field_count = b ? 2 : 1, .fields = said};
    return judge(f, &op, 1);
}

static void values_are_judged_by_the_day_of_their_author(void **state)
{
    struct fixture *f = *state;
    const struct value none = value_null();
    assert_int_equal(put(f, 1, 1, text("甲"), 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 1, value_int(1), 0, none), VERDICT_INVALID);
    assert_non_null(strstr(f->err.text, "名称"));
    /* of the right kind for the author, and no longer for the column */
    assert_int_equal(put(f, 1, 2, value_int(20), 0, none), VERDICT_INVALID);
    assert_non_null(strstr(f->err.text, "年龄"));
    assert_int_equal(put(f, 1, 2, text("二十"), 0, none), VERDICT_INVALID);
    /* what the author had not heard of: as it is at the leaf */
    assert_int_equal(put(f, 1, 10, value_int(9), 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 10, value_int(10), 0, none), VERDICT_INVALID);
    assert_int_equal(put(f, 2, 1, text("词"), 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 2, 1, value_int(1), 0, none), VERDICT_INVALID);
    /* what nobody has heard of is passed over */
    assert_int_equal(put(f, 1, 77, value_int(9), 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 99, 1, value_int(9), 0, none), VERDICT_COUNTS);
    /* what the leaf has no more, the author's day still judges */
    f->terms.writers = &f->then;
    f->terms.rules = &f->now;
    assert_int_equal(put(f, 1, 10, value_int(10), 0, none), VERDICT_INVALID);
    assert_int_equal(put(f, 1, 10, value_int(9), 0, none), VERDICT_COUNTS);
}

static void groups_and_rules_want_the_whole(void **state)
{
    struct fixture *f = *state;
    const struct value none = value_null();
    assert_int_equal(put(f, 1, 4, text("是"), 5, value_int(1)), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 4, text("是"), 0, none), VERDICT_INVALID);
    assert_non_null(strstr(f->err.text, "同组"));
    assert_int_equal(put(f, 1, 5, value_int(1), 0, none), VERDICT_INVALID);
    struct op withdraw = {.code = OP_WITHDRAW, .table = 1, .field = 4};
    assert_int_equal(judge(f, &withdraw, 1), VERDICT_INVALID); /* one of two: half a value */
    assert_non_null(strstr(f->err.text, "同组"));
    withdraw.field = 3;
    assert_int_equal(judge(f, &withdraw, 1), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 1, text("甲"), 3, text("乙")), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 1, text("甲"), 3, text("甲")), VERDICT_INVALID); /* differ */
}

static void who_may_write_is_of_the_day_of_the_leaf(void **state)
{
    struct fixture *f = *state;
    const struct value none = value_null();
    const struct op count = {.code = OP_COUNTER, .table = 1, .field = 7, .delta = 1};
    const struct op withdraw = {.code = OP_WITHDRAW, .table = 1, .field = 3};
    assert_int_equal(put(f, 1, 3, text("高"), 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 9, value_int(1), 0, none), VERDICT_WRITER);
    assert_non_null(strstr(f->err.text, "附加"));
    assert_int_equal(judge(f, &count, 1), VERDICT_WRITER);
    assert_int_equal(judge(f, &withdraw, 1), VERDICT_COUNTS);
    f->author.writer_bit = -1; /* a role that the catalog does not know */
    assert_int_equal(put(f, 1, 3, text("高"), 0, none), VERDICT_WRITER);
    assert_int_equal(put(f, 1, 1, text("甲"), 0, none), VERDICT_COUNTS);
}

static void one_field_at_a_time(void **state)
{
    struct fixture *f = *state;
    const struct value good = text("红"), bad = value_int(1),
                       long_word = text("一二三四五六七八九十");
    struct op set = {.code = OP_SET, .table = 1, .field = 6, .add_count = 1, .adds = &good};
    assert_int_equal(judge(f, &set, 1), VERDICT_COUNTS);
    set.adds = &bad;
    assert_int_equal(judge(f, &set, 1), VERDICT_INVALID);
    set.adds = &long_word;
    assert_int_equal(judge(f, &set, 1), VERDICT_INVALID);
    struct op step = {.code = OP_STATE, .table = 1, .field = 8, .to = text("b")};
    assert_int_equal(judge(f, &step, 1), VERDICT_COUNTS);
    step.to = value_int(3);
    assert_int_equal(judge(f, &step, 1), VERDICT_INVALID);
    step.table = 99;
    assert_int_equal(judge(f, &step, 1), VERDICT_COUNTS);
    const struct op delete = {.code = OP_DELETE, .table = 1}, later = {.code = 13};
    assert_int_equal(judge(f, &delete, 1), VERDICT_COUNTS);
    assert_int_equal(judge(f, &later, 1), VERDICT_COUNTS);
}

static void who_has_no_say(void **state)
{
    struct fixture *f = *state;
    const struct op edit = {.code = OP_DELETE, .table = 1}, grant = {.code = OP_GRANT};
    f->grant.expires_ms = 999; /* the effective time is 1000 */
    assert_int_equal(judge(f, &edit, 1), VERDICT_NO_GRANT);
    assert_int_equal(judge(f, &grant, 1), VERDICT_NO_GRANT); /* time binds authority ops too */
    assert_non_null(strstr(f->err.text, "到期"));
    /* Before it has a leaf: a renewal may be on its way, for as long as it would come in time. */
    f->terms.overlay = true;
    f->terms.admitted_ms = 1000;
    assert_int_equal(judge(f, &edit, 1), VERDICT_COUNTS);
    f->grant.expires_ms = 1000 - GRANT_GRACE_MS;
    assert_int_equal(judge(f, &edit, 1), VERDICT_COUNTS);
    f->grant.expires_ms--;
    assert_int_equal(judge(f, &edit, 1), VERDICT_NO_GRANT);
    f->terms.overlay = false;
    f->terms.admitted_ms = 2000;
    f->grant.expires_ms = INT64_MAX;
    assert_int_equal(judge(f, &grant, 1), VERDICT_COUNTS); /* the rest is the registry's matter */
    memcpy(f->grant.scopes[0], "622924101002", DIVISION_CODE_SIZE);
    assert_int_equal(judge(f, &edit, 1), VERDICT_SCOPE);
    snprintf(f->grant.role, sizeof f->grant.role, "auditor");
    assert_int_equal(judge(f, &edit, 1), VERDICT_WRITER);
    snprintf(f->grant.role, sizeof f->grant.role, "village");
    f->grant.kind = GRANT_DEVICE;
    assert_int_equal(judge(f, &edit, 1), VERDICT_WRITER);
    f->author.grant = NULL;
    assert_int_equal(judge(f, &edit, 1), VERDICT_NO_GRANT);
    assert_int_equal(judge(f, &grant, 1), VERDICT_COUNTS);
    f->author.root = true;
    assert_int_equal(judge(f, &edit, 1), VERDICT_NO_GRANT);
    assert_non_null(strstr(f->err.text, "根密钥"));
}

static void moves_name_another_ledger(void **state)
{
    struct fixture *f = *state;
    struct op out = {.code = OP_OUT, .table = 1, .hop = 1};
    out.origin = slice_str("guanghe.example/622924101002");
    assert_int_equal(judge(f, &out, 1), VERDICT_COUNTS);
    out.origin = slice_str("guanghe.example/622924101001"); /* its own */
    assert_int_equal(judge(f, &out, 1), VERDICT_INVALID);
    out.origin = slice_str("nowhere");
    assert_int_equal(judge(f, &out, 1), VERDICT_INVALID);

    struct op_field said[] = {{1, text("甲")}, {7, value_int(5)}, {77, value_int(1)}};
    struct op in = {.code = OP_IN, .table = 1, .hop = 1, .field_count = 3, .fields = said};
    in.origin = slice_str("nowhere");
    assert_int_equal(judge(f, &in, 1), VERDICT_INVALID);
    in.origin = slice_str("guanghe.example/622924101002"); /* not in the author's scope */
    assert_int_equal(judge(f, &in, 1), VERDICT_SCOPE);
    in.origin = slice_str("guanghe.example/622924101001"); /* it returns */
    assert_int_equal(judge(f, &in, 1), VERDICT_COUNTS);
    said[1].value = text("五");
    assert_int_equal(judge(f, &in, 1), VERDICT_INVALID);
    static char endless[4002];
    memset(endless, 'x', sizeof endless - 1);
    said[1].value = value_int(5);
    said[0].value = text(endless);
    assert_int_equal(judge(f, &in, 1), VERDICT_INVALID);
    said[0].value.s.n--;
    assert_int_equal(judge(f, &in, 1), VERDICT_COUNTS);
    struct op_field half[] = {{4, text("是")}, {5, value_null()}};
    in.fields = half;
    in.field_count = 1;
    assert_int_equal(judge(f, &in, 1), VERDICT_INVALID); /* half a conflict group */
    in.field_count = 2;                                  /* what is empty in it comes as empty */
    assert_int_equal(judge(f, &in, 1), VERDICT_COUNTS);
    in.fields = said;
    in.field_count = 3;
    said[1].value = text("五");
    in.table = 99;
    assert_int_equal(judge(f, &in, 1), VERDICT_COUNTS);
}

static void what_comes_right_behind_an_in_belongs_to_it(void **state)
{
    struct fixture *f = *state;
    const struct value word = text("记"), number = value_int(1);
    struct op ops[3] = {{.code = OP_IN, .table = 1, .hop = 1},
                        {.code = OP_COUNTER, .table = 1, .field = 7, .delta = 1},
                        {.code = OP_SET, .table = 1, .field = 11, .add_count = 1, .adds = &word}};
    ops[0].origin = slice_str("guanghe.example/622924101001");
    assert_int_equal(judge(f, ops, 3), VERDICT_COUNTS); /* though the county alone may write them */
    ops[2].adds = &number;
    assert_int_equal(judge(f, ops, 3), VERDICT_INVALID);
    const struct value gone = value_erased();
    ops[2].adds = &gone; /* was judged when it was whole */
    f->terms.erased = true;
    assert_int_equal(judge(f, ops, 3), VERDICT_COUNTS);
    f->terms.erased = false;
    ops[2].adds = &number;
    ops[2].field = 77; /* not described: nothing to judge */
    assert_int_equal(judge(f, ops, 3), VERDICT_COUNTS);
    ops[2].table = ops[1].table = ops[0].table = 99;
    assert_int_equal(judge(f, ops, 3), VERDICT_COUNTS);
    ops[2] = (struct op){.code = OP_SET, .table = 1, .field = 11, .add_count = 1, .adds = &word};
    assert_int_equal(judge(f, ops, 3), VERDICT_WRITER); /* of another record */
    ops[1].table = ops[0].table = 1;
    ops[1].code = OP_DELETE;
    assert_int_equal(judge(f, ops, 3), VERDICT_WRITER); /* something stands between */
    ops[1] = ops[2];
    ops[1].record.b[3] = 1;
    assert_int_equal(judge(f, ops, 2), VERDICT_WRITER);
    assert_int_equal(judge(f, &ops[2], 1), VERDICT_WRITER); /* nothing before it */
}

static void authors_are_looked_up_once(void **state)
{
    struct fixture *f = *state;
    struct verdict_author author;
    struct hash kid = {{1}};
    verdict_author(&f->terms, &kid, &author);
    assert_null(author.grant);
    assert_false(author.root);
    assert_int_equal(author.writer_bit, -1);
    f->registry.has_county = true;
    verdict_author(&f->terms, &kid, &author);
    assert_false(author.root);
    sign_kid(&f->registry.county.root, &kid);
    verdict_author(&f->terms, &kid, &author);
    assert_true(author.root);
    assert_string_equal(verdict_name(VERDICT_COUNTS), "counts");
    assert_string_equal(verdict_name(VERDICT_AUTHORITY), "authority");
}

/* A revoked key counts as before where the cut vouches for it, and is quarantined elsewhere. */
static void revoked_keys_count_where_they_are_vouched_for(void **state)
{
    struct fixture *f = *state;
    struct hash kid = {{7}};
    struct verdict_author author;
    f->grant.kid = kid;
    f->grant.leaf = 1;
    f->grant.revoked_leaf = 4;
    registry_force_grant(&f->registry, &f->grant);
    f->terms.registry_size = 4;
    verdict_author(&f->terms, &kid, &author);
    assert_non_null(author.grant);
    f->terms.registry_size = 5;
    verdict_author(&f->terms, &kid, &f->author);
    assert_null(f->author.grant);
    assert_int_equal(put(f, 1, 1, text("甲"), 0, value_null()), VERDICT_QUARANTINED);
    assert_non_null(strstr(f->err.text, "隔离"));
    f->terms.honest = true;
    verdict_author(&f->terms, &kid, &f->author);
    assert_int_equal(f->author.writer_bit, catalog_role_bit(&f->now, "village"));
    assert_int_equal(put(f, 1, 1, text("甲"), 0, value_null()), VERDICT_COUNTS);
    assert_int_equal(put(f, 1, 1, value_int(1), 0, value_null()), VERDICT_INVALID);
    assert_string_equal(verdict_name(VERDICT_QUARANTINED), "quarantined");
    f->registry.grants = NULL; /* they are not its own */
    f->registry.by_kid.slots = NULL;
    f->registry.by_kid.capacity = 0;
}

/* void, adopt and erase, in any ledger */
static void only_registrars_rule(void **state)
{
    struct fixture *f = *state;
    const struct target target = {.is_changeset = true};
    struct buf bytes;
    buf_init(&bytes, 4096);
    targets_encode(OP_ADOPT, &target, 1, &bytes);
    struct op op = {.code = OP_ADOPT, .raw = buf_slice(&bytes)};
    assert_int_equal(judge(f, &op, 1), VERDICT_AUTHORITY);
    f->author.rules = true;
    assert_int_equal(judge(f, &op, 1), VERDICT_COUNTS);
    op.raw.n--;
    assert_int_equal(judge(f, &op, 1), VERDICT_MALFORMED);
    op.code = OP_ERASE;
    assert_int_equal(judge(f, &op, 1), VERDICT_MALFORMED);
    buf_clear(&bytes);
    const struct reference ref = {0};
    erase_encode(&ref, slice_str("\x80"), &bytes);
    op.raw = buf_slice(&bytes);
    assert_int_equal(judge(f, &op, 1), VERDICT_COUNTS);
    f->terms.origin = &f->registry_origin; /* where nothing is ever erased */
    assert_int_equal(judge(f, &op, 1), VERDICT_AUTHORITY);
    op.code = OP_CLOSE; /* not a ruling: passed over */
    assert_int_equal(judge(f, &op, 1), VERDICT_COUNTS);
    buf_release(&bytes);
}

static void nobody_writes_in_the_name_of_another(void **state)
{
    struct fixture *f = *state;
    const struct value none = value_null();
    f->grant.person[15] = 0x0f;
    const struct value me = text("0000000000000000000000000000000f");
    const struct value other = text("0000000000000000000000000000000e");
    assert_int_equal(put(f, 2, 2, me, 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 2, 2, none, 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 2, 2, other, 0, none), VERDICT_INVALID);
    assert_non_null(strstr(f->err.text, "经办人"));
    assert_int_equal(put(f, 2, 2, text("马建国"), 0, none), VERDICT_INVALID);
    /* of a kind that this program does not know yet a person is a text all the same */
    assert_int_equal(put(f, 2, 3, me, 0, none), VERDICT_COUNTS);
    assert_int_equal(put(f, 2, 3, value_int(15), 0, none), VERDICT_INVALID);
    /* a decision between what others have said repeats their word */
    const struct op_field said = {2, other};
    const struct op op = {.code = OP_RESOLVE, .table = 2, .field_count = 1, .fields = &said};
    assert_int_equal(judge(f, &op, 1), VERDICT_COUNTS);
}

/* A county's clock may say anything: behind the last day of the calendar it is that day. */
static void a_time_without_a_day_is_judged_too(void **state)
{
    struct fixture *f = *state;
    const struct op_field said = {1, text("甲")};
    const struct op op = {.code = OP_PUT, .table = 1, .field_count = 1, .fields = &said};
    const struct op_body body = {.op_count = 1, .ops = &op};
    assert_int_equal(verdict(&f->terms, &f->author, &body, INT64_MAX, &f->err), VERDICT_COUNTS);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(values_are_judged_by_the_day_of_their_author),
        T(groups_and_rules_want_the_whole),
        T(who_may_write_is_of_the_day_of_the_leaf),
        T(one_field_at_a_time),
        T(who_has_no_say),
        T(moves_name_another_ledger),
        T(what_comes_right_behind_an_in_belongs_to_it),
        T(revoked_keys_count_where_they_are_vouched_for),
        T(only_registrars_rule),
        T(authors_are_looked_up_once),
        T(nobody_writes_in_the_name_of_another),
        T(a_time_without_a_day_is_judged_too),
    };
    crypto_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
