"""The tape that a simulation writes deliveries on, with the truth kept apart from them."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from typing import Any

from collector.simulator.organisation import Account, Organisation, Repository, Session

Body = dict[str, Any]


def iso(at: float) -> str:
    """Write a time as GitHub's webhooks do."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Tape:
    """The deliveries of one part of a simulation, which all carry one label of truth.

    A part draws from a generator of its own: an attack that is added changes nothing of what
    happens beside it.
    """

    def __init__(
        self, organisation: Organisation, rng: random.Random, label: str = "", *, is_punctual: bool = False
    ) -> None:
        self.organisation = organisation
        self.rng = rng
        self.label = label
        self.deliveries: list[tuple[float, Body]] = []
        """With the time each was received at."""
        self.refs: list[str] = []
        self._is_punctual = is_punctual

    def webhook(self, at: float, event: str, body: Body, sender: Account, repository: Repository | None = None) -> None:
        """Record what GitHub posts to a hook of the organisation."""
        guid = self._guid()
        where = {"repository": describe_repository(repository)} if repository else {}
        whole = {
            **body,
            **where,
            "organization": {"login": self.organisation.name, "id": self.organisation.id},
            "sender": describe_account(sender),
        }
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "Content-Type": "application/json"}
        self._deliver("github.webhook", at + self.rng.uniform(0.5, 4), headers, whole)
        self.refs.append(guid)

    def audit(
        self, at: float, action: str, session: Session, repository: Repository | None = None, **fields: object
    ) -> None:
        """Record an entry of the organisation's streamed audit log, with addresses disclosed."""
        entry = {
            **self._entry(at, action, session.account),
            **self._origin(session),
            "user_agent": session.credential.user_agent,
            **describe_credential(session),
            **_audited(repository),
            **fields,
        }
        self._deliver("github.audit", at + self._audit_lag(), {}, entry)

    def system_audit(
        self, at: float, action: str, account: Account, repository: Repository | None = None, **fields: object
    ) -> None:
        """Record an audit entry of what GitHub itself did for an account: no address, no agent."""
        entry = {**self._entry(at, action, account), **_audited(repository), **fields}
        self._deliver("github.audit", at + self._audit_lag(), {}, entry)

    def job_log(self, at: float, headers: dict[str, str], text: str) -> None:
        """Record the log of a finished job, sent by the job's last step."""
        self._deliver("joblog", at + self.rng.uniform(1, 5), headers, text)
        self.refs.append(f"{headers['Unwonted-Run-Id']}/{headers['Unwonted-Job']}")

    def _origin(self, session: Session) -> Body:
        if not self.organisation.discloses_addresses:
            return {}
        network = session.network
        return {"actor_ip": network.address(session.host), "actor_location": {"country_code": network.country}}

    def _entry(self, at: float, action: str, account: Account) -> Body:
        document = self.rng.randbytes(16).hex()
        self.refs.append(document)
        milliseconds = round(at * 1000)
        return {
            "@timestamp": milliseconds,
            "_document_id": document,
            "action": action,
            "actor": account.login,
            "actor_id": account.id,
            "actor_is_bot": account.type == "Bot",
            "created_at": milliseconds,
            "org": self.organisation.name,
            "org_id": self.organisation.id,
        }

    def _deliver(self, source: str, received: float, headers: dict[str, str], body: Body | str) -> None:
        """Append a delivery; unless all is punctual, some come late, some twice, as they do."""
        if self._is_punctual:
            self.deliveries.append(
                (received, {"source": source, "received_at": iso(received), "headers": headers, "body": body})
            )
            return
        late = self.rng.expovariate(1 / 3600) if self.rng.random() < 0.01 else 0.0
        delivery = {"source": source, "received_at": iso(received + late), "headers": headers, "body": body}
        self.deliveries.append((received + late, delivery))
        if self.rng.random() < 0.01:
            again = received + late + self.rng.uniform(10, 900)
            self.deliveries.append((again, {**delivery, "received_at": iso(again)}))

    def _audit_lag(self) -> float:
        return 5 + self.rng.expovariate(1 / 30)

    def _guid(self) -> str:
        digits = self.rng.randbytes(16).hex()
        return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def describe_account(account: Account) -> Body:
    """Return an account as webhooks show it."""
    return {"login": account.login, "id": account.id, "type": account.type, "site_admin": False}


def describe_repository(repository: Repository) -> Body:
    """Return a repository as webhooks show it, shortened."""
    return {
        "id": repository.id,
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.is_private,
        "visibility": "private" if repository.is_private else "public",
        "owner": {"login": repository.owner, "type": "Organization"},
        "default_branch": repository.default_branch,
        "language": repository.language,
        "fork": False,
    }


def describe_credential(session: Session) -> Body:
    """Return how an audit entry names the credential; a browser session has none."""
    credential = session.credential
    if not credential.access:
        return {}
    return {
        "programmatic_access_type": credential.access,
        "token_id": credential.token_id,
        "hashed_token": credential.hashed_token,
    }


def describe_transport(session: Session) -> Body:
    """Return how git's traffic came: keys by SSH, tokens by HTTPS."""
    is_ssh = session.credential.access == "SSH key"
    return {"transport_protocol": 2 if is_ssh else 1, "transport_protocol_name": "ssh" if is_ssh else "https"}


def _audited(repository: Repository | None) -> Body:
    if repository is None:
        return {}
    return {
        "repo": repository.full_name,
        "repo_id": repository.id,
        "repository": repository.full_name,
        "public_repo": not repository.is_private,
    }
