// Files sent to irjax serve, and the records that come back.

const LARGEST = 256 * 2 ** 20; // bytes that irjax serve takes

const OPTIONS = / \(--(?:y-units|technique|chart-[xy])[^)]*\)/g;
// A message whose mend is an option of the command line, with the page's own in its place.
export const inPageWords = (said) => said.replace(OPTIONS, " (tell it under “Read it again”)");

// A record's groups of one answer, the surest first: of those absent the least probable.
export const groupsIn = (record, answer) =>
  (record.groups ?? []).filter((group) => group.answer === answer)
    .sort((a, b) => (answer === "absent" ? a.probability - b.probability : b.probability - a.probability));

export const nameOf = (file) => file.inFolder || file.webkitRelativePath || file.name;

// The records of a file sent with what was told of it, {units, phase, technique, x, y}, as they come; `holds` is told how
// many there will be. An error of sending or reading is a record that bears the file's own name.
export async function* answers(file, told, { signal, holds = () => {} } = {}) {
  const name = nameOf(file), fail = (error) => ({ file: name, error });
  if (file.unreadable) return yield fail(`${name}: the browser may not read it; check who may, and that it is still there`);
  if (file.size > LARGEST) return yield fail(`${name}: larger than 256 MiB; split it into several files`);
  let lines;
  try {
    const { units = "", phase = "", technique = "", x = "", y = "" } = told;
    const asked = new URLSearchParams({ name, y_units: units, phase, technique, chart_x: x, chart_y: y });
    const reply = await fetch(`api/answers?${asked}`, { method: "POST", body: file, signal });
    if (!reply.ok) return yield fail((await reply.json().catch(() => ({}))).error ?? `refused (${reply.status})`);
    holds(Number(reply.headers.get("X-Files")));
    lines = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { value, done: ended } = await lines.read();
      const parts = (rest + (value ?? "")).split("\n");
      rest = parts.pop();
      yield* parts.map((part) => JSON.parse(part));
      if (ended) return;
    }
  } catch (error) {
    if (!signal?.aborted) yield fail(`${name}: the program that reads it does not answer; is irjax serve still running?`);
  } finally {
    lines?.cancel().catch(() => {}); // whoever has enough leaves the rest unread
  }
}

// The reply to a question about a record; throws an Error that says why there is none, `who` being what does not answer.
export async function asked(path, { file, phase, warnings, spectrum }, who) {
  const body = JSON.stringify({ file, phase, warnings, spectrum });
  const reply = await fetch(path, { method: "POST", body }).catch(() => null);
  if (reply?.ok) return reply;
  const why = (await reply?.json().catch(() => null))?.error;
  throw new Error(why ?? `${who} does not answer; is irjax serve still running?`);
}
