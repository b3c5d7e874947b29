// The page: what was dropped is sent file by file, shown, compared and saved.
import { answers, asked, groupsIn, inPageWords, nameOf } from "./answers.js";
import { Chart } from "./chart.js";
import { dropped } from "./dropped.js";
import { $, arrange, make } from "./elements.js";
import { csv, json, save } from "./saving.js";

const COLOURS = ["#000000", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8c6d1f", "#5b4bb7", "#56b4e9"];
const SHADE = "#e69f00";
const AT_ONCE = 2;
const REFRESHED = 250; // milliseconds between two looks at a table that grows
const SHOWN = 500;
const LIKELY = 0.05;
const PAPER = [720, 290];
const HEADINGS = { present: "Present", uncertain: "Cannot tell", absent: "Absent" };

const items = []; // {order, file, told, record, explanation, overlaid}, in the order in which they were given
const sort = { by: "", down: false };
let about, chart, current = null, pinned = null, pointed = null;
let serial = 0, reading = 0, sent = 0, done = 0; // files ever given, sets of files being read, spectra expected, answered
let stopped = null, refresh = 0; // ends what is being read; the next look at the table

const percent = (share) => (share > 0.99 ? "> 99 %" : share < 0.01 ? "< 1 %" : `${Math.round(100 * share)} %`);
const groupsOf = ({ record }, answer) => groupsIn(record, answer);
const doubtsOf = ({ record: { error, warnings } }) => (error ? [error] : warnings ?? []).map(inPageWords);

// Reading

async function read(files, told = {}) {
  const waiting = [...files].map((file) => ({ file, order: ++serial }));
  if (!waiting.length) return;
  $("progress").hidden = false;
  await ready;
  if (!about) return;
  reading++;
  sent += waiting.length;
  stopped ??= new AbortController();
  progress();
  const { order: first } = waiting[0], { signal } = stopped;
  const worker = async () => {
    for (let next; !signal.aborted && (next = waiting.shift());) {
      const { file, order } = next;
      let chosen = order !== first;
      for await (const record of answers(file, told, { signal, holds: (count) => { sent += count - 1; } })) {
        const item = { order, file, told, record, overlaid: false };
        keep(item);
        done++;
        progress();
        if (!chosen) choose(item);
        else refresh ||= setTimeout(grown, REFRESHED);
        chosen = true;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  if (!--reading) { sent = done = 0; stopped = null; $("progress").hidden = true; }
  grown();
}

// Puts it after those of the files given before: answers to two files come in turn.
function keep(item) {
  let place = items.length;
  while (place && items[place - 1].order > item.order) place--;
  items.splice(place, 0, item);
}

function grown() {
  clearTimeout(refresh);
  refresh = 0;
  table();
}

function progress() {
  $("progress").hidden = false;
  $("bar").max = Math.max(sent, 1);
  $("bar").value = done;
  $("counted").textContent = `${done} of ${sent}`;
}

// One spectrum

function choose(item) {
  current = item;
  pinned = pointed = null;
  $("result").hidden = false;
  const { record } = item;
  $("name").textContent = record.file;
  $("error").hidden = !record.error;
  $("error").textContent = inPageWords(record.error ?? "");
  $("warnings").replaceChildren(...(record.error ? [] : doubtsOf(item)).map((doubt) => make("li", {}, doubt)));
  again(item);
  for (const id of ["figure", "exact", "groups", "downloads", "rests"]) $(id).hidden = Boolean(record.error);
  $("similar").hidden = true;
  $("rests").className = "hint";
  $("rests").textContent = record.error ? "" : "Point at a group to see the bands that it rests on.";
  $("exact").textContent = record.exact === null || record.exact === undefined ? "" :
    record.groups.some((group) => group.answer === "present")
      ? `The chance that those present are all there are: ${percent(record.exact)}.`
      : `No group is called present; the chance that there is none: ${percent(record.exact)}.`;
  lists(item);
  draw();
  table();
  if (!record.error) explain(item);
}

// What may be told of a spectrum that was misread: filled in with what was told before.
function again(item) {
  const { units = "", phase = "", technique = "", x = "", y = "" } = item.told, places = x.split(",");
  const ends = { left: places[0], right: x ? places.at(-1) : "", bottom: y.split(",")[0], top: y.split(",")[1] ?? "" };
  const { picture } = item.record;
  $("again").open = picture || doubtsOf(item).some((doubt) => doubt.includes("“Read it again”"));
  $("again-units").value = units;
  $("again-phase").value = phase;
  $("again-technique").value = technique;
  for (const [side, end] of Object.entries(ends)) $(`axis-${side}`).value = end;
  $("axis-broken").checked = places.length === 3;
  $("again-said").textContent = "";
  $("axes").hidden = !picture;
  URL.revokeObjectURL($("picture").src);
  $("picture").hidden = !picture || item.record.file !== nameOf(item.file);
  if (!$("picture").hidden) $("picture").src = URL.createObjectURL(item.file);
}

async function readAgain(item) {
  const [left, right, bottom, top] = ["left", "right", "bottom", "top"].map((side) => $(`axis-${side}`).value.trim());
  const word = [left, right, bottom, top].find((end) => !Number.isFinite(Number(end)));
  if (word) { $("again-said").textContent = `${word}: expected a number, as 4000`; return; }
  const half = [[left, right, "left and right"], [bottom, top, "bottom and top"]].find(([a, b]) => Boolean(a) !== Boolean(b));
  if (half) { $("again-said").textContent = `Say both ends: ${half[2]}.`; return; }
  const told = { units: $("again-units").value, phase: $("again-phase").value, technique: $("again-technique").value,
    y: bottom && `${bottom},${top}`,
    x: left && [left, ...($("axis-broken").checked ? ["2000"] : []), right].join(",") };
  $("again-said").textContent = "reading …";
  const turn = item.turn = (item.turn ?? 0) + 1;
  let found = { error: `${item.record.file}: was not answered` };
  for await (const record of answers(item.file, told)) {
    if (![item.record.file, nameOf(item.file)].includes(record.file)) continue; // another of the same zip
    found = record;
    break;
  }
  if (item.turn !== turn) return; // asked once more meanwhile
  if (found.error && !item.record.error) { // what was answered stays
    if (item === current) $("again-said").textContent = inPageWords(found.error);
    return;
  }
  Object.assign(item, { record: { picture: item.record.picture, ...found, file: item.record.file }, told, explanation: null });
  if (item === current) choose(item);
  else { draw(); shade(pinned); table(); }
}

function lists(item) {
  const columns = Object.entries(HEADINGS).map(([answer, heading]) => {
    const found = groupsOf(item, answer);
    const hidden = answer === "uncertain" ? found.filter((group) => group.probability < LIKELY) : [];
    const shown = found.filter((group) => !hidden.includes(group));
    return make("section", { class: answer }, make("h3", {}, `${heading} `, make("span", {}, String(found.length))), list(shown),
      hidden.length ? make("details", {}, make("summary", {}, `${hidden.length} at under ${percent(LIKELY)}`), list(hidden)) : null);
  });
  $("groups").replaceChildren(...columns);
}

const list = (groups) => make("ul", {}, ...groups.map((group) => make("li", {}, make("button", {
  type: "button", "aria-pressed": "false", "data-group": group.name,
  onpointerenter: () => shade(group.name), onfocus: () => shade(group.name),
  onpointerleave: () => shade(pinned), onblur: () => shade(pinned),
  onclick: () => { pinned = pinned === group.name ? null : group.name; shade(group.name); press(); },
}, make("span", {}, group.name), make("span", {}, percent(group.probability)),
make("meter", { min: 0, max: 1, value: group.probability, "aria-hidden": "true" }),
group.note ? make("small", {}, group.note) : null))));

function press() {
  for (const button of $("groups").querySelectorAll("button"))
    button.setAttribute("aria-pressed", String(button.dataset.group === pinned));
}

async function explain(item) {
  const { record } = item;
  if (!item.explanation) {
    item.unexplained = "";
    const found = await asked("api/explanation", record, "The bands cannot be had: the program that finds them")
      .then((reply) => reply.json()).catch(({ message }) => ({ message }));
    if (item.record !== record) return; // read again meanwhile
    if (found.message) {
      item.unexplained = found.message;
      if (item === current) $("rests").textContent = found.message;
      return;
    }
    item.explanation = found;
  }
  if (item !== current) return;
  const { similar } = item.explanation;
  $("similar").hidden = !similar.length;
  $("similar-list").replaceChildren(...similar.map((each) => make("li", {},
    each.structure ? make("img", { src: `data:image/svg+xml;base64,${each.structure}`, alt: each.smiles || each.inchi }) : null,
    make("div", {}, each.title || each.id), make("div", { class: "note" }, `${each.id}, likeness ${each.similarity.toFixed(3)}`))));
  shade(pointed);
}

function shade(name) {
  pointed = name;
  const bands = (name && current?.explanation?.bands[name]) || [];
  chart.bands = bands.map(({ low, high }) => ({ low, high, colour: SHADE }));
  chart.draw();
  if (!name || !current) return;
  const told = bands.map((band) => `${band.low.toFixed(0)} to ${band.high.toFixed(0)} cm⁻¹${band.known ? ` (${band.known})` : ""}, ${percent(band.weight)}${band.faint ? ", where it hardly absorbs" : ""}`);
  const there = groupsOf(current, "present").some((group) => group.name === name);
  $("rests").className = "";
  $("rests").textContent = current.unexplained && !current.explanation ? current.unexplained : !current.explanation ? `${name}: looking for its bands …` :
    !told.length ? `${name}: no single band speaks for it.` : `${name} ${there ? "rests on" : "is spoken for by"} ${told.join("; ")}.`;
}

function draw() {
  const drawn = [current, ...items.filter((item) => item.overlaid && item !== current)].filter((item) => item?.record.spectrum);
  chart.curves = drawn.slice(0, COLOURS.length).map((item, at) => ({ spectrum: item.record.spectrum, colour: COLOURS[at], name: item.record.file }));
  chart.bands = [];
  chart.draw();
  $("legend").replaceChildren(...(chart.curves.length < 2 ? [] : chart.curves.map((curve) => {
    const line = make("i");
    line.style.background = curve.colour;
    return make("li", {}, line, curve.name);
  })));
}

// All spectra

const chanceOf = (item, name) => (item.record.groups ?? []).find((group) => group.name === name)?.probability;
const keys = {
  file: (item) => item.record.file,
  present: (item) => groupsOf(item, "present").map((group) => group.name).join(", "),
  chance: (item) => chanceOf(item, $("filter").value) ?? -1,
  exact: (item) => item.record.exact ?? -1,
  notes: (item) => doubtsOf(item).join("; "),
};

function chosenItems() {
  const wanted = $("filter").value, word = $("search").value.toLowerCase();
  const found = items.filter((item) => (!wanted || $("all").checked || groupsOf(item, "present").some((group) => group.name === wanted)) &&
    item.record.file.toLowerCase().includes(word));
  if (!sort.by) return found;
  const key = keys[sort.by], way = sort.down ? -1 : 1;
  return found.sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    return way * (typeof x === "number" ? x - y : x.localeCompare(y, undefined, { numeric: true }));
  });
}

const rows = new WeakMap(); // of each record its row, made once

function rowOf(item) {
  const { record } = item, failed = Boolean(record.error);
  const overlay = make("input", { type: "checkbox", "aria-label": `draw ${record.file} too`, disabled: failed,
    onchange: (event) => { item.overlaid = event.target.checked; draw(); shade(pinned); } });
  return make("tr", {}, make("td", {}, overlay),
    make("td", {}, make("button", { type: "button", onclick: () => { choose(item); $("result").scrollIntoView({ block: "start" }); } }, record.file)),
    make("td"),
    make("td", {}, keys.present(item)), make("td", {}, failed || record.exact === null ? "" : percent(record.exact)),
    make("td", { class: failed ? "notes bad" : "notes", title: keys.notes(item) }, make("div", {}, keys.notes(item))));
}

// The row of a spectrum as things stand.
function row(item, wanted) {
  if (!rows.has(item.record)) rows.set(item.record, rowOf(item));
  const made = rows.get(item.record), [first, , chance] = made.children, found = wanted && chanceOf(item, wanted);
  made.setAttribute("aria-current", String(item === current));
  first.firstChild.checked = item.overlaid || item === current;
  chance.hidden = !wanted;
  chance.textContent = wanted && found !== undefined ? percent(found) : "";
  return made;
}

function table() {
  $("table").hidden = items.length < 1;
  const found = chosenItems(), wanted = $("filter").value;
  $("chance").hidden = $("all-label").hidden = !wanted;
  $("chance").firstChild.textContent = wanted;
  arrange($("rows"), found.slice(0, SHOWN).map((item) => row(item, wanted)));
  $("more").textContent = found.length > SHOWN ? `${SHOWN} of ${found.length} are shown; saving takes all.` : `${found.length} of ${items.length}`;
  for (const head of document.querySelectorAll("th[aria-sort]"))
    head.setAttribute("aria-sort", head.firstChild.dataset.sort === sort.by ? (sort.down ? "descending" : "ascending") : "none");
}

// Saving

async function page() {
  const { record } = current;
  await asked("api/page", record, "The page cannot be made: the program that makes it")
    .then(async (reply) => save(`${record.file.split("/").pop()}.html`, await reply.text(), "text/html"))
    .catch(({ message }) => { $("rests").textContent = message; });
}

// What a person does

function listenForFiles() {
  const drop = $("drop");
  for (const kind of ["dragover", "dragenter"]) document.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    read(await dropped(event.dataTransfer));
  });
  for (const id of ["files", "folder"]) $(id).addEventListener("change", (event) => {
    read([...event.target.files].filter((file) => !file.name.startsWith(".")));
    event.target.value = "";
  });
  $("stop").addEventListener("click", () => { stopped?.abort(); stopped = null; });
  $("paste-open").addEventListener("click", () => {
    $("paste").hidden = !$("paste").hidden;
    $("paste-open").setAttribute("aria-expanded", String(!$("paste").hidden));
    if (!$("paste").hidden) $("columns").focus();
  });
  $("paste").addEventListener("submit", (event) => {
    event.preventDefault();
    read([new File([$("columns").value], `pasted ${serial + 1}.csv`)], { units: $("columns-units").value });
  });
}

function listenToSpectrum() {
  $("again-form").addEventListener("submit", (event) => {
    event.preventDefault();
    readAgain(current);
  });
  $("doubled").addEventListener("change", (event) => { chart.doubled = event.target.checked; chart.draw(); });
  $("absorbance").addEventListener("change", (event) => { chart.absorbance = event.target.checked; chart.draw(); });
  $("whole").addEventListener("click", () => chart.show(null));
  $("as-html").addEventListener("click", page);
  $("as-print").addEventListener("click", () => window.print());
}

function listenToTable() {
  $("filter").addEventListener("change", () => {
    Object.assign(sort, $("filter").value ? { by: "chance", down: true } : sort.by === "chance" ? { by: "" } : {});
    table();
  });
  $("all").addEventListener("change", table);
  $("search").addEventListener("input", table);
  for (const button of document.querySelectorAll("[data-sort]")) button.addEventListener("click", () => {
    sort.down = sort.by === button.dataset.sort && !sort.down;
    sort.by = button.dataset.sort;
    table();
  });
  const records = () => chosenItems().map((item) => item.record);
  $("as-csv").addEventListener("click", () => save("irjax.csv", csv(records(), about.groups), "text/csv"));
  $("as-json").addEventListener("click", () => save("irjax.json", json(records()), "application/json"));
  $("clear").addEventListener("click", () => {
    stopped?.abort();
    stopped = null;
    items.length = 0;
    $("all").checked = false;
    URL.revokeObjectURL($("picture").src);
    current = null;
    $("filter").value = $("search").value = sort.by = "";
    $("result").hidden = true;
    table();
  });
}

function listenToPrinting() {
  window.addEventListener("beforeprint", () => {
    chart?.draw(...PAPER);
    for (const folded of document.querySelectorAll("#groups details:not([open])")) {
      folded.open = true;
      folded.dataset.unfolded = "";
    }
  });
  window.addEventListener("afterprint", () => {
    chart?.draw();
    for (const unfolded of document.querySelectorAll("#groups details[data-unfolded]")) {
      unfolded.open = false;
      delete unfolded.dataset.unfolded;
    }
  });
}

async function start() {
  about = await (await fetch("api/about")).json();
  chart = new Chart($("chart"), about.grid, (wavenumber, values) => {
    $("pointer").textContent = wavenumber === null ? "" :
      `${wavenumber.toFixed(0)} cm⁻¹: ${values.map((value) => (value === null ? "–" : chart.absorbance ? value.toFixed(3) : `${value.toFixed(1)} %`)).join(", ")}`;
  }, (zoomed) => { $("whole").disabled = !zoomed; });
  $("again-units").append(...$("columns-units").cloneNode(true).children);
  $("filter").append(...about.groups.map((name) => make("option", { value: name }, name)));
  $("about").textContent = `irjax ${about.version}, network ${about.run}${about.weights && `, weights ${about.weights}`}. Of the spectra that have a group at most ${Math.round(100 * about.error)} % are called ` +
    `absent, and of the groups called present at most as many are wrong, for compounds and instruments like those it learned from. Nothing is kept once this page is closed.`;
}

// A file that is given before the server has told what it reads with waits for that: else the browser would open it itself.
for (const listen of [listenForFiles, listenToSpectrum, listenToTable, listenToPrinting]) listen();
const ready = start().catch(() => {
  $("counted").textContent = $("about").textContent = "irjax serve does not answer; start it, and load this page again.";
});
