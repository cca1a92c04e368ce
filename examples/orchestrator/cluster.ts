import { DEFAULT_CLUSTER_NAME, NodeRole, NodeSpecMembership, NodeStatusState, all, byName, newId } from 'swarmstate';
import type { Tx } from 'swarmstate';
import { parseConstraint } from './loops/constraints.ts';

/** A node of the simulated cluster. */
export interface NodePlan {
  readonly hostname: string;
  readonly manager?: boolean;
  readonly labels?: { readonly [name: string]: string };
  readonly cpus?: number;
  readonly memoryGigabytes?: number;
  readonly architecture?: string;
}

/** The cluster for a Compose file when the store has none yet. */
const sampleNodes: readonly NodePlan[] = [
  { hostname: 'manager-1', manager: true, labels: { zone: 'a' }, cpus: 4, memoryGigabytes: 8 },
  { hostname: 'worker-1', labels: { zone: 'a', disk: 'ssd' }, cpus: 8, memoryGigabytes: 16 },
  { hostname: 'worker-2', labels: { zone: 'b', disk: 'ssd' }, cpus: 8, memoryGigabytes: 16 },
  { hostname: 'worker-3', labels: { zone: 'b' }, cpus: 8, memoryGigabytes: 16 },
  { hostname: 'worker-4', labels: { zone: 'c' }, cpus: 8, memoryGigabytes: 16, architecture: 'aarch64' },
];

/** Adds the cluster object, which holds the settings, unless there is one. */
export function ensureCluster(tx: Tx): void {
  if (tx.clusters.count(byName(DEFAULT_CLUSTER_NAME)) > 0) return;
  tx.clusters.create({
    id: newId(),
    spec: { annotations: { name: DEFAULT_CLUSTER_NAME }, orchestration: { taskHistoryRetentionLimit: 5 } },
  });
}

/** Adds a node in the state after its join, with the resources that its agent reports. */
export function addNode(tx: Tx, plan: NodePlan, id: string = newId()): void {
  const role = plan.manager === true ? NodeRole.MANAGER : NodeRole.WORKER;
  tx.nodes.create({
    id,
    role,
    spec: {
      annotations: { name: plan.hostname, labels: plan.labels },
      desiredRole: role,
      membership: NodeSpecMembership.ACCEPTED,
    },
    description: {
      hostname: plan.hostname,
      platform: { os: 'linux', architecture: plan.architecture ?? 'x86_64' },
      resources: { nanoCpus: (plan.cpus ?? 4) * 1e9, memoryBytes: (plan.memoryGigabytes ?? 8) * 2 ** 30 },
      engine: { engineVersion: 'simulated' },
    },
    status: { state: NodeStatusState.READY },
  });
}

/**
 * Adds the sample nodes if the store has no node; returns true when it added them. The first two workers also get the
 * labels that placement constraints demand and no sample node has. A Compose file for another cluster therefore runs on
 * this one.
 */
export function ensureNodes(tx: Tx, constraints: readonly string[]): boolean {
  if (tx.nodes.count(all) > 0) return false;
  const labels = missingLabels(constraints);
  let equipped = 0;
  for (const plan of sampleNodes) {
    const equip = plan.manager !== true && equipped < 2;
    if (equip) equipped++;
    addNode(tx, equip ? { ...plan, labels: { ...plan.labels, ...labels } } : plan);
  }
  return true;
}

function missingLabels(constraints: readonly string[]): { readonly [name: string]: string } {
  const labels: { [name: string]: string } = {};
  for (const constraint of constraints.map(parseConstraint)) {
    if (constraint?.equal !== true || !constraint.attribute.startsWith('node.labels.')) continue;
    const name = constraint.attribute.slice('node.labels.'.length);
    if (sampleNodes.some((plan) => plan.labels?.[name] === constraint.value)) continue;
    labels[name] = constraint.value;
  }
  return labels;
}
