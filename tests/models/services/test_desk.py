"""Making a workspace: it stands, or the folder is free for another try."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import KnownError
from models.services import desk as desks
from models.store import opening
from models.store.unit import Unit
from tests.conftest import PASSWORD, TOWNSHIP


@pytest.mark.parametrize("step", ["migrate", "account"])
def test_an_init_that_fails_leaves_the_folder_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def full(*_a: object, **_k: object) -> None:
        raise KnownError("disk.full", "磁盘已满")

    (tmp_path / "other.txt").write_text("别的文件")
    with monkeypatch.context() as patch:
        patch.setattr(*((opening.migrate, "upgrade") if step == "migrate" else (Unit, "create")), full)
        with pytest.raises(KnownError, match="磁盘已满"):
            desks.init(tmp_path, TOWNSHIP, "李经办", PASSWORD)
    assert [p.name for p in tmp_path.iterdir()] == ["other.txt"]
    assert not desks.exists(tmp_path)
    desk, code = desks.init(tmp_path, TOWNSHIP, "李经办", PASSWORD)
    desk.close()
    desks.recover(tmp_path, code, "李经办", PASSWORD).close()


_KILLED = """
import os, sys
from pathlib import Path
from models.services import desk as desks
from models.store.unit import Unit
Unit.create = lambda *a, **k: os._exit(9)
print(desks.init(Path(sys.argv[1]), sys.argv[2], "李经办", "ceshi-2026")[1])
"""


def test_an_init_that_was_killed_is_no_workspace(tmp_path: Path) -> None:
    call = [sys.executable, "-c", _KILLED, str(tmp_path), TOWNSHIP]
    done = subprocess.run(call, cwd=Path(__file__).parents[3], capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (9, b"")  # no recovery code for what does not stand
    assert (tmp_path / opening.DATABASE).exists()
    assert not desks.exists(tmp_path)
    with pytest.raises(KnownError) as told:
        desks.unlock(tmp_path, "李经办", PASSWORD)
    assert told.value.code == "workspace.missing"
    desk, _code = desks.init(tmp_path, TOWNSHIP, "李经办", PASSWORD)
    desk.close()
    desks.unlock(tmp_path, "李经办", PASSWORD).close()
    with pytest.raises(KnownError) as told:
        desks.init(tmp_path, TOWNSHIP, "李经办", PASSWORD)
    assert told.value.code == "workspace.exists"
