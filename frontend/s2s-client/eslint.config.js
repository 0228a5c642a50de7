import js from "@eslint/js";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "dist-lib", "coverage", "test-results", "playwright-report", "src/types/wire.gen.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js", "vite.config.ts", "vite.embed.config.ts", "vite.licences.ts", "playwright.config.ts", "vitest.browser.config.ts"], defaultProject: "e2e/tsconfig.json" }, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "react-hooks": reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      "max-lines": ["error", { max: 350, skipBlankLines: false }],
      "max-lines-per-function": ["error", { max: 60, skipComments: true }],
      eqeqeq: "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/consistent-type-imports": "error",
    },
  },
  {
    files: ["**/*.test.{ts,tsx}", "e2e/**"],
    rules: {
      "max-lines-per-function": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      // Their limit of a second is no claim of a story, and a busy machine needs longer.
      "no-restricted-properties": ["error", ...["waitFor", "waitUntil"].map((property) => ({ object: "vi", property, message: "Use eventually() of tests/eventually.ts." }))],
    },
  },
  { files: ["**/*.js"], ...tseslint.configs.disableTypeChecked },
  // Read by Node.js of any age.
  {
    files: ["**/*.cjs"],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { globals: globals.node, sourceType: "commonjs", parserOptions: { projectService: false } },
    rules: { ...tseslint.configs.disableTypeChecked.rules, "@typescript-eslint/no-require-imports": "off", "no-var": "off" },
  },
);
