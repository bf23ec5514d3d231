import { BUSES, type BusName } from '@nautilus/model';
import { apiKeysOf, type ApiKey } from './http/http-settings.ts';
import { setting } from './settings.ts';
import type { SettingsValues } from './declaration.ts';

const host = (env: string, bus: string) =>
  setting.text(env, undefined, { help: `Host of the ${bus} bus. Any bus address, or REDIS_HOST, means real servers; none means the bus in this process.` });
/** Without a default in the setting itself: that it is set means a real server. */
const port = (env: string, usual: number, bus: string) => ({
  ...setting.integer(env, undefined, { min: 1, max: 65_535, help: `Port of the ${bus} bus.` }),
  shown: String(usual),
});
const sentinels = (env: string, bus: string) =>
  setting.list(env, [], { pattern: /^[^\s:]+:\d{1,5}$/, rule: 'must be host:port', help: `Sentinels that know the primary of the ${bus} bus.` });
const master = (env: string, bus: string) => setting.text(env, undefined, { help: `Name of the ${bus} bus's primary at its Sentinels.` });
const username = (env: string, bus: string) => setting.text(env, undefined, { help: `User at the ${bus} bus.` });
const password = (env: string, bus: string) => setting.secret(env, undefined, { help: `Password at the ${bus} bus.` });
const confirming = (env: string, bus: string) =>
  setting.integer(env, 0, { min: 0, max: 8, help: `Replicas of the ${bus} bus that must have a message before it counts as written.` });
const permission = (env: string, what: string) =>
  setting.boolean(env, true, { help: `Permission to use ${what} where a probe finds the hardware; 0 switches it off.` });

const parseApiKeys = (text: string): readonly ApiKey[] | undefined => {
  try {
    return apiKeysOf(text.split(/[\s,]+/).filter((entry) => entry !== ''));
  } catch {
    return undefined;
  }
};

/** Settings that every process has (contract.md, section 5), declared once. */
export const sharedSettings = {
  architecture: setting.choice('NAUTILUS_ARCHITECTURE', 'dual_bus', ['dual_bus', 'triple_bus'], {
    help: 'Form of an engine that has a twin on three buses.',
  }),
  port: setting.integer('PORT', undefined, { min: 0, max: 65_535, help: 'Port to listen on instead of the declared one; 0 takes a free one.' }),
  logLevel: setting.choice('LOG_LEVEL', 'info', ['debug', 'info', 'warn', 'error'], { help: 'Least severe line that is written.' }),
  logDir: setting.text('LOG_DIR', undefined, { help: 'Folder for `<service>.log` beside standard output.' }),
  shutdownTimeoutMs: setting.milliseconds('NAUTILUS_SHUTDOWN_TIMEOUT_MS', 30_000, { min: 100, help: 'An end that takes longer is forced, with exit code 1.' }),
  drainWaitMs: setting.milliseconds('NAUTILUS_DRAIN_WAIT_MS', 2_000, {
    help: 'Time between telling probes that the process ends and turning work away; one probe period.',
  }),
  dataDir: setting.text('NAUTILUS_DATA_DIR', undefined, { help: 'Folder of the bundled data instead of `data/` of the repository.' }),
  stateDir: setting.text('NAUTILUS_STATE_DIR', undefined, {
    help: 'Folder of the embedded database and its lock instead of `.nautilus/` of the repository.',
  }),
  gitSha: setting.text('NAUTILUS_GIT_SHA', undefined, { pattern: /^[0-9a-f]{7,64}$/, rule: 'must be a commit id', help: 'Commit of this build; images set it.' }),
  colour: setting.text('NAUTILUS_COLOUR', undefined, { pattern: /^(blue|green|canary)$/, rule: 'must be blue, green or canary', help: 'Which of several deployments of one engine this is; the chart sets it.' }),
  switchFile: setting.text('NAUTILUS_SWITCH_FILE', undefined, { help: 'File that names the colour that reads the buses; the chart mounts it.' }),
  leaseName: setting.text('NAUTILUS_LEASE_NAME', undefined, { help: 'Lease of the cluster: of several replicas only its holder reads the buses; the chart sets it.' }),
  switchUrl: setting.url('NAUTILUS_SWITCH_URL', undefined, { protocols: ['http'], help: 'The engine\'s Service, where the old colour sees that the new one reads.' }),

  marketdataRedisHost: host('MARKETDATA_REDIS_HOST', 'MarketData'),
  marketdataRedisPort: port('MARKETDATA_REDIS_PORT', BUSES.marketdata.port, 'MarketData'),
  marketdataRedisSentinels: sentinels('MARKETDATA_REDIS_SENTINELS', 'MarketData'),
  marketdataRedisMaster: master('MARKETDATA_REDIS_MASTER', 'MarketData'),
  marketdataRedisUsername: username('MARKETDATA_REDIS_USERNAME', 'MarketData'),
  marketdataRedisPassword: password('MARKETDATA_REDIS_PASSWORD', 'MarketData'),
  marketdataRedisWaitReplicas: confirming('MARKETDATA_REDIS_WAIT_REPLICAS', 'MarketData'),
  engineLogicRedisHost: host('ENGINE_LOGIC_REDIS_HOST', 'Engine Logic'),
  engineLogicRedisPort: port('ENGINE_LOGIC_REDIS_PORT', BUSES.engine_logic.port, 'Engine Logic'),
  engineLogicRedisSentinels: sentinels('ENGINE_LOGIC_REDIS_SENTINELS', 'Engine Logic'),
  engineLogicRedisMaster: master('ENGINE_LOGIC_REDIS_MASTER', 'Engine Logic'),
  engineLogicRedisUsername: username('ENGINE_LOGIC_REDIS_USERNAME', 'Engine Logic'),
  engineLogicRedisPassword: password('ENGINE_LOGIC_REDIS_PASSWORD', 'Engine Logic'),
  engineLogicRedisWaitReplicas: confirming('ENGINE_LOGIC_REDIS_WAIT_REPLICAS', 'Engine Logic'),
  neuralGpuRedisHost: host('NEURAL_GPU_REDIS_HOST', 'Neural-GPU'),
  neuralGpuRedisPort: port('NEURAL_GPU_REDIS_PORT', BUSES.neural_gpu.port, 'Neural-GPU'),
  neuralGpuRedisSentinels: sentinels('NEURAL_GPU_REDIS_SENTINELS', 'Neural-GPU'),
  neuralGpuRedisMaster: master('NEURAL_GPU_REDIS_MASTER', 'Neural-GPU'),
  neuralGpuRedisUsername: username('NEURAL_GPU_REDIS_USERNAME', 'Neural-GPU'),
  neuralGpuRedisPassword: password('NEURAL_GPU_REDIS_PASSWORD', 'Neural-GPU'),
  neuralGpuRedisWaitReplicas: confirming('NEURAL_GPU_REDIS_WAIT_REPLICAS', 'Neural-GPU'),
  redisHost: setting.text('REDIS_HOST', undefined, { help: 'Main Redis of the audit bridge; to engines only the host of a bus that names none.' }),
  redisPort: setting.integer('REDIS_PORT', 6379, { min: 1, max: 65_535, help: 'Port of the main Redis.' }),
  redisDb: setting.integer('REDIS_DB', 0, { min: 0, help: 'Database number on the main Redis.' }),

  busEnabled: setting.boolean('MESSAGEBUS_ENABLED', true, { help: '0: no bus, HTTP only.' }),
  universalBusClient: setting.boolean('UNIVERSAL_MESSAGEBUS_CLIENT', true, { help: '0: no discovery and no alias matching; exact patterns only.' }),
  busBufferIntervalMs: setting.milliseconds('MESSAGEBUS_BUFFER_INTERVAL', 20, {
    max: 10_000,
    help: 'Longest time a NORMAL or LOW message waits for company; nothing waits when the link is idle.',
  }),
  busBufferSize: setting.integer('MESSAGEBUS_BUFFER_SIZE', 3_000, { min: 1, help: 'Most messages held per bus in one process.' }),

  databaseUrl: setting.url('DATABASE_URL', undefined, { protocols: ['postgresql', 'postgres'], secret: true, help: 'Database; without it the embedded one.' }),
  databaseSslMode: setting.choice('DATABASE_SSL_MODE', 'require', ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'], {
    help: 'TLS to the database.',
  }),

  tlsPort: setting.integer('NAUTILUS_TLS_PORT', 443, { min: 0, max: 65_535, help: 'Port for TLS, beside the plain one, of the part where clients come in; used with a certificate.' }),
  tlsCertificateFile: setting.text('NAUTILUS_TLS_CERT_FILE', undefined, { help: 'Certificate chain in PEM.' }),
  tlsKeyFile: setting.text('NAUTILUS_TLS_KEY_FILE', undefined, { help: 'Its private key in PEM.' }),
  apiRateLimit: setting.integer('API_RATE_LIMIT', 1_000, { min: 0, help: 'Requests per minute and client; 0 is no limit.' }),
  apiKeys: setting.parsedSecret('API_KEYS', [], parseApiKeys, 'must be name:scope:sha256, separated by commas, with scope read, trade or admin, and each name once', {
    help: 'API keys as `name:scope:sha256`, separated by commas.',
  }),
  serviceToken: setting.secret('NAUTILUS_SERVICE_TOKEN', undefined, { help: 'Token of calls between our own processes: free of the rate limit.' }),
  apiAuthMode: setting.choice('API_AUTH_MODE', 'edge', ['off', 'edge', 'all'], { help: 'Who asks for API keys when there are any: nobody, the gateway, everybody.' }),
  trustedProxies: setting.list('TRUSTED_PROXIES', [], { help: 'Addresses or networks whose `X-Forwarded-For` and `X-Real-IP` are believed.' }),

  platformTuning: permission('M4_MAX_OPTIMIZED', 'platform tuning'),
  neuralEngineEnabled: permission('NEURAL_ENGINE_ENABLED', 'the neural lane'),
  metalAcceleration: permission('METAL_ACCELERATION', 'the gpu lane'),
  smeAcceleration: permission('SME_ACCELERATION', 'matrix and SIMD kernels'),
  autoHardwareRouting: setting.boolean('AUTO_HARDWARE_ROUTING', true, { help: 'Choose a lane by task kind and size; 0: only explicit hints.' }),
} as const;

export type SharedSettings = SettingsValues<typeof sharedSettings>;

/** Where one bus is and who we are there. */
export interface BusAddress {
  readonly host: string;
  readonly port: number;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly master: string | undefined;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Replicas that must have a message before it counts as written. */
  readonly confirmingReplicas: number;
}

/** Addresses of real servers, or undefined when none is set and the bus lives in this process. */
export function busAddresses(shared: SharedSettings): Readonly<Record<BusName, BusAddress>> | undefined {
  const s = shared;
  const anySet = [
    s.redisHost, s.marketdataRedisHost, s.engineLogicRedisHost, s.neuralGpuRedisHost,
    s.marketdataRedisPort, s.engineLogicRedisPort, s.neuralGpuRedisPort,
    ...s.marketdataRedisSentinels, ...s.engineLogicRedisSentinels, ...s.neuralGpuRedisSentinels,
  ].some((value) => value !== undefined);
  if (!anySet) return undefined;
  const address = (bus: BusName, host: string | undefined, port: number | undefined, sentinelTexts: readonly string[]) => ({
    host: host ?? s.redisHost ?? 'localhost',
    port: port ?? BUSES[bus].port,
    sentinels: sentinelTexts.map(hostAndPort),
  });
  return {
    marketdata: {
      ...address('marketdata', s.marketdataRedisHost, s.marketdataRedisPort, s.marketdataRedisSentinels),
      master: s.marketdataRedisMaster, username: s.marketdataRedisUsername, password: s.marketdataRedisPassword, confirmingReplicas: s.marketdataRedisWaitReplicas,
    },
    engine_logic: {
      ...address('engine_logic', s.engineLogicRedisHost, s.engineLogicRedisPort, s.engineLogicRedisSentinels),
      master: s.engineLogicRedisMaster, username: s.engineLogicRedisUsername, password: s.engineLogicRedisPassword, confirmingReplicas: s.engineLogicRedisWaitReplicas,
    },
    neural_gpu: {
      ...address('neural_gpu', s.neuralGpuRedisHost, s.neuralGpuRedisPort, s.neuralGpuRedisSentinels),
      master: s.neuralGpuRedisMaster, username: s.neuralGpuRedisUsername, password: s.neuralGpuRedisPassword, confirmingReplicas: s.neuralGpuRedisWaitReplicas,
    },
  };
}

function hostAndPort(text: string): { host: string; port: number } {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
