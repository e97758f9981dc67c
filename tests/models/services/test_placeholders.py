"""Templates: what may stand in them, what is refused and how it is said; a hostile one reaches nothing and ends."""

from __future__ import annotations

import time

import pytest

from forms.base import Cell
from models.services.placeholders import LONGEST, Said, Wrong, check, fill

PLACES, LISTS = ("姓名", "村", "电话"), ("诉求",)
VALUES = {
    "姓名": Said(Cell("", "赵㛃")), "村": Said(Cell("", "白庄村")), "电话": Said(Cell("", "", "u")), "诉求": ["贷款", "用地"],
}  # fmt: skip


def filled(text: str) -> str:
    return fill(text, VALUES.__getitem__, PLACES, LISTS)


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("【村】【姓名】同志", "白庄村赵㛃同志"),
        ("{{ 村 }}【 姓名 】同志", "白庄村赵㛃同志"),
        ("电话：【电话】。", "电话：未采集。"),
        ("甲{% if 【电话】 %}有{% else %}没有{% endif %}电话", "甲没有电话"),
        ("甲\n{% if 电话 %}\n电话【电话】\n{% endif %}\n乙", "甲\n乙"),
        ("{% for 项 in 诉求 %}“{{ 项 }}”{% endfor %}", "“贷款”“用地”"),
        ("{% if 姓名 == '赵㛃' and not 电话 %}是{% elif 诉求 %}有{% endif %}", "是"),
        ("{{ 村 if 电话 else '无电话' }}", "无电话"),
        ("一行{# 给自己看的话 #}字", "一行字"),
        ("价格 {5} 元，100%", "价格 {5} 元，100%"),
    ],
)
def test_a_text_is_filled(text: str, out: str) -> None:
    check(text, PLACES, LISTS)
    assert filled(text) == out


def test_only_the_words_that_stand_there_are_asked_for() -> None:
    asked: list[str] = []

    def value(word: str) -> str:
        asked.append(word)
        return "王"

    assert fill("【姓名】和【姓名】", value, PLACES, LISTS) == "王和王"
    assert asked == ["姓名"]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("您好\n【身份证】", 2, "【身份证】"),
        ("您好\n\n{{ 身份证 }}", 3, "【身份证】"),
        ("您好\n请【姓名同志", 2, "没有成对"),
        ("姓名】", 1, "没有成对"),
        ("甲\n{% if 姓名 %}乙", 2, "{% endif %}"),
        ("甲\n{{ 姓名", 2, "{{ 姓名"),
        ("甲{% endif %}", 1, "写得不对"),
        ("{# 没有完", 1, "写得不对"),
        ("甲\n{% for 项 in 姓名 %}{% endfor %}", 2, "诉求"),
        ("{{ 诉求 }}", 1, "【诉求】"),
        ("{% for 项 in 诉求 %}{% endfor %}{{ 项 }}", 1, "【项】"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, word: str) -> None:
    with pytest.raises(Wrong) as caught:
        check(text, PLACES, LISTS)
    assert caught.value.line == line
    assert word in caught.value.sentence


HOSTILE = [
    "{{ ''.__class__ }}",
    "{{ ''['__class__'] }}",
    "{{ 姓名.__class__.__mro__ }}",
    "{{ 姓名|attr('__class__') }}",
    "{{ self.__init__.__globals__ }}",
    "{{ lipsum.__globals__ }}",
    "{{ cycler }}",
    "{{ range(10) }}",
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in [1, 2, 3] %}{% endfor %}",
    "{% for a in '甲乙丙' %}{% endfor %}",
    "{% for a in 诉求 recursive %}{{ loop(诉求) }}{% endfor %}",
    "{% for a in 诉求 if a %}{% endfor %}",
    "{% for a, b in 诉求 %}{% endfor %}",
    "{% for a in 诉求 %}{% for b in 诉求 %}{% for c in 诉求 %}{% endfor %}{% endfor %}{% endfor %}",
    "{{ 'x' * 1000000000 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ 姓名.format(1) }}",
    "{{ 'x'.center(1000000000) }}",
    "{{ 姓名|center(1000000000) }}",
    "{{ 姓名 ~ 村 }}",
    "{{ 姓名[0] }}",
    "{{ [1] }}",
    "{{ 1 }}",
    "{{ 姓名 if 村 }}",
    "{% set a = 1 %}",
    "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% block a %}{{ self.a() }}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call x() %}{% endcall %}",
    "{% with a = 1 %}{% endwith %}",
    "{% do 1 %}",
    "{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}",
    "{% if " + "not " * 4000 + "姓名 %}甲{% endif %}",
    "{% if 姓名 %}" * 150 + "甲" + "{% endif %}" * 150,
    "{{ " + "9" * 6000 + " }}",
    "甲" * (LONGEST + 1),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_refused_at_once(text: str) -> None:
    began = time.monotonic()
    with pytest.raises(Wrong):
        check(text, PLACES, LISTS)
    with pytest.raises(Wrong):
        filled(text)
    assert time.monotonic() - began < 5


def test_what_comes_out_has_an_end() -> None:
    text = "{% for a in 诉求 %}{% for b in 诉求 %}" + "字" * 1000 + "{% endfor %}{% endfor %}"
    many = {"诉求": [str(n) for n in range(200)]}
    began = time.monotonic()
    with pytest.raises(Wrong, match=str(LONGEST)):
        fill(text, many.__getitem__, PLACES, LISTS)
    with pytest.raises(Wrong, match="200 项"):
        fill("{% for a in 诉求 %}{% endfor %}", lambda _w: ["x"] * 201, PLACES, LISTS)
    assert time.monotonic() - began < 5


def test_what_is_said_by_a_value_is_no_template() -> None:
    assert fill("【姓名】", lambda _w: "{{ 村 }}【村】{% if", PLACES, LISTS) == "{{ 村 }}【村】{% if"
