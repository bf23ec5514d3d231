import { InvalidInputError } from '@nautilus/model';

/** One line of a CSV file without quotes, by the names of its columns. */
export interface CsvRow {
  /** Names file and line in an error. */
  readonly where: string;
  text(column: string): string;
  /** Throws InvalidInputError unless the field is a finite number. */
  number(column: string): number;
}

/** The venues' files have neither quotes nor escapes. Throws InvalidInputError for a line of another length than the header. */
export function csvRows(content: string, file: string): readonly CsvRow[] {
  const [header = '', ...lines] = content.trimEnd().split(/\r?\n/);
  const columns = new Map(header.split(',').map((name, index) => [name, index]));
  return lines.map((line, index) => {
    const fields = line.split(',');
    const where = `${file}:${index + 2}`;
    if (fields.length !== columns.size) throw new InvalidInputError([{ path: where, message: `${fields.length} fields instead of ${columns.size}` }]);
    const text = (column: string): string => fields[columns.get(column) ?? -1] ?? '';
    return {
      where,
      text,
      number(column) {
        const field = text(column);
        const value = Number(field);
        if (field.trim() === '' || !Number.isFinite(value)) throw new InvalidInputError([{ path: where, message: `${column}: "${field}" is not a number` }]);
        return value;
      },
    };
  });
}

/** Rows that belong to one message: neighbours with the same key. */
export function neighbours(rows: readonly CsvRow[], keyOf: (row: CsvRow) => string): readonly (readonly CsvRow[])[] {
  const groups: CsvRow[][] = [];
  let before: string | undefined;
  for (const row of rows) {
    const key = keyOf(row);
    if (key === before) groups.at(-1)?.push(row);
    else groups.push([row]);
    before = key;
  }
  return groups;
}
