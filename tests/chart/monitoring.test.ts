import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { chart, describeChart, named, render } from './render.ts';

interface Job {
  readonly job_name: string;
  readonly scrape_interval?: string;
  readonly static_configs?: readonly { readonly targets: readonly string[]; readonly labels?: Readonly<Record<string, string>> }[];
  readonly relabel_configs?: readonly object[];
}
const files = (): Readonly<Record<string, string>> => named(render(), 'ConfigMap', 'nautilus-prometheus')['data'] as Record<string, string>;
const jobs = (): readonly Job[] => (parse(files()['prometheus.yml'] ?? '') as { scrape_configs: Job[] }).scrape_configs;
const jobNamed = (name: string): Job | undefined => jobs().find(({ job_name }) => job_name === name);
const rules = (): readonly { alert: string; expr: string; for?: string; labels: { severity: string }; annotations: { summary: string } }[] =>
  (parse(files()['nautilus_rules.yml'] ?? '') as { groups: { rules: never[] }[] }).groups.flatMap((group) => group.rules);
const dashboards = (): readonly { file: string; panels: { title: string; type: string; targets: { expr: string; legendFormat: string }[] }[]; title: string }[] =>
  readdirSync(join(chart, 'files/dashboards')).map((file) => ({ file, ...(JSON.parse(readFileSync(join(chart, 'files/dashboards', file), 'utf8')) as { title: string; panels: [] }) }));

describeChart('Prometheus', () => {
  it('asks every endpoint through its Service, as localhost and its port, every 5 s', () => {
    const job = jobNamed('nautilus-engines');
    expect(job?.scrape_interval).toBe('5s');
    const catalogue = parse(readFileSync(join(chart, 'files/engines.yaml'), 'utf8')) as { engines: Record<string, { forms: Record<string, { suffix: string; port: number }> }> };
    const expected = Object.values(catalogue.engines).flatMap(({ forms }) => Object.values(forms)).map(({ suffix, port }) => ({ targets: [`nautilus-${suffix}:${port}`], labels: { instance: `localhost:${port}` } }));
    expect(job?.static_configs).toHaveLength(expected.length);
    expect(job?.static_configs).toEqual(expect.arrayContaining(expected));
  });

  it('takes samples from the pods under the same job and instance', () => {
    const relabel = jobNamed('nautilus-engine-pods')?.relabel_configs;
    expect(relabel).toContainEqual({ target_label: 'job', replacement: 'nautilus-engines' });
    for (const label of ['pod', 'engine', 'architecture', 'instance']) expect(relabel).toContainEqual(expect.objectContaining({ target_label: label }));
  });

  it('asks the buses through the exporter and keeps their names', () => {
    const job = jobNamed('redis-buses');
    expect(job?.static_configs?.[0]?.targets).toEqual(['localhost:6380', 'localhost:6381', 'localhost:6382']);
    expect(job?.relabel_configs).toContainEqual({ source_labels: ['__address__'], target_label: '__param_target' });
    expect(job?.relabel_configs).toContainEqual({ source_labels: ['__address__'], target_label: 'instance' });
  });

  it('has the three alerts of the contract, word by word', () => {
    const [down, slow, bus] = rules();
    expect(down).toMatchObject({ alert: 'EngineDown', expr: 'up{job="nautilus-engines"} == 0', for: '1m', labels: { severity: 'critical' }, annotations: { summary: 'Nautilus engine {{ $labels.instance }} is down' } });
    expect(slow).toMatchObject({ alert: 'HighLatency', expr: 'histogram_quantile(0.95, rate(http_request_duration_seconds_bucket{job="nautilus-engines"}[5m])) > 0.1', for: '5m', labels: { severity: 'warning' }, annotations: { summary: 'High latency on {{ $labels.instance }}' } });
    expect(bus).toMatchObject({ alert: 'NeuralGPUBusDown', expr: 'up{job="redis-buses", instance="localhost:6382"} == 0', for: '30s', labels: { severity: 'critical' }, annotations: { summary: 'Neural-GPU Bus is unreachable' } });
  });

  it('names no metric in rules and panels that nothing declares', () => {
    const declared = readFileSync(join(chart, '../../docs/metrics.md'), 'utf8');
    const expressions = [...rules().map(({ expr }) => expr), ...dashboards().flatMap(({ panels }) => panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))];
    const names = new Set(expressions.flatMap((expr) => expr.match(/\b(?:nautilus|neural_gpu|http|redis)_[a-z_]+/g) ?? []).map((name) => name.replace(/_(bucket|sum|count)$/, '')));
    // The exporter's own name; and the hand-off, which comes with neural-gpu: its panel is the contract's and is empty until then.
    const elsewhere = ['redis_memory_used_bytes', 'neural_gpu_handoff_duration_seconds'];
    expect([...names].filter((name) => !elsewhere.includes(name) && !name.startsWith('nautilus_engines') && !declared.includes(name))).toEqual([]);
  });
});

describeChart('Grafana', () => {
  it('shows the contract\'s dashboard', () => {
    const board = dashboards().find(({ title }) => title === 'Triple-Bus Performance Monitor');
    expect(board?.panels.map(({ title, type }) => [title, type])).toEqual([['Neural-GPU Bus Throughput', 'timeseries'], ['Engine Response Times', 'timeseries']]);
    expect(board?.panels.flatMap(({ targets }) => targets.map(({ expr, legendFormat }) => [expr, legendFormat]))).toEqual([
      ['rate(neural_gpu_bus_messages_total[5m])', 'Messages/sec'],
      ['histogram_quantile(0.95, rate(neural_gpu_handoff_duration_seconds_bucket[5m]))', '95th percentile handoff time'],
      ['histogram_quantile(0.95, rate(http_request_duration_seconds_bucket{job="nautilus-engines"}[5m]))', '{{instance}} - 95th percentile'],
    ]);
  });

  it('gets every dashboard and the data source', () => {
    const config = named(render(), 'ConfigMap', 'nautilus-grafana-dashboards')['data'] as Record<string, string>;
    expect(Object.keys(config)).toEqual(dashboards().map(({ file }) => file));
    expect(named(render(), 'ConfigMap', 'nautilus-grafana')['data']['datasources.yaml']).toContain('http://nautilus-prometheus:9090');
  });
});

const IMAGE = 'prom/prometheus:v2.53.3';
const promtool = (folder: string, ...args: string[]): string =>
  execFileSync('docker', ['run', '--rm', '--volume', `${folder}:/rules:ro`, '--workdir', '/rules', '--entrypoint', 'promtool', IMAGE, ...args], { encoding: 'utf8' });
const hasPromtool = spawnSync('docker', ['image', 'inspect', IMAGE], { stdio: 'ignore' }).status === 0;
const describePromtool = hasPromtool || process.env['CI'] !== undefined ? describe : describe.skip;

const series = (name: string, values: string): object => ({ series: name, values });
const alert = (alertname: string, at: string, labels: Record<string, string> | undefined, summary = ''): object =>
  ({ eval_time: at, alertname, exp_alerts: labels === undefined ? [] : [{ exp_labels: labels, exp_annotations: { summary } }] });

describePromtool(`rules in promtool (of the image ${IMAGE})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'nautilus-rules-'));
  chmodSync(folder, 0o755);

  it('are valid, and so is the configuration', () => {
    for (const [file, text] of Object.entries(files())) writeFileSync(join(folder, file), text.replaceAll('/etc/prometheus/', '/rules/'));
    expect(promtool(folder, 'check', 'config', '--syntax-only', 'prometheus.yml')).toContain('SUCCESS');
    expect(promtool(folder, 'check', 'rules', 'nautilus_rules.yml')).toContain('SUCCESS');
  });

  it('fire after their time, clear again, and stay silent when all is well', () => {
    writeFileSync(join(folder, 'nautilus_rules.yml'), files()['nautilus_rules.yml'] ?? '');
    const engine = 'localhost:8500';
    writeFileSync(join(folder, 'tests.yml'), stringify({
      rule_files: ['nautilus_rules.yml'],
      evaluation_interval: '15s',
      tests: [
        {
          interval: '15s',
          input_series: [
            series(`up{job="nautilus-engines", instance="${engine}"}`, '1x4 0x8 1x8'),
            series('up{job="redis-buses", instance="localhost:6382"}', '1x4 0x8 1x8'),
            series('up{job="redis-buses", instance="localhost:6380"}', '1x20'),
          ],
          alert_rule_test: [
            alert('EngineDown', '1m', undefined),
            alert('EngineDown', '2m30s', { severity: 'critical', job: 'nautilus-engines', instance: engine }, `Nautilus engine ${engine} is down`),
            alert('EngineDown', '4m', undefined),
            alert('NeuralGPUBusDown', '1m15s', undefined),
            alert('NeuralGPUBusDown', '2m', { severity: 'critical', job: 'redis-buses', instance: 'localhost:6382' }, 'Neural-GPU Bus is unreachable'),
            alert('NeuralGPUBusDown', '4m', undefined),
            alert('BusDown', '2m', undefined),
          ],
        },
        {
          interval: '15s',
          // Nine of ten requests above 250 ms, then none.
          input_series: [
            series(`http_request_duration_seconds_bucket{job="nautilus-engines", instance="${engine}", le="0.1"}`, '0+1x100'),
            series(`http_request_duration_seconds_bucket{job="nautilus-engines", instance="${engine}", le="0.25"}`, '0+1x100'),
            series(`http_request_duration_seconds_bucket{job="nautilus-engines", instance="${engine}", le="0.5"}`, '0+10x100'),
            series(`http_request_duration_seconds_bucket{job="nautilus-engines", instance="${engine}", le="+Inf"}`, '0+10x100'),
            series('http_request_duration_seconds_bucket{job="nautilus-engines", instance="localhost:8600", le="0.1"}', '0+10x100'),
            series('http_request_duration_seconds_bucket{job="nautilus-engines", instance="localhost:8600", le="+Inf"}', '0+10x100'),
          ],
          alert_rule_test: [
            alert('HighLatency', '4m', undefined),
            alert('HighLatency', '10m', { severity: 'warning', job: 'nautilus-engines', instance: engine }, `High latency on ${engine}`),
          ],
        },
      ],
    }));
    expect(promtool(folder, 'test', 'rules', 'tests.yml')).toContain('SUCCESS');
  });
});
