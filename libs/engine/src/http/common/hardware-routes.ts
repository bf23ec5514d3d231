import { freemem } from 'node:os';
import { z } from 'zod';
import { isoFromMs } from '@nautilus/model';
import { common } from './common-context.ts';

const reading = z.number().nullable();
const laneSchema = z.object({ enabled: z.boolean(), backend: z.string(), tasks_total: z.int().nullable() });

const hardwareSchema = z.object({
  engine: z.string(),
  platform: z.string(),
  arch: z.string(),
  cpu_model: z.string().nullable(),
  cpu_cores: z.int(),
  performance_cores: reading,
  efficiency_cores: reading,
  memory_total_bytes: z.int(),
  memory_used_bytes: z.int(),
  neural_engine: z.object({ available: z.boolean(), cores: reading, tops: reading, utilization_percent: reading }),
  metal_gpu: z.object({
    available: z.boolean(), cores: reading, memory_bandwidth_gbs: reading, utilization_percent: reading, temperature_celsius: reading, power_watts: reading,
  }),
  cuda: z.object({ available: z.boolean(), devices: z.array(z.object({ index: z.int(), model: z.string().nullable() })) }),
  simd: z.object({ wasm_simd: z.boolean(), threads: z.int() }),
  thermal_state: z.string().nullable(),
  backend: z.string(),
  accelerated: z.boolean(),
  routing: z.object({
    auto: z.boolean(),
    lanes: z.object({ neural: laneSchema, gpu: laneSchema, hybrid: laneSchema, cpu_performance: laneSchema, cpu_efficiency: laneSchema }),
  }),
  memory_pools: z.array(z.object({ name: z.string(), bytes: z.int(), in_use: z.int(), hit_rate: reading })),
  timestamp: z.string(),
});

export const hardwareRoutes = [
  common.get(
    '/hardware/status',
    { summary: 'What the probes found; a sensor that was not read is null.', response: hardwareSchema },
    (_input, { deps }) => {
      const { hardware } = deps.health.probes();
      const { routing, backend } = hardware;
      // Nothing in this process counts tasks by lane, so the number is unknown and not zero.
      const lane = (enabled: boolean) => ({ enabled, backend, tasks_total: null });
      return {
        engine: deps.context.engine.engine,
        platform: hardware.platform,
        arch: hardware.arch,
        cpu_model: hardware.cpuModel,
        cpu_cores: hardware.cpuCores,
        performance_cores: null,
        efficiency_cores: null,
        memory_total_bytes: hardware.memoryTotalBytes,
        memory_used_bytes: hardware.memoryTotalBytes - freemem(),
        neural_engine: { available: false, cores: null, tops: null, utilization_percent: null },
        metal_gpu: { available: false, cores: null, memory_bandwidth_gbs: null, utilization_percent: null, temperature_celsius: null, power_watts: null },
        cuda: { available: hardware.cudaDevices.length > 0, devices: hardware.cudaDevices.map((device) => ({ ...device })) },
        simd: { wasm_simd: hardware.wasmSimd, threads: hardware.threads },
        thermal_state: null,
        backend,
        accelerated: hardware.accelerated,
        routing: {
          auto: routing.auto,
          lanes: {
            neural: lane(routing.neural),
            gpu: lane(routing.gpu),
            hybrid: lane(routing.neural && routing.gpu),
            cpu_performance: lane(true),
            cpu_efficiency: lane(true),
          },
        },
        memory_pools: [],
        timestamp: isoFromMs(deps.context.clock.now()),
      };
    },
  ),
];
