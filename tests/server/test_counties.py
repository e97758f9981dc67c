"""What `guiyan-server status` says on a city's server: each county's changes and last receipt, and no record of any."""

from __future__ import annotations

import json

import pytest

from server import cli, devices
from server.counties import counties
from server.uplinking import join
from tests.conftest import COUNTY, VILLAGE
from tests.models.sync.conftest import change, person, sync
from tests.server.test_city import ELSEWHERE, PHONE, Realm, realm

__all__ = ["realm"]


def test_the_city_sums_up_what_each_county_has_sent(realm: Realm, capsys: pytest.CaptureFixture[str]) -> None:
    assert counties(realm.city.store) == []
    one = realm.county()
    realm.county(ELSEWHERE)
    village = realm.desk(one, VILLAGE, "王村")
    who = person(village, phone=PHONE)
    sync(village)
    assert [c.changes for c in counties(realm.city.store)] == [0, 0]
    realm.up(one)
    change(village, who, name="王大雁")
    sync(village)
    realm.up(one)
    far, near = counties(realm.city.store)
    assert (far.office, far.changes, far.receipt) == (ELSEWHERE, 0, "")
    assert (near.office, near.changes, near.refused, near.held, near.devices) == (COUNTY, 2, 0, 0, 1)
    assert near.receipt
    assert cli.main(["status", "--db", realm.city.url]) == 0
    said = capsys.readouterr().out
    assert "还没有上报过。" in said
    assert "给过 2 条变更的回执，最近一次 20" in said
    assert "没有接入市级" not in said
    assert not any(x in said for x in ("王大雁", PHONE))
    assert cli.main(["status", "--db", realm.city.url, "--json"]) == 0
    assert [c["changes"] for c in json.loads(capsys.readouterr().out)["counties"]] == [0, 2]


def test_a_county_that_joined_anew_is_counted_once_and_one_that_was_shut_out_is_named(realm: Realm) -> None:
    one = realm.county()
    village = realm.desk(one, VILLAGE, "王村")
    person(village)
    sync(village)
    realm.up(one)
    first = next(d.id for d in devices.listed(realm.city.store))
    devices.revoke(realm.city.store, first)
    assert counties(realm.city.store)[0].sentence.endswith("；已停用。")
    join(one.store, one.own, realm.city.ticket(COUNTY, "server"))
    realm.up(one)
    (found,) = counties(realm.city.store)
    assert (found.changes, found.devices, found.revoked) == (1, 2, False)
    assert "重新接入过 1 次" in found.sentence
