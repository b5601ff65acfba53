// Keeps the page up to date. The server tells which panels have changed, as HTML that it spelt; of these only what
// differs is touched: what somebody has opened stays open, and what has the focus keeps it.
import { morphChildren } from "./morph.js";
import { point } from "./tip.js";

const SILENT_MS = 20_000; // a server that is there says something each second, or each few while Redis is silent
const AGAIN_MS = 1_000;
const root = document.documentElement;
const lost = document.getElementById("lost");
let stream;
let waiting;

function show(name, html) {
  const wanted = document.createElement("template");
  wanted.innerHTML = html;
  morphChildren(document.getElementById(name), wanted.content);
}

function listen() {
  leave();
  stream = new EventSource(`events${location.search}`);
  stream.onmessage = onNews;
  stream.onerror = onLost;
  waiting = setTimeout(onLost, SILENT_MS);
}

function leave() {
  stream?.close();
  clearTimeout(waiting);
}

function onNews({ data }) {
  const { edition, panels } = JSON.parse(data);
  if (edition !== root.dataset.edition) {
    location.reload(); // the server is a newer one
    return;
  }
  lost.hidden = true;
  clearTimeout(waiting);
  waiting = setTimeout(onLost, SILENT_MS);
  for (const [name, html] of Object.entries(panels)) show(name, html);
  point();
  markFirstChart();
}

function onLost() {
  leave();
  lost.hidden = false;
  waiting = setTimeout(listen, AGAIN_MS);
}

function markFirstChart() {
  if (performance.getEntriesByName("tocsin-first-chart").length || !document.querySelector(".plot .rate[d^=M]")) return;
  requestAnimationFrame(() => setTimeout(() => performance.mark("tocsin-first-chart"))); // when it has been painted
}

document.getElementById("controls").addEventListener("change", ({ target }) => {
  const query = new URLSearchParams(location.search);
  query.set(target.name, target.value);
  history.replaceState(null, "", `?${query}`);
  listen();
});
document.getElementById("controls").addEventListener("submit", (event) => event.preventDefault());
// A browser keeps only six streams open at a time: a page that nobody sees lets go of its own.
document.addEventListener("visibilitychange", () => (document.hidden ? leave() : listen()));
window.addEventListener("pageshow", ({ persisted }) => persisted && listen());

listen();
