"""guiyan status: what waits, what is held, and that the county has shut this device out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from desktop.cli.main import main
from models.services import desk as desks
from models.tables.system import EVENT
from server import cli
from tests.conftest import PASSWORD, VILLAGE, County


def test_a_device_that_was_shut_out_is_told_so(
    county: County, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GUIYAN_PASSWORD", PASSWORD)
    monkeypatch.setenv("GUIYAN_WORKSPACE", str(tmp_path / "ws"))

    def status() -> tuple[dict[str, object], str]:
        capsys.readouterr()
        assert main(["status", "--json"]) == 0
        data = json.loads(capsys.readouterr().out)
        assert main(["status"]) == 0
        return data, capsys.readouterr().out

    assert main(["init", "--office", VILLAGE, "--account", "王村"]) == 0
    assert main(["enrol", str(county.ticket(VILLAGE))]) == 0
    assert main(["sync"]) == 0
    data, text = status()
    assert (data["stopped"], data["trouble"], data["held"]) == ("", "", 0)
    assert "暂存" not in text
    county.stop()
    assert main(["sync"]) == 1
    data, text = status()
    assert "连不上" in str(data["trouble"])
    assert "起同步没有完成：连不上" in text
    since = data["trouble_since"]
    assert main(["sync"]) == 1
    assert status()[0]["trouble_since"] == since, "the same failure goes on"
    county.start()
    desk = desks.unlock(tmp_path / "ws", "王村", PASSWORD)
    device = desk.store.identity.device
    with desk.store.transaction() as conn:
        conn.execute(update(EVENT).where(EVENT.c.seq == 1).values(status="held"))
    desk.close()
    assert cli.main(["revoke", device, "--db", county.url]) == 0
    assert main(["sync"]) == 1
    data, text = status()
    assert "已被县级停用" in str(data["stopped"])
    assert data["held"] == 1
    assert "县级不再接受这台设备：这台设备已被县级停用" in text
    assert "县级暂存 1" in text
