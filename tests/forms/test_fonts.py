"""The shipped fonts: there, licensed, and covering what a product for government service must print."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

import forms
from forms.errors import FontFileError
from forms.typeset import chains
from forms.typeset.sfnt import Face, open_face
from resources import fonts

RARE = "赵㛃钱䶮孙𬘫李𬭎周𫖯吴𬀩郑𠅤王𡋾"


@pytest.mark.parametrize("face", fonts.FACES)
def test_every_face_is_shipped_named_in_the_notice_and_covered_by_a_licence(face: str) -> None:
    folder = fonts.path(face).parent
    assert open_face(fonts.path(face)).em in (1000, 1024, 2048)
    notice = (folder / "NOTICE").read_text(encoding="utf-8")
    section = next(part for part in notice.split("\n\n") if face in part)
    licence = next(word.rstrip(";.") for word in section.split() if word.startswith("LICENCE-"))
    assert (folder / licence).stat().st_size > 1000


def test_every_font_file_is_listed() -> None:
    folder = fonts.path(fonts.FANG).parent
    assert {p.name for p in folder.glob("*.ttf")} == set(fonts.FACES)
    with pytest.raises(KeyError):
        fonts.path("../secret.ttf")


def test_all_hanzi_of_gb18030_level_3_are_drawn() -> None:
    ranges = ((0x4E00, 0x9FEF), (0x3400, 0x4DB5), (0x20000, 0x2A6D6), (0x2A700, 0x2B734), (0x2B740, 0x2B81D),
              (0x2B820, 0x2CEA1), (0x2CEB0, 0x2EBE0), (0x3007, 0x3007))  # fmt: skip
    hanzi = [chr(c) for a, b in ranges for c in range(a, b + 1)]
    assert len(hanzi) >= 87_875
    assert forms.missing(hanzi) == ()


@pytest.mark.parametrize("chain", sorted(chains.CHAINS))
def test_each_chain_draws_the_rare_names_and_the_usual_ones_in_its_own_face(chain: str) -> None:
    own = chains.chain_files(chain)[0]
    usual = chains.find("赵", chain)
    assert usual is not None
    assert usual[0].path == own
    for c in RARE:
        found = chains.find(c, chain)
        assert found is not None
        face, gid = found
        assert len(face.outline(gid)) > 20


def test_coverage_means_an_outline() -> None:
    hana = open_face(fonts.path(fonts.HANA))
    assert hana.gid("中") == 0
    assert hana.gid("𡋾") > 0
    assert open_face(fonts.path(fonts.FANG)).gid(" ") > 0  # a blank is rightly drawn as nothing


def test_missing_characters_are_named_once_in_order() -> None:
    assert forms.missing(["赵㛃\U0010fffd", "\ue000中😀\ue000"]) == ("\U0010fffd", "\ue000", "😀")
    assert forms.missing(["㐀\u200b\ufeff\u3000\n", "葛\U000e0100"]) == ()


def test_a_subset_is_a_font_with_the_same_outlines(tmp_path: Path) -> None:
    face = open_face(fonts.path(fonts.KAI))
    gids = [0, face.gid("返"), face.gid("乡")]
    file = tmp_path / "part.ttf"
    file.write_bytes(face.subset(gids))
    part = TTFont(file)
    whole = TTFont(fonts.path(fonts.KAI))
    for new, old in enumerate(gids):
        ours, theirs = part.getGlyphName(new), whole.getGlyphName(old)
        assert (
            part["glyf"][ours].getCoordinates(part["glyf"])[0] == whole["glyf"][theirs].getCoordinates(whole["glyf"])[0]
        )
        assert part["hmtx"][ours] == whole["hmtx"][theirs]


def composite_font(file: Path, embedding: int = 0) -> None:
    """A font of an office's own: á is put together of a and an accent. None of the shipped ones has such glyphs."""
    pens = {}
    for name, left in (("a", 0), ("acute", 300)):
        pen = TTGlyphPen(None)
        pen.moveTo((left, 0))
        for point in ((left, 500), (left + 100, 500), (left + 100, 0)):
            pen.lineTo(point)
        pen.closePath()
        pens[name] = pen.glyph()
    both = TTGlyphPen({"a": None, "acute": None})
    both.addComponent("a", (1, 0, 0, 1, 0, 0))
    both.addComponent("acute", (1, 0, 0, 1, 20, 300))
    glyphs = {".notdef": TTGlyphPen(None).glyph(), **pens, "aacute": both.glyph()}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([*glyphs])
    builder.setupCharacterMap({0x61: "a", 0xE1: "aacute", 0xE000: "acute", 0x62: ".notdef"})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupOS2(fsType=embedding)
    builder.setupPost()
    builder.save(file)


def test_composite_glyphs_keep_their_parts(tmp_path: Path) -> None:
    file = tmp_path / "own.ttf"
    composite_font(file)
    face = Face(file)
    part_file = tmp_path / "part.ttf"
    part_file.write_bytes(face.subset([0, face.gid("á")]))
    part, whole = TTFont(part_file), TTFont(file)
    assert part["maxp"].numGlyphs == 4
    ours = part["glyf"][part.getGlyphName(1)].getCoordinates(part["glyf"])[0]
    assert len(ours) == 8
    assert ours == whole["glyf"]["aacute"].getCoordinates(whole["glyf"])[0]


def test_an_empty_glyph_is_no_coverage_and_a_private_character_is_drawn_by_the_office_only(tmp_path: Path) -> None:
    file = tmp_path / "own.ttf"
    composite_font(file)
    assert Face(file).gid("b") == 0
    assert forms.missing("\ue000") == ("\ue000",)
    assert forms.missing("\ue000", {chains.FANG: file}) == ()
    assert chains.find("\ue000", chains.FANG, file) is not None


def test_a_font_that_forbids_embedding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "禁.ttf"
    composite_font(file, embedding=2)
    with pytest.raises(FontFileError, match="嵌入"):
        Face(file)


def test_a_file_that_is_no_font_is_refused_in_words(tmp_path: Path) -> None:
    for name, content in {"空.ttf": b"", "坏.ttf": b"\0\1\0\0 not a font", "cff.otf": b"OTTO" + bytes(60)}.items():
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(FontFileError) as caught:
            Face(file)
        assert name in caught.value.sentence
    with pytest.raises(FontFileError):
        Face(tmp_path / "none.ttf")
