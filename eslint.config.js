import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** What the house writes in another way, each with what to write instead. */
const houseStyle = [
  ['TSEnumDeclaration', 'No enum: a const object, and the type of its values.'],
  ['TSModuleDeclaration', 'No namespace: a module is a file.'],
  ['TSParameterProperty', 'No parameter property: a field, set in the constructor.'],
  [
    ':matches(PropertyDefinition, MethodDefinition, AccessorProperty)[accessibility]',
    'No accessibility modifier: `#name` is private, the rest public.',
  ],
  ['ImportSpecifier[importKind="type"]', '`import type` is a statement of its own.'],
  ['ExportSpecifier[exportKind="type"]', '`export type` is a statement of its own.'],
];
const noDefaultExport = ['ExportDefaultDeclaration', 'No default export: things have one name.'];
const noStarExport = ['ExportAllDeclaration', 'No `export *`: exports are listed by name.'];

const restricted = (...rules) => ['error', ...rules.map(([selector, message]) => ({ selector, message }))];

export default defineConfig(
  // The folder of smoke tests is a project of its own, with its own compiler options.
  globalIgnores(['**/dist/', 'docs/api/', 'coverage/', '**/generated/', 'scripts/smoke/project/']),
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': restricted(...houseStyle, noDefaultExport, noStarExport),
      'prefer-const': ['error', { destructuring: 'all' }],
      eqeqeq: 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidOperator: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/prefer-readonly': 'error',
      // Collections come from a factory of Loki's, whose types call them a class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // What a caller's own code threw goes on unchanged, whatever it is.
      '@typescript-eslint/prefer-promise-reject-errors': ['error', { allowThrowingUnknown: true }],
      // The wire keeps its deprecated fields, and so do we. A type parameter that is used once names a shape. `void` says
      // that a callback's result is ignored.
      '@typescript-eslint/no-deprecated': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}'],
    rules: {
      'no-console': 'error',
      // Type tests are the one place that has an error to expect.
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Matchers of jest are methods that are handed around. Callbacks are async to match a type, or throw any value.
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['*.js'],
    languageOptions: { globals: { process: 'readonly' } },
  },
  {
    // Runs where there is no Node.js.
    files: ['test/package/browser/*.js'],
    languageOptions: {
      globals: { TextDecoder: 'readonly', TextEncoder: 'readonly', TransformStream: 'readonly', navigator: 'readonly' },
    },
  },
);
