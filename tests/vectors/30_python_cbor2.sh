#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Debian's python3-cbor2 decodes every CBOR vector, and its canonical re-encoding gives the same bytes.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null; then
  echo "skip - python3-cbor2 is not installed"
  exit 77
fi
cat >check.py <<'PY'
import base64, hashlib, hmac, json, sys
import cbor2

failed = False


def report(good, text):
    global failed
    failed = failed or not good
    print("ok" if good else "not ok", "-", text)


def same(value):
    """Decodes, and encodes again in canonical form."""
    raw = bytes.fromhex(value)
    return cbor2.dumps(cbor2.loads(raw), canonical=True) == raw


def crockford(text):
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    bits = "".join(f"{digits.index(c):05b}" for c in text)
    return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits) // 8 * 8, 8))


v = json.load(open(sys.argv[1]))
bodies = v["record_ops"] + v["authority_ops"]
report(all(same(o["op"]) and same(o["body"]) for o in bodies), f"{len(bodies)} ops and their bodies")
codes = {cbor2.loads(bytes.fromhex(o["op"]))[0] for o in bodies}
report(codes == set(range(11)) | set(range(16, 26)), "every op number from 0 to 10 and 16 to 25")
report(all(same(r) for r in v["references"]), f"{len(v['references'])} change references")
report(same(v["keyfile_unwrapped"]), "a key file")

report(same(v["keyfile_wrapped"]["file"]) and same(v["proof_file"]), "a key file with a PIN, and a proof file")

stick = v["stick"]
token, keys = bytes.fromhex(stick["token"]), v["keys"]
whose = b"".join(bytes.fromhex(keys[who][part]) for who, part in (("officer", "kid"), ("device", "kid"), ("box", "public")))
answer_key = hmac.new(token, b"huce/1/join/answer\x00" + whose, "sha256").digest()
good = hmac.new(answer_key, bytes.fromhex(stick["given"]), "sha256").hexdigest() == stick["mac"]
report(good and all(same(stick[n]) for n in ("wanted", "given", "request_file", "answer_file")), "both files of joining by stick, the county's answer bound to this desk")
sealed = cbor2.loads(bytes.fromhex(stick["answer_file"]))[2]
report(len(sealed) == 48 + 32 + len(stick["given"]) // 2, "and sealed as a whole")
report(same(v["tries"]["file"]), "wrong PINs remembered")
copy = v["copy"]
frame = cbor2.loads(bytes.fromhex(copy["file"]))[3]
signed = bytes.fromhex(copy["signed"])
good = same(copy["file"]) and same(copy["signed"]) and frame[10:] == signed  # behind the heads of frame and block
body, device, signature = cbor2.loads(signed)
good = good and same(body.hex()) and copy["to_sign"] == (b"huce/1/backup\n" + body).hex() and signature.hex() == copy["signature"]
report(good and device.hex() == v["keys"]["device"]["kid"], "a copy of unsent work")
report(same(v["given"]["file"]), "what was given away")
vault = v["vault"]
report(same(vault["file"]) and same(vault["sealed_file"]), "a folder's key at rest, and a file under it")
held = cbor2.loads(bytes.fromhex(vault["file"]))
report(hmac.new(bytes.fromhex(vault["key"]), b"huce/1/vault/id", "sha256").digest()[:16] == held[2], "its id")

sets = v["chain"] + [v["changeset_eddsa"], v["registry_genesis"], v["registry_grants"]]
good = True
for s in sets:
    cose = cbor2.loads(bytes.fromhex(s["cose"]))
    good = good and same(s["cose"]) and same(s["to_sign"]) and cose.tag == 18
    good = good and all(same(part.hex()) for part in (cose.value[0], cose.value[2]))
    structure = ["Signature1", cose.value[0], f"huce/1/changeset\n{s['origin']}\n".encode(), cose.value[2]]
    good = good and cbor2.dumps(structure, canonical=True).hex() == s["to_sign"]
    good = good and hashlib.sha256(bytes.fromhex(s["cose"])).hexdigest() == s["id"]
report(good, f"{len(sets)} changesets, their headers, payloads and Sig_structures")

good = True
for s in v["chain"] + [v["registry_genesis"], v["registry_grants"]]:
    for c in s["changes"]:
        salt = hmac.new(bytes.fromhex(s["salt_seed"]), c["seq"].to_bytes(8, "big"), "sha256").digest()[:16]
        body_hash = hashlib.sha256(salt + bytes.fromhex(c["body"])).digest()
        change = cbor2.dumps([c["seq"], int(c["hlc"]), body_hash], canonical=True)
        good = good and change.hex() == c["change"] and salt.hex() == c["salt"] and same(c["body"])
        good = good and hashlib.sha256(b"\0" + change).hexdigest() == c["leaf"]
report(good, "changes: salts, body hashes, encoding and leaves")

good = True
payloads = [cbor2.loads(cbor2.loads(bytes.fromhex(s["cose"])).value[2]) for s in v["chain"]]
for i, p in enumerate(payloads):
    good = good and p[1] == i + 1 and p[4].hex() == (v["chain"][i - 1]["id"] if i else "00" * 32)
    good = good and p[2] == v["chain"][i]["changes"][0]["seq"] and p[3] == len(v["chain"][i]["changes"])
report(good, "the chain: numbers, sequence and previous ids")

# In the registry both pairs of size and root are one, and so is a leaf's index and its registry_size.
p = cbor2.loads(cbor2.loads(bytes.fromhex(v["registry_grants"]["cose"])).value[2])
leaves = [bytes.fromhex(data) for data in v["registry_leaves"]]
good = p[5] == p[7] == 1 and p[6] == p[8] == hashlib.sha256(b"\0" + leaves[0]).digest()
good = good and [data[:32].hex() for data in leaves] == [v[n]["id"] for n in ("registry_genesis", "registry_grants")]
report(good and [int.from_bytes(data[40:], "big") for data in leaves] == [0, 1], "a base in the registry")

good = True
for name, part, aad in (("bundle", "manifest", "huce/1/bundle\n"), ("snapshot", "head", "huce/1/snapshot\n")):
    s = v[name]
    cose = cbor2.loads(bytes.fromhex(s[part]))
    structure = ["Signature1", cose.value[0], aad.encode(), cose.value[2]]
    good = good and same(s[part]) and cbor2.dumps(structure, canonical=True).hex() == s["to_sign"]
manifest = cbor2.loads(cbor2.loads(bytes.fromhex(v["bundle"]["manifest"])).value[2])
rest = bytes.fromhex(v["bundle"]["rest"])
good = good and hashlib.sha256(rest).digest() == manifest[6]
head = cbor2.loads(cbor2.loads(bytes.fromhex(v["snapshot"]["head"])).value[2])
good = good and hashlib.sha256(v["snapshot"]["content"].encode()).digest() == head[0]
report(good, "a bundle and a snapshot: what is signed and what it names")

w = v["checkpoint_cosigned"]
body, lines = w["text"].split("\n\n")
line = base64.b64decode(lines.splitlines()[1].split(" ")[2])
key = bytes.fromhex(w["author"])
good = line[:4] == hashlib.sha256(w["witness"].encode() + b"\n\x04" + key).digest()[:4]
message = f"cosignature/v1\ntime {int.from_bytes(line[4:12], 'big')}\n{body}\n".encode()
report(good and message.hex() == w["to_sign"] and line[12:].hex() == w["signature"], "a witness's cosignature")

raw = crockford(v["invite"]["text"][6:])
item, check = raw[:-4], raw[-4:]
report(hashlib.sha256(item).digest()[:4] == check and same(item.hex()), "the invitation")
content = cbor2.loads(item)
keys = v["keys"]
message = b"".join(bytes.fromhex(keys[a][b]) for a, b in (("officer", "kid"), ("device", "kid"), ("box", "public")))
proof = hmac.new(content[4], message + content[2].encode(), "sha256").hexdigest()
report(proof == v["invite"]["proof"] and content[3].hex() == keys["root"]["kid"], "its proof of the token")

good = True
for k in (k for n, k in keys.items() if n != "box"):
    thumbprint = cbor2.dumps({1: 1, -1: 6, -2: bytes.fromhex(k["public"])}, canonical=True)
    good = good and hashlib.sha256(thumbprint).hexdigest() == k["kid"]
report(good, "kids are COSE key thumbprints (RFC 9679)")
sys.exit(failed)
PY
/usr/bin/python3 check.py "$here/format-v1.json"
