import { ALIASES, BUSES, COMMON_PUBLICATIONS, FAMILIES, MATRIX, reasons, type BusName } from '@nautilus/model';
import { createEngineMetrics, settingsOf, sharedSettings, type AnyEngine } from '@nautilus/engine';
import { code, codes, page, table } from './markdown.ts';

/** Pages made from the tables of libs/model and from the settings and metrics that engines declare. */
export async function tableDocuments(engines: readonly AnyEngine[]): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/topics.md', topicsPage()],
    ['docs/reason-codes.md', reasonsPage()],
    ['docs/settings.md', settingsPage(engines)],
    ['docs/metrics.md', await metricsPage(engines)],
  ]);
}

function topicsPage(): string {
  const busText = (bus: BusName | 'by_architecture'): string =>
    bus === 'by_architecture' ? '6381 (dual), 6382 (triple)' : String(BUSES[bus].port);
  return page(
    'Topics',
    'From `libs/model/src/topics.ts` and `matrix.ts`. A pattern ends in `.*`, which stands for one or more segments. Any family that is not here travels on 6381 with priority NORMAL.',
    table(
      ['Family', 'Message type', 'Bus', 'Priority'],
      FAMILIES.map((f) => [code(`${f.prefix}.*`), code(f.messageType), busText(f.bus), f.priority]),
    ),
    '## Who reads and publishes what',
    'This is the whole design; `engines.md` says which engines are built.',
    table(
      ['Engine', 'Subscribes', 'Publishes', 'Extensions'],
      Object.entries(MATRIX).map(([engine, row]) => [
        engine,
        codes(row.subscribes),
        codes(row.publishes),
        [...row.extensions.subscribes.map((p) => `reads ${code(p)}`), ...row.extensions.publishes.map((p) => `publishes ${code(p)}`)].join(', '),
      ]),
    ),
    `Every engine also publishes ${codes(COMMON_PUBLICATIONS)}.`,
    '## Aliases',
    table(['Subscribing to', 'also matches'], Object.entries(ALIASES).map(([pattern, more]) => [code(pattern), codes(more)])),
  );
}

function reasonsPage(): string {
  return page(
    'Reason codes',
    'A null value carries one of these codes in `reason`. From `libs/model/src/reasons.ts`.',
    table(['Code', 'Meaning'], Object.entries(reasons).map(([name, text]) => [code(name), text])),
  );
}

function settingsPage(engines: readonly AnyEngine[]): string {
  const rows = (settings: ReturnType<typeof settingsOf>): string =>
    table(['Variable', 'Default', 'Meaning'], settings.map((s) => [code(s.env), code(s.shown), s.help]));
  return page(
    'Settings',
    'Environment variables, parsed once at start; a wrong value stops the start with every problem named. A secret may also come from a file named in `<NAME>_FILE`.',
    '## Every engine',
    rows(Object.values(sharedSettings)),
    ...engines.flatMap((declaration) => {
      const settings = settingsOf(declaration);
      return settings.length === 0 ? [] : [`## ${declaration.name}`, rows(settings)];
    }),
  );
}

async function metricsPage(engines: readonly AnyEngine[]): Promise<string> {
  const rows = (metrics: readonly { name: string; kind: string; help: string; labels?: readonly string[] }[]): string =>
    table(['Metric', 'Type', 'Labels', 'Meaning'], metrics.map((m) => [code(m.name), m.kind, codes(m.labels ?? []), m.help]));
  return page(
    'Metrics',
    'Served by `GET /metrics` of each endpoint. `process_*` and `nodejs_*` come beside them.',
    '## Every endpoint',
    rows(await createEngineMetrics({ architecture: 'triple_bus', monotonic: () => 0 }).described()),
    ...engines.flatMap((declaration) => {
      const metrics = Object.values(declaration.metrics ?? {}) as Parameters<typeof rows>[0];
      return metrics.length === 0 ? [] : [`## ${declaration.name}`, rows(metrics)];
    }),
  );
}
