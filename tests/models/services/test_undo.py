"""Undo and redo of what is no longer here: said in a sentence, nothing half done, and the steps before it stay within reach."""

from __future__ import annotations

import pytest

from models.errors import RuleError
from models.services import attachments, people, undo
from models.services.desk import Desk
from models.store.unit import Store
from tests.conftest import SIBLING, TOWNSHIP, VILLAGE, County, DeskFactory
from tests.models.sync.conftest import Field, change, person, sync, values

Trio = tuple[Desk, Desk, str]


@pytest.fixture
def pair(county: County, desk_factory: DeskFactory) -> Trio:
    """A township, a village of it, and a person whom both have; the village's first step is another person's."""
    field = Field(county, desk_factory)
    town, village = field.desk(TOWNSHIP), field.desk(VILLAGE, "王村")
    who = person(town)
    sync(town, village)
    person(village, "赵小禾")
    return town, village, who


def _moves_away(town: Desk, village: Desk, who: str) -> None:
    sync(village, town)
    people.move(town, who, SIBLING)
    sync(town, village)
    assert people.get(village, who) is None


def test_a_record_that_has_left_is_no_bug_and_the_step_before_it_can_be_undone(pair: Trio) -> None:
    town, village, who = pair
    change(village, who, wechat="号")
    attachments.add(village, "person", who, "照片.pdf", b"%PDF-1.4 x")
    _moves_away(town, village, who)
    labels = [s.label for s in village.store.steps]
    for label in reversed(labels[-2:]):
        with pytest.raises(RuleError, match=f"“{label}”不能撤销.*没有作任何改动.*现在管辖的机构") as said:
            undo.undo(village)
        assert said.value.code == "undo.gone"
    assert [s.label for s in village.store.steps] == labels[:-2]
    assert undo.next_step(village) is None
    ((_, other),) = undo.undo(village)
    assert people.must_get(village, other).deleted


def test_redo_says_so_as_well(pair: Trio) -> None:
    town, village, who = pair
    sync(village)
    change(village, who, wechat="号")
    undo.undo(village)
    _moves_away(town, village, who)
    with pytest.raises(RuleError, match=r"不能重做.*没有作任何改动") as said:
        undo.redo(village)
    assert said.value.code == "redo.gone"
    assert undo.next_step(village) is None


def test_what_could_not_be_saved_can_be_done_again(pair: Trio, monkeypatch: pytest.MonkeyPatch) -> None:
    _town, village, who = pair
    change(village, who, wechat="号")
    undo.undo(village)

    def full(*_given: object) -> int:
        raise OSError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "take_seqs", full)
        with pytest.raises(OSError, match="disk full"):
            undo.redo(village)
    assert values(village, who, "wechat") == [None]
    undo.redo(village)
    assert values(village, who, "wechat") == ["号"]
