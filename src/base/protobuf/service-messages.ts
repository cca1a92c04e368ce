/** The types that the generated code of a service shares. */

/** A message to encode: members that are left out have their default. */
export type Sparse<M> = { readonly [K in keyof M]?: SparseValue<M[K]> | undefined };

type SparseValue<V> = V extends Uint8Array | string | number | bigint | boolean | undefined
  ? V
  : V extends ReadonlyMap<infer K, infer E>
    ? ReadonlyMap<K, SparseValue<E>>
    : V extends readonly (infer E)[]
      ? readonly SparseValue<E>[]
      : Sparse<V>;

/** A message while it is decoded: its members can be assigned, its lists and maps can grow. */
export type Unfinished<M> = { -readonly [K in keyof M]: UnfinishedValue<M[K]> };

type UnfinishedValue<V> =
  V extends ReadonlyMap<infer K, infer E> ? Map<K, E> : V extends readonly (infer E)[] ? E[] : V;

/** A method of a gRPC service, in the form that `@grpc/grpc-js` takes (`MethodDefinition`). */
export interface RpcMethod<Request, Response> {
  /** The path of a call: `/package.Service/Method`. */
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  requestSerialize(request: Sparse<Request>): Buffer;
  requestDeserialize(bytes: Uint8Array): Request;
  responseSerialize(response: Sparse<Response>): Buffer;
  responseDeserialize(bytes: Uint8Array): Response;
}
