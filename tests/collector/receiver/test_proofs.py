"""Every sender that can sign is believed when it does, and never otherwise."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable

import msgspec
import pytest

from collector.receiver.proof import PROOFS
from collector.receiver.settings import setting_of
from tests.collector.receiver.conftest import Make
from tests.collector.receiver.stand import SECRET, signature
from tests.collector.samples import AT

BODY = msgspec.json.encode({"repository": {"full_name": "acme/pay"}, "action": "opened"})
ELSEWHERE = "203.0.113.9"


def digits(body: bytes, secret: bytes = SECRET) -> str:
    """Return the HMAC-SHA256 of a body in hexadecimal digits."""
    return hmac.digest(secret, body, "sha256").hex()


def stamped(body: bytes, secret: bytes = SECRET, at: float = AT) -> str:
    """Return what Buildkite would sign."""
    return f"timestamp={at:.0f},signature={digits(b'%d.' % at + body, secret)}"


def basic(password: bytes, user: bytes = b"unwonted") -> str:
    """Return an Authorization header of a user with a password."""
    return "Basic " + base64.b64encode(user + b":" + password).decode()


Sign = Callable[[bytes, bytes], dict[str, str]]
PASSWORD: list[Sign] = [
    lambda _, key: {"Authorization": basic(key)},
    lambda _, key: {"Authorization": f"Bearer {key.decode()}"},
    lambda _, key: {"X-Unwonted-Token": key.decode()},
    lambda body, key: {"X-Unwonted-Signature-256": signature(body, key)},
]
SIGNED: dict[str, list[Sign]] = {
    "github": [lambda body, key: {"X-Hub-Signature-256": signature(body, key)}],
    "gitlab": [lambda _, key: {"X-Gitlab-Token": key.decode()}],
    "gitlab.audit": [lambda _, key: {"X-Gitlab-Event-Streaming-Token": key.decode()}],
    "bitbucket": [lambda body, key: {"X-Hub-Signature": signature(body, key)}],
    "circleci": [
        lambda body, key: {"circleci-signature": f"v1={digits(body, key)}"},
        lambda body, key: {"circleci-signature": f"v2=none, v1={digits(body, key)}"},
    ],
    "buildkite": [
        lambda body, key: {"X-Buildkite-Signature": stamped(body, key)},
        lambda _, key: {"X-Buildkite-Token": key.decode()},
    ],
    "gitea": [
        lambda body, key: {"X-Gitea-Signature": digits(body, key)},
        lambda body, key: {"X-Hub-Signature-256": signature(body, key)},
    ],
    "forgejo": [
        lambda body, key: {"X-Forgejo-Signature": digits(body, key)},
        lambda body, key: {"X-Gitea-Signature": digits(body, key)},
    ],
    "gogs": [lambda body, key: {"X-Gogs-Signature": digits(body, key)}],
    **dict.fromkeys(("azure_devops", "jenkins", "cdevents", "cloudevents"), PASSWORD),
}
CASES = [pytest.param(name, sign, id=f"{name}-{n}") for name, signs in SIGNED.items() for n, sign in enumerate(signs)]


def test_no_sender_is_left_out() -> None:
    """Each sender with a proof is tested here; the HEC entrance has tests of its own."""
    assert {*SIGNED, "hec"} == set(PROOFS)


@pytest.mark.parametrize(("sender", "sign"), CASES)
def test_right_proof_is_believed(make: Make, sender: str, sign: Sign) -> None:
    """A delivery that is proven by either of two live secrets is an event."""
    stand = make(secrets={sender.replace(".", "_"): (b"the next secret", SECRET)})
    for key in (SECRET, b"the next secret"):
        answer = stand.client(ELSEWHERE).post(f"/hooks/{sender}", content=BODY, headers=sign(BODY, key))
        assert answer.status_code == 202, answer.text


@pytest.mark.parametrize(("sender", "sign"), CASES)
def test_wrong_proof_is_401(make: Make, sender: str, sign: Sign) -> None:
    """Another secret, or another body, proves nothing, on this machine either; nothing is stored."""
    stand = make(secrets={sender.replace(".", "_"): (SECRET,)})
    wrong = [sign(BODY, b"another secret")]
    if sign(BODY, SECRET) != sign(b"{}", SECRET):  # it signs the body, and does not just show the secret
        wrong.append(sign(b"{}", SECRET))
    for headers in wrong:
        answer = stand.client().post(f"/hooks/{sender}", content=BODY, headers=headers)
        assert answer.status_code == 401, headers
    assert stand.entries == []


@pytest.mark.parametrize("sender", sorted(SIGNED))
def test_missing_proof_is_401_and_names_the_setting(make: Make, sender: str) -> None:
    """Once a secret is set it must be used, and who is refused is told which."""
    answer = make(secrets={sender.replace(".", "_"): (SECRET,)}).client().post(f"/hooks/{sender}", content=BODY)
    assert (answer.status_code, setting_of(sender) in answer.json()["detail"]) == (401, True)


@pytest.mark.parametrize("sender", sorted(SIGNED))
def test_unset_secret_is_403_from_elsewhere_and_names_the_setting(make: Make, sender: str) -> None:
    """Without a secret only this machine may send, and the remedy names what there is to set."""
    answer = make().client(ELSEWHERE).post(f"/hooks/{sender}", content=BODY)
    assert (answer.status_code, setting_of(sender) in answer.json()["detail"]) == (403, True)


@pytest.mark.parametrize("at", [AT - 301, AT + 301])
def test_old_signature_of_buildkite_is_refused(make: Make, at: float) -> None:
    """A signature is good for five minutes."""
    stand = make(secrets={"buildkite": (SECRET,)})
    headers = {"X-Buildkite-Signature": stamped(BODY, at=at), "X-Buildkite-Token": SECRET.decode()}
    assert stand.client().post("/hooks/buildkite", content=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize("given", ["", "timestamp=,signature=", "timestamp=²", "=", ",,,", "v1=", "timestamp=1"])
@pytest.mark.parametrize(
    ("sender", "header"), [("buildkite", "x-buildkite-signature"), ("circleci", "circleci-signature")]
)
def test_odd_signature_is_a_wrong_one(make: Make, sender: str, header: str, given: str) -> None:
    """What is no signature is refused, not an error."""
    stand = make(secrets={sender: (SECRET,)})
    headers = [(header.encode(), given.encode("latin-1"))]
    assert stand.client().post(f"/hooks/{sender}", content=BODY, headers=headers).status_code == 401


@pytest.mark.parametrize(("ending", "status"), [(SECRET.decode(), 202), ("live", 202), ("wrong", 401)])
def test_secret_may_end_the_address_of_who_can_be_told_nothing_else(make: Make, ending: str, status: int) -> None:
    """Jenkins' plugins know an address only: its last part is the secret, or an ingest token."""
    stand = make(secrets={"jenkins": (SECRET,)})
    answer = stand.client(ELSEWHERE).post(f"/hooks/jenkins/{ending}", content=BODY)
    assert (answer.status_code, len(stand.events)) == (status, status == 202)


def test_address_of_a_signed_sender_proves_nothing(make: Make) -> None:
    """A sender that signs must sign: its secret at the end of the address is not looked at."""
    stand = make(secrets={"github": (SECRET,)})
    assert stand.client().post(f"/hooks/github/{SECRET.decode()}", content=BODY).status_code == 401


@pytest.mark.parametrize(
    ("sender", "headers"),
    [("bitbucket", {"X-Event-Key": "diagnostics:ping"}), ("buildkite", {"X-Buildkite-Event": "ping"})],
)
def test_question_whether_somebody_is_there_is_no_event(make: Make, sender: str, headers: dict[str, str]) -> None:
    """A sender that tests its connection is answered 2xx where it is proven, and nothing is stored."""
    stand = make(secrets={sender: (SECRET,)})
    proven = headers | SIGNED[sender][0](BODY, SECRET)
    assert stand.client(ELSEWHERE).post(f"/hooks/{sender}", content=BODY, headers=proven).json() == {"events": []}
    assert stand.client(ELSEWHERE).post(f"/hooks/{sender}", content=BODY, headers=headers).status_code == 401
    assert stand.entries == []


def test_token_is_a_password_too(make: Make) -> None:
    """Who can only be told a user and a password sends an ingest token as the password."""
    stand = make()
    answer = stand.client(ELSEWHERE).post(
        "/hooks/azure-devops", content=BODY, headers={"Authorization": basic(b"live")}
    )
    assert (answer.status_code, stand.events[0].organisation, stand.events[0].source) == (202, "acme", "azure_devops")
