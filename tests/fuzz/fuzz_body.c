/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * The body of a change: what parses is written again as the same bytes, and nothing may follow. And
 * whatever the bytes are, parsed or not: the columns bring them over the wire unchanged.
 */
#include "shared/ledger/change.h"
#include "shared/sync/columns.h"
#include "tests/fuzz/fuzz.h"

static void write_again(const struct op_body *body, struct slice in)
{
    struct buf out;
    buf_init(&out, in.n);
    op_body_begin(&out, body->op_count);
    for (size_t i = 0; i < body->op_count; i++) {
        const struct op *op = &body->ops[i];
        CHECK(op->raw.p >= in.p && op->raw.p + op->raw.n <= in.p + in.n);
        op_write(&out, op);
    }
    op_body_end(&out, body->note);
    CHECK(buf_ok(&out) && slice_equal(buf_slice(&out), in));
    buf_release(&out);
}

static void through_columns(struct slice in, struct arena *arena)
{
    const struct change_item sent = {1, in};
    struct change_item got;
    struct buf columns;
    buf_init(&columns, COLUMNS_MAX);
    columns_encode(&sent, 1, 0, NULL, &columns);
    CHECK(buf_ok(&columns));
    MUST(columns_decode(buf_slice(&columns), 1, 0, NULL, arena, &got, err));
    CHECK(got.hlc == sent.hlc && slice_equal(got.body, in));
    buf_release(&columns);
}

/* What is left of a body can be read, and leaves nothing more. */
static void redact(const struct op_body *body, struct arena *arena)
{
    struct op_body left;
    struct buf once, twice;
    if (!op_can_redact(body)) /* is asked first (shared/db/erasure.c) */
        return;
    buf_init(&once, CHANGE_BODY_MAX);
    buf_init(&twice, CHANGE_BODY_MAX);
    op_redact(body, &once);
    if (buf_ok(&once)) {
        MUST(op_redacted_parse(buf_slice(&once), arena, &left, err));
        op_redact(&left, &twice);
        CHECK(slice_equal(buf_slice(&once), buf_slice(&twice)));
    }
    buf_release(&once);
    buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = fuzz_exact(data, size);
    struct arena arena = {0};
    struct op_body body;
    struct error why;
    if (op_body_parse(in, &arena, &body, &why) == ST_OK) {
        write_again(&body, in);
        redact(&body, &arena);
        struct slice longer = fuzz_longer(in, 0xF6);
        CHECK(op_body_parse(longer, &arena, &body, NULL) != ST_OK);
        CHECK(op_body_parse(slice_of(in.p, in.n - 1), &arena, &body, NULL) != ST_OK);
        mem_free((void *)longer.p);
    } else {
        CHECK(why.text[0]);
    }
    if (op_redacted_parse(in, &arena, &body, &why) == ST_OK)
        redact(&body, &arena);
    if (size <= CHANGE_BODY_MAX)
        through_columns(in, &arena);
    arena_release(&arena);
    mem_free((void *)in.p);
    return 0;
}
