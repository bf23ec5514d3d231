/** Sockets are open files: 15,000 clients, their buses and the database need room (engine page, "Speed"). */
export const NEEDED_OPEN_FILES = 32_768;

/** The soft limit in the text of `/proc/self/limits`; undefined where there is no such line or no limit. */
export function openFilesLimit(limits: string): number | undefined {
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
  return soft === undefined ? undefined : Number(soft);
}
