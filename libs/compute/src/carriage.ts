import { CorruptDataError, DeadlineError } from '@nautilus/model';
import type { Bus } from '@nautilus/bus';
import { unpackColumns, type Columns, type Layout, type PackedColumns } from './columns.ts';
import { INLINE_BYTES, type CarriedColumns } from './task.ts';

/** Puts packed columns on their way over the Neural-GPU bus: small ones inside the message, large ones beside it. */
export async function carry({ layout, bytes }: PackedColumns, bus: Bus, lifetimeMs: number): Promise<CarriedColumns> {
  const common = { layout: layout.map(([name, length]): [string, number] => [name, length]), byte_length: bytes.byteLength };
  if (bytes.byteLength <= INLINE_BYTES) return { ...common, inline: bytes };
  return { ...common, bulk: await bus.putBulk('neural_gpu', bytes, lifetimeMs) };
}

/** The bytes of carried columns. @throws DeadlineError when their time was over, CorruptDataError when there are none */
export async function fetchBytes(carried: CarriedColumns, bus: Bus): Promise<Uint8Array> {
  if (carried.inline !== undefined) return carried.inline;
  if (carried.bulk === undefined) throw new CorruptDataError('columns came without bytes');
  const bytes = await bus.takeBulk('neural_gpu', carried.bulk);
  if (bytes === undefined) throw new DeadlineError('the columns were taken before, or their time was over');
  return bytes;
}

/** @throws CorruptDataError when bytes and layout disagree */
export function columnsOf(layout: Layout, bytes: Uint8Array): Columns {
  const columns = unpackColumns({ layout, bytes });
  if (columns === undefined) throw new CorruptDataError('columns have another size than their layout says');
  return columns;
}

