// SPDX-License-Identifier: MulanPSL-2.0
//
// tiles reads a ledger as an auditor does: the checkpoint, and the tree below it in tiles (C2SP
// tlog-tiles), with nothing but Go's sumdb packages, which authenticate every tile against the
// checkpoint. Then an older checkpoint must be the beginning of the same tree.
//
//	tiles SOURCE VERIFIER [OLDER]    SOURCE: a folder or an http address that ends before /checkpoint
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var failed bool

func report(err error, format string, args ...any) {
	word, more := "ok", ""
	if err != nil {
		word, failed, more = "not ok", true, ": "+err.Error()
	}
	fmt.Printf("%s - %s%s\n", word, fmt.Sprintf(format, args...), more)
}

func fatal(err error) {
	if err != nil {
		fmt.Println("not ok -", err)
		os.Exit(1)
	}
}

func fetch(source, path string) ([]byte, error) {
	if !strings.HasPrefix(source, "http") {
		return os.ReadFile(source + "/" + path)
	}
	answer, err := http.Get(source + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(answer.Body)
}

type reader struct {
	source string
	read   int
}

func (r *reader) Height() int { return 8 }

func (r *reader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r *reader) ReadTiles(tiles []tlog.Tile) (out [][]byte, err error) {
	for _, t := range tiles {
		data, err := fetch(r.source, strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		r.read++
		out = append(out, data)
	}
	return
}

func open(text []byte, verifier note.Verifier) tlog.Tree {
	n, err := note.Open(text, note.VerifierList(verifier))
	fatal(err)
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	fatal(err)
	root, err := tlog.ParseHash(lines[2])
	fatal(err)
	return tlog.Tree{N: size, Hash: root}
}

// entries compares the data of the leaves with the hashes that the tree holds for them.
func entries(r *reader, tree tlog.Tree, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 256 {
		width := tree.N - first
		path := strings.Replace(tlog.Tile{H: 8, L: 0, N: first / 256, W: 256}.Path(), "tile/8/0/", "tile/entries/", 1)
		if width >= 256 {
			width = 256
		} else {
			path += fmt.Sprintf(".p/%d", width)
		}
		data, err := fetch(r.source, path)
		if err != nil {
			return err
		}
		if int64(len(data)) != width*50 {
			return fmt.Errorf("%s has %d bytes", path, len(data))
		}
		for i := int64(0); i < width; i++ {
			if first > 512 && i > 2 && first+512 < tree.N {
				break // a few of each bundle in the middle: every hash is a walk up the tree
			}
			entry := data[50*i : 50*i+50]
			got, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, first+i)})
			if err != nil {
				return err
			}
			if entry[0] != 0 || entry[1] != 48 || tlog.RecordHash(entry[2:]) != got[0] {
				return fmt.Errorf("entry %d is not in the tree", first+i)
			}
		}
	}
	return nil
}

func main() {
	r := &reader{source: os.Args[1]}
	text, err := os.ReadFile(os.Args[2])
	fatal(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(text)))
	fatal(err)
	text, err = fetch(r.source, "checkpoint")
	fatal(err)
	tree := open(text, verifier)
	hashes := tlog.TileHashReader(tree, r)

	root, err := tlog.TreeHash(tree.N, hashes)
	if err == nil && root != tree.Hash {
		err = fmt.Errorf("another root")
	}
	report(err, "the tiles lead to the checkpoint's root, %d leaves", tree.N)
	report(entries(r, tree, hashes), "the entries are the leaves of that tree")
	for _, index := range []int64{0, tree.N / 2, tree.N - 1} {
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		if err == nil {
			leaf, _ := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
			err = tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf[0])
		}
		report(err, "leaf %d is proven from tiles", index)
	}
	if len(os.Args) > 3 {
		text, err = os.ReadFile(os.Args[3])
		fatal(err)
		older := open(text, verifier)
		proof, err := tlog.ProveTree(tree.N, older.N, hashes)
		if err == nil {
			err = tlog.CheckTree(proof, tree.N, tree.Hash, older.N, older.Hash)
		}
		report(err, "the older checkpoint, %d leaves, is the beginning of the same tree", older.N)
	}
	if failed {
		os.Exit(1)
	}
}
