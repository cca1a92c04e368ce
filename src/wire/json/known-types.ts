import type { DescribedType } from '../fields/field.ts';

/** A type of message that an `Any` may carry, and that the package can read. */
export interface KnownType extends DescribedType {
  encode(message: object): Uint8Array<ArrayBuffer>;
  decode(bytes: Uint8Array): object;
}

const knownTypes = new Map<string, KnownType>();

/** Makes a type known by its full name. The first type of a name stays. */
export function addKnownType(type: KnownType): void {
  if (!knownTypes.has(type.typeName)) knownTypes.set(type.typeName, type);
}

/** The type of that full name; undefined when the package has none. */
export function knownType(typeName: string): KnownType | undefined {
  return knownTypes.get(typeName);
}

/** The full name of a type in the URL of an `Any`: all behind the last slash. */
export function typeNameOf(typeUrl: string): string {
  return typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
}
