#!/usr/bin/env bash
# Every check and every test. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
bash tests/lint.sh
exec .venv/bin/python -m pytest -n 2 --dist worksteal "$@"
