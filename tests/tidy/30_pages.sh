#!/usr/bin/env bash
# SPDX-License-Identifier: MulanPSL-2.0
# Pages say what is there: a line for every source file, links and file names that lead somewhere, the
# server's routes and error codes, both programs' commands.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
page() { python3 tests/tidy/pages.py "$1"; }

check "DESIGN pages have a line for every .c file, and none for one that is gone" page design
check "links between pages lead somewhere" page links
check "files that pages name are there" page names
check "PROTOCOL.md has every route of the server, and no other" page routes
check "PROTOCOL.md lists every code of an error answer" page codes
check "the desk's openapi.json describes every endpoint, and the page asks for no other" page openapi
check "the page's types are made from it" node agent/web/types.mjs --check
check "the page's words are there in English" page words
check "the READMEs name every command of both programs, and no other" page commands
check "migrations/README.md counts the core types and code lists right" page catalog
check "migrations/MECHANISMS.md and the stories name the same mechanisms" page mechanisms
check "the DESIGN pages say of every stored table what vouches for it" page tables
finish
