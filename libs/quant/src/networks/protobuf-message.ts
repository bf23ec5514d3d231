import { InvalidInputError } from '@nautilus/model';

/** A 64-bit float is `undefined`: nobody here reads one. */
type WireValue = bigint | Uint8Array | number | undefined;
type WireKind = 'integer' | 'bytes' | 'float' | 'unread';

/**
 * One message of the protobuf wire format, its fields by number. Fields that nobody asks for are passed over, as the format
 * wants it; of a repeated single field the last counts. Every accessor takes the field's number and its name for the message
 * of an error.
 *
 * Source: Protocol Buffers, "Encoding" (protobuf.dev/programming-guides/encoding).
 *
 * @throws InvalidInputError (malformed) for bytes that end early, impossible tags, groups, integers beyond 64 bits, and, in the
 * accessors, a field of another wire type, text that is not UTF-8 or an integer that a double cannot hold
 */
export class ProtobufMessage {
  readonly path: string;
  readonly #fields = new Map<number, WireValue[]>();

  constructor(bytes: Uint8Array, path: string) {
    this.path = path;
    const reader = new WireReader(bytes, path);
    while (!reader.atEnd) {
      const tag = reader.integer();
      const [number, value] = [Number(tag >> 3n), reader.value(Number(tag & 7n))];
      if (number === 0 || number > 0x1fff_ffff) throw malformed(path, `a field has the number ${number}; this is no protobuf file`);
      const values = this.#fields.get(number);
      if (values === undefined) this.#fields.set(number, [value]);
      else values.push(value);
    }
  }

  has(number: number): boolean {
    return this.#fields.has(number);
  }

  texts(number: number, name: string): string[] {
    return this.#all(number, name, 'bytes').map((bytes) => {
      try {
        return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
      } catch {
        throw malformed(this.path, `${name} is not UTF-8`);
      }
    });
  }

  /** Empty when absent. */
  text(number: number, name: string): string {
    return this.texts(number, name).at(-1) ?? '';
  }

  /** Signed 64-bit integers, packed or one by one. */
  integers(number: number, name: string): number[] {
    const found: number[] = [];
    for (const value of this.#fields.get(number) ?? []) {
      if (typeof value === 'bigint') found.push(this.#exact(value, name));
      else if (!(value instanceof Uint8Array)) throw this.#otherType(name);
      else {
        const packed = new WireReader(value, `${this.path}.${name}`);
        while (!packed.atEnd) found.push(this.#exact(packed.integer(), name));
      }
    }
    return found;
  }

  integer(number: number, name: string): number | undefined {
    const value = this.#all(number, name, 'integer').at(-1);
    return value === undefined ? undefined : this.#exact(value, name);
  }

  /** 32-bit floats, packed or one by one. */
  floats(number: number, name: string): Float32Array {
    const values = this.#fields.get(number) ?? [];
    const parts = values.map((value) => {
      if (typeof value === 'number') return Float32Array.of(value);
      if (!(value instanceof Uint8Array)) throw this.#otherType(name);
      return littleEndianFloats(value, `${this.path}.${name}`);
    });
    const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  float(number: number, name: string): number | undefined {
    return this.#all(number, name, 'float').at(-1);
  }

  bytes(number: number, name: string): Uint8Array | undefined {
    return this.#all(number, name, 'bytes').at(-1);
  }

  messages(number: number, name: string): ProtobufMessage[] {
    return this.#all(number, name, 'bytes').map((bytes, i) => new ProtobufMessage(bytes, `${this.path}.${name}[${i}]`));
  }

  /** @throws InvalidInputError when it is given twice: the format would merge the two, and no writer relies on that */
  message(number: number, name: string): ProtobufMessage | undefined {
    const [bytes, second] = this.#all(number, name, 'bytes');
    if (second !== undefined) throw malformed(this.path, `${name} is given more than once`);
    return bytes === undefined ? undefined : new ProtobufMessage(bytes, `${this.path}.${name}`);
  }

  #all(number: number, name: string, kind: 'integer'): bigint[];
  #all(number: number, name: string, kind: 'bytes'): Uint8Array[];
  #all(number: number, name: string, kind: 'float'): number[];
  #all(number: number, name: string, kind: WireKind): WireValue[] {
    const values = this.#fields.get(number) ?? [];
    if (values.some((value) => kindOf(value) !== kind)) throw this.#otherType(name);
    return values;
  }

  #exact(value: bigint, name: string): number {
    const signed = Number(BigInt.asIntN(64, value));
    if (!Number.isSafeInteger(signed)) throw malformed(this.path, `${name} is ${BigInt.asIntN(64, value)}, which is too large`);
    return signed;
  }

  #otherType(name: string): InvalidInputError {
    return malformed(this.path, `${name} has another type on the wire than its definition`);
  }
}

/** @throws InvalidInputError (malformed) when the bytes are no whole number of floats */
export function littleEndianFloats(bytes: Uint8Array, path: string): Float32Array {
  if (bytes.length % 4 !== 0) throw malformed(path, `${bytes.length} bytes are no whole number of 32-bit floats`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

class WireReader {
  readonly #bytes: Uint8Array;
  readonly #path: string;
  #at = 0;

  constructor(bytes: Uint8Array, path: string) {
    this.#bytes = bytes;
    this.#path = path;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  integer(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw this.#endsEarly();
      this.#at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw malformed(this.#path, 'an integer is longer than 64 bits; this is no protobuf file');
  }

  value(wireType: number): WireValue {
    switch (wireType) {
      case 0:
        return this.integer();
      case 1:
        this.#take(8);
        return undefined;
      case 2: {
        const length = this.integer();
        if (length > BigInt(this.#bytes.length)) throw this.#endsEarly();
        return this.#take(Number(length));
      }
      case 5: {
        const bytes = this.#take(4);
        return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
      }
      default:
        throw malformed(this.#path, `a field has the wire type ${wireType}; this is no ONNX file`);
    }
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#endsEarly();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #endsEarly(): InvalidInputError {
    return malformed(this.#path, `the bytes end within a value; the file is cut off after ${this.#bytes.length} bytes, or is no ONNX file`);
  }
}

function kindOf(value: WireValue): WireKind {
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return 'float';
  return value === undefined ? 'unread' : 'bytes';
}

function malformed(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path, message }], 'malformed');
}
