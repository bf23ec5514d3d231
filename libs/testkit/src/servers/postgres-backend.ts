/** How a PostgreSQL server of the testkit is run; the programs of this machine and a container do it alike. */
export interface PostgresBackend {
  /** Starts it with its data, as often as asked; resolves when `ready` does. */
  start(ready: () => Promise<unknown>): Promise<void>;
  /** Ends it in good order, data kept. */
  end(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends it for good and removes its data. */
  dispose(): Promise<void>;
}

export interface PostgresLaunch {
  readonly port: number;
  /** Name of the superuser, who needs no password. */
  readonly user: string;
  /** Server settings by name. */
  readonly settings: Readonly<Record<string, string>>;
}

export function settingArguments(settings: Readonly<Record<string, string>>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
