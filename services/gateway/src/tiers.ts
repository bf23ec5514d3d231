/** Fixed sets of ports that operators scale and report by (contract.md, section 1.1). */
const CORE = [8100, 8200, 8300, 8400, 8500, 8600, 8700, 8800, 8900];
const ALL = [...CORE, 8101, 8201, 8301, 8401, 8110, 8950, 9000, 10000, 10001, 10002].sort((a, b) => a - b);

const TIERS: Readonly<Record<string, readonly number[]>> = {
  core9: CORE,
  mesh12: [...CORE, 8950, 9000, 10000],
  standard13: [...CORE, 8110, 9000, 10000, 10001],
  production18: ALL.filter((port) => port !== 8950),
  all19: ALL,
};

export const TIER_NAMES = Object.keys(TIERS);

/** Each tier with those of its ports that are built: what does not exist yet is not listed. */
export function tiersOf(builtPorts: readonly number[]): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    Object.entries(TIERS).map(([name, ports]) => [name, ports.filter((port) => builtPorts.includes(port))]),
  );
}

export function tierNamesOf(port: number): readonly string[] {
  return TIER_NAMES.filter((name) => TIERS[name]?.includes(port) === true);
}
