import { run } from '@nautilus/engine';
import { marketdata } from './engine.ts';

await run(marketdata);
