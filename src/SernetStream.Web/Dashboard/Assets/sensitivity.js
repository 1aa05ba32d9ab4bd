// How readily a voice is given an emotion: a sensitivity with its promise, or a threshold with what was measured near it.
import { tell } from "/tell.js";

// A threshold is shown with three places, and a point has four: this far apart they are the same.
const SAME = 0.0006;

const $ = (id) => document.getElementById(id);

export class SensitivityForm {
  constructor(announce) {
    Object.assign(this, { announce, rates: {}, points: [] });
    $("sensitivity").addEventListener("change", () => this.send("/api/sensitivity", { sensitivity: $("sensitivity").value }));
    $("threshold").addEventListener("change", () => this.send("/api/threshold", { threshold: Number($("threshold").value) }));
    $("threshold").addEventListener("input", () => this.explain(Number($("threshold").value)));
  }

  offer({ sensitivities, points, lowest }) {
    Object.assign(this, { rates: sensitivities, points });
    const names = Object.keys(sensitivities);
    $("sensitivity-form").hidden = names.length === 0;
    $("sensitivity").replaceChildren(...names.map((name) => new Option(name, name)));
    $("threshold").min = lowest;
    this.enable(true);
    $("points").tBodies[0].replaceChildren(...points.map((point) => {
      const row = document.createElement("tr");
      [point.threshold.toFixed(3), point.falseMoods, point.kept, point.recall].forEach((value) => {
        row.insertCell().textContent = value;
      });
      return row;
    }));
  }

  enable(isOn) {
    $("sensitivity").disabled = $("threshold").disabled = !isOn;
  }

  // A threshold that was set by hand is none of those that can be chosen.
  show(now, enter) {
    const shown = $("sensitivity");
    if (document.activeElement !== $("threshold") && Math.abs(Number($("threshold").value) - enter) > SAME) {
      $("threshold").value = enter;
      this.explain(enter);
    }
    if (shown.dataset.now === now && shown.value === now) {
      return;
    }
    shown.dataset.now = now;
    if (!(now in this.rates)) {
      shown.add(new Option(now, now));
      shown.options[shown.length - 1].disabled = true;
    }
    shown.value = now;
    shown.querySelectorAll("option:disabled").forEach((option) => option.selected || option.remove());
    $("sensitivity-rate").textContent = now in this.rates
      ? `Of 100 ordinary utterances, at most ${this.rates[now]} are given an emotion by mistake.`
      : "The threshold was set by hand; below is what was measured near it.";
  }

  // Between two measured points nothing was measured: both are named.
  explain(threshold) {
    $("threshold-figure").textContent = threshold.toFixed(3);
    const above = this.points.filter((point) => point.threshold >= threshold - SAME).at(-1);
    const below = this.points.find((point) => point.threshold <= threshold + SAME);
    const mistakes = (point) => `${point.falseMoods} of 100 ordinary utterances`;
    $("threshold-rate").textContent = this.points.length === 0 ? ""
      : above && below && above === below ? `Measured: ${mistakes(above)} are given an emotion by mistake; of 100 emotional ones, ${above.recall.toFixed(0)} are recognised.`
      : above && below ? `Measured near it: ${above.falseMoods} to ${mistakes(below)} are given an emotion by mistake.`
      : above ? `More than ${mistakes(above)} are given an emotion by mistake.`
      : `Fewer than ${mistakes(below)} are given an emotion by mistake.`;
  }

  async send(path, value) {
    const told = await tell(path, value);
    if (!told.ok) {
      this.announce(told.text);
    }
  }
}
