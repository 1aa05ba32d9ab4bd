// The dashboard: one stream of server-sent events in, a page out. Nothing is kept but the last two minutes, in memory.
import { EmotionChart } from "/chart.js";
import { LiveImage } from "/image.js";
import { feed } from "/feed.js";
import { EventList } from "/events.js";
import { SensitivityForm } from "/sensitivity.js";
import { tell } from "/tell.js";
import { settle } from "/shell.js";
import { percent, duration, clockTime, toneOf } from "/format.js";

const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const chart = new EmotionChart($("chart"), $("legend"), $("chart-table"));
const image = new LiveImage($("image"), calm);
const announce = (sentence) => { $("announcement").textContent = sentence; };
const sensitivity = new SensitivityForm(announce);
const events = new EventList($("events"), $("teach"));
const microphoneTexts = { works: "works", dead: "no sound comes", muted: "muted at the source, or broken" };

let labels = [];
let muted = false;
let microphone = "works";

function setMeter(id, value, share, figure) {
  const bar = $(id);
  bar.setAttribute("aria-valuenow", String(Math.round(value)));
  if (bar.classList.contains("level")) {
    bar.firstElementChild.style.clipPath = `inset(0 ${100 - 100 * share}% 0 0)`;
  } else {
    bar.firstElementChild.style.transform = `scaleX(${share})`;
  }
  $(`${id}-figure`).textContent = figure;
}

function showEmotion(event) {
  const shown = $("emotion");
  shown.dataset.emotion = event.emotion;
  shown.dataset.sequence = event.sequence;
  shown.closest(".now").style.setProperty("--tone", toneOf(event.emotion, labels));
  $("emotion-name").textContent = event.emotion === "none" ? "Quiet" : event.emotion;
  $("emotion-detail").textContent = {
    none: "Nobody has spoken for a while.",
    unknown: "Somebody speaks, but the model is not sure enough to say how.",
  }[event.emotion] ?? `heard at ${clockTime(event.time)}, ${event.latencyMs.toFixed(0)} ms after it was said`;
  setMeter("confidence", event.confidence * 100, event.confidence, event.emotion === "none" ? "–" : percent(event.confidence));
  const arousal = event.arousal ?? 0;
  setMeter("arousal", arousal * 100, arousal, event.arousal === null ? "–" : percent(arousal));
  $("arousal").setAttribute("aria-valuetext", event.arousal === null ? "not known" : percent(arousal));
  labels.forEach((label) => {
    const row = $("scores").querySelector(`[data-label="${CSS.escape(label)}"]`);
    const value = event.probabilities[label] ?? 0;
    row.querySelector("i").style.transform = `scaleX(${value})`;
    row.querySelector(".value").textContent = percent(value);
    row.setAttribute("aria-current", String(label === event.emotion));
  });
}

function onHello(hello) {
  labels = hello.labels;
  $("node").textContent = hello.node;
  document.title = `${hello.node} · SernetStream`;
  $("source").textContent = `${hello.source.split("/").at(-1)} · ${hello.model} · ${hello.version}`;
  $("sign-out").hidden = !hello.needsToken;
  $("scores").replaceChildren(...labels.map((label) => {
    const row = document.createElement("li");
    row.dataset.label = label;
    row.style.setProperty("--tone", toneOf(label, labels));
    row.innerHTML = '<span class="name"></span><span class="bar" aria-hidden="true"><i></i></span><span class="figure value">–</span>';
    row.querySelector(".name").textContent = label;
    return row;
  }));
  chart.begin(labels, hello.enter);
  $("image").closest("section").hidden = !hello.image;
  image.begin(hello.rows, hello.frameSeconds);
  hello.events.forEach((event) => chart.add(event));
  events.begin(labels, hello.feedback, hello.events);
  if (hello.events.length > 0) {
    showEmotion(hello.events.at(-1));
  }
  setMuted(hello.muted);
  $("mute").disabled = false;
  sensitivity.offer(hello);
  sensitivity.show(hello.sensitivity, hello.enter);
  settle();
}

function onEmotion(event) {
  chart.add(event);
  showEmotion(event);
  events.add(event);
  if (event.kind === "change") {
    announce(event.emotion === "none"
      ? "It is quiet now."
      : `The emotion is now ${event.emotion}, confidence ${percent(event.confidence)}.`);
  }
}

function onPulse(pulse) {
  const floor = -60;
  const share = (decibels) => Math.min(1, Math.max(0, 1 - decibels / floor));
  const isSilent = pulse.peak <= -99;
  setMeter("level", Math.max(floor, pulse.level), share(pulse.level), isSilent ? "silent" : `${pulse.level.toFixed(0)} dB`);
  $("level").setAttribute("aria-valuetext", isSilent ? "silent" : `${pulse.level.toFixed(0)} decibels`);
  $("level").querySelector("b").style.left = `${100 * share(pulse.peak)}%`;
  setMeter("speech", pulse.speech * 100, pulse.speech, percent(pulse.speech));
  $("gate").dataset.open = pulse.speaking;
  $("gate-text").textContent = pulse.muted ? "muted"
    : { dead: "no sound comes", muted: "muted at the source" }[microphone] ?? (pulse.speaking ? "somebody speaks" : "no speech");
  image.add(pulse.columns);
  setMuted(pulse.muted);
  sensitivity.show(pulse.sensitivity, pulse.enter);
  chart.enterAt(pulse.enter);
}

function setMuted(now) {
  if (now !== muted) {
    muted = now;
    document.documentElement.classList.toggle("is-muted", now);
  }
  $("mute").setAttribute("aria-pressed", String(now));
}

function setMicrophone(now) {
  if (now !== microphone) {
    microphone = now;
    announce(`The microphone: ${microphoneTexts[now]}.`);
  }
}

function figures(list, rows) {
  list.replaceChildren(...rows.map(([name, value, isTrouble]) => {
    const row = document.createElement("div");
    row.classList.toggle("trouble", Boolean(isTrouble));
    const term = document.createElement("dt");
    term.textContent = name;
    const detail = document.createElement("dd");
    detail.textContent = value;
    row.append(term, detail);
    return row;
  }));
}

function onCounters(counters) {
  const { latencyMs: latency } = counters;
  setMicrophone(counters.microphone ?? "works");
  figures($("counters"), [
    ...("microphone" in counters ? [["Microphone", microphoneTexts[microphone], microphone !== "works"]] : []),
    ["Heard", duration(counters.heard)],
    ["Lost", counters.lost === 0 ? "none" : duration(counters.lost), counters.lost > 0],
    ["Utterances", counters.utterances],
    ["Windows judged", counters.classified],
    ["Skipped or late", counters.skipped + counters.late, counters.late > 0],
    ...(counters.failed > 0 ? [["Without an answer", counters.failed, true]] : []),
    ["Events", counters.events],
    ["Latency, half of all", `${latency.p50.toFixed(0)} ms`],
    ["Latency, 99 of 100", `${latency.p99.toFixed(0)} ms`],
    ["Latency, longest", `${latency.max.toFixed(0)} ms`],
    ["Dashboards open", counters.clients],
    ...("brokerConnected" in counters
      ? [["MQTT broker", counters.brokerConnected ? "connected" : "away", !counters.brokerConnected]] : []),
  ]);
  const names = { source: "Reading", frontEnd: "Front end", speechGate: "Speech gate", classifier: "Classifier", smoother: "Smoother" };
  const heard = Math.max(counters.heard, 0.1);
  figures($("costs"), Object.entries(names).map(([key, name]) => [name, `${(100 * counters.costs[key] / heard).toFixed(1)} %`]));
  $("publishers").tBodies[0].replaceChildren(...counters.publishers.map((publisher) => {
    const row = document.createElement("tr");
    [publisher.name, publisher.published, publisher.dropped, publisher.failed].forEach((value) => {
      row.insertCell().textContent = value;
    });
    return row;
  }));
}

function onState(state) {
  const shown = $("connection");
  shown.dataset.state = state;
  shown.textContent = { connecting: "Connecting", live: "Live", lost: "Reconnecting" }[state];
  document.documentElement.classList.toggle("is-lost", state === "lost");
  if (state !== "live") {
    $("mute").disabled = true;
    sensitivity.enable(false);
  }
}

$("mute").addEventListener("click", async () => {
  const told = await tell("/api/mute", { muted: !muted });
  if (!told.ok) {
    announce(told.text);
  }
});

feed({ hello: onHello, emotion: onEmotion, pulse: onPulse, counters: onCounters }, onState);
