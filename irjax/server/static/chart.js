// A spectrum as chemists draw it: high wavenumbers at the left, doubled below 2000 cm⁻¹ if wanted, read with a pointer.

const NS = "http://www.w3.org/2000/svg";
const FROM = 2000;
const MARGIN = { left: 46, right: 18, top: 10, bottom: 36 };

const spread = (w, doubled) => (doubled && w > FROM ? FROM + (w - FROM) / 2 : w);
const gathered = (p, doubled) => (doubled && p > FROM ? FROM + (p - FROM) * 2 : p);

export function element(name, attributes = {}, text = "") {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}

export class Chart {
  // grid: first, last, points. onPoint is told the pointer's wavenumber and values; onZoom whether a part is shown.
  constructor(svg, grid, onPoint, onZoom) {
    Object.assign(this, { svg, grid, onPoint, onZoom, curves: [], bands: [], doubled: true, absorbance: false, at: null });
    this.step = (grid.last - grid.first) / (grid.points - 1);
    this.zoom = null;
    this.dragged = null;
    svg.addEventListener("pointerdown", (event) => this.#press(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointercancel", () => this.#drop()); // a finger that went on to scroll the page
    svg.addEventListener("pointerup", (event) => this.#release(event));
    svg.addEventListener("pointerleave", () => this.#point(null));
    svg.addEventListener("dblclick", () => this.show(null));
    svg.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    svg.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(svg);
  }

  get range() { return this.zoom ?? [this.grid.last, this.grid.first]; }

  show(range) {
    if (range && Math.abs(range[0] - range[1]) < 5 * this.step) return;
    this.zoom = range && [Math.min(this.grid.last, Math.max(...range)), Math.max(this.grid.first, Math.min(...range))];
    this.onZoom(Boolean(this.zoom));
    this.draw();
  }

  value(curve, index) {
    const sent = curve.spectrum[index];
    if (sent === null || sent === undefined) return null;
    const transmittance = sent / 1e4;
    return this.absorbance ? -Math.log10(Math.max(transmittance, 1e-4)) : 100 * transmittance;
  }

  // As large as it is shown, or so many pixels as are then scaled, as on paper.
  draw(width = this.svg.clientWidth, height = this.svg.clientHeight) {
    if (!width || !this.curves.length) return;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const box = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
    const [high, low] = this.range;
    const first = spread(high, this.doubled), last = spread(low, this.doubled);
    this.x = (w) => box.left + ((first - spread(w, this.doubled)) / (first - last)) * (box.right - box.left);
    this.w = (x) => gathered(first - ((x - box.left) / (box.right - box.left)) * (first - last), this.doubled);
    const [bottom, top] = this.#limits();
    this.y = (v) => box.bottom - ((v - bottom) / (top - bottom)) * (box.bottom - box.top);
    const parts = [];
    for (const { low, high, colour } of this.bands) {
      const from = Math.max(box.left, this.x(high)), to = Math.min(box.right, this.x(low));
      if (to > from) parts.push(element("rect", { class: "band", x: from, y: box.top, width: to - from, height: box.bottom - box.top, fill: colour }));
    }
    parts.push(...this.#axes(box, bottom, top));
    for (const curve of this.curves) parts.push(element("path", { class: "curve", d: this.#path(curve), stroke: curve.colour }));
    this.pointer = element("line", { class: "pointer", y1: box.top, y2: box.bottom, visibility: "hidden" });
    this.chosen = element("rect", { class: "chosen", y: box.top, height: box.bottom - box.top, width: 0 });
    this.svg.replaceChildren(...parts, this.chosen, this.pointer);
    this.box = box;
  }

  #limits() {
    const [high, low] = this.range;
    let least = Infinity, most = -Infinity;
    for (const curve of this.curves) {
      for (let index = 0; index < this.grid.points; index++) {
        const w = this.grid.first + index * this.step, value = this.value(curve, index);
        if (value === null || w < low || w > high) continue;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    if (!Number.isFinite(least)) return this.absorbance ? [0, 1] : [0, 100];
    if (!this.zoom && !this.absorbance) [least, most] = [Math.min(least, 90), Math.max(most, 100)];
    const room = 0.04 * (most - least || 1);
    return [least - room, most + room];
  }

  #path(curve) {
    let path = "", drawing = false;
    for (let index = this.grid.points - 1; index >= 0; index--) {
      const w = this.grid.first + index * this.step, value = this.value(curve, index);
      if (value === null || w < this.range[1] || w > this.range[0]) { drawing = false; continue; }
      path += `${drawing ? "L" : "M"}${this.x(w).toFixed(1)} ${this.y(value).toFixed(1)}`;
      drawing = true;
    }
    return path;
  }

  #axes(box, bottom, top) {
    const parts = [], [high, low] = this.range;
    for (const w of ticks(low, high, this.doubled, box.right - box.left)) {
      const x = this.x(w);
      parts.push(element("line", { class: "grid", x1: x, x2: x, y1: box.top, y2: box.bottom }));
      parts.push(element("text", { x, y: box.bottom + 15, "text-anchor": "middle" }, String(w)));
    }
    const step = nice((top - bottom) / 5);
    for (let v = Math.ceil(bottom / step) * step; v <= top + 1e-9; v += step) {
      const y = this.y(v);
      parts.push(element("line", { class: "grid", x1: box.left, x2: box.right, y1: y, y2: y }));
      parts.push(element("text", { x: box.left - 5, y: y + 4, "text-anchor": "end" }, String(+v.toPrecision(4))));
    }
    parts.push(element("path", { class: "axis", d: `M${box.left} ${box.top}V${box.bottom}H${box.right}` }));
    parts.push(element("text", { x: (box.left + box.right) / 2, y: box.bottom + 31, "text-anchor": "middle" }, "Wavenumber / cm⁻¹"));
    const title = this.absorbance ? "Absorbance" : "Transmittance / %", middle = (box.top + box.bottom) / 2;
    parts.push(element("text", { x: 11, y: middle, "text-anchor": "middle", transform: `rotate(-90 11 ${middle})` }, title));
    return parts;
  }

  #place(event) {
    const at = event.clientX - this.svg.getBoundingClientRect().left;
    return Math.min(this.box.right, Math.max(this.box.left, at));
  }

  #press(event) {
    if (!this.box || event.button) return;
    this.dragged = this.#place(event);
    this.svg.setPointerCapture(event.pointerId);
  }

  #move(event) {
    if (!this.box) return;
    const x = this.#place(event);
    if (this.dragged !== null) {
      this.chosen.setAttribute("x", Math.min(x, this.dragged));
      this.chosen.setAttribute("width", Math.abs(x - this.dragged));
    }
    this.#point(this.w(x));
  }

  #release(event) {
    const from = this.dragged;
    this.#drop();
    if (from === null) return;
    const to = this.#place(event);
    if (Math.abs(to - from) > 6) this.show([this.w(from), this.w(to)]);
  }

  #drop() {
    this.dragged = null;
    this.chosen?.setAttribute("width", 0);
  }

  #wheel(event) {
    if (!this.box || !(event.ctrlKey || event.metaKey)) return; // the page's own scrolling is left alone
    event.preventDefault();
    this.#scale(this.w(this.#place(event)), event.deltaY > 0 ? 1.25 : 0.8);
  }

  #scale(around, factor) {
    const [high, low] = this.range.map((w) => around + (w - around) * factor);
    this.show(high - low >= this.grid.last - this.grid.first ? null : [high, low]);
  }

  #key(event) {
    const [high, low] = this.range, at = this.at ?? (high + low) / 2, stride = event.shiftKey ? 10 : 1;
    const act = {
      ArrowLeft: () => this.#point(Math.min(high, at + stride * Math.max(this.step, (high - low) / 400))),
      ArrowRight: () => this.#point(Math.max(low, at - stride * Math.max(this.step, (high - low) / 400))),
      "+": () => this.#scale(at, 0.8), "=": () => this.#scale(at, 0.8), "-": () => this.#scale(at, 1.25),
      Escape: () => this.show(null),
    }[event.key];
    if (!act || !this.box) return;
    event.preventDefault();
    act();
  }

  #point(wavenumber) {
    this.at = wavenumber;
    if (!this.pointer) return;
    this.pointer.setAttribute("visibility", wavenumber === null ? "hidden" : "visible");
    if (wavenumber === null) return this.onPoint(null, []);
    const x = this.x(wavenumber), index = Math.round((wavenumber - this.grid.first) / this.step);
    this.pointer.setAttribute("x1", x);
    this.pointer.setAttribute("x2", x);
    this.onPoint(wavenumber, this.curves.map((curve) => this.value(curve, index)));
  }
}

const nice = (raw) => {
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * [1, 2, 2.5, 5, 10].find((each) => each * power >= raw * 0.999);
};

function ticks(low, high, doubled, width) {
  const found = [], most = Math.max(3, width / 70), whole = spread(high, doubled) - spread(low, doubled);
  const step = Math.max(10, nice(whole / most));
  for (let w = Math.ceil(low / step) * step; w <= high; w += step) {
    if (!(doubled && w > FROM) || Math.round(w / step) % 2 === Math.round(FROM / step) % 2) found.push(Math.round(w));
  }
  return found;
}
