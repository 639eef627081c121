"""Asking another system: nothing half is taken for whole, nobody is stormed, and our token goes nowhere else."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from collector.errors import AnsweredError, PollError, PostponedError
from collector.pollers.client import TRIES
from collector.pollers.limits import LONGEST_WAIT_S, Allowance
from tests.collector.pollers.stand import HandClock, client_of
from tests.collector.pollers.vendor import Fault, Reply, Vendor, misbehaving, raw, status


@pytest.fixture
def hand() -> HandClock:
    """Return a clock that is moved by hand."""
    return HandClock()


def serve(vendor: Vendor, value: object = None) -> None:
    """Have the vendor answer a list."""
    vendor.routes["/list"] = lambda _: Reply(value=value or [{"id": 1}])


@pytest.mark.parametrize(
    "fault",
    [
        misbehaving("reset"),
        misbehaving("truncated"),
        misbehaving("cut"),
        raw(b'[{"id": 1}, {"id'),
        raw(b"<html>502</html>"),
        status(500),
        status(502),
        status(503),
    ],
    ids=["reset", "truncated", "cut", "half a page", "no JSON", "500", "502", "503"],
)
def test_what_may_pass_is_asked_again(vendor: Vendor, hand: HandClock, fault: Fault) -> None:
    """What breaks off, is no JSON or fails is asked for again after pauses that double; half a page is never taken."""
    serve(vendor)
    vendor.faults.extend([fault, fault])
    assert client_of(vendor, hand).get("/list").value == [{"id": 1}]
    assert len(vendor.asked) == 3
    assert hand.pauses == [0.5, 1.0]


def test_patience_has_an_end(vendor: Vendor, hand: HandClock) -> None:
    """After a few tries the reason is told, with how often it was asked."""
    serve(vendor)
    vendor.faults.extend([misbehaving("truncated")] * TRIES)
    with pytest.raises(PollError, match=rf"/list.*breaks off.*asked {TRIES} times"):
        client_of(vendor, hand).get("/list")
    assert len(vendor.asked) == TRIES


def test_pauses_are_spread(vendor: Vendor, hand: HandClock) -> None:
    """Two that failed together need not try again together."""
    serve(vendor)
    vendor.faults.append(status(500))
    client = client_of(vendor, hand)
    object.__setattr__(client._clock, "draw", lambda: 0.0)
    client.get("/list")
    assert hand.pauses == [0.25]


def test_dripping_answer_ends(vendor: Vendor, hand: HandClock) -> None:
    """An answer that comes byte by byte for ever is given up."""
    serve(vendor)
    vendor.faults.extend([misbehaving("dripping")] * TRIES)
    client = client_of(vendor, hand)
    ticks = iter(range(10**9))
    object.__setattr__(client._clock, "steady", lambda: next(ticks) * 30.0)
    with pytest.raises(PollError, match="does not end"):
        client.get("/list")


def test_endless_answer_ends(vendor: Vendor, hand: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer longer than any page is not read into memory."""
    monkeypatch.setattr("collector.pollers.client.MAX_BODY", 1 << 20)
    vendor.routes["/list"] = lambda _: Reply(body=b" " * (2 << 20))
    with pytest.raises(PollError, match="more than 1 MiB"):
        client_of(vendor, hand).get("/list")


def test_nobody_there_is_told(hand: HandClock) -> None:
    """A server that is away is named, with the reason."""
    with Vendor() as vendor:
        client = client_of(vendor, hand)
    with pytest.raises(PollError, match=r"127\.0\.0\.1:\d+/list cannot be reached: .*refused"):
        client.get("/list")


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (status(429, {"Retry-After": "17"}), 17.0),
        (status(403, {"Retry-After": "60"}, "You have exceeded a secondary rate limit."), 60.0),
        (status(403, {}, "You have exceeded a secondary rate limit."), 60.0),
        (status(503, {"Retry-After": "30"}), 30.0),
        (status(429), 60.0),
        (status(429, {"Retry-After": "-5"}), 1.0),
        (status(429, {"Retry-After": "1e300"}), LONGEST_WAIT_S),
        (status(429, {"Retry-After": "soon"}), 60.0),
    ],
    ids=["429", "secondary", "secondary without a time", "503", "no time", "negative", "years", "words"],
)
def test_server_says_when(vendor: Vendor, hand: HandClock, fault: Fault, wait: float) -> None:
    """Who asks us to wait is asked once, and not before its time."""
    serve(vendor)
    vendor.faults.append(fault)
    with pytest.raises(PostponedError) as caught:
        client_of(vendor, hand).get("/list")
    assert caught.value.until == pytest.approx(hand.at + wait)
    assert len(vendor.asked) == 1


def test_reset_is_by_the_servers_clock(vendor: Vendor, hand: HandClock) -> None:
    """A limit that ends in five minutes ends in five minutes, whatever time it is here."""
    serve(vendor)
    vendor.clock_ahead_s = 7_200.0
    ends = f"{hand.at + 7_200 + 300:.0f}"
    vendor.faults.append(status(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": ends}, "API rate limit"))
    with pytest.raises(PostponedError) as caught:
        client_of(vendor, hand).get("/list")
    assert caught.value.until == pytest.approx(hand.at + 300, abs=3)


def test_date_of_a_wait_is_by_the_servers_clock(vendor: Vendor, hand: HandClock) -> None:
    """A date in Retry-After is held against the server's own."""
    serve(vendor)
    vendor.clock_ahead_s = -3_600.0
    vendor.faults.append(status(503, {"Retry-After": formatdate(hand.at - 3_600 + 90, usegmt=True)}))
    with pytest.raises(PostponedError) as caught:
        client_of(vendor, hand).get("/list")
    assert caught.value.until == pytest.approx(hand.at + 90, abs=3)


def test_last_requests_are_left_to_others(vendor: Vendor, hand: HandClock) -> None:
    """When few requests are left, the answer is taken and the next waits for the reset."""
    told = {"X-RateLimit-Limit": "1000", "X-RateLimit-Remaining": "50", "X-RateLimit-Reset": f"{hand.at + 600:.0f}"}
    vendor.routes["/list"] = lambda _: Reply(value=[], headers=dict(told))
    client = client_of(vendor, hand)
    assert client.get("/list").value == []
    with pytest.raises(PostponedError, match="few requests are left"):
        client.get("/list")
    hand.at += 602
    told["X-RateLimit-Remaining"] = "999"
    assert client.get("/list").value == []


def test_missing_right_is_no_limit(vendor: Vendor, hand: HandClock) -> None:
    """A 403 that is about rights is told at once, in the server's words, with secrets masked."""
    serve(vendor)
    vendor.faults.append(status(403, {"X-RateLimit-Remaining": "40"}, "Resource not accessible, ghp_" + "a" * 36))
    with pytest.raises(AnsweredError, match="answered 403, Resource not accessible") as caught:
        client_of(vendor, hand).get("/list")
    assert caught.value.status == 403
    assert "ghp_aaaa" not in str(caught.value)
    assert hand.pauses == []


def test_unchanged_is_told(vendor: Vendor, hand: HandClock) -> None:
    """Who shows the tag of the last answer hears that nothing changed."""
    serve(vendor)
    client = client_of(vendor, hand)
    answer = client.get("/list")
    assert client.get("/list", etag=answer.etag).status == 304


def test_clock_of_the_server_is_noted(vendor: Vendor, hand: HandClock) -> None:
    """How far the server's clock is ahead of ours is known after an answer."""
    serve(vendor)
    vendor.clock_ahead_s = -400.0
    client = client_of(vendor, hand)
    client.get("/list")
    assert client.clock_ahead_s == pytest.approx(-400, abs=3)


def test_token_stays_with_its_server(vendor: Vendor, hand: HandClock) -> None:
    """A list that is said to be elsewhere is not asked for there."""
    with Vendor() as other:
        vendor.routes["/list"] = lambda _: Reply(302, headers={"Location": f"{other.url}/list"})
        with pytest.raises(PollError, match="our token must not go"):
            client_of(vendor, hand).get("/list")
        with pytest.raises(PollError, match="our token must not go"):
            client_of(vendor, hand).get(f"{other.url}/list")
        assert other.asked == []


def test_moved_list_is_found(vendor: Vendor, hand: HandClock) -> None:
    """A redirection on the same server is followed, with the token."""
    serve(vendor)
    vendor.routes["/old"] = lambda _: Reply(301, headers={"Location": "/list"})
    assert client_of(vendor, hand).get("/old").value == [{"id": 1}]
    assert vendor.asked[-1].headers["authorization"] == "Bearer s3cret"


def test_redirections_end(vendor: Vendor, hand: HandClock) -> None:
    """A server that sends us in circles is left."""
    vendor.routes["/list"] = lambda _: Reply(302, headers={"Location": "/list"})
    with pytest.raises(PollError, match="one redirection after another"):
        client_of(vendor, hand).get("/list")


def test_text_elsewhere_is_fetched_without_the_token(vendor: Vendor, hand: HandClock) -> None:
    """A log that lies on another host by a signed address is fetched there, and our token is not shown there."""
    with Vendor() as other:
        other.routes["/log"] = lambda _: Reply(body=b"line\n" * 50_000)
        vendor.routes["/logs"] = lambda _: Reply(302, headers={"Location": f"{other.url}/log?sig=s"})
        with client_of(vendor, hand).download("/logs", 1 << 20) as chunks:
            assert b"".join(chunks) == b"line\n" * 50_000
        assert "authorization" not in other.asked[0].headers
    assert vendor.asked[0].headers["authorization"] == "Bearer s3cret"


def test_signature_is_not_told(vendor: Vendor, hand: HandClock) -> None:
    """An error about a signed address does not show the signature."""
    with Vendor() as other:
        vendor.routes["/logs"] = lambda _: Reply(302, headers={"Location": f"{other.url}/log?sig=hush"})
        with (
            pytest.raises(AnsweredError, match="/log answered 404") as caught,
            client_of(vendor, hand).download("/logs", 1 << 20),
        ):
            pass
    assert "hush" not in str(caught.value)


def test_text_that_breaks_off_is_no_text(vendor: Vendor, hand: HandClock) -> None:
    """A log that ends too early raises while it is read."""
    vendor.routes["/logs"] = lambda _: Reply(body=b"")
    vendor.faults.append(misbehaving("truncated"))
    with (
        pytest.raises(PollError, match="breaks off"),
        client_of(vendor, hand).download("/logs", 1 << 20) as chunks,
    ):
        list(chunks)


def test_text_is_bounded(vendor: Vendor, hand: HandClock) -> None:
    """A log longer than the limit is given up."""
    vendor.routes["/logs"] = lambda _: Reply(body=b"x" * (3 << 20))
    with (
        pytest.raises(PollError, match="more than 1 MiB"),
        client_of(vendor, hand).download("/logs", 1 << 20) as chunks,
    ):
        list(chunks)


def test_post_is_made_once(vendor: Vendor, hand: HandClock) -> None:
    """What changes something is not repeated by us, whatever comes of it."""
    vendor.routes["/again"] = lambda _: Reply(202, {})
    client = client_of(vendor, hand)
    vendor.faults.append(status(500))
    with pytest.raises(PollError):
        client.post("/again")
    assert client.post("/again").status == 202
    assert [asked.method for asked in vendor.asked] == ["POST", "POST"]


def test_requests_are_counted(vendor: Vendor, hand: HandClock) -> None:
    """Beyond the first few, so many requests an hour are allowed; one that hears that nothing changed costs nothing."""
    serve(vendor)
    allowance = Allowance(3_600, hand.clock, at_once=2)
    client = client_of(vendor, hand, allowance)
    etag = client.get("/list").etag
    for _ in range(5):
        assert client.get("/list", etag=etag).status == 304
    allowance.check()
    client.get("/list")
    client.get("/list")  # what has begun comes to its end
    with pytest.raises(PostponedError) as caught:
        allowance.check()
    assert caught.value.until == pytest.approx(hand.at + 2.0)
    hand.at += 2.0
    allowance.check()


def test_next_page_is_found_among_links(vendor: Vendor, hand: HandClock) -> None:
    """Of several links the one to the next page is taken, whatever their order and quotes."""
    links = '<http://a.example/?p=1>; rel="prev", <http://a.example/?q=a,b&p=3>; title="x"; rel=next, <x>; rel="last"'
    vendor.routes["/list"] = lambda _: Reply(value=[], headers={"Link": links})
    assert client_of(vendor, hand).get("/list").next_url == "http://a.example/?q=a,b&p=3"


def test_proxy_of_the_environment_is_used(vendor: Vendor, hand: HandClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that the environment names is asked, unless it names the host as one to be reached without."""
    serve(vendor)
    with Vendor() as proxy:
        proxy.routes["*"] = lambda _: Reply(value=["by proxy"])
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        assert client_of(vendor, hand).get("/list").value == ["by proxy"]
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert client_of(vendor, hand).get("/list").value == [{"id": 1}]
