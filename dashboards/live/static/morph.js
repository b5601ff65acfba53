// Makes a part of the page like other HTML, and touches only what differs. What has a key is moved, not made anew.

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
  morphChildren(old, wanted);
}

export function morphChildren(parent, wanted) {
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
