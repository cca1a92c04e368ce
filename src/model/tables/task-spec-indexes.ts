import type { IndexDeclaration } from '../../engine/index/keys.ts';
import type { ContainerSpec } from '../../wire/generated/container.ts';
import type { NetworkAttachmentConfig } from '../../wire/generated/network.ts';
import type { TaskSpec } from '../../wire/generated/task.ts';
import { runtimeName } from './task-name.ts';
import { index } from '../schema/table-declaration.ts';

const none: readonly never[] = [];

/**
 * The indexes of the runtime, networks, secrets and configs of a task spec, for services and tasks. Only containers
 * refer to secrets and configs. `partOf` gives the part of the object that holds all of these fields.
 */
export function referenceIndexes<Row>(
  partOf: (object: Row) => object,
  specOf: (object: Row) => TaskSpec,
  networksOf: (object: Row) => readonly NetworkAttachmentConfig[],
): readonly IndexDeclaration<Row>[] {
  const containerOf = (object: Row): ContainerSpec | undefined => specOf(object).container;
  return [
    index(
      'runtime',
      (object) => runtimeName(specOf(object)),
      (before, after) => partOf(before) === partOf(after) || specOf(before) === specOf(after),
    ),
    index(
      'network',
      (object) => networksOf(object).map((network) => network.target),
      (before, after) => partOf(before) === partOf(after) || networksOf(before) === networksOf(after),
    ),
    index(
      'secret',
      (object) => (containerOf(object)?.secrets ?? none).map((reference) => reference.secretId),
      (before, after) =>
        partOf(before) === partOf(after) || containerOf(before)?.secrets === containerOf(after)?.secrets,
    ),
    index(
      'config',
      (object) => (containerOf(object)?.configs ?? none).map((reference) => reference.configId),
      (before, after) =>
        partOf(before) === partOf(after) || containerOf(before)?.configs === containerOf(after)?.configs,
    ),
  ];
}
