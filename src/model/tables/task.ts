import type { Task } from '../../wire/generated/task.ts';
import { pairKey } from '../schema/index-key.ts';
import { taskName } from './task-name.ts';
import { customIndex, index, nameIndex } from '../schema/table-declaration.ts';
import type { TableDeclaration } from '../schema/table-declaration.ts';
import { referenceIndexes } from './task-spec-indexes.ts';

export const taskFinders = [
  'byName',
  'byNamePrefix',
  'byRuntime',
  'byDesiredState',
  'byTaskState',
  'byNodeId',
  'byServiceId',
  'bySlot',
  'byReferencedNetworkId',
  'byReferencedSecretId',
  'byReferencedConfigId',
  'byVolumeAttachment',
  'byCustom',
  'byCustomPrefix',
] as const;

/** True when the {@link taskName} of both objects is the same. May be false for equal names. */
function sameName(before: Task, after: Task): boolean {
  return (
    before.slot === after.slot &&
    before.nodeId === after.nodeId &&
    (before.annotations === after.annotations || before.annotations.name === after.annotations.name) &&
    (before.serviceAnnotations === after.serviceAnnotations ||
      before.serviceAnnotations.name === after.serviceAnnotations.name)
  );
}

/** The table of tasks. Names may repeat. */
export const taskTable: TableDeclaration<'task'> = {
  kind: 'task',
  indexes: [
    nameIndex(taskName, sameName),
    index(
      'serviceId',
      (task) => task.serviceId,
      (before, after) => before.serviceId === after.serviceId,
    ),
    index(
      'nodeId',
      (task) => task.nodeId,
      (before, after) => before.nodeId === after.nodeId,
    ),
    index(
      'slot',
      (task) => pairKey(task.serviceId, String(task.slot)),
      (before, after) => before.slot === after.slot && before.serviceId === after.serviceId,
    ),
    index(
      'desiredState',
      (task) => String(task.desiredState),
      (before, after) => before.desiredState === after.desiredState,
    ),
    index(
      'taskState',
      (task) => String(task.status.state),
      (before, after) => before.status.state === after.status.state,
    ),
    ...referenceIndexes<Task>(
      (task) => task.spec,
      (task) => task.spec,
      (task) => task.spec.networks,
    ),
    index(
      'volumeAttachment',
      (task) => task.volumes.map((attachment) => attachment.id),
      (before, after) => before.volumes === after.volumes,
    ),
    customIndex((task) => task.annotations),
  ],
  finders: taskFinders,
  rules: {},
};
