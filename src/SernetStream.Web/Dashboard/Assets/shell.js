// What every page does: it is installable, and tells tests and programs when it has settled.
import { ofRoom, room } from "/room.js";

if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // A browser may forbid it; the page works without.
  });
}

// The pages of a room lead to each other, and back to all rooms.
if (room !== null) {
  const pages = document.querySelector("nav[aria-label=Pages]");
  pages?.querySelectorAll("a").forEach((link) => { link.href = ofRoom(link.getAttribute("href")); });
  const all = document.createElement("a");
  [all.href, all.textContent] = ["/", "Rooms"];
  pages?.prepend(all);
}

export function settle() {
  document.documentElement.dataset.settled = "true";
}
