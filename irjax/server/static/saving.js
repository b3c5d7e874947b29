// What a person keeps of the answers: tables and files.
import { groupsIn } from "./answers.js";

export function save(name, content, type) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

const quoted = (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

// A row for each record, with a column for each of the groups; no cell that a spreadsheet would reckon.
export function csv(records, groups) {
  const rows = [["file", ...groups, "present", "uncertain", "exact", "warnings", "error"]];
  for (const record of records) {
    const chance = Object.fromEntries((record.groups ?? []).map((group) => [group.name, group.probability.toFixed(6)]));
    const named = (answer) => groupsIn(record, answer).map((group) => group.name).join("; ");
    rows.push([record.file, ...groups.map((name) => chance[name] ?? ""), named("present"), named("uncertain"),
      record.exact?.toFixed(4) ?? "", (record.warnings ?? []).join("; "), record.error ?? ""]);
  }
  return rows.map((row) => row.map((cell) => quoted(/^[=+@-]/.test(cell) ? `'${cell}` : cell)).join(",")).join("\n") + "\n";
}

// As `irjax predict --format json` writes them.
export const json = (records) =>
  JSON.stringify(records.map(({ spectrum, picture, phase, ...rest }) => rest), null, 2) + "\n";
