/** Pages of the application, in the order of the navigation. */
export const pages = {
  desk: 'Desk',
  book: 'Order book',
  vpin: 'VPIN',
  features: 'Features',
  sources: 'Sources',
  connections: 'Connections',
} as const;
export type PageKey = keyof typeof pages;
export const pageKeys = Object.keys(pages) as readonly PageKey[];

/** What a link to the application says: a reload or a shared link shows the same. */
export interface Address {
  readonly page: PageKey;
  /** Null = the first symbol of the replay. */
  readonly symbol: string | null;
}

/** From the query part of a link; an unknown page is the desk. */
export function readAddress(query: string): Address {
  const fields = new URLSearchParams(query);
  return { page: pageKeys.find((key) => key === fields.get('page')) ?? 'desk', symbol: fields.get('symbol') };
}

export function addressQuery({ page, symbol }: Address): string {
  const fields = new URLSearchParams();
  if (symbol !== null) fields.set('symbol', symbol);
  if (page !== 'desk') fields.set('page', page);
  return `?${fields.toString()}`;
}
