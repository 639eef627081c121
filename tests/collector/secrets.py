"""Invented secrets, one a kind: as it is printed, and the part that must never be kept."""

from __future__ import annotations

import base64

_LONG = "Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv" * 3
_HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 3
_KEY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7"


def _whole(secret: str) -> tuple[str, str]:
    return secret, secret


def _after(head: str, secret: str, tail: str = "") -> tuple[str, str]:
    return head + secret + tail, secret


SECRETS: dict[str, tuple[str, str]] = {
    "GitHub, classic": _whole("ghp_" + _LONG[:36]),
    "GitHub, fine-grained": _whole("github_pat_11ABCDE0A0" + _LONG),
    "GitHub, of an app": _whole("ghs_" + _LONG[:36]),
    "GitLab": _whole("glpat-" + _LONG[:20]),
    "GitLab, of a runner": _whole("glrt-" + _LONG[:20]),
    "AWS, id of a key": _whole("AKIA" + "Q7W2" * 4),
    "AWS, secret key": _after("aws_secret_access_key = ", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "AWS, secret key in a sentence": _after("the AWS secret is ", "xJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", " now"),
    "Google, API key": _whole("AIza" + _LONG[:35]),
    "Google, key of a service account": _after(
        '"private_key": "-----BEGIN PRIVATE KEY-----\\n', _KEY, '\\n-----END PRIVATE KEY-----\\n"'
    ),
    "Google, access token": _whole("ya29." + _LONG),
    "Azure, key of a storage": _after("AccountName=pay;AccountKey=", _LONG[:86] + "==", ";EndpointSuffix=core"),
    "Azure, shared access": _after("https://pay.example/x?sv=2024&sig=", _LONG[:40] + "%3D", "&se=1"),
    "Azure, of an application": _whole("abc8Q~" + _LONG[:34]),
    "Slack": _whole("xoxb-1234567890-" + _LONG[:24]),
    "Slack, address of a hook": _after("https://hooks.slack.com/services/", "T0000/B0000/" + _LONG[:24]),
    "npm": _whole("npm_" + _LONG[:36]),
    "PyPI": _whole("pypi-AgEIcHlwaS5vcmc" + _LONG),
    "Docker": _whole("dckr_pat_" + _LONG[:27]),
    "Docker, configuration": _after('"auths": {"r.example": {"auth": "', "bW9uYTpodW50ZXIyMg==", '"}}'),
    "Hugging Face": _whole("hf_" + _LONG[:34]),
    "OpenAI": _whole("sk-proj-" + _LONG[:48]),
    "Anthropic": _whole("sk-ant-api03-" + _LONG[:90]),
    "Stripe": _whole("sk_live_" + _LONG[:24]),
    "SendGrid": _whole("SG." + _LONG[:22] + "." + _LONG[:43]),
    "Twilio": _whole("SK" + _HEX[:32]),
    "Datadog": _after("DD_API_KEY=", _HEX[:32]),
    "JSON web token": _whole("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + _LONG),
    "private key": _after("-----BEGIN RSA PRIVATE KEY-----\n", _KEY, "\n-----END RSA PRIVATE KEY-----"),
    "user and password in a URL": _after("https://mona:", "hunter22horse", "@repo.example/x"),
    "token in a URL": _after("https://", "0123456789abcdef0123", "@repo.example/x"),
    "variable": _after("PAY_TOKEN=", "correct-horse-1"),
    "exported variable": _after("export PAY_SECRET='", "correct horse battery", "'"),
    "password in YAML": _after("db_password: ", "correct-horse-2"),
    "option of a program": _after("mysql -u root --password ", "correct-horse-3"),
    "basic authorisation": _after("Authorization: Basic ", "bW9uYTpodW50"),
    "bearer": _after("authorization: Bearer ", _LONG[:20]),
    "cookie": _after("Set-Cookie: session=", _LONG[:20], "; Path=/"),
    "Vault": _whole("hvs." + _LONG[:28]),
    "DigitalOcean": _whole("dop_v1_" + _HEX[:64]),
    "RubyGems": _whole("rubygems_" + _HEX[:48]),
    "Grafana": _whole("glsa_" + _LONG[:32] + "_0f1e2d3c"),
    "Databricks": _whole("dapi" + _HEX[:32]),
    "Atlassian": _whole("ATATT3" + _LONG),
    "Telegram": _whole("123456789:AA" + _LONG[:33]),
    "age": _whole("AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2),
}
ENCODED = base64.b64encode(b"export PAY_TOKEN=correct-horse-battery-staple-4").decode()
"""A secret that is printed encoded."""
