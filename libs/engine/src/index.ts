export * from './declaration.ts';
export * from './context.ts';
export * from './route.ts';
export * from './forward.ts';
export * from './fanout/index.ts';
export type { MetricDeclaration, MetricDeclarations, MetricsOf } from './metrics.ts';
export type { Setting, SettingsShape } from './settings.ts';
export type { Logger } from './log.ts';
export type { Jobs, JobState, JobDeclaration, JobRun } from './jobs/jobs.ts';
