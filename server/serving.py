"""uvicorn over TLS with the certificate that the tickets pin."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import tempfile
from pathlib import Path

import uvicorn

from models.base import utc_now
from models.errors import KnownError, reason
from models.store.unit import Store
from models.sync import enrol, files, parts
from server.app import make_app
from server.patience import FAREWELL, LIMIT, PatientProtocol, listen


class _Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Whoever has not finished by the end of FAREWELL is let go: uvicorn leaves such a line open under a server that is gone."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # the line is closed in the next turn of the loop


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
    return _Server(config)


def _not_listening(host: str, port: int, error: OSError) -> KnownError:
    if error.errno == errno.EADDRINUSE:
        return KnownError("port.taken", f"端口 {port} 已被占用，服务没有启动。请换一个端口，或关闭占用它的程序。")
    if error.errno in (errno.EACCES, errno.EPERM):
        return KnownError("port.right", f"没有权限使用端口 {port}，服务没有启动。1024 以下的端口归管理员，请换一个，如 8443。")
    return KnownError("port.host", f"不能在 {host} 上监听：{reason(error)}，服务没有启动。请核对 --host。")


def serve(store: Store, own: enrol.ServerKeys, host: str, port: int) -> None:
    """Run until interrupted. Raises KnownError when the port is taken."""
    try:
        listener = listen(host, port)
    except OSError as e:
        raise _not_listening(host, port, e) from e
    with store.transaction() as conn:
        parts.sweep(conn, utc_now() - files.KEPT)
    server = make_server(store, own, host, port)
    print(f"县级服务器已启动：https://{host}:{port}", flush=True)
    server.run([listener])
