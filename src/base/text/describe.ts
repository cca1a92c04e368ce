/** Describes a value for an error. The contents of strings and bytes are not shown, because they may be secrets. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'number':
      return `the number ${Object.is(value, -0) ? '-0' : value}`;
    case 'bigint':
      return value > -(2n ** 70n) && value < 2n ** 70n ? `the bigint ${value}` : 'a bigint of more than 70 bits';
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : describeObject(value);
    default:
      return `a ${typeof value}`;
  }
}

/** Looks at nothing but the class, which a revoked proxy or a getter may refuse to tell. */
function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return 'an array';
    const tag = Object.prototype.toString.call(value).slice(8, -1);
    return tag === 'Object' ? 'an object' : `an object of the class ${tag.slice(0, 40)}`;
  } catch {
    return 'an object that cannot be read';
  }
}

/** Describes a value that is no secret: a string is quoted, up to 40 characters. */
export function quote(value: unknown): string {
  if (typeof value !== 'string') return describe(value);
  return value.length > 40 ? `'${value.slice(0, 40)}…'` : `'${value}'`;
}
