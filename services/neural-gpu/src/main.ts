import { run } from '@nautilus/engine';
import { neuralGpu } from './engine.ts';

await run(neuralGpu);
