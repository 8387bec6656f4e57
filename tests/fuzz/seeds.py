#!/usr/bin/env python3
# SPDX-License-Identifier: MulanPSL-2.0
"""Seeds for the fuzz targets: seeds.py OUT writes OUT/<target>/<name> from the frozen vectors, the
record types and a few lines of text. What a run has found beyond that stands in corpus/."""
import glob
import hashlib
import json
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = sys.argv[1]
VECTORS = json.load(open(f"{ROOT}/tests/vectors/format-v1.json", encoding="utf-8"))
PROTOCOL = json.load(open(f"{ROOT}/tests/vectors/protocol-v1.json", encoding="utf-8"))


def put(target, name, data):
    os.makedirs(f"{OUT}/{target}", exist_ok=True)
    with open(f"{OUT}/{target}/{name}", "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def every_hex(node, path=""):
    """All values of the vectors that are bytes, with their place as a name."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from every_hex(value, f"{path}-{key}" if path else key)
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from every_hex(value, f"{path}{i}")
    elif isinstance(node, str) and len(node) >= 2 and len(node) % 2 == 0:
        try:
            yield path, bytes.fromhex(node)
        except ValueError:
            pass


def cbor_head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for extra, size in ((24, 1), (25, 2), (26, 4)):
        if n < 1 << 8 * size:
            return bytes([major << 5 | extra]) + n.to_bytes(size, "big")
    raise ValueError(n)


def cbor_text(text):
    return cbor_head(3, len(text.encode())) + text.encode()


def cbor_bytes(data):
    return cbor_head(2, len(data)) + data


# A member of the vectors, by what its bytes begin with, is a good seed for these.
AUTHORITY = {"county": 2, "grant": 3, "revoke": 4, "void": 5, "adopt": 6, "erase": 7, "catalog": 7, "close": 7,
             "recovery": 7, "epoch": 7}
for name, data in every_hex(VECTORS):
    if len(data) > 3:
        put("cbor", name, data)
    if data[:2] == b"\xd2\x84":
        put("changeset", name, data)
for i, one in enumerate(VECTORS["record_ops"]):
    put("body", one["name"] + str(i), bytes.fromhex(one["body"]))
for i, one in enumerate(VECTORS["refused"]):
    data = bytes.fromhex(one["hex"])
    put("changeset" if one["what"] == "changeset" else "body", f"refused{i}", data)

# Signed bodies: [flags, (u16le length, body)…].
for i, one in enumerate(VECTORS["record_ops"]):
    body = bytes.fromhex(one["body"])
    put("sync", f"signed{i}", b"\x01" + len(body).to_bytes(2, "little") + body)
together = b"".join(
    len(bytes.fromhex(o["body"])).to_bytes(2, "little") + bytes.fromhex(o["body"]) for o in VECTORS["record_ops"]
)
put("sync", "signed-together", b"\x01" + together)
ops = VECTORS["authority_ops"]
for i, one in enumerate(ops):
    op = bytes.fromhex(one["op"])
    number = AUTHORITY.get(one["name"].split()[0].split("-")[0].split("_")[0])
    if number is not None:
        put("authority", f"op{i}", bytes([number]) + op)
    body = b"\x82\x81" + op + b"\xf6"
    put("body", f"authority{i}", body)
    put("sync", f"registry{i}", b"\x03" + len(body).to_bytes(2, "little") + body)
    for who in range(3):
        put("registry", f"op{i}by{who}", b"\x81\x82" + bytes([who]) + op)
put("registry", "all", cbor_head(4, len(ops)) + b"".join(b"\x82\x00" + bytes.fromhex(o["op"]) for o in ops))
for i, one in enumerate(VECTORS["references"]):
    put("authority", f"reference{i}", b"\x01" + bytes.fromhex(one))
for i, one in enumerate(VECTORS["leaves"]):
    put("authority", f"leaf{i}", b"\x00" + bytes.fromhex(one["data"]))

for i, name in enumerate(("tile/0/000", "tile/1/x001/x234/067.p/17", "tile/entries/x001/000.p/255")):
    put("tile", f"name{i}", name)
put("lan", "one", bytes.fromhex(PROTOCOL["neighbours"]["message"]))
put("snapshot", "answer", b"\x00" + bytes.fromhex(PROTOCOL["snapshot"]["answer"]))
put("snapshot", "note", "\1" + PROTOCOL["snapshot"]["note"].split("\n\n")[0] + "\n")
# A part of chains: one row of a kid and a chain, then one of leaves that is cut off.
put("snapshot", "parts", b"\x02\x27\x00" + bytes([1, 1, 2, 1, 32, 1, 16, 3, 32]) + bytes(24) + b"\x05\x00\x02\x01\x0a\x00\x00")
for how, edits in {"true": b"", "byte": b"\x01\x40\x00\x02", "cut": b"\x41\x40\x00\x00", "without": b"\x84\x00\x00\x00", "twice": b"\xc3\x00\x00\x00",
                   "row": b"\x05\x30\x00\x31"}.items():
    put("snapshot", f"edits-{how}", b"\x03" + edits)
    put("snapshot", f"edits-{how}-news", b"\x07" + edits)
put("picture", "jpeg", bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffe100224578696600004d4d002a0000000800010112000300000001"
                                     "0008000000000000fffe0004xxxxffdb00041122ffda00030761ff0062ffd9".replace("xxxx", "6162")))
put("picture", "png", b"\x89PNG\r\n\x1a\n\0\0\0\2IHDRxxCRC!\0\0\0\2tEXtxxCRC!\0\0\0\0IEND\xaeB`\x82")
put("picture", "name", "00" * 32 + ".77.jpg." + "11" * 32)
put("tus", "metadata", "ledger YS5leGFtcGxlLzYyMjkyNDEwMTAwMQ==,sha256 " + "MDAw" * 21 + "MA==")
for i, text in enumerate(("bytes=0-9", "bytes=3-", "bytes=-4", "20971520", "sha256 " + "A" * 43 + "=")):
    put("tus", f"field{i}", text)
put("witness", "request", "\0old 0\n\n" + VECTORS["checkpoint_cosigned"]["text"])
put("witness", "with-proof", "\0old 1\n" + "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n" * 2 + "\n" + VECTORS["checkpoint_cosigned"]["text"])
put("witness", "verifier", "\1" + VECTORS["checkpoints"][0]["verifier"])
put("proof", "frozen", bytes.fromhex(VECTORS["proof_file"]))
for i, one in enumerate(VECTORS["checkpoints"]):
    put("checkpoint", f"text{i}", b"\x00" + one["text"].encode())
    put("checkpoint", f"body{i}", b"\x01" + one["text"].split("\n\n")[0].encode() + b"\n")
root = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
put("checkpoint", "zero", f"\1guanghe.example/622924101001\n0\n{root}\n")
for i, size in enumerate(("013", "+13", "13 ", "9223372036854775808", "-1", "")):
    put("checkpoint", f"size{i}", f"\1guanghe.example/622924101001\n{size}\n{root}\n")
put("checkpoint", "largest", f"\1guanghe.example/622924101001\n9223372036854775807\n{root}\n")

invite = VECTORS["invite"]
put("invite", "text", b"\x00" + invite["text"].encode())
put("invite", "in-a-letter", f"\0请输入：{invite['text'].lower()}，谢谢")
put("invite", "content",
    b"\x01\x86" + cbor_text("https://h.example:8443") + b"\x81" + cbor_bytes(bytes(32))
    + cbor_text("guanghe.example/622924000000") + cbor_bytes(bytes(32)) + cbor_bytes(bytes(16)) + b"\x1a\x7f\xff\xff\xff")

put("keyfile", "unwrapped", bytes.fromhex(VECTORS["keyfile_unwrapped"]))

copied = bytes.fromhex(VECTORS["copy"]["to_sign"])[len(b"huce/1/backup\n"):]
put("backup", "file", b"\x00" + bytes.fromhex(VECTORS["copy"]["file"]))
put("backup", "content", b"\x01" + copied)
put("backup", "content-signed", b"\x02" + copied)
put("backup", "given", b"\x03" + bytes.fromhex(VECTORS["given"]["file"]))
put("reads", "request", b"\x00" + bytes.fromhex(PROTOCOL["reads"]["request"]))
put("reads", "batch", b"\x01" + bytes.fromhex(PROTOCOL["reads"]["batch"]))
put("reads", "answer", b"\x02" + bytes.fromhex(PROTOCOL["reads"]["answer"]))

# Requests and answers without their compression; segments of nothing signed.
def ledger(origin, size, segments):
    return (b"\x84" + cbor_text(origin) + cbor_head(0, size) + cbor_bytes(bytes(8))
            + cbor_head(4, len(segments)) + b"".join(segments))


def varint(n):
    out = b""
    while n >= 0x80:
        out += bytes([n & 0x7F | 0x80])
        n >>= 7
    return out + bytes([n])


def columns(bodies):
    """Each body as it is: streams 3 (forms), 6 (clocks), 20 (lengths) and 21 (bytes)."""
    streams = ((3, bytes(len(bodies))), (6, b"\x01\x00" + bytes(len(bodies) - 1)),
               (20, b"".join(varint(len(b)) for b in bodies)), (21, b"".join(bodies)))
    head, last = varint(len(streams)), 0
    for key, content in streams:
        head += varint(key - last) + varint(len(content))
        last = key
    return head + b"".join(content for _, content in streams)


bodies = [bytes.fromhex(o["body"]) for o in VECTORS["record_ops"]]
put("columns", "one", b"\x01" + columns(bodies[:1]))
put("columns", "all", bytes([len(bodies)]) + columns(bodies))
empty_root8 = bytes.fromhex("e3b0c44298fc1c14")
village, county = "guanghe.example/622924101001", "guanghe.example/622924000000"
asking = (b"\x84\x01\x82" + ledger(county, 0, []).replace(bytes(8), empty_root8)
          + ledger(village, 0, []).replace(bytes(8), empty_root8) + b"\x1a\x00\x10\x00\x00\x40")
put("sync", "asking", b"\x00" + asking)
put("message", "asking", b"\x00" + asking)
full = b"\x84\x00" + cbor_bytes(bytes.fromhex(VECTORS["changeset_eddsa"]["cose"] if "cose" in VECTORS["changeset_eddsa"]
                                              else next(d for _, d in every_hex(VECTORS) if d[:2] == b"\xd2\x84"))) \
    + cbor_bytes(bytes(32)) + cbor_bytes(columns(bodies[:1]))
short = (b"\x8c\x01\x32" + cbor_bytes(bytes(32)) + cbor_bytes(bytes(8)) + b"\x01\x01\x00\x00\x80"
         + cbor_bytes(bytes(64)) + cbor_bytes(bytes(32)) + cbor_bytes(columns(bodies[:1])))
for name, segment in (("full", full), ("short", short)):
    sending = (b"\x84\x01\x81" + ledger(village, 0, [segment]).replace(bytes(8), empty_root8, 1) + b"\x00\x40")
    put("sync", name, b"\x00" + sending)
    put("message", name, b"\x00" + sending)
    put("segment", name, segment)
put("message", "answer",
    b"\x01\x83\x01\x81\x86" + cbor_text(village) + b"\x00\xf6\x81\x83\x01\x01" + cbor_bytes(bytes(8)) + b"\x80\xf5\x40")

put("join", "as-it-is", b"\x01")
for place in (0, 1, 10, 40, 80, 140, 180, 240):
    put("join", f"flip{place}", bytes([1, place, 1]))
put("join", "seven", b"\x00\x87\x01" + cbor_bytes(bytes(32)) + (cbor_bytes(bytes(32)) + cbor_bytes(bytes(64))) * 2 + cbor_bytes(bytes(32)))

# Joining by stick; what is handed back to a county that was put back. Places are u16le.
stick = VECTORS["stick"]
put("stick", "request", b"\x00" + bytes.fromhex(stick["request_file"]))
put("stick", "answer", b"\x03" + bytes.fromhex(stick["answer_file"]))
put("stick", "sealed", b"\x02" + bytes.fromhex(stick["wanted"]))
put("stick", "swapped", b"\x00" + bytes.fromhex(stick["answer_file"]))
put("stick", "newer", b"\x00\x83" + cbor_text("huce-join") + b"\x02" + cbor_bytes(b"later"))
put("stick", "request-as-it-is", b"\x01")
put("stick", "answer-as-it-is", b"\x04")
for place in (0, 1, 11, 14, 40, 100, 200, 300):
    for how in (1, 4):
        put("stick", f"flip{how}-{place}", bytes([how]) + place.to_bytes(2, "little") + b"\x01")
handback = PROTOCOL["handback"]
put("recover", "frozen", b"\x00" + bytes.fromhex(handback["request"]))
put("recover", "answer-content", b"\x01\x83\x01\x81\x86" + cbor_text("guanghe.example/622924000000") + b"\x00\xf6\x80\x80\xf4\x40")
for both in (0, 4):
    put("recover", f"whole{both}", bytes([2 + both]))
    put("recover", f"whole-content{both}", bytes([3 + both]))
    for place in (0, 2, 5, 40, 60, 200, 400, 700, 1000):
        for how in (2, 3):
            put("recover", f"flip{how + both}-{place}", bytes([how + both]) + place.to_bytes(2, "little") + b"\x01")

# Texts.
put("csv", "plain", "户编号,住址\r\n622924101001000001,一社 12 号\r\n\r\n622924101001000002,\"二社, \"\"东\"\"\n头\"\r\n")
put("csv", "marked", "\ufeffa,b\n1,2")
put("csv", "gb18030", "户编号,住址\n1,甲㐂\n".encode("gb18030"))
put("csv", "bad-gb18030", "户编号\n".encode("gb18030") + b"\xff\xff\n")
put("csv", "bad-line", "a,b\n".encode("gb18030") + "甲\n".encode("gb18030") + b"\x80\n2,3\n")
put("csv", "zero", b"a,b\n\x00,1\n")
put("csv", "open-quote", "a,\"b\n1,2\n")
HEAD = "抓阄 0197d3a1c0de7000800000000000abcd\n"
put("lots", "list", "\1" + HEAD + "标的 羊棚 S1\n户 0001 羊棚 甲\n户 0002 羊棚 乙\n户 0003 牛棚 丙")
put("lots", "sheet", "\0-----名单开始-----\n" + HEAD + "户 0001 羊棚 甲\n-----名单结束-----\n名单指纹：00\n种子指纹：00\n种子：00\n报的数：3,5,1\n"
    "退出的序号：0001\n-----结果开始-----\n羊棚 1 0001 甲 候补\n-----结果结束-----\n结果指纹：00\n")
put("form_file", "form", "\0-- form: a | 甲 | A\n-- key: no\n-- field: no | 号 | No | text required len:1:9\n-- field: h | 户 | H | ref a\n"
    "-- field: w | 法 | W | code l review\n-- list: l | 1 | 看 | See\n-- rule: requires w no | 要号 | Needs\n")
for path in glob.glob(f"{ROOT}/migrations/report/*.sql"):
    put("form_file", os.path.basename(path), b"\1" + open(path, "rb").read()[:8000])
put("where", "plain", "sheds > 2 AND address LIKE '一社%'")
put("where", "closed", "1) UNION SELECT id, origin FROM person --")
put("where", "write", "1; DELETE FROM r_household")
put("where", "pragma", "(SELECT * FROM pragma_table_info('leaf'))")
put("where", "deep", "(" * 40 + "1" + ")" * 40)
put("where", "long", "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 9) SELECT max(i) FROM n) > 1")
put("url", "https", "https://guanghe.example:8443/huce/")
put("url", "loopback", "http://127.0.0.1:8443")
put("url", "six", "http://[::1]:8443/")
put("url", "user", "http://127.0.0.1@h.example/")
put("url", "name", "http://127.0.0.1.h.example/")
put("url", "listen", "[::1]:8443")
put("url", "origin", "guanghe.example/622924101001/s-7f3k9q2m")
kid = VECTORS["keys"]["device"]["kid"]
put("signature", "pair",
    'huce=("@method" "@authority" "@path" "@query" "content-digest");created=1763690400;nonce="00ff";'
    f'keyid="{kid}";alg="ed25519";tag="huce-1"\n'
    "huce=:" + "A" * 86 + "==:\nsha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\n")
for i, (field, text) in enumerate((
        (0, "622924101001000001"), (3, "12.50 元"), (9, "二〇二六年1月5日"), (9, "2026/1/5"), (40, "是"), (60, "１３８００００００００"),
        (75, "回族"), (90, "-0.000000001"), (91, "99999999999"), (120, "2026-01-05 08:30"), (200, "0123456789abcdef0123456789abcdef"))):
    put("value", f"text{i}", bytes([field, 0]) + text.encode())

for path in sorted(glob.glob(f"{ROOT}/migrations/catalog/*.sql")):
    text = open(path, encoding="utf-8").read()
    if len(text) < 20000:
        put("catalog_sql", os.path.basename(path), text)
put("catalog_sql", "small",
    "INSERT INTO migration VALUES (1, 'x');\nINSERT INTO tables(no, name, zh) VALUES (1, 'a', '甲');\n"
    "INSERT INTO fields(tbl, no, name, zh, type, policy, args) VALUES ('a', 1, 'b', '乙', 'code', 'state', '1>2');\n"
    "INSERT INTO codes(list, code) VALUES ('l', '1');\nINSERT INTO rules(tbl, no, kind, args) VALUES ('a', 1, 'order', 'b b');\n")


def row(*cells):
    return cbor_head(4, len(cells)) + b"".join(
        cbor_head(0, c) if isinstance(c, int) else cbor_text(c) if isinstance(c, str) else
        cbor_head(4, len(c)) + b"".join(map(cbor_text, c)) for c in cells)


TYPES = ("text", "int", "decimal", "money", "date", "time", "bool", "code", "ref", "set_text", "set_code", "set_ref")
POLICIES = ("lww", "authority", "review", "set", "counter", "once", "state", "worst", "append")
CHECKS = ("id18", "phone", "division:4", "credit", "range:0:9", "len:1:5", "name", "digits:3", "past", "token", "hex:8", "x;y")
for i, kind in enumerate(TYPES):
    rows = [row(1, 1 + k, f"f{k}", "甲", "A", kind, policy, "1>2,2>3" if policy == "state" else "1>2>3", "C:rs,T,V", 1, k % 2,
                "l", CHECKS[(i + k) % len(CHECKS)], "t1", "g" if policy == "review" else "", "id_sex:f0", "元")
            for k, policy in enumerate(POLICIES)]
    rules = [row(1, 1 + k, word, args, "warn" if k % 2 else "error", "甲", "A") for k, (word, args) in enumerate((
        ("order", ["f0", "f1"]), ("requires", ["f0", "f1"]), ("one_of", ["f0", "f1"]), ("not_both", ["f0", "f1"]),
        ("id_sex", ["f0", "f1"]), ("id_birth", ["f0", "f1"]), ("needs", ["f0", "1|2", "f1"]), ("forbids", ["f0", "1", "f1"]),
        ("differ", ["f0", "f1", "f2"]), ("only", ["f0", "f1", "1"]), ("range", ["f0", "0", "9"])))]
    put("catalog", kind, b"\x86\x01" + cbor_text("seed") + b"\x81" + row(1, "t1", "甲", "A", "record", "village", "f0", 1, "f1")
        + cbor_head(4, len(rows)) + b"".join(rows) + b"\x82" + row("l", "1", "一", "one", 1, "") + row("l", "2", "二", "two", 2, "1")
        + cbor_head(4, len(rules)) + b"".join(rules))

VERSION = "1.ARwIv78F1Kwy8AfQUR+vEEXpIwgUwktTjhr852u+"
for i, fields in enumerate(({"address": "一社 3 号", "phone": None, "water_ok": True, "sheds": 2, "land_mu": "3.5"}, {"monitor_risks": ["1", "2"]},
                            {"monitor_risks": {"add": ["1"], "remove": ["2", "3"]}}, {"visits": {"add": -5}}, {"relocated_on": "2025年6月1日"},
                            {"amount": 1.5}, {"kind": ["x"] * 70}, {"name": {"add": 1}})):  # fmt: skip
    for table in range(0, 20, 3):
        put("form", f"{i}-{table}", bytes([table]) + json.dumps({"fields": fields, "version": VERSION, "note": "看过"}, ensure_ascii=False).encode())

# ---- what comes by stick ----

for path in glob.glob(f"{ROOT}/tests/vectors/age/x25519*"):
    put("bundle", os.path.basename(path), b"\x00" + open(path, "rb").read().split(b"\n\n", 1)[1])
bundle = VECTORS["bundle"]
whole = bytes.fromhex(bundle["manifest"]) + bytes.fromhex(bundle["rest"])
put("bundle", "plain", b"\x01" + whole)
for name, part in PROTOCOL["attachment_parts"].items():
    put("bundle", f"attachment-{name}", b"\x03" + bytes.fromhex(part))
message = cbor_bytes(b"a message")
put("bundle", "manifest",
    b"\x02" + cbor_head(4, 7) + cbor_bytes(bytes(16)) + cbor_bytes(hashlib.sha256(
        bytes.fromhex("a301012006215820") + bytes.fromhex(bundle["author"])).digest())
    + cbor_head(4, 1) + cbor_bytes(bytes(32))
    + cbor_head(4, 1) + cbor_head(4, 4) + cbor_text("guanghe.example/622924101001") + cbor_head(0, 3)
    + cbor_bytes(bytes(32)) + cbor_head(0, 1)
    + cbor_head(0, 1) + cbor_head(0, 0) + cbor_bytes(hashlib.sha256(message).digest()))
