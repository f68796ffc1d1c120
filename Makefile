# landport: make, make test, make fuzz, make demo, make bench, make install
#
# Everything is built below $(BUILD). SAN=1 builds with address and undefined-behaviour sanitizers,
# WERROR=1 turns warnings into errors; make $(BUILD)/landport-fault: with the named kill points of jobs/base/fault.h.

CC      ?= cc
PREFIX  ?= /usr/local
DESTDIR ?=
BUILD   ?= build$(if $(SAN),-san)

# One folder a room; what is in them is compiled. main.c is the program's alone.
ROOMS    = jobs/base formats/xsd formats/read formats/write spool sql jobs/conf jobs jobs/load jobs/command jobs/sample
SOURCES  = $(filter-out jobs/main.c,$(sort $(wildcard $(ROOMS:%=%/*.c))))

FAULTS  = $(patsubst %.c,$(BUILD)/fault/%.o,$(shell grep -l '"base/fault.h"' $(SOURCES)))

OBJECTS  = $(SOURCES:%.c=$(BUILD)/%.o) $(BUILD)/sql/statements.o
PACKAGES = xmlsec1-openssl libseccomp libssh2 libarchive libxml-2.0 libpq libconfuse libcrypto zlib liblzma libzstd

# Asked once, by the first rule that wants it: each compilation would ask again.
PACKAGE_CFLAGS = $(eval PACKAGE_CFLAGS := $$(shell pkg-config --cflags $(PACKAGES)))$(PACKAGE_CFLAGS)
PACKAGE_LIBS   = $(eval PACKAGE_LIBS := $$(shell pkg-config --libs $(PACKAGES)))$(PACKAGE_LIBS)
MACHINE        = $(eval MACHINE := $$(shell uname -m))$(MACHINE)

# C11 and POSIX; what else is needed a file asks for itself.
STANDARD = -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
# Conversions and shadowed names hide wrong lengths; vla would put a partner's length on the stack;
# missing prototypes mean a function that should be static.
WARNINGS = -Wall -Wextra -Wformat=2 -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
           -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef
HARDEN   = -fstack-protector-strong -fstack-clash-protection -fPIE $(if $(findstring x86_64,$(MACHINE)),-fcf-protection)
LINKING  = -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifdef SAN
OPTIMISE = -O2 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LINKING += -fsanitize=address,undefined
else ifdef FUZZING
OPTIMISE = -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
WARNINGS = -w # another compiler's
else
OPTIMISE = -O2 -g -D_FORTIFY_SOURCE=3
endif

CFLAGS_ALL = $(STANDARD) $(OPTIMISE) $(WARNINGS) $(HARDEN) $(if $(WERROR),-Werror) \
             -MMD -MP -I. -Ijobs -I$(BUILD) \
             $(PACKAGE_CFLAGS) $(CFLAGS)
LIBS       = $(PACKAGE_LIBS) -lpthread

# The tables, and functions and views, in the order in which they are made: what a file names comes before it.
SCHEMA     = hub job batch pickup archive answer bundle flow thing feed trade document aside report receipt asked rate quota personal
FUNCTIONS  = lock key period text personal stage batch bundle receipt asked list document thing aside return notice rate trade tax quota number statistics

STATEMENTS = $(SCHEMA:%=sql/schema/%.sql) $(FUNCTIONS:%=sql/functions/%.sql) \
             $(filter-out sql/schema/% sql/functions/%,$(sort $(wildcard sql/*/*.sql)))
NEXT       = $(wildcard tests/next/schema/*.sql tests/next/migrations/*.sql tests/next/sql/*/*.sql)
NEXT_JOBS  = $(patsubst %.c,$(BUILD)/next/jobs/%.o,main.c run.c $(notdir $(wildcard tests/next/jobs/*.c)))
UNIT       = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(sort $(wildcard tests/unit/*/*_test.c)))

FUZZ       = $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
REPLAY     = $(FUZZ:%=$(BUILD)/tests/fuzz/%_test)
FUZZ_S    ?= 60
FUZZ_CC   ?= clang

MANUALS = $(BUILD)/landport.8 $(BUILD)/landport.conf.5

.PHONY: all test unit measures fuzz fuzz-run demo bench install lint clean format golden
all: $(BUILD)/landport

$(BUILD)/landport: $(BUILD)/jobs/main.o $(BUILD)/liblandport.a
	$(CC) $(LINKING) $(LDFLAGS) -o $@ $^ $(LIBS)

# The program knows its commands and options; it writes its manual pages.
$(MANUALS): $(BUILD)/%: $(BUILD)/landport
	$< --manual $* > $@.new
	mv $@.new $@

# Only what names a kill point is compiled again; the linker finds it before the archive's own.
$(BUILD)/landport-fault: $(BUILD)/jobs/main.o $(FAULTS) $(BUILD)/liblandport.a
	$(CC) $(LINKING) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/fault/%.o: %.c $(BUILD)/sql/statements.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -DLANDPORT_FAULT -c -o $@ $<

$(BUILD)/liblandport.a: $(OBJECTS)
	@rm -f $@
	ar rcs $@ $^

# SQL files become C strings SQL_<FOLDER>_<FILE>, readable in psql and embedded in the program.
$(BUILD)/sql/statements.c: sql/sql2c.awk $(STATEMENTS)
	@mkdir -p $(@D)
	awk -v header=$(BUILD)/sql/statements.h -f sql/sql2c.awk $(STATEMENTS) > $@.new
	mv $@.new $@
$(BUILD)/sql/statements.h: $(BUILD)/sql/statements.c ;
$(BUILD)/sql/statements.o: $(BUILD)/sql/statements.c
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

# The program of a version to come, with tables, a migration and a job of tests/next as well: for the test of upgrades. Whoever knows all
# jobs is compiled once more with its list.
$(BUILD)/next/sql/statements.c: sql/sql2c.awk $(STATEMENTS) $(NEXT)
	@mkdir -p $(@D)
	awk -v header=$(BUILD)/next/sql/statements.h -f sql/sql2c.awk $(STATEMENTS) $(NEXT) > $@.new
	mv $@.new $@
$(BUILD)/next/sql/statements.o: $(BUILD)/next/sql/statements.c
	$(CC) $(CFLAGS_ALL) -c -o $@ $<
$(BUILD)/next/jobs/jobs.def: jobs/jobs.def tests/next/jobs/jobs.def
	@mkdir -p $(@D)
	cat $^ > $@
$(BUILD)/next/jobs/%: jobs/%
	@mkdir -p $(@D)
	cp $< $@
$(BUILD)/next/jobs/%: tests/next/jobs/%
	@mkdir -p $(@D)
	cp $< $@
$(BUILD)/next/jobs/%.o: $(BUILD)/next/jobs/%.c $(BUILD)/next/jobs/job.h $(BUILD)/next/jobs/jobs.def $(BUILD)/next/sql/statements.c
	$(CC) -I$(BUILD)/next/jobs -I$(BUILD)/next $(CFLAGS_ALL) -c -o $@ $<
$(BUILD)/landport-next: $(NEXT_JOBS) $(BUILD)/next/sql/statements.o $(BUILD)/liblandport.a
	$(CC) $(LINKING) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/%.o: %.c $(BUILD)/sql/statements.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c -o $@ $<

# A unit test file may ask for wrapped calls in a line "/* wrap: fsync rename */".
$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/liblandport.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LINKING) -o $@ $< $(BUILD)/liblandport.a \
	  $$(sed -n 's|^/\* wrap: \(.*\) \*/|\1|p' $< | tr ' ' '\n' | sed -n 's/..*/-Wl,--wrap=&/p') \
	  -lcmocka $(LIBS)

$(BUILD)/tests/bench/%: tests/bench/%.c $(BUILD)/liblandport.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LINKING) -o $@ $< $(BUILD)/liblandport.a $(LIBS)

# Every file of a fuzz target's corpus once, as a test.
$(BUILD)/tests/fuzz/%_test: tests/fuzz/fuzz_%.c $(BUILD)/tests/fuzz/replay.o $(BUILD)/liblandport.a
	$(CC) $(CFLAGS_ALL) $(LINKING) -o $@ $(filter %.c %.o %.a,$^) $(LIBS)

# Readers under libFuzzer, FUZZ_S seconds each; what is found stays in build-fuzz.
build-fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(BUILD)/liblandport.a
	$(CC) $(CFLAGS_ALL) $(LINKING) -fsanitize=fuzzer -o $@ $< $(BUILD)/liblandport.a $(LIBS)

fuzz:
	@$(MAKE) -s FUZZING=1 CC=$(FUZZ_CC) BUILD=build-fuzz fuzz-run

fuzz-run: $(FUZZ:%=build-fuzz/fuzz_%)
	@for name in $(FUZZ); do \
	  echo "fuzz_$$name, $(FUZZ_S) s"; mkdir -p build-fuzz/corpus/$$name; dict=; \
	  [ ! -e tests/fuzz/$$name.dict ] || dict=-dict=tests/fuzz/$$name.dict; \
	  build-fuzz/fuzz_$$name -max_total_time=$(FUZZ_S) -timeout=10 -rss_limit_mb=1024 -malloc_limit_mb=1000000000 \
	    -artifact_prefix=build-fuzz/$$name- -print_final_stats=1 -verbosity=0 $$dict \
	    build-fuzz/corpus/$$name tests/fuzz/corpus/$$name || exit 1; \
	done

unit: $(UNIT) $(REPLAY) measures
measures: $(BUILD)/tests/bench/xmlw_bench $(BUILD)/tests/bench/xlsx_bench
test:
	scripts/test
demo:
	scripts/demo
bench:
	scripts/bench
lint:
	scripts/lint
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

install: all $(MANUALS)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/landport
	install -m 0755 $(BUILD)/landport $(DESTDIR)$(PREFIX)/bin/landport
	for f in $(MANUALS); do \
	  install -D -m 0644 $$f $(DESTDIR)$(PREFIX)/share/man/man$${f##*.}/$${f##*/}; done
	for f in $$(find formats sql/extract sql/reconcile/rules -name '*.xsd' -o -name '*.tsv' -o -name '*.conf' -o -name '*.xlsx' -o -path 'sql/*.sql'); do \
	  install -D -m 0644 $$f $(DESTDIR)$(PREFIX)/share/landport/$$f; done

clean:
	rm -rf build build-san build-test build-fuzz

-include $(OBJECTS:.o=.d) $(NEXT_JOBS:.o=.d) $(FAULTS:.o=.d) $(BUILD)/jobs/main.d $(UNIT:%=%.d) $(REPLAY:%=%.d) $(BUILD)/tests/fuzz/replay.d
