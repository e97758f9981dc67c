"""A stick's folder, and desks that have lost their network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.services.desk import Desk
from tests.conftest import County, DeskFactory


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    made = tmp_path / "usb"
    made.mkdir()
    return made


@pytest.fixture
def offline(county: County, joined: DeskFactory) -> Callable[..., Desk]:
    """make(office, account) → a desk that joined and then lost its network; the server's code is called in this process."""

    def make(*args: str) -> Desk:
        if county._server is None:
            county.start()
        desk = joined(*args)
        county.stop()
        return desk

    county.stop()
    return make
