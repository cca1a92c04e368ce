/**
 * Turns a value into bytes and back. Every codec of `swarmstate/proto` is one; `JSON` with a `TextEncoder` makes
 * another.
 */
export interface ResourceCodec<T> {
  /** Must give the same bytes for the same value: different bytes make an update count as a change. */
  encode(value: NoInfer<T>): Uint8Array;
  decode(bytes: Uint8Array): T;
}

/** The definition of a kind of resource. */
export interface ResourceDefinition<T> {
  /** The name of the kind and of its extension. It must differ from the names of other extensions in more than case. */
  readonly kind: string;
  readonly codec: ResourceCodec<T>;
  /** The `typeUrl` of the payload, for programs that read it without this definition. Default: `kind`. */
  readonly typeUrl?: string | undefined;
  /** The description of the extension, for people. */
  readonly description?: string | undefined;
  /**
   * The entries of custom indexes for a value: `byCustom(index, value)` finds the resource by each. They replace the
   * `indices` of the annotations.
   */
  readonly indices?: ((value: T) => Readonly<Record<string, string | readonly string[]>>) | undefined;
}
