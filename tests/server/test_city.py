"""A county's server as a device of the city's, over real HTTPS: village desk, county, city, city desk, and down again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.base import local_date
from models.services import people, publishing, requests
from models.services.desk import Desk
from models.store import audit
from models.sync import client, uplink
from server import uplinking
from tests.conftest import COUNTY, VILLAGE, County, DeskFactory, enrolled
from tests.models.sync.conftest import ask, person, sync

CITY, ELSEWHERE = "411400000000", "411422000000"
ID_NUMBER, PHONE, BANK = "411424198503050015", "13900000001", "6228480000000000001"
TODAY = local_date()


class Realm:
    """A city's server and servers of its counties, each with its desks."""

    def __init__(self, city: County, folder: Path, factory: DeskFactory) -> None:
        self.city, self._folder, self._factory = city, folder, factory
        self.counties: list[County] = []

    def county(self, office: str = COUNTY) -> County:
        folder = self._folder / f"county{len(self.counties)}"
        folder.mkdir()
        made = County(folder, f"sqlite:///{folder / 'county.db'}")
        made.start()
        self.counties.append(made)
        uplinking.join(made.store, made.own, self.city.ticket(office, "server"))
        return made

    def desk(self, server: County, office: str, account: str = "李经办") -> Desk:
        return enrolled(self._factory(office, account), server)

    def up(self, county: County) -> None:
        assert uplinking.once(county.store), uplink.status(county.store)


@pytest.fixture
def realm(either_county: County, tmp_path: Path, desk_factory: DeskFactory) -> Iterator[Realm]:
    made = Realm(either_county, tmp_path, desk_factory)
    yield made
    for county in made.counties:
        county.stop()
        county.store.close()


def status(county: County) -> uplink.Status:
    found = uplink.status(county.store)
    assert found is not None
    return found


def test_a_request_of_a_village_is_seen_by_the_city_and_an_amendment_comes_down(realm: Realm) -> None:
    county = realm.county()
    village, above = realm.desk(county, VILLAGE, "王村"), realm.desk(realm.city, CITY, "周市")
    who = person(village, id_number=ID_NUMBER, phone=PHONE, bank_account=BANK)
    case = ask(village, who)
    requests.act(village, case.id, "accept")
    sync(village)
    assert status(county).unsaid > 0
    assert status(county).receipt == ""
    realm.up(county)
    sync(above)
    seen = people.must_get(above, case.id, "request")
    assert (seen.values["text"], seen.values["state"], seen.village) == ("想办小额贷款", "accepted", VILLAGE)
    told = people.must_get(above, who)
    assert (told.values["name"], told.meta["office"], told.meta["county"]) == ("王小雁", VILLAGE, COUNTY[:6])
    assert [told.values[n] for n in ("id_number", "phone", "bank_account")] == [None, None, None]
    assert (status(county).unsaid, status(county).pending, status(county).refused, status(county).trouble) == (0, 0, 0, "")
    # Down: the city publishes, the county's server takes it over, and its village has it.
    publishing.amend_figures(above, "request.help", TODAY.isoformat(), {"days": 2, "ground": "市专班〔2026〕1号"})
    assert sync(above)[0].exceptions == {}
    realm.up(county)
    sync(village)
    assert next(i.clock.days for i in requests.items(village, TODAY) if i.code == "request.help") == 2
    realm.up(county)
    for store in (county.store, realm.city.store):
        with store.read() as conn:
            assert list(audit.verify(conn)) == []
    with county.store.read() as conn:
        assert client.verify_receipts(conn, realm.city.own.public) == []
