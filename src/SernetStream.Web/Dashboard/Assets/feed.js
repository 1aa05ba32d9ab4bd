// The stream of the daemon, while somebody looks. After a loss it connects again, at growing intervals.
import { ofRoom } from "/room.js";

const shortest = 500;
const longest = 5000;
const hiddenFor = 60_000;

export function feed(handlers, onState) {
  let source = null;
  let wait = shortest;
  let retry = 0;
  let hide = 0;

  function open() {
    close();
    source = new EventSource(ofRoom("/api/stream"));
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (message) => handle(JSON.parse(message.data)));
    }
    source.addEventListener("hello", () => {
      wait = shortest;
      onState("live");
    });
    source.addEventListener("error", lost);
  }

  function close() {
    clearTimeout(retry);
    source?.close();
    source = null;
  }

  async function lost() {
    close();
    onState("lost");
    retry = setTimeout(open, wait);
    wait = Math.min(longest, wait * 1.6);
    if (wait === longest) {
      // An answer that leads elsewhere means that the token has changed.
      const answer = await fetch("/", { redirect: "manual" }).catch(() => null);
      if (answer?.type === "opaqueredirect") {
        location.assign("/sign-in");
      }
    }
  }

  // A hidden page needs no stream.
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hide);
    if (document.hidden) {
      hide = setTimeout(close, hiddenFor);
    } else if (source === null) {
      open();
    }
  });

  onState("connecting");
  open();
}
