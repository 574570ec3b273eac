# A user needs Python 3.11 or newer and make. Node.js comes from PyPI, the CDK CLI from npm, both pinned.
PYTHON ?= python3
CDK_CLI := aws-cdk@2.1148.1
BROWSER := @sparticuz/chromium@153.0.0 puppeteer-core@25.16.0 marked@18.2.1
SCENARIO ?=
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

.PHONY: help drill test check deploy synth clean
help: ## list what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

drill: .venv/done .venv-local-aws/done .venv-lambda/done .tools/done ## break a sample workload on a local AWS and watch it being mended (SCENARIO=name, LIST=1)
	@python -m drills $(if $(LIST),--list) $(if $(SCENARIO),--scenario $(SCENARIO))

test: .venv/done .venv-local-aws/done .venv-lambda/done .tools/done .tools-browser/done ## run all tests
	@python -m pytest -n auto --dist loadfile --cov=functions --cov=infra --cov=console --cov-report=term:skip-covered $(ARGS)

check: .venv/done ## lint, format and types
	@ruff check . && ruff format --check . && mypy

synth: .venv/done .tools/done ## write the CloudFormation template to cdk.out; needs no credentials
	@.tools/node_modules/.bin/cdk synth --quiet --no-notices

deploy: .venv/done .tools/done ## deploy to the AWS account of your credentials
	@.tools/node_modules/.bin/cdk deploy --no-notices

clean: ## remove all that make has made
	rm -rf .venv .venv-local-aws .venv-lambda .tools .tools-browser .drill cdk.out build .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage

.venv/done: requirements.txt
	@echo "installing requirements.txt into .venv"
	@$(PYTHON) -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt && touch $@

.venv-local-aws/done: drills/requirements-local-aws.txt
	@echo "installing the emulator into .venv-local-aws"
	@$(PYTHON) -m venv .venv-local-aws && .venv-local-aws/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

.venv-lambda/done: drills/requirements-lambda-runtime.txt
	@echo "installing what Lambda's managed runtime has into .venv-lambda"
	@$(PYTHON) -m venv .venv-lambda && .venv-lambda/bin/python -m pip install --quiet --disable-pip-version-check -r $< && touch $@

.tools/done: .venv/done Makefile
	@echo "installing the CDK CLI into .tools"
	@npm install --silent --no-audit --no-fund --no-save --prefix .tools $(CDK_CLI) && touch $@

# Chromium comes inside its npm package, with the libraries that it needs; it is unpacked beside it, as on Lambda.
.tools-browser/done: .venv/done Makefile tests/browser/unpack.mjs
	@echo "installing Chromium into .tools-browser"
	@npm install --silent --no-audit --no-fund --no-save --prefix .tools-browser $(BROWSER)
	@node tests/browser/unpack.mjs .tools-browser && touch $@
