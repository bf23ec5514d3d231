/** Paths as OpenAPI writes them: `/realtime/{symbol}`. */

const PARAMETER = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export function parameterNames(template: string): readonly string[] {
  return [...template.matchAll(PARAMETER)].map((match) => match[1] ?? '');
}

/** The form Express reads: `/realtime/:symbol`, with what it would take for syntax escaped. */
export function toExpressPath(template: string): string {
  return template
    .split(PARAMETER)
    .map((part, index) => (index % 2 === 1 ? `:${part}` : part.replaceAll(/[{}()[\]+?!:*\\]/g, '\\$&')))
    .join('');
}

/** A matcher for upgrades, which Express does not see. Values are decoded; undefined when the path does not fit. */
export function matcherOf(template: string): (path: string) => Readonly<Record<string, string>> | undefined {
  const names = parameterNames(template);
  const source = template
    .split(PARAMETER)
    .map((part, index) => (index % 2 === 1 ? '([^/]+)' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
    .join('');
  const pattern = new RegExp(`^${source}/?$`);
  return (path) => {
    const match = pattern.exec(path);
    if (match === null) return undefined;
    try {
      return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(match[index + 1] ?? '')]));
    } catch {
      return undefined;
    }
  };
}

/** Sorts so that literal segments come before parameters, segment by segment. */
export function bySpecificity(a: string, b: string): number {
  const left = a.split('/');
  const right = b.split('/');
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = Number(left[index]?.includes('{')) - Number(right[index]?.includes('{'));
    if (difference !== 0) return difference;
  }
  return right.length - left.length;
}
