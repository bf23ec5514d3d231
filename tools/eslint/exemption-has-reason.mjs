/** `// eslint-disable-next-line rule -- why`: an exemption without its reason is not accepted. */
export const exemptionHasReason = {
  meta: { type: 'problem', schema: [], messages: { reason: 'State the reason after "--" on the line of the exemption.' } },
  create(context) {
    return {
      Program() {
        for (const comment of context.sourceCode.getAllComments()) {
          const text = comment.value.trim();
          const isExemption = text.startsWith('eslint-disable') || text.startsWith('@ts-expect-error');
          if (isExemption && !/--\s*\S|@ts-expect-error\s+\S/.test(text)) context.report({ loc: comment.loc, messageId: 'reason' });
        }
      },
    };
  },
};
