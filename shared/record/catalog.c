/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * catalog: record types as data (FORMAT.md §7).
 *
 * A migration is applied to a copy, and the copy takes the place of the original only when every
 * row was good: a catalog is never half migrated. What the fold asks a thousand times a second is
 * worked out here once (link_catalog): code lists get a search key, writers become a bit mask and
 * ranks, checks become a plan, rules know their fields.
 *
 * All memory lies in the catalog's arena and goes at once. Rows come in the order of the migration;
 * arrays are kept sorted by number (tables, fields, rules), by code (codes) or in order of first
 * mention (lists, roles), so equal migrations give equal catalogs.
 */
#include "shared/record/catalog.h"

#include <stdlib.h>

#include "shared/base/check.h"
#include "shared/record/validate.h"
#include "shared/record/workflow.h"

#define ROWS_MAX 16384
#define TEXT_MAX 2000
#define NAME_MAX_BYTES 48
#define ARGS_MAX 16
#define ROLE_MAX 64
#define COLUMNS_MAX 18

enum { ROLE_VILLAGE, ROLE_GRID, ROLE_TOWNSHIP, ROLE_REGISTRAR, ROLE_AUDITOR, ROLE_DEPARTMENT };

/* Column kinds: n number, s text, a array of texts. */
static const char *const section_columns[] = {"nssssssns", "nnsssssssnnssssss", "ssssns",
                                              "nnsasss"};
static const char *const section_names[] = {"table", "field", "code", "rule"};

enum { SECTION_TABLE, SECTION_FIELD, SECTION_CODE, SECTION_RULE, SECTION_COUNT };

struct row {
    uint32_t number[COLUMNS_MAX];
    struct slice text[COLUMNS_MAX];
    size_t arg_count;
    struct slice args[ARGS_MAX];
};

struct migration {
    uint64_t number;
    struct slice name;
    size_t count[SECTION_COUNT];
    struct row *rows[SECTION_COUNT];
};

static const char *const type_names[] = {
    [FIELD_TEXT] = "text",         [FIELD_INT] = "int",           [FIELD_DECIMAL] = "decimal",
    [FIELD_MONEY] = "money",       [FIELD_DATE] = "date",         [FIELD_TIME] = "time",
    [FIELD_BOOL] = "bool",         [FIELD_CODE] = "code",         [FIELD_REF] = "ref",
    [FIELD_SET_TEXT] = "set_text", [FIELD_SET_CODE] = "set_code", [FIELD_SET_REF] = "set_ref",
};

static const char *const policy_names[] = {
    [POLICY_LWW] = "lww",     [POLICY_AUTHORITY] = "authority", [POLICY_REVIEW] = "review",
    [POLICY_SET] = "set",     [POLICY_COUNTER] = "counter",     [POLICY_ONCE] = "once",
    [POLICY_STATE] = "state", [POLICY_WORST] = "worst",         [POLICY_APPEND] = "append",
};

const char *field_type_name(enum field_type type)
{
    CHECK((size_t)type < ARRAY_LENGTH(type_names));
    return type_names[type];
}

const char *policy_name(enum policy policy)
{
    CHECK((size_t)policy < ARRAY_LENGTH(policy_names));
    return policy_names[policy];
}

static bool slice_is(struct slice s, const char *word)
{
    return slice_equal(s, slice_str(word));
}

static int word_index(const char *const *words, size_t count, struct slice word)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(word, words[i]))
            return (int)i;
    return -1;
}

/* ---- memory ---- */

static const char *keep(struct catalog *cat, struct slice s)
{
    char *copy = arena_alloc(&cat->arena, s.n + 1);
    if (s.n > 0)
        memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    return copy;
}

static const char *keep_str(struct catalog *cat, const char *s)
{
    return keep(cat, slice_str(s));
}

/* Room for one more element; the old array stays in the arena, unused. */
static void *room_for_one(struct catalog *cat, void *array, size_t count, size_t *capacity,
                          size_t size)
{
    if (count < *capacity)
        return array;
    *capacity = *capacity ? *capacity * 2 : 16;
    void *bigger = arena_alloc(&cat->arena, *capacity * size);
    if (count > 0)
        memcpy(bigger, array, count * size);
    return bigger;
}

/* ---- reading a migration ---- */

/* Texts are kept as C strings: one with a zero inside would be two things. */
static struct slice read_text(struct cbor_reader *r)
{
    struct slice text = cbor_read_text(r, TEXT_MAX);
    if (text.n > 0 && memchr(text.p, 0, text.n))
        cbor_fail(r, "zero character in a text");
    return cbor_ok(r) ? text : SLICE_NONE;
}

static void read_args(struct cbor_reader *r, struct row *row)
{
    row->arg_count = cbor_read_array(r, ARGS_MAX);
    for (size_t i = 0; i < row->arg_count && cbor_ok(r); i++)
        row->args[i] = read_text(r);
}

/* A newer program may append columns: they are passed over. */
static void read_row(struct cbor_reader *r, const char *columns, struct row *row)
{
    *row = (struct row){0};
    size_t items = cbor_read_array(r, 64), expected = strlen(columns);
    if (cbor_ok(r) && items < expected)
        cbor_fail(r, "row with too few columns");
    for (size_t i = 0; i < items && cbor_ok(r); i++) {
        if (i >= expected)
            (void)cbor_read_item(r);
        else if (columns[i] == 'n')
            row->number[i] = (uint32_t)cbor_read_uint_max(r, UINT32_MAX);
        else if (columns[i] == 's')
            row->text[i] = read_text(r);
        else
            read_args(r, row);
    }
}

static enum status read_migration(struct slice bytes, struct arena *arena, struct migration *out,
                                  struct error *err)
{
    *out = (struct migration){0};
    struct cbor_reader r;
    cbor_reader_init(&r, bytes, "catalog migration");
    cbor_expect_array(&r, 2 + SECTION_COUNT);
    out->number = cbor_read_uint_max(&r, INT64_MAX);
    out->name = read_text(&r);
    for (size_t s = 0; s < SECTION_COUNT && cbor_ok(&r); s++) {
        out->count[s] = cbor_read_array(&r, ROWS_MAX);
        if (out->count[s] == 0)
            continue;
        out->rows[s] = arena_alloc(arena, out->count[s] * sizeof(struct row));
        for (size_t i = 0; i < out->count[s] && cbor_ok(&r); i++)
            read_row(&r, section_columns[s], &out->rows[s][i]);
    }
    return cbor_end(&r, err);
}

enum status catalog_check_form(struct slice migration, struct error *err)
{
    struct arena scratch = {0};
    struct migration read;
    enum status status = read_migration(migration, &scratch, &read, err);
    arena_release(&scratch);
    return status;
}

/* Names become SQL identifiers and keys of JSON: they stay plain. */
static bool is_name(struct slice s)
{
    if (s.n == 0 || s.n > NAME_MAX_BYTES || s.p[0] < 'a' || s.p[0] > 'z')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              s.p[i] == '_'))
            return false;
    return true;
}

/* ---- roles ---- */

static int role_find(const struct catalog *cat, struct slice role)
{
    for (size_t i = 0; i < cat->role_count; i++)
        if (slice_is(role, cat->roles[i]))
            return (int)i;
    return -1;
}

static void role_add(struct catalog *cat, struct slice department)
{
    char role[TEXT_MAX + 8] = "dept:";
    if (department.n > NAME_MAX_BYTES)
        return;
    memcpy(role + 5, department.p, department.n);
    struct slice word = slice_of(role, 5 + department.n);
    if (role_find(cat, word) < 0 && cat->role_count < ROLE_MAX)
        cat->roles[cat->role_count++] = keep(cat, word);
}

int catalog_role_bit(const struct catalog *cat, const char *role)
{
    return role_find(cat, slice_str(role));
}

/* Takes the next word up to the separator off the front; false at the end. */
static bool next_word(struct slice *rest, char separator, struct slice *word)
{
    while (rest->n > 0 && (rest->p[0] == separator || rest->p[0] == ' ')) {
        rest->p++;
        rest->n--;
    }
    size_t n = 0;
    while (n < rest->n && rest->p[n] != (uint8_t)separator && rest->p[n] != ' ')
        n++;
    *word = slice_of(rest->p, n);
    rest->p += n;
    rest->n -= n;
    return n > 0;
}

static void roles_of_writers(struct catalog *cat, struct slice writers)
{
    struct slice word;
    while (next_word(&writers, ',', &word))
        if (word.n > 2 && word.p[0] == 'C' && word.p[1] == ':')
            role_add(cat, slice_of(word.p + 2, word.n - 2));
}

static void allow(struct catalog_field *field, int bit, uint8_t rank)
{
    field->writer_mask |= UINT64_C(1) << bit;
    if (field->rank_of[bit] == 0)
        field->rank_of[bit] = rank;
}

/* "C" covers departments that no catalog has named yet, so that a later one can be added. */
static void allow_county(struct catalog_field *field, uint8_t rank)
{
    allow(field, ROLE_REGISTRAR, rank);
    for (int bit = ROLE_DEPARTMENT; bit < ROLE_MAX; bit++)
        allow(field, bit, rank);
}

static void allow_word(const struct catalog *cat, struct catalog_field *field, struct slice word,
                       uint8_t rank)
{
    char role[NAME_MAX_BYTES + 8] = "dept:";
    if (slice_is(word, "V")) {
        allow(field, ROLE_VILLAGE, rank);
        allow(field, ROLE_GRID, rank);
    } else if (slice_is(word, "T")) {
        allow(field, ROLE_TOWNSHIP, rank);
    } else if (slice_is(word, "C")) {
        allow_county(field, rank);
    } else if (word.n > 2 && word.n <= NAME_MAX_BYTES && word.p[0] == 'C' && word.p[1] == ':') {
        memcpy(role + 5, word.p + 2, word.n - 2);
        int bit = role_find(cat, slice_of(role, 5 + word.n - 2));
        if (bit >= 0)
            allow(field, bit, rank);
        allow(field, ROLE_REGISTRAR, rank);
    }
}

static void link_writers(const struct catalog *cat, struct catalog_field *field)
{
    field->writer_mask = 0;
    memset(field->rank_of, 0, sizeof field->rank_of);
    struct slice rest = slice_str(field->writers), word;
    uint8_t rank = 0;
    while (next_word(&rest, ',', &word)) {
        if (rank < UINT8_MAX)
            rank++;
        allow_word(cat, field, word, rank);
    }
    if (rank > 0)
        return;
    for (int bit = ROLE_VILLAGE; bit <= ROLE_TOWNSHIP; bit++)
        allow(field, bit, 1);
    allow_county(field, 1);
}

uint64_t catalog_writer_mask(const struct catalog *cat, const char *writers)
{
    struct catalog_field field = {.writers = writers};
    link_writers(cat, &field);
    return field.writer_mask;
}

uint8_t catalog_writer_rank(const struct catalog_field *field, struct slice word)
{
    struct slice rest = slice_str(field->writers), other;
    for (uint8_t rank = 1; next_word(&rest, ',', &other) && rank < UINT8_MAX; rank++)
        if (slice_equal(other, word))
            return rank;
    return 0;
}

struct slice catalog_writer_word(const struct catalog_field *field, uint8_t rank)
{
    struct slice rest = slice_str(field->writers), word;
    for (uint8_t at = 1; next_word(&rest, ',', &word) && at < UINT8_MAX; at++)
        if (at == rank)
            return word;
    return SLICE_NONE;
}

/* ---- finding ---- */

/* Index of the first table with a number of at least no. */
static size_t table_position(const struct catalog *cat, uint32_t no)
{
    size_t low = 0, high = cat->table_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (cat->tables[middle]->no < no)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct catalog_table *find_table(const struct catalog *cat, uint32_t no)
{
    if (no - 1 < cat->table_count && cat->tables[no - 1]->no == no)
        return cat->tables[no - 1]; /* numbers without gaps: the usual case */
    size_t at = table_position(cat, no);
    return at < cat->table_count && cat->tables[at]->no == no ? cat->tables[at] : NULL;
}

const struct catalog_table *catalog_table(const struct catalog *cat, uint32_t no)
{
    return find_table(cat, no);
}

const struct catalog_table *catalog_table_named(const struct catalog *cat, struct slice name)
{
    for (size_t i = 0; i < cat->table_count; i++)
        if (slice_is(name, cat->tables[i]->name) || slice_is(name, cat->tables[i]->zh))
            return cat->tables[i];
    return NULL;
}

static struct catalog_list *find_list(const struct catalog *cat, struct slice name)
{
    for (size_t i = 0; i < cat->list_count; i++)
        if (slice_is(name, cat->lists[i]->name))
            return cat->lists[i];
    return NULL;
}

const struct catalog_list *catalog_list_named(const struct catalog *cat, struct slice name)
{
    return find_list(cat, name);
}

const struct catalog_field *catalog_field_called(const struct catalog_table *table,
                                                 struct slice name)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (slice_is(name, table->fields[i]->name))
            return table->fields[i];
    return NULL;
}

const struct catalog_field *catalog_field_named(const struct catalog_table *table,
                                                struct slice name)
{
    const struct catalog_field *field = catalog_field_called(table, name);
    if (field)
        return field;
    for (size_t i = 0; i < table->field_count; i++)
        if (slice_is(name, table->fields[i]->zh))
            return table->fields[i];
    return NULL;
}

static uint64_t code_key(struct slice code)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < code.n ? code.p[i] : 0);
    return key;
}

/* Index of the first code that is not before this one. */
static size_t code_position(const struct catalog_list *list, struct slice code)
{
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (slice_compare(slice_str(list->codes[middle].code), code) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct catalog_code *catalog_code(const struct catalog_list *list, struct slice code)
{
    uint64_t key = code_key(code);
    size_t low = 0, high = list->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->keys[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < list->count && list->keys[low] == key; low++)
        if (slice_is(code, list->codes[low].code))
            return &list->codes[low];
    return NULL;
}

const struct catalog_code *catalog_code_named(const struct catalog_list *list, struct slice text)
{
    const struct catalog_code *found = catalog_code(list, text);
    for (size_t i = 0; !found && i < list->count; i++)
        if (slice_is(text, list->codes[i].zh))
            found = &list->codes[i];
    for (size_t i = 0; !found && i < list->count; i++)
        if (slice_is(text, list->codes[i].en))
            found = &list->codes[i];
    return found;
}

/* ---- applying rows ---- */

static enum table_home home_of(struct slice word)
{
    if (slice_is(word, "village"))
        return HOME_VILLAGE;
    if (slice_is(word, "township"))
        return HOME_TOWNSHIP;
    if (slice_is(word, "sealed"))
        return HOME_SEALED;
    return slice_is(word, "registry") ? HOME_REGISTRY : HOME_ANY;
}

static void remove_table(struct catalog *cat, uint32_t no)
{
    size_t at = table_position(cat, no);
    if (at == cat->table_count || cat->tables[at]->no != no)
        return;
    cat->table_count--;
    memmove(&cat->tables[at], &cat->tables[at + 1],
            (cat->table_count - at) * sizeof(struct catalog_table *));
}

static struct catalog_table *insert_table(struct catalog *cat, uint32_t no)
{
    cat->tables = room_for_one(cat, cat->tables, cat->table_count, &cat->table_capacity,
                               sizeof(struct catalog_table *));
    struct catalog_table *table = arena_alloc(&cat->arena, sizeof *table);
    *table = (struct catalog_table){.no = no};
    size_t at = table_position(cat, no);
    memmove(&cat->tables[at + 1], &cat->tables[at],
            (cat->table_count - at) * sizeof(struct catalog_table *));
    cat->tables[at] = table;
    cat->table_count++;
    return table;
}

static enum status apply_table(struct catalog *cat, const struct row *row, struct error *err)
{
    uint32_t no = row->number[0];
    if (no == 0 || no > OP_TABLE_MAX)
        return error_set(err, ST_INVALID, "table number %u is not within 1 … %d", no, OP_TABLE_MAX);
    if (row->text[1].n == 0) {
        remove_table(cat, no);
        return ST_OK;
    }
    if (!is_name(row->text[1]))
        return error_set(err, ST_INVALID, "table %u: name is not [a-z][a-z0-9_]*", no);
    struct catalog_table *table = find_table(cat, no);
    for (size_t i = 0; i < cat->table_count; i++)
        if (cat->tables[i]->no != no && slice_is(row->text[1], cat->tables[i]->name))
            return error_set(err, ST_INVALID, "tables %u and %u have one name, %s", no,
                             cat->tables[i]->no, cat->tables[i]->name);
    if (!table)
        table = insert_table(cat, no);
    table->name = keep(cat, row->text[1]);
    table->zh = keep(cat, row->text[2]);
    table->en = keep(cat, row->text[3]);
    table->kind = slice_is(row->text[4], "append") ? TABLE_APPEND : TABLE_RECORD;
    table->home = home_of(row->text[5]);
    table->title = keep(cat, row->text[6]);
    table->sort = (int)(row->number[7] & INT32_MAX);
    table->key = keep(cat, row->text[8]);
    return ST_OK;
}

static void remove_field(struct catalog_table *table, uint32_t no)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->no == no) {
            table->field_count--;
            memmove(&table->fields[i], &table->fields[i + 1],
                    (table->field_count - i) * sizeof(struct catalog_field *));
        }
    table->by_no[no] = NULL;
}

static struct catalog_field *insert_field(struct catalog *cat, struct catalog_table *table,
                                          uint32_t no)
{
    table->fields = room_for_one(cat, table->fields, table->field_count, &table->field_capacity,
                                 sizeof(struct catalog_field *));
    struct catalog_field *field = arena_alloc(&cat->arena, sizeof *field);
    *field = (struct catalog_field){.no = no};
    size_t at = table->field_count;
    for (; at > 0 && table->fields[at - 1]->no > no; at--)
        table->fields[at] = table->fields[at - 1];
    table->fields[at] = field;
    table->field_count++;
    table->by_no[no] = field;
    return field;
}

static void fill_field(struct catalog *cat, struct catalog_field *field, const struct row *row)
{
    int type = word_index(type_names, ARRAY_LENGTH(type_names), row->text[5]);
    int policy = word_index(policy_names, ARRAY_LENGTH(policy_names), row->text[6]);
    field->unknown = type < 0 || policy < 0;
    field->type = field->unknown ? FIELD_TEXT : (enum field_type)type;
    enum policy next = field->unknown ? POLICY_LWW : (enum policy)policy;
    if (!field->name || next != field->policy)
        field->policy_since = cat->version + 1;
    field->policy = next;
    field->name = keep(cat, row->text[2]);
    field->zh = keep(cat, row->text[3]);
    field->en = keep(cat, row->text[4]);
    field->args = keep(cat, row->text[7]);
    field->writers = keep(cat, row->text[8]);
    field->sensitivity = (uint8_t)(row->number[9] < 4 ? row->number[9] : 4);
    field->required = row->number[10] != 0;
    field->list_name = keep(cat, row->text[11]);
    field->check = keep(cat, row->text[12]);
    field->ref = keep(cat, row->text[13]);
    field->group = keep(cat, row->text[14]);
    field->derive = keep(cat, row->text[15]);
    field->unit = keep(cat, row->text[16]);
}

static enum status apply_field(struct catalog *cat, const struct row *row, struct error *err)
{
    struct catalog_table *table = find_table(cat, row->number[0]);
    uint32_t no = row->number[1];
    if (no == 0 || no > CATALOG_FIELD_NO_MAX)
        return error_set(err, ST_INVALID, "table %u: field number %u is not within 1 … %d",
                         row->number[0], no, CATALOG_FIELD_NO_MAX);
    if (!table)
        return error_set(err, ST_INVALID, "field %u belongs to table %u, which is not there", no,
                         row->number[0]);
    if (row->text[2].n == 0) {
        remove_field(table, no);
        return ST_OK;
    }
    if (!is_name(row->text[2]))
        return error_set(err, ST_INVALID, "%s: name of field %u is not [a-z][a-z0-9_]*",
                         table->name, no);
    for (size_t i = 0; i < table->field_count; i++)
        if (table->fields[i]->no != no && slice_is(row->text[2], table->fields[i]->name))
            return error_set(err, ST_INVALID, "%s: fields %u and %u have one name, %s", table->name,
                             no, table->fields[i]->no, table->fields[i]->name);
    struct catalog_field *field = table->by_no[no];
    if (field && (field->policy == POLICY_SET) != slice_is(row->text[6], "set"))
        return error_set(err, ST_INVALID,
                         "%s.%s: what holds a set stays one, nothing else becomes one", table->name,
                         field->name);
    if (!field)
        field = insert_field(cat, table, no);
    fill_field(cat, field, row);
    if (field->policy_since > table->policy_since)
        table->policy_since = field->policy_since;
    roles_of_writers(cat, row->text[8]);
    return ST_OK;
}

static struct catalog_list *insert_list(struct catalog *cat, struct slice name)
{
    cat->lists = room_for_one(cat, cat->lists, cat->list_count, &cat->list_capacity,
                              sizeof(struct catalog_list *));
    struct catalog_list *list = arena_alloc(&cat->arena, sizeof *list);
    *list = (struct catalog_list){.name = keep(cat, name)};
    cat->lists[cat->list_count++] = list;
    return list;
}

static enum status apply_code(struct catalog *cat, const struct row *row, struct error *err)
{
    if (!is_name(row->text[0]) || row->text[1].n == 0)
        return error_set(err, ST_INVALID, "code without a list or a code");
    struct catalog_list *list = find_list(cat, row->text[0]);
    if (!list)
        list = insert_list(cat, row->text[0]);
    size_t at = code_position(list, row->text[1]);
    bool present = at < list->count && slice_is(row->text[1], list->codes[at].code);
    bool retire = row->text[2].n == 0 && row->text[3].n == 0;
    if (present && retire) {
        list->count--;
        memmove(&list->codes[at], &list->codes[at + 1],
                (list->count - at) * sizeof(struct catalog_code));
    }
    if (retire)
        return ST_OK;
    if (!present) {
        list->codes = room_for_one(cat, list->codes, list->count, &list->capacity,
                                   sizeof(struct catalog_code));
        memmove(&list->codes[at + 1], &list->codes[at],
                (list->count - at) * sizeof(struct catalog_code));
        list->count++;
    }
    list->codes[at] = (struct catalog_code){
        .code = keep(cat, row->text[1]),
        .zh = keep(cat, row->text[2]),
        .en = keep(cat, row->text[3]),
        .sort = (int)(row->number[4] & INT32_MAX),
        .parent = keep(cat, row->text[5]),
    };
    return ST_OK;
}

static void fill_rule(struct catalog *cat, struct catalog_rule *rule, const struct row *row)
{
    const char **args = arena_alloc(&cat->arena, (row->arg_count + 1) * sizeof *args);
    for (size_t i = 0; i < row->arg_count; i++)
        args[i] = keep(cat, row->args[i]);
    *rule = (struct catalog_rule){
        .no = row->number[1],
        .kind = keep(cat, row->text[2]),
        .arg_count = row->arg_count,
        .args = args,
        .warn = slice_is(row->text[4], "warn"),
        .zh = keep(cat, row->text[5]),
        .en = keep(cat, row->text[6]),
    };
}

static enum status apply_rule(struct catalog *cat, const struct row *row, struct error *err)
{
    struct catalog_table *table = find_table(cat, row->number[0]);
    if (!table)
        return error_set(err, ST_INVALID, "rule %u belongs to table %u, which is not there",
                         row->number[1], row->number[0]);
    size_t at = 0;
    while (at < table->rule_count && table->rules[at].no < row->number[1])
        at++;
    bool present = at < table->rule_count && table->rules[at].no == row->number[1];
    if (row->text[2].n == 0) {
        if (present) {
            table->rule_count--;
            memmove(&table->rules[at], &table->rules[at + 1],
                    (table->rule_count - at) * sizeof(struct catalog_rule));
        }
        return ST_OK;
    }
    if (!present) {
        table->rules = room_for_one(cat, table->rules, table->rule_count, &table->rule_capacity,
                                    sizeof(struct catalog_rule));
        memmove(&table->rules[at + 1], &table->rules[at],
                (table->rule_count - at) * sizeof(struct catalog_rule));
        table->rule_count++;
    }
    fill_rule(cat, &table->rules[at], row);
    if (slice_is(row->text[2], "step") && row->arg_count > 3)
        roles_of_writers(cat, row->args[3]);
    return ST_OK;
}

/* ---- linking ---- */

static void link_list(struct catalog *cat, struct catalog_list *list)
{
    uint64_t *keys = arena_alloc(&cat->arena, (list->count + 1) * sizeof *keys);
    for (size_t i = 0; i < list->count; i++)
        keys[i] = code_key(slice_str(list->codes[i].code));
    list->keys = keys;
}

static bool has_word(const char *words, const char *wanted)
{
    struct slice rest = slice_str(words), word;
    while (next_word(&rest, ';', &word))
        if (slice_is(word, wanted))
            return true;
    return false;
}

static void link_table(struct catalog *cat, struct catalog_table *table)
{
    table->attached = false;
    for (size_t i = 0; i < table->field_count; i++) {
        struct catalog_field *field = table->fields[i];
        field->list = find_list(cat, slice_str(field->list_name));
        link_writers(cat, field);
        field->check_plan = validate_compile_field(field, &cat->arena);
        table->attached |= validate_holds_attachment(field);
        field->holds_author = has_word(field->check, "author");
    }
    for (size_t i = 0; i < table->rule_count; i++)
        validate_compile_rule(table, &table->rules[i], &cat->arena);
    workflow_compile(cat, table, &cat->arena);
}

static void link_catalog(struct catalog *cat)
{
    const struct catalog_list *departments = find_list(cat, slice_str("department"));
    for (size_t i = 0; departments && i < departments->count; i++)
        role_add(cat, slice_str(departments->codes[i].code));
    for (size_t i = 0; i < cat->list_count; i++)
        link_list(cat, cat->lists[i]);
    for (size_t i = 0; i < cat->table_count; i++)
        link_table(cat, cat->tables[i]);
}

/* ---- life ---- */

void catalog_init(struct catalog *cat)
{
    static const char *const fixed[] = {"village", "grid", "township", "registrar", "auditor"};
    *cat = (struct catalog){0};
    for (size_t i = 0; i < ARRAY_LENGTH(fixed); i++)
        cat->roles[cat->role_count++] = fixed[i];
}

void catalog_release(struct catalog *cat)
{
    arena_release(&cat->arena);
    *cat = (struct catalog){0};
}

static void clone_field(struct catalog *to, struct catalog_table *table,
                        const struct catalog_field *from)
{
    struct catalog_field *field = insert_field(to, table, from->no);
    *field = *from;
    field->name = keep_str(to, from->name);
    field->zh = keep_str(to, from->zh);
    field->en = keep_str(to, from->en);
    field->args = keep_str(to, from->args);
    field->writers = keep_str(to, from->writers);
    field->list_name = keep_str(to, from->list_name);
    field->check = keep_str(to, from->check);
    field->ref = keep_str(to, from->ref);
    field->group = keep_str(to, from->group);
    field->derive = keep_str(to, from->derive);
    field->unit = keep_str(to, from->unit);
}

static void clone_rules(struct catalog *to, struct catalog_table *table,
                        const struct catalog_table *from)
{
    if (from->rule_count == 0)
        return;
    table->rules = arena_alloc(&to->arena, from->rule_count * sizeof *table->rules);
    table->rule_count = table->rule_capacity = from->rule_count;
    for (size_t i = 0; i < from->rule_count; i++) {
        const struct catalog_rule *rule = &from->rules[i];
        const char **args = arena_alloc(&to->arena, (rule->arg_count + 1) * sizeof *args);
        for (size_t a = 0; a < rule->arg_count; a++)
            args[a] = keep_str(to, rule->args[a]);
        table->rules[i] = *rule;
        table->rules[i].kind = keep_str(to, rule->kind);
        table->rules[i].zh = keep_str(to, rule->zh);
        table->rules[i].en = keep_str(to, rule->en);
        table->rules[i].args = args;
    }
}

static void clone_table(struct catalog *to, const struct catalog_table *from)
{
    struct catalog_table *table = insert_table(to, from->no);
    table->name = keep_str(to, from->name);
    table->zh = keep_str(to, from->zh);
    table->en = keep_str(to, from->en);
    table->kind = from->kind;
    table->home = from->home;
    table->title = keep_str(to, from->title);
    table->sort = from->sort;
    table->policy_since = from->policy_since;
    table->key = keep_str(to, from->key);
    for (size_t i = 0; i < from->field_count; i++)
        clone_field(to, table, from->fields[i]);
    clone_rules(to, table, from);
}

static void clone_list(struct catalog *to, const struct catalog_list *from)
{
    struct catalog_list *list = insert_list(to, slice_str(from->name));
    list->codes = arena_alloc(&to->arena, (from->count + 1) * sizeof *list->codes);
    list->count = list->capacity = from->count;
    for (size_t i = 0; i < from->count; i++)
        list->codes[i] = (struct catalog_code){
            .code = keep_str(to, from->codes[i].code),
            .zh = keep_str(to, from->codes[i].zh),
            .en = keep_str(to, from->codes[i].en),
            .parent = keep_str(to, from->codes[i].parent),
            .sort = from->codes[i].sort,
        };
}

void catalog_clone(const struct catalog *from, struct catalog *to)
{
    catalog_init(to);
    to->version = from->version;
    to->last_number = from->last_number;
    to->last_county = from->last_county;
    for (size_t i = to->role_count; i < from->role_count; i++)
        to->roles[to->role_count++] = keep_str(to, from->roles[i]);
    for (size_t i = 0; i < from->list_count; i++)
        clone_list(to, from->lists[i]);
    for (size_t i = 0; i < from->table_count; i++)
        clone_table(to, from->tables[i]);
    link_catalog(to);
}

static enum status apply_rows(struct catalog *cat, const struct migration *migration,
                              struct error *err)
{
    static enum status (*const apply[])(struct catalog *, const struct row *, struct error *) = {
        apply_table, apply_field, apply_code, apply_rule};
    for (size_t s = 0; s < SECTION_COUNT; s++)
        for (size_t i = 0; i < migration->count[s]; i++) {
            enum status status = apply[s](cat, &migration->rows[s][i], err);
            if (status != ST_OK)
                return error_wrap(err, status, "%s row %zu", section_names[s], i + 1);
        }
    return ST_OK;
}

uint64_t catalog_last(const struct catalog *cat, uint64_t number)
{
    return number < CATALOG_COUNTY_FIRST ? cat->last_number : cat->last_county;
}

enum status catalog_apply(struct catalog *cat, struct slice bytes, struct error *err)
{
    struct arena scratch = {0};
    struct catalog next = {0};
    struct migration migration;
    enum status status = read_migration(bytes, &scratch, &migration, err);
    if (status != ST_OK)
        goto done;
    if (migration.number <= catalog_last(cat, migration.number)) {
        status = error_set(err, ST_EXISTS, "catalog migration %llu comes after %llu",
                           (unsigned long long)migration.number,
                           (unsigned long long)catalog_last(cat, migration.number));
        goto done;
    }
    catalog_clone(cat, &next);
    status = apply_rows(&next, &migration, err);
    if (status != ST_OK) {
        status =
            error_wrap(err, status, "catalog migration %llu", (unsigned long long)migration.number);
        goto done;
    }
    link_catalog(&next);
    next.version++;
    if (migration.number < CATALOG_COUNTY_FIRST)
        next.last_number = migration.number;
    else
        next.last_county = migration.number;
    struct catalog old = *cat;
    *cat = next;
    next = old;
done:
    catalog_release(&next);
    arena_release(&scratch);
    return status;
}

/* ---- writing a migration ---- */

void migration_begin(struct buf *out, uint64_t number, const char *name)
{
    cbor_put_array(out, 2 + SECTION_COUNT);
    cbor_put_uint(out, number);
    cbor_put_str(out, name);
}

static void put_args(struct buf *out, const char *text)
{
    size_t count = 0;
    struct slice rest = slice_str(text), word;
    while (next_word(&rest, ' ', &word))
        count++;
    cbor_put_array(out, count);
    rest = slice_str(text);
    while (next_word(&rest, ' ', &word))
        cbor_put_text(out, word);
}

void migration_rows(struct buf *out, int section, const struct migration_row *rows, size_t count)
{
    CHECK(section >= 0 && section < SECTION_COUNT);
    const char *columns = section_columns[section];
    cbor_put_array(out, count);
    for (size_t i = 0; i < count; i++) {
        cbor_put_array(out, strlen(columns));
        for (size_t c = 0; columns[c]; c++) {
            const char *text = rows[i].text[c] ? rows[i].text[c] : "";
            if (columns[c] == 'n')
                cbor_put_uint(out, strtoull(text, NULL, 10));
            else if (columns[c] == 's')
                cbor_put_str(out, text);
            else
                put_args(out, text);
        }
    }
}
