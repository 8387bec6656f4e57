/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * message: the two sync messages, and the regrouping of their columns.
 *
 * Ten changesets of one desk are ten encodings with the same streams (columns.h). Written one
 * behind the other, each stream is short and surrounded by bytes of another kind; zstd's tables are
 * set up anew for each. So the writer takes the streams out of their segments ("lifts" them) and
 * puts all streams of one key side by side at the end of the message; the reader puts them back:
 *
 *     segment  = [… , columns]                    before and after
 *     segment' = [… , head of columns]            in the message; streams: sorted by (key, order)
 *
 * The head says which streams of what length belong to a segment, so nothing more needs to be said.
 * Segments below LIFT_MIN stay as they are; a reader tells the two apart because columns that are
 * nothing but a head cannot hold a change.
 */
#include "shared/sync/message.h"

#include "shared/base/check.h"
#include "shared/codec/compress.h"

#include <stdlib.h>

#define VERSION 1
#define LIFT_MIN 256                    /* bytes of columns */
#define LIFTED_STREAMS_MAX (256 * 1024) /* in one message; further segments stay whole */
#define REJECT_TEXT_MAX 512

/* One lifted stream: of segment number `order`. */
struct lifted {
    uint32_t key, order;
    uint32_t length;
    const uint8_t *from; /* writing: the bytes; reading: found once `streams` is read */
};

struct lift {
    struct columns_stream *scratch; /* COLUMNS_STREAMS_MAX */
    struct lifted *streams;
    size_t count, capacity;
    size_t bytes;
    uint32_t order; /* of the next segment */
};

static void lift_init(struct lift *lift)
{
    *lift = (struct lift){0};
    lift->scratch = mem_alloc(COLUMNS_STREAMS_MAX * sizeof *lift->scratch);
}

static void lift_release(struct lift *lift)
{
    mem_free(lift->scratch);
    mem_free(lift->streams);
}

static int by_key(const void *a, const void *b)
{
    const struct lifted *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *a, const void *b)
{
    const struct lifted *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static void lift_sort(struct lift *lift, int (*by)(const void *, const void *))
{
    if (lift->count > 1)
        qsort(lift->streams, lift->count, sizeof *lift->streams, by);
}

/* Cuts a segment item before its columns. False: not an array that ends in a byte string. */
static bool cut_segment(struct slice item, struct slice *before, struct slice *columns)
{
    struct cbor_reader r;
    cbor_reader_init(&r, item, "segment");
    size_t count = cbor_read_array(&r, 16);
    if (count == 0)
        return false;
    for (size_t i = 0; i + 1 < count; i++)
        cbor_read_item(&r);
    *before = slice_of(item.p, (size_t)(r.p - item.p));
    *columns = cbor_read_bytes(&r, COLUMNS_MAX);
    return cbor_end(&r, NULL) == ST_OK;
}

/* Notes the streams of a head in lift->scratch; returns their bytes. */
static size_t lift_note(struct lift *lift, size_t count)
{
    size_t total = 0;
    lift->streams =
        mem_grow(lift->streams, &lift->capacity, lift->count + count, sizeof *lift->streams);
    for (size_t i = 0; i < count; i++) {
        struct columns_stream *s = &lift->scratch[i];
        lift->streams[lift->count++] = (struct lifted){s->key, lift->order, s->length, NULL};
        total += s->length;
    }
    lift->order++;
    lift->bytes += total;
    return total;
}

/* ---- writing ---- */

static void segment_put(struct lift *lift, struct slice item, struct buf *out)
{
    struct slice before, columns;
    size_t count = 0, head = 0, total = 0;
    if (cut_segment(item, &before, &columns) && columns.n >= LIFT_MIN)
        head = columns_head(columns, lift->scratch, COLUMNS_STREAMS_MAX, &count);
    for (size_t i = 0; i < count; i++)
        total += lift->scratch[i].length;
    if (head == 0 || head + total != columns.n || lift->count + count > LIFTED_STREAMS_MAX) {
        buf_put_slice(out, item);
        return;
    }
    size_t first = lift->count;
    lift_note(lift, count);
    const uint8_t *p = columns.p + head;
    for (size_t i = 0; i < count; i++) {
        lift->streams[first + i].from = p;
        p += lift->scratch[i].length;
    }
    buf_put_slice(out, before);
    cbor_put_bytes(out, slice_of(columns.p, head));
}

/* Ends the message with the lifted streams and compresses all of it. */
static void message_finish(struct lift *lift, struct buf *head, int level, struct buf *out)
{
    struct slice *parts = mem_alloc((lift->count + 1) * sizeof(struct slice));
    size_t part_count = 1, start;
    lift_sort(lift, by_key);
    struct buf content;
    buf_init(&content, MESSAGE_MAX);
    for (size_t i = 0; i < lift->count; i++)
        buf_put(&content, lift->streams[i].from, lift->streams[i].length);
    cbor_put_bytes(head, buf_slice(&content));
    start = head->n - content.n;
    if (buf_ok(head) && buf_ok(&content)) {
        parts[0] = slice_of(head->p, start);
        for (size_t i = 0; i < lift->count; i++) {
            if (i == 0 || lift->streams[i].key != lift->streams[i - 1].key)
                parts[part_count++] = slice_of(head->p + start, 0);
            parts[part_count - 1].n += lift->streams[i].length;
            start += lift->streams[i].length;
        }
        compress_parts(parts, part_count, level, out);
    } else {
        out->overflow = true;
    }
    buf_release(&content);
    mem_free(parts);
}

void sync_request_write(const struct sync_request *request, int level, struct buf *out)
{
    struct buf head;
    struct lift lift;
    buf_init(&head, MESSAGE_MAX);
    lift_init(&lift);
    cbor_put_array(&head, 4);
    cbor_put_uint(&head, VERSION);
    cbor_put_array(&head, request->ledger_count);
    for (size_t i = 0; i < request->ledger_count; i++) {
        const struct request_ledger *ledger = &request->ledgers[i];
        cbor_put_array(&head, 4);
        cbor_put_str(&head, ledger->origin.text);
        cbor_put_uint(&head, ledger->size);
        cbor_put_bytes(&head, slice_of(ledger->root8, sizeof ledger->root8));
        cbor_put_array(&head, ledger->segment_count);
        for (size_t k = 0; k < ledger->segment_count; k++)
            segment_put(&lift, ledger->segments[k], &head);
    }
    cbor_put_uint(&head, request->wants);
    message_finish(&lift, &head, level, out);
    lift_release(&lift);
    buf_release(&head);
}

static void leaves_put(struct lift *lift, const struct answer_ledger *ledger, struct buf *out)
{
    int64_t ms = 0;
    uint64_t registry_size = 0;
    cbor_put_array(out, ledger->leaf_count);
    for (size_t i = 0; i < ledger->leaf_count; i++) {
        const struct answer_leaf *leaf = &ledger->leaves[i];
        CHECK(leaf->admitted_ms >= ms && leaf->registry_size >= registry_size);
        cbor_put_array(out, 3);
        cbor_put_uint(out, (uint64_t)(leaf->admitted_ms - ms));
        cbor_put_uint(out, leaf->registry_size - registry_size);
        if (leaf->has_segment)
            segment_put(lift, leaf->segment, out);
        else
            cbor_put_bytes(out, slice_of(leaf->id8, sizeof leaf->id8));
        ms = leaf->admitted_ms;
        registry_size = leaf->registry_size;
    }
}

static void rejected_put(const struct answer_ledger *ledger, struct buf *out)
{
    cbor_put_array(out, ledger->rejected_count);
    for (size_t i = 0; i < ledger->rejected_count; i++) {
        const struct rejection *rejection = &ledger->rejected[i];
        struct slice text = rejection->text;
        if (text.n > REJECT_TEXT_MAX)
            for (text.n = REJECT_TEXT_MAX; text.n > 0 && (text.p[text.n] & 0xC0) == 0x80;)
                text.n--; /* at the start of a character */
        cbor_put_array(out, 5);
        cbor_put_bytes(out, hash_slice(&rejection->kid));
        cbor_put_bytes(out, slice_of(rejection->chain.b, sizeof rejection->chain.b));
        cbor_put_uint(out, rejection->number);
        cbor_put_uint(out, rejection->code);
        cbor_put_text(out, text);
    }
}

void sync_answer_write(const struct sync_answer *answer, int level, struct buf *out)
{
    struct buf head;
    struct lift lift;
    buf_init(&head, MESSAGE_MAX);
    lift_init(&lift);
    cbor_put_array(&head, 3);
    cbor_put_uint(&head, VERSION);
    cbor_put_array(&head, answer->ledger_count);
    for (size_t i = 0; i < answer->ledger_count; i++) {
        const struct answer_ledger *ledger = &answer->ledgers[i];
        cbor_put_array(&head, 6);
        cbor_put_str(&head, ledger->origin.text);
        cbor_put_uint(&head, ledger->status);
        if (ledger->checkpoint.n > 0)
            cbor_put_text(&head, ledger->checkpoint);
        else
            cbor_put_null(&head);
        leaves_put(&lift, ledger, &head);
        rejected_put(ledger, &head);
        cbor_put_bool(&head, ledger->more);
    }
    message_finish(&lift, &head, level, out);
    lift_release(&lift);
    buf_release(&head);
}

/* ---- reading ---- */

/* A segment whose streams are yet to come. */
struct pending {
    struct slice *segment; /* to be filled in */
    struct slice before, head;
    size_t stream_bytes, stream_count;
};

struct incoming {
    struct cbor_reader r;
    struct arena *arena;
    struct lift lift;
    struct pending *pending;
    size_t pending_count, pending_capacity;
    size_t segment_count; /* of the whole message, leaves included */
};

static void segment_get(struct incoming *in, struct slice *segment)
{
    struct slice before, columns;
    size_t count;
    *segment = cbor_read_item(&in->r);
    if (!cbor_ok(&in->r))
        return;
    if (!cut_segment(*segment, &before, &columns)) {
        cbor_fail(&in->r, "malformed segment");
        return;
    }
    if (columns_head(columns, in->lift.scratch, COLUMNS_STREAMS_MAX, &count) != columns.n ||
        count == 0)
        return;
    if (in->lift.count + count > LIFTED_STREAMS_MAX) {
        cbor_fail(&in->r, "too many streams");
        return;
    }
    in->pending =
        mem_grow(in->pending, &in->pending_capacity, in->pending_count + 1, sizeof *in->pending);
    in->pending[in->pending_count++] =
        (struct pending){segment, before, columns, lift_note(&in->lift, count), count};
}

/* Reads the streams and completes the segments that wait for them. */
static void streams_get(struct incoming *in)
{
    struct slice streams = cbor_read_bytes(&in->r, MESSAGE_MAX);
    if (!cbor_ok(&in->r))
        return;
    if (streams.n != in->lift.bytes) {
        cbor_fail(&in->r, "streams do not go with the segments");
        return;
    }
    struct lifted *lifted = in->lift.streams;
    lift_sort(&in->lift, by_key);
    for (size_t i = 0; i < in->lift.count; i++) {
        lifted[i].from = streams.p;
        streams.p += lifted[i].length;
    }
    lift_sort(&in->lift, by_order);
    for (size_t i = 0; i < in->pending_count; i++) {
        const struct pending *p = &in->pending[i];
        struct buf item;
        buf_init(&item, MESSAGE_MAX);
        buf_reserve(&item, p->before.n + 9 + p->head.n + p->stream_bytes);
        buf_put_slice(&item, p->before);
        struct buf columns;
        buf_init(&columns, MESSAGE_MAX);
        buf_put_slice(&columns, p->head);
        for (size_t k = 0; k < p->stream_count; k++, lifted++)
            buf_put(&columns, lifted->from, lifted->length);
        cbor_put_bytes(&item, buf_slice(&columns));
        CHECK(buf_ok(&item) && buf_ok(&columns)); /* all of it stood in one message */
        *p->segment = slice_of(arena_copy(in->arena, item.p, item.n), item.n);
        buf_release(&columns);
        buf_release(&item);
    }
}

static enum status incoming_open(struct incoming *in, struct slice frame, const char *what,
                                 struct arena *arena, struct error *err)
{
    struct buf plain;
    *in = (struct incoming){.arena = arena};
    if (frame.n > MESSAGE_MAX)
        return error_set(err, ST_LIMIT, "%s: larger than %d bytes", what, MESSAGE_MAX);
    buf_init(&plain, MESSAGE_MAX);
    enum status status = decompress(frame, MESSAGE_MAX, &plain, err);
    if (status == ST_OK) {
        struct slice content = slice_of(arena_copy(arena, plain.p, plain.n), plain.n);
        cbor_reader_init(&in->r, content, what);
        lift_init(&in->lift);
    }
    buf_release(&plain);
    return status == ST_OK ? ST_OK : error_wrap(err, status, "%s", what);
}

static enum status incoming_close(struct incoming *in, struct error *err)
{
    enum status status = cbor_end(&in->r, err);
    lift_release(&in->lift);
    mem_free(in->pending);
    return status;
}

static void version_get(struct cbor_reader *r)
{
    if (cbor_read_uint(r) != VERSION)
        cbor_fail(r, "another version of the protocol");
}

static void origin_get(struct cbor_reader *r, struct origin *out)
{
    struct slice text = cbor_read_text(r, ORIGIN_MAX);
    if (cbor_ok(r) && !origin_parse(text, out))
        cbor_fail(r, "not the name of a ledger");
}

/* A count of segments or leaves; the sum over the message is limited. */
static size_t segment_count_get(struct incoming *in)
{
    size_t count = cbor_read_array(&in->r, MESSAGE_SEGMENTS_MAX - in->segment_count);
    in->segment_count += count;
    return count;
}

static void request_ledger_get(struct incoming *in, struct request_ledger *out)
{
    struct cbor_reader *r = &in->r;
    cbor_expect_array(r, 4);
    origin_get(r, &out->origin);
    out->size = cbor_read_uint_max(r, INT64_MAX);
    cbor_read_fixed(r, out->root8, sizeof out->root8);
    out->segment_count = segment_count_get(in);
    out->segments = arena_alloc(in->arena, out->segment_count * sizeof *out->segments);
    for (size_t i = 0; i < out->segment_count && cbor_ok(r); i++)
        segment_get(in, &out->segments[i]);
}

enum status sync_request_read(struct slice frame, struct arena *arena, struct sync_request *out,
                              struct error *err)
{
    struct incoming in;
    *out = (struct sync_request){0};
    enum status status = incoming_open(&in, frame, "sync request", arena, err);
    if (status != ST_OK)
        return status;
    cbor_expect_array(&in.r, 4);
    version_get(&in.r);
    out->ledger_count = cbor_read_array(&in.r, MESSAGE_LEDGERS_MAX);
    out->ledgers = arena_alloc(arena, out->ledger_count * sizeof *out->ledgers);
    for (size_t i = 0; i < out->ledger_count && cbor_ok(&in.r); i++)
        request_ledger_get(&in, &out->ledgers[i]);
    out->wants = cbor_read_uint_max(&in.r, INT64_MAX);
    streams_get(&in);
    return incoming_close(&in, err);
}

static void leaves_get(struct incoming *in, struct answer_ledger *out)
{
    struct cbor_reader *r = &in->r;
    uint64_t ms = 0, registry_size = 0;
    out->leaf_count = segment_count_get(in);
    out->leaves = arena_alloc(in->arena, out->leaf_count * sizeof *out->leaves);
    for (size_t i = 0; i < out->leaf_count && cbor_ok(r); i++) {
        struct answer_leaf *leaf = &out->leaves[i];
        *leaf = (struct answer_leaf){0};
        cbor_expect_array(r, 3);
        ms += cbor_read_uint_max(r, INT64_MAX - ms);
        registry_size += cbor_read_uint_max(r, INT64_MAX - registry_size);
        leaf->admitted_ms = (int64_t)ms;
        leaf->registry_size = registry_size;
        leaf->has_segment = cbor_peek(r) == CBOR_ARRAY;
        if (leaf->has_segment)
            segment_get(in, &leaf->segment);
        else
            cbor_read_fixed(r, leaf->id8, sizeof leaf->id8);
    }
}

static void rejected_get(struct incoming *in, struct answer_ledger *out)
{
    struct cbor_reader *r = &in->r;
    out->rejected_count = cbor_read_array(r, MESSAGE_SEGMENTS_MAX);
    out->rejected = arena_alloc(in->arena, out->rejected_count * sizeof *out->rejected);
    for (size_t i = 0; i < out->rejected_count && cbor_ok(r); i++) {
        struct rejection *rejection = &out->rejected[i];
        cbor_expect_array(r, 5);
        cbor_read_fixed(r, rejection->kid.b, HASH_SIZE);
        cbor_read_fixed(r, rejection->chain.b, sizeof rejection->chain.b);
        rejection->number = cbor_read_uint_max(r, INT64_MAX);
        rejection->code = (enum reject_code)cbor_read_uint_max(r, REJECT_ANCESTOR);
        rejection->text = cbor_read_text(r, REJECT_TEXT_MAX);
        if (cbor_ok(r) && rejection->code < REJECT_FORM)
            cbor_fail(r, "unknown code of a rejection");
    }
}

static void answer_ledger_get(struct incoming *in, struct answer_ledger *out)
{
    struct cbor_reader *r = &in->r;
    *out = (struct answer_ledger){0};
    cbor_expect_array(r, 6);
    origin_get(r, &out->origin);
    out->status = (enum sync_status)cbor_read_uint_max(r, SYNC_QUOTA);
    if (cbor_at_null(r))
        cbor_read_null(r);
    else
        out->checkpoint = cbor_read_text(r, CHECKPOINT_MAX);
    leaves_get(in, out);
    rejected_get(in, out);
    out->more = cbor_read_bool(r);
}

enum status sync_answer_read(struct slice frame, struct arena *arena, struct sync_answer *out,
                             struct error *err)
{
    struct incoming in;
    *out = (struct sync_answer){0};
    enum status status = incoming_open(&in, frame, "sync answer", arena, err);
    if (status != ST_OK)
        return status;
    cbor_expect_array(&in.r, 3);
    version_get(&in.r);
    out->ledger_count = cbor_read_array(&in.r, MESSAGE_LEDGERS_MAX);
    out->ledgers = arena_alloc(arena, out->ledger_count * sizeof *out->ledgers);
    for (size_t i = 0; i < out->ledger_count && cbor_ok(&in.r); i++)
        answer_ledger_get(&in, &out->ledgers[i]);
    streams_get(&in);
    return incoming_close(&in, err);
}
