"""The page in a real Chromium: live, by keyboard, on a phone, in light and dark, for everyone."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from collector.stream.entry import Verdict
from service.api.access import Gatekeeper
from service.feed import Feed
from service.incident import Status
from service.store.database import Database
from service.web import page_router
from tests.service.feed.seeding import learn, seed
from tests.service.web.browser import Complaints, launch, serving
from tests.service.web.test_other_pages import Ports
from tests.service.web.test_source_pages import know

pytestmark = pytest.mark.service

ADDRESSES = {
    "feed": "/",
    "search": "/?text=zzz&actor=user:mona",
    "start": "/?organisation=nobody",
    "incident": "/incidents/{id}",
    "close": "/incidents/{id}/close",
    "entity": "/entities?type=user&name=user1",
    "drills": "/drills",
    "models": "/models",
    "sources": "/sources",
    "deliveries": "/deliveries",
    "delivery": "/deliveries/1",
    "coverage": "/coverage",
    "login": "/login",
    "problem": "/incidents/none",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium."""
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def address(database: Database, feed: Feed, ids: list[str]) -> Iterator[str]:
    """Return where the page with eight incidents is served."""
    assert ids
    know(database)
    ports = Ports()
    app = FastAPI()
    gatekeeper = Gatekeeper(database, is_loopback=True)
    app.include_router(page_router(feed, gatekeeper, sources=ports, drills=ports, models=ports, redelivery=ports))
    with serving(app) as served:
        yield served


@pytest.fixture
def complaints() -> Complaints:
    """Return what browsers complained of in this test."""
    return Complaints()


@pytest.fixture
def page(browser: Browser, address: str, complaints: Complaints) -> Iterator[Page]:
    """Return the feed in a desktop's browser, connected."""
    with_page = opened(browser, address, complaints)
    yield next(with_page)
    with_page.close()
    assert complaints.told == []


def opened(browser: Browser, address: str, complaints: Complaints, **options: Any) -> Generator[Page, None, None]:
    """Yield the feed in a browser of its own."""
    context: BrowserContext = browser.new_context(base_url=address, **options)
    page = context.new_page()
    complaints.listen(page)
    try:
        page.goto("/")
        yield page
    finally:
        context.close()


def is_live(page: Page) -> None:
    """Wait until the page hears of changes."""
    expect(page.locator("#live")).to_have_text("live", timeout=30_000)


def test_incident_arrives_by_itself(page: Page, database: Database) -> None:
    """A new incident slides into the open page, ranked, and is announced."""
    is_live(page)
    made = seed(database, 12, position=50)
    expect(page.locator(f"#row-{made[-1]}.arrived")).to_be_visible(timeout=30_000)
    assert page.locator(".row").first.get_attribute("data-id") == made[-1]
    expect(page.locator("#announce")).to_contain_text("12 new incidents. First:")


def test_arrivals_keep_coming(page: Page, database: Database) -> None:
    """The list renews itself after it was renewed."""
    is_live(page)
    for position in (50, 60, 70):
        made = seed(database, 1, position=position)
        expect(page.locator(f"#row-{made[0]}")).to_be_visible(timeout=30_000)


def test_reader_who_scrolled_is_not_moved(
    browser: Browser, address: str, database: Database, complaints: Complaints
) -> None:
    """Who has scrolled down is told how many are new, and sees them when they ask."""
    for page in opened(browser, address, complaints, viewport={"width": 1000, "height": 300}):
        is_live(page)
        page.mouse.wheel(0, 500)
        page.wait_for_function("window.scrollY > 300")
        made = seed(database, 3, position=50)
        button = page.get_by_role("button", name="3 new incidents: show")
        expect(button).to_be_visible(timeout=30_000)
        assert not page.locator(f"#row-{made[0]}").count()
        button.click()
        expect(page.locator(f"#row-{made[0]}")).to_be_visible(timeout=30_000)
        assert page.evaluate("window.scrollY") == 0
    assert complaints.told == []


def test_label_arrives_with_the_first_events(page: Page, database: Database) -> None:
    """A page that was opened before the demonstration had any events is labelled as soon as it shows some."""
    page.goto("/?organisation=simulated")
    is_live(page)
    learn(database, [1.0], "simulated")
    made = seed(database, 1, position=50, organisation="simulated")
    expect(page.locator(f"#row-{made[0]}")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("note", name="Simulated")).to_contain_text("SIMULATED")


def test_hidden_page_catches_up(page: Page, database: Database) -> None:
    """A page in the background holds no connection, and hears what it missed once it is looked at again."""
    is_live(page)
    hide = "() => {{ Object.defineProperty(document, 'hidden', {{ value: {}, configurable: true }});"
    hide += " document.dispatchEvent(new Event('visibilitychange')); }}"
    page.evaluate(hide.format("true"))
    expect(page.locator("#live")).to_have_text("paused")
    made = seed(database, 1, position=50)
    assert not page.locator(f"#row-{made[0]}").count()
    page.evaluate(hide.format("false"))
    expect(page.locator(f"#row-{made[0]}")).to_be_visible(timeout=30_000)


def test_list_waits_for_who_is_closing(page: Page, database: Database) -> None:
    """While somebody chooses a verdict the list stands still; it catches up afterwards."""
    is_live(page)
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.get_by_role("dialog").get_by_role("radio").first).to_be_focused()
    made = seed(database, 2, position=50)
    expect(page.locator("#announce")).to_have_text("2 new incidents", timeout=30_000)
    page.get_by_role("link", name="Not now").click()
    expect(page.locator(f"#row-{made[0]}")).to_be_visible(timeout=30_000)


def test_keyboard_walks_and_opens(page: Page, ids: list[str]) -> None:
    """The keys j and k walk through the rows, Enter opens the one walked to."""
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator(f"#open-{ids[-2]}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(
        f"{page.url.split('/incidents')[0].split('/?')[0].rstrip('/')}/incidents/{ids[-2]}?organisation=default"
    )


def test_keyboard_closes_with_a_verdict(page: Page, feed: Feed, ids: list[str]) -> None:
    """The key e opens the verdicts of the chosen row; choosing one closes the incident and returns to the list."""
    page.keyboard.press("j")
    page.keyboard.press("e")
    dialog = page.get_by_role("dialog", name="Close the incident")
    expect(dialog.get_by_role("radio").first).to_be_focused()
    dialog.get_by_role("radio", name="Real, and allowed").check()
    dialog.get_by_label("Comment").fill("our release")
    dialog.get_by_role("button", name="Close the incident").click()
    expect(page.get_by_role("status")).to_contain_text("Closed as “real, and allowed”")
    assert page.locator(f"#row-{ids[-1]}").count() == 0
    after = feed.incident("default", ids[-1])
    assert after is not None
    assert (after.status, after.verdict, after.comments[0].text) == (Status.RESOLVED, Verdict.BENIGN, "our release")


def test_keys_are_letters_in_a_field(page: Page) -> None:
    """Who types into a field types letters, and / leads to the search."""
    page.keyboard.press("/")
    page.keyboard.type("jke")
    expect(page.get_by_role("searchbox")).to_have_value("jke")
    assert page.locator("dialog[open]").count() == 0


def test_filter_by_choosing(page: Page) -> None:
    """Choosing a filter applies it."""
    page.get_by_label("Status").select_option("resolved")
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    assert "status=resolved" in page.url


def test_close_on_the_incident_page(page: Page, ids: list[str]) -> None:
    """An incident is read and closed on its own page."""
    page.locator(f"#open-{ids[-1]}").click()
    page.get_by_role("radio", name="A real attack").check()
    page.get_by_role("button", name="Close the incident").click()
    expect(page.get_by_text("Closed as a real attack")).to_be_visible()


def test_reader_of_an_incident_hears_of_changes(page: Page, feed: Feed, ids: list[str]) -> None:
    """What others do meanwhile is told without taking away what one is writing."""
    page.goto(f"/incidents/{ids[0]}")
    is_live(page)
    page.get_by_label("Add a comment").fill("half a thought")
    feed.triage("default", ids[0], assignee="bob", by="bob")
    expect(page.locator("#changed")).to_contain_text("bob: assigned to bob", timeout=30_000)
    expect(page.get_by_label("Add a comment")).to_have_value("half a thought")


def test_works_without_scripts(browser: Browser, address: str, ids: list[str], complaints: Complaints) -> None:
    """Reading, filtering and closing need no script."""
    for page in opened(browser, address, complaints, java_script_enabled=False):
        page.get_by_label("Text").fill("user1")
        page.get_by_role("button", name="Filter").click()
        page.get_by_role("link", name="Close incident 1:").click()
        page.get_by_role("radio", name="A test or a drill").check()
        page.get_by_role("button", name="Close the incident").click()
        expect(page.get_by_role("status")).to_contain_text("Closed as")
        assert page.locator(f"#row-{ids[-1]}").count() == 0


@pytest.mark.parametrize("name", ADDRESSES)
def test_fits_a_phone(browser: Browser, address: str, ids: list[str], complaints: Complaints, name: str) -> None:
    """No page needs sideways scrolling at 360 pixels."""
    for page in opened(browser, address, complaints, viewport={"width": 360, "height": 740}):
        page.goto(ADDRESSES[name].format(id=ids[-1]))
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ADDRESSES)
def test_everyone_can_use_it(browser: Browser, address: str, ids: list[str], name: str, scheme: Any) -> None:
    """Axe finds no violation that keeps anybody out, in light and in dark."""
    for page in opened(browser, address, Complaints(), color_scheme=scheme, reduced_motion="reduce"):
        page.goto(ADDRESSES[name].format(id=ids[-1]))
        assert grave(page) == []


def test_axe_would_say(browser: Browser) -> None:
    """What keeps people out is found: the tests above are not blind."""
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<html lang=en><title>t</title><main><h1>t</h1><img src=x></main></html>")
        assert [name for name, _ in grave(page)] == ["image-alt"]


def grave(page: Page) -> list[tuple[str, str]]:
    """Return the serious and critical violations that axe finds: which rule, and where first."""
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:300]) for one in found if one["impact"] in {"serious", "critical"}]


def test_second_organisation_is_chosen_from_the_list(page: Page, database: Database) -> None:
    """Choosing an organisation shows it."""
    learn(database, [1.0], "other")
    page.reload()
    page.get_by_label("Organisation").select_option("other")
    expect(page.get_by_role("heading", level=1)).to_contain_text("in other")
