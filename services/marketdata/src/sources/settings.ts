import { setting } from '@nautilus/engine';

/** Keys and addresses of the outside sources. A source without its key is not asked: recordings serve. */
export const sourceSettings = {
  alphaVantageKey: setting.secret('ALPHA_VANTAGE_API_KEY', undefined, { help: 'Key of Alpha Vantage.' }),
  alphaVantageByRapidApi: setting.boolean('ALPHA_VANTAGE_RAPIDAPI', false, { help: 'Whether the key is one of RapidAPI.' }),
  alphaVantageCallsPerMinute: setting.integer('ALPHA_VANTAGE_CALLS_PER_MINUTE', 5, { min: 1, help: 'Of the plan.' }),
  alphaVantageCallsPerDay: setting.integer('ALPHA_VANTAGE_CALLS_PER_DAY', 25, { min: 1, help: 'Of the plan.' }),
  fredKey: setting.secret('FRED_API_KEY', undefined, { pattern: /^[a-z0-9]{32}$/, rule: 'must be 32 lower-case letters and digits', help: 'Key of FRED.' }),
  tradingEconomicsKey: setting.secret('TRADING_ECONOMICS_API_KEY', undefined, { pattern: /^[^:\s]+:[^:\s]+$/, rule: 'must be client:secret', help: 'Key of Trading Economics.' }),
  dataGovKey: setting.secret('DATA_GOV_API_KEY', undefined, { help: 'Key of api.data.gov.' }),
  edgarUserAgent: setting.text('EDGAR_USER_AGENT', undefined, { pattern: /\S+@\S+\.\S+/, rule: 'must hold a name and a mail address', help: 'Who asks the SEC, as `Name name@example.org`; EDGAR refuses anybody else.' }),
  dbnomicsEnabled: setting.boolean('DBNOMICS_ENABLED', true, { help: 'Whether DBnomics, which needs no key, may be asked.' }),
  yahooEnabled: setting.boolean('YAHOO_ENABLED', false, { help: 'Whether Yahoo Finance may be asked. Its terms restrict redistribution.' }),
  ibkrGatewayUrl: setting.url('IBKR_GATEWAY_URL', undefined, { protocols: ['https', 'http'], help: 'The Client Portal gateway, as `https://localhost:5000/v1/api`.' }),
  ibkrStreaming: setting.boolean('IBKR_STREAM', true, { help: 'Whether quotes come over the WebSocket of the gateway as they change; else they are asked for every five seconds.' }),
  ibkrCertificateFile: setting.text('IBKR_CERTIFICATE_FILE', undefined, { help: 'PEM file with the certificate that the gateway shows; nobody else is talked to.' }),
  ibkrCertificateFingerprint: setting.text('IBKR_CERTIFICATE_FINGERPRINT', undefined, { pattern: /^([0-9a-fA-F]{2}:?){32}$/, rule: 'must be a SHA-256 fingerprint', help: 'In place of the file.' }),
  sourceBaseUrls: setting.list('SOURCE_BASE_URLS', [], { pattern: /^[a-z_]+=https?:\/\/\S+$/, rule: 'must be source=URL', help: 'Addresses in place of the usual ones: of a proxy, or of a server for tests.' }),
  sourceTimeoutMs: setting.milliseconds('SOURCE_TIMEOUT_MS', 8_000, { min: 100, help: 'An outside source that has not answered by then counts as down.' }),
  sourceAttempts: setting.integer('SOURCE_ATTEMPTS', 3, { min: 1, max: 10, help: 'Attempts of one question, where repeating may help.' }),
  sourceCacheDirectory: setting.text('SOURCE_CACHE_DIR', undefined, { help: 'Folder for answers of sources; in memory when unset.' }),
  sourceCacheMegabytes: setting.integer('SOURCE_CACHE_MB', 512, { min: 1, help: 'Largest size of that folder.' }),
};
