// Probabilities over time: a chart by uPlot, and a table for screen readers.
import uPlot from "/uplot.js";
import { nameOfTone, percent, clockTime } from "/format.js";

const seconds = 120;
const mostPoints = 2000;
const tableRows = 20;
const dashes = [[], [6, 4], [2, 3], [10, 4], [8, 3, 2, 3], [4, 2], [12, 3, 3, 3]];

export class EmotionChart {
  constructor(element, legend, table) {
    Object.assign(this, { element, legend, table, labels: [], data: [[]], plot: null, enter: 0.5, isTableDue: true });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    new ResizeObserver(() => this.resize()).observe(element);
    setInterval(() => this.tick(), 1000);
  }

  begin(labels, enter) {
    this.labels = labels;
    this.enter = enter;
    this.data = [[], ...labels.map(() => [])];
    this.draw();
  }

  enterAt(enter) {
    if (enter !== this.enter) {
      this.enter = enter;
      this.draw();
    }
  }

  add(event) {
    const time = Date.parse(event.time) / 1000;
    const times = this.data[0];
    if (times.length > 0 && time <= times.at(-1)) {
      return;
    }
    times.push(time);
    const isQuiet = event.emotion === "none";
    this.labels.forEach((label, i) => this.data[i + 1].push(isQuiet ? null : event.probabilities[label] ?? 0));
    if (times.length > mostPoints) {
      this.data.forEach((series) => series.splice(0, series.length - mostPoints));
    }
    this.isTableDue = true;
    this.plot?.setData(this.data);
  }

  tick() {
    this.plot?.setData(this.data);
    if (this.isTableDue && this.table.closest("details").open) {
      this.isTableDue = false;
      this.fillTable();
    }
  }

  resize() {
    if (this.plot && this.element.clientWidth > 0) {
      this.plot.setSize({ width: this.element.clientWidth, height: this.element.clientHeight });
    }
  }

  draw() {
    this.plot?.destroy();
    this.element.replaceChildren();
    if (this.labels.length === 0) {
      return;
    }
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: colour("soft"), font, grid: { stroke: colour("line"), width: 1 }, ticks: { show: false } };
    this.plot = new uPlot({
      width: this.element.clientWidth || 300,
      height: this.element.clientHeight || 240,
      legend: { show: false },
      cursor: { show: false },
      padding: [8, 8, 0, 0],
      scales: {
        x: { time: true, range: () => [Date.now() / 1000 - seconds, Date.now() / 1000] },
        y: { range: [0, 1] },
      },
      axes: [
        { ...axis, space: 90, size: 28, values: (_, times) => times.map((time) => clockTime(time * 1000)) },
        { ...axis, size: 52, splits: () => [0, 0.25, 0.5, 0.75, 1], values: (_, shares) => shares.map(percent) },
      ],
      hooks: { draw: [(plot) => this.drawThreshold(plot, colour("soft"))] },
      series: [
        {},
        ...this.labels.map((label, i) => ({
          label,
          stroke: colour(nameOfTone(label, this.labels)),
          width: 2,
          dash: dashes[i % dashes.length],
          points: { show: false },
          spanGaps: false,
        })),
      ],
    }, this.data, this.element);
    this.drawLegend();
  }

  // What a label must reach to become the emotion.
  drawThreshold(plot, colour) {
    const { ctx, bbox } = plot;
    const y = Math.round(plot.valToPos(this.enter, "y", true));
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.globalAlpha = 0.6;
    ctx.setLineDash([3, 5]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  drawLegend() {
    this.legend.replaceChildren(...this.labels.map((label, i) => {
      const item = document.createElement("li");
      item.style.setProperty("--tone", `var(--${nameOfTone(label, this.labels)})`);
      item.innerHTML = '<svg viewBox="0 0 24 10" aria-hidden="true"><line x1="0" y1="5" x2="24" y2="5"/></svg>';
      item.querySelector("line").setAttribute("stroke-dasharray", dashes[i % dashes.length].join(" "));
      item.append(label);
      return item;
    }));
  }

  fillTable() {
    const head = document.createElement("tr");
    head.append(...["Time", ...this.labels].map((text) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = text;
      return cell;
    }));
    this.table.tHead.replaceChildren(head);
    const newest = this.data[0].map((_, i) => i).slice(-tableRows).reverse();
    this.table.tBodies[0].replaceChildren(...newest.map((at) => {
      const row = document.createElement("tr");
      row.insertCell().textContent = clockTime(this.data[0][at] * 1000);
      this.labels.forEach((_, i) => {
        const value = this.data[i + 1][at];
        row.insertCell().textContent = value === null ? "–" : percent(value);
      });
      return row;
    }));
  }
}
