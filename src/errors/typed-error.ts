/**
 * The errors of the package: one class for each part (the store, key/value stores), made here. An error carries a
 * stable `code` and the data fields of that code; a narrowing function gives them their types.
 */

/** The fields that all errors of the class `Name` have. */
export interface TypedErrorBase<Name extends string, Code extends string> extends Error {
  readonly name: Name;
  readonly code: Code;
}

/** An error with one of the codes `Code`. `Data` maps every code to the data fields of its errors. */
export type TypedError<Name extends string, Data, Code extends keyof Data & string> = {
  [C in Code]: TypedErrorBase<Name, C> & Data[C];
}[Code];

/** The constructor of an error class. Its `data` must have the shape that `Data` declares for the code. */
export interface TypedErrorConstructor<Name extends string, Data> {
  new <C extends keyof Data & string>(
    code: C,
    message: string,
    data: Data[C],
    options?: ErrorOptions,
  ): TypedError<Name, Data, C>;
  readonly prototype: TypedError<Name, Data, keyof Data & string>;
}

/**
 * Fields of data that are not enumerable: they hold stored objects and values, or bigints, which JSON does not take.
 */
const hidden: ReadonlySet<string> = new Set(['stored', 'given', 'pair', 'token', 'newest']);

/** Makes the error class of that name. The code is appended to each message, so that a log shows it. */
export function typedErrorClass<Name extends string, Data>(name: Name): TypedErrorConstructor<Name, Data> {
  class TypedErrorClass extends Error {
    readonly code: string;

    constructor(code: string, message: string, data: object | undefined, options?: ErrorOptions) {
      super(`${message} [${code}]`, options);
      this.code = code;
      // Whole objects may hold secrets and join tokens: loggers and `JSON.stringify` do not see them.
      for (const [field, value] of Object.entries(data ?? {})) {
        Object.defineProperty(this, field, {
          value: value as unknown,
          enumerable: !hidden.has(field),
          writable: true,
          configurable: true,
        });
      }
    }
  }
  Object.defineProperty(TypedErrorClass.prototype, 'name', { value: name, writable: true, configurable: true });
  Object.defineProperty(TypedErrorClass, 'name', { value: name });
  return TypedErrorClass as unknown as TypedErrorConstructor<Name, Data>;
}

/**
 * True when `error` belongs to the error class of that name, and has that code where one is given. The test looks at
 * the shape and not at the class, so that it also accepts errors of a second copy of the package.
 */
export function isTypedError(error: unknown, name: string, code: string | undefined): boolean {
  if (!(error instanceof Error) || error.name !== name) return false;
  const actual = (error as { readonly code?: unknown }).code;
  return typeof actual === 'string' && (code === undefined || actual === code);
}
