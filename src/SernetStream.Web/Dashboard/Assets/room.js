// The room that this page is of; null: the only one there is.
export const room = new URLSearchParams(location.search).get("room");

export const ofRoom = (path, name = room) => (name === null ? path : `${path}${path.includes("?") ? "&" : "?"}room=${encodeURIComponent(name)}`);
