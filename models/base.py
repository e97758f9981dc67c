"""Identity, time and the hybrid logical clock: what every record and event is stamped with."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

# Legal dates are Chinese dates (UTC+8, no summer time); stored moments are UTC.
CHINA = timezone(timedelta(hours=8))


def new_id(now_ms: int | None = None) -> str:
    """A UUIDv7 (RFC 9562) as 32 lower-case hex digits: time-ordered, so that inserts stay local in an index."""
    ms = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    rand = int.from_bytes(os.urandom(10), "big")
    value = (ms & (1 << 48) - 1) << 80 | 0x7 << 76 | (rand >> 62 & 0xFFF) << 64 | 0b10 << 62 | rand & (1 << 62) - 1
    return f"{value:032x}"


def utc_now() -> datetime:
    return datetime.now(UTC)


def stamp(moment: datetime | None = None) -> str:
    """ISO 8601 in UTC with milliseconds and a Z: sorts as text, the same on every machine."""
    moment = moment or utc_now()
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def parse_stamp(text: str) -> datetime:
    """The moment of a stamp(); raises ValueError for anything else."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def local_date(moment: datetime | None = None) -> date:
    """The legal (Chinese) date of a moment."""
    return (moment or utc_now()).astimezone(CHINA).date()


class Clock:
    """A hybrid logical clock: 'wwwwwwwwwwww-cccc', milliseconds and a counter in hex, monotone on one device.

    It orders events of one device and hints at order between devices; no merge is ever decided by it alone.
    Kulkarni et al., Logical Physical Clocks (2014).
    """

    def __init__(self, wall: Callable[[], int] | None = None) -> None:
        self._wall = wall or (lambda: time.time_ns() // 1_000_000)
        self._lock = threading.Lock()
        self._ms = 0
        self._count = 0

    def tick(self) -> str:
        with self._lock:
            now = self._wall()
            if now > self._ms:
                self._ms, self._count = now, 0
            else:
                self._count += 1
            return f"{self._ms:012x}-{self._count:04x}"

    def seen(self, hlc: str, max_ahead_ms: int = 60_000) -> None:
        """Move past a remote stamp, but never follow a clock that runs more than max_ahead_ms before ours."""
        ms = int(hlc[:12], 16)
        with self._lock:
            if self._ms < ms <= self._wall() + max_ahead_ms:
                self._ms, self._count = ms, int(hlc[13:], 16)


def hlc_moment(hlc: str) -> datetime:
    """The wall-clock part of a hybrid stamp."""
    return datetime.fromtimestamp(int(hlc[:12], 16) / 1000, UTC)
