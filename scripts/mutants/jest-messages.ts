/** Tells the process of jest which tests of which files to run in a folder. */
export interface JestOrder {
  readonly folder: string;
  readonly files: readonly string[];
  /** All tests of the files where not given. */
  readonly names?: readonly string[];
  /** A file that jest loads before each file of tests. */
  readonly setup?: string;
  /** The folder that the setup file writes its notes into. */
  readonly notes?: string;
}

export interface JestAnswer {
  readonly passed: boolean;
  /** True when the tests left something behind that may disturb the next run. */
  readonly left: boolean;
  readonly files: readonly FileAnswer[];
}

export interface FileAnswer {
  readonly file: string;
  readonly ms: number;
  readonly tests: readonly { readonly name: string; readonly ms: number; readonly status: string }[];
}
