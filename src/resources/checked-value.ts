import { isThenable } from '../base/synchronous.ts';
import { invalidValue } from './resource-definition.ts';
import type { SchemaIssue, StandardSchema } from './standard-schema.ts';

/** The faults that an error shows. */
const SHOWN = 3;

/**
 * The value that a schema gives for `value`. `what` names the value in errors. Throws `ERR_INVALID_OBJECT` for faults,
 * and for a schema that answers later.
 */
export function checkedValue<T>(kind: string, schema: StandardSchema<unknown, T>, value: unknown, what: string): T {
  const result = schema['~standard'].validate(value);
  if (isThenable(result)) {
    // The value is refused anyway: a later failure of the schema is no news.
    Promise.resolve(result).catch(() => undefined);
    throw invalidValue(kind, 'its schema answers with a promise; a schema has to answer at once', ['value']);
  }
  if (result.issues === undefined) return result.value;
  const faults = result.issues.slice(0, SHOWN).map((issue) => `${pathOf(issue).join('.')}: ${issue.message}`);
  const more = result.issues.length > SHOWN ? `; and ${result.issues.length - SHOWN} more` : '';
  const [first] = result.issues;
  throw invalidValue(
    kind,
    `the schema refuses ${what}: ${faults.join('; ')}${more}`,
    first === undefined ? ['value'] : pathOf(first),
  );
}

function pathOf({ path = [] }: SchemaIssue): (string | number)[] {
  const keys = path.map((step) => (typeof step === 'object' ? step.key : step));
  return ['value', ...keys.map((key) => (typeof key === 'number' ? key : String(key)))];
}
