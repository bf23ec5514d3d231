export interface Contract {
  readonly conid: number;
  readonly exchange: string;
  readonly isUs: boolean | null;
}

/** One company or fund under a ticker, with its listings. */
export interface Instrument {
  readonly symbol: string;
  readonly name: string;
  /** Null where the gateway gives none; character references are resolved. */
  readonly localName: string | null;
  readonly assetClass: string;
  readonly contracts: readonly Contract[];
}

export interface ContractFilter {
  /** Default true; null takes listings of every country. */
  readonly isUs?: boolean | null;
  readonly exchange?: string;
  /** Part of the name, case does not matter: `CDR` finds `APPLE INC-CDR`. */
  readonly name?: string;
  readonly assetClass?: string;
  readonly conid?: number;
}

export type Choice =
  | { readonly found: 'one'; readonly instrument: Instrument; readonly contract: Contract }
  | { readonly found: 'none' | 'several'; readonly contracts: readonly Contract[] };

/** The one listing that passes the filter. A ticker stands for many listings, and to guess between them would be to quote another company. */
export function chooseContract(instruments: readonly Instrument[], filter: ContractFilter = {}): Choice {
  const { isUs = true, exchange, name, assetClass, conid } = filter;
  const passing = instruments
    .filter((instrument) => name === undefined || instrument.name.toLowerCase().includes(name.toLowerCase()))
    .filter((instrument) => assetClass === undefined || instrument.assetClass === assetClass)
    .flatMap((instrument) => instrument.contracts.map((contract) => ({ instrument, contract })))
    .filter(({ contract }) => isUs === null || contract.isUs === isUs)
    .filter(({ contract }) => exchange === undefined || contract.exchange === exchange)
    .filter(({ contract }) => conid === undefined || contract.conid === conid);
  const [first, ...others] = passing;
  if (first !== undefined && others.length === 0) return { found: 'one', ...first };
  return { found: first === undefined ? 'none' : 'several', contracts: passing.map(({ contract }) => contract) };
}
