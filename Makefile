# Each command sets up what it needs. `make help` lists them.
PY ?= python3

help: ## show this list
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-16s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Talk
run: ## set up everything, start it, print the address to open
	@$(PY) scripts/run.py
serve: ## build the page and serve it from the gateway: one process, port 8000
	@$(PY) scripts/serve.py
phone: ## the same for your phone: TLS on your network, and a QR code that opens the page and signs it in
	@$(PY) scripts/phone.py
setup: ## install what run and test need, without starting anything
	@$(PY) scripts/setup.py --dev

##@ Operate
doctor: ## try settings, folders, ports, key, clock, network and a handshake, and say what works (ARGS=--json)
	@$(PY) scripts/backend.py s2s.doctor $(ARGS)
keys: ## keys of S2S_AUTH=key (ARGS="add NAME", "add NAME --server", "list", "revoke ID")
	@$(PY) scripts/backend.py s2s.access.keys $(ARGS)
sbom: ## list what S2S is made of, from the lock files: build/sbom, as CycloneDX
	@$(PY) scripts/supply.py sbom
licences: ## collect the licence texts of all packages: build/licences
	@$(PY) scripts/supply.py licences
audit: ## ask advisory services about every package (exit code 1: vulnerable, 2: no service reached)
	@$(PY) scripts/supply.py audit

##@ Check a change
check: ## lint, strict types, generated files up to date
	@$(PY) scripts/test.py check
unit: ## the quick tests, in less than a minute: core, wire, limits, the page's modules
	@$(PY) scripts/test.py unit
test: ## every check and test that any machine can run, browsers included; needs no root
	@$(PY) scripts/test.py
test-deploy: ## what needs root or servers: networks, attacks, several processes behind proxies (root on Debian)
	@$(PY) scripts/test.py test-deploy
fresh: ## make run and make test on a bare Debian, with and without Node.js (needs root on Debian)
	@$(PY) scripts/fresh.py $(ARGS)

##@ Test one part
e2e: ## the tests in a real browser
	@$(PY) scripts/test.py e2e
firefox: ## conversations in Firefox (needs firefox-esr, pulseaudio, xvfb)
	@$(PY) scripts/test.py firefox
webkit: ## conversations in WebKitGTK, the engine of Safari (needs webkit2gtk-driver, pulseaudio, xvfb)
	@$(PY) scripts/test.py webkit
devices: ## speakers and microphones that come and go, a headset's button (needs pulseaudio, playerctl, dbus)
	@$(PY) scripts/test.py devices
network: ## a real browser on bad networks, calls through NAT and overlays (needs Linux and root)
	@$(PY) scripts/test.py network
attacks: ## what strangers try, on a gateway with a caller who must not notice
	@$(PY) scripts/test.py attacks
workers: ## several gateway processes behind a real nginx: one is killed, the others talk on (needs nginx)
	@$(PY) scripts/test.py workers
reliability: ## every fault in every moment of a call; writes docs/reliability.md
	@$(PY) scripts/backend.py --dev tests.matrix
mutants: ## 200 small faults in the core, one at a time: which do the quick tests notice? (ARGS=--seed 2)
	@$(PY) scripts/backend.py --dev experiments mutants $(ARGS)
fuzz: ## look for bytes that break a parser, a minute each
	@$(PY) scripts/backend.py --dev fuzz
experiments-test: ## the tests of backend/experiments, which make test leaves out
	@$(PY) scripts/backend.py --dev pytest experiments/tests
first-contact: ## ask Google's real service whether our tables are right; names the cost, dials with YES=1 only
	@$(PY) scripts/backend.py --dev bench first-contact $(ARGS)

##@ Measure
bench: ## everything a little, in eight minutes: at the ear in a browser, load, other gateways, cold start
	@$(PY) scripts/test.py bench
bench-check: ## compare with the committed baseline: did our code become slower?
	@$(PY) scripts/backend.py --dev bench check
performance: ## everything at length, in an hour and a half, on a quiet machine; writes docs/performance.md
	@$(PY) scripts/test.py performance $(ARGS)
load: ## what many conversations at once cost
	@$(PY) scripts/backend.py --dev bench load
frames: ## what a picture costs the page's main thread (FRAMES_RATES=1,4: whole and quarter speed)
	@$(PY) scripts/test.py frames
heap: ## whether the page's memory grows in an hour's call (HEAP_MINUTES=5)
	@$(PY) scripts/test.py heap
speech-report: ## how well the local engine hears and speaks; writes docs/speech.md
	@$(PY) scripts/test.py speech-report
mind-report: ## how often the local engine calls the right function; writes docs/mind.md (ARGS="--sealed FILE")
	@$(PY) scripts/backend.py --dev bench mind --markdown ../docs/mind.md $(ARGS)

##@ Write files
gen: ## the generated files
	@$(PY) scripts/backend.py --dev s2s.codegen
lock: ## the lock files of the backend, from pyproject.toml
	@$(PY) scripts/lock.py
tour: ## docs/tour.webp: a film of a conversation with the real page (needs ffmpeg)
	@$(PY) scripts/test.py tour

.PHONY: help run serve phone setup doctor keys sbom licences audit check unit test test-deploy fresh e2e firefox webkit devices network attacks workers reliability mutants fuzz experiments-test first-contact bench bench-check performance load frames heap speech-report mind-report gen lock tour
.DEFAULT_GOAL := help
