/** Columns of doubles by name: what a kernel reads and writes beside its parameters. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** Names and lengths of columns that lie one behind the other. */
export type Layout = readonly (readonly [name: string, length: number])[];

export interface PackedColumns {
  readonly layout: Layout;
  readonly bytes: Uint8Array;
}

const DOUBLE_BYTES = Float64Array.BYTES_PER_ELEMENT;

/** One block of memory for all columns, which threads of this process can share. */
export function packColumns(columns: Columns): PackedColumns {
  const layout = Object.entries(columns).map(([name, column]) => [name, column.length] as const);
  const total = layout.reduce((sum, [, length]) => sum + length, 0);
  const block = new Float64Array(new SharedArrayBuffer(total * DOUBLE_BYTES));
  let at = 0;
  for (const column of Object.values(columns)) {
    block.set(column, at);
    at += column.length;
  }
  return { layout, bytes: new Uint8Array(block.buffer) };
}

/** The columns as views of the bytes, which are copied only where they do not lie on a border of eight. Undefined when the sizes disagree. */
export function unpackColumns({ layout, bytes }: PackedColumns): Columns | undefined {
  const total = layout.reduce((sum, [, length]) => sum + length, 0);
  if (total * DOUBLE_BYTES !== bytes.byteLength) return undefined;
  // `slice` of a Buffer, which is what Redis gives, would be a view of the same place.
  const aligned = bytes.byteOffset % DOUBLE_BYTES === 0 ? bytes : new Uint8Array(bytes);
  const columns: Record<string, Float64Array> = {};
  let at = aligned.byteOffset;
  for (const [name, length] of layout) {
    columns[name] = new Float64Array(aligned.buffer, at, length);
    at += length * DOUBLE_BYTES;
  }
  return columns;
}

/** Whether several threads can hold these bytes at once. */
export function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof SharedArrayBuffer;
}

/** The same bytes in memory that threads can share; as they are where they lie in such memory already. */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  if (isShared(bytes) && bytes.byteOffset % DOUBLE_BYTES === 0) return bytes;
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength));
  shared.set(bytes);
  return shared;
}
