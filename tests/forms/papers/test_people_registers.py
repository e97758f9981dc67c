"""The registers of a person: long families, ticked answers, what is said below them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import forms
from forms.base import Cell, Sheet
from forms.registry import get


def flat(texts: list[str]) -> str:
    return "".join(texts).replace("\n", "").replace(" ", "").replace("\u3000", "")


def test_forty_members_stand_on_pages_that_each_have_the_headings(read: Any) -> None:
    sheet = get("register.migrant").sample()
    one = sheet.rows["family"][0]
    many = [{**one, "no": Cell("", str(n)), "name": Cell("", f"孙𬘫{n:02}")} for n in range(1, 41)]
    texts = read.texts(forms.render("register.migrant", [replace(sheet, rows={"family": many})]))
    assert len(texts) == 3
    assert all(f"孙𬘫{n:02}" in flat(texts) for n in range(1, 41))
    assert [("身份证号" in flat([text]) and "工作单位" in flat([text])) for text in texts] == ["孙𬘫" in text for text in texts]
    assert all("孙𬘫" in text for text in texts)


def test_a_family_of_which_nothing_is_known_has_four_rows_for_the_hand(read: Any) -> None:
    sheet = get("register.migrant").sample()
    lone, four = (replace(sheet, rows={"family": sheet.rows["family"][:n]}) for n in (0, 4))
    feet = [max(g.top for g in read.glyphs(forms.render("register.migrant", [s])) if g.text == "盖") for s in (lone, four)]
    assert abs(feet[0] - feet[1]) < 1
    assert flat(read.texts(forms.render("register.migrant", [lone]))).count("未采集") == 1  # in the note that explains it


def test_accumulations_that_were_not_asked_for_are_not_none(read: Any) -> None:
    """无 is an answer; 未采集 is the lack of one: they may never look alike."""
    sheet = get("register.returnee").sample()
    cells = {**sheet.cells, "person.acc_influence": Cell("行业影响力积累", "", "u")}
    line = "行业影响力积累无有一些较强突出"
    assert f"{line}未采集" in flat(read.texts(forms.render("register.returnee", [replace(sheet, cells=cells)])))
    assert f"{line}未采集" not in flat(read.texts(forms.render("register.returnee", [sheet])))


def test_several_worries_are_ticked_where_they_stand(read: Any) -> None:
    sheet = get("register.returnee").sample()
    pictures = []
    for worries in ("就学", "就学、资金", "就学、资金、照料老人"):
        pdf = forms.render("register.returnee", [replace(sheet, cells={**sheet.cells, "person.worries": Cell("", worries)})])
        pictures.append(read.picture(pdf))
        assert flat(read.texts(pdf)).count("就学") == 1
    assert len(set(pictures)) == 3
    assert "照料老人" in flat(read.texts(pdf))


def test_a_person_of_whom_the_name_alone_is_known_takes_one_page(read: Any) -> None:
    """未采集 under each row of answers pushed the signatures onto a page of their own."""
    for code in ("register.returnee", "register.migrant"):
        assert len(read.texts(forms.render(code, [Sheet({"person.name": Cell("姓名", "王𡋾")})]))) == 1
