"""The month's report on paper says the figures that the service counts."""

from __future__ import annotations

import pypdfium2
import pytest

from models.errors import RuleError
from models.records import Cell
from models.services import people, printing, reporting
from models.services.desk import Desk
from tests.conftest import SIBLING, VILLAGE, DeskFactory


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    made = desk_factory()
    for n, village in enumerate((VILLAGE, VILLAGE, SIBLING)):
        people.save(made, None, {"name": Cell.of(f"王{'一二三'[n]}")}, village=village)
    return made


def words(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def test_the_sums_on_paper_are_the_sums_counted(desk: Desk) -> None:
    report = reporting.figures(desk)
    assert (report.total.people, len(report.places)) == (3, 2)
    said = words(printing.preview(desk, "report.monthly", []))
    year, month = report.month.split("-")
    assert f"（{year}年{int(month)}月）" in said
    (total,) = [line for line in said.splitlines() if line.startswith("合")]
    assert [int(n) for n in total.split() if n.isdigit()][:2] == [3, 3]
    assert "本月没有回访" in said


def test_another_month_is_asked_for_and_a_wrong_one_refused(desk: Desk) -> None:
    assert "（2026年1月）" in words(printing.preview(desk, "report.monthly", [], {"ask.month": "2026-01"}))
    with pytest.raises(RuleError, match="不是月份"):
        printing.preview(desk, "report.monthly", [], {"ask.month": "去年"})
