// All rooms of a house: asked for once a second while somebody looks. Each has its own page.
import { clockTime, toneOf } from "/format.js";
import { ofRoom } from "/room.js";
import { settle } from "/shell.js";
import { ask, tell } from "/tell.js";

const $ = (id) => document.getElementById(id);
const every = 1000;
const floor = -60;
const cards = new Map();
const announce = (sentence) => { $("announcement").textContent = sentence; };

function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

function link(path, name, text) {
  const made = element("a", "", text, element("span", "unseen", ` of ${name}`));
  made.href = ofRoom(path, name);
  return made;
}

function card(name) {
  const title = element("a", "", name);
  title.href = ofRoom("/", name);
  const level = element("div", "bar level", element("i", ""));
  level.setAttribute("role", "meter");
  level.setAttribute("aria-label", `Level of ${name}`);
  level.setAttribute("aria-valuemin", String(floor));
  level.setAttribute("aria-valuemax", "0");
  const mute = element("button", "", "Mute", element("span", "unseen", ` ${name}`));
  mute.type = "button";
  const parts = {
    mood: element("p", "mood"), state: element("p", "state small", element("span", "dot"), element("span", "")), level, mute,
  };
  parts.state.firstElementChild.setAttribute("aria-hidden", "true");
  const row = element("li", "card", element("h2", "", title), parts.mood, parts.state, level,
    element("div", "foot", mute, link("/history", name, "History"), link("/setup", name, "Setup")));
  row.dataset.room = name;
  mute.addEventListener("click", () => setMuted(name, mute.getAttribute("aria-pressed") !== "true"));
  return { row, ...parts, before: null };
}

// Of two answers, the level of the sound between them.
function decibels(now, before) {
  const samples = now.samples - (before?.samples ?? now.samples);
  return samples > 0 ? Math.max(floor, 10 * Math.log10((now.energy - before.energy) / samples + 1e-12)) : floor;
}

function stateOf(room) {
  const trouble = room.labels === undefined ? "not heard yet: see the log"
    : room.muted ? "muted"
    : { dead: "no sound comes", muted: "muted at the source, or broken" }[room.microphone];
  const since = room.since === undefined ? "nobody has been heard yet" : `since ${clockTime(room.since).slice(0, 5)}`;
  return { text: trouble ?? (room.speaking ? "somebody speaks" : since), isTrouble: trouble !== undefined };
}

function show(shown, room) {
  const labels = room.labels ?? [];
  const mood = room.emotion === "none" ? "Quiet" : room.emotion;
  if (shown.before && shown.row.dataset.emotion !== room.emotion) {
    announce(`${room.name}: ${mood}.`);
  }
  shown.row.dataset.emotion = room.emotion;
  shown.row.style.setProperty("--tone", toneOf(room.emotion, labels));
  shown.mood.textContent = mood;
  const { text, isTrouble } = stateOf(room);
  shown.state.lastElementChild.textContent = text;
  shown.state.dataset.open = Boolean(room.speaking);
  shown.state.dataset.trouble = isTrouble;
  const level = room.muted ? floor : decibels(room, shown.before);
  shown.level.setAttribute("aria-valuenow", String(Math.round(level)));
  shown.level.setAttribute("aria-valuetext", level === floor ? "silent" : `${level.toFixed(0)} decibels`);
  shown.level.firstElementChild.style.clipPath = `inset(0 ${100 * level / floor}% 0 0)`;
  shown.mute.disabled = room.labels === undefined;
  shown.mute.setAttribute("aria-pressed", String(Boolean(room.muted)));
  shown.before = room;
}

function draw({ rooms, version, needsToken }) {
  const names = rooms.map((room) => room.name);
  [...cards.keys()].filter((name) => !names.includes(name)).forEach((name) => {
    cards.get(name).row.remove();
    cards.delete(name);
  });
  rooms.forEach((room, i) => {
    if (!cards.has(room.name)) {
      cards.set(room.name, card(room.name));
    }
    const shown = cards.get(room.name);
    if ($("rooms").children[i] !== shown.row) {
      $("rooms").insertBefore(shown.row, $("rooms").children[i] ?? null);
    }
    show(shown, room);
  });
  const speaking = rooms.filter((room) => room.speaking).length;
  $("summary").textContent = `${rooms.length} rooms · somebody speaks in ${speaking || "none"} · ${version}`;
  $("sign-out").hidden = !needsToken;
  const areAllMuted = rooms.every((room) => room.muted || room.labels === undefined);
  $("mute-all").hidden = rooms.length === 0;
  $("mute-all").textContent = areAllMuted ? "Unmute all" : "Mute all";
  $("mute-all").dataset.muted = String(!areAllMuted);
}

async function setMuted(name, muted) {
  const told = await tell(ofRoom("/api/mute", name), { muted });
  if (told.ok) {
    await look();
  } else {
    announce(told.text);
  }
}

async function look() {
  const { value } = await ask("/api/rooms");
  if (value !== null) {
    draw(value);
    settle();
  }
  $("connection").dataset.state = value === null ? "lost" : "live";
  $("connection").textContent = value === null ? "Reconnecting" : "Live";
  document.documentElement.classList.toggle("is-lost", value === null);
}

$("mute-all").addEventListener("click", async () => {
  const muted = $("mute-all").dataset.muted === "true";
  await Promise.all([...cards].filter(([, { mute }]) => !mute.disabled).map(([name]) => tell(ofRoom("/api/mute", name), { muted })));
  await look();
});

async function follow() {
  if (!document.hidden) {
    await look();
  }
  setTimeout(follow, every);
}

await follow();
