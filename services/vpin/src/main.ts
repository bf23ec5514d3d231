import { run } from '@nautilus/engine';
import { vpin } from './engine.ts';

await run(vpin);
