import { OptionChecks } from '../../base/options/option-checks.ts';
import { StoreError } from '../../errors/store-error.ts';

/** How `toJson` writes a message. `fromJson` takes every form without an option. */
export interface JsonOptions {
  /** `camel`, the default, is protobuf's lowerCamelCase. `original` are the names of the .proto files. */
  readonly names?: 'camel' | 'original' | undefined;
  /** `names`, the default, are those of the .proto files. A number without a name stays a number. */
  readonly enums?: 'names' | 'numbers' | undefined;
  /**
   * `json`, the default, is protobuf's form of an `Any`: the payload in its own JSON form, next to `@type`. The payload
   * has to be of a type that the package knows. `bytes` takes every payload, and keeps its bytes exactly:
   * `{ "@type": …, "@bytes": base64 }`.
   */
  readonly any?: 'json' | 'bytes' | undefined;
}

/** {@link JsonOptions}, checked and complete. */
export type JsonForm = { readonly [Option in keyof JsonOptions]-?: NonNullable<JsonOptions[Option]> };

const defaultForm: JsonForm = { names: 'camel', enums: 'names', any: 'json' };
const values: { readonly [Option in keyof JsonForm]: readonly JsonForm[Option][] } = {
  names: ['camel', 'original'],
  enums: ['names', 'numbers'],
  any: ['json', 'bytes'],
};
const checks = new OptionChecks<JsonOptions>(
  ['names', 'enums', 'any'],
  (path, message) =>
    new StoreError('ERR_INVALID_OBJECT', `the options of toJson: ${message}`, { messageType: 'JsonOptions', path }),
);

/** The form that the options ask for. Throws `ERR_INVALID_OBJECT` with the wrong option as path. */
export function jsonForm(options: JsonOptions | undefined): JsonForm {
  if (options === undefined) return defaultForm;
  checks.names(options);
  return {
    names: choice('names', options.names),
    enums: choice('enums', options.enums),
    any: choice('any', options.any),
  };
}

function choice<Option extends keyof JsonForm>(option: Option, value: JsonForm[Option] | undefined): JsonForm[Option] {
  if (value === undefined) return defaultForm[option];
  const known: readonly JsonForm[Option][] = values[option];
  checks.valid(known.includes(value), option, value, known.map((name) => `'${name}'`).join(' or '));
  return value;
}
