/** One message of the websocket engine (contract.md, section 3.6). */
export interface Frame {
  readonly messageId: string;
  readonly messageType: string;
  /** Empty for frames about the connection itself. */
  readonly topic: string;
  readonly data: unknown;
  /** Server time, milliseconds; null when absent. */
  readonly atMs: number | null;
  readonly seq: number | null;
  /** Numbers of another epoch cannot be compared; empty when absent. */
  readonly epoch: string;
  /** Messages of the topic that the server left out just before this one, because the client was slow. */
  readonly skipped: number;
  /** Of the command that this answers; empty when absent. */
  readonly id: string;
}

/** `undefined` for text that is no frame: such text is counted and dropped. */
export function parseFrame(raw: string): Frame | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(raw);
  } catch {
    return undefined;
  }
  const messageType = textOf(parsed, 'message_type');
  if (messageType === '') return undefined;
  const atMs = Date.parse(textOf(parsed, 'timestamp'));
  return {
    messageId: textOf(parsed, 'message_id'),
    messageType,
    topic: textOf(parsed, 'topic'),
    data: fieldOf(parsed, 'data') ?? null,
    atMs: Number.isNaN(atMs) ? null : atMs,
    seq: numberOf(parsed, 'seq'),
    epoch: textOf(parsed, 'epoch'),
    skipped: numberOf(parsed, 'skipped') ?? 0,
    id: textOf(parsed, 'id'),
  };
}

/** Frames that carry what was published, as opposed to frames about the connection. */
export function carriesData(frame: Frame): boolean {
  return frame.messageType === 'data' || frame.messageType === 'snapshot';
}

/** Undefined where `value` is no object, or has no such field. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}

function textOf(value: unknown, name: string): string {
  const field = fieldOf(value, name);
  return typeof field === 'string' ? field : '';
}

function numberOf(value: unknown, name: string): number | null {
  const field = fieldOf(value, name);
  return typeof field === 'number' && Number.isFinite(field) ? field : null;
}
