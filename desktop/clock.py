"""How far this PC's clock is off, in words. Without Qt, so that the command line says the same as the window."""

from __future__ import annotations

from collections.abc import Callable


def clock_words(off: int, tr: Callable[[str], str] = str) -> str:
    """off: seconds by which this PC's clock is fast, negative when it is slow. tr: how the caller translates."""
    size = abs(off)
    if size < 2 * 3600:
        length = tr("{0} 分钟").format(size // 60)
    elif size < 2 * 86400:
        length = tr("{0} 小时").format(size // 3600)
    else:
        length = tr("{0} 天").format(round(size / 86400))
    return (tr("本机时钟快了 {0}，请校准") if off > 0 else tr("本机时钟慢了 {0}，请校准")).format(length)
