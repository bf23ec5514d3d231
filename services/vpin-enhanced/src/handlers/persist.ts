import { InvalidInputError, type Message } from '@nautilus/model';
import type { Context } from '../context.ts';
import { enhancedSchema, type Enhanced } from '../wire.ts';

/** Sink of this engine's own results. A row that exists already is left as it is, so twice has the effect of once. */
export async function persist(messages: readonly Message[], context: Context): Promise<void> {
  const enhanced = messages.map(parse);
  const { microstructure } = context.store;
  // One value per measure and minute is kept; what a bucket adds between is on the bus.
  const results = enhanced.filter(({ trigger }) => trigger === 'minute').flatMap(({ symbol, timestamp, measures, source, provenance }) =>
    Object.entries(measures).map(([measure, { value, standard_error: standardError, n, window, reason }]) => ({
      symbol, measure, window, time: Date.parse(timestamp), value, standardError, observations: n, quality: reason ?? null, source, provenance,
    })),
  );
  const estimates = enhanced.flatMap(({ symbol, timestamp, ivpin_estimate: estimate, provenance }) => (estimate === null ? [] : {
    symbol, model: estimate.model, time: Date.parse(timestamp), probability: estimate.probability, standardError: estimate.standard_error,
    logLikelihood: estimate.log_likelihood, observations: estimate.n, converged: estimate.converged, parameters: { ...estimate.parameters, lot: estimate.lot }, provenance,
  }));
  const events = enhanced.flatMap(({ symbol, flash_crash_event: event, provenance }) => (event === null || event.score === null ? [] : {
    symbol, id: event.id, time: Date.parse(event.timestamp), score: event.score, level: event.level, levelBefore: event.level_before,
    inputs: { ...event.inputs, depth_source: event.depth_source, causes: event.causes, missing: event.missing }, provenance,
  }));
  await Promise.all([
    results.length === 0 ? undefined : microstructure.appendResults(results),
    estimates.length === 0 ? undefined : microstructure.appendPinEstimates(estimates),
    events.length === 0 ? undefined : microstructure.appendFlashCrashEvents(events),
  ]);
}

function parse({ payload }: Message): Enhanced {
  const parsed = enhancedSchema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw new InvalidInputError(parsed.error.issues.map((issue) => ({ path: `payload.${issue.path.join('.')}`, message: issue.message })));
}
