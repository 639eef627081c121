"""A GitHub App proves who it is, and asks with short-lived tokens of its installations."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from collector.errors import PollError
from collector.pollers.github_app import GitHubApp
from collector.pollers.places import zulu
from collector.pollers.transport import Transport
from tests.collector.pollers.stand import HandClock
from tests.collector.pollers.vendor import Asked, Reply, Vendor, status

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def hand() -> HandClock:
    """Return a clock that is moved by hand."""
    return HandClock()


@pytest.fixture
def app(vendor: Vendor, hand: HandClock) -> GitHubApp:
    """Return an App that is installed in an organisation and by a user."""
    made: list[str] = []

    def new_token(_: Asked) -> Reply:
        made.append(f"token-{len(made) + 1}")
        ends = zulu(hand.at + vendor.clock_ahead_s + 3_600)
        return Reply(201, {"token": made[-1], "expires_at": ends})

    vendor.routes["/orgs/acme/installation"] = lambda _: Reply(value={"id": 5})
    vendor.routes["/users/mona/installation"] = lambda _: Reply(value={"id": 6})
    vendor.routes["/app/installations/5/access_tokens"] = new_token
    vendor.routes["/app/installations/6/access_tokens"] = new_token
    return GitHubApp("Iv1.example", PEM, vendor.url, Transport("Unwonted/test"), hand.clock)


def claims(header: str) -> dict[str, object]:
    """Return what a proof claims, once its signature is found good."""
    signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
    KEY.public_key().verify(base64.urlsafe_b64decode(signature + "=="), signed.encode(), PKCS1v15(), SHA256())
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    return found


def test_token_is_asked_for_with_a_proof(app: GitHubApp, vendor: Vendor, hand: HandClock) -> None:
    """A signed proof, valid for less than ten minutes, gets a token, which is used until shortly before its end."""
    assert app.credentials("acme/pay") == {"Authorization": "Bearer token-1"}
    told = claims(vendor.asked[-1].headers["authorization"])
    assert told["iss"] == "Iv1.example"
    assert 0 < int(str(told["exp"])) - int(str(told["iat"])) <= 600
    hand.at += 3_000
    assert app.credentials("acme") == {"Authorization": "Bearer token-1"}
    hand.at += 400
    assert app.credentials("acme") == {"Authorization": "Bearer token-2"}
    assert app.credentials("mona") == {"Authorization": "Bearer token-3"}


def test_proof_is_by_githubs_clock(app: GitHubApp, vendor: Vendor, hand: HandClock) -> None:
    """A machine whose clock is wrong proves itself from the second time on, and renews its tokens in time."""
    vendor.clock_ahead_s = -1_800.0
    app.credentials("acme")
    told = claims(dict(app.proof())["Authorization"])
    assert abs(float(str(told["iat"])) + 60 - (hand.at - 1_800)) < 5
    hand.at += 3_000
    assert app.credentials("acme") == {"Authorization": "Bearer token-1"}


def test_missing_installation_is_told(app: GitHubApp, vendor: Vendor) -> None:
    """An organisation that has not installed the App is named."""
    with pytest.raises(PollError, match="other/installation answered 404"):
        app.credentials("other")
    vendor.faults.append(status(200, {}, "odd"))
    with pytest.raises(PollError, match="no installation of the App in acme"):
        app.credentials("acme")
