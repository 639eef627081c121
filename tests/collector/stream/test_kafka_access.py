"""A cluster that asks who is there, and is asked who it is."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from collector.errors import StreamError
from collector.stream import observed, partition_of
from collector.stream.address import Credentials, parse
from collector.stream.kafka import KafkaGroup, KafkaStream
from tests.service.stand_ins import make_event
from tests.services.kafka import new_prefix, own_broker

pytestmark = [pytest.mark.service, pytest.mark.kafka]

_LOGIN = "listener.name.sasl_ssl"
_MODULES = "org.apache.kafka.common.security"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of 127.0.0.1 that vouches for itself, and the same with its key as the broker wants it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a broker of the tests")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public = certificate.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "ca.pem").write_bytes(public)
    (folder / "broker.pem").write_bytes(private + public)
    return folder / "ca.pem", folder / "broker.pem"


class Guarded:
    """A broker behind TLS that lets in who has a password or a token."""

    def __init__(self, servers: str, ca: Path) -> None:
        self.servers = servers
        self.ca = ca

    def open(self, mechanism: str, who: Credentials) -> KafkaStream:
        """Open a stream of our own."""
        url = f"kafka://{self.servers}/?topic_prefix={new_prefix()}&partitions=2&security=SASL_SSL"
        return KafkaStream(parse(f"{url}&mechanism={mechanism}", who))


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """Return a guarded broker."""
    ca, own = make_certificate(tmp_path_factory.mktemp("tls"))
    plain = f'{_MODULES}.plain.PlainLoginModule required username="broker" password="b" user_broker="b" user_mona="m";'
    token = f'{_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
    more = {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(own),
        "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(ca),
        f"{_LOGIN}.plain.sasl.jaas.config": plain,
        f"{_LOGIN}.scram-sha-256.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;",
        f"{_LOGIN}.scram-sha-512.sasl.jaas.config": f"{_MODULES}.scram.ScramLoginModule required;",
        f"{_LOGIN}.oauthbearer.sasl.jaas.config": token,
    }
    users = ["SCRAM-SHA-256=[name=mona,password=m256]", "SCRAM-SHA-512=[name=mona,password=m512]"]
    with own_broker(protocol="SASL_SSL", more=more, users=users) as broker:
        yield Guarded(broker.servers, ca)


def works(stream: KafkaStream) -> bool:
    """Return whether a stream can be written, read and shared."""
    partition = partition_of("default", 2)
    group = KafkaGroup(stream.address, "workers", "me")
    try:
        stream.append(observed([make_event("a")]))
        while not group.assigned():
            pass
        return len(stream.read(partition, 0, 9)) == stream.end(partition) == 1
    finally:
        group.close()


@pytest.mark.parametrize(
    ("mechanism", "password"), [("PLAIN", "m"), ("SCRAM-SHA-256", "m256"), ("SCRAM-SHA-512", "m512")]
)
def test_password_lets_in(guarded: Guarded, mechanism: str, password: str) -> None:
    """Producer, consumers and members all show name and password, over TLS."""
    with guarded.open(mechanism, Credentials("mona", password, ca=guarded.ca)) as stream:
        assert works(stream)


def test_token_lets_in(guarded: Guarded, tmp_path: Path) -> None:
    """A token in a file is shown as a bearer's."""
    claims = {"sub": "mona", "iat": time.time() - 60, "exp": time.time() + 3600}
    parts = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    )
    (tmp_path / "token").write_text(".".join(parts) + ".\n")
    with guarded.open("OAUTHBEARER", Credentials(token=tmp_path / "token", ca=guarded.ca)) as stream:
        assert works(stream)


@pytest.mark.parametrize(
    ("change", "told"),
    [({"password": "wrong"}, "name and password are right"), ({"ca": None}, "certificate verify failed")],
    ids=["password", "certificate"],
)
def test_why_one_is_not_let_in_is_told(guarded: Guarded, change: dict[str, str | None], told: str) -> None:
    """A wrong password and an unknown certificate say so; they are no broker that is away."""
    who = replace(Credentials("mona", "m512", ca=guarded.ca), **change)  # type: ignore[arg-type]
    with pytest.raises(StreamError, match=told):
        guarded.open("SCRAM-SHA-512", who)
