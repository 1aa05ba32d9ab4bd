// Setup and health: the microphone check, and what a newcomer needs beside it.
import { feed } from "/feed.js";
import { examine } from "/doctor.js";
import { MicrophoneCheck } from "/microphone.js";
import { settle } from "/shell.js";
import { ask, tell } from "/tell.js";

const $ = (id) => document.getElementById(id);
const check = new MicrophoneCheck($("microphone"));

feed({
  hello: (hello) => {
    $("node").textContent = hello.node;
    document.title = `Setup of ${hello.node} · SernetStream`;
    check.begin(hello.gateOpens);
  },
  pulse: (pulse) => check.add(pulse),
  emotion: (event) => check.heard(event),
  counters: (counters) => { check.microphone = counters.microphone ?? "works"; },
}, (state) => {
  $("connection").dataset.state = state;
  $("connection").textContent = { connecting: "Connecting", live: "Live", lost: "Reconnecting" }[state];
});

$("look").addEventListener("click", () => examine($("look"), "/api/doctor", {}, $("health-said"), $("findings")));

function offerDevice(device, chosen) {
  const label = document.createElement("label");
  label.innerHTML = '<input type="radio" name="device" required><span><span></span><small></small></span>';
  const [radio, text] = label.children;
  radio.value = device.name;
  radio.checked = device.name === chosen || (chosen === "default" && device.isDefault);
  text.firstElementChild.textContent = device.name;
  text.lastElementChild.textContent =
    `${device.system}, ${device.channels} ${device.channels === 1 ? "channel" : "channels"}, ${device.rate} Hz${device.isDefault ? ", the default" : ""}`;
  return label;
}

async function listDevices() {
  const { value, text } = await ask("/api/devices");
  if (value === null) {
    $("device-form").hidden = $("broker-form").hidden = true;
    $("look").disabled = true;
    $("device-said").textContent = $("broker-said").textContent = $("health-said").textContent = text;
    return;
  }
  $("source").textContent = value.source.split("/").at(-1);
  $("devices").append(...value.devices.map((device) => offerDevice(device, value.chosen)));
  $("device-form").hidden = value.devices.length === 0;
  $("device-said").textContent = value.problem;
}

$("device-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = await tell("/api/device", { device: new FormData(event.target).get("device") });
  const { sentence, line } = told.ok ? JSON.parse(told.text) : { sentence: told.text, line: "" };
  $("device-said").textContent = sentence;
  $("device-line").textContent = line;
  $("device-line").hidden = line.length === 0;
});

// What to write is put together here: the node repeats nothing that was typed.
function linesOf({ broker, user }) {
  const quoted = (text) => JSON.stringify(text);
  return ["mqtt:", `  broker: ${quoted(broker)}`, ...(user ? [`  user: ${quoted(user)}`, "  password_file: /etc/sernetd/mqtt-password"] : [])].join("\n");
}

$("broker-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const asked = Object.fromEntries(new FormData(event.target));
  $("broker-lines").hidden = true;
  const isWell = await examine($("try"), "/api/broker", asked, $("broker-said"), $("broker-findings"));
  if (isWell) {
    $("broker-said").textContent += " To use it, write this into the configuration, and restart sernetd:";
    $("broker-lines").textContent = linesOf(asked);
    $("broker-lines").hidden = false;
  }
});

await listDevices();
settle();
