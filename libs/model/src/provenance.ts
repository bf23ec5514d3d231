/** Where the data behind a figure came from. It travels unchanged into everything computed from it. */
export const PROVENANCES = ['live', 'replay', 'simulated'] as const;

export type Provenance = (typeof PROVENANCES)[number];

/** The least trustworthy of several: what a figure computed from all of them may claim. */
export function leastTrusted(a: Provenance, b: Provenance): Provenance {
  return PROVENANCES.indexOf(a) >= PROVENANCES.indexOf(b) ? a : b;
}
