"""What stands in the heads of GB/T 9704-2012 beside mark and number, and below the signature, measured on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from forms.typeset.official import Layout, Paper, draw
from forms.typeset.page import Press

PITCH = 225 / 22
CHARACTER = 156 / 28
PLAIN = Paper(
    Layout.FILE, "慈圣镇人民政府", "关于请求解决返乡创业园用电的请示", "县人民政府", ("现将有关情况请示如下。",),
    "慈圣镇人民政府", "2026年12月8日", number="慈政〔2026〕19号",
)  # fmt: skip


def pdf(paper: Paper) -> bytes:
    press = Press("x")
    draw(press, paper)
    return press.bytes()


def where(found: list[Any], text: str) -> list[Any]:
    """The glyphs of a text that stands on one line."""
    shown = "".join(g.text for g in found)
    at = shown.index(text)
    return found[at : at + len(text)]


def test_copy_number_secrecy_and_urgency_stand_above_each_other_at_the_upper_left(read: Any) -> None:
    made = pdf(replace(PLAIN, copy_number="000003", secrecy="秘密★1年", urgency="特急"))
    found = read.glyphs(made)
    for line, text in enumerate(("000003", "秘密★1年", "特急")):
        first = where(found, text)[0]
        assert first.left == pytest.approx(28, abs=0.1)
        assert first.top == pytest.approx(37 + PITCH * line + (PITCH - 5.644) / 2, abs=0.2)
    assert where(found, "慈圣镇人民政府文件")[0].top == pytest.approx(37 + 35, abs=0.5)
    assert b"FandolHei" in made
    assert b"FandolHei" not in pdf(replace(PLAIN, copy_number="000003"))


def test_without_the_first_of_them_the_next_stands_on_the_first_line(read: Any) -> None:
    first = where(read.glyphs(pdf(replace(PLAIN, urgency="加急"))), "加急")[0]
    assert first.top == pytest.approx(37 + (PITCH - 5.644) / 2, abs=0.2)


def test_a_letter_has_them_below_its_double_rule(read: Any) -> None:
    found = read.glyphs(pdf(replace(PLAIN, layout=Layout.LETTER, urgency="特急", secrecy="秘密")))
    number, secret, urgent = (where(found, text) for text in ("慈政〔2026〕19号", "秘密", "特急"))
    assert secret[0].top == pytest.approx(number[0].top, abs=0.1)
    assert urgent[0].top - secret[0].top == pytest.approx(PITCH, abs=0.1)
    assert secret[0].left == pytest.approx(28, abs=0.1)
    assert number[-1].right == pytest.approx(184, abs=0.3)
    title = where(found, "关于请求")[0]
    assert title.top - urgent[0].top > 3 * PITCH - 1.5  # two blank lines


@pytest.mark.parametrize(("signer", "lines"), [("钱䶮", 1), ("孙归、钱䶮", 1), ("孙归、钱䶮、赵㛃", 2)])
def test_signers_stand_at_the_right_and_the_number_beside_the_last(signer: str, lines: int, read: Any) -> None:
    found = read.glyphs(pdf(replace(PLAIN, signer=signer)))
    number, label = where(found, "慈政〔2026〕19号"), where(found, "签发人：")
    names = [where(found, name) for name in signer.split("、")]
    assert number[0].left == pytest.approx(28 + CHARACTER, abs=0.3)
    assert number[0].top == pytest.approx(names[-1][0].top, abs=0.2)
    assert number[0].top - label[0].top == pytest.approx((lines - 1) * PITCH, abs=0.2)
    assert max(n[-1].right for n in names) == pytest.approx(184 - CHARACTER, abs=0.5)
    if lines == 2:
        assert names[2][0].left == pytest.approx(names[0][0].left, abs=0.1)
    title = where(found, "关于请求")[0]
    assert 2 * PITCH <= title.top - (number[0].top + 5.644 + 4) <= 3 * PITCH + 2.3


def test_the_note_stands_in_brackets_below_the_date(read: Any) -> None:
    found = read.glyphs(pdf(replace(PLAIN, note="联系人：钱䶮，电话：0370-0000000")))
    note, day = where(found, "（联系人"), where(found, "2026年12月8日")
    assert note[0].left == pytest.approx(28 + 2 * CHARACTER, abs=0.5)
    assert note[0].top - day[0].top == pytest.approx(PITCH, abs=0.1)
    assert where(found, "0000000）")
    assert "（" not in read.texts(pdf(PLAIN))[0]


def test_a_letter_closes_with_copies_alone_and_without_rules(read: Any) -> None:
    said = {"copies": "县人力资源和社会保障局", "print_office": "慈圣镇党政办", "print_date": "2026年12月8日"}
    letter, file = (pdf(replace(PLAIN, layout=layout, **said)) for layout in (Layout.LETTER, Layout.FILE))
    (text,) = read.texts(letter)
    assert "抄送：县人力资源和社会保障局。" in text.replace(" ", "")
    assert "印发" not in text
    assert "2026年12月8日印发" in read.texts(file)[0].replace(" ", "")


def test_a_letter_gives_a_blank_line_rather_than_a_page_to_its_signature(read: Any) -> None:
    """Two blank lines stand above the title; one, where a second page would hold nothing but the signature's end."""
    tops = {}
    for lines in range(8, 16):
        body = tuple("请参加。" for _ in range(lines))
        made = pdf(replace(PLAIN, layout=Layout.LETTER, body=body))
        tops[lines] = (len(read.texts(made)), where(read.glyphs(made), "关于请求")[0].top)
    one = [top for pages, top in tops.values() if pages == 1]
    assert len(one) < len(tops)
    assert max(one) - min(one) == pytest.approx(PITCH, abs=0.1)
    assert one == sorted(one, reverse=True)
