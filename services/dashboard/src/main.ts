import { run } from '@nautilus/engine';
import { dashboard } from './engine.ts';

await run(dashboard);
