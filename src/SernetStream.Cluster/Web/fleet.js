// Shows what the silos report, every two seconds. All text goes in as text.
const row = (cells) => {
  const line = document.createElement("tr");
  for (const cell of cells) {
    const data = document.createElement("td");
    data.textContent = cell;
    line.append(data);
  }
  return line;
};

const seconds = (value) => (value < 120 ? `${value.toFixed(0)} s` : `${(value / 60).toFixed(0)} min`);

const show = ({ silos, isWhole }) => {
  const rooms = silos.flatMap((silo) => silo.rooms.map((room) => ({ ...room, silo: silo.name })));
  document.getElementById("news").textContent = isWhole
    ? `${silos.length} silos hear ${rooms.length} rooms.`
    : "The cluster's book-keeping does not answer: this silo alone is shown. Its rooms go on.";
  document.getElementById("silos").replaceChildren(...silos.map((silo) => row([
    silo.drains ? `${silo.name} (drained)` : silo.name, silo.address, silo.rooms.length, `${(100 * silo.processor).toFixed(0)}% of ${silo.cores} cores' ${100 * silo.cores}%`,
    `${(silo.memoryBytes / 1e6).toFixed(0)} MB`, `${(100 * silo.lag).toFixed(0)}%`, silo.shed,
  ])));
  document.getElementById("rooms").replaceChildren(...rooms.sort((a, b) => a.name.localeCompare(b.name)).map((room) => row([
    room.name, room.silo, room.source, seconds(room.audioSeconds), room.cut, room.skipped + room.late,
    `${room.latencyP99Ms.toFixed(0)} ms`, room.fault ?? "heard",
  ])));
};

const ask = async () => {
  try {
    const answer = await fetch("/fleet.json");
    show(await answer.json());
  } catch {
    document.getElementById("news").textContent = "This silo does not answer.";
  }
  setTimeout(ask, 2000);
};

ask();
