#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A second reader of protocol version 1, written from PROTOCOL.md and FORMAT.md and not from the C: frames,
# lifted streams, both forms of segments, columns, salts and roots, joining, signed requests. It reads all
# of protocol-v1.json, finds what stands beside each example, and refuses what is to be refused.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null || ! command -v openssl >/dev/null; then
  echo "skip - python3-cbor2 or openssl is not installed"
  exit 77
fi
cat >reader.py <<'PY'
import base64, hashlib, hmac, json, re, subprocess, sys
import cbor2


class Wrong(Exception):
    pass


def require(good, what):
    if not good:
        raise Wrong(what)


def sha(data):
    return hashlib.sha256(data).digest()


def verify(key, message, signature):
    open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key)
    open("message", "wb").write(message)
    open("signature", "wb").write(signature)
    command = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in message -sigfile signature"
    return subprocess.run(command.split(), capture_output=True).returncode == 0


def dumps(value):
    return cbor2.dumps(value, canonical=True)


def loads(raw):
    try:
        value = cbor2.loads(raw)
    except Exception as e:
        raise Wrong(str(e))
    require(dumps(value) == raw, "not canonical")
    return value


# ---- frame (4) ----


def unframe(raw):
    """A zstd frame of raw blocks: all that the stored ones are made of."""
    require(len(raw) <= 8 << 20 and raw[:4] == bytes.fromhex("28b52ffd"), "no frame")
    single, code, at = raw[4] >> 5 & 1, raw[4] >> 6, 5
    window = None
    if not single:
        base = 1 << 10 + (raw[5] >> 3)
        window, at = base + base // 8 * (raw[5] & 7), 6
    width = {0: single, 1: 2, 2: 4, 3: 8}[code]
    require(width, "no size declared")
    size = int.from_bytes(raw[at : at + width], "little") + (256 if width == 2 else 0)
    require(size <= 8 << 20 and (window or size) <= (1 << 20 if window else 8 << 20), "too large")
    at, out, last = at + width, b"", False
    while not last:
        head = int.from_bytes(raw[at : at + 3], "little")
        last, kind, n = head & 1, head >> 1 & 3, head >> 3
        require(kind == 0 and at + 3 + n <= len(raw), "a block cut off")
        out, at = out + raw[at + 3 : at + 3 + n], at + 3 + n
    require(at == len(raw) and len(out) == size, "not the frame's size")
    return out


# ---- varints and streams (6) ----


class Stream:
    def __init__(self, data=b""):
        self.data, self.at = data, 0

    def take(self, n):
        require(self.at + n <= len(self.data), "past the end of a stream")
        self.at += n
        return self.data[self.at - n : self.at]

    def byte(self):
        return self.take(1)[0]

    def varint(self):
        value = 0
        for i in range(10):
            b = self.byte()
            value |= (b & 127) << 7 * i
            if b < 128:
                require((b or i == 0) and value < 1 << 64, "varint")
                return value
        raise Wrong("varint")

    def signed(self):
        n = self.varint()
        return n >> 1 if n % 2 == 0 else -(n >> 1) - 1

    def left(self):
        return len(self.data) - self.at


def head_of(columns):
    """The streams of a head as [(key, length)], and where the head ends."""
    s, key, out = Stream(columns), 0, []
    for _ in range(s.varint()):
        step, length = s.varint(), s.varint()
        require(step and length, "an empty stream, or a key twice")
        key += step
        out.append((key, length))
    require(len(out) <= 16384 and sum(n for _, n in out) <= 4 << 20, "too many streams")
    return out, s.at


# ---- columns (6) ----

ITEMS = {0: 4, 1: 6, 2: 5, 3: 6, 4: 4, 5: 4, 6: 3, 8: 5, 9: 5, 10: 6}


class Columns:
    def __init__(self, raw, records):
        heads, at = head_of(raw)
        self.streams, self.records = {}, records
        for key, length in heads:
            require(key <= 21 or key >= 1 << 14 and key & 15 <= 12, "unknown key")
            require(at + length <= len(raw), "a stream cut off")
            self.streams[key] = Stream(raw[at : at + length])
            at += length
        require(at == len(raw), "bytes behind the streams")
        self.shapes = []
        s = self.stream(1)
        while s.left():
            self.shapes.append(self.shape(s))
        self.new_records()

    def stream(self, key):
        return self.streams.setdefault(key, Stream())

    def shape(self, s):
        op, wide = divmod(s.varint(), 2)
        table, fields = s.varint(), []
        require(op in ITEMS and 1 <= table <= 65535 and (not wide or op in (0, 10)), "shape")
        if op in (0, 10):
            for i in range(s.varint()):
                step = s.varint()
                require(step, "shape")
                fields.append(step + (fields[-1] if fields else 0))
        elif op in (1, 2, 3, 4):
            fields.append(s.varint())
        require(all(1 <= f <= 1023 for f in fields), "shape")
        return op, wide, table, fields

    def split(self, first):
        low, second, rest = self.stream(first).byte(), self.stream(first + 1).byte(), self.stream(first + 2).varint()
        require(rest < 1 << 46, "split number")
        return low | second << 8 | rest << 16

    def ordinal(self, n):
        require(n < len(self.records), "an ordinal the base does not hold")
        return self.records[n]

    def new_records(self):
        n, time, ids = self.stream(17).left(), 0, []
        require(self.stream(18).left() == n and self.stream(19).left() == 8 * n, "new records")
        for _ in range(n):
            time = (time + self.stream(16).signed()) % 2**64
            six, eight, rest = self.stream(17).byte(), self.stream(18).byte(), self.stream(19).take(8)
            ids.append((time % 2**48).to_bytes(6, "big") + bytes([six, rest[0], eight]) + rest[1:])
        hot = [self.split(11) for _ in range(self.stream(11).left())]
        require(len(hot) <= 240, "hot records")
        introduced = n - hot.count(0)
        require(introduced >= 0, "hot records")
        tail = iter(ids[introduced:])
        self.hot = [self.ordinal(h - 1) if h else next(tail) for h in hot]
        self.new, self.introduced, self.last = ids[:introduced], 0, None

    def mention(self):
        code = self.stream(7).byte()
        if code < 240:
            require(code < len(self.hot), "no such hot record")
            self.last = self.hot[code]
        elif code == 240:
            require(self.introduced < len(self.new), "no new record left")
            self.last = self.new[self.introduced]
            self.introduced += 1
        elif code == 241:
            self.last = self.ordinal(self.split(8))
        elif code == 242:
            back = self.stream(14).byte() | self.stream(15).varint() << 8
            require(back < self.introduced, "back")
            self.last = self.new[self.introduced - 1 - back]
        else:
            require(code == 243 and self.last, "a mention of nothing")
        return self.last

    def part(self, column, part):
        return self.stream(column | part)

    def digits(self, column, n):
        text, plane = "", 1
        while n:
            pair, width = self.part(column, plane).byte(), 1 if n == 1 else 2
            require(pair < 10**width, "digits")
            text, n, plane = text + f"{pair:0{width}}", n - width, plane + 1
        return text

    def integer(self, column, tag=None):
        tag = self.part(column, 0).byte() if tag is None else tag
        require(tag < 176, "no integer")
        if tag < 96:
            return tag
        form = tag - 96
        n = form % 8 + 1
        magnitude = int.from_bytes(bytes(self.part(column, 1 + i).byte() for i in range(n)), "little")
        value = magnitude * (1, 100, 1000, 10000, 100000)[form % 40 // 8] * (-1 if form >= 40 else 1)
        require(-(2**63) <= value < 2**63, "integer")
        return value

    def value(self, column):
        tag = self.part(column, 0).byte()
        numbers, text = self.part(column, 12), self.part(column, 11)
        if tag < 176:
            return self.integer(column, tag)
        if tag == 176:
            return None
        if tag == 178:
            return self.mention()
        if tag == 179:
            return text.take(numbers.varint())
        if tag == 180:
            return text.take(numbers.varint()).decode()
        if tag in (181, 182):
            d = self.digits(column, 8 if tag == 181 else 12)
            return f"{d[:4]}-{d[4:6]}-{d[6:8]}" + (f"T{d[8:10]}:{d[10:]}" if tag == 182 else "")
        if tag == 183:
            return self.digits(column, 17) + "X"
        if 184 <= tag <= 202:
            return [numbers.signed(), tag - 193]
        if 203 <= tag <= 222:
            return self.digits(column, tag - 202)
        require(tag >= 223, "tag")
        return text.take(tag - 223).decode()

    def fields(self, shape):
        out = {}
        for f in shape[3]:
            column = shape[2] << 14 | f << 4
            tags = self.part(column, 0)
            if shape[1] and tags.left() and tags.data[tags.at] == 177:
                tags.byte()
            else:
                out[f] = self.value(column)
        return out

    def op(self):
        number = self.stream(2).varint()
        require(number < len(self.shapes), "an unknown shape")
        shape = self.shapes[number]
        code, _, table, fields = shape
        op, zero = [code, table, self.mention()], table << 14
        column = zero | fields[0] << 4 if fields else None
        if code == 0:
            op += [self.fields(shape)]
        elif code == 1:
            counts = [self.part(column, 12).varint() for _ in range(2)]
            op += [fields[0]] + [[self.value(column) for _ in range(n)] for n in counts]
        elif code == 2:
            op += [fields[0], self.integer(column)]
        elif code == 3:
            op += [fields[0], self.value(column), self.value(column)]
        elif code == 4:
            op += [fields[0]]
        elif code == 5:
            op += [self.value(zero)]
        elif code == 8:
            op += [self.mention(), self.integer(zero)]
        elif code == 10:
            op += [self.fields(shape), self.value(zero), self.integer(zero)]
        elif code == 9:
            op += [self.value(zero), self.integer(zero)]
        require(len(op) == ITEMS[code], "op")
        return op

    def body(self):
        form = self.stream(3).varint()
        if form == 0:
            return self.stream(21).take(self.stream(20).varint())
        require(form >= 2, "no ops")
        ops = [self.op() for _ in range(form >> 1)]
        note = self.stream(5).take(self.stream(4).varint()).decode() if form & 1 else None
        return dumps([ops, note])

    def clock(self, last):
        s = self.stream(6)
        n = s.varint()
        if last is None:
            return n << 16 | s.varint()
        if n == 0:
            return last + 1
        if n == 2**64 - 1:
            return s.varint()
        return (last >> 16) + n << 16

    def read(self, count):
        out, hlc = [], None
        for _ in range(count):
            last, hlc = hlc, self.clock(hlc)
            require(last is None or hlc > last, "clock")
            out.append((hlc, self.body()))
        require(not any(s.left() for s in self.streams.values()), "streams left over")
        require(self.introduced == len(self.new), "a new record that is not mentioned")
        return out


# ---- segments (5) ----


def tree(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha(b"\1" + tree(leaves[:k]) + tree(leaves[k:]))


def leaves_of(first_seq, salts, changes):
    out = []
    for i, (hlc, body) in enumerate(changes):
        seq = first_seq + i
        if isinstance(salts, bytes):
            salt = hmac.new(salts, seq.to_bytes(8, "big"), "sha256").digest()[:16]
        else:
            salt = salts[i]
        body_hash = body if salt is None else sha(salt + body)
        require(len(body_hash) == 32, "an erased change without its hash")
        out.append(sha(b"\0" + dumps([seq, hlc, body_hash])))
    return out


def read_segment(item, known):
    """known: origin, author, prev, first_seq, roots, records. Gives the COSE bytes and the changes."""
    require(isinstance(item, list) and item, "no segment")
    if item[0] == 0:
        require(len(item) == 4, "items")
        cose, salts, columns = item[1:]
        parts = loads(cose).value
        payload = loads(parts[2])
        count = payload[3]
    else:
        require(item[0] == 1 and len(item) == 12, "items")
        alg, kid, chain, number, count, base, registry, deps, signature, salts, columns = item[1:]
        require(alg in (-19, -8) and number >= 1 and 1 <= count <= 4096, "form")
        parts = [dumps({1: alg, 4: kid}), {}, None, signature]
        payload = [chain, number, known["first_seq"], count, known["prev"], base, known["base_root"], registry,
                   known["registry_root"], None, deps]  # fmt: skip
    changes = Columns(columns, known["records"]).read(count)
    root = tree(leaves_of(payload[2], salts, changes))
    if item[0] == 1:
        payload[9], parts[2] = root, None
        parts[2] = dumps(payload)
        cose = b"\xd2" + dumps(parts)
    require(payload[9] == root, "the changes are not those that were signed")
    aad = f"huce/1/changeset\n{known['origin']}\n".encode()
    require(verify(known["author"], dumps(["Signature1", parts[0], aad, parts[2]]), parts[3]), "signature")
    return cose, changes


# ---- messages (4) ----


def whole(message, segments):
    """Puts the lifted streams back into the segments, which are lists (changed in place)."""
    lifted = []
    for order, segment in enumerate(segments):
        require(isinstance(segment, list) and isinstance(segment[-1], bytes), "no segment")
        heads, end = head_of(segment[-1]) if segment[-1] else ([], 0)
        if heads and end == len(segment[-1]):
            lifted += [(key, order, length) for key, length in heads]
    data, at, parts = message[-1], 0, {}
    for key, order, length in sorted(lifted):
        parts.setdefault(order, []).append(data[at : at + length])
        at += length
    require(at == len(data), "streams do not go with the segments")
    for order, streams in parts.items():
        segments[order][-1] += b"".join(streams)


def read_request(content):
    m = loads(content)
    require(isinstance(m, list) and len(m) == 4 and m[0] == 1, "another version or form")
    for origin, size, root8, segments in m[1]:
        require(re.fullmatch(r"[a-z0-9.:-]+/\d{12}(/[a-z0-9-]+)?", origin) and len(root8) == 8, "ledger")
    whole(m, [s for ledger in m[1] for s in ledger[3]])
    return m


def read_answer(content):
    m = loads(content)
    require(isinstance(m, list) and len(m) == 3 and m[0] == 1, "another version or form")
    for _, status, _, leaves, rejected, more in m[1]:
        require(status <= 5 and isinstance(more, bool), "ledger")
        require(all(isinstance(leaf[2], list) or len(leaf[2]) == 8 for leaf in leaves), "leaf")
    whole(m, [leaf[2] for ledger in m[1] for leaf in ledger[3] if isinstance(leaf[2], list)])
    return m


# ---- signed requests (2) ----

COVERED = '("@method" "@authority" "@path" "@query" "content-digest")'


def read_input(text):
    require(text.startswith("huce=" + COVERED), "other components")
    rest, params = text[len("huce=" + COVERED) :], {}
    while rest:
        m = re.match(r';([a-z]+)=("[!#-\[\]-~]*"|\d+)', rest)
        require(m and m[1] not in params, "parameters")
        params[m[1]] = m[2].strip('"')
        rest = rest[m.end() :]
    require({"nonce", "keyid", "alg", "tag"} <= set(params) <= {"created", "nonce", "keyid", "alg", "tag"}, "parameters")
    require(params["alg"] == "ed25519" and params["tag"] == "huce-1", "profile")
    require(re.fullmatch("[0-9a-f]{64}", params["keyid"]), "key id")
    return params


def base_of(r):
    lines = [r["method"], r["host"].lower(), r["path"], "?" + r["query"], r["content_digest"]]
    names = re.findall('"[^"]*"', COVERED)
    base = "".join(f"{name}: {line}\n" for name, line in zip(names, lines))
    return (base + '"@signature-params": ' + r["signature_input"][5:]).encode()


# ---- the stored examples ----

failed = False


def report(good, text):
    global failed
    failed = failed or not good
    print("ok" if good else "not ok", "-", text)


def attempt(text, f):
    try:
        report(f(), text)
    except Wrong as e:
        report(False, f"{text}: {e}")


v = json.load(open(sys.argv[1]))
unhex = bytes.fromhex


def items(e):
    return [(int(c["hlc"]), unhex(c["body"])) for c in e["changes"]]


for e in v["columns"]:
    attempt("columns: " + e["name"],
            lambda: Columns(unhex(e["columns"]), [unhex(r) for r in e["records"]]).read(len(e["changes"])) == items(e))


def known_of(e):
    known = {k: unhex(e[k]) for k in ("author", "prev", "base_root", "registry_root")}
    return known | {"origin": e["origin"], "first_seq": e["first_seq"], "records": [unhex(r) for r in e["records"]]}


def segment_good(e):
    cose, changes = read_segment(loads(unhex(e["segment"])), known_of(e))
    return cose.hex() == e["cose"] and sha(cose).hex() == e["id"] and changes == items(e)


for e in v["segments"]:
    attempt(f"segment, {e['form']}: {e['name']}", lambda: segment_good(e))


def request_good(e):
    m = read_request(unframe(unhex(e["frame"])))
    mine = [[l["origin"], l["size"], unhex(l["root8"]), [loads(unhex(s)) for s in l["segments"]]] for l in e["ledgers"]]
    return unframe(unhex(e["frame"])).hex() == e["content"] and m[1] == mine and m[2] == e["wants"]


def answer_good(e):
    m = read_answer(unframe(unhex(e["frame"])))
    for got, l in zip(m[1], e["ledgers"]):
        ms = registry = 0
        good = got[0] == l["origin"] and got[1] == l["status"] and (got[2] or "") == l["checkpoint"]
        good = good and len(got[3]) == len(l["leaves"]) and got[5] == bool(l["more"])
        for leaf, want in zip(got[3], l["leaves"]):
            ms, registry = ms + leaf[0], registry + leaf[1]
            what = loads(unhex(want["segment"])) if "segment" in want else unhex(want["id8"])
            good = good and (ms, registry, leaf[2]) == (want["admitted_ms"], want["registry_size"], what)
        want = [[unhex(r["kid"]), unhex(r["chain"]), r["number"], r["code"], r["text"]] for r in l["rejected"]]
        if not good or got[4] != want:
            return False
    return len(m[1]) == len(e["ledgers"])


attempt("a request: frame, lifted streams, ledgers", lambda: request_good(v["request"]))
attempt("an answer: frame, lifted streams, leaves, rejections", lambda: answer_good(v["answer"]))
small = min(len(s[-1]) for l in loads(unhex(v["request"]["content"]))[1] for s in l[3])
report(small > 20 and len(loads(unhex(v["request"]["content"]))[-1]) > 1000, "some segments are lifted, a small one is not")


def join_good(e):
    request, answer = loads(unhex(e["request"])), loads(unhex(e["answer"]))
    kids = [sha(unhex("a301012006215820") + key) for key in (request[2], request[4])]
    message = kids[0] + kids[1] + request[6] + e["registry"].encode()
    good = len(request) == 7 and request[1] == hmac.new(unhex(e["token"]), message, "sha256").digest()
    for key, kid, pop in ((request[2], kids[0], request[3]), (request[4], kids[1], request[5])):
        good = good and verify(key, f"huce/1/pop\n{e['registry']}\n".encode() + kid, pop)
    good = good and answer[:2] == [1, e["registry"]] and len(answer[3]) == 80 and len(answer) == 5
    return good and loads(unhex(e["ledgers"]))[1][0] == answer[2][0]


attempt("joining: proof of the token, proofs of possession, answers", lambda: join_good(v["join"]))


def signed_good(r):
    params, body = read_input(r["signature_input"]), unhex(r["body"])
    good = r["content_digest"] == "sha-256=:" + base64.b64encode(sha(body)).decode() + ":"
    good = good and params["keyid"] == sha(unhex("a301012006215820") + unhex(r["device"])).hex()
    signature = base64.b64decode(r["signature"][6:-1])
    good = good and params["nonce"] == r["nonce"] and verify(unhex(r["device"]), base_of(r), signature)
    return good and not verify(unhex(r["device"]), base_of(r | {"query": "other"}), signature)


for r in v["signed_requests"]:
    attempt(f"signed: {r['method']} {r['path']}", lambda: signed_good(r))

small_known = known_of(next(e for e in v["segments"] if e["name"] == "one save"))
READERS = {
    "columns": lambda raw: Columns(raw, []).read(1),
    "request": read_request,
    "answer": read_answer,
    "frame": unframe,
    "segment": lambda raw: read_segment(loads(raw), small_known),
    "signature_input": lambda raw: read_input(raw.decode()),
}
accepted = []
for r in v["refused"]:
    try:
        READERS[r["what"]](unhex(r["hex"]))
        accepted.append((r["what"], r["why"]))
    except (Wrong, IndexError):
        pass
report(not accepted, f"{len(v['refused'])} examples are refused {accepted or ''}")
sys.exit(failed)
PY
/usr/bin/python3 reader.py "$here/protocol-v1.json"
