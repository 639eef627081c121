"""Everything a manifest names exists in the code: commands, options, settings, ports, paths, topics, versions."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from typer.main import get_command

from collector.stream import address
from collector.stream.kafka import topics
from service.api import health
from tests.architecture.repository import read
from tests.k8s.built import (
    BASE,
    EXAMPLE,
    Manifest,
    built,
    component_of,
    containers_of,
    environment_of,
    main_of,
    name_of,
    of_kind,
    pod_of,
    settings_of,
    workloads,
)
from unwonted.cli import app
from unwonted.cli.serve import RoleName
from unwonted.serving.labour import GROUP
from unwonted.serving.service import PATIENCE_S
from unwonted.settings import PREFIX, Settings, secret_names, strangers, variable
from unwonted.version import version

OTHERS = {"HOME", "NUMBA_CACHE_DIR"}
"""Variables that libraries read."""
ROLES = of_kind(BASE, "Deployment")
FOLDERS = [BASE, EXAMPLE]


def parsed(words: list[str]) -> tuple[str, Mapping[str, Any]]:
    """Return the command that words name, and the options they give; raise where the command line would refuse them."""
    command: Any = get_command(app)
    path = "unwonted"
    while commands := getattr(command, "commands", None):
        name, *words = words
        assert name in commands, f"{path} has no command {name}"
        command, path = commands[name], f"{path} {name}"
    return path, command.make_context(path, list(words)).params


def stream_of(folder: Path) -> address.KafkaAddress:
    """Return the stream's address, with a password where roles are given one."""
    told = [environment_of(role, folder) for role in of_kind(folder, "Deployment")]
    (names,) = {one.get("UNWONTED_KAFKA_USERNAME", "") for one in told}
    return address.parse(
        settings_of(folder)["UNWONTED_STREAM"], address.Credentials(names, "a password" if names else "")
    )


@pytest.mark.parametrize("workload", workloads(), ids=name_of)
def test_command_exists(workload: Manifest) -> None:
    """What a container runs is a command, with options that it has."""
    main = main_of(workload)
    assert main["command"] == ["unwonted"]
    path, _ = parsed(main["args"])
    assert path.startswith("unwonted ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serf"], "no command serf"),
        (["token", "made"], "no command made"),
        (["serve", "--rule", "worker"], "No such option"),
        (["serve", "--role", "wroker"], "is not one of"),
    ],
)
def test_mistyped_command_is_found(words: list[str], told: str) -> None:
    """A command, an option or a value that does not exist is refused by the same test."""
    with pytest.raises(Exception, match=told):
        parsed(words)


def test_every_role_is_deployed() -> None:
    """Each part of a service has a workload that is named after it, and each workload is one part."""
    roles = {component_of(found): parsed(main_of(found)["args"])[1]["role"] for found in ROLES}
    assert roles == {role.value: role for role in RoleName if role is not RoleName.ALL}


@pytest.mark.parametrize("workload", [*workloads(BASE), *workloads(EXAMPLE)], ids=name_of)
def test_variable_is_a_setting(workload: Manifest) -> None:
    """Every variable is a setting's, or one that a library reads."""
    names = {one["name"] for one in main_of(workload)["env"]}
    assert not strangers(dict.fromkeys(names, ""))
    assert {name for name in names if not name.startswith(PREFIX)} <= OTHERS


def test_mistyped_variable_is_found() -> None:
    """A setting that does not exist is told by the same test."""
    assert strangers({f"{PREFIX}HOTS": "0.0.0.0"})  # noqa: S104


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_settings_are_accepted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting of the map has a value that is accepted, and the stream's address is understood."""
    told = settings_of(folder)
    assert not strangers(told)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    assert Settings.load({}).stream
    assert stream_of(folder).partitions > 0


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_brokers_are_reached_by_a_port_that_is_open(folder: Path) -> None:
    """The ports of the stream's address are those that the policy lets through."""
    (policy,) = [found for found in of_kind(folder, "NetworkPolicy") if found["metadata"]["name"] == "to-kafka"]
    open_ports = {str(port["port"]) for rule in policy["spec"]["egress"] for port in rule["ports"]}
    servers = stream_of(folder).servers
    assert {server.rpartition(":")[2] for server in servers} <= open_ports


@pytest.mark.parametrize("workload", [*workloads(BASE), *workloads(EXAMPLE)], ids=name_of)
def test_secret_file_lies_in_a_secret(workload: Manifest) -> None:
    """A variable that names a secret's file names one in a mounted secret."""
    volumes = {one["name"]: one for one in pod_of(workload)["volumes"]}
    mounts = {one["mountPath"]: volumes[one["name"]] for one in main_of(workload)["volumeMounts"]}
    files = {f"{variable(name)}_FILE" for name in secret_names()}
    told = [one["value"] for one in main_of(workload)["env"] if one["name"] in files]
    assert told
    assert all("secret" in mounts[str(PurePosixPath(path).parent)] for path in told)


@pytest.mark.parametrize("role", ROLES, ids=name_of)
def test_port_is_the_one_it_listens_on(role: Manifest) -> None:
    """The named port is the one that the settings give, on every address of the pod."""
    told = environment_of(role)
    (port,) = main_of(role)["ports"]
    assert (port["name"], str(port["containerPort"])) == ("http", told["UNWONTED_PORT"])
    assert told["UNWONTED_HOST"] == "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize("role", ROLES, ids=name_of)
def test_probe_asks_a_page_that_exists(role: Manifest) -> None:
    """Each probe asks a path that every role answers: to live and to be ready are two."""
    probes = {name: main_of(role)[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {name: probe["path"] for name, probe in probes.items()} == {
        "startup": "/livez",
        "liveness": "/livez",
        "readiness": "/readyz",
    }
    there = {getattr(route, "path", "") for route in health.router.routes}
    assert {probe["path"] for probe in probes.values()} <= there
    assert {probe["port"] for probe in probes.values()} == {"http"}


@pytest.mark.parametrize("manifest", of_kind(EXAMPLE, "Service", "Ingress", "NetworkPolicy", "PodMonitor"), ids=name_of)
def test_named_port_exists(manifest: Manifest) -> None:
    """A port that is named is `http`: there is no other."""
    assert set(_named_ports(manifest["spec"])) <= {"http"}


def _named_ports(value: object) -> list[str]:
    if isinstance(value, Mapping):
        found = [part for name, part in value.items() if name in {"port", "targetPort"} and isinstance(part, str)]
        found += [part["name"] for name, part in value.items() if name == "port" and isinstance(part, Mapping)]
        return found + [one for part in value.values() for one in _named_ports(part)]
    return [one for part in value for one in _named_ports(part)] if isinstance(value, list) else []


@pytest.mark.parametrize("role", ROLES, ids=name_of)
def test_pod_has_time_to_end(role: Manifest) -> None:
    """The cluster waits longer than a service takes to end, and than nobody is sent there any more."""
    pause = main_of(role)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod_of(role)["terminationGracePeriodSeconds"] >= PATIENCE_S + pause + 5


def test_workers_are_scaled_by_their_own_lag() -> None:
    """Topic and group are those that workers read as, on the brokers that the settings name."""
    (scaler,) = of_kind(EXAMPLE, "ScaledObject")
    stream = stream_of(EXAMPLE)
    told = scaler["spec"]["triggers"][0]["metadata"]
    assert (told["topic"], told["consumerGroup"]) == (stream.topic(topics.EVENTS), stream.topic(GROUP))
    assert told["bootstrapServers"] == ",".join(stream.servers)
    assert (told["tls"], told["sasl"]) == ("enable", "scram_sha512")
    assert (stream.security, stream.mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert scaler["spec"]["maxReplicaCount"] <= stream.partitions


def test_images_have_one_version() -> None:
    """Every container runs the one image, in the version of this repository."""
    images = {one["image"] for found in workloads(BASE) for one in containers_of(pod_of(found))}
    assert images == {f"unwonted:{version()}"}
    images = {one["image"] for found in workloads(EXAMPLE) for one in containers_of(pod_of(found))}
    assert {image.rpartition(":")[2] for image in images} == {version()}
    assert {found["metadata"]["labels"]["app.kubernetes.io/version"] for found in built(BASE)} == {version()}


def test_image_is_made_for_these_pods() -> None:
    """The image runs as the user that pods run as, and its command is ours."""
    made = [line.split() for line in read("Dockerfile").splitlines()]
    assert [words[1].partition(":")[0] for words in made if words[:1] == ["USER"]][-1] == str(
        pod_of(ROLES[0])["securityContext"]["runAsUser"]
    )
    assert ["ENTRYPOINT", '["unwonted"]'] in made


def test_ingress_leads_hooks_to_the_receiver_alone() -> None:
    """Deliveries have a name of their own, and by it nothing else is reached."""
    rules = {found["metadata"]["name"]: found["spec"]["rules"] for found in of_kind(EXAMPLE, "Ingress")}
    paths = {
        name: [(path["path"], path["backend"]["service"]["name"]) for rule in told for path in rule["http"]["paths"]]
        for name, told in rules.items()
    }
    assert paths == {
        "unwonted-hooks": [(path, "unwonted-receiver") for path in ("/hooks/", "/services/collector", "/v1/events")],
        "unwonted-feed": [("/", "unwonted-api")],
    }
    assert rules["unwonted-hooks"][0]["host"] != rules["unwonted-feed"][0]["host"]


@pytest.mark.parametrize("ingress", of_kind(EXAMPLE, "Ingress"), ids=name_of)
def test_ingress_is_encrypted(ingress: Manifest) -> None:
    """Every name that is reached from outside has a certificate."""
    covered = {host for one in ingress["spec"]["tls"] for host in one["hosts"]}
    assert {rule["host"] for rule in ingress["spec"]["rules"]} == covered
