// Makes the page live and quick by keyboard. Everything it does can be done without it.
"use strict";

document.documentElement.classList.add("scripted");

const idsIn = (root) => new Set([...root.querySelectorAll(".row[data-id]")].map((row) => row.dataset.id));
const isTyping = (target) => target.closest("input, select, textarea, dialog, [contenteditable]") !== null;
const isScrolled = () => window.scrollY > 240;
const announce = (text) => { document.getElementById("announce").textContent = text; };
const incidents = (number) => `${number} new incident${number === 1 ? "" : "s"}`;

let known = new Set();
let chosen = "";
let isAskedFor = false;
let isWaiting = false;

// --- arrivals: the list renews itself; a reader who has scrolled down or is at work is told, and not moved

const isAtWork = () => isTyping(document.activeElement) || document.querySelector("dialog[open]") !== null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const feed = document.getElementById("feed");
  if (!feed || event.detail.target !== feed) return;
  const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
  known = idsIn(feed);
  const arrived = [...idsIn(page)].filter((id) => !known.has(id)).length;
  if (isAskedFor || !(isScrolled() || isAtWork())) return;
  event.detail.shouldSwap = false;
  isWaiting = true;
  const arrivals = document.getElementById("arrivals");
  if (arrived && arrivals) {
    arrivals.hidden = false;
    arrivals.firstElementChild.textContent = `${incidents(arrived)}: show`;
    announce(incidents(arrived));
  }
});

const catchUp = () => {
  if (isWaiting && !isScrolled() && !isAtWork()) {
    isWaiting = false;
    window.htmx.trigger("#feed", "refresh");
  }
};
document.addEventListener("focusout", () => setTimeout(catchUp, 50));
document.addEventListener("close", catchUp, true);
window.addEventListener("scroll", catchUp, { passive: true });

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "feed" && event.target.id !== "feed") return;
  isAskedFor = isWaiting = false;
  const rows = [...document.querySelectorAll("#feed .row[data-id]")];
  const arrived = rows.filter((row) => known.size && !known.has(row.dataset.id));
  arrived.forEach((row) => row.classList.add("arrived"));
  if (arrived.length) announce(`${incidents(arrived.length)}. First: ${arrived[0].querySelector(".title").textContent}`);
  choose(document.getElementById(`row-${chosen}`), false);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#arrivals button")) {
    isAskedFor = true;
    window.scrollTo({ top: 0 });
    window.htmx.trigger("#feed", "refresh");
  }
  if (event.target.closest("dialog [data-dismiss]")) {
    event.preventDefault();
    event.target.closest("dialog").close();
  }
});

// --- news: one connection while the page is looked at, since a browser allows six to a site, whatever the number of tabs

let source = null;

function connect() {
  if (source || document.hidden || !document.body.dataset.live) return;
  source = new EventSource(document.body.dataset.live);
  source.addEventListener("open", () => tellLive(true));
  source.addEventListener("changed", (event) => {
    const heard = new URL(document.body.dataset.live, window.location.href);
    heard.searchParams.set("seen", event.data);
    document.body.dataset.live = heard.pathname + heard.search;
    window.htmx.trigger(document.body, "changed");
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) {
      disconnect();
      setTimeout(connect, 5000);
    }
    tellLive(false);
  });
}

function disconnect() {
  if (!source) return;
  source.close();
  source = null;
  tellLive(false, "paused");
}

function tellLive(isLive, words = isLive ? "live" : "not connected") {
  const light = document.getElementById("live");
  light.hidden = false;
  light.classList.toggle("lost", !isLive);
  light.lastElementChild.textContent = words;
}

document.addEventListener("visibilitychange", () => (document.hidden ? disconnect() : connect()));
window.addEventListener("pagehide", disconnect);
window.addEventListener("pageshow", connect);

// --- the keyboard: j and k walk, Enter opens, e closes, / searches

const rowsNow = () => [...document.querySelectorAll(".row[data-id]")];

function choose(row, withFocus = true) {
  document.querySelectorAll(".row.chosen").forEach((other) => other.classList.remove("chosen"));
  if (!row) return;
  chosen = row.dataset.id;
  row.classList.add("chosen");
  if (withFocus) {
    row.querySelector(".title").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }
}

function step(by) {
  const rows = rowsNow();
  const at = rows.findIndex((row) => row.dataset.id === chosen);
  choose(rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]);
}

async function close() {
  const row = rowsNow().find((one) => one.dataset.id === chosen);
  const link = row && row.querySelector("a.close");
  const dialog = document.getElementById("close-dialog");
  if (!link) {
    const verdict = document.querySelector("input[name=verdict]");
    if (verdict) verdict.focus();
    return;
  }
  if (!dialog) { window.location = link.href; return; }
  await window.htmx.ajax("GET", link.href, { target: "#close-dialog", select: "#close-form", swap: "innerHTML" });
  dialog.showModal();
  dialog.querySelector("input[name=verdict]").focus();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  e: close,
  "/": () => document.getElementById("text")?.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !Object.hasOwn(keys, event.key)) return;
  event.preventDefault();
  keys[event.key]();
});

document.addEventListener("focusin", (event) => {
  const row = event.target.closest(".row[data-id]");
  if (row) choose(row, false);
});

// --- conveniences

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form.requestSubmit();
  if (event.target.matches("[data-filters] select")) event.target.form.requestSubmit();
});

const UNITS = [["year", 31557600, 2], ["month", 2630016, 2], ["day", 86400, 2], ["hour", 3600, 2], ["minute", 60, 2]];

function ago(seconds) {
  if (Math.abs(seconds) < 60) return "just now";
  const [noun, size] = UNITS.find(([, unit, least]) => seconds >= unit * least) || ["second", 1];
  const number = Math.max(0, Math.round(seconds / size));
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"} ago`;
}

setInterval(() => {
  document.querySelectorAll("time[datetime]").forEach((time) => {
    if (/ago$|^just now$/.test(time.textContent)) time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
  });
}, 30000);
