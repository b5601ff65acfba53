// <tocsin-chart options="...">: ECharts on data that the server spelt. Colours are variables of the style sheet, so
// that light and dark need no second drawing.
import { echarts } from "nicegui-echart";

const POSTS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

function clock(at) {
  return new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

function tooltip(zone, row) {
  const [, rate, expected, lower, height, begin, end] = row;
  const lines = [`${clock(begin)} to ${clock(end).slice(11)} ${zone}`];
  lines.push(rate === null ? "nobody knows how many posts" : `${POSTS.format(rate)} posts a minute`);
  if (expected !== null) {
    lines.push(`${POSTS.format(expected)} expected, ${POSTS.format(lower)} to ${POSTS.format(lower + height)} ordinary`);
  }
  const box = document.createElement("div");
  for (const line of lines) box.appendChild(document.createElement("div")).textContent = line;
  return box;
}

class TocsinChart extends HTMLElement {
  static observedAttributes = ["options"];

  connectedCallback() {
    this.chart ??= echarts.init(this, null, { renderer: "svg" });
    this.chart.on("finished", () => this.onPainted());
    this.resizing = new ResizeObserver(() => this.chart.resize());
    this.resizing.observe(this);
    this.draw();
  }

  disconnectedCallback() {
    this.resizing.disconnect();
    this.chart.dispose();
    this.chart = undefined;
  }

  attributeChangedCallback() {
    if (this.chart) this.draw();
  }

  draw() {
    const options = JSON.parse(this.getAttribute("options"));
    options.tooltip.formatter = ([point]) => tooltip(options.xAxis.name, point.value);
    options.tooltip.backgroundColor = "var(--card)";
    this.points = options.dataset.source.length;
    this.chart.setOption(options, { notMerge: true });
  }

  onPainted() {
    if (this.points && !performance.getEntriesByName("tocsin-first-chart").length) {
      performance.mark("tocsin-first-chart");
    }
  }
}

customElements.define("tocsin-chart", TocsinChart);
