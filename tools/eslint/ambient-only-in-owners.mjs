/**
 * Environment, clock, chance and timers are parameters; only these files, which the composition root uses,
 * may take them from the surroundings. The browser application is its own composition root, and so is a
 * worker thread; the client library gives browsers and Node theirs.
 */
const OWNERS = {
  environment: ['libs/engine/src/settings.ts'],
  clock: ['libs/engine/src/ambient.ts', 'libs/client/src/platform-ports.ts', 'services/dashboard/src/app/', 'services/neural-gpu/src/worker.ts'],
  chance: ['libs/engine/src/ambient.ts', 'libs/client/src/platform-ports.ts', 'services/dashboard/src/app/'],
  timers: ['libs/engine/src/ambient.ts', 'libs/client/src/platform-ports.ts', 'services/dashboard/src/app/'],
};

const MEMBERS = new Map(Object.entries({
  'process.env': 'environment',
  'Date.now': 'clock',
  'performance.now': 'clock',
  'process.hrtime': 'clock',
  'Math.random': 'chance',
  'crypto.randomUUID': 'chance',
  'crypto.getRandomValues': 'chance',
}));
const CALLS = new Map(Object.entries({ setTimeout: 'timers', setInterval: 'timers' }));

export const ambientOnlyInOwners = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { ambient: '{{what}} ({{kind}}) is taken from the surroundings; take it as a parameter. Owners: {{owners}}.' },
  },
  create(context) {
    const file = context.filename.replaceAll('\\', '/');
    const report = (node, what, kind) => {
      if (OWNERS[kind].some((owner) => file.includes(`/${owner}`))) return;
      context.report({ node, messageId: 'ambient', data: { what, kind, owners: OWNERS[kind].join(', ') } });
    };
    return {
      MemberExpression(node) {
        if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
        const what = `${node.object.name}.${node.property.name}`;
        const kind = MEMBERS.get(what);
        if (kind !== undefined) report(node, what, kind);
      },
      CallExpression(node) {
        if (node.callee.type !== 'Identifier') return;
        const kind = CALLS.get(node.callee.name);
        if (kind !== undefined) report(node, node.callee.name, kind);
      },
      NewExpression(node) {
        if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) report(node, 'new Date()', 'clock');
      },
    };
  },
};
