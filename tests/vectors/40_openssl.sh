#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# OpenSSL verifies the signature of every changeset over its COSE Sig_structure, and those of a bundle,
# a snapshot and a witness, and refuses altered ones.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
vectors=$here/format-v1.json
for tool in openssl jq perl; do
  command -v $tool >/dev/null || { echo "skip - $tool is not installed"; exit 77; }
done
failed=0
bytes() { perl -e 'print pack "H*", shift' "$1"; }
verify() { # verifies message.bin; public.der and signature.bin stand beside it
  openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey public.der -in message.bin \
    -sigfile signature.bin >/dev/null 2>&1
}
check() { # NAME AUTHOR TO_SIGN SIGNATURE
  # SubjectPublicKeyInfo of an Ed25519 key (RFC 8410): a fixed head and the 32 bytes
  bytes "302a300506032b6570032100$2" >public.der
  bytes "$3" >message.bin
  bytes "$4" >signature.bin
  if verify; then echo "ok - openssl verifies $1"; else echo "not ok - openssl refuses $1"; failed=1; fi
  printf 'x' >>message.bin
  if verify; then echo "not ok - openssl accepts $1 altered"; failed=1; fi
}
n=0
while IFS=$'\t' read -r origin author to_sign signature; do
  n=$((n + 1))
  check "changeset $n, of $origin" "$author" "$to_sign" "$signature"
done < <(jq -r '(.chain + [.changeset_eddsa, .registry_genesis, .registry_grants])[] | [.origin, .author, .to_sign, .signature] | @tsv' "$vectors")
[ "$n" = 6 ] || { echo "not ok - $n changesets instead of 6"; failed=1; }
# The signature of a COSE_Sign1 is its last 64 bytes.
while IFS=$'\t' read -r name author to_sign signature; do
  check "the $name" "$author" "$to_sign" "${signature: -128}"
done < <(jq -r '[["bundle", .bundle.author, .bundle.to_sign, .bundle.manifest],
  ["snapshot", .snapshot.author, .snapshot.to_sign, .snapshot.head],
  ["copy of unsent work", .copy.author, .copy.to_sign, .copy.signature],
  ["witness", .checkpoint_cosigned.author, .checkpoint_cosigned.to_sign, .checkpoint_cosigned.signature]][] | @tsv' "$vectors")
exit $failed
