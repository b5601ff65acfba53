// A panel holds HTML that the server spelt. When other HTML comes, only what differs is touched: what somebody has
// opened stays open, what has the focus keeps it, and a chart is drawn anew in its place.
import "tocsin-live/chart.js";

function keyOf(node) {
  return node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined;
}

function syncAttributes(old, wanted) {
  for (const { name } of [...old.attributes]) {
    if (!wanted.hasAttribute(name) && name !== "open") old.removeAttribute(name); // open is for the reader to say
  }
  for (const { name, value } of wanted.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

function morph(old, wanted) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== wanted.nodeValue) old.nodeValue = wanted.nodeValue;
    return;
  }
  syncAttributes(old, wanted);
  if (!old.tagName.includes("-")) morphChildren(old, wanted); // a custom element looks after itself
}

function morphChildren(parent, wanted) {
  const staying = new Set([...wanted.children].map(keyOf));
  for (const child of [...parent.children]) {
    if (keyOf(child) && !staying.has(keyOf(child))) child.remove(); // first: what is moved loses the focus
  }
  const keyed = new Map([...parent.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = parent.firstChild;
  for (const next of [...wanted.childNodes]) {
    const key = keyOf(next);
    let match = key ? keyed.get(key) : place;
    if (!key && (!match || match.nodeName !== next.nodeName || keyOf(match))) match = undefined;
    if (!match) {
      parent.insertBefore(next, place);
      continue;
    }
    while (key && place !== match && place && !keyOf(place)) place = removed(place);
    if (match === place) place = place.nextSibling;
    else parent.insertBefore(match, place);
    morph(match, next);
  }
  while (place) place = removed(place);
}

function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

export default {
  template: `<component :is="tag" :aria-label="label || null" :aria-live="live || null" tabindex="-1"></component>`,
  props: { tag: String, label: String, live: String, html: String },
  emits: ["choose"],
  mounted() {
    this.show();
    this.$el.addEventListener("change", ({ target }) => {
      const query = new URLSearchParams(location.search);
      query.set(target.name, target.value);
      history.replaceState(null, "", `?${query}`);
      this.$emit("choose", { name: target.name, value: target.value });
    });
    if (this.tag === "form") this.$el.addEventListener("submit", (event) => event.preventDefault());
  },
  watch: {
    html() {
      this.show();
    },
  },
  methods: {
    show() {
      const wanted = document.createElement("template");
      wanted.innerHTML = this.html;
      morphChildren(this.$el, wanted.content);
    },
  },
};
