import { run } from '@nautilus/engine';
import { features } from './engine.ts';

await run(features);
