import { run } from '@nautilus/engine';
import { gateway } from './engine.ts';

await run(gateway);
