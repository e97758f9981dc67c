"""证件照: one at most, of the person's own pictures, by whoever owns the record; what is printed of it, and what is not."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from models.errors import RuleError
from models.records import Cell
from models.services import attachments, conflicts, contacts, merging_people, origins, people, printed, printing, requests, undo
from models.services.attachments import Attachment
from models.services.carrying import fetch, transfer
from models.services.desk import Desk
from tests.conftest import COUNTY, TOWNSHIP, VILLAGE, DeskFactory
from tests.models.sync.conftest import person, sync


@pytest.fixture
def desk(desk_factory: DeskFactory) -> Desk:
    return desk_factory()


@pytest.fixture
def who(desk: Desk) -> str:
    return person(desk)


def photo(colour: str = "teal", size: tuple[int, int] = (500, 700), kind: str = "JPEG", turned: int = 1) -> bytes:
    """turned: the Exif word for how the camera was held."""
    out, exif = BytesIO(), Image.Exif()
    exif[0x0112] = turned
    exif[0x010F] = "某牌手机"
    Image.new("RGB", size, colour).save(out, kind, exif=exif)
    return out.getvalue()


def attached(desk: Desk, who: str, colour: str = "teal") -> Attachment:
    return attachments.add(desk, "person", who, f"{colour}.jpg", photo(colour))


def marked(desk: Desk, who: str) -> list[str]:
    return [a.title for a in attachments.of_person(desk, who) if a.portrait]


def on_paper(desk: Desk, who: str, code: str = "register.training") -> Image.Image | None:
    form = printing.form(code)
    (subject,) = printing.subjects(desk, form, [who], {})
    data = printing.sheet(subject, form).pictures.get("photo")
    return Image.open(BytesIO(data)) if data else None


def test_one_at_most_counts_and_each_step_can_be_undone(desk: Desk, who: str) -> None:
    one, two = attached(desk, who, "teal"), attached(desk, who, "gold")
    assert marked(desk, who) == []
    attachments.set_portrait(desk, one.id)
    attachments.set_portrait(desk, two.id)
    assert marked(desk, who) == ["gold.jpg"]
    undo.undo(desk)
    assert marked(desk, who) == ["teal.jpg"]
    undo.redo(desk)
    attachments.set_portrait(desk, one.id, on=False)
    assert marked(desk, who) == ["gold.jpg"], "what is not the portrait is not taken away"
    attachments.set_portrait(desk, two.id, on=False)
    assert marked(desk, who) == []
    steps = len(desk.store.steps)
    attachments.set_portrait(desk, two.id, on=False)
    assert len(desk.store.steps) == steps, "nothing to undo where nothing was done"


def test_attached_as_the_portrait_is_one_step(desk: Desk, who: str) -> None:
    made = attachments.add(desk, "person", who, "王小雁.jpg", photo(), portrait=True)
    assert made.portrait
    undo.undo(desk)
    assert attachments.of_person(desk, who) == []
    assert people.must_get(desk, who).portrait_id is None


def test_what_is_no_picture_of_the_persons_own_is_refused_before_it_is_attached(desk: Desk, who: str) -> None:
    visit = contacts.add(desk, who, {"on": Cell.of("2026-11-20"), "way": Cell.of("visit"), "text": Cell.of("在家")}).id
    with pytest.raises(RuleError, match="PDF 不能设为证件照"):
        attachments.add(desk, "person", who, "扫描.pdf", b"%PDF-1.4 invented", portrait=True)
    with pytest.raises(RuleError, match="只有人员自己的附件"):
        attachments.add(desk, "contact", visit, "合影.jpg", photo(), portrait=True)
    assert attachments.of_person(desk, who) == []
    group = attachments.add(desk, "contact", visit, "合影.jpg", photo())
    assert not group.may_be
    with pytest.raises(RuleError, match="只有人员自己的附件"):
        attachments.set_portrait(desk, group.id)


def test_a_removed_portrait_takes_its_mark_along_and_brings_it_back(desk: Desk, who: str) -> None:
    made = attachments.add(desk, "person", who, "王小雁.jpg", photo(), portrait=True)
    attachments.remove(desk, made.id)
    assert people.must_get(desk, who).portrait_id is None
    undo.undo(desk)
    assert marked(desk, who) == ["王小雁.jpg"]


@pytest.mark.parametrize("code", ["register.training", "apply.title"])
def test_a_paper_prints_it_upright_small_and_without_what_the_camera_wrote(desk: Desk, who: str, code: str) -> None:
    item = next(i for i in requests.items(desk) if "apply.title" in i.forms)
    answers = {f.name: item.sample[f.name] for f in item.fields if f.required}
    subject = who if code == "register.training" else requests.submit(desk, who, item.code, {"text": Cell.of("申报")}, answers=answers).id
    assert on_paper(desk, subject, code) is None
    attachments.add(desk, "person", who, "手机.jpg", photo("teal", (1400, 1000), turned=6), portrait=True)
    image = on_paper(desk, subject, code)
    assert image is not None
    assert image.size == (429, 600), "held sideways, it stands; as it was in its proportions"
    assert image.mode == "RGB"
    assert not image.getexif()
    assert b"/DCTDecode" in printing.preview(desk, code, [subject])


def test_a_clear_ground_is_white_on_paper(desk: Desk, who: str) -> None:
    out = BytesIO()
    Image.new("RGBA", (60, 80), (0, 0, 0, 0)).save(out, "PNG")
    attachments.add(desk, "person", who, "透明.png", out.getvalue(), portrait=True)
    image = on_paper(desk, who)
    assert image is not None
    assert image.getpixel((30, 40)) == (255, 255, 255)


def test_what_cannot_be_read_leaves_the_frame_with_its_words(desk: Desk, who: str) -> None:
    before = printing.preview(desk, "register.training", [who])
    attachments.add(desk, "person", who, "坏.jpg", photo()[:200], portrait=True)
    assert on_paper(desk, who) is None
    assert printing.preview(desk, "register.training", [who]) == before
    (found,) = [o for o in origins.of_copy(desk, "register.training", [who], {}, 0) if o.label == "证件照"]
    assert (found.text, found.source) == ("坏.jpg", "图片打不开，框内空着；请换一张")


def test_the_sources_say_that_it_is_lacking_and_then_where_it_is_from(desk: Desk, who: str) -> None:
    def source() -> origins.Origin:
        (found,) = [o for o in origins.of_copy(desk, "register.training", [who], {}, 0) if o.label == "证件照"]
        return found

    assert (source().state, source().entity, source().record_id) == ("u", "person", who)
    attachments.add(desk, "person", who, "王小雁.jpg", photo(), portrait=True)
    assert (source().state, source().text, source().source) == ("k", "王小雁.jpg", "人员的附件")


def test_a_paper_is_printed_again_with_the_photo_that_it_had(desk: Desk, who: str) -> None:
    made = attachments.add(desk, "person", who, "王小雁.jpg", photo(), portrait=True)
    out = desk.folder / "报名表.pdf"
    printing.issue(desk, "register.training", [who], out)
    attachments.remove(desk, made.id)
    (paper,) = printed.latest(desk)
    assert b"/DCTDecode" in printed.look_again(desk, [paper.id])
    assert b"/DCTDecode" not in printing.preview(desk, "register.training", [who])


def test_a_file_of_somebody_else_is_nobodys_portrait(desk: Desk, who: str) -> None:
    """Whatever a peer may have written into the field."""
    other = person(desk, "李四")
    foreign = attached(desk, other)
    people.save(desk, who, {"portrait_id": Cell.of(foreign.id)})
    assert attachments.portrait(desk, people.must_get(desk, who)) is None
    assert on_paper(desk, who) is None
    assert marked(desk, other) == []


def test_two_files_of_one_person_keep_the_portrait_that_there_is(desk: Desk, who: str) -> None:
    other = person(desk, "王小燕")
    attachments.add(desk, "person", other, "小燕.jpg", photo(), portrait=True)
    choice = next(c for c in merging_people.plan(desk, who, other).choices if c.field == "portrait_id")
    assert (choice.label, choice.gone, choice.takes) == ("证件照", "附件 小燕.jpg", "gone")
    merging_people.merge(desk, who, other)
    assert marked(desk, who) == ["小燕.jpg"]
    assert on_paper(desk, who) is not None
    undo.undo(desk)
    assert (marked(desk, who), marked(desk, other)) == ([], ["小燕.jpg"])


def test_it_travels_and_the_frame_waits_for_its_bytes(joined: DeskFactory) -> None:
    town, village, county = joined(TOWNSHIP), joined(VILLAGE, "王村"), joined(COUNTY, "赵县")
    who = person(village)
    made = attachments.add(village, "person", who, "王小雁.jpg", photo(), portrait=True)
    sync(village)
    transfer(village)
    sync(town, county)
    for desk, may in ((town, True), (county, False)):
        (there,) = attachments.of_person(desk, who)
        assert (there.state, there.portrait, there.may_be) == ("away", True, may)
        assert on_paper(desk, who) is None
    (source,) = [o for o in origins.of_copy(town, "register.training", [who], {}, 0) if o.label == "证件照"]
    assert "还没有取到本机" in source.source
    fetch(town, made.id)
    assert on_paper(town, who) is not None
    with pytest.raises(RuleError, match="证件照由登记机构（乡镇或村）填写"):
        attachments.set_portrait(county, made.id, on=False)
    attachments.set_portrait(town, made.id, on=False)
    sync(town, village)
    assert marked(village, who) == []


def test_two_offices_that_choose_differently_see_both_photos_by_name(joined: DeskFactory) -> None:
    town, village = joined(TOWNSHIP), joined(VILLAGE, "王村")
    who = person(village)
    sync(village, town)
    attachments.add(town, "person", who, "镇里拍.jpg", photo("gold"), portrait=True)
    attachments.add(village, "person", who, "村里拍.jpg", photo("teal"), portrait=True)
    sync(town, village, town)
    (clash,) = conflicts.open_list(town)
    assert (clash.label, clash.kept, clash.other) == ("证件照", "附件 镇里拍.jpg", "附件 村里拍.jpg")
    conflicts.settle(town, clash.id, "other")
    sync(town, village)
    assert marked(town, who) == marked(village, who) == ["村里拍.jpg"]
