/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * roster: writes rosters of villages that do not exist, in places that do.
 *
 * The problem: tests, the demo and the benchmarks need a village's register as an office would hand
 * it over, thousands of people with families, jobs and incomes that agree with each other and with
 * the published figures, and no line of it may belong to a living person.
 *
 * The idea: a village is grown household by household from one seed: kinds of families give ages
 * and relations, ages give schooling, health and labour, labour gives jobs, jobs give incomes. A
 * household that would overshoot the village's goal (people or labourers) is undone and drawn
 * again, so goals are met exactly. The same arguments give the same bytes, and a village is the
 * same whether it is written alone or in a walk over its county with the same division file.
 *
 * What holds in every village:
 *   - record ids have UUIDv7 layout and follow from seed, division, type and number alone, so the
 *     files can be imported in any order, apart, and again;
 *   - ID numbers begin with 990000, an area nobody lives in, and have a right checksum (GB 11643).
 *     The three digits after the birth date are the village's own (its place in its county's list),
 *     so villages of a county never share a number;
 *   - phones begin with 154, a range not given to any operator;
 *   - a chosen few households have no income channel, a few more no stable job, so that reports on
 *     the two household invariants have something to show. All others satisfy both.
 *
 * 三甲集社区 (622924101001) carries its published figures: 3,835 labourers, 2,161 of them surplus
 * and all placed in six modes, 202 sheds in 202 households, 512 people herding at scale.
 */
#include <ctype.h>
#include <errno.h>
#include <sys/stat.h>

#include "tests/data/sheet.h"
#include "tests/data/work.h"

#define SANJIAJI 622924101001u

/* ---- the catalog's record types ---- */

/* Part of every record id: never renumber. */
enum kind {
    KIND_GRID = 1,
    KIND_OFFICER,
    KIND_POST,
    KIND_HOUSEHOLD,
    KIND_PERSON,
    KIND_MEMBER,
    KIND_PROFILE,
    KIND_SPELL,
    KIND_INCOME,
    KIND_VISIT,
    KIND_SKILL,
    KIND_TAG,
};

/* The record id of the n-th record (from 0) of a kind, UUIDv7 layout; n < 0: empty. */
static void cell_id(struct sheet *s, const struct village *v, enum kind kind, int n)
{
    cell_before(s);
    if (n >= 0) {
        uint64_t a = mix(v->seed ^ mix(v->division ^ mix((uint64_t)kind << 40 ^ (uint64_t)n)));
        uint64_t b = mix(a ^ 0x6875636500000000u ^ (uint64_t)kind);
        uint64_t high = (uint64_t)(AS_OF_MS + n) << 16 | 0x7000 | (a & 0xfff);
        uint64_t low = 0x8000000000000000u | b >> 2;
        fprintf(s->memory, "%016" PRIx64 "%016" PRIx64, high, low);
    }
    cell_after(s);
}

/* A village group is 50 neighbouring households; the last takes the rest. */
static int group_of(int household)
{
    return household / 50 < 98 ? household / 50 + 1 : 99;
}

static void household_code(const struct village *v, int i, char out[static 19])
{
    int group = group_of(i), serial = i - (group - 1) * 50 + 1;
    memcpy(out, v->code, 12);
    put_digits(out + 12, 2, group);
    put_digits(out + 14, 4, serial);
    out[18] = 0;
}

/* Someone of the households [from, to) who can serve as an officer. */
static int find_officer(struct village *v, int from, int to, int avoid)
{
    int low = v->households[from].first;
    int high = to < v->household_count ? v->households[to].first : v->people_count;
    int n = high - low, start = below(&v->chance, n);
    for (int i = 0; i < n; i++) {
        int k = low + (start + i) % n;
        const struct person *p = &v->people[k];
        if (k != avoid && p->labourer && p->age >= 24 && p->age <= 55 && p->capability < 3 &&
            p->phone[0])
            return k;
    }
    return low;
}

static void write_grid(struct village *v, struct sheet *s, int g, int households)
{
    char text[160];
    cell_id(s, v, KIND_GRID, g);
    snprintf(text, sizeof text, "%s%03d", v->code, g % 1000);
    cell_text(s, text);
    cell_text(s, g ? "3" : "2");
    if (g)
        snprintf(text, sizeof text, "%s第%d网格", v->name, g);
    else
        snprintf(text, sizeof text, "%s网片", v->name);
    cell_text(s, text);
    cell_id(s, v, KIND_GRID, g ? 0 : -1);
    cell_text(s, GRID_KIND);
    cell_int(s, households);
    cell_text(s, STATUS_LIVE);
}

struct office { /* the sheets that an appointment goes to */
    struct sheet officer, post;
};

static void appoint(struct village *v, struct office *o, int number, int grid, int person,
                    const char *kind)
{
    const struct person *p = &v->people[person];
    int year = between(&v->chance, 2021, AS_OF_YEAR);
    int32_t since = day_of(year, between(&v->chance, 1, 12), 1);
    cell_id(&o->officer, v, KIND_OFFICER, number);
    cell_id(&o->officer, v, KIND_PERSON, person);
    cell_text(&o->officer, p->name);
    cell_text(&o->officer, kind);
    cell_text(&o->officer, p->phone);
    cell_date(&o->officer, since);
    cell_int(&o->officer, 1);
    cell_id(&o->post, v, KIND_POST, number);
    cell_id(&o->post, v, KIND_GRID, grid);
    cell_id(&o->post, v, KIND_OFFICER, number);
    cell_text(&o->post, kind);
    cell_date(&o->post, since);
}

/* Number of the officer who walks a grid; its leader has the grid's own number. */
static int walker_of(const struct village *v, int grid)
{
    return v->grids + grid;
}

/* Grid 0 is the village's own 网片; the others are its grids with a leader and an officer each. */
static void write_grids(struct village *v, const char *folder)
{
    struct sheet grid;
    struct office o;
    int from = 0, to = v->household_count, leader, walker;
    sheet_open(&grid, folder, "grid", "id,grid_code,level,name,parent_id,kind,households_n,status");
    sheet_open(&o.officer, folder, "grid_officer",
               "id,person_id,name,kind,phone_work,appointed_from,public_board");
    sheet_open(&o.post, folder, "grid_post", "id,grid_id,officer_id,role,from");
    write_grid(v, &grid, 0, v->household_count);
    leader = find_officer(v, from, to, -1);
    appoint(v, &o, 0, 0, leader, OFFICER_ZONE);
    for (int g = 1; g <= v->grids; g++, from = to) {
        for (to = from; to < v->household_count && v->households[to].grid <= g; to++)
            ;
        write_grid(v, &grid, g, to - from);
        leader = find_officer(v, from, to, leader);
        appoint(v, &o, g, g, leader, OFFICER_GRID);
        walker = find_officer(v, from, to, leader);
        appoint(v, &o, walker_of(v, g), g, walker,
                percent(&v->chance, 60) ? OFFICER_PART_TIME : OFFICER_FULL_TIME);
    }
    sheet_close(&grid, false);
    sheet_close(&o.officer, false);
    sheet_close(&o.post, false);
}

static void address_of(const struct village *v, int household, char *out, size_t n)
{
    if (v->division == SANJIAJI) /* people moved here into blocks of flats */
        snprintf(out, n, "%s%s%d号楼%d单元%d0%d室", v->township, v->name, household / 48 + 1,
                 household / 12 % 4 + 1, household / 2 % 6 + 1, household % 2 + 1);
    else
        snprintf(out, n, "%s%s%d社%d号", v->township, v->name, group_of(household),
                 household - (group_of(household) - 1) * 50 + 1);
}

static void write_households(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    char text[256];
    sheet_open(&s, folder, "household",
               "id,household_code,grid_id,head_person_id,address,phone,hh_type,relocated,"
               "relocated_from,relocated_on,relocation_site,"
               "housing_grade,water_ok,road,toilet,net,land_mu,forest_mu,sheds,status");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        bool moved = v->division == SANJIAJI;
        int type = below(c, 100);
        cell_id(&s, v, KIND_HOUSEHOLD, i);
        household_code(v, i, text);
        cell_text(&s, text);
        cell_id(&s, v, KIND_GRID, h->grid);
        cell_id(&s, v, KIND_PERSON, h->first);
        address_of(v, i, text, sizeof text);
        cell_text(&s, text);
        cell_text(&s, v->people[h->first].phone);
        cell_text(&s, h->no_income               ? "2"
                      : type < (moved ? 62 : 18) ? "1"
                      : type < 66                ? "0"
                      : type < 72                ? "5"
                      : type < 73                ? "7"
                                                 : "0");
        cell_int(&s, moved);
        cell_text(&s, moved ? PICK(c, townships_left) : "");
        cell_date(&s, moved ? day_of(2018, 5, 1) + between(c, 0, 200) : NEVER);
        cell_text(&s, moved ? v->name : "");
        cell_text(&s, moved || percent(c, 70) ? "A" : "B");
        cell_int(&s, 1);
        cell_int(&s, 1);
        cell_int(&s, percent(c, 88));
        cell_int(&s, percent(c, 76));
        cell_tenths(&s, moved ? 0 : between(c, 10, 95));
        cell_tenths(&s, percent(c, 30) ? between(c, 5, 60) : 0);
        cell_int(&s, h->shed);
        cell_text(&s, STATUS_LIVE);
    }
    sheet_close(&s, false);
}

static void write_people(struct village *v, const char *folder)
{
    struct sheet s, m;
    struct chance *c = &v->chance;
    sheet_open(&s, folder, "person",
               "id,id_type,id_no,name,sex,birth,ethnic,edu,school_status,marital,health,political,"
               "phone,hukou_div,hukou_kind,live_div,alive,mandarin,insured_med,insured_pen");
    sheet_open(&m, folder, "household_member", "id,household_id,person_id,relation,from,residence");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        const struct spell *job = p->spell >= 0 ? &v->spells[p->spell] : NULL;
        bool away = job && job->end == NEVER && job->scope >= 3;
        cell_id(&s, v, KIND_PERSON, i);
        cell_text(&s, ID_TYPE);
        cell_text(&s, p->id_no);
        cell_text(&s, p->name);
        cell_int(&s, p->male ? 1 : 2);
        cell_date(&s, p->birth);
        cell_text(&s, p->ethnic);
        cell_text(&s, p->edu);
        cell_text(&s, p->school);
        cell_text(&s, p->marital);
        cell_text(&s, p->health);
        cell_text(&s, p->political);
        cell_text(&s, p->phone);
        cell_text(&s, v->code);
        cell_text(&s, HUKOU_RURAL);
        cell_text(&s, v->code);
        cell_text(&s, STATUS_LIVE);
        cell_int(&s, p->school[0] || percent(c, p->age < 45 ? 92 : 48));
        cell_text(&s, p->insured_as_employee ? INSURED_EMPLOYEE : INSURED_RESIDENT);
        cell_text(&s, p->insured_as_employee          ? INSURED_EMPLOYEE
                      : p->age >= 16 && !p->school[0] ? INSURED_RESIDENT
                                                      : "");
        cell_id(&m, v, KIND_MEMBER, i);
        cell_id(&m, v, KIND_HOUSEHOLD, p->household);
        cell_id(&m, v, KIND_PERSON, i);
        cell_text(&m, p->relation);
        cell_date(&m, p->birth > day_of(2018, 5, 1) ? p->birth : day_of(2018, 5, 1));
        cell_text(&m, away ? RESIDENCE_AWAY : RESIDENCE_HERE);
    }
    sheet_close(&s, false);
    sheet_close(&m, false);
}

/* Of those without work, the ones who care for others or want none are not looking for any. */
static const char *state_of(const struct spell *job, const char *reason)
{
    if (job)
        return job->stable ? STATE_STABLE : STATE_UNSTABLE;
    return strcmp(reason, REASON_UNWILLING) == 0 || strcmp(reason, REASON_CHILDREN) == 0
               ? STATE_UNWILLING
               : STATE_WILLING;
}

static void write_profile(struct village *v, struct sheet *s, int number, int person,
                          const char *occupation, const char *level, const char *cert)
{
    static const char *const reasons_men[] = {"4", "5", "6", "8", REASON_UNWILLING};
    static const char *const reasons_women[] = {
        "1", REASON_CHILDREN, REASON_CHILDREN, REASON_CHILDREN, "6", REASON_UNWILLING};
    struct chance *c = &v->chance;
    const struct person *p = &v->people[person];
    const struct spell *job = p->spell >= 0 ? &v->spells[p->spell] : NULL;
    const char *reason = "";
    if (job && job->end != NEVER)
        job = NULL;
    if (!job) /* whoever counts as surplus is looking for work */
        reason = p->surplus ? "5" : p->male ? PICK(c, reasons_men) : PICK(c, reasons_women);
    cell_id(s, v, KIND_PROFILE, number);
    cell_id(s, v, KIND_PERSON, person);
    cell_int(s, p->capability);
    cell_int(s, 1);
    cell_int(s, p->surplus);
    cell_text(s, state_of(job, reason));
    cell_text(s, level);
    cell_text(s, occupation);
    cell_text(s, cert);
    cell_int(s, between(c, 1, 4));
    cell_int(s, between(c, 18, 60) * 100);
    cell_text(s, reason);
    cell_date(s, as_of() - between(c, 0, 30));
}

static void write_labour(struct village *v, const char *folder)
{
    static const char *const levels[] = {"5", "5", "5", "4", "S"};
    struct sheet s, k;
    struct chance *c = &v->chance;
    char cert[32];
    int n = 0, skilled = 0;
    sheet_open(&s, folder, "labour_profile",
               "id,person_id,capability,is_labour,surplus,emp_status,skill_level,main_skill,"
               "cert_no,wish_place,wish_wage_min,no_job_reason,last_confirmed_at");
    sheet_open(&k, folder, "skill", "id,person_id,occupation,level,cert_no,issuer,date");
    for (int i = 0; i < v->people_count; i++) {
        if (!v->people[i].labourer)
            continue;
        if (v->people[i].capability != 2) {
            write_profile(v, &s, n++, i, "", "0", "");
            continue;
        }
        const char *occupation = PICK(c, skills), *level = PICK(c, levels);
        snprintf(cert, sizeof cert, "TEST%s%05d", v->code, skilled + 1);
        write_profile(v, &s, n++, i, occupation, level, cert);
        cell_id(&k, v, KIND_SKILL, skilled++);
        cell_id(&k, v, KIND_PERSON, i);
        cell_text(&k, occupation);
        cell_text(&k, level);
        cell_text(&k, cert);
        cell_text(&k, "县人力资源和社会保障局");
        cell_date(&k, as_of() - between(c, 30, 1500));
    }
    sheet_close(&s, false);
    sheet_close(&k, false);
}

static void write_tags(struct village *v, const char *folder)
{
    struct sheet s;
    int n = 0;
    sheet_open(&s, folder, "person_tag", "id,person_id,tag,from");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        const char *tag = strcmp(p->political, POLITICAL_PARTY) == 0               ? TAG_PARTY
                          : strcmp(p->health, HEALTH_DISABLED) == 0                ? TAG_DISABLED
                          : v->households[p->household].count == 1 && p->age >= 60 ? TAG_ALONE
                          : strcmp(p->edu, EDU_BACHELOR) == 0                      ? TAG_GRADUATE
                                                                                   : NULL;
        if (!tag)
            continue;
        cell_id(&s, v, KIND_TAG, n++);
        cell_id(&s, v, KIND_PERSON, i);
        cell_text(&s, tag);
        cell_date(&s, as_of() - between(&v->chance, 30, 1000));
    }
    sheet_close(&s, false);
}

static void write_spells(struct village *v, const char *folder)
{
    struct sheet s;
    sheet_open(
        &s, folder, "employment_spell",
        "id,person_id,mode,place_scope,place_div,employer,credit_code,job,organised,start,end,"
        "months_this_year,wage_month,contract,post_type,post_months,stable");
    for (int i = 0; i < v->spell_count; i++) {
        const struct spell *e = &v->spells[i];
        char text[120];
        cell_id(&s, v, KIND_SPELL, i);
        cell_id(&s, v, KIND_PERSON, e->person);
        cell_int(&s, e->mode);
        cell_int(&s, e->scope);
        cell_text(&s, e->place);
        snprintf(text, sizeof text, "%s%s", e->employer[0] ? e->place_name : "", e->employer);
        cell_text(&s, text);
        credit_code(v->lane * 200000 + i, text);
        cell_text(&s, e->licensed ? text : "");
        cell_text(&s, e->job);
        cell_int(&s, e->organised);
        cell_date(&s, e->start);
        cell_date(&s, e->end);
        cell_tenths(&s, e->months_10);
        cell_int(&s, e->wage);
        cell_int(&s, e->contract);
        if (e->post_type)
            cell_int(&s, e->post_type);
        else
            cell_text(&s, "");
        if (e->post_type)
            cell_tenths(&s, e->months_10);
        else
            cell_text(&s, "");
        cell_int(&s, e->stable);
    }
    sheet_close(&s, false);
}

static void write_income(struct village *v, struct sheet *s, int household, const char *kind,
                         const char *item, int64_t amount, bool stable, int *n)
{
    cell_id(s, v, KIND_INCOME, (*n)++);
    cell_id(s, v, KIND_HOUSEHOLD, household);
    cell_text(s, kind);
    cell_text(s, item);
    cell_int(s, AS_OF_YEAR);
    cell_int(s, amount);
    cell_int(s, stable);
}

static void write_incomes(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    int n = 0;
    sheet_open(&s, folder, "income_source", "id,household_id,kind,item,year,amount_year,stable");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        int64_t wages = 0, business = 0;
        bool wages_stable = false, business_stable = false, old = false;
        for (int k = h->first; k < h->first + h->count; k++) {
            const struct person *p = &v->people[k];
            old |= p->age >= 60;
            if (p->spell < 0 || v->spells[p->spell].end != NEVER)
                continue;
            const struct spell *e = &v->spells[p->spell];
            bool own = e->mode == MODE_HERDING || e->mode == MODE_OWN;
            *(own ? &business : &wages) += (int64_t)e->wage * e->months_10 / 10;
            *(own ? &business_stable : &wages_stable) |= e->stable;
        }
        if (wages)
            write_income(v, &s, i, INCOME_WAGE, "务工工资", wages, wages_stable, &n);
        if (business)
            write_income(v, &s, i, INCOME_BUSINESS, h->shed ? "牛羊养殖" : "自主经营", business,
                         business_stable, &n);
        if (!h->no_income && (percent(c, 14) || (!wages && !business))) {
            const char *item = percent(c, 60) ? "土地流转" : "光伏分红";
            write_income(v, &s, i, INCOME_PROPERTY, item, between(c, 3, 30) * 100, true, &n);
        }
        if (old)
            write_income(v, &s, i, INCOME_TRANSFER, "城乡居民养老金", between(c, 14, 40) * 100,
                         true, &n);
        else if (h->no_income || percent(c, 30))
            write_income(v, &s, i, INCOME_TRANSFER, "惠农补贴", between(c, 2, 15) * 100, true, &n);
    }
    sheet_close(&s, false);
}

/* The last month's round: nine households of ten were reached. */
static void write_visits(struct village *v, const char *folder)
{
    struct sheet s;
    struct chance *c = &v->chance;
    int n = 0;
    char text[64];
    sheet_open(&s, folder, "visit",
               "id,household_id,kind,at,officer_id,present,wellbeing,next_due,note");
    for (int i = 0; i < v->household_count; i++) {
        const struct household *h = &v->households[i];
        if (!percent(c, 90))
            continue;
        int day = between(c, 1, 28), hour = between(c, 8, 17), minute = below(c, 12) * 5;
        cell_id(&s, v, KIND_VISIT, n++);
        cell_id(&s, v, KIND_HOUSEHOLD, i);
        cell_text(&s, v->people[h->first].age >= 70 && percent(c, 50) ? "5" : "1");
        snprintf(text, sizeof text, "%d-12-%02dT%02d:%02d", AS_OF_YEAR, day, hour, minute);
        cell_text(&s, text);
        cell_id(&s, v, KIND_OFFICER, walker_of(v, h->grid));
        cell_int(&s, percent(c, 93));
        cell_int(&s, h->no_income ? 2 : between(c, 3, 5));
        cell_date(&s, as_of() + day);
        cell_text(&s, percent(c, 40) ? PICK(c, visit_notes) : "");
    }
    sheet_close(&s, false);
}

/* ---- the roster as a village has it ---- */

struct label {
    const char *code, *zh;
};
static const struct label labels_edu[] = {
    {EDU_NONE, "文盲或半文盲"},    {EDU_PRIMARY, "小学毕业"},        {EDU_JUNIOR, "初中毕业"},
    {EDU_SENIOR, "普通高中毕业"},  {EDU_VOCATIONAL, "中等专科毕业"}, {EDU_COLLEGE, "大学专科毕业"},
    {EDU_BACHELOR, "大学本科毕业"}};
static const struct label labels_ethnic[] = {{"01", "汉族"},   {"03", "回族"},   {"26", "东乡族"},
                                             {"47", "保安族"}, {"35", "撒拉族"}, {"11", "满族"}};
static const struct label labels_relation[] = {
    {"02", "户主"}, {"11", "夫"},   {"12", "妻"},   {"21", "独生子"}, {"22", "长子"},
    {"23", "次子"}, {"24", "三子"}, {"25", "四子"}, {"26", "五子"},   {"31", "独生女"},
    {"32", "长女"}, {"33", "次女"}, {"34", "三女"}, {"35", "四女"},   {"36", "五女"},
    {"38", "儿媳"}, {"41", "孙子"}, {"42", "孙女"}, {"51", "父亲"},   {"52", "母亲"}};
static const struct label labels_marital[] = {{MARITAL_SINGLE, "未婚"},
                                              {MARITAL_MARRIED, "已婚"},
                                              {MARITAL_WIDOWED, "丧偶"},
                                              {MARITAL_DIVORCED, "离婚"}};
static const struct label labels_political[] = {
    {POLITICAL_PARTY, "中共党员"}, {POLITICAL_LEAGUE, "共青团员"}, {POLITICAL_MASSES, "群众"}};
#define LABEL(list, code) label((list), COUNT(list), (code))

static const char *label(const struct label *list, size_t n, const char *code)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i].code, code) == 0)
            return list[i].zh;
    return "";
}

static void write_cn(struct village *v, const char *folder)
{
    struct sheet s;
    sheet_open(
        &s, folder, "roster_cn",
        "户编号,与户主关系,姓名,性别,民族,身份证件号码,出生日期,文化程度,婚姻状况,政治面貌,电话");
    for (int i = 0; i < v->people_count; i++) {
        const struct person *p = &v->people[i];
        char code[19];
        household_code(v, p->household, code);
        cell_text(&s, code);
        cell_text(&s, LABEL(labels_relation, p->relation));
        cell_text(&s, p->name);
        cell_text(&s, p->male ? "男" : "女");
        cell_text(&s, LABEL(labels_ethnic, p->ethnic));
        cell_text(&s, p->id_no);
        cell_date(&s, p->birth);
        cell_text(&s, LABEL(labels_edu, p->edu));
        cell_text(&s, LABEL(labels_marital, p->marital));
        cell_text(&s, LABEL(labels_political, p->political));
        cell_text(&s, p->phone);
    }
    sheet_close(&s, true);
}

/* ---- villages, and walks over their townships and counties ---- */

struct options {
    const char *division, *out, *divisions;
    uint64_t seed;
    int people;
    bool cn;
};

static void make_folder(const char *path)
{
    if (mkdir(path, 0755) && errno != EEXIST)
        fail(strerror(errno), path);
}

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* The mean of the place, or somewhat more or less: neighbours in the list are taken in pairs, one
 * as much above as the other is below, so that a county comes out near its census. */
static void set_goals(struct village *v, int people)
{
    const struct census_mean *mean = &census_means[0];
    for (size_t i = 0; i < COUNT(census_means); i++)
        if (begins(v->code, census_means[i].prefix))
            mean = &census_means[i];
    v->goals = (struct goals){.people = people,
                              .household_100 = mean->household_100,
                              .surplus = -1,
                              .sheds = -1,
                              .herders = -1,
                              .no_income = -1,
                              .no_stable = -1};
    if (people)
        return;
    if (v->division == SANJIAJI) {
        v->goals = (struct goals){.labourers = 3835,
                                  .household_100 = 375,
                                  .surplus = 2161,
                                  .sheds = 202,
                                  .herders = 512,
                                  .no_income = 8,
                                  .no_stable = 23};
        return;
    }
    int spread = (int)(mix(mix(v->seed) ^ (v->division + 1) / 2) % 700);
    v->goals.people = mean->people * (1000 + (v->division & 1 ? spread : -spread)) / 1000;
}

static void write_village(struct village *v, const struct options *o, const char *folder,
                          int people)
{
    for (size_t i = 0; i < COUNT(ethnic_mixes); i++)
        if (begins(v->code, ethnic_mixes[i].prefix))
            v->mix = &ethnic_mixes[i];
    v->seed = o->seed;
    v->chance.state = mix(mix(o->seed) ^ v->division);
    v->taken = calloc(SLOT_LEVELS, sizeof *v->taken);
    if (!v->taken)
        fail("out of memory", NULL);
    set_goals(v, people);
    settle(v);
    find_work(v);
    make_folder(folder);
    if (o->cn) {
        write_cn(v, folder);
    } else {
        write_grids(v, folder);
        write_households(v, folder);
        write_people(v, folder);
        write_tags(v, folder);
        write_labour(v, folder);
        write_spells(v, folder);
        write_incomes(v, folder);
        write_visits(v, folder);
    }
    printf("%s %s: %d people, %d households, %d labourers\n", v->code, v->name, v->people_count,
           v->household_count, v->labourers);
    free(v->people);
    free(v->households);
    free(v->spells);
    free(v->taken);
}

struct place { /* a row of the division file */
    char code[13], name[64];
    bool village;
    int lane;
};

/* Splits at commas in place; names in the division file hold neither commas nor quotes. */
static int split(char *line, char *cells[], int n)
{
    int count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *next = line; next && count < n;) {
        cells[count++] = next;
        next = strchr(next, ',');
        if (next)
            *next++ = 0;
    }
    return count;
}

static struct place *read_divisions(const char *path, int *count)
{
    struct place *places = NULL;
    int capacity = 0, lane = 0;
    char line[512], *cells[6], county[7] = "";
    FILE *f = fopen(path, "r");
    *count = 0;
    if (!f)
        fail(strerror(errno), path);
    while (fgets(line, sizeof line, f)) {
        if (split(line, cells, 6) < 5 || !isdigit((unsigned char)cells[0][0]))
            continue;
        places = grow(places, *count, &capacity, sizeof *places);
        struct place *p = &places[(*count)++];
        memset(p, 0, sizeof *p);
        snprintf(p->code, sizeof p->code, "%.12s", cells[1]);
        snprintf(p->name, sizeof p->name, "%.63s", cells[2]);
        p->village = strcmp(cells[3], "village") == 0;
        if (!p->village)
            continue;
        if (strncmp(county, p->code, 6) != 0) {
            snprintf(county, sizeof county, "%.6s", p->code);
            lane = 0;
        }
        p->lane = lane++ % 499 + 1;
    }
    fclose(f);
    return places;
}

/* "三甲集社区居民委员会" is 三甲集社区 in an address, "水家村委会" is 水家村. */
static void short_name(const char *name, char out[static 64])
{
    static const char *const endings[][2] = {{"社区居民委员会", "社区"},
                                             {"居民委员会", "社区"},
                                             {"社区居委会", "社区"},
                                             {"居委会", "社区"},
                                             {"村村民委员会", "村"},
                                             {"村民委员会", "村"},
                                             {"村委会", "村"}};
    size_t n = strlen(name);
    for (size_t i = 0; i < COUNT(endings); i++) {
        size_t e = strlen(endings[i][0]);
        if (n > e && strcmp(name + n - e, endings[i][0]) == 0) {
            snprintf(out, 64, "%.*s%s", (int)(n - e), name, endings[i][1]);
            return;
        }
    }
    snprintf(out, 64, "%s", name);
}

static void begin_village(struct village *v, const char *code, const struct place *places,
                          int count)
{
    memset(v, 0, sizeof *v);
    snprintf(v->code, sizeof v->code, "%s", code);
    v->division = strtoull(code, NULL, 10);
    v->lane = (int)(mix(v->division) % 499) + 1;
    if (v->division == SANJIAJI)
        snprintf(v->name, sizeof v->name, "三甲集社区");
    for (int i = 0; i < count; i++) {
        if (strncmp(places[i].code, code, 9) == 0 && strcmp(places[i].code + 9, "000") == 0)
            snprintf(v->township, sizeof v->township, "%s", places[i].name);
        if (places[i].village && strcmp(places[i].code, code) == 0) {
            v->lane = places[i].lane;
            short_name(places[i].name, v->name);
        }
    }
}

/* How many of the twelve digits say something: 622924000000 has 6. */
static int meaningful_digits(const char *code)
{
    static const int lengths[] = {2, 4, 6, 9};
    for (size_t i = 0; i < COUNT(lengths); i++)
        if (strspn(code + lengths[i], "0") == strlen(code) - (size_t)lengths[i])
            return lengths[i];
    return 12;
}

static void walk(const struct options *o, const struct place *places, int count, int digits)
{
    int villages = 0, done = 0;
    for (int i = 0; i < count; i++)
        villages += places[i].village && strncmp(places[i].code, o->division, (size_t)digits) == 0;
    if (!villages)
        fail("no village of this division in the division file", o->division);
    make_folder(o->out);
    for (int i = 0; i < count; i++) {
        struct village v;
        char folder[4096];
        int people = 0;
        if (!places[i].village || strncmp(places[i].code, o->division, (size_t)digits) != 0)
            continue;
        if (o->people) { /* equal shares, exact in sum */
            people = (int)((int64_t)o->people * (done + 1) / villages -
                           (int64_t)o->people * done / villages);
            if (!people)
                people = 1;
        }
        done++;
        begin_village(&v, places[i].code, places, count);
        snprintf(folder, sizeof folder, "%s/%s", o->out, v.code);
        write_village(&v, o, folder, people);
    }
}

static const char usage[] =
    "Writes the CSV files of a made-up roster, the same for the same arguments.\n"
    "\n"
    "  roster --division CODE --out FOLDER [--seed N] [--people N] [--divisions FILE]\n"
    "         [--format utf8|gb18030-cn]\n"
    "\n"
    "  --division   12 digits (or 6, 9): a village; with --divisions also a township or county,\n"
    "               one sub-folder for each village\n"
    "  --divisions  code,code12,name,level,kind,parent_code as in "
    "tests/data/divisions_guanghe.csv;\n"
    "               names for addresses, and ID numbers that no two villages of a county share\n"
    "  --people     how many in all; without it the census mean, for 622924101001 the published "
    "figures\n"
    "  --format     utf8: a file for each record type; gb18030-cn: roster_cn.csv, Chinese "
    "headings\n";

static void read_options(int argc, char **argv, struct options *o)
{
    static char code[13];
    *o = (struct options){.seed = 1};
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(name, "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        }
        if (!value)
            fail("needs a value, or is unknown (see --help)", name);
        i++;
        if (strcmp(name, "--division") == 0)
            o->division = value;
        else if (strcmp(name, "--out") == 0)
            o->out = value;
        else if (strcmp(name, "--divisions") == 0)
            o->divisions = value;
        else if (strcmp(name, "--seed") == 0)
            o->seed = strtoull(value, NULL, 10);
        else if (strcmp(name, "--people") == 0)
            o->people = atoi(value);
        else if (strcmp(name, "--format") == 0 && strcmp(value, "gb18030-cn") == 0)
            o->cn = true;
        else if (strcmp(name, "--format") != 0 || strcmp(value, "utf8") != 0)
            fail("unknown option or value (see --help)", name);
    }
    if (!o->division || !o->out)
        fail("--division and --out are needed (see --help)", NULL);
    size_t n = strlen(o->division);
    if (n > 12 || n < 2 || strspn(o->division, "0123456789") != n)
        fail("a division has up to 12 digits", o->division);
    if (o->people < 0 || o->people > 10000000)
        fail("--people is from 1 to 10000000", NULL);
    memset(code, '0', 12);
    memcpy(code, o->division, n);
    o->division = code;
}

int main(int argc, char **argv)
{
    struct options o;
    struct place *places = NULL;
    int count = 0, digits;
    read_options(argc, argv, &o);
    if (o.divisions)
        places = read_divisions(o.divisions, &count);
    digits = meaningful_digits(o.division);
    if (digits == 12) {
        struct village v;
        begin_village(&v, o.division, places, count);
        write_village(&v, &o, o.out, o.people);
    } else if (!places) {
        fail("a township or county needs --divisions FILE", o.division);
    } else {
        walk(&o, places, count, digits);
    }
    free(places);
    return 0;
}
