// Tells the node something; the answer is whether it was taken, and the sentence that it said.
import { ofRoom } from "/room.js";

const away = "The node did not answer; it may be restarting.";

export async function tell(path, value) {
  const answer = await fetch(ofRoom(path), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(value),
  }).catch(() => null);
  if (answer?.status === 401) {
    location.assign("/sign-in");
  }
  return { ok: answer?.ok ?? false, text: answer === null ? away : (await answer.text().catch(() => away)).trim() };
}

export async function ask(path) {
  const answer = await fetch(ofRoom(path)).catch(() => null);
  if (answer?.status === 401) {
    location.assign("/sign-in");
  }
  return answer?.ok
    ? { value: await answer.json(), text: "" }
    : { value: null, text: answer === null ? away : (await answer.text().catch(() => away)).trim() };
}
