"""What the OpenAPI document says beyond what FastAPI sees: signed requests, their bodies, and no answer that is never given."""

from __future__ import annotations

from typing import Any

import msgspec
from fastapi import FastAPI, Response
from starlette.requests import Request
from starlette.routing import Match

ENVELOPE = "application/octet-stream"
_REFS = "#/components/schemas/{name}"
_BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
# docs/protocol.md, section 3: all three belong to one request.
_SIGNED = {
    "X-Session": "会话编号，由 /v1/hello 给出",
    "X-Count": "在会话里逐次增大的整数",
    "X-Signature": "Ed25519 签名，base64：SESSION COUNT METHOD TARGET SHA256(body)",
}
_TAKEN: dict[str, Any] = {}  # schemas that the bodies of signed requests point to


def signed_route(takes: Any = None, *, gives_bytes: bool = False) -> dict[str, Any]:
    """What a route that reads a signed request itself tells FastAPI. takes: bytes, or the type of the JSON it reads."""
    extra: dict[str, Any] = {"security": [{name: [] for name in _SIGNED}]}
    if takes is not None:
        media, schema = (ENVELOPE, _BYTES) if takes is bytes else ("application/json", _schema(takes))
        extra["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    if not gives_bytes:
        return {"openapi_extra": extra}
    said = {200: {"content": {ENVELOPE: {"schema": _BYTES}}}}
    return {"openapi_extra": extra, "response_class": Response, "responses": said}


def _schema(kind: Any) -> dict[str, Any]:
    (schema,), named = msgspec.json.schema_components([kind], ref_template=_REFS)
    _TAKEN.update(named)
    return schema


class Described(FastAPI):
    """A FastAPI whose document is true of this server."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            said = super().openapi()
            parts = said["components"]
            parts["securitySchemes"] = {
                n: {"type": "apiKey", "in": "header", "name": n, "description": d} for n, d in _SIGNED.items()
            }
            for never in ("HTTPValidationError", "ValidationError"):
                parts["schemas"].pop(never, None)
            parts["schemas"] |= _TAKEN
            for methods in said["paths"].values():
                for what in methods.values():
                    what["responses"].pop("422", None)  # what cannot be read is answered 400, as everything that is not taken
        return self.openapi_schema or {}

    def allowed(self, request: Request) -> str:
        """Every method that the address has. Starlette names those of the first route alone."""
        there = (r for r in self.router.routes if r.matches(request.scope)[0] is not Match.NONE)
        return ", ".join(sorted({m for r in there for m in getattr(r, "methods", ())}))
