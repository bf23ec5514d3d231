import type { KeptAnswer, KeptAnswers } from './ports.ts';

/** Answers that end with the process: for tests, and where no folder is set. */
export function keptInMemory(): KeptAnswers {
  const answers = new Map<string, KeptAnswer>();
  return {
    get: async (source, key) => answers.get(`${source}:${key}`),
    put: async (source, key, answer) => void answers.set(`${source}:${key}`, answer),
  };
}
