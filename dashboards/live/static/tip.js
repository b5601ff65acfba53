// Tells the numbers of the point of a chart that somebody points at.
const POSTS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const hair = document.getElementById("hair");
const tip = document.getElementById("tip");
let at; // where the pointer is, if over a chart

function clock(ms) {
  return new Date(ms).toISOString().slice(0, 19).replace("T", " ");
}

function linesOf({ zone, begin, step, end, points }, time) {
  const known = points.split(",");
  const number = Math.min(Math.max(Math.floor((time - begin) / step), 0), known.length - 1);
  const [rate, expected, lower, upper] = known[number].split(" ");
  const from = Number(begin) + number * step;
  const to = Math.min(from + Number(step), end);
  const lines = [`${clock(from)} to ${clock(to).slice(11)} ${zone}`];
  lines.push(rate ? `${POSTS.format(rate)} posts a minute` : "nobody knows how many posts");
  if (expected) {
    lines.push(`${POSTS.format(expected)} expected, ${POSTS.format(lower)} to ${POSTS.format(upper)} ordinary`);
  }
  return { lines, middle: (from + to) / 2 };
}

function place(element, left, top) {
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}

// Shows, moves or hides what is told; also when the chart under the pointer has changed.
export function point() {
  const plot = at && document.elementFromPoint(at.x, at.y)?.closest(".plot");
  hair.hidden = tip.hidden = !plot?.dataset.points;
  if (hair.hidden) return;
  const [left, right] = plot.dataset.ends.split(" ").map(Number);
  const box = plot.firstElementChild.getBoundingClientRect();
  const { lines, middle } = linesOf(plot.dataset, left + ((at.x - box.left) / box.width) * (right - left));
  tip.replaceChildren(...lines.map((line) => {
    const row = document.createElement("div");
    row.textContent = line;
    return row;
  }));
  const x = box.left + ((middle - left) / (right - left)) * box.width;
  hair.style.height = `${box.height}px`;
  place(hair, x, box.top);
  const fits = x + 12 + tip.offsetWidth < document.documentElement.clientWidth;
  place(tip, fits ? x + 12 : Math.max(x - 12 - tip.offsetWidth, 4), box.top + 16);
}


function follow(event) {
  at = event.target.closest?.(".plot") ? { x: event.clientX, y: event.clientY } : undefined;
  point();
}

document.addEventListener("pointermove", follow);
document.addEventListener("pointerdown", follow);
document.addEventListener("scroll", () => follow({ target: document }), { passive: true });
