// The last events, and a way to say what an utterance really was.
import { percent, clockTime, toneOf } from "/format.js";
import { tell } from "/tell.js";

const most = 50;
const named = (emotion) => (emotion === "none" ? "quiet" : emotion);

function element(name, text = "", className = "") {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

export class EventList {
  constructor(list, hint) {
    Object.assign(this, { list, hint, labels: [], words: null });
  }

  /** A node that learns nothing offers no words. */
  begin(labels, words, events) {
    Object.assign(this, { labels, words });
    this.hint.hidden = words !== undefined;
    const shown = events.filter((event) => event.kind !== "interim").slice(-most).reverse();
    const known = new Map([...this.list.children].map((row) => [row.dataset.key, row]));
    // After a short loss most rows are there already: they stay, with what is open in them.
    const rows = shown.map((event) => known.get(this.keyOf(event)) ?? this.rowOf(event));
    const isSame = rows.length === this.list.children.length && rows.every((row, i) => row === this.list.children[i]);
    if (rows.length > 0 && !isSame) {
      this.list.replaceChildren(...rows);
    }
  }

  add(event) {
    if (event.kind === "interim") {
      return;
    }
    this.list.querySelector(":scope > .quiet")?.remove();
    this.list.prepend(this.rowOf(event));
    while (this.list.children.length > most) {
      this.list.lastElementChild.remove();
    }
  }

  keyOf(event) {
    return `${event.sequence} ${event.time} ${this.words !== undefined}`;
  }

  rowOf(event) {
    const row = element("li", "", event.kind);
    row.dataset.sequence = event.sequence;
    row.dataset.key = this.keyOf(event);
    row.style.setProperty("--tone", toneOf(event.emotion, this.labels));
    const time = element("time", clockTime(event.time));
    time.dateTime = event.time;
    const detail = event.kind === "change"
      ? `was ${named(event.previous)}`
      : `${percent(event.confidence)} · ${(event.audioEnd - event.audioStart).toFixed(1)} s`;
    row.append(time, element("b", named(event.emotion)), element("small", detail));
    if (event.kind === "final" && this.words !== undefined) {
      this.offer(row, event);
    }
    return row;
  }

  offer(row, event) {
    const id = `say-${event.sequence}`;
    const opener = element("button", "It was…", "plain ask");
    opener.append(element("span", ` heard at ${clockTime(event.time)}`, "unseen"));
    opener.type = "button";
    opener.setAttribute("aria-expanded", "false");
    opener.setAttribute("aria-controls", id);
    const panel = element("div", "", "say");
    panel.id = id;
    panel.hidden = true;
    const words = element("div", "", "words");
    words.setAttribute("role", "group");
    words.setAttribute("aria-label", "What it was");
    const answer = element("p", "", "quiet small");
    answer.setAttribute("role", "status");
    const say = async (word) => {
      words.setAttribute("aria-busy", "true");
      const told = await tell("/api/feedback", word === "undo" ? { word } : { word, sequence: event.sequence });
      words.removeAttribute("aria-busy");
      answer.textContent = told.text;
      undo.hidden = !told.ok || word === "undo";
    };
    const button = (word) => {
      const made = element("button", word, "word");
      made.type = "button";
      made.addEventListener("click", () => say(word));
      return made;
    };
    const undo = button("undo");
    undo.hidden = true;
    words.append(...this.words.map(button), undo);
    panel.append(words, answer);
    opener.addEventListener("click", () => {
      panel.hidden = !panel.hidden;
      opener.setAttribute("aria-expanded", String(!panel.hidden));
    });
    row.append(opener, panel);
  }
}
