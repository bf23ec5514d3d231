import { InvalidInputError } from '@nautilus/model';
import { littleEndianFloats, ProtobufMessage } from './protobuf-message.ts';
import { elementCount, shapeText, type Tensor } from './tensor.ts';

const UNARY = ['Identity', 'Relu', 'Sigmoid', 'Tanh'] as const;
const BINARY = ['Add', 'Div', 'Mul', 'Sub'] as const;

/** What the file says of one step: names of the values it reads and of the one it makes, and its attributes. */
export type OnnxNode =
  | { readonly operator: (typeof UNARY)[number]; readonly inputs: readonly [string]; readonly output: string }
  | { readonly operator: (typeof BINARY)[number] | 'MatMul'; readonly inputs: readonly [string, string]; readonly output: string }
  | { readonly operator: 'Softmax'; readonly inputs: readonly [string]; readonly output: string; readonly axis: number }
  | {
      readonly operator: 'Gemm';
      /** The third, which is added, may be absent. */
      readonly inputs: readonly [string, string, string?];
      readonly output: string;
      readonly alpha: number;
      readonly beta: number;
      readonly transposeA: boolean;
      readonly transposeB: boolean;
    };

/** A declared input or output; `undefined` is a dimension without a fixed size, such as the batch, or a shape that is not told. */
export interface OnnxPort {
  readonly name: string;
  readonly shape: readonly (number | undefined)[] | undefined;
}

/** A graph of float32 tensors with one input and one output; nodes stand in the order in which they can be run. */
export interface OnnxModel {
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: ReadonlyMap<string, Tensor>;
  readonly input: OnnxPort;
  readonly output: OnnxPort;
}

/** Between these sets of operators the definitions of those below did not change; Softmax before 13 was another. */
const OPSETS = { first: 13, last: 28 };
const GREATEST_RANK = 8;
const FLOAT = 1;
const DATA_TYPES = [
  'undefined', 'float', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'double',
  'uint32', 'uint64', 'complex64', 'complex128', 'bfloat16',
];
const DEFAULT_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx']);
const OPERATORS: ReadonlySet<string> = new Set([...UNARY, ...BINARY, 'Gemm', 'MatMul', 'Softmax']);

/**
 * Reads an ONNX file of the operators Add, Div, Gemm, Identity, MatMul, Mul, Relu, Sigmoid, Softmax, Sub and Tanh over
 * float32 tensors that the file itself holds. Field numbers are those of `onnx.proto` (ONNX, "Open Neural Network Exchange
 * Intermediate Representation Specification").
 *
 * @throws InvalidInputError `malformed` for bytes that are cut off or no ONNX file; `schema`, with the place, for what can be
 * read but not run here: unknown operators (all of them by name), other sets of operators than 13 to 28, other types than
 * float32, external or sparse tensors, weights that are not finite, several inputs or outputs
 */
export function decodeOnnxModel(bytes: Uint8Array): OnnxModel {
  const model = new ProtobufMessage(bytes, 'model');
  const graph = model.message(7, 'graph');
  if (graph === undefined) throw new InvalidInputError([{ path: 'model', message: 'there is no graph; this is no ONNX file, or one that is cut off' }], 'malformed');
  const nodes = graph.messages(1, 'node');
  refuseUnknownOperators(nodes, graph.path);
  const opset = defaultOpset(model);
  if (graph.has(15)) throw refusal(`${graph.path}.sparse_initializer`, 'sparse tensors are not read');
  const initializers = new Map<string, Tensor>();
  for (const message of graph.messages(5, 'initializer')) {
    const name = message.text(8, 'name');
    if (name === '' || initializers.has(name)) throw refusal(message.path, name === '' ? 'has no name' : `the name "${name}" is taken`);
    initializers.set(name, readTensor(message));
  }
  return {
    opset,
    nodes: nodes.map(readNode),
    initializers,
    // Before version 4 of the format, weights were listed among the inputs too.
    input: onlyPort(graph, 11, 'input', (name) => !initializers.has(name)),
    output: onlyPort(graph, 12, 'output', () => true),
  };
}

function refuseUnknownOperators(nodes: readonly ProtobufMessage[], path: string): void {
  const unknown = new Set<string>();
  for (const node of nodes) {
    const [domain, operator] = [node.text(7, 'domain'), node.text(4, 'op_type')];
    const inDefault = DEFAULT_DOMAINS.has(domain);
    if (!inDefault || !OPERATORS.has(operator)) unknown.add(inDefault ? operator || '(no name)' : `${domain}.${operator}`);
  }
  if (unknown.size === 0) return;
  throw refusal(`${path}.node`, `unknown operators: ${[...unknown].sort().join(', ')}; known are ${[...OPERATORS].sort().join(', ')}`);
}

function defaultOpset(model: ProtobufMessage): number {
  const versions = model
    .messages(8, 'opset_import')
    .filter((entry) => DEFAULT_DOMAINS.has(entry.text(1, 'domain')))
    .map((entry) => entry.integer(2, 'version') ?? 0);
  const [opset] = versions;
  if (opset === undefined) throw new InvalidInputError([{ path: 'model.opset_import', message: 'the set of operators is not told; the file may be cut off' }], 'malformed');
  if (versions.some((version) => version !== opset)) throw refusal('model.opset_import', `several sets of operators: ${versions.join(', ')}`);
  if (opset < OPSETS.first || opset > OPSETS.last) throw refusal('model.opset_import', `set ${opset} of operators; sets ${OPSETS.first} to ${OPSETS.last} are known`);
  return opset;
}

function readTensor(message: ProtobufMessage): Tensor {
  const name = message.text(8, 'name');
  const path = `${message.path} "${name}"`;
  const type = message.integer(2, 'data_type') ?? 0;
  if (type !== FLOAT) throw refusal(path, `is of type ${DATA_TYPES[type] ?? type}; only float is read`);
  if (message.has(13) || (message.integer(14, 'data_location') ?? 0) !== 0) throw refusal(path, 'lies outside the file');
  if (message.has(3)) throw refusal(path, 'is cut into segments');
  const shape = message.integers(1, 'dims');
  if (shape.length > GREATEST_RANK || shape.some((size) => size < 1)) throw refusal(path, `has the shape ${shapeText(shape.slice(0, GREATEST_RANK + 1))}; up to ${GREATEST_RANK} dimensions of at least 1 are read`);
  const raw = message.bytes(9, 'raw_data');
  const values = raw === undefined ? message.floats(4, 'float_data') : littleEndianFloats(raw, `${message.path}.raw_data`);
  if (raw !== undefined && message.has(4)) throw refusal(path, 'holds raw_data and float_data');
  if (values.length !== elementCount(shape)) throw refusal(path, `holds ${values.length} values; the shape ${shapeText(shape)} wants ${elementCount(shape)}`);
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken !== -1) throw refusal(path, `value ${broken} is not finite`);
  return { shape, values };
}

function onlyPort(graph: ProtobufMessage, field: number, name: string, counts: (name: string) => boolean): OnnxPort {
  const ports = graph.messages(field, name).filter((port) => counts(port.text(1, 'name')));
  const [port] = ports;
  if (port === undefined || ports.length > 1) throw refusal(`${graph.path}.${name}`, `there are ${ports.length}; one is run here`);
  const portName = port.text(1, 'name');
  const tensor = port.message(2, 'type')?.message(1, 'tensor_type');
  const type = tensor?.integer(1, 'elem_type') ?? 0;
  if (tensor === undefined || type !== FLOAT) throw refusal(port.path, `"${portName}" is ${tensor === undefined ? 'no tensor' : `of type ${DATA_TYPES[type] ?? type}`}; only float tensors are run`);
  const shape = tensor.message(2, 'shape')?.messages(1, 'dim').map((dimension) => dimension.integer(1, 'dim_value'));
  return { name: portName, shape };
}

function readNode(message: ProtobufMessage): OnnxNode {
  const operator = message.text(4, 'op_type');
  const path = `${message.path} (${operator})`;
  // Inputs that may be absent are named by an empty text, or left out at the end.
  const names = message.texts(1, 'input');
  while (names.at(-1) === '') names.pop();
  const [first, second, third] = names;
  const [output, ...further] = message.texts(2, 'output');
  if (output === undefined || output === '' || further.length > 0) throw refusal(path, 'must have one output');
  const attributes = new NodeAttributes(message, path);
  const needs = (count: string): InvalidInputError => refusal(path, `has ${names.length} inputs; ${count} are needed`);
  if (isOneOf(UNARY, operator) || operator === 'Softmax') {
    if (first === undefined || names.length !== 1) throw needs('1');
    if (operator !== 'Softmax') {
      attributes.allow();
      return { operator, inputs: [first], output };
    }
    attributes.allow('axis');
    return { operator, inputs: [first], output, axis: attributes.integer('axis') ?? -1 };
  }
  if (!first || !second || names.length > (operator === 'Gemm' ? 3 : 2)) throw needs(operator === 'Gemm' ? '2 or 3' : '2');
  if (isOneOf(BINARY, operator) || operator === 'MatMul') {
    attributes.allow();
    return { operator, inputs: [first, second], output };
  }
  attributes.allow('alpha', 'beta', 'transA', 'transB');
  return {
    operator: 'Gemm',
    inputs: third === undefined ? [first, second] : [first, second, third],
    output,
    alpha: attributes.float('alpha') ?? 1,
    beta: attributes.float('beta') ?? 1,
    transposeA: (attributes.integer('transA') ?? 0) !== 0,
    transposeB: (attributes.integer('transB') ?? 0) !== 0,
  };
}

const ATTRIBUTE_TYPES = { float: 1, integer: 2 } as const;

class NodeAttributes {
  readonly #path: string;
  readonly #byName = new Map<string, ProtobufMessage>();

  constructor(node: ProtobufMessage, path: string) {
    this.#path = path;
    for (const attribute of node.messages(5, 'attribute')) {
      const name = attribute.text(1, 'name');
      if (this.#byName.has(name)) throw refusal(path, `the attribute "${name}" is given more than once`);
      this.#byName.set(name, attribute);
    }
  }

  /** An attribute that is not known could change the result, so it is not passed over. */
  allow(...names: readonly string[]): void {
    const unknown = [...this.#byName.keys()].filter((name) => !names.includes(name));
    if (unknown.length > 0) throw refusal(this.#path, `unknown attributes: ${unknown.join(', ')}`);
  }

  integer(name: string): number | undefined {
    const attribute = this.#typed(name, 'integer');
    // Writers of the third protobuf version leave out what is zero.
    return attribute === undefined ? undefined : (attribute.integer(3, 'i') ?? 0);
  }

  float(name: string): number | undefined {
    const attribute = this.#typed(name, 'float');
    const value = attribute === undefined ? undefined : (attribute.float(2, 'f') ?? 0);
    if (value !== undefined && !Number.isFinite(value)) throw refusal(this.#path, `${name} is not finite`);
    return value;
  }

  #typed(name: string, type: keyof typeof ATTRIBUTE_TYPES): ProtobufMessage | undefined {
    const attribute = this.#byName.get(name);
    if (attribute === undefined) return undefined;
    const refersToFunction = attribute.text(21, 'ref_attr_name') !== '';
    if (refersToFunction || attribute.integer(20, 'type') !== ATTRIBUTE_TYPES[type]) throw refusal(this.#path, `${name} must be one ${type}`);
    return attribute;
  }
}

function isOneOf<Name extends string>(names: readonly Name[], name: string): name is Name {
  return (names as readonly string[]).includes(name);
}

function refusal(path: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path, message }]);
}
