import type { Cluster, Pod } from '@nautilus/cluster';
import type { Logger } from '@nautilus/engine';
import { asNautilusError } from '@nautilus/model';

const ROLE = 'nautilus.io/role';
/** Which of the servers a pod runs, e.g. `engine-logic`; the chart sets it. */
const SERVER = 'nautilus.io/redis';

type Role = 'primary' | 'replica';

export interface RolesOptions {
  readonly cluster: Pick<Cluster, 'pods' | 'labelPod'>;
  readonly selector: string;
  /** Asks the server itself; rejects when it does not answer. */
  readonly roleOf: (host: string, server: string) => Promise<Role | undefined>;
  readonly log: Pick<Logger, 'info' | 'warn' | 'debug'>;
}

/**
 * One look at all pods: each gets the label of the role that its server reports. A server that does not answer keeps
 * its label, because nothing is known about it. Replicas are labelled before primaries, so that a Service which
 * selects the primary leaves the old one before it finds the new one. Failures are logged; the next look tries again.
 */
export async function keepRoles({ cluster, selector, roleOf, log }: RolesOptions): Promise<void> {
  const seen = await tried(log, 'the pods cannot be listed', async () =>
    Promise.all((await cluster.pods(selector)).map(async (pod) => ({ pod, role: await roleOfPod(pod, roleOf, log) }))),
  );
  const changes = (seen ?? []).filter(({ pod, role }) => role !== undefined && pod.labels[ROLE] !== role);
  for (const wanted of ['replica', 'primary'] as const) {
    for (const { pod } of changes.filter(({ role }) => role === wanted)) {
      await tried(log, 'a pod cannot be labelled', async () => {
        await cluster.labelPod(pod.name, { [ROLE]: wanted });
        log.info({ pod: pod.name, role: wanted }, 'labelled a pod with its role');
      });
    }
  }
}

async function roleOfPod({ name, ip, ending, labels }: Pod, roleOf: RolesOptions['roleOf'], log: RolesOptions['log']): Promise<Role | undefined> {
  const server = labels[SERVER];
  if (ip === undefined || ending || server === undefined) return undefined;
  try {
    return await roleOf(ip, server);
  } catch (error) {
    log.debug({ pod: name, error }, 'the server of a pod does not answer');
    return undefined;
  }
}

/** Undefined after an error of ours, which is logged; a defect goes on. */
async function tried<T>(log: RolesOptions['log'], failure: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (asNautilusError(error) === undefined) throw error;
    log.warn({ error }, failure);
    return undefined;
  }
}
