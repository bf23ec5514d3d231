import { isoMillis, isRecord, number, text } from './read.ts';

/** One message of the websocket engine (contract.md, section 3.6). */
export interface Frame {
  readonly messageType: string;
  /** Empty for frames about the connection itself. */
  readonly topic: string;
  readonly data: unknown;
  /** Server time, milliseconds; null when absent. */
  readonly atMs: number | null;
  readonly seq: number | null;
  /** Messages of the topic that the server left out just before this one, because this page was slow. */
  readonly skipped: number;
}

/** `undefined` for text that is no frame: such text is counted and dropped. */
export function parseFrame(raw: string): Frame | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    return undefined;
  }
  if (!isRecord(parsed)) return undefined;
  const messageType = text(parsed['message_type']);
  if (messageType === null) return undefined;
  return {
    messageType,
    topic: text(parsed['topic']) ?? '',
    data: parsed['data'] ?? null,
    atMs: isoMillis(parsed['timestamp']),
    seq: number(parsed['seq']),
    skipped: number(parsed['skipped']) ?? 0,
  };
}

/** Frames that carry what was published, as opposed to frames about the connection. */
export function carriesData(frame: Frame): boolean {
  return frame.messageType === 'data' || frame.messageType === 'snapshot';
}
