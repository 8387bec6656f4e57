# SPDX-License-Identifier: MulanPSL-2.0
# make          builds build/huce and build/huced (installs what is missing first)
# make demo     the whole story on this machine, under five minutes
# make test     everything, ends with "N passed, N failed"
# make bench    ratios against raw SQLite and libsodium in one run; writes build/bench.json
# make deb      Debian packages of both programs, in build/deb
# make help     the rest

SHELL := /bin/bash
BUILD ?= build
VERSION ?= 0.1
# Numbers the builds that desks are given (huced release): each greater than those before.
RELEASE ?= 1
CC ?= gcc
OPT ?= -O2 -g
SAN ?=
PKGS := sqlite3 libsodium libuv libcurl libmicrohttpd jansson libzstd nettle gnutls xlsxwriter libqrencode libpng libturbojpeg inih

# pkg-config may not be there before the first `make setup`: asked when first used, and then once.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS) 2>/dev/null))$(PKG_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS) 2>/dev/null))$(PKG_LIBS)
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-missing-field-initializers -Werror
CFLAGS_ALL = -std=c11 -D_GNU_SOURCE -I. -I$(BUILD)/gen $(OPT) $(SAN) $(WARN) -fno-strict-aliasing -fstack-protector-strong $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL = $(SAN) $(LDFLAGS)

LIB_SRC := $(sort $(wildcard shared/*/*.c))
AGENT_SRC := $(sort $(wildcard agent/*.c agent/*/*.c))
SERVER_SRC := $(sort $(wildcard server/*.c server/*/*.c server/*/*/*.c))
HARNESS_SRC := $(sort $(wildcard tests/harness/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/*/test_*.c tests/store/test_*.c))
UNIT_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(UNIT_SRC))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(FUZZ_SRC))
TOOL_SRC := $(sort $(wildcard tests/bench/*.c tests/vectors/*.c tests/data/*.c))
TOOL_BIN := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TOOL_SRC))
SIM_SRC := $(sort $(wildcard tests/sim/*.c))
SIM := $(BUILD)/tests/sim/sim
# A bad link: the proxy itself, and what counts on it.
PROXY_SRC := tests/proxy/proxy.c
PROXY := $(BUILD)/tests/proxy/proxy $(BUILD)/tests/proxy/cuts
NEXT := $(BUILD)/tests/update/huce_next
TORTURE := $(NEXT) $(BUILD)/tests/torture/recorder.so $(BUILD)/tests/torture/memory.so $(BUILD)/tests/torture/huce_cursor_first $(BUILD)/tests/torture/huced_lying $(BUILD)/tests/torture/cheap_vault

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC))
# Everything of a program but its main: unit tests, bench and torture link it.
AGENT_OBJ := $(call obj,$(filter-out agent/main.c,$(AGENT_SRC)))
SERVER_OBJ := $(call obj,$(filter-out server/main.c,$(SERVER_SRC)))

.SECONDARY:
.PHONY: all programs setup deb deb-test deb-arm64 demo test unit sim storm torture tamper fuzz fuzz-build fuzz-link bench links reports coverage clean format tidy help screenshots tests-build tools compdb debug
ROSTER := $(BUILD)/tests/data/roster
all: setup programs $(ROSTER) # the README's tour makes its villagers with it
programs: $(BUILD)/huce $(BUILD)/huced
tests-build: $(UNIT_BIN)
tools: $(TOOL_BIN) $(SIM) $(TORTURE) $(PROXY)

setup:
	@tests/harness/setup.sh

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)

# One process for each file: a shell, an echo and a mkdir for each take longer than many a file.
FOLDER = $(if $(wildcard $(@D)/.),,$(shell mkdir -p $(@D)))
$(BUILD)/obj/%.o: %.c Makefile
	@$(FOLDER)$(info $()  CC   $<)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# The SQL and catalog migrations travel inside the programs. The list notices a file that is gone.
MIGRATIONS := $(sort $(wildcard migrations/*/*.sql migrations/*/*/*.sql migrations/*/*.csv))
.PHONY: always
$(BUILD)/gen/migrations.list: always
	@mkdir -p $(@D)
	@echo "$(MIGRATIONS)" | cmp -s - $@ || echo "$(MIGRATIONS)" > $@
$(BUILD)/gen/migrations.h: tests/harness/embed.sh $(BUILD)/gen/migrations.list $(MIGRATIONS)
	@mkdir -p $(@D)
	@tests/harness/embed.sh $(filter %.sql %.csv,$^) > $@.tmp && mv $@.tmp $@
$(LIB_OBJ) $(AGENT_OBJ) $(SERVER_OBJ): | $(BUILD)/gen/migrations.h

# The web application: built once for all builds of the program, again when its sources change; the program takes its files as
# bytes. `npm ci` runs when the lock file is newer than what it made.
WEB := build/web
WEB_SRC := $(sort $(wildcard agent/web/*.html agent/web/*.ts agent/web/*.json agent/web/src/* agent/web/src/*/* agent/web/src/*/*/* agent/web/public/*))
agent/web/node_modules/.package-lock.json: agent/web/package-lock.json
	@echo "  NPM  agent/web"
	@cd agent/web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch node_modules/.package-lock.json
$(WEB)/web.h: agent/web/node_modules/.package-lock.json $(filter-out %/package-lock.json,$(WEB_SRC)) tests/harness/embed_web.sh
	@echo "  WEB  $@"
	@mkdir -p $(@D)
	@cd agent/web && npx --no-install vite build --outDir $(CURDIR)/$(WEB)/dist --emptyOutDir --logLevel error
	@tests/harness/embed_web.sh $(WEB)/dist $(WEB)/packed > $@.tmp && mv $@.tmp $@
$(BUILD)/obj/agent/api/page.o: $(WEB)/web.h
$(BUILD)/obj/agent/api/page.o: CFLAGS_ALL += -I$(WEB)

$(BUILD)/libhuce.a: $(LIB_OBJ)
	@rm -f $@ && ar rcs $@ $^

$(BUILD)/huce: $(call obj,$(AGENT_SRC)) $(BUILD)/libhuce.a
	@echo "  LD   $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

$(BUILD)/huced: $(call obj,$(SERVER_SRC)) $(BUILD)/libhuce.a
	@echo "  LD   $@"
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

# A unit test may reach into both programs; the linker takes what it names.
$(BUILD)/libagent.a: $(AGENT_OBJ)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/libserver.a: $(SERVER_OBJ)
	@rm -f $@ && ar rcs $@ $^
$(BUILD)/tests/%: $(BUILD)/obj/tests/%.o $(call obj,$(HARNESS_SRC)) $(BUILD)/libagent.a $(BUILD)/libserver.a $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka $(PKG_LIBS) -lz -lm

# Its own clock, luck and last words come first, so the archives' are not taken.
comma := ,
SIM_WRAPS := $(addprefix -Wl$(comma)--wrap=,sign_verify sign_public_valid sign_key_from_seed sign_key_release op_body_parse op_redacted_parse op_write op_redact columns_encode catalog_apply materialise_is_current materialise_upgrade)
$(SIM): $(call obj,$(SIM_SRC)) $(BUILD)/libagent.a $(BUILD)/libserver.a $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) $(SIM_WRAPS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/tests/proxy/proxy: $(call obj,tests/proxy/main.c $(PROXY_SRC)) $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)
$(BUILD)/tests/proxy/cuts: $(call obj,tests/proxy/cuts.c $(PROXY_SRC)) $(BUILD)/libagent.a $(BUILD)/libserver.a $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

# Fuzz targets are clang's, in a folder of their own; so is all that they link.
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(call obj,$(HARNESS_SRC)) $(BUILD)/libagent.a $(BUILD)/libserver.a $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) -lm
fuzz-link: $(FUZZ_BIN)
FUZZ_CC ?= clang
fuzz-build:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC="$(FUZZ_CC)" OPT="-O1 -g" \
	  SAN="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-link

# What stands between a program and its disk, and a program with a planted fault.
$(BUILD)/tests/torture/%.so: tests/torture/%.c Makefile
	@mkdir -p $(@D)
	@$(CC) -std=c11 -D_GNU_SOURCE $(OPT) $(WARN) -fPIC -shared -o $@ $< -ldl
$(BUILD)/tests/torture/huce_cursor_first: $(BUILD)/obj/tests/torture/mutants/cursor_first.o $(filter-out %/agent/core/receive.o,$(call obj,$(AGENT_SRC))) $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)
$(BUILD)/tests/torture/huced_lying: $(BUILD)/obj/tests/torture/mutants/lying_county.o $(filter-out %/server/core/admission.o,$(call obj,$(SERVER_SRC))) $(BUILD)/libhuce.a
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

# The desk's program as a later release, for the story of an update.
$(BUILD)/obj/shared/base/version.o: CFLAGS_ALL += -DHUCE_VERSION='"$(VERSION)"' -DHUCE_RELEASE=$(RELEASE)
$(BUILD)/tests/update/version.o: shared/base/version.c Makefile
	@$(FOLDER)$(CC) $(CFLAGS_ALL) -DHUCE_VERSION='"next"' -DHUCE_RELEASE=1000 -c -o $@ $<
$(NEXT): $(BUILD)/tests/update/version.o $(call obj,$(AGENT_SRC)) $(BUILD)/libhuce.a
	@$(FOLDER)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(PKG_LIBS)

test:
	@tests/harness/setup.sh tests
	@tests/harness/run.sh

# A picture of each page of the web application, as on an old laptop: build/screenshots
screenshots:
	@tests/harness/setup.sh tests
	@$(MAKE) --no-print-directory programs tools
	@tests/web/screenshots.sh

# Made-up weeks of a county, from seeds (tests/sim): make sim SEEDS=100000; SEED=7 make sim tells all of one.
SEEDS ?= 500
sim: setup
	@$(MAKE) --no-print-directory $(SIM)
	@$(SIM) --seeds $(SEEDS) --jobs $$(nproc)

unit: tests-build
	@tests/harness/run.sh unit

# All targets for a minute each, or: make fuzz SECONDS=600 TARGET="sync csv"
fuzz: setup
	@tests/fuzz/10_fuzz.sh $(or $(SECONDS),60) $(TARGET)

# One failing test under gdb: make debug T=unit/codec/test_cbor
debug: $(BUILD)/tests/$(T)
	@command -v gdb >/dev/null || { echo "gdb is missing: apt-get install gdb" >&2; exit 1; }
	gdb -q -ex run -ex bt $(BUILD)/tests/$(T)

# Kills, power cuts and full disks for hours: make torture SEED=7
torture: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/torture/run.sh $(SEED)

# A database altered by chance, ten thousand times: all of it is found and named. make tamper TRIALS=100000 SEED=7
tamper: setup
	@$(MAKE) --no-print-directory $(BUILD)/tests/unit/db/test_tamper
	@TRIALS=$(or $(TRIALS),10000) SEED=$(or $(SEED),1) $(BUILD)/tests/unit/db/test_tamper

demo: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/system/demo.sh

# Debian packages huce and huced in build/deb, hardened and stripped; deb-test installs, upgrades and purges them in a
# Debian of its own.
DEB := $(BUILD)/deb
deb:
	@tests/harness/setup.sh deb
	@$(MAKE) --no-print-directory BUILD=$(DEB)/obj CFLAGS="-D_FORTIFY_SOURCE=2 $(CFLAGS)" \
	  LDFLAGS="-Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(LDFLAGS)" programs
	@tests/harness/deb.sh $(DEB)/obj $(DEB) $(VERSION)
	@lintian --allow-root --fail-on error,warning $(DEB)/*.deb
deb-test: deb
	@tests/harness/deb_test.sh $(DEB)/obj
# The same for arm64, in build/deb; built, installed and tried under qemu-user.
deb-arm64:
	@tests/harness/setup.sh deb
	@$(MAKE) --no-print-directory programs
	@tests/harness/deb_cross.sh $(DEB)

bench: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/bench/run.sh

# What bad links cost, in seconds and bytes, and 10,000 exchanges with connections cut: make links YEARS=10 TRIALS=100000 SEED=7
links: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/bench/links.sh
	@folder=$$(mktemp -d $(BUILD)/cuts.XXXXXX) && cd $$folder && TRIALS=$(or $(TRIALS),10000) SEED=$(or $(SEED),1) $(CURDIR)/tests/proxy/20_cuts.sh; \
	  rc=$$?; rm -rf "$(CURDIR)/$$folder"; exit $$rc

# All desks of a county at once.
storm: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/bench/storm.sh

# The reports on one village; on a county: make reports VILLAGES=108
reports: setup
	@$(MAKE) --no-print-directory programs tools
	@tests/bench/reports.sh

coverage:
	@tests/harness/coverage.sh

format:
	@command -v clang-format >/dev/null || { echo "clang-format is missing: apt-get install clang-format-14" >&2; exit 1; }
	@git ls-files '*.c' '*.h' | xargs clang-format -i

tidy: compdb
	@tests/tidy/run.sh

compdb:
	@$(MAKE) --no-print-directory -nBk programs tests-build tools 2>/dev/null | tests/harness/compdb.sh > compile_commands.json

clean:
	rm -rf $(BUILD) compile_commands.json

help:
	@sed -n '2,6p' Makefile; echo "# make unit | links [YEARS=3] [TRIALS=10000] | torture [SEED=n] | tamper [TRIALS=n] | fuzz [SECONDS=600] [TARGET=…] | debug T=unit/codec/test_cbor | coverage | screenshots | format | tidy | compdb | clean"
