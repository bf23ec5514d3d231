/** A symbol as users type it: any case in, upper case out. `undefined` when it cannot be one. */
export function parseSymbol(text: string): string | undefined {
  const symbol = text.trim().toUpperCase();
  return /^[A-Z0-9][A-Z0-9._/:^=-]{0,31}$/.test(symbol) ? symbol : undefined;
}

/** A symbol as one topic segment: what a segment cannot hold becomes `-`; the payload keeps the true symbol. */
export function topicSegment(symbol: string): string {
  return symbol.replaceAll(/[^A-Za-z0-9_-]/g, '-');
}
