"""What the log is told of refusals: a line each, of nobody's data and of no record, and never so many that they fill a disk."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable

from starlette.requests import Request

from models.base import stamp

_LOG = logging.getLogger("uvicorn.error")
MOST, MOST_OF_ONE = 60, 5  # lines in a minute; of one code from one address
_MINUTE = 60.0
_EVERYDAY = ("server.busy", "session.over")  # the device comes again by itself: no news


class Refusals:
    """now: seconds that only go on."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, threading.Lock()
        self._began, self._seen, self._left = now(), Counter[tuple[str, str]](), 0

    def tell(self, code: str, request: Request) -> None:
        if code in _EVERYDAY:
            return
        peer = request.client.host if request.client else "-"
        with self._lock:
            if self._now() - self._began >= _MINUTE:
                if self._left:
                    _LOG.warning("refused: %s %d more, not listed", stamp(), self._left)
                self._began, self._left = self._now(), 0
                self._seen.clear()
            if self._seen.total() >= MOST or self._seen[code, peer] >= MOST_OF_ONE:
                self._left += 1
                return
            self._seen[code, peer] += 1
        _LOG.warning("refused: %s %s device=%s %s %s from=%s", stamp(), code, _device(request), request.method, _route(request), peer)


def _device(request: Request) -> str:
    return getattr(request.state, "device", "-")


def _route(request: Request) -> str:
    """The address as the routes spell it: ids that stand in it, and what somebody makes up, are not repeated."""
    return getattr(request.scope.get("route"), "path", "-")
