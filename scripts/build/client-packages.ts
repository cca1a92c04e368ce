import type { Plugin } from 'esbuild';

const CLIENTS = /^(?:@grpc\/grpc-js|node-zookeeper-client|undici)$/;
const namespace = 'client-package';

/**
 * Gives a CommonJS package that is loaded by `import()` the exports that Node.js gives it. Without this, esbuild makes
 * a file of the default export only.
 */
export const clientPackages: Plugin = {
  name: 'client-packages',
  setup(build) {
    build.onResolve({ filter: CLIENTS }, ({ path, kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path, namespace, pluginData: resolveDir } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, async ({ path, pluginData }) => {
      const exported = (await import(path)) as Readonly<Record<string, unknown>>;
      const names = Object.keys(exported).filter((name) => /^[a-z_$][\w$]*$/i.test(name));
      const contents = `export { ${names.join(', ')} } from ${JSON.stringify(path)};`;
      return { contents, resolveDir: String(pluginData) };
    });
  },
};
