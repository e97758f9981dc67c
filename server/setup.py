"""A server's database and keys, made on first use."""

from __future__ import annotations

from models.store.opening import open_server
from models.store.unit import Identity, Store
from models.sync import enrol, holding

# The server itself writes only conflicts; their office is the whole city's, so that no county is favoured.
OWN_OFFICE = "411400000000"


def prepare(url: str, host: str) -> tuple[Store, enrol.ServerKeys]:
    """Open (create, migrate) the database and its keys, and try again what an earlier release had to hold.

    host: the name that the certificate is made for.
    """
    store = open_server(url)
    with store.transaction() as conn:
        own = enrol.server_keys(conn, host)
    store.identity = Identity(device=own.id, office=OWN_OFFICE)
    holding.release(store)
    return store, own
