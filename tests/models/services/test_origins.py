"""Where a paper's words come from: what is lacking first, nothing unmasked, and the record to open."""

from __future__ import annotations

import pytest

from models.fields import State
from models.records import Cell
from models.services import origins, people, requests
from models.services.desk import Desk
from tests.conftest import COUNTY, VILLAGE, DeskFactory

ID = "411424199003070010"  # of nobody: unchecked


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory(COUNTY, "赵立新")


def test_what_is_lacking_comes_first_and_numbers_stay_masked(desk: Desk) -> None:
    cells = {
        "name": Cell.of("钱䶮"), "id_number": Cell.of(ID), "id_unchecked": Cell.of(True),
        "address": Cell(State.TO_VERIFY, "白庄村前街3号"),
    }  # fmt: skip
    person = people.save(desk, None, cells, VILLAGE, source="村花名册").id
    item = next(i for i in requests.items(desk) if i.code == "request.consult")
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    request = requests.submit(desk, person, item.code, {"text": Cell.of("咨询，回电13800000042")}, answers=answers).id
    found = origins.of_copy(desk, "register.request", [request], {}, 0)
    states = [o.state for o in found]
    assert states[0] == "u"
    assert states == sorted(states, key=lambda s: {"u": 0, "v": 1}.get(s, 2))
    by_label = {o.label: o for o in found}
    assert (by_label["联系电话"].entity, by_label["联系电话"].record_id) == ("person", person)
    assert by_label["联系电话"].state == "u"
    assert by_label["身份证号"].text.startswith("411424********")
    assert ID not in str(found)
    assert (by_label["身份证号"].source, by_label["姓名"].source) == ("村花名册", "村花名册")
    assert (by_label["窗口电话"].entity, by_label["窗口电话"].record_id) == ("settings", "")
    assert by_label["机构名称"].source == "本机构的设置"
    assert (by_label["办理结果"].entity, by_label["办理结果"].record_id) == ("request", request)


def test_a_letter_says_what_was_typed_for_it_and_of_whom_the_copy_is(desk: Desk) -> None:
    ids = [people.save(desk, None, {"name": Cell.of(n)}, VILLAGE).id for n in ("赵㛃", "钱䶮")]
    said = {"notice.to": "【姓名】同志", "notice.title": "通知", "notice.body": "文"}
    first, second = (origins.of_copy(desk, "notice.meeting", ids, said, n) for n in (0, 1))
    assert next(o for o in first if o.label == "主送").text == "赵㛃同志"
    assert next(o for o in second if o.label == "主送").text == "钱䶮同志"
    assert {o.source for o in first} == {"这次填写"}
    assert "抄送" not in {o.label for o in first}  # left empty on purpose
