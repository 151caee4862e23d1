# The collector's image: the program, what it links, its feeds and migrations; no compiler, no shell tools of its own.
FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
  && apt-get install -y --no-install-recommends libcurl4-openssl-dev libpq-dev libsqlite3-dev pkg-config \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The packages are resolved before the sources are copied, so that a change of code does not fetch them again.
COPY Package.swift ./
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
RUN swift build -c release --product flux-market --static-swift-stdlib \
  && install -D "$(swift build -c release --show-bin-path)/flux-market" /out/bin/flux-market \
  && strip /out/bin/flux-market

FROM debian:bookworm-slim
RUN apt-get update \
  && apt-get install -y --no-install-recommends libcurl4 libpq5 libsqlite3-0 libstdc++6 tzdata ca-certificates \
  && rm -rf /var/lib/apt/lists/* \
  && useradd --system --uid 10001 --home-dir /var/lib/flux-market --shell /usr/sbin/nologin flux \
  && install -d -o flux -g flux -m 0700 /var/lib/flux-market
COPY --from=build /out/bin/flux-market /usr/local/bin/flux-market
COPY feeds /usr/local/share/flux-market/feeds
COPY migrations /usr/local/share/flux-market/migrations
COPY api /usr/local/share/flux-market/api
USER flux
# The program's own files; the database is elsewhere.
ENV FLUX_STATE_DIR=/var/lib/flux-market
VOLUME /var/lib/flux-market
ENTRYPOINT ["flux-market"]
CMD ["collect"]
