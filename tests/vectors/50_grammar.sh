#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The grammar printed in FORMAT.md and PROTOCOL.md is the grammar of the frozen vectors: every CDDL rule
# there is parsed, every name it uses is defined, and every vector matches its rule, while damaged ones
# do not. The checker below knows the part of RFC 8610 that the two pages use.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null; then
  echo "skip - python3-cbor2 is not installed"
  exit 77
fi
cat >check.py <<'PY'
import io, json, re, sys
import cbor2

TOKEN = re.compile(
    r"""\s+|;[^\n]*|(?P<t>"[^"]*"|=>|\.\.|\.size|\.cbor|\#6\.\d+|-?\d+|[A-Za-z_][A-Za-z0-9_-]*|[\[\]{}()=,:/?*])"""
)


def tokens(text):
    out, at = [], 0
    while at < len(text):
        m = TOKEN.match(text, at)
        if not m:
            raise SyntaxError(text[at : at + 40])
        if m["t"]:
            out.append(m["t"])
        at = m.end()
    return out


class Grammar:
    """Types are tuples: ('int', low, high), ('array', group), ('name', n) and so on."""

    def __init__(self, text):
        self.t, self.at, self.rules = tokens(text), 0, {}
        while self.at < len(self.t):
            name = self.take()
            self.expect("=")
            assert name not in self.rules, f"{name} is defined twice"
            self.rules[name] = self.type()
        self.used = set()

    def peek(self, k=0):
        return self.t[self.at + k] if self.at + k < len(self.t) else None

    def take(self):
        self.at += 1
        return self.t[self.at - 1]

    def expect(self, what):
        got = self.take()
        if got != what:
            raise SyntaxError(f"{what} expected, {got} found: {' '.join(self.t[self.at - 8 : self.at + 3])}")

    def type(self):
        choices = [self.controlled()]
        while self.peek() == "/":
            self.take()
            choices.append(self.controlled())
        return ("choice", choices) if len(choices) > 1 else choices[0]

    def controlled(self):
        base = self.single()
        if self.peek() in (".size", ".cbor"):
            return (self.take()[1:], base, self.single())
        return base

    def single(self):
        t = self.take()
        if t == "(":
            inner = self.type()
            self.expect(")")
            return inner
        if t == "[":
            return ("array", self.group("]"))
        if t == "{":
            return ("map", self.group("}"))
        if t.startswith("#6."):
            self.expect("(")
            inner = self.type()
            self.expect(")")
            return ("tag", int(t[3:]), inner)
        if t[0] == '"':
            return ("literal", t[1:-1])
        if re.fullmatch(r"-?\d+", t):
            high = int(t)
            if self.peek() == "..":
                self.take()
                high = int(self.take())
            return ("int", int(t), high)
        return ("name", t)

    def group(self, end):
        """Entries (at least, at most, key type or None, type)."""
        out = []
        while self.peek() != end:
            low, high = 1, 1
            if self.peek() == "?":
                self.take()
                low = 0
            elif self.peek() == "*" or (self.peek().isdigit() and self.peek(1) == "*"):
                low = int(self.take()) if self.peek() != "*" else 0
                self.take()
                high = int(self.take()) if self.peek().isdigit() and self.peek(1) != "=>" else None
            key = None
            if self.peek(1) == ":":
                self.take()
                self.take()
                out.append((low, high, None, self.type()))
            else:
                kind = self.type()
                if self.peek() == "=>":
                    self.take()
                    key, kind = kind, self.type()
                out.append((low, high, key, kind))
            if self.peek() == ",":
                self.take()
        self.expect(end)
        return out

    # ---- matching ----

    def matches(self, kind, v):
        what = kind[0]
        if what == "choice":
            return any(self.matches(k, v) for k in kind[1])
        if what == "int":
            return type(v) is int and kind[1] <= v <= kind[2]
        if what == "literal":
            return v == kind[1]
        if what == "tag":
            return isinstance(v, cbor2.CBORTag) and v.tag == kind[1] and self.matches(kind[2], v.value)
        if what == "array":
            return isinstance(v, (list, tuple)) and self.sequence(kind[1], list(v))
        if what == "map":
            return isinstance(v, dict) and self.map(kind[1], v)
        if what == "size":
            return self.matches(kind[1], v) and self.matches(kind[2], len(v.encode() if isinstance(v, str) else v))
        if what == "cbor":
            return self.matches(kind[1], v) and self.matches(kind[2], cbor2.loads(v))
        return self.named(kind[1], v)

    def named(self, name, v):
        simple = {
            "any": lambda: True,
            "uint": lambda: type(v) is int and 0 <= v < 2**64,
            "bstr": lambda: isinstance(v, bytes),
            "text": lambda: isinstance(v, str),
            "null": lambda: v is None,
            "true": lambda: v is True,
            "false": lambda: v is False,
        }
        if name in simple:
            return simple[name]()
        self.used.add(name)
        return self.matches(self.rules[name], v)

    def sequence(self, group, values):
        if not group:
            return not values
        (low, high, _, kind), rest = group[0], group[1:]
        n = 0
        if low == 0 and self.sequence(rest, values):
            return True
        while n < len(values) and (high is None or n < high) and self.matches(kind, values[n]):
            n += 1
            if n >= low and self.sequence(rest, values[n:]):
                return True
        return False

    def map(self, group, v):
        counts = [0] * len(group)
        for key, value in v.items():
            for i, (low, high, key_kind, kind) in enumerate(group):
                if self.matches(key_kind, key) and self.matches(kind, value):
                    counts[i] += 1
                    break
            else:
                return False
        return all(c >= low and (high is None or c <= high) for c, (low, high, _, _) in zip(counts, group))

    def undefined(self):
        known = {"any", "uint", "bstr", "text", "null", "true", "false"} | set(self.rules)
        return {t for t in self.names(list(self.rules.values()))} - known

    def names(self, tree):
        if isinstance(tree, tuple) and len(tree) == 2 and tree[0] == "name":
            yield tree[1]
        elif isinstance(tree, (list, tuple)):
            for part in tree:
                yield from self.names(part)


failed = False


def report(good, text):
    global failed
    failed = failed or not good
    print("ok" if good else "not ok", "-", text)


def rules(page):
    return "\n".join(re.findall(r"```cddl\n(.*?)```", open(page).read(), re.S))


format_rules, protocol_rules = rules(sys.argv[3]), rules(sys.argv[4])
try:
    g = Grammar(format_rules)
    of_format = set(g.rules)
    report(not g.undefined(), f"the {len(of_format)} rules in FORMAT.md define every name they use {sorted(g.undefined()) or ''}")
    g = Grammar(format_rules + "\n" + protocol_rules)
except Exception as e:
    print("not ok - the grammar does not parse:", e)
    sys.exit(1)
of_protocol = set(g.rules) - of_format
report(not g.undefined(), f"so do the {len(of_protocol)} in PROTOCOL.md, with those of FORMAT.md {sorted(g.undefined()) or ''}")

v = json.load(open(sys.argv[1]))


def load(text):
    return cbor2.loads(bytes.fromhex(text))


def fits(rule, value):
    return g.matches(("name", rule), value)


for o in v["record_ops"] + v["authority_ops"]:
    op = load(o["op"])
    rule = "record-op" if op[0] < 16 else "authority-op"
    good = fits(rule, op) and fits("body", load(o["body"])) and fits("op", op)
    # an item less, an item more, or another kind of item in second place is another form
    bad = [op[:-1], op + [None], [op[0], {}] + op[2:]]
    report(good and not any(fits(rule, b) for b in bad), f"op {op[0]}: {o['name']}")

sets = v["chain"] + [v["changeset_eddsa"], v["registry_genesis"], v["registry_grants"]]
good = all(fits("changeset", load(s["cose"])) and fits("signed-bytes", load(s["to_sign"])) for s in sets)
payload = cbor2.loads(load(sets[0]["cose"]).value[2])
bad = [payload[:-1], payload[:3] + [4097] + payload[4:], payload[:-1] + [[b"x"]], payload[:1] + [0] + payload[2:]]
report(good and fits("payload", payload) and not any(fits("payload", b) for b in bad), f"{len(sets)} changesets")
changes = [c for s in sets for c in s.get("changes", [])]
good = all(fits("change", load(c["change"])) and fits("body", load(c["body"])) for c in changes)
report(good and not fits("change", [0, 1, b"x" * 32]), f"{len(changes)} changes")
report(all(fits("ref", load(r)) for r in v["references"]), "change references")
plain, wrapped = load(v["keyfile_unwrapped"]), load(v["keyfile_wrapped"]["file"])
report(all(fits("keyfile", k) for k in (plain, wrapped)), "two key files")
report(fits("wrapped", wrapped) and fits("unwrapped", plain) and not fits("wrapped", plain), "wrapped and not")
vault, sealed = load(v["vault"]["file"]), load(v["vault"]["sealed_file"])
bad = [vault[:-1], vault[:-1] + [vault[-1][:1]], vault[:4] + [7] + vault[5:]]
good = fits("vault-file", vault) and fits("vault-file", vault[:-1] + [[]]) and fits("sealed-file", sealed)
report(good and not any(fits("vault-file", b) for b in bad) and not fits("sealed-file", vault), "a folder's key at rest")
proof = load(v["proof_file"])
bad = [proof[:-1], proof[:5] + [proof[5][:1]], proof[:3] + [proof[3][:-1]] + proof[4:]]
hashed = proof[:3] + [[proof[3][0], None, None] + proof[3][3:]] + proof[4:]
report(fits("proof-file", proof) and fits("proof-file", hashed) and not any(fits("proof-file", b) for b in bad), "the proof file")
report(fits("bundle-manifest", load(v["bundle"]["manifest"])), "the manifest of a bundle")
report(fits("snapshot", load(v["snapshot"]["head"])), "a snapshot's head")
update = cbor2.CBORDecoder(io.BytesIO(bytes.fromhex(v["release"]["file"]))).decode()
report(fits("release-head", update) and not fits("release", cbor2.loads(update.value[2])[:-1]), "an update file's head")
text = v["invite"]["text"][6:]
bits = "".join(f"{'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.index(c):05b}" for c in text)
item = cbor2.loads(bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8)))
report(fits("invitation", item), "the invitation")

stick = v["stick"]
wanted, given, asked, answered = (load(stick[n]) for n in ("wanted", "given", "request_file", "answer_file"))
good = fits("wanted", wanted) and fits("given", given) and not fits("wanted", given) and not fits("given", given[:2])
report(good, "what a stick carries at joining")
good = fits("join-file", asked) and fits("joined-file", answered) and not fits("join-file", answered) and not fits("joined-file", asked)
report(good and fits("sealed-file", cbor2.loads(asked[2])), "and its two files")
tries = load(v["tries"]["file"])
good = fits("tries", tries) and not fits("tries", tries[:-1]) and tries[2:] == [v["tries"]["wrong"], v["tries"]["last_ms"]]
report(good, "wrong PINs remembered")

backup, file = load(v["copy"]["signed"]), load(v["copy"]["file"])
short = cbor2.dumps(cbor2.loads(backup[0])[:3], canonical=True)
report(fits("backup-signed", backup) and not fits("backup-signed", [short, *backup[1:]]), "a copy of unsent work")
sealed = file[:2] + [bytes.fromhex(v["vault"]["file"]), file[3]]
report(fits("backup-file", file) and fits("backup-file", sealed) and not fits("backup-file", file[:3]), "and its file")
heads = load(v["given"]["file"])
none = heads[:2] + [[heads[2][0][:3] + [0]]]
report(fits("heads", heads) and not fits("heads", none) and not fits("heads", heads[:2]), "what was given away")

unused = of_format - g.used
later = {"later-op"}
report(unused - later == set(), f"every other rule in FORMAT.md is used by a vector {sorted(unused - later) or ''}")

# ---- PROTOCOL.md ----

v = json.load(open(sys.argv[2]))
for s in v["segments"]:
    item = load(s["segment"])
    rule, other = ("short-form", "full-form") if s["form"] == "short" else ("full-form", "short-form")
    bad = [item[:-1], item + [b""], [2] + item[1:], item[:-2] + [b"salt", item[-1]]]
    good = fits("segment", item) and fits(rule, item) and not fits(other, item)
    report(good and not any(fits("segment", b) for b in bad), f"a segment in {s['form']} form: {s['name']}")
for name in ("request", "answer"):
    message = load(v[name]["content"])
    bad = [message[:-1], [2] + message[1:], message[:1] + [message[1] * 2000] + message[2:], message[:1] + [[[]]] + message[2:]]
    report(fits("sync-" + name, message) and not any(fits("sync-" + name, b) for b in bad), f"a sync {name}")
rejection = load(v["answer"]["content"])[1][1][4][0]
report(fits("rejection", rejection) and not fits("rejection", rejection[:3] + [8] + rejection[4:]), "a rejection")
join = load(v["join"]["request"])
report(fits("join-request", join) and not fits("join-request", join + [False]) and not fits("join-request", join[:-1]), "a join request")
report(fits("join-answer", load(v["join"]["answer"])) and fits("ledger-list", load(v["join"]["ledgers"])), "its answer, and a list of ledgers")
handback, lacking = load(v["handback"]["request"]), load(v["handback"]["answer"])
report(fits("handback", handback) and not fits("handback", [1, [b"short"], handback[2]]), "what is handed back")
report(fits("handback-answer", lacking) and not fits("handback-answer", lacking[:1] + [0] + lacking[2:]), "and what is lacking")
signed = load(v["cosigned"]["list"])
good = signed[1] == [[one["origin"], one["checkpoint"]] for one in v["cosigned"]["ledgers"]]
good = good and fits("cosigned-list", signed) and fits("cosigned-list", [1, []])
report(good and not fits("cosigned-list", [1, [signed[1][0][:1]]]), "a list of what witnesses have signed")
asked, answered = load(v["reads"]["request"]), load(v["reads"]["answer"])
empty = cbor2.dumps(cbor2.loads(asked[1])[:4] + [[]], canonical=True)
report(fits("reads-request", asked) and not fits("reads-request", [1, empty, asked[2]]), "who has looked")
report(fits("reads-answer", answered) and not fits("reads-answer", answered[:2]), "and its answer")
hello, near = load(v["neighbours"]["hello"]), load(v["neighbours"]["message"])
report(fits("hello", hello) and not fits("hello", hello[:2]), "who answers in the office")
report(fits("lan-message", near) and not fits("lan-message", near[:2] + [None]), "what two desks tell each other")
early = load(v["snapshot"]["answer"])
report(fits("snapshot-answer", early) and not fits("snapshot-answer", early[:2]) and not fits("snapshot-answer", [1, "", early[2]]), "records before their history")
part, so_far = (load(v["attachment_parts"][n]) for n in ("part", "state"))
good = fits("attachment-part", part) and fits("attachment-part", so_far)
report(good and not any(fits("attachment-part", bad) for bad in (part[:4], part[:2] + [32000001] + part[3:], part[:4] + [""])), "an attachment by stick")
unused = of_protocol - g.used
report(not unused, f"every rule in PROTOCOL.md is used by a vector {sorted(unused) or ''}")
sys.exit(failed)
PY
/usr/bin/python3 check.py "$here/format-v1.json" "$here/protocol-v1.json" "$here/../../shared/FORMAT.md" "$here/../../shared/PROTOCOL.md"
