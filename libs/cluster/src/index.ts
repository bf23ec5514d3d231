export { openCluster, type Cluster, type Pod } from './cluster.ts';
export { Lease, type LeaseOptions } from './lease.ts';
