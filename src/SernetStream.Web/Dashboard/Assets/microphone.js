// The microphone check: what a newcomer should do next, from the last seconds of the stream.
const floor = -80;
const clipped = -0.1;
const faint = -50;
const loudRoom = -35;
const remembered = 15_000;
const enough = 10;

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? floor;
const dbfs = (level) => `${level.toFixed(0)} dBFS`.replace("-", "−");

// Kind, headline, and what to do.
export function judge(pulses, microphone, opensAt) {
  const now = pulses.at(-1);
  const recent = pulses.filter(({ at }) => now.at - at < 5000);
  const lasts = now.at - pulses[0].at;
  if (now.muted) {
    return ["wait", "The node is muted", "Press Mute on the page Now again, and come back."];
  }
  if (microphone === "dead") {
    return ["bad", "No sound comes", "Plug the microphone in again, or restart the sound server. Below, choose another device."];
  }
  if (microphone === "muted" || (lasts > 3000 && recent.every(({ peak }) => peak <= -99))) {
    return ["bad", "Only zeros arrive", "Look for a mute switch on the microphone and in the mixer (alsamixer, F4), and check that the right device and channel (capture.channel) are chosen."];
  }
  if (recent.some(({ peak }) => peak >= clipped)) {
    return ["bad", "It is overdriven", "The loudest sounds are cut off. Lower the capture volume (alsamixer, F4), or speak from farther away."];
  }
  // The gate stays open for a while after the last word: what is quiet then says nothing about the voice.
  const spoken = pulses.filter(({ speaking, speech }) => speaking && speech >= opensAt);
  if (spoken.length >= enough) {
    const level = median(spoken.map((pulse) => pulse.level));
    return level < faint
      ? ["poor", `You are faint: ${dbfs(level)}`, "Raise the capture volume (alsamixer, F4), or put the microphone nearer."]
      : ["good", `You are heard well: ${dbfs(level)}`, "Speak from where people usually are: it should be heard from there too."];
  }
  const noise = median(recent.map((pulse) => pulse.level));
  return lasts > 3000 && noise > loudRoom
    ? ["poor", `The room is loud: ${dbfs(noise)}, and nobody is heard to speak`, "Say something. If it is not heard, move the microphone away from fans, music or television."]
    : ["wait", "Say something", "A sentence in your usual voice, such as: “The kettle is on, would you like some tea?”"];
}

export class MicrophoneCheck {
  constructor(root) {
    this.root = root;
    this.pulses = [];
    this.microphone = "works";
    this.opensAt = 0.5;
  }

  begin(opensAt) {
    this.opensAt = opensAt;
    this.pulses = [];
    this.find("mark").style.left = `${100 * opensAt}%`;
    this.find("opens").textContent = `The gate opens at ${Math.round(100 * opensAt)} %.`;
  }

  find(name) {
    return this.root.querySelector(`[data-part="${name}"]`);
  }

  add(pulse) {
    const at = performance.now();
    this.pulses.push({ at, ...pulse });
    this.pulses = this.pulses.filter((old) => at - old.at < remembered);
    const share = (level) => Math.min(1, Math.max(0, 1 - level / floor));
    const loudest = Math.max(...this.pulses.filter((old) => at - old.at < 2000).map(({ peak }) => peak));
    this.meter("level", Math.max(floor, pulse.level), pulse.peak <= -99 ? "silent" : dbfs(pulse.level));
    this.find("level").firstElementChild.style.clipPath = `inset(0 ${100 - 100 * share(pulse.level)}% 0 0)`;
    this.find("peak").style.left = `${100 * share(loudest)}%`;
    this.find("peak-figure").textContent = loudest <= -99 ? "none" : dbfs(loudest);
    this.meter("speech", 100 * pulse.speech, `${Math.round(100 * pulse.speech)} %`);
    this.find("speech").firstElementChild.style.transform = `scaleX(${pulse.speech})`;
    this.find("gate").dataset.open = pulse.speaking;
    this.find("gate").lastElementChild.textContent = pulse.speaking ? "open: somebody speaks" : "closed: no speech";
    this.show(judge(this.pulses, this.microphone, this.opensAt));
  }

  heard(event) {
    if (event.kind === "final") {
      this.find("answer").textContent = event.emotion === "unknown"
        ? "The last utterance: heard, but the model is not sure how it was meant."
        : `The last utterance: ${event.emotion}, ${Math.round(100 * event.confidence)} %.`;
    }
  }

  meter(name, value, figure) {
    const bar = this.find(name);
    bar.setAttribute("aria-valuenow", String(Math.round(value)));
    bar.setAttribute("aria-valuetext", figure);
    this.find(`${name}-figure`).textContent = figure;
  }

  // A screen reader hears a verdict when it is another one, not with each decibel.
  show([kind, headline, advice]) {
    this.root.dataset.verdict = kind;
    this.find("headline").textContent = headline;
    this.find("advice").textContent = advice;
    if (this.said !== advice) {
      this.said = advice;
      this.find("spoken").textContent = `${headline}. ${advice}`;
    }
  }
}
