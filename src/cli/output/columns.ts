import { NodeRole, NodeSpecAvailability, NodeStatusState, PortConfigProtocol } from '../../wire/generated/enums.ts';
import { TaskState, VolumeSpecVolumeAvailability } from '../../wire/generated/enums.ts';
import type { Kind, Kinds } from '../../wire/generated/kinds.ts';
import type { Meta } from '../../wire/generated/common.ts';
import type { Service } from '../../wire/generated/service.ts';
import { enumName } from '../../wire/values/enum-name.ts';
import { objectName } from '../query/object-name.ts';
import type { Lookup } from './lookup.ts';
import { paintOfState } from './paint.ts';
import { relativeTime } from './relative-time.ts';
import type { Cell, TableColumn } from './table.ts';

/** A column of a kind's table. */
export interface Column<T> extends TableColumn {
  readonly cell: (object: T, look: Lookup) => Cell;
}

interface Stored {
  readonly id: string;
  readonly meta: Meta;
}

const id: Column<Stored> = { title: 'ID', cell: (object, look) => look.id(object.id) };
const created: Column<Stored> = {
  title: 'CREATED',
  cell: (object, look) => relativeTime(look.now, object.meta.createdAt),
};
const updated: Column<Stored> = {
  title: 'UPDATED',
  cell: (object, look) => relativeTime(look.now, object.meta.updatedAt),
};

function name<K extends Kind>(kind: K): Column<Kinds[K]> {
  return { title: 'NAME', shrinks: true, cell: (object) => objectName(kind, object) };
}

/** The name of an enum's member, in its colour; the number where it has no name. */
function state(members: Readonly<Record<string, number>>, value: number): Cell {
  const text = enumName(members, value) ?? String(value);
  return { text: text.toLowerCase(), paint: paintOfState(text) };
}

/** An image without its digest. */
function image(text: string | undefined): string {
  return (text ?? '').replace(/@sha256:[0-9a-f]+$/, '');
}

function mode({ spec }: Service): string {
  if (spec.global !== undefined) return 'global';
  if (spec.globalJob !== undefined) return 'global job';
  return spec.replicatedJob === undefined ? 'replicated' : 'replicated job';
}

function ports({ endpoint }: Service): string {
  return (endpoint?.ports ?? [])
    .filter(({ publishedPort }) => publishedPort !== 0)
    .map(({ publishedPort, targetPort, protocol }) => {
      const text = enumName(PortConfigProtocol, protocol) ?? String(protocol);
      return `${publishedPort}->${targetPort}/${text.toLowerCase()}`;
    })
    .join(', ');
}

/** The columns of each kind's table. */
export const columns: { readonly [K in Kind]: readonly Column<Kinds[K]>[] } = {
  cluster: [id, name('cluster'), created, updated],
  config: [id, name('config'), created, updated],
  secret: [id, name('secret'), created, updated],
  extension: [
    id,
    name('extension'),
    { title: 'DESCRIPTION', shrinks: true, cell: ({ description }) => description },
    created,
  ],
  resource: [id, { title: 'KIND', cell: ({ kind }) => kind }, name('resource'), created, updated],
  network: [
    id,
    name('network'),
    { title: 'DRIVER', cell: ({ driverState, spec }) => driverState?.name ?? spec.driverConfig?.name ?? '' },
    {
      title: 'SUBNETS',
      shrinks: true,
      cell: ({ ipam, spec }) => ((ipam ?? spec.ipam)?.configs ?? []).map(({ subnet }) => subnet).join(', '),
    },
    {
      title: 'FLAGS',
      cell: ({ spec: { ingress, attachable, internal } }) =>
        [ingress ? 'ingress' : '', attachable ? 'attachable' : '', internal ? 'internal' : '']
          .filter((flag) => flag !== '')
          .join(', '),
    },
    created,
  ],
  node: [
    id,
    name('node'),
    { title: 'ROLE', cell: ({ role }) => (enumName(NodeRole, role) ?? String(role)).toLowerCase() },
    { title: 'STATE', cell: ({ status }) => state(NodeStatusState, status.state) },
    { title: 'AVAILABILITY', cell: ({ spec }) => state(NodeSpecAvailability, spec.availability) },
    { title: 'TASKS', cell: (node, look) => String(look.tasksOn(node.id)) },
    { title: 'ADDRESS', cell: ({ status }) => status.addr },
    { title: 'ENGINE', cell: ({ description }) => description?.engine?.engineVersion ?? '' },
  ],
  service: [
    id,
    name('service'),
    { title: 'MODE', cell: mode },
    {
      title: 'REPLICAS',
      cell: (service, look) => {
        const { running, wanted } = look.replicas(service);
        return { text: `${running}/${wanted}`, paint: running >= wanted ? 'good' : 'bad' };
      },
    },
    { title: 'IMAGE', shrinks: true, cell: ({ spec }) => image(spec.task.container?.image) },
    { title: 'PORTS', shrinks: true, cell: ports },
    updated,
  ],
  task: [
    id,
    name('task'),
    { title: 'NODE', shrinks: true, cell: ({ nodeId }, look) => look.nameOf('node', nodeId) },
    { title: 'STATE', cell: ({ status }) => state(TaskState, status.state) },
    { title: 'DESIRED', cell: ({ desiredState }) => state(TaskState, desiredState) },
    { title: 'SINCE', cell: ({ status }, look) => relativeTime(look.now, status.timestamp) },
    { title: 'IMAGE', shrinks: true, cell: ({ spec }) => image(spec.container?.image) },
    {
      title: 'MESSAGE',
      shrinks: true,
      cell: ({ status: { err, message } }) => (err === '' ? message : { text: err, paint: 'bad' }),
    },
  ],
  volume: [
    id,
    name('volume'),
    { title: 'GROUP', cell: ({ spec }) => spec.group },
    { title: 'DRIVER', cell: ({ spec }) => spec.driver?.name ?? '' },
    { title: 'AVAILABILITY', cell: ({ spec }) => state(VolumeSpecVolumeAvailability, spec.availability) },
    { title: 'NODES', cell: ({ publishStatus }) => String(publishStatus.length) },
    created,
  ],
};
