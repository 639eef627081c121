"""Model versions as bytes: what is packed comes back, and whatever is wrong is found before it is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.event import Kind
from models.errors import (
    ChangedFileError,
    ForeignModelError,
    ForgedModelError,
    LayoutMismatchError,
    MalformedModelError,
    MissingKeyError,
    ReplacedModelError,
    UnknownVersionError,
    UnsignedModelError,
    UntrustedModelError,
)
from models.signature import sign
from models.version import (
    ARRAYS,
    MANIFEST,
    SIGNATURE,
    Manifest,
    canonical,
    check_name,
    digest_of,
    pack,
    seal,
    unpack,
    unseal,
)
from tests.models.versions import KEY, NAME, OTHER_KEY, TRUSTED, make_manifest, make_rows, small_ensembles

FILES = seal(make_manifest(), small_ensembles(), KEY)


def with_arrays(data: bytes) -> dict[str, bytes]:
    """Return the files of a version whose arrays are these bytes, with digest and signature that fit."""
    manifest = msgspec.json.decode(FILES[MANIFEST], type=Manifest)
    told = canonical(msgspec.structs.replace(manifest, files={ARRAYS: digest_of(data)}))
    return {MANIFEST: told, SIGNATURE: sign(told, KEY), ARRAYS: data}


def repacked(change: Callable[[zipfile.ZipFile], None], *, without: str = "") -> bytes:
    """Return the arrays' bytes with something written to them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(FILES[ARRAYS])) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            if name != without:
                new.writestr(name, old.read(name))
        change(new)
    return buffer.getvalue()


def test_version_comes_back_whole() -> None:
    """What was sealed scores to the bit as before, and the manifest tells of every array."""
    version = unseal(NAME, FILES, TRUSTED, digest_of(FILES[MANIFEST]))
    rows = make_rows(50, 9)
    for kind, ensemble in small_ensembles().items():
        again, members = version.ensembles[kind].score(rows)
        score, expected = ensemble.score(rows)
        np.testing.assert_array_equal(again, score)
        assert all(np.array_equal(members[name], bits) for name, bits in expected.items())
    assert version.manifest.arrays["access.rows"] == "<i8 1"


def test_sealing_again_gives_the_same_bytes() -> None:
    """The bytes of a version depend on what is in it, and on no clock."""
    assert seal(make_manifest(), small_ensembles(), KEY) == FILES


@given(at=st.integers(min_value=0), file=st.sampled_from(sorted(FILES)), flip=st.integers(1, 255))
def test_no_byte_can_be_changed(at: int, file: str, flip: int) -> None:
    """A version of which any byte was changed is refused."""
    data = bytearray(FILES[file])
    at %= len(data)
    data[at] ^= flip
    with pytest.raises(UntrustedModelError):
        unseal(NAME, {**FILES, file: bytes(data)}, TRUSTED)


def test_unsigned_version_is_refused() -> None:
    """A version without a signature is refused."""
    with pytest.raises(UnsignedModelError):
        unseal(NAME, {MANIFEST: FILES[MANIFEST], ARRAYS: FILES[ARRAYS]}, TRUSTED)


def test_version_of_another_key_is_refused() -> None:
    """A version that somebody else signed is refused, and the message names both keys."""
    with pytest.raises(ForeignModelError, match="was signed with the key"):
        unseal(NAME, seal(make_manifest(), small_ensembles(), OTHER_KEY), TRUSTED)


def test_signature_under_another_keys_name_is_refused() -> None:
    """A signature that only claims to be of a trusted key is refused."""
    signer = FILES[SIGNATURE].split()[1]
    algorithm, _, signature = sign(FILES[MANIFEST], OTHER_KEY).split()
    with pytest.raises(ForgedModelError):
        unseal(NAME, {**FILES, SIGNATURE: b" ".join([algorithm, signer, signature])}, TRUSTED)


def test_nothing_is_trusted_without_a_key() -> None:
    """Where no public key is held, no version can be checked, so none is read."""
    with pytest.raises(MissingKeyError):
        unseal(NAME, FILES, [])


def test_old_key_stays_trusted_beside_a_new_one() -> None:
    """Several public keys may be held: so a key can be replaced."""
    assert unseal(NAME, FILES, [OTHER_KEY.public_key(), *TRUSTED]).manifest.version == NAME


def test_changed_file_is_named() -> None:
    """Arrays that are not those of the manifest are refused by their name."""
    other = pack({"access.columns": np.arange(3)})
    with pytest.raises(ChangedFileError, match=r"arrays\.npz is not the file"):
        unseal(NAME, {**FILES, ARRAYS: other}, TRUSTED)


def test_file_beside_the_known_ones_is_refused() -> None:
    """A file that the manifest does not tell of has no business in a version."""
    with pytest.raises(ChangedFileError, match=r"model\.pkl"):
        unseal(NAME, {**FILES, "model.pkl": b""}, TRUSTED)


def test_another_version_under_the_name_is_refused() -> None:
    """A version that was renamed, so that an old one would serve for a new one, is refused."""
    with pytest.raises(ReplacedModelError, match="under another name"):
        unseal("2026-12-01T0900-ffff", FILES, TRUSTED)


def test_promoted_digest_must_be_met() -> None:
    """A version signed by us is still refused where another one was promoted under its name."""
    with pytest.raises(ReplacedModelError, match="not the version that was promoted"):
        unseal(NAME, FILES, TRUSTED, "0" * 64)


def test_other_layout_is_refused() -> None:
    """Ensembles fitted on rows of another layout would score nonsense."""
    with pytest.raises(LayoutMismatchError, match="feedfeed"):
        unseal(NAME, seal(make_manifest(layout="feedfeed"), small_ensembles(), KEY), TRUSTED)


def test_manifest_that_is_none_is_refused() -> None:
    """A signed manifest that lacks its fields is refused in words."""
    told = b"{}\n"
    with pytest.raises(MalformedModelError, match="manifest cannot be read"):
        unseal(NAME, {**FILES, MANIFEST: told, SIGNATURE: sign(told, KEY)}, TRUSTED)


def test_extra_array_is_refused() -> None:
    """An array that the manifest does not tell of is refused, signed or not."""
    extra = repacked(lambda new: new.writestr("access.extra.npy", b""))
    with pytest.raises(MalformedModelError, match="not those its manifest tells of"):
        unseal(NAME, with_arrays(extra), TRUSTED)


def test_pickled_array_is_refused() -> None:
    """An array of Python objects is never unpickled, signed or not."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([print], dtype=object), allow_pickle=True)
    pickled = repacked(lambda new: new.writestr("access.rows.npy", buffer.getvalue()), without="access.rows.npy")
    with pytest.raises(MalformedModelError, match="allow_pickle"):
        unseal(NAME, with_arrays(pickled), TRUSTED)


def test_compressed_array_is_refused() -> None:
    """No array is compressed: a small file never unfolds to one that fills the memory."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(1000))
    with pytest.raises(MalformedModelError, match="compressed"):
        unpack(NAME, buffer.getvalue(), {"a": "<i8 1"})


@pytest.mark.parametrize("kept", [0, 10, 1000, -100])
def test_truncated_arrays_are_refused(kept: int) -> None:
    """Arrays that end too early are refused in words, even under a digest that fits."""
    with pytest.raises(MalformedModelError, match="cannot be read"):
        unseal(NAME, with_arrays(FILES[ARRAYS][:kept]), TRUSTED)


def test_array_of_another_shape_is_refused() -> None:
    """An array is what the manifest says, type and shape."""
    with pytest.raises(MalformedModelError, match="is not <i8 3"):
        unpack(NAME, pack({"a": np.arange(2)}), {"a": "<i8 3"})


def test_arrays_that_are_no_ensemble_are_refused() -> None:
    """Signed arrays that lack what an ensemble needs are refused in words."""
    lone = {Kind.ACCESS: Lone()}
    with pytest.raises(MalformedModelError, match="no ensemble"):
        unseal(NAME, seal(make_manifest(), lone, KEY), TRUSTED)  # type: ignore[arg-type]  # on purpose


class Lone:
    """Pretends to be an ensemble of one array."""

    def arrays(self) -> dict[str, np.ndarray]:
        """Return it."""
        return {"columns": np.arange(3)}


@pytest.mark.parametrize("name", ["", "own", "..", "2026-11-25T1300-1a2b/..", "2026-11-25T1300-1A2B", "a" * 300])
def test_name_cannot_leave_the_folder(name: str) -> None:
    """Only what looks like a version's name is looked up at all."""
    with pytest.raises(UnknownVersionError):
        check_name(name)
