"""Fonts, style sheet and tinted icons, from resources/."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QLibraryInfo, QRectF, QSize, Qt, QTranslator
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from resources import fonts, icons, theme

_STATE: dict[str, object] = {"tokens": theme.LIGHT, "scale": 1.0}


def tokens() -> theme.Tokens:
    found = _STATE["tokens"]
    assert isinstance(found, theme.Tokens)
    return found


def dress(app: QApplication, *, dark: bool = False, scale: float = 1.0) -> None:
    """Fusion with the theme's tokens; our own fonts, so that every name shows on a PC with none."""
    _STATE.update(tokens=theme.DARK if dark else theme.LIGHT, scale=scale)
    if not app.property("dressed"):
        for face in (fonts.SANS, fonts.SANS_BOLD, fonts.HANA):
            QFontDatabase.addApplicationFont(str(fonts.path(face)))
        translator = QTranslator(app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if translator.load("qtbase_zh_CN", folder):  # by its file's name: making Qt's QLocale takes 10 ms
            app.installTranslator(translator)
        app.setProperty("dressed", True)
    app.setStyle("Fusion")
    font = QFont()
    font.setFamilies(["Noto Sans SC", "HanaMinB"])
    font.setPixelSize(round(14 * scale))
    app.setFont(font)
    colours, palette = tokens(), QPalette()
    roles = {
        QPalette.ColorRole.Window: colours.window, QPalette.ColorRole.Base: colours.surface, QPalette.ColorRole.AlternateBase: colours.raised,
        QPalette.ColorRole.Text: colours.text, QPalette.ColorRole.WindowText: colours.text, QPalette.ColorRole.Button: colours.surface,
        QPalette.ColorRole.ButtonText: colours.text, QPalette.ColorRole.Highlight: colours.selection,
        QPalette.ColorRole.HighlightedText: colours.on_selection, QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.ToolTipBase: colours.raised, QPalette.ColorRole.ToolTipText: colours.text, QPalette.ColorRole.Link: colours.accent,
    }  # fmt: skip
    for role, colour in roles.items():
        palette.setColor(role, QColor(colour))
    app.setPalette(palette)
    app.setStyleSheet(theme.qss(colours, scale))
    icon.cache_clear()


@lru_cache(maxsize=256)
def icon(name: str, colour: str = "") -> QIcon:
    """An icon of the set in a token's colour (the text's when '')."""
    from PySide6.QtSvg import QSvgRenderer  # not needed for the first window

    made = QIcon()
    for mode, tint in ((QIcon.Mode.Normal, colour or tokens().text), (QIcon.Mode.Disabled, tokens().muted)):
        renderer = QSvgRenderer(QByteArray(icons.svg(name).replace(b"currentColor", tint.encode())))
        for size in (16, 20, 24, 32, 48):
            pixmap = QPixmap(QSize(size, size))
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            renderer.render(painter, QRectF(0, 0, size, size))
            painter.end()
            made.addPixmap(pixmap, mode)
    return made


def mark_invalid(widget: QWidget, on: bool) -> None:
    """The border of what has to be mended; the sentence under it says why."""
    if bool(widget.property("invalid")) is not on:
        widget.setProperty("invalid", on)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def fit(window: QWidget, width: int, height: int) -> None:
    """A window's first size: the one wished for, or what a smaller screen (a large type makes it one) has room for."""
    room = window.screen().availableSize()
    window.resize(min(width, room.width()), min(height, room.height() - px(32)))  # its title bar stands above it


def px(size: int) -> int:
    """A length that grows with the chosen type size."""
    scale = _STATE["scale"]
    assert isinstance(scale, float)
    return round(size * scale)
