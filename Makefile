# The only entry point. `make` alone lists the targets.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
STAMP := $(VENV)/.stamp

.DEFAULT_GOAL := help
.PHONY: help up down demo test check races mutants soak bench build deploy redrive republish audit recount review settings lock

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(STAMP) ## start the laptop cloud, deploy, run the demo scenario, print the addresses  [PORT=4566]
	@$(RUN) -m infra.local up $(if $(PORT),--port $(PORT))
	@$(RUN) -m demo up

down: $(STAMP) ## stop the laptop cloud that `make up` started
	@$(RUN) -m infra.local down

demo: $(STAMP) ## run the demo scenario again on the running laptop cloud
	@$(RUN) -m demo

test: $(STAMP) ## everything: checks, races, the deployed scenario; within 10 minutes
	@$(RUN) -m tests.run

check: $(STAMP) ## format, lint, types, imports, unit, use cases, contracts, infra; within 90 seconds
	@$(RUN) -m tests.run check

races: $(STAMP) ## every race, 20 rounds; 10,000 chat messages over 200 cuts of the network; 10,000 steps of each state machine
	@$(RUN) -m tests.run races

mutants: $(STAMP) ## change the source in N places, one at a time: the tests must fail for 90%  [N=300 SEED=0 ONLY='chat/domain/*.py']
	@nice -n 10 $(RUN) -m tests.mutants $(if $(N),--count $(N)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only '$(ONLY)')

soak: $(STAMP) ## search for broken invariants: random actors over all services, with faults  [SECONDS=600] [SEED=n]
	@PYTHONHASHSEED=0 $(RUN) -m simulation.soak --seconds $(or $(SECONDS),600) $(if $(SEED),--seed $(SEED)) $(if $(REPLAY),--replay $(REPLAY))

bench: $(STAMP) ## cost of every action, cold start, overhead; into docs/cost.md  [BENCH_FAULTS=1: a million injected faults too]
	@$(RUN) -m bench

build: $(STAMP) ## each service's zip and the dependency layer, under .build
	@$(RUN) -m infra.build

deploy: $(STAMP) ## deploy every stack to AWS with your own credentials  STAGE=name
	@$(if $(STAGE),,$(error name the stage: make deploy STAGE=name))$(RUN) -m infra.deploy --stage $(STAGE)

redrive republish audit recount: $(STAMP)
	@$(RUN) -m infra.operate $@ $(if $(STAGE),--stage $(STAGE)) $(if $(CORRECT),--correct)
redrive: ## process again what is in failure queues and dead-letter queues  [STAGE=name]
republish: ## publish the pending events of all items again  [STAGE=name]
audit: ## verify every audit chain  [STAGE=name]
recount: ## compare the counters of notes and tags, and the balances, with what they count  [STAGE=name CORRECT=1]

review: $(STAMP) ## the reviewers' command line  [ARGS="queue", "show ID", "claim ID", "decide ID ...", "cases", "-h"]
	@$(RUN) -m infra.console $(ARGS)

settings: $(STAMP) ## the operators' command line for settings  [ARGS="circles", "circles max_pins=3 --reason ...", "-h"]
	@$(RUN) -m infra.settings $(ARGS)

# The newest compatible versions, pinned by hash, for every platform, without an index address.
COMPILE := $(VENV)/bin/uv --system-certs pip compile --upgrade --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock'

lock: $(STAMP) ## update the lock files from requirements/*.in
	@echo "resolving ..."
	@cd requirements && ../$(COMPILE) lambda.in dev.in -o dev.lock
	@cd requirements && ../$(COMPILE) -c dev.lock lambda.in -o lambda.lock
	@cd requirements && echo uv | ../$(COMPILE) -c dev.lock - -o bootstrap.lock
	@git diff --stat -- requirements

$(STAMP): requirements/bootstrap.lock requirements/dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Coterie needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make PYTHON=/path/to/python3.11 ...")'
	@echo "creating $(VENV) (about a minute the first time) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
	@$(VENV)/bin/uv --system-certs pip sync --quiet --python $(RUN) --require-hashes requirements/dev.lock
	@echo ../../../../clients/python > "$$($(RUN) -c 'import site; print(site.getsitepackages()[0])')/coterie-client.pth"
	@touch $@
