"""Attachments between desks and a real server over HTTPS: only what is lacking travels, and nothing opens by its hash."""

from __future__ import annotations

import os

from models.services import attachments, carrying
from models.sync.files import PART
from tests.conftest import COUNTY, VILLAGE
from tests.models.sync.conftest import Field, ask, person, sync

JPG = b"\xff\xd8\xff"


def photo(size: int = 3 * PART + 1000) -> bytes:
    """A file of random bytes that begins like a photo."""
    return JPG + os.urandom(size - len(JPG))


def test_from_a_village_to_the_county_and_the_bureau(either: Field) -> None:
    village, county = either.desk(VILLAGE), either.desk(COUNTY, "赵县")
    request, data = ask(village, person(village)), photo()
    made = attachments.add(village, "request", request.id, "身份证.jpg", data)
    assert attachments.waiting(village) == (1, len(data))
    assert carrying.transfer(village).sent == 0, "its record is not at the county yet"
    sync(village)
    moved = carrying.transfer(village)
    assert (moved.sent, moved.bytes) == (1, len(data))
    assert attachments.waiting(village) == (0, 0)
    assert attachments.get(village, made.id).state == "sent"
    sync(county)
    (seen,) = attachments.of_owner(county, request.id)
    assert (seen.title, seen.state, seen.ours) == ("身份证.jpg", "away", False)
    assert attachments.read(county, seen.id) is None
    assert carrying.fetch(county, seen.id) == data
    assert attachments.get(county, seen.id).state == "here"
    assert attachments.read(county, seen.id) == data
