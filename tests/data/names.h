/* SPDX-License-Identifier: MulanPSL-2.0 */
/*
 * Words that rosters are mixed from: surnames and given names heard in Linxia and Ningxia, trades,
 * employers of invented kind, places of work. Every person is a random mixture, nobody is meant.
 * The shares are plausible, not statistics.
 */
#ifndef TESTS_DATA_NAMES_H
#define TESTS_DATA_NAMES_H

/* A surname stands as often as it is heard among ten or so neighbours. */
static const char *const surnames_hui[] = {
    "马", "马", "马", "马", "马", "马", "马", "马", "马", "妥", "妥", "拜", "拜", "祁", "丁", "王",
    "杨", "张", "韩", "唐", "苏", "冶", "敏", "安", "穆", "喇", "沙", "康", "白", "罗", "水", "宗"};
static const char *const surnames_dongxiang[] = {"马", "马", "马", "马", "马", "汪", "汪",
                                                 "王", "张", "赵", "杨", "唐", "高", "牟",
                                                 "董", "妥", "陈", "祁", "拜", "何"};
static const char *const surnames_han[] = {"王", "王", "张", "张", "李", "李", "杨", "赵", "陈",
                                           "刘", "孔", "何", "石", "徐", "罗", "孙", "朱", "祁",
                                           "郭", "魏", "豆", "卢", "董", "牟", "康", "周"};

static const char *const given_first_male[] = {"玉", "国", "建", "明", "小", "志", "学", "永", "福",
                                               "成", "文", "占", "进", "世", "光", "春", "晓", "忠",
                                               "继", "俊", "德", "海", "正", "振", "宏", "万"};
static const char *const given_last_male[] = {"龙", "虎", "良", "俊", "明", "祥", "林", "海", "军",
                                              "华", "平", "成", "忠", "福", "贵", "云", "峰", "强",
                                              "伟", "英", "杰", "才", "义", "清", "元", "兵"};
static const char *const given_first_female[] = {"晓", "秀", "玉", "桂", "小", "海", "春",
                                                 "丽", "文", "雪", "金", "兰", "红", "彩",
                                                 "淑", "月", "凤", "艳", "佳", "志"};
static const char *const given_last_female[] = {"燕", "兰", "花", "英", "霞", "梅", "芳", "娟",
                                                "娜", "琴", "莲", "萍", "玲", "芬", "丽", "红",
                                                "蓉", "香", "洁", "婷", "慧", "云"};
/* Given names by sound, as Hui, Dongxiang, Salar and Bonan families write them. */
static const char *const given_sound_male[] = {
    "伊卜拉", "尤素夫", "哈三",   "胡赛尼", "阿卜杜", "苏里曼", "达吾德", "穆萨",
    "尔萨",   "者麻",   "乙布拉", "哈克木", "阿力",   "歇哈",   "而利",   "努哈",
    "卡西木", "热木赞", "索里哈", "依力亚", "麻木力", "主麻",   "舍木苏", "奴海"};
static const char *const given_sound_female[] = {
    "法土麦", "阿依舍", "海力麦", "麦燕", "索非亚", "麦尔燕", "赛力麦", "宰乃拜",
    "热比亚", "阿米乃", "哈力麦", "古力", "色力麦", "祖力哈", "阿西叶", "亥力切"};

static const char *const trades_herding[] = {"肉牛养殖", "肉羊养殖", "奶牛养殖"};
static const char *const trades_factory[] = {"皮革加工工人", "包装工", "缝纫工", "食品加工工人",
                                             "仓库搬运工"};
static const char *const trades_away[] = {"建筑工", "拉面师", "电子厂普工", "保洁员",
                                          "装卸工", "服务员", "焊工"};
static const char *const trades_workshop[] = {"雨鞋车间工人", "箱包车间工人", "地毯编织工",
                                              "服装车间工人"};
static const char *const trades_own[] = {"餐饮经营", "皮毛收购", "货车运输",
                                         "零售商店", "零工",     "牛羊贩运"};
static const char *const skills[] = {"拉面制作", "电焊",     "砌筑", "钢筋",         "挖掘机驾驶",
                                     "汽车维修", "家政服务", "缝纫", "牛羊养殖技术", "厨师"};
static const char *const visit_notes[] = {
    "家中平安，务工收入正常。",   "询问养老保险缴费，已当面说明。",
    "提醒冬季取暖用电用火安全。", "子女返乡，正在联系用工企业。",
    "老人身体尚好，下月再访。",   "核对户内人口和电话，有变动已更新。"};

/* Townships in the hills of Guanghe, from where people were moved down. */
static const char *const townships_left[] = {"622924202000", "622924203000", "622924204000"};

struct workplace {
    const char *county; /* GB/T 2260, six digits */
    const char *name;
};
/* Where people of Linxia and Ningxia go to work: first the provinces' own towns, then beyond. */
static const struct workplace places_gansu[] = {{"620102", "兰州市城关区"},
                                                {"620103", "兰州市七里河区"},
                                                {"620602", "武威市凉州区"},
                                                {"622901", "临夏市"},
                                                {"623001", "合作市"}};
static const struct workplace places_ningxia[] = {{"640104", "银川市兴庆区"},
                                                  {"640106", "银川市金凤区"},
                                                  {"640205", "石嘴山市惠农区"},
                                                  {"640302", "吴忠市利通区"}};
static const struct workplace places_beyond[] = {
    {"540102", "拉萨市城关区"}, {"630102", "西宁市城东区"},         {"370112", "济南市历城区"},
    {"350211", "厦门市集美区"}, {"650103", "乌鲁木齐市沙依巴克区"}, {"330106", "杭州市西湖区"},
    {"320583", "昆山市"},       {"110105", "北京市朝阳区"}};

/* Weights per hundred of 汉 回 东乡 保安 撒拉 满: the longest prefix of the code that matches. */
struct ethnic_mix {
    const char *prefix;
    int weight[6];
};
static const char *const ethnic_codes[6] = {"01", "03", "26", "47", "35", "11"};
static const struct ethnic_mix ethnic_mixes[] = {
    {"", {60, 39, 0, 0, 0, 1}},        {"62", {60, 30, 10, 0, 0, 0}},
    {"622901", {40, 52, 6, 1, 1, 0}},  {"622921", {57, 35, 8, 0, 0, 0}},
    {"622922", {40, 55, 5, 0, 0, 0}},  {"622923", {84, 13, 3, 0, 0, 0}},
    {"622924", {10, 70, 20, 0, 0, 0}}, {"622925", {40, 36, 24, 0, 0, 0}},
    {"622926", {4, 8, 88, 0, 0, 0}},   {"622927", {44, 36, 7, 8, 5, 0}},
    {"6401", {73, 26, 0, 0, 0, 1}},    {"6402", {78, 21, 0, 0, 0, 1}},
    {"6403", {45, 54, 0, 0, 0, 1}},    {"640324", {13, 86, 0, 0, 0, 1}},
    {"6404", {53, 46, 0, 0, 0, 1}},    {"640424", {21, 78, 0, 0, 0, 1}},
    {"6405", {64, 35, 0, 0, 0, 1}},    {"640522", {26, 73, 0, 0, 0, 1}}};

/* Means of a village unit: people, people in a household ×100 (census 2020, county yearbooks). */
struct census_mean {
    const char *prefix;
    int people, household_100;
};
static const struct census_mean census_means[] = {
    {"", 2200, 300}, {"64", 2473, 265}, {"6229", 1763, 375}, {"622924", 2402, 461}};

#endif
