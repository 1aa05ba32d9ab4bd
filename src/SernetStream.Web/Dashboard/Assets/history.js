// The diary: a day by hours or a week by days, and its removal.
import { toneOf, percent } from "/format.js";
import { ask, tell } from "/tell.js";
import { ofRoom } from "/room.js";
import { settle } from "/shell.js";

const $ = (id) => document.getElementById(id);
const asked = new URLSearchParams(location.search);
let count = asked.get("days") === "7" ? 7 : 1;
let from = asked.get("from");
let shown = null;

const dayOf = (date) => new Date(`${date}T12:00:00Z`);
const moved = (date, days) => new Date(dayOf(date).getTime() + 86_400_000 * days).toISOString().slice(0, 10);
const named = (date, parts) => dayOf(date).toLocaleDateString([], { timeZone: "UTC", ...parts });
const inFull = (date) => named(date, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

function length(seconds) {
  const minutes = Math.round(seconds / 60);
  if (minutes < 1) {
    return seconds < 0.5 ? "–" : "< 1 min";
  }
  const rest = minutes % 60 === 0 ? "" : ` ${minutes % 60} min`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h${rest}`;
}

function cell(row, text, scope) {
  const made = document.createElement(scope ? "th" : "td");
  made.textContent = text;
  if (scope) {
    made.scope = scope;
  }
  row.append(made);
}

// What stands side by side: the hours of a day, or the days of a week.
function columnsOf(diary) {
  const whole = (day) => day.hours.reduce((all, hour) => {
    Object.entries(hour).forEach(([mood, seconds]) => { all[mood] = (all[mood] ?? 0) + seconds; });
    return all;
  }, {});
  return diary.days.length === 1
    ? diary.days[0].hours.map((moods, hour) => ({ name: `${String(hour).padStart(2, "0")}:00`, moods }))
    : diary.days.map((day) => ({ name: named(day.date, { weekday: "short" }), date: day.date, moods: whole(day) }));
}

function drawStacks(columns, moods, labels) {
  const longest = Math.max(60, ...columns.map((column) => sum(Object.values(column.moods))));
  const most = document.createElement("span");
  most.className = "most";
  most.textContent = length(longest);
  $("chart").replaceChildren(most, ...columns.map((column) => {
    const stack = document.createElement("div");
    moods.filter((mood) => column.moods[mood] > 0).forEach((mood) => {
      const part = document.createElement("i");
      part.style.setProperty("--tone", toneOf(mood, labels));
      part.style.height = `${100 * column.moods[mood] / longest}%`;
      part.dataset.mood = mood;
      part.title = `${column.name}: ${mood}, ${length(column.moods[mood])}`;
      stack.append(part);
    });
    return stack;
  }));
  $("open-day").replaceChildren(...columns.map((column, i) => {
    const foot = document.createElement(column.date ? "button" : "span");
    foot.textContent = column.date || i % 6 === 0 ? column.name : "";
    if (column.date) {
      foot.type = "button";
      foot.setAttribute("aria-label", `${column.name}, ${inFull(column.date)}`);
      foot.addEventListener("click", () => show(1, column.date));
    }
    return foot;
  }));
  if (!columns[0].date) {
    $("open-day").removeAttribute("role");
    $("open-day").setAttribute("aria-hidden", "true");
  } else {
    $("open-day").setAttribute("role", "group");
    $("open-day").removeAttribute("aria-hidden");
  }
}

function drawTotals(totals, moods, labels) {
  const all = sum(Object.values(totals));
  $("totals").replaceChildren(...moods.map((mood) => {
    const row = document.createElement("li");
    row.dataset.mood = mood;
    row.style.setProperty("--tone", toneOf(mood, labels));
    row.innerHTML = '<span class="name"></span><span class="bar" aria-hidden="true"><i></i></span><span class="figure"></span>';
    row.querySelector(".name").textContent = mood;
    row.querySelector("i").style.transform = `scaleX(${all > 0 ? totals[mood] / all : 0})`;
    row.querySelector(".figure").textContent = length(totals[mood]);
    return row;
  }));
}

function drawTable(columns, moods) {
  const head = document.createElement("tr");
  cell(head, columns[0].date ? "Day" : "Hour", "col");
  moods.forEach((mood) => cell(head, mood, "col"));
  $("table").tHead.replaceChildren(head);
  $("table").tBodies[0].replaceChildren(...columns.map((column) => {
    const row = document.createElement("tr");
    cell(row, column.date ?? column.name, "row");
    moods.forEach((mood) => cell(row, length(column.moods[mood] ?? 0)));
    return row;
  }));
}

function drawUtterances(day, labels) {
  $("said").hidden = day.utterances === undefined || day.utterances.length === 0;
  $("said-title").textContent = day.count > (day.utterances?.length ?? 0)
    ? `The last ${day.utterances?.length} of ${day.count} utterances, the last first` : "Utterances, the last first";
  $("utterances").replaceChildren(...[...(day.utterances ?? [])].reverse().map((utterance) => {
    const row = document.createElement("li");
    row.style.setProperty("--tone", toneOf(utterance.emotion, labels));
    row.innerHTML = "<time></time><b></b><small></small>";
    row.querySelector("time").textContent = utterance.time;
    row.querySelector("b").textContent = utterance.emotion;
    row.querySelector("small").textContent = `${percent(utterance.confidence)} · ${utterance.seconds.toFixed(1)} s`;
    return row;
  }));
}

function draw(diary) {
  shown = diary;
  const { labels, days } = diary;
  const isWeek = days.length > 1;
  from = days[0].date;
  $("node").textContent = diary.node;
  document.title = `History of ${diary.node} · SernetStream`;
  $("off").hidden = diary.keeps;
  const hasDiary = diary.keeps || diary.entries > 0;
  $("diary").hidden = $("removal").hidden = !hasDiary;
  $("when").textContent = isWeek
    ? `${named(from, { day: "numeric", month: "long" })} to ${named(days.at(-1).date, { day: "numeric", month: "long", year: "numeric" })}`
    : `${from === diary.today ? "Today, " : ""}${inFull(from)}`;
  $("show-day").setAttribute("aria-pressed", String(!isWeek));
  $("show-week").setAttribute("aria-pressed", String(isWeek));
  $("later").disabled = days.at(-1).date >= diary.today;

  const columns = columnsOf(diary);
  const totals = {};
  columns.forEach(({ moods }) => Object.entries(moods).forEach(([mood, seconds]) => { totals[mood] = (totals[mood] ?? 0) + seconds; }));
  const moods = [...new Set([...labels, ...Object.keys(totals)])].filter((mood) => totals[mood] > 0);
  const utterances = sum(days.map((day) => day.count));
  $("summary").textContent = utterances === 0 ? "Nothing was heard in this time."
    : `${utterances} utterances. A mood lasts until the next one is heard.`;
  $("chart").hidden = $("open-day").hidden = $("table-details").hidden = moods.length === 0 && !isWeek;
  $("chart").setAttribute("aria-label", moods.length === 0 ? "Nothing was heard"
    : `Moods by ${isWeek ? "day" : "hour"}: ${moods.map((mood) => `${mood} ${length(totals[mood])}`).join(", ")}. The table below holds the same.`);
  drawStacks(columns, moods, labels);
  drawTotals(totals, moods, labels);
  drawTable(columns, moods);
  drawUtterances(isWeek ? {} : days[0], labels);

  $("held").textContent = `The diary holds ${diary.entries} entries, each utterance and each change of mood.`;
  $("delete-all").disabled = diary.entries === 0;
  $("delete-before").disabled = diary.entries === 0;
  $("delete-before").textContent = `Delete what is before ${named(from, { day: "numeric", month: "long" })}`;
}

function complain(sentence) {
  $("trouble").textContent = sentence;
  $("trouble").hidden = sentence.length === 0;
}

async function show(days, first) {
  [count, from] = [days, first];
  const where = `days=${count}${from ? `&from=${from}` : ""}`;
  history.replaceState(null, "", ofRoom(`/history?${where}`));
  const { value, text } = await ask(`/api/history?${where}`);
  complain(text);
  if (value !== null) {
    draw(value);
  } else {
    // A diary that cannot be read can still be removed.
    $("removal").hidden = false;
    $("held").textContent = "";
  }
  settle();
}

async function remove(what, sentence) {
  $("sure-text").textContent = sentence;
  const dialog = $("sure");
  dialog.returnValue = "no";
  dialog.showModal();
  await new Promise((done) => { dialog.addEventListener("close", done, { once: true }); });
  if (dialog.returnValue !== "yes") {
    return;
  }
  const told = await tell("/api/history/delete", what);
  await show(count, from);
  // Said when what was deleted is gone from the page too.
  $("deleted").textContent = told.text;
}

const latest = (days) => (shown === null ? null : moved(shown.today, 1 - days));
const lastShown = () => shown?.days.at(-1).date;

$("show-day").addEventListener("click", () => show(1, lastShown() ?? null));
$("show-week").addEventListener("click", () => show(7, shown === null ? null : moved(lastShown(), -6)));
$("earlier").addEventListener("click", () => show(count, moved(from, -count)));
$("later").addEventListener("click", () => show(count, [moved(from, count), latest(count)].sort()[0]));
$("delete-all").addEventListener("click", () => remove(
  { all: true }, `This deletes ${shown === null ? "the whole diary" : `all ${shown.entries} entries`}, for good.`));
$("delete-before").addEventListener("click", () => remove(
  { before: from }, `This deletes every entry before ${inFull(from)}, for good.`));

await show(count, from);
