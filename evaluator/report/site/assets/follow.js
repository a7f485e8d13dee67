// What pages from a server do beyond those on disk: they follow the run, and lists are asked for as one wants them.
"use strict";

// As it was sent. This script comes before the one that changes the page.
const main = document.getElementById("main");
let sent = main.cloneNode(true);
let state = document.documentElement.dataset.live;
let asking = null, again = false;

// Ask for the page again and put what differs in the place of the old.
function refresh() {
  again = Boolean(asking);
  asking ??= ask().finally(() => {
    asking = null;
    if (again) refresh();
  });
}

async function ask() {
  const answer = await fetch(location.href).catch(() => null);
  if (answer?.status === 404) gone();
  if (!answer?.ok) return;
  document.querySelector(".gone")?.remove();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  state = page.documentElement.dataset.live;
  if (sent.isEqualNode(fresh)) return;
  if (main.querySelector("table.diff")) location.reload(); // it is not as it was sent any more
  document.title = page.title;
  renew(main, sent, fresh);
  sent = fresh;
}

// `node` was sent as `old` and is now `fresh`. What has not changed stays itself: open, focused, where it was.
function renew(node, old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeName !== fresh.nodeName || !node.childNodes.length || node.childNodes.length !== old.childNodes.length) {
    node.replaceWith(document.importNode(fresh, true));
    return;
  }
  for (const { name } of old.attributes) if (!fresh.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) node.setAttribute(name, value);
  const now = [...node.childNodes], before = [...old.childNodes];
  [...fresh.childNodes].forEach((one, n) => {
    if (n < now.length) renew(now[n], before[n], one);
    else node.append(document.importNode(one, true));
  });
  now.slice(fresh.childNodes.length).forEach((one) => one.remove());
}

function gone() {
  if (document.querySelector(".gone")) return;
  const note = document.createElement("p");
  note.className = "callout warn gone";
  note.role = "status";
  note.textContent = "This trial does not run any more, and is not stored. This is what was last seen of it.";
  main.before(note);
}

// A hidden page holds no connection: a browser has six for all pages of a server.
function listen() {
  listen.events?.close();
  if (document.hidden) return;
  const events = new URL("../events", document.querySelector("link[rel=stylesheet]").href);
  const page = location.pathname.slice(events.pathname.length - "events".length);
  events.search = new URLSearchParams({ page: decodeURIComponent(page), since: state });
  listen.events = new EventSource(events);
  listen.events.addEventListener("changed", refresh);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filter[method]");
  if (!form) return;
  const asked = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
  history.replaceState(null, "", `${form.getAttribute("action")}?${asked}`);
  refresh();
});

// The page on which two trials are chosen changes under nobody's hands; nor do the two.
if (window.top === window.self && !document.getElementById("two")) {
  document.addEventListener("visibilitychange", listen);
  listen();
}
