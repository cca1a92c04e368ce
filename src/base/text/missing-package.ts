/**
 * The end of the sentence 'it needs the package …': its name, and how to install it. A package that is there and could
 * not be loaded comes with the reason.
 */
export function missingPackage(packageName: string, cause: unknown): string {
  const isAbsent = /MODULE_NOT_FOUND$/.test(String((cause as { readonly code?: unknown } | null | undefined)?.code));
  const why = isAbsent ? '' : `, which is there and could not be loaded (${String(cause)})`;
  return `${packageName}${why}: npm install ${packageName}`;
}
