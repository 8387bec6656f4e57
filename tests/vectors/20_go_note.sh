#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Go's checksum-database packages know nothing of this project: sumdb/note opens our checkpoints,
# sumdb/tlog computes our roots and checks our inclusion and consistency proofs, and both refuse
# altered ones. Needs Debian's golang-go and golang-golang-x-mod-dev; no network.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v go >/dev/null || [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
  echo "skip - golang-go or golang-golang-x-mod-dev is not installed"
  exit 77
fi
export GO111MODULE=off GOFLAGS= GOPATH=/usr/share/gocode GOCACHE=$PWD/cache GOTOOLCHAIN=local
cat >check.go <<'GO'
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type vectors struct {
	Leaves      []struct{ Data, Hash string }
	Roots       []string
	Inclusion   []struct {
		Index, Size int64
		Proof       []string
	}
	Consistency []struct {
		Old   int64 `json:"old_size"`
		New   int64 `json:"new_size"`
		Proof []string
	}
	Checkpoints []struct{ Origin, Text, Verifier string }
}

var failed bool

func report(good bool, format string, args ...any) {
	word := "ok"
	if !good {
		word, failed = "not ok", true
	}
	fmt.Printf("%s - %s\n", word, fmt.Sprintf(format, args...))
}

func must(err error) {
	if err != nil {
		fmt.Println("not ok -", err)
		os.Exit(1)
	}
}

func hash(text string) (h tlog.Hash) {
	b, err := hex.DecodeString(text)
	must(err)
	copy(h[:], b)
	return
}

func hashes(texts []string) (out []tlog.Hash) {
	for _, t := range texts {
		out = append(out, hash(t))
	}
	return
}

func checkpoints(v *vectors) {
	for _, c := range v.Checkpoints {
		verifier, err := note.NewVerifier(c.Verifier)
		must(err)
		n, err := note.Open([]byte(c.Text), note.VerifierList(verifier))
		report(err == nil && len(n.Sigs) == 1 && len(n.UnverifiedSigs) == 0,
			"sumdb/note opens the checkpoint of %s", c.Origin)
		if err == nil {
			lines := strings.Split(n.Text, "\n")
			report(len(lines) == 4 && lines[0] == c.Origin, "its text is origin, size and root")
		}
		_, err = note.Open([]byte(strings.Replace(c.Text, "\n13\n", "\n12\n", 1)), note.VerifierList(verifier))
		report(err != nil, "sumdb/note refuses it with another size")
	}
}

func roots(v *vectors) {
	var stored []tlog.Hash
	read := tlog.HashReaderFunc(func(indexes []int64) (out []tlog.Hash, err error) {
		for _, i := range indexes {
			out = append(out, stored[i])
		}
		return
	})
	good := true
	for i, leaf := range v.Leaves {
		data, err := hex.DecodeString(leaf.Data)
		must(err)
		good = good && tlog.RecordHash(data) == hash(leaf.Hash)
		more, err := tlog.StoredHashes(int64(i), data, read)
		must(err)
		stored = append(stored, more...)
		root, err := tlog.TreeHash(int64(i+1), read)
		must(err)
		good = good && root == hash(v.Roots[i+1])
	}
	report(good, "sumdb/tlog computes the same leaf hashes and %d roots", len(v.Leaves))
}

func proofs(v *vectors) {
	good, altered := true, false
	for _, p := range v.Inclusion {
		root, leaf := hash(v.Roots[p.Size]), hash(v.Leaves[p.Index].Hash)
		good = good && tlog.CheckRecord(hashes(p.Proof), p.Size, root, p.Index, leaf) == nil
		leaf[0] ^= 1
		altered = altered || tlog.CheckRecord(hashes(p.Proof), p.Size, root, p.Index, leaf) == nil
	}
	report(good && len(v.Inclusion) > 0, "sumdb/tlog checks %d inclusion proofs", len(v.Inclusion))
	report(!altered, "and none of an altered leaf")
	good, altered = true, false
	for _, p := range v.Consistency {
		older, newer := hash(v.Roots[p.Old]), hash(v.Roots[p.New])
		good = good && tlog.CheckTree(hashes(p.Proof), p.New, newer, p.Old, older) == nil
		older[0] ^= 1
		altered = altered || tlog.CheckTree(hashes(p.Proof), p.New, newer, p.Old, older) == nil
	}
	report(good && len(v.Consistency) > 0, "sumdb/tlog checks %d consistency proofs", len(v.Consistency))
	report(!altered, "and none from an altered root")
}

func main() {
	text, err := os.ReadFile(os.Args[1])
	must(err)
	var v vectors
	must(json.Unmarshal(text, &v))
	checkpoints(&v)
	roots(&v)
	proofs(&v)
	if failed {
		os.Exit(1)
	}
}
GO
go build -o check check.go || { echo "not ok - the Go program does not build"; exit 1; }
./check "$here/format-v1.json"
