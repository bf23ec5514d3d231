import { run } from '@nautilus/engine';
import { redisExporter } from './exporter.ts';

await run(redisExporter);
