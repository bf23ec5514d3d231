import { run } from '@nautilus/engine';
import { redisExporter } from './engine.ts';

await run(redisExporter);
