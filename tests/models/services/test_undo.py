"""Undo and redo of what is no longer here: said in a sentence, nothing half done, and the steps before it stay within reach."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from models.errors import RuleError
from models.records import Cell
from models.services import attachments, people, undo, verifying
from models.services.desk import Desk
from models.services.find import find
from models.store.unit import New, Store
from models.tables.system import AUDIT, EVENT
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


def _statements(desk: Desk, count: int) -> tuple[list[str], list[int], list[int]]:
    """So many people created in one step, that step undone and redone: their ids, then for undo and redo how many statements
    each took, and how many events and audit entries each wrote."""
    with desk.store.write(desk.account, "导入") as unit:
        made = unit.create_many("person", [New({"name": Cell.of(f"雁{n}")}, VILLAGE) for n in range(count)])
        unit.update_many("person", {i: {"wechat": Cell.of("号")} for i in made[:3]})
    asked: list[str] = []
    sa.event.listen(desk.store.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    statements, written = [], []
    for act in (undo.undo, undo.redo):
        with desk.store.read() as conn:
            before = [conn.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in (EVENT, AUDIT)]
        asked.clear()
        act(desk)
        statements.append(len(asked))
        with desk.store.read() as conn:
            after = [conn.execute(sa.select(sa.func.count()).select_from(t)).scalar_one() for t in (EVENT, AUDIT)]
        written += [b - a for a, b in zip(before, after, strict=True)]
    return made, statements, written


def test_a_step_of_many_records_is_undone_and_redone_in_as_many_statements_as_one_of_few(desk_factory: DeskFactory) -> None:
    """Record by record, the undoing of an import took longer than the import, and the redoing forty times as long."""
    few, many = desk_factory(VILLAGE, "少"), desk_factory(VILLAGE, "多")
    _, by_few, _ = _statements(few, 5)
    made, by_many, written = _statements(many, 700)
    assert by_many == by_few
    assert written == [703, 1, 703, 1]  # an event for each change, an entry of the audit chain for each step
    assert [h.id for h in find(many, "雁699")] == [made[699]]
    assert people.must_get(many, made[0]).wechat == "号"
    undo.undo(many)
    assert find(many, "雁699") == []
    assert not any(f.faults for f in verifying.verify(many))
