import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { probeHardware } from './hardware.ts';

const folder = mkdtempSync(join(tmpdir(), 'nautilus-hardware-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ROUTING = { auto: true, neural: true, gpu: false };

describe('the hardware report', () => {
  it('claims no device where there are no device files', () => {
    const report = probeHardware(ROUTING, { devices: join(folder, 'none'), driver: join(folder, 'none') });
    expect(report).toMatchObject({ cudaDevices: [], accelerated: false, backend: 'cpu', routing: ROUTING });
  });

  it('lists devices by their files, with the model only when the driver tells it, and still does not call them accelerating', () => {
    const [devices, driver] = [join(folder, 'dev'), join(folder, 'driver')];
    mkdirSync(join(driver, '0000:01:00.0'), { recursive: true });
    mkdirSync(devices);
    for (const name of ['nvidia10', 'nvidia2', 'nvidiactl', 'nvidia-uvm', 'null']) writeFileSync(join(devices, name), '');
    writeFileSync(join(driver, '0000:01:00.0', 'information'), 'Model: \t\t NVIDIA H200\nIRQ:   \t\t 98\nDevice Minor: \t 2\n');
    const report = probeHardware(ROUTING, { devices, driver });
    expect(report.cudaDevices).toEqual([{ index: 2, model: 'NVIDIA H200' }, { index: 10, model: null }]);
    expect(report.accelerated).toBe(false);
  });

  it('finds SIMD where the runtime has it, which every supported Node has', () => {
    expect(probeHardware(ROUTING).wasmSimd).toBe(true);
  });
});
