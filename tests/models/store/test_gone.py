"""A workspace that goes away under an open program: nothing is called saved that no disk holds any more."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from models.errors import KnownError
from models.records import Cell
from models.services import desk as desks
from models.services import people, verifying
from models.services.desk import Desk
from tests.conftest import VILLAGE, DeskFactory


def _save(desk: Desk, name: str) -> str:
    return people.save(desk, None, {"name": Cell.of(name)}, VILLAGE).id


@pytest.mark.parametrize("gone", ["folder", "file"])
def test_a_database_that_was_moved_takes_no_save_until_it_is_back(desk_factory: DeskFactory, gone: str) -> None:
    desk = desk_factory()
    before = _save(desk, "王小雁")
    place = desk.folder if gone == "folder" else desk.folder / "guiyan.db"
    away = place.rename(place.with_name("away"))
    for attempt in (lambda: _save(desk, "赵小山"), lambda: people.get(desk, before)):
        with pytest.raises(KnownError) as told:
            attempt()
        assert told.value.code == "db.gone"
        assert "guiyan.db" in told.value.sentence
    assert not place.exists()  # and no empty database has taken its place
    away.rename(place)
    assert people.get(desk, _save(desk, "赵小山")) is not None
    assert [finding for finding in verifying.verify(desk) if finding.faults] == []


def test_a_folder_that_may_not_be_looked_into_is_no_bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", refuse)  # whoever runs the tests as root may look into every folder
    for attempt in (desks.exists, desks.accounts):
        with pytest.raises(KnownError) as told:
            attempt(tmp_path)
        assert told.value.code == "workspace.closed"
        assert "没有权限" in told.value.sentence
