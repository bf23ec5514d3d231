# One image per service: docker build -f Dockerfiles/service.Dockerfile --build-arg SERVICE=vpin .
# `make images` builds all of them and prints their sizes.
ARG NODE_IMAGE=node:24-trixie-slim

# Manifests alone, so that the packages are installed again only when one of them changed.
FROM ${NODE_IMAGE} AS manifests
COPY . /all
RUN find /all -type f ! -name package.json ! -path /all/package-lock.json ! -path /all/.npmrc -delete \
 && find /all -type d -empty -delete

FROM ${NODE_IMAGE} AS deps
WORKDIR /build
COPY --from=manifests /all ./
# The `ca` secret is a certificate bundle for networks that inspect TLS.
RUN --mount=type=secret,id=ca,target=/run/ca.crt,required=false --mount=type=cache,target=/root/.npm \
    if [ -s /run/ca.crt ]; then export NODE_EXTRA_CA_CERTS=/run/ca.crt; fi; npm ci --ignore-scripts

FROM deps AS page
COPY libs ./libs
COPY services/dashboard ./services/dashboard
COPY tsconfig.json ./
RUN npm run --silent build -w services/dashboard

FROM deps AS build
ARG SERVICE
COPY libs ./libs
COPY services/${SERVICE} ./services/${SERVICE}
COPY tools/bundle.ts ./tools/bundle.ts
COPY data ./data
COPY --from=page /build/services/dashboard/dist ./services/dashboard/dist
RUN node --disable-warning=ExperimentalWarning tools/bundle.ts ${SERVICE} /app

# Starts once and ends normally, which is when Node writes its compile cache. The flags are those of production.
FROM ${NODE_IMAGE} AS cache
COPY --from=build /app /app
ENV NODE_COMPILE_CACHE=/app/compile-cache NODE_COMPILE_CACHE_PORTABLE=1
RUN node --enable-source-maps /app/src/main.mjs --check

FROM ${NODE_IMAGE}
ARG GIT_SHA
ARG SERVICE
LABEL org.opencontainers.image.title="nautilus-${SERVICE}" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${GIT_SHA}"
COPY --from=cache /app /app
ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/app/compile-cache \
    NODE_COMPILE_CACHE_PORTABLE=1 \
    NAUTILUS_DATA_DIR=/app/data \
    NAUTILUS_STATE_DIR=/tmp/nautilus \
    NAUTILUS_GIT_SHA=${GIT_SHA}
USER 1000:1000
WORKDIR /app
CMD ["node", "--enable-source-maps", "src/main.mjs"]
