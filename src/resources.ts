/**
 * Typed kinds of your own objects, stored in the tables of extensions and resources.
 *
 * @module swarmstate/resources
 */
export { defineResource } from './resources/define-resource.ts';
export type { ResourceType } from './resources/define-resource.ts';
export { jsonCodec } from './resources/json-codec.ts';
export type { ResourceCodec, ResourceDefinition } from './resources/resource-definition.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './resources/standard-schema.ts';
export type { ResourceTable, WritableResourceTable } from './resources/resource-table.ts';
export type { TypedResource, TypedResourceEvent, TypedResourceInput } from './resources/typed-resource.ts';
