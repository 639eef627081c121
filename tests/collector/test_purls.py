"""Package URLs are those that the ecosystem's own library writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl import PackageURL

from collector.purls import name_in, purl_of, split_purl

_TYPES = st.sampled_from(
    ["npm", "pypi", "golang", "maven", "cargo", "gem", "nuget", "composer", "hex", "pub", "docker"]
)
_PARTS = st.text("abcXYZ019@._-+~ %:", min_size=1, max_size=12).filter(lambda part: part.strip(" ") == part)


@given(_TYPES, st.lists(_PARTS, min_size=1, max_size=3))
def test_as_the_library_writes_them(kind: str, parts: list[str]) -> None:
    """A name becomes the package URL that packageurl-python makes of it."""
    namespace, name = "/".join(parts[:-1]), parts[-1]
    expected = PackageURL(kind, namespace or None, name)
    assert PackageURL.from_string(purl_of(kind, "/".join(parts))) == PackageURL.from_string(expected.to_string())


@given(_TYPES, st.lists(_PARTS, min_size=1, max_size=3), _PARTS, st.booleans())
def test_reading_and_writing_agree(kind: str, parts: list[str], version: str, has_more: bool) -> None:  # noqa: FBT001
    """What a package URL with version, qualifiers and subpath is of is what its parts are written as."""
    qualifiers, subpath = ({"os": "linux"}, "a/b") if has_more else (None, None)
    whole = PackageURL(kind, "/".join(parts[:-1]) or None, parts[-1], version, qualifiers, subpath).to_string()
    assert split_purl(whole) == (purl_of(kind, "/".join(parts)), version)


@given(st.text() | st.text("pkg:/@%?#a1. "))
def test_any_text(text: str) -> None:
    """Any text is a package URL or none, and one of one is itself."""
    base, _ = split_purl(text)
    assert split_purl(base) == (base, "")


@pytest.mark.parametrize("text", ["", "pkg:", "pkg:npm", "pkg:npm/", "pkg:/x", "http://x/y", "pkg:np m/x", "pkg:npm//"])
def test_no_purl(text: str) -> None:
    """What is none has no parts."""
    assert split_purl(text) == ("", "")


def test_scope_that_is_not_encoded() -> None:
    """A scope written with its at sign is no version."""
    assert split_purl("pkg:npm/@babel/core") == ("pkg:npm/%40babel/core", "")
    assert split_purl("pkg:npm/@babel/core@7.1.0") == ("pkg:npm/%40babel/core", "7.1.0")


def test_secrets_stay_out() -> None:
    """A secret where a name belongs is masked."""
    assert name_in(purl_of("npm", "ghp_" + "Ab1" * 12)) == "***"
