/**
 * A schema of the Standard Schema interface, version 1, as zod, valibot and arktype make them. `In` is the type that it
 * takes, `Out` the type that it gives.
 */
export interface StandardSchema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    /** Only for the compiler. */
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}

/** The value that a schema gives, or the faults that it found. */
export type SchemaResult<Out> =
  { readonly value: Out; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** A fault that a schema found. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}
