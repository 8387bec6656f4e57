#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# The age program opens what a desk and the county pack for each other, python's CBOR reader and openssl
# follow FORMAT.md §8 through it, and our reader opens what age seals to a desk, in any number of chunks.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v age >/dev/null || ! /usr/bin/python3 -c 'import cbor2' 2>/dev/null; then
  echo "skip - age or python3-cbor2 is not installed"
  exit 77
fi
. "$here/../system/lib.sh"
tool=${HUCE_BUILD:-$root/build}/tests/vectors/age_key
county_found && county_serve && desk_join a village 马建国 622924101001 || finish
"$huce" sync --data a >/dev/null
county_stop
put a household household_code=622924101001010001 address="一社 1 号" status=1 >/dev/null
mkdir stick
"$huce" bundle export stick --data a >/dev/null && "$huced" bundle import stick --data county >/dev/null
cat >follow.py <<'PY'
import hashlib, io, subprocess, sys
import cbor2

data = open(sys.argv[1], "rb").read()
stream = io.BytesIO(data)
manifest = cbor2.load(stream)
rest = data[stream.tell():]
protected, _, payload, signature = manifest.value
head = cbor2.loads(protected)
body = cbor2.loads(payload)
messages = []
while stream.tell() < len(data):
    messages.append(cbor2.load(stream))
key = bytes.fromhex(sys.argv[2])
kid = hashlib.sha256(bytes.fromhex("a301012006215820") + key).digest()
to_sign = cbor2.dumps(["Signature1", protected, b"huce/1/bundle\n", payload])
open("key.der", "wb").write(bytes.fromhex("302a300506032b6570032100") + key)
open("message", "wb").write(to_sign)
open("signature", "wb").write(signature)
command = "openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey key.der -in message -sigfile signature"
good = subprocess.run(command.split(), capture_output=True).returncode == 0
good = good and head == {1: -19, 4: kid} and body[1] == kid and body[6] == hashlib.sha256(rest).digest()
good = good and body[4] == len(messages) and body[5] == 0
good = good and all(m[:4] == bytes.fromhex("28b52ffd") for m in messages)
sys.exit(not good)
PY
key_of() { # PLACE KIND: the public half, out of the key file ["huce-key", 1, kind, public32, …]
  /usr/bin/python3 -c 'import cbor2, sys; print(cbor2.loads(open(sys.argv[1], "rb").read())[3].hex())' "$1"
}
"$tool" identity log county/log.key >county.identity
"$tool" identity box a/keys/box.key >desk.identity
check "age opens what the desk packed" age -d -i county.identity -o to.plain stick/*-to-county.age
check "and FORMAT.md says what is in it" /usr/bin/python3 follow.py to.plain "$(key_of a/keys/device.key)"
check "age opens what the county packed" age -d -i desk.identity -o from.plain stick/*-from-county.age
check "and FORMAT.md says what is in it" /usr/bin/python3 follow.py from.plain "$(key_of county/log.key)"
check_fails 1 "nobody else's identity opens it" age -d -i desk.identity -o none stick/*-to-county.age
check_fails 1 "a manifest with another's key" /usr/bin/python3 follow.py from.plain "$(key_of a/keys/device.key)"
printf '\x01' | dd of=from.plain bs=1 seek=$(($(stat -c %s from.plain) - 1)) conv=notrunc 2>/dev/null
check_fails 1 "content that was altered" /usr/bin/python3 follow.py from.plain "$(key_of county/log.key)"
age-keygen -o other.identity 2>/dev/null
for size in 0 1 65535 65536 65537 1000000; do
  head -c $size /dev/zero | tr '\0' x >plain
  age -r "$(age-keygen -y other.identity)" -r "$("$tool" recipient box a/keys/box.key)" -o sealed plain
  "$tool" open a/keys/box.key <sealed >opened
  check "we open $size bytes that age has sealed for two" cmp plain opened
done
finish
