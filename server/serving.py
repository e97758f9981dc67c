"""uvicorn over TLS with the certificate that the tickets pin."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import uvicorn

from models.base import utc_now
from models.errors import KnownError
from models.store.unit import Store
from models.sync import enrol, files, parts
from server.app import make_app
from server.patience import FAREWELL, LIMIT, PatientProtocol, listen


def make_server(store: Store, own: enrol.ServerKeys, host: str, port: int) -> uvicorn.Server:
    """A uvicorn server ready to run. ssl wants files: they live for the length of this call, readable by us alone."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        certificate.write_text(own.certificate)
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
            f.write(own.certificate_key)
        config = uvicorn.Config(
            make_app(store, own), host=host, port=port, log_level="warning", access_log=False,
            ssl_certfile=str(certificate), ssl_keyfile=str(key), timeout_keep_alive=30, limit_concurrency=LIMIT,
            http=PatientProtocol, timeout_graceful_shutdown=FAREWELL,
        )  # fmt: skip
        config.load()
    return uvicorn.Server(config)


def serve(store: Store, own: enrol.ServerKeys, host: str, port: int) -> None:
    """Run until interrupted. Raises KnownError when the port is taken."""
    try:
        listener = listen(host, port)
    except OSError as e:
        raise KnownError("port.taken", f"端口 {port} 已被占用，服务没有启动。请换一个端口，或关闭占用它的程序。") from e
    with store.transaction() as conn:
        parts.sweep(conn, utc_now() - files.KEPT)
    server = make_server(store, own, host, port)
    print(f"县级服务器已启动：https://{host}:{port}", flush=True)
    server.run([listener])
