"""The compiled part of reading a log: escapes stripped, lines found, their shapes hashed, what is worth a look chosen.

Python takes microseconds a line, logs have millions of lines and few shapes of line: so each byte is looked at here, in
nanoseconds, and Python reads only first occurrences and what tells of a job's structure. It is one file because what
is compiled is kept for later by the time of its file, whatever it calls.
"""

from __future__ import annotations

import string
from typing import Any

import numpy as np
from numba import njit

MAX_SHAPE = 160
"""Bytes of a shape."""
LOOKED = 400
"""Bytes of a line that its shape is made of."""
MAX_SHAPES = 60_000
"""Shapes that are told apart and counted; of further ones a few are kept, and none is counted."""
SLOTS = 1 << 17
MAX_LOOKS = 2_000
"""Hosts and masked values that are read; further ones are not."""
LOOK_SLOTS = 1 << 13
MAX_STRUCTURE = 20_000
"""Lines of structure that are read."""
GROUP_LINES = 100
"""Lines of a group that are read."""
KEY_LINES = 200
"""Lines after the beginning of a private key that may be part of it."""
RUN = 40
"""Characters that make a run which may be encoded."""
SHORT_RUN = 24
"""Characters in which a secret may be encoded."""
SHORT_WORD = 7
"""Characters from which a word of letters and digits may be a hash."""
SAMPLE = 2_000
"""Characters of a run that are looked at to tell what it is."""

NEW, LOOK, STRUCTURE, IN_KEY, HOST, BLOB, OVER, ENCODED = (1 << n for n in range(8))
"""Flags of a row: first of its shape; names what was not named before; structure; maybe part of a private key; names a
host; holds an encoded run; first of its shape as far as is known; holds a run that is worth decoding."""

# what a cleaner remembers between blocks
MODE, RETURNED, LINE, NEWLINES, FILL, CLEANERS = range(6)
# what a reader remembers between blocks
GROUP, KEY, LINES, IS_CONTINUED, RUN_LENGTH, RUN_KIND, STRUCTURES, SHAPES, LOOKS, MASKED, LONGEST, BLOBS, READERS = (
    range(13)
)

(
    _WORD,
    _DIGIT,
    _UPPER,
    _LOWER,
    _HEX,
    _RUN,
    _SPACE,
    _JOINER,
    _MARK,
    _SLASH,
    _DOT,
    _EQUALS,
    _COLON,
    _NUMERIC,
    _CONSTANT,
    _PADDED,
) = (1 << n for n in range(16))
_TEXT, _ESCAPE, _SEQUENCE, _STRING, _STRING_END, _CHARSET = range(6)
_NEWLINE, _SOFT = 10, 11
"""Ends of lines in cleaned text; a soft one is where a section marker ends in the middle of a line."""


def compiled(function: Any) -> Any:
    """Compile a function for each type it meets, and keep that for later starts where a folder can be written."""
    try:
        return njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither beside the source nor in the user's own cache: every start compiles
        return njit(nogil=True)(function)


_MEMBERS = (
    (_WORD, string.ascii_letters + string.digits + "_"),
    (_DIGIT, string.digits),
    (_UPPER, string.ascii_uppercase),
    (_LOWER, string.ascii_lowercase),
    (_HEX, string.hexdigits),
    (_RUN, string.ascii_letters + string.digits + "+/_-"),
    (_SPACE, " \t"),
    (_JOINER, "-_@.=/\\"),
    (_MARK, " *:./-"),
    (_SLASH, "/"),
    (_DOT, "."),
    (_EQUALS, "="),
    (_COLON, ":"),
    (_NUMERIC, string.digits + "-_@.=/\\:,+TZ"),
    (_CONSTANT, string.ascii_uppercase + string.digits + "_"),
    (_PADDED, string.ascii_letters + string.digits + "+/_-="),
)


def inlined(function: Any) -> Any:
    """Compile a function into those that call it: for what is called so often that a call costs more than its work."""
    return njit(nogil=True, inline="always")(function)


def _classes() -> np.ndarray[Any, np.dtype[np.uint16]]:
    table = np.zeros(256, np.uint16)
    for bit, members in _MEMBERS:
        table[list(members.encode())] |= np.uint16(bit)
    table[128:] |= np.uint16(_WORD)
    return table


CLASSES = _classes()
BEGIN, END, PRIVATE = (np.frombuffer(word, np.uint8) for word in (b"-----BEGIN", b"-----END", b"PRIVATE KEY"))
CONNECT, RESOLV, LOOKUP, HOSTED, HOST_WORD = (
    np.frombuffer(word, np.uint8) for word in (b"connect", b"resolv", b"lookup", b"host:", b" host")
)
GROUP_WORD, RUN_WORD, TOKEN_WORD, END_WORD, SECTION, PUTTY = (
    np.frombuffer(word, np.uint8)
    for word in (b"##[group]", b"Run ", b"GITHUB_TOKEN", b"##[endgroup]", b"section_", b"Private-Lines:")
)
STARTS = tuple(
    np.frombuffer(word, np.uint8)
    for word in (
        b"##[",
        b"section_",
        b"[Pipeline] ",
        b"[command]",
        b"$ ",
        b"+ ",
        b"Download action",
        b"Runn",
        b"Cache ",
        b"Creating cache ",
        b"Checking cache ",
    )
)
"""How lines of structure begin."""
PRIME, SEED = np.uint64(0x100000001B3), np.uint64(0xCBF29CE484222325)


@compiled
def begins(text: Any, at: Any, end: Any, word: Any) -> Any:
    """Tell whether a word stands at a place."""
    if at < 0 or at + word.size > end:
        return False
    for n in range(word.size):
        if text[at + n] != word[n]:
            return False
    return True


@compiled
def ends_with(text: Any, start: Any, at: Any, word: Any) -> Any:
    """Tell whether a word, in any case, ends with the byte at a place."""
    first = at - word.size + 1
    if first < start:
        return False
    for n in range(word.size - 1, -1, -1):
        if text[first + n] | 32 != word[n] | 32:
            return False
    return True


@compiled
def number(text: Any, at: Any, count: Any) -> Any:
    """Return a number of so many digits; -1 where one of them is none."""
    total = 0
    for n in range(at, at + count):
        digit = text[n] - 48
        if digit < 0 or digit > 9:
            return -1
        total = total * 10 + digit
    return total


@compiled
def stamp(text: Any, start: Any, end: Any) -> Any:
    """Return the length of the time a runner wrote before a line, and the time in seconds; NaN where it tells none.

    GitHub's and GitLab's `2026-03-01T10:00:00.123Z `, GitLab's with ` 00O ` behind it, Jenkins's `[2026-…Z] ` and
    `10:00:00 `.
    """
    at = start
    if end - at >= 3 and text[at] == 0xEF and text[at + 1] == 0xBB and text[at + 2] == 0xBF:
        at += 3
    begun = at
    if end - at >= 9 and text[at + 2] == 58 and text[at + 5] == 58 and text[at + 8] == 32:
        is_clock = number(text, at, 2) >= 0 and number(text, at + 3, 2) >= 0 and number(text, at + 6, 2) >= 0
        if is_clock:
            return at + 9 - start, np.nan
    bracket = at < end and text[at] == 91
    at += bracket
    if end - at < 19 or text[at + 4] != 45 or text[at + 10] != 84 or text[at + 13] != 58:
        return begun - start, np.nan
    year, month, day = number(text, at, 4), number(text, at + 5, 2), number(text, at + 8, 2)
    hour, minute, second = number(text, at + 11, 2), number(text, at + 14, 2), number(text, at + 17, 2)
    if year < 1970 or month < 1 or month > 12 or day < 1 or day > 31 or hour < 0 or minute < 0 or second < 0:
        return begun - start, np.nan
    at += 19
    part, scale = 0.0, 0.1
    if at < end and text[at] == 46:
        at += 1
        while at < end and CLASSES[text[at]] & _DIGIT:
            part += scale * (text[at] - 48)
            scale *= 0.1
            at += 1
    if at < end and text[at] == 90:
        at += 1
    if bracket:
        if at >= end or text[at] != 93:
            return begun - start, np.nan
        at += 1
    elif (
        end - at >= 4 and text[at] == 32 and (text[at + 3] == 79 or text[at + 3] == 69) and number(text, at + 1, 2) >= 0
    ):
        at += 4
        if at < end and text[at] == 43:
            at += 1
    if at < end and text[at] != 32:
        return begun - start, np.nan
    at += at < end
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return at - start, days * 86400.0 + hour * 3600.0 + minute * 60.0 + second + part


@compiled
def clean(raw: Any, out: Any, state: Any) -> Any:
    r"""Append a block to cleaned text: no escapes, no control characters, and of `10%\r20%\n` only the last state."""
    mode, returned, line, newlines, fill = state[MODE], state[RETURNED], state[LINE], state[NEWLINES], state[FILL]
    for n in range(raw.size):
        byte = raw[n]
        if mode != _TEXT and byte != 10:
            if mode == _ESCAPE:
                if byte == 91:
                    mode = _SEQUENCE
                elif byte == 93 or byte == 80 or byte == 95 or byte == 94:
                    mode = _STRING
                elif byte >= 40 and byte <= 47:
                    mode = _CHARSET
                elif byte != 27:
                    mode = _TEXT
                continue
            if mode == _SEQUENCE:
                if byte >= 32 and byte < 64:
                    continue
                mode = _TEXT
                if byte >= 64 and byte < 127:
                    continue
            elif mode == _STRING:
                if byte == 7:
                    mode = _TEXT
                elif byte == 27:
                    mode = _STRING_END
                continue
            elif mode == _STRING_END:
                mode = _TEXT if byte == 92 else _STRING
                continue
            else:
                mode = _TEXT
                continue
        if (byte >= 32 and byte != 127) or byte == 9:
            if returned:
                returned = 0
                length, _ = stamp(out, line, fill)
                if begins(out, line + length, fill, SECTION):
                    out[fill] = _SOFT
                    fill += 1
                    line = fill
                else:
                    fill = line + length
            out[fill] = byte
            fill += 1
        elif byte == 10:
            mode, returned = _TEXT, 0
            out[fill] = _NEWLINE
            fill += 1
            line = fill
            newlines += 1
        elif byte == 13:
            returned = 1
        elif byte == 27:
            mode = _ESCAPE
        elif byte == 8 and fill > line:
            fill -= 1
    state[MODE], state[RETURNED], state[LINE], state[NEWLINES], state[FILL] = mode, returned, line, newlines, fill


@compiled
def plain(text: Any, start: Any, end: Any, out: Any, size: Any) -> Any:
    """Write text in lower case, numbers as `#` and repeated punctuation once; return the new size."""
    at = start
    while at < end and size < MAX_SHAPE:
        byte = text[at]
        kind = CLASSES[byte]
        at += 1
        if kind & _DIGIT:
            while at < end and CLASSES[text[at]] & _DIGIT:
                at += 1
            byte = np.uint8(35)
        elif kind & _UPPER:
            byte |= np.uint8(32)
        elif kind & _WORD == 0:
            while at < end and text[at] == byte:
                at += 1
        out[size] = byte
        size += 1
    return size


@compiled
def put(byte: Any, out: Any, size: Any) -> Any:
    """Write one byte where there is room; return the new size."""
    if size < MAX_SHAPE:
        out[size] = byte
        return size + 1
    return size


@compiled
def is_mixed(text: Any, start: Any, end: Any) -> Any:
    """Tell an encoded run from a path or an identifier: upper case, lower case and digits, not hex, few separators."""
    seen, separators, is_hex = 0, 0, True
    stop = min(end, start + SAMPLE)
    for n in range(start, stop):
        kind = CLASSES[text[n]]
        seen |= kind
        is_hex = is_hex and kind & _HEX != 0
        separators += text[n] == 47 or text[n] == 95 or text[n] == 45
    wanted = _UPPER | _LOWER | _DIGIT
    return seen & wanted == wanted and not is_hex and separators * 10 < stop - start


@compiled
def is_host(text: Any, start: Any, end: Any) -> Any:
    """Tell a name of a host: labels of letters, digits and `-`, the last of letters, maybe a port."""
    labels, of_letters, length = 1, True, 0
    for n in range(start, end):
        kind = CLASSES[text[n]]
        if text[n] == 46:
            if length == 0:
                return False
            labels, of_letters, length = labels + 1, True, 0
        elif text[n] == 58:
            return labels > 1 and of_letters and length > 1
        elif text[n] == 45 or (kind & (_UPPER | _LOWER | _DIGIT)):
            of_letters = of_letters and kind & (_UPPER | _LOWER) != 0
            length += 1
        else:
            return False
    return labels > 1 and of_letters and length > 1


@compiled
def is_name(text: Any, start: Any, end: Any) -> Any:
    """Tell a name that something is assigned to: letters, digits and `_-.` only."""
    for n in range(start, end):
        if CLASSES[text[n]] & _WORD == 0 and text[n] != 45 and text[n] != 46:
            return False
    return True


@compiled
def word(text: Any, start: Any, end: Any, names_hosts: Any, out: Any, size: Any) -> Any:
    """Write one word of a shape; return the new size."""
    first, last = start, end
    while first < last and CLASSES[text[first]] & _WORD == 0 and text[first] != 47:
        first += 1
    while last > first and CLASSES[text[last - 1]] & _WORD == 0 and text[last - 1] != 47:
        last -= 1
    if first > start:
        size = plain(text, start, first, out, size)
    if first == last:
        return size
    seen, shared = 0, 0xFFFF
    for n in range(first, last):
        kind = CLASSES[text[n]]
        seen |= kind
        shared &= kind
    equals, scheme = -1, -1
    if seen & _EQUALS:
        equals = first
        while text[equals] != 61:
            equals += 1
    if seen & _COLON and seen & _SLASH:
        for n in range(first, last - 2):
            if text[n] == 58 and text[n + 1] == 47 and text[n + 2] == 47:
                scheme = n
                break
    if scheme > 0:
        size = plain(text, first, scheme + 1, out, size)
        size = put(47, out, put(47, out, size))
        host, stop = scheme + 3, scheme + 3
        while (
            stop < last
            and text[stop] != 47
            and text[stop] != 63
            and text[stop] != 35
            and text[stop] != 34
            and text[stop] != 39
        ):
            if text[stop] == 64:
                host = stop + 1
            stop += 1
        size = plain(text, host, stop, out, size)
        if stop < last:
            size = put(126, out, size)
    elif last - first >= RUN and shared & _PADDED and is_mixed(text, first, last):
        for byte in (60, 98, 108, 111, 98, 62):
            size = put(byte, out, size)
    elif shared & _NUMERIC and seen & _DIGIT:
        size = put(35, out, size)
    elif shared & _CONSTANT and seen & _UPPER:
        size = plain(text, first, last, out, size)
    elif text[start] == 45 or (equals > first and is_name(text, first, equals)):
        stop = equals if equals > first else last
        size = plain(text, first, stop, out, size)
        if equals > first:
            size = put(126, out, put(61, out, size))
    elif names_hosts and seen & _DOT and seen & _SLASH == 0 and is_host(text, first, last):
        size = plain(text, first, last, out, size)
    elif seen & _JOINER:
        size = put(126, out, size)
    elif seen & _DIGIT and ((shared & _HEX and last - first >= SHORT_WORD) or last - first >= 16):
        size = put(35, out, size)
    else:
        size = plain(text, first, last, out, size)
    return plain(text, last, end, out, size) if last < end else size


@compiled
def quoted_end(text: Any, at: Any, end: Any) -> Any:
    """Return where quoted text ends that may be masked; -1 where a quote opens none, or where it holds a URL."""
    for stop in range(at + 1, end):
        if text[stop] == text[at]:
            return stop
        if text[stop] == 58 and stop + 1 < end and text[stop + 1] == 47:
            return -1
    return -1


@compiled
def shape(text: Any, start: Any, end: Any, may_name_hosts: Any, out: Any) -> Any:
    """Write what two runs' lines have in common, names, numbers, paths and quoted text masked; return its size."""
    end = min(end, start + LOOKED)
    at, size, names_hosts = start, 0, False
    while at < end and size < MAX_SHAPE:
        byte = text[at]
        if CLASSES[byte] & _SPACE:
            at += 1
            continue
        if size:
            out[size] = 32
            size += 1
        if byte == 39 or byte == 34:
            stop = quoted_end(text, at, end)
            if stop > 0:
                size = put(byte, out, put(126, out, put(byte, out, size)))
                at = stop + 1
                continue
        stop, seen = at, 0
        while stop < end:
            kind = CLASSES[text[stop]]
            if kind & _SPACE:
                break
            seen |= kind
            stop += 1
        is_short = stop - at < SHORT_WORD and seen & (_JOINER | _COLON) == 0
        if is_short and seen & _DIGIT:
            for n in range(at, stop):
                is_short = is_short and text[n] != 43 and text[n] != 44  # 1,234 is one number
        if is_short:
            size = plain(text, at, stop, out, size)
        elif seen & (_DIGIT | _JOINER | _COLON) or stop - at >= RUN:
            size = word(text, at, stop, names_hosts, out, size)
        else:
            last = min(stop, at + MAX_SHAPE - size)
            before = np.uint8(0)
            for n in range(at, last):
                byte = text[n]
                kind = CLASSES[byte]
                if kind & _WORD or byte != before:
                    out[size] = byte | np.uint8(32) if kind & _UPPER else byte
                    size += 1
                before = byte
        if may_name_hosts and not names_hosts:
            is_socket = stop - at > 4 and text[at + 3] == 47 and text[at + 2] == 112
            names_hosts = is_socket or names_next(text, start, stop)
        at = stop
    return size


@compiled
def names_next(text: Any, start: Any, at: Any) -> Any:
    """Tell whether a word that ends before a place is followed by the name of a host: `connected to`, `lookup`."""
    if at - start < 5:
        return False
    last = text[at - 1] | 32
    if last == 111:  # connect to, connected to, connecting to, connection to
        if text[at - 2] | 32 != 116 or text[at - 3] != 32:
            return False
        for back in range(at - 4, max(start + 5, at - 8), -1):
            if ends_with(text, start, back, CONNECT):
                return True
        return False
    if last == 112:
        return ends_with(text, start, at - 1, LOOKUP)
    if last == 58:
        return ends_with(text, start, at - 1, HOSTED)
    if last == 101:  # resolve
        return ends_with(text, start, at - 2, RESOLV)
    if last == 103:  # resolving
        return ends_with(text, start, at - 4, RESOLV)
    if last == 116:  # resolve host, resolving host
        return ends_with(text, start, at - 1, HOST_WORD) and (
            ends_with(text, start, at - 7, RESOLV) or ends_with(text, start, at - 9, RESOLV)
        )
    return False


@compiled
def mixed_bits(value: Any) -> Any:
    """Return the bits of a hash well mixed, never 0 (the finaliser of splitmix64, Steele et al. 2014)."""
    z = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) | np.uint64(1)


@compiled
def hashed(text: Any, start: Any, end: Any, seed: Any) -> Any:
    """Return a hash of bytes: FNV-1a, two bytes at a time in a sum of their own, then mixed."""
    even, odd = seed, seed ^ PRIME
    for n in range(start, end - 1, 2):
        even = (even ^ np.uint64(text[n])) * PRIME
        odd = (odd ^ np.uint64(text[n + 1])) * PRIME
    if (end - start) & 1:
        even = (even ^ np.uint64(text[end - 1])) * PRIME
    return mixed_bits(mixed_bits(even) + odd)


@compiled
def is_unseen(table: Any, key: Any) -> Any:
    """Remember a hash; tell whether it was not there. A table has always room, its keepers see to that."""
    mask = np.uint64(table.size - 1)
    slot = key & mask
    while table[slot] != 0:
        if table[slot] == key:
            return False
        slot = (slot + np.uint64(1)) & mask
    table[slot] = key
    return True


@compiled
def is_unseen_shape(table: Any, counts: Any, key: Any, state: Any) -> Any:
    """Count a shape; return whether it is a new one: 1, or 2 where there is no room to remember it."""
    mask = np.uint64(table.size - 1)
    slot = key & mask
    while table[slot] != 0:
        if table[slot] == key:
            counts[slot] += 1
            return 0
        slot = (slot + np.uint64(1)) & mask
    if state[SHAPES] >= MAX_SHAPES:
        return 2
    table[slot] = key
    counts[slot] = 1
    state[SHAPES] += 1
    return 1


@compiled
def counted(table: Any, counts: Any, keys: Any, out: Any) -> Any:
    """Write how often each shape came; 1 for those that were not remembered."""
    mask = np.uint64(table.size - 1)
    for n in range(keys.size):
        slot = keys[n] & mask
        while table[slot] != 0 and table[slot] != keys[n]:
            slot = (slot + np.uint64(1)) & mask
        out[n] = counts[slot] if table[slot] == keys[n] else 1


@compiled
def authority_end(text: Any, at: Any, end: Any) -> Any:
    """Return where the host and port of a URL end."""
    stop = min(end, at + 300)
    while at < stop:
        byte = text[at]
        is_part = (
            CLASSES[byte] & _WORD or byte == 45 or byte == 46 or byte == 58 or byte == 64 or byte == 91 or byte == 93
        )
        if not is_part and byte != 42 and byte != 37:
            break
        at += 1
    return at


@compiled
def quad_end(text: Any, start: Any, dot: Any, end: Any) -> Any:
    """Return where an IPv4 address with its first dot at a place ends; -1 where there is none."""
    first = dot
    while first > start and CLASSES[text[first - 1]] & _DIGIT and dot - first < 3:
        first -= 1
    if first == dot or (first > start and (text[first - 1] == 46 or CLASSES[text[first - 1]] & _DIGIT)):
        return -1
    at = dot
    for _ in range(3):
        if at >= end or text[at] != 46:
            return -1
        at += 1
        digits = 0
        while at < end and CLASSES[text[at]] & _DIGIT:
            at += 1
            digits += 1
        if digits == 0 or digits > 3:
            return -1
    if at < end and text[at] == 58:
        at += 1
        while at < end and CLASSES[text[at]] & _DIGIT:
            at += 1
    return at


@compiled
def sextet(byte: Any) -> Any:
    """Return the six bits of a base64 character, of either alphabet."""
    if byte >= 97:
        return byte - 71
    if byte >= 65 and byte <= 90:
        return byte - 65
    if byte == 95:
        return 63
    if byte >= 48 and byte <= 57:
        return byte + 4
    return 62 if byte == 43 or byte == 45 else 63


@compiled
def run_kind(text: Any, start: Any, end: Any) -> Any:
    """Return what an encoded run is: -1 none, 0 of bytes, 1 of text, 2 of text that is encoded itself."""
    if not is_mixed(text, start, end):
        return -1
    if (
        end - start > 7
        and (text[start] | 32) == 115
        and (text[start + 1] | 32) == 104
        and (text[start + 2] | 32) == 97
        and text[start + 6] == 45
    ):
        return -1
    if (
        start >= 7
        and (text[start - 1] == 58 or text[start - 1] == 61)
        and (text[start - 7] | 32) == 115
        and (text[start - 6] | 32) == 104
    ):
        return -1
    stop = start + (min(end - start, SAMPLE) // 4) * 4
    inner, is_inner = 0, True
    for at in range(start, stop, 4):
        bits = (
            (sextet(text[at]) << 18) | (sextet(text[at + 1]) << 12) | (sextet(text[at + 2]) << 6) | sextet(text[at + 3])
        )
        for shift in (16, 8, 0):
            byte = (bits >> shift) & 255
            if (byte < 32 or byte > 126) and byte != 9 and byte != 10 and byte != 13:
                return 0
            if byte >= 32:
                is_inner = is_inner and (CLASSES[byte] & _RUN != 0 or byte == 61)
                inner += 1
    return 2 if is_inner and inner >= 24 else 1


@compiled
def run_found(length: Any, kind: Any, state: Any) -> Any:
    """Count an encoded run."""
    size = 0 if length < 64 else 1 if length < 256 else 2 if length < 1024 else 3
    state[BLOBS] |= np.int64(1) << (kind * 4 + size)
    state[LONGEST] = max(state[LONGEST], length)


@compiled
def may_begin(byte: Any) -> Any:
    """Tell quickly whether a line of structure begins so."""
    return byte == 35 or byte == 115 or byte == 91 or byte == 36 or byte == 43 or byte == 68 or byte == 82 or byte == 67


@compiled
def is_structure(text: Any, start: Any, end: Any, state: Any) -> Any:
    """Tell whether a line tells of a job's structure, following the groups it opens and closes."""
    if state[GROUP] == 0 and not may_begin(text[start]):
        return False
    if begins(text, start, end, GROUP_WORD):
        after = start + GROUP_WORD.size
        is_read = begins(text, after, end, RUN_WORD) or begins(text, after, end, TOKEN_WORD)
        state[GROUP] = GROUP_LINES if is_read else 0
        return True
    if begins(text, start, end, END_WORD):
        state[GROUP] = 0
        return True
    if state[GROUP] > 0:
        state[GROUP] -= 1
        return True
    for known in STARTS:
        if begins(text, start, end, known):
            return True
    return False


@compiled
def look(text: Any, start: Any, end: Any, table: Any, state: Any) -> Any:
    """Return LOOK where bytes were not looked at before and may be now, else 0."""
    if state[LOOKS] >= MAX_LOOKS or not is_unseen(table, hashed(text, start, end, SEED)):
        return 0
    state[LOOKS] += 1
    return LOOK


@inlined
def may_name(text: Any, at: Any) -> Any:
    """Tell quickly whether `names_next` may hold before a space."""
    last, before = text[at - 1] | 32, text[at - 2] | 32
    return (
        (last == 111 and before == 116 and text[at - 3] == 32)
        or (last == 112 and before == 117)
        or (last == 58 and before == 116)
        or (last == 101 and before == 118)
        or (last == 103 and before == 110 and text[at - 4] | 32 == 118)
        or (last == 116 and before == 115 and text[at - 4] | 32 == 104)
    )


@compiled
def may_hide(text: Any, start: Any, end: Any) -> Any:
    """Tell quickly whether a run may be a secret that is encoded: both cases, not too many separators."""
    seen, separators = 0, 0
    stop = min(end, start + SAMPLE)
    for n in range(start, stop):
        kind = CLASSES[text[n]]
        seen |= kind
        separators += kind & _SLASH != 0 or text[n] == 95 or text[n] == 45
    return seen & _UPPER != 0 and seen & _LOWER != 0 and separators * 5 < stop - start


@compiled
def run_ended(text: Any, run: Any, at: Any, end: Any, is_cut: Any, state: Any) -> Any:
    """Take note of a run of characters that may be encoded; return the flag of it."""
    carried, kind = state[RUN_LENGTH], state[RUN_KIND]
    state[RUN_LENGTH] = 0
    length = at - run + carried
    flags = ENCODED if may_hide(text, run, at) else 0
    if length < RUN:
        return flags
    if carried == 0:
        kind = run_kind(text, run, at)
    if at == end and is_cut:
        state[RUN_LENGTH], state[RUN_KIND] = length, kind
        return flags
    if kind < 0:
        return flags
    while at < end and text[at] == 61:
        length += 1
        at += 1
    run_found(length, kind, state)
    return flags | BLOB


@compiled
def key_edge(text: Any, at: Any, end: Any, state: Any) -> Any:
    """Follow where private keys begin and end; return IN_KEY where one does."""
    if begins(text, at, end, BEGIN):
        for near in range(at + 10, min(end - 10, at + 52)):
            if begins(text, near, end, PRIVATE):
                state[KEY] = KEY_LINES
                return IN_KEY
    elif state[KEY] and begins(text, at, end, END):
        state[KEY] = 0
        return IN_KEY
    return 0


@compiled
def scan(text: Any, start: Any, end: Any, is_cut: Any, looked: Any, state: Any) -> Any:
    """Return the flags of a line, from all of its bytes; `is_cut` where it goes on in the next block."""
    flags, at, run, is_starred = 0, start, start, False
    while at < end:
        byte = text[at]
        bits = CLASSES[byte]
        if bits & (_RUN | _MARK) == _RUN:
            at += 1
            continue
        if bits & _RUN == 0:
            if at - run >= SHORT_RUN or state[RUN_LENGTH]:
                flags |= run_ended(text, run, at, end, is_cut, state)
            run = at + 1
            if bits & _MARK == 0:
                at += 1
                continue
        if byte == 32:
            if at - start > 5 and may_name(text, at) and names_next(text, start, at):
                flags |= HOST | look(text, at, min(end, at + 100), looked, state)
        elif byte == 42:
            if at + 2 < end and text[at + 1] == 42 and text[at + 2] == 42:
                state[MASKED] += 1
                if not is_starred:
                    flags |= look(text, start, min(end, start + LOOKED), looked, state)
                    is_starred = True
                run = at + 3
                at += 2
        elif byte == 46:
            if at > start and at + 5 < end and CLASSES[text[at - 1]] & _DIGIT and CLASSES[text[at + 1]] & _DIGIT:
                stop = quad_end(text, start, at, end)
                if stop > 0:
                    flags |= HOST | look(text, max(start, at - 3), stop, looked, state)
        elif byte == 45:
            if at + 8 < end and text[at + 4] == 45 and text[at + 1] == 45 and (at == start or text[at - 1] != 45):
                flags |= key_edge(text, at, end, state)
        elif byte == 58:
            if at + 2 < end and text[at + 1] == 47 and text[at + 2] == 47:
                stop = authority_end(text, at + 3, end)
                if stop > at + 3:
                    flags |= HOST | look(text, at + 3, stop, looked, state)
        elif at - start >= 3 and text[at - 1] == 112 and (text[at - 2] == 99 or text[at - 2] == 100):
            flags |= HOST | look(text, at, min(end, at + 100), looked, state)
        at += 1
    if end - run >= SHORT_RUN or state[RUN_LENGTH]:
        flags |= run_ended(text, run, end, end, is_cut, state)
    return flags


@compiled
def read(text: Any, at: Any, end: Any, is_cut: Any, seed: Any, tables: Any, rows: Any, times: Any, state: Any) -> Any:
    """Read lines up to an end; return where the next begins, and how many rows were written.

    A row is a line that Python shall see. Reading stops early where there is no room for another.
    """
    shapes, counts, looked = tables
    starts, ends, lines, moments, flags, hashes, orders, sizes, written_shapes = rows
    written = 0
    while at < end and written < starts.size:
        stop = at
        while stop < end and text[stop] != _NEWLINE and text[stop] != _SOFT:
            stop += 1
        if stop == end and not is_cut:
            break
        begun, was_continued = at, state[IS_CONTINUED]
        length, moment = (0, np.nan) if was_continued else stamp(text, at, stop)
        start = at + length
        state[IS_CONTINUED] = stop == end
        at = stop + 1 if stop < end else stop
        if not np.isnan(moment):
            times[0] = moment if np.isnan(times[0]) else times[0]
            times[1] = moment
        line = state[LINES] + 1
        if stop < end and text[stop] == _NEWLINE:
            state[LINES] += 1
        while start < stop and CLASSES[text[start]] & _SPACE:
            start += 1
        if start == stop:
            if was_continued:
                scan(text, begun, stop, stop == end, looked, state)
            continue
        in_key = state[KEY] > 0
        state[KEY] -= in_key
        flag = scan(text, start, stop, stop == end, looked, state)
        if in_key:
            flag |= IN_KEY
        elif text[start] == 80 and begins(text, start, stop, PUTTY):
            state[KEY] = KEY_LINES
        if not was_continued:
            if state[STRUCTURES] < MAX_STRUCTURE and is_structure(text, start, stop, state):
                state[STRUCTURES] += 1
                flag |= STRUCTURE
            out = written_shapes[written]
            size = shape(text, start, stop, flag & HOST != 0, out)
            key = hashed(out, 0, size, seed)
            unseen = is_unseen_shape(shapes, counts, key, state)
            if unseen:
                flag |= NEW if unseen == 1 else NEW | OVER
                hashes[written] = key
                orders[written] = hashed(out, 0, size, SEED)
                sizes[written] = size
        if flag & (NEW | LOOK | STRUCTURE):
            starts[written], ends[written], lines[written] = start, stop, line
            moments[written], flags[written] = moment, flag
            written += 1
    return at, written
