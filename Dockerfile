# The program's image, which docker-compose.yml runs twice: to collect, and to serve.
FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends \
    libcurl4-openssl-dev libpq-dev libsqlite3-dev zlib1g-dev pkg-config libjs-dygraphs python3 \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The packages are resolved before the sources are copied, so that a change of code does not fetch them again.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product flux-market --static-swift-stdlib \
  && install -D "$(swift build -c release --show-bin-path)/flux-market" /out/flux-market \
  && strip /out/flux-market
COPY . .
RUN scripts/install /out/local /out/flux-market

# What runs: what the program links and reads, and its user; no compiler, no server, no manual.
FROM debian:12.11-slim
RUN apt-get update \
  && apt-get upgrade -y \
  && apt-get install -y --no-install-recommends libcurl4 libpq5 libsqlite3-0 libstdc++6 tzdata zlib1g ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && groupadd --gid 10001 flux \
  && useradd --uid 10001 --gid flux --home-dir /var/lib/flux-market --no-create-home --shell /usr/sbin/nologin flux \
  && install -d -o flux -g flux -m 0700 /var/lib/flux-market
COPY --from=build /out/local/bin/flux-market /usr/local/bin/flux-market
COPY --from=build /out/local/share/flux-market /usr/local/share/flux-market
USER 10001:10001
# The program's own files; the database is elsewhere.
ENV FLUX_STATE_DIR=/var/lib/flux-market
VOLUME /var/lib/flux-market
ENTRYPOINT ["flux-market"]
CMD ["collect"]
