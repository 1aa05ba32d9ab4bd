# SernetStream: everything a newcomer types.
#
#   make run                                 hear the spoken sample, events on the terminal
#   make run DEVICE=hw:1 MQTT=broker.local   the real thing
#   make test                                all tests, here and now

CONFIGURATION ?= Release
DEVICE ?=
MQTT ?=
ARGS ?=

export DOTNET_CLI_TELEMETRY_OPTOUT = 1
export DOTNET_NOLOGO = 1

DAEMON = src/SernetStream.Daemon/bin/$(CONFIGURATION)/net10.0/sernetd.dll

.DEFAULT_GOAL := help
.PHONY: help run build test test-fast coverage lint bench soak soak-mqtt generate pack deb tarball deb-check system-check clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make run DEVICE=hw:1 MQTT=broker.local ARGS='--node kitchen'"

run: ## Listen to the spoken sample (or DEVICE=hw:1) and print its emotions; MQTT=broker.local publishes them
	@build/packages.sh run
	@dotnet build src/SernetStream.Daemon -c $(CONFIGURATION) -v quiet -clp:NoSummary
	@exec dotnet $(DAEMON) run --device "$(or $(DEVICE),file:samples/spoken.flac)" $(if $(MQTT),--mqtt "$(MQTT)") $(ARGS)

build: ## Build everything
	dotnet build SernetStream.sln -c $(CONFIGURATION)

test: ## Install what the tests need, build, and run them all
	@build/packages.sh test
	@build/test.sh $(CONFIGURATION)

test-fast: ## The tests that start no other program and take no time: run them after every change
	@build/packages.sh run
	@build/test.sh $(CONFIGURATION) fast

coverage: ## All C# tests, and the share of lines of each project that they ran
	@build/packages.sh test
	@build/test.sh $(CONFIGURATION) coverage

lint: ## Check formatting, style and scripts
	@build/packages.sh lint
	@build/lint.sh

bench: ## Measure against named alternatives, in ratios
	@build/packages.sh bench
	dotnet run -c Release --project tests/SernetStream.Benchmarks -- $(ARGS)

soak: ## Long runs: latency, overload, noise, silero, monitor, rooms, streams, stop, dashboard, cluster, growth, grains, day (ARGS="latency 2": minutes, SIGTERMs or hours)
	@build/packages.sh run
	@dotnet build tests/SernetStream.Soak -c Release -v quiet -clp:NoSummary
	@dotnet tests/SernetStream.Soak/bin/Release/net10.0/SernetStream.Soak.dll $(ARGS)

generate: build ## Write the generated files anew: configs/sernetd.yaml, its schema, docs/user/configuration.md, examples of docs/user/mqtt.md
	dotnet $(DAEMON) config template > configs/sernetd.yaml
	dotnet $(DAEMON) config schema > configs/sernetd.schema.json
	dotnet $(DAEMON) config reference > docs/user/configuration.md
	dotnet $(DAEMON) models answers > src/SernetStream.Diagnosis/golden-outputs.json
	SERNET_WRITE_EXAMPLES=1 dotnet test tests/SernetStream.Mqtt.Tests -c $(CONFIGURATION) --no-build --filter MqttDocumentTests

soak-mqtt: ## Kill the broker 20 times within minutes of events, with the library and with the daemon; time 3000 events
	@build/packages.sh test
	@dotnet build SernetStream.sln -c Release -v quiet -clp:NoSummary
	SERNET_SOAK=1 dotnet test tests/SernetStream.Mqtt.Tests -c Release --no-build --filter MqttSoakTests --logger "console;verbosity=detailed"
	SERNET_SOAK=1 dotnet test tests/SernetStream.EndToEnd.Tests -c Release --no-build --filter BrokerSoakTests --logger "console;verbosity=detailed"

pack: ## Make the NuGet packages for others to build on, in artifacts/packages
	@for project in Abstractions Dsp; do \
	  dotnet pack src/SernetStream.$$project -c $(CONFIGURATION) -o artifacts/packages -v quiet -clp:NoSummary || exit; done
	@dotnet pack templates -c $(CONFIGURATION) -o artifacts/packages -v quiet -clp:NoSummary
	@ls artifacts/packages

deb: ## Make the Debian packages for amd64 and arm64, in artifacts/
	@build/packages.sh native
	@packaging/package.sh deb --configuration $(CONFIGURATION)

tarball: ## Make archives for other systems, in artifacts/
	@build/packages.sh native
	@packaging/package.sh tarball --configuration $(CONFIGURATION)

deb-check: ## As root: install, use, upgrade and purge the package in a fresh Debian tree
	@build/packages.sh deb-check
	@packaging/check/deb-check.sh

system-check: ## As root, after `make deb`: boot Debian for Arm by emulation, and try the service on a sound card there
	@build/packages.sh system-check
	@packaging/check/system-check.sh artifacts

clean: ## Remove what was built
	rm -rf artifacts node_modules .npm-ci.lock
	find src plugins tests -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
