import { run } from '@nautilus/engine';
import { vpinEnhanced } from './engine.ts';

await run(vpinEnhanced);
