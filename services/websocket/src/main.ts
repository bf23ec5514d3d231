import { run } from '@nautilus/engine';
import { websocket } from './engine.ts';

await run(websocket);
