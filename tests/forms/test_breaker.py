"""Lines: no forbidden mark at either end, nothing lost, nothing wider than the measure."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.registry import all_forms
from forms.typeset.breaker import Line, break_lines, tokens
from forms.typeset.titles import shape_title

NEVER_FIRST = "，。、；：！？）》】〕〉」』”’％"
NEVER_LAST = "（《【〔〈「『“‘"

PIECES = ["中", "返乡，", "创业、", "“春节”", "（一）", "《关于〈通知〉的通知》。", "中——等", "中……等"]
PIECES += ["12.5%", "2027年", "好！”", "〔2026〕", "abc", "A4", "他说：“是。”", " "]


class Ems(dict[str, float]):
    """Hanzi are one em wide, ASCII half of one."""

    def __missing__(self, token: str) -> float:
        return sum(0.5 if c.isascii() else 1.0 for c in token)


WIDTHS = Ems()


def faults(lines: list[Line]) -> list[str]:
    bad = [line.text for line in lines[1:] if line.text[0] in NEVER_FIRST]
    bad += [line.text for line in lines if line.text[-1] in NEVER_LAST]
    bad += [a.text for a, b in pairwise(lines) if a.text[-1] == b.text[0] and a.text[-1] in "—…"]
    return bad


def width(line: Line) -> float:
    return WIDTHS[line.text] + line.spread * (len(line.text) - 1) - line.squeezed


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=60), st.integers(10, 40), st.sampled_from([0.0, 2.0]))
@settings(max_examples=300, deadline=None)
def test_lines_of_any_text(pieces: list[str], measure: int, indent: float) -> None:
    text = "中" + "".join(pieces)
    lines = break_lines(text, WIDTHS, measure, indent)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    assert faults(lines) == []
    for n, line in enumerate(lines):
        assert width(line) <= measure - (indent if n == 0 else 0) + 1e-4


def test_official_text_has_no_fault_at_any_measure() -> None:
    bodies = [f.sample().text("notice.body") for f in all_forms() if "notice.body" in f.wants]
    paragraphs = [part for body in bodies for part in body.split("\n")]
    assert sum(len(p) for p in paragraphs) > 700
    broken = [break_lines(p, WIDTHS, m, 2.0) for m in range(8, 41) for p in paragraphs]
    assert [bad for lines in broken for bad in faults(lines)] == []


def test_closing_mark_is_pulled_in_by_squeezing_or_takes_its_character_down() -> None:
    pulled = break_lines("一二三，五六七八九十。下一行在此", WIDTHS, 10)
    assert pulled[0].text == "一二三，五六七八九十。"
    assert width(pulled[0]) <= 10 + 1e-4
    # Without a second mark there is not enough to squeeze: the character goes down with its mark.
    pushed = break_lines("一二三四五六七八九十。下一行在此", WIDTHS, 10)
    assert [line.text for line in pushed] == ["一二三四五六七八九", "十。下一行在此"]
    assert pushed[0].spread > 0


def test_full_lines_fill_the_measure_and_the_last_does_not() -> None:
    lines = break_lines("为进一步优化营商环境吸引更多在外务工人员abc返乡创业就业" * 3, WIDTHS, 13)
    for line in lines[:-1]:
        assert abs(width(line) - 13) < 1e-4
    assert lines[-1].spread == 0


def test_words_numbers_and_dashes_stay_whole() -> None:
    assert tokens("共3,200.5万元——GB/T 9704……") == ["共", "3,200.5", "万", "元", "——", "GB/T", " ", "9704", "……"]
    lines = break_lines("电话是0370-0000000请致电", WIDTHS, 7)
    assert any("0370-0000000" in line.text for line in lines)


def test_a_word_longer_than_the_line_is_parted_and_an_empty_text_is_one_line() -> None:
    lines = break_lines("GY" + "1234567890" * 6, WIDTHS, 10)
    assert "".join(line.text for line in lines) == "GY" + "1234567890" * 6
    assert max(map(width, lines)) <= 10 + 1e-4
    assert [line.text for line in break_lines("", WIDTHS, 10)] == [""]


class Fixed:
    def width(self, text: str) -> float:
        return 10.0 * len(text)


def test_title_lines_keep_words_whole_and_are_no_hourglass() -> None:
    title = "慈圣镇人民政府关于进一步做好返乡创业人员担保贷款申报和返乡创业培训工作若干措施的通知"
    lines = shape_title(title, Fixed(), 200.0)
    assert "".join(lines) == title
    assert len(lines) == 3
    assert max(map(len, lines)) <= 20
    assert not (len(lines[1]) < len(lines[0]) and len(lines[1]) < len(lines[2]))
    for word in ("人民政府", "返乡创业", "担保贷款", "通知", "关于"):
        assert any(word in line for line in lines)
    assert all(line[0] != "的" for line in lines)
    assert shape_title("第一行\n第二行", Fixed(), 200.0) == ["第一行", "第二行"]
    assert shape_title("短标题", Fixed(), 200.0) == ["短标题"]


def test_a_character_that_is_wider_than_its_line_stands_there_all_the_same() -> None:
    assert [line.text for line in break_lines("10月", WIDTHS, 0.3)] == ["1", "0", "月"]
