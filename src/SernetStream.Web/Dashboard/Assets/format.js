// Numbers and times as people read them, and the colour of an emotion.
const known = new Set([
  "anger", "boredom", "calm", "disgust", "fear", "happiness", "neutral", "sadness", "surprise", "unknown", "none"]);
const others = ["anger", "sadness", "happiness", "disgust", "fear", "calm", "surprise", "neutral"];
const same = { angry: "anger", happy: "happiness", sad: "sadness", fearful: "fear", surprised: "surprise", bored: "boredom" };

export const percent = (share) => `${Math.round(100 * share)} %`;

export const clockTime = (time) => new Date(time).toLocaleTimeString([], { hour12: false });

export function duration(seconds) {
  if (seconds < 100) {
    return `${seconds.toFixed(1)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

// A label of a model we do not know gets a colour by its place.
export function nameOfTone(label, labels) {
  const name = same[label] ?? label;
  return known.has(name) ? name : others[Math.max(0, labels.indexOf(label)) % others.length];
}

export const toneOf = (label, labels) => `var(--${nameOfTone(label, labels)})`;
