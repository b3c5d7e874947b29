// Files that were dropped on the page, those of folders among them.

// Of a transfer; what the browser may not read is {name, unreadable: true}, so that it is told like any other failure.
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  return entries.length ? (await Promise.all(entries.map(walk))).flat() : [...transfer.files];
}

const walk = (entry) => (entry.isFile ? fileOf(entry) : inside(entry))
  .catch(() => [{ name: entry.fullPath.replace(/^\//, ""), unreadable: true }]);

async function fileOf(entry) {
  const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
  return [Object.assign(file, { inFolder: entry.fullPath.replace(/^\//, "") })];
}

async function inside(entry) {
  const found = [], reader = entry.createReader(), some = () => new Promise((resolve, reject) => reader.readEntries(resolve, reject));
  for (let next; (next = await some()).length;) found.push(...next);
  return (await Promise.all(found.filter((each) => !each.name.startsWith(".")).map(walk))).flat();
}
