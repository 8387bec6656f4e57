/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * validate: what a value and a put as a whole must satisfy.
 *
 * One function judges (check_value), with or without a text: the desk, the import and the fold can
 * never disagree. The words of the catalog ("range:0:60000", "order start end") are read once, when
 * a migration is applied, into plans; judging a value then is a switch, a scan over its bytes and a
 * search in its code list.
 *
 * Checks speak about one field and know its label, so their sentences are made here. Rules speak
 * about several and carry their sentence in the catalog.
 */
#include "shared/record/validate.h"

#include "shared/base/check.h"
#include "shared/base/time.h"
#include "shared/codec/hex.h"
#include "shared/record/attachment.h"
#include "shared/record/mask.h"
#include "shared/record/structure.h"
#include "shared/record/workflow.h"

#define TEXT_BYTES_MAX 4000
#define AGE_MAX 125
#define CHECKS_MAX 8
#define SCALE_DIGITS 9
#define SCALE INT64_C(1000000000)
#define FEN_SCALE (SCALE / 100)

typedef __int128 wide;

enum check_kind {
    CHECK_ID18,
    CHECK_PHONE,
    CHECK_DIVISION,
    CHECK_CREDIT,
    CHECK_RANGE,
    CHECK_LENGTH,
    CHECK_NAME,
    CHECK_DIGITS,
    CHECK_PAST,
    CHECK_TOKEN,
    CHECK_HEX,
    CHECK_ATTACHMENT,
    CHECK_AUTHOR,
    CHECK_BASE64,
    CHECK_KINDS
};

static const char *const check_words[CHECK_KINDS] = {
    "id18",   "phone", "division", "credit", "range",      "len",    "name",
    "digits", "past",  "token",    "hex",    "attachment", "author", "base64",
};

struct check {
    enum check_kind kind;
    wide low, high;     /* range: times SCALE, in yuan for money */
    size_t least, most; /* len; digits, hex: least */
    int level;          /* division */
    const char *low_text, *high_text;
};

/* What is done to a text that people typed, before it is judged. */
enum cleaning { CLEAN_FREE, CLEAN_NAME, CLEAN_UPPER, CLEAN_DIVISION, CLEAN_LOWER, CLEAN_NARROW };

struct check_plan {
    size_t count;
    bool ranged; /* a range of its own: money may be negative if that says so */
    bool attached;
    enum cleaning cleaning;
    struct check
        checks[]; /* there are many fields, in every version of the catalog, with few checks */
};

static enum status bad(const struct catalog_field *field, struct error *err, const char *expected)
{
    const char *label = field->zh[0] ? field->zh : field->name;
    return error_set(err, ST_INVALID, "%s:%s", label, expected);
}

/* ---- words ---- */

/* Cuts the part before the separator off the front of rest. */
static struct slice cut(struct slice *rest, char separator)
{
    size_t n = 0;
    while (n < rest->n && rest->p[n] != (uint8_t)separator)
        n++;
    struct slice part = slice_of(rest->p, n);
    size_t step = n < rest->n ? n + 1 : n;
    *rest = slice_of(rest->p + step, rest->n - step);
    return part;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool all_digits(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]))
            return false;
    return s.n > 0;
}

static size_t small_number(struct slice s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n && is_digit(s.p[i]) && n < 1000000; i++)
        n = n * 10 + (size_t)(s.p[i] - '0');
    return n;
}

/* "-12.5" to mantissa and number of decimals; commas between digits are passed over. */
static bool number_parse(struct slice s, int64_t *mantissa, int *decimals)
{
    bool negative = s.n > 0 && s.p[0] == '-', point = false;
    size_t i = s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'), digits = 0;
    int64_t value = 0;
    *decimals = 0;
    for (; i < s.n; i++) {
        if (is_digit(s.p[i])) {
            digits++;
            *decimals += point;
            if (__builtin_mul_overflow(value, 10, &value) ||
                __builtin_add_overflow(value, s.p[i] - '0', &value) || *decimals > SCALE_DIGITS)
                return false;
        } else if (s.p[i] == '.' && !point && digits > 0) {
            point = true;
        } else if (s.p[i] != ',' || point || digits == 0 || i + 1 == s.n) {
            return false;
        }
    }
    *mantissa = negative ? -value : value;
    return digits > 0 && (!point || *decimals > 0);
}

static bool scaled_parse(struct slice s, wide *out)
{
    int64_t mantissa;
    int decimals;
    if (!number_parse(s, &mantissa, &decimals))
        return false;
    *out = mantissa;
    for (int i = decimals; i < SCALE_DIGITS; i++)
        *out *= 10;
    return true;
}

/* The number times SCALE, cut to whole units of it; money is in fen, its bounds are in yuan. */
static wide scaled_value(enum field_type type, const struct value *value)
{
    wide n = value->i;
    if (value->kind == VALUE_DECIMAL) {
        for (int i = -SCALE_DIGITS; i < value->exponent; i++)
            n *= 10;
        return n;
    }
    return n * (type == FIELD_MONEY ? FEN_SCALE : SCALE);
}

/* ---- citizen id ---- */

char citizen_id_check_digit(const char seventeen[static 17])
{
    static const int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
    int sum = 0;
    for (int i = 0; i < 17; i++)
        sum += (seventeen[i] - '0') * weights[i];
    return "10X98765432"[sum % 11];
}

static int number_at(struct slice s, size_t from, size_t n)
{
    return (int)small_number(slice_of(s.p + from, n));
}

static bool id_form(struct slice id)
{
    return id.n == 18 && all_digits(slice_of(id.p, 17)) && id.p[0] != '0' &&
           (is_digit(id.p[17]) || id.p[17] == 'X');
}

static bool id_birth(struct slice id, int32_t *birth)
{
    int year = number_at(id, 6, 4), month = number_at(id, 10, 2), day = number_at(id, 12, 2);
    if (!date_valid(year, month, day))
        return false;
    *birth = date_from_civil(year, month, day);
    return true;
}

/* The day comes from a clock that may be wrong by anything. */
static int32_t within_calendar(int32_t day)
{
    return day < DATE_MIN ? DATE_MIN : day > DATE_MAX ? DATE_MAX : day;
}

static int age_on(int32_t birth, int32_t day)
{
    int by, bm, bd, y, m, d;
    date_to_civil(birth, &by, &bm, &bd);
    date_to_civil(day, &y, &m, &d);
    return y - by - (m < bm || (m == bm && d < bd));
}

static enum status check_id18(const struct catalog_field *field, struct slice id, int32_t today,
                              struct error *err)
{
    int32_t birth;
    if (!id_form(id))
        return bad(field, err, "应为18位数字(最后一位可为X)");
    if (!id_birth(id, &birth))
        return bad(field, err, "第7至14位不是有效的出生日期");
    if (birth > today)
        return bad(field, err, "出生日期晚于今天,请核对第7至14位");
    if (age_on(birth, today) > AGE_MAX)
        return bad(field, err, "年龄超过125岁,请核对第7至14位");
    char expected = citizen_id_check_digit((const char *)id.p);
    if ((char)id.p[17] != expected)
        return error_set(err, ST_INVALID, "%s:校验码不对,应为 %c", field->zh, expected);
    return ST_OK;
}

bool citizen_id_valid(struct slice id, int32_t today)
{
    static const struct catalog_field nameless = {.name = "id", .zh = ""};
    return check_id18(&nameless, id, within_calendar(today), NULL) == ST_OK;
}

/* ---- other checks ---- */

static bool is_phone(struct slice s)
{
    return s.n == 11 && all_digits(s) && s.p[0] == '1' && s.p[1] >= '3';
}

/* Four prefecture-level cities have townships without a county between them. */
static bool without_counties(struct slice code)
{
    static const char *const cities[] = {"4419", "4420", "4604", "6202"};
    for (size_t i = 0; i < ARRAY_LENGTH(cities); i++)
        if (memcmp(code.p, cities[i], 4) == 0)
            return true;
    return false;
}

static bool is_division(struct slice s, int level)
{
    if (s.n != 12 || !all_digits(s) || s.p[0] == '0')
        return false;
    if (level >= 2 && number_at(s, 2, 2) == 0)
        return false;
    if (level >= 3 && number_at(s, 4, 2) == 0 && !without_counties(s))
        return false;
    if (level >= 4 && number_at(s, 6, 3) == 0)
        return false;
    return level < 5 || number_at(s, 9, 3) != 0;
}

/* GB 32100-2015: base 31 without I, O, S, V, Z; weights are the powers of 3 modulo 31. */
static bool is_credit_code(struct slice s)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    if (s.n != 18)
        return false;
    int sum = 0, weight = 1, last = 0;
    for (size_t i = 0; i < 18; i++) {
        const char *at = memchr(alphabet, s.p[i], sizeof alphabet - 1);
        if (!at)
            return false;
        last = (int)(at - alphabet);
        if (i < 17)
            sum += last * weight;
        weight = weight * 3 % 31;
    }
    return (31 - sum % 31) % 31 == last;
}

/* The code point at *at < s.n, which moves past it; 0 where one is cut off. */
static uint32_t next_point(struct slice s, size_t *at)
{
    uint8_t first = s.p[(*at)++];
    if (first < 0x80)
        return first;
    int more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
    uint32_t point = first & (0x3fu >> more);
    for (; more > 0; more--) {
        if (*at >= s.n)
            return 0;
        point = point << 6 | (s.p[(*at)++] & 0x3f);
    }
    return point;
}

static bool is_han(uint32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || c == 0x3007 ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x323af);
}

static bool is_latin(uint32_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= 0xc0 && c <= 0x24f && c != 0xd7 && c != 0xf7);
}

/* Letters at both ends; dots, spaces, hyphens and apostrophes only between them. */
static bool is_name(struct slice s)
{
    bool letter = false;
    for (size_t at = 0; at < s.n;) {
        uint32_t c = next_point(s, &at);
        bool joint = c == 0xb7 || c == ' ' || c == '-' || c == '\'';
        if (!is_han(c) && !is_latin(c) && !(joint && letter))
            return false;
        letter = !joint;
    }
    return letter;
}

static bool is_hex(struct slice s, size_t n)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i]) && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n == n;
}

static bool is_base64(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        const uint8_t c = s.p[i], letter = c | 0x20;
        if (!is_digit(c) && !(letter >= 'a' && letter <= 'z') && c != '+' && c != '/' && c != '=')
            return false;
    }
    return true;
}

static enum status check_range(const struct catalog_field *field, const struct check *check,
                               const struct value *value, struct error *err)
{
    if (value->kind != VALUE_INT && value->kind != VALUE_DECIMAL)
        return ST_OK;
    wide n = scaled_value(field->type, value);
    if (n >= check->low && n <= check->high)
        return ST_OK;
    return error_set(err, ST_INVALID, "%s:应在 %s 到 %s 之间", field->zh, check->low_text,
                     check->high_text);
}

static enum status check_length(const struct catalog_field *field, const struct check *check,
                                struct slice s, struct error *err)
{
    if (s.n <= check->most && (s.n + 3) / 4 >= check->least)
        return ST_OK; /* a character is one to four bytes */
    size_t n = utf8_length(s);
    if (n >= check->least && n <= check->most)
        return ST_OK;
    return error_set(err, ST_INVALID, "%s:应为 %zu 到 %zu 个字,现有 %zu 个", field->zh,
                     check->least, check->most, n);
}

static enum status check_past(const struct catalog_field *field, struct slice s, int32_t today,
                              struct error *err)
{
    int32_t days;
    if (s.n < 10 || !date_parse(slice_of(s.p, 10), &days) || days <= today)
        return ST_OK;
    char day[11];
    date_format(today, day);
    return error_set(err, ST_INVALID, "%s:不能晚于今天(%s)", field->zh, day);
}

static enum status run_check(const struct catalog_field *field, const struct check *check,
                             const struct value *value, int32_t today, struct error *err)
{
    if (check->kind == CHECK_RANGE)
        return check_range(field, check, value, err);
    if (value->kind != VALUE_TEXT)
        return ST_OK;
    switch (check->kind) {
    case CHECK_ID18:
        return check_id18(field, value->s, today, err);
    case CHECK_PHONE:
        return is_phone(value->s) ? ST_OK : bad(field, err, "应为11位手机号,以13至19开头");
    case CHECK_DIVISION:
        if (is_division(value->s, check->level))
            return ST_OK;
        return bad(field, err,
                   check->level >= 5   ? "应为12位行政区划代码,到村(社区)"
                   : check->level == 4 ? "应为12位行政区划代码,至少到乡镇(街道)"
                   : check->level == 3 ? "应为12位行政区划代码,至少到县(区)"
                                       : "应为12位行政区划代码");
    case CHECK_CREDIT:
        return is_credit_code(value->s) ? ST_OK
                                        : bad(field, err, "应为18位统一社会信用代码,校验码要相符");
    case CHECK_LENGTH:
        return check_length(field, check, value->s, err);
    case CHECK_NAME:
        return is_name(value->s) ? ST_OK : bad(field, err, "应为汉字或字母,可用“·”连接,不能有数字");
    case CHECK_DIGITS:
        if (value->s.n == check->least && all_digits(value->s))
            return ST_OK;
        return error_set(err, ST_INVALID, "%s:应为 %zu 位数字", field->zh, check->least);
    case CHECK_PAST:
        return check_past(field, value->s, today, err);
    case CHECK_TOKEN:
        return is_hex(value->s, 32) ? ST_OK : bad(field, err, "应为32位十六进制码");
    case CHECK_HEX:
        if (is_hex(value->s, check->least))
            return ST_OK;
        return error_set(err, ST_INVALID, "%s:应为 %zu 位十六进制码(小写)", field->zh,
                         check->least);
    case CHECK_ATTACHMENT:
        return attachment_parse(value->s, &(struct attachment){0})
                   ? ST_OK
                   : bad(field, err, "不是附件，照片和扫描件用“附上文件”放进来");
    case CHECK_BASE64:
        return is_base64(value->s) ? ST_OK : bad(field, err, "只放封存的内容，用 huce sealed");
    case CHECK_AUTHOR:
        return is_hex(value->s, WORKFLOW_PERSON_DIGITS)
                   ? ST_OK
                   : bad(field, err, "由系统填写办理人,不用手填");
    default:
        return ST_OK;
    }
}

/* ---- plans ---- */

static bool compile_check(struct slice word, struct arena *arena, struct check *out)
{
    struct slice name = cut(&word, ':'), first = cut(&word, ':'), second = cut(&word, ':');
    *out = (struct check){.kind = CHECK_KINDS};
    for (size_t i = 0; i < CHECK_KINDS; i++)
        if (slice_equal(name, slice_str(check_words[i])))
            out->kind = (enum check_kind)i;
    out->level = (int)small_number(first);
    out->least = small_number(first);
    out->most = small_number(second);
    if (out->kind == CHECK_RANGE) {
        out->low_text = arena_printf(arena, "%.*s", (int)first.n, (const char *)first.p);
        out->high_text = arena_printf(arena, "%.*s", (int)second.n, (const char *)second.p);
        return scaled_parse(first, &out->low) && scaled_parse(second, &out->high);
    }
    return out->kind != CHECK_KINDS;
}

static bool has_check(const struct check_plan *plan, enum check_kind kind)
{
    for (size_t i = 0; i < plan->count; i++)
        if (plan->checks[i].kind == kind)
            return true;
    return false;
}

static enum cleaning choose_cleaning(const struct check_plan *plan)
{
    if (has_check(plan, CHECK_NAME))
        return CLEAN_NAME;
    if (has_check(plan, CHECK_ID18) || has_check(plan, CHECK_CREDIT))
        return CLEAN_UPPER;
    if (has_check(plan, CHECK_DIVISION))
        return CLEAN_DIVISION;
    if (has_check(plan, CHECK_TOKEN) || has_check(plan, CHECK_HEX))
        return CLEAN_LOWER;
    if (has_check(plan, CHECK_PHONE) || has_check(plan, CHECK_DIGITS))
        return CLEAN_NARROW;
    return CLEAN_FREE;
}

void *validate_compile_field(const struct catalog_field *field, struct arena *arena)
{
    struct check checks[CHECKS_MAX];
    struct check_plan head = {0};
    struct slice rest = slice_str(field->check);
    while (rest.n > 0 && head.count < CHECKS_MAX) {
        struct slice word = cut(&rest, ';');
        if (!compile_check(word, arena, &checks[head.count]))
            continue;
        head.ranged |= checks[head.count].kind == CHECK_RANGE;
        head.attached |= checks[head.count].kind == CHECK_ATTACHMENT;
        head.count++;
    }
    struct check_plan *plan = arena_alloc(arena, sizeof *plan + head.count * sizeof *checks);
    *plan = head;
    if (head.count)
        memcpy(plan->checks, checks, head.count * sizeof *checks);
    plan->cleaning = choose_cleaning(plan);
    return plan;
}

bool validate_holds_attachment(const struct catalog_field *field)
{
    const struct check_plan *plan = field->check_plan;
    return plan->attached;
}

bool validate_check_known(struct slice check)
{
    struct arena arena = {0};
    struct check out;
    bool known = compile_check(check, &arena, &out);
    arena_release(&arena);
    return known;
}

/* ---- one value ---- */

/* Is there a byte below 0x20, or 0x7f, or 0xc2, the lead byte of U+0080 … U+009F, among these
 * eight? */
static inline bool suspicious(uint64_t w)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t below = (w - ones * 0x20) & ~w & tops;
    uint64_t del = w ^ (ones * 0x7f), c2 = w ^ (ones * 0xc2);
    return (below | (((del - ones) & ~del) & tops) | (((c2 - ones) & ~c2) & tops)) != 0;
}

static bool has_control(struct slice s)
{
    bool look = false;
    uint64_t w;
    size_t i = 0;
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&w, s.p + i, 8);
        look |= suspicious(w);
    }
    memcpy(&w, "        ", 8);
    if (i < s.n)
        memcpy(&w, s.p + i, s.n - i);
    if (!look && !suspicious(w))
        return false;
    for (i = 0; i < s.n; i++)
        if ((s.p[i] < 0x20 && s.p[i] != '\n') || s.p[i] == 0x7f ||
            (s.p[i] == 0xc2 && i + 1 < s.n && s.p[i + 1] < 0xa0))
            return true;
    return false;
}

static enum status check_text(const struct catalog_field *field, const struct value *value,
                              struct error *err)
{
    if (value->kind != VALUE_TEXT)
        return bad(field, err, "应为文字");
    if (value->s.n > TEXT_BYTES_MAX)
        return error_set(err, ST_INVALID, "%s:文字太长,最多 %d 字节", field->zh, TEXT_BYTES_MAX);
    if (has_control(value->s))
        return bad(field, err, "含有不可见的控制字符");
    return ST_OK;
}

static enum status check_code(const struct catalog_field *field, const struct value *value,
                              struct error *err)
{
    if (value->kind == VALUE_TEXT && field->list && catalog_code(field->list, value->s))
        return ST_OK;
    if (!field->list || value->kind != VALUE_TEXT)
        return check_text(field, value, err);
    int n = value->s.n > 60 ? 60 : (int)value->s.n;
    return error_set(err, ST_INVALID, "%s:代码表中没有“%.*s”", field->zh, n,
                     (const char *)value->s.p);
}

static bool is_time(struct slice s)
{
    int32_t days;
    return s.n == 16 && date_parse(slice_of(s.p, 10), &days) && s.p[10] == 'T' &&
           all_digits(slice_of(s.p + 11, 2)) && s.p[13] == ':' &&
           all_digits(slice_of(s.p + 14, 2)) && number_at(s, 11, 2) < 24 &&
           number_at(s, 14, 2) < 60;
}

static enum status check_type(const struct catalog_field *field, const struct value *value,
                              struct error *err)
{
    const struct check_plan *plan = field->check_plan;
    int32_t days;
    switch (field->type) {
    case FIELD_TEXT:
    case FIELD_SET_TEXT:
        return check_text(field, value, err);
    case FIELD_INT:
        return value->kind == VALUE_INT ? ST_OK : bad(field, err, "应为整数");
    case FIELD_DECIMAL:
        return value->kind == VALUE_DECIMAL ? ST_OK : bad(field, err, "应为数字");
    case FIELD_MONEY:
        if (value->kind != VALUE_INT)
            return bad(field, err, "应为金额(元,最多两位小数)");
        return value->i >= 0 || (plan && plan->ranged) ? ST_OK : bad(field, err, "金额不能为负");
    case FIELD_DATE:
        return value->kind == VALUE_TEXT && date_parse(value->s, &days)
                   ? ST_OK
                   : bad(field, err, "应为日期,如 2026-01-05");
    case FIELD_TIME:
        return value->kind == VALUE_TEXT && is_time(value->s)
                   ? ST_OK
                   : bad(field, err, "应为时间,如 2026-01-05T09:30");
    case FIELD_BOOL:
        return value->kind == VALUE_INT && (value->i == 0 || value->i == 1)
                   ? ST_OK
                   : bad(field, err, "应为“是”或“否”");
    case FIELD_CODE:
    case FIELD_SET_CODE:
        return check_code(field, value, err);
    case FIELD_REF:
    case FIELD_SET_REF:
        return value->kind == VALUE_BYTES && value->s.n == RECORD_ID_SIZE
                   ? ST_OK
                   : bad(field, err, "应为一条记录的编号(32位十六进制)");
    }
    CHECK(!"field type");
    return ST_INVALID;
}

bool validate_kind_ok(const struct catalog_field *field, const struct value *value)
{
    if (value->kind == VALUE_NULL || field->unknown)
        return true;
    switch (field->type) {
    case FIELD_INT:
    case FIELD_MONEY:
    case FIELD_BOOL:
        return value->kind == VALUE_INT;
    case FIELD_DECIMAL:
        return value->kind == VALUE_DECIMAL;
    case FIELD_REF:
    case FIELD_SET_REF:
        return value->kind == VALUE_BYTES && value->s.n == RECORD_ID_SIZE;
    default:
        return value->kind == VALUE_TEXT && value->s.n <= TEXT_BYTES_MAX;
    }
}

enum status validate_value(const struct catalog_field *field, const struct value *value,
                           int32_t today, struct error *err)
{
    if (value->kind == VALUE_NULL || field->unknown)
        return ST_OK;
    today = within_calendar(today);
    enum status status = check_type(field, value, err);
    const struct check_plan *plan = field->check_plan;
    for (size_t i = 0; status == ST_OK && plan && i < plan->count; i++)
        status = run_check(field, &plan->checks[i], value, today, err);
    return status;
}

/* ---- rules ---- */

enum rule_code {
    RULE_UNKNOWN,
    RULE_ORDER,
    RULE_REQUIRES,
    RULE_ONE_OF,
    RULE_NOT_BOTH,
    RULE_ID_SEX,
    RULE_ID_BIRTH,
    RULE_NEEDS,
    RULE_FORBIDS,
    RULE_DIFFER,
    RULE_ONLY,
    RULE_RANGE,
    RULE_CHECK,
};

/* Shape of the arguments: f field, v word; the last letter repeats for differ and check. */
static const struct {
    const char *word, *shape;
} rule_words[] = {
    [RULE_UNKNOWN] = {"", ""},
    [RULE_ORDER] = {"order", "ff"},
    [RULE_REQUIRES] = {"requires", "ff"},
    [RULE_ONE_OF] = {"one_of", "ff"},
    [RULE_NOT_BOTH] = {"not_both", "ff"},
    [RULE_ID_SEX] = {"id_sex", "ff"},
    [RULE_ID_BIRTH] = {"id_birth", "ff"},
    [RULE_NEEDS] = {"needs", "fvf"},
    [RULE_FORBIDS] = {"forbids", "fvf"},
    [RULE_DIFFER] = {"differ", "ff"},
    [RULE_ONLY] = {"only", "ffv"},
    [RULE_RANGE] = {"range", "fvv"},
    [RULE_CHECK] = {"check", "v"},
};

static const struct catalog_field *field_of_name(const struct catalog_table *table,
                                                 const char *name)
{
    for (size_t i = 0; i < table->field_count; i++)
        if (strcmp(table->fields[i]->name, name) == 0)
            return table->fields[i];
    return NULL;
}

static char shape_at(const char *shape, size_t i)
{
    size_t n = strlen(shape);
    return i < n ? shape[i] : shape[n - 1];
}

static bool compile_condition(const struct catalog_table *table, struct catalog_rule *rule,
                              struct arena *arena)
{
    int names[EXPR_NODES_MAX];
    const char *text = "";
    for (size_t i = 0; i < rule->arg_count; i++)
        text = arena_printf(arena, "%s%s ", text, rule->args[i]);
    rule->condition = workflow_condition(table, slice_str(text), arena, NULL);
    if (!rule->condition)
        return false;
    rule->asked_count = expr_names(rule->condition, names);
    rule->asked = arena_alloc(arena, (rule->asked_count + 1) * sizeof(struct catalog_field *));
    for (size_t i = 0; i < rule->asked_count; i++)
        if (!(rule->asked[i] = catalog_field(table, (uint32_t)names[i])))
            return false; /* the time of day, which only steps know */
    return true;
}

/* A rule whose word or fields are not there is kept and never applied. */
void validate_compile_rule(const struct catalog_table *table, struct catalog_rule *rule,
                           struct arena *arena)
{
    int code = RULE_UNKNOWN;
    for (size_t i = 1; i < ARRAY_LENGTH(rule_words); i++)
        if (strcmp(rule->kind, rule_words[i].word) == 0)
            code = (int)i;
    rule->fields = arena_alloc(arena, (rule->arg_count + 1) * sizeof(struct catalog_field *));
    size_t expected = strlen(rule_words[code].shape);
    bool repeats = code == RULE_DIFFER || code == RULE_CHECK;
    if (rule->arg_count < expected || (rule->arg_count > expected && !repeats))
        code = RULE_UNKNOWN;
    rule->asked_count = 0;
    if (code == RULE_CHECK && !compile_condition(table, rule, arena))
        code = RULE_UNKNOWN;
    for (size_t i = 0; i < rule->arg_count; i++) {
        rule->fields[i] = NULL;
        if (code == RULE_UNKNOWN || shape_at(rule_words[code].shape, i) != 'f')
            continue;
        rule->fields[i] = field_of_name(table, rule->args[i]);
        if (!rule->fields[i])
            code = RULE_UNKNOWN;
    }
    rule->code = code;
}

bool validate_rule_known(struct slice kind)
{
    for (size_t i = 1; i < ARRAY_LENGTH(rule_words); i++)
        if (slice_equal(kind, slice_str(rule_words[i].word)))
            return true;
    return structure_kind_known(kind) || workflow_kind_known(kind) ||
           slice_equal(kind, slice_str(MASK_RULE));
}

/* The fields of a record by number; at[n] = index + 1. */
struct view {
    const struct op_field *fields;
    uint8_t at[CATALOG_FIELD_NO_MAX + 1];
};

static const struct value nothing = {.kind = VALUE_NULL};

static const struct value *view_value(const struct view *view, uint32_t no)
{
    return view->at[no] ? &view->fields[view->at[no] - 1].value : &nothing;
}

static bool is_set(const struct value *value)
{
    return value->kind != VALUE_NULL && !(value->kind == VALUE_TEXT && value->s.n == 0);
}

/* word may list several: "4|5". */
static bool value_is(const struct value *value, const char *word)
{
    struct slice rest = slice_str(word);
    int64_t number;
    int decimals;
    while (rest.n > 0) {
        struct slice one = cut(&rest, '|');
        if (value->kind == VALUE_TEXT && slice_equal(value->s, one))
            return true;
        if (value->kind == VALUE_INT && number_parse(one, &number, &decimals) && decimals == 0 &&
            value->i == number)
            return true;
    }
    return false;
}

/* Dates and times compare over their common length, so a day contains its times. */
static bool in_order(const struct value *a, const struct value *b)
{
    if (!is_set(a) || !is_set(b) || a->kind != b->kind)
        return true;
    if (a->kind != VALUE_TEXT)
        return value_compare(a, b) <= 0;
    size_t n = a->s.n < b->s.n ? a->s.n : b->s.n;
    return memcmp(a->s.p, b->s.p, n) <= 0;
}

static bool id_agrees(const struct value *id, const struct value *other, bool sex)
{
    if (id->kind != VALUE_TEXT || !id_form(id->s) || other->kind != VALUE_TEXT || other->s.n == 0)
        return true;
    if (sex)
        return other->s.n == 1 && other->s.p[0] == ((id->s.p[16] - '0') % 2 ? '1' : '2');
    const uint8_t *p = id->s.p + 6, *d = other->s.p;
    return other->s.n == 10 && memcmp(d, p, 4) == 0 && memcmp(d + 5, p + 4, 2) == 0 &&
           memcmp(d + 8, p + 6, 2) == 0;
}

static bool all_differ(const struct view *view, const struct catalog_rule *rule)
{
    for (size_t i = 0; i < rule->arg_count; i++)
        for (size_t j = 0; j < i; j++) {
            const struct value *a = view_value(view, rule->fields[i]->no);
            const struct value *b = view_value(view, rule->fields[j]->no);
            if (is_set(a) && value_equal(a, b))
                return false;
        }
    return true;
}

static bool in_range(const struct catalog_rule *rule, const struct value *value)
{
    wide low, high;
    if ((value->kind != VALUE_INT && value->kind != VALUE_DECIMAL) ||
        !scaled_parse(slice_str(rule->args[1]), &low) ||
        !scaled_parse(slice_str(rule->args[2]), &high))
        return true;
    wide n = scaled_value(rule->fields[0]->type, value);
    return n >= low && n <= high;
}

static struct value ask_view(void *arg, const struct catalog_field *field)
{
    return *view_value(arg, field->no);
}

static bool condition_holds(const struct view *view, const struct catalog_table *table,
                            const struct catalog_rule *rule)
{
    const struct workflow_facts facts = {.value = ask_view, .arg = (void *)view};
    return workflow_check_holds(rule->condition, table, &facts);
}

static bool rule_holds(const struct view *view, const struct catalog_table *table,
                       const struct catalog_rule *rule)
{
    const struct value *v[3];
    for (size_t i = 0; i < 3; i++)
        v[i] = i < rule->arg_count && rule->fields[i] ? view_value(view, rule->fields[i]->no)
                                                      : &nothing;
    switch ((enum rule_code)rule->code) {
    case RULE_ORDER:
        return in_order(v[0], v[1]);
    case RULE_REQUIRES:
        return !is_set(v[0]) || is_set(v[1]);
    case RULE_ONE_OF:
        return is_set(v[0]) != is_set(v[1]);
    case RULE_NOT_BOTH:
        return !(is_set(v[0]) && is_set(v[1]));
    case RULE_ID_SEX:
        return id_agrees(v[0], v[1], true);
    case RULE_ID_BIRTH:
        return id_agrees(v[0], v[1], false);
    case RULE_NEEDS:
        return !value_is(v[0], rule->args[1]) || is_set(v[2]);
    case RULE_FORBIDS:
        return !value_is(v[0], rule->args[1]) || !is_set(v[2]);
    case RULE_DIFFER:
        return all_differ(view, rule);
    case RULE_ONLY:
        return !is_set(v[0]) || value_is(v[1], rule->args[2]);
    case RULE_RANGE:
        return in_range(rule, v[0]);
    case RULE_CHECK:
        return condition_holds(view, table, rule);
    case RULE_UNKNOWN:
        break;
    }
    return true;
}

static bool rule_applies(const struct view *view, const struct catalog_rule *rule, bool complete)
{
    if (rule->code == RULE_UNKNOWN)
        return false;
    for (size_t i = 0; !complete && i < rule->arg_count; i++)
        if (rule->fields[i] && !view->at[rule->fields[i]->no])
            return false;
    for (size_t i = 0; !complete && i < rule->asked_count; i++)
        if (!view->at[rule->asked[i]->no])
            return false;
    return true;
}

/* Sets and counters are written by ops of their own and so never among the fields of a put. */
static bool can_be_required(const struct catalog_field *field)
{
    return field->required && field->policy != POLICY_SET && field->policy != POLICY_COUNTER;
}

enum status validate_record(const struct catalog_table *table, const struct op_field *fields,
                            size_t count, bool complete, validate_warn *warn, void *arg,
                            struct error *err)
{
    if (!complete && table->rule_count == 0)
        return ST_OK;
    struct view view = {.fields = fields};
    for (size_t i = 0; i < count && i < UINT8_MAX; i++)
        if (fields[i].field <= CATALOG_FIELD_NO_MAX)
            view.at[fields[i].field] = (uint8_t)(i + 1);
    for (size_t i = 0; complete && i < table->field_count; i++)
        if (can_be_required(table->fields[i]) && !is_set(view_value(&view, table->fields[i]->no)))
            return bad(table->fields[i], err, "必填");
    for (size_t i = 0; i < table->rule_count; i++) {
        const struct catalog_rule *rule = &table->rules[i];
        if ((rule->warn && !warn) || !rule_applies(&view, rule, complete) ||
            rule_holds(&view, table, rule))
            continue;
        if (!rule->warn)
            return error_set(err, ST_INVALID, "%s", rule->zh[0] ? rule->zh : rule->kind);
        warn(arg, rule);
    }
    return ST_OK;
}

/* ---- text to value ---- */

/* White space: ASCII, no-break space C2 A0, Chinese space E3 80 80, byte order mark EF BB BF. */
static bool is_ascii_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_wide_space(const uint8_t *p)
{
    return (p[0] == 0xe3 && p[1] == 0x80 && p[2] == 0x80) ||
           (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf);
}

/* Bytes of white space that stand at p. */
static size_t space_at(const uint8_t *p, size_t n)
{
    if (n == 0 || (p[0] > ' ' && p[0] < 0xc2))
        return 0;
    if (is_ascii_space(p[0]))
        return 1;
    if (n >= 2 && p[0] == 0xc2 && p[1] == 0xa0)
        return 2;
    return n >= 3 && is_wide_space(p) ? 3 : 0;
}

/* Bytes of white space that end at p. */
static size_t space_before(const uint8_t *p, size_t n)
{
    if (n == 0 || (p[-1] > ' ' && p[-1] < 0x80))
        return 0;
    if (is_ascii_space(p[-1]))
        return 1;
    if (n >= 2 && p[-2] == 0xc2 && p[-1] == 0xa0)
        return 2;
    return n >= 3 && is_wide_space(p - 3) ? 3 : 0;
}

static struct slice trim(struct slice s)
{
    if (s.n == 0)
        return s; /* perhaps without a place in memory */
    for (size_t n; (n = space_at(s.p, s.n)) > 0;)
        s = slice_of(s.p + n, s.n - n);
    for (size_t n; (n = space_before(s.p + s.n, s.n)) > 0;)
        s.n -= n;
    return s;
}

/* Full-width ASCII becomes ASCII; white space inside goes away when asked. s is valid UTF-8. */
static struct slice narrow(struct slice s, bool squeeze, struct arena *arena)
{
    uint8_t *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        if (s.p[i] > ' ' && s.p[i] < 0xc2) { /* as it is */
            out[n++] = s.p[i++];
            continue;
        }
        size_t space = squeeze ? space_at(s.p + i, s.n - i) : 0;
        if (space > 0) {
            i += space;
        } else if (s.p[i] == 0xef && (s.p[i + 1] == 0xbc || s.p[i + 1] == 0xbd)) {
            uint32_t c = (uint32_t)(s.p[i + 1] - 0xbc) * 0x40 + (s.p[i + 2] - 0x80u) + 0x20;
            if (c > 0x20 && c < 0x7f)
                out[n++] = (uint8_t)c;
            else
                memcpy(out + n, s.p + i, 3), n += 3;
            i += 3;
        } else {
            out[n++] = s.p[i++];
        }
    }
    return slice_of(out, n);
}

static bool ends_with(struct slice s, const char *tail)
{
    size_t n = strlen(tail);
    return n > 0 && s.n > n && memcmp(s.p + s.n - n, tail, n) == 0;
}

static bool starts_with(struct slice s, const char *head)
{
    size_t n = strlen(head);
    return s.n >= n && memcmp(s.p, head, n) == 0;
}

static struct slice without_unit(const struct catalog_field *field, struct slice s)
{
    if (ends_with(s, field->unit))
        s.n -= strlen(field->unit);
    if (field->type == FIELD_MONEY && ends_with(s, "元"))
        s.n -= strlen("元");
    if (field->type == FIELD_MONEY && (starts_with(s, "¥") || starts_with(s, "\xef\xbf\xa5"))) {
        size_t n = s.p[0] == 0xc2 ? 2 : 3;
        s = slice_of(s.p + n, s.n - n);
    }
    return s;
}

static enum status parse_number(const struct catalog_field *field, struct slice s,
                                struct value *out, struct error *err)
{
    int64_t mantissa;
    int decimals;
    bool good = number_parse(without_unit(field, s), &mantissa, &decimals);
    for (; good && decimals > 0 && mantissa % 10 == 0; decimals--)
        mantissa /= 10;
    if (field->type == FIELD_INT) {
        if (!good || decimals > 0)
            return bad(field, err, "应为整数");
        *out = value_int(mantissa);
    } else if (field->type == FIELD_MONEY) {
        if (!good || decimals > 2 || mantissa > INT64_MAX / 100 || mantissa < INT64_MIN / 100)
            return bad(field, err, "应为金额(元,最多两位小数)");
        *out = value_int(decimals == 2 ? mantissa : decimals == 1 ? mantissa * 10 : mantissa * 100);
    } else {
        if (!good)
            return bad(field, err, "应为数字,最多九位小数");
        int exponent = mantissa == 0 ? 0 : -decimals;
        for (; mantissa != 0 && mantissa % 10 == 0 && exponent < 9; exponent++)
            mantissa /= 10;
        if (mantissa != 0 && mantissa % 10 == 0)
            return bad(field, err, "数字太大");
        *out = (struct value){.kind = VALUE_DECIMAL, .i = mantissa, .exponent = (int8_t)exponent};
    }
    return ST_OK;
}

/* Up to `most` digits off the front. */
static bool take_number(struct slice *s, size_t most, int *out)
{
    size_t n = 0;
    while (n < s->n && n < most && is_digit(s->p[n]))
        n++;
    *out = number_at(*s, 0, n);
    *s = slice_of(s->p + n, s->n - n);
    return n > 0;
}

static bool take_one_of(struct slice *s, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (starts_with(*s, words[i])) {
            size_t n = strlen(words[i]);
            *s = slice_of(s->p + n, s->n - n);
            return true;
        }
    return false;
}

/* 2026-1-5, 2026/1/5, 2026.1.5, 2026年1月5日, 20260105; what follows stays in *s. */
static bool take_date(struct slice *s, int32_t *days)
{
    static const char *const separators[] = {"-", "/", ".", "年", "月"};
    static const char *const day_words[] = {"日", "号"};
    int year, month, day;
    size_t digits = 0;
    while (digits < s->n && is_digit(s->p[digits]))
        digits++;
    bool plain = digits == 8;
    if (digits != 4 && !plain)
        return false;
    (void)take_number(s, 4, &year);
    if ((!plain && !take_one_of(s, separators, ARRAY_LENGTH(separators))) ||
        !take_number(s, 2, &month) ||
        (!plain && !take_one_of(s, separators, ARRAY_LENGTH(separators))) ||
        !take_number(s, 2, &day) || !date_valid(year, month, day))
        return false;
    (void)take_one_of(s, day_words, ARRAY_LENGTH(day_words));
    *days = date_from_civil(year, month, day);
    return true;
}

static enum status parse_date(const struct catalog_field *field, struct slice s,
                              struct arena *arena, struct value *out, struct error *err)
{
    int32_t days;
    if (date_parse(s, &days)) { /* as most files have it */
        *out = value_text(slice_of(arena_copy(arena, s.p, s.n), s.n));
        return ST_OK;
    }
    if (!take_date(&s, &days) || s.n > 0)
        return bad(field, err, "应为日期,如 2026-01-05");
    char text[11];
    date_format(days, text);
    *out = value_text(slice_of(arena_copy(arena, text, 10), 10));
    return ST_OK;
}

static enum status parse_time(const struct catalog_field *field, struct slice s,
                              struct arena *arena, struct value *out, struct error *err)
{
    static const char *const gaps[] = {"T", " "}, *const colons[] = {":", "时", "点"};
    int32_t days;
    int hour = 0, minute = 0, second = 0;
    bool good = take_date(&s, &days);
    if (good && s.n > 0) {
        (void)take_one_of(&s, gaps, ARRAY_LENGTH(gaps));
        s = trim(s);
        good = take_number(&s, 2, &hour) && take_one_of(&s, colons, ARRAY_LENGTH(colons));
        bool minutes = good && take_number(&s, 2, &minute);
        good = minutes || (good && s.n == 0); /* "9时" */
        if (minutes && starts_with(s, "分"))
            s = slice_of(s.p + 3, s.n - 3);
        if (minutes && take_one_of(&s, colons, 1))
            good = take_number(&s, 2, &second);
    }
    if (!good || s.n > 0 || hour > 23 || minute > 59 || second > 59)
        return bad(field, err, "应为时间,如 2026-01-05 09:30");
    char day[11];
    date_format(days, day);
    *out = value_text(slice_str(arena_printf(arena, "%sT%02d:%02d", day, hour, minute)));
    return ST_OK;
}

static enum status parse_bool(const struct catalog_field *field, struct slice s, struct value *out,
                              struct error *err)
{
    static const char *const yes[] = {"1", "是",  "有",  "对",  "√",    "✓",   "Y",
                                      "y", "yes", "Yes", "YES", "true", "TRUE"};
    static const char *const no[] = {"0", "否", "无", "没有", "不",    "×",    "N",
                                     "n", "no", "No", "NO",   "false", "FALSE"};
    _Static_assert(ARRAY_LENGTH(yes) == ARRAY_LENGTH(no), "one loop looks through both");
    for (size_t i = 0; i < ARRAY_LENGTH(yes); i++) {
        bool is_no = slice_equal(s, slice_str(no[i]));
        if (is_no || slice_equal(s, slice_str(yes[i]))) {
            *out = value_int(!is_no);
            return ST_OK;
        }
    }
    return bad(field, err, "应为“是”或“否”");
}
/* Names the choices when they are few, so that the sentence alone is enough to go on. */
static enum status no_such_code(const struct catalog_field *field, struct slice s,
                                struct arena *arena, struct error *err)
{
    const char *choices = "";
    for (size_t i = 0; i < field->list->count && i < 10; i++)
        choices = arena_printf(arena, "%s%s%s", choices, i ? "、" : "", field->list->codes[i].zh);
    int n = s.n > 60 ? 60 : (int)s.n;
    return error_set(err, ST_INVALID, "%s:代码表中没有“%.*s”,可填:%s%s", field->zh, n,
                     (const char *)s.p, choices, field->list->count > 10 ? " 等" : "");
}

static enum status parse_code(const struct catalog_field *field, struct slice s,
                              struct arena *arena, struct value *out, struct error *err)
{
    if (!field->list) {
        *out = value_text(slice_of(arena_copy(arena, s.p, s.n), s.n));
        return ST_OK;
    }
    const struct catalog_code *code = catalog_code_named(field->list, s);
    if (!code)
        return no_such_code(field, s, arena, err);
    *out = value_text(slice_str(code->code));
    *out = value_copy(arena, out);
    return ST_OK;
}

static enum status parse_ref(const struct catalog_field *field, struct slice s, struct arena *arena,
                             struct value *out, struct error *err)
{
    struct record_id id;
    if (!record_id_parse(s, &id))
        return bad(field, err, "应为一条记录的编号(32位十六进制)");
    *out = value_bytes(slice_of(arena_copy(arena, id.b, RECORD_ID_SIZE), RECORD_ID_SIZE));
    return ST_OK;
}

/* Names: every kind of middle dot becomes the one of the standard; the blanks that spread two
 * characters over three cells go away. */
static struct slice clean_name(struct slice s, struct arena *arena)
{
    static const char *const dots[] = {"•", "・", "‧", "・", "∙", "⋅"};
    bool latin = false;
    for (size_t i = 0; i < s.n; i++)
        latin |= is_latin(s.p[i]) && s.p[i] < 0x80;
    s = narrow(s, !latin, arena);
    struct buf out;
    buf_init(&out, TEXT_BYTES_MAX * 2);
    while (s.n > 0) {
        if (take_one_of(&s, dots, ARRAY_LENGTH(dots))) {
            buf_put_str(&out, "·");
        } else {
            buf_put_u8(&out, s.p[0]);
            s = slice_of(s.p + 1, s.n - 1);
        }
    }
    struct slice copy = slice_of(arena_copy(arena, out.p, out.n), out.n);
    buf_release(&out);
    return copy;
}

static struct slice upper(struct slice s, struct arena *arena)
{
    uint8_t *out = arena_copy(arena, s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (out[i] >= 'a' && out[i] <= 'z')
            out[i] = (uint8_t)(out[i] - 'a' + 'A');
    return slice_of(out, s.n);
}

static struct slice lower(struct slice s, struct arena *arena)
{
    uint8_t *out = arena_copy(arena, s.p, s.n);
    for (size_t i = 0; i < s.n; i++)
        if (out[i] >= 'A' && out[i] <= 'Z')
            out[i] = (uint8_t)(out[i] - 'A' + 'a');
    return slice_of(out, s.n);
}

/* A county code of 6 digits, or a township's of 9, becomes the 12 of the register. */
static struct slice pad_division(struct slice s, struct arena *arena)
{
    if (!all_digits(s) || s.n >= 12 || s.n < 2)
        return s;
    return slice_str(arena_printf(arena, "%.*s%.*s", (int)s.n, (const char *)s.p, (int)(12 - s.n),
                                  "000000000000"));
}

/* s is trimmed, so something follows every break. */
static struct slice free_text(struct slice s, struct arena *arena)
{
    if (!memchr(s.p, '\t', s.n) && !memchr(s.p, '\r', s.n))
        return slice_of(arena_copy(arena, s.p, s.n), s.n);
    uint8_t *out = arena_alloc(arena, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\r' && s.p[i + 1] == '\n')
            continue;
        out[n++] = s.p[i] == '\t' ? ' ' : s.p[i] == '\r' ? '\n' : s.p[i];
    }
    return slice_of(out, n);
}

static struct slice clean_text(const struct catalog_field *field, struct slice s,
                               struct arena *arena)
{
    const struct check_plan *plan = field->check_plan;
    switch (plan ? plan->cleaning : CLEAN_FREE) {
    case CLEAN_NAME:
        return clean_name(s, arena);
    case CLEAN_UPPER:
        return upper(narrow(s, true, arena), arena);
    case CLEAN_DIVISION:
        return pad_division(narrow(s, true, arena), arena);
    case CLEAN_LOWER:
        return lower(narrow(s, true, arena), arena);
    case CLEAN_NARROW:
        return narrow(s, true, arena);
    case CLEAN_FREE:
        break;
    }
    return free_text(s, arena);
}

enum status value_parse(const struct catalog_field *field, struct slice text, struct arena *arena,
                        struct value *out, struct error *err)
{
    *out = value_null();
    text = trim(text);
    if (text.n == 0)
        return ST_OK;
    if (!utf8_valid(text))
        return bad(field, err, "不是有效的 UTF-8 文字");
    switch (field->type) {
    case FIELD_TEXT:
        *out = value_text(clean_text(field, text, arena));
        return ST_OK;
    case FIELD_INT:
    case FIELD_DECIMAL:
    case FIELD_MONEY:
        return parse_number(field, narrow(text, true, arena), out, err);
    case FIELD_DATE:
        return parse_date(field, narrow(text, true, arena), arena, out, err);
    case FIELD_TIME:
        return parse_time(field, narrow(text, false, arena), arena, out, err);
    case FIELD_BOOL:
        return parse_bool(field, narrow(text, false, arena), out, err);
    case FIELD_CODE:
        return parse_code(field, text, arena, out, err);
    case FIELD_REF:
        return parse_ref(field, text, arena, out, err);
    case FIELD_SET_TEXT:
    case FIELD_SET_CODE:
    case FIELD_SET_REF:
        return bad(field, err, "这是多值字段,请逐项增减");
    }
    CHECK(!"field type");
    return ST_INVALID;
}

/* ---- value to text ---- */

static const char *format_decimal(const struct value *value, struct arena *arena)
{
    uint64_t n = value->i < 0 ? 0 - (uint64_t)value->i : (uint64_t)value->i;
    const char *sign = value->i < 0 ? "-" : "";
    if (value->exponent >= 0)
        return arena_printf(arena, "%s%llu%.*s", sign, (unsigned long long)n, value->exponent,
                            "000000000");
    uint64_t unit = 1;
    for (int i = value->exponent; i < 0; i++)
        unit *= 10;
    return arena_printf(arena, "%s%llu.%0*llu", sign, (unsigned long long)(n / unit),
                        -value->exponent, (unsigned long long)(n % unit));
}

static const char *format_money(int64_t fen, struct arena *arena)
{
    uint64_t n = fen < 0 ? 0 - (uint64_t)fen : (uint64_t)fen;
    return arena_printf(arena, "%s%llu.%02llu", fen < 0 ? "-" : "", (unsigned long long)(n / 100),
                        (unsigned long long)(n % 100));
}

const char *value_format(const struct catalog_field *field, const struct value *value, bool raw,
                         struct arena *arena)
{
    const struct catalog_code *code = NULL;
    char *hex;
    switch (value->kind) {
    case VALUE_NULL:
        return "";
    case VALUE_ERASED:
        return raw ? "" : "（已抹除）";
    case VALUE_INT:
        if (field->type == FIELD_MONEY)
            return format_money(value->i, arena);
        if (field->type == FIELD_BOOL && !raw)
            return value->i ? "是" : "否";
        return arena_printf(arena, "%lld", (long long)value->i);
    case VALUE_DECIMAL:
        return format_decimal(value, arena);
    case VALUE_BYTES:
        hex = arena_alloc(arena, value->s.n * 2 + 1);
        hex_encode(value->s, hex);
        return hex;
    case VALUE_TEXT:
        if (!raw && field->list)
            code = catalog_code(field->list, value->s);
        if (code && code->zh[0])
            return arena_printf(arena, "%s", code->zh);
        return arena_printf(arena, "%.*s", (int)value->s.n, (const char *)value->s.p);
    }
    CHECK(!"value kind");
    return "";
}

/* ---- derived values ---- */

bool value_derive(const struct catalog_table *table, const struct catalog_field *field,
                  const struct op_field *fields, size_t count, struct arena *arena,
                  struct value *out)
{
    struct slice source = slice_str(field->derive);
    struct slice word = cut(&source, ':');
    const struct catalog_field *from = NULL;
    for (size_t i = 0; i < table->field_count && source.n > 0; i++)
        if (slice_equal(source, slice_str(table->fields[i]->name)))
            from = table->fields[i];
    const struct value *id = &nothing;
    for (size_t i = 0; i < count && from; i++) {
        if (fields[i].field == from->no)
            id = &fields[i].value;
        if (fields[i].field == field->no && is_set(&fields[i].value))
            return false;
    }
    int32_t birth;
    if (id->kind != VALUE_TEXT || !id_form(id->s) || !id_birth(id->s, &birth) ||
        citizen_id_check_digit((const char *)id->s.p) != (char)id->s.p[17])
        return false;
    if (slice_equal(word, slice_str("id_sex"))) {
        *out = value_text(slice_str((id->s.p[16] - '0') % 2 ? "1" : "2"));
        return true;
    }
    if (!slice_equal(word, slice_str("id_birth")))
        return false;
    char text[11];
    date_format(birth, text);
    *out = value_text(slice_of(arena_copy(arena, text, 10), 10));
    return true;
}
