/** A topic written as text elsewhere would escape the table that routes, documents and tests topics. */
const OWNERS = ['libs/model/src/topics.ts', 'libs/model/src/matrix.ts'];
const FAMILIES =
  /^(market_data|price\.update|volume\.update|trade\.execution|data\.(request|reply)|ml\.prediction|vpin\.calculation|analytics\.result|factor\.(calculation|update|model|return)|portfolio\.(update|rebalance|risk)|compute\.(request|result)|hardware\.metric|strategy\.signal|order\.request|risk\.(metric|alert)|performance\.metric|position\.change|feature\.(calculation|update)|features\.\*|backtest\.(start|progress|complete|error)|engine\.health|(error|system|toxicity|margin|flash_crash)\.alert|system\.(failure|health)|websocket\.broadcast|collateral\.margin)(\.[A-Za-z0-9_*${}-]*)+$/;

export const topicNamesInOnePlace = {
  meta: { type: 'problem', schema: [], messages: { topic: 'Take the topic from `topics` of @nautilus/model instead of writing "{{text}}".' } },
  create(context) {
    const file = context.filename.replaceAll('\\', '/');
    if (OWNERS.some((owner) => file.endsWith(owner))) return {};
    const check = (node, text) => {
      if (FAMILIES.test(text)) context.report({ node, messageId: 'topic', data: { text } });
    };
    return {
      Literal(node) {
        if (typeof node.value === 'string') check(node, node.value);
      },
      TemplateLiteral(node) {
        check(node, node.quasis.map((quasi) => quasi.value.raw).join('$'));
      },
    };
  },
};
