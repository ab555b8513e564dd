// The layers of ARCHITECTURE.md, as rules. Each package may import the packages below it and nothing else.
// "node" stands for Node's own modules, names in quotes for npm packages.
const layers = {
  core: { workspace: [], npm: [], node: false },
  testing: { workspace: ["core"], npm: ["undici", "msw", "vitest"], node: true },
  watch: { workspace: ["core"], npm: ["undici"], node: true },
  rancher: { workspace: ["core", "watch"], npm: ["zod"], node: true },
  consul: { workspace: ["core", "watch"], npm: ["zod"], node: true },
  k8s: { workspace: ["core", "watch"], npm: ["yaml", "zod"], node: true },
  local: { workspace: ["core", "watch"], npm: ["zod"], node: true },
  client: { workspace: ["core"], npm: [], node: false },
  config: { workspace: ["core"], npm: ["yaml", "zod"], node: true },
  proxy: { workspace: ["core", "config", "client", "watch"], npm: ["undici"], node: true },
  "mock-metadata": { workspace: ["core"], npm: ["yaml", "msw"], node: true },
  namerkit: {
    workspace: ["core", "config", "proxy", "rancher", "consul", "k8s", "local", "watch", "mock-metadata"],
    npm: ["pino"],
    node: true,
  },
};

const folderOf = (name) => (name === "mock-metadata" ? "mock-metadata" : `packages/${name}`);
const either = (names) => `(${names.join("|")})`;

const rules = Object.entries(layers).flatMap(([name, may]) => {
  const from = { path: `^${folderOf(name)}/src/`, pathNot: "\\.test\\.ts$" };
  const forbidden = Object.keys(layers).filter((other) => other !== name && !may.workspace.includes(other));
  const found = [
    {
      name: `${name}-imports-only-layers-below`,
      severity: "error",
      from,
      to: { path: `^${either(forbidden.map(folderOf))}/` },
    },
    {
      name: `${name}-has-few-dependencies`,
      comment: `npm packages allowed: ${may.npm.join(", ") || "none"}`,
      severity: "error",
      from,
      to: {
        dependencyTypes: ["npm", "npm-dev", "npm-peer", "npm-optional", "npm-no-pkg", "npm-unknown"],
        pathNot: [
          ...["@namerkit", "namerkit", ...may.npm].map((npm) => `node_modules/${npm}/`),
          ...Object.keys(layers).map((other) => `^${folderOf(other)}/`),
        ],
      },
    },
  ];
  if (!may.node) {
    found.push({ name: `${name}-is-pure`, severity: "error", from, to: { dependencyTypes: ["core"] } });
  }
  return found;
});

module.exports = {
  forbidden: [
    ...rules,
    {
      name: "no-cycles-between-packages",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "public-exports-only",
      comment: "Reach into another package through its exports map.",
      severity: "error",
      from: { path: "^(packages/[^/]+|mock-metadata)/" },
      to: { path: "^(packages/[^/]+|mock-metadata)/src/", pathNot: "^$1/" },
    },
    {
      name: "no-unresolvable",
      severity: "error",
      from: { pathNot: "^packages/namerkit/bin|^mock-metadata/bin" },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "/dist/"] },
    exclude: { path: ["/fixtures/", "^(packages/[^/]+|mock-metadata)/dist/.*\\.test\\."] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["types", "import", "default"],
    },
  },
};
