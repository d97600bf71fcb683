import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = ["alert-rules", "api-keys", "audit", "catalogue", "opportunities", "parameters", "portfolio", "price-lists", "product", "quarantine", "runs", "session", "sources", "trust", "unknown-contents", "users", "what-if"];

export default tseslint.config(
  { ignores: ["node_modules", "src/api/schema.d.ts"] },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  { languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js"] }, tsconfigRootDir: import.meta.dirname } } },
  { files: ["eslint.config.js", "public/*.js"], ...tseslint.configs.disableTypeChecked },
  {
    files: ["src/**/*.{ts,tsx}"],
    plugins: { "react-hooks": reactHooks, "jsx-a11y": jsxA11y },
    rules: {
      ...reactHooks.configs.recommended.rules,
      ...jsxA11y.configs.strict.rules,
      // A scrolled area must take the focus (axe: scrollable-region-focusable).
      "jsx-a11y/no-noninteractive-tabindex": "off",
      // Keys on a list move the focus between the links in it; a drop zone has a file field beside it.
      "jsx-a11y/no-noninteractive-element-interactions": "off",
      "jsx-a11y/no-static-element-interactions": "off",
      "jsx-a11y/click-events-have-key-events": "off",
      // The search dialog is opened to type: its field takes the focus.
      "jsx-a11y/no-autofocus": "off",
      "jsx-a11y/label-has-associated-control": ["error", { assert: "either", depth: 3 }],
      "jsx-a11y/no-redundant-roles": "off",
      "@typescript-eslint/consistent-type-definitions": ["error", "type"],
      "@typescript-eslint/explicit-module-boundary-types": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unnecessary-type-conversion": "off",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-empty-function": "off",
      // A name says what it holds.
      "id-denylist": ["error", "each", "found", "told", "mine"],
      "no-restricted-imports": ["error", { patterns: [{ group: ["../*"], message: "Import across folders by @/." }] }],
    },
  },
  // One way of imports: api and shared know no feature, a feature knows no other and not the app.
  { files: ["src/api/**", "src/shared/**"], rules: { "no-restricted-imports": ["error", { patterns: [{ group: ["@/features/*", "@/app/*", "../*"], message: "shared knows no feature." }] }] } },
  ...features.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["@/app/*", "../*", ...features.filter((other) => other !== feature).map((other) => `@/features/${other}/*`)], message: "A feature knows shared and api only." }] },
      ],
    },
  })),
);
