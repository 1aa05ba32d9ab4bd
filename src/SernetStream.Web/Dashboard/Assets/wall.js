// The wall view: one word, and whether it can be trusted. Nothing can be pressed.
import { feed } from "/feed.js";
import { clockTime, toneOf } from "/format.js";
import { settle } from "/shell.js";

const $ = (id) => document.getElementById(id);
let labels = [];
let microphone = "works";
let since = null;

function showEmotion(event) {
  const shown = $("emotion");
  if (shown.dataset.emotion !== event.emotion || since === null) {
    since = event.time;
  }
  shown.dataset.emotion = event.emotion;
  shown.dataset.sequence = event.sequence;
  shown.textContent = event.emotion === "none" ? "Quiet" : event.emotion;
  $("main").style.setProperty("--tone", toneOf(event.emotion, labels));
  $("detail").textContent = `since ${clockTime(since).slice(0, 5)}`;
}

function onHello(hello) {
  labels = hello.labels;
  since = null;
  $("node").textContent = hello.node;
  document.title = `${hello.node} · SernetStream`;
  hello.events.forEach(showEmotion);
  if (hello.events.length === 0) {
    $("detail").textContent = "Nobody has been heard yet.";
  }
  settle();
}

function onEmotion(event) {
  showEmotion(event);
  if (event.kind === "change") {
    $("announcement").textContent = event.emotion === "none" ? "It is quiet now." : `The emotion is now ${event.emotion}.`;
  }
}

function say(text, isTrouble, isOpen) {
  const state = $("state");
  if ($("state-text").textContent !== text) {
    $("state-text").textContent = text;
  }
  state.classList.toggle("trouble", isTrouble);
  state.dataset.open = isOpen;
}

function onPulse(pulse) {
  if (pulse.muted) {
    say("muted", true, false);
  } else if (microphone !== "works") {
    say({ dead: "no sound comes from the microphone", muted: "the microphone is muted, or broken" }[microphone], true, false);
  } else {
    say(pulse.speaking ? "somebody speaks" : "listening", false, pulse.speaking);
  }
}

function onState(state) {
  document.documentElement.classList.toggle("is-lost", state === "lost");
  if (state === "lost") {
    say("connecting again…", true, false);
  }
}

// A screen that is always on stays on, where the browser allows it.
async function stayAwake() {
  if (!document.hidden) {
    await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

document.addEventListener("visibilitychange", stayAwake);
stayAwake();
feed({
  hello: onHello,
  emotion: onEmotion,
  pulse: onPulse,
  counters: (counters) => { microphone = counters.microphone ?? "works"; },
}, onState);
