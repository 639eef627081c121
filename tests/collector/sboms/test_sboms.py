"""SBOMs of every format give the same components, and what is broken, hostile or against the rules is refused."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import DeliveryError
from collector.recognise import open_source
from collector.sboms import of_object, read_sbom
from collector.sboms.component import Component
from collector.snapshot import Packages

SHA = "ab" * 32
CYCLONE: dict[str, Any] = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "component": {"type": "application", "name": "pay", "group": "acme", "bom-ref": "root"},
        "tools": {"components": [{"type": "application", "name": "bom-maker"}]},
    },
    "components": [
        {
            "type": "library",
            "bom-ref": "a",
            "name": "core",
            "group": "@babel",
            "version": "7.1.0",
            "purl": "pkg:npm/%40babel/core@7.1.0?repository_url=https://npm.acme.example",
            "hashes": [{"alg": "SHA-256", "content": SHA}, {"alg": "MD5", "content": "ab" * 16}],
            "components": [{"type": "library", "bom-ref": "b", "name": "inner", "version": "2.0"}],
        },
        {"type": "file", "bom-ref": "c", "name": "/etc/passwd"},
    ],
    "dependencies": [{"ref": "root", "dependsOn": ["a"]}],
}
XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">
  <metadata>
    <tools><components><component type="application"><name>bom-maker</name></component></components></tools>
    <component type="application" bom-ref="root"><group>acme</group><name>pay</name></component>
  </metadata>
  <components>
    <component type="library" bom-ref="a">
      <group>@babel</group><name>core</name><version>7.1.0</version>
      <hashes><hash alg="MD5">{"ab" * 16}</hash><hash alg="SHA-256">{SHA}</hash></hashes>
      <purl>pkg:npm/%40babel/core@7.1.0?repository_url=https://npm.acme.example</purl>
      <components>
        <component type="library" bom-ref="b"><name>inner</name><version>2.0</version></component>
      </components>
    </component>
    <component type="file" bom-ref="c"><name>/etc/passwd</name></component>
  </components>
  <dependencies><dependency ref="root"><dependency ref="a"/></dependency></dependencies>
</bom>
"""
EXPECTED = [
    Component("pkg:npm/%40babel/core", "7.1.0", "npm.acme.example", f"sha256-{SHA}", is_direct=True),
    Component("pkg:generic/inner", "2.0", is_direct=False),
]


@pytest.mark.parametrize("text", [json.dumps(CYCLONE), XML])
def test_cyclonedx(text: str) -> None:
    """JSON and XML give the same: subject, tools, nested components, strongest checksums, what is direct."""
    sbom = read_sbom(text)
    assert (sbom.form, sbom.version, sbom.subject, sbom.tools) == ("cyclonedx", "1.6", "acme/pay", ("bom-maker",))
    assert sbom.components == EXPECTED


SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "name": "pay-1.0",
    "creationInfo": {"creators": ["Tool: bom-maker-2.1"]},
    "packages": [
        {"SPDXID": "SPDXRef-root", "name": "pay", "downloadLocation": "NOASSERTION"},
        {
            "SPDXID": "SPDXRef-a",
            "name": "core",
            "versionInfo": "7.1.0",
            "downloadLocation": "https://npm.acme.example/core.tgz",
            "checksums": [{"algorithm": "SHA256", "checksumValue": SHA}],
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/%40babel/core@7.1.0"}],
        },
        {"SPDXID": "SPDXRef-b", "name": "inner", "versionInfo": "2.0"},
    ],
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-root"},
        {"spdxElementId": "SPDXRef-root", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-a"},
    ],
}
TAGS = f"""SPDXVersion: SPDX-2.3
DocumentName: pay-1.0
Creator: Tool: bom-maker-2.1
PackageName: pay
SPDXID: SPDXRef-root
PackageName: core
SPDXID: SPDXRef-a
PackageVersion: 7.1.0
PackageDownloadLocation: https://npm.acme.example/core.tgz
PackageChecksum: SHA256: {SHA}
PackageComment: <text>
PackageName: not a package
</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/%40babel/core@7.1.0
PackageName: inner
SPDXID: SPDXRef-b
PackageVersion: 2.0
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-root
Relationship: SPDXRef-root DEPENDS_ON SPDXRef-a
"""
GRAPH: dict[str, Any] = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "CreationInfo", "specVersion": "3.0.1"},
        {"type": "software_Sbom", "spdxId": "s", "rootElement": ["root"]},
        {"type": "software_Package", "spdxId": "root", "name": "pay"},
        {
            "type": "software_Package",
            "spdxId": "a",
            "name": "core",
            "software_packageVersion": "7.1.0",
            "software_downloadLocation": "https://npm.acme.example/core.tgz",
            "software_packageUrl": "pkg:npm/%40babel/core@7.1.0",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": SHA}],
        },
        {"type": "software_Package", "spdxId": "b", "name": "inner", "software_packageVersion": "2.0"},
        {"type": "Relationship", "from": "root", "relationshipType": "dependsOn", "to": ["a"]},
    ],
}


@pytest.mark.parametrize(("text", "version"), [(json.dumps(SPDX), "2.3"), (TAGS, "2.3"), (json.dumps(GRAPH), "3.0.1")])
def test_spdx(text: str, version: str) -> None:
    """JSON, tags and values, and the graph of 3.0 give the same as CycloneDX does; the subject is no component."""
    sbom = read_sbom(text)
    assert (sbom.form, sbom.version, sbom.subject) == ("spdx", version, "pay")
    assert sbom.components == EXPECTED


def test_wrapped() -> None:
    """The answer of GitHub's API, which wraps its document, is read as the document."""
    assert read_sbom(json.dumps({"sbom": SPDX})).components == EXPECTED


@pytest.mark.parametrize(
    "text", [json.dumps(CYCLONE, indent=1), json.dumps({"sbom": SPDX}), XML, TAGS, json.dumps(GRAPH)]
)
def test_files_are_recognised(tmp_path: Path, text: str) -> None:
    """A file that holds an SBOM, of whatever name, is one event with a snapshot in a scan."""
    path = tmp_path / "made-by-the-build"
    path.write_text(text)
    (event,) = open_source(path).events()
    assert (event.source, str(event.entity)) == ("sbom", f"sbom:{read_sbom(text).subject}")
    assert event.facts["package"] == ["@babel/core", "inner"]
    assert isinstance(event.snapshot, Packages)


def test_snapshot() -> None:
    """A snapshot pins every component once, under the place it is compared in."""
    snapshot = read_sbom(json.dumps(CYCLONE | {"components": CYCLONE["components"][1:]})).snapshot("acme/pay")
    assert (snapshot.pinned, snapshot.place, snapshot.is_cut) == ((), "acme/pay", False)
    assert [one.purl for one in read_sbom(XML).snapshot("x").pinned] == [one.purl for one in EXPECTED]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (json.dumps(CYCLONE | {"specVersion": "9.9"}), r"CycloneDX 9\.9 is not known"),
        (json.dumps(CYCLONE | {"surplus": 1}), "its top: Additional properties"),
        (json.dumps(CYCLONE | {"components": [{"type": "library"}]}), r"components\[0\]: \"name\" is a required"),
        (XML.replace('type="library"', ""), "line 8: .*'type' is required"),
        (XML.replace("bom/1.6", "bom/7.6"), "no CycloneDX of the versions"),
        (XML.replace("</bom>", ""), "broken XML"),
        (json.dumps(SPDX | {"spdxVersion": "SPDX-1.2"}), r"SPDX 1\.2 is not known"),
        (json.dumps(SPDX | {"packages": [{"name": "x"}]}), r"packages\[0\] has no name or no SPDXID"),
        ('{"a": 1}', "names neither"),
        ("{", "truncated|malformed"),
        ("left-pad==1.0", "no SBOM that is known"),
    ],
)
def test_refused(text: str, reason: str) -> None:
    """What is broken, of an unknown version or against the rules is refused with the place and the reason."""
    with pytest.raises(DeliveryError, match=reason):
        read_sbom(text)


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
_FILE = '<!DOCTYPE bom [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("declared", [f'<!DOCTYPE bom [<!ENTITY l0 "ha">{_LAUGHS}]>', _FILE, "<!DOCTYPE bom>"])
def test_entities(declared: str) -> None:
    """XML that declares entities, growing or from files, is refused before it is parsed."""
    with pytest.raises(DeliveryError, match="document type"):
        read_sbom(XML.replace("<bom ", f"{declared}<bom ").replace("core", "&l11;"))


def test_secrets_stay_out() -> None:
    """A secret in a name, a URL or what broke a rule is in no component and no refusal."""
    secret = "ghp_" + "Ab1" * 12
    item = {"type": "library", "name": f"token {secret}", "version": secret}
    item["purl"] = f"pkg:npm/x@1?download_url=https://mona:{secret}@npm.example/x"
    assert secret not in str(read_sbom(json.dumps(CYCLONE | {"components": [item]})))
    with pytest.raises(DeliveryError) as refused:
        read_sbom(json.dumps(CYCLONE | {"components": [{**item, "hashes": [{"alg": "MD5", "content": secret}]}]}))
    assert secret not in str(refused.value)


@pytest.mark.parametrize("depth", [200, 2000, 100_000])
@pytest.mark.parametrize(("opened", "closed"), [('{"components":[', "]}"), ("<component>", "</component>"), ("[", "]")])
def test_depth(opened: str, closed: str, depth: int) -> None:
    """However deep it is nested, a document is read or refused."""
    inside = opened * depth + closed * depth
    texts = (
        '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[' + inside + "]}",
        f'<bom xmlns="http://cyclonedx.org/schema/bom/1.6">{inside}</bom>',
        f"SPDXVersion: SPDX-2.3\n{inside}",
        f"spdxVersion: SPDX-2.3\npackages: {inside}",
    )
    for text in texts:
        with contextlib.suppress(DeliveryError):
            read_sbom(text)


def test_what_is_too_deep_is_not_validated() -> None:
    """Validating takes the square of the depth, so nobody may choose it."""
    inside = '{"components":[' * 300 + "]}" * 300
    with pytest.raises(DeliveryError, match="nested too deeply"):
        read_sbom('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[' + inside + "]}")


_WORDS = st.sampled_from(
    [
        "bomFormat",
        "CycloneDX",
        "specVersion",
        "1.4",
        "components",
        "spdxVersion",
        "SPDX-2.3",
        "packages",
        "SPDXID",
        "name",
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | _WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=6), inner, max_size=6),
)


@given(st.text() | _JSON.map(json.dumps) | st.text(alphabet='<>/="bom &;!-[]PackageName: \n'))
def test_any_text(text: str) -> None:
    """Any text is an SBOM or one typed error, whichever format it is taken for."""
    for start in ("", "SPDXVersion: SPDX-2.3\n", '<bom xmlns="http://cyclonedx.org/schema/bom/1.4">'):
        with contextlib.suppress(DeliveryError):
            read_sbom(start + text)


@given(st.dictionaries(_WORDS, _JSON), st.dictionaries(_WORDS, _JSON))
def test_any_object(cyclone: dict[str, Any], spdx: dict[str, Any]) -> None:
    """Any object that claims to be an SBOM is one, or one typed error."""
    claims = ({"bomFormat": "CycloneDX", "specVersion": "1.4"}, {"spdxVersion": "SPDX-2.3"}, {"@context": "spdx"})
    for claim, body in zip(claims, (cyclone, spdx, {"@graph": list(spdx.values())}), strict=True):
        with contextlib.suppress(DeliveryError):
            of_object({**body, **claim})
        with contextlib.suppress(DeliveryError):
            read_sbom(json.dumps({**body, **claim}))
