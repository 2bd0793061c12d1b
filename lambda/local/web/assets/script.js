"use strict";
// The page without this script can be read; with it, it keeps itself up to date.

const said = document.getElementById("said");
let saidFor;

function say(text, good) {
  said.textContent = text;
  said.classList.toggle("bad", !good);
  clearTimeout(saidFor);
  saidFor = setTimeout(() => { said.textContent = ""; }, 12000);
}

// Times, as the server says them too.
function relative(date) {
  const ms = Date.now() - date;
  if (Math.abs(ms) < 1000) return "now";
  const ahead = ms < 0;
  const s = Math.floor(Math.abs(ms) / 1000);
  const words = s < 60 ? s + " s" : s < 3600 ? Math.floor(s / 60) + " min" : s < 172800 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " days";
  return ahead ? "in " + words : words + " ago";
}

function tick() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = relative(new Date(time.dateTime));
    if (time.textContent !== text) time.textContent = text;
  }
}
tick();
setInterval(tick, 1000);

// Buttons answer on the page.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true"); // it keeps the focus
  try {
    const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" } });
    say((await answer.json()).says, answer.ok);
  } catch {
    say("The program does not answer. Is it still running?", false);
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

// Parts of cards are replaced where they differ, so that the focus stays where it is.
function replacePart(old, now) {
  if (old.innerHTML === now.innerHTML) return;
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  old.replaceChildren(...now.childNodes);
  if (focused !== null) {
    const again = [...old.querySelectorAll("a")].find((a) => a.getAttribute("href") === focused) || old.closest(".card").querySelector("h3 a");
    again.focus();
  }
}

function replaceCard(now) {
  const old = document.getElementById(now.id);
  if (!old) return;
  old.className = now.className;
  for (const part of now.querySelectorAll("[data-part]")) {
    const place = old.querySelector(`[data-part="${part.dataset.part}"]`);
    if (place) replacePart(place, part);
  }
}

function parse(html) {
  return new DOMParser().parseFromString(html, "text/html").body;
}

const wanted = new Set();
let fetching = false;

async function refreshCards() {
  if (fetching || wanted.size === 0) return;
  fetching = true;
  const names = [...wanted];
  wanted.clear();
  try {
    const answer = await fetch("/cards?" + names.map((name) => "name=" + encodeURIComponent(name)).join("&"));
    if (answer.ok) {
      for (const card of parse(await answer.text()).querySelectorAll(".card")) replaceCard(card);
      tick();
    }
  } catch {
    // The stream of events ends too, and says so.
  } finally {
    fetching = false;
    if (wanted.size > 0) setTimeout(refreshCards, 1000);
  }
}

function want(names) {
  for (const name of names) {
    if (document.getElementById("checker-" + name)) wanted.add(name);
  }
  refreshCards();
}

function setCounts(counts) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const text = String(counts[place.dataset.count] ?? 0);
    if (place.textContent !== text) place.textContent = text;
  }
  if (document.querySelector("[data-count]")) {
    document.title = (counts.in ? "(" + counts.in + " in stock) " : "") + "Stock checker";
  }
}

const latest = document.getElementById("latest");

async function refreshLatest() {
  if (!latest) return;
  const answer = await fetch("/");
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("latest");
  if (now && latest.innerHTML !== now.innerHTML) {
    latest.replaceChildren(...now.childNodes);
    const none = document.getElementById("no-latest");
    if (none && latest.children.length > 0) none.hidden = true;
  }
  tick();
}

// A checker's own page has its items and its history too.
async function refreshSections(checker) {
  if (!document.getElementById("checker-" + checker)) return;
  const answer = await fetch(location.pathname);
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("section.panel");
  document.querySelectorAll("section.panel").forEach((section, i) => {
    if (now[i] && section.innerHTML !== now[i].innerHTML) section.replaceChildren(...now[i].childNodes);
  });
  tick();
}

// The stream of events.
const live = document.getElementById("live");
const liveText = document.getElementById("live-text");
let sequence = document.body.dataset.sequence;
let stream;
let again;

function connected(yes) {
  live.hidden = false;
  live.classList.toggle("off", !yes);
  liveText.textContent = yes ? "live" : "not connected";
}

function connect() {
  clearTimeout(again);
  stream = new EventSource("/events");
  stream.addEventListener("hello", (event) => {
    const hello = JSON.parse(event.data);
    connected(true);
    setCounts(hello.counts);
    if (String(hello.sequence) !== sequence) { // something happened while nobody listened
      sequence = String(hello.sequence);
      want([...document.querySelectorAll(".card")].map((card) => card.dataset.name));
      refreshLatest().catch(() => {});
    }
  });
  stream.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    want([change.checker]);
    if (!latest) {
      refreshSections(change.checker).catch(() => {});
      return;
    }
    const none = document.getElementById("no-latest");
    if (none) none.hidden = true;
    const entry = parse(change.html).querySelector("li");
    entry.classList.add("fresh");
    latest.prepend(entry);
    while (latest.children.length > 20) latest.lastElementChild.remove();
    tick();
  });
  stream.addEventListener("checks", (event) => {
    const checks = JSON.parse(event.data);
    sequence = String(checks.sequence);
    setCounts(checks.counts);
    want(checks.checkers);
  });
  stream.onerror = () => {
    connected(false);
    if (stream.readyState === EventSource.CLOSED) { // refused; a broken stream comes back by itself
      again = setTimeout(connect, 15000);
    }
  };
}

// A browser has few connections to one host: pages that nobody sees give theirs back.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    clearTimeout(again);
    stream?.close();
  } else {
    connect();
  }
});
if (!document.hidden) connect();
