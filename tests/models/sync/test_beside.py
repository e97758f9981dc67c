"""Two programs at one workspace: the window and the command line, each with what it remembers of it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.errors import RuleError
from models.services import desk as desks
from models.services import joining, syncing, undo
from models.services.desk import Desk
from models.store import turn
from models.sync.transports.http import HttpTransport
from server import cli
from tests.conftest import PASSWORD, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import change, digests, person, server_digests, statuses, sync, values

ROOT = Path(__file__).parents[3]


@pytest.fixture
def town(joined: DeskFactory) -> Desk:
    return joined()


@pytest.fixture
def beside(town: Desk) -> Iterator[Desk]:
    """The same workspace as another program has it open."""
    desk = desks.unlock(town.folder, town.account, PASSWORD)
    yield desk
    desk.close()


def test_what_is_typed_while_the_other_joins_anew_is_the_new_devices(town: Desk, beside: Desk, county: County) -> None:
    first = person(town, "甲一")
    sync(town)
    unsent = person(town, "乙一")
    assert cli.main(["revoke", town.store.identity.device, "--db", county.url]) == 0
    joining.join(beside, county.ticket(TOWNSHIP))
    later = person(town, "丙一")  # in the window, which was open all the while
    change(town, first, phone="13900000001")
    assert town.store.identity == beside.store.identity
    sync(beside, town)
    assert set(server_digests(county)) == {first, unsent, later}
    assert digests(town) == server_digests(county)
    assert statuses(town, later) == ["applied"]
    undo.undo(town)
    assert values(town, first, "phone") == [None]


def test_a_round_goes_as_the_device_that_the_other_made_of_it(town: Desk, beside: Desk, county: County) -> None:
    person(town)
    assert cli.main(["revoke", town.store.identity.device, "--db", county.url]) == 0
    joining.join(beside, county.ticket(TOWNSHIP))
    assert syncing.run(town).sent == 2  # with nothing typed in between


def test_a_round_of_another_program_waits_its_turn(
    town: Desk, joined: DeskFactory, county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt or a page that is put down late would lie over what the other round took in since."""
    village = joined(VILLAGE, "王村")
    who = person(town, "甲一", phone="13900000001")
    sync(town, village)
    change(village, who, phone="13900000002")
    sync(village)
    change(town, who, phone="13900000003")
    push, said = HttpTransport.push, list[tuple[int, str]]()

    def slowly(line: HttpTransport, batch: bytes) -> bytes:
        answer = push(line, batch)
        if not said:
            program = "import sys; from desktop.cli import main; sys.exit(main())"
            call = [sys.executable, "-c", program, "--workspace", str(town.folder), "sync"]
            env = {"GUIYAN_PASSWORD": PASSWORD, "PATH": "", "PYTHONPATH": str(ROOT)}
            done = subprocess.run(call, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
            said.append((done.returncode, done.stdout + done.stderr))
        return answer

    monkeypatch.setattr(HttpTransport, "push", slowly)
    assert syncing.run(town).exceptions == {"conflict": 1}
    ((code, words),) = said
    assert code != 0
    assert "另一个归雁程序" in words
    sync(town)
    assert digests(town) == server_digests(county)


def test_the_lock_is_the_workspaces_and_ends_with_its_holder(town: Desk, joined: DeskFactory, tmp_path: Path) -> None:
    with turn.held(town.folder / "guiyan.round") as free:
        assert free
        with pytest.raises(RuleError, match="另一个归雁程序") as told:
            syncing.run(town)
        assert told.value.code == "sync.running"
        syncing.run(joined(VILLAGE, "王村"))
    syncing.run(town)
    with turn.held(tmp_path / "not there" / "lock") as free:
        assert free  # where no file can be made, nobody is held up
