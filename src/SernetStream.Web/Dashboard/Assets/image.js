// The scrolling picture of the model's input. New columns go into a ring; a frame of the screen shows the ring unrolled.
const shownSeconds = 10;

export class LiveImage {
  constructor(canvas, calm) {
    Object.assign(this, { canvas, calm, next: 0, ring: null, isDue: false, paintedAt: 0 });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.choosePalette());
  }

  begin(rows, frameSeconds) {
    const columns = Math.round(shownSeconds / frameSeconds);
    if (this.ring === null || this.ring.height !== rows || this.ring.width !== columns) {
      this.ring = new OffscreenCanvas(columns, rows);
      this.pen = this.ring.getContext("2d");
      this.shades = new Uint8ClampedArray(columns * rows);
      this.next = 0;
      Object.assign(this.canvas, { width: columns, height: rows });
    }
    this.choosePalette();
  }

  add(base64) {
    if (this.ring === null || base64.length === 0) {
      return;
    }
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const { width, height } = this.ring;
    for (let start = 0; start < bytes.length; start += height) {
      this.shades.set(bytes.subarray(start, start + height), this.next * height);
      this.paintColumn(this.next);
      this.next = (this.next + 1) % width;
    }
    const pause = this.calm.matches ? 1000 : 0;
    if (!this.isDue && performance.now() - this.paintedAt >= pause) {
      this.isDue = true;
      requestAnimationFrame(() => this.paint());
    }
  }

  choosePalette() {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const stops = isDark
      ? [[0, [28, 31, 37]], [0.35, [38, 62, 96]], [0.65, [96, 140, 190]], [0.85, [214, 190, 150]], [1, [255, 244, 220]]]
      : [[0, [248, 246, 241]], [0.35, [206, 219, 230]], [0.65, [110, 148, 184]], [0.85, [52, 80, 118]], [1, [26, 30, 52]]];
    this.palette = Array.from({ length: 256 }, (_, i) => {
      const at = i / 255;
      const above = Math.max(1, stops.findIndex(([stop]) => stop >= at));
      const [[low, from], [high, to]] = [stops[above - 1], stops[above]];
      return from.map((channel, c) => channel + (to[c] - channel) * (at - low) / (high - low));
    });
    if (this.ring !== null) {
      for (let column = 0; column < this.ring.width; column++) {
        this.paintColumn(column);
      }
      this.paint();
    }
  }

  paintColumn(column) {
    const { height } = this.ring;
    const pixels = new ImageData(1, height);
    for (let row = 0; row < height; row++) {
      // Low bands come first and belong at the bottom.
      const [red, green, blue] = this.palette[this.shades[column * height + height - 1 - row]];
      pixels.data.set([red, green, blue, 255], 4 * row);
    }
    this.pen.putImageData(pixels, column, 0);
  }

  paint() {
    this.isDue = false;
    this.paintedAt = performance.now();
    const { width, height } = this.ring;
    const pen = this.canvas.getContext("2d");
    const old = width - this.next;
    pen.drawImage(this.ring, this.next, 0, old, height, 0, 0, old, height);
    pen.drawImage(this.ring, 0, 0, this.next, height, old, 0, this.next, height);
  }
}
