"""What can be wrong with a print, with a stable code and a Chinese sentence for the person at the desk.

forms is a leaf, so these do not derive from models.errors; the printing service passes code and sentence on.
"""

from __future__ import annotations

from collections.abc import Iterable


class FormError(Exception):
    """code: lower-case words joined by dots; sentence: Chinese, complete."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class MissingGlyph(FormError):
    """No font of any chain can draw these characters, so nothing was printed. characters: each once, in order."""

    def __init__(self, characters: Iterable[str]) -> None:
        self.characters = tuple(characters)
        named = "、".join(f"“{c}”（U+{ord(c):04X}）" for c in self.characters)
        super().__init__(
            "print.missing_glyph", f"字库里没有这些字：{named}。为防止漏字，没有打印；请核对该字，或加装含有它的字体。"
        )


class FontFileError(FormError):
    """A font file chosen by the office cannot be used."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            "print.font_file", f"字体文件“{name}”不能用：{reason}。请在打印设置里另选一个，或改回自带字体。"
        )


class PrintStopped(FormError):
    """The user stopped the print; no file was made."""

    def __init__(self) -> None:
        super().__init__("print.stopped", "已停止打印，没有生成文件。")
