// What every page does: it is installable, and tells tests and programs when it has settled.
if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/sw.js").catch(() => {
    // A browser may forbid it; the page works without.
  });
}

export function settle() {
  document.documentElement.dataset.settled = "true";
}
