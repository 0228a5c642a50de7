# Each command sets up what it needs. `make help` lists them.
PY ?= python3

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
run: ## set up everything, start it, print the address to open
	@$(PY) scripts/run.py
serve: ## build the client and serve it from the gateway: one process, port 8000
	@$(PY) scripts/serve.py
keys: ## keys of S2S_AUTH=key (ARGS="add NAME", "add NAME --server", "list", "revoke ID")
	@$(PY) scripts/backend.py s2s.access.keys $(ARGS)
doctor: ## try settings, folders, ports, key, clock, network and a handshake, and say what works (ARGS=--json)
	@$(PY) scripts/backend.py s2s.doctor $(ARGS)
setup: ## install what run and test need, without starting anything
	@$(PY) scripts/setup.py --dev
check: ## lint, strict types, generated files up to date
	@$(PY) scripts/test.py check
unit: ## the quick tests: core, wire, limits and the modules of the client, in less than a minute
	@$(PY) scripts/test.py unit
test: ## every check and every test that any machine can run, browsers included; needs no root
	@$(PY) scripts/test.py
test-deploy: ## what needs root or servers: networks, attacks, several processes behind proxies (root on Debian)
	@$(PY) scripts/test.py test-deploy
gen: ## write the generated files again
	@$(PY) scripts/backend.py --dev s2s.codegen
bench: ## measure everything a little, in eight minutes: at the ear in a browser, load, other gateways, cold start
	@$(PY) scripts/test.py bench
bench-check: ## compare with the committed baseline whether our code became slower
	@$(PY) scripts/backend.py --dev bench check
performance: ## measure everything at length, in an hour and a half, on a quiet machine; writes docs/performance.md
	@$(PY) scripts/test.py performance $(ARGS)
load: ## measure what many conversations at once cost
	@$(PY) scripts/backend.py --dev bench load
experiments-test: ## the tests of backend/experiments, which make test leaves out
	@$(PY) scripts/backend.py --dev pytest experiments/tests
mutants: ## put 200 small faults into the core, one at a time, and count those that the quick tests notice (ARGS=--seed 2)
	@$(PY) scripts/backend.py --dev experiments mutants $(ARGS)
reliability: ## play every fault in every moment of a call; writes docs/reliability.md
	@$(PY) scripts/backend.py --dev tests.matrix
speech-report: ## measure how well the local engine hears and speaks; writes docs/speech.md
	@$(PY) scripts/test.py speech-report
mind-report: ## count how often the local engine's mind calls the right function; writes docs/mind.md (ARGS="--sealed FILE")
	@$(PY) scripts/backend.py --dev bench mind --markdown ../docs/mind.md $(ARGS)
e2e: ## only the tests in a real browser
	@$(PY) scripts/test.py e2e
firefox: ## conversations in Firefox, with a sound card and a screen of its own (needs firefox-esr, pulseaudio, xvfb)
	@$(PY) scripts/test.py firefox
webkit: ## conversations in WebKitGTK, the engine of Safari, in the same way (needs webkit2gtk-driver, pulseaudio, xvfb)
	@$(PY) scripts/test.py webkit
devices: ## Chromium with loudspeakers and microphones that come and go, and a headset's button (needs playerctl, dbus)
	@$(PY) scripts/test.py devices
tour: ## film a conversation with the real page: docs/tour.webp (needs ffmpeg)
	@$(PY) scripts/test.py tour
network: ## a real browser on bad networks, calls through NAT and overlays, strangers' offers (needs Linux and root)
	@$(PY) scripts/test.py network
attacks: ## what strangers try, on a gateway with a caller who must not notice; part of test-deploy
	@$(PY) scripts/test.py attacks
workers: ## several gateway processes behind a real nginx: one is killed, the others talk on (needs nginx)
	@$(PY) scripts/test.py workers
fresh: ## the two commands on a bare Debian, with and without Node.js (needs root on Debian)
	@$(PY) scripts/fresh.py $(ARGS)
fuzz: ## look for bytes that break a parser, a minute each
	@$(PY) scripts/backend.py --dev fuzz
first-contact: ## ask the real service whether our tables are right; says what it costs, and dials with YES=1 only
	@$(PY) scripts/backend.py --dev bench first-contact $(ARGS)
sbom: ## list what S2S is made of, from the lock files: build/sbom, as CycloneDX
	@$(PY) scripts/supply.py sbom
licences: ## collect the licence texts of the gateway's packages and of the built client: build/licences
	@$(PY) scripts/supply.py licences
audit: ## ask advisory services about every package; exit code 1: vulnerable, 2: no service could be reached
	@$(PY) scripts/supply.py audit
lock: ## write the lock files of the backend from pyproject.toml
	@$(PY) scripts/lock.py

.PHONY: help run serve keys doctor setup check unit test test-deploy gen bench bench-check performance load experiments-test mutants reliability speech-report mind-report e2e firefox webkit devices network tour attacks workers fresh fuzz first-contact sbom licences audit lock
.DEFAULT_GOAL := help
