import type { Kind } from '../wire/generated/kinds.ts';

/**
 * Paths to fields of an object, by kind. `[]` stands for each element of a list, `.` leads into a message. The last
 * name is the field that is emptied.
 */
export type FieldsByKind = { readonly [K in Kind]: readonly string[] };

/**
 * The fields that nobody but a manager may see: data of secrets, keys of certificate authorities and networks, unlock
 * keys, join tokens, credentials for registries. Each of these values lets its holder act as somebody else.
 */
export const secretFields: FieldsByKind = {
  cluster: [
    'rootCa.caKey',
    'rootCa.joinTokens.worker',
    'rootCa.joinTokens.manager',
    'rootCa.rootRotation.caKey',
    'spec.caConfig.signingCaKey',
    'spec.acceptancePolicy.policies[].secret.data',
    'networkBootstrapKeys[].key',
    'unlockKeys[].key',
  ],
  config: [],
  extension: [],
  network: [],
  node: [],
  resource: [],
  secret: ['spec.data'],
  service: [
    'spec.task.container.pullOptions.registryAuth',
    // The spec before the last update is kept for a roll-back.
    'previousSpec.task.container.pullOptions.registryAuth',
  ],
  task: ['spec.container.pullOptions.registryAuth'],
  volume: [],
};

/** Fields of a task's spec that users often put passwords into, though they are no place for these. */
const doubtfulInTasks = [
  'container.env',
  'container.command',
  'container.args',
  'container.healthcheck.test',
  'container.mounts[].volumeOptions.driverConfig.options',
  'generic.payload.value',
  'logDriver.options',
];

/** Fields that `'strict'` empties besides {@link secretFields}: users or plugins may have put passwords into them. */
export const doubtfulFields: FieldsByKind = {
  cluster: ['spec.taskDefaults.logDriver.options', 'spec.caConfig.externalCas[].options'],
  config: ['spec.data'],
  extension: [],
  network: ['spec.driverConfig.options', 'spec.ipam.driver.options', 'driverState.options', 'ipam.driver.options'],
  node: [],
  resource: ['payload.value'],
  secret: ['spec.driver.options', 'spec.templating.options'],
  service: [
    ...doubtfulInTasks.map((field) => `spec.task.${field}`),
    ...doubtfulInTasks.map((field) => `previousSpec.task.${field}`),
  ],
  task: [
    ...doubtfulInTasks.map((field) => `spec.${field}`),
    'logDriver.options',
    'networks[].network.spec.driverConfig.options',
    'networks[].network.driverState.options',
  ],
  volume: ['spec.driver.options', 'volumeInfo.volumeContext', 'publishStatus[].publishContext'],
};
