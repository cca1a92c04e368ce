/**
 * Typed kinds of objects of one's own, kept in the tables of extensions and resources.
 *
 * @module swarmstate/resources
 */
export { defineResource } from './resources/resource-type.ts';
export type {
  ResourceCodec,
  ResourceDefinition,
  ResourceTable,
  ResourceType,
  TypedResource,
  TypedResourceEvent,
  TypedResourceInput,
  WritableResourceTable,
} from './resources/resource-type.ts';
