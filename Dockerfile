# The product: Namerkit on Node, for `namerkit proxy /config.yaml`. All examples run it; another command makes it another part,
# such as `mock-metadata stacks.yaml`.
#
#   docker build -t namerkit .
#   docker run --rm -v "$PWD/linkerd.yaml:/config.yaml:ro" -p 4140:4140 namerkit
#
# BASE: any image with Node 20.19 or newer and npm on a C library that Node was built for.
# NPM_REGISTRY: where packages come from, if not from where npm takes them by itself.
ARG BASE=node:22-slim

FROM ${BASE} AS tools
ARG NPM_REGISTRY
WORKDIR /app
COPY package.json ./
# The same pnpm as scripts/setup.mjs: the version is in package.json alone.
RUN if [ -n "$NPM_REGISTRY" ]; then npm config set registry "$NPM_REGISTRY"; fi \
 && npm install --global --ignore-scripts --no-audit --no-fund "$(node -p 'require("./package.json").packageManager')"

# What the dependencies depend on, and nothing else: later stages are built anew only when one of these files has changed, and a new
# package needs no line here.
FROM tools AS manifests
COPY . /sources
RUN cd /sources \
 && find . -name package.json -not -path '*/node_modules/*' -exec cp --parents --target-directory=/app {} + \
 && cp pnpm-lock.yaml pnpm-workspace.yaml /app/

FROM tools AS dependencies
COPY --from=manifests /app ./
RUN pnpm install --prod --frozen-lockfile --ignore-scripts --filter-prod 'namerkit...' \
 && find . -name package.json -not -path '*/node_modules/*' -delete \
 && rm -rf pnpm-lock.yaml pnpm-workspace.yaml node_modules/.modules.yaml node_modules/.pnpm-workspace-state*.json

FROM tools AS build
COPY --from=manifests /app ./
RUN pnpm install --frozen-lockfile --ignore-scripts
COPY . ./
RUN pnpm exec tsc -b packages/namerkit
# What the examples have beside the product: a fake API server of Kubernetes.
RUN pnpm exec tsc -b packages/testing \
 && mkdir /built-for-examples \
 && find packages/testing/bin packages/testing/dist packages/testing/package.json -type f \
      ! -name '*.d.ts' ! -name '*.map' ! -name '*.tsbuildinfo' \
      -exec cp --parents --target-directory=/built-for-examples {} + \
 && chmod 755 /built-for-examples/packages/testing/bin/*.js
# Of each package that was built and is not for tests, what is published, less what only a compiler or a debugger reads.
RUN mkdir /built \
 && for one in packages/* mock-metadata; do \
      if [ -d "$one/dist" ] && [ "$one" != packages/testing ]; then \
        find "$one" \( -name node_modules -o -path "$one/src" \) -prune -o -type f \
          ! -name '*.d.ts' ! -name '*.map' ! -name 'tsconfig*' ! -name '*.tsbuildinfo' \
          -exec cp --parents --target-directory=/built {} + ; \
      fi ; \
    done \
 && cp LICENSE /built/ \
 && chmod 755 /built/packages/namerkit/bin/*.js /built/mock-metadata/bin/*.js

FROM ${BASE} AS product
LABEL org.opencontainers.image.title="namerkit" \
      org.opencontainers.image.description="Names into live sets of addresses, and a proxy that reads Linkerd 1 configuration files" \
      org.opencontainers.image.source="https://github.com/namerkit/namerkit" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
# Nothing is installed in a running container.
RUN rm -rf /usr/local/lib/node_modules /opt/yarn* /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg \
 && ln -s /app/packages/namerkit/bin/namerkit.js /usr/local/bin/namerkit \
 && ln -s /app/mock-metadata/bin/mock-metadata.js /usr/local/bin/mock-metadata
WORKDIR /app
COPY --from=dependencies /app ./
COPY --from=build /built ./
# By number, so that "must not be root" can be checked without looking into the image; "node" in Node's own images.
USER 1000:1000
EXPOSE 4140 9990
STOPSIGNAL SIGTERM
# Of the admin interface, wherever it listens, as long as 127.0.0.1 is part of it. ADMIN_PORT: if the configuration says another port.
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.ADMIN_PORT ?? 9990}/readyz`, { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Nothing before the command, whatever the base image has there.
ENTRYPOINT []
CMD ["namerkit", "proxy", "/config.yaml"]

# `docker build --target examples -t namerkit-examples .`: the product, and kubernetes-fake.
FROM product AS examples
USER 0:0
COPY --from=build /built-for-examples ./
RUN mkdir -p packages/testing/node_modules/@namerkit \
 && ln -s ../../../core packages/testing/node_modules/@namerkit/core \
 && ln -s /app/packages/testing/bin/kubernetes-fake.js /usr/local/bin/kubernetes-fake
USER 1000:1000

FROM product
