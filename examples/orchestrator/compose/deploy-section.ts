import {
  EndpointSpecResolutionMode,
  RestartPolicyRestartCondition,
  UpdateConfigFailureAction,
  UpdateConfigUpdateOrder,
} from 'swarmstate';
import type {
  PlacementInput,
  ResourceRequirementsInput,
  RestartPolicyInput,
  UpdateConfigInput,
} from 'swarmstate/proto';
import { constraintAttributes, parseConstraint } from '../loops/constraints.ts';
import { readPairs, readResources } from './parts.ts';
import type { Value } from './value.ts';

const modes = ['replicated', 'global', 'replicated-job', 'global-job'] as const;

/** The `deploy` section of a service. */
export interface Deploy {
  readonly mode: (typeof modes)[number];
  /** Of a job: how many of its tasks have to come to an end. */
  readonly replicas: number;
  readonly endpointMode: EndpointSpecResolutionMode;
  readonly labels: { readonly [name: string]: string };
  readonly placement: PlacementInput | undefined;
  readonly restart: RestartPolicyInput;
  readonly resources: ResourceRequirementsInput | undefined;
  readonly update: UpdateConfigInput;
  readonly rollback: UpdateConfigInput;
}

const seconds = (amount: number): { readonly seconds: number } => ({ seconds: amount });

// The defaults are swarmkit's. Its manager sets them when a service is created; this importer does the same, because
// the store reads a missing condition as "never".
const defaultRestart: RestartPolicyInput = { condition: RestartPolicyRestartCondition.ANY, delay: seconds(5) };
const defaultUpdate: UpdateConfigInput = {
  parallelism: 1,
  failureAction: UpdateConfigFailureAction.PAUSE,
  monitor: seconds(5),
  order: UpdateConfigUpdateOrder.STOP_FIRST,
};

/** The settings of a service without a `deploy` section. */
export const defaultDeploy: Deploy = {
  mode: 'replicated',
  replicas: 1,
  endpointMode: EndpointSpecResolutionMode.VIP,
  labels: {},
  placement: undefined,
  restart: defaultRestart,
  resources: undefined,
  update: defaultUpdate,
  rollback: defaultUpdate,
};

/** Reads the `deploy` section of a service. A job has no updates, and ends: it is restarted on failures only. */
export function readDeploy(value: Value): Deploy {
  const deploy: { -readonly [K in keyof Deploy]: Deploy[K] } = { ...defaultDeploy };
  let replicas: Value | undefined;
  let update: Value | undefined;
  let condition: Value | undefined;
  value.read({
    mode: (member) => (deploy.mode = member.oneOf(...modes) ?? deploy.mode),
    endpoint_mode: (member) =>
      (deploy.endpointMode =
        member.oneOf('vip', 'dnsrr') === 'dnsrr' ? EndpointSpecResolutionMode.DNSRR : EndpointSpecResolutionMode.VIP),
    replicas: (member) => {
      replicas = member;
      deploy.replicas = member.count() ?? deploy.replicas;
    },
    labels: (member) => (deploy.labels = readPairs(member, () => '')),
    placement: (member) => (deploy.placement = readPlacement(member)),
    restart_policy: (member) => {
      condition = member.member('condition');
      deploy.restart = readRestart(member);
    },
    resources: (member) => {
      const resources: {
        limits?: ResourceRequirementsInput['limits'];
        reservations?: ResourceRequirementsInput['reservations'];
      } = {};
      member.read({
        limits: (part) => (resources.limits = readResources(part)),
        reservations: (part) => (resources.reservations = readResources(part)),
      });
      deploy.resources = resources;
    },
    update_config: (member) => {
      update = member;
      deploy.update = readUpdate(member, true);
    },
    rollback_config: (member) => (deploy.rollback = readUpdate(member, false)),
  });
  if (deploy.mode.startsWith('global'))
    replicas?.warn(`${value.path}.replicas has no effect: a global service has one task on each node`);
  if (isJob(deploy)) {
    update?.warn(`${update.path} has no effect: a job is not updated`);
    if (deploy.restart.condition === RestartPolicyRestartCondition.ANY) {
      condition?.warn(`${condition.path}: a job that has succeeded is over, so it is restarted on failures only`);
      deploy.restart = { ...deploy.restart, condition: RestartPolicyRestartCondition.ON_FAILURE };
    }
  }
  return deploy;
}

/** True for a service whose tasks come to an end. */
export function isJob({ mode }: Deploy): boolean {
  return mode === 'replicated-job' || mode === 'global-job';
}

function readPlacement(value: Value): PlacementInput {
  const constraints: string[] = [];
  let maxReplicas: number | undefined;
  value.read({
    constraints: (member) => {
      for (const item of member.parts().flatMap((part) => part.list())) {
        const text = item.text();
        if (text === undefined) continue;
        if (parseConstraint(text) !== undefined) constraints.push(text);
        else
          item.error(
            `'${text}' is no constraint; write it as node.labels.disk == ssd, ` +
              `with == or != and one of ${constraintAttributes.join(', ')}`,
          );
      }
    },
    max_replicas_per_node: (member) => (maxReplicas = member.count()),
  });
  return { constraints, maxReplicas };
}

function readRestart(value: Value): RestartPolicyInput {
  const restart: { -readonly [K in keyof RestartPolicyInput]: RestartPolicyInput[K] } = { ...defaultRestart };
  const conditions = {
    none: RestartPolicyRestartCondition.NONE,
    'on-failure': RestartPolicyRestartCondition.ON_FAILURE,
    any: RestartPolicyRestartCondition.ANY,
  };
  // The words of the key `restart`, which Compose takes here as well.
  const others = { no: 'none', always: 'any', 'unless-stopped': 'any' } as const;
  value.read({
    condition: (member) => {
      const word = member.scalar() ?? '';
      const other = Object.hasOwn(others, word) ? others[word as keyof typeof others] : undefined;
      if (other !== undefined) member.warn(`${member.path}: a swarm has no '${word}', so ${other} is taken`);
      restart.condition = conditions[other ?? member.oneOf('none', 'on-failure', 'any') ?? 'any'];
    },
    delay: (member) => (restart.delay = member.duration()),
    max_attempts: (member) => (restart.maxAttempts = member.count()),
    window: (member) => (restart.window = member.duration()),
  });
  return restart;
}

/** Reads `update_config`, or `rollback_config`, which has no setting for a rollback. */
function readUpdate(value: Value, canRollBack: boolean): UpdateConfigInput {
  const update: { -readonly [K in keyof UpdateConfigInput]: UpdateConfigInput[K] } = { ...defaultUpdate };
  const actions = {
    pause: UpdateConfigFailureAction.PAUSE,
    continue: UpdateConfigFailureAction.CONTINUE,
    rollback: UpdateConfigFailureAction.ROLLBACK,
  };
  value.read({
    parallelism: (member) => (update.parallelism = member.count()),
    delay: (member) => (update.delay = member.duration()),
    failure_action: (member) => {
      const action = canRollBack ? member.oneOf('pause', 'continue', 'rollback') : member.oneOf('pause', 'continue');
      update.failureAction = actions[action ?? 'pause'];
    },
    monitor: (member) => (update.monitor = member.duration()),
    max_failure_ratio: (member) => {
      const ratio = member.number();
      if (ratio !== undefined && (ratio < 0 || ratio > 1))
        member.error(`${member.path} is between 0 and 1, not ${ratio}`);
      update.maxFailureRatio = ratio;
    },
    order: (member) =>
      (update.order =
        member.oneOf('stop-first', 'start-first') === 'start-first'
          ? UpdateConfigUpdateOrder.START_FIRST
          : UpdateConfigUpdateOrder.STOP_FIRST),
  });
  return update;
}
