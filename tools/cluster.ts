/**
 * Nautilus on a kind cluster of this machine.
 *
 *   node tools/cluster.ts up [--nodes one-node|two-node] [--fresh] [--values FILE] [--set KEY=VALUE]
 *   node tools/cluster.ts forward   forwards every port of the contract to localhost until it is stopped
 *   node tools/cluster.ts dump DIR  events, descriptions and logs of all pods
 *   node tools/cluster.ts promote ENGINE [--window 5m]   compares the canary with stable and promotes it, or sets its weight to 0 when it is worse
 *   node tools/cluster.ts down      removes the cluster
 */
import { parseArgs } from 'node:util';
import { createCluster, deleteCluster, loadImages } from './cluster/kind.ts';
import { debugDump } from './cluster/debug-dump.ts';
import { forwardAll, forwardInBackground, stopForwarding } from './cluster/forward.ts';
import { install } from './cluster/install.ts';
import { promote } from './cluster/promote.ts';
import { needPrograms } from './cluster/shell.ts';

const USAGE = `Usage: node tools/cluster.ts up|down|forward|promote ENGINE|dump [DIR] [--nodes one-node|two-node] [--fresh] [--values FILE] [--set KEY=VALUE] [--release NAME] [--namespace NAME]`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    nodes: { type: 'string', default: 'one-node' },
    fresh: { type: 'boolean', default: false },
    values: { type: 'string', multiple: true, default: [] },
    set: { type: 'string', multiple: true, default: [] },
    release: { type: 'string', default: 'nautilus' },
    namespace: { type: 'string', default: 'nautilus' },
    window: { type: 'string', default: '5m' },
    help: { type: 'boolean', default: false },
  },
});
const [command, argument] = positionals;
const target = { release: values.release, namespace: values.namespace };

if (values.help) console.log(USAGE);
else {
  switch (command) {
    case 'up':
      needPrograms();
      if (values.fresh) deleteCluster();
      await createCluster(values.nodes);
      await install({ ...target, images: await loadImages(), valueFiles: values.values, settings: values.set });
      await forwardInBackground(target);
      break;
    case 'forward':
      await forwardAll(target);
      break;
    case 'promote':
      if (argument === undefined) throw new Error('name the engine: node tools/cluster.ts promote ENGINE');
      if (!(await promote({ ...target, engine: argument, window: values.window }))) process.exitCode = 1;
      break;
    case 'dump':
      debugDump(argument ?? 'debug-dump');
      break;
    case 'down':
      stopForwarding();
      deleteCluster();
      break;
    default:
      console.error(USAGE);
      process.exitCode = 1;
  }
}
