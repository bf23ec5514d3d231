# One line per target: make help. Works with GNU make 3.81 (macOS) and newer.
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run images image-list up down dev promote e2e chaos debug-dump schemas test lint typecheck generate verify deadcode bench accuracy data clean deps node-and-npm test-servers static-checks

BIN := $(CURDIR)/node_modules/.bin
# The version that the lock file names; the Node of the machine only installs it.
NODE := $(BIN)/node --disable-warning=ExperimentalWarning
DASHBOARD := services/dashboard/dist/index.html
DASHBOARD_SOURCES := $(shell find services/dashboard/src services/dashboard/index.html services/dashboard/vite.config.ts -type f)
KIND := one-node
STATIC_CHECKS := $(if $(TEST),,static-checks)

help: ## show this list
	@awk -F ':[^#]*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

run: deps $(DASHBOARD) ## run all of Nautilus in one process; ARGS="..." is passed on
	@exec $(NODE) libs/engine/src/local.ts services/*/src/engine.ts $(ARGS)

# --forceExit: the verdict stands when the last test has ended; a handle that a library keeps must not hold it back.
# Integration and browser tests start whole engines with their servers, some on the real ports: one file at a time.
# --no-wasm-code-gc: V8 13.6 ended a run once with a failed check while it freed code of one of the many embedded databases.
JEST = NODE_OPTIONS=--experimental-vm-modules $(NODE) --no-wasm-code-gc $(BIN)/jest --forceExit
test: deps test-servers $(STATIC_CHECKS) $(DASHBOARD) ## all checks and tests; TEST=pattern runs only test files whose path matches, ARGS=-u accepts changed snapshots
ifdef TEST
	@$(JEST) --runInBand --ignoreProjects e2e chaos --testPathPatterns '$(TEST)' $(ARGS)
else
	@$(JEST) --ignoreProjects e2e chaos integration browser $(ARGS)
	@$(JEST) --runInBand --selectProjects integration browser $(ARGS)
endif

images: deps ## build the images of all services and print their sizes
	@$(NODE) tools/images.ts $(ARGS)

image-list: deps ## names of all images that the chart uses
	@$(NODE) tools/images.ts --list --others

up: deps ## Nautilus on a kind cluster of this machine, every port on localhost; KIND=two-node, ARGS="--set key=value"
	@$(NODE) tools/cluster.ts up --nodes $(KIND) $(ARGS)

down: deps ## remove that cluster
	@$(NODE) tools/cluster.ts down

# skaffold asks Helm 3's way for the version; where Helm 4 is first on PATH, Helm 3 beside it is used.
dev: deps ## build and deploy on every change with skaffold; PROFILE=minimal or debug
	@helm version --client >/dev/null 2>&1 || ! command -v helm3 >/dev/null || { mkdir -p .nautilus/bin && ln -sf "$$(command -v helm3)" .nautilus/bin/helm; }
	@PATH="$(CURDIR)/.nautilus/bin:$$PATH" exec skaffold dev $(if $(PROFILE),--profile $(PROFILE))

# One worker and long limits: the tests share a cluster, and what a cluster does takes its time.
e2e: deps test-servers ## a two-node kind cluster from nothing, then the acceptance tests on it; TEST=pattern runs only some
	@{ $(NODE) tools/cluster.ts up --nodes two-node --fresh \
	  && $(JEST) --runInBand --testSequencer ./tests/e2e/in-order.mjs --testTimeout 600000 --selectProjects e2e $(if $(TEST),--testPathPatterns '$(TEST)'); } \
	  || { $(NODE) tools/cluster.ts dump debug-dump; exit 1; }

chaos: deps ## against the cluster of make up KIND=two-node: fail-over of a bus, the developer loop; not in CI
	@$(JEST) --runInBand --testTimeout 600000 --selectProjects chaos $(if $(TEST),--testPathPatterns '$(TEST)')

promote: deps ## make an engine's canary the stable version if it does no worse; ENGINE=websocket
	@$(NODE) tools/cluster.ts promote $(ENGINE) $(ARGS)

debug-dump: deps ## events, descriptions and logs of the cluster into debug-dump/
	@$(NODE) tools/cluster.ts dump debug-dump

schemas: deps ## k8s/schemas for the Kubernetes version of the cluster that kubectl talks to
	@$(NODE) tools/kubernetes-schemas.ts

# Two at a time: ESLint keeps one core busy for longer than all the others take.
static-checks: deps
	@$(MAKE) --no-print-directory lint & linting=$$!; \
	  $(MAKE) --no-print-directory typecheck verify deadcode; others=$$?; \
	  wait $$linting && exit $$others

lint: deps ## layers, owners and code rules
	@$(NODE) $(BIN)/eslint .

typecheck: deps ## types of the servers, the tests and the dashboard
	@$(NODE) $(BIN)/tsc -p tsconfig.json
	@$(NODE) $(BIN)/tsc -p services/dashboard/tsconfig.json

generate: deps ## write the documents that follow from the declarations
	@$(NODE) tools/generate.ts

verify: deps ## fail when a generated document is stale
	@$(NODE) tools/generate.ts --check

deadcode: deps ## unused files, exports and dependencies
	@$(NODE) $(BIN)/knip

bench: deps test-servers ## measure; BENCH=bus, http, quant, replay, store or websocket
	@exec $(NODE) tests/bench/run.ts $(BENCH)

accuracy: deps ## run the tests of the mathematics and tabulate their deviations in docs/accuracy.md
	@$(NODE) tools/accuracy.ts

data: deps ## import recorded market data; ARGS="--symbol IBM FILE.csv"
	@$(NODE) tools/import-market-data.ts $(if $(ARGS),$(ARGS),--help)

clean: ## remove what was built; installed packages and test servers stay
	rm -rf services/dashboard/dist coverage

deps: node-and-npm node_modules/.package-lock.json

node_modules/.package-lock.json: package-lock.json
	npm ci
	@$(BIN)/node --version >/dev/null 2>&1 || { echo "npm did not run the install script of the package 'node': allow install scripts (npm config get ignore-scripts), then run make again." >&2; exit 1; }
	@touch $@

node-and-npm:
	@command -v node >/dev/null && command -v npm >/dev/null \
	  || { echo "Node.js 20.19 or newer, with npm, is needed to begin: install both and put them on PATH." >&2; exit 1; }
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
	  || { echo "Node.js 20.19 or newer is needed to begin, and this is $$(node --version): install a newer one." >&2; exit 1; }

test-servers:
	@tools/setup-test-servers.sh

$(DASHBOARD): $(DASHBOARD_SOURCES) | node_modules/.package-lock.json
	PATH="$(BIN):$$PATH" npm run --silent build -w services/dashboard
	@touch $@
