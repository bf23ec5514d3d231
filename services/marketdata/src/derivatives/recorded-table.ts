import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CorruptDataError } from '@nautilus/model';
import { isMissingFile } from '../missing-file.ts';

/** Names of the files in a folder of `data/market`; none where the folder is missing. */
export async function recordedFiles(dataDirectory: string, folder: string): Promise<readonly string[]> {
  const names = await readdir(join(dataDirectory, 'market', folder)).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.csv')).sort();
}

/** Rows of a small CSV file without quoting, by the names of its first line. Undefined where there is no such file. */
export async function recordedTable(dataDirectory: string, folder: string, file: string): Promise<readonly Readonly<Record<string, string>>[] | undefined> {
  const text = await readFile(join(dataDirectory, 'market', folder, file), 'utf8').catch((error: unknown) => {
    if (isMissingFile(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const [head = '', ...lines] = text.split(/\r?\n/).filter((line) => line !== '');
  const names = head.replace(/^#/, '').split(',');
  return lines.map((line, index) => {
    const cells = line.split(',');
    if (cells.length !== names.length) throw new CorruptDataError(`${folder}/${file}:${index + 2}: ${cells.length} fields instead of ${names.length}`);
    return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? '']));
  });
}

/** @throws CorruptDataError where the field is empty or no number */
export function numberIn(row: Readonly<Record<string, string>>, name: string): number {
  const value = optionalNumberIn(row, name);
  if (value === null) throw new CorruptDataError(`${name}: a number is missing`);
  return value;
}

/** Null for an empty field. @throws CorruptDataError for what is no number */
export function optionalNumberIn(row: Readonly<Record<string, string>>, name: string): number | null {
  const text = row[name] ?? '';
  if (text === '') return null;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new CorruptDataError(`${name}: "${text}" is no number`);
  return value;
}

/** `YYYY-MM-DD` of `YYYYMMDD` or of itself. @throws CorruptDataError for anything else */
export function dayIn(text: string): string {
  const day = text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3');
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new CorruptDataError(`"${text}" is no day`);
  return day;
}
