import { readFile } from 'node:fs/promises';
import { ConfigError } from '@nautilus/model';
import { alphaVantage, alphaVantageByRapidApi } from './alpha-vantage/definition.ts';
import { createSource } from './client.ts';
import { dataGovWith } from './data-gov/definition.ts';
import { dbnomics } from './dbnomics/definition.ts';
import { edgar } from './edgar/definition.ts';
import { fred } from './fred/definition.ts';
import { ibkr } from './ibkr/definition.ts';
import { gatewayLink } from './ibkr/gateway-link.ts';
import { Portal } from './ibkr/portal.ts';
import { QuoteStream } from './ibkr/quote-stream.ts';
import type { SourcePorts, SourceSettings } from './ports.ts';
import { SOURCE_NAMES, type Source, type SourceDefinition, type SourceName } from './source.ts';
import { tradingEconomics } from './trading-economics/definition.ts';
import { yahoo } from './yahoo/definition.ts';
import { YahooSession } from './yahoo/session.ts';

/** Values of `sourceSettings`. */
export interface SourceConfiguration {
  readonly alphaVantageKey: string | undefined;
  readonly alphaVantageByRapidApi: boolean;
  readonly alphaVantageCallsPerMinute: number;
  readonly alphaVantageCallsPerDay: number;
  readonly fredKey: string | undefined;
  readonly tradingEconomicsKey: string | undefined;
  readonly dataGovKey: string | undefined;
  readonly edgarUserAgent: string | undefined;
  readonly dbnomicsEnabled: boolean;
  readonly yahooEnabled: boolean;
  readonly ibkrGatewayUrl: string | undefined;
  readonly ibkrCertificateFile: string | undefined;
  readonly ibkrCertificateFingerprint: string | undefined;
  readonly sourceBaseUrls: readonly string[];
  readonly sourceTimeoutMs: number;
  readonly sourceAttempts: number;
}

/** All outside sources, ready to be asked; those without a key say so. */
export class Sources {
  readonly #byName: ReadonlyMap<SourceName, Source>;
  readonly portal: Portal;
  readonly quoteStream: QuoteStream;
  readonly yahoo: YahooSession;

  constructor(sources: readonly Source[], { portal, quoteStream, yahoo: yahooSession }: Pick<Sources, 'portal' | 'quoteStream' | 'yahoo'>) {
    this.#byName = new Map(sources.map((source) => [source.definition.name, source]));
    this.portal = portal;
    this.quoteStream = quoteStream;
    this.yahoo = yahooSession;
  }

  /** In the order of `SOURCE_NAMES`. */
  get all(): readonly Source[] {
    return [...this.#byName.values()];
  }

  of(name: SourceName): Source {
    const source = this.#byName.get(name);
    if (source === undefined) throw new TypeError(`no source ${name}`);
    return source;
  }
}

/** `source=URL` each. @throws ConfigError for a source that there is not */
function addressesOf(entries: readonly string[]): ReadonlyMap<string, string> {
  const addresses = new Map(entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]));
  const unknown = [...addresses.keys()].find((name) => !SOURCE_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw new ConfigError([{ path: 'SOURCE_BASE_URLS', message: `"${unknown}" is no source; known: ${SOURCE_NAMES.join(', ')}` }]);
  return addresses;
}

/** @throws ConfigError for a certificate that cannot be read. Asks nobody anything. */
export async function openSources(configuration: SourceConfiguration, ports: SourcePorts): Promise<Sources> {
  const addresses = addressesOf(configuration.sourceBaseUrls);
  const make = (definition: SourceDefinition, own: Partial<SourceSettings>, fetching: SourcePorts['fetch'] = ports.fetch): Source =>
    createSource(definition, {
      enabled: true, key: undefined, baseUrl: addresses.get(definition.name) ?? definition.baseUrl, timeoutMs: configuration.sourceTimeoutMs, attempts: configuration.sourceAttempts, ...own,
    }, { ...ports, fetch: fetching });
  const gateway = configuration.ibkrGatewayUrl;
  const link = gateway === undefined ? ports : await gatewayLink(await pinOf(configuration), ports);
  const brokers = make(ibkr, { enabled: gateway !== undefined, baseUrl: gateway ?? ibkr.baseUrl }, link.fetch);
  const portal = new Portal(brokers, ports);
  const quotes = make(yahoo, { enabled: configuration.yahooEnabled });
  const sources = [
    brokers,
    make(configuration.alphaVantageByRapidApi ? alphaVantageByRapidApi : alphaVantage, {
      key: configuration.alphaVantageKey, calls: { minute: configuration.alphaVantageCallsPerMinute, day: configuration.alphaVantageCallsPerDay },
    }),
    make(fred, { key: configuration.fredKey }),
    make(edgar, { key: configuration.edgarUserAgent }),
    make(dataGovWith(configuration.dataGovKey), { key: configuration.dataGovKey }),
    make(tradingEconomics, { key: configuration.tradingEconomicsKey }),
    make(dbnomics, { enabled: configuration.dbnomicsEnabled }),
    quotes,
  ];
  const quoteStream = new QuoteStream(portal, gateway ?? ibkr.baseUrl, { ...ports, socket: link.socket });
  return new Sources(sources, { portal, quoteStream, yahoo: new YahooSession(quotes) });
}

async function pinOf({ ibkrCertificateFile: file, ibkrCertificateFingerprint: fingerprint }: SourceConfiguration) {
  if (file === undefined) return fingerprint === undefined ? {} : { fingerprint };
  try {
    return { certificate: await readFile(file, 'utf8') };
  } catch (error) {
    throw new ConfigError([{ path: 'IBKR_CERTIFICATE_FILE', message: `cannot be read: ${String(error)}` }]);
  }
}
