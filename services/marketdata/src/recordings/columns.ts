/**
 * Columns of a recording as bytes. Numbers with few decimals become whole numbers at a power of ten, then
 * differences to the row before, in the narrowest signed type that holds them all; what does not fit stays a
 * double. Texts become codes into a dictionary. Bytes are little-endian, as every platform of Node is.
 */

/** NaN is a missing number; only columns that have one pay for it. */
export type NumberColumn = Float64Array;

export interface TextColumn {
  readonly codes: Uint8Array | Uint16Array;
  readonly dictionary: readonly string[];
}

type DeltaType = 'i8' | 'i16' | 'i32';
type CodeType = 'u8' | 'u16';

interface Placed {
  readonly name: string;
  /** Where the column begins in the unpacked payload; a multiple of 8, so that a typed array can lie on it. */
  readonly offset: number;
  /** Values stored: fewer than rows when some are missing. */
  readonly values: number;
}

export interface DeltaSpec extends Placed {
  readonly encoding: 'delta';
  readonly type: DeltaType;
  /** Stored whole numbers are values times this. */
  readonly scale: number;
  /** The first stored whole number; its difference is written as 0. */
  readonly base: number;
  /** Offset of one byte per row, 1 where a value is present; null when none is missing. */
  readonly presence: number | null;
}

export interface PlainSpec extends Placed {
  readonly encoding: 'plain';
  readonly type: 'f64';
}

export interface CodeSpec extends Placed {
  readonly encoding: 'code';
  readonly type: CodeType;
  readonly dictionary: readonly string[];
}

export type ColumnSpec = DeltaSpec | PlainSpec | CodeSpec;

const SIZES: Readonly<Record<ColumnSpec['type'], number>> = { i8: 1, i16: 2, i32: 4, f64: 8, u8: 1, u16: 2 };
const LARGEST_SCALE = 1e9;

/** Collects columns into one payload whose parts are aligned to 8 bytes. */
export class PayloadWriter {
  readonly #parts: Uint8Array[] = [];
  readonly specs: ColumnSpec[] = [];
  #length = 0;

  number(name: string, column: NumberColumn): void {
    const present = column.some(Number.isNaN) ? column.filter((value) => !Number.isNaN(value)) : column;
    const whole = asWhole(present);
    const deltas = whole === undefined ? undefined : asDeltas(whole.values);
    if (whole === undefined || deltas === undefined) {
      this.specs.push({ name, encoding: 'plain', type: 'f64', offset: this.#append(column), values: column.length });
      return;
    }
    const presence = present.length === column.length ? null : this.#append(Uint8Array.from(column, (value) => (Number.isNaN(value) ? 0 : 1)));
    this.specs.push({
      name, encoding: 'delta', type: deltas.type, scale: whole.scale, base: whole.values[0] ?? 0,
      offset: this.#append(deltas.array), values: present.length, presence,
    });
  }

  text(name: string, column: readonly string[]): void {
    const dictionary = [...new Set(column)];
    const codeOf = new Map(dictionary.map((text, code) => [text, code]));
    if (dictionary.length > 0xffff) throw new RangeError(`column ${name} has ${dictionary.length} different texts, more than 65535`);
    const codes = column.map((text) => codeOf.get(text) ?? 0);
    const narrow = dictionary.length <= 0xff;
    this.specs.push({
      name, encoding: 'code', type: narrow ? 'u8' : 'u16', dictionary,
      offset: this.#append(narrow ? Uint8Array.from(codes) : Uint16Array.from(codes)), values: codes.length,
    });
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #append(array: Uint8Array | Uint16Array | Int8Array | Int16Array | Int32Array | Float64Array): number {
    const offset = this.#length;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const padding = (8 - (bytes.length % 8)) % 8;
    this.#parts.push(bytes, new Uint8Array(padding));
    this.#length += bytes.length + padding;
    return offset;
  }
}

/** The values at the smallest power of ten at which all are whole; undefined when there is none. */
function asWhole(values: Float64Array): { readonly scale: number; readonly values: Float64Array } | undefined {
  for (let scale = 1; scale <= LARGEST_SCALE; scale *= 10) {
    // Dividing back must give the very double that was read, else a price would change by its last bit.
    const whole = values.map((value) => Math.round(value * scale));
    if (whole.every((value, row) => Number.isSafeInteger(value) && value / scale === values[row])) return { scale, values: whole };
  }
  return undefined;
}

function asDeltas(whole: Float64Array): { readonly type: DeltaType; readonly array: Int8Array | Int16Array | Int32Array } | undefined {
  const deltas = whole.map((value, row) => (row === 0 ? 0 : value - (whole[row - 1] ?? 0)));
  const largest = deltas.reduce((most, delta) => Math.max(most, Math.abs(delta)), 0);
  if (largest < 2 ** 7) return { type: 'i8', array: Int8Array.from(deltas) };
  if (largest < 2 ** 15) return { type: 'i16', array: Int16Array.from(deltas) };
  if (largest < 2 ** 31) return { type: 'i32', array: Int32Array.from(deltas) };
  return undefined;
}

/** Bytes that a column's values take, without padding. */
function byteLength(spec: ColumnSpec): number {
  return spec.values * SIZES[spec.type];
}

/** True when every column lies inside the payload and has a value for each row or says that some are missing. */
export function fits(spec: ColumnSpec, rows: number, payloadBytes: number): boolean {
  if (spec.offset % 8 !== 0 || spec.offset + byteLength(spec) > payloadBytes) return false;
  if (spec.encoding !== 'delta' || spec.presence === null) return spec.values === rows;
  return spec.values <= rows && spec.presence + rows <= payloadBytes;
}

/** `payload` must begin at a multiple of 8 of its buffer. */
export function readNumbers(spec: DeltaSpec | PlainSpec, rows: number, payload: Uint8Array): NumberColumn {
  const at = payload.byteOffset + spec.offset;
  if (spec.encoding === 'plain') return new Float64Array(payload.buffer, at, spec.values);
  const deltas = spec.type === 'i8' ? new Int8Array(payload.buffer, at, spec.values)
    : spec.type === 'i16' ? new Int16Array(payload.buffer, at, spec.values)
      : new Int32Array(payload.buffer, at, spec.values);
  return spec.presence === null ? dense(spec, deltas) : sparse(spec, deltas, payload.subarray(spec.presence, spec.presence + rows));
}

function dense({ base, scale }: DeltaSpec, deltas: ArrayLike<number>): Float64Array {
  const column = new Float64Array(deltas.length);
  let whole = base;
  for (let row = 0; row < column.length; row += 1) {
    whole += deltas[row] ?? 0;
    column[row] = whole / scale;
  }
  return column;
}

function sparse({ base, scale }: DeltaSpec, deltas: ArrayLike<number>, presence: Uint8Array): Float64Array {
  const column = new Float64Array(presence.length);
  let whole = base;
  let next = 0;
  for (let row = 0; row < column.length; row += 1) {
    if (presence[row] === 0) column[row] = NaN;
    else {
      whole += deltas[next] ?? 0;
      next += 1;
      column[row] = whole / scale;
    }
  }
  return column;
}

export function readTexts(spec: CodeSpec, payload: Uint8Array): TextColumn {
  const at = payload.byteOffset + spec.offset;
  const codes = spec.type === 'u8' ? new Uint8Array(payload.buffer, at, spec.values) : new Uint16Array(payload.buffer, at, spec.values);
  return { codes, dictionary: spec.dictionary };
}
