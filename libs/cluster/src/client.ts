/**
 * What we use of the client, named one by one: the whole of it is twice as large. Only `openCluster` loads this file,
 * and only when it is called.
 */
export { CoordinationV1Api, CoreV1Api, KubeConfig, PatchStrategy, setHeaderOptions, V1MicroTime } from '@kubernetes/client-node';
