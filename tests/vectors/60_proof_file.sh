#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# A reader that knows FORMAT.md alone follows the proof file: from the kid of the county's root key to the
# author's grant, and from the change through its changeset and leaf to the checkpoint. Then every part
# of the file is altered in turn, and each time the reader must notice.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null || ! command -v openssl >/dev/null; then
  echo "skip - python3-cbor2 or openssl is not installed"
  exit 77
fi
cat >follow.py <<'PY'
import base64, copy, functools, hashlib, json, subprocess, sys
import cbor2


class Wrong(Exception):
    pass


def require(good, what):
    if not good:
        raise Wrong(what)


@functools.lru_cache(None)
def verify(key, message, signature):
    """Ed25519 by openssl, which wants files."""
    open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key)
    open("message", "wb").write(message)
    open("signature", "wb").write(signature)
    command = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in message -sigfile signature"
    return subprocess.run(command.split(), capture_output=True).returncode == 0


def sha(data):
    return hashlib.sha256(data).digest()


def kid_of(key):
    return sha(bytes.fromhex("a301012006215820") + key)


def canonical(raw):
    value = cbor2.loads(raw)
    require(cbor2.dumps(value, canonical=True) == raw, "not canonical")
    return value


def root_of(leaf, index, size, proof):
    """RFC 9162 2.1.3.2"""
    node, last, hash_ = index, size - 1, leaf
    require(index < size, "index")
    for p in proof:
        require(last > 0, "a proof too long")
        if node & 1 or node == last:
            hash_ = sha(b"\1" + p + hash_)
            while not node & 1:
                node, last = node >> 1, last >> 1
        else:
            hash_ = sha(b"\1" + hash_ + p)
        node, last = node >> 1, last >> 1
    require(last == 0, "a proof too short")
    return hash_


def checkpoint(text, origin, key):
    require(text.endswith("\n"), "an unfinished line")
    body, lines = text[:-1].split("\n\n")
    name, size, root = body.split("\n")
    require(name == origin, "another ledger")
    line = lines.split("\n")[0]
    require(line.startswith("\u2014 " + origin + " "), "the county's line")
    signed = base64.b64decode(line.split(" ")[2], validate=True)
    require(signed[:4] == sha(origin.encode() + b"\n\1" + key)[:4], "key id")
    require(verify(key, (body + "\n").encode(), signed[4:]), "checkpoint signature")
    return int(size), base64.b64decode(root, validate=True)


def evidence(item, origin, author_key, log_key):
    """Checks one piece of evidence; gives its ops and its leaf's index, size and root."""
    change_raw, body, salt, cose_raw, path, proof = item
    change, cose = canonical(change_raw), canonical(cose_raw)
    require(change[2] == sha(salt + body), "body")
    protected, unprotected, payload_raw, signature = cose.value
    require(cose.tag == 18 and unprotected == {}, "COSE")
    require(canonical(protected) == {1: -19, 4: kid_of(author_key)}, "author")
    aad = f"huce/1/changeset\n{origin}\n".encode()
    require(verify(author_key, cbor2.dumps(["Signature1", protected, aad, payload_raw]), signature), "signature")
    payload = canonical(payload_raw)
    leaf = sha(b"\0" + change_raw)
    require(root_of(leaf, change[0] - payload[2], payload[3], path) == payload[9], "path to changes_root")

    head, note = proof.split("\n\n", 1)
    lines = head.split("\n")
    require(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ") and lines[2].startswith("index "), "tlog-proof")
    data = base64.b64decode(lines[1][6:], validate=True)
    require(len(data) == 48 and data[:32] == sha(cose_raw), "the leaf is of another changeset")
    size, root = checkpoint(note, origin, log_key)
    hashes = [base64.b64decode(h, validate=True) for h in lines[3:]]
    require(root_of(sha(b"\0" + data), int(lines[2][6:]), size, hashes) == root, "inclusion")
    return canonical(body)[0], int(lines[2][6:]), (size, root)


def follow(file, root_kid):
    proof = canonical(file)
    require(proof[:2] == ["huce-proof", 1], "another file")
    _, _, origin, change, registry, authority = proof
    county = canonical(authority[0][1])[0][0]
    require(county[0] == 16 and kid_of(county[1]) == root_kid, "the root key")
    log_key, keys, heads = county[2], {root_kid: county[1]}, set()
    grants = {}
    for i, item in enumerate(authority):
        author = canonical(cbor2.loads(item[3]).value[0])[4]
        require(author in keys, "an author without a grant in the file")
        ops, index, head = evidence(item, registry, keys[author], log_key)
        require(i > 0 or (index == 0 and author == root_kid), "leaf 0")
        heads.add(head)
        for op in ops:
            if op[0] == 17:
                kid = kid_of(op[2])
                require(op[7] != "registrar" or author == root_kid, "only the root key makes registrars")
                pop = f"huce/1/pop\n{registry}\n".encode() + kid
                require(verify(op[2], pop, op[10]), "proof of possession")
                keys[kid], grants[kid] = op[2], op
    require(len(heads) == 1, "two checkpoints of the registry")
    author = canonical(cbor2.loads(change[3]).value[0])[4]
    require(author in grants, "the author has no grant")
    code = origin.split("/")[1]
    require(code in grants[author][8], "the grant is for another village")
    evidence(change, origin, keys[author], log_key)


v = json.load(open(sys.argv[1]))
file, root_kid = bytes.fromhex(v["proof_file"]), bytes.fromhex(v["keys"]["root"]["kid"])
try:
    follow(file, root_kid)
    print("ok - the proof file holds, from the root key's kid to the change")
except Wrong as e:
    print("not ok - the proof file:", e)
    sys.exit(1)


def leaves(tree, at=()):
    if isinstance(tree, (list, tuple)):
        for i, part in enumerate(tree):
            yield from leaves(part, at + (i,))
    else:
        yield at


def altered(value, k):
    """One byte of a string, or a number, changed; k moves through a string."""
    if isinstance(value, int):
        return value + 1
    raw = bytearray(value.encode() if isinstance(value, str) else value)
    raw[k] ^= 1
    return raw.decode("utf-8", "replace") if isinstance(value, str) else bytes(raw)


tried, accepted = 0, []
tree = cbor2.loads(file)
for at in leaves(tree):
    value = functools.reduce(lambda t, i: t[i], at, tree)
    length = 1 if isinstance(value, int) else len(value.encode() if isinstance(value, str) else value)
    for k in sorted({0, length // 3, length // 2, length - 1}):
        bad = copy.deepcopy(tree)
        part = functools.reduce(lambda t, i: t[i], at[:-1], bad)
        part[at[-1]] = altered(value, k)
        tried += 1
        try:
            follow(cbor2.dumps(bad, canonical=True), root_kid)
            accepted.append((at, k))
        except (Wrong, ValueError, IndexError, KeyError, TypeError, AttributeError, cbor2.CBORDecodeError):
            pass
if accepted:
    print("not ok - altered proof files hold:", accepted)
else:
    print(f"ok - {tried} altered proof files do not hold")
try:
    follow(file, sha(b"another root"))
    print("not ok - another county's root key is taken")
    accepted.append(())
except Wrong:
    print("ok - another county's root key is refused")
sys.exit(1 if accepted else 0)
PY
/usr/bin/python3 follow.py "$here/format-v1.json"
