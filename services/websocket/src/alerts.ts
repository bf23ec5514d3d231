import { PatternSet, topics } from '@nautilus/model';

/** What `/ws/alerts` is subscribed to at once (contract.md, section 3.6), and what the message log keeps. */
export const ALERTS = new PatternSet([topics.riskAlert.all, topics.marginAlert.all, topics.toxicityAlert.all, topics.flashCrashAlert.all, topics.systemAlert.all]);
