import { NodeRole } from 'swarmstate';
import type { Node } from 'swarmstate';

/** A parsed placement constraint, such as `node.labels.disk == ssd`. */
export interface Constraint {
  readonly attribute: string;
  readonly equal: boolean;
  readonly value: string;
}

/** The attributes that a constraint may name. The name of a label follows after `node.labels.` and `engine.labels.`. */
export const constraintAttributes: readonly string[] = [
  'node.id',
  'node.hostname',
  'node.role',
  'node.platform.os',
  'node.platform.arch',
  'node.labels.',
  'engine.labels.',
];

/** Parses a constraint; undefined for an unknown form. */
export function parseConstraint(text: string): Constraint | undefined {
  const [, attribute, operator, value] = /^\s*([\w.\-/]+)\s*(==|!=)\s*(.*?)\s*$/.exec(text) ?? [];
  if (attribute === undefined || value === undefined || value === '') return undefined;
  const known = constraintAttributes.some((name) =>
    name.endsWith('.') ? attribute.startsWith(name) && attribute !== name : attribute === name,
  );
  return known ? { attribute, equal: operator === '==', value } : undefined;
}

/** True when a node satisfies a constraint of a spec. No node satisfies an unknown constraint. */
export function satisfies(node: Node, text: string): boolean {
  const constraint = parseConstraint(text);
  if (constraint === undefined) return false;
  const actual = attributeOf(node, constraint.attribute);
  return fold(constraint.attribute, actual) === fold(constraint.attribute, constraint.value)
    ? constraint.equal
    : !constraint.equal;
}

/**
 * The value of an attribute; empty where the node has none, so `node.labels.disk != ssd` holds for a node without that
 * label.
 */
function attributeOf(node: Node, attribute: string): string {
  switch (attribute) {
    case 'node.id':
      return node.id;
    case 'node.hostname':
      return node.description?.hostname ?? '';
    case 'node.role':
      return node.role === NodeRole.MANAGER ? 'manager' : 'worker';
    case 'node.platform.os':
      return node.description?.platform?.os ?? '';
    case 'node.platform.arch':
      return node.description?.platform?.architecture ?? '';
    default:
      return attribute.startsWith('node.labels.')
        ? (node.spec.annotations.labels[attribute.slice('node.labels.'.length)] ?? '')
        : (node.description?.engine?.labels[attribute.slice('engine.labels.'.length)] ?? '');
  }
}

/** Compares ids exactly and everything else without case; two names of one processor are equal. */
function fold(attribute: string, value: string): string {
  if (attribute === 'node.id') return value;
  const folded = value.toLowerCase();
  if (attribute !== 'node.platform.arch') return folded;
  return { x86_64: 'amd64', aarch64: 'arm64' }[folded] ?? folded;
}
