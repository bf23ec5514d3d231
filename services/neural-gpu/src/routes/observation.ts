import { z } from 'zod';
import { routesOf } from '@nautilus/engine';
import { KERNEL_NAMES, LANES, MOST_BYTES } from '@nautilus/compute';
import { isoFromMs } from '@nautilus/model';
import type { Context } from '../context.ts';
import { KEPT_MS } from '../coordinator.ts';
import { memoryUsedBytes } from '../machine.ts';

const { get } = routesOf<Context>();
const reading = z.number().nullable();
const PREFIX = '/neural-gpu-bus';
const GIGABYTE = 1e9;

const counts = z.object({ completed: z.int(), failed: z.int(), rejected: z.int(), expired: z.int(), repeated: z.int(), zeroCopy: z.int() });
const worker = z.object({ worker: z.int(), busy: z.boolean(), tasks: z.int(), busy_ms: z.number() });

export const observationRoutes = [
  get(
    `${PREFIX}/health`,
    {
      summary: 'State of the third bus and its workers; what no sensor told is null.',
      response: z.object({
        bus_status: z.enum(['connected', 'lost', 'off']),
        hardware_coordination: z.enum(['cpu']).describe('What tasks really run on.'),
        neural_engine: z.object({
          available: z.boolean(), utilization_percent: reading, cores_active: reading, performance_tops: reading, temperature_celsius: reading, power_usage_watts: reading,
        }),
        metal_gpu: z.object({
          available: z.boolean(), utilization_percent: reading, cores_active: reading, memory_bandwidth_gbs: reading, temperature_celsius: reading, power_usage_watts: reading,
        }),
        coordination_stats: z.object({
          handoffs_per_second: z.number().describe('Of the last minute.'),
          avg_handoff_time_ns: reading.describe('Of the last minute, from requesters on this machine and HTTP.'),
          zero_copy_operations: z.int().describe('Inputs that a worker read in the very memory that the requester wrote.'),
          pipeline_efficiency: reading.describe('Share of the workers\' time that kernels ran.'),
          cache_hits: z.int().describe('Tasks asked for again and not computed again.'),
        }),
        unified_memory: z.object({ total_gb: z.number(), used_gb: z.number(), bandwidth_gbs: z.number().describe('Measured by copying at the start.'), zero_copy_enabled: z.boolean() }),
        workers: z.array(worker),
        timestamp: z.string(),
      }),
    },
    (_input, { state, bus, clock }) => {
      const { coordinator, machine, pool, handoffs } = state;
      const neural = bus.status().find((status) => status.bus === 'neural_gpu');
      const { perSecond, averageNs } = handoffs.recent(clock.monotonic());
      const unknown = { available: false, utilization_percent: null, cores_active: null, temperature_celsius: null, power_usage_watts: null };
      return {
        bus_status: neural === undefined ? ('off' as const) : neural.connected ? ('connected' as const) : ('lost' as const),
        hardware_coordination: 'cpu' as const,
        neural_engine: { ...unknown, performance_tops: null },
        metal_gpu: { ...unknown, memory_bandwidth_gbs: null },
        coordination_stats: {
          handoffs_per_second: perSecond,
          avg_handoff_time_ns: averageNs,
          zero_copy_operations: coordinator.counts.zeroCopy,
          pipeline_efficiency: coordinator.efficiency,
          cache_hits: coordinator.counts.repeated,
        },
        unified_memory: {
          total_gb: machine.memoryTotalBytes / GIGABYTE,
          used_gb: memoryUsedBytes(machine) / GIGABYTE,
          bandwidth_gbs: machine.copyBandwidthGbs,
          zero_copy_enabled: neural?.transport === 'memory',
        },
        workers: [...pool.workers],
        timestamp: isoFromMs(clock.now()),
      };
    },
  ),
  get(
    `${PREFIX}/stats`,
    {
      summary: 'Tasks since the start, what waits, and what was copied to Engine Logic.',
      response: z.object({
        tasks: counts, waiting: z.object({ tasks: z.int(), bytes: z.int(), expected_wait_ms: z.number() }), workers: z.array(worker), worker_crashes: z.int(), messages_mirrored: z.int(),
      }),
    },
    (_input, { state }) => ({
      tasks: { ...state.coordinator.counts }, waiting: { ...state.coordinator.waiting }, workers: [...state.pool.workers], worker_crashes: state.pool.crashes, messages_mirrored: state.mirrored,
    }),
  ),
  get(
    `${PREFIX}/active-computations`,
    {
      summary: 'Tasks that wait or run now.',
      response: z.object({
        count: z.int(),
        items: z.array(z.object({ task_id: z.string(), kind: z.string(), lane: z.enum(LANES), requester: z.string(), state: z.enum(['waiting', 'running']), age_ms: z.number() })),
      }),
    },
    (_input, { state }) => {
      const items = state.coordinator.active.map((item) => ({ ...item }));
      return { count: items.length, items };
    },
  ),
  get(
    `${PREFIX}/metal-gpu/capabilities`,
    {
      summary: 'Kernels that there are and what runs them. No other device was opened.',
      response: z.object({
        kernels: z.array(z.object({ kind: z.string(), backend: z.literal('cpu'), device: z.string(), accelerated: z.literal(false) })),
        workers: z.int(), precision: z.array(z.string()), cuda_devices_seen: z.int().describe('Device files that the driver offers; none was opened.'), wasm_simd: z.boolean(),
      }),
    },
    (_input, { state: { machine, pool } }) => ({
      kernels: KERNEL_NAMES.map((kind) => ({ kind, backend: 'cpu' as const, device: machine.device, accelerated: false as const })),
      workers: pool.size,
      precision: ['float64'],
      cuda_devices_seen: machine.hardware.cudaDevices.length,
      wasm_simd: machine.hardware.wasmSimd,
    }),
  ),
  get(
    `${PREFIX}/limits`,
    {
      summary: 'What is refused, and when.',
      response: z.object({ lane_tasks: z.int(), lane_bytes: z.int(), requester_tasks: z.int(), task_bytes: z.int(), result_kept_ms: z.int() }),
    },
    (_input, { settings }) => ({
      lane_tasks: settings.laneTasks, lane_bytes: settings.laneBytes, requester_tasks: Math.max(1, Math.floor(settings.laneTasks / 2)), task_bytes: MOST_BYTES, result_kept_ms: KEPT_MS,
    }),
  ),
];
