"""Pinyin of people's names for searching: toneless lower-case ASCII, surnames read as surnames.

pypinyin has no surname mode and reads 单 as dan and 仇 as chou; the table below mends that. Because half of the clerks
type the common misreading too, it is kept as an alternative.

Half of GB 18030 level 3 has a reading in no dictionary, and whoever bears such a character knows one: it is kept as it is,
may be passed over (wangming finds 王𡋾明), and among the initials any letter may stand for it (wgm).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice, product
from pathlib import Path

import msgspec

# Surname → its readings as a surname, first the right one; those of a double surname
# parted by a blank. Source: the readings that dictionaries of modern Chinese mark 姓.
SURNAMES: dict[str, tuple[str, ...]] = {
    "单": ("shan",), "仇": ("qiu",), "解": ("xie",), "查": ("zha",), "盖": ("ge", "gai"), "曾": ("zeng",),
    "区": ("ou",), "乐": ("yue", "le"), "卜": ("bu",), "都": ("du",), "重": ("chong",), "朴": ("piao", "pu"),
    "翟": ("zhai", "di"), "缪": ("miao",), "纪": ("ji",), "任": ("ren",), "华": ("hua",), "宁": ("ning",),
    "尉": ("wei",), "洗": ("xian",), "冼": ("xian",), "召": ("shao",), "折": ("she",),
    "黑": ("he", "hei"), "逄": ("pang",), "员": ("yun",), "贠": ("yun",), "那": ("na",), "秘": ("bi",),
    "繁": ("po",), "瞿": ("qu",), "燕": ("yan",), "覃": ("qin", "tan"), "葛": ("ge",), "谌": ("chen", "shen"),
    "晁": ("chao",), "种": ("chong",), "祭": ("zhai",), "句": ("gou",), "牟": ("mu", "mou"),
    "晟": ("cheng",), "万": ("wan",), "隗": ("wei", "kui"), "应": ("ying",),
    "幺": ("yao",), "过": ("guo",), "藏": ("zang",), "哈": ("ha",), "阚": ("kan",), "郗": ("xi", "chi"), "訾": ("zi",),
    "郇": ("xun", "huan"), "褚": ("chu",), "适": ("kuo", "shi"),
    "教": ("jiao",), "撒": ("sa",), "长": ("chang",), "称": ("chen",), "乜": ("nie",), "佴": ("nai",), "薄": ("bo",),
    "镡": ("tan", "chan"), "粘": ("nian",), "颉": ("xie",), "么": ("yao",), "逢": ("pang", "feng"), "蔚": ("yu", "wei"),
    "炅": ("gui",),
    "尉迟": ("yu chi",), "长孙": ("zhang sun",), "万俟": ("mo qi",), "澹台": ("tan tai",), "单于": ("chan yu",),
    "令狐": ("ling hu",), "宰父": ("zai fu",), "鲜于": ("xian yu",), "夏侯": ("xia hou",), "皇甫": ("huang fu",),
    "呼延": ("hu yan",), "欧阳": ("ou yang",), "上官": ("shang guan",), "司马": ("si ma",), "诸葛": ("zhu ge",),
    "东方": ("dong fang",), "慕容": ("mu rong",), "司徒": ("si tu",), "公孙": ("gong sun",), "端木": ("duan mu",),
    "百里": ("bai li",), "独孤": ("du gu",), "南宫": ("nan gong",), "轩辕": ("xuan yuan",), "宇文": ("yu wen",),
    "乐正": ("yue zheng",), "拓跋": ("tuo ba",), "钟离": ("zhong li",), "濮阳": ("pu yang",), "淳于": ("chun yu",),
    "申屠": ("shen tu",), "赫连": ("he lian",), "司空": ("si kong",), "西门": ("xi men",), "闻人": ("wen ren",),
}  # fmt: skip

# Given-name characters that are really read in two ways, with both readings; the first is the likelier in a name.
GIVEN: dict[str, tuple[str, ...]] = {
    "乐": ("le", "yue"), "长": ("chang", "zhang"), "行": ("xing", "hang"), "朝": ("chao", "zhao"),
    "重": ("chong", "zhong"), "晟": ("sheng", "cheng"), "茜": ("qian", "xi"), "曾": ("zeng", "ceng"),
    "贾": ("jia", "gu"), "会": ("hui", "kuai"), "传": ("chuan", "zhuan"), "合": ("he", "ge"), "奇": ("qi", "ji"),
    "调": ("tiao", "diao"),
    "单": ("dan", "shan"), "翟": ("zhai", "di"), "召": ("zhao", "shao"), "澄": ("cheng", "deng"),
    "沈": ("shen", "chen"), "俞": ("yu", "shu"), "尉": ("wei", "yu"), "省": ("sheng", "xing"), "强": ("qiang", "jiang"),
    "藏": ("cang", "zang"), "参": ("shen", "can"), "车": ("che", "ju"), "石": ("shi", "dan"),
    "柏": ("bai", "bo"),
    "盛": ("sheng", "cheng"),
}  # fmt: skip

_INITIALS = "abcdefghjklmnopqrstwxyz"  # with which a syllable may begin

# However many characters are read in two ways, an index row stays short.
_MOST = 8


@dataclass(frozen=True, slots=True)
class PinyinTokens:
    """full: zhangsan. given_full: san. surname: zhang. initials: zs. alternatives: other full readings and initials,
    among them the common misreading of the surname and what passes over an unread character, none equal to full or initials."""

    full: str
    given_full: str
    surname: str
    initials: str
    alternatives: tuple[str, ...] = ()

    def words(self) -> tuple[str, ...]:
        """Everything to index, each once."""
        return tuple(dict.fromkeys(w for w in (self.full, self.given_full, self.initials, *self.alternatives) if w))


def _plain(reading: str) -> str:
    """lǜ → lv (the key people type), zhāng → zhang."""
    kept = unicodedata.normalize("NFD", reading).replace("u\u0308", "v")
    return "".join(char for char in kept if char.isascii())


@lru_cache(maxsize=1)
def _readings() -> Mapping[str, str]:
    """The code point of a character in decimal digits → its readings, comma between."""
    # The table alone is read: importing its package loads the phrases too, which takes ten times as long.
    package = find_spec("pypinyin")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pypinyin")
    table = Path(package.origin).with_name("pinyin_dict.json").read_bytes()
    return msgspec.json.decode(table, type=dict[str, str])


@lru_cache(maxsize=30_000)
def read(char: str) -> str:
    """The first dictionary reading of one character; a letter or digit in lower case; else the character itself."""
    if char.isascii():
        return char.lower()
    found = _readings().get(str(ord(char)))
    return _plain(found.split(",")[0]) if found else char


def split(name: str) -> tuple[str, str]:
    """Surname and given name; a two-character surname counts only when a given name is left (欧阳 alone is 欧 + 阳)."""
    if len(name) > 2 and name[:2] in SURNAMES:
        return name[:2], name[2:]
    return name[:1], name[1:]


def _surname(text: str) -> tuple[tuple[str, ...], ...]:
    """Readings of a surname as tuples of syllables, first the right one, last the dictionary's own misreading."""
    known = SURNAMES.get(text, ())
    default = tuple(read(char) for char in text)
    return tuple(dict.fromkeys((*(tuple(way.split()) for way in known), default)))


def tokens(name: str) -> PinyinTokens:
    """The pinyin of a person's name (as models.types.names.normalise leaves it); blanks and dots are passed over."""
    return _tokens("".join(char for char in name if not char.isspace() and char not in "·-'"))


@lru_cache(maxsize=4_096)
def _tokens(name: str) -> PinyinTokens:
    surname, given = split(name)
    heads = _surname(surname)
    ways = [GIVEN.get(char) or (read(char),) for char in given]
    first, *others = islice(_spellings(heads, ways), _MOST)
    full, initials = _join(first)
    more = dict.fromkeys(word for other in others for word in _join(other))
    more.update(dict.fromkeys(_without_reading(first)))
    head = len(heads[0])
    return PinyinTokens(
        full,
        "".join(first[head:]),
        "".join(first[:head]),
        initials,
        tuple(word for word in more if word not in (full, initials)),
    )


def _spellings(heads: tuple[tuple[str, ...], ...], ways: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    for given in product(*ways):
        for head in heads:
            yield (*head, *given)


def _without_reading(syllables: tuple[str, ...]) -> Iterator[str]:
    """What else may be typed for a name with a character that no dictionary reads; for two of them no letter is guessed."""
    unread = [n for n, syllable in enumerate(syllables) if not syllable.isascii()]
    known = tuple(s for s in syllables if s.isascii())
    if unread and known:
        yield from _join(known)
    if known and len(unread) == 1:
        before, after = _join(syllables[: unread[0]])[1], _join(syllables[unread[0] + 1 :])[1]
        yield from (before + letter + after for letter in _INITIALS)


def _join(syllables: tuple[str, ...]) -> tuple[str, str]:
    return "".join(syllables), "".join(syllable[:1] for syllable in syllables)


def place(name: str) -> tuple[str, str]:
    """Full pinyin and initials of a place or a firm, character by character: no surname is looked for."""
    syllables = tuple(read(char) for char in name if not char.isspace())
    return _join(syllables)
