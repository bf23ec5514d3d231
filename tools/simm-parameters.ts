import { readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { parameterModule } from './simm/parameter-module.ts';
import { readCalibration } from './simm/read-calibration.ts';

/** Turns a calibration file of ISDA SIMM into the module that libs/quant calculates with. Exits 0, 1 (bad file) or 2 (bad call). */

const HELP = `Turns a calibration of ISDA SIMM into a module of typed parameters.

  node tools/simm-parameters.ts FILE.xml[.gz] [--out FILE.ts] [--name CONSTANT]

  FILE          calibration in the XML format of the Open Source Risk Engine
  --out FILE    where to write (default libs/quant/src/margin/simm/simm-2-5.ts)
  --name NAME   the constant that the module exports (default SIMM_2_5)
  --help        this text

A repeated run writes the same file.
`;

class BadCall extends Error {}

function readArguments() {
  try {
    return parseArgs({ allowPositionals: true, options: { out: { type: 'string' }, name: { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
  } catch (error) {
    throw new BadCall(error instanceof Error ? error.message : String(error));
  }
}

function main(): void {
  const { values, positionals } = readArguments();
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const [file, ...rest] = positionals;
  if (file === undefined || rest.length > 0) throw new BadCall('name one calibration file');
  const { out = 'libs/quant/src/margin/simm/simm-2-5.ts', name = 'SIMM_2_5' } = values;
  if (!/^[A-Z][A-Z0-9_]*$/.test(name)) throw new BadCall('--name must be a constant such as SIMM_2_5');
  const bytes = readFileSync(file);
  const parameters = readCalibration((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
  writeFileSync(out, parameterModule(parameters, name, basename(file)));
  process.stdout.write(`${out}: ISDA SIMM ${parameters.version}, ${parameters.horizonDays} days\n`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(error instanceof BadCall ? `${error.message}\nSee --help.\n` : `${error.message}\n`);
  process.exitCode = error instanceof BadCall ? 2 : 1;
}
