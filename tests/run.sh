#!/usr/bin/env bash
# Every check and every test. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
export QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
bash tests/lint.sh
# Thousands of databases are made, and each waits for the disk at every save: in memory, where there is enough of it, the
# suite takes much less time. (PostgreSQL runs as a user of its own, who must get through.)
shm=/dev/shm
if [ -z "${TMPDIR:-}" ] && [ -w "$shm" ] && [ "$(df --output=avail -k "$shm" | tail -1)" -gt 6000000 ]; then
    TMPDIR="$(mktemp -d "$shm/guiyan-test.XXXXXX")"
    export TMPDIR
    chmod 711 "$TMPDIR"
    trap 'rm -rf "$TMPDIR"' EXIT
fi
# Three on two cores: tests also wait, for a server to start and to end, for a line to be tried again.
.venv/bin/python -m pytest -n 3 --dist worksteal "$@"
