#!/usr/bin/env bash
# What is checked before the tests run: style, types, the direction of imports.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/ruff check --quiet .
.venv/bin/lint-imports --no-cache | tail -n 3
.venv/bin/mypy --no-error-summary
