"""The door: who may send what, decided as far as possible before a body is read."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from collector.loopback import is_from_loopback
from collector.receiver.problem import Refused
from collector.receiver.proof import OTHERS, OWN_HEADER, PROOFS, Proof, Seal, Signed, matches
from collector.receiver.settings import ReceiverSettings, setting_of
from collector.stream.entry import home_of

Authorise = Callable[[str, str], str | None]
"""Called with a token and the scope `ingest`, in a thread; returns the token's organisation, None where it has none."""

_ORGANISATION = re.compile(r"[\w.-]{1,100}(?:~[\w.-]{1,100})?", re.ASCII)
_WRONG = "Not proven who sent it"
_TOKEN = (
    "Send `Authorization: Bearer TOKEN` with a token that is live and has the scope ingest; `unwonted token list` "  # noqa: S105
    "shows them, `unwonted token create` makes one."
)
_CHALLENGE = {"WWW-Authenticate": 'Bearer scope="ingest"'}


class Pass(NamedTuple):
    """What a request may do, once its proof is checked where there is one."""

    organisation: str
    proof: Proof | None = None
    secrets: tuple[bytes, ...] = ()

    def check(self, signed: Signed, sender: str) -> None:
        """Raise Refused where the body is not what its sender signed."""
        if self.proof and not self.proof.is_valid(signed, self.secrets):
            raise self._refusal(sender, self.proof)

    def seal(self, headers: Mapping[str, str]) -> Seal:
        """Return what checks our own signature over a body that comes in parts."""
        return Seal(headers.get(OWN_HEADER, ""), self.secrets)

    def check_seal(self, seal: Seal, sender: str) -> None:
        """Raise Refused where the parts of a body are not what its sender signed."""
        if self.proof and not seal.is_valid():
            raise self._refusal(sender, self.proof)

    def _refusal(self, sender: str, proof: Proof) -> Refused:
        return Refused(
            401,
            "signature",
            _WRONG,
            f"The {_names(proof)} does not match: the secret at the sender must be one of those in "
            f"{setting_of(sender)}, and nothing between may change the body.",
        )


async def enter(
    request: Request, headers: Mapping[str, str], sender: str, settings: ReceiverSettings, authorise: Authorise | None
) -> Pass:
    """Return what a request may do; raise Refused where it may do nothing."""
    proof, secrets = PROOFS.get(sender, OTHERS), settings.secrets_of(sender)
    shown = headers.get("authorization", "")
    ending = request.path_params.get("token", "") if proof.is_password else ""
    if (shown or ending) and not (secrets and proof.is_only):
        token = _token_in(shown) if shown else ending
        if proof.is_password and matches(token.encode(), secrets):
            return Pass(_asked_for(request, settings.organisation))
        return Pass(_asked_for(request, await _organisation_of(token, authorise)))
    if secrets:
        if not any(name in headers for name in proof.headers):
            raise Refused(401, "unsigned", _WRONG, _unsigned(sender, proof), _CHALLENGE)
        return Pass(_asked_for(request, settings.organisation), proof, secrets)
    if request.client and is_from_loopback(request.client.host, headers):
        return Pass(_asked_for(request, settings.organisation, is_local=True))
    raise Refused(403, "not_local", "Only this machine may send unsigned", _remedy(sender))


def _token_in(header: str) -> str:
    """Return the token of an Authorization header, of which it is the password where it names a user as well."""
    scheme, _, token = header.partition(" ")
    scheme, token = scheme.lower(), token.strip()
    if scheme in {"bearer", "splunk"} and token:
        return token
    if scheme == "basic":
        with suppress(ValueError):
            return base64.b64decode(token, validate=True).decode().partition(":")[2]
    raise Refused(401, "scheme", _WRONG, f"The Authorization header is none that is understood. {_TOKEN}", _CHALLENGE)


async def _organisation_of(token: str, authorise: Authorise | None) -> str:
    found = await run_in_threadpool(authorise, token, "ingest") if authorise and token else None
    if found is None:
        raise Refused(401, "token", _WRONG, f"The token is not known. {_TOKEN}", _CHALLENGE)
    return found


def _asked_for(request: Request, own: str, *, is_local: bool = False) -> str:
    """Return the organisation the query names, where it is the sender's own or a scratch of it; else its own."""
    if not request.scope["query_string"]:
        return own
    wanted = request.query_params.get("organisation", own)
    if not _ORGANISATION.fullmatch(wanted):
        raise Refused(400, "organisation", "No such name", "An organisation's name is letters, digits and `_.-`.")
    if not is_local and wanted != own and home_of(wanted) != own:
        raise Refused(403, "organisation", "Not your organisation", f"What proves you is bound to {own}.")
    return wanted


def _unsigned(sender: str, proof: Proof) -> str:
    other = "" if proof.is_only else ", or send an ingest token as `Authorization: Bearer TOKEN`"
    return f"The {_names(proof)} is missing: enter the secret of {setting_of(sender)} at the sender{other}."


def _remedy(sender: str) -> str:
    token = "send an ingest token as `Authorization: Bearer TOKEN` (`unwonted token create` makes one)"  # noqa: S105
    if sender in PROOFS:
        return f"No secret is set for {sender}: set {setting_of(sender)} here and the same at the sender, or {token}."
    return f"From another machine, {token}."


def _names(proof: Proof) -> str:
    return " or ".join(proof.headers) + " header"
