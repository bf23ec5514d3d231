import type { KeptAnswer, KeptAnswers } from './ports.ts';

const LARGEST_CHARACTERS = 64 * 1024 * 1024;

/** Answers that end with the process, for where no folder is set. The oldest make room. */
export function keptInMemory(largestCharacters = LARGEST_CHARACTERS): KeptAnswers {
  const answers = new Map<string, KeptAnswer>();
  let characters = 0;
  const drop = (name: string): void => {
    characters -= answers.get(name)?.body.length ?? 0;
    answers.delete(name);
  };
  return {
    get: async (source, key) => answers.get(`${source}:${key}`),
    async put(source, key, answer) {
      const name = `${source}:${key}`;
      drop(name);
      answers.set(name, answer);
      characters += answer.body.length;
      for (const oldest of answers.keys()) {
        if (characters <= largestCharacters) break;
        drop(oldest);
      }
    },
  };
}
