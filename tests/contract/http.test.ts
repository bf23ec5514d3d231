import { describe, expect, it } from '@jest/globals';
import request from 'supertest';
import { defineEngine } from '@nautilus/engine';
import { PRIORITIES, type BusName } from '@nautilus/model';
import { engineApp } from '@nautilus/testkit';

/** Field lists of the common answers (contract.md, sections 2.1 and 2.2). A change here breaks clients. */
const engine = defineEngine({ name: 'vpin', summary: 'For the contract.', ports: { dual: 10_000, triple: 10_002 }, needs: ['bus:marketdata', 'bus:logic', 'store'] });

const HEALTH = words(`status health engine engine_id port version git_sha architecture uptime_seconds timestamp messagebus_enabled messagebus_connected
  dual_messagebus_connected triple_bus_connected marketdata_bus engine_logic_bus buses database_connected hardware_acceleration performance_stats provenance problems`);
const HEALTH_TRIPLE = [...HEALTH, 'neural_gpu_bus_connected', 'neural_gpu_bus', 'performance_summary'];
const HEALTH_BUS = words('connected latency_ms port transport');
const HEALTH_HARDWARE = words('neural_engine_available metal_gpu_available mlx_framework backend device accelerated fallback simulated');
const STATS = words('requests_total avg_response_ms p95_response_ms messages_in messages_out errors_total');
const HARDWARE = words(`engine platform arch cpu_model cpu_cores performance_cores efficiency_cores memory_total_bytes memory_used_bytes neural_engine metal_gpu cuda simd
  thermal_state backend accelerated routing memory_pools timestamp`);
const BUS_STATUS = words('engine enabled connected architecture buses discovered_engines hub priorities timestamp');
const BUS_FIGURES = words(`connected host port transport latency_ms published received acked pending lag reclaimed dead_letters dropped reconnects buffered last_error last_message_at`);
const PROBLEM = words('type title status detail instance request_id');

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

const fields = (value: unknown): string[] => Object.keys(value as object).sort();
const sorted = (names: readonly string[]): string[] => [...names].sort();

describe.each(['dual_bus', 'triple_bus'] as const)('%s', (architecture) => {
  const triple = architecture === 'triple_bus';
  const app = engineApp(engine, { architecture, subscriptions: [{ group: 'vpin', patterns: [{ pattern: '*', bus: 'marketdata' as BusName, aliasOf: null, received: 0, lastMessageAt: null }] }], publications: [{ pattern: '*', bus: 'engine_logic', published: 0 }] });
  const body = async (path: string): Promise<any> => (await request(app.http.server).get(path)).body; // eslint-disable-line @typescript-eslint/no-explicit-any -- answers are looked into freely

  it('/health has exactly the promised fields, the third bus only where there is one', async () => {
    const first = await body('/health');
    expect(fields(first)).toEqual(sorted(triple ? HEALTH_TRIPLE : HEALTH));
    expect(first).toMatchObject({
      status: 'operational', health: 'healthy', engine: triple ? 'vpin_triple_bus' : 'vpin', architecture, marketdata_bus: '6380', engine_logic_bus: '6381',
      performance_stats: null, problems: [], git_sha: null, provenance: 'replay', triple_bus_connected: triple,
      hardware_acceleration: { backend: 'cpu', accelerated: false, fallback: 'cpu', simulated: false, neural_engine_available: false, metal_gpu_available: false, mlx_framework: false },
    });
    expect(first.engine_id).toBe(`${first.engine}:test-${triple ? 10_002 : 10_000}`);
    expect(first.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (triple) expect(first).toMatchObject({ neural_gpu_bus: '6382', performance_summary: null });
    expect(fields(first.buses)).toEqual(sorted(['marketdata_bus', 'engine_logic_bus', ...(triple ? ['neural_gpu_bus'] : [])]));
    for (const bus of Object.values(first.buses)) expect(fields(bus)).toEqual(sorted(HEALTH_BUS));
    expect(fields(first.hardware_acceleration)).toEqual(sorted(HEALTH_HARDWARE));
    const second = await body('/health');
    expect(fields(second.performance_stats)).toEqual(sorted(STATS));
    if (triple) expect(second.performance_summary).toEqual(second.performance_stats);
  });

  it('/hardware/status, /messagebus/status and /messagebus/subscriptions have exactly the promised fields', async () => {
    const hardware = await body('/hardware/status');
    expect(fields(hardware)).toEqual(sorted(HARDWARE));
    expect(fields(hardware.neural_engine)).toEqual(sorted(words('available cores tops utilization_percent')));
    expect(fields(hardware.metal_gpu)).toEqual(sorted(words('available cores memory_bandwidth_gbs utilization_percent temperature_celsius power_watts')));
    expect(fields(hardware.cuda)).toEqual(['available', 'devices']);
    expect(fields(hardware.simd)).toEqual(['threads', 'wasm_simd']);
    expect(fields(hardware.routing.lanes)).toEqual(sorted(words('neural gpu hybrid cpu_performance cpu_efficiency')));
    for (const lane of Object.values(hardware.routing.lanes)) expect(fields(lane)).toEqual(sorted(words('enabled backend tasks_total')));

    const status = await body('/messagebus/status');
    expect(fields(status)).toEqual(sorted(BUS_STATUS));
    expect(fields(status.buses)).toEqual(sorted(['marketdata_bus', 'engine_logic_bus', 'neural_gpu_bus']));
    expect(status.buses.neural_gpu_bus === null).toBe(!triple);
    for (const figures of Object.values(status.buses).filter((bus) => bus !== null)) expect(fields(figures)).toEqual(sorted(BUS_FIGURES));
    expect(Object.keys(status.priorities)).toEqual([...PRIORITIES]);
    expect(fields(status.hub)).toEqual(['port', 'reachable']);

    const { engine: name, subscriptions, publications } = await body('/messagebus/subscriptions');
    expect(name).toBe(triple ? 'vpin_triple_bus' : 'vpin');
    expect(fields(subscriptions[0])).toEqual(sorted(words('pattern bus group origin alias_of received last_message_at')));
    expect(fields(publications[0])).toEqual(sorted(words('pattern bus published')));
  });

  it('probes, names, problems', async () => {
    expect(await body('/health/live')).toEqual({ status: 'alive' });
    expect(await body('/health/ready')).toEqual({ status: 'ready' });
    expect(fields(await body('/info'))).toEqual(sorted(words('engine version git_sha node_version architecture started_at config')));
    expect(fields(await body('/nowhere'))).toEqual(sorted(PROBLEM));
    expect(await body('/openapi.json')).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
  });

  it('metrics have the promised names', async () => {
    const { text } = await request(app.http.server).get('/metrics');
    const names = new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]));
    const promised = words(`http_request_duration_seconds nautilus_http_request_duration_seconds nautilus_bus_messages_total nautilus_bus_connected nautilus_bus_pending nautilus_bus_lag
      nautilus_bus_buffered nautilus_bus_reconnects_total nautilus_bus_reclaimed_total nautilus_bus_dead_letters_total nautilus_bus_dropped_total nautilus_bus_expired_total
      nautilus_bus_latency_seconds nautilus_engine_status nautilus_rate_limited_total nautilus_db_connections_active nautilus_db_connections_max process_cpu_seconds_total nodejs_heap_size_used_bytes`);
    for (const name of [...promised, ...(triple ? ['neural_gpu_bus_messages_total'] : [])]) expect(names).toContain(name);
  });
});
