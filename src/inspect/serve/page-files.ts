/** A file of the page. */
export interface PageFile {
  readonly name: string;
  /** The contents, compressed with brotli, in base64. */
  readonly brotli: string;
}

/** The files of the page. None in the sources: `npm run build` puts the bundled page in place of this list. */
export const pageFiles: readonly PageFile[] = [];
