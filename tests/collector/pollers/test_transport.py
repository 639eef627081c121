"""Connections: a certificate that nobody vouches for is refused, one that the set authority signed is not."""

from __future__ import annotations

import datetime as dt
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from collector.errors import CollectorError, PollError
from collector.pollers.client import Client
from collector.pollers.transport import Transport
from tests.collector.pollers.stand import HandClock
from tests.collector.pollers.vendor import Reply, Vendor


def certified(folder: Path, name: str) -> tuple[Path, Path]:
    """Return a certificate of this machine's address, or of another name, that signed itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    names: list[x509.GeneralName] = [x509.IPAddress(ip_address(name))] if name[0].isdigit() else [x509.DNSName(name)]
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    certificate, secret = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, secret


@pytest.fixture
def vendor(tmp_path: Path) -> Iterator[tuple[Vendor, Path]]:
    """Return a server that speaks TLS, and its certificate."""
    certificate, key = certified(tmp_path, "127.0.0.1")
    with encrypted(certificate, key) as served:
        yield served, certificate


def encrypted(certificate: Path, key: Path) -> Vendor:
    """Return a server that shows a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    served = Vendor(context)
    served.routes["/list"] = lambda _: Reply(value=["well"])
    return served


def ask(vendor: Vendor, ca: Path | None = None) -> object:
    """Return what a server answers to one that trusts an authority."""
    proof = {"Authorization": "Bearer s3cret"}
    client = Client(vendor.url, Transport("Unwonted/test", ca), lambda: proof, HandClock().clock)
    return client.get("/list").value


def test_set_authority_is_trusted(vendor: tuple[Vendor, Path]) -> None:
    """A server whose certificate the file of authorities vouches for is asked."""
    served, certificate = vendor
    assert ask(served, certificate) == ["well"]


def test_unknown_certificate_is_refused(vendor: tuple[Vendor, Path]) -> None:
    """Without it the server is a stranger, and is told no token."""
    served, _ = vendor
    with pytest.raises(PollError, match=r"cannot be reached.*CERTIFICATE_VERIFY_FAILED"):
        ask(served)
    assert served.asked == []


def test_certificate_of_another_is_refused(tmp_path: Path) -> None:
    """A certificate of another name is none of this server's, whoever signed it."""
    certificate, key = certified(tmp_path, "other.example")
    with encrypted(certificate, key) as served, pytest.raises(PollError, match="cannot be reached"):
        ask(served, certificate)


def test_file_without_certificates_is_told(tmp_path: Path) -> None:
    """A file of authorities that holds none, or is not there, is named."""
    for path in (tmp_path / "none.pem", tmp_path / "empty.pem"):
        (tmp_path / "empty.pem").write_text("")
        with pytest.raises(CollectorError, match=rf"{path.name} cannot be read as certificates"):
            Transport("Unwonted/test", path)
