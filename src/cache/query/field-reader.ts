/** Reads the fields at a path. Members that an object inherits are no fields. */
export class FieldReader {
  readonly #steps: readonly string[];
  /** True where a step has the name of a member that every object inherits, such as `constructor`. */
  readonly #inherited: boolean;

  constructor(path: string) {
    this.#steps = path.split('.');
    this.#inherited = this.#steps.some((step) => step in Object.prototype);
  }

  /** The value at the path; undefined where there is none. */
  read(object: unknown): unknown {
    let value = object;
    for (const step of this.#steps) {
      value = this.#member(value, step);
      if (value === undefined) return undefined;
    }
    return value;
  }

  /** True when `test` holds for a value at the path. A path through lists leads to a value of each item. */
  some(object: unknown, test: (value: unknown) => boolean): boolean {
    return this.#some(object, 0, test);
  }

  #some(object: unknown, position: number, test: (value: unknown) => boolean): boolean {
    let value = object;
    for (let at = position; at < this.#steps.length; at += 1) {
      value = this.#member(value, this.#steps[at] as string);
      if (at + 1 < this.#steps.length && Array.isArray(value)) {
        return value.some((item) => this.#some(item, at + 1, test));
      }
    }
    return test(value);
  }

  #member(value: unknown, step: string): unknown {
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#inherited && !Object.hasOwn(value, step)) return undefined;
    return (value as Readonly<Record<string, unknown>>)[step];
  }
}
