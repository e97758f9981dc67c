"""The grid of GB/T 9704-2012, measured on the finished page: a millimetre is the tolerance, most hold to a tenth."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

import forms
from forms.base import Cell, Sheet
from forms.registry import get

PITCH = 225 / 22


def document(**texts: str) -> bytes:
    return forms.render("notice.document", [sheet("notice.document", **texts)])


def sheet(code: str, **texts: str) -> Sheet:
    sample = get(code).sample()
    return replace(sample, cells={**sample.cells, **{f"notice.{n}": Cell(n, t) for n, t in texts.items()}})


def rows_of(found: list[Any], size: float) -> dict[float, list[Any]]:
    rows: dict[float, list[Any]] = {}
    for g in found:
        if abs(g.size - size) < 0.1:
            rows.setdefault(round(g.top, 1), []).append(g)
    return dict(sorted(rows.items()))


def test_a_full_page_is_22_lines_of_28_characters(read: Any) -> None:
    pdf = document(body="返" + "乡" * 28 * 40)
    rows = rows_of(read.glyphs(pdf, 1), 16)
    assert len(rows) == 22
    tops = list(rows)
    for n, (top, row) in enumerate(rows.items()):
        assert len(row) == 28
        assert row[0].left == pytest.approx(28, abs=0.1)
        assert row[-1].right == pytest.approx(184, abs=0.2)
        assert top == pytest.approx(37 + PITCH * n + (PITCH - 5.644) / 2, abs=0.1)
    assert tops[-1] + 5.644 < 262


def test_the_red_head(read: Any) -> None:
    found = read.glyphs(document(), 0)
    mark = [g for g in found if g.size > 30]
    assert "".join(g.text for g in mark) == "慈圣镇人民政府文件"
    assert mark[0].top == pytest.approx(37 + 35, abs=0.5)
    assert (mark[0].left + mark[-1].right) / 2 == pytest.approx(106, abs=0.2)
    assert mark[-1].right - mark[0].left < 156
    number = next(iter(rows_of(found, 16).values()))
    assert "".join(g.text for g in number) == "慈政〔2026〕18号"
    assert (number[0].left + number[-1].right) / 2 == pytest.approx(106, abs=0.2)
    # Two blank lines below the mark.
    assert number[0].top - mark[0].top == pytest.approx(mark[0].size * 0.3528 + 2 * PITCH, abs=0.2)
    title = rows_of(found, 22)
    assert len(title) == 2
    for row in title.values():
        assert (row[0].left + row[-1].right) / 2 == pytest.approx(106, abs=0.2)
    # The rule is 4 mm below the number; at least two blank lines, and less than three, lie between it and the title.
    rule = number[0].top + 5.644 + 4
    assert 2 * PITCH <= min(title) - rule <= 3 * PITCH + 2.3


def test_the_red_rule_is_156_mm_and_red(read: Any) -> None:
    import pypdfium2 as pdfium

    with pdfium.PdfDocument(document()) as pdf:
        image = pdf[0].render(scale=8, rev_byteorder=True)
    pixels, mm = bytes(image.buffer), image.width / 210

    def red(x: int, y: int) -> bool:
        at = y * image.stride + x * image.n_channels
        return pixels[at] > 150 and pixels[at + 1] < 130

    y = next(
        y
        for y in range(round(110 * mm), round(125 * mm))
        if red(image.width // 4, y)
    )
    reds = [x for x in range(image.width) if red(x, y + 2)]
    assert reds[0] / mm == pytest.approx(28, abs=0.3)
    assert reds[-1] / mm == pytest.approx(184, abs=0.3)


def test_body_indents_two_characters_and_the_addressee_stands_flush(read: Any) -> None:
    rows = list(rows_of(read.glyphs(document(), 0), 16).values())
    to, first, second = rows[1], rows[2], rows[3]
    assert "".join(g.text for g in to).endswith("各单位：")
    assert to[0].left == pytest.approx(28, abs=0.1)
    assert first[0].left == pytest.approx(28 + 2 * 156 / 28, abs=0.3)
    assert second[0].left == pytest.approx(28, abs=0.1)
    assert to[0].top - max(rows_of(read.glyphs(document(), 0), 22)) > PITCH  # a blank line below the title


def test_sealed_and_unsealed_signatures(read: Any) -> None:
    for sealed, inset in (("是", 4), ("否", None)):
        pdf = document(body="特此通知。", attachments="", sealed=sealed)
        rows = list(rows_of(read.glyphs(pdf, 0), 16).values())
        sign, day = rows[-2], rows[-1]
        assert "".join(g.text for g in sign) == "慈圣镇人民政府"
        if inset:
            assert 184 - day[-1].right == pytest.approx(inset * 156 / 28, abs=0.5)
            assert (sign[0].left + sign[-1].right) / 2 == pytest.approx((day[0].left + day[-1].right) / 2, abs=0.2)
        else:
            assert 184 - sign[-1].right == pytest.approx(2 * 156 / 28, abs=0.5)
            assert day[0].left - sign[0].left == pytest.approx(2 * 156 / 28, abs=0.5)


def test_page_numbers_change_sides_and_stand_below_the_text(read: Any) -> None:
    pdf = document()
    texts = read.texts(pdf)
    assert len(texts) == 3
    for page, text in enumerate(texts, 1):
        assert f"— {page} —" in text
        dashes = [g for g in read.glyphs(pdf, page - 1) if g.text == "—" and g.top > 262]
        assert len(dashes) == 2
        assert dashes[0].ink_top == pytest.approx(262 + 7, abs=0.3)
        if page % 2:
            assert 184 - dashes[1].right == pytest.approx(14 * 0.3528, abs=0.5)
        else:
            assert dashes[0].left - 28 == pytest.approx(14 * 0.3528, abs=0.5)


def test_the_imprint_ends_at_the_foot_of_the_last_page_and_its_room_is_kept(read: Any) -> None:
    pdf = document()
    texts = read.texts(pdf)
    assert "抄送" in texts[-1]
    assert "印发" in texts[-1]
    assert "抄送" not in "".join(texts[:-1])
    small = [g for g in read.glyphs(pdf, len(texts) - 1) if abs(g.size - 14) < 0.1 and g.top < 262]
    assert max(g.top for g in small) + 14 * 0.3528 < 262
    assert max(g.top for g in small) > 252
    above = [g for g in read.glyphs(pdf, len(texts) - 1) if abs(g.size - 16) < 0.1]
    assert max(g.top for g in above) + 5.7 < min(g.top for g in small)


def test_the_signature_never_stands_alone(read: Any) -> None:
    for lines in range(1, 34):
        pdf = document(body="\n".join(["为做好返乡创业工作，现通知如下。"] * lines), attachments="", copies="")
        last = read.texts(pdf)[-1]
        assert "2026年12月8日" in last
        assert "现通知如下" in last, lines


@pytest.mark.parametrize("text", ["一、工作要求", "（一）摸清底数。以村为单位。"])
def test_headings_have_their_own_face(text: str) -> None:
    plain = document(body="为做好工作。", attachments="")
    headed = document(body=text, attachments="")
    face = b"FandolHei" if text[0] == "一" else b"FandolKai"
    assert face not in plain
    assert face in headed


def test_a_letter_is_one_page_with_its_mark_30_mm_from_the_edge(read: Any) -> None:
    pdf = forms.render("notice.meeting", [get("notice.meeting").sample()])
    (text,) = read.texts(pdf)
    assert not re.search(r"— \d+ —", text)
    found = read.glyphs(pdf, 0)
    mark = [g for g in found if g.size > 30]
    assert mark[0].top == pytest.approx(30, abs=0.5)
    assert max(g.top for g in found) + 5.7 < 275
    number = [g for g in found if abs(g.size - 16) < 0.1 and g.top < 70]
    assert max(g.right for g in number) == pytest.approx(184, abs=0.3)


@pytest.mark.parametrize(
    ("title", "whole"),
    [
        ("关于2026年第四季度返乡创业一次性开业补贴拟发放对象的公示", ("一次性", "第四季度", "发放", "公示")),
        ("慈圣镇人民政府关于进一步做好返乡创业人员创业担保贷款申报和返乡创业培训工作若干措施的通知", ("担保贷款", "若干", "措施", "通知")),
        ("关于设施农业用地备案和返乡创业用地需求登记办理情况的通报", ("设施农业", "用地", "登记", "通报")),
    ],
)
def test_no_line_of_a_title_parts_a_word(title: str, whole: tuple[str, ...]) -> None:
    from forms.typeset.chains import TITLE
    from forms.typeset.page import MM, Press
    from forms.typeset.titles import shape_title

    lines = shape_title(title, Press("").setting(TITLE, 22.0), 156 * MM)
    assert len(lines) > 1
    assert "".join(lines) == title
    assert all(any(word in line for line in lines) for word in whole)


def test_a_title_of_any_length_is_shaped_at_once() -> None:
    import time

    from forms.typeset.chains import TITLE
    from forms.typeset.page import MM, Press
    from forms.typeset.titles import shape_title

    setting, words = Press("").setting(TITLE, 22.0), "返乡创业担保贷款贴息一次性开业补贴"
    for length in range(10, 300, 9):
        title = (words * 20)[:length]
        began = time.process_time()
        lines = shape_title(title, setting, 156 * MM)
        assert time.process_time() - began < 2
        assert "".join(lines) == title
