"""One program at a time: a lock that the system takes back from whoever holds it, however that one ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def held(file: Path) -> Iterator[bool]:
    """Hold the lock that an empty file stands for; False when another program has it. A disk that knows no locks, or takes no
    file, holds nobody up: there it is True."""
    try:
        number = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        yield True
        return
    try:
        yield _locked(number)
    finally:
        _let_go(number)
        os.close(number)


def _let_go(number: int) -> None:
    """By word: a program that is just being started has the file open as well, and would keep the lock."""
    if sys.platform != "win32":
        import fcntl

        with suppress(OSError):
            fcntl.flock(number, fcntl.LOCK_UN)


def _locked(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # what Linux and Windows say of one that is held
        return False
    except OSError:
        pass
    return True
