import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { encodeRecording, RECORDING_EXTENSION, type RecordingContent } from '../recordings/recording-file.ts';
import type { RecordingInfo } from '../recordings/recording.ts';

export interface Written {
  /** Relative to the data folder. */
  readonly path: string;
  readonly bytes: number;
  readonly rows: number;
  /** False when the same bytes lay there already. */
  readonly changed: boolean;
}

/** `market/trade/IBM/2013-10-07.ntr`; `market/daily/SPY.ntr`. */
export function recordingPath(info: Pick<RecordingInfo, 'kind' | 'symbol' | 'session'>): string {
  const symbol = info.symbol.replaceAll(/[^A-Za-z0-9.-]/g, '-');
  return info.session === null
    ? join('market', info.kind, `${symbol}${RECORDING_EXTENSION}`)
    : join('market', info.kind, symbol, `${info.session}${RECORDING_EXTENSION}`);
}

/** Each file appears whole or not at all: it is written beside its place and then renamed. */
export async function writeRecordings(folder: string, recordings: readonly RecordingContent[]): Promise<readonly Written[]> {
  const written: Written[] = [];
  for (const recording of recordings) {
    const path = recordingPath(recording);
    const target = join(folder, path);
    const bytes = encodeRecording(recording);
    const changed = !bytes.equals(await readFile(target).catch(() => Buffer.alloc(0)));
    if (changed) await replaceFile(target, bytes);
    written.push({ path, bytes: bytes.length, rows: recording.rows, changed });
  }
  return written;
}

async function replaceFile(target: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const beside = `${target}.${process.pid}.part`;
  try {
    await writeFile(beside, bytes);
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
