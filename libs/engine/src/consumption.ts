import { PatternSet, withAliases, type Message } from '@nautilus/model';
import type { Consumption, DeliveryContext } from '@nautilus/bus';
import type { AnyEngine, ConsumptionDeclaration } from './declaration.ts';
import type { EngineIdentity, ProvenanceTracker } from './context.ts';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the context's type is known where the handler was written
type AnyConsumption = ConsumptionDeclaration<any>;

/**
 * What an engine asks of the bus: one consumption per group, because two readers of one group would take each
 * other's messages. Within a group the first declaration that matches a topic handles it.
 */
export function consumptionsOf(
  declaration: AnyEngine,
  identity: EngineIdentity,
  options: { readonly universal: boolean; readonly context: unknown; readonly provenance: ProvenanceTracker },
): readonly Consumption[] {
  const groups = new Map<string, AnyConsumption[]>();
  for (const consumption of (declaration.consumes ?? []) as readonly AnyConsumption[]) {
    const group = groupOf(consumption, identity);
    groups.set(group, [...(groups.get(group) ?? []), consumption]);
  }
  return [...groups].map(([group, members]) => consumptionOf(group, members, options));
}

/** `vpin`, `vpin-triple` for the twin, `vpin-sink` with a suffix, `websocket-<instance>` when each replica reads all. */
function groupOf(consumption: AnyConsumption, identity: EngineIdentity): string {
  const parts = [identity.name];
  if (identity.architecture === 'triple_bus') parts.push('triple');
  if (consumption.groupSuffix !== undefined) parts.push(consumption.groupSuffix);
  if (consumption.perReplica === true) parts.push(identity.instance);
  return parts.join('-');
}

function consumptionOf(
  group: string,
  members: readonly AnyConsumption[],
  { universal, context, provenance }: Parameters<typeof consumptionsOf>[2],
): Consumption {
  const [first] = members;
  if (first === undefined) throw new Error(`group ${group} has no members`);
  if (members.some((m) => (m.includeOwn ?? false) !== (first.includeOwn ?? false))) {
    throw new Error(`group ${group} both includes and excludes own messages; give one of its consumptions a groupSuffix`);
  }
  if (members.some((m) => (m.anyTarget ?? false) !== (first.anyTarget ?? false))) {
    throw new Error(`group ${group} takes messages for other engines in one consumption only; give it a groupSuffix`);
  }
  if (members.some((m) => m.bus !== first.bus)) {
    throw new Error(`group ${group} reads a chosen bus in one consumption only; give it a groupSuffix`);
  }
  const resumeFrom = members.find((m) => m.resumeFrom !== undefined)?.resumeFrom?.(context);
  const common = {
    group,
    ...(members.some((m) => m.lingerMs === undefined) ? {} : { lingerMs: Math.min(...members.map((m) => m.lingerMs ?? 0)) }),
    patterns: members.map((m) => m.topic),
    concurrency: Math.max(...members.map((m) => m.concurrency ?? 1)),
    includeOwn: first.includeOwn ?? false,
    anyTarget: first.anyTarget ?? false,
    ephemeral: first.perReplica ?? false,
    ...(resumeFrom === undefined ? {} : { resumeFrom }),
    ...(first.bus === undefined ? {} : { bus: first.bus }),
  };
  const batch = first.batch;
  if (batch !== undefined && members.length === 1) {
    return {
      ...common,
      batch: (messages, delivery) => {
        const newest = messages.at(-1);
        if (newest !== undefined) provenance.observe(newest.provenance);
        return batch(messages, context, delivery);
      },
    };
  }
  if (members.some((m) => m.batch !== undefined)) {
    throw new Error(`group ${group} mixes a batch with other consumptions; give the batch a groupSuffix`);
  }
  const pick = picker(members, universal);
  return {
    ...common,
    handler: (message: Message, delivery: DeliveryContext) => {
      provenance.observe(message.provenance);
      return pick(message.topic)?.handler?.(message, context, delivery);
    },
  };
}

/** Finds the declaration for a topic, aliases included when they apply. */
function picker(members: readonly AnyConsumption[], universal: boolean): (topic: string) => AnyConsumption | undefined {
  const [only] = members;
  if (members.length === 1) return () => only;
  const byPattern = new Map<string, AnyConsumption>();
  // Own patterns of all first: an alias of one must not take what another asks for by name.
  for (const member of members) if (!byPattern.has(member.topic)) byPattern.set(member.topic, member);
  for (const member of members) {
    for (const { pattern } of universal ? withAliases([member.topic]) : []) {
      if (!byPattern.has(pattern)) byPattern.set(pattern, member);
    }
  }
  const set = new PatternSet([...byPattern.keys()]);
  // Neighbours mostly have one topic.
  let last: { readonly topic: string; readonly member: AnyConsumption | undefined } | undefined;
  return (topic) => {
    if (last?.topic !== topic) last = { topic, member: byPattern.get(set.matching(topic)[0] ?? '') };
    return last.member;
  };
}
