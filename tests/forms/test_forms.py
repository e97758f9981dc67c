"""Every form: its sample, its states, its worst case; and what render promises."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

import forms
from forms.base import Cell, Form, Sheet
from forms.registry import all_forms, get
from forms.samples import worst
from resources import codes, fonts

ROOT = Path(__file__).resolve().parents[2]
RARE = ["赵㛃", "钱䶮", "孙𬘫", "李𬭎", "周𫖯", "吴𬀩", "郑𠅤", "王𡋾"]
CODES = [form.code for form in all_forms()]


def changed(sheet: Sheet, cells: Mapping[str, Cell]) -> Sheet:
    return replace(sheet, cells={**sheet.cells, **cells})


def test_the_registry_knows_the_forms() -> None:
    assert {"slip.acceptance", "register.request", "notice.meeting", "notice.document"} <= set(CODES)
    assert sorted(CODES) == CODES
    with pytest.raises(KeyError):
        get("no.such")


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_sample_fills_all_that_is_wanted_and_prints(form: Form, read: Any) -> None:
    sample = form.sample()
    assert set(form.wants) == set(sample.cells)
    assert set(form.row_wants) == set(sample.rows)
    for name, wanted in form.row_wants.items():
        assert all(set(row) == set(wanted) for row in sample.rows[name])
    assert {a.choices for a in form.asks} - {"", "items"} <= set(codes.names())
    date.fromisoformat(form.valid_from)
    assert form.edition
    assert forms.missing(sample.texts()) == ()
    pdf = forms.render(form.code, [sample])
    shown = "".join(read.texts(pdf)).replace("\n", "").replace(" ", "").replace("\u3000", "")
    assert "\ufffd" not in shown
    with pypdfium2.PdfDocument(pdf) as document:
        sizes = {tuple(sorted(round(side * 25.4 / 72) for side in page.get_size())) for page in document}
    assert sizes == {{"A4": (210, 297), "A3": (297, 420), "DL": (110, 220)}[form.paper]}
    for name, cell in sample.cells.items():
        if cell.state == "k" and not name.startswith(("notice.sealed", "notice.body", "request.satisfaction")):
            for part in cell.text.split("\n"):
                assert part.replace(" ", "") in shown, name
    # The text of a body may be parted by a page: then page numbers stand between.
    body = sample.known("notice.body")
    for sentence in body.replace("\n", "。").split("。"):
        assert all(word in shown for word in sentence[:6].split("\u3000"))


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_same_sheets_same_bytes_also_in_another_process(form: Form) -> None:
    sheets = [form.sample(), form.sample()]
    first = forms.render(form.code, sheets)
    assert forms.render(form.code, sheets) == first
    program = (
        "import hashlib, forms; from forms.registry import get;"
        f"s = get({form.code!r}).sample(); print(hashlib.sha256(forms.render({form.code!r}, [s, s])).hexdigest())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == hashlib.sha256(first).hexdigest()


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_every_font_is_embedded_and_mapped_to_text(form: Form) -> None:
    pdf = forms.render(form.code, [form.sample()])
    assert b"Helvetica" not in pdf
    descriptors = re.findall(rb"/Type\s*/FontDescriptor", pdf)
    assert pdf.count(b"/FontFile2") == len(descriptors) == pdf.count(b"/ToUnicode") > 0


def test_each_sheet_begins_a_page_and_progress_is_told(read: Any) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> bool:
        told.append((done, total))
        return True

    sample = get("notice.meeting").sample()
    sheets = [changed(sample, {"notice.to": Cell("主送", f"白庄村{name}同志")}) for name in RARE]
    texts = read.texts(forms.render("notice.meeting", sheets, progress=progress))
    assert len(texts) == len(RARE)
    assert told == [(n, 8) for n in range(1, 9)]
    for name, text in zip(RARE, texts, strict=True):
        assert f"白庄村{name}同志：" in text


def test_stopping_makes_no_file() -> None:
    sample = get("notice.meeting").sample()
    with pytest.raises(forms.PrintStopped):
        forms.render("notice.meeting", [sample, sample], progress=lambda done, total: False)
    with pytest.raises(ValueError, match="nothing"):
        forms.render("notice.meeting", [])


@pytest.mark.parametrize("code", ["slip.acceptance", "register.request"])
@pytest.mark.parametrize("name", RARE)
def test_rare_names_are_found_again(code: str, name: str, read: Any) -> None:
    by = {"slip.acceptance": "request.accepted_by", "register.request": "request.registered_by"}[code]
    sheet = changed(get(code).sample(), {"person.name": Cell("姓名", name), by: Cell("经办人", name)})
    (text,) = read.texts(forms.render(code, [sheet]))
    assert text.count(name) >= 2


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_a_missing_glyph_is_named_before_anything_is_drawn(form: Form) -> None:
    name = next((n for n in form.wants if n in ("person.name", "notice.to")), form.wants[0])
    sheet = changed(form.sample(), {name: Cell("姓名", "张\U0010fffd😀")})
    drawn: list[int] = []

    def progress(done: int, total: int) -> bool:
        drawn.append(done)
        return True

    with pytest.raises(forms.MissingGlyph) as caught:
        forms.render(form.code, [form.sample(), sheet], progress=progress)
    assert caught.value.characters == ("\U0010fffd", "😀")
    assert "U+1F600" in caught.value.sentence
    assert "U+10FFFD" in caught.value.sentence
    assert drawn == []


STATES = {"k": "前街3号", "v": "前街3号（待核实）", "u": "未采集", "n": "不适用", "r": "拒绝提供"}


@pytest.mark.parametrize("code", ["slip.acceptance", "register.request"])
def test_the_five_states_are_printed_differently_and_nothing_is_invented(code: str, read: Any) -> None:
    pictures = set()
    for state, shown in STATES.items():
        cell = Cell("家庭住址", "前街3号" if state in "kv" else "", state)
        sheet = changed(get(code).sample(), {"person.address": cell, "request.urgency": Cell("紧急程度", "一般")})
        pdf = forms.render(code, [sheet])
        (text,) = read.texts(pdf)
        line = next(part for part in text.split("\n") if part.startswith(("联系地址", "家庭住址")))
        assert line.split(" ", 1)[1].strip() == shown
        pictures.add(read.picture(pdf))
    assert len(pictures) == 5


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_a_form_of_which_nothing_is_known_says_so(form: Form, read: Any) -> None:
    texts = read.texts(forms.render(form.code, [Sheet({})]))
    assert "未采集" in "".join(texts)


@pytest.mark.parametrize("form", all_forms(), ids=CODES)
def test_the_worst_case_stays_on_the_paper_and_no_character_covers_another(form: Form, read: Any) -> None:
    pdf = forms.render(form.code, [worst(form)])
    pages = read.texts(pdf)
    for n in range(len(pages)):
        found, (width, height) = read.glyphs(pdf, n), read.size(pdf, n)
        assert found
        for g in found:
            assert g.left > 12
            assert g.right < width - 12
            assert g.top > 12
            assert g.top < height - 12  # the page number; the text ends higher
        rows: dict[int, list[Any]] = {}
        for g in found:
            rows.setdefault(int(g.top // 4), []).append(g)
        for band, here in rows.items():
            near = here + rows.get(band + 1, [])
            for i, a in enumerate(here):
                for b in near[i + 1 :]:
                    tall = min(a.size, b.size) * 25.4 / 72
                    across = min(a.right, b.right) - max(a.left, b.left)
                    down = tall - abs(a.top - b.top)
                    # Squeezed marks share half an em with their neighbour on one line; nothing else may.
                    allowed = 0.52 * tall if abs(a.top - b.top) < 0.1 else 0.3 * tall
                    assert across < allowed or down < 0.25 * tall, (n, a, b)
    shown = "".join(pages).replace("\n", "")
    for name in ("person.name", "request.item"):
        if name in form.wants:
            assert worst(form).text(name) in shown.replace(" ", "")
    if "request.text" in form.wants:
        assert shown.count("增容") >= 60


def full_register() -> Sheet:
    """A request as a township has it at its end: a text that nearly fits on one line, seven materials, five steps."""
    sample = get("register.request").sample()
    text = "想回村办一个服装加工点，带动十来户就业，厂房已谈好，缺流动资金，咨询并申请返乡创业担保贷款。"
    material, step = sample.rows["request.materials"][0], sample.rows["request.steps"][0]
    answer = {**step, "what": Cell("", "答复：经核实符合创业担保贷款条件，请携带营业执照到县人社局就业中心办理。")}
    rows = {"request.materials": [material] * 7, "request.steps": [step, step, step, answer, step]}
    return Sheet({**sample.cells, "request.text": Cell("诉求内容", text)}, rows, sample.serial)


def test_a_text_is_as_large_as_its_neighbours_where_its_row_can_grow(read: Any) -> None:
    """It was shrunk to one line of a box with room for seven, and empty room made every other letter smaller."""
    found = read.glyphs(forms.render("register.request", [full_register()]))
    sizes = {word: {round(g.size, 1) for g in found if g.text in word} for word in ("厂谈", "慈", "携")}
    assert sizes["厂谈"] == sizes["携"] == {12.0}
    assert 12.0 in sizes["慈"]  # of the address; the line above the table has it too


def test_a_date_stands_whole_and_hardly_smaller_among_the_steps(read: Any) -> None:
    pdf = forms.render("register.request", [get("register.request").sample()])
    (text,) = read.texts(pdf)
    assert "2026年12月28日" in text
    found = read.glyphs(pdf)
    steps = [g for g in found if g.left < 57 and g.text in "年月日" and g.size != 10.5]
    assert len(steps) == 6
    assert min(g.size for g in steps) >= 11


@pytest.mark.parametrize("code", ["slip.acceptance", "register.request"])
def test_nothing_is_printed_smaller_than_it_can_be_read(code: str, read: Any) -> None:
    pdf = forms.render(code, [worst(get(code))])
    for page in range(len(read.texts(pdf))):
        assert min(g.size for g in read.glyphs(pdf, page)) >= 7.5


def test_an_item_that_is_settled_at_once_promises_no_days(read: Any) -> None:
    form = get("slip.acceptance")
    for limit, shown in (("当场办结", "承诺时限 当场办结"), ("5", "承诺时限 5个工作日")):
        (text,) = read.texts(forms.render(form.code, [changed(form.sample(), {"request.limit": Cell("承诺时限", limit)})]))
        assert shown.replace(" ", "") in text.replace(" ", "").replace("\n", "")
        assert ("个工作日" in text) == (limit == "5")


def test_an_office_may_use_its_own_font_and_only_for_its_chain() -> None:
    sample = get("notice.meeting").sample()
    own = {"仿宋": fonts.path(fonts.KAI)}
    assert b"+FandolKai" in forms.render("notice.meeting", [sample], overrides=own)
    assert b"+FandolKai" not in forms.render("notice.meeting", [sample])


def test_forms_is_a_leaf() -> None:
    allowed = set(sys.stdlib_module_names) | {"forms", "resources", "reportlab"}
    for file in (ROOT / "forms").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert {name.split(".")[0] for name in names} <= allowed, file
