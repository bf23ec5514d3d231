/** Services talk over HTTP and topics only; a relative import must stay inside its own service. */
export const noServiceImportsAnother = {
  meta: { type: 'problem', schema: [], messages: { foreign: 'A service may not import from outside its own folder: {{source}}.' } },
  create(context) {
    const inside = /\/services\/[^/]+\/(.*)$/.exec(context.filename.replaceAll('\\', '/'));
    if (inside === null) return {};
    const depth = inside[1].split('/').length;
    const check = (node) => {
      const source = node.source?.value;
      if (typeof source !== 'string' || !source.startsWith('..')) return;
      const ups = source.split('/').filter((part) => part === '..').length;
      if (ups >= depth) context.report({ node, messageId: 'foreign', data: { source } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};
