/** An element of an XML text, with the elements below it in order. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

interface OpenElement extends Element {
  readonly children: Element[];
  text: string;
}

const PIECE = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/(\w+)\s*>|<(\w+)((?:\s+\w+="[^"]*")*)\s*(\/?)>|([^<]+)|(.)/g;

/**
 * Reads the plain XML of a calibration file: elements, attributes and text; no entities, sections or namespaces.
 * @throws Error naming what it cannot read, and for elements that are not closed in order.
 */
export function readElement(xml: string): Element {
  const document: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  for (const [piece, closed, opened, attributes = '', empty, text, other] of xml.matchAll(PIECE)) {
    const parent = open.at(-1) ?? document;
    if (other !== undefined || (text ?? attributes).includes('&')) throw new Error(`cannot read "${piece.slice(0, 40)}"`);
    if (text !== undefined) parent.text += text.trim();
    if (closed !== undefined) {
      if (open.pop()?.name !== closed || open.length === 0) throw new Error(`</${closed}> closes nothing`);
    }
    if (opened === undefined) continue;
    const pairs = [...attributes.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const);
    const element: OpenElement = { name: opened, attributes: Object.fromEntries(pairs), children: [], text: '' };
    parent.children.push(element);
    if (empty === '') open.push(element);
  }
  const [root] = document.children;
  if (open.length !== 1 || root === undefined || document.children.length !== 1) throw new Error('the text is not one complete element');
  return root;
}

/** All elements at the end of a path of names. */
export function elementsAt(from: Element, path: string): readonly Element[] {
  return path.split('/').reduce<readonly Element[]>((found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)), [from]);
}

/** @throws Error unless there is exactly one. */
export function elementAt(from: Element, path: string): Element {
  const found = elementsAt(from, path);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} elements ${from.name}/${path}, expected 1`);
  return only;
}

/** @throws Error when the text of the element is no number. */
export function numberOf({ name, text }: Element): number {
  const value = Number(text);
  if (text === '' || !Number.isFinite(value)) throw new Error(`<${name}> holds "${text}", no number`);
  return value;
}
